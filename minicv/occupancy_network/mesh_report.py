"""What `Mesh.report` finds: is a mesh closed, of how many pieces, and with how many handles?

A mesh is **watertight** if each of its edges belongs to exactly two faces.  (Four faces at one
edge, as where two cubes touch, hold water too, but do not say which sheet goes on where.)

The **Euler characteristic** V - E + F depends on the shape alone, not on how it is cut into
triangles: 2 for a sphere, 0 for a torus, and in general 2c - 2g - b for c pieces with g handles
(the *genus*) and b holes.  So counting three tables finds the handles of a chair.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MeshReport:
    """What `Mesh.report` found; `print` it to read it.

    `genus` (handles) is None where it is not defined: in an empty mesh, and where edges or vertices
    are non-manifold or neighbouring faces disagree on the outside. Holes count as filled by a disc.
    `volume` means something only if the mesh is watertight and consistently oriented.
    """

    n_vertices: int
    n_edges: int
    n_faces: int
    n_unused_vertices: int
    n_components: int
    euler_characteristic: int
    genus: int | None
    is_watertight: bool
    is_consistently_oriented: bool
    n_inconsistent_edges: int
    n_boundary_edges: int
    n_boundary_loops: int
    n_non_manifold_edges: int
    n_non_manifold_vertices: int
    n_degenerate_faces: int
    n_duplicate_faces: int
    area: float
    volume: float

    def __str__(self) -> str:
        genus = "not defined" if self.genus is None else self.genus
        oriented = "yes" if self.is_consistently_oriented else (
            f"no, {self.n_inconsistent_edges} edges disagree")
        volume = f"{self.volume:.6g}"
        if not (self.is_watertight and self.is_consistently_oriented):
            volume = "not defined: the surface is not closed or not consistently oriented"
        elif self.volume < 0:
            volume += " (negative: the faces are clockwise seen from outside)"
        return f"""\
{self.n_vertices} vertices, {self.n_edges} edges, {self.n_faces} faces
  watertight             {"yes" if self.is_watertight else "no"}
  consistently oriented  {oriented}
  components             {self.n_components}
  Euler characteristic   {self.euler_characteristic} (genus {genus})
  boundary               {self.n_boundary_loops} loops, {self.n_boundary_edges} edges
  non-manifold           {self.n_non_manifold_edges} edges, {self.n_non_manifold_vertices} vertices
  faces to clean up      {self.n_degenerate_faces} degenerate, {self.n_duplicate_faces} duplicate
  unused vertices        {self.n_unused_vertices}
  area                   {self.area:.6g}
  volume                 {volume}"""
