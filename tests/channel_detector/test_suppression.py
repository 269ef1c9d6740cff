"""The mean of neighbours."""

import numpy as np
import pytest

from minicv.channel_detector import average_neighbours


def test_no_boxes_give_no_boxes():
    assert average_neighbours(np.empty((0, 4)), [], []).shape == (0, 4)


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
