"""Walking from face to face: what is found is a part of the exact surface, and whole components."""

import functools
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest

from minicv import nn
from minicv.decision_boundary import exact_surface, surface_walk, walk_surface
from minicv.decision_boundary.hinges import ALWAYS, Hinges
from minicv.decision_boundary.relu_network import relu_layers
from minicv.decision_boundary.surface_walk import Doubt, flipped, to_an_edge, values_at
from tests.decision_boundary.relu_oracle import as_module
from tests.decision_boundary.surface_oracle import network_with_surface
from tests.decision_boundary.test_surface import assert_sound


@pytest.fixture
def no_other_way(monkeypatch):
    """The walk must do it alone."""
    def refuse(*_, **__):
        raise AssertionError("the walk gave up")
    monkeypatch.setattr(surface_walk, "exact_surface", refuse)


def random_module(seed):
    """2 to 4 hidden layers of 6 to 16 units, and a level that f often has."""
    rng = np.random.default_rng(seed)
    widths = rng.integers(6, 17, rng.integers(2, 5)).tolist()
    module = nn.MLP(3, *widths, 1, rng=seed, dtype=np.float64)
    return module, float(np.median(module(rng.uniform(-1, 1, (200, 3))).data))


def bodies(centres, radii):
    """sum over all of  relu(radius - sum over four n of relu(n . (x - centre))), n as in a simplex.

    Positive in bodies round the centres. No three hinges meet on their borders.
    """
    normals = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) + [0.1, 0.03, -0.06]
    n = len(centres)
    first = np.tile(normals, (n, 1)), np.concatenate([-normals @ c for c in np.array(centres)])
    second = -np.kron(np.eye(n), np.ones((1, 4))), np.array(radii)
    return as_module([first, second, (np.ones((1, n)), np.zeros(1))])


@functools.cache
def walked_and_whole(seed):
    module, level = random_module(seed)
    return walk_surface(module, (-1, 1), level, n_rays=8), exact_surface(module, (-1, 1), level)


def twins(part, whole):
    """Of each polygon the number of the one with its pattern in the whole surface."""
    number = {pattern.tobytes(): n for n, pattern in enumerate(whole.patterns)}
    assert len(number) == len(whole.polygons)
    return [number[pattern.tobytes()] for pattern in part.patterns]


@pytest.mark.parametrize("seed", range(16))
def test_it_finds_polygons_of_the_exact_surface_and_whole_components(seed):
    part, whole = walked_and_whole(seed)
    assert_sound(part, *random_module(seed))
    assert len(part.polygons) > 10 and not part.complete  # so the walk did it alone
    twin = twins(part, whole)
    assert len(set(twin)) == len(twin)
    for number, polygon, around, map_ in zip(twin, part.polygons, part.neighbours, part.maps):
        np.testing.assert_allclose(map_, whole.maps[number], rtol=0, atol=1e-12)
        theirs = whole.vertices[whole.polygons[number]]
        first = np.linalg.norm(theirs - part.vertices[polygon[0]], axis=1).argmin()
        np.testing.assert_allclose(part.vertices[polygon], np.roll(theirs, -first, axis=0),
                                   rtol=0, atol=1e-8)
        # With each face all that touch it are here; -1 at the sides of the box only.
        expected = np.roll(whole.neighbours[number], -first)
        assert [twin[n] if n >= 0 else -1 for n in around] == expected.tolist()


@pytest.mark.parametrize("seed", range(16))
def test_vertices_are_shared_as_in_the_exact_surface(seed):
    part, whole = walked_and_whole(seed)
    twin = twins(part, whole)
    ours = Counter(np.concatenate(part.polygons).tolist())
    theirs = Counter(np.concatenate([whole.polygons[n] for n in twin]).tolist())
    assert sorted(ours.values()) == sorted(theirs.values())


@pytest.mark.parametrize("seed", range(1, 12))
def test_networks_in_halves_are_left_to_the_exact_search(seed):
    _, module = network_with_surface(seed, most_units=8)
    if seed % 4:  # weights are multiples of a half, or whole
        surface = walk_surface(module, (-1, 1))
        assert surface.complete
        assert surface.area() == exact_surface(module, (-1, 1)).area()


@pytest.mark.parametrize("scale", [2.0**-20, 1, 2.0**20])
@pytest.mark.parametrize("gap, alone", [(0.0, False), (1e-15, False), (1e-6, True)])
def test_three_hinges_in_a_point_of_the_surface_are_seen(gap, alone, scale, monkeypatch):
    """x + relu(y) / 2 + relu(z) / 3 + relu(y + z - gap) / 5 = 0: on the x axis, if the gap is 0.

    What the units are multiplied with, and their weights divided by, makes no difference.
    """
    scales = np.array([1, 1, scale, scale, scale])
    hidden = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 1, 1]])
    module = as_module([(scales[:, None] * hidden, scales * [2, 2, 0, 0, -gap]),
                        (np.array([[0.5, -0.5, 0.5, 1 / 3, 0.2]]) / scales, np.zeros(1))])
    handed = []
    monkeypatch.setattr(surface_walk, "exact_surface", lambda *_: handed.append(True))
    walked = walk_surface(module, (-1, 1))
    assert (walked is not None) == alone and handed == [True] * (not alone)
    if alone:
        assert len(walked.polygons) == 7  # three lines in a plane


@pytest.mark.parametrize("find", [walk_surface, exact_surface])
def test_a_slope_of_hardly_more_than_rounding(find):
    """f = (y - 0.3) / 2^36 / 10 is left of sums of 2, which are off by up to 1 / 2^52."""
    flat = 2.0**-36
    module = as_module([(np.array([[3, 5, 7], [3, 5 + flat, 7]]), np.array([20, 20 - 0.3 * flat])),
                        (np.array([[-0.1, 0.1]]), np.zeros(1))])
    surface = find(module, (-1, 1))
    height = float(Fraction(20) - Fraction(module[0].bias.data[1])) / flat  # what is left of 0.3
    corners = surface.vertices[np.concatenate(surface.polygons)]
    assert height == pytest.approx(0.3, abs=1e-4)
    assert corners[:, 1] == pytest.approx(height, abs=1e-9)
    assert surface.area() == pytest.approx(4, abs=1e-9)


def test_what_no_ray_meets_is_missing_and_the_result_does_not_claim_it():
    centres, radii = [[-0.2, 0, 0], [0.4123, 0.3, 0.2]], [0.2, 1e-4]
    whole = exact_surface(bodies(centres, radii), level=1e-6)
    walked = walk_surface(bodies(centres, radii), level=1e-6)
    alone = exact_surface(bodies(centres[:1], radii[:1]), level=1e-6)
    assert whole.euler_characteristic() == 4 and walked.euler_characteristic() == 2
    assert walked.area() == pytest.approx(alone.area(), abs=1e-12)
    assert not walked.complete
    assert walked.undecided.tolist() == [[[-0.5] * 3, [0.5] * 3]]


def test_more_rays_find_more(no_other_way):
    module = bodies([[-0.2, 0, 0], [0.4123, 0.3, 0.2]], [0.2, 0.03])
    found = [walk_surface(module, level=1e-6, n_rays=n).euler_characteristic() for n in (16, 24)]
    assert found == [2, 4]


def test_where_no_ray_meets_a_surface_the_exact_search_has_the_word():
    speck = bodies([[0.4123, 0.3, 0.2]], [1e-4])
    assert walk_surface(speck, level=1e-6).euler_characteristic() == 2
    empty = walk_surface(nn.MLP(3, 4, 1, rng=0), level=100)
    assert empty.complete and empty.polygons == []


def test_a_linear_function_has_one_face():
    module = as_module([(np.array([[1.0, 2.0, 3.0]]), np.zeros(1))])
    surface = walk_surface(module, (-1, 1))
    assert [len(polygon) for polygon in surface.polygons] == [4]
    assert surface.area() == pytest.approx(4 * 14**0.5 / 3)  # the shadow on z is a square of 4


def test_one_point_is_enough_to_begin_with(no_other_way):
    module = as_module([(np.array([[0.0, 0.0, 1.0]]), np.array([-0.3]))])  # only on the ray along z
    assert walk_surface(module, n_rays=1).area() == pytest.approx(1)


def test_a_box_that_is_no_cube(no_other_way):
    module, level = random_module(3)
    box = ([-1, -0.5, 0], [0.2, 0.7, 0.9])
    walked = walk_surface(module, box, level)
    assert walked.area() == pytest.approx(exact_surface(module, box, level).area(), abs=1e-12)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("scale, size", [
    (1e60, 1), (1e140, 1e-60), (1, 1e60), (1, 1e99), (1, 1e-140)])
def test_numbers_far_from_1_give_the_same_surface(scale, size):
    """f(x / size) * scale, with the level scaled as well, in a box scaled by size."""
    module, level = random_module(3)
    expected = walk_surface(module, (-1, 1), level)
    module[0].weight.data /= size
    last = list(module)[-1]
    last.weight.data *= scale
    last.bias.data *= scale
    walked = walk_surface(module, (-size, size), level * scale)
    np.testing.assert_array_equal(np.sort([len(polygon) for polygon in walked.polygons]),
                                  np.sort([len(polygon) for polygon in expected.polygons]))
    np.testing.assert_allclose(np.sort(walked.triangles()[0][:, 0] / size),
                               np.sort(expected.triangles()[0][:, 0]), rtol=0, atol=1e-9)


def test_the_planes_of_a_pattern_have_the_networks_values():
    module, level = random_module(5)
    low, high = -np.ones(3), np.ones(3)
    hinges = Hinges(relu_layers(module, 3, level=level), low, high)
    points = np.random.default_rng(0).uniform(-1, 1, (50, 3))
    patterns = hinges.patterns_at(points)
    planes = hinges.under(patterns)
    sums = np.einsum("ni,nip->np", points, planes[:, :3]) + planes[:, 3]
    np.testing.assert_allclose(sums[:, -1:], module(points).data - level, rtol=0, atol=1e-13)
    assert (sums[:, :-1] >= 0).all()  # the signs that the pattern says, and inside the box
    hidden = module[0](points).data
    np.testing.assert_allclose(sums[:, :hidden.shape[1]], np.abs(hidden), rtol=0, atol=1e-13)


def test_the_errors_allow_for_the_numbers_that_were_added():
    """1000 x + 2000 y - 5000 up to |x|, |y| = 100, twice that behind the ReLU; eps of all terms."""
    module = as_module([(np.array([[1000.0, 2000.0, 0]]), np.array([-5000.0])),
                        (np.array([[2.0]]), np.array([0.0]))])
    errors = Hinges(relu_layers(module, 3), np.full(3, -100.0), np.full(3, 50.0)).errors
    least = np.finfo(float).eps * np.array([305_000, *[100] * 6, 610_000])
    assert (errors > least).all() and (errors < 1000 * least).all()


def test_from_a_wrong_pattern_no_walk_begins():
    """A place has one pattern: under another it is refused, or brought to an edge of a face."""
    module, level = random_module(5)
    hinges = Hinges(relu_layers(module, 3, level=level), -np.ones(3), np.ones(3))
    vertices, faces = exact_surface(module, (-1, 1), level).triangles()
    begun = []
    for point in vertices[faces].mean(axis=1)[:8]:
        right = hinges.patterns_at(point[None])
        for unit in range(right.shape[1] - ALWAYS):
            pattern = flipped(right, np.array([unit]))
            try:
                place, edge = to_an_edge(hinges, pattern, point[None])
            except Doubt:
                continue
            begun.append(values_at(hinges.under(pattern), place, edge).min())
    assert begun and min(begun) > 0  # inside of all other planes


def test_what_it_is_given_is_checked():
    with pytest.raises(TypeError, match="piecewise linear"):
        walk_surface(nn.Sequential(nn.Linear(3, 1), nn.Sigmoid()))
    with pytest.raises(ValueError, match="low below high"):
        walk_surface(nn.MLP(3, 1), (1, 1))
    with pytest.raises(ValueError, match=r"bounds\[0\] is further from 0 than 1e\+100"):
        walk_surface(nn.MLP(3, 1), (-2e100, 2e100))
    with pytest.raises(ValueError, match="n_rays"):
        walk_surface(nn.MLP(3, 1), n_rays=0)
