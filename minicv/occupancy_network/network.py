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

from minicv import checks, nn
from minicv.occupancy_network.grid import evaluate_grid
from minicv.occupancy_network.marching import Bounds, mesh_from_grid
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
        hidden_size = checks.whole(hidden_size, "hidden_size", least=1, most=4096)
        n_hidden = checks.whole(n_hidden, "n_hidden", least=0, most=100)
        n_inputs = checks.whole(n_inputs, "n_inputs", least=1, most=4096)
        super().__init__(n_inputs, *[hidden_size] * (n_hidden + 1), 1, rng=checks.generator(rng),
                         dtype=dtype)


def extract_mesh(network: nn.Module, resolution: int = 128, *, level: float = 0.0,
                 bounds: Bounds = (-0.5, 0.5)) -> Mesh:
    """The surface on which a network has the value `level`, as a closed mesh.

    Parameters
    ----------
    network : nn.Module
        Maps points (N, 3) to (N, 1); larger than `level` means inside. NaN and infinity are errors.
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

    Examples
    --------
    >>> extract_mesh(OccupancyNetwork(8, 1, rng=0), 16).is_watertight
    True
    """
    level = checks.number(level, "level")
    return mesh_from_grid(evaluate_grid(network, resolution, bounds=bounds), level=level,
                          bounds=bounds)
