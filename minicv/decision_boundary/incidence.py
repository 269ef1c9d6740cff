"""Which has which: tables (2, R) of numbers, in which element [0, r] has element [1, r]."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix


def marked(length: int, indices: np.ndarray | list[int]) -> np.ndarray:
    """(length,) bool, True at the indices.

    >>> marked(3, [0, 2]).tolist()
    [True, False, True]
    """
    result = np.zeros(length, bool)
    result[indices] = True
    return result


def joined(first: np.ndarray, second: np.ndarray) -> csr_matrix:
    """Which a has which c, for rows (a, b) and (b, c), (2, R) each: a matrix of how often.

    >>> joined(np.array([[0, 0, 1], [0, 1, 1]]), np.array([[0, 1], [2, 2]])).toarray().tolist()
    [[0, 0, 2], [0, 0, 1]]
    """
    from scipy.sparse import csr_matrix  # only here: minicv is imported without SciPy

    n = max(first[1].max(initial=-1), second[0].max(initial=-1)) + 1
    shapes = (first[0].max(initial=-1) + 1, n), (n, second[1].max(initial=-1) + 1)
    left, right = [csr_matrix((np.ones(pairs.shape[1], int), tuple(pairs)), shape)
                   for pairs, shape in zip((first, second), shapes)]
    return left @ right


def parts_of(border: np.ndarray, chosen: np.ndarray | list[int]) -> dict[int, list[int]]:
    """What each of the chosen elements has on its border."""
    result: dict[int, list[int]] = defaultdict(list)
    rows = marked(border[0].max(initial=-1) + 1, chosen)[border[0]]
    for element, part in border[:, rows].T.tolist():
        result[element].append(part)
    return result
