"""Suppression by the smaller box, and the mean of neighbours."""

import numpy as np
import pytest

from minicv.channel_detector import average_neighbours, suppress_nested
from minicv.detection_metrics import box_area, box_intersection


def brute_force(boxes, scores, max_overlap):
    """The rule as it is told: take the best that is left, drop what overlaps it."""
    left = sorted(range(len(boxes)), key=lambda n: (-scores[n], n))
    keep = []
    while left:
        best = left.pop(0)
        keep.append(best)
        left = [n for n in left
                if box_intersection(boxes[[best]], boxes[[n]])[0, 0]
                <= max_overlap * min(box_area(boxes[[best]])[0], box_area(boxes[[n]])[0])]
    return keep


@pytest.mark.parametrize("max_overlap", [0, 0.3, 0.5, 1])
def test_it_keeps_what_the_rule_keeps(max_overlap):
    rng = np.random.default_rng(0)
    corners = rng.integers(0, 60, (80, 2))
    boxes = np.concatenate([corners, corners + rng.integers(1, 40, (80, 2))], axis=1)
    scores = rng.integers(0, 20, 80) / 4  # with ties
    assert suppress_nested(boxes, scores, max_overlap).tolist() == brute_force(
        boxes, scores, max_overlap)


def test_a_box_within_another_is_dropped_though_their_iou_is_small():
    boxes = [[0, 0, 100, 100], [40, 40, 50, 50]]
    assert suppress_nested(boxes, [1, 0.5]).tolist() == [0]
    assert suppress_nested(boxes, [0.5, 1]).tolist() == [1]


def test_shift_scale_and_order_change_nothing():
    rng = np.random.default_rng(1)
    corners = rng.uniform(0, 60, (50, 2))
    boxes = np.concatenate([corners, corners + rng.uniform(1, 40, (50, 2))], axis=1)
    scores = rng.permutation(50)  # no ties
    kept = suppress_nested(boxes, scores)
    assert suppress_nested(boxes * 4 + 32, scores).tolist() == kept.tolist()
    order = rng.permutation(50)
    assert order[suppress_nested(boxes[order], scores[order])].tolist() == kept.tolist()


def test_no_boxes_give_no_boxes():
    assert suppress_nested([], []).shape == (0,)
    assert average_neighbours(np.empty((0, 4)), [], []).shape == (0, 4)


@pytest.mark.parametrize("overlap", [-0.1, 1.1, np.nan])
def test_overlap_out_of_range_is_an_error(overlap):
    with pytest.raises(ValueError, match="max_overlap"):
        suppress_nested([[0, 0, 1, 1]], [1], overlap)


def test_a_nan_score_is_an_error():
    with pytest.raises(ValueError, match="NaN"):
        suppress_nested([[0, 0, 1, 1]], [np.nan])


def test_neighbours_count_by_the_exponential_of_their_scores():
    # exp(log 3) : exp(0) = 3 : 1, so the mean lies a quarter of the way from the first.
    boxes = [[0, 0, 100, 100], [4, 0, 104, 100], [300, 0, 400, 100]]
    (box,) = average_neighbours(boxes, [np.log(3), 0, 5], [0])
    np.testing.assert_allclose(box, [1, 0, 101, 100])


def test_scores_far_below_the_best_are_averaged_without_underflow():
    (far, near) = average_neighbours([[0, 0, 9, 9], [50, 0, 59, 9]], [-2000, 0], [0, 1])
    np.testing.assert_array_equal(far, [0, 0, 9, 9])
    np.testing.assert_array_equal(near, [50, 0, 59, 9])


def test_an_empty_box_stays_where_it_is():
    (box,) = average_neighbours([[3, 3, 3, 9], [0, 0, 9, 9]], [1, 2], [0])
    np.testing.assert_array_equal(box, [3, 3, 3, 9])


def test_a_neighbour_at_exactly_the_least_iou_takes_part():
    boxes = [[1, 2, 5, 7], [2, 2, 6, 7]]  # IoU 0.6
    assert average_neighbours(boxes, [1.0, 1.0], [0], 0.6).tolist() == [[1.5, 2, 5.5, 7]]


@pytest.mark.parametrize("scores", [[1.0, np.nan], [1.0]])
def test_neighbours_need_a_score_each(scores):
    with pytest.raises(ValueError, match="scores"):
        average_neighbours([[0, 0, 1, 1], [0, 0, 1, 2]], scores, [0])
