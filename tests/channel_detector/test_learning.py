"""What the second look is taught, chosen by hand here."""

import numpy as np

from minicv.channel_detector.learning import second_look_examples


def numbered(first, n):
    return np.arange(first, first + n)[:, None] * 1.0


def test_finds_that_are_right_are_people_and_those_that_are_wrong_are_others():
    """From an IoU above 0.5, and below 0.3; what lies between is neither."""
    iou = np.array([0.9, 0.5, 0.51, 0.3, 0.29, 0.0])
    people, others = second_look_examples(numbered(0, 2), numbered(10, 1), np.array([0.0]),
                                          numbered(20, 6), iou)
    assert people.ravel().tolist() == [0, 1, 20, 22]
    assert others.ravel().tolist() == [10, 24, 25]


def test_of_the_negatives_those_are_taken_of_which_the_first_look_is_unsure_the_worst_first():
    scores = np.array([-1.5, -0.2, -1.0, 0.4, -0.9])
    _, others = second_look_examples(numbered(0, 2), numbered(10, 5), scores, numbered(20, 0),
                                     np.empty(0))
    assert others.ravel().tolist() == [13, 11, 14]


def test_there_is_always_one_negative():
    _, others = second_look_examples(numbered(0, 2), numbered(10, 3), np.array([-3.0, -2, -4]),
                                     numbered(20, 0), np.empty(0))
    assert others.ravel().tolist() == [11]


def test_of_very_many_negatives_the_hardest_are_taken(monkeypatch):
    monkeypatch.setattr("minicv.channel_detector.learning.MOST_OTHERS", 2)
    _, others = second_look_examples(numbered(0, 2), numbered(10, 4), np.array([0.1, 0.3, 0.2, 0]),
                                     numbered(20, 0), np.empty(0))
    assert others.ravel().tolist() == [11, 12]
