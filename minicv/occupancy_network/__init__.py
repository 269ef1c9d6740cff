"""A shape as the set of points that a network calls inside: exercise 2.1.

Read in this order: `network` (the idea, and the way from a network to a mesh), `grid` (its values
on a grid), `marching` (the surface between them), `mesh` with `mesh_topology` and `mesh_report`
(is it closed? how many handles?), `shape_metrics` (is it any good?), `true_distance` and
`hausdorff` (how wrong is it, to the last digit?), `mesh_files`.
"""

from minicv.occupancy_network.grid import evaluate_grid
from minicv.occupancy_network.marching import marching_cubes, mesh_from_grid
from minicv.occupancy_network.mesh import Mesh
from minicv.occupancy_network.network import OccupancyNetwork, extract_mesh

__all__ = [
    "Mesh",
    "OccupancyNetwork",
    "evaluate_grid",
    "extract_mesh",
    "marching_cubes",
    "mesh_from_grid",
]
