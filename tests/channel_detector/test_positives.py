"""Positive examples and the correction of boxes."""

import numpy as np
import pytest
from PIL import Image

from minicv.channel_detector.box_regression import BoxRegression, box_corrections
from minicv.channel_detector.positives import described_people, person_crops
from minicv.channel_detector.pyramid import FINEST, CellFeatures, describe
from minicv.channel_detector.windows import expected_boxes, fitting_windows
from minicv.person_detector.patches import crop


class TestCrops:
    def test_whole_pixels_at_their_own_size_are_a_slice(self):
        image = np.random.default_rng(0).integers(0, 256, (30, 20, 3), dtype=np.uint8)
        cut = crop(image, np.array([3, 5, 15, 25]), (20, 12), around=2)
        np.testing.assert_array_equal(cut, image[5:25, 3:15])

    def test_resizing_is_pillow_s_with_the_pixels_around_it(self):
        image = np.random.default_rng(1).integers(0, 256, (60, 60, 3), dtype=np.uint8)
        cut = crop(image, np.array([10.5, 12.25, 40, 50]), (16, 8), around=2)
        expected = Image.fromarray(image).resize((8, 16), Image.Resampling.BILINEAR,
                                                 box=(10.5, 12.25, 40, 50))
        # The window's own support reaches 2 pixels beyond the box when it shrinks this much, and
        # rounding may differ by one.
        assert np.abs(cut.astype(int) - np.asarray(expected).astype(int)).max() <= 1

    def test_beyond_the_border_its_pixels_go_on(self):
        image = np.random.default_rng(2).integers(0, 256, (10, 10, 3), dtype=np.uint8)
        cut = crop(image, np.array([-5, -3, 15, 13]), (16, 20), around=2)
        np.testing.assert_array_equal(cut, np.pad(image, ((3, 3), (5, 5), (0, 0)), mode="edge"))

    def test_the_exact_crop_has_the_person_where_it_is_expected(self):
        image = np.zeros((400, 300, 3), np.uint8)
        image[100:300, 120:194] = 255  # 200 high, 0.37 * 200 wide
        crops, corrections = person_crops(image, np.array([120.0, 100, 194, 300]), (16, 8), 0,
                                          1, np.random.default_rng(0))
        assert [crop.shape for crop in crops] == [(18 * 8, 10 * 8, 3)]
        bright = np.argwhere(crops[0][:, :, 0] > 127)
        # 96 pixels in the middle of 144, and 0.37 * 96 = 35.5 in the middle of 80.
        assert (bright.min(axis=0) == [24, 22]).all()
        assert (bright.max(axis=0) + 1 == [120, 58]).all()
        np.testing.assert_allclose(corrections, 0, atol=1e-12)

    def test_mirror_images_turn_the_correction_round(self):
        """Each of them is described as the mirror image of the crop before it."""
        grey = np.random.default_rng(3).integers(0, 256, (300, 200, 1), dtype=np.uint8)
        image = np.repeat(grey, 3, axis=2)  # of colours, two may tie for the longest gradient
        box, features = np.array([50.0, 60, 110, 240]), CellFeatures()
        crops, _ = person_crops(image, box, (16, 8), 2, FINEST, np.random.default_rng(0))
        X, corrections = described_people([image], [box[None]], features, (16, 8), 77, 2, True,
                                          np.random.default_rng(0))
        assert len(crops) == 3 and len(X) == len(corrections) == 6
        for n, seen in enumerate(crops):
            one, mirrored = describe([seen, seen[:, ::-1]], (16, 8), features).reshape(2, -1)
            np.testing.assert_array_equal(X[2 * n], one)
            # Of one colour the variance is 0, and mean of squares - mean^2 its rounding.
            np.testing.assert_allclose(X[2 * n + 1], mirrored, atol=5e-4)
        np.testing.assert_allclose(corrections[1::2], corrections[::2] * [-1, 1, 1, 1])
        assert np.abs(corrections[2:]).max() > 0.01  # the jittered ones are off, and say so

    def test_every_correction_leads_back_to_the_person(self):
        """The corrections are of the boxes expected in the jittered windows."""
        box = np.array([50.0, 60, 110, 240])
        image = np.zeros((300, 200, 3), np.uint8)
        image[60:240, 50:110] = 255
        crops, corrections = person_crops(image, box, (16, 8), 5, 1,
                                          np.random.default_rng(1))
        for seen, (across, down, wider, higher) in zip(crops, corrections):
            bright = np.argwhere(seen[:, :, 0] > 127)
            (upper, left), (lower, right) = bright.min(axis=0), bright.max(axis=0) + 1
            # In the crop a person of 96 x 35.5 pixels is expected in the middle of 144 x 80.
            assert (left + right) / 2 == pytest.approx(40 + 96 * across, abs=1)
            assert (upper + lower) / 2 == pytest.approx(72 + 96 * down, abs=1)
            assert right - left == pytest.approx(0.37 * 96 * np.exp(wider), abs=1.5)
            assert lower - upper == pytest.approx(96 * np.exp(higher), abs=1.5)


class TestRegression:
    def test_corrections_and_correct_are_inverse(self):
        rng = np.random.default_rng(0)
        corners = rng.uniform(0, 50, (2, 40, 2))
        boxes, targets = np.concatenate([corners, corners + rng.uniform(20, 30, (2, 40, 2))],
                                        axis=2)
        wanted = box_corrections(boxes, targets)
        # Features that are the corrections, and a matrix that passes them on.
        regression = BoxRegression(np.zeros(4), np.eye(4), np.zeros(4))
        np.testing.assert_allclose(regression.correct(boxes, wanted), targets)

    @pytest.mark.parametrize("n, d", [(30, 8), (8, 30)])
    def test_both_forms_minimise_the_objective(self, n, d):
        """At the minimum the gradient  X^T (X M - T) + strength M  vanishes."""
        rng = np.random.default_rng(n)
        X, T = rng.standard_normal((n, d)), rng.standard_normal((n, 4))
        fitted = BoxRegression.fit(X, T)
        centred = X - X.mean(axis=0)
        gradient = centred.T @ (centred @ fitted.matrix - (T - T.mean(axis=0)))
        gradient += 30 * fitted.matrix
        np.testing.assert_allclose(gradient, 0, atol=1e-4)  # the matrix is kept in float32

    def test_what_depends_linearly_on_the_features_is_learned(self):
        rng = np.random.default_rng(1)
        X = rng.standard_normal((2000, 5))
        T = X @ rng.standard_normal((5, 4)) * 0.1 + [0.1, 0.2, 0.3, 0.4]
        fitted = BoxRegression.fit(X, T)
        predicted = (X - fitted.feature_mean) @ fitted.matrix + fitted.target_mean
        np.testing.assert_allclose(predicted, T, atol=0.02)

    def test_no_box_doubles_more_than_once(self):
        regression = BoxRegression(np.zeros(4), np.eye(4) * 10, np.zeros(4))
        (box,) = regression.correct(np.array([[0.0, 0, 10, 20]]), np.array([[0.0, 0, 1, -1]]))
        np.testing.assert_allclose(box, [-5, 5, 15, 15])


def test_expected_boxes_stand_in_the_middle():
    (box,) = expected_boxes(np.array([[10.0, 20, 74, 148]]), 0.75)
    assert box[3] - box[1] == pytest.approx(96)
    assert (box[0] + box[2]) / 2 == pytest.approx(42)
    assert (box[1] + box[3]) / 2 == pytest.approx(84)


def test_in_windows_that_fit_people_are_expected_where_they_are():
    rng = np.random.default_rng(0)
    corners, height = rng.uniform(0, 50, (20, 2)), rng.uniform(20, 90, (20, 1))
    boxes = np.concatenate([corners, corners + height * [[0.37, 1]]], axis=1)
    windows = fitting_windows(boxes, (144, 80), 96)
    np.testing.assert_allclose(expected_boxes(windows, 96 / 144), boxes)
    np.testing.assert_allclose((windows[:, 2] - windows[:, 0]) / (windows[:, 3] - windows[:, 1]),
                               80 / 144)


def jittered(finest=1.0):
    image = np.zeros((260, 200, 3), np.uint8)
    return person_crops(image, np.array([80.0, 30, 120, 230]), (16, 8), 300, finest,
                        np.random.default_rng(0))


def test_jitter_shifts_and_scales_to_either_side_by_what_it_may():
    corrections = jittered()[1]
    np.testing.assert_allclose(corrections[0, [0, 1, 3]], 0, atol=1e-12)  # the exact one
    shift = corrections[1:, :2] * np.exp(-corrections[1:, 3:])  # in heights of the person
    assert np.abs(shift).max() <= 0.04 and np.abs(corrections[1:, 3]).max() <= 0.06
    assert (shift.min(axis=0) < -0.035).all() and (shift.max(axis=0) > 0.035).all()
    assert corrections[1:, 3].min() < -0.05 and corrections[1:, 3].max() > 0.05
    assert abs(np.corrcoef(shift.T)[0, 1]) < 0.2


def test_crops_have_all_sizes_between_two_levels():
    heights = {crop.shape[0] for crop in jittered(finest=1.5)[0]}
    assert min(heights) <= 18 * 8 + 4 and max(heights) >= 18 * 12 - 4
    assert all(height % 4 == 0 for height in heights) and len(heights) > 10


def test_a_fitted_regression_corrects_by_features_that_are_not_centred():
    rng = np.random.default_rng(0)
    features = 3 + rng.standard_normal((4000, 4))
    wanted = (features - 3) * 0.1 + [0.1, -0.1, 0.2, -0.2]
    fitted = BoxRegression.fit(features, wanted)
    boxes = np.tile([10.0, 20, 30, 60], (len(features), 1))
    found = box_corrections(boxes, fitted.correct(boxes, features))
    np.testing.assert_allclose(found, wanted, atol=0.02)
