"""Ray marching and the secant method: closed forms, exact crossings, and the awkward rays."""

import numpy as np
import pytest

from minicv import nn
from minicv.decision_boundary import ray_crossings
from minicv.occupancy_network import OccupancyNetwork
from minicv.volumetric_rendering import TexturedShape, find_surface, secant_step
from minicv.volumetric_rendering.fields import evaluate_field


def ball(points):
    """Positive inside the ball of radius 1."""
    return 1 - (points * points).sum(axis=1)


def along_x(*heights):
    """Rays in direction +x that begin at x = -2, at these heights."""
    origins = np.array([[-2.0, y] for y in heights])
    return origins, np.tile([1.0, 0.0], (len(heights), 1))


class TestSecantStep:
    def test_of_a_straight_line_is_its_crossing(self):
        assert secant_step(lambda d: 3 * d - 2, 0.0, 1.0) == pytest.approx(2 / 3, rel=1e-15)

    def test_outside_the_interval_it_extrapolates(self):
        assert secant_step(lambda d: 3 * d - 2, 1.0, 2.0) == pytest.approx(2 / 3, rel=1e-15)

    def test_of_many_rays_at_once(self):
        slopes = np.array([1.0, 2.0, 4.0])
        np.testing.assert_allclose(
            secant_step(lambda d: slopes * d, np.zeros(3), np.ones(3), level=1.0), 1 / slopes)

    def test_of_a_level_line_is_not_finite(self):
        assert not np.isfinite(secant_step(lambda d: 0 * d + 1, np.float64(0), np.float64(1)))


class TestFindSurface:
    @pytest.mark.parametrize("method, n, tolerance", [
        ("secant", 12, 1e-15),  # superlinear: down to rounding
        ("bisection", 45, 0.3 * 2.0**-45),
    ])
    def test_a_ball_is_hit_where_pythagoras_says(self, method, n, tolerance):
        heights = np.array([0.0, 0.3, -0.8, 0.95])
        hits = find_surface(ball, *along_x(*heights), 0, 4, n_steps=20, n_secant=n, method=method)
        assert hits.hit.all()
        np.testing.assert_allclose(hits.distance, 2 - np.sqrt(1 - heights**2), rtol=0,
                                   atol=tolerance + 4e-16)

    def test_bisection_halves_the_error_bound_each_time(self):
        origins, directions = along_x(0.3)
        exact = 2 - np.sqrt(1 - 0.09)
        for n in range(10):
            hits = find_surface(ball, origins, directions, 0, 4, 16, n, method="bisection")
            assert abs(hits.distance[0] - exact) <= 0.25 / 2 ** (n + 1)

    def test_no_step_is_the_middle_of_the_bracket(self):
        hits = find_surface(ball, *along_x(0.0), 0, 3.2, n_steps=2, n_secant=0)
        assert hits.distance[0] == pytest.approx(0.8)  # f changes its sign between 0 and 1.6

    def test_one_secant_step_is_the_secant_step(self):
        hits = find_surface(ball, *along_x(0.0), 0, 3.2, n_steps=2, n_secant=1)
        step = secant_step(lambda d: 1 - (d - 2) ** 2, 0.0, 1.6)
        assert hits.distance[0] == pytest.approx(step, rel=1e-15)

    def test_the_first_of_several_crossings(self):
        def f(points):
            return -np.sin(np.pi * points[:, 0])  # inside from 1 to 2, and from 3 to 4

        hits = find_surface(f, np.zeros((1, 1)), np.ones((1, 1)), 0.7, 4.3, 30, 20)
        assert hits.distance[0] == pytest.approx(1, rel=1e-14)

    @pytest.mark.parametrize("method", ["secant", "bisection"])
    def test_never_leaves_the_bracket(self, method):
        # A step, a spike beside it, a flat run: lines through such values point anywhere.
        def f(points):
            x = points[:, 0]
            return np.where(x < 1.03, -1e-9, np.where(x < 1.06, 1e9, 1e-9))

        for n in range(30):
            hits = find_surface(f, np.zeros((1, 1)), np.ones((1, 1)), 0, 2, 20, n, method=method)
            assert 1.0 - 1e-12 <= hits.distance[0] <= 1.1 + 1e-12

    def test_infinite_values_leave_the_bracket_to_bisection(self):
        def f(points):
            return np.where(points[:, 0] < 1.03, -1.0, np.inf)

        hits = find_surface(f, np.zeros((1, 1)), np.ones((1, 1)), 0, 2, 20, 30)
        assert hits.distance[0] == pytest.approx(1.03, abs=1e-8)

    def test_without_a_word_it_takes_eight_secant_steps(self):
        def f(points):
            return points[:, 0] ** 10 - 0.5  # bends so much that eight are not enough

        rays = np.zeros((1, 1)), np.ones((1, 1)), 0, 1.5, 1
        distances = [find_surface(f, *rays, *n).distance[0] for n in ([], [7], [8], [9])]
        assert distances[0] == distances[2] and len(set(distances)) == 3

    def test_the_illinois_remedy_beats_the_regula_falsi(self):
        # f = d^10 - 1/2 in [0, 1.5]: the upper end of the regula falsi never moves.
        def f(points):
            return points[:, 0] ** 10 - 0.5

        root, low, high = 0.5**0.1, 0.0, 1.5
        for _ in range(20):
            middle = secant_step(lambda d: d**10 - 0.5, low, high)
            low, high = (middle, high) if middle**10 < 0.5 else (low, middle)
        hits = find_surface(f, np.zeros((1, 1)), np.ones((1, 1)), 0, 1.5, 1, 20)
        assert abs(low - root) > 0.1
        assert abs(hits.distance[0] - root) < 1e-9

    def test_float32_stays_float32(self):
        origins, directions = (x.astype(np.float32) for x in along_x(0.0, 2.0))
        assert find_surface(ball, origins, directions, 0, 4).distance.dtype == np.float32

    def test_a_level_of_its_own(self):
        hits = find_surface(ball, *along_x(0.0), 0, 4, 20, 20, level=0.75)
        assert hits.distance[0] == pytest.approx(1.5)


class TestAwkwardRays:
    def test_one_that_passes_by(self):
        hits = find_surface(ball, *along_x(1.5), 0, 4)
        assert not hits.hit[0] and not hits.starts_inside[0] and np.isinf(hits.distance[0])

    @pytest.mark.parametrize("n_steps", [6, 32])  # it enters again in the first samples, or later
    def test_one_that_starts_inside_is_no_hit_even_if_it_enters_again(self, n_steps):
        def rings(points):
            return np.cos(4 * points[:, 0])  # inside at the origin, and again near pi / 2

        hits = find_surface(rings, np.zeros((1, 1)), np.ones((1, 1)), 0, 3, n_steps)
        assert hits.starts_inside[0] and not hits.hit[0] and np.isinf(hits.distance[0])

    def test_one_that_grazes(self):
        # At height 1 the ball is touched at x = 0 alone, where f = 0: outside. A sample lies there.
        hits = find_surface(ball, *along_x(1.0), 0, 4, n_steps=4)
        assert not hits.hit[0]

    def test_one_that_dips_in_between_two_samples_is_missed(self):
        origins, directions = along_x(0.99)  # inside for 0.28 only
        assert not find_surface(ball, origins, directions, 0, 4.8, n_steps=8).hit[0]
        assert find_surface(ball, origins, directions, 0, 4.8, n_steps=32).hit[0]

    def test_a_sample_exactly_on_the_level_is_where_the_shape_begins(self):
        # Samples at x = -2, -1, 0, ...: that at -1 lies on the ball, and is still outside.
        for n in range(1, 6):
            hits = find_surface(ball, *along_x(0.0), 0, 4, n_steps=4, n_secant=n)
            assert hits.hit[0] and hits.distance[0] == 1.0

    def test_one_that_begins_on_the_level_begins_outside(self):
        hits = find_surface(ball, np.array([[-1.0, 0]]), np.array([[1.0, 0]]), 0, 1, 4)
        assert hits.hit[0] and hits.distance[0] == 0.0 and not hits.starts_inside[0]

    def test_a_bracket_without_a_root(self):
        # Both ends inside, as on the sheet, or both outside: no crossing is made up between them.
        for near, far, inside in ((1.5, 2.5, True), (4.0, 6.0, False)):
            hits = find_surface(ball, *along_x(0.0), near, far, n_steps=1)
            assert not hits.hit[0] and np.isinf(hits.distance[0])
            assert hits.starts_inside[0] == inside

    def test_one_with_nothing_to_search(self):
        hits = find_surface(ball, *along_x(0.0, 0.0), np.array([3.0, 0]), np.array([2.0, 4]))
        assert hits.hit.tolist() == [False, True]

    def test_one_of_no_length_does_not_start_inside(self):
        assert not find_surface(ball, *along_x(0.0), 2.0, 2.0).starts_inside[0]

    def test_none_at_all(self):
        nothing = np.zeros((0, 3))
        assert find_surface(OccupancyNetwork(8, 0, rng=0), nothing, nothing, 0, 1).hit.shape == (0,)


def test_the_highest_sample_of_a_miss_is_where_it_comes_closest():
    hits = find_surface(ball, *along_x(1.5), 0, 4, n_steps=16)
    assert hits.highest[0] == 2.0


def test_of_equally_high_samples_it_is_the_first():
    hits = find_surface(lambda points: np.full(len(points), -1.0), *along_x(0.0), 0.5, 4)
    assert hits.highest[0] == 0.5


@pytest.fixture(scope="module")
def scene():
    """A random ReLU network with crossings in plenty, and rays through it."""
    rng = np.random.default_rng(3)
    network = nn.MLP(3, 24, 24, 1, rng=rng, dtype=np.float64)
    network[0].weight.data *= 6
    network[0].bias.data *= 3
    middle = np.median(evaluate_field(network, rng.uniform(-1, 1, (2000, 3))))
    network[-1].bias.data -= middle
    origins = rng.uniform(-1, 1, (400, 3))
    directions = rng.normal(size=(400, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    crossings = ray_crossings(network, origins, directions, 0, 2)
    outside = evaluate_field(network, origins) <= 0
    return network, origins, directions, crossings, outside


class TestAgainstExactCrossings:
    def test_a_hit_is_an_exact_crossing(self, scene):
        network, origins, directions, crossings, _ = scene
        hits = find_surface(network, origins, directions, 0, 2, 64, 40)
        assert np.count_nonzero(hits.hit) > 50
        for ray in np.flatnonzero(hits.hit):
            # Rounding of f over its slope; the slopes here are above 1e-3.
            assert np.abs(crossings[ray] - hits.distance[ray]).min() < 1e-11

    def test_a_hit_has_nothing_before_it_but_what_lies_between_two_samples(self, scene):
        network, origins, directions, crossings, outside = scene
        hits = find_surface(network, origins, directions, 0, 2, 64, 40)
        for ray in np.flatnonzero(outside):
            first = crossings[ray][0] if len(crossings[ray]) else np.inf
            if hits.distance[ray] > first + 1e-9:  # missed: then it was in and out within a step
                assert crossings[ray][1] - first < 2 / 64

    def test_finer_steps_miss_no_more_and_finally_nothing(self, scene):
        network, origins, directions, crossings, outside = scene
        first = np.array([c[0] if len(c) else np.inf for c in crossings])
        missed = []
        for n_steps in (4, 16, 64, 1024):
            hits = find_surface(network, origins, directions, 0, 2, n_steps, 40)
            missed.append(np.count_nonzero(outside & (hits.distance > first + 1e-9)))
        assert missed[0] > 0 == missed[-1]
        assert missed == sorted(missed, reverse=True)

    def test_starting_inside_is_what_the_network_says(self, scene):
        network, origins, directions, _, outside = scene
        np.testing.assert_array_equal(
            find_surface(network, origins, directions, 0, 2).starts_inside, ~outside)


@pytest.mark.parametrize("change, message", [
    ({"n_steps": 0}, "n_steps must be at least 1"),
    ({"n_secant": -1}, "n_secant must be at least 0"),
    ({"method": "newton"}, "'secant' or 'bisection', got 'newton'"),
    ({"directions": np.ones((3, 2))}, r"must be \(N, D\), .*shapes \(2, 2\), \(3, 2\)"),
    ({"near": np.zeros(3)}, r"near and far numbers or \(N,\); .* \(3,\), \(\)"),
    ({"far": np.inf}, "far is NaN or infinite"),
])
def test_wrong_arguments_are_refused(change, message):
    origins, directions = along_x(0.0, 0.5)
    arguments = {"origins": origins, "directions": directions, "near": 0, "far": 4}
    with pytest.raises(ValueError, match=message):
        find_surface(ball, **arguments | change)


@pytest.mark.parametrize("f, message", [
    (lambda points: np.ones((len(points), 1)), r"f\(points\) must have the shape \(8,\), got"),
    (lambda points: np.full(len(points), np.nan), "f is NaN at"),
    (nn.Linear(3, 2, dtype=np.float64, rng=0), "one value for each"),
    (TexturedShape(4, 1, rng=0), "take `occupancy`")])
def test_what_is_no_field_is_refused(f, message):
    with pytest.raises(ValueError, match=message):
        find_surface(f, np.zeros((2, 3)), np.ones((2, 3)), 0, 6)


def test_a_field_that_is_nan_has_no_values():
    with pytest.raises(ValueError, match="f is NaN at 1 of 2 points"):
        evaluate_field(lambda points: np.array([0, np.nan]), np.zeros((2, 3)))


@pytest.mark.parametrize("level", [np.nan, np.inf])
def test_a_level_that_nothing_crosses_is_refused(level):
    with pytest.raises(ValueError, match="level must be a finite number"):
        find_surface(lambda points: points[:, 0], np.zeros((2, 3)), np.ones((2, 3)), 0, 6,
                     level=level)


def illinois(g, a, b, n_steps):
    """The textbook's: where the line between the ends is 0; an end kept twice counts half."""
    ga, gb, moved = g(a), g(b), None
    for _ in range(n_steps):
        d = (a * gb - b * ga) / (gb - ga)
        value = g(d)
        if value > 0:
            b, gb, ga = d, value, ga / 2 if moved == "b" else ga
            moved = "b"
        else:
            a, ga, gb = d, value, gb / 2 if moved == "a" else gb
            moved = "a"
    return d


@pytest.mark.parametrize("bend", [0.1, 1.0, 30.0])
@pytest.mark.parametrize("towards", [-1, 1])
def test_each_step_of_the_refinement_is_that_of_the_textbook(bend, towards):
    def f(points):
        x = towards * (points[:, 0] - 0.7)
        return towards * (x + bend * x**2 * (x > 0) + 0.1 * x**3)

    for n_secant in range(1, 9):
        hits = find_surface(f, np.zeros((1, 1)), np.ones((1, 1)), 0, 2, 1, n_secant)
        expected = illinois(lambda d: f(np.array([[d]]))[0], 0.0, 2.0, n_secant)
        assert hits.distance[0] == pytest.approx(expected, rel=1e-12)
