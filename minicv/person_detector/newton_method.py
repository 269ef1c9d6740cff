"""Newton's method: how the linear classifiers find their minimum, and how they know it.

Minimise P(theta) = 1/2 sum penalty theta^2 + loss(scores), with scores = theta A^T and a convex
loss (`linear_losses`).  A row of theta holds the weights of one score, and its bias.

*Steps.*  Near theta, P is almost a parabola.  Go to the lowest point of the parabola:

    H step = -g        g, H: the first and second derivatives of P

Where the parabola is a bad likeness, the step overshoots: then only a part of it is made, up to the
lowest point on the way.  Near the minimum each step divides the error by ten or more.

*Conjugate gradients.*  H is large, and is never written down.  The method of conjugate gradients
solves H step = -g with nothing but products H v, and these cost two products with A:

    H v = penalty v + A^T (B (A v))       B: how the scores' change bends the loss of each sample

*The certificate.*  How far is P from its minimum?  Convex problems have a *dual*: numbers a_ik, the
pull of sample i on the score of class k, with a value D(a) that is *below* P(w, b) for any w and b,
if the pulls on each bias cancel, sum_i a_ik = 0.  Take a_i = -c_i grad loss, slightly changed so
that they cancel.  Then the *duality gap* is a sum of two terms, neither of them negative:

    P - D = 1/2 |w - sum_i a_i x_i|^2 + (what the change of a costs)

Half the square of the gradient, that is.  And since 1/2 |w|^2 is part of P, the gap also bounds how
far w is from the best one: 1/2 |w - w*|^2 <= P - D.  A fit ends when (P - D) / P <= tol.

Sources: Nocedal and Wright, *Numerical Optimization*, chapter 7.1; Boyd and Vandenberghe, *Convex
Optimization*, chapter 5.  scikit-learn calls programs that do this (LIBLINEAR, SciPy) and stops by
the size of the gradient.  `minicv.fast.solvers` has faster steps.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from minicv.person_detector.linear_losses import Loss

ACCURACY = 0.03  # by how much conjugate gradients shrink the residual of Newton's equation
MOST_PRODUCTS = 1000  # with H, for one step
PATIENCE = 5  # how many steps without progress show that rounding allows no more


class Objective(NamedTuple):
    """P(theta) = 1/2 sum penalty theta^2 + loss(theta A^T), with a row of theta for each score."""

    loss: Loss
    A: np.ndarray  # (n, k): the features, and a last column of ones if there are biases
    penalty: np.ndarray  # (k,): above 0 for the weights, 0 for the bias

    def value(self, theta: np.ndarray, scores: np.ndarray) -> float:
        return float(0.5 * (self.penalty * theta**2).sum() + self.loss.value(scores))

    def gradient(self, theta: np.ndarray, scores: np.ndarray) -> np.ndarray:
        return self.penalty * theta - self.loss.pulls(scores) @ self.A

    def hessian(self, scores: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        """The function v -> H v, for v (R, k)."""
        bend = self.loss.bending(scores)
        return lambda v: self.penalty * v + bend(v @ self.A.T) @ self.A

    def gap(self, theta: np.ndarray, scores: np.ndarray) -> float:
        """P - D: by how much P(theta) is above the minimum at most."""
        pulls, cost = self.loss.pulls(scores), 0.0
        if not self.penalty[-1]:
            pulls, cost = self.loss.balanced_pulls(scores)
        weights = self.penalty > 0
        difference = (self.penalty * theta - pulls @ self.A)[:, weights]
        return float(0.5 * (difference**2 / self.penalty[weights]).sum() + cost)


def conjugate_gradients(hessian: Callable[[np.ndarray], np.ndarray], target: np.ndarray
                        ) -> np.ndarray:
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


def step_length(objective: Objective, theta: np.ndarray, step: np.ndarray, scores: np.ndarray
                ) -> float:
    """How much of the step to make: all of it, or as far as P falls, nearly.

    P is convex, so its slope along the step only grows, and bisection finds where it is 0.
    """
    step_scores = step @ objective.A.T

    def slope(length: float) -> float:
        pulls = objective.loss.pulls(scores + length * step_scores)
        by_penalty = (objective.penalty * (theta + length * step) * step).sum()
        return float(by_penalty - (pulls * step_scores).sum())

    steep = abs(slope(0.0))
    if slope(1.0) <= 0.5 * steep:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        if slope(middle) > 0:
            high = middle
        elif slope(middle) < -0.1 * steep:
            low = middle
        else:
            return middle
    return low


def minimise(objective: Objective, theta: np.ndarray, tol: float, max_iter: int,
             newton_step: Callable[[Objective, np.ndarray, np.ndarray], np.ndarray] = newton_step
             ) -> tuple[np.ndarray, float, int]:
    """Minimise by Newton's method.

    Parameters
    ----------
    objective : Objective
        P, as a function of theta (R, k).
    theta : (R, k)
        Where to start.
    tol, max_iter : float, int
        Stop when the relative duality gap is no larger than `tol`, or after so many steps.
    newton_step : callable
        What solves Newton's equation.

    Returns
    -------
    theta (R, k), its relative duality gap, and the number of steps made.
    """
    lowest, smallest, progress = np.inf, np.inf, 0
    for n_iter in range(max_iter + 1):
        scores = theta @ objective.A.T
        value = objective.value(theta, scores)
        gap = objective.gap(theta, scores) / value
        if value < lowest or gap < smallest:
            lowest, smallest, progress = min(value, lowest), min(gap, smallest), n_iter
        if gap <= tol or n_iter == max_iter or n_iter == progress + PATIENCE:
            break
        step = newton_step(objective, scores, objective.gradient(theta, scores))
        theta = theta + step_length(objective, theta, step, scores) * step
    return theta, gap, n_iter
