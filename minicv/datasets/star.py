"""A star in the plane: what the network of lesson 1.1 learns, known exactly."""

from __future__ import annotations

import numpy as np

from minicv import checks


def star_outline(n_tips: int = 5, outer: float = 0.8, inner: float = 0.38) -> np.ndarray:
    """The outline of a star around the origin.

    Parameters
    ----------
    n_tips : int
        At least 2.
    outer, inner : float
        How far the tips and the corners between them are from the origin.

    Returns
    -------
    (2 n_tips + 1, 2) array
        Corners, counter-clockwise; the last one is the first.

    Examples
    --------
    >>> star_outline(2, outer=2, inner=1).round(3).tolist()[:2]
    [[0.0, 2.0], [-1.0, 0.0]]
    """
    n_tips = checks.whole(n_tips, "n_tips", least=2)
    outer = checks.number(outer, "outer", above=0)
    inner = checks.number(inner, "inner", above=0)
    number = np.arange(2 * n_tips + 1)
    angle = np.pi / 2 + np.pi / n_tips * number
    radius = np.where(number % 2 == 0, outer, inner)
    return radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def is_inside(outline: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Which points are inside an outline, by the even-odd rule.

    A ray to the right leaves the shape an odd number of times.

    Parameters
    ----------
    outline : (K, 2) array
        Closed: its last point is its first.
    points : (N, 2) array

    Returns
    -------
    (N,) array of bool

    Examples
    --------
    >>> is_inside([[0, 0], [2, 0], [0, 2], [0, 0]], [[0.5, 0.5], [2, 2]]).tolist()
    [True, False]
    """
    outline = checks.numbers(outline, "outline", ("K", 2), dtype=float)
    points = checks.numbers(points, "points", ("N", 2), dtype=float)
    x, y = points[:, :1], points[:, 1:]
    (x0, y0), (x1, y1) = outline[:-1].T, outline[1:].T
    meets = (y0 > y) != (y1 > y)
    at = x0 + (y - y0) * (x1 - x0) / np.where(y1 != y0, y1 - y0, 1)
    return (meets & (at > x)).sum(axis=1) % 2 == 1
