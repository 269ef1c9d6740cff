"""Finding: score all windows of a level, correct the boxes of the best, keep one for each person.

These are the steps of `ChannelDetector.detect`.  `fit` takes them, too, without the second look, to
see what that will have to decide.

The best windows are looked at twice *before* one is kept for each person: which of the windows
round somebody fits best, and which of two neighbours hides the other, is told by the better score.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from minicv.channel_detector.box_regression import BoxRegression
from minicv.channel_detector.second_look import SecondLook
from minicv.channel_detector.suppression import suppressed
from minicv.channel_detector.windows import expected_people
from minicv.detection_metrics.boxes import best_first, clip_boxes_to_image
from minicv.person_detector.detector import window_scores
from minicv.person_detector.sliding_window import Detections, Level, gather_windows

MOST_CANDIDATES = 5000  # windows of one image that go into the suppression, the best
MOST_LOOKED_AT = 500  # windows of one level that get a second look, the best


class Candidates(NamedTuple):
    """Windows that may be people."""

    boxes: np.ndarray  # (N, 4) where in the image
    scores: np.ndarray  # (N,) the first
    windows: np.ndarray  # (N, rows, columns, d), to be looked at twice; else none, (0, ...)

    def looked_at_twice(self, second_look: SecondLook | None) -> Detections:
        """With the mean of both scores; with the first, if there is no second look."""
        if second_look is None or len(self.scores) == 0:
            return Detections(self.boxes, self.scores)
        return Detections(self.boxes, (self.scores + second_look.scores(self.windows)) / 2)


def search_levels(levels: Iterable[Level], weights: np.ndarray, bias: float,
                  regression: BoxRegression | None, threshold: float, look_twice: bool
                  ) -> Candidates:
    """The best windows of some levels.

    Parameters
    ----------
    levels : iterable of Level
    weights, bias : (rows, columns, d) and float
        Of a score w.x + b.
    regression : BoxRegression or None
        Corrects the boxes, each by what its window shows.
    threshold : float
        The least score.
    look_twice : bool
        Whether to keep what the windows show.
    """
    boxes, scores = [np.empty((0, 4))], [np.empty(0)]
    kept = [np.empty((0, *weights.shape), np.float32)]
    for level in levels:
        score = window_scores(level.grid, weights) + bias
        corners = np.argwhere(score > threshold)
        if len(corners) == 0:
            continue
        first = score[corners[:, 0], corners[:, 1]].astype(float)
        # Before their descriptors fill the memory:
        best = best_first(first)[:MOST_LOOKED_AT if look_twice else MOST_CANDIDATES]
        corners = corners[best]
        windows = gather_windows(level.grid, weights.shape[:2], corners)
        expected = expected_people(level, weights.shape[:2], corners)
        boxes.append(expected if regression is None else regression.correct(expected, windows))
        scores.append(first[best])
        if look_twice:
            kept.append(windows.reshape(-1, *weights.shape))
    return Candidates(np.concatenate(boxes), np.concatenate(scores), np.concatenate(kept))


def kept_finds(found: Sequence[Detections], image_size: tuple[int, int], suppression: float,
               average: bool) -> Detections:
    """Of what was found on all levels of an image (height, width), one box for each person.

    See `ChannelDetector` for the last two arguments.
    """
    nothing = Detections(np.empty((0, 4)), np.empty(0))
    boxes, scores = (np.concatenate(parts) for parts in zip(nothing, *found))
    best = best_first(scores)[:MOST_CANDIDATES]
    boxes, scores = clip_boxes_to_image(boxes[best], image_size), scores[best]
    seen = (boxes[:, 2:] - boxes[:, :2] >= 1).all(axis=1)  # a pixel of them is in the image
    boxes, scores = suppressed(boxes[seen], scores[seen], suppression, average)
    return Detections(clip_boxes_to_image(boxes, image_size), scores)  # rounding may lead out again
