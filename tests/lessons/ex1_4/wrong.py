"""Planted wrong answers to exercise 1.4: the name after the colon is what the check must find."""

# ruff: noqa: F811

# %% wrong 0: nothing-returned


def double(x):
    print(x + x)


# %% wrong 0: squared


def double(x):
    return x * x


# %% wrong 0: text-for-number


def double(x):
    return f"{x + x}"


# %% wrong 1.4a: union-without-subtracting

IOU_A1, IOU_B2, IOU_C3, IOU_D4 = 15 / 40, 3 / 12, 2 / 10, 8 / 30
FOUND = []

# %% wrong 1.4a: union-without-subtracting
# Only one of them, and rounded.

IOU_A1, IOU_B2, IOU_C3, IOU_D4 = 0.6, 0.33, 0.25, 0.267
FOUND = [1]

# %% wrong 1.4a: box-as-width-height


def iou(one, other):
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    inside = width * height
    return inside / (one[2] * one[3] + other[2] * other[3] - inside)


IOU_A1 = iou((2, 1, 6, 6), (1, 1, 5, 6))
IOU_B2 = iou((9, 1, 11, 4), (8, 1, 10, 4))
IOU_C3 = iou((13, 4, 15, 6), (13, 2, 15, 5))
IOU_D4 = iou((8, 7, 11, 12), (7, 6, 10, 11))

# %% wrong 1.4a: plus-one-pixel

IOU_A1 = 24 / 36  # (3 + 1)(5 + 1), of twice (4 + 1)(5 + 1)
IOU_B2 = 8 / 16
IOU_C3 = 6 / 15
IOU_D4 = 15 / 33
FOUND = [1, 2]

# %% wrong 1.4a: upside-down

IOU_A1, IOU_B2, IOU_C3, IOU_D4 = 25 / 15, 3, 4, 22 / 8

# %% wrong 1.4a: divided-by-one-area

IOU_A1, IOU_B2, IOU_C3, IOU_D4 = 15 / 20, 3 / 6, 2 / 6, 8 / 15

# %% wrong 1.4a: intersection-taken-away-twice

IOU_A1, IOU_B2, IOU_C3, IOU_D4 = 15 / 10, 3 / 6, 2 / 6, 8 / 14

# %% wrong 1.4a: not-divided

IOU_A1, IOU_B2, IOU_C3, IOU_D4 = 15, 3, 2, 8

# %% wrong 1.4a: threshold-too-low

IOU_A1, IOU_B2, IOU_C3, IOU_D4 = "15/25", "1/3", "1/4", "4/11"
FOUND = {1, 2, 4}

# %% wrong 1.4a: nothing-found

IOU_A1, IOU_B2, IOU_C3, IOU_D4 = 15 / 25, 3 / 9, 2 / 8, 8 / 22
FOUND = []

# %% wrong 1.4a: not-numbers

IOU_A1 = "three fifths"

# %% wrong 1.4b: swapped

TP, FP, FN = 1, 3, 4

# %% wrong 1.4b: lonely-detection-forgotten

TP, FP, FN = 1, 3, 3

# %% wrong 1.4b: other-threshold

TP, FP, FN = 3, 2, 1

# %% wrong 1.4b: poor-ones-not-counted

TP, FP, FN = 1, 1, 3

# %% wrong 1.4b: missed-not-counted

TP, FP, FN = 1, 4, 0

# %% wrong 1.4b: overlap-is-enough

TP, FP, FN = 4, 1, 0

# %% wrong 1.4b: false-negatives-from-detections

TP, FP, FN = 1, 4, 4

# %% wrong 1.4b: does-not-add-up
# Counts are whole numbers: no share of them is forgiven.

TP, FP, FN = 1, 4, 3.02

# %% wrong 1.4c: swapped

PRECISION, RECALL = 3 / 4, 3 / 5

# %% wrong 1.4c: other-threshold

PRECISION, RECALL = 0.2, 0.25

# %% wrong 1.4c: in-percent

PRECISION, RECALL = 60, 75

# %% wrong 1.4c: accuracy

PRECISION, RECALL = 0.5, 0.5

# %% wrong 1.4c: same-denominator

PRECISION, RECALL = 0.6, 0.6

# %% wrong 1.4c: one-missing

PRECISION, RECALL = 2 / 5, 2 / 4

# %% wrong 1.4c: other

PRECISION, RECALL = 0.61, 0.75

# %% wrong 1.4a: dice

IOU_A1, IOU_B2, IOU_C3, IOU_D4 = 30 / 40, 6 / 12, 4 / 10, 16 / 30
FOUND = [1]

# %% wrong 1.4a: decimal-comma

IOU_A1, IOU_B2, IOU_C3, IOU_D4 = (0, 6), 0.33, 0.25, 0.36
FOUND = [1]

# %% wrong 1.4c: any-overlap

PRECISION, RECALL = 4 / 5, 4 / 4

# %% wrong 0: other


def double(x):
    return x + 2

# %% wrong 1.4a: box-around-both

IOU_A1 = 15 / 25
IOU_B2 = 3 / 9
IOU_C3 = 2 / 8
IOU_D4 = 8 / 24
FOUND = [1]

# %% wrong 1.4a: the-other-ones

IOU_A1 = 0.6
IOU_B2 = 1 / 3
IOU_C3 = 0.25
IOU_D4 = 4 / 11
FOUND = [2, 3, 4]

# %% wrong 1.4c: share-of-the-wrong-ones

PRECISION = 2 / 5
RECALL = 1 / 4

# %% wrong 1.4a: one-union-for-all

IOU_A1, IOU_B2, IOU_C3, IOU_D4 = 15 / 25, 3 / 25, 2 / 25, 8 / 25
FOUND = [1]

# %% wrong 1.4a: any-overlap

IOU_A1, IOU_B2, IOU_C3, IOU_D4 = 15 / 25, 3 / 9, 2 / 8, 8 / 22
FOUND = [1, 2, 3, 4]

# %% wrong 1.4a: counted-from-0

IOU_A1, IOU_B2, IOU_C3, IOU_D4 = 15 / 25, 3 / 9, 2 / 8, 8 / 22
FOUND = [0]

# %% wrong 1.4a: along-x-only

IOU_A1, IOU_B2, IOU_C3, IOU_D4 = 3 / 5, 1 / 3, 2 / 2, 2 / 4
FOUND = [1, 3]

# %% wrong 1.4a: one-minus

IOU_A1, IOU_B2, IOU_C3, IOU_D4 = 0.4, 0.667, 0.75, 0.636
FOUND = [2, 3, 4]

# %% wrong 1.4b: not-numbers

TP, FP, FN = ["A"], ["B", "C", "D", "E"], ["2", "3", "4"]

# %% wrong 1.4b: all-detections

TP, FP, FN = 1, 5, 3

# %% wrong 1.4b: lonely-detection-forgotten

TP, FP, FN = 1, 3, 1

# %% wrong 1.4b: poor-ones-not-counted

TP, FP, FN = 1, 1, 0

# %% wrong 1.4c: f1

PRECISION = RECALL = 2 * 0.6 * 0.75 / (0.6 + 0.75)

# %% wrong 1.4c: ratio-of-counts

PRECISION, RECALL = 3 / 2, 3 / 1

# %% wrong 1.4c: not-divided

PRECISION, RECALL = 3, 3

# %% wrong 1.4c: mixed-thresholds

PRECISION, RECALL = 3 / (3 + 4), 3 / (3 + 3)

# %% wrong 1.4b: true-positives-and-misses-swapped

TP, FP, FN = 3, 4, 1

# %% wrong 1.4c: wrong-denominator

PRECISION, RECALL = 3 / 5, 3 / 3

# %% wrong 1.4c: share-of-the-wrong-ones

PRECISION, RECALL = 3 / 5, 1 / 4


# %% wrong 1.4a: threshold-too-low

IOU_A1, IOU_B2, IOU_C3, IOU_D4 = 15 / 25, 3 / 9, 2 / 8, 8 / 22
FOUND = [iou > 0.3 for iou in (IOU_A1, IOU_B2, IOU_C3, IOU_D4)]
