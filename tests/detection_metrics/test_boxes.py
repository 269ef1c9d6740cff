"""Boxes against brute force, closed forms and invariants.

torchvision's rules are written down here as plain loops; it is not needed to run this.
"""

import warnings

import numpy as np
import pytest

from minicv.detection_metrics import boxes as bx
from minicv.detection_metrics.boxes import (
    box_area,
    box_intersection,
    box_iou,
    clip_boxes_to_image,
    nms,
    overlaps,
)


def random_boxes(n, seed, side=20):
    """Whole-pixel boxes, some without area."""
    corners = np.random.default_rng(seed).integers(0, side, (n, 2, 2))
    return np.hstack([corners.min(axis=1), corners.max(axis=1)])


def pixels_of(box, side=20):
    """The box painted into an image: for whole-pixel boxes counting is measuring."""
    left, upper, right, lower = box
    image = np.zeros((side, side), bool)
    image[upper:lower, left:right] = True
    return image


class TestOverlap:
    def test_areas_and_intersections_are_what_counting_pixels_gives(self):
        boxes = random_boxes(30, seed=0)
        painted = [pixels_of(box) for box in boxes]
        assert box_area(boxes).tolist() == [image.sum() for image in painted]
        expected = [[(a & b).sum() for b in painted] for a in painted]
        np.testing.assert_array_equal(box_intersection(boxes, boxes), expected)

    def test_iou_is_what_counting_pixels_gives(self):
        boxes1, boxes2 = random_boxes(30, seed=1), random_boxes(20, seed=2)
        for a, row in zip(boxes1, box_iou(boxes1, boxes2)):
            for b, iou in zip(boxes2, row):
                union = (pixels_of(a) | pixels_of(b)).sum()
                assert iou == ((pixels_of(a) & pixels_of(b)).sum() / union if union else 0)

    def test_boxes_that_touch_do_not_overlap(self):
        assert box_iou([[0, 0, 2, 2]], [[2, 0, 4, 2], [2, 2, 4, 4], [0, 2, 2, 4]]).max() == 0

    def test_equal_boxes_have_the_iou_1(self):
        boxes = np.random.default_rng(0).uniform(0, 1, (50, 4)) + [0, 0, 1, 1]
        np.testing.assert_array_equal(np.diag(box_iou(boxes, boxes)), 1)

    def test_two_boxes_without_area_have_the_iou_0(self):
        assert box_iou([[3, 3, 3, 5]], [[3, 3, 3, 5], [0, 0, 9, 9]]).tolist() == [[0, 0]]

    def test_shifting_and_scaling_all_boxes_changes_no_iou(self):
        boxes = random_boxes(40, seed=3) / 4
        moved = 8 * boxes + 1024  # exact in binary, so equal to the last bit
        np.testing.assert_array_equal(box_iou(moved, moved), box_iou(boxes, boxes))

    def test_the_overlap_of_the_smaller_is_what_counting_pixels_gives(self):
        boxes1, boxes2 = random_boxes(30, seed=1), random_boxes(20, seed=2)
        for a, row in zip(boxes1, overlaps(boxes1, boxes2, "smaller")):
            for b, overlap in zip(boxes2, row):
                smaller = min(pixels_of(a).sum(), pixels_of(b).sum())
                shared = (pixels_of(a) & pixels_of(b)).sum()
                assert overlap == (shared / smaller if smaller else 0)

    @pytest.mark.parametrize("side", [2**30, 2**32, 2**62, 2.0**50, 2.0**490,
                                      np.float32(2.0**100)])
    def test_large_boxes_do_not_overflow(self, side):
        boxes = np.array([[0, 0, side, side], [side // 2, 0, side, side]])
        assert box_iou(boxes, boxes).tolist() == [[1, 0.5], [0.5, 1]]
        assert box_area(boxes)[0] == pytest.approx(float(side) ** 2)

    def test_boxes_whose_area_is_no_number_are_refused(self):
        with pytest.raises(ValueError, match=r"2 of the 8 numbers of boxes1 are further from 0 "
                                             r"than 1e\+150, the first at \(1, 2\)"):
            box_iou([[0, 0, 1, 1], [0, 0, 1e200, 1e200]], [[0, 0, 1, 1]])

    def test_small_integers_do_not_overflow(self):
        boxes = np.array([[0, 0, 255, 255]], np.uint8)
        assert box_area(boxes).tolist() == [255 * 255]
        assert box_iou(boxes, boxes).tolist() == [[1]]

    def test_float32_stays_float32(self):
        assert box_iou(*[np.ones((1, 4), np.float32)] * 2).dtype == np.float32

    def test_no_boxes_give_empty_results_of_the_right_shape(self):
        assert box_area([]).shape == (0,)
        assert box_iou([], [[0, 0, 1, 1]]).shape == (0, 1)
        assert box_iou(np.empty((0, 4)), []).shape == (0, 0)


@pytest.mark.parametrize("call", [
    box_area, lambda boxes: box_iou(boxes, boxes), lambda boxes: clip_boxes_to_image(boxes, (9, 9)),
    lambda boxes: nms(boxes, np.ones(len(boxes)), 0.5)])
class TestWrongBoxes:
    @pytest.mark.parametrize("wrong, message", [
        ([5, 0, 3, 4], r"box 1 of .* inverted: \[5.*left <= right"),
        ([0, 4, 3, 2], "inverted"),
        ([0, np.nan, 3, 2], r"1 of the 8 numbers of boxes.* is NaN .* first at \(1, 1\)"),
        ([0, 0, np.inf, 2], r"NaN or infinite, the first at \(1, 2\)")])
    def test_the_first_wrong_box_is_named(self, call, wrong, message):
        with pytest.raises(ValueError, match=message):
            call([[0, 0, 1, 1], wrong])

    @pytest.mark.parametrize("boxes", [[0, 0, 1, 1], [[0, 0, 1]], np.zeros((2, 0))])
    def test_other_shapes_are_refused(self, call, boxes):
        with pytest.raises(ValueError, match=r"shape \(N, 4\)"):
            call(boxes)

    def test_other_types_are_refused(self, call):
        with pytest.raises(TypeError, match="must be numbers"):
            call(np.ones((1, 4), complex))


class TestSuppression:
    @staticmethod
    def by_brute_force(boxes, scores, threshold):
        """One pair at a time: dropped is who overlaps a box that was kept before."""
        iou, keep = box_iou(boxes, boxes), []
        for n in sorted(range(len(boxes)), key=lambda n: (-scores[n], n)):
            if all(iou[n, m] <= threshold for m in keep):
                keep.append(n)
        return keep

    @pytest.mark.parametrize("threshold", [0, 0.3, 0.5, 1])
    @pytest.mark.parametrize("n_scores", [1, 5, 1000])
    def test_nms_keeps_what_brute_force_keeps(self, threshold, n_scores):
        boxes = random_boxes(60, seed=4, side=12)
        scores = np.random.default_rng(5).integers(0, n_scores, 60)
        assert nms(boxes, scores, threshold).tolist() == self.by_brute_force(boxes, scores,
                                                                            threshold)

    def test_an_iou_equal_to_the_threshold_is_kept(self):
        boxes = [[0, 0, 2, 1], [0, 0, 1, 1]]  # IoU exactly 1/2
        assert nms(boxes, [2, 1], 0.5).tolist() == [0, 1]
        assert nms(boxes, [2, 1], 0.499).tolist() == [0]

    def test_of_equal_scores_the_first_is_kept(self):
        assert nms([[0, 0, 4, 4]] * 3, [1, 1, 1], 0.5).tolist() == [0]

    def test_a_dropped_box_drops_nobody(self):
        chain = [[0, 0, 10, 1], [4, 0, 14, 1], [8, 0, 18, 1]]  # only neighbours overlap enough
        assert nms(chain, [3, 2, 1], 0.3).tolist() == [0, 2]

    def test_boxes_without_area_are_kept(self):
        assert nms([[1, 1, 1, 3]] * 2, [1, 2], 0.0).tolist() == [1, 0]

    def test_nothing_stays_nothing(self):
        kept = nms([], [], 0.5)
        assert kept.shape == (0,) and kept.dtype == np.int64

    @pytest.mark.parametrize("scores, threshold, message", [
        ([1, np.nan], 0.5, r"1 of the 2 numbers of scores is NaN, the first at 1$"),
        ([1], 0.5, r"scores must have the shape \(2,\), got \(1,\); one for each box"),
        ([1, 2], -0.1, "iou_threshold"), ([1, 2], np.nan, "iou_threshold")])
    def test_wrong_arguments(self, scores, threshold, message):
        with pytest.raises(ValueError, match=message):
            nms([[0, 0, 1, 1]] * 2, scores, threshold)


class TestSuppressionByTheSmallerBox:
    @staticmethod
    def by_brute_force(boxes, scores, threshold):
        """The rule as it is told: take the best that is left, drop what overlaps it."""
        left = sorted(range(len(boxes)), key=lambda n: (-scores[n], n))
        shared, area, keep = box_intersection(boxes, boxes), box_area(boxes), []
        while left:
            best = left.pop(0)
            keep.append(best)
            left = [n for n in left if shared[best, n] <= threshold * min(area[best], area[n])]
        return keep

    @pytest.mark.parametrize("threshold", [0, 0.3, 0.5, 1])
    def test_it_keeps_what_the_rule_keeps(self, threshold):
        rng = np.random.default_rng(0)
        corners = rng.integers(0, 60, (80, 2))
        boxes = np.concatenate([corners, corners + rng.integers(1, 40, (80, 2))], axis=1)
        scores = rng.integers(0, 20, 80) / 4  # with ties
        kept = nms(boxes, scores, threshold, overlap="smaller")
        assert kept.tolist() == self.by_brute_force(boxes, scores, threshold)

    def test_a_box_within_another_is_dropped_though_their_iou_is_small(self):
        boxes = [[0, 0, 100, 100], [40, 40, 50, 50]]
        assert nms(boxes, [1, 0.5], 0.5, overlap="smaller").tolist() == [0]
        assert nms(boxes, [0.5, 1], 0.5, overlap="smaller").tolist() == [1]

    def test_shift_scale_and_order_change_nothing(self):
        rng = np.random.default_rng(1)
        corners = rng.uniform(0, 60, (50, 2))
        boxes = np.concatenate([corners, corners + rng.uniform(1, 40, (50, 2))], axis=1)
        scores = rng.permutation(50)  # no ties
        kept = nms(boxes, scores, 0.5, overlap="smaller").tolist()
        moved = nms(boxes * 4 + 32, scores, 0.5, overlap="smaller")
        assert moved.tolist() == kept
        order = rng.permutation(50)
        mixed = nms(boxes[order], scores[order], 0.5, overlap="smaller")
        assert order[mixed].tolist() == kept

    def test_nothing_stays_nothing(self):
        assert nms([], [], 0.5, overlap="smaller").shape == (0,)


class TestClipping:
    def test_what_sticks_out_is_cut_off(self):
        # The size is (height, width) = (40, 60).
        clipped = clip_boxes_to_image([[-5, -6, 70, 50], [1.5, 2, 3, 4]], (40, 60))
        assert clipped.tolist() == [[0, 0, 60, 40], [1.5, 2, 3, 4]]

    def test_a_box_outside_has_no_area_left(self):
        outside = [[-9, 5, -2, 8], [61, 5, 70, 8], [5, 41, 8, 50], [-3, -3, 0, 0]]
        assert box_area(clip_boxes_to_image(outside, (40, 60))).tolist() == [0] * 4

    def test_the_boxes_given_are_left_alone_and_keep_their_type(self):
        boxes = np.array([[-5, 0, 70, 50]], np.float32)
        clipped = clip_boxes_to_image(boxes, (40, 60))
        assert clipped.dtype == np.float32 and boxes[0, 0] == -5

    def test_a_negative_size_is_refused(self):
        with pytest.raises(ValueError, match="2 numbers of size is below 0, the first at 0"):
            clip_boxes_to_image([[0, 0, 1, 1]], (-1, 5))


def test_booleans_are_no_boxes():
    with pytest.raises(TypeError, match="must be numbers"):
        bx.box_area(np.array([[False, False, True, True]]))


@pytest.mark.parametrize("threshold", [-0.1, 1.1, np.nan])
def test_nms_refuses_a_threshold_that_is_no_share(threshold):
    with pytest.raises(ValueError, match="iou_threshold"):
        bx.nms([[0, 0, 1, 1]], [1.0], threshold)


def test_sizes_of_an_image_to_clip_to():
    assert bx.clip_boxes_to_image([[1, 1, 5, 5]], (0, 3)).tolist() == [[1, 0, 3, 0]]
    for size in ((-1, 4), (4, -1)):
        with pytest.raises(ValueError, match="of size is below 0"):
            bx.clip_boxes_to_image([[1, 1, 5, 5]], size)


def test_large_integers_that_wrap_when_multiplied():
    boxes = [[0, 0, 2**32, 2**32], [0, 0, 2**32, 2**31]]
    assert box_iou(boxes, boxes).tolist() == [[1, 0.5], [0.5, 1]]
    assert box_area(boxes).tolist() == [2.0**64, 2.0**63]


@pytest.mark.parametrize("dtype", [np.uint8, np.int8, np.uint16, np.uint64, np.float16])
def test_no_small_or_unsigned_type_wraps(dtype):
    """Against the same boxes in float64."""
    boxes = np.array([[0, 0, 100, 120], [90, 100, 127, 127], [0, 100, 127, 127]])
    narrow = boxes.astype(dtype)
    np.testing.assert_array_equal(box_area(narrow), box_area(boxes.astype(float)))
    np.testing.assert_allclose(box_iou(narrow, narrow), box_iou(boxes, boxes), rtol=1e-6)
    clipped = clip_boxes_to_image(narrow, (110, 105))
    np.testing.assert_array_equal(clipped, [[0, 0, 100, 110], [90, 100, 105, 110],
                                            [0, 100, 105, 110]])
    np.testing.assert_array_equal(nms(narrow, [1, 2, 3], 0.1), nms(boxes, [1, 2, 3], 0.1))


def test_the_largest_unsigned_integers_do_not_wrap():
    top = 2**64 - 2**32  # a float64 holds it
    boxes = np.array([[0, 0, top, top], [0, 0, top, top // 2]], np.uint64)
    np.testing.assert_allclose(box_iou(boxes, boxes), [[1, 0.5], [0.5, 1]], rtol=1e-15)


@pytest.mark.parametrize("side, dtype", [
    (1e-25, np.float32), (1e-10, np.float32), (1e25, np.float32), (2e-150, float), (1e100, float)])
def test_the_smallest_and_largest_sides_have_an_area(side, dtype):
    boxes = np.array([[0, 0, side, side], [0, 0, side, side / 2]], dtype)
    np.testing.assert_allclose(box_iou(boxes, boxes), [[1, 0.5], [0.5, 1]], rtol=1e-6)


@pytest.mark.parametrize("side, dtype", [(2.0**-30, float), (2.0**-29, np.float32),
                                         (2.0**29, np.float32), (2.0**30, float)])
def test_float32_is_left_where_squares_might_not_fit(side, dtype):
    assert box_area(np.array([[0, 0, side, 1]], np.float32)).dtype == dtype


def test_boxes_whose_area_would_vanish_are_refused():
    with pytest.raises(ValueError, match="box 1 of boxes2 is thinner than 1e-150"):
        box_iou([[0, 0, 1, 1]], [[0, 0, 1, 1], [0, 0, 1e-160, 1]])


def test_boxes_without_area_give_no_warning():
    flat = [[3, 3, 3, 5], [3, 3, 3, 5], [0, 0, 9, 9], [1, 1, 1, 1]]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for shared in (box_iou(flat, flat), box_intersection(flat, flat),
                       overlaps(*2 * [np.array(flat)], "smaller")):
            assert np.count_nonzero(shared) == 1 and shared[2, 2] > 0


def test_infinite_scores_are_ranked():
    boxes = [[0, 0, 4, 4], [0, 0, 4, 5], [9, 9, 12, 12]]
    assert nms(boxes, [1.0, np.inf, -np.inf], 0.5).tolist() == [1, 2]


@pytest.mark.parametrize("scores", [
    np.array([0, 200, 100], np.uint8), np.array([-2**63, 2**63 - 1, 0]),
    np.array([2**60, 2**60 + 2, 2**60 + 1]), [False, True, True]])
def test_scores_of_any_kind_of_number_are_ranked(scores):
    far_apart = [[0, 0, 1, 1], [2, 0, 3, 1], [4, 0, 5, 1]]
    assert nms(far_apart, scores, 0.5).tolist() == [1, 2, 0]


@pytest.mark.parametrize("overlap", ["union", None, box_iou])
def test_an_overlap_that_is_not_known(overlap):
    with pytest.raises(ValueError, match="overlap must be 'iou' or 'smaller'"):
        nms([[0, 0, 1, 1]], [1], 0.5, overlap=overlap)


@pytest.mark.parametrize("size", [(4.5, 4), "ab", 3, (10**30, 4), None])
def test_a_size_is_two_whole_numbers(size):
    with pytest.raises((TypeError, ValueError), match="size must"):
        clip_boxes_to_image([[0, 0, 1, 1]], size)
    assert clip_boxes_to_image([[0, 0, 2, 2]], (2**62, 1)).tolist() == [[0, 0, 1, 2]]


def test_a_box_as_thin_as_allowed_is_not_named_for_another_that_is_inverted():
    with pytest.raises(ValueError, match="box 1 of boxes is inverted"):
        box_area([[0, 0, 1e-150, 1], [0, 0, -1, 1]])


@pytest.mark.parametrize("box, what", [
    ([0, 0, 1e-160, 0], "thinner than 1e-150"), ([0, 0, 1e-160, 1], "thinner than 1e-150"),
    ([1, 0, 0, 1e-160], "inverted")])
def test_a_box_is_thin_or_inverted(box, what):
    with pytest.raises(ValueError, match=f"box 1 of boxes is {what}"):
        box_area([[0, 0, 0, 1], box])
