"""What detection metrics do with a curve: thresholds, envelopes, means."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from minicv import checks
from minicv.plotting.detections import draw_precision_recall
from minicv.plotting.figures import BLUE, FAR, GUIDE, LINES, VERMILION, explain, flat, named, reals


def draw_thresholds(axes: Axes, thresholds: ArrayLike, curves: Mapping[str, ArrayLike],
                    marks: Mapping[str, float]) -> None:
    """Curves of shares that fall in steps as a threshold rises.

    Parameters
    ----------
    axes : Axes
    thresholds : (N,) sequence
        Ascending; a value holds from the threshold before up to its own.
    curves : mapping from names to (N,) sequences
        At most four, told apart by colour and dashes.
    marks : mapping from names to thresholds
        Each a dotted line with its name on top.

    Examples
    --------
    >>> from minicv.plotting import panels
    >>> figure, (axes,) = panels("2d")
    >>> draw_thresholds(axes, [0.2, 1], {"recall": [1, 0.5]}, marks={"A1": 0.2})
    >>> [text.get_text() for text in axes.texts]
    ['A1']
    """
    axes, places = flat(axes), named(marks, "marks", (), most=None)
    thresholds = checks.ascending(thresholds, "thresholds", within=FAR)
    checked = named(curves, "curves", thresholds.shape, least=0, within=1)
    for (name, values), (dashes, colour) in zip(checked.items(), LINES):
        axes.plot(thresholds, values, dashes, color=colour, drawstyle="steps-pre", label=name)
    for n, (name, threshold) in enumerate(places.items()):
        top = 1.06 + 0.07 * (n % 2)  # so that two names do not meet
        axes.plot([threshold, threshold], [0, top], ":", **GUIDE)
        axes.annotate(name, (threshold, top), ha="center")
    axes.set(ylabel="share, from 0 to 1", xlim=(0, 1), ylim=(-0.02, 1.25))
    axes.set_yticks(np.linspace(0, 1, 6))
    axes.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.14))


def draw_averages(axes: Axes, precision: np.ndarray, recall: np.ndarray) -> None:
    """What the two VOC averages make of a precision-recall curve: 11 values, and an envelope.

    Parameters
    ----------
    axes : Axes
    precision, recall : (N,) arrays
        As `minicv.detection_metrics.precision_recall_curve` gives them; short enough for single
        detections to be seen.

    Examples
    --------
    >>> from minicv.plotting import panels
    >>> figure, (axes,) = panels("2d")
    >>> draw_averages(axes, np.array([1, 0.5, 0.67]), np.array([0.5, 0.5, 1]))
    >>> len(axes.lines)
    2
    """
    axes, recall = flat(axes), checks.ascending(recall, "recall", least=0, within=1)
    precision = checks.numbers(precision, "precision", recall.shape, least=0, within=1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]  # the best from here on
    points = np.linspace(0, 1, 11)
    at_points = np.append(envelope, 0.0)[np.searchsorted(recall, points)]
    draw_precision_recall(axes, precision, recall, envelope=envelope,
                          label="precision; shaded: the best from here on (voc2010)")
    axes.plot(points, at_points, "o", clip_on=False, color=VERMILION,
              label="the 11 values that voc2007 averages")
    explain(axes, loc="lower left")


def draw_tau_bars(axes: Axes, taus: np.ndarray, averages: np.ndarray) -> None:
    """The average precision at each overlap threshold, and their mean, which is COCO's AP.

    Parameters
    ----------
    axes : Axes
    taus, averages : (N,) arrays
        From 0 to 1, the taus ascending.

    Examples
    --------
    >>> from minicv.plotting import panels
    >>> figure, (axes,) = panels("2d")
    >>> draw_tau_bars(axes, np.array([0.5, 0.75]), np.array([0.8, 0.4]))
    >>> axes.get_legend_handles_labels()[1]
    ["COCO's AP: their mean, 0.600"]
    """
    axes, taus = flat(axes), checks.ascending(taus, "taus", strictly=True, least=0, within=1)
    averages = checks.numbers(averages, "averages", taus.shape, least=0, within=1, empty=False)
    axes.bar(taus, averages, width=0.7 * np.min(np.diff(taus), initial=0.05), color=BLUE)
    axes.axhline(np.mean(averages), color=VERMILION, linestyle="--",
                 label=f"COCO's AP: their mean, {np.mean(averages):.3f}")
    axes.set(xlabel="tau: the IoU from which on a detection is right", xticks=taus[::3],
             ylabel="average precision (101 points)", ylim=(0, 1), title="COCO: tight boxes pay")
    axes.legend(frameon=False)


def draw_mean_at(axes: Axes, points: np.ndarray, mean: float) -> None:
    """The points at which a miss-rate curve is read, and the geometric mean of what is read.

    Parameters
    ----------
    axes : Axes
        With a curve that `draw_miss_rate` has drawn.
    points : (N,) array
        False positives per image.
    mean : float
        As `minicv.detection_metrics.log_average_miss_rate` gives it.

    Examples
    --------
    >>> from minicv.plotting import panels
    >>> figure, (axes,) = panels("2d")
    >>> draw_mean_at(axes, np.array([0.01, 0.1, 1]), 0.3)
    >>> len(axes.lines)
    4
    """
    axes, mean = flat(axes), checks.number(mean, "mean", least=0, most=1)
    points = reals(points, "points", ("N",), least=1e-12, empty=False)
    for point in points:
        axes.axvline(point, **GUIDE, linestyle=":")
    axes.plot([np.min(points), np.max(points)], [mean, mean], "--", color=VERMILION,
              label=f"geometric mean at the {len(points)} dotted lines: {mean:.3f}")
    axes.legend(frameon=False, loc="lower left")


def draw_roc(axes: Axes, curves: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> None:
    """ROC curves: the share of the right ones over the share of the wrong ones.

    Parameters
    ----------
    axes : Axes
    curves : mapping from names to (fpr, tpr)
        As `minicv.detection_metrics.roc_curve` gives them; at most four.

    Examples
    --------
    >>> from minicv.plotting import panels
    >>> figure, (axes,) = panels("2d")
    >>> draw_roc(axes, {"svm": (np.array([0, 1]), np.array([0, 1]))})
    >>> axes.get_legend_handles_labels()[1]
    ['svm']
    """
    axes, checked = flat(axes), named(curves, "curves", (2, "N"), within=1, least=0)
    for (name, (fpr, tpr)), (dashes, colour) in zip(checked.items(), LINES):
        axes.plot(fpr, tpr, dashes, color=colour, label=name)
    explain(axes, loc="lower right")
