"""How a training went."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from minicv.plotting.figures import BLUE, VERMILION


def draw_losses(axes: Axes, train_epochs: Sequence[int], train_loss: Sequence[float],
                val_epochs: Sequence[int], val_loss: Sequence[float], *,
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
    """
    axes.plot(train_epochs, train_loss, color=BLUE, label="training")
    axes.plot(val_epochs, val_loss, color=VERMILION, linestyle="--", label="validation")
    if len(val_loss):
        best = int(np.argmin(val_loss))
        axes.plot(val_epochs[best], val_loss[best], "o", color=VERMILION, markersize=7,
                  label=f"best: {val_loss[best]:.4f} after epoch {val_epochs[best]}")
    axes.set(xlabel="epoch", ylabel=f"loss ({unit})", yscale="log")
    axes.grid(True, which="both", alpha=0.3)
    axes.legend(frameon=False)


def draw_running_means(axes: Axes, curves: dict[str, Sequence[float]], points: int = 60) -> None:
    """Losses of single batches, which jump, as means over many of them; logarithmic.

    Parameters
    ----------
    axes : Axes
    curves : dict from names to sequences of float
        A value for each batch; at most three.
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
    for (name, values), colour, style in zip(curves.items(), (BLUE, VERMILION, "black"),
                                             ("-", "--", ":")):
        width = max(len(values) // points, 1)
        means = np.array(values[:len(values) // width * width]).reshape(-1, width).mean(axis=1)
        axes.plot(width * (np.arange(len(means)) + 0.5), means, style, color=colour, label=name)
    axes.set_yscale("log")
    axes.grid(True, which="both", alpha=0.3)
    axes.legend(frameon=False)
