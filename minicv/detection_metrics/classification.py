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

Names, arguments and results are those of scikit-learn, for labels of one kind and without sample
weights.  The difference: what scikit-learn answers with a warning and NaN (a ROC curve of one class
alone) is an error here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def accuracy_score(y_true: ArrayLike, y_pred: ArrayLike) -> float:
    """Share of the samples that got the right label.

    Parameters
    ----------
    y_true, y_pred : arrays (N,)
        Labels, of any type that can be compared; N at least 1.

    Examples
    --------
    >>> accuracy_score([1, 0, 1, 1], [1, 0, 0, 1])
    0.75
    """
    y_true, y_pred = _pair("y_true", y_true, "y_pred", y_pred)
    return float(np.mean(y_true == y_pred))


def confusion_matrix(y_true: ArrayLike, y_pred: ArrayLike,
                     labels: ArrayLike | None = None) -> np.ndarray:
    """How often each class was taken for each.

    Parameters
    ----------
    y_true, y_pred : arrays (N,)
    labels : array (K,), optional
        The classes, in the order of rows and columns; samples with another label on either side
        are left out. By default all that occur, sorted.

    Returns
    -------
    array (K, K) of int64
        Entry [i, j] counts the samples of class i that were called class j.

    Examples
    --------
    >>> confusion_matrix([1, 0, 1, 1], [1, 0, 0, 1]).tolist()
    [[1, 0], [1, 2]]
    """
    y_true, y_pred = _pair("y_true", y_true, "y_pred", y_pred)
    labels = np.union1d(y_true, y_pred) if labels is None else np.asarray(labels)
    if labels.ndim != 1 or len(np.unique(labels)) != len(labels):
        raise ValueError("labels must be a list of different classes")
    if not np.isin(labels, y_true).any():
        raise ValueError("at least one of the labels must occur in y_true")
    is_row = y_true[:, None] == labels  # (N, K)
    is_column = y_pred[:, None] == labels
    return is_row.T.astype(np.int64) @ is_column.astype(np.int64)


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
        They begin at (0, 0) with the threshold inf; a sample is called positive if its score is at
        least the threshold. Samples of equal score change sides together, so the order of the
        input never matters.

    Raises
    ------
    ValueError
        Other labels; only one class; a score that is not finite.

    Examples
    --------
    >>> fpr, tpr, thresholds = roc_curve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
    >>> fpr.tolist(), tpr.tolist(), thresholds.tolist()
    ([0.0, 0.0, 0.5, 0.5, 1.0], [0.0, 0.5, 0.5, 1.0, 1.0], [inf, 0.8, 0.4, 0.35, 0.1])
    """
    y_true, y_score = _pair("y_true", y_true, "y_score", y_score)
    classes = set(np.unique(y_true).tolist())
    if classes not in ({0, 1}, {-1, 1}):
        raise ValueError("y_true must hold two classes, False and True, 0 and 1, or -1 and 1; "
                         f"got {sorted(classes)}")
    y_score = y_score.astype(np.float64)
    if not np.isfinite(y_score).all():
        raise ValueError(f"y_score[{np.isfinite(y_score).argmin()}] is not finite")

    order = np.argsort(-y_score, kind="stable")
    positive, falling = (y_true == 1)[order], y_score[order]
    last_of_equal = np.append(np.flatnonzero(np.diff(falling)), len(falling) - 1)
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


def _pair(name_a: str, a: ArrayLike, name_b: str, b: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Two arrays (N,) of the same length, N at least 1."""
    a, b = np.asarray(a), np.asarray(b)
    if a.ndim != 1 or a.shape != b.shape:
        raise ValueError(f"{name_a} and {name_b} must be one-dimensional and equally long; "
                         f"got the shapes {a.shape} and {b.shape}")
    if len(a) == 0:
        raise ValueError("there are no samples")
    return a, b
