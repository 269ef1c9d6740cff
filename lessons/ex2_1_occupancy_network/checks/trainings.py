"""2.1c: trainings of a tiny network, with an optimiser that remembers every step.

There is only one right sequence of steps, however the loop is written; each usual mistake has a
sequence of its own, which is computed here.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from minicv import nn
from minicv.autograd import Tensor

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
        self.steps.append(flat(self.model))


class WatchedLoader(nn.DataLoader):
    """Remembers how often it was begun, and after how many steps all of its batches were seen."""

    optimizer: WatchedSGD
    begun = 0

    def __iter__(self) -> Iterator:
        if not hasattr(self, "visits"):
            self.visits: list[int] = []
        self.begun += 1
        yield from super().__iter__()
        self.visits.append(len(self.optimizer.steps))


def flat(model: nn.Module) -> np.ndarray:
    return np.concatenate([parameter.data.ravel() for parameter in model.parameters()])


class Swapped(Exception):
    """The criterion was given the occupancies first."""


class Criterion:
    """Binary cross entropy of logits, times a factor: one's own is another criterion."""

    def __init__(self, factor: float):
        self.factor, self.losses = factor, nn.BCEWithLogitsLoss(reduction="none")

    def __call__(self, logits: Tensor, occ: Tensor) -> Tensor:
        if getattr(occ, "requires_grad", False) and not getattr(logits, "requires_grad", False):
            raise Swapped
        return self.losses(logits, occ) * self.factor


class TinyNetwork(nn.Module):
    """From (B, 3) to (B,)."""

    def __init__(self, seed: int):
        super().__init__()
        self.layers = nn.MLP(3, 6, 1, rng=seed, dtype=np.float64)

    def forward(self, pts: Tensor) -> Tensor:
        return self.layers(pts).squeeze(-1)


@dataclass(frozen=True)
class Recipe:
    """A training: sizes, seed and labels. `Tiny(recipe)` is the same each time."""

    nepochs: int
    n_train: int  # batches
    n_val: int
    eval_every: int
    seed: int
    scale: float  # of the criterion; the learning rate makes up for it, so that steps are the same
    val_labels: tuple[bool, ...] = ()  # the steps do not depend on them; all are 0 without

    @property
    def n_steps(self) -> int:
        return self.nepochs * self.n_train

    @property
    def n_val_points(self) -> int:
        return BATCH * self.n_val - 5


class Tiny:
    """A network with 3 inputs and all it takes to train it."""

    def __init__(self, recipe: Recipe):
        rng = np.random.default_rng(recipe.seed)
        sizes = [BATCH * recipe.n_train - 3, recipe.n_val_points]
        points = [rng.uniform(-1, 1, (n, 3)) for n in sizes]
        labels = [(rng.random(sizes[0]) < 0.5).astype(float),
                  np.array(recipe.val_labels or [False] * sizes[1], float)]
        train, val = (nn.TensorDataset(*both) for both in zip(points, labels))
        self.model = TinyNetwork(recipe.seed)
        self.optimizer = WatchedSGD(self.model, lr=1 / recipe.scale)
        self.criterion = Criterion(rng.uniform(0.6, 0.8) * recipe.scale)
        self.train, self.val = WatchedLoader(train, BATCH), WatchedLoader(val, BATCH)
        self.train.optimizer = self.val.optimizer = self.optimizer

    def losses_if(self, steps: np.ndarray, points: np.ndarray) -> np.ndarray:
        """(steps, 2, points): of each point, if it were outside, and if it were inside.

        With the parameters after each step. By hand, which is many times as fast as a call of the
        network for each step.
        """
        weight, bias, last_weight, last_bias = np.split(steps, [18, 24, 30], axis=1)
        hidden = points @ weight.reshape(-1, 6, 3).transpose(0, 2, 1) + bias[:, None]
        logits = (np.maximum(hidden, 0) * last_weight[:, None]).sum(axis=2) + last_bias
        return self.criterion.factor * np.logaddexp(0, np.stack([logits, -logits], axis=1))


@dataclass
class Story:
    """What a training has been: the parameters after each step, losses by epoch and by step."""

    steps: list[np.ndarray]
    running: np.ndarray  # (epochs, batches): the mean of each batch, while training
    # After 0, 1, ... steps, as `val_means`: if each batch of val_loader is the last step's batch.
    val_of_training_batch: list[np.ndarray]
    val_if: np.ndarray  # (steps + 1, 2, points): after 0, 1, ... steps, outside and inside
    val_labels: np.ndarray

    @property
    def val(self) -> list[list[np.ndarray]]:
        """After 0, 1, ... steps: the validation loss of each point, by batches."""
        return [np.split(each, range(BATCH, len(each), BATCH)) for each in self._val_losses()]

    def _val_losses(self) -> np.ndarray:
        return np.where(self.val_labels, self.val_if[:, 1], self.val_if[:, 0])

    def val_means(self) -> list[np.ndarray]:
        """After each number of steps: the mean over the points, and the mean over the batches."""
        losses = self._val_losses()
        batches = np.split(losses, range(BATCH, losses.shape[1], BATCH), axis=1)
        return [losses.mean(axis=1), np.mean([batch.mean(axis=1) for batch in batches], axis=0)]

    def seen(self, visits: list[int]) -> list[Seen]:
        """What an answer sees that validates after these steps, by either mean."""
        running = np.concatenate([[np.inf], self.running.ravel()])
        epochs = (np.array(visits) - 1) // self.running.shape[1]
        return [Seen(val[visits], running[visits], batch[visits], epochs)
                for val, batch in zip(self.val_means(), self.val_of_training_batch)]


def simulate(recipe: Recipe, zero_grad: str = "each step", loss: Callable | None = None
              ) -> Story:
    """Train the tiny network.

    Parameters
    ----------
    zero_grad : "each step", "each epoch" or "never".
    loss : a function of criterion, model, pts and occ; the mean of the criterion without it.
    """
    tiny, running = Tiny(recipe), []
    start = flat(tiny.model)
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
    steps = np.array([start, *tiny.optimizer.steps])
    (points, labels), (val_points, val_labels) = (
        [tensor.numpy() for tensor in loader.dataset.tensors] for loader in (tiny.train, tiny.val))
    outside, inside = tiny.losses_if(steps[1:], points).swapaxes(0, 1)
    after = [each[first:first + BATCH] for each, first in zip(  # those of its own batch
        np.where(labels > 0, inside, outside), itertools.cycle(range(0, len(points), BATCH)))]
    as_val = [np.array([np.inf, *[each.sum() * recipe.n_val / recipe.n_val_points
                                  for each in after]]),
              np.array([np.inf, *[each.mean() for each in after]])]
    return Story(tiny.optimizer.steps, np.reshape(running, (recipe.nepochs, -1)), as_val,
                 tiny.losses_if(steps, val_points), val_labels > 0)


class Seen(NamedTuple):
    """At each validation in turn."""

    val: np.ndarray  # its loss
    train: np.ndarray  # the training loss of the batch before
    batch: np.ndarray  # the loss of that batch in the place of those of val_loader
    epoch: np.ndarray


# Which weights are kept, of those after some visits: the right ones, and by mistake.
KEPT: dict[str, Callable[[Seen], int]] = {
    "best": lambda seen: int(seen.val.argmin()),
    "last-for-best": lambda seen: len(seen.val) - 1,
    "first-for-best": lambda seen: 0,
    "worst-for-best": lambda seen: int(seen.val.argmax()),
    "training-loss-compared": lambda seen: int(seen.train.argmin()),
    "compared-with-the-last": lambda seen: int(np.flatnonzero(np.diff(seen.val) < 0)[-1]) + 1,
    "best-of-the-last-epoch": lambda seen: int(
        np.where(seen.epoch == seen.epoch[-1], seen.val, np.inf).argmin()),
    "validates-with-the-training-batch": lambda seen: int(seen.batch.argmin()),
}

# Each keeps others than the rest of these; and those of the last epoch none of the mistakes keeps.
ALONE = "worst-for-best", "training-loss-compared", "best-of-the-last-epoch", "last-for-best"


def draw_recipe(rng: np.random.Generator, nepochs: int, n_train: int, scale: float
                ) -> tuple[Recipe, Story]:
    """One in which the usual ways to keep weights keep others, by either mean of the losses."""
    while True:
        recipe = Recipe(nepochs, n_train, int(rng.integers(2, 4)), int(rng.integers(3, 5)),
                        int(rng.integers(2**31)), scale)
        story = simulate(recipe)
        for _ in range(25 if n_train % recipe.eval_every else 0):
            seen = story.val_if[recipe.eval_every::recipe.eval_every]
            outside, inside = np.tensordot(rng.normal(size=len(seen)), seen, 1)  # ups and downs
            story = replace(story, val_labels=inside > outside)
            if _tells_apart(story, recipe):
                return replace(recipe, val_labels=tuple(story.val_labels.tolist())), story


def _tells_apart(story: Story, recipe: Recipe) -> bool:
    """Whether it does, be there a visit after the first step or not, or all one step later."""
    every, n = recipe.eval_every, recipe.n_steps
    regular = [*range(every, n + 1, every)]
    return (_best_alone(story, regular)
            and all(len({choose(seen) for choose in map(KEPT.get, ALONE)}) == len(ALONE)
                    and KEPT["compared-with-the-last"](seen) != KEPT["best-of-the-last-epoch"](seen)
                    for seen in story.seen(regular))
            and _best_alone(story, [1, *regular]) and _best_alone(story, [*range(1, n + 1, every)]))


def _best_alone(story: Story, visits: list[int]) -> bool:
    """Whether no mistake keeps the best weights, which are the same by either mean."""
    both = story.seen(visits)
    if any((np.diff(seen.val) > 0).all() or np.diff(np.sort(seen.val)).min()
           < 1e-5 * seen.val.max() for seen in both):
        return False
    best = KEPT["best"](both[0])
    return KEPT["best"](both[1]) == best and all(
        choose(seen) != best for seen in both for name, choose in KEPT.items() if name != "best")
