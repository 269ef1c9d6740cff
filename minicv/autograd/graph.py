"""The graph: how each array was computed, and the walk back through it that gives derivatives.

The idea, and the reason for the order of the walk, stand at the head of the package.  A `Node` is
an array and its *edges*, one for each input that it was computed from: a pair (input, rule), where
the rule takes dL/d(this node) to dL/d(input).  The operations are in `tensors`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

Rule = Callable[[np.ndarray], np.ndarray]


class Node:
    """An array that remembers how it was computed, so that derivatives can flow back through it.

    Attributes
    ----------
    data : np.ndarray
        The values.
    edges : tuple of (Node, rule), or None
        Its history: () for a leaf, which was given and not computed; None once it has been freed.
    """

    # Rules refer to arrays and inputs, never to the node they belong to, so there are no cycles: a
    # graph nobody holds goes at once, without the garbage collector.
    __slots__ = ("_requires_grad", "data", "edges")
    data: np.ndarray
    edges: tuple[tuple[Node, Rule], ...] | None
    _requires_grad: bool

    def __init__(self, data, requires_grad: bool = False):
        self.data = as_array(data)
        self.edges = ()
        self.requires_grad = requires_grad

    @property
    def is_leaf(self) -> bool:
        """Whether it was given, rather than computed from nodes that require a gradient."""
        return self.edges == ()

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

    def backward(self, gradient=None, retain_graph: bool = False) -> None:
        """Add dL/dx to `x.grad` of every leaf x that requires a gradient; L is this tensor.

        Parameters
        ----------
        gradient : Tensor, array or list of this shape, or None
            dL/d(this tensor), if L is a later number. Without it this tensor must be a single
            number, L itself.
        retain_graph : bool
            Keep the graph, to walk it again.

        Raises
        ------
        RuntimeError
            Nothing here requires a gradient; this tensor is not a single number, and `gradient` is
            missing; an earlier walk has freed the graph.
        ValueError
            `gradient` has another shape than this tensor.
        """
        uses = self._count_uses()
        totals = {id(self): self._first_gradient(gradient)}
        ready: list[Node] = [self]
        while ready:
            node = ready.pop()
            g = totals.pop(id(node))
            edges = node.edges or ()
            if node.is_leaf:
                node.collect(g)
            elif not retain_graph:
                node.edges = None  # what the rules keep goes now: memory shrinks as we walk
            for parent, rule in edges:
                key = id(parent)
                part = _fit(rule(g), parent.data)
                totals[key] = totals[key] + part if key in totals else part
                uses[key] -= 1
                if uses[key] == 0:  # everything computed from it has delivered: its turn
                    ready.append(parent)

    def collect(self, g: np.ndarray) -> None:
        """Add g to the gradient of this leaf; `Tensor` keeps it."""
        raise NotImplementedError

    def _count_uses(self) -> dict[int, int]:
        """How often each node that this one was computed from is used on the way, by id."""
        if not self._requires_grad:
            raise RuntimeError("nothing to differentiate: this tensor requires no gradient, and "
                               "was not computed (outside no_grad) from one that does")
        uses = {id(self): 0}
        unseen: list[Node] = [self]
        while unseen:
            node = unseen.pop()
            if node.edges is None:
                raise RuntimeError("this graph has been freed by an earlier backward(): pass it "
                                   "retain_graph=True, or compute the result anew")
            for parent, _ in node.edges:
                if id(parent) not in uses:
                    uses[id(parent)] = 0
                    unseen.append(parent)
                uses[id(parent)] += 1
        return uses

    def _first_gradient(self, gradient) -> np.ndarray:
        """dL/d(this tensor), where the walk begins."""
        if gradient is None and self.data.size != 1:
            raise RuntimeError(f"backward() starts at a single number, and this tensor has shape "
                               f"{self.shape}: reduce it, as with .mean(), or pass a gradient of "
                               f"this shape, backward(gradient)")
        if gradient is None:
            return np.ones_like(self.data)
        gradient = as_array(gradient, self.dtype)
        if gradient.shape != self.shape:
            raise ValueError(f"the gradient has shape {gradient.shape}, and the tensor it belongs "
                             f"to {self.shape}; they must be equal")
        return gradient

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
        if self.requires_grad:
            raise RuntimeError("this tensor requires a gradient, and NumPy would lose it: "
                               "use .detach().numpy()")
        return self.data

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
        if self.requires_grad:
            text += ", requires_grad=True"
        return f"tensor({text})"


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


def as_array(data, dtype=None) -> np.ndarray:
    """The values of a tensor, array, number or list as an array, without a copy if possible."""
    if isinstance(data, Node):
        data = data.data
    array = np.asarray(data, dtype)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"a tensor holds floats, integers or booleans, and this "
                        f"{type(data).__name__} gives {array.dtype}")
    if dtype is None and not isinstance(data, (np.ndarray, np.generic)) and array.dtype == float:
        array = array.astype(np.float32)  # Python numbers, as in PyTorch
    return array


# ---- recording or not ----------------------------------------------------------------------------


class _Recording(threading.local):
    on = True  # where each thread starts


recording = _Recording()


def _recording_is(on: bool) -> Iterator[None]:
    before = recording.on
    try:
        try:
            recording.on = on
            yield
        finally:
            recording.on = before
    finally:
        recording.on = before  # again: Ctrl-C may have come just before the line above


@contextmanager
def no_grad() -> Iterator[None]:
    """Record nothing inside the block: results are constants, and no memory goes into a graph.

    Also a decorator, `@no_grad()`. It concerns the thread that enters it, and may be nested.

    Examples
    --------
    >>> from minicv.autograd import tensor
    >>> x = tensor([1.0], requires_grad=True)
    >>> with no_grad():
    ...     y = 2 * x
    >>> y.requires_grad
    False
    """
    yield from _recording_is(False)


@contextmanager
def enable_grad() -> Iterator[None]:
    """Record inside the block, also within `no_grad`; used as `no_grad` is.

    For functions that need a derivative for what they compute, whatever their caller records.
    """
    yield from _recording_is(True)
