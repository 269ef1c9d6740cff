"""Right answers to exercise 1.3 in other styles."""

from fractions import Fraction

import numpy as np

from minicv import nn, tensor

SCORES = [[3, 1, -2, 0], [-1, 2, 3, -2], [0, 0, 0, 0], [4, 1, -2, 3]]

# %% right 1.3a.i: as on the sheet, the field in pixels

PARAMETERS_I, FIELD_I = 262_400, 1024

# %% right 1.3a.i: as text, the field as a side

PARAMETERS_I, FIELD_I = "(1 + 32 * 32) * 256", 32

# %% right 1.3a.i: floats and lists

PARAMETERS_I, FIELD_I = 262400.0, [[32.0], [32.0]]

# %% right 1.3a.ii: a product, the field in pixels

PARAMETERS_II, FIELD_II = (5 * 5 * 16 + 1) * 48, "5 * 5"

# %% right 1.3a.ii: counted, an array

PARAMETERS_II = sum(p.numel() for p in nn.Conv2d(16, 48, 5).parameters())
FIELD_II = np.array([5, 5])

# %% right 1.3a.iii: a number, the field as a side

PARAMETERS_III, FIELD_III = 73856, 9

# %% right 1.3a.iii: a fraction, the field in pixels

PARAMETERS_III, FIELD_III = Fraction(73856), 81

# %% right 1.3a.iii: a tensor

PARAMETERS_III, FIELD_III = 2 * 36928, tensor([9, 9])

# %% right 1.3a.iv: added up

PARAMETERS_IV, FIELD_IV = 38464 + 73856, (5 + 2 * 3, 5 + 2 * 3)

# %% right 1.3a.iv: as text, the field in pixels

PARAMETERS_IV, FIELD_IV = "38464 + 73856", 11**2

# %% right 1.3a.v: none, the field as a side

PARAMETERS_V, FIELD_V = 0.0, 3

# %% right 1.3a.v: counted, the field in pixels

PARAMETERS_V, FIELD_V = nn.count_parameters(nn.MaxPool2d(3)), 9

# %% right 1.3b: as printed on the sheet

SOFTMAX = [(0.839, 0.114, 0.006, 0.042), (0.013, 0.264, 0.718, 0.005), (0.25, 0.25, 0.25, 0.25),
           (0.704, 0.035, 0.002, 0.259)]
LOSSES = (2.17, 4.34, 1.39, 0.35)
CORRECT, HARDEST = 4, 2

# %% right 1.3b: four digits, names as text

SOFTMAX = np.round(np.exp(SCORES) / np.exp(SCORES).sum(1)[:, None], 4)
LOSSES = [2.1755, 4.3314, 1.3863, 0.3509]
CORRECT, HARDEST = ("4",), "2"

# %% right 1.3b: logarithms first, a mask of the samples

log_p = nn.log_softmax(tensor(np.array(SCORES, float)), dim=1)
SOFTMAX = log_p.exp()
LOSSES = -log_p[np.arange(4), np.array([1, 0, 2, 0])]
CORRECT = np.array([False, False, False, True])
HARDEST = np.array([2])

# %% right 1.3a.ii: text

PARAMETERS_II, FIELD_II = "(5 * 5 * 16 + 1) * 48", ["5", "5"]

# %% right 1.3a.iv: a side

PARAMETERS_IV, FIELD_IV = 38464 + 73856, 11

# %% right 1.3a.v: floats and a tensor

PARAMETERS_V, FIELD_V = 0.0, tensor([3.0, 3.0])
