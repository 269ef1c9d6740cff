"""A detector's finds in whole pictures: side by side, at full size, and its windows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from minicv import checks
from minicv.plotting.figures import BLUE, VERMILION, box_array, flat, outline, picture, reals, texts


def picture_row(n: int, width: float = 3.4) -> tuple[Figure, list[Axes]]:
    """A figure and axes for n pictures that are wider than high, and a line of text above.

    Parameters
    ----------
    n : int
    width : float
        Of each, in inches.

    Examples
    --------
    >>> figure, axes = picture_row(3, width=3)
    >>> len(axes), float(figure.get_figwidth())
    (3, 9.0)
    """
    n, width = checks.whole(n, "n", least=1, most=50), checks.number(width, "width", least=0.1,
                                                                     most=100)
    figure = Figure(figsize=(n * width, 0.8 * width + 0.3), layout="constrained")
    return figure, [*figure.subplots(1, n, squeeze=False)[0]]


def draw_scores(axes: Axes, image: np.ndarray, boxes: np.ndarray, scores: np.ndarray) -> None:
    """The score of each window as a dot in its middle.

    Parameters
    ----------
    axes : Axes
    image : (H, W, 3) uint8 array
    boxes : (N, 4) array
        Windows: left, upper, right, lower.
    scores : (N,) array
        Above 0 speaks for a person.

    Examples
    --------
    >>> figure, (axes,) = picture_row(1)
    >>> draw_scores(axes, np.zeros((9, 9, 3), np.uint8), np.array([[0, 0, 4, 8]]), np.array([1.0]))
    >>> axes.collections[0].get_offsets().tolist()
    [[2.0, 4.0]]
    """
    axes, image, boxes = flat(axes), picture(image, "image"), box_array(boxes, "boxes")
    scores = reals(scores, "scores", (len(boxes),))
    axes.imshow(image)
    limit = np.abs(scores).max(initial=1e-9)
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    dots = axes.scatter(middles[:, 0], middles[:, 1], c=scores, s=14, cmap="PuOr", vmin=-limit,
                        vmax=limit, edgecolors="black", linewidths=0.3)
    axes.figure.colorbar(dots, ax=axes, shrink=0.7, label="score of the window round the dot")
    axes.set_axis_off()


def outcome_key(where: Axes | Figure) -> None:
    """What the lines of `draw_outcomes` mean, as a legend below the picture or all pictures.

    Parameters
    ----------
    where : Axes or Figure

    Examples
    --------
    >>> figure, (axes,) = picture_row(1)
    >>> outcome_key(axes)
    >>> [text.get_text() for text in axes.get_legend().get_texts()]
    ['right', 'wrong', 'missed']
    """
    lines = [Line2D([], [], color=BLUE), Line2D([], [], color=VERMILION, linestyle="--"),
             Line2D([], [], color="black", linestyle=":")]
    words = ["right", "wrong", "missed"]
    if isinstance(checks.instance(where, "where", Axes, Figure), Figure):
        where.legend(lines, words, frameon=False, ncols=3, loc="outside lower center")
    else:
        flat(where).legend(lines, words, frameon=False, ncols=3, loc="upper center",
                           bbox_to_anchor=(0.5, 0))


def full_size_picture(image: np.ndarray, boxes: np.ndarray, labels: Sequence[str]) -> Figure:
    """A picture with boxes, pixel for pixel when it is saved with 100 dots an inch.

    Parameters
    ----------
    image : (H, W, 3) uint8 array
    boxes : (N, 4) array
    labels : sequence of str
        One for each box.

    Examples
    --------
    >>> black = np.zeros((50, 80, 3), np.uint8)
    >>> figure = full_size_picture(black, np.array([[1, 2, 9, 30]]), ["0.7"])
    >>> (100 * figure.get_size_inches()).tolist()
    [80.0, 50.0]
    """
    image, boxes = picture(image, "image"), box_array(boxes, "boxes")
    labels = texts(labels, "labels", len(boxes), "boxes")
    height, width = image.shape[:2]
    figure = Figure(figsize=(width / 100, height / 100), dpi=100)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.imshow(image, extent=(0, width, height, 0), interpolation="nearest", aspect="auto")
    line = max(1.5, min(height, width) / 300)
    for box, label in zip(boxes, labels):
        outline(axes, box, edgecolor=BLUE, linewidth=line)
        axes.annotate(label, (box[0], max(box[1], 0)), xytext=(2, -2), textcoords="offset points",
                      va="top", fontsize=5 * line, color="white",
                      bbox={"facecolor": BLUE, "edgecolor": "none", "pad": 1})
    axes.set_axis_off()
    return figure
