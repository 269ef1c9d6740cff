"""The sliding window, against cutting each window out and describing it by itself."""

import numpy as np
import pytest
from PIL import Image

from minicv.person_detector import hog, image_to_hog_patches, window_anchors
from minicv.person_detector.sliding_window import image_pyramid, window_scores

SHEET = dict(orientations=8, pixels_per_cell=(16, 16), cells_per_block=(1, 1))


def picture(height=80, width=70, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)


def anchors_by_loops(image_size, patch_size, stride):
    """Try every pixel: is it a multiple of the stride, and does the window fit?"""
    return [[left, upper]
            for upper in range(image_size[0]) for left in range(image_size[1])
            if upper % stride == left % stride == 0
            and upper + patch_size[0] <= image_size[0] and left + patch_size[1] <= image_size[1]]


class TestAnchors:
    @pytest.mark.parametrize("image_size, patch_size, stride", [
        ((10, 12), (4, 3), 1), ((10, 12), (4, 3), 2), ((10, 12), (4, 4), 4), ((11, 13), (4, 4), 5),
        ((10, 12), (10, 12), 3), ((10, 12), (1, 1), 7), ((10, 12), (10, 3), 100)])
    def test_they_are_what_trying_every_pixel_gives(self, image_size, patch_size, stride):
        expected = anchors_by_loops(image_size, patch_size, stride)
        assert window_anchors(image_size, patch_size, stride).tolist() == expected

    def test_the_last_row_and_column_are_included(self):
        # 80 - 48 = 32 and 70 - 32 = 38: the last multiples of 16 are 32 and 32.
        assert window_anchors((80, 70), (48, 32), 16).max(axis=0).tolist() == [32, 32]

    def test_a_window_as_large_as_the_image_has_one_place(self):
        assert window_anchors((80, 70), (80, 70), 8).tolist() == [[0, 0]]

    @pytest.mark.parametrize("patch_size", [(81, 32), (48, 71)])
    def test_a_window_larger_than_the_image_is_an_error(self, patch_size):
        with pytest.raises(ValueError, match="does not fit into an image of"):
            window_anchors((80, 70), patch_size, 8)

    @pytest.mark.parametrize("stride", [0, -1])
    def test_a_stride_below_a_pixel_is_an_error(self, stride):
        with pytest.raises(ValueError, match="stride must be at least 1"):
            window_anchors((80, 70), (48, 32), stride)

    def test_an_empty_window_is_an_error(self):
        with pytest.raises(ValueError, match="patch_size must be"):
            window_anchors((80, 70), (0, 32), 8)

    def test_a_broken_stride_is_an_error(self):
        with pytest.raises(TypeError):
            window_anchors((80, 70), (48, 32), 7.5)


class TestDescriptors:
    def test_each_is_hog_of_its_window_cut_out(self):
        image = picture()
        descriptors, anchors = image_to_hog_patches(image, (48, 32), 11, **SHEET)
        assert descriptors.shape == (3 * 4, 3 * 2 * 8) and anchors.shape == (12, 2)
        for row, (left, upper) in zip(descriptors, anchors):
            crop = image[upper:upper + 48, left:left + 32]
            np.testing.assert_array_equal(row, hog(crop, channel_axis=-1, **SHEET))

    def test_grey_and_float_images_too(self):
        image = picture()[..., 0] / 255
        options = {"transform_sqrt": True, **SHEET}
        descriptors, anchors = image_to_hog_patches(image, (48, 32), 30, **options)
        left, upper = anchors[-1]
        crop = image[upper:upper + 48, left:left + 32]
        np.testing.assert_allclose(descriptors[-1], hog(crop, **options), rtol=1e-12)

    def test_windows_are_resized_before_they_are_described(self):
        image = picture()
        descriptors, anchors = image_to_hog_patches(image, (60, 40), 20, resize_to=(48, 32),
                                                    **SHEET)
        for row, (left, upper) in zip(descriptors, anchors):
            crop = Image.fromarray(image).crop((left, upper, left + 40, upper + 60))
            patch = np.array(crop.resize((32, 48), Image.Resampling.BILINEAR))
            np.testing.assert_array_equal(row, hog(patch, channel_axis=-1, **SHEET))

    def test_a_window_larger_than_the_image_is_an_error(self):
        with pytest.raises(ValueError, match="does not fit into an image of"):
            image_to_hog_patches(picture(), (150, 50), 8, **SHEET)

    @pytest.mark.parametrize("image, options, error, message", [
        (np.zeros(80), {}, ValueError, "need an image"),
        (np.zeros((80, 70)), {"resize_to": (48, 32)}, TypeError, "uint8"),
        (np.zeros((80, 70, 4), np.uint8), {"resize_to": (48, 32)}, ValueError, "H, W, 3"),
        (picture(), {"resize_to": (48, 0)}, ValueError, "resize_to must be"),
        (picture(), {"feature_vector": False}, ValueError, "feature_vector"),
        (picture(), {"orientation": 8}, TypeError, "orientation")])
    def test_wrong_input_is_an_error(self, image, options, error, message):
        with pytest.raises(error, match=message):
            image_to_hog_patches(image, (48, 32), 8, **options)


class TestPyramid:
    def test_each_level_is_a_step_smaller_until_nothing_fits(self):
        levels = list(image_pyramid(picture(100, 60), 1.0, 1.25, 50))
        assert [round(scale, 6) for scale, _ in levels] == [1.0, 0.8, 0.64, 0.512]
        assert [level.shape for _, level in levels] == [(100, 60, 3), (80, 48, 3), (64, 38, 3),
                                                        (51, 31, 3)]

    def test_a_level_is_pillow_s(self):
        image = picture(100, 60)
        (_, level), *_ = image_pyramid(image, 0.5, 2, 20)
        expected = Image.fromarray(image).resize((30, 50), Image.Resampling.BILINEAR)
        np.testing.assert_array_equal(level, expected)

    def test_an_image_that_is_too_low_has_no_level(self):
        assert list(image_pyramid(picture(40, 60), 1.0, 1.1, 41)) == []


class TestScores:
    def test_they_are_the_product_with_each_window_cut_out(self):
        rng = np.random.default_rng(0)
        blocks, weights = rng.normal(size=(6, 7, 3)), rng.normal(size=(4, 2, 3))
        scores = window_scores(blocks, weights)
        assert scores.shape == (3, 6)
        for i, j in np.ndindex(scores.shape):
            assert scores[i, j] == pytest.approx((blocks[i:i + 4, j:j + 2] * weights).sum())

    def test_where_no_window_fits_there_is_no_score(self):
        assert window_scores(np.ones((3, 9, 2)), np.ones((4, 2, 2))).shape == (0, 8)
