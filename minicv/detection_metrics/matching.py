"""Matching: which detection found which object, and why are the others wrong?

A detector returns boxes with scores; somebody has drawn the true boxes.  Before anything can be
counted, each detection must be compared with the truth.  The rule is greedy:

1. Take the detections of an image from the best score to the worst; of equal scores, the one that
   comes first.
2. A detection *matches* a true box if their IoU is at least a threshold tau.  (The sheet asks for
   more than tau; the official programs do not.)  Each true box can be matched once.
3. A detection with a match is a true positive (TP), one without a false positive (FP).  A true box
   that nobody matched is a false negative (FN).

Why a detection is a false positive is worth knowing, for the cures differ:

===================  ==============================================================================
duplicate            it overlaps a true box enough, but a better detection has that box already
                     (cure: stronger non-maximum suppression)
poor localisation    its IoU with the nearest true box is below tau, but at least 0.1
                     (cure: a finer search, a regression of the box)
background           there is nothing, or next to nothing (cure: more and harder negatives)
===================  ==============================================================================

*What does not count.*  A true box marked `ignore` (too small, half hidden) need not be found: it is
no false negative, and a detection that matches it is neither right nor wrong but *ignored*.  A
`crowd` is a region with uncounted people: it is ignored as well, it takes any number of detections,
and since one person cannot fill it, the intersection is divided by the area of the detection alone.
A detection turns to ignored boxes only if no counted one will have it.

*Two rules.*  Official programs disagree about which true box a detection may match:

- "coco" (also Caltech's program): the one with the highest IoU among those *still free*; of equal
  ones the last.
- "voc": the one with the highest IoU *of all*, of equal ones the first; if it is taken already, the
  detection is a duplicate, even if a second true box is near enough. An ignored box takes any
  number of detections, as a crowd does.

It answers exercise 1.4.  Sources: Everingham et al., The PASCAL VOC Challenge, IJCV 2010, section
4.2; Lin et al., Microsoft COCO, ECCV 2014, and the code of pycocotools; the reasons follow Hoiem et
al., Diagnosing Error in Object Detectors, ECCV 2012.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from minicv.detection_metrics.boxes import (
    box_area,
    box_intersection,
    box_iou,
    check_boxes,
    check_scores,
    check_threshold,
)
from minicv.detection_metrics.matches import (
    BACKGROUND,
    DUPLICATE,
    IGNORED,
    POOR_LOCALISATION,
    TRUE_POSITIVE,
    Matches,
)

NEAR = 0.1  # an IoU from here on is poor localisation; below, it is background


def match_detections(boxes: ArrayLike, scores: ArrayLike, truth_boxes: ArrayLike,
                     iou_threshold: float = 0.5, *, ignore: ArrayLike | None = None,
                     crowd: ArrayLike | None = None, rule: str = "coco",
                     max_detections: int | None = None) -> Matches:
    """Match the detections in one image, by the rules at the head of this module.

    Parameters
    ----------
    boxes, scores : arrays (N, 4) and (N,)
        The detections.
    truth_boxes : array (M, 4)
    iou_threshold : float
        tau, from 0 to 1, a match from there on. At 0 every true box is near enough.
    ignore, crowd : arrays (M,) of bool, optional
        Which true boxes do not count. Without these, all count.
    rule : "coco" or "voc"
        "voc" has no crowds.
    max_detections : int, optional
        Only so many detections, the best, take part; the others are ignored.

    Examples
    --------
    >>> matches = match_detections([[0, 0, 4, 4], [9, 9, 12, 12]], [0.9, 0.8], [[1, 0, 5, 4]])
    >>> matches.outcome.tolist(), matches.iou.tolist()
    (['true positive', 'background'], [0.6, 0.0])
    """
    return match_images([boxes], [scores], [truth_boxes], iou_threshold,
                        ignore=None if ignore is None else [ignore],
                        crowd=None if crowd is None else [crowd],
                        rule=rule, max_detections=max_detections)


def match_images(boxes: Sequence[ArrayLike], scores: Sequence[ArrayLike],
                 truth_boxes: Sequence[ArrayLike], iou_threshold: float = 0.5, *,
                 ignore: Sequence[ArrayLike] | None = None,
                 crowd: Sequence[ArrayLike] | None = None, rule: str = "coco",
                 max_detections: int | None = None) -> Matches:
    """Match the detections in a set of images, each by itself.

    The parameters are those of `match_detections`, as sequences with one entry an image.

    Examples
    --------
    >>> matches = match_images([[[0, 0, 4, 4]], []], [[0.9], []], [[], [[1, 0, 5, 4]]])
    >>> matches.outcome.tolist(), matches.missed.tolist()
    (['background'], [[1, 0]])
    """
    check_threshold(iou_threshold)
    if rule not in ("coco", "voc"):
        raise ValueError(f"rule must be 'coco' or 'voc', got {rule!r}")
    # pycocotools lowers a threshold of 1 by this much, so that rounding cannot cost a match.
    threshold = min(iou_threshold, 1 - 1e-10)
    none = np.empty(0, int)
    rows = [(none, none, np.empty(0), np.empty(0, str), none, np.empty(0))]
    missed, truths_per_image = [np.empty((0, 2), int)], []
    for number, image in enumerate(
            checked_images(boxes, scores, truth_boxes, ignore, crowd, max_detections)):
        if rule == "voc" and image.crowd.any():
            raise ValueError("the rule 'voc' knows no crowds; mark what is difficult with ignore")
        (matched,) = greedy_match(image, np.array([threshold]), image.ignore[None], rule)
        rows.append((np.full(len(image.order), number), image.order, image.scores,
                     *_reasons(image, matched, threshold)))
        lost = np.setdiff1d(np.flatnonzero(~image.ignore), matched)
        missed.append(np.stack([np.full_like(lost, number), lost], axis=1))
        truths_per_image.append(np.count_nonzero(~image.ignore))

    columns = [np.concatenate(column) for column in zip(*rows)]
    by_score = np.argsort(-columns[2], kind="stable")
    of_image, detection, score, outcome, truth, iou = (column[by_score] for column in columns)
    return Matches(of_image, detection, score, outcome, truth, iou, np.concatenate(missed),
                   np.array(truths_per_image, dtype=int))


# --------------------------------------------------------------------------------------------
# One image
# --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ImageBoxes:
    """One image's detections, the best first, and the true boxes."""

    order: np.ndarray  # (N,) their places in the input
    scores: np.ndarray  # (N,) falling
    areas: np.ndarray  # (N,) of the detections
    truth_areas: np.ndarray  # (M,)
    overlap: np.ndarray  # (D, M) IoU, for crowds intersection over detection; D <= N take part
    ignore: np.ndarray  # (M,) bool, crowds included
    crowd: np.ndarray  # (M,) bool


def checked_images(boxes: Sequence[ArrayLike], scores: Sequence[ArrayLike],
                   truth_boxes: Sequence[ArrayLike], ignore: Sequence[ArrayLike] | None,
                   crowd: Sequence[ArrayLike] | None,
                   max_detections: int | None) -> Iterator[ImageBoxes]:
    """Check the input of a whole set of images and bring it into order, image by image."""
    unmarked = [None] * len(truth_boxes)
    columns = (boxes, scores, truth_boxes, unmarked if ignore is None else ignore,
               unmarked if crowd is None else crowd)
    lengths = [len(column) for column in columns]
    if len(set(lengths)) > 1:
        raise ValueError("boxes, scores, truth_boxes, ignore and crowd must have one entry for "
                         f"each image, but have {lengths}")
    if max_detections is not None and max_detections < 1:
        raise ValueError(f"max_detections must be at least 1, got {max_detections}")
    for number, image in enumerate(zip(*columns)):
        yield _checked_image(f"of image {number}", *image, max_detections)


def _checked_image(where: str, boxes: ArrayLike, scores: ArrayLike, truth_boxes: ArrayLike,
                   ignore: ArrayLike | None, crowd: ArrayLike | None,
                   max_detections: int | None) -> ImageBoxes:
    found = check_boxes(boxes, f"boxes {where}")
    truths = check_boxes(truth_boxes, f"truth_boxes {where}")
    found_scores = check_scores(scores, len(found), f"scores {where}")
    is_crowd = _marks(crowd, len(truths), f"crowd {where}")
    order = np.argsort(-found_scores, kind="stable")
    found, areas = found[order], box_area(found[order])
    overlap = box_iou(found[:max_detections], truths)
    if is_crowd.any():
        size = areas[:max_detections, None]
        shared = box_intersection(found[:max_detections], truths[is_crowd])
        overlap[:, is_crowd] = shared / np.where(size > 0, size, 1)
    return ImageBoxes(order, found_scores[order], areas, box_area(truths), overlap,
                      _marks(ignore, len(truths), f"ignore {where}") | is_crowd, is_crowd)


def _marks(marks: ArrayLike | None, n_truths: int, name: str) -> np.ndarray:
    marks = np.zeros(n_truths, bool) if marks is None else np.asarray(marks)
    if marks.shape != (n_truths,):
        raise ValueError(f"{name} must be one mark for each of the {n_truths} true boxes; "
                         f"got the shape {marks.shape}")
    if marks.dtype != bool and marks.size > 0:
        raise ValueError(f"{name} must be boolean, got {marks.dtype}")
    return marks.astype(bool)


def greedy_match(image: ImageBoxes, thresholds: np.ndarray, ignore: np.ndarray,
                 rule: str) -> np.ndarray:
    """The greedy rule, in S settings at once: `thresholds` (S,) and what to `ignore` (S, M).

    Gives (S, D): the index of the true box that each of D detections matches, -1 for none. Only the
    order of the detections is a loop, for each depends on what the better ones took.
    """
    overlap = image.overlap
    matched = np.full((len(thresholds), len(overlap)), -1)
    if overlap.size == 0:
        return matched
    free = np.ones(ignore.shape, bool)
    takes_many = np.broadcast_to(image.crowd, ignore.shape) if rule == "coco" else ignore
    # In each image most pairs of boxes are far apart: look at those only that may match.
    possible = overlap >= thresholds.min()
    if rule == "voc":
        possible &= np.arange(overlap.shape[1]) == overlap.argmax(axis=1)[:, None]
    every = np.arange(len(thresholds))
    for n in np.flatnonzero(possible.any(axis=1)):
        near = np.flatnonzero(possible[n])
        match = matched[:, n]  # a view: what is written here is written there
        # From the worst to the best: a later one wins, unless it is ignored and the one that it
        # would replace counts.
        for truth in near[np.argsort(overlap[n, near], kind="stable")]:
            wins = free[:, truth] & (overlap[n, truth] >= thresholds)
            wins &= ~ignore[:, truth] | (match < 0) | ignore[every, match]
            match[wins] = truth
        settings = np.flatnonzero(match >= 0)
        free[settings, match[settings]] = takes_many[settings, match[settings]]
    return matched


def _reasons(image: ImageBoxes, matched: np.ndarray,
             threshold: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Outcome, true box and IoU of each of the N detections of one image."""
    # A last column for "no true box", so that index -1 finds it, and rows for who takes no part.
    n_idle = len(image.order) - len(matched)
    overlap = np.pad(image.overlap, ((0, n_idle), (0, 1)))
    ignore = np.append(image.ignore, False)
    matched = np.pad(matched, (0, n_idle), constant_values=-1)
    counted = np.where(ignore, 0, overlap)
    nearest = np.where(counted.max(axis=1) > 0, counted.argmax(axis=1), -1)
    truth = np.where(matched >= 0, matched, nearest)
    iou = overlap[np.arange(len(truth)), truth]
    outcome = np.full(len(truth), BACKGROUND, dtype=f"<U{len(POOR_LOCALISATION)}")
    outcome[iou >= NEAR] = POOR_LOCALISATION
    outcome[(truth >= 0) & (iou >= threshold)] = DUPLICATE
    outcome[matched >= 0] = TRUE_POSITIVE
    outcome[ignore[matched]] = IGNORED
    outcome[len(image.overlap):] = IGNORED
    return outcome, truth, iou
