"""Exercise 1.4, number by number.

The boxes are those of the lesson and its tasks: whole pixels, chosen so that they have the areas
that the sheet prints.
"""

import numpy as np
import pytest

from lessons.ex1_4_detection_metrics import solution
from minicv.detection_metrics import box_area, box_intersection, box_iou, match_detections

NAMES, DETECTIONS = list(solution.DETECTIONS), np.array(list(solution.DETECTIONS.values()))
TRUTH_NAMES, TRUTHS = list(solution.TRUE_BOXES), np.array(list(solution.TRUE_BOXES.values()))


def matched_at(tau):
    return match_detections(DETECTIONS, np.ones(5), TRUTHS, tau)


def names_of(matches, outcome):
    return "".join(NAMES[n] for n in matches.detection[matches.outcome == outcome])


# a) The sheet's I, U and IoU.
SHEET = [("A", "1", 15, 25, 0.6), ("B", "2", 3, 9, 0.333), ("C", "3", 2, 8, 0.25),
         ("D", "4", 8, 22, 0.3636)]


@pytest.mark.parametrize("name, truth_name, intersection, union, printed", SHEET)
def test_a_intersection_union_and_iou(name, truth_name, intersection, union, printed):
    box, truth = DETECTIONS[[NAMES.index(name)]], TRUTHS[[TRUTH_NAMES.index(truth_name)]]
    shared = box_intersection(box, truth)[0, 0]
    assert shared == intersection
    assert box_area(box)[0] + box_area(truth)[0] - shared == union
    iou = box_iou(box, truth)[0, 0]
    assert iou == intersection / union
    decimals = len(str(printed)) - 2  # the sheet prints three or four
    assert round(iou, decimals) == printed


def test_a_no_other_pair_overlaps():
    assert np.count_nonzero(box_iou(DETECTIONS, TRUTHS)) == 4


def test_a_only_object_1_is_detected_at_half():
    matches = matched_at(0.5)
    assert matches.truth[matches.outcome == "true positive"].tolist() == [0]


def test_b_counts_at_half():
    matches = matched_at(0.5)
    assert (matches.true_positives, matches.false_positives, matches.false_negatives) == (1, 4, 3)
    assert names_of(matches, "true positive") == "A"
    assert names_of(matches, "poor localisation") + names_of(matches, "background") == "BCDE"
    assert [TRUTH_NAMES[truth] for _, truth in matches.missed] == ["2", "3", "4"]


def test_c_counts_at_three_tenths():
    matches = matched_at(0.3)
    assert (matches.true_positives, matches.false_positives, matches.false_negatives) == (3, 2, 1)
    assert names_of(matches, "true positive") == "ABD"
    assert names_of(matches, "poor localisation") + names_of(matches, "background") == "CE"
    assert [TRUTH_NAMES[truth] for _, truth in matches.missed] == ["3"]


def test_c_precision_and_recall():
    matches = matched_at(0.3)
    assert (matches.precision, matches.recall) == (0.6, 0.75)


def test_the_slip_the_answers_need_four_objects():
    # TP + FN is the number of objects; the sheet's text says three, its answers 1 + 3 and 3 + 1.
    assert len(TRUTHS) == 1 + 3 == 3 + 1
