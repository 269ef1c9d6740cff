"""Hard negatives: learn from the windows that the classifier itself takes for people.

An image has tens of thousands of windows without a person.  Nearly all are walls and sky, which the
classifier tells from people after a few examples; those worth learning from are rare.  So begin
with some at random, train, let the classifier search the training images, add the windows
where it is wrong, or unsure, and train again, until few new ones turn up (*bootstrapping*: Sung and
Poggio 1998; *hard-negative mining* since Felzenszwalb et al. 2010).

With a margin loss this is no trick but exact: a negative with a score below -1 has no part in the
solution.  When no window outside the training set scores above -1, the classifier is the one that
training on all windows would have given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from minicv.channel_detector.pyramid import (
    Level,
    gather_windows,
    score_windows,
    window_boxes,
)
from minicv.detection_metrics.boxes import box_iou

MARGIN = -1.0  # a negative below this score does not pull at the classifier
MAX_IOU = 0.3  # a window whose expected person overlaps a true one by more is no negative
PER_IMAGE = 40  # at most so many new ones an image and round: the next round sees the rest


class NegativePool:
    """All windows without a person in a set of images, and which of them were taken already.

    Parameters
    ----------
    pyramids : for each image its levels.
    boxes : for each image the true boxes (N, 4).
    window : rows and columns of cells.
    expected : maps windows (N, 4) to the boxes of the people they expect.
    """

    def __init__(self, pyramids: Sequence[Sequence[Level]], boxes: Sequence[np.ndarray],
                 window: tuple[int, int],
                 expected: Callable[[np.ndarray], np.ndarray]):
        self.pyramids, self.window = pyramids, window
        self.free = []  # for each image and level: (rows, columns) of windows, True if to be had
        for levels, truths in zip(pyramids, boxes):
            free = []
            for level in levels:
                n_rows = max(0, level.grid.shape[0] - window[0] + 1)
                n_columns = max(0, level.grid.shape[1] - window[1] + 1)
                corners = np.argwhere(np.ones((n_rows, n_columns), bool))
                people = expected(window_boxes(level, window, corners))
                nobody = (box_iou(people, truths) <= MAX_IOU).all(axis=1)
                free.append(nobody.reshape(n_rows, n_columns))
            self.free.append(free)

    def draw(self, n_per_image: int, rng: np.random.Generator) -> np.ndarray:
        """Windows at random, the same number from each image as far as it goes: (n, d)."""
        found: list[np.ndarray] = []
        for image, free in enumerate(self.free):
            # One list of all windows of the image that may be had, level by level.
            places = [(n, *corner) for n, level in enumerate(free) for corner in np.argwhere(level)]
            if places:
                chosen = rng.permutation(len(places))[:n_per_image]
                found.extend(self._take(image, np.array([places[n] for n in chosen])))
        return np.concatenate(found) if found else np.empty((0, 0), np.float32)

    def mine(self, weights: np.ndarray, bias: float) -> np.ndarray:
        """The windows that score best, and above the margin, of those not taken: (n, d)."""
        found: list[np.ndarray] = []
        for image, (levels, free) in enumerate(zip(self.pyramids, self.free)):
            if not levels:  # an image too small for anybody
                continue
            places, scores = [], []
            for n, level in enumerate(levels):
                score = score_windows(level.grid, weights) + bias
                corners = np.argwhere((score > MARGIN) & free[n])
                places.append(np.column_stack([np.full(len(corners), n), corners]))
                scores.append(score[corners[:, 0], corners[:, 1]])
            best = np.argsort(-np.concatenate(scores), kind="stable")[:PER_IMAGE]
            found.extend(self._take(image, np.concatenate(places)[best]))
        return np.concatenate(found) if found else np.empty((0, weights.size), np.float32)

    def _take(self, image: int, places: np.ndarray) -> Iterator[np.ndarray]:
        """Mark windows (level, row, column) as taken, and give their descriptors, by level."""
        for n in np.unique(places[:, 0]):
            corners = places[places[:, 0] == n, 1:]
            self.free[image][n][corners[:, 0], corners[:, 1]] = False
            yield gather_windows(self.pyramids[image][n].grid, self.window, corners)
