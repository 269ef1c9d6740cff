"""Changes in place: the same tensor and the same memory, other values.

Where the gradient is recorded, `y *= 2` gives the tensor y another history; what was computed from
y before goes on to lead to the old one, and `memory` knows that its values are gone.

>>> from minicv.autograd import tensor
>>> x, yes = tensor([[1.0, 2.0], [3.0, 4.0]]), tensor([True, False])
>>> x += 1; x -= 1; x *= 2; x /= 2; x **= 1; yes &= yes; yes |= yes
>>> x.clamp_(2, 3)
tensor([[2., 2.],
        [3., 3.]])
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from minicv import checks
from minicv.autograd.arithmetic import Arithmetic
from minicv.autograd.graph import recording
from minicv.autograd.memory import clock, histories, mark_written, share_memory
from minicv.autograd.recording import Operand, Recorded, beside, record
from minicv.autograd.reductions import Reductions
from minicv.autograd.shapes import positions
from minicv.autograd.values import Values, common_dtype, converted, is_wider, kept

Self = TypeVar("Self", bound="InPlace")


def _in_place(operation: Callable) -> Callable[[Self, Operand], Self]:
    """The operator that writes the result of another one over its first operand."""
    def operator(self: Self, other: Operand) -> Self:
        return self._change(operation, other)

    return operator


class InPlace(Reductions):
    """Tensors that can be changed."""

    __slots__ = ()

    def add_(self: Self, other: Operand, *, alpha: float = 1) -> Self:
        """x += alpha * other.

        Examples
        --------
        >>> from minicv.autograd import tensor
        >>> x = tensor([1.0, 2.0])
        >>> x.add_(10, alpha=0.5)
        tensor([6., 7.])
        """
        return self._change(Arithmetic.__add__, self._scaled(other, alpha))

    def sub_(self: Self, other: Operand, *, alpha: float = 1) -> Self:
        """x -= alpha * other; infinity less infinity is NaN."""
        return self._change(Arithmetic.__sub__, self._scaled(other, alpha))

    def _scaled(self: Self, other: Operand, alpha: float) -> Operand:
        if checks.number(alpha, "alpha") == 1:
            return other
        y = beside(other, self)
        one = np.ones((), common_dtype(self.dtype, y.dtype))  # 100 times an int8 may be none
        return y * one * alpha

    mul_, div_ = _in_place(Arithmetic.__mul__), _in_place(Arithmetic.__truediv__)
    pow_ = _in_place(Arithmetic.__pow__)
    __iadd__, __isub__, __imul__, __itruediv__, __ipow__ = add_, sub_, mul_, div_, pow_
    __iand__, __ior__ = _in_place(Arithmetic.__and__), _in_place(Arithmetic.__or__)
    __ixor__ = _in_place(Arithmetic.__xor__)

    def clamp_(self: Self, min: Operand | None = None, max: Operand | None = None) -> Self:
        """Move the entries into [min, max]."""
        return self._change(Reductions.clamp, min, max)

    def copy_(self: Self, other: Operand) -> Self:
        """Take over the values of another tensor, in the own dtype."""
        self[...] = other
        return self

    def fill_(self: Self, value: float) -> Self:
        """Set every entry to one number."""
        if beside(value, self).ndim > 0:
            raise ValueError(f"fill_ needs one number, got {checks.brief(value)}")
        return self.copy_(value)

    def zero_(self: Self) -> Self:
        """Set every entry to 0.

        Examples
        --------
        >>> from minicv.autograd import tensor
        >>> x = tensor([1.0, 2.0])
        >>> row = x[1:]
        >>> x.zero_(), row
        (tensor([0., 0.]), tensor([0.]))
        """
        return self.fill_(0)

    def __setitem__(self, index, value: Operand) -> None:
        """Other values at an index; an IndexError if it does not fit."""
        (view, picked), values = positions(index), beside(value, self)
        wanted = self._entries(view, picked, index).shape
        try:  # NumPy takes (1, 3) for (3,); without the 1 the gradient goes back by broadcasting
            values = values.reshape(values.shape[max(values.ndim - len(wanted), 0):])
            np.broadcast_to(values._data, wanted)
        except ValueError:
            raise ValueError(f"values of shape {values.shape} do not fit into {wanted}") from None
        if recording.on and (self._requires_grad or values._requires_grad) and (
                self.dtype.kind == "f"):  # integers end the flow of the gradient
            self._change(lambda x, y: x._replaced(view, picked, y), values)
        else:
            self._write(view, picked, values)

    def _replaced(self: Self, view: tuple, picked: tuple, values: Self) -> Self:
        """A copy with other values at an index; where two of them meet, the later one stays."""
        out, shape = self._data.copy(), self.shape
        out[view][picked] = converted(values._data, self.dtype)

        def to_self(g: np.ndarray) -> np.ndarray:
            g = g.copy()
            g[view][picked] = 0
            return g

        def to_values(g: np.ndarray) -> np.ndarray:
            g = g[view][picked]
            number, stayed = np.arange(g.size).reshape(g.shape), np.zeros(shape, int)
            stayed[view][picked] = number
            return kept(g, stayed[view][picked] == number)

        return record(out, (self, to_self), (values, to_values))

    def _change(self: Self, operation: Callable, *others: Operand | None) -> Self:
        """Compute operation(self, *others), and write the result over the old values."""
        inputs = [self, *others]
        recorded = recording.on and any(isinstance(x, Recorded) and x._requires_grad
                                        for x in inputs)
        if recorded:
            self._require_changeable()
            # Rules keep arrays: here copies of those that are overwritten in a moment.
            inputs = [x.clone() if isinstance(x, InPlace) and share_memory(x._data, self._data)
                      else x for x in inputs]
        result = operation(*inputs)
        if result.shape != self.shape:
            raise ValueError(f"in place the shape stays {self.shape}, got {result.shape}")
        if is_wider(result.dtype, self.dtype):
            raise TypeError(f"in place the dtype stays {self.dtype}, which cannot hold the result, "
                            f"{result.dtype}: write x = x + y for x += y")
        self._write((...,), (...,), result)
        if result.grad_fn is not None:
            self.grad_fn, self._requires_grad = result.grad_fn, True
            mark_written(self._data, histories)
            self.grad_fn.date = clock.now
        return self

    def _require_changeable(self) -> None:
        if self.grad_fn is None and self._requires_grad:
            raise RuntimeError("a leaf that requires a gradient can be changed in place within "
                               "no_grad() only, as by optimisers: write y = x + 1 for x += 1")
        if self.is_view:
            raise RuntimeError("this tensor is a view, and the whole would miss the change: write "
                               "x[i] = x[i] + y for x[i] += y, or change a x.clone()")

    def _write(self, view: tuple, picked: tuple, values: Values) -> None:
        if not self._data.flags.writeable:
            raise ValueError("this tensor shows an array that is read-only; change a x.clone()")
        self._data[view][picked] = converted(values._data, self.dtype)
        mark_written(self._data)
