"""From many windows round each person to one box: a stricter suppression, and a mean.

A window that scores well has neighbours that score well, and some of them are no neighbours by
their IoU: a window round the legs alone, or one twice as large, lies within the person's box or
round it.  So *overlap* is measured here by the smaller of the two boxes (Dollár et al., *Integral
channel features*, BMVC 2009),

    overlap(a, b) = |a and b| / min(|a|, |b|),

which is 1 for a box within another: `nms` with ``overlap="smaller"``.  Of two people of
equal size side by side, half hidden behind each other, the overlap is 0.5 where the IoU is 1/3.

And the neighbours are of use: where the score is flat, which window is best is a matter of chance,
and the mean of the good ones is not.
"""

from __future__ import annotations

import numpy as np

from minicv.detection_metrics.boxes import nms, overlaps

SHARPNESS = 3  # how fast a box counts for more as its score rises
NEAR = 0.45  # the least IoU with a kept box of those that take part in its mean


def suppressed(boxes: np.ndarray, scores: np.ndarray, threshold: float, average: bool
               ) -> tuple[np.ndarray, np.ndarray]:
    """The boxes (K, 4) that suppression keeps, each the mean of its neighbours or as it was.

    And their scores (K,), the best first.

    Examples
    --------
    >>> boxes = np.array([[0.0, 0, 10, 30], [2, 0, 12, 30], [50, 0, 60, 30]])
    >>> boxes, scores = suppressed(boxes, np.array([1.0, 1.0, 3.0]), 0.5, average=True)
    >>> boxes.tolist(), scores.tolist()
    ([[50.0, 0.0, 60.0, 30.0], [1.0, 0.0, 11.0, 30.0]], [3.0, 1.0])
    """
    kept = nms(boxes, scores, threshold, overlap="smaller")
    return average_neighbours(boxes, scores, kept) if average else boxes[kept], scores[kept]


def average_neighbours(boxes: np.ndarray, scores: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Each kept box (K, 4), by its number, replaced by the mean of all that look at the same place.

    A box counts by exp(3 score), so that the better ones lead.

    Examples
    --------
    >>> boxes = np.array([[0.0, 0, 10, 30], [2, 0, 12, 30], [50, 0, 60, 30]])
    >>> average_neighbours(boxes, np.array([1.0, 1.0, 3.0]), np.array([0])).tolist()
    [[1.0, 0.0, 11.0, 30.0]]
    """
    means = np.empty((len(kept), 4))
    for mean, n in zip(means, kept):
        near = overlaps(boxes[n:n + 1], boxes)[0] >= NEAR
        near[n] = True  # even if it is empty
        weights = np.exp(SHARPNESS * (scores[near] - scores[near].max()))
        mean[:] = weights @ boxes[near] / weights.sum()
    return means
