"""Where a ray meets the surface: ray marching, and the secant method.

The problem.  A shape is the set of points where f > level.  A ray  p(d) = o + d w  comes from
outside.  Where does it enter first?

*Ray marching.*  Evaluate f at regular distances, on all rays that are still outside.  The first
sample inside and the one before it make a *bracket*: f crosses the level between them.  Whatever is
thinner than a step can be missed (`ray_crossings` misses nothing, for ReLU networks alone).

*The secant method.*  Draw the straight line through both values, and take the place where it
crosses the level:

    g0 = f(d0) - level,  g1 = f(d1) - level,      d = d1 - g1 (d1 - d0) / (g1 - g0)

This is `secant_step`, exercise 1.2 a.  The plain method goes on with the two latest places, and may
run away.  `find_surface` keeps the bracket: the new place replaces the end on its own side (the
*regula falsi*).  But if f bends, one end may never move, and progress is slow.  The *Illinois*
method mends this: when the same end stays twice, halve its g, so that the next line lands on its
side.  *Bisection* takes the middle each time.

Inside is where f > level, so a sample that lies exactly on the level is outside.  Hence

- a ray that *starts inside* is no hit: where it entered is not known (`starts_inside` tells);
- a ray that *grazes*, touching the level without going above it, is no hit; nor is one that goes
  above it between two samples only;
- a *sample exactly on the level*, followed by one inside, is itself the answer: the first secant
  step lands on it, as g0 = 0.

Source: Niemeyer et al., *Differentiable volumetric rendering*, CVPR 2020, section 3.3 and the
supplement.  Their program uses the regula falsi without the remedy.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeVar

import numpy as np

from minicv import nn
from minicv.autograd import Tensor, enable_grad, no_grad
from minicv.decision_boundary.rays import check_rays

Field = nn.Module | Callable[[np.ndarray], np.ndarray]
Number = TypeVar("Number", float, np.ndarray)


def secant_step(f: Callable[[Number], Number], d0: Number, d1: Number,
                level: float = 0.0) -> Number:
    """One step of the secant method for f(d) = level.

    Parameters
    ----------
    f : callable
        A function of distances.
    d0, d1 : float or (N,) array
        Two distances, which need not enclose a crossing.
    level : float

    Returns
    -------
    float or (N,) array
        Where the line through both values reaches the level; not finite if both are equal.

    Examples
    --------
    >>> round(float(secant_step(lambda d: d * d, 1.0, 2.0, level=2.0)), 6)  # towards sqrt(2)
    1.333333
    """
    return _line_crossing(d0, d1, f(d0) - level, f(d1) - level)


def _line_crossing(d0: Number, d1: Number, g0: Number, g1: Number) -> Number:
    with np.errstate(divide="ignore", invalid="ignore"):
        return d1 - g1 * np.divide(d1 - d0, g1 - g0)


class SurfaceHits(NamedTuple):
    """What `find_surface` found on each of N rays."""

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
        A network from points (M, D) to (M, 1), or a function from arrays (M, D) to (M,).
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

    Raises
    ------
    ValueError
        Wrong shapes, numbers or method; f gives NaN, or not one value for each point.

    Examples
    --------
    >>> ball = lambda points: 1 - np.linalg.norm(points, axis=1)
    >>> hits = find_surface(ball, np.array([[-3.0, 0, 0], [-3, 2, 0]]),
    ...                     np.array([[1.0, 0, 0], [1, 0, 0]]), near=0, far=6)
    >>> hits.hit.tolist(), hits.distance.tolist()
    ([True, False], [2.0, inf])
    """
    origins, directions, near, far = check_rays(origins, directions, near, far)
    if n_steps < 1 or n_secant < 0:
        raise ValueError(f"n_steps must be at least 1 and n_secant at least 0, "
                         f"got {n_steps} and {n_secant}")
    if method not in ("secant", "bisection"):
        raise ValueError(f"method must be 'secant' or 'bisection', got {method!r}")
    level = float(level)  # a NumPy float64 would turn float32 into float64
    if not np.isfinite(level):
        raise ValueError(f"level must be a finite number, got {level}")

    def g(rays: np.ndarray, d: np.ndarray) -> np.ndarray:
        """f - level at the distances d on some of the rays."""
        return evaluate_field(f, origins[rays] + d[:, None] * directions[rays]) - level

    brackets, starts_inside, highest = _march(g, near, far, n_steps)
    hits = np.flatnonzero(~np.isnan(brackets[0]))
    distance = np.full_like(near, np.inf)
    distance[hits] = _refine(lambda d: g(hits, d), brackets[:, hits], n_secant, method)
    return SurfaceHits(distance, np.isfinite(distance), starts_inside, highest)


def _march(g: Callable, near: np.ndarray, far: np.ndarray, n_steps: int
           ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Brackets (4, N): d0, d1, g0, g1 or NaN; which rays start inside; where g is largest."""
    brackets = np.full((4, len(near)), np.nan, near.dtype)
    starts_inside = np.zeros(len(near), bool)
    highest, largest = near.copy(), np.full_like(near, -np.inf)
    step = (far - near) / n_steps
    outside = np.flatnonzero(near < far)  # the rays that are still outside
    d_before = g_before = np.empty(0)
    for i in range(n_steps + 1):
        d = near[outside] + i * step[outside]
        value = g(outside, d)
        higher = value > largest[outside]
        highest[outside[higher]], largest[outside[higher]] = d[higher], value[higher]

        inside = value > 0
        if i == 0:
            starts_inside[outside] = inside
        else:
            for row, entry in zip(brackets, (d_before, d, g_before, value)):
                row[outside[inside]] = entry[inside]
        outside, d_before, g_before = outside[~inside], d[~inside], value[~inside]
        if len(outside) == 0:
            break
    return brackets, starts_inside, highest


def _refine(g: Callable, brackets: np.ndarray, n_steps: int, method: str) -> np.ndarray:
    """The crossings (N,) in brackets (4, N)."""
    d0, d1, g0, g1 = brackets  # g0 <= 0 < g1, and so it stays
    bisect = method == "bisection" or n_steps == 0
    last = np.zeros(len(d0), int)  # on which side the last step landed: -1 outside, 1 inside
    d = _place_between(d0, d1, g0, g1, bisect)
    for _ in range(n_steps if bisect else n_steps - 1):
        value = g(d)
        inside = value > 0
        side = np.where(inside, 1, -1)
        # Illinois: if it landed on the same side before, the other end counts half.
        half = np.where(side == last, 0.5, 1).astype(value.dtype)
        last = side
        g0, g1 = np.where(inside, g0 * half, value), np.where(inside, value, g1 * half)
        d0, d1 = np.where(inside, d0, d), np.where(inside, d, d1)
        d = _place_between(d0, d1, g0, g1, bisect)
    return d


def _place_between(d0: np.ndarray, d1: np.ndarray, g0: np.ndarray, g1: np.ndarray,
                   bisect: bool) -> np.ndarray:
    """The middle of the bracket, or where the secant crosses, kept inside against rounding."""
    middle = (d0 + d1) / 2
    if bisect:
        return middle
    d = _line_crossing(d0, d1, g0, g1)
    return np.clip(np.where(np.isnan(d), middle, d), d0, d1)


def evaluate_field(f: Field, points: np.ndarray) -> np.ndarray:
    """The values (N,) of a network or function at points (N, D), as `find_surface` takes them.

    >>> evaluate_field(nn.MLP(3, 8, 1, rng=0), np.zeros((5, 3))).shape
    (5,)
    """
    if isinstance(f, nn.Module):
        dtype = next((p.dtype for p in f.parameters()), points.dtype)
        with no_grad():
            values = _one_value_each(f, Tensor(points.astype(dtype, copy=False))).numpy()[:, 0]
    else:
        values = np.asarray(f(points))
        if values.shape != (len(points),):
            raise ValueError(f"f must give an array ({len(points)},) for {len(points)} points, "
                             f"and gives {values.shape}")
    if np.isnan(values).any():
        first = int(np.isnan(values).argmax())
        raise ValueError(f"f is NaN at {np.isnan(values).sum()} of {len(points)} points, the first "
                         f"at {points[first].tolist()}: has its training failed?")
    return values


def spatial_gradient(network: nn.Module, points: np.ndarray) -> np.ndarray:
    """grad f, the direction in which f rises fastest, at points: (N, D).

    Parameters
    ----------
    network : Module
        From points (N, D) to (N, 1).
    points : (N, D) array

    Examples
    --------
    >>> network = nn.Linear(2, 1, rng=0)
    >>> bool((spatial_gradient(network, np.zeros((3, 2), np.float32))
    ...       == network.weight.detach().numpy()).all())
    True
    """
    at = Tensor(points, requires_grad=True)
    trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
    for parameter in trained:  # constants for now: their own gradients stay as they are
        parameter.requires_grad = False
    try:
        with enable_grad():
            # Each value depends on its own point alone: the gradient of their sum has them all.
            _one_value_each(network, at).sum().backward()
    finally:
        for parameter in trained:
            parameter.requires_grad = True
    assert at.grad is not None  # backward has put it there
    return at.grad.numpy()


def _one_value_each(network: nn.Module, points: Tensor) -> Tensor:
    values = network(points)
    shape = getattr(values, "shape", type(values).__name__)
    if shape != (len(points), 1):
        raise ValueError(f"the network must give one value for each of {len(points)} points, "
                         f"({len(points)}, 1), and gives {shape}; of a TexturedShape take "
                         "`occupancy`")
    return values
