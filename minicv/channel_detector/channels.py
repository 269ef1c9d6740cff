"""What is in a cell, as sums: gradients by direction, and colours.  The detector's fast HOG.

`hog` describes a picture once.  A detector has to describe it at thirty sizes, and two observations
make that affordable.

*There are few gradients.*  A pixel of 8 bits has 256 values, so the difference of its neighbours
along a column is a whole number from -255 to 255, and so is the one along a row: 511^2 = 261,121
gradients in all.  Their lengths and directions need to be computed once, in a table
(`gradient_tables`), and then only looked up.  If they are numbered from the shortest to the
longest, the longest of three colours' gradients is simply the one with the largest number.  A gamma
is a table as well, from 256 values to 256.

*Sums can be resampled.*  A picture of half the size shows the same edges, so its cells hold what
the cells of the large picture hold, each from an area four times as large (Dollár et al., *Fast
feature pyramids for object detection*, PAMI 2014).  So the picture is resized twice an octave only.
For the sizes between, new cells are laid over the old ones, and each takes of those that it covers
in proportion, first down the columns, then along the rows:

    new(i) = sum_j s_ij old(j),    s_ij = length that i shares with j / length of i

which is a product with a matrix S that has three or four numbers a row.

What is kept for a cell, each a mean over its pixels:

    0 .. O-1      |g| by direction, each pixel's shared between the two nearest of O bins
    O .. O+2      brightness and two differences of colours (Y, Cb, Cr)
    O+3 .. O+5    the squares of these three, for their deviation: var = mean of squares - mean^2

and `cell_descriptors` turns that into what a classifier sees.  Each histogram h is divided, as in
HOG, by the size of its neighbourhood, here four times: for each of the four blocks of 2 x 2 cells
that the cell is in.  HOG keeps all 4 O numbers; but over the four blocks they hardly differ, and
summing them by direction and by block keeps nearly all that matters (Felzenszwalb et al., *Object
detection with discriminatively trained part-based models*, PAMI 2010, section 6):

    n_k(o) = min(h(o) / sqrt(||block k||^2 + e), 0.2)
    O sums over k, 4 sums over o, and with colours 3 means and 3 deviations: 19 numbers for O = 9
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image
from scipy.sparse import csr_array

ORIENTATIONS = 9
N_COLOURS = 3
BAND = 16  # so many rows of cells at once: what is computed on the way stays in the cache
EPSILON = 0.1  # as a block's ||h||^2: below this, edges are noise
DIFFERENCES = 511  # -255 to 255


@lru_cache(maxsize=1)
def gradient_tables() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The 511^2 gradients, numbered by length: between which two bins each lies, and its votes.

    Opposite directions are one, as in HOG's unsigned bins, whose middles lie at (o + 1/2) 180 / O
    degrees.

    Returns
    -------
    numbers : (261121,) int64
        The number of the gradient (down, across), at (down + 255) * 511 + across + 255.
    lower, upper : (261121,)
        The two bins of the gradient with each number.
    lower_vote, upper_vote : (261121,) float64
        What each of them gets. Together, the length of the gradient.

    Examples
    --------
    >>> numbers, lower, upper, lower_vote, upper_vote = gradient_tables()
    >>> n = numbers[255 * 511 + 255 + 10]  # to the right, 0 degrees: between the last bin and bin 0
    >>> [int(lower[n]), int(upper[n]), float(lower_vote[n])]
    [8, 0, 5.0]
    """
    difference = np.arange(-255, 256)
    down, across = (part.ravel() for part in np.meshgrid(difference, difference, indexing="ij"))
    order = np.argsort(down**2 + across**2, kind="stable")
    numbers = np.argsort(order)  # the inverse of the order
    length = np.hypot(down, across)[order]
    # In units of bins, from the middle of bin 0.
    position = np.degrees(np.arctan2(down, across))[order] % 180 * (ORIENTATIONS / 180) - 0.5
    lower = np.floor(position)
    share = position - lower
    lower = lower.astype(np.intp) % ORIENTATIONS
    return numbers, lower, (lower + 1) % ORIENTATIONS, length * (1 - share), length * share


@lru_cache(maxsize=4)
def gamma_table(gamma: float) -> np.ndarray:
    """255 (v / 255)^gamma, rounded, for each value v from 0 to 255, as (256,) int32."""
    return np.round(255 * (np.arange(256) / 255)**gamma).astype(np.int32)


def cell_sums(image: np.ndarray, cell: int, gamma: float = 0.5) -> np.ndarray:
    """What is in each cell of an image; see the head of this module.

    Parameters
    ----------
    image : (H, W, 3) uint8
        Red, green and blue.
    cell : int
        Side of a cell, in pixels. Pixels beyond the last whole cell are left out.
    gamma : float
        Exponent of the gamma compression, for the gradients alone.

    Returns
    -------
    (H // cell, W // cell, 9 + 6) float32

    Examples
    --------
    >>> ramp = np.zeros((8, 8, 3), np.uint8) + np.arange(0, 80, 10, dtype=np.uint8)[:, None, None]
    >>> float(cell_sums(ramp, 4, gamma=1)[0, 0, 4])  # down, 90 degrees, is the middle of bin 4
    15.0
    """
    n_rows, n_columns = image.shape[0] // cell, image.shape[1] // cell
    sums = np.empty((n_rows, n_columns, ORIENTATIONS + 2 * N_COLOURS), np.float32)
    every_colour = np.asarray(Image.fromarray(image).convert("YCbCr"))
    for first in range(0, n_rows, BAND):
        last = min(first + BAND, n_rows)
        numbers = longest_gradients(image, first * cell, last * cell, gamma)
        sums[first:last, :, :ORIENTATIONS] = _histograms(numbers[:, :n_columns * cell], cell)
        colours = every_colour[first * cell:last * cell].astype(np.float32)
        sums[first:last, :, ORIENTATIONS:-N_COLOURS] = _means(colours, cell)
        sums[first:last, :, -N_COLOURS:] = _means(colours * colours, cell)
    return sums


def longest_gradients(image: np.ndarray, first: int, last: int, gamma: float) -> np.ndarray:
    """The longest of the three colours' gradients at each pixel, as its number in the tables.

    Parameters
    ----------
    image : (H, W, 3) uint8
    first, last : int
        The rows of the band to look at. On the first and last row of the image the difference down
        is 0, on the first and last column the one across, as in `hog`.
    gamma : float
        See `cell_sums`.

    Returns
    -------
    (last - first, W) int64
    """
    height, width = image.shape[:2]
    rows = np.abs(np.arange(first - 1, last + 1))
    rows[rows == height] = height - 2  # as many above as below: where one is missing, the other
    band = gamma_table(gamma).take(image[rows]).reshape(len(rows), 3 * width)
    place = DIFFERENCES * (band[2:] - band[:-2])
    place[:, 3:-3] += band[1:-1, 6:] - band[1:-1, :-6]
    place += DIFFERENCES * 255 + 255
    red, green, blue = np.moveaxis(gradient_tables()[0].take(place).reshape(-1, width, 3), -1, 0)
    return np.maximum(np.maximum(red, green), blue)


def _histograms(numbers: np.ndarray, cell: int) -> np.ndarray:
    """Votes by direction of each cell (rows, columns, O), from gradients (H, W), whole cells."""
    height, width = numbers.shape
    n_rows, n_columns = height // cell, width // cell
    _, lower, upper, lower_vote, upper_vote = gradient_tables()
    own = np.arange(height)[:, None] // cell * n_columns + np.arange(width) // cell
    own *= ORIENTATIONS  # where the histogram of each pixel's cell begins
    size = n_rows * n_columns * ORIENTATIONS
    votes = np.bincount((own + lower.take(numbers)).ravel(), lower_vote.take(numbers).ravel(), size)
    votes += np.bincount((own + upper.take(numbers)).ravel(), upper_vote.take(numbers).ravel(),
                         size)
    return votes.reshape(n_rows, n_columns, ORIENTATIONS) / cell**2


def _means(pixels: np.ndarray, cell: int) -> np.ndarray:
    """The mean of each cell (rows, columns, channels), from (H, W, channels) float32."""
    n_rows, n_columns = pixels.shape[0] // cell, pixels.shape[1] // cell
    pixels = pixels[:n_rows * cell, :n_columns * cell]
    # Rows first: whole rows are added, long runs of memory; what is left is 1 / cell of it.
    sums = pixels.reshape(n_rows, cell, -1).sum(axis=1).reshape(n_rows, n_columns, cell, -1)
    return sum(sums[:, :, n] for n in range(cell)) / np.float32(cell**2)


# --------------------------------------------------------------------------------------------
# Other cells over the same sums
# --------------------------------------------------------------------------------------------


def resample_cells(sums: np.ndarray, side: tuple[float, float], first: tuple[float, float],
                   count: tuple[int, int]) -> np.ndarray:
    """Means over new cells, of a size and at a place that need not be whole numbers of old cells.

    A cell's content counts as spread evenly over it, and the outermost cells as going on for ever.

    Parameters
    ----------
    sums : (R, C, K) float32
        From `cell_sums`.
    side : (float, float)
        Height and width of a new cell, in old cells.
    first : (float, float)
        Where the first new cell begins, down and across, in old cells from the upper left.
    count : (int, int)
        Rows and columns of new cells.

    Returns
    -------
    (*count, K) float32

    Examples
    --------
    >>> sums = np.array([[[1.0], [2.0], [4.0]]], np.float32)
    >>> resample_cells(sums, (1, 1.5), (0, 0), (1, 2))[0, :, 0] * 1.5  # 1 + 2 / 2, 2 / 2 + 4
    array([2., 5.], dtype=float32)
    """
    for axis in (0, 1):
        n_old, *others = sums.shape
        shares = _shares(n_old, side[axis], first[axis], count[axis])
        new = (shares @ sums.reshape(n_old, -1)).reshape(count[axis], *others)
        sums = new.swapaxes(0, 1)  # the other axis first, and then again as they were
    return sums


def _shares(n_old: int, side: float, first: float, count: int) -> csr_array:
    """The matrix S of one axis, (count, n_old): sparse, since a new cell lies upon few old ones."""
    start = first + np.arange(count)[:, None] * side
    old = np.floor(start) + np.arange(np.ceil(side) + 1)
    shares = np.maximum(np.minimum(start + side, old + 1) - np.maximum(start, old), 0) / side
    ends = np.arange(count + 1) * old.shape[1]
    return csr_array((shares.astype(np.float32).ravel(),
                      np.clip(old, 0, n_old - 1).astype(np.int32).ravel(), ends),
                     shape=(count, n_old))


def cell_descriptors(sums: np.ndarray, colour: bool = True) -> np.ndarray:
    """What a classifier sees of each cell; the formulas are at the head of this module.

    Parameters
    ----------
    sums : (R, C, 9 + 6)
        From `cell_sums` or `resample_cells`.
    colour : bool
        Whether to describe colours too.

    Returns
    -------
    (R - 2, C - 2, 19) float32, or 13 without colour
        The outermost cells are not described: they lack neighbours.

    Examples
    --------
    >>> cell_descriptors(np.zeros((5, 4, 15), np.float32)).shape
    (3, 2, 19)
    """
    planes = np.moveaxis(sums, -1, 0).copy()  # one number of all cells, then the next: long runs
    histograms = planes[:ORIENTATIONS]
    energy = np.einsum("oij,oij->ij", histograms, histograms)
    blocks = energy[:-1] + energy[1:]
    blocks = blocks[:, :-1] + blocks[:, 1:]
    factors = 1 / np.sqrt(blocks + np.float32(EPSILON))
    inner = planes[:, 1:-1, 1:-1]
    _, n_rows, n_columns = inner.shape
    described = np.zeros((ORIENTATIONS + 4 + 2 * N_COLOURS * colour, n_rows, n_columns), np.float32)
    for k, (down, across) in enumerate(((0, 0), (0, 1), (1, 0), (1, 1))):
        factor = factors[down:down + n_rows, across:across + n_columns]
        normalized = np.minimum(inner[:ORIENTATIONS] * factor, np.float32(0.2))
        described[:ORIENTATIONS] += normalized
        described[ORIENTATIONS + k] = normalized.sum(axis=0)
    # In units that make all about as large as the others; 1 / sqrt(18) is Felzenszwalb's.
    described[:ORIENTATIONS] *= np.float32(0.5)
    described[ORIENTATIONS:] *= np.float32(18**-0.5)
    if colour:
        mean, square = inner[ORIENTATIONS:-N_COLOURS], inner[-N_COLOURS:]
        described[ORIENTATIONS + 4:-N_COLOURS] = mean / 255
        described[-N_COLOURS:] = np.sqrt(np.maximum(square - mean * mean, 0)) / 128
    return np.moveaxis(described, 0, -1)


def mirror_descriptors(described: np.ndarray) -> np.ndarray:
    """What `cell_descriptors` would see in the mirror: (..., R, C, 19 or 13), columns turned round.

    A direction of o bins becomes one of 9 - 1 - o, and the blocks to the left of a cell those to
    its right.

    Examples
    --------
    >>> described = np.arange(13.0)[None, None] + [[[0], [100]]]
    >>> mirror_descriptors(described)[0, 1].astype(int).tolist()
    [8, 7, 6, 5, 4, 3, 2, 1, 0, 10, 9, 12, 11]
    """
    blocks = ORIENTATIONS + np.array([1, 0, 3, 2])
    order = np.concatenate([np.arange(ORIENTATIONS)[::-1], blocks,
                            np.arange(ORIENTATIONS + 4, described.shape[-1])])
    return described[..., ::-1, order]
