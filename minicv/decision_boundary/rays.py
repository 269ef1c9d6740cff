"""Where a ray meets the surface of a ReLU network: all crossings, exactly.

The problem.  A renderer walks along a ray  x(t) = o + t d  and wants to know where it enters and
leaves the shape  { x : f(x) > level }.  Sampling f at many t finds sign changes between samples;
but a thin part between two samples leaves no trace.

The idea.  Along a ray a ReLU network is a function of one number, and it is piecewise linear.  So
follow it from *breakpoint* to breakpoint.  Begin with the stretch [near, far], known at its two
ends.  Then, layer by layer:

- a linear layer maps the values at all breakpoints; nothing new bends;
- a ReLU bends where its input changes sign: in a stretch where unit j goes from a to b with
  a b < 0, put a new breakpoint at the share  s = a / (a - b)  of the stretch.  All other units are
  straight there, so their values follow by interpolation.

After the last layer f is straight between neighbouring breakpoints, and its zeros are found like
those of the ReLUs.  No sampling, no iteration, nothing to miss.

What counts as a crossing.  As everywhere in minicv, *inside* means f > level; a crossing is a place
where being inside begins or ends.  In particular:

- touching the level at a single point, without changing sides, is no crossing, from either side;
- a whole stretch on the level is outside; its ends are crossings where the inside borders on them;
- a ray that begins (or ends) on the level begins (ends) outside: if it goes inside at once (comes
  from inside), then `near` (`far`) is a crossing.

It answers the second half of exercise 1.1 (what a ReLU network draws), and is the ground truth for
ray marching and the secant method of exercise 1.2.

What it costs.  A network with n hidden units bends some 0.6 to 0.8 n times along a ray that passes
all of it, and each breakpoint costs a pass through the network.  Measured, a ray takes 0.1, 0.3,
0.8 and 4 milliseconds for 5 layers of 16, 32, 64 and 128 units
(`python -m tests.benchmarks relu_geometry`).
"""

from __future__ import annotations

import numpy as np

from minicv import checks, nn
from minicv.decision_boundary.relu_network import (
    LARGEST_POINT,
    RELU,
    Affine,
    pass_through,
    relu_layers,
    zero_between,
)

AT_ONCE = 700  # bends that are followed together: what is known at these takes little memory


def ray_crossings(network: nn.Module, origins: np.ndarray, directions: np.ndarray,
                  near: np.ndarray | float, far: np.ndarray | float, level: float = 0.0
                  ) -> list[np.ndarray]:
    """All distances at which rays enter or leave the shape { x : network(x) > level }.

    Parameters
    ----------
    network : nn.Module
        A `Sequential` of `Linear` and `ReLU` layers (an `MLP`) from points (N, D) to (N, 1).
    origins, directions : (N, D) arrays
        Or (D,) for one that all rays share. Distances are in units of the direction's length.
    near, far : float or (N,) arrays
        Where the rays begin and end.
    level : float
        0 for logits. For a threshold tau on the probability, log(tau / (1 - tau)).

    Returns
    -------
    list of N float64 arrays
        Distances, ascending, in [near, far]; empty for a ray that stays on one side. They are right
        to the rounding of f (E in `relu_network`) divided by its slope along the ray, and to that
        of `near` and `far`. A stretch on which f stays within E of the level may count as on it.

    Raises
    ------
    TypeError, ValueError
        The network is not made of `Linear` and `ReLU` layers, or has other numbers of inputs or
        outputs; shapes that do not fit; a direction of length 0; near is not below far.

    Examples
    --------
    >>> layer = nn.Linear(2, 1, dtype=np.float64)  # a half plane: x > 1
    >>> _ = layer.load_state_dict({"weight": [[1.0, 0.0]], "bias": [-1.0]})
    >>> ray_crossings(layer, (0, 0), [(1, 0), (1, 1), (0, 1)], near=0, far=5)
    [array([1.]), array([1.]), array([], dtype=float64)]
    """
    rays = [part.astype(float) for part in check_rays(origins, directions, near, far)]
    origins, directions, near, far = rays
    checks.refuse(near >= far, "near", "not below far")
    steps = relu_layers(network, origins.shape[1], level=level)
    n_units = sum(len(step.bias) for step in steps if isinstance(step, Affine))
    some = max(AT_ONCE // n_units, 1)  # rays at a time, each with up to n_units bends
    return [crossings for n in range(0, len(origins), some)
            for crossings in _crossings(steps, *(part[n:n + some] for part in rays))]


def check_rays(origins: np.ndarray, directions: np.ndarray, near: np.ndarray | float,
               far: np.ndarray | float) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """N rays as arrays (N, D), (N, D), (N,) and (N,); float32 stays, other numbers become float64.

    A ValueError for other shapes, numbers that are NaN or beyond 1e100, a direction of length 0.

    >>> [part.shape for part in check_rays((0, 0, 0), np.eye(3), near=0, far=[1, 2, 3])]
    [(3, 3), (3, 3), (3,), (3,)]
    """
    origins = checks.numbers(origins, "origins", ("D",), ("N", "D"), within=LARGEST_POINT)
    d = origins.shape[-1]
    directions = checks.numbers(directions, "directions", (d,), ("N", d), within=LARGEST_POINT)
    near = checks.numbers(near, "near", (), ("N",), within=LARGEST_POINT)
    far = checks.numbers(far, "far", (), ("N",), within=LARGEST_POINT)
    still = (np.abs(directions) < 1 / LARGEST_POINT).all(axis=-1)
    checks.refuse(still, "directions", "of length 0", of="")
    shapes = origins.shape, directions.shape, near.shape, far.shape
    try:
        (n,) = np.broadcast_shapes((1,), shapes[0][:-1], shapes[1][:-1], *shapes[2:])
    except ValueError:
        raise ValueError(f"origins and directions must be (N, D), near and far numbers or (N,); "
                         f"got the shapes {', '.join(map(str, shapes))}") from None
    dtype = np.result_type(origins, directions, np.float32)
    origins, directions, near, far = (
        np.broadcast_to(array.astype(dtype, copy=False), shape) for array, shape
        in ((origins, (n, d)), (directions, (n, d)), (near, n), (far, n)))
    return origins, directions, near, far


def _crossings(steps: list[Affine | str], origins: np.ndarray, directions: np.ndarray,
               near: np.ndarray, far: np.ndarray) -> list[np.ndarray]:
    """Follow N rays through all layers, with the B breakpoints of all of them in one list."""
    ray = np.repeat(np.arange(len(origins)), 2)  # (B,), ascending: whose breakpoint it is
    distances = np.stack([near, far], axis=1).ravel()  # (B,), ascending along each ray
    values = origins[ray] + distances[:, None] * directions[ray]  # (B, m) of a layer's units
    for step in steps:
        if step is RELU:
            ray, distances, values = _cut_at_zeros(ray, distances, values)
        values = pass_through(values, step)
    ray, distances, values = _cut_at_zeros(ray, distances, values)
    return _changes(ray, distances, values[:, 0] > 0)


def _cut_at_zeros(ray: np.ndarray, distances: np.ndarray, values: np.ndarray
                  ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Insert a breakpoint wherever one of the values changes sign."""
    signs = np.sign(values)
    same_ray = ray[:-1] == ray[1:]
    before, unit = np.nonzero((signs[:-1] * signs[1:] < 0) & same_ray[:, None])
    of_first, of_second, new_values = zero_between(values[before], values[before + 1], unit)
    begin, end = distances[before], distances[before + 1]
    new_distances = np.clip(of_first[:, 0] * begin + of_second[:, 0] * end, begin, end)
    order = np.lexsort([new_distances, before])  # along the ray
    at = before[order] + 1
    return (np.insert(ray, at, ray[at]), np.insert(distances, at, new_distances[order]),
            np.insert(values, at, new_values[order], axis=0))


def _changes(ray: np.ndarray, distances: np.ndarray, positive: np.ndarray) -> list[np.ndarray]:
    """Where the stretches of each ray change between inside and outside.

    Before the first breakpoint and after the last we put a stretch of length 0, which is inside if
    the end of the ray is.
    """
    first = np.flatnonzero(np.diff(ray, prepend=-1))
    last = np.flatnonzero(np.diff(ray, append=-1))
    # Breakpoints that differ by rounding only enclose no stretch, but a point.  Each is a mixture
    # of near and far, and rounding is as large as the same mixture of their sizes.
    near, far = distances[first][ray], distances[last][ray]
    share = (distances - near) / (far - near)
    least = 16 * np.finfo(float).eps * ((1 - share) * np.abs(near) + share * np.abs(far))
    long = (ray[:-1] == ray[1:]) & (np.diff(distances) > least[1:])
    stretch = np.flatnonzero(long)
    begin, end = np.sort(np.concatenate(
        [[first, first], [stretch, stretch + 1], [last, last]], axis=1), axis=1)  # along the rays
    inside = positive[begin] | positive[end]
    changes = begin[1:][(inside[1:] != inside[:-1]) & (ray[begin[1:]] == ray[begin[:-1]])]
    return np.split(distances[changes], np.searchsorted(ray[changes], np.arange(1, len(first))))
