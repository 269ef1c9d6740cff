"""The values of a tensor: numbers that come in through one door, and what Python asks of them.

`as_array` is the door, `converted` the way from one dtype to another.  As in PyTorch, numbers are
float32 or int64 unless one says otherwise, and `/`, exp, log, ... of integers are float32.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from minicv import checks

Dim: TypeAlias = "int | tuple[int, ...] | None"  # an axis, several of them, or all


def as_dtype(dtype: DTypeLike) -> np.dtype:
    """A dtype that a tensor can have, from what NumPy takes for one."""
    try:
        found = np.dtype(dtype)
    except Exception:  # NumPy has its own for each kind of nonsense
        found = np.dtype(object)
    if dtype is None or isinstance(dtype, (Values, np.ndarray)) or found.kind not in "fiub":
        raise TypeError(f"dtype must be of real numbers, as np.float32, not {checks.brief(dtype)}")
    return found


def as_array(data: ArrayLike | Values, dtype: DTypeLike | None = None,
             name: str = "data") -> np.ndarray:
    """The values of a tensor, array, number or list as an array, without a copy if possible."""
    array = data.data if isinstance(data, Values) else checks.as_array(data, name)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name} must be real numbers, got {checks.brief(data)}")
    if dtype is None and array.dtype == np.float64 and not _has_doubles(data):
        dtype = np.float32  # Python's numbers
    return array if dtype is None else converted(array, dtype)


def _has_doubles(data: object) -> bool:
    """Whether it is of NumPy's float64, or a list with some in it."""
    if isinstance(data, (list, tuple)):
        return any(map(_has_doubles, data))
    return getattr(data, "dtype", None) == np.float64


def converted(array: np.ndarray, dtype: DTypeLike) -> np.ndarray:
    """The values in another dtype; a ValueError if it cannot hold one of them.

    Fractions are cut off, and floats too large for their type become infinite, as in PyTorch; NaN
    and integers too large become no other number.
    """
    if array.dtype == (dtype := as_dtype(dtype)):
        return array
    if dtype.kind in "iub" and array.size > 0:
        checks.numbers(array, "the tensor")  # no NaN
        low, high = int(array.min()), int(array.max())
        if dtype.kind != "b" and not np.iinfo(dtype).min <= low <= high <= np.iinfo(dtype).max:
            raise ValueError(f"{dtype} cannot hold all numbers from {low} to {high}")
    with np.errstate(all="ignore"):
        return array.astype(dtype)


def as_floats(array: np.ndarray) -> np.ndarray:
    """Floats as they are, integers and booleans as float32."""
    return array if array.dtype.kind == "f" else array.astype(np.float32)


def total(array: np.ndarray, axes: tuple[int, ...], keepdims: bool = False) -> np.ndarray:
    """The sum along axes: whole numbers give int64, and halves are added up in float32.

    Added row by row in their own dtype, halves stop at 2048: 2048 + 1 rounds to 2048.
    """
    wide = np.promote_types(array.dtype, np.float32) if array.dtype.kind == "f" else np.int64
    added = np.asarray(array.sum(axis=axes, keepdims=keepdims, dtype=wide))
    return added.astype(array.dtype) if array.dtype == np.float16 else added


def kept(g: np.ndarray, where: np.ndarray) -> np.ndarray:
    """A gradient where a condition of its shape holds, and 0 elsewhere.

    0 times infinity is NaN; but taken for a whole number, each float may be multiplied by 0 and 1.
    (`np.where` guesses what comes next, and is ten times as slow where it cannot.)

    >>> kept(np.array([1.0, np.nan, np.inf]), np.array([True, True, False]))
    array([ 1., nan,  0.])
    """
    bits = where.astype(f"i{g.itemsize}")
    bits *= g.view(bits.dtype)
    return bits.view(g.dtype)


def common_dtype(*dtypes: np.dtype) -> np.dtype:
    """Where several meet: the widest of the floats, if there are any."""
    floats = [dtype for dtype in dtypes if dtype.kind == "f"]
    return np.result_type(*floats or dtypes)


def as_operand(value: object, dtype: np.dtype | None) -> np.ndarray:
    """An operand as an array; a number in the dtype beside it, if that is of its kind or wider."""
    if not isinstance(value, (np.ndarray, np.generic, int, float)):
        raise TypeError(f"an operand is a tensor, an array or a number, not {checks.brief(value)}")
    array = as_array(value, name="an operand")
    if dtype is None or isinstance(value, np.ndarray):
        return array
    if is_wider(array.dtype, dtype):
        dtype = np.dtype(np.float32 if array.dtype.kind == "f" else np.int64)
    return converted(np.asarray(value), dtype)


def is_wider(a: np.dtype, b: np.dtype) -> bool:
    """Whether a is of a wider kind than b: floats than integers, integers than booleans."""
    order = {"b": 0, "u": 1, "i": 1, "f": 2}
    return order[a.kind] > order.get(b.kind, -1)  # what is no number is refused as an operand


def axis(dim: int, ndim: int) -> int:
    """The number of an axis, counted from the front; a number without axes counts as having one."""
    dim, n = checks.whole(dim, "dim"), max(ndim, 1)
    if not -n <= dim < n:
        raise np.exceptions.AxisError(f"dim must be from {-n} to {n - 1}, got {dim}")
    return dim % n


def axes(dim: Dim, ndim: int) -> tuple[int, ...]:
    """The axes that a reduction goes over; None stands for all of them."""
    dims = range(ndim) if dim is None else dim if isinstance(dim, (tuple, list)) else [dim]
    found = tuple(axis(one, ndim) for one in dims)
    if len(set(found)) < len(found):
        raise ValueError(f"dim must name each axis once, got {dim}")
    return found[:ndim] or tuple(range(ndim))


def lengths(size: tuple, name: str = "size", least: int = 0) -> tuple[int, ...]:
    """Whole numbers, given one by one or as a tuple or list."""
    numbers = size[0] if len(size) == 1 and isinstance(size[0], (tuple, list)) else size
    return tuple(checks.whole(n, name, least=least) for n in numbers)


def check_broadcast(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    """A ValueError if NumPy could not stretch two shapes to one."""
    for n, m in zip(reversed(a), reversed(b)):
        if n != m and n != 1 and m != 1:
            raise ValueError(f"shapes {a} and {b} do not fit each other")


def check_one_dtype(who: object, x: Values | np.ndarray, weight: Values | np.ndarray,
                    bias: Values | np.ndarray | None) -> None:
    """A TypeError if what a layer computes with has several dtypes."""
    if x.dtype != weight.dtype or bias is not None and bias.dtype != weight.dtype:
        raise TypeError(f"{who} needs one dtype, and x is {x.dtype}, weight {weight.dtype}, bias "
                        f"{getattr(bias, 'dtype', None)}: convert, as with x.to(weight.dtype)")


class Values:
    """Numbers, and how to look at them. `Tensor` adds operations and their derivatives."""

    __slots__ = ("_data", "_requires_grad")
    _data: np.ndarray
    _requires_grad: bool

    @property
    def data(self) -> np.ndarray:
        """The values, as the array itself: what is written there, nothing notices."""
        return self._data

    @data.setter
    def data(self, values: ArrayLike | Values) -> None:
        array = as_array(values)
        if self._requires_grad and array.dtype.kind != "f":
            raise TypeError(f"data with a gradient must be floats, got {array.dtype}")
        self._data = array

    @property
    def shape(self) -> tuple[int, ...]:
        return self._data.shape

    @property
    def dtype(self) -> np.dtype:
        return self._data.dtype

    @property
    def ndim(self) -> int:
        return self._data.ndim

    def dim(self) -> int:
        """The number of axes."""
        return self._data.ndim

    def size(self, dim: int | None = None) -> int | tuple[int, ...]:
        """The shape, or its entry `dim`."""
        return self.shape if dim is None else self.shape[axis(dim, self.ndim)]

    def numel(self) -> int:
        """The number of entries."""
        return self._data.size

    def item(self) -> float | int | bool:
        """The only entry, as a Python number."""
        if self._data.size != 1:
            raise ValueError(f"a tensor {self.shape} is no single number: use mean() or tolist()")
        return self._data.item()

    def tolist(self) -> list | float | int | bool:
        """The entries as Python numbers, in lists as deep as there are axes."""
        return self._data.tolist()

    def numpy(self) -> np.ndarray:
        """The values, shared; a RuntimeError if that would lose a gradient unnoticed."""
        if self._requires_grad:
            raise RuntimeError("NumPy would lose the gradient: use .detach().numpy()")
        return self._data

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        return self.numpy().astype(dtype or self.dtype, copy=bool(copy))

    def __len__(self) -> int:
        if self.ndim == 0:
            raise TypeError("a tensor without axes has no length; .item() gives its number")
        return len(self._data)

    def __bool__(self) -> bool:
        return bool(self.item())

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        checks.number(self.item(), "the number")  # no NaN
        return int(self.item())

    def __index__(self) -> int:
        if self.dtype.kind == "f" or self._data.size != 1:
            raise TypeError(f"an index must be one whole number, got {checks.brief(self)}")
        return int(self.item())

    def __format__(self, spec: str) -> str:
        try:
            return format(self.item() if self.ndim == 0 else repr(self), spec)
        except (ValueError, TypeError) as error:
            raise ValueError(f"the format {checks.brief(spec)} does not fit: {error}") from error

    def __repr__(self) -> str:
        text = np.array2string(self._data, separator=", ", prefix="tensor(")
        if self.dtype not in (np.float32, np.int64, np.bool_):
            text += f", dtype={self.dtype}"
        if self._requires_grad:
            text += ", requires_grad=True"
        return f"tensor({text})"
