"""The derivative of the depth: against closed forms, and against a root that is found anew."""

import numpy as np
import pytest

from minicv import nn
from minicv.autograd import Tensor, no_grad
from minicv.volumetric_rendering import (
    evaluate_field,
    find_surface,
    implicit_depth,
    spatial_gradient,
)


class Ball(nn.Module):
    """f = r^2 - |p - c|^2, with its radius and centre to be learned."""

    def __init__(self, radius=1.0, centre=(0.0, 0.0)):
        self.radius = nn.Parameter(np.array(radius))
        self.centre = nn.Parameter(np.array(centre))

    def forward(self, points):
        offset = points - self.centre
        return self.radius**2 - (offset * offset).sum(dim=1, keepdim=True)


def distance_to_ball(origin, direction, radius=1.0, centre=(0.0, 0.0)):
    """Closed form, for directions of any length."""
    offset = origin - np.array(centre)
    a, b = direction @ direction, offset @ direction
    return (-b - np.sqrt(b * b - a * (offset @ offset - radius**2))) / a


ORIGIN, DIRECTION = np.array([-2.0, 0.4]), np.array([0.9, 0.1])


def test_its_value_is_the_distance_found():
    depth = implicit_depth(Ball(), ORIGIN[None], DIRECTION[None], np.array([1.25]))
    assert depth.data.tolist() == [1.25]


def test_by_radius_and_centre_as_in_closed_form():
    # A ray along x at height y: d = 2 + c_x - sqrt(r^2 - (y - c_y)^2), so with r = 1, c = 0 and
    # s = sqrt(1 - y^2): dd/dr = -1 / s, dd/dc_x = 1, dd/dc_y = -y / s.
    y = 0.6
    ball = Ball()
    depth = implicit_depth(ball, np.array([[-2.0, y]]), np.array([[1.0, 0]]), np.array([1.2]))
    depth.sum().backward()
    assert ball.radius.grad.item() == pytest.approx(-1 / 0.8, rel=1e-14)
    np.testing.assert_allclose(ball.centre.grad.data, [1, -0.6 / 0.8], rtol=1e-14)


def test_by_the_ray_as_in_closed_form():
    origins, directions = Tensor(ORIGIN[None], True), Tensor(DIRECTION[None], True)
    exact = distance_to_ball(ORIGIN, DIRECTION)
    implicit_depth(Ball(), origins, directions, np.array([exact])).sum().backward()
    for axis, step in enumerate(1e-6 * np.eye(2)):
        by_origin = (distance_to_ball(ORIGIN + step, DIRECTION)
                     - distance_to_ball(ORIGIN - step, DIRECTION)) / 2e-6
        by_direction = (distance_to_ball(ORIGIN, DIRECTION + step)
                        - distance_to_ball(ORIGIN, DIRECTION - step)) / 2e-6
        assert origins.grad.data[0, axis] == pytest.approx(by_origin, rel=1e-8)
        assert directions.grad.data[0, axis] == pytest.approx(by_direction, rel=1e-8)


def test_every_weight_of_a_network_against_a_root_found_anew():
    rng = np.random.default_rng(3)
    network = nn.MLP(3, 8, 8, 1, rng=rng, dtype=np.float64)
    network[0].weight.data *= 4
    origins, directions = rng.uniform(-1, 1, (30, 3)), rng.normal(size=(30, 3))
    network[-1].bias.data -= np.median(evaluate_field(network, origins))
    found = find_surface(network, origins, directions, 0, 1, 32, 30)
    origins, directions, found = (x[found.hit] for x in (origins, directions, found.distance))
    assert len(found) > 5
    weights = rng.uniform(0.5, 1.5, len(found))
    depth = implicit_depth(network, origins, directions, found)
    (depth * weights).sum().backward()

    def found_anew():
        near, far = found - 1e-3, found + 1e-3
        hits = find_surface(network, origins, directions, near, far, n_steps=1, n_secant=20)
        return hits.distance @ weights

    for parameter in network.parameters():
        for index in np.ndindex(parameter.shape):
            kept = parameter.data[index]
            sums = []
            for eps in (1e-6, -1e-6):
                parameter.data[index] = kept + eps
                sums.append(found_anew())
            parameter.data[index] = kept
            # The roots are right to 1e-14 or so: their differences over 2e-6 to 1e-8.
            difference = (sums[0] - sums[1]) / 2e-6
            assert parameter.grad.data[index] == pytest.approx(difference, rel=1e-5, abs=1e-6)


def test_newton_moves_the_distance_towards_the_surface():
    exact = distance_to_ball(ORIGIN, DIRECTION)
    errors = [0.05]
    for _ in range(3):
        depth = implicit_depth(Ball(), ORIGIN[None], DIRECTION[None],
                               np.array([exact + errors[-1]]), newton=True)
        errors.append(abs(depth.item() - exact))
    # Newton's method squares the error: e' = e^2 |f''| / (2 |f'|), for f = r^2 - |p|^2.
    slope = abs(spatial_gradient(Ball(), (ORIGIN + exact * DIRECTION)[None])[0] @ DIRECTION)
    constant = DIRECTION @ DIRECTION / slope
    for before, after in zip(errors, errors[1:3]):
        assert after == pytest.approx(constant * before**2, rel=0.15)
    assert errors[-1] < 1e-9


def test_newton_has_the_same_derivative():
    grads = []
    for newton in (False, True):
        ball = Ball()
        implicit_depth(ball, ORIGIN[None], DIRECTION[None], np.array([1.2]),
                       newton=newton).sum().backward()
        grads.append(ball.radius.grad.item())
    assert grads[0] == grads[1]


def test_levels_other_than_zero():
    ball, level = Ball(), 0.19
    exact = distance_to_ball(ORIGIN, DIRECTION, radius=0.9)
    depth = implicit_depth(ball, ORIGIN[None], DIRECTION[None], np.array([exact]), level=level,
                           newton=True)
    assert depth.item() == pytest.approx(exact, rel=1e-14)


class TestFloor:
    def test_bounds_the_derivative_of_a_grazing_ray_by_the_share_stated(self):
        # At height y the slope is 2 sqrt(1 - y^2), and dd/dr = -1 / sqrt(1 - y^2).
        for y in (0.0, 0.9, 0.999, 0.9999999):
            s = np.sqrt(1 - y * y)
            ball = Ball()
            implicit_depth(ball, np.array([[-2.0, y]]), np.array([[1.0, 0]]), np.array([2 - s]),
                           floor=0.5).sum().backward()
            factor = min(1, 2 * s / 0.5)
            assert ball.radius.grad.item() == pytest.approx(-factor / s, rel=1e-7)

    def test_keeps_the_sign(self):
        # f = w x, so the slope is w and dd/db = -1 / slope; that of 0 counts as positive.
        for slope, floored in ((-3, -3), (-0.1, -1), (-0.0, 1), (0.0, 1), (0.1, 1), (3, 3)):
            layer = nn.Linear(1, 1, dtype=np.float64)
            layer.load_state_dict({"weight": [[slope]], "bias": [0.0]})
            implicit_depth(layer, np.zeros((1, 1)), np.ones((1, 1)), np.zeros(1),
                           floor=1.0).sum().backward()
            assert layer.bias.grad.item() == -1 / floored


def test_a_slope_of_zero_without_a_floor_is_refused():
    with pytest.raises(ValueError, match="slope is 0 without a floor at 1 of 2 points, .* ray 1"):
        implicit_depth(Ball(), np.array([[-2.0, 0.5], [-2, 1]]), np.array([[1.0, 0], [1, 0]]),
                       np.array([1.2, 2.0]))


@pytest.mark.parametrize("distances, floor, message", [
    (np.array([1.0, 2.0]), 0.0, r"distances must have the shape \(1,\), got \(2,\)"),
    (np.array([np.inf]), 0.0, "1 of the 1 numbers of distances is NaN or infinite, the first at 0"),
    (np.array([1.0]), -1.0, "floor must be at least 0, got -1"),
    (np.array([1.0]), np.nan, "floor must be a finite number"),
])
def test_wrong_arguments_are_refused(distances, floor, message):
    with pytest.raises(ValueError, match=message):
        implicit_depth(Ball(), ORIGIN[None], DIRECTION[None], distances, floor=floor)


def test_the_spatial_gradient_leaves_no_trace_on_the_parameters():
    ball = Ball()
    gradient = spatial_gradient(ball, np.array([[0.5, -0.25]]))
    np.testing.assert_allclose(gradient, [[-1.0, 0.5]])  # -2 (p - c)
    assert ball.radius.grad is None and ball.radius.requires_grad


def test_the_parameters_thaw_after_an_error_and_frozen_ones_stay_frozen():
    class Broken(Ball):
        def forward(self, points):
            assert not self.radius.requires_grad
            raise RuntimeError("on purpose")

    ball = Broken()
    ball.centre.requires_grad = False
    with pytest.raises(RuntimeError, match="on purpose"):
        spatial_gradient(ball, np.zeros((1, 2)))
    assert ball.radius.requires_grad and not ball.centre.requires_grad


def test_automatic_differentiation_gives_the_formula_for_every_weight():
    # dd/dtheta = -(df/dtheta) / (grad f . w), with df/dtheta from the network alone.
    network = nn.MLP(2, 6, 1, dtype=np.float64, rng=0)
    point = (ORIGIN + 1.25 * DIRECTION)[None]
    network(Tensor(point)).sum().backward()
    slope = spatial_gradient(network, point)[0] @ DIRECTION
    formula = [-parameter.grad.numpy() / slope for parameter in network.parameters()]
    network.zero_grad()
    implicit_depth(network, ORIGIN[None], DIRECTION[None], np.array([1.25])).sum().backward()
    for parameter, expected in zip(network.parameters(), formula):
        np.testing.assert_allclose(parameter.grad.numpy(), expected, rtol=1e-13)


def test_of_a_linear_layer_both_are_as_in_closed_form():
    # The crossing of w . (o + d v) + b = 0 is at d = -(w . o + b) / (w . v), from anywhere in one
    # Newton step; dd/db = -1 / (w . v), dd/dw = -(o + d v) / (w . v).
    layer = nn.Linear(2, 1, dtype=np.float64, rng=0)
    weight, bias = layer.weight.data[0], layer.bias.data[0]
    exact = -(weight @ ORIGIN + bias) / (weight @ DIRECTION)
    depth = implicit_depth(layer, ORIGIN[None], DIRECTION[None], np.array([0.3]), newton=True)
    assert depth.item() == pytest.approx(exact, rel=1e-14)
    implicit_depth(layer, ORIGIN[None], DIRECTION[None], np.array([exact])).sum().backward()
    slope = weight @ DIRECTION
    assert layer.bias.grad.item() == pytest.approx(-1 / slope, rel=1e-14)
    np.testing.assert_allclose(layer.weight.grad.data[0], -(ORIGIN + exact * DIRECTION) / slope,
                               rtol=1e-14)


def test_a_network_with_two_outputs_is_refused():
    network = nn.MLP(3, 4, 2, dtype=np.float64, rng=0)
    with pytest.raises(ValueError, match=r"one value for each of 2 points, and gives \(2, 2\)"):
        implicit_depth(network, np.zeros((2, 3)), np.ones((2, 3)), np.ones(2))


def test_the_spatial_gradient_is_found_within_no_grad():
    network = nn.Linear(2, 1, rng=0)
    with no_grad():
        gradient = spatial_gradient(network, np.zeros((3, 2), np.float32))
        assert not network(np.zeros((3, 2), np.float32)).requires_grad
    np.testing.assert_array_equal(gradient, np.tile(network.weight.data, (3, 1)))
