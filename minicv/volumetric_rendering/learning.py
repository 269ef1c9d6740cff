"""Learning a coloured shape from pictures: render, compare, differentiate, move.

We have pictures of an object, taken by known cameras, and want its shape and colours.  Nobody tells
us a depth, or whether any point is inside.  The idea (Niemeyer et al., *Differentiable volumetric
rendering*, CVPR 2020): follow the ray of a pixel to the surface of the shape that we have so far
(`surface_search`), take the colour of the texture field there, and compare it with the picture.
The derivative of the difference says how the colour should change, and, through the depth
(`implicit_depth`), how the surface should move.  Three kinds of rays teach three different things:

=====================  ==============  =============================================================
the pixel shows ...    and the ray ..  the loss
=====================  ==============  =============================================================
the object             hits            *colour*: |colour at the hit - colour of the pixel|^2, to the
                                       colours, and by the depth's derivative to the shape
the object             misses          *occupancy*: somewhere on the ray there should be matter; we
                                       ask it where f comes closest, BCE(f, 1)
the background         hits or misses  *freespace*: on all of the ray there should be none; we ask
                                       it of the hit, or else where f is largest, BCE(f, 0)
=====================  ==============  =============================================================

BCE is the binary cross entropy of a logit: BCE(f, 0) = softplus(f), BCE(f, 1) = softplus(-f).

Colour alone is not enough: a ray that hits nothing has no derivative.  One step of training has two
halves.  `choose_points` searches, without recording anything: the places where occupancy and
freespace ask are constants.  `render_loss` evaluates the network there again, and records.

Early on the shape is a blob, and 16 samples along a ray find it.  Later there are handles that such
steps would jump over, so the steps are halved.  All samples of a ray are shifted together by a
random part of a step, so that what lies between two of them is seen another time.

It answers exercise 1.2, with many rays instead of one.  What differs from the paper: occupancy and
freespace ask where f is largest among the samples, not at random; the colour loss is squared, as on
the sheet; there is no image encoder (one object, one network), no depth and no normal loss.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from minicv import checks, nn
from minicv.autograd import Tensor
from minicv.volumetric_rendering.depth_gradient import implicit_depth
from minicv.volumetric_rendering.fields import check_field, check_places
from minicv.volumetric_rendering.rendering import TexturedShape
from minicv.volumetric_rendering.surface_search import MOST_STEPS, first_crossings
from minicv.volumetric_rendering.view_rays import Rays, ViewRays

MOST_RAYS = 2**20  # in a batch
FINER_AFTER = 0.3  # of the batches: from there on the search takes steps of half the length


def draw_rays(views: ViewRays, count: int, rng: np.random.Generator) -> Rays:
    """A batch of rays: half on the object, a quarter around its outlines, a quarter beyond."""
    shares = count - count // 2, count // 2 - count // 4, count // 4
    chosen = [rng.choice(group, share) for group, share in zip(views.groups, shares)]
    return Rays(*[entry[np.concatenate(chosen)] for entry in views.rays])


class LossPoints(NamedTuple):
    """Where the losses look, as `choose_points` found it; all of it counts as constant."""

    hits: np.ndarray  # (H,) the numbers of the rays that hit, and show the object
    distances: np.ndarray  # (H,) at which they hit
    occupied: np.ndarray  # (K, 3) points that should be inside
    free: np.ndarray  # (F, 3) points that should be outside


def choose_points(network: TexturedShape, rays: Rays, n_steps: int,
                  n_secant: int = 4) -> LossPoints:
    """Search along each ray, as `find_surface` does, for the point that its loss will look at."""
    found = first_crossings(network.occupancy, rays[:4], n_steps, n_secant)
    hits = np.flatnonzero(rays.mask & found.hit)
    # A ray that starts inside does not miss the object, but tells nothing of where it begins.
    misses = rays.mask & ~found.hit & ~found.starts_inside
    asked = np.where(found.hit, found.distance, found.highest)
    points = rays.origins + asked[:, None] * rays.directions
    return LossPoints(hits, found.distance[hits], points[misses], points[~rays.mask])


@dataclass(frozen=True)
class LossWeights:
    """How much each loss counts; each is a sum over its rays, divided by the number of all rays.

    Parameters
    ----------
    colour, occupancy, freespace : float
        Factors, from 0 to a million. 0 leaves a loss out.
    sharpness : float
        Factor of the logits in occupancy and freespace; a large one silences far points.
    floor : float
        Under the slope of f along a ray; see `implicit_depth`.

    >>> LossWeights(colour=0).occupancy
    2.0
    """

    colour: float = 20.0
    occupancy: float = 2.0
    freespace: float = 1.0
    sharpness: float = 10.0
    floor: float = 0.5

    def __post_init__(self) -> None:
        vars(self).update({name: checks.number(value, name, least=0, most=1e6)
                           for name, value in vars(self).items()})


class RenderLoss(NamedTuple):
    """The loss to differentiate, and its three parts, weighted: total = their sum."""

    total: Tensor
    colour: float
    occupancy: float
    freespace: float


def render_loss(network: TexturedShape, rays: Rays, points: LossPoints,
                weights: LossWeights) -> RenderLoss:
    """The three losses at what `choose_points` found, differentiable by the parameters."""
    origins, directions = rays.origins[points.hits], rays.directions[points.hits]
    depth = implicit_depth(network.occupancy, origins, directions, points.distances,
                           floor=weights.floor)
    at_hits = origins + depth.unsqueeze(1) * directions
    error = network.colour(at_hits) - rays.colours[points.hits]
    check_places(np.isnan(error.data).any(axis=1), "the colour is NaN", at_hits.data, points.hits)
    occupied = weights.sharpness * network.occupancy(points.occupied)
    free = weights.sharpness * network.occupancy(points.free)

    n = len(rays.mask)
    colour = weights.colour / n * (error * error).sum() / 3  # the mean of the three channels
    occupancy = weights.occupancy / n * (-occupied).softplus().sum()
    freespace = weights.freespace / n * free.softplus().sum()
    return RenderLoss(colour + occupancy + freespace, colour.item(), occupancy.item(),
                      freespace.item())


@dataclass(frozen=True)
class Schedule:
    """How to train.

    Parameters
    ----------
    n_batches, n_rays : int
        Steps of the optimiser, and rays in each.
    first_steps : int
        Steps of the search along a ray, at first; twice as many from `FINER_AFTER` on.
    lr_first, lr_last : float
        Learning rates of Adam; from one to the other by a constant factor a step.

    >>> Schedule(n_batches=100).n_steps(batch=30)
    32
    """

    n_batches: int = 2000
    n_rays: int = 256
    first_steps: int = 16
    lr_first: float = 5e-3
    lr_last: float = 1e-4

    def __post_init__(self) -> None:
        vars(self).update(  # so that they are Python's numbers, which do not overflow
            n_batches=checks.whole(self.n_batches, "n_batches", least=1, most=10**9),
            n_rays=checks.whole(self.n_rays, "n_rays", least=1, most=MOST_RAYS),
            first_steps=checks.whole(self.first_steps, "first_steps", least=1,
                                     most=MOST_STEPS // 2),
            lr_first=checks.number(self.lr_first, "lr_first", above=0, most=1e3),
            lr_last=checks.number(self.lr_last, "lr_last", above=0, most=1e3))

    def lr(self, batch: int) -> float:
        """The learning rate of a batch, counted from 0.

        >>> schedule = Schedule(n_batches=3, lr_first=1e-2, lr_last=1e-4)
        >>> [round(schedule.lr(batch), 6) for batch in range(3)]
        [0.01, 0.001, 0.0001]
        """
        batch = checks.whole(batch, "batch", least=0, most=self.n_batches - 1)
        share = batch / max(self.n_batches - 1, 1)
        return self.lr_first * (self.lr_last / self.lr_first) ** share

    def n_steps(self, batch: int) -> int:
        """The steps of the search along each ray of a batch, counted from 0.

        >>> [Schedule(n_batches=10).n_steps(batch) for batch in (0, 2, 3, 9)]
        [16, 16, 32, 32]
        """
        batch = checks.whole(batch, "batch", least=0, most=self.n_batches - 1)
        return self.first_steps * (2 if batch >= FINER_AFTER * self.n_batches else 1)


@dataclass
class RenderHistory:
    """What happened in training, one entry a batch: the three losses, weighted, and the hits."""

    colour: list[float] = field(default_factory=list)
    occupancy: list[float] = field(default_factory=list)
    freespace: list[float] = field(default_factory=list)
    hit_share: list[float] = field(default_factory=list)  # of the rays on the object


@np.errstate(all="ignore")  # see `surface_search`
def fit_views(network: TexturedShape, views: ViewRays, schedule: Schedule, *,
              weights: LossWeights = LossWeights(), rng: np.random.Generator | int | None = None,
              watch: Callable[[int], None] | None = None) -> RenderHistory:
    """Train a network on views.

    Parameters
    ----------
    network : TexturedShape
        Is trained in place.
    views : ViewRays
    schedule : Schedule
    weights : LossWeights
    rng : Generator or int, optional
        For the choice of rays.
    watch : callable, optional
        Called before each batch, with the number of batches done, and once at the end.

    Returns
    -------
    RenderHistory
        Ctrl-C goes through to the caller; the network is as the last whole step left it.

    Examples
    --------
    >>> from minicv.volumetric_rendering import Camera
    >>> camera = Camera.look_at((0, -2, 0), (0, 0, 0), field_of_view=30, size=(8, 8))
    >>> mask = np.hypot(*camera.pixel_centres().T - 4).reshape(1, 8, 8) < 2
    >>> views = ViewRays([camera], np.zeros((1, 8, 8, 3)), mask)
    >>> history = fit_views(TexturedShape(8, 1), views, Schedule(n_batches=2, n_rays=8), rng=0)
    >>> len(history.colour)
    2
    """
    check_field(checks.instance(network, "network", TexturedShape))
    checks.instance(views, "views", ViewRays)
    checks.instance(schedule, "schedule", Schedule)
    checks.instance(weights, "weights", LossWeights)
    rng = checks.generator(rng)
    watch = (lambda batch: None) if watch is None else checks.function(watch, "watch")
    optimizer = nn.optim.Adam(network.parameters(), lr=schedule.lr_first)
    history = RenderHistory()
    for batch in range(schedule.n_batches):
        watch(batch)
        rays, n_steps = draw_rays(views, schedule.n_rays, rng), schedule.n_steps(batch)
        # Shift the samples: begin up to one step earlier, but not behind the camera. In front of
        # the box there is nothing, so a ray may as well begin there.
        step = (rays.far - rays.near) / n_steps
        near = np.maximum(rays.near - step * rng.random(len(step), dtype=np.float32), 0)
        optimizer.lr = schedule.lr(batch)
        render_step(network, optimizer, rays._replace(near=near), n_steps, weights, history)
    watch(schedule.n_batches)
    return history


def render_step(network: TexturedShape, optimizer: nn.optim.Optimizer, rays: Rays, n_steps: int,
                weights: LossWeights, history: RenderHistory) -> None:
    """One step of training: search, render, compare, differentiate, move."""
    points = choose_points(network, rays, n_steps)
    loss = render_loss(network, rays, points, weights)
    optimizer.zero_grad()
    loss.total.backward()
    optimizer.step()
    history.colour.append(loss.colour)
    history.occupancy.append(loss.occupancy)
    history.freespace.append(loss.freespace)
    history.hit_share.append(len(points.hits) / max(int(rays.mask.sum()), 1))
