"""Finding people in pictures: exercise 2.2."""

from minicv.person_detector.detector import (
    Detections,
    PersonDetector,
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
    crop,
    offset_box,
    random_box,
    training_patches,
)
from minicv.person_detector.sliding_window import (
    image_to_hog_patches,
    window_anchors,
)

__all__ = [
    "Detections",
    "PersonDetector",
    "crop",
    "offset_box",
    "random_box",
    "ConvergenceWarning",
    "KNeighborsClassifier",
    "LinearSVC",
    "LogisticRegression",
    "TrainingPatches",
    "draw_hog",
    "hog",
    "hog_patches",
    "image_to_hog_patches",
    "training_patches",
    "window_anchors",
]
