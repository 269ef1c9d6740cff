"""The fast suppression keeps what the plain one keeps, in the same order."""

import numpy as np
import pytest

from minicv.detection_metrics import nms as plain
from minicv.fast import nms


def kept_by(suppression, boxes, scores, threshold):
    """What it keeps, by the IoU and by the smaller box."""
    kept = [suppression(boxes, scores, threshold, overlap=overlap)
            for overlap in ("iou", "smaller")]
    assert {numbers.dtype for numbers in kept} == {np.dtype(np.int64)}
    return [numbers.tolist() for numbers in kept]


def random_boxes(rng, n, side):
    """On a grid: many touch, many edges are equal, some boxes are without area."""
    corners = rng.integers(0, side, (n, 2, 2))
    return np.hstack([corners.min(axis=1), corners.max(axis=1)])


@pytest.mark.parametrize("threshold", [0, 0.3, 0.5, 1])
@pytest.mark.parametrize("n_scores", [1, 5, 10**6])
@pytest.mark.parametrize("dtype", [np.int64, np.uint8, np.float32, np.float64])
def test_random_boxes_with_tied_scores(threshold, n_scores, dtype):
    rng = np.random.default_rng(0)
    for side in (5, 12, 60, 200):
        boxes = random_boxes(rng, 80, side).astype(dtype)
        scores = rng.integers(0, n_scores, 80)
        assert kept_by(nms, boxes, scores, threshold) == kept_by(plain, boxes, scores, threshold)


@pytest.mark.parametrize("axis", [0, 1])
def test_boxes_in_a_row_and_in_a_column(axis):
    rng = np.random.default_rng(axis)
    boxes = rng.uniform(0, 10, (300, 4)) + [0, 0, 10, 10]
    boxes[:, axis::2] += rng.uniform(0, 3000, (300, 1))
    scores = rng.random(300)
    kept = kept_by(nms, boxes, scores, 0.2)
    assert kept == kept_by(plain, boxes, scores, 0.2)
    assert 3 < len(kept[0]) < 300


@pytest.mark.parametrize("factor", [1e-140, 1e140, 0.1])
def test_coordinates_of_any_size(factor):
    rng = np.random.default_rng(2)
    boxes, scores = random_boxes(rng, 200, 40) * factor, rng.random(200)
    assert kept_by(nms, boxes, scores, 0.3) == kept_by(plain, boxes, scores, 0.3)


def test_integers_whose_areas_do_not_fit():
    rng = np.random.default_rng(3)
    boxes, scores = random_boxes(rng, 200, 2**40), rng.random(200)
    kept = kept_by(nms, boxes, scores, 0.3)
    assert kept == kept_by(plain, boxes, scores, 0.3)
    assert 1 < len(kept[0]) < 200


def test_an_iou_equal_to_the_threshold_is_kept():
    boxes = [[0, 0, 2, 1], [0, 0, 1, 1]]  # IoU exactly 1/2
    assert nms(boxes, [2, 1], 0.5).tolist() == [0, 1]
    assert nms(boxes, [2, 1], 0.499).tolist() == [0]
    assert nms(boxes, [2, 1], 0.999, overlap="smaller").tolist() == [0]  # the second is within


def test_nested_boxes():
    boxes = [[n, n, 40 - n, 40 - n] for n in range(20)]
    for scores in (np.arange(20), -np.arange(20), np.zeros(20)):
        assert kept_by(nms, boxes, scores, 0.5) == kept_by(plain, boxes, scores, 0.5)


def test_boxes_that_touch_do_not_overlap():
    boxes = [[x, y, x + 2, y + 2] for x in range(0, 8, 2) for y in range(0, 8, 2)]
    assert [len(kept) for kept in kept_by(nms, boxes, np.arange(16), 0.0)] == [16, 16]


def test_boxes_without_area_are_kept_and_drop_nobody():
    boxes = [[1, 1, 1, 3], [1, 1, 1, 3], [0, 2, 4, 2], [0, 0, 4, 4], [2, 2, 2, 2]]
    assert kept_by(nms, boxes, [1, 2, 3, 0, 4], 0.0) == [[4, 2, 1, 0, 3]] * 2


def test_one_wide_box_among_small_ones():
    rng = np.random.default_rng(4)
    corners = rng.uniform(0, 1000, (200, 2))
    boxes = np.vstack([[0, 0, 1000, 1000], np.hstack([corners, corners + 20])])
    scores = rng.random(201)
    assert kept_by(nms, boxes, scores, 0.01) == kept_by(plain, boxes, scores, 0.01)


def test_thousands_of_boxes_of_which_nearly_all_or_nearly_none_are_dropped():
    rng = np.random.default_rng(5)
    for side, n_kept in ((60, range(3, 60)), (20_000, range(1_900, 2_001))):
        corners = rng.uniform(0, side, (2_000, 2))
        boxes = np.hstack([corners, corners + rng.uniform(20, 100, (2_000, 2))])
        scores = rng.random(2_000)
        kept = kept_by(nms, boxes, scores, 0.3)
        assert kept == kept_by(plain, boxes, scores, 0.3)
        assert len(kept[0]) in n_kept


def test_nothing_stays_nothing():
    assert kept_by(nms, [], [], 0.5) == [[], []]


def test_infinite_scores_are_ranked():
    boxes = [[0, 0, 4, 4], [0, 0, 4, 5], [9, 9, 12, 12]]
    assert kept_by(nms, boxes, [1.0, np.inf, -np.inf], 0.5) == [[1, 2]] * 2


@pytest.mark.parametrize("boxes, scores, threshold, message", [
    ([[0, 0, 1, 1]], [np.nan], 0.5, "NaN"), ([[0, 0, 1, 1]], [1, 2], 0.5, "one for each box"),
    ([[0, 0, 1, 1]], [1], 1.5, "iou_threshold"), ([[1, 0, 0, 1]], [1], 0.5, "inverted")])
def test_wrong_arguments(boxes, scores, threshold, message):
    with pytest.raises(ValueError, match=message):
        nms(boxes, scores, threshold)


@pytest.mark.parametrize("threshold", [0, 0.5])
def test_boxes_without_area_are_compared_without_dividing_by_it(threshold):
    boxes = random_boxes(np.random.default_rng(6), 60, 5)
    with np.errstate(all="raise"):
        assert kept_by(nms, boxes, np.arange(60), threshold) == kept_by(
            plain, boxes, np.arange(60), threshold)
