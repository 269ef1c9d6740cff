"""What stands behind the linear classifiers: losses, the gap, linear systems, hard problems."""

import warnings

import numpy as np
import pytest
from scipy import optimize, special

from minicv import fast
from minicv.person_detector import ConvergenceWarning, LinearSVC, LogisticRegression
from minicv.person_detector.newton import (
    Objective,
    Softmax,
    SquaredHinge,
    cancelling_shares,
    conjugate_gradients,
)

N = 24
LOSSES = {"squared hinge": (SquaredHinge(), 2), "logistic": (Softmax(), 2),
          "softmax": (Softmax(), 4)}
all_losses = pytest.mark.parametrize("name", LOSSES)


def a_loss(name, seed=0):
    """A loss, where N samples belong, and scores: not at the kink."""
    rng = np.random.default_rng(seed)
    loss, n_classes = LOSSES[name]
    is_class = np.eye(n_classes)[:, np.arange(N) % n_classes]
    return loss, is_class, 3 * rng.normal(size=(1 if n_classes == 2 else n_classes, N))


def total(loss, scores, is_class):
    return loss.at(scores, is_class)[0].sum()


# ---- losses -------------------------------------------------------------------------------------


def test_the_squared_hinge_is_that_of_the_formula():
    loss, is_class, scores = a_loss("squared hinge")
    assert loss.at(scores, is_class)[0] == pytest.approx([
        max(0, 1 - (1 if own[1] else -1) * s)**2 for own, s in zip(is_class.T, scores[0])])


@pytest.mark.parametrize("name", ["logistic", "softmax"])
def test_the_logistic_loss_is_minus_the_logarithm_of_the_own_class_s_probability(name):
    loss, is_class, scores = a_loss(name)
    log_p = special.log_softmax(
        np.vstack([np.zeros_like(scores), scores]) if name == "logistic" else scores, axis=0)
    assert loss.at(scores, is_class)[0] == pytest.approx(-(log_p * is_class).sum(axis=0))


@all_losses
def test_the_pulls_are_the_negative_slope_of_the_loss(name):
    loss, is_class, scores = a_loss(name)
    assert loss.at(scores, is_class)[1] == pytest.approx(
        -optimize.approx_fprime(scores.ravel(), lambda s: total(loss, s.reshape(scores.shape),
                                                                is_class),
                                1e-7).reshape(scores.shape), abs=1e-4)


@all_losses
def test_the_bending_is_how_the_pulls_fall(name):
    loss, is_class, scores = a_loss(name)
    change = np.random.default_rng(1).normal(size=scores.shape)
    falls = (loss.at(scores - 1e-6 * change, is_class)[1]
             - loss.at(scores + 1e-6 * change, is_class)[1]) / 2e-6
    assert loss.at(scores, is_class)[2](change) == pytest.approx(falls, abs=1e-6)


@pytest.mark.parametrize("share", [0.999, 0.9, 0.5])
@all_losses
def test_keeping_a_share_of_a_pull_costs_what_the_conjugate_says(name, share):
    # For pulls a the bound is min over s of loss(s) + a.s, found by a search that knows no formula;
    # the cost is by how much this is below the loss at the scores, and their a.s. The softmax takes
    # a bound of it: never less, and no more than twice where the share is near 1.
    loss, is_class, scores = a_loss(name)
    losses, pulls, _ = loss.at(scores, is_class)
    costs = loss.shrinking(losses, np.full(N, share))
    for n in range(N):
        own, at, a = is_class[:, [n]], scores[:, n], share * pulls[:, n]
        exact = losses[n] + a @ at - optimize.minimize(
            lambda s, own=own, a=a: total(loss, s[:, None], own) + a @ s, at,
            jac=lambda s, own=own, a=a: a - loss.at(s[:, None], own)[1][:, 0],
            method="BFGS", options={"gtol": 1e-10}).fun
        if name == "squared hinge":
            assert costs[n] == pytest.approx(exact, rel=1e-5, abs=1e-12)
        else:
            assert exact <= costs[n] * (1 + 1e-5) + 1e-12
            assert costs[n] <= (1 - share) * losses[n] * (1 + 1e-12)
            assert costs[n] <= 2.2 * exact + 1e-12 or share < 0.99 or losses[n] > 2


@pytest.mark.parametrize("n_classes", [2, 3, 6])
def test_the_kept_shares_make_the_pulls_cancel(n_classes):
    # A class pulls its own score up by as much as all others down; of two, one score is enough.
    rng = np.random.default_rng(n_classes)
    by_class = -rng.uniform(size=(n_classes, n_classes))
    np.fill_diagonal(by_class, 0)
    by_class -= np.diag(by_class.sum(axis=0))
    shares = cancelling_shares(by_class[1:] if n_classes == 2 else by_class)
    assert by_class @ shares == pytest.approx(np.zeros(n_classes), abs=1e-12)
    assert shares.min() > 0 and shares.max() == 1


def test_a_class_without_pulls_leaves_none_to_the_other():
    assert cancelling_shares(np.array([[3.0, 0.0]])).tolist() == [0, 1]


def test_far_scores_neither_overflow_nor_lose_the_small_pulls():
    scores, own = np.array([[-1e4, -1e4, 50]]), np.array([[0.0, 1, 0], [1, 0, 1]])
    losses, pulls, bending = Softmax().at(scores, own)
    assert losses == pytest.approx([1e4, 0, np.exp(-50)])
    assert pulls == pytest.approx(np.array([[1, 0, np.exp(-50)]]), rel=1e-12, abs=0)
    assert bending(np.ones((1, 3)))[0, :2] == pytest.approx([0, 0], abs=1e-300)
    assert Softmax().shrinking(losses, np.array([0.5, 0.5, 0.5]))[0] == 5e3  # no overflow either


# ---- the gap ------------------------------------------------------------------------------------


@pytest.mark.parametrize("has_bias", [True, False])
@all_losses
def test_the_gap_is_never_below_the_distance_to_the_minimum(name, has_bias):
    loss, is_class, scores = a_loss(name)
    rng = np.random.default_rng(2)
    A, penalty, costs = rng.normal(size=(N, 5)), np.ones(5), rng.uniform(0.5, 2, N)
    if has_bias:
        A[:, -1], penalty[-1] = 1, 0

    def value(theta):
        theta = theta.reshape(-1, 5)
        return 0.5 * (penalty * theta**2).sum() + costs @ loss.at(theta @ A.T, is_class)[0]

    theta = 0.05 * rng.normal(size=(len(scores), 5))
    best = optimize.minimize(value, theta.ravel(), method="BFGS", options={"gtol": 1e-6}).fun
    here = Objective(loss, is_class, costs, A, penalty).at(theta)
    assert here.value == pytest.approx(value(theta.ravel()), rel=1e-12)
    slope = optimize.approx_fprime(theta.ravel(), value, 1e-7)
    assert here.gradient.ravel() == pytest.approx(slope, abs=1e-4)
    assert here.value - best <= here.gap < np.inf


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
    # One to three samples against 120, separable, hardly penalised: the active set changes wildly.
    X = np.random.default_rng(seed).normal(size=(120, 10))
    classifier = method(C=C).fit(X, np.arange(120) < 1 + seed % 3)
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
