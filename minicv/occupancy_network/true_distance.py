"""How far one surface is from another, without sampling the other: true distances to triangles.

`shape_metrics` compares two sets of points, and finds two equal surfaces some way apart, because
the nearest *point* is not the nearest place.  Here the nearest place on the triangles themselves is
found.  So the error of marching cubes can be measured against the exact surface of the same network
(`decision_boundary.exact_surface`), however small it is:

    Chamfer distance     mean distance, from points of either surface to the other, averaged
    Hausdorff distance   the largest of them (`hausdorff`)

The nearest triangle, for certain.  Triangles are cut until none is large, and a k-d tree holds
their centres.  No corner is further than `radius` from the centre of its piece; so a triangle
whose centre is d away is at least  d - radius  away.  Ask for the nearest k centres: if the nearest
place on these is no further than that bound for the last of them, no other triangle can be nearer.
Else take twice as many.

Goes with exercise 2.1.  Source: Cignoni, Rocchini and Scopigno, *Metro: measuring error on
simplified surfaces*, 1998.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from minicv import checks
from minicv.occupancy_network.mesh import LARGEST, MOST_POINTS, Mesh

MOST_PAIRS = 2_000_000  # of points and triangles at a time


@dataclass(frozen=True)
class MeshDistance:
    """What `mesh_distance` measured, in the units of the points."""

    accuracy: float  # mean distance from the first surface to the second
    completeness: float  # and back

    @property
    def chamfer_l1(self) -> float:
        return (self.accuracy + self.completeness) / 2


def mesh_distance(prediction: Mesh, truth: Mesh, *, n_points: int = 20_000,
                  rng: np.random.Generator | int | None = None) -> MeshDistance:
    """The mean true distances between two meshes, from points drawn on either.

    Parameters
    ----------
    prediction, truth : Mesh
        Both with an area, or both without: then they are equal.
    n_points : int
        How many points to draw from each. More make the means more certain, not smaller.
    rng : numpy.random.Generator, int or None
        Where the random choice comes from.

    Examples
    --------
    >>> square = Mesh([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], [[0, 1, 2], [0, 2, 3]])
    >>> lifted = Mesh(square.vertices + [0, 0, 0.5], square.faces)
    >>> mesh_distance(lifted, square, n_points=100).chamfer_l1
    0.5
    """
    n_points = checks.whole(n_points, "n_points", least=1, most=MOST_POINTS)
    rng = checks.generator(rng)
    checks.instance(prediction, "prediction", Mesh)
    checks.instance(truth, "truth", Mesh)
    if prediction.area() == 0 or truth.area() == 0:
        gap = 0.0 if prediction.area() == truth.area() else np.inf
        return MeshDistance(gap, gap)
    means = [float(distance_to_mesh(mesh.sample(n_points, rng)[0], other).mean())
             for mesh, other in ((prediction, truth), (truth, prediction))]
    return MeshDistance(*means)


def distance_to_mesh(points: np.ndarray, mesh: Mesh) -> np.ndarray:
    """How far each point is from the nearest place on a mesh.

    Parameters
    ----------
    points : (N, 3) array
    mesh : Mesh

    Returns
    -------
    (N,) array
        Infinite if the mesh has no faces.

    Examples
    --------
    >>> triangle = Mesh([[0, 0, 0], [4, 0, 0], [0, 4, 0]], [[0, 1, 2]])
    >>> distance_to_mesh([[1, 1, 2], [-3, -4, 0]], triangle).tolist()
    [2.0, 5.0]
    """
    points = checks.numbers(points, "points", ("N", 3), dtype=float, within=LARGEST)
    return NearestTriangles(checks.instance(mesh, "mesh", Mesh)).find(points)[0]


class NearestTriangles:
    """The triangles (F, 3, 3) of a mesh, in pieces in a k-d tree, to look for the nearest."""

    def __init__(self, mesh: Mesh):
        from scipy.spatial import cKDTree  # only here: see shape_metrics

        vertices = checks.numbers(mesh.vertices, "the mesh's vertices", dtype=float, within=LARGEST)
        self.triangles = vertices[mesh.faces]
        self.pieces, self.face = _pieces(self.triangles)
        centres = self.pieces.mean(axis=1)
        self.radius = np.linalg.norm(self.pieces - centres[:, None], axis=2).max(initial=0)
        self.tree = cKDTree(centres)

    def find(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of each point (N, 3) the distance to the nearest triangle (N,), and its number (N,)."""
        nearest, number = np.full(len(points), np.inf), np.zeros(len(points), int)
        todo, k = np.arange(len(points)), 8
        while len(todo) and len(self.pieces):
            k = min(k, len(self.pieces))
            unsure = []
            for n in range(0, len(todo), max(MOST_PAIRS // k, 1)):
                some = todo[n:n + max(MOST_PAIRS // k, 1)]
                gap, index = self.tree.query(points[some], np.arange(1, k + 1))
                pairs = distances_to_triangles(np.repeat(points[some], k, axis=0),
                                               self.pieces[index.ravel()]).reshape(-1, k)
                row, first = np.arange(len(some)), pairs.argmin(axis=1)
                nearest[some], number[some] = pairs[row, first], self.face[index[row, first]]
                unsure.append(some[nearest[some] > gap[:, -1] - self.radius])
            todo = np.concatenate(unsure) if k < len(self.pieces) else np.empty(0, int)
            k *= 2
        return nearest, number


def _pieces(triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The triangles (F, 3, 3), halved across their longest side until none is very long.

    And of each piece the number of its triangle.
    """
    owner = np.arange(len(triangles))
    sides = np.linalg.norm(np.roll(triangles, -1, axis=1) - triangles, axis=2)
    if len(triangles) == 0:
        return triangles, owner
    # A piece has about the area of the mean triangle, so there are only a few times as many.
    longest = np.sqrt((sides.max(axis=1)**2).mean()) + 1e-12 * np.abs(triangles).max()
    while (sides > longest).any():
        first = np.argmax(sides, axis=1)[:, None] + np.arange(3)
        a, b, c = np.take_along_axis(triangles, first[:, :, None] % 3, axis=1).swapaxes(0, 1)
        long, middle = sides.max(axis=1) > longest, (a + b) / 2
        halves = np.stack([[a, middle, c], [middle, b, c]])[:, :, long]
        triangles = np.concatenate([triangles[~long], *halves.swapaxes(1, 2)])
        owner = np.concatenate([owner[~long], owner[long], owner[long]])
        sides = np.linalg.norm(np.roll(triangles, -1, axis=1) - triangles, axis=2)
    return triangles, owner


def distances_to_triangles(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """From K points to a triangle (3, 3) each: to its plane or, from beside it, to its sides."""
    sides = np.roll(triangles, -1, axis=1) - triangles
    away = points[:, None] - triangles
    squared = np.maximum(_dot(sides, sides), 1e-300)
    share = np.clip(_dot(away, sides) / squared, 0, 1)[:, :, None]
    gaps = away - share * sides
    to_sides = np.sqrt(_dot(gaps, gaps).min(axis=1))
    normal = np.cross(sides[:, 0], sides[:, 1])
    length = np.sqrt(_dot(normal, normal))
    inwards = np.cross(normal[:, None], sides)
    above = (_dot(away, inwards) >= 0).all(axis=1) & (length > 0)
    to_plane = np.abs(_dot(away[:, 0], normal)) / np.maximum(length, 1e-300)
    # A needle's normal is rounding only. But above it, the nearest side is not much farther away:
    height = length / np.sqrt(squared.max(axis=1))
    to_plane = np.maximum(to_plane, np.sqrt(np.maximum(to_sides**2 - height**2, 0)))
    return np.where(above, np.minimum(to_plane, to_sides), to_sides)


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.einsum("...i,...i", a, b)
