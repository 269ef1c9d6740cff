"""The sliding window: describe every place where a person might be, at every size.

A classifier of patches says what a patch is, not where to look.  So look everywhere: lay a window
of a fixed size over the image, move it by a *stride* to the right and downwards, and describe each
window, to be classified like any other patch.

    +-------+               anchors (left, upper) with the stride s:
    | window|  ->           (0, 0), (s, 0), (2 s, 0), ..., (0, s), (s, s), ...
    +-------+               all for which the whole window is inside the image

A small stride finds people more exactly and costs more: half the stride, four times the windows.
`image_to_hog_patches` is exercise 2.2 c (img_to_hog_patches): cut out, resize, describe.

Windows that overlap share pixels, so a detector describes the whole image once, at each of several
sizes (`Level`): then a window is a slice of what is described (`gather_windows`).  `detector` goes
on from there.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from minicv import checks
from minicv.person_detector.hog_features import hog_patches
from minicv.person_detector.patches import crop, size_and_room, whole_size

MOST_WINDOWS = 2**24


def window_anchors(image_size: tuple[int, int], patch_size: tuple[int, int],
                   stride: int) -> np.ndarray:
    """The upper left corners of all windows that fit into an image.

    Parameters
    ----------
    image_size, patch_size : (int, int)
        (height, width) in pixels.
    stride : int
        From one window to the next, in pixels, in both directions.

    Returns
    -------
    (P, 2) int64
        Left and upper, row by row. A window that ends at the border of the image still fits; one
        larger than the image is an error.

    Examples
    --------
    >>> window_anchors((4, 6), (2, 4), stride=2).tolist()
    [[0, 0], [2, 0], [0, 2], [2, 2]]
    """
    _, (down, right) = size_and_room(patch_size, "patch_size", image_size)
    stride = checks.whole(stride, "stride", least=1, most=2**31)
    rows, columns = down // stride + 1, right // stride + 1
    if rows * columns > MOST_WINDOWS:
        raise ValueError(f"{rows} x {columns} windows, over {MOST_WINDOWS}: take a larger stride")
    upper, left = stride * np.indices((rows, columns))
    return np.stack([left.ravel(), upper.ravel()], axis=1)


def image_to_hog_patches(image: np.ndarray, patch_size: tuple[int, int], stride: int, *,
                         resize_to: tuple[int, int] | None = None, orientations: int = 9,
                         pixels_per_cell: tuple[int, int] = (8, 8),
                         cells_per_block: tuple[int, int] = (3, 3), block_norm: str = "L2-Hys",
                         transform_sqrt: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """The HOG descriptors of all windows of an image.

    Parameters
    ----------
    image : (H, W) or (H, W, channels)
        To be resized, it must be uint8 with one or three channels.
    patch_size : (int, int)
        (height, width) of a window.
    stride : int
        From one window to the next, in pixels.
    resize_to : (int, int), optional
        (height, width) that each window is resized to before it is described.
    orientations, pixels_per_cell, cells_per_block, block_norm, transform_sqrt
        Those of `hog`.

    Returns
    -------
    descriptors : (P, d)
        Each what `hog` says of that window cut out.
    anchors : (P, 2) int64
        Left and upper of each window, see `window_anchors`.

    Examples
    --------
    >>> descriptors, anchors = image_to_hog_patches(
    ...     np.zeros((170, 80, 3), np.uint8), (150, 50), stride=10, orientations=8,
    ...     pixels_per_cell=(16, 16), cells_per_block=(1, 1))
    >>> descriptors.shape, anchors[-1].tolist()
    ((12, 216), [30, 20])
    """
    image = checks.numbers(image, "image", ("H", "W"), ("H", "W", "channels"))
    height, width = whole_size(patch_size, "patch_size")
    resize_to = None if resize_to is None else whole_size(resize_to, "resize_to")
    anchors = window_anchors(image.shape[:2], (height, width), stride)
    descriptors = []
    for left, upper in anchors:
        patch = image[upper:upper + height, left:left + width]
        if resize_to is not None:
            patch = crop(patch, np.array([0, 0, width, height]), resize_to)
        descriptors.append(hog_patches(patch[None], orientations, pixels_per_cell, cells_per_block,
                                       block_norm, transform_sqrt)[0])
    return np.stack(descriptors), anchors


class Level(NamedTuple):
    """An image at one size, described."""

    grid: np.ndarray  # (R, C, d) one descriptor for each block, or cell
    scale: tuple[float, float]  # its pixels for one of the image, (down, across): sizes are whole


class Detections(NamedTuple):
    """What was found in an image, the best first."""

    boxes: np.ndarray  # (N, 4) float64 left, upper, right, lower, within the image
    scores: np.ndarray  # (N,) float64; above 0 the SVM says "person"


def gather_windows(grid: np.ndarray, shape: tuple[int, int], corners: np.ndarray) -> np.ndarray:
    """The descriptors (N, r * c * d) of the windows of shape (r, c) that begin at N corners.

    Examples
    --------
    >>> gather_windows(np.arange(6).reshape(2, 3, 1), (2, 2), np.array([[0, 1]])).tolist()
    [[1, 2, 4, 5]]
    """
    rows, columns = shape
    found = np.empty((len(corners), rows * columns * grid.shape[2]), grid.dtype)
    for window, (i, j) in zip(found, corners):
        window[:] = grid[i:i + rows, j:j + columns].ravel()
    return found
