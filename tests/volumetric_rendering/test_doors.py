"""What a public function asks of its arguments: numbers that would wrap, sizes, kinds, copies."""

from dataclasses import FrozenInstanceError

import numpy as np
import pytest

from minicv import nn
from minicv.occupancy_network import OccupancyNetwork
from minicv.volumetric_rendering import (
    Camera,
    LossWeights,
    PositionalEncoding,
    Schedule,
    TexturedShape,
    ViewRays,
    box_interval,
    find_surface,
    fit_views,
    implicit_depth,
    render,
    secant_step,
    spatial_gradient,
)

CAMERA = Camera.look_at((0, -2, 0), (0, 0, 0), field_of_view=30, size=(8, 8))
MASK = np.hypot(*CAMERA.pixel_centres().T - 4).reshape(1, 8, 8) < 2
VIEWS = ViewRays([CAMERA], np.zeros((1, 8, 8, 3)), MASK)


def assert_refused(call, *words):
    """The message of the error that a call ends in, which has all the words."""
    with pytest.raises((ValueError, TypeError)) as error:
        call()
    for word in words:
        assert word in str(error.value)


def test_a_camera_cannot_be_moved_by_what_it_gives():
    CAMERA.centre[:] = 7
    assert CAMERA.centre.tolist() == [0, -2, 0]


def test_a_camera_of_as_many_pixels_as_fit():
    assert Camera(np.eye(3), np.eye(4), (2**11, 2**11)).size == (2048, 2048)
    assert Camera(np.eye(3), np.eye(4), 5).size == (5, 5)
    assert all(type(side) is int for side in Camera(np.eye(3), np.eye(4), np.uint8([4, 9])).size)


@pytest.mark.parametrize("entry, value", [
    ((0, 1), 0.1), ((1, 0), 0.1), ((2, 0), 0.1), ((2, 1), 0.1), ((2, 2), 2), ((0, 0), 0),
    ((1, 1), 0), ((1, 1), 1e-13)])
def test_each_entry_of_the_intrinsics_counts(entry, value):
    intrinsics = np.eye(3)
    intrinsics[entry] = value
    assert_refused(lambda: Camera(intrinsics, np.eye(4), (4, 4)),
                   "[[fx, 0, cx], [0, fy, cy], [0, 0, 1]]")


def test_the_smallest_and_the_largest_number_of_a_camera():
    intrinsics = np.array([[1e-12, 0, 1e12], [0, 1e12, -1e12], [0, 0, 1]])
    np.testing.assert_array_equal(Camera(intrinsics, np.eye(4), (4, 4)).intrinsics, intrinsics)


@pytest.mark.parametrize("entry", [(3, 0), (3, 1), (3, 2), (3, 3), (0, 1), (2, 2)])
def test_each_entry_of_the_pose_counts(entry):
    pose = np.eye(4)
    pose[entry] += 1e-3
    assert_refused(lambda: Camera(np.eye(3), pose, (4, 4)), "R R^T = 1 and det R = 1")


def test_pixels_and_points_that_are_no_numbers_are_refused():
    assert_refused(lambda: CAMERA.rays([[0, np.nan]]), "numbers of pixels is NaN", "(0, 1)")
    assert_refused(lambda: CAMERA.project([[0, 0, np.inf]]),
                   "numbers of points is NaN or inf", "(0, 2)")
    assert_refused(lambda: CAMERA.project([["a", "b", "c"]]), "points must be real numbers")
    assert_refused(lambda: CAMERA.project(np.zeros((1, 3)) + 1e13), "further from 0 than 1e+12")


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.float16])
def test_small_numbers_do_not_wrap_in_a_camera(dtype):
    camera = Camera(np.diag(np.array([100, 100, 1], dtype)), np.eye(4, dtype=dtype), (4, 4))
    pixels, depths = camera.project(np.array([[100, 50, 100]], dtype))
    assert (pixels.tolist(), depths.tolist()) == ([[100, 50]], [100])
    directions = camera.rays(np.array([[100, 0]], dtype))[1]
    np.testing.assert_allclose(directions, [[np.sqrt(0.5), 0, np.sqrt(0.5)]])


def test_a_point_just_in_front_of_the_camera_is_infinitely_far_aside():
    pixels, depths = Camera(np.eye(3), np.eye(4), (4, 4)).project([[1, 0, 1e-310]])
    assert pixels.tolist() == [[np.inf, 0]] and depths[0] > 0


@pytest.mark.parametrize("change, words", [
    ({"n_steps": 10_001}, "n_steps must be at least 1 and at most 10000"),
    ({"n_steps": 10**30}, "n_steps must be"), ({"n_steps": 4.0}, "n_steps must be a whole number"),
    ({"n_secant": 10_001}, "n_secant must be at least 0 and at most 10000"),
    ({"f": None}, "f must be a function, got None"), ({"level": "0"}, "level must be a number"),
    ({"origins": [["a", "b"]]}, "origins must be real numbers")])
def test_a_search_that_cannot_be_is_refused(change, words):
    arguments = {"f": lambda points: points[:, 0], "origins": np.zeros((1, 2)),
                 "directions": np.ones((1, 2)), "near": 0, "far": 1}
    assert_refused(lambda: find_surface(**arguments | change), words)


@pytest.mark.parametrize("change, words", [
    ({"network": OccupancyNetwork(4, 0, rng=0)}, "network must be a TexturedShape"),
    ({"camera": "front"}, "camera must be a Camera, got 'front'"),
    ({"n_steps": 0}, "n_steps must be at least 1"), ({"n_secant": -1}, "n_secant must be"),
    ({"bounds": (1, 0)}, "bounds must have low below high")])
def test_a_picture_that_cannot_be_is_refused(change, words):
    arguments = {"network": TexturedShape(4, 1, rng=0), "camera": CAMERA}
    assert_refused(lambda: render(**arguments | change), words)


@pytest.mark.parametrize("n_steps", [np.uint8(255), np.int8(127)])
def test_a_picture_by_as_many_steps_as_a_byte_can_count(n_steps):
    network = TexturedShape(4, 1, frequencies=0, rng=0)
    network.shape_head.bias.data -= network.occupancy(np.zeros((1, 3), np.float32)).item()
    picture = render(network, CAMERA, n_steps=n_steps, n_secant=n_steps)
    for ours, expected in zip(picture, render(network, CAMERA, n_steps=int(n_steps), n_secant=40)):
        np.testing.assert_allclose(ours, expected, atol=1e-5)


@pytest.mark.parametrize("change, words", [
    ({"network": nn.MLP(3, 4, 1, rng=0)}, "network must be a TexturedShape"),
    ({"views": [CAMERA]}, "views must be a ViewRays"), ({"schedule": 5}, "schedule must be a Sch"),
    ({"weights": 1.0}, "weights must be a LossWeights"), ({"watch": 1}, "watch must be a function"),
    ({"rng": -1}, "rng must be at least 0")])
def test_training_that_cannot_be_is_refused(change, words):
    arguments = {"network": TexturedShape(4, 1, rng=0), "views": VIEWS, "schedule": Schedule(1, 8)}
    assert_refused(lambda: fit_views(**arguments | change), words)


@pytest.mark.parametrize("change, words", [
    ({"cameras": CAMERA}, "cameras must be a list"), ({"cameras": ["a"]}, "each camera must be a"),
    ({"masks": MASK[0]}, "masks must have the shape (1, 8, 8)"),
    ({"images": np.zeros((1, 8, 8))}, "images must have the shape (1, 8, 8, 3), got (1, 8, 8)"),
    ({"images": np.full((1, 8, 8, 3), -0.1)}, "images (uint8, or floats from 0 to 1) are below 0"),
    ({"dtype": int}, "dtype must be"), ({"dtype": np.float16}, "dtype must be"),
    ({"bounds": (0, 0)}, "bounds must have low below high")])
def test_views_that_cannot_be_are_refused(change, words):
    arguments = {"cameras": [CAMERA], "images": np.zeros((1, 8, 8, 3)), "masks": MASK}
    assert_refused(lambda: ViewRays(**arguments | change), words)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_views_are_of_the_dtype_that_is_asked_for(dtype):
    images = np.full((1, 8, 8, 3), 51, np.uint8)
    rays = ViewRays([CAMERA], images, MASK, dtype=dtype).rays
    assert {entry.dtype for entry in rays[:5]} == {np.dtype(dtype)} and rays.mask.dtype == bool
    assert (rays.colours == dtype(51 / 255)).all()


@pytest.mark.parametrize("make", [
    lambda: TexturedShape(hidden_size=0), lambda: TexturedShape(hidden_size=10**9),
    lambda: TexturedShape(hidden_size=4097), lambda: TexturedShape(n_hidden=65),
    lambda: TexturedShape(frequencies=-1),
    lambda: TexturedShape(frequencies=17), lambda: PositionalEncoding(17),
    lambda: TexturedShape(rng=-1), lambda: PositionalEncoding(1, n_inputs=0),
    lambda: PositionalEncoding(1, n_inputs=1001)])
def test_a_network_that_cannot_be_is_refused(make):
    assert_refused(make, "must be at least")


@pytest.mark.parametrize("points, words", [
    (np.zeros((2, 3), int), "points must be floats, got int64"),
    (np.zeros((2, 4)), "points must have the shape (N, 3), got (2, 4)"),
    (np.zeros(3), "points must have the shape (N, 3), got (3,)")])
def test_points_that_have_no_waves_are_refused(points, words):
    assert_refused(lambda: PositionalEncoding(2)(points), words)


def test_the_waves_of_what_is_not_finite_are_not_either():
    waves = PositionalEncoding(1, n_inputs=2)(np.array([[np.nan, 0], [0, np.inf]])).numpy()
    assert np.isnan(waves).any(axis=1).all()


class TestNumbersThatWouldWrap:
    def test_a_schedule_counts_in_python_s_numbers(self):
        schedule = Schedule(np.uint8(255), np.int8(127), np.uint8(255),
                            np.float16(1e-3), np.float16(1e-4))
        assert schedule.n_steps(254) + 1 == 511
        assert schedule.lr(254) == pytest.approx(1e-4, rel=1e-2)
        assert {type(value) for value in vars(schedule).values()} == {int, float}

    def test_what_was_checked_cannot_be_replaced(self):
        for made, name in ((LossWeights(), "colour"), (Schedule(), "n_batches")):
            with pytest.raises(FrozenInstanceError):
                setattr(made, name, -1)

    def test_weights_are_python_s_numbers(self):
        weights = LossWeights(np.uint8(20), np.float16(2))
        assert {type(value) for value in vars(weights).values()} == {float}

    def test_a_batch_has_at_most_a_million_rays(self):
        assert Schedule(n_rays=2**20).n_rays == 2**20
        assert_refused(lambda: Schedule(n_rays=2**20 + 1), "n_rays must be at least 1 and at most")

    @pytest.mark.parametrize("batch", [-1, 10, 1.0])
    def test_a_batch_that_is_not_scheduled_is_refused(self, batch):
        assert_refused(lambda: Schedule(10).lr(batch), "batch must be")
        assert_refused(lambda: Schedule(10).n_steps(batch), "batch must be")


def test_the_largest_weights_and_rates_that_may_be():
    assert LossWeights(colour=1e6).colour == 1e6
    assert Schedule(10**9, lr_first=1e3, lr_last=1e3).lr(10**9 - 1) == 1e3
    assert_refused(lambda: LossWeights(colour=1e6 + 0.5),
                   "colour must be at least 0 and at most 1e+06")
    assert_refused(lambda: Schedule(10**9 + 1), "n_batches must be at least 1 and at most 1")
    assert_refused(lambda: Schedule(lr_first=1000.5), "lr_first must be above 0 and at most 1000")
    assert_refused(lambda: Schedule(lr_last=1000.5), "lr_last must be above 0 and at most 1000")


def test_a_network_of_one_unit_and_a_picture_without_refinement_are_possible():
    network = TexturedShape(hidden_size=1, n_hidden=1, frequencies=0, rng=0)
    assert render(network, CAMERA, n_steps=1, n_secant=0).colours.shape == (8, 8, 3)


@pytest.mark.parametrize("call, words", [
    (lambda: secant_step("f", 0.0, 1.0), "f must be a function"),
    (lambda: spatial_gradient("network", np.zeros((1, 2))), "network must be a Module"),
    (lambda: implicit_depth(nn.Linear(1, 1, rng=0), np.zeros((1, 1), np.float32),
                            np.ones((1, 1), np.float32), np.ones(1), newton="no"),
     "newton must be True or False")])
def test_what_a_search_is_made_of_is_refused_by_name(call, words):
    assert_refused(call, words)


@pytest.mark.parametrize("rows, words", [
    (slice(1, 6), "most pixels of the object look past the box"),  # 16 of 40 look into it
    (slice(2, 6), "some near it that do not")])  # 16 of 32
def test_at_least_half_of_the_object_is_in_its_box(rows, words):
    mask = np.zeros((1, 8, 8), bool)
    mask[0, rows] = True
    seen = np.less(*box_interval(*CAMERA.rays(), (-0.199, 0.199)))
    assert (seen.sum(), (seen & mask.ravel()).sum()) == (16, 16)
    assert_refused(lambda: ViewRays([CAMERA], np.zeros((1, 8, 8, 3)), mask,
                                    bounds=(-0.199, 0.199)), words)
