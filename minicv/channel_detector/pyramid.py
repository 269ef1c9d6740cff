"""Descriptors for a sliding window: of a whole image at many sizes, and of single windows.

The pyramid and the windows are those of `minicv.person_detector.detector`.  What differs is
how a level is described: the sums of `channels.py` are taken from few sizes of the image and laid
anew for those between.  A level is padded by some cells on all sides, so that a window may stick
out of the image and find people at its border: entry [i, j] of its grid describes the cell that
begins at the level's pixel (CELL * (i - PADDING), CELL * (j - PADDING)).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from minicv import checks
from minicv.channel_detector.channels import cell_descriptors, cell_sums, resample_cells
from minicv.person_detector.detector import resize
from minicv.person_detector.sliding_window import Level

CELL = 8  # pixels
PADDING = 4  # cells
# The image is resized twice an octave. So a level is described from pixels that are up to this much
# finer than its own, and sees a little more than a picture of its size would show: the examples to
# learn from must be cut out at all these finenesses, too.
FINEST = 2**0.5


@dataclass(frozen=True)
class CellFeatures:
    """How cells are described: histograms and colours, see `channels.py`.

    Parameters
    ----------
    colour : bool
        Whether to describe the colours of a cell, too.
    gamma : float
        Exponent of the gamma compression of the pixels before their gradients, above 0.

    Examples
    --------
    >>> CellFeatures(colour=False)
    CellFeatures(colour=False, gamma=0.5)
    """

    colour: bool = True
    gamma: float = 0.5

    def __post_init__(self) -> None:
        vars(self).update(colour=checks.flag(self.colour, "colour"),
                          gamma=checks.number(self.gamma, "gamma", above=0, most=100))


def describe(crops: Sequence[np.ndarray], window: tuple[int, int], features: CellFeatures
             ) -> np.ndarray:
    """Describe crops of a window, with a margin of one cell that is not described itself.

    Parameters
    ----------
    crops : sequence of (H, W, 3) uint8
        Each of any size, from 4 pixels on.
    window : (int, int)
        Rows and columns of cells, without the margin.
    features : CellFeatures

    Returns
    -------
    (n, rows, columns, d) float32

    Examples
    --------
    >>> describe([np.zeros((144, 80, 3), np.uint8)], (16, 8), CellFeatures()).shape
    (1, 16, 8, 19)
    """
    count = window[0] + 2, window[1] + 2
    described = []
    for crop in crops:
        sums = cell_sums(crop, CELL // 2, features.gamma)
        side = sums.shape[0] / count[0], sums.shape[1] / count[1]
        cells = resample_cells(sums, side, (0, 0), count)
        described.append(cell_descriptors(cells, features.colour))
    return np.stack(described)


def groups(scales: Iterable[float]) -> list[list[float]]:
    """The falling scales, in groups that can be described each by itself.

    Examples
    --------
    >>> groups([1.0, 0.8, 0.6])
    [[1.0, 0.8], [0.6]]
    """
    found: list[list[float]] = []
    for scale in scales:
        if not found or found[-1][0] >= FINEST * scale * (1 - 1e-9):
            found.append([])
        found[-1].append(scale)
    return found


def levels(image: np.ndarray, scales: Sequence[float], features: CellFeatures) -> Iterator[Level]:
    """The levels of a group of falling scales, one after the other, all from the first size.

    Examples
    --------
    >>> picture = np.zeros((200, 100, 3), np.uint8)
    >>> [level.grid.shape for level in levels(picture, [1.0, 0.75], CellFeatures())]
    [(33, 21, 19), (27, 18, 19)]
    """
    margin = PADDING + 1  # cells; one more, since the outermost are not described
    half = CELL // 2  # sums are of cells of half the size: the new ones lie well upon them
    base = resize(image, scales[0])
    # Beyond the border all cells are alike: one is described, and goes on.
    sums = cell_sums(pad_edges(base, half, half), half, features.gamma)
    for scale in scales:
        shrunk = scale / scales[0]
        side = 2 * scales[0] / scale
        first = 1 - margin * side
        rows, columns = (int(np.ceil(pixels / half / side - 1e-6)) + 2 * margin
                         for pixels in base.shape[:2])
        cells = resample_cells(sums, (side, side), (first, first), (rows, columns))
        yield Level(cell_descriptors(cells, features.colour),
                    (base.shape[0] / image.shape[0] * shrunk,
                     base.shape[1] / image.shape[1] * shrunk))


def pad_edges(image: np.ndarray, pad: int, multiple: int) -> np.ndarray:
    """More pixels on all sides, and at the end up to a multiple: those of the border go on."""
    height, width = image.shape[:2]
    return np.pad(image, ((pad, pad + -height % multiple), (pad, pad + -width % multiple), (0, 0)),
                  mode="edge")
