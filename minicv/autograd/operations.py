"""Operations that join several tensors: written as functions, as in PyTorch."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from minicv.autograd.tensors import Operand, Tensor, operands, record

maximum, minimum = Tensor.maximum, Tensor.minimum


def linear(x: Operand, weight: Tensor, bias: Tensor | None = None) -> Tensor:
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


def where(condition: Tensor | np.ndarray, x: Operand, y: Operand) -> Tensor:
    """x where the condition (booleans) holds, else y; the gradient goes to the one chosen."""
    c = np.asarray(condition)
    if c.dtype != bool:
        raise TypeError(f"where needs a condition of booleans, not {c.dtype}")
    x, y, a, b = operands(x, y)
    return record(np.where(c, a, b),
                  (x, lambda g: np.where(c, g, 0)), (y, lambda g: np.where(c, 0, g)))


def concatenate(tensors: Iterable[Tensor], dim: int = 0) -> Tensor:
    """Tensors one after the other along an axis; each gets its part of the gradient."""
    tensors = list(tensors)  # a generator could be walked only once
    out = np.concatenate([x.data for x in tensors], axis=dim)
    edges, start = [], 0
    for x in tensors:
        rows = np.arange(start, start + x.shape[dim])
        edges.append((x, lambda g, rows=rows: g.take(rows, axis=dim)))
        start += x.shape[dim]
    return record(out, *edges)


def stack(tensors: Iterable[Tensor], dim: int = 0) -> Tensor:
    """Tensors of one shape, side by side along a new axis."""
    return concatenate([x.unsqueeze(dim) for x in tensors], dim)
