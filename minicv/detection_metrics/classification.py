"""Classification metrics: is a patch a person or not, and how sure is the classifier?

Without a search there is nothing to match: each sample has a true label and a predicted one.

=================  =================================================================================
accuracy           share of samples with the right label; where one sample in 100 is a person,
                   whoever says "background" always has 0.99
confusion matrix   how often class i (row) was called class j (column)
ROC curve          *receiver operating characteristic*: share of positives found (true positive
                   rate, recall) over share of negatives wrongly taken (false positive rate), as the
                   score from which on a sample is called positive falls
its area (AUC)     the chance that a random positive scores higher than a random negative, where a
                   tie counts one half (Hanley and McNeil, Radiology 1982)
=================  =================================================================================

Names, arguments and results are those of scikit-learn, without sample weights.  The difference:
what scikit-learn answers with a warning and NaN (a ROC curve of one class alone) is an error here.
Labels are strings, booleans or whole numbers; "1" and 1 in one call are a TypeError.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from minicv import checks
from minicv.detection_metrics.boxes import best_first

MOST_CLASSES = 8000  # their confusion matrix takes half a gigabyte


def accuracy_score(y_true: ArrayLike, y_pred: ArrayLike) -> float:
    """Share of the samples, at least one, that got the right label.

    Examples
    --------
    >>> accuracy_score([1, 0, 1, 1], [1, 0, 0, 1])
    0.75
    """
    both, n = _joined(y_true, y_pred)
    return float(np.mean(both[:n] == both[n:]))


def confusion_matrix(y_true: ArrayLike, y_pred: ArrayLike,
                     labels: ArrayLike | None = None) -> np.ndarray:
    """How often each class was taken for each.

    Parameters
    ----------
    y_true, y_pred : arrays (N,)
    labels : array (K,), optional
        The classes, in the order of rows and columns; samples with another label on either side
        are left out. At least one must occur in `y_true`. By default all that occur, sorted; no
        more than 8,000.

    Returns
    -------
    array (K, K) of int64
        Entry [i, j]: how many of class i were called class j.

    Examples
    --------
    >>> confusion_matrix([1, 0, 1, 1], [1, 0, 0, 1]).tolist()
    [[1, 0], [1, 2]]
    """
    joined, n = _joined(y_true, y_pred, labels)
    classes, codes = np.unique(joined, return_inverse=True)
    n_classes = len(classes)
    if n_classes > MOST_CLASSES:
        raise ValueError(f"{n_classes} labels, and at most {MOST_CLASSES} fit: are they classes?")
    true, called, wanted = codes[:n], codes[n:2 * n], codes[2 * n:]
    # The number of an entry of the matrix, counted row by row, for each sample.
    entry = true * n_classes + called
    counts = np.bincount(entry, minlength=n_classes**2).reshape(n_classes, n_classes)
    if labels is None:
        return counts
    if len(np.unique(wanted)) < len(wanted):
        raise ValueError(f"labels must be different classes, got {checks.brief(labels)}")
    if not np.isin(wanted, true).any():
        raise ValueError("at least one of the labels must occur in y_true")
    return counts[np.ix_(wanted, wanted)]


def _joined(y_true: ArrayLike, y_pred: ArrayLike,
            labels: ArrayLike | None = None) -> tuple[np.ndarray, int]:
    """All labels one after the other, checked to be of one kind; and how many samples there are."""
    parts = {"y_true": checks.labels(y_true, "y_true")}
    parts["y_pred"] = checks.labels(y_pred, "y_pred", len(parts["y_true"]))
    if len(parts["y_true"]) == 0:
        raise ValueError("there are no samples")
    if labels is not None:
        parts["labels"] = checks.labels(labels, "labels")
    checks.same_kind(**parts)
    joined = np.concatenate([part for part in parts.values() if part.size > 0])
    if joined.dtype.kind == "f" and np.abs(joined).max() >= 2**53:
        raise ValueError("from 2^53 on, labels must be whole numbers of one dtype, not floats")
    return joined, len(parts["y_true"])


def roc_curve(y_true: ArrayLike, y_score: ArrayLike,
              drop_intermediate: bool = True) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The ROC curve: as the threshold falls, which share of each class is called positive?

    Parameters
    ----------
    y_true : array (N,)
        Labels: False and True, 0 and 1, or -1 and 1.
    y_score : array (N,)
        The greater the more positive.
    drop_intermediate : bool
        Leave out points on a straight line between their neighbours.

    Returns
    -------
    fpr, tpr, thresholds : arrays (K,)
        From (0, 0), with the threshold inf. Positive is who scores at least the threshold, so
        samples of equal score change sides together.

    Examples
    --------
    >>> fpr, tpr, thresholds = roc_curve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    >>> fpr.tolist(), tpr.tolist(), thresholds.tolist()
    ([0.0, 0.0, 0.5, 0.5, 1.0], [0.0, 0.5, 0.5, 1.0, 1.0], [inf, 0.8, 0.4, 0.35, 0.1])
    """
    y_true = checks.labels(y_true, "y_true")
    y_score = checks.numbers(y_score, "y_score", y_true.shape, hint="one for each of y_true")
    checks.flag(drop_intermediate, "drop_intermediate")
    classes = set(np.unique(y_true).tolist())
    if classes not in ({0, 1}, {-1, 1}):
        raise ValueError("y_true must hold two classes, False and True, 0 and 1, or -1 and 1; "
                         f"got {checks.brief(sorted(classes))}")
    order = best_first(y_score)
    positive, falling = (y_true == 1)[order], y_score[order]
    last_of_equal = np.append(np.flatnonzero(falling[1:] != falling[:-1]), len(falling) - 1)
    true = np.cumsum(positive)[last_of_equal]
    false = last_of_equal + 1 - true
    thresholds = falling[last_of_equal]
    if drop_intermediate and len(true) > 2:
        # The steps before and after a point on a straight line are the same.
        bends = (np.diff(true, 2) != 0) | (np.diff(false, 2) != 0)
        kept = np.concatenate([[True], bends, [True]])
        true, false, thresholds = true[kept], false[kept], thresholds[kept]
    true, false = np.append(0, true), np.append(0, false)
    return false / false[-1], true / true[-1], np.append(np.inf, thresholds)


def roc_auc_score(y_true: ArrayLike, y_score: ArrayLike) -> float:
    """The area under the ROC curve, by the trapezoidal rule: 1 is perfect, 0.5 is guessing.

    Examples
    --------
    >>> roc_auc_score([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    0.75
    """
    fpr, tpr, _ = roc_curve(y_true, y_score, drop_intermediate=False)
    return float(np.sum(np.diff(fpr) * (tpr[1:] + tpr[:-1]) / 2))
