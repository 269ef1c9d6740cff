"""Newton's method for the smooth losses: logistic, and (once differentiable) squared hinge.

The problem.  Minimise P(theta) = 1/2 |w|^2 + sum_i c_i l(m_i), see `linear_models`.

The idea.  Near theta, P is almost a parabola.  Go where that parabola has its minimum:

    H step = -g        g = [w, 0] - A^T (y a),    a_i = -c_i l'(m_i)      the gradient
                       H = diag(1, ..., 1, 0) + A^T diag(h) A,  h_i = c_i l''(m_i)   the Hessian

Each step roughly squares the error, so half a dozen suffice.  Where the parabola is a bad likeness,
far from the minimum, the step may overshoot: then only a part of it is made, up to the lowest point
on the way (*line search*).  The squared hinge has no second derivative at m = 1.  Taking either
one-sided value there is enough: H then sums over the *active set*, the samples with m < 1, and
since P is made of pieces of parabolas, the step is exact once the active set is the right one.

*Fewer Hessians.*  Writing down H costs n k^2 / 2 multiplications, multiplying a vector with it only
2 n k.  So H is written down and factorised once, at the start, and H step = -g is solved by the
method of conjugate gradients, which only multiplies.  The factorised matrix M is its
*preconditioner*: what it solves exactly, H solves almost, and a few multiplications do the rest.
Where they do not, because the curvatures have changed too much, M is made anew.

M need not be exact, therefore.  Where samples abound, the first one is made from a quarter of them,
each counted four times: far from the minimum that is good enough.  And its diagonal is made larger
in its last digits, so that it can be factorised even where features are duplicated.

Sources: Nocedal and Wright, *Numerical Optimization*, chapters 5 (conjugate gradients) and 7.1
(inexact Newton); Mangasarian, *A finite Newton method for classification*, 2002 (squared hinge).
scikit-learn's `newton-cholesky` factorises H in each step, `newton-cg` has no preconditioner.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from minicv.person_detector.linear_models import Problem

CG_REDUCTION = 0.1  # how well Newton's equation is solved: by how much its residual shrinks
CG_LIMIT = 20  # more multiplications with H cost as much as a new preconditioner
EVERY = 4  # of the samples, one in so many makes the first preconditioner
PATIENCE = 10  # how many steps without progress show that rounding allows no more


def minimize(problem: Problem, theta: np.ndarray, tol: float, max_iter: int
             ) -> tuple[np.ndarray, float, int]:
    """Minimise by Newton's method.

    Parameters
    ----------
    problem : with a loss that has a derivative everywhere.
    theta : (k,) where to start.
    tol : stop when the relative duality gap is no larger.
    max_iter : how many steps at most.

    Returns
    -------
    theta (k,), its relative duality gap, and the number of steps made.
    """
    A, signs, costs, penalty, loss = problem
    margins = signs * (A @ theta)
    solve_roughly = None
    every = EVERY if len(A) >= 2 * EVERY * len(theta) else 1
    lowest_value, smallest_gap, progress = np.inf, np.inf, 0
    for n_iter in range(max_iter + 1):
        value = problem.value(theta, margins)
        pulls = costs * loss.pull(margins)
        gap = problem.relative_gap(value, pulls)
        if value < lowest_value or gap < smallest_gap:
            lowest_value, smallest_gap = min(value, lowest_value), min(gap, smallest_gap)
            progress = n_iter
        if gap <= tol or n_iter == max_iter or n_iter == progress + PATIENCE:
            break
        gradient = penalty * theta - (signs * pulls) @ A
        curvatures = costs * loss.curvature(margins)

        def times_hessian(v, curvatures=curvatures):
            return penalty * v + (curvatures * (A @ v)) @ A

        solved = False
        if solve_roughly is not None:
            step, solved = conjugate_gradients(times_hessian, -gradient, solve_roughly)
        if not solved:
            solve_roughly = factorised_hessian(A[::every], penalty, every * curvatures[::every])
            every = 1
            step, _ = conjugate_gradients(times_hessian, -gradient, solve_roughly)

        margins_step = signs * (A @ step)
        length = line_search(problem, theta, step, margins, margins_step, gradient @ step)
        theta, margins = theta + length * step, margins + length * margins_step
        if length < 1:  # the curvatures change much on the way: M is out of date
            solve_roughly = None
    return theta, gap, n_iter


def line_search(problem: Problem, theta: np.ndarray, step: np.ndarray, margins: np.ndarray,
                margins_step: np.ndarray, slope_at_start: float) -> float:
    """How much of the step to make, from 0 to 1: all of it, or as far as P falls, nearly.

    P is convex along the step, so its slope there only grows, and bisection finds where it is 0.
    The margins are linear in the length: no length costs a multiplication with A.
    """
    w, w_step = problem.penalty * theta, problem.penalty * step

    def slope(length: float) -> float:
        pulls = problem.costs * problem.loss.pull(margins + length * margins_step)
        return (w + length * w_step) @ w_step - pulls @ margins_step

    if slope(1.0) <= -0.5 * slope_at_start:  # below 0 at the start: P falls
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        slope_there = slope(middle)
        if slope_there > 0:
            high = middle
        else:
            low = middle
            if slope_there >= 0.1 * slope_at_start:
                break
    return low


def factorised_hessian(A: np.ndarray, penalty: np.ndarray, curvatures: np.ndarray
                       ) -> Callable[[np.ndarray], np.ndarray]:
    """Write down H = diag(penalty) + A^T diag(h) A (k, k); return v -> H^-1 v, nearly."""
    root = A * np.sqrt(curvatures)[:, np.newaxis]
    H = root.T @ root  # NumPy sees that this is symmetric, and computes half of it
    double = np.finfo(np.float64)
    diagonal = (H.diagonal() + penalty) * (1 + len(H) * double.eps)
    np.fill_diagonal(H, np.maximum(diagonal, double.tiny))
    # H = L L^T, so H^-1 = R^T R with R = L^-1. Inverting the factor is good enough for a
    # preconditioner, which stays symmetric whatever the rounding. (SciPy could solve with L itself.
    # But it brings a BLAS of its own, whose threads would wait in the way of NumPy's.)
    R = np.linalg.inv(np.linalg.cholesky(H))
    return lambda v: (R @ v) @ R


def conjugate_gradients(times_hessian: Callable[[np.ndarray], np.ndarray], target: np.ndarray,
                        solve_roughly: Callable[[np.ndarray], np.ndarray]
                        ) -> tuple[np.ndarray, bool]:
    """Solve H x = target, given how to multiply with H and how to solve with a similar matrix.

    Returns
    -------
    x (k,), and whether its residual r has shrunk to `CG_REDUCTION`, measured by r^T M^-1 r, which
    is r's share of the objective if M is near H.
    """
    x = np.zeros_like(target)
    residual = target
    z = solve_roughly(residual)
    direction = z
    size = residual @ z
    enough = CG_REDUCTION**2 * size
    for _ in range(CG_LIMIT):
        if size <= enough:
            return x, True
        image = times_hessian(direction)
        length = size / (direction @ image)
        x = x + length * direction
        residual = residual - length * image
        z = solve_roughly(residual)
        new_size = residual @ z
        direction = z + new_size / size * direction
        size = new_size
    return x, size <= enough
