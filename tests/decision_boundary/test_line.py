"""The line of a linear layer, against what it must satisfy."""

import numpy as np
import pytest

from minicv import nn
from minicv.decision_boundary import Line

RANDOM = [Line(w, b) for w, b in zip(np.random.default_rng(0).standard_normal((20, 2)),
                                     np.random.default_rng(1).standard_normal(20))]


@pytest.mark.parametrize("line", RANDOM)
def test_normal_offset_and_intercepts_are_on_the_line(line):
    def value(point):
        return line.weight @ point + line.bias

    assert np.hypot(*line.normal) == pytest.approx(1)
    assert value(line.offset * line.normal) == pytest.approx(0, abs=1e-14)
    assert value(line.offset * line.normal + line.normal) > 0
    x1, x2 = line.intercepts
    np.testing.assert_allclose([value([x1, 0]), value([0, x2])], 0, atol=1e-13)
    assert line.slope == pytest.approx(-x2 / x1)


@pytest.mark.parametrize("line", RANDOM)
def test_distance_is_that_of_the_nearest_point(line):
    points = np.random.default_rng(2).uniform(-3, 3, (50, 2))
    distance = line.distance(points)
    foot = points - distance[:, None] * line.normal  # straight onto the line
    np.testing.assert_allclose(foot @ line.weight + line.bias, 0, atol=1e-14)
    np.testing.assert_array_equal(distance > 0, points @ line.weight + line.bias > 0)


def test_the_segment_is_all_of_the_line_in_the_window():
    low, high = np.array([-1, -0.5]), np.array([0.7, 2])
    n_segments = 0
    for line in RANDOM:
        segment = line.segment((*low, *high))
        # Brute force: walk along the line, from far outside to far outside.
        along = np.array([line.normal[1], -line.normal[0]])
        walk = line.offset * line.normal + np.linspace(-9, 9, 18001)[:, None] * along
        walk = walk[((low <= walk) & (walk <= high)).all(axis=1)]
        assert (segment is None) == (len(walk) == 0)
        if segment is not None:
            n_segments += 1
            np.testing.assert_allclose(segment, walk[[0, -1]], atol=1e-3)
            np.testing.assert_allclose(line.distance(segment), 0, atol=1e-15)
            (dx, dy) = segment[1] - segment[0]
            assert line.normal @ [-dy, dx] > 0, "the positive side is not on the left"
    assert 5 < n_segments < 20


@pytest.mark.parametrize("weight, bias, intercepts, slope, segment", [
    ([0, 2], -2, (None, 1), 0, [[2, 1], [0, 1]][::-1]),
    ([0, -2], 2, (None, 1), 0, [[2, 1], [0, 1]]),
    ([2, 0], -2, (1, None), None, [[1, 5], [1, 0]]),
    ([1, 0], 0, (0, None), None, [[0, 5], [0, 0]]),   # along the window's border
    ([0, 1], 1, (None, -1), 0, None),                 # parallel to two sides, and outside
    ([1, 1], 0, (0, 0), -1, None),                    # touches a corner
    ([1, 1], 1, (-1, -1), -1, None),                  # misses the window
])
def test_special_lines(weight, bias, intercepts, slope, segment):
    line = Line(weight, bias)
    assert (line.intercepts, line.slope) == (intercepts, slope)
    found = line.segment((0, 0, 2, 5))
    assert (found if found is None else found.tolist()) == segment


def test_no_zero_has_a_minus():
    line = Line([1, 1e-310], 0)
    assert str(line.intercepts) == "(0.0, 0.0)"
    assert str(Line([0, 1], 2).slope) == "0.0"
    assert str(Line([0, 1], 0).segment((-1, -1, 2, 2)).tolist()) == "[[-1.0, 0.0], [2.0, 0.0]]"


def test_a_layer_has_a_line_for_each_unit():
    layer = nn.Linear(2, 3, rng=0)
    line = Line.of_layer(layer, unit=1)
    x = np.array([[0.25, -2.0]], np.float32)
    expected = layer(x).data[0, 1] / np.hypot(*layer.weight.data[1])
    assert line.distance(x)[0] == pytest.approx(expected, rel=1e-6)
    assert Line.of_layer(nn.Linear(2, 1, bias=False, rng=0)).offset == 0
    with pytest.raises(ValueError, match="takes points of 3 numbers, not 2"):
        Line.of_layer(nn.Linear(3, 1))
    layer.weight.data[0, 1] = np.nan
    with pytest.raises(ValueError, match="numbers of the network's weight is NaN"):
        Line.of_layer(layer, unit=1)  # whose own weights are numbers
    with pytest.raises(TypeError, match="layer must be a Linear"):
        Line.of_layer("linear")


@pytest.mark.parametrize("weight, bias, message", [
    ([0, 0], 3, "there is no line, since f is 3 everywhere"),
    ([0, 0], 0, "there is no line, since f is 0 everywhere"),
    ([1, 2, 3], 0, r"weight must have the shape \(2,\), got \(3,\)"),
    ([1, np.nan], 0, "1 of the 2 numbers of weight is NaN or infinite, the first at 1"),
    ([1, 2], np.inf, "bias must be a finite number"),
])
def test_what_is_no_line(weight, bias, message):
    with pytest.raises(ValueError, match=message):
        Line(weight, bias)


@pytest.mark.parametrize("window", [(0, 0, 1), (0, 0, 0, 1), (0, 2, 1, 1), (0, 0, 1, np.inf),
                                    (0, 0, 1e-150, 1), (1, 0, 1 + 1e-15, 1), (0, 0, 1, 1e200),
                                    (0, 0, 1e-100, 1e-100), (-2e100, -2e100, 2e100, 2e100)])
def test_what_is_no_window(window):
    with pytest.raises(ValueError, match="window"):
        RANDOM[0].segment(window)


def test_weights_may_be_as_small_as_the_largest_is_large():
    assert Line([1e-150, 0], 0).normal.tolist() == [1, 0]
    with pytest.raises(ValueError, match="below 1e-150"):
        Line([0.9e-150, 0], 0)
