"""Exercise 1.4, worked."""

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


def iou(a, b):
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    intersection = max(width, 0) * max(height, 0)  # boxes that do not meet share nothing
    area_a = (a[2] - a[0]) * (a[3] - a[1])
    area_b = (b[2] - b[0]) * (b[3] - b[1])
    return intersection / (area_a + area_b - intersection)


IOU_A1 = iou(DETECTIONS["A"], TRUE_BOXES["1"])
IOU_B2 = iou(DETECTIONS["B"], TRUE_BOXES["2"])
IOU_C3 = iou(DETECTIONS["C"], TRUE_BOXES["3"])
IOU_D4 = iou(DETECTIONS["D"], TRUE_BOXES["4"])
ious = [IOU_A1, IOU_B2, IOU_C3, IOU_D4]
FOUND = [number for number, value in enumerate(ious, 1) if value >= 0.5]


# %% task 1.4b: right, wrong and missed at tau = 0.5
# Right: A. Wrong: B, C, D (not near enough), E (nothing there). Missed: 2, 3, 4. No true box has
# more than one detection near it: so there is nothing to decide, only to count.

ious = [15 / 25, 3 / 9, 2 / 8, 8 / 22, 0]  # of A to E, each with the true box that it is nearest to
TP = sum(value >= 0.5 for value in ious)
FP = len(DETECTIONS) - TP
FN = len(TRUE_BOXES) - TP


# %% task 1.4c: precision and recall at tau = 0.3
# Now A, B and D are right: 3 of 5 detections, and 3 of 4 true boxes.

ious = [15 / 25, 3 / 9, 2 / 8, 8 / 22, 0]
right = sum(value >= 0.3 for value in ious)
PRECISION = right / len(DETECTIONS)
RECALL = right / len(TRUE_BOXES)
