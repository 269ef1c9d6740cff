"""New tensors: names, arguments and dtypes of PyTorch (float32, and int64 for whole numbers).

What differs: random numbers come from a `rng` that is passed in (a `numpy.random.Generator` or a
seed; None draws anew each time), and no tensor is made with more than 2**28 numbers (1 GB of
float32): a size that large is a mistake.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from minicv import checks
from minicv.autograd.recording import Operand
from minicv.autograd.tensors import Tensor, operand
from minicv.autograd.values import as_array, as_dtype, converted, lengths

__all__ = ["arange", "as_tensor", "from_numpy", "full", "is_tensor", "linspace", "meshgrid", "ones",
           "ones_like", "rand", "randn", "randperm", "zeros", "zeros_like"]
MOST = 2**28
Seed = np.random.Generator | int | None


def from_numpy(array: np.ndarray) -> Tensor:
    """A tensor that shares the memory and the dtype of an array.

    >>> from_numpy(np.ones(2))
    tensor([1., 1.], dtype=float64)
    """
    return Tensor(checks.instance(array, "array", np.ndarray, hint="tensor(...) takes lists"))


def as_tensor(data: ArrayLike | Tensor, dtype: DTypeLike | None = None) -> Tensor:
    """A tensor of the data, shared and not copied where that is possible.

    >>> as_tensor([1, 2])
    tensor([1, 2])
    """
    if isinstance(data, Tensor):
        return data.to(dtype)
    return Tensor(as_array(data, dtype))


def is_tensor(value: object) -> bool:
    """Whether something is a tensor.

    >>> is_tensor(np.ones(2))
    False
    """
    return isinstance(value, Tensor)


def zeros(*size, dtype: DTypeLike = np.float32, requires_grad: bool = False) -> Tensor:
    """Zeros; the size as numbers or as a tuple.

    >>> zeros(2, 3).shape
    (2, 3)
    """
    return Tensor(np.zeros(_size(size), as_dtype(dtype)), requires_grad)


def ones(*size, dtype: DTypeLike = np.float32, requires_grad: bool = False) -> Tensor:
    """Ones; the size as numbers or as a tuple.

    >>> ones(2, dtype=np.int64)
    tensor([1, 1])
    """
    return Tensor(np.ones(_size(size), as_dtype(dtype)), requires_grad)


def zeros_like(input: Operand, *, dtype: DTypeLike | None = None,
               requires_grad: bool = False) -> Tensor:
    """Zeros in the shape of another tensor (NaN in it or not), and in its dtype.

    >>> zeros_like(np.array([1, 2]))
    tensor([0, 0])
    """
    return Tensor(as_array(np.zeros_like(operand(input).data), dtype), requires_grad)


def ones_like(input: Operand, *, dtype: DTypeLike | None = None,
              requires_grad: bool = False) -> Tensor:
    """Ones in the shape of another tensor (NaN in it or not), and in its dtype.

    >>> ones_like(np.array([0.5, 2]))
    tensor([1., 1.], dtype=float64)
    """
    return Tensor(as_array(np.ones_like(operand(input).data), dtype), requires_grad)


def full(size: tuple[int, ...], fill_value: float, *, dtype: DTypeLike | None = None,
         requires_grad: bool = False) -> Tensor:
    """One number everywhere; its dtype is that of the number.

    >>> full((2,), 7)
    tensor([7, 7])
    """
    shape = _size((checks.instance(size, "size", tuple, list),))
    value = as_array(fill_value, dtype, "fill_value")
    if value.ndim > 0:
        raise TypeError(f"fill_value must be a number, got {checks.brief(fill_value)}")
    return Tensor(np.full(shape, value), requires_grad)


def arange(start: float, end: float | None = None, step: float = 1, *,
           dtype: DTypeLike | None = None, requires_grad: bool = False) -> Tensor:
    """Numbers from start (0 if only the end is given) up to end, which is left out.

    >>> arange(3), arange(0, 1, 0.25)
    (tensor([0, 1, 2]), tensor([0.  , 0.25, 0.5 , 0.75]))
    """
    start, end = (0, start) if end is None else (start, end)
    whole = all(isinstance(one, (int, np.integer)) for one in (start, end, step))
    if whole:
        start, end, step = (checks.whole(int(one), "start, end and step", least=-2**63,
                                         most=2**63 - 1) for one in (start, end, step))
    else:
        start, end, step = (checks.number(one, "start, end and step") for one in (start, end, step))
    if step == 0 or not 0 <= (end - start) / step <= MOST:
        raise ValueError(f"step must lead to end in at most {MOST} steps, got {start, end, step}")
    count = int(-((start - end) // step)) if whole else math.ceil((end - start) / step)
    usual = np.int64 if whole else np.float32
    values = start + step * np.arange(count)
    return Tensor(converted(values, usual if dtype is None else dtype), requires_grad)


def linspace(start: float, end: float, steps: int, *, dtype: DTypeLike = np.float32,
             requires_grad: bool = False) -> Tensor:
    """Evenly spaced numbers from start to end, both included.

    >>> linspace(0, 1, 5)
    tensor([0.  , 0.25, 0.5 , 0.75, 1.  ])
    """
    start, end = checks.number(start, "start"), checks.number(end, "end")
    values = np.linspace(start, end, checks.whole(steps, "steps", least=0, most=MOST))
    return Tensor(converted(values, dtype), requires_grad)


def rand(*size, rng: Seed = None, dtype: DTypeLike = np.float32,
         requires_grad: bool = False) -> Tensor:
    """Random numbers, evenly spread over [0, 1).

    >>> rand(2, 3, rng=0).shape
    (2, 3)
    """
    values = checks.generator(rng).random(_size(size))
    return Tensor(converted(values, dtype), requires_grad)


def randn(*size, rng: Seed = None, dtype: DTypeLike = np.float32,
          requires_grad: bool = False) -> Tensor:
    """Random numbers from the normal distribution with mean 0 and variance 1.

    >>> randn(2, 3, rng=0).shape
    (2, 3)
    """
    values = checks.generator(rng).standard_normal(_size(size))
    return Tensor(converted(values, dtype), requires_grad)


def randperm(n: int, *, rng: Seed = None) -> Tensor:
    """The numbers from 0 to n - 1 in a random order, as to split data.

    >>> sorted(randperm(4, rng=0).tolist())
    [0, 1, 2, 3]
    """
    n = checks.whole(n, "n", least=0, most=MOST)
    return Tensor(checks.generator(rng).permutation(n))


def meshgrid(*tensors, indexing: str = "ij") -> tuple[Tensor, ...]:
    """The coordinates of a grid, one tensor for each axis, from the ticks of each axis.

    Parameters
    ----------
    tensors : Tensors (N,), (M,), ...
        The ticks, or one list of them.
    indexing : "ij" or "xy"
        The first ticks belong to the first axis of the grid, or to the second (as the x of images).

    Returns
    -------
    tuple of Tensors (N, M, ...), or (M, N, ...) for "xy"

    Examples
    --------
    >>> meshgrid(arange(2), arange(3))[0]
    tensor([[0, 0, 0],
            [1, 1, 1]])
    """
    checks.choice(indexing, "indexing", ("ij", "xy"))
    first = tensors[0] if len(tensors) == 1 else None
    ticks = [operand(one) for one in (first if isinstance(first, (list, tuple)) else tensors)]
    if not ticks or any(one.ndim > 1 for one in ticks):
        raise ValueError(f"meshgrid needs one axis each, got {[one.shape for one in ticks]}")
    n = len(ticks)
    places = [1, 0, *range(2, n)] if indexing == "xy" and n > 1 else range(n)
    _size(([one.numel() for one in ticks],))  # whether so many points are too many
    apart = [one.reshape([-1 if i == place else 1 for i in range(n)])
             for one, place in zip(ticks, places)]
    shape = np.broadcast_shapes(*(one.shape for one in apart))
    return tuple(one * Tensor(np.ones(shape, one.dtype)) for one in apart)


def _size(size: tuple) -> tuple[int, ...]:
    if size == ():
        raise TypeError("size is missing; a single number has the size ()")
    shape = lengths(size)
    if math.prod(shape) > MOST or len(shape) > 32:
        raise ValueError(f"size must come to at most {MOST} numbers and 32 axes, got {shape}")
    return shape

