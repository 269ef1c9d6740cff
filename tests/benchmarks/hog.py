"""HOG against scikit-image: many patches, and one whole image."""

from functools import partial

import numpy as np

from minicv import fast
from minicv.person_detector import hog_features as plain
from tests.benchmarks.timing import interleaved


def rows():
    from skimage.feature import hog as peer_hog

    rng = np.random.default_rng(0)
    patches = rng.integers(0, 256, (1000, 150, 50, 3), dtype=np.uint8)
    for dtype in (np.uint8, np.float32, np.float64):
        stack = patches.astype(dtype)
        ours, slower, theirs = interleaved(
            partial(fast.hog_patches, stack), partial(plain.hog_patches, stack),
            lambda stack=stack: [peer_hog(patch, channel_axis=-1) for patch in stack], repeats=3)
        name = f"HOG, 1,000 patches 50 x 150 x 3, {stack.dtype}"
        yield f"{name} [s]", "scikit-image", ours, theirs, 0.15 if dtype == np.uint8 else 0.2
        yield f"{name}, plain [s]", "scikit-image", slower, theirs, 0.4

    for channels in (1, 3):
        image = rng.integers(0, 256, (480, 640, 3), dtype=np.uint8)
        image, axis = (image, -1) if channels == 3 else (image[..., 0], None)
        ours, slower, theirs = interleaved(partial(fast.dense_hog, image),
                                           partial(plain.hog, image, channel_axis=axis),
                                           partial(peer_hog, image, channel_axis=axis))
        name = f"dense HOG, 640 x 480 x {channels}, uint8"
        yield f"{name} [s]", "scikit-image", ours, theirs, 0.25
        yield f"{name}, plain [s]", "scikit-image", slower, theirs, 0.5
