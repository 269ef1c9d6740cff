"""The surface of a ReLU network in space, complete: the proof that `surface_walk` cannot give.

Read in this order: `search` (the idea, and what counts as surface), `affine_bounds` (why there is
none in a cell), `polyhedra` (how all cells are cut), with `incidence` (the tables that say what is
on the border of what) and `vertices` (what is known at the corners), and `assembly` (how what is
found becomes polygons with neighbours).
"""

from minicv.decision_boundary.complete.search import exact_surface

__all__ = ["exact_surface"]
