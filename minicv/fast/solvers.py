"""The linear classifiers of exercise 2.2 with faster steps, and with the hinge.

The plain twin is `minicv/person_detector/linear_classifiers.py`, with `newton.py`: read these
first.  The objective, the certificate and the results are the same, to the tolerance.

The tricks for the smooth losses, all in Newton's equation H step = -g:

1. *Single precision.*  A step is wanted to two digits or so, for the next one corrects it; so the
   products with H are made in float32, in half the time.  The gradient and the certificate stay in
   float64.  Where the gradient does not halve in a step, this may be the reason: from then on,
   products are in float64.
2. *Only samples that bend.*  With the squared hinge, those beyond the margin add nothing to H.
3. *A preconditioner.*  The more the features are correlated, the more products do conjugate
   gradients need, and in each step of Newton's method anew.  So where they need more than writing
   H down costs, it is written down and factorised, once: M = L L^T.  For the next steps M is not H
   any more, but near it, and M^-1 H is near the identity.  Conjugate gradients on M^-1 H need a few
   products instead of dozens; where they need many again, M is made anew.  With K classes M has K
   blocks, one a class.  M costs more than it saves where there are more than 1,000 features, or
   more than samples: there none is made.

What it is worth, on one core, in times as fast as the plain twin (logistic / squared hinge): 20,000
samples with 50 correlated features 3.3 / 3.6, 3,000 with 200 10 / 10, 5,000 with 60 and 4 classes
17 / 5, 2,478 HOG descriptors of 216 numbers 1.1 / 1.4: there 5 plain products a step suffice.

For the hinge, which is not smooth, see `interior_point`.

Source: Nocedal and Wright, *Numerical Optimization*, chapters 5 and 7.1.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from minicv.fast.cholesky import Solve, factorised
from minicv.fast.interior_point import minimise_hinge
from minicv.person_detector import linear_classifiers as plain
from minicv.person_detector import newton

FEW = 1000  # with more features, writing down the Hessian does not pay
ROUNDING = 1e-9  # of the hinge's relative gap: its kinks multiply the rounding errors of margins


class FastStep:
    """The plain `newton_step`, in float32, with a preconditioner that is kept between calls."""

    def __init__(self, objective: newton.Objective):
        self.penalty, self.last_size = objective.penalty, np.inf
        self.one_score = len(objective.is_class) == 2
        self.few = len(self.penalty) <= min(FEW, len(objective.A))
        self.patience = 10 + len(self.penalty) // 10 if self.few else newton.MOST_PRODUCTS
        self.solvers: list[Solve] = []
        # With the costs in it: no number of that is above 1, for the columns are scaled by them.
        self.A = (np.sqrt(objective.costs)[:, np.newaxis] * objective.A).astype(np.float32)

    def __call__(self, objective: newton.Objective, here: newton.Point) -> np.ndarray:
        size = float(np.linalg.norm(here.gradient)) or 1.0
        if size > 0.5 * self.last_size:
            self.A = np.sqrt(objective.costs)[:, np.newaxis] * objective.A
        self.last_size, target = size, -here.gradient / size  # float32 has a narrow range
        curvatures = np.stack([row @ here.bending(row[:, np.newaxis])
                               for row in np.eye(len(target))])
        hessian = self._hessian(here, curvatures)
        step, solved = self._conjugate_gradients(hessian, target)
        if not solved and self.few:
            self.solvers = [factorised(objective.A, self.penalty, objective.costs * row)
                            for row in curvatures]
            step, _ = self._conjugate_gradients(hessian, target)
        return step * size

    def _hessian(self, here: newton.Point, curvatures: np.ndarray) -> newton.Linear:
        """The function v -> H v."""
        A, bending, bends = self.A, here.bending, curvatures.any(axis=0)
        if self.one_score:
            if bends.mean() < 0.8:  # else a copy costs more than it saves
                A, curvatures = A[bends], curvatures[:, bends]
            bending = partial(np.multiply, curvatures.astype(A.dtype))

        def product(v: np.ndarray) -> np.ndarray:
            change = bending(v.astype(A.dtype) @ A.T)
            image = (change.astype(A.dtype, copy=False) @ A).astype(float)
            if not self.one_score:
                image -= image.mean(axis=0)  # what one class gains others lose, but for rounding
            return self.penalty * v + image

        return product

    def _conjugate_gradients(self, hessian: newton.Linear, target: np.ndarray
                             ) -> tuple[np.ndarray, bool]:
        """H x = target, solved roughly: x (R, k), and whether the residual shrank enough."""
        x, residual = np.zeros_like(target), target
        z = self._precondition(residual)
        direction, size, enough = z, (residual * z).sum(), newton.ACCURACY**2
        for _ in range(self.patience):
            if (residual**2).sum() <= enough:
                break
            image = hessian(direction)
            length = size / (direction * image).sum()
            x = x + length * direction
            residual = residual - length * image
            z = self._precondition(residual)
            last_size, size = size, (residual * z).sum()
            direction = z + size / last_size * direction
        return x, (residual**2).sum() <= enough

    def _precondition(self, v: np.ndarray) -> np.ndarray:
        if not self.solvers:
            return v
        z = np.stack([solve(row) for solve, row in zip(self.solvers, v)])
        if not self.one_score:  # adding a vector to all rows changes the penalty alone
            divisor = np.where(self.penalty > 0, self.penalty, np.inf)
            z = z - z.mean(axis=0) + v.mean(axis=0) / divisor
        return z


class LogisticRegression(plain.LogisticRegression):
    """`minicv.person_detector.LogisticRegression` with cheaper steps.

    Examples
    --------
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], ["cat", "cat", "dog", "dog"]
    >>> LogisticRegression().fit(X, y).predict([[0.5], [2.5]]).tolist()
    ['cat', 'dog']
    """

    def _minimise(self, objective: newton.Objective, theta: np.ndarray) -> newton.Minimum:
        return newton.minimise(objective, theta, self.tol, self.max_iter, FastStep(objective))


class LinearSVC(plain.LinearSVC):
    """`minicv.person_detector.LinearSVC` with cheaper steps, and loss="hinge".

    With the hinge a warm start changes nothing: the method needs to start far from the border. And
    where rounding allows no smaller gap than 1e-9 or less, it stops without a warning.

    Examples
    --------
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1]
    >>> classifier = LinearSVC(loss="hinge", C=100).fit(X, y)
    >>> classifier.decision_function([[1.0], [1.5], [2.0]]).round(3).tolist()  # margins -1 and 1
    [-1.0, 0.0, 1.0]
    """

    known_losses = ("squared_hinge", "hinge")

    def _minimise(self, objective: newton.Objective, theta: np.ndarray) -> newton.Minimum:
        if self.loss == "squared_hinge":
            return newton.minimise(objective, theta, self.tol, self.max_iter, FastStep(objective))
        _, (_, positive), costs, A, penalty = objective
        some = costs > 1e-100 * costs.max()  # a sample without weight has no interior
        return minimise_hinge(A[some], 2 * positive[some] - 1, costs[some], penalty, self.tol,
                              self.max_iter)

    def _check_options(self) -> None:
        super()._check_options()
        self.rounding = ROUNDING if self.loss == "hinge" else 0.0
