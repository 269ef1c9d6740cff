"""Exercise 1.2, number by number.

The sheet rounds to four digits on the way. Exact numbers are pinned here in double precision, from
the closed form of each step (with math alone, not with minicv), and the sheet's printed numbers
follow once one rounds where the sheet does.
"""

from math import exp, sqrt

import numpy as np
import pytest

from minicv import nn
from minicv.autograd import Tensor
from minicv.datasets import save_views
from minicv.decision_boundary import ray_crossings
from minicv.volumetric_rendering import evaluate_field, implicit_depth, secant_step
from tests.lessons.ex1_2.scenes import teapot_views
from tests.lessons.running import walk

HALF = sqrt(0.5)


def sigmoid(z):
    return 1 / (1 + exp(-z))


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    """What the lesson's cells about the sheet leave; it ends at the first picture."""
    folder = tmp_path_factory.mktemp("by_hand")
    save_views(folder / "views.npz", teapot_views(n_views=3))
    return walk("1.2", folder, folder, until_first_picture=True).names


@pytest.fixture(scope="module")
def exact(names):
    by_texture = names["by_formula"](names["d"])
    return {"d": names["d"], "p": names["p"], "f(p)": names["f"], "I": names["intensity"],
            "dL/dI": names["dL_dI"], "dt/dp": names["dt_dp"], "dp/dW_f": names["dp_dW"],
            "dp/db_f": names["dp_db"], "dL/dW_f": names["dL_dW"], "dL/db_f": names["dL_db"],
            "dL/dW_t": by_texture["dL/dW_t"], "dL/db_t": by_texture["dL/db_t"]}


# ---- a) to d) at full precision ------------------------------------------------------------------


def test_a_secant_step(exact):
    g0, g1 = sigmoid(2 - HALF) - 0.5, sigmoid(2 - 2 * HALF) - 0.5
    d = 2 - g1 * (2 - 1) / (g1 - g0)
    assert exact["d"] == pytest.approx(d, rel=1e-14) == pytest.approx(3.0011182, abs=5e-8)
    np.testing.assert_allclose(exact["p"], [d * HALF] * 2, rtol=1e-14)
    assert exact["p"][0] == pytest.approx(2.1221111, abs=5e-8)
    assert exact["f(p)"] == pytest.approx(sigmoid(2 - d * HALF), rel=1e-14)
    assert exact["f(p)"] == pytest.approx(0.4695101, abs=5e-8)


def test_b_intensity(exact):
    assert exact["I"] == pytest.approx(sigmoid(5 * exact["p"][0] - 1), rel=1e-14)
    assert exact["I"] == pytest.approx(0.9999329869, abs=5e-11)


def test_c_derivatives_of_the_loss_and_the_texture(exact):
    assert exact["dL/dI"] == pytest.approx(2 * (exact["I"] - 0.7), rel=1e-14)
    assert exact["dL/dI"] == pytest.approx(0.5998660, abs=5e-8)
    np.testing.assert_allclose(exact["dt/dp"], [6.70086e-5, 2.680345e-4], rtol=1e-6)


def test_d_derivatives_of_the_point(exact):
    # sigma' cancels: dp/dW_f = w p^T / (W_f . w) * -1, and W_f . w = -1/sqrt(2).
    np.testing.assert_allclose(exact["dp/dW_f"], np.full((2, 2), exact["p"][0]), rtol=1e-13)
    np.testing.assert_allclose(exact["dp/db_f"], [1, 1], rtol=1e-13)


def test_the_last_step_which_the_sheet_leaves_out(exact):
    rest = exact["I"] * (1 - exact["I"])  # sigma'
    by_b = exact["dL/dI"] * rest * (1 + 4)
    np.testing.assert_allclose(exact["dL/dW_f"], [by_b * exact["p"][0]] * 2, rtol=1e-11)
    assert exact["dL/db_f"] == pytest.approx(by_b, rel=1e-11)
    np.testing.assert_allclose(exact["dL/dW_f"], [4.2650e-4] * 2, rtol=2e-5)
    assert exact["dL/db_f"] == pytest.approx(2.00981e-4, rel=5e-6)


def test_the_texture_weights(exact):
    # t = sigma(W_t p + b_t): dL/dW_t = dL/dI sigma' p, dL/db_t = dL/dI sigma'.
    rest = exact["I"] * (1 - exact["I"])
    np.testing.assert_allclose(exact["dL/dW_t"], [exact["dL/dI"] * rest * exact["p"][0]] * 2,
                               rtol=1e-11)
    assert exact["dL/db_t"] == pytest.approx(exact["dL/dI"] * rest, rel=1e-11)


# ---- the printed numbers -------------------------------------------------------------------------

PRINTED = {  # as on the sheet
    "z0": 1.2929, "f(p0)": 0.7846, "z1": 0.5858, "f(p1)": 0.6424, "g0": 0.2846, "g1": 0.1424,
    "d": 3.0014, "p": 2.1223, "z": -0.1223, "f(p)": 0.4695, "z_t": 9.6115, "I": 0.9999,
    "dL/dI": 0.5998, "dt/dp x": 0.0001, "dt/dp y": 0.0004, "sigma'": 0.2491, "df/dp x": -0.7473,
    "df/dp y": 0.4982, "df/dW_f": 0.5287, "1/slope": -5.678,
}


@pytest.mark.parametrize("name", PRINTED)
def test_the_printed_number_follows_when_rounded_where_the_sheet_rounds(names, name):
    assert names["rounded"]()[name] == pytest.approx(PRINTED[name], abs=1e-12)


def test_the_rounded_factors_carried_on_are_half_as_much_again(names, exact):
    rounded = names["rounded"]()
    assert rounded["dL/dW_f"] == pytest.approx(6.365e-4, abs=5e-8)
    assert rounded["dL/db_f"] == pytest.approx(2.999e-4, abs=5e-8)
    assert rounded["dL/dW_f"] / exact["dL/dW_f"][0] == pytest.approx(1.49, abs=0.005)


# ---- three ways ----------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["after one secant step", "at the true crossing"])
def test_formula_autograd_and_differences_agree(names, place):
    ways = names["gradients"][place]
    assert list(ways) == ["formula", "autograd", "differences"]
    for name in ("dL/dW_f", "dL/db_f", "dL/dW_t", "dL/db_t"):
        np.testing.assert_allclose(ways["autograd"][name], ways["formula"][name], rtol=1e-12)
        np.testing.assert_allclose(ways["differences"][name], ways["formula"][name], rtol=1e-6)


def test_the_formula_at_the_true_crossing(names):
    # There p = (2, 2): I = sigma(9), and dL/db_f = 2 (I - 0.7) sigma'(9) (1 + 4).
    intensity = sigmoid(9)
    by_b = 2 * (intensity - 0.7) * intensity * (1 - intensity) * 5
    ways = names["gradients"]["at the true crossing"]
    assert ways["formula"]["dL/db_f"] == pytest.approx(by_b, rel=1e-11)
    np.testing.assert_allclose(ways["formula"]["dL/dW_f"], [2 * by_b] * 2, rtol=1e-11)


def test_autograd_needs_nothing_but_the_library():
    # The sheet's gradient in a few lines, without the lesson.
    shape = nn.Sequential(nn.Linear(2, 1, dtype=np.float64), nn.Sigmoid())
    shape.load_state_dict({"0.weight": [[-3, 2]], "0.bias": [2]})
    texture = nn.Sequential(nn.Linear(2, 1, dtype=np.float64), nn.Sigmoid())
    texture.load_state_dict({"0.weight": [[1, 4]], "0.bias": [-1]})
    origin, direction = np.zeros((1, 2)), np.full((1, 2), HALF)

    d = secant_step(lambda d: evaluate_field(shape, d * direction)[0], 1.0, 2.0, level=0.5)
    depth = implicit_depth(shape, origin, direction, np.array([d]), level=0.5)
    intensity = texture(Tensor(origin) + depth.unsqueeze(1) * direction)
    ((intensity - 0.7) ** 2).sum().backward()
    np.testing.assert_allclose(shape[0].weight.grad.data[0], [4.2650e-4] * 2, rtol=2e-5)
    assert shape[0].bias.grad.item() == pytest.approx(2.00981e-4, rel=5e-6)


# ---- the bracket ---------------------------------------------------------------------------------


def test_the_sheets_bracket_has_no_crossing_in_it(names):
    (crossings,) = ray_crossings(names["shape"][0], [(0, 0)], [(HALF, HALF)], 1.0, 2.0)
    assert len(crossings) == 0


def test_the_true_crossing_is_at_twice_the_root_of_two(names):
    (crossings,) = ray_crossings(names["shape"][0], [(0, 0)], [(HALF, HALF)], 0.0, 10.0)
    np.testing.assert_allclose(crossings, [2 * sqrt(2)], rtol=1e-15)


@pytest.mark.parametrize("start", [(1.0, 2.0), (1.0, 4.0)])
def test_the_secant_method_converges_as_theory_says(names, start):
    # With x = (d - 2 sqrt 2) / sqrt 2, f - 1/2 = -tanh(x / 2) / 2 = -(x - x^3 / 12 + ...) / 4. For
    # x - x^3 / 12 a secant step from x0, x1 gives, to leading order, -x0 x1 (x0 + x1) / 12: the
    # third derivative decides, since the crossing is where f turns from one curvature to the other.
    x = [(d - 2 * sqrt(2)) / sqrt(2) for d in start]
    errors = names["secant_errors"](*start)
    assert errors[0] == pytest.approx(abs(x[1]) * sqrt(2), rel=1e-12)
    d = list(start)
    for error in errors[1:]:
        d.append(secant_step(names["along_the_ray"], d[-2], d[-1], 0.5))
        assert error == pytest.approx(abs(d[-1] - 2 * sqrt(2)), abs=1e-15)
    x = [(place - 2 * sqrt(2)) / sqrt(2) for place in d]
    near = [(x0, x1, x2) for x0, x1, x2 in zip(x, x[1:], x[2:]) if abs(x0) < 0.3 and abs(x2) > 1e-9]
    assert near
    for x0, x1, x2 in near:
        assert x2 == pytest.approx(-x0 * x1 * (x0 + x1) / 12, rel=0.1)
    assert errors[-1] < 1e-12
