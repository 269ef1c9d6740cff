"""Planted wrong answers to exercise 1.2: the name after the colon is what the check must find."""

from math import exp, sqrt

import numpy as np

# As in the stub: what an answer does not mention has not been filled in.
F_0 = F_1 = D = P = Z_T = INTENSITY = DL_DI = DT_DWF = DT_DBF = DT_DP = None
DF_DP = DF_DWF = DF_DBF = DP_DWF = DP_DBF = DL_DWF = DL_DBF = None

W = np.full(2, sqrt(0.5))
P_RIGHT = np.full(2, 2.1221)


def sigmoid(z):
    return 1 / (1 + exp(-z))


# %% wrong 1.2a: direction-not-normalised

F_0, F_1 = sigmoid(-3 + 2 + 2), sigmoid(-6 + 4 + 2)
D = 2 - (F_1 - 0.5) / (F_1 - F_0)
P = (D, D)

# %% wrong 1.2a: direction-forgotten

F_0, F_1, D, P = 0.7846, 0.6424, 3.0014, (3.0014, 3.0014)

# %% wrong 1.2a: sigmoid-forgotten

F_0, F_1, D, P = 1.2929, 0.5858, 2.8284, (2, 2)

# %% wrong 1.2a: sign-in-the-exponent

F_0, F_1 = sigmoid(-1.2929), sigmoid(-0.5858)

# %% wrong 1.2a: tau-subtracted

F_0, F_1 = 0.2846, 0.1424

# %% wrong 1.2a: bias-forgotten

F_0, F_1 = sigmoid(-1 / sqrt(2)), sigmoid(-sqrt(2))

# %% wrong 1.2a: sign-of-the-bias

F_0, F_1 = sigmoid(-1 / sqrt(2) - 2), sigmoid(-sqrt(2) - 2)

# %% wrong 1.2a: tau-forgotten

F_0, F_1 = 0.7846, 0.6424
D = 2 - F_1 * (2 - 1) / (F_1 - F_0)
P = D * W

# %% wrong 1.2a: sign-of-the-step

F_0, F_1 = 0.7846, 0.6424
D = 2 + 0.1424 / (0.1424 - 0.2846)
P = D * W

# %% wrong 1.2a: ends-mixed
# From d0, with g1.

F_0, F_1 = 0.7846, 0.6424
D = 1 - 0.1424 * (2 - 1) / (0.1424 - 0.2846)
P = D * W

# %% wrong 1.2a: ends-mixed
# From d1, with g0.

F_0, F_1, D = 0.7846, 0.6424, 2 - 0.2846 * (2 - 1) / (0.1424 - 0.2846)

# %% wrong 1.2a: middle-of-the-interval

F_0, F_1, D, P = 0.7846, 0.6424, 1.5, None

# %% wrong 1.2a: more-than-one-step

F_0, F_1, D, P = 0.7846, 0.6424, 2.8246, (1.9973, 1.9973)

# %% wrong 1.2a: more-than-one-step
# One step, with z = W_F p + B_F.

F_0, F_1, D, P = 0.7846, 0.6424, 2 - 0.5858 / (0.5858 - 1.2929), (2, 2)

# %% wrong 1.2a: another-step

F_0, F_1, D = 0.7846, 0.6424, 3.1

# %% wrong 1.2b: occupancy-for-texture

Z_T, INTENSITY = -0.1223, 0.4695

# %% wrong 1.2b: one-of-several

Z_T, INTENSITY = 9.6115, 0.4695 * 0.9999

# %% wrong 1.2b: sigma-twice

Z_T, INTENSITY = 9.6115, sigmoid(0.9999)

# %% wrong 1.2b: sigma-twice

Z_T = 0.9999
INTENSITY = sigmoid(Z_T)

# %% wrong 1.2b: sigmoid-forgotten

Z_T, INTENSITY = 9.6115, 9.6115

# %% wrong 1.2b: one-of-several

Z_T, INTENSITY = 9.6106, 1 / (1 + exp(9.6106))

# %% wrong 1.2b: bias-forgotten

Z_T, INTENSITY = 5 * 2.1223, 1

# %% wrong 1.2b: sign-of-the-bias

Z_T, INTENSITY = 5 * 2.1223 + 1, 1

# %% wrong 1.2b: distance-for-point

Z_T, INTENSITY = 5 * 3.0014 - 1, 1

# %% wrong 1.2b: at-the-true-crossing

Z_T, INTENSITY = 9, 0.99988

# %% wrong 1.2b: at-the-end-of-the-interval

Z_T = 5 * sqrt(2) - 1
INTENSITY = sigmoid(Z_T)

# %% wrong 1.2c: sign-of-the-loss

DL_DI, DT_DWF, DT_DBF, DT_DP = 2 * (0.7 - 0.9999), (0, 0), 0, (0.0001, 0.0004)

# %% wrong 1.2c: factor-two-forgotten

DL_DI, DT_DWF, DT_DBF, DT_DP = 0.2999, (0, 0), 0, (0.0001, 0.0004)

# %% wrong 1.2c: loss-itself

DL_DI = (0.9999 - 0.7) ** 2

# %% wrong 1.2c: true-intensity-forgotten

DL_DI = 2 * 0.9999

# %% wrong 1.2c: by-the-texture-weights

DL_DI, DT_DWF, DT_DBF, DT_DP = 0.5998, (2.1223e-4, 2.1223e-4), 1e-4, (0.0001, 0.0004)

# %% wrong 1.2c: by-the-texture-weights
# At full precision.

DT_DWF, DT_DBF = 6.70086e-5 * P_RIGHT, 6.70086e-5

# %% wrong 1.2c: total-derivative

DL_DI, DT_DWF, DT_DBF, DT_DP = 0.5998, [5e-4 * 2.1223] * 2, 5e-4, (0.0001, 0.0004)

# %% wrong 1.2c: sigmoid-prime-forgotten

DL_DI, DT_DWF, DT_DBF, DT_DP = 0.5998, (0, 0), 0, (1, 4)

# %% wrong 1.2c: sigmoid-prime-forgotten
# Or one factor of it.

DL_DI, DT_DWF, DT_DBF, DT_DP = 0.5998, (0, 0), 0, (0.9999, 4 * 0.9999)

# %% wrong 1.2c: sigma-twice

DL_DI, DT_DWF, DT_DBF, DT_DP = 0.5998, (0, 0), 0, (0.1966, 0.7864)

# %% wrong 1.2c: occupancy-for-texture
# sigma' of the occupancy, weights of the texture.

DL_DI, DT_DWF, DT_DBF, DT_DP = 0.5998, (0, 0), 0, (0.2491, 4 * 0.2491)

# %% wrong 1.2c: occupancy-for-texture
# All of it.

DL_DI, DT_DWF, DT_DBF, DT_DP = 0.5998, (0, 0), 0, (-0.7473, 0.4982)

# %% wrong 1.2c: weights-of-the-occupancy

DL_DI, DT_DWF, DT_DBF, DT_DP = 0.5998, (0, 0), 0, (-0.0003, 0.0002)

# %% wrong 1.2c: entries-swapped

DL_DI, DT_DWF, DT_DBF, DT_DP = 0.599866, (0, 0), 0, (2.680345e-4, 6.70086e-5)

# %% wrong 1.2c: weights-forgotten

DL_DI, DT_DWF, DT_DBF, DT_DP = 0.5998, (0, 0), 0, 0.0001

# %% wrong 1.2c: rounded-to-nothing

DL_DI, DT_DWF, DT_DBF, DT_DP = 0.6, (0, 0), 0, (0, 0)

# %% wrong 1.2d: sigmoid-prime-forgotten

DF_DP, DF_DWF, DF_DBF = (-3, 2), P_RIGHT, 1
DP_DWF, DP_DBF = [P_RIGHT] * 2, (1, 1)
DL_DWF, DL_DBF = 6.365e-4 * np.ones(2), 2.999e-4

# %% wrong 1.2d: sigma-twice

s = sigmoid(0.4695) * (1 - sigmoid(0.4695))
DF_DP, DF_DWF, DF_DBF = (-3 * s, 2 * s), s * P_RIGHT, s

# %% wrong 1.2d: one-factor-of-sigmoid-prime

DF_DP, DF_DWF, DF_DBF = (-3 * 0.4695, 2 * 0.4695), 0.4695 * P_RIGHT, 0.4695

# %% wrong 1.2d: texture-for-occupancy

s = 0.999933 * (1 - 0.999933)
DF_DP, DF_DWF, DF_DBF = (-3 * s, 2 * s), s * P_RIGHT, s

# %% wrong 1.2d: point-and-weights-swapped

DF_DP, DF_DWF, DF_DBF = 0.2491 * P_RIGHT, (-0.7473, 0.4982), 0.2491

# %% wrong 1.2d: entries-swapped

DF_DP, DF_DWF, DF_DBF = (0.4982, -0.7473), (0.5287, 0.5287), 0.2491

# %% wrong 1.2d: point-forgotten

DF_DP, DF_DWF, DF_DBF = (-0.7473, 0.4982), 0.2491, 0.2491

# %% wrong 1.2d: distance-for-point

DF_DP, DF_DWF, DF_DBF = (-0.7473, 0.4982), (0.2491 * 3.0014, 0.2491 * 3.0014), 0.2491

# %% wrong 1.2d: bias-in-its-own-derivative

DF_DP, DF_DWF, DF_DBF = (-0.7473, 0.4982), (0.5287, 0.5287), 2 * 0.2491

# %% wrong 1.2d: sign-of-df

DF_DP, DF_DWF, DF_DBF = (0.7473, -0.4982), (-0.5287, -0.5287), -0.2491

# %% wrong 1.2d: sign-of-the-implicit-derivative

DF_DP, DF_DWF, DF_DBF = (-0.7473, 0.4982), (0.5287, 0.5287), 0.2491
DP_DWF, DP_DBF = [[-2.1223, -2.1223], [-2.1223, -2.1223]], (-1, -1)
DL_DWF, DL_DBF = (-6.365e-4, -6.365e-4), -2.999e-4

# %% wrong 1.2d: slope-without-direction
# 1/sqrt(2) of the ray's direction is missing in the denominator.

DF_DP, DF_DWF, DF_DBF = np.array([-0.7473, 0.4982]), np.array([0.5287, 0.5287]), 0.2491
DP_DWF, DP_DBF = -np.outer(W, DF_DWF) / DF_DP.sum(), -W * DF_DBF / DF_DP.sum()

# %% wrong 1.2d: direction-forgotten
# 1/sqrt(2) of the ray's direction is missing in front.

DF_DP, DF_DWF, DF_DBF = np.array([-0.7473, 0.4982]), np.array([0.5287, 0.5287]), 0.2491
DP_DWF, DP_DBF = [-DF_DWF / (DF_DP @ W)] * 2, [-DF_DBF / (DF_DP @ W)] * 2

# %% wrong 1.2d: depth-for-point

DF_DP, DF_DWF, DF_DBF = np.array([-0.7473, 0.4982]), np.array([0.5287, 0.5287]), 0.2491
DP_DWF, DP_DBF = 5.678 * DF_DWF, 5.678 * DF_DBF

# %% wrong 1.2d: inner-for-outer

DP_DWF, DP_DBF = 5.678 * (W @ [0.5287, 0.5287]), (1, 1)

# %% wrong 1.2d: multiplied-by-the-slope

DP_DWF, DP_DBF = 0.1761 * np.outer(W, [0.5287, 0.5287]), 0.1761 * W * 0.2491

# %% wrong 1.2d: not-divided

DP_DWF, DP_DBF = -np.outer(W, [0.5287, 0.5287]), -W * 0.2491

# %% wrong 1.2d: one-vector-of-two

DP_DWF, DP_DBF = (2.1223, 2.1223), (1, 1)

# %% wrong 1.2d: loss-forgotten

DP_DWF, DP_DBF = np.full((2, 2), 2.1221), (1, 1)
DL_DWF, DL_DBF = (5e-4 * 2.1221, 5e-4 * 2.1221), 5e-4

# %% wrong 1.2d: sum-forgotten
# Entry by entry.

DL_DWF, DL_DBF = 0.5998 * np.array([1e-4, 4e-4]) * 2.1223, 0.5998 * np.array([1e-4, 4e-4])

# %% wrong 1.2d: sum-forgotten
# Along rows, at full precision.

DL_DWF = 0.599866 * np.array([[6.70086e-5], [2.680345e-4]]) * np.full((2, 2), 2.1221111)

# %% wrong 1.2d: sum-forgotten
# Along columns, which is the transpose.

DL_DWF = 0.599866 * np.array([6.70086e-5, 2.680345e-4]) * np.full((2, 2), 2.1221111)

# %% wrong 1.2d: first-entry-only

DL_DWF, DL_DBF = 0.5998 * 1e-4 * P_RIGHT, 0.5998 * 1e-4

# %% wrong 1.2d: sign-of-the-implicit-derivative
# In the last step only.

DP_DWF, DP_DBF = [P_RIGHT, P_RIGHT], (1, 1)
DL_DWF, DL_DBF = (-4.265e-4, -4.265e-4), -2.01e-4

# %% wrong 1.2d: occupancy-for-texture

DP_DWF, DP_DBF = [P_RIGHT, P_RIGHT], (1, 1)
DL_DWF, DL_DBF = -0.5998 * 0.2491 * P_RIGHT, -0.5998 * 0.2491

# %% wrong 1.2d: texture-forgotten

DL_DWF, DL_DBF = 0.5998 * 2 * P_RIGHT, 0.5998 * 2

# %% wrong 1.2d: rounded-to-nothing

DL_DWF, DL_DBF = (0, 0), 0

# %% wrong 1.2a: degrees-for-radians

w = np.array([np.cos(45), np.sin(45)])
F_0, F_1 = (1 / (1 + exp(-(-3 * d * w[0] + 2 * d * w[1] + 2))) for d in (1, 2))

# %% wrong 1.2a: no-step

F_0, F_1, D = 0.7846, 0.6424, 2

# %% wrong 1.2a: one-of-several

D = 2

# %% wrong 1.2a: another-step

D = 2.98

# %% wrong 1.2b: bias-of-the-occupancy

Z_T = 5 * 2.1221 + 2

# %% wrong 1.2b: in-percent

Z_T, INTENSITY = 9.61, 99.99

# %% wrong 1.2b: above-one

Z_T, INTENSITY = 9.61, 1.009

# %% wrong 1.2c: point-for-weights

DT_DP = 6.7e-5 * P_RIGHT

# %% wrong 1.2d: slope-at-tau

DF_DP, DF_DWF, DF_DBF = (-0.75, 0.5), (0.5305, 0.5305), 0.25

# %% wrong 1.2d: diagonal-matrix

DP_DWF = [[2.1221, 0], [0, 2.1221]]

# %% wrong 1.2a: direction-not-normalised


def f(d):
    return 1 / (1 + np.exp(-(-3 * d / 2 + 2 * d / 2 + 2)))


F_0, F_1 = f(1), f(2)
D = 2 - (F_1 - 0.5) / (F_1 - F_0)
P = (D / 2, D / 2)

# %% wrong 1.2a: ends-exchanged

F_0, F_1 = 0.6424, 0.7846
D = 3.0011
P = (2.1221, 2.1221)

# %% wrong 1.2a: direction-divided-by

F_0, F_1 = 0.7846, 0.6424
D = 3.0011
P = (3.0011 * 2 ** 0.5, 3.0011 * 2 ** 0.5)

# %% wrong 1.2a: between-the-ends

F_0, F_1 = 0.7846, 0.6424
D = 1 + 0.2846 / (0.2846 + 0.1424)
P = (D / 2 ** 0.5, D / 2 ** 0.5)

# %% wrong 1.2b: one-term-only

P = (2.1221, 2.1221)
Z_T = 4 * 2.1221 - 1
INTENSITY = 1 / (1 + np.exp(-Z_T))

# %% wrong 1.2c: factor-two-inside

P = (2.1221, 2.1221)
DL_DI = 2 * 0.99993 - 0.7
DT_DWF = (0, 0)
DT_DBF = 0
DT_DP = (6.701e-5, 2.680e-4)

# %% wrong 1.2c: sign-of-sigmoid-prime

P = (2.1221, 2.1221)
DL_DI = 0.5999
DT_DWF = (0, 0)
DT_DBF = 0
DT_DP = (-6.701e-5, -2.680e-4)

# %% wrong 1.2c: difference-not-squared

P = (2.1221, 2.1221)
DL_DI = 1
DT_DWF = (0, 0)
DT_DBF = 0
DT_DP = (6.701e-5, 2.680e-4)

# %% wrong 1.2d: slope-without-direction

P = (2.1221, 2.1221)
DF_DP = (-0.7472, 0.4981)
DF_DWF = (0.5286, 0.5286)
DF_DBF = 0.2491
DP_DWF = [[2.1221, 2.1221], [2.1221, 2.1221]]
DP_DBF = 1
DL_DWF = (4.265e-4, 4.265e-4)
DL_DBF = 2.0098e-4

# %% wrong 1.2d: texture-forgotten

P = (2.1221, 2.1221)
DF_DP = (-0.7472, 0.4981)
DF_DWF = (0.5286, 0.5286)
DF_DBF = 0.2491
DP_DWF = [[2.1221, 2.1221], [2.1221, 2.1221]]
DP_DBF = (1, 1)
DL_DWF = (0.59987 * 2.1221, 0.59987 * 2.1221)
DL_DBF = 0.59987

# %% wrong 1.2d: sigmoid-prime-of-the-texture-forgotten

P = (2.1221, 2.1221)
DF_DP = (-0.7472, 0.4981)
DF_DWF = (0.5286, 0.5286)
DF_DBF = 0.2491
DP_DWF = [[2.1221, 2.1221], [2.1221, 2.1221]]
DP_DBF = (1, 1)
DL_DWF = (0.59987 * 5 * 2.1221, 0.59987 * 5 * 2.1221)
DL_DBF = 0.59987 * 5

# %% wrong 1.2b: one-of-several

P = (2.1221, 2.1221)
Z_T = 9.6106
s = 1 / (1 + np.exp(-Z_T))
INTENSITY = s * (1 - s)

# %% wrong 1.2b: one-of-several

P = (2.1221, 2.1221)
Z_T = 9.6106
INTENSITY = 0.4695

# %% wrong 1.2a: ratio-inverted
# Nearer to what is right than rounding on the way takes one; but no rounding gives these digits.

F_0, F_1 = 0.7846, 0.6424
D = 2 + (F_0 - F_1) / (F_1 - 0.5)
P = (D / 2 ** 0.5, D / 2 ** 0.5)

# %% wrong 1.2a: ratio-inverted

F_0, F_1, D, P = 0.7846, 0.6424, 2.9986, (2.1203, 2.1203)
