"""Softmax: scores of classes as probabilities, and as logarithms of them.

*Large scores.*  e^1000 overflows.  Softmax does not change when all scores are shifted by the same
number, so the largest, m, is taken off first; and the logarithm is taken on paper,

    log p_j = (s_j - m) - log sum over k of e^(s_k - m),

as log(0) would be infinite where p_j underflows.

The derivative of log p_j by s_k is [j = k] - p_k.
"""

from __future__ import annotations

import numpy as np

from minicv import checks
from minicv.autograd import Tensor, record
from minicv.autograd.values import axis, total
from minicv.nn.inputs import given, quiet
from minicv.nn.modules import Module


def softmax(input: Tensor, dim: int) -> Tensor:
    """Scores as probabilities: p = e^s / sum(e^s) along an axis.

    Parameters
    ----------
    input : Tensor of floats, any shape
        Scores s.
    dim : int
        The axis of the classes. There the probabilities add up to 1.

    Examples
    --------
    >>> scores = np.array([3.0, 1.0, -2.0, 0.0])  # of exercise 1.3b
    >>> softmax(Tensor(scores), dim=0).numpy().round(3)
    array([0.839, 0.114, 0.006, 0.042])
    """
    return log_softmax(input, dim).exp()


def log_softmax(input: Tensor, dim: int) -> Tensor:
    """The logarithm of `softmax`, without the underflow: never minus infinity for finite scores.

    Examples
    --------
    >>> log_softmax(Tensor([1e4, 0.0, -1e4]), dim=0).numpy()
    array([     0., -10000., -20000.], dtype=float32)
    """
    input = given(input)
    dim = axis(dim, input.ndim)
    if input.numel() == 0:
        return input * 1
    z = np.atleast_1d(input.data)
    with quiet():
        log_p = z - z.max(axis=dim, keepdims=True)  # at most 0 from here on
        log_p = log_p - np.log(total(np.exp(log_p), (dim,), keepdims=True))
    log_p = log_p.reshape(input.shape)

    def to_input(g: np.ndarray) -> np.ndarray:
        g, p = np.atleast_1d(g), np.atleast_1d(np.exp(log_p))
        return (g - p * total(g, (dim,), keepdims=True)).reshape(input.shape)

    return record(log_p, (input, to_input))


class Softmax(Module):
    """`softmax` as a module; not to be put before `CrossEntropyLoss`, which has its own.

    >>> Softmax(dim=0)(Tensor([0.0, 0.0]))
    tensor([0.5, 0.5])
    """

    def __init__(self, dim: int):
        self.dim = checks.whole(dim, "dim")

    def forward(self, input: Tensor) -> Tensor:
        return softmax(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class LogSoftmax(Softmax):
    """`log_softmax` as a module.

    >>> LogSoftmax(dim=0)(Tensor([0.0, 0.0]))
    tensor([-0.6931472, -0.6931472])
    """

    def forward(self, input: Tensor) -> Tensor:
        return log_softmax(input, self.dim)
