"""Regions and boundaries against rational arithmetic, invariants, and shapes known in full."""

from fractions import Fraction

import numpy as np
import pytest

from minicv import nn
from minicv.decision_boundary import (
    Region,
    decision_boundary,
    find_contours,
    linear_regions,
    ray_crossings,
)
from minicv.decision_boundary.regions import shoelace
from minicv.decision_boundary.relu_network import check_window
from tests.decision_boundary import relu_oracle as oracle

WINDOW = (-3, -2, 4, 5)


def network(*layers, last_relu=False):
    """From (weight, bias) pairs, in float64, with ReLU in between."""
    module = oracle.as_module(layers)
    return nn.Sequential(*module, nn.ReLU()) if last_relu else module


def folded(*sizes, seed=0, scale=2.0):
    """A random network with more folds in a small window than a fresh one has."""
    module = nn.MLP(*sizes, dtype=np.float64, rng=seed)
    for layer in list(module)[::2]:
        layer.weight.data *= scale
    return module


def pattern_of(region):
    return tuple(tuple(int(state) for state in layer) for layer in region.pattern)


def contains(polygon, points, margin):
    """Which points lie at least `margin` inside a convex counter-clockwise polygon."""
    along = np.roll(polygon, -1, axis=0) - polygon
    lengths = np.hypot(*along.T)
    along, corners = along[lengths > 1e-9] / lengths[lengths > 1e-9, None], polygon[lengths > 1e-9]
    away = points[:, None] - corners
    left = along[:, 0] * away[..., 1] - along[:, 1] * away[..., 0]
    return (left > margin).all(axis=1)


def length(curves):
    return sum(np.hypot(*np.diff(curve, axis=0).T).sum() for curve in curves)


def enclosed(curve):
    """Signed area by the shoelace formula, positive counter-clockwise."""
    x, y = curve.T
    return np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) / 2


def turn(a, b, c):
    """Positive where c lies left of the way from a to b."""
    (ux, uy), (vx, vy) = (b - a).T, (c - a).T
    return ux * vy - uy * vx


def is_closed(curve):
    return np.array_equal(curve[0], curve[-1])


def check_curves(module, window, curves, level=0.0):
    """f is at the level all along, the inside is on the left, open ends are at the border."""
    low, high = np.array(window[:2]), np.array(window[2:])
    for curve in curves:
        step = np.diff(curve, axis=0)
        for share in (0, 0.5, 0.9):
            values = module(curve[:-1] + share * step).data
            np.testing.assert_allclose(values, level, atol=1e-11)
        long = np.hypot(*step.T) > 1e-4
        left = np.stack([-step[long, 1], step[long, 0]], axis=1)
        middle = (curve[:-1] + step / 2)[long]
        assert np.all(module(middle + 1e-5 * left).data > level)
        assert np.all(module(middle - 1e-5 * left).data <= level)
        if not is_closed(curve):
            for end in (curve[0], curve[-1]):
                assert np.any((end == low) | (end == high))


# -- regions, against rational arithmetic ------------------------------------------------------


@pytest.mark.parametrize("sizes", [(2, 1), (2, 5, 1), (2, 3, 3, 1), (2, 2, 2, 2, 1)])
def test_regions_equal_rational_arithmetic(sizes):
    rng = np.random.default_rng(sum(sizes))
    n_regions = 0
    for _ in range(8):
        layers = oracle.random_network(sizes, rng)
        exact = oracle.regions(layers, WINDOW)
        regions = linear_regions(oracle.as_module(layers), WINDOW)
        assert sorted(map(pattern_of, regions)) == sorted(exact)
        for region in regions:
            polygon, row = exact[pattern_of(region)]
            np.testing.assert_allclose([*region.weight, region.bias], np.array(row, float),
                                       atol=1e-12)
            assert region.area == pytest.approx(float(oracle.area(polygon)), abs=1e-12)
            corners = np.array(polygon, float)
            nearest = np.abs(corners[:, None] - region.polygon).sum(axis=-1).min(axis=1)
            assert nearest.max() < 1e-13
        n_regions += len(regions)
    assert n_regions >= 8


# -- regions of larger networks ----------------------------------------------------------------


@pytest.fixture(scope="module")
def large():
    module = folded(2, 16, 16, 1)
    return module, linear_regions(module, WINDOW)


def test_areas_add_up(large):
    _, regions = large
    assert len(regions) > 200
    assert all(region.area > 0 for region in regions)
    assert sum(region.area for region in regions) == pytest.approx(49, rel=1e-13)


def test_each_point_lies_in_one_region_whose_function_is_the_networks(large):
    module, regions = large
    points = np.random.default_rng(0).uniform((-3, -2), (4, 5), (1000, 2))
    values = module(points).data[:, 0]
    n_found = np.zeros(1000)
    for region in regions:
        found = contains(region.polygon, points, margin=1e-9)
        n_found += found
        np.testing.assert_allclose(region.value(points[found]), values[found], atol=1e-12)
    assert np.all(n_found == 1)


def test_patterns_are_those_of_the_units(large):
    module, regions = large
    assert len({pattern_of(region) for region in regions}) == len(regions)
    for region in regions[::10]:
        x = region.polygon.mean(axis=0, keepdims=True)
        for linear, pattern in zip(list(module)[:-1:2], region.pattern):
            z = linear(x).data
            np.testing.assert_array_equal(z[0] > 0, pattern)
            x = np.maximum(z, 0)


def test_neighbours_share_corners_and_agree_on_them(large):
    _, regions = large
    edges = {}
    for region in regions:
        corners = list(map(tuple, region.polygon))
        for edge in zip(corners, corners[1:] + corners[:1]):
            assert edge not in edges
            edges[edge] = region
    n_inner = 0
    for (p, q), region in edges.items():
        if (q, p) in edges:
            n_inner += 1
            ends = np.array([p, q])
            np.testing.assert_allclose(region.value(ends), edges[q, p].value(ends), atol=1e-12)
        else:  # then it lies on a side of the window
            assert any(p[axis] == q[axis] == side for axis in range(2) for side in
                       (WINDOW[axis], WINDOW[axis + 2]))
    assert n_inner > 2 * len(regions)


def test_regions_are_convex(large):
    for region in large[1]:
        before = region.polygon - np.roll(region.polygon, 1, axis=0)
        after = np.roll(before, -1, axis=0)
        assert np.all(before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0] > -1e-14)


def test_lines_in_general_position():
    # n lines cut the plane into 1 + n + n (n - 1) / 2 parts, and all their crossings are in here.
    rng = np.random.default_rng(0)
    angle = np.linspace(0, np.pi, 9, endpoint=False)
    module = network((np.stack([np.cos(angle), np.sin(angle)], axis=1), rng.uniform(-1, 1, 9)),
                     (np.ones((1, 9)), [0]))
    assert len(linear_regions(module, (-99, -99, 99, 99))) == 1 + 9 + 36


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_small_and_large_windows(scale):
    module = folded(2, 8, 8, 1)
    expected = len(linear_regions(module, WINDOW))
    module[0].weight.data /= scale
    regions = linear_regions(module, np.array(WINDOW) * scale)
    assert len(regions) == expected
    assert sum(region.area for region in regions) == pytest.approx(49 * scale**2, rel=1e-12)


# -- the boundary ------------------------------------------------------------------------------


@pytest.mark.parametrize("sizes", [(2, 1), (2, 5, 1), (2, 3, 3, 1)])
def test_boundary_has_the_length_of_rational_arithmetic(sizes):
    rng = np.random.default_rng(sum(sizes))
    total = 0
    for _ in range(10):
        layers = oracle.random_network(sizes, rng, most=3)
        level = int(rng.integers(-2, 3))
        curves = decision_boundary(oracle.as_module(layers), WINDOW, level)
        assert length(curves) == pytest.approx(oracle.border_length(layers, WINDOW, level),
                                               abs=1e-11)
        check_curves(oracle.as_module(layers), WINDOW, curves, level)
        total += length(curves)
    assert total > 20


def test_boundary_of_a_larger_network():
    module = folded(2, 24, 24, 24, 1, seed=1)
    level = np.median(module(np.random.default_rng(0).uniform(-3, 3, (500, 2))).data)
    curves = decision_boundary(module, WINDOW, level)
    assert sum(map(len, curves)) > 100
    check_curves(module, WINDOW, curves, level)


def test_rays_meet_the_boundary_where_ray_crossings_says():
    module = folded(2, 16, 16, 1, seed=3)
    rng = np.random.default_rng(0)
    level = float(np.median(module(rng.uniform(-3, 3, (500, 2))).data))
    curves = decision_boundary(module, WINDOW, level)
    starts = np.concatenate([curve[:-1] for curve in curves]) - [0.5, 1.5]
    steps = np.concatenate([np.diff(curve, axis=0) for curve in curves])
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False) + 0.01
    directions = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    found = ray_crossings(module, [0.5, 1.5], directions, 0, 3.5, level)  # up to the window's sides
    for (x, y), distances in zip(directions, found):
        # t d = start + share step: crossed with step and with d.
        turn = x * steps[:, 1] - y * steps[:, 0]
        t = (starts[:, 0] * steps[:, 1] - starts[:, 1] * steps[:, 0]) / turn
        share = (starts[:, 0] * y - starts[:, 1] * x) / turn
        met = np.sort(t[(0 <= share) & (share < 1) & (0 < t) & (t < 3.5)])
        np.testing.assert_allclose(distances, met, atol=1e-11)
    assert sum(map(len, found)) > 40


def test_marching_squares_comes_close_to_it():
    module = folded(2, 16, 16, 1, seed=3)
    n, h = 201, 6 / 200
    axis = np.linspace(-3, 3, n)
    grid = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1)
    samples = module(grid.reshape(-1, 2)).data.reshape(n, n)
    level = float(np.median(samples))
    (curves, contours) = decision_boundary(module, (-3, -3, 3, 3), level), find_contours(samples,
                                                                                         level)
    assert len(curves) == len(contours)
    assert length(curves) == pytest.approx(h * length(contours), rel=0.01)


DIAMOND = ([[1, 0], [-1, 0], [0, 1], [0, -1]], [0, 0, 0, 0]), ([[-1, -1, -1, -1]], [1])


def test_a_diamond_is_a_closed_curve_counter_clockwise():
    module = network(*DIAMOND)  # |x| + |y| < 1
    (curve,) = decision_boundary(module, WINDOW)
    assert is_closed(curve)
    corners = np.array(sorted(curve[1:].round(12).tolist()))
    np.testing.assert_array_equal(corners, [[-1, 0], [0, -1], [0, 1], [1, 0]])
    assert enclosed(curve) == pytest.approx(2, rel=1e-15)


def test_a_hole_is_a_closed_curve_clockwise():
    (hidden, (weight, bias)) = DIAMOND
    (curve,) = decision_boundary(network(hidden, (-np.array(weight), [-bias[0]])), WINDOW)
    assert enclosed(curve) == pytest.approx(-2, rel=1e-15)


def test_another_level_is_another_curve():
    (curve,) = decision_boundary(network(*DIAMOND), WINDOW, level=0.5)
    assert enclosed(curve) == pytest.approx(0.5, rel=1e-15)
    assert decision_boundary(network(*DIAMOND), WINDOW, level=1.5) == []


def test_curves_end_at_the_border_of_the_window():
    curves = decision_boundary(network(*DIAMOND), (-2, -2, 2, 0.5))
    (curve,) = curves
    assert curve[0].tolist() == [-0.5, 0.5] and curve[-1].tolist() == [0.5, 0.5]


@pytest.mark.parametrize("window, lengths", [
    (WINDOW, [7 * 17**0.5 / 4, 4 * 2**0.5]),
    ((-3, -1, 4, 1), [4 * 2**0.5, 2 * 17**0.5 / 4]),
])
def test_the_longest_comes_first(window, lengths):
    # 1 - |x| - |y| + 5 relu(x - 2): the diamond, and right of the open curve 4 x = 9 + |y|.
    (weight, bias), (outer, _) = DIAMOND
    module = network(([*weight, [1, 0]], [*bias, -2]), ([[*outer[0], 5]], [1]))
    curves = decision_boundary(module, window)
    assert [length([curve]) for curve in curves] == pytest.approx(lengths)


# -- degenerate networks -----------------------------------------------------------------------


def test_a_dead_unit_is_no_edge():
    module = network(([[1, 0], [1, 1]], [0, -99]), ([[1, 5]], [-1]))
    left, right = sorted(linear_regions(module, WINDOW), key=pattern_of)
    assert (pattern_of(left), pattern_of(right)) == (((0, 0),), ((1, 0),))
    assert (left.area, right.area) == (21, 28)
    (curve,) = decision_boundary(module, WINDOW)
    np.testing.assert_allclose(curve, [[1, 5], [1, -2]], rtol=1e-15)


def test_a_unit_that_is_ignored_is_an_edge():
    module = network(([[1, 0], [0, 1]], [0, 0]), ([[1, 0]], [-1]))
    regions = linear_regions(module, WINDOW)
    assert len(regions) == 4
    assert len({(*region.weight, region.bias) for region in regions}) == 2


def test_a_layer_that_is_dead_everywhere():
    module = network(([[1, 0]], [-99]), ([[1], [2]], [-1, -2]), ([[3, 4]], [5]))
    (region,) = linear_regions(module, WINDOW)
    assert (region.area, region.weight.tolist(), region.bias) == (49, [0, 0], 5)
    assert decision_boundary(module, WINDOW) == []


def test_parallel_hinges_cut_strips():
    module = network(([[1, 2], [1, 2], [-1, -2]], [0, -1, 2]), ([[1, 1, 1]], [0]))
    assert sorted(map(pattern_of, linear_regions(module, WINDOW))) == [
        ((0, 0, 1),), ((1, 0, 1),), ((1, 1, 0),), ((1, 1, 1),)]


def test_identical_hinges_cut_once():
    # 0.3 (x + 2 y - 1) in three scalings, one of them negative: the rounding differs.
    w = np.array([0.3, 0.6])
    module = network(([w, 7 * w, -w / 3], [-0.3, -7 * 0.3, 0.3 / 3]), ([[1, 1, 1]], [0]))
    assert sorted(map(pattern_of, linear_regions(module, WINDOW))) == [((0, 0, 1),), ((1, 1, 0),)]


def test_hinges_through_one_point():
    # Five lines through (0.1, 0.7), no float among their distances: ten regions, not more.
    angle = np.linspace(0.2, 0.2 + np.pi, 5, endpoint=False)
    w = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    module = network((w, -w @ [0.1, 0.7]), (np.ones((1, 5)), [0]))
    assert len(linear_regions(module, WINDOW)) == 10


@pytest.mark.parametrize("seed", [872, 1467, 1570])
def test_nothing_as_thin_as_rounding_is_a_region(seed):
    # Without biases all lines of all layers pass through the origin, but for rounding.
    module = nn.MLP(2, 4, 4, 4, 1, dtype=np.float64, rng=seed)
    for layer in list(module)[::2]:
        layer.bias.data[...] = 0
    regions = linear_regions(module, (-1, -1, 1, 1))
    assert min(region.area for region in regions) > 1e-12
    assert all(np.abs(region.polygon).sum(axis=1).min() < 1e-12 for region in regions)
    assert sum(region.area for region in regions) == pytest.approx(4, rel=1e-13)


@pytest.mark.parametrize("w", [(1, 0), (0, 1)])
def test_a_strip_as_thin_as_rounding_is_no_region_whichever_way_it_runs(w):
    # Rounding in this window is 64 eps * 5 = 7e-14.
    for thickness, n_regions in ((6e-14, 2), (1e-13, 3)):
        module = network(([w, w], [-1, -1 - thickness]), ([[1, 1]], [0]))
        assert len(linear_regions(module, WINDOW)) == n_regions


def test_a_line_through_the_corners_of_regions():
    # |x| - |y|: the diagonals of the four quadrants are the level set, and meet where they do.
    module = network(([[1, 0], [-1, 0], [0, 1], [0, -1]], [0] * 4), ([[1, 1, -1, -1]], [0]))
    curves = decision_boundary(module, (-1, -1, 1, 1))
    # Left and right wedge touch at the origin: two curves that each have a corner there.
    assert sorted(curve.tolist() for curve in curves) == [
        [[-1, -1], [0, 0], [-1, 1]], [[1, 1], [0, 0], [1, -1]]]


def test_a_region_that_is_zero_everywhere_is_outside():
    positive = network(([[1, 1]], [-1]), ([[1]], [0]))
    (curve,) = decision_boundary(positive, (-1, -1, 3, 3))
    assert curve.tolist() == [[-1, 2], [2, -1]]
    assert decision_boundary(network(([[1, 1]], [-1]), ([[-1]], [0])), (-1, -1, 3, 3)) == []


def test_a_relu_at_the_end_does_not_move_the_boundary():
    plain = decision_boundary(network(*DIAMOND), WINDOW)
    clipped = decision_boundary(network(*DIAMOND, last_relu=True), WINDOW)
    assert enclosed(clipped[0]) == pytest.approx(2) and enclosed(plain[0]) == pytest.approx(2)
    regions = linear_regions(network(*DIAMOND, last_relu=True), WINDOW)
    zero = [region for region in regions if not region.weight.any() and region.bias == 0]
    assert sum(region.area for region in zero) == pytest.approx(49 - 2)


@pytest.mark.parametrize("sign", [1, -1])
def test_touching_the_level_along_a_line_is_no_curve(sign):
    assert decision_boundary(network(([[1, 0], [-1, 0]], [0, 0]), ([[sign, sign]], [0])),
                             WINDOW) == []


def test_touching_the_level_at_a_point_is_no_curve():
    assert decision_boundary(network(*DIAMOND), WINDOW, level=1) == []


def test_the_border_of_the_window_is_no_curve():
    x_plus_3 = network(([[1, 0]], [3]))  # 0 on the window's left side, positive elsewhere
    assert decision_boundary(x_plus_3, WINDOW) == []
    assert len(linear_regions(x_plus_3, WINDOW)) == 1


def test_units_that_cancel_are_not_active():
    # The second layer's unit is 0.3 x - 0.1 x - 0.2 x where x > 0: 0, or noise.
    module = network(([[0.3, 0], [0.1, 0], [0.2, 0]], [0, 0, 0]), ([[1, -1, -1]], [0]),
                     ([[1]], [0]))
    assert sorted(map(pattern_of, linear_regions(module, WINDOW))) == [
        ((0, 0, 0), (0,)), ((1, 1, 1), (0,))]
    assert decision_boundary(module, WINDOW) == []


@pytest.mark.parametrize("size", [1e-90, 1e-170, 1e-290])
def test_what_cancels_is_zero_however_small(size):
    for first, second in (size, 1), (1, size):
        module = network((np.multiply([[0.3, 0.1], [0.6, 0.2], [0.9, 0.3]], first), [0, 0, 0]),
                         (np.multiply([[-1, -1, 1]], second), [0]))
        assert decision_boundary(module, (-1, -0.7, 0.83, 0.37)) == []


@pytest.mark.parametrize("flat", [2.0**-30, 2.0**-36, 2.0**-40])
def test_on_nearly_flat_functions_the_sides_are_right_beyond_rounding(flat):
    rng = np.random.default_rng(1)
    n_sure = n_changes = 0
    for _ in range(20):
        layers, module = oracle.nearly_flat(2, flat, rng)
        curves = decision_boundary(module, (-1, -1, 1, 1))
        begins = np.concatenate([np.empty((0, 2)), *(curve[:-1] for curve in curves)])
        ends = np.concatenate([np.empty((0, 2)), *(curve[1:] for curve in curves)])
        points = rng.uniform(-1, 1, (40, 2))
        values = [oracle.evaluate(layers, list(map(Fraction, point))) for point in points]
        sure = np.flatnonzero(np.abs(values) > oracle.rounding(layers, np.ones(2)))
        n_sure += len(sure)
        for m, n in zip(sure, sure[1:]):
            # From the right of a piece of curve to its left, the way leads inside.
            p, q = points[m], points[n]
            met = (turn(p, q, begins) * turn(p, q, ends) < 0) & (
                turn(begins, ends, p) * turn(begins, ends, q) < 0)
            inwards = np.sum(np.sign(turn(begins, ends, q))[met])
            assert inwards == int(values[n] > 0) - int(values[m] > 0)
            n_changes += abs(inwards)
    assert n_sure > 400 and n_changes > 5


# -- calling it --------------------------------------------------------------------------------


def test_float32_networks_are_evaluated_in_float64():
    module = nn.MLP(2, 8, 8, 1, rng=0)
    double = nn.MLP(2, 8, 8, 1, dtype=np.float64)
    double.load_state_dict(module.state_dict())
    for ours, theirs in zip(linear_regions(module, WINDOW), linear_regions(double, WINDOW)):
        np.testing.assert_array_equal(ours.polygon, theirs.polygon)


def test_a_window_is_wider_than_1e_minus_100():
    assert check_window((0, 0, 1.5e-100, 1.5e-100))[1].tolist() == [1.5e-100] * 2
    with pytest.raises(ValueError, match="window must have low below high"):
        check_window((0, 0, 1e-100, 1.5e-100))


@pytest.mark.parametrize("call", [linear_regions, decision_boundary])
@pytest.mark.parametrize("module, window, error, message", [
    (nn.MLP(3, 4, 1), WINDOW, ValueError, "takes points of 3 numbers, not 2"),
    (nn.MLP(2, 4, 2), WINDOW, ValueError, "must have one output, and it has 2"),
    (nn.Sequential(nn.Linear(2, 1), nn.Sigmoid()), WINDOW, TypeError, "a Sigmoid is not"),
    (nn.MLP(2, 4, 1), (0, 0, 0, 1), ValueError, "window must have low below high on each axis"),
])
def test_wrong_arguments(call, module, window, error, message):
    with pytest.raises(error, match=message):
        call(module, window)


@pytest.mark.parametrize("call", [linear_regions, decision_boundary])
def test_weights_that_are_nan_are_counted_and_named(call):
    module = nn.MLP(2, 4, 1)
    module[2].bias.data[0] = np.nan
    with pytest.raises(ValueError, match="1 of the 1 numbers of the network's 2.bias is NaN"):
        call(module, WINDOW)


def test_a_level_must_be_finite():
    with pytest.raises(ValueError, match="level must be a finite number"):
        decision_boundary(nn.MLP(2, 4, 1), WINDOW, level=np.inf)


def test_the_insides_of_all_regions_are_what_the_boundary_encloses():
    module = nn.MLP(2, 8, 8, 1, rng=1, dtype=np.float64)
    points = np.random.default_rng(0).uniform(-1, 1, (40_000, 2))
    level = float(np.quantile(module(points).data, 0.7))
    module[-1].bias.data -= level
    window = (-1, -1, 1, 1)
    area = sum(shoelace(region.inside) for region in linear_regions(module, window)
               if len(region.inside))
    assert area == pytest.approx(4 * 0.3, abs=0.03)  # 40,000 random points: +-0.01
    assert len(decision_boundary(module, window)) > 0


@pytest.mark.parametrize("changes", [
    {"polygon": [[0, 0], [1]]}, {"polygon": np.zeros((3, 3))}, {"weight": np.zeros(3)},
    {"polygon": np.full((3, 2), np.nan)}, {"weight": np.array([1j, 0])}, {"bias": "3"},
    {"polygon": np.zeros((0, 2))}, {"pattern": True}, {"pattern": (np.ones(3),)}])
def test_what_is_no_region(changes):
    right = {"polygon": np.eye(3, 2), "pattern": (np.ones(3, bool),), "weight": np.ones(2),
             "bias": 0.0}
    for given in (right, {name: np.array(part).tolist() for name, part in right.items()}):
        region = Region(**given)  # of arrays, or lists of the same numbers
        assert region.value([2, 3]) == 5 and region.area == 0.5 and region.pattern[0].all()
    corners = np.uint8([[40, 30], [10, 30], [10, 10], [40, 10]])  # 10 - 40 is 226 in bytes
    assert Region(**right | {"polygon": corners}).area == 600
    with pytest.raises((TypeError, ValueError), match=next(iter(changes))):
        Region(**{**right, **changes})


def test_the_level_counts_behind_a_last_relu_too():
    # relu(x) = 0.5 where x = 0.5.
    network = nn.Sequential(nn.Linear(2, 1, dtype=np.float64), nn.ReLU())
    network.load_state_dict({"0.weight": [[1.0, 0.0]], "0.bias": [0.0]})
    (curve,) = decision_boundary(network, (-1, -1, 1, 1), level=0.5)
    np.testing.assert_allclose(curve[:, 0], 0.5)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_the_inside_of_a_region_does_not_depend_on_the_scale_of_its_function(scale):
    square = np.array([[-1.0, -1], [1, -1], [1, 1], [-1, 1]])
    region = Region(square, (), scale * np.array([1.0, 0.0]), -0.5 * scale)  # x > 0.5
    assert len(region.inside) == 4 and shoelace(region.inside) == pytest.approx(1)
    assert Region(square, (), scale * np.array([1.0, 0.0]), -1.5 * scale).inside.shape == (0, 2)
    whole = Region(square, (), scale * np.array([1.0, 0.0]), 1.5 * scale)
    np.testing.assert_array_equal(whole.inside, square)


def test_a_corner_on_the_level_is_a_corner_once():
    square = np.array([[-1.0, -1], [1, -1], [1, 1], [-1, 1]])
    assert Region(square, (), np.ones(2), 0.0).inside.tolist() == [[1, -1], [1, 1], [-1, 1]]
