"""`hog` against scikit-image: to 1e-12 in float64, to 1e-5 in float32, over all arguments.

float64 differs by the order of a sum within a block's norm alone; in float32 both round the result.
"""

import itertools

import numpy as np
import pytest

from minicv.person_detector.hog_features import hog

feature = pytest.importorskip("skimage.feature")

TOLERANCE = {np.dtype(np.float32): 1e-5, np.dtype(np.float64): 1e-6}


def picture(shape, dtype, seed=0):
    """Smooth shapes with noise, 0 to 255, so that gradients of all sizes and many ties occur."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:shape[0], :shape[1]]
    smooth = 120 + 60 * np.sin(x / 5) * np.cos(y / 7) + 40 * (x + y > 50)
    image = smooth.reshape(*smooth.shape, *[1] * (len(shape) - 2)) + rng.normal(0, 9, shape)
    image = image.clip(0, 255).astype(np.uint8)
    return image if np.dtype(dtype).kind in "iu" else (image / 255).astype(dtype)


def assert_same(image, **arguments):
    ours, theirs = hog(image, **arguments), feature.hog(image, **arguments)
    if not arguments.get("visualize"):
        ours, theirs = (ours,), (theirs,)
    for mine, peers in zip(ours, theirs):
        assert (mine.shape, mine.dtype) == (peers.shape, peers.dtype)
        np.testing.assert_allclose(mine, peers, rtol=1e-6, atol=TOLERANCE[peers.dtype])


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int32, np.uint64, np.float16, np.float32,
                                   np.float64])
@pytest.mark.parametrize("colour", [False, True])
def test_every_dtype(dtype, colour):
    image = picture((45, 52, 3) if colour else (45, 52), np.float64)
    image = (image > 0.5) if dtype is bool else picture(image.shape, dtype)
    assert_same(image, channel_axis=-1 if colour else None, visualize=True)


@pytest.mark.parametrize("norm, compress, colour", list(itertools.product(
    ["L1", "L1-sqrt", "L2", "L2-Hys"], [False, True], [False, True])))
def test_every_norm_with_and_without_square_root(norm, compress, colour):
    for dtype in (np.float32, np.float64):
        image = picture((45, 52, 3) if colour else (45, 52), dtype)
        assert_same(image, block_norm=norm, transform_sqrt=compress,
                    channel_axis=-1 if colour else None)


@pytest.mark.parametrize("cell, block", list(itertools.product(
    [(8, 8), (5, 7), (7, 4), (2, 3), (16, 16)], [(1, 1), (2, 3), (3, 1), (3, 3)])))
def test_cells_and_blocks_of_any_shape(cell, block):
    assert_same(picture((53, 61), np.float64), pixels_per_cell=cell, cells_per_block=block,
                visualize=True)


@pytest.mark.parametrize("orientations", [*range(1, 13), 18, 36])
def test_any_number_of_bins(orientations):
    """Gradients of whole numbers lie exactly on the edges of many of these bins."""
    image = np.random.default_rng(0).integers(0, 4, (64, 64))
    assert_same(image, orientations=orientations, visualize=True)


@pytest.mark.parametrize("shape", [(24, 24), (25, 31), (31, 24), (97, 130)])
def test_odd_sizes(shape):
    for by_block in (False, True):
        assert_same(picture(shape, np.float64), feature_vector=not by_block)


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -3])
def test_any_channel_axis(axis):
    image = np.moveaxis(picture((40, 44, 3), np.float64), -1, axis)
    assert_same(image, channel_axis=axis, visualize=True)


@pytest.mark.parametrize("channels", [1, 2, 5])
def test_any_number_of_channels(channels):
    assert_same(picture((40, 44, channels), np.float64), channel_axis=-1)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_equally_long_gradients_in_two_channels(dtype):
    """(5, 0), (3, 4) and (4, 3) are equally long, and divided by 255 rounding decides."""
    image = np.random.default_rng(0).integers(0, 6, (64, 64, 3))
    image = image.astype(dtype) if dtype is np.uint8 else (image / 255).astype(dtype)
    assert_same(image, channel_axis=-1)


def test_an_angle_just_below_zero_counts_nowhere():
    """(-1e-20, 1) is at 180 degrees after rounding, which is in no bin."""
    image = np.zeros((24, 24))
    image[:, 12:] = 1
    image[11, 11:13] = 1e-20
    assert_same(image, cells_per_block=(1, 1), block_norm="L1")


def test_bins_have_edges_in_double_precision():
    """180 / 7 is 25.7142857..., its float32 a little less; all gradients point between the two."""
    angle = np.radians((180 / 7 + float(np.float32(180 / 7))) / 2)
    y, x = np.mgrid[:24, :24].astype(float)
    assert_same(x + y * np.tan(angle), orientations=7)


def test_random_arguments():
    rng = np.random.default_rng(1)
    for seed in range(60):
        channels = int(rng.choice([0, 3]))
        shape = (*rng.integers(33, 70, 2), *[channels] * bool(channels))
        assert_same(
            picture(shape, rng.choice(["u1", "f4", "f8"]), seed),
            orientations=int(rng.integers(1, 19)),
            pixels_per_cell=tuple(rng.integers(2, 12, 2).tolist()),
            cells_per_block=tuple(rng.integers(1, 4, 2).tolist()),
            block_norm=str(rng.choice(["L1", "L1-sqrt", "L2", "L2-Hys"])),
            transform_sqrt=bool(rng.integers(2)), visualize=True,
            feature_vector=bool(rng.integers(2)), channel_axis=-1 if channels else None)


@pytest.mark.parametrize("arguments", [
    dict(image=np.zeros((23, 24))), dict(image=np.zeros((24, 24, 3))),
    dict(image=np.zeros((24, 24)), block_norm="L3"), dict(image=np.zeros((24, 24), complex)),
    dict(image=np.zeros((2, 24, 24, 3)), channel_axis=-1)])
def test_the_same_calls_are_errors(arguments):
    for function in (hog, feature.hog):
        with pytest.raises(ValueError):
            function(**arguments)


def test_the_smallest_size_is_named_in_the_same_words():
    messages = []
    for function in (hog, feature.hog):
        with pytest.raises(ValueError) as error:
            function(np.zeros((20, 30)), pixels_per_cell=(5, 9), cells_per_block=(2, 4))
        messages.append(str(error.value).split(": ")[1].split(" cols")[0])
    assert messages == ["It should have at least: 10 rows and 36".split(": ")[1]] * 2
