"""Marching squares: the curve on which a function, known at the pixels of an image, has a level.

The problem.  f is known at grid points only.  Where is f = level in between?

The idea (Lorensen and Cline, *Marching cubes*, SIGGRAPH 1987, here in the plane).  Call a sample
*inside* if it is greater than the level.  Look at one square of four neighbouring samples.

1. A side whose two ends differ is crossed, once, where the straight line between the two samples
   reaches the level:  t = (level - a) / (b - a)  of the way from a to b.
2. Walk round the square.  Sides are crossed alternately into and out of the inside, so each run of
   inside corners is cut off by one segment, from the side where the walk enters to the side where
   it leaves.  That is the whole table of sixteen cases; nobody has to type it in (`cut_runs`).
3. The squares on both sides of a crossed side put their point at the same place, so the segments
   join into curves that end only at the border (`_join`, `follow`).

The one ambiguous case has inside corners that touch only diagonally: two segments could cut off
each inside corner, or each outside corner.  Both are right somewhere; what counts is that the
answer depends on the square's own signs alone (`occupancy_network.marching` tells why).

A sample that equals the level is outside, and the points of all sides that lead from it to the
inside lie on it.  Segments between two of these have no length and are left out.

It answers exercise 1.1 (drawing a decision boundary).  The difference from scikit-image's function
of the same name: infinite samples are an error, and so is an image of nothing but NaN.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from minicv import checks
from minicv.decision_boundary.boundary import follow

LARGEST = 1e300  # of a sample: the difference of two is a number still


def cut_runs(inside: Sequence[bool]) -> list[tuple[int, int]]:
    """Cut off each run of inside corners of a polygon: the rule from which all tables follow.

    From whether each corner, counter-clockwise, is inside, it gives two sides for each run. Going
    from `enter` to `leave` the inside is on the right. Side n joins the corners n and n + 1.

    >>> cut_runs([False, True, True, False])
    [(0, 2)]
    >>> cut_runs([True, False, True, False])
    [(1, 2), (3, 0)]
    """
    n = len(inside)
    segments = []
    for enter in range(n):
        if not inside[enter] and inside[(enter + 1) % n]:
            leave = (enter + 1) % n
            while inside[(leave + 1) % n]:
                leave = (leave + 1) % n
            segments.append((enter, leave))
    return segments


def find_contours(image: np.ndarray, level: float | None = None, fully_connected: str = "low",
                  positive_orientation: str = "low", *, mask: np.ndarray | None = None
                  ) -> list[np.ndarray]:
    """Trace the level curves of an image, with the call and the results of scikit-image.

    Parameters
    ----------
    image : (H, W) array
        Real samples; at least 2 x 2. A square with a sample that is NaN is left out.
    level : float, optional
        Where to contour; half-way between the extremes by default.
    fully_connected : "low" or "high"
        Which elements still touch where they meet only diagonally.
    positive_orientation : "low" or "high"
        Which elements lie to the left of the direction of travel, seen with rows downwards: with
        "low" contours run counter-clockwise round islands of low values.
    mask : (H, W) array of bool, optional
        A square is used if its four samples are True. All by default.

    Returns
    -------
    list of (K, 2) arrays of (row, column)
        In the order in which one meets them, row by row. A closed curve ends with its first point
        again, an open one ends at the border of the image or of the mask.

    Raises
    ------
    TypeError, ValueError
        Samples that are not real numbers, or infinite (beyond 1e300) where the mask is True, or
        all NaN there; other shapes, an unknown option, a level that is not finite.

    Examples
    --------
    >>> find_contours(np.array([[1, 0, 0], [0, 0, 0], [0, 0, 0]]), 0.5)[0].tolist()
    [[0.0, 0.5], [0.5, 0.0]]
    """
    image = checks.numbers(image, "image", ("H", "W"), dtype=float, finite=False)
    if min(image.shape) < 2:
        raise ValueError(f"image must have at least 2 x 2 samples, got the shape {image.shape}")
    if mask is None:
        mask = np.full(image.shape, True)
    mask = checks.numbers(mask, "mask", image.shape, kinds="b")
    used = mask & ~np.isnan(image)
    checks.numbers(np.where(used, image, 0), "image", within=LARGEST)
    if mask.any() and not used.any():
        raise ValueError("image has only NaN where it is used: there is nothing to contour")
    checks.choice(fully_connected, "fully_connected", ["low", "high"])
    checks.choice(positive_orientation, "positive_orientation", ["low", "high"])
    if level is None:
        level = (np.nanmin(image) + np.nanmax(image)) / 2
    level = checks.number(level, "level")
    enter, leave = _crossed_sides(image > level, used, join_inside=fully_connected == "high")
    curves = _join(_points(image, level, enter), _points(image, level, leave))
    return curves if positive_orientation == "low" else [curve[::-1] for curve in curves]


def _crossed_sides(inside: np.ndarray, mask: np.ndarray, join_inside: bool
                   ) -> tuple[np.ndarray, np.ndarray]:
    """For each segment, square by square, the side on which it begins and the one where it ends.

    The number of a side is that of its upper left sample, plus H * W if it runs down the column.
    """
    height, width = inside.shape
    # The corners counter-clockwise as seen with rows downwards: side n joins corner n and n + 1.
    corners = [(slice(r, height - 1 + r), slice(c, width - 1 + c))
               for r, c in ((0, 0), (1, 0), (1, 1), (0, 1))]
    sides = [inside.size, width, inside.size + 1, 0]
    upper_left = np.arange(inside.size).reshape(inside.shape)[corners[0]]
    case = np.sum([inside[corner] * 2**n for n, corner in enumerate(corners)], axis=0)
    case[~np.all([mask[corner] for corner in corners], axis=0)] = 0

    found: list[np.ndarray] = []  # squares, sides where segments begin, sides where they end
    for number in range(1, 15):
        squares = upper_left[case == number]
        signs = [bool(number >> n & 1) for n in range(4)]
        if join_inside:  # cut off the outside corners instead; the walk then runs backwards
            segments = [(leave, enter) for enter, leave in cut_runs([not s for s in signs])]
        else:
            segments = cut_runs(signs)
        segments.sort(key=lambda segment: 3 not in segment)  # the upper one of two comes first
        found += [np.stack([squares, squares + sides[enter], squares + sides[leave]])
                  for enter, leave in segments]
    square, begin, end = np.concatenate(found, axis=1)
    order = np.argsort(square, kind="stable")
    return begin[order], end[order]


def _points(image: np.ndarray, level: float, sides: np.ndarray) -> np.ndarray:
    """Where the level is reached on each of these sides: (S, 2) rows and columns."""
    down, sample = np.divmod(sides, image.size)
    row, column = np.divmod(sample, image.shape[1])
    a = image[row, column]
    b = image[row + down, column + 1 - down]
    t = (level - a) / (b - a)
    return np.stack([row + down * t, column + (1 - down) * t], axis=1)


def _join(begin: np.ndarray, end: np.ndarray) -> list[np.ndarray]:
    """Curves from segments: where one ends, one that begins at the same place goes on.

    More than one can do so only on a sample that equals the level; then it is the next in the list.
    """
    long = (begin != end).any(axis=1)  # not from a sample that equals the level to itself
    points: list[tuple[float, float]] = []
    following: dict[int, int] = {}  # for each of these points, the next one on its curve
    first: dict[tuple[float, float], int] = {}  # the points with which a curve begins so far
    last: dict[tuple[float, float], int] = {}  # and those with which one ends
    for start, stop in zip(map(tuple, begin[long].tolist()), map(tuple, end[long].tolist())):
        here = last.pop(start, len(points))
        if here == len(points):
            points.append(start)
            first[start] = here
        there = first.pop(stop, len(points))
        if there == len(points):
            points.append(stop)
            last[stop] = there
        following[here] = there
    curves = []
    for chain in sorted(follow(dict(reversed(following.items()))), key=min):
        if chain[0] == chain[-1]:  # begins where its last segment does, and shall where that ends
            chain = chain[1:] + chain[1:2]
        curves.append(np.array([points[n] for n in chain]))
    return curves
