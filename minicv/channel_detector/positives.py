"""Positive examples for the detector: people cut out a little off, and mirrored.

Jitter and mirror are those of `minicv.person_detector.detector`: the search, in steps of 8 pixels
and a tenth in size, never sits on a person exactly, and people walk both ways.  Two things are new.
The crops are as fine as the pyramid's levels, which differ (see `pyramid.FINEST`).  And where
a crop lies is known, so these examples also teach how to correct it (`box_regression`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from minicv.channel_detector.box_regression import box_corrections
from minicv.channel_detector.channels import mirror_descriptors
from minicv.channel_detector.pyramid import CELL, FINEST, CellFeatures, describe
from minicv.channel_detector.windows import expected_boxes, person_height
from minicv.person_detector.patches import crop, jittered_windows


def described_people(images: Sequence[np.ndarray], boxes: Sequence[np.ndarray],
                     features: CellFeatures, window: tuple[int, int], lowest: float, n_jitter: int,
                     mirror: bool, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """All positive examples: descriptors (n, d), and the corrections (n, 4) of their boxes.

    With `mirror` each is followed by what it shows in a mirror. Who is not as high as `lowest`, in
    pixels, is left out. For the rest see `person_crops`.
    """
    described, corrections = [], []
    for image, own in zip(images, boxes):
        for box in own[own[:, 3] - own[:, 1] >= lowest]:
            crops, correction = person_crops(image, box, window, n_jitter, FINEST, rng)
            described.append(describe(crops, window, features))
            corrections.append(correction)
    if not described:
        raise ValueError(f"no person to learn from: no box is at least {lowest:g} pixels high")
    X, wanted = np.concatenate(described), np.concatenate(corrections)
    if mirror:
        X = np.stack([X, mirror_descriptors(X)], axis=1)
        wanted = np.stack([wanted, wanted * [-1, 1, 1, 1]], axis=1)
    return X.reshape(wanted.size // 4, -1), wanted.reshape(-1, 4)


def person_crops(image: np.ndarray, box: np.ndarray, window: tuple[int, int], n_jitter: int,
                 finest: float, rng: np.random.Generator) -> tuple[list[np.ndarray], np.ndarray]:
    """A person, cut out several times, each a little off.

    Parameters
    ----------
    image : (H, W, 3) uint8
    box : (4,)
        The person's.
    window : (int, int)
        Rows and columns of cells.
    n_jitter : int
        Crops beside the exact one.
    finest : float
        Crops have CELL to finest * CELL pixels a cell, at random, as levels of a pyramid have.

    Returns
    -------
    crops : list of (H, W, 3) uint8
        Windows with a margin of one cell.
    corrections : (1 + n_jitter, 4)
        From where the crop expects the person to where it is, as `box_regression` has them.
    """
    rows, columns = window[0] + 2, window[1] + 2
    height = person_height(window)
    crops, corrections = [], []
    for seen in jittered_windows(box, (rows * CELL, columns * CELL), height, n_jitter, rng):
        pixels = CELL * finest**rng.uniform()
        crops.append(crop(image, seen, (_even(rows * pixels), _even(columns * pixels)), around=2))
        expected = expected_boxes(seen[None], height / (rows * CELL))
        corrections.append(box_corrections(expected, box[None])[0])
    return crops, np.array(corrections)


def _even(pixels: float) -> int:
    """Rounded to whole cells of half the size, of which the descriptors are made."""
    return round(pixels / (CELL // 2)) * (CELL // 2)
