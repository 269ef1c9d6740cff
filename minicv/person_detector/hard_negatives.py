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

from collections.abc import Callable, Sequence

import numpy as np

from minicv.detection_metrics.boxes import best_first, overlaps
from minicv.person_detector.sliding_window import Level, gather_windows

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
        self.places: list[np.ndarray] = []  # an image's windows, (n, 3): level, row, column
        self.free: list[np.ndarray] = []  # (n,) True for those that may still be had
        for levels, people in zip(pyramids, boxes):
            places, windows = [np.empty((0, 3), int)], [np.empty((0, 4))]
            for n, level in enumerate(levels):
                size = [max(0, m - k + 1) for m, k in zip(level.grid.shape, shape)]
                corners = np.argwhere(np.ones(size, bool))
                places.append(np.insert(corners, 0, n, axis=1))
                windows.append(expected(level, corners))
            self.places.append(np.concatenate(places))
            self.free.append(np.all(overlaps(np.concatenate(windows), people) <= MAX_IOU, axis=1))

    def draw(self, n_per_image: int, rng: np.random.Generator) -> np.ndarray:
        """Windows at random, the same number from each image as far as it goes: (n, d)."""
        return self._take([rng.permutation(np.flatnonzero(free))[:n_per_image]
                           for free in self.free])

    def mine(self, scores: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """The windows that score best, and above the margin, of those not taken: (n, d).

        `scores` gives, from a level's grid, the score of each of its windows.
        """
        chosen = []
        for levels, free in zip(self.pyramids, self.free):
            score = np.concatenate([np.empty(0), *[scores(level.grid).ravel() for level in levels]])
            wrong = np.flatnonzero(free & (score > MARGIN))
            chosen.append(wrong[best_first(score[wrong])[:PER_IMAGE]])
        return self._take(chosen)

    def _take(self, chosen: Sequence[np.ndarray]) -> np.ndarray:
        """Mark windows of each image as taken, and give their descriptors."""
        found = []
        for levels, places, free, numbers in zip(self.pyramids, self.places, self.free, chosen):
            free[numbers] = False
            for n, level in enumerate(levels):
                corners = places[numbers][places[numbers, 0] == n, 1:]
                found.append(gather_windows(level.grid, self.shape, corners))
        return np.concatenate(found or [np.empty((0, 0))])
