"""What stands behind the linear classifiers: losses, the gap, linear systems, hard problems."""

import warnings

import numpy as np
import pytest
from scipy import optimize, special

from minicv import fast
from minicv.person_detector import ConvergenceWarning, LinearSVC, LogisticRegression
from minicv.person_detector.linear_losses import Softmax, SquaredHinge
from minicv.person_detector.newton_method import Objective, conjugate_gradients

N = 40
LOSSES = {"squared hinge": (SquaredHinge, 2), "logistic": (Softmax, 2), "softmax": (Softmax, 4)}
all_losses = pytest.mark.parametrize("loss", LOSSES)


def a_loss(name, seed=0):
    """The loss of N samples, where they belong, their costs, and scores: not at the kink."""
    rng = np.random.default_rng(seed)
    kind, n_classes = LOSSES[name]
    is_class, costs = np.eye(n_classes)[:, np.arange(N) % n_classes], rng.uniform(0.5, 2, N)
    loss = kind(is_class, costs)
    return loss, is_class, costs, 3 * rng.normal(size=(loss.n_scores, N))


# ---- losses -------------------------------------------------------------------------------------


def test_the_squared_hinge_is_that_of_the_formula():
    loss, is_class, costs, scores = a_loss("squared hinge")
    expected = sum(c * max(0, 1 - (1 if own[1] else -1) * s)**2
                   for own, c, s in zip(is_class.T, costs, scores[0]))
    assert loss.value(scores) == pytest.approx(expected)


@pytest.mark.parametrize("name", ["logistic", "softmax"])
def test_the_logistic_loss_is_minus_the_logarithm_of_the_own_class_s_probability(name):
    loss, is_class, costs, scores = a_loss(name)
    if name == "logistic":
        scores = np.vstack([np.zeros_like(scores), scores])
    log_p = special.log_softmax(scores, axis=0)
    assert loss.value(scores[-loss.n_scores:]) == pytest.approx(
        -sum(c * log_p[own.argmax(), n] for n, (own, c) in enumerate(zip(is_class.T, costs))))


@all_losses
def test_the_pulls_are_the_negative_slope_of_the_loss(loss):
    loss, _, _, scores = a_loss(loss)
    assert loss.pulls(scores) == pytest.approx(
        -optimize.approx_fprime(scores.ravel(), lambda s: loss.value(s.reshape(scores.shape)),
                                1e-7).reshape(scores.shape), abs=1e-4)


@all_losses
def test_the_bending_is_how_the_pulls_fall(loss):
    loss, _, _, scores = a_loss(loss)
    change = np.random.default_rng(1).normal(size=scores.shape)
    falls = (loss.pulls(scores - 1e-6 * change) - loss.pulls(scores + 1e-6 * change)) / 2e-6
    assert loss.bending(scores)(change) == pytest.approx(falls, abs=1e-6)


@all_losses
def test_balanced_pulls_cancel_and_cost_what_the_conjugate_says(loss):
    # For pulls a the bound is min over s of loss(s) + a.s, found by a search that knows no formula;
    # what the change costs is by how much this is below the loss at the scores, and their a.s.
    name, loss = loss, a_loss(loss)[0]
    scores = 0.1 * np.random.default_rng(1).normal(size=(loss.n_scores, N))
    pulls, cost = loss.balanced_pulls(scores)
    assert pulls.sum(axis=1) == pytest.approx(np.zeros(loss.n_scores), abs=1e-12)
    lowest = optimize.minimize(lambda s: loss.value(s.reshape(scores.shape)) + pulls.ravel() @ s,
                               scores.ravel(), jac=lambda s: (
                                   pulls - loss.pulls(s.reshape(scores.shape))).ravel(),
                               method="BFGS", options={"gtol": 1e-10}).fun
    assert cost == pytest.approx(loss.value(scores) + (pulls * scores).sum() - lowest, rel=1e-5)
    assert cost > 1e-4, name


def test_far_scores_neither_overflow_nor_lose_the_small_pulls():
    is_class = np.array([[0.0, 1, 0], [1, 0, 1]])
    loss, scores = Softmax(is_class, np.ones(3)), np.array([[-1e4, -1e4, 50]])
    assert loss.value(scores) == pytest.approx(1e4)
    assert loss.pulls(scores) == pytest.approx(np.array([[1, 0, np.exp(-50)]]), rel=1e-12,
                                               abs=0)
    assert loss.bending(scores)(np.ones((1, 3)))[0, :2] == pytest.approx([0, 0], abs=1e-300)


# ---- the gap ------------------------------------------------------------------------------------


@pytest.mark.parametrize("has_bias", [True, False])
@all_losses
def test_the_gap_is_never_below_the_distance_to_the_minimum(loss, has_bias):
    loss, _, _, scores = a_loss(loss)
    rng = np.random.default_rng(2)
    A, penalty = rng.normal(size=(N, 5)), np.ones(5)
    if has_bias:
        A[:, -1], penalty[-1] = 1, 0

    def value(theta):
        theta = theta.reshape(-1, 5)
        return 0.5 * (penalty * theta**2).sum() + loss.value(theta @ A.T)

    theta = 0.05 * rng.normal(size=(loss.n_scores, 5))
    best = optimize.minimize(value, theta.ravel(), method="BFGS", options={"gtol": 1e-6}).fun
    gap = Objective(loss, A, penalty).gap(theta, theta @ A.T)
    assert value(theta.ravel()) - best <= gap < np.inf


# ---- linear equations ---------------------------------------------------------------------------


def test_conjugate_gradients_solve_a_linear_system():
    rng = np.random.default_rng(0)
    A, target = rng.normal(size=(50, 20)), rng.normal(size=(1, 20))
    H = np.eye(20) + A.T @ A
    x = conjugate_gradients(lambda v: v @ H, target)
    assert np.linalg.norm(x @ H - target) <= 0.03 * np.linalg.norm(target)


def test_conjugate_gradients_need_one_product_where_all_directions_bend_alike():
    calls = []
    x = conjugate_gradients(lambda v: calls.append(1) or 3 * v, np.ones((2, 5)))
    assert len(calls) == 1 and x == pytest.approx(np.full((2, 5), 1 / 3))


# ---- hard problems ------------------------------------------------------------------------------


# At C = 1e8 rounding allows no gap of 1e-14, the default tolerance, and some fits say so.
@pytest.mark.filterwarnings("ignore::minicv.person_detector.ConvergenceWarning")
@pytest.mark.parametrize("C", [1e4, 1e8])
@pytest.mark.parametrize("method", [LogisticRegression, LinearSVC, fast.LogisticRegression,
                                    fast.LinearSVC])
@pytest.mark.parametrize("seed", range(6))
def test_newton_arrives_where_full_steps_overshoot(method, C, seed):
    # One to three samples against 300, separable, hardly penalised: the active set changes wildly.
    X = np.random.default_rng(seed).normal(size=(300, 20))
    classifier = method(C=C).fit(X, np.arange(300) < 1 + seed % 3)
    assert classifier.certificate_ <= 1e-8
    assert np.max(classifier.n_iter_) <= 100


@pytest.mark.parametrize("svm", [LinearSVC(C=1e12), fast.LinearSVC(C=1e12),
                                 fast.LinearSVC(C=1e12, loss="hinge")])
def test_where_rounding_allows_no_more_the_fit_stops_and_says_so(svm):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(300, 20)) * 1e9, rng.random(300) < 0.5
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        svm.fit(X, y)
    assert svm.n_iter_ < 100
    assert [w.category for w in caught] == [ConvergenceWarning]
    assert svm.certificate_ > 1e-8 and np.isfinite(svm.coef_).all()


@pytest.mark.parametrize("method", [LogisticRegression, LinearSVC])
def test_the_default_tolerance_gives_the_weights_to_a_millionth(method):
    # The optimum: the same fit with the least tolerance that rounding allows.
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 15)) @ rng.normal(size=(15, 15))
    y = rng.integers(0, 3, 200)
    best = method(tol=1e-22, max_iter=40)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        best.fit(X, y)
    assert best.certificate_ < 1e-19
    classifier = method().fit(X, y)
    assert (np.linalg.norm(classifier.coef_ - best.coef_)
            <= 1e-6 * np.linalg.norm(best.coef_))
