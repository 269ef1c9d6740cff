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
from numpy.typing import ArrayLike

from minicv import checks
from minicv.detection_metrics.boxes import check_boxes, nms, overlaps

SHARPNESS = 3  # how fast a box counts for more as its score rises


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


def average_neighbours(boxes: ArrayLike, scores: ArrayLike, kept: ArrayLike,
                       iou_threshold: float = 0.45) -> np.ndarray:
    """Replace each kept box by the mean of all boxes that look at the same place.

    A box counts by exp(3 score), so that the better ones lead.

    Parameters
    ----------
    boxes, scores : (N, 4) and (N,)
        Scores that are finite, and within 1e300.
    kept : (K,) int
        The boxes to replace, by their numbers.
    iou_threshold : float
        Boxes with at least this IoU with the kept one take part; itself always.

    Returns
    -------
    (K, 4) float64

    Raises
    ------
    ValueError, TypeError
        See `minicv.detection_metrics.nms`; a number that no box has.

    Examples
    --------
    >>> boxes = [[0, 0, 10, 30], [2, 0, 12, 30], [50, 0, 60, 30]]
    >>> average_neighbours(boxes, [1.0, 1.0, 3.0], [0]).tolist()
    [[1.0, 0.0, 11.0, 30.0]]
    """
    found = check_boxes(boxes).astype(np.float64)
    score = checks.numbers(scores, "scores", (len(found),), dtype=np.float64, within=1e300,
                           hint="one for each box")
    chosen = checks.as_array(kept, "kept")
    chosen = checks.numbers(chosen.astype(int) if chosen.size == 0 else chosen, "kept", ("K",),
                            kinds="iu", dtype=np.int64, least=0, within=len(found) - 1)
    threshold = checks.number(iou_threshold, "iou_threshold", least=0, most=1)
    means = np.empty((len(chosen), 4))
    for mean, n in zip(means, chosen):
        near = overlaps(found[n:n + 1], found)[0] >= threshold
        near[n] = True
        weights = np.exp(SHARPNESS * (score[near] - score[near].max()))
        mean[:] = weights @ found[near] / weights.sum()
    return means
