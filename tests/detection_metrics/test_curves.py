"""Curves and averages against hand-counted cases, the official programs' loops, and invariants."""

import math
import warnings

import numpy as np
import pytest

from minicv.detection_metrics.coco import CocoResult, coco_evaluation
from minicv.detection_metrics.curves import (
    average_precision,
    bootstrap_interval,
    log_average_miss_rate,
    miss_rate_curve,
    precision_recall_curve,
)
from minicv.detection_metrics.matching import match_detections, match_images

CONVENTIONS = ("voc2007", "voc2010", "coco")


def matches_of(outcomes, n_truths, n_images=1):
    """Matches whose detections, from the best on, are true ("1") or false ("0")."""
    truths = [[20 * n, 0, 20 * n + 10, 10] for n in range(n_truths)]
    found, n_true = [], 0
    for outcome in outcomes:
        found.append(truths[n_true] if outcome == "1" else [0, 50, 10, 60])
        n_true += outcome == "1"
    more = [[]] * (n_images - 1)
    return match_images([found, *more], [-np.arange(len(found)), *more], [truths, *more])


def random_images(seed, n_images=20):
    rng = np.random.default_rng(seed)
    boxes, scores, truths = [], [], []
    for _ in range(n_images):
        truth = rng.uniform(0, 100, (rng.integers(0, 6), 4)) + [0, 0, 200, 200]
        near = truth + rng.normal(0, 12, truth.shape)
        boxes.append(np.concatenate([near, rng.uniform(0, 100, (3, 4)) + [0, 0, 200, 200]]))
        scores.append(rng.random(len(boxes[-1])))
        truths.append(truth)
    return boxes, scores, truths


def official_ap(matches, convention):
    """The averages as the development kits and pycocotools loop over them."""
    tp = fp = 0
    curve = []
    for outcome in matches.outcome:
        if outcome != "ignored":
            tp, fp = tp + (outcome == "true positive"), fp + (outcome != "true positive")
            curve.append((tp / matches.n_truths, tp / (tp + fp)))
    if convention == "voc2010":
        recalls = [0, *(recall for recall, _ in curve), 1]
        precisions = [0, *(precision for _, precision in curve), 0]
        for n in range(len(precisions) - 2, -1, -1):
            precisions[n] = max(precisions[n], precisions[n + 1])
        return sum((recalls[n] - recalls[n - 1]) * precisions[n] for n in range(1, len(recalls)))
    points = np.linspace(0, 1, 11 if convention == "voc2007" else 101)
    return sum(max([precision for recall, precision in curve if recall >= point], default=0)
               for point in points) / len(points)


class TestCurve:
    def test_precision_and_recall_are_counted_from_the_best_on(self):
        precision, recall, _ = precision_recall_curve(matches_of("1101", 4))
        assert recall.tolist() == [1 / 4, 2 / 4, 2 / 4, 3 / 4]
        assert precision.tolist() == [1, 1, 2 / 3, 3 / 4]

    def test_ignored_detections_are_left_out(self):
        matches = match_detections([[0, 0, 4, 4], [9, 9, 12, 12]], [0.9, 0.8],
                                   [[0, 0, 4, 4], [9, 9, 12, 12]], ignore=[True, False])
        precision, _, scores = precision_recall_curve(matches)
        assert precision.tolist() == [1] and scores.tolist() == [0.8]


class TestAveragePrecision:
    # Counted by hand. "101" of 2: the envelope is 1 up to recall 1/2, and 2/3 from there to 1.
    # 11 points: 0 to 0.5 are six; 101 points: 0 to 0.5 are 51.
    @pytest.mark.parametrize("convention, expected", [
        ("voc2007", (6 + 5 * 2 / 3) / 11), ("voc2010", (1 + 2 / 3) / 2),
        ("coco", (51 + 50 * 2 / 3) / 101)])
    def test_a_curve_small_enough_to_do_by_hand(self, convention, expected):
        assert average_precision(matches_of("101", 2), convention) == pytest.approx(expected)

    @pytest.mark.parametrize("convention", CONVENTIONS)
    def test_it_is_what_the_official_loop_gives(self, convention):
        for seed in range(5):
            matches = match_images(*random_images(seed))
            assert average_precision(matches, convention) == pytest.approx(
                official_ap(matches, convention), rel=0, abs=1e-12)

    @pytest.mark.parametrize("convention", CONVENTIONS)
    @pytest.mark.parametrize("seed", range(5))
    def test_the_truth_as_detections_gives_exactly_1(self, convention, seed):
        _, _, truths = random_images(seed)
        scores = [np.zeros(len(truth)) for truth in truths]
        assert average_precision(match_images(truths, scores, truths), convention) == 1

    @pytest.mark.parametrize("convention", CONVENTIONS)
    def test_nothing_found_is_0_and_nothing_to_find_is_nan(self, convention):
        assert average_precision(matches_of("", 3), convention) == 0
        assert average_precision(matches_of("000", 3), convention) == 0
        assert math.isnan(average_precision(matches_of("0", 0), convention))

    @pytest.mark.parametrize("convention", CONVENTIONS)
    def test_false_positives_after_the_last_true_one_cost_nothing(self, convention):
        tail = average_precision(matches_of("1010000", 3), convention)
        assert tail == average_precision(matches_of("101", 3), convention)

    @pytest.mark.parametrize("convention", CONVENTIONS)
    def test_only_the_order_of_the_scores_counts(self, convention):
        boxes, scores, truths = random_images(1)
        plain = average_precision(match_images(boxes, scores, truths), convention)
        bent = [np.exp(5 * score) - 100 for score in scores]
        assert average_precision(match_images(boxes, bent, truths), convention) == plain

    @pytest.mark.parametrize("convention", CONVENTIONS)
    def test_permuting_images_and_boxes_changes_nothing(self, convention):
        boxes, scores, truths = random_images(2)
        rng = np.random.default_rng(0)
        mixed = []
        for n in rng.permutation(len(boxes)):
            order = rng.permutation(len(boxes[n]))
            mixed.append((boxes[n][order], scores[n][order], rng.permutation(truths[n])))
        plain = average_precision(match_images(boxes, scores, truths), convention)
        assert average_precision(match_images(*zip(*mixed)), convention) == plain

    def test_of_equal_scores_the_first_image_comes_first(self):
        hit, miss, truths = [[0, 0, 4, 4]], [[9, 9, 10, 10]], [[[0, 0, 4, 4]], []]
        first = match_images([hit, miss], [[1], [1]], truths)
        last = match_images([miss, hit], [[1], [1]], truths[::-1])
        assert average_precision(first, "voc2010") == 1
        assert average_precision(last, "voc2010") == 0.5

    def test_another_convention_is_refused(self):
        with pytest.raises(ValueError, match="'voc2007', 'voc2010' or 'coco'"):
            average_precision(matches_of("1", 1), "voc2012")


class TestMissRate:
    def test_the_curve_counts_false_positives_per_image(self):
        fppi, miss_rate, _ = miss_rate_curve(matches_of("101", 4, n_images=10))
        assert fppi.tolist() == [0, 0.1, 0.1]
        assert miss_rate.tolist() == [0.75, 0.75, 0.5]

    def test_the_reference_program_s_loop_gives_the_same(self):
        # compRoc of Dollar's toolbox: prepend (-inf, 0), take the last point not beyond each
        # reference, then exp(mean(log(max(1e-10, 1 - recall)))).
        for seed in range(5):
            matches = match_images(*random_images(seed, n_images=40))
            fp = tp = 0
            xs, ys = [-math.inf], [0.0]
            for outcome in matches.outcome:
                tp, fp = tp + (outcome == "true positive"), fp + (outcome != "true positive")
                xs.append(fp / 40)
                ys.append(tp / matches.n_truths)
            logs = []
            for point in (0.01, 10**-1.75, 10**-1.5, 10**-1.25, 0.1, 10**-0.75, 10**-0.5,
                          10**-0.25, 1):
                last = max(n for n, x in enumerate(xs) if x <= point)
                logs.append(math.log(max(1e-10, 1 - ys[last])))
            assert log_average_miss_rate(matches) == pytest.approx(math.exp(sum(logs) / 9),
                                                                   rel=1e-12)

    def test_a_detection_exactly_at_a_point_counts_there(self):
        # The find comes after 4 mistakes in 40 images: missed at the 4 points below 0.1, and found
        # at 0.1 and the 4 points above it, where the floor of 1e-10 enters.
        matches = matches_of("00001", 1, n_images=40)
        assert log_average_miss_rate(matches) == pytest.approx(1e-10 ** (5 / 9))

    def test_a_first_mistake_beyond_all_points_is_a_miss_rate_of_1(self):
        assert log_average_miss_rate(matches_of("0" * 11 + "1", 1, n_images=10)) == 1

    def test_a_perfect_detector_reaches_the_floor(self):
        assert log_average_miss_rate(matches_of("11", 2)) == pytest.approx(1e-10)

    def test_nothing_to_find_is_nan(self):
        assert math.isnan(log_average_miss_rate(matches_of("0", 0)))

    def test_of_no_images_the_curve_is_empty_and_its_mean_nan(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            nothing = match_images([], [], [])
            assert [column.tolist() for column in miss_rate_curve(nothing)] == [[], [], []]
            assert math.isnan(log_average_miss_rate(nothing))


class TestBootstrap:
    def test_the_interval_of_a_mean_is_that_of_the_binomial(self):
        # Recall over images with one truth each is a mean of 0s and 1s: for 400 of them, 30 %
        # found, the normal approximation has 1.96 * sqrt(0.3 * 0.7 / 400) to either side.
        found = [[[0, 0, 4, 4]] if n % 10 < 3 else [] for n in range(400)]
        matches = match_images(found, [[1.0] * len(boxes) for boxes in found],
                               [[[0, 0, 4, 4]]] * 400)
        low, high = bootstrap_interval(matches, lambda matches: matches.recall, n_resamples=1000,
                                       rng=0)
        half = 1.96 * math.sqrt(0.3 * 0.7 / 400)
        assert (low, high) == (pytest.approx(0.3 - half, abs=6e-3),
                               pytest.approx(0.3 + half, abs=6e-3))

    def test_images_that_are_all_alike_leave_no_doubt(self):
        matches = match_images([[[0, 0, 4, 4]]] * 9, [[1.0]] * 9, [[[0, 0, 4, 4]]] * 9)
        assert bootstrap_interval(matches, average_precision, n_resamples=20) == (1, 1)

    def test_the_same_seed_gives_the_same_interval(self):
        matches = match_images(*random_images(0))
        intervals = [bootstrap_interval(matches, average_precision, n_resamples=50, rng=4)
                     for _ in range(2)]
        assert intervals[0] == intervals[1]

    def test_resamples_without_an_answer_are_left_out(self):
        matches = match_images([[[0, 0, 4, 4]], []], [[1.0], []], [[[0, 0, 4, 4]], []])
        assert bootstrap_interval(matches, average_precision, n_resamples=50, rng=0) == (1, 1)

    @pytest.mark.parametrize("options", [dict(n_resamples=0), dict(level=1.0), dict(level=0)])
    def test_wrong_options(self, options):
        with pytest.raises(ValueError):
            bootstrap_interval(matches_of("1", 1), average_precision, **options)


class TestCocoTable:
    def test_where_each_number_stands(self):
        """By the mean of the first and the last of the numbers 0, 1, 2, ... / 4040 there."""
        precision = np.arange(4040).reshape(4, 10, 101) / 4040
        table = CocoResult(precision, precision[:, :, :3]).table()
        for name, (first, last) in {"AP": (0, 1009), "AP50": (0, 100), "AP75": (505, 605),
                                    "AP small": (1010, 2019), "AP large": (3030, 4039),
                                    "AR1": (0, 909), "AR10": (1, 910), "AR100": (2, 911),
                                    "AR medium": (2022, 2931)}.items():
            assert table[name] == pytest.approx((first + last) / 2 / 4040), name

    def test_ap_is_the_mean_of_the_averages_at_ten_thresholds(self):
        boxes, scores, truths = random_images(3)
        separate = [average_precision(match_images(boxes, scores, truths, threshold))
                    for threshold in np.linspace(0.5, 0.95, 10)]
        result = coco_evaluation(boxes, scores, truths)
        assert result.table()["AP"] == pytest.approx(np.mean(separate))

    def test_average_recall_counts_the_best_detections_of_each_image(self):
        truths = [[20 * n, 0, 20 * n + 10, 10] for n in range(4)]
        table = coco_evaluation([truths], [[4, 3, 2, 1]], [truths]).table()
        assert (table["AR1"], table["AR10"], table["AR100"]) == (0.25, 1, 1)

    def test_the_hundred_and_first_detection_does_not_count(self):
        truth, background = [0, 0, 10, 10], [50, 50, 60, 60]
        for n_before, ap in ((99, 0.01), (100, 0)):
            scores = np.arange(n_before, -1, -1)
            result = coco_evaluation([[background] * n_before + [truth]], [scores], [[truth]])
            assert result.table()["AP"] == pytest.approx(ap)

    def test_objects_of_another_size_are_neither_found_nor_missed(self):
        small, large = [0, 0, 20, 20], [100, 100, 300, 300]
        table = coco_evaluation([[small]], [[1]], [[small, large]]).table()
        assert (table["AP small"], table["AP large"]) == (1, 0)
        assert math.isnan(table["AP medium"])

    @pytest.mark.parametrize("side, sizes", [(32, ("small", "medium")), (96, ("medium", "large"))])
    def test_both_ends_belong_to_a_range_of_areas(self, side, sizes):
        box = [[0, 0, side, side]]
        table = coco_evaluation([box], [[1]], [box]).table()
        assert [table[f"AP {size}"] for size in sizes] == [1, 1]

    def test_an_unmatched_detection_of_another_size_is_no_mistake(self):
        small, large = [0, 0, 20, 20], [100, 100, 300, 300]
        table = coco_evaluation([[large, small]], [[2, 1]], [[small]]).table()
        assert (table["AP small"], table["AP"]) == (1, 0.5)

    def test_the_truth_as_detections_gives_exactly_1(self):
        _, _, truths = random_images(4)
        result = coco_evaluation(truths, [np.zeros(len(truth)) for truth in truths], truths)
        table = result.table()
        assert [table[name] for name in ("AP", "AP50", "AP75", "AR100")] == [1, 1, 1, 1]

    def test_no_images_are_nan_throughout(self):
        assert np.isnan(list(coco_evaluation([], [], []).table().values())).all()

    def test_the_table_prints_a_line_for_each_number(self):
        lines = str(coco_evaluation([[[0, 0, 4, 4]]], [[1]], [[[0, 0, 4, 4]]])).splitlines()
        assert len(lines) == 12 and lines[0].split() == ["AP", "1.0000"]


def test_curves_without_a_true_box_are_nan_without_a_warning():
    matches = match_detections([[0, 0, 4, 4]], [0.9], [])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(precision_recall_curve(matches)[1]).all()
        assert np.isnan(miss_rate_curve(matches)[1]).all()


def test_the_miss_rate_without_detections():
    assert log_average_miss_rate(match_detections([], [], [[0, 0, 1, 1]])) == 1
    assert np.isnan(log_average_miss_rate(match_detections([], [], [])))


def test_a_bootstrap_of_nothing():
    for nothing in (match_images([], [], []), match_detections([], [], [])):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            ends = bootstrap_interval(nothing, lambda matches: matches.recall, n_resamples=3)
        assert np.isnan(ends).all()


def test_ar100_lets_a_hundred_detections_take_part():
    left = np.arange(20) * 50
    truths = np.stack([left, 0 * left, left + 40, 0 * left + 40], axis=1)
    result = coco_evaluation([truths], [np.linspace(1, 0.1, 20)], [truths])
    assert result.table()["AR100"] == 1
    assert result.table()["AR10"] == 0.5


def test_boxes_of_more_than_ten_thousand_pixels_a_side_count():
    box = [[0, 0, 20000, 20000]]
    assert coco_evaluation([box], [[0.9]], [box]).table()["AP"] == 1


@pytest.mark.parametrize("side, size", [(10, "small"), (40, "medium")])
def test_a_false_positive_on_the_end_of_a_range_belongs_to_it(side, size):
    truth = [500, 500, 500 + side, 500 + side]
    table = coco_evaluation([[[0, 0, 32, 32], truth]], [[0.9, 0.8]], [[truth]]).table()
    assert table[f"AP {size}"] == 0.5


@pytest.mark.parametrize("call", [
    precision_recall_curve, average_precision, miss_rate_curve, log_average_miss_rate,
    lambda matches: bootstrap_interval(matches, average_precision)])
def test_curves_are_of_matches(call):
    with pytest.raises(TypeError, match="matches must be a Matches, got 'chair'"):
        call("chair")


@pytest.mark.parametrize("wrong, error, message", [
    (dict(metric=0.5), TypeError, "metric must be a function"),
    (dict(metric=lambda matches: None), TypeError, "what metric gives must be real numbers"),
    (dict(metric=lambda matches: [1, 2]), ValueError, r"what metric gives must have the shape"),
    (dict(metric=lambda matches: np.inf), ValueError, "of what metric gives are NaN or infinite"),
    (dict(n_resamples=0), ValueError, "n_resamples must be at least 1"),
    (dict(n_resamples=2.5), TypeError, "n_resamples must be a whole number"),
    (dict(n_resamples=10**30), ValueError, "at most 100000"),
    (dict(level=np.nan), ValueError, "level must be a finite number"),
    (dict(level=1), ValueError, "level must be above 0 and below 1"),
    (dict(rng=-1), ValueError, "rng must be at least 0")])
def test_what_a_bootstrap_cannot_use(wrong, error, message):
    matches = match_detections([[0, 0, 1, 1]], [0.9], [[0, 0, 1, 1]])
    options = {"metric": average_precision, "n_resamples": 5, "level": 0.9, **wrong}
    with pytest.raises(error, match=message):
        bootstrap_interval(matches, options.pop("metric"), **options)


def test_a_bootstrap_of_one_image_has_no_width():
    matches = match_detections([[0, 0, 1, 1]], [0.9], [[0, 0, 1, 1], [4, 4, 5, 5]])
    for n in (3, np.array(3)):
        found = bootstrap_interval(matches, lambda matches: matches.recall, n_resamples=n)
        assert found == (0.5, 0.5)


def test_curves_of_scores_that_are_infinite():
    matches = match_detections([[9, 9, 10, 10], [0, 0, 1, 1]], [-np.inf, np.inf], [[0, 0, 1, 1]])
    precision, recall, scores = precision_recall_curve(matches)
    assert (precision.tolist(), recall.tolist()) == ([1, 0.5], [1, 1])
    assert scores.tolist() == [np.inf, -np.inf] and average_precision(matches) == 1


def test_ap75_asks_for_an_iou_of_0_75_and_no_more():
    for height, found in ((37, 0), (38, 1)):  # of 50: IoU 0.74 and 0.76
        table = coco_evaluation([[[0, 0, 40, height]]], [[0.9]], [[[0, 0, 40, 50]]]).table()
        assert (table["AP50"], table["AP75"]) == (1, found)


@pytest.mark.parametrize("sides, sizes", [
    ((32, 32), {"small", "medium"}), ((96, 96), {"medium", "large"}), ((97, 96), {"large"}),
    ((1e5, 1e5), {"large"}), ((1e5, 1e5 + 1), set())])
def test_both_ends_belong_to_a_range_of_areas(sides, sizes):
    """COCO's ranges: up to 32^2, from there to 96^2, from there to (10^5)^2."""
    box = [[0, 0, *sides]]
    table = coco_evaluation([box], [[0.9]], [box]).table()
    assert {size for size in ("small", "medium", "large") if table[f"AP {size}"] == 1} == sizes
    assert np.isnan(table["AP"]) == (not sizes)


def test_a_bootstrap_draws_a_thousand_times_unless_told_otherwise():
    matches, drawn = match_detections([[0, 0, 1, 1]], [0.9], [[0, 0, 1, 1]]), []
    bootstrap_interval(matches, lambda matches: drawn.append(matches) or 0.5, rng=0)
    assert len(drawn) == 1000


def test_a_box_smaller_than_a_pixel_counts_among_all():
    box = [[0, 0, 0.5, 0.5]]
    assert coco_evaluation([box], [[1.0]], [box]).table()["AP"] == 1


def test_a_result_holds_shares_and_nothing_beyond():
    shares = {"precision": np.ones((4, 10, 101)), "recall": np.zeros((4, 10, 3))}
    assert CocoResult(**shares).table()["AP"] == 1
    lists = {name: values.astype(int).tolist() for name, values in shares.items()}
    assert CocoResult(**lists).table()["AP"] == 1
    for name, factor in (("precision", 1.5), ("recall", -0.5)):
        with pytest.raises(ValueError, match=name):
            CocoResult(**shares | {name: np.full_like(shares[name], factor)})
        beside_nan = np.where(np.arange(shares[name].shape[-1]) > 0, factor, np.nan)
        with pytest.raises(ValueError, match=name):
            CocoResult(**shares | {name: np.broadcast_to(beside_nan, shares[name].shape)})
