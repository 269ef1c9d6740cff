"""Differentiable volumetric rendering: pictures of an implicit shape, and what they teach it.

The problem.  We have pictures of an object, taken by known cameras, and want the object: its shape
and its colours, in three dimensions.  Nobody tells us a depth, or of any point whether it is
inside.

The idea (Niemeyer et al., *Differentiable volumetric rendering*, CVPR 2020): render and compare.
Follow the ray of a pixel to the surface of the shape that we have so far (`surface_search`), take
the colour of the texture field there, and compare it with the picture.  The derivative of the
difference says how the colour should change, and, through the depth (`implicit_depth`), how the
surface should move.  Three kinds of rays teach three different things:

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

Colour alone cannot begin (a ray that hits nothing has no derivative), and cannot end either: that a
ray passes by is something only the mask can tell it.  Of the points at which occupancy and
freespace ask, the places are constants: no derivative moves them.

So one step of training has two halves.  `choose_points` searches, without recording anything; that
is where most evaluations of f are.  `render_loss` evaluates the network once more at the few points
found, and records.

What differs from the paper: the point that a ray should have in or out is the one where f is
largest among the samples, where the paper draws one at random; colours differ by their squares, as
on the sheet; there is no image encoder (one object, one network), no depth and no normal loss.

It answers exercise 1.2, with many rays instead of one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from minicv.autograd import Tensor, no_grad
from minicv.nn.losses import binary_cross_entropy_with_logits
from minicv.volumetric_rendering.cameras import Camera, box_interval
from minicv.volumetric_rendering.depth_gradient import implicit_depth, spatial_gradient
from minicv.volumetric_rendering.surface_search import BATCH, SurfaceHits, find_surface
from minicv.volumetric_rendering.textured_shape import TexturedShape

# ---- the loss ------------------------------------------------------------------------------------


class Rays(NamedTuple):
    """N rays and what their pixels show."""

    origins: np.ndarray  # (N, 3)
    directions: np.ndarray  # (N, 3), of length 1
    near: np.ndarray  # (N,) where to look for the object, from
    far: np.ndarray  # (N,) to
    colours: np.ndarray  # (N, 3) from 0 to 1
    mask: np.ndarray  # (N,) bool: does the pixel show the object?

    def take(self, index: np.ndarray) -> Rays:
        """Some of the rays, by number or by a mask."""
        return Rays(*[entry[index] for entry in self])


class LossPoints(NamedTuple):
    """Where the losses look, as `choose_points` found it; all of it counts as constant."""

    n_rays: int
    hits: np.ndarray  # (H,) the numbers of the rays that hit, as their pixels say they should
    distances: np.ndarray  # (H,) at which they hit
    occupied: np.ndarray  # (K, 3) points that should be inside
    free: np.ndarray  # (F, 3) points that should be outside


@dataclass(frozen=True)
class LossWeights:
    """What each loss counts. Each is a sum over its rays, divided by the number of all rays.

    Parameters
    ----------
    colour, occupancy, freespace : factors, 0 or more. 0 leaves a loss out.
    sharpness : logits are multiplied by it in occupancy and freespace. The surface, f = 0, does not
        depend on it; with a large one, points that are far from it on the right side, as far as f
        goes, have no say any more.
    floor : under the slope of f along a ray; see `implicit_depth`.
    """

    colour: float = 20.0
    occupancy: float = 2.0
    freespace: float = 1.0
    sharpness: float = 10.0
    floor: float = 0.5


class RenderLoss(NamedTuple):
    """The loss to differentiate, and its three parts, weighted: total = their sum."""

    total: Tensor
    colour: float
    occupancy: float
    freespace: float


def choose_points(network: TexturedShape, rays: Rays, n_steps: int,
                  n_secant: int = 4) -> LossPoints:
    """Search along each ray for the point that its loss will look at.

    Parameters
    ----------
    network, rays : the shape so far, and N rays.
    n_steps, n_secant : how finely to search; see `find_surface`.
    """
    found = find_surface(network.occupancy, rays.origins, rays.directions, rays.near, rays.far,
                         n_steps, n_secant)
    hits = np.flatnonzero(found.hit & rays.mask)
    # A ray that starts inside does not miss the object, but tells nothing of where it begins.
    misses = np.flatnonzero(rays.mask & ~found.hit & ~found.starts_inside)
    free = np.flatnonzero(~rays.mask)
    at = np.where(found.hit, found.distance, found.highest)
    points = rays.origins + at[:, None] * rays.directions
    return LossPoints(len(rays.mask), hits, found.distance[hits], points[misses], points[free])


def render_loss(network: TexturedShape, rays: Rays, points: LossPoints,
                weights: LossWeights) -> RenderLoss:
    """The three losses, differentiable by the network's parameters.

    Parameters
    ----------
    network, rays : as for `choose_points`.
    points : what it found.
    weights : what each loss counts.
    """
    colour = weights.colour / points.n_rays * _colour_errors(network, rays, points, weights.floor)
    n_occupied = len(points.occupied)
    asked = np.concatenate([points.occupied, points.free])
    inside = (np.arange(len(asked)) < n_occupied).astype(asked.dtype)[:, None]
    logits = weights.sharpness * network.occupancy(asked)
    surprises = binary_cross_entropy_with_logits(logits, inside, reduction="none")
    occupancy = weights.occupancy / points.n_rays * surprises[:n_occupied].sum()
    freespace = weights.freespace / points.n_rays * surprises[n_occupied:].sum()
    return RenderLoss(colour + occupancy + freespace, colour.item(), occupancy.item(),
                      freespace.item())


def _colour_errors(network: TexturedShape, rays: Rays, points: LossPoints, floor: float) -> Tensor:
    """The sum of |colour at the hit - colour of the pixel|^2, averaged over the three channels."""
    origins, directions = rays.origins[points.hits], rays.directions[points.hits]
    depth = implicit_depth(network.occupancy, origins, directions, points.distances, floor=floor)
    surface = origins + depth.unsqueeze(1) * directions
    errors = network.colour(surface) - rays.colours[points.hits]
    return (errors * errors).sum() / 3


# ---- pictures ------------------------------------------------------------------------------------


class Picture(NamedTuple):
    """What a camera sees of a shape."""

    colours: np.ndarray  # (H, W, 3) from 0 to 1; white where there is nothing
    mask: np.ndarray  # (H, W) bool: which pixels show the shape
    distances: np.ndarray  # (H, W) from the camera's centre to the surface; inf where nothing is
    normals: np.ndarray  # (H, W, 3) unit normals, outwards, in world axes; zeros where nothing is


def render(network: TexturedShape, camera: Camera, *, n_steps: int = 64, n_secant: int = 8,
           bounds: tuple = (-0.5, 0.5)) -> Picture:
    """The picture of a shape, its depth map and its normals.

    Parameters
    ----------
    network : the shape and its colours.
    camera : where to look from.
    n_steps, n_secant : how finely to search along each ray; see `find_surface`.
    bounds : the box that the shape is in; a camera outside of it.

    Examples
    --------
    >>> camera = Camera.look_at((0, -2, 0), (0, 0, 0), field_of_view=30, size=(8, 8))
    >>> render(TexturedShape(rng=0), camera).colours.shape
    (8, 8, 3)
    """
    dtype = next(network.parameters()).dtype
    origins, directions = camera.rays()
    near, far = box_interval(origins, directions, bounds)
    origins, directions, near, far = (x.astype(dtype) for x in (origins, directions, near, far))
    found = find_surface(network.occupancy, origins, directions, near, far, n_steps, n_secant)
    return _develop(network, camera.size, origins, directions, found)


def _develop(network: TexturedShape, size: tuple[int, int], origins: np.ndarray,
             directions: np.ndarray, found: SurfaceHits) -> Picture:
    """The colours and normals at the hits, in place."""
    colours, normals = np.ones_like(origins), np.zeros_like(origins)
    hits = np.flatnonzero(found.hit)
    points = origins[hits] + found.distance[hits, None] * directions[hits]
    for start in range(0, len(hits), BATCH):
        batch = slice(start, start + BATCH)
        with no_grad():
            colours[hits[batch]] = network.colour(points[batch]).data
        outwards = -spatial_gradient(network.occupancy, points[batch])
        lengths = np.linalg.norm(outwards, axis=1, keepdims=True)
        normals[hits[batch]] = outwards / np.where(lengths > 0, lengths, 1)
    return Picture(colours.reshape(*size, 3), found.hit.reshape(size),
                   found.distance.reshape(size), normals.reshape(*size, 3))


def psnr(picture: np.ndarray, truth: np.ndarray) -> float:
    """Peak signal-to-noise ratio in decibels: -10 log10 of the mean squared difference.

    Parameters
    ----------
    picture, truth : arrays of the same shape, of colours from 0 to 1. 20 dB is a root mean square
        difference of 0.1, 40 dB one of 0.01; equal pictures give inf, and NaN gives NaN.

    Raises
    ------
    ValueError : the shapes differ, or there are no entries.

    Examples
    --------
    >>> round(psnr(np.full((2, 2, 3), 0.5), np.full((2, 2, 3), 0.6)), 6)
    20.0
    """
    picture, truth = np.asarray(picture, np.float64), np.asarray(truth, np.float64)
    if picture.shape != truth.shape:
        raise ValueError(f"the pictures differ in shape: {picture.shape} and {truth.shape}")
    if picture.size == 0:
        raise ValueError("there are no pixels to compare")
    error = np.mean((picture - truth) ** 2)
    return float("inf") if error == 0 else float(-10 * np.log10(error))
