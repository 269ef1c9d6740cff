"""What is in a cell, as sums: gradients by direction, and colours.  The detector's fast HOG.

`hog` describes a picture once.  A detector has to describe it at thirty sizes, and two observations
make that affordable.

*There are few gradients.*  A pixel of 8 bits has 256 values, so the difference of its neighbours
along a column is a whole number from -255 to 255, and so is the one along a row: 511^2 = 261,121
gradients in all.  Their lengths and directions need to be computed once, in a table
(`gradient_tables`), and then only looked up.  A gamma is a table as well, from 256 values to 256.

*Sums can be resampled.*  A picture of half the size shows the same edges, so its cells hold what
the cells of the large picture hold, each from an area four times as large (Dollár et al., *Fast
feature pyramids for object detection*, PAMI 2014).  So the picture is resized twice an octave only.
For the sizes between, new cells are laid over the old ones, and each takes of those that it covers
in proportion, first down the columns, then along the rows:

    new(i) = sum_j s_ij old(j),    s_ij = length that i shares with j / length of i

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

ORIENTATIONS = 9
N_COLOURS = 3
BAND = 64  # so many rows of pixels at once: what is computed on the way stays in the cache
EPSILON = 0.1  # as a block's ||h||^2: below this, edges are noise
DIFFERENCES = 511  # -255 to 255
KEY_BITS = 18  # 511^2 < 2^18


@lru_cache(maxsize=1)
def gradient_tables() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """For each of the 511^2 gradients: between which two bins it lies, and what each of them gets.

    Opposite directions are one, as in HOG's unsigned bins, whose middles lie at (o + 1/2) 180 / O
    degrees.

    Returns
    -------
    lower, upper : (261121,)
        The numbers of the two bins. Gradient (down, across) is entry
        (down + 255) * 511 + across + 255.
    lower_vote, upper_vote : (261121,) float64
        Together the length of the gradient.

    Examples
    --------
    >>> lower, upper, lower_vote, upper_vote = gradient_tables()
    >>> to_the_right = 255 * 511 + 255 + 10  # 0 degrees: half way between the last bin and bin 0
    >>> [int(lower[to_the_right]), int(upper[to_the_right]), float(lower_vote[to_the_right])]
    [8, 0, 5.0]
    """
    difference = np.arange(-255, 256)
    down, across = (part.ravel() for part in np.meshgrid(difference, difference, indexing="ij"))
    length = np.hypot(down, across)
    # In units of bins, from the middle of bin 0.
    position = np.degrees(np.arctan2(down, across)) % 180 * (ORIENTATIONS / 180) - 0.5
    lower = np.floor(position)
    share = position - lower
    lower = lower.astype(np.intp) % ORIENTATIONS
    return lower, (lower + 1) % ORIENTATIONS, length * (1 - share), length * share


@lru_cache(maxsize=4)
def gamma_table(gamma: float) -> np.ndarray:
    """255 (v / 255)^gamma, rounded, for each value v from 0 to 255, as (256,) uint8."""
    return np.round(255 * (np.arange(256) / 255)**gamma).astype(np.uint8)


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
    step = max(1, BAND // cell)
    for first in range(0, n_rows, step):
        last = min(first + step, n_rows)
        keys = strongest_keys(image, first * cell, last * cell, gamma)[:, :n_columns * cell]
        sums[first:last, :, :ORIENTATIONS] = _histograms(keys, cell)
    colours = np.asarray(Image.fromarray(image).convert("YCbCr")).astype(np.float32)
    sums[..., ORIENTATIONS:-N_COLOURS] = _means(colours, cell)
    sums[..., -N_COLOURS:] = _means(colours * colours, cell)
    return sums


def strongest_keys(image: np.ndarray, first: int, last: int, gamma: float) -> np.ndarray:
    """The longest of the three channels' gradients at each pixel, as its number in the tables.

    To find the longest, its square and its number are put into one integer, square first: the
    largest of these integers is the longest gradient, and brings its number along.

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
    height = len(image)
    band = gamma_table(gamma).take(image[max(first - 1, 0):min(last + 1, height)])
    channels = np.moveaxis(band, -1, 0).astype(np.int32)
    # Where the row above or below is missing, the one on the other side stands in: difference 0.
    if first == 0:
        channels = np.concatenate([channels[:, 1:2], channels], axis=1)
    if last == height:
        channels = np.concatenate([channels, channels[:, -2:-1]], axis=1)
    down = channels[:, 2:] - channels[:, :-2]
    across = np.zeros_like(down)
    across[:, :, 1:-1] = channels[:, 1:-1, 2:] - channels[:, 1:-1, :-2]
    square = down * down
    square += across * across
    down += 255
    down *= DIFFERENCES
    down += across
    down += 255
    both = square.astype(np.int64)
    both <<= KEY_BITS
    both |= down
    longest = np.maximum(np.maximum(both[0], both[1]), both[2])
    longest &= (1 << KEY_BITS) - 1
    return longest


def _histograms(keys: np.ndarray, cell: int) -> np.ndarray:
    """Votes by direction of each cell (rows, columns, O), from gradients (H, W), whole cells."""
    height, width = keys.shape
    n_rows, n_columns = height // cell, width // cell
    lower, upper, lower_vote, upper_vote = gradient_tables()
    own = np.arange(height)[:, None] // cell * n_columns + np.arange(width) // cell
    own *= ORIENTATIONS  # where the histogram of each pixel's cell begins
    size = n_rows * n_columns * ORIENTATIONS
    votes = np.bincount((own + lower.take(keys)).ravel(), lower_vote.take(keys).ravel(), size)
    votes += np.bincount((own + upper.take(keys)).ravel(), upper_vote.take(keys).ravel(), size)
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

    A cell's content counts as spread evenly over it.

    Parameters
    ----------
    sums : (R, C, K) float32
        From `cell_sums`.
    side : (float, float)
        Height and width of a new cell, in old cells.
    first : (float, float)
        Where the first new cell begins, down and across, in old cells from the upper left.
    count : (int, int)
        Rows and columns of new cells. What lies beyond the old ones counts as empty.

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
        covered, shares = _covered(sums.shape[axis], side[axis], first[axis], count[axis])
        # As wide as the cells' contents: NumPy is fast where inner loops are long.
        shares = (shares[:, :, None, None] if axis == 0
                  else np.repeat(shares[:, :, None], sums.shape[2], axis=2))
        sums = sum(sums.take(old, axis) * share for old, share in zip(covered, shares))
    return sums


def _covered(n_old: int, side: float, first: float, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Along one axis: which old cells each new one covers, and with which share of itself.

    Both are (n, count): n old cells for each new one; where there are fewer, shares are 0.
    """
    start = first + np.arange(count) * side
    covered = np.floor(start).astype(int) + np.arange(int(np.ceil(side)) + 1)[:, None]
    length = np.minimum(start + side, covered + 1) - np.maximum(start, covered)
    outside = (covered < 0) | (covered >= n_old)
    shares = np.where(outside, 0, np.maximum(length, 0) / side)
    return np.clip(covered, 0, n_old - 1), shares.astype(np.float32)


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
    histograms = sums[..., :ORIENTATIONS]
    energy = np.einsum("ijo,ijo->ij", histograms, histograms)
    blocks = energy[:-1] + energy[1:]
    blocks = blocks[:, :-1] + blocks[:, 1:]
    factors = 1 / np.sqrt(blocks + np.float32(EPSILON))
    inner = np.ascontiguousarray(histograms[1:-1, 1:-1])
    n_rows, n_columns = inner.shape[:2]
    described = np.empty((n_rows, n_columns, ORIENTATIONS + 4 + 2 * N_COLOURS * colour), np.float32)
    by_direction, normalized = np.zeros_like(inner), np.empty_like(inner)
    # The sum over o as a product: several times as fast. 1 / sqrt(18) is Felzenszwalb's factor,
    # which makes these sums as large as the others.
    over_directions = np.full(ORIENTATIONS, 18**-0.5, np.float32)
    for k, (down, across) in enumerate(((0, 0), (0, 1), (1, 0), (1, 1))):
        factor = factors[down:down + n_rows, across:across + n_columns, None]
        np.multiply(inner, factor, out=normalized)
        np.minimum(normalized, np.float32(0.2), out=normalized)
        by_direction += normalized
        described[..., ORIENTATIONS + k] = normalized @ over_directions
    np.multiply(by_direction, np.float32(0.5), out=described[..., :ORIENTATIONS])
    if colour:
        colours = np.moveaxis(sums[1:-1, 1:-1, ORIENTATIONS:], -1, 0).copy()  # long runs are fast
        mean, square = colours[:N_COLOURS], colours[N_COLOURS:]
        deviation = np.sqrt(np.maximum(square - mean * mean, 0))
        # In units that make them about as large as the others.
        described[..., ORIENTATIONS + 4:-N_COLOURS] = np.moveaxis(mean / 255, 0, -1)
        described[..., -N_COLOURS:] = np.moveaxis(deviation / 128, 0, -1)
    return described


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
