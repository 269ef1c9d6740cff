"""Marching cubes: the surface on which a function, known on a 3-D grid, has a given level.

The problem.  A network says at any point whether it is inside a shape.  Ask it on a grid, and turn
the answers into a mesh of triangles.

The idea (Lorensen and Cline, *Marching cubes*, SIGGRAPH 1987).  Look at one cube of eight
neighbouring samples, each inside (greater than the level) or outside.  2^8 = 256 cases.

1. An edge of the cube whose two ends differ is crossed by the surface, once, where the straight
   line between the samples reaches the level:  t = (level - a) / (b - a)  of the way from a to b.
2. On each face of the cube the surface draws a contour: that is `marching_squares`, and the same
   rule, "cut off each run of inside corners", draws it.
3. The contours of the six faces join end to end into closed loops, and each loop is filled with
   triangles.  `cube_cases` does this once for all 256 cases; the code below looks them up.

Why neighbours never crack: two cubes share a face, the rule looks at that face alone, and so both
draw the same contour on it, in opposite directions.  Tables that choose a case by its number of
inside corners (the 1987 paper reduces 256 cases to 15 so) break this on faces whose inside corners
touch diagonally, and leave holes.

The inside is therefore connected along the grid's edges (6 neighbours), the outside also across
the diagonals of the faces (18 neighbours), and the mesh has a boundary only where the surface
leaves the volume.

It answers exercise 2.1 d.  Differences from `skimage.measure.marching_cubes` (Lewiner's variant):
an ambiguous face is decided by its signs, not by the values at its saddle point; float64 volumes
are contoured in float64; normals take the spacing into account; NaN is an error; and scaling the
samples changes nothing, since no small constant is added to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from minicv.occupancy_network.cube_cases import AXIS_BITS, EDGES, case_tables, edge_axis


def marching_cubes(volume: np.ndarray, level: float | None = None, *,
                   spacing: Sequence[float] = (1.0, 1.0, 1.0), gradient_direction: str = "descent",
                   step_size: int = 1, allow_degenerate: bool = True,
                   mask: np.ndarray | None = None
                   ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Extract the surface where `volume` has the value `level`, as scikit-image does.

    Parameters
    ----------
    volume : (M, N, P) real samples, at least 2 along each axis.
    level : the value on the surface; half-way between the extremes if None. A sample equal to the
        level counts as outside.
    spacing : distance between samples along each axis.
    gradient_direction : which way the triangles turn. With "ascent" they are counter-clockwise
        seen from where the values are smaller: right for objects of large values, such as
        occupancies. "descent" is the opposite (scikit-image's default: it reads the axes with the
        left hand).
    step_size : use every step_size-th sample only.
    allow_degenerate : keep triangles without area, which arise where samples equal the level. If
        False, points that fall on the same sample become one, and what then has no area goes.
    mask : (M, N, P) bool; the cube between the samples (i, j, k) and (i+1, j+1, k+1) is used if
        mask[i+1, j+1, k+1] is True.

    Returns
    -------
    vertices (V, 3) : points on the surface, in units of `spacing`; one for each crossed grid edge.
    faces (F, 3) int32 : indices of vertices.
    normals (V, 3) : unit vectors, against the gradient (towards smaller values).
    values (V,) : how much the samples differ near each vertex: largest minus smallest within a
        cube, the largest of the cubes around the vertex. (That is what scikit-image computes; its
        documentation speaks of a maximum.)

    Floats are float32, or float64 where float32 cannot hold the volume's type.

    Raises
    ------
    ValueError : not 3-D or too small, NaN or infinite samples (how many, and where the first is), a
        level outside the range of the samples, bad spacing, step, direction or mask.
    RuntimeError : no cube in use is crossed by the level.

    Examples
    --------
    >>> volume = np.zeros((3, 3, 3))
    >>> volume[1, 1, 1] = 1
    >>> vertices, faces, normals, values = marching_cubes(volume, 0.5)
    >>> len(vertices), len(faces)  # an octahedron around the one sample inside
    (6, 8)
    """
    volume, level = _checked_volume(volume, level)
    spacing = np.asarray(spacing, float)
    if spacing.shape != (3,) or not (np.isfinite(spacing) & (spacing > 0)).all():
        raise ValueError(f"`spacing` must be three positive numbers, got {spacing.tolist()}")
    if gradient_direction not in ("descent", "ascent"):
        raise ValueError(f"gradient_direction must be 'descent' or 'ascent', "
                         f"got {gradient_direction!r}")
    if step_size != int(step_size) or step_size < 1:
        raise ValueError(f"step_size must be a whole number of at least one, got {step_size}")
    if mask is not None:
        mask = np.asarray(mask, bool)
        if mask.shape != volume.shape:
            raise ValueError(f"the mask has shape {mask.shape}, the volume {volume.shape}")
    if step_size > 1:
        step = (slice(None, None, int(step_size)),) * 3
        volume = np.ascontiguousarray(volume[step])
        spacing = spacing * step_size
        mask = None if mask is None else mask[step]
        if min(volume.shape) < 2:
            raise ValueError(f"step_size {step_size} leaves {volume.shape} samples; "
                             "at least 2 are needed along each axis")

    used = None if mask is None else _cubes_in_use(mask)
    vertices, faces, normals, values = _contour(volume, level, spacing, used)
    if not len(faces):
        raise RuntimeError("No surface found at the given iso value.")
    if not allow_degenerate:
        vertices, faces, normals, values = _merge_coinciding(
            vertices, faces, normals, values, volume.shape)
    if gradient_direction == "descent":
        faces = faces[:, ::-1]
    if (spacing != 1).any():
        vertices *= spacing.astype(vertices.dtype)
    return vertices, faces, normals, values


def _checked_volume(volume: np.ndarray, level: float | None) -> tuple[np.ndarray, float]:
    """The volume as C-contiguous float32 (float64 where float32 cannot hold its type), and the
    level in the same type, by default half-way between the smallest and the largest sample.
    """
    volume = np.asarray(volume)
    if volume.ndim != 3 or min(volume.shape) < 2:
        raise ValueError(f"need a 3-D array with at least 2 samples along each axis; "
                         f"got shape {volume.shape}")
    if volume.dtype.kind not in "biuf":
        raise TypeError(f"need real numbers, got {volume.dtype}")
    volume = np.ascontiguousarray(volume, np.result_type(volume.dtype, np.float32))
    low, high = volume.min(), volume.max()
    if not (np.isfinite(low) and np.isfinite(high)):
        bad = ~np.isfinite(volume)
        first = tuple(int(i) for i in np.unravel_index(bad.argmax(), bad.shape))
        raise ValueError(f"{bad.sum()} of {bad.size} samples are NaN or infinite, the first at "
                         f"{first}; replace them, with a value on the outside of the level, say")
    if level is None:
        level = 0.5 * (float(low) + float(high))
    if not low <= level <= high:
        raise ValueError(f"Surface level must be within volume data range: "
                         f"level {level} is not in [{low}, {high}]")
    return volume, volume.dtype.type(level)


class Slab(NamedTuple):
    """Some planes of samples, few enough to stay in the processor's cache while we work on them.

    Indices are flat, counted from the first sample of the slab.
    """

    first: int  # the planes of the slab are first, first + 1, ..., stop - 1
    stop: int
    crossed: list[np.ndarray]  # for each axis, the crossed edges, by their lower end
    cubes: np.ndarray  # the cubes that the surface visits, by their corner 0
    cases: np.ndarray  # the case of each of these cubes


SLAB_SAMPLES = 2**18  # a slab and all that is computed on the way take a few megabytes


def _contour(volume, level, spacing, used):
    """Slab by slab: find the crossed edges, put a vertex on each, join the vertices by triangles.

    An edge, and so its vertex, belongs to the slab of its lower end. The triangles at the top of a
    slab also need the vertices on the lowest plane of the slab above.
    """
    planes = max(1, SLAB_SAMPLES // volume[0].size)
    starts = range(0, len(volume) - 1, planes)
    slabs = (_scan(volume, level, first, stop, used)
             for first, stop in zip(starts, [*starts[1:], len(volume)]))
    vertices, faces, normals, values = [], [], [], []
    n_vertices = 0
    below, slab = None, next(slabs)
    while slab is not None:
        above = next(slabs, None)
        if any(map(len, slab.crossed)):
            faces += _join(volume.shape, slab, above, n_vertices)
            n_vertices += sum(map(len, slab.crossed))
            ranges = _cube_ranges(volume, slab, below)
            for axis in range(3):
                position, normal = _place(volume, level, spacing, slab, axis)
                vertices.append(position)
                normals.append(normal)
                values.append(_largest_around(ranges, volume.shape, slab, axis))
        below, slab = slab, above
    faces = _concatenate(faces, (0, 3), np.int32)
    vertices, normals = (_concatenate(part, (0, 3), volume.dtype) for part in (vertices, normals))
    return vertices, faces, normals, _concatenate(values, (0,), volume.dtype)


def _concatenate(parts: list[np.ndarray], shape: tuple[int, ...], dtype) -> np.ndarray:
    """Join the parts and let go of them, so that only one kind of result exists twice at a time."""
    joined = np.concatenate([np.empty(shape, dtype), *parts])
    parts.clear()
    return joined


def _strides(shape: tuple[int, ...]) -> tuple[int, int, int]:
    """How many steps of the flat array lead to the next sample along each axis."""
    return shape[1] * shape[2], shape[2], 1


def _step_to_corner(corner: int, strides: tuple[int, int, int]) -> int:
    """How many steps of the flat array lead from corner 0 of a cube to another corner."""
    return sum(stride for bit, stride in zip(AXIS_BITS, strides) if corner & bit)


def _scan(volume, level, first, stop, used) -> Slab:
    """Find the crossed edges of the planes first ... stop - 1, and the cubes that stand on them."""
    inside = volume[first:stop + 1] > level  # with the plane above, where there is one
    flat, n_own = inside.reshape(-1), (stop - first) * volume[0].size
    crossed = []
    for axis, stride in enumerate(_strides(volume.shape)):
        # A shift of the flat array by one stride brings the next sample into place, for all samples
        # at once. The last samples of a row have no next one: what meets them there is erased.
        differs = np.empty((stop - first, *volume.shape[1:]), bool)
        n = min(n_own, len(flat) - stride)
        np.not_equal(flat[:n], flat[stride:stride + n], out=differs.reshape(-1)[:n])
        if axis > 0 or stop == len(volume):
            differs.swapaxes(0, axis)[-1] = False
        if used is not None:
            differs &= _edges_in_use(used[first:stop + 1], axis)
        crossed.append(np.flatnonzero(differs))

    # Along axis 2: bit 0 for the sample, bit 1 for the next. Along axis 1: bits 2 and 3 for the
    # same two in the next row. Along axis 0: bits 4 to 7 for the same four in the next plane.
    case = flat.view(np.uint8)
    for weight, stride in zip((2, 4, 16), _strides(volume.shape)[::-1]):
        case = case[:-stride] + weight * case[stride:]
    cases = np.zeros(inside.shape, np.uint8)
    cases.reshape(-1)[:len(case)] = case
    cases[:, -1] = 0  # no cube stands on the last row and the last column
    cases[:, :, -1] = 0
    if used is not None:
        cases[:stop - first] *= used[first + 1:stop + 1, 1:, 1:]
    cases = cases.reshape(-1)
    cubes = np.flatnonzero(cases + np.uint8(1) > 1)  # neither 0, all outside, nor 255, all inside
    return Slab(first, stop, crossed, cubes, cases.take(cubes))


def _cubes_in_use(mask: np.ndarray) -> np.ndarray:
    """Whether the cube with corner 0 at (i, j, k) counts: (M+1, N+1, P+1) bool, at index + 1."""
    used = np.zeros(np.add(mask.shape, 1), bool)
    used[1:-1, 1:-1, 1:-1] = mask[1:, 1:, 1:]
    return used


def _edges_in_use(used: np.ndarray, axis: int) -> np.ndarray:
    """Whether one of the four cubes around each edge along `axis` counts."""
    for other in range(3):
        near, far = used.swapaxes(0, other)[:-1], used.swapaxes(0, other)[1:]
        used = (far if other == axis else near | far).swapaxes(0, other)
    return used


def _join(shape, slab: Slab, above: Slab | None, n_vertices: int) -> list[np.ndarray]:
    """The triangles of a slab's cubes; `n_vertices` is the number of its first vertex."""
    strides = _strides(shape)
    n_samples = (slab.stop - slab.first + 1) * strides[0]
    vertex_on = np.empty((3, n_samples), np.int32)  # by axis and lower end; filled where crossed
    for axis, edges in enumerate(slab.crossed):
        vertex_on[axis, edges] = np.arange(n_vertices, n_vertices + len(edges))
        n_vertices += len(edges)
    for axis, edges in enumerate(above.crossed if above else ()):
        lowest = edges[:np.searchsorted(edges, strides[0])]
        vertex_on[axis, lowest + n_samples - strides[0]] = np.arange(n_vertices,
                                                                     n_vertices + len(lowest))
        n_vertices += len(edges)

    # Where an edge of a cube stands in `vertex_on`, counted from the cube's corner 0.
    steps = [edge_axis(edge) * n_samples + _step_to_corner(start, strides)
             for edge, (start, _) in enumerate(EDGES)]
    counts, table = case_tables()
    steps, n_triangles = np.array(steps)[table], counts.take(slab.cases)
    faces = []
    for count in range(1, 6):
        chosen = np.flatnonzero(n_triangles == count)
        if len(chosen):
            edges = steps[:, :3 * count].take(slab.cases.take(chosen), axis=0)
            edges += slab.cubes.take(chosen)[:, None]
            faces.append(vertex_on.take(edges).reshape(-1, 3))
    return faces


def _place(volume, level, spacing, slab: Slab, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions (in samples) and normals of the vertices on a slab's edges along `axis`.

    The normal is minus the gradient: along the edge the difference of its two ends, across it the
    slopes at the two ends, interpolated.
    """
    strides = _strides(volume.shape)
    flat = volume.reshape(-1)
    lower = slab.crossed[axis] + slab.first * strides[0]
    upper = lower + strides[axis]
    a = flat.take(lower)
    rise = flat.take(upper) - a
    t = (level - a) / rise

    plane = lower // strides[0]
    row = lower // strides[1]
    index = (plane, row - plane * volume.shape[1], lower - row * strides[1])
    position = np.empty((len(lower), 3), volume.dtype)
    gradient = []
    for n in range(3):
        position[:, n] = index[n]
        if n == axis:
            position[:, n] += t
            slope = rise
        else:
            first = np.flatnonzero(index[n] == 0)
            last = np.flatnonzero(index[n] == volume.shape[n] - 1)
            slope = _slope(flat, lower, strides[n], first, last)
            slope += t * (_slope(flat, upper, strides[n], first, last) - slope)
        gradient.append(slope * volume.dtype.type(1 / spacing[n]))
    return position, _downhill(gradient)


def _slope(flat, samples, stride: int, first, last) -> np.ndarray:
    """Central differences along an axis; one-sided for the samples numbered `first` and `last`."""
    # "clip": at the two ends of the volume a neighbour may be missing; it is mended below.
    after = flat.take(samples + stride, mode="clip")
    before = flat.take(samples - stride, mode="clip")
    slope = after - before
    slope *= 0.5
    slope[first] = after[first] - flat.take(samples[first])
    slope[last] = flat.take(samples[last]) - before[last]
    return slope


def _downhill(gradient: list[np.ndarray]) -> np.ndarray:
    """Unit vectors (V, 3) against the gradient, of which the three components are given."""
    # The largest component is divided out first: the square of 1e-30 would be zero in float32.
    largest = np.maximum(np.maximum(np.abs(gradient[0]), np.abs(gradient[1])), np.abs(gradient[2]))
    # Divided, not multiplied with 1 / largest, which is infinite for the tiniest numbers.
    x, y, z = (component / largest for component in gradient)
    scale = -1 / np.sqrt(x * x + y * y + z * z)
    normals = np.empty((len(x), 3), x.dtype)
    for n, component in enumerate((x, y, z)):
        np.multiply(component, scale, out=normals[:, n])
    return normals


def _cube_ranges(volume, slab: Slab, below: Slab | None) -> np.ndarray:
    """Largest minus smallest sample of each visited cube, by corner 0; elsewhere 0.

    Flat, and counted from the first sample of the plane below the slab, since the vertices on the
    slab's lowest plane touch the cubes of that plane too.
    """
    strides = _strides(volume.shape)
    cubes = slab.cubes + strides[0]
    if below is not None:
        last_plane = (below.stop - below.first - 1) * strides[0]
        touching = below.cubes[np.searchsorted(below.cubes, last_plane):] - last_plane
        cubes = np.concatenate([touching, cubes])
    flat = volume.reshape(-1)
    corner = cubes + (slab.first - 1) * strides[0]
    largest = flat.take(corner)
    smallest = largest.copy()
    for number in range(1, 8):
        samples = flat.take(corner + _step_to_corner(number, strides))
        np.maximum(largest, samples, out=largest)
        np.minimum(smallest, samples, out=smallest)
    ranges = np.zeros((slab.stop - slab.first + 1) * strides[0], volume.dtype)
    ranges[cubes] = largest - smallest
    return ranges


def _largest_around(ranges, shape, slab: Slab, axis: int) -> np.ndarray:
    """The largest range of the four cubes around each of a slab's crossed edges along `axis`."""
    strides = _strides(shape)
    cube = slab.crossed[axis] + strides[0]
    u, v = (stride for n, stride in enumerate(strides) if n != axis)
    # On the border of the volume the steps lead to the end of another row, where no cube stands.
    largest = ranges.take(cube)
    for step in (u, v, u + v):
        np.maximum(largest, ranges.take(cube - step), out=largest)
    return largest


def _merge_coinciding(vertices, faces, normals, values, shape):
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
    turns = np.bincount(group.reshape(-1), np.where(odd, -1, 1))
    faces = faces[turns[group.reshape(-1)] != 0]

    used, faces = np.unique(faces, return_inverse=True)
    return (vertices[used], faces.reshape(-1, 3).astype(np.int32), normals[used], values[used])
