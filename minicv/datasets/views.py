"""Views of an object: pictures, masks and the cameras that took them (exercise 1.2).

A views file is an `.npz` archive with the entries

    images        (N, H, W, 3) uint8, red, green and blue; white where there is nothing
    masks         (N, H, W) bool: which pixels show the object
    intrinsics    (N, 3, 3) float64  [fx 0 cx; 0 fy cy; 0 0 1], in pixels
    poses         (N, 4, 4) float64, from camera coordinates (x right, y down, z forward) to world
                  coordinates (z up)
    test          (N,) bool: put aside to test with, not to be learned from

`minicv.volumetric_rendering.Camera(intrinsics, pose, size)` says what the matrices mean.
`data/views.npz` is such a file, of the teapot in `minicv.datasets.teapot`.
"""

from __future__ import annotations

import os
from typing import NamedTuple

import numpy as np

from minicv import checks
from minicv.files import blamed_on, load_npz, save_npz


class Views(NamedTuple):
    """N pictures of one object; the head of the module says what each entry is."""

    images: np.ndarray
    masks: np.ndarray
    intrinsics: np.ndarray
    poses: np.ndarray
    test: np.ndarray


def load_views(path: str | os.PathLike) -> Views:
    """Read a views file.

    Parameters
    ----------
    path : path
        An `.npz` file with the entries described above; further ones are left alone.

    Returns
    -------
    Views
        The arrays as they are in the file: colours are uint8 from 0 to 255.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    ValueError
        The file is damaged or holds pickled objects; an entry is missing, or has the wrong type or
        shape; a camera is none.

    Examples
    --------
    >>> import tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "views.npz")
    >>> save_views(path, Views(np.full((1, 4, 6, 3), 127, np.uint8), np.ones((1, 4, 6), bool),
    ...                        np.eye(3)[None], np.eye(4)[None], np.array([False])))
    >>> load_views(path).images.shape
    (1, 4, 6, 3)
    """
    entries = load_npz(path, required=Views._fields)
    with blamed_on(path):
        return _checked(Views(*[entries[name] for name in Views._fields]))


def save_views(path: str | os.PathLike, views: Views) -> None:
    """Write a views file, whole or not at all.

    Parameters
    ----------
    path : path
        The file to create or replace.
    views : Views
        What to write.

    Raises
    ------
    ValueError, TypeError
        An entry has the wrong type or shape, or a camera is none.

    Examples
    --------
    >>> import tempfile
    >>> views = Views(np.zeros((1, 4, 6, 3), np.uint8), np.ones((1, 4, 6), bool),
    ...               np.eye(3)[None], np.eye(4)[None], np.array([False]))
    >>> save_views(os.path.join(tempfile.mkdtemp(), "views.npz"), views)
    """
    save_npz(path, _checked(checks.instance(views, "views", Views))._asdict())


def _checked(views: Views) -> Views:
    """The views as arrays, if they are what the head of the module says."""
    images = checks.numbers(views.images, "images", ("N", "H", "W", 3), kinds="iu", least=0,
                            within=255, dtype=np.uint8, empty=False)
    masks = checks.numbers(views.masks, "masks", images.shape[:3], kinds="b")
    intrinsics, poses = checks.cameras(views.intrinsics, views.poses, images.shape[:1],
                                       within=1e9)
    test = checks.numbers(views.test, "test", images.shape[:1], kinds="b")
    return Views(images, masks, intrinsics, poses, test)
