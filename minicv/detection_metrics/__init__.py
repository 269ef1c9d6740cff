"""What counts as found, and how finding is scored: exercise 1.4.

Read in this order:

1. `boxes`: how much two boxes overlap, and suppression (1.4 a);
2. `matching`: which detection found what, and why the others are wrong (1.4 b);
3. `curves`: precision, recall, and one number out of them (1.4 c); `coco` is COCO's whole table.

`classification` stands apart: metrics for patches, where nothing has to be searched.
"""

from minicv.detection_metrics.boxes import (
    box_area,
    box_intersection,
    box_iou,
    clip_boxes_to_image,
    nms,
)
from minicv.detection_metrics.classification import (
    accuracy_score,
    confusion_matrix,
    roc_auc_score,
    roc_curve,
)
from minicv.detection_metrics.coco import CocoResult, coco_evaluation
from minicv.detection_metrics.curves import (
    average_precision,
    bootstrap_interval,
    log_average_miss_rate,
    miss_rate_curve,
    precision_recall_curve,
)
from minicv.detection_metrics.matching import Matches, match_detections, match_images

__all__ = [
    "CocoResult", "Matches", "accuracy_score", "average_precision", "bootstrap_interval",
    "box_area", "box_intersection", "box_iou", "clip_boxes_to_image", "coco_evaluation",
    "confusion_matrix", "log_average_miss_rate", "match_detections", "match_images",
    "miss_rate_curve", "nms", "precision_recall_curve", "roc_auc_score", "roc_curve",
]
