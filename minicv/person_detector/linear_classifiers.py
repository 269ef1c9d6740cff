"""Linear classifiers: a plane between the people and everything else.

The problem.  Samples x_1 ... x_n in d dimensions belong to classes.  Give each class a *score*
s = w.x + b, so that each sample scores highest for its own class.  Two classes need one score only:
the second class where it is above 0, the first elsewhere.

The objective.  A *loss* says how bad the scores of a sample are.  It is convex, and low where the
sample's own class is far ahead.  Find weights and biases that minimise

    P(w, b) = 1/2 |w|^2 + sum_i c_i loss(scores of x_i)       c_i = C * class weight * sample weight

The bias b is not penalised: shifting all samples by the same vector changes b and nothing else.

With the *squared hinge* this is a support vector machine: samples with a margin above 1 cost
nothing, and the others, the support vectors, pull at the plane.  The planes s = +1 and s = -1 are
2 / |w| apart, so a small |w| is a wide road between the classes.  With the *softmax* it is logistic
regression, whose p are probabilities; with two classes the first score is 0 throughout, so
p = 1 / (1 + exp(-s)).

`newton` has the two losses, finds the minimum, and says how near it is: a fit ends when P is above
its minimum by no more than `tol` of itself.

Sources: Cortes and Vapnik, *Support-vector networks*, 1995; Bishop, *Pattern Recognition and
Machine Learning*, section 4.3.  It answers exercise 2.2.  Names and defaults are scikit-learn's,
which has seven solvers for these two; its LinearSVC penalises the bias as well, and its `tol` has
another meaning for each solver.  `minicv.fast.solvers` has faster steps, and the plain hinge.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike

from minicv import checks
from minicv.person_detector.estimator import Classifier
from minicv.person_detector.newton import (
    Minimum,
    Objective,
    Softmax,
    SquaredHinge,
    minimise,
    one_score_a_class,
    softmax,
)

HIGHEST_COST = 1e50  # of a sample; and 1e-50 is the least C


class ConvergenceWarning(UserWarning):
    """A fit ended before it reached its tolerance: the result may be used, but is not the best."""


Self = TypeVar("Self", bound="LinearClassifier")


class LinearClassifier(Classifier):
    """Base of the classifiers that decide by w.x + b: their options, `fit` and the scores."""

    loss_function: SquaredHinge | Softmax
    rounding = 0.0  # the relative gap that rounding alone may cause: no reason for a warning
    coef_: np.ndarray
    intercept_: np.ndarray

    def __init__(self, *, C: float = 1.0, class_weight: Mapping | str | None = None,
                 tol: float = 1e-14, max_iter: int = 100, fit_intercept: bool = True,
                 warm_start: bool = False):
        self.C, self.class_weight, self.tol = C, class_weight, tol
        self.max_iter, self.fit_intercept, self.warm_start = max_iter, fit_intercept, warm_start
        self._check_options()

    def _check_options(self) -> None:
        checks.number(self.C, "C", least=1 / HIGHEST_COST, most=HIGHEST_COST)
        checks.number(self.tol, "tol", above=0)
        checks.whole(self.max_iter, "max_iter", least=1)
        checks.flag(self.fit_intercept, "fit_intercept")
        checks.flag(self.warm_start, "warm_start")
        if not isinstance(self.class_weight, Mapping):
            checks.choice(self.class_weight, "class_weight, if no dictionary,", [None, "balanced"])

    def fit(self: Self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
            ) -> Self:
        """Learn from samples.

        Parameters
        ----------
        X : (n, d)
            Real numbers.
        y : (n,)
            Labels: whole numbers, booleans or strings.
        sample_weight : (n,), optional
            Numbers of 0 or more. Weight 2 is like having the sample twice, weight 0 like leaving it
            out.

        Warns
        -----
        ConvergenceWarning
            It stopped before `certificate_` was `tol`.
        """
        X, classes, numbers = self._examples(X, y)
        costs = sample_costs(self.C, classes, numbers, self.class_weight, sample_weight)
        A, penalty, mean, scale = centred_and_scaled(X, costs, self.fit_intercept)
        n_rows, d = len(classes) if len(classes) > 2 else 1, X.shape[1]
        theta = np.zeros((n_rows, len(scale)))
        if (self.warm_start and hasattr(self, "coef_") and np.array_equal(classes, self.classes_)
                and self.coef_.shape[1] == d):
            theta[:, :d] = self.coef_
            theta[:, d:] = (self.intercept_ + self.coef_ @ mean)[:, np.newaxis]
        problems = [Objective(self.loss_function, is_class, costs, A, penalty)
                    for is_class in self._divided(np.eye(len(classes))[:, numbers])]
        found, gaps, steps = zip(*map(self._minimise, problems,
                                      np.split(theta / scale, len(problems))))
        theta, self.certificate_, self.n_iter_ = np.vstack(found) * scale, max(gaps), max(steps)
        self.classes_, self.n_features_in_ = classes, d
        self.coef_ = theta[:, :d]
        self.intercept_ = theta[:, d:].sum(axis=1) - self.coef_ @ mean
        if self.certificate_ > max(self.tol, self.rounding):
            warnings.warn(f"stopped after {self.n_iter_} iterations with a relative duality gap of "
                          f"{self.certificate_:.1e}, above tol={self.tol:g}; allow more, or scale "
                          "the features to similar sizes", ConvergenceWarning, stacklevel=2)
        return self

    def _divided(self, is_class: np.ndarray) -> list[np.ndarray]:
        """The problems to solve, each for its own rows of `coef_`: (K, n) each."""
        return [is_class]

    def _minimise(self, objective: Objective, theta: np.ndarray) -> Minimum:
        return minimise(objective, theta, self.tol, self.max_iter)

    def decision_function(self, X: ArrayLike) -> np.ndarray:
        """The scores w.x + b: (n,) with two classes, else (n, K)."""
        scores = self._queries(X) @ self.coef_.T + self.intercept_
        return scores[:, 0] if len(self.coef_) == 1 else scores

    def predict(self, X: ArrayLike) -> np.ndarray:
        """The label of each sample, (n,)."""
        scores = self.decision_function(X)
        return self.classes_[(scores > 0).astype(int) if scores.ndim == 1 else scores.argmax(1)]


class LinearSVC(LinearClassifier):
    """Linear support vector machine; of more than two classes, each against the rest.

    Parameters
    ----------
    loss : "squared_hinge"
        `minicv.fast.LinearSVC` has "hinge" as well.
    C : float
        How much the samples count against the width of the margin.
    class_weight : None, dict or "balanced"
        A dictionary from labels to weights (1 for those missing), or inversely proportional to the
        classes' (weighted) numbers of samples, so that all weigh the same.
    fit_intercept : bool
        Whether there is a bias b. It is not penalised.
    tol : float
        Stop when `certificate_` is no larger.
    max_iter : int
        How many steps at most, for each row of `coef_`.
    warm_start : bool
        Begin where the last fit ended, if it had the same classes and features.

    Attributes
    ----------
    classes_ : (K,)
        The labels, sorted. Of two, the second is the positive class.
    coef_, intercept_ : (1, d) and (1,) float64
        w and b; (K, d) and (K,) if K > 2. b is unique unless no support vector pins it down.
    n_iter_ : int
        Steps made, the most of any row.
    certificate_ : float
        The relative duality gap, the largest of any row: P(w, b) is at most this fraction of
        itself above the minimum, whatever the minimum is.

    Examples
    --------
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1]
    >>> LinearSVC(C=1e4).fit(X, y).decision_function([[1.0], [1.5], [2.0]]).round(3).tolist()
    [-1.0, 0.0, 1.0]
    """

    loss_function = SquaredHinge()
    known_losses: tuple[str, ...] = ("squared_hinge",)

    def __init__(self, *, loss: str = "squared_hinge", C: float = 1.0,
                 class_weight: Mapping | str | None = None, tol: float = 1e-14,
                 max_iter: int = 1000, fit_intercept: bool = True, warm_start: bool = False):
        self.loss = loss
        super().__init__(C=C, class_weight=class_weight, tol=tol, max_iter=max_iter,
                         fit_intercept=fit_intercept, warm_start=warm_start)

    def _check_options(self) -> None:
        super()._check_options()
        checks.choice(self.loss, "loss", self.known_losses, hint="minicv.fast.LinearSVC has both")

    def _divided(self, is_class: np.ndarray) -> list[np.ndarray]:
        rows = is_class[1:] if len(is_class) == 2 else is_class
        return [np.stack([1 - row, row]) for row in rows]


class LogisticRegression(LinearClassifier):
    """Logistic regression of any number of classes with an L2 penalty.

    Parameters
    ----------
    C, class_weight, fit_intercept, tol, max_iter, warm_start
        As `LinearSVC` has them.

    Attributes
    ----------
    classes_ : (K,)
        The labels, sorted. Of two, the second is the positive class.
    coef_, intercept_ : (1, d) and (1,) float64 with two classes, else (K, d) and (K,)
        w and b. The K biases add up to 0: adding a number to all would change nothing.
    n_iter_, certificate_ : int, float
        Steps of Newton's method, and the relative duality gap, as in `LinearSVC`.

    Notes
    -----
    The minimum is unique: separable classes, constant features (their weight is 0) and duplicated
    ones (they share theirs) need no special case.

    Examples
    --------
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], ["cat", "cat", "dog", "dog"]
    >>> classifier = LogisticRegression().fit(X, y)
    >>> classifier.predict_proba([[0.5], [1.5]]).round(3).tolist()
    [[0.723, 0.277], [0.5, 0.5]]
    """

    loss_function = Softmax()

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """The probability of each class, (n, K); each row sums to 1."""
        return softmax(one_score_a_class(np.atleast_2d(self.decision_function(X).T)))[0].T


# ---- what `fit` prepares -------------------------------------------------------------------------


def sample_costs(C: float, classes: np.ndarray, numbers: np.ndarray,
                 class_weight: Mapping | str | None, sample_weight: ArrayLike | None) -> np.ndarray:
    """C * class weight * sample weight of each sample (n,).

    A ValueError if there are less than two classes, or some without weight.

    Examples
    --------
    >>> sample_costs(1.0, np.array(["no", "yes"]), np.array([0, 0, 1]), "balanced", None).tolist()
    [0.75, 0.75, 1.5]
    """
    weight = np.ones(len(numbers)) if sample_weight is None else checks.numbers(
        sample_weight, "sample_weight", numbers.shape, dtype=float, least=0, within=HIGHEST_COST)
    labels = classes.tolist()
    by_class = np.ones(len(classes))
    if class_weight == "balanced":
        share = np.bincount(numbers, weight, len(classes)) / (weight.sum() or 1)
        by_class /= len(classes) * np.maximum(share, 1 / HIGHEST_COST)
    elif isinstance(class_weight, Mapping):
        if not class_weight.keys() <= set(labels):
            raise ValueError(f"class_weight names {[*class_weight]}, but the classes are {labels}")
        by_class = checks.numbers([class_weight.get(label, 1) for label in labels], "class_weight",
                                  classes.shape, dtype=float, least=0, within=HIGHEST_COST)
    costs = checks.numbers(C * by_class[numbers] * weight, "C * class_weight * sample_weight",
                           within=HIGHEST_COST)
    without = classes[np.bincount(numbers, costs) == 0].tolist()
    if len(classes) < 2 or without:
        raise ValueError(f"need samples of at least two classes; y has {labels}"
                         + (f", of which {without} have no weight" if without else ""))
    return costs


def centred_and_scaled(X: np.ndarray, costs: np.ndarray, fit_intercept: bool
                       ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The same problem in better coordinates: A (n, k), penalty (k,), mean (d,), scale (k,).

    Subtracting the mean changes the biases alone, and rounds less. Scaling the columns, with their
    penalties, changes nothing but the number of steps that conjugate gradients need.
    """
    n, d = X.shape
    A, penalty = np.ones((n, d + fit_intercept)), np.ones(d + fit_intercept)
    mean = costs @ X / costs.sum() if fit_intercept else np.zeros(d)
    np.subtract(X, mean, out=A[:, :d])
    penalty[d:] = 0
    scale = 1 / np.sqrt(penalty + np.einsum("i,ij,ij->j", costs, A, A))
    A *= scale
    return A, penalty * scale**2, mean, scale
