"""Modules: functions that own the numbers they learn.

A layer is a function with parameters.  A network is a layer made of layers.  One class, `Module`,
serves for both, and does three things for all of them:

1. It *finds* the parameters, its own and those of the layers inside.  An optimiser asks for them
   with `parameters()`.
2. It *names* them: the weight of layer 0 inside layer "body" is "body.0.weight".  The dictionary
   from names to values, `state_dict()`, is what gets saved and loaded: the program makes the
   network, the file fills it in.
3. It *switches* between training and use, for layers that behave differently in the two.

A module finds what belongs to it by looking through its own attributes.  There is no registration,
and nothing happens behind an assignment.

Names, arguments and results are PyTorch's (`torch.nn`).  What differs, on purpose:

- `state_dict()` gives *copies*, as arrays: a snapshot that stays as it is while training goes on.
- A list of layers as an attribute is an error; PyTorch overlooks its parameters in silence.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np

from minicv.autograd import Tensor
from minicv.files import load_npz, save_npz


class Parameter(Tensor):
    """A tensor to learn: as an attribute of a module it is found by `parameters()`.

    With `requires_grad=False` it is saved with the network but not trained.
    """

    def __init__(self, data, requires_grad: bool = True):
        super().__init__(data, requires_grad)

    def __repr__(self) -> str:
        return f"Parameter containing:\n{super().__repr__()}"


def forget_gradients(tensors: Iterable[Tensor], set_to_none: bool = True) -> None:
    """Set the gradients to None, or existing ones to zeros."""
    for tensor in tensors:
        keep = tensor.grad is not None and not set_to_none
        tensor.grad = Tensor(np.zeros_like(tensor.data)) if keep else None


class LoadResult(NamedTuple):
    """The names without a partner that `load_state_dict(..., strict=False)` passed over."""

    missing_keys: list[str]
    unexpected_keys: list[str]


class Module:
    """A function with parameters. Subclasses create them in `__init__` and write `forward`.

    Attributes
    ----------
    training : bool
        Whether the module is being trained or used; see `train` and `eval`.
    """

    training = True

    def forward(self, *inputs):
        """Compute the outputs from the inputs. Written by the subclass, called by `module(...)`."""
        raise NotImplementedError(f"{type(self).__name__} has no forward(): write a method that "
                                  f"computes its output, def forward(self, x): ...")

    def __call__(self, *inputs, **options):
        return self.forward(*inputs, **options)

    # ---- finding what is inside -----------------------------------------------------------------

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules that are attributes of this one, with the attributes' names, in order.

        A TypeError, if an attribute is a list, tuple or dictionary of modules or parameters: those
        inside would be neither trained nor saved.
        """
        for name, value in vars(self).items():
            if isinstance(value, Module):
                yield name, value
            elif isinstance(value, (list, tuple, dict)):
                entries = value.values() if isinstance(value, dict) else value
                if any(isinstance(entry, (Module, Parameter)) for entry in entries):
                    raise TypeError(
                        f"{type(self).__name__}.{name} is a {type(value).__name__} of layers, "
                        f"where their parameters are not found: use nn.Sequential(*layers), or "
                        f"one attribute for each")

    def children(self) -> Iterator[Module]:
        """The modules that are attributes of this one."""
        for _, child in self.named_children():
            yield child

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Module]]:
        """This module and all below it, each before its children. One used twice comes twice."""
        yield prefix, self
        for name, child in self.named_children():
            yield from child.named_modules(f"{prefix}.{name}" if prefix else name)

    def modules(self) -> Iterator[Module]:
        """This module and all below it, each one once."""
        seen = set()
        for _, module in self.named_modules():
            if id(module) not in seen:
                seen.add(id(module))
                yield module

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """All parameters with their names, as "0.weight". One that is used twice comes once."""
        seen = set()
        for prefix, module in self.named_modules():
            for name, value in vars(module).items():
                if isinstance(value, Parameter) and id(value) not in seen:
                    seen.add(id(value))
                    yield f"{prefix}.{name}" if prefix else name, value

    def parameters(self) -> Iterator[Parameter]:
        """All parameters: what an optimiser is to update."""
        for _, parameter in self.named_parameters():
            yield parameter

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
            Names are missing or unexpected (if `strict`), or a value has the wrong shape or does
            not hold real numbers. The message lists them all, and nothing was changed.
        """
        parameters = dict(self.named_parameters())
        values = {name: value.data if isinstance(value, Tensor) else np.asarray(value)
                  for name, value in state_dict.items()}
        missing = [name for name in parameters if name not in values]
        unexpected = [name for name in values if name not in parameters]
        known = [name for name in parameters if name in values]
        faults = [f"wrong shape: {name} is {values[name].shape} in the state dict and "
                  f"{parameters[name].shape} in the module"
                  for name in known if values[name].shape != parameters[name].shape]
        faults += [f"not real numbers: {name} is {values[name].dtype}"
                   for name in known if values[name].dtype.kind not in "fiub"]
        if strict and missing:
            faults.append(f"missing: {', '.join(missing)}")
        if strict and unexpected:
            faults.append(f"unexpected: {', '.join(unexpected)}")
        if faults:
            raise ValueError(f"the state dict does not fit {type(self).__name__} "
                             f"(nothing was loaded):\n  " + "\n  ".join(faults))
        for name in known:
            parameters[name].data[...] = values[name]
        return LoadResult(missing, unexpected)

    # ---- training and use -----------------------------------------------------------------------

    def train(self, mode: bool = True) -> Module:
        """Switch this module and all below it to training (or to use); returns the module."""
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Module:
        """Switch this module and all below it to use; returns the module."""
        return self.train(False)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters: None, or zeros; see `Optimizer.zero_grad`."""
        forget_gradients(self.parameters(), set_to_none)

    # ---- showing it -----------------------------------------------------------------------------

    def extra_repr(self) -> str:
        """What `repr` shows between the parentheses; for subclasses to write."""
        return ""

    def __repr__(self) -> str:
        extra = self.extra_repr()
        children = [f"({name}): {child!r}".replace("\n", "\n  ")
                    for name, child in self.named_children()]
        if not children:
            return f"{type(self).__name__}({extra})"
        lines = [extra, *children] if extra else children
        return "\n  ".join([f"{type(self).__name__}(", *lines]) + "\n)"


# ---- state dicts in files ------------------------------------------------------------------------


def save(state_dict: Mapping[str, np.ndarray], path: str | os.PathLike) -> None:
    """Write a state dict to an `.npz` file, whole or not at all.

    Parameters
    ----------
    state_dict : dict from names to arrays or tensors
        As from `module.state_dict()`.
    path : str or path
        The file, which usually ends in `.npz`. An old one is replaced when the new one is whole.

    Raises
    ------
    TypeError
        Not a dictionary, or an entry is not an array of numbers, booleans or text.

    Examples
    --------
    >>> import os, tempfile
    >>> from minicv.nn import MLP
    >>> path = os.path.join(tempfile.mkdtemp(), "network.npz")
    >>> network = MLP(3, 64, 1)
    >>> save(network.state_dict(), path)
    >>> network.load_state_dict(load(path))
    LoadResult(missing_keys=[], unexpected_keys=[])
    """
    if not isinstance(state_dict, Mapping):
        raise TypeError(f"save takes a state dict, not a {type(state_dict).__name__}: "
                        f"for a module, write save(module.state_dict(), path)")
    save_npz(path, {name: value.data if isinstance(value, Tensor) else value
                    for name, value in state_dict.items()})


def load(path: str | os.PathLike) -> dict[str, np.ndarray]:
    """Read a state dict that `save` wrote. No code that a file may hold is ever run.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    ValueError
        The file is not an `.npz` archive, is damaged, or holds pickled objects.
    """
    return load_npz(path)
