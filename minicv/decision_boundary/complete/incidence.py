"""Which has which: tables (2, R) of numbers, in which element [0, r] has element [1, r]."""

from __future__ import annotations

from collections import defaultdict

import numpy as np


def marked(length: int, indices: np.ndarray | list[int]) -> np.ndarray:
    """(length,) bool, True at the indices.

    >>> marked(3, [0, 2]).tolist()
    [True, False, True]
    """
    result = np.zeros(length, bool)
    result[indices] = True
    return result


def joined(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which a has which c, for rows (a, b) and (b, c), (2, R) each: rows (a, c), and how often.

    >>> rows, times = joined(np.array([[0, 0, 1], [0, 1, 1]]), np.array([[0, 1], [2, 2]]))
    >>> rows.tolist(), times.tolist()
    ([[0, 1], [2, 2]], [2, 1])
    """
    b, c = second[:, np.argsort(second[0], kind="stable")]
    begin, end = np.searchsorted(b, first[1], "left"), np.searchsorted(b, first[1], "right")
    a = np.repeat(first[0], end - begin)
    at = np.arange(len(a)) + np.repeat(end - np.cumsum(end - begin), end - begin)
    n = c.max(initial=0) + 1
    pairs, times = np.unique(a * n + c[at], return_counts=True)
    return np.stack(np.divmod(pairs, n)), times


def parts_of(border: np.ndarray, chosen: np.ndarray | list[int]) -> dict[int, list[int]]:
    """What each of the chosen elements has on its border."""
    result: dict[int, list[int]] = defaultdict(list)
    rows = marked(border[0].max(initial=-1) + 1, chosen)[border[0]]
    for element, part in border[:, rows].T.tolist():
        result[element].append(part)
    return result
