"""From cell histograms to a HOG descriptor: blocks, and their normalisation.

A gradient is large where the light is bright and the contrast high, which says nothing about shape.
So histograms are compared within their neighbourhood only: b x b neighbouring cells make a block,
blocks overlap (each starts one cell further), and each block is divided by its own size.  A cell
appears in up to b * b blocks, each time divided by another number.

    v : the histograms of one block, one after another     e = 1e-5

    L1        v / (||v||_1 + e)
    L1-sqrt   sqrt(v / (||v||_1 + e))
    L2        v / sqrt(||v||_2^2 + e^2)
    L2-Hys    L2, then min(., 0.2), then L2 again: no single edge can fill a block

Source: Dalal and Triggs, *Histograms of oriented gradients for human detection*, CVPR 2005, section
6.4.  There a block is more than a choice of cells: the votes of its pixels are weighted with a
Gaussian round the middle of the block, and each pixel shares its vote between the cells next to it
(section 6.3).  `weighted_blocks` does that; scikit-image does not have it.
"""

from __future__ import annotations

import numpy as np

BLOCK_NORMS = ("L1", "L1-sqrt", "L2", "L2-Hys")
EPSILON = 1e-5


def blocks_of_cells(cells: np.ndarray, cells_per_block: tuple[int, int]) -> np.ndarray:
    """All blocks of neighbouring cells, each one cell further than the last.

    Parameters
    ----------
    cells : (P, R, C, O) histograms of R x C cells.
    cells_per_block : rows and columns of cells in a block.

    Returns
    -------
    (P, R - rows + 1, C - columns + 1, rows, columns, O), a view of `cells` that cannot be written.

    Examples
    --------
    >>> blocks_of_cells(np.zeros((1, 5, 4, 9)), (3, 3)).shape
    (1, 3, 2, 3, 3, 9)
    """
    blocks = np.lib.stride_tricks.sliding_window_view(cells, cells_per_block, axis=(1, 2))
    return np.moveaxis(blocks, 3, -1)  # NumPy appends the windows behind the bins


def normalize_blocks(blocks: np.ndarray, block_norm: str) -> np.ndarray:
    """Divide each block by its norm; the formulas are at the top of this module.

    Parameters
    ----------
    blocks : (..., rows, columns, O) histograms, not negative.
    block_norm : "L1", "L1-sqrt", "L2" or "L2-Hys".

    Returns
    -------
    a new array of the same shape.

    Examples
    --------
    >>> normalize_blocks(np.array([[[3.0, 4.0]]]), "L2").round(3).tolist()
    [[[0.6, 0.8]]]
    """
    if block_norm in ("L1", "L1-sqrt"):
        norm = np.einsum("...ijo->...", blocks) + EPSILON
    else:
        norm = _l2_norm(blocks)
    normalized = blocks / norm[..., None, None, None]
    if block_norm == "L1-sqrt":
        np.sqrt(normalized, out=normalized)
    elif block_norm == "L2-Hys":
        np.minimum(normalized, 0.2, out=normalized)
        normalized /= _l2_norm(normalized)[..., None, None, None]
    return normalized


def _l2_norm(blocks: np.ndarray) -> np.ndarray:
    """sqrt(||v||^2 + e^2) of each block."""
    return np.sqrt(np.einsum("...ijo,...ijo->...", blocks, blocks) + EPSILON**2)


# --------------------------------------------------------------------------------------------
# Blocks as in the paper: weighted with a Gaussian, votes shared between neighbouring cells
# --------------------------------------------------------------------------------------------


def weighted_blocks(votes: np.ndarray, pixels_per_cell: tuple[int, int],
                    cells_per_block: tuple[int, int], share: bool,
                    sigma: float | None) -> np.ndarray:
    """Histograms of a block's cells, from the pixels of that block alone.

    A pixel at (y, x) of a block gives the block's cell (i, j) its vote times  w_i(y) w_j(x).  The
    weight is a product, so rows and columns are summed one after the other:

        H(i, j) = sum_y w_i(y) sum_x w_j(x) vote(y, x)

    Because nothing from outside a block enters, a block is the same wherever it stands: in a
    window, or in the image that the window is cut from.

    Parameters
    ----------
    votes : (P, H, W, O): what each pixel votes for each orientation; H and W whole cells.
    pixels_per_cell, cells_per_block : rows and columns.
    share, sigma : see `cell_weights`.

    Returns
    -------
    (P, block rows, block columns, rows, columns, O); the mean over a cell's area, like the
    histograms of the cells.
    """
    cell_rows, cell_columns = pixels_per_cell
    rows, columns = cells_per_block
    n_patches, height, width, n_bins = votes.shape
    # With the cell of a block in which a pixel stands written out, the weights are
    # (cell it stands in, cell it votes for, pixel within the cell).
    down = cell_weights(cell_rows, rows, share, sigma).reshape(rows, rows, cell_rows)
    across = cell_weights(cell_columns, columns, share, sigma).reshape(columns, columns,
                                                                       cell_columns)
    votes = votes.reshape(n_patches, height // cell_rows, cell_rows,
                          width // cell_columns, cell_columns, n_bins)
    # A pixel is in several blocks, and stands in another cell of each: i' and j' below.
    sums = np.einsum("pRyCxo,jJx->pRyCjJo", votes, across.transpose(1, 0, 2), optimize=True)
    sums = np.einsum("pRyCjJo,iIy->pRCijIJo", sums, down.transpose(1, 0, 2), optimize=True)

    n_rows, n_columns = sums.shape[1] - rows + 1, sums.shape[2] - columns + 1
    blocks = np.zeros((n_patches, n_rows, n_columns, rows, columns, n_bins))
    for i in range(rows):
        for j in range(columns):
            blocks += sums[:, i:i + n_rows, j:j + n_columns, i, j]
    return blocks / (cell_rows * cell_columns)


def cell_weights(cell_size: int, n_cells: int, share: bool, sigma: float | None) -> np.ndarray:
    """How much a pixel of a block counts for each of the block's cells, along one axis.

    Parameters
    ----------
    cell_size : pixels in a cell.
    n_cells : cells in a block.
    share : if True, a pixel's vote is shared between the two cells whose centres are nearest, in
        proportion to how near they are: 1 - |y - centre| / cell_size. What would go to a cell
        outside the block is lost. If False, the vote goes to the cell in which the pixel is.
    sigma : standard deviation, in pixels, of a Gaussian round the middle of the block; None for
        equal weights.

    Returns
    -------
    (n_cells, n_cells * cell_size) : cells, pixels.

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
