"""Boxes: areas, overlaps, and the suppression of near-duplicates.

A box is (left, upper, right, lower) in pixels, with x to the right and y downwards.  Coordinates
are continuous: pixel column 3 reaches from x = 3 to x = 4, so that width = right - left, without
the "+ 1" of older programs.  Crop with ``image[upper:lower, left:right]``.

How much two boxes have in common is measured by their *intersection over union*,

    IoU(a, b) = |a and b| / |a or b| = I / (|a| + |b| - I),

which is 1 for equal boxes, 0 for boxes that do not overlap, and does not change when both boxes
are shifted or scaled.

Every *size*, of an image as of a box, is (height, width), the order of ``image.shape[:2]`` and of
torchvision.  Pillow's ``image.size`` is the other way round: give ``image.size[::-1]``.

`box_area`, `box_iou`, `nms` and `clip_boxes_to_image` are called as in torchvision.ops and give its
results, with these differences: they work on NumPy arrays; an inverted box (right < left or
lower < upper) and a coordinate that is NaN or infinite are a ValueError, where torchvision goes
on; and two boxes without area have the IoU 0, not 0 / 0 = NaN.  `nms` is the idea in five lines and
compares each kept box with all that are left; for thousands of boxes there is `minicv.fast.nms`.

It answers exercise 1.4 a.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

LARGEST = 1e150  # of a coordinate: its square is a number still


def box_area(boxes: ArrayLike) -> np.ndarray:
    """Area of each of N boxes in square pixels: (N,).

    Examples
    --------
    >>> box_area([[1, 2, 5, 7], [3, 3, 3, 9]]).tolist()
    [20, 0]
    """
    return _area(check_boxes(boxes))


def box_intersection(boxes1: ArrayLike, boxes2: ArrayLike) -> np.ndarray:
    """The area that each of N boxes shares with each of M others: (N, M).

    Examples
    --------
    >>> box_intersection([[1, 2, 5, 7]], [[2, 2, 6, 7], [5, 2, 9, 7]]).tolist()
    [[15, 0]]
    """
    return _intersection(check_boxes(boxes1, "boxes1"), check_boxes(boxes2, "boxes2"))


def _area(boxes: np.ndarray) -> np.ndarray:
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def _intersection(boxes1: np.ndarray, boxes2: np.ndarray) -> np.ndarray:
    upper_left = np.maximum(boxes1[:, None, :2], boxes2[None, :, :2])
    lower_right = np.minimum(boxes1[:, None, 2:], boxes2[None, :, 2:])
    # Boxes that lie apart would get a negative side, and two negative sides a positive area.
    sides = np.maximum(lower_right - upper_left, 0)
    return sides[:, :, 0] * sides[:, :, 1]


def box_iou(boxes1: ArrayLike, boxes2: ArrayLike) -> np.ndarray:
    """Intersection over union of each of N boxes with each of M others.

    Returns
    -------
    array (N, M)
        From 0 to 1; float32 if both are float32, else float64. Two boxes without area have the
        IoU 0, even if they are equal.

    Examples
    --------
    >>> box_iou([[1, 2, 5, 7]], [[2, 2, 6, 7], [5, 2, 9, 7]]).tolist()
    [[0.6, 0.0]]
    """
    boxes1, boxes2 = check_boxes(boxes1, "boxes1"), check_boxes(boxes2, "boxes2")
    shared = _intersection(boxes1, boxes2)
    union = _area(boxes1)[:, None] + _area(boxes2) - shared
    # Where the union is empty so is the intersection: 0 / 1 in place of 0 / 0.
    return shared / np.where(union > 0, union, 1)


def overlap_of_smaller(boxes1: ArrayLike, boxes2: ArrayLike) -> np.ndarray:
    """What two boxes share as a part of the smaller one; called as `box_iou`.

    It is 1 for a box within another, however small: the measure of Dollár et al., *Integral
    channel features*, BMVC 2009.

    Examples
    --------
    >>> overlap_of_smaller([[0, 0, 10, 30]], [[2, 15, 8, 30], [7, 0, 17, 30]]).tolist()
    [[1.0, 0.3]]
    """
    boxes1, boxes2 = check_boxes(boxes1, "boxes1"), check_boxes(boxes2, "boxes2")
    smaller = np.minimum(_area(boxes1)[:, None], _area(boxes2))
    shared = _intersection(boxes1, boxes2)
    return shared / np.where(smaller > 0, smaller, 1)


def nms(boxes: ArrayLike, scores: ArrayLike, iou_threshold: float, *,
        overlap: Callable[[np.ndarray, np.ndarray], np.ndarray] = box_iou) -> np.ndarray:
    """Non-maximum suppression: of boxes that overlap too much, keep the one that scores best.

    A detector that looks everywhere finds each person many times over. Greedily: keep the best
    box, drop all others whose IoU with it is *greater than* the threshold, and go on with the best
    box that is left. A dropped box drops nobody.

    Parameters
    ----------
    boxes : array (N, 4)
    scores : array (N,)
        The better the greater. Of equal scores the one that comes first is taken first.
    iou_threshold : float
        0 to 1. At 1 nothing is dropped, at 0 whatever overlaps at all.
    overlap : callable
        What to measure in place of the IoU, such as `overlap_of_smaller`.

    Returns
    -------
    array (K,) of int64
        Indices of the boxes to keep, the best first. Boxes without area overlap nothing, and are
        kept.

    Raises
    ------
    ValueError
        Not one score for each box, a NaN score, a threshold outside of 0 to 1.

    Examples
    --------
    >>> nms([[0, 0, 10, 10], [1, 0, 11, 10], [20, 0, 30, 10]], [0.8, 0.9, 0.3], 0.5).tolist()
    [1, 2]
    """
    boxes = check_boxes(boxes)
    scores = check_scores(scores, len(boxes))
    check_threshold(iou_threshold)
    left = np.argsort(-scores, kind="stable")  # what is left to decide on, the best first
    keep = []
    while len(left) > 0:
        best, others = left[0], left[1:]
        keep.append(best)
        left = others[overlap(boxes[[best]], boxes[others])[0] <= iou_threshold]
    return np.array(keep, dtype=np.int64)


def clip_boxes_to_image(boxes: ArrayLike, size: tuple[int, int]) -> np.ndarray:
    """Cut off what sticks out of an image of `size` (height, width).

    A box that lay wholly outside becomes a box without area on the border:
    ``box_area(clipped) > 0`` finds the others.

    Examples
    --------
    >>> clip_boxes_to_image([[-3, 2, 5, 99], [70, 2, 80, 9]], size=(40, 60)).tolist()
    [[0, 2, 5, 40], [60, 2, 60, 9]]
    """
    boxes = check_boxes(boxes)
    height, width = size
    if not (height >= 0 and width >= 0):
        raise ValueError(f"size must be (height, width), both from 0 on, got {size}")
    return np.clip(boxes, 0, np.array([width, height, width, height], dtype=boxes.dtype))


# --------------------------------------------------------------------------------------------
# What is wrong with the input
# --------------------------------------------------------------------------------------------


def check_boxes(boxes: ArrayLike, name: str = "boxes") -> np.ndarray:
    """Boxes as an array (N, 4), checked; N may be 0, and a box may be without area.

    So that areas fit, integers become int64, or float64 from 2^30 on, and float16 float32.

    Raises
    ------
    TypeError, ValueError
        Not real numbers; another shape; a NaN, infinite or inverted box, or one whose area is too
        large to be a number.
    """
    boxes = np.asarray(boxes)
    if boxes.size == 0 and boxes.ndim == 1:
        boxes = boxes.reshape(0, 4)
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise ValueError(f"{name} must have the shape (N, 4): left, upper, right, lower; "
                         f"got {boxes.shape}")
    if boxes.dtype.kind not in "iuf":
        raise TypeError(f"{name} must be real numbers, got {boxes.dtype}")
    low, high = (float(boxes.min()), float(boxes.max())) if len(boxes) else (0.0, 0.0)
    if not (-LARGEST < low and high < LARGEST):  # true of NaN as well
        first = int(np.argmin((np.abs(boxes.astype(float)) < LARGEST).all(axis=1)))
        raise ValueError(f"box {first} of {name} is {boxes[first].tolist()}; coordinates must be "
                         f"finite, and below {LARGEST:g} for areas to be finite as well")
    inverted = (boxes[:, 2:] < boxes[:, :2]).any(axis=1)
    if inverted.any():
        first = int(inverted.argmax())
        raise ValueError(f"box {first} of {name} is inverted: {boxes[first].tolist()}; a box is "
                         "(left, upper, right, lower) with left <= right and upper <= lower")
    is_float = boxes.dtype.kind == "f"
    if max(-low, high) >= (1e18 if is_float else 2**30):
        return boxes.astype(np.float64)
    at_least = np.float32 if is_float else np.int64
    return boxes.astype(np.promote_types(boxes.dtype, at_least), copy=False)


def check_threshold(iou_threshold: float) -> None:
    """A ValueError if a threshold for overlaps is not from 0 to 1."""
    if not 0 <= iou_threshold <= 1:
        raise ValueError(f"iou_threshold must be from 0 to 1, got {iou_threshold}")


def check_scores(scores: ArrayLike, n_boxes: int, name: str = "scores") -> np.ndarray:
    """One score for each box, as (N,) float64; a NaN, which has no place in any order, is an error.
    """
    scores = np.asarray(scores, dtype=np.float64)
    if scores.shape != (n_boxes,):
        raise ValueError(f"{name} must be one number for each of the {n_boxes} boxes; "
                         f"got the shape {scores.shape}")
    if np.isnan(scores).any():
        raise ValueError(f"{name}[{np.isnan(scores).argmax()}] is NaN: such a box cannot be ranked")
    return scores
