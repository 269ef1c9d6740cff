"""Distances to polylines."""

import numpy as np
import pytest

from minicv.decision_boundary import distance_to_curves, points_along


def test_the_distance_is_that_of_the_nearest_point():
    rng = np.random.default_rng(0)
    curves = [rng.uniform(-1, 1, (5, 2)), rng.uniform(-1, 1, (3, 2))]
    points = rng.uniform(-1, 1, (50, 2))
    dense = np.concatenate([points_along(curve, 1e-4) for curve in curves])
    brute = np.sqrt(((points[:, None] - dense) ** 2).sum(axis=2).min(axis=1))
    np.testing.assert_allclose(distance_to_curves(points, curves), brute, atol=1e-4)


def test_without_a_curve_everything_is_infinitely_far():
    assert distance_to_curves([[0, 0]], []).tolist() == [np.inf]


def test_points_along_a_curve_are_on_it_and_close_together():
    curve = np.array([[0, 0], [3, 4], [3, 5]])
    points = points_along(curve, 0.1)
    assert points[0].tolist() == [0, 0] and points[-1].tolist() == [3, 5]
    gaps = np.hypot(*np.diff(points, axis=0).T)
    assert gaps.max() <= 0.1 and gaps.sum() == pytest.approx(6, rel=1e-3)
    assert distance_to_curves(points, [curve]).max() < 1e-12


def test_a_point_repeated_is_no_trouble():
    assert points_along([[1, 2], [1, 2]], 0.1).tolist() == [[1, 2], [1, 2]]
    assert distance_to_curves([[1, 3]], [[[1, 2], [1, 2]]]).tolist() == [1]


@pytest.mark.parametrize("curve, step, error", [
    ([[0, 0], [1, 1e9]], 1e-9, ValueError), ([[0, 0]], 0, ValueError),
    ([[0, 0], [0, 1e100]], 1e-300, ValueError),
    (np.zeros((0, 2)), 1, ValueError), ([[0, np.nan]], 1, ValueError), ("ab", 1, TypeError)])
@pytest.mark.filterwarnings("error")
def test_what_cannot_be_walked_along_is_an_error(curve, step, error):
    with pytest.raises(error):
        points_along(curve, step)


def test_a_curve_has_a_point():
    with pytest.raises(ValueError, match="curve has nothing in it"):
        points_along(np.empty((0, 2)), 0.5)
    assert points_along([[1, 2]], 0.5).tolist() == [[1, 2]] * 2
