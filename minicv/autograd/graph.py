"""The tensor: an array that remembers how it was computed, and the walk back through its history.

The idea and the reason for the order of the walk stand at the head of the package.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import numpy as np


class Tensor:
    """An array that remembers how it was computed, so that derivatives can flow back through it.

    Operations are methods too (`x.exp()`, `x + y`); they stand in the catalogue below the class.

    Parameters
    ----------
    data : floats, integers or booleans, any shape. An array is shared, not copied (`tensor`
        copies). Python numbers and lists of them become float32, int64 or bool, as in PyTorch.
    requires_grad : collect dL/d(this tensor) in `grad` when `backward()` is called on an L that was
        computed from it; for floats only.

    Attributes
    ----------
    data : np.ndarray, the values.
    grad : None, or a Tensor of the shape and dtype of `data`: the sum over all calls of `backward`.

    Raises
    ------
    TypeError : `data` does not hold numbers, or a gradient is asked of integers or booleans.

    Examples
    --------
    >>> x = Tensor([1.0, 2.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    tensor([2., 4.])
    """

    # _edges: a pair (input, rule) for each input that needs a gradient; () for a leaf; None once
    # the graph has been freed.  Rules refer to arrays and inputs, never to the tensor they belong
    # to, so there are no cycles: a graph nobody holds goes at once, without the garbage collector.
    __slots__ = ("_edges", "_requires_grad", "data", "grad")
    __array_ufunc__ = None  # array + tensor: NumPy steps back, and Python calls Tensor.__radd__
    __hash__ = object.__hash__  # == compares entries; as a key of a dictionary a tensor is itself

    def __init__(self, data, requires_grad: bool = False):
        self.data = _as_array(data)
        self.grad = None
        self._edges = ()
        self._requires_grad = False
        self.requires_grad = requires_grad

    @property
    def requires_grad(self) -> bool:
        """Whether it collects a gradient (a leaf) or hands one on (a result)."""
        return self._requires_grad

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if value and self.dtype.kind != "f":
            raise TypeError(f"only floats can require a gradient, and this tensor is {self.dtype}; "
                            "convert it first, as with .float()")
        if not value and not self.is_leaf:
            raise RuntimeError("this tensor was computed from others that require a gradient; "
                               "use .detach() to cut it off")
        self._requires_grad = bool(value)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Set `requires_grad`, and return this very tensor."""
        self.requires_grad = requires_grad
        return self

    def backward(self, gradient=None, retain_graph: bool = False) -> None:
        """Add dL/dx to `x.grad` of every leaf x that requires a gradient; L is this tensor.

        Parameters
        ----------
        gradient : dL/d(this tensor), of its shape, if L is a later number. Without it this tensor
            must be a single number, L itself.
        retain_graph : keep the graph, to walk it again.

        Raises
        ------
        RuntimeError : nothing here requires a gradient; this tensor is not a single number, and
            `gradient` is missing; an earlier walk has freed the graph.
        ValueError : `gradient` has another shape than this tensor.
        """
        uses = self._count_uses()
        totals = {id(self): self._first_gradient(gradient)}
        owned = set()  # the totals that are sums of our own: only into these may we write
        ready = [self]
        while ready:
            node = ready.pop()
            g = totals.pop(id(node))
            edges = node._edges
            if node.is_leaf:
                node._collect(g)
            elif not retain_graph:
                node._edges = None  # what the rules keep goes now: memory shrinks as we walk
            for parent, rule in edges:
                key = id(parent)
                part = _fit(rule(g), parent.data)
                if key not in totals:
                    totals[key] = part
                elif key in owned:
                    totals[key] += part
                else:
                    totals[key] = totals[key] + part
                    owned.add(key)
                uses[key] -= 1
                if uses[key] == 0:  # everything computed from it has delivered: its turn
                    ready.append(parent)

    def _count_uses(self) -> dict[int, int]:
        """How often each tensor that this one was computed from is used on the way, by id."""
        if not self._requires_grad:
            raise RuntimeError("nothing to differentiate: this tensor requires no gradient, and "
                               "was not computed (outside no_grad) from one that does")
        uses = {id(self): 0}
        unseen = [self]
        while unseen:
            node = unseen.pop()
            if node._edges is None:
                raise RuntimeError("this graph has been freed by an earlier backward(): pass it "
                                   "retain_graph=True, or compute the result anew")
            for parent, _ in node._edges:
                if id(parent) not in uses:
                    uses[id(parent)] = 0
                    unseen.append(parent)
                uses[id(parent)] += 1
        return uses

    def _first_gradient(self, gradient) -> np.ndarray:
        """dL/d(this tensor), where the walk begins."""
        if gradient is None:
            if self.data.size != 1:
                raise RuntimeError(f"backward() starts at a single number, and this tensor has "
                                   f"shape {self.shape}: reduce it, as with .mean(), or pass a "
                                   f"gradient of this shape, backward(gradient)")
            return np.ones_like(self.data)
        gradient = _as_array(gradient, self.dtype)
        if gradient.shape != self.shape:
            raise ValueError(f"the gradient has shape {gradient.shape}, and the tensor it belongs "
                             f"to {self.shape}; they must be equal")
        return gradient

    def _collect(self, g: np.ndarray) -> None:
        if self.grad is None:
            self.grad = Tensor(np.array(g))  # a copy: other tensors may have got the same array
        else:
            self.grad.data += g

    # ---- looking at it ----

    @property
    def shape(self) -> tuple[int, ...]:
        return self.data.shape

    @property
    def dtype(self) -> np.dtype:
        return self.data.dtype

    @property
    def ndim(self) -> int:
        return self.data.ndim

    @property
    def is_leaf(self) -> bool:
        """Whether it was given, rather than computed from tensors that require a gradient."""
        return self._edges == ()

    def size(self, dim: int | None = None) -> int | tuple[int, ...]:
        """The shape, or its entry `dim`."""
        return self.shape if dim is None else self.shape[dim]

    def numel(self) -> int:
        """The number of entries."""
        return self.data.size

    def item(self) -> float | int | bool:
        """The only entry, as a Python number."""
        return self.data.item()

    def tolist(self) -> list | float | int | bool:
        """The entries as Python numbers, in lists as deep as there are axes."""
        return self.data.tolist()

    def numpy(self) -> np.ndarray:
        """The values, shared; a RuntimeError if that would lose a gradient unnoticed."""
        if self._requires_grad:
            raise RuntimeError("this tensor requires a gradient, and NumPy would lose it: "
                               "use .detach().numpy()")
        return self.data

    def detach(self) -> Tensor:
        """The same values, shared, but cut off from the graph: a constant."""
        return _constant(self.data)

    def argmax(self, dim: int | None = None) -> Tensor:
        """The position of the largest entry, the first of equals (integers, no gradient)."""
        return _constant(self.data.argmax(axis=dim))

    def float(self) -> Tensor:
        """The values as float32."""
        return self.to(np.float32)

    def double(self) -> Tensor:
        """The values as float64."""
        return self.to(np.float64)

    # ---- other shapes ----

    @property
    def T(self) -> Tensor:
        """All axes in reverse order: the transpose of a matrix."""
        return self.permute(*reversed(range(self.ndim)))

    def transpose(self, dim0: int, dim1: int) -> Tensor:
        """With two axes swapped."""
        order = list(range(self.ndim))
        order[dim0], order[dim1] = order[dim1], order[dim0]
        return self.permute(order)

    def flatten(self, start_dim: int = 0, end_dim: int = -1) -> Tensor:
        """The axes from `start_dim` to `end_dim`, both included, laid out as one."""
        shape = self.shape or (1,)
        start, stop = start_dim % len(shape), end_dim % len(shape) + 1
        return self.reshape(shape[:start] + (math.prod(shape[start:stop]),) + shape[stop:])

    def unsqueeze(self, dim: int) -> Tensor:
        """With a new axis of length 1, to be axis `dim`."""
        return self.reshape(np.expand_dims(self.data, dim).shape)

    def squeeze(self, dim: int | None = None) -> Tensor:
        """Without axis `dim` if its length is 1; `None`: without all axes of length 1."""
        if dim is not None and self.shape[dim] != 1:
            return self
        return self.reshape(self.data.squeeze(dim).shape)

    def max(self) -> Tensor:
        """The largest of all entries (along an axis: `amax`, `argmax`)."""
        return self.amax()

    def min(self) -> Tensor:
        """The smallest of all entries (along an axis: `amin`)."""
        return self.amin()

    # ---- what Python asks of it ----

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        return self.numpy().astype(dtype or self.dtype, copy=bool(copy))

    def __len__(self) -> int:
        return len(self.data)

    def __bool__(self) -> bool:
        return bool(self.data)

    def __float__(self) -> float:
        return float(self.data)

    def __format__(self, spec: str) -> str:
        return format(self.item() if self.ndim == 0 else repr(self), spec)

    def __repr__(self) -> str:
        text = np.array2string(self.data, separator=", ", prefix="tensor(")
        if self.dtype not in (np.float32, np.int64, np.bool_):
            text += f", dtype={self.dtype}"
        if self._requires_grad:
            text += ", requires_grad=True"
        return f"tensor({text})"


def tensor(data, dtype=None, requires_grad: bool = False) -> Tensor:
    """A new tensor with a copy of `data`, in `dtype` if one is given.

    Examples
    --------
    >>> tensor([[1, 2], [3, 4]])
    tensor([[1, 2],
            [3, 4]])
    >>> tensor([0.1], dtype=np.float64, requires_grad=True)
    tensor([0.1], dtype=float64, requires_grad=True)
    """
    return Tensor(np.array(_as_array(data, dtype)), requires_grad)


def _as_array(data, dtype=None) -> np.ndarray:
    """The values of whatever `Tensor` takes, without a copy if possible."""
    if isinstance(data, Tensor):
        data = data.data
    array = np.asarray(data, dtype)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"a tensor holds floats, integers or booleans, and this "
                        f"{type(data).__name__} gives {array.dtype}")
    if dtype is None and not isinstance(data, (np.ndarray, np.generic)) and array.dtype == float:
        array = array.astype(np.float32)  # Python numbers, as in PyTorch
    return array


def _constant(data: np.ndarray) -> Tensor:
    """`Tensor(data)` without checks: most results are made here."""
    out = Tensor.__new__(Tensor)
    out.data = data if type(data) is np.ndarray else np.asarray(data)  # NumPy returns 0-d as scalar
    out.grad = None
    out._edges = ()
    out._requires_grad = False
    return out


def _fit(g: np.ndarray, operand: np.ndarray) -> np.ndarray:
    """The gradient g in the shape and dtype of its operand: broadcast forward, sum backward.

    Broadcasting uses an entry of the operand several times; by the chain rule the gradients of all
    uses add up.
    """
    if g.shape != operand.shape:
        g = g.sum(axis=tuple(range(g.ndim - operand.ndim)))  # axes that broadcasting put in front
        g = g.sum(axis=tuple(i for i, n in enumerate(operand.shape) if n == 1), keepdims=True)
        if g.shape != operand.shape:
            raise RuntimeError(f"a rule returned a gradient of shape {g.shape} for an operand of "
                               f"shape {operand.shape}")
    return g if g.dtype == operand.dtype else g.astype(operand.dtype)


# ---- recording -----------------------------------------------------------------------------------


class _Recording(threading.local):
    on = True  # where each thread starts


_recording = _Recording()


@contextmanager
def _recording_is(on: bool) -> Iterator[None]:
    before = _recording.on
    try:
        try:
            _recording.on = on
            yield
        finally:
            _recording.on = before
    finally:
        _recording.on = before  # again: Ctrl-C may have come just before the line above


def no_grad() -> AbstractContextManager[None]:
    """Record nothing inside the block: results are constants, and no memory goes into a graph.

    Also a decorator, `@no_grad()`. It concerns the thread that enters it, and may be nested.

    Examples
    --------
    >>> x = tensor([1.0], requires_grad=True)
    >>> with no_grad():
    ...     y = 2 * x
    >>> y.requires_grad
    False
    """
    return _recording_is(False)


def enable_grad() -> AbstractContextManager[None]:
    """Record inside the block, also within `no_grad`; used as `no_grad` is.

    For functions that need a derivative for what they compute, whatever their caller records.

    Examples
    --------
    >>> x = tensor([1.0], requires_grad=True)
    >>> with no_grad(), enable_grad():
    ...     y = 2 * x
    >>> y.requires_grad
    True
    """
    return _recording_is(True)


def record(data: np.ndarray, *edges: tuple[Tensor, Callable[[np.ndarray], np.ndarray]]) -> Tensor:
    """The result of an operation: its values, and a pair (input, rule) for each of its inputs.

    Every operation ends with this call, here and wherever else one is defined.

    Parameters
    ----------
    data : the values of the result.
    edges : an input and its rule, a function from the array g = dL/d(result) to dL/d(input). It may
        return g, a view of it or a new array, but must not write into g. What comes in the
        broadcast shape is summed to the shape of the input, and cast to its dtype. A rule is called
        only if its input needs it: put the work for one input into its rule.

    Examples
    --------
    >>> def cube(x):
    ...     return record(x.data**3, (x, lambda g: g * 3 * x.data**2))
    >>> x = tensor(2.0, requires_grad=True)
    >>> cube(x).backward()
    >>> x.grad
    tensor(12.)
    """
    out = _constant(data)
    if _recording.on:
        out._edges = tuple([edge for edge in edges if edge[0]._requires_grad])
        out._requires_grad = out._edges != ()
    return out


OPERATIONS: dict[str, Callable[..., Tensor]] = {}  # the catalogue of differentiable operations


def operation(*methods: str) -> Callable[[Callable[..., Tensor]], Callable[..., Tensor]]:
    """Enter a function in the catalogue, and make it a method of Tensor under the names given."""

    def enter(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
        OPERATIONS[function.__name__] = function
        for name in methods:
            setattr(Tensor, name, function)
        return function

    return enter


# ---- operands ------------------------------------------------------------------------------------

Operand = Tensor | np.ndarray | float


def _operands(x: Operand, y: Operand) -> tuple[Tensor, Tensor, np.ndarray, np.ndarray]:
    """Two operands as tensors, and their values as arrays of one dtype."""
    if not isinstance(x, Tensor):
        x = _beside(x, y)
    if not isinstance(y, Tensor):
        y = _beside(y, x)
    a, b = x.data, y.data
    if a.dtype != b.dtype:
        if (a.dtype.kind == "f") == (b.dtype.kind == "f"):
            dtype = np.promote_types(a.dtype, b.dtype)
        else:
            dtype = a.dtype if a.dtype.kind == "f" else b.dtype
        a, b = a.astype(dtype, copy=False), b.astype(dtype, copy=False)
    return x, y, a, b


def _beside(value: Operand, other: Operand) -> Tensor:
    """An operand as a constant; a number takes the dtype of the floats that it stands beside."""
    if isinstance(value, np.ndarray):
        return Tensor(value)
    if not isinstance(value, (int, float, np.generic)):
        raise TypeError(f"an operand is a tensor, an array or a number, not a "
                        f"{type(value).__name__}; convert it first, as with tensor(...)")
    if isinstance(other, Tensor) and other.dtype.kind == "f":
        return _constant(np.asarray(value, other.dtype))
    return Tensor(value)
