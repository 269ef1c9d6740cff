"""Fast HOG gives what the plain one does; and windows are slices of the whole image's blocks."""

import numpy as np
import pytest

from minicv.fast import hog, hog_features, hog_patches
from minicv.person_detector import hog_features as plain

VARIANTS = [dict(), dict(orientations=8, pixels_per_cell=(16, 16), cells_per_block=(1, 1)),
            dict(pixels_per_cell=(5, 7), cells_per_block=(2, 3), block_norm="L1"),
            dict(cells_per_block=(2, 2), transform_sqrt=True), dict(block_norm="L1-sqrt"),
            dict(orientations=12, block_norm="L2")]


def picture(shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def assert_same(ours, expected):
    """To the order of summation; float32 is rounded at the end, to 6e-8."""
    assert (ours.shape, ours.dtype) == (expected.shape, expected.dtype)
    tolerance = 1e-6 if ours.dtype == np.float32 else 1e-12
    np.testing.assert_allclose(ours, expected, rtol=0, atol=tolerance)


# Plain equals fast

@pytest.mark.parametrize("options", VARIANTS)
@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int32, np.float16, np.float32, np.float64])
@pytest.mark.parametrize("shape", [(40, 37), (40, 37, 3)])
def test_patches(shape, dtype, options, monkeypatch):
    monkeypatch.setattr(hog_features, "CHUNK_PIXELS", 10_000)  # more than one chunk
    patches = picture((20, *shape))
    patches = patches > 100 if dtype is bool else patches.astype(dtype)
    for stack in (patches, patches / np.float32(255)):
        assert_same(hog_patches(stack, **options), plain.hog_patches(stack, **options))


@pytest.mark.parametrize("options", VARIANTS)
def test_an_image_and_its_picture_of_the_histograms(options):
    image = picture((75, 69, 3))
    for by_block in (False, True):
        call = dict(options, visualize=True, channel_axis=-1, feature_vector=not by_block)
        (ours, drawn), (expected, plain_drawn) = hog(image, **call), plain.hog(image, **call)
        assert_same(ours, expected)
        np.testing.assert_allclose(drawn, plain_drawn, rtol=1e-12, atol=1e-9)

@pytest.mark.parametrize("axis", [0, 1, -1])
def test_any_axis_of_channels(axis):
    image = np.moveaxis(picture((40, 44, 5)), -1, axis)
    assert_same(hog(image, channel_axis=axis), plain.hog(image, channel_axis=axis))


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_equally_long_gradients_in_two_channels(dtype):
    """(5, 0), (3, 4) and (4, 3) are equally long, and divided by 255 rounding decides."""
    image = np.random.default_rng(0).integers(0, 6, (64, 64, 3))
    image = image.astype(dtype) if dtype is np.uint8 else (image / 255).astype(dtype)
    assert_same(hog(image, channel_axis=-1), plain.hog(image, channel_axis=-1))


@pytest.mark.parametrize("a, b", [
    ((1, 189), (99, 161)), ((2, 107), (43, 98)), ((63, 101), (3, 119))])
def test_lengths_that_only_hypot_tells_apart(a, b):
    """Equal squares, but `np.hypot` may round the two roots to neighbours: then it decides."""
    image = np.zeros((24, 24, 2), np.uint8)
    for channel, (down, across) in enumerate((a, b)):
        image[13, 12, channel], image[12, 13, channel] = down, across
    for channels in (image, image[..., ::-1]):
        assert_same(hog(channels, channel_axis=-1), plain.hog(channels, channel_axis=-1))


def test_the_square_of_a_long_gradient_does_not_overflow():
    image = picture((24, 24)).astype(np.float32) * np.float32(1e25)
    assert_same(hog(image), plain.hog(image))
    assert hog(image).any()


def test_flat_and_steep_parts_of_an_image():
    image = np.zeros((48, 48, 3))
    image[24:, :30] = 1
    image[10, 11:13] = 1e-20
    assert_same(hog(image, channel_axis=-1), plain.hog(image, channel_axis=-1))


def test_no_patches_have_no_descriptors_but_their_length():
    assert hog_patches(np.zeros((0, 128, 64, 3)), cells_per_block=(2, 2)).shape == (0, 3780)


@pytest.mark.parametrize("options", VARIANTS)
def test_the_input_is_left_alone(options):
    patches = np.random.default_rng(0).random((2, 30, 30, 3))
    before = patches.copy()
    hog_patches(patches, **options)
    np.testing.assert_array_equal(patches, before)


@pytest.mark.parametrize("function, option", [
    (hog, "visualize"), (hog, "feature_vector"), (hog, "transform_sqrt"),
    (hog_patches, "feature_vector"), (hog_patches, "transform_sqrt")])
def test_switches_are_true_or_false(function, option):
    with pytest.raises(TypeError, match=f"{option} must be True or False, got 2"):
        function(np.zeros((30, 30, 30) if function is hog_patches else (30, 30)), **{option: 2})


@pytest.mark.parametrize("image, options", [
    (np.zeros((23, 40)), {}), (np.full((30, 30), np.nan), {}), (np.zeros((30, 30, 3)), {}),
    (np.full((30, 30), 1e200), {}), (np.full((30, 30), 3e38, np.float32), {}),
    (np.full((30, 30), "a"), {}), (np.zeros((30, 30)), {"block_norm": "max"}),
    (np.full((30, 30), -1.0), {"transform_sqrt": True}), (np.ones((30, 30)) * 1j, {}),
    ([[1.0], [2.0, 3.0]], {}), (None, {}), (np.zeros((0, 30)), {}),
    (np.where(np.arange(900).reshape(30, 30) == 43, np.inf, 0).astype(np.float16), {}),
    (np.zeros((30, 30)), {"pixels_per_cell": (8, 2.5)}), (np.zeros((30, 30)), {"orientations": 0}),
    (np.zeros((30, 30)), {"pixels_per_cell": (8, 8, 8)}),
    (np.zeros((30, 30)), {"channel_axis": -1}), (np.zeros((30, 30, 0)), {"channel_axis": -1}),
    (np.zeros((30, 30)), {"cells_per_block": (10**30, 1)})])
def test_the_same_calls_are_the_same_errors(image, options):
    messages = []
    for function in (hog, plain.hog):
        with pytest.raises((ValueError, TypeError)) as error:
            function(image, **options)
        messages.append((error.type, str(error.value)))
    assert messages[0] == messages[1]


# Whole images

def windows_and_crops(image, options, cells=(6, 5)):
    """Each window's blocks in the description of the image, and of the window cut out."""
    dense = hog(image, channel_axis=-1, feature_vector=False, **options)
    blocks = [n - block + 1 for n, block in zip(cells, dense.shape[2:4])]
    corners = dense.shape[0] - blocks[0] + 1, dense.shape[1] - blocks[1] + 1
    for r, c in np.ndindex(*corners):
        window = dense[r:r + blocks[0], c:c + blocks[1]]
        crop = image[8 * r:8 * (r + cells[0]), 8 * c:8 * (c + cells[1])]
        yield (r, c), window, hog(crop, channel_axis=-1, feature_vector=False, **options), corners


OF_8_PIXELS = [options for options in VARIANTS if "pixels_per_cell" not in options]


@pytest.mark.parametrize("options", OF_8_PIXELS)
def test_a_window_equals_its_crop_in_all_blocks_away_from_its_border(options):
    for _, window, crop, _ in windows_and_crops(picture((75, 69, 3)), options):
        assert window[1:-1, 1:-1].size
        np.testing.assert_array_equal(window[1:-1, 1:-1], crop[1:-1, 1:-1])


def test_a_window_differs_in_the_blocks_at_its_border_unless_it_is_the_images():
    for (r, c), window, crop, corners in windows_and_crops(picture((72, 64, 3)), {}):
        differs = (window != crop).any(axis=(2, 3, 4))
        expected = np.zeros_like(differs)
        expected[0] |= r > 0
        expected[-1] |= r < corners[0] - 1
        expected[:, 0] |= c > 0
        expected[:, -1] |= c < corners[1] - 1
        np.testing.assert_array_equal(differs, expected)


@pytest.mark.parametrize("options", OF_8_PIXELS)
def test_a_window_equals_its_crop_everywhere_if_the_gradients_at_its_border_do(options):
    """Mirror the pixels at the window's border: the central difference there is zero, as hog's."""
    image = picture((80, 80, 3))
    top, bottom, left, right = 16, 64, 24, 64
    image[top - 1, left:right] = image[top + 1, left:right]
    image[bottom, left:right] = image[bottom - 2, left:right]
    image[top:bottom, left - 1] = image[top:bottom, left + 1]
    image[top:bottom, right] = image[top:bottom, right - 2]
    (window,) = [window for at, window, _, _ in windows_and_crops(image, options) if at == (2, 3)]
    crop = hog(image[top:bottom, left:right], channel_axis=-1, **options)
    np.testing.assert_array_equal(window.ravel(), crop)
