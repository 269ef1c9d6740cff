"""Recording: how the result of an operation comes to know what it was computed from.

A derivative is a *rule* for each input: from g = dL/d(result) to dL/d(input).  `record` ends every
operation, here and wherever else one is defined, and says what a rule may do.  Broadcasting is
undone by the walk back, so a rule may ignore it.  A rule should refer to the arrays that it needs,
and to no others: those may not be changed in place until the walk.  Infinity and NaN travel on as
in PyTorch, without NumPy's warnings: hence `errstate` in the operations.

`Recorded` is the lowest of the classes that make up `Tensor`; each file from `shapes` to `in_place`
adds one with the operations of its kind.  A method that takes and gives a `Self` gives a Tensor for
a Tensor.
"""

from __future__ import annotations

from typing import ClassVar, TypeAlias, TypeVar, cast

import numpy as np

from minicv import checks
from minicv.autograd.graph import Node, Rule, recording
from minicv.autograd.memory import clock, histories, share_memory, written_since
from minicv.autograd.values import Values, as_array, as_operand, check_broadcast, common_dtype

T = TypeVar("T", bound="Recorded")
Operand: TypeAlias = "Recorded | np.ndarray | np.generic | float"


class Recorded(Values):
    """Values, and how they were computed."""

    __slots__ = ("_grad", "_made", "grad_fn", "is_view")
    _plain: ClassVar[type]  # the class of results: Tensor, also those of a subclass
    _grad: Recorded | None
    grad_fn: Node | None
    is_view: bool  # whether it shows memory of what it was computed from
    _made: int  # of a view: when

    def source(self) -> Node | Values:
        """Where edges to this tensor lead: to its history, or to itself if it is a leaf."""
        history = self.grad_fn
        if history is None:
            return self
        if history.date < clock.now and written_since(self._data, history.date):
            raise RuntimeError(f"this tensor {self.shape} was changed in place, through a view or "
                               f"within no_grad, and its history is out of date: compute it again")
        return history


def record(data: np.ndarray, *edges: tuple[T, Rule]) -> T:
    """The result of an operation: its values, and a pair (input, rule) for each of its inputs.

    Parameters
    ----------
    data : np.ndarray
        The values of the result.
    edges : pairs (Tensor, rule)
        An input and its rule, a function from the array g = dL/d(result) to dL/d(input). It may
        return g, a view of it or a new array, but must not write into g. What comes in the
        broadcast shape is summed to the shape of the input, and cast to its dtype. A rule is called
        only if its input needs it: put the work for one input into its rule.

    Examples
    --------
    >>> from minicv.autograd import tensor
    >>> def cube(x):
    ...     a = x.data
    ...     return record(a**3, (x, lambda g: g * 3 * a**2))
    >>> x = tensor(2.0, requires_grad=True)
    >>> cube(x).backward()
    >>> x.grad
    tensor(12.)
    """
    if type(data) is not np.ndarray or data.dtype.kind not in "fiub":
        data = as_array(data, name="the result")
    sources: list[tuple[Node | Values, Rule]] = []
    is_view = False
    try:
        for x, rule in edges:
            if data is x._data or data.base is not None and share_memory(data, x._data):
                is_view = True
            if x._requires_grad and recording.on:
                sources.append((x.source(), rule))
            elif x.is_view and recording.on and written_since(x._data, x._made, histories):
                raise RuntimeError(f"this view {x.shape} was made before its tensor was changed in "
                                   f"place by what requires a gradient: make the view again")
        out = constant(edges[0][0], data)
    except (AttributeError, IndexError, TypeError, ValueError):
        raise TypeError(f"record needs pairs (tensor, rule), got {checks.brief(edges)}") from None
    if is_view:
        out.is_view, out._made = True, clock.now
    if sources:
        out.grad_fn, out._requires_grad = Node(tuple(sources), data), True
    return out


def constant(like: T, data: np.ndarray | np.generic) -> T:
    """Values that were not computed from anything, without any check: most results are made here.

    Of the class Tensor, as the other one.
    """
    out: T = object.__new__(like._plain)
    out._data = data if type(data) is np.ndarray else np.asarray(data)  # or a scalar
    out.grad_fn = out._grad = None
    out._requires_grad = out.is_view = False
    return out


def beside(value: Operand, other: T) -> T:
    """An operand as a tensor; a number takes the dtype of what it stands beside."""
    if isinstance(value, Recorded):
        return cast(T, value)
    return constant(other, as_operand(value, other.dtype))


def operands(x: T, other: Operand, entry_by_entry: bool = True
             ) -> tuple[T, T, np.ndarray, np.ndarray]:
    """Two operands as tensors, and their values as arrays of one dtype."""
    y = beside(other, x)
    a, b = x._data, y._data
    if a.dtype != b.dtype:
        dtype = common_dtype(a.dtype, b.dtype)
        a, b = a.astype(dtype, copy=False), b.astype(dtype, copy=False)
    if entry_by_entry and a.shape != b.shape:
        check_broadcast(a.shape, b.shape)
    return x, y, a, b
