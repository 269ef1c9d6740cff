"""The fast ways to evaluate a network on a grid, against the network itself, point by point."""

import numpy as np
import pytest

from minicv import nn
from minicv.autograd import Tensor, no_grad
from minicv.occupancy_network import OccupancyNetwork, evaluate_grid, evaluate_near_surface
from minicv.occupancy_network import grid as module


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


class TestGrid:
    @pytest.mark.parametrize("resolution", [2, 16, 33])
    def test_float64_values_are_the_networks_own(self, resolution):
        network = bent_network(0, 3, 24, 24, 24, 1)
        np.testing.assert_allclose(evaluate_grid(network, resolution, dtype=np.float64),
                                   by_hand(network, grid_points(resolution)), atol=1e-12)

    def test_float32_values_are_as_close_as_the_forward_pass(self):
        network = OccupancyNetwork(rng=0)
        values = evaluate_grid(network, 20)
        points = grid_points(20)
        with no_grad():
            forward = network(Tensor(points.reshape(-1, 3).astype(np.float32))).data[:, 0]
        assert values.dtype == np.float32
        np.testing.assert_allclose(values.ravel(), forward, atol=2e-6)

    def test_one_index_a_point(self):
        """Axis 0 of the grid is x, axis 1 y and axis 2 z: f = x + 10 y + 100 z."""
        network = nn.MLP(3, 1, rng=0, dtype=np.float64)
        network.load_state_dict({"0.weight": np.array([[1.0, 10, 100]]), "0.bias": np.zeros(1)})
        values = evaluate_grid(network, 5, bounds=((0, 0, 0), (4, 4, 4)))
        i, j, k = np.mgrid[:5, :5, :5]
        np.testing.assert_allclose(values, i + 10 * j + 100 * k, atol=1e-9)

    def test_network_without_bias(self):
        network = nn.Sequential(nn.Linear(3, 8, bias=False, rng=0), nn.ReLU(),
                                nn.Linear(8, 1, bias=False, rng=1))
        points = grid_points(6)
        hidden = np.maximum(points @ network[0].weight.data.T.astype(float), 0)
        np.testing.assert_allclose(evaluate_grid(network, 6, dtype=float),
                                   (hidden @ network[2].weight.data.T)[..., 0], atol=1e-12)

    def test_any_other_network_goes_through_its_own_forward(self):
        network = Shape(lambda p: 0.4 - np.linalg.norm(p, axis=1))
        values = evaluate_grid(network, 17)
        np.testing.assert_allclose(values, 0.4 - np.linalg.norm(grid_points(17), axis=-1))
        assert network.n_points == 17**3

    def test_a_network_without_parameters_is_evaluated_in_float32(self):
        class Ball(nn.Module):
            def forward(self, points):
                return Tensor(0.4 - np.linalg.norm(points.data, axis=1, keepdims=True))

        values = evaluate_grid(Ball(), 5)
        assert values.dtype == np.float32
        np.testing.assert_allclose(values, 0.4 - np.linalg.norm(grid_points(5), axis=-1), atol=1e-6)

    def test_few_units_bend_in_a_box(self, monkeypatch):
        """The reason for all this: the products are an order of magnitude smaller."""
        network = OccupancyNetwork(rng=0)
        rows = []
        matmul = np.matmul
        monkeypatch.setattr(module.np, "matmul",
                            lambda a, b, out: rows.append(a.size) or matmul(a, b, out=out))
        evaluate_grid(network, 128 // 8, bounds=(0.1, 0.1 + 1 / 8))
        assert sum(rows) < 0.1 * (3 * 64 + 4 * 64 * 64)

    @pytest.mark.parametrize("arguments, message", [
        (dict(resolution=1), "at least 2"), (dict(resolution=2.5), "whole number"),
        (dict(bounds=(1, 0)), "low below high"), (dict(bounds=3), "two numbers or two points"),
        (dict(bounds=(0, np.inf)), "finite"), (dict(bounds=((0, 0), (1, 1))), "two points")])
    def test_wrong_argument(self, arguments, message):
        with pytest.raises(ValueError, match=message):
            evaluate_grid(nn.MLP(3, 4, 1, rng=0), **{"resolution": 4, **arguments})


SPHERE = Shape(lambda p: 0.41 - np.linalg.norm(p - 0.01, axis=1))
# Two thin rods, one of them oblique, that a grid of 32 cells just sees, and a ball on one.
RODS = Shape(lambda p: np.maximum.reduce([
    0.03 - np.hypot(p[:, 0] - 0.2, p[:, 1]),
    0.03 - np.linalg.norm(np.cross(p + 0.1, [0.6, 0.64, 0.48]), axis=1),
    0.1 - np.linalg.norm(p - [0.2, 0, 0.3], axis=1)]))


class TestNearSurface:
    @pytest.mark.parametrize("shape", [SPHERE, RODS])
    @pytest.mark.parametrize("resolution", [40, 65, 100])
    def test_values_are_exact_next_to_the_surface_and_of_the_right_sign_elsewhere(
            self, shape, resolution):
        dense = evaluate_grid(shape, resolution)
        sparse, _ = evaluate_near_surface(shape, resolution)
        np.testing.assert_array_equal(sparse > 0, dense > 0)
        near = module._corners_of_mixed_cells(dense > 0)
        np.testing.assert_allclose(sparse[near], dense[near], atol=1e-12)

    def test_same_for_a_relu_network(self):
        network = bent_network(3, 3, 16, 16, 1)
        dense = evaluate_grid(network, 70, dtype=np.float64)
        level = float(np.median(dense))
        sparse, _ = evaluate_near_surface(network, 70, level=level, dtype=np.float64)
        np.testing.assert_array_equal(sparse > level, dense > level)

    def test_counts_every_point_that_the_network_saw(self):
        shape = Shape(SPHERE.function)
        _, n_evaluations = evaluate_near_surface(shape, 100)
        assert n_evaluations == shape.n_points < 0.1 * 100**3

    def test_coarse_grid_alone_if_the_resolution_is_no_finer(self):
        _, n_evaluations = evaluate_near_surface(Shape(SPHERE.function), 33)
        assert n_evaluations == 33**3

    def test_follows_the_surface_out_of_the_cells_that_the_coarse_grid_found(self):
        """A rod too thin for the coarse grid, found where it joins the ball, is followed along."""
        shape = Shape(lambda p: np.maximum(0.15 - np.linalg.norm(p, axis=1),
                                           0.006 - np.hypot(p[:, 0] - 0.017, p[:, 1] - 0.017)))
        dense = evaluate_grid(shape, 257)
        sparse, _ = evaluate_near_surface(shape, 257, coarsest=16)
        np.testing.assert_array_equal(sparse > 0, dense > 0)

    def test_misses_what_stands_alone_between_the_coarse_samples(self):
        """The limit that the docstring states, shown."""
        centre = 5.5 / 16  # the middle of a coarse cell
        shape = Shape(lambda p: np.maximum(0.1 - np.linalg.norm(p + 0.3, axis=1),
                                           0.01 - np.linalg.norm(p - centre, axis=1)))
        assert np.count_nonzero(evaluate_grid(shape, 129)[64:, 64:, 64:] > 0) > 0
        sparse, _ = evaluate_near_surface(shape, 129, coarsest=16)
        assert np.count_nonzero(sparse[64:, 64:, 64:] > 0) == 0

    def test_coarsest_below_one(self):
        with pytest.raises(ValueError, match="coarsest"):
            evaluate_near_surface(SPHERE, 8, coarsest=0)
