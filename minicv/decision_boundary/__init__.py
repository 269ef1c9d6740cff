"""What a ReLU network draws, exactly: exercise 1.1.

Read in this order: `line` (what one unit draws), `relu_network` (a network, step by step),
`regions` (what all units draw together), `boundary` (where the inside ends), `rays` (the same along
rays, in any dimension), `hinges` and `surface_walk` (the boundary in space, face by face) with
`flat_surface` (what can be measured on it), `contour` (marching squares: what sampling makes of
it), and `curves` (how far one curve is from another).

The walk cannot know whether it saw every part.  `exact_surface` proves it, and decides what happens
where hinges meet in special positions.  That takes nearly three times as much code, in a room of
its own: `complete`.
"""

from minicv.decision_boundary.boundary import decision_boundary
from minicv.decision_boundary.complete import exact_surface
from minicv.decision_boundary.contour import find_contours
from minicv.decision_boundary.curves import distance_to_curves, points_along
from minicv.decision_boundary.flat_surface import Surface
from minicv.decision_boundary.line import Line
from minicv.decision_boundary.rays import ray_crossings
from minicv.decision_boundary.regions import Region, linear_regions
from minicv.decision_boundary.surface_walk import walk_surface

__all__ = [
    "Line", "Region", "Surface", "decision_boundary", "distance_to_curves", "exact_surface",
    "find_contours", "linear_regions", "points_along", "ray_crossings", "walk_surface",
]
