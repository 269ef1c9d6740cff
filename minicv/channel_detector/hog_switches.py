"""HOG with choices of Dalal and Triggs that `hog` does not have: what is each of them worth?

`minicv/person_detector/hog_features.py` tells what HOG is.  The paper (*Histograms of oriented
gradients for human detection*, CVPR 2005) tries more than scikit-image offers:

gamma         the pixels to this power first; 1/2 is the square root (section 6.1)
signed        an edge from dark to bright and one from bright to dark are different: the bins span
              360 degrees instead of 180 (6.3)
interpolate   each pixel shares its vote between the two nearest bins, and between the nearest cells
              of a block (6.3)
block_sigma   votes weighted with a Gaussian round the middle of the block, of this many pixels; the
              paper takes half the width of the block (6.4)

The paper's own descriptor of a window of 128 x 64 pixels has 3780 numbers:

    hog_blocks(window, (8, 8), (2, 2), gamma=0.5, interpolate=True, block_sigma=8)
"""

from __future__ import annotations

import math

import numpy as np

from minicv.person_detector.hog_features import (
    blocks_of_cells,
    cell_histograms,
    check_input,
    gradients,
    normalize_blocks,
    strongest_channel,
)


def hog_blocks(image: np.ndarray, pixels_per_cell: tuple[int, int] = (8, 8),
               cells_per_block: tuple[int, int] = (2, 2), orientations: int = 9,
               block_norm: str = "L2-Hys", *, gamma: float | None = None, signed: bool = False,
               interpolate: bool = False, block_sigma: float | None = None) -> np.ndarray:
    """All blocks of one image; a window's descriptor is the blocks in it.

    Parameters
    ----------
    image : (H, W), or (H, W, channels)
    pixels_per_cell, cells_per_block, orientations, block_norm
        As for `hog`, as are the errors.
    gamma, signed, interpolate, block_sigma
        See the head of this module; None and False for `hog` as it is.

    Returns
    -------
    (block rows, block columns, rows, columns, orientations) float64

    Examples
    --------
    >>> hog_blocks(np.zeros((128, 64)), interpolate=True).shape
    (15, 7, 2, 2, 9)
    """
    channels = np.moveaxis(np.atleast_3d(image), -1, 0)
    check_input(channels, orientations, pixels_per_cell, cells_per_block, block_norm,
                transform_sqrt=gamma is not None)
    for name, value in (("gamma", gamma), ("block_sigma", block_sigma)):
        if value is not None and not 0 < value < math.inf:
            raise ValueError(f"{name} must be a positive number, or None, got {value!r}")
    channels = channels.astype(float) if gamma is None else channels.astype(float)**gamma
    down, across, length = strongest_channel(*gradients(channels))
    degrees = 360 if signed else 180
    angle = np.degrees(np.arctan2(down, across)) % degrees
    if interpolate or block_sigma is not None:
        votes = orientation_votes(angle, length, orientations, degrees, interpolate)
        blocks = weighted_blocks(votes, pixels_per_cell, cells_per_block, interpolate, block_sigma)
    else:
        bins = (angle / (degrees / orientations)).astype(int)
        cells = cell_histograms(bins, length, orientations, pixels_per_cell)
        blocks = blocks_of_cells(cells, cells_per_block)
    return normalize_blocks(blocks, block_norm)


def orientation_votes(angle: np.ndarray, length: np.ndarray, orientations: int, degrees: int,
                      share: bool) -> np.ndarray:
    """What each pixel votes for each orientation.

    Parameters
    ----------
    angle, length : (H, W)
        Angles from 0 up to `degrees`; the rare one that was rounded up to it counts nowhere, unless
        shared.
    share : bool
        If True, the vote is shared between the two bins whose middles are nearest, in proportion
        to how near they are; the last bin and the first are neighbours.

    Returns
    -------
    (H, W, orientations) float64

    Examples
    --------
    >>> angle, length = np.full((1, 1), 25.0), np.full((1, 1), 4.0)
    >>> orientation_votes(angle, length, 9, 180, True)[0, 0, :3].tolist()
    [1.0, 3.0, 0.0]
    """
    bin_width = degrees / orientations
    votes = np.zeros((*angle.shape, orientations + 1))
    if share:
        position = angle / bin_width - 0.5  # in bins, from the middle of bin 0
        lower = np.floor(position).astype(int)
        shares = [(lower % orientations, 1 - (position - lower)),
                  ((lower + 1) % orientations, position - lower)]
    else:
        shares = [((angle / bin_width).astype(int), np.ones_like(angle))]
    row, column = np.arange(angle.shape[0])[:, None], np.arange(angle.shape[1])
    for bins, part in shares:
        votes[row, column, bins] += part * length
    return votes[..., :orientations]


def weighted_blocks(votes: np.ndarray, pixels_per_cell: tuple[int, int],
                    cells_per_block: tuple[int, int], share: bool,
                    sigma: float | None) -> np.ndarray:
    """Histograms of a block's cells, from the pixels of that block alone.

    A pixel at (y, x) of a block gives the block's cell (i, j) its vote times  w_i(y) w_j(x).  The
    weight is a product, so rows and columns are summed one after the other:

        H(i, j) = sum_y w_i(y) sum_x w_j(x) vote(y, x)

    Because nothing from outside a block enters, a block is the same wherever it stands: in a
    window, or in the image that the window is cut from.

    From `votes` (H, W, O) to (block rows, block columns, rows, columns, O), the means over a cell's
    area. Pixels beyond the last whole cell are left out. `share`, `sigma`: see `cell_weights`.
    """
    cell_rows, cell_columns = pixels_per_cell
    rows, columns = cells_per_block
    height, width, n_bins = votes.shape
    n_rows, n_columns = height // cell_rows, width // cell_columns
    votes = votes[:n_rows * cell_rows, :n_columns * cell_columns]
    votes = votes.reshape(n_rows, cell_rows, n_columns, cell_columns, n_bins)
    # With the cell of a block in which a pixel stands written out, the weights are
    # (cell it stands in, cell it votes for, pixel within the cell).
    down = cell_weights(cell_rows, rows, share, sigma).reshape(rows, rows, cell_rows)
    across = cell_weights(cell_columns, columns, share, sigma).reshape(columns, columns,
                                                                       cell_columns)
    # A pixel is in several blocks, and stands in another cell of each: i' and j' below.
    sums = np.einsum("RyCxo,jJx->RyCjJo", votes, across.transpose(1, 0, 2), optimize=True)
    sums = np.einsum("RyCjJo,iIy->RCijIJo", sums, down.transpose(1, 0, 2), optimize=True)

    n_rows, n_columns = n_rows - rows + 1, n_columns - columns + 1
    blocks = np.zeros((n_rows, n_columns, rows, columns, n_bins))
    for i in range(rows):
        for j in range(columns):
            blocks += sums[i:i + n_rows, j:j + n_columns, i, j]
    return blocks / (cell_rows * cell_columns)


def cell_weights(cell_size: int, n_cells: int, share: bool, sigma: float | None) -> np.ndarray:
    """How much a pixel of a block counts for each of the block's cells, along one axis.

    Parameters
    ----------
    cell_size, n_cells : int
        Pixels in a cell, cells in a block.
    share : bool
        If True, a pixel's vote is shared between the two cells whose centres are nearest:
        1 - |y - centre| / cell_size each. What would go to a cell outside the block is lost.
    sigma : float or None
        Standard deviation, in pixels, of a Gaussian round the middle of the block.

    Returns
    -------
    (n_cells, n_cells * cell_size) : cells, pixels

    Examples
    --------
    >>> cell_weights(4, 2, True, None)[0].tolist()  # the first cell's centre is at 2
    [0.625, 0.875, 0.875, 0.625, 0.375, 0.125, 0.0, 0.0]
    """
    y = np.arange(n_cells * cell_size) + 0.5  # the middle of each pixel
    centre = (np.arange(n_cells)[:, None] + 0.5) * cell_size
    if share:
        weights = np.maximum(0, 1 - np.abs(y - centre) / cell_size)
    else:
        weights = (np.abs(y - centre) < cell_size / 2).astype(float)
    if sigma is not None:
        weights *= np.exp(-((y - n_cells * cell_size / 2) / sigma)**2 / 2)
    return weights
