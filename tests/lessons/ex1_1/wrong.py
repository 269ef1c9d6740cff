"""Planted wrong answers to exercise 1.1: the name after the colon is what the check must find."""

# ruff: noqa: F811

import numpy as np

# %% wrong 1.1a: sign-lost

X2 = "(w1*x1 + b) / w2"

# %% wrong 1.1a: sign-of-b

X2 = "x2 = (b - w1*x1) / w2"

# %% wrong 1.1a: sign-of-w1

X2 = "w1/w2*x1 - b/w2"

# %% wrong 1.1a: not-divided

X2 = "-w1*x1 - b"

# %% wrong 1.1a: b-not-divided

X2 = "-w1*x1/w2 - b"

# %% wrong 1.1a: b-forgotten

X2 = "-w1/w2*x1"

# %% wrong 1.1a: w1-forgotten

X2 = "-(x1 + b) / w2"

# %% wrong 1.1a: x1-forgotten

X2 = "-(w1 + b) / w2"

# %% wrong 1.1a: weights-swapped


def X2(x1, w1, w2, b):
    return -(w2 * x1 + b) / w1


# %% wrong 1.1a: value-of-the-layer

X2 = "w1*x1 + b"

# %% wrong 1.1a: not-an-expression

X2 = "w1*x1 + w2*x2 + b"

# %% wrong 1.1a: other

X2 = 3

# %% wrong 1.1b: signs-lost

SLOPE_I, INTERCEPT_I = -0.4, -0.2
SLOPE_II, INTERCEPT_II = 0.5, -0.3

# %% wrong 1.1b: sign-of-the-slope

SLOPE_I, INTERCEPT_I = -0.4, 0.2
SLOPE_II, INTERCEPT_II = 0.5, 0.3

# %% wrong 1.1b: sign-of-the-intercept

SLOPE_I, INTERCEPT_I = 0.4, -0.2
SLOPE_II, INTERCEPT_II = -0.5, -0.3

# %% wrong 1.1b: solved-for-x1

SLOPE_I, INTERCEPT_I = 2.5, -0.5
SLOPE_II, INTERCEPT_II = -2, 0.6

# %% wrong 1.1b: not-divided

SLOPE_I, INTERCEPT_I = 2, 1
SLOPE_II, INTERCEPT_II = None, None

# %% wrong 1.1b: intercept-not-divided

SLOPE_I, INTERCEPT_I = 2 / 5, 1
SLOPE_II, INTERCEPT_II = -1 / 2, 3

# %% wrong 1.1b: meets-the-other-axis

SLOPE_I, INTERCEPT_I = 2 / 5, -1 / 2
SLOPE_II, INTERCEPT_II = -1 / 2, 3 / 5

# %% wrong 1.1c: relu-forgotten

BEND = None
LEFT = RIGHT = (0.5, 0.7)

# %% wrong 1.1c: left-and-right-swapped

BEND, LEFT, RIGHT = (0.2, 0.8), (0.5, 0.7), (1.5, 0.5)

# %% wrong 1.1c: transposed
# Units 3 x1 - x2 + 2 and -2 x1 + 4 x2 - 3.

BEND, LEFT, RIGHT = (-0.1, 0.7), (3, 1), (7 / 9, 7 / 9)

# %% wrong 1.1c: b2-forgotten

BEND, LEFT, RIGHT = (-0.2, 0.7), (1.5, 1), (0.5, 0.8)

# %% wrong 1.1c: sign-of-the-second-weight

BEND, LEFT, RIGHT = (0.2, 0.8), (1.5, 0.5), (-1 / 6, 5 / 6)

# %% wrong 1.1c: second-weight-forgotten

BEND, LEFT, RIGHT = (0.2, 0.8), (1.5, 0.5), (4 / 6, 4 / 6)

# %% wrong 1.1c: where-both-units-are-zero

BEND, LEFT, RIGHT = (-0.2, 0.7), (1.5, 0.5), (0.5, 0.7)

# %% wrong 1.1c: slope-and-intercept-swapped

BEND, LEFT, RIGHT = (0.2, 0.8), (0.5, 1.5), (0.7, 0.5)

# %% wrong 1.1c: coordinates-swapped

BEND, LEFT, RIGHT = (0.8, 0.2), (1.5, 0.5), (0.5, 0.7)

# %% wrong 1.1a: parentheses-missing

X2 = "-w1 * x1 - b / w2"

# %% wrong 1.1a: slope-alone

X2 = "-w1 / w2"

# %% wrong 1.1a: numbers-of-b

X2 = "(2 * x1 + 1) / 5"

# %% wrong 1.1b: lines-exchanged

SLOPE_I, INTERCEPT_I, SLOPE_II, INTERCEPT_II = -0.5, 0.3, 0.4, 0.2

# %% wrong 1.1b: slope-and-intercept-exchanged

SLOPE_I, INTERCEPT_I, SLOPE_II, INTERCEPT_II = 0.2, 0.4, 0.3, -0.5

# %% wrong 1.1b: whole-number-division

SLOPE_I, INTERCEPT_I, SLOPE_II, INTERCEPT_II = 2 // 5, 1 // 5, -5 // 10, 3 // 10

# %% wrong 1.1b: decimal-comma

SLOPE_I, INTERCEPT_I, SLOPE_II, INTERCEPT_II = (0, 4), 0.2, -0.5, 0.3

# %% wrong 1.1b: not-numbers

SLOPE_I, INTERCEPT_I, SLOPE_II, INTERCEPT_II = "0,4", "0,2", "-0,5", "0,3"

# %% wrong 1.1c: sign-of-b2

BEND, LEFT, RIGHT = (-0.6, 0.6), (1.5, 1.5), (0.5, 0.9)

# %% wrong 1.1a: multiplied-by-w2

X2 = "-(w1 * x1 + b) * w2"

# %% wrong 1.1a: letters-in-another-order

def X2(w1, w2, b, x1):
    return -(w1 * x1 + b) / w2

# %% wrong 1.1b: slope-of-the-normal

SLOPE_I = -2.5
INTERCEPT_I = 0.2
SLOPE_II = 2
INTERCEPT_II = 0.3

# %% wrong 1.1c: b1-forgotten

BEND = (0.4, 0.1)
LEFT = (1.5, -0.5)
RIGHT = (0.5, -0.1)

# %% wrong 1.1c: lines-of-the-units

BEND = (-0.2, 0.7)
LEFT = (1.5, 1)
RIGHT = (0.25, 0.75)

# %% wrong 1.1a: divided-by-w1

X2 = "-(w2 * x1 + b) / w1 * w2 / w2 if False else 0" if False else "-(w1 * x1 + b) / w1"

# %% wrong 1.1a: whole-number-division


def X2(x1, w1, w2, b):
    return -(w1 * x1 + b) // w2


# %% wrong 1.1a: w2-subtracted

X2 = "-(w1 * x1 + b) - w2"

# %% wrong 1.1a: divided-by-the-length


def X2(x1, w1, w2, b):
    return -(w1 * x1 + b) / np.sqrt(w1 ** 2 + w2 ** 2)

# %% wrong 1.1b: distance-from-the-origin

SLOPE_I, INTERCEPT_I = 0.4, 1 / np.sqrt(29)
SLOPE_II, INTERCEPT_II = -0.5, 3 / np.sqrt(125)

# %% wrong 1.1b: slope-as-an-angle

SLOPE_I, INTERCEPT_I = np.degrees(np.arctan(0.4)), 0.2
SLOPE_II, INTERCEPT_II = np.degrees(np.arctan(-0.5)), 0.3

# %% wrong 1.1c: second-layer-swapped

BEND = (0.2, 0.8)
LEFT = (1.5, 1.25)
RIGHT = (7 / 8, -1)

# %% wrong 1.1c: lines-of-the-units

BEND = (0.2, 0.8)
LEFT = (1.5, 0.5)
RIGHT = (0.25, 0.75)

# %% wrong 1.1c: sign-of-b1

BEND = (-1, -1)
LEFT = (1.5, 0.5)
RIGHT = (0.5, -0.5)

# %% wrong 1.1c: second-unit-alone

BEND = (0.2, 0.8)
LEFT = (0.25, 0.625)
RIGHT = (0.5, 0.7)

# %% wrong 1.1c: not-where-the-pieces-meet

BEND = (0.2, 0.6)
LEFT = (1.5, 0.5)
RIGHT = (0.5, 0.7)

# %% wrong 1.1b: divided-by-w1

SLOPE_I, INTERCEPT_I = 0.4, 0.2
SLOPE_II, INTERCEPT_II = -1, 0.6

# %% wrong 1.1a: slope-inverted

X2 = "-w2 / w1 * x1 - b / w2"
