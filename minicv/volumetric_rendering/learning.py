"""Learning a coloured shape from views: which rays to show it, and the loop around the loss.

Which rays.  A picture of 64 x 64 pixels has some thousand that show the object, and three thousand
that do not; most of the latter pass so far from it that they have nothing to teach after the first
minute.  A batch takes half of its rays from the masks, and of the other half as many from *near*
the outlines (pixels of the background no more than a few pixels from the object) as from the rest.

How finely.  Early on the shape is a blob, and 16 samples along a ray find it.  Later there are
handles that such steps would jump over, and colours that need an exact place.  So the steps are
halved as training goes on.  All samples of a ray are shifted together by a random part of a step,
so that what lies between two of them now is seen another time.

How fast.  The learning rate falls steadily by a constant factor a step, from the first to the last:
big steps find the shape, small ones settle the details.

It answers exercise 1.2; the loss is in `rendering`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from minicv import nn
from minicv.volumetric_rendering.cameras import Camera, box_interval
from minicv.volumetric_rendering.rendering import LossWeights, Rays, choose_points, render_loss
from minicv.volumetric_rendering.textured_shape import TexturedShape

NEAR_OUTLINE = 4  # pixels


@dataclass(frozen=True)
class Schedule:
    """How to train.

    Parameters
    ----------
    n_batches : steps of the optimiser.
    n_rays : rays in a batch.
    search : pairs (share of the batches done, samples along a ray from there on), ascending.
    lr_first, lr_last : learning rates of Adam, at the beginning and at the end.

    Raises
    ------
    ValueError : fewer than 1 batch, ray or sample, learning rates not above 0, a search that does
        not begin with the share 0 or does not ascend.
    """

    n_batches: int = 2000
    n_rays: int = 256
    search: tuple[tuple[float, int], ...] = ((0.0, 16), (0.3, 32))
    lr_first: float = 5e-3
    lr_last: float = 1e-4

    def __post_init__(self):
        shares = [share for share, _ in self.search]
        if shares[:1] != [0] or shares != sorted(shares):
            raise ValueError("search must be pairs (share, samples) that begin with the share 0 "
                             f"and ascend, got {self.search}")
        if min(self.n_batches, self.n_rays, *(steps for _, steps in self.search)) < 1:
            raise ValueError("n_batches, n_rays and the samples along a ray must be at least 1, "
                             f"got {self.n_batches}, {self.n_rays} and {self.search}")
        if not (0 < self.lr_first < np.inf and 0 < self.lr_last < np.inf):
            raise ValueError("the learning rates must be finite numbers above 0, got "
                             f"{self.lr_first} and {self.lr_last}")

    def lr(self, batch: int) -> float:
        """The learning rate of a batch, counted from 0.

        Examples
        --------
        >>> schedule = Schedule(n_batches=3, lr_first=1e-2, lr_last=1e-4)
        >>> [round(schedule.lr(batch), 6) for batch in range(3)]
        [0.01, 0.001, 0.0001]
        """
        share = batch / max(self.n_batches - 1, 1)
        return self.lr_first * (self.lr_last / self.lr_first) ** share

    def n_steps(self, batch: int) -> int:
        """The samples along each ray of a batch, counted from 0.

        Examples
        --------
        >>> [Schedule(n_batches=10).n_steps(batch) for batch in (0, 2, 3, 9)]
        [16, 16, 32, 32]
        """
        return [steps for share, steps in self.search if batch >= share * self.n_batches][-1]


class ViewRays:
    """All rays of some views that meet the box of the object, to draw batches from.

    Parameters
    ----------
    cameras : of N views.
    images : (N, H, W, 3), uint8 or floats from 0 to 1.
    masks : (N, H, W) bool.
    bounds : the box that the object is in.
    dtype : of the rays.

    Raises
    ------
    ValueError : shapes that do not fit; no view; colours outside their range; masks that are not
        bool; no pixel that shows the object, or none that does not.
    """

    def __init__(self, cameras: list[Camera], images: np.ndarray, masks: np.ndarray, *,
                 bounds: tuple = (-0.5, 0.5), dtype=np.float32):
        images, masks = np.asarray(images), np.asarray(masks)
        wanted = (len(cameras), *(cameras[0].size if cameras else ()))
        if (not cameras or masks.shape != wanted or images.shape != (*wanted, 3)
                or any(camera.size != cameras[0].size for camera in cameras)):
            raise ValueError(f"{len(cameras)} cameras of one size (H, W) need as many images "
                             f"(N, H, W, 3) and masks (N, H, W), got {images.shape} and "
                             f"{masks.shape}")
        if masks.dtype != bool:
            raise ValueError(f"masks must be bool, got {masks.dtype}; write masks > 0")
        if images.dtype == np.uint8:
            images = images / 255
        elif images.dtype.kind != "f" or not (images.min() >= 0 and images.max() <= 1):  # or NaN
            raise ValueError("images must be uint8, or floats from 0 to 1, got "
                             f"{images.dtype} from {images.min()} to {images.max()}")
        origins, directions = (np.concatenate(part)
                               for part in zip(*[camera.rays() for camera in cameras]))
        near, far = box_interval(origins, directions, bounds)
        from scipy.ndimage import binary_dilation  # here: `import minicv` is to be light

        useful = near < far
        rays = Rays(origins, directions, near, far, images.reshape(-1, 3), masks.ravel())
        rays = rays.take(useful)
        self.rays = Rays(*[x.astype(dtype) for x in rays[:5]], rays.mask)
        # A view at a time: growing along the axis of the views would mix their outlines.
        around = np.stack([binary_dilation(mask, iterations=NEAR_OUTLINE) for mask in masks])
        around = around.ravel()[useful] & ~rays.mask
        self.groups = [np.flatnonzero(group)
                       for group in (rays.mask, around, ~rays.mask & ~around)]
        if not len(self.groups[0]) or not (len(self.groups[1]) or len(self.groups[2])):
            raise ValueError("the masks must hold pixels that show the object, and pixels in sight "
                             "of its box that do not")

    def draw(self, count: int, rng: np.random.Generator) -> Rays:
        """A batch: half of it on the object, the rest around its outlines and beyond.

        A group that is empty gives its share to the one before it.
        """
        shares = [count - count // 2, count // 2 - count // 4, count // 4]
        index = []
        for group, other, share in zip(self.groups, self.groups[:1] + self.groups[:2], shares):
            index.append(rng.choice(group if len(group) else other, share))
        return self.rays.take(np.concatenate(index))


@dataclass
class RenderHistory:
    """What happened in training: one entry a batch.

    Attributes
    ----------
    colour, occupancy, freespace : the three losses, weighted.
    hit_share : which part of the rays on the object hit it.
    """

    colour: list[float] = field(default_factory=list)
    occupancy: list[float] = field(default_factory=list)
    freespace: list[float] = field(default_factory=list)
    hit_share: list[float] = field(default_factory=list)


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
    history.hit_share.append(len(points.hits) / max(np.count_nonzero(rays.mask), 1))


def fit_views(network: TexturedShape, views: ViewRays, schedule: Schedule, *,
              weights: LossWeights | None = None, rng: np.random.Generator | int | None = None,
              watch: Callable[[int], None] | None = None) -> RenderHistory:
    """Train a network on views.

    Parameters
    ----------
    network : is trained in place.
    views : the rays of the training views.
    schedule : how to train.
    weights : what each loss counts; those of `LossWeights()` if None.
    rng : for the choice of rays, a `numpy.random.Generator` or a seed.
    watch : called before each batch, with the number of batches done, and once at the end; to save
        pictures on the way, or to show progress.

    Returns
    -------
    RenderHistory. Ctrl-C goes through to the caller; the network is as the last whole step left it.
    """
    rng = np.random.default_rng(rng)
    weights = LossWeights() if weights is None else weights
    optimizer = nn.optim.Adam(network.parameters(), lr=schedule.lr_first)
    history = RenderHistory()
    for batch in range(schedule.n_batches):
        if watch is not None:
            watch(batch)
        rays = views.draw(schedule.n_rays, rng)
        n_steps = schedule.n_steps(batch)
        # Shift the samples: begin up to one step earlier, but not behind the camera. In front of
        # the box there is nothing, so a ray may as well begin there.
        step = (rays.far - rays.near) / n_steps
        near = rays.near - step * rng.random(len(step), dtype=np.float32)
        rays = rays._replace(near=np.maximum(near, 0))
        optimizer.lr = schedule.lr(batch)
        render_step(network, optimizer, rays, n_steps, weights, history)
    if watch is not None:
        watch(schedule.n_batches)
    return history
