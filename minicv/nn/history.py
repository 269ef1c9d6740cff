"""What training has brought: the losses of each epoch, and the best weights."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from minicv import checks


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
    epochs : list of Epoch
        One for each finished epoch.
    best : Best, or None
        None if the network was never validated.
    interrupted : bool
        Whether the last call was ended by Ctrl-C.

    Notes
    -----
    The training loss of an epoch is the mean over its batches, each taken *before* its step; the
    validation loss is taken at the end of the epoch.  So the training loss is about half an epoch
    behind, and may lie above the validation loss while the network learns fast.

    Examples
    --------
    >>> history = History([Epoch(1, 0.7, None), Epoch(2, 0.5, 0.6)])
    >>> history.train_loss, history.val_epochs
    ([0.7, 0.5], [2])
    """

    epochs: list[Epoch] = field(default_factory=list)
    best: Best | None = None
    interrupted: bool = False

    def __post_init__(self) -> None:
        self.epochs = checks.several(self.epochs, "epochs", Epoch)
        checks.instance(self.best, "best", Best, type(None))
        checks.flag(self.interrupted, "interrupted")

    @property
    def train_epochs(self) -> list[int]:
        """The numbers of the finished epochs: the x axis for `train_loss`."""
        return [epoch.number for epoch in self.epochs]

    @property
    def train_loss(self) -> list[float]:
        """The mean training loss of each finished epoch."""
        return [epoch.train_loss for epoch in self.epochs]

    @property
    def val_epochs(self) -> list[int]:
        """The numbers of the validated epochs: the x axis for `val_loss`."""
        return [epoch.number for epoch in self.epochs if epoch.val_loss is not None]

    @property
    def val_loss(self) -> list[float]:
        """The mean validation loss after each epoch in `val_epochs`."""
        return [epoch.val_loss for epoch in self.epochs if epoch.val_loss is not None]
