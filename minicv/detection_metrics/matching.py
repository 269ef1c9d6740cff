"""Matching: which detection found which object, and why are the others wrong?

A detector returns boxes with scores; somebody has drawn the true boxes.  Before anything can be
counted, each detection must be held against the truth.  The rule is greedy:

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

from minicv.detection_metrics.boxes import (
    box_area,
    box_intersection,
    box_iou,
    check_boxes,
    check_scores,
)

TRUE_POSITIVE = "true positive"
DUPLICATE = "duplicate"
POOR_LOCALISATION = "poor localisation"
BACKGROUND = "background"
IGNORED = "ignored"

NEAR = 0.1  # an IoU from here on is poor localisation; below, it is background
RULES = ("coco", "voc")


@dataclass(frozen=True)
class Matches:
    """What became of each of N detections in a set of images, the best score first.

    Equal scores stand in the order of the images, and within an image in the order given.

    Attributes
    ----------
    image : (N,) number of the image that the detection is from.
    detection : (N,) its index among the detections of that image.
    score : (N,) float64.
    outcome : (N,) strings, one of the five constants of this module.
    truth : (N,) index of a true box of that image: the matched one, or, for a false positive, the
        nearest one (the highest IoU) of those that count; -1 if it overlaps none.
    iou : (N,) IoU with that box, 0 without one; for a crowd the share of the detection in it.
    missed : (K, 2) image and index of each true box that counts and was not found.
    truths_per_image : (number of images,) how many true boxes count.

    Examples
    --------
    >>> matches = match_detections([[0, 0, 4, 4], [0, 0, 4, 5]], [0.7, 0.9], [[0, 0, 4, 4]])
    >>> matches.outcome.tolist(), matches.detection.tolist(), matches.iou.tolist()
    (['true positive', 'duplicate'], [1, 0], [0.8, 1.0])
    >>> matches.true_positives, matches.false_positives, matches.false_negatives
    (1, 1, 0)
    >>> matches.precision, matches.recall
    (0.5, 1.0)
    """

    image: np.ndarray
    detection: np.ndarray
    score: np.ndarray
    outcome: np.ndarray
    truth: np.ndarray
    iou: np.ndarray
    missed: np.ndarray
    truths_per_image: np.ndarray

    @property
    def true_positives(self) -> int:
        return int(np.count_nonzero(self.outcome == TRUE_POSITIVE))

    @property
    def false_positives(self) -> int:
        return len(self.outcome) - self.true_positives - self.ignored

    @property
    def false_negatives(self) -> int:
        return len(self.missed)

    @property
    def ignored(self) -> int:
        """How many detections are neither right nor wrong."""
        return int(np.count_nonzero(self.outcome == IGNORED))

    @property
    def n_truths(self) -> int:
        return int(self.truths_per_image.sum())

    @property
    def precision(self) -> float:
        """TP / (TP + FP): how much of what was found is right. NaN if nothing was found."""
        found = self.true_positives + self.false_positives
        return self.true_positives / found if found > 0 else np.nan

    @property
    def recall(self) -> float:
        """TP / (TP + FN): how much of what is there was found. NaN if nothing is there."""
        return self.true_positives / self.n_truths if self.n_truths > 0 else np.nan

    def of_images(self, images: np.ndarray) -> Matches:
        """The matches of some images; one that is listed twice counts twice.

        Parameters
        ----------
        images : image numbers. In the result images keep their numbers, except in
            `truths_per_image`, which is in the order of this list.
        """
        times = np.bincount(images, minlength=len(self.truths_per_image))
        rows = np.repeat(np.arange(len(self.image)), times[self.image])
        missed = np.repeat(self.missed, times[self.missed[:, 0]], axis=0)
        return Matches(self.image[rows], self.detection[rows], self.score[rows],
                       self.outcome[rows], self.truth[rows], self.iou[rows], missed,
                       self.truths_per_image[images])


def match_detections(boxes: np.ndarray, scores: np.ndarray, truth_boxes: np.ndarray,
                     iou_threshold: float = 0.5, *, ignore: np.ndarray | None = None,
                     crowd: np.ndarray | None = None, rule: str = "coco",
                     max_detections: int | None = None) -> Matches:
    """Match the detections in one image. See the module's docstring for what it does.

    Parameters
    ----------
    boxes, scores : (N, 4) and (N,) the detections.
    truth_boxes : (M, 4) the true boxes.
    iou_threshold : tau, from 0 to 1, a match from there on. At 0 every true box is near enough.
    ignore, crowd : (M,) bool, none by default. What is a crowd is ignored as well.
    rule : "coco" or "voc". The latter knows no crowds.
    max_detections : only so many detections, the best, take part; the others count as ignored.

    Raises
    ------
    ValueError, TypeError : boxes or scores that are none, see `check_boxes` and `check_scores`;
        marks of another length than `truth_boxes` or not boolean; options outside their range.

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


def match_images(boxes: Sequence[np.ndarray], scores: Sequence[np.ndarray],
                 truth_boxes: Sequence[np.ndarray], iou_threshold: float = 0.5, *,
                 ignore: Sequence[np.ndarray] | None = None,
                 crowd: Sequence[np.ndarray] | None = None, rule: str = "coco",
                 max_detections: int | None = None) -> Matches:
    """Match the detections in a set of images, each by itself.

    Parameters and errors are those of `match_detections`, as sequences with one entry an image.

    Examples
    --------
    >>> matches = match_images([[[0, 0, 4, 4]], []], [[0.9], []], [[], [[1, 0, 5, 4]]])
    >>> matches.outcome.tolist(), matches.missed.tolist()
    (['background'], [[1, 0]])
    """
    if not 0 <= iou_threshold <= 1:
        raise ValueError(f"iou_threshold must be from 0 to 1, got {iou_threshold}")
    if rule not in RULES:
        raise ValueError(f"rule must be 'coco' or 'voc', got {rule!r}")
    # pycocotools lowers a threshold of 1 by this much, so that rounding cannot cost a match.
    threshold = min(iou_threshold, 1 - 1e-10)
    columns, missed, truths_per_image = [], [np.empty((0, 2), int)], []
    for number, image in enumerate(
            checked_images(boxes, scores, truth_boxes, ignore, crowd, max_detections)):
        if rule == "voc" and image.crowd.any():
            raise ValueError("the rule 'voc' knows no crowds; mark what is difficult with ignore")
        (matched,) = greedy_match(image, np.array([threshold]), image.ignore[None], rule)
        columns.append((np.full(len(image.order), number), image.order, image.scores,
                        *_audit(image, matched, threshold)))
        found = np.isin(np.arange(len(image.ignore)), matched)
        lost = np.flatnonzero(~found & ~image.ignore)
        missed.append(np.stack([np.full_like(lost, number), lost], axis=1))
        truths_per_image.append(np.count_nonzero(~image.ignore))

    columns = [np.concatenate(column) for column in zip(*columns)] or [np.empty(0, int)] * 6
    by_score = np.argsort(-columns[2], kind="stable")
    return Matches(*(column[by_score] for column in columns), np.concatenate(missed),
                   np.array(truths_per_image, dtype=int))


# --------------------------------------------------------------------------------------------
# One image
# --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ImageBoxes:
    """One image's detections, the best first, and what they are held against."""

    order: np.ndarray  # (N,) where the detections stood in the input
    scores: np.ndarray  # (N,) falling
    areas: np.ndarray  # (N,) of the detections
    truth_areas: np.ndarray  # (M,)
    overlap: np.ndarray  # (D, M) IoU, for crowds intersection over detection; D <= N take part
    ignore: np.ndarray  # (M,) bool, crowds included
    crowd: np.ndarray  # (M,) bool


def checked_images(boxes: Sequence[np.ndarray], scores: Sequence[np.ndarray],
                   truth_boxes: Sequence[np.ndarray], ignore: Sequence[np.ndarray] | None,
                   crowd: Sequence[np.ndarray] | None,
                   max_detections: int | None) -> Iterator[ImageBoxes]:
    """Check the input of a whole set of images and bring it into order, image by image."""
    n_images = len(truth_boxes)
    ignore = [None] * n_images if ignore is None else ignore
    crowd = [None] * n_images if crowd is None else crowd
    lengths = [len(boxes), len(scores), n_images, len(ignore), len(crowd)]
    if len(set(lengths)) > 1:
        raise ValueError("boxes, scores, truth_boxes, ignore and crowd must have one entry for "
                         f"each image, but have {lengths}")
    if max_detections is not None and max_detections < 1:
        raise ValueError(f"max_detections must be at least 1, got {max_detections}")
    for number in range(n_images):
        where = f"of image {number}"
        found = check_boxes(boxes[number], f"boxes {where}")
        truths = check_boxes(truth_boxes[number], f"truth_boxes {where}")
        image_scores = check_scores(scores[number], len(found), f"scores {where}")
        is_crowd = _marks(crowd[number], len(truths), f"crowd {where}")
        is_ignored = _marks(ignore[number], len(truths), f"ignore {where}") | is_crowd

        order = np.argsort(-image_scores, kind="stable")
        found = found[order]
        taking_part = found[:max_detections]
        overlap = box_iou(taking_part, truths)
        areas = box_area(found)
        if is_crowd.any():
            shared = box_intersection(taking_part, truths[is_crowd])
            size = areas[:max_detections, None]
            overlap[:, is_crowd] = shared / np.where(size > 0, size, 1)
        yield ImageBoxes(order, image_scores[order], areas, box_area(truths), overlap, is_ignored,
                         is_crowd)


def _marks(marks: np.ndarray | None, n_truths: int, name: str) -> np.ndarray:
    marks = np.zeros(n_truths, bool) if marks is None else np.asarray(marks)
    if marks.shape != (n_truths,):
        raise ValueError(f"{name} must be one mark for each of the {n_truths} true boxes; "
                         f"got the shape {marks.shape}")
    if marks.dtype != bool and marks.size > 0:
        raise ValueError(f"{name} must be boolean, got {marks.dtype}")
    return marks.astype(bool)


def greedy_match(image: ImageBoxes, thresholds: np.ndarray, ignore: np.ndarray,
                 rule: str) -> np.ndarray:
    """The greedy rule, in several settings (a threshold and what to ignore) at once.

    Only the order of the detections is a loop, for each depends on what the better ones took.

    Parameters
    ----------
    image : the detections, D of which take part, and M true boxes.
    thresholds : (S,) the IoU from which on a pair may match, in each setting.
    ignore : (S, M) bool.
    rule : "coco" or "voc".

    Returns
    -------
    (S, D) index of the true box that the detection matches, -1 for none.
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


def _audit(image: ImageBoxes, matched: np.ndarray,
           threshold: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Outcome, true box and IoU of each of the N detections of one image."""
    n_detections, n_taking_part = len(image.order), len(matched)
    outcome = np.full(n_detections, IGNORED, dtype=f"<U{len(POOR_LOCALISATION)}")
    truth = np.full(n_detections, -1)
    iou = np.zeros(n_detections)
    counted = np.where(image.ignore, -1.0, image.overlap)
    for n in range(n_taking_part):
        if matched[n] >= 0:
            truth[n], iou[n] = matched[n], image.overlap[n, matched[n]]
            outcome[n] = IGNORED if image.ignore[matched[n]] else TRUE_POSITIVE
            continue
        if counted.shape[1] > 0 and counted[n].max() > 0:
            truth[n], iou[n] = counted[n].argmax(), counted[n].max()
        if truth[n] >= 0 and iou[n] >= threshold:
            outcome[n] = DUPLICATE
        else:
            outcome[n] = POOR_LOCALISATION if iou[n] >= NEAR else BACKGROUND
    return outcome, truth, iou
