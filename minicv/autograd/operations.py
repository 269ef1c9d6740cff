"""Functions of tensors, named as in PyTorch: those that join several, and each operation as one.

`exp(x)` is `x.exp()`; a function takes an array or a number as well, and gives a tensor.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import wraps

import numpy as np

from minicv import checks
from minicv.autograd.recording import Operand, operands, record
from minicv.autograd.tensors import Tensor, operand
from minicv.autograd.values import axis, check_broadcast, check_one_dtype, common_dtype

__all__ = [
    "abs", "all", "amax", "amin", "any", "argmax", "argmin", "cat", "clamp", "concatenate", "exp",
    "flatten", "linear", "log", "matmul", "max", "maximum", "mean", "min", "minimum", "permute",
    "relu", "reshape", "sigmoid", "sqrt", "squeeze", "stack", "sum", "tanh", "transpose",
    "unsqueeze", "where",
]


def _as_function(method: Callable) -> Callable[..., Tensor]:
    """`x.method(...)` written as `method(x, ...)`."""
    @wraps(method)
    def function(input: Operand, *args, **options) -> Tensor:
        return method(operand(input), *args, **options)

    return function


exp, log, sqrt = _as_function(Tensor.exp), _as_function(Tensor.log), _as_function(Tensor.sqrt)
abs, relu = _as_function(Tensor.abs), _as_function(Tensor.relu)
tanh, sigmoid = _as_function(Tensor.tanh), _as_function(Tensor.sigmoid)
clamp, matmul = _as_function(Tensor.clamp), _as_function(Tensor.matmul)
maximum, minimum = _as_function(Tensor.maximum), _as_function(Tensor.minimum)
sum, mean = _as_function(Tensor.sum), _as_function(Tensor.mean)
max, min = _as_function(Tensor.max), _as_function(Tensor.min)
amax, amin = _as_function(Tensor.amax), _as_function(Tensor.amin)
argmax, argmin = _as_function(Tensor.argmax), _as_function(Tensor.argmin)
any, all = _as_function(Tensor.any), _as_function(Tensor.all)
reshape, flatten = _as_function(Tensor.reshape), _as_function(Tensor.flatten)
squeeze, unsqueeze = _as_function(Tensor.squeeze), _as_function(Tensor.unsqueeze)
permute, transpose = _as_function(Tensor.permute), _as_function(Tensor.transpose)


@np.errstate(all="ignore")
def linear(x: Operand, weight: Operand, bias: Operand | None = None) -> Tensor:
    """x @ weight.T + bias in one step: here training spends its time.

    Parameters
    ----------
    x : Tensor or array (..., n_in)
        Any number of rows.
    weight : Tensor (n_out, n_in)
        One row for each output, of the dtype of x.
    bias : Tensor (n_out,), or None
        What to add.

    Returns
    -------
    Tensor (..., n_out)
        The outputs.

    Raises
    ------
    ValueError
        The shapes do not fit.
    TypeError
        The dtypes differ.

    Examples
    --------
    >>> linear(np.ones((5, 3)), np.ones((2, 3))).shape
    (5, 2)
    """
    x, weight = operand(x), operand(weight)
    bias = None if bias is None else operand(bias)
    a, w, b = x.data, weight.data, None if bias is None else bias.data
    if w.ndim != 2 or a.shape[-1:] != w.shape[1:] or b is not None and b.shape != w.shape[:1]:
        raise ValueError(f"linear needs x (..., n_in), weight (n_out, n_in) and bias (n_out,), and "
                         f"got {a.shape}, {w.shape} and {None if b is None else b.shape}")
    check_one_dtype("linear", a, w, b)
    shape, rows = a.shape, a if a.ndim == 2 else a.reshape(math.prod(a.shape[:-1]), a.shape[-1])
    out = rows @ w.T
    flat, n_rows = out.shape, len(rows)
    # np.dot is the same as @ here; but @ is slow where the inner axis has length 1 (one output),
    # and np.dot takes 0 times NaN for 0 where one of the two is a single number.
    product = np.multiply if out.size == 1 else np.dot
    edges = [(x, lambda g: product(g.reshape(flat), w).reshape(shape)),
             (weight, lambda g: g.reshape(flat).T @ rows)]
    if bias is not None:
        out += bias.data
        # The sum over the rows as a product with ones: the same sum, several times as fast.
        edges.append((bias, lambda g: np.ones(n_rows, g.dtype) @ g.reshape(flat)))
    return record(out if a.ndim == 2 else out.reshape(shape[:-1] + w.shape[:1]), *edges)


def where(condition: Tensor | np.ndarray | bool, x: Operand, y: Operand) -> Tensor:
    """x where the condition (booleans) holds, else y; the gradient goes to the one chosen.

    Examples
    --------
    >>> where(np.array([True, False]), 1.0, 2.0)
    tensor([1., 2.])
    """
    c = operand(condition).data
    if c.dtype != bool:
        raise TypeError(f"where needs a condition of booleans, not {c.dtype}")
    x, y, a, b = operands(operand(x, y), y)
    check_broadcast(c.shape, a.shape)
    check_broadcast(c.shape, b.shape)
    return record(np.where(c, a, b),
                  (x, lambda g: np.where(c, g, 0)), (y, lambda g: np.where(c, 0, g)))


def concatenate(tensors: Iterable[Operand], dim: int = 0) -> Tensor:
    """Tensors one after the other along an axis; each gets its part of the gradient.

    Examples
    --------
    >>> concatenate([np.array([1, 2]), np.array([3])])
    tensor([1, 2, 3])
    """
    given = [operand(x) for x in checks.several(tensors, "tensors")]
    parts = [x for x in given if x.shape != (0,)] or given  # of tensor([]), PyTorch takes the dtype
    if not parts or parts[0].ndim == 0:
        raise ValueError("nothing to join: needed is a list of tensors with at least one axis")
    dim = axis(dim, parts[0].ndim)
    dtype = common_dtype(*[x.dtype for x in given])
    try:
        out = np.concatenate([x.data for x in parts], axis=dim, dtype=dtype)
    except ValueError:
        raise ValueError(f"all axes but {dim} must agree, got {[x.shape for x in parts]}") from None
    edges, start = [], 0
    for x in parts:
        rows = np.arange(start, start + x.shape[dim])
        edges.append((x, lambda g, rows=rows: g.take(rows, axis=dim)))
        start += len(rows)
    return record(out, *edges)


def stack(tensors: Iterable[Operand], dim: int = 0) -> Tensor:
    """Tensors of one shape, side by side along a new axis.

    Examples
    --------
    >>> stack([np.array([1, 2]), np.array([3, 4])], dim=1)
    tensor([[1, 3],
            [2, 4]])
    """
    parts = [operand(x) for x in checks.several(tensors, "tensors")]
    if len({x.shape for x in parts}) > 1:
        raise ValueError(f"stack needs tensors of one shape, got {[x.shape for x in parts]}")
    return concatenate([x.unsqueeze(dim) for x in parts], dim)


cat = concatenate
