"""Shapes as the level set of a network: exercises 1.1, 1.2 and 2.1.

Where to read first: `occupancy` (the idea), `marching_squares`, `cube_cases` and `marching_cubes`
(from numbers on a grid to a surface), `mesh` (what a surface of triangles can be asked),
`shape_metrics` (how good it is), and `grid_evaluation` (how to be fast).  What a ReLU network
draws, exactly: `relu_lines`, `relu_geometry` (in the plane), `ray_crossings` (along rays).  A shape
from pictures: `cameras`, `surface_search`, `implicit_depth`, `textured_shape`, `rendering`,
`render_training`.
"""

from minicv.implicit.cameras import Camera, box_interval
from minicv.implicit.grid_evaluation import evaluate_grid, evaluate_near_surface
from minicv.implicit.implicit_depth import implicit_depth, spatial_gradient
from minicv.implicit.marching_cubes import marching_cubes
from minicv.implicit.marching_squares import find_contours
from minicv.implicit.mesh import Mesh
from minicv.implicit.occupancy import OccupancyNetwork, extract_mesh, mesh_from_grid
from minicv.implicit.ray_crossings import ray_crossings
from minicv.implicit.relu_geometry import Region, decision_boundary, linear_regions
from minicv.implicit.relu_lines import Line
from minicv.implicit.render_training import Schedule, ViewRays, fit_views
from minicv.implicit.rendering import LossWeights, Picture, psnr, render, render_loss
from minicv.implicit.surface_search import SurfaceHits, find_surface, secant_step
from minicv.implicit.textured_shape import PositionalEncoding, TexturedShape

__all__ = ["Camera", "Line", "LossWeights", "Mesh", "OccupancyNetwork", "Picture",
           "PositionalEncoding", "Region", "Schedule", "SurfaceHits", "TexturedShape", "ViewRays",
           "box_interval", "decision_boundary", "evaluate_grid", "evaluate_near_surface",
           "extract_mesh", "find_contours", "find_surface", "fit_views", "implicit_depth",
           "linear_regions", "marching_cubes", "mesh_from_grid", "psnr", "ray_crossings", "render",
           "render_loss", "secant_step", "spatial_gradient"]
