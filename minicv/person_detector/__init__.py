"""Finding people in pictures: exercise 2.2."""

from minicv.person_detector.hog_dense import (
    dense_hog,
    window_descriptors,
    window_view,
)
from minicv.person_detector.hog_drawing import (
    draw_hog,
)
from minicv.person_detector.hog_features import (
    hog,
    hog_patches,
)
from minicv.person_detector.linear_classifiers import (
    ConvergenceWarning,
    LinearSVC,
    LogisticRegression,
)
from minicv.person_detector.nearest_neighbours import (
    KNeighborsClassifier,
)
from minicv.person_detector.patches import (
    TrainingPatches,
    training_patches,
)
from minicv.person_detector.sliding_window import (
    image_to_hog_patches,
    window_anchors,
)

__all__ = [
    "ConvergenceWarning",
    "KNeighborsClassifier",
    "LinearSVC",
    "LogisticRegression",
    "TrainingPatches",
    "dense_hog",
    "draw_hog",
    "hog",
    "hog_patches",
    "image_to_hog_patches",
    "training_patches",
    "window_anchors",
    "window_descriptors",
    "window_view",
]
