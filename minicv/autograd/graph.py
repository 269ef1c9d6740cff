"""The graph: how each array was computed, and the walk back through it that gives derivatives.

The idea, and the reason for the order of the walk, stand at the head of the package.  A `Node` is
how one result was computed: its *edges*, one for each input, are pairs (input, rule), where the
rule takes dL/d(result) to dL/d(input).  The input is a node in turn, or a leaf, where the way ends.
Nodes and tensors are two things: `y *= 2` gives the tensor y another history, while what was
computed from y before goes on to lead to the old one.  The operations stand in other files.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from inspect import isgeneratorfunction
from typing import TypeVar, cast

import numpy as np

from minicv.autograd.memory import arrays_kept, clock, written_since
from minicv.autograd.values import Values, total

Function = TypeVar("Function", bound=Callable)
Rule = Callable[[np.ndarray], np.ndarray]


class Node:
    """How a tensor was computed: the *history* of its values.

    Attributes
    ----------
    edges : tuple of (Node or Tensor, rule), or None
        Its inputs, those that need a gradient; None once the history has been freed.
    shape, dtype
        Those of the values, and so of their gradient.
    date : int
        When it was computed, see `memory`.
    """

    # A node knows its inputs, and nothing that was computed from it: there are no cycles, and a
    # graph nobody holds goes at once, without the garbage collector.
    __slots__ = ("date", "dtype", "edges", "shape")
    edges: tuple[tuple[Node | Values, Rule], ...] | None

    def __init__(self, edges: tuple[tuple[Node | Values, Rule], ...], values: np.ndarray):
        self.edges = edges
        self.shape = values.shape
        self.dtype = values.dtype
        self.date = clock.now


def walk_back(start: Node | Values, g: np.ndarray, retain_graph: bool
              ) -> list[tuple[Values, np.ndarray]]:
    """Every leaf x that is reached, with dL/dx, where g = dL/d(start)."""
    uses = _count_uses(start)
    totals = {id(start): g}
    ready = [start]
    arrived: list[tuple[Values, np.ndarray]] = []
    with np.errstate(all="ignore"):  # infinity and NaN travel on
        while ready:
            node = ready.pop()
            g = totals.pop(id(node))
            if not isinstance(node, Node):
                arrived.append((node, g))
                continue
            edges = node.edges or ()
            if not retain_graph:
                node.edges = None  # what the rules keep goes now: memory shrinks as we walk
            for parent, rule in edges:
                key = id(parent)
                part = _fit(np.asarray(rule(g)), parent)  # of no axes NumPy makes scalars
                totals[key] = totals[key] + part if key in totals else part
                uses[key] -= 1
                if uses[key] == 0:  # everything computed from it has delivered: its turn
                    ready.append(parent)
    return arrived


def _count_uses(start: Node | Values) -> dict[int, int]:
    """How often each input on the way is used, by id; an error where the way back is closed."""
    uses = {id(start): 0}
    unseen = [start]
    while unseen:
        node = unseen.pop()
        if not isinstance(node, Node):
            continue
        if node.edges is None:
            raise RuntimeError("backward() freed this graph: compute anew or use retain_graph=True")
        for parent, rule in node.edges:
            if node.date < clock.now:  # something has been written since: was it this?
                _check_kept(rule, node)
            if id(parent) not in uses:
                uses[id(parent)] = 0
                unseen.append(parent)
            uses[id(parent)] += 1
    return uses


def _check_kept(rule: Rule, node: Node) -> None:
    for array in arrays_kept(rule):
        if written_since(array, node.date):
            raise RuntimeError(f"backward() needs values {array.shape} that were changed in place "
                               f"since, by += or a step: write x = x + y, or change a x.clone()")


def _fit(g: np.ndarray, operand: Node | Values) -> np.ndarray:
    """The gradient g in the shape and dtype of its operand: broadcast forward, sum backward.

    Broadcasting uses an entry of the operand several times; by the chain rule the gradients of all
    uses add up.
    """
    shape = operand.shape
    if g.shape != shape:
        g = total(g, tuple(range(g.ndim - len(shape))))  # axes that broadcasting put in front
        g = total(g, tuple(i for i, n in enumerate(shape) if n == 1), keepdims=True)
        if g.shape != shape:
            raise RuntimeError(f"a rule returned shape {g.shape} for an operand of shape {shape}")
    return g if g.dtype == operand.dtype else g.astype(operand.dtype)


# ---- recording or not ----------------------------------------------------------------------------


class _Recording(threading.local):
    on = True  # where each thread starts


recording = _Recording()


@contextmanager
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


class _Within:
    """A block in which recording is on or off; as a decorator, each call of a function."""

    def __init__(self, on: bool):
        self.on = on

    def __enter__(self) -> None:
        self.block = _recording_is(self.on)
        self.block.__enter__()

    def __exit__(self, *error) -> None:
        self.block.__exit__(*error)

    def __call__(self, function: Function) -> Function:
        if isgeneratorfunction(function):
            raise TypeError("a generator runs after this call: write the with block inside of it")

        @wraps(function)
        def within(*inputs, **options):
            with _recording_is(self.on):
                return function(*inputs, **options)

        return cast(Function, within)


def no_grad() -> _Within:
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
    return _Within(False)


def enable_grad() -> _Within:
    """Record inside the block, also within `no_grad`; used as `no_grad` is.

    For functions that need a derivative for what they compute, whatever their caller records.
    """
    return _Within(True)
