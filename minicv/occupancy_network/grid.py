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

import numpy as np
from numpy.typing import DTypeLike

from minicv import checks, nn
from minicv.autograd import Tensor, no_grad
from minicv.decision_boundary.relu_network import check_network
from minicv.occupancy_network.marching import Bounds, grid_axes

BATCH = 4096  # rows that go through the network at a time
MOST_SAMPLES = 2**30  # of a grid: 1024 along each of three axes


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
        dtype is that of the network's parameters; float32 for a formula without parameters. Where
        the network gives NaN or infinity, so does the grid.

    Raises
    ------
    ValueError, TypeError
        For a resolution below 2 (or above 1024, in 3-D), bounds that are no box, samples that the
        dtype of the network cannot tell apart, weights that are NaN or infinite, a network with
        other inputs or outputs.

    Examples
    --------
    >>> evaluate_grid(nn.MLP(2, 8, 1, rng=0), 5, n_inputs=2).shape
    (5, 5)
    """
    axes = check_grid(network, resolution, bounds, n_inputs)
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, n_inputs)
    return evaluate_points(network, points).reshape([len(axis) for axis in axes])


def evaluate_points(network: nn.Module, points: np.ndarray) -> np.ndarray:
    """The values (N,) of a network at points (N, D), batch after batch."""
    points = points.astype(network_dtype(network), copy=False)
    values = []
    with no_grad(), np.errstate(over="ignore", invalid="ignore"):  # inf and NaN are values, too
        for start in range(0, len(points), BATCH):
            batch = points[start:start + BATCH]
            values.append(one_value_each(network, Tensor(batch)).data)
    return np.concatenate(values)[:, 0]


def check_grid(network: nn.Module, resolution: int, bounds: Bounds, n_inputs: int,
               dtype: np.dtype | None = None) -> list[np.ndarray]:
    """The coordinates of the samples along each axis; the errors are those of `evaluate_grid`."""
    n_inputs = checks.whole(n_inputs, "n_inputs", least=1, most=30)
    check_network(network, n_inputs)
    most = round(MOST_SAMPLES ** (1 / n_inputs))
    resolution = checks.whole(resolution, "resolution", least=2, most=most)
    return grid_axes(bounds, [resolution] * n_inputs, dtype or network_dtype(network))


def network_dtype(network: nn.Module, of_a_formula: DTypeLike = np.float32) -> np.dtype:
    """In which a network computes: the dtype of its parameters, or the other if it has none."""
    return next((parameter.dtype for parameter in network.parameters()), np.dtype(of_a_formula))


def one_value_each(network: nn.Module, points: Tensor) -> Tensor:
    """The values (N, 1) of a network at points (N, D); an error if it gives anything else."""
    values = network(points)
    shape = values.shape if isinstance(values, Tensor) else type(values).__name__
    if shape != (len(points), 1):
        raise ValueError(f"the network must give one value for each of {len(points)} points, "
                         f"and gives {shape}; of a TexturedShape take `occupancy`")
    return values
