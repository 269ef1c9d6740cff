"""What a public function asks of its arguments, written once for all rooms.

A function that users call checks at its door, a line an argument, and nothing inside does it again:

    points = checks.numbers(points, "points", ("N", 3))
    k = checks.whole(k, "k", least=1)

Each check gives the argument back in the form that the code needs. What does not fit is a TypeError
(another kind of thing) or a ValueError (the right kind, a wrong value), in the words of the caller:
the name of the argument, what is needed, what came, and where the first wrong value stands.

What several rooms ask alike (bounds, cameras, class labels) stands here too. What only one knows (a
box has left <= right, a ray has a direction) is checked in that room, after these.
"""

from __future__ import annotations

import operator
import os
from collections.abc import Callable, Collection, Iterable, Sized
from pathlib import Path
from types import EllipsisType
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

Shape = tuple[int | str | EllipsisType, ...]
T = TypeVar("T")


def numbers(values: ArrayLike, name: str, *shapes: Shape, kinds: str = "biuf",
            dtype: DTypeLike | None = None, finite: bool = True, nan: bool = True,
            within: float = np.inf, least: float = -np.inf, empty: bool = True,
            hint: str = "") -> np.ndarray:
    """Real numbers as an array; the caller's own array, not a copy, where nothing has to change.

    Parameters
    ----------
    values : array_like
        What the caller gave.
    name : str
        How the caller calls it.
    *shapes : tuples
        Those allowed; all, if none is given. A number is an exact length, a letter any length (the
        same wherever the letter is the same), `...` in front any number of axes: ("H", "W", 3),
        (..., 3).
    kinds : str
        The kinds of dtype allowed, as in `numpy.dtype.kind`: "iu" are integers, "b" booleans.
    dtype : dtype, optional
        What the numbers are converted to.
    finite : bool
        Whether NaN and infinity are errors.
    nan : bool
        Whether NaN is allowed where infinity is.
    within, least : float
        No number may be further from 0, no number smaller.
    empty : bool
        Whether an axis may have the length 0.
    hint : str
        What a caller may have meant, added to a message about the shape.

    Examples
    --------
    >>> numbers([[1, 2, 3]], "points", ("N", 3))
    array([[1, 2, 3]])
    >>> numbers([[0, np.nan, 3]], "points", ("N", 3))
    Traceback (most recent call last):
    ValueError: 1 of the 3 numbers of points is NaN or infinite, the first at (0, 1)
    """
    array = as_array(values, name)
    if array.size == 0 and array.dtype.kind in "biuf" and array.dtype.kind not in kinds:
        # NumPy takes an empty list for floats, but it may be one of anything.
        array = array.astype({"b": bool, "f": float}.get(kinds, int))
    if array.dtype.kind not in kinds:
        got = brief(values) if array.dtype.kind in "OU" else array.dtype
        if array.dtype.kind == "O" and array.ndim > 0:
            got = next((f"{brief(one)} among them" for one in array.flat
                        if not isinstance(one, (int, float))), got)
        raise TypeError(f"{name} must be {_KINDS.get(kinds, 'real numbers')}, got {got}")
    if shapes and not any(_fits(array.shape, shape) for shape in shapes):
        # As it is written above: (N, 3), not ('N', 3). An empty list, (0,), need not be said.
        needed = " or ".join(str(shape) for shape in shapes if shape != (0,))
        needed = needed.replace("'", "").replace("Ellipsis", "...")
        raise ValueError(f"{name} must have the shape {needed}, got {array.shape}"
                         + (f"; {hint}" if hint else ""))
    if array.size == 0 and not empty:
        raise ValueError(f"{name} has nothing in it: its shape is {array.shape}")
    if array.size > 0 and array.dtype.kind in "biuf":
        _check_range(array, name, finite, nan, within, least)
    return array if dtype is None else array.astype(dtype, copy=False)


def ascending(values: ArrayLike, name: str, *, strictly: bool = False, least: float = -np.inf,
              within: float = np.inf, dtype: DTypeLike | None = None) -> np.ndarray:
    """Numbers (N,) of which none is smaller than the one before; strictly: each is larger.

    >>> ascending(np.uint8([2, 1]), "recall")
    Traceback (most recent call last):
    ValueError: recall must ascend, and does not at 1
    """
    array = numbers(values, name, ("N",), dtype=dtype, least=least, within=within)
    # Compared, not subtracted: 1 - 2 is 255 in bytes.
    falls = array[1:] <= array[:-1] if strictly else array[1:] < array[:-1]
    if falls.any():
        raise ValueError(f"{name} must ascend, and does not at {falls.argmax() + 1}")
    return array


_KINDS = {"iu": "whole numbers", "b": "booleans, True or False", "f": "floats", "iuf": "numbers",
          "biu": "whole numbers or booleans", "biufUO": "strings, booleans or whole numbers",
          "biufcSU": "numbers or text"}


def as_array(values: ArrayLike, name: str) -> np.ndarray:
    """Anything as an array, of any dtype; a ValueError if its rows have different lengths."""
    try:
        return np.asarray(values)
    except (ValueError, TypeError, OverflowError) as error:
        raise ValueError(f"{name} must be an array, or lists of equally many numbers; got "
                         f"{brief(values)}") from error


def _fits(lengths: tuple[int, ...], shape: Shape) -> bool:
    if shape[:1] == (...,):
        shape = shape[1:]
        lengths = lengths[len(lengths) - len(shape):]
    known: dict[str, int] = {}
    return len(lengths) == len(shape) and all(
        length == (known.setdefault(part, length) if isinstance(part, str) else part)
        for part, length in zip(shape, lengths))


def _check_range(array: np.ndarray, name: str, finite: bool, nan: bool, within: float,
                 least: float) -> None:
    low, high = float(array.min()), float(array.max())  # NaN if any number is
    if max(least, -within) <= low <= high <= within and high - low < np.inf:
        return
    wide = array.astype(float)  # beside halves, a limit of 1e30 would be infinite
    refuse(~np.isfinite(wide) if finite else np.isnan(wide) & (not nan), name,
           "NaN or infinite" if finite else "NaN")
    refuse(wide < least, name, f"below {least:g}", values=array)
    beyond = "above" if least >= min(-within, 0) else "further from 0 than"
    refuse((wide < -within) | (wide > within), name, f"{beyond} {within:g}", values=array)


def refuse(bad: np.ndarray, name: str, what: str, *, of: str = "numbers of ",
           values: np.ndarray | None = None) -> None:
    """A ValueError if any is bad, which says how many are, and where the first one is.

    >>> refuse(np.array([[False, True]]), "scores", "NaN, which has no rank")
    Traceback (most recent call last):
    ValueError: 1 of the 2 numbers of scores is NaN, which has no rank, the first at (0, 1)
    """
    if bad.any():
        count = np.count_nonzero(bad)
        first = tuple(map(int, np.unravel_index(bad.argmax(), bad.shape)))
        value = "" if values is None else f": {values[first]}"
        if bad.ndim == 0:
            raise ValueError(f"{name} is {what}{value}")
        raise ValueError(f"{count} of the {bad.size} {of}{name} {'is' if count == 1 else 'are'} "
                         f"{what}, the first at {first if bad.ndim > 1 else first[0]}{value}")


def whole(value: int, name: str, *, least: float = -np.inf, most: float = np.inf) -> int:
    """A whole number; 3.0 and True are none.

    >>> whole(np.int64(3), "k", least=1)
    3
    """
    try:
        if isinstance(value, (bool, np.bool_)):
            raise TypeError
        result = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be a whole number, got {brief(value)}") from None
    _check_limits(result, name, least=least, most=most)
    return result


def number(value: float, name: str, *, above: float = -np.inf, least: float = -np.inf,
           below: float = np.inf, most: float = np.inf) -> float:
    """A finite number, within the limits given.

    >>> number(0.5, "share", above=0, most=1)
    0.5
    """
    array = as_array(value, name)
    try:
        if array.ndim > 0 or array.dtype.kind not in "biufO":
            raise TypeError
        result = float(array)
    except OverflowError:
        raise ValueError(f"{name} must be a number that a float can hold") from None
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a number, got {brief(value)}") from None
    if not np.isfinite(result):
        raise ValueError(f"{name} must be a finite number, got {result}")
    _check_limits(result, name, above=above, least=least, below=below, most=most)
    return result


def _check_limits(value: float, name: str, *, above: float = -np.inf, least: float = -np.inf,
                  below: float = np.inf, most: float = np.inf) -> None:
    if not (above < value < below and least <= value <= most):
        limits = {"above": above, "at least": least, "below": below, "at most": most}
        needed = " and ".join(f"{words} {limit:g}" for words, limit in limits.items()
                              if abs(limit) < np.inf)
        raise ValueError(f"{name} must be {needed}, got {brief(value)}")


def pair(value: int | Iterable[int], name: str, *, least: int = 1, most: float = np.inf,
         order: str = "rows, columns") -> tuple[int, int]:
    """Two whole numbers, from two, or from one that counts for both.

    >>> pair(3, "kernel_size"), pair((3, 5), "kernel_size")
    ((3, 3), (3, 5))
    """
    try:
        one, other = value if isinstance(value, (tuple, list, np.ndarray)) else (value, value)
        two = whole(one, name), whole(other, name)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be whole numbers, ({order}), got {brief(value)}") from None
    for one in two:
        _check_limits(one, name, least=least, most=most)
    return two


def bounds(value: Iterable, name: str, n_axes: int, *, within: float = 1e300,
           apart: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """The lowest and the highest corner (n_axes,) of a box, from two numbers or two points.

    Low must be below high by more than `apart`, and by more than rounding.

    >>> bounds((0, (1, 2)), "bounds", 2)
    (array([0., 0.]), array([1., 2.]))
    """
    corners = [numbers(corner, f"{name}[{n}]", dtype=float, within=within)
               for n, corner in enumerate(several(value, f"{name} (low, high)"))]
    if len(corners) != 2 or {corner.shape for corner in corners} - {(), (n_axes,)}:
        raise ValueError(f"{name} must be (low, high), two numbers or two points of {n_axes} "
                         f"coordinates, got {brief(value)}")
    low, high = (np.broadcast_to(corner, n_axes) for corner in corners)
    rounding = 64 * np.finfo(float).eps * np.abs([low, high]).max()
    if (high - low <= max(rounding, apart)).any():
        raise ValueError(f"{name} must have low below high on each axis, by more than rounding, "
                         f"got {low.tolist()} and {high.tolist()}")
    return low, high


def cameras(intrinsics: ArrayLike, poses: ArrayLike, axes: Shape = ("N",), *,
            within: float) -> tuple[np.ndarray, np.ndarray]:
    """Intrinsics (*axes, 3, 3) and poses (*axes, 4, 4) of pinhole cameras; axes are () for one.

    R R^T may be off by 1e-4, as where a program wrote five digits: in a picture of a thousand
    columns nothing moves by more than a tenth of one.

    >>> cameras([np.eye(3)], [np.diag([2.0, 2, 2, 1])], within=1e9)
    Traceback (most recent call last):
    ValueError: 1 of the 1 poses is not [[R, t], [0, 0, 0, 1]] with R R^T = 1 and det R = 1, \
the first at 0
    """
    name = "poses" if axes else "pose"
    intrinsics = numbers(intrinsics, "intrinsics", (*axes, 3, 3), dtype=float, within=within)
    poses = numbers(poses, name, (*intrinsics.shape[:-2], 4, 4), dtype=float, within=within)
    focal = intrinsics[..., [0, 1], [0, 1]]
    rest = intrinsics[..., [0, 1, 2, 2, 2], [1, 0, 0, 1, 2]]  # all but fx, fy, cx and cy
    refuse((focal < 1 / within).any(axis=-1) | (rest != [0, 0, 0, 0, 1]).any(axis=-1),
           "intrinsics", "not [[fx, 0, cx], [0, fy, cy], [0, 0, 1]] with positive fx and fy", of="")
    R = poses[..., :3, :3]
    off = np.abs(R @ R.swapaxes(-1, -2) - np.eye(3)).max(axis=(-2, -1))
    bad = (off > 1e-4) | (np.linalg.det(R) < 0) | (poses[..., 3, :] != [0, 0, 0, 1]).any(axis=-1)
    refuse(bad, name, "not [[R, t], [0, 0, 0, 1]] with R R^T = 1 and det R = 1", of="")
    return intrinsics, poses


def flag(value: bool, name: str) -> bool:
    """Yes or no."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name} must be True or False, got {brief(value)}")
    return bool(value)


def choice(value: T, name: str, options: Collection[T], *, hint: str = "") -> T:
    """One of the options.

    >>> choice("L3", "block_norm", ["L1", "L2"])
    Traceback (most recent call last):
    ValueError: block_norm must be 'L1' or 'L2', got 'L3'
    """
    if not any(type(value) is type(option) and value == option for option in options):
        *others, last = map(repr, options)
        raise ValueError(f"{name} must be {', '.join(others)}{' or ' if others else ''}{last}, "
                         f"got {brief(value)}" + (f"; {hint}" if hint else ""))
    return value


def instance(value: T, name: str, *types: type, hint: str = "") -> T:
    """An object of one of these types.

    >>> instance("chair", "mesh", dict)
    Traceback (most recent call last):
    TypeError: mesh must be a dict, got 'chair'
    """
    if not isinstance(value, types):
        raise TypeError(f"{name} must be a {' or '.join(one.__name__ for one in types)}, got "
                        f"{brief(value)}" + (f"; {hint}" if hint else ""))
    return value


def function(value: Callable, name: str) -> Callable:
    """Something that can be called."""
    if not callable(value):
        raise TypeError(f"{name} must be a function, got {brief(value)}")
    return value


def several(values: Iterable[T], name: str, *types: type) -> list[T]:
    """Several things, each of one of these types, as a list; a string is one thing, not several.

    >>> several(["train", None], "splits", str)
    Traceback (most recent call last):
    TypeError: each of splits must be a str, got None
    """
    one = isinstance(values, (str, bytes)) or getattr(values, "ndim", 1) == 0
    if one or not hasattr(values, "__iter__"):
        raise TypeError(f"{name} must be a list, one entry each, got {brief(values)}")
    return [instance(value, f"each of {name}", *(types or (object,))) for value in values]


def same_length(**named: Sized) -> int:
    """How many there are, if all have equally many: `same_length(images=images, boxes=boxes)`."""
    lengths = {name: len(values) for name, values in named.items()}
    if len(set(lengths.values())) != 1:
        raise ValueError(f"need equally many: {', '.join(f'{n} {k}' for k, n in lengths.items())}")
    return next(iter(lengths.values()))


def labels(values: ArrayLike, name: str, n: int | None = None) -> np.ndarray:
    """Class labels (N,): strings, booleans or whole numbers (floats too, if they are whole)."""
    array = numbers(values, name, ("N" if n is None else n,), kinds="biufUO",
                    hint="one label a sample")
    if array.dtype.kind in "UO":  # NumPy turns the numbers beside strings into strings
        if not all(isinstance(label, str) for label in np.asarray(values, object)):
            raise TypeError(f"{name} must be whole numbers or strings alone, got {brief(values)}")
        return array.astype(str)
    refuse(array != np.floor(array), name, "not whole")
    return array


def same_kind(**named: np.ndarray) -> None:
    """A TypeError if some labels are strings and others numbers: no two of them would be equal."""
    kinds = {name: "strings" if array.dtype.kind == "U" else "numbers"
             for name, array in named.items() if array.size > 0}
    if len(set(kinds.values())) > 1:
        raise TypeError(f"labels must be of one kind, got {kinds}")


def generator(rng: np.random.Generator | int | None, name: str = "rng") -> np.random.Generator:
    """The generator itself, a new one from a seed, or one drawn anew from None."""
    if isinstance(rng, np.random.Generator):
        return rng
    return np.random.default_rng(None if rng is None else whole(rng, name, least=0))


def path(value: str | os.PathLike, name: str = "path") -> Path:
    """A file's or folder's path."""
    if not isinstance(value, (str, os.PathLike)) or "\0" in os.fspath(value):
        raise TypeError(f"{name} must be a path, got {brief(value)}")
    return Path(value)


def file(value: str | os.PathLike, name: str = "path") -> Path:
    """An ordinary file that is there."""
    found = path(value, name)
    if not os.path.isfile(found):
        raise FileNotFoundError(f"there is no file {found}")
    return found


def brief(value: object) -> str:
    """What came, in a few words: its value if that is short, else its type and shape."""
    if isinstance(value, np.ndarray) and value.ndim > 0:
        return f"an array {value.shape} of {value.dtype}"
    try:
        text = repr(value)
    except Exception:  # an object that cannot even be shown
        text = ""
    return text if 0 < len(text) <= 60 and "\n" not in text else f"a {type(value).__name__}"
