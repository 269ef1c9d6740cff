"""Slabs: a few planes of a volume at a time, small enough for the processor's cache.

The first half of `fast.marching`, which says what the trick is worth.  The plain twin, `cut_edges`
and `join_vertices` of `occupancy_network.marching`, takes the whole volume at once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from minicv.occupancy_network.marching import AXIS_BITS, strides_of

# (3, 256): whether the edge from corner 0 along an axis is crossed, in each case.
CROSSED = np.array([[case & 1 != case >> bit & 1 for case in range(256)] for bit in AXIS_BITS])


class Slab(NamedTuple):
    """What the surface crosses in some planes of samples.

    Indices are flat, counted from the first sample of the slab.
    """

    first: int  # the planes of the slab are first, first + 1, ..., stop - 1
    stop: int
    crossed: list[np.ndarray]  # for each axis, the crossed edges, by their lower end
    cubes: np.ndarray  # the cubes that the surface visits, by their corner 0
    cases: np.ndarray  # the case of each of these cubes


def scan(volume: np.ndarray, level: float, first: int, stop: int, used: np.ndarray | None) -> Slab:
    """Find the crossed edges of the planes first ... stop - 1, and the cubes that stand on them."""
    cases = cases_of(volume[first:stop + 1], level, stop - first)
    # One search of the whole slab; what follows looks at the samples next to the surface alone.
    near = np.flatnonzero(cases + np.uint8(1) > 1)  # neither 0, all outside, nor 255, all inside
    near_cases = cases.take(near)
    if used is None:
        is_cube = np.zeros(cases.shape, bool)
        is_cube[:len(volume) - 1 - first, :-1, :-1] = True
    else:
        is_cube = used[first + 1:stop + 1, 1:, 1:]
    chosen = np.flatnonzero(is_cube.take(near))
    crossed = []
    for axis in range(3):
        edges = near.take(np.flatnonzero(CROSSED[axis].take(near_cases)))
        if used is not None:
            edges = edges[edges_in_use(used[first:stop + 1], axis).take(edges)]
        crossed.append(edges)
    return Slab(first, stop, crossed, near.take(chosen), near_cases.take(chosen))


def cases_of(samples: np.ndarray, level: float, n_planes: int) -> np.ndarray:
    """The case of the cube over each sample of the first planes, as numbers (n_planes, N, P).

    A sample that has no next one along an axis counts as its own: no edge there is crossed.
    """
    strides = strides_of(samples.shape)
    n_samples = n_planes * strides[0]
    flat = np.zeros(n_samples + sum(strides), np.uint8)
    np.greater(samples, level, out=flat[:samples.size].view(bool).reshape(samples.shape))
    if len(samples) == n_planes:  # the end of the volume
        flat[n_samples:n_samples + strides[0]] = flat[n_samples - strides[0]:n_samples]
    # Along axis 2: bit 0 for the sample, bit 1 for the next. Along axis 1: bits 2 and 3 for the
    # same two in the next row. Along axis 0: bits 4 to 7 for the same four in the next plane.
    # A shift of the flat array by one stride brings the next sample into place, for all at once;
    # only the last ones of a row or a plane meet a wrong one there.
    for weight, stride in zip((2, 4, 16), strides[::-1]):
        flat = flat[:-stride] + weight * flat[stride:]
    cases = flat.reshape(n_planes, *samples.shape[1:])
    cases[:, :, -1] = (cases[:, :, -1] & 0b01010101) * 3
    cases[:, -1] = (cases[:, -1] & 0b00110011) * 5
    return cases


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
