"""What a layer sees of an image, and small images with a word to each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from minicv import checks
from minicv.plotting.figures import BLUE, SMALL, flat, reals, texts

SEEN = "#A6D0EC"  # light enough for numbers on it


def draw_seen(axes: Axes, seen: np.ndarray, *, ways: np.ndarray | None = None) -> None:
    """The pixels of an image that an output depends on, as filled squares on a grid.

    Parameters
    ----------
    axes : Axes
        Flat axes. Boxes can be drawn over it with `draw_boxes`: pixel column 3 is from 3 to 4.
    seen : (H, W) bool array
        As from `minicv.nn.seen_inputs` after `.any(axis=0)`.
    ways : (H, W) array, optional
        Numbers to write into the pixels that are seen.

    Raises
    ------
    ValueError
        `seen` is no (H, W), or `ways` has another shape.

    Examples
    --------
    >>> from minicv.plotting import panels
    >>> _, (axes,) = panels("2d")
    >>> draw_seen(axes, np.eye(2, dtype=bool), ways=np.array([[3, 0], [0, 4]]))
    >>> [text.get_text() for text in axes.texts]
    ['3', '4']
    """
    axes, seen = flat(axes), checks.numbers(seen, "seen", ("H", "W"), kinds="b")
    if ways is not None:
        ways = checks.numbers(ways, "ways", seen.shape)
    height, width = seen.shape
    pixels = np.argwhere(seen)
    squares = [Rectangle((column, row), 1, 1) for row, column in pixels]
    axes.add_collection(PatchCollection(squares, facecolor=SEEN, edgecolor=BLUE, linewidth=0.6,
                                        zorder=1.5))
    if ways is not None:
        for row, column in pixels:
            # in_layout: the texts stay inside; to measure them all would take seconds.
            axes.text(column + 0.5, row + 0.5, f"{ways[row, column]:g}", ha="center",
                      va="center", fontsize=SMALL, zorder=5, in_layout=False)
    axes.hlines(np.arange(height + 1), 0, width, color="#D0D0D0", linewidth=0.5, zorder=1)
    axes.vlines(np.arange(width + 1), 0, height, color="#D0D0D0", linewidth=0.5, zorder=1)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True))
    axes.set(xlim=(-0.5, width + 0.5), ylim=(height + 0.5, -0.5), aspect="equal",
             xlabel="x (pixels)", ylabel="y (pixels)")


def draw_tiles(axes: Axes, images: np.ndarray, captions: Sequence[str], *,
               columns: int) -> None:
    """Small grey images in rows, each with its caption underneath.

    Parameters
    ----------
    axes : Axes
        Flat axes, which lose their frame.
    images : (N, H, W) array
        From dark (small) to bright (large), on one scale.
    captions : sequence of str
        N texts of one or two short lines.
    columns : int
        Images in a row.

    Examples
    --------
    >>> from minicv.plotting import panels
    >>> _, (axes,) = panels("2d")
    >>> draw_tiles(axes, np.arange(12.0).reshape(3, 2, 2), ["a", "b", "c"], columns=2)
    >>> len(axes.images)
    3
    """
    axes, columns = flat(axes), checks.whole(columns, "columns", least=1, most=1000)
    images = reals(images, "images", ("N", "H", "W"), empty=False)
    captions = texts(captions, "captions", len(images), "images")
    n_rows = -(-len(images) // columns)
    height, width = images.shape[1:]
    right, down = 1.15 * width, 1.5 * height
    for n, (image, caption) in enumerate(zip(images, captions)):
        left, upper = n % columns * right, n // columns * down
        axes.imshow(image, cmap="gray", vmin=images.min(), vmax=images.max(),
                    extent=(left, left + width, upper + height, upper))
        axes.text(left + width / 2, upper + 1.03 * height, caption, ha="center", va="top",
                  fontsize=SMALL, in_layout=False)
    axes.set(xlim=(0, columns * right), ylim=(n_rows * down, 0), aspect="equal")
    axes.set_axis_off()
