"""Points files (exercise 2.1): points in space, each marked as inside or outside a shape.

The format is that of the Occupancy Networks paper (Mescheder et al., CVPR 2019), so that its
ShapeNet files load here unchanged: an `.npz` archive with the two entries

    points        (N, 3) float16 (or float32, float64), y pointing up
    occupancies   (ceil(N / 8),) uint8: one bit a point, eight in a byte, the first point in the
                  highest bit, as `numpy.packbits` packs them; zeros fill up the last byte

ShapeNet's models stand with y up; our plots, like most of computer vision's worlds, have z up.
The loader turns the points a quarter turn about the x axis, the saver turns them back:

    file -> world   (x, y, z) -> (x, -z, y)
    world -> file   (x, y, z) -> (x, z, -y)

Both have determinant +1: a turn, not a mirror image.

`data/points.npz` is such a file, of the chair in `minicv.datasets.solids`.
"""

from __future__ import annotations

import os

import numpy as np

from minicv import checks
from minicv.files import blamed_on, load_npz, save_npz


def load_points(path: str | os.PathLike) -> tuple[np.ndarray, np.ndarray]:
    """Read labelled points and turn them z up.

    Parameters
    ----------
    path : path
        An `.npz` file with the entries `points` and `occupancies` as described above. Further
        entries (`loc` and `scale` in ShapeNet's files) are left alone.

    Returns
    -------
    points : (N, 3) float32 array
        In the world, z up.
    occupancies : (N,) bool array
        True inside the shape.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    ValueError
        The file is damaged or holds pickled objects; an entry is missing, or has the wrong type or
        shape; the number of packed bytes does not fit the number of points; a coordinate is NaN,
        infinite, or too large for float32.

    Examples
    --------
    >>> import tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "points.npz")
    >>> save_points(path, np.array([[0.0, 0.0, 0.5], [0.25, 0.0, 0.0]]), np.array([True, False]))
    >>> points, occupancies = load_points(path)
    >>> points.shape, points.dtype.name, occupancies.tolist()
    ((2, 3), 'float32', [True, False])
    """
    entries = load_npz(path, required=("points", "occupancies"))
    with blamed_on(path):
        points = _checked_points(entries["points"], np.float32)
        packed = checks.numbers(
            entries["occupancies"], f"occupancies ({len(points)} packed bits)",
            ((len(points) + 7) // 8,), kinds="iu", least=0, within=255, dtype=np.uint8,
            hint="numpy.packbits packs eight in a byte")
    # unpackbits gives whole bytes: cut off the zeros that filled up the last one.
    occupancies = np.unpackbits(packed, count=len(points)).astype(bool)
    x, y, z = points.T
    return np.stack([x, -z, y], axis=1), occupancies


def save_points(path: str | os.PathLike, points: np.ndarray, occupancies: np.ndarray,
                dtype: type = np.float16) -> None:
    """Write labelled points in the format that `load_points` reads.

    Parameters
    ----------
    path : path
        The file to create or replace.
    points : (N, 3) float array
        In the world, z up.
    occupancies : (N,) bool array
        True inside the shape.
    dtype : {float16, float32, float64}
        The type of the coordinates in the file. float16 moves a coordinate near 0.5 by up to
        0.00012; label the points *after* such rounding.

    Raises
    ------
    ValueError, TypeError
        A shape or type is wrong, or a coordinate is NaN, infinite, or too large for `dtype`.

    Examples
    --------
    >>> import tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "points.npz")
    >>> save_points(path, np.array([[0.0, 0.0, 0.5]]), np.array([True]), dtype=np.float32)
    >>> load_npz(path)["points"].tolist()  # as in the file, y up
    [[0.0, 0.5, -0.0]]
    """
    name = getattr(dtype, "__name__", getattr(dtype, "name", dtype))
    checks.choice(name, "dtype", ("float16", "float32", "float64"))
    points = _checked_points(points, dtype)
    occupancies = checks.numbers(occupancies, "occupancies", (len(points),), kinds="b")
    x, y, z = points.T
    stored = np.stack([x, z, -y], axis=1)
    save_npz(path, {"points": stored, "occupancies": np.packbits(occupancies)})


def _checked_points(points: np.ndarray, dtype: type) -> np.ndarray:
    """Points of floats in another type, if none is too large for it."""
    return checks.numbers(points, "points", ("N", 3), kinds="f", dtype=dtype,
                          within=float(np.finfo(dtype).max))
