"""Slabs: a few planes of a volume at a time, small enough for the processor's cache.

The first half of `fast.marching`, which says what the trick is worth.  The plain twin, `cut_edges`
and `join_vertices` of `occupancy_network.marching`, takes the whole volume at once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from minicv.occupancy_network.marching import AXIS_BITS


class Slab(NamedTuple):
    """Some planes of samples, few enough to stay in the processor's cache while we work on them.

    Indices are flat, counted from the first sample of the slab.
    """

    first: int  # the planes of the slab are first, first + 1, ..., stop - 1
    stop: int
    crossed: list[np.ndarray]  # for each axis, the crossed edges, by their lower end
    cubes: np.ndarray  # the cubes that the surface visits, by their corner 0
    cases: np.ndarray  # the case of each of these cubes


def strides_of(shape: tuple[int, ...]) -> tuple[int, int, int]:
    """How many steps of the flat array lead to the next sample along each axis."""
    return shape[1] * shape[2], shape[2], 1


def step_to_corner(corner: int, strides: tuple[int, int, int]) -> int:
    """How many steps of the flat array lead from corner 0 of a cube to another corner."""
    return sum(stride for bit, stride in zip(AXIS_BITS, strides) if corner & bit)


def scan(volume: np.ndarray, level: float, first: int, stop: int, used: np.ndarray | None) -> Slab:
    """Find the crossed edges of the planes first ... stop - 1, and the cubes that stand on them."""
    inside = volume[first:stop + 1] > level  # with the plane above, where there is one
    flat, n_own = inside.ravel(), (stop - first) * volume[0].size
    crossed = []
    for axis, stride in enumerate(strides_of(volume.shape)):
        # A shift of the flat array by one stride brings the next sample into place, for all samples
        # at once. The last samples of a row have no next one: what meets them there is erased.
        differs = np.empty((stop - first, *volume.shape[1:]), bool)
        n = min(n_own, len(flat) - stride)
        np.not_equal(flat[:n], flat[stride:stride + n], out=differs.ravel()[:n])
        if axis > 0 or stop == len(volume):
            differs.swapaxes(0, axis)[-1] = False
        if used is not None:
            differs &= edges_in_use(used[first:stop + 1], axis)
        crossed.append(np.flatnonzero(differs))

    # Along axis 2: bit 0 for the sample, bit 1 for the next. Along axis 1: bits 2 and 3 for the
    # same two in the next row. Along axis 0: bits 4 to 7 for the same four in the next plane.
    case = flat.view(np.uint8)
    for weight, stride in zip((2, 4, 16), strides_of(volume.shape)[::-1]):
        case = case[:-stride] + weight * case[stride:]
    cases = np.zeros(inside.shape, np.uint8)
    cases.ravel()[:len(case)] = case
    cases[:, -1] = 0  # no cube stands on the last row and the last column
    cases[:, :, -1] = 0
    if used is not None:
        cases[:stop - first] *= used[first + 1:stop + 1, 1:, 1:]
    cubes = np.flatnonzero(cases + np.uint8(1) > 1)  # neither 0, all outside, nor 255, all inside
    return Slab(first, stop, crossed, cubes, cases.take(cubes))


def cubes_in_use(mask: np.ndarray) -> np.ndarray:
    """Whether the cube with corner 0 at (i, j, k) counts: (M+1, N+1, P+1) bool, at index + 1."""
    used = np.zeros(np.add(mask.shape, 1), bool)
    used[1:-1, 1:-1, 1:-1] = mask[1:, 1:, 1:]
    return used


def edges_in_use(used: np.ndarray, axis: int) -> np.ndarray:
    """Whether one of the four cubes around each edge along `axis` counts."""
    for other in range(3):
        near, far = used.swapaxes(0, other)[:-1], used.swapaxes(0, other)[1:]
        used = (far if other == axis else near | far).swapaxes(0, other)
    return used
