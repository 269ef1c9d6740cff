"""Solids: distances and areas against closed forms and brute force."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from minicv.datasets.solids import (
    CHAIR,
    Box,
    Cylinder,
    chair_occupancy,
    chair_signed_distance,
    chair_surface,
)

BOX = Box(centre=(1.0, 2.0, 3.0), half_size=(0.5, 1.0, 1.5))
ROD = Cylinder(start=(0.0, 0.0, -1.0), end=(0.0, 0.0, 1.0), radius=0.5)
TILTED = Cylinder(start=(0.1, -0.2, 0.3), end=(0.4, 0.2, -0.1), radius=0.15)


@pytest.mark.parametrize("solid, point, distance", [
    # By hand: inside, on a face, beyond a face, beyond an edge (3-4-5), beyond a corner (1-2-2).
    (BOX, (1.0, 2.0, 3.0), -0.5),
    (BOX, (1.5, 2.0, 3.0), 0.0),
    (BOX, (2.0, 2.0, 3.0), 0.5),
    (BOX, (4.5, 7.0, 3.0), 5.0),
    (BOX, (2.5, 5.0, 6.5), 3.0),
    # Middle, side, end, beyond the rim (3-4-5).
    (ROD, (0.0, 0.0, 0.0), -0.5),
    (ROD, (0.0, 0.5, 0.0), 0.0),
    (ROD, (0.0, 2.5, 0.0), 2.0),
    (ROD, (0.0, 0.0, 0.75), -0.25),
    (ROD, (0.0, 0.0, -3.0), 2.0),
    (ROD, (3.5, 0.0, 5.0), 5.0),
])
def test_signed_distance_by_hand(solid, point, distance):
    assert solid.signed_distance(np.array([point]))[0] == pytest.approx(distance)


@pytest.mark.parametrize("solid", [BOX, ROD, TILTED])
def test_samples_lie_on_the_surface(solid):
    points = solid.sample_surface(1000, np.random.default_rng(0))
    np.testing.assert_allclose(solid.signed_distance(points), 0, atol=1e-12)


@pytest.mark.parametrize("solid", [BOX, ROD, TILTED])
def test_distance_is_that_to_the_nearest_of_many_surface_samples(solid):
    rng = np.random.default_rng(1)
    surface = solid.sample_surface(200_000, rng)
    # On average a sample lies within sqrt(area / 200,000) of any surface point.
    spacing = np.sqrt(solid.area / 200_000)
    points = surface[:20] + rng.normal(scale=0.3, size=(20, 3))
    nearest = cdist(points, surface).min(axis=1)
    np.testing.assert_allclose(np.abs(solid.signed_distance(points)), nearest, rtol=0,
                               atol=4 * spacing)


def test_box_samples_are_spread_evenly_over_the_faces():
    points = BOX.sample_surface(120_000, np.random.default_rng(2)) - np.array(BOX.centre)
    for axis, area in enumerate((4 * 1.0 * 1.5, 4 * 0.5 * 1.5, 4 * 0.5 * 1.0)):
        for side in (-1, 1):
            share = np.mean(np.isclose(points[:, axis], side * BOX.half_size[axis]))
            assert share == pytest.approx(area / BOX.area, abs=0.01)


def test_cylinder_samples_are_spread_evenly_over_side_and_ends():
    points = ROD.sample_surface(120_000, np.random.default_rng(3))
    from_axis = np.hypot(points[:, 0], points[:, 1])
    # Side 2 pi r L = 2 pi, both ends 2 pi r^2 = pi / 2: 4 to 1. Half an end's area lies within
    # r / sqrt(2), and half the side's within a quarter of the length from the middle.
    on_end = np.isclose(np.abs(points[:, 2]), 1)
    assert on_end.mean() == pytest.approx(0.2, abs=0.01)
    assert np.mean(from_axis[on_end] < 0.5 / np.sqrt(2)) == pytest.approx(0.5, abs=0.02)
    assert np.mean(np.abs(points[~on_end, 2]) < 0.5) == pytest.approx(0.5, abs=0.01)
    # A quarter of it all in each quadrant round the axis.
    quadrants = 2 * (points[:, 0] > 0) + (points[:, 1] > 0)
    np.testing.assert_allclose(np.bincount(quadrants) / len(points), 0.25, atol=0.01)


def test_the_chair_stands_free_inside_the_unit_cube():
    points = chair_surface(50_000, rng=0)
    assert np.abs(points).max() < 0.47


def test_the_chair_is_the_union_of_its_parts():
    points = np.random.default_rng(4).uniform(-0.5, 0.5, (20_000, 3))
    in_any = np.any([part.signed_distance(points) < 0 for part in CHAIR], axis=0)
    np.testing.assert_array_equal(chair_occupancy(points), in_any)


def test_the_chair_is_the_same_left_and_right():
    points = np.random.default_rng(5).uniform(-0.5, 0.5, (20_000, 3))
    np.testing.assert_allclose(chair_signed_distance(points),
                               chair_signed_distance(points * [-1, 1, 1]), atol=1e-12)


def test_no_surface_sample_is_inside_another_part():
    # Brute force: step a little to every side of a sample; some of these points must be outside.
    left = chair_surface(5_000, rng=6)  # those not found outside so far
    directions = np.random.default_rng(6).normal(size=(60, 3))
    for direction in directions / np.linalg.norm(directions, axis=1, keepdims=True):
        left = left[chair_occupancy(left + 1e-6 * direction)]
    assert len(left) == 0


def test_surface_samples_have_the_density_of_the_surface():
    # The seat's top and underside, z = -0.03 +- 0.055, have 4 * 0.33 * 0.31 each minus splat, posts
    # and legs; in the free window |x| < 0.2, -0.3 < y < 0.2 nothing touches them: area 0.2 each.
    # The top rail's front and back, y = 0.33 +- 0.045, are free within |x| < 0.2, 0.32 < z < 0.44:
    # 0.048 each.
    x, y, z = chair_surface(200_000, rng=7).T
    on_seat = np.isclose(np.abs(z + 0.03), 0.055) & (np.abs(x) < 0.2) & (-0.3 < y) & (y < 0.2)
    on_rail = np.isclose(np.abs(y - 0.33), 0.045) & (np.abs(x) < 0.2) & (0.32 < z) & (z < 0.44)
    assert on_seat.sum() / on_rail.sum() == pytest.approx(0.2 / 0.048, rel=0.03)


def test_there_are_as_many_surface_samples_as_asked_for():
    assert [chair_surface(count, rng=0).shape for count in (0, 1, 1000)] == [
        (0, 3), (1, 3), (1000, 3)]


def test_the_same_seed_gives_the_same_samples():
    np.testing.assert_array_equal(chair_surface(100, rng=8), chair_surface(100, rng=8))


def test_points_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"\(N, 3\), got \(5, 2\)"):
        chair_signed_distance(np.zeros((5, 2)))


def test_a_rod_has_the_area_of_its_side_and_its_two_ends():
    rod = Cylinder((1, 2, 3), (1, 2, 5), 0.5)
    assert rod.area == pytest.approx(2 * np.pi * 0.5 * 2 + 2 * np.pi * 0.5**2)


def test_at_most_a_million_points_are_drawn_from_the_chair():
    with pytest.raises(ValueError, match="count must be at least 0 and at most 1"):
        chair_surface(10**6 + 1)
