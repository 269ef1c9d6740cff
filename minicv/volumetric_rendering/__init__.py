"""A shape learned from pictures: exercise 1.2."""

from minicv.volumetric_rendering.cameras import (
    Camera,
    box_interval,
)
from minicv.volumetric_rendering.depth_gradient import (
    implicit_depth,
    spatial_gradient,
)
from minicv.volumetric_rendering.learning import (
    Schedule,
    ViewRays,
    fit_views,
)
from minicv.volumetric_rendering.rendering import (
    LossWeights,
    Picture,
    psnr,
    render,
    render_loss,
)
from minicv.volumetric_rendering.surface_search import (
    SurfaceHits,
    find_surface,
    secant_step,
)
from minicv.volumetric_rendering.textured_shape import (
    PositionalEncoding,
    TexturedShape,
)

__all__ = [
    "Camera",
    "LossWeights",
    "Picture",
    "PositionalEncoding",
    "Schedule",
    "SurfaceHits",
    "TexturedShape",
    "ViewRays",
    "box_interval",
    "find_surface",
    "fit_views",
    "implicit_depth",
    "psnr",
    "render",
    "render_loss",
    "secant_step",
    "spatial_gradient",
]
