"""What a ReLU network draws, exactly: exercise 1.1.

Read in this order: `line` (what one unit draws), `relu_network` (a network, step by step),
`regions` (what all units draw together), `boundary` (where the inside ends), `rays` (the same along
rays, in any dimension), and `contour` (marching squares: what sampling makes of it).
"""

from minicv.decision_boundary.boundary import decision_boundary
from minicv.decision_boundary.contour import find_contours
from minicv.decision_boundary.line import Line
from minicv.decision_boundary.rays import ray_crossings
from minicv.decision_boundary.regions import Region, linear_regions

__all__ = [
    "Line", "Region", "decision_boundary", "find_contours", "linear_regions", "ray_crossings",
]
