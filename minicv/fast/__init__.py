"""What exists only for speed: the same names as in the rooms, the same results, sooner.

A learner reads the plain version in the exercise's room first. Each module here opens with the
trick, what it is worth (measured) and where its plain twin stands; `tests/fast/` holds that the two
give the same. No room imports this package; lessons and benchmarks may.
"""

from minicv.fast.grid import evaluate_grid
from minicv.fast.hog_features import hog, hog_patches
from minicv.fast.marching import marching_cubes
from minicv.fast.near_surface import evaluate_near_surface, extract_mesh
from minicv.fast.solvers import LinearSVC, LogisticRegression
from minicv.fast.suppression import nms

__all__ = [
    "LinearSVC", "LogisticRegression",
    "evaluate_grid", "evaluate_near_surface", "extract_mesh", "hog", "hog_patches",
    "marching_cubes", "nms",
]
