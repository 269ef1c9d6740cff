"""Ray crossings against rational arithmetic, dense sampling, and functions known in full."""

from fractions import Fraction

import numpy as np
import pytest

from minicv import nn
from minicv.decision_boundary import ray_crossings
from minicv.decision_boundary.rays import check_rays
from minicv.decision_boundary.relu_network import pass_through, relu_layers
from minicv.occupancy_network import OccupancyNetwork
from tests.decision_boundary import relu_oracle as oracle


def network(*layers, last_relu=False):
    """From (weight, bias) pairs, in float64, with ReLU in between."""
    module = oracle.as_module(layers)
    return nn.Sequential(*module, nn.ReLU()) if last_relu else module


def along_a_line(module, near, far, level=0.0):
    """The crossings of a network of one variable, as a list."""
    (found,) = ray_crossings(module, [0.0], [1.0], near, far, level)
    return found.tolist()


def hat(*heights):
    """A function of one variable, straight between (n, heights[n]), constant outside."""
    slopes = np.diff(heights)
    bends = np.diff(np.concatenate([[0], slopes, [0]]))
    n = len(heights)
    return network((np.ones((n, 1)), -np.arange(n)), (bends[None, :], [heights[0]]))


# -- against rational arithmetic ---------------------------------------------------------------


@pytest.mark.parametrize("sizes", [(1, 4, 1), (2, 5, 1), (3, 3, 3, 1), (2, 2, 2, 2, 1), (2, 1)])
def test_equals_rational_arithmetic(sizes):
    rng = np.random.default_rng(sum(sizes))
    n_crossings = 0
    for _ in range(6):
        layers = oracle.random_network(sizes, rng)
        origins = rng.integers(-2, 3, (4, sizes[0]))
        directions = rng.integers(1, 4, (4, sizes[0])) * rng.choice([-1, 1], (4, sizes[0]))
        level = int(rng.integers(-2, 3))
        found = ray_crossings(oracle.as_module(layers), origins, directions, -3, 5, level)
        for origin, direction, ours in zip(origins.tolist(), directions.tolist(), found):
            exact = oracle.crossings(layers, origin, direction, -3, 5, level)
            np.testing.assert_allclose(ours, np.array(exact, float), rtol=0, atol=1e-13)
            n_crossings += len(exact)
    assert n_crossings > 2


# -- against dense sampling --------------------------------------------------------------------


def test_agrees_with_dense_sampling_of_a_larger_network():
    rng = np.random.default_rng(0)
    module = nn.MLP(3, 24, 24, 24, 1, dtype=np.float64, rng=1)
    for layer in list(module)[::2]:
        layer.weight.data *= 3  # more folds
    origins, directions = rng.uniform(-1, 1, (20, 3)), rng.standard_normal((20, 3))
    level = np.median(module(rng.uniform(-2, 2, (500, 3))).data)
    found = ray_crossings(module, origins, directions, -2, 2, level)
    t = np.linspace(-2, 2, 4001)
    for origin, direction, ours in zip(origins, directions, found):
        inside = module(origin + t[:, None] * direction).data[:, 0] > level
        # Between two samples on the same side there is an even number of crossings, else odd.
        counts = np.histogram(ours, t)[0]
        np.testing.assert_array_equal(counts % 2, inside[1:] != inside[:-1])
        np.testing.assert_allclose(module(origin + ours[:, None] * direction).data, level,
                                   atol=1e-12)
        assert np.all(np.diff(ours) > 0)
    assert sum(map(len, found)) > 20


def test_a_part_thinner_than_any_sampling_is_found():
    # Inside for 2 < x < 2 + 2e-9.
    thin = network(([[1.0], [1.0], [1.0]], [-2.0, -2.0 - 1e-9, -2.0 - 2e-9]),
                   ([[1.0, -2.0, 1.0]], [0.0]))
    np.testing.assert_allclose(along_a_line(thin, 0, 10), [2, 2 + 2e-9], rtol=0, atol=1e-14)


@pytest.mark.parametrize("near, far", [(0, 1e10), (-1, 1e10), (-1e10, 5), (0, 1e17), (-1, 1e17)])
@pytest.mark.parametrize("half", [0.5, 1e-6, 1e-12])
def test_a_far_end_does_not_blur_what_is_near(near, far, half):
    roof = network(([[1], [-1]], [-2, 2]), ([[-1, -1]], [half]))  # half - |x - 2|
    assert along_a_line(roof, near, far) == pytest.approx([2 - half, 2 + half], rel=0, abs=1e-14)


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_crossing_next_to_an_end_is_not_beyond_it(sign):
    # x = t - length, and f = w (x - gap): so the crossing is at length + gap, but for rounding.
    rng = np.random.default_rng(0)
    for length, w, gap in zip(rng.uniform(0.1, 99, 400), rng.uniform(0.1, 3, 400),
                              sign * 10**rng.uniform(-18, -14, 400)):
        near, far = sorted([length, length + sign])
        (found,) = ray_crossings(network(([[w]], [-w * gap])), [-length], [1], near, far)
        assert found == pytest.approx([length + gap], rel=1e-15)
        assert near <= found <= far


@pytest.mark.parametrize("flat", [2.0**-30, 2.0**-36, 2.0**-40])
def test_on_nearly_flat_functions_the_sides_are_right_beyond_rounding(flat):
    rng = np.random.default_rng(0)
    t = np.linspace(-1, 1, 41)
    n_sure = n_changes = 0
    for _ in range(20):
        layers, module = oracle.nearly_flat(2, flat, rng)
        origin, direction = rng.uniform(-1, 1, (2, 2))
        (found,) = ray_crossings(module, origin, [direction], t[0], t[-1])
        points = [[Fraction(o) + Fraction(s) * Fraction(d) for o, d in zip(origin, direction)]
                  for s in t]
        values = [oracle.evaluate(layers, point) for point in points]
        error = oracle.rounding(layers, np.abs(origin) + np.abs(direction))
        sure = [n for n, value in enumerate(values) if abs(value) > error]
        n_sure += len(sure)
        for m, n in zip(sure, sure[1:]):
            n_between = np.sum((t[m] < found) & (found < t[n]))
            assert n_between % 2 == ((values[m] > 0) != (values[n] > 0))
            n_changes += n_between % 2
    assert n_sure > 500 and n_changes > 5


# -- what counts as a crossing -----------------------------------------------------------------


@pytest.mark.parametrize("heights, level, expected", [
    ((-1, 1, -1), 0, [0.5, 1.5]),
    ((-1, 0, -1), 0, []),              # touches from outside
    ((1, 0, 1), 0, []),                # touches from inside
    ((-1, 0, 1), 0, [1]),              # crosses at a bend
    ((-1, 0, 0, -1), 0, []),           # a stretch on the level is outside
    ((1, 0, 0, 1), 0, [1, 2]),
    ((-1, 0, 0, 1), 0, [2]),
    ((1, 0, 0, -1), 0, [1]),
    ((0, 1, 1), 0, [0]),               # begins on the level and goes inside
    ((0, -1, -1), 0, []),
    ((1, 1, 0), 0, [2]),               # ends on the level, coming from inside
    ((-1, -1, 0), 0, []),
    ((0, 0, 1, 0), 0, [1, 3]),
    ((0, 0, 0), 0, []),
    ((2, 2, 2), 0, []),
    ((3, 5, 3), 4, [0.5, 1.5]),        # another level
])
def test_what_counts_as_a_crossing(heights, level, expected):
    with np.errstate(all="raise"):  # nothing is divided by a height of 0
        assert along_a_line(hat(*heights), 0, len(heights) - 1, level) == expected


def test_each_crossing_changes_the_side():
    rng = np.random.default_rng(5)
    module = nn.MLP(2, 16, 16, 1, dtype=np.float64, rng=3)
    origins, directions = rng.uniform(-3, 3, (300, 2)), rng.standard_normal((300, 2))
    level = np.median(module(origins).data)
    found = ray_crossings(module, origins, directions, 0, 4, level)
    begin = module(origins).data[:, 0] > level
    end = module(origins + 4 * directions).data[:, 0] > level
    np.testing.assert_array_equal([len(ts) % 2 for ts in found], begin != end)


# -- degenerate networks -----------------------------------------------------------------------


def test_identical_hinges():
    # f = 3 relu(x - 1) - 1, from three units that are the same.
    same = network((np.ones((3, 1)), [-1, -1, -1]), (np.ones((1, 3)), [-1]))
    np.testing.assert_allclose(along_a_line(same, 0, 3), [4 / 3], rtol=1e-15)


def test_opposite_hinges_at_the_same_place():
    # f = relu(x - 1) - relu(1 - x) = x - 1.
    opposite = network(([[1], [-1]], [-1, 1]), ([[1, -1]], [0]))
    assert along_a_line(opposite, -1, 3) == [1]


def test_dead_units_change_nothing():
    # The first unit is negative from -10 to 10; the second layer is dead as a whole for x < 1.
    module = network(([[1], [1]], [-50, -1]), ([[7, 1]], [0]), ([[1]], [-2]))
    assert along_a_line(module, -10, 10) == [3]


def test_what_cancels_is_zero_and_not_noise():
    # f = relu(0.9 x) - relu(0.3 x) - relu(0.6 x) = 0: no crossings, whatever the last digits.
    module = network(([[0.3], [0.6], [0.9]], [0, 0, 0]), ([[-1, -1, 1]], [0]))
    far = np.linspace(0.01, 1, 100)
    assert np.any(module(far[:, None]).data > 0), "the noise that this is about"
    found = ray_crossings(module, np.zeros((100, 1)), np.ones((100, 1)), -0.7, far)
    assert not any(map(len, found))


@pytest.mark.parametrize("size", [1e-90, 1e-170, 1e-290])
def test_what_cancels_is_zero_however_small(size):
    far = np.linspace(0.01, 1, 100)
    for first, second in (size, 1), (1, size):
        module = network((np.multiply([[0.3], [0.6], [0.9]], first), [0, 0, 0]),
                         (np.multiply([[-1, -1, 1]], second), [0]))
        found = ray_crossings(module, np.zeros((100, 1)), np.ones((100, 1)), -0.7, far)
        assert not any(map(len, found))


def test_hinges_apart_by_rounding_enclose_no_stretch():
    # f = a relu(x - p) + b relu(p - x) touches 0 at p: where both hinges meet, but for rounding.
    rng = np.random.default_rng(0)
    for a, b, p in rng.uniform(0.1, 9, (100, 3)):
        module = network(([[a], [-b]], [-a * p, b * p]), ([[1, 1]], [0]))
        assert along_a_line(module, 0, 10) == []


def test_a_relu_at_the_end_leaves_the_shape_where_it_is_positive():
    module = network(([[1], [-1]], [-1, -1]), ([[-1, -1]], [2]), last_relu=True)  # |x| < 3
    assert along_a_line(module, -5, 5) == [-3, 3]


def test_a_single_linear_layer():
    assert along_a_line(nn.Sequential(network(([[2.0]], [-3.0]))[0]), 0, 5) == [1.5]


def test_linear_layers_without_relu_and_without_bias():
    module = nn.Sequential(nn.ReLU(), nn.Linear(1, 2, bias=False), nn.Linear(2, 1))
    module.load_state_dict({"1.weight": [[1.0], [2.0]], "2.weight": [[1.0, 1.0]], "2.bias": [-6]})
    assert along_a_line(module, -5, 5) == [2]  # 3 relu(x) - 6


# -- calling it --------------------------------------------------------------------------------


def test_many_rays_as_one_by_one():
    rng = np.random.default_rng(2)
    module = OccupancyNetwork(8, 1, rng=0)
    origins, directions = rng.standard_normal((2, 600, 3))
    near, far = np.sort(rng.uniform(-3, 3, (2, 600)), axis=0)
    level = float(np.median(module(origins.astype(np.float32)).data))
    together = ray_crossings(module, origins, directions, near, far, level)
    assert len(together) == 600 and sum(map(len, together)) > 50
    for n in range(0, 600, 37):
        (alone,) = ray_crossings(module, origins[n], directions[n], near[n], far[n], level)
        np.testing.assert_allclose(together[n], alone, rtol=0, atol=1e-12)


def test_distances_are_in_units_of_the_direction():
    module = network(([[1, 0]], [-4]))
    found = ray_crossings(module, (0, 0), [(1, 0), (2, 0), (-1, 5)], -9, 9)
    np.testing.assert_allclose(found, [[4], [2], [-4]], rtol=1e-15)


def test_the_shortest_direction():
    shortest = (1e-100, 0)
    assert check_rays((0, 0), shortest, near=0, far=1)[1].tolist() == [list(shortest)]


def test_no_rays():
    module, none = network(([[1, 0]], [-4])), np.zeros((0, 2))
    assert ray_crossings(module, none, none, 0, 1) == []


@pytest.mark.parametrize("changes, message", [
    (dict(origins=np.zeros((3, 2))), r"directions must .* \(2,\) or \(N, 2\), got \(4, 3\)"),
    (dict(origins=np.zeros((5, 3))), r"shapes \(5, 3\), \(4, 3\)"),
    (dict(origins=np.zeros((4, 1))), r"directions must .* \(1,\) or \(N, 1\), got \(4, 3\)"),
    (dict(origins=0.0), r"origins must have the shape \(D,\) or \(N, D\), got \(\)"),
    (dict(near=np.zeros(3)), r"shapes .* \(3,\)"),
    (dict(origins=np.zeros((4, 2)), directions=np.ones((4, 2))), "points of 3 numbers, not 2"),
    (dict(directions=np.array([[1, 0, 0], [0, 0, 0.0]] * 2)),
     "2 of the 4 directions are of length 0, the first at 1"),
    (dict(directions=np.full((4, 3), 0.9e-100)), "4 of the 4 directions are of length 0"),
    (dict(far=np.inf), "far is NaN or infinite"),
    (dict(origins=np.full((4, 3), np.nan)),
     r"of origins are NaN or infinite, the first at \(0, 0\)"),
    (dict(near=2.0), "4 of the 4 numbers of near are not below far, the first at 0"),
    (dict(level=np.nan), "level must be a finite number"),
])
def test_wrong_arguments(changes, message):
    arguments = dict(network=nn.MLP(3, 4, 1, rng=0), origins=np.zeros((4, 3)),
                     directions=np.ones((4, 3)), near=0.0, far=2.0, level=0.0)
    with pytest.raises(ValueError, match=message):
        ray_crossings(**{**arguments, **changes})


def test_a_layer_that_is_not_piecewise_linear():
    module = nn.Sequential(nn.Linear(2, 1), nn.Sigmoid())
    with pytest.raises(TypeError, match="a Sigmoid is not known to be piecewise linear"):
        ray_crossings(module, (0, 0), (1, 1), 0, 1)


# -- the steps of a network --------------------------------------------------------------------


def test_steps_compute_the_network_minus_the_level():
    module = nn.Sequential(nn.Sequential(nn.Linear(2, 5, rng=0), nn.ReLU()), nn.Linear(5, 1, rng=1))
    x = np.random.default_rng(0).uniform(-1, 1, (50, 2))
    values = x
    for step in relu_layers(module, 2, level=0.25):
        values = pass_through(values, step)
    expected = module(x.astype(np.float32)).data - 0.25
    np.testing.assert_allclose(values, expected, atol=1e-6)


@pytest.mark.parametrize("module, message", [
    (nn.MLP(2, 3, 2), "must have one output, and it has 2"),
    (nn.Sequential(nn.ReLU()), "no Linear layer"),
    (nn.Sequential(nn.Linear(2, 3), nn.Linear(4, 1)), "gives 3 values, the next takes 4"),
])
def test_networks_without_one_output(module, message):
    with pytest.raises(ValueError, match=message):
        relu_layers(module)


def test_weights_of_a_failed_training():
    module = nn.MLP(2, 3, 1)
    module[0].weight.data[0] = np.nan, np.inf
    with pytest.raises(ValueError, match="2 of the 6 numbers of the network's 0.weight are NaN or "
                                         r"infinite, the first at \(0, 0\)"):
        relu_layers(module)


def test_a_sequential_that_computes_something_else():
    class Squared(nn.Sequential):
        def forward(self, x):
            return super().forward(x) ** 2

    with pytest.raises(TypeError, match="a Squared is not known to be piecewise linear"):
        relu_layers(nn.Sequential(Squared(nn.Linear(2, 1)), nn.Linear(1, 1)))


@pytest.mark.parametrize("origins, directions", [
    ([0, 0], [[1, 0, 0]]), ([[0, 0, 0]], [1, 0]), ([0, 0], [1, 0, 0])])
def test_origins_and_directions_have_one_number_of_coordinates(origins, directions):
    d = np.shape(origins)[-1]
    with pytest.raises(ValueError, match=rf"directions must have the shape \({d},\) or \(N, {d}\)"):
        ray_crossings(nn.MLP(3, 4, 1, rng=0), origins, directions, 0, 1)
