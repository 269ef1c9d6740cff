"""The render loss and all its gradients against the same step written with PyTorch.

In float64. Both sides search for themselves; marching and secant do the same operations in the same
order, so brackets agree and distances do to rounding, about 1e-15; a gradient of the colour loss
has the curvature of nothing in it, so that 1e-9 of its largest entry leaves room for rounding only.
"""

import numpy as np
import pytest

from minicv.volumetric_rendering import (
    LossWeights,
    Rays,
    TexturedShape,
    evaluate_field,
)
from minicv.volumetric_rendering.learning import choose_points, render_loss

torch = pytest.importorskip("torch")

from tests.parity import torch_rendering  # noqa: E402  (it needs torch)


@pytest.fixture(scope="module")
def scene():
    rng = np.random.default_rng(0)
    ours = TexturedShape(16, 2, frequencies=2, rng=rng, dtype=np.float64)
    origins = rng.uniform(-0.5, 0.5, (200, 3))
    ours.shape_head.bias.data -= np.median(evaluate_field(ours.occupancy, origins))
    theirs = torch_rendering.TexturedShape(16, 2, 2, dtype=torch.float64)
    theirs.load_state_dict({name: torch.from_numpy(value)
                            for name, value in ours.state_dict().items()})
    directions = rng.normal(size=(200, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    rays = Rays(origins, directions, np.zeros(200), np.full(200, 0.6), rng.random((200, 3)),
                rng.random(200) < 0.6)
    return ours, theirs, rays


def test_loss_and_every_gradient_are_those_of_torch(scene):
    ours, theirs, rays = scene
    weights = LossWeights()
    points = choose_points(ours, rays, n_steps=32)
    assert min(len(points.hits), len(points.occupied), len(points.free)) > 10
    loss = render_loss(ours, rays, points, weights)
    ours.zero_grad()
    loss.total.backward()

    theirs.zero_grad()
    their_rays = [torch.from_numpy(entry) for entry in rays]
    their_loss = torch_rendering.loss_of(theirs, their_rays, 32, weights)
    their_loss.backward()

    assert loss.total.item() == pytest.approx(their_loss.item(), rel=1e-12)
    gradients = dict(theirs.named_parameters())
    for name, parameter in ours.named_parameters():
        expected = gradients[name].grad.numpy()
        np.testing.assert_allclose(parameter.grad.data, expected, rtol=0,
                                   atol=1e-9 * np.abs(expected).max(), err_msg=name)
