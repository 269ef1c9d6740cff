"""Exercise 1.1, number by number.

The sheet prints the weights alone: its solutions are drawings. Every number here follows from the
weights by hand, and the comment shows how.
"""

from fractions import Fraction

import numpy as np
import pytest

from minicv import Tensor, nn
from minicv.decision_boundary import Line, decision_boundary, linear_regions, ray_crossings
from tests.decision_boundary import relu_oracle as oracle

W1, B1, W2, B2 = [[3, -2], [-1, 4]], [2, -3], [1, -2], -1
LINES = [((-2, 5), -1), ((5, 10), -3)]
WINDOW = (-3, -3, 3, 3)


def network_of_the_sheet():
    network = nn.MLP(2, 2, 1, dtype=np.float64)
    network.load_state_dict({"0.weight": W1, "0.bias": B1, "2.weight": [W2], "2.bias": [B2]})
    return network


def value(x1, x2):
    """The network by hand, for exact numbers."""
    z1 = 3 * x1 - 2 * x2 + 2
    z2 = -x1 + 4 * x2 - 3
    return max(0, z1) - 2 * max(0, z2) - 1


# -- a) and b) ---------------------------------------------------------------------------------


# i)  -2 x1 + 5 x2 - 1 = 0:  x2 = 2/5 x1 + 1/5, the axes are met at x1 = -1/2 and x2 = 1/5.
# ii)  5 x1 + 10 x2 - 3 = 0: x2 = -1/2 x1 + 3/10, the axes are met at x1 = 3/5 and x2 = 3/10.
@pytest.mark.parametrize("weight, bias, slope, intercepts, squared_length", [
    ((-2, 5), -1, 2 / 5, (-1 / 2, 1 / 5), 29),
    ((5, 10), -3, -1 / 2, (3 / 5, 3 / 10), 125),
])
def test_b_the_lines(weight, bias, slope, intercepts, squared_length):
    line = Line(weight, bias)
    assert line.slope == pytest.approx(slope, rel=1e-15)
    assert line.intercepts == pytest.approx(intercepts, rel=1e-15)
    # a) the normal is w / |w|, the distance from the origin |b| / |w|.
    np.testing.assert_allclose(line.normal, np.array(weight) / squared_length**0.5, rtol=1e-15)
    assert line.offset == pytest.approx(-bias / squared_length**0.5, rel=1e-15)
    assert line.distance([0, 0]) < 0, "the origin is on the negative side of both: b < 0"


def test_a_a_layer_alone_has_its_line_as_boundary():
    for weight, bias in LINES:
        layer = oracle.as_module([([list(weight)], [bias])])
        (curve,) = decision_boundary(layer, WINDOW)
        np.testing.assert_allclose(curve, Line(weight, bias).segment(WINDOW), atol=1e-14)


# -- c) ----------------------------------------------------------------------------------------


def test_c_the_network_by_hand():
    network = network_of_the_sheet()
    state = network.state_dict()
    assert [state[name].tolist() for name in ("0.weight", "0.bias", "2.weight", "2.bias")] == [
        W1, B1, [W2], [B2]]
    for x1, x2 in ((0, 0), (1, 2), (-1, 1), (-2, -2)):
        assert network(Tensor(np.array([[x1, x2]], float))).item() == value(x1, x2)


# Which units are active, and f = W2 relu(W1 x + b1) + b2 with the others left out:
#   both:     (3 x1 - 2 x2 + 2) - 2 (-x1 + 4 x2 - 3) - 1  =  5 x1 - 10 x2 + 7
#   first:    (3 x1 - 2 x2 + 2) - 1                       =  3 x1 -  2 x2 + 1
#   second:                     - 2 (-x1 + 4 x2 - 3) - 1  =  2 x1 -  8 x2 + 5
#   neither:                                                              - 1
EQUATIONS = {(1, 1): (5, -10, 7), (1, 0): (3, -2, 1), (0, 1): (2, -8, 5), (0, 0): (0, 0, -1)}


def test_c_the_four_regions_and_their_equations():
    regions = linear_regions(network_of_the_sheet(), WINDOW)
    found = {tuple(region.pattern[0].astype(int)): (*region.weight, region.bias)
             for region in regions}
    assert found == EQUATIONS


def test_c_the_four_regions_meet_where_both_units_are_zero():
    # 3 x1 - 2 x2 = -2 and -x1 + 4 x2 = 3: x1 = -1/5, x2 = 7/10.
    corner = [-1 / 5, 7 / 10]
    for region in linear_regions(network_of_the_sheet(), WINDOW):
        assert np.abs(region.polygon - corner).sum(axis=1).min() < 1e-15


def test_c_the_boundary_visits_two_of_them_and_bends_once():
    (curve,) = decision_boundary(network_of_the_sheet(), WINDOW)
    # First unit alone: x2 = 3/2 x1 + 1/2, where the second unit's 5 x1 - 1 is below 0: x1 < 1/5.
    # Both units: x2 = 1/2 x1 + 7/10, where the second unit's x1 - 1/5 is above 0: x1 > 1/5.
    # It leaves the window at x2 = -3, hence x1 = -7/3, and at x1 = 3, hence x2 = 11/5.
    np.testing.assert_allclose(curve, [[3, 11 / 5], [1 / 5, 4 / 5], [-7 / 3, -3]], atol=1e-14)


def test_c_it_does_not_visit_the_other_two():
    regions = {tuple(region.pattern[0].astype(int)): region
               for region in linear_regions(network_of_the_sheet(), WINDOW)}
    # Neither: f = -1. Second alone: f = -2 z2 - 1 with z2 >= 0, so f <= -1 there.
    for pattern in ((0, 0), (0, 1)):
        assert regions[pattern].value(regions[pattern].polygon).max() == pytest.approx(-1)


def test_c_the_inside_is_below_and_to_the_right():
    # The origin: z = (2, -3), f = 2 - 1 = 1. And (0, 1): z = (0, 1), f = -2 - 1 = -3.
    assert (value(0, 0), value(0, 1)) == (1, -3)
    (curve,) = decision_boundary(network_of_the_sheet(), WINDOW)
    (x, y), (u, v) = curve[1], curve[2]
    assert (u - x) * (0 - y) - (v - y) * (0 - x) > 0, "the origin is on the left, inside"


def test_c_in_rational_arithmetic():
    layers = [([[Fraction(w) for w in row] for row in W1], [Fraction(b) for b in B1]),
              ([[Fraction(w) for w in W2]], [Fraction(B2)])]
    exact = oracle.regions(layers, WINDOW)
    assert {pattern[0]: tuple(row) for pattern, (_, row) in exact.items()} == EQUATIONS
    assert oracle.evaluate(layers, [Fraction(1, 5), Fraction(4, 5)]) == 0


def test_c_rays_cross_where_the_equations_say():
    # Up from (0, 0): 1 - 2 x2 = 0. Up from (1, 0): 5 + 7 - 10 x2 = 0. Down from (-2, 0): first unit
    # -4 - 2 x2 is positive from x2 = -2 on, and -6 - 2 x2 + 1 = 0 at x2 = -5/2.
    found = ray_crossings(network_of_the_sheet(), [(0, 0), (1, 0), (-2, 0)],
                          [(0, 1), (0, 1), (0, -1)], near=0, far=9)
    np.testing.assert_allclose(found, [[1 / 2], [6 / 5], [5 / 2]], rtol=1e-15)
