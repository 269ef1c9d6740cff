"""Right answers to exercise 1.1 in other styles."""

# ruff: noqa: F811

from fractions import Fraction

import numpy as np

from minicv import tensor

# %% right 1.1a: as an equation, in another order

X2 = "x2 = -b/w2 - w1/w2*x1"

# %% right 1.1a: a function

X2 = lambda x, w_1, w_2, bias: np.divide(w_1 * x + bias, -w_2)  # noqa: E731

# %% right 1.1b: fractions and text

SLOPE_I, INTERCEPT_I = Fraction(2, 5), "1/5"
SLOPE_II, INTERCEPT_II = "-5/10", Fraction(3, 10)

# %% right 1.1b: computed

(SLOPE_I, INTERCEPT_I), (SLOPE_II, INTERCEPT_II) = [
    -np.array([w1, b]) / w2 for w1, w2, b in [(-2, 5, -1), (5, 10, -3)]]

# %% right 1.1c: lists, arrays and tensors

BEND = [1 / 5, "4/5"]
LEFT = np.array([[3 / 2], [1 / 2]])
RIGHT = tensor([0.5, 0.7])

# %% right 1.1c: the bend computed from both pieces

LEFT, RIGHT = np.array([1.5, 0.5]), np.array([0.5, 0.7])
BEND = np.linalg.solve([[-1.5, 1], [-0.5, 1]], [0.5, 0.7])

# %% right 1.1a: a function that returns arrays


def X2(x1, w1, w2, b):
    return np.array([-(w1 * x1 + b) / w2])


# %% right 1.1a: with the minus sign of printed text

X2 = "\N{MINUS SIGN}(w1 * x1 + b) / w2"

# %% right 1.1b: text

SLOPE_I, INTERCEPT_I, SLOPE_II, INTERCEPT_II = "2/5", "1/5", "\N{MINUS SIGN}0.5", "3 / 10"

# %% right 1.1c: fractions, tensors and text

BEND, LEFT, RIGHT = (Fraction(1, 5), "4/5"), tensor([1.5, 0.5]), np.array([0.5, 0.7])
