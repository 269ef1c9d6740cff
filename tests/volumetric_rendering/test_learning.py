"""Which rays are drawn, how finely, how fast; and that a ball is learned from its pictures."""

import numpy as np
import pytest

from minicv import nn
from minicv.volumetric_rendering import (
    Camera,
    LossWeights,
    Schedule,
    TexturedShape,
    ViewRays,
    box_interval,
    fit_views,
    learning,
)
from minicv.volumetric_rendering.learning import (
    RenderHistory,
    choose_points,
    draw_rays,
    render_loss,
    render_step,
)
from minicv.volumetric_rendering.view_rays import NEAR_OUTLINE


def ball_views(n_views=12, size=(16, 16), radius=0.3):
    """Pictures of a ball in the middle: red where x > 0, blue elsewhere."""
    cameras, images, masks = [], [], []
    for angle in np.arange(n_views) * 2.4:
        eye = 2 * np.array([np.cos(angle), np.sin(angle), 0.5 * np.sin(2 * angle)])
        camera = Camera.look_at(eye, (0, 0, 0), field_of_view=32, size=size)
        origins, directions = camera.rays()
        along = (origins * directions).sum(axis=1)
        under_root = along**2 - (origins**2).sum(axis=1) + radius**2
        mask = under_root > 0
        distance = -along - np.sqrt(np.maximum(under_root, 0))
        red = (origins + distance[:, None] * directions)[:, 0] > 0
        image = np.where(red[:, None], [200, 30, 30], [30, 30, 200])
        image[~mask] = 255
        cameras.append(camera)
        images.append(image.reshape(*size, 3).astype(np.uint8))
        masks.append(mask.reshape(size))
    return cameras, np.stack(images), np.stack(masks)


class TestViewRays:
    def test_half_of_a_batch_shows_the_object_and_a_quarter_its_surroundings(self):
        cameras, images, masks = ball_views(n_views=4, size=(40, 40))
        views = ViewRays(cameras, images, masks)
        rays = draw_rays(views, 400, np.random.default_rng(0))
        assert rays.mask[:200].all() and not rays.mask[200:].any()
        # Pixels from the outline: project a point of the ray and compare with the ball's outline.
        outline = cameras[0].intrinsics[0, 0] * np.tan(np.arcsin(0.3 / 2))
        eyes = rays.origins[200:]
        cos = -(eyes * rays.directions[200:]).sum(axis=1) / np.linalg.norm(eyes, axis=1)
        # Cameras differ in distance (height), so allow a pixel or two.
        apart = cameras[0].intrinsics[0, 0] * np.tan(np.arccos(cos)) - outline
        assert (apart[:100] < NEAR_OUTLINE * 1.5 + 1).all()
        assert (apart[100:] > NEAR_OUTLINE / 2).all()

    def test_the_surroundings_are_those_of_the_same_view(self):
        # By brute force: pixels whose nearest one on the object is at most so many steps away.
        cameras, images, masks = ball_views(n_views=2)
        masks[0], masks[1] = False, False
        masks[0, 8, 8] = masks[1, 4:12, 6:14] = True
        rows, columns = np.mgrid[:16, :16]
        expected = []
        for camera, mask in zip(cameras, masks):
            steps = np.min([abs(rows - r) + abs(columns - c) for r, c in np.argwhere(mask)], axis=0)
            near, far = box_interval(*camera.rays())
            around = (steps > 0) & (steps <= NEAR_OUTLINE)
            expected.append(around.ravel()[near < far])
        views = ViewRays(cameras, images, masks)
        np.testing.assert_array_equal(views.groups[1], np.flatnonzero(np.concatenate(expected)))

    def test_a_ray_knows_the_colour_of_its_pixel_and_the_part_inside_the_cube(self):
        cameras, images, masks = ball_views()
        rays = ViewRays(cameras, images, masks).rays
        shown = rays.colours[rays.mask]
        assert {tuple(np.round(255 * colour).astype(int)) for colour in shown} == {
            (200, 30, 30), (30, 30, 200)}
        assert (rays.colours[~rays.mask] == 1).all()
        for ends in (rays.near, rays.far):
            points = rays.origins + ends[:, None] * rays.directions
            np.testing.assert_allclose(np.abs(points).max(axis=1), 0.5, atol=1e-6)

    def test_poses_of_another_convention_are_refused_with_the_axes_that_are_meant(self):
        # OpenGL's and Blender's cameras have y up and look along -z.
        cameras, images, masks = ball_views()
        flipped = [Camera(camera.intrinsics, camera.pose @ np.diag([1, -1, -1, 1]), camera.size)
                   for camera in cameras]
        with pytest.raises(ValueError, match="look past the box .* y down, z forward"):
            ViewRays(flipped, images, masks)

    def test_an_object_outside_of_its_box_is_refused(self):
        with pytest.raises(ValueError, match=r"look past the box \(0.4, 0.5\): is it there"):
            ViewRays(*ball_views(), bounds=(0.4, 0.5))

    def test_masks_that_fill_the_neighbourhood_leave_an_empty_group_to_the_one_before(self):
        cameras, images, masks = ball_views(size=(8, 8), radius=0.45)
        views = ViewRays(cameras, images, masks)
        np.testing.assert_array_equal(views.groups[2], views.groups[1])
        # The last quarter comes from around the outlines, not from the object.
        mask = draw_rays(views, 20, np.random.default_rng(0)).mask
        assert mask.tolist() == [True] * 10 + [False] * 10

    def test_masks_without_an_outline_are_heard_more_often_on_the_object(self):
        # One view shows nothing but the object, one nothing of it: no pixel is around an outline.
        cameras, images, masks = ball_views(n_views=2)
        masks[0], masks[1] = True, False
        views = ViewRays(cameras, images, masks)
        mask = draw_rays(views, 20, np.random.default_rng(0)).mask
        assert mask.tolist() == [True] * 15 + [False] * 5

    @pytest.mark.parametrize("change, message", [
        (lambda c, i, m: ([], i, m), r"cameras of one size, got 0 of \[\]"),
        (lambda c, i, m: (c, i[:3], m), r"got \(3, 16, 16, 3\)"),
        (lambda c, i, m: (c, i, m[:, :8]), r"masks must have the shape \(12, 16, 16\), got"),
        (lambda c, i, m: (c, i, m & False), "pixels that show the object"),
        (lambda c, i, m: (c, i, m | True), "that do not"),
        (lambda c, i, m: (c, i, m.astype(np.uint8)), "masks must be booleans"),
        (lambda c, i, m: (c, i.astype(np.int64), m), "from 0 to 1. must be floats, got int64"),
        (lambda c, i, m: (c, i / 254, m), "floats from 0 to 1"),
        (lambda c, i, m: (c, i * np.nan, m), "numbers of images are NaN"),
        (lambda c, i, m: (c[:-1] + ball_views(1, (8, 32))[0], i, m), "cameras of one size"),
    ])
    def test_views_without_what_is_needed_are_refused(self, change, message):
        with pytest.raises((ValueError, TypeError), match=message):
            ViewRays(*change(*ball_views()))


class TestTraining:
    schedule = Schedule(n_batches=250, n_rays=96, first_steps=12, lr_first=1e-2, lr_last=1e-3)

    def train(self, seed=0, watch=None, schedule=schedule, **weights):
        network = TexturedShape(24, 2, frequencies=2, rng=0)
        history = fit_views(network, ViewRays(*ball_views()), schedule, rng=seed,
                            weights=LossWeights(**weights), watch=watch)
        return network, history

    def test_a_ball_is_learned_from_its_pictures(self):
        network, history = self.train()
        axis = np.linspace(-0.45, 0.45, 20)
        grid = np.stack(np.meshgrid(axis, axis, axis), axis=-1).reshape(-1, 3)
        inside = network.occupancy(grid.astype(np.float32)).data[:, 0] > 0
        ball = np.linalg.norm(grid, axis=1) < 0.3
        assert np.count_nonzero(inside & ball) / np.count_nonzero(inside | ball) > 0.8
        red, blue = network.colour(np.array([[0.25, 0, 0], [-0.25, 0, 0]], np.float32)).data
        assert red[0] > 0.5 > red[2] and blue[2] > 0.5 > blue[0]
        assert np.mean(history.hit_share[-20:]) > 0.9

    def test_the_same_seed_gives_the_same_network(self):
        short = Schedule(n_batches=5, n_rays=32)
        (a, _), (b, _), (c, _) = (self.train(seed, schedule=short) for seed in (1, 1, 2))
        weights = [network.shape_head.weight.data for network in (a, b, c)]
        assert np.array_equal(weights[0], weights[1])
        assert not np.array_equal(weights[0], weights[2])

    def test_the_watcher_is_called_before_each_batch_and_at_the_end(self):
        seen = []
        _, history = self.train(watch=seen.append, schedule=Schedule(n_batches=3, n_rays=16))
        assert seen == [0, 1, 2, 3]
        assert len(history.colour) == len(history.hit_share) == 3

    def test_the_history_has_the_three_losses_and_the_share_of_rays_that_hit(self):
        network, _ = self.train(schedule=Schedule(n_batches=60, n_rays=96, lr_first=1e-2))
        rays = draw_rays(ViewRays(*ball_views()), 40, np.random.default_rng(0))
        history = RenderHistory()
        points = choose_points(network, rays, 8)
        loss = render_loss(network, rays, points, LossWeights())
        optimizer = nn.optim.Adam(network.parameters(), lr=1e-3)
        render_step(network, optimizer, rays, 8, LossWeights(), history)
        assert (history.colour, history.occupancy, history.freespace) == (
            [loss.colour], [loss.occupancy], [loss.freespace])
        assert len(points.hits) > 1
        assert history.hit_share == [len(points.hits) / rays.mask.sum()]

    def test_each_step_is_made_as_scheduled_and_with_shifted_samples(self, monkeypatch):
        steps = []

        def step(network, optimizer, rays, n_steps, weights, history):
            steps.append((n_steps, optimizer.lr, rays))

        monkeypatch.setattr(learning, "render_step", step)
        schedule = Schedule(n_batches=4, n_rays=64, first_steps=8)
        views = ViewRays(*ball_views())
        fit_views(TexturedShape(8, 1, frequencies=0, rng=0), views, schedule, rng=0)
        assert [n_steps for n_steps, _, _ in steps] == [8, 8, 16, 16]
        assert [lr for _, lr, _ in steps] == [schedule.lr(batch) for batch in range(4)]
        rng = np.random.default_rng(0)
        for n_steps, _, rays in steps:
            drawn = draw_rays(views, 64, rng)
            step = (drawn.far - drawn.near) / n_steps
            shift = drawn.near - rays.near
            rng.random(64, dtype=np.float32)
            assert (shift >= 0).all() and (shift <= step * 1.0001).all()
            assert 0.3 < np.mean(shift / step) < 0.7

    def test_no_sample_is_behind_the_camera(self, monkeypatch):
        nearest = []
        monkeypatch.setattr(learning, "render_step",
                            lambda network, optimizer, rays, *others: nearest.append(rays.near))
        views = ViewRays(*ball_views())
        views.rays = views.rays._replace(near=np.full_like(views.rays.near, 1e-3))
        fit_views(TexturedShape(8, 1, frequencies=0, rng=0), views, Schedule(n_batches=3), rng=0)
        assert np.min(nearest) == 0

    def test_a_loss_that_is_left_out_is_left_out(self):
        short = Schedule(n_batches=3, n_rays=16)
        _, full = self.train(schedule=short)
        _, less = self.train(schedule=short, freespace=0)
        assert all(full.freespace) and not any(less.freespace)


@pytest.mark.parametrize("change, message", [
    ({"colour": -1.0}, "colour must be at least 0 and at most 1e\\+06, got -1"),
    ({"occupancy": np.nan}, "occupancy must be .* got nan"),
    ({"freespace": np.inf}, "freespace must be .* got inf"),
    ({"sharpness": -1}, "sharpness must be"), ({"floor": np.nan}, "floor must be")])
def test_weights_that_weigh_nothing_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        LossWeights(**change)


def test_the_learning_rate_falls_by_a_constant_factor():
    schedule = Schedule(n_batches=5, lr_first=1.6, lr_last=0.1)
    assert [schedule.lr(batch) for batch in range(5)] == pytest.approx([1.6, 0.8, 0.4, 0.2, 0.1])
    assert Schedule(n_batches=1).lr(0) == Schedule().lr_first
    assert Schedule(n_batches=2, lr_last=0.001).lr(1) == pytest.approx(0.001)
    assert 1e-4 <= Schedule().lr_last < Schedule().lr_first <= 1e-2  # where Adam trains networks


@pytest.mark.parametrize("change, message", [
    ({"n_batches": 0}, "at least 1"), ({"n_rays": 0}, "at least 1"),
    ({"lr_first": 0.0}, "above 0"),
    ({"n_batches": 2.5}, "n_batches must be a whole number, got 2.5"),
    ({"n_rays": np.nan}, "n_rays must be a whole number"),
    ({"first_steps": 8.5}, "first_steps must be a whole number"),
    ({"first_steps": 0}, "first_steps must be at least 1"),
    ({"first_steps": 5001}, "first_steps must be at least 1 and at most 5000"),
    ({"lr_last": np.nan}, "lr_last must be a finite number")])
def test_a_schedule_that_cannot_be_is_refused(change, message):
    with pytest.raises((ValueError, TypeError), match=message):
        Schedule(**change)


def test_the_search_is_twice_as_fine_after_three_tenths_of_the_batches():
    for n_batches, coarse in ((10, 3), (9, 3), (1, 1)):
        schedule = Schedule(n_batches=n_batches, first_steps=8)
        assert [schedule.n_steps(batch) for batch in range(n_batches)] == (
            [8] * coarse + [16] * (n_batches - coarse))
