"""How far a curve is from another: polylines, measured."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from minicv import checks


def points_along(curve: np.ndarray, step: float) -> np.ndarray:
    """Points along a polyline, about `step` apart.

    Parameters
    ----------
    curve : (K, 2) array
        At least one point.
    step : float
        Above 0.

    Returns
    -------
    (N, 2) array
        From the first point to the last.

    Examples
    --------
    >>> points_along([[0, 0], [1, 0]], 0.5).tolist()
    [[0.0, 0.0], [0.3333333333333333, 0.0], [0.6666666666666666, 0.0], [1.0, 0.0]]
    """
    curve = checks.numbers(curve, "curve", ("K", 2), dtype=float, within=1e100, empty=False)
    step = checks.number(step, "step", above=0)
    length = np.append(0, np.cumsum(np.hypot(*np.diff(curve, axis=0).T)))
    if length[-1] > 1e7 * step:
        raise ValueError(f"a step of {step:g} makes over 1e7 points of a curve; take a longer one")
    at = np.linspace(0, length[-1], int(length[-1] / step) + 2)
    return np.stack([np.interp(at, length, coordinate) for coordinate in curve.T], axis=1)


def distance_to_curves(points: np.ndarray, curves: Sequence[np.ndarray]) -> np.ndarray:
    """How far each point is from the nearest place on any of some polylines.

    Parameters
    ----------
    points : (N, 2) array
    curves : sequence of (K, 2) arrays

    Returns
    -------
    (N,) array
        Infinite where there is no curve.

    Examples
    --------
    >>> distance_to_curves([[1, 3], [5, 4]], [[[0, 0], [2, 0]]]).tolist()
    [3.0, 5.0]
    """
    points = checks.numbers(points, "points", ("N", 2), dtype=float, within=1e100)
    lines = [checks.numbers(curve, f"curve {n}", ("K", 2), dtype=float, within=1e100)
             for n, curve in enumerate(checks.several(curves, "curves"))]
    starts = np.concatenate([line[:-1] for line in lines] or [np.zeros((0, 2))])
    steps = np.concatenate([np.diff(line, axis=0) for line in lines] or [np.zeros((0, 2))])
    squared = np.maximum((steps**2).sum(axis=1), 1e-300)
    nearest = np.empty(len(points))
    for number, point in enumerate(points):
        away = point - starts
        share = np.clip((away * steps).sum(axis=1) / squared, 0, 1)
        gaps = away - share[:, None] * steps
        nearest[number] = np.sqrt((gaps**2).sum(axis=1).min(initial=np.inf))
    return nearest
