"""Detection metrics: from matched detections to curves, and from curves to one number.

Lower the score from which on a detection is believed, and more objects are found (recall rises)
along with more mistakes (precision falls, mostly).  Competitions want one number of this curve:

==============  ====================================================================================
"voc2007"       *average precision*: the mean over the 11 recalls 0, 0.1, ..., 1 of the best
                precision at that recall or beyond
"voc2010"       the area under the curve of the best precision at that recall or beyond, exactly
"coco"          the mean over the 101 recalls 0, 0.01, ..., 1, likewise; COCO's own table also
                averages over IoU thresholds, see `coco_evaluation`
miss rate       Caltech pedestrians: 1 - recall, at a given number of *false positives per image*
                (FPPI), averaged over 9 of them between 0.01 and 1
==============  ====================================================================================

"The best precision at that recall or beyond" irons out the saw-teeth of the curve: each false
positive pulls the precision down, each true positive up again.  Ignored detections are left out.

Match with ``rule="voc"`` for the number of the VOC programs (which add 1 to widths and heights, as
minicv does not), and with ``rule="coco"`` for COCO's and Caltech's.

It answers exercise 1.4 c and what comes after it.  Sources: Everingham et al., The PASCAL VOC
Challenge, IJCV 2010, and the development kits of 2007 and 2010; Dollar et al., Pedestrian
Detection: An Evaluation of the State of the Art, PAMI 2012, and the code of Dollar's toolbox.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from minicv import checks
from minicv.detection_metrics.matching import IGNORED, TRUE_POSITIVE, Matches

# Caltech's nine reference points, evenly spaced on a logarithmic scale. By Python's power, since
# that of NumPy's logspace can miss 0.1 by a rounding, and 4 mistakes in 40 images lie just there.
REFERENCE_FPPI = np.array([10.0 ** (n / 4 - 2) for n in range(9)])
MOST_RESAMPLES = 100_000


def _true_and_false(matches: Matches) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Running numbers of true and false positives, and the scores, over the counted detections."""
    counted = checks.instance(matches, "matches", Matches).outcome != IGNORED
    is_true = matches.outcome[counted] == TRUE_POSITIVE
    return np.cumsum(is_true), np.cumsum(~is_true), matches.score[counted]


def precision_recall_curve(matches: Matches) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Precision and recall as one detection after the other is believed, the best first.

    Entry n of each array (N,) holds for the n + 1 best of the N detections that are not ignored;
    the third are the scores. Recall is NaN if there is no true box.

    Examples
    --------
    >>> from minicv.detection_metrics.matching import match_detections
    >>> matches = match_detections([[0, 0, 2, 2], [9, 9, 10, 10]], [0.9, 0.8], [[0, 0, 2, 2]])
    >>> precision, recall, scores = precision_recall_curve(matches)
    >>> precision.tolist(), recall.tolist()
    ([1.0, 0.5], [1.0, 1.0])
    """
    true, false, scores = _true_and_false(matches)
    return true / (true + false), true / (matches.n_truths or np.nan), scores


def best_from_here_on(precision: np.ndarray) -> np.ndarray:
    """The precision envelope: the highest of this value and all later ones.

    Examples
    --------
    >>> best_from_here_on(np.array([1.0, 0.5, 0.7, 0.6])).tolist()
    [1.0, 0.7, 0.7, 0.6]
    """
    return np.maximum.accumulate(precision[::-1])[::-1]


def precision_at(points: ArrayLike, precision: np.ndarray, recall: np.ndarray) -> np.ndarray:
    """The best precision of a curve at each of some recalls or beyond; 0 where it ends before."""
    envelope = np.append(best_from_here_on(precision), 0.0)
    return envelope[np.searchsorted(recall, points, side="left")]


def average_precision(matches: Matches, convention: str = "coco") -> float:
    """Average precision at one IoU threshold, by one of three conventions.

    NaN if there is no true box to find. The convention is "voc2007" (11 recalls), "voc2010" (all)
    or "coco" (101 recalls).

    Examples
    --------
    >>> from minicv.detection_metrics.matching import match_detections
    >>> boxes, truths = [[0, 0, 2, 2], [9, 9, 10, 10], [4, 0, 6, 2]], [[0, 0, 2, 2], [4, 0, 6, 2]]
    >>> matches = match_detections(boxes, [0.9, 0.8, 0.7], truths)
    >>> [round(average_precision(matches, name), 4) for name in ("voc2007", "voc2010", "coco")]
    [0.8485, 0.8333, 0.835]
    """
    checks.choice(convention, "convention", ("voc2007", "voc2010", "coco"))
    precision, recall, _ = precision_recall_curve(matches)
    if matches.n_truths == 0:
        return np.nan
    if convention == "voc2010":
        # Sum the rectangles under the envelope: one for each detection at which recall rises.
        return float(np.sum(np.diff(recall, prepend=0.0) * best_from_here_on(precision)))
    points = np.linspace(0, 1, 11 if convention == "voc2007" else 101)
    return float(precision_at(points, precision, recall).mean())


def miss_rate_curve(matches: Matches) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """False positives per image, the share of true boxes that are missed, and the scores.

    Else as `precision_recall_curve`.

    Examples
    --------
    >>> from minicv.detection_metrics.matching import match_detections
    >>> matches = match_detections([[9, 9, 10, 10], [0, 0, 2, 2]], [0.9, 0.8], [[0, 0, 2, 2]])
    >>> fppi, miss_rate, scores = miss_rate_curve(matches)
    >>> fppi.tolist(), miss_rate.tolist()
    ([1.0, 1.0], [1.0, 0.0])
    """
    true, false, scores = _true_and_false(matches)
    missed = 1 - true / (matches.n_truths or np.nan)
    return false / len(matches.truths_per_image), missed, scores


def log_average_miss_rate(matches: Matches) -> float:
    """Caltech's single number: the geometric mean of nine miss rates; the lower the better.

    As in the reference program, the miss rate at a point is that of the *last* detection whose
    FPPI does not exceed it, 1 if there is none; and a miss rate of 0 enters as 1e-10, since the
    logarithm of 0 would swallow the other eight. NaN if there is no true box. That program treats
    all ignored boxes as COCO does its crowds: mark them as `crowd`, and match at 0.5.

    Examples
    --------
    >>> from minicv.detection_metrics.matching import match_detections
    >>> matches = match_detections([[0, 0, 2, 2]], [0.9], [[0, 0, 2, 2], [4, 0, 6, 2]])
    >>> round(log_average_miss_rate(matches), 12)  # half of them are missed, at any FPPI
    0.5
    """
    fppi, miss_rate, _ = miss_rate_curve(matches)
    if matches.n_truths == 0:
        return np.nan
    last = np.searchsorted(fppi, REFERENCE_FPPI, side="right")  # how many do not exceed it
    at_points = np.append(1.0, miss_rate)[last]
    return float(np.exp(np.mean(np.log(np.maximum(at_points, 1e-10)))))


def bootstrap_interval(matches: Matches, metric: Callable[[Matches], float], *,
                       n_resamples: int = 1000, level: float = 0.95,
                       rng: np.random.Generator | int | None = None) -> tuple[float, float]:
    """How different might a number be on other images of the same kind?

    The bootstrap (Efron, 1979): the images are a sample of all that could have been taken, so draw
    as many again *from them*, with replacement, and see how the number varies. It draws whole
    images, not boxes, because boxes of one image share its light and its crowd.

    Parameters
    ----------
    matches : Matches
    metric : callable
        From `Matches` to a number, such as `average_precision`. Draws with NaN are left out.
    n_resamples : int
        How often to draw, at most 100,000 times.
    level : float
        Share of the numbers between the two ends that are returned.
    rng : numpy.random.Generator or int, optional

    Examples
    --------
    >>> from minicv.detection_metrics.matching import match_images
    >>> truths = [[[0, 0, 2, 2]]] * 100  # the same in 100 images, found in every other one
    >>> matches = match_images([[[0, 0, 2, 2]], []] * 50, [[1.0], []] * 50, truths)
    >>> low, high = bootstrap_interval(matches, lambda matches: matches.recall,
    ...                                n_resamples=200, rng=0)
    >>> 0.35 < low < 0.45 and 0.55 < high < 0.65
    True
    """
    n_images = len(checks.instance(matches, "matches", Matches).truths_per_image)
    checks.function(metric, "metric")
    n_resamples = checks.whole(n_resamples, "n_resamples", least=1, most=MOST_RESAMPLES)
    level = checks.number(level, "level", above=0, below=1)
    rng = checks.generator(rng)
    try:
        drawn = [metric(matches.of_images(rng.integers(n_images, size=n_images)))
                 for _ in range(n_resamples)]
    except TypeError as error:
        raise TypeError(f"metric must take Matches and give a number: {error}") from error
    values = checks.numbers(drawn, "what metric gives", (n_resamples,), finite=False)
    values = checks.numbers(values[~np.isnan(values)], "what metric gives")
    if len(values) == 0:
        return np.nan, np.nan
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
