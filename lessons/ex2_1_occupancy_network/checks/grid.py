"""2.1d: the learner's grid, of a network whose value is another one at each point."""

from __future__ import annotations

import itertools
import re
import weakref
from collections.abc import Iterator

import numpy as np

from lessons.engine import Answer, Wrong
from lessons.engine.comparing import agrees, difference, to_array
from minicv import nn
from minicv.autograd import Tensor
from minicv.occupancy_network import evaluate_grid


class Plane(nn.Module):
    """A linear function with another value at each point of the grid, (B,)."""

    def __init__(self, weight: np.ndarray, bias: float):
        super().__init__()
        self.weight = nn.Parameter(weight[:, None].copy())
        self.bias = bias
        self.most = 0  # points in a call
        self.inputs: list[weakref.ref] = []  # of each call: a copy that backward() would need
        self.most_kept = 0  # of them at a time

    def forward(self, points: Tensor) -> Tensor:
        own = np.array(points.data if isinstance(points, Tensor) else points)
        self.most = max(self.most, len(own))
        values = (Tensor(own) @ self.weight).squeeze(-1) + self.bias
        self.inputs.append(weakref.ref(own))
        self.most_kept = max(self.most_kept, sum(ref() is not None for ref in self.inputs))
        return values


def check_grid(answer: Answer) -> None:
    rng = np.random.default_rng()
    for resolution in rng.permutation([4, 5, 6, 7])[:2].tolist():
        axis = np.linspace(-0.5, 0.5, resolution)
        grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1)
        weight, bias = _draw_plane(rng, grid)
        size = next(n for n in rng.permutation(np.arange(10, 30)).tolist()
                    if resolution**3 % n > 1 and resolution**3 > 2 * n)  # the last is smaller
        model = Plane(weight, bias)
        loader = nn.DataLoader(Tensor(grid.reshape(-1, 3)), size)
        what = f"predict_grid(model, test_loader, {resolution})"
        with answer.noting(evaluate_grid):
            result = _call(answer, model, loader, resolution, what)
        _judge_grid(result, grid @ weight + bias, model, size, what)
    if model.most_kept > 2:  # this one, and the last one if it still has its name
        answer.notes.append("the model is called outside `with no_grad():`, so that everything is "
                            "kept for a backward() that never comes. It costs time and memory")


def _draw_plane(rng: np.random.Generator, grid: np.ndarray) -> tuple[np.ndarray, float]:
    """Of a value that differs along each axis, and is near 0 somewhere: there a probability is
    neither 0 nor 1."""
    while True:
        weight, bias = np.array([1.0, 2.7, 7.3]) * rng.uniform(0.9, 1.1, 3), rng.uniform(-2, -1)
        if np.abs(grid @ weight + bias).min() < 1:
            return weight, float(bias)


def _call(answer: Answer, model: Plane, loader: nn.DataLoader, resolution: int, what: str):
    try:
        return answer.call("predict_grid", model, loader, resolution)
    except ValueError as error:
        message = str(error)
        if re.search("same shape|one shape|inhomogeneous", message):
            raise Wrong("stacked", what, got=message, expected="all values along one axis",
                        cause="the batches are put side by side along a new axis, for which they "
                              "had to be of one size, and the last is smaller: np.concatenate "
                              "joins them along the axis that they have") from None
        number = re.search(r"reshape (?:array|tensor) of size (\d+)|\((\d+),\) cannot be laid out",
                           message)
        sizes = {loader.batch_size: ("first-batch-only", "the first batch"),
                 resolution**3 % loader.batch_size: ("last-batch-only", "the last batch")}
        size = int(number[1] or number[2]) if number else 0
        if size not in sizes:
            raise
        name, batch = sizes[size]
        raise Wrong(name, what, got=f"{size} values", expected=f"{resolution**3} values",
                    cause=f"only the values of {batch} are there: collect those of all batches in "
                          "a list that begins empty before the loop, and join them after it"
                    ) from None


def _judge_grid(result, right: np.ndarray, model: Plane, size: int, what: str) -> None:
    if result is None:
        raise Wrong("nothing-returned", what, got="None", expected=f"shape {right.shape}",
                    cause="the function needs a return")
    got = to_array(result, what)
    if not agrees(got, right, 1e-5, 1e-4):
        name, cause = _why_grid(got, right, size, right.size % size)
        texts = difference(got, right, 1e-5, 1e-4)
        raise Wrong(name, what, got=texts[0], expected=texts[1], cause=cause)
    if model.most > size:
        raise Wrong("not-in-batches", what, got=f"{model.most} points sent through the network at "
                    "once", expected=f"at most {size}, as the loader gives them",
                    cause="two million points at once need gigabytes for the hidden layers: call "
                          "the model in the loop over test_loader")


def _why_grid(got: np.ndarray, right: np.ndarray, size: int, last: int) -> tuple[str, str]:
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
    if got.size == size:
        return "first-batch-only", ("only the values of the first batch are there: does the return "
                                    "stand inside of the loop?")
    place = whole // size * last  # i * len(pts)
    untouched = min(place, size)
    if got.size == right.size and agrees(
            got.ravel()[place:][:last], right.ravel()[whole:], 1e-5, 1e-4) and agrees(
            got.ravel()[:untouched], right.ravel()[:untouched], 1e-5, 1e-4) and not agrees(
            got.ravel()[whole:], right.ravel()[whole:], 1e-5, 1e-4):
        return "last-batch-misplaced", (
            "the last batch is written to another place: it is smaller, so that batch i does not "
            "begin at i * len(pts). Count how many values there are already")
    if got.size == whole or got.size == right.size and agrees(
            got.ravel()[:whole], right.ravel()[:whole], 1e-5, 1e-4):
        return "last-batch-dropped", ("the last batch is missing. It is smaller than the others, "
                                      "and counts all the same")
    if got.size != right.size:
        return OTHER
    if got.shape == right.shape:
        for name, values, cause in _wrong_values(right, size):
            if same(values):
                return name, cause
    return _why_one_batch(got.ravel(), right.ravel(), size) or OTHER


def _why_one_batch(got: np.ndarray, right: np.ndarray, size: int) -> tuple[str, str] | None:
    """If there are the values of one batch alone, or all batches are written to one place."""
    def same(one: np.ndarray, other: np.ndarray) -> bool:
        return agrees(one, other, 1e-5, 1e-4)

    starts = range(0, right.size, size)
    places = [i for i in starts if same(got[i:i + size], right[i:i + size])]
    last = right[starts[-1]:]
    overwritten = np.concatenate([last, right[starts[-2]:starts[-1]][len(last):]])
    # First: what lies behind, in memory of np.empty, may be anything, right values too.
    if same(got[:size], overwritten):
        return "batches-overwritten", ("each batch is written over the one before, at the "
                                       "beginning: move the place on by len(pts) after each")
    if same(got, np.resize(last, got.size)) or places == [starts[-1]]:
        return "last-batch-only", ("only the values of the last batch are left: is the array or "
                                   "the list made anew in the loop? It stands before the loop")
    if same(got, np.resize(right[:size], got.size)) or places == [0]:
        return "first-batch-only", ("only the values of the first batch are there: does the "
                                    "return, or a break, stand inside of the loop?")
    return None


OTHER = "other", "the value of the network at each point, in the order of the loader"


def _wrong_values(right: np.ndarray, size: int) -> Iterator[tuple[str, np.ndarray, str]]:
    """Name, values and cause of what is made of the right values."""
    yield "sign", -right, "these have the wrong sign: inside is above 0"
    yield "axes-reversed", right.T, (
        "entry [i, j, k] has the value of [k, j, i], and the shape would come out mirrored. In the "
        "loader z runs fastest, as reshape fills an array: no order='F', no transpose after")
    for axes in itertools.permutations(range(3)):
        yield ("axes-swapped", right.transpose(axes),
               "the axes of the result are not in the order x, y, z")
    for flips in itertools.product((slice(None), slice(None, None, -1)), repeat=3):
        yield "axis-flipped", right[flips], "an axis runs backwards"
    batches = [right.ravel()[start:start + size] for start in range(0, right.size, size)]
    yield ("batches-reversed", np.concatenate(batches[::-1]).reshape(right.shape),
           "the batches are joined from the last to the first: append puts each at the end")
    for whole in (np.trunc(right), np.round(right), np.floor(right)):
        yield "integers", whole, (
            "these are whole numbers: was the array made for integers? np.zeros(n) holds floats, "
            "np.zeros(n, dtype=int) does not")
    yield ("few-digits", right.astype(np.float16).astype(float),
           "these are float16, with three digits: the surface would become rough")
    for level in (0, 0.5):
        for low in (0, -1):
            yield "thresholded", np.where(right > level, 1.0, low), (
                "these are decisions. Marching cubes needs the values to place its vertices; from "
                "decisions it builds stairs")
    yield "probabilities", 1 / (1 + np.exp(-right)), (
        "these are probabilities. Marching cubes looks for logits of 0, and where to put a vertex "
        "follows from them")
    for times in (1, 2):
        yield "probabilities", times * (1 / (1 + np.exp(-right)) - 0.5), (
            "these are probabilities, moved so that the surface is at 0. They bend where the "
            "logits are nearly straight, and a vertex is placed along a straight line: the "
            "logits themselves are wanted")
    yield ("log-of-probabilities", -np.logaddexp(0, -right),
           "these are logarithms of probabilities, all below 0; the logits themselves are wanted")
    yield ("cut-off-at-0", np.maximum(right, 0),
           "all that is below 0 has become 0: marching cubes needs values of both signs")
    yield ("bounded", np.tanh(right), "these went through a tanh; the logits themselves are wanted")
