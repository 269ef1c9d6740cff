"""The exact surface in space: closed forms, rational arithmetic, and what must hold for any."""

from fractions import Fraction
from math import gcd
from operator import mul

import numpy as np
import pytest

from minicv import nn
from minicv.decision_boundary import Surface, exact_surface, ray_crossings
from minicv.decision_boundary.complete.polyhedra import Contradiction, Polyhedra
from minicv.decision_boundary.complete.search import _Search
from minicv.decision_boundary.relu_network import relu_layers
from tests.decision_boundary.relu_oracle import (
    as_module,
    patterns,
    random_network,
    under_pattern,
)
from tests.decision_boundary.surface_oracle import brute_area, network_with_surface


def network(*layers):
    """From (weight, bias) of each layer."""
    return as_module([(np.array(w, float), np.array(b, float)) for w, b in layers])


def octahedra(centres, radii):
    """max over all of  radius - |x - centre|_1: positive in octahedra that lie apart.

    Each is  relu(radius - sum of |.|), and  |t| = relu(t) + relu(-t).
    """
    n = len(centres)
    first = np.tile(np.concatenate([np.eye(3), -np.eye(3)]), (n, 1))
    bias = np.concatenate([np.concatenate([-c, c]) for c in np.array(centres, float)])
    sums = -np.kron(np.eye(n), np.ones((1, 6)))
    return network((first, bias), (sums, radii), (np.ones((1, n)), [0]))


# The oracle's points are whole numbers (X, Y, Z, W) for X/W, Y/W, Z/W with W > 0, which are added
# and multiplied many times as fast as fractions; an affine function is a row of four.


def at(row, point):
    """W times the affine function at the point."""
    return sum(map(mul, row, point))


def clip(polygon, row):
    """The part of a convex polygon in space where the affine function `row` is >= 0."""
    values = [at(row, point) for point in polygon]
    kept = []
    for n, (point, value) in enumerate(zip(polygon, values)):
        if value * values[n - 1] < 0:
            between = [abs(value) * p + abs(values[n - 1]) * q
                       for p, q in zip(polygon[n - 1], point)]
            kept.append([x // gcd(*between) for x in between])
        if value >= 0:
            kept.append(point)
    return kept


def clip_all(polygon, rows):
    """The part where all of them are >= 0, or fewer than three points if it has no area."""
    for row in rows:
        polygon = clip(polygon, row)
        if len(polygon) < 3:
            break
    return polygon


def section(row, conditions, bound):
    """The convex polygon { row = 0, conditions >= 0 } in the box; exact."""
    axis = max(range(3), key=lambda k: abs(row[k]))
    i, j = (axis + 1) % 3, (axis + 2) % 3
    polygon = []
    for a, b in ((-bound, -bound), (bound, -bound), (bound, bound), (-bound, bound)):
        point = [0, 0, 0, abs(row[axis])]
        point[i], point[j] = a * point[3], b * point[3]
        point[axis] = -(row[i] * a + row[j] * b + row[3]) * (1 if row[axis] > 0 else -1)
        polygon.append(point)
    for sign in (1, -1):
        limit = [0, 0, 0, bound]
        limit[axis] = sign
        conditions = [*conditions, limit]
    return clip_all(polygon, conditions)


def polygon_area(polygon, row):
    """Of a polygon in the plane row = 0, from its shadow along the steepest axis."""
    axis = max(range(3), key=lambda k: abs(row[k]))
    i, j = (axis + 1) % 3, (axis + 2) % 3
    twice = sum(Fraction(p[i] * q[j] - q[i] * p[j], p[3] * q[3])
                for p, q in zip(polygon[-1:] + polygon, polygon))
    return abs(float(twice)) / 2 * sum(r * r for r in row[:3]) ** 0.5 / abs(row[axis])


def is_beside(polygon, row, conditions, f, sign):
    """Whether the region of the conditions lies on this side of the polygon, with f > 0 there."""
    centre = [sum(Fraction(p[k], p[3]) for p in polygon) / len(polygon) for k in range(3)]
    spot = [*(x + sign * Fraction(1, 10**12) * g for x, g in zip(centre, row)), 1]
    return all(at(condition, spot) > 0 for condition in [*conditions, f])


def exact_area(layers, bound):
    """By trying all patterns: their faces, without those parts behind which is inside as well."""
    inputs = [[int(i == k) for i in range(4)] for k in range(3)]
    walls = [[*(sign * int(i == k) for i in range(3)), bound] for k in range(3) for sign in (1, -1)]
    regions = []
    for pattern in patterns(layers):
        conditions, row = under_pattern(layers, pattern, inputs)
        states = [state for layer in pattern for state in layer]
        if not any(s and not any(c) for s, c in zip(states, conditions)):
            regions.append(([c for c in conditions if any(c)] + walls, row))
    total = 0.0
    for conditions, row in regions:
        polygon = section(row, conditions, bound) if any(row[:3]) else []
        if len(polygon) < 3 or polygon_area(polygon, row) == 0 or not is_beside(
                polygon, row, conditions, row, 1):
            continue
        if any(all(at(wall, p) == 0 for p in polygon) for wall in walls):
            continue  # on a side of the box
        total += polygon_area(polygon, row)
        for others, f in regions:
            part = clip_all(polygon, others)
            if len(part) > 2 and polygon_area(part, row) > 0 and is_beside(
                    part, row, others, f, -1):
                total -= polygon_area(part, row)
    return total


def assert_sound(surface, module, level=0.0, bound=None):
    """Vertices on the level, maps right, each side in two polygons in opposite directions."""
    scale = 1 + np.abs(surface.maps).max(initial=0)
    corners = surface.vertices[np.unique(np.concatenate([np.zeros(0, int), *surface.polygons]))]
    assert np.abs(module(corners).data - level).max(initial=0) <= 1e-9 * scale
    middles = np.reshape([surface.vertices[polygon].mean(axis=0) for polygon in surface.polygons],
                         (-1, 3))
    by_map = (middles * surface.maps[:, :3]).sum(axis=1) + surface.maps[:, 3]
    assert np.abs(module(middles).data[:, 0] - by_map).max(initial=0) <= 1e-9 * scale
    sides = {}
    for number, polygon in enumerate(surface.polygons):
        for side, other in zip(zip(polygon, np.roll(polygon, -1)), surface.neighbours[number]):
            assert side not in sides
            sides[side] = number, other
    for (u, v), (number, other) in sides.items():
        assert sides.get((v, u), (-1, number)) == (other, number)
        if other == -1 and surface.complete and bound is not None:  # at the sides of the box
            assert (np.abs(np.abs(surface.vertices[[u, v]]) - bound).min(axis=1) < 1e-9).all()
    _, faces = surface.triangles(cap=True)
    forth = np.stack([faces, np.roll(faces, -1, axis=1)], axis=2).reshape(-1, 2)
    there, back = sorted(map(tuple, forth)), sorted(map(tuple, forth[:, ::-1]))
    if surface.complete:  # closed: each side there and back, once
        assert there == back and len(set(there)) == len(there)


@pytest.mark.parametrize("seed", range(40))
def test_random_networks_agree_with_rational_arithmetic(seed):
    rng = np.random.default_rng(seed)
    layers = random_network([(3, 4, 1), (3, 3, 3, 1), (3, 6, 1), (3, 2, 3, 2, 1)][seed % 4], rng,
                            most=[4, 1, 2][seed % 3])  # 1 makes nearly all of them degenerate
    surface = exact_surface(as_module(layers), (-2, 2))
    assert surface.complete
    assert_sound(surface, as_module(layers), bound=2)
    assert surface.area() == pytest.approx(exact_area(layers, 2), abs=1e-9)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("size", [1e-140, 1e-60, 1e60, 1e99])
def test_the_area_goes_with_the_square_of_the_size(size):
    module = nn.MLP(3, 8, 8, 1, rng=3, dtype=np.float64)
    level = float(np.median(module(np.random.default_rng(0).uniform(-1, 1, (200, 3))).data))
    expected = exact_surface(module, (-1, 1), level).area()
    module[0].weight.data /= size
    surface = exact_surface(module, (-size, size), level)
    assert surface.area() == pytest.approx(expected * size**2, rel=1e-9, abs=0)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("halves", [False, True])
def test_larger_networks_are_sound(seed, halves):
    module = nn.MLP(3, *[16] * (1 + seed % 4), 1, rng=seed, dtype=np.float64)
    if halves:
        for parameter in module.parameters():
            parameter.data[...] = np.round(4 * parameter.data) / 2
    surface = exact_surface(module, (-1, 1), level=0.1)
    assert surface.complete
    assert_sound(surface, module, 0.1, bound=1)


@pytest.mark.parametrize("seed", range(5))
def test_a_brute_force_cut_gives_the_same_area(seed):  # 200 networks: tests/parity
    layers, module = network_with_surface(seed, most_units=8)
    surface = exact_surface(module, (-1, 1))
    assert_sound(surface, module, bound=1)
    assert surface.area() == pytest.approx(brute_area(layers, module, 1), abs=1e-8)


def test_where_floats_cannot_decide_whole_numbers_do():
    layers = random_network((3, 4, 5, 1), np.random.default_rng(11149), most=9)
    module = as_module(layers)
    with pytest.raises(Contradiction):
        _Search(Polyhedra(*np.array([[-2.0] * 3, [2.0] * 3])), 1000).run(relu_layers(module, 3))
    surface = exact_surface(module, (-2, 2))
    assert_sound(surface, module, bound=2)
    assert surface.area() == pytest.approx(exact_area(layers, 2), abs=1e-9)


@pytest.mark.parametrize("seed", [4, 5, 6])
def test_rays_meet_it_where_ray_crossings_says(seed):
    module = nn.MLP(3, *[12] * (seed - 2), 1, rng=seed, dtype=np.float64)
    rng = np.random.default_rng(seed)
    ends = rng.uniform(-1, 1, (2, 40, 3))
    level = float(np.median(module(ends[0]).data))
    vertices, faces = exact_surface(module, (-1, 1), level).triangles()
    a, b, c = vertices[faces].swapaxes(0, 1)
    crossings = ray_crossings(module, ends[0], ends[1] - ends[0], 0, 1, level=level)
    for origin, direction, expected in zip(ends[0], ends[1] - ends[0], crossings):
        # origin + t direction = a + u (b - a) + v (c - a), for all triangles
        matrix = np.stack([np.broadcast_to(-direction, a.shape), b - a, c - a], axis=2)
        regular = np.abs(np.linalg.det(matrix)) > 0
        t, u, v = np.linalg.solve(matrix[regular], (origin - a[regular])[:, :, None])[..., 0].T
        hit = (u >= 0) & (v >= 0) & (u + v <= 1) & (0 < t) & (t < 1)
        assert np.sort(t[hit]) == pytest.approx(expected, abs=1e-9)
    assert sum(map(len, crossings)) > 10


def test_an_octahedron():
    surface = exact_surface(octahedra([[0, 0, 0]], [0.3]))
    assert len(surface.polygons) == 8 and len(surface.vertices) == 6
    assert surface.area() == pytest.approx(4 * 3**0.5 * 0.3**2, abs=1e-12)
    assert surface.volume() == pytest.approx(4 / 3 * 0.3**3, abs=1e-12)
    assert surface.euler_characteristic() == 2


def test_a_speck_beside_a_large_body_is_found():
    surface = exact_surface(octahedra([[-0.2, 0, 0], [0.4123, 0.3, 0.2]], [0.2, 1e-4]))
    assert surface.complete and surface.euler_characteristic() == 4
    assert surface.volume() == pytest.approx(4 / 3 * (0.2**3 + 1e-12), abs=1e-15)


@pytest.mark.parametrize("wrong", [
    {"maps": np.zeros((1, 3))}, {"maps": np.zeros((2, 4))}, {"patterns": np.zeros((1, 2))},
    {"polygons": [np.array([0, 1])]}, {"polygons": [np.array([0, 1, 3])]},
    {"caps": [np.array([0, 1, -1])]}, {"vertices": np.zeros((3, 2))}, {"neighbours": []},
    {"neighbours": [[1j, 0, 0]]}, {"neighbours": [[-1, -1, 2]]}, {"neighbours": [[-2, -1, -1]]},
    {"undecided": np.zeros((1, 3))}, {"caps": [[0, 1, 2], [0.0, 1.0, 2.0]]}, {"maps": [[1, 2]]},
    {"caps": [[0, 1]]}, {"vertices": 2e100 * np.eye(3)}, {"patterns": np.zeros((2, 2), bool)}])
def test_a_surface_whose_parts_do_not_fit_is_refused(wrong):
    right = dict(vertices=np.eye(3), polygons=[np.arange(3)], caps=[], maps=np.zeros((1, 4)),
                 patterns=np.zeros((1, 2), bool), neighbours=[np.full(3, -1)],
                 undecided=np.zeros((0, 2, 3)))
    for given in (right, {name: np.array(part).tolist() for name, part in right.items()
                          } | {"undecided": right["undecided"]}):
        surface = Surface(**given)  # of arrays, or lists of the same numbers
        assert surface.complete and surface.area() == pytest.approx(3**0.5 / 2)
    with pytest.raises((ValueError, TypeError)):
        Surface(**right | wrong)


def test_the_triangles_know_their_polygons():
    surface = exact_surface(nn.MLP(3, 8, 1, rng=0), (-2, 2))
    for cap in (False, True):
        vertices, faces = surface.triangles(cap)
        owners = surface.owners(cap)
        for number, polygon in enumerate(surface.polygons + surface.caps * cap):
            own = vertices[np.unique(faces[owners == number])]
            assert {tuple(p) for p in surface.vertices[polygon]} <= {tuple(p) for p in own}


def test_no_surface():
    for bias in (-1.0, 1.0):
        surface = exact_surface(network((np.zeros((1, 3)), [bias])))
        assert surface.polygons == [] and surface.complete
        assert surface.volume() == pytest.approx(float(bias > 0))


def test_a_hollow_body():
    """0.1 - | 0.3 - |x|_1 |  is positive between two octahedra."""
    first, bias = np.concatenate([np.eye(3), -np.eye(3)]), np.zeros(6)
    surface = exact_surface(network((first, bias), ([[1] * 6, [-1] * 6], [-0.3, 0.3]),
                                    ([[-1, -1]], [0.1])))
    assert surface.euler_characteristic() == 4
    assert surface.volume() == pytest.approx(4 / 3 * (0.4**3 - 0.2**3), abs=1e-12)


def test_a_plate_with_three_holes_has_genus_3():
    """0.1 - |z| - relu(|x| - 0.4) - relu(|y| - 0.15) - 10 sum relu(0.08 - |x - c| - |y|)."""
    centres = [-0.25, 0.0, 0.25]
    rows = [([sign * (axis == k) for k in range(3)], 0) for axis in range(3) for sign in (1, -1)]
    rows += [([sign, 0, 0], -sign * c) for c in (-0.25, 0.25) for sign in (1, -1)]
    of_x = {0.0: (0, 1), -0.25: (6, 7), 0.25: (8, 9)}  # |x - c| is the sum of these two
    sums = [([4, 5], 1, 0), ([0, 1], 1, -0.4), ([2, 3], 1, -0.15)]
    sums += [([*of_x[c], 2, 3], -1, 0.08) for c in centres]
    second = [[sign * (unit in units) for unit in range(10)] for units, sign, _ in sums]
    module = network(tuple(zip(*rows)), (second, [b for *_, b in sums]),
                     ([[-1, -1, -1, -10, -10, -10]], [0.1]))
    surface = exact_surface(module)
    assert_sound(surface, module, bound=0.5)
    assert surface.euler_characteristic() == 2 - 2 * 3
    assert surface.caps == []


def test_parts_that_touch_in_an_edge_are_closed_each():
    """(|x| - |y| clipped to a prism) is positive on two wedges that touch along the z axis."""
    first = [[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]]
    module = network((first, [0] * 4), ([[1, 1, -1, -1]], [0]))
    surface = exact_surface(module, (-1, 1))
    assert_sound(surface, module, bound=1)
    assert surface.area() == pytest.approx(2 * 2 * 2 * 2**0.5)
    assert surface.euler_characteristic(cap=True) == 4  # two closed bodies


def test_parts_that_are_joined_round_the_ends_of_their_common_edge():
    """min(|x| - |y|, ...) filled beyond |z| > 0.5: the edge has four polygons, two and two."""
    first = [[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]]
    module = network((first, [0, 0, 0, 0, -0.5, -0.5]), ([[1, 1, -1, -1, 4, 4]], [0]))
    surface = exact_surface(module, (-1, 1))
    assert_sound(surface, module, bound=1)
    corners = surface.vertices[np.unique(np.concatenate(surface.polygons))]
    on_axis = np.abs(corners[:, :2]).max(axis=1) == 0
    assert sorted(corners[on_axis, 2]) == [-0.5, 0, 0, 0.5]  # a middle for each pair


def test_a_region_on_the_level_is_outside():
    """relu(x) is 0 for all x < 0: the surface is the plane x = 0."""
    surface = exact_surface(network(([[1, 0, 0]], [0]), ([[1]], [0])))
    assert surface.area() == pytest.approx(1) and surface.volume() == pytest.approx(0.5)
    assert exact_surface(network(([[1, 0, 0]], [0]), ([[-1]], [0]))).polygons == []


def test_what_is_too_much_is_named():
    module = nn.MLP(3, 16, 16, 1, rng=0, dtype=np.float64)
    whole, part = exact_surface(module, (-2, 2)), exact_surface(module, (-2, 2), most_cells=20)
    assert whole.complete and not part.complete
    with pytest.raises(ValueError, match="boxes are undecided: the volume is not known"):
        part.volume()
    low, high = part.undecided.swapaxes(0, 1)
    known = {tuple(np.round(v, 9)) for v in part.vertices}
    for vertex in whole.vertices:  # what is missing lies in a box that is named
        assert tuple(np.round(vertex, 9)) in known or (
            (low - 1e-9 <= vertex) & (vertex <= high + 1e-9)).all(axis=1).any()


@pytest.mark.parametrize("most_cells", [1, 5, 13, 40])
@pytest.mark.parametrize("seed", [1, 2, 9])
def test_a_part_is_right_where_it_is_and_ends_where_it_says(seed, most_cells):
    _, module = network_with_surface(seed, most_units=12)
    whole = exact_surface(module, (-1, 1))
    part = exact_surface(module, (-1, 1), most_cells=most_cells)
    assert_sound(part, module, bound=1)
    assert part.complete == (len(part.undecided) == 0)
    assert part.area() <= whole.area() + 1e-9
    if part.complete:
        assert part.area() == pytest.approx(whole.area())
    low, high = part.undecided.swapaxes(0, 1)
    for polygon, map_, others in zip(part.polygons, part.maps, part.neighbours):
        corners = part.vertices[polygon]
        normal = np.cross(corners - corners[0], np.roll(corners, -1, axis=0) - corners[0]).sum(0)
        assert normal @ map_[:3] <= 1e-12  # from where f > 0 to where it is not
        for end, start, other in zip(np.roll(corners, -1, axis=0), corners, others):
            middle = (start + end) / 2
            assert other >= 0 or np.abs(middle).max() > 1 - 1e-9 or (
                (low - 1e-9 <= middle) & (middle <= high + 1e-9)).all(axis=1).any()


def test_other_layers_are_refused():
    with pytest.raises(TypeError, match="piecewise linear"):
        exact_surface(nn.Sequential(nn.Linear(3, 1), nn.Sigmoid()))
    with pytest.raises(ValueError, match="low below high"):
        exact_surface(nn.MLP(3, 1), (1, 1))
    with pytest.raises(ValueError, match=r"bounds\[0\] is further from 0 than 1e\+100"):
        exact_surface(nn.MLP(3, 1), (-2e100, 2e100))
    with pytest.raises(TypeError, match="network must be a Module"):
        exact_surface("sigmoid")


@pytest.mark.parametrize("bounds", [
    (-1, 0, 1), (-1,), ([-1, -1], 1), (-1, [1] * 4), (-1, [[1, 1, 1]])])
def test_a_box_has_two_corners(bounds):
    with pytest.raises(ValueError, match=r"bounds must be \(low, high\), two numbers or two"):
        exact_surface(nn.MLP(3, 4, 1, rng=0), bounds=bounds)


def test_a_part_has_no_more_polygons_than_cells_were_allowed():
    part = exact_surface(nn.MLP(3, 16, 16, 1, rng=0, dtype=np.float64), (-2, 2), most_cells=20)
    assert 0 < len(part.polygons) <= 20


def test_a_pattern_says_which_units_are_positive_on_its_polygon():
    module = nn.MLP(3, 7, 5, 1, rng=3, dtype=np.float64)
    surface = exact_surface(module, (-2, 2), level=float(module(np.zeros((1, 3))).item()) + 0.01)
    middles = np.stack([surface.vertices[polygon].mean(axis=0) for polygon in surface.polygons])
    first = middles @ module[0].weight.data.T + module[0].bias.data
    second = np.maximum(first, 0) @ module[2].weight.data.T + module[2].bias.data
    assert len(middles) > 5
    np.testing.assert_array_equal(surface.patterns, np.hstack([first, second]) > 0)


def test_a_corner_of_the_box_is_a_number_or_three():
    module = nn.MLP(3, 6, 1, rng=0, dtype=np.float64)
    level = float(module(np.zeros((1, 3))).item())
    one, three = (exact_surface(module, bounds, level=level)
                  for bounds in ((-1, 1), ([-1, -1, -1], [1, 1, 1])))
    assert one.area() == three.area() > 0
    flat = exact_surface(module, ([-1, -1, -0.5], [1, 1, 0.25]), level=level)
    low, high = flat.vertices.min(axis=0), flat.vertices.max(axis=0)
    assert (low >= [-1, -1, -0.5]).all() and (high <= [1, 1, 0.25]).all()
    assert flat.area() < one.area()


def test_where_no_edge_is_crowded_a_polygon_of_n_corners_is_n_minus_2_triangles():
    module = nn.MLP(3, 6, 1, rng=0, dtype=np.float64)
    surface = exact_surface(module, (-1, 1), level=float(module(np.zeros((1, 3))).item()))
    _, faces = surface.triangles()
    assert len(faces) == sum(len(polygon) - 2 for polygon in surface.polygons) > 0
