"""Histograms of oriented gradients as pictures: in each cell a star of lines, one for each bin.

A bin counts gradients of some direction.  An edge runs at right angles to its gradient, so the line
of a bin is drawn at right angles to the middle of the bin: the picture then looks like the outline
of what was described.  The line is as bright as the histogram is high there; where lines cross,
brightness adds up.  (Bresenham's lines, as in scikit-image, pixel by pixel.)

The weights of a linear classifier have the shape of a descriptor, and are drawn the same way: the
positive ones are the edges that speak for a person, the negative ones those that speak against.
See Dalal and Triggs, CVPR 2005, figure 6.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from minicv import checks


def draw_hog(weights: np.ndarray, cells: tuple[int, int], orientations: int = 9,
             cells_per_block: tuple[int, int] = (3, 3), *,
             glyph: int = 16) -> np.ndarray:
    """Draw a descriptor, or the weights that a linear classifier gives to one.

    A cell belongs to several blocks, so several numbers speak of it: their mean is drawn.

    Parameters
    ----------
    weights : array
        A descriptor as `hog` returns it, or as many weights, in one row or by block.
    cells : tuple of int
        Rows and columns of cells in the window: (16, 8) for 128 x 64 pixels in cells of 8 x 8.
    orientations, cells_per_block
        Those of the descriptor.
    glyph : int
        Sides of a cell in the picture, in pixels.

    Returns
    -------
    (2, rows * glyph, columns * glyph)
        The picture of the positive weights and the one of the negative weights, in one scale: the
        brightest pixel of both is 1. All zeros if all weights are.

    Examples
    --------
    >>> positive, negative = draw_hog(np.ones(3780), (16, 8), cells_per_block=(2, 2))
    >>> positive.shape, float(positive.max()), float(negative.max())
    ((256, 128), 1.0, 0.0)
    """
    weights = checks.numbers(weights, "weights", dtype=float, within=1e100, empty=False)
    n_rows, n_columns = checks.pair(cells, "cells")
    rows, columns = checks.pair(cells_per_block, "cells_per_block")
    orientations = checks.whole(orientations, "orientations", least=1)
    glyph = checks.whole(glyph, "glyph", least=4, most=256)  # with less, no direction can be seen
    n_blocks = max(0, n_rows - rows + 1), max(0, n_columns - columns + 1)
    shape = (*n_blocks, rows, columns, orientations)
    if weights.size != math.prod(shape):
        raise ValueError(f"the cells need {math.prod(shape)} weights, {shape}, got {weights.size}")
    weights = weights.reshape(shape)

    sums = np.zeros((n_rows, n_columns, orientations))
    counts = np.zeros((n_rows, n_columns, 1))
    for i in range(rows):
        for j in range(columns):
            place = (slice(i, i + shape[0]), slice(j, j + shape[1]))
            sums[place] += weights[:, :, i, j]
            counts[place] += 1
    mean = sums / counts
    size = (n_rows * glyph, n_columns * glyph)
    pictures = np.stack([draw_cells(np.maximum(part, 0), (glyph, glyph), size)
                         for part in (mean, -mean)])
    brightest = pictures.max()
    return pictures / brightest if brightest > 0 else pictures


def draw_cells(cells: np.ndarray, pixels_per_cell: tuple[int, int], size: tuple[int, int]
               ) -> np.ndarray:
    """Draw the histograms of cells: the picture that `hog` returns with `visualize`.

    `cells` are (R, C, O), not negative; a cell is `pixels_per_cell` in the picture of `size`.
    """
    n_rows, n_columns, orientations = cells.shape
    cell_rows, cell_columns = pixels_per_cell
    # The middle of each bin; the line is perpendicular: (sin, cos) instead of (cos, sin).
    middle = np.pi * (np.arange(orientations) + 0.5) / orientations
    radius = max(0, min(pixels_per_cell) // 2 - 1)
    right, down = radius * np.sin(middle), radius * np.cos(middle)
    # Ends are rounded towards zero, and before that to the precision of a coordinate in the whole
    # picture: so lines of the same bin may differ by a pixel from cell to cell, as the peer's do.
    row = (np.arange(n_rows) * cell_rows + cell_rows // 2)[:, None]
    column = (np.arange(n_columns) * cell_columns + cell_columns // 2)[:, None]
    row_ends = np.stack([row - down, row + down], axis=-1).astype(int).tolist()
    column_ends = np.stack([column + right, column - right], axis=-1).astype(int).tolist()

    picture = np.zeros(size)
    for r, c, k in np.argwhere(cells > 0).tolist():
        (top, bottom), (left, stop) = row_ends[r][k], column_ends[c][k]
        rows, columns = _line(bottom - top, stop - left)
        picture[rows + top, columns + left] += cells[r, c, k]
    return picture


@lru_cache(maxsize=4096)
def _line(down: int, right: int) -> tuple[np.ndarray, np.ndarray]:
    """The pixels of a line from (0, 0) to (down, right), both ends included: rows and columns."""
    steps = max(abs(down), abs(right))
    if steps == 0:
        return np.zeros(1, int), np.zeros(1, int)
    # One pixel a step along the longer side; along the shorter, round(step * short / long), half
    # rounded away from the start: Bresenham's line, in whole numbers.
    step = np.arange(steps + 1)
    return tuple(np.sign(length) * ((2 * step * abs(length) + steps) // (2 * steps))
                 for length in (down, right))
