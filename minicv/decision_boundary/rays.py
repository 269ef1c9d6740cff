"""Where a ray meets the surface of a ReLU network: all crossings, exactly.

The problem.  A renderer walks along a ray  x(t) = o + t d  and wants to know where it enters and
leaves the shape  { x : f(x) > level }.  Sampling f at many t finds sign changes between samples; a
root finder (the secant method) then improves them.  Both can miss: a thin part between two samples
leaves no trace.

The idea.  Along a ray a ReLU network is a function of one number, and it is piecewise linear.  So
follow it from *breakpoint* to breakpoint.  Begin with the stretch [near, far], known at its two
ends.  Then, layer by layer:

- a linear layer maps the values at all breakpoints; nothing new bends;
- a ReLU bends where its input changes sign: in a stretch where unit j goes from a to b with
  a b < 0, put a new breakpoint at the share  s = a / (a - b)  of the stretch.  The values of all
  other units there follow by interpolation, since on this stretch they are straight.

After the last layer f is straight between neighbouring breakpoints, and its zeros are found like
those of the ReLUs.  No sampling, no iteration, nothing to miss.

All rays are followed at once: the breakpoints of all of them stand in one long array, ray after
ray, and each layer is one matrix product.

What counts as a crossing.  As everywhere in minicv, *inside* means f > level; a crossing is a place
where being inside begins or ends.  So a ray begins inside exactly if f > level at `near`, and each
crossing changes that.  In particular:

- touching the level at a single point, without changing sides, is no crossing, from either side;
- a whole stretch on the level is outside; its ends are crossings where the inside borders on them;
- a ray that begins (or ends) on the level begins (ends) outside: if it goes inside at once (comes
  from inside), then `near` (`far`) is a crossing.

It answers the second half of exercise 1.1 (what a ReLU network draws), and is the ground truth for
ray marching and the secant method of exercise 1.2.

What it costs.  A ray meets each unit's kink about once, so a fresh network with n hidden units
bends some 0.8 n times along a ray that passes all of it (0.6 n for the chair of exercise 2.1 when
trained), and each breakpoint costs a pass through the network.  With L layers of m units, n = L m,
that is L^2 m^3 operations at most: measured, one ray takes 0.08, 0.3, 2 and 9 milliseconds on one
core for 5 layers of 16, 32, 64 and 128 units, and 0.15, 0.4, 2 and 5 for 1, 2, 5 and 9 layers of
64.  `python -m tests.benchmarks relu_geometry` measures it anew.
"""

from __future__ import annotations

import numpy as np

from minicv import nn
from minicv.decision_boundary.relu_layers import RELU, Affine, affine, between, relu_layers

RAYS = 256  # followed at a time: their breakpoints fit into the cache, or nearly


def ray_crossings(network: nn.Module, origins: np.ndarray, directions: np.ndarray,
                  near: np.ndarray | float, far: np.ndarray | float, level: float = 0.0
                  ) -> list[np.ndarray]:
    """All distances at which rays enter or leave the shape { x : network(x) > level }.

    Parameters
    ----------
    network : a `Sequential` of `Linear` and `ReLU` layers (an `MLP`, an `OccupancyNetwork`) from
        points (N, D) to (N, 1).
    origins, directions : (N, D), or (D,) for one that all rays share. A direction need not have
        length 1; distances are in units of its length.
    near, far : numbers, or (N,): where the rays begin and end.
    level : 0 for logits. For a threshold tau on the probability, log(tau / (1 - tau)).

    Returns
    -------
    list of N float64 arrays of distances, ascending, in [near, far]; empty for a ray that stays on
    one side. The head of the module says what counts as a crossing.

    Raises
    ------
    TypeError : the network has layers of another kind.
    ValueError : shapes that do not fit, NaN or infinite numbers, a direction of length 0, near not
        below far.

    Notes
    -----
    The network is evaluated in float64, whatever its dtype. A distance is right to the rounding of
    f, divided by the slope of f along the ray: a ray that grazes the surface has less of it.

    Examples
    --------
    >>> layer = nn.Linear(2, 1, dtype=np.float64)  # a half plane: x > 1
    >>> _ = layer.load_state_dict({"weight": [[1.0, 0.0]], "bias": [-1.0]})
    >>> ray_crossings(layer, (0, 0), [(1, 0), (1, 1), (0, 1)], near=0, far=5)
    [array([1.]), array([1.]), array([], dtype=float64)]
    """
    origins, directions, near, far = _check_rays(origins, directions, near, far)
    steps = relu_layers(network, origins.shape[1], level=level)
    crossings = []
    for start in range(0, len(origins), RAYS):
        some = slice(start, start + RAYS)
        crossings += _crossings_of(steps, origins[some], directions[some], near[some], far[some])
    return crossings


def _check_rays(origins, directions, near, far) -> tuple[np.ndarray, ...]:
    """The rays as (N, D), (N, D), (N,) and (N,) float64."""
    origins, directions = np.asarray(origins, float), np.asarray(directions, float)
    near, far = np.asarray(near, float), np.asarray(far, float)
    try:
        if not (origins.ndim in (1, 2) and directions.ndim in (1, 2)):
            raise ValueError
        n_rays, dimension = np.broadcast_shapes((1, 1), origins.shape, directions.shape)
        if dimension not in origins.shape[-1:] or dimension not in directions.shape[-1:]:
            raise ValueError
        n_rays = np.broadcast_shapes((n_rays,), near.shape, far.shape)[0]
        origins, directions = (np.broadcast_to(array, (n_rays, dimension))
                               for array in (origins, directions))
        near, far = np.broadcast_to(near, n_rays), np.broadcast_to(far, n_rays)
    except ValueError:
        raise ValueError(
            f"origins and directions must be (N, D), near and far numbers or (N,); got the shapes "
            f"{origins.shape}, {directions.shape}, {near.shape} and {far.shape}") from None
    for name, array in (("origin", origins), ("direction", directions), ("near", near),
                        ("far", far)):
        bad = np.argwhere(~np.isfinite(array))
        if len(bad) > 0:
            raise ValueError(f"{name} of ray {bad[0, 0]} is NaN or infinite")
    still = ~directions.any(axis=1)
    if still.any():
        raise ValueError(f"the direction of ray {still.argmax()} has length 0: it goes nowhere")
    backward = near >= far
    if backward.any():
        first = backward.argmax()
        raise ValueError(f"near must be below far; for ray {first} they are {near[first]} and "
                         f"{far[first]}")
    return origins, directions, near, far


def _crossings_of(steps: list[Affine | str], origins: np.ndarray, directions: np.ndarray,
                  near: np.ndarray, far: np.ndarray) -> list[np.ndarray]:
    """Follow some rays through all layers."""
    # Breakpoints of all rays, ray after ray, each with its ray, its distance and its values.
    n_rays = len(origins)
    ray = np.repeat(np.arange(n_rays), 2)
    distance = np.stack([near, far], axis=1).ravel()
    values = origins[ray] + distance[:, None] * directions[ray]
    for step in steps:
        if step is RELU:
            ray, distance, values = _cut_at_zeros(ray, distance, values)
            np.maximum(values, 0, out=values)
        else:
            values = affine(values, step)
    ray, distance, values = _cut_at_zeros(ray, distance, values)
    return _changes(ray, distance, values[:, 0], n_rays)


def _cut_at_zeros(ray: np.ndarray, distance: np.ndarray, values: np.ndarray
                  ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Insert a breakpoint wherever one of the values changes sign."""
    signs = np.sign(values).astype(np.int8)
    changes = signs[:-1] * signs[1:] < 0
    changes[ray[:-1] != ray[1:]] = False  # from the end of a ray to the beginning of the next
    before, unit = np.nonzero(changes)
    a, b = values[before, unit], values[before + 1, unit]
    share = a / (a - b)
    new_values = between(values[before], values[before + 1], share[:, None])
    new_values[np.arange(len(unit)), unit] = 0
    new_distance = (1 - share) * distance[before] + share * distance[before + 1]

    position = np.concatenate([np.arange(len(ray)), before])
    order = np.lexsort([np.concatenate([np.zeros(len(ray)), share]), position])
    return (np.concatenate([ray, ray[before]])[order],
            np.concatenate([distance, new_distance])[order],
            np.concatenate([values, new_values])[order])


def _changes(ray: np.ndarray, distance: np.ndarray, value: np.ndarray, n_rays: int
             ) -> list[np.ndarray]:
    """Where each ray's stretches change between inside and outside.

    The value does not change sign within a stretch any more. Before the first and after the last
    stretch of a ray we put one of length 0, which is inside if the end of the ray is.
    """
    begins, ends = np.append(True, ray[1:] != ray[:-1]), np.append(ray[1:] != ray[:-1], True)
    first, last = np.flatnonzero(begins), np.flatnonzero(ends)
    # Breakpoints that differ by rounding only enclose no stretch, but a point.
    least = 16 * np.finfo(float).eps * np.maximum(abs(distance[first]), abs(distance[last]))[ray]
    start = np.flatnonzero(~ends[:-1] & (np.diff(distance) > least[:-1]))
    inside = np.concatenate([value[first] > 0, (value[start] > 0) | (value[start + 1] > 0),
                             value[last] > 0])
    of_ray = np.concatenate([ray[first], ray[start], ray[last]])
    at = np.concatenate([distance[first], distance[start], distance[last]])
    order = np.argsort(of_ray, kind="stable")
    inside, of_ray, at = inside[order], of_ray[order], at[order]
    changed = 1 + np.flatnonzero((inside[1:] != inside[:-1]) & (of_ray[1:] == of_ray[:-1]))
    n_changes = np.bincount(of_ray[changed], minlength=n_rays)
    return np.split(at[changed], np.cumsum(n_changes)[:-1])
