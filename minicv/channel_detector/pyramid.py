"""Descriptors for a sliding window: of a whole image at many sizes, and of single windows.

The pyramid and the windows are those of `minicv.person_detector.detector`.  What differs is
how a level is described: the sums of `channels.py` are taken from few sizes of the image and laid
anew for those between.  A level is padded by some cells on all sides, so that a window may stick
out of the image and find people at its border: entry [i, j] of its grid describes the cell that
begins at the level's pixel (CELL * (i - PADDING), CELL * (j - PADDING)).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from minicv import checks
from minicv.channel_detector.channels import cell_descriptors, cell_sums, resample_cells
from minicv.person_detector.detector import resize
from minicv.person_detector.patches import check_picture
from minicv.person_detector.sliding_window import Level

CELL = 8  # pixels
PADDING = 4  # cells
MOST_CELLS = 64  # in a window, either way
MOST_PIXELS = 10**8  # of an image that is resized


@dataclass(frozen=True)
class CellFeatures:
    """Histograms and colours of cells, from few sizes of the image; see `channels.py`.

    Parameters
    ----------
    colour : bool
        Whether to describe the colours of a cell, too.
    gamma : float
        Exponent of the gamma compression of the pixels before their gradients, above 0.

    Examples
    --------
    >>> picture = np.zeros((200, 100, 3), np.uint8)
    >>> [level.grid.shape for level in CellFeatures().levels(picture, [1.0, 0.5])]
    [(33, 21, 19), (21, 15, 19)]
    """

    colour: bool = True
    gamma: float = 0.5

    # The image is resized twice an octave. So a level is described from pixels that are up to this
    # much finer than its own, and sees a little more than a picture of its size would show: the
    # examples to learn from must be cut out at all these finenesses, too.
    finest = 2**0.5

    def __post_init__(self):
        # The dataclass is frozen.
        object.__setattr__(self, "colour", checks.flag(self.colour, "colour"))
        object.__setattr__(self, "gamma", checks.number(self.gamma, "gamma", above=0, most=100))

    def describe(self, crops: Sequence[np.ndarray], window: tuple[int, int]) -> np.ndarray:
        """Describe crops of a window, with a margin of one cell that is not described itself.

        Parameters
        ----------
        crops : sequence of (H, W, 3) uint8
            Each of any size, from 4 pixels on.
        window : (int, int)
            Rows and columns of cells, without the margin.

        Returns
        -------
        (n, rows, columns, d) float32

        Examples
        --------
        >>> CellFeatures().describe([np.zeros((144, 80, 3), np.uint8)], (16, 8)).shape
        (1, 16, 8, 19)
        """
        rows, columns = check_window(window)
        count = rows + 2, columns + 2
        described = []
        for n, crop in enumerate(checks.several(crops, "crops")):
            crop = check_picture(crop, f"crop {n}")
            if min(crop.shape[:2]) < CELL // 2:
                raise ValueError(f"crop {n} has {crop.shape[:2]} pixels, and needs at least "
                                 f"{CELL // 2} in a row and a column")
            sums = cell_sums(crop, CELL // 2, self.gamma)
            side = sums.shape[0] / count[0], sums.shape[1] / count[1]
            described.append(cell_descriptors(resample_cells(sums, side, (0, 0), count),
                                              self.colour))
        if not described:
            raise ValueError("crops has nothing in it")
        return np.stack(described)

    def groups(self, scales: Sequence[float]) -> list[list[float]]:
        """The falling scales, in groups that can be described each by itself.

        Examples
        --------
        >>> CellFeatures().groups([1.0, 0.8, 0.6])
        [[1.0, 0.8], [0.6]]
        """
        scales = checks.numbers(scales, "scales", ("N",), least=1e-6, within=1e6).tolist()
        if any(later >= scale for scale, later in zip(scales, scales[1:])):
            raise ValueError("the scales must fall: a later one is not smaller")
        groups: list[list[float]] = []
        for scale in scales:
            if not groups or groups[-1][0] >= self.finest * scale * (1 - 1e-9):
                groups.append([])
            groups[-1].append(scale)
        return groups

    def levels(self, image: np.ndarray, scales: Sequence[float]) -> Iterator[Level]:
        """The levels of an image's pyramid, one after the other; `scales` must fall."""
        image = check_picture(image, "image")
        for group in self.groups(scales):
            check_enlarged(image, group[0])
            yield from self._levels_of(image, group)

    def _levels_of(self, image: np.ndarray, scales: Sequence[float]) -> Iterator[Level]:
        """All from the image at the first of these scales."""
        margin = PADDING + 1  # cells; one more, since the outermost are not described
        half = CELL // 2  # sums are of cells of half the size: the new ones lie well upon them
        base_scale = scales[0]
        base = resize(image, base_scale)
        # Beyond the border all cells are alike: one is described, and goes on.
        sums = cell_sums(pad_edges(base, half, half), half, self.gamma)
        for scale in scales:
            side = 2 * base_scale / scale
            first = 1 - margin * side
            rows, columns = (int(np.ceil(pixels / half / side - 1e-6)) + 2 * margin
                             for pixels in base.shape[:2])
            shrunk = scale / base_scale
            cells = resample_cells(sums, (side, side), (first, first), (rows, columns))
            yield Level(cell_descriptors(cells, self.colour),
                        (base.shape[0] / image.shape[0] * shrunk,
                         base.shape[1] / image.shape[1] * shrunk))


def check_enlarged(image: np.ndarray, scale: float) -> None:
    """A ValueError if an image at this scale would not fit into memory."""
    if scale**2 * image.shape[0] * image.shape[1] > MOST_PIXELS:
        raise ValueError(f"{scale:g} times as large, an image of {image.shape[:2]} has more than "
                         f"{MOST_PIXELS:,} pixels: search smaller images, or for larger people")


def check_window(window: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns of cells of a window."""
    rows, columns = checks.numbers(window, "window", (2,), kinds="iu", least=1, within=MOST_CELLS,
                                   hint="(rows, columns) of cells").tolist()
    return rows, columns


def pad_edges(image: np.ndarray, pad: int, multiple: int) -> np.ndarray:
    """More pixels on all sides, and at the end up to a multiple: those of the border go on."""
    height, width = image.shape[:2]
    return np.pad(image, ((pad, pad + -height % multiple), (pad, pad + -width % multiple), (0, 0)),
                  mode="edge")
