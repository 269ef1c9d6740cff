"""The two losses of the linear classifiers, as functions of the scores.

Samples i have scores s, one a class, or with two classes one alone: see `linear_classifiers`, where
they are added up with the penalty and minimised.  A loss of the scores (R, n) knows four things:

    value           sum_i c_i loss(s_i), convex, with a cost c_i for each sample
    pulls           a = -d value / ds: how strongly each sample pulls on each score
    bending         B = d^2 value / ds^2: a function, change of the scores -> how the pulls fall
    balanced_pulls  pulls near a that cancel, sum_i a_ik = 0, and what the change of a costs

The last is for the certificate.  Each convex function lies above its tangents: for pulls a there is
a number l(a) with

    value(s) >= l(a) - sum a s     for all scores s

and both sides are equal where a are the pulls at s.  For other pulls, the difference of both sides
is the cost.

    squared hinge   c max(0, 1 - m)^2, m = y s      cost of a' in place of a = (a - a')^2 / 4c
    softmax         -c log p(own class)             cost of q in place of p = c sum_k q log(q / p)

Sources: Boyd and Vandenberghe, *Convex Optimization*, section 3.3 (conjugates); Bishop, *Pattern
Recognition and Machine Learning*, section 4.3.  It answers exercise 2.2; the softmax is the one of
exercise 1.3b.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


class SquaredHinge:
    """sum_i c_i max(0, 1 - y_i s_i)^2, for the one score s of two classes.

    Parameters
    ----------
    is_class : (2, n)
        1 in the row of the sample's class, 0 in the other.
    costs : (n,)
        c, above 0.
    """

    n_scores = 1

    def __init__(self, is_class: np.ndarray, costs: np.ndarray):
        self.signs = 2 * is_class[1] - 1
        self.costs = costs

    def value(self, scores: np.ndarray) -> float:
        return float((self.costs * np.maximum(0, 1 - self.signs * scores)**2).sum())

    def pulls(self, scores: np.ndarray) -> np.ndarray:
        """a: the negative derivative by the scores, (1, n)."""
        return 2 * self.costs * self.signs * np.maximum(0, 1 - self.signs * scores)

    def bending(self, scores: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        """B: a change of the scores (1, n) -> how the pulls fall by it (1, n)."""
        second = 2 * self.costs * (self.signs * scores < 1)
        return lambda change: second * change

    def balanced_pulls(self, scores: np.ndarray) -> tuple[np.ndarray, float]:
        """Pulls that cancel, and what that costs: those of the stronger class shrink."""
        pulls = self.pulls(scores)
        ahead, behind = pulls[pulls > 0].sum(), -pulls[pulls < 0].sum()
        weaker = min(ahead, behind)
        balanced = np.where(pulls > 0, weaker / (ahead or 1), weaker / (behind or 1)) * pulls
        return balanced, float(((balanced - pulls)**2 / (4 * self.costs)).sum())


class Softmax:
    """sum_i -c_i log p_i(own class).

    Parameters
    ----------
    is_class : (K, n)
        1 in the row of the sample's class, 0 in the others.
    costs : (n,)
        c, above 0.
    """

    def __init__(self, is_class: np.ndarray, costs: np.ndarray):
        self.is_class = is_class
        self.costs = costs
        self.n_scores = 1 if len(is_class) == 2 else len(is_class)

    def value(self, scores: np.ndarray) -> float:
        scores = one_score_a_class(scores)
        lead = scores - (scores * self.is_class).sum(axis=0)  # over the own class
        highest = lead.max(axis=0)
        return float(self.costs @ (highest + np.log(np.exp(lead - highest).sum(axis=0))))

    def pulls(self, scores: np.ndarray) -> np.ndarray:
        """a = c (is_class - p), (R, n)."""
        return self._pulls(softmax(scores))[-self.n_scores:]

    def _pulls(self, p: np.ndarray) -> np.ndarray:
        wrong = p * (1 - self.is_class)  # 1 - p is the sum of these: no digits are lost near p = 1
        return self.costs * (self.is_class * wrong.sum(axis=0) - wrong)

    def bending(self, scores: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        """B: a change of the scores (R, n) -> how the pulls fall by it (R, n)."""
        p = softmax(scores)[-self.n_scores:]
        weighted = self.costs * p
        return lambda change: weighted * (change - (p * change).sum(axis=0))

    def balanced_pulls(self, scores: np.ndarray) -> tuple[np.ndarray, float]:
        """Pulls that cancel, and what the change costs: q = p (1 + u) takes the place of p.

        A change v of the biases would give u = v - p.v to first order, and v is chosen so that the
        pulls c (is_class - q) cancel. The cost is the divergence sum_i c_i sum_k q log(q / p).
        """
        p = softmax(scores)
        pulls, weighted = self._pulls(p), self.costs * p
        by_bias = np.diag(weighted.sum(axis=1)) - weighted @ p.T
        change = np.linalg.lstsq(by_bias, pulls.sum(axis=1), rcond=None)[0]
        u = change[:, np.newaxis] - change @ p
        if u.min() <= -1:
            return pulls[-self.n_scores:], np.inf  # no probabilities: this far away, no bound
        # sum_k q log(q / p), and sum_k p u = 0 subtracted: this way no term is below 0
        cost = float((weighted * ((1 + u) * np.log1p(u) - u)).sum())
        return (pulls - weighted * u)[-self.n_scores:], cost


Loss = SquaredHinge | Softmax


def one_score_a_class(scores: np.ndarray) -> np.ndarray:
    """(1, n) -> (2, n): of two classes, the first has the score 0."""
    return np.vstack([np.zeros_like(scores), scores]) if len(scores) == 1 else scores


def softmax(scores: np.ndarray) -> np.ndarray:
    """The probabilities (K, n) that belong to scores (R, n)."""
    scores = one_score_a_class(scores)
    powers = np.exp(scores - scores.max(axis=0))
    return powers / powers.sum(axis=0)
