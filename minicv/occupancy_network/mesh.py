"""Mesh: a surface made of triangles, and what can be asked of it.

A mesh is two tables: where the vertices are (*geometry*: area, volume, normals), and which three of
them make each face (*topology*: is it closed, of how many pieces, with how many handles).  Topology
follows from counting the sides of faces, which `mesh_topology` does and `mesh_report` sums up.

Answers exercise 2.1 (is the extracted chair closed? of how many pieces?).  The industrial
counterpart is `trimesh.Trimesh`, which has much more (ray casting, repair, boolean operations) and
measures the volume of an open mesh from the origin.

Sources: Botsch et al., Polygon Mesh Processing (2010), chapters 1 and 3; Thuermer and Wuethrich,
Computing vertex normals from polygonal facets (1998); Osada et al., Shape distributions (2002),
section 4.1, for sampling.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from minicv import checks
from minicv.occupancy_network.mesh_report import MeshReport
from minicv.occupancy_network.mesh_topology import Edges

LARGEST = 1e75  # of a coordinate that is measured: the square of an area is a number still
MOST_POINTS = 10_000_000  # that are drawn at a time


class Mesh:
    """A triangle mesh. To change it, make a new one: ``Mesh(mesh.vertices + 1, mesh.faces)``.

    Parameters
    ----------
    vertices : array_like, (V, 3)
        Finite real numbers. float32 stays float32; all else becomes float64. Whatever is computed
        from them is computed, and returned, in float64.
    faces : array_like, (F, 3)
        Integers from 0 to V - 1, counter-clockwise seen from outside.
    colours : array_like, (V, 3) uint8, optional
        Red, green and blue of each vertex.

    Raises
    ------
    ValueError, TypeError
        For a wrong shape or dtype, a coordinate that is NaN or infinite, or a face that uses a
        vertex that does not exist.

    Notes
    -----
    Whatever needs the size of a face raises ValueError for coordinates beyond 1e75, whose areas
    would overflow. Sides shorter than 1e-75 count as no length.

    An empty mesh (no faces) is allowed: area, volume, counts are 0, `bounds` is NaN, and
    `is_watertight` is False. Only `sample` refuses.

    Examples
    --------
    >>> corners = [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]
    >>> tetrahedron = Mesh(corners, [[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])
    >>> tetrahedron.is_watertight, tetrahedron.euler_characteristic, round(tetrahedron.volume(), 4)
    (True, 2, 0.1667)
    """

    def __init__(self, vertices: np.ndarray, faces: np.ndarray, colours: np.ndarray | None = None):
        vertices = checks.numbers(vertices, "vertices", ("V", 3), kinds="iuf")
        faces = checks.as_array(faces, "faces")
        faces = checks.numbers(faces, "faces", ("F", 3), kinds="iu" if faces.size > 0 else "iuf")
        checks.refuse((faces < 0) | (faces >= len(vertices)), "faces",
                      f"none of the {len(vertices)} vertices, counted from 0", values=faces)
        if colours is not None:
            colours = checks.numbers(colours, "colours", vertices.shape, kinds="u", within=255)
        single = vertices.dtype == np.float32
        self.vertices = _frozen(vertices.astype(np.float32 if single else np.float64))
        self.faces = _frozen(faces.astype(np.int64))
        self.colours = None if colours is None else _frozen(colours.astype(np.uint8))

    def __repr__(self) -> str:
        return f"Mesh({len(self.vertices)} vertices, {len(self.faces)} faces)"

    # -- geometry ----------------------------------------------------------------------------------

    @cached_property
    def _area_vectors(self) -> np.ndarray:
        """(F, 3) float64: normal times twice the area; (0, 0, 0) for a degenerate face."""
        corners = checks.numbers(self.vertices[self.faces], "the faces' corners", dtype=np.float64,
                                 within=LARGEST)
        sides = np.roll(corners, -1, axis=1) - corners
        # |u x v| is the area of the parallelogram over u and v: twice the triangle.
        area_vectors = np.cross(sides[:, 0], -sides[:, 2])

        # Three corners on a line rarely give exactly 0: the subtractions above round. So a face
        # counts as flat if its height is below a few rounding steps of its largest coordinate.
        longest = np.linalg.norm(sides, axis=2).max(axis=1)
        rounding = 4 * np.finfo(np.float64).eps * np.abs(corners).max(axis=(1, 2))
        flat = np.linalg.norm(area_vectors, axis=1) <= rounding * longest
        area_vectors[flat] = 0.0
        return _frozen(area_vectors)

    @cached_property
    def _areas(self) -> np.ndarray:
        """(F,) float64: the area of each face."""
        return _frozen(0.5 * np.linalg.norm(self._area_vectors, axis=1))

    @property
    def bounds(self) -> np.ndarray:
        """(2, 3) float64: smallest and largest x, y, z that faces use; NaN if there are none."""
        if len(self.faces) == 0:
            return np.full((2, 3), np.nan)
        used = self.vertices[np.unique(self.faces)].astype(np.float64)
        return np.stack([used.min(axis=0), used.max(axis=0)])

    def area(self) -> float:
        """The sum of the areas of all faces."""
        return float(self._areas.sum())

    def volume(self) -> float:
        """The volume enclosed: positive if the faces are counter-clockwise seen from outside.

        For a surface with holes, each is closed by a cone to the centre of the bounding box.
        """
        if len(self.faces) == 0:
            return 0.0
        area_vectors = self._area_vectors
        # Divergence theorem for the field x, whose divergence is 3:
        #     3 V  =  integral of x . n over the surface  =  sum over faces of (a . n) A,
        # for x . n is constant on a plane, so any corner `a` of the face will do.  With the area
        # vector N = 2 A n this is V = 1/6 sum a . N.  The origin is free: we put it in the middle,
        # because far away from it the terms are large and cancel badly.
        first_corners = self.vertices[self.faces[:, 0]] - self.bounds.mean(axis=0)
        return float(np.sum(first_corners * area_vectors) / 6)

    def face_normals(self) -> np.ndarray:
        """(F, 3) float64: unit normals pointing outside; (0, 0, 0) for a degenerate face."""
        return _normalised(self._area_vectors)

    def vertex_normals(self) -> np.ndarray:
        """(V, 3) float64: unit normals, the mean of the faces around, weighted by their angle.

        Why the angle and not the area: if a face is cut in two, the angles at a vertex add up to
        what was there before, so the normal does not depend on how a surface was triangulated. The
        corner of a cube gets (1, 1, 1) / sqrt(3) whichever way its squares are cut.

        A vertex without a face, or whose faces cancel, gets (0, 0, 0).
        """
        normals = self.face_normals()
        corners = self.vertices.astype(np.float64)[self.faces]
        to_next = np.roll(corners, -1, axis=1) - corners
        to_previous = np.roll(corners, 1, axis=1) - corners
        # tan(angle) = |u x v| / (u . v), exact also where the angle is near 0 or pi (arccos of
        # the normalised dot product is not). |u x v| is twice the area at all three corners.
        dots = np.sum(to_next * to_previous, axis=2)
        angles = np.arctan2(2 * self._areas[:, None], dots)
        sums = np.zeros(self.vertices.shape)
        np.add.at(sums, self.faces, angles[:, :, None] * normals[:, None, :])
        return _normalised(sums)

    def sample(self, n: int, rng: np.random.Generator | int | None = None
               ) -> tuple[np.ndarray, np.ndarray]:
        """Draw points uniformly from the surface; without area that is a ValueError.

        Parameters
        ----------
        n : int
            How many, at most ten million.
        rng : numpy.random.Generator, int or None
            Where the random choice comes from.

        Returns
        -------
        points : ndarray, (n, 3) float64
        face_index : ndarray, (n,) int64
            The face that each point lies on.
        """
        n = checks.whole(n, "n", least=0, most=MOST_POINTS)
        rng = checks.generator(rng)
        if n > 0 and self.area() == 0:
            raise ValueError(f"cannot sample a mesh without area ({len(self.faces)} faces)")

        # Which face: lay the areas end to end on a line and throw a dart at the line.
        # side="right" never picks a face of area 0, which takes up no length.
        ends = np.cumsum(self._areas)
        face_index = np.searchsorted(ends, rng.random(n) * ends[-1:].sum(), side="right")

        # Where on the face: pick the line parallel to BC at the fraction s of the way from A, then
        # a point on it, A + s ((1 - t)(B - A) + t (C - A)), with t uniform.  But s must not be: the
        # part of the triangle nearer to A than s is a smaller copy, with s^2 of the area.  So we
        # need P(S <= s) = s^2, and s = sqrt(u) does it: P(sqrt(u) <= s) = P(u <= s^2) = s^2.
        s = np.sqrt(rng.random((n, 1)))
        t = rng.random((n, 1))
        a, b, c = self.vertices.astype(np.float64)[self.faces[face_index]].transpose(1, 0, 2)
        return (1 - s) * a + s * (1 - t) * b + s * t * c, face_index

    # -- topology ----------------------------------------------------------------------------------

    @cached_property
    def edges(self) -> Edges:
        """The edges, how many faces each has, and what follows from that."""
        return Edges(self.faces)

    @property
    def is_watertight(self) -> bool:
        """Whether there are faces and every edge belongs to exactly two of them."""
        return len(self.edges.uses) > 0 and bool(np.all(self.edges.uses == 2))

    @property
    def is_consistently_oriented(self) -> bool:
        """Whether all faces that share an edge two by two agree on which side is outside."""
        return len(self.edges.inconsistent()) == 0

    @property
    def euler_characteristic(self) -> int:
        """V - E + F, of proper faces (no vertex twice), their edges and the vertices these use."""
        return self.edges.euler_characteristic()

    @property
    def n_components(self) -> int:
        """The number of pieces; two faces that share a vertex belong to the same piece."""
        return self.edges.n_components()

    def degenerate_faces(self) -> np.ndarray:
        """(K,) int64: the faces without area, to within the rounding of their coordinates."""
        return np.flatnonzero(self._areas == 0)

    def duplicate_faces(self) -> np.ndarray:
        """(K,) int64: the faces whose three vertices, in any order, an earlier face has too."""
        _, first = np.unique(np.sort(self.faces, axis=1), axis=0, return_index=True)
        return np.setdiff1d(np.arange(len(self.faces)), first)

    def report(self) -> MeshReport:
        """Everything above in one look.

        >>> square = Mesh([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], [[0, 1, 2], [0, 2, 3]])
        >>> report = square.report()
        >>> report.is_watertight, report.n_boundary_edges, report.n_boundary_loops
        (False, 4, 1)
        """
        uses = self.edges.uses
        n_loops = len(self.edges.boundary_loops())
        n_pinched = len(self.edges.pinched_vertices())
        # V - E + F = 2c - 2g - b, solved for g, where the surface is one that has handles at all.
        genus = None
        if len(uses) > 0 and uses.max() <= 2 and n_pinched == 0 and self.is_consistently_oriented:
            genus = (2 * self.n_components - n_loops - self.euler_characteristic) // 2
        return MeshReport(
            n_vertices=len(self.vertices),
            n_edges=len(uses),
            n_faces=len(self.faces),
            n_unused_vertices=len(self.vertices) - len(np.unique(self.faces)),
            n_components=self.n_components,
            euler_characteristic=self.euler_characteristic,
            genus=genus,
            is_watertight=self.is_watertight,
            is_consistently_oriented=self.is_consistently_oriented,
            n_inconsistent_edges=len(self.edges.inconsistent()),
            n_boundary_edges=int(np.sum(uses == 1)),
            n_boundary_loops=n_loops,
            n_non_manifold_edges=len(self.edges.non_manifold()),
            n_non_manifold_vertices=n_pinched,
            n_degenerate_faces=len(self.degenerate_faces()),
            n_duplicate_faces=len(self.duplicate_faces()),
            area=self.area(),
            volume=self.volume(),
        )


def _normalised(vectors: np.ndarray) -> np.ndarray:
    """Rows of length 1; rows of zeros stay zeros."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, lengths, out=np.zeros(vectors.shape), where=lengths > 0)


def _frozen(array: np.ndarray) -> np.ndarray:
    array.setflags(write=False)
    return array
