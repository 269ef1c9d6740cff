"""What the lessons learn from, read and written.

Read first: `points` (labelled points in space, exercise 2.1), `views` (pictures and their cameras,
exercise 1.2) and `penn_fudan` (street pictures with people, exercise 2.2). `solids` and `teapot`
are the shapes behind the first two, known exactly; `transforms` reads scenes in NeRF's format;
`download` and `unpacking` fetch the photographs for the third. `star` and `shapes` are drawn for
exercises 1.1 and 1.3.
"""

from minicv.datasets.download import download_penn_fudan
from minicv.datasets.penn_fudan import PennFudan, boxes_from_mask, contiguous_folds
from minicv.datasets.points import load_points, save_points
from minicv.datasets.views import Views, load_views, save_views

__all__ = ["PennFudan", "Views", "boxes_from_mask", "contiguous_folds", "download_penn_fudan",
           "load_points", "load_views", "save_points", "save_views"]
