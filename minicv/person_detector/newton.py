"""What linear classifiers minimise, and how: losses, Newton's method, and a certificate at the end.

The objective, for scores s = theta A^T of n samples (a row of theta a score, A with a column of
ones for the bias):

    P(theta) = 1/2 sum penalty theta^2 + sum_i c_i loss(scores of sample i)

    squared hinge   max(0, 1 - m)^2       m = y s, the margin; y = +1 for the own class, else -1
    logistic        -log p(own class)     p(class k) = exp(s_k) / sum_j exp(s_j), the softmax

*Newton's method.*  Near theta, P is almost a parabola.  Go to its lowest point:

    H step = -g        g, H: the first and second derivatives of P

and where the parabola is a bad likeness, so that P rises before the end of the step, go only as far
as it falls.  Near the minimum each step divides the error by ten or more.  H is large, and never
written down: *conjugate gradients* solve the equation with nothing but products

    H v = penalty v + A^T (bending (A v))

*The certificate.*  How far is P from its minimum?  Let a_i = -c_i d loss / d score be how strongly
sample i pulls at its score.  A convex loss lies above its tangents, so pulls give a bound D(a) that
is *below* P for all theta, if they cancel, sum_i a_i = 0 (the *dual* problem is to find the highest
such bound).  So that they do, each class keeps a share of its pulls, near 1.  Then, w being the
weights in theta,

    P - D = 1/2 |w - sum_i a_i x_i|^2 + (what is lost by keeping a share only)

Half the square of the gradient, that is.  And as 1/2 |w|^2 is part of P, this *duality gap* also
bounds how far w is from the best one: 1/2 |w - w*|^2 <= P - D.

Sources: Boyd and Vandenberghe, *Convex Optimization*, chapter 5; Nocedal and Wright, *Numerical
Optimization*, chapter 7.1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

ACCURACY = 0.03  # by how much conjugate gradients shrink the residual of Newton's equation
MOST_PRODUCTS = 1000  # with H, for one step

Linear = Callable[[np.ndarray], np.ndarray]
Minimum = tuple[np.ndarray, float, int]  # where it is, its relative duality gap, the steps made


# ---- the losses, as functions of the scores ------------------------------------------------------


class SquaredHinge:
    """max(0, 1 - y s)^2, for the one score s of two classes; y = 1 for the second, else -1."""

    def at(self, scores: np.ndarray, is_class: np.ndarray
           ) -> tuple[np.ndarray, np.ndarray, Linear]:
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
           ) -> tuple[np.ndarray, np.ndarray, Linear]:
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


# ---- the objective, and its certificate ----------------------------------------------------------


class Point(NamedTuple):
    """What is known of P at some theta (R, k)."""

    theta: np.ndarray
    scores: np.ndarray  # (R, n)
    bending: Linear  # of the loss, at these scores
    value: float
    gradient: np.ndarray  # (R, k)
    gap: float  # by how much the value is above the minimum at most


class Objective(NamedTuple):
    """P(theta) = 1/2 sum penalty theta^2 + sum costs loss(theta A^T), a row of theta a score."""

    loss: SquaredHinge | Softmax
    is_class: np.ndarray  # (K, n)
    costs: np.ndarray  # (n,)
    A: np.ndarray  # (n, k): the features, and a last column of ones if there are biases
    penalty: np.ndarray  # (k,): above 0 for the weights, 0 for the bias

    def at(self, theta: np.ndarray) -> Point:
        """P and its derivatives."""
        scores = theta @ self.A.T
        losses, pulls, bending = self.loss.at(scores, self.is_class)
        pulls = self.costs * pulls
        value = 0.5 * (self.penalty * theta**2).sum() + self.costs @ losses
        gradient = self.penalty * theta - pulls @ self.A
        return Point(theta, scores, bending, value, gradient, self.gap(theta, losses, pulls))

    def gap(self, theta: np.ndarray, losses: np.ndarray, pulls: np.ndarray) -> float:
        """P - D, the certificate."""
        share, weights = np.ones_like(losses), self.penalty > 0
        if not weights.all():
            share = cancelling_shares(pulls @ self.is_class.T) @ self.is_class
        difference = (self.penalty * theta - (share * pulls) @ self.A)[:, weights]
        return (0.5 * (difference**2 / self.penalty[weights]).sum()
                + self.costs @ self.loss.shrinking(losses, share))


def cancelling_shares(by_class: np.ndarray) -> np.ndarray:
    """Shares (K,) of each class's pulls to keep, 1 at most, so that by_class (R, K) @ shares = 0.

    A class pulls its own score up and all others down, so there are shares that are not negative.
    """
    shares = np.abs(np.linalg.svd(by_class)[2][-1])  # the direction that by_class makes shortest
    return shares / shares.max()


# ---- Newton's method -----------------------------------------------------------------------------


def newton_step(objective: Objective, here: Point) -> np.ndarray:
    """The step (R, k) with H step = -gradient, roughly."""
    A, penalty, costs = objective.A, objective.penalty, objective.costs
    return conjugate_gradients(
        lambda v: penalty * v + (costs * here.bending(v @ A.T)) @ A, -here.gradient)


def minimise(objective: Objective, theta: np.ndarray, tol: float, max_iter: int,
             newton_step: Callable[[Objective, Point], np.ndarray] = newton_step) -> Minimum:
    """From theta (R, k) to the minimum."""
    here = objective.at(theta)
    lowest, smallest = np.inf, np.inf
    for n_iter in range(max_iter + 1):
        stuck = here.value >= lowest and here.gap >= smallest  # rounding allows no more
        if here.gap <= tol * here.value or n_iter == max_iter or stuck:
            break
        lowest, smallest = min(here.value, lowest), min(here.gap, smallest)
        step = newton_step(objective, here)
        there = objective.at(here.theta + step)
        if (there.gradient * step).sum() > -0.5 * (here.gradient * step).sum():
            # P rises there more than half as steeply as it falls here: that was too far.
            there = objective.at(here.theta + lowest_along(objective, here, step) * step)
        here = there
    return here.theta, here.gap / here.value, n_iter


def lowest_along(objective: Objective, here: Point, step: np.ndarray) -> float:
    """At how much of the step P is lowest: its slope only grows, so bisection finds the 0."""
    change = step @ objective.A.T
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        _, pulls, _ = objective.loss.at(here.scores + middle * change, objective.is_class)
        slope = ((objective.penalty * (here.theta + middle * step) * step).sum()
                 - (objective.costs * pulls * change).sum())
        low, high = (middle, high) if slope < 0 else (low, middle)
    return low


def conjugate_gradients(hessian: Linear, target: np.ndarray) -> np.ndarray:
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
