"""The linear classifiers of exercise 2.2 with faster steps, and with the hinge.

The plain twins are `linear_classifiers` and `newton_method` in `minicv/person_detector/`: read them
first.  The objective, the certificate and the results are the same, to the tolerance.

*The trick for the smooth losses.*  The more the features are correlated, the more products with the
Hessian H do plain conjugate gradients need, and in each step of Newton's method anew.  Where
features are few, H can be written down for as much as d / 4 products cost.  So it is, once, and
factorised: M = L L^T.  For the next steps M is not H any more, but near it, and M^-1 H is near the
identity.  Conjugate gradients on M^-1 H need a few products instead of dozens; where they need more
than 20, M is made anew.  Of many samples, the first M is made from a quarter of them, each counted
four times: far from the minimum that is good enough.  With K classes M has K blocks, one a class.

Worth, on one core: 20,000 samples with 50 correlated features are fitted 3 times (squared hinge)
and 2.5 times (logistic) as fast as by the plain twin; 2,478 HOG descriptors of 216 numbers not
faster; the 2,432 numbers of a window of the channel detector slower.  So where there are more than
1,000 features, or more than samples, the plain step is made.

*The trick for the hinge*, max(0, 1 - m), which has a kink at m = 1 and no second derivative there.
By how much does sample i miss the margin 1, and by how much is it beyond?

    m_i - 1 = s_i - x_i,    shortfall x_i >= 0, surplus s_i >= 0

Its pull a_i on the plane is between 0 and c_i.  At the optimum (the conditions of Karush, Kuhn and
Tucker) w is the sum of all pulls, the pulls of both classes balance, and

    a_i s_i = 0                 beyond the margin: no pull
    (c_i - a_i) x_i = 0         short of it: full pull

Each product says "one of the two is 0", which is as unsmooth as the kink.  So ask for something
smooth instead, that both products equal some mu > 0, solve *that* by Newton's method, and let mu go
to 0.  All four factors stay positive on the way: the solution comes from the interior.  To first
order, the changes s', x', a', theta' of one step fulfil

    s a' + a s' = mu - a s =: r                  the first product
    -x a' + (c - a) x' = mu - (c - a) x =: t     the second
    s' - x' = y A theta' + (y A theta - 1 - s + x)               the definition of s and x

Solve the first two for s' and x', put them in the third, and solve it for a':

    a' = h (e - y A theta')     h = 1 / (s / a + x / (c - a))
                                e = r / a - t / (c - a) - (y A theta - 1 - s + x)

That w is the sum of the pulls leaves one linear system for theta', with a matrix that looks exactly
like a Hessian:

    (diag(penalty) + A^T diag(h) A) theta' = A^T y (a + h e) - penalty theta

*Two solutions per step* (Mehrotra).  The first with mu = 0 shows how far one can go; mu is then
chosen by that, and the products a' s' and x' a' that "to first order" neglected are put back in.
Twenty steps or so suffice, whatever the data.  The industry uses SMO (LIBSVM: two pulls at a time)
and dual coordinate ascent (LIBLINEAR: one at a time), fast to a crude solution and slow to an exact
one.

Sources: Nocedal and Wright, *Numerical Optimization*, chapters 5 and 7.1; Mehrotra, *On the
implementation of a primal-dual interior point method*, 1992; Ferris and Munson, *Interior-point
methods for massive support vector machines*, 2002.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from minicv.person_detector import linear_classifiers as plain
from minicv.person_detector import newton_method
from minicv.person_detector.linear_losses import SquaredHinge

FEW = 1000  # with more features, writing down the Hessian does not pay
MOST_PRODUCTS = 20  # more cost as much as a new preconditioner
EVERY = 4  # of the samples, one in so many makes the first preconditioner
PATIENCE = 10  # how many steps without a smaller gap show that rounding lets it become no smaller
ROUNDING = 1e-9  # of the hinge's relative gap: its kinks multiply the rounding errors of margins
TO_BORDER = 0.995  # how much of the way to where a factor becomes 0 a step may go at most

Solve = Callable[[np.ndarray], np.ndarray]


# --------------------------------------------------------------------------------------------------
# Smooth losses: preconditioned conjugate gradients
# --------------------------------------------------------------------------------------------------


class PreconditionedStep:
    """Newton's step as in `newton_method`, with a preconditioner that is kept between calls."""

    def __init__(self) -> None:
        self.solvers: list[Solve] = []
        self.curvatures = np.zeros(0)  # (R, n) with which they were made

    def __call__(self, objective: newton_method.Objective, scores: np.ndarray, gradient: np.ndarray
                 ) -> np.ndarray:
        _, A, penalty = objective
        hessian, bend = objective.hessian(scores), objective.loss.bending(scores)
        curvatures = np.stack([row @ bend(np.tile(row[:, np.newaxis], len(A)))
                               for row in np.eye(len(gradient))])
        if self.solvers and np.abs(curvatures - self.curvatures).sum() < self.curvatures.sum():
            step, solved = self._conjugate_gradients(hessian, -gradient)
            if solved:
                return step
        # The first matrix may be rough; later ones are made because the last was too rough.
        every = EVERY if not self.solvers and len(A) >= 2 * EVERY * len(penalty) else 1
        self.solvers = [factorised(A[::every], penalty, every * row[::every]) for row in curvatures]
        self.curvatures = curvatures
        return self._conjugate_gradients(hessian, -gradient)[0]

    def _conjugate_gradients(self, hessian: Solve, target: np.ndarray) -> tuple[np.ndarray, bool]:
        """H x = target, solved roughly: x (R, k), and whether the residual shrank enough."""
        x, residual = np.zeros_like(target), target
        z = self._precondition(residual)
        direction, size = z, (residual * z).sum()
        enough = newton_method.ACCURACY**2 * (target**2).sum()
        for _ in range(MOST_PRODUCTS):
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
        z = np.stack([solve(row) for solve, row in zip(self.solvers, v)])
        return z - z.mean(axis=0) if len(z) > 1 else z  # as H^-1 v: the classes' rows sum to 0


def minimise(objective: newton_method.Objective, theta: np.ndarray, tol: float, max_iter: int
             ) -> tuple[np.ndarray, float, int]:
    """`newton_method.minimise`, with a preconditioner where features are few enough."""
    few = len(objective.penalty) <= min(FEW, len(objective.A))
    return newton_method.minimise(objective, theta, tol, max_iter,
                          PreconditionedStep() if few else newton_method.newton_step)


def factorised(A: np.ndarray, penalty: np.ndarray, curvatures: np.ndarray) -> Solve:
    """Write down H = diag(penalty) + A^T diag(h) A (k, k); return v -> H^-1 v, nearly.

    Examples
    --------
    >>> factorised(np.array([[2.0]]), np.array([1.0]), np.array([1.0]))(np.array([5.0])).round(9)
    array([1.])
    """
    root = A * np.sqrt(curvatures)[:, np.newaxis]
    H = root.T @ root  # NumPy sees that this is symmetric, and computes half of it
    # The diagonal is made larger in its last digits: duplicated features can be factorised then.
    double = np.finfo(np.float64)
    np.fill_diagonal(H, np.maximum((H.diagonal() + penalty) * (1 + len(H) * double.eps),
                                   double.tiny))
    # H = L L^T, so H^-1 = R^T R with R = L^-1. Inverting the factor is good enough for a
    # preconditioner, which stays symmetric whatever the rounding. (SciPy could solve with L itself.
    # But it brings a BLAS of its own, whose threads would wait in the way of NumPy's.)
    R = np.linalg.inv(np.linalg.cholesky(H))
    return lambda v: (R @ v) @ R


# --------------------------------------------------------------------------------------------------
# The hinge: an interior-point method
# --------------------------------------------------------------------------------------------------


class Factors(NamedTuple):
    """The four factors of the two products, (n,) each and positive; or what they change by."""

    pulls: np.ndarray  # a
    surplus: np.ndarray  # s
    room: np.ndarray  # c - a, kept beside a: computed from it, it would be lost to rounding
    shortfall: np.ndarray  # x

    def mean_product(self) -> float:
        """mu, as far as there is one: the mean of all products a s and (c - a) x."""
        return (self.pulls @ self.surplus + self.room @ self.shortfall) / (2 * len(self.pulls))

    def moved(self, changes: Factors, length: float) -> Factors:
        """The factors after this part of the changes."""
        return Factors(*[factor + length * change for factor, change in zip(self, changes)])

    def longest_step(self, changes: Factors) -> float:
        """At which length of step the first factor becomes 0, at most 1."""
        steepest = max(float(np.max(-change / factor)) for factor, change in zip(self, changes))
        return 1.0 if steepest <= 1 else 1 / steepest


class HingeProblem(NamedTuple):
    """Minimise 1/2 sum penalty theta^2 + sum_i c_i max(0, 1 - y_i (A theta)_i)."""

    A: np.ndarray  # (n, k)
    signs: np.ndarray  # (n,)
    costs: np.ndarray  # (n,)
    penalty: np.ndarray  # (k,)

    def minimise(self, tol: float, max_iter: int) -> tuple[np.ndarray, float, int]:
        """theta (k,), the best seen; its relative duality gap; and the number of steps made."""
        theta, c = np.zeros(self.A.shape[1]), self.costs
        factors = Factors(c / 2, np.ones_like(c), c / 2, np.ones_like(c))
        best_theta, best_gap, best_iter = theta, np.inf, 0
        for n_iter in range(max_iter + 1):
            margins = self.signs * (self.A @ theta)
            gap = self.relative_gap(theta, margins, factors)
            if gap < best_gap:
                best_theta, best_gap, best_iter = theta, gap, n_iter
            if best_gap <= tol or n_iter == max_iter or n_iter == best_iter + PATIENCE:
                break

            a, s, room, x = factors
            h = 1 / (s / a + x / room)
            solve = factorised(self.A, self.penalty, h)
            mismatch = margins - 1 - s + x
            mu = factors.mean_product()

            # How far would we get with mu = 0? The further, the smaller a mu is within reach.
            r, t = -a * s, -room * x
            _, changes = self.newton_step(theta, factors, h, solve, mismatch, r, t)
            reached = factors.moved(changes, factors.longest_step(changes)).mean_product()
            new_mu = mu * (reached / mu)**3
            theta_change, changes = self.newton_step(
                theta, factors, h, solve, mismatch,
                r + new_mu - changes.pulls * changes.surplus,
                t + new_mu - changes.room * changes.shortfall)

            length = min(1.0, TO_BORDER * factors.longest_step(changes))
            theta = theta + length * theta_change
            factors = factors.moved(changes, length)
        return best_theta, best_gap, n_iter

    def newton_step(self, theta: np.ndarray, factors: Factors, h: np.ndarray, solve: Solve,
                    mismatch: np.ndarray, r: np.ndarray, t: np.ndarray
                    ) -> tuple[np.ndarray, Factors]:
        """The changes of theta and of the factors: the formulas at the top, in their letters."""
        a, s, room, x = factors
        e = r / a - t / room - mismatch
        # h becomes so large that a second solution, for what the first left over, is worth it.
        target = (self.signs * (a + h * e)) @ self.A - self.penalty * theta
        theta_change = solve(target)
        left = target - self.penalty * theta_change - (h * (self.A @ theta_change)) @ self.A
        theta_change = theta_change + solve(left)
        a_change = h * (e - self.signs * (self.A @ theta_change))
        return theta_change, Factors(a_change, (r - s * a_change) / a,
                                     -a_change, (t + x * a_change) / room)

    def relative_gap(self, theta: np.ndarray, margins: np.ndarray, factors: Factors) -> float:
        """(P - D) / P, with the pulls made to cancel: those of one class shrink.

        P - D is half the square of the gradient, and sum_i (c - a) max(0, 1 - m) + a max(0, m - 1).
        """
        pulls = factors.pulls
        if not self.penalty[-1]:
            ahead = self.signs > 0
            sums = pulls[ahead].sum(), pulls[~ahead].sum()
            pulls = pulls * np.where(ahead, min(sums) / sums[0], min(sums) / sums[1])
        room = factors.room + (factors.pulls - pulls)
        weights = self.penalty > 0
        penalty = self.penalty[weights]
        difference = (self.penalty * theta - (pulls * self.signs) @ self.A)[weights]
        short = np.maximum(0, 1 - margins)
        gap = (0.5 * (difference**2 / penalty).sum() + room @ short
               + pulls @ np.maximum(0, margins - 1))
        value = 0.5 * (penalty * theta[weights]**2).sum() + self.costs @ short
        return float(gap / value)


def minimise_hinge(A: np.ndarray, signs: np.ndarray, costs: np.ndarray, penalty: np.ndarray,
                   tol: float, max_iter: int) -> tuple[np.ndarray, float, int]:
    """Minimise with the hinge loss; in n coordinates where features outnumber samples.

    There the weights, each times the root of its penalty, are a sum of samples. With X^T = Q R and
    w = Q u it is |w| = |u| and X w = R^T u: the same problem with R^T (n, n) in place of X (n, d).
    """
    weights = penalty > 0
    n, d = len(A), int(weights.sum())
    if d <= n:
        theta, gap, n_iter = HingeProblem(A, signs, costs, penalty).minimise(tol, max_iter)
        return theta[np.newaxis], gap, n_iter
    root = np.sqrt(penalty[weights])
    Q, R = np.linalg.qr((A[:, weights] / root).T)
    reduced = HingeProblem(np.hstack([R.T, A[:, ~weights]]), signs, costs,
                           np.append(np.ones(n), penalty[~weights]))
    u, gap, n_iter = reduced.minimise(tol, max_iter)
    return np.append(Q @ u[:n] / root, u[n:])[np.newaxis], gap, n_iter


# --------------------------------------------------------------------------------------------------
# The classifiers
# --------------------------------------------------------------------------------------------------


class LogisticRegression(plain.LogisticRegression):
    """`minicv.person_detector.LogisticRegression` with fewer products in each step.

    Examples
    --------
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], ["cat", "cat", "dog", "dog"]
    >>> LogisticRegression().fit(X, y).predict([[0.5], [2.5]]).tolist()
    ['cat', 'dog']
    """

    def _minimise(self, objective: newton_method.Objective, theta: np.ndarray
                  ) -> tuple[np.ndarray, float, int]:
        return minimise(objective, theta, self.tol, self.max_iter)


class LinearSVC(plain.LinearSVC):
    """`minicv.person_detector.LinearSVC` with fewer products in each step, and loss="hinge".

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

    def _minimise(self, objective: newton_method.Objective, theta: np.ndarray
                  ) -> tuple[np.ndarray, float, int]:
        loss, A, penalty = objective
        if self.loss == "hinge" and isinstance(loss, SquaredHinge):  # of the same samples
            return minimise_hinge(A, loss.signs, loss.costs, penalty, self.tol, self.max_iter)
        return minimise(objective, theta, self.tol, self.max_iter)

    def _rounding(self) -> float:
        return ROUNDING if self.loss == "hinge" else 0.0
