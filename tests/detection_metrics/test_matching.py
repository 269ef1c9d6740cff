"""Matching against the official programs' loops, written out, and against invariants."""

import warnings

import numpy as np
import pytest

from minicv.detection_metrics.boxes import box_iou
from minicv.detection_metrics.matching import Matches, match_detections, match_images

TRUTH = [[0, 0, 10, 10]]


def random_image(rng, n_found=12, n_truths=6, side=24, n_scores=6):
    """Boxes on a coarse grid: many overlap, many IoUs and scores are equal."""
    def boxes(n):
        corner = rng.integers(0, side, (n, 2))
        return np.hstack([corner, corner + rng.choice([4, 6, 8], (n, 2))])

    return (boxes(n_found), rng.integers(0, n_scores, n_found), boxes(n_truths),
            rng.random(n_truths) < 0.3, rng.random(n_truths) < 0.2)


def coco_loop(found, scores, truths, ignore, crowd, threshold):
    """For one image and threshold what pycocotools does: one pair of boxes at a time."""
    ignore = ignore | crowd
    order = sorted(range(len(truths)), key=lambda m: ignore[m])
    overlap = box_iou(found, truths)
    matched, free = {}, set(range(len(truths)))
    for n in sorted(range(len(found)), key=lambda n: -scores[n]):
        best, best_iou = -1, threshold
        for m in order:
            if m not in free:
                continue
            if best >= 0 and not ignore[best] and ignore[m]:
                break
            iou = overlap[n, m]
            if crowd[m]:
                a, t = found[n], truths[m]
                sides = np.maximum(np.minimum(a[2:], t[2:]) - np.maximum(a[:2], t[:2]), 0)
                iou = np.prod(sides) / np.prod(a[2:] - a[:2])
            if iou >= best_iou:
                best, best_iou = m, iou
        if best >= 0:
            matched[n] = best
            if not crowd[best]:
                free.discard(best)
    return matched


def voc_loop(found, scores, truths, difficult, threshold):
    """What VOCevaldet.m does: outcome of each detection, one after the other."""
    overlap = box_iou(found, truths)
    taken, outcomes = set(), {}
    for n in sorted(range(len(found)), key=lambda n: -scores[n]):
        best, best_iou = -1, -np.inf
        for m in range(len(truths)):
            if overlap[n, m] > best_iou:
                best, best_iou = m, overlap[n, m]
        if best_iou >= threshold:
            if difficult[best]:
                outcomes[n] = "ignored"
            elif best not in taken:
                outcomes[n] = "true positive"
                taken.add(best)
            else:
                outcomes[n] = "duplicate"
        else:
            outcomes[n] = "wrong"
    return outcomes


class TestOfficialRules:
    @pytest.mark.parametrize("threshold", [0.2, 0.5])
    def test_coco_rule_matches_as_its_loop_does(self, threshold):
        rng = np.random.default_rng(0)
        for _ in range(60):
            image = random_image(rng)
            matches = match_detections(*image[:3], threshold, ignore=image[3], crowd=image[4])
            expected = coco_loop(*image, threshold)
            for n, outcome, truth in zip(matches.detection, matches.outcome, matches.truth):
                if outcome in ("true positive", "ignored"):
                    assert truth == expected[n]
                else:
                    assert n not in expected

    @pytest.mark.parametrize("threshold", [0.2, 0.5])
    def test_voc_rule_decides_as_its_loop_does(self, threshold):
        rng = np.random.default_rng(1)
        for _ in range(60):
            found, scores, truths, difficult, _ = random_image(rng)
            matches = match_detections(found, scores, truths, threshold, ignore=difficult,
                                       rule="voc")
            expected = voc_loop(found, scores, truths, difficult, threshold)
            for n, outcome in zip(matches.detection, matches.outcome):
                wrong = outcome in ("poor localisation", "background")
                assert ("wrong" if wrong else outcome) == expected[n]

    def test_a_threshold_of_1_forgives_rounding_as_pycocotools_does(self):
        for more, outcome in ((1e-12, "true positive"), (1e-8, "poor localisation")):
            matches = match_detections([[0, 0, 1, 1 + more]], [1], [[0, 0, 1, 1]], 1)
            assert matches.outcome.tolist() == [outcome]

    def test_a_second_object_near_enough_counts_for_coco_and_not_for_voc(self):
        truths = [[0, 0, 10, 10], [2, 0, 12, 10]]
        found = [[0, 0, 10, 10], [0, 0, 11, 10]]  # both are nearest to the first truth
        for rule, outcome in (("coco", "true positive"), ("voc", "duplicate")):
            matches = match_detections(found, [0.9, 0.8], truths, rule=rule)
            assert matches.outcome.tolist() == ["true positive", outcome]


class TestAuditTrail:
    @pytest.mark.parametrize("box, outcome, iou", [
        ([0, 0, 10, 5], "true positive", 0.5),  # exactly tau is enough
        ([0, 0, 10, 4], "poor localisation", 0.4),
        ([0, 0, 10, 1], "poor localisation", 0.1),
        ([0, 0, 3, 3], "background", 0.09),
        ([50, 50, 60, 60], "background", 0.0)])
    def test_the_reason_follows_from_the_iou(self, box, outcome, iou):
        matches = match_detections([box], [1], TRUTH)
        assert matches.outcome.tolist() == [outcome]
        assert matches.iou[0] == pytest.approx(iou, abs=1e-15)
        assert matches.truth.tolist() == [0 if iou > 0 else -1]

    def test_the_worse_one_of_two_is_the_duplicate_however_well_it_fits(self):
        matches = match_detections([[0, 0, 10, 10], [0, 0, 10, 9]], [0.1, 0.2], TRUTH)
        assert matches.detection.tolist() == [1, 0]
        assert matches.outcome.tolist() == ["true positive", "duplicate"]
        assert matches.truth.tolist() == [0, 0]

    def test_of_equal_scores_the_first_takes_the_truth(self):
        matches = match_detections([[0, 0, 10, 9], [0, 0, 10, 10]], [1, 1], TRUTH)
        assert matches.detection.tolist() == [0, 1]
        assert matches.outcome.tolist() == ["true positive", "duplicate"]

    def test_missed_truths_are_listed(self):
        matches = match_images([[], [[5, 5, 6, 6]]], [[], [1]], [TRUTH, [[5, 5, 6, 6], *TRUTH]])
        assert matches.missed.tolist() == [[0, 0], [1, 1]]

    def test_the_record_is_sorted_by_score_then_image_then_index(self):
        matches = match_images([TRUTH * 2, TRUTH * 2], [[1, 2], [2, 1]], [[], []])
        assert list(zip(matches.image.tolist(), matches.detection.tolist())) == [
            (0, 1), (1, 0), (0, 0), (1, 1)]


class TestWhatDoesNotCount:
    def test_an_ignored_truth_is_neither_found_nor_missed(self):
        found = match_detections(TRUTH, [1], TRUTH, ignore=[True])
        lost = match_detections([], [], TRUTH, ignore=[True])
        assert (found.ignored, found.true_positives, found.false_positives) == (1, 0, 0)
        assert (lost.false_negatives, lost.n_truths) == (0, 0)

    def test_an_ignored_truth_takes_one_detection_and_a_crowd_takes_all(self):
        inside = [[0, 0, 10, 8], [0, 0, 10, 9]]
        assert match_detections(inside, [2, 1], TRUTH, ignore=[True]).ignored == 1
        assert match_detections(inside, [2, 1], TRUTH, crowd=[True]).ignored == 2

    def test_an_ignored_truth_is_no_reason_for_a_false_positive(self):
        matches = match_detections(TRUTH * 2, [2, 1], TRUTH, ignore=[True])
        assert matches.outcome.tolist() == ["ignored", "background"]
        assert matches.truth.tolist() == [0, -1]

    def test_a_person_in_a_crowd_is_ignored_however_small(self):
        small = [[1, 1, 3, 3]]
        matches = match_detections(small, [1], TRUTH, crowd=[True])
        assert matches.outcome.tolist() == ["ignored"] and matches.iou.tolist() == [1]

    def test_a_truth_that_counts_is_preferred_to_a_crowd_that_fits_better(self):
        truths = [[0, 0, 10, 10], [0, 0, 10, 7]]
        matches = match_detections([[0, 0, 10, 10]], [1], truths, crowd=[True, False])
        assert matches.outcome.tolist() == ["true positive"] and matches.truth.tolist() == [1]

    def test_detections_beyond_the_budget_are_ignored(self):
        matches = match_detections([*TRUTH, [0, 0, 1, 1]], [1, 2], TRUTH, max_detections=1)
        assert matches.outcome.tolist() == ["background", "ignored"]
        assert matches.truth[1] == -1 and matches.iou[1] == 0  # nobody looked
        assert matches.false_negatives == 1


class TestInvariants:
    def test_permuting_detections_and_truths_changes_no_record(self):
        rng = np.random.default_rng(2)
        for _ in range(20):
            found = rng.uniform(0, 20, (15, 4)) + [0, 0, 20, 20]
            truths = rng.uniform(0, 20, (8, 4)) + [0, 0, 20, 20]
            scores = rng.permutation(15)
            order, truth_order = rng.permutation(15), rng.permutation(8)
            plain = match_detections(found, scores, truths)
            mixed = match_detections(found[order], scores[order], truths[truth_order])
            assert mixed.outcome.tolist() == plain.outcome.tolist()
            np.testing.assert_array_equal(order[mixed.detection], plain.detection)
            np.testing.assert_array_equal(truth_order[mixed.truth], plain.truth)

    def test_shifting_and_scaling_all_boxes_changes_no_record(self):
        found, scores, truths, *_ = random_image(np.random.default_rng(3), 40, 20)
        plain = match_detections(found, scores, truths)
        moved = match_detections(8 * found + 64, scores, 8 * truths + 64)
        assert moved.outcome.tolist() == plain.outcome.tolist()
        np.testing.assert_array_equal(moved.iou, plain.iou)

    def test_every_detection_and_every_truth_is_counted_once(self):
        rng = np.random.default_rng(4)
        for _ in range(20):
            found, scores, truths, ignore, crowd = random_image(rng)
            matches = match_detections(found, scores, truths, 0.3, ignore=ignore, crowd=crowd)
            assert (matches.true_positives + matches.false_positives + matches.ignored
                    == len(found))
            assert (matches.true_positives + matches.false_negatives == matches.n_truths
                    == np.count_nonzero(~ignore & ~crowd))

    def test_the_truths_as_detections_are_all_true_at_every_threshold(self):
        truths = np.random.default_rng(5).uniform(0, 20, (9, 4)) + [0, 0, 20, 20]
        for threshold in (0.1, 0.5, 0.95, 1):
            matches = match_detections(truths, np.ones(9), truths, threshold)
            assert (matches.precision, matches.recall) == (1, 1)

    def test_images_can_be_picked_and_repeated(self):
        matches = match_images([TRUTH, TRUTH, []], [[1], [3], []], [TRUTH, [], TRUTH])
        picked = matches.of_images(np.array([2, 0, 0]))
        counts = picked.true_positives, picked.false_positives, picked.false_negatives
        assert counts == (2, 0, 1) and picked.n_truths == 3


class TestNothingThere:
    def test_precision_of_nothing_found_and_recall_of_nothing_there_are_nan(self):
        nothing_found = match_detections([], [], TRUTH)
        nothing_there = match_detections(TRUTH, [1], [])
        assert np.isnan(nothing_found.precision) and nothing_found.recall == 0
        assert np.isnan(nothing_there.recall) and nothing_there.precision == 0

    def test_no_images_give_no_matches(self):
        matches = match_images([], [], [])
        assert (len(matches.score), matches.n_truths, matches.false_negatives) == (0, 0, 0)
        assert matches.true_positives == matches.false_positives == 0


class TestErrors:
    @pytest.mark.parametrize("options, message", [
        (dict(iou_threshold=1.5), "iou_threshold"), (dict(rule="caltech"), "rule must be"),
        (dict(ignore=[True, False]), "ignore of image 0 must have .* one mark for each true box"),
        (dict(max_detections=0), "max_detections"), (dict(crowd=[True], rule="voc"), "no crowds")])
    def test_wrong_options(self, options, message):
        with pytest.raises(ValueError, match=message):
            match_detections(TRUTH, [1], TRUTH, **options)

    def test_marks_that_are_no_booleans(self):
        with pytest.raises(TypeError, match="crowd of image 0 must be booleans"):
            match_detections(TRUTH, [1], TRUTH, crowd=[1])

    def test_the_image_with_a_wrong_box_is_named(self):
        with pytest.raises(ValueError, match="box 0 of boxes of image 1 is inverted"):
            match_images([TRUTH, [[5, 5, 1, 9]]], [[1], [1]], [TRUTH, TRUTH])

    def test_lists_of_different_lengths_are_refused(self):
        with pytest.raises(ValueError, match="equally many: 1 boxes, 2 scores, 2 truth_boxes"):
            match_images([TRUTH], [[1], [1]], [TRUTH, TRUTH])


def test_a_detection_without_area_is_not_in_a_crowd():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for threshold, outcome in ((0.5, "background"), (0.0, "ignored")):
            matches = match_detections([[1, 1, 1, 3]], [0.9], [[0, 0, 4, 4]], threshold,
                                       crowd=[True])
            assert matches.outcome.tolist() == [outcome]
            assert matches.iou.tolist() == [0.0]


def test_marks_of_no_true_boxes_may_be_an_empty_list():
    matches = match_detections([[0, 0, 1, 1]], [0.9], [], ignore=[], crowd=[])
    assert matches.outcome.tolist() == ["background"]


def test_at_threshold_0_what_overlaps_nothing_is_no_duplicate():
    matches = match_detections([[0, 0, 4, 4]], [0.9], [], iou_threshold=0)
    assert matches.outcome.tolist() == ["background"]


def test_boxes_in_float32_match_as_in_float64():
    """IoU exactly 0.7: rounded to float32 it would lie below the 0.7 that is asked for."""
    found, truth = [[0, 0, 10, 7]], [[0, 0, 10, 10]]
    for dtype in (np.float16, np.float32, np.float64, int):
        matches = match_detections(np.array(found, dtype), [1], np.array(truth, dtype), 0.7)
        assert matches.outcome.tolist() == ["true positive"]


def test_infinite_scores_are_the_best_and_the_worst():
    matches = match_detections(TRUTH * 3, [0, -np.inf, np.inf], TRUTH)
    assert matches.detection.tolist() == [2, 0, 1]
    with pytest.raises(ValueError, match="2 of the 3 numbers of scores of image 0 are NaN, the "
                                         "first at 1"):
        match_detections(TRUTH * 3, [0, np.nan, np.nan], TRUTH)


def test_an_image_may_have_no_marks():
    matches = match_images([TRUTH] * 2, [[1], [2]], [TRUTH] * 2, ignore=[None, [True]])
    assert matches.outcome.tolist() == ["ignored", "true positive"]


@pytest.mark.parametrize("options, error", [
    (dict(iou_threshold=np.nan), ValueError), (dict(iou_threshold="0.5"), TypeError),
    (dict(max_detections=1.5), TypeError), (dict(max_detections=True), TypeError),
    (dict(rule=None), ValueError), (dict(crowd=True), ValueError),
    (dict(ignore="x"), TypeError)])
def test_options_of_another_kind(options, error):
    with pytest.raises(error, match=next(iter(options))):
        match_detections(TRUTH, [1], TRUTH, **options)


@pytest.mark.parametrize("images, error", [
    ([3], ValueError), ([-1], ValueError), ([2**63], ValueError), ([0.5], TypeError),
    ([True], TypeError), (0, ValueError)])
def test_images_that_are_not_there_cannot_be_picked(images, error):
    matches = match_images([TRUTH] * 3, [[1]] * 3, [TRUTH] * 3)
    with pytest.raises(error, match="images"):
        matches.of_images(images)
    assert matches.of_images(np.array([2], np.uint8)).n_truths == 1


def test_picked_images_are_numbered_as_they_were_picked():
    """Against matching the picked images themselves, in that order."""
    rng = np.random.default_rng(6)
    images = [random_image(rng) for _ in range(5)]
    picks = [3, 0, 3, 4, 0, 3]

    def matched(some):
        found, scores, truths, *_ = zip(*some)
        return match_images(found, scores, truths)

    def columns(matches):
        return [column.tolist() for column in vars(matches).values()]

    picked = matched(images).of_images(picks)
    assert columns(picked) == columns(matched([images[n] for n in picks]))
    assert columns(picked.of_images([5, 1])) == columns(matched([images[3], images[0]]))


@pytest.mark.parametrize("wrong, error, message", [
    (dict(image=[0, 9]), ValueError, "of image is above 0, the first at 1: 9"),
    (dict(image=None), TypeError, "image must be a list"),
    (dict(detection=[0.0, 1.0]), TypeError, "detection must be whole numbers"),
    (dict(score=[np.nan, 1]), ValueError, "of score is NaN"),
    (dict(outcome=["TP", "background"]), ValueError, "outcome must be of true positive, dup"),
    (dict(outcome=["background"]), ValueError, "outcome must have .* one label a sample"),
    (dict(iou=[0, 1.5]), ValueError, "of iou is above 1, the first at 1: 1.5"),
    (dict(missed=[[-1, 0]]), ValueError, "of missed is below 0"),
    (dict(truth=[0, -2]), ValueError, "of truth is below -1"),
    (dict(truths_per_image=[3]), ValueError, "1 true positives and 0 missed are not the 3")])
def test_a_record_that_contradicts_itself(wrong, error, message):
    record = dict(image=[0, 0], detection=[0, 1], score=[0.9, 0.8],
                  outcome=["true positive", "background"], truth=[0, -1], iou=[1, 0],
                  missed=np.empty((0, 2), int), truths_per_image=[1])
    assert Matches(**record).precision == 0.5  # lists will do
    with pytest.raises(error, match=message):
        Matches(**{**record, **wrong})


def test_numbers_in_a_record_stay_far_from_where_sums_would_wrap():
    one = dict(image=[0], detection=[2**40], score=[1], outcome=["background"], truth=[-1],
               iou=[0], missed=np.empty((0, 2), int), truths_per_image=[0])
    assert Matches(**one).detection.tolist() == [2**40]
    with pytest.raises(ValueError, match="detection"):
        Matches(**one | {"detection": [2**40 + 1]})
