"""Finding people: exercises 1.4 and 2.2.

Where to read first: `boxes` (overlap, suppression), `matching` (which detection found what, and why
the others are wrong), `metrics` (curves and average precision), `coco_evaluation` (COCO's table)
and `classification_metrics` (accuracy and the ROC curve of a classifier).  `hog` describes a patch
of an image by its gradients, `hog_dense` all windows of an image, and `hog_drawing` draws it.
`training_patches` cuts examples out of pictures, and `sliding_window` looks everywhere in one.
`classifiers` leads to logistic regression, the support vector machine and nearest neighbours.
"""

from minicv.recognition.boxes import (
    box_area,
    box_intersection,
    box_iou,
    clip_boxes_to_image,
    nms,
    offset_box,
    random_box,
)
from minicv.recognition.classification_metrics import (
    accuracy_score,
    confusion_matrix,
    roc_auc_score,
    roc_curve,
)
from minicv.recognition.classifiers import (
    ConvergenceWarning,
    KNeighborsClassifier,
    LinearSVC,
    LogisticRegression,
)
from minicv.recognition.coco_evaluation import CocoResult, coco_evaluation
from minicv.recognition.detector import Detections, PersonDetector
from minicv.recognition.hog import hog, hog_patches
from minicv.recognition.hog_dense import dense_hog, window_descriptors, window_view
from minicv.recognition.hog_drawing import draw_hog
from minicv.recognition.matching import Matches, match_detections, match_images
from minicv.recognition.metrics import (
    average_precision,
    bootstrap_interval,
    log_average_miss_rate,
    miss_rate_curve,
    precision_recall_curve,
)
from minicv.recognition.sliding_window import image_to_hog_patches, window_anchors
from minicv.recognition.suppression import average_neighbours, suppress_nested
from minicv.recognition.training_patches import TrainingPatches, training_patches
from minicv.recognition.window_features import CellFeatures, HogFeatures

__all__ = [
    "CellFeatures", "CocoResult", "ConvergenceWarning", "Detections", "HogFeatures",
    "KNeighborsClassifier", "LinearSVC", "LogisticRegression", "Matches", "PersonDetector",
    "TrainingPatches", "accuracy_score", "average_neighbours", "average_precision",
    "bootstrap_interval", "box_area", "box_intersection", "box_iou", "clip_boxes_to_image",
    "coco_evaluation", "confusion_matrix", "dense_hog", "draw_hog", "hog", "hog_patches",
    "image_to_hog_patches", "log_average_miss_rate", "match_detections", "match_images",
    "miss_rate_curve", "nms", "offset_box", "precision_recall_curve", "random_box",
    "roc_auc_score", "roc_curve", "suppress_nested", "training_patches", "window_anchors",
    "window_descriptors", "window_view",
]
