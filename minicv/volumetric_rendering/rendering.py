"""Pictures of an implicit shape: what a camera sees of it, how far away, and how it is turned.

A network knows the shape (f > 0 is inside) and a colour for each place.  What does a camera see?
Follow the ray of each pixel to the surface (`surface_search`), and ask there: the texture field for
the colour, and the gradient of f for the normal,

    n = - grad f / |grad f|,

which points outwards, because f rises towards the inside.  No mesh is needed and no lamp: light and
shade are in the colours that were learned.

It serves exercise 1.2: Niemeyer et al., *Differentiable volumetric rendering*, CVPR 2020, section
3.1.  `learning` tells how pictures teach the shape.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from minicv.autograd import no_grad
from minicv.volumetric_rendering.cameras import Camera, box_interval
from minicv.volumetric_rendering.surface_search import find_surface, spatial_gradient
from minicv.volumetric_rendering.textured_shape import TexturedShape

BATCH = 4096  # rays that are followed at a time, so that a large picture fits into memory


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
    network : TexturedShape
    camera : Camera
    n_steps, n_secant : int
        How finely to search along each ray; see `find_surface`.
    bounds : (low, high)
        The box that the shape is in. The camera is outside.

    Examples
    --------
    >>> camera = Camera.look_at((0, -2, 0), (0, 0, 0), field_of_view=30, size=(8, 8))
    >>> render(TexturedShape(rng=0), camera).colours.shape
    (8, 8, 3)
    """
    dtype = next(network.parameters()).dtype
    origins, directions = camera.rays()
    near, far = box_interval(origins, directions, bounds)
    parts = []
    for start in range(0, len(origins), BATCH):
        rays = [x[start:start + BATCH].astype(dtype) for x in (origins, directions, near, far)]
        parts.append(_look_along(network, rays, n_steps, n_secant))
    return Picture(*[np.concatenate(entry).reshape(*camera.size, *entry[0].shape[1:])
                     for entry in zip(*parts)])


def _look_along(network: TexturedShape, rays: list[np.ndarray], n_steps: int,
                n_secant: int) -> Picture:
    """What N rays see: the entries of a picture, their pixels in a row."""
    origins, directions, near, far = rays
    distances, hit, _, _ = find_surface(network.occupancy, origins, directions, near, far, n_steps,
                                        n_secant)
    points = origins[hit] + distances[hit, None] * directions[hit]
    colours, normals = np.ones_like(origins), np.zeros_like(origins)
    with no_grad():
        colours[hit] = network.colour(points).numpy()
    outwards = -spatial_gradient(network.occupancy, points)
    lengths = np.linalg.norm(outwards, axis=1, keepdims=True)
    normals[hit] = outwards / np.where(lengths > 0, lengths, 1)
    return Picture(colours, hit, distances, normals)


def psnr(picture: np.ndarray, truth: np.ndarray) -> float:
    """Peak signal-to-noise ratio in decibels: -10 log10 of the mean squared difference.

    Parameters
    ----------
    picture, truth : arrays of the same shape
        Colours from 0 to 1.

    Returns
    -------
    float
        20 dB is a root mean square difference of 0.1, 40 dB one of 0.01; equal pictures give inf,
        and NaN gives NaN.

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
