"""Windows and people: where a window expects its person, and which window fits a person.

A person stands in the middle of a window, with `FREE` cells above the head and as many below the
feet, and is `BODY_WIDTH` times as wide as high: so a window expects it, before any correction.
"""

from __future__ import annotations

import numpy as np

from minicv.channel_detector.pyramid import CELL, PADDING
from minicv.person_detector.patches import crop
from minicv.person_detector.sliding_window import Level

FREE = 2  # cells
BODY_WIDTH = 0.37  # of a person's height


def person_height(window: tuple[int, int]) -> int:
    """Height of the person in a window of (rows, columns) cells, in pixels.

    Examples
    --------
    >>> person_height((16, 8))
    96
    """
    return (window[0] - 2 * FREE) * CELL


def window_boxes(level: Level, window: tuple[int, int], corners: np.ndarray) -> np.ndarray:
    """Where windows of (rows, columns) cells lie in the image, given the corners of their cells.

    From corners (N, 2), entries of the level's grid, to boxes (N, 4) that may stick out.
    """
    upper_left = CELL * (corners[:, ::-1] - PADDING)  # x before y
    size = CELL * np.array(window[::-1])
    scale = np.array(level.scale[::-1])
    return np.concatenate([upper_left / scale, (upper_left + size) / scale], axis=1)


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


def expected_people(level: Level, window: tuple[int, int], corners: np.ndarray) -> np.ndarray:
    """Where windows that begin at (row, column) of a level expect their people, (N, 4)."""
    return expected_boxes(window_boxes(level, window, corners),
                          person_height(window) / (window[0] * CELL))


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


def fitting_crops(image: np.ndarray, boxes: np.ndarray, window: tuple[int, int]
                  ) -> list[np.ndarray]:
    """The windows of (rows, columns) cells that fit boxes (N, 4), cut out, with a cell of margin.

    Examples
    --------
    >>> (seen,) = fitting_crops(np.zeros((99, 99, 3), np.uint8), np.array([[0, 0, 9, 24]]), (16, 8))
    >>> seen.shape
    (144, 80, 3)
    """
    size = (window[0] + 2) * CELL, (window[1] + 2) * CELL
    return [crop(image, seen, size, around=2)
            for seen in fitting_windows(boxes, size, person_height(window))]
