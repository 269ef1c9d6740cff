"""The tensor: an array with operations, the forward and the derivative of each on a few lines.

A derivative is a *rule* for each input: from g = dL/d(result) to dL/d(input).  `record` says what a
rule may do.  Broadcasting is undone by the walk back, so a rule may ignore it.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np

from minicv.autograd.graph import Node, Rule, as_array, recording

Operand: TypeAlias = "Tensor | np.ndarray | float"
Dim = int | tuple[int, ...] | None  # of a reduction: an axis, several of them, or all


class Tensor(Node):
    """An array that remembers how it was computed, so that derivatives can flow back through it.

    Parameters
    ----------
    data : array, number, or list of numbers
        Floats, integers or booleans. An array is shared, not copied (`tensor` copies). Python
        numbers and lists of them become float32, int64 or bool, as in PyTorch.
    requires_grad : bool
        Collect dL/d(this tensor) in `grad` when `backward()` is called on an L that was computed
        from it; for floats only.

    Attributes
    ----------
    data : np.ndarray
        The values.
    grad : Tensor of the same shape and dtype, or None
        The sum of dL/d(this tensor) over all calls of `backward`.

    Raises
    ------
    TypeError
        `data` does not hold numbers, or a gradient is asked of integers or booleans.

    Examples
    --------
    >>> x = Tensor([1.0, 2.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    tensor([2., 4.])
    """

    __slots__ = ("grad",)
    grad: Tensor | None
    __array_ufunc__ = None  # array + tensor: NumPy steps back, and Python calls Tensor.__radd__
    __hash__ = object.__hash__  # == compares entries; as a key of a dictionary a tensor is itself

    def __init__(self, data, requires_grad: bool = False):
        super().__init__(data, requires_grad)
        self.grad = None

    def collect(self, g: np.ndarray) -> None:
        """Add g to `grad`."""
        if self.grad is None:
            self.grad = constant(np.array(g))  # a copy: other tensors may have got the same array
        else:
            self.grad.data += g

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Set `requires_grad`, and return this very tensor."""
        self.requires_grad = requires_grad
        return self

    # ---- arithmetic ----

    def __add__(self, other: Operand) -> Tensor:
        x, y, a, b = operands(self, other)
        return record(a + b, (x, lambda g: g), (y, lambda g: g))

    def __sub__(self, other: Operand) -> Tensor:
        x, y, a, b = operands(self, other)
        return record(a - b, (x, lambda g: g), (y, lambda g: -g))

    def __mul__(self, other: Operand) -> Tensor:
        """d(x y) = y dx + x dy."""
        x, y, a, b = operands(self, other)
        return record(a * b, (x, lambda g: g * b), (y, lambda g: g * a))

    def __truediv__(self, other: Operand) -> Tensor:
        """d(x / y) = dx / y - (x / y) dy / y."""
        x, y, a, b = operands(self, other)
        out = a / b
        return record(out, (x, lambda g: g / b), (y, lambda g: -g * out / b))

    def __pow__(self, other: Operand) -> Tensor:
        """d(x^y) = y x^(y-1) dx + x^y log(x) dy, where x^0 and 0^y (y > 0) are constants."""
        x, y, a, b = operands(self, other)
        n = other if isinstance(other, int) else b  # NumPy multiplies for 2, calls pow for 2.0
        out = (a**n).astype(a.dtype, copy=False)
        less = n - (n != 0)  # y - 1, but 0 for y = 0: there y x^(y-1) is 0 even at x = 0
        return record(out, (x, lambda g: g * (n * a**less)),
                      (y, lambda g: g * out * np.log(np.where(a == 0, 1, a))))

    def __neg__(self) -> Tensor:
        return record(-self.data, (self, lambda g: -g))

    def __matmul__(self, other: Operand) -> Tensor:
        """Also for stacks of matrices; a 1-D x is one row, a 1-D y one column.

        C = A B has dL/dA = dL/dC B^T and dL/dB = A^T dL/dC: the only products whose shapes fit.
        """
        x, y, a, b = operands(self, other)
        if a.ndim == 1:
            return (x.unsqueeze(0) @ y).squeeze(-2 if b.ndim > 1 else 0)
        if b.ndim == 1:
            return (x @ y.unsqueeze(1)).squeeze(-1)
        return record(a @ b, (x, lambda g: g @ b.swapaxes(-1, -2)),
                      (y, lambda g: a.swapaxes(-1, -2) @ g))

    __radd__, __rmul__, matmul = __add__, __mul__, __matmul__

    def __rsub__(self, other: Operand) -> Tensor:
        return beside(other, self) - self

    def __rtruediv__(self, other: Operand) -> Tensor:
        return beside(other, self) / self

    def __rpow__(self, other: Operand) -> Tensor:
        return beside(other, self) ** self

    def __rmatmul__(self, other: Operand) -> Tensor:
        return beside(other, self) @ self

    # ---- functions of each entry ----

    def exp(self) -> Tensor:
        """e^x, its own derivative."""
        out = np.exp(self.data)
        return record(out, (self, lambda g: g * out))

    def log(self) -> Tensor:
        """The natural logarithm; derivative 1 / x."""
        a = self.data
        return record(np.log(a), (self, lambda g: g / a))

    def sqrt(self) -> Tensor:
        """The square root; derivative 1 / (2 sqrt(x)), infinite at 0."""
        out = np.sqrt(self.data)
        return record(out, (self, lambda g: g / (2 * out)))

    def abs(self) -> Tensor:
        """|x|; derivative sign(x), and 0 at the kink."""
        a = self.data
        return record(np.abs(a), (self, lambda g: g * np.sign(a)))

    __abs__ = abs

    def relu(self) -> Tensor:
        """max(x, 0); derivative 1 where x > 0, else 0, at the kink too."""
        out = np.maximum(self.data, np.zeros(self.shape, self.dtype))  # faster than beside a 0

        def rule(g: np.ndarray) -> np.ndarray:
            passed = (out > 0).astype(g.dtype)  # in two steps: faster than converting on the way
            passed *= g
            return passed

        return record(out, (self, rule))

    def tanh(self) -> Tensor:
        """The hyperbolic tangent; derivative 1 - tanh(x)^2."""
        out = np.tanh(self.data)
        return record(out, (self, lambda g: g * (1 - out * out)))

    def sigmoid(self) -> Tensor:
        """s = 1 / (1 + e^-x); derivative s (1 - s)."""
        out = _sigmoid(self.data)
        return record(out, (self, lambda g: g * (out * (1 - out))))

    def softplus(self) -> Tensor:
        """log(1 + e^x) = max(x, 0) + log(1 + e^-|x|); derivative sigmoid(x)."""
        a = self.data
        out = np.maximum(a, np.zeros_like(a)) + np.log1p(np.exp(-np.abs(a)))
        return record(out, (self, lambda g: g * _sigmoid(a)))

    def to(self, dtype) -> Tensor:
        """The same values in another dtype; integers and booleans end the flow of the gradient."""
        out = self.data.astype(dtype, copy=False)
        return record(out, (self, lambda g: g)) if out.dtype.kind == "f" else constant(out)

    def float(self) -> Tensor:
        """The values as float32."""
        return self.to(np.float32)

    def double(self) -> Tensor:
        """The values as float64."""
        return self.to(np.float64)

    # ---- the larger, the smaller, comparisons ----

    def maximum(self, other: Operand) -> Tensor:
        """The larger one, entry by entry; at a tie each gets half of the gradient."""
        x, y, a, b = operands(self, other)
        return record(np.maximum(a, b),
                      (x, lambda g: g * _share(a, b)), (y, lambda g: g * _share(b, a)))

    def minimum(self, other: Operand) -> Tensor:
        """The smaller one, entry by entry; at a tie each gets half of the gradient."""
        x, y, a, b = operands(self, other)
        return record(np.minimum(a, b),
                      (x, lambda g: g * _share(b, a)), (y, lambda g: g * _share(a, b)))

    def __eq__(self, other) -> Tensor:  # type: ignore[override]
        return self._compare(np.equal, other)

    def __ne__(self, other) -> Tensor:  # type: ignore[override]
        return self._compare(np.not_equal, other)

    def __lt__(self, other) -> Tensor:
        return self._compare(np.less, other)

    def __le__(self, other) -> Tensor:
        return self._compare(np.less_equal, other)

    def __gt__(self, other) -> Tensor:
        return self._compare(np.greater, other)

    def __ge__(self, other) -> Tensor:
        return self._compare(np.greater_equal, other)

    def _compare(self, compare: np.ufunc, other: Operand) -> Tensor:
        """Booleans, without a gradient."""
        _, _, a, b = operands(self, other)
        return constant(compare(a, b))

    # ---- reductions; `keepdim` leaves the axes there, with length 1 ----

    def sum(self, dim: Dim = None, keepdim: bool = False) -> Tensor:
        """The sum; every summand gets the gradient of the sum."""
        return record(self.data.sum(axis=dim, keepdims=keepdim),
                      (self, lambda g: np.broadcast_to(_restored(g, dim, keepdim), self.shape)))

    def mean(self, dim: Dim = None, keepdim: bool = False) -> Tensor:
        """The mean of n entries; each gets 1/n of the gradient."""
        out = self.data.mean(axis=dim, keepdims=keepdim)
        n = self.data.size // max(np.size(out), 1)
        return record(out, (self, lambda g: np.broadcast_to(_restored(g / n, dim, keepdim),
                                                            self.shape)))

    def amax(self, dim: Dim = None, keepdim: bool = False) -> Tensor:
        """The largest entry; equal ones share its gradient evenly."""
        return self._extreme(self.data.max(axis=dim, keepdims=True), dim, keepdim)

    def amin(self, dim: Dim = None, keepdim: bool = False) -> Tensor:
        """The smallest entry; equal ones share its gradient evenly."""
        return self._extreme(self.data.min(axis=dim, keepdims=True), dim, keepdim)

    def _extreme(self, extreme: np.ndarray, dim: Dim, keepdim: bool) -> Tensor:
        a = self.data

        def rule(g: np.ndarray) -> np.ndarray:
            ties = a == extreme
            return _restored(g, dim, keepdim) * (ties / ties.sum(axis=dim, keepdims=True))

        return record(extreme if keepdim else extreme.squeeze(dim), (self, rule))

    def max(self) -> Tensor:
        """The largest of all entries (along an axis: `amax`, `argmax`)."""
        return self.amax()

    def min(self) -> Tensor:
        """The smallest of all entries (along an axis: `amin`)."""
        return self.amin()

    def argmax(self, dim: int | None = None) -> Tensor:
        """The position of the largest entry, the first of equals (integers, no gradient)."""
        return constant(np.asarray(self.data.argmax(axis=dim)))

    # ---- moving entries about: the gradient takes the way back ----

    def reshape(self, *shape) -> Tensor:
        """The same entries in another shape, given as numbers or as a tuple; one may be -1."""
        return record(self.data.reshape(*shape), (self, lambda g: g.reshape(self.shape)))

    view = reshape

    def permute(self, *dims) -> Tensor:
        """The axes in another order, given as numbers or as a tuple."""
        order = dims[0] if len(dims) == 1 and not isinstance(dims[0], int) else dims
        back = np.argsort([dim % self.ndim for dim in order])
        return record(self.data.transpose(order), (self, lambda g: g.transpose(back)))

    def __getitem__(self, index) -> Tensor:
        """As in NumPy; an entry picked several times adds up what it gets each time."""
        parts = index if isinstance(index, tuple) else (index,)

        def rule(g: np.ndarray) -> np.ndarray:
            total = np.zeros(self.shape, g.dtype)
            if any(np.ndim(part) > 0 and np.asarray(part).dtype != bool for part in parts):
                np.add.at(total, parts, g)  # positions may repeat: total[parts] += g adds once
            else:
                total[parts] = g
            return total

        return record(self.data[parts], (self, rule))

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

    def detach(self) -> Tensor:
        """The same values, shared, but cut off from the graph: a constant."""
        return constant(self.data)


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
    return Tensor(np.array(as_array(data, dtype)), requires_grad)


def constant(data: np.ndarray) -> Tensor:
    """`Tensor(data)` without checks: most results are made here."""
    out = Tensor.__new__(Tensor)
    out.data = data if type(data) is np.ndarray else np.asarray(data)  # NumPy returns 0-d as scalar
    out.edges = ()
    out.grad = None
    out._requires_grad = False
    return out


def record(data: np.ndarray, *edges: tuple[Tensor, Rule]) -> Tensor:
    """The result of an operation: its values, and a pair (input, rule) for each of its inputs.

    Every operation ends with this call, here and wherever else one is defined.

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
    >>> def cube(x):
    ...     return record(x.data**3, (x, lambda g: g * 3 * x.data**2))
    >>> x = tensor(2.0, requires_grad=True)
    >>> cube(x).backward()
    >>> x.grad
    tensor(12.)
    """
    out = constant(data)
    if recording.on:
        out.edges = tuple([edge for edge in edges if edge[0]._requires_grad])
        out._requires_grad = out.edges != ()
    return out


def operands(x: Operand, y: Operand) -> tuple[Tensor, Tensor, np.ndarray, np.ndarray]:
    """Two operands as tensors, and their values as arrays of one dtype."""
    x, y = beside(x, y), beside(y, x)
    a, b = x.data, y.data
    if a.dtype != b.dtype:
        floats = [v.dtype for v in (a, b) if v.dtype.kind == "f"]
        dtype = floats[0] if len(floats) == 1 else np.promote_types(a.dtype, b.dtype)
        a, b = a.astype(dtype, copy=False), b.astype(dtype, copy=False)
    return x, y, a, b


def beside(value: Operand, other: Operand) -> Tensor:
    """An operand as a tensor; a number takes the dtype of the floats that it stands beside."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, np.ndarray):
        return Tensor(value)
    if not isinstance(value, (int, float, np.generic)):
        raise TypeError(f"an operand is a tensor, an array or a number, not a "
                        f"{type(value).__name__}; convert it first, as with tensor(...)")
    if isinstance(other, Tensor) and other.dtype.kind == "f":
        return constant(np.asarray(value, other.dtype))
    return Tensor(value)


def _sigmoid(a: np.ndarray) -> np.ndarray:
    """1 / (1 + e^-a), or e^a / (1 + e^a) for a < 0: no exponential overflows."""
    e = np.exp(-np.abs(a))
    one = np.ones_like(e)  # in the dtype of e: NumPy 1.26 widens a single float32 beside a plain 1
    return np.where(a >= 0, one, e) / (one + e)


def _share(larger: np.ndarray, smaller: np.ndarray) -> np.ndarray:
    """Who gets the gradient: 1 where the first is larger, 0 where it is not, 1/2 at a tie."""
    return np.where(larger == smaller, 0.5, larger > smaller)


def _restored(g: np.ndarray, dim: Dim, keepdim: bool) -> np.ndarray:
    """The gradient of a reduced result with the axes that are gone put back, of length 1."""
    return g if keepdim or dim is None else np.expand_dims(g, dim)
