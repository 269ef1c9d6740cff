"""Marching cubes slab by slab, as scikit-image calls it; plain twin: `occupancy_network.marching`.

The trick: work on a *slab* of a few planes at a time (`SLAB_SAMPLES`).  All that is computed on the
way from its samples to its triangles stays in the processor's cache.  A first pass finds the edges
and the cubes that the surface crosses, and with them how many vertices and triangles there will be;
the second writes each where it stays.  Within a slab everything is done with flat indices, in which
the next sample along an axis is one stride away.

What it is worth: where the surface is in nearly every cube (white noise, 128^3) a quarter of the
plain twin's time; on smooth surfaces 0.6 to 0.8 of it, though normals and values are computed
besides.  Against scikit-image's function: 0.2 to 0.35.  A sphere in 256^3 samples takes 15 MB more
than the volume; the plain twin takes 120, scikit-image 19.

More than the plain twin it gives what `skimage.measure.marching_cubes` gives: normals, values,
masks and steps.  Where scikit-image differs: see the plain twin; and float64 volumes are contoured
in float64, and normals take the spacing into account.  Where samples equal the level, vertices lie
on the samples themselves, as scikit-image's do, and some triangles have no area (`allow_degenerate`
takes them away).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from minicv import checks
from minicv.fast import vertex_data
from minicv.fast.slabs import Slab, cubes_in_use, scan
from minicv.occupancy_network.marching import (
    STARTS,
    check_spacing,
    check_volume,
    corner_steps,
    strides_of,
    triangle_table,
)

SLAB_SAMPLES = 2**17  # all that is computed on the way from these takes one or two megabytes


def marching_cubes(volume: np.ndarray, level: float | None = None, *,
                   spacing: Sequence[float] = (1.0, 1.0, 1.0), gradient_direction: str = "descent",
                   step_size: int = 1, allow_degenerate: bool = True,
                   method: str = "lewiner", mask: np.ndarray | None = None
                   ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Extract the surface where `volume` has the value `level`, as scikit-image does.

    Parameters
    ----------
    volume : ndarray, (M, N, P)
        Real samples, at least 2 along each axis.
    level : float, optional
        The value on the surface; half-way between the extremes if None. A sample equal to the level
        counts as outside.
    spacing : three floats
        Distance between samples along each axis.
    gradient_direction : str
        Which way the triangles turn. With "ascent" they are counter-clockwise seen from where the
        values are smaller, as in the plain twin. "descent" is the opposite (scikit-image's default:
        it reads the axes with the left hand).
    step_size : int
        Use every step_size-th sample only.
    allow_degenerate : bool
        Keep triangles without area, which arise where samples equal the level. If False, points
        that fall on the same sample become one, and what then has no area goes.
    method : str
        "lewiner" or "lorensen". Both give the same here: ambiguous faces are decided by their
        signs.
    mask : ndarray of bool, (M, N, P), optional
        The cube between the samples (i, j, k) and (i+1, j+1, k+1) is used if mask[i+1, j+1, k+1] is
        True.

    Returns
    -------
    vertices : ndarray, (V, 3)
        Points on the surface, in units of `spacing`; one for each crossed grid edge.
    faces : ndarray, (F, 3) int32
        Three vertices each.
    normals : ndarray, (V, 3)
        Unit vectors, against the gradient (towards smaller values).
    values : ndarray, (V,)
        How much the samples differ near each vertex: largest minus smallest within a cube, the
        largest of the cubes around the vertex. (That is what scikit-image computes; its
        documentation speaks of a maximum.)

    Floats are float32, or float64 where float32 cannot hold the volume's type.

    Raises
    ------
    ValueError, TypeError
        As the plain twin; or for a level outside the range of the samples, or options that are not
        as above.
    RuntimeError
        If no cube in use is crossed by the level.

    Examples
    --------
    >>> volume = np.zeros((3, 3, 3))
    >>> volume[1, 1, 1] = 1
    >>> vertices, faces, normals, values = marching_cubes(volume, 0.5)
    >>> len(vertices), len(faces)  # an octahedron around the one sample inside
    (6, 8)
    """
    volume, at = check_volume(volume, 0.0 if level is None else level)
    checks.choice(gradient_direction, "gradient_direction", ["descent", "ascent"])
    checks.choice(method, "method", ["lewiner", "lorensen"])
    checks.flag(allow_degenerate, "allow_degenerate")
    step_size = checks.whole(step_size, "step_size", least=1, most=min(volume.shape) - 1)
    if level is None:
        at = float(volume.dtype.type(0.5 * float(volume.min()) + 0.5 * float(volume.max())))
    used = None if mask is None else cubes_in_use(checks.numbers(
        mask, "mask", volume.shape, kinds="b")[::step_size, ::step_size, ::step_size])
    steps = check_spacing(spacing, volume.shape, volume.dtype) * step_size
    samples = np.ascontiguousarray(volume[::step_size, ::step_size, ::step_size])
    vertices, faces, normals, values = _contour(samples, at, steps, used)
    if not len(faces):
        checks.number(at, "the level in this volume", least=volume.min(), most=volume.max())
        raise RuntimeError("No surface found at the given iso value.")
    if not allow_degenerate:
        vertices, faces, normals, values = vertex_data.merge_coinciding(
            vertices, faces, normals, values, samples.shape)
    if gradient_direction == "descent":
        faces = faces[:, ::-1]
    for axis, step in enumerate(steps.astype(vertices.dtype)):  # faster than three in each row
        if step != 1:
            vertices[:, axis] *= step
    return vertices, faces, normals, values


def _contour(volume: np.ndarray, level: float, spacing: np.ndarray, used: np.ndarray | None
             ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Slab by slab: find the crossed edges; then put a vertex on each, and join them by triangles.

    An edge, and so its vertex, belongs to the slab of its lower end. The triangles at the top of a
    slab also need the vertices on the lowest plane of the slab above.
    """
    planes = max(1, SLAB_SAMPLES // volume[0].size)
    starts = range(0, len(volume) - 1, planes)
    slabs = [scan(volume, level, first, stop, used)
             for first, stop in zip(starts, [*starts[1:], len(volume)])]
    # Now it is known how many of all there are: each is written where it stays.
    total = sum(len(edges) for slab in slabs for edges in slab.crossed)
    vertices, normals = (np.empty((total, 3), volume.dtype) for _ in range(2))
    values = np.empty(total, volume.dtype)
    faces = np.empty((sum(int(_n_triangles(slab).sum()) for slab in slabs), 3), np.int32)
    beside = vertex_data.neighbours(volume.shape, spacing)
    n_vertices = n_faces = 0
    for below, slab, above in zip([None, *slabs], slabs, [*slabs[1:], None]):
        if not any(map(len, slab.crossed)):
            continue
        for triangles in _join(volume.shape, slab, above, n_vertices):
            faces[n_faces:n_faces + len(triangles)] = triangles
            n_faces += len(triangles)
        ranges = vertex_data.cube_ranges(volume, slab, below)
        for axis, edges in enumerate(slab.crossed):
            part = slice(n_vertices, n_vertices + len(edges))
            n_vertices += len(edges)
            vertex_data.place(volume, level, beside, slab, axis, vertices[part], normals[part])
            values[part] = vertex_data.largest_around(ranges, volume.shape, slab, axis)
    return vertices, faces, normals, values


def _n_triangles(slab: Slab) -> np.ndarray:
    """How many triangles each of a slab's cubes gets."""
    return (triangle_table()[:, :, 0] >= 0).sum(axis=1, dtype=np.uint8).take(slab.cases)


def _join(shape: tuple[int, ...], slab: Slab, above: Slab | None, n_vertices: int
          ) -> Iterator[np.ndarray]:
    """The triangles of a slab's cubes; `n_vertices` is the number of its first vertex."""
    strides = strides_of(shape)
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
    offsets = corner_steps(shape)[STARTS] + n_samples * (np.arange(12) // 4)
    steps = offsets.take(triangle_table().reshape(256, 15))
    n_triangles = _n_triangles(slab)
    for count in range(1, 6):
        chosen = np.flatnonzero(n_triangles == count)
        edges = steps[:, :3 * count].take(slab.cases.take(chosen), axis=0)
        edges += slab.cubes.take(chosen)[:, None]
        yield vertex_on.take(edges).reshape(-1, 3)
