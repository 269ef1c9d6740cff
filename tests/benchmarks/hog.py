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
            lambda stack=stack: [peer_hog(patch, channel_axis=-1) for patch in stack], repeats=3)
        yield Row(f"HOG, 1,000 patches 50 x 150 x 3, {stack.dtype} [s]", "scikit-image", theirs,
                  fast=sooner, plain=slower, wanted=0.15 if dtype == np.uint8 else 0.2,
                  plain_wanted=0.4, **CODE)

    for channels in (1, 3):
        image = rng.integers(0, 256, (480, 640, 3), dtype=np.uint8)
        image, axis = (image, -1) if channels == 3 else (image[..., 0], None)
        sooner, slower, theirs = interleaved(partial(fast.dense_hog, image),
                                             partial(plain.hog, image, channel_axis=axis),
                                             partial(peer_hog, image, channel_axis=axis))
        yield Row(f"dense HOG, 640 x 480 x {channels}, uint8 [s]", "scikit-image", theirs,
                  fast=sooner, plain=slower, wanted=0.25, plain_wanted=0.5, **CODE)
