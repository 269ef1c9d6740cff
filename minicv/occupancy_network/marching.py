"""From samples on a grid to a mesh: marching cubes, with its 256 cases derived.

The problem.  A network says at any point whether it is inside a shape.  Ask it on a grid, and turn
the answers into a mesh of triangles.

The idea (Lorensen and Cline, *Marching cubes*, SIGGRAPH 1987).  Look at one cube of eight
neighbouring samples, each inside (greater than the level) or outside.  2^8 = 256 cases.

1. An edge of the grid whose two ends differ is crossed by the surface, once, where the straight
   line between the samples reaches the level:  t = (level - a) / (b - a)  of the way from a to b.
   That is where the vertices are (`cut_edges`).  Neighbouring cubes share an edge and its vertex.
2. Which triangles a cube gets depends on its case alone.  A triangle is three edges of the cube,
   and so three vertices (`join_vertices`).

The usual programs hold a table of the cases that somebody once typed in.  Here it follows from one
rule (`triangle_table`): `cut_runs` of marching squares draws the contour on each of the six faces
of the cube; `trace_loops` joins the contours end to end (each crossed edge belongs to two faces, is
entered on one and left on the other, so that they close to loops); `fill_loop` fills each loop.

Why neighbours never crack: two cubes share a face, `cut_runs` looks at that face alone, and so both
draw the same contour on it, in opposite directions.  Tables that choose a case by its number of
inside corners (as the 1987 paper does) leave holes where inside corners touch diagonally.

The inside is connected along the grid's edges (6 neighbours), the outside also across the diagonals
of the faces (18 neighbours), and the mesh has a boundary only where the surface leaves the volume;
`mesh_from_grid` closes it there.

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

import functools
from collections.abc import Sequence

import numpy as np

from minicv import checks
from minicv.decision_boundary.boundary import follow
from minicv.decision_boundary.contour import cut_runs
from minicv.occupancy_network.mesh import Mesh

NEAREST = 1e-6  # how near to a sample a vertex may lie, in lengths of an edge
LARGEST = 1e300  # of a sample or a coordinate: the difference of two is a number still

Bounds = tuple[float | Sequence[float] | np.ndarray, float | Sequence[float] | np.ndarray]

# Corner c of a cube sits at (i, j, k) = its three bits. An edge joins two corners that differ in
# one bit; edges 0-3 run along axis 0, 4-7 along axis 1, 8-11 along axis 2. Each face is the ring of
# its corners, counter-clockwise seen from outside the cube.
AXIS_BITS = (4, 2, 1)
EDGES = [(c, c | bit) for bit in AXIS_BITS for c in range(8) if not c & bit]
STARTS = [start for start, _ in EDGES]  # the nearer corner of each
FACES = [ring if side else ring[::-1]
         for bit, u, v in ((4, 2, 1), (2, 1, 4), (1, 4, 2)) for side in (0, bit)
         for ring in [[side, side | u, side | u | v, side | v]]]


def mesh_from_grid(values: np.ndarray, *, level: float = 0.0,
                   bounds: Bounds = (-0.5, 0.5)) -> Mesh:
    """Contour the values of a grid over `bounds`, and close the mesh at the border.

    Parameters
    ----------
    values : ndarray, (M, N, P)
        Larger than `level` inside.
    level, bounds
        As for `extract_mesh`.

    Raises
    ------
    ValueError, TypeError
        As `marching_cubes`.

    Examples
    --------
    >>> ball = 1 - (np.indices((9, 9, 9)) / 4 - 1)**2
    >>> mesh_from_grid(ball.sum(axis=0) - 2, bounds=(-1, 1)).is_watertight
    True
    """
    values, level = check_volume(values, level, "values")
    axes = grid_axes(bounds, values.shape, np.float64)
    # A layer of samples far below the level around the grid: the surface between it and an inside
    # sample of the border then lies on that sample, to a millionth of a cell.
    outside = level - 1 / NEAREST * max(float(values.max()) - level, 0)
    padded = np.pad(values.astype(np.float64), 1, constant_values=outside)
    vertices, faces = contour(padded, level)
    low, high = np.array([[axis[0], axis[-1]] for axis in axes]).T
    return Mesh(low + (vertices - 1) * (high - low) / (np.array(values.shape) - 1), faces)


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
    ValueError, TypeError
        For a volume that is not 3-D or too small, samples that are no real numbers, NaN or beyond
        1e300 (how many, and where the first is), a level that is not finite, spacing that is not
        positive or leads to vertices that overflow.

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
    vertices, faces = contour(volume, level)
    vertices *= steps
    return vertices, faces


def contour(volume: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (V, 3), counted in samples, and faces (F, 3)."""
    inside = volume > level
    vertices, starts = cut_edges(volume, level, inside)
    return vertices, join_vertices(inside, starts)


def cut_edges(volume: np.ndarray, level: float, inside: np.ndarray
              ) -> tuple[np.ndarray, list[np.ndarray]]:
    """Put a vertex on each crossed edge.

    Returns the vertices (V, 3) in samples: first those on edges along axis 0, then 1, then 2. And
    for each axis the samples where these edges start, by their number in the flat array.
    """
    values = volume.reshape(-1)
    vertices, starts = [], []
    for axis, stride in enumerate(strides_of(volume.shape)):
        crossed = np.diff(inside, axis=axis)
        index = np.unravel_index(np.flatnonzero(crossed), crossed.shape)
        start = np.ravel_multi_index(index, volume.shape)
        a, b = values[start].astype(np.float64), values[start + stride].astype(np.float64)
        vertex = np.stack(index, axis=1).astype(np.float64)
        vertex[:, axis] += np.clip((level - a) / (b - a), NEAREST, 1 - NEAREST)
        vertices.append(vertex)
        starts.append(start)
    return np.concatenate(vertices), starts


def join_vertices(inside: np.ndarray, starts: list[np.ndarray]) -> np.ndarray:
    """The triangles (F, 3) of all cubes, as vertex numbers: one axis of edges after the other."""
    samples, axes = corners_of_triangles(inside)
    faces = np.empty(len(samples), np.int32)
    vertex_on = np.empty(inside.size, np.int32)  # by the sample where the edge starts
    n_vertices = 0
    for axis, start in enumerate(starts):
        vertex_on[start] = np.arange(n_vertices, n_vertices + len(start))
        n_vertices += len(start)
        along = np.flatnonzero(axes == axis)
        faces[along] = vertex_on[samples[along]]
    return faces.reshape(-1, 3)


def corners_of_triangles(inside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The edges on which the corners of all triangles stand, (3 F,), three a triangle.

    Returns the samples where these edges start, and the axes along which they run.
    """
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
    edges = triangles[exists]  # (F, 3)
    corner = np.ravel_multi_index(np.unravel_index(cubes, case.shape), inside.shape)
    small = np.min_scalar_type(inside.size)  # half the memory, or less
    samples = corner_steps(inside.shape).astype(small)[STARTS][edges]
    samples += np.repeat(corner.astype(small), exists.sum(axis=1))[:, None]
    return samples.ravel(), edges.ravel() // 4


def strides_of(shape: tuple[int, ...]) -> tuple[int, int, int]:
    """How many steps of the flat array lead to the next sample along each axis."""
    return shape[1] * shape[2], shape[2], 1


def corner_steps(shape: tuple[int, ...]) -> np.ndarray:
    """(8,): how many steps of the flat array lead from a cube's corner 0 to each corner."""
    return (np.arange(8)[:, None] & AXIS_BITS > 0) @ strides_of(shape)


def trace_loops(case: int) -> list[list[int]]:
    """Join the contours on the six faces of a cube into closed loops of edge numbers.

    Bit c of `case` says whether corner c is inside. Seen from the outside of the shape each loop
    runs counter-clockwise.

    >>> trace_loops(1)  # corner 0 alone is inside: the three edges that meet there
    [[0, 4, 8]]
    """
    following = {}
    for ring in FACES:
        sides = [EDGES.index((min(a, b), max(a, b))) for a, b in zip(ring, ring[1:] + ring[:1])]
        for enter, leave in cut_runs([bool(case >> corner & 1) for corner in ring]):
            following[sides[enter]] = sides[leave]
    return [loop[:-1] for loop in follow(dict(sorted(following.items())))]


def fill_loop(loop: list[int], few_inside: bool) -> list[tuple[int, int, int]]:
    """Fill a loop of edge numbers with triangles that fan out from one of its points, the apex.

    - No diagonal may lie in a face of the cube. The neighbour could draw the same diagonal, and
      four triangles would meet in it.
    - A fan leans to one side of the surface. Choosing the apex where the loop turns from one edge
      direction to another, and the mirror image in the complementary case, lets the leanings
      cancel over a smooth surface, as in the tables in common use (areas agree to 1e-6).
    - A loop of six that has no such turn keeps its symmetry: cut off every other point.
    """
    n = len(loop)

    def parallel(a: int, b: int) -> bool:
        return loop[a] // 4 == loop[b % n] // 4

    def in_one_face(a: int, b: int) -> bool:
        return any(set(EDGES[loop[a]] + EDGES[loop[b % n]]) <= set(ring) for ring in FACES)

    apexes = [a for a in range(n) if not any(in_one_face(a, a + d) for d in range(2, n - 1))]
    before = -1 if few_inside else 1
    turns = [a for a in apexes if parallel(a, a + before) and not parallel(a, a - before)]
    if n == 6 and not turns and not any(in_one_face(a, a + 2) for a in (0, 2, 4)):
        a, b, c, d, e, f = loop
        return [(a, b, c), (c, d, e), (e, f, a), (a, c, e)]
    apex = (turns or apexes)[0]
    fan = loop[apex:] + loop[:apex]
    return [(fan[0], fan[m], fan[m + 1]) for m in range(1, n - 1)]


@functools.cache
def triangle_table() -> np.ndarray:
    """(256, 5, 3): the edges on which each case's triangles stand; -1 where there is no more."""
    table = np.full((256, 5, 3), -1, np.int8)
    for case in range(256):
        few_inside = bin(case).count("1") <= 4
        triangles = [t for loop in trace_loops(case) for t in fill_loop(loop, few_inside)]
        table[case, :len(triangles)] = np.reshape(triangles, (-1, 3))
    return table


def check_volume(volume: np.ndarray, level: float, name: str = "volume"
                 ) -> tuple[np.ndarray, float]:
    """The volume in float32, or float64 where needed, and the level rounded to the same type."""
    volume = checks.numbers(volume, name, ("M", "N", "P"), within=LARGEST)
    level = checks.number(level, "level", least=-LARGEST, most=LARGEST)
    if min(volume.shape) < 2:
        raise ValueError(f"{name} must have at least 2 samples along each axis, got {volume.shape}")
    if volume.dtype.itemsize > 8:
        raise TypeError(f"{name} must be real numbers of at most 64 bits, got {volume.dtype}")
    # Rounded, so that the float32 sample 0.1, which is a little more than 0.1, is at the level 0.1.
    # (A level of 1e39, which no float32 is, makes it a float64.)
    dtype = np.result_type(volume, np.float32, np.min_scalar_type(level))
    return volume.astype(dtype, copy=False), float(dtype.type(level))


def check_spacing(spacing: Sequence[float] | np.ndarray, shape: tuple[int, ...],
                  dtype: np.dtype | type = np.float64) -> np.ndarray:
    """The spacing as an array (3,), if `dtype` can hold the vertices of a volume of that shape."""
    spacing = checks.numbers(spacing, "spacing", (3,), dtype=float)
    limits = np.finfo(dtype)
    checks.refuse((spacing < limits.tiny) | (spacing > limits.max / np.array(shape)), "spacing",
                  f"not above 0, or too large or too small for vertices in {limits.dtype}")
    return spacing


def grid_axes(bounds: Bounds, lengths: Sequence[int], dtype: np.dtype | type) -> list[np.ndarray]:
    """The coordinates of so many samples along each axis of a box, if `dtype` can tell them apart.

    >>> grid_axes((0, 1), [2, 3], np.float32)
    [array([0., 1.]), array([0. , 0.5, 1. ])]
    """
    low, high = checks.bounds(bounds, "bounds", len(lengths), within=LARGEST)
    axes = [np.linspace(a, b, n) for a, b, n in zip(low, high, lengths)]
    with np.errstate(over="ignore", invalid="ignore"):  # the next lines find what comes of it
        steps = [np.diff(axis.astype(dtype)) for axis in axes]
    if not all(((step > 0) & (step < np.inf)).all() for step in steps):
        raise ValueError(f"{np.dtype(dtype)} cannot tell {max(lengths)} samples from "
                         f"{low.tolist()} to {high.tolist()} apart; scale the box or take float64")
    return axes
