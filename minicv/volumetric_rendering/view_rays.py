"""Which rays to learn from: those of posed pictures, drawn so that each kind is heard.

In a picture of 64 x 64 pixels about one thousand show the object, and three thousand do not.  Most
of these pass so far from it that they soon have nothing to teach.  So half of a batch is drawn from
the object's pixels, a quarter from those *near* its outlines, and a quarter from the rest.

It serves exercise 1.2; Niemeyer et al. (*Differentiable volumetric rendering*, CVPR 2020) draw
their rays evenly from the whole picture.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from minicv.volumetric_rendering.cameras import Camera, box_interval

NEAR_OUTLINE = 4  # pixels


class Rays(NamedTuple):
    """N rays and what their pixels show."""

    origins: np.ndarray  # (N, 3)
    directions: np.ndarray  # (N, 3), of length 1
    near: np.ndarray  # (N,) where to look for the object, from
    far: np.ndarray  # (N,) to
    colours: np.ndarray  # (N, 3) from 0 to 1
    mask: np.ndarray  # (N,) bool: whether the pixel shows the object

    def take(self, index: np.ndarray) -> Rays:
        """Some of the rays, by number or by a mask."""
        return Rays(*[entry[index] for entry in self])


class ViewRays:
    """All rays of some views that meet the box of the object, to draw batches from.

    Parameters
    ----------
    cameras : list of Camera
        N of them, of one size.
    images : (N, H, W, 3) array, uint8 or floats from 0 to 1
    masks : (N, H, W) bool array
        Which pixels show the object.
    bounds : (low, high)
        The box that the object is in.
    dtype : dtype
        Of the rays.

    Attributes
    ----------
    rays : Rays
    groups : list of three integer arrays
        The numbers of the rays on the object, around its outlines, and beyond.

    Raises
    ------
    ValueError
        Arrays of another shape, type or range; of the pixels that look into the box, none or all
        show the object; most pixels that show the object look past the box.
    """

    def __init__(self, cameras: list[Camera], images: np.ndarray, masks: np.ndarray, *,
                 bounds: tuple = (-0.5, 0.5), dtype: type = np.float32):
        images, masks = _checked_views(cameras, np.asarray(images), np.asarray(masks))
        origins, directions = map(np.concatenate, zip(*[camera.rays() for camera in cameras]))
        near, far = box_interval(origins, directions, bounds)
        seen = near < far
        self.rays = Rays(origins.astype(dtype), directions.astype(dtype), near.astype(dtype),
                         far.astype(dtype), images.reshape(-1, 3).astype(dtype),
                         masks.ravel()).take(seen)
        from scipy.ndimage import binary_dilation  # here: `import minicv` is to be light

        # A view at a time: growing along the axis of the views would mix their outlines.
        grown = np.stack([binary_dilation(mask, iterations=NEAR_OUTLINE) for mask in masks])
        on, around = self.rays.mask, grown.ravel()[seen] & ~self.rays.mask
        self.groups = [np.flatnonzero(group) for group in (on, around, ~on & ~around)]
        if on.sum() < masks.sum() / 2:
            raise ValueError(f"most pixels that show the object look past the box {bounds}: is the "
                             "object in it, and do the poses lead from camera axes (x right, y "
                             "down, z forward) to the world?")
        if not on.any() or on.all():
            raise ValueError("the masks need pixels that show the object and, of those that look "
                             "into its box, some that do not")

    def draw(self, count: int, rng: np.random.Generator) -> Rays:
        """A batch of rays; a group that is empty gives its share to the one before it."""
        on, around, beyond = self.groups
        groups = on, around if len(around) else on, beyond if len(beyond) else around
        shares = count - count // 2, count // 2 - count // 4, count // 4
        return self.rays.take(np.concatenate([rng.choice(group, share)
                                              for group, share in zip(groups, shares)]))


def _checked_views(cameras: list[Camera], images: np.ndarray, masks: np.ndarray
                   ) -> tuple[np.ndarray, np.ndarray]:
    """The images, from 0 to 1, and the masks."""
    wanted = (len(cameras), *(cameras[0].size if cameras else ()))
    if (not cameras or masks.shape != wanted or images.shape != (*wanted, 3)
            or any(camera.size != cameras[0].size for camera in cameras)):
        raise ValueError(f"{len(cameras)} cameras of one size (H, W) need as many images "
                         f"(N, H, W, 3) and masks (N, H, W), got {images.shape} and {masks.shape}")
    if masks.dtype != bool:
        raise ValueError(f"masks must be bool, got {masks.dtype}; write masks > 0")
    if images.dtype == np.uint8:
        return images / 255, masks
    if images.dtype.kind != "f" or not (images.min() >= 0 and images.max() <= 1):  # or NaN
        raise ValueError("images must be uint8, or floats from 0 to 1, got "
                         f"{images.dtype} from {images.min()} to {images.max()}")
    return images, masks
