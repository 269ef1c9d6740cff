"""Box regression: how far is the person from where the window expects it?

The descriptor that tells *whether* there is a person also tells where: with the feet a cell too
low, or the arms spread, it looks different.  Four numbers correct a box of height h,

    (dx / h, dy / h, log of the factor on the width, log of the factor on the height),

and each is predicted by a linear function of the descriptor x, fitted to the jittered positives by
*ridge regression*: minimise

    sum_i |t_i - mean(t) - M^T (x_i - mean(x))|^2 + strength * |M|^2
    M = X^T (X X^T + strength I)^-1 T            X: samples in rows, T: what is to be predicted

The inverse is of a samples x samples matrix; the better known (X^T X + strength I)^-1 X^T T, which
is equal, has a matrix of features x features.  Whichever is smaller is solved.

Source: Girshick et al., *Rich feature hierarchies*, CVPR 2014, appendix C.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

STRENGTH = 30.0


def box_corrections(boxes: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """What moves boxes (N, 4) onto targets (N, 4): the four numbers above."""
    middle, target_middle = (boxes[:, :2] + boxes[:, 2:]) / 2, (targets[:, :2] + targets[:, 2:]) / 2
    size, target_size = boxes[:, 2:] - boxes[:, :2], targets[:, 2:] - targets[:, :2]
    return np.concatenate([(target_middle - middle) / size[:, 1:],
                           np.log(target_size / size)], axis=1)


@dataclass(frozen=True)
class BoxRegression:
    """A fitted correction: the features' mean (d,), M (d, 4), and the corrections' mean (4,)."""

    feature_mean: np.ndarray
    matrix: np.ndarray
    target_mean: np.ndarray

    @classmethod
    def fit(cls, features: np.ndarray, corrections: np.ndarray) -> BoxRegression:
        """Learn from descriptors (n, d) and the corrections (n, 4) that belong to them."""
        feature_mean, target_mean = features.mean(axis=0), corrections.mean(axis=0)
        X, T = (features - feature_mean).astype(np.float64), corrections - target_mean
        n, d = X.shape
        if n < d:
            matrix = X.T @ np.linalg.solve(X @ X.T + STRENGTH * np.eye(n), T)
        else:
            matrix = np.linalg.solve(X.T @ X + STRENGTH * np.eye(d), X.T @ T)
        return cls(feature_mean, matrix.astype(np.float32), target_mean)

    def correct(self, boxes: np.ndarray, features: np.ndarray) -> np.ndarray:
        """Move boxes (N, 4) as their windows' descriptors (N, d) tell.

        No box grows or shrinks by more than a factor of two: what looks so wrong is no person, and
        the prediction worth nothing.
        """
        offset = self.target_mean - self.feature_mean @ self.matrix
        correction = features @ self.matrix + offset
        size = boxes[:, 2:] - boxes[:, :2]
        middle = (boxes[:, :2] + boxes[:, 2:]) / 2 + correction[:, :2] * size[:, 1:]
        half = size / 2 * np.exp(np.clip(correction[:, 2:], -np.log(2), np.log(2)))
        return np.concatenate([middle - half, middle + half], axis=1)
