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

from minicv.person_detector.classifiers import KNeighborsClassifier, LinearSVC, LogisticRegression

linear_model = pytest.importorskip("sklearn.linear_model")
svm = pytest.importorskip("sklearn.svm")
neighbors = pytest.importorskip("sklearn.neighbors")

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning",
                                        "ignore:Line Search failed", "ignore:.*line search",
                                        "ignore:.*[Ii]ll-conditioned")

SHAPES = {"tall": (200, 10), "wide": (30, 120), "correlated": (150, 40)}
LOSSES = {
    "logistic": lambda m: np.logaddexp(0, -m),
    "squared_hinge": lambda m: np.maximum(0, 1 - m)**2,
    "hinge": lambda m: np.maximum(0, 1 - m),
}
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
def test_logistic_regression(shape, C, weighted, fit_intercept):
    X, y, options, sample_weight, costs = problem(shape, weighted)
    options |= {"C": C, "fit_intercept": fit_intercept}
    ours = LogisticRegression(**options).fit(X, y, sample_weight)
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
@pytest.mark.parametrize("loss", ["squared_hinge", "hinge"])
def test_linear_svc_without_a_bias(shape, C, weighted, loss):
    X, y, options, sample_weight, costs = problem(shape, weighted)
    options |= {"C": C, "loss": loss, "fit_intercept": False}
    ours = LinearSVC(**options).fit(X, y, sample_weight)
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
    ours = LinearSVC(C=C, loss="hinge", **options).fit(X, y, sample_weight)
    theirs = svm.SVC(C=C, kernel="linear", tol=1e-6, max_iter=100_000,
                     **options).fit(X, y, sample_weight)
    value, reference = (value_of(classifier, "hinge", X, y, C * costs)
                        for classifier in (ours, theirs))
    assert value <= reference * (1 + 1e-8)
    assert reference <= value * 1.01  # LIBSVM keeps its matrix in float32, and stops early


@all_shapes
@all_c
@all_weights
def test_squared_hinge_with_a_bias_against_a_general_minimiser(shape, C, weighted):
    X, y, options, sample_weight, costs = problem(shape, weighted)
    ours = LinearSVC(C=C, **options).fit(X, y, sample_weight)
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


@pytest.mark.parametrize("loss", ["squared_hinge", "hinge"])
def test_linear_svc_with_a_bias_where_the_best_bias_is_zero(loss):
    X, y, _, _, _ = problem("tall", None)
    X, y = np.vstack([X, -X]), np.append(y, np.where(y == "yes", "no", "yes"))  # mirrored
    ours = LinearSVC(loss=loss).fit(X, y)
    theirs = svm.LinearSVC(loss=loss, dual=loss == "hinge", tol=1e-8, max_iter=20_000).fit(X, y)
    value, reference = (value_of(classifier, loss, X, y, np.ones(len(X)))
                        for classifier in (ours, theirs))
    assert value <= reference * (1 + 1e-8)
    assert reference <= value * (1 + 1e-4)


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
    (KNeighborsClassifier(), neighbors.KNeighborsClassifier()),
])
def test_options_have_the_same_names_and_defaults(ours, theirs):
    options = {name: value for name, value in vars(ours).items() if hasattr(theirs, name)}
    differing = {name for name, value in options.items() if value != getattr(theirs, name)}
    assert differing <= {"tol"}  # which has another meaning, and therefore another default
    assert {"n_neighbors"} <= set(options) or {"C", "class_weight", "max_iter"} <= set(options)
