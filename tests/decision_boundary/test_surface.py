"""The exact surface in space: closed forms, rational arithmetic, and what must hold for any."""

from fractions import Fraction

import numpy as np
import pytest

from minicv import nn
from minicv.decision_boundary import exact_surface
from tests.decision_boundary.relu_oracle import (
    as_module,
    evaluate,
    patterns,
    random_network,
    under_pattern,
)


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


def clip(polygon, row):
    """The part of a convex polygon in space where the affine function `row` is >= 0."""
    values = [sum(r * x for r, x in zip(row, point)) + row[3] for point in polygon]
    kept = []
    for n, (point, value) in enumerate(zip(polygon, values)):
        if value * values[n - 1] < 0:
            s = values[n - 1] / (values[n - 1] - value)
            kept.append([p + s * (q - p) for p, q in zip(polygon[n - 1], point)])
        if value >= 0:
            kept.append(point)
    return kept


def section(row, conditions, bound):
    """The convex polygon { row = 0, conditions >= 0 } in the box, and its area; exact."""
    axis = max(range(3), key=lambda k: abs(row[k]))
    i, j = (axis + 1) % 3, (axis + 2) % 3
    polygon = []
    for a, b in ((-bound, -bound), (bound, -bound), (bound, bound), (-bound, bound)):
        point = [Fraction(0)] * 3
        point[i], point[j] = Fraction(a), Fraction(b)
        point[axis] = -(row[i] * a + row[j] * b + row[3]) / row[axis]
        polygon.append(point)
    for sign in (1, -1):
        limit = [Fraction(0)] * 3 + [Fraction(bound)]
        limit[axis] = Fraction(sign)
        conditions = [*conditions, limit]
    for condition in conditions:
        polygon = clip(polygon, condition)
    twice = sum(p[i] * q[j] - q[i] * p[j] for p, q in zip(polygon[-1:] + polygon, polygon))
    length = float(sum(r * r for r in row[:3])) ** 0.5
    return polygon, abs(float(twice)) / 2 * length / abs(float(row[axis]))


def exact_area(layers, bound):
    """By trying all patterns; None if what is behind a face differs from place to place."""
    inputs = [[Fraction(int(i == k)) for i in range(4)] for k in range(3)]
    total = 0.0
    for pattern in patterns(layers):
        conditions, row = under_pattern(layers, pattern, inputs)
        states = [state for layer in pattern for state in layer]
        if any(s and not any(c) for s, c in zip(states, conditions)) or not any(row[:3]):
            continue
        conditions = [c for c in conditions if any(c)]
        polygon, area = section(row, conditions, bound)
        if area == 0:
            continue
        centre = [sum(xs) / len(polygon) for xs in zip(*polygon)]
        corners = zip(polygon, polygon[1:] + polygon[:1])
        spots = [[sum(xs) / 3 for xs in zip(centre, p, q)] for p, q in corners]
        step = Fraction(1, 10**12)
        front = [x + step * g for x, g in zip(centre, row)]
        if any(sum(r * x for r, x in zip(c, front)) + c[3] <= 0 for c in conditions):
            continue  # a region without volume on the inside of this face
        if any(abs(x) >= bound for x in front):
            continue
        behind = {evaluate(layers, [x - step * g for x, g in zip(spot, row)]) > 0 for spot in spots}
        if len(behind) == 2:
            return None
        total += area * (behind == {False})
    return total


def assert_sound(surface, module, level=0.0):
    """Vertices on the level, maps right, each side in two polygons in opposite directions."""
    scale = 1 + np.abs(surface.maps).max(initial=0)
    for number, (polygon, map_) in enumerate(zip(surface.polygons, surface.maps)):
        corners = surface.vertices[polygon]
        values = module(corners).data[:, 0]
        assert np.abs(values - level).max() <= 1e-9 * scale
        middle = corners.mean(axis=0)
        assert abs(module(middle[None]).data[0, 0] - map_ @ [*middle, 1]) <= 1e-9 * scale
        for n, other in enumerate(surface.neighbours[number]):
            side = polygon[n], polygon[(n + 1) % len(polygon)]
            if other >= 0:
                there = surface.polygons[other]
                assert side[::-1] in set(zip(there, np.roll(there, -1)))
                assert number in surface.neighbours[other]
    _, faces = surface.triangles(cap=True)
    sides = np.stack([faces, np.roll(faces, -1, axis=1)], axis=2).reshape(-1, 2)
    forth = sorted(map(tuple, sides))
    assert forth == sorted(map(tuple, sides[:, ::-1]))  # closed: each side there and back


@pytest.mark.parametrize("seed", range(40))
def test_random_networks_agree_with_rational_arithmetic(seed):
    rng = np.random.default_rng(seed)
    layers = random_network([(3, 4, 1), (3, 3, 3, 1), (3, 6, 1), (3, 2, 3, 2, 1)][seed % 4], rng,
                            most=[4, 1, 2][seed % 3])  # 1 makes nearly all of them degenerate
    surface = exact_surface(as_module(layers), (-2, 2))
    assert surface.complete
    assert_sound(surface, as_module(layers))
    expected = exact_area(layers, 2)
    if expected is not None:
        assert surface.area() == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("halves", [False, True])
def test_larger_networks_are_sound(seed, halves):
    module = nn.MLP(3, *[16] * (1 + seed % 4), 1, rng=seed, dtype=np.float64)
    if halves:
        for parameter in module.parameters():
            parameter.data[...] = np.round(4 * parameter.data) / 2
    surface = exact_surface(module, (-1, 1), level=0.1)
    assert surface.complete
    assert_sound(surface, module, 0.1)


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


def test_a_region_on_the_level_is_outside():
    """relu(x) is 0 for all x < 0: the surface is the plane x = 0."""
    surface = exact_surface(network(([[1, 0, 0]], [0]), ([[1]], [0])))
    assert surface.area() == pytest.approx(1) and surface.volume() == pytest.approx(0.5)
    assert exact_surface(network(([[1, 0, 0]], [0]), ([[-1]], [0]))).polygons == []


def test_what_is_too_much_is_named():
    module = nn.MLP(3, 16, 16, 1, rng=0, dtype=np.float64)
    whole, part = exact_surface(module, (-2, 2)), exact_surface(module, (-2, 2), most_cells=20)
    assert whole.complete and not part.complete
    low, high = part.undecided.swapaxes(0, 1)
    known = {tuple(np.round(v, 9)) for v in part.vertices}
    for vertex in whole.vertices:  # what is missing lies in a box that is named
        assert tuple(np.round(vertex, 9)) in known or (
            (low - 1e-9 <= vertex) & (vertex <= high + 1e-9)).all(axis=1).any()


def test_other_layers_are_refused():
    with pytest.raises(TypeError, match="piecewise linear"):
        exact_surface(nn.Sequential(nn.Linear(3, 1), nn.Sigmoid()))
    with pytest.raises(ValueError, match="low < high"):
        exact_surface(nn.MLP(3, 1), (1, 1))
