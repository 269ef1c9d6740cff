"""The mean of neighbours."""

import numpy as np

from minicv.channel_detector.suppression import average_neighbours
from minicv.detection_metrics import box_iou


def averaged(boxes, scores, kept):
    return average_neighbours(np.array(boxes, float), np.array(scores, float), np.array(kept, int))


def test_no_boxes_give_no_boxes():
    assert averaged(np.empty((0, 4)), [], []).shape == (0, 4)


def test_neighbours_count_by_the_exponential_of_their_scores():
    # exp(3 log(3) / 3) : exp(0) = 3 : 1, so the mean lies a quarter of the way from the first.
    boxes = [[0, 0, 100, 100], [4, 0, 104, 100], [300, 0, 400, 100]]
    (box,) = averaged(boxes, [np.log(3) / 3, 0, 5], [0])
    np.testing.assert_allclose(box, [1, 0, 101, 100])


def test_scores_far_below_the_best_are_averaged_without_underflow():
    (far, near) = averaged([[0, 0, 9, 9], [50, 0, 59, 9]], [-2000, 0], [0, 1])
    np.testing.assert_array_equal(far, [0, 0, 9, 9])
    np.testing.assert_array_equal(near, [50, 0, 59, 9])


def test_an_empty_box_stays_where_it_is():
    (box,) = averaged([[3, 3, 3, 9], [0, 0, 9, 9]], [1, 2], [0])
    np.testing.assert_array_equal(box, [3, 3, 3, 9])


def test_a_neighbour_at_exactly_the_least_iou_takes_part(monkeypatch):
    monkeypatch.setattr("minicv.channel_detector.suppression.NEAR", 0.6)
    boxes = [[1, 2, 5, 7], [2, 2, 6, 7]]  # IoU 0.6
    assert averaged(boxes, [1.0, 1.0], [0]).tolist() == [[1.5, 2, 5.5, 7]]


def test_every_kept_box_is_averaged_as_by_itself():
    """Against the formula, box by box, in numbers of pixels."""
    rng = np.random.default_rng(0)
    corners = rng.integers(0, 30, (40, 2))
    boxes = np.hstack([corners, corners + rng.integers(5, 30, (40, 2))])
    scores, kept = rng.normal(size=40), [3, 17, 3, 30]
    for n, mean in zip(kept, averaged(boxes, scores, kept)):
        near = [m for m in range(40) if box_iou([boxes[n]], [boxes[m]])[0, 0] >= 0.45]
        weights = np.exp(3 * scores[near])
        np.testing.assert_allclose(mean, np.average(boxes[near], axis=0, weights=weights))
