"""The render loss and the pictures: closed forms for a ball, differences for every parameter."""

import sys

import numpy as np
import pytest

from minicv import nn, no_grad
from minicv.autograd import Tensor
from minicv.volumetric_rendering import (
    Camera,
    LossWeights,
    Rays,
    TexturedShape,
    evaluate_field,
    find_surface,
    psnr,
    render,
)
from minicv.volumetric_rendering.learning import LossPoints, choose_points, render_loss


class BallShape(TexturedShape):
    """Inside within a radius of the origin; a stand-in for TexturedShape with known pictures."""

    def __init__(self, radius):
        self.radius = nn.Parameter(np.array(radius))

    @property
    def occupancy(self):
        return BallField(self.radius)

    def colour(self, points):
        return (points if isinstance(points, Tensor) else Tensor(points)) * 0.5 + 0.5


class BallField(nn.Module):
    def __init__(self, radius):
        self.radius = radius

    def forward(self, points):
        points = nn.Parameter(points) if isinstance(points, np.ndarray) else points
        return self.radius**2 - (points * points).sum(dim=1, keepdim=True)


class PlateauField(BallField):
    def forward(self, points):
        return super().forward(points).relu()


def some_rays(heights, mask, colours=None):
    """Rays along x from x = -1 at the heights y."""
    n = len(heights)
    origins = np.array([[-1.0, y, 0] for y in heights])
    colours = np.zeros((n, 3)) if colours is None else colours
    return Rays(origins, np.tile([1.0, 0, 0], (n, 1)), np.zeros(n), np.full(n, 2.0), colours,
                np.array(mask))


class TestChoosePoints:
    def test_every_kind_of_ray_goes_where_the_table_says(self):
        # Ball of radius 0.5: hit and miss on the object, hit and miss on the background.
        rays = some_rays([0.3, 0.7, 0.4, 0.8], [True, True, False, False])
        points = choose_points(BallShape(0.5), rays, n_steps=20, n_secant=20)
        assert points.hits.tolist() == [0]
        np.testing.assert_allclose(points.distances, [0.6], rtol=1e-12)  # 1 - 0.4
        np.testing.assert_allclose(points.occupied, [[0, 0.7, 0]], atol=1e-15)  # comes closest
        np.testing.assert_allclose(points.free, [[-0.3, 0.4, 0], [0, 0.8, 0]], atol=1e-12)

    def test_a_ray_that_starts_inside_teaches_nothing_on_the_object(self):
        rays = some_rays([0.0], [True])._replace(near=np.array([0.9]))
        points = choose_points(BallShape(0.5), rays, n_steps=20)
        assert len(points.hits) == len(points.occupied) == len(points.free) == 0

    def test_it_is_refined_by_four_secant_steps(self):
        rays, shape = some_rays([0.3, 0.1], [True, True]), BallShape(0.5)
        found = [find_surface(shape.occupancy, *rays[:4], n_steps=5, n_secant=n) for n in (4, 5)]
        distances = choose_points(shape, rays, n_steps=5).distances
        np.testing.assert_array_equal(distances, found[0].distance)
        assert (distances != found[1].distance).all()

    def test_on_the_background_it_is_told_that_it_starts_outside(self):
        rays = some_rays([0.0], [False])._replace(near=np.array([0.9]))
        free = choose_points(BallShape(0.5), rays, n_steps=20).free
        assert np.linalg.norm(free[0]) < 0.5


class TestLoss:
    def test_is_what_the_formulas_say(self):
        colours = np.array([[0.1, 0.2, 0.3], [0, 0, 0], [0, 0, 0], [0, 0, 0]])
        rays = some_rays([0.3, 0.7, 0.4, 0.8], [True, True, False, False], colours)
        points = LossPoints(np.array([0]), np.array([0.6]), np.array([[0, 0.7, 0]]),
                            np.array([[-0.3, 0.4, 0], [0, 0.8, 0]]))
        weights = LossWeights(colour=3, occupancy=5, freespace=7, sharpness=2, floor=0)
        loss = render_loss(BallShape(0.5), rays, points, weights)
        at_hit = np.array([-0.4, 0.3, 0]) * 0.5 + 0.5
        assert loss.colour == pytest.approx(3 / 4 * np.mean((at_hit - colours[0]) ** 2))
        f = 0.25 - np.array([0.49, 0.25, 0.64])
        surprise = np.log1p(np.exp(np.array([-1, 1, 1]) * 2 * f))
        assert loss.occupancy == pytest.approx(5 / 4 * surprise[0])
        assert loss.freespace == pytest.approx(7 / 4 * surprise[1:].sum())
        assert loss.total.item() == pytest.approx(loss.colour + loss.occupancy + loss.freespace)

    @pytest.mark.parametrize("part", ["colour", "occupancy", "freespace"])
    def test_a_weight_of_zero_leaves_a_loss_out(self, part):
        rays = some_rays([0.3, 0.7, 0.4], [True, True, False])
        shape = BallShape(0.5)
        points = choose_points(shape, rays, n_steps=20)
        full = render_loss(shape, rays, points, LossWeights())
        less = render_loss(shape, rays, points, LossWeights(**{part: 0.0}))
        assert getattr(less, part) == 0 < getattr(full, part)
        assert less.total.item() == pytest.approx(full.total.item() - getattr(full, part))

    def test_a_batch_without_hits_has_a_loss_too(self):
        rays = some_rays([0.7, 0.8], [True, False])
        shape = BallShape(0.5)
        loss = render_loss(shape, rays, choose_points(shape, rays, 20), LossWeights())
        loss.total.backward()
        assert loss.colour == 0 and np.isfinite(shape.radius.grad.item())

    def test_every_parameter_against_differences_through_roots_found_anew(self):
        rng = np.random.default_rng(1)
        network = TexturedShape(4, 2, frequencies=1, rng=rng, dtype=np.float64)
        directions = rng.normal(size=(60, 3))
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        origins = rng.uniform(-0.5, 0.5, (60, 3))
        network.shape_head.bias.data -= np.median(evaluate_field(network.occupancy, origins))
        rays = Rays(origins, directions, np.zeros(60), np.full(60, 0.5), rng.random((60, 3)),
                    rng.random(60) < 0.7)
        weights = LossWeights(floor=0)
        points = choose_points(network, rays, n_steps=32, n_secant=30)
        assert min(len(points.hits), len(points.occupied), len(points.free)) > 3
        render_loss(network, rays, points, weights).total.backward()
        hit = Rays(*[entry[points.hits] for entry in rays])

        def anew():
            """The places of occupancy and freespace are constants; the hits are not."""
            found = find_surface(network.occupancy, hit.origins, hit.directions,
                                 points.distances - 1e-3, points.distances + 1e-3, 1, 20)
            return render_loss(network, rays, points._replace(distances=found.distance),
                               weights).total.item()

        for name, parameter in network.named_parameters():
            assert parameter.grad.data.any(), name
            for index in np.ndindex(parameter.shape):
                kept = parameter.data[index]
                parameter.data[index] = kept + 1e-6
                above = anew()
                parameter.data[index] = kept - 1e-6
                below = anew()
                parameter.data[index] = kept
                # A loss of about 10 is rounded at 1e-15, so differences over 2e-6 at 1e-9.
                assert parameter.grad.data[index] == pytest.approx((above - below) / 2e-6,
                                                                   rel=1e-5, abs=1e-7), name


class TestPictures:
    camera = Camera.look_at((0, -2, 0.3), (0, 0, 0), field_of_view=30, size=(21, 31))

    def test_of_a_ball_in_closed_form(self):
        radius = 0.4
        picture = render(BallShape(radius), self.camera, n_secant=30)
        origins, directions = self.camera.rays()
        along = (origins * directions).sum(axis=1)
        under_root = along**2 - (origins**2).sum(axis=1) + radius**2
        mask = under_root > 0
        np.testing.assert_array_equal(picture.mask.ravel(), mask)
        distances = np.where(mask, -along - np.sqrt(np.where(mask, under_root, 0)), np.inf)
        np.testing.assert_allclose(picture.distances.ravel(), distances, rtol=1e-12)
        points = origins[mask] + distances[mask, None] * directions[mask]
        np.testing.assert_allclose(picture.normals.reshape(-1, 3)[mask], points / radius,
                                   atol=1e-12)
        np.testing.assert_allclose(picture.colours.reshape(-1, 3)[mask], points * 0.5 + 0.5,
                                   atol=1e-12)
        assert (picture.colours.reshape(-1, 3)[~mask] == 1).all()
        assert not picture.normals.reshape(-1, 3)[~mask].any()

    def test_where_the_field_is_flat_there_is_no_normal(self):
        """It is 0 all around the ball, and has no gradient there; the secant step goes there."""
        class Plateau(BallShape):
            occupancy = property(lambda self: PlateauField(self.radius))

        picture = render(Plateau(0.4), self.camera)
        assert picture.mask.any() and (picture.normals == 0).all()

    def test_a_colour_that_is_nan_is_an_error(self):
        class Colourless(BallShape):
            def colour(self, points):
                return super().colour(points) * np.nan

        with pytest.raises(ValueError, match=r"the colour is NaN at (\d+) of \1 points"):
            render(Colourless(0.4), self.camera)

    def test_of_nothing_is_white(self):
        network = TexturedShape(8, 1, rng=0)
        network.shape_head.weight.data[...] = 0
        network.shape_head.bias.data[...] = -1
        picture = render(network, self.camera)
        assert picture.colours.shape == (21, 31, 3) and (picture.colours == 1).all()
        assert not picture.mask.any() and np.isinf(picture.distances).all()


def test_psnr_of_a_known_difference():
    assert psnr(np.zeros((3, 3)), np.full((3, 3), 0.01)) == pytest.approx(40)
    assert psnr(np.ones(4), np.ones(4)) == np.inf
    with pytest.raises(ValueError, match=r"truth must have the shape \(3,\), got \(3, 3\)"):
        psnr(np.zeros(3), np.zeros((3, 3)))
    with pytest.raises(ValueError, match="picture has nothing in it"):
        psnr(np.zeros((0, 3)), np.zeros((0, 3)))


def test_psnr_of_bytes_is_that_of_their_255ths():
    # uint8 differences would wrap: 250 and 5 are 245 / 255 apart, not 11 / 255.
    pictures = np.full((2, 2, 3), 250, np.uint8), np.full((2, 2, 3), 5, np.uint8)
    assert psnr(*pictures) == pytest.approx(-20 * np.log10(245 / 255))
    assert psnr(*pictures[::-1]) == psnr(pictures[0] / 255, pictures[1])


@pytest.mark.parametrize("picture, error, message", [
    ([0.5, np.nan, np.inf], ValueError, "2 of the 3 numbers of picture are NaN or .* at 1"),
    ([0, 255, 3], TypeError, r"picture \(uint8, or floats from 0 to 1\) must be floats, got int64"),
    ([0, 1.5, 0], ValueError, r"of picture \(uint8, .* to 1\) is above 1, the first at 1: 1.5"),
    ([-0.1, 0.5, 0], ValueError, r"of picture \(uint8, .* to 1\) is below 0, the first at 0"),
])
def test_psnr_of_what_are_no_colours_is_refused(picture, error, message):
    with pytest.raises(error, match=message):
        psnr(np.array(picture), np.zeros(3))
    with pytest.raises(error, match=message.replace("picture", "truth")):
        psnr(np.zeros(3), np.array(picture))


def test_a_picture_is_the_same_within_no_grad_and_in_batches_of_any_size(monkeypatch):
    camera = Camera.look_at((2, 0.3, 0.5), (0, 0, 0), field_of_view=40, size=(12, 10))
    network = TexturedShape(16, 2, frequencies=1, rng=3)
    points = np.random.default_rng(0).uniform(-0.5, 0.5, (500, 3)).astype(np.float32)
    with no_grad():  # a third of the cube is inside: there is something to see
        network.shape_head.bias.data[:] -= np.quantile(network.occupancy(points).data, 0.67)
    expected = render(network, camera)
    assert np.count_nonzero(expected.mask) > 14
    monkeypatch.setattr(sys.modules[render.__module__], "BATCH", 7)
    with no_grad():
        picture = render(network, camera)
    for ours, theirs in zip(picture, expected):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_the_floor_of_the_weights_bounds_the_derivative():
    """A ray that grazes the ball: the flatter it meets it, the larger the derivative."""
    rays = some_rays([0.4999], [True], colours=np.zeros((1, 3)))
    gradients = []
    for floor in (0.0, 2.0):
        shape = BallShape(0.5)
        points = choose_points(shape, rays, n_steps=2000)
        assert len(points.hits) == 1
        render_loss(shape, rays, points, LossWeights(floor=floor)).total.backward()
        gradients.append(abs(shape.radius.grad.item()))
    assert gradients[1] < 0.1 * gradients[0]


def test_black_beside_white_is_at_0_decibels():
    assert psnr(np.zeros((3, 3)), np.ones((3, 3))) == 0
