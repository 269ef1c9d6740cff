"""HOG of a whole image, so that the descriptor of any window on the grid of cells is a slice of it.

A detector looks at thousands of overlapping windows.  Described one by one, each pixel would be
worked on again for every window that it is in.  But a block depends on its own cells alone, not on
the window: so describe all blocks of the image once, and a window's descriptor is the blocks in it.

    dense = dense_hog(image)                            all blocks of the image
    window_view(dense, (16, 8))[r, c]                   the window of 16 x 8 cells at cell (r, c),
                                                        pixel (8 r, 8 c)

What is not the same as `hog` of the window cut out: the gradients at its border.  In the crop, the
pixels of the first and last row have no neighbour above or below, and `hog` calls that difference
zero; so does it with the columns on the left and on the right.  In the image the neighbours exist.
So the outermost ring of pixels votes differently, hence the outermost ring of cells has other
histograms, and the blocks that contain one of these cells differ: all but the blocks at least one
cell away from each border of the window.  Sides that are also the image's do not differ.  The dense
answer knows more; train on it, or on crops with a margin, if the last percent counts.
"""

from __future__ import annotations

import numpy as np

from minicv.person_detector.hog_features import hog_patches


def dense_hog(image: np.ndarray, orientations: int = 9, pixels_per_cell: tuple[int, int] = (8, 8),
              cells_per_block: tuple[int, int] = (3, 3), block_norm: str = "L2-Hys",
              transform_sqrt: bool = False, *, gamma: float | None = None, signed: bool = False,
              interpolate: bool = False, block_sigma: float | None = None) -> np.ndarray:
    """All blocks of an image.

    Parameters
    ----------
    image : (H, W), or (H, W, channels).
    others : see `minicv.person_detector.hog_features.hog`.

    Returns
    -------
    (block rows, block columns, rows, columns, orientations) : blocks[r, c] is the one whose first
    cell is cell (r, c). float32 for float16 and float32 images, float64 for all others.

    Raises
    ------
    ValueError, TypeError : see `minicv.person_detector.hog_features.hog`.

    Examples
    --------
    >>> dense_hog(np.zeros((480, 640))).shape
    (58, 78, 3, 3, 9)
    """
    image = np.asarray(image)
    if image.ndim not in (2, 3):
        raise ValueError(f"need an image (H, W) or (H, W, channels), got shape {image.shape}")
    return hog_patches(image[None], orientations, pixels_per_cell, cells_per_block, block_norm,
                       transform_sqrt, False, gamma=gamma, signed=signed, interpolate=interpolate,
                       block_sigma=block_sigma)[0]


def window_view(dense: np.ndarray, cells_per_window: tuple[int, int], step: int = 1) -> np.ndarray:
    """All windows on the grid of cells, as a view: nothing is copied.

    Parameters
    ----------
    dense : what `dense_hog` returns.
    cells_per_window : rows and columns of cells in a window.
    step : from one window to the next, in cells.

    Returns
    -------
    (window rows, window columns, block rows, block columns, rows, columns, orientations), which
    cannot be written. The windows begin at the cells 0, step, 2 * step, ...; the last one that fits
    is included.

    Raises
    ------
    ValueError : a window smaller than a block or larger than the image, or a step below 1.

    Examples
    --------
    >>> window_view(dense_hog(np.zeros((480, 640))), (16, 8)).shape
    (45, 73, 14, 6, 3, 3, 9)
    """
    if dense.ndim != 5:
        raise ValueError(f"need the 5 axes that dense_hog returns, got shape {dense.shape}")
    if step < 1:
        raise ValueError(f"step must be at least 1 cell, got {step}")
    blocks = [n - block + 1 for n, block in zip(cells_per_window, dense.shape[2:4])]
    if min(blocks) < 1:
        raise ValueError(f"a window of {tuple(cells_per_window)} cells has no block of "
                         f"{dense.shape[2:4]} cells")
    if blocks[0] > dense.shape[0] or blocks[1] > dense.shape[1]:
        have = tuple(n + block - 1 for n, block in zip(dense.shape, dense.shape[2:4]))
        raise ValueError(f"a window of {tuple(cells_per_window)} cells does not fit in the image, "
                         f"which has {have}")
    windows = np.lib.stride_tricks.sliding_window_view(dense, blocks, axis=(0, 1))
    # NumPy appends the window's blocks at the end; in a descriptor they come first.
    return np.moveaxis(windows, (5, 6), (2, 3))[::step, ::step]


def window_descriptors(dense: np.ndarray, cells_per_window: tuple[int, int],
                       step: int = 1) -> np.ndarray:
    """The descriptors of all windows on the grid of cells, in the order of `hog`'s.

    A copy: each block is in many windows, and in a row of numbers must be written out for each. For
    a large image take some rows of `window_view` at a time.

    Parameters
    ----------
    dense, cells_per_window, step : see `window_view`.

    Returns
    -------
    (window rows, window columns, d).

    Raises
    ------
    ValueError : see `window_view`.

    Examples
    --------
    >>> window_descriptors(dense_hog(np.zeros((480, 640))), (16, 8), step=4).shape
    (12, 19, 6804)
    """
    windows = window_view(dense, cells_per_window, step)
    return windows.reshape(*windows.shape[:2], -1)
