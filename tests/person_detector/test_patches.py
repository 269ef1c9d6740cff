"""Training patches, against cutting and resizing by hand, and against what is promised."""

import numpy as np
import pytest
from PIL import Image

from minicv.detection_metrics import box_iou
from minicv.person_detector import hog_patches
from minicv.person_detector import patches as patches_module
from minicv.person_detector.patches import (
    TOO_NEAR,
    crop,
    offset_box,
    random_box,
    training_patches,
)


def picture(height=120, width=160, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


IMAGES = [picture(seed=0), picture(100, 90, seed=1), picture(80, 80, seed=2)]
BOXES = [np.array([[10, 20, 40, 90], [100, 30, 120, 80]]), np.array([[30, 10, 60, 95]]),
         np.zeros((0, 4))]


class TestStacks:
    def test_each_person_gives_one_positive_and_three_and_three_negatives(self):
        patches = training_patches(IMAGES, BOXES)
        assert patches.positive.pixels.shape == (3, 150, 50, 3)
        assert patches.random.pixels.shape == patches.offset.pixels.shape == (9, 150, 50, 3)
        assert patches.positive.pixels.dtype == patches.random.pixels.dtype == np.uint8

    def test_the_samples_of_the_sheet_have_216_features(self):
        # 150 x 50 pixels are 9 x 3 cells of 16 x 16; 9 * 3 * 8 = 216.
        patches = training_patches(IMAGES, BOXES)
        features = hog_patches(patches.positive.pixels, orientations=8, pixels_per_cell=(16, 16),
                               cells_per_block=(1, 1))
        assert features.shape == (3, 216)

    def test_every_patch_is_what_cutting_and_resizing_its_box_gives(self):
        patches = training_patches(IMAGES, BOXES, patch_size=(60, 30))
        for stack, boxes, numbers in patches:
            for patch, box, number in zip(stack, boxes, numbers):
                crop = Image.fromarray(IMAGES[number]).crop(box.tolist())
                expected = np.array(crop.resize((30, 60), Image.Resampling.BILINEAR))
                np.testing.assert_array_equal(patch, expected)

    def test_the_positive_boxes_are_the_given_ones(self):
        patches = training_patches(IMAGES, BOXES)
        np.testing.assert_array_equal(patches.positive.boxes, np.concatenate(BOXES))
        assert patches.positive.images.tolist() == [0, 0, 1]
        assert patches.random.images.tolist() == [0] * 6 + [1] * 3

    def test_a_patch_of_the_size_of_the_box_is_the_crop_itself(self):
        patches = training_patches(IMAGES[:1], [[[10, 20, 40, 90]]], patch_size=(70, 30))
        np.testing.assert_array_equal(patches.positive.pixels[0], IMAGES[0][20:90, 10:40])

    def test_shrinking_averages_and_does_not_pick_pixels(self):
        # Columns 0, 255, 0, 255, ...: every other one alone would be all black or all white.
        stripes = np.tile(np.array([0, 255], np.uint8), (40, 20))
        shrunk = crop(stripes, np.array([0, 0, 40, 40]), (10, 10))
        assert shrunk.min() > 100 and shrunk.max() < 155

    def test_people_nowhere_give_stacks_without_patches(self):
        patches = training_patches(IMAGES[2:], BOXES[2:])
        assert patches.positive.pixels.shape == patches.random.pixels.shape == (0, 150, 50, 3)
        assert patches.offset.boxes.shape == (0, 4)
        assert training_patches([], []).positive.pixels.shape == (0, 150, 50, 3)

    def test_no_negatives_can_be_asked_for(self):
        patches = training_patches(IMAGES, BOXES, n_random=0, n_offset=0)
        assert [len(kind.pixels) for kind in patches] == [3, 0, 0]

    def test_the_seed_decides_and_nothing_else(self):
        first, same = (training_patches(IMAGES, BOXES, rng=3) for _ in range(2))
        other = training_patches(IMAGES, BOXES, rng=4)
        np.testing.assert_array_equal(first.random.boxes, same.random.boxes)
        np.testing.assert_array_equal(first.offset.pixels, same.offset.pixels)
        assert (first.random.boxes != other.random.boxes).any()

    def test_the_input_is_left_alone(self):
        images, boxes = [image.copy() for image in IMAGES], [box.copy() for box in BOXES]
        training_patches(images, boxes)
        for before, after in zip((*IMAGES, *BOXES), (*images, *boxes)):
            np.testing.assert_array_equal(before, after)


class TestNegatives:
    def test_random_boxes_have_the_size_of_their_person_and_lie_inside(self):
        patches = training_patches(IMAGES, BOXES, n_random=20, rng=0)
        people = np.repeat(np.concatenate(BOXES), 20, axis=0)
        sizes = patches.random.boxes[:, 2:] - patches.random.boxes[:, :2]
        np.testing.assert_array_equal(sizes, people[:, 2:] - people[:, :2])
        for box, number in zip(patches.random.boxes, patches.random.images):
            height, width = IMAGES[number].shape[:2]
            assert box.min() >= 0 and box[2] <= width and box[3] <= height

    def test_random_boxes_keep_off_all_people_where_there_is_room(self):
        patches = training_patches(IMAGES[:1], BOXES[:1], n_random=200, rng=0)
        assert box_iou(patches.random.boxes, BOXES[0]).max() < TOO_NEAR

    def test_without_drawing_again_some_would_be_too_near(self, monkeypatch):
        monkeypatch.setattr("minicv.person_detector.patches.MAX_DRAWS", 1)
        patches = training_patches(IMAGES[:1], BOXES[:1], n_random=200, rng=0)
        assert box_iou(patches.random.boxes, BOXES[0]).max() >= TOO_NEAR

    def test_in_a_crowd_the_least_overlapping_of_the_draws_is_taken(self):
        # A box of 90 x 90 in 100 x 100 has 121 places; the farthest from the person at (0, 0) is
        # (10, 10), with an IoU of 80 * 80 / (2 * 8100 - 6400) = 0.653. Of 50 draws the best should
        # be among the best tenth: IoU <= 0.74, which 10 of 100 places near that corner have.
        patches = training_patches([picture(100, 100)], [[[0, 0, 90, 90]]], n_random=20, rng=0)
        overlaps = box_iou(patches.random.boxes, [[0, 0, 90, 90]])
        assert overlaps.min() >= 6400 / 9800 and overlaps.max() <= 0.74

    def test_offset_boxes_moved_by_at_most_a_fifth_and_by_at_least_a_pixel(self):
        patches = training_patches(IMAGES, BOXES, n_offset=30, rng=0)
        people = np.repeat(np.concatenate(BOXES), 30, axis=0)
        moved = np.abs(patches.offset.boxes - people)
        size = (people[:, 2:] - people[:, :2])
        np.testing.assert_array_equal(moved[:, :2], moved[:, 2:])
        assert (moved[:, :2] >= 1).all() and (moved[:, :2] <= 0.2 * size).all()

    def test_a_person_who_fills_the_image_gives_no_negatives(self):
        image = picture(60, 40)
        patches = training_patches([image, *IMAGES], [[[0, 0, 40, 60]], *BOXES])
        assert patches.positive.images.tolist() == [0, 1, 1, 2]
        assert 0 not in patches.random.images and 0 not in patches.offset.images
        assert len(patches.random.pixels) == 9

    def test_after_a_person_who_fills_the_image_come_the_others_in_it(self):
        patches = training_patches([picture(60, 40)], [[[0, 0, 40, 60], [5, 5, 20, 30]]])
        assert len(patches.positive.boxes) == 2
        assert patches.random.boxes.shape == patches.offset.boxes.shape == (3, 4)
        assert (patches.offset.boxes[:, 2:] - patches.offset.boxes[:, :2] == [15, 25]).all()

    def test_the_first_random_box_that_is_far_enough_is_taken(self):
        # Not the farthest of all draws, which would show the corners of the picture only.
        person, rng, expected = [30, 30, 70, 70], np.random.default_rng(3), []
        while len(expected) < 6:
            box = random_box((100, 100), (40, 40), rng)
            if box_iou([box], [person])[0, 0] < TOO_NEAR:
                expected.append(box.tolist())
        patches = training_patches([picture(100, 100)], [[person]], n_random=6, n_offset=0, rng=3)
        assert patches.random.boxes.tolist() == expected

    def test_a_person_as_high_as_the_image_moves_sideways(self):
        patches = training_patches([picture(60, 40)], [[[10, 0, 30, 60]]])
        assert (patches.offset.boxes[:, [1, 3]] == [0, 60]).all()
        assert (patches.offset.boxes[:, 0] != 10).all()


class TestAtTheDoor:
    def test_a_box_that_leaves_the_image_is_clipped(self):
        patches = training_patches(IMAGES[:1], [[[-5.0, 100, 30, 140]]])
        assert patches.positive.boxes.tolist() == [[0, 100, 30, 120]]

    def test_a_box_between_pixels_is_rounded(self):
        patches = training_patches(IMAGES[:1], [[[10.4, 20.6, 39.7, 90.2]]])
        assert patches.positive.boxes.tolist() == [[10, 21, 40, 90]]

    @pytest.mark.parametrize("box", [[170, 10, 190, 50], [10, 10, 10, 50], [10.1, 10, 10.3, 50]])
    def test_a_box_without_pixels_is_named(self, box):
        with pytest.raises(ValueError, match="box 1 of image 1.*no whole pixel"):
            training_patches([IMAGES[0]] * 2, [[], [[1, 1, 9, 9], box]])

    def test_one_pixel_is_enough(self):
        assert training_patches(IMAGES[:1], [[[9, 9, 10, 10]]]).positive.boxes.tolist() == [
            [9, 9, 10, 10]]

    @pytest.mark.parametrize("box, message", [
        ([30, 10, 20, 50], "box 0 of boxes of image 0 is inverted"),
        ([np.nan, 10, 20, 50], "of image 0 is NaN or infinite, the first at")])
    def test_inverted_and_nan_boxes_are_errors(self, box, message):
        with pytest.raises(ValueError, match=message):
            training_patches(IMAGES[:1], [[box]])

    @pytest.mark.parametrize("image, error, message", [
        (IMAGES[0][..., :2], ValueError, r"image 0 .* \(H, W\) or \(H, W, 3\), got"),
        (IMAGES[0].astype(float), TypeError, "image 0 must be uint8")])
    def test_other_images_are_errors(self, image, error, message):
        with pytest.raises(error, match=message):
            training_patches([image], BOXES[:1])

    @pytest.mark.parametrize("options, message", [
        ({"n_random": -1}, "n_random must be at least 0"),
        ({"n_offset": -2}, "n_offset must be at least 0"),
        ({"patch_size": (0, 50)}, "patch_size must be")])
    def test_options_out_of_range_are_errors(self, options, message):
        with pytest.raises(ValueError, match=message):
            training_patches(IMAGES, BOXES, **options)

    def test_images_without_boxes_are_counted(self):
        with pytest.raises(ValueError, match="equally many: 3 images, 2 boxes"):
            training_patches(IMAGES, BOXES[:2])


class TestRandomBox:
    def test_every_place_inside_is_drawn_and_no_other(self):
        rng = np.random.default_rng(0)
        drawn = {tuple(random_box((5, 7), (3, 4), rng).tolist()) for _ in range(500)}
        assert drawn == {(left, upper, left + 4, upper + 3) for left in range(4)
                         for upper in range(3)}

    def test_a_box_as_large_as_the_image_is_the_image(self):
        assert random_box((5, 7), (5, 7), rng=3).tolist() == [0, 0, 7, 5]

    @pytest.mark.parametrize("size", [(6, 7), (5, 8)])
    def test_a_larger_one_is_refused(self, size):
        with pytest.raises(ValueError, match=r"does not fit into an image of \(5, 7\)"):
            random_box((5, 7), size, rng=0)

    def test_sizes_are_whole_and_positive(self):
        with pytest.raises(TypeError):
            random_box((5, 7), (2.5, 3), rng=0)
        with pytest.raises(ValueError, match="box_size .* at least 1"):
            random_box((5, 7), (0, 3), rng=0)

    def test_the_same_seed_gives_the_same_box(self):
        boxes = [random_box((500, 700), (30, 40), rng=7).tolist() for _ in range(2)]
        assert boxes[0] == boxes[1]


class TestOffsetBox:
    @staticmethod
    def offsets(box, size, n=600, **options):
        rng = np.random.default_rng(0)
        return np.array([offset_box(box, size, rng, **options) - box for _ in range(n)])

    def test_all_offsets_from_1_pixel_to_a_fifth_are_drawn_to_either_side(self):
        offsets = self.offsets(np.array([40, 40, 55, 60]), (100, 100))  # 15 wide, 20 high
        assert set(offsets[:, 0].tolist()) == {-3, -2, -1, 1, 2, 3}
        assert set(offsets[:, 1].tolist()) == {-4, -3, -2, -1, 1, 2, 3, 4}

    def test_the_box_keeps_its_size(self):
        offsets = self.offsets(np.array([3.5, 4.25, 55, 60]), (70, 70))
        np.testing.assert_array_equal(offsets[:, :2], offsets[:, 2:])

    def test_a_box_in_a_corner_moves_away_from_it(self):
        offsets = self.offsets(np.array([0, 40, 10, 60]), (60, 100))  # lower left corner
        assert set(offsets[:, 0].tolist()) == {1, 2}
        assert set(offsets[:, 1].tolist()) == {-4, -3, -2, -1}

    def test_a_box_as_wide_as_the_image_moves_up_and_down_alone(self):
        offsets = self.offsets(np.array([0, 40, 100, 60]), (100, 100))
        assert set(offsets[:, 0].tolist()) == {0} and 0 not in offsets[:, 1]

    def test_a_tiny_box_moves_by_one_pixel(self):
        offsets = self.offsets(np.array([10, 10, 12, 13]), (100, 100))
        assert set(np.abs(offsets).ravel().tolist()) == {1}

    def test_the_share_can_be_chosen(self):
        offsets = self.offsets(np.array([40, 40, 50, 50]), (100, 100), max_offset=0.5)
        assert np.abs(offsets).max() == 5

    @pytest.mark.parametrize("box, message", [
        ([0, 0, 30, 20], "no room to move"), ([-1, 0, 10, 10], "not inside"),
        ([0, 0, 31, 10], "not inside"), ([0, 0, 10, 21], "not inside"), ([5, 5, 5, 9], "empty"),
        ([9, 5, 5, 9], "inverted"), ([[0, 0, 5, 5]], "one box")])
    def test_boxes_that_cannot_be_moved_are_refused(self, box, message):
        with pytest.raises(ValueError, match=message):
            offset_box(box, (20, 30), rng=0)

    @pytest.mark.parametrize("share", [0, -1, np.nan, 1.5])
    def test_a_share_out_of_range_is_refused(self, share):
        with pytest.raises(ValueError, match="max_offset"):
            offset_box([1, 1, 9, 9], (20, 30), rng=0, max_offset=share)


class TestCrop:
    @pytest.mark.parametrize("image, box, size, error, message", [
        (IMAGES[0] / 255, [0, 0, 9, 9], (3, 3), TypeError, "image must be uint8"),
        (np.zeros((0, 4), np.uint8), [0, 0, 9, 9], (3, 3), ValueError, "image has nothing in it"),
        (IMAGES[0], [0, 0, 9], (3, 3), ValueError, r"box must have the shape \(4,\)"),
        (IMAGES[0], [0, np.nan, 9, 9], (3, 3), ValueError, "1 of the 4 numbers of box is NaN"),
        (IMAGES[0], [0, 0, 1e300, 9], (3, 3), ValueError, "1 of the 4 numbers of box is further"),
        (IMAGES[0], [5, 0, 5, 9], (3, 3), ValueError, "is empty"),
        (IMAGES[0], [0, 5, 9, 5], (3, 3), ValueError, "is empty"),
        (IMAGES[0], [0, 0, 9e5, 9e5], (3, 3), ValueError, "box .* or size .* over .* pixels"),
        (IMAGES[0], [0, 0, 9, 9], (3, 2.5), TypeError, "size must be whole numbers"),
        (IMAGES[0], [0, 0, 9, 9], (10**6, 10**6), ValueError, "box .* or size .* over .* pixels")])
    def test_what_cannot_be_cut_is_refused(self, image, box, size, error, message):
        with pytest.raises(error, match=message):
            crop(image, box, size)


def test_of_all_moves_each_whole_one_is_equally_likely():
    """Against a list of all: the same generator draws the same from it."""
    for seed in range(300):
        rng = np.random.default_rng(seed)
        box = np.sort(rng.integers(0, 30, (2, 2)), axis=0)[:, ::-1].ravel() + [0, 0, 1, 1]
        same = np.random.default_rng(seed)
        expected = []
        for low, high in (box[[0, 2]], box[[1, 3]]):
            farthest = max(1, int(0.4 * (high - low) + 1e-9))
            moves = [move for move in range(-farthest, farthest + 1)
                     if move != 0 and low + move >= 0 and high + move <= 31]
            expected.append(int(same.choice(moves)) if moves else 0)
        if any(expected):
            moved = offset_box(box, (31, 31), np.random.default_rng(seed), 0.4) - box
            assert moved.tolist() == expected * 2


@pytest.mark.parametrize("size", [(0, 4), (4, 0)])
def test_random_boxes_have_an_area(size):
    with pytest.raises(ValueError, match="box_size"):
        random_box((8, 8), size, rng=0)


def test_the_farthest_move_is_not_lost_to_rounding():
    moves = {offset_box([50, 50, 150, 150], (200, 200), seed, 0.29)[0] - 50
             for seed in range(600)}
    assert (min(moves), max(moves)) == (-29, 29)


def test_a_box_may_move_as_far_as_the_border():
    moved = np.array([offset_box([1, 1, 11, 11], (12, 12), seed) for seed in range(50)])
    assert set(moved[:, 0]) == set(moved[:, 1]) == {0, 2}


@pytest.mark.parametrize("wrong, words", [
    (dict(box=[100, 100, 105, 103]), "over 12 pixels"),
    (dict(box=[-3, -5, 0, 0]), "over 12 pixels"), (dict(size=(1, 13)), "over 12 pixels"),
    (dict(box=[0, 0, 2.0**31 + 1, 1]), "further from 0 than 2.14748e")])
def test_a_crop_has_at_most_so_many_pixels(monkeypatch, wrong, words):
    monkeypatch.setattr(patches_module, "MOST_PIXELS", 12)
    call = dict(image=IMAGES[0], box=[100, 100, 104, 103], size=(3, 4))
    assert crop(**call).shape == (3, 4, 3)
    with pytest.raises(ValueError, match=words):
        crop(**call | wrong)


def test_so_many_are_two_to_the_27th():
    for wrong in (dict(box=[0, 0, 2**14, 2**13 + 1]), dict(size=(2**14, 2**13 + 1))):
        with pytest.raises(ValueError, match="over 134217728 pixels"):
            crop(**dict(image=IMAGES[0], box=[0, 0, 1, 1], size=(1, 1)) | wrong)


def test_what_is_around_shines_in_on_all_sides():
    # With enough around it a crop is what Pillow makes of the whole picture.
    box, size = (20.5, 30, 116.5, 90), (7, 11)
    whole = Image.fromarray(IMAGES[0]).resize(size[::-1], Image.Resampling.BILINEAR, box=box)
    np.testing.assert_array_equal(crop(IMAGES[0], box, size, around=25), np.asarray(whole))


def test_a_random_box_that_shows_too_much_of_a_person_is_drawn_again(monkeypatch):
    person = np.array([0, 0, 13, 10])
    draws = iter([[7, 0, 20, 10], [40, 0, 53, 10]])  # an IoU of 60 / 200 = 0.3, and of 0
    monkeypatch.setattr(patches_module, "random_box", lambda *_: np.array(next(draws)))
    patches = training_patches([IMAGES[0]], [[person]], n_random=1, n_offset=0)
    assert patches.random.boxes.tolist() == [[40, 0, 53, 10]]
