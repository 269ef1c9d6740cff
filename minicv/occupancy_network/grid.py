"""Asking a network for its value on a whole grid: exercise 2.1 d.

The problem.  The shape is { p : f(p) > 0 }, but f can be asked at single points only.

The idea.  Ask at the points of a grid: n samples along each axis, sample i at

    low + i / (n - 1) * (high - low),        i = 0, ..., n - 1.

Write the points one below the other, (N, D), and send them through the network in batches, as in
training but without recording what gradients would need.  All at once would be two million rows
for 128^3; a few thousand fit into the processor's cache.

The sheet does the same with a `DataLoader` over the points.  `minicv.fast.grid` gives the same
values in a quarter of the time, without computing most of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from minicv import nn
from minicv.autograd import Tensor, no_grad

BATCH = 4096  # rows that go through the network at a time

Bounds = tuple[float | Sequence[float] | np.ndarray, float | Sequence[float] | np.ndarray]


def evaluate_grid(network: nn.Module, resolution: int = 128, *, bounds: Bounds = (-0.5, 0.5),
                  n_inputs: int = 3) -> np.ndarray:
    """The values of a network on a regular grid, both ends of the bounds included.

    Parameters
    ----------
    network : nn.Module
        Maps points (N, n_inputs) to (N, 1), such as an `OccupancyNetwork`.
    resolution : int
        Samples along each axis, at least 2.
    bounds : (low, high)
        Two numbers for all axes, or two points (n_inputs,).
    n_inputs : int
        Coordinates of a point: 2 for the networks of exercise 1.1, 3 for shapes.

    Returns
    -------
    ndarray, (resolution, ) * n_inputs
        Entry [i, j, k] belongs to the point low + (i, j, k) / (resolution - 1) * (high - low). The
        dtype is that of the network's parameters; float32 for a formula without parameters.

    Raises
    ------
    ValueError
        For a resolution below 2, bounds that are no box, samples that the dtype of the network
        cannot tell apart, or a network with other outputs.

    Examples
    --------
    >>> evaluate_grid(nn.MLP(2, 8, 1, rng=0), 5, n_inputs=2).shape
    (5, 5)
    """
    axes = grid_axes(resolution, bounds, n_inputs, network_dtype(network))
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, n_inputs)
    return evaluate_points(network, points).reshape([len(axis) for axis in axes])


def evaluate_points(network: nn.Module, points: np.ndarray) -> np.ndarray:
    """The values (N,) of a network at points (N, D), batch after batch."""
    points = points.astype(network_dtype(network), copy=False)
    with no_grad():
        values = [network(Tensor(points[start:start + BATCH])).data
                  for start in range(0, len(points), BATCH)]
    if values[0].shape[1:] != (1,):
        raise ValueError(f"the network must give one value for each point, (N, 1), and gives "
                         f"{('N', *values[0].shape[1:])}")
    return np.concatenate(values)[:, 0]


def grid_axes(resolution: int, bounds: Bounds, n_inputs: int, dtype: np.dtype
              ) -> list[np.ndarray]:
    """The coordinates of the samples along each axis; the checks are those of `evaluate_grid`."""
    if resolution % 1 != 0 or resolution < 2:
        raise ValueError(f"resolution must be a whole number of at least 2, got {resolution}")
    low, high = grid_corners(bounds, n_inputs)
    with np.errstate(over="ignore", invalid="ignore"):  # the next lines find what comes of it
        axes = [np.linspace(a, b, int(resolution)) for a, b in zip(low, high)]
        rounded = np.array(axes, dtype)
        apart = np.isfinite(rounded).all() and (np.diff(rounded) > 0).all()
    if not apart:
        raise ValueError(f"{dtype} cannot tell {int(resolution)} samples between {low.tolist()} "
                         f"and {high.tolist()} apart; move or scale the box, or take float64")
    return axes


def grid_corners(bounds: Bounds, n_inputs: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper corner (n_inputs,) of the box that `bounds` = (low, high) describes.

    Raises
    ------
    ValueError
        Unless they are two numbers or two points, finite, with low below high.
    """
    try:
        low, high = (np.broadcast_to(np.asarray(corner, float), n_inputs) for corner in bounds)
    except (TypeError, ValueError) as error:
        raise ValueError(f"bounds must be (low, high), two numbers or two points; "
                         f"got {bounds!r}") from error
    if not (np.isfinite([low, high]).all() and (low < high).all()):
        raise ValueError(f"bounds must be finite, with low below high; got {bounds!r}")
    return low, high


def network_dtype(network: nn.Module) -> np.dtype:
    """In which a network computes: the dtype of its parameters, float32 if it has none."""
    return next((parameter.dtype for parameter in network.parameters()), np.dtype(np.float32))
