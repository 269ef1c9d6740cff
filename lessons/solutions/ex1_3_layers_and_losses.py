"""Exercise 1.3, worked: receptive_field.py counts and looks, losses.py has the losses."""

import numpy as np

from minicv import nn, tensor


def look(network, shape=None):
    """Parameters of a network, and rows and columns of what its outputs see."""
    return nn.count_parameters(network), nn.receptive_fields(network, shape)[-1].size


# %% task 0: the first minute


def double(x):
    """Twice x."""
    return x + x


# %% task 1.3a.i: a linear layer
# (1024 + 1) * 256 = 262,400, and each output sees all 32 x 32 pixels.

PARAMETERS_I, FIELD_I = look(nn.Sequential(nn.Flatten(), nn.Linear(32 * 32, 256)), (1, 32, 32))


# %% task 1.3a.ii: a convolution
# (5 * 5 * 16 + 1) * 48 = 19,248. Padding and stride change neither number.

PARAMETERS_II, FIELD_II = look(nn.Conv2d(16, 48, 5, padding=2))


# %% task 1.3a.iii: two convolutions with a stride
# 2 * (3 * 3 * 64 + 1) * 64 = 73,856. An output sees 3 outputs of the first layer, whose windows
# begin 3 pixels apart: 3 + (3 - 1) * 3 = 9.

PARAMETERS_III, FIELD_III = look(nn.Sequential(
    nn.Conv2d(64, 64, 3, stride=3, padding=1), nn.Conv2d(64, 64, 3, stride=3, padding=1)))


# %% task 1.3a.iv: two convolutions, the second one dilated
# (5 * 5 * 24 + 1) * 64 + (3 * 3 * 64 + 1) * 128 = 38,464 + 73,856 = 112,320. The taps of the
# second are 3 apart: 5 + (3 - 1) * 3 = 11.

PARAMETERS_IV, FIELD_IV = look(nn.Sequential(
    nn.Conv2d(24, 64, 5, padding=2), nn.Conv2d(64, 128, 3, padding=3, dilation=3)))


# %% task 1.3a.v: max pooling
# A maximum has nothing to learn, and takes part in all 3 x 3 pixels.

PARAMETERS_V, FIELD_V = look(nn.MaxPool2d(3))


# %% task 1.3b: softmax and cross entropy
# softmax: e^s, divided by its sum along the row. Loss: -log of the true class's probability. The
# sheet has sample 2 pull hardest because its loss is largest; its gradient, softmax minus 1 at the
# true class, is the longest as well.

SCORES = [[3, 1, -2, 0], [-1, 2, 3, -2], [0, 0, 0, 0], [4, 1, -2, 3]]
TRUE_CLASSES = [2, 1, 1, 1]  # of samples 1 to 4; classes are counted from 1 here

scores = tensor(np.array(SCORES, float))
target = np.array(TRUE_CLASSES) - 1
SOFTMAX = nn.softmax(scores, dim=1)
LOSSES = nn.cross_entropy(scores, target, reduction="none")
CORRECT = [4]  # sample 3 is a tie
HARDEST = LOSSES.numpy().argmax() + 1
