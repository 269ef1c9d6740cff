"""Shapes as the level set of a network: exercises 1.1, 1.2 and 2.1.

Where to read first: `occupancy` (the idea), `marching_squares`, `cube_cases` and `marching_cubes`
(from numbers on a grid to a surface), `mesh` (what a surface of triangles can be asked),
`shape_metrics` (how good it is), and `grid_evaluation` (how to be fast).
"""

from minicv.implicit.grid_evaluation import evaluate_grid, evaluate_near_surface
from minicv.implicit.marching_cubes import marching_cubes
from minicv.implicit.marching_squares import find_contours
from minicv.implicit.mesh import Mesh
from minicv.implicit.occupancy import OccupancyNetwork, extract_mesh, mesh_from_grid

__all__ = ["Mesh", "OccupancyNetwork", "evaluate_grid", "evaluate_near_surface", "extract_mesh",
           "find_contours", "marching_cubes", "mesh_from_grid"]
