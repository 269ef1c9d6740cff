"""Logistic regression: a linear classifier whose scores are probabilities.

The model.  The odds of the second class are exp(w.x + b), so its probability is

    p(x) = 1 / (1 + exp(-(w.x + b))).

The fit.  The probability of the observed label is 1 / (1 + exp(-m)), with the margin m = y (w.x +
b) and y = +1 or -1.  The logarithm of that is to be large for all samples, the weights small:

    P(w, b) = 1/2 |w|^2 + sum_i c_i log(1 + exp(-m_i)),     c_i = C * class weight * sample weight

which is minimised by Newton's method (`newton`).  Where a sample's label is certain already, its
curvature p (1 - p) is near 0, and so is its pull 1 - p: such samples have no say.

Source: Bishop, *Pattern Recognition and Machine Learning*, section 4.3.  It answers exercise 2.2.
The objective, names and defaults are scikit-learn's (`sklearn.linear_model.LogisticRegression`).
What differs: there is one solver; two classes only; `tol` is the relative duality gap, which is a
statement about the result, and not a gradient, so its default is another.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from minicv.person_detector.linear_models import LinearClassifier, Loss, Problem, standard_form
from minicv.person_detector.newton import minimize


def log_loss(margins: np.ndarray) -> np.ndarray:
    """log(1 + exp(-m)) = max(0, -m) + log(1 + exp(-|m|)), which does not overflow."""
    return np.maximum(0, -margins) + np.log1p(np.exp(-np.abs(margins)))


def log_loss_pull(margins: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(m)): the probability that the model gives to the wrong label."""
    return 1 / (1 + np.exp(np.minimum(margins, 700)))  # exp(710) would overflow


def log_loss_curvature(margins: np.ndarray) -> np.ndarray:
    """p (1 - p), with the probability p of the wrong label."""
    wrong = log_loss_pull(margins)
    return wrong * (1 - wrong)


def entropy(q: np.ndarray) -> np.ndarray:
    """-q log q - (1 - q) log(1 - q), and 0 where q is 0 or 1."""
    double = np.finfo(np.float64)  # its limits keep the logarithms finite
    return (-q * np.log(np.maximum(q, double.tiny))
            - (1 - q) * np.log1p(-np.minimum(q, 1 - double.epsneg)))


LOGISTIC = Loss(log_loss, log_loss_pull, log_loss_curvature, entropy)


class LogisticRegression(LinearClassifier):
    """Logistic regression of two classes with an L2 penalty.

    Parameters
    ----------
    C : how much the samples count against the penalty; the inverse of the ridge parameter.
    class_weight : None, a dictionary from labels to weights, or "balanced": inversely proportional
        to the classes' (weighted) numbers of samples.
    fit_intercept : whether there is a bias b. It is not penalised.
    tol : stop when `certificate_` is no larger.
    max_iter : how many steps of Newton's method at most.
    warm_start : begin where the last fit ended, if it had the same classes and features.

    Attributes
    ----------
    classes_ : (2,) the labels, sorted. The second is the positive class.
    coef_, intercept_ : (1, d) and (1,) float64: w and b.
    n_iter_ : (1,) steps of Newton's method.
    certificate_ : the relative duality gap: P(w, b) is at most this fraction of itself above the
        minimum, whatever the minimum is.

    Notes
    -----
    With y_i = +1 for the second class and -1 for the first, `fit` minimises

        P(w, b) = 1/2 |w|^2 + sum_i c_i log(1 + exp(-y_i (w.x_i + b)))
        c_i = C * class_weight[y_i] * sample_weight[i]

    There is always exactly one solution: separable classes, constant features (their weight is 0)
    and duplicated ones (they share theirs) need no special case.

    Raises
    ------
    ValueError : `C` or `tol` is not above 0, `max_iter` not at least 1.

    Examples
    --------
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], ["cat", "cat", "dog", "dog"]
    >>> classifier = LogisticRegression().fit(X, y)
    >>> classifier.predict([[0.5], [2.5]]).tolist(), classifier.certificate_ <= 1e-8
    (['cat', 'dog'], True)
    """

    def __init__(self, *, C: float = 1.0, class_weight: Mapping | str | None = None,
                 tol: float = 1e-8, max_iter: int = 100, fit_intercept: bool = True,
                 warm_start: bool = False):
        super().__init__(C, class_weight, tol, max_iter, fit_intercept, warm_start)

    def fit(self, X: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None = None
            ) -> LogisticRegression:
        """Learn from samples.

        Parameters
        ----------
        X : (n, d) real numbers; computed with in float64.
        y : (n,) labels of two classes: whole numbers, booleans or strings.
        sample_weight : (n,) numbers of 0 or more, 1 by default. Weight 2 is the same as twice the
            same sample, weight 0 the same as none.

        Raises
        ------
        TypeError : X is not made of real numbers.
        ValueError : wrong shapes, NaN or infinities, negative weights, not exactly two classes.

        Warns
        -----
        ConvergenceWarning : it stopped before `certificate_` was `tol`.
        """
        X, classes, numbers, costs = self._check(X, y, sample_weight)
        if len(classes) > 2:
            raise ValueError(f"this LogisticRegression is for two classes; y has {len(classes)}: "
                             f"{classes.tolist()}; fit one class against the rest, "
                             f"y == {classes.tolist()[0]!r}, or use LinearSVC")
        form = standard_form(X, self.fit_intercept)
        signs = np.where(numbers == 1, 1.0, -1.0)
        theta, self.certificate_, steps = minimize(
            Problem(form.A, signs, costs, form.penalty, LOGISTIC),
            self._start(form, 0, classes), self.tol, self.max_iter)
        w, b = form.split(theta)
        self.classes_, self.coef_, self.intercept_ = classes, w[np.newaxis], np.array([b])
        self.n_iter_ = np.array([steps])
        self._warn_if_not_converged()
        return self

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        """The probability of each class, (n, 2); each row sums to 1."""
        scores = self.decision_function(X)
        return log_loss_pull(np.stack([scores, -scores], axis=1))
