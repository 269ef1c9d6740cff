"""What `fast.marching` knows about each vertex: where it is, its normal, and how steep it is there.

`fast.marching` says what the trick is worth.  The plain twin, `occupancy_network.marching`, gives
positions alone.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from minicv.fast.slabs import Slab
from minicv.occupancy_network.marching import corner_steps, strides_of


class Neighbours(NamedTuple):
    """What lies beside the samples of each index along an axis, (n,); at the border one is missing.

    So looked up, not computed for every vertex anew.
    """

    back: np.ndarray  # how many steps of the flat array lead to the sample before, or 0
    ahead: np.ndarray  # and to the one after
    per_length: np.ndarray  # 1 / the distance between the two
    apart: float  # the distance between neighbours


def neighbours(shape: tuple[int, ...], spacing: np.ndarray) -> list[Neighbours]:
    """For each axis, what `place` looks up."""
    found = []
    for length, stride, step in zip(shape, strides_of(shape), spacing):
        back, ahead = np.full((2, length), stride)
        back[0] = ahead[-1] = 0
        found.append(Neighbours(back, ahead, 1 / ((back + ahead) / stride * step), step))
    return found


def place(volume: np.ndarray, level: float, beside: list[Neighbours], slab: Slab, axis: int,
          positions: np.ndarray, normals: np.ndarray) -> None:
    """Write positions (in samples) and normals of the vertices on a slab's edges along `axis`.

    The normal is minus the gradient: along the edge the difference of its two ends, across it the
    slopes at the two ends, interpolated.
    """
    strides = strides_of(volume.shape)
    flat = volume.ravel()
    lower = slab.crossed[axis] + slab.first * strides[0]
    upper = lower + strides[axis]
    # In float64: the difference of two float32 samples may be too large for a float32.
    a = flat.take(lower).astype(np.float64)
    rise = flat.take(upper) - a
    t = (level - a) / rise

    plane, row = lower // strides[0], lower // strides[1]
    index = plane, row - plane * volume.shape[1], lower - row * strides[1]
    gradient = []
    for n in range(3):
        if n == axis:
            positions[:, n] = index[n] + t
            gradient.append(rise / beside[n].apart)
            continue
        positions[:, n] = index[n]
        # From the sample before to the sample after.
        back, ahead, per_length = (table.take(index[n]) for table in beside[n][:3])
        at_lower, at_upper = (
            np.subtract(flat.take(end + ahead), flat.take(end - back), dtype=np.float64)
            for end in (lower, upper))
        at_upper -= at_lower
        at_upper *= t
        at_lower += at_upper
        at_lower *= per_length
        gradient.append(at_lower)
    _downhill(gradient, normals)


def _downhill(gradient: list[np.ndarray], normals: np.ndarray) -> None:
    """Write unit vectors (V, 3) against the gradient, of which the three components are given."""
    if normals.dtype == np.float64:
        # The largest component is divided out first: the square of 1e-200 would be zero. (Divided,
        # not multiplied with 1 / largest, which is infinite for the tiniest numbers.)
        largest = np.abs(gradient).max(axis=0)
        gradient = [component / largest for component in gradient]
    x, y, z = gradient
    scale = -1 / np.sqrt(x * x + y * y + z * z)
    for n, component in enumerate(gradient):
        normals[:, n] = component * scale


def cube_ranges(volume: np.ndarray, slab: Slab, below: Slab | None) -> np.ndarray:
    """Largest minus smallest sample of each visited cube, by corner 0; elsewhere 0.

    Flat, and counted from the first sample of the plane below the slab, since the vertices on the
    slab's lowest plane touch the cubes of that plane too.
    """
    strides = strides_of(volume.shape)
    cubes = slab.cubes + strides[0]
    if below is not None:
        last_plane = (below.stop - below.first - 1) * strides[0]
        touching = below.cubes[np.searchsorted(below.cubes, last_plane):] - last_plane
        cubes = np.concatenate([touching, cubes])
    flat = volume.ravel()
    corner = cubes + (slab.first - 1) * strides[0]
    largest = flat.take(corner)
    smallest = largest.copy()
    for step in corner_steps(volume.shape)[1:]:
        samples = flat.take(corner + step)
        np.maximum(largest, samples, out=largest)
        np.minimum(smallest, samples, out=smallest)
    ranges = np.zeros((slab.stop - slab.first + 1) * strides[0], volume.dtype)
    with np.errstate(over="ignore"):  # a range of more than 3.4e38 is that to float32, and no inf
        ranges[cubes] = np.minimum(largest - smallest, np.finfo(volume.dtype).max)
    return ranges


def largest_around(ranges: np.ndarray, shape: tuple[int, ...], slab: Slab, axis: int
                   ) -> np.ndarray:
    """The largest range of the four cubes around each of a slab's crossed edges along `axis`."""
    strides = strides_of(shape)
    cube = slab.crossed[axis] + strides[0]
    u, v = (stride for n, stride in enumerate(strides) if n != axis)
    # On the border of the volume the steps lead to the end of another row, where no cube stands.
    largest = ranges.take(cube)
    for step in (u, v, u + v):
        np.maximum(largest, ranges.take(cube - step), out=largest)
    return largest


def merge_coinciding(vertices: np.ndarray, faces: np.ndarray, normals: np.ndarray,
                     values: np.ndarray, shape: tuple[int, ...]
                     ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Make one of the vertices that lie on the same sample, and drop the triangles that collapse.

    A triangle that collapses has two corners in one place. If two triangles then stand back to
    back (a sheet folded onto itself), both go: they enclose nothing.
    """
    on_sample = np.flatnonzero((vertices == np.round(vertices)).all(axis=1))
    key = np.ravel_multi_index(vertices[on_sample].astype(np.intp).T, shape)
    _, first, group = np.unique(key, return_index=True, return_inverse=True)
    kept = np.arange(len(vertices))
    kept[on_sample] = on_sample[first][group]
    faces = kept[faces]
    a, b, c = faces.T
    faces = faces[(a != b) & (b != c) & (c != a)]

    _, group = np.unique(np.sort(faces, axis=1), axis=0, return_inverse=True)
    a, b, c = faces.T
    odd = (a < b) ^ (b < c) ^ (c < a)  # an odd permutation of its corners in ascending order
    turns = np.bincount(group.ravel(), np.where(odd, -1, 1))
    faces = faces[turns[group.ravel()] != 0]

    used, faces = np.unique(faces, return_inverse=True)
    return (vertices[used], faces.reshape(-1, 3).astype(np.int32), normals[used], values[used])
