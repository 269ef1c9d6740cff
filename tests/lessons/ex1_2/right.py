"""Right answers to exercise 1.2 in other styles."""

from fractions import Fraction
from math import exp, sqrt

import numpy as np

from minicv import tensor

# %% right 1.2a: the sheet's rounded numbers

F_0, F_1, D, P = 0.7846, 0.6424, 3.0014, (2.1223, 2.1223)

# %% right 1.2a: computed, the same line from its other end

F_0, F_1 = (1 / (1 + exp(d / sqrt(2) - 2)) for d in (1, 2))
D = 1 - (F_0 - 0.5) * (2 - 1) / (F_1 - F_0)
P = np.full((2, 1), D / np.sqrt(2))

# %% right 1.2a: as text

F_0 = "sigmoid(2 - 1/sqrt(2))"
F_1 = "sigmoid(2 - sqrt(2))"
D = "3"
P = ["3/sqrt(2)"] * 2

# %% right 1.2b: four digits, as on the sheet

Z_T, INTENSITY = 9.6115, 0.9999

# %% right 1.2b: a tensor

Z_T = tensor([1.0, 4.0]) @ tensor([2.1221, 2.1221]) - 1
INTENSITY = Z_T.sigmoid()

# %% right 1.2c: four digits, as on the sheet

DL_DI, DT_DWF, DT_DBF, DT_DP = 0.5998, (0, 0), 0, (0.0001, 0.0004)

# %% right 1.2c: four digits in the intensity only

DL_DI = 2 * (0.9999 - 0.7)
DT_DWF, DT_DBF = [[0.0, 0.0]], 0.0
DT_DP = 0.9999 * (1 - 0.9999) * np.array([1, 4])

# %% right 1.2c: five digits

DL_DI, DT_DWF, DT_DBF, DT_DP = 0.59986, np.zeros(2), 0, (7e-5, 2.8e-4)

# %% right 1.2c: six digits

DL_DI, DT_DWF, DT_DBF, DT_DP = 0.599866, np.zeros(2), Fraction(0), [[6.7e-5, 2.68e-4]]

# %% right 1.2d: rounded as on the sheet, and carried on

DF_DP, DF_DWF, DF_DBF = (-0.7473, 0.4982), (0.5287, 0.5287), 0.2491
DP_DWF, DP_DBF = [[2.1223, 2.1223], [2.1223, 2.1223]], (1, 1)
DL_DWF, DL_DBF = (6.365e-4, 6.365e-4), 2.999e-4

# %% right 1.2d: five digits

DF_DP, DF_DWF, DF_DBF = (-0.7472, 0.4981), (0.5286, 0.5286), 0.24907
DP_DWF, DP_DBF = np.full((2, 2), 2.1221), np.ones((2, 1))
DL_DWF, DL_DBF = (4.456e-4, 4.456e-4), 2.1e-4

# %% right 1.2d: at full precision, in one go

w, P = np.full(2, np.sqrt(0.5)), np.full(2, 2.1221111)
s = 0.4695101 * (1 - 0.4695101)
DF_DP, DF_DWF, DF_DBF = s * np.array([-3, 2]), s * P, s
DP_DWF, DP_DBF = -np.outer(w, DF_DWF) / (DF_DP @ w), -w * DF_DBF / (DF_DP @ w)
DL_DWF, DL_DBF = (0.599866 * np.array([6.70086e-5, 2.680345e-4]) @ dp for dp in (DP_DWF, DP_DBF))

# %% right 1.2a: one digit of D, and of P what follows (which is noted)

F_0, F_1, D, P = 0.785, 0.642, 3, (2.1, 2.1)

# %% right 1.2b: sigma in text

Z_T, INTENSITY = "5 * 3.0009 / sqrt(2) - 1", "sigma(9.61)"

# %% right 1.2c: 0 for the vector of zeros

DL_DI, DT_DWF, DT_DBF, DT_DP = 0.59987, 0, 0, (6.7e-5, 2.7e-4)
