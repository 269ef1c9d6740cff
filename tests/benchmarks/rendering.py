"""One step of learning from views (exercise 1.2), beside the same step written with PyTorch.

256 rays, 32 samples along each at most, the lesson's network, float32, Adam. Both networks have the
same weights: those of the lesson's network after some hundred steps, so that a shape is there to be
hit. minicv takes four samples of each ray at a time; PyTorch eight, or all at once, as is more
usual.

The first row is minicv's own: how much of the step is the search, in which nothing is recorded.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from minicv import nn
from minicv.datasets import load_views
from minicv.volumetric_rendering import (
    Camera,
    LossWeights,
    Schedule,
    TexturedShape,
    ViewRays,
    fit_views,
)
from minicv.volumetric_rendering.learning import (
    RenderHistory,
    choose_points,
    draw_rays,
    render_step,
)
from tests.benchmarks.timing import Row, interleaved

VIEWS = Path(__file__).parents[2] / "data" / "views.npz"
SIZE = dict(hidden_size=64, n_hidden=3, frequencies=4)
N_STEPS = 32
STEPS = 20  # in each of the rounds
TARGET = 0.9
CODE = [f"volumetric_rendering/{name}.py" for name in (
    "surface_search", "depth_gradient", "rendering", "learning")]


def trained() -> tuple[TexturedShape, list]:
    """A network that has seen the views for a while, and batches of rays."""
    views = load_views(VIEWS)
    cameras = [Camera(intrinsics, pose, views.masks.shape[1:])
               for intrinsics, pose in zip(views.intrinsics, views.poses)]
    rays = ViewRays(cameras, views.images, views.masks)
    network = TexturedShape(**SIZE, rng=0)
    fit_views(network, rays, Schedule(n_batches=200), rng=0)
    rng = np.random.default_rng(0)
    return network, [draw_rays(rays, 256, rng) for _ in range(STEPS)]


def torch_steps(weights: dict, batches: list, chunk: int | None):
    import torch

    from tests.parity import torch_rendering

    network = torch_rendering.TexturedShape(**SIZE)
    network.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()})
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-4)
    batches = [[torch.from_numpy(entry) for entry in batch] for batch in batches]

    def steps():
        for batch in batches:
            optimizer.zero_grad()
            torch_rendering.loss_of(network, batch, N_STEPS, LossWeights(), chunk=chunk).backward()
            optimizer.step()

    return steps


def rows() -> Iterator[Row]:
    """Medians of alternating rounds."""
    network, batches = trained()
    peers = [torch_steps(network.state_dict(), batches, chunk) for chunk in (8, None)]
    optimizer = nn.optim.Adam(network.parameters(), lr=1e-4)

    def ours():
        for batch in batches:
            render_step(network, optimizer, batch, N_STEPS, LossWeights(), RenderHistory())

    def search():
        for batch in batches:
            choose_points(network, batch, N_STEPS)

    of_search, of_step, *of_peers = (1e3 * seconds / STEPS
                                     for seconds in interleaved(search, ours, *peers))
    yield Row("the search, a part of a render step [ms]", "the whole step", of_step,
              plain=of_search, plain_code=["volumetric_rendering/surface_search.py"])
    for peer, theirs in zip(("torch", "torch, at once"), of_peers):
        yield Row("one step of learning from views [ms]", peer, theirs, plain=of_step,
                  plain_wanted=TARGET, plain_code=CODE)
