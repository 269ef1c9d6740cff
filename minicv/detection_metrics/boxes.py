"""Boxes: areas, overlaps, and the suppression of near-duplicates.

A box is (left, upper, right, lower) in pixels, with x to the right and y downwards.  Coordinates
are continuous: pixel column 3 reaches from x = 3 to x = 4, so that width = right - left, without
the "+ 1" of older programs.  Crop with ``image[upper:lower, left:right]``.

How much two boxes have in common is measured by their *intersection over union*,

    IoU(a, b) = |a and b| / |a or b| = I / (|a| + |b| - I),

which is 1 for equal boxes, 0 for boxes that do not overlap, and does not change when both boxes
are shifted or scaled.

Every *size* is (height, width), as ``image.shape[:2]``; Pillow's ``image.size`` is the other way
round.

`box_area`, `box_iou`, `nms` and `clip_boxes_to_image` are called as in torchvision.ops and give its
results, on NumPy arrays.  But an inverted box (right < left or lower < upper), NaN and infinity are
errors, where torchvision goes on; and two boxes without area have the IoU 0, not 0 / 0 = NaN.
For many thousands of boxes there is `minicv.fast.nms`.  It answers exercise 1.4 a.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from minicv import checks

LARGEST = 1e150  # of a coordinate, and 1 over it the least side: their squares are numbers still
OVERLAPS = ("iou", "smaller")  # what `nms` can measure


def box_area(boxes: ArrayLike) -> np.ndarray:
    """Area of each of N boxes in square pixels: (N,).

    Examples
    --------
    >>> box_area([[1, 2, 5, 7], [3, 3, 3, 9]]).tolist()
    [20, 0]
    """
    return areas(check_boxes(boxes))


def box_intersection(boxes1: ArrayLike, boxes2: ArrayLike) -> np.ndarray:
    """The area that each of N boxes shares with each of M others: (N, M).

    Examples
    --------
    >>> box_intersection([[1, 2, 5, 7]], [[2, 2, 6, 7], [5, 2, 9, 7]]).tolist()
    [[15, 0]]
    """
    return shared_areas(check_boxes(boxes1, "boxes1"), check_boxes(boxes2, "boxes2"))


def box_iou(boxes1: ArrayLike, boxes2: ArrayLike) -> np.ndarray:
    """Intersection over union of each of N boxes with each of M others.

    An array (N, M); float32 if both are float32, else float64.

    Examples
    --------
    >>> box_iou([[1, 2, 5, 7]], [[2, 2, 6, 7], [5, 2, 9, 7]]).tolist()
    [[0.6, 0.0]]
    """
    return overlaps(check_boxes(boxes1, "boxes1"), check_boxes(boxes2, "boxes2"))


def areas(boxes: np.ndarray) -> np.ndarray:
    """`box_area` of boxes that are checked already."""
    return (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])


def shared_areas(boxes1: np.ndarray, boxes2: np.ndarray) -> np.ndarray:
    """`box_intersection` of boxes that are checked already."""
    upper_left = np.maximum(boxes1[:, None, :2], boxes2[None, :, :2])
    lower_right = np.minimum(boxes1[:, None, 2:], boxes2[None, :, 2:])
    # Boxes that lie apart would get a negative side, and two negative sides a positive area.
    sides = np.maximum(lower_right - upper_left, 0)
    return sides[:, :, 0] * sides[:, :, 1]


def overlaps(boxes1: np.ndarray, boxes2: np.ndarray, kind: str = "iou") -> np.ndarray:
    """The area that boxes, checked already, share: as a part of what?

    With "iou" of their union; with "smaller" of the smaller one, so that it is 1 for a box within
    another, however small (Dollár et al., *Integral channel features*, BMVC 2009); with "first" of
    the first one.
    """
    shared, whole = shared_areas(boxes1, boxes2), areas(boxes1)[:, None]
    if kind == "iou":
        whole = whole + areas(boxes2) - shared
    elif kind == "smaller":
        whole = np.minimum(whole, areas(boxes2))
    # Where the whole is empty so is what is shared: 0 / 1 in place of 0 / 0.
    return shared / np.where(whole > 0, whole, 1)


def nms(boxes: ArrayLike, scores: ArrayLike, iou_threshold: float, *,
        overlap: str = "iou") -> np.ndarray:
    """Non-maximum suppression: of boxes that overlap too much, keep the one that scores best.

    Greedily: keep the best box, drop all others whose IoU with it is *greater than* the threshold,
    and go on with the best box that is left. A dropped box drops nobody.

    Parameters
    ----------
    boxes : array (N, 4)
    scores : array (N,)
        Infinity is allowed. Of equal scores the first is taken first.
    iou_threshold : float
        0 to 1. At 1 nothing is dropped, at 0 whatever overlaps at all.
    overlap : "iou" or "smaller"
        What is compared with the threshold: `box_iou`, or what two boxes share as a part of the
        smaller one.

    Returns
    -------
    array (K,) of int64
        Indices of the boxes to keep, the best first.

    Examples
    --------
    >>> nms([[0, 0, 10, 10], [1, 0, 11, 10], [20, 0, 30, 10]], [0.8, 0.9, 0.3], 0.5).tolist()
    [1, 2]
    """
    found = check_boxes(boxes)
    order = best_first(check_scores(scores, len(found)))
    threshold = checks.number(iou_threshold, "iou_threshold", least=0, most=1)
    checks.choice(overlap, "overlap", OVERLAPS)
    found = found[order]
    dropped = np.zeros(len(found), bool)
    for n in range(len(found)):
        if not dropped[n]:
            overlap_of_worse = overlaps(found[n:n + 1], found[n + 1:], overlap)[0]
            dropped[n + 1:] |= overlap_of_worse > threshold
    return order[~dropped]


def best_first(scores: np.ndarray) -> np.ndarray:
    """Indices of scores (N,) from the highest to the lowest; of equal ones the first comes first.

    Examples
    --------
    >>> best_first(np.array([1, 3, 2, 3])).tolist()
    [1, 3, 2, 0]
    """
    # Sorted from the last to the first, and read backwards: -score would wrap for unsigned ones.
    return len(scores) - 1 - np.argsort(scores[::-1], kind="stable")[::-1]


def clip_boxes_to_image(boxes: ArrayLike, size: tuple[int, int]) -> np.ndarray:
    """Cut off what sticks out of an image of `size` (height, width), two whole numbers.

    A box that lay wholly outside becomes a box without area on the border:
    ``box_area(clipped) > 0`` finds the others.

    Examples
    --------
    >>> clip_boxes_to_image([[-3, 2, 5, 99], [70, 2, 80, 9]], size=(40, 60)).tolist()
    [[0, 2, 5, 40], [60, 2, 60, 9]]
    """
    boxes = check_boxes(boxes)
    height, width = checks.numbers(size, "size", (2,), kinds="iu", least=0, hint="(height, width)")
    return np.clip(boxes, 0, [width, height, width, height]).astype(boxes.dtype)


def check_boxes(boxes: ArrayLike, name: str = "boxes") -> np.ndarray:
    """Boxes as an array (N, 4), checked; N may be 0, and a box may be without area.

    So that areas fit, integers become int64 and float16 float32; with coordinates from 2^30 on, or
    sides up to 2^-30, all become float64 (which rounds integers from 2^53 on). An error if a box is
    inverted, or if its area would be too large or too small to be a number.
    """
    boxes = checks.numbers(boxes, name, ("N", 4), (0,), kinds="iuf", within=LARGEST,
                           hint="left, upper, right, lower").reshape(-1, 4)
    exact = boxes.astype(np.float64, copy=False)
    sides = exact[:, 2:] - exact[:, :2]
    thinnest = sides.min(initial=1, where=sides != 0)
    if thinnest < 1 / LARGEST:
        n = int(((sides != 0) & (sides < 1 / LARGEST)).any(axis=1).argmax())
        what = "inverted" if sides[n].min() < 0 else f"thinner than {1 / LARGEST:g}"
        raise ValueError(f"box {n} of {name} is {what}: {boxes[n].tolist()}; a box is (left, "
                         "upper, right, lower) with left <= right and upper <= lower")
    small = np.promote_types(boxes.dtype, np.float32 if boxes.dtype.kind == "f" else np.int64)
    fits = thinnest > 2**-30 and np.abs(exact).max(initial=0) < 2**30
    return boxes.astype(small, copy=False) if fits else exact


def check_scores(scores: ArrayLike, n_boxes: int, name: str = "scores") -> np.ndarray:
    """One score for each of the boxes; a NaN, which has no place in any order, is an error."""
    return checks.numbers(scores, name, (n_boxes,), finite=False, nan=False,
                          hint="one for each box")


# --------------------------------------------------------------------------------------------
# The boxes of an image, found and true
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


def images_in_order(boxes: Sequence[ArrayLike], scores: Sequence[ArrayLike],
                    truth_boxes: Sequence[ArrayLike], max_detections: int | None,
                    **marks: Sequence[ArrayLike | None] | None) -> Iterator[ImageBoxes]:
    """Check what a set of images is given, and bring it into order, image by image.

    The marks, `ignore` and `crowd`, go by name; None marks nothing.
    """
    if max_detections is not None:
        max_detections = checks.whole(max_detections, "max_detections", least=1)
    given: dict[str, Sequence] = {"boxes": boxes, "scores": scores, "truth_boxes": truth_boxes}
    given |= {name: column for name, column in marks.items() if column is not None}
    columns = {name: checks.several(column, name) for name, column in given.items()}
    for number in range(checks.same_length(**columns)):
        own = {name: column[number] for name, column in columns.items()}
        yield _in_order(f"of image {number}", max_detections, **own)


def _in_order(where: str, max_detections: int | None, boxes: ArrayLike, scores: ArrayLike,
              truth_boxes: ArrayLike, ignore: ArrayLike | None = None,
              crowd: ArrayLike | None = None) -> ImageBoxes:
    # In float64 throughout: an IoU of 0.7, rounded to float32, is below 0.7.
    found = check_boxes(boxes, f"boxes {where}").astype(np.float64, copy=False)
    truths = check_boxes(truth_boxes, f"truth_boxes {where}").astype(np.float64, copy=False)
    scores = check_scores(scores, len(found), f"scores {where}")
    is_crowd = _marks(crowd, len(truths), f"crowd {where}")
    is_ignored = _marks(ignore, len(truths), f"ignore {where}") | is_crowd
    order = best_first(scores)
    found = found[order]
    overlap = overlaps(found[:max_detections], truths)
    if is_crowd.any():
        overlap[:, is_crowd] = overlaps(found[:max_detections], truths[is_crowd], "first")
    return ImageBoxes(order, scores[order], areas(found), areas(truths), overlap, is_ignored,
                      is_crowd)


def _marks(marks: ArrayLike | None, n_truths: int, name: str) -> np.ndarray:
    marks = checks.as_array(np.zeros(n_truths, bool) if marks is None else marks, name)
    return checks.numbers(marks.astype(bool) if marks.size == 0 else marks, name, (n_truths,),
                          kinds="b", hint="one mark for each true box")
