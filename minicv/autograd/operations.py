"""The operations of which networks are made: forward and derivative of each on a few lines.

A derivative is a *rule* for each input: from g = dL/d(result) to dL/d(input).  `record` says what a
rule may do.  Broadcasting is undone there too, so a rule may ignore it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from minicv.autograd.graph import Operand, Tensor, _constant, _operands, operation, record

# ---- arithmetic ----------------------------------------------------------------------------------


@operation("__add__", "__radd__")
def add(x: Operand, y: Operand) -> Tensor:
    """x + y."""
    x, y, a, b = _operands(x, y)
    return record(a + b, (x, lambda g: g), (y, lambda g: g))


@operation("__sub__")
def sub(x: Operand, y: Operand) -> Tensor:
    """x - y."""
    x, y, a, b = _operands(x, y)
    return record(a - b, (x, lambda g: g), (y, lambda g: -g))


@operation("__mul__", "__rmul__")
def mul(x: Operand, y: Operand) -> Tensor:
    """x * y, entry by entry; d(x y) = y dx + x dy."""
    x, y, a, b = _operands(x, y)
    return record(a * b, (x, lambda g: g * b), (y, lambda g: g * a))


@operation("__truediv__")
def div(x: Operand, y: Operand) -> Tensor:
    """x / y; d(x / y) = dx / y - (x / y) dy / y."""
    x, y, a, b = _operands(x, y)
    out = a / b
    return record(out, (x, lambda g: g / b), (y, lambda g: -g * out / b))


@operation("__pow__")
def pow(x: Operand, y: Operand) -> Tensor:
    """x ** y; d(x^y) = y x^(y-1) dx + x^y log(x) dy, where x^0 and 0^y (y > 0) are constants."""
    plain = y if isinstance(y, int) else None
    x, y, a, b = _operands(x, y)
    b = b if plain is None else plain  # NumPy multiplies for a plain 2, and calls pow for 2.0
    out = (a**b).astype(a.dtype, copy=False)
    less = b - (b != 0)  # y - 1, but 0 for y = 0: there y x^(y-1) is 0 even at x = 0
    return record(out, (x, lambda g: g * (b * a**less)),
                  (y, lambda g: g * out * np.log(np.where(a == 0, 1, a))))


@operation("__neg__")
def neg(x: Tensor) -> Tensor:
    """-x."""
    return record(-x.data, (x, lambda g: -g))


@operation("__matmul__", "matmul")
def matmul(x: Operand, y: Operand) -> Tensor:
    """x @ y, also for stacks of matrices; a 1-D x is one row, a 1-D y one column.

    C = A B has dL/dA = dL/dC B^T and dL/dB = A^T dL/dC: the only products whose shapes fit.
    """
    x, y, a, b = _operands(x, y)
    if a.ndim == 1:
        return matmul(x.unsqueeze(0), y).squeeze(-2 if b.ndim > 1 else 0)
    if b.ndim == 1:
        return matmul(x, y.unsqueeze(1)).squeeze(-1)
    return record(a @ b, (x, lambda g: g @ b.swapaxes(-1, -2)),
                  (y, lambda g: a.swapaxes(-1, -2) @ g))


@operation()
def linear(x: Operand, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """x @ weight.T + bias in one step: here training spends its time.

    Parameters
    ----------
    x : (..., n_in)
    weight : (n_out, n_in), one row for each output, of the dtype of x.
    bias : (n_out,) or None.

    Returns
    -------
    (..., n_out)

    Raises
    ------
    ValueError : the shapes do not fit. TypeError : the dtypes differ.
    """
    x = x if isinstance(x, Tensor) else Tensor(x)
    a, w = x.data, weight.data
    if a.shape[-1:] != w.shape[1:] or (bias is not None and bias.shape != w.shape[:1]):
        raise ValueError(f"linear needs x (..., n_in), weight (n_out, n_in) and bias (n_out,), and "
                         f"got {a.shape}, {w.shape} and {None if bias is None else bias.shape}")
    if a.dtype != w.dtype:
        raise TypeError(f"linear needs one dtype, and x is {a.dtype}, weight {w.dtype}; "
                        f"convert one, as with x.to(weight.dtype)")
    rows = a.reshape(math.prod(a.shape[:-1]), a.shape[-1])
    out = rows @ w.T
    flat = out.shape
    # np.dot is the same as @ here; but @ is slow where the inner axis has length 1 (one output).
    edges = [(x, lambda g: np.dot(g.reshape(flat), w).reshape(a.shape)),
             (weight, lambda g: g.reshape(flat).T @ rows)]
    if bias is not None:
        out += bias.data
        # The sum over the rows as a product with ones: the same sum, several times as fast.
        edges.append((bias, lambda g: np.ones(len(rows), g.dtype) @ g.reshape(flat)))
    return record(out.reshape(a.shape[:-1] + w.shape[:1]), *edges)


# ---- functions of each entry ---------------------------------------------------------------------


@operation("exp")
def exp(x: Tensor) -> Tensor:
    """e^x, its own derivative."""
    out = np.exp(x.data)
    return record(out, (x, lambda g: g * out))


@operation("log")
def log(x: Tensor) -> Tensor:
    """The natural logarithm; derivative 1 / x."""
    a = x.data
    return record(np.log(a), (x, lambda g: g / a))


@operation("sqrt")
def sqrt(x: Tensor) -> Tensor:
    """The square root; derivative 1 / (2 sqrt(x)), infinite at 0."""
    out = np.sqrt(x.data)
    return record(out, (x, lambda g: g / (2 * out)))


@operation("abs", "__abs__")
def abs(x: Tensor) -> Tensor:
    """|x|; derivative sign(x), and 0 at the kink."""
    a = x.data
    return record(np.abs(a), (x, lambda g: g * np.sign(a)))


@operation("relu")
def relu(x: Tensor) -> Tensor:
    """max(x, 0); derivative 1 where x > 0, else 0, at the kink too."""
    out = np.maximum(x.data, np.zeros(x.shape, x.dtype))  # twice as fast as beside a plain 0

    def rule(g):
        passed = (out > 0).astype(g.dtype)  # in two steps: faster than converting on the way
        passed *= g
        return passed

    return record(out, (x, rule))


@operation("tanh")
def tanh(x: Tensor) -> Tensor:
    """The hyperbolic tangent; derivative 1 - tanh(x)^2."""
    out = np.tanh(x.data)
    return record(out, (x, lambda g: g * (1 - out * out)))


def _sigmoid(a: np.ndarray) -> np.ndarray:
    """1 / (1 + e^-a), or e^a / (1 + e^a) for a < 0: no exponential overflows."""
    e = np.exp(-np.abs(a))
    one = np.ones_like(e)  # in the dtype of e: NumPy 1.26 widens a single float32 beside a plain 1
    return np.where(a >= 0, one, e) / (one + e)


@operation("sigmoid")
def sigmoid(x: Tensor) -> Tensor:
    """s = 1 / (1 + e^-x); derivative s (1 - s)."""
    out = _sigmoid(x.data)
    return record(out, (x, lambda g: g * (out * (1 - out))))


@operation("softplus")
def softplus(x: Tensor) -> Tensor:
    """log(1 + e^x) = max(x, 0) + log(1 + e^-|x|); derivative sigmoid(x)."""
    a = x.data
    out = np.maximum(a, np.zeros_like(a)) + np.log1p(np.exp(-np.abs(a)))
    return record(out, (x, lambda g: g * _sigmoid(a)))


@operation("to")
def to(x: Tensor, dtype) -> Tensor:
    """The same values in another dtype; integers and booleans end the flow of the gradient."""
    out = x.data.astype(dtype, copy=False)
    return record(out, (x, lambda g: g)) if out.dtype.kind == "f" else _constant(out)


# ---- choosing ------------------------------------------------------------------------------------


def _share(larger: np.ndarray, smaller: np.ndarray) -> np.ndarray:
    """Who gets the gradient: 1 where the first is larger, 0 where it is not, 1/2 at a tie."""
    return np.where(larger == smaller, 0.5, larger > smaller)


@operation("maximum")
def maximum(x: Operand, y: Operand) -> Tensor:
    """The larger of x and y, entry by entry; at a tie each gets half of the gradient."""
    x, y, a, b = _operands(x, y)
    return record(np.maximum(a, b),
                  (x, lambda g: g * _share(a, b)), (y, lambda g: g * _share(b, a)))


@operation("minimum")
def minimum(x: Operand, y: Operand) -> Tensor:
    """The smaller of x and y, entry by entry; at a tie each gets half of the gradient."""
    x, y, a, b = _operands(x, y)
    return record(np.minimum(a, b),
                  (x, lambda g: g * _share(b, a)), (y, lambda g: g * _share(a, b)))


@operation()
def where(condition: Tensor | np.ndarray, x: Operand, y: Operand) -> Tensor:
    """x where the condition (booleans) holds, else y; the gradient goes to the one chosen."""
    c = np.asarray(condition)
    if c.dtype != bool:
        raise TypeError(f"where needs a condition of booleans, not {c.dtype}")
    x, y, a, b = _operands(x, y)
    return record(np.where(c, a, b),
                  (x, lambda g: np.where(c, g, 0)), (y, lambda g: np.where(c, 0, g)))


# ---- reductions: `dim` is an axis, a tuple of them or None for all; `keepdim` leaves length 1 ----

Dim = int | tuple[int, ...] | None


def _restored(g: np.ndarray, dim: Dim, keepdim: bool) -> np.ndarray:
    """The gradient of a reduced result with the axes that are gone put back, of length 1."""
    return g if keepdim or dim is None else np.expand_dims(g, dim)


@operation("sum")
def sum(x: Tensor, dim: Dim = None, keepdim: bool = False) -> Tensor:
    """The sum; every summand gets the gradient of the sum."""
    return record(x.data.sum(axis=dim, keepdims=keepdim),
                  (x, lambda g: np.broadcast_to(_restored(g, dim, keepdim), x.shape)))


@operation("mean")
def mean(x: Tensor, dim: Dim = None, keepdim: bool = False) -> Tensor:
    """The mean of n entries; each gets 1/n of the gradient."""
    out = x.data.mean(axis=dim, keepdims=keepdim)
    n = x.data.size // max(out.size, 1)
    return record(out, (x, lambda g: np.broadcast_to(_restored(g / n, dim, keepdim), x.shape)))


@operation("amax")
def amax(x: Tensor, dim: Dim = None, keepdim: bool = False) -> Tensor:
    """The largest entry; equal ones share its gradient evenly."""
    return _extreme(x, x.data.max(axis=dim, keepdims=True), dim, keepdim)


@operation("amin")
def amin(x: Tensor, dim: Dim = None, keepdim: bool = False) -> Tensor:
    """The smallest entry; equal ones share its gradient evenly."""
    return _extreme(x, x.data.min(axis=dim, keepdims=True), dim, keepdim)


def _extreme(x: Tensor, extreme: np.ndarray, dim: Dim, keepdim: bool) -> Tensor:
    a = x.data

    def rule(g):
        ties = a == extreme
        return _restored(g, dim, keepdim) * (ties / ties.sum(axis=dim, keepdims=True))

    return record(extreme if keepdim else extreme.squeeze(dim), (x, rule))


# ---- moving entries about: the gradient takes the way back ---------------------------------------


@operation("reshape", "view")
def reshape(x: Tensor, *shape) -> Tensor:
    """The same entries in another shape, given as numbers or as a tuple; one may be -1."""
    return record(x.data.reshape(*shape), (x, lambda g: g.reshape(x.shape)))


@operation("permute")
def permute(x: Tensor, *dims) -> Tensor:
    """The axes in another order, given as numbers or as a tuple."""
    order = dims[0] if len(dims) == 1 and not isinstance(dims[0], int) else dims
    back = np.argsort([dim % x.ndim for dim in order])
    return record(x.data.transpose(order), (x, lambda g: g.transpose(back)))


@operation("__getitem__")
def getitem(x: Tensor, index) -> Tensor:
    """x[index], as in NumPy; an entry picked several times adds up what it gets each time."""
    parts = index if isinstance(index, tuple) else (index,)

    def rule(g):
        total = np.zeros(x.shape, g.dtype)
        if any(np.ndim(part) > 0 and np.asarray(part).dtype != bool for part in parts):
            np.add.at(total, parts, g)  # positions may repeat: total[parts] += g would add once
        else:
            total[parts] = g
        return total

    return record(x.data[parts], (x, rule))


@operation()
def concatenate(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Tensors one after the other along an axis; each gets its part of the gradient."""
    tensors = list(tensors)  # a generator could be walked only once
    out = np.concatenate([x.data for x in tensors], axis=dim)
    edges, start = [], 0
    for x in tensors:
        rows = np.arange(start, start + x.shape[dim])
        edges.append((x, lambda g, rows=rows: g.take(rows, axis=dim)))
        start += x.shape[dim]
    return record(out, *edges)


@operation()
def stack(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Tensors of one shape, side by side along a new axis."""
    return concatenate([x.unsqueeze(dim) for x in tensors], dim)


# ---- operators with the tensor on the right, and comparisons, which have no gradient -------------


def _comparison(compare: np.ufunc) -> Callable[[Tensor, Operand], Tensor]:
    def method(x: Tensor, y: Operand) -> Tensor:
        _, _, a, b = _operands(x, y)
        return _constant(compare(a, b))

    return method


Tensor.__rsub__ = lambda x, y: sub(y, x)
Tensor.__rtruediv__ = lambda x, y: div(y, x)
Tensor.__rpow__ = lambda x, y: pow(y, x)
Tensor.__rmatmul__ = lambda x, y: matmul(y, x)
Tensor.__eq__, Tensor.__ne__ = _comparison(np.equal), _comparison(np.not_equal)
Tensor.__lt__, Tensor.__le__ = _comparison(np.less), _comparison(np.less_equal)
Tensor.__gt__, Tensor.__ge__ = _comparison(np.greater), _comparison(np.greater_equal)
