"""Positive examples for the detector: people cut out a little off, and mirrored.

A window of the sliding search never sits on a person exactly: the grid has cells of 8 pixels, the
pyramid steps of a tenth.  A classifier that has only seen perfect crops is surprised by what it
meets.  So each person is cut out several times, shifted and scaled at random by about as much as
the search will be off (*jitter*), and once more as in a mirror: people walk both ways.

Where the crop lies is known, so these examples also teach how to correct it (`box_regression`).
"""

from __future__ import annotations

import numpy as np

from minicv.channel_detector.box_regression import box_corrections
from minicv.channel_detector.pyramid import CELL
from minicv.person_detector.detector import jittered_windows
from minicv.person_detector.patches import crop

BODY_WIDTH = 0.37  # of a person's height: what a window expects, before any correction


def person_crops(image: np.ndarray, box: np.ndarray, window: tuple[int, int], person_height: int,
                 n_jitter: int, mirror: bool, finest: float, rng: np.random.Generator
                 ) -> tuple[list[np.ndarray], np.ndarray]:
    """All positive examples that one person gives.

    Parameters
    ----------
    image : (H, W, 3) uint8.
    box : (4,) the person's.
    window : rows and columns of cells.
    person_height : in pixels, of a person in the window.
    n_jitter : crops beside the exact one.
    mirror : whether to add each crop's mirror image.
    finest : crops have CELL to finest * CELL pixels a cell, at random, as levels of a pyramid have.

    Returns
    -------
    crops : n images (H, W, 3) uint8: windows with a margin of one cell.
    corrections : (n, 4) from where the crop expects the person to where it is, as `box_regression`
        has them.
    """
    rows, columns = window[0] + 2, window[1] + 2
    crops, corrections = [], []
    for seen in jittered_windows(box, (rows * CELL, columns * CELL), person_height, n_jitter, rng):
        pixels = CELL * finest**rng.uniform()
        seen_crop = crop(image, seen, (_even(rows * pixels), _even(columns * pixels)), around=2)
        expected = expected_boxes(seen[None], person_height / (rows * CELL))
        correction = box_corrections(expected, box[None])[0]
        crops.append(seen_crop)
        corrections.append(correction)
        if mirror:
            crops.append(seen_crop[:, ::-1])
            corrections.append(correction * [-1, 1, 1, 1])
    return crops, np.array(corrections)


def _even(pixels: float) -> int:
    """Rounded to whole cells of half the size, of which the descriptors are made."""
    return round(pixels / (CELL // 2)) * (CELL // 2)


def expected_boxes(windows: np.ndarray, share: float) -> np.ndarray:
    """Where a window expects its person: in the middle, `share` of its height, `BODY_WIDTH` wide.

    Examples
    --------
    >>> expected_boxes(np.array([[0.0, 0.0, 80.0, 160.0]]), 0.625).tolist()
    [[21.5, 30.0, 58.5, 130.0]]
    """
    middle = (windows[:, :2] + windows[:, 2:]) / 2
    height = share * (windows[:, 3] - windows[:, 1])
    half = np.stack([BODY_WIDTH * height, height], axis=1) / 2
    return np.concatenate([middle - half, middle + half], axis=1)
