"""Accuracy, confusion matrix and ROC against scikit-learn: the same call, the same result.

Counts and curves are equal bit for bit; areas to 1e-15, for sums are taken in another order.
"""

import numpy as np
import pytest

from minicv.detection_metrics import classification as ours

theirs = pytest.importorskip("sklearn.metrics")


@pytest.fixture(params=["few equal scores", "many equal scores", "one sample of each"])
def samples(request):
    rng = np.random.default_rng(0)
    if request.param == "one sample of each":
        return np.array([1, 0]), np.array([0.3, 0.7])
    y_true = rng.integers(0, 2, 300)
    scores = rng.normal(y_true, 1)
    return y_true, np.round(scores, 1) if request.param == "many equal scores" else scores


@pytest.mark.parametrize("drop_intermediate", [True, False])
def test_roc_curve(samples, drop_intermediate):
    curves = [module.roc_curve(*samples, drop_intermediate=drop_intermediate)
              for module in (ours, theirs)]
    for mine, expected in zip(*curves):
        np.testing.assert_array_equal(mine, expected)


def test_roc_auc_score(samples):
    assert ours.roc_auc_score(*samples) == pytest.approx(theirs.roc_auc_score(*samples), abs=1e-15)


@pytest.mark.parametrize("labels", [None, [2, 0, 1], [3, 1], [0, 1, 2, 3, 9]])
def test_confusion_matrix(labels):
    y_true, y_pred = np.random.default_rng(1).integers(0, 4, (2, 200))
    np.testing.assert_array_equal(ours.confusion_matrix(y_true, y_pred, labels=labels),
                                  theirs.confusion_matrix(y_true, y_pred, labels=labels))


@pytest.mark.parametrize("kind", [str, bool, np.uint8, float])
def test_confusion_matrix_of_labels_of_any_kind(kind):
    y_true, y_pred = np.random.default_rng(3).integers(0, 12, (2, 500)).astype(kind)
    np.testing.assert_array_equal(ours.confusion_matrix(y_true, y_pred),
                                  theirs.confusion_matrix(y_true, y_pred))
    labels = np.unique(y_true)[::-1][:2]
    np.testing.assert_array_equal(ours.confusion_matrix(y_true, y_pred, labels=labels),
                                  theirs.confusion_matrix(y_true, y_pred, labels=labels))


@pytest.mark.parametrize("y_true, y_score", [
    ([0, 1, 1], [0.1, np.nan, 0.3]), ([0, 1, 1], [0.1, np.inf, 0.3]), ([0, 1, 2], [1, 2, 3]),
    (["0", "1", "1"], [1, 2, 3])])
def test_what_both_refuse(y_true, y_score):
    for module in (ours, theirs):
        with pytest.raises(ValueError):
            module.roc_curve(y_true, y_score)


def test_accuracy_score():
    y_true, y_pred = np.random.default_rng(2).choice(["cat", "dog"], (2, 37))
    assert ours.accuracy_score(y_true, y_pred) == theirs.accuracy_score(y_true, y_pred)
