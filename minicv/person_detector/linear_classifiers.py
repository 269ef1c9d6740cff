"""Linear classifiers: a plane between the people and everything else.

The problem.  Samples x_1 ... x_n in d dimensions belong to classes.  Give each class a *score*
s = w.x + b, so that each sample scores highest for its own class.  Two classes need one score only:
the second class where it is above 0, the first elsewhere.

The objective.  A *loss* says how bad the scores of a sample are.  It is convex, and low where the
sample's own class is far ahead; `linear_losses` has both.  Find weights and biases that minimise

    P(w, b) = 1/2 |w|^2 + sum_i c_i loss(scores of x_i)       c_i = C * class weight * sample weight

    squared hinge   max(0, 1 - m)^2       m = y s, the margin; y = +1 for the second class, else -1
    logistic        -log p(own class)     p(class k) = exp(s_k) / sum_j exp(s_j), the softmax

The bias b is not penalised: shifting all samples by the same vector changes b and nothing else.
With the squared hinge this is a *support vector machine*: samples with m > 1 cost nothing, and the
others, the support vectors, pull at the plane.  The planes s = +1 and s = -1 are 2 / |w| apart, so
a small |w| is a wide road between the classes.  With the softmax it is *logistic regression*, and p
are probabilities.  With two classes the first score is 0 throughout, so p = 1 / (1 + exp(-s)).

`newton_method` finds the minimum, and proves that it is one: `certificate_`.

Sources: Cortes and Vapnik, *Support-vector networks*, 1995; Bishop, *Pattern Recognition and
Machine Learning*, section 4.3.  It answers exercise 2.2.  Names and defaults are scikit-learn's,
which has seven solvers for these two; its LinearSVC penalises the bias as well, and its `tol` has
another meaning for each solver.  `minicv.fast.solvers` is faster, and has the plain hinge too.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import TypeVar

import numpy as np

from minicv.person_detector.estimator import Classifier, class_numbers, feature_matrix, sample_costs
from minicv.person_detector.linear_losses import Loss, Softmax, SquaredHinge, softmax
from minicv.person_detector.newton_method import Objective, minimise


class ConvergenceWarning(UserWarning):
    """A fit ended before it reached its tolerance: the result may be used, but is not the best."""


Self = TypeVar("Self", bound="LinearClassifier")


class LinearClassifier(Classifier):
    """Base of the classifiers that decide by w.x + b: their options, `fit` and `predict`."""

    coef_: np.ndarray
    intercept_: np.ndarray
    certificate_: float
    n_iter_: int

    def __init__(self, *, C: float = 1.0, class_weight: Mapping | str | None = None,
                 tol: float = 1e-14, max_iter: int = 100, fit_intercept: bool = True,
                 warm_start: bool = False):
        self.C = C
        self.class_weight = class_weight
        self.tol = tol
        self.max_iter = max_iter
        self.fit_intercept = fit_intercept
        self.warm_start = warm_start
        self._check_options()

    def _check_options(self) -> None:
        for name, value in (("C", self.C), ("tol", self.tol)):
            if not (np.isfinite(value) and value > 0):
                raise ValueError(f"{name} must be a finite number above 0, got {value}")
        if self.max_iter < 1:
            raise ValueError(f"max_iter must be at least 1, got {self.max_iter}")

    def fit(self: Self, X: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None = None
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

        Raises
        ------
        TypeError, ValueError
            X is not made of real numbers; wrong shapes, NaN or infinities, negative weights, less
            than two classes.

        Warns
        -----
        ConvergenceWarning
            It stopped before `certificate_` was `tol`.
        """
        X = feature_matrix(X)
        classes, numbers = class_numbers(y, len(X))
        costs = self.C * sample_costs(classes, numbers, self.class_weight, sample_weight)
        if not costs.all():  # leave samples without weight out
            X, numbers, costs = X[costs > 0], numbers[costs > 0], costs[costs > 0]

        A, penalty, mean, scale = centred_and_scaled(X, costs, self.fit_intercept)
        n_rows, d = len(classes) if len(classes) > 2 else 1, X.shape[1]
        theta, gaps, steps = np.zeros((n_rows, len(scale))), [], []
        if (self.warm_start and hasattr(self, "coef_") and np.array_equal(classes, self.classes_)
                and self.coef_.shape == (n_rows, d)):
            theta[:, :d] = self.coef_
            theta[:, d:] = (self.intercept_ + self.coef_ @ mean)[:, np.newaxis]
        for n, loss in enumerate(self._losses(np.eye(len(classes))[:, numbers], costs)):
            rows = slice(n, n + loss.n_scores)
            objective = Objective(loss, A, penalty)
            solution, gap, n_iter = self._minimise(objective, theta[rows] / scale)
            theta[rows] = solution * scale
            gaps.append(gap)
            steps.append(n_iter)

        self.classes_, self.coef_ = classes, theta[:, :d].copy()
        self.intercept_ = theta[:, d:].sum(axis=1) - self.coef_ @ mean
        self.certificate_, self.n_iter_ = max(gaps), max(steps)
        if self.certificate_ > max(self.tol, self._rounding()):
            warnings.warn(
                f"{type(self).__name__} stopped after {self.n_iter_} iterations, with a relative "
                f"duality gap of {self.certificate_:.1e}, above tol={self.tol:g}; allow more "
                f"iterations (max_iter={self.max_iter}), or scale the features to similar sizes",
                ConvergenceWarning, stacklevel=2)
        return self

    def _losses(self, is_class: np.ndarray, costs: np.ndarray) -> list[Loss]:
        """The problems to solve, each for its own rows of `coef_`."""
        raise NotImplementedError

    def _rounding(self) -> float:
        """The relative gap that rounding errors alone may cause: no reason for a warning."""
        return 0.0

    def _minimise(self, objective: Objective, theta: np.ndarray
                  ) -> tuple[np.ndarray, float, int]:
        return minimise(objective, theta, self.tol, self.max_iter)

    def decision_function(self, X: np.ndarray) -> np.ndarray:
        """The scores w.x + b: (n,) with two classes, else (n, K)."""
        self._check_fitted()
        scores = feature_matrix(X, self.coef_.shape[1]) @ self.coef_.T + self.intercept_
        return scores[:, 0] if len(self.coef_) == 1 else scores

    def predict(self, X: np.ndarray) -> np.ndarray:
        """The label of each sample (n,): of two classes the second where w.x + b > 0."""
        scores = self.decision_function(X)
        numbers = (scores > 0).astype(int) if scores.ndim == 1 else scores.argmax(axis=1)
        return self.classes_[numbers]


def centred_and_scaled(X: np.ndarray, costs: np.ndarray, fit_intercept: bool
                       ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The same problem in better coordinates: A (n, k), penalty (k,), mean (d,), scale (k,).

    Subtracting the mean changes the biases alone, and rounds less. Scaling the columns, with their
    penalties, changes nothing but the number of steps that conjugate gradients need.
    """
    n, d = X.shape
    A, penalty = np.ones((n, d + fit_intercept)), np.ones(d + fit_intercept)
    mean = X.mean(axis=0) if fit_intercept else np.zeros(d)
    np.subtract(X, mean, out=A[:, :d])
    penalty[d:] = 0
    scale = 1 / np.sqrt(penalty + np.einsum("i,ij,ij->j", costs, A, A))
    A *= scale
    return A, penalty * scale**2, mean, scale


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

    Raises
    ------
    ValueError
        Unknown `loss`; `C` or `tol` is not above 0, `max_iter` not at least 1.

    Examples
    --------
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1]
    >>> LinearSVC(C=1e4).fit(X, y).decision_function([[1.0], [1.5], [2.0]]).round(3).tolist()
    [-1.0, 0.0, 1.0]
    """

    known_losses: tuple[str, ...] = ("squared_hinge",)

    def __init__(self, *, loss: str = "squared_hinge", C: float = 1.0,
                 class_weight: Mapping | str | None = None, tol: float = 1e-14,
                 max_iter: int = 1000, fit_intercept: bool = True, warm_start: bool = False):
        self.loss = loss
        super().__init__(C=C, class_weight=class_weight, tol=tol, max_iter=max_iter,
                         fit_intercept=fit_intercept, warm_start=warm_start)

    def _check_options(self) -> None:
        super()._check_options()
        if self.loss not in self.known_losses:
            raise ValueError(f"loss must be {' or '.join(map(repr, self.known_losses))}, got "
                             f"{self.loss!r}; minicv.fast.LinearSVC has 'hinge' as well")

    def _losses(self, is_class: np.ndarray, costs: np.ndarray) -> list[Loss]:
        rows = is_class[1:] if len(is_class) == 2 else is_class
        return [SquaredHinge(np.stack([1 - row, row]), costs) for row in rows]


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

    def _losses(self, is_class: np.ndarray, costs: np.ndarray) -> list[Loss]:
        return [Softmax(is_class, costs)]

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """The probability of each class, (n, K); each row sums to 1."""
        return softmax(np.atleast_2d(self.decision_function(X).T)).T
