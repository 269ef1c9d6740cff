"""Histograms of oriented gradients (HOG): what a patch of an image looks like, in a few numbers.

The problem.  People differ in clothes and light, but hardly in outline.  Describe a patch so that
colour and brightness drop out, small shifts matter little, and the direction of edges remains.

The idea (Dalal and Triggs, *Histograms of oriented gradients for human detection*, CVPR 2005), one
function a stage, in `hog_stages.py` and, the last, in `hog_blocks.py`:

1. `compress`: I^gamma, so that dark regions count as much as bright ones (section 6.1);
2. `gradients`: g = (I(y+1, x) - I(y-1, x), I(y, x+1) - I(y, x-1)) (section 6.2);
3. `strongest_gradient`: of a colour image, at each pixel, the longest of its channels' (6.2);
4. `orientation`, `orientation_bins`: the angle of g, in 9 bins over 180 degrees (section 6.3);
5. `cell_histograms`: in each cell of 8 x 8 pixels, |g| summed by bin (section 6.3);
6. `normalize_blocks`: neighbouring cells, divided by their size (section 6.4).

`hog` describes one image, `hog_patches` many of the same size at once; `hog_dense.dense_hog` a
whole image, so that the descriptor of any window is a slice, and `hog_drawing.draw_hog` turns a
descriptor back into a picture.

It answers exercise 2.2.  `hog` equals `skimage.feature.hog` to rounding, and has these choices of
the paper on top, all off by default, as scikit-image lacks them: `gamma`, `signed`, `interpolate`,
`block_sigma`.  The paper's own descriptor of a 64 x 128 window has 3780 numbers:

    hog(image, 9, (8, 8), (2, 2), "L2-Hys", transform_sqrt=True, channel_axis=-1,
        interpolate=True, block_sigma=8)

What is different from scikit-image: NaN, infinite and (with a gamma) negative pixels are errors.
"""

from __future__ import annotations

import math
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from minicv.person_detector.hog_blocks import (
    BLOCK_NORMS,
    blocks_of_cells,
    normalize_blocks,
    weighted_blocks,
)
from minicv.person_detector.hog_drawing import draw_cells
from minicv.person_detector.hog_stages import (
    by_cell,
    cell_histograms,
    compress,
    orientation,
    orientation_bins,
    orientation_votes,
    strongest_gradient,
)

# So many pixels at once: more would leave the caches; with fewer, threads spend their time waiting
# for Python's lock.
CHUNK_PIXELS = 2**17


def hog(image: np.ndarray, orientations: int = 9, pixels_per_cell: tuple[int, int] = (8, 8),
        cells_per_block: tuple[int, int] = (3, 3), block_norm: str = "L2-Hys",
        visualize: bool = False, transform_sqrt: bool = False, feature_vector: bool = True, *,
        channel_axis: int | None = None, gamma: float | None = None, signed: bool = False,
        interpolate: bool = False, block_sigma: float | None = None
        ) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
    """The HOG descriptor of one image, with the call and the result of scikit-image.

    Parameters
    ----------
    image : (H, W) real numbers, or with a further axis of channels. What remains below and to the
        right of the last whole cell is not described (but its pixels count in the gradients).
    orientations : number of bins.
    pixels_per_cell : rows and columns of pixels in a cell.
    cells_per_block : rows and columns of cells in a block.
    block_norm : "L1", "L1-sqrt", "L2" or "L2-Hys"; the formulas are in `hog_blocks.py`.
    visualize : also return a picture of the histograms.
    transform_sqrt : the same as gamma=0.5.
    feature_vector : return the numbers in one row, not by block.
    channel_axis : the axis of the channels; None for a grey image.
    gamma : the exponent of the gamma compression; None for none.
    signed : an edge from dark to bright and one from bright to dark are different: the bins span
        360 degrees instead of 180.
    interpolate : each pixel shares its vote between the two nearest bins, and between the nearest
        cells of a block.
    block_sigma : standard deviation, in pixels, of a Gaussian round the middle of each block that
        weights the votes; the paper takes half the width of the block. None for equal weights.

    Returns
    -------
    descriptor : (block rows * block columns * rows * columns * orientations,), or that as five axes
        if not `feature_vector`. float32 for float16 and float32 images, float64 for all others.
    picture : (H, W) of the same type, only if `visualize`: in each cell a line for each bin, along
        the edge (at right angles to the gradient), as bright as the histogram says.

    Raises
    ------
    ValueError : an image with other axes, too small for one block (the smallest size is named),
        with NaN or infinite pixels, or negative ones under a gamma; complex pixels; bad options.
    TypeError : pixels that are not numbers.

    Examples
    --------
    >>> ramp = np.tile(np.arange(8.0), (8, 1))  # grows to the right: angle 0, the first of 9 bins
    >>> hog(ramp, cells_per_block=(1, 1), block_norm="L1").round(3).tolist()
    [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    """
    image = np.atleast_2d(image)
    if channel_axis is not None:
        if image.ndim != 3:
            raise ValueError(f"channel_axis is for images with 3 axes; this one has shape "
                             f"{image.shape}: leave channel_axis out if it is grey")
        image = np.moveaxis(image, channel_axis, -1)
    elif image.ndim != 2:
        raise ValueError(f"Only images with two spatial dimensions are supported, this one has "
                         f"shape {image.shape}. If using with color/multichannel images, specify "
                         "`channel_axis`, such as channel_axis=-1.")
    settings = Settings(orientations, pixels_per_cell, cells_per_block, block_norm,
                        _gamma(transform_sqrt, gamma), signed, interpolate, block_sigma)
    blocks, cells = _describe(image[None], settings)
    descriptor = blocks[0].reshape(-1) if feature_vector else blocks[0]
    if not visualize:
        return descriptor
    return descriptor, draw_cells(cells[0], settings.pixels_per_cell, image.shape[:2],
                                  signed).astype(descriptor.dtype)


def hog_patches(patches: np.ndarray, orientations: int = 9,
                pixels_per_cell: tuple[int, int] = (8, 8),
                cells_per_block: tuple[int, int] = (3, 3), block_norm: str = "L2-Hys",
                transform_sqrt: bool = False, feature_vector: bool = True, *,
                gamma: float | None = None, signed: bool = False, interpolate: bool = False,
                block_sigma: float | None = None) -> np.ndarray:
    """The HOG descriptors of many patches of the same size; each what `hog` says of the patch.

    Parameters
    ----------
    patches : (P, H, W), or (P, H, W, channels).
    others : see `hog`.

    Returns
    -------
    (P, d), or (P, block rows, block columns, rows, columns, orientations) if not `feature_vector`;
    of no patches (0, d). Types as in `hog`.

    Raises
    ------
    ValueError, TypeError : see `hog`.

    Examples
    --------
    >>> hog_patches(np.zeros((1000, 128, 64), np.uint8), cells_per_block=(2, 2)).shape
    (1000, 3780)
    """
    patches = np.asarray(patches)
    if patches.ndim not in (3, 4):
        raise ValueError(f"need patches (P, H, W) or (P, H, W, channels), got {patches.shape}; "
                         "one patch is patch[None]")
    settings = Settings(orientations, pixels_per_cell, cells_per_block, block_norm,
                        _gamma(transform_sqrt, gamma), signed, interpolate, block_sigma)
    blocks, _ = _describe(patches, settings)
    return blocks.reshape(len(blocks), math.prod(blocks.shape[1:])) if feature_vector else blocks


# --------------------------------------------------------------------------------------------
# At the door
# --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Settings:
    """The checked options of a descriptor. Their meaning is told in `hog`."""

    orientations: int
    pixels_per_cell: tuple[int, int]
    cells_per_block: tuple[int, int]
    block_norm: str
    gamma: float | None
    signed: bool
    interpolate: bool
    block_sigma: float | None

    def __post_init__(self):
        _check_count("orientations", self.orientations)
        for name in ("pixels_per_cell", "cells_per_block"):
            pair = getattr(self, name)
            if np.shape(pair) != (2,):
                raise ValueError(f"{name} must be two numbers, rows and columns, got {pair!r}")
            for count in pair:
                _check_count(name, count)
        if self.block_norm not in BLOCK_NORMS:
            raise ValueError(f"Selected block normalization method is invalid: {self.block_norm!r} "
                             f"is none of {', '.join(BLOCK_NORMS)}")
        for name in ("gamma", "block_sigma"):
            value = getattr(self, name)
            if value is not None and not 0 < value < math.inf:
                raise ValueError(f"{name} must be a positive number, or None, got {value!r}")

    @property
    def degrees(self) -> int:
        """The angle that the bins span."""
        return 360 if self.signed else 180

    @property
    def counts_blocks(self) -> bool:
        """Whether a pixel's vote depends on the block in which it is counted."""
        return self.interpolate or self.block_sigma is not None


def _check_count(name: str, value) -> None:
    if not isinstance(value, (int, np.integer)) or value < 1:
        raise ValueError(f"{name} must be at least 1, and whole, got {value!r}")


def _gamma(transform_sqrt: bool, gamma: float | None) -> float | None:
    if transform_sqrt and gamma is not None:
        raise ValueError("transform_sqrt is gamma=0.5; give one of the two")
    return 0.5 if transform_sqrt else gamma


def _check_pixels(images: np.ndarray, settings: Settings) -> None:
    """Raise an error if images (P, H, W[, channels]) cannot be described."""
    if images.dtype.kind == "c":
        raise ValueError("complex valued input is not supported")
    if images.dtype.kind not in "biuf":
        raise TypeError(f"need an image of real numbers, got {images.dtype}")
    least = [cell * count for cell, count in zip(settings.pixels_per_cell,
                                                 settings.cells_per_block)]
    if images.shape[1] < least[0] or images.shape[2] < least[1]:
        raise ValueError("The input image is too small given the values of pixels_per_cell and "
                         f"cells_per_block. It should have at least: {least[0]} rows and "
                         f"{least[1]} cols; it has {images.shape[1]} and {images.shape[2]}.")
    if images.ndim == 4 and images.shape[3] == 0:
        raise ValueError(f"the image has no channels: its shape is {images.shape[1:]}")
    if not images.size:
        return
    if images.dtype.kind == "f":
        with np.errstate(over="ignore", invalid="ignore"):
            total = images.sum()  # shows every NaN and infinity; it can also just be too large
        bad = ~np.isfinite(images) if not np.isfinite(total) else np.zeros(0, bool)
        if bad.any():
            first = tuple(int(n) for n in np.unravel_index(bad.argmax(), bad.shape)[1:])
            raise ValueError(f"{bad.sum()} of {bad.size} pixels are NaN or infinite, the first at "
                             f"{first}; replace them before describing the image")
    if settings.gamma is not None and images.min() < 0:
        raise ValueError(f"a gamma (transform_sqrt) needs pixels of at least 0, the smallest is "
                         f"{images.min()}")


# --------------------------------------------------------------------------------------------
# The chain of stages
# --------------------------------------------------------------------------------------------


def _describe(images: np.ndarray, settings: Settings) -> tuple[np.ndarray, np.ndarray]:
    """Blocks (P, ., ., ., ., O) and histograms of cells (P, ., ., O) of equal images."""
    _check_pixels(images, settings)
    n_images, height, width = images.shape[:3]
    dtype = np.float32 if images.dtype in (np.float16, np.float32) else np.float64
    # Differences and squares of 8-bit pixels are small whole numbers: exact, and faster, as int32.
    pixel_dtype = np.int32 if images.dtype == np.uint8 else dtype
    (cell_rows, cell_columns), (rows, columns) = settings.pixels_per_cell, settings.cells_per_block
    n_rows, n_columns = height // cell_rows, width // cell_columns
    cells = np.empty((n_images, n_rows, n_columns, settings.orientations))
    blocks = np.empty((n_images, n_rows - rows + 1, n_columns - columns + 1, rows, columns,
                       settings.orientations), dtype)

    def describe_chunk(start: int) -> None:
        chunk = slice(start, start + step)
        channels = images[chunk] if images.ndim == 4 else images[chunk, ..., None]
        channels = np.moveaxis(channels, -1, 0).astype(pixel_dtype, order="C")
        if settings.gamma is not None:
            channels = compress(channels, settings.gamma)
        down, across, magnitude = strongest_gradient(channels)
        # What lies beyond the last whole cell has done its part now, and goes.
        down, across, magnitude = (part[:, :n_rows * cell_rows, :n_columns * cell_columns]
                                   for part in (down, across, magnitude))
        angle = orientation(down, across, settings.degrees)
        cells[chunk], raw_blocks = _count(angle, magnitude, settings)
        blocks[chunk] = normalize_blocks(raw_blocks, settings.block_norm)

    step = max(1, CHUNK_PIXELS // (height * width))
    starts = range(0, n_images, step)
    # NumPy computes without holding Python's lock, so threads really run side by side. Each
    # writes to images of its own, so the result does not depend on their number.
    with ThreadPoolExecutor(min(len(starts), os.cpu_count() or 1) or 1) as pool:
        list(pool.map(describe_chunk, starts))
    return blocks, cells


def _count(angle: np.ndarray, magnitude: np.ndarray, settings: Settings
           ) -> tuple[np.ndarray, np.ndarray]:
    """Count the votes: histograms of cells, and of blocks before normalisation."""
    size, block = settings.pixels_per_cell, settings.cells_per_block
    if not settings.counts_blocks:
        bins = orientation_bins(angle, settings.orientations, settings.degrees)
        cells = cell_histograms(bins, magnitude, settings.orientations, size)
        return cells, blocks_of_cells(cells, block)
    votes = orientation_votes(angle, magnitude, settings.orientations, settings.degrees,
                              settings.interpolate)
    cells = by_cell(votes, size).mean(axis=(2, 4))
    return cells, weighted_blocks(votes, size, block, settings.interpolate, settings.block_sigma)
