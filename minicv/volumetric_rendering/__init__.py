"""A shape learned from pictures: exercise 1.2.

Read in this order: `surface_search` (where does a ray meet the surface?) and `depth_gradient` (how
does that change with the weights?), `cameras` and `rendering` (the network, and pictures of it),
`view_rays` and `learning` (and back from the pictures to the shape).
"""

from minicv.volumetric_rendering.cameras import Camera, box_interval
from minicv.volumetric_rendering.depth_gradient import implicit_depth, spatial_gradient
from minicv.volumetric_rendering.fields import evaluate_field
from minicv.volumetric_rendering.learning import LossWeights, Schedule, fit_views
from minicv.volumetric_rendering.rendering import (
    Picture,
    PositionalEncoding,
    TexturedShape,
    psnr,
    render,
)
from minicv.volumetric_rendering.surface_search import SurfaceHits, find_surface, secant_step
from minicv.volumetric_rendering.view_rays import Rays, ViewRays

__all__ = [
    "Camera", "LossWeights", "Picture", "PositionalEncoding", "Rays", "Schedule", "SurfaceHits",
    "TexturedShape", "ViewRays", "box_interval", "evaluate_field", "find_surface", "fit_views",
    "implicit_depth", "psnr", "render", "secant_step", "spatial_gradient",
]
