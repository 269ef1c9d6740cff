"""The fast grid against the plain one, and what it saves."""

import numpy as np
import pytest

from minicv import fast, nn, occupancy_network
from minicv.fast import grid as module
from minicv.occupancy_network import OccupancyNetwork
from tests.occupancy_network.shapes import Shape, bent_network, by_hand, grid_points


class TestEqualToPlain:
    @pytest.mark.parametrize("resolution", [2, 16, 33])
    @pytest.mark.parametrize("network", [bent_network(0, 3, 24, 24, 24, 1, dtype=np.float64),
                                         nn.Sequential(nn.Linear(3, 1, dtype=np.float64, rng=1)),
                                         Shape(lambda p: 0.4 - np.linalg.norm(p, axis=1))],
                             ids=["bent", "linear", "formula"])
    def test_in_three_dimensions(self, network, resolution):
        np.testing.assert_allclose(fast.evaluate_grid(network, resolution),
                                   occupancy_network.evaluate_grid(network, resolution), atol=1e-12)

    @pytest.mark.parametrize("n_inputs", [1, 2, 4])
    def test_in_other_dimensions(self, n_inputs):
        network = bent_network(1, n_inputs, 16, 16, 1, dtype=np.float64)
        options = {"n_inputs": n_inputs, "bounds": (-1, 2)}
        np.testing.assert_allclose(fast.evaluate_grid(network, 20, **options),
                                   occupancy_network.evaluate_grid(network, 20, **options),
                                   atol=1e-12)

    def test_in_float32(self):
        network = bent_network(2, 3, 32, 32, 1)
        values, plain = (evaluate(network, 20) for evaluate in (fast.evaluate_grid,
                                                                occupancy_network.evaluate_grid))
        assert values.dtype == plain.dtype == np.float32
        np.testing.assert_allclose(values, plain, atol=2e-6 * np.abs(plain).max())

    @pytest.mark.parametrize("layers", [
        [nn.ReLU(), nn.Linear(3, 5, rng=0, dtype=np.float64), nn.Linear(5, 1, rng=1,
                                                                       dtype=np.float64)],
        [nn.Linear(3, 5, rng=0, dtype=np.float64), nn.Sequential(nn.ReLU(), nn.ReLU()),
         nn.Linear(5, 1, rng=1, dtype=np.float64), nn.ReLU()]], ids=["two linear", "nested"])
    def test_layers_in_any_order(self, layers):
        network = nn.Sequential(*layers)
        np.testing.assert_allclose(fast.evaluate_grid(network, 9),
                                   occupancy_network.evaluate_grid(network, 9), atol=1e-12)


class TestPrecision:
    @pytest.mark.parametrize("resolution", [2, 16, 33])
    def test_float64_values_of_a_float32_network(self, resolution):
        network = bent_network(0, 3, 24, 24, 24, 1)
        np.testing.assert_allclose(fast.evaluate_grid(network, resolution, dtype=np.float64),
                                   by_hand(network, grid_points(resolution)), atol=1e-12)

    def test_float64_values_without_bias(self):
        network = nn.Sequential(nn.Linear(3, 8, bias=False, rng=0), nn.ReLU(),
                                nn.Linear(8, 1, bias=False, rng=1))
        points = grid_points(6)
        hidden = np.maximum(points @ network[0].weight.data.T.astype(float), 0)
        np.testing.assert_allclose(fast.evaluate_grid(network, 6, dtype=float),
                                   (hidden @ network[2].weight.data.T)[..., 0], atol=1e-12)


    @pytest.mark.parametrize("evaluate", [fast.evaluate_grid, fast.evaluate_near_surface])
    def test_any_floats_and_nothing_else(self, evaluate):
        network = bent_network(0, 3, 24, 24, 1)
        values = evaluate(network, 9, dtype=np.float16)
        values = values if evaluate is fast.evaluate_grid else values[0]
        assert values.dtype == np.float16
        # A half has 11 bits, and each of three layers rounds.
        exact = by_hand(network, grid_points(9))
        np.testing.assert_allclose(values, exact, atol=10 * 2.0**-11 * np.abs(exact).max())
        for wrong in (int, complex, "chair", 3, [np.float32]):
            with pytest.raises(TypeError, match="dtype must be .*np.float32"):
                evaluate(network, 9, dtype=wrong)


def test_few_units_bend_in_a_box(monkeypatch):
    """The reason for all this: the products are an order of magnitude smaller."""
    network = OccupancyNetwork(rng=0)
    rows = []
    matmul = np.matmul
    monkeypatch.setattr(module.np, "matmul",
                        lambda a, b, out: rows.append(a.size) or matmul(a, b, out=out))
    fast.evaluate_grid(network, 128 // 8, bounds=(0.1, 0.1 + 1 / 8))
    assert sum(rows) < 0.1 * (3 * 64 + 4 * 64 * 64)


@pytest.mark.parametrize("corner", [(0, 0, 0), (15, 0, 15), (15, 15, 15)])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_bend_that_touches_a_corner_of_the_box_is_none(monkeypatch, corner, sign):
    """The unit is 0 in one of the 16^3 points and of one sign in all others: no bend, and its
    value, sign |p - corner|_1 in whole numbers, counts once and not twice."""
    inwards = np.where(np.array(corner) == 0, 1.0, -1.0)
    network = nn.MLP(3, 1, 1, rng=0, dtype=np.float64)
    network.load_state_dict({"0.weight": sign * inwards[None], "0.bias": [-sign * inwards @ corner],
                             "2.weight": [[1.0]], "2.bias": [0.0]})
    rows = []
    matmul = np.matmul
    monkeypatch.setattr(module.np, "matmul",
                        lambda a, b, out: rows.append(len(a)) or matmul(a, b, out=out))
    values = fast.evaluate_grid(network, 16, bounds=(0, 15))
    distance = np.abs(np.indices((16, 16, 16)).T - np.array(corner)).sum(axis=-1).T
    np.testing.assert_array_equal(values, distance if sign > 0 else 0)
    assert rows == [0]


class TestNumbersThatAreNone:
    @pytest.mark.parametrize("bad", [np.nan, np.inf])
    @pytest.mark.parametrize("layer", [0, 2, 4])
    def test_weights_that_are_nan_or_infinite_are_an_error(self, bad, layer):
        network = OccupancyNetwork(8, 1, rng=0)
        network[layer].weight.data[0, 0] = bad
        with pytest.raises(ValueError, match="NaN or infinite"):
            fast.evaluate_grid(network, 4)

    @pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
    def test_nan_on_the_way_travels_to_the_value(self):
        """Finite weights, but sums that overflow to inf - inf: no unit may count as 0 or linear."""
        network = OccupancyNetwork(8, 1, rng=0)
        network[0].weight.data[...] = 3e38
        network[2].weight.data[:, ::2] = 3e38
        network[2].weight.data[:, 1::2] = -3e38
        plain = occupancy_network.evaluate_grid(network, 4, bounds=(1, 2))
        assert np.isnan(plain).all()
        assert np.isnan(fast.evaluate_grid(network, 4, bounds=(1, 2))).all()
