"""Exercise 1.2: differentiable volumetric rendering. Your answers.

Fill in what is None, save, and run:  python -m lessons check

A number may be written as one (0.25), as arithmetic (1 / 4), or computed by code of your own; a
vector as (0.5, 1), a matrix as a list of rows. Rounded with care is right; in c) and d) keep at
least four digits. `python -m lessons run 1.2` walks through all of it.
"""

import numpy as np  # noqa: F401  (your answers may need it)

# The scene, in the plane. sigma(z) = 1 / (1 + exp(-z)).
W_F, B_F = (-3, 2), 2  # occupancy f(p) = sigma(W_F p + B_F): the probability that p is inside
TAU = 0.5  # the surface is where f(p) = tau
W_T, B_T = (1, 4), -1  # texture t(p) = sigma(W_T p + B_T): the intensity of the surface at p
I_TRUE = 0.7  # the intensity that the pixel should have
# The ray runs from the origin at 45 degrees: p(d) = d * (1 / sqrt(2), 1 / sqrt(2)).


# %% task 0: the first minute
# This one is right already. Change it, save, run `python -m lessons check 0`, and see what a
# mistake looks like. `python -m lessons reset 0` brings it back.


def double(x):
    """Twice x."""
    return x + x


# %% task 1.2a: one step of the secant method
# From d0 = 1 and d1 = 2, one step towards the distance at which f = tau.

F_0 = None  # f at p(d0)
F_1 = None  # f at p(d1)
D = None  # the distance after the step
P = None  # the point there, (x, y)


# %% task 1.2b: the intensity
# The texture at the point P of a).

Z_T = None  # before the sigmoid
INTENSITY = None


# %% task 1.2c: derivatives of the loss and of the texture
# The loss is L = (INTENSITY - I_TRUE)^2. The derivatives of the texture t here are partial ones:
# P counts as a variable of its own, in spite of depending on W_F and B_F.

DL_DI = None  # dL/dINTENSITY
DT_DWF = None  # dt/dW_F, two numbers
DT_DBF = None  # dt/dB_F
DT_DP = None  # dt/dP, two numbers


# %% task 1.2d: derivatives of the point, and of the loss by the shape
# Differentiate f(P) = tau on both sides, with P on the ray. All of it at the point P of a).

DF_DP = None  # df/dP, two numbers
DF_DWF = None  # df/dW_F, two numbers, P held fixed
DF_DBF = None  # df/dB_F, P held fixed
DP_DWF = None  # dP/dW_F, 2 x 2: row i is for P's entry i, column j for W_F's entry j
DP_DBF = None  # dP/dB_F, two numbers
DL_DWF = None  # dL/dW_F, two numbers, now with all that depends on W_F
DL_DBF = None  # dL/dB_F
