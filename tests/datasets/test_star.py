"""The star of lesson 1.1."""

import numpy as np
import pytest

from minicv.datasets.star import is_inside, star_outline


def test_points_on_either_side_of_the_outline():
    outline = star_outline()
    rng = np.random.default_rng(0)
    # Points of the ten triangles are inside, and those mirrored in the outer corners are not.
    share = rng.uniform(0.05, 0.95, (200, 1))
    edge = rng.integers(0, 10, 200)
    border = outline[edge] + share * (outline[edge + 1] - outline[edge])
    assert is_inside(outline, 0.99 * border).all()
    assert not is_inside(outline, 1.01 * border).any()


def test_tips_and_corners_alternate():
    radius = np.linalg.norm(star_outline(6, outer=2, inner=1), axis=1)
    np.testing.assert_allclose(radius, [2, 1] * 6 + [2])
    usual = np.linalg.norm(star_outline(), axis=1)  # that of the lesson
    np.testing.assert_allclose(usual, [0.8, 0.38] * 5 + [0.8])


@pytest.mark.parametrize("call, error", [
    (lambda: star_outline(1), ValueError), (lambda: star_outline(5, outer=-1), ValueError),
    (lambda: star_outline(2.5), TypeError), (lambda: is_inside(star_outline(), [1, 2]), ValueError),
    (lambda: is_inside([[0, np.nan]], [[1, 2]]), ValueError),
])
def test_what_makes_no_star_is_an_error(call, error):
    with pytest.raises(error):
        call()


def test_a_ray_through_corners_counts_them_once():
    # A diamond, a step with two level sides, and points level with each of their corners.
    diamond = [[2, 0], [4, 2], [2, 4], [0, 2], [2, 0]]
    step = [[0, 0], [4, 0], [4, 2], [2, 2], [2, 4], [0, 4], [0, 0]]
    x, y = np.meshgrid(np.arange(-0.5, 5), np.arange(5.0))
    points = np.stack([x.ravel(), y.ravel()], axis=1)
    inside = is_inside(diamond, points).reshape(x.shape)
    np.testing.assert_array_equal(inside, np.abs(x - 2) + np.abs(y - 2) < 2)
    level = np.isin(y, (0, 2, 4))  # a point on a side may be on either side of it
    inside = is_inside(step, points).reshape(x.shape)
    expected = (x > 0) & (x < np.where(y < 2, 4, 2)) & (y < 4)
    np.testing.assert_array_equal(inside[~level], expected[~level])
    assert not inside[(x < 0) | (x > 4)].any() and inside[2, 1:3].all()
