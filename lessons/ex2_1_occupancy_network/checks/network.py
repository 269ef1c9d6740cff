"""2.1b: a network is held against the formula, evaluated with its own weights."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lessons.engine import Answer, Wrong
from lessons.engine.comparing import agrees, show, to_array
from minicv import nn
from minicv.autograd import Tensor
from minicv.occupancy_network import OccupancyNetwork


def check_network(answer: Answer) -> None:
    rng = np.random.default_rng()
    first, second = rng.choice(np.arange(9, 40), 2, replace=False).tolist()
    extra = set()  # how many layers from size_h to size_h there are, less n_hidden
    by_place = second, int(rng.integers(1, 3))
    for places, names, (size, n) in [
            ((), {}, (64, 4)), ((), {"size_h": first, "n_hidden": 3}, (first, 3)),
            (by_place, {}, by_place)]:
        told = [*map(str, places), *[f"{name}={value}" for name, value in names.items()]]
        wanted = Wanted(f"OccNet({', '.join(told)})", size, n)
        with answer.noting(OccupancyNetwork.__init__):
            network = answer.call("OccNet", *places, **names)
        if not isinstance(network, nn.Module):
            raise Wrong("not-a-module", wanted.what, got=show(network), expected="an nn.Module",
                        cause="class OccNet(nn.Module): the optimiser finds the weights through it")
        extra.add(_judge_parameters(network, wanted) - n)
        _judge_start(network, wanted)
        if len(extra) > 1:
            raise Wrong("n-hidden-ignored", wanted.what, got="numbers of layers that do not follow "
                        "n_hidden", expected="one more for each",
                        cause="is n_hidden used, in range(n_hidden)?")
        _judge_network(network, wanted, rng)
    answer.notes = list(dict.fromkeys(answer.notes))
    if isinstance(occ_net := answer.get("OccNet"), type) and "__init__" in vars(occ_net) and (
            "__init__" not in occ_net.__init__.__code__.co_names):
        answer.notes.append("super().__init__() is missing: PyTorch needs it before the first "
                            "layer is assigned, and raises an error without it")
    one = network(Tensor(np.zeros((1, 3), np.float32)))
    if one.shape != (1,):
        answer.notes.append(f"for a single point (1, 3) the result has shape {one.shape}, not "
                            "(1,): squeeze(-1) takes away the last axis alone")


@dataclass(frozen=True)
class Wanted:
    """What was called, and the network that is to come of it."""

    what: str
    size: int
    n_hidden: int

    @property
    def layers(self) -> str:
        def chain(n: int) -> str:
            return f"3 -> {self.size}, {n} times {self.size} -> {self.size}, {self.size} -> 1"
        return f"{chain(self.n_hidden - 1)} (or) {chain(self.n_hidden)}"


def _judge_network(network: nn.Module, wanted: Wanted, rng: np.random.Generator) -> None:
    points = rng.uniform(-1, 1, (50, 3)).astype(np.float32)
    for training, what in [(True, "OccNet()(pts)"), (False, "OccNet()(pts) after eval()")]:
        network.train(training)
        draws = []
        for _ in range(3):
            _randomise(network, points, wanted.size, rng)
            output = network(Tensor(points))
            if output is None:
                raise Wrong("nothing-returned", f"{wanted.what}(pts)", got="None",
                            expected="shape (50,)", cause="forward needs a return")
            output = to_array(output, f"{wanted.what}(pts)")
            _judge_shape(output)
            draws.append(Draw([array.astype(float) for array in _arrays(network, wanted.size)],
                              points.astype(float), output))
        _judge_function(draws, wanted.size, what)
    _judge_gradients(network.train(), points)


def _judge_start(network: nn.Module, wanted: Wanted) -> None:
    """Whether no layer begins with the same weights for each of its results."""
    for weight in _arrays(network, wanted.size):
        if weight.ndim == 2 and len(weight) > 1 and (weight == weight[0]).all():
            raise Wrong("all-weights-alike", f"the weights of {wanted.what}", got=f"a layer "
                        f"{weight.shape[1]} -> {len(weight)} of {len(weight)} equal rows",
                        expected="random numbers", cause="what begins alike gets the same gradient "
                        "and stays alike, so that the layer learns one thing only. nn.Linear draws "
                        "its weights at random")


@dataclass(frozen=True)
class Draw:
    """Random parameters, and what the learner's network makes of some points with them."""

    parameters: list[np.ndarray]
    points: np.ndarray
    output: np.ndarray


def _randomise(network: nn.Module, points: np.ndarray, size: int,
               rng: np.random.Generator) -> None:
    """Large random weights, so that all ReLUs bend; the result is centred, to have both signs."""
    layers = next(_orders(_arrays(network, size), size))
    for weight, bias in layers:
        weight[...] = rng.normal(0, 1.5 / np.sqrt(weight.shape[1]), weight.shape)
        bias[...] = rng.normal(0, 0.3, bias.shape)
    last_bias = layers[-1][1]
    last_bias -= np.median(_perceptron(layers, points, (True,) * (len(layers) - 1)))


def _arrays(network: nn.Module, size: int) -> list[np.ndarray]:
    """The parameters as weights (out, in), as `nn.Linear` has them, and biases (out,).

    Who makes them by hand, of `nn.Parameter`, may as well have weights (in, out) and biases
    (1, out). These are views: what is written into them is in the network.
    """
    arrays = [parameter.data for parameter in network.parameters()]
    shapes = [array.shape for array in arrays]
    if (1, 1) in shapes and (size, 1) in shapes:  # then (1, size) is no weight
        arrays = [array[0] if array.ndim == 2 and len(array) == 1 else array for array in arrays]
    inputs_first = (3, size) in shapes and (size, 3) not in shapes

    def upright(array: np.ndarray) -> np.ndarray:
        if array.ndim != 2 or len(array) == 1:
            return array
        return array.T if inputs_first or array.shape[1] == 1 else array

    return [upright(array) for array in arrays]


def _judge_shape(output: np.ndarray) -> None:
    if output.shape == (50,):
        return
    name, cause = "not-one-for-each-point", (
        "one value for each location: nothing is averaged or added over the batch")
    if output.size == 50:
        name, cause = "not-squeezed", (
            "the loss compares with occupancies (N,), and (N, 1) is another shape: squeeze(-1) "
            "takes away the last axis")
    raise Wrong(name, "OccNet()(points of shape (50, 3))", got=f"shape {output.shape}",
                expected="shape (50,)", cause=cause)


def _judge_parameters(network: nn.Module, wanted: Wanted) -> int:
    """How many layers there are from size_h to size_h, if all is well."""
    size = wanted.size
    try:
        shapes = [array.shape for array in _arrays(network, size)]
    except TypeError as error:  # minicv's Module refuses layers in a list, where it finds none
        raise Wrong("layers-in-a-list", wanted.what, got="no parameters",
                    expected="the parameters of all layers", cause=str(error)) from None
    weights = [shape for shape in shapes if len(shape) == 2]
    n_hidden = weights.count((size, size))
    biases = sorted(shape for shape in shapes if len(shape) == 1)
    weights_right = n_hidden - wanted.n_hidden in (-1, 0) and (
        sorted(weights) == sorted([(1, size), (size, 3), *[(size, size)] * n_hidden]))
    if weights_right and biases == sorted([(1,)] + [(size,)] * (n_hidden + 1)):
        return n_hidden
    name, cause = _why_parameters(shapes, weights, wanted, weights_right)
    layers = ", ".join(f"{n_in} -> {n_out}" for n_out, n_in in weights) or "none"
    raise Wrong(name, f"the layers of {wanted.what}", got=layers, expected=wanted.layers,
                cause=cause)


def _why_parameters(shapes: list, weights: list, wanted: Wanted,
                    weights_right: bool) -> tuple[str, str]:
    size, n_hidden = wanted.size, weights.count((wanted.size, wanted.size))
    sizes = {number for shape in weights for number in shape}
    if not shapes:
        return "no-layers", "layers have to be attributes: self.layers = nn.Sequential(...)"
    if sorted(weights) == sorted([(1, size), (size, 3), (size, size)]) and wanted.n_hidden > 2:
        return "one-layer-again-and-again", (
            "there is one hidden layer of its own; the same layer called several times has one set "
            "of weights: make as many layers. ([layer] * 4 is also four times the same)")
    if 2 in sizes and 3 not in sizes:
        return "two-coordinates", "a location has three coordinates"
    if 3 not in sizes:
        return "first-layer-inputs", ("the first layer reads a location: it has 3 inputs, and "
                                      "size_h outputs")
    if all(n_out != 1 for n_out, _ in weights):
        return "more-outputs", ("one occupancy value for each location: the last layer has one "
                                "output")
    if sizes == {1, 3, wanted.n_hidden}:
        return "arguments-swapped", "the first argument is size_h, and the second n_hidden"
    if size != 64 and sizes == {1, 3, 64}:
        return "size-written-in", "64 is written into the code; with other arguments size_h counts"
    if not sizes <= {1, 3, size}:
        return "hidden-size", "the hidden dimension is size_h, in all of the layers"
    if n_hidden - wanted.n_hidden not in (-1, 0):
        if wanted.n_hidden != 4 and n_hidden in (3, 4):
            return "n-hidden-ignored", "is n_hidden used, in range(n_hidden)?"
        return "number-of-layers", f"there are {n_hidden} layers from {size} to {size}"
    if weights_right and sum(len(shape) == 1 for shape in shapes) < len(weights):
        return "no-bias", ("without a bias all of the planes at which a ReLU bends pass through "
                           "the origin")
    return "other", ("a weight and a bias for each layer, as nn.Linear has them, and no other "
                     f"parameters; here they have the shapes {shapes}")


def _judge_function(draws: list[Draw], size: int, what: str) -> None:
    """Hold the network against the formula with the network's own weights."""
    orders = [list(_orders(draw.parameters, size)) for draw in draws]

    def fits(values: Callable) -> bool:
        """Whether the output is this function of layers and points, in all draws."""
        return any(all(agrees(draw.output, values(layers, draw.points), 1e-3, 1e-4)
                       for draw, layers in zip(draws, order)) for order in zip(*orders))

    if fits(_right):
        return
    output, n_layers = draws[0].output, len(orders[0][0])
    for name, values, got, expected, cause in _wrong_functions(n_layers):
        if fits(values):
            raise Wrong(name, what, got=got or f"values from {output.min():.3g} to "
                        f"{output.max():.3g}", expected=expected, cause=cause)
    raise Wrong("other", what, got="another function of its weights",
                expected="layer, ReLU, layer, ReLU, ..., layer",
                cause="are all layers used, once each, with nn.ReLU between them? And is nothing "
                      "else done with the points, or with the result?")


def _right(layers: list, points: np.ndarray) -> np.ndarray:
    return _perceptron(layers, points, (True,) * (len(layers) - 1))


def _wrong_functions(n_layers: int) -> Iterator[tuple[str, Callable, str, str, str]]:
    """Name, function of layers and points, what came, what should, and the cause."""
    both_signs = "logits of both signs"
    for name, end, cause in [
            ("relu-after-the-last-layer", lambda z: np.maximum(z, 0),
             "a ReLU stands after the last layer: the network can never say outside, which is a "
             "logit below 0"),
            ("sigmoid-after-the-last-layer", lambda z: 1 / (1 + np.exp(-z)),
             "a sigmoid stands after the last layer. The loss (BCEWithLogitsLoss) contains it "
             "already, and needs the logit; twice is once too often"),
            ("tanh-after-the-last-layer", np.tanh,
             "a tanh stands after the last layer; the loss needs the logit, without bounds"),
            ("softmax-after-the-last-layer", np.ones_like,
             "a softmax of one number alone is 1, whatever the number; the loss needs the logit"),
            ("thresholded", lambda z: z > 0,
             "this says yes or no; the loss needs the logit itself, to know which way is better"),
            ("sign", np.negative, "a logit above 0 is inside; here the sign is the other one")]:
        yield name, lambda layers, points, end=end: end(_right(layers, points)), "", both_signs, \
            cause
    yield ("relu-before-the-first-layer", lambda layers, points: _right(layers, relu(points)),
           "the same for all locations below 0", "a function of the location",
           "a ReLU stands before the first layer: the coordinates below 0 are lost")
    n = n_layers - 1
    yield ("no-activation", lambda layers, points: _perceptron(layers, points, (False,) * n),
           "a linear function of the location", "one with bends", "without a ReLU between them all "
           "layers together are a single linear one, and the surface is a plane")
    for bends in itertools.product((True, False), repeat=n):
        yield ("activation-missing", lambda layers, points, bends=bends: _perceptron(
            layers, points, bends), f"a ReLU after {sum(bends)} of the {n} layers before the last",
            "after each of them", "two layers without a ReLU between them are as good as one")
    chain = "layer, ReLU, layer, ReLU, ..., layer"
    for activation, function in [
            ("tanh", np.tanh), ("a sigmoid", lambda z: 1 / (1 + np.exp(-z))),
            ("softplus", lambda z: np.logaddexp(0, z)), ("a sine", np.sin),
            ("the absolute value", np.abs), ("a leaky ReLU", lambda z: np.maximum(z, 0.01 * z))]:
        for first in (True, False):  # the first layer may have the right one all the same
            yield ("other-activation", lambda layers, points, f=function, first=first: _perceptron(
                layers, points, (True,) * n, f, first), f"{activation} after "
                "layers", chain, f"{activation} stands where a ReLU is asked for, max(0, x)")
    for used in itertools.product((True, False), repeat=n - 1):
        yield ("layers-not-used", lambda layers, points, used=used: _right(
            [layers[0], *itertools.compress(layers[1:-1], used), layers[-1]], points),
            f"{used.count(False)} of the hidden layers change nothing", "each layer is used, once",
            "the result of one layer is the input of the next: x = relu(layer(x)), with the same "
            "name on both sides")
    yield ("inputs-added", _residual, "a layer's input is added to its result", chain,
           "this is a residual network; here a layer's result replaces its input")


def _residual(layers: list, points: np.ndarray) -> np.ndarray:
    (weight, bias), *hidden, (last, last_bias) = layers
    values = np.maximum(points @ weight.T + bias, 0)
    for weight, bias in hidden:
        values = values + np.maximum(values @ weight.T + bias, 0)
    return (values @ last.T + last_bias)[:, 0]


def _judge_gradients(network: nn.Module, points: np.ndarray) -> None:
    """Whether training reaches every parameter."""
    output = network(Tensor(points))
    parameters = list(network.parameters())
    if not (isinstance(output, Tensor) and output.requires_grad):
        raise Wrong("no-gradients", "OccNet()(pts)", got="right values, but requires_grad is "
                    "False", expected="a Tensor that knows what it was computed from",
                    cause="the network could not be trained. Is forward wrapped in no_grad(), or "
                          "does it leave tensors for NumPy (numpy(), data, detach())?")
    output.sum().backward()
    without = sum(parameter.grad is None for parameter in parameters)
    if without:
        raise Wrong("no-gradients", "OccNet()(pts).sum().backward()",
                    got=f"{without} of {len(parameters)} parameters get no gradient",
                    expected="a gradient for each",
                    cause="their layers would never learn: a detach(), numpy(), data or no_grad() "
                          "in forward cuts off all that comes before it")


def _orders(arrays: list[np.ndarray], size: int
            ) -> Iterator[list[tuple[np.ndarray, np.ndarray]]]:
    """The layers (weight, bias) from first to last; the hidden ones as they are made, and in every
    other order, for one may use them otherwise.

    Weights and biases of the same number of outputs belong together in the order in which they are
    made, be it in turn or first all weights and then all biases. A hidden weight may be transposed
    even if the first is not: its shape does not tell.
    """
    biases = {n: iter([b for b in arrays if b.shape == (n,)]) for n in (size, 1)}
    layers = [(weight, next(biases[len(weight)])) for weight in arrays if weight.ndim == 2]
    first = [layer for layer in layers if layer[0].shape == (size, 3)]
    hidden = [layer for layer in layers if layer[0].shape == (size, size)]
    last = [layer for layer in layers if layer[0].shape == (1, size)]
    for order in itertools.permutations(hidden):
        yield first + list(order) + last
    for order in itertools.permutations([(weight.T, bias) for weight, bias in hidden]):
        yield first + list(order) + last


def relu(values: np.ndarray) -> np.ndarray:
    return np.maximum(values, 0)


def _perceptron(layers: list, points: np.ndarray, bends: Sequence[bool],
                activation: Callable = relu, first_relu: bool = False) -> np.ndarray:
    """The values (N,) of the network with these layers."""
    values = points
    for i, ((weight, bias), bend) in enumerate(zip(layers, (*bends, False))):
        values = values @ weight.T + bias
        values = (relu if i == 0 and first_relu else activation)(values) if bend else values
    return values[:, 0]
