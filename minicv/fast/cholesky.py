"""A Hessian written down and factorised once, to be divided by many times.

The plain twin, `minicv.person_detector.newton`, never writes it down: it multiplies
with it.  `fast.solvers` says when this is worth it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Solve = Callable[[np.ndarray], np.ndarray]


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
