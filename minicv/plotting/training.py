"""How a training went."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from minicv import checks
from minicv.plotting.figures import BLUE, FAR, LINES, VERMILION, explain, flat, named, reals


def draw_losses(axes: Axes, train_epochs: ArrayLike, train_loss: ArrayLike,
                val_epochs: ArrayLike, val_loss: ArrayLike, *,
                unit: str = "binary cross entropy, nats per point") -> None:
    """Training and validation loss over the epochs, on a logarithmic scale, the best marked.

    On a logarithmic scale equal *factors* look equal, so that the later epochs, where the loss is
    small, can still be judged.

    Parameters
    ----------
    axes : Axes
    train_epochs, train_loss : sequences of equal length
        When the training loss was measured, and what it was.
    val_epochs, val_loss : sequences of equal length
        The same for the validation loss.
    unit : str
        Of the loss, for the label of the axis.

    Examples
    --------
    >>> from minicv.plotting import panels
    >>> _, (axes,) = panels("2d")
    >>> draw_losses(axes, [1, 2, 3], [0.4, 0.3, 0.2], [1, 3], [0.5, 0.4])
    >>> axes.lines[-1].get_label()
    'best: 0.4000 after epoch 3'
    """
    axes, unit = flat(axes), checks.instance(unit, "unit", str)
    # Whole epochs stay whole numbers, for the label.
    train_epochs = checks.numbers(train_epochs, "train_epochs", ("N",), within=FAR)
    val_epochs = checks.numbers(val_epochs, "val_epochs", ("N",), within=FAR)
    train_loss = reals(train_loss, "train_loss", train_epochs.shape)
    val_loss = reals(val_loss, "val_loss", val_epochs.shape)
    axes.plot(train_epochs, train_loss, color=BLUE, label="training")
    axes.plot(val_epochs, val_loss, color=VERMILION, linestyle="--", label="validation")
    if len(val_loss):
        best = int(np.argmin(val_loss))
        axes.plot(val_epochs[best], val_loss[best], "o", color=VERMILION, markersize=7,
                  label=f"best: {val_loss[best]:.4f} after epoch {val_epochs[best]}")
    axes.set(xlabel="epoch", ylabel=f"loss ({unit})")
    _logarithmic(axes)
    explain(axes, "both")


def draw_running_means(axes: Axes, curves: Mapping[str, ArrayLike], points: int = 60) -> None:
    """Losses of single batches, which jump, as means over many of them; logarithmic.

    Parameters
    ----------
    axes : Axes
    curves : dict from names to sequences of float
        A value for each batch; at most four.
    points : int
        Means along each curve, about.

    Examples
    --------
    >>> from minicv.plotting import panels
    >>> figure, (axes,) = panels("2d")
    >>> draw_running_means(axes, {"colour": [4.0, 2.0, 1.0, 1.0]}, points=2)
    >>> axes.lines[0].get_ydata().tolist()
    [3.0, 1.0]
    """
    axes, points = flat(axes), checks.whole(points, "points", least=1)
    checked = named(curves, "curves", ("N",))
    for (name, values), (dashes, colour) in zip(checked.items(), LINES):
        width = max(len(values) // points, 1)
        means = values[:len(values) // width * width].reshape(-1, width).mean(axis=1)
        axes.plot(width * (np.arange(len(means)) + 0.5), means, dashes, color=colour, label=name)
    _logarithmic(axes)
    explain(axes, "both")


def _logarithmic(axes: Axes) -> None:
    """Make y logarithmic, unless there is nothing above 0 to be seen then."""
    if any((np.asarray(line.get_ydata()) > 0).any() for line in axes.lines):
        axes.set_yscale("log")
