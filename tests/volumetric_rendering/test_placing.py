"""Poses of other conventions, and where the object is."""

import numpy as np
import pytest

from minicv.volumetric_rendering import Camera
from minicv.volumetric_rendering.placing import (
    CONVENTIONS,
    _in_mask,
    _meeting_point,
    find_convention,
    into_cube,
    seen_bounds,
)

TURN = np.diag([1.0, -1, -1, 1])


def views_of_a_ball(centre=(0.0, 0, 0), radius=0.4, n=6, aside=0.2, size=(40, 50)):
    """Intrinsics, poses and masks; the cameras look a little beside the ball."""
    rng = np.random.default_rng(0)
    intrinsics, poses, masks = [], [], []
    for angle in np.linspace(0, 5, n):
        eye = centre + 6 * radius * np.array([np.cos(angle), np.sin(angle), 0.5])
        target = centre + aside * radius * rng.uniform(-1, 1, 3)
        camera = Camera.look_at(eye, target, field_of_view=40, size=size)
        origins, directions = camera.rays()
        miss = np.linalg.norm(np.cross(directions, centre - origins), axis=1)
        intrinsics.append(camera.intrinsics)
        poses.append(camera.pose)
        masks.append((miss < radius).reshape(size))
    return np.stack(intrinsics), np.stack(poses), np.stack(masks)


STORED = {  # how a program of each convention would have stored our poses
    "camera to world, OpenCV's axes": lambda poses: poses,
    "camera to world, OpenGL's axes (Blender's)": lambda poses: poses @ TURN,
    "world to camera, OpenCV's axes": lambda poses: np.linalg.inv(poses),
    "world to camera, OpenGL's axes (Blender's)": lambda poses: TURN @ np.linalg.inv(poses),
}


@pytest.mark.parametrize("name", STORED)
@pytest.mark.parametrize("centre", [(0, 0, 0), (30, -5, 2)])
def test_each_convention_is_recognised_and_converted(name, centre):
    intrinsics, poses, masks = views_of_a_ball(centre)
    found, converted = find_convention(intrinsics, STORED[name](poses), masks)
    assert found == name
    np.testing.assert_allclose(converted, poses, atol=1e-9)
    assert list(STORED) == list(CONVENTIONS)


def test_poses_that_do_not_belong_to_the_pictures_are_refused():
    intrinsics, poses, masks = views_of_a_ball()
    rng = np.random.default_rng(1)
    for pose in poses:
        pose[:3, :3] = np.linalg.qr(rng.normal(size=(3, 3)))[0]
        pose[:3, 0] *= np.linalg.det(pose[:3, :3])
    with pytest.raises(ValueError, match="do the poses belong to the pictures"):
        find_convention(intrinsics, poses, masks)


@pytest.mark.parametrize("centre, radius", [((0, 0, 0), 0.4), ((10, -3, 7), 2.6)])
def test_the_bounds_hold_the_ball_and_little_more(centre, radius):
    low, high = seen_bounds(*views_of_a_ball(np.array(centre, float), radius, n=12))
    assert (low <= np.array(centre) - 0.97 * radius).all()
    assert (high >= np.array(centre) + 0.97 * radius).all()
    assert (high - low).max() < 2.8 * radius  # the hull of cameras in a ring, all from above


def test_masks_that_agree_nowhere_are_refused():
    intrinsics, poses, masks = views_of_a_ball(n=12, size=(200, 250))
    masks[0] = False
    masks[0, 90:110, :10] = True  # beside where the others see the ball
    with pytest.raises(ValueError, match="no point is inside all masks"):
        seen_bounds(intrinsics, poses, masks)


def test_moved_cameras_see_the_moved_object_in_the_same_pixels():
    intrinsics, poses, masks = views_of_a_ball((5, 6, 7), 2.0)
    moved, centre, scale = into_cube(poses, [3, 4, 5], [7, 8, 9], side=0.8)
    assert centre.tolist() == [5, 6, 7] and scale == 0.2
    points = np.random.default_rng(0).uniform(4, 8, (20, 3))
    for matrix, before, after in zip(intrinsics, poses, moved):
        pixels, depths = Camera(matrix, before, (40, 50)).project(points)
        again, smaller = Camera(matrix, after, (40, 50)).project(scale * (points - centre))
        np.testing.assert_allclose(again, pixels, atol=1e-9)
        np.testing.assert_allclose(smaller, scale * depths, atol=1e-12)


@pytest.mark.parametrize("spoil, words", [
    (lambda K, poses, masks: masks.__setitem__(1, False), "1 of the 6 masks .* first at 1"),
    (lambda K, poses, masks: poses.__setitem__((2, 0, 0), 3.0), "R R.T = 1.*first at 2"),
    (lambda K, poses, masks: poses.__setitem__((4, 3, 0), 1.0), "0, 0, 0, 1.*first at 4"),
    (lambda K, poses, masks: poses[1].__imul__([-1, 1, 1, 1]), "det R = 1, the first at 1"),
    (lambda K, poses, masks: K.__setitem__((5, 0, 1), 0.1), "intrinsics is not .*first at 5"),
    (lambda K, poses, masks: K.__setitem__((0, 0, 0), -1.0), "positive fx and fy, the first at 0"),
    (lambda K, poses, masks: K.__setitem__((3, 1, 1), 0.0), "positive fx and fy, the first at 3"),
    (lambda K, poses, masks: poses.__setitem__((0, 0, 3), np.nan), "poses is NaN"),
])
def test_what_is_wrong_is_named(spoil, words):
    views = views_of_a_ball()
    spoil(*views)
    with pytest.raises(ValueError, match=words):
        find_convention(*views)


def test_poses_written_with_five_digits_are_poses():
    intrinsics, poses, masks = views_of_a_ball(n=12)
    rounded = np.round(poses, 5)
    off = np.abs(rounded[:, :3, :3] @ rounded[:, :3, :3].swapaxes(1, 2) - np.eye(3)).max()
    assert 1e-6 < off < 1e-4
    np.testing.assert_array_equal(find_convention(intrinsics, rounded, masks)[1], rounded)
    np.testing.assert_allclose(seen_bounds(intrinsics, rounded, masks),
                               seen_bounds(intrinsics, poses, masks), atol=1e-3)


def test_one_view_alone_says_nothing():
    with pytest.raises(ValueError, match="two views"):
        find_convention(*[part[:1] for part in views_of_a_ball()])


def test_two_views_are_enough():
    two = [part[[0, 2]] for part in views_of_a_ball()]
    assert find_convention(*two)[0] == "camera to world, OpenCV's axes"
    low, high = seen_bounds(*two)
    assert (low < -0.4).all() and (high > 0.4).all()


def test_poses_in_another_order_than_the_pictures_are_refused():
    intrinsics, poses, masks = views_of_a_ball(aside=1.2, size=(60, 60))
    with pytest.raises(ValueError, match="in this order"):
        find_convention(intrinsics, poses, np.roll(masks, 1, axis=0))


def all_around(centre, radius, size=120):
    """As `views_of_a_ball`, from 20 directions of all heights, far enough off for rays to be
    nearly parallel; the ball is far from the middle of the pictures."""
    rng = np.random.default_rng(3)
    views = []
    for away in rng.normal(size=(20, 3)):
        eye = centre + 30 * radius * away / np.linalg.norm(away)
        camera = Camera.look_at(eye, centre + rng.uniform(-3, 3, 3) * radius, field_of_view=20,
                                size=(size, size))
        directions = camera.rays()[1]
        miss = np.linalg.norm(np.cross(directions, centre - eye), axis=1)
        views.append((camera.intrinsics, camera.pose, (miss < radius).reshape(size, size)))
    return [np.stack(part) for part in zip(*views)]


def test_from_all_sides_the_bounds_are_those_of_the_ball():
    centre = np.array([10.0, -3, 7])
    low, high = seen_bounds(*all_around(centre, 2.0))
    # A pixel is 0.09 wide there, a cell of the grid of 64 a little less.
    np.testing.assert_allclose(low, centre - 2, atol=0.2)
    np.testing.assert_allclose(high, centre + 2, atol=0.2)


def test_the_rays_through_the_middles_of_the_masks_meet_in_the_ball():
    centre = np.array([10.0, -3, 7])
    point, away = _meeting_point(*all_around(centre, 2.0))
    np.testing.assert_allclose(point, centre, atol=0.03)
    assert away.max() < 0.1


def test_a_point_is_in_the_mask_or_beside_it_or_out_of_the_picture():
    camera = Camera([[1, 0, 0], [0, 1, 0], [0, 0, 1]], np.eye(4), (2, 3))
    mask = np.array([[True, False, True], [False, True, True]])
    points = [(0.5, 0.5), (2.5, 0.5), (0, 0), (2.99, 1.99),  # in it
              (1.5, 0.5), (0.5, 1.5), (0.99, 1),  # beside it
              (-0.1, 0.5), (0.5, -0.1), (3, 1.5), (1.5, 2), (-1, 1.5), (9, 9)]  # out
    inside, outside = _in_mask(camera, mask, np.array([(x, y, 1) for x, y in points]))
    assert inside.tolist() == [True] * 4 + [False] * 9
    assert outside.tolist() == [False] * 4 + [True] * 3 + [False] * 6
    inside, outside = _in_mask(camera, mask, np.array([(0, 0, 0), (0, 0, -1.0), (0, 0, 0.5)]))
    assert (inside.tolist(), outside.tolist()) == ([False, False, True], [True, True, False])


@pytest.mark.parametrize("resolution", [7, 257])
def test_a_grid_to_carve_has_a_size(resolution):
    with pytest.raises(ValueError, match="resolution must be at least 8 and at most 256"):
        seen_bounds(*views_of_a_ball(), resolution)


@pytest.mark.parametrize("low, high, side, words", [
    ([0, 0, 0], [1, 1, 1], 1.01, "side must be above 0 and at most 1"),
    ([-1.1e12, 0, 0], [1, 1, 1], 1, r"1 of .* \(low, high\)\[0\] is further from 0 than 1e.12"),
    ([0, 0, 0], [1, 1.1e12, 1], 1, r"1 of .* \(low, high\)\[1\] is further from 0 than 1e.12"),
    ([0, 0, 0], [1, 0, 1], 1, r"\(low, high\) must have low below high")])
def test_a_cube_that_cannot_be_filled(low, high, side, words):
    with pytest.raises(ValueError, match=words):
        into_cube([np.eye(4)], low, high, side)


@pytest.mark.parametrize("radius", [1e-3, 1e3])
def test_a_convention_is_recognised_however_near_the_cameras_are(radius):
    intrinsics, poses, masks = views_of_a_ball(radius=radius)
    assert find_convention(intrinsics, poses @ TURN, masks)[0] == list(STORED)[1]


def test_a_coarser_grid_moves_the_bounds_by_half_a_step_at_most():
    views = views_of_a_ball()
    fine, coarse = seen_bounds(*views, resolution=64), seen_bounds(*views, resolution=16)
    step = 2 * 1.3 * 0.5 / 15  # at least: nearer to a camera the ball of 0.4 looks larger
    assert np.abs(np.subtract(fine, coarse)).max() < 0.75 * step


@pytest.mark.parametrize("n_narrow, whole", [(2, True), (3, False)])
def test_what_half_of_the_cameras_see_is_there_if_the_others_look_past_it(n_narrow, whole):
    def view(eye, field_of_view):
        camera = Camera.look_at(eye, (0, 0, 0), field_of_view=field_of_view, size=(60, 60))
        miss = np.linalg.norm(np.cross(*camera.rays()), axis=1)
        return camera.intrinsics, camera.pose, (miss < 0.5).reshape(60, 60)

    wide = [view((4, 0, 0), 30), view((0, 4, 0), 30)]
    narrow = [view(eye, 3) for eye in ((0.1, 0, 4), (-0.1, 0, 4), (0, 0.1, 4))][:n_narrow]
    low, high = seen_bounds(*map(np.stack, zip(*wide, *narrow)))
    assert (high - low)[2] > 0.9 and ((high - low)[:2] > (0.9 if whole else 0.1)).all()
    assert whole or (high - low)[:2].max() < 0.4
