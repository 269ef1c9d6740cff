"""Functions of each entry: exp, log, relu, ..., and the larger and the smaller of two.

At a kink and at NaN the derivative is a choice; each docstring says which (PyTorch's).
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np

from minicv.autograd.arithmetic import Arithmetic
from minicv.autograd.recording import Operand, operands, record
from minicv.autograd.values import as_floats, kept

Self = TypeVar("Self", bound="Functions")


class Functions(Arithmetic):
    """Tensors with functions of each entry."""

    __slots__ = ()

    @np.errstate(all="ignore")
    def exp(self: Self) -> Self:
        """e^x, its own derivative."""
        out = np.exp(as_floats(self._data))
        return record(out, (self, lambda g: g * out))

    @np.errstate(all="ignore")
    def log(self: Self) -> Self:
        """The natural logarithm; derivative 1 / x."""
        a = as_floats(self._data)
        return record(np.log(a), (self, lambda g: g / a))

    @np.errstate(all="ignore")
    def sqrt(self: Self) -> Self:
        """The square root; derivative 1 / (2 sqrt(x)), infinite at 0."""
        out = np.sqrt(as_floats(self._data))
        return record(out, (self, lambda g: g / (2 * out)))

    def abs(self: Self) -> Self:
        """|x|; derivative sign(x), and 0 at the kink and at NaN."""
        a = self._data
        return record(np.abs(a), (self, lambda g: g * np.sign(np.nan_to_num(a))))

    __abs__ = abs

    def relu(self: Self) -> Self:
        """max(x, 0); derivative 0 where x <= 0, at the kink too, else 1, at NaN too."""
        out = np.maximum(self._data, np.zeros(self.shape, self.dtype))  # faster than beside a 0
        return record(out, (self, lambda g: kept(g, out != 0)))

    def tanh(self: Self) -> Self:
        """The hyperbolic tangent; derivative 1 - tanh(x)^2."""
        out = np.tanh(as_floats(self._data))
        return record(out, (self, lambda g: g * (1 - out * out)))

    @np.errstate(all="ignore")
    def sigmoid(self: Self) -> Self:
        """s = 1 / (1 + e^-x); derivative s (1 - s)."""
        out = _sigmoid(as_floats(self._data))
        return record(out, (self, lambda g: g * (out * (1 - out))))

    @np.errstate(all="ignore")
    def softplus(self: Self) -> Self:
        """log(1 + e^x) = max(x, 0) + log(1 + e^-|x|); derivative sigmoid(x)."""
        a = as_floats(self._data)
        out = np.maximum(a, np.zeros_like(a)) + np.log1p(np.exp(-np.abs(a)))
        return record(out, (self, lambda g: g * _sigmoid(a)))

    def clamp(self: Self, min: Operand | None = None, max: Operand | None = None) -> Self:
        """Moved into [min, max]; derivative 1 inside and at the ends, 0 outside and at NaN.

        Examples
        --------
        >>> from minicv.autograd import tensor
        >>> tensor([-1.0, 0.5, 3.0]).clamp(0, 1)
        tensor([0. , 0.5, 1. ])
        """
        if min is None and max is None:
            raise ValueError("clamp needs min, max or both")
        low = self if min is None else self._clamped(min, np.maximum, np.greater_equal)
        return low if max is None else low._clamped(max, np.minimum, np.less_equal)

    def _clamped(self: Self, bound: Operand, nearer: np.ufunc, inside: np.ufunc) -> Self:
        x, y, a, b = operands(self, bound)
        if y._requires_grad:
            raise ValueError("clamp gives min and max no gradient: use maximum, or .detach() them")
        passed = inside(a, b)
        return record(nearer(a, b), (x, lambda g: kept(g, passed)))

    def maximum(self: Self, other: Operand) -> Self:
        """The larger one, entry by entry; at a tie each gets half of the gradient.

        Where one of them is NaN, so is the result, and each gets the whole gradient.
        """
        x, y, a, b = operands(self, other)
        return record(np.maximum(a, b), (x, lambda g: _share(g, a == b, a < b)),
                      (y, lambda g: _share(g, a == b, b < a)))

    def minimum(self: Self, other: Operand) -> Self:
        """The smaller one, entry by entry; ties and NaN as for `maximum`."""
        x, y, a, b = operands(self, other)
        return record(np.minimum(a, b), (x, lambda g: _share(g, a == b, a > b)),
                      (y, lambda g: _share(g, a == b, b > a)))


def _sigmoid(a: np.ndarray) -> np.ndarray:
    """1 / (1 + e^-a), or e^a / (1 + e^a) for a < 0: no exponential overflows."""
    e = np.exp(-np.abs(a))
    one = np.ones_like(e)  # in the dtype of e: NumPy 1.26 widens a single float32 beside a plain 1
    return np.where(a >= 0, one, e) / (one + e)


def _share(g: np.ndarray, tie: np.ndarray, lost: np.ndarray) -> np.ndarray:
    """What one of two gets of a gradient: half at a tie, nothing where it has lost, else all."""
    return kept(np.where(tie, g / 2, g), ~lost)
