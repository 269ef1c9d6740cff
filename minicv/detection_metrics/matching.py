"""Matching: which detection found which object, and why are the others wrong?

A detector returns boxes with scores; somebody has drawn the true boxes.  Before anything can be
counted, each detection must be compared with the truth.  The rule is greedy:

1. Take the detections of an image from the best score to the worst; of equal scores, the one that
   comes first.
2. A detection *matches* a true box if their IoU is at least a threshold tau.  (The sheet asks for
   more than tau; the official programs do not.)  Each true box can be matched once.
3. A detection with a match is a true positive (TP), one without a false positive (FP).  A true box
   that nobody matched is a false negative (FN).

Why a detection is a false positive:

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

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from minicv import checks
from minicv.detection_metrics.boxes import ImageBoxes, best_first, check_scores, images_in_order

TRUE_POSITIVE = "true positive"
DUPLICATE = "duplicate"
POOR_LOCALISATION = "poor localisation"
BACKGROUND = "background"
IGNORED = "ignored"
OUTCOMES = (TRUE_POSITIVE, DUPLICATE, POOR_LOCALISATION, BACKGROUND, IGNORED)
MOST = 2**40  # of any whole number in a record: sums of such numbers do not wrap
NEAR = 0.1  # an IoU from here on is poor localisation; below, it is background


@dataclass(frozen=True)
class Matches:
    """What became of each of N detections in a set of images, the best score first.

    Equal scores are in the order of the images, and within an image in the order given.

    Attributes
    ----------
    image, detection : arrays (N,)
        Number of the image that the detection is from; its index among those of that image.
    score : array (N,)
    outcome : array (N,)
        "true positive", one of the three reasons above, or "ignored".
    truth : array (N,)
        Index of a true box of that image: the matched one, or, for a false positive, the nearest
        one (the highest IoU) of those that count; -1 if it overlaps none.
    iou : array (N,)
        IoU with that box, 0 without one; for a crowd the share of the detection in it.
    missed : array (K, 2)
        Image and index of each true box that counts and was not found.
    truths_per_image : array (number of images,)
        How many true boxes count.

    Examples
    --------
    >>> matches = match_detections([[0, 0, 4, 4], [0, 0, 4, 5]], [0.7, 0.9], [[0, 0, 4, 4]])
    >>> matches.outcome.tolist(), matches.detection.tolist(), matches.iou.tolist()
    (['true positive', 'duplicate'], [1, 0], [0.8, 1.0])
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

    def __post_init__(self) -> None:
        n = len(checks.several(self.image, "image"))
        n_images = len(checks.several(self.truths_per_image, "truths_per_image"))
        columns = {"score": check_scores(self.score, n, "score"),
                   "outcome": checks.labels(self.outcome, "outcome", n),
                   "iou": checks.numbers(self.iou, "iou", (n,), least=0, within=1)}
        for name, shape, least, most in (
                ("image", (n,), 0, n_images - 1), ("detection", (n,), 0, MOST),
                ("truth", (n,), -1, MOST), ("missed", ("K", 2), 0, MOST),
                ("truths_per_image", (n_images,), 0, MOST)):
            columns[name] = checks.numbers(getattr(self, name), name, shape, kinds="iu",
                                           dtype=np.int64, least=least, within=most)
        vars(self).update(columns)
        if not np.isin(self.outcome, OUTCOMES).all():
            raise ValueError(f"outcome must be of {', '.join(OUTCOMES)}")
        if self.true_positives + self.false_negatives != self.n_truths:
            raise ValueError(f"{self.true_positives} true positives and {self.false_negatives} "
                             f"missed are not the {self.n_truths} of truths_per_image together")

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
        """The matches of some images, by their numbers; one that is listed twice counts twice.

        The images are then numbered as in this list.

        Examples
        --------
        >>> matches = match_images([[], []], [[], []], [[], [[0, 0, 1, 1]]])
        >>> matches.of_images([1, 1, 0]).missed.tolist()
        [[0, 0], [1, 0]]
        """
        images = checks.numbers(images, "images", ("N",), kinds="iu", dtype=np.int64, least=0,
                                within=len(self.truths_per_image) - 1)

        def copies(of_image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            """Rows, image after image as they are listed, and their images' places in the list."""
            by_image = np.argsort(of_image, kind="stable")
            first = np.searchsorted(of_image[by_image], images)
            count = np.searchsorted(of_image[by_image], images, side="right") - first
            place = np.repeat(np.arange(len(images)), count)
            within = np.arange(len(place)) - np.repeat(np.cumsum(count) - count, count)
            return by_image[first[place] + within], place

        rows, image = copies(self.image)
        missed, in_image = copies(self.missed[:, 0])
        order = best_first(self.score[rows])
        rows = rows[order]
        picked = object.__new__(Matches)  # from checked columns: nothing to check again
        vars(picked).update(
            image=image[order], detection=self.detection[rows], score=self.score[rows],
            outcome=self.outcome[rows], truth=self.truth[rows], iou=self.iou[rows],
            missed=np.stack([in_image, self.missed[missed, 1]], axis=1),
            truths_per_image=self.truths_per_image[images])
        return picked


def match_detections(boxes: ArrayLike, scores: ArrayLike, truth_boxes: ArrayLike,
                     iou_threshold: float = 0.5, *, ignore: ArrayLike | None = None,
                     crowd: ArrayLike | None = None, rule: str = "coco",
                     max_detections: int | None = None) -> Matches:
    """Match the detections in one image, by the rules at the head of this module.

    Parameters
    ----------
    boxes, scores : arrays (N, 4) and (N,)
        The detections. A score may be infinite, not NaN.
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
                        ignore=[ignore], crowd=[crowd], rule=rule, max_detections=max_detections)


def match_images(boxes: Sequence[ArrayLike], scores: Sequence[ArrayLike],
                 truth_boxes: Sequence[ArrayLike], iou_threshold: float = 0.5, *,
                 ignore: Sequence[ArrayLike | None] | None = None,
                 crowd: Sequence[ArrayLike | None] | None = None, rule: str = "coco",
                 max_detections: int | None = None) -> Matches:
    """Match the detections in a set of images, each by itself.

    The parameters are those of `match_detections`, as sequences with one entry an image.

    Examples
    --------
    >>> matches = match_images([[[0, 0, 4, 4]], []], [[0.9], []], [[], [[1, 0, 5, 4]]])
    >>> matches.outcome.tolist(), matches.missed.tolist()
    (['background'], [[1, 0]])
    """
    # pycocotools lowers a threshold of 1 by this much, so that rounding cannot cost a match.
    threshold = min(checks.number(iou_threshold, "iou_threshold", least=0, most=1), 1 - 1e-10)
    checks.choice(rule, "rule", ("coco", "voc"))
    none = np.empty(0, int)
    rows = [(none, none, np.empty(0), np.empty(0, str), none, np.empty(0))]
    missed, truths_per_image = [np.empty((0, 2), int)], []
    for number, image in enumerate(images_in_order(
            boxes, scores, truth_boxes, max_detections, ignore=ignore, crowd=crowd)):
        if rule == "voc" and image.crowd.any():
            raise ValueError("the rule 'voc' knows no crowds; mark what is difficult with ignore")
        (matched,) = greedy_match(image, np.array([threshold]), image.ignore[None], rule)
        rows.append((np.full(len(image.order), number), image.order, image.scores,
                     *_reasons(image, matched, threshold)))
        lost = np.setdiff1d(np.flatnonzero(~image.ignore), matched)
        missed.append(np.stack([np.full_like(lost, number), lost], axis=1))
        truths_per_image.append(np.count_nonzero(~image.ignore))

    columns = [np.concatenate(column) for column in zip(*rows)]
    order = best_first(columns[2])
    of_image, detection, score, outcome, truth, iou = (column[order] for column in columns)
    return Matches(of_image, detection, score, outcome, truth, iou, np.concatenate(missed),
                   np.array(truths_per_image, dtype=int))


def greedy_match(image: ImageBoxes, thresholds: np.ndarray, ignore: np.ndarray,
                 rule: str) -> np.ndarray:
    """The greedy rule, in S settings at once: `thresholds` (S,) and what to `ignore` (S, M).

    Gives (S, D): the index of the true box that each of D detections matches, -1 for none. Only the
    order of the detections is a loop, for each depends on what the better ones took.
    """
    overlap = image.overlap
    matched = np.full((len(thresholds), len(overlap)), -1)
    free = np.ones(ignore.shape, bool)
    takes_many = np.broadcast_to(image.crowd, ignore.shape) if rule == "coco" else ignore
    # In each image most pairs of boxes are far apart: look at those only that may match.
    possible = overlap >= thresholds.min()
    every = np.arange(len(thresholds))
    for n in np.flatnonzero(possible.any(axis=1)):
        near = np.flatnonzero(possible[n]) if rule == "coco" else overlap[n].argmax(keepdims=True)
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
    is_idle = np.arange(len(truth)) >= len(image.overlap)
    outcome = np.select(
        [is_idle | ignore[matched], matched >= 0, (truth >= 0) & (iou >= threshold), iou >= NEAR],
        [IGNORED, TRUE_POSITIVE, DUPLICATE, POOR_LOCALISATION], BACKGROUND)
    return outcome, truth, iou
