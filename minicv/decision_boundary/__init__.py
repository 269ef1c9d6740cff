"""What a ReLU network draws, exactly: exercise 1.1."""

from minicv.decision_boundary.boundary import (
    Region,
    decision_boundary,
    linear_regions,
)
from minicv.decision_boundary.contour import (
    find_contours,
)
from minicv.decision_boundary.line import (
    Line,
)
from minicv.decision_boundary.rays import (
    ray_crossings,
)

__all__ = [
    "Line",
    "Region",
    "decision_boundary",
    "find_contours",
    "linear_regions",
    "ray_crossings",
]
