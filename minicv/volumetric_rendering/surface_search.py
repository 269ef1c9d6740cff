"""Where a ray meets the surface.

A shape is the set of points where f > level.  A ray  p(d) = o + d w  comes from outside.

Where does it enter first?  That is exercise 1.2 a; how that place moves when the weights of the
network change, 1.2 d, is told in `depth_gradient`.

*Ray marching.*  Evaluate f at regular distances, on all rays that are still outside.  The first
sample inside and the one before it make a *bracket*: f crosses the level between them.  Whatever is
thinner than a step can be missed (`ray_crossings` misses nothing, for ReLU networks alone).

*The secant method.*  Draw the straight line through both values, and take the place where it
crosses the level:

    g0 = f(d0) - level,  g1 = f(d1) - level,      d = d1 - g1 (d1 - d0) / (g1 - g0)

This is `secant_step`.  The plain method goes on with the two latest places, and may run away.
`find_surface` keeps the bracket: the new place replaces the end on its own side (the *regula
falsi*).  But if f bends, one end may never move.  The *Illinois* method mends this: when the same
end stays twice, halve its g, so that the next line lands on its side.

Inside is where f > level, so a sample that lies exactly on the level is outside.  Hence no hit is a
ray that *starts inside* (where it entered is not known), that *grazes*, touching the level without
going above it, or goes above it between two samples only.  A *sample exactly on the level*,
followed by one inside, is itself the answer: the first secant step lands on it, as g0 = 0.

Source: Niemeyer et al., *Differentiable volumetric rendering*, CVPR 2020, section 3.2 and the
supplement (their program uses the regula falsi without the remedy).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from minicv import checks
from minicv.autograd import no_grad
from minicv.decision_boundary.rays import check_rays
from minicv.volumetric_rendering.fields import Field, as_function, check_field, check_places

MOST_STEPS = 10_000
AT_ONCE = 4  # samples of each ray that f is asked for at a time


# Whatever overflows ends as NaN or infinity, which is refused with its place: a warning says less.
@np.errstate(all="ignore")
def secant_step(f: Callable, d0: float | np.ndarray, d1: float | np.ndarray,
                level: float = 0.0) -> np.ndarray:
    """One step of the secant method for f(d) = level.

    Parameters
    ----------
    f : callable
        A function of distances, with finite values.
    d0, d1 : float or (N,) array
        Two distances, which need not enclose a crossing.
    level : float

    Returns
    -------
    float or (N,) array
        Where the line through both values reaches the level; NaN or infinite if both are equal.

    Examples
    --------
    >>> round(float(secant_step(lambda d: d * d, 1.0, 2.0, level=2.0)), 6)  # towards sqrt(2)
    1.333333
    """
    checks.function(f, "f")
    level = checks.number(level, "level")
    d0 = checks.numbers(d0, "d0", dtype=float)
    d1 = checks.numbers(d1, "d1", d0.shape, dtype=float)
    g0 = checks.numbers(f(d0[()]), "f(d0)", d0.shape, dtype=float) - level
    g1 = checks.numbers(f(d1[()]), "f(d1)", d0.shape, dtype=float) - level
    return _line_crossing(d0, d1, g0, g1)


def _line_crossing(d0: np.ndarray, d1: np.ndarray, g0: np.ndarray, g1: np.ndarray) -> np.ndarray:
    return d1 - g1 * np.divide(d1 - d0, g1 - g0)


class SurfaceHits(NamedTuple):
    """What `find_surface` found on each of N rays.

    >>> inside = find_surface(lambda points: 1 - points[:, 0], (0,), (1,), near=0, far=2)
    >>> inside.hit.tolist(), inside.starts_inside.tolist()
    ([False], [True])
    """

    distance: np.ndarray  # (N,) where it enters, in lengths of its direction; inf where no hit
    hit: np.ndarray  # (N,) bool
    starts_inside: np.ndarray  # (N,) bool: inside at `near`; never a hit
    highest: np.ndarray  # (N,) the distance at which the largest of the samples taken was


def find_surface(f: Field, origins: np.ndarray, directions: np.ndarray, near: np.ndarray | float,
                 far: np.ndarray | float, n_steps: int = 32, n_secant: int = 8,
                 level: float = 0.0, method: str = "secant") -> SurfaceHits:
    """The first crossing from outside to inside on each of N rays; always within its bracket.

    Parameters
    ----------
    f : Module or callable
        A network from points (M, D) to (M, 1), or a function from arrays (M, D) to (M,). Where it
        gives NaN, a ValueError names the first ray.
    origins, directions : (N, D) arrays
        The rays; (D,) for what all of them share. Distances are in lengths of the directions.
    near, far : float or (N,) array
        Where to look. A ray with near >= far is no hit.
    n_steps, n_secant : int
        Stretches of equal length into which [near, far] is cut, and steps of refinement; with
        n_secant = 0 the distance is the middle of the bracket.
    level : float
        f > level is inside.
    method : {"secant", "bisection"}

    Examples
    --------
    >>> ball = lambda points: 1 - np.linalg.norm(points, axis=1)
    >>> hits = find_surface(ball, np.array([[-3.0, 0, 0], [-3, 2, 0]]),
    ...                     np.array([[1.0, 0, 0], [1, 0, 0]]), near=0, far=6)
    >>> hits.hit.tolist(), hits.distance.tolist()
    ([True, False], [2.0, inf])
    """
    check_field(f)
    rays = check_rays(origins, directions, near, far)
    n_steps = checks.whole(n_steps, "n_steps", least=1, most=MOST_STEPS)
    n_secant = checks.whole(n_secant, "n_secant", least=0, most=MOST_STEPS)
    level = checks.number(level, "level")
    checks.choice(method, "method", ("secant", "bisection"))
    return first_crossings(f, rays, n_steps, n_secant, level, method)


@no_grad()
@np.errstate(all="ignore")
def first_crossings(f: Field, rays: Sequence[np.ndarray], n_steps: int, n_secant: int,
                    level: float = 0.0, method: str = "secant") -> SurfaceHits:
    """`find_surface` of arguments that are right, with rays as `check_rays` gives them."""
    origins, directions, near, far = rays
    values_at = as_function(f)

    def g(some: np.ndarray, d: np.ndarray) -> np.ndarray:
        """f - level at distances d (K, M) on M of the rays; -inf behind the first inside."""
        points = origins.take(some, axis=0) + d[:, :, None] * directions.take(some, axis=0)
        points = points.reshape(-1, points.shape[-1])
        values = (values_at(points) - level).reshape(d.shape)
        inside = values > 0
        values[inside.cumsum(axis=0) > inside] = -np.inf
        check_places(np.isnan(values).ravel(), "f is NaN", points, np.tile(some, len(d)))
        return values

    step = (far - near) / n_steps
    samples = _march(g, near, step, n_steps)
    # No sample is above 0 but the last one of a ray: if it went inside, that is its largest.
    largest = samples.argmax(axis=0)
    inside = samples.max(axis=0) > 0
    hits = np.flatnonzero(inside & (largest > 0))
    ends = np.stack([largest - 1, largest])
    d0, d1 = near + ends.astype(near.dtype) * step  # float32 times integer would be float64
    g0, g1 = samples[ends[:, hits], hits]
    distance = np.full_like(near, np.inf)
    distance[hits] = _refine(lambda d: g(hits, d[None])[0], d0[hits], d1[hits], g0, g1, n_secant,
                             method)
    return SurfaceHits(distance, np.isfinite(distance), inside & (largest == 0), highest=d1)


def _march(g: Callable, near: np.ndarray, step: np.ndarray, n_steps: int) -> np.ndarray:
    """g (n_steps + 1, N) along each ray, up to its first sample inside; -inf behind that."""
    samples = np.full((n_steps + 1, len(near)), -np.inf, near.dtype)
    outside = np.flatnonzero(step > 0)  # the rays that are still outside
    for i in range(0, n_steps + 1, AT_ONCE):
        n = np.arange(i, min(i + AT_ONCE, n_steps + 1), dtype=near.dtype)
        samples[i:i + len(n), outside] = g(outside, near[outside] + n[:, None] * step[outside])
        outside = outside[samples[i:i + len(n), outside].max(axis=0) <= 0]
        if len(outside) == 0:
            break
    return samples


def _refine(g: Callable, d0: np.ndarray, d1: np.ndarray, g0: np.ndarray, g1: np.ndarray,
            n_steps: int, method: str) -> np.ndarray:
    """The crossings (N,) in brackets with g0 <= 0 < g1; and so it stays."""
    d = (d0 + d1) / 2
    last = np.full(len(d), -1)  # whether the last place was inside: to begin with, neither
    for i in range(n_steps):
        if i > 0 or method == "bisection":
            value = g(d)
            inside = value > 0
            # Illinois: if it landed on the same side before, the other end counts half.
            half, last = np.where(inside == last, 0.5, 1).astype(value.dtype), inside
            g0, g1 = np.where(inside, g0 * half, value), np.where(inside, value, g1 * half)
            d0, d1 = np.where(inside, d0, d), np.where(inside, d, d1)
        d = (d0 + d1) / 2
        if method == "secant":
            line = _line_crossing(d0, d1, g0, g1)
            d = np.clip(np.where(np.isnan(line), d, line), d0, d1)  # kept inside against rounding
    return d
