"""Bounds of the Hausdorff distance, against closed forms and against many points."""

import numpy as np
import pytest

from minicv.occupancy_network.hausdorff import hausdorff_distance
from minicv.occupancy_network.mesh import Mesh
from minicv.occupancy_network.true_distance import distance_to_mesh

SQUARE = Mesh([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], [[0, 1, 2], [0, 2, 3]])
EMPTY = Mesh(np.empty((0, 3)), np.empty((0, 3), int))


def rectangle(left, right):
    return Mesh([[left, 0, 0], [right, 0, 0], [right, 1, 0], [left, 1, 0]], [[0, 1, 2], [0, 2, 3]])


def union(*meshes):
    first = np.cumsum([0] + [len(mesh.vertices) for mesh in meshes])
    return Mesh(np.concatenate([mesh.vertices for mesh in meshes]),
                np.concatenate([mesh.faces + n for mesh, n in zip(meshes, first)]))


def points_on(mesh, n=20):
    """(n + 1) (n + 2) / 2 points on each triangle; no point of it is farther from one than 1 / n of
    its longest side."""
    u, v = np.array([(i / n, j / n) for i in range(n + 1) for j in range(n + 1 - i)]).T[:, :, None]
    a, b, c = mesh.vertices[mesh.faces].swapaxes(0, 1)[:, :, None]
    return (a + u * (b - a) + v * (c - a)).reshape(-1, 3)


def swapped(first, second):
    """The other way round the same bounds hold."""
    return [hausdorff_distance(first, second), hausdorff_distance(second, first)]


def test_a_smaller_square_in_a_larger_one():
    """Its corners are sqrt(2) / 4 from those of the other."""
    small = Mesh(SQUARE.vertices * 0.5 + [0.25, 0.25, 0], SQUARE.faces)
    for low, high in swapped(small, SQUARE):
        assert low - 1e-15 <= 2**0.5 / 4 <= high + 1e-15 and high <= 1.01 * low


def test_the_farthest_point_is_between_corners_that_are_at_0():
    """A strip, and the same without its middle: 1 from either part."""
    for low, high in swapped(rectangle(-2, 2), union(rectangle(-2, -1), rectangle(1, 2))):
        assert low <= 1 <= high <= 1.01 * low


def test_a_lower_tolerance_gives_narrower_bounds():
    for tolerance in (0.1, 1e-3, 1e-5):
        low, high = hausdorff_distance(rectangle(-2, 2),
                                       union(rectangle(-2, -1), rectangle(1, 2)),
                                       tolerance=tolerance)
        assert low <= 1 <= high <= (1 + tolerance) * low


@pytest.mark.parametrize("seed", range(6))
def test_random_triangles(seed):
    rng = np.random.default_rng(seed)
    first, second = (Mesh(rng.uniform(-1, 1, (n, 1, 3)).repeat(3, axis=1).reshape(-1, 3)
                          + rng.uniform(-1, 1, (3 * n, 3)) * 10.0**rng.uniform(-2, 0),
                          np.arange(3 * n).reshape(-1, 3)) for n in (5, 12))
    seen, spacing = [], []
    for mesh, other in ((first, second), (second, first)):
        seen.append(distance_to_mesh(points_on(mesh), other).max())
        sides = mesh.vertices[mesh.faces] - mesh.vertices[np.roll(mesh.faces, 1, axis=1)]
        spacing.append(np.linalg.norm(sides, axis=2).max() / 20)
    for low, high in swapped(first, second):
        assert max(seen) <= high + 1e-12
        assert low <= max(np.add(seen, spacing))  # distances change by no more than places
        assert high <= 1.01 * low


def test_a_mesh_is_at_0_from_itself_and_its_parts():
    assert hausdorff_distance(SQUARE, SQUARE) == (0, 0)
    assert hausdorff_distance(SQUARE, union(SQUARE, rectangle(0, 1))) == (0, 0)


def test_where_the_work_has_a_limit_the_bounds_are_wider_but_right():
    split = Mesh([*SQUARE.vertices, [0.3, 0.6, 0]],
                 [[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]])
    low, few = hausdorff_distance(split, SQUARE, most_pieces=100)
    low, more = hausdorff_distance(split, SQUARE, most_pieces=20_000)
    assert low < 1e-15 and 0 < more < few / 5 and few < 1.5
    low, high = hausdorff_distance(rectangle(-2, 2), union(rectangle(-2, -1), rectangle(1, 2)),
                                   most_pieces=1)
    assert low <= 1 <= high


def test_a_mesh_without_faces():
    assert hausdorff_distance(EMPTY, EMPTY) == (0, 0)
    assert swapped(EMPTY, SQUARE) == [(np.inf, np.inf)] * 2


def test_triangles_without_area():
    point, other = (Mesh([[x, 0, 0]] * 3, [[0, 1, 2]]) for x in (0, 3))
    assert hausdorff_distance(point, other) == (3, 3)


def test_other_things_are_refused():
    with pytest.raises(TypeError, match="Mesh"):
        hausdorff_distance(SQUARE, [[0, 0, 0]])
    with pytest.raises(ValueError, match="tolerance"):
        hausdorff_distance(SQUARE, SQUARE, tolerance=-1)
    with pytest.raises(ValueError, match="most_pieces"):
        hausdorff_distance(SQUARE, SQUARE, most_pieces=0)
