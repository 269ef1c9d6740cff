"""Exercise 1.3, worked."""

import numpy as np

# %% task 0: the first minute


def double(x):
    """Twice x."""
    return x + x


# %% task 1.3a.i: a linear layer
# A weight for each input and a bias, for each of 256 outputs. Each output sees all pixels.

PARAMETERS_I = (32 * 32 + 1) * 256  # 262,400
FIELD_I = (32, 32)


# %% task 1.3a.ii: a convolution
# 5 * 5 * 16 weights and a bias, for each of 48 filters. Padding and stride change neither number.

PARAMETERS_II = (5 * 5 * 16 + 1) * 48  # 19,248
FIELD_II = (5, 5)


# %% task 1.3a.iii: two convolutions with a stride
# An output sees 3 outputs of the first layer in a row. The window of the first of them is 3 pixels
# wide, and those of the two others begin 3 and 6 pixels further on.

PARAMETERS_III = 2 * (3 * 3 * 64 + 1) * 64  # 73,856
size = 3 + (3 - 1) * 3
FIELD_III = (size, size)  # 9 x 9


# %% task 1.3a.iv: two convolutions, the second one dilated
# An output sees 3 outputs of the first layer in a row, which are 3 pixels apart.

PARAMETERS_IV = (5 * 5 * 24 + 1) * 64 + (3 * 3 * 64 + 1) * 128  # 38,464 + 73,856 = 112,320
size = 5 + (3 - 1) * 3
FIELD_IV = (size, size)  # 11 x 11


# %% task 1.3a.v: max pooling
# A maximum has nothing to learn, and takes part in all 3 x 3 pixels.

PARAMETERS_V = 0
FIELD_V = (3, 3)


# %% task 1.3b: softmax and cross entropy
# softmax: e^s, divided by its sum along the row. Loss: -log of the true class's probability. The
# sheet has sample 2 pull hardest because its loss is largest; its gradient, softmax minus 1 at the
# true class, is the longest as well.

SCORES = [[3, 1, -2, 0], [-1, 2, 3, -2], [0, 0, 0, 0], [4, 1, -2, 3]]
TRUE_CLASSES = [2, 1, 1, 1]  # of samples 1 to 4; classes are counted from 1 here

powers = np.exp(SCORES)
SOFTMAX = powers / powers.sum(axis=1, keepdims=True)
true = np.array(TRUE_CLASSES) - 1  # counted from 0
LOSSES = -np.log(SOFTMAX[np.arange(4), true])  # 2.176, 4.331, 1.386, 0.351
CORRECT = [4]  # where the true class has the largest probability; sample 3 is a tie
HARDEST = LOSSES.argmax() + 1
