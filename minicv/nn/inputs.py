"""What layers, functions and tables of `minicv.nn` ask of what they are given."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import DTypeLike

from minicv import checks
from minicv.autograd import Tensor
from minicv.autograd.values import as_dtype

Shape = tuple[int, ...]
LARGEST = 2**27  # numbers that an array made here may have: 1 GB in float64


def require_room(shape: Shape, what: object, of: object) -> None:
    """A ValueError, if an array of this shape, for `what` of `of`, is larger than `LARGEST`."""
    if math.prod(shape) > LARGEST:
        raise ValueError(f"{what} of {of} would take {min(math.prod(shape), 10**99):.3g} numbers, "
                         f"and {LARGEST:,} are allowed: take smaller sizes, or fewer at a time")


def quiet() -> np.errstate:
    """No warnings in `with quiet():` or `@quiet()`: infinity and NaN in the result say it all."""
    return np.errstate(over="ignore", invalid="ignore")


def given(x: Tensor | np.ndarray, name: str = "input", *, floats: bool = True) -> Tensor:
    """What a layer or function of `minicv.nn` is given: a tensor; an array counts as a constant."""
    if not isinstance(x, (Tensor, np.ndarray, np.generic)):
        raise TypeError(f"{name} must be a tensor or an array, got {checks.brief(x)}")
    x = x if isinstance(x, Tensor) else Tensor(x)
    if floats and x.dtype.kind != "f":
        raise TypeError(f"{name} must be floats, got {x.dtype}: write minicv.tensor(x).float()")
    return x


def float_dtype(dtype: DTypeLike) -> np.dtype:
    """float16, float32 or float64; a TypeError for anything else."""
    found = as_dtype(dtype)
    if found not in (np.float16, np.float32, np.float64):
        raise TypeError(f"dtype must be np.float32, np.float64 or np.float16, got {found}")
    return found


def shape_of_input(input_shape: Shape) -> Shape:
    """(C, H, W) or (n,), checked."""
    shape = tuple(checks.whole(n, "each length in input_shape", least=1)
                  for n in checks.several(input_shape, "input_shape"))
    if len(shape) not in (1, 3):
        raise ValueError(f"input_shape is (C, H, W) or (n,), without the batch, got {shape}")
    require_room(shape, "an input", shape)
    return shape
