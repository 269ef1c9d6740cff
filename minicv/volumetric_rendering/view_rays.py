"""The rays of posed pictures, and what their pixels show.

In a picture of 64 x 64 pixels about three thousand do not show the object, and most of these pass
so far from it that they soon have nothing to teach.  So the rays are sorted: on the object, *near*
its outlines, and the rest; `draw_rays` gives each kind its share of a batch.  It serves exercise
1.2; Niemeyer et al. (*Differentiable volumetric rendering*, CVPR 2020) draw them evenly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from minicv import checks
from minicv.volumetric_rendering.cameras import Camera, box_interval
from minicv.volumetric_rendering.rendering import colours_from_0_to_1

NEAR_OUTLINE = 4  # pixels


class Rays(NamedTuple):
    """N rays and what their pixels show.

    >>> rays = Rays(np.zeros((1, 3)), np.ones((1, 3)), np.zeros(1), np.ones(1), np.zeros((1, 3)),
    ...             np.array([True]))
    >>> rays.mask.tolist()
    [True]
    """

    origins: np.ndarray  # (N, 3)
    directions: np.ndarray  # (N, 3), of length 1
    near: np.ndarray  # (N,) where to look for the object, from
    far: np.ndarray  # (N,) to
    colours: np.ndarray  # (N, 3) from 0 to 1
    mask: np.ndarray  # (N,) bool: whether the pixel shows the object


class ViewRays:
    """All rays of some views that meet the box of the object, to draw batches from.

    Parameters
    ----------
    cameras : list of Camera
        N of them, of one size.
    images : (N, H, W, 3) array, uint8 or floats from 0 to 1
    masks : (N, H, W) bool array
        Which pixels show the object: most of these are to look into the box.
    bounds : (low, high)
        The box that the object is in.
    dtype : np.float32 or np.float64
        Of the rays.

    Attributes
    ----------
    rays : Rays
    groups : list of three integer arrays
        The numbers of the rays on the object, around its outlines, and beyond; a group that would
        be empty is the one before it instead.

    Examples
    --------
    >>> camera = Camera.look_at((0, -2, 0), (0, 0, 0), field_of_view=30, size=(8, 8))
    >>> mask = np.hypot(*camera.pixel_centres().T - 4).reshape(1, 8, 8) < 2
    >>> views = ViewRays([camera], np.zeros((1, 8, 8, 3)), mask)
    >>> [len(group) for group in views.groups]
    [12, 48, 4]
    """

    def __init__(self, cameras: Sequence[Camera], images: np.ndarray, masks: np.ndarray, *,
                 bounds: tuple = (-0.5, 0.5), dtype: type = np.float32):
        cameras = [checks.instance(camera, "each camera", Camera)
                   for camera in checks.several(cameras, "cameras")]
        sizes = {camera.size for camera in cameras}
        if len(sizes) != 1:
            raise ValueError(f"need cameras of one size, got {len(cameras)} of {sorted(sizes)}")
        shape = len(cameras), *sizes.pop()
        images = colours_from_0_to_1(images, "images", (*shape, 3))
        masks = checks.numbers(masks, "masks", shape, kinds="b")
        checks.choice(dtype, "dtype", (np.float32, np.float64))

        origins, directions = map(np.concatenate, zip(*[camera.rays() for camera in cameras]))
        near, far = box_interval(origins, directions, bounds)
        seen = near < far
        parts = (origins, directions, near, far, images.reshape(-1, 3))
        self.rays = Rays._make([*(part[seen].astype(dtype) for part in parts), masks.ravel()[seen]])
        from scipy.ndimage import binary_dilation  # here: `import minicv` is to be light

        # A view at a time: growing along the axis of the views would mix their outlines.
        grown = np.stack([binary_dilation(mask, iterations=NEAR_OUTLINE) for mask in masks])
        on, around = self.rays.mask, grown.ravel()[seen] & ~self.rays.mask
        beyond = ~on & ~around
        around = around if around.any() else on
        self.groups = [np.flatnonzero(group)
                       for group in (on, around, beyond if beyond.any() else around)]
        if on.sum() < masks.sum() / 2:
            raise ValueError(f"most pixels of the object look past the box {bounds}: is it there, "
                             "and do the poses lead from x right, y down, z forward to the world?")
        if not on.any() or on.all():
            raise ValueError("masks need pixels that show the object and some near it that do not")
