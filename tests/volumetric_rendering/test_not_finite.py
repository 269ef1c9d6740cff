"""NaN and infinity never become a hit, a miss, a picture or a loss: errors name their place."""

import numpy as np
import pytest

from minicv import nn
from minicv.volumetric_rendering import (
    Camera,
    LossWeights,
    Rays,
    Schedule,
    TexturedShape,
    ViewRays,
    box_interval,
    evaluate_field,
    find_surface,
    fit_views,
    implicit_depth,
    render,
    secant_step,
    spatial_gradient,
)
from minicv.volumetric_rendering.learning import LossPoints, choose_points, render_loss

ORIGINS = np.array([[-2.0, 0.0], [-2.0, 0.5], [-2.0, 0.9]])
DIRECTIONS = np.array([[1.0, 0.0]] * 3)
CAMERA = Camera.look_at((0, -2, 0.3), (0, 0, 0), field_of_view=30, size=(6, 5))


def ball(points):
    return 1 - (points * points).sum(axis=1)


def broken(where, value=np.nan):
    """The ball, with NaN where a condition holds."""
    return lambda points: np.where(where(points), value, ball(points))


class TestFindSurface:
    def test_nan_on_one_ray_names_that_ray_and_the_place(self):
        f = broken(lambda p: (p[:, 1] == 0.5) & (p[:, 0] > -1.6))
        with pytest.raises(ValueError, match=r"f is NaN at 3 of 12 points, the first on ray 1 at "
                                             r"\[-1.5, 0.5\]"):
            find_surface(f, ORIGINS, DIRECTIONS, 0, 4, n_steps=8)

    def test_the_number_of_the_ray_is_the_caller_s_also_when_others_have_ended(self):
        origins = ORIGINS + [[0, 0], [0, 0], [0, 0.5]]  # the last one passes by, the others hit
        with pytest.raises(ValueError, match="at 2 of 4 points, the first on ray 2 at"):
            find_surface(broken(lambda p: p[:, 0] > 0.9), origins, DIRECTIONS, 0, 4, n_steps=8)

    @pytest.mark.parametrize("method", ["secant", "bisection"])
    def test_nan_between_two_samples_is_no_hit(self, method):
        f = broken(lambda p: (p[:, 0] > -1.45) & (p[:, 0] < -0.95) & (p[:, 1] == 0))
        with pytest.raises(ValueError, match="f is NaN at 1 of 12 points, the first on ray 0 at"):
            find_surface(f, ORIGINS, DIRECTIONS, 0, 4, n_steps=7, method=method)

    def test_a_ray_that_begins_at_nan_does_not_begin_outside(self):
        with pytest.raises(ValueError, match="f is NaN at 3 of 12 points, the first on ray 0"):
            find_surface(broken(lambda p: p[:, 0] == -2), ORIGINS, DIRECTIONS, 0, 4)

    @pytest.mark.parametrize("n_steps", [3, 8, 9])
    def test_what_f_is_behind_the_surface_does_not_matter(self, n_steps):
        f = broken(lambda p: (p[:, 0] > -0.4) & (p[:, 1] == 0))  # ball is inside from -1 on
        hits = find_surface(f, ORIGINS[:1], DIRECTIONS[:1], 0, 1.5 * n_steps / 3, n_steps)
        np.testing.assert_allclose(hits.distance, 1, atol=1e-6)

    def test_minus_infinity_is_outside_and_infinity_inside(self):
        # As documented for functions: a field may be infinite, and then the middle is taken.
        f = broken(lambda p: p[:, 0] < -1.7, -np.inf)
        np.testing.assert_allclose(find_surface(f, ORIGINS, DIRECTIONS, 0, 4, 16, 50).distance,
                                   2 - np.sqrt(1 - ORIGINS[:, 1]**2), rtol=1e-12)

    @pytest.mark.parametrize("name, value", [
        ("origins", np.nan), ("directions", np.inf), ("near", np.nan), ("far", -np.inf)])
    def test_rays_that_are_not_finite_are_refused(self, name, value):
        arguments = {"origins": ORIGINS.copy(), "directions": DIRECTIONS.copy(),
                     "near": np.zeros(3), "far": np.full(3, 4.0)}
        arguments[name][-1] = value
        with pytest.raises(ValueError, match="NaN or infinite"):
            find_surface(ball, **arguments)

    @pytest.mark.parametrize("gives", [
        lambda p: None, lambda p: "inside", lambda p: np.ones(len(p)) * 1j,
        lambda p: [None] * len(p), lambda p: [[1], [1, 2]], lambda p: np.ones(len(p) + 1),
        lambda p: np.ones((len(p), 1)), lambda p: 1.0])
    def test_a_field_that_gives_no_numbers_or_another_number_of_them(self, gives):
        with pytest.raises((ValueError, TypeError), match=r"f\(points\) must"):
            find_surface(gives, ORIGINS, DIRECTIONS, 0, 4)

    @pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64, np.uint64, np.float16])
    def test_a_field_of_other_numbers_does_not_wrap(self, dtype):
        # 0 outside and 1 inside, with the level between: bisection finds the edge.
        def f(points):
            return (ball(points) > 0).astype(dtype)

        hits = find_surface(f, ORIGINS, DIRECTIONS, 0, 4, 16, 40, level=0.5, method="bisection")
        np.testing.assert_allclose(hits.distance, 2 - np.sqrt(1 - ORIGINS[:, 1]**2), rtol=1e-11)

    @pytest.mark.parametrize("dtype", [np.float16, np.int8, np.uint8, np.int64])
    def test_rays_of_other_numbers_do_not_wrap(self, dtype):
        hits = find_surface(lambda p: p[:, 0] - 100.0, np.array([[0, 0]], dtype),
                            np.array([[1, 0]], dtype), 0, np.array([127], dtype))
        assert hits.distance[0] == pytest.approx(100)

    def test_as_many_steps_as_a_byte_can_count(self):
        hits = find_surface(ball, ORIGINS, DIRECTIONS, 0, 4, n_steps=np.uint8(255))
        np.testing.assert_allclose(hits.distance, 2 - np.sqrt(1 - ORIGINS[:, 1]**2), rtol=1e-7)


def network(value=None, layer="shape_head", index=(0, 0), **options):
    shape = TexturedShape(8, 2, frequencies=1, rng=0, **options)
    if value is not None:
        module = shape
        for name in layer.split("."):
            module = module[int(name)] if name.isdigit() else getattr(module, name)
        module.weight.data[index] = value
    return shape


LAYERS = ["shape_head", "trunk.1", "trunk.3", "colour_head.0", "colour_head.2"]


class TestWeights:
    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
    @pytest.mark.parametrize("layer", LAYERS)
    def test_a_picture_names_the_weight(self, layer, value):
        shape = network(value, layer)
        with pytest.raises(ValueError, match=rf"1 of the \d+ numbers of the network's {layer}.weigh"
                                             r"t is NaN or infinite, the first at \(0, 0\)"):
            render(shape, CAMERA)

    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
    @pytest.mark.parametrize("layer", LAYERS)
    def test_so_does_training_and_leaves_the_others_as_they_are(self, layer, value):
        shape = network(value, layer)
        before = shape.state_dict()
        with pytest.raises(ValueError, match=f"of the network's {layer}.weight is NaN or infinite"):
            fit_views(shape, views(), Schedule(n_batches=1, n_rays=8), rng=0)
        for name, array in shape.state_dict().items():
            np.testing.assert_array_equal(array, before[name])

    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
    @pytest.mark.parametrize("layer", LAYERS[:3])
    def test_so_do_the_search_and_the_field(self, layer, value):
        occupancy = network(value, layer).occupancy
        rays = np.array([[-2.0, 0, 0]]), np.array([[1.0, 0, 0]])
        for call in (lambda: find_surface(occupancy, *rays, 0, 4),
                     lambda: evaluate_field(occupancy, np.zeros((1, 3)))):
            with pytest.raises(ValueError, match=r"of the network's \d.weight is NaN or infinite"):
                call()

    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
    @pytest.mark.parametrize("layer", LAYERS[:3])
    def test_gradient_and_depth_count_the_points(self, layer, value):
        # With ReLUs a weight of -inf may well give a finite f; its gradient then is 0 times inf.
        occupancy = network(value, layer).occupancy
        points = np.full((2, 3), 0.3)
        for call in (lambda: spatial_gradient(occupancy, points),
                     lambda: implicit_depth(occupancy, points.astype(np.float32),
                                            np.ones((2, 3), np.float32), np.zeros(2), floor=1)):
            with pytest.raises(ValueError, match=r"NaN or infinite at 2 of 2 points, the first at"):
                call()

    def test_finite_weights_that_overflow_are_no_picture(self):
        shape = network()
        for layer in (shape.trunk[1], shape.trunk[3], shape.shape_head):
            layer.weight.data[...] = np.where(np.arange(layer.weight.shape[1]) % 2, 3e38, -3e38)
        with pytest.raises(ValueError, match=r"f is NaN at \d+ of 120 points, the first on ray"):
            render(shape, CAMERA)


class Breaks(nn.Module):
    """-|x| + 1, NaN where y is 1; its gradient there is a number."""

    def __init__(self):
        self.weight = nn.Parameter(np.ones(1))

    def forward(self, points):
        x, y = points[:, :1], points[:, 1:]
        return 1 - x.abs() * self.weight + np.where(y.detach().numpy() == 1, np.nan, 0.0)


def test_a_gradient_beside_a_value_that_is_nan_is_refused():
    points = np.array([[0.5, 0.0], [0.5, 1.0], [-0.5, 1.0]])
    np.testing.assert_array_equal(spatial_gradient(Breaks(), points[:1]), [[-1, 0]])
    with pytest.raises(ValueError, match=r"at 2 of 3 points, the first at \[0.5, 1.0\]"):
        spatial_gradient(Breaks(), points)
    with pytest.raises(ValueError, match="at 2 of 3 points"):
        implicit_depth(Breaks(), points, np.ones((3, 2)), np.zeros(3))


@pytest.mark.parametrize("name, value, message", [
    ("origins", np.nan, r"1 of the 6 numbers of origins is NaN or infinite, the first at \(2, 1\)"),
    ("directions", np.inf, "1 of the 6 numbers of directions is NaN or infinite"),
    ("distances", np.nan, "1 of the 3 numbers of distances is NaN or infinite, the first at 2")])
def test_a_depth_of_rays_that_are_not_finite_is_refused(name, value, message):
    arguments = {"origins": ORIGINS, "directions": DIRECTIONS, "distances": np.ones(3)}
    changed = arguments[name] = arguments[name].copy()
    changed[(2, 1)[:changed.ndim]] = value
    with pytest.raises(ValueError, match=message):
        implicit_depth(nn.Linear(2, 1, dtype=np.float64, rng=0), **arguments)


class TestSecantStep:
    @pytest.mark.parametrize("value", [np.nan, np.inf])
    def test_a_value_that_is_not_finite_is_no_step(self, value):
        with pytest.raises(ValueError, match=r"f\(d1\) is NaN or infinite"):
            secant_step(lambda d: value if d == 2 else d, 1.0, 2.0)
        with pytest.raises(ValueError, match=r"1 of the 2 numbers of f\(d0\) is .* the first at 1"):
            secant_step(lambda d: np.where(d == 2, value, d), np.array([1.0, 2]), np.ones(2))

    def test_distances_that_are_not_finite_are_refused(self):
        with pytest.raises(ValueError, match="d0 is NaN or infinite"):
            secant_step(lambda d: d, np.nan, 1.0)
        with pytest.raises(ValueError, match=r"d1 must have the shape \(2,\), got \(3,\)"):
            secant_step(lambda d: d, np.zeros(2), np.ones(3))

    @pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.float16])
    def test_small_numbers_do_not_wrap(self, dtype):
        # The line through (100, 10) and (3, 107) falls by 1 a step, and is 0 at 110.
        step = secant_step(lambda d: np.where(d == 100, 10, 107).astype(dtype),
                           np.array([100], dtype), np.array([3], dtype))
        assert step.tolist() == [110.0]

    @pytest.mark.parametrize("gives", [None, "x", [1.0, 2.0], 1j])
    def test_what_f_gives_must_be_numbers(self, gives):
        with pytest.raises((TypeError, ValueError), match=r"f\(d0\) must"):
            secant_step(lambda d: gives, 1.0, 2.0)


class TestBox:
    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
    def test_rays_that_are_not_finite_neither_meet_nor_miss_it(self, value):
        origins, directions = np.zeros((4, 3)), np.ones((4, 3))
        for name, array in (("origins", origins), ("directions", directions)):
            kept, array[2, 1] = array[2, 1], value
            with pytest.raises(ValueError, match=rf"1 of the 12 numbers of {name} is NaN or infinit"
                                                 r"e, the first at \(2, 1\)"):
                box_interval(origins, directions)
            array[2, 1] = kept

    def test_a_ray_beside_the_box_misses_it_by_finite_numbers(self):
        # Along an axis outside of the box there is no plane to meet: infinity must not come out.
        near, far = box_interval(np.array([[-2.0, 0.7, 0]]), np.array([[1.0, 0, 0]]))
        assert near[0] > far[0] and np.isfinite([near, far]).all()

    def test_a_camera_beside_the_box_takes_an_empty_picture(self):
        camera = Camera.look_at((-2, 0, 0.7), (0, 0, 0.7), field_of_view=1, size=(3, 3))
        assert not camera.rays()[1][4][1:].any()  # the middle one is along x
        assert not render(network(), camera).mask.any()

    @pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.float16, np.uint64])
    def test_small_numbers_do_not_wrap(self, dtype):
        near, far = box_interval(np.array([[0, 0, 0]], dtype), np.array([[1, 0, 0]], dtype),
                                 (np.array([100, 0, 0]) - 0.5, np.array([200, 1, 1]) + 0.5))
        assert (near.tolist(), far.tolist()) == ([99.5], [200.5])

    def test_tiny_and_huge_directions(self):
        directions = np.array([[1e-300, 0, 0], [1e300, 0, 0]])
        near, far = box_interval(np.array([[-2.0, 0, 0]] * 2), directions)
        np.testing.assert_allclose(near, [1.5e300, 1.5e-300])
        np.testing.assert_allclose(far, [2.5e300, 2.5e-300])


def views():
    masks = np.hypot(*CAMERA.pixel_centres().T - np.array([[2.5], [3.0]])).reshape(1, 6, 5) < 2
    return ViewRays([CAMERA], np.full((1, 6, 5, 3), 0.5), masks)


class TestLearning:
    def some_rays(self):
        return Rays(np.array([[0.0, -2, 0], [0.1, -2, 0]]), np.array([[0.0, 1, 0]] * 2),
                    np.full(2, 1.5), np.full(2, 2.5), np.zeros((2, 3)), np.array([True, True]))

    def test_a_colour_that_is_nan_has_no_loss(self):
        shape = network(np.nan, "colour_head.2", dtype=np.float64)
        points = LossPoints(np.array([1]), np.array([2.0]), np.zeros((0, 3)), np.zeros((0, 3)))
        with pytest.raises(ValueError, match=r"the colour is NaN at 1 of 1 points, the first on ray"
                                             r" 1 at \[0.1, 0.0, 0.0\]"):
            render_loss(shape, self.some_rays(), points, LossWeights(floor=1.0))

    def test_a_search_names_the_ray(self):
        shape = network(np.nan, dtype=np.float64)
        with pytest.raises(ValueError, match="f is NaN at 8 of 8 points, the first on ray 0"):
            choose_points(shape, self.some_rays(), n_steps=4)

    def test_training_that_diverges_ends_in_an_error(self):
        shape = network()

        def explode(batch):
            if batch == 2:
                shape.shape_head.weight.data[0, 0] = np.inf

        with pytest.raises(ValueError, match=r"f is NaN at \d+ of 32 points, the first on ray"):
            fit_views(shape, views(), Schedule(n_batches=9, n_rays=8), rng=0, watch=explode)
