"""Finding people: exercises 1.4 and 2.2.

Where to read first: `boxes` (overlap, suppression), `matching` (which detection found what, and why
the others are wrong), `metrics` (curves and average precision), `coco_evaluation` (COCO's table)
and `classification_metrics` (accuracy and the ROC curve of a classifier).
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
from minicv.recognition.coco_evaluation import CocoResult, coco_evaluation
from minicv.recognition.matching import Matches, match_detections, match_images
from minicv.recognition.metrics import (
    average_precision,
    bootstrap_interval,
    log_average_miss_rate,
    miss_rate_curve,
    precision_recall_curve,
)

__all__ = ["CocoResult", "Matches", "accuracy_score", "average_precision", "bootstrap_interval",
           "box_area", "box_intersection", "box_iou", "clip_boxes_to_image", "coco_evaluation",
           "confusion_matrix", "log_average_miss_rate", "match_detections", "match_images",
           "miss_rate_curve", "nms", "offset_box", "precision_recall_curve", "random_box",
           "roc_auc_score", "roc_curve"]
