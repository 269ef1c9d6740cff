"""The linear classifiers: closed forms, invariants, certificates that hold, and edge cases.

`objective` is written down here once more, plainly, and all that is compared is its value or w.
"""

import warnings

import numpy as np
import pytest
from scipy import optimize, special

from minicv import fast
from minicv.person_detector import ConvergenceWarning, LinearSVC, LogisticRegression

METHODS = {
    "logistic": LogisticRegression,
    "squared_hinge": LinearSVC,
    "fast logistic": fast.LogisticRegression,
    "fast squared_hinge": fast.LinearSVC,
    "fast hinge": lambda **options: fast.LinearSVC(loss="hinge", **options),
}
all_methods = pytest.mark.parametrize("method", METHODS)


@pytest.fixture(autouse=True)
def warnings_are_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def overlapping(n=120, d=6, seed=0):
    """Samples of two classes, a third of them on the wrong side of any plane or near it."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d)) + 0.5
    y = X @ rng.normal(size=d) + 2 * rng.normal(size=n) > 0.5
    return X, y


def objective(method, X, y, w, b, costs):
    """P(w, b), with one cost c_i for each sample; y is True for the positive class."""
    method = method.removeprefix("fast ")
    total = 0.5 * sum(w**2)
    for x, positive, cost in zip(X, y, np.broadcast_to(costs, len(X))):
        margin = (1 if positive else -1) * (x @ w + b)
        if method == "logistic":
            total += cost * np.logaddexp(0, -margin)
        else:
            total += cost * max(0, 1 - margin)**(1 if method == "hinge" else 2)
    return total


def value_of(classifier, method, X, y, costs=1.0):
    return objective(method, X, y, classifier.coef_[0], classifier.intercept_[0], costs)


# ---- the minimum --------------------------------------------------------------------------------


@pytest.mark.parametrize("C", [0.01, 0.3, 5.0])
@all_methods
def test_two_samples_have_the_weight_of_the_closed_form(method, C):
    # Two samples, at -1 and 1; b = 0. The minimum of w^2 / 2 + 2 C l(w) for each loss. The hinge is
    # as low for each b that leaves both samples short of their margins, |b| <= 1 - w.
    weight = {
        "logistic": lambda C: optimize.brentq(lambda w: w - 2 * C / (1 + np.exp(w)), 0, 9),
        "squared_hinge": lambda C: 4 * C / (1 + 4 * C),
        "hinge": lambda C: min(1, 2 * C),
    }[method.removeprefix("fast ")]
    classifier = METHODS[method](C=C, tol=1e-12).fit([[-1.0], [1.0]], [0, 1])
    assert classifier.coef_ == pytest.approx(np.array([[weight(C)]]), abs=1e-5)
    room = 1 - weight(C) if method == "fast hinge" else 0
    assert abs(classifier.intercept_[0]) <= room + 1e-5


@pytest.mark.parametrize("fit_intercept", [True, False])
@all_methods
def test_no_general_minimiser_gets_lower(method, fit_intercept):
    X, y = overlapping(n=40, d=2)
    costs = np.random.default_rng(1).uniform(0.1, 3, len(X))
    classifier = METHODS[method](fit_intercept=fit_intercept).fit(X, y, sample_weight=costs)
    ours = value_of(classifier, method, X, y, costs)

    def bias(theta):
        return theta[2] if fit_intercept else 0.0

    # Powell's method uses no derivatives, so the kink of the hinge does not stop it.
    theirs = optimize.minimize(lambda theta: objective(method, X, y, theta[:2], bias(theta), costs),
                               np.zeros(2 + fit_intercept), method="Powell",
                               options={"xtol": 1e-7, "ftol": 1e-12, "maxiter": 60}).fun
    assert ours <= theirs * (1 + 1e-8)
    assert ours == pytest.approx(theirs, rel=2e-2)


@all_methods
def test_the_certificate_bounds_the_distance_from_the_minimum_in_each_step(method):
    X, y = overlapping()
    best = value_of(METHODS[method](tol=1e-13).fit(X, y), method, X, y)
    certificates = []
    for max_iter in range(1, 9):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            classifier = METHODS[method](tol=1e-13, max_iter=max_iter).fit(X, y)
        value = value_of(classifier, method, X, y)
        assert value - best <= (classifier.certificate_ + 1e-12) * value
        certificates.append(classifier.certificate_)
    assert certificates[0] > 1e-3 and certificates[-1] < 0.1 * certificates[0]


@all_methods
def test_a_fit_that_is_stopped_early_warns_with_its_gap(method):
    X, y = overlapping()
    with pytest.warns(ConvergenceWarning, match="stopped after 1 iterations.*gap of") as warned:
        classifier = METHODS[method](max_iter=1).fit(X, y)
    assert classifier.certificate_ > 1e-8
    assert {warning.filename for warning in warned} == {__file__}  # where the call is


@all_methods
def test_a_fit_that_is_not_stopped_has_its_certificate(method):
    classifier = METHODS[method]().fit(*overlapping())  # warnings are errors here
    assert 0 <= classifier.certificate_ <= 1e-8
    assert 1 <= np.max(classifier.n_iter_) < 30


# ---- invariants ---------------------------------------------------------------------------------


@all_methods
def test_the_bias_is_not_penalised_so_a_shift_of_all_samples_changes_it_alone(method):
    X, y = overlapping()
    shift = np.array([1e6, -300, 0, 1, 1, 5])
    plain = METHODS[method](tol=1e-11).fit(X, y)
    shifted = METHODS[method](tol=1e-11).fit(X + shift, y)
    assert shifted.coef_ == pytest.approx(plain.coef_, abs=1e-4)
    assert shifted.decision_function(X + shift) == pytest.approx(plain.decision_function(X),
                                                                 abs=1e-3)


@all_methods
def test_sample_weight_two_is_the_sample_twice_and_zero_is_none(method):
    X, y = overlapping()
    weight = np.random.default_rng(2).integers(0, 3, len(X))
    weighted = METHODS[method](tol=1e-12).fit(X, y, sample_weight=weight)
    repeated = METHODS[method](tol=1e-12).fit(np.repeat(X, weight, axis=0), np.repeat(y, weight))
    assert weighted.coef_ == pytest.approx(repeated.coef_, abs=1e-5)
    assert weighted.intercept_ == pytest.approx(repeated.intercept_, abs=1e-5)


@all_methods
def test_class_weights_are_sample_weights(method):
    X, y = overlapping()
    by_class = METHODS[method](tol=1e-12, class_weight={True: 3.0, False: 0.5}).fit(X, y)
    by_sample = METHODS[method](tol=1e-12).fit(X, y, sample_weight=np.where(y, 3.0, 0.5))
    assert by_class.coef_ == pytest.approx(by_sample.coef_, abs=1e-5)


@all_methods
def test_balanced_classes_weigh_the_same_and_as_much_as_before_together(method):
    X, y = overlapping()
    y = y & (X[:, 0] > 1)
    share = y.mean()
    balanced = METHODS[method](tol=1e-12, class_weight="balanced").fit(X, y)
    weights = np.where(y, 0.5 / share, 0.5 / (1 - share))
    by_sample = METHODS[method](tol=1e-12).fit(X, y, sample_weight=weights)
    assert balanced.coef_ == pytest.approx(by_sample.coef_, abs=1e-5)


@all_methods
def test_more_features_than_samples_is_a_rotation_of_fewer(method):
    X, y = overlapping(n=40, d=6)
    rng = np.random.default_rng(3)
    rotation = np.linalg.qr(rng.normal(size=(90, 6)))[0].T  # (6, 90), orthonormal rows
    few = METHODS[method](tol=1e-12).fit(X, y)
    many = METHODS[method](tol=1e-12).fit(X @ rotation, y)
    assert many.coef_ == pytest.approx(few.coef_ @ rotation, abs=1e-5)
    assert many.intercept_ == pytest.approx(few.intercept_, abs=1e-5)


@all_methods
def test_swapping_the_classes_negates_the_plane(method):
    X, y = overlapping()
    plain, swapped = METHODS[method](tol=1e-12).fit(X, y), METHODS[method](tol=1e-12).fit(X, ~y)
    assert swapped.coef_ == pytest.approx(-plain.coef_, abs=1e-5)


# ---- warm start ---------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [120, 5])
@pytest.mark.parametrize("method", [name for name in METHODS if name != "fast hinge"])
def test_a_warm_start_at_the_minimum_makes_no_step(method, n):
    X, y = overlapping(n)
    classifier = METHODS[method](warm_start=True, tol=1e-9).fit(X, y)
    assert np.max(classifier.n_iter_) > 0
    classifier.tol = 1e-8
    assert np.max(classifier.fit(X, y).n_iter_) == 0


@all_methods
def test_a_warm_start_elsewhere_ends_at_the_same_minimum(method):
    X, y = overlapping()
    cold = METHODS[method](tol=1e-12).fit(X, y)
    warm = METHODS[method](tol=1e-12, warm_start=True).fit(-3 * X[:50], y[:50]).fit(X, y)
    assert warm.coef_ == pytest.approx(cold.coef_, abs=1e-5)


@all_methods
def test_a_warm_start_with_other_features_or_classes_is_a_cold_one(method):
    X, y = overlapping()
    classifier = METHODS[method](warm_start=True).fit(X[:, :2], y)
    assert classifier.fit(X, y).coef_.shape == (1, 6)
    assert classifier.fit(X, np.where(y, "yes", "no")).predict(X[:1])[0] in ("yes", "no")


# ---- data that make trouble ---------------------------------------------------------------------


@all_methods
def test_separable_data_have_the_widest_margin_as_c_grows(method):
    # The samples next to the gap are at 2 and 4, so w = 1 and b = -3 for both SVMs. Logistic
    # regression goes on for ever, but slowly: its scores stay finite and its boundary is at 3.
    X = np.array([[-5.0], [0], [2], [4], [6], [20]])
    classifier = METHODS[method](C=1e8).fit(X, [0, 0, 0, 1, 1, 1])
    assert classifier.certificate_ <= 1e-8
    assert -classifier.intercept_[0] / classifier.coef_[0, 0] == pytest.approx(3, abs=1e-3)
    if "logistic" not in method:
        assert classifier.coef_[0, 0] == pytest.approx(1, abs=1e-3)


@all_methods
def test_constant_features_have_no_weight(method):
    X, y = overlapping()
    with_constants = np.column_stack([np.full(len(X), 7.0), X, np.zeros(len(X))])
    plain = METHODS[method](tol=1e-12).fit(X, y)
    classifier = METHODS[method](tol=1e-12).fit(with_constants, y)
    assert classifier.coef_[0, [0, -1]] == pytest.approx([0, 0], abs=1e-12)
    assert classifier.coef_[:, 1:-1] == pytest.approx(plain.coef_, abs=1e-5)


@all_methods
def test_duplicated_features_share_their_weight(method):
    X, y = overlapping()
    coef = METHODS[method](tol=1e-12).fit(np.hstack([X, X, X]), y).coef_[0]
    assert coef[:6] == pytest.approx(coef[6:12], abs=1e-6)
    assert coef[:6] == pytest.approx(coef[12:], abs=1e-6)


@pytest.mark.parametrize("scale", [1e6, 1e-6])
@all_methods
def test_scaled_features_are_the_same_problem_with_another_c(method, scale):
    X, y = overlapping()
    plain = METHODS[method](tol=1e-11, C=0.5).fit(X, y)
    scaled = METHODS[method](tol=1e-11, C=0.5 / scale**2).fit(X * scale, y)
    assert scaled.coef_ * scale == pytest.approx(plain.coef_, abs=1e-4)


@pytest.mark.parametrize("scales", [np.full(6, 1e6), 10.0 ** np.arange(-6, 6, 2)])
@all_methods
def test_features_of_large_and_of_mixed_scales_are_certified_as_well(method, scales):
    X, y = overlapping()
    assert METHODS[method]().fit(X * scales, y).certificate_ <= 1e-8


@all_methods
def test_one_sample_against_many_is_certified_at_large_c(method):
    X, y = overlapping()
    y = np.arange(len(X)) == 0
    assert METHODS[method](C=1e4).fit(X, y).certificate_ <= 1e-8


@all_methods
def test_contradicting_samples_leave_no_weight(method):
    X = np.repeat(np.arange(4.0)[:, np.newaxis], 2, axis=0)
    y = np.tile([0, 1], 4)
    assert METHODS[method](tol=1e-12).fit(X, y).coef_ == pytest.approx(np.zeros((1, 1)), abs=1e-5)


# ---- labels, types, shapes ----------------------------------------------------------------------


@pytest.mark.parametrize("labels", [(-1, 1), (0, 1), (False, True), ("cat", "dog"), (3.0, 7.0)])
@all_methods
def test_any_two_labels_are_the_same_problem(method, labels):
    X, y = overlapping()
    plain = METHODS[method]().fit(X, y)
    labelled = np.array(labels)[y.astype(int)]
    classifier = METHODS[method]().fit(X, labelled)
    assert classifier.classes_.tolist() == list(labels)
    assert np.array_equal(classifier.coef_, plain.coef_)
    assert np.array_equal(classifier.predict(X) == labels[1], plain.predict(X))
    assert classifier.score(X, labelled) == plain.score(X, y) > 0.6


@all_methods
def test_float32_and_integers_are_computed_with_in_float64(method):
    X, y = overlapping()
    X = X.round(1).astype(np.float32)
    single = METHODS[method]().fit(X, y)
    assert single.coef_.dtype == np.float64
    assert np.array_equal(single.coef_, METHODS[method]().fit(X.astype(float), y).coef_)
    whole = METHODS[method]().fit(X.astype(int), y)
    assert np.array_equal(whole.coef_, METHODS[method]().fit(X.astype(int).astype(float), y).coef_)


@all_methods
def test_shapes_are_those_of_scikit_learn(method):
    X, y = overlapping()
    classifier = METHODS[method]().fit(X, y)
    assert (classifier.coef_.shape, classifier.intercept_.shape) == ((1, 6), (1,))
    assert classifier.decision_function(X).shape == classifier.predict(X).shape == (120,)


@all_methods
def test_the_second_class_is_predicted_where_the_score_is_above_0(method):
    X, y = overlapping()
    classifier = METHODS[method]().fit(X, np.where(y, "yes", "no"))
    scores = classifier.decision_function(X)
    assert 0 < np.mean((0 < scores) & (scores < 1))  # where another threshold would be seen
    assert classifier.predict(X).tolist() == ["yes" if s > 0 else "no" for s in scores]


@all_methods
def test_fitting_leaves_the_samples_as_they_are(method):
    X, y = overlapping()
    before = X.copy()
    METHODS[method]().fit(X, y)
    assert np.array_equal(X, before)


@all_methods
def test_without_an_intercept_the_plane_goes_through_the_origin(method):
    classifier = METHODS[method](fit_intercept=False).fit(*overlapping())
    assert classifier.intercept_.tolist() == [0]
    assert classifier.certificate_ <= 1e-8


@all_methods
def test_score_takes_weights(method):
    X, y = overlapping()
    classifier = METHODS[method]().fit(X, y)
    right = classifier.predict(X) == y
    assert classifier.score(X, y, sample_weight=right) == 1
    assert classifier.score(X, y) == right.mean() < 1


def test_probabilities_are_the_logistic_function_of_the_scores():
    X, y = overlapping()
    classifier = LogisticRegression().fit(X, y)
    probabilities = classifier.predict_proba(X)
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(len(X)))
    assert probabilities[:, 1] == pytest.approx(1 / (1 + np.exp(-classifier.decision_function(X))))


def test_probabilities_of_far_samples_do_not_overflow():
    classifier = LogisticRegression().fit([[-1.0], [1.0]], [0, 1])
    assert classifier.predict_proba([[1e9], [-1e9]]) == pytest.approx(np.array([[0, 1], [1, 0]]),
                                                                      abs=1e-300)


@pytest.mark.parametrize("method", [name for name in METHODS if "hinge" in name])
def test_of_three_classes_each_is_fitted_against_the_rest(method):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 90)
    X = np.array([[0, 3.0], [3, 0], [-3, -3]])[y] + rng.normal(size=(90, 2))
    classifier = METHODS[method](tol=1e-12).fit(X, y)
    assert classifier.coef_.shape == (3, 2)
    for n in range(3):
        alone = METHODS[method](tol=1e-12).fit(X, y == n)
        assert classifier.coef_[n] == pytest.approx(alone.coef_[0], abs=1e-5)
        assert classifier.certificate_ >= alone.certificate_
    assert classifier.score(X, y) > 0.9


# ---- logistic regression of more than two classes -----------------------------------------------

both_rooms = pytest.mark.parametrize("method", ["logistic", "fast logistic"])


def three_classes(n=150):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, n)
    return np.array([[0, 1.0], [1, 0], [-1, -1]])[y] + rng.normal(size=(n, 2)), y


def softmax_objective(theta, X, y, costs):
    """P for rows of theta, each w and b: written down once more, with SciPy's softmax."""
    scores = X @ theta[:, :-1].T + theta[:, -1]
    return (0.5 * (theta[:, :-1]**2).sum()
            - costs @ special.log_softmax(scores, axis=1)[np.arange(len(X)), y])


@both_rooms
def test_of_three_classes_no_general_minimiser_gets_lower(method):
    X, y = three_classes()
    costs = np.random.default_rng(1).uniform(0.1, 3, len(X))
    classifier = METHODS[method]().fit(X, y, costs)
    ours = softmax_objective(np.column_stack([classifier.coef_, classifier.intercept_]), X, y,
                             costs)
    theirs = optimize.minimize(lambda t: softmax_objective(t.reshape(3, 3), X, y, costs),
                               np.zeros(9), options={"gtol": 1e-6}).fun
    assert ours <= theirs * (1 + 1e-12)
    assert ours == pytest.approx(theirs, rel=1e-8)


@both_rooms
def test_of_three_classes_the_certificate_bounds_the_distance_in_each_step(method):
    X, y = three_classes()

    def value(classifier):
        return softmax_objective(np.column_stack([classifier.coef_, classifier.intercept_]), X, y,
                                 np.ones(len(X)))

    best = value(METHODS[method]().fit(X, y))
    certificates = []
    for max_iter in range(1, 8):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            classifier = METHODS[method](max_iter=max_iter).fit(X, y)
        assert value(classifier) - best <= (classifier.certificate_ + 1e-12) * value(classifier)
        certificates.append(classifier.certificate_)
    assert certificates[0] > 1e-6 > 1e-10 > certificates[-1]


@both_rooms
def test_of_three_classes_a_warm_start_at_the_minimum_makes_no_step(method):
    classifier = METHODS[method](warm_start=True, tol=1e-13).fit(*three_classes())
    assert classifier.n_iter_ > 0
    classifier.tol = 1e-12
    assert classifier.fit(*three_classes()).n_iter_ == 0


@both_rooms
def test_of_three_classes_the_probabilities_are_the_softmax_of_the_scores(method):
    X, y = three_classes()
    classifier = METHODS[method]().fit(X, y)
    assert classifier.decision_function(X).shape == (150, 3)
    assert classifier.predict_proba(X) == pytest.approx(
        special.softmax(classifier.decision_function(X), axis=1))
    assert np.array_equal(classifier.predict(X), classifier.predict_proba(X).argmax(axis=1))
    assert classifier.intercept_.sum() == pytest.approx(0, abs=1e-9)
    assert classifier.coef_.sum(axis=0) == pytest.approx(np.zeros(2), abs=1e-9)


@both_rooms
def test_of_three_classes_at_one_place_the_probabilities_are_the_shares(method):
    # All samples at one place: the probabilities can only be the classes' shares of the weight.
    y = np.array([0, 0, 0, 1, 1, 2])
    classifier = METHODS[method](class_weight={2: 4}).fit(np.ones((6, 2)), y)
    assert classifier.predict_proba([[1.0, 1.0]]) == pytest.approx(np.array([[3, 2, 4]]) / 9)


# ---- what is refused ----------------------------------------------------------------------------


def test_the_plain_svm_says_who_has_the_hinge():
    with pytest.raises(ValueError, match="got .hinge.; minicv.fast.LinearSVC has both"):
        LinearSVC(loss="hinge")


@all_methods
def test_one_class_is_an_error(method):
    with pytest.raises(ValueError, match="at least two classes; y has .'cat'."):
        METHODS[method]().fit([[1.0], [2.0]], ["cat", "cat"])


@all_methods
def test_a_class_without_weight_is_an_error(method):
    with pytest.raises(ValueError, match="of which .1. have no weight"):
        METHODS[method]().fit([[1.0], [2.0]], [0, 1], sample_weight=[1, 0])


@pytest.mark.parametrize("bad, message", [
    (np.array([[0.0], [np.nan], [np.inf]]), r"2 of the 3 numbers of X.*first at \(1, 0\)"),
    (np.zeros(3), r"shape \(samples, features\)"),
    (np.zeros((3, 0)), r"nothing in it: its shape is \(3, 0\)"),
    (np.zeros((3, 1, 1)), r"shape \(samples, features\), got \(3, 1, 1\)"),
])
@all_methods
def test_samples_that_are_no_finite_matrix_are_an_error(method, bad, message):
    with pytest.raises(ValueError, match=message):
        METHODS[method]().fit(bad, [0, 1, 1])


@pytest.mark.parametrize("bad", [np.array([["a"], ["b"]]), np.array([[1j], [2j]])])
@all_methods
def test_samples_that_are_no_real_numbers_are_an_error(method, bad):
    with pytest.raises(TypeError, match="real numbers"):
        METHODS[method]().fit(bad, [0, 1])


@pytest.mark.parametrize("bad, message", [
    ([0, 1, 1], r"shape \(2,\), got \(3,\)"), ([[0], [1]], "one label a sample"),
    ([0.5, 1.5], "2 of the 2 numbers of y are not whole"), ([0.0, np.nan], "NaN or infinite"),
])
@all_methods
def test_labels_of_the_wrong_shape_or_kind_are_an_error(method, bad, message):
    with pytest.raises(ValueError, match=message):
        METHODS[method]().fit([[1.0], [2.0]], bad)


@all_methods
def test_labels_of_two_kinds_are_an_error(method):
    with pytest.raises(TypeError, match="y must be whole numbers or strings alone"):
        METHODS[method]().fit([[1.0], [2.0], [3.0]], [0, 1, "1"])


@all_methods
def test_a_score_with_labels_of_another_kind_is_an_error(method):
    classifier = METHODS[method]().fit([[1.0], [2.0]], [0, 1])
    with pytest.raises(TypeError, match="'y': 'strings', 'classes_': 'numbers'"):
        classifier.score([[1.0], [2.0]], ["0", "1"])


@pytest.mark.parametrize("bad", [[1, np.nan], [1, -1], [0, 0], [1]])
def test_a_score_with_wrong_weights_is_an_error(bad):
    classifier = LinearSVC().fit([[1.0], [2.0]], [0, 1])
    with pytest.raises(ValueError, match="sample_weight"):
        classifier.score([[1.0], [2.0]], [0, 1], sample_weight=bad)


@all_methods
def test_costs_that_overflow_together_are_an_error(method):
    with pytest.raises(ValueError, match="numbers of C . class_weight . sample_weight .* 1e.50"):
        METHODS[method](C=1e30).fit([[1.0], [2.0]], [0, 1], sample_weight=[1e30, 1e30])


@pytest.mark.parametrize("C", [1e-50, 1e-20, 1e50])
@pytest.mark.parametrize("scale", [1e-300, 1e-100, 1.0, 1e100])
@all_methods
def test_the_ends_of_the_range_give_finite_planes(method, scale, C):
    # Where rounding allows no more, the fit says so; nothing becomes NaN, and nothing else warns.
    X, y = overlapping()
    X = X / np.abs(X).max() * scale
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        classifier = METHODS[method](C=C).fit(X, y)
    assert np.isfinite(classifier.decision_function(X)).all()
    assert np.isfinite(classifier.certificate_)


@all_methods
def test_whole_numbers_never_wrap(method):
    X = np.array([[0], [255], [3], [250]], np.uint8)
    classifier = METHODS[method](tol=1e-12).fit(X, [0, 1, 0, 1])
    assert np.array_equal(classifier.coef_,
                          METHODS[method](tol=1e-12).fit(X.astype(float), [0, 1, 0, 1]).coef_)


@pytest.mark.parametrize("bad", [[1.0], [1, -1], [1, np.nan], [1, np.inf]])
@all_methods
def test_wrong_sample_weights_are_an_error(method, bad):
    with pytest.raises(ValueError, match="of the 2 numbers of sample_weight is|"
                                         "sample_weight must have the shape"):
        METHODS[method]().fit([[1.0], [2.0]], [0, 1], sample_weight=bad)


@pytest.mark.parametrize("bad, message", [
    ("equal", "if no dictionary, must be None or 'balanced', got 'equal'"),
    ({"dog": 2}, "names .'dog'., but the classes are"),
    ({0: -1}, "1 of the 2 numbers of class_weight is below 0"),
])
@all_methods
def test_wrong_class_weights_are_an_error(method, bad, message):
    with pytest.raises(ValueError, match=message):
        METHODS[method](class_weight=bad).fit([[1.0], [2.0]], [0, 1])


@all_methods
def test_a_switch_is_no_number(method):
    for option in ("fit_intercept", "warm_start"):
        with pytest.raises(TypeError, match=f"{option} must be True or False"):
            METHODS[method](**{option: 1})


@pytest.mark.parametrize("option, bad", [("C", 0), ("C", -1.0), ("C", np.inf), ("tol", 0),
                                         ("tol", np.nan), ("max_iter", 0)])
@all_methods
def test_options_out_of_range_are_an_error(method, option, bad):
    with pytest.raises(ValueError, match=f"{option} must be"):
        METHODS[method](**{option: bad})


def test_an_unknown_loss_is_an_error():
    with pytest.raises(ValueError, match="'squared_hinge' or 'hinge', got 'log'"):
        fast.LinearSVC(loss="log")


@all_methods
def test_predicting_before_fitting_is_an_error(method):
    with pytest.raises(RuntimeError, match="not fitted yet"):
        METHODS[method]().predict([[1.0]])


@all_methods
def test_predicting_with_other_features_is_an_error(method):
    classifier = METHODS[method]().fit(*overlapping())
    with pytest.raises(ValueError, match=r"X must have the shape .samples, 6., got .1, 5."):
        classifier.predict(np.zeros((1, 5)))


@all_methods
def test_predicting_of_no_samples_or_of_no_numbers_is_an_error(method):
    classifier = METHODS[method]().fit(*overlapping())
    for bad, message in ((np.zeros((0, 6)), "X has nothing in it"),
                         (np.full((1, 6), np.nan), "6 of the 6 numbers of X are NaN"),
                         (np.zeros(6), "a single sample is X.np.newaxis.")):
        with pytest.raises(ValueError, match=message):
            classifier.predict(bad)
