"""Exercise 1.2, worked: surface_search.py has the secant step, implicit_depth.py the derivative."""

import numpy as np

from minicv import nn, tensor
from minicv.volumetric_rendering import implicit_depth, secant_step, spatial_gradient
from minicv.volumetric_rendering.surface_search import evaluate_field

# The scene, in the plane. sigma(z) = 1 / (1 + exp(-z)).
W_F, B_F = (-3, 2), 2  # occupancy f(p) = sigma(W_F p + B_F): the probability that p is inside
TAU = 0.5  # the surface is where f(p) = tau
W_T, B_T = (1, 4), -1  # texture t(p) = sigma(W_T p + B_T): the intensity of the surface at p
I_TRUE = 0.7  # the intensity that the pixel should have
# The ray runs from the origin at 45 degrees: p(d) = d * (1 / sqrt(2), 1 / sqrt(2)).
DIRECTION = np.full((1, 2), np.sqrt(0.5))


def field(weight, bias):
    """sigma(W p + b) as a network."""
    network = nn.Sequential(nn.Linear(2, 1, dtype=np.float64), nn.Sigmoid())
    network.load_state_dict({"0.weight": [weight], "0.bias": [bias]})
    return network


SHAPE, TEXTURE = field(W_F, B_F), field(W_T, B_T)


# %% task 0: the first minute


def double(x):
    """Twice x."""
    return x + x


# %% task 1.2a: one step of the secant method
# g0 = 0.7846 - 0.5, g1 = 0.6424 - 0.5, D = 2 - g1 (2 - 1) / (g1 - g0) = 3.0011. Both ends are
# inside, so the step leaves the interval. The ray really meets the surface at 2 sqrt(2) = 2.83.


def along_the_ray(d):
    """f at the distance d."""
    return evaluate_field(SHAPE, d * DIRECTION)[0]


F_0, F_1 = along_the_ray(1.0), along_the_ray(2.0)
D = secant_step(along_the_ray, 1.0, 2.0, level=TAU)
P = D * DIRECTION[0]


# %% task 1.2b: the intensity
# 1 * 2.1221 + 4 * 2.1221 - 1 = 9.6106, and sigma of that is 0.999933.

Z_T = evaluate_field(TEXTURE[0], np.array(P)[None])[0]
INTENSITY = evaluate_field(TEXTURE, np.array(P)[None])[0]


# %% task 1.2c: derivatives of the loss and of the texture
# dL/dI = 2 (I - 0.7). Neither W_F nor B_F occurs in t. dt/dP = sigma' W_T with
# sigma' = I (1 - I) = 6.7e-5: of I = 0.999933 rounded to 0.9999 it would be 1e-4.

DL_DI = 2 * (INTENSITY - I_TRUE)
DT_DWF, DT_DBF = (0, 0), 0
DT_DP = spatial_gradient(TEXTURE, np.array(P)[None])[0]


# %% task 1.2d: derivatives of the point, and of the loss by the shape
# 0 = df/dtheta + (df/dP . w) dD/dtheta with w the direction of the ray, and dP = w dD. sigma' is in
# numerator and denominator and cancels: dP/dW_F is 2.1221 in all four places, dP/dB_F = (1, 1).

DF_DP = spatial_gradient(SHAPE, np.array(P)[None])[0]
SHAPE(tensor(np.array(P)[None])).sum().backward()
DF_DWF, DF_DBF = SHAPE[0].weight.grad.numpy()[0], SHAPE[0].bias.grad.item()

SHAPE.zero_grad()
depth = implicit_depth(SHAPE, np.zeros((1, 2)), DIRECTION, np.array([D]), level=TAU)
depth.sum().backward()
DP_DWF = np.outer(DIRECTION, SHAPE[0].weight.grad.numpy())
DP_DBF = DIRECTION[0] * SHAPE[0].bias.grad.item()

# dL/dtheta = dL/dI (dt/dP . dP/dtheta): autograd follows the same chain.
SHAPE.zero_grad()
depth = implicit_depth(SHAPE, np.zeros((1, 2)), DIRECTION, np.array([D]), level=TAU)
loss = (TEXTURE(depth.unsqueeze(1) * DIRECTION) - I_TRUE) ** 2
loss.sum().backward()
DL_DWF, DL_DBF = SHAPE[0].weight.grad.numpy()[0], SHAPE[0].bias.grad.item()
