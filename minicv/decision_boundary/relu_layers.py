"""A ReLU network as a list of steps, and what "zero" means when numbers are rounded.

The exact geometry of a network (`ray_crossings`, `relu_geometry`) rests on two facts.

1. A linear layer of a piecewise linear function is piecewise linear, on the same pieces.
2. ReLU cuts a piece where its input changes sign, and does nothing else to it.

Both hold step by step, so the network is taken apart here into its steps.

A function that is linear on a piece is known everywhere on it once it is known at the piece's
*vertices*: the two ends of a stretch of a ray, the corners of a polygon.  So we keep the values of
all units at all vertices, instead of the units' formulas.  Pieces that meet share a vertex, and
with it one set of values: they can never disagree, by rounding, on which side of zero it lies.

What remains of rounding: a sum whose terms cancel exactly is rarely exactly 0 in the computer.
`affine` calls 0 what cannot be told from 0: a sum  w . x + b  that is smaller than 64 rounding
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
    network : a `Linear` layer, or a `Sequential` of `Linear` and `ReLU` layers in any order and
        number, with one output. A `Sequential` inside a `Sequential` is unpacked, too.
    n_inputs : the number of inputs that the network must have.
    level : is subtracted from the last bias, where the terms that cancel are still known.

    Raises
    ------
    TypeError : a layer of another kind: what it computes is not piecewise linear.
    ValueError : another number of inputs or outputs, no linear layer, a parameter or level that is
        NaN or infinite.

    Examples
    --------
    >>> relu_layers(nn.Sequential(nn.Linear(2, 3), nn.ReLU()))[1]
    Traceback (most recent call last):
    ValueError: the network must have one output, and it has 3
    >>> [getattr(step, "weight", step) for step in relu_layers(nn.Sequential(nn.ReLU()))]
    Traceback (most recent call last):
    ValueError: the network has no Linear layer, so its numbers of inputs and outputs are unknown
    """
    if not np.isfinite(level):
        raise ValueError(f"level must be a finite number, got {level}")
    steps = _unpack(network)
    linear = [step for step in steps if step is not RELU]
    if not linear:
        raise ValueError("the network has no Linear layer, so its numbers of inputs and outputs "
                         "are unknown")
    if linear[-1].weight.shape[0] != 1:
        raise ValueError(f"the network must have one output, and it has "
                         f"{linear[-1].weight.shape[0]}")
    if n_inputs is not None and linear[0].weight.shape[1] != n_inputs:
        raise ValueError(f"the network takes points of dimension {linear[0].weight.shape[1]}, "
                         f"and here they have dimension {n_inputs}")
    if steps[-1] is RELU:
        steps.append(Affine(np.ones((1, 1)), np.zeros(1)))
    steps[-1] = Affine(steps[-1].weight, steps[-1].bias - level)
    return steps


def _unpack(module: nn.Module) -> list[Affine | str]:
    if isinstance(module, nn.ReLU):
        return [RELU]
    if isinstance(module, nn.Linear):
        weight = module.weight.data.astype(np.float64)
        bias = np.zeros(len(weight)) if module.bias is None else module.bias.data.astype(float)
        if not (np.isfinite(weight).all() and np.isfinite(bias).all()):
            raise ValueError(f"{module!r} has weights that are NaN or infinite: the training that "
                             f"they come from has failed")
        return [Affine(weight, bias)]
    if isinstance(module, nn.Sequential):
        return [step for layer in module for step in _unpack(layer)]
    raise TypeError(f"a {type(module).__name__} is not known to be piecewise linear: only networks "
                    "of Linear and ReLU layers have an exact geometry here (leave a sigmoid at the "
                    "end away: it is 0.5 where the logit is 0)")


def affine(values: np.ndarray, step: Affine) -> np.ndarray:
    """(V, n) values at V vertices to (V, m), with 0 for what cannot be told from 0.

    Examples
    --------
    >>> step = Affine(np.array([[1.0, 1.0, 1.0]]), np.zeros(1))
    >>> cancelling = np.array([[0.1, 0.2, -0.3]])
    >>> bool(cancelling.sum() == 0), affine(cancelling, step).tolist()
    (False, [[0.0]])
    """
    sums = values @ step.weight.T
    sums += step.bias
    unsure = np.linalg.norm(values, axis=1)[:, None] * np.linalg.norm(step.weight, axis=1)
    unsure += np.abs(step.bias)
    unsure *= ROUNDING
    sums[np.abs(sums) <= unsure] = 0
    return sums


def between(first: np.ndarray, second: np.ndarray, share: np.ndarray | float) -> np.ndarray:
    """The values that lie at a share of the way from one vertex to another, again with a clean 0.

    In this form, and not as first + share * (second - first), what is positive (negative, zero) at
    both vertices stays so in between, whatever the rounding.
    """
    left, right = (1 - share) * first, share * second
    middle = left + right
    middle[np.abs(middle) <= ROUNDING * (np.abs(left) + np.abs(right))] = 0
    return middle
