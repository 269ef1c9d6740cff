"""Bounds of the Hausdorff distance, against closed forms and against many points."""

import numpy as np
import pytest

from minicv.occupancy_network import hausdorff
from minicv.occupancy_network.hausdorff import Way, hausdorff_distance, quarters
from minicv.occupancy_network.mesh import Mesh
from minicv.occupancy_network.true_distance import NearestTriangles, distance_to_mesh

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


@pytest.fixture
def cuts(monkeypatch):
    """How many pieces each round of cutting made."""
    rounds = []

    def counted(triangles):
        rounds.append(4 * len(triangles))
        return quarters(triangles)

    monkeypatch.setattr(hausdorff, "quarters", counted)
    return rounds


def grid(n, heights):
    """2 n^2 triangles over the unit square."""
    y, x = np.mgrid[:n + 1, :n + 1].reshape(2, -1)
    corner = np.flatnonzero((x < n) & (y < n))[:, None]
    return Mesh(np.stack([x / n, y / n, heights], axis=1),
                np.concatenate([corner + [0, 1, n + 2], corner + [0, n + 2, n + 1]]))


def swapped(first, second, tolerance=0.01):
    """The other way round the same bounds hold."""
    return [hausdorff_distance(*pair, tolerance=tolerance)
            for pair in ((first, second), (second, first))]


def test_a_smaller_square_in_a_larger_one():
    """Its corners are sqrt(2) / 4 from those of the other."""
    small = Mesh(SQUARE.vertices * 0.5 + [0.25, 0.25, 0], SQUARE.faces)
    for low, high in swapped(small, SQUARE):
        assert low - 1e-15 <= 2**0.5 / 4 <= high + 1e-15 and high <= 1.01 * low


@pytest.mark.parametrize("size", [1, 1e-9, 1e6])
def test_the_farthest_point_is_between_corners_that_are_at_0(size):
    """A strip, and the same without its middle: 1 from either part."""
    strip, parts = (Mesh(size * mesh.vertices, mesh.faces) for mesh in (
        rectangle(-2, 2), union(rectangle(-2, -1), rectangle(1, 2))))
    for low, high in swapped(strip, parts):
        assert low <= size <= high <= 1.01 * low


def test_a_lower_tolerance_gives_narrower_bounds():
    for tolerance in (0.1, 1e-3, 1e-5):
        low, high = hausdorff_distance(rectangle(-2, 2),
                                       union(rectangle(-2, -1), rectangle(1, 2)),
                                       tolerance=tolerance)
        assert low <= 1 <= high <= (1 + tolerance) * low


@pytest.mark.parametrize("tolerance", [0.01, 0.2])
@pytest.mark.parametrize("seed", range(8))
def test_random_triangles(seed, tolerance):
    rng = np.random.default_rng(seed)
    first, second = (Mesh(rng.uniform(-1, 1, (n, 1, 3)).repeat(3, axis=1).reshape(-1, 3)
                          + rng.uniform(-1, 1, (3 * n, 3)) * 10.0**rng.uniform(-2, 0),
                          np.arange(3 * n).reshape(-1, 3)) for n in (5, 12))
    seen, spacing = [], []
    for mesh, other in ((first, second), (second, first)):
        seen.append(distance_to_mesh(points_on(mesh), other).max())
        sides = mesh.vertices[mesh.faces] - mesh.vertices[np.roll(mesh.faces, 1, axis=1)]
        spacing.append(np.linalg.norm(sides, axis=2).max() / 20)
    for low, high in swapped(first, second, tolerance):
        assert max(seen) <= high + 1e-12
        assert low <= max(np.add(seen, spacing))  # distances change by no more than places
        assert high <= (1 + tolerance) * low


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


def test_the_pieces_are_counted_after_each_round():
    split = Mesh([*SQUARE.vertices, [0.3, 0.6, 0]],
                 [[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]])
    for most, rounds in [(16, 1), (17, 2)]:  # 16 pieces in the first
        way = Way(NearestTriangles(split).triangles, NearestTriangles(SQUARE))
        for left in range(rounds)[::-1]:
            way.cut()
            way.drop(0, most)
            assert (len(way.pieces) > 0) == (left > 0)


def test_the_way_that_is_shorter_takes_few_pieces(cuts):
    """At 0 everywhere, across both halves of the other: alone it would be cut on and on."""
    part = Mesh([[0, 1, 0], [1, 0, 0], [1, 1, 0]], [[0, 1, 2]])
    for low, high in swapped(part, SQUARE):
        assert low <= 0.5**0.5 <= high <= 1.01 * low
    for low, high in swapped(rectangle(-2, 2), union(rectangle(-2, -1), rectangle(1, 2))):
        assert low <= 1 <= high <= 1.01 * low
    assert sum(cuts) < 1000


def test_most_triangles_are_done_with_at_first_sight(cuts):
    heights = np.random.default_rng(0).uniform(0, 1e-3, 51**2)
    heights[0] = 0.5
    flat, rough = grid(50, 0 * heights), grid(50, heights)
    low, high = hausdorff_distance(flat, rough)
    assert low <= 0.5 <= high and sum(cuts) <= 3 * 4 * 1000  # of 5,000 each
    cuts.clear()
    low, high = hausdorff_distance(rough, rough)
    assert low <= high < 1e-15 and sum(cuts) <= 3 * 4 * 1000


@pytest.mark.parametrize("size", [0, 1, 1e6])
def test_what_rounding_leaves_is_not_cut_on_and_on(size, cuts):
    """Turned by an angle and back, its corners are off by about 1e-16 of the size."""
    turn = np.array([[0.6, -0.8, 0], [0.8, 0.6, 0], [0, 0, 1]])
    first = Mesh(size * SQUARE.vertices, SQUARE.faces)
    low, high = hausdorff_distance(first, Mesh(first.vertices @ turn @ turn.T, first.faces))
    assert low <= high <= 1e-12 * size and sum(cuts) <= 100


def test_a_mesh_without_faces():
    assert hausdorff_distance(EMPTY, EMPTY) == (0, 0)
    assert swapped(EMPTY, SQUARE) == [(np.inf, np.inf)] * 2


def test_triangles_without_area():
    point, other = (Mesh([[x, 0, 0]] * 3, [[0, 1, 2]]) for x in (0, 3))
    assert hausdorff_distance(point, other) == (3, 3)


def test_other_things_are_refused():
    with pytest.raises(TypeError, match="second must be a Mesh"):
        hausdorff_distance(SQUARE, [[0, 0, 0]])
    with pytest.raises(TypeError, match="first must be a Mesh"):
        hausdorff_distance([[0, 0, 0]], SQUARE)
    with pytest.raises(ValueError, match="tolerance"):
        hausdorff_distance(SQUARE, SQUARE, tolerance=-1)
    with pytest.raises(ValueError, match="most_pieces"):
        hausdorff_distance(SQUARE, SQUARE, most_pieces=0)
