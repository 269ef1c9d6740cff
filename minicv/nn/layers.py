"""Layers: the modules that networks are made of.

>>> class TwoLayers(Module):
...     def __init__(self):
...         self.hidden = Linear(3, 64)
...         self.relu = ReLU()
...         self.out = Linear(64, 1)
...     def forward(self, points):
...         return self.out(self.relu(self.hidden(points)))
>>> network = TwoLayers()
>>> network
TwoLayers(
  (hidden): Linear(in_features=3, out_features=64, bias=True)
  (relu): ReLU()
  (out): Linear(in_features=64, out_features=1, bias=True)
)

Names, arguments and results are PyTorch's (`torch.nn`).  What differs, on purpose: random weights
come from a `rng` that is passed in, not from a global seed.

Exercise 2.1b, the occupancy network, is an `MLP(3, 64, 64, 64, 64, 64, 1)`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import DTypeLike

from minicv import checks
from minicv.autograd import Tensor, linear
from minicv.nn.inputs import float_dtype, given, require_room
from minicv.nn.modules import Module, Parameter


class Linear(Module):
    """The fully connected layer y = x W^T + b: each output is a weighted sum of all inputs.

    Parameters
    ----------
    in_features, out_features : int
        The numbers of inputs n and outputs m.
    bias : bool
        Whether to add b.
    rng : numpy.random.Generator, int or None
        Where the random weights come from.
    dtype : dtype
        Of the weights, and so of the inputs.

    Attributes
    ----------
    weight : Parameter (out_features, in_features)
        A row for each output.
    bias : Parameter (out_features,), or None

    Notes
    -----
    *The first weights* are random, or all outputs would compute the same for ever.  Sums of n
    inputs with weights of variance 2/n would keep the signal's size behind a ReLU (He et al.,
    "Delving deep into rectifiers", 2015).  PyTorch draws weights and bias from U(-1/sqrt(n),
    1/sqrt(n)), of variance 1 / (3 n), and so do we: the same recipe trains the same network.

    Examples
    --------
    >>> layer = Linear(3, 2, rng=0)
    >>> layer(Tensor(np.zeros((5, 3), np.float32))).shape
    (5, 2)
    """

    weight: Parameter
    bias: Parameter | None

    def __init__(self, in_features: int, out_features: int, bias: bool = True, *,
                 rng: np.random.Generator | int | None = None, dtype: DTypeLike = np.float32):
        self.in_features = checks.whole(in_features, "in_features", least=1)
        self.out_features = checks.whole(out_features, "out_features", least=1)
        set_first_values(self, (self.out_features, self.in_features), bias, rng, dtype)

    def forward(self, x: Tensor) -> Tensor:
        """(..., in_features) to (..., out_features)."""
        return linear(given(x, floats=False), self.weight, self.bias)

    def extra_repr(self) -> str:
        return (f"in_features={self.in_features}, out_features={self.out_features}, "
                f"bias={self.bias is not None}")


def set_first_values(layer: Module, shape: tuple[int, ...], bias: bool,
                     rng: np.random.Generator | int | None, dtype: DTypeLike) -> None:
    """Give a layer its weights of this shape, (outputs, inputs of one), and its bias."""
    require_room(shape, "weights", shape)
    rng, dtype = checks.generator(rng), float_dtype(dtype)
    bound = 1 / math.sqrt(math.prod(shape[1:]))
    layer.weight = Parameter(rng.uniform(-bound, bound, shape).astype(dtype))
    layer.bias = Parameter(np.zeros(shape[0], dtype))  # so that the name is a parameter's
    layer.bias = (Parameter(rng.uniform(-bound, bound, shape[0]).astype(dtype))
                  if checks.flag(bias, "bias") else None)


def relu(input: Tensor) -> Tensor:
    """max(x, 0), entry by entry.

    >>> relu(Tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """
    return given(input, floats=False).relu()


def sigmoid(input: Tensor) -> Tensor:
    """1 / (1 + e^-x), entry by entry: from a logit to a probability.

    >>> sigmoid(Tensor([0.0, 100.0]))
    tensor([0.5, 1. ])
    """
    return given(input).sigmoid()


class ReLU(Module):
    """`relu` as a module: the kink that makes a network more than one linear function.

    >>> ReLU()(Tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """

    def forward(self, x: Tensor) -> Tensor:
        return relu(x)


class Sigmoid(Module):
    """`sigmoid` as a module.

    >>> Sigmoid()(Tensor([0.0]))
    tensor([0.5])
    """

    def forward(self, x: Tensor) -> Tensor:
        return sigmoid(x)


class Flatten(Module):
    """The axes `start_dim` to `end_dim`, both included, laid out as one.

    Examples
    --------
    >>> images = Tensor(np.zeros((8, 3, 32, 32), np.float32))
    >>> Flatten()(images).shape
    (8, 3072)
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1):
        self.start_dim = checks.whole(start_dim, "start_dim")
        self.end_dim = checks.whole(end_dim, "end_dim")

    def forward(self, x: Tensor) -> Tensor:
        return given(x, floats=False).flatten(self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class _Layers(Module):
    """Modules under the names "0", "1", ...: what `ModuleList` and `Sequential` share."""

    def append(self, module: Module) -> _Layers:
        """Add a module at the end; returns the list."""
        position = len(self)
        checks.instance(module, f"layer {position}", Module,
                        hint="of a list of layers, write Sequential(*layers)"
                        if isinstance(module, (list, tuple)) else "")
        setattr(self, str(position), module)
        return self

    def extend(self, modules: Iterable[Module]) -> _Layers:
        """Add several modules at the end; returns the list."""
        for module in checks.several(modules, "modules"):
            self.append(module)
        return self

    def __iter__(self) -> Iterator[Module]:
        return (value for _, value in self.members() if isinstance(value, Module))

    def __len__(self) -> int:
        return len(list(iter(self)))

    def __getitem__(self, index: int | slice) -> Module:
        layers = list(self)
        if isinstance(index, slice):
            kind = ModuleList if isinstance(self, ModuleList) else Sequential
            return kind().extend(layers[index])
        index = checks.whole(index, "index")
        if not -len(layers) <= index < len(layers):
            raise IndexError(f"there are {len(layers)} layers, from 0 on, and no layer {index}")
        return layers[index]


class ModuleList(_Layers):
    """Layers in a list, where their parameters are found; how they are called is up to you.

    Their names are "0", "1", ...  A slice is a list of the same layers, not of copies.

    Examples
    --------
    >>> layers = ModuleList([Linear(3, 64)]).append(Linear(64, 1))
    >>> len(layers), layers[-1]
    (2, Linear(in_features=64, out_features=1, bias=True))
    >>> x = Tensor(np.zeros((5, 3), np.float32))
    >>> for layer in layers:
    ...     x = layer(x)
    >>> x.shape
    (5, 1)
    """

    def __init__(self, modules: Iterable[Module] = ()):
        self.extend(modules)


class Sequential(_Layers):
    """Layers one after the other; their names are "0", "1", ...

    Can be indexed, sliced, counted with `len` and looped over, as `ModuleList`.

    Examples
    --------
    >>> network = Sequential(Linear(3, 64), ReLU(), Linear(64, 1))
    >>> network[0], len(network)
    (Linear(in_features=3, out_features=64, bias=True), 3)
    >>> network(Tensor(np.zeros((5, 3), np.float32))).shape
    (5, 1)
    """

    def __init__(self, *layers: Module):
        self.extend(layers)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self:
            x = layer(x)
        return x


class MLP(Sequential):
    """The multi-layer perceptron: linear layers with a ReLU between each two.

    Parameters
    ----------
    sizes : int
        The number of inputs, then the width of each hidden layer, then the number of outputs.
    rng, dtype
        As for `Linear`.

    Examples
    --------
    >>> MLP(3, 64, 64, 1)
    MLP(
      (0): Linear(in_features=3, out_features=64, bias=True)
      (1): ReLU()
      (2): Linear(in_features=64, out_features=64, bias=True)
      (3): ReLU()
      (4): Linear(in_features=64, out_features=1, bias=True)
    )
    """

    def __init__(self, *sizes: int, rng: np.random.Generator | int | None = None,
                 dtype: DTypeLike = np.float32):
        if len(sizes) < 2:
            raise ValueError(f"an MLP needs its numbers of inputs and outputs, got {sizes}")
        rng = checks.generator(rng)
        layers: list[Module] = []
        for n_in, n_out in zip(sizes, sizes[1:]):
            layers += [Linear(n_in, n_out, rng=rng, dtype=dtype), ReLU()]
        super().__init__(*layers[:-1])
