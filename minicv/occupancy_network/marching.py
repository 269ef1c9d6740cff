"""Marching cubes: the surface on which a function, known on a 3-D grid, has a given level.

The problem.  A network says at any point whether it is inside a shape.  Ask it on a grid, and turn
the answers into a mesh of triangles.

The idea (Lorensen and Cline, *Marching cubes*, SIGGRAPH 1987).  Look at one cube of eight
neighbouring samples, each inside (greater than the level) or outside.  2^8 = 256 cases.

1. An edge of the grid whose two ends differ is crossed by the surface, once, where the straight
   line between the samples reaches the level:  t = (level - a) / (b - a)  of the way from a to b.
   That is where the vertices are (`cut_edges`).  Neighbouring cubes share an edge and its vertex.
2. Which triangles a cube gets depends on its case alone.  `cube_cases` derives them; a triangle is
   three edges of the cube, and so three vertices (`join_vertices`).

The inside is connected along the grid's edges (6 neighbours), the outside also across the diagonals
of the faces (18 neighbours), and the mesh has a boundary only where the surface leaves the volume.

*Samples that equal the level* count as outside.  Their vertex would lie on the sample itself, where
up to six edges meet, and triangles between such vertices would have no area.  So each vertex stays
a millionth of an edge away from both ends: there are no holes, no triangle is degenerate, and none
comes twice.

It answers exercise 2.1 d.  Differences from `skimage.measure.marching_cubes` (Lewiner's variant):
an ambiguous face is decided by its signs, not by the values at its saddle point; all is computed in
float64; the triangles are counter-clockwise seen from where the values are smaller; NaN is an
error; and scaling the samples changes nothing, since no small constant is added to them.
`minicv.fast.marching` has scikit-image's whole call, and takes less time and memory.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from minicv.occupancy_network.cube_cases import AXIS_BITS, EDGES, triangle_table

NEAREST = 1e-6  # how near to a sample a vertex may lie, in lengths of an edge
LARGEST = 1e300  # of a sample: the difference of two is a number still


def marching_cubes(volume: np.ndarray, level: float = 0.0,
                   spacing: Sequence[float] = (1.0, 1.0, 1.0)) -> tuple[np.ndarray, np.ndarray]:
    """The surface around the samples that are greater than `level`.

    Parameters
    ----------
    volume : ndarray, (M, N, P)
        Real samples, at least 2 along each axis.
    level : float
        The value on the surface. A sample equal to it counts as outside.
    spacing : three floats
        Distance between samples along each axis.

    Returns
    -------
    vertices : ndarray, (V, 3) float64
        One for each crossed edge of the grid, in units of `spacing`.
    faces : ndarray, (F, 3) int32
        Three vertices each, counter-clockwise seen from outside. None if all samples are on one
        side of the level.

    Raises
    ------
    ValueError
        For a volume that is not 3-D or too small, samples that are NaN or infinite (how many, and
        where the first is) or beyond 1e300, a level that is not finite, spacing that is not
        positive or leads to vertices that overflow.
    TypeError
        For samples that are not real numbers of at most 64 bits.

    Examples
    --------
    >>> volume = np.zeros((3, 3, 3))
    >>> volume[1, 1, 1] = 1
    >>> vertices, faces = marching_cubes(volume, 0.5)
    >>> len(vertices), len(faces)  # an octahedron around the one sample inside
    (6, 8)
    """
    volume, level = check_volume(volume, level)
    steps = check_spacing(spacing, volume.shape)
    inside = volume > level
    vertices, vertex_on = cut_edges(volume, level, inside)
    return vertices * steps, join_vertices(inside, vertex_on)


def cut_edges(volume: np.ndarray, level: float, inside: np.ndarray
              ) -> tuple[np.ndarray, np.ndarray]:
    """Put a vertex on each crossed edge.

    Returns the vertices (V, 3) in samples, and their numbers (3, M, N, P) by the axis along which
    the edge runs and the sample where it starts. Edges that are not crossed have no number.
    """
    vertices: list[np.ndarray] = []
    vertex_on = np.empty((3, *volume.shape), np.int32)
    n_vertices = 0
    for axis, step in enumerate(np.eye(3, dtype=int)):
        crossed = np.diff(inside, axis=axis)
        start = np.unravel_index(np.flatnonzero(crossed), crossed.shape)
        end = tuple(index + one for index, one in zip(start, step))
        a, b = volume[start].astype(np.float64), volume[end].astype(np.float64)
        t = np.clip((level - a) / (b - a), NEAREST, 1 - NEAREST)
        vertices.append(np.stack(start, axis=1) + t[:, None] * step)
        vertex_on[axis][start] = n_vertices + np.arange(len(t))
        n_vertices += len(t)
    return np.concatenate(vertices), vertex_on


def join_vertices(inside: np.ndarray, vertex_on: np.ndarray) -> np.ndarray:
    """The triangles (F, 3) of all cubes, as vertex numbers."""
    # Bit c of a cube's case says whether its corner c is inside. Along axis 2: bit 0 for a sample,
    # bit 1 for the next. Along axis 1: bits 2, 3 for these two in the next row. Along axis 0: bits
    # 4 to 7 for all four in the next plane.
    case = inside.astype(np.uint8)
    case = case[:, :, :-1] + 2 * case[:, :, 1:]
    case = case[:, :-1] + 4 * case[:, 1:]
    case = case[:-1] + 16 * case[1:]
    cubes = np.flatnonzero((case > 0) & (case < 255))

    triangles = triangle_table()[case.ravel()[cubes]]  # (K, 5, 3) edges of the cube
    exists = triangles[:, :, 0] >= 0
    corner = np.ravel_multi_index(np.unravel_index(cubes, case.shape), inside.shape)
    corner_of_triangle = np.repeat(corner, exists.sum(axis=1))
    return vertex_on.ravel()[corner_of_triangle[:, None] + edge_offsets(inside.shape)[
        triangles[exists]]]


def edge_offsets(shape: tuple[int, ...]) -> np.ndarray:
    """(12,): from where a cube's corner 0 stands in `vertex_on` to where each of its edges does."""
    steps = (shape[1] * shape[2], shape[2], 1)  # to the next sample along each axis
    to_start = [sum(step for step, bit in zip(steps, AXIS_BITS) if start & bit)
                for start, _ in EDGES]
    return np.array(to_start) + np.repeat(np.arange(3), 4) * np.prod(shape)


def check_volume(volume: np.ndarray, level: float) -> tuple[np.ndarray, float]:
    """The volume in float32, or float64 where needed, and the level rounded to the same type."""
    volume = np.asarray(volume)
    if volume.ndim != 3 or min(volume.shape) < 2:
        raise ValueError(f"need a 3-D array with at least 2 samples along each axis; "
                         f"got shape {volume.shape}")
    if volume.dtype.kind not in "biuf" or volume.dtype.itemsize > 8:
        raise TypeError(f"need real numbers of at most 64 bits, got {volume.dtype}")
    low, high = float(volume.min()), float(volume.max())
    if not np.isfinite([low, high]).all():
        bad = ~np.isfinite(volume)
        first = tuple(int(i) for i in np.unravel_index(bad.argmax(), bad.shape))
        raise ValueError(f"{bad.sum()} of {bad.size} samples are NaN or infinite, the first at "
                         f"{first}; replace them, with a value on the outside of the level, say")
    if np.ndim(level) > 0 or not np.isfinite(level):
        raise ValueError(f"level must be a finite number, got {level}")
    if max(-low, high, abs(level)) > LARGEST:
        raise ValueError(f"samples and level must be within {LARGEST:g} of 0, got samples from "
                         f"{low} to {high} and level {level}; scaling both changes nothing")
    # Rounded, so that the float32 sample 0.1, which is a little more than 0.1, is at the level 0.1.
    # (A level of 1e39, which no float32 is, makes it a float64.)
    volume = volume.astype(np.result_type(volume, np.float32, np.min_scalar_type(float(level))),
                           copy=False)
    return volume, float(volume.dtype.type(level))


def check_spacing(spacing: Sequence[float] | np.ndarray, shape: tuple[int, ...],
                  dtype: np.dtype | type = np.float64) -> np.ndarray:
    """The spacing as an array (3,), if `dtype` can hold the vertices of a volume of that shape."""
    spacing = np.asarray(spacing, float)
    if spacing.shape != (3,) or not (np.isfinite(spacing) & (spacing > 0)).all():
        raise ValueError(f"`spacing` must be three positive numbers, got {spacing.tolist()}")
    limits = np.finfo(dtype)
    if (spacing < limits.tiny).any() or (spacing > limits.max / np.array(shape)).any():
        raise ValueError(f"the vertices that `spacing` {spacing.tolist()} leads to are too large "
                         f"or too small for {limits.dtype}")
    return spacing
