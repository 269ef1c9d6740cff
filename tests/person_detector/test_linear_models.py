"""What stands behind the linear classifiers: losses and their duals, the gap, the linear solver."""

import warnings

import numpy as np
import pytest
from scipy import optimize

from minicv.person_detector.classifiers import ConvergenceWarning, LinearSVC, LogisticRegression
from minicv.person_detector.linear_models import Problem, standard_form
from minicv.person_detector.linear_svc import HINGE, SQUARED_HINGE
from minicv.person_detector.logistic_regression import LOGISTIC
from minicv.person_detector.newton import conjugate_gradients, factorised_hessian

LOSSES = {"logistic": LOGISTIC, "squared_hinge": SQUARED_HINGE, "hinge": HINGE}
MARGINS = np.array([-30.0, -2, -0.3, 0.4, 0.9, 1.1, 2, 30])  # not at the kink
all_losses = pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)


# ---- losses -------------------------------------------------------------------------------------


@all_losses
def test_the_pull_is_the_negative_slope_of_the_loss(loss):
    slope = (loss.value(MARGINS + 1e-5) - loss.value(MARGINS - 1e-5)) / 2e-5
    assert loss.pull(MARGINS) == pytest.approx(-slope, abs=1e-6)


@all_losses
def test_the_curvature_is_the_slope_of_the_slope(loss):
    slope = (loss.pull(MARGINS + 1e-5) - loss.pull(MARGINS - 1e-5)) / 2e-5
    assert loss.curvature(MARGINS) == pytest.approx(-slope, abs=1e-6)


@pytest.mark.parametrize("q", [0.01, 0.3, 0.5, 0.99])
@all_losses
def test_the_dual_value_is_the_lowest_that_a_line_of_this_slope_allows(loss, q):
    # -l*(-q) = min over m of l(m) + q m, found by a search that knows no formula.
    lowest = optimize.minimize_scalar(lambda m: loss.value(np.array([m]))[0] + q * m,
                                      bounds=(-50, 50), method="bounded",
                                      options={"xatol": 1e-9}).fun
    assert loss.dual_value(np.array([q])) == pytest.approx([lowest], abs=1e-7)


@pytest.mark.parametrize("q", [1e-8, 1e-14, 1e-300])
def test_the_dual_value_of_the_logistic_loss_is_exact_for_tiny_pulls(q):
    # -(1 - q) log(1 - q) = q - q^2 / 2 - ...
    assert LOGISTIC.dual_value(np.array([q])) == pytest.approx([q - q * np.log(q)], rel=1e-7,
                                                                  abs=0)


def test_the_dual_value_of_the_logistic_loss_is_zero_at_both_ends():
    assert LOGISTIC.dual_value(np.array([0.0, 1.0])) == pytest.approx([0, 0], abs=1e-15)


def test_the_logistic_loss_does_not_overflow():
    far = np.array([-1e4, 1e4])
    assert LOGISTIC.value(far).tolist() == [1e4, 0]
    assert LOGISTIC.pull(far) == pytest.approx([1, 0], abs=1e-300)
    assert LOGISTIC.curvature(far) == pytest.approx([0, 0], abs=1e-300)


# ---- the gap ------------------------------------------------------------------------------------


@all_losses
def test_the_gap_is_that_of_the_formula_with_the_pulls_of_both_classes_balanced(loss):
    rng = np.random.default_rng(0)
    X, c = rng.normal(size=(20, 3)), rng.uniform(1, 2, 20)
    y = np.where(np.arange(20) < 5, 1.0, -1.0)
    form = standard_form(X, fit_intercept=True)
    theta, a = rng.normal(size=4), c * rng.uniform(0, 1, 20)
    problem = Problem(form.A, y, c, form.penalty, loss)
    w, b = form.split(theta)
    value = 0.5 * w @ w + c @ loss.value(y * (X @ w + b))
    gap = problem.relative_gap(problem.value(theta, y * (form.A @ theta)), a)

    a = np.where(y > 0, a, a * a[:5].sum() / a[5:].sum())  # the five are outweighed: shrink others
    assert a @ y == pytest.approx(0, abs=1e-12)
    dual = c @ loss.dual_value(a / c) - 0.5 * sum((X.T @ (a * y))**2)
    assert gap == pytest.approx((value - dual) / value, rel=1e-10)


@pytest.mark.parametrize("shape", [(20, 3), (5, 30)])
def test_the_standard_form_is_the_same_plane(shape):
    rng = np.random.default_rng(0)
    X = rng.normal(size=shape) + 100
    form = standard_form(X, fit_intercept=True)
    theta = rng.normal(size=len(form.penalty))
    w, b = form.split(theta)
    assert X @ w + b == pytest.approx(form.A @ theta, abs=1e-9)
    assert w @ w == pytest.approx(sum((form.penalty * theta)**2))
    assert form.join(w, b) == pytest.approx(theta, abs=1e-9)


# ---- linear equations ---------------------------------------------------------------------------


def test_a_hessian_of_duplicated_features_can_be_factorised():
    A = np.repeat(np.random.default_rng(0).normal(size=(50, 20)), 10, axis=1) * 1e6
    solve = factorised_hessian(A, np.zeros(200), np.ones(50))
    target = A.T @ A @ np.ones(200)
    assert A @ solve(target) == pytest.approx(A @ np.ones(200), rel=1e-3)


def test_conjugate_gradients_solve_at_once_with_the_matrix_itself_as_preconditioner():
    rng = np.random.default_rng(0)
    A, target = rng.normal(size=(50, 20)), rng.normal(size=20)
    H = np.eye(20) + A.T @ A
    calls = []
    x, solved = conjugate_gradients(lambda v: calls.append(1) or H @ v, target,
                                    factorised_hessian(A, np.ones(20), np.ones(50)))
    assert solved and len(calls) == 1
    assert H @ x == pytest.approx(target)


def test_conjugate_gradients_say_when_they_gave_up():
    diagonal = 10.0 ** np.linspace(0, 6, 200)
    _, solved = conjugate_gradients(lambda v: diagonal * v, np.ones(200), lambda v: v)
    assert not solved


# ---- hard problems ------------------------------------------------------------------------------


@pytest.mark.parametrize("C", [1e4, 1e8])
@pytest.mark.parametrize("method", [LogisticRegression, LinearSVC])
@pytest.mark.parametrize("seed", range(6))
def test_newton_arrives_where_full_steps_overshoot(method, C, seed):
    # One to three samples against 300, separable, hardly penalised: the active set changes wildly.
    X = np.random.default_rng(seed).normal(size=(300, 20))
    classifier = method(C=C).fit(X, np.arange(300) < 1 + seed % 3)
    assert classifier.certificate_ <= 1e-8
    assert np.max(classifier.n_iter_) <= 100


@pytest.mark.parametrize("loss", ["squared_hinge", "hinge"])
def test_where_rounding_allows_no_more_the_fit_stops_and_says_so(loss):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(300, 20)) * 1e9, rng.random(300) < 0.5
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        classifier = LinearSVC(C=1e12, loss=loss).fit(X, y)
    assert classifier.n_iter_ < 100
    assert [w.category for w in caught] == [ConvergenceWarning]
    assert classifier.certificate_ > 1e-8 and np.isfinite(classifier.coef_).all()
