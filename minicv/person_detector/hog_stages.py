"""The stages of a HOG descriptor up to the histograms of cells, in their order.

Arrays of pixels are (P, H, W): P images of the same size, worked on at once; channels come in
front.  `hog.py` chains the stages and tells what they are for.

One choice serves equality with scikit-image alone, where a plainer one would do as well: the sums
of the cells are kept in single precision, as they are there.
"""

from __future__ import annotations

import math

import numpy as np


def compress(channels: np.ndarray, gamma: float) -> np.ndarray:
    """I^gamma. With 1/2, a change by a tenth is the same step in the shade and in the sun.

    Examples
    --------
    >>> compress(np.array([0.0, 4.0, 9.0]), 0.5).tolist()
    [0.0, 2.0, 3.0]
    """
    return np.sqrt(channels) if gamma == 0.5 else channels**gamma


def gradients(channel: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Differences of the two neighbours, [-1 0 1]: the simplest mask did best in the paper.

    Parameters
    ----------
    channel : (..., H, W).

    Returns
    -------
    down, across : (..., H, W): how I changes along a column and along a row. On the first and last
    row `down` is zero, on the first and last column `across`: there one neighbour is missing.

    Examples
    --------
    >>> gradients(np.array([[1.0, 2.0, 4.0, 8.0]]))[1].tolist()
    [[0.0, 3.0, 6.0, 0.0]]
    """
    down, across = np.empty_like(channel), np.empty_like(channel)
    down[..., [0, -1], :] = 0
    across[..., :, [0, -1]] = 0
    np.subtract(channel[..., 2:, :], channel[..., :-2, :], out=down[..., 1:-1, :])
    np.subtract(channel[..., :, 2:], channel[..., :, :-2], out=across[..., :, 1:-1])
    return down, across


def strongest_gradient(channels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """At each pixel, the gradient of the channel where it is longest; the first one of equals.

    Lengths are compared by their squares, which is much faster than `np.hypot`. Where two are
    equal, or so close that rounding could decide, `np.hypot` does, as in scikit-image.

    Parameters
    ----------
    channels : (channels, P, H, W) float32 or float64, or int32 from 0 to 255.

    Returns
    -------
    down, across, magnitude : (P, H, W) float64.

    Examples
    --------
    >>> red, green = np.zeros((2, 1, 1, 3))
    >>> red[..., 2], green[..., 0] = 3, 4
    >>> [part[0, 0].tolist() for part in strongest_gradient(np.stack([red, green]))]
    [[0.0, 0.0, 0.0], [0.0, -4.0, 0.0], [0.0, 4.0, 0.0]]
    """
    is_float = channels.dtype.kind == "f"
    best_down, best_across, best_square = _squared_gradient(channels[0])
    for channel in channels[1:]:
        down, across, square = _squared_gradient(channel)
        longer = square > best_square
        longest = np.maximum(square, best_square)
        if is_float:
            close = np.abs(square - best_square) < 8 * np.finfo(channels.dtype).eps * square
        else:  # exact
            close = (square == best_square) & (square > 0)
        if close.any():
            precision = channels.dtype if is_float else float
            length, best_length = (
                np.hypot(*(part[close].astype(precision) for part in pair))
                for pair in ((down, across), (best_down, best_across)))
            longer[close] = length > best_length
            longest[close] = np.where(longer[close], square[close], best_square[close])
        # np.where in arithmetic: 1 * new + 0 * old. On busy texture a processor guesses the
        # branches of np.where wrongly half of the time, which costs more than multiplying.
        new = longer.astype(channels.dtype)
        old = 1 - new
        best_down = new * down + old * best_down
        best_across = new * across + old * best_across
        best_square = longest
    return (best_down.astype(float, copy=False), best_across.astype(float, copy=False),
            np.sqrt(best_square, dtype=float))


def _squared_gradient(channel: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """down, across and down^2 + across^2; the squares in float64 if the channel is of floats."""
    down, across = gradients(channel)
    precision = float if channel.dtype.kind == "f" else channel.dtype
    square = np.multiply(down, down, dtype=precision)
    square += np.multiply(across, across, dtype=precision)
    return down, across, square


def orientation(down: np.ndarray, across: np.ndarray, degrees: int) -> np.ndarray:
    """The angle of the gradient, from 0 up to `degrees`: 180 (opposite directions are one) or 360.

    Examples
    --------
    >>> down, across = np.array([1.0, -1.0]), np.array([0.0, -1.0])
    >>> orientation(down, across, 180).tolist(), orientation(down, across, 360).tolist()
    ([90.0, 45.0], [90.0, 225.0])
    """
    angle = np.arctan2(down, across)
    angle *= 180 / np.pi
    # The same as `angle %= degrees`, to the last bit, for angles from -180 to 180; and faster.
    if degrees == 180:
        angle[angle == 180] = 0
    angle += np.where(angle < 0, float(degrees), 0.0)
    return angle


def orientation_bins(angle: np.ndarray, orientations: int, degrees: int) -> np.ndarray:
    """The bin k of each angle: k is the number of edges that the angle has reached, less one.

    Parameters
    ----------
    angle : degrees, from 0 up to `degrees`.

    Returns
    -------
    uint16 of the same shape, from 0 to orientations - 1. The rare angle just below zero that was
    rounded up to `degrees` gets the number `orientations`, which is no bin: it does not count.

    Examples
    --------
    >>> orientation_bins(np.array([0.0, 19.9, 20.0, 179.9]), 9, 180).tolist()
    [0, 0, 1, 8]
    """
    bins = np.zeros(angle.shape, np.uint16)
    for k in range(1, orientations + 1):
        bins += angle >= degrees / orientations * k
    return bins


def cell_histograms(bins: np.ndarray, magnitude: np.ndarray, orientations: int,
                    pixels_per_cell: tuple[int, int]) -> np.ndarray:
    """For each cell, the magnitudes summed by bin, divided by the number of pixels in a cell.

    The plain way would be one `np.bincount` of (cell, bin). But scikit-image adds pixel by pixel in
    single precision, and rounds after each; to get its sums to the last bit we do the same: all
    cells at once, one pixel of each cell after the other.

    Parameters
    ----------
    bins : (P, R * cell rows, C * cell columns) integers; `orientations` itself does not count.
    magnitude : likewise, float64.

    Returns
    -------
    (P, R, C, orientations) float64.

    Examples
    --------
    >>> bins, magnitude = np.array([[[0, 1], [1, 1]]]), np.array([[[4.0, 1.0], [2.0, 3.0]]])
    >>> cell_histograms(bins, magnitude, 2, (2, 2)).tolist()
    [[[[1.0, 1.5]]]]
    """
    cell_rows, cell_columns = pixels_per_cell
    n_pixels = cell_rows * cell_columns
    bins, magnitude = (by_cell(part, pixels_per_cell).transpose(2, 4, 0, 1, 3)
                       for part in (bins, magnitude))
    shape = bins.shape[2:]
    n_cells = math.prod(shape)
    own = np.arange(n_cells) * (orientations + 1)  # where the histogram of each cell begins
    index = own + bins.reshape(n_pixels, n_cells)
    magnitude = magnitude.reshape(n_pixels, n_cells)
    sums = np.zeros(n_cells * (orientations + 1), np.float32)
    for which, votes in zip(index, magnitude):
        sums[which] = sums.take(which) + votes  # added in float64, rounded to float32
    sums /= np.float32(n_pixels)
    return sums.reshape(*shape, orientations + 1)[..., :-1].astype(float)


def orientation_votes(angle: np.ndarray, magnitude: np.ndarray, orientations: int, degrees: int,
                      share: bool) -> np.ndarray:
    """What each pixel votes for each orientation.

    Parameters
    ----------
    angle, magnitude : (P, H, W).
    share : if True, the vote is shared between the two bins whose middles are nearest, in
        proportion to how near they are; the last bin and the first are neighbours. If False, all of
        it goes to the bin in which the angle is.

    Returns
    -------
    (P, H, W, orientations) float64.

    Examples
    --------
    >>> angle, magnitude = np.full((1, 1, 1), 25.0), np.full((1, 1, 1), 4.0)
    >>> orientation_votes(angle, magnitude, 9, 180, True)[0, 0, 0, :3].tolist()
    [1.0, 3.0, 0.0]
    """
    votes = np.zeros((*angle.shape, orientations))
    own = np.arange(angle.size).reshape(angle.shape) * orientations
    if not share:
        bins = orientation_bins(angle, orientations, degrees)
        counts = bins < orientations
        votes.reshape(-1)[(own + bins)[counts]] = magnitude[counts]
        return votes
    # In units of bins, from the middle of bin 0.
    position = angle * (orientations / degrees) - 0.5
    lower = np.floor(position)
    upper_share = position - lower
    lower = lower.astype(int)
    flat = votes.reshape(-1)
    flat[own + lower % orientations] += magnitude * (1 - upper_share)
    flat[own + (lower + 1) % orientations] += magnitude * upper_share
    return votes


def by_cell(pixels: np.ndarray, pixels_per_cell: tuple[int, int]) -> np.ndarray:
    """(P, H, W, ...) as (P, R, cell rows, C, cell columns, ...); H and W are whole cells."""
    n_images, height, width = pixels.shape[:3]
    rows, columns = pixels_per_cell
    return pixels.reshape(n_images, height // rows, rows, width // columns, columns,
                          *pixels.shape[3:])
