"""Linear support vector machines: samples that are classified well enough do not matter at all.

The idea.  A sample whose margin m = y (w.x + b) is 1 or more costs nothing; one that is short of 1
costs in proportion to its shortfall (*hinge*), or to its square (*squared hinge*):

    P(w, b) = 1/2 |w|^2 + sum_i c_i max(0, 1 - m_i)^p     p = 1 or 2
    c_i = C * class weight * sample weight

The two planes w.x + b = +1 and -1 are 2 / |w| apart, so a small |w| is a wide road between the
classes.  Only the samples on the road or on its wrong side, the *support vectors*, pull at it.

The squared hinge has a derivative everywhere, and Newton's method minimises it (`newton`); the
plain hinge has not, and is minimised by an interior-point method (`interior_point`).

Sources: Cortes and Vapnik, *Support-vector networks*, 1995; Dalal and Triggs, *Histograms of
oriented gradients for human detection*, 2005, who found people with it.  It answers exercise 2.2.

Names and defaults are scikit-learn's (`sklearn.svm.LinearSVC`).  What differs:

- The bias is not penalised here.  LIBLINEAR, inside scikit-learn, treats b / intercept_scaling as
  one more weight, and adds its square to |w|^2.  The results agree when intercept_scaling is large.
  (`sklearn.svm.SVC(kernel="linear")` does not penalise the bias, and minimises what is minimised
  here with loss="hinge".)
- `tol` is the relative duality gap, a statement about the result, so its default is another.
- There is a warm start.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from minicv.person_detector.interior_point import minimize_hinge
from minicv.person_detector.linear_models import LinearClassifier, Loss, Problem, standard_form
from minicv.person_detector.newton import minimize

HINGE = Loss(
    value=lambda m: np.maximum(0, 1 - m),
    pull=lambda m: (m < 1).astype(np.float64),
    curvature=np.zeros_like,
    dual_value=lambda q: q,  # for 0 <= q <= 1
)
SQUARED_HINGE = Loss(
    value=lambda m: np.maximum(0, 1 - m)**2,
    pull=lambda m: 2 * np.maximum(0, 1 - m),
    curvature=lambda m: 2.0 * (m < 1),
    dual_value=lambda q: q - q**2 / 4,  # for 0 <= q
)


class LinearSVC(LinearClassifier):
    """Linear support vector machine; of more than two classes, each against the rest.

    Parameters
    ----------
    loss : "squared_hinge" or "hinge".
    C : how much the samples count against the width of the margin.
    class_weight : None, a dictionary from labels to weights, or "balanced": inversely proportional
        to the classes' (weighted) numbers of samples.
    fit_intercept : whether there is a bias b. It is not penalised.
    tol : stop when `certificate_` is no larger.
    max_iter : how many steps at most, for each row of `coef_`.
    warm_start : begin where the last fit ended, if it had the same classes and features. With
        loss="hinge" this changes nothing: the method needs to start far from the border.

    Attributes
    ----------
    classes_ : (K,) the labels, sorted. Of two, the second is the positive class.
    coef_, intercept_ : (1, d) and (1,) float64: w and b; (K, d) and (K,) if K > 2.
    n_iter_ : steps made, the most of any row.
    certificate_ : the relative duality gap, the largest of any row: P(w, b) is at most this
        fraction of itself above the minimum, whatever the minimum is.

    Notes
    -----
    With y_i = +1 for the second class (or the one against the rest) and -1 for the others, `fit`
    minimises

        P(w, b) = 1/2 |w|^2 + sum_i c_i max(0, 1 - y_i (w.x_i + b))^p
        c_i = C * class_weight[y_i] * sample_weight[i]
        p = 2 for the squared hinge, 1 for the hinge

    w is unique.  b is unique unless no support vector pins it down (both classes' full pulls just
    balance): then a whole interval is optimal, and b is some point of it.

    Raises
    ------
    ValueError : unknown `loss`; `C` or `tol` is not above 0, `max_iter` not at least 1.

    Examples
    --------
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1]
    >>> classifier = LinearSVC(loss="hinge", C=100).fit(X, y)
    >>> classifier.decision_function([[1.0], [1.5], [2.0]]).round(3).tolist()  # margins -1 and 1
    [-1.0, 0.0, 1.0]
    """

    def __init__(self, *, loss: str = "squared_hinge", C: float = 1.0,
                 class_weight: Mapping | str | None = None, tol: float = 1e-8,
                 max_iter: int = 1000, fit_intercept: bool = True, warm_start: bool = False):
        super().__init__(C, class_weight, tol, max_iter, fit_intercept, warm_start)
        if loss not in ("squared_hinge", "hinge"):
            raise ValueError(f"loss must be 'squared_hinge' or 'hinge', got {loss!r}")
        self.loss = loss

    def fit(self, X: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None = None
            ) -> LinearSVC:
        """Learn from samples.

        Parameters
        ----------
        X : (n, d) real numbers; computed with in float64.
        y : (n,) labels: whole numbers, booleans or strings.
        sample_weight : (n,) numbers of 0 or more, 1 by default. Weight 2 is the same as twice the
            same sample, weight 0 the same as none.

        Raises
        ------
        TypeError : X is not made of real numbers.
        ValueError : wrong shapes, NaN or infinities, negative weights, less than two classes.

        Warns
        -----
        ConvergenceWarning : it stopped before `certificate_` was `tol`.
        """
        X, classes, numbers, costs = self._check(X, y, sample_weight)
        form = standard_form(X, self.fit_intercept)
        rows = []
        for row, positive in enumerate([1] if len(classes) == 2 else range(len(classes))):
            signs = np.where(numbers == positive, 1.0, -1.0)
            if self.loss == "hinge":
                problem = Problem(form.A, signs, costs, form.penalty, HINGE)
                solution = minimize_hinge(problem, self.tol, self.max_iter)
            else:
                problem = Problem(form.A, signs, costs, form.penalty, SQUARED_HINGE)
                start = self._start(form, row, classes)
                solution = minimize(problem, start, self.tol, self.max_iter)
            rows.append((*form.split(solution[0]), *solution[1:]))
        weights, biases, gaps, steps = zip(*rows)
        self.classes_, self.coef_, self.intercept_ = classes, np.stack(weights), np.array(biases)
        self.certificate_, self.n_iter_ = max(gaps), max(steps)
        self._warn_if_not_converged()
        return self
