"""Accuracy, confusion, ROC: closed forms, brute force, invariants."""

import warnings

import numpy as np
import pytest

from minicv.detection_metrics import classification
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
    (lambda: accuracy_score([1, 0], [1]), r"y_pred must .* shape \(2,\), got \(1,\)"),
    (lambda: accuracy_score([], []), "no samples"),
    (lambda: confusion_matrix([1], [1], labels=[1, 1]), "different classes"),
    (lambda: confusion_matrix([1], [1], labels=[2]), "must occur in y_true"),
    (lambda: roc_curve([1, 1], [0.5, 0.1]), "two classes"),
    (lambda: roc_curve([0, 1], [0.5, 0.1], drop_intermediate=1), "must be True or False, got 1"),
    (lambda: roc_curve([1, 2], [0.5, 0.1]), "two classes"),
    (lambda: roc_curve([0, 1], [0.5, np.nan]), "1 of the 2 numbers of y_score .* first at 1")])
def test_wrong_arguments(call, message):
    with pytest.raises((ValueError, TypeError), match=message):
        call()


def test_a_class_that_is_only_predicted_has_a_column():
    assert confusion_matrix([0, 0], [0, 1]).tolist() == [[1, 1], [0, 0]]


def test_labels_of_a_confusion_matrix():
    with pytest.raises(ValueError, match=r"labels must have .* shape \(N,\)"):
        confusion_matrix([0, 1], [0, 1], labels=[[0], [1]])
    with pytest.raises(ValueError, match="occur in y_true"):
        confusion_matrix([0], [1], labels=[1])
    assert confusion_matrix([0], [1], labels=[0]).tolist() == [[0]]


def test_labels_and_scores_are_in_one_row():
    with pytest.raises(ValueError, match=r"y_true must have .* shape \(N,\)"):
        accuracy_score([[0, 1]], [[0, 1]])


@pytest.mark.parametrize("score", [np.inf, -np.inf])
def test_an_infinite_score_is_refused(score):
    with pytest.raises(ValueError, match="of y_score is NaN or infinite, the first at 1"):
        roc_curve([0, 1], [0.5, score])


def test_the_curve_of_one_score_for_all():
    fpr, tpr, thresholds = roc_curve([0, 1], [0.5, 0.5])
    assert (fpr.tolist(), tpr.tolist(), thresholds.tolist()) == ([0, 1], [0, 1], [np.inf, 0.5])


def test_scores_may_be_unsigned():
    assert roc_auc_score([0, 1], np.array([0, 200], np.uint8)) == 1


@pytest.mark.parametrize("call", [
    lambda: confusion_matrix(["0", "1", "1"], [0, 1, 1]),
    lambda: confusion_matrix([0, 1], [0, 1], labels=["0", "1"]),
    lambda: accuracy_score([0, 1], ["0", "1"])])
def test_labels_of_two_kinds_are_refused(call):
    with pytest.raises(TypeError, match="labels must be of one kind, got .*'strings'"):
        call()


@pytest.mark.parametrize("call", [
    lambda: confusion_matrix([np.nan, 1], [np.nan, 1]),
    lambda: accuracy_score([1, np.nan], [1, 2]),
    lambda: confusion_matrix([1, 2], [1, 2], labels=[1, np.nan]),
    lambda: roc_curve([0, 1, np.nan], [1, 2, 3])])
def test_labels_that_are_nan_lose_no_sample_but_are_refused(call):
    with pytest.raises(ValueError, match="NaN or infinite, the first at"):
        call()


def test_strings_of_other_lengths_are_other_classes():
    assert confusion_matrix(["a", "ab"], ["a", "abc"]).tolist() == [[1, 0, 0], [0, 0, 1], [0, 0, 0]]
    assert confusion_matrix(["a", "ab"], ["a", "ab"], labels=["long name", "a"]).tolist() == [
        [0, 0], [0, 1]]


def test_labels_may_be_booleans_on_one_side_and_0_and_1_on_the_other():
    assert confusion_matrix([True, False, True], [1, 0, 0]).tolist() == [[1, 0], [1, 1]]
    assert accuracy_score(np.array([True, False]), [1.0, 0.0]) == 1


def test_unsigned_and_signed_labels_are_compared_by_value():
    pair = np.array([1, 200])
    assert confusion_matrix(pair, pair.astype(np.uint8)).tolist() == [[1, 0], [0, 1]]


def test_labels_too_large_for_the_type_that_both_share_are_refused():
    with pytest.raises(ValueError, match="one dtype"):
        confusion_matrix(np.array([2**63], np.uint64), np.array([-1]))
    large = np.array([2**63, 2**63 + 1], np.uint64)
    assert confusion_matrix(large, large).tolist() == [[1, 0], [0, 1]]


def test_labels_that_are_no_classes_are_refused_before_they_fill_the_memory():
    with pytest.raises(ValueError, match="100000 labels"):
        confusion_matrix(np.arange(10**5), np.arange(10**5))


def test_every_pair_of_a_thousand_classes_is_counted():
    """Against counting one sample after the other."""
    y_true, y_pred = np.random.default_rng(0).integers(0, 1000, (2, 3000))
    expected = np.zeros((1000, 1000), int)
    for row, column in zip(y_true, y_pred):
        expected[row, column] += 1
    names = np.array([f"class {n:04d}" for n in range(1000)])  # sorted as their numbers are
    matrix = confusion_matrix(names[y_true], names[y_pred], labels=names)
    np.testing.assert_array_equal(matrix, expected)


def test_scores_at_both_ends_of_the_range_need_no_difference():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert roc_auc_score([0, 1, 0], [-1.7e308, 1.7e308, 0.0]) == 1


def test_whole_scores_that_floats_cannot_tell_apart_are_ranked():
    assert roc_auc_score([0, 1], np.array([2**60, 2**60 + 1])) == 1
    assert roc_auc_score([0, 1], np.array([-2**63, 2**63 - 1])) == 1


def test_of_three_points_on_a_straight_line_the_middle_one_is_left_out():
    fpr, tpr, thresholds = roc_curve([0, 1] * 3, [3, 3, 2, 2, 1, 1])
    assert thresholds.tolist() == [np.inf, 3, 1]
    assert fpr.tolist() == tpr.tolist() == [0, 1 / 3, 1]


def test_a_matrix_has_at_most_so_many_classes(monkeypatch):
    monkeypatch.setattr(classification, "MOST_CLASSES", 3)
    assert confusion_matrix([0, 1, 2], [0, 1, 2]).tolist() == np.eye(3).tolist()
    with pytest.raises(ValueError, match="4 labels, and at most 3"):
        confusion_matrix([0, 1, 2], [0, 1, 3])


def test_floats_are_labels_as_long_as_neighbours_differ():
    assert accuracy_score([1000.0, 2.0**53 - 1], [1000.0, 2.0**53 - 1]) == 1
    with pytest.raises(ValueError, match=r"from 2\^53 on"):
        accuracy_score([2.0**53], [2.0**53])
