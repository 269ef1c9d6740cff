"""HOG against scikit-image: many patches, and one whole image."""

from functools import partial

import numpy as np

from minicv.person_detector.hog_dense import dense_hog
from minicv.person_detector.hog_features import hog_patches
from tests.benchmarks.timing import interleaved


def rows():
    from skimage.feature import hog as peer_hog

    rng = np.random.default_rng(0)
    patches = rng.integers(0, 256, (1000, 150, 50, 3), dtype=np.uint8)
    for dtype in (np.uint8, np.float32, np.float64):
        stack = patches.astype(dtype)
        ours, theirs = interleaved(
            partial(hog_patches, stack),
            lambda stack=stack: [peer_hog(patch, channel_axis=-1) for patch in stack], repeats=3)
        yield (f"HOG, 1,000 patches 50 x 150 x 3, {stack.dtype} [s]", "scikit-image", ours, theirs,
               0.2)

    for channels in (1, 3):
        image = rng.integers(0, 256, (480, 640, 3), dtype=np.uint8)
        image, axis = (image, -1) if channels == 3 else (image[..., 0], None)
        ours, theirs = interleaved(partial(dense_hog, image),
                                   partial(peer_hog, image, channel_axis=axis))
        yield f"dense HOG, 640 x 480 x {channels}, uint8 [s]", "scikit-image", ours, theirs, 0.25
