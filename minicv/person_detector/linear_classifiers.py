"""Linear classifiers: a plane between the people and everything else.

The problem.  Samples x_1 ... x_n in d dimensions belong to classes.  Give each class a *score*
s = w.x + b, so that each sample scores highest for its own class.  Two classes need one score only:
the second class where it is above 0, the first elsewhere.

The objective.  A *loss* says how bad the scores of a sample are.  It is convex, and low where the
sample's own class is far ahead.  Find weights and biases that minimise

    P(w, b) = 1/2 |w|^2 + sum_i c_i loss(scores of x_i)       c_i = C * class weight * sample weight

    squared hinge   max(0, 1 - m)^2       m = y s, the margin; y = +1 for the own class, else -1
    logistic        -log p(own class)     p(class k) = exp(s_k) / sum_j exp(s_j), the softmax

The bias b is not penalised: shifting all samples by the same vector changes b and nothing else.
With the squared hinge this is a *support vector machine*: samples with m > 1 cost nothing, and the
others, the support vectors, pull at the plane.  The planes s = +1 and s = -1 are 2 / |w| apart, so
a small |w| is a wide road between the classes.  With the softmax it is *logistic regression*, and p
are probabilities.  With two classes the first score is 0 throughout, so p = 1 / (1 + exp(-s)).

*Newton's method.*  Near theta = (w, b), P is almost a parabola.  Go to its lowest point:

    H step = -g        g, H: the first and second derivatives of P

and where the parabola is a bad likeness, so that P rises before the end of the step, go only as far
as it falls.  Near the minimum each step divides the error by ten or more.  H is large, and never
written down: *conjugate gradients* solve the equation with nothing but products

    H v = penalty v + A^T (bending (A v))       A: the samples, with a column of ones for b

*The certificate.*  How far is P from its minimum?  Let a_i = -c_i d loss / d score be how strongly
sample i pulls at its score.  A convex loss lies above its tangents, so pulls give a bound D(a) that
is *below* P for all w and b, if they cancel, sum_i a_i = 0 (the *dual* problem is to find the
highest such bound).  So that they do, each class keeps a share of its pulls, near 1.  Then

    P - D = 1/2 |w - sum_i a_i x_i|^2 + (what is lost by keeping a share only)

Half the square of the gradient, that is.  And as 1/2 |w|^2 is part of P, this *duality gap* also
bounds how far w is from the best one: 1/2 |w - w*|^2 <= P - D.  A fit ends when (P - D) / P <= tol.

Sources: Cortes and Vapnik, *Support-vector networks*, 1995; Bishop, *Pattern Recognition and
Machine Learning*, section 4.3; Boyd and Vandenberghe, *Convex Optimization*, chapter 5; Nocedal and
Wright, *Numerical Optimization*, chapter 7.1.  It answers exercise 2.2.  Names and defaults are
scikit-learn's, which has seven solvers for these two; its LinearSVC penalises the bias as well, and
its `tol` has another meaning for each solver.  `minicv.fast.solvers` has faster steps, and the
plain hinge.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from minicv import checks
from minicv.person_detector.estimator import (
    HIGHEST_COST,
    Classifier,
    centred_and_scaled,
    class_numbers,
    feature_matrix,
    sample_costs,
)

ACCURACY = 0.03  # by how much conjugate gradients shrink the residual of Newton's equation
MOST_PRODUCTS = 1000  # with H, for one step


class ConvergenceWarning(UserWarning):
    """A fit ended before it reached its tolerance: the result may be used, but is not the best."""


# ---- the losses, as functions of the scores ------------------------------------------------------

Bending = Callable[[np.ndarray], np.ndarray]


class SquaredHinge:
    """max(0, 1 - y s)^2, for the one score s of two classes; y = 1 for the second, else -1."""

    def at(self, scores: np.ndarray, is_class: np.ndarray
           ) -> tuple[np.ndarray, np.ndarray, Bending]:
        """At scores (1, n): the losses (n,), the pulls (1, n), and the bending.

        The pulls are -(first derivative). The bending is the second, as a function: from a change
        of the scores (1, n) to by how much the pulls fall (1, n). `is_class` (2, n) is 1 in the row
        of the sample's class, else 0.
        """
        signs = 2 * is_class[1:] - 1
        short = np.maximum(0, 1 - signs * scores)
        second = 2.0 * (short > 0)
        return short[0]**2, 2 * signs * short, lambda change: second * change

    def shrinking(self, losses: np.ndarray, share: np.ndarray) -> np.ndarray:
        """By how much the bound D falls if only this share of each pull is kept, (n,)."""
        return (1 - share)**2 * losses


class Softmax:
    """-log p(own class), for a score of each class, or of two classes for the second alone."""

    def at(self, scores: np.ndarray, is_class: np.ndarray
           ) -> tuple[np.ndarray, np.ndarray, Bending]:
        """As `SquaredHinge.at`, for scores (K, n); (1, n) if K = 2."""
        lead = one_score_a_class(scores)
        p, highest, total = softmax(lead)
        losses = highest - (lead * is_class).sum(axis=0) + np.log(total)
        wrong = p * (1 - is_class)  # 1 - p is the sum of these: no digits are lost near p = 1
        pulls, p = (is_class * wrong.sum(axis=0) - wrong)[-len(scores):], p[-len(scores):]
        return losses, pulls, lambda change: p * (change - (p * change).sum(axis=0))

    def shrinking(self, losses: np.ndarray, share: np.ndarray) -> np.ndarray:
        """As `SquaredHinge.shrinking`, or up to twice as much.

        For probabilities q in place of p it falls by sum_k q log(q / p); here q = share p + gone
        is_class. As log x <= x - 1, that is at most gone^2 (1 / p(own class) - 1), and as it is
        convex, at most gone times the loss.
        """
        gone = 1 - share
        return gone * np.minimum(losses, gone * np.expm1(np.minimum(losses, 700)))


def softmax(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The probabilities (K, n) that belong to scores (K, n); log sum exp is highest + log total."""
    highest = scores.max(axis=0)
    powers = np.exp(scores - highest)
    total = powers.sum(axis=0)
    return powers / total, highest, total


def one_score_a_class(scores: np.ndarray) -> np.ndarray:
    """(1, n) -> (2, n): of two classes, the first has the score 0."""
    return np.vstack([np.zeros_like(scores), scores]) if len(scores) == 1 else scores


# ---- Newton's method -----------------------------------------------------------------------------


class Objective(NamedTuple):
    """P(theta) = 1/2 sum penalty theta^2 + sum costs loss(theta A^T), a row of theta a score."""

    loss: SquaredHinge | Softmax
    is_class: np.ndarray  # (K, n)
    costs: np.ndarray  # (n,)
    A: np.ndarray  # (n, k): the features, and a last column of ones if there are biases
    penalty: np.ndarray  # (k,): above 0 for the weights, 0 for the bias

    def at(self, theta: np.ndarray, scores: np.ndarray) -> tuple[float, np.ndarray, float]:
        """P, its gradient (R, k), and P - D: by how much P is above the minimum at most."""
        losses, pulls = self.loss.at(scores, self.is_class)[0], self.pulls(scores)
        share, weights = np.ones_like(losses), self.penalty > 0
        if not weights.all():
            share = cancelling_shares(pulls @ self.is_class.T) @ self.is_class
        difference = (self.penalty * theta - (share * pulls) @ self.A)[:, weights]
        gap = (0.5 * (difference**2 / self.penalty[weights]).sum()
               + self.costs @ self.loss.shrinking(losses, share))
        value = 0.5 * (self.penalty * theta**2).sum() + self.costs @ losses
        return value, self.penalty * theta - pulls @ self.A, gap

    def pulls(self, scores: np.ndarray) -> np.ndarray:
        """a, how strongly each sample pulls at its scores: (R, n)."""
        return self.costs * self.loss.at(scores, self.is_class)[1]

    def hessian(self, scores: np.ndarray) -> Bending:
        """The function v -> H v, for v (R, k): H is the second derivative of P."""
        bend = self.loss.at(scores, self.is_class)[2]
        return lambda v: self.penalty * v + (self.costs * bend(v @ self.A.T)) @ self.A


def cancelling_shares(by_class: np.ndarray) -> np.ndarray:
    """Shares (K,) of each class's pulls to keep, 1 at most, so that by_class (R, K) @ shares = 0.

    A class pulls its own score up and all others down, so there are shares that are not negative.
    """
    shares = np.abs(np.linalg.svd(by_class)[2][-1])  # the direction that by_class makes shortest
    return shares / shares.max()


def conjugate_gradients(hessian: Bending, target: np.ndarray) -> np.ndarray:
    """Solve H x = target roughly, given how to multiply with H: go downhill on the parabola.

    The first direction is the steepest. Each later one is the steepest that does not spoil what
    was reached along those before.
    """
    x, residual, direction = np.zeros_like(target), target, target
    size = (residual**2).sum()
    enough = ACCURACY**2 * size
    for _ in range(MOST_PRODUCTS):
        if size <= enough:
            break
        image = hessian(direction)
        length = size / (direction * image).sum()
        x = x + length * direction
        residual = residual - length * image
        last_size, size = size, (residual**2).sum()
        direction = residual + size / last_size * direction
    return x


def newton_step(objective: Objective, scores: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """The step (R, k) with H step = -gradient, roughly."""
    return conjugate_gradients(objective.hessian(scores), -gradient)


def step_length(objective: Objective, theta: np.ndarray, scores: np.ndarray, gradient: np.ndarray,
                step: np.ndarray) -> float:
    """How much of the step to make: all of it, or as far as P falls.

    P is convex, so its slope along the step only grows, and bisection finds where it is 0.
    """
    step_scores = step @ objective.A.T

    def slope(length: float) -> float:
        pulls = objective.pulls(scores + length * step_scores)
        return (objective.penalty * (theta + length * step) * step).sum() - (
            pulls * step_scores).sum()

    if slope(1.0) <= -0.5 * (gradient * step).sum():  # half as steep as P falls at first, or less
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(middle) < 0 else (low, middle)
    return low


def minimise(objective: Objective, theta: np.ndarray, tol: float, max_iter: int,
             newton_step: Callable[[Objective, np.ndarray, np.ndarray], np.ndarray] = newton_step
             ) -> tuple[np.ndarray, float, int]:
    """From theta (R, k) to the minimum: theta there, its relative duality gap, the steps made."""
    lowest, smallest = np.inf, np.inf
    for n_iter in range(max_iter + 1):
        scores = theta @ objective.A.T
        value, gradient, gap = objective.at(theta, scores)
        stuck = value >= lowest and gap >= smallest  # rounding allows no more
        if gap <= tol * value or n_iter == max_iter or stuck:
            break
        lowest, smallest = min(value, lowest), min(gap, smallest)
        step = newton_step(objective, scores, gradient)
        theta = theta + step_length(objective, theta, scores, gradient, step) * step
    return theta, gap / value, n_iter


# ---- the classifiers -----------------------------------------------------------------------------

Self = TypeVar("Self", bound="LinearClassifier")


class LinearClassifier(Classifier):
    """Base of the classifiers that decide by w.x + b: their options, `fit` and the scores."""

    loss_function: SquaredHinge | Softmax
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
        theta, gaps, steps = zip(*map(self._minimise, problems,
                                      np.split(theta / scale, len(problems))))
        theta, self.certificate_, self.n_iter_ = np.vstack(theta) * scale, max(gaps), max(steps)
        self.classes_, self.coef_ = classes, theta[:, :d]
        self.intercept_ = theta[:, d:].sum(axis=1) - self.coef_ @ mean
        if self.certificate_ > max(self.tol, self._rounding()):
            warnings.warn(
                f"{type(self).__name__} stopped after {self.n_iter_} iterations, with a relative "
                f"duality gap of {self.certificate_:.1e}, above tol={self.tol:g}; allow more "
                f"iterations (max_iter={self.max_iter}), or scale the features to similar sizes",
                ConvergenceWarning, stacklevel=2)
        return self

    def _divided(self, is_class: np.ndarray) -> list[np.ndarray]:
        """The problems to solve, each for its own rows of `coef_`: (K, n) each."""
        return [is_class]

    def _rounding(self) -> float:
        """The relative gap that rounding errors alone may cause: no reason for a warning."""
        return 0.0

    def _minimise(self, objective: Objective, theta: np.ndarray
                  ) -> tuple[np.ndarray, float, int]:
        return minimise(objective, theta, self.tol, self.max_iter)

    def decision_function(self, X: ArrayLike) -> np.ndarray:
        """The scores w.x + b: (n,) with two classes, else (n, K)."""
        self._check_fitted()
        scores = feature_matrix(X, self.coef_.shape[1]) @ self.coef_.T + self.intercept_
        return scores[:, 0] if len(self.coef_) == 1 else scores

    def _chosen(self, X: ArrayLike) -> np.ndarray:
        scores = self.decision_function(X)
        return (scores > 0).astype(int) if scores.ndim == 1 else scores.argmax(axis=1)


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
        if checks.instance(self.loss, "loss", str) not in self.known_losses:
            raise ValueError(f"loss must be {' or '.join(map(repr, self.known_losses))}, got "
                             f"{self.loss!r}; minicv.fast.LinearSVC has 'hinge' as well")

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
