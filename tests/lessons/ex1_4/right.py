"""Right answers to exercise 1.4 in other styles."""

# ruff: noqa: F811

from fractions import Fraction

import numpy as np

from minicv import tensor

# %% right 0: twice


def double(x):
    return np.multiply(2, x)


# %% right 0: a lambda

double = lambda x: 2 * x  # noqa: E731

# %% right 1.4a: rounded to two digits, the set of found ones as text

IOU_A1, IOU_B2, IOU_C3, IOU_D4 = 0.6, 0.33, 0.25, 0.36
FOUND = "1"

# %% right 1.4a: fractions, the detection in place of the true box

IOU_A1, IOU_B2, IOU_C3, IOU_D4 = Fraction(15, 25), Fraction(3, 9), "2 / 8", Fraction(8, 22)
FOUND = ("A",)

# %% right 1.4a: tensors and arrays

IOU_A1, IOU_B2, IOU_C3, IOU_D4 = tensor(0.6), np.array([1 / 3]), np.float32(0.25), [[8 / 22]]
FOUND = np.int64(1)

# %% right 1.4a: a yes or no for each true box

ious = np.array([15 / 25, 3 / 9, 2 / 8, 8 / 22])
IOU_A1, IOU_B2, IOU_C3, IOU_D4 = ious
FOUND = ious > 0.5

# %% right 1.4b: floats

TP, FP, FN = 1.0, 4.0, 3.0

# %% right 1.4b: counted

correct = np.array([15 / 25, 3 / 9, 2 / 8, 8 / 22, 0]) > 0.5
TP = correct.sum()
FP = (~correct).sum()
FN = 4 - TP

# %% right 1.4c: integers divided

TP, FP, FN = 3, 2, 1
PRECISION = TP / (TP + FP)
RECALL = TP / (TP + FN)

# %% right 1.4c: text

PRECISION, RECALL = "3 / (3 + 2)", "3/4"

# %% right 0: multiplied


def double(x):
    return 2 * x


# %% right 1.4b: text

TP, FP, FN = "1", "5 - 1", "4 - 1"

# %% right 1.4c: rounded, with the detections' names counted

PRECISION = len("ABD") / len("ABCDE")
RECALL = np.array([len("ABD") / 4])
