"""Arithmetic: the operators of Python between tensors, the forward and the derivative of each.

>>> from minicv.autograd import tensor
>>> x = tensor([[1.0, 2.0], [3.0, 4.0]])
>>> x @ x, np.ones(2) @ x
(tensor([[ 7., 10.],
        [15., 22.]]), tensor([4., 6.], dtype=float64))
>>> large, odd = x > 2, tensor([[True, False], [True, False]])
>>> large & odd, large | odd, 4 in x
(tensor([[False, False],
        [ True, False]]), tensor([[ True, False],
        [ True,  True]]), True)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from minicv.autograd.recording import Operand, Recorded, beside, constant, operands, record
from minicv.autograd.shapes import Shapes
from minicv.autograd.values import as_floats, check_broadcast

Self = TypeVar("Self", bound="Arithmetic")


def _comparison(compare: np.ufunc) -> Callable[[Self, Operand], Self]:
    """An operator that gives booleans, without a gradient."""
    def operator(self: Self, other) -> Self:
        if not isinstance(other, (Recorded, np.ndarray, int, float, np.generic)):
            return NotImplemented  # so that to None and the like no tensor is equal
        _, _, a, b = operands(self, other)
        return constant(self, compare(a, b))

    return operator


def _logic(function: np.ufunc) -> Callable[[Self, Operand], Self]:
    """An operator between booleans."""
    def operator(self: Self, other: Operand) -> Self:
        _, _, a, b = operands(self, other)
        if not a.dtype.kind == b.dtype.kind == "b":
            raise TypeError(f"& | ^ ~ need booleans, as (x > 0) & (y > 0), not {a.dtype}")
        return constant(self, function(a, b))

    return operator


class Arithmetic(Shapes):
    """Tensors that one can compute with."""

    __slots__ = ()
    __hash__ = object.__hash__  # == compares entries; as a key of a dictionary a tensor is itself

    @np.errstate(all="ignore")
    def __add__(self: Self, other: Operand) -> Self:
        x, y, a, b = operands(self, other)
        return record(a + b, (x, lambda g: g), (y, lambda g: g))

    @np.errstate(all="ignore")
    def __sub__(self: Self, other: Operand) -> Self:
        x, y, a, b = operands(self, other)
        _require_numbers(a, "difference")
        return record(a - b, (x, lambda g: g), (y, lambda g: -g))

    @np.errstate(all="ignore")
    def __mul__(self: Self, other: Operand) -> Self:
        """d(x y) = y dx + x dy."""
        x, y, a, b = operands(self, other)
        return record(a * b, (x, lambda g: g * b), (y, lambda g: g * a))

    @np.errstate(all="ignore")
    def __truediv__(self: Self, other: Operand) -> Self:
        """d(x / y) = dx / y - (x / y) dy / y."""
        x, y, a, b = operands(self, other)
        a, b = as_floats(a), as_floats(b)
        out = a / b
        return record(out, (x, lambda g: g / b), (y, lambda g: -g * (out / b)))

    @np.errstate(all="ignore")
    def __pow__(self: Self, other: Operand) -> Self:
        """d(x^y) = y x^(y-1) dx + x^y log(x) dy, where x^0 and 0^y (y > 0) are constants.

        NaN where x is negative and y a fraction (but (-inf)^-0.5 is 0, as in C; NaN in PyTorch).
        """
        x, y, a, b = operands(self, other)
        _require_numbers(a, "powers")
        if a.dtype.kind == "i" and (b < 0).any():
            raise ValueError("integers have no negative powers: convert them, as with .float()")
        n = other if isinstance(other, int) else b  # NumPy multiplies for 2, calls pow for 2.0
        out = (a**n).astype(a.dtype, copy=False)

        def to_x(g: np.ndarray) -> np.ndarray:
            dx = g * (n * a**(n - 1))
            return np.where(n == 0, 0, dx) if np.any(n == 0) else dx

        return record(out, (x, to_x),
                      (y, lambda g: g * np.where((a == 0) & (b >= 0), 0, out * np.log(a))))

    def __neg__(self: Self) -> Self:
        _require_numbers(self._data, "negative (the opposite is ~x)")
        return record(-self._data, (self, lambda g: -g))

    @np.errstate(all="ignore")
    def __matmul__(self: Self, other: Operand) -> Self:
        """Also for stacks of matrices; a 1-D x is one row, a 1-D y one column.

        C = A B has dL/dA = dL/dC B^T and dL/dB = A^T dL/dC: the only products whose shapes fit.
        """
        x, y, a, b = operands(self, other, entry_by_entry=False)
        if 0 in (a.ndim, b.ndim) or a.shape[-1] != b.shape[max(b.ndim - 2, 0)]:
            raise ValueError(f"(..., n, k) @ (..., k, m) needs one k, got {a.shape} @ {b.shape}")
        if a.ndim == 1:
            return (x.unsqueeze(0) @ y).squeeze(-2 if b.ndim > 1 else 0)
        if b.ndim == 1:
            return (x @ y.unsqueeze(1)).squeeze(-1)
        check_broadcast(a.shape[:-2], b.shape[:-2])
        return record(a @ b, (x, lambda g: g @ b.swapaxes(-1, -2)),
                      (y, lambda g: a.swapaxes(-1, -2) @ g))

    __radd__, __rmul__, matmul = __add__, __mul__, __matmul__

    def __rsub__(self: Self, other: Operand) -> Self:
        return beside(other, self) - self

    def __rtruediv__(self: Self, other: Operand) -> Self:
        return beside(other, self) / self

    def __rpow__(self: Self, other: Operand) -> Self:
        """other^x; NaN where other is negative and x a fraction."""
        return beside(other, self) ** self

    def __rmatmul__(self: Self, other: Operand) -> Self:
        return beside(other, self) @ self

    __eq__ = _comparison(np.equal)  # type: ignore[assignment]
    __ne__ = _comparison(np.not_equal)  # type: ignore[assignment]
    __lt__, __le__ = _comparison(np.less), _comparison(np.less_equal)
    __gt__, __ge__ = _comparison(np.greater), _comparison(np.greater_equal)
    __and__ = __rand__ = _logic(np.logical_and)
    __or__ = __ror__ = _logic(np.logical_or)
    __xor__ = __rxor__ = _logic(np.logical_xor)

    def __invert__(self: Self) -> Self:
        """The opposite of booleans."""
        return self ^ True

    def __contains__(self, value: Operand) -> bool:
        return bool((self == beside(value, self))._data.any())

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs, out=None, **options):
        """`array + tensor` is a tensor; `array += tensor` stays an array; np.exp is refused."""
        if out is not None:
            values = [x.numpy() if isinstance(x, Recorded) else x for x in inputs]
            return getattr(ufunc, method)(*values, out=out, **options)
        if ufunc in _REFLECTED and not isinstance(inputs[0], Recorded):
            return getattr(self, _REFLECTED[ufunc])(inputs[0])
        raise TypeError(f"np.{ufunc.__name__} would lose the gradient: write np.{ufunc.__name__}"
                        f"(x.numpy()), or x.{ufunc.__name__}() if a tensor has it")


_REFLECTED = {
    np.add: "__radd__", np.subtract: "__rsub__", np.multiply: "__rmul__",
    np.true_divide: "__rtruediv__", np.power: "__rpow__", np.matmul: "__rmatmul__",
    np.equal: "__eq__", np.not_equal: "__ne__", np.less: "__gt__", np.less_equal: "__ge__",
    np.greater: "__lt__", np.greater_equal: "__le__",
    np.bitwise_and: "__and__", np.bitwise_or: "__or__", np.bitwise_xor: "__xor__",
}


def _require_numbers(a: np.ndarray, what: str) -> None:
    if a.dtype.kind == "b":
        raise TypeError(f"booleans have no {what}; convert them first, as with .long()")
