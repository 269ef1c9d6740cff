"""Which windows may be negatives, which of them are mined, and that none comes twice."""

import numpy as np
import pytest

from minicv.detection_metrics.boxes import box_iou
from minicv.person_detector.detector import (
    MAX_IOU,
    PER_IMAGE,
    UNSURE,
    NegativePool,
    window_scores,
)
from minicv.person_detector.sliding_window import Level

WINDOW = (16, 8)


def expected(level, corners):
    """A person of 36 x 96 pixels in the middle of the window, cells of 8 pixels."""
    upper_left = 8 * corners[:, ::-1] + [14, 16]
    return np.concatenate([upper_left, upper_left + [36, 96]], axis=1) / level.scale[0]


def pool_of(boxes, seed=0, n_images=2):
    """Two levels an image, of random descriptors that are all different."""
    rng = np.random.default_rng(seed)
    pyramids = [[Level(rng.standard_normal((26, 20, 2)).astype(np.float32), (1.0, 1.0)),
                 Level(rng.standard_normal((18, 14, 2)).astype(np.float32), (0.5, 0.5))]
                for _ in range(n_images)]
    return pyramids, NegativePool(pyramids, boxes, WINDOW, expected)


def corner_of(descriptor, pyramids):
    """Where in the pyramids a window with this descriptor is: (image, level, row, column)."""
    first = descriptor.reshape(*WINDOW, -1)[0, 0]
    (place,) = [(image, n, *corner) for image, levels in enumerate(pyramids)
                for n, level in enumerate(levels)
                for corner in np.argwhere((level.grid == first).all(axis=2)).tolist()]
    return place


PERSON = np.array([[20.0, 10, 64, 106]])  # about where a window expects a person


def test_no_negative_shows_a_person():
    pyramids, pool = pool_of([PERSON, np.empty((0, 4))])
    for descriptor in pool.draw(1000, np.random.default_rng(0)):
        image, n, row, column = corner_of(descriptor, pyramids)
        if image == 0:
            own = expected(pyramids[0][n], np.array([[row, column]]))
            assert box_iou(own, PERSON)[0, 0] <= MAX_IOU


def test_all_other_windows_can_be_drawn_once():
    pyramids, pool = pool_of([PERSON, np.empty((0, 4))])
    drawn = pool.draw(1000, np.random.default_rng(0))
    places = [corner_of(descriptor, pyramids) for descriptor in drawn]
    assert len(set(places)) == len(places)
    # The second image has no person: all of its 11 x 13 + 3 x 7 windows.
    assert sum(place[0] == 1 for place in places) == 11 * 13 + 3 * 7
    assert 0 < sum(place[0] == 0 for place in places) < 11 * 13 + 3 * 7
    assert pool.draw(1000, np.random.default_rng(1)).size == 0  # nothing is left


def test_mining_finds_the_best_above_the_margin_and_never_again():
    pyramids, pool = pool_of([np.empty((0, 4))] * 2)
    weights = np.random.default_rng(5).standard_normal((*WINDOW, 2)).astype(np.float32) / 16
    scores = [np.concatenate([window_scores(level.grid, weights).ravel() for level in levels])
              for levels in pyramids]
    seen = []
    for n_round in range(10):
        found = pool.mine(weights, -0.5)
        values = found @ weights.ravel() - 0.5
        assert (values > UNSURE).all()
        if n_round == 0:  # the best of each image
            best = np.concatenate([np.sort(own)[::-1][:PER_IMAGE] for own in scores]) - 0.5
            np.testing.assert_allclose(np.sort(values), np.sort(best), rtol=1e-4, atol=1e-4)
        seen.extend(corner_of(descriptor, pyramids) for descriptor in found)
        if len(found) == 0:
            break
    assert len(found) == 0  # it came to an end
    assert len(seen) == len(set(seen)) == sum((own - 0.5 > UNSURE).sum() for own in scores)


def test_a_window_just_at_the_margin_does_not_pull_and_is_not_mined():
    _, pool = pool_of([np.empty((0, 4))] * 2)
    nothing = np.zeros((*WINDOW, 2))
    assert len(pool.mine(nothing, -1)) == 0
    assert len(pool.mine(nothing, -1 + 1e-9)) == 2 * PER_IMAGE


def test_a_level_into_which_no_window_fits_and_an_image_without_levels_give_none():
    rng = np.random.default_rng(0)
    low, high = (Level(rng.standard_normal((n, 20, 2)).astype(np.float32), (0.3, 0.3))
                 for n in (10, 26))
    pool = NegativePool([[low], [], [high]], [np.empty((0, 4))] * 3, WINDOW, expected)
    assert len(pool.draw(5, rng)) == 5
    assert pool.mine(np.ones((*WINDOW, 2)), 1e6).shape == (PER_IMAGE, 16 * 8 * 2)


@pytest.mark.parametrize("seed", [0, 1])
def test_the_same_generator_draws_the_same(seed):
    first, second = (pool_of([PERSON, PERSON])[1].draw(7, np.random.default_rng(seed))
                     for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert len(first) == 14
