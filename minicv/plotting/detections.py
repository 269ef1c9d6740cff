"""Boxes in pictures, and how good a set of detections is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from minicv import checks
from minicv.plotting.figures import BLUE, box_array, flat, looks, outline, reals, texts


def draw_boxes(axes: Axes, boxes: np.ndarray, names: Sequence[str] = (), *, colour: str = BLUE,
               filled: bool = False, label: str | None = None, name_at: str = "upper left") -> None:
    """Boxes with their names, x to the right and y downwards, as in an image.

    Parameters
    ----------
    axes : Axes
        Flat axes, empty or with an image in them.
    boxes : (N, 4) array
        Left, upper, right, lower, in pixels.
    names : sequence of str
        One for each box, or none.
    colour : str
        Of lines and names.
    filled : bool
        A grey area with a line round it, for what is true, or else a dashed line alone, for what
        was found. So they can be told apart without colours, too.
    label : str, optional
        For the legend.
    name_at : {"upper left", "lower right"}
        The corner where the name stands, inside the box.

    Raises
    ------
    ValueError
        Neither one name for each box nor none; another corner.

    Examples
    --------
    >>> from minicv.plotting import panels
    >>> _, (axes,) = panels("2d")
    >>> draw_boxes(axes, [[0, 0, 4, 3], [5, 1, 6, 3]], ["a", "b"], colour="black", label="found")
    >>> len(axes.patches), [text.get_text() for text in axes.texts]
    (2, ['a', 'b'])
    """
    axes, boxes = flat(axes), box_array(boxes, "boxes")
    names = texts(names, "names", len(boxes), "boxes", or_none=True)
    looks(colour=colour, label=label)
    filled = checks.flag(filled, "filled")
    checks.choice(name_at, "name_at", ("upper left", "lower right"))
    look = dict(facecolor="#DDDDDD", zorder=2) if filled else dict(linestyle="--", zorder=3)
    for box in boxes:
        outline(axes, box, edgecolor=colour, linewidth=1.8, label=label, **look)
        label = None  # once in the legend is enough
    corner, inwards, ha, va = ((slice(0, 2), (4, -3), "left", "top") if name_at == "upper left"
                               else (slice(2, 4), (-4, 3), "right", "bottom"))
    for box, name in zip(boxes, names):
        axes.annotate(name, box[corner], xytext=inwards, textcoords="offset points", ha=ha, va=va,
                      color=colour, weight="bold", zorder=4)
    if not axes.yaxis_inverted():
        axes.invert_yaxis()
    axes.set(xlabel="x (pixels)", ylabel="y (pixels)", aspect="equal")


def draw_precision_recall(axes: Axes, precision: np.ndarray, recall: np.ndarray, *,
                          envelope: np.ndarray | None = None, colour: str = BLUE,
                          linestyle: str = "-", label: str | None = None) -> None:
    """A precision-recall curve, and beneath it the area that is the average precision.

    Parameters
    ----------
    axes : Axes
    precision, recall : (N,) arrays
        As `minicv.detection_metrics.precision_recall_curve` gives them.
    envelope : (N,) array, optional
        The best precision from each recall on; the area beneath it is shaded.
    colour, linestyle, label : str
        Of the curve.

    Examples
    --------
    >>> from minicv.plotting import panels
    >>> _, (axes,) = panels("2d")
    >>> draw_precision_recall(axes, [1, 0.5], [0.5, 0.5], envelope=[1, 0.5], label="0.5")
    >>> axes.lines[0].get_xydata().tolist()
    [[0.5, 1.0], [0.5, 0.5]]
    """
    axes, recall = flat(axes), checks.numbers(recall, "recall", ("N",), least=0, within=1)
    precision = checks.numbers(precision, "precision", recall.shape, least=0, within=1)
    looks(colour=colour, linestyle=linestyle, label=label)
    if envelope is not None and len(recall) > 0:
        envelope = checks.numbers(envelope, "envelope", recall.shape, least=0, within=1)
        # The rectangle of a detection reaches back to the recall of the one before it.
        axes.fill_between(np.append(0, recall), np.append(envelope[0], envelope), step="pre",
                          color=colour, alpha=0.2, linewidth=0)
    axes.plot(recall, precision, color=colour, linestyle=linestyle, label=label)
    axes.set(xlabel="recall: share of the objects that were found",
             ylabel="precision: share of the finds that are right",
             xlim=(-0.02, 1.02), ylim=(-0.02, 1.05))
    axes.grid(True, alpha=0.3)


def draw_miss_rate(axes: Axes, fppi: np.ndarray, miss_rate: np.ndarray, *, colour: str = BLUE,
                   label: str | None = None) -> None:
    """Miss rate over false positives per image, both logarithmic, as in Caltech's pictures.

    Parameters
    ----------
    axes : Axes
    fppi, miss_rate : (N,) arrays
        As `minicv.detection_metrics.miss_rate_curve` gives them. 0 has no place on a logarithmic
        scale and is left out.
    colour, label : str
        Of the curve.

    Examples
    --------
    >>> from minicv.plotting import panels
    >>> _, (axes,) = panels("2d")
    >>> draw_miss_rate(axes, [0, 0.5, 1], [0.8, 0.4, 0.2])
    >>> axes.lines[0].get_xydata().tolist()
    [[0.5, 0.4], [1.0, 0.2]]
    """
    axes, fppi = flat(axes), reals(fppi, "fppi", ("N",), least=0)
    miss_rate = checks.numbers(miss_rate, "miss_rate", fppi.shape, least=0, within=1)
    looks(colour=colour, label=label)
    shown = (fppi > 0) & (miss_rate > 0)
    axes.plot(fppi[shown], miss_rate[shown], color=colour, drawstyle="steps-post", label=label)
    lowest = np.min(miss_rate[shown], initial=0.05)
    axes.set(xlabel="false positives per image", ylabel="miss rate: share of the objects missed",
             xscale="log", yscale="log", ylim=(lowest, 1.1))
    axes.set_yticks([0.05, 0.1, 0.2, 0.5, 1], labels=["0.05", "0.1", "0.2", "0.5", "1"])
    axes.grid(True, alpha=0.3)
