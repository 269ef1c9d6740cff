"""Non-maximum suppression of many boxes: compare each box with its neighbours only.

`minicv.detection_metrics.nms` is the plain twin.  It compares every box that it keeps with all that
are left, which for N boxes with few overlaps are N^2 / 2 pairs, nearly all of them far apart.

The trick: sort the boxes by their left edges.  Those that begin before a box ends are a run from
the start of the list, found by bisection; and so are those that end before it begins, if one looks
at the running maximum of the right edges, which is sorted as well.  Between the two lies all that
can overlap the box, and it is a slice.  The same may be done from top to bottom; we take the axis
that leaves fewer pairs.

Of 10,000 boxes of 20 to 100 pixels a side with few overlaps it takes 0.03 of the time of its plain
twin and 0.2 of that of OpenCV's `dnn.NMSBoxes`; where nearly all overlap and 76 are kept, 0.9 and
2.6 (`python -m tests.benchmarks suppression`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from minicv.detection_metrics.boxes import box_area, check_boxes, check_scores, check_threshold


def nms(boxes: ArrayLike, scores: ArrayLike, iou_threshold: float) -> np.ndarray:
    """The same as `minicv.detection_metrics.nms` with its own overlap, the IoU.

    Examples
    --------
    >>> nms([[0, 0, 10, 10], [1, 0, 11, 10], [20, 0, 30, 10]], [0.8, 0.9, 0.3], 0.5).tolist()
    [1, 2]
    """
    boxes = check_boxes(boxes)
    scores = check_scores(scores, len(boxes))
    check_threshold(iou_threshold)
    order, first, stop = min((_neighbours(boxes, axis) for axis in (0, 1)),
                             key=lambda found: (found[2] - found[1]).sum())
    areas = box_area(boxes)[order]
    left, upper, right, lower = boxes[order].T.copy()
    dropped = np.zeros(len(boxes), bool)
    keep = []
    place = np.argsort(order)  # of each box in the sorted list
    for n in place[np.argsort(-scores, kind="stable")]:
        if dropped[n]:
            continue
        keep.append(n)
        near = slice(first[n], stop[n])
        width = np.minimum(right[n], right[near]) - np.maximum(left[n], left[near])
        height = np.minimum(lower[n], lower[near]) - np.maximum(upper[n], upper[near])
        shared = np.maximum(width, 0) * np.maximum(height, 0)
        union = areas[n] + areas[near] - shared
        dropped[near] |= shared / np.where(union > 0, union, 1) > iou_threshold
    return order[np.array(keep, dtype=np.int64)]


def _neighbours(boxes: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The boxes in the order of one axis, and for each the slice that it can overlap there."""
    order = np.argsort(boxes[:, axis], kind="stable")
    begin, end = boxes[order, axis], boxes[order, axis + 2]
    first = np.searchsorted(np.maximum.accumulate(end), begin, side="right")
    return order, first, np.searchsorted(begin, end, side="left")
