"""Exercise 2.1: split, network, training loop, grid; and what the usual mistakes make of them.

None of the checks trains a chair. The split is judged by where each of some hundred points went. A
network is held against the formula, evaluated with its own weights. The loop trains a tiny network
with an optimiser that remembers every step: there is only one right sequence of steps, however the
loop is written, and each usual mistake has a sequence of its own, which is computed here. All sizes
are drawn anew at each check, so that no number can be written into an answer.
"""

from __future__ import annotations

import itertools
import tempfile
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lessons.course import PlotLosses
from lessons.engine import Answer, Task, Wrong
from lessons.engine.comparing import agrees, difference, show, to_array
from minicv import nn, no_grad
from minicv.autograd import Tensor
from minicv.occupancy_network import OccupancyNetwork, evaluate_grid

# -- a) the split ----------------------------------------------------------------------------------

SPLIT = "get_train_val_split(points, occupancies)"

# A statistic of a random split is this many standard deviations off once in 1e9 checks.
FAR_OFF = 6.5


def check_split(answer: Answer) -> None:
    rng = np.random.default_rng()
    for n in rng.permutation([rng.integers(300, 600), rng.integers(700, 950)]):
        points = rng.uniform(-0.5, 0.5, (n, 3)).astype(np.float32)
        labels = (np.linalg.norm(points, axis=1) < 0.45).astype(np.float32)
        given = points.copy(), labels.copy()
        with answer.noting(nn.train_val_split):
            first = _two_datasets(answer.call("get_train_val_split", *given), n)
        changed = not np.array_equal(given[0], points)
        more = [_two_datasets(answer.call("get_train_val_split", points.copy(), labels.copy()), n)
                for _ in range(4)]
        row_of = {point: row for row, point in enumerate(map(tuple, points.tolist()))}
        train, val = (_rows(part, row_of) for part, _ in first)
        _judge_rows(train, val, n)
        fewer = _two_datasets(answer.call("get_train_val_split", points[7:].copy(),
                                          labels[7:].copy()), n - 7)
        written_in = len(fewer[0][0]) == len(train) or len(fewer[1][0]) == len(val)
        _judge_sizes(len(train), {len(each[0][0]) for each in more}, n, written_in)
        for rows, (_, own) in zip((train, val), first):
            _judge_labels(own, labels[rows])
        _judge_chance(val, _rows(more[0][1][0], row_of), points, labels)
    answer.notes = list(dict.fromkeys(answer.notes))
    if changed:
        answer.notes.append("the function changes the arrays it is given; whoever calls it may "
                            "not expect that: shuffle a copy, or an index")


def _two_datasets(result, n: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """(points, occupancies) of both datasets."""
    expected = "two datasets: train_set, val_set"
    how = "nn.TensorDataset(points, occupancies) makes a dataset of the arrays of one part"
    if result is None:
        raise Wrong("nothing-returned", SPLIT, got="None", expected=expected,
                    cause="the function needs a return")
    if not isinstance(result, (list, tuple)) or len(result) != 2:
        n_results = len(result) if isinstance(result, (list, tuple)) else 1
        raise Wrong("not-two-datasets", SPLIT, got=f"{n_results} results", expected=expected,
                    cause=how)
    return [_dataset(part, n, expected, how) for part in result]


def _dataset(part, n: int, expected: str, how: str) -> tuple[np.ndarray, np.ndarray]:
    if isinstance(part, (list, tuple, dict)):
        raise Wrong("pairs-for-datasets", SPLIT, got=f"a {type(part).__name__}", expected=expected,
                    cause=f"a DataLoader would take its entries for samples: {how}")
    if isinstance(part, (np.ndarray, Tensor)) or not hasattr(part, "__getitem__"):
        raise Wrong("not-two-datasets", SPLIT, got=show(part), expected=expected, cause=how)
    columns = getattr(part, "tensors", None)
    columns = columns or tuple(zip(*[part[row] for row in range(len(part))]))
    if len(columns) != 2:
        raise Wrong("occupancies-missing", SPLIT, got=f"a dataset of {len(columns)} tensors",
                    expected="points and occupancies in each", cause=how)
    columns = [list(column) if isinstance(column, tuple) else column for column in columns]
    points, labels = (to_array(column, "a dataset") for column in columns)
    if points.ndim != 2 or points.shape[1] != 3 or labels.size != len(points):
        mixed = labels.ndim == 2 and labels.shape[1] == 3
        raise Wrong("order-of-results" if mixed else "other", SPLIT,
                    got=f"a dataset with shapes {points.shape} and {labels.shape}",
                    expected="(n, 3) and (n,)",
                    cause="in each dataset the points come first, then their occupancies" if mixed
                    else how)
    return points, labels.ravel()


def _rows(points: np.ndarray, row_of: dict) -> np.ndarray:
    """Which of the given points these are."""
    rows = [row_of.get(point) for point in map(tuple, points.tolist())]
    if None in rows:
        raise Wrong("points-changed", SPLIT, got="points that were not given",
                    expected="the given points", cause="rows must stay whole: shuffling with "
                    "rng.permuted, or the flat array, mixes the coordinates of different points")
    return np.array(rows, dtype=int)


def _judge_rows(train: np.ndarray, val: np.ndarray, n: int) -> None:
    both = np.intersect1d(train, val)
    twice = len(train) + len(val) - len(np.unique(train)) - len(np.unique(val))
    lost = n - len(np.union1d(train, val))
    if len(train) + len(val) <= 3 < n:
        raise Wrong("axis-for-n", SPLIT, got=f"{len(train) + len(val)} points in both parts "
                    f"together", expected=f"all {n}",
                    cause="points.shape is (N, 3): the number of points is shape[0], or "
                          "len(points); 3 coordinates are split here")
    if twice:
        raise Wrong("drawn-with-replacement", SPLIT,
                    got=f"{twice} points come more than once, {lost} are in neither part",
                    expected="every point once",
                    cause="the rows were drawn with replacement (randint, choice without "
                          "replace=False); a permutation has each row once")
    if len(both):
        raise Wrong("validation-inside-training", SPLIT,
                    got=f"{len(both)} points are in both parts", expected="none",
                    cause="a network that has been trained on these points knows them by heart: "
                          "the validation would notice no overfitting")
    if lost:
        raise Wrong("points-lost", SPLIT, got=f"{lost} of {n} points are in neither part",
                    expected="every point in one of both",
                    cause="the validation part is what the training part leaves, whatever N is")


def _judge_sizes(n_train: int, again: set[int], n: int, written_in: bool) -> None:
    """A coin for each point would pass by luck in one of a million checks."""
    n_val = n - n_train

    def near(size: int, share: float) -> bool:
        return abs(size - share * n) <= 1  # however it is rounded

    if near(n_train, 0.8) and again == {n_train}:
        return
    if near(n_train, 0.2) and again == {n_train}:
        name, cause = "parts-swapped", "the larger part is for training, and is returned first"
    elif again != {n_train}:
        name, cause = "coin-for-each-point", (
            "the sizes change from call to call: a coin thrown for each point gives the share on "
            "average only; a permutation cut in two gives it exactly")
    elif written_in and not near(n_train, 0.8):
        name, cause = "size-written-in", (
            "is a number of points written into the code? It has to follow from len(points)")
    else:
        name, cause = "other-share", "80 % of the points are for training"
    raise Wrong(name, SPLIT, got=f"{n_train} of {n} points to train on, {n_val} to validate with",
                expected="80 % and 20 %", cause=cause)


def _judge_labels(own: np.ndarray, right: np.ndarray) -> None:
    wrong = np.count_nonzero((own > 0.5) != (right > 0.5))
    if wrong:
        raise Wrong("labels-apart", SPLIT, expected="every point with its own occupancy",
                    got=f"{wrong} of {len(own)} occupancies are not of the point beside them",
                    cause="points and occupancies were shuffled apart: draw one order, "
                          "np.random.permutation(N), and index both with it")


def _judge_chance(val: np.ndarray, again: np.ndarray, points: np.ndarray,
                  labels: np.ndarray) -> None:
    """Whether chance decides: not the order, not the values, and not the same each time."""
    n, inside = len(points), np.zeros(len(points))
    inside[val] = 1
    steps = np.diff(np.sort(val))
    neighbours = np.count_nonzero(inside * np.roll(inside, 1))
    if any(_is_off(values, val) for values in (labels, *points.T)):
        raise Wrong("sorted-by-value", SPLIT,
                    got=f"{labels[val].mean():.0%} of the validation points are inside, "
                        f"{labels.mean():.0%} of all", expected="about the same share in both",
                    cause="the order comes from the values, as from argsort or sort; both parts "
                          "must look alike, which a random order takes care of")
    if len(np.unique(steps)) == 1 or neighbours > 0.6 * len(val) or _is_off(np.arange(n), val):
        raise Wrong("not-shuffled", SPLIT, got=f"validation rows {np.sort(val)[:5].tolist()}, ...",
                    expected="rows drawn at random",
                    cause="the points are cut in their order. If a file lists the points inside "
                          "first, a part would hardly know the other kind: shuffle before")
    if np.array_equal(np.sort(val), np.sort(again)):
        raise Wrong("seed-inside", SPLIT, got="the same split at each call",
                    expected="another one by chance",
                    cause="is there a draw in the function? A seed that is set inside of it begins "
                          "anew at each call: set it once, outside")


def _is_off(values: np.ndarray, val: np.ndarray) -> bool:
    """Whether the mean of these is farther from that of all than chance allows."""
    n, m = len(values), len(val)
    deviation = values.std() * np.sqrt((n - m) / (n - 1) / m)
    return bool(abs(values[val].mean() - values.mean()) > FAR_OFF * deviation)


# -- b) the network --------------------------------------------------------------------------------


def check_network(answer: Answer) -> None:
    rng = np.random.default_rng()
    first, second = rng.choice(np.arange(9, 40), 2, replace=False).tolist()
    extra = set()  # how many layers from size_h to size_h there are, less n_hidden
    for arguments, (size, n) in [
            ({}, (64, 4)), *[({"size_h": size, "n_hidden": n}, (size, n))
                             for size, n in ((first, 3), (second, int(rng.integers(1, 3))))]]:
        wanted = Wanted(f"OccNet({', '.join(f'{k}={v}' for k, v in arguments.items())})", size, n)
        with answer.noting(OccupancyNetwork.__init__):
            network = answer.call("OccNet", **arguments)
        if not isinstance(network, nn.Module):
            raise Wrong("not-a-module", wanted.what, got=show(network), expected="an nn.Module",
                        cause="class OccNet(nn.Module): the optimiser finds the weights through it")
        extra.add(_judge_parameters(network, wanted) - n)
        if len(extra) > 1:
            raise Wrong("n-hidden-ignored", wanted.what, got="numbers of layers that do not follow "
                        "n_hidden", expected="one more for each",
                        cause="is n_hidden used, in range(n_hidden)?")
        _judge_network(network, wanted, rng)
    answer.notes = list(dict.fromkeys(answer.notes))
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
    _judge_function(draws, wanted.size)
    _judge_gradients(network, points)


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
    if output.shape != (50,):
        column = output.shape == (50, 1)
        raise Wrong("not-squeezed" if column else "other", "OccNet()(points of shape (50, 3))",
                    got=f"shape {output.shape}", expected="shape (50,)",
                    cause="the loss compares with occupancies (N,), and (N, 1) is another shape: "
                          "squeeze(-1) takes away the last axis" if column else "")


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


def _judge_function(draws: list[Draw], size: int) -> None:
    """Hold the network against the formula with the network's own weights."""
    n_layers = sum(parameter.ndim == 2 for parameter in draws[0].parameters)
    orders = [list(_orders(draw.parameters, size)) for draw in draws]
    everywhere = (True,) * (n_layers - 1)

    def fits(bends: Sequence[bool], end: Callable) -> bool:
        return any(all(agrees(draw.output, end(_perceptron(layers, draw.points, bends)), 1e-3, 1e-4)
                       for draw, layers in zip(draws, order)) for order in zip(*orders))

    if fits(everywhere, lambda z: z):
        return
    output = draws[0].output
    for name, end, cause in [
            ("relu-after-the-last-layer", lambda z: np.maximum(z, 0),
             "a ReLU stands after the last layer: the network can never say outside, which is a "
             "logit below 0"),
            ("sigmoid-after-the-last-layer", lambda z: 1 / (1 + np.exp(-z)),
             "a sigmoid stands after the last layer. The loss (BCEWithLogitsLoss) contains it "
             "already, and needs the logit; twice is once too often"),
            ("tanh-after-the-last-layer", np.tanh,
             "a tanh stands after the last layer; the loss needs the logit, without bounds")]:
        if fits(everywhere, end):
            raise Wrong(name, "OccNet()(pts)", got=f"values from {output.min():.3g} to "
                        f"{output.max():.3g}", expected="logits of both signs", cause=cause)
    if fits((False,) * (n_layers - 1), lambda z: z):
        raise Wrong("no-activation", "OccNet()(pts)", got="a linear function of the location",
                    expected="one with bends", cause="without a ReLU between them all layers "
                    "together are a single linear one, and the surface is a plane")
    for bends in itertools.product((True, False), repeat=n_layers - 1):
        if fits(bends, lambda z: z):
            raise Wrong("activation-missing", "OccNet()(pts)",
                        got=f"a ReLU after {sum(bends)} of the {n_layers - 1} layers before the "
                            "last", expected="after each of them",
                        cause="two layers without a ReLU between them are as good as one")
    raise Wrong("other", "OccNet()(pts)", got="another function of its weights",
                expected="layer, ReLU, layer, ReLU, ..., layer",
                cause="are all layers used, once each, with nn.ReLU between them?")


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


def _perceptron(layers: list, points: np.ndarray, bends: Sequence[bool]) -> np.ndarray:
    """The values (N,) of the network with these layers."""
    values = points
    for (weight, bias), bend in zip(layers, (*bends, False)):
        values = values @ weight.T + bias
        values = np.maximum(values, 0) if bend else values
    return values[:, 0]


# -- c) the training loop --------------------------------------------------------------------------

BATCH = 8  # points; the last batch of both loaders is smaller


class WatchedSGD(nn.optim.SGD):
    """Plain gradient descent that remembers the parameters after every step."""

    def __init__(self, model: nn.Module, lr: float):
        self.model = model
        super().__init__(model.parameters(), lr=lr)
        self.steps: list[np.ndarray] = []
        self.in_eval_mode = 0  # steps

    def step(self) -> None:
        super().step()
        self.in_eval_mode += not self.model.training
        self.steps.append(_flat(self.model))


class WatchedLoader(nn.DataLoader):
    """Remembers after how many steps of an optimiser all of its batches had been seen."""

    optimizer: WatchedSGD
    begun = 0

    def __iter__(self) -> Iterator:
        if not hasattr(self, "visits"):
            self.visits: list[int] = []
        self.begun += 1
        yield from super().__iter__()
        self.visits.append(len(self.optimizer.steps))


def _flat(model: nn.Module) -> np.ndarray:
    return np.concatenate([parameter.data.ravel() for parameter in model.parameters()])


class TinyNetwork(nn.Module):
    """From (B, 3) to (B,)."""

    def __init__(self, seed: int):
        super().__init__()
        self.layers = nn.MLP(3, 6, 1, rng=seed, dtype=np.float64)

    def forward(self, pts: Tensor) -> Tensor:
        return self.layers(pts).squeeze(-1)


@dataclass(frozen=True)
class Recipe:
    """A training: sizes and seed. `Tiny(recipe)` is the same each time."""

    nepochs: int
    n_train: int  # batches
    n_val: int
    eval_every: int
    seed: int

    @property
    def n_steps(self) -> int:
        return self.nepochs * self.n_train


class Tiny:
    """A network with 3 inputs and all it takes to train it."""

    def __init__(self, recipe: Recipe):
        rng = np.random.default_rng(recipe.seed)
        sizes = [BATCH * recipe.n_train - 3, BATCH * recipe.n_val - 5]
        points = [rng.uniform(-1, 1, (n, 3)) for n in sizes]
        labels = [(rng.random(n) < 0.5).astype(float) for n in sizes]
        train, val = (nn.TensorDataset(*both) for both in zip(points, labels))
        self.model = TinyNetwork(recipe.seed)
        self.optimizer = WatchedSGD(self.model, lr=1.0)
        self.criterion = nn.BCEWithLogitsLoss(reduction="none")
        self.train, self.val = nn.DataLoader(train, BATCH), WatchedLoader(val, BATCH)
        self.val.optimizer = self.optimizer

    def losses(self, loader: nn.DataLoader) -> list[np.ndarray]:
        """Of each point, by batches."""
        with no_grad():
            return [self.criterion(self.model(pts), occ).numpy()
                    for pts, occ in nn.DataLoader(loader.dataset, BATCH)]


@dataclass
class Story:
    """What a training has been: the parameters after each step, losses by epoch and by step."""

    steps: list[np.ndarray]
    running: np.ndarray  # (epochs, batches): the mean of each batch, while training
    val: list[list[np.ndarray]]  # after 0, 1, ... steps: of each point, by batches

    def val_means(self) -> list[np.ndarray]:
        """After each number of steps: the mean over the points, and the mean over the batches."""
        return [np.array([np.concatenate(batches).mean() for batches in self.val]),
                np.array([np.mean([batch.mean() for batch in batches]) for batches in self.val])]


def _simulate(recipe: Recipe, zero_grad: str = "each step", loss: Callable | None = None
              ) -> Story:
    """Train the tiny network.

    Parameters
    ----------
    zero_grad : "each step", "each epoch" or "never".
    loss : a function of criterion, model, pts and occ; the mean of the criterion without it.
    """
    tiny = Tiny(recipe)
    val, running = [tiny.losses(tiny.val)], []
    for _ in range(recipe.nepochs):
        if zero_grad == "each epoch":
            tiny.optimizer.zero_grad()
        for pts, occ in tiny.train:
            if zero_grad == "each step":
                tiny.optimizer.zero_grad()
            value = (loss(tiny.criterion, tiny.model, pts, occ) if loss
                     else tiny.criterion(tiny.model(pts), occ).mean())
            value.backward()
            tiny.optimizer.step()
            running.append(value.item())
            val.append(tiny.losses(tiny.val))
    return Story(tiny.optimizer.steps, np.reshape(running, (recipe.nepochs, -1)), val)


def _draw_recipe(rng: np.random.Generator, nepochs: int, n_train: int) -> tuple[Recipe, Story]:
    """One whose best and worst weights are neither the first nor the last ones."""
    while True:
        recipe = Recipe(nepochs, n_train, int(rng.integers(2, 4)), int(rng.integers(3, 5)),
                        int(rng.integers(2**31)))
        story = _simulate(recipe)
        visits = [1, *range(recipe.eval_every, recipe.n_steps + 1, recipe.eval_every)]
        means = [values[visits] for values in story.val_means()]
        extremes = {(int(each.argmin()), int(each.argmax())) for each in means}
        apart = min(np.diff(np.sort(each)).min() for each in means)
        if n_train % recipe.eval_every and len(extremes) == 1 and apart > 1e-5 and all(
                1 < place < len(visits) - 1 for place in extremes.pop()):
            return recipe, story


def check_training(answer: Answer) -> None:
    rng = np.random.default_rng()
    for nepochs, n_train in ((int(rng.integers(3, 5)), 7), (2, 10)):
        recipe, story = _draw_recipe(rng, nepochs, n_train)
        with tempfile.TemporaryDirectory() as folder:
            tiny, result = _train(answer, recipe, folder)
            _judge_steps(tiny, recipe, story)
            _judge_visits(tiny.val, recipe)
            _judge_best(tiny, recipe, story, Path(folder))
        told = _told(result)
        if told is None:
            answer.notes = ["the losses are not told: make a PlotLosses(), and update it once an "
                            "epoch, to see the curves"]
        else:
            _judge_losses(told, story, tiny.val.visits, recipe)


def _train(answer: Answer, recipe: Recipe, folder: str) -> tuple[Tiny, object]:
    tiny, PlotLosses.last = Tiny(recipe), None
    try:
        result = answer.call("train_model", tiny.model, tiny.train, tiny.val, tiny.optimizer,
                             tiny.criterion, recipe.nepochs, recipe.eval_every, folder)
    except Exception as error:
        if "changed in place" in str(error):
            raise Wrong("step-before-backward", "train_model(...)",
                        got="step() between the forward pass and backward()",
                        expected="backward(), then step()", cause="step() comes before backward(): "
                        "each step uses the gradient of the batch before") from None
        inside = {frame.name for frame in traceback.extract_tb(error.__traceback__)}
        if not tiny.optimizer.steps and "backward" in inside:
            raise Wrong("loss-not-reduced", "loss.backward()", got=str(error).splitlines()[0],
                        expected="one number to differentiate", cause="the criterion gives a loss "
                        "for each point; the mean of the batch is what a step lowers") from None
        raise
    return tiny, result


def _judge_steps(tiny: Tiny, recipe: Recipe, story: Story) -> None:
    got = tiny.optimizer.steps
    what = f"train_model(...), nepochs={recipe.nepochs}, {recipe.n_train} batches in train_loader"
    if len(got) != recipe.n_steps:
        name, cause = _why_count(len(got), tiny, recipe)
        raise Wrong(name, what, got=f"{len(got)} steps", expected=f"{recipe.n_steps} steps",
                    cause=cause)
    if not agrees(np.array(got), np.array(story.steps), 1e-6, 1e-9):
        name, cause = _why_steps(got, recipe, story)
        raise Wrong(name, what, got="steps in other directions, or of other lengths",
                    expected="each along the gradient of the mean loss of its own batch",
                    cause=cause)
    if tiny.optimizer.in_eval_mode:
        raise Wrong("eval-never-undone", what, got=f"{tiny.optimizer.in_eval_mode} steps with "
                    "model.training False", expected="steps in training mode",
                    cause="model.eval() holds until model.train() ends it: after the first "
                          "validation all training goes on in the mode for evaluation")


def _why_count(n: int, tiny: Tiny, recipe: Recipe) -> tuple[str, str]:
    if n == 0:
        return "no-step", "optimizer.step() was never called (the one that was passed in)"
    if n == recipe.nepochs:
        return "one-step-an-epoch", ("step() belongs into the loop over the batches, after each "
                                     "backward()")
    if n == recipe.n_train:
        return "one-epoch", "one walk through the loader is one epoch; there are nepochs"
    if n == recipe.nepochs * recipe.n_val:
        return "trains-on-validation", "the steps come from val_loader"
    if n > recipe.n_steps and (n - recipe.n_steps) % recipe.n_val == 0 and tiny.val.begun and (
            n % recipe.n_train or n - recipe.n_steps == tiny.val.begun * recipe.n_val):
        return "validation-inside-training", (
            "the validation batches lead to steps as well, so that the network learns what it is "
            "to be tested with")
    if n % recipe.n_train == 0:
        return "epochs-written-in", "these are other epochs than nepochs: is the argument used?"
    if n == recipe.nepochs * (recipe.n_train - 1):
        return "last-batch-dropped", "a batch of each epoch leads to no step"
    return "other", "one step for each training batch of each epoch"


def _why_steps(got: list[np.ndarray], recipe: Recipe, story: Story) -> tuple[str, str]:
    start = _flat(Tiny(recipe).model)
    if np.array_equal(got[-1], start):
        return "nothing-learned", ("the parameters never change, so the gradients are missing at "
                                   "each step(): is there a loss.backward() before it? And does "
                                   "zero_grad() come before both?")
    for name, options, cause in [
            ("zero-grad-forgotten", {"zero_grad": "never"},
             "backward() adds to the gradients that are there: without optimizer.zero_grad() each "
             "step is led by all batches so far"),
            ("zero-grad-once-an-epoch", {"zero_grad": "each epoch"},
             "zero_grad() is called once an epoch; backward() adds to what is there, so it is "
             "needed for each batch"),
            ("loss-summed", {"loss": lambda losses, model, pts, occ:
                             losses(model(pts), occ).sum()},
             "the losses of the batch are added up, so that a step is as many times as long as "
             "there are points in the batch: take the mean"),
            ("sigmoid-before-the-criterion", {"loss": lambda losses, model, pts, occ:
                                              losses(model(pts).sigmoid(), occ).mean()},
             "the criterion gets probabilities. BCEWithLogitsLoss contains the sigmoid already, "
             "and takes logits; twice is once too often"),
            *[("own-loss", {"loss": loss},
               "this is the squared error; the loss is what `criterion`, the argument, says")
              for loss in (lambda losses, model, pts, occ: ((model(pts) - occ) ** 2).mean(),
                           lambda losses, model, pts, occ:
                           ((model(pts).sigmoid() - occ) ** 2).mean())]]:
        with np.errstate(all="ignore"):  # with another loss the steps may be much too long
            steps = _simulate(recipe, **options).steps
        told_apart = recipe.n_train + 2  # steps: into the second epoch
        if agrees(np.array(got[:told_apart]), np.array(steps[:told_apart]), 1e-6, 1e-9):
            return name, cause
    first = next(i for i, (one, other) in enumerate(zip(got, story.steps))
                 if not agrees(one, other, 1e-6, 1e-9))
    return "other", (f"step {first + 1} is the first that goes elsewhere. Each is: zero_grad, the "
                     "mean of criterion(model(pts), occ), backward, step, and nothing else that "
                     "changes the model")


def _judge_visits(loader: WatchedLoader, recipe: Recipe) -> None:
    """Whether the validation comes every so many steps; the first may come after any of these."""
    visits, every, n = getattr(loader, "visits", []), recipe.eval_every, recipe.n_steps
    seen = set(visits)
    ends = set(range(0, n + 1, recipe.n_train))
    if any(due <= seen <= due | ends | {0, 1, n} for due in (
            set(range(first, n + 1, every)) for first in range(1, every + 1))):
        return
    resets = {epoch * recipe.n_train + step for epoch in range(recipe.nepochs)
              for step in range(every, recipe.n_train + 1, every)}
    firsts = {epoch * recipe.n_train + 1 for epoch in range(recipe.nepochs)}
    if not seen:
        name, cause = "never-validated", "val_loader is never walked through"
        if loader.begun:
            name, cause = "validates-on-one-batch", "not all batches of val_loader are looked at"
    elif seen <= {1}:
        name, cause = "eval-every-ignored", ("the validation comes once. Is another number written "
                                             "in the place of eval_every?")
    elif seen <= {0, n}:
        name, cause = "validated-once-at-the-end", (
            "the validation comes once; it has to come while training, every eval_every steps")
    elif seen <= ends:
        name, cause = "validated-once-an-epoch", (
            "the validation comes at the end of each epoch; count steps, it += 1, and validate "
            "where it % eval_every == 0")
    elif len(seen - {0}) == n:
        name, cause = "eval-every-ignored", "the validation comes after every step"
    elif seen - firsts == resets - firsts:
        name, cause = "counter-begins-anew", (
            "the steps are counted anew in each epoch; count them over all epochs: it = 0 stands "
            "before the loop over the epochs")
    else:
        name, cause = "other", "count the steps, it += 1, and validate where it % eval_every == 0"
    raise Wrong(name, f"validation with eval_every={every}",
                got=f"after steps {', '.join(map(str, visits[:8]))}" if visits else "no validation",
                expected=f"after steps {every}, {2 * every}, {3 * every}, ...", cause=cause)


def _judge_best(tiny: Tiny, recipe: Recipe, story: Story, folder: Path) -> None:
    """Whether the weights are kept, in a file or in the model, that had the lowest loss."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    kept = [_flat_of_file(path) for path in files] or [_flat(tiny.model)]
    steps = [_flat(Tiny(recipe).model), *story.steps]
    visits = sorted(set(tiny.val.visits))
    means = story.val_means()
    best = {visits[int(values[visits].argmin())] for values in means}
    found = {step for step in range(len(steps)) for weights in kept
             if weights is not None and agrees(weights, steps[step], 1e-6, 1e-9)}
    if found & best:
        return
    worst = {visits[int(values[visits].argmax())] for values in means}
    if not files:
        name, cause = "best-not-kept", ("no file is written to out_dir: torch.save(model."
                                        "state_dict(), os.path.join(out_dir, \"model_best.pt\"))")
    elif not found:
        name, cause = "other", "the file has other weights than the model had after any step"
    elif found & {visits[-1], recipe.n_steps}:
        name, cause = "last-for-best", ("these are the last weights: save only if the validation "
                                        "loss is lower than the best so far, and remember that one")
    elif found & {visits[0]}:
        name, cause = "first-for-best", "these are the first weights: is the comparison right?"
    elif found & worst:
        name, cause = "worst-for-best", "a high loss is bad: save if the loss is lower than before"
    else:
        name, cause = "other", ("save if the validation loss, the mean over all points of "
                                "val_loader, is lower than the best so far")
    step = f"those after step {min(found)}" if found and files else "none"
    raise Wrong(name, "the weights in out_dir", got=step,
                expected="those with the lowest validation loss", cause=cause)


def _flat_of_file(path: Path) -> np.ndarray | None:
    try:
        state = nn.load(path)
        return np.concatenate([np.ravel(values) for values in state.values()]).astype(float)
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def _told(result) -> tuple[np.ndarray, np.ndarray] | None:
    """Training and validation losses as told to PlotLosses, or as returned; None if neither."""
    if PlotLosses.last is not None and PlotLosses.last.logs:
        logs = PlotLosses.last.logs
        for key in ("loss", "val_loss"):
            if any(key not in log for log in logs):
                raise Wrong("key-missing", "liveloss.update(...)", got=show(logs[0]),
                            expected="{'loss': ..., 'val_loss': ...}",
                            cause=f"there is nothing under {key!r}")
        both = [[log[key] for log in logs] for key in ("loss", "val_loss")]
    elif isinstance(result, (list, tuple)) and len(result) == 2:
        both = list(result)
    elif isinstance(result, dict) and {"loss", "val_loss"} <= set(result):
        both = [result["loss"], result["val_loss"]]
    else:
        return None
    return to_array(both[0], "the training losses"), to_array(both[1], "the validation losses")


def _judge_losses(told: tuple[np.ndarray, np.ndarray], story: Story, visits: list[int],
                  recipe: Recipe) -> None:
    running, n_train = story.running, recipe.n_train
    weights = np.array([BATCH] * (n_train - 1) + [BATCH - 3])
    mean, by_points = running.mean(axis=1), running @ weights / weights.sum()
    if not any(agrees(told[0], right, 1e-5) for right in (mean, by_points)):
        name, cause = _why_losses(told[0], story, visits, recipe)
        texts = difference(told[0], mean, 1e-5)
        raise Wrong(name, "the training losses, one an epoch", got=texts[0], expected=texts[1],
                    cause=cause)
    ends = [max((visit for visit in visits if visit <= end), default=-1)
            for end in range(n_train, recipe.n_steps + 1, n_train)]
    rights = [values[which] for values in story.val_means()
              for which in (ends, visits, [visit for visit in visits if visit > 1])]
    told_val = told[1][np.isfinite(told[1])] if told[1].ndim == 1 else told[1]
    if -1 in ends:  # nothing yet to tell after the first epoch
        return
    if not any(agrees(told_val, right, 1e-5) for right in rights):
        texts = difference(told[1], rights[0], 1e-5)
        name, cause = "other", "the mean of the criterion over all points of val_loader"
        batches = [story.val[visit] for visit in ends]
        for mistake, values, why in [
                ("sum-over-batches", [sum(b.sum() for b in each) for each in batches],
                 "the losses are added up; divide by the number of points, or the two curves "
                 "cannot be compared"),
                ("sum-over-batches", [sum(b.mean() for b in each) for each in batches],
                 "the means of the batches are added up; divide by their number"),
                ("last-batch-only", [each[-1].mean() for each in batches],
                 "this is the loss of the last batch alone; take the mean over all of them"),
                ("losses-swapped", mean, "these are the losses of the other loader")]:
            if agrees(told_val, np.array(values), 1e-5):
                name, cause = mistake, why
        raise Wrong(name, "the validation losses", got=texts[0], expected=texts[1], cause=cause)


def _why_losses(got: np.ndarray, story: Story, visits: list[int], recipe: Recipe
                ) -> tuple[str, str]:
    running, n_train = story.running, recipe.n_train
    mean = running.mean(axis=1)
    n_points = BATCH * n_train - 3
    ends = [max((visit for visit in visits if visit <= end), default=0)
            for end in range(n_train, recipe.n_steps + 1, n_train)]
    for name, values, cause in [
            *[("losses-swapped", values[ends], "these are the losses of the other loader")
              for values in story.val_means()],
            ("sum-over-batches", running.sum(axis=1),
             "the losses of the batches are added up; divide by their number, or the two curves "
             "cannot be compared"),
            ("last-batch-only", running[:, -1],
             "this is the loss of the last batch alone; an epoch's loss is the mean over all of "
             "its batches"),
            ("loss-of-each-batch", running.ravel(),
             "one number an epoch is wanted, the mean over its batches"),
            ("divided-by-the-number-of-points", running.sum(axis=1) / n_points,
             "the sum of the batches' means is divided by the number of points; divide by the "
             "number of batches, len(train_loader)"),
            *[("not-reset-between-epochs", values,
               "each epoch's loss contains those of the epochs before: the list, or the sum, has "
               "to begin empty in every epoch")
              for values in (mean.cumsum(), mean.cumsum() / np.arange(1, recipe.nepochs + 1))]]:
        if agrees(got, np.asarray(values), 1e-5):
            return name, cause
    return "other", "the mean over the batches of the epoch"


# -- d) the grid -----------------------------------------------------------------------------------


class Plane(nn.Module):
    """A linear function with another value at each point of the grid, (B,)."""

    def __init__(self, weight: np.ndarray, bias: float):
        super().__init__()
        self.weight = nn.Parameter(weight[:, None].copy())
        self.bias = bias
        self.most = 0  # points in a call
        self.recorded = False

    def forward(self, points: Tensor) -> Tensor:
        points = points if isinstance(points, Tensor) else Tensor(points)
        self.most = max(self.most, len(points))
        values = (points @ self.weight).squeeze(-1) + self.bias
        self.recorded = self.recorded or values.requires_grad
        return values


def check_grid(answer: Answer) -> None:
    rng = np.random.default_rng()
    for resolution in rng.permutation([4, 5, 6, 7])[:2].tolist():
        axis = np.linspace(-0.5, 0.5, resolution)
        grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1)
        weight = np.array([1.0, 10.0, 100.0]) * rng.uniform(0.8, 1.2, 3)
        bias = float(rng.uniform(-6, -4))
        size = next(n for n in rng.permutation(np.arange(10, 30)).tolist()
                    if resolution**3 % n > 1)  # the last batch is smaller
        model = Plane(weight, bias)
        loader = nn.DataLoader(Tensor(grid.reshape(-1, 3)), size)
        what = f"predict_grid(model, test_loader, {resolution})"
        with answer.noting(evaluate_grid):
            result = answer.call("predict_grid", model, loader, resolution)
        _judge_grid(result, grid @ weight + bias, model, size, what)
    if model.recorded:
        answer.notes.append("the model is called outside `with no_grad():`, so that everything is "
                            "kept for a backward() that never comes. It costs time and memory")


def _judge_grid(result, right: np.ndarray, model: Plane, size: int, what: str) -> None:
    if result is None:
        raise Wrong("nothing-returned", what, got="None", expected=f"shape {right.shape}",
                    cause="the function needs a return")
    got = to_array(result, what)
    if not agrees(got, right, 1e-5, 1e-4):
        name, cause = _why_grid(got, right, right.size % size)
        texts = difference(got, right, 1e-5, 1e-4)
        raise Wrong(name, what, got=texts[0], expected=texts[1], cause=cause)
    if model.most > size:
        raise Wrong("not-in-batches", what, got=f"{model.most} points sent through the network at "
                    "once", expected=f"at most {size}, as the loader gives them",
                    cause="two million points at once need gigabytes for the hidden layers: call "
                          "the model in the loop over test_loader")


def _why_grid(got: np.ndarray, right: np.ndarray, last: int) -> tuple[str, str]:
    def same(values: np.ndarray) -> bool:
        return agrees(got, values, 1e-5, 1e-4)

    whole = right.size - last
    if got.shape == (*right.shape, 1) and agrees(got[..., 0], right, 1e-5, 1e-4):
        return "axis-too-many", ("the values are right, and each is in a row of its own: "
                                 "reshape(resolution, resolution, resolution)")
    if got.size == right.size and got.shape != right.shape and agrees(
            got.ravel(), right.ravel(), 1e-5, 1e-4):
        return "not-in-the-shape-of-the-grid", ("the values are right, in another shape: "
                                                "reshape(resolution, resolution, resolution)")
    if got.size == last:
        return "last-batch-only", ("only the values of the last batch are left: collect those of "
                                   "all batches in a list, and join them with np.concatenate")
    if got.size == whole or got.size == right.size and agrees(
            got.ravel()[:whole], right.ravel()[:whole], 1e-5, 1e-4):
        return "last-batch-dropped", ("the last batch is missing. It is smaller than the others, "
                                      "and counts all the same")
    if same(-right):
        return "sign", "these have the wrong sign: inside is above 0"
    if got.shape == right.shape:
        if same(right.transpose(2, 1, 0)):
            return "axes-reversed", ("entry [i, j, k] has the value of [k, j, i], and the shape "
                                     "would come out mirrored. In the loader z runs fastest, as "
                                     "reshape fills an array: no order='F', no transpose after")
        if any(same(right.transpose(axes)) for axes in itertools.permutations(range(3))):
            return "axes-swapped", "the axes of the result are not in the order x, y, z"
        if any(same(right[flips]) for flips in itertools.product(
                (slice(None), slice(None, None, -1)), repeat=3)):
            return "axis-flipped", "an axis runs backwards"
        if any(same(whole) for whole in (np.trunc(right), np.round(right), np.floor(right))):
            return "integers", ("these are whole numbers: was the array made for integers? "
                                "np.zeros(n) holds floats, np.zeros(n, dtype=int) does not")
        probabilities = agrees(got, 1 / (1 + np.exp(-right)), 1e-4, 1e-5)
        if probabilities and not np.isin(got, (0, 1)).all():
            return "probabilities", ("these are probabilities. Marching cubes looks for logits of "
                                     "0, and where to put a vertex follows from them")
        if any(agrees(got, (right > level).astype(float), 1e-5) for level in (0, 0.5)):
            return "thresholded", ("these are decisions, 0 or 1. Marching cubes needs the values "
                                   "to place its vertices; from decisions it builds stairs")
    return "other", "the value of the network at each point, in the order of the loader"


# -- the tasks -------------------------------------------------------------------------------------

TASKS = [
    Task("2.1a", "Training and validation data", check_split, hints=(
        "Put all points in a random order, and cut that order in two. Occupancies go where their "
        "points go.",
        "One permutation pi of 0, ..., N - 1 for both arrays; the first round(0.8 N) entries of pi "
        "are for training, all others for validation.",
        "    order = np.random.permutation(len(points))\n"
        "    n_train = round(0.8 * len(points))\n"
        "    train, val = order[:n_train], order[n_train:]\n"
        "    return nn.TensorDataset(points[train], ...), ..."),
        read="minicv/nn/data.py, train_val_split"),
    Task("2.1b", "The network", check_network, hints=(
        "A chain: layer, ReLU, layer, ReLU, ..., layer. What bends the function is the ReLU; the "
        "last layer has to be free to say any number.",
        "3 -> size_h, n_hidden times size_h -> size_h, size_h -> 1. Layers must be attributes of "
        "the module for their weights to be found: nn.Sequential(*layers) takes a list of them.",
        "    layers = [nn.Linear(3, size_h), nn.ReLU()]\n"
        "    for _ in range(n_hidden):\n"
        "        layers += [nn.Linear(size_h, size_h), nn.ReLU()]\n"
        "    layers += [...]\n"
        "    self.layers = nn.Sequential(*layers)\n"
        "and in forward, squeeze(-1) makes (N,) of (N, 1)."),
        read="minicv/nn/layers.py, and minicv/occupancy_network/network.py, OccupancyNetwork"),
    Task("2.1c", "The training loop", check_training, seconds=30, hints=(
        "For each batch: forget the old gradients, compute the loss, its gradients, and make a "
        "step. Every eval_every steps: measure the loss on the validation batches, without "
        "learning from them, and keep the weights if it is the lowest so far.",
        "p <- p - lr * dL/dp for the mean loss L of this batch alone. backward() adds to .grad, "
        "which is why zero_grad() comes first.",
        "    for epoch in range(nepochs):\n"
        "        for pts, occ in train_loader:\n"
        "            it += 1\n"
        "            optimizer.zero_grad()\n"
        "            loss = criterion(model(pts), occ).mean()\n"
        "            loss.backward()\n"
        "            optimizer.step()\n"
        "            if it % eval_every == 0:\n"
        "                with no_grad():\n"
        "                    ...\n"
        "                if val_loss < best:\n"
        "                    ..."),
        read="minicv/nn/training.py, fit"),
    Task("2.1d", "The network on a grid", check_grid, hints=(
        "Send batch after batch through the network, keep what comes out, and put all of it "
        "together at the end.",
        "The loader gives z fastest and x slowest, which is the order in which reshape fills an "
        "array (resolution, resolution, resolution).",
        "    values = []\n"
        "    with no_grad():\n"
        "        for pts in test_loader:\n"
        "            values.append(model(pts).numpy())\n"
        "    return np.concatenate(values).reshape(...)"),
        read="minicv/occupancy_network/grid.py, evaluate_grid"),
]
