"""Exercise 1.4: detection metrics. Your answers.

Fill in what is None, save, and run:  python -m lessons check

A number may be written as one (0.25), as arithmetic (2 / 8), or computed by code of your own.
`python -m lessons run 1.4` draws the picture (output/ex1_4/boxes.png) and walks through all of it.
"""

# The picture, in whole pixels: (left, upper, right, lower). Width = right - left, no + 1.
TRUE_BOXES = {"1": (1, 1, 5, 6), "2": (8, 1, 10, 4), "3": (13, 2, 15, 5), "4": (7, 6, 10, 11)}
DETECTIONS = {"A": (2, 1, 6, 6), "B": (9, 1, 11, 4), "C": (13, 4, 15, 6), "D": (8, 7, 11, 12),
              "E": (2, 8, 4, 11)}


# %% task 0: the first minute
# This one is right already. Change it, save, run `python -m lessons check 0`, and see what a
# mistake looks like. `python -m lessons reset 0` brings it back.


def double(x):
    """Twice x."""
    return x + x


# %% task 1.4a: intersection over union
# The IoU of each pair, and the true boxes (such as [2, 3]) that are found at tau = 0.5.

IOU_A1 = None
IOU_B2 = None
IOU_C3 = None
IOU_D4 = None
FOUND = None


# %% task 1.4b: right, wrong and missed at tau = 0.5
# How many true positives, false positives and false negatives?

TP = None
FP = None
FN = None


# %% task 1.4c: precision and recall at tau = 0.3
# As shares, from 0 to 1.

PRECISION = None
RECALL = None
