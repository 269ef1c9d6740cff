"""The teapot: what rays see of it against marching in tiny steps, normals against differences."""

import numpy as np
import pytest

from minicv.datasets.teapot import TEAPOT, Ellipsoid, see_teapot, teapot_occupancy
from minicv.occupancy_network import mesh_from_grid
from minicv.volumetric_rendering import Camera


def rays():
    camera = Camera.look_at((1.2, -1.6, 0.8), (0, 0, 0), field_of_view=30, size=(16, 16))
    return camera.rays()


def test_rays_meet_the_teapot_where_they_first_get_inside():
    origins, directions = rays()
    distances, _, _ = see_teapot(origins, directions)
    d = np.arange(1.6, 2.7, 0.002)
    points = origins[:, None] + d[:, None] * directions[:, None]
    inside = teapot_occupancy(points.reshape(-1, 3)).reshape(len(origins), len(d))
    first = np.where(inside.any(axis=1), d[inside.argmax(axis=1)], np.inf)
    # Rays that touch it for less than a step can be missed by the samples, never by the formula.
    hit = np.isfinite(first)
    assert np.isfinite(distances[hit]).all()
    assert np.count_nonzero(np.isfinite(distances) & ~hit) <= 5
    late = first[hit] - distances[hit]
    assert np.quantile(late, 0.98) <= 0.002 and late.min() > 0


def test_a_normal_is_the_direction_in_which_the_inside_ends():
    origins, directions = rays()
    distances, normals, _ = see_teapot(origins, directions)
    hit = np.isfinite(distances)
    points = origins[hit] + distances[hit, None] * directions[hit]
    np.testing.assert_allclose(np.linalg.norm(normals[hit], axis=1), 1, rtol=1e-12)
    assert ((normals[hit] * directions[hit]).sum(axis=1) < 0).all()
    assert not teapot_occupancy(points + 1e-6 * normals[hit]).any()
    assert teapot_occupancy(points - 1e-6 * normals[hit]).all()


def test_a_normal_stands_upright_on_its_ellipsoid():
    # Differences: along the surface |M (p - c)|^2 stays 1, across it changes fastest.
    part = TEAPOT[4]
    origins = np.array([[0.32, -1.0, 0.05], [0.30, 0.02, 1.0], [1.0, 0.01, 0.1]])
    directions = np.array([[0.01, 1.0, 0], [0.02, 0, -1], [-1, 0, -0.1]])
    d = part.crossings(origins, directions)[:, 0]
    points = origins + d[:, None] * directions

    def level(points):
        return ((points - part.centre) @ part._to_ball.T @ part._to_ball
                * (points - part.centre)).sum(axis=1)

    np.testing.assert_allclose(level(points), 1, rtol=1e-12)
    gradient = np.stack([(level(points + step) - level(points - step)) / 2e-6
                         for step in 1e-6 * np.eye(3)], axis=1)
    gradient /= np.linalg.norm(gradient, axis=1, keepdims=True)
    np.testing.assert_allclose(part.normals(points), gradient, atol=1e-8)


def test_it_is_one_piece_with_one_handle_inside_the_cube():
    axis = np.linspace(-0.5, 0.5, 41)
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1)
    inside = teapot_occupancy(grid.reshape(-1, 3)).reshape(grid.shape[:3])
    report = mesh_from_grid(np.where(inside, 1.0, -1.0)).report()
    assert (report.n_components, report.genus) == (1, 1)
    for axis in range(3):
        assert not inside.take([0, -1], axis).any()


def test_a_colour_depends_on_the_place_and_not_on_the_view():
    origins, directions = rays()
    distances, _, colours = see_teapot(origins, directions)
    hit = np.isfinite(distances)
    points = origins[hit] + distances[hit, None] * directions[hit]
    # The same points, seen from a little to the left.
    others = origins[hit] + [-0.05, -0.02, 0]
    back, _, again = see_teapot(others, points - others)
    same = np.abs(back - 1) < 1e-9  # the others are hidden from there
    assert same.mean() > 0.95
    np.testing.assert_allclose(again[same], colours[hit][same], atol=1e-6)
    assert colours.min() >= 0 and colours.max() <= 1


def test_wrong_shapes_are_refused():
    with pytest.raises(ValueError, match=r"points must have the shape \(N, 3\)"):
        teapot_occupancy(np.zeros((2, 2)))


def test_a_teapot_behind_the_eye_is_not_seen():
    origins, directions = rays()
    distances, _, _ = see_teapot(origins, -directions)
    assert np.isinf(distances).all()


@pytest.mark.parametrize("shape", [(2, 3, 3), (3, 3, 1)])
def test_points_of_the_teapot_have_two_axes(shape):
    with pytest.raises(ValueError, match=r"\(N, 3\)"):
        teapot_occupancy(np.zeros(shape))


def test_a_ray_crosses_an_ellipsoid_where_it_enters_and_where_it_leaves():
    part = Ellipsoid((1, 0, 0), (2, 1, 3), 0, lambda points: points)
    crossings = part.crossings(np.array([[-5.0, 0, 0], [1, -4, 0], [1, 0, 9], [-5, 2, 0]]),
                               np.array([[1.0, 0, 0], [0, 2, 0], [0, 0, -1], [1, 0, 0]]))
    np.testing.assert_allclose(crossings, [[4, 8], [1.5, 2.5], [6, 12], [np.inf, np.inf]])


def test_a_tilt_of_a_right_angle_exchanges_two_half_axes():
    part = Ellipsoid((0, 0, 0), (2, 1, 3), 90, lambda points: points)
    crossings = part.crossings(np.full((3, 3), -6.0) * np.eye(3), np.eye(3))
    np.testing.assert_allclose(crossings, [[3, 9], [5, 7], [4, 8]])


def test_a_ray_has_a_direction():
    above = np.array([[0, 0, 2.0]])
    assert see_teapot(above, np.array([[0, 0, -1e-6]]))[0] == pytest.approx(1.69e6)
    for short in (0.0, 9e-7):
        with pytest.raises(ValueError, match="directions is shorter than 1e-6"):
            see_teapot(above, np.array([[0, 0, -short]]))
