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

from minicv.detection_metrics.curves import precision_at
from minicv.detection_metrics.matching import ImageBoxes, checked_images, greedy_match

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
    precision : ranges of areas x 10 thresholds x 101 recalls, with 100 detections an image.
    recall : ranges of areas x 10 thresholds x 3 budgets.
    """

    precision: np.ndarray
    recall: np.ndarray

    @property
    def ap(self) -> float:
        return float(self.precision[0].mean())

    @property
    def ap50(self) -> float:
        return float(self.precision[0, 0].mean())

    @property
    def ap75(self) -> float:
        return float(self.precision[0, 5].mean())

    @property
    def ar100(self) -> float:
        return float(self.recall[0, :, 2].mean())

    def table(self) -> dict[str, float]:
        """The twelve numbers by name, in COCO's order."""
        sizes = ("small", "medium", "large")
        return {
            "AP": self.ap, "AP50": self.ap50, "AP75": self.ap75,
            **{f"AP {size}": float(self.precision[row].mean())
               for row, size in enumerate(sizes, start=1)},
            **{f"AR{budget}": float(self.recall[0, :, column].mean())
               for column, budget in enumerate(BUDGETS)},
            **{f"AR {size}": float(self.recall[row, :, 2].mean())
               for row, size in enumerate(sizes, start=1)},
        }

    def __str__(self) -> str:
        return "\n".join(f"{name:<10} {value:.4f}" for name, value in self.table().items())


def coco_evaluation(boxes: Sequence[np.ndarray], scores: Sequence[np.ndarray],
                    truth_boxes: Sequence[np.ndarray], *,
                    ignore: Sequence[np.ndarray] | None = None,
                    crowd: Sequence[np.ndarray] | None = None) -> CocoResult:
    """Evaluate detections of one category as COCO does.

    Parameters
    ----------
    boxes, scores : for each image (N, 4) and (N,), its detections.
    truth_boxes : for each image (M, 4).
    ignore, crowd : for each image (M,) bool, none by default.

    Raises
    ------
    ValueError, TypeError : see `match_images`.

    Examples
    --------
    >>> result = coco_evaluation([[[0, 0, 40, 40]]], [[0.9]], [[[0, 0, 40, 50]]])  # IoU 0.8
    >>> result.ap50, round(result.ap, 12)  # right at 0.5 to 0.75, at 0.8, and at no more
    (1.0, 0.7)
    """
    scores_of, ranks, outcomes, n_truths = [], [], [], np.zeros(len(AREA_RANGES), int)
    for image in checked_images(boxes, scores, truth_boxes, ignore, crowd, BUDGETS[-1]):
        n_taking_part = len(image.overlap)
        scores_of.append(image.scores[:n_taking_part])
        ranks.append(np.arange(n_taking_part))
        true, false, counted = _outcomes(image)
        outcomes.append((true, false))
        n_truths += counted

    shape = (len(AREA_RANGES), len(IOU_THRESHOLDS))
    if len(outcomes) == 0:
        return CocoResult(np.full((*shape, len(RECALL_POINTS)), np.nan),
                          np.full((*shape, len(BUDGETS)), np.nan))
    by_score = np.argsort(-np.concatenate(scores_of), kind="stable")
    rank = np.concatenate(ranks)[by_score]
    true = np.concatenate([each for each, _ in outcomes], axis=2)[:, :, by_score]
    false = np.concatenate([each for _, each in outcomes], axis=2)[:, :, by_score]
    return _accumulate(true, false, rank, n_truths)


def _outcomes(image: ImageBoxes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """True and false positives of one image: ranges x thresholds x detections; counted truths."""
    low, high = np.array(list(AREA_RANGES.values())).T[:, :, None]
    ignore = image.ignore | (image.truth_areas < low) | (image.truth_areas > high)
    n_thresholds, n_taking_part = len(IOU_THRESHOLDS), len(image.overlap)
    matched = greedy_match(image, np.tile(IOU_THRESHOLDS, len(AREA_RANGES)),
                           np.repeat(ignore, n_thresholds, axis=0), "coco")
    matched = matched.reshape(len(AREA_RANGES), n_thresholds, n_taking_part)

    # One more column for "no match", so that index -1 finds it: nothing there to be ignored.
    padded = np.pad(ignore, ((0, 0), (0, 1)))
    to_ignored = padded[np.arange(len(AREA_RANGES))[:, None, None], matched]
    areas = image.areas[:n_taking_part]
    outside = (areas < low) | (areas > high)
    true = (matched >= 0) & ~to_ignored
    false = (matched < 0) & ~outside[:, None]
    return true, false, np.count_nonzero(~ignore, axis=1)


def _accumulate(true: np.ndarray, false: np.ndarray, rank: np.ndarray,
                n_truths: np.ndarray) -> CocoResult:
    """Curves out of outcomes that are sorted by score; `rank` is the place within the image."""
    precision = np.full((*true.shape[:2], len(RECALL_POINTS)), np.nan)
    recall = np.full((*true.shape[:2], len(BUDGETS)), np.nan)
    for area, threshold in np.ndindex(true.shape[:2]):
        if n_truths[area] == 0:
            continue
        counted = true[area, threshold] | false[area, threshold]
        is_true = true[area, threshold][counted]
        n_true = np.cumsum(is_true)
        precision[area, threshold] = precision_at(
            RECALL_POINTS, n_true / np.arange(1, len(n_true) + 1), n_true / n_truths[area])
        for column, budget in enumerate(BUDGETS):
            found = np.count_nonzero(is_true & (rank[counted] < budget))
            recall[area, threshold, column] = found / n_truths[area]
    return CocoResult(precision, recall)
