"""Losses, and how hard each sample pulls: lesson 1.3."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from minicv import checks
from minicv.plotting.figures import BLUE, LINES, VERMILION, explain, flat, named, reals, texts


def draw_pairs(axes: Axes, names: Sequence[str], bars: Mapping[str, Sequence[float]]) -> None:
    """Two bars side by side for each name, with their values on top.

    Parameters
    ----------
    axes : Axes
    names : sequence of str
        Below each pair.
    bars : mapping from names to sequences of float
        One or two: what the bars are, for the legend, and a value for each pair.

    Examples
    --------
    >>> from minicv.plotting import panels
    >>> figure, (axes,) = panels("2d")
    >>> draw_pairs(axes, ["1", "2"], {"loss": [2.0, 4.0], "pull": [1.0, 1.5]})
    >>> [text.get_text() for text in axes.texts]
    ['2.00', '4.00', '1.00', '1.50']
    """
    axes, names = flat(axes), texts(names, "names")
    at = np.arange(len(names))
    checked = named(bars, "bars", at.shape, most=2)
    looks = (-0.2, BLUE, BLUE, ""), (0.2, "white", VERMILION, "///")
    for (name, values), (offset, inside, line, hatch) in zip(checked.items(), looks):
        drawn = axes.bar(at + offset, values, 0.38, label=name, facecolor=inside, edgecolor=line,
                         hatch=hatch)
        axes.bar_label(drawn, fmt="%.2f", fontsize=9)
    axes.set_xticks(at, labels=names)
    axes.margins(y=0.15)
    axes.legend(frameon=False)


def draw_pulls(axes: Axes, lead: np.ndarray,
               losses: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> None:
    """Losses of two classes over the lead of the right one, and how hard they pull.

    Parameters
    ----------
    axes : Axes
    lead : (N,) array
        Score of the right class minus that of the other.
    losses : mapping from names to two (N,) arrays
        The loss (a thin line), and the length of its gradient (a broad one).

    Examples
    --------
    >>> from minicv.plotting import panels
    >>> figure, (axes,) = panels("2d")
    >>> draw_pulls(axes, np.array([-1, 1]), {"hinge": (np.array([2, 0]), np.array([1, 0]))})
    >>> axes.get_legend_handles_labels()[1]
    ['hinge: loss', 'hinge: pull']
    """
    axes, lead = flat(axes), reals(lead, "lead", ("N",))
    checked = named(losses, "losses", (2, len(lead)))
    for (name, (loss, pull)), (dashes, colour) in zip(checked.items(), LINES):
        axes.plot(lead, loss, dashes, color=colour, label=f"{name}: loss")
        axes.plot(lead, pull, dashes, linewidth=3, alpha=0.45, color=colour, label=f"{name}: pull")
    axes.set(xlabel="lead of the right class over the other, in scores",
             ylabel="loss, and length of its gradient", ylim=(0, None))
    explain(axes)


def draw_scatter(axes: Axes, x: np.ndarray, y: np.ndarray, is_right: np.ndarray) -> None:
    """A mark for each sample, a ring if it is recognised and a cross if not; both axes logarithmic.

    Parameters
    ----------
    axes : Axes
    x, y : (N,) arrays
        Above 0; what is not has no place on the scales.
    is_right : (N,) array of bool

    Examples
    --------
    >>> from minicv.plotting import panels
    >>> figure, (axes,) = panels("2d")
    >>> draw_scatter(axes, np.array([1, 2]), np.array([3, 4]), np.array([True, False]))
    >>> axes.get_legend_handles_labels()[1]
    ['recognised: 1', 'not: 1']
    """
    axes, x = flat(axes), reals(x, "x", ("N",))
    y = reals(y, "y", x.shape)
    is_right = checks.numbers(is_right, "is_right", x.shape, kinds="b")
    shown = (x > 0) & (y > 0)
    for right, colour, mark, name in ((True, BLUE, "o", "recognised"),
                                      (False, VERMILION, "x", "not")):
        chosen = shown & (is_right == right)
        axes.plot(x[chosen], y[chosen], mark, color=colour, markersize=5, fillstyle="none",
                  label=f"{name}: {np.count_nonzero(chosen)}")
    if shown.any():
        axes.set(xscale="log", yscale="log")
    explain(axes)
