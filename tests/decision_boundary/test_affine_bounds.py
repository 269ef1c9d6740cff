"""Bounds over boxes: never crossed, and exact where nothing bends."""

import numpy as np
import pytest

from minicv import nn
from minicv.decision_boundary.complete.affine_bounds import bounds_over_boxes
from minicv.decision_boundary.relu_network import Affine, relu_layers

INPUT = np.eye(3, 4)[None]


def bounds(steps, low, high):
    terms = np.abs([low, high]).max(axis=(0, 1)) if len(low) else np.ones(3)
    return bounds_over_boxes(steps, INPUT, terms, np.zeros(len(low), int), low, high)


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_no_point_of_a_box_is_outside_the_bounds(depth):
    module = nn.MLP(3, *[16] * depth, 1, rng=depth, dtype=np.float64)
    rng = np.random.default_rng(0)
    low = rng.uniform(-2, 1, (60, 3))
    high = low + 10.0**rng.uniform(-4, 0, (60, 1))
    least, most = bounds(relu_layers(module, 3), low, high)
    points = rng.uniform(low, high, (200, 60, 3))
    corner = rng.integers(0, 2, (200, 60, 3)) > 0
    for some in (points, np.where(corner, low, high)):
        values = module(some.reshape(-1, 3)).data.reshape(200, 60)
        assert (least <= values).all() and (values <= most).all()


def test_without_a_bend_they_are_the_values_in_two_corners():
    weight, bias = np.array([[1.0, -2.0, 3.0]]), np.array([10.0])
    low, high = np.zeros((1, 3)), np.ones((1, 3))
    for steps in ([Affine(weight, bias)], [Affine(weight, bias), "ReLU"]):
        least, most = bounds(steps, low, high)
        assert least == pytest.approx(8, abs=1e-12) and most == pytest.approx(14, abs=1e-12)
        assert least <= 8 and most >= 14
    least, most = bounds([Affine(-weight, -bias), "ReLU"], low, high)
    assert abs(least[0]) < 1e-12 and abs(most[0]) < 1e-12


def test_one_unit_that_bends():
    """relu(x) over -1 <= x <= 3: between the lines 3/4 x and 3/4 (x + 1), whose ends are these."""
    least, most = bounds([Affine(np.eye(3)[:1], np.zeros(1)), "ReLU"], np.array([[-1.0, 0, 0]]),
                         np.array([[3.0, 0, 0]]))
    assert least[0] == pytest.approx(-0.75) and most[0] == pytest.approx(3)


def test_they_close_in_on_the_value():
    module = nn.MLP(3, 16, 16, 1, rng=0, dtype=np.float64)
    point = np.array([[0.3, -0.2, 0.1]])
    gaps = [np.subtract(*bounds(relu_layers(module, 3), point - h, point + h)[::-1])[0]
            for h in (1e-1, 1e-2, 1e-3, 1e-4)]
    assert all(small < 0.2 * large for large, small in zip(gaps, gaps[1:]))


def test_rounding_is_allowed_for():
    """1e8 - 1e8 + x: a sum in floats is off by 1e-8, and the bounds know it."""
    steps = [Affine(np.array([[1.0, 0, 0]] * 2), np.array([1e8, -1e8])),
             Affine(np.ones((1, 2)), np.zeros(1))]
    x = np.array([[0.1234567891234, 0, 0]])
    least, most = bounds(steps, x, x)
    assert least[0] <= 2 * x[0, 0] <= most[0]


def test_many_boxes_are_each_as_one():
    module = nn.MLP(3, 4, 1, rng=0, dtype=np.float64)
    low = np.random.default_rng(0).uniform(-1, 1, (5000, 3))
    all_of_them = bounds(relu_layers(module, 3), low, low + 0.1)
    for n in (0, 511, 512, 4999):
        one = bounds(relu_layers(module, 3), low[n:n + 1], low[n:n + 1] + 0.1)
        assert np.ravel(one) == pytest.approx(np.array(all_of_them)[:, n])


def test_what_the_functions_lost_before_is_allowed_for():
    x = np.array([[0.5, 0, 0]])
    least, most = bounds_over_boxes([], INPUT[:, :1], np.array([1e8]), np.zeros(1, int), x, x)
    assert most[0] - 0.5 == pytest.approx(0.5 - least[0], rel=1e-6) == pytest.approx(
        64 * 2.0**-52 * 1e8, rel=1e-6)


def test_no_boxes_have_no_bounds():
    module, low = nn.MLP(3, 4, 1, rng=0, dtype=np.float64), np.empty((0, 3))
    assert bounds(relu_layers(module, 3), low, low)[0].shape == (0,)
