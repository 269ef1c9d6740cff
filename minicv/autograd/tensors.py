"""The tensor: an array with operations, the forward and the derivative of each on a few lines.

A derivative is a *rule* for each input: from g = dL/d(result) to dL/d(input).  `record` says what a
rule may do.  Broadcasting is undone by the walk back, so a rule may ignore it.  A rule should refer
to the arrays that it needs, and to no others: those may not be changed in place until the walk.
Infinity and NaN travel on as in PyTorch, without NumPy's warnings: hence `errstate`.

>>> x = tensor([[1.0, 2.0], [3.0, 4.0]])
>>> x @ x, np.ones(2) @ x
(tensor([[ 7., 10.],
        [15., 22.]]), tensor([4., 6.], dtype=float64))
>>> x.view(4), x.permute(1, 0).shape, x.transpose(0, 1).shape
(tensor([1., 2., 3., 4.]), (2, 2), (2, 2))
>>> large, odd = x > 2, tensor([[True, False], [True, False]])
>>> large & odd, large | odd, 4 in x
(tensor([[False, False],
        [ True, False]]), tensor([[ True, False],
        [ True,  True]]), True)
>>> x += 1; x -= 1; x *= 2; x /= 2; x **= 1; large &= odd; large |= odd
>>> x.clamp_(2, 3)
tensor([[2., 2.],
        [3., 3.]])
>>> x.data = np.ones(3)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from minicv import checks
from minicv.autograd.advice import MISSING_IN_TENSOR, advise
from minicv.autograd.graph import Leaf, Node, Rule, recording, walk_back
from minicv.autograd.memory import clock, mark_written, share_memory, written_since
from minicv.autograd.values import (
    Values,
    as_array,
    as_dtype,
    as_floats,
    axes,
    axis,
    check_broadcast,
    common_dtype,
    converted,
    is_wider,
    lengths,
    number_beside,
)

Operand: TypeAlias = "Tensor | np.ndarray | np.generic | float"
Dim: TypeAlias = "int | tuple[int, ...] | None"  # of a reduction: an axis, several of them, or all



class Tensor(Values):
    """An array that remembers how it was computed, so that derivatives can flow back through it.

    Parameters
    ----------
    data : array, number, or list of numbers
        Floats, integers or booleans. An array is shared, not copied (`tensor` copies). Python
        numbers and lists of them become float32, int64 or bool, as in `torch.tensor`.
    requires_grad : bool
        Collect dL/d(this tensor) in `grad` when `backward()` is called on an L that was computed
        from it; for floats only.

    Attributes
    ----------
    data : np.ndarray
        The values.
    grad : Tensor of the same shape and dtype, or None
        The sum of dL/d(this tensor) over all calls of `backward`.
    grad_fn : Node or None
        How it was computed; None for a leaf, which was given.

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

    __slots__ = ("_grad", "grad_fn", "is_view")
    _grad: Tensor | None
    grad_fn: Node | None
    is_view: bool  # whether it shows memory of the tensor that it was computed from
    __hash__ = object.__hash__  # == compares entries; as a key of a dictionary a tensor is itself

    def __init__(self, data: ArrayLike | Tensor, requires_grad: bool = False):
        self._data = as_array(data)
        self.grad_fn = self._grad = None
        self.is_view = False
        self.requires_grad = requires_grad

    def __getattr__(self, name: str):
        raise AttributeError(f"a tensor has no {name!r}{advise(name, MISSING_IN_TENSOR)}")

    def __reduce_ex__(self, protocol):
        """How `copy.deepcopy` and pickle take it apart."""
        if not self.is_leaf:
            raise RuntimeError("only leaves can be copied with copy.deepcopy or pickled, and this "
                               "tensor has a history: use .clone(), or .detach() first")
        return super().__reduce_ex__(checks.whole(protocol, "protocol", least=2, most=5))

    # ---- the gradient, and the walk that computes it ----

    @property
    def is_leaf(self) -> bool:
        """Whether it was given, rather than computed from tensors that require a gradient."""
        return self.grad_fn is None

    @property
    def requires_grad(self) -> bool:
        """Whether it collects a gradient (a leaf) or hands one on (a result)."""
        return self._requires_grad

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if checks.flag(value, "requires_grad") and self.dtype.kind != "f":
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

    @property
    def grad(self) -> Tensor | None:
        """dL/d(this tensor), if it is a leaf that has got one."""
        return self._grad

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is not None:
            checks.instance(value, "grad", Tensor, hint="wrap it, as with tensor(...)")
            if (value.shape, value.dtype) != (self.shape, self.dtype):
                raise RuntimeError(f"grad must have the shape and dtype of its tensor, {self.shape}"
                                   f" and {self.dtype}; got {value.shape} and {value.dtype}")
        self._grad = value

    def collect(self, g: np.ndarray) -> None:
        """Add g to `grad`."""
        if not isinstance(g, (np.ndarray, np.generic)) or (g.shape, g.dtype) != (
                self.shape, self.dtype):
            raise TypeError(f"g must be an array {self.shape} of {self.dtype}, got "
                            f"{checks.brief(g)}")
        if self._grad is None:
            self._grad = constant(np.array(g))  # a copy: other tensors may have got the same array
        else:
            total = self._grad.data
            total += g
            mark_written(total)

    def backward(self, gradient: ArrayLike | Tensor | None = None,
                 retain_graph: bool = False) -> None:
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
            missing; an earlier walk has freed the graph; values that the walk needs have been
            changed in place.
        ValueError
            `gradient` has another shape than this tensor.

        Examples
        --------
        >>> x = tensor(3.0, requires_grad=True)
        >>> x.backward(2.0)  # twice the derivative of x by x
        >>> x.grad
        tensor(2.)
        """
        if not self._requires_grad:
            raise RuntimeError("nothing to differentiate: this tensor requires no gradient, and "
                               "was not computed (outside no_grad) from one that does")
        if gradient is None and self.numel() != 1:
            raise RuntimeError(f"backward() starts at a single number, and this tensor has shape "
                               f"{self.shape}: reduce it, as with .mean(), or pass a gradient of "
                               f"this shape, backward(gradient)")
        g = np.ones_like(self.data) if gradient is None else as_array(gradient, self.dtype)
        if g.shape != self.shape:
            raise ValueError(f"the gradient has shape {g.shape}, and the tensor it belongs "
                             f"to {self.shape}; they must be equal")
        walk_back(self.source(), g, checks.flag(retain_graph, "retain_graph"))

    def source(self) -> Node | Leaf:
        """Where edges to this tensor lead: to its history, or to itself if it is a leaf."""
        history = self.grad_fn
        if history is None:
            return self
        if history.date < clock.now and written_since(self._data, history.date):
            raise RuntimeError(
                f"the values of this tensor of shape {self.shape} were changed in place, through a "
                f"view of the same memory or within no_grad, and its history is that of the old "
                f"ones: compute it again, or change a x.clone()")
        return history

    def detach(self) -> Tensor:
        """The same values, shared, but cut off from the graph: a constant."""
        return constant(self.data)

    def clone(self) -> Tensor:
        """A copy, through which the gradient flows."""
        return record(self.data.copy(), (self, lambda g: g))

    # ---- arithmetic ----

    @np.errstate(all="ignore")
    def __add__(self, other: Operand) -> Tensor:
        x, y, a, b = operands(self, other)
        return record(a + b, (x, lambda g: g), (y, lambda g: g))

    @np.errstate(all="ignore")
    def __sub__(self, other: Operand) -> Tensor:
        x, y, a, b = operands(self, other)
        if a.dtype.kind == "b":
            raise TypeError("booleans have no difference; convert them first, as with .long()")
        return record(a - b, (x, lambda g: g), (y, lambda g: -g))

    @np.errstate(all="ignore")
    def __mul__(self, other: Operand) -> Tensor:
        """d(x y) = y dx + x dy."""
        x, y, a, b = operands(self, other)
        return record(a * b, (x, lambda g: g * b), (y, lambda g: g * a))

    @np.errstate(all="ignore")
    def __truediv__(self, other: Operand) -> Tensor:
        """d(x / y) = dx / y - (x / y) dy / y."""
        x, y, a, b = operands(self, other)
        a, b = as_floats(a), as_floats(b)
        out = a / b
        return record(out, (x, lambda g: g / b), (y, lambda g: -g * out / b))

    @np.errstate(all="ignore")
    def __pow__(self, other: Operand) -> Tensor:
        """d(x^y) = y x^(y-1) dx + x^y log(x) dy, where x^0 and 0^y (y > 0) are constants.

        NaN where x is negative and y a fraction.
        """
        x, y, a, b = operands(self, other)
        if a.dtype.kind == "b":
            raise TypeError("booleans have no powers; convert them first, as with .long()")
        if a.dtype.kind == "i" and (b < 0).any():
            raise ValueError("integers have no negative powers; convert them first, as with "
                             ".float()")
        n = other if isinstance(other, int) else b  # NumPy multiplies for 2, calls pow for 2.0
        out = (a**n).astype(a.dtype, copy=False)
        less = n - (n != 0)  # y - 1, but 0 for y = 0: there y x^(y-1) is 0 even at x = 0
        return record(out, (x, lambda g: g * (n * a**less)),
                      (y, lambda g: g * out * np.log(np.where(a == 0, 1, a))))

    def __neg__(self) -> Tensor:
        if self.dtype.kind == "b":
            raise TypeError("booleans have no negative; for the opposite write ~x")
        return record(-self.data, (self, lambda g: -g))

    def __matmul__(self, other: Operand) -> Tensor:
        """Also for stacks of matrices; a 1-D x is one row, a 1-D y one column.

        C = A B has dL/dA = dL/dC B^T and dL/dB = A^T dL/dC: the only products whose shapes fit.
        """
        x, y, a, b = operands(self, other, entry_by_entry=False)
        if 0 in (a.ndim, b.ndim) or a.shape[-1] != b.shape[max(b.ndim - 2, 0)]:
            raise ValueError(f"a product of matrices needs shapes (..., n, k) and (..., k, m), got "
                             f"{a.shape} and {b.shape}")
        if a.ndim == 1:
            return (x.unsqueeze(0) @ y).squeeze(-2 if b.ndim > 1 else 0)
        if b.ndim == 1:
            return (x @ y.unsqueeze(1)).squeeze(-1)
        check_broadcast(a.shape[:-2], b.shape[:-2])
        with np.errstate(all="ignore"):
            out = a @ b
        return record(out, (x, lambda g: g @ b.swapaxes(-1, -2)),
                      (y, lambda g: a.swapaxes(-1, -2) @ g))

    __radd__, __rmul__, matmul = __add__, __mul__, __matmul__

    def __rsub__(self, other: Operand) -> Tensor:
        return beside(other, self) - self

    def __rtruediv__(self, other: Operand) -> Tensor:
        return beside(other, self) / self

    def __rpow__(self, other: Operand) -> Tensor:
        """other^x; NaN where other is negative and x a fraction."""
        return beside(other, self) ** self

    def __rmatmul__(self, other: Operand) -> Tensor:
        return beside(other, self) @ self

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs, out=None, **options):
        """`array + tensor` is a tensor; `array += tensor` stays an array; np.exp is refused."""
        if out is not None:
            values = [x.numpy() if isinstance(x, Tensor) else x for x in inputs]
            return getattr(ufunc, method)(*values, out=out, **options)
        if ufunc in REFLECTED and not isinstance(inputs[0], Tensor):
            return getattr(self, REFLECTED[ufunc])(inputs[0])
        raise TypeError(f"np.{ufunc.__name__} takes no tensors, as it would lose the gradient: "
                        f"write np.{ufunc.__name__}(x.numpy()), or x.{ufunc.__name__}() if a "
                        f"tensor has it")

    # ---- functions of each entry ----

    @np.errstate(all="ignore")
    def exp(self) -> Tensor:
        """e^x, its own derivative."""
        out = np.exp(as_floats(self.data))
        return record(out, (self, lambda g: g * out))

    @np.errstate(all="ignore")
    def log(self) -> Tensor:
        """The natural logarithm; derivative 1 / x."""
        a = as_floats(self.data)
        return record(np.log(a), (self, lambda g: g / a))

    @np.errstate(all="ignore")
    def sqrt(self) -> Tensor:
        """The square root; derivative 1 / (2 sqrt(x)), infinite at 0."""
        out = np.sqrt(as_floats(self.data))
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
        out = np.tanh(as_floats(self.data))
        return record(out, (self, lambda g: g * (1 - out * out)))

    @np.errstate(all="ignore")
    def sigmoid(self) -> Tensor:
        """s = 1 / (1 + e^-x); derivative s (1 - s)."""
        out = _sigmoid(as_floats(self.data))
        return record(out, (self, lambda g: g * (out * (1 - out))))

    @np.errstate(all="ignore")
    def softplus(self) -> Tensor:
        """log(1 + e^x) = max(x, 0) + log(1 + e^-|x|); derivative sigmoid(x)."""
        a = as_floats(self.data)
        out = np.maximum(a, np.zeros_like(a)) + np.log1p(np.exp(-np.abs(a)))
        return record(out, (self, lambda g: g * _sigmoid(a)))

    def clamp(self, min: Operand | None = None, max: Operand | None = None) -> Tensor:
        """Moved into [min, max]; derivative 1 inside and at the ends, 0 outside.

        Examples
        --------
        >>> tensor([-1.0, 0.5, 3.0]).clamp(0, 1)
        tensor([0. , 0.5, 1. ])
        """
        if min is None and max is None:
            raise ValueError("clamp needs min, max or both")
        out = self
        for bound, nearer, inside in ((min, np.maximum, np.greater_equal),
                                      (max, np.minimum, np.less_equal)):
            if bound is not None:
                x, y, a, b = operands(out, bound)
                if y.requires_grad:
                    raise ValueError("clamp passes no gradient to min and max: use maximum, "
                                     "minimum, or .detach() the bound")
                out = _clamped(x, nearer(a, b), inside(a, b))
        return out

    # ---- the larger, the smaller, comparisons, yes and no ----

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

    def __eq__(self, other: object) -> Tensor:  # type: ignore[override]
        return self._compare(np.equal, other)

    def __ne__(self, other: object) -> Tensor:  # type: ignore[override]
        return self._compare(np.not_equal, other)

    def __lt__(self, other) -> Tensor:
        return self._compare(np.less, other)

    def __le__(self, other) -> Tensor:
        return self._compare(np.less_equal, other)

    def __gt__(self, other) -> Tensor:
        return self._compare(np.greater, other)

    def __ge__(self, other) -> Tensor:
        return self._compare(np.greater_equal, other)

    def _compare(self, compare: np.ufunc, other) -> Tensor:
        """Booleans, without a gradient; to None and the like no tensor is equal."""
        if not isinstance(other, OPERANDS):
            return NotImplemented
        _, _, a, b = operands(self, other)
        return constant(compare(a, b))

    def __contains__(self, value: Operand) -> bool:
        return bool((self == beside(value, self)).any())

    def __invert__(self) -> Tensor:
        """The opposite of booleans."""
        return self._logical(np.logical_not, self)

    def __and__(self, other: Operand) -> Tensor:
        """Both of two booleans."""
        return self._logical(np.logical_and, self, other)

    def __or__(self, other: Operand) -> Tensor:
        """One of two booleans, or both."""
        return self._logical(np.logical_or, self, other)

    __rand__, __ror__ = __and__, __or__

    def _logical(self, function: np.ufunc, *inputs: Operand) -> Tensor:
        arrays = operands(self, inputs[-1])[2:]
        if any(array.dtype.kind != "b" for array in arrays):
            raise TypeError(f"& | ~ need booleans, as (x > 0) & (y > 0), got "
                            f"{' and '.join(str(array.dtype) for array in arrays)}")
        return constant(function(*arrays[:len(inputs)]))

    # ---- reductions; `keepdim` leaves the axes there, with length 1 ----

    @np.errstate(all="ignore")
    def sum(self, dim: Dim = None, keepdim: bool = False) -> Tensor:
        """The sum; every summand gets the gradient of the sum."""
        over, shape = self._over(dim, keepdim), self.shape
        kind = None if self.dtype.kind == "f" else np.int64
        return record(self.data.sum(axis=over, keepdims=keepdim, dtype=kind),
                      (self, lambda g: np.broadcast_to(_restored(g, over, keepdim), shape)))

    @np.errstate(all="ignore")
    def mean(self, dim: Dim = None, keepdim: bool = False) -> Tensor:
        """The mean of n floats; each gets 1/n of the gradient."""
        if self.dtype.kind != "f":
            raise TypeError(f"the mean is a fraction, and this tensor is {self.dtype}; convert it "
                            f"first, as with .float().mean()")
        over, shape = self._over(dim, keepdim), self.shape
        n = math.prod(shape if over is None else [shape[i] for i in over])
        mean = np.mean if n > 0 else np.sum  # of nothing: NaN, as 0 / 0
        out = mean(self.data, axis=over, keepdims=keepdim)
        return record(out if n > 0 else np.full_like(out, np.nan),
                      (self, lambda g: np.broadcast_to(_restored(g / n, over, keepdim), shape)))

    def amax(self, dim: Dim = None, keepdim: bool = False) -> Tensor:
        """The largest entry; equal ones share its gradient evenly."""
        return self._extreme(np.max, dim, keepdim)

    def amin(self, dim: Dim = None, keepdim: bool = False) -> Tensor:
        """The smallest entry; equal ones share its gradient evenly."""
        return self._extreme(np.min, dim, keepdim)

    def _extreme(self, find: Callable, dim: Dim, keepdim: bool) -> Tensor:
        a, over = self.data, self._over(dim, keepdim, of_some=True)
        extreme = find(a, axis=over, keepdims=True)

        def rule(g: np.ndarray) -> np.ndarray:
            ties = a == extreme
            return _restored(g, over, keepdim) * (ties / ties.sum(axis=over, keepdims=True))

        return record(extreme if keepdim else extreme.squeeze(over), (self, rule))

    def _over(self, dim: Dim, keepdim: bool, of_some: bool = False) -> tuple[int, ...] | None:
        """The axes that go; an error if there must be entries and there are none."""
        checks.flag(keepdim, "keepdim")
        over = axes(dim, self.ndim)
        if of_some and 0 in (self.shape if over is None else [self.shape[i] for i in over]):
            raise ValueError(f"of no entries none is the largest or the smallest: the shape is "
                             f"{self.shape}")
        return over

    def max(self, dim: int | Tensor | None = None, keepdim: bool = False) -> Tensor | Extremes:
        """The largest of all; along an axis the largest and where it is, which gets the gradient.

        Examples
        --------
        >>> tensor([[1.0, 5.0], [7.0, 2.0]]).max(1)
        Extremes(values=tensor([5., 7.]), indices=tensor([1, 0]))
        """
        if isinstance(dim, Tensor):
            return self.maximum(dim)
        return self.amax() if dim is None else self._extremes(self.argmax(dim, True), dim, keepdim)

    def min(self, dim: int | Tensor | None = None, keepdim: bool = False) -> Tensor | Extremes:
        """The smallest of all; along an axis as for `max`."""
        if isinstance(dim, Tensor):
            return self.minimum(dim)
        return self.amin() if dim is None else self._extremes(self.argmin(dim, True), dim, keepdim)

    def _extremes(self, indices: Tensor, dim: int, keepdim: bool) -> Extremes:
        at, shape = indices.data, self.shape

        def rule(g: np.ndarray) -> np.ndarray:
            total = np.zeros(shape, g.dtype)
            np.put_along_axis(total, at, g, dim)
            return total

        values = record(np.take_along_axis(self.data, at, dim), (self, rule))
        return (Extremes(values, indices) if checks.flag(keepdim, "keepdim")
                else Extremes(values.squeeze(dim), indices.squeeze(dim)))

    def argmax(self, dim: int | None = None, keepdim: bool = False) -> Tensor:
        """The position of the largest entry, the first of equals (integers, no gradient)."""
        return self._position(np.argmax, dim, keepdim)

    def argmin(self, dim: int | None = None, keepdim: bool = False) -> Tensor:
        """The position of the smallest entry, the first of equals (integers, no gradient)."""
        return self._position(np.argmin, dim, keepdim)

    def _position(self, find: Callable, dim: int | None, keepdim: bool) -> Tensor:
        if dim is not None:
            dim = axis(dim, self.ndim)
        over = self._over(dim, keepdim, of_some=True)
        return constant(find(self.data, axis=None if over is None else dim, keepdims=keepdim))

    def any(self, dim: Dim = None, keepdim: bool = False) -> Tensor:
        """Whether any entry is not 0."""
        return constant(self.data.any(axis=self._over(dim, keepdim), keepdims=keepdim))

    def all(self, dim: Dim = None, keepdim: bool = False) -> Tensor:
        """Whether no entry is 0."""
        return constant(self.data.all(axis=self._over(dim, keepdim), keepdims=keepdim))

    # ---- moving entries about: the gradient takes the way back ----

    def reshape(self, *shape) -> Tensor:
        """The same entries in another shape, given as numbers or as a tuple; one may be -1."""
        before, wanted = self.shape, lengths(shape, "shape", least=-1)
        known = math.prod(n for n in wanted if n != -1)
        if wanted.count(-1) > 1 or (self.numel() % max(known, 1) if -1 in wanted
                                    else self.numel() != known):
            raise ValueError(f"{self.numel()} entries, in the shape {before}, cannot be laid out "
                             f"as {wanted}")
        return record(self.data.reshape(wanted), (self, lambda g: g.reshape(before)))

    def view(self, *shape) -> Tensor:
        """As `reshape`, and of the same memory; a RuntimeError where that cannot be."""
        out = self.reshape(*shape)
        if not share_memory(out.data, self.data):
            raise RuntimeError("these entries do not lie in memory in the order of the shape "
                               "asked for: use reshape, which copies them")
        return out

    def permute(self, *dims) -> Tensor:
        """The axes in another order, given as numbers or as a tuple."""
        order = [axis(dim, self.ndim) for dim in lengths(dims, "dims", least=-self.ndim)]
        if sorted(order) != list(range(self.ndim)):
            raise ValueError(f"dims must name each of the {self.ndim} axes once, got {dims}")
        back = np.argsort(order).tolist()
        return record(self.data.transpose(order), (self, lambda g: g.transpose(back)))

    @property
    def T(self) -> Tensor:
        """All axes in reverse order: the transpose of a matrix."""
        return self.permute(*reversed(range(self.ndim)))

    def transpose(self, dim0: int, dim1: int) -> Tensor:
        """With two axes swapped."""
        order = list(range(self.ndim))
        i, j = axis(dim0, self.ndim), axis(dim1, self.ndim)
        if order:
            order[i], order[j] = j, i
        return self.permute(order)

    def contiguous(self) -> Tensor:
        """The entries in memory in the order of their indices: itself if they are, else a copy."""
        return self if self.data.flags.c_contiguous else self.clone()

    def flatten(self, start_dim: int = 0, end_dim: int = -1) -> Tensor:
        """The axes from `start_dim` to `end_dim`, both included, laid out as one."""
        shape = self.shape or (1,)
        start, stop = axis(start_dim, self.ndim), axis(end_dim, self.ndim) + 1
        if start >= stop:
            raise ValueError(f"flatten needs start_dim before end_dim, got {start_dim}, {end_dim}")
        return self.reshape(shape[:start] + (math.prod(shape[start:stop]),) + shape[stop:])

    def unsqueeze(self, dim: int) -> Tensor:
        """With a new axis of length 1, to be axis `dim`."""
        at = axis(dim, self.ndim + 1)
        return self.reshape(self.shape[:at] + (1,) + self.shape[at:])

    def squeeze(self, dim: Dim = None) -> Tensor:
        """Without axis `dim` if its length is 1; `None`: without all axes of length 1."""
        over = axes(dim, self.ndim)
        return self.reshape([n for i, n in enumerate(self.shape)
                             if n != 1 or not (over is None or i in over)])

    def __iter__(self) -> Iterator[Tensor]:
        return (self[i] for i in range(len(self)))

    @np.errstate(all="ignore")
    def __getitem__(self, index) -> Tensor:
        """As in NumPy; an entry picked several times adds up what it gets each time."""
        parts, shape = positions(index), self.shape
        adds_up = any(isinstance(part, np.ndarray) and part.ndim > 0 and part.dtype != bool
                      for part in parts)

        def rule(g: np.ndarray) -> np.ndarray:
            total = np.zeros(shape, g.dtype)
            if adds_up:
                np.add.at(total, parts, g)  # positions may repeat: total[parts] += g adds once
            else:
                total[parts] = g
            return total

        return record(self._entries(parts), (self, rule))

    def _entries(self, parts: tuple) -> np.ndarray:
        try:
            return self.data[parts]
        except (IndexError, ValueError, TypeError, OverflowError) as error:
            raise IndexError(
                f"no entries of a tensor of shape {self.shape} are at {checks.brief(parts)}: an "
                f"index is a whole number from -n to n - 1 for an axis of length n, a slice, None, "
                f"..., a list of numbers, or a mask of the same shape") from error

    # ---- in place: the same tensor and the same memory, other values ----

    def add_(self, other: Operand, *, alpha: float = 1) -> Tensor:
        """x += alpha * other.

        Examples
        --------
        >>> x = tensor([1.0, 2.0])
        >>> x.add_(10, alpha=0.5)
        tensor([6., 7.])
        """
        return self._change(Tensor.__add__, self._scaled(other, alpha))

    def sub_(self, other: Operand, *, alpha: float = 1) -> Tensor:
        """x -= alpha * other; infinity less infinity is NaN."""
        return self._change(Tensor.__sub__, self._scaled(other, alpha))

    def _scaled(self, other: Operand, alpha: float) -> Operand:
        return other if checks.number(alpha, "alpha") == 1 else beside(other, self) * alpha

    def mul_(self, other: Operand) -> Tensor:
        """x *= other."""
        return self._change(Tensor.__mul__, other)

    def div_(self, other: Operand) -> Tensor:
        """x /= other."""
        return self._change(Tensor.__truediv__, other)

    def pow_(self, other: Operand) -> Tensor:
        """x **= other."""
        return self._change(Tensor.__pow__, other)

    def __iand__(self, other: Operand) -> Tensor:
        return self._change(Tensor.__and__, other)

    def __ior__(self, other: Operand) -> Tensor:
        return self._change(Tensor.__or__, other)

    __iadd__, __isub__, __imul__, __itruediv__, __ipow__ = add_, sub_, mul_, div_, pow_

    def clamp_(self, min: Operand | None = None, max: Operand | None = None) -> Tensor:
        """Move the entries into [min, max]."""
        return self._change(Tensor.clamp, min, max)

    def copy_(self, other: Operand) -> Tensor:
        """Take over the values of another tensor, in the own dtype."""
        self[...] = other
        return self

    def fill_(self, value: float) -> Tensor:
        """Set every entry to one number."""
        if np.ndim(beside(value, self).data) > 0:
            raise ValueError(f"fill_ needs one number, got {checks.brief(value)}")
        return self.copy_(value)

    def zero_(self) -> Tensor:
        """Set every entry to 0.

        Examples
        --------
        >>> x = tensor([1.0, 2.0])
        >>> row = x[1:]
        >>> x.zero_(), row
        (tensor([0., 0.]), tensor([0.]))
        """
        return self.fill_(0)

    def __setitem__(self, index, value: Operand) -> None:
        """Other values at an index; an IndexError if it does not fit."""
        parts, value = positions(index), beside(value, self)
        wanted = np.shape(self._entries(parts))
        shape = value.shape[max(value.ndim - len(wanted), 0):]
        if value.numel() != math.prod(shape) or any(
                n not in (1, m) for n, m in zip(reversed(shape), reversed(wanted))):
            raise ValueError(f"entries of shape {wanted} are to be set, and the values have the "
                             f"shape {value.shape}")
        value = value.reshape(shape)
        if recording.on and (self._requires_grad or value._requires_grad):
            self._change(lambda x, y: x._replaced(parts, y), value)
        else:
            self._write(parts, value)

    def _replaced(self, parts: tuple, value: Tensor) -> Tensor:
        """A copy with other values at an index; where two of them meet, the later one stays."""
        out, shape = self.data.copy(), self.shape
        out[parts] = converted(value.data, self.dtype)

        def to_self(g: np.ndarray) -> np.ndarray:
            g = g.copy()
            g[parts] = 0
            return g

        def to_value(g: np.ndarray) -> np.ndarray:
            picked = np.asarray(g[parts])
            number, stayed = np.arange(picked.size).reshape(picked.shape), np.zeros(shape, int)
            stayed[parts] = number
            return picked * (stayed[parts] == number)

        return record(out, (self, to_self), (value, to_value))

    def _change(self, operation: Callable[..., Tensor], *others: Operand | None) -> Tensor:
        """Compute operation(self, *others), and write the result over the old values."""
        inputs = [self, *others]
        recorded = recording.on and any(isinstance(x, Tensor) and x._requires_grad for x in inputs)
        if recorded:
            self._check_may_change()
            # Rules keep arrays: here copies of those that are overwritten in a moment.
            inputs = [x.clone() if isinstance(x, Tensor) and share_memory(x.data, self.data) else x
                      for x in inputs]
        result = operation(*inputs)
        if result.shape != self.shape:
            raise ValueError(f"in place the shape stays {self.shape}, and the result has the shape "
                             f"{result.shape}")
        if is_wider(result.dtype, self.dtype):
            raise TypeError(f"in place the dtype stays {self.dtype}, and the result is "
                            f"{result.dtype}: write x = x + y in place of x += y")
        result = result.to(self.dtype)
        self._write((...,), result)
        if recorded and result.grad_fn is not None:
            self.grad_fn, self._requires_grad = result.grad_fn, True
            self.grad_fn.date = clock.now
        return self

    def _check_may_change(self) -> None:
        if self.is_leaf and self._requires_grad:
            raise RuntimeError("a leaf that requires a gradient cannot be changed in place, as its "
                               "gradient would be that of a result: do it within no_grad(), as "
                               "optimisers do, or write y = x + 1")
        if self.is_view:
            raise RuntimeError("this tensor is a view: it shows memory of another one, whose "
                               "history would not know of the change; for x[i] += y write x[i] = "
                               "x[i] + y, for other views change a x.clone()")

    def _write(self, parts: tuple, values: Tensor) -> None:
        if not self.data.flags.writeable:
            raise ValueError("this tensor shows an array that is read-only; change a x.clone()")
        self.data[parts] = converted(values.data, self.dtype)
        mark_written(self.data)

    # ---- other dtypes, the one device (last: from here on `float` means the method) ----

    def to(self, target: DTypeLike | Tensor | None = None, dtype: DTypeLike | None = None, *,
           device: str | None = None) -> Tensor:
        """The same values in another dtype, or on the device "cpu", where they are.

        A tensor as the target stands for its dtype. Integers and booleans end the flow of the
        gradient. A tensor that is as it should be is returned itself.

        Examples
        --------
        >>> tensor([1.9]).to("cpu").to(np.int64)
        tensor([1])
        """
        names_device = isinstance(target, str) and target.split(":")[0] in (
            "cpu", "cuda", "mps", "xpu")
        place = target if names_device else device
        if not (place is None or isinstance(place, str) and place == "cpu"):
            raise RuntimeError(f"minicv computes on the CPU: write device = 'cpu', not "
                               f"{checks.brief(place)}")
        wanted = dtype if names_device or target is None else target
        if wanted is None:
            return self
        out = converted(self.data, wanted.dtype if isinstance(wanted, Tensor) else as_dtype(wanted))
        if out is self.data:
            return self
        return record(out, (self, lambda g: g)) if out.dtype.kind == "f" else constant(out)

    def cpu(self) -> Tensor:
        """This very tensor: it is on the CPU."""
        return self

    def float(self) -> Tensor:
        """The values as float32."""
        return self.to(np.float32)

    def double(self) -> Tensor:
        """The values as float64."""
        return self.to(np.float64)

    def long(self) -> Tensor:
        """The values as int64, without their fractions."""
        return self.to(np.int64)

    def int(self) -> Tensor:
        """The values as int32, without their fractions."""
        return self.to(np.int32)

    def bool(self) -> Tensor:
        """Whether each entry is not 0."""
        return self.to(np.bool_)


class Extremes(NamedTuple):
    """What `max(dim)` and `min(dim)` give: the entries, and their positions along the axis."""

    values: Tensor
    indices: Tensor


OPERANDS = (Tensor, np.ndarray, int, float, np.generic)
REFLECTED = {
    np.add: "__radd__", np.subtract: "__rsub__", np.multiply: "__rmul__",
    np.true_divide: "__rtruediv__", np.power: "__rpow__", np.matmul: "__rmatmul__",
    np.equal: "__eq__", np.not_equal: "__ne__", np.less: "__gt__", np.less_equal: "__ge__",
    np.greater: "__lt__", np.greater_equal: "__le__",
    np.bitwise_and: "__and__", np.bitwise_or: "__or__",
}


def tensor(data: ArrayLike | Tensor, dtype: DTypeLike | None = None,
           requires_grad: bool = False) -> Tensor:
    """A new tensor with a copy of `data`, in `dtype` if one is given.

    Examples
    --------
    >>> tensor([[1, 2], [3, 4]])
    tensor([[1, 2],
            [3, 4]])
    >>> tensor([0.1], dtype=np.float64, requires_grad=True)
    tensor([0.1], dtype=float64, requires_grad=True)
    """
    array = as_array(data, None if dtype is None else as_dtype(dtype))
    return Tensor(np.array(array), requires_grad)


def constant(data: np.ndarray | np.generic) -> Tensor:
    """`Tensor(data)` without checks: most results are made here."""
    out = Tensor.__new__(Tensor)
    out._data = data if type(data) is np.ndarray else np.asarray(data)  # or a scalar
    out.grad_fn = out._grad = None
    out._requires_grad = out.is_view = False
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
        only if its input needs it: put the work for one input into its rule. What NaN in an input
        does to the values is the operation's own business.

    Examples
    --------
    >>> def cube(x):
    ...     a = x.data
    ...     return record(a**3, (x, lambda g: g * 3 * a**2))
    >>> x = tensor(2.0, requires_grad=True)
    >>> cube(x).backward()
    >>> x.grad
    tensor(12.)
    """
    if not isinstance(data, (np.ndarray, np.generic)):
        data = as_array(data)
    out = constant(data)
    values, sources = out._data, []
    if values.dtype.kind not in "fiub":
        raise TypeError(f"record needs an array of numbers, got {checks.brief(data)}")
    try:
        for x, rule in edges:
            if values is x._data or values.base is not None and share_memory(values, x._data):
                out.is_view = True
            if x._requires_grad and recording.on:
                sources.append((x.source(), rule))
    except (AttributeError, TypeError, ValueError):
        raise TypeError(f"record needs pairs (tensor, rule) after the values, got "
                        f"{checks.brief(edges)}") from None
    if sources:
        out.grad_fn = Node(tuple(sources), values)
        out._requires_grad = True
    return out


def operands(x: Operand, y: Operand,
             entry_by_entry: bool = True) -> tuple[Tensor, Tensor, np.ndarray, np.ndarray]:
    """Two operands as tensors, and their values as arrays of one dtype."""
    x, y = beside(x, y), beside(y, x)
    a, b = x.data, y.data
    if a.dtype != b.dtype:
        dtype = common_dtype(a.dtype, b.dtype)
        a, b = a.astype(dtype, copy=False), b.astype(dtype, copy=False)
    if entry_by_entry and a.shape != b.shape:
        check_broadcast(a.shape, b.shape)
    return x, y, a, b


def beside(value: Operand, other: Operand | None = None) -> Tensor:
    """An operand as a tensor; a number takes the dtype of what it stands beside."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, np.ndarray):
        return Tensor(value)
    if not isinstance(value, OPERANDS):
        raise TypeError(f"an operand is a tensor, an array or a number, not a "
                        f"{type(value).__name__}; convert it first, as with tensor(...)")
    return constant(number_beside(value, getattr(other, "dtype", None)))


def positions(index) -> tuple:
    """An index as a tuple for NumPy, in which lists and tensors are arrays.

    With a `...`, for which NumPy gives a view even of a single entry.
    """
    parts = [np.array(checks.as_array(part, "index"), dtype=None if part else int)
             if isinstance(part, list) else part.data if isinstance(part, Tensor) else part
             for part in (index if isinstance(index, tuple) else (index,))]
    if any(isinstance(part, np.ndarray) and part.dtype == np.uint8 for part in parts):
        raise TypeError("an index of uint8 is a mask for PyTorch and a list of numbers for NumPy: "
                        "write .bool() or .long()")
    return tuple(parts) if any(part is ... for part in parts) else (*parts, ...)


def _sigmoid(a: np.ndarray) -> np.ndarray:
    """1 / (1 + e^-a), or e^a / (1 + e^a) for a < 0: no exponential overflows."""
    e = np.exp(-np.abs(a))
    one = np.ones_like(e)  # in the dtype of e: NumPy 1.26 widens a single float32 beside a plain 1
    return np.where(a >= 0, one, e) / (one + e)


def _clamped(x: Tensor, values: np.ndarray, inside: np.ndarray) -> Tensor:
    return record(values, (x, lambda g: g * inside))


def _share(larger: np.ndarray, smaller: np.ndarray) -> np.ndarray:
    """Who gets the gradient: 1 where the first is larger, 0 where it is not, 1/2 at a tie."""
    return np.where(larger == smaller, 0.5, larger > smaller)


def _restored(g: np.ndarray, over: tuple[int, ...] | None, keepdim: bool) -> np.ndarray:
    """The gradient of a reduced result with the axes that are gone put back, of length 1."""
    return g if keepdim or over is None else np.expand_dims(g, over)
