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
`pass_through` sets to 0 what cannot be told from 0: a sum  w . x + b  that is smaller than 64
rounding errors of  |w1 x1| + |w2 x2| + ... + |b|.  (64 and not 1, because x itself comes out of the
layers before.)  Through all layers these errors add up to

    E  <-  |W| E  +  64 eps (|W| |x| + |b|)        from E = 64 eps |x|

with the largest |x| of the ray or window.  What is found is right wherever f is further than E from
the level.  Where it is not, as may be everywhere if f is nearly flat, f counts as on the level or
on either side of it.

Numbers beyond 1e150, whose squares overflow, are an error.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from minicv import checks, nn

ROUNDING = 64 * np.finfo(np.float64).eps
LARGEST = 1e150  # of a layer's values: their squares are numbers still
LARGEST_POINT = 1e100  # of a coordinate: the area of a window is a number still

PlaneWindow = tuple[float, float, float, float]  # (xmin, ymin, xmax, ymax)


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
        The number of coordinates of a point.
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
    level = checks.number(level, "level")
    check_network(network, n_inputs)
    steps = [_step(layer) for layer in _layers(network)]
    linear = [step for step in steps if isinstance(step, Affine)]
    shapes = [step.weight.shape for step in linear]
    n_outputs = shapes[-1][0] if shapes else "no Linear layer"
    if n_outputs != 1:
        raise ValueError(f"the network must have one output, and it has {n_outputs}")
    for (gives, _), (_, takes) in zip(shapes, shapes[1:]):
        if gives != takes:
            raise ValueError(f"a layer of the network gives {gives} values, the next takes {takes}")
    if steps[-1] is RELU:
        return [*steps, Affine(np.ones((1, 1)), np.array([-level]))]
    return [*steps[:-1], Affine(linear[-1].weight, linear[-1].bias - level)]


def check_network(network: nn.Module, n_inputs: int | None = None) -> None:
    """An error for weights that are NaN or infinite, or (where it shows) other inputs."""
    checks.instance(network, "network", nn.Module)
    for name, parameter in network.named_parameters():
        checks.numbers(parameter.data, f"the network's {name}")
    first = next((layer for layer in _layers(network) if not isinstance(layer, nn.ReLU)), None)
    if isinstance(first, nn.Linear) and n_inputs not in (None, first.in_features):
        raise ValueError(f"the network takes points of {first.in_features} numbers, not {n_inputs}")


def check_window(window: PlaneWindow) -> tuple[np.ndarray, np.ndarray]:
    """Lower left and upper right corner (2,) of a window, which are further apart than rounding.

    >>> check_window((-1, -2, 3, 4))
    (array([-1., -2.]), array([3., 4.]))
    """
    sides = checks.numbers(window, "window", (4,), dtype=float, within=LARGEST_POINT,
                           hint="it is (xmin, ymin, xmax, ymax)")
    return checks.bounds((sides[:2], sides[2:]), "window", 2, apart=1 / LARGEST_POINT)


def _layers(network: nn.Module) -> list[nn.Module]:
    """In their order, those of a `Sequential` inside a `Sequential` as well."""
    return [module for _, module in network.named_modules()
            if type(module).forward is not nn.Sequential.forward]


def _step(layer: nn.Module) -> Affine | str:
    forward = type(layer).forward  # a subclass may have one of its own
    if isinstance(layer, nn.ReLU) and forward is nn.ReLU.forward:
        return RELU
    if isinstance(layer, nn.Linear) and forward is nn.Linear.forward:
        bias = 0.0 if layer.bias is None else layer.bias.data
        return Affine(layer.weight.data.astype(float), np.zeros(len(layer.weight.data)) + bias)
    raise TypeError(f"a {type(layer).__name__} is not known to be piecewise linear, as Linear and "
                    "ReLU are (leave a sigmoid at the end away: it is 0.5 where the logit is 0)")


def pass_through(values: np.ndarray, step: Affine | str) -> np.ndarray:
    """(V, n) values at V vertices to (V, m), with 0 for what cannot be told from 0.

    Before a ReLU, pieces must be cut where its inputs change sign.

    >>> step = Affine(np.array([[1.0, 1.0, 1.0]]), np.zeros(1))
    >>> cancelling = np.array([[0.1, 0.2, -0.3]])
    >>> bool(cancelling.sum() == 0), pass_through(cancelling, step).tolist()
    (False, [[0.0]])
    """
    if not isinstance(step, Affine):
        return np.maximum(values, 0)
    with np.errstate(over="ignore", invalid="ignore"):  # the next lines find what comes of it
        sums = values @ step.weight.T + step.bias
        terms = terms_of(step, np.abs(values))
    if not terms.max(initial=0) <= LARGEST:
        raise ValueError(f"the network's values go beyond {LARGEST:g}: scale its weights or points")
    sums[np.abs(sums) <= ROUNDING * terms] = 0
    return sums


def terms_of(step: Affine, terms: np.ndarray) -> np.ndarray:
    """How large |W| |x| + |b| can get, (..., m), where |x| is at most `terms` (..., n).

    >>> terms_of(Affine(np.array([[1, -2]]), np.array([-3])), np.array([10, 100]))
    array([213])
    """
    return terms @ np.abs(step.weight.T) + np.abs(step.bias)


def zero_between(first: np.ndarray, second: np.ndarray, unit: np.ndarray | int
                 ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where a unit is 0 between vertices at which it has different signs.

    From the values (K, m) of all units at both vertices: the shares (K, 1) that the first and the
    second have in the place between them, and the values of all units there, again with a clean 0.

    >>> zero_between(np.array([[-1.0, 4.0]]), np.array([[3.0, 8.0]]), unit=0)
    (array([[0.75]]), array([[0.25]]), array([[0., 5.]]))
    """
    row = np.arange(len(first))
    a, b = first[row, unit, None], second[row, unit, None]
    of_first, of_second = b / (b - a), a / (a - b)  # not 1 - the other: a small one has all digits
    # In this form, and not as first + share * (second - first), what is positive (negative, zero)
    # at both ends stays so in between, whatever the rounding.
    left, right = of_first * first, of_second * second
    values = left + right
    values[np.abs(values) <= ROUNDING * (np.abs(left) + np.abs(right))] = 0
    values[row, unit] = 0
    return of_first, of_second, values
