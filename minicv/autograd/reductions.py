"""Reductions: fewer numbers out of many, along an axis, several of them, or all.

With `keepdim` the axes stay, with length 1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeVar

import numpy as np

from minicv import checks
from minicv.autograd.functions import Functions
from minicv.autograd.recording import Recorded, constant, record
from minicv.autograd.values import Dim, axes, axis, total

Self = TypeVar("Self", bound="Reductions")


class Extremes(NamedTuple):
    """What `max(dim)` and `min(dim)` give: the entries, and their positions along the axis."""

    values: Reductions
    indices: Reductions


class Reductions(Functions):
    """Tensors that can be added up, and searched for the largest."""

    __slots__ = ()

    @np.errstate(all="ignore")
    def sum(self: Self, dim: Dim = None, keepdim: bool = False) -> Self:
        """The sum; every summand gets the gradient of the sum."""
        over, shape = self._over(dim, keepdim), self.shape
        return record(total(self._data, over, bool(keepdim)),
                      (self, lambda g: np.broadcast_to(_restored(g, over, keepdim), shape)))

    @np.errstate(all="ignore")
    def mean(self: Self, dim: Dim = None, keepdim: bool = False) -> Self:
        """The mean of n floats; each gets 1/n of the gradient, and of nothing it is 0/0, NaN."""
        if self.dtype.kind != "f":
            raise TypeError(f"the mean of {self.dtype} is a fraction: write x.float().mean()")
        over, shape = self._over(dim, keepdim), self.shape
        wide = np.promote_types(self.dtype, np.float32)  # the sum of halves may be infinite
        added = self._data.sum(axis=over, keepdims=bool(keepdim), dtype=wide)
        n = self.numel() / max(added.size, 1)
        return record((added / n).astype(self.dtype),
                      (self, lambda g: np.broadcast_to(_restored(g / n, over, keepdim), shape)))

    def amax(self: Self, dim: Dim = None, keepdim: bool = False) -> Self:
        """The largest entry; equal ones share its gradient evenly.

        With NaN among them it is NaN, and each NaN has a share (in PyTorch only of `max`; of `amax`
        all entries get NaN).
        """
        return self._extreme(np.max, dim, keepdim)

    def amin(self: Self, dim: Dim = None, keepdim: bool = False) -> Self:
        """The smallest entry; equal ones share its gradient evenly, NaN as for `amax`."""
        return self._extreme(np.min, dim, keepdim)

    def _extreme(self: Self, find: Callable, dim: Dim, keepdim: bool) -> Self:
        a, over = self._data, self._over(dim, keepdim, of_some=True)
        extreme = find(a, axis=over, keepdims=True)

        def rule(g: np.ndarray) -> np.ndarray:
            ties = (a == extreme) | np.isnan(a)
            share = _restored(g, over, keepdim) / ties.sum(axis=over, keepdims=True)
            return np.where(ties, share, 0)

        return record(extreme if keepdim else extreme.squeeze(over), (self, rule))

    def max(self: Self, dim: int | Self | None = None, keepdim: bool = False) -> Self | Extremes:
        """The largest of all; along an axis the largest and where it is, which gets the gradient.

        Examples
        --------
        >>> from minicv.autograd import tensor
        >>> tensor([[1.0, 5.0], [7.0, 2.0]]).max(1)
        Extremes(values=tensor([5., 7.]), indices=tensor([1, 0]))
        """
        if isinstance(dim, Recorded):
            return self.maximum(dim)
        return self.amax() if dim is None else self._at(self.argmax(dim, True), dim, keepdim)

    def min(self: Self, dim: int | Self | None = None, keepdim: bool = False) -> Self | Extremes:
        """The smallest of all; along an axis as for `max`."""
        if isinstance(dim, Recorded):
            return self.minimum(dim)
        return self.amin() if dim is None else self._at(self.argmin(dim, True), dim, keepdim)

    def _at(self: Self, indices: Self, dim: int, keepdim: bool) -> Extremes:
        """The entries at these positions along an axis, and the positions."""
        checks.flag(keepdim, "keepdim")
        dim, places = axis(dim, self.ndim), np.indices(indices.shape, sparse=True)
        picked = tuple(indices if i == dim else at for i, at in enumerate(places))
        values = self[picked] if picked else self.clone()  # x[()] would be a view
        return (Extremes(values, indices) if keepdim
                else Extremes(values.squeeze(dim), indices.squeeze(dim)))

    def argmax(self: Self, dim: int | None = None, keepdim: bool = False) -> Self:
        """The position of the largest entry, the first of equals (integers, no gradient)."""
        return self._position(np.argmax, dim, keepdim)

    def argmin(self: Self, dim: int | None = None, keepdim: bool = False) -> Self:
        """The position of the smallest entry, the first of equals (integers, no gradient)."""
        return self._position(np.argmin, dim, keepdim)

    def _position(self: Self, find: Callable, dim: int | None, keepdim: bool) -> Self:
        over = self._over(None if dim is None else axis(dim, self.ndim), keepdim, of_some=True)
        one = None if dim is None or not over else over[0]
        return constant(self, find(self._data, axis=one, keepdims=keepdim))

    def any(self: Self, dim: Dim = None, keepdim: bool = False) -> Self:
        """Whether any entry is not 0."""
        over = self._over(dim, keepdim)
        return constant(self, self._data.any(axis=over, keepdims=bool(keepdim)))

    def all(self: Self, dim: Dim = None, keepdim: bool = False) -> Self:
        """Whether no entry is 0."""
        over = self._over(dim, keepdim)
        return constant(self, self._data.all(axis=over, keepdims=bool(keepdim)))

    def _over(self, dim: Dim, keepdim: bool, of_some: bool = False) -> tuple[int, ...]:
        """The axes that go; an error if there must be entries and there are none."""
        checks.flag(keepdim, "keepdim")
        over = axes(dim, self.ndim)
        if of_some and 0 in (self.shape[i] for i in over):
            raise ValueError(f"in the shape {self.shape} there is nothing largest or smallest")
        return over


def _restored(g: np.ndarray, over: tuple[int, ...], keepdim: bool) -> np.ndarray:
    """The gradient of a reduced result with the axes that are gone put back, of length 1."""
    return g if keepdim else np.expand_dims(g, over)
