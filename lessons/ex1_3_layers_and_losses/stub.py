"""Exercise 1.3: layers and losses. Your answers.

Fill in what is None, save, and run:  python -m lessons check

A number may be written as one (19248, without a comma), as arithmetic (3 * 3 + 1), or computed by
code of your own. `python -m lessons run 1.3` walks through all of it.
"""

import numpy as np  # noqa: F401  (your answers may need it)

# %% task 0: the first minute
# This one is right already. Change it, save, run `python -m lessons check 0`, and see what a
# mistake looks like. `python -m lessons reset 0` brings it back.


def double(x):
    """Twice x."""
    return x + x


# %% task 1.3a.i: a linear layer
# Its input is a grey image of 32 x 32 pixels, flattened; it has 256 outputs, each with a bias.
# FIELD is the receptive field of one output, here and below: (rows, columns) of pixels.

PARAMETERS_I = None
FIELD_I = None


# %% task 1.3a.ii: a convolution
# Filters of 5 x 5, from 16 channels to 48, padding 2, stride 1, with bias.

PARAMETERS_II = None
FIELD_II = None


# %% task 1.3a.iii: two convolutions with a stride
# Both: filters of 3 x 3, from 64 channels to 64, padding 1, dilation 1, stride 3, with bias. The
# receptive field is that of an output of the second, in the image that goes into the first.

PARAMETERS_III = None
FIELD_III = None


# %% task 1.3a.iv: two convolutions, the second one dilated
# First: filters of 5 x 5, from 24 channels to 64, dilation 1, padding 2, stride 1, with bias.
# Second: filters of 3 x 3, from 64 channels to 128, dilation 3, padding 3, stride 1, with bias.

PARAMETERS_IV = None
FIELD_IV = None


# %% task 1.3a.v: max pooling
# Windows of 3 x 3.

PARAMETERS_V = None
FIELD_V = None


# %% task 1.3b: softmax and cross entropy
# Four samples, a row each, and four classes, a column each. The true class of sample 3 makes no
# difference: its scores are all the same.

SCORES = [[3, 1, -2, 0], [-1, 2, 3, -2], [0, 0, 0, 0], [4, 1, -2, 3]]
TRUE_CLASSES = [2, 1, 1, 1]  # of samples 1 to 4; classes are counted from 1 here

SOFTMAX = None  # 4 rows of 4 probabilities, to three digits
LOSSES = None  # 4 cross entropies, one for each sample, with the natural logarithm
CORRECT = None  # the samples whose true class has a higher score than each other, as [1, 3]
HARDEST = None  # the sample that contributes most strongly to the update of the parameters
