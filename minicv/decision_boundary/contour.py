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
   join into curves that end only at the border.

The one ambiguous case has inside corners that touch only diagonally: two segments could cut off
each inside corner, or each outside corner.  Both are right somewhere; what counts is that the
answer depends on the square's own signs alone.  `marching_cubes` uses the same rule for the faces
of its cubes, and there it is why neighbouring cubes never crack.

It answers exercise 1.1 (drawing a decision boundary).  The difference from scikit-image's function
of the same name: NaN is an error (scikit-image leaves a gap), and float32 images stay float32.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def cut_runs(inside: Sequence[bool]) -> list[tuple[int, int]]:
    """Cut off each run of inside corners of a polygon: the rule from which all tables follow.

    Parameters
    ----------
    inside : for each corner, counter-clockwise, whether it is inside. Side n joins the corners n
        and n + 1.

    Returns
    -------
    pairs (enter, leave) of side numbers, one a run. Going from `enter` to `leave` the inside is on
    the right.

    Examples
    --------
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


def check_samples(samples: np.ndarray, level: float | None, ndim: int) -> tuple[np.ndarray, float]:
    """Check the samples and the level of a contour; shared by squares and cubes.

    Returns the samples as C-contiguous float32 (float64 where float32 cannot hold their type) and
    the level in the same type, by default half-way between the smallest and the largest sample.
    """
    samples = np.asarray(samples)
    if samples.ndim != ndim or min(samples.shape) < 2:
        raise ValueError(f"need a {ndim}-D array with at least 2 samples along each axis; "
                         f"got shape {samples.shape}")
    if samples.dtype.kind not in "biuf":
        raise TypeError(f"need real numbers, got {samples.dtype}")
    samples = np.ascontiguousarray(samples, np.result_type(samples.dtype, np.float32))
    low, high = samples.min(), samples.max()
    if not (np.isfinite(low) and np.isfinite(high)):
        bad = ~np.isfinite(samples)
        first = tuple(int(i) for i in np.unravel_index(bad.argmax(), bad.shape))
        raise ValueError(f"{bad.sum()} of {bad.size} samples are NaN or infinite, the first at "
                         f"{first}; replace them, with a value on the outside of the level, say")
    if level is None:
        level = 0.5 * (float(low) + float(high))
    if not low <= level <= high:
        raise ValueError(f"Surface level must be within volume data range: "
                         f"level {level} is not in [{low}, {high}]")
    return samples, samples.dtype.type(level)


def find_contours(image: np.ndarray, level: float | None = None, fully_connected: str = "low",
                  positive_orientation: str = "low", *, mask: np.ndarray | None = None
                  ) -> list[np.ndarray]:
    """Trace the level curves of an image, with the call and the results of scikit-image.

    Parameters
    ----------
    image : (H, W) real samples; at least 2 x 2.
    level : where to contour; half-way between the extremes if None.
    fully_connected : "low" or "high": which elements still touch where they meet only diagonally.
    positive_orientation : "low" or "high": which elements lie to the left of the direction of
        travel, seen with rows downwards and columns to the right: "low" has contours that run
        counter-clockwise round islands of low values.
    mask : (H, W) bool; a square is used if its four samples are True. All by default.

    Returns
    -------
    list of (K, 2) arrays of (row, column); a closed curve ends with its first point again, an open
    one ends at the border of the image or of the mask. Sorted by their first row and column.

    Raises
    ------
    ValueError : not a 2-D image, NaN or infinite samples, a level outside their range, unknown
        options, a mask of another shape.

    Examples
    --------
    >>> image = np.zeros((3, 3))
    >>> image[1, 1] = 1
    >>> find_contours(image, 0.5)[0].tolist()
    [[1.0, 0.5], [0.5, 1.0], [1.0, 1.5], [1.5, 1.0], [1.0, 0.5]]
    """
    image, level = check_samples(image, level, ndim=2)
    for name, value in (("fully_connected", fully_connected),
                        ("positive_orientation", positive_orientation)):
        if value not in ("low", "high"):
            raise ValueError(f"{name} must be 'low' or 'high', got {value!r}")
    if mask is not None and np.shape(mask) != image.shape:
        raise ValueError(f"the mask has shape {np.shape(mask)}, the image {image.shape}")

    successor = _segments(image > level, fully_connected == "high", mask)
    if positive_orientation == "high":  # the same curves, walked the other way
        backward = np.full_like(successor, -1)
        backward[successor[successor >= 0]] = np.flatnonzero(successor >= 0)
        successor = backward
    curves = [_points(image, level, chain) for chain in _chains(successor)]
    return sorted(curves, key=lambda curve: curve[np.lexsort(curve.T[::-1])[0]].tolist())


def _segments(inside: np.ndarray, join_inside: bool, mask: np.ndarray | None) -> np.ndarray:
    """For each point on the grid's sides, the point that follows it on its curve, or -1.

    A side, and so the point on it, has the number of its upper left sample if it runs along the
    row, and that plus H * W if it runs down the column.
    """
    height, width = inside.shape
    upper_left = np.arange(inside.size).reshape(inside.shape)[:-1, :-1]
    # The corners counter-clockwise as seen with rows downwards: side n joins corner n and n + 1.
    corners = [(0, 0), (1, 0), (1, 1), (0, 1)]
    sides = [inside.size, width, inside.size + 1, 0]
    case = sum(inside[r:height - 1 + r, c:width - 1 + c].astype(np.uint8) << n
               for n, (r, c) in enumerate(corners))
    if mask is not None:
        mask = np.asarray(mask, bool)
        case[~(mask[:-1, :-1] & mask[1:, :-1] & mask[1:, 1:] & mask[:-1, 1:])] = 0

    successor = np.full(2 * inside.size, -1)
    for number in range(1, 15):
        squares = upper_left[case == number]
        signs = [bool(number >> n & 1) for n in range(4)]
        if join_inside:  # cut off the outside corners instead; the walk then runs backwards
            segments = [(leave, enter) for enter, leave in cut_runs([not s for s in signs])]
        else:
            segments = cut_runs(signs)
        for enter, leave in segments:
            successor[squares + sides[enter]] = squares + sides[leave]
    return successor


def _chains(successor: np.ndarray) -> list[list[int]]:
    """Follow the successors: first the open curves from their starts, then the closed ones."""
    has_next = successor >= 0
    is_start = has_next.copy()
    is_start[successor[has_next]] = False
    following = dict(zip(np.flatnonzero(has_next).tolist(), successor[has_next].tolist()))
    chains = []
    for start in [*np.flatnonzero(is_start).tolist(), *following.copy()]:
        if start not in following:  # already part of a curve
            continue
        chain = [start]
        while chain[-1] in following:
            chain.append(following.pop(chain[-1]))
        chains.append(chain)
    return chains


def _points(image: np.ndarray, level: float, sides: list[int]) -> np.ndarray:
    """Where the level is reached on each of these sides: (K, 2) rows and columns."""
    down, sample = np.divmod(sides, image.size)
    row, column = np.divmod(sample, image.shape[1])
    a = image[row, column]
    b = image[row + down, column + 1 - down]
    t = (level - a) / (b - a)
    return np.stack([row + down * t, column + (1 - down) * t], axis=1)
