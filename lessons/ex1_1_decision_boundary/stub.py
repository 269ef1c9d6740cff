"""Exercise 1.1: decision boundaries. Your answers.

Fill in what is None, save, and run:  python -m lessons check

A number may be written as one (0.25), as arithmetic (1 / 4), or computed by code of your own.
`python -m lessons run 1.1` walks through all of it.
"""

# %% task 0: the first minute
# This one is right already. Change it, save, run `python -m lessons check 0`, and see what a
# mistake looks like. `python -m lessons reset 0` brings it back.


def double(x):
    """Twice x."""
    return x + x


# %% task 1.1a: the boundary of a linear layer
# The layer w1 x1 + w2 x2 + b is zero along a line. Solve for x2 (w2 is not 0): a formula of x1, w1,
# w2 and b as text in quotes, X2 = "x1 + w1 * b", or a function of them in this order. Not without
# the quotes: x1 has no value here, so that Python would stop with a NameError.

X2 = None


# %% task 1.1b: two boundaries to draw
# Both are lines x2 = SLOPE * x1 + INTERCEPT.

# i) W = (-2, 5), b = -1
SLOPE_I = None
INTERCEPT_I = None

# ii) W = (5, 10), b = -3
SLOPE_II = None
INTERCEPT_II = None


# %% task 1.1c: the boundary of a ReLU network
# f(x) = W2 max(0, W1 x + b1) + b2, with
#     W1 = ((3, -2), (-1, 4)), b1 = (2, -3), W2 = (1, -2), b2 = -1.
# f is zero along a line that bends once. Where, and which lines are to the left and to the right?

BEND = None  # (x1, x2)
LEFT = None  # (slope, intercept) of x2 = slope * x1 + intercept, where x1 is below that of the bend
RIGHT = None  # the same, where it is above
