"""When memory was last written in place: so that no gradient is computed from overwritten values.

Rules keep arrays for the way back, not copies.  `y *= 2` or `x[0] = 1` in between would mix old
values with new, and the gradient would be wrong without a word.  So each write in place puts a date
on the memory, and each result has the date of its computation: what a rule keeps must be older.
PyTorch counts versions for the same purpose; views share the count there, and memory here.

`x.data` is a plain array, and what is written into it directly has no date (PyTorch's `.data`
counts no versions either): between forward and backward it mixes old and new values in silence.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from contextlib import suppress
from types import FunctionType

import numpy as np


class _Clock:
    now = 0  # counts the writes


clock = _Clock()
_dates: dict[int, int] = {}  # of memory, by the id of the array that owns it, while that lives
histories: dict[int, int] = {}  # the same, of writes of values that have a history


def owner_of(array: np.ndarray) -> np.ndarray:
    """The array whose memory this one shows: itself, or what it is a view of."""
    owner, base = array, array.base
    while base is not None:
        owner = base if isinstance(base, np.ndarray) else owner
        base = getattr(base, "base", None)
    return owner


def share_memory(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether a write into one may be seen in the other."""
    return owner_of(a) is owner_of(b)


def mark_written(array: np.ndarray, dates: dict[int, int] = _dates) -> None:
    """Put a date on the memory of an array that has just been written into."""
    clock.now += 1
    owner = owner_of(array)
    if id(owner) not in dates:
        weakref.finalize(owner, dates.pop, id(owner), None)
    dates[id(owner)] = clock.now


def written_since(array: np.ndarray, date: int, dates: dict[int, int] = _dates) -> bool:
    """Whether the memory of an array has been written into after a date."""
    return date < clock.now and dates.get(id(owner_of(array)), 0) > date


def arrays_kept(rule: object) -> Iterator[np.ndarray]:
    """The arrays that a function refers to, by its closure or its default arguments."""
    things, seen = [rule], set()
    while things:
        thing = things.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if isinstance(thing, np.ndarray):
            yield thing
        elif isinstance(thing, (list, tuple)):
            things.extend(thing)
        elif isinstance(thing, FunctionType):
            things.extend(thing.__defaults__ or ())
            for cell in thing.__closure__ or ():
                with suppress(ValueError):  # a name that has no value yet
                    things.append(cell.cell_contents)
        else:
            things.append(getattr(thing, "data", None))  # a tensor's
