"""A shape as the set of points that a network calls inside: exercise 2.1."""

from minicv.occupancy_network.grid import (
    evaluate_grid,
)
from minicv.occupancy_network.marching import (
    marching_cubes,
)
from minicv.occupancy_network.mesh import (
    Mesh,
)
from minicv.occupancy_network.network import (
    OccupancyNetwork,
    extract_mesh,
    mesh_from_grid,
)

__all__ = [
    "Mesh",
    "OccupancyNetwork",
    "evaluate_grid",
    "extract_mesh",
    "marching_cubes",
    "mesh_from_grid",
]
