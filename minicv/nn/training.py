"""Training: from arrays to a trained network, step by step.

1. `train_val_split` puts some of the data aside.  The network never trains on it, so the loss on
   it tells whether the network has learned the shape, or only the points (exercise 2.1a).
2. `TensorDataset` keeps what belongs together; `DataLoader` deals it out in batches, in a new
   random order every time.  A batch gives a rough gradient, at a fraction of the price of the
   exact one; many rough steps get further than a few exact ones.
3. `fit` is the training loop (exercise 2.1c).  One walk through all the data is an *epoch*.  After
   it the loss on the data put aside is measured, and the best weights so far are kept: training
   longer than is good does no harm, and neither does Ctrl-C.

>>> from minicv.nn.layers import MLP
>>> from minicv.nn.losses import BCEWithLogitsLoss
>>> from minicv.nn.optim import Adam
>>> points = np.random.default_rng(0).uniform(-1, 1, (1000, 2)).astype(np.float32)
>>> inside = np.linalg.norm(points, axis=1, keepdims=True) < 0.8
>>> train, val = train_val_split(points, inside, rng=0)
>>> network = MLP(2, 32, 32, 1, rng=0)
>>> history = fit(network,
...               DataLoader(TensorDataset(*train), batch_size=50, shuffle=True, rng=0),
...               DataLoader(TensorDataset(*val), batch_size=50),
...               epochs=10, loss=BCEWithLogitsLoss(), optimizer=Adam(network.parameters(), 1e-2))
>>> history.train_loss[0] > 0.5, history.best.val_loss < 0.1
(True, True)

`TensorDataset` and `DataLoader` are PyTorch's (`torch.utils.data`), except that a batch is taken
out of each array with *one* index operation, not row by row: this alone makes an epoch of small
rows several times faster.  PyTorch has no `fit`; there, everyone writes this loop anew.
"""

from __future__ import annotations

import math
import operator
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from minicv.autograd import Tensor, no_grad
from minicv.nn.layers import Module
from minicv.nn.optim import Optimizer

# --------------------------------------------------------------------------------------------------
# Data: split it, keep it together, deal it out
# --------------------------------------------------------------------------------------------------


def train_val_split(*arrays: np.ndarray, fraction: float = 0.8,
                    rng: np.random.Generator | int | None = None
                    ) -> tuple[tuple[np.ndarray, ...], tuple[np.ndarray, ...]]:
    """Split rows at random into a part to train on and a part to validate with.

    Parameters
    ----------
    arrays : one or more arrays with N rows each, as points (N, 3) and their labels (N, 1). Row i
        of one belongs to row i of the others, and they stay together.
    fraction : the share of rows to train on, above 0 and below 1.
    rng : a `numpy.random.Generator` or a seed.

    Returns
    -------
    Two tuples: the training part of each array, with round(fraction * N) rows, and the validation
    part of each with all other rows; both in random order, as copies.

    Raises
    ------
    ValueError : no arrays, arrays of different lengths, a fraction outside (0, 1), or so few rows
        that one part would be empty.

    Examples
    --------
    >>> points, labels = np.arange(30).reshape(10, 3), np.arange(10)
    >>> (train_points, train_labels), (val_points, val_labels) = train_val_split(
    ...     points, labels, rng=0)
    >>> train_points.shape, val_points.shape
    ((8, 3), (2, 3))
    >>> bool(np.all(train_points[:, 0] == 3 * train_labels))
    True
    """
    arrays = tuple(np.asarray(array) for array in arrays)
    n_rows = _common_length(arrays)
    if not 0 < fraction < 1:
        raise ValueError(f"fraction is the share of rows to train on, above 0 and below 1, "
                         f"got {fraction}")
    n_train = round(fraction * n_rows)
    if n_train in (0, n_rows):
        raise ValueError(f"{n_rows} rows split at fraction {fraction} would leave "
                         f"{n_train} to train on and {n_rows - n_train} to validate with; "
                         f"both need at least one")
    order = np.random.default_rng(rng).permutation(n_rows)
    return (tuple(array[order[:n_train]] for array in arrays),
            tuple(array[order[n_train:]] for array in arrays))


def _common_length(arrays: tuple[np.ndarray, ...]) -> int:
    """The number of rows, which must be the same in all arrays."""
    if not arrays:
        raise ValueError("at least one array is needed, got none")
    if any(array.ndim == 0 for array in arrays):
        raise ValueError("an array with rows is needed, got a single number")
    lengths = [len(array) for array in arrays]
    if len(set(lengths)) > 1:
        raise ValueError(f"row i of each array belongs together, so all need the same number of "
                         f"rows; got {lengths}")
    return lengths[0]


class TensorDataset:
    """Arrays whose rows belong together: row i of each is sample i.

    Parameters
    ----------
    tensors : arrays or tensors with N rows each; shared, not copied.

    Raises
    ------
    ValueError : none are given, or their numbers of rows differ.

    Examples
    --------
    >>> dataset = TensorDataset(np.zeros((5, 3), np.float32), np.arange(5))
    >>> len(dataset)
    5
    >>> points, numbers = dataset[np.array([3, 1])]
    >>> numbers
    tensor([3, 1])
    """

    def __init__(self, *tensors: np.ndarray | Tensor):
        self.tensors = tuple(tensor if isinstance(tensor, Tensor) else Tensor(tensor)
                             for tensor in tensors)
        self._length = _common_length(tuple(tensor.data for tensor in self.tensors))

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index) -> tuple[Tensor, ...]:
        """One sample (a number), or several (a slice or an array of numbers): a tensor of each."""
        if isinstance(index, np.ndarray) and index.dtype.kind == "i":
            # The same as [index], and twice as fast where rows are short.
            return tuple(Tensor(tensor.data.take(index, axis=0)) for tensor in self.tensors)
        return tuple(Tensor(tensor.data[index]) for tensor in self.tensors)


class DataLoader:
    """The samples of a dataset in batches; a `for` loop over it is one epoch.

    Parameters
    ----------
    dataset : a `TensorDataset`, or anything with a length that can be indexed with an array of
        sample numbers.
    batch_size : samples in a batch; the last batch is smaller if they do not come out even.
    shuffle : deal out in random order, a new one in each epoch. Without it, in the given order.
    drop_last : leave out a smaller last batch.
    rng : a `numpy.random.Generator` or a seed. The same seed gives the same orders, epoch by epoch.

    Raises
    ------
    ValueError : `batch_size` is below 1. TypeError : `batch_size` is not a whole number.

    Examples
    --------
    >>> loader = DataLoader(TensorDataset(np.arange(5)), batch_size=2)
    >>> [batch for (batch,) in loader]
    [tensor([0, 1]), tensor([2, 3]), tensor([4])]
    """

    def __init__(self, dataset: TensorDataset, batch_size: int = 1, shuffle: bool = False,
                 drop_last: bool = False, *, rng: np.random.Generator | int | None = None):
        if operator.index(batch_size) < 1:
            raise ValueError(f"batch_size must be at least 1, got {batch_size}")
        self.dataset = dataset
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.drop_last = drop_last
        self._rng = np.random.default_rng(rng)

    def __len__(self) -> int:
        """The number of batches."""
        full, left = divmod(len(self.dataset), self.batch_size)
        return full + (left > 0 and not self.drop_last)

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        n = len(self.dataset)
        order = self._rng.permutation(n) if self.shuffle else np.arange(n)
        for start in range(0, len(self) * self.batch_size, self.batch_size):
            yield self.dataset[order[start:start + self.batch_size]]


# --------------------------------------------------------------------------------------------------
# What a training has brought
# --------------------------------------------------------------------------------------------------


class Epoch(NamedTuple):
    """The result of one epoch: its number from 1, and its mean losses."""

    number: int
    train_loss: float
    val_loss: float | None  # None if the network was not validated after this epoch


class Best(NamedTuple):
    """The weights with the lowest validation loss so far."""

    epoch: int
    val_loss: float
    state_dict: dict[str, np.ndarray]


@dataclass
class History:
    """What `fit` returns: the losses of all finished epochs, for drawing and judging.

    Attributes
    ----------
    epochs : one `Epoch` for each finished epoch.
    best : the `Best`, or None if the network was never validated.
    seconds : the time that all calls of `fit` took together.
    interrupted : whether the last call was ended by Ctrl-C.

    Notes
    -----
    The training loss of an epoch is the mean over its batches, each taken *before* the step that
    it led to; the validation loss is taken with the weights at the end of the epoch.  While the
    network learns fast, the training loss is therefore about half an epoch behind, and may well
    lie above the validation loss.
    """

    epochs: list[Epoch] = field(default_factory=list)
    best: Best | None = None
    seconds: float = 0.0
    interrupted: bool = False

    @property
    def train_epochs(self) -> list[int]:
        """The numbers of the finished epochs: the abscissa of `train_loss`."""
        return [epoch.number for epoch in self.epochs]

    @property
    def train_loss(self) -> list[float]:
        """The mean training loss of each finished epoch."""
        return [epoch.train_loss for epoch in self.epochs]

    @property
    def val_epochs(self) -> list[int]:
        """The numbers of the epochs with a validation: the abscissa of `val_loss`."""
        return [epoch.number for epoch in self.epochs if epoch.val_loss is not None]

    @property
    def val_loss(self) -> list[float]:
        """The mean validation loss after each epoch in `val_epochs`."""
        return [epoch.val_loss for epoch in self.epochs if epoch.val_loss is not None]


# --------------------------------------------------------------------------------------------------
# The loop
# --------------------------------------------------------------------------------------------------


def fit(model: Module, train_loader: Iterable, val_loader: Iterable | None = None, *,
        epochs: int, loss: Callable[[Tensor, Tensor], Tensor], optimizer: Optimizer,
        eval_every: int = 1, history: History | None = None) -> History:
    """Train a model, and leave it with its best weights.

    Parameters
    ----------
    model : the network; its parameters are changed.
    train_loader : gives the batches of an epoch each time it is looped over: pairs (inputs,
        targets), as a `DataLoader` does, or a list of such pairs.
    val_loader : the same for validation. The best weights are those with the lowest mean loss on
        it. Without it, the model keeps the last weights.
    epochs : how many epochs to train, further ones if `history` is given.
    loss : a function of (model(inputs), targets) that gives the mean over the batch.
    optimizer : made for the parameters of `model`. What it remembers is kept: a second call goes on
        where the first one stopped.
    eval_every : validate after every so many epochs, and after the last.
    history : what an earlier call returned, to go on with: epochs are numbered on, new losses are
        added to it, and its best weights are the ones to beat.

    Returns
    -------
    History (the one passed in, if any).

    Raises
    ------
    ValueError : `epochs` or `eval_every` is below 1, a loader gives no batches, `loss` does not
        reduce with the mean.
    FloatingPointError : the loss became infinite or NaN. The model then holds the best weights so
        far, as after Ctrl-C.

    Notes
    -----
    Ctrl-C ends the training at any moment, without a traceback: the model gets the best weights so
    far, a line on stderr says which, and the history of all finished epochs is returned with
    `interrupted` set.  On a terminal a progress line is shown on stderr.

    Examples
    --------
    15 epochs, and 30 more with the same optimiser, from the best weights of the first 15:

    >>> from minicv.nn import MLP, MSELoss, optim
    >>> x = np.linspace(-1, 1, 100, dtype=np.float32).reshape(100, 1)
    >>> loader = DataLoader(TensorDataset(x, x * x), batch_size=10, shuffle=True, rng=0)
    >>> network = MLP(1, 16, 1, rng=0)
    >>> adam = optim.Adam(network.parameters(), lr=1e-2)
    >>> history = fit(network, loader, loader, epochs=15, loss=MSELoss(), optimizer=adam)
    >>> history = fit(network, loader, loader, epochs=30, loss=MSELoss(), optimizer=adam,
    ...               history=history)
    >>> history.train_epochs[-1]
    45
    """
    for name, value in (("epochs", epochs), ("eval_every", eval_every)):
        if operator.index(value) < 1:
            raise ValueError(f"{name} must be at least 1, got {value}")
    if getattr(loss, "reduction", "mean") != "mean":
        raise ValueError(f"fit weighs batches by their size, so it needs a loss with "
                         f"reduction='mean', not {loss.reduction!r}")
    history = History() if history is None else history
    history.interrupted = False
    first = history.epochs[-1].number + 1 if history.epochs else 1
    last = first + epochs - 1
    was_training = model.training
    _keep_freed_memory()
    progress = _ProgressLine(last, history)
    start = time.perf_counter()
    epoch = first
    try:
        for epoch in range(first, last + 1):
            progress.epoch = epoch
            train_loss = _train_one_epoch(model, train_loader, loss, optimizer, progress)
            val_loss = None
            if val_loader is not None and (epoch % eval_every == 0 or epoch == last):
                val_loss = evaluate(model, val_loader, loss)
                _check_finite(val_loss, f"validation loss after epoch {epoch}")
                if history.best is None or val_loss < history.best.val_loss:
                    # One assignment: epoch, loss and weights fit together whenever Ctrl-C comes.
                    history.best = Best(epoch, val_loss, model.state_dict())
            history.epochs.append(Epoch(epoch, train_loss, val_loss))
    except KeyboardInterrupt:
        history.interrupted = True
    finally:
        if history.best is not None:
            model.load_state_dict(history.best.state_dict)
        model.train(was_training)
        history.seconds += time.perf_counter() - start
        progress.close()
    if history.interrupted:
        print(_what_is_kept(epoch, history.best), file=sys.stderr)
    return history


def evaluate(model: Module, loader: Iterable, loss: Callable[[Tensor, Tensor], Tensor]) -> float:
    """The mean loss over all samples: the model is in use (`eval`), and no graph is recorded.

    Parameters
    ----------
    model, loader, loss : as for `fit`.

    Raises
    ------
    ValueError : the loader gives no batches.

    Notes
    -----
    The last batch is often smaller.  The mean of the batch means would give its samples too much
    weight; so each batch counts with its size.
    """
    was_training = model.training
    model.eval()
    total = _Mean()
    try:
        with no_grad():
            for inputs, targets in loader:
                total.add(loss(model(inputs), targets).item(), len(targets))
    finally:
        model.train(was_training)
    return total.value()


def _train_one_epoch(model: Module, loader: Iterable, loss: Callable, optimizer: Optimizer,
                     progress: _ProgressLine) -> float:
    """One step for each batch; returns the mean loss over all samples."""
    model.train()
    total = _Mean()
    n_batches = len(loader) if hasattr(loader, "__len__") else None
    for batch, (inputs, targets) in enumerate(loader, 1):
        optimizer.zero_grad()
        batch_loss = loss(model(inputs), targets)
        value = batch_loss.item()
        _check_finite(value, f"training loss in epoch {progress.epoch}, batch {batch}", inputs)
        batch_loss.backward()
        optimizer.step()
        total.add(value, len(targets))
        progress.show(batch, n_batches, total.value())
    return total.value()


def _keep_freed_memory() -> None:
    """Have the memory that one step frees kept for the next one: training goes twice as fast.

    A step frees megabytes of intermediate results when it is done. The allocator of Linux (glibc)
    hands them back to the system if they are more than a threshold, and the next step has to fetch
    them again, page by page, cleared to zero. But the threshold learns: it becomes twice the size
    of the largest block that has been freed so far (mallopt(3), M_MMAP_THRESHOLD), counting blocks
    of up to 32 MB. So we free one of 30 MB; it is never touched, and costs nothing. Where the
    allocator is another one, nothing happens.
    """
    np.empty(30 * 2**20, np.uint8)


class _Mean:
    """The mean over samples, from means over batches of different sizes."""

    def __init__(self):
        self.sum = 0.0
        self.count = 0

    def add(self, batch_mean: float, batch_size: int) -> None:
        self.sum += batch_mean * batch_size
        self.count += batch_size

    def value(self) -> float:
        if self.count == 0:
            raise ValueError("the loader gave no batches: its dataset is empty or, with drop_last, "
                             "smaller than a batch; or it is a generator, which can be walked once "
                             "(use a DataLoader or a list)")
        return self.sum / self.count


def _check_finite(value: float, what: str, inputs: Tensor | None = None) -> None:
    if math.isfinite(value):
        return
    if inputs is not None and not np.all(np.isfinite(inputs.data)):
        raise FloatingPointError(f"the {what} is {value}, because the inputs of this batch are "
                                 f"not all finite: look for NaN and infinity in the data")
    raise FloatingPointError(f"the {what} is {value}: the steps are too long, so try a learning "
                             f"rate ten times smaller, and inputs and targets scaled to about -1 "
                             f"to 1; if that does not help, look for log, sqrt and division in "
                             f"the model")


def _what_is_kept(epoch: int, best: Best | None) -> str:
    if best is None:
        return f"interrupted in epoch {epoch}: the model keeps its present weights"
    return (f"interrupted in epoch {epoch}: the model has the weights of epoch {best.epoch}, the "
            f"best so far (validation loss {best.val_loss:.4g})")


class _ProgressLine:
    """One line on stderr, written over and over; nothing at all if stderr is not a terminal."""

    def __init__(self, last_epoch: int, history: History):
        self.epoch = 0
        self._last_epoch = last_epoch
        self._history = history
        self._is_on = sys.stderr.isatty()
        self._batch = ""
        self._train_loss = 0.0
        self._next_time = 0.0
        self._width = 0

    def show(self, batch: int, n_batches: int | None, train_loss: float) -> None:
        """Note how far the training is, and write it, but at most ten times a second."""
        if not self._is_on:
            return
        self._batch = f"{batch}" if n_batches is None else f"{batch}/{n_batches}"
        self._train_loss = train_loss
        now = time.perf_counter()
        if now >= self._next_time:
            self._next_time = now + 0.1
            self._write()

    def close(self) -> None:
        """Write how far the training came, and end the line."""
        if self._width:
            self._write()
            print(file=sys.stderr)

    def _write(self) -> None:
        text = (f"epoch {self.epoch}/{self._last_epoch}  batch {self._batch}  "
                f"loss {self._train_loss:.4f}")
        best = self._history.best
        if best is not None:
            text += f"  best validation {best.val_loss:.4f} (epoch {best.epoch})"
        # A line that the terminal wraps cannot be written over; blanks cover a longer old one.
        text = text[:shutil.get_terminal_size().columns - 1]
        print("\r" + text.ljust(self._width), end="", file=sys.stderr, flush=True)
        self._width = len(text)
