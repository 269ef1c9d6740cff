"""The sliding window, against cutting each window out and describing it by itself."""

import numpy as np
import pytest
from PIL import Image

from minicv.person_detector import hog, image_to_hog_patches, sliding_window, window_anchors
from minicv.person_detector.detector import pyramid_scales, resize, window_scores
from minicv.person_detector.sliding_window import gather_windows

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

    def test_an_image_with_a_side_that_no_int32_can_count_is_an_error(self):
        with pytest.raises(ValueError, match="image_size must be at least 1 and at most"):
            window_anchors((10, 2**31 + 1), (10, 2**31), 1)

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
        (np.zeros(80), {}, ValueError, r"shape \(H, W\) or \(H, W, channels\), got \(80,\)"),
        (np.zeros((80, 70)), {"resize_to": (48, 32)}, TypeError, "uint8"),
        (np.zeros((80, 70, 4), np.uint8), {"resize_to": (48, 32)}, ValueError, "H, W, 3"),
        (picture(), {"resize_to": (48, 0)}, ValueError, "resize_to must be"),
        (picture(), {"feature_vector": False}, TypeError, "feature_vector"),
        (picture(), {"orientation": 8}, TypeError, "orientation")])
    def test_wrong_input_is_an_error(self, image, options, error, message):
        with pytest.raises(error, match=message):
            image_to_hog_patches(image, (48, 32), 8, **options)


class TestPyramid:
    def test_each_scale_is_a_step_smaller_down_to_the_last(self):
        scales = list(pyramid_scales(1.0, 0.95 * 96 / 480, 1.05))
        np.testing.assert_allclose(np.array(scales[:-1]) / scales[1:], 1.05)
        assert scales[0] == 1
        assert 480 * scales[-1] >= 0.95 * 96 > 480 * scales[-1] / 1.05

    def test_an_image_that_is_too_low_has_no_scale(self):
        assert list(pyramid_scales(96 / 77, 0.95 * 96 / 70, 1.1)) == []

    def test_sizes_are_the_nearest_whole_pixels_and_at_least_one(self):
        sizes = [resize(picture(100, 60), scale).shape for scale in (1.0, 0.8, 0.64, 0.512, 0.002)]
        assert sizes == [(100, 60, 3), (80, 48, 3), (64, 38, 3), (51, 31, 3), (1, 1, 3)]

    def test_resizing_is_pillow_s(self):
        image = picture(100, 60)
        expected = Image.fromarray(image).resize((30, 50), Image.Resampling.BILINEAR)
        np.testing.assert_array_equal(resize(image, 0.5), expected)


class TestWindows:
    def test_scores_are_the_product_with_each_window_cut_out(self):
        rng = np.random.default_rng(0)
        for grid, shape in (((6, 7, 3), (4, 2)), ((9, 7, 4), (5, 3)), ((16, 8, 19), (16, 8)),
                            ((16, 30, 13), (16, 8)), ((20, 8, 19), (16, 8))):
            blocks, weights = rng.normal(size=grid), rng.normal(size=(*shape, grid[2]))
            planes = np.moveaxis(np.moveaxis(blocks, -1, 0).copy(), 0, -1)  # as cells lie in memory
            scores = window_scores(blocks, weights)
            np.testing.assert_allclose(window_scores(planes, weights), scores, atol=1e-12)
            assert scores.shape == (grid[0] - shape[0] + 1, grid[1] - shape[1] + 1)
            for i, j in np.ndindex(scores.shape):
                window = blocks[i:i + shape[0], j:j + shape[1]]
                assert scores[i, j] == pytest.approx((window * weights).sum())

    @pytest.mark.parametrize("shape, scores", [((3, 9), (0, 8)), ((9, 1), (6, 0)),
                                               ((0, 7), (0, 6))])
    def test_where_no_window_fits_there_is_no_score(self, shape, scores):
        assert window_scores(np.ones((*shape, 2)), np.ones((4, 2, 2))).shape == scores

    def test_a_single_window_fits(self):
        assert window_scores(np.ones((5, 3, 4)), np.ones((5, 3, 4))).tolist() == [[60]]

    def test_gathered_windows_have_the_order_of_the_weights(self):
        rng = np.random.default_rng(1)
        grid, weights = rng.standard_normal((9, 7, 4)), rng.standard_normal((5, 3, 4))
        corners = np.array([[0, 0], [4, 4], [2, 1]])
        products = gather_windows(grid, (5, 3), corners) @ weights.ravel()
        np.testing.assert_allclose(products, window_scores(grid, weights)[tuple(corners.T)])

    def test_no_corners_gather_no_windows(self):
        assert gather_windows(np.ones((9, 7, 4)), (5, 3), np.empty((0, 2), int)).shape == (0, 60)


def test_windows_that_no_memory_holds_are_refused():
    with pytest.raises(ValueError, match="1000000 x 1000000 windows, .* take a larger stride"):
        window_anchors((10**6, 10**6), (1, 1), 1)


def test_as_many_windows_as_memory_holds_are_there(monkeypatch):
    with pytest.raises(ValueError, match="4097 x 4096 windows, over 16777216"):
        window_anchors((4097, 4096), (1, 1), 1)
    monkeypatch.setattr(sliding_window, "MOST_WINDOWS", 6)
    assert len(window_anchors((2, 3), (1, 1), 1)) == 6
    with pytest.raises(ValueError, match="7 windows"):
        window_anchors((1, 7), (1, 1), 1)


def test_the_options_left_out_are_those_of_hog():
    image = picture(40, 40)
    descriptors, _ = image_to_hog_patches(image, (40, 40), 1)
    np.testing.assert_allclose(descriptors[0], hog(image, channel_axis=-1), atol=1e-6)
