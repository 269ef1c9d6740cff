"""The record of a matching: what became of each detection, and what was missed.

`matching` makes it, `curves` counts in it, and the lessons of exercises 1.4 and 2.2 show from it
why a detector is wrong.  Each detection is one of

    true positive (TP), duplicate, poor localisation, background (all three: FP), ignored,

and each true box that nobody matched is a false negative (FN).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

TRUE_POSITIVE = "true positive"
DUPLICATE = "duplicate"
POOR_LOCALISATION = "poor localisation"
BACKGROUND = "background"
IGNORED = "ignored"


@dataclass(frozen=True)
class Matches:
    """What became of each of N detections in a set of images, the best score first.

    Equal scores are in the order of the images, and within an image in the order given.

    Attributes
    ----------
    image, detection : arrays (N,)
        Number of the image that the detection is from; its index among those of that image.
    score : array (N,)
    outcome : array (N,)
        Strings, one of the five above.
    truth : array (N,)
        Index of a true box of that image: the matched one, or, for a false positive, the nearest
        one (the highest IoU) of those that count; -1 if it overlaps none.
    iou : array (N,)
        IoU with that box, 0 without one; for a crowd the share of the detection in it.
    missed : array (K, 2)
        Image and index of each true box that counts and was not found.
    truths_per_image : array (number of images,)
        How many true boxes count.

    Examples
    --------
    >>> from minicv.detection_metrics.matching import match_detections
    >>> matches = match_detections([[0, 0, 4, 4], [0, 0, 4, 5]], [0.7, 0.9], [[0, 0, 4, 4]])
    >>> matches.outcome.tolist(), matches.detection.tolist(), matches.iou.tolist()
    (['true positive', 'duplicate'], [1, 0], [0.8, 1.0])
    >>> matches.precision, matches.recall
    (0.5, 1.0)
    """

    image: np.ndarray
    detection: np.ndarray
    score: np.ndarray
    outcome: np.ndarray
    truth: np.ndarray
    iou: np.ndarray
    missed: np.ndarray
    truths_per_image: np.ndarray

    @property
    def true_positives(self) -> int:
        return int(np.count_nonzero(self.outcome == TRUE_POSITIVE))

    @property
    def false_positives(self) -> int:
        return len(self.outcome) - self.true_positives - self.ignored

    @property
    def false_negatives(self) -> int:
        return len(self.missed)

    @property
    def ignored(self) -> int:
        """How many detections are neither right nor wrong."""
        return int(np.count_nonzero(self.outcome == IGNORED))

    @property
    def n_truths(self) -> int:
        return int(self.truths_per_image.sum())

    @property
    def precision(self) -> float:
        """TP / (TP + FP): how much of what was found is right. NaN if nothing was found."""
        found = self.true_positives + self.false_positives
        return self.true_positives / found if found > 0 else np.nan

    @property
    def recall(self) -> float:
        """TP / (TP + FN): how much of what is there was found. NaN if nothing is there."""
        return self.true_positives / self.n_truths if self.n_truths > 0 else np.nan

    def of_images(self, images: np.ndarray) -> Matches:
        """The matches of some images, by their numbers; one that is listed twice counts twice.

        `truths_per_image` is then in the order of this list.
        """
        times = np.bincount(images, minlength=len(self.truths_per_image))
        rows = np.repeat(np.arange(len(self.image)), times[self.image])
        missed = np.repeat(self.missed, times[self.missed[:, 0]], axis=0)
        return Matches(self.image[rows], self.detection[rows], self.score[rows],
                       self.outcome[rows], self.truth[rows], self.iou[rows], missed,
                       self.truths_per_image[images])
