"""The detector as a whole: it finds, it repeats itself, it says what it cannot do."""

import json
import tracemalloc
import warnings
from functools import lru_cache

import numpy as np
import pytest

from minicv.channel_detector import Calibration, CellFeatures, ChannelDetector
from minicv.channel_detector import detector as detector_module
from minicv.channel_detector.finding import search_levels
from minicv.channel_detector.suppression import suppressed
from minicv.detection_metrics import average_precision, box_iou, match_images
from minicv.files import load_npz, save_npz
from minicv.person_detector import Detections
from minicv.person_detector.patches import MarkedImages
from minicv.person_detector.sliding_window import Level


def stick_figure(image, left, upper, height):
    """A head, a body, two legs, darker than anything around; its box."""
    width = round(0.37 * height)
    def part(y0, y1, x0, x1):
        image[upper + round(y0 * height):upper + round(y1 * height),
              left + round(x0 * width):left + round(x1 * width)] = 20
    part(0, 0.16, 0.35, 0.65)
    part(0.16, 0.55, 0.1, 0.9)
    part(0.55, 1, 0, 0.35)
    part(0.55, 1, 0.65, 1)
    return [left, upper, left + width, upper + height]


def detector_of(features=None, **options):
    """One that is trained in a moment."""
    options = dict(window=(12, 6), step=1.25, n_jitter=0, mining_rounds=0, look_twice=False,
                   rng=0) | options
    return ChannelDetector(features, **options)


@lru_cache
def drawn_scenes(n, seed):
    """Pictures (260, 300, 3) of noise, posts and boards, each with one or two stick figures."""
    rng = np.random.default_rng(seed)
    images, boxes = [], []
    for _ in range(n):
        image = rng.integers(120, 150, (260, 300, 3), dtype=np.uint8)
        for _ in range(6):  # posts and boards, as dark as people
            y, x = rng.integers(0, 220), rng.integers(0, 270)
            image[y:y + rng.integers(10, 160), x:x + rng.integers(4, 60)] = rng.integers(20, 110)
        own = []
        for start in (0, 150)[:rng.integers(1, 3)]:
            height = int(rng.integers(90, 200))
            own.append(stick_figure(image, start + int(rng.integers(0, 70)),
                                    int(rng.integers(0, 260 - height)), height))
        images.append(image)
        boxes.append(np.array(own))
    return images, boxes


def scenes(n, seed):
    images, boxes = drawn_scenes(n, seed)
    return list(images), list(boxes)


def positives(images, boxes, **options):
    """What a detector learns from people: the first thing that it trains with."""
    class Seen(Exception):
        pass

    def train(people, *_):
        raise Seen(people)

    detector = detector_of(**options)
    detector._train_and_mine = train
    with pytest.raises(Seen) as seen:
        detector.fit(images, boxes)
    return seen.value.args[0]


@pytest.fixture(scope="module")
def fitted():
    return detector_of(n_jitter=1, mining_rounds=2, look_twice=True).fit(*scenes(8, seed=0))


@pytest.fixture(scope="module")
def small():
    """One with all its parts."""
    return detector_of(window=(6, 3), look_twice=True).fit(*scenes(2, seed=0))


@pytest.fixture(scope="module")
def saved(small, tmp_path_factory):
    """What the file of a small detector holds."""
    path = tmp_path_factory.mktemp("saved") / "detector.npz"
    small.save(path)
    return load_npz(path)


def assert_refused(folder, arrays):
    """What a file holds makes no detector, and the file is named."""
    np.savez(folder / "detector.npz", **arrays)
    with pytest.raises(ValueError, match="detector.npz holds no detector as this version"):
        ChannelDetector.load(folder / "detector.npz")


class TestFinding:
    def test_it_finds_people_it_has_not_seen(self, fitted):
        images, boxes = scenes(5, seed=1)
        found = [fitted.detect(image) for image in images]
        matches = match_images([own.boxes for own in found], [own.scores for own in found], boxes)
        assert average_precision(matches, "voc2010") > 0.9

    def test_detections_are_sorted_and_inside_the_image(self, fitted):
        (image,), _ = scenes(1, seed=2)
        boxes, scores = fitted.detect(image, threshold=-2)
        assert len(boxes) > 1 and (np.diff(scores) <= 0).all() and (scores > -2).all()
        assert (boxes >= 0).all() and (boxes <= [300, 260, 300, 260]).all()

    def test_a_threshold_chooses_among_the_finds(self, fitted):
        """And does not lose one whose first score is below it, and whose mean is above."""
        for image in scenes(2, seed=7)[0]:
            boxes, scores = fitted.detect(image)
            for threshold in (-0.5, 0.0, 0.5):
                chosen = fitted.detect(image, threshold)
                np.testing.assert_array_equal(chosen.scores, scores[scores > threshold])
                np.testing.assert_array_equal(chosen.boxes, boxes[scores > threshold])

    def test_a_person_at_the_border_is_found(self, fitted):
        image = np.full((260, 300, 3), 135, np.uint8)
        truth = stick_figure(image, 0, 100, 160)  # touches the left and the lower border
        boxes, scores = fitted.detect(image)
        assert box_iou(boxes[:1], [truth])[0, 0] > 0.5

    def test_a_grey_image_is_taken_as_it_is(self, fitted):
        (image,), _ = scenes(1, seed=2)
        grey = image[:, :, 0]
        as_grey, as_colour = fitted.detect(grey), fitted.detect(np.dstack([grey] * 3))
        np.testing.assert_array_equal(as_grey.boxes, as_colour.boxes)

    def test_without_suppression_every_window_is_kept(self, fitted, monkeypatch):
        """At 1 nothing is suppressed."""
        image = scenes(1, seed=5)[0][0]
        monkeypatch.setattr(fitted, "average", False)
        few, _ = fitted.detect(image)
        monkeypatch.setattr(fitted, "suppression", 1.0)
        every, _ = fitted.detect(image)
        assert len(every) > len(few) > 0
        assert {tuple(box) for box in few} <= {tuple(box) for box in every}

    def test_regression_brings_boxes_nearer(self):
        detector = detector_of(n_jitter=2, average=False).fit(*scenes(6, seed=0))

        def mean_iou():
            return np.mean([box_iou(detector.detect(image).boxes[:1], own).max()
                            for image, own in zip(*scenes(4, seed=3))])

        with_regression = mean_iou()
        detector.regression_ = None
        assert with_regression > mean_iou() + 0.02

    def test_without_colours_it_finds_people_too(self):
        images, boxes = scenes(6, seed=0)
        detector = detector_of(CellFeatures(colour=False), mining_rounds=1)
        detector.fit(images, boxes)
        test_images, test_boxes = scenes(4, seed=1)
        hits = [box_iou(detector.detect(image).boxes[:1], own).max() > 0.5
                for image, own in zip(test_images, test_boxes)]
        assert sum(hits) >= 3

    def test_averaging_moves_boxes_and_leaves_the_scores(self, fitted, monkeypatch):
        images, _ = scenes(3, seed=5)
        monkeypatch.setattr(fitted, "second_look_", None)
        averaged = [fitted.detect(image) for image in images]
        monkeypatch.setattr(fitted, "average", False)
        plain = [fitted.detect(image) for image in images]
        assert any((a.boxes != p.boxes).any() for a, p in zip(averaged, plain))
        for a, p in zip(averaged, plain):
            np.testing.assert_array_equal(a.scores, p.scores)

    @pytest.mark.parametrize("times", [3, -3])
    def test_a_second_look_is_taken_at_every_window_before_one_is_kept(self, fitted, monkeypatch,
                                                                       times):
        """Here it sees in a window the first score, so many times; the score is the mean."""
        class Look:
            def scores(self, windows):
                return times * (np.einsum("nijk,ijk->n", windows, fitted.weights_) + fitted.bias_)

        image = scenes(1, seed=5)[0][0]
        monkeypatch.setattr(fitted, "second_look_", None)
        monkeypatch.setattr(fitted, "suppression", 1.0)
        monkeypatch.setattr(fitted, "average", False)
        first = fitted.detect(image, threshold=-1)
        monkeypatch.setattr(fitted, "second_look_", Look())
        monkeypatch.setattr(fitted, "suppression", 0.5)
        monkeypatch.setattr(fitted, "average", True)
        boxes, scores = suppressed(first.boxes, (1 + times) / 2 * first.scores, 0.5, True)
        found = fitted.detect(image, threshold=-1)
        assert len(first.scores) > len(scores) > 1
        np.testing.assert_allclose(found.scores, scores[scores > -1], atol=1e-4)
        np.testing.assert_allclose(found.boxes, boxes[scores > -1], atol=0.01)

    def test_of_each_level_the_best_windows_are_looked_at_twice(self, fitted, monkeypatch):
        """One level alone, and three windows of it."""
        seen = []

        class Look:
            def scores(self, windows):
                seen.append(np.einsum("nijk,ijk->n", windows, fitted.weights_) + fitted.bias_)
                return np.zeros(len(windows))

        monkeypatch.setattr(fitted, "second_look_", Look())
        monkeypatch.setattr(fitted, "_groups", lambda image: [[0.5]])
        image = scenes(1, seed=5)[0][0]
        fitted.detect(image, threshold=-np.inf)
        monkeypatch.setattr("minicv.channel_detector.finding.MOST_LOOKED_AT", 3)
        fitted.detect(image, threshold=-np.inf)
        every, few = seen
        assert len(every) > 3
        np.testing.assert_allclose(few, np.sort(every)[::-1][:3], rtol=1e-6)

    def test_the_smallest_person_is_as_small_as_it_is_told(self, fitted):
        image = np.full((260, 300, 3), 135, np.uint8)
        person = stick_figure(image, 100, 100, 60)
        try:
            fitted.smallest = 55
            found = fitted.detect(image, threshold=-np.inf)
            assert box_iou([person], found.boxes[:1])[0, 0] > 0.5
            fitted.smallest = 120
            found = fitted.detect(image, threshold=-np.inf)
            assert box_iou([person], found.boxes).max() < 0.5
            assert len(fitted.detect(image[:120], threshold=np.inf).boxes) == 0
            with pytest.raises(ValueError, match="the image is 119 pixels high, .* for 120"):
                fitted.detect(image[:119])
        finally:
            fitted.smallest = 77

    def test_no_box_is_empty_however_low_the_threshold(self, fitted):
        for image in scenes(2, seed=7)[0]:
            boxes, _ = fitted.detect(image, threshold=-5)
            assert (boxes[:, 2:] > boxes[:, :2]).all()

    def test_of_very_many_windows_the_best_are_looked_at_and_memory_stays_small(
            self, fitted, monkeypatch):
        image = scenes(1, seed=8)[0][0]
        monkeypatch.setattr("minicv.channel_detector.finding.suppressed",
                            lambda boxes, scores, *_: (boxes, scores))
        monkeypatch.setattr(fitted, "second_look_", None)
        try:
            every = fitted.detect(image, threshold=-np.inf)
            tracemalloc.start()
            monkeypatch.setattr("minicv.channel_detector.finding.MOST_CANDIDATES", 50)
            best = fitted.detect(image, threshold=-np.inf)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert len(best.scores) == 50
        np.testing.assert_allclose(best.scores, every.scores[:50])
        # All descriptors together would be more.
        assert peak < len(every.scores) * fitted.weights_.size * 4


class TestLearning:
    def test_a_seed_decides_everything(self):
        images, boxes = scenes(1, seed=0)
        first, second, other = (
            detector_of(n_jitter=1, mining_rounds=1, rng=seed).fit(images, boxes)
            for seed in (3, 3, 4))
        np.testing.assert_array_equal(first.weights_, second.weights_)
        assert (first.weights_ != other.weights_).any()

    def test_mining_adds_negatives_and_ends_when_few_turn_up(self, fitted):
        images, boxes = scenes(4, seed=0)
        detector = detector_of(mining_rounds=20).fit(images, boxes)
        counts = np.array(detector.n_negatives_)
        assert (np.diff(counts) > 0).all()
        assert len(counts) < 21
        assert len(detector_of().fit(images, boxes).n_negatives_) == 1

    def test_people_too_small_are_not_learned_from(self):
        images, boxes = scenes(3, seed=0)
        with_tiny = [np.concatenate([own, [[5, 5, 12, 25]]]) for own in boxes]
        plain, tiny = (positives(images, truths) for truths in (boxes, with_tiny))
        np.testing.assert_array_equal(plain, tiny)

    def test_people_of_half_the_smallest_height_are_learned_from(self):
        images, boxes = scenes(3, seed=0)
        boxes = [np.concatenate([own, [[5, 5, 20, 45]]]) for own in boxes]
        assert len(positives(images, boxes, mirror=False)) == sum(map(len, boxes))

    def test_mirrored_people_are_as_many_again(self):
        images, boxes = scenes(3, seed=0)
        once, twice = (len(positives(images, boxes, mirror=mirror, n_jitter=1))
                       for mirror in (False, True))
        assert twice == 2 * once == 4 * sum(map(len, boxes))

    def test_C_says_how_much_the_samples_count(self):
        images, boxes = scenes(3, seed=0)
        small, large = (np.linalg.norm(detector_of(C=C).fit(images, boxes).weights_)
                        for C in (1e-4, 1e-1))
        assert small < 0.5 * large

    def test_an_image_too_small_for_anybody_is_no_hindrance(self):
        images, boxes = scenes(2, seed=0)
        plain = detector_of(mining_rounds=1).fit(images, boxes)
        images.append(np.zeros((10, 10, 3), np.uint8))
        boxes.append(np.empty((0, 4)))
        detector = detector_of(mining_rounds=1).fit(images, boxes)
        np.testing.assert_array_equal(detector.weights_, plain.weights_)

    def test_boxes_of_another_image_are_refused(self):
        images, boxes = scenes(2, seed=0)
        with pytest.raises(ValueError, match="box 0 of image 1 holds no whole pixel of it"):
            detector_of().fit(images, [boxes[0], boxes[1] + 1000])

    def test_images_without_people_serve_as_negatives(self):
        images, boxes = scenes(2, seed=0)
        images.append(np.full((260, 300, 3), 99, np.uint8))
        boxes.append(np.empty((0, 4)))
        detector = detector_of().fit(images, boxes)
        assert detector.n_negatives_ == [3 * 25]

    def test_an_image_in_which_nothing_is_found_is_no_hindrance(self):
        images, boxes = scenes(2, seed=0)
        images.append(np.full((100, 60, 3), 99, np.uint8))
        boxes.append(np.empty((0, 4)))
        detector = detector_of(window=(8, 4), mining_rounds=2, look_twice=True).fit(images, boxes)
        assert len(detector.detect(images[2]).boxes) == 0

    def test_an_image_without_people_is_mined_for_what_looks_like_one(self):
        images, boxes = scenes(6, seed=0)
        busts = []
        for seed in range(3):
            image = np.random.default_rng(seed).integers(120, 150, (260, 300, 3), dtype=np.uint8)
            for start in (20, 110, 200):
                left, upper, right, lower = stick_figure(image, start, 40, 150)
                image[upper + 110:lower, left:right] = image[:lower - upper - 110, :right - left]
            busts.append(image)
        plain = detector_of(mining_rounds=3).fit(images, boxes)
        mined = detector_of(mining_rounds=3).fit(images + busts[:2], boxes + [np.empty((0, 4))] * 2)
        assert len(plain.detect(busts[2], -0.5).boxes) == 3
        assert len(mined.detect(busts[2], -0.5).boxes) == 0
        assert box_iou(mined.detect(images[0]).boxes[:1], boxes[0]).max() > 0.5

    def test_progress_is_told_when_asked_for(self, capsys):
        images, boxes = scenes(3, seed=0)
        detector_of(mining_rounds=1).fit(images, boxes)
        assert capsys.readouterr().out == ""
        detector_of(mining_rounds=1, progress=True).fit(images, boxes)
        assert "hard ones found" in capsys.readouterr().out


class TestFiles:
    @pytest.mark.parametrize("options", [
        None,
        {"features": CellFeatures(gamma=1), "regress": False, "step": 1.3},
        {"features": CellFeatures(colour=False), "suppression": 0.3}])
    def test_a_loaded_detector_finds_the_same(self, tmp_path, small, options):
        images, boxes = scenes(2, seed=0)
        detector = small if options is None else detector_of(**options).fit(images, boxes)
        detector.save(tmp_path / "detector.npz")
        loaded = ChannelDetector.load(tmp_path / "detector.npz")
        assert loaded.features == detector.features
        for ours, theirs in zip(detector.detect(images[0]), loaded.detect(images[0])):
            np.testing.assert_array_equal(ours, theirs)

    def test_all_options_are_kept_and_numpy_s_numbers_are_numbers(self, tmp_path):
        images, boxes = scenes(3, seed=0)
        detector = ChannelDetector(
            CellFeatures(gamma=np.float32(0.75)), window=np.array([11, 6]), step=np.float64(1.3),
            smallest=np.int64(80), n_jitter=np.int64(1), mirror=False, mining_rounds=1,
            regress=True, suppression=0.4, average=False, look_twice=False, C=np.float32(0.02),
            rng=7)
        detector.fit(images, boxes).save(tmp_path / "detector.npz")
        loaded = ChannelDetector.load(tmp_path / "detector.npz")
        for name in ("features", "window", "step", "smallest", "n_jitter", "mirror", "C", "rng",
                     "mining_rounds", "regress", "suppression", "average", "look_twice",
                     "n_negatives_", "bias_"):
            assert getattr(loaded, name) == getattr(detector, name), name

    @pytest.mark.parametrize("part", ["regression_", "second_look_"])
    def test_what_was_switched_off_by_hand_stays_off(self, tmp_path, small, monkeypatch, part):
        monkeypatch.setattr(small, part, None)
        small.save(tmp_path / "detector.npz")
        assert getattr(ChannelDetector.load(tmp_path / "detector.npz"), part) is None

    def test_what_scores_mean_is_kept_until_something_new_is_learned(self, tmp_path):
        images, boxes = scenes(2, seed=0)
        detector = detector_of().fit(images, boxes)
        assert detector.calibration_ is None
        detector.save(tmp_path / "detector.npz")
        assert ChannelDetector.load(tmp_path / "detector.npz").calibration_ is None
        detector.calibration_ = Calibration(2.5, -0.3)
        detector.save(tmp_path / "detector.npz")
        loaded = ChannelDetector.load(tmp_path / "detector.npz")
        assert loaded.calibration_ == Calibration(2.5, -0.3)
        assert loaded.fit(images, boxes).calibration_ is None

    @pytest.mark.parametrize("calibration", [
        [0.0, 1.0], [-1.0, 1.0], [np.nan, 1.0], [1.0, np.inf], [1.0], [1, 2], [1e9, 0.0]])
    def test_a_calibration_must_be_one_that_can_be(self, tmp_path, saved, calibration):
        assert_refused(tmp_path, saved | {"calibration": np.array(calibration)})

    @pytest.mark.parametrize("old, new", [
        ('"step": 1.25', '"step": 1.0'), ('"window": [6, 3]', '"window": [6, 4]'),
        ('"colour": true', '"colour": false')])
    def test_options_that_do_not_fit_the_weights_are_an_error(self, tmp_path, saved, old, new):
        options = str(saved["options"])
        assert old in options
        assert_refused(tmp_path, saved | {"options": np.array(options.replace(old, new))})

    @pytest.mark.parametrize("name, change", [
        ("weights", lambda w: w * np.nan), ("weights", lambda w: w * np.float32(np.inf)),
        ("weights", lambda w: w * 1e300), ("weights", lambda w: w[:, :-1]),
        ("weights", lambda w: w.ravel()), ("weights", lambda w: w.astype(str)),
        ("weights", lambda w: w + 1j), ("bias", lambda b: b + np.nan), ("bias", lambda b: b[None]),
        ("bias", lambda b: np.array("x")), ("n_negatives", lambda n: -n),
        ("n_negatives", lambda n: n / 2), ("n_negatives", lambda n: n[0]),
        ("matrix", lambda m: m * np.nan), ("matrix", lambda m: m[:, :3]),
        ("matrix", lambda m: m[:-1]), ("feature_mean", lambda m: m[None]),
        ("feature_mean", lambda m: m * np.inf), ("feature_mean", lambda m: None),
        ("target_mean", lambda m: m[:3]), ("target_mean", lambda m: m + np.inf),
        ("second_axes", lambda a: a[1:]), ("second_axes", lambda a: a[:, 1:]),
        ("second_examples", lambda e: e[1:]), ("second_examples", lambda e: e * np.nan),
        ("second_pulls", lambda p: p[None]), ("second_pulls", lambda p: p + np.inf),
        ("second_mean", lambda m: m[1:]), ("second_mean", lambda m: None),
        ("second_bias", lambda b: b[None]), ("second_reach", lambda r: 0 * r),
        ("second_reach", lambda r: -r), ("second_reach", lambda r: r + np.nan),
        ("options", lambda o: np.array([str(o)])), ("options", lambda o: np.array(3.0)),
        ("options", lambda o: np.array(b"{"))])
    @pytest.mark.filterwarnings("ignore:invalid value", "ignore:overflow")
    def test_what_was_learned_must_be_sound_and_fit(self, tmp_path, saved, name, change):
        arrays = saved | {name: change(saved[name])}
        assert_refused(tmp_path, {n: a for n, a in arrays.items() if a is not None})

    @pytest.mark.parametrize("text", [
        "[" * 5000, '{"a":' * 5000, "null", "[]", "3", "{}", '{"features": {}}', '"x"', "\ud800",
        ""])
    def test_options_that_are_no_options_are_an_error(self, tmp_path, saved, text):
        assert_refused(tmp_path, saved | {"options": np.array(text)})

    @pytest.mark.parametrize("name", ["window", "step", "smallest", "n_jitter", "mirror",
                                      "mining_rounds", "regress", "suppression", "average",
                                      "look_twice", "C", "rng", "features"])
    @pytest.mark.filterwarnings("error")
    def test_no_option_has_a_value_that_the_detector_cannot_use(self, saved, name, monkeypatch):
        arrays = dict(saved)
        monkeypatch.setattr(detector_module, "load_npz", lambda *_, **__: arrays)
        for value in (10**30, -1, -(10**30), "x", [], {}, [[12, 6]], {"a": 1}, [-12, -6],
                      [10**30, 6], [12, 6.5], 1e300, np.nan, -np.inf, 1 + 1e-12, [[[[]]]],
                      {"gamma": -1}, {"colour": "x"}, {"gamma": 10**400}, {"finest": 3}):
            options = json.loads(str(saved["options"])) | {name: value}
            arrays["options"] = np.array(json.dumps(options))
            if (name, value) not in [("C", 1 + 1e-12), ("rng", 10**30)]:  # these can be used
                with pytest.raises(ValueError, match="file holds no detector as this version"):
                    ChannelDetector.load("file")

    def test_another_archive_is_no_detector(self, tmp_path):
        save_npz(tmp_path / "other.npz", {"weights": np.zeros(3)})
        with pytest.raises(ValueError, match="lacks the entry"):
            ChannelDetector.load(tmp_path / "other.npz")

    def test_unknown_options_are_an_error_not_ignored(self, tmp_path, saved):
        options = str(saved["options"]).replace("n_jitter", "wiggle")
        assert_refused(tmp_path, saved | {"options": np.array(options)})

    def test_a_truncated_file_says_so(self, tmp_path, small):
        small.save(tmp_path / "detector.npz")
        whole = (tmp_path / "detector.npz").read_bytes()
        (tmp_path / "detector.npz").write_bytes(whole[:len(whole) // 2])
        with pytest.raises(ValueError, match="cut short, damaged"):
            ChannelDetector.load(tmp_path / "detector.npz")


class TestErrors:
    @pytest.mark.parametrize("options, message", [
        ({"window": (4, 2)}, "window"), ({"step": 1.0}, "step"), ({"smallest": 3}, "smallest"),
        ({"smallest": np.inf}, "smallest"), ({"suppression": 2}, "suppression"), ({"C": -1}, "C"),
        ({"n_jitter": -1}, "n_jitter"), ({"mining_rounds": -1}, "mining_rounds"),
        ({"window": (65, 8)}, "window"), ({"window": (5, 1)}, "window"),
        ({"window": (2**62, 8)}, "window"), ({"step": np.nan}, "step"),
        ({"step": 1 + 1e-9}, "step must be at least 1.01"), ({"step": 10}, "step"),
        ({"n_jitter": 1001}, "n_jitter"), ({"mining_rounds": 1001}, "mining_rounds"),
        ({"C": np.inf}, "C"), ({"C": 10**400}, "C"), ({"suppression": np.nan}, "suppression"),
        ({"rng": -1}, "rng")])
    def test_options_out_of_range(self, options, message):
        with pytest.raises(ValueError, match=message):
            ChannelDetector(**options)

    def test_the_smallest_window_is_one_cell_high_without_what_is_left_above_and_below(self):
        assert ChannelDetector(window=(5, 2)).person_height == 8  # pixels

    def test_people_are_at_least_a_cell_high(self):
        assert ChannelDetector(smallest=8).smallest == 8
        with pytest.raises(ValueError, match="smallest must be at least 8"):
            ChannelDetector(smallest=7.9)

    @pytest.mark.parametrize("options", [
        {"window": (12.5, 6)}, {"n_jitter": 1.5}, {"features": CellFeatures}, {"step": "1.1"},
        {"mirror": 1}, {"regress": None}, {"average": "no"}, {"look_twice": 1}, {"progress": 0},
        {"smallest": [77]}, {"mining_rounds": True}, {"C": 1j}, {"rng": "seed"},
        {"window": (10**30, 8)}])
    def test_options_of_another_kind(self, options):
        with pytest.raises((TypeError, ValueError), match=next(iter(options))):
            ChannelDetector(**options)

    def test_a_gamma_out_of_range(self):
        with pytest.raises(ValueError, match="gamma"):
            CellFeatures(gamma=0)

    def test_a_threshold_that_is_no_number(self, fitted):
        with pytest.raises(ValueError, match="NaN"):
            fitted.detect(np.zeros((260, 300, 3), np.uint8), np.nan)

    @pytest.mark.parametrize("threshold, few", [
        (1e300, True), (np.inf, True), (-1e300, False), (-np.inf, False), (np.float16(5), True)])
    def test_a_threshold_beyond_all_scores(self, fitted, threshold, few):
        image = scenes(1, seed=2)[0][0]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert (len(fitted.detect(image, threshold).boxes) == 0) == few

    def test_an_image_is_not_enlarged_beyond_all_memory(self, fitted, monkeypatch):
        monkeypatch.setattr("minicv.channel_detector.detector.MOST_PIXELS", 10**6)
        image = np.zeros((200, 200), np.uint8)  # 64 times as many would be 2.6 million
        try:
            fitted.smallest = 8
            with pytest.raises(ValueError, match="8 times as large, .* search smaller images"):
                fitted.detect(image)
        finally:
            fitted.smallest = 77

    def test_an_image_that_would_grow_too_large_is_refused_before_any_work(self, fitted,
                                                                           monkeypatch):
        monkeypatch.setattr("minicv.channel_detector.detector.MOST_PIXELS", 10**4)
        monkeypatch.setattr("minicv.channel_detector.pyramid.cell_sums", lambda *_: 1 / 0)
        with pytest.raises(ValueError, match="search smaller images"):
            fitted.detect(np.zeros((200, 200), np.uint8))

    @pytest.mark.parametrize("image, error, message", [
        (np.zeros((260, 300, 4), np.uint8), ValueError, "transparency"),
        (np.zeros((260, 300, 3)), TypeError, "uint8"),
        (np.full((260, 300), np.nan), TypeError, "uint8"),
        (np.zeros((260, 300), np.uint16), TypeError, "uint8"),
        ([[0, 1], [2, 3]], TypeError, "uint8"),
        (np.zeros((0, 300, 3), np.uint8), ValueError, "nothing in it"),
        (np.zeros((1, 1, 3), np.uint8), ValueError, "1 pixels high"),
        (np.zeros((10, 10, 3), np.uint8), ValueError, "10 pixels high")])
    def test_what_is_no_image_to_search(self, fitted, image, error, message):
        with pytest.raises(error, match=message):
            fitted.detect(image)

    def test_a_narrow_image_has_no_people_and_no_error(self, fitted):
        found = fitted.detect(np.zeros((200, 1, 3), np.uint8))
        assert isinstance(found, Detections)
        assert found.boxes.shape == (0, 4)

    def test_an_image_smaller_than_the_window_has_no_people_and_no_error(self):
        """Even with its margin, no window fits into the grid of such an image."""
        detector = detector_of(window=(16, 12)).fit(*scenes(1, seed=0))
        assert detector.detect(np.zeros((200, 1, 3), np.uint8)).boxes.shape == (0, 4)

    def test_nothing_learned_yet(self, tmp_path):
        with pytest.raises(RuntimeError, match="fit"):
            ChannelDetector().detect(np.zeros((260, 300, 3), np.uint8))
        with pytest.raises(RuntimeError, match="fit"):
            ChannelDetector().save(tmp_path / "detector.npz")

    def test_as_many_images_as_lists_of_boxes(self):
        images, boxes = scenes(2, seed=0)
        with pytest.raises(ValueError, match="need equally many: 2 images, 1 boxes"):
            ChannelDetector().fit(images, boxes[:1])

    def test_nobody_to_learn_from(self):
        image = np.zeros((260, 300, 3), np.uint8)
        with pytest.raises(ValueError, match="no person to learn from"):
            ChannelDetector().fit([image], [np.empty((0, 4))])

    def test_learning_ends_without_a_warning(self):
        images, boxes = scenes(2, seed=0)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            detector_of(mining_rounds=1, look_twice=True).fit(images, boxes)
        assert caught == []


class Sums:
    """In the place of the classifier: what it was given."""

    def __init__(self, **options):
        pass

    def fit(self, X, is_person, weight):
        Sums.of_people, Sums.of_others = weight[is_person].sum(), weight[~is_person].sum()
        self.coef_, self.intercept_ = np.zeros((1, X.shape[1])), np.zeros(1)


@pytest.mark.parametrize("n_jitter", [0, 2])
@pytest.mark.parametrize("mirror", [False, True])
def test_however_many_crops_show_a_person_they_count_as_two_negatives(n_jitter, mirror,
                                                                       monkeypatch):
    monkeypatch.setattr(detector_module, "LinearSVC", Sums)
    images, boxes = scenes(2, seed=0)
    detector = detector_of(n_jitter=n_jitter, mirror=mirror, look_twice=False, regress=False)
    detector.fit(images, boxes)
    assert Sums.of_people == pytest.approx(2 * sum(map(len, boxes)))
    assert Sums.of_others == detector.n_negatives_[0]
    # Nobody asked for these.
    assert detector.regression_ is None and detector.second_look_ is None


def test_how_high_a_person_is_does_not_depend_on_where():
    image = scenes(1, seed=0)[0][0]
    for upper in (5, 200):
        with pytest.raises(ValueError, match="no box is at least 38.5 pixels high"):
            detector_of().fit([image], [[[5, upper, 15, upper + 38]]])


def test_the_second_look_learns_from_people_that_were_found_too(monkeypatch):
    seen = []
    monkeypatch.setattr(detector_module.SecondLook, "fit", lambda *kinds: seen.extend(kinds))
    images, boxes = scenes(2, seed=0)
    detector_of(mirror=False, mining_rounds=1, look_twice=True).fit(images, boxes)
    assert len(seen[0]) > sum(map(len, boxes))  # more than those that were shown


def test_progress_is_told_of_each_step(monkeypatch, capsys):
    monkeypatch.setattr(detector_module.SecondLook, "fit", lambda *kinds: None)
    images, boxes = scenes(3, seed=0)
    detector_of(mirror=False, mining_rounds=1, look_twice=True, progress=True).fit(images, boxes)
    told = capsys.readouterr().out
    n = sum(map(len, boxes))
    for words in (f"{n} positive windows, 3 images", "round 1: ", "second look: "):
        assert words in told


@pytest.mark.parametrize("n, sound", [(0, True), (-1, False)])
def test_a_number_of_negatives_is_none_or_more(tmp_path, saved, n, sound):
    save_npz(tmp_path / "detector.npz", saved | {"n_negatives": np.array([n])})
    if sound:
        assert ChannelDetector.load(tmp_path / "detector.npz").n_negatives_ == [n]
    else:
        with pytest.raises(ValueError, match="n_negatives is below 0"):
            ChannelDetector.load(tmp_path / "detector.npz")


def test_the_smallest_window_learns_too_though_some_of_its_people_stand_outside():
    """A person of 8 pixels, and a margin of 32: clipped, a rounding error of some boxes is left."""
    detector = detector_of(window=(5, 2), look_twice=True)
    images, boxes = scenes(2, seed=0)
    found = detector.fit(images, boxes).detect(images[0], threshold=-np.inf)
    assert len(found.boxes) > 0
    assert (found.boxes[:, 2:] - found.boxes[:, :2] > 0.9).all()


@pytest.mark.parametrize("found, sizes", [(1, [100]), (2, [100, 102, 104])])
def test_mining_ends_when_it_finds_a_hundredth_or_less(found, sizes):
    class Pool:
        def mine(self, weights, bias):
            return np.zeros((found, 72))

    detector = detector_of(mining_rounds=2)
    detector._train_and_mine(np.ones((3, 72)), Pool(), np.zeros((100, 72)))
    assert detector.n_negatives_ == sizes


@pytest.mark.parametrize("look_twice", [True, False])
def test_a_level_may_have_one_find_or_none(look_twice):
    levels = [Level(np.full((2, 1, 3), value), (1.0, 1.0)) for value in (1.0, -1.0)]
    boxes, scores, _ = search_levels(levels, np.ones((2, 1, 3)), 0.5, None, 0.0, look_twice)
    assert len(boxes) == 1 and scores.tolist() == [6.5]


@pytest.mark.parametrize("mirror, apart", [(True, 2), (False, 1)])
def test_the_second_look_learns_from_what_the_first_one_scored(mirror, apart, monkeypatch):
    class Heard(Exception):
        pass

    def examples(people, negatives, scores, *_):
        raise Heard(people, scores)

    monkeypatch.setattr(detector_module, "second_look_examples", examples)
    detector, people = detector_of(mirror=mirror), np.arange(12.0).reshape(6, 2)
    detector.weights_, detector.bias_ = np.array([[1.0, 2.0]]), 0.5
    with pytest.raises(Heard) as heard:
        detector._learned_second_look(MarkedImages([], []), [], people, np.eye(2))
    unmirrored, scores = heard.value.args
    assert unmirrored.tolist() == people[::apart].tolist() and scores.tolist() == [1.5, 2.5]
