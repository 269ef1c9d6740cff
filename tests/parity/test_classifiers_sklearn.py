"""The classifiers against scikit-learn: our objective is no more than 1e-8 above its, relatively.

Both sides' w and b are put into one and the same objective, written down here.  scikit-learn runs
with tolerances at which it reaches its own limits, and may warn that it does.  Its LinearSVC
penalises the bias, so it is compared without one, and with one on data that are centred and
balanced by mirroring, so that the best bias is 0; with a bias in general, SVC(kernel="linear") is
the peer for the hinge, and a smooth minimiser of SciPy for the squared hinge.
"""

import numpy as np
import pytest
from scipy import optimize

from minicv import fast
from minicv.person_detector import KNeighborsClassifier, LinearSVC, LogisticRegression

linear_model = pytest.importorskip("sklearn.linear_model")
svm = pytest.importorskip("sklearn.svm")
neighbors = pytest.importorskip("sklearn.neighbors")
base = pytest.importorskip("sklearn.base")
model_selection = pytest.importorskip("sklearn.model_selection")
pipeline = pytest.importorskip("sklearn.pipeline")
preprocessing = pytest.importorskip("sklearn.preprocessing")

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning",
                                        "ignore:Line Search failed", "ignore:.*line search",
                                        "ignore:.*[Ii]ll-conditioned")

SHAPES = {"tall": (200, 10), "wide": (30, 120), "correlated": (150, 40)}
LOSSES = {
    "logistic": lambda m: np.logaddexp(0, -m),
    "squared_hinge": lambda m: np.maximum(0, 1 - m)**2,
    "hinge": lambda m: np.maximum(0, 1 - m),
}
ROOMS = {"plain": (LogisticRegression, LinearSVC),
         "fast": (fast.LogisticRegression, fast.LinearSVC)}
both_rooms = pytest.mark.parametrize("room", ROOMS)
room_and_loss = pytest.mark.parametrize("room, loss", [
    ("plain", "squared_hinge"), ("fast", "squared_hinge"), ("fast", "hinge")])
all_shapes = pytest.mark.parametrize("shape", SHAPES)
all_c = pytest.mark.parametrize("C", [1e-3, 1.0, 30.0])
all_weights = pytest.mark.parametrize("weighted", [None, "samples", "classes", "balanced"])


def problem(shape, weighted):
    """Samples, labels, options, sample weights, and the c_i / C that these amount to."""
    rng = np.random.default_rng(len(shape))
    n, d = SHAPES[shape]
    X = rng.normal(size=(n, d))
    if shape == "correlated":  # not negative, and in the same direction to a large part
        X = 0.2 * np.abs(X + rng.normal(size=(n, 1)))
    noise = X.std() * np.sqrt(d) * rng.normal(size=n)
    y = np.where(X @ rng.normal(size=d) + noise > 0, "yes", "no")
    sample_weight = rng.uniform(0, 3, n) if weighted == "samples" else None
    class_weight = {"classes": {"yes": 4, "no": 0.5}, "balanced": "balanced"}.get(weighted)
    costs = np.ones(n)
    if weighted == "samples":
        costs = sample_weight
    if weighted == "classes":
        costs = np.where(y == "yes", 4, 0.5)
    if weighted == "balanced":
        share = (y == "yes").mean()
        costs = np.where(y == "yes", 0.5 / share, 0.5 / (1 - share))
    return X, y, {"class_weight": class_weight}, sample_weight, costs


def objective(loss, w, b, X, y, costs):
    margins = np.where(y == "yes", 1, -1) * (X @ w + b)
    return 0.5 * w @ w + costs @ LOSSES[loss](margins)


def value_of(classifier, loss, X, y, costs):
    return objective(loss, classifier.coef_[0], np.ravel(classifier.intercept_)[0], X, y, costs)


@all_shapes
@all_c
@all_weights
@pytest.mark.parametrize("fit_intercept", [True, False])
@both_rooms
def test_logistic_regression(room, shape, C, weighted, fit_intercept):
    X, y, options, sample_weight, costs = problem(shape, weighted)
    options |= {"C": C, "fit_intercept": fit_intercept}
    ours = ROOMS[room][0](**options).fit(X, y, sample_weight)
    theirs = linear_model.LogisticRegression(solver="newton-cholesky", tol=1e-10, max_iter=1000,
                                             **options).fit(X, y, sample_weight)
    value, reference = (value_of(classifier, "logistic", X, y, C * costs)
                        for classifier in (ours, theirs))
    assert value <= reference * (1 + 1e-8)
    assert reference <= value * (1 + 1e-8)  # and it is the same problem
    assert ours.predict_proba(X) == pytest.approx(theirs.predict_proba(X), abs=1e-3)


@all_shapes
@all_c
@all_weights
@room_and_loss
def test_linear_svc_without_a_bias(room, loss, shape, C, weighted):
    X, y, options, sample_weight, costs = problem(shape, weighted)
    options |= {"C": C, "loss": loss, "fit_intercept": False}
    ours = ROOMS[room][1](**options).fit(X, y, sample_weight)
    theirs = svm.LinearSVC(dual=loss == "hinge", tol=1e-8, max_iter=20_000,
                           **options).fit(X, y, sample_weight)
    value, reference = (value_of(classifier, loss, X, y, C * costs)
                        for classifier in (ours, theirs))
    assert value <= reference * (1 + 1e-8)
    assert reference <= value * 1.1  # LIBLINEAR stops above the minimum, but not far


@all_shapes
@all_c
@all_weights
def test_hinge_with_a_bias_against_svc(shape, C, weighted):
    X, y, options, sample_weight, costs = problem(shape, weighted)
    ours = fast.LinearSVC(C=C, loss="hinge", **options).fit(X, y, sample_weight)
    theirs = svm.SVC(C=C, kernel="linear", tol=1e-6, max_iter=100_000,
                     **options).fit(X, y, sample_weight)
    value, reference = (value_of(classifier, "hinge", X, y, C * costs)
                        for classifier in (ours, theirs))
    assert value <= reference * (1 + 1e-8)
    assert reference <= value * 1.01  # LIBSVM keeps its matrix in float32, and stops early


@all_shapes
@all_c
@all_weights
@both_rooms
def test_squared_hinge_with_a_bias_against_a_general_minimiser(room, shape, C, weighted):
    X, y, options, sample_weight, costs = problem(shape, weighted)
    ours = ROOMS[room][1](C=C, **options).fit(X, y, sample_weight)
    signs = np.where(y == "yes", 1, -1)

    def value_and_gradient(theta):
        short = np.maximum(0, 1 - signs * (X @ theta[:-1] + theta[-1]))
        pulls = 2 * C * costs * short * signs
        return (0.5 * theta[:-1] @ theta[:-1] + C * costs @ short**2,
                np.append(theta[:-1] - pulls @ X, -pulls.sum()))

    reference = optimize.minimize(value_and_gradient, np.zeros(X.shape[1] + 1), jac=True,
                                  method="L-BFGS-B", options={"ftol": 1e-14, "gtol": 1e-9,
                                                              "maxiter": 5000}).fun
    value = value_of(ours, "squared_hinge", X, y, C * costs)
    assert value <= reference * (1 + 1e-8)
    assert reference <= value * (1 + 1e-6)


@room_and_loss
def test_linear_svc_with_a_bias_where_the_best_bias_is_zero(room, loss):
    X, y, _, _, _ = problem("tall", None)
    X, y = np.vstack([X, -X]), np.append(y, np.where(y == "yes", "no", "yes"))  # mirrored
    ours = ROOMS[room][1](loss=loss).fit(X, y)
    theirs = svm.LinearSVC(loss=loss, dual=loss == "hinge", tol=1e-8, max_iter=20_000).fit(X, y)
    value, reference = (value_of(classifier, loss, X, y, np.ones(len(X)))
                        for classifier in (ours, theirs))
    assert value <= reference * (1 + 1e-8)
    assert reference <= value * (1 + 1e-4)


@pytest.mark.parametrize("class_weight", [None, "balanced", {"a": 3, "d": 0.5}])
@pytest.mark.parametrize("fit_intercept", [True, False])
@both_rooms
@all_shapes
@all_c
def test_logistic_regression_of_four_classes(room, shape, C, fit_intercept, class_weight):
    n, d = SHAPES[shape]
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, d))
    y = np.array(["a", "b", "c", "d"])[(X[:, :4] + rng.normal(size=(n, 4))).argmax(axis=1)]
    options = {"C": C, "fit_intercept": fit_intercept, "class_weight": class_weight}
    ours = ROOMS[room][0](**options).fit(X, y)
    theirs = linear_model.LogisticRegression(tol=1e-10, max_iter=10_000, **options).fit(X, y)
    assert ours.coef_.shape == theirs.coef_.shape and ours.intercept_.shape == (4,)
    # L-BFGS stops where its objective no longer falls: at the root of double precision.
    assert (np.linalg.norm(ours.coef_ - theirs.coef_)
            <= 1e-5 * np.linalg.norm(theirs.coef_))
    assert ours.intercept_ == pytest.approx(theirs.intercept_, abs=1e-4)
    assert ours.predict_proba(X) == pytest.approx(theirs.predict_proba(X), abs=1e-5)


@pytest.mark.parametrize("weights", ["uniform", "distance"])
@pytest.mark.parametrize("k", [1, 5, 12])
def test_neighbours(k, weights):
    rng = np.random.default_rng(0)
    X, queries = rng.normal(size=(300, 30)) + 100, rng.normal(size=(80, 30)) + 100
    y = rng.choice(["a", "b", "c"], 300)
    ours = KNeighborsClassifier(k, weights=weights).fit(X, y)
    theirs = neighbors.KNeighborsClassifier(k, weights=weights, algorithm="kd_tree").fit(X, y)
    distances, numbers = ours.kneighbors(queries)
    their_distances, their_numbers = theirs.kneighbors(queries)
    assert np.array_equal(numbers, their_numbers)
    assert distances == pytest.approx(their_distances, rel=1e-12)
    assert ours.predict_proba(queries) == pytest.approx(theirs.predict_proba(queries), rel=1e-12)
    assert np.array_equal(ours.predict(queries), theirs.predict(queries))


@pytest.mark.parametrize("ours, theirs", [
    (LogisticRegression(), linear_model.LogisticRegression()),
    (LinearSVC(), svm.LinearSVC()),
    (fast.LogisticRegression(), linear_model.LogisticRegression()),
    (fast.LinearSVC(), svm.LinearSVC()),
    (KNeighborsClassifier(), neighbors.KNeighborsClassifier()),
])
def test_options_have_the_same_names_and_defaults(ours, theirs):
    options = {name: value for name, value in vars(ours).items() if hasattr(theirs, name)}
    differing = {name for name, value in options.items() if value != getattr(theirs, name)}
    assert differing <= {"tol"}  # which has another meaning, and therefore another default
    assert {"n_neighbors"} <= set(options) or {"C", "class_weight", "max_iter"} <= set(options)


# ---- inside scikit-learn ------------------------------------------------------------------------

CLASSIFIERS = [LogisticRegression(C=0.3), LinearSVC(C=0.3), KNeighborsClassifier(3),
               fast.LogisticRegression(C=0.3), fast.LinearSVC(C=0.3, loss="hinge")]
all_classifiers = pytest.mark.parametrize("classifier", CLASSIFIERS, ids=lambda c: (
    f"{type(c).__module__.split('.')[1]}-{type(c).__name__}"))


@all_classifiers
def test_clone_copies_the_options_and_not_what_was_learned(classifier):
    X, y, _, _, _ = problem("tall", None)
    copy = base.clone(classifier.fit(X, y))
    assert copy.get_params() == classifier.get_params() and not hasattr(copy, "classes_")


@all_classifiers
def test_scikit_learn_takes_it_for_a_classifier(classifier):
    assert base.is_classifier(classifier)


@all_classifiers
def test_a_pipeline_ends_in_it(classifier):
    X, y, _, _, _ = problem("tall", None)
    scaler = preprocessing.StandardScaler()
    line = pipeline.make_pipeline(scaler, base.clone(classifier)).fit(X, y)
    alone = base.clone(classifier).fit(scaler.fit_transform(X), y)
    assert np.array_equal(line.predict(X), alone.predict(scaler.transform(X)))
    assert line.score(X, y) > 0.6


@all_classifiers
def test_cross_validation_is_that_of_the_folds_by_hand(classifier):
    X, y, _, _, _ = problem("tall", None)
    folds = model_selection.StratifiedKFold(4)
    by_hand = [base.clone(classifier).fit(X[train], y[train]).score(X[test], y[test])
               for train, test in folds.split(X, y)]
    assert model_selection.cross_val_score(classifier, X, y, cv=4).tolist() == by_hand


@all_classifiers
def test_a_grid_search_finds_the_better_option(classifier):
    X, y, _, _, _ = problem("tall", None)
    name = "n_neighbors" if isinstance(classifier, KNeighborsClassifier) else "C"
    values = [1, 15] if name == "n_neighbors" else [1e-9, 1.0]
    search = model_selection.GridSearchCV(classifier, {name: values}).fit(X, y)
    assert search.best_params_ == {name: values[1]}
    assert getattr(search.best_estimator_, name) == values[1]


def test_options_set_by_name_are_checked_as_the_constructor_s():
    with pytest.raises(ValueError, match="C must be"):
        LinearSVC().set_params(C=-1)
    with pytest.raises(ValueError, match="option of LinearSVC must be .loss., .C., .* got .gamma."):
        LinearSVC().set_params(gamma=1)
