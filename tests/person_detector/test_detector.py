"""The plain detector as a whole: it finds, it repeats itself, it says what it cannot do."""

from functools import lru_cache

import numpy as np
import pytest

from minicv.detection_metrics import average_precision, box_iou, match_images
from minicv.person_detector import LinearSVC, PersonDetector, crop, hog, patches
from minicv.person_detector.detector import BLOCKS, MOST_OVERLAP, N_RANDOM, PER_IMAGE
from minicv.person_detector.patches import MarkedImages, jittered_windows
from minicv.person_detector.sliding_window import Level


def stick_figure(image, left, upper, height):
    """A head, a body, two legs, darker than anything around; its box."""
    width = round(0.37 * height)
    for y0, y1, x0, x1 in ((0, 0.16, 0.35, 0.65), (0.16, 0.55, 0.1, 0.9), (0.55, 1, 0, 0.35),
                           (0.55, 1, 0.65, 1)):
        image[upper + round(y0 * height):upper + round(y1 * height),
              left + round(x0 * width):left + round(x1 * width)] = 20
    return [left, upper, left + width, upper + height]


@lru_cache
def drawn_scenes(n, seed):
    """Pictures of noise, posts and boards, each with one or two stick figures."""
    rng = np.random.default_rng(seed)
    images, boxes = [], []
    for _ in range(n):
        image = rng.integers(120, 150, (220, 260, 3), dtype=np.uint8)
        for _ in range(6):  # posts and boards, as dark as people
            y, x = rng.integers(0, 180), rng.integers(0, 230)
            image[y:y + rng.integers(10, 130), x:x + rng.integers(4, 60)] = rng.integers(20, 110)
        own = []
        for start in (0, 130)[:rng.integers(1, 3)]:
            height = int(rng.integers(90, 180))
            own.append(stick_figure(image, start + int(rng.integers(0, 60)),
                                    int(rng.integers(0, 220 - height)), height))
        images.append(image)
        boxes.append(np.array(own))
    return images, boxes


def scenes(n, seed):
    images, boxes = drawn_scenes(n, seed)
    return list(images), list(boxes)


@pytest.fixture(scope="module")
def fitted():
    return PersonDetector(step=1.2, smallest=90, mining_rounds=2, rng=0).fit(*scenes(6, seed=0))


class TestFinding:
    def test_it_finds_people_it_has_not_seen(self, fitted):
        images, boxes = scenes(4, seed=1)
        found = [fitted.detect(image, threshold=-1) for image in images]
        matches = match_images([own.boxes for own in found], [own.scores for own in found], boxes)
        assert average_precision(matches, "voc2010") > 0.85

    def test_detections_are_sorted_inside_the_image_and_above_the_threshold(self, fitted):
        (image,), _ = scenes(1, seed=2)
        boxes, scores = fitted.detect(image, threshold=-2)
        assert len(boxes) > 1 and (np.diff(scores) <= 0).all() and (scores > -2).all()
        assert (boxes >= 0).all() and (boxes <= [260, 220, 260, 220]).all()

    def test_no_two_finds_overlap_by_more_than_they_may(self, fitted):
        (image,), _ = scenes(1, seed=2)
        overlaps = box_iou(*2 * [fitted.detect(image, threshold=-2).boxes])
        # Boxes are clipped before they are compared, so this holds to rounding.
        assert (overlaps - np.eye(len(overlaps))).max() <= MOST_OVERLAP + 1e-12

    def test_a_person_at_the_border_is_found(self, fitted):
        image = np.full((220, 260, 3), 135, np.uint8)
        truth = stick_figure(image, 0, 80, 140)  # touches the left and the lower border
        boxes, _ = fitted.detect(image, threshold=-1)
        assert box_iou(boxes[:1], [truth])[0, 0] > 0.5

    def test_a_grey_image_is_taken_as_it_is(self, fitted):
        (image,), _ = scenes(1, seed=2)
        grey = image[:, :, 0]
        as_grey, as_colour = fitted.detect(grey), fitted.detect(np.dstack([grey] * 3))
        np.testing.assert_array_equal(as_grey.boxes, as_colour.boxes)

    def test_an_image_that_is_too_low_for_anybody_has_nobody(self, fitted):
        boxes, scores = fitted.detect(np.zeros((10, 10, 3), np.uint8))
        assert boxes.shape == (0, 4) and scores.shape == (0,)


class TestLearning:
    def test_the_same_seed_gives_the_same_detector_and_another_another(self):
        weights = [PersonDetector(step=1.4, smallest=90, mining_rounds=0, rng=seed)
                   .fit(*scenes(2, seed=0)).weights_ for seed in (5, 5, 6)]
        np.testing.assert_array_equal(weights[0], weights[1])
        assert (weights[0] != weights[2]).any()

    def test_mining_adds_negatives_until_few_are_new(self, fitted):
        first, *more = fitted.n_negatives_
        assert 1 <= len(more) <= 2 and first < more[0] <= first + 6 * PER_IMAGE
        assert fitted.weights_.shape == (*BLOCKS, 36)

    def test_the_steps_in_the_open_are_what_fit_does(self):
        scene, rng = scenes(2, seed=0), np.random.default_rng(3)
        options = {"step": 1.4, "smallest": 90, "mining_rounds": 1}
        by_hand, at_once = PersonDetector(**options), PersonDetector(**options, rng=3).fit(*scene)
        people = by_hand.positives(MarkedImages(*scene), rng)
        pool = by_hand.negative_pool(MarkedImages(*scene))
        negatives = pool.draw(N_RANDOM, rng)
        by_hand.train(people, negatives)
        hard = pool.mine(by_hand.weights_, by_hand.bias_)
        negatives = np.concatenate([negatives, hard])
        by_hand.train(people, negatives)
        np.testing.assert_array_equal(by_hand.weights_, at_once.weights_)
        assert (by_hand.bias_, by_hand.aspect_) == (at_once.bias_, at_once.aspect_)
        assert at_once.n_negatives_ == [2 * N_RANDOM, len(negatives)]

    def test_each_person_is_seen_three_times_and_as_often_in_a_mirror(self):
        images, boxes = scenes(2, seed=0)
        rows = PersonDetector().positives(MarkedImages(images, boxes), rng=0)
        assert rows.shape == (6 * sum(map(len, boxes)), BLOCKS[0] * BLOCKS[1] * 36)
        for n, (image, box) in enumerate((image, box) for image, own in zip(images, boxes)
                                         for box in own):
            height, middle = box[3] - box[1], (box[0] + box[2]) / 2
            margin = height / 6  # the person is 96 of 128 pixels high
            window = [middle - height / 3, box[1] - margin, middle + height / 3, box[3] + margin]
            patch = crop(image, window, (128, 64))
            for row, seen in zip(rows[6 * n:], (patch, patch[:, ::-1])):
                expected = hog(seen, cells_per_block=(2, 2), transform_sqrt=True, channel_axis=-1)
                np.testing.assert_allclose(row, expected, atol=1e-6)
            assert np.abs(rows[6 * n + 2] - rows[6 * n]).max() > 0.1  # the next are off

    def test_jittered_windows_are_off_by_a_little_to_all_sides(self):
        # The first fits; of the others the middle is off by up to 4 % of the person's height, and
        # the logarithm of the size by up to 0.06, each evenly to both sides.
        box = np.array([100.0, 50, 160, 250])
        windows = np.array(list(jittered_windows(box, (128, 64), 96, 3000,
                                                 np.random.default_rng(0))))
        np.testing.assert_allclose(windows[0], [130 - 200 / 3, 150 - 400 / 3,
                                                130 + 200 / 3, 150 + 400 / 3])
        shift = ((windows[1:, :2] + windows[1:, 2:]) / 2 - [130, 150]) / 200
        sizes = (windows[1:, 2:] - windows[1:, :2]) / [400 / 3, 800 / 3]
        assert sizes[:, 0] == pytest.approx(sizes[:, 1])
        for off, most in ((shift[:, 0], 0.04), (shift[:, 1], 0.04), (np.log(sizes[:, 0]), 0.06)):
            assert -most <= off.min() < -0.99 * most and 0.99 * most < off.max() <= most
            assert np.quantile(off, [0.25, 0.75]) == pytest.approx([-most / 2, most / 2], rel=0.1)

    def test_the_six_crops_of_a_person_together_count_as_much_as_one_negative(self, monkeypatch):
        # Six equal crops are one sample, once; the SVM stops within a thousandth of the objective.
        rng = np.random.default_rng(0)
        people, negatives = rng.random((9, 3780)), rng.random((6, 3780))
        monkeypatch.setattr("minicv.person_detector.detector.C", 1e-4)
        detector = PersonDetector()
        detector.train(np.repeat(people, 6, axis=0), negatives)
        svm = LinearSVC(C=1e-4).fit(np.concatenate([people, negatives]), np.arange(15) < 9)
        difference = detector.weights_.ravel() - svm.coef_[0]
        assert np.linalg.norm(difference) < 0.1 * np.linalg.norm(svm.coef_)
        assert detector.bias_ == pytest.approx(svm.intercept_[0], abs=0.1)

    def test_mining_ends_where_next_to_nothing_is_found(self):
        rounds = [PersonDetector(step=1.4, smallest=90, mining_rounds=n, rng=0)
                  .fit(*scenes(2, seed=0)).n_negatives_ for n in (20, 40)]
        assert rounds[0] == rounds[1] and len(rounds[0]) < 20
        assert (np.diff(rounds[0]) > 0.01 * np.array(rounds[0][:-1])).all()

    def test_mining_leaves_fewer_windows_that_are_wrong(self):
        images, boxes = scenes(3, seed=0)
        wrong = []
        for rounds in (0, 2):
            detector = PersonDetector(step=1.3, smallest=90, mining_rounds=rounds, rng=0)
            detector.fit(images, boxes)
            found = [detector.detect(image, threshold=-0.5).boxes for image in images]
            wrong.append(sum(int((box_iou(own, truths).max(axis=1) < 0.3).sum())
                             for own, truths in zip(found, boxes) if len(own)))
        assert wrong[1] < wrong[0]

    def test_the_boxes_of_each_picture_are_checked_once(self, monkeypatch):
        seen = []
        check = patches.check_boxes
        monkeypatch.setattr(patches, "check_boxes",
                            lambda boxes, name: [seen.append(name), check(boxes, name)][1])
        PersonDetector(step=1.4, smallest=90, mining_rounds=1, rng=0).fit(*scenes(2, seed=0))
        assert seen == ["boxes of image 0", "boxes of image 1"]

    def test_the_input_is_left_alone(self):
        images, boxes = scenes(2, seed=0)
        before = [array.copy() for array in (*images, *boxes)]
        PersonDetector(step=1.4, smallest=90, mining_rounds=1, rng=0).fit(images, boxes)
        for old, new in zip(before, (*images, *boxes)):
            np.testing.assert_array_equal(old, new)


class TestAtTheDoor:
    @pytest.mark.parametrize("options", [
        {"step": 1.0}, {"step": 10}, {"step": np.nan}, {"smallest": 0}, {"smallest": np.inf},
        {"mining_rounds": -1}])
    def test_an_option_out_of_range_is_refused(self, options):
        with pytest.raises(ValueError, match=next(iter(options))):
            PersonDetector(**options)

    def test_people_are_at_least_a_cell_high(self):
        assert PersonDetector(smallest=8).smallest == 8
        with pytest.raises((ValueError, TypeError), match="rng must be"):
            PersonDetector(rng="seed")
        with pytest.raises(ValueError, match="smallest must be at least 8"):
            PersonDetector(smallest=7.9)

    def test_it_must_be_fitted_first(self):
        with pytest.raises(RuntimeError, match="call fit first"):
            PersonDetector().detect(np.zeros((100, 100, 3), np.uint8))

    @pytest.mark.parametrize("step", ["positives", "negative_pool"])
    def test_the_steps_learn_from_marked_images_alone(self, step):
        with pytest.raises(TypeError, match="marked must be a MarkedImages"):
            getattr(PersonDetector(), step)(scenes(1, seed=0)[0])

    def test_negatives_come_after_the_people(self):
        with pytest.raises(RuntimeError, match="call positives first"):
            PersonDetector().negative_pool(MarkedImages(*scenes(1, seed=0)))

    @pytest.mark.parametrize("negatives, message", [
        (np.zeros((4, 3779)), r"negatives must have the shape \(N, 3780\)"),
        (np.zeros((0, 3780)), "negatives has nothing in it"),
        (np.full((4, 3780), np.nan), "negatives are NaN")])
    def test_descriptors_are_checked_before_they_are_learned_from(self, negatives, message):
        with pytest.raises(ValueError, match=message):
            PersonDetector().train(np.zeros((2, 3780)), negatives)
        with pytest.raises(ValueError, match="positives has nothing in it"):
            PersonDetector().train(np.zeros((0, 3780)), np.zeros((2, 3780)))

    def test_negatives_are_mined_in_every_second_size(self, fitted):
        marked = MarkedImages(*scenes(1, seed=0))
        (levels,) = fitted.negative_pool(marked).pyramids
        all_of_them = list(fitted._levels(marked.images[0], fitted.step))
        np.testing.assert_allclose([level.scale for level in levels],
                                   [level.scale for level in all_of_them[::2]],
                                   rtol=0.01)  # one may be rounded to another pixel

    def test_a_threshold_must_be_a_number(self, fitted):
        with pytest.raises(ValueError, match="NaN"):
            fitted.detect(np.zeros((100, 100, 3), np.uint8), threshold=np.nan)

    @pytest.mark.parametrize("images, boxes, message", [
        ([np.zeros((200, 200, 3), np.uint8)], [], "equally many: 1 images, 0 boxes"),
        ([np.zeros((200, 200, 3), np.uint8)], [np.zeros((0, 4))], "no person"),
        ([np.zeros((200, 200, 4), np.uint8)], [[[0, 0, 9, 9]]], "image 0 must have the shape"),
        ([np.zeros((200, 200, 3), np.uint8)], [[[300, 0, 340, 90]]], "box 0 of image 0"),
        ([np.zeros((90, 40, 3), np.uint8)], [[[0, 0, 40, 90]]], "no window without a person")])
    def test_what_cannot_be_learned_from_is_refused(self, images, boxes, message):
        with pytest.raises(ValueError, match=message):
            PersonDetector(rng=0).fit(images, boxes)

    def test_images_of_floats_are_refused(self):
        with pytest.raises(TypeError, match="image 0 must be uint8"):
            PersonDetector().fit([np.zeros((200, 200, 3))], [[[0, 0, 40, 90]]])


@pytest.mark.parametrize("found, sizes", [(1, [100]), (2, [100, 102, 104])])
def test_mining_ends_when_it_finds_a_hundredth_or_less(monkeypatch, found, sizes):
    class Pool:
        def draw(self, n, rng):
            return np.zeros((100, 3780))

        def mine(self, weights, bias):
            return np.ones((found, 3780))

    monkeypatch.setattr(PersonDetector, "negative_pool", lambda *_: Pool())
    detector = PersonDetector(mining_rounds=2, rng=0).fit(
        [np.zeros((200, 100, 3), np.uint8)], [[[20, 20, 60, 120]]])
    assert detector.n_negatives_ == sizes


def test_each_axis_of_a_level_has_its_own_scale(fitted):
    boxes = [fitted._boxes(Level(None, scale), np.array([[3, 5]])) for scale in ((1, 1), (0.5, 2))]
    np.testing.assert_allclose(boxes[1], boxes[0] / [2, 0.5, 2, 0.5])
