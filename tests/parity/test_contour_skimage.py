"""`find_contours` against scikit-image: the same curves, point by point and in the same order."""

import numpy as np
import pytest

from minicv.decision_boundary.contour import find_contours

measure = pytest.importorskip("skimage.measure")


def assert_same(image, level=None, *arguments, mask=None):
    ours = find_contours(image, level, *arguments, mask=mask)
    theirs = measure.find_contours(image, level, *arguments, mask=mask)
    assert len(ours) == len(theirs)
    for our, their in zip(ours, theirs):
        # The peer's t = (level - a) / (b - a) is the same expression: equal to the last digit.
        np.testing.assert_array_equal(our, their)
    return ours


@pytest.mark.parametrize("connected", ["low", "high"])
@pytest.mark.parametrize("orientation", ["low", "high"])
@pytest.mark.parametrize("masked", [False, True])
def test_noise(connected, orientation, masked):
    rng = np.random.default_rng(0)
    image = rng.standard_normal((40, 50))
    mask = rng.random(image.shape) > 0.1 if masked else None
    assert len(assert_same(image, 0.1, connected, orientation, mask=mask)) > 50


@pytest.mark.parametrize("connected", ["low", "high"])
@pytest.mark.parametrize("orientation", ["low", "high"])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("holes", [False, True])
def test_small_pictures_of_whole_numbers_at_every_level(connected, orientation, masked, holes):
    """Where a level is that of a sample, segments have no length, or curves touch: 2,400 pictures,
    with and without NaN (of which neither function draws the squares)."""
    rng = np.random.default_rng(1)
    n_curves = 0
    for _ in range(150):
        image = rng.integers(0, 4, rng.integers(2, 9, 2)).astype(float)
        image.flat[1:][holes & (rng.random(image.size - 1) < 0.15)] = np.nan
        mask = rng.random(image.shape) > 0.1 if masked else None
        for level in (-1.0, 0.0, 0.5, 1.0, 2.0, 3.0, None):
            n_curves += len(assert_same(image, level, connected, orientation, mask=mask))
    assert n_curves > 500


def test_a_hole_of_one_sample_on_the_level():
    image = np.ones((3, 3))
    image[1, 1] = 0
    assert assert_same(image, 0.0) == []


@pytest.mark.parametrize("level", [-1.0, 9.0])
def test_a_level_outside_of_the_range(level):
    assert assert_same(np.arange(12.0).reshape(3, 4) % 5, level) == []


@pytest.mark.parametrize("level", [None, 0.25])
def test_nan_that_the_mask_excludes(level):
    image = np.random.default_rng(2).standard_normal((20, 20))
    image[image > 1.5] = np.nan
    assert len(assert_same(image, level, mask=~np.isnan(image))) > 10


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64, np.float16, np.float32])
def test_other_types(dtype):
    image = (4 * np.random.default_rng(3).random((20, 20)) - 1.5).clip(0).astype(dtype)
    assert len(assert_same(image, 0.3)) > 0


@pytest.mark.parametrize("low, high", [
    (0, 255), (np.uint8(0), np.uint8(255)), (np.uint64(0), np.uint64(2**64 - 1)),
    (-2**63, 2**63 - 1), (np.float16(-65504), np.float16(65504)),
    (np.float32(-3.4e38), np.float32(3.4e38)), (-5e-324, 5e-324), (-1e300, 1e300)])
def test_the_ends_of_a_type(low, high):
    """Nothing wraps, and no difference overflows: both compute in float64."""
    image = np.array([[low, high, low], [low, low, high]])
    for level in (None, float(high) / 2):
        assert len(assert_same(image, level)) == 2
