"""The camera, against closed forms: known pixels, the outline of a sphere, there and back."""

import numpy as np
import pytest

from minicv.volumetric_rendering import Camera, box_interval

K = np.array([[50.0, 0, 32], [0, 60.0, 24], [0, 0, 1]])


def some_camera():
    return Camera.look_at((1.5, -1.0, 0.7), (0.1, 0.2, -0.1), field_of_view=40, size=(48, 64))


class TestRays:
    def test_a_known_pixel_in_camera_axes(self):
        # Row 3, column 5: its centre is (5.5, 3.5), so x/z = (5.5 - 32)/50 and y/z = (3.5 - 24)/60.
        camera = Camera(K, np.eye(4), (48, 64))
        origins, directions = camera.rays()
        ray = directions[3 * 64 + 5]
        np.testing.assert_allclose(ray / ray[2], [-26.5 / 50, -20.5 / 60, 1], rtol=1e-14)
        assert not origins.any()

    def test_looking_along_y_the_right_edge_is_at_plus_x_and_the_lower_at_minus_z(self):
        # Field of view 90 degrees: the edges are at 45 degrees to the line of sight.
        camera = Camera.look_at((0, -3, 0), (0, 0, 0), field_of_view=90, size=(20, 20))
        origins, directions = camera.rays(np.array([[10, 10], [20, 10], [10, 20], [10, 0]]))
        half = np.sqrt(0.5)
        np.testing.assert_allclose(
            directions, [[0, 1, 0], [half, half, 0], [0, half, -half], [0, half, half]], atol=1e-15)
        np.testing.assert_array_equal(origins, [[0, -3, 0]] * 4)

    def test_directions_have_length_1(self):
        _, directions = some_camera().rays()
        np.testing.assert_allclose(np.linalg.norm(directions, axis=1), 1, rtol=1e-14)

    def test_there_and_back(self):
        camera = some_camera()
        pixels = np.random.default_rng(0).uniform(0, 48, (100, 2))
        distances = np.random.default_rng(1).uniform(0.1, 5, 100)
        origins, directions = camera.rays(pixels)
        back, depths = camera.project(origins + distances[:, None] * directions)
        np.testing.assert_allclose(back, pixels, rtol=1e-11)
        # The depth is the part of the distance along the line of sight.
        np.testing.assert_allclose(depths, distances * (directions @ camera.pose[:3, 2]),
                                   rtol=1e-12)

    def test_the_target_is_in_the_middle_of_the_picture(self):
        pixels, depths = some_camera().project(np.array([[0.1, 0.2, -0.1]]))
        np.testing.assert_allclose(pixels, [[32, 24]], rtol=1e-12)
        np.testing.assert_allclose(depths, np.linalg.norm([1.4, -1.2, 0.8]), rtol=1e-12)

    def test_up_is_up_in_the_picture(self):
        camera = some_camera()
        (low, high), _ = camera.project(np.array([[0.1, 0.2, -0.1], [0.1, 0.2, 0.1]]))
        assert high[1] < low[1]

    def test_a_point_behind_has_no_pixel(self):
        pixels, depths = Camera(K, np.eye(4), (48, 64)).project(np.array([[0, 0, -1.0]]))
        assert np.isnan(pixels).all() and depths[0] == -1


def test_the_outline_of_a_sphere():
    # Seen from the distance D, a ball of radius r in the middle fills the cone around the line of
    # sight with sin(angle) = r / D; its outline is a circle of radius f tan(angle) pixels.
    distance, radius = 3.0, 0.8
    camera = Camera.look_at((distance, 0, 0), (0, 0, 0), field_of_view=50, size=(101, 101))
    origins, directions = camera.rays()
    closest = origins - (origins * directions).sum(axis=1, keepdims=True) * directions
    on_ball = np.linalg.norm(closest, axis=1) < radius
    focal = camera.intrinsics[0, 0]
    outline = focal * np.tan(np.arcsin(radius / distance))
    from_middle = np.linalg.norm(camera.pixel_centres() - 50.5, axis=1)
    np.testing.assert_array_equal(on_ball, from_middle < outline)
    assert 0.1 < on_ball.mean() < 0.9


class TestBox:
    def test_agrees_with_samples(self):
        rng = np.random.default_rng(0)
        origins = rng.uniform(-2, 2, (300, 3))
        directions = rng.uniform(-0.5, 0.5, (300, 3)) - 0.5 * origins  # many of them meet it
        low, high = np.array([-0.5, -0.3, 0.1]), np.array([0.5, 0.6, 0.9])
        near, far = box_interval(origins, directions, (low, high))
        d = np.linspace(0, 4, 1001)[None, :, None]
        points = origins[:, None] + d * directions[:, None]
        inside = ((points >= low) & (points <= high)).all(axis=2)
        between = (d[..., 0] >= near[:, None]) & (d[..., 0] <= far[:, None])
        assert np.count_nonzero(near < far) > 30
        assert np.count_nonzero(inside != between) <= 2  # rounding at an end

    def test_rays_along_the_axes_and_within_a_face(self):
        origins = np.array([[-2.0, 0, 0], [-2, 0.5, 0], [-2, 0.6, 0]])
        near, far = box_interval(origins, np.array([[1.0, 0, 0]] * 3))
        assert (near[:2].tolist(), far[:2].tolist()) == ([1.5, 1.5], [2.5, 2.5])
        assert near[2] > far[2]

    def test_a_ray_does_not_go_backwards(self):
        near, far = box_interval(np.array([[0.0, 0, 0], [2, 0, 0]]), np.array([[1.0, 0, 0]] * 2))
        assert near[0] == 0 and far[0] == 0.5
        assert near[1] > far[1]


@pytest.mark.parametrize("intrinsics, pose, size, message", [
    (np.eye(4), np.eye(4), (4, 4), r"intrinsics must have the shape \(3, 3\), got \(4, 4\)"),
    (np.diag([0, 1, 1]), np.eye(4), (4, 4), "positive fx and fy"),  # singular
    (np.full((3, 3), np.nan), np.eye(4), (4, 4), "9 of the 9 numbers of intrinsics are NaN"),
    (np.diag([1, -1, 1]), np.eye(4), (4, 4), "positive fx and fy"),
    (K.T, np.eye(4), (4, 4), r"\[\[fx, 0, cx\]"),
    (K, np.eye(3), (4, 4), r"pose must have the shape \(4, 4\), got \(3, 3\)"),
    (K, np.diag([1, 1, -1, 1]), (4, 4), "det R = 1"),
    (K, np.diag([2, 2, 2, 1]), (4, 4), "R R\\^T = 1"),
    (K, np.full((4, 4), np.nan), (4, 4), "16 of the 16 numbers of pose are NaN or infinite"),
    (K, np.eye(4), (0, 4), "size must be at least 1"),
    (K, np.eye(4), (-1, 4), "size must be at least 1"),
    (K, np.eye(4), (10**6, 10**6), "at most 4,194,304 pixels, got 1000000 x 1000000"),
    (K, np.eye(4), (2**11, 2**11 + 1), "at most 4,194,304 pixels"),
    (K, np.eye(4), (10**400, 1), "at most 4,194,304 pixels"),
])
def test_what_is_no_camera_is_refused(intrinsics, pose, size, message):
    with pytest.raises(ValueError, match=message):
        Camera(intrinsics, pose, size)


@pytest.mark.parametrize("change, message", [
    ({"target": (0, -3, 0)}, "the same point"),
    ({"up": (0, 1, 0)}, "along the line of sight"),
    ({"field_of_view": 180}, "field_of_view must be .* below 180, got 180"),
    ({"field_of_view": 0}, "field_of_view must be at least 0.001"),
    ({"size": (10**400, 4)}, "size must be at least 1 and at most 4.1943e.06"),
])
def test_looking_nowhere_is_refused(change, message):
    arguments = {"eye": (0, -3, 0), "target": (0, 0, 0), "field_of_view": 60, "size": (4, 4)}
    with pytest.raises(ValueError, match=message):
        Camera.look_at(**arguments | change)


@pytest.mark.parametrize("call, message", [
    (lambda camera: camera.rays(np.zeros((2, 3))), r"pixels must have the shape \(N, 2\)"),
    (lambda camera: camera.project(np.zeros(3)), r"points must have the shape \(N, 3\)"),
])
def test_wrong_shapes_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(some_camera())


@pytest.mark.parametrize("bounds", [(0.5, -0.5), (0.0, np.nan), (0.0, np.inf), ((0, 0), (1, 1)),
                                    ((0, 0, 0), (1, 0, 1))])
def test_a_box_without_room_is_refused(bounds):
    with pytest.raises(ValueError, match=r"bounds must (be \(low,|have low)|bounds\[1\] is NaN"):
        box_interval(np.zeros((1, 3)), np.ones((1, 3)), bounds)


def test_rays_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"directions must have the shape \(2, 3\), got \(1, 3\)"):
        box_interval(np.zeros((2, 3)), np.ones((1, 3)))


def test_a_camera_stays_where_it_was_when_the_caller_s_arrays_change():
    intrinsics, pose = K.copy(), np.eye(4)
    camera = Camera(intrinsics, pose, (48, 64))
    intrinsics[0, 0], pose[0, 3] = 1, 1
    assert camera.intrinsics[0, 0] == 50 and camera.centre[0] == 0


def test_the_field_of_view_is_from_the_left_edge_to_the_right():
    camera = Camera.look_at((0, 0, 0), (0, 1, 0), field_of_view=90, size=(10, 20))
    pixels, _ = camera.project(np.array([[-1.0, 1, 0], [1, 1, 0]]))  # 45 degrees to both sides
    np.testing.assert_allclose(pixels, [[0, 5], [20, 5]], atol=1e-12)


def test_up_along_the_line_of_sight_is_refused_whatever_the_rounding():
    rng = np.random.default_rng(0)
    for _ in range(200):
        eye, forward = rng.integers(-9, 10, (2, 3)) / 10
        if forward.any():
            with pytest.raises(ValueError, match="along the line of sight"):
                Camera.look_at(eye, eye + forward, up=forward * rng.integers(1, 9) / 3,
                               field_of_view=30, size=(4, 4))


@pytest.mark.parametrize("arguments, message", [
    ({"eye": (np.nan, 0, 0)}, "numbers of eye is NaN"), ({"up": (0, 0, 0)}, "up is zero"),
    ({"target": (0, 0)}, r"target must have the shape \(3,\)"),
    ({"up": (1e13, 0, 0)}, "numbers of up is further from 0 than 1e\\+12"),
    ({"size": (4, 4, 3)}, "size must be"), ({"size": (4, 2.5)}, "size must be whole numbers")])
def test_what_nobody_can_look_with_is_refused(arguments, message):
    with pytest.raises((ValueError, TypeError), match=message):
        Camera.look_at(**{"eye": (1, 0, 0), "target": (0, 0, 0), "field_of_view": 30,
                          "size": (4, 4)} | arguments)


def test_a_point_beside_the_camera_has_no_pixel():
    pixels, depths = Camera(np.eye(3), np.eye(4), (4, 4)).project([[1, 2, 0], [0, 0, 0]])
    assert np.isnan(pixels).all() and depths.tolist() == [0, 0]


def test_the_upper_edge_is_towards_z_unless_said_otherwise():
    camera = Camera.look_at((3, 1, 2), (0, 0, 0), field_of_view=40, size=(4, 4))
    right, down, forward = camera.pose[:3, :3].T
    assert right[2] == 0 and down[2] < 0 and forward[2] < 0


def test_a_ray_within_a_face_is_in_the_box_and_one_beside_it_is_not():
    origins = np.array([[-0.4, -0.5, 0], [-0.4, 0.5, 0], [-0.4, -0.51, 0], [-0.4, 0.51, 0]])
    near, far = box_interval(origins, np.tile([1.0, 0, 0], (4, 1)))
    assert near.tolist() == [0, 0, 0, 0]
    np.testing.assert_allclose(far[:2], 0.9)
    assert (far[2:] < 0).all()
