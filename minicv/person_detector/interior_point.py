"""An interior-point method for the hinge loss: the support vector machine as it was invented.

The problem.  P(w, b) = 1/2 |w|^2 + sum_i c_i max(0, 1 - m_i) has a kink at m = 1, and at the
optimum some samples (the *free support vectors*) lie exactly on it.  There is no second derivative
there, and Newton's method does not apply.

The idea.  By how much does sample i miss the margin 1, and by how much is it beyond?

    m_i - 1 = s_i - x_i,    shortfall x_i >= 0, surplus s_i >= 0

Its pull a_i on the plane is between 0 and c_i.  At the optimum (the conditions of Karush, Kuhn and
Tucker) w is the sum of all pulls, the pulls of both classes balance, and

    a_i s_i = 0                 beyond the margin: no pull
    (c_i - a_i) x_i = 0         short of it: full pull

Each product says "one of the two is 0", which is as unsmooth as the kink.  So ask for something
smooth instead, that both products equal some mu > 0, solve *that* by Newton's method, and let mu go
to 0.  All four factors stay positive on the way: the solution comes from the interior.

One step of Newton's method.  Let s', x', a', theta' be the changes of s, x, a, theta.  To first
order

    s a' + a s' = mu - a s =: r                  the first product
    -x a' + (c - a) x' = mu - (c - a) x =: t     the second
    s' - x' = y A theta' + (y A theta - 1 - s + x)               the definition of s and x

Solve the first two for s' and x', put them in the third, and solve it for a':

    a' = h (e - y A theta')     h = 1 / (s / a + x / (c - a))
                                e = r / a - t / (c - a) - (y A theta - 1 - s + x)

That w is the sum of the pulls leaves one linear system for theta', with a matrix that looks exactly
like the Hessian in `newton`:

    (diag(1, ..., 1, 0) + A^T diag(h) A) theta' = A^T y (a + h e) - [w, 0]

h is large on the kink and vanishes far from it on both sides.  Twenty steps or so suffice, whatever
the data: no other method for this problem knows beforehand how long it takes.

*Two solutions per step* (Mehrotra).  The first with mu = 0 shows how far one can go; mu is then
chosen by that, and the products a' s' and x' a' that "to first order" neglected are put back in.

Sources: Mehrotra, *On the implementation of a primal-dual interior point method*, 1992; Ferris and
Munson, *Interior-point methods for massive support vector machines*, 2002.  The industry uses SMO
(LIBSVM: two pulls at a time) and dual coordinate ascent (LIBLINEAR: one at a time), which are fast
to a crude solution and slow to an exact one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from minicv.person_detector.linear_models import Problem
from minicv.person_detector.newton import factorised_hessian

PATIENCE = 10  # how many steps without a smaller gap show that rounding lets it become no smaller
TO_BORDER = 0.995  # how much of the way to where a factor becomes 0 a step may go at most


class Factors(NamedTuple):
    """The four factors of the two products, (n,) each and positive; or what they change by."""

    pulls: np.ndarray  # a
    surplus: np.ndarray  # s
    room: np.ndarray  # c - a, kept beside a: computed from it, it would be lost to rounding
    shortfall: np.ndarray  # x


def mean_product(factors: Factors) -> float:
    """mu, as far as there is one: the mean of all products a s and (c - a) x."""
    a, s, room, x = factors
    return (a @ s + room @ x) / (2 * len(a))


def moved(factors: Factors, changes: Factors, length: float) -> Factors:
    """The factors after this part of the changes."""
    return Factors(*[factor + length * change for factor, change in zip(factors, changes)])


def longest_step(factors: Factors, changes: Factors) -> float:
    """At which length of step the first factor becomes 0, at most 1.

    Examples
    --------
    >>> one, minus_two = np.array([1.0]), np.array([-2.0])
    >>> longest_step(Factors(one, one, one, one), Factors(one, minus_two, one, one))
    0.5
    """
    steepest = max(float(np.max(-change / factor)) for factor, change in zip(factors, changes))
    return 1.0 if steepest <= 1 else 1 / steepest


def minimize_hinge(problem: Problem, tol: float, max_iter: int) -> tuple[np.ndarray, float, int]:
    """Minimise with the hinge loss.

    Parameters
    ----------
    problem : with the hinge loss.
    tol : stop when the relative duality gap is no larger.
    max_iter : how many steps at most.

    Returns
    -------
    theta (k,), the best seen; its relative duality gap; and the number of steps made.
    """
    A, y, c, penalty, _ = problem
    theta = np.zeros(A.shape[1])
    factors = Factors(c / 2, np.ones_like(c), c / 2, np.ones_like(c))
    best_theta, best_gap, best_iter = theta, np.inf, 0
    for n_iter in range(max_iter + 1):
        margins = y * (A @ theta)
        gap = problem.relative_gap(problem.value(theta, margins), factors.pulls)
        if gap < best_gap:
            best_theta, best_gap, best_iter = theta, gap, n_iter
        if best_gap <= tol or n_iter == max_iter or n_iter == best_iter + PATIENCE:
            break

        a, s, room, x = factors
        h = 1 / (s / a + x / room)
        solve = factorised_hessian(A, penalty, h)
        mismatch = margins - 1 - s + x
        mu = mean_product(factors)

        # How far would we get with mu = 0? The further, the smaller a mu is within reach.
        r, t = -a * s, -room * x
        _, changes = newton_step(problem, theta, factors, h, solve, mismatch, r, t)
        reached = mean_product(moved(factors, changes, longest_step(factors, changes)))
        new_mu = mu * (reached / mu)**3
        theta_change, changes = newton_step(problem, theta, factors, h, solve, mismatch,
                                            r + new_mu - changes.pulls * changes.surplus,
                                            t + new_mu - changes.room * changes.shortfall)

        length = min(1.0, TO_BORDER * longest_step(factors, changes))
        theta = theta + length * theta_change
        factors = moved(factors, changes, length)
    return best_theta, best_gap, n_iter


def newton_step(problem: Problem, theta: np.ndarray, factors: Factors, h: np.ndarray,
                solve: Callable[[np.ndarray], np.ndarray], mismatch: np.ndarray, r: np.ndarray,
                t: np.ndarray) -> tuple[np.ndarray, Factors]:
    """The changes of theta and of the factors: the formulas at the top, in their letters.

    Parameters
    ----------
    solve : solves a system with the matrix diag(1, ..., 1, 0) + A^T diag(h) A.
    mismatch : (n,) by how much the definition of s and x is violated, y A theta - 1 - s + x.
    r, t : (n,) by how much both products are to change.
    """
    A, y, _, penalty, _ = problem
    a, s, room, x = factors
    e = r / a - t / room - mismatch
    theta_change = solve((y * (a + h * e)) @ A - penalty * theta)
    a_change = h * (e - y * (A @ theta_change))
    return theta_change, Factors(a_change, (r - s * a_change) / a,
                                 -a_change, (t + x * a_change) / room)
