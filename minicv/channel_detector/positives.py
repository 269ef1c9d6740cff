"""Positive examples for the detector: people cut out a little off, and mirrored.

Jitter and mirror are those of `minicv.person_detector.detector`: the search, in steps of 8 pixels
and a tenth in size, never sits on a person exactly, and people walk both ways.  Two things are new.
The crops are as fine as the pyramid's levels, which differ (see `CellFeatures.finest`).  And where
a crop lies is known, so these examples also teach how to correct it (`box_regression`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from minicv.channel_detector.box_regression import box_corrections
from minicv.channel_detector.pyramid import CELL, CellFeatures
from minicv.channel_detector.windows import expected_boxes, person_height
from minicv.person_detector.detector import jittered_windows
from minicv.person_detector.patches import crop


def described_people(images: Sequence[np.ndarray], boxes: Sequence[np.ndarray],
                     features: CellFeatures, window: tuple[int, int], lowest: float, n_jitter: int,
                     mirror: bool, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Descriptors (n, d) of the crops of all people, and the corrections (n, 4) of their boxes.

    Who is not as high as `lowest`, in pixels, is left out. For the rest see `person_crops`.
    """
    described, corrections = [], []
    for image, own in zip(images, boxes):
        for box in own[own[:, 3] - own[:, 1] >= lowest]:
            crops, correction = person_crops(image, box, window, n_jitter, mirror, features.finest,
                                             rng)
            described.append(features.describe(crops, window).reshape(len(crops), -1))
            corrections.append(correction)
    if not described:
        raise ValueError(f"there is no person to learn from: no box is at least {lowest:g} pixels "
                         "high")
    return np.concatenate(described), np.concatenate(corrections)


def person_crops(image: np.ndarray, box: np.ndarray, window: tuple[int, int], n_jitter: int,
                 mirror: bool, finest: float, rng: np.random.Generator
                 ) -> tuple[list[np.ndarray], np.ndarray]:
    """All positive examples that one person gives.

    Parameters
    ----------
    image : (H, W, 3) uint8
    box : (4,)
        The person's.
    window : (int, int)
        Rows and columns of cells.
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
    height = person_height(window)
    crops, corrections = [], []
    for seen in jittered_windows(box, (rows * CELL, columns * CELL), height, n_jitter, rng):
        pixels = CELL * finest**rng.uniform()
        seen_crop = crop(image, seen, (_even(rows * pixels), _even(columns * pixels)), around=2)
        expected = expected_boxes(seen[None], height / (rows * CELL))
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
