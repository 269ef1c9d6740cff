"""Exercise 1.2, worked."""

import numpy as np

# The scene, in the plane. sigma(z) = 1 / (1 + exp(-z)).
W_F, B_F = (-3, 2), 2  # occupancy f(p) = sigma(W_F p + B_F): the probability that p is inside
TAU = 0.5  # the surface is where f(p) = tau
W_T, B_T = (1, 4), -1  # texture t(p) = sigma(W_T p + B_T): the intensity of the surface at p
I_TRUE = 0.7  # the intensity that the pixel should have
# The ray runs from the origin at 45 degrees: p(d) = d * (1 / sqrt(2), 1 / sqrt(2)).


# %% task 0: the first minute


def double(x):
    """Twice x."""
    return x + x


# %% task 1.2a: one step of the secant method
# g = f - tau is 0.28464 at d0 and 0.14240 at d1. The line through both is 0 at
#     D = d1 - g1 (d1 - d0) / (g1 - g0) = 2 - 0.14240 * 1 / (-0.14224) = 3.0011.
# Both ends are inside, so the step leaves the interval. The ray really meets the surface at
# 2 sqrt(2) = 2.83.


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def f(p):
    return sigmoid(np.dot(W_F, p) + B_F)


direction = np.array([1, 1]) / np.sqrt(2)
F_0, F_1 = f(1 * direction), f(2 * direction)
g0, g1 = F_0 - TAU, F_1 - TAU
D = 2 - g1 * (2 - 1) / (g1 - g0)
P = D * direction


# %% task 1.2b: the intensity
# 1 * 2.1221 + 4 * 2.1221 - 1 = 9.6106, and sigma of that is 0.999933.

Z_T = np.dot(W_T, P) + B_T
INTENSITY = sigmoid(Z_T)


# %% task 1.2c: derivatives of the loss and of the texture
# dL/dI = 2 (I - 0.7) = 0.599866. Neither W_F nor B_F occurs in t. dt/dP = sigma' W_T with
# sigma' = I (1 - I) = 6.7e-5: of I = 0.999933 rounded to 0.9999 it would be 1e-4.

DL_DI = 2 * (INTENSITY - I_TRUE)
DT_DWF, DT_DBF = np.zeros(2), 0
DT_DP = INTENSITY * (1 - INTENSITY) * np.array(W_T)


# %% task 1.2d: derivatives of the point, and of the loss by the shape
# f is sigma(W_F p + B_F), and sigma' = f (1 - f) = 0.4695 * 0.5305 = 0.2491 at P.
# P = D w, with w the direction of the ray, and f(P) = tau whatever theta = W_F, B_F is, so that
#     0 = df/dtheta + (df/dP . w) dD/dtheta
#     dP/dtheta = w dD/dtheta = -w (df/dtheta) / (df/dP . w).
# df/dP . w = 0.2491 (-3 + 2) / sqrt(2) = -0.1761. sigma' is in numerator and denominator and
# cancels: dP/dW_F is 2.1221 in all four places, dP/dB_F = (1, 1).

slope = f(P) * (1 - f(P))
DF_DP = slope * np.array(W_F)  # (-0.7472, 0.4981)
DF_DWF = slope * P  # (0.5286, 0.5286)
DF_DBF = slope

DP_DWF = -np.outer(direction, DF_DWF) / (DF_DP @ direction)
DP_DBF = -direction * DF_DBF / (DF_DP @ direction)

# The chain: dL/dtheta = dL/dI (dt/dtheta + dt/dP dP/dtheta).
# dt/dP dP/dW_F = (6.70e-5 + 2.68e-4) 2.1221 = 7.11e-4, and times 0.599866 that is 4.265e-4.
DL_DWF = DL_DI * (DT_DWF + DT_DP @ DP_DWF)
DL_DBF = DL_DI * (DT_DBF + DT_DP @ DP_DBF)
