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

from minicv.detection_metrics.boxes import box_iou, check_boxes, check_scores


def average_neighbours(boxes: np.ndarray, scores: np.ndarray, kept: np.ndarray,
                       iou_threshold: float = 0.6) -> np.ndarray:
    """Replace each kept box by the mean of all boxes that look at the same place.

    A box counts by exp(score), so that the better ones lead.

    Parameters
    ----------
    boxes, scores : (N, 4) and (N,)
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
        See `minicv.detection_metrics.nms`.

    Examples
    --------
    >>> boxes = [[0, 0, 10, 30], [2, 0, 12, 30], [50, 0, 60, 30]]
    >>> average_neighbours(boxes, [1.0, 1.0, 3.0], [0]).tolist()
    [[1.0, 0.0, 11.0, 30.0]]
    """
    boxes = check_boxes(boxes).astype(float)
    scores = check_scores(scores, len(boxes)).astype(float)
    kept = np.asarray(kept, dtype=int)
    takes_part = box_iou(boxes[kept], boxes) >= iou_threshold
    takes_part[np.arange(len(kept)), kept] = True
    if len(kept) == 0:
        return np.empty((0, 4))
    exponents = np.where(takes_part, scores, -np.inf)
    weights = np.exp(exponents - exponents.max(axis=1, keepdims=True))
    return weights @ boxes / weights.sum(axis=1, keepdims=True)
