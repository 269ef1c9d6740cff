"""The tensor: an array that collects derivatives.

Here stand how one is made, its gradient, `backward`, and its dtype.  What one can do with it comes
from the classes below it, one file each: `shapes`, `arithmetic`, `functions`, `reductions`,
`in_place`; and `recording` tells how a result knows what it was computed from.

>>> x = tensor([[1.0, 2.0], [3.0, 4.0]])
>>> x.data = np.ones(3)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from minicv import checks
from minicv.autograd.advice import MISSING_IN_TENSOR, advise
from minicv.autograd.graph import walk_back
from minicv.autograd.in_place import InPlace
from minicv.autograd.memory import mark_written
from minicv.autograd.recording import Operand, constant, record
from minicv.autograd.values import Values, as_array, as_operand, converted


class Tensor(InPlace):
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

    __slots__ = ()
    _grad: Tensor | None

    def __init__(self, data: ArrayLike | Values, requires_grad: bool = False):
        self._data = as_array(data)
        self.grad_fn = self._grad = None
        self.is_view = False
        self.requires_grad = requires_grad

    def __getattr__(self, name: str):
        raise AttributeError(f"a tensor has no {name!r}{advise(name, MISSING_IN_TENSOR)}")

    def __reduce_ex__(self, protocol):
        """How `copy.deepcopy` and pickle take it apart."""
        if not self.is_leaf:
            raise RuntimeError("only leaves can be copied or pickled: use .clone() or .detach()")
        return super().__reduce_ex__(checks.whole(protocol, "protocol", least=2, most=5))

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
            raise TypeError(f"only floats can require a gradient, not {self.dtype}: use .float()")
        if not value and not self.is_leaf:
            raise RuntimeError("a result hands its gradient on: use .detach() to cut it off")
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
            raise RuntimeError("nothing to differentiate: no input requires a gradient, or all "
                               "was computed within no_grad()")
        if gradient is None and self.numel() != 1:
            raise RuntimeError(f"backward() starts at one number, and the shape is {self.shape}: "
                               "reduce it, as with .mean(), or write backward(gradient)")
        g = np.ones_like(self.data) if gradient is None else as_array(gradient, self.dtype)
        if g.shape != self.shape:
            raise ValueError(f"the gradient has shape {g.shape}, and its tensor {self.shape}")
        arrived = walk_back(self.source(), g, checks.flag(retain_graph, "retain_graph"))
        for leaf, g in arrived:
            assert isinstance(leaf, Tensor)
            leaf._collect(g)

    def _collect(self, g: np.ndarray) -> None:
        if self._grad is None:
            self._grad = constant(self, g.copy())  # other tensors may have got the same array
        else:
            self._grad._data += g
            mark_written(self._grad._data)

    def detach(self) -> Tensor:
        """The same values, shared, but cut off from the graph: a constant."""
        return constant(self, self._data)

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
        if isinstance(target, str) and target.split(":")[0] in ("cpu", "cuda", "mps", "xpu"):
            target, device = None, target
        if device is not None and not (isinstance(device, str) and device == "cpu"):
            raise RuntimeError(f"minicv computes on the CPU, not on {checks.brief(device)}")
        wanted = dtype if target is None else target
        if wanted is None:
            return self
        out = converted(self._data, wanted.dtype if isinstance(wanted, Tensor) else wanted)
        if out is self._data:
            return self
        return (record(out, (self, lambda g: g)) if out.dtype.kind == "f" else constant(self, out))

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


Tensor._plain = Tensor  # what operations make, of subclasses as well


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
    return Tensor(np.array(as_array(data, dtype)), requires_grad)


def operand(value: Operand, other: object = None) -> Tensor:
    """An operand as a tensor; a number takes the dtype of what it stands beside."""
    if isinstance(value, Tensor):
        return value
    return Tensor(as_operand(value, getattr(other, "dtype", None)))
