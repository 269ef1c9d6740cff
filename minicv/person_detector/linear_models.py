"""What logistic regression and support vector machines share: one objective, one certificate.

The problem.  Samples x_1 ... x_n in d dimensions belong to two classes, y_i = +1 or -1.  Find a
plane w.x + b = 0 with the positive class on its positive side.

The idea.  The *margin* m_i = y_i (w.x_i + b) is positive where sample i is on the right side.  A
*loss* l(m) says how bad a margin is; it falls as m grows, and it is convex.  All three methods
minimise the same sum and differ in l alone:

    P(w, b) = 1/2 |w|^2 + sum_i c_i l(m_i)             c_i = C * class weight * sample weight

    logistic regression             l(m) = log(1 + exp(-m))
    SVM with squared hinge loss     l(m) = max(0, 1 - m)^2
    SVM with hinge loss             l(m) = max(0, 1 - m)

The bias b is not penalised: shifting all samples by the same vector changes b and nothing else.

*The certificate.*  Every convex problem has a dual, a second problem whose values are all *below*
those of the first.  Here it has one variable a_i per sample, the pull of that sample on the plane:

    D(a) = sum_i -c_i l*(-a_i / c_i) - 1/2 |sum_i a_i y_i x_i|^2,    provided sum_i a_i y_i = 0,

with l*(u) = max_m (u m - l(m)), the conjugate of l.  D(a) <= P(w, b) for *any* a and *any* w and b,
and at the optimum both are equal, with w = sum_i a_i y_i x_i.  So whoever holds some w, b and a
knows without knowing the optimum how far away it is at most: P(w, b) - D(a), the *duality gap*.
Each fit ends with this number, relative to P(w, b), as `certificate_`.

Two changes of coordinates come before each fit, and are undone after it (`standard_form`):

- The mean is subtracted from the features.  Only b changes, and rounding errors are smaller.
- Where features outnumber samples, w is a sum of samples, so it has n degrees of freedom instead of
  d.  X^T = Q R with orthonormal columns in Q, and w = Q u, give |w| = |u| and X w = R^T u: the same
  problem with R^T (n, n) in place of X (n, d).

Sources: Boyd and Vandenberghe, *Convex Optimization*, chapter 5 (duality); Shalev-Shwartz and
Zhang, *Stochastic dual coordinate ascent*, 2013 (this dual, for all three losses).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np


class ConvergenceWarning(UserWarning):
    """A fit ended before it reached its tolerance: the result may be used, but is not the best."""


# --------------------------------------------------------------------------------------------------
# At the door
# --------------------------------------------------------------------------------------------------


def check_samples(X: np.ndarray, n_features: int | None = None) -> np.ndarray:
    """The samples as a float64 matrix (n, d).

    Raises
    ------
    TypeError : they are not real numbers.
    ValueError : they are not a matrix, there are none, some are NaN or infinite, or they do not
        have `n_features` columns (where that is known, from `fit`).
    """
    X = np.asarray(X)
    if X.dtype.kind not in "biuf":
        raise TypeError(f"X must be an array of real numbers, got {X.dtype}")
    if X.ndim != 2 or 0 in X.shape:
        raise ValueError(f"X must have shape (samples, features), at least one of each; got shape "
                         f"{X.shape}; a single sample is X[np.newaxis]")
    if n_features is not None and X.shape[1] != n_features:
        raise ValueError(f"X has {X.shape[1]} features, but fit was given {n_features}")
    X = X.astype(np.float64, copy=False)
    bad = ~np.isfinite(X)
    if bad.any():
        first = tuple(int(i) for i in np.unravel_index(bad.argmax(), bad.shape))
        raise ValueError(f"{bad.sum()} of {bad.size} entries of X are NaN or infinite, the first "
                         f"at {first}")
    return X


def check_labels(y: np.ndarray, n_samples: int) -> tuple[np.ndarray, np.ndarray]:
    """The classes, sorted, and for each sample the number of its class.

    Raises
    ------
    ValueError : y is not one label a sample, has NaN, or has fractions, which are no classes.
    """
    y = np.asarray(y)
    if y.shape != (n_samples,):
        raise ValueError(f"y must have one label a sample, shape ({n_samples},); got {y.shape}")
    if y.dtype.kind == "f" and not np.all(y == np.floor(y)):
        raise ValueError("labels must be strings, booleans or whole numbers, but y has NaN or "
                         "fractions")
    return np.unique(y, return_inverse=True)


def check_weights(sample_weight: np.ndarray | None, n_samples: int) -> np.ndarray:
    """The weights of the samples, 1 by default, as float64 (n,).

    Raises
    ------
    ValueError : they are not one finite number a sample, 0 or more.
    """
    if sample_weight is None:
        return np.ones(n_samples)
    weight = np.asarray(sample_weight, np.float64)
    if weight.shape != (n_samples,):
        raise ValueError(f"sample_weight must have one weight a sample, shape ({n_samples},); got "
                         f"{weight.shape}")
    if not (np.isfinite(weight).all() and np.all(weight >= 0)):
        raise ValueError("sample_weight must be finite numbers, 0 or more")
    return weight


def weight_of_each_class(class_weight: Mapping | str | None, classes: np.ndarray,
                         weighted_counts: np.ndarray) -> np.ndarray:
    """What to multiply the weights of each class's samples with.

    Parameters
    ----------
    class_weight : None (1 for all), a dictionary from labels to weights (1 for those missing), or
        "balanced": total weight / (number of classes * weight of this class), so that all classes
        weigh the same and the total remains.
    classes : (K,) the labels.
    weighted_counts : (K,) the sum of the sample weights of each class.

    Raises
    ------
    ValueError : another string, a label that is no class, a negative or infinite weight.

    Examples
    --------
    >>> weight_of_each_class("balanced", np.array(["no", "yes"]), np.array([6.0, 2.0])).tolist()
    [0.6666666666666666, 2.0]
    """
    if class_weight is None:
        return np.ones(len(classes))
    if isinstance(class_weight, str):
        if class_weight != "balanced":
            raise ValueError(f"class_weight must be None, 'balanced' or a dictionary, got "
                             f"{class_weight!r}")
        used = weighted_counts > 0
        balanced = np.zeros(len(classes))
        balanced[used] = weighted_counts.sum() / (len(classes) * weighted_counts[used])
        return balanced
    labels = classes.tolist()
    unknown = [label for label in class_weight if label not in labels]
    if unknown:
        raise ValueError(f"class_weight names {unknown}, but the classes are {labels}")
    weights = np.array([class_weight.get(label, 1) for label in labels], np.float64)
    if not (np.isfinite(weights).all() and np.all(weights >= 0)):
        raise ValueError(f"class weights must be finite numbers, 0 or more; got {class_weight}")
    return weights


# --------------------------------------------------------------------------------------------------
# The problem, and how far a solution is from the best
# --------------------------------------------------------------------------------------------------


class Loss(NamedTuple):
    """A loss as a function of the margins m (n,), and of what goes with it.

    Each member takes and returns arrays (n,).
    """

    value: Callable[[np.ndarray], np.ndarray]  # l(m)
    pull: Callable[[np.ndarray], np.ndarray]  # -l'(m), 0 or more
    curvature: Callable[[np.ndarray], np.ndarray]  # l''(m)
    dual_value: Callable[[np.ndarray], np.ndarray]  # -l*(-q), for q = a / c


class Problem(NamedTuple):
    """Minimise 1/2 |penalised part of theta|^2 + sum_i c_i l(y_i (A theta)_i).

    theta holds the weights, and after them the bias if there is one.
    """

    A: np.ndarray  # (n, k): the features, and a last column of ones if there is a bias
    signs: np.ndarray  # (n,): the classes, y_i = +1 or -1
    costs: np.ndarray  # (n,): c_i > 0
    penalty: np.ndarray  # (k,): 1 for weights, 0 for the bias
    loss: Loss

    def value(self, theta: np.ndarray, margins: np.ndarray) -> float:
        """P: what is to be minimised. The margins are those of theta, signs * (A @ theta)."""
        w = self.penalty * theta
        return 0.5 * (w @ w) + self.costs @ self.loss.value(margins)

    def relative_gap(self, value: float, pulls: np.ndarray) -> float:
        """(P - D(a)) / P: no theta whatever gets below P by more than this fraction of P.

        Parameters
        ----------
        value : P, as from `value`.
        pulls : (n,) the dual variables a, 0 <= a_i. Where there is a bias, they are made to fulfil
            sum_i a_i y_i = 0, by shrinking those of one class.
        """
        if not self.penalty[-1]:
            positive = self.signs > 0
            sums = pulls[positive].sum(), pulls[~positive].sum()
            smaller = min(sums)
            factors = [smaller / total if total > 0 else 0.0 for total in sums]
            pulls = pulls * np.where(positive, *factors)
        w = self.penalty * ((pulls * self.signs) @ self.A)
        dual_value = self.costs @ self.loss.dual_value(pulls / self.costs) - 0.5 * (w @ w)
        return abs(float((value - dual_value) / value))  # below 0 only by rounding


class StandardForm(NamedTuple):
    """The features in the coordinates in which the fit happens, and the way back."""

    A: np.ndarray  # (n, k) as in `Problem`
    penalty: np.ndarray  # (k,)
    mean: np.ndarray  # (d,) what was subtracted from the samples
    basis: np.ndarray | None  # (d, n): w = basis @ u; None where w is itself the unknown

    def split(self, theta: np.ndarray) -> tuple[np.ndarray, float]:
        """theta -> w (d,) and b, for the samples as they came."""
        has_bias = not self.penalty[-1]
        w, b = (theta[:-1], theta[-1]) if has_bias else (theta, 0.0)
        if self.basis is not None:
            w = self.basis @ w
        return w, float(b - w @ self.mean)

    def join(self, w: np.ndarray, b: float) -> np.ndarray:
        """w (d,) and b -> theta, as close as these coordinates can get."""
        bias = [] if self.penalty[-1] else [b + w @ self.mean]
        return np.append(w if self.basis is None else w @ self.basis, bias)


def standard_form(X: np.ndarray, fit_intercept: bool) -> StandardForm:
    """Centre the samples X (n, d), go to n coordinates if d > n, add a column of ones for the bias.

    Without a bias nothing is subtracted, and no column added.
    """
    n, d = X.shape
    k = min(n, d)
    A = np.ones((n, k + fit_intercept))
    mean = X.mean(axis=0) if fit_intercept else np.zeros(d)
    basis = None
    if d > n:
        basis, R = np.linalg.qr((X - mean).T)
        A[:, :k] = R.T
    else:
        np.subtract(X, mean, out=A[:, :k])
    penalty = np.ones(k + fit_intercept)
    penalty[k:] = 0
    return StandardForm(A, penalty, mean, basis)


# --------------------------------------------------------------------------------------------------
# What the classifiers share
# --------------------------------------------------------------------------------------------------


class LinearClassifier:
    """Base of the classifiers that decide by the sign of w.x + b.

    A subclass has the options `C`, `class_weight`, `tol`, `max_iter`, `fit_intercept`,
    `warm_start`, and after `fit` the attributes `classes_`, `coef_` (1, d), `intercept_` (1,).
    With K > 2 classes there are K rows: each class against the rest.
    """

    def __init__(self, C: float, class_weight: Mapping | str | None, tol: float, max_iter: int,
                 fit_intercept: bool, warm_start: bool):
        for name, value in (("C", C), ("tol", tol)):
            if not (np.isfinite(value) and value > 0):
                raise ValueError(f"{name} must be a finite number above 0, got {value}")
        if max_iter < 1:
            raise ValueError(f"max_iter must be at least 1, got {max_iter}")
        self.C = C
        self.class_weight = class_weight
        self.tol = tol
        self.max_iter = max_iter
        self.fit_intercept = fit_intercept
        self.warm_start = warm_start

    def _check(self, X: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None
               ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Check what `fit` is given: the samples that have weight, their classes' numbers, costs.

        Returns
        -------
        X (n, d) float64, the labels of the classes (K,), the number of each sample's class (n,)
        and its cost c_i > 0 (n,).
        """
        X = check_samples(X)
        classes, numbers = check_labels(y, len(X))
        weight = check_weights(sample_weight, len(X))
        counts = np.bincount(numbers, weight, len(classes))
        class_weights = weight_of_each_class(self.class_weight, classes, counts)
        without = classes[counts * class_weights == 0].tolist()
        if len(classes) < 2 or without:
            raise ValueError(f"need samples of at least two classes; y has {classes.tolist()}"
                             + (f", of which {without} have no weight" if without else ""))
        costs = self.C * class_weights[numbers] * weight
        if not costs.all():  # a sample without weight is as good as absent
            X, numbers, costs = X[costs > 0], numbers[costs > 0], costs[costs > 0]
        return X, classes, numbers, costs

    def _start(self, form: StandardForm, row: int, classes: np.ndarray) -> np.ndarray:
        """Where to begin: at the last solution on a warm start, if it fits; else at 0."""
        if (self.warm_start and hasattr(self, "coef_")
                and np.array_equal(self.classes_, classes)
                and self.coef_.shape[1] == len(form.mean)):
            return form.join(self.coef_[row], self.intercept_[row])
        return np.zeros(len(form.penalty))

    def _warn_if_not_converged(self) -> None:
        if self.certificate_ > self.tol:
            warnings.warn(
                f"{type(self).__name__} stopped after {np.max(self.n_iter_)} iterations, with a "
                f"relative duality gap of {self.certificate_:.1e}, above tol={self.tol:g}; allow "
                f"more iterations (max_iter={self.max_iter}), or scale the features to similar "
                f"sizes", ConvergenceWarning, stacklevel=3)

    def decision_function(self, X: np.ndarray) -> np.ndarray:
        """w.x + b of each sample: (n,), or (n, K) with K > 2 classes.

        Raises
        ------
        TypeError, ValueError : X is not as `fit` needs it, or has another number of features.
        RuntimeError : nothing was fitted yet.
        """
        if not hasattr(self, "coef_"):
            raise RuntimeError(f"this {type(self).__name__} is not fitted yet; call fit(X, y)")
        X = check_samples(X, self.coef_.shape[1])
        scores = X @ self.coef_.T + self.intercept_
        return scores[:, 0] if len(self.coef_) == 1 else scores

    def predict(self, X: np.ndarray) -> np.ndarray:
        """The label of each sample (n,): of two classes the second where w.x + b > 0."""
        scores = self.decision_function(X)
        numbers = (scores > 0).astype(int) if scores.ndim == 1 else scores.argmax(axis=1)
        return self.classes_[numbers]

    def score(self, X: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None = None) -> float:
        """The (weighted) fraction of the samples whose label is predicted correctly."""
        return accuracy(self.predict(X), y, sample_weight)


def accuracy(predicted: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None) -> float:
    """The (weighted) fraction of the predicted labels (n,) that equal y (n,)."""
    if np.shape(y) != predicted.shape:
        raise ValueError(f"y must have one label a sample, shape {predicted.shape}; got "
                         f"{np.shape(y)}")
    return float(np.average(predicted == np.asarray(y), weights=sample_weight))
