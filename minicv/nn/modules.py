"""Modules: functions that own the numbers they learn.

A layer is a function with parameters.  A network is a layer made of layers.  One class, `Module`,
serves for both, and does three things for all of them:

1. It *finds* the parameters, its own and those of the layers inside.  An optimiser asks for them
   with `parameters()`.
2. It *names* them: the weight of layer 0 inside layer "body" is "body.0.weight".  The dictionary
   from names to values, `state_dict()`, is what gets saved and loaded: the program makes the
   network, the file fills it in.
3. It *switches* between training and use, for layers that behave differently in the two.

An attribute that is a parameter or a module belongs to it from then on; `super().__init__()` need
not be called.  Where a parameter stood, nothing but a parameter or None may follow: the optimiser
would go on moving what the network has lost.

Names, arguments and results are PyTorch's (`torch.nn`).  What differs, on purpose:

- `state_dict()` gives *copies*, as arrays: a snapshot that stays as it is while training goes on.
- A list of layers as an attribute is an error; PyTorch overlooks its parameters in silence.
- There are no buffers: what is saved but not learned is a `Parameter(values, requires_grad=False)`.
- A parameter with two names is saved under the first; PyTorch saves it under both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import DTypeLike

from minicv import checks
from minicv.autograd import Tensor
from minicv.autograd.checking import call
from minicv.autograd.memory import mark_written
from minicv.nn.advice import fail_absent
from minicv.nn.inputs import float_dtype
from minicv.nn.saving import LoadResult, matched

T = TypeVar("T")


class Parameter(Tensor):
    """A tensor to learn: as an attribute of a module it is found by `parameters()`.

    With `requires_grad=False` it is saved with the network but not trained.

    Examples
    --------
    >>> Parameter([1.0, 2.0])
    Parameter containing:
    tensor([1., 2.], requires_grad=True)
    """

    def __init__(self, data, requires_grad: bool = True):
        super().__init__(data, requires_grad)

    def __repr__(self) -> str:
        return f"Parameter containing:\n{super().__repr__()}"


def forget_gradients(tensors: Iterable[Tensor], set_to_none: bool = True) -> None:
    """Set the gradients to None, or existing ones to zeros."""
    checks.flag(set_to_none, "set_to_none")
    for tensor in tensors:
        if tensor.grad is not None:
            tensor.grad = None if set_to_none else tensor.grad.zero_()


class Module:
    """A function with parameters. Subclasses create them in `__init__` and write `forward`.

    Attributes
    ----------
    training : bool
        Whether the module is being trained or used; see `train` and `eval`.

    Examples
    --------
    >>> class Scale(Module):
    ...     def __init__(self):
    ...         self.factor = Parameter([2.0])
    ...     def forward(self, x):
    ...         return x * self.factor
    >>> Scale()(Tensor([1.0, 3.0]))
    tensor([2., 6.], requires_grad=True)
    """

    training: bool
    _kinds: dict[str, type]  # which attributes have held a parameter, and which a module

    def __new__(cls, *arguments: object, **options: object):
        self = super().__new__(cls)
        vars(self).update(training=True, _kinds={})
        return self

    def forward(self, *inputs):
        """Compute the outputs from the inputs. Written by the subclass, called by `module(...)`."""
        raise NotImplementedError(f"{type(self).__name__} has no forward(self, x): write it")

    def __call__(self, *inputs, **options):
        return call(self.forward, "other inputs than forward takes", *inputs, **options)

    # ---- attributes -----------------------------------------------------------------------------

    def __setattr__(self, name: str, value: object) -> None:
        """Set an attribute; a TypeError, if a parameter or module would be lost by it."""
        kind = next((kind for kind in (Parameter, Module) if isinstance(value, kind)), None)
        before = self._kinds.get(name)
        if before is not None and value is not None and kind not in (Parameter, before):
            advice = f", or write into .{name}.data" if before is Parameter else ""
            raise TypeError(f"cannot assign a {type(value).__name__} to {type(self).__name__}."
                            f"{name}, which is a {before.__name__}: assign one, or None{advice}")
        if kind is not None and kind is not before:
            self._kinds.pop(name, None)
            self._kinds[name] = kind  # what is new comes last, as in PyTorch
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        super().__delattr__(name)
        self._kinds.pop(name, None)

    if not TYPE_CHECKING:
        def __getattr__(self, name):
            fail_absent(self, f"{type(self).__name__!r} object", name)

    # ---- finding what is inside -----------------------------------------------------------------

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules that are attributes of this one, with the attributes' names, each one once.

        A TypeError, if an attribute is a list, tuple or dictionary of modules or parameters: those
        inside would be neither trained nor saved.
        """
        for name, value in vars(self).items():
            if _hides_modules(value):
                raise TypeError(f"layers inside of {type(self).__name__}.{name} are not found: use "
                                f"nn.ModuleList, nn.Sequential, or one attribute for each")
        return _each_once((name, value) for name, value in self.members()
                          if isinstance(value, Module))

    def children(self) -> Iterator[Module]:
        """The modules that are attributes of this one."""
        return (child for _, child in self.named_children())

    def named_modules(self, *, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """This module and all below it with their names, each one once and before its children."""
        return self._walk(checks.instance(prefix, "prefix", str), set())

    def _walk(self, prefix: str, seen: set[int]) -> Iterator[tuple[str, Module]]:
        if id(self) not in seen:
            seen.add(id(self))
            yield prefix, self
            for name, child in self.named_children():
                yield from child._walk(f"{prefix}.{name}" if prefix else name, seen)

    def modules(self) -> Iterator[Module]:
        """This module and all below it, each one once."""
        return (module for _, module in self.named_modules())

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """All parameters with their names, as "0.weight". One that is used twice comes once."""
        return _each_once((f"{prefix}.{name}" if prefix else name, value)
                          for prefix, module in self.named_modules()
                          for name, value in module.members() if isinstance(value, Parameter))

    def parameters(self) -> Iterator[Parameter]:
        """All parameters: what an optimiser is to update."""
        return (parameter for _, parameter in self.named_parameters())

    def members(self) -> Iterator[tuple[str, Module | Parameter]]:
        """The modules and parameters among the attributes, in order; one used twice comes twice."""
        for name in self._kinds:
            value = getattr(self, name)
            if value is not None:
                yield name, value

    # ---- saving and loading ---------------------------------------------------------------------

    def state_dict(self) -> dict[str, np.ndarray]:
        """A snapshot of all parameters: their names, and copies of their values.

        Examples
        --------
        >>> from minicv.nn import MLP
        >>> {name: value.shape for name, value in MLP(3, 8, 1).state_dict().items()}
        {'0.weight': (8, 3), '0.bias': (8,), '2.weight': (1, 8), '2.bias': (1,)}
        """
        return {name: parameter.data.copy() for name, parameter in self.named_parameters()}

    def load_state_dict(self, state_dict: Mapping[str, np.ndarray],
                        strict: bool = True) -> LoadResult:
        """Overwrite the parameters with the values of a state dict, all of them or none.

        Parameters
        ----------
        state_dict : dict from names to arrays or tensors
            As from `state_dict()` or `load`. The values are copied, in the parameters' dtype.
        strict : bool
            Insist that the names are exactly those of this module. If False, parameters whose names
            are missing stay as they are, and entries that have no parameter are ignored.

        Returns
        -------
        LoadResult
            The names that were missing and those that were ignored.

        Raises
        ------
        ValueError
            Something does not fit. The message lists all of it, and nothing was changed.
        """
        checks.flag(strict, "strict")
        parameters = dict(self.named_parameters())
        values, result = matched(state_dict, parameters, strict, type(self).__name__)
        for name, value in values.items():
            parameters[name].data[...] = value
            mark_written(parameters[name].data)
        return result

    # ---- training and use -----------------------------------------------------------------------

    def train(self, mode: bool = True) -> Module:
        """Switch this module and all below it to training (or to use); returns the module."""
        for module in self.modules():
            module.training = checks.flag(mode, "mode")
        return self

    def eval(self) -> Module:
        """Switch this module and all below it to use; returns the module."""
        return self.train(False)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters: None, or zeros; see `Optimizer.zero_grad`."""
        forget_gradients(self.parameters(), set_to_none)

    def to(self, dtype: DTypeLike) -> Module:
        """Change all parameters of floats, and gradients, to another dtype; returns the module.

        The device "cpu" is taken as well, and changes nothing: there is no other.

        >>> Module().to("cpu").to(np.float64)
        Module()
        """
        if isinstance(dtype, str) and dtype.startswith(("cpu", "cuda", "mps")):
            if dtype != "cpu":
                raise ValueError(f"minicv computes on the CPU alone: leave .to({dtype!r}) out")
            return self
        dtype = float_dtype(dtype)
        for parameter in self.parameters():
            if parameter.dtype.kind != "f":
                continue  # what only counts is no weight
            gradient, parameter.grad = parameter.grad, None
            parameter.data = parameter.detach().to(dtype)
            parameter.grad = None if gradient is None else gradient.to(dtype)
        return self

    def cpu(self) -> Module:
        """The module itself."""
        return self

    def float(self) -> Module:
        """All parameters as float32; returns the module."""
        return self.to(np.float32)

    def double(self) -> Module:
        """All parameters as float64; returns the module."""
        return self.to(np.float64)

    # ---- showing it -----------------------------------------------------------------------------

    def extra_repr(self) -> str:
        """What `repr` shows between the parentheses; for subclasses to write."""
        return ""

    def __repr__(self) -> str:
        extra = self.extra_repr()
        children = [f"\n({name}): {child!r}".replace("\n", "\n  ")
                    for name, child in self.members() if isinstance(child, Module)]
        lines = [f"\n  {extra}" if extra and children else extra, *children]
        return f"{type(self).__name__}({''.join(lines)}" + ("\n)" if children else ")")


def count_parameters(model: Module) -> int:
    """How many numbers a network has to learn; what layers share counts once.

    >>> from minicv.nn.layers import Linear, ReLU, Sequential
    >>> layer = Linear(1024, 256)
    >>> count_parameters(layer), count_parameters(Sequential(layer, ReLU(), layer))
    (262400, 262400)
    """
    checks.instance(model, "model", Module)
    return sum(parameter.numel() for parameter in model.parameters())


def _each_once(named: Iterable[tuple[str, T]]) -> Iterator[tuple[str, T]]:
    seen = set()
    for name, value in named:
        if id(value) not in seen:
            seen.add(id(value))
            yield name, value


def _hides_modules(value: object) -> bool:
    """Whether it is a list, tuple or dictionary with a module or parameter in it."""
    entries = list(value.values()) if isinstance(value, dict) else value
    return isinstance(entries, (list, tuple)) and any(
        isinstance(entry, (Module, Parameter)) or _hides_modules(entry) for entry in entries)
