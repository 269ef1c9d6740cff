"""Finding people in pictures: exercise 2.2.

Read in this order, along the exercise:

1. `patches`: examples of people, and of what is no person, cut out of pictures (2.2 a and b);
2. `hog_features`: what a patch looks like, in a few numbers;
3. `nearest_neighbours` and `linear_classifiers`: person or not? `estimator`, what all classifiers
   share, can wait;
4. `sliding_window`: ask that of every place (2.2 c);
5. `detector`: at every size, and all of it together, a detector to be used.

`hog_drawing` makes pictures of descriptors and weights.
"""

from minicv.person_detector.detector import PersonDetector
from minicv.person_detector.hog_drawing import draw_hog
from minicv.person_detector.hog_features import hog, hog_patches
from minicv.person_detector.linear_classifiers import (
    ConvergenceWarning,
    LinearSVC,
    LogisticRegression,
)
from minicv.person_detector.nearest_neighbours import KNeighborsClassifier
from minicv.person_detector.patches import (
    MarkedImages,
    TrainingPatches,
    crop,
    offset_box,
    random_box,
    training_patches,
)
from minicv.person_detector.sliding_window import (
    Detections,
    image_to_hog_patches,
    window_anchors,
)

__all__ = [
    "ConvergenceWarning", "Detections", "KNeighborsClassifier", "LinearSVC", "LogisticRegression",
    "MarkedImages", "PersonDetector", "TrainingPatches", "crop", "draw_hog", "hog", "hog_patches",
    "image_to_hog_patches", "offset_box", "random_box", "training_patches", "window_anchors",
]
