"""Boxes: areas, overlaps, and suppression of near-duplicates.

A box is (left, upper, right, lower) in pixels, with x to the right and y downwards.  Coordinates
are continuous: pixel column 3 reaches from x = 3 to x = 4, so that width = right - left, without
the "+ 1" of older programs.  Crop with ``image[upper:lower, left:right]``.

How much two boxes have in common is told by their *intersection over union*,

    IoU(a, b) = |a and b| / |a or b| = I / (|a| + |b| - I),

which is 1 for equal boxes, 0 for boxes that do not overlap, and does not change when both boxes
are shifted or scaled.

Every *size*, of an image as of a box, is (height, width), the order of ``image.shape[:2]`` and of
torchvision.  Pillow's ``image.size`` is the other way round: give ``image.size[::-1]``.

`box_area`, `box_iou`, `nms` and `clip_boxes_to_image` are called as in torchvision.ops and give its
results, with these differences: they work on NumPy arrays; an inverted box (right < left or
lower < upper) and a coordinate that is NaN or infinite are a ValueError, where torchvision counts
on; and two boxes without area have the IoU 0, not 0 / 0 = NaN.

It answers exercise 1.4 a.
"""

from __future__ import annotations

import numpy as np


def check_boxes(boxes: np.ndarray, name: str = "boxes") -> np.ndarray:
    """Boxes as an array (N, 4), checked; N may be 0, and a box may be without area.

    Integers become int64 and float16 becomes float32, so that areas do not overflow.

    Raises
    ------
    ValueError : another shape, a NaN or infinite coordinate, an inverted box; the first such box
        is named.
    TypeError : not real numbers.

    Examples
    --------
    >>> check_boxes([]).shape
    (0, 4)
    """
    boxes = np.asarray(boxes)
    if boxes.size == 0 and boxes.ndim == 1:
        boxes = boxes.reshape(0, 4)
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise ValueError(f"{name} must have the shape (N, 4): left, upper, right, lower; "
                         f"got {boxes.shape}")
    if boxes.dtype.kind not in "iuf":
        raise TypeError(f"{name} must be real numbers, got {boxes.dtype}")
    at_least = np.float32 if boxes.dtype.kind == "f" else np.int64
    boxes = boxes.astype(np.promote_types(boxes.dtype, at_least), copy=False)
    # A comparison with NaN is False, so this asks for all that can be wrong but infinity.
    good = (boxes[:, 2:] >= boxes[:, :2]).all(axis=1) & np.isfinite(boxes).all(axis=1)
    if not good.all():
        first = int(np.argmin(good))
        coordinates = boxes[first].tolist()
        if not np.isfinite(coordinates).all():
            raise ValueError(f"box {first} of {name} is {coordinates}; coordinates must be finite")
        raise ValueError(f"box {first} of {name} is inverted: {coordinates}; a box is (left, "
                         "upper, right, lower) with left <= right and upper <= lower")
    return boxes


def box_area(boxes: np.ndarray) -> np.ndarray:
    """Area of each box.

    Parameters
    ----------
    boxes : (N, 4) real numbers.

    Returns
    -------
    (N,) areas in square pixels, 0 for an empty box.

    Raises
    ------
    ValueError, TypeError : see `check_boxes`.

    Examples
    --------
    >>> box_area([[1, 2, 5, 7], [3, 3, 3, 9]]).tolist()
    [20, 0]
    """
    boxes = check_boxes(boxes)
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def box_intersection(boxes1: np.ndarray, boxes2: np.ndarray) -> np.ndarray:
    """The area that each of N boxes shares with each of M others: (N, M).

    Raises
    ------
    ValueError, TypeError : see `check_boxes`.

    Examples
    --------
    >>> box_intersection([[1, 2, 5, 7]], [[2, 2, 6, 7], [5, 2, 9, 7]]).tolist()
    [[15, 0]]
    """
    boxes1, boxes2 = check_boxes(boxes1, "boxes1"), check_boxes(boxes2, "boxes2")
    upper_left = np.maximum(boxes1[:, None, :2], boxes2[None, :, :2])
    lower_right = np.minimum(boxes1[:, None, 2:], boxes2[None, :, 2:])
    # Boxes that lie apart would get a negative side, and two negative sides a positive area.
    sides = np.maximum(lower_right - upper_left, 0)
    return sides[:, :, 0] * sides[:, :, 1]


def box_iou(boxes1: np.ndarray, boxes2: np.ndarray) -> np.ndarray:
    """Intersection over union of each of N boxes with each of M others.

    Parameters
    ----------
    boxes1, boxes2 : (N, 4) and (M, 4) real numbers.

    Returns
    -------
    (N, M) from 0 to 1; float32 if both are float32, else float64. Two boxes without area have
    the IoU 0, even if they are equal.

    Raises
    ------
    ValueError, TypeError : see `check_boxes`.

    Examples
    --------
    >>> box_iou([[1, 2, 5, 7]], [[2, 2, 6, 7], [5, 2, 9, 7]]).tolist()
    [[0.6, 0.0]]
    """
    intersection = box_intersection(boxes1, boxes2)
    union = box_area(boxes1)[:, None] + box_area(boxes2)[None, :] - intersection
    # Where the union is empty so is the intersection: 0 / 1 in place of 0 / 0.
    return intersection / np.where(union > 0, union, 1)


def nms(boxes: np.ndarray, scores: np.ndarray, iou_threshold: float) -> np.ndarray:
    """Non-maximum suppression: of boxes that overlap too much, keep the one that scores best.

    A detector that looks everywhere finds each person many times over. Greedily: keep the best
    box, drop all others whose IoU with it is *greater than* the threshold, and go on with the best
    box that is left. A dropped box drops nobody.

    Parameters
    ----------
    boxes : (N, 4) real numbers.
    scores : (N,) the better the greater. Of equal scores the one that comes first is taken first.
    iou_threshold : 0 to 1. At 1 nothing is dropped, at 0 whatever overlaps at all.

    Returns
    -------
    (K,) int64 indices of the boxes to keep, the best first. Boxes without area overlap nothing,
    and are kept.

    Raises
    ------
    ValueError : not one score for each box, a NaN score, a threshold outside of 0 to 1, or see
        `check_boxes`.

    Examples
    --------
    >>> nms([[0, 0, 10, 10], [1, 0, 11, 10], [20, 0, 30, 10]], [0.8, 0.9, 0.3], 0.5).tolist()
    [1, 2]
    """
    boxes = check_boxes(boxes)
    scores = check_scores(scores, len(boxes))
    if not 0 <= iou_threshold <= 1:
        raise ValueError(f"iou_threshold must be from 0 to 1, got {iou_threshold}")
    left = np.argsort(-scores, kind="stable")  # what is left to decide on, the best first
    keep = []
    while len(left) > 0:
        best, others = left[0], left[1:]
        keep.append(best)
        overlaps = box_iou(boxes[[best]], boxes[others])[0]
        left = others[overlaps <= iou_threshold]
    return np.array(keep, dtype=np.int64)


def check_scores(scores: np.ndarray, n_boxes: int, name: str = "scores") -> np.ndarray:
    """One score for each box, as (N,) float64; a NaN, which has no place in any order, is an error.

    Raises
    ------
    ValueError : another shape, or a NaN.

    Examples
    --------
    >>> check_scores([3, 1], 2).tolist()
    [3.0, 1.0]
    """
    scores = np.asarray(scores, dtype=np.float64)
    if scores.shape != (n_boxes,):
        raise ValueError(f"{name} must be one number for each of the {n_boxes} boxes; "
                         f"got the shape {scores.shape}")
    if np.isnan(scores).any():
        raise ValueError(f"{name}[{np.isnan(scores).argmax()}] is NaN: such a box cannot be ranked")
    return scores


def clip_boxes_to_image(boxes: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Cut off what sticks out of the image.

    Parameters
    ----------
    boxes : (N, 4) real numbers.
    size : (height, width) of the image.

    Returns
    -------
    (N, 4) new boxes. One that lay wholly outside has become a box without area on the border;
    ``box_area(clipped) > 0`` finds the others.

    Raises
    ------
    ValueError : the size is not two numbers from 0 on, or see `check_boxes`.

    Examples
    --------
    >>> clip_boxes_to_image([[-3, 2, 5, 99], [70, 2, 80, 9]], size=(40, 60)).tolist()
    [[0, 2, 5, 40], [60, 2, 60, 9]]
    """
    boxes = check_boxes(boxes)
    height, width = size
    if not (height >= 0 and width >= 0):
        raise ValueError(f"size must be (height, width), both from 0 on, got {size}")
    highest = np.array([width, height, width, height], dtype=boxes.dtype)
    return np.clip(boxes, 0, highest)
