"""Exercise 1.4, worked: boxes.py has the overlap, matching.py the counting."""

from minicv.detection_metrics import box_iou, match_detections

# The picture, in whole pixels: (left, upper, right, lower). Width = right - left, no + 1.
TRUE_BOXES = {"1": (1, 1, 5, 6), "2": (8, 1, 10, 4), "3": (13, 2, 15, 5), "4": (7, 6, 10, 11)}
DETECTIONS = {"A": (2, 1, 6, 6), "B": (9, 1, 11, 4), "C": (13, 4, 15, 6), "D": (8, 7, 11, 12),
              "E": (2, 8, 4, 11)}


# %% task 0: the first minute


def double(x):
    """Twice x."""
    return x + x


# %% task 1.4a: intersection over union
# I / (area + area - I): 15/25, 3/9, 2/8, 8/22. Only the first is above 0.5.

IOU = box_iou(list(DETECTIONS.values()), list(TRUE_BOXES.values()))
IOU_A1, IOU_B2, IOU_C3, IOU_D4 = IOU[0, 0], IOU[1, 1], IOU[2, 2], IOU[3, 3]
FOUND = [1]


# %% task 1.4b: right, wrong and missed at tau = 0.5
# Right: A. Wrong: B, C, D (not near enough), E (nothing there). Missed: 2, 3, 4.

matches = match_detections(list(DETECTIONS.values()), [1.0] * 5,
                           list(TRUE_BOXES.values()), iou_threshold=0.5)
TP, FP, FN = matches.true_positives, matches.false_positives, matches.false_negatives


# %% task 1.4c: precision and recall at tau = 0.3
# Now A, B and D are right: 3 of 5 detections, and 3 of 4 true boxes.

matches = match_detections(list(DETECTIONS.values()), [1.0] * 5,
                           list(TRUE_BOXES.values()), iou_threshold=0.3)
PRECISION, RECALL = matches.precision, matches.recall
