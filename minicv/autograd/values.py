"""The values of a tensor: numbers that come in through one door, and what Python asks of them.

`as_array` is the door, `converted` the way from one dtype to another.  As in PyTorch, numbers are
float32 or int64 unless one says otherwise, and `/`, exp, log, ... of integers are float32.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from minicv import checks


def as_dtype(dtype: DTypeLike, name: str = "dtype") -> np.dtype:
    """A dtype that a tensor can have, from what NumPy takes for one."""
    try:
        found = (None if dtype is None or isinstance(dtype, (Values, np.ndarray))
                 else np.dtype(dtype))
    except Exception:  # NumPy has its own for each kind of nonsense
        found = None
    if found is None or found.kind not in "fiub":
        raise TypeError(f"{name} must be a dtype of floats, integers or booleans, as "
                        f"minicv.float32, got {checks.brief(dtype)}")
    return found


def as_array(data: ArrayLike | Values, dtype: np.dtype | None = None,
             name: str = "data") -> np.ndarray:
    """The values of a tensor, array, number or list as an array, without a copy if possible."""
    array = data.data if isinstance(data, Values) else checks.as_array(data, name)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"a tensor holds floats, integers or booleans, and {name} is "
                        f"{checks.brief(data)}")
    if dtype is not None:
        return converted(array, dtype)
    if not isinstance(data, (Values, np.ndarray, np.generic)) and array.dtype == np.float64:
        return converted(array, np.dtype(np.float32))  # Python numbers
    return array


def converted(array: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """The values in another dtype; a ValueError if it cannot hold one of them.

    Fractions are cut off, and floats too large for their type become infinite, as in PyTorch; NaN
    and integers too large become no other number.
    """
    if array.dtype == dtype:
        return array
    if dtype.kind in "iub" and array.size > 0:
        if array.dtype.kind == "f":
            checks.numbers(array, "the tensor")
        low, high = int(array.min()), int(array.max())
        if dtype.kind != "b" and not np.iinfo(dtype).min <= low <= high <= np.iinfo(dtype).max:
            raise ValueError(f"{dtype} cannot hold all numbers from {low} to {high}")
    with np.errstate(all="ignore"):
        return array.astype(dtype)


def as_floats(array: np.ndarray) -> np.ndarray:
    """Floats as they are, integers and booleans as float32."""
    return array if array.dtype.kind == "f" else array.astype(np.float32)


def common_dtype(*dtypes: np.dtype) -> np.dtype:
    """Where several meet: the widest of the floats, if there are any."""
    floats = [dtype for dtype in dtypes if dtype.kind == "f"]
    return np.result_type(*floats or dtypes)


def number_beside(value: float | np.generic, dtype: np.dtype | None) -> np.ndarray:
    """A number as an array, in the dtype that it stands beside if that is of its kind or wider."""
    array = np.asarray(value)
    if dtype is None or not {array.dtype.kind, dtype.kind} <= set("biuf"):
        return as_array(value, name="an operand")
    if is_wider(array.dtype, dtype):
        dtype = np.dtype(np.float32 if array.dtype.kind == "f" else np.int64)
    return converted(array, dtype)


def is_wider(a: np.dtype, b: np.dtype) -> bool:
    """Whether a is of a wider kind than b: floats than integers, integers than booleans."""
    order = {"b": 0, "u": 1, "i": 1, "f": 2}
    return order[a.kind] > order[b.kind]


def axis(dim: int, ndim: int) -> int:
    """The number of an axis, counted from the front."""
    dim, n = checks.whole(dim, "dim"), max(ndim, 1)
    if not -n <= dim < n:
        raise np.exceptions.AxisError(f"dim must be from {-n} to {n - 1} for a tensor of {ndim} "
                                      f"dimensions, got {dim}")
    return dim % n


def axes(dim: int | tuple[int, ...] | None, ndim: int) -> tuple[int, ...] | None:
    """The axes that a reduction goes over; None for all of them."""
    if dim is None or ndim == 0 and dim in (0, -1):
        return None
    found = tuple(axis(one, ndim) for one in (dim if isinstance(dim, (tuple, list)) else [dim]))
    if len(set(found)) < len(found):
        raise ValueError(f"dim must name each axis once, got {dim}")
    return found or None


def lengths(size: tuple, name: str = "size", least: int = 0) -> tuple[int, ...]:
    """Whole numbers, given one by one or as a tuple or list."""
    numbers = size[0] if len(size) == 1 and isinstance(size[0], (tuple, list)) else size
    return tuple(checks.whole(n, name, least=least) for n in numbers)


def check_broadcast(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    """A ValueError if NumPy could not stretch two shapes to one."""
    for n, m in zip(reversed(a), reversed(b)):
        if n != m and n != 1 and m != 1:
            raise ValueError(f"shapes {a} and {b} do not fit each other: counted from the end, "
                             f"axes must have the same length, or one the length 1")


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
            raise TypeError(f"data of a tensor that requires a gradient must be floats, got "
                            f"{array.dtype}")
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
            raise ValueError(f"only a tensor with one entry is a number, and this one has the "
                             f"shape {self.shape}; reduce it, as with .mean(), or use .tolist()")
        return self._data.item()

    def tolist(self) -> list | float | int | bool:
        """The entries as Python numbers, in lists as deep as there are axes."""
        return self._data.tolist()

    def numpy(self) -> np.ndarray:
        """The values, shared; a RuntimeError if that would lose a gradient unnoticed."""
        if self._requires_grad:
            raise RuntimeError("this tensor requires a gradient, and NumPy would lose it: "
                               "use .detach().numpy()")
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
        number = self.item()
        if not math.isfinite(number):
            raise ValueError(f"{number} is no whole number")
        return int(number)

    def __index__(self) -> int:
        if self.dtype.kind == "f" or self._data.size != 1:
            raise TypeError(f"only one whole number can count or be an index, and this is a tensor "
                            f"{self.shape} of {self.dtype}")
        return int(self.item())

    def __format__(self, spec: str) -> str:
        value = self.item() if self.ndim == 0 else repr(self)
        try:
            return format(value, spec)
        except (ValueError, TypeError) as error:
            raise ValueError(f"{checks.brief(spec)} is no format for a {type(value).__name__}; a "
                             f"tensor with axes is text") from error

    def __repr__(self) -> str:
        text = np.array2string(self._data, separator=", ", prefix="tensor(")
        if self.dtype not in (np.float32, np.int64, np.bool_):
            text += f", dtype={self.dtype}"
        if self._requires_grad:
            text += ", requires_grad=True"
        return f"tensor({text})"
