"""Learning the two looks: a linear SVM with mined negatives, then what it is wrong about.

The first look learns as `minicv.person_detector.detector` tells.  The second one learns from
the people again, from the negatives that the first look is unsure of, and from all that a search of
the training images finds, since it will be asked about such finds.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from minicv.detection_metrics.boxes import best_first
from minicv.person_detector.detector import FEW, UNSURE, NegativePool
from minicv.person_detector.linear_classifiers import LinearSVC

SVM_TOLERANCE = 1e-3  # the relative duality gap; a thousandth of the objective moves no score much
IS_PERSON, IS_NONE = 0.5, 0.3  # IoU with a person, from or up to which a find is one or none
MOST_OTHERS = 1500  # that a second look learns from, those most like people


def train_and_mine(positives: np.ndarray, pool: NegativePool, drawn: np.ndarray, *, C: float,
                   weight: float, most_rounds: int, tell: Callable[[str], None]
                   ) -> tuple[np.ndarray, float, np.ndarray, list[int]]:
    """Train the SVM, and again with the hard negatives that it finds, until few turn up.

    Parameters
    ----------
    positives, drawn : (n, d) and (m, d)
        Descriptors of people, and of the first negatives.
    pool : NegativePool
        Where to mine.
    C, weight : float
        Of the SVM, and how much one of the positives counts beside a negative.
    most_rounds : int
    tell : callable
        Is told how many were found in each round.

    Returns
    -------
    weights, bias : (rows, columns, d per cell) float32, float
        Of a score w.x + b.
    negatives : (n, d)
        Drawn and mined.
    n_negatives : list of int
        How many each training had.
    """
    svm = LinearSVC(C=C, tol=SVM_TOLERANCE, warm_start=True)
    negatives, counts = drawn, []
    for n_round in range(most_rounds + 1):
        X = np.concatenate([positives, negatives])
        is_person = np.arange(len(X)) < len(positives)
        svm.fit(X, is_person, np.where(is_person, weight, 1.0))
        weights = svm.coef_.reshape(*pool.shape, -1).astype(np.float32)
        bias = float(svm.intercept_[0])
        counts.append(len(negatives))
        if n_round == most_rounds:
            break
        hard = pool.mine(weights, bias)
        tell(f"round {n_round + 1}: {len(negatives)} negatives, {len(hard)} hard ones found")
        if len(hard) <= FEW * len(negatives):
            break
        negatives = np.concatenate([negatives, hard])
    return weights, bias, negatives, counts


def second_look_examples(people: np.ndarray, negatives: np.ndarray, scores: np.ndarray,
                         found: np.ndarray, iou: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Descriptors of people and of others, to learn a second look from.

    Parameters
    ----------
    people, negatives, found : (n, d) each
        What the first look learned from, and what it finds in the same images.
    scores : (n,)
        Of the negatives: those that it is unsure of are taken.
    iou : (n,)
        Of what was found, with the person next to it: what is neither right nor wrong is left out.
    """
    unsure = min(MOST_OTHERS, np.count_nonzero(scores > UNSURE))
    hardest = best_first(scores)[:max(1, unsure)]
    return (np.concatenate([people, found[iou > IS_PERSON]]),
            np.concatenate([negatives[hardest], found[iou < IS_NONE]]))
