"""A shape learned from pictures: exercise 1.2.

Read in this order: `surface_search` (where does a ray meet the surface?), `depth_gradient` (and how
does that change with the weights?), `textured_shape` (the network), `cameras` and `rendering`
(pictures of it), `view_rays` and `learning` (and back from the pictures to the shape).
"""

from minicv.volumetric_rendering.cameras import Camera, box_interval
from minicv.volumetric_rendering.depth_gradient import implicit_depth
from minicv.volumetric_rendering.learning import (
    LossWeights,
    Schedule,
    choose_points,
    fit_views,
    render_loss,
)
from minicv.volumetric_rendering.rendering import Picture, psnr, render
from minicv.volumetric_rendering.surface_search import (
    SurfaceHits,
    evaluate_field,
    find_surface,
    secant_step,
    spatial_gradient,
)
from minicv.volumetric_rendering.textured_shape import PositionalEncoding, TexturedShape
from minicv.volumetric_rendering.view_rays import Rays, ViewRays

__all__ = [
    "Camera", "LossWeights", "Picture", "PositionalEncoding", "Rays", "Schedule", "SurfaceHits",
    "TexturedShape", "ViewRays", "box_interval", "choose_points", "evaluate_field", "find_surface",
    "fit_views", "implicit_depth", "psnr", "render", "render_loss", "secant_step",
    "spatial_gradient",
]
