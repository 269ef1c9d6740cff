"""Networks whose values are known in another way."""

import numpy as np

from minicv import nn
from minicv.autograd import Tensor


class Shape(nn.Module):
    """A known function in the place of a network: what `evaluate_grid` must return is certain."""

    def __init__(self, function, dtype=np.float64):
        self.scale = nn.Parameter(np.ones(1, dtype))
        self.function = function
        self.n_points = 0

    def forward(self, points):
        self.n_points += len(points)
        return Tensor(self.function(points.data.astype(float))[:, None].astype(points.dtype))


def grid_points(resolution, low=-0.5, high=0.5):
    axis = np.linspace(low, high, resolution)
    return np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1)


def by_hand(network, points):
    """The network's values from its weights, in float64, layer after layer."""
    out = points
    for layer in network:
        if isinstance(layer, nn.Linear):
            out = out @ layer.weight.data.astype(float).T + layer.bias.data
        else:
            out = np.maximum(out, 0)
    return out[..., 0]


def bent_network(seed, *sizes, dtype=np.float32):
    """Weights large enough that the function bends all over the box."""
    network = nn.MLP(*sizes, rng=seed, dtype=dtype)
    for parameter in network.parameters():
        parameter.data *= 2.5
    return network


SPHERE = Shape(lambda p: 0.41 - np.linalg.norm(p - 0.01, axis=1))
# Two thin rods, one of them oblique, that a grid of 32 cells just sees, and a ball on one.
RODS = Shape(lambda p: np.maximum.reduce([
    0.03 - np.hypot(p[:, 0] - 0.2, p[:, 1]),
    0.03 - np.linalg.norm(np.cross(p + 0.1, [0.6, 0.64, 0.48]), axis=1),
    0.1 - np.linalg.norm(p - [0.2, 0, 0.3], axis=1)]))
