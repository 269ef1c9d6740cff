"""A ReLU network as a list of steps, and what "zero" means when numbers are rounded.

The exact geometry of a network (`regions`, `boundary`, `rays`) rests on two facts.

1. A linear layer of a piecewise linear function is piecewise linear, on the same pieces.
2. ReLU cuts a piece where its input changes sign, and does nothing else to it.

Both hold step by step, so the network is taken apart here into its steps.

A function that is linear on a piece is known everywhere on it once it is known at the piece's
*vertices*: the two ends of a stretch of a ray, the corners of a polygon.  So we keep the values of
all units at all vertices, and no formulas.  Pieces that meet share a vertex, and with it one set of
values: they can never disagree, by rounding, on which side of zero it lies.

What remains of rounding: a sum whose terms cancel exactly is rarely exactly 0 in the computer.
`affine` sets to 0 what cannot be told from 0: a sum  w . x + b  that is smaller than 64 rounding
errors of  |w| |x| + |b|,  which is at least as large as each of the terms.  (64 and not 1, because
x itself comes out of the layers before.)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from minicv import nn

ROUNDING = 64 * np.finfo(np.float64).eps


class Affine(NamedTuple):
    """The step  x -> x W^T + b  of a network, in float64."""

    weight: np.ndarray  # (m, n)
    bias: np.ndarray  # (m,)


RELU = "ReLU"  # the other kind of step


def relu_layers(network: nn.Module, n_inputs: int | None = None, *,
                level: float = 0.0) -> list[Affine | str]:
    """Take a network apart into its steps, each an `Affine` or `RELU`; they compute f - level.

    Parameters
    ----------
    network : nn.Module
        A `Linear` layer, or a `Sequential` of `Linear` and `ReLU` layers in any order and number,
        with one output. A `Sequential` inside a `Sequential` is unpacked, too.
    n_inputs : int, optional
        The number of inputs that the network must have.
    level : float
        Is subtracted from the last bias; the last step is always an `Affine`.

    Raises
    ------
    TypeError, ValueError
        A layer of another kind, which may not be piecewise linear; other numbers of inputs or
        outputs; weights or a level that are NaN or infinite.

    Examples
    --------
    >>> [step if step is RELU else step.weight.shape for step in relu_layers(nn.MLP(2, 3, 1))]
    [(3, 2), 'ReLU', (1, 3)]
    """
    if not np.isfinite(level):
        raise ValueError(f"level must be a finite number, got {level}")
    steps = _unpack(network)
    linear = [step for step in steps if isinstance(step, Affine)]
    if not linear:
        raise ValueError("the network has no Linear layer, so its numbers of inputs and outputs "
                         "are unknown")
    if len(linear[-1].bias) != 1:
        raise ValueError(f"the network must have one output, and it has {len(linear[-1].bias)}")
    if n_inputs is not None and linear[0].weight.shape[1] != n_inputs:
        raise ValueError(f"the network takes points of dimension {linear[0].weight.shape[1]}, "
                         f"and here they have dimension {n_inputs}")
    for name, parameter in network.named_parameters():
        bad = ~np.isfinite(parameter.data)
        if bad.any():
            raise ValueError(f"{bad.sum()} of {bad.size} numbers in {name} are NaN or infinite: "
                             "the training that they come from has failed")
    last = linear[-1]
    if steps[-1] is RELU:
        last = Affine(np.ones((1, 1)), np.zeros(1))
    else:
        steps.pop()
    return [*steps, Affine(last.weight, last.bias - level)]


def _unpack(module: nn.Module) -> list[Affine | str]:
    forward = type(module).forward  # a subclass may have one of its own
    if isinstance(module, nn.ReLU) and forward is nn.ReLU.forward:
        return [RELU]
    if isinstance(module, nn.Linear) and forward is nn.Linear.forward:
        bias = 0.0 if module.bias is None else module.bias.data
        return [Affine(module.weight.data.astype(float), np.zeros(len(module.weight.data)) + bias)]
    if isinstance(module, nn.Sequential) and forward is nn.Sequential.forward:
        return [step for layer in module for step in _unpack(layer)]
    raise TypeError(f"a {type(module).__name__} is not known to be piecewise linear: only networks "
                    "of Linear and ReLU layers have an exact geometry here (leave a sigmoid at the "
                    "end away: it is 0.5 where the logit is 0)")


def affine(values: np.ndarray, step: Affine) -> np.ndarray:
    """(V, n) values at V vertices to (V, m), with 0 for what cannot be told from 0.

    >>> step = Affine(np.array([[1.0, 1.0, 1.0]]), np.zeros(1))
    >>> cancelling = np.array([[0.1, 0.2, -0.3]])
    >>> bool(cancelling.sum() == 0), affine(cancelling, step).tolist()
    (False, [[0.0]])
    """
    sums = values @ step.weight.T + step.bias
    lengths = np.linalg.norm(values, axis=1)[:, None] * np.linalg.norm(step.weight, axis=1)
    sums[np.abs(sums) <= ROUNDING * (lengths + np.abs(step.bias))] = 0
    return sums


def zero_between(first: np.ndarray, second: np.ndarray, unit: np.ndarray | int
                 ) -> tuple[np.ndarray, np.ndarray]:
    """Where a unit is 0 between vertices at which it has different signs.

    From the values (K, m) of all units at both vertices: the share (K, 1) of the way from the first
    to the second, and the values of all units there, again with a clean 0.

    >>> zero_between(np.array([[-1.0, 4.0]]), np.array([[3.0, 8.0]]), unit=0)
    (array([[0.25]]), array([[0., 5.]]))
    """
    row = np.arange(len(first))
    a, b = first[row, unit], second[row, unit]
    share = (a / (a - b))[:, None]
    # In this form, and not as first + share * (second - first), what is positive (negative, zero)
    # at both ends stays so in between, whatever the rounding.
    left, right = (1 - share) * first, share * second
    values = left + right
    values[np.abs(values) <= ROUNDING * (np.abs(left) + np.abs(right))] = 0
    values[row, unit] = 0
    return share, values
