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
def test_whole_numbers_with_the_level_at_one_of_them(connected, orientation, masked):
    rng = np.random.default_rng(1)
    n_curves = 0
    for _ in range(100):
        image = rng.integers(0, 4, rng.integers(2, 9, 2))
        mask = rng.random(image.shape) > 0.1 if masked else None
        n_curves += len(assert_same(image, 1.0, connected, orientation, mask=mask))
    assert n_curves > 100


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


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.float32])
def test_other_types(dtype):
    image = (10 * np.random.default_rng(3).random((20, 20))).astype(dtype)
    assert_same(image, 0.3)
