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
>>> [name for name, _ in network.named_parameters()]
['hidden.weight', 'hidden.bias', 'out.weight', 'out.bias']

Names, arguments and results are PyTorch's (`torch.nn`).  What differs, on purpose: random weights
come from a `rng` that is passed in, not from a global seed.

Exercise 2.1b, the occupancy network, is an `MLP(3, 64, 64, 64, 64, 64, 1)`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from minicv.autograd import Tensor, linear
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

    Raises
    ------
    ValueError
        Fewer than one input or output; in `forward`, the last axis of x is not n long.
    TypeError
        In `forward`, x has another dtype than the weights.

    Notes
    -----
    *The first weights* are random, or all outputs would compute the same for ever.  Their size
    matters too: if the n inputs have mean square q, a sum with independent weights of variance v
    has mean square n v q, and a ReLU leaves half of it.  So v = 2/n keeps the signal alive from
    layer to layer (He et al., "Delving deep into rectifiers", 2015, section 2.2).

    PyTorch draws weights and bias from U(-1/sqrt(n), 1/sqrt(n)), as Lua Torch did (after LeCun et
    al., "Efficient backprop", 1998).  That has v = 1 / (3 n); `kaiming_uniform(a=sqrt(5))` is its
    new name for the weights.  We do the same, so that the same recipe trains the same network.

    Examples
    --------
    >>> layer = Linear(3, 2, rng=0)
    >>> layer(Tensor(np.zeros((5, 3), np.float32))).shape
    (5, 2)
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True, *,
                 rng: np.random.Generator | int | None = None, dtype=np.float32):
        if in_features < 1 or out_features < 1:
            raise ValueError(f"Linear needs at least one input and one output, "
                             f"got in_features={in_features}, out_features={out_features}")
        self.in_features = in_features
        self.out_features = out_features
        rng = np.random.default_rng(rng)
        self.weight = first_values((out_features, in_features), in_features, rng, dtype)
        self.bias = first_values((out_features,), in_features, rng, dtype) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        """(..., in_features) to (..., out_features)."""
        return linear(x, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (f"in_features={self.in_features}, out_features={self.out_features}, "
                f"bias={self.bias is not None}")


def first_values(shape: tuple[int, ...], n_inputs: int, rng: np.random.Generator,
                 dtype) -> Parameter:
    """Random values for a parameter of a layer whose outputs are sums of `n_inputs` inputs."""
    bound = 1 / math.sqrt(n_inputs)
    return Parameter(rng.uniform(-bound, bound, shape).astype(dtype))


class ReLU(Module):
    """max(x, 0), entry by entry: the kink that makes a network more than one linear function."""

    def forward(self, x: Tensor) -> Tensor:
        return x.relu()


class Sigmoid(Module):
    """1 / (1 + e^-x), entry by entry: from a logit to a probability."""

    def forward(self, x: Tensor) -> Tensor:
        return x.sigmoid()


class Flatten(Module):
    """The axes `start_dim` to `end_dim`, both included, laid out as one.

    Examples
    --------
    >>> images = Tensor(np.zeros((8, 3, 32, 32), np.float32))
    >>> Flatten()(images).shape
    (8, 3072)
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1):
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, x: Tensor) -> Tensor:
        return x.flatten(self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Sequential(Module):
    """Layers one after the other; their names are "0", "1", ...

    Can be indexed (a slice is a Sequential of the same layers, not of copies), counted with `len`
    and looped over.

    Raises
    ------
    TypeError
        Something is not a module.

    Examples
    --------
    >>> network = Sequential(Linear(3, 64), ReLU(), Linear(64, 1))
    >>> network[0], len(network)
    (Linear(in_features=3, out_features=64, bias=True), 3)
    """

    def __init__(self, *layers: Module):
        for position, layer in enumerate(layers):
            if not isinstance(layer, Module):
                hint = "; write Sequential(*layers)" if isinstance(layer, (list, tuple)) else ""
                raise TypeError(f"Sequential takes modules, and number {position} is a "
                                f"{type(layer).__name__}{hint}")
            setattr(self, str(position), layer)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.children():
            x = layer(x)
        return x

    def __iter__(self) -> Iterator[Module]:
        return self.children()

    def __len__(self) -> int:
        return len(list(self.children()))

    def __getitem__(self, index: int | slice) -> Module:
        layers = list(self.children())
        return Sequential(*layers[index]) if isinstance(index, slice) else layers[index]


class MLP(Sequential):
    """The multi-layer perceptron: linear layers with a ReLU between each two.

    Parameters
    ----------
    sizes : int
        The number of inputs, then the width of each hidden layer, then the number of outputs.
    rng, dtype
        As for `Linear`.

    Raises
    ------
    ValueError
        Fewer than two sizes.

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
                 dtype=np.float32):
        if len(sizes) < 2:
            raise ValueError(f"an MLP needs at least its numbers of inputs and outputs, "
                             f"got {sizes}")
        rng = np.random.default_rng(rng)
        layers = []
        for n_in, n_out in zip(sizes, sizes[1:]):
            layers += [Linear(n_in, n_out, rng=rng, dtype=dtype), ReLU()]
        super().__init__(*layers[:-1])


def count_parameters(model: Module) -> int:
    """How many numbers a network has to learn; what layers share counts once.

    >>> layer = Linear(1024, 256)
    >>> count_parameters(layer), count_parameters(Sequential(layer, ReLU(), layer))
    (262400, 262400)
    """
    return sum(parameter.numel() for parameter in model.parameters())
