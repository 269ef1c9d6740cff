"""Where a ray meets the surface: ray marching, and the secant method.

The problem.  A shape is the set of points where f > level.  A ray  p(d) = o + d w  comes from
outside.  Where does it enter first?

*Ray marching.*  Evaluate f at regular distances.  The first sample outside that is followed by one
inside makes a *bracket*: f crosses the level between them.  Whatever is thinner than a step can be
missed (`ray_crossings` misses nothing, but works for ReLU networks alone).

*The secant method.*  In the bracket draw the straight line through both values, and take the place
where the line crosses the level:

    g0 = f(d0) - level,  g1 = f(d1) - level,      d = d1 - g1 (d1 - d0) / (g1 - g0)

This is `secant_step`, exercise 1.2 a.  The plain method goes on with the two latest places, and may
run away.  `find_surface` keeps the bracket: the new place replaces the end on its own side, so the
crossing stays enclosed.  (That is the *regula falsi*, "rule of the false".)  It has a weakness: if
f bends, one end may never move, and each step gains only a constant factor.  The remedy, known as
the *Illinois* method: when the same end survives twice, halve its g, so that the next line lands on
its side.  *Bisection*, the alternative, takes the middle each time: slow and unperturbed.

What counts, as everywhere in minicv: inside is where f > level, so a sample that lies exactly on
the level is outside.  For the cases that make trouble:

- a ray that *starts inside* is no hit: where it entered is not known (`starts_inside` tells);
- a ray that *never* has a sample inside is no hit;
- a ray that *grazes*, touching the level without going above it, is no hit; nor is one that goes
  above it between two samples only;
- a *sample exactly on the level*, followed by one inside, is one end of the bracket with g0 = 0:
  the first secant step lands on it, and that is the answer.

It follows Niemeyer et al., *Differentiable volumetric rendering*, CVPR 2020, section 3.3 and the
supplement, and serves exercise 1.2 a.  Their program uses the regula falsi without the remedy.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from minicv import nn
from minicv.autograd import Tensor, no_grad

BATCH = 4096  # points that go through a network at a time: what its layers make fits the cache
CHUNK = 8  # samples along each ray between two looks at which rays are done

Field = nn.Module | Callable[[np.ndarray], np.ndarray]


def secant_step(f: Callable, d0: float, d1: float, level: float = 0.0) -> float:
    """One step of the secant method for f(d) = level.

    Parameters
    ----------
    f : a function of distances, numbers or arrays.
    d0, d1 : two distances, numbers or arrays (N,). They need not enclose a crossing.
    level : the value wanted.

    Returns
    -------
    The distance at which the straight line through (d0, f(d0)) and (d1, f(d1)) has the value
    `level`: between d0 and d1 if the two values are on different sides of it, else beyond. inf or
    NaN if the line is level itself.

    Examples
    --------
    >>> round(float(secant_step(lambda d: d * d, 1.0, 2.0, level=2.0)), 6)  # towards sqrt(2)
    1.333333
    """
    g0, g1 = f(d0) - level, f(d1) - level
    return _line_crossing(d0, d1, g0, g1)


def _line_crossing(d0, d1, g0, g1):
    with np.errstate(divide="ignore", invalid="ignore"):
        return d1 - g1 * np.divide(d1 - d0, g1 - g0)


class SurfaceHits(NamedTuple):
    """What `find_surface` found on N rays."""

    distance: np.ndarray  # (N,) of the first crossing from outside to inside; inf where no hit
    hit: np.ndarray  # (N,) bool
    starts_inside: np.ndarray  # (N,) bool: inside at `near`; never a hit
    highest: np.ndarray  # (N,) the distance of the sample with the largest f among those looked at


def evaluate_field(f: Field, points: np.ndarray) -> np.ndarray:
    """Values (N,) of a network, or of a function of arrays, at points (N, D); nothing is recorded.

    Raises
    ------
    ValueError : f does not give one number for each point, or gives NaN.

    Examples
    --------
    >>> evaluate_field(nn.MLP(3, 8, 1, rng=0), np.zeros((5, 3))).shape
    (5,)
    """
    values = _evaluate(f, points)
    if np.isnan(values).any():
        first = int(np.isnan(values).argmax())
        raise ValueError(f"f is NaN at {np.isnan(values).sum()} of {len(points)} points, the first "
                         f"at {points[first].tolist()}: has its training failed?")
    return values


def _evaluate(f: Field, points: np.ndarray) -> np.ndarray:
    if not isinstance(f, nn.Module):
        values = np.asarray(f(points))
        if values.shape != (len(points),):
            raise ValueError(f"f must give an array ({len(points)},) for {len(points)} points, "
                             f"and gives {values.shape}")
        return values
    dtype = next((p.dtype for p in f.parameters()), points.dtype)
    values = np.empty(len(points), dtype)
    with no_grad():
        for start in range(0, len(points), BATCH):
            rows = Tensor(points[start:start + BATCH].astype(dtype, copy=False))
            values[start:start + BATCH] = network_values(f, rows).data[:, 0]
    return values


def network_values(network: nn.Module, points: Tensor) -> Tensor:
    """The network's values (N, 1) at points (N, D); a ValueError if that is not what it gives."""
    values = network(points)
    shape = getattr(values, "shape", type(values).__name__)
    if shape != (len(points.data), 1):
        raise ValueError(f"the network must give one value for each of {len(points.data)} points, "
                         f"({len(points.data)}, 1), and gives {shape}; of a TexturedShape take "
                         "`occupancy`")
    return values


def find_surface(f: Field, origins: np.ndarray, directions: np.ndarray, near: np.ndarray | float,
                 far: np.ndarray | float, n_steps: int = 32, n_secant: int = 8,
                 level: float = 0.0, method: str = "secant") -> SurfaceHits:
    """The first crossing from outside to inside on each of N rays.

    Parameters
    ----------
    f : a network from points (M, D) to (M, 1), or a function from arrays (M, D) to (M,).
    origins, directions : (N, D) each. Distances are in lengths of the directions.
    near, far : numbers or (N,): where to look. A ray with near >= far is no hit.
    n_steps : stretches of equal length into which [near, far] is cut; f is evaluated at their ends.
    n_secant : steps of refinement. 0 gives the middle of the bracket.
    level : f > level is inside.
    method : "secant" or "bisection".

    Returns
    -------
    SurfaceHits. The distances are inside their brackets, whatever f does there.

    Raises
    ------
    ValueError : shapes that do not fit; n_steps below 1, n_secant below 0; another method; numbers
        that are NaN or infinite; an f that gives NaN, or not one value for each point.

    Notes
    -----
    A ray that is done costs nothing more: samples are taken some at a time, from `near` on.

    Examples
    --------
    >>> ball = lambda points: 1 - np.linalg.norm(points, axis=1)
    >>> hits = find_surface(ball, np.array([[-3.0, 0, 0], [-3, 2, 0]]),
    ...                     np.array([[1.0, 0, 0], [1, 0, 0]]), near=0, far=6)
    >>> hits.hit.tolist(), hits.distance.tolist()
    ([True, False], [2.0, inf])
    """
    origins, directions, near, far = _checked_rays(origins, directions, near, far)
    if n_steps < 1 or n_secant < 0:
        raise ValueError(f"n_steps must be at least 1 and n_secant at least 0, "
                         f"got {n_steps} and {n_secant}")
    if method not in ("secant", "bisection"):
        raise ValueError(f"method must be 'secant' or 'bisection', got {method!r}")
    level = float(level)  # a NumPy float64 would turn float32 into float64
    if not np.isfinite(level):
        raise ValueError(f"level must be a finite number, got {level}")
    brackets, values, starts_inside, highest = _march(f, origins, directions, near, far, n_steps,
                                                      level)
    hit = ~np.isnan(brackets[:, 0])
    distance = np.full(len(origins), np.inf, origins.dtype)
    distance[hit] = _refine(f, origins[hit], directions[hit], brackets[hit], values[hit], n_secant,
                            level, method)
    return SurfaceHits(distance, hit, starts_inside, highest)


def _march(f: Field, origins: np.ndarray, directions: np.ndarray, near: np.ndarray,
           far: np.ndarray, n_steps: int, level: float) -> tuple[np.ndarray, ...]:
    """The first bracket of each ray: its ends and g = f - level there, (N, 2), NaN where none is.

    Also which rays start inside, and where each had its largest value.
    """
    n = len(origins)
    brackets, values = np.full((2, n, 2), np.nan, origins.dtype)
    starts_inside = np.zeros(n, bool)
    highest, largest = near.copy(), np.full(n, -np.inf, origins.dtype)
    step = (far - near) / n_steps
    going = np.flatnonzero(near < far)
    last = None  # g at the sample before the ones to come
    for first in range(0, n_steps + 1, CHUNK):
        count = np.arange(first, min(first + CHUNK, n_steps + 1), dtype=origins.dtype)
        d = near[going, None] + step[going, None] * count
        points = origins[going, None] + d[:, :, None] * directions[going, None]
        g = evaluate_field(f, points.reshape(-1, origins.shape[1])).reshape(d.shape) - level

        best = g.argmax(axis=1)
        rows = np.arange(len(going))
        better = g[rows, best] > largest[going]
        largest[going[better]] = g[rows, best][better]
        highest[going[better]] = d[rows, best][better]

        if last is None:
            starts_inside[going] = g[:, 0] > 0
        else:
            d = np.concatenate([d[:, :1] - step[going, None], d], axis=1)
            g = np.concatenate([last[:, None], g], axis=1)
        enters = (g[:, :-1] <= 0) & (g[:, 1:] > 0) & ~starts_inside[going, None]
        at = enters.argmax(axis=1)
        found = enters[rows, at]
        for ends, entry in ((brackets, d), (values, g)):
            ends[going[found]] = np.stack([entry[rows, at], entry[rows, at + 1]], axis=1)[found]
        on = ~found & ~starts_inside[going]
        going, last = going[on], g[on, -1]
        if len(going) == 0:
            break
    return brackets, values, starts_inside, highest


def _refine(f: Field, origins: np.ndarray, directions: np.ndarray, brackets: np.ndarray,
            values: np.ndarray, n_steps: int, level: float, method: str) -> np.ndarray:
    """The crossing in each bracket (N, 2), on whose ends g has the `values` (N, 2)."""
    d0, d1 = brackets.T.copy()
    g0, g1 = values.T.copy()  # g0 <= 0 < g1, and so it stays
    kept = np.zeros(len(d0), int)  # which end survived the last step: -1 the outer, 1 the inner
    if n_steps == 0 or method == "bisection":
        d = (d0 + d1) / 2
    else:
        d = _inside_bracket(d0, d1, g0, g1)
    for _ in range(n_steps - (method == "secant")):
        g = evaluate_field(f, origins + d[:, None] * directions) - level
        inside = g > 0
        survives = np.where(inside, -1, 1)
        # Illinois: an end that survives for the second time gets half its value.
        again = survives == kept
        kept = survives
        g0 = np.where(inside, np.where(again, g0 / 2, g0), g)
        g1 = np.where(inside, g, np.where(again, g1 / 2, g1))
        d0, d1 = np.where(inside, d0, d), np.where(inside, d, d1)
        d = (d0 + d1) / 2 if method == "bisection" else _inside_bracket(d0, d1, g0, g1)
    return d


def _inside_bracket(d0: np.ndarray, d1: np.ndarray, g0: np.ndarray, g1: np.ndarray) -> np.ndarray:
    """The secant step, kept inside the bracket against rounding."""
    d = _line_crossing(d0, d1, g0, g1)
    return np.clip(np.where(np.isnan(d), (d0 + d1) / 2, d), d0, d1)


def _checked_rays(origins, directions, near, far) -> tuple[np.ndarray, ...]:
    origins, directions = np.asarray(origins), np.asarray(directions)
    dtype = np.result_type(origins, directions, np.float32)
    if origins.ndim != 2 or origins.shape != directions.shape:
        raise ValueError(f"origins and directions must both be (N, D), "
                         f"got {origins.shape} and {directions.shape}")
    for name, ends in (("near", near), ("far", far)):
        if np.shape(ends) not in ((), origins.shape[:1]):
            raise ValueError(f"{name} must be a number or ({len(origins)},), one for each ray, "
                             f"got shape {np.shape(ends)}")
    near, far = (np.broadcast_to(np.asarray(ends, dtype), len(origins)) for ends in (near, far))
    if not all(np.isfinite(entry).all() for entry in (origins, directions, near, far)):
        raise ValueError("origins, directions, near and far must be finite numbers")
    return origins.astype(dtype, copy=False), directions.astype(dtype, copy=False), near, far
