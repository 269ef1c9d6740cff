"""What a score means: of finds with such a score, how many are right?

A score w.x + b says which of two finds is more likely to be right, and no more: its unit is the
SVM's own.  So let a detector search pictures that it was not learned from, note for each find its
score s and whether it was right, t = 1 or 0, and fit a curve through these points (*calibration*).
Here the curve is Platt's, which rises from 0 to 1 and has two numbers to fit,

    share(s) = 1 / (1 + exp(-(slope * s + offset))),

those with the least sum_i -t_i log share(s_i) - (1 - t_i) log(1 - share(s_i)).  That is a logistic
regression with one feature (`minicv.person_detector.linear_classifiers`).  In place of 1 and 0
stand (n + 1) / (n + 2), for n finds that were right, and 1 / (m + 2), for m that were wrong: what
one expects of the next find after n good ones (Laplace).  So no share is ever 0 or 1, even where
a threshold tells the right from the wrong without a mistake.

Source: Platt, *Probabilistic outputs for support vector machines*, 1999.  scikit-learn has the same
as `CalibratedClassifierCV(method="sigmoid")`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit

from minicv import checks
from minicv.person_detector.linear_classifiers import LogisticRegression

UNPENALISED = 1e12  # the C of a regression in which the penalty on the slope is nothing
FAR = 1e6  # no slope or offset is as large


@dataclass(frozen=True)
class Calibration:
    """The share of finds that are right, as a function of their score.

    Parameters
    ----------
    slope, offset : float
        The slope is above 0: a higher score is never worth less.

    Examples
    --------
    >>> calibration = Calibration.fit([-1, -0.5, 0, 0.5, 1], [False, False, True, False, True])
    >>> calibration.shares([-1, 1]).round(2)
    array([0.21, 0.65])
    """

    slope: float
    offset: float

    def __post_init__(self) -> None:
        vars(self).update(slope=checks.number(self.slope, "slope", above=0, most=FAR),
                          offset=checks.number(self.offset, "offset", least=-FAR, most=FAR))

    @classmethod
    def fit(cls, scores: ArrayLike, right: ArrayLike) -> Calibration:
        """Learn from finds on pictures that the detector was not learned from.

        Parameters
        ----------
        scores : (N,)
        right : (N,) bool
            Both kinds must be there, and the right ones must have the higher scores on the whole.
        """
        s = checks.numbers(scores, "scores", ("N",), dtype=np.float64, within=FAR)
        was_right = checks.numbers(right, "right", (len(s),), kinds="b", hint="one for each score")
        n, m = int(was_right.sum()), int((~was_right).sum())
        if n == 0 or m == 0:
            raise ValueError(f"need finds that were right and wrong ones, got {n} and {m}")
        t = np.where(was_right, (n + 1) / (n + 2), 1 / (m + 2))
        middle, spread = s.mean(), max(s.std(), 1e-30)
        # Each find is right with the weight t, and wrong with what is left of it.
        X = np.tile((s - middle) / spread, 2)[:, np.newaxis]
        y, weight = np.repeat([True, False], len(s)), np.concatenate([t, 1 - t])
        curve = LogisticRegression(C=UNPENALISED, tol=1e-13).fit(X, y, weight)
        slope, offset = curve.coef_[0, 0], curve.intercept_[0]
        if slope <= 0:
            raise ValueError("the finds that were right have no higher scores than the wrong ones")
        return cls(slope / spread, offset - slope * middle / spread)

    def shares(self, scores: ArrayLike) -> np.ndarray:
        """For each score (N,) the share of such finds that are right, between 0 and 1."""
        return expit(self.slope * checks.numbers(scores, "scores", dtype=np.float64,
                                                  within=1e300) + self.offset)

    def score(self, share: float) -> float:
        """The score from which on every find is right with at least this share.

        Examples
        --------
        >>> Calibration(2.0, 1.0).score(0.5)
        -0.5
        """
        share = checks.number(share, "share", above=0, below=1)
        return float((logit(share) - self.offset) / self.slope)
