"""What is on the border of what: tables (3, R) of numbers, rows (of, part, sign).

An element `of` has an element `part` on its border; the sign tells directions (`polyhedra`).
"""

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


def joined(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """What is on the border of the border, for rows (a, b, sign) and (b, c, sign): (a, c, sign).

    >>> edges, ends = np.array([[7, 7], [0, 1], [1, -1]]), np.array([[1, 0], [5, 6], [1, -1]])
    >>> joined(edges, ends).T.tolist()
    [[7, 6, -1], [7, 5, -1]]
    """
    a, b, sign = first
    second = second[:, np.argsort(second[0], kind="stable")]
    begin, end = np.searchsorted(second[0], b, "left"), np.searchsorted(second[0], b, "right")
    times = end - begin
    at = np.arange(times.sum()) + np.repeat(end - np.cumsum(times), times)
    return np.stack([np.repeat(a, times), second[1, at], np.repeat(sign, times) * second[2, at]])


def parts_of(border: np.ndarray, chosen: np.ndarray | list[int]) -> dict[int, list[int]]:
    """What each of the chosen elements has on its border."""
    result: dict[int, list[int]] = defaultdict(list)
    rows = marked(border[0].max(initial=-1) + 1, chosen)[border[0]]
    for element, part, _ in border[:, rows].T.tolist():
        result[element].append(part)
    return result
