"""Confusion matrices of many classes and of many samples, beside scikit-learn's."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from minicv.detection_metrics import confusion_matrix
from tests.benchmarks.timing import Row, interleaved

SIZES = ((3_000, 1_000), (100_000, 10))  # samples, classes
TARGET = 2.0


def rows() -> Iterator[Row]:
    from sklearn import metrics

    rng = np.random.default_rng(0)
    for n_samples, n_classes in SIZES:
        numbers = rng.integers(0, n_classes, (2, n_samples))
        names = np.array([f"class {n}" for n in range(n_classes)])[numbers]
        for kind, (y_true, y_pred) in (("numbers", numbers), ("strings", names)):
            ours, theirs = interleaved(partial(confusion_matrix, y_true, y_pred),
                                       partial(metrics.confusion_matrix, y_true, y_pred))
            yield Row(f"confusion matrix, {n_samples:,} {kind}, {n_classes:,} classes [s]",
                      "scikit-learn", theirs, plain=ours, plain_wanted=TARGET,
                      plain_code=["detection_metrics/classification.py"])
