"""Moving entries about: other shapes, other orders, some of the entries.

Nothing is computed here, so a gradient only takes the way back.  Results are views of the same
memory where NumPy can give one.

>>> from minicv.autograd import tensor
>>> x = tensor([[1.0, 2.0], [3.0, 4.0]])
>>> x.view(4), x.permute(1, 0).shape, x.transpose(0, 1).shape
(tensor([1., 2., 3., 4.]), (2, 2), (2, 2))
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TypeVar

import numpy as np

from minicv import checks
from minicv.autograd.memory import share_memory
from minicv.autograd.recording import Recorded, record
from minicv.autograd.values import Dim, Values, axes, axis, lengths

Self = TypeVar("Self", bound="Shapes")


class Shapes(Recorded):
    """Tensors whose entries can be moved about."""

    __slots__ = ()

    def clone(self: Self) -> Self:
        """A copy, through which the gradient flows."""
        return record(self._data.copy(), (self, lambda g: g))

    def contiguous(self: Self) -> Self:
        """The entries in memory in the order of their indices: itself if they are, else a copy."""
        return self if self._data.flags.c_contiguous else self.clone()

    def reshape(self: Self, *shape) -> Self:
        """The same entries in another shape, given as numbers or as a tuple; one may be -1."""
        before, wanted = self.shape, lengths(shape, "shape", least=-1)
        try:
            out = self._data.reshape(wanted)
        except ValueError:
            raise ValueError(f"{before} cannot be laid out as {wanted}") from None
        return record(out, (self, lambda g: g.reshape(before)))

    def view(self: Self, *shape) -> Self:
        """As `reshape`, and of the same memory; a RuntimeError where that cannot be."""
        out = self.reshape(*shape)
        if not share_memory(out._data, self._data):
            raise RuntimeError("these entries lie in memory in another order: use reshape, a copy")
        return out

    def flatten(self: Self, start_dim: int = 0, end_dim: int = -1) -> Self:
        """The axes from `start_dim` to `end_dim`, both included, laid out as one."""
        shape = self.shape or (1,)
        start, stop = axis(start_dim, self.ndim), axis(end_dim, self.ndim) + 1
        if start >= stop:
            raise ValueError(f"flatten needs start_dim before end_dim, got {start_dim}, {end_dim}")
        return self.reshape(shape[:start] + (math.prod(shape[start:stop]),) + shape[stop:])

    def unsqueeze(self: Self, dim: int) -> Self:
        """With a new axis of length 1, to be axis `dim`."""
        at = axis(dim, self.ndim + 1)
        return self.reshape(self.shape[:at] + (1,) + self.shape[at:])

    def squeeze(self: Self, dim: Dim = None) -> Self:
        """Without axis `dim` if its length is 1; `None`: without all axes of length 1."""
        over = axes(dim, self.ndim)
        return self.reshape([n for i, n in enumerate(self.shape) if n != 1 or i not in over])

    def permute(self: Self, *dims) -> Self:
        """The axes in another order, given as numbers or as a tuple."""
        order = [axis(dim, self.ndim) for dim in lengths(dims, "dims", least=-self.ndim)]
        if sorted(order) != list(range(self.ndim)):
            raise ValueError(f"dims must name each of the {self.ndim} axes once, got {dims}")
        back = np.argsort(order).tolist()
        return record(self._data.transpose(order), (self, lambda g: g.transpose(back)))

    def transpose(self: Self, dim0: int, dim1: int) -> Self:
        """With two axes swapped."""
        order = list(range(max(self.ndim, 1)))
        i, j = axis(dim0, self.ndim), axis(dim1, self.ndim)
        order[i], order[j] = j, i
        return self.permute(order[:self.ndim])

    @property
    def T(self: Self) -> Self:
        """All axes in reverse order: the transpose of a matrix."""
        return self.permute(*reversed(range(self.ndim)))

    def __iter__(self: Self) -> Iterator[Self]:
        return (self[i] for i in range(len(self)))

    @np.errstate(all="ignore")
    def __getitem__(self: Self, index) -> Self:
        """The entries at an index; one picked several times adds up what it gets each time."""
        view, picked = positions(index)
        entries, shape = self._entries(view, picked, index), self.shape

        def rule(g: np.ndarray) -> np.ndarray:
            total = np.zeros(shape, g.dtype)
            if any(isinstance(part, np.ndarray) and part.dtype != bool for part in picked):
                np.add.at(total[view], picked, g)  # positions may repeat: += g adds once
            else:
                total[view][picked] = g
            return total

        return record(entries, (self, rule))

    def _entries(self, view: tuple, picked: tuple, index: object) -> np.ndarray:
        try:
            return self._data[view][picked]
        except (IndexError, ValueError, TypeError, OverflowError) as error:
            raise IndexError(f"shape {self.shape} has no entry at {checks.brief(index)}") from error


def positions(index) -> tuple[tuple, tuple]:
    """An index as two for NumPy, one after the other: a view first, then what arrays pick from it.

    So a number beside an array only takes an axis off, as in PyTorch: `x[0, :, [1, 2]]` has the
    axes of `x[0][:, [1, 2]]`, and NumPy would exchange them. The `...` keeps single entries views.
    """
    view: list = []
    picked: list = []
    for part in index if isinstance(index, tuple) else (index,):
        if isinstance(part, (list, tuple, range)):
            part = np.array(checks.as_array(part, "index"), dtype=None if part else int)
        elif isinstance(part, (Values, np.ndarray)):
            part = part.data if isinstance(part, Values) else part.copy()
        if isinstance(part, np.ndarray):
            if part.dtype == np.uint8:
                raise TypeError("uint8 is a mask in PyTorch, not in NumPy: use .bool() or .long()")
            part = part.item() if part.ndim == 0 else part
        if isinstance(part, (bool, np.bool_)):  # a new axis, of length 1 or 0
            view.append(None)
            picked.append(np.array([part]))
        elif isinstance(part, np.ndarray):
            view += [slice(None)] * (part.ndim if part.dtype == bool else 1)
            picked.append(part)
        else:
            view.append(part)
            if part is ... or part is None or isinstance(part, slice):
                picked.append(... if part is ... else slice(None))
    end = () if any(part is ... for part in view) else (...,)
    return (*view, *end), (*picked, *end)
