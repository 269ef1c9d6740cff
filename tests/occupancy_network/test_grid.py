"""A network on a grid, against the network itself, point by point; the fast way too."""

import numpy as np
import pytest

from minicv import fast, nn
from minicv.autograd import Tensor, no_grad
from minicv.occupancy_network import OccupancyNetwork, evaluate_grid
from minicv.occupancy_network.grid import check_grid
from tests.occupancy_network.shapes import Shape, bent_network, by_hand, grid_points


@pytest.fixture(params=[evaluate_grid, fast.evaluate_grid], ids=["plain", "fast"])
def evaluate(request):
    return request.param


class TestValues:
    @pytest.mark.parametrize("resolution", [2, 16, 33])
    def test_values_are_the_networks_own(self, evaluate, resolution):
        network = bent_network(0, 3, 24, 24, 24, 1, dtype=np.float64)
        np.testing.assert_allclose(evaluate(network, resolution),
                                   by_hand(network, grid_points(resolution)), atol=1e-12)

    def test_float32_values_are_as_close_as_the_forward_pass(self, evaluate):
        network = OccupancyNetwork(rng=0)
        values = evaluate(network, 20)
        points = grid_points(20)
        with no_grad():
            forward = network(Tensor(points.reshape(-1, 3).astype(np.float32))).data[:, 0]
        assert values.dtype == np.float32
        np.testing.assert_allclose(values.ravel(), forward, atol=2e-6)

    def test_one_index_a_point(self, evaluate):
        """Axis 0 of the grid is x, axis 1 y and axis 2 z: f = x + 10 y + 100 z."""
        network = nn.MLP(3, 1, rng=0, dtype=np.float64)
        network.load_state_dict({"0.weight": np.array([[1.0, 10, 100]]), "0.bias": np.zeros(1)})
        values = evaluate(network, 5, bounds=((0, 0, 0), (4, 4, 4)))
        i, j, k = np.mgrid[:5, :5, :5]
        np.testing.assert_allclose(values, i + 10 * j + 100 * k, atol=1e-9)

    def test_in_the_plane(self, evaluate):
        """f = x + 10 y on a window of unequal sides."""
        network = nn.MLP(2, 1, rng=0, dtype=np.float64)
        network.load_state_dict({"0.weight": np.array([[1.0, 10]]), "0.bias": np.zeros(1)})
        values = evaluate(network, 20, bounds=((0, 1), (19, 39)), n_inputs=2)
        i, j = np.mgrid[:20, :20]
        np.testing.assert_allclose(values, i + 10 * (1 + 2 * j), atol=1e-9)

    def test_network_without_bias(self, evaluate):
        network = nn.Sequential(nn.Linear(3, 8, bias=False, rng=0, dtype=np.float64), nn.ReLU(),
                                nn.Linear(8, 1, bias=False, rng=1, dtype=np.float64))
        hidden = np.maximum(grid_points(6) @ network[0].weight.data.T, 0)
        np.testing.assert_allclose(evaluate(network, 6),
                                   (hidden @ network[2].weight.data.T)[..., 0], atol=1e-12)

    def test_any_other_network_goes_through_its_own_forward(self, evaluate):
        network = Shape(lambda p: 0.4 - np.linalg.norm(p, axis=1))
        values = evaluate(network, 17)
        np.testing.assert_allclose(values, 0.4 - np.linalg.norm(grid_points(17), axis=-1))
        assert network.n_points == 17**3

    def test_a_network_without_parameters_is_evaluated_in_float32(self, evaluate):
        class Ball(nn.Module):
            def forward(self, points):
                return Tensor(0.4 - np.linalg.norm(points.data, axis=1, keepdims=True))

        values = evaluate(Ball(), 5)
        assert values.dtype == np.float32
        np.testing.assert_allclose(values, 0.4 - np.linalg.norm(grid_points(5), axis=-1), atol=1e-6)

    def test_nan_stays_nan(self, evaluate):
        values = evaluate(Shape(lambda p: np.where(p[:, 0] > 0.3, np.nan, p[:, 1])), 9)
        np.testing.assert_array_equal(np.isnan(values), grid_points(9)[..., 0] > 0.3)


class TestErrors:
    @pytest.mark.parametrize("arguments, message", [
        (dict(resolution=1), "at least 2"), (dict(resolution=10**6), "at most 1024"),
        (dict(resolution=2.5), "whole number"), (dict(resolution=np.nan), "whole number"),
        (dict(resolution=np.inf), "whole number"), (dict(bounds=(1, 0)), "low below high"),
        (dict(bounds=3), r"bounds \(low, high\) must be a list"), (dict(bounds="ab"), "bounds"),
        (dict(bounds=(0, 1, 2)), "two numbers or two points"),
        (dict(bounds=(0, np.inf)), r"bounds\[1\] is NaN or infinite"),
        (dict(bounds=((0, 0), (1, 1))), "two points"), (dict(n_inputs=0), "n_inputs"),
        (dict(n_inputs=10**9), "n_inputs"), (dict(network="chair"), "network must be a Module")])
    def test_wrong_argument(self, evaluate, arguments, message):
        with pytest.raises((ValueError, TypeError), match=message):
            evaluate(**{"network": nn.MLP(3, 4, 1, rng=0), "resolution": 4, **arguments})

    @pytest.mark.parametrize("network", [nn.MLP(3, 4, 2),
                                         nn.Sequential(nn.MLP(3, 2), nn.Sigmoid())])
    def test_a_network_with_two_outputs(self, evaluate, network):
        with pytest.raises(ValueError, match="one output|one value"):
            evaluate(network, 4)

    @pytest.mark.filterwarnings("error")
    @pytest.mark.parametrize("bounds", [(1e8, 1e8 + 1), (-1e39, 1e39), (0, 1e-45), (-1e300, 1e300)])
    def test_samples_that_float32_cannot_tell_apart(self, evaluate, bounds):
        """They would be one point many times, or infinite."""
        with pytest.raises(ValueError, match="float32 cannot tell 4 samples"):
            evaluate(nn.MLP(3, 4, 1, rng=0), 4, bounds=bounds)

    def test_a_network_with_other_inputs(self, evaluate):
        with pytest.raises(ValueError, match="3"):
            evaluate(OccupancyNetwork(8, 1, n_inputs=2), 4)


def test_points_have_1_to_30_coordinates():
    assert evaluate_grid(nn.Linear(1, 1, rng=0), 5, n_inputs=1).shape == (5,)
    assert len(check_grid(nn.Linear(30, 1, rng=0), 2, (-1, 1), 30)) == 30
    for wrong in (0, 31):
        with pytest.raises(ValueError, match="n_inputs must be at least 1 and at most 30"):
            evaluate_grid(nn.Linear(3, 1, rng=0), 2, n_inputs=wrong)


def test_a_grid_has_at_most_1024_samples_along_each_of_three_axes():
    assert len(check_grid(nn.Linear(3, 1, rng=0), 1024, (-1, 1), 3)[0]) == 1024
    with pytest.raises(ValueError, match="at most 1024"):
        check_grid(nn.Linear(3, 1, rng=0), 1025, (-1, 1), 3)
