"""HOG against scikit-image: many patches, and one whole image."""

from functools import partial

import numpy as np

from minicv import fast
from minicv.person_detector import hog_features as plain
from tests.benchmarks.timing import Row, interleaved

CODE = {"plain_code": ["person_detector/hog_features.py"], "fast_code": ["fast/hog_features.py"]}


def rows():
    from skimage.feature import hog as peer_hog

    rng = np.random.default_rng(0)
    patches = rng.integers(0, 256, (1000, 150, 50, 3), dtype=np.uint8)
    for dtype in (np.uint8, np.float32, np.float64):
        stack = patches.astype(dtype)
        sooner, slower, theirs = interleaved(
            partial(fast.hog_patches, stack), partial(plain.hog_patches, stack),
            lambda stack=stack: [peer_hog(patch, channel_axis=-1) for patch in stack])
        yield Row(f"HOG, 1,000 patches 50 x 150 x 3, {stack.dtype} [s]", "scikit-image", theirs,
                  fast=sooner, plain=slower, wanted=0.15 if dtype == np.uint8 else 0.2,
                  plain_wanted=0.4, **CODE)

    for channels in (1, 3):
        image = rng.integers(0, 256, (480, 640, 3), dtype=np.uint8)
        image, axis = (image, -1) if channels == 3 else (image[..., 0], None)
        sooner, slower, theirs = interleaved(*(partial(function, image, channel_axis=axis)
                                               for function in (fast.hog, plain.hog, peer_hog)))
        yield Row(f"HOG of a picture, 640 x 480 x {channels}, uint8 [s]", "scikit-image", theirs,
                  fast=sooner, plain=slower, wanted=0.25, plain_wanted=0.5, **CODE)

    image = rng.integers(0, 256, (240, 320, 3), dtype=np.uint8)
    sooner, slower, theirs = interleaved(
        partial(windows_of_the_picture, image),
        lambda: plain.hog_patches(windows_cut_out(image)),
        lambda: [peer_hog(window, channel_axis=-1) for window in windows_cut_out(image)])
    yield Row("HOG of the 495 windows 128 x 64 of a picture 320 x 240 [s]", "scikit-image, each",
              theirs, fast=sooner, plain=slower, **CODE)


def windows_cut_out(image: np.ndarray) -> np.ndarray:
    """(N, 128, 64, 3), a window at each cell of 8 x 8."""
    windows = np.lib.stride_tricks.sliding_window_view(image, (128, 64), axis=(0, 1))[::8, ::8]
    return np.moveaxis(windows, 2, -1).reshape(-1, 128, 64, 3)


def windows_of_the_picture(image: np.ndarray) -> np.ndarray:
    """Their descriptors (N, 6804), sliced from the blocks of the whole picture."""
    blocks = fast.hog(image, channel_axis=-1, feature_vector=False)
    windows = np.lib.stride_tricks.sliding_window_view(blocks, (14, 6), axis=(0, 1))
    return np.moveaxis(windows, (5, 6), (2, 3)).reshape(-1, 14 * 6 * 81)
