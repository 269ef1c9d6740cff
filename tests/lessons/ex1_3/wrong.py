"""Planted wrong answers to exercise 1.3: the name after the colon is what the check must find."""

import numpy as np

from minicv import nn, tensor

# As in the stub: what an answer does not mention has not been filled in.
PARAMETERS_I = FIELD_I = PARAMETERS_II = FIELD_II = PARAMETERS_III = FIELD_III = None
PARAMETERS_IV = FIELD_IV = PARAMETERS_V = FIELD_V = None
SOFTMAX = LOSSES = CORRECT = HARDEST = None

SCORES = np.array([[3.0, 1, -2, 0], [-1, 2, 3, -2], [0, 0, 0, 0], [4, 1, -2, 3]])
TARGET = np.array([1, 0, 0, 0])
P = np.exp(SCORES) / np.exp(SCORES).sum(axis=1, keepdims=True)
P_TRUE = P[np.arange(4), TARGET]

# %% wrong 1.3a.i: bias-forgotten

PARAMETERS_I, FIELD_I = 1024 * 256, (32, 32)

# %% wrong 1.3a.i: one-bias-for-all

PARAMETERS_I, FIELD_I = 1024 * 256 + 1, (32, 32)

# %% wrong 1.3a.i: bias-for-each-input

PARAMETERS_I = 1024 * 256 + 1024

# %% wrong 1.3a.i: not-flattened

PARAMETERS_I = 32 * 256 + 256

# %% wrong 1.3a.i: colour-image

PARAMETERS_I = nn.count_parameters(nn.Linear(3 * 32 * 32, 256))

# %% wrong 1.3a.i: sum-for-product

PARAMETERS_I = 1024 + 256

# %% wrong 1.3a.i: comma-for-thousands

PARAMETERS_I = 262,400

# %% wrong 1.3a.i: one-pixel

PARAMETERS_I, FIELD_I = 262400, 1

# %% wrong 1.3a.i: outputs-for-inputs

PARAMETERS_I, FIELD_I = 262400, 256

# %% wrong 1.3a.i: another-number

FIELD_I = (32, 16)

# %% wrong 1.3a.ii: bias-forgotten

PARAMETERS_II, FIELD_II = 5 * 5 * 16 * 48, (5, 5)

# %% wrong 1.3a.ii: one-bias-for-all

PARAMETERS_II = 5 * 5 * 16 * 48 + 1

# %% wrong 1.3a.ii: bias-for-each-input

PARAMETERS_II = 5 * 5 * 16 * 48 + 16

# %% wrong 1.3a.ii: channels-forgotten

PARAMETERS_II = (5 * 5 + 1) * 48

# %% wrong 1.3a.ii: one-output-channel

PARAMETERS_II = 5 * 5 * 16 + 1

# %% wrong 1.3a.ii: filter-not-squared

PARAMETERS_II = (5 * 16 + 1) * 48

# %% wrong 1.3a.ii: bias-in-each-channel

PARAMETERS_II = (5 * 5 + 1) * 16 * 48

# %% wrong 1.3a.ii: padding-added

PARAMETERS_II, FIELD_II = 19248, (9, 9)

# %% wrong 1.3a.ii: padding-added
# Of one side, as a single number.

PARAMETERS_II, FIELD_II = 19248, 7

# %% wrong 1.3a.ii: padding-taken-away

FIELD_II = (1, 1)

# %% wrong 1.3a.ii: pixels-for-rows

FIELD_II = (25, 25)

# %% wrong 1.3a.iii: one-layer-only

PARAMETERS_III = (3 * 3 * 64 + 1) * 64

# %% wrong 1.3a.iii: one-layer-only

PARAMETERS_III, FIELD_III = 73856, (3, 3)

# %% wrong 1.3a.iii: bias-forgotten

PARAMETERS_III = 2 * 3 * 3 * 64 * 64

# %% wrong 1.3a.iii: one-bias-for-all

PARAMETERS_III = 2 * (3 * 3 * 64 * 64 + 1)

# %% wrong 1.3a.iii: bias-of-one-layer

PARAMETERS_III = 2 * 3 * 3 * 64 * 64 + 64

# %% wrong 1.3a.iii: channels-forgotten

PARAMETERS_III = 2 * (3 * 3 + 1) * 64

# %% wrong 1.3a.iii: filter-not-squared

PARAMETERS_III = 2 * (3 * 64 + 1) * 64

# %% wrong 1.3a.iii: stride-counted

PARAMETERS_III = 9 * 73856

# %% wrong 1.3a.iii: comma-for-thousands

PARAMETERS_III = 73,856

# %% wrong 1.3a.iii: jump-forgotten

PARAMETERS_III, FIELD_III = 73856, (5, 5)

# %% wrong 1.3a.iii: jump-forgotten
# As a number of pixels.

FIELD_III = 5 * 5

# %% wrong 1.3a.iii: sizes-added

FIELD_III = (6, 6)

# %% wrong 1.3a.iii: last-stride-counted

FIELD_III = (25, 25)

# %% wrong 1.3a.iii: sizes-and-jump

FIELD_III = (12, 12)

# %% wrong 1.3a.iii: padding-added

FIELD_III = [11, 11]

# %% wrong 1.3a.iv: one-layer-only

PARAMETERS_IV = 38464

# %% wrong 1.3a.iv: one-layer-only

PARAMETERS_IV = 73856

# %% wrong 1.3a.iv: one-layer-only

PARAMETERS_IV, FIELD_IV = 112320, (5, 5)

# %% wrong 1.3a.iv: bias-forgotten

PARAMETERS_IV = 5 * 5 * 24 * 64 + 3 * 3 * 64 * 128

# %% wrong 1.3a.iv: one-bias-for-all

PARAMETERS_IV = 5 * 5 * 24 * 64 + 1 + 3 * 3 * 64 * 128 + 1

# %% wrong 1.3a.iv: channels-forgotten

PARAMETERS_IV = (5 * 5 + 1) * 64 + (3 * 3 + 1) * 128

# %% wrong 1.3a.iv: holes-counted

PARAMETERS_IV = 38464 + (7 * 7 * 64 + 1) * 128

# %% wrong 1.3a.iv: same-filter-twice

PARAMETERS_IV = 38464 + (5 * 5 * 64 + 1) * 128

# %% wrong 1.3a.iv: channels-of-the-first

PARAMETERS_IV = 38464 + (3 * 3 * 24 + 1) * 128

# %% wrong 1.3a.iv: dilation-forgotten

PARAMETERS_IV, FIELD_IV = nn.count_parameters(nn.Sequential(
    nn.Conv2d(24, 64, 5), nn.Conv2d(64, 128, 3))), (7, 7)

# %% wrong 1.3a.iv: dilation-forgotten

FIELD_IV = 49

# %% wrong 1.3a.iv: sizes-added

FIELD_IV = (12, 12)

# %% wrong 1.3a.iv: dilation-times-size

FIELD_IV = (14, 14)

# %% wrong 1.3a.iv: dilation-in-both

FIELD_IV = (19, 19)

# %% wrong 1.3a.iv: padding-added

FIELD_IV = (17, 17)

# %% wrong 1.3a.v: weights-in-a-maximum

PARAMETERS_V, FIELD_V = 9, (3, 3)

# %% wrong 1.3a.v: weights-in-a-maximum
# And a bias.

PARAMETERS_V, FIELD_V = 3 * 3 + 1, (3, 3)

# %% wrong 1.3a.v: size-for-parameters

PARAMETERS_V = 3

# %% wrong 1.3a.v: one-pixel

PARAMETERS_V, FIELD_V = 0, (1, 1)

# %% wrong 1.3a.v: pixels-for-rows

PARAMETERS_V, FIELD_V = 0, (9, 9)

# %% wrong 1.3a.v: two-windows

PARAMETERS_V, FIELD_V = 0, (5, 5)

# %% wrong 1.3b: softmax-over-the-wrong-axis

SOFTMAX = nn.softmax(tensor(SCORES), dim=0)

# %% wrong 1.3b: transposed

SOFTMAX = P.T

# %% wrong 1.3b: not-normalised

SOFTMAX = np.exp(SCORES)

# %% wrong 1.3b: normalised-over-everything

SOFTMAX = np.exp(SCORES) / np.exp(SCORES).sum()

# %% wrong 1.3b: base-2

SOFTMAX = 2.0**SCORES / (2.0**SCORES).sum(axis=1, keepdims=True)

# %% wrong 1.3b: sign-of-the-scores

SOFTMAX = np.exp(-SCORES) / np.exp(-SCORES).sum(axis=1, keepdims=True)

# %% wrong 1.3b: sigmoid-for-softmax

SOFTMAX = tensor(SCORES).sigmoid()

# %% wrong 1.3b: log-softmax

SOFTMAX = nn.log_softmax(tensor(SCORES), dim=1)

# %% wrong 1.3b: winner-takes-all

SOFTMAX = [[1, 0, 0, 0], [0, 0, 1, 0], [1, 0, 0, 0], [1, 0, 0, 0]]

# %% wrong 1.3b: rounded-too-much

SOFTMAX = [[0.84, 0.11, 0.01, 0.04], [0.01, 0.26, 0.72, 0.00], [0.25] * 4,
           [0.70, 0.04, 0.00, 0.26]]

# %% wrong 1.3b: log-of-base-2

SOFTMAX, LOSSES = P, -np.log2(P_TRUE)

# %% wrong 1.3b: log-of-base-10

LOSSES = -np.log10(P_TRUE)

# %% wrong 1.3b: sign-of-the-loss

SOFTMAX, LOSSES = P.round(3), np.log(P_TRUE)

# %% wrong 1.3b: probability-for-loss

LOSSES = (0.114, 0.013, 0.25, 0.704)

# %% wrong 1.3b: one-minus-probability

LOSSES = 1 - P_TRUE

# %% wrong 1.3b: loss-of-the-predicted-class

LOSSES = -np.log(P.max(axis=1))

# %% wrong 1.3b: classes-counted-from-0

LOSSES = nn.cross_entropy(tensor(SCORES), [2, 1, 1, 1], reduction="none")

# %% wrong 1.3b: all-classes

LOSSES = -np.log(P).sum(axis=1)

# %% wrong 1.3b: binary-for-each-class

LOSSES = nn.binary_cross_entropy_with_logits(
    tensor(np.log(P / (1 - P))), np.eye(4)[TARGET], reduction="none").numpy().sum(axis=1)

# %% wrong 1.3b: entropy

LOSSES = -(P * np.log(P)).sum(axis=1)

# %% wrong 1.3b: score-for-loss

LOSSES = (-1, 1, 0, -4)

# %% wrong 1.3b: mean-of-the-batch

LOSSES = nn.cross_entropy(tensor(SCORES), TARGET)

# %% wrong 1.3b: tie-counts

SOFTMAX, LOSSES, CORRECT = P, -np.log(P_TRUE), [3, 4]

# %% wrong 1.3b: tie-counts

SOFTMAX, LOSSES, CORRECT = P, -np.log(P_TRUE), P.argmax(axis=1) == TARGET

# %% wrong 1.3b: the-other-ones

SOFTMAX, LOSSES, CORRECT = P, -np.log(P_TRUE), {1, 2, 3}

# %% wrong 1.3b: nothing-correct

CORRECT = []

# %% wrong 1.3b: another-class-wins

CORRECT = [2]

# %% wrong 1.3b: smallest-loss

CORRECT, HARDEST = 4, 4

# %% wrong 1.3b: least-certain

CORRECT, HARDEST = 4, 3

# %% wrong 1.3b: counted-from-0

CORRECT, HARDEST = 4, (-np.log(P_TRUE)).argmax()

# %% wrong 1.3b: counted-from-0

CORRECT, HARDEST = [3], 1

# %% wrong 1.3b: counted-from-0

CORRECT = np.flatnonzero(P.argmax(axis=1) == TARGET)

# %% wrong 1.3a.iv: both-sizes-and-dilation

PARAMETERS_IV, FIELD_IV = 112320, 13

# %% wrong 1.3b: divided-without-exp

with np.errstate(all="ignore"):
    SOFTMAX = SCORES / SCORES.sum(axis=1, keepdims=True)

# %% wrong 1.3b: softmax-twice

first = np.exp(SCORES) / np.exp(SCORES).sum(axis=1, keepdims=True)
SOFTMAX = np.exp(first) / np.exp(first).sum(axis=1, keepdims=True)

# %% wrong 1.3a.ii: padding-counted

PARAMETERS_II = ((5 + 2 * 2) ** 2 * 16 + 1) * 48
FIELD_II = (5, 5)

# %% wrong 1.3a.iii: last-stride-counted

PARAMETERS_III = 73856
FIELD_III = (21, 21)

# %% wrong 1.3a.iv: bias-forgotten

PARAMETERS_IV = (5 * 5 * 24 + 1) * 64 + (3 * 3 * 64) * 128
FIELD_IV = (11, 11)

# %% wrong 1.3a.i: bias-for-each-weight

PARAMETERS_I = 2 * 32 * 32 * 256
FIELD_I = (32, 32)

# %% wrong 1.3a.i: another-number

PARAMETERS_I = 262400
FIELD_I = (1024, 1)

# %% wrong 1.3a.i: outputs-squared

PARAMETERS_I = (32 * 32 + 1) * 256 * 256
FIELD_I = (32, 32)

# %% wrong 1.3a.ii: one-less

PARAMETERS_II = 19248
FIELD_II = (4, 4)

# %% wrong 1.3a.ii: padding-taken-away

PARAMETERS_II = 19248
FIELD_II = (3, 3)

# %% wrong 1.3a.ii: half-a-window

PARAMETERS_II = 19248
FIELD_II = (2, 2)

# %% wrong 1.3a.iii: layers-multiplied

PARAMETERS_III = ((9 * 64 + 1) * 64) ** 2
FIELD_III = (9, 9)

# %% wrong 1.3a.iii: stride-of-two

PARAMETERS_III = 73856
FIELD_III = (7, 7)

# %% wrong 1.3a.iii: last-stride-counted

PARAMETERS_III = 73856
FIELD_III = (27, 27)

# %% wrong 1.3a.iv: dilation-in-the-first

PARAMETERS_IV = 112320
FIELD_IV = (15, 15)

# %% wrong 1.3a.iv: bias-for-each-input

PARAMETERS_IV = 25 * 24 * 64 + 24 + 9 * 64 * 128 + 64
FIELD_IV = (11, 11)

# %% wrong 1.3a.iv: padding-added

PARAMETERS_IV = 112320
FIELD_IV = (21, 21)

# %% wrong 1.3a.v: another-window

PARAMETERS_V = 0
FIELD_V = (2, 2)

# %% wrong 1.3a.v: another-number

PARAMETERS_V = 0
FIELD_V = (1, 3)

# %% wrong 1.3a.v: another-number

PARAMETERS_V = 6
FIELD_V = (3, 3)

# %% wrong 1.3a.v: another-number

PARAMETERS_V = 0
FIELD_V = (0, 0)
