"""COCO's table: average precision and average recall over IoU thresholds, sizes and budgets.

One IoU threshold rewards boxes that are good enough for it and no better.  COCO averages over ten,

    AP = mean over tau = 0.50, 0.55, ..., 0.95 of the average precision at tau,

so that tight boxes pay.  Its table has twelve numbers, in this order:

=========================  =========================================================================
AP, AP50, AP75             over all ten thresholds; at 0.5; at 0.75
AP small, medium, large    counting true boxes of an area up to 32^2, 32^2 to 96^2, from 96^2 on
AR1, AR10, AR100           *average recall*: the mean over the ten thresholds of the recall, with 1,
                           10 and 100 detections an image
AR small, medium, large    with 100 detections an image
=========================  =========================================================================

True boxes outside a range of areas are ignored, see `matching`, and so is a detection outside of it
that matches nothing.  Both ends belong to the range.

The numbers are those of pycocotools for one category; COCO's mean over categories is the mean of
one call for each.  Three differences: a number without any true box to find is NaN, where
pycocotools writes -1.  The area is that of the box, where COCO's own ground truth gives the area of
the outline.  And pycocotools adds 2e-16 to a denominator, so that a perfect result can come out as
0.9999999999999998; ours is 1.

Source: Lin et al., Microsoft COCO, ECCV 2014, and the code of pycocotools.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from minicv import checks
from minicv.detection_metrics.boxes import ImageBoxes, best_first, images_in_order
from minicv.detection_metrics.curves import precision_at
from minicv.detection_metrics.matching import greedy_match

IOU_THRESHOLDS = np.linspace(0.5, 0.95, 10)
RECALL_POINTS = np.linspace(0, 1, 101)
BUDGETS = (1, 10, 100)  # detections an image
AREA_RANGES = {"all": (0, 1e5**2), "small": (0, 32**2), "medium": (32**2, 96**2),
               "large": (96**2, 1e5**2)}


@dataclass(frozen=True)
class CocoResult:
    """What `coco_evaluation` measured.

    Attributes
    ----------
    precision : array (4, 10, 101)
        At the ranges of areas (all, small, medium, large), thresholds and recalls, with 100
        detections an image. NaN where there is no true box to find; so is the recall.
    recall : array (4, 10, 3)
        At the ranges, thresholds and budgets of detections.

    Examples
    --------
    >>> result = CocoResult(np.full((4, 10, 101), 0.5), np.full((4, 10, 3), 0.25))
    >>> result.table()["AP50"], result.table()["AR large"]
    (0.5, 0.25)
    """

    precision: np.ndarray
    recall: np.ndarray

    def __post_init__(self) -> None:
        shape = len(AREA_RANGES), len(IOU_THRESHOLDS)
        for name, n in (("precision", len(RECALL_POINTS)), ("recall", len(BUDGETS))):
            vars(self)[name] = checks.numbers(getattr(self, name), name, (*shape, n),
                                              dtype=np.float64, finite=False, least=0, within=1)

    def table(self) -> dict[str, float]:
        """The twelve numbers by name, in COCO's order."""
        sizes = list(enumerate(AREA_RANGES))[1:]
        means = {
            "AP": self.precision[0], "AP50": self.precision[0, 0], "AP75": self.precision[0, 5],
            **{f"AP {size}": self.precision[row] for row, size in sizes},
            **{f"AR{budget}": self.recall[0, :, column] for column, budget in enumerate(BUDGETS)},
            **{f"AR {size}": self.recall[row, :, -1] for row, size in sizes}}
        return {name: float(values.mean()) for name, values in means.items()}

    def __str__(self) -> str:
        return "\n".join(f"{name:<10} {value:.4f}" for name, value in self.table().items())


def coco_evaluation(boxes: Sequence[ArrayLike], scores: Sequence[ArrayLike],
                    truth_boxes: Sequence[ArrayLike], *,
                    ignore: Sequence[ArrayLike] | None = None,
                    crowd: Sequence[ArrayLike] | None = None) -> CocoResult:
    """Evaluate detections of one category as COCO does. The parameters are as in `match_images`.

    A number without any true box to find is NaN.

    Examples
    --------
    >>> result = coco_evaluation([[[0, 0, 40, 40]]], [[0.9]], [[[0, 0, 40, 50]]])  # IoU 0.8
    >>> table = result.table()
    >>> table["AP50"], round(table["AP"], 12)  # right at 0.5 to 0.75, at 0.8, and at no more
    (1.0, 0.7)
    """
    shape = len(AREA_RANGES), len(IOU_THRESHOLDS)
    n_truths = np.zeros(len(AREA_RANGES), int)
    columns = [(np.empty(0), np.empty(0, int), np.empty((*shape, 0), bool),
                np.empty((*shape, 0), bool))]
    for image in images_in_order(boxes, scores, truth_boxes, BUDGETS[-1], ignore=ignore,
                                 crowd=crowd):
        true, false, n_counted = _outcomes(image)
        n_taking_part = true.shape[2]
        columns.append((image.scores[:n_taking_part], np.arange(n_taking_part), true, false))
        n_truths += n_counted

    all_scores, rank, true, false = (np.concatenate(column, axis=-1) for column in zip(*columns))
    by_score = best_first(all_scores)
    rank, true, false = rank[by_score], true[..., by_score], false[..., by_score]
    precision = np.full((*shape, len(RECALL_POINTS)), np.nan)
    recall = np.full((*shape, len(BUDGETS)), np.nan)
    for at in np.ndindex(shape):
        if n_truths[at[0]] > 0:
            counted = true[at] | false[at]
            is_true = true[at][counted]
            n_true = np.cumsum(is_true)
            precision[at] = precision_at(RECALL_POINTS, n_true / np.arange(1, len(n_true) + 1),
                                         n_true / n_truths[at[0]])
            found = [np.count_nonzero(is_true & (rank[counted] < budget)) for budget in BUDGETS]
            recall[at] = np.array(found) / n_truths[at[0]]
    return CocoResult(precision, recall)


def _outcomes(image: ImageBoxes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """True and false positives of one image: ranges x thresholds x detections; counted truths."""
    low, high = np.array(list(AREA_RANGES.values())).T[:, :, None]
    ignore = image.ignore | (image.truth_areas < low) | (image.truth_areas > high)
    n_ranges, n_thresholds, n_taking_part = len(low), len(IOU_THRESHOLDS), len(image.overlap)
    matched = greedy_match(image, np.tile(IOU_THRESHOLDS, n_ranges),
                           np.repeat(ignore, n_thresholds, axis=0), "coco")
    matched = matched.reshape(n_ranges, n_thresholds, n_taking_part)
    # One more column for "no match", so that index -1 finds it: nothing there to be ignored.
    to_ignored = np.pad(ignore, ((0, 0), (0, 1)))[np.arange(n_ranges)[:, None, None], matched]
    areas = image.areas[:n_taking_part]
    outside = (areas < low) | (areas > high)
    return ((matched >= 0) & ~to_ignored, (matched < 0) & ~outside[:, None],
            np.count_nonzero(~ignore, axis=1))
