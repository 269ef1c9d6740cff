"""The sliding window: describe every place where a person might be.

A classifier of patches says what a patch is, not where to look.  So look everywhere: lay a window
of a fixed size over the image, move it by a *stride* to the right and downwards, and describe each
window, to be classified like any other patch.

    +-------+               anchors (left, upper) with the stride s:
    | window|  ->           (0, 0), (s, 0), (2 s, 0), ..., (0, s), (s, s), ...
    +-------+               all for which the whole window is inside the image

A small stride finds people more exactly and costs more: half the stride, four times the windows.
A window of one size finds people of one size; for the others see the pyramid of `detector.py`, and
for a faster way to describe windows that overlap, `minicv/fast/hog_features.py`.

It answers exercise 2.2 c, where `image_to_hog_patches` is called img_to_hog_patches.
"""

from __future__ import annotations

import operator

import numpy as np

from minicv.person_detector.hog_features import hog_patches
from minicv.person_detector.patches import cut_patch

CHUNK_WINDOWS = 128  # so many are cut out at once: windows overlap, and all of them fill gigabytes


def window_anchors(image_size: tuple[int, int], patch_size: tuple[int, int],
                   stride: int) -> np.ndarray:
    """The upper left corners of all windows that fit into an image.

    Parameters
    ----------
    image_size, patch_size : (height, width).
    stride : from one window to the next, in pixels, in both directions.

    Returns
    -------
    (P, 2) int64: left and upper, multiples of the stride, row by row. The last row and column that
    fit are included: where the window ends at the border of the image, it still fits.

    Raises
    ------
    ValueError : the window is larger than the image, a side below 1, or a stride below 1.
    TypeError : sizes or a stride that are not whole numbers.

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
    image : (H, W), or (H, W, channels).
    patch_size : (height, width) of a window.
    stride : from one window to the next, in pixels.
    resize_to : (height, width) that each window is resized to before it is described, as the
        training patches were; None to leave it as it is. Needs an image that is uint8.
    hog_options : those of `minicv.person_detector.hog_patches`, orientations=8 and so on.

    Returns
    -------
    descriptors : (P, d), each what `hog` says of that window cut out.
    anchors : (P, 2) int64, left and upper of each window, see `window_anchors`.

    Raises
    ------
    ValueError, TypeError : see `window_anchors` and `hog`; another image than described here.

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
        if image.dtype != np.uint8 or image.shape[2:] not in ((), (3,)):
            raise TypeError("resize_to needs an image (H, W) or (H, W, 3) of uint8, got "
                            f"{image.dtype} of shape {image.shape}")
        if min(resize_to) < 1:
            raise ValueError(f"resize_to must be (height, width), both at least 1, got {resize_to}")
    if not hog_options.get("feature_vector", True):
        raise ValueError("the descriptors are rows of numbers: feature_vector must be left True")
    anchors = window_anchors(image.shape[:2], patch_size, stride)
    size = patch_size if resize_to is None else resize_to
    descriptors = []
    for start in range(0, len(anchors), CHUNK_WINDOWS):
        chunk = anchors[start:start + CHUNK_WINDOWS]
        boxes = np.hstack([chunk, chunk + [patch_size[1], patch_size[0]]])
        patches = np.stack([cut_patch(image, box, size) for box in boxes])
        descriptors.append(hog_patches(patches, **hog_options))
    return np.concatenate(descriptors), anchors
