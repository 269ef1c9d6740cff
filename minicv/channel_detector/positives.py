"""Positive examples for the detector: people cut out a little off, and mirrored.

Jitter and mirror are those of `minicv.person_detector.detector`: the search, in steps of 8 pixels
and a tenth in size, never sits on a person exactly, and people walk both ways.  Two things are new.
The crops are as fine as the pyramid's levels, which differ (see `CellFeatures.finest`).  And where
a crop lies is known, so these examples also teach how to correct it (`box_regression`).
"""

from __future__ import annotations

import numpy as np

from minicv.channel_detector.box_regression import box_corrections
from minicv.channel_detector.pyramid import CELL
from minicv.person_detector.patches import crop, jittered_windows

BODY_WIDTH = 0.37  # of a person's height: what a window expects, before any correction


def person_crops(image: np.ndarray, box: np.ndarray, window: tuple[int, int], person_height: int,
                 n_jitter: int, mirror: bool, finest: float, rng: np.random.Generator
                 ) -> tuple[list[np.ndarray], np.ndarray]:
    """All positive examples that one person gives.

    Parameters
    ----------
    image : (H, W, 3) uint8
    box : (4,)
        The person's.
    window : (int, int)
        Rows and columns of cells.
    person_height : int
        Of a person in the window, in pixels.
    n_jitter, mirror : int, bool
        Crops beside the exact one, and whether to add each crop's mirror image.
    finest : float
        Crops have CELL to finest * CELL pixels a cell, at random, as levels of a pyramid have.

    Returns
    -------
    crops : list of (H, W, 3) uint8
        Windows with a margin of one cell.
    corrections : (n, 4)
        From where the crop expects the person to where it is, as `box_regression` has them.
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


def fitting_windows(boxes: np.ndarray, window: tuple[int, int], person_height: float
                    ) -> np.ndarray:
    """Windows of (height, width) that expect their people where boxes (N, 4) are.

    Only the middle and the height of a box count.

    Examples
    --------
    >>> fitting_windows(np.array([[21.5, 30.0, 58.5, 130.0]]), (128, 64), 80).tolist()
    [[0.0, 0.0, 80.0, 160.0]]
    """
    middle, height = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 3:] - boxes[:, 1:2]
    half = height / person_height * np.array([window[1], window[0]]) / 2
    return np.concatenate([middle - half, middle + half], axis=1)
