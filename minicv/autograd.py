"""Reverse-mode automatic differentiation over NumPy arrays.

A network is one long formula, and training needs the derivative of its last number, the loss L, by
every parameter in it.  The chain rule gives it step by step:

1. *Forward.*  Every operation computes its result and notes on it which tensors went in and, for
   each of them, a *rule*: given dL/d(result), what is dL/d(input)?  The notes form a graph whose
   edges point from results to inputs.
2. *Backward.*  Start at the loss with dL/dL = 1 and follow the edges.  Each tensor adds up what
   arrives from all of its uses, and hands the sum on through its rules.

One walk gives all derivatives for about twice the work of the forward pass, however many
parameters there are: this is why *reverse* mode trains networks.

The order of the walk matters.  In `b = a + a; c = b + b` the gradient 1 of `c` reaches `b` twice.
If `b` handed on the first 1 at once and its new total 2 later, `a` would get 2 * 1 + 2 * 2 = 6; the
derivative of c = 4 a is 4.  So a tensor waits until *everything computed from it* has delivered:
results before inputs, a topological order.  `Tensor.backward` counts the uses of each tensor and
gives it its turn when the count is down to zero (Kahn, "Topological sorting of large networks",
1962).  Counting and walking are loops, not recursions: a graph may be as deep as memory allows.

>>> a = tensor(3.0, requires_grad=True)
>>> b = a + a
>>> c = b + b
>>> c.backward()
>>> a.grad
tensor(4.)

Names, arguments and results are PyTorch's (Paszke et al., "Automatic differentiation in PyTorch",
2017), the conventions at kinks too: the rules below state them.  What differs, on purpose:

- First derivatives only: rules compute with plain arrays and leave no graph of their own.
- A graph is freed by the walk, and says so when walked again without `retain_graph=True`.
- Rules keep arrays, not copies, and PyTorch's version counters are missing: whoever writes into
  `x.data[...]` between forward and backward silently mixes old and new values.  After `backward()`
  it is safe (optimisers do it); so is `x.data = ...` at any time, as the graph keeps the old array.
- Tensors of two float types meet in the wider one, whatever their shapes.  Numbers and integers
  take the type of the floats beside them, so float32 stays float32.
- `max` and `min` take no axis: `amax(dim)` gives the values, `argmax(dim)` the positions.

Exercises 1.2 (gradients through a volumetric renderer) and 2.1 (training) stand on this module.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np

# ---- the tensor: an array, and how it came about -------------------------------------------------


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
def no_grad() -> Iterator[None]:
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
    before = _recording.on
    try:
        try:
            _recording.on = False
            yield
        finally:
            _recording.on = before
    finally:
        _recording.on = before  # again: Ctrl-C may have come just before the line above


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


# ---- arithmetic ----------------------------------------------------------------------------------

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


@operation("__add__", "__radd__")
def add(x: Operand, y: Operand) -> Tensor:
    """x + y."""
    x, y, a, b = _operands(x, y)
    return record(a + b, (x, lambda g: g), (y, lambda g: g))


@operation("__sub__")
def sub(x: Operand, y: Operand) -> Tensor:
    """x - y."""
    x, y, a, b = _operands(x, y)
    return record(a - b, (x, lambda g: g), (y, lambda g: -g))


@operation("__mul__", "__rmul__")
def mul(x: Operand, y: Operand) -> Tensor:
    """x * y, entry by entry; d(x y) = y dx + x dy."""
    x, y, a, b = _operands(x, y)
    return record(a * b, (x, lambda g: g * b), (y, lambda g: g * a))


@operation("__truediv__")
def div(x: Operand, y: Operand) -> Tensor:
    """x / y; d(x / y) = dx / y - (x / y) dy / y."""
    x, y, a, b = _operands(x, y)
    out = a / b
    return record(out, (x, lambda g: g / b), (y, lambda g: -g * out / b))


@operation("__pow__")
def pow(x: Operand, y: Operand) -> Tensor:
    """x ** y; d(x^y) = y x^(y-1) dx + x^y log(x) dy, where x^0 and 0^y (y > 0) are constants."""
    plain = y if isinstance(y, int) else None
    x, y, a, b = _operands(x, y)
    b = b if plain is None else plain  # NumPy multiplies for a plain 2, and calls pow for 2.0
    out = (a**b).astype(a.dtype, copy=False)
    less = b - (b != 0)  # y - 1, but 0 for y = 0: there y x^(y-1) is 0 even at x = 0
    return record(out, (x, lambda g: g * (b * a**less)),
                  (y, lambda g: g * out * np.log(np.where(a == 0, 1, a))))


@operation("__neg__")
def neg(x: Tensor) -> Tensor:
    """-x."""
    return record(-x.data, (x, lambda g: -g))


@operation("__matmul__", "matmul")
def matmul(x: Operand, y: Operand) -> Tensor:
    """x @ y, also for stacks of matrices; a 1-D x is one row, a 1-D y one column.

    C = A B has dL/dA = dL/dC B^T and dL/dB = A^T dL/dC: the only products whose shapes fit.
    """
    x, y, a, b = _operands(x, y)
    if a.ndim == 1:
        return matmul(x.unsqueeze(0), y).squeeze(-2 if b.ndim > 1 else 0)
    if b.ndim == 1:
        return matmul(x, y.unsqueeze(1)).squeeze(-1)
    return record(a @ b, (x, lambda g: g @ b.swapaxes(-1, -2)),
                  (y, lambda g: a.swapaxes(-1, -2) @ g))


@operation()
def linear(x: Operand, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """x @ weight.T + bias in one step: here training spends its time.

    Parameters
    ----------
    x : (..., n_in)
    weight : (n_out, n_in), one row for each output, of the dtype of x.
    bias : (n_out,) or None.

    Returns
    -------
    (..., n_out)

    Raises
    ------
    ValueError : the shapes do not fit. TypeError : the dtypes differ.
    """
    x = x if isinstance(x, Tensor) else Tensor(x)
    a, w = x.data, weight.data
    if a.shape[-1:] != w.shape[1:] or (bias is not None and bias.shape != w.shape[:1]):
        raise ValueError(f"linear needs x (..., n_in), weight (n_out, n_in) and bias (n_out,), and "
                         f"got {a.shape}, {w.shape} and {None if bias is None else bias.shape}")
    if a.dtype != w.dtype:
        raise TypeError(f"linear needs one dtype, and x is {a.dtype}, weight {w.dtype}; "
                        f"convert one, as with x.to(weight.dtype)")
    rows = a.reshape(math.prod(a.shape[:-1]), a.shape[-1])
    out = rows @ w.T
    flat = out.shape
    edges = [(x, lambda g: (g.reshape(flat) @ w).reshape(a.shape)),
             (weight, lambda g: g.reshape(flat).T @ rows)]
    if bias is not None:
        out += bias.data
        # The sum over the rows as a product with ones: the same sum, several times as fast.
        edges.append((bias, lambda g: np.ones(len(rows), g.dtype) @ g.reshape(flat)))
    return record(out.reshape(a.shape[:-1] + w.shape[:1]), *edges)


# ---- functions of each entry ---------------------------------------------------------------------


@operation("exp")
def exp(x: Tensor) -> Tensor:
    """e^x, its own derivative."""
    out = np.exp(x.data)
    return record(out, (x, lambda g: g * out))


@operation("log")
def log(x: Tensor) -> Tensor:
    """The natural logarithm; derivative 1 / x."""
    a = x.data
    return record(np.log(a), (x, lambda g: g / a))


@operation("sqrt")
def sqrt(x: Tensor) -> Tensor:
    """The square root; derivative 1 / (2 sqrt(x)), infinite at 0."""
    out = np.sqrt(x.data)
    return record(out, (x, lambda g: g / (2 * out)))


@operation("abs", "__abs__")
def abs(x: Tensor) -> Tensor:
    """|x|; derivative sign(x), and 0 at the kink."""
    a = x.data
    return record(np.abs(a), (x, lambda g: g * np.sign(a)))


@operation("relu")
def relu(x: Tensor) -> Tensor:
    """max(x, 0); derivative 1 where x > 0, else 0, at the kink too."""
    out = np.maximum(x.data, np.zeros(x.shape, x.dtype))  # twice as fast as beside a plain 0
    return record(out, (x, lambda g: g * (out > 0)))


@operation("tanh")
def tanh(x: Tensor) -> Tensor:
    """The hyperbolic tangent; derivative 1 - tanh(x)^2."""
    out = np.tanh(x.data)
    return record(out, (x, lambda g: g * (1 - out * out)))


def _sigmoid(a: np.ndarray) -> np.ndarray:
    """1 / (1 + e^-a), or e^a / (1 + e^a) for a < 0: no exponential overflows."""
    e = np.exp(-np.abs(a))
    one = np.ones_like(e)  # in the dtype of e: NumPy 1.26 widens a single float32 beside a plain 1
    return np.where(a >= 0, one, e) / (one + e)


@operation("sigmoid")
def sigmoid(x: Tensor) -> Tensor:
    """s = 1 / (1 + e^-x); derivative s (1 - s)."""
    out = _sigmoid(x.data)
    return record(out, (x, lambda g: g * (out * (1 - out))))


@operation("softplus")
def softplus(x: Tensor) -> Tensor:
    """log(1 + e^x) = max(x, 0) + log(1 + e^-|x|); derivative sigmoid(x)."""
    a = x.data
    out = np.maximum(a, np.zeros_like(a)) + np.log1p(np.exp(-np.abs(a)))
    return record(out, (x, lambda g: g * _sigmoid(a)))


@operation("to")
def to(x: Tensor, dtype) -> Tensor:
    """The same values in another dtype; integers and booleans end the flow of the gradient."""
    out = x.data.astype(dtype, copy=False)
    return record(out, (x, lambda g: g)) if out.dtype.kind == "f" else _constant(out)


# ---- choosing ------------------------------------------------------------------------------------


def _share(larger: np.ndarray, smaller: np.ndarray) -> np.ndarray:
    """Who gets the gradient: 1 where the first is larger, 0 where it is not, 1/2 at a tie."""
    return np.where(larger == smaller, 0.5, larger > smaller)


@operation("maximum")
def maximum(x: Operand, y: Operand) -> Tensor:
    """The larger of x and y, entry by entry; at a tie each gets half of the gradient."""
    x, y, a, b = _operands(x, y)
    return record(np.maximum(a, b),
                  (x, lambda g: g * _share(a, b)), (y, lambda g: g * _share(b, a)))


@operation("minimum")
def minimum(x: Operand, y: Operand) -> Tensor:
    """The smaller of x and y, entry by entry; at a tie each gets half of the gradient."""
    x, y, a, b = _operands(x, y)
    return record(np.minimum(a, b),
                  (x, lambda g: g * _share(b, a)), (y, lambda g: g * _share(a, b)))


@operation()
def where(condition: Tensor | np.ndarray, x: Operand, y: Operand) -> Tensor:
    """x where the condition (booleans) holds, else y; the gradient goes to the one chosen."""
    c = np.asarray(condition)
    if c.dtype != bool:
        raise TypeError(f"where needs a condition of booleans, not {c.dtype}")
    x, y, a, b = _operands(x, y)
    return record(np.where(c, a, b),
                  (x, lambda g: np.where(c, g, 0)), (y, lambda g: np.where(c, 0, g)))


# ---- reductions: `dim` is an axis, a tuple of them or None for all; `keepdim` leaves length 1 ----

Dim = int | tuple[int, ...] | None


def _restored(g: np.ndarray, dim: Dim, keepdim: bool) -> np.ndarray:
    """The gradient of a reduced result with the axes that are gone put back, of length 1."""
    return g if keepdim or dim is None else np.expand_dims(g, dim)


@operation("sum")
def sum(x: Tensor, dim: Dim = None, keepdim: bool = False) -> Tensor:
    """The sum; every summand gets the gradient of the sum."""
    return record(x.data.sum(axis=dim, keepdims=keepdim),
                  (x, lambda g: np.broadcast_to(_restored(g, dim, keepdim), x.shape)))


@operation("mean")
def mean(x: Tensor, dim: Dim = None, keepdim: bool = False) -> Tensor:
    """The mean of n entries; each gets 1/n of the gradient."""
    out = x.data.mean(axis=dim, keepdims=keepdim)
    n = x.data.size // max(out.size, 1)
    return record(out, (x, lambda g: np.broadcast_to(_restored(g / n, dim, keepdim), x.shape)))


@operation("amax")
def amax(x: Tensor, dim: Dim = None, keepdim: bool = False) -> Tensor:
    """The largest entry; equal ones share its gradient evenly."""
    return _extreme(x, x.data.max(axis=dim, keepdims=True), dim, keepdim)


@operation("amin")
def amin(x: Tensor, dim: Dim = None, keepdim: bool = False) -> Tensor:
    """The smallest entry; equal ones share its gradient evenly."""
    return _extreme(x, x.data.min(axis=dim, keepdims=True), dim, keepdim)


def _extreme(x: Tensor, extreme: np.ndarray, dim: Dim, keepdim: bool) -> Tensor:
    a = x.data

    def rule(g):
        ties = a == extreme
        return _restored(g, dim, keepdim) * (ties / ties.sum(axis=dim, keepdims=True))

    return record(extreme if keepdim else extreme.squeeze(dim), (x, rule))


# ---- moving entries about: the gradient takes the way back ---------------------------------------


@operation("reshape", "view")
def reshape(x: Tensor, *shape) -> Tensor:
    """The same entries in another shape, given as numbers or as a tuple; one may be -1."""
    return record(x.data.reshape(*shape), (x, lambda g: g.reshape(x.shape)))


@operation("permute")
def permute(x: Tensor, *dims) -> Tensor:
    """The axes in another order, given as numbers or as a tuple."""
    order = dims[0] if len(dims) == 1 and not isinstance(dims[0], int) else dims
    back = np.argsort([dim % x.ndim for dim in order])
    return record(x.data.transpose(order), (x, lambda g: g.transpose(back)))


@operation("__getitem__")
def getitem(x: Tensor, index) -> Tensor:
    """x[index], as in NumPy; an entry picked several times adds up what it gets each time."""
    parts = index if isinstance(index, tuple) else (index,)

    def rule(g):
        total = np.zeros(x.shape, g.dtype)
        if any(np.ndim(part) > 0 and np.asarray(part).dtype != bool for part in parts):
            np.add.at(total, parts, g)  # positions may repeat: total[parts] += g would add once
        else:
            total[parts] = g
        return total

    return record(x.data[parts], (x, rule))


@operation()
def concatenate(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Tensors one after the other along an axis; each gets its part of the gradient."""
    tensors = list(tensors)  # a generator could be walked only once
    out = np.concatenate([x.data for x in tensors], axis=dim)
    edges, start = [], 0
    for x in tensors:
        rows = np.arange(start, start + x.shape[dim])
        edges.append((x, lambda g, rows=rows: g.take(rows, axis=dim)))
        start += x.shape[dim]
    return record(out, *edges)


@operation()
def stack(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Tensors of one shape, side by side along a new axis."""
    return concatenate([x.unsqueeze(dim) for x in tensors], dim)


# ---- operators with the tensor on the right, and comparisons, which have no gradient -------------


def _comparison(compare: np.ufunc) -> Callable[[Tensor, Operand], Tensor]:
    def method(x: Tensor, y: Operand) -> Tensor:
        _, _, a, b = _operands(x, y)
        return _constant(compare(a, b))

    return method


Tensor.__rsub__ = lambda x, y: sub(y, x)
Tensor.__rtruediv__ = lambda x, y: div(y, x)
Tensor.__rpow__ = lambda x, y: pow(y, x)
Tensor.__rmatmul__ = lambda x, y: matmul(y, x)
Tensor.__eq__, Tensor.__ne__ = _comparison(np.equal), _comparison(np.not_equal)
Tensor.__lt__, Tensor.__le__ = _comparison(np.less), _comparison(np.less_equal)
Tensor.__gt__, Tensor.__ge__ = _comparison(np.greater), _comparison(np.greater_equal)


# ---- checking a derivative -----------------------------------------------------------------------


def gradcheck(f: Callable[..., Tensor], inputs: Tensor | Sequence[Tensor], eps: float = 1e-6,
              atol: float = 1e-5, rtol: float = 1e-3) -> bool:
    """Compare the gradient of every input of `f` with central differences, entry by entry.

    (f(x + eps) - f(x - eps)) / (2 eps) needs no rule at all, so a wrong rule shows. Of a result
    with many entries a sum is taken, with fixed random weights: so that no two errors cancel, and
    a permuted gradient differs. Keep away from kinks, where differences see both sides at once.

    Parameters
    ----------
    f : a function of tensors that returns one tensor.
    inputs : its arguments. Those that require a gradient are checked, and must be float64: the
        rounding of float32 would drown the differences.
    eps : the step of the differences.
    atol, rtol : how far backward may be off: by atol + rtol * |difference|.

    Returns
    -------
    True, if all agree.

    Raises
    ------
    AssertionError : a gradient is wrong; the message names the first entry that is.
    TypeError : an input to check is not float64. ValueError : no input is to be checked.

    Examples
    --------
    >>> x = tensor([0.1, 0.2], dtype=np.float64, requires_grad=True)
    >>> gradcheck(lambda x: (x * x).exp(), x)
    True
    """
    inputs = [inputs] if isinstance(inputs, Tensor) else inputs
    checked = [number for number, x in enumerate(inputs) if x.requires_grad]
    if not checked:
        raise ValueError("gradcheck: no input requires a gradient, so there is nothing to check")
    for number in checked:
        if inputs[number].dtype != np.float64:
            raise TypeError(f"gradcheck: input {number} is {inputs[number].dtype}, and must be "
                            f"float64: rounding would drown the differences")
    copies = [tensor(x.data, requires_grad=x.requires_grad) for x in inputs]
    out = f(*copies)
    weights = np.random.default_rng(0).uniform(0.5, 1.5, out.shape)
    out.backward(weights)

    @no_grad()
    def weighted_sum() -> float:
        return float((f(*copies).data * weights).sum())

    for number in checked:
        x = copies[number]
        analytic = np.zeros(x.shape) if x.grad is None else x.grad.data
        for index in np.ndindex(x.shape):
            centre = x.data[index]
            x.data[index] = centre + eps
            above = weighted_sum()
            x.data[index] = centre - eps
            below = weighted_sum()
            x.data[index] = centre
            numerical = (above - below) / (2 * eps)
            if not np.abs(analytic[index] - numerical) <= atol + rtol * np.abs(numerical):
                raise AssertionError(
                    f"gradcheck: input {number}, entry {index}: backward gives "
                    f"{analytic[index]:.9g}, central differences give {numerical:.9g}")
    return True
