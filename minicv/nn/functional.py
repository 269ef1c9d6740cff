"""The functions of `minicv.nn` under the name that PyTorch has for them: `nn.functional`.

>>> import minicv.nn.functional as F
>>> from minicv import tensor
>>> F.relu(tensor([-1.0, 2.0]))
tensor([0., 2.])

Each is written in the file of its layer, and is a layer without memory: what a layer keeps, its
parameters and options, a function is given.
"""

from minicv.autograd import linear
from minicv.nn.advice import fail_absent
from minicv.nn.convolution import conv2d, max_pool2d
from minicv.nn.layers import relu, sigmoid
from minicv.nn.losses import (
    binary_cross_entropy_with_logits,
    cross_entropy,
    mse_loss,
    multi_margin_loss,
)
from minicv.nn.probabilities import log_softmax, softmax

__all__ = [
    "binary_cross_entropy_with_logits", "conv2d", "cross_entropy", "linear",
    "log_softmax", "max_pool2d", "mse_loss", "multi_margin_loss", "relu", "sigmoid", "softmax",
]


def __getattr__(name: str):
    fail_absent(None, "module 'minicv.nn.functional'", name)
