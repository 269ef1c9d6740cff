"""The fast solvers against the plain ones; the factor and the interior point are theirs alone."""

import warnings

import numpy as np
import pytest

from minicv import fast, person_detector
from minicv.fast.cholesky import factorised
from minicv.fast.interior_point import Factors, HingeProblem
from minicv.fast.solvers import ROUNDING, Logistic
from minicv.person_detector import ConvergenceWarning
from minicv.person_detector.newton import Softmax

NAMES = ["LogisticRegression", "LinearSVC"]


def samples(n, d, n_classes, seed=0):
    """Correlated features, and labels that no plane separates."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + 3
    y = (X @ rng.normal(size=(d, n_classes)) / d + 2 * rng.normal(size=(n, n_classes))).argmax(1)
    return X, y, rng.uniform(0, 2, n)


@pytest.mark.parametrize("C, shape, n_classes, fit_intercept", [
    # Each value of an option meets each of every other option.
    (0.01, (300, 12), 2, True), (0.01, (30, 80), 4, False), (0.01, (2000, 30), 2, False),
    (1.0, (300, 12), 4, False), (1.0, (30, 80), 2, True), (1.0, (2000, 30), 4, True),
    (100.0, (300, 12), 2, True), (100.0, (30, 80), 4, True), (100.0, (2000, 30), 2, False),
])
@pytest.mark.parametrize("name", NAMES)
def test_plain_and_fast_give_the_same_plane(name, C, shape, n_classes, fit_intercept):
    X, y, weight = samples(*shape, n_classes)
    options = {"C": C, "fit_intercept": fit_intercept, "class_weight": {0: 2}}
    ours = getattr(fast, name)(**options).fit(X, y, weight)
    plain = getattr(person_detector, name)(**options).fit(X, y, weight)
    assert ours.certificate_ <= 1e-14 and plain.certificate_ <= 1e-14
    assert (np.linalg.norm(ours.coef_ - plain.coef_)
            <= 1e-6 * np.linalg.norm(plain.coef_))
    assert ours.intercept_ == pytest.approx(plain.intercept_, rel=1e-5, abs=1e-5)
    assert np.mean(ours.predict(X) == plain.predict(X)) > 0.999


@pytest.mark.parametrize("name", NAMES)
def test_with_many_features_no_hessian_is_written_down(name, monkeypatch):
    monkeypatch.setattr("minicv.fast.solvers.FEW", 90)
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(200, 100)), rng.random(200) < 0.5
    # With so large a C, both would write it down for 90 features.
    plain = getattr(person_detector, name)(C=100).fit(X, y)
    monkeypatch.delattr("minicv.fast.solvers.factorised")
    ours = getattr(fast, name)(C=100).fit(X, y)
    assert np.linalg.norm(ours.coef_ - plain.coef_) <= 1e-6 * np.linalg.norm(plain.coef_)


@pytest.mark.parametrize("room", [person_detector, fast])
def test_a_warm_start_where_the_classes_weights_do_not_add_up_to_0_ends_at_the_minimum(room):
    X, y, _ = samples(300, 12, 3)
    cold = room.LogisticRegression(warm_start=True).fit(X, y)
    coef, intercept = cold.coef_, cold.intercept_
    cold.coef_ = coef + np.arange(12.0)
    warm = cold.fit(X, y)
    assert warm.coef_ == pytest.approx(coef, abs=1e-5)
    assert warm.intercept_ - warm.intercept_.mean() == pytest.approx(intercept, abs=1e-5)
    assert warm.certificate_ <= 1e-14


def test_the_hinge_may_stop_where_rounding_allows_no_more_and_the_squared_hinge_says_so():
    # Large scores, hardly penalised: rounding leaves the hinge a gap of about 1e-12.
    rng = np.random.default_rng(0)
    X = rng.normal(size=(100, 60))
    X, y = 1e3 * X, X[:, 0] + rng.normal(size=100) > 0
    hinge = fast.LinearSVC(loss="hinge", C=1e6)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        hinge.fit(X, y)
    assert hinge.tol < hinge.certificate_ <= ROUNDING
    smooth = fast.LinearSVC(tol=1e-30, max_iter=30)
    with pytest.warns(ConvergenceWarning):
        smooth.fit(*samples(300, 12, 2))
    assert smooth.certificate_ <= ROUNDING


def test_directions_that_span_ten_orders_of_magnitude():
    # Hardly penalised. (With twelve orders it depends on the order in which a BLAS adds.)
    rng = np.random.default_rng(0)
    U, _, V = np.linalg.svd(rng.normal(size=(60, 200)), full_matrices=False)
    X = U * np.logspace(0, -10, 60) @ V
    y = (X @ rng.normal(size=(200, 3)) + 0.01 * rng.normal(size=(60, 3))).argmax(axis=1)
    for room in (fast, person_detector):
        assert room.LinearSVC(C=1e10).fit(X, y).certificate_ <= 1e-12


@pytest.mark.parametrize("room", [person_detector, fast])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e160])
def test_features_of_which_no_plane_can_be_computed(bad, name, room):
    X, y, _ = samples(30, 4, 2)
    X[3, 2] = bad
    with pytest.raises(ValueError, match=r"1 of the 120 numbers of X .* the first at \(3, 2\)"):
        getattr(room, name)().fit(X, y)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_the_fast_loss_is_the_softmax(n_classes):
    rng = np.random.default_rng(0)
    is_class = np.eye(n_classes)[:, rng.integers(0, n_classes, 60)]
    scores = rng.normal(size=(n_classes if n_classes > 2 else 1, 60)) * np.logspace(-9, 3, 60)
    change = rng.normal(size=scores.shape)
    ours, plain = (loss.at(scores, is_class) for loss in (Logistic(), Softmax()))
    for one, other in ((ours[0], plain[0]), (ours[1], plain[1]),
                       (ours[2](change), plain[2](change))):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-13)
    # log(1 + exp(-m)) and 1 / (1 + exp(m)) at the ends, where nothing overflows.
    losses, pulls, _ = Logistic().at(np.array([[800.0, -800.0, 0.0]]), np.eye(2)[:, [1, 1, 1]])
    np.testing.assert_allclose(losses, [0, 800, np.log(2)], atol=1e-300)
    np.testing.assert_allclose(pulls, [[0, 1, 0.5]], atol=1e-300)


def test_logistic_regression_begins_with_the_share_of_each_class():
    """Of features that say nothing nothing is learned: the start is the minimum."""
    y, weight = np.repeat([0, 1, 2], [5, 30, 65]), np.tile([1.0, 2.0], 50)
    for chosen in (y < 2, y >= 0):
        fitted = fast.LogisticRegression().fit(np.zeros((100, 2))[chosen], y[chosen],
                                               weight[chosen])
        assert fitted.n_iter_ == 0
        shares = np.bincount(y[chosen], weight[chosen]) / weight[chosen].sum()
        assert fitted.predict_proba(np.zeros((1, 2)))[0] == pytest.approx(shares)


# ---- linear equations ---------------------------------------------------------------------------


def test_a_hessian_of_duplicated_features_can_be_factorised():
    A = np.repeat(np.random.default_rng(0).normal(size=(50, 20)), 10, axis=1) * 1e6
    solve = factorised(A, np.zeros(200), np.ones(50))
    target = A.T @ A @ np.ones(200)
    assert A @ solve(target) == pytest.approx(A @ np.ones(200), rel=1e-3)


def test_the_factor_solves_with_the_hessian_that_was_written_down():
    rng = np.random.default_rng(0)
    A, h, penalty, target = rng.normal(size=(50, 20)), rng.random(50), rng.random(20), np.ones(20)
    x = factorised(A, penalty, h)(target)
    assert (np.diag(penalty) + A.T @ np.diag(h) @ A) @ x == pytest.approx(target)


# ---- the interior point -------------------------------------------------------------------------


def test_a_step_ends_where_the_first_factor_becomes_zero():
    one, minus_two = np.array([1.0]), np.array([-2.0])
    factors = Factors(one, one, one, one)
    assert factors.longest_step(Factors(one, minus_two, one, one)) == 0.5
    assert factors.longest_step(factors) == 1


def test_the_hinge_s_gap_is_that_of_the_formula_with_the_pulls_of_both_classes_balanced():
    rng = np.random.default_rng(0)
    A, c = np.column_stack([rng.normal(size=(20, 3)), np.ones(20)]), rng.uniform(1, 2, 20)
    y = np.where(np.arange(20) < 5, 1.0, -1.0)
    theta, a = rng.normal(size=4), c * rng.uniform(0, 1, 20)
    margins = y * (A @ theta)
    gap = HingeProblem(A, y, c, np.array([1.0, 1, 1, 0])).relative_gap(
        theta, margins, Factors(a, np.ones(20), c - a, np.ones(20)))

    a = np.where(y > 0, a, a * a[:5].sum() / a[5:].sum())  # the five are outweighed: shrink others
    assert a @ y == pytest.approx(0, abs=1e-12)
    value = 0.5 * theta[:3] @ theta[:3] + c @ np.maximum(0, 1 - margins)
    dual = a.sum() - 0.5 * sum((A[:, :3].T @ (a * y))**2)
    assert gap == pytest.approx((value - dual) / value, rel=1e-10)


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_the_hinge_does_not_care_in_how_many_dimensions_its_samples_stand(fit_intercept):
    # Turned into more dimensions than there are samples, the same points have the same margins.
    X, y, weight = samples(25, 4, 2)
    turn = np.linalg.qr(np.random.default_rng(1).normal(size=(40, 4)))[0].T
    few, many = (fast.LinearSVC(loss="hinge", C=3, fit_intercept=fit_intercept, tol=1e-10)
                 .fit(points, y, weight) for points in (X, X @ turn))
    assert many.coef_ == pytest.approx(few.coef_ @ turn, rel=1e-5, abs=1e-8)
    assert many.intercept_ == pytest.approx(few.intercept_, rel=1e-5, abs=1e-8)


@pytest.mark.parametrize("C", [0.1, 0.3, 1.0])
def test_no_sample_pulls_the_hinge_by_more_than_C(C):
    # 1/2 w^2 + 2 C max(0, 1 - w) is least at w = 2 C, or where both have the margin 1.
    hinge = fast.LinearSVC(loss="hinge", C=C, fit_intercept=False).fit([[1.0], [-1.0]], [1, -1])
    assert hinge.coef_.item() == pytest.approx(min(2 * C, 1))


@pytest.mark.parametrize("C", [0.01, 1.0, 100.0])
def test_the_interior_point_needs_few_steps_and_stops_when_it_is_there(C):
    X, y, _ = samples(300, 12, 2)
    hinge = fast.LinearSVC(loss="hinge", C=C, tol=1e-9).fit(X, y)
    assert hinge.certificate_ <= 1e-9 and hinge.n_iter_ <= 25
    cut_short = fast.LinearSVC(loss="hinge", C=C, tol=1e-9, max_iter=3)
    with pytest.warns(ConvergenceWarning):
        cut_short.fit(X, y)
    assert cut_short.n_iter_ == 3
