"""Every picture minicv draws.

The functions named `draw_...` draw into axes that they are given, so that pictures can be put side
by side; `panels` makes a figure with such axes, and `save` writes it.  Nothing opens a window, and
nothing is kept in pyplot's global list of figures: a figure belongs to whoever asked for it.

Colours are Okabe and Ito's, which people with any of the common kinds of colour blindness can tell
apart: where the sheet says red and blue, we use vermilion and blue.

One file for each kind of picture: `figures` (panels, colours, checks, which all the others use);
`lines`, `regions` (exercise 1.1); `rendering` (1.2); `layers`, `pulls` (1.3); `detections`,
`averages` (1.4); `training`, `shapes`, `surfaces`, `mesh_viewer` (2.1); `patches`, `finds` (2.2).
"""

from minicv.plotting.averages import (
    draw_averages,
    draw_mean_at,
    draw_roc,
    draw_tau_bars,
    draw_thresholds,
)
from minicv.plotting.detections import draw_boxes, draw_miss_rate, draw_precision_recall
from minicv.plotting.figures import BLUE, GREY, VERMILION, WOOD, panels, save
from minicv.plotting.finds import draw_scores, full_size_picture, outcome_key, picture_row
from minicv.plotting.layers import draw_seen, draw_tiles
from minicv.plotting.lines import draw_half_plane, draw_slopes, name_regions
from minicv.plotting.patches import draw_outcomes, draw_patches, draw_steps, draw_surroundings
from minicv.plotting.pulls import draw_pairs, draw_pulls, draw_scatter
from minicv.plotting.regions import draw_curves, draw_regions
from minicv.plotting.rendering import (
    depth_picture,
    draw_errors,
    draw_missed,
    draw_ray,
    normal_picture,
    picture_table,
)
from minicv.plotting.shapes import draw_cut, draw_mesh, draw_points
from minicv.plotting.surfaces import error_colours, error_key, facets
from minicv.plotting.training import draw_losses, draw_running_means

__all__ = [
    "BLUE", "GREY", "VERMILION", "WOOD", "depth_picture", "draw_averages", "draw_boxes",
    "draw_curves", "draw_cut", "draw_errors", "draw_half_plane", "draw_losses", "draw_mean_at",
    "draw_mesh", "draw_miss_rate", "draw_missed", "draw_outcomes", "draw_pairs", "draw_patches",
    "draw_points", "draw_precision_recall", "draw_pulls", "draw_ray", "draw_regions", "draw_roc",
    "draw_running_means", "draw_scatter", "draw_scores", "draw_seen", "draw_slopes", "draw_steps",
    "draw_surroundings", "draw_tau_bars", "draw_thresholds", "draw_tiles", "error_colours",
    "error_key", "facets", "full_size_picture", "name_regions", "normal_picture", "outcome_key",
    "panels", "picture_row", "picture_table", "save",
]
