"""Occupancy networks: a shape as the set of points that a network calls inside.

The problem.  A mesh or a voxel grid stores a shape piece by piece, and its resolution with it.

The idea (Mescheder et al., *Occupancy networks: learning 3D reconstruction in function space*,
CVPR 2019).  Let a network f map a point p to a number, and call the shape  { p : f(p) > 0 }.  The
number is a logit: the network believes with probability  1 / (1 + e^-f)  that p is inside.  To
learn f, show it points of which the answer is known, and minimise the binary cross entropy
(`nn.BCEWithLogitsLoss`).  The surface is where f = 0, at any resolution one cares to ask for:
evaluate a grid (`evaluate_grid`), then contour it (`marching_cubes`).

It answers exercise 2.1 b and d.  The paper's network also takes the code of an object as input,
normalises between layers, and has residual connections; the sheet's is a plain perceptron and
learns one object.  `minicv.fast.extract_mesh` finds the same mesh from fewer points.
"""

from __future__ import annotations

import numpy as np

from minicv import nn
from minicv.occupancy_network.grid import Bounds, evaluate_grid, grid_corners
from minicv.occupancy_network.marching import check_volume, marching_cubes
from minicv.occupancy_network.mesh import Mesh


class OccupancyNetwork(nn.MLP):
    """A perceptron from points (N, n_inputs) to logits (N, 1): positive means inside.

    n_inputs -> hidden_size, then n_hidden layers hidden_size -> hidden_size, then hidden_size -> 1,
    with a ReLU between each two. No activation follows the last layer: the loss takes logits.

    Parameters
    ----------
    hidden_size : int
        Units of each hidden layer.
    n_hidden : int
        Number of hidden-to-hidden layers (0 or more).
    n_inputs : int
        Coordinates of a point: 3 for shapes, 2 for regions of the plane as in exercise 1.1.
    rng : numpy.random.Generator, int or None
        For the initial weights.
    dtype : dtype
        Of the weights.

    Examples
    --------
    >>> network = OccupancyNetwork(rng=0)
    >>> sum(parameter.data.size for parameter in network.parameters())
    16961
    """

    def __init__(self, hidden_size: int = 64, n_hidden: int = 4, *, n_inputs: int = 3,
                 rng: np.random.Generator | int | None = None, dtype=np.float32):
        super().__init__(n_inputs, *[hidden_size] * (n_hidden + 1), 1, rng=rng, dtype=dtype)


def extract_mesh(network: nn.Module, resolution: int = 128, *, level: float = 0.0,
                 bounds: Bounds = (-0.5, 0.5)) -> Mesh:
    """The surface on which a network has the value `level`, as a closed mesh.

    Parameters
    ----------
    network : nn.Module
        Maps points (N, 3) to (N, 1); larger than `level` means inside.
    resolution : int
        Samples along each axis.
    level : float
        0 for logits. For a threshold tau on the probability, log(tau / (1 - tau)).
    bounds : (low, high)
        The box to look in, two numbers or two points (3,). Where the shape reaches its border, it
        is closed by a wall there.

    Returns
    -------
    Mesh
        Triangles counter-clockwise seen from outside; none if nothing is inside.

    Raises
    ------
    ValueError
        As `evaluate_grid`, or if the network gives NaN.

    Examples
    --------
    >>> extract_mesh(OccupancyNetwork(8, 1, rng=0), 16).is_watertight
    True
    """
    return mesh_from_grid(evaluate_grid(network, resolution, bounds=bounds), level=level,
                          bounds=bounds)


def mesh_from_grid(values: np.ndarray, *, level: float = 0.0,
                   bounds: Bounds = (-0.5, 0.5)) -> Mesh:
    """Contour the values of a grid over `bounds`, and close the mesh at the border.

    Parameters
    ----------
    values : ndarray, (M, N, P)
        Larger than `level` inside.
    level, bounds
        As for `extract_mesh`.

    Raises
    ------
    ValueError
        As `marching_cubes`; the sample that it names is one of `values`.
    """
    low, high = grid_corners(bounds)
    values, level = check_volume(values, level)
    # A layer of samples far below the level around the grid: the surface between it and an inside
    # sample of the border then lies on that sample, to a millionth of a cell.
    outside = level - 1e6 * max(float(values.max()) - level, 0)
    padded = np.pad(values.astype(np.float64), 1, constant_values=outside)
    spacing = (high - low) / (np.array(values.shape) - 1)
    vertices, faces = marching_cubes(padded, level, spacing)
    return Mesh(low - spacing + vertices, faces)
