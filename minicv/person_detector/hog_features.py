"""Histograms of oriented gradients (HOG): what a patch of an image looks like, in a few numbers.

The problem.  People differ in clothes and light, but hardly in outline.  Describe a patch so that
colour and brightness drop out, small shifts matter little, and the direction of edges remains.

The idea (Dalal and Triggs, *Histograms of oriented gradients for human detection*, CVPR 2005,
section 6), one function a stage:

1. `gradients`: how the brightness changes down and across, g = (I(y+1, x) - I(y-1, x),
   I(y, x+1) - I(y, x-1)), in each channel by itself;
2. `strongest_channel`: at each pixel, the longest of the channels' gradients;
3. `orientation_bins`: the angle of g, in 9 bins over 180 degrees;
4. `cell_histograms`: in each cell of 8 x 8 pixels, |g| summed by bin;
5. `blocks_of_cells`: 3 x 3 neighbouring cells are a block, each begins one cell after the last;
6. `normalize_blocks`: each block v divided by its own size, so that contrast drops out, e = 1e-5:

    L1        v / (||v||_1 + e)
    L1-sqrt   sqrt(v / (||v||_1 + e))
    L2        v / sqrt(||v||_2^2 + e^2)
    L2-Hys    L2, then min(., 0.2), then L2 again: no single edge can fill a block

It answers exercise 2.2.  `hog` has the call and the result of `skimage.feature.hog`, but for errors
where that one would go on with NaN.  Both leave out two things of the paper: there a pixel shares
its vote between the nearest bins and cells, and counts less far from the middle of its block.
`minicv/channel_detector/channels.py` shares votes between bins; `minicv/fast/hog_features.py`
describes many patches several times as fast; `hog_drawing.py` draws a descriptor.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from minicv import checks
from minicv.person_detector.hog_drawing import draw_cells

BLOCK_NORMS = ("L1", "L1-sqrt", "L2", "L2-Hys")
EPSILON = 1e-5
LARGEST = 1e30  # of a pixel: the square of a gradient is a number still


class HogOptions(NamedTuple):
    """How to describe; see `hog`."""

    orientations: int
    pixels_per_cell: tuple[int, int]
    cells_per_block: tuple[int, int]
    block_norm: str
    transform_sqrt: bool


def hog(image: ArrayLike, orientations: int = 9, pixels_per_cell: tuple[int, int] = (8, 8),
        cells_per_block: tuple[int, int] = (3, 3), block_norm: str = "L2-Hys",
        visualize: bool = False, transform_sqrt: bool = False, feature_vector: bool = True, *,
        channel_axis: int | None = None) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
    """The HOG descriptor of one image, with the call and the result of scikit-image.

    Parameters
    ----------
    image : (H, W) real numbers, or with a further axis of channels
        What remains below and to the right of the last whole cell is not described.
    orientations : int
        Number of bins.
    pixels_per_cell, cells_per_block : tuple of int
        Rows and columns.
    block_norm : "L1", "L1-sqrt", "L2" or "L2-Hys"
    visualize : bool
        Also return a picture of the histograms.
    transform_sqrt : bool
        Take the square roots of the pixels first: shade then counts as much as sunlight.
    feature_vector : bool
        If True, all numbers in one row. If False, by block: the blocks of a window are a slice.
    channel_axis : int or None
        The axis of the channels; None for a grey image.

    Returns
    -------
    descriptor : (block rows * block columns * rows * columns * orientations,), or as five axes
        float32 for float16 and float32 images, float64 for all others.
    picture : (H, W), only if `visualize`

    Raises
    ------
    ValueError, TypeError
        An image of other axes or too small; pixels that are no numbers, or beyond 1e30.

    Examples
    --------
    >>> ramp = np.tile(np.arange(8.0), (8, 1))  # grows to the right: angle 0, the first of 9 bins
    >>> hog(ramp, cells_per_block=(1, 1), block_norm="L1").round(3).tolist()
    [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    """
    checks.flag(visualize, "visualize")
    checks.flag(feature_vector, "feature_vector")
    channels = channels_first(image, channel_axis)
    options = checked_options(channels, HogOptions(orientations, pixels_per_cell, cells_per_block,
                                                   block_norm, transform_sqrt))
    blocks, cells = hog_blocks(channels, options)
    descriptor = blocks.ravel() if feature_vector else blocks
    if not visualize:
        return descriptor
    picture = draw_cells(cells, options.pixels_per_cell, channels.shape[1:])
    return descriptor, picture.astype(blocks.dtype)


def hog_patches(patches: ArrayLike, orientations: int = 9,
                pixels_per_cell: tuple[int, int] = (8, 8),
                cells_per_block: tuple[int, int] = (3, 3), block_norm: str = "L2-Hys",
                transform_sqrt: bool = False, feature_vector: bool = True) -> np.ndarray:
    """The HOG descriptors of many patches of the same size, (P, H, W) or (P, H, W, channels).

    Else as `hog`, with a first axis of P in the result.

    Examples
    --------
    >>> hog_patches(np.zeros((10, 128, 64), np.uint8), cells_per_block=(2, 2)).shape
    (10, 3780)
    """
    checks.flag(feature_vector, "feature_vector")
    stack = channels_second(patches)
    options = checked_options(stack, HogOptions(orientations, pixels_per_cell, cells_per_block,
                                                block_norm, transform_sqrt))
    some = stack if len(stack) else np.zeros((1, *stack.shape[1:]), stack.dtype)  # for the length
    blocks = np.stack([hog_blocks(channels, options)[0] for channels in some])
    return (blocks.reshape(len(blocks), -1) if feature_vector else blocks)[:len(stack)]


def hog_blocks(channels: np.ndarray, options: HogOptions) -> tuple[np.ndarray, np.ndarray]:
    """The chain of stages, from channels (C, H, W) to the blocks and, for a picture, the cells."""
    dtype = np.float32 if channels.dtype in (np.float16, np.float32) else np.float64
    channels = channels.astype(dtype, order="C")
    if options.transform_sqrt:
        channels = np.sqrt(channels)
    down, across, length = strongest_channel(*gradients(channels))
    bins = orientation_bins(down, across, options.orientations)
    cells = cell_histograms(bins, length, options.orientations, options.pixels_per_cell)
    blocks = blocks_of_cells(cells, options.cells_per_block)
    return normalize_blocks(blocks, options.block_norm).astype(dtype), cells


# --------------------------------------------------------------------------------------------
# The stages
# --------------------------------------------------------------------------------------------


def gradients(channels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Differences of the two neighbours, [-1 0 1]: the simplest mask did best in the paper.

    Returns how `channels` (..., H, W) change down a column and across a row, both of the same
    shape; zero at the border, where one neighbour is missing.

    Examples
    --------
    >>> gradients(np.array([[1.0, 2.0, 4.0, 8.0]]))[1].tolist()
    [[0.0, 3.0, 6.0, 0.0]]
    """
    down, across = np.zeros_like(channels), np.zeros_like(channels)
    down[..., 1:-1, :] = channels[..., 2:, :] - channels[..., :-2, :]
    across[..., 1:-1] = channels[..., 2:] - channels[..., :-2]
    return down, across


def strongest_channel(down: np.ndarray, across: np.ndarray) -> tuple[np.ndarray, ...]:
    """At each pixel, the gradient of the channel where it is longest; of equals the first.

    From `down` and `across` (channels, ...), the strongest down, across and their length (...).
    """
    length = np.hypot(down, across)
    strongest = down[0], across[0], length[0]
    for channel in zip(down[1:], across[1:], length[1:]):
        longer = channel[2] > strongest[2]
        strongest = tuple(np.where(longer, *pair) for pair in zip(channel, strongest))
    return strongest


def orientation_bins(down: np.ndarray, across: np.ndarray, orientations: int) -> np.ndarray:
    """The bin of each gradient's angle; opposite directions are one, so the bins span 180 degrees.

    Bin k holds the angles from k * 180 / orientations up to, not including, the next edge.  They
    are computed in double precision, as many gradients of a picture lie exactly on an edge: with 8
    bins, all at 45, 90 and 135 degrees.  The rare angle just below zero that is rounded up to 180
    gets the number `orientations`, which is no bin: it counts nowhere.

    Examples
    --------
    >>> orientation_bins(np.array([0.0, 1.0, -1.0]), np.array([1.0, 1.0, 0.01]), 4).tolist()
    [0, 1, 2]
    """
    angle = np.rad2deg(np.arctan2(down, across, dtype=float))
    angle += 180 * (angle < 0) - 180 * (angle == 180)  # angle % 180, but faster
    return (angle / (180 / orientations)).astype(int)  # rounded down


def cell_histograms(bins: np.ndarray, length: np.ndarray, orientations: int,
                    pixels_per_cell: tuple[int, int]) -> np.ndarray:
    """For each cell, the lengths summed by bin, divided by the number of pixels in a cell.

    From `bins` and `length` (H, W) to (R, C, orientations). All cells at once: each pair of a cell
    and a bin has a number, and `np.bincount` adds up the lengths of the pixels with that number.

    Examples
    --------
    >>> bins, length = np.array([[0, 1], [1, 1]]), np.array([[4.0, 1.0], [2.0, 3.0]])
    >>> cell_histograms(bins, length, 2, (2, 2)).tolist()
    [[[1.0, 1.5]]]
    """
    height, width = pixels_per_cell
    shape = bins.shape[0] // height, bins.shape[1] // width
    cell = np.arange(math.prod(shape)).reshape(shape).repeat(height, axis=0).repeat(width, axis=1)
    inside = np.s_[:cell.shape[0], :cell.shape[1]]
    n_bins = orientations + 1  # one more, thrown away below
    sums = np.bincount((cell * n_bins + bins[inside]).ravel(), length[inside].ravel(),
                       math.prod(shape) * n_bins)
    return sums.reshape(*shape, n_bins)[..., :orientations] / (height * width)


def blocks_of_cells(cells: np.ndarray, cells_per_block: tuple[int, int]) -> np.ndarray:
    """All blocks of neighbouring cells, from (..., R, C, O) to (..., R', C', rows, columns, O).

    A view of `cells`, which cannot be written.

    Examples
    --------
    >>> blocks_of_cells(np.zeros((5, 4, 9)), (3, 3)).shape
    (3, 2, 3, 3, 9)
    """
    blocks = np.lib.stride_tricks.sliding_window_view(cells, cells_per_block, axis=(-3, -2))
    return np.moveaxis(blocks, -3, -1)  # NumPy appends the windows behind the bins


def normalize_blocks(blocks: np.ndarray, block_norm: str) -> np.ndarray:
    """Divide each block (..., rows, columns, O) by its norm: see the head of this module.

    Examples
    --------
    >>> normalize_blocks(np.array([[[3.0, 4.0]]]), "L2").round(3).tolist()
    [[[0.6, 0.8]]]
    """
    if block_norm in ("L1", "L1-sqrt"):
        normalized = blocks / (blocks.sum(axis=(-3, -2, -1), keepdims=True) + EPSILON)
        return np.sqrt(normalized) if block_norm == "L1-sqrt" else normalized
    normalized = _divided_by_l2(blocks)
    return _divided_by_l2(np.minimum(normalized, 0.2)) if block_norm == "L2-Hys" else normalized


def _divided_by_l2(blocks: np.ndarray) -> np.ndarray:
    squares = np.sum(blocks**2, axis=(-3, -2, -1), keepdims=True)
    return blocks / np.sqrt(squares + EPSILON**2)


# --------------------------------------------------------------------------------------------
# At the door
# --------------------------------------------------------------------------------------------


def channels_first(image: ArrayLike, channel_axis: int | None) -> np.ndarray:
    """The image as (channels, H, W); the error that `hog` promises if it has other axes."""
    if channel_axis is not None:
        image = real_pixels(image, "image", ("H", "W", "channels"),
                            hint="in any order; leave channel_axis out if it is grey")
        return np.moveaxis(image, checks.whole(channel_axis, "channel_axis", least=-3, most=2), 0)
    image = np.atleast_2d(real_pixels(image, "image"))
    if image.ndim != 2:
        raise ValueError("Only images with two spatial dimensions are supported, got shape "
                         f"{image.shape}. If using with color/multichannel images, specify "
                         "`channel_axis`, such as channel_axis=-1.")
    return image[None]


def channels_second(patches: ArrayLike) -> np.ndarray:
    """The patches as (P, channels, H, W); the error that `hog` promises if they have other axes."""
    patches = real_pixels(patches, "patches", ("P", "H", "W"), ("P", "H", "W", "channels"),
                          hint="one patch is patch[None]")
    return patches[:, None] if patches.ndim == 3 else np.moveaxis(patches, -1, 1)


def real_pixels(image: ArrayLike, name: str, *shapes: checks.Shape, hint: str = "") -> np.ndarray:
    """Finite real numbers; complex ones are, as in scikit-image, a ValueError."""
    image = checks.as_array(image, name)
    if image.dtype.kind == "c":
        raise ValueError(f"{name} must be real numbers, got {image.dtype}")
    return checks.numbers(image, name, *shapes, within=LARGEST, hint=hint)


def checked_options(pixels: np.ndarray, given: HogOptions) -> HogOptions:
    """The options that `hog` has, checked for pixels (..., channels, H, W)."""
    options = HogOptions(checks.whole(given.orientations, "orientations", least=1, most=1000),
                         checks.pair(given.pixels_per_cell, "pixels_per_cell"),
                         checks.pair(given.cells_per_block, "cells_per_block"),
                         checks.choice(given.block_norm, "block_norm", BLOCK_NORMS),
                         checks.flag(given.transform_sqrt, "transform_sqrt"))
    rows, columns = (cell * block for cell, block
                     in zip(options.pixels_per_cell, options.cells_per_block))
    if pixels.shape[-2] < rows or pixels.shape[-1] < columns:
        raise ValueError("The input image is too small given the values of pixels_per_cell and "
                         f"cells_per_block. It should have at least: {rows} rows and {columns} "
                         f"cols; it has {pixels.shape[-2]} and {pixels.shape[-1]}.")
    if pixels.shape[-3] == 0:
        raise ValueError(f"the image has no channels: its shape is {pixels.shape[-3:]}")
    if options.transform_sqrt and pixels.min(initial=0) < 0:
        raise ValueError(f"transform_sqrt needs pixels from 0 on, the smallest is {pixels.min():g}")
    return options


def check_picture(image: ArrayLike, name: str) -> np.ndarray:
    """An image (H, W, 3) uint8 as it is, and a grey one (H, W) with three equal channels.

    Another shape, another dtype or an empty image are an error.
    """
    image = checks.numbers(image, name, ("H", "W"), ("H", "W", 3), finite=False, empty=False,
                           hint="leave a channel of transparency out")
    if image.dtype != np.uint8:
        raise TypeError(f"{name} must be uint8, 0 to 255, got {image.dtype}")
    return image if image.ndim == 3 else np.dstack([image] * 3)
