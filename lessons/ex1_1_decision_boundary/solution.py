"""Exercise 1.1, worked."""

# %% task 0: the first minute


def double(x):
    """Twice x."""
    return x + x


# %% task 1.1a: the boundary of a linear layer
# w2 x2 = -w1 x1 - b. The vector (w1, w2) stands at right angles to this line.

X2 = "-(w1 * x1 + b) / w2"


# %% task 1.1b: two boundaries to draw
# i) 5 x2 = 2 x1 + 1; ii) 10 x2 = -5 x1 + 3.

SLOPE_I, INTERCEPT_I = 2 / 5, 1 / 5
SLOPE_II, INTERCEPT_II = -5 / 10, 3 / 10


# %% task 1.1c: the boundary of a ReLU network
# Hidden units h1 = 3 x1 - 2 x2 + 2 and h2 = -x1 + 4 x2 - 3; f = max(0, h1) - 2 max(0, h2) - 1.
#   h1 on, h2 off:  f = 3 x1 - 2 x2 + 1 = 0,  so x2 = 1.5 x1 + 0.5
#   both on:        f = 5 x1 - 10 x2 + 7 = 0, so x2 = 0.5 x1 + 0.7
#   h1 off:         f <= -1, never zero
# On the first line h2 = 5 x1 - 1: it is off up to x1 = 0.2, where both lines meet.

BEND = (0.2, 0.8)
LEFT = (1.5, 0.5)
RIGHT = (0.5, 0.7)
