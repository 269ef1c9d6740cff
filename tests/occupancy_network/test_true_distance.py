"""True distances to triangles, against closed forms and against every triangle tried."""

import numpy as np
import pytest

from minicv.occupancy_network.mesh import Mesh
from minicv.occupancy_network.true_distance import NearestTriangles, distance_to_mesh, mesh_distance

SQUARE = Mesh([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], [[0, 1, 2], [0, 2, 3]])
EMPTY = Mesh(np.empty((0, 3)), np.empty((0, 3), int))


def nearest_by_trying(point, mesh, n=40):
    """The nearest of many places on each triangle: at most the spacing too far."""
    u, v = np.array([(i / n, j / n) for i in range(n + 1) for j in range(n + 1 - i)]).T[:, :, None]
    a, b, c = mesh.vertices[mesh.faces].swapaxes(0, 1)[:, :, None]
    places = a + u * (b - a) + v * (c - a)
    return np.linalg.norm(places - point, axis=2).min()


@pytest.mark.parametrize("point, expected", [
    ([0.5, 0.5, 2], 2), ([0.3, 0.9, -1], 1), ([2, 0.5, 0], 1), ([-3, -4, 0], 5), ([1, 1, 0], 0),
    ([4, 5, 12], 13), ([0.5, -1, 1], 2**0.5), ([0.2, 0.7, 0], 0)])
def test_a_square(point, expected):
    """Over the square, beside a side, beyond a corner."""
    assert distance_to_mesh([point], SQUARE)[0] == pytest.approx(expected, abs=1e-15)


def test_no_place_is_nearer():
    rng = np.random.default_rng(0)
    # Triangles of all sizes and shapes, some as thin as a needle.
    corners = rng.uniform(-1, 1, (60, 1, 3)) + rng.standard_normal(
        (60, 3, 3)) * 10.0**rng.uniform(-3, 0, (60, 1, 1)) * rng.choice([1, 1e-3], (60, 1, 3))
    mesh = Mesh(corners.reshape(-1, 3), np.arange(180).reshape(-1, 3))
    points = rng.uniform(-2, 2, (80, 3))
    found = distance_to_mesh(points, mesh)
    for point, distance in zip(points, found):
        tried = nearest_by_trying(point, mesh)
        assert distance <= tried + 1e-12 and distance >= tried - 0.12
    each = [distance_to_mesh(points, Mesh(three, [[0, 1, 2]])) for three in corners]
    assert found == pytest.approx(np.min(each, axis=0), abs=1e-14)


def test_the_centre_of_a_sphere_is_as_far_from_all_its_triangles():
    rng = np.random.default_rng(1)
    directions = rng.standard_normal((300, 3, 3)) * 0.1 + rng.standard_normal((300, 1, 3))
    directions /= np.linalg.norm(directions, axis=2, keepdims=True)
    mesh = Mesh(directions.reshape(-1, 3), np.arange(900).reshape(-1, 3))
    each = [distance_to_mesh(np.zeros((1, 3)), Mesh(three, [[0, 1, 2]]))[0] for three in directions]
    assert distance_to_mesh(np.zeros((1, 3)), mesh)[0] == pytest.approx(min(each), abs=1e-15)


def test_a_triangle_with_a_far_centre_can_be_the_nearest():
    """Of ten triangles the middles of nine are nearer, and none of their corners."""
    reaching = np.array([[[1, 0, 0], [1.8, 0.4, 0], [1.8, -0.4, 0]]])
    angles = np.linspace(1, 5, 9)[:, None]
    specks = 1.3 * np.hstack([np.cos(angles), np.sin(angles), 0 * angles])[:, None] + (
        1e-4 * np.eye(3))
    others = np.tile([[50, 0, 0], [51, 0, 0], [50, 1, 0]], (99, 1, 1))  # so large is the mean
    corners = np.concatenate([reaching, specks, others])
    mesh = Mesh(corners.reshape(-1, 3), np.arange(corners.size // 3).reshape(-1, 3))
    assert distance_to_mesh([[0, 0, 0]], mesh) == pytest.approx([1])


def test_a_triangle_without_area_is_a_stretch():
    mesh = Mesh([[0, 0, 0], [1, 0, 0], [3, 0, 0]], [[0, 1, 2]])
    assert distance_to_mesh([[2, 1, 0], [4, 0, 0]], mesh).tolist() == [1, 1]
    point = Mesh([[1, 1, 1]] * 3, [[0, 1, 2]])
    assert distance_to_mesh([[1, 1, 3]], point).tolist() == [2]


def test_a_triangle_whose_corners_are_nearly_on_a_line_is_a_stretch():
    """Its normal is what rounding left, and must not decide."""
    rng = np.random.default_rng(0)
    for _ in range(300):
        start, way = rng.uniform(-1, 1, (2, 3))
        a, b, c = np.sort(rng.uniform(0, 1, 3))
        needle = Mesh(start + np.array([[b], [c], [a]]) * way, [[0, 1, 2]])
        at = rng.uniform(-2, 3, 10)
        expected = np.linalg.norm(way) * np.maximum(np.maximum(a - at, at - c), 0)
        found = distance_to_mesh(start + at[:, None] * way, needle)
        assert found == pytest.approx(expected, abs=1e-14)


def test_triangles_of_very_different_sizes_do_not_make_many_pieces():
    rng = np.random.default_rng(0)
    small = rng.uniform(0, 1, (20, 1, 3)) + 1e-9 * rng.uniform(0, 1, (20, 3, 3))
    corners = np.concatenate([small, [[[0, 0, 0], [1, 0, 0], [0, 1, 0]]]])
    mesh = Mesh(corners.reshape(-1, 3), np.arange(63).reshape(-1, 3))
    assert len(NearestTriangles(mesh).pieces) < 10 * len(corners)
    points = rng.uniform(-1, 2, (50, 3))
    each = [distance_to_mesh(points, Mesh(three, [[0, 1, 2]])) for three in corners]
    assert distance_to_mesh(points, mesh) == pytest.approx(np.min(each, axis=0), abs=1e-14)


def test_sides_as_short_as_rounding_are_not_halved():
    """The middle of 1 and the next float is one of the two."""
    corners = np.ones((9, 3, 3))
    corners[8, 1] = np.nextafter(1, 2)
    mesh = Mesh(corners.reshape(-1, 3), np.arange(27).reshape(-1, 3))
    assert distance_to_mesh([[1, 1, 3]], mesh) == pytest.approx([2])


def test_no_triangles_are_infinitely_far():
    assert distance_to_mesh([[0, 0, 0]], EMPTY).tolist() == [np.inf]
    assert distance_to_mesh(np.empty((0, 3)), SQUARE).shape == (0,)


def test_a_smaller_square_in_a_larger_one():
    """From inside to outside 0; back, the mean distance of the plane around."""
    small = Mesh(SQUARE.vertices * 0.5 + [0.25, 0.25, 0], SQUARE.faces)
    found = mesh_distance(small, SQUARE, rng=0, n_points=40_000)
    assert found.accuracy == pytest.approx(0, abs=1e-15)
    # Beside the sides 4 x 1/8 of the area, on average 1/8 away; at the corners 4 x 1/16, at 1/4 of
    # the mean distance of a unit square's points from a corner, (sqrt 2 + arsinh 1) / 3 = 0.7652.
    assert found.completeness == pytest.approx(0.5 / 8 + 0.25 * 0.25 * 0.7652, rel=0.02)
    assert found.chamfer_l1 == pytest.approx(found.completeness / 2)


def test_equal_surfaces_are_at_0_and_empty_ones_infinitely_far():
    split = Mesh([*SQUARE.vertices, [0.3, 0.6, 0]],
                 [[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]])
    assert mesh_distance(split, SQUARE, rng=0).chamfer_l1 < 1e-15
    assert mesh_distance(EMPTY, EMPTY).chamfer_l1 == 0
    assert mesh_distance(EMPTY, SQUARE).chamfer_l1 == np.inf


def test_other_things_are_refused():
    with pytest.raises(TypeError, match="Mesh"):
        mesh_distance(SQUARE, [[0, 0, 0]])
    with pytest.raises(TypeError, match="Mesh"):
        distance_to_mesh([[0, 0, 0]], "chair")
    with pytest.raises(ValueError, match="points"):
        distance_to_mesh([[0, 0]], SQUARE)
    with pytest.raises(ValueError, match="n_points"):
        mesh_distance(SQUARE, SQUARE, n_points=0)


def test_one_point_a_mesh_is_enough_and_what_is_no_mesh_is_refused():
    assert mesh_distance(SQUARE, SQUARE, n_points=1).chamfer_l1 == 0
    for pair, name in (((SQUARE.vertices, SQUARE), "prediction"), ((SQUARE, None), "truth")):
        with pytest.raises(TypeError, match=f"{name} must be a Mesh"):
            mesh_distance(*pair)
    for n_points in (0, 10_000_001):
        with pytest.raises(ValueError, match="n_points must be at least 1 and at most 1e"):
            mesh_distance(SQUARE, SQUARE, n_points=n_points)
