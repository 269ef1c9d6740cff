"""The sliding window: describe every place where a person might be, at every size.

A classifier of patches says what a patch is, not where to look.  So look everywhere: lay a window
of a fixed size over the image, move it by a *stride* to the right and downwards, and describe each
window, to be classified like any other patch.

    +-------+               anchors (left, upper) with the stride s:
    | window|  ->           (0, 0), (s, 0), (2 s, 0), ..., (0, s), (s, s), ...
    +-------+               all for which the whole window is inside the image

A small stride finds people more exactly and costs more: half the stride, four times the windows.
`image_to_hog_patches` is exercise 2.2 c (img_to_hog_patches): cut out, resize, describe.

Two things make a detector of it:

*Sizes.*  A window of one size finds people of one size.  So the window stays, and the image is made
smaller step by step: the *pyramid* (`image_pyramid`).

*Scores.*  A linear classifier gives a window the score w.x + b, where x is a sum over the window's
blocks: x = (x_11, x_12, ...) and w = (w_11, w_12, ...), so w.x = sum_ij w_ij . x_ij.  Windows that
overlap share blocks.  So the whole image is described once, and for each block (i, j) of the window
one product scores all windows at once (`window_scores`).
"""

from __future__ import annotations

import operator
from collections.abc import Iterator

import numpy as np

from minicv.person_detector.hog_features import hog
from minicv.person_detector.patches import check_picture, crop


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
        Left and upper, multiples of the stride, row by row. The last row and column that fit are
        included: where the window ends at the border of the image, it still fits.

    Raises
    ------
    ValueError
        The window is larger than the image, a side below 1, or a stride below 1.
    TypeError
        Sizes or a stride that are not whole numbers.

    Examples
    --------
    >>> window_anchors((4, 6), (2, 4), stride=2).tolist()
    [[0, 0], [2, 0], [0, 2], [2, 2]]
    """
    (image_height, image_width), (height, width) = (
        [operator.index(side) for side in size] for size in (image_size, patch_size))
    if operator.index(stride) < 1:
        raise ValueError(f"stride must be at least 1 pixel, got {stride}")
    if height < 1 or width < 1:
        raise ValueError(f"patch_size must be (height, width), both at least 1, got {patch_size}")
    if height > image_height or width > image_width:
        raise ValueError(f"a window of (height, width) {(height, width)} does not fit into an "
                         f"image of {(image_height, image_width)}; enlarge the image or take a "
                         "smaller window")
    upper, left = np.meshgrid(np.arange(0, image_height - height + 1, stride),
                              np.arange(0, image_width - width + 1, stride), indexing="ij")
    return np.stack([left.ravel(), upper.ravel()], axis=1)


def image_to_hog_patches(image: np.ndarray, patch_size: tuple[int, int], stride: int, *,
                         resize_to: tuple[int, int] | None = None,
                         **hog_options) -> tuple[np.ndarray, np.ndarray]:
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
        (height, width) that each window is resized to before it is described, as the training
        patches were; None leaves it as it is.
    hog_options
        Those of `hog`, orientations=8 and so on.

    Returns
    -------
    descriptors : (P, d)
        Each what `hog` says of that window cut out.
    anchors : (P, 2) int64
        Left and upper of each window, see `window_anchors`.

    Raises
    ------
    ValueError, TypeError
        Another image than described here; see also `window_anchors` and `hog`.

    Examples
    --------
    >>> descriptors, anchors = image_to_hog_patches(
    ...     np.zeros((300, 400, 3), np.uint8), (150, 50), stride=50, orientations=8,
    ...     pixels_per_cell=(16, 16), cells_per_block=(1, 1))
    >>> descriptors.shape, anchors[-1].tolist()
    ((32, 216), [350, 150])
    """
    image = np.asarray(image)
    if image.ndim not in (2, 3):
        raise ValueError(f"need an image (H, W) or (H, W, channels), got shape {image.shape}")
    if resize_to is not None:
        check_picture(image, "an image to resize")
        if min(resize_to) < 1:
            raise ValueError(f"resize_to must be (height, width), both at least 1, got {resize_to}")
    if not hog_options.get("feature_vector", True):
        raise ValueError("the descriptors are rows of numbers: feature_vector must be left True")
    anchors = window_anchors(image.shape[:2], patch_size, stride)
    height, width = patch_size
    descriptors = []
    for left, upper in anchors:
        if resize_to is None:
            patch = image[upper:upper + height, left:left + width]
        else:
            patch = crop(image, np.array([left, upper, left + width, upper + height]), resize_to)
        axis = None if image.ndim == 2 else -1
        descriptors.append(hog(patch, channel_axis=axis, **hog_options))
    return np.stack(descriptors), anchors


def image_pyramid(image: np.ndarray, first: float, step: float, least: int
                  ) -> Iterator[tuple[float, np.ndarray]]:
    """The image at ever smaller sizes.

    Parameters
    ----------
    image : (H, W, 3) uint8
    first : float
        Scale of the first level; above 1 the image is enlarged, to find small people.
    step : float
        From one scale to the next, above 1.
    least : int
        The pyramid ends before a level is less than this high, in pixels.

    Yields
    ------
    scale : float
        Pixels of the level for one of the image.
    level : (h, w, 3) uint8

    Examples
    --------
    >>> [level.shape[0] for _, level in image_pyramid(np.zeros((100, 80, 3), np.uint8), 1, 2, 25)]
    [100, 50, 25]
    """
    height, width = image.shape[:2]
    scale = first
    while round(scale * height) >= least and round(scale * width) >= 1:
        size = round(scale * height), round(scale * width)
        yield scale, crop(image, np.array([0, 0, width, height]), size)
        scale /= step


def window_scores(blocks: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The score w.x of every window of a described image.

    Parameters
    ----------
    blocks : (R, C, d)
        The image's blocks.
    weights : (r, c, d)
        Those of one window.

    Returns
    -------
    (R - r + 1, C - c + 1)
        Entry [i, j] belongs to the window blocks[i : i + r, j : j + c]; empty if none fits.

    Examples
    --------
    >>> window_scores(np.arange(6.0).reshape(2, 3, 1), np.ones((2, 2, 1)))
    array([[ 8., 12.]])
    """
    rows, columns = (max(0, n - m + 1) for n, m in zip(blocks.shape[:2], weights.shape[:2]))
    scores = np.zeros((rows, columns))
    for i, j in np.ndindex(weights.shape[:2]):
        scores += blocks[i:i + rows, j:j + columns] @ weights[i, j]
    return scores
