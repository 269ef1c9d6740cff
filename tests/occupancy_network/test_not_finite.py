"""What is not finite, or would overflow, never becomes a mesh, a region, a hit or a miss.

Every function that takes a network, and every weight of it: the error counts and names the first.
"""

import re

import numpy as np
import pytest

from minicv import decision_boundary as plane
from minicv import fast, nn
from minicv import occupancy_network as solid
from minicv.occupancy_network import OccupancyNetwork
from tests.occupancy_network.shapes import Shape, grid_points

WINDOW = (-1, -1, 1, 1)
CALLS = {
    "evaluate_grid": (3, lambda f: solid.evaluate_grid(f, 5)),
    "evaluate_grid in the plane": (2, lambda f: solid.evaluate_grid(f, 5, n_inputs=2)),
    "extract_mesh": (3, lambda f: solid.extract_mesh(f, 5)),
    "fast.evaluate_grid": (3, lambda f: fast.evaluate_grid(f, 5)),
    "fast.evaluate_near_surface": (3, lambda f: fast.evaluate_near_surface(f, 5)),
    "fast.extract_mesh": (3, lambda f: fast.extract_mesh(f, 5)),
    "linear_regions": (2, lambda f: plane.linear_regions(f, WINDOW)),
    "decision_boundary": (2, lambda f: plane.decision_boundary(f, WINDOW)),
    "ray_crossings": (3, lambda f: plane.ray_crossings(f, (0, 0, 0), (1, 1, 0), 0, 1)),
}


@pytest.fixture(params=CALLS)
def n_inputs_and_call(request):
    return CALLS[request.param]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name, place", [
    ("0.weight", (1, 0)), ("0.bias", (2,)), ("2.weight", (1, 3)), ("4.weight", (0, 2)),
    ("4.bias", (0,))])
def test_a_weight_that_is_not_finite_is_counted_and_named(n_inputs_and_call, name, place, value):
    n_inputs, call = n_inputs_and_call
    network = OccupancyNetwork(4, 1, n_inputs=n_inputs, rng=0)
    weights = dict(network.named_parameters())[name].data
    weights[place] = value
    where = re.escape(str(place if len(place) > 1 else place[0]))
    with pytest.raises(ValueError, match=f"1 of the {weights.size} numbers of the network's {name} "
                                         f"is NaN or infinite, the first at {where}"):
        call(network)


def test_a_network_with_other_inputs_is_told_in_one_line(n_inputs_and_call):
    n_inputs, call = n_inputs_and_call
    other = 5 - n_inputs
    for network in (OccupancyNetwork(4, 1, n_inputs=other, rng=0),
                    nn.Sequential(nn.Sequential(nn.Linear(other, 1, rng=0)))):
        with pytest.raises(ValueError, match=f"takes points of {other} numbers, not {n_inputs}$"):
            call(network)


def test_what_is_no_network_is_a_type_error(n_inputs_and_call):
    _, call = n_inputs_and_call
    for thing in (None, "chair", np.zeros((4, 3)), lambda points: points, OccupancyNetwork):
        with pytest.raises(TypeError, match="network must be a Module"):
            call(thing)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("n_inputs, call", [CALLS[name] for name in CALLS if "grid" in name])
def test_a_grid_is_infinite_where_the_network_overflows(n_inputs, call):
    """Weights of 3e38: the sum of the coordinates of most points times that is no float32."""
    network = nn.Sequential(nn.Linear(n_inputs, 1, bias=False), nn.Linear(1, 1, bias=False))
    network[0].weight.data[...] = 3e38
    network[1].weight.data[...] = 3e38
    values = call(network)
    assert not np.isfinite(values).all()
    np.testing.assert_array_equal(values, solid.evaluate_grid(network, 5, n_inputs=n_inputs))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("dtype, weight", [(np.float32, 3e38), (np.float64, 1e200)])
@pytest.mark.parametrize("name", sorted(CALLS.keys() - {
    "evaluate_grid", "fast.evaluate_grid", "evaluate_grid in the plane"}))
def test_values_that_overflow_are_no_shape(name, dtype, weight):
    n_inputs, call = CALLS[name]
    network = OccupancyNetwork(4, 6, n_inputs=n_inputs, rng=0, dtype=dtype)
    for parameter in network.parameters():
        parameter.data[...] = weight
    with pytest.raises(ValueError, match="NaN|beyond|from 0 than 1e.300"):
        call(network)


@pytest.mark.filterwarnings("error")
def test_weights_that_float32_cannot_hold_overflow_there():
    network = nn.Sequential(nn.Linear(3, 1, bias=False, dtype=np.float64))
    network[0].weight.data[...] = 1e60
    values = fast.evaluate_grid(network, 4, dtype=np.float32)
    with np.errstate(over="ignore"):
        expected = solid.evaluate_grid(network, 4).astype(np.float32)
    np.testing.assert_array_equal(values, expected)
    assert np.isinf(values).any() and values.dtype == np.float32


@pytest.mark.parametrize("extract", [solid.extract_mesh, fast.extract_mesh])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_formula_that_is_not_finite_at_a_place_is_no_mesh(extract, value):
    with pytest.raises(ValueError, match="NaN"):
        extract(Shape(lambda p: np.where(p[:, 0] > 0.3, value, p[:, 1])), 8)


def test_near_the_surface_nan_is_an_error_that_names_a_point():
    """It is neither inside nor outside, so the surface cannot be followed there."""
    with pytest.raises(ValueError, match=r"infinite at 128 of 512 points, the first at \[0.357"):
        fast.evaluate_near_surface(Shape(lambda p: np.where(p[:, 0] > 0.3, np.nan, p[:, 1])), 8)


@pytest.mark.filterwarnings("error")
def test_the_fast_grid_is_finite_where_the_plain_one_is():
    """The product of the two layers overflows, what they give for these points does not."""
    network = nn.Sequential(nn.Linear(3, 1, bias=False), nn.Linear(1, 1, bias=False))
    network[0].weight.data[...] = 1e20
    network[1].weight.data[...] = 1e20
    bounds = (1e-10, 2e-10)
    expected = 1e40 * grid_points(4, 1e-10, 2e-10).sum(axis=-1)
    for evaluate in (solid.evaluate_grid, fast.evaluate_grid):
        np.testing.assert_allclose(evaluate(network, 4, bounds=bounds), expected, rtol=1e-5)
