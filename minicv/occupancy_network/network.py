"""Occupancy networks: a shape as the set of points that a network calls inside.

The problem.  A mesh or a voxel grid stores a shape piece by piece, and its resolution with it.

The idea (Mescheder et al., *Occupancy networks: learning 3D reconstruction in function space*,
CVPR 2019).  Let a network f map a point p to a number, and call the shape  { p : f(p) > 0 }.  The
number is a logit: the network believes with probability  1 / (1 + e^-f)  that p is inside.  To
learn f, show it points of which the answer is known, and minimise the binary cross entropy
(`nn.BCEWithLogitsLoss`).  The surface is where f = 0, at any resolution one cares to ask for:
evaluate a grid (`grid_evaluation`), then contour it (`marching_cubes`).

It answers exercise 2.1 b and d.  The network of the paper also takes the code of an object as
input, normalises between layers, and has residual connections; the sheet's learns one object, and
is a plain perceptron.
"""

from __future__ import annotations

import numpy as np

from minicv import nn
from minicv.occupancy_network.grid import (
    Bounds,
    evaluate_grid,
    evaluate_near_surface,
    grid_corners,
)
from minicv.occupancy_network.marching import marching_cubes
from minicv.occupancy_network.mesh import Mesh


class OccupancyNetwork(nn.MLP):
    """A perceptron from points (N, 3) to logits (N, 1): positive means inside.

    3 -> hidden_size, then n_hidden layers hidden_size -> hidden_size, then hidden_size -> 1, with
    a ReLU between each two. No activation follows the last layer: the loss takes logits.

    Parameters
    ----------
    hidden_size : units of each hidden layer.
    n_hidden : number of hidden-to-hidden layers (0 or more).
    rng : for the initial weights, a `numpy.random.Generator` or a seed.
    dtype : of the weights.

    Examples
    --------
    >>> network = OccupancyNetwork(rng=0)
    >>> sum(parameter.data.size for parameter in network.parameters())
    16961
    """

    def __init__(self, hidden_size: int = 64, n_hidden: int = 4, *,
                 rng: np.random.Generator | int | None = None, dtype=np.float32):
        super().__init__(3, *[hidden_size] * (n_hidden + 1), 1, rng=rng, dtype=dtype)


def extract_mesh(network: nn.Module, resolution: int = 128, *, level: float = 0.0,
                 bounds: Bounds = (-0.5, 0.5), method: str = "dense") -> Mesh:
    """The surface on which a network has the value `level`, as a closed mesh.

    Parameters
    ----------
    network : maps points (N, 3) to (N, 1); larger than `level` means inside.
    resolution : samples along each axis.
    level : 0 for logits. For a threshold tau on the probability, log(tau / (1 - tau)).
    bounds : the box to look in. Where the shape reaches its border, it is closed by a wall there.
    method : "dense" evaluates every sample. "multiresolution" evaluates those near the surface
        only, many times fewer, and finds the same mesh unless a part smaller than 1/32 of the box
        stands alone (see `evaluate_near_surface`).

    Returns
    -------
    Mesh, triangles counter-clockwise seen from outside; empty if the network is on one side of the
    level everywhere.

    Raises
    ------
    ValueError : an unknown method, resolution below 2, bounds that are no box.

    Notes
    -----
    Values are computed in float64 whatever the network's dtype. In float32 the last digits depend
    on which points are evaluated together; next to the surface they decide signs, and the two
    methods would differ here and there in a triangle.
    """
    if method == "dense":
        values = evaluate_grid(network, resolution, bounds=bounds, dtype=np.float64)
    elif method == "multiresolution":
        values, _ = evaluate_near_surface(network, resolution, level=level, bounds=bounds,
                                          dtype=np.float64)
    else:
        raise ValueError(f"method must be 'dense' or 'multiresolution', got {method!r}")
    return mesh_from_grid(values, level=level, bounds=bounds)


def mesh_from_grid(values: np.ndarray, *, level: float = 0.0,
                   bounds: Bounds = (-0.5, 0.5)) -> Mesh:
    """Contour the values of a grid over `bounds`, and close the mesh at the border.

    Parameters
    ----------
    values : (M, N, P), larger than `level` inside.
    level, bounds : as for `extract_mesh`.

    Returns
    -------
    Mesh, empty if no value is greater than the level.
    """
    low, high = grid_corners(bounds)
    if not (values > level).any():
        return Mesh(np.zeros((0, 3)), np.zeros((0, 3), int))
    # A layer of samples far below the level around the grid: the surface between it and an inside
    # sample of the border then lies on that sample, to a millionth of a cell.
    outside = level - 1e6 * max(float(values.max()) - level, 1e-30)
    vertices, faces, _, _ = marching_cubes(np.pad(values, 1, constant_values=outside), level,
                                           gradient_direction="ascent")
    scale = (high - low) / (np.array(values.shape) - 1)
    return Mesh(low + (vertices - 1) * scale, faces)
