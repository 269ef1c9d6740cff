"""Accuracy, confusion, ROC: closed forms, brute force, invariants."""

import numpy as np
import pytest

from minicv.detection_metrics.classification import (
    accuracy_score,
    confusion_matrix,
    roc_auc_score,
    roc_curve,
)


def random_scores(seed, n=200, n_scores=15):
    rng = np.random.default_rng(seed)
    y_true = rng.integers(0, 2, n)
    return y_true, rng.integers(0, n_scores, n) + 2 * y_true


def test_accuracy_is_the_trace_of_the_confusion_matrix():
    rng = np.random.default_rng(0)
    y_true, y_pred = rng.integers(0, 4, (2, 100))
    assert accuracy_score(y_true, y_pred) == np.trace(confusion_matrix(y_true, y_pred)) / 100


def test_rows_of_the_confusion_matrix_are_the_truth():
    matrix = confusion_matrix(["dog", "dog", "cat"], ["dog", "cat", "cat"])
    assert matrix.tolist() == [[1, 0], [1, 1]]  # cat, dog


def test_labels_give_the_order_and_leave_out_the_rest():
    assert confusion_matrix([1, 0, 2, 1], [1, 1, 2, 2], labels=[1, 0]).tolist() == [[1, 0], [1, 0]]


def test_auc_is_the_chance_that_a_positive_outranks_a_negative():
    y_true, y_score = random_scores(0)
    above = y_score[y_true == 1][:, None] - y_score[y_true == 0]
    expected = np.mean((above > 0) + 0.5 * (above == 0))
    assert roc_auc_score(y_true, y_score) == pytest.approx(expected, rel=1e-12)


def test_points_of_the_roc_curve_are_what_counting_at_each_threshold_gives():
    y_true, y_score = random_scores(1)
    for fpr, tpr, threshold in zip(*roc_curve(y_true, y_score, drop_intermediate=False)):
        called = y_score >= threshold
        assert (fpr, tpr) == (called[y_true == 0].mean(), called[y_true == 1].mean())


def test_permuting_the_samples_changes_nothing():
    y_true, y_score = random_scores(2)
    order = np.random.default_rng(0).permutation(len(y_true))
    for plain, mixed in zip(roc_curve(y_true, y_score), roc_curve(y_true[order], y_score[order])):
        np.testing.assert_array_equal(plain, mixed)


def test_leaving_out_points_on_straight_lines_changes_no_area():
    y_true, y_score = random_scores(3, n_scores=1000)
    fpr, tpr, _ = roc_curve(y_true, y_score)
    assert len(fpr) < len(roc_curve(y_true, y_score, drop_intermediate=False)[0])
    area = np.sum(np.diff(fpr) * (tpr[1:] + tpr[:-1]) / 2)
    assert area == pytest.approx(roc_auc_score(y_true, y_score), rel=1e-12)


@pytest.mark.parametrize("scores, area", [
    ([1, 2, 3, 4], 1), ([4, 3, 2, 1], 0), ([7, 7, 7, 7], 0.5)])
def test_perfect_inverted_and_indifferent_classifiers(scores, area):
    assert roc_auc_score([0, 0, 1, 1], scores) == area


@pytest.mark.parametrize("labels", [[False, True, True], [-1, 1, 1]])
def test_labels_may_be_boolean_or_plus_and_minus_one(labels):
    assert roc_auc_score(labels, [1, 2, 3]) == 1


@pytest.mark.parametrize("call, message", [
    (lambda: accuracy_score([1, 0], [1]), "equally long"),
    (lambda: accuracy_score([], []), "no samples"),
    (lambda: confusion_matrix([1], [1], labels=[1, 1]), "different classes"),
    (lambda: confusion_matrix([1], [1], labels=[2]), "must occur in y_true"),
    (lambda: roc_curve([1, 1], [0.5, 0.1]), "two classes"),
    (lambda: roc_curve([1, 2], [0.5, 0.1]), "two classes"),
    (lambda: roc_curve([0, 1], [0.5, np.nan]), r"y_score\[1\] is not finite")])
def test_wrong_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_class_that_is_only_predicted_has_a_column():
    assert confusion_matrix([0, 0], [0, 1]).tolist() == [[1, 1], [0, 0]]


def test_labels_of_a_confusion_matrix():
    with pytest.raises(ValueError, match="list of different classes"):
        confusion_matrix([0, 1], [0, 1], labels=[[0], [1]])
    with pytest.raises(ValueError, match="occur in y_true"):
        confusion_matrix([0], [1], labels=[1])
    assert confusion_matrix([0], [1], labels=[0]).tolist() == [[0]]


def test_labels_and_scores_are_in_one_row():
    with pytest.raises(ValueError, match="one-dimensional"):
        accuracy_score([[0, 1]], [[0, 1]])


@pytest.mark.parametrize("score", [np.inf, -np.inf])
def test_an_infinite_score_is_refused(score):
    with pytest.raises(ValueError, match=r"y_score\[1\] is not finite"):
        roc_curve([0, 1], [0.5, score])


def test_the_curve_of_one_score_for_all():
    fpr, tpr, thresholds = roc_curve([0, 1], [0.5, 0.5])
    assert (fpr.tolist(), tpr.tolist(), thresholds.tolist()) == ([0, 1], [0, 1], [np.inf, 0.5])


def test_scores_may_be_unsigned():
    assert roc_auc_score([0, 1], np.array([0, 200], np.uint8)) == 1
