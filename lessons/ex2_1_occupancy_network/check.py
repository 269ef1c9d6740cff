"""Exercise 2.1: split, network, training loop, grid; and what the usual mistakes make of them.

None of the checks trains a chair. The split is judged by where each of 1,000 points went. A network
is held against the formula, evaluated with its own weights. The loop trains a tiny network with an
optimiser that remembers every step: there is only one right sequence of steps, however the loop is
written, and each usual mistake has a sequence of its own, which is computed here.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lessons.engine import Answer, Task, Wrong
from lessons.engine.comparing import agrees, difference, show, to_array
from minicv import nn, no_grad
from minicv.autograd import Tensor

# -- a) the split ----------------------------------------------------------------------------------

N_POINTS = 1000


def check_split(answer: Answer) -> None:
    rng = np.random.default_rng(7)
    points = rng.uniform(-0.5, 0.5, (N_POINTS, 3)).astype(np.float32)
    occupancies = points[:, 0] > 0  # so that one can tell which label belongs to a point
    given = points.copy(), occupancies.copy()
    parts = _four_parts(answer.call("get_train_val_split", points, occupancies))
    half = _four_parts(answer.call("get_train_val_split", *(array.copy() for array in given), 0.5))
    again = [_four_parts(answer.call("get_train_val_split", *(array.copy() for array in given)))
             for _ in range(4)]
    if not np.array_equal(points, given[0]):
        answer.notes.append("the function changes the arrays it is given; whoever calls it may "
                            "not expect that: shuffle a copy, or an index")
    row_of = {point: row for row, point in enumerate(map(tuple, given[0].tolist()))}
    train, val = (_rows(part, row_of) for part in (parts[0], parts[2]))
    _judge_rows(train, val)
    _judge_sizes(len(train), len(val), len(half[0]),
                 [len(each[0]) for each in again])
    for points_part, labels in ((parts[0], parts[1]), (parts[2], parts[3])):
        wrong = np.count_nonzero((points_part[:, 0] > 0) != (labels.ravel() > 0.5))
        if wrong:
            raise Wrong("labels-apart", "get_train_val_split", expected="every point with its own "
                        "occupancy", got=f"{wrong} of {len(labels)} occupancies are not of the "
                        "point beside them", cause="points and occupancies were shuffled apart: "
                        "draw one order, np.random.permutation(N), and index both with it")
    _judge_chance(train, val)


def _four_parts(result) -> list[np.ndarray]:
    """The four results as arrays, whatever they were returned as; pairs of pairs are fine."""
    what = "get_train_val_split"
    if result is None:
        raise Wrong("nothing-returned", what, got="None", expected="four arrays",
                    cause="the function needs a return")
    if isinstance(result, (list, tuple)) and len(result) == 2:
        result = [part for pair in result
                  for part in (pair if isinstance(pair, (list, tuple)) else [pair])]
    if not isinstance(result, (list, tuple)) or len(result) != 4:
        n = len(result) if isinstance(result, (list, tuple)) else 1
        raise Wrong("not-four-results", what, got=f"{n} results: {show(result)}",
                    expected="4: train_points, train_occupancies, val_points, val_occupancies",
                    cause="points and occupancies of both parts are wanted, four arrays: "
                          "return points[train], occupancies[train], points[val], ...")
    parts = [to_array(part, what) for part in result]
    shapes = [part.shape for part in parts]
    is_points = [part.ndim == 2 and part.shape[1] == 3 for part in parts]
    if is_points != [True, False, True, False]:
        in_order = is_points == [True, True, False, False]
        raise Wrong("order-of-results" if in_order else "other", what,
                    got=f"shapes {shapes}", expected="shapes (n, 3), (n,), (m, 3), (m,)",
                    cause="points and occupancies of one part stand together: train_points, "
                          "train_occupancies, val_points, val_occupancies" if in_order else "")
    for points, labels in (parts[:2], parts[2:]):
        if len(points) != labels.size:
            raise Wrong("other", what, got=f"{len(points)} points with {labels.size} occupancies",
                        expected="one occupancy for each point")
    return parts


def _rows(points: np.ndarray, row_of: dict) -> np.ndarray:
    """Which of the given points these are."""
    rows = [row_of.get(point) for point in map(tuple, points.tolist())]
    if None in rows:
        raise Wrong("points-changed", "get_train_val_split", got="points that were not given",
                    expected="the given points", cause="rows must stay whole: shuffling with "
                    "rng.permuted, or the flat array, mixes the coordinates of different points")
    return np.array(rows, dtype=int)


def _judge_rows(train: np.ndarray, val: np.ndarray) -> None:
    both = np.intersect1d(train, val)
    twice = len(train) + len(val) - len(np.unique(train)) - len(np.unique(val))
    lost = N_POINTS - len(np.union1d(train, val))
    if twice:
        raise Wrong("drawn-with-replacement", "get_train_val_split",
                    got=f"{twice} points come more than once, {lost} are in neither part",
                    expected="every point once",
                    cause="the rows were drawn with replacement (randint, choice without "
                          "replace=False); a permutation has each row once")
    if len(both):
        raise Wrong("validation-inside-training", "get_train_val_split",
                    got=f"{len(both)} points are in both parts", expected="none",
                    cause="a network that has been trained on these points knows them by heart: "
                          "the validation would notice no overfitting")
    if lost:
        raise Wrong("points-lost", "get_train_val_split", got=f"{lost} points are in neither part",
                    expected="every point in one of both",
                    cause="the validation part is what the training part leaves")


def _judge_sizes(n_train: int, n_val: int, n_half: int, again: list[int]) -> None:
    """A coin for each point would pass by luck in one of a million checks."""
    def near(n: int, fraction: float) -> bool:
        return abs(n - fraction * N_POINTS) <= 1  # however it is rounded

    if all(near(n, 0.8) for n in (n_train, *again)) and near(n_half, 0.5):
        return
    if near(n_val, 0.8):
        name, cause = "parts-swapped", "the larger part is for training, and is returned first"
    elif len({n_train, *again}) > 1:
        name, cause = "coin-for-each-point", (
            "the sizes change from call to call: a coin thrown for each point gives the share on "
            "average only; a permutation cut in two gives it exactly")
    elif near(n_train, 0.8):
        name, cause = "fraction-ignored", (
            f"with train_fraction=0.5 there are {n_half} points to train on, not 500: is the "
            "argument used?")
    else:
        name, cause = "other", "round(train_fraction * N) points are for training"
    raise Wrong(name, "get_train_val_split", got=f"{n_train} points to train on, {n_val} to "
                "validate with", expected="800 and 200", cause=cause)


def _judge_chance(train: np.ndarray, val: np.ndarray) -> None:
    """Of 1e215 ways to choose 200 of 1,000 points, a block or every fifth do not come by chance."""
    if len(np.unique(np.diff(np.sort(val)))) == 1 or len(np.unique(np.diff(np.sort(train)))) == 1:
        raise Wrong("not-shuffled", "get_train_val_split", got=f"validation rows {val[:5].tolist()}"
                    ", ...", expected="rows drawn at random",
                    cause="the points are cut in their order. If a file lists the points inside "
                          "first, a part would hardly know the other kind: shuffle before")


# -- b) the network --------------------------------------------------------------------------------

LAYERS_WANTED = {3: "3 -> 64, three times 64 -> 64, 64 -> 1", 4: "3 -> 64, four times 64 -> 64, "
                 "64 -> 1"}


def check_network(answer: Answer) -> None:
    network = answer.call("OccNet")
    if not isinstance(network, nn.Module):
        raise Wrong("not-a-module", "OccNet()", got=show(network), expected="an nn.Module",
                    cause="class OccNet(nn.Module): the optimiser finds the weights through it")
    _judge_parameters(network)
    rng = np.random.default_rng(3)
    points = rng.uniform(-1, 1, (50, 3)).astype(np.float32)
    draws = []
    for _ in range(4):
        _randomise(network, points, rng)
        output = network(Tensor(points))
        if output is None:
            raise Wrong("nothing-returned", "OccNet()(points)", got="None",
                        expected="shape (50, 1)", cause="forward needs a return")
        output = to_array(output, "OccNet()(points)")
        _judge_shape(output)
        draws.append(Draw([array.astype(float) for array in _arrays(network)],
                          points.astype(float), output))
    _judge_function(draws)
    _judge_gradients(network, points)


@dataclass(frozen=True)
class Draw:
    """Random parameters, and what the learner's network makes of some points with them."""

    parameters: list[np.ndarray]
    points: np.ndarray
    output: np.ndarray


def _randomise(network: nn.Module, points: np.ndarray, rng: np.random.Generator) -> None:
    """Large random weights, so that all ReLUs bend; the result is centred, to have both signs."""
    layers = next(_orders(_arrays(network)))
    for weight, bias in layers:
        weight[...] = rng.normal(0, 1.5 / np.sqrt(weight.shape[1]), weight.shape)
        bias[...] = rng.normal(0, 0.3, bias.shape)
    last_bias = layers[-1][1]
    last_bias -= np.median(_perceptron(layers, points, (True,) * (len(layers) - 1)))


def _arrays(network: nn.Module) -> list[np.ndarray]:
    """The parameters as weights (out, in), as `nn.Linear` has them, and biases (out,).

    Who makes them by hand, of `nn.Parameter`, may as well have weights (in, out) and biases
    (1, out). These are views: what is written into them is in the network.
    """
    arrays = [parameter.data for parameter in network.parameters()]
    shapes = [array.shape for array in arrays]
    if (1, 1) in shapes and (64, 1) in shapes:  # then (1, 64) is no weight
        arrays = [array[0] if array.ndim == 2 and len(array) == 1 else array for array in arrays]
    inputs_first = (3, 64) in shapes and (64, 3) not in shapes

    def upright(array: np.ndarray) -> np.ndarray:
        if array.ndim != 2 or len(array) == 1:
            return array
        return array.T if inputs_first or array.shape[1] == 1 else array

    return [upright(array) for array in arrays]


def _judge_shape(output: np.ndarray) -> None:
    if output.shape != (50, 1):
        flat = output.shape == (50,)
        raise Wrong("flat-output" if flat else "other", "OccNet()(points of shape (50, 3))",
                    got=f"shape {output.shape}", expected="shape (50, 1)",
                    cause="the loss compares with occupancies (N, 1); (N,) would be compared with "
                          "all of them" if flat else "")


def _judge_parameters(network: nn.Module) -> None:
    try:
        shapes = [array.shape for array in _arrays(network)]
    except TypeError as error:  # minicv's Module refuses layers in a list, where it finds none
        raise Wrong("layers-in-a-list", "OccNet()", got="no parameters",
                    expected="the parameters of all layers", cause=str(error)) from None
    weights = [shape for shape in shapes if len(shape) == 2]
    n_hidden = weights.count((64, 64))
    biases = sorted(shape for shape in shapes if len(shape) == 1)
    weights_right = n_hidden in LAYERS_WANTED and (
        sorted(weights) == [(1, 64), (64, 3), *[(64, 64)] * n_hidden])
    if weights_right and biases == [(1,)] + [(64,)] * (n_hidden + 1):
        return
    layers = ", ".join(f"{n_in} -> {n_out}" for n_out, n_in in weights) or "none"
    sizes = {size for shape in weights for size in shape}
    if not shapes:
        name, cause = "no-layers", "layers have to be attributes: self.layers = nn.Sequential(...)"
    elif sorted(weights) == [(1, 64), (64, 3), (64, 64)]:
        name, cause = "one-layer-again-and-again", (
            "there is one hidden layer of its own; the same layer called four times has one set "
            "of weights: make four layers. ([layer] * 4 is also four times the same)")
    elif 2 in sizes and 3 not in sizes:
        name, cause = "two-coordinates", "a location has three coordinates"
    elif all(n_out != 1 for n_out, _ in weights):
        name, cause = "more-outputs", ("one occupancy value for each location: the last layer has "
                                       "one output")
    elif not sizes <= {1, 3, 64}:
        name, cause = "hidden-size", "the hidden dimension is 64, in all of the layers"
    elif n_hidden not in LAYERS_WANTED:
        name, cause = "number-of-layers", f"there are {n_hidden} layers from 64 to 64"
    elif weights_right and len(biases) < len(weights):
        name, cause = "no-bias", ("without a bias all of the planes at which a ReLU bends pass "
                                  "through the origin")
    else:
        name, cause = "other", ("a weight and a bias for each layer, as nn.Linear has them, and no "
                                f"other parameters; here they have the shapes {shapes}")
    raise Wrong(name, "the layers of OccNet()", got=layers,
                expected=" (or) ".join(LAYERS_WANTED.values()), cause=cause)


def _judge_function(draws: list[Draw]) -> None:
    """Hold the network against the formula with the network's own weights."""
    n_layers = sum(parameter.ndim == 2 for parameter in draws[0].parameters)
    orders = [list(_orders(draw.parameters)) for draw in draws]
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
            raise Wrong(name, "OccNet()(points)", got=f"values from {output.min():.3g} to "
                        f"{output.max():.3g}", expected="logits of both signs", cause=cause)
    if fits((False,) * (n_layers - 1), lambda z: z):
        raise Wrong("no-activation", "OccNet()(points)", got="a linear function of the location",
                    expected="one with bends", cause="without a ReLU between them all layers "
                    "together are a single linear one, and the surface is a plane")
    for bends in itertools.product((True, False), repeat=n_layers - 1):
        if fits(bends, lambda z: z):
            raise Wrong("activation-missing", "OccNet()(points)",
                        got=f"a ReLU after {sum(bends)} of the {n_layers - 1} layers before the "
                            "last", expected="after each of them",
                        cause="two layers without a ReLU between them are as good as one")
    raise Wrong("other", "OccNet()(points)", got="another function of its weights",
                expected="layer, ReLU, layer, ReLU, ..., layer",
                cause="are all layers used, once each, with nn.ReLU between them?")


def _judge_gradients(network: nn.Module, points: np.ndarray) -> None:
    """Whether training reaches every parameter."""
    output = network(Tensor(points))
    parameters = list(network.parameters())
    if not (isinstance(output, Tensor) and output.requires_grad):
        raise Wrong("no-gradients", "OccNet()(points)", got="right values, but requires_grad is "
                    "False", expected="a Tensor that knows what it was computed from",
                    cause="the network could not be trained. Is forward wrapped in no_grad(), or "
                          "does it leave tensors for NumPy (numpy(), data, detach())?")
    output.sum().backward()
    without = sum(parameter.grad is None for parameter in parameters)
    if without:
        raise Wrong("no-gradients", "OccNet()(points).sum().backward()",
                    got=f"{without} of {len(parameters)} parameters get no gradient",
                    expected="a gradient for each",
                    cause="their layers would never learn: a detach(), numpy(), data or no_grad() "
                          "in forward cuts off all that comes before it")


def _orders(arrays: list[np.ndarray]) -> Iterator[list[tuple[np.ndarray, np.ndarray]]]:
    """The layers (weight, bias) from first to last; the hidden ones as they are made, and in every
    other order, for one may use them otherwise.

    Weights and biases of the same number of outputs belong together in the order in which they are
    made, be it in turn or first all weights and then all biases. A hidden weight may be transposed
    even if the first is not: its shape does not tell.
    """
    biases = {size: iter([b for b in arrays if b.shape == (size,)]) for size in (64, 1)}
    layers = [(weight, next(biases[len(weight)])) for weight in arrays if weight.ndim == 2]
    first = [layer for layer in layers if layer[0].shape == (64, 3)]
    hidden = [layer for layer in layers if layer[0].shape == (64, 64)]
    last = [layer for layer in layers if layer[0].shape == (1, 64)]
    for order in itertools.permutations(hidden):
        yield first + list(order) + last
    for order in itertools.permutations([(weight.T, bias) for weight, bias in hidden]):
        yield first + list(order) + last


def _perceptron(layers: list, points: np.ndarray, bends: Sequence[bool]) -> np.ndarray:
    values = points
    for (weight, bias), bend in zip(layers, (*bends, False)):
        values = values @ weight.T + bias
        values = np.maximum(values, 0) if bend else values
    return values


# -- c) the training loop --------------------------------------------------------------------------

N_EPOCHS = 5
N_TRAIN, N_VAL = 3, 2  # batches: with 5 epochs all usual mistakes make different numbers of steps
BATCH_OF_TINY = 8


class WatchedSGD(nn.optim.SGD):
    """Plain gradient descent that remembers the parameters after every step."""

    def __init__(self, model: nn.Module):
        self.model = model
        super().__init__(model.parameters(), lr=0.5)
        self.steps: list[np.ndarray] = []

    def step(self) -> None:
        super().step()
        self.steps.append(_flat(self.model))


def _flat(model: nn.Module) -> np.ndarray:
    return np.concatenate([parameter.data.ravel() for parameter in model.parameters()])


class Tiny:
    """A network with 3 inputs and all it takes to train it, the same each time."""

    def __init__(self):
        rng = np.random.default_rng(11)
        points = rng.uniform(-1, 1, (BATCH_OF_TINY * (N_TRAIN + N_VAL), 3))
        labels = (np.linalg.norm(points, axis=1, keepdims=True) < 0.9).astype(float)
        split = BATCH_OF_TINY * N_TRAIN
        train, val = (nn.TensorDataset(points[part], labels[part])
                      for part in (slice(split), slice(split, None)))
        self.train = nn.DataLoader(train, BATCH_OF_TINY)
        self.val = nn.DataLoader(val, BATCH_OF_TINY)
        self.model = nn.MLP(3, 8, 1, rng=0, dtype=np.float64)
        self.optimizer = WatchedSGD(self.model)
        self.criterion = nn.BCEWithLogitsLoss()

    def losses(self, loader: nn.DataLoader) -> np.ndarray:
        """Of each batch."""
        with no_grad():
            return np.array([self.criterion(self.model(points), labels).item()
                             for points, labels in loader])


def _simulate(zero_grad: str = "each step", early: bool = False) -> tuple[list, dict]:
    """Train the tiny network; returns the steps and the losses.

    Parameters
    ----------
    zero_grad : "each step", "each epoch" or "never".
    early : step before backward, with the gradient of the batch before.
    """
    tiny = Tiny()
    losses = {"running": [], "train": [], "val": [], "val before": []}
    for _ in range(N_EPOCHS):
        losses["val before"].append(tiny.losses(tiny.val))
        running = []
        if zero_grad == "each epoch":
            tiny.optimizer.zero_grad()
        for points, labels in tiny.train:
            if zero_grad == "each step" and not early:
                tiny.optimizer.zero_grad()
            loss = tiny.criterion(tiny.model(points), labels)
            if early:
                tiny.optimizer.step()
                tiny.optimizer.zero_grad()
            loss.backward()
            if not early:
                tiny.optimizer.step()
            running.append(loss.item())
        losses["running"].append(np.array(running))
        losses["train"].append(tiny.losses(tiny.train))
        losses["val"].append(tiny.losses(tiny.val))
    return tiny.optimizer.steps, {name: np.array(values) for name, values in losses.items()}


STEP_TOO_EARLY = ("step() comes before backward(): each step uses the gradient of the batch "
                  "before")


def check_training(answer: Answer) -> None:
    tiny = Tiny()
    start = _flat(tiny.model)
    try:
        result = answer.call("train_model", tiny.model, tiny.train, tiny.val, tiny.optimizer,
                             tiny.criterion, N_EPOCHS)
    except RuntimeError as error:
        if "changed in place" not in str(error):
            raise
        raise Wrong("step-before-backward", "train_model(...)", got="step() between the forward "
                    "pass and backward()", expected="backward(), then step()",
                    cause=STEP_TOO_EARLY) from error
    steps, losses = _simulate()
    _judge_steps(tiny.optimizer.steps, steps, start)
    _judge_losses(result, losses)


def _judge_steps(got: list[np.ndarray], right: list[np.ndarray], start: np.ndarray) -> None:
    what = f"train_model(...) for {N_EPOCHS} epochs of {N_TRAIN} batches"
    if len(got) != len(right):
        name, cause = {
            0: ("no-step", "optimizer.step() was never called (the one that was passed in)"),
            N_EPOCHS: ("one-step-an-epoch", "step() belongs into the loop over the batches, after "
                       "each backward()"),
            N_TRAIN: ("one-epoch", "one walk through the loader is one epoch; there are n_epochs"),
            N_EPOCHS * (N_TRAIN + N_VAL): (
                "validation-inside-training", "the validation batches lead to steps as well, so "
                "that the network learns what it is to be tested with"),
            N_EPOCHS * N_VAL: ("trains-on-validation", "the steps come from val_loader"),
        }.get(len(got), ("other", "one step for each training batch of each epoch"))
        raise Wrong(name, what, got=f"{len(got)} steps", expected=f"{len(right)} steps",
                    cause=cause)
    if agrees(np.array(got), np.array(right), 1e-6, 1e-9):
        return
    if np.array_equal(got[-1], start):
        raise Wrong("nothing-learned", what, got="parameters that never change",
                    expected="a change with each step",
                    cause="the gradients are missing at each step(): is there a loss.backward() "
                          "before it? And does zero_grad() come before both?")
    for name, options, cause in [
            ("zero-grad-forgotten", {"zero_grad": "never"},
             "backward() adds to the gradients that are there: without optimizer.zero_grad() each "
             "step is led by all batches so far"),
            ("zero-grad-once-an-epoch", {"zero_grad": "each epoch"},
             "zero_grad() is called once an epoch; backward() adds to what is there, so it is "
             "needed for each batch"),
            ("step-before-backward", {"early": True}, STEP_TOO_EARLY)]:
        if agrees(np.array(got), np.array(_simulate(**options)[0]), 1e-6, 1e-9):
            raise Wrong(name, what, got="steps in other directions", expected="each along the "
                        "gradient of its own batch", cause=cause)
    first = next(i for i, (one, other) in enumerate(zip(got, right))
                 if not agrees(one, other, 1e-6, 1e-9))
    raise Wrong("other", what, got=f"from step {first + 1} on other parameters",
                expected="zero_grad, the loss of the batch, backward, step, and nothing else that "
                "changes the model", cause="is each batch used once, and as it comes?")


def _judge_losses(result, losses: dict[str, np.ndarray]) -> None:
    what = "train_losses, val_losses"
    if isinstance(result, nn.History):
        result = result.train_loss, result.val_loss
    if isinstance(result, np.ndarray) and result.ndim:
        result = list(result)
    if not (isinstance(result, (list, tuple)) and len(result) == 2):
        nothing = result is None
        raise Wrong("nothing-returned" if nothing else "not-two-results", what, got=show(result),
                    expected="two lists with a loss for each epoch",
                    cause="the function needs a return" if nothing else
                    "return train_losses, val_losses: first the one list, then the other")
    train, val = (to_array(part, name) for part, name in zip(result, ("train_losses",
                                                                      "val_losses")))
    # While training, or again at the end of the epoch: both are a training loss.
    for name, got, right in (("train_losses", train, ("running", "train")),
                             ("val_losses", val, ("val",))):
        if not any(agrees(got, losses[kind].mean(axis=1), 1e-5) for kind in right):
            mistake, cause = _why_losses(name, got, losses)
            texts = difference(got, losses[right[0]].mean(axis=1), 1e-5)
            raise Wrong(mistake, name, got=texts[0], expected=texts[1], cause=cause)


def _why_losses(name: str, got: np.ndarray, losses: dict[str, np.ndarray]) -> tuple[str, str]:
    own = ("running", "train") if name == "train_losses" else ("val",)
    other = ("val",) if name == "train_losses" else ("running", "train")
    for mistake, kinds, reduce, cause in [
            ("losses-swapped", other, lambda values: values.mean(axis=1),
             "these are the losses of the other loader"),
            ("sum-over-batches", own, lambda values: values.sum(axis=1),
             "the losses of the batches are added up; divide by their number, or the two curves "
             "cannot be compared"),
            ("last-batch-only", own, lambda values: values[:, -1],
             "this is the loss of the last batch alone; an epoch's loss is the mean over all of "
             "its batches"),
            ("loss-of-each-batch", own, lambda values: values.ravel(),
             "one number an epoch is wanted, the mean over its batches"),
            ("divided-by-the-number-of-points", own,
             lambda values: values.mean(axis=1) / BATCH_OF_TINY,
             "the sum is divided by the number of points. The criterion gives the mean of a batch "
             "already, so divide by the number of batches, len(loader)"),
            ("not-reset-between-epochs", own, lambda values: values.mean(axis=1).cumsum(),
             "each epoch's loss contains those of the epochs before: the sum has to begin at 0 in "
             "every epoch"),
            ("not-reset-between-epochs", own,
             lambda values: values.mean(axis=1).cumsum() / np.arange(1, N_EPOCHS + 1),
             "this is the mean over all epochs so far: the list of batch losses has to begin empty "
             "in every epoch"),
            *[("validated-once-at-the-end", ("val",), reduce,
               "the validation comes once, when all training is over; it has to come at the end of "
               "every epoch, inside of the loop over the epochs")
              for reduce in (lambda values: values[-1].mean(), lambda values: values[-1:].mean(1),
                             lambda values: np.full(N_EPOCHS, values[-1].mean()),
                             lambda values: values[-1])],
            ("validated-too-early", ("val before",), lambda values: values.mean(axis=1),
             "the validation comes before the training of the epoch; at its end the network is a "
             "better one")]:
        if any(agrees(got, reduce(losses[kind]), 1e-5) for kind in kinds):
            return mistake, cause
    return "other", "the mean over the batches of the epoch"


# -- d) the grid -----------------------------------------------------------------------------------

RESOLUTION = 5
BATCH_SIZE = 16  # 125 points: seven batches, and one of 13


class Plane(nn.Module):
    """x + 10 y + 100 z - 30: so that a value tells which point it is of."""

    def __init__(self):
        self.weight = nn.Parameter(np.array([[1.0, 10.0, 100.0]]))
        self.most = 0  # points in a call
        self.recorded = False

    def forward(self, points: Tensor) -> Tensor:
        points = points if isinstance(points, Tensor) else Tensor(points)
        self.most = max(self.most, len(points))
        values = points @ self.weight.T - 30.0
        self.recorded = self.recorded or values.requires_grad
        return values


def check_grid(answer: Answer) -> None:
    axis = np.linspace(-0.5, 0.5, RESOLUTION)
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1)
    loader = nn.DataLoader(nn.TensorDataset(grid.reshape(-1, 3)), BATCH_SIZE)
    model = Plane()
    what = f"predict_grid(model, test_loader, {RESOLUTION})"
    result = answer.call("predict_grid", model, loader, RESOLUTION)
    if result is None:
        raise Wrong("nothing-returned", what, got="None", expected="shape (5, 5, 5)",
                    cause="the function needs a return")
    got = to_array(result, what)
    right = grid @ np.array([1.0, 10.0, 100.0]) - 30
    if not agrees(got, right, 1e-5):
        name, cause = _why_grid(got, right)
        texts = difference(got, right, 1e-5)
        raise Wrong(name, what, got=texts[0], expected=texts[1], cause=cause)
    if model.most > BATCH_SIZE:
        raise Wrong("not-in-batches", what, got=f"{model.most} points sent through the network at "
                    "once", expected=f"at most {BATCH_SIZE}, as the loader gives them",
                    cause="two million points at once need gigabytes for the hidden layers: call "
                          "the model in the loop over test_loader")
    if model.recorded:
        answer.notes.append("the model is called outside `with no_grad():`, so that everything is "
                            "kept for a backward() that never comes. It costs time and memory")


def _why_grid(got: np.ndarray, right: np.ndarray) -> tuple[str, str]:
    last = right.size % BATCH_SIZE
    if got.shape == (*right.shape, 1) and agrees(got[..., 0], right, 1e-5):
        return "axis-too-many", ("the values are right, and each is in a row of its own, as the "
                                 "network gives them: reshape(resolution, resolution, resolution)")
    if got.size == right.size and got.shape != right.shape and agrees(
            got.ravel(), right.ravel(), 1e-5):
        return "not-in-the-shape-of-the-grid", ("the values are right, in another shape: "
                                                "reshape(resolution, resolution, resolution)")
    if got.size == last:
        return "last-batch-only", ("only the values of the last batch are left: collect those of "
                                   "all batches in a list, and join them with np.concatenate")
    if got.shape == right.shape:
        if agrees(got, right.transpose(2, 1, 0), 1e-5):
            return "axes-reversed", ("entry [i, j, k] has the value of [k, j, i], and the shape "
                                     "would come out mirrored. In the loader z runs fastest, as "
                                     "reshape fills an array: no order='F', no transpose after")
        if any(agrees(got, right.transpose(axes), 1e-5)
               for axes in itertools.permutations(range(3))):
            return "axes-swapped", "the axes of the result are not in the order x, y, z"
        if agrees(got, 1 / (1 + np.exp(-right)), 1e-4, 1e-6):
            return "probabilities", ("these are probabilities. Marching cubes looks for logits of "
                                     "0, and where to put a vertex follows from them")
        if agrees(got, (right > 0).astype(float), 1e-5) or agrees(
                got, (right > 0.5).astype(float), 1e-5):
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
        "    n_train = round(train_fraction * len(points))\n"
        "    train, val = order[:n_train], order[n_train:]\n"
        "    return points[train], ..."),
        read="minicv/nn/data.py, train_val_split"),
    Task("2.1b", "The network", check_network, hints=(
        "A chain: layer, ReLU, layer, ReLU, ..., layer. What bends the function is the ReLU; the "
        "last layer has to be free to say any number.",
        "3 -> 64, four times 64 -> 64, 64 -> 1. Layers must be attributes of the module for their "
        "weights to be found: nn.Sequential(*layers) takes a list of them.",
        "    layers = [nn.Linear(3, hidden_size), nn.ReLU()]\n"
        "    for _ in range(n_hidden):\n"
        "        layers += [nn.Linear(hidden_size, hidden_size), nn.ReLU()]\n"
        "    layers += [...]\n"
        "    self.layers = nn.Sequential(*layers)"),
        read="minicv/nn/layers.py, and minicv/occupancy_network/network.py, OccupancyNetwork"),
    Task("2.1c", "The training loop", check_training, seconds=30, hints=(
        "For each batch: forget the old gradients, compute the loss, its gradients, and make a "
        "step. After all batches of an epoch: measure the loss on the validation batches, without "
        "learning from them.",
        "p <- p - lr * dL/dp for the L of this batch alone. backward() adds to .grad, which is why "
        "zero_grad() comes first.",
        "    for epoch in range(n_epochs):\n"
        "        total = 0\n"
        "        for points, occupancies in train_loader:\n"
        "            optimizer.zero_grad()\n"
        "            loss = criterion(model(points), occupancies)\n"
        "            loss.backward()\n"
        "            optimizer.step()\n"
        "            total += loss.item() * len(points)  # the last batch may be smaller\n"
        "        train_losses.append(total / n_train_points)\n"
        "        with no_grad():\n"
        "            ..."),
        read="minicv/nn/training.py, fit"),
    Task("2.1d", "The network on a grid", check_grid, hints=(
        "Send batch after batch through the network, keep what comes out, and put all of it "
        "together at the end.",
        "The loader gives z fastest and x slowest, which is the order in which reshape fills an "
        "array (resolution, resolution, resolution).",
        "    values = []\n"
        "    with no_grad():\n"
        "        for (points,) in test_loader:\n"
        "            values.append(model(points).numpy())\n"
        "    return np.concatenate(values).reshape(...)"),
        read="minicv/occupancy_network/grid.py, evaluate_grid"),
]
