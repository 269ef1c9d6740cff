"""Hard negatives: learn from the windows that the classifier itself takes for people.

An image has tens of thousands of windows without a person.  Nearly all are walls and sky, which the
classifier tells from people after a few examples; those worth learning from are rare.  So begin
with some at random, train, let the classifier search the training images, add the windows where it
is wrong, or unsure, and train again, until few new ones turn up (*bootstrapping*: Sung and Poggio
1998; *hard-negative mining* since Felzenszwalb et al. 2010).

With the hinge loss this is no trick but exact: a negative with a score below -1 has no part in the
solution.  When no window outside the training set scores above -1, the classifier is the one that
training on all windows would have given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from minicv.detection_metrics.boxes import box_iou
from minicv.person_detector.sliding_window import Level, gather_windows, window_scores

MARGIN = -1.0  # a negative below this score does not pull at the classifier
MAX_IOU = 0.3  # a window whose expected person overlaps a true one by more is no negative
PER_IMAGE = 40  # at most so many new ones an image and round: the next round sees the rest


class NegativePool:
    """All windows without a person in a set of images, and which of them were taken already.

    Parameters
    ----------
    pyramids : sequence of sequences of Level
        For each image its levels.
    boxes : sequence of (N, 4)
        For each image its people.
    shape : (int, int)
        Rows and columns of a window, in entries of the levels' grids.
    expected : callable
        Where windows expect their people: from a level and corners (N, 2), row and column, to boxes
        (N, 4) in pixels of the image.
    """

    def __init__(self, pyramids: Sequence[Sequence[Level]], boxes: Sequence[np.ndarray],
                 shape: tuple[int, int],
                 expected: Callable[[Level, np.ndarray], np.ndarray]):
        self.pyramids, self.shape = pyramids, shape
        self.free = []  # for each image and level: (rows, columns) of windows, True if to be had
        for levels, people in zip(pyramids, boxes):
            free = []
            for level in levels:
                size = tuple(max(0, n - m + 1) for n, m in zip(level.grid.shape, shape))
                windows = expected(level, np.argwhere(np.ones(size, bool)))
                free.append((box_iou(windows, people) <= MAX_IOU).all(axis=1).reshape(size))
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
                score = window_scores(level.grid, weights) + bias
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
            yield gather_windows(self.pyramids[image][n].grid, self.shape, corners)
