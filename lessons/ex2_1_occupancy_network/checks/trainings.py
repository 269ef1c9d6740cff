"""2.1c: trainings of a tiny network, with an optimiser that remembers every step.

There is only one right sequence of steps, however the loop is written; each usual mistake has a
sequence of its own, which is computed here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from minicv import nn, no_grad
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
        self.criterion = Criterion(rng.uniform(0.6, 0.8))
        self.train, self.val = WatchedLoader(train, BATCH), WatchedLoader(val, BATCH)
        self.train.optimizer = self.val.optimizer = self.optimizer

    def losses(self, loader: nn.DataLoader) -> list[np.ndarray]:
        """Of each point, by batches."""
        points, occupancies = (Tensor(array) for array in loader.dataset.tensors)
        with no_grad():
            losses = self.criterion(self.model(points), occupancies).numpy()
        return np.split(losses, range(BATCH, len(losses), BATCH))


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


def simulate(recipe: Recipe, zero_grad: str = "each step", loss: Callable | None = None
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


# Which weights are kept, of those after some visits: the right ones, and by mistake. Functions of
# the validation losses at these visits, and of the training losses of the batches before them.
KEPT: dict[str, Callable[[np.ndarray, np.ndarray], int]] = {
    "best": lambda val, train: int(val.argmin()),
    "last-for-best": lambda val, train: len(val) - 1,
    "first-for-best": lambda val, train: 0,
    "worst-for-best": lambda val, train: int(val.argmax()),
    "training-loss-compared": lambda val, train: int(train.argmin()),
    "compared-with-the-last": lambda val, train: int(np.flatnonzero(np.diff(val) < 0)[-1]) + 1,
}


def draw_recipe(rng: np.random.Generator, nepochs: int, n_train: int) -> tuple[Recipe, Story]:
    """One in which the usual ways to keep weights keep others, by either mean of the losses."""
    while True:
        recipe = Recipe(nepochs, n_train, int(rng.integers(2, 4)), int(rng.integers(3, 5)),
                        int(rng.integers(2**31)))
        if n_train % recipe.eval_every:
            story = simulate(recipe)
            if _tells_apart(story, recipe):
                return recipe, story


def _tells_apart(story: Story, recipe: Recipe) -> bool:
    """Whether it does, be there a visit after the first step or not."""
    visits = [1, *range(recipe.eval_every, recipe.n_steps + 1, recipe.eval_every)]
    train = story.running.ravel()[np.array(visits) - 1]
    kept = []
    for means in story.val_means():
        val = means[visits]
        kept.append([KEPT[name](val, train)
                     for name in ("best", "worst-for-best", "training-loss-compared")])
        if np.diff(np.sort(val)).min() < 1e-5:
            return False
    return kept[0] == kept[1] and len(set(kept[0])) == 3 and all(
        1 < place < len(visits) - 1 for place in kept[0])
