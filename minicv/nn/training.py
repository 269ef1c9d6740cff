"""Training: the loop that turns a network with random weights into one that has learned.

One walk through all the data is an *epoch*.  For each batch of it there are four lines: forget the
old gradients, compute the loss, walk back for the new gradients, step.  After the epoch the loss on
the validation data is measured, and the best weights so far are kept: so neither training too long
nor Ctrl-C does harm (exercise 2.1c).

>>> from minicv.nn.data import DataLoader, TensorDataset, train_val_split
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
...               epochs=5, loss=BCEWithLogitsLoss(), optimizer=Adam(network.parameters(), 3e-2))
>>> history.train_loss[0] > 0.5, history.best.val_loss < 0.1
(True, True)

PyTorch has no `fit`; there, everyone writes this loop anew.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager
from typing import Any

import numpy as np

from minicv import checks
from minicv.autograd import Tensor, no_grad
from minicv.autograd.checking import call
from minicv.nn.history import Best, Epoch, History
from minicv.nn.modules import Module
from minicv.nn.optim import Optimizer
from minicv.nn.progress import ProgressLine

Loss = Callable[[Tensor, Tensor], Tensor]
NEW_OPTIMIZER = "make it anew, as optim.Adam(model.parameters())"


def fit(model: Module, train_loader: Iterable, val_loader: Iterable | None = None, *,
        epochs: int, loss: Loss, optimizer: Optimizer,
        eval_every: int = 1, history: History | None = None) -> History:
    """Train a model, and leave it with its best weights.

    Parameters
    ----------
    model : Module
        The network; its parameters are changed.
    train_loader : iterable of pairs (inputs, targets)
        The batches of an epoch, each time it is looped over: a `DataLoader`, or a list of pairs.
    val_loader : the same, or None
        For validation. The best weights are those with the lowest mean loss on it. Without it, the
        model keeps the last weights.
    epochs : int
        How many epochs to train, at most 100,000; further ones if `history` is given.
    loss : callable
        A function of (model(inputs), targets) that gives the mean over the batch.
    optimizer : Optimizer
        Made for the parameters of `model`. It keeps what it remembers for a second call.
    eval_every : int
        Validate after every so many epochs, and after the last.
    history : History, or None
        What an earlier call returned, to go on with: epochs are numbered on, new losses are added
        to it, and its best weights are the ones to beat.

    Returns
    -------
    History
        The one passed in, if any. Ctrl-C ends the training at any moment, without a traceback: the
        model gets the best weights so far, a line on stderr says which, and the history of all
        finished epochs is returned with `interrupted` set.

    Raises
    ------
    RuntimeError
        The loss became infinite or NaN. The model has the best weights so far, as after Ctrl-C.

    Examples
    --------
    >>> from minicv.nn import MLP, DataLoader, MSELoss, TensorDataset, optim
    >>> x = np.linspace(-1, 1, 100, dtype=np.float32).reshape(100, 1)
    >>> loader = DataLoader(TensorDataset(x, x * x), batch_size=10, shuffle=True, rng=0)
    >>> network = MLP(1, 16, 1, rng=0)
    >>> adam = optim.Adam(network.parameters(), lr=1e-2)
    >>> history = fit(network, loader, loader, epochs=5, loss=MSELoss(), optimizer=adam)
    >>> history = fit(network, loader, loader, epochs=10, loss=MSELoss(), optimizer=adam,
    ...               history=history)  # 10 more, from the best weights of the first 5
    >>> history.train_epochs[-1]
    15
    """
    _check(model, loss, train_loader, [] if val_loader is None else val_loader)
    checks.instance(optimizer, "optimizer", Optimizer, hint=NEW_OPTIMIZER)
    if not {id(p) for p in optimizer.params} & {id(p) for p in model.parameters()}:
        raise ValueError(f"the optimizer moves no parameter of this model: {NEW_OPTIMIZER}")
    epochs = checks.whole(epochs, "epochs", least=1, most=100_000)
    eval_every = checks.whole(eval_every, "eval_every", least=1)
    history = History() if history is None else checks.instance(history, "history", History)
    first = len(history.epochs) + 1
    last = first + epochs - 1
    n_batches = len(train_loader) if isinstance(train_loader, Sized) else None
    _keep_freed_memory()
    with (_best_weights_kept(model, history), _modes_kept(model),
          ProgressLine(last, n_batches, history) as progress):
        for epoch in range(first, last + 1):
            model.train()
            losses = enumerate(_losses(model, train_loader, loss), 1)
            for batch, (inputs, batch_loss, train_loss) in losses:
                _need_finite(train_loss, f"training loss in epoch {epoch}, batch {batch}", inputs)
                optimizer.zero_grad()
                batch_loss.backward()
                optimizer.step()
                progress.show(epoch, batch, train_loss)
            val_loss = None
            if val_loader is not None and (epoch % eval_every == 0 or epoch == last):
                val_loss = evaluate(model, val_loader, loss)
                _need_finite(val_loss, f"validation loss after epoch {epoch}")
                if history.best is None or val_loss < history.best.val_loss:
                    # One assignment: epoch, loss and weights fit together whenever Ctrl-C comes.
                    history.best = Best(epoch, val_loss, model.state_dict())
            history.epochs.append(Epoch(epoch, train_loss, val_loss))
    return history


def evaluate(model: Module, loader: Iterable, loss: Loss) -> float:
    """The mean loss over all samples, a float: the model is in use (`eval`), nothing is recorded.

    Each batch counts with its size, as the last one is often smaller.

    Parameters
    ----------
    model, loader, loss
        As for `fit`, and so are the errors.

    Examples
    --------
    >>> from minicv.nn import MSELoss, ReLU
    >>> x = Tensor([[-1.0], [3.0]])
    >>> evaluate(ReLU(), [(x, x)], MSELoss())  # the mean of (0 + 1)^2 and (3 - 3)^2
    0.5
    """
    _check(model, loss, loader)
    mean = 0.0
    with _modes_kept(model), no_grad():
        model.eval()
        for _, _, mean_so_far in _losses(model, loader, loss):
            mean = mean_so_far
    return mean


def _check(model: Module, loss: Loss, *loaders: Iterable) -> None:
    checks.instance(model, "model", Module)
    checks.choice(getattr(loss, "reduction", "mean"), "the reduction of loss", ["mean"])
    for loader in loaders:
        if not hasattr(loader, "__iter__") or getattr(loader, "ndim", 1) == 0:
            raise TypeError(f"a loader must give batches, got {checks.brief(loader)}")


def _losses(model: Module, loader: Iterable, loss: Loss) -> Iterator[tuple[Any, Tensor, float]]:
    """For each batch its inputs, its loss, and the mean over all samples up to there."""
    total, n_samples = 0.0, 0
    for batch in loader:
        if not (isinstance(batch, (tuple, list)) and len(batch) == 2
                and hasattr(batch[1], "__len__") and getattr(batch[1], "ndim", 1) > 0):
            raise ValueError(f"a batch must be a pair (inputs, targets), with a row for each "
                             f"sample, got {checks.brief(batch)}")
        inputs, targets = batch
        batch_loss = call(loss, "loss must be a function of (predictions, targets)",
                          model(inputs), targets)
        if not (isinstance(batch_loss, Tensor) and batch_loss.numel() == 1):
            raise ValueError(f"loss must give one number, a Tensor, not {checks.brief(batch_loss)}")
        n_samples += len(targets)
        total += batch_loss.item() * len(targets)
        yield inputs, batch_loss, total / max(n_samples, 1)
    if n_samples == 0:
        raise ValueError("the loader gave no batches: its dataset is empty or, with drop_last, too "
                         "small, or it is a generator that was used up before")


@contextmanager
def _best_weights_kept(model: Module, history: History) -> Iterator[None]:
    """Leave the model with its best weights, however the block ends; Ctrl-C ends it quietly."""
    history.interrupted = False
    try:
        yield
    except KeyboardInterrupt:
        history.interrupted = True
    finally:
        if history.best is not None:
            model.load_state_dict(history.best.state_dict)
    if history.interrupted:
        kept = "keeps its present weights"
        if history.best is not None:
            kept = (f"has the weights of epoch {history.best.epoch}, the best so far (validation "
                    f"loss {history.best.val_loss:.4g})")
        print(f"interrupted in epoch {len(history.epochs) + 1}: the model {kept}", file=sys.stderr)


@contextmanager
def _modes_kept(model: Module) -> Iterator[None]:
    """Leave each module in its mode, training or use, however the block ends."""
    modes = [(module, module.training) for module in model.modules()]
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode


def _keep_freed_memory() -> None:
    """Have the memory that one step frees kept for the next one: training goes twice as fast.

    A step frees megabytes when it is done. The allocator of Linux (glibc) hands them back to the
    system if they are more than a threshold, and the next step has to fetch them again, page by
    page. But the threshold becomes twice the size of the largest block of up to 32 MB that has been
    freed so far (mallopt(3), M_MMAP_THRESHOLD). So we free one of 30 MB, which is never touched and
    costs nothing. With another allocator nothing happens.
    """
    np.empty(30 * 2**20, np.uint8)


def _need_finite(value: float, what: str, inputs: Any = None) -> None:
    if math.isfinite(value):
        return
    values = inputs.data if isinstance(inputs, Tensor) else inputs
    if isinstance(values, np.ndarray) and not np.isfinite(values).all():
        advice = "there is NaN or infinity in the inputs of this batch"
    else:
        advice = ("the steps are too long, so try a learning rate ten times smaller, and inputs "
                  "scaled to about -1 to 1; else look for log, sqrt and division in the model")
    raise RuntimeError(f"the {what} is {value}: {advice}")
