"""HOG: its stages against plain loops, its switches, many patches, whole images, pictures."""

import numpy as np
import pytest

from minicv.person_detector.hog_blocks import cell_weights, weighted_blocks
from minicv.person_detector.hog_dense import dense_hog, window_descriptors, window_view
from minicv.person_detector.hog_drawing import draw_hog
from minicv.person_detector.hog_features import hog, hog_patches
from minicv.person_detector.hog_stages import (
    cell_histograms,
    gradients,
    orientation_bins,
    orientation_votes,
    strongest_gradient,
)

PAPER = dict(cells_per_block=(2, 2), transform_sqrt=True, interpolate=True, block_sigma=8)
VARIANTS = [dict(), dict(signed=True, orientations=18), dict(interpolate=True),
            dict(block_sigma=6.0, block_norm="L1-sqrt"), dict(gamma=0.3), PAPER]


def picture(shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def ramp(degrees, size=24):
    """An image whose gradient points everywhere in this direction (0: right, 90: down)."""
    y, x = np.mgrid[:size, :size].astype(float)
    return x * np.cos(np.radians(degrees)) + y * np.sin(np.radians(degrees)) + 2 * size


# Stages and switches

def test_gradient_of_a_plane_is_twice_its_slope_inside():
    y, x = np.mgrid[:5, :6].astype(float)
    down, across = gradients(3 * y - 2 * x)
    assert (down[1:-1] == 6).all() and (across[:, 1:-1] == -4).all()


def test_gradient_is_zero_where_a_neighbour_is_missing():
    down, across = gradients(np.random.default_rng(0).random((5, 6)))
    assert not down[[0, -1]].any() and not across[:, [0, -1]].any()


def test_cell_histograms_are_a_bincount_of_cells_and_bins():
    """To 1e-6 only: votes are added in single precision."""
    rng = np.random.default_rng(0)
    bins, magnitude = rng.integers(0, 9, (2, 12, 10)), rng.random((2, 12, 10))
    cells = cell_histograms(bins, magnitude, 9, (4, 5))
    for p, r, c in np.ndindex(2, 3, 2):
        cell = np.s_[p, 4 * r:4 * r + 4, 5 * c:5 * c + 5]
        expected = np.bincount(bins[cell].ravel(), magnitude[cell].ravel(), minlength=9) / 20
        np.testing.assert_allclose(cells[p, r, c], expected, rtol=1e-6)


@pytest.mark.parametrize("degrees, direction", [(5, 5), (5, 185), (45, 225)])
def test_unsigned_does_not_tell_opposite_directions_apart(degrees, direction):
    np.testing.assert_allclose(hog(ramp(degrees)), hog(ramp(direction)), atol=1e-6)


def test_signed_puts_opposite_directions_in_opposite_bins():
    there, back = (hog(ramp(d), 18, cells_per_block=(1, 1), signed=True).reshape(-1, 18).sum(0)
                   for d in (45, 225))
    assert there.argmax() == 2 and back.argmax() == 11  # of 20 degrees each


def test_a_vote_is_shared_in_proportion_to_the_distance_from_the_middles():
    """Brute force: each bin's share is a triangle round its middle, on a circle."""
    angle = np.linspace(0, 180, 37)[:-1].reshape(1, 6, 6)
    votes = orientation_votes(angle, np.ones_like(angle), 9, 180, share=True)
    for bin_number in range(9):
        distance = np.abs(angle - 20 * (bin_number + 0.5))
        distance = np.minimum(distance, 180 - distance)
        np.testing.assert_allclose(votes[..., bin_number], np.maximum(0, 1 - distance / 20),
                                   atol=1e-12)


def test_shared_votes_add_up_to_the_magnitude_with_one_bin_too():
    angle, magnitude = np.random.default_rng(0).random((2, 1, 4, 4)) * 180
    for orientations in (1, 2, 9):
        votes = orientation_votes(angle, magnitude, orientations, 180, share=True)
        np.testing.assert_allclose(votes.sum(axis=-1), magnitude)


def test_unshared_votes_go_to_the_bin_of_the_angle():
    angle = np.random.default_rng(0).random((1, 4, 4)) * 360
    votes = orientation_votes(angle, angle, 12, 360, share=False)
    np.testing.assert_array_equal(votes.argmax(axis=-1), orientation_bins(angle, 12, 360))


def test_weighted_blocks_are_the_sum_over_their_pixels():
    """Brute force over blocks, cells and pixels, with weights computed point by point."""
    rng = np.random.default_rng(0)
    votes = rng.random((1, 12, 15, 2))
    blocks = weighted_blocks(votes, (4, 3), (2, 3), share=True, sigma=5.0)
    assert blocks.shape == (1, 2, 3, 2, 3, 2)
    for r, c, i, j in np.ndindex(2, 3, 2, 3):
        expected = np.zeros(2)
        for y, x in np.ndindex(8, 9):
            dy, dx = y + 0.5 - 4 * (i + 0.5), x + 0.5 - 3 * (j + 0.5)
            share = max(0, 1 - abs(dy) / 4) * max(0, 1 - abs(dx) / 3)
            gauss = np.exp(-((y + 0.5 - 4)**2 + (x + 0.5 - 4.5)**2) / (2 * 5.0**2))
            expected += share * gauss * votes[0, 4 * r + y, 3 * c + x]
        np.testing.assert_allclose(blocks[0, r, c, i, j], expected / 12)


def test_a_very_wide_gaussian_is_none():
    image = picture((40, 48))
    np.testing.assert_allclose(hog(image, block_sigma=1e9), hog(image), atol=1e-6)


def test_weights_inside_a_block_share_the_whole_vote():
    """Between the centres of the first and the last cell nothing is lost."""
    total = cell_weights(8, 3, share=True, sigma=None).sum(axis=0)
    np.testing.assert_allclose(total[4:-4], 1)
    assert (total[:4] < 1).all() and (total[-4:] < 1).all()


def test_gamma_of_a_half_is_the_square_root():
    image = picture((30, 30))
    np.testing.assert_array_equal(hog(image, gamma=0.5), hog(image, transform_sqrt=True))


def test_gamma_is_applied_before_everything_else():
    image = picture((30, 30))
    np.testing.assert_allclose(hog(image, gamma=0.3), hog(image.astype(float)**0.3), atol=1e-12)


@pytest.mark.parametrize("norm", ["L1", "L1-sqrt", "L2", "L2-Hys"])
def test_contrast_does_not_matter(norm):
    """Up to the 1e-5 in the norms' denominators."""
    image = picture((40, 48)).astype(float)
    np.testing.assert_allclose(hog(image, block_norm=norm), hog(3 * image + 7, block_norm=norm),
                               atol=1e-6)


def test_the_papers_window_has_3780_numbers():
    assert hog(picture((128, 64, 3)), channel_axis=-1, **PAPER).shape == (3780,)


def test_a_flat_image_has_a_descriptor_of_zeros():
    for options in VARIANTS:
        assert not hog(np.full((32, 32), 7.0), **options).any()


# Many patches

@pytest.mark.parametrize("options", VARIANTS)
@pytest.mark.parametrize("shape", [(40, 37), (40, 37, 3)])
def test_patches_are_described_as_one_by_one(shape, options):
    patches = picture((30, *shape))  # more than one chunk
    axis = -1 if len(shape) == 3 else None
    one_by_one = np.stack([hog(patch, channel_axis=axis, **options) for patch in patches])
    np.testing.assert_array_equal(hog_patches(patches, **options), one_by_one)


def test_no_patches_have_no_descriptors_but_their_length():
    assert hog_patches(np.zeros((0, 128, 64, 3)), cells_per_block=(2, 2)).shape == (0, 3780)


def test_the_input_is_left_alone():
    patches = np.random.default_rng(0).random((2, 30, 30, 3))
    before = patches.copy()
    for options in VARIANTS:
        hog_patches(patches, **options)
    np.testing.assert_array_equal(patches, before)


# Whole images

def windows_and_crops(image, options, cells=(6, 5)):
    """Each window's blocks in the dense description, and of the window cut out."""
    dense = dense_hog(image, **options)
    view = window_view(dense, cells)
    for r, c in np.ndindex(*view.shape[:2]):
        crop = image[8 * r:8 * (r + cells[0]), 8 * c:8 * (c + cells[1])]
        yield (r, c), view[r, c], hog(crop, channel_axis=-1, feature_vector=False, **options), \
            view.shape


@pytest.mark.parametrize("options", VARIANTS)
def test_a_window_equals_its_crop_in_all_blocks_away_from_its_border(options):
    for _, window, crop, _ in windows_and_crops(picture((75, 69, 3)), options):
        assert window[1:-1, 1:-1].size
        np.testing.assert_array_equal(window[1:-1, 1:-1], crop[1:-1, 1:-1])


def test_a_window_differs_in_the_blocks_at_its_border_unless_it_is_the_images():
    for (r, c), window, crop, shape in windows_and_crops(picture((72, 64, 3)), {}):
        differs = (window != crop).any(axis=(2, 3, 4))
        expected = np.zeros_like(differs)
        expected[0] |= r > 0
        expected[-1] |= r < shape[0] - 1
        expected[:, 0] |= c > 0
        expected[:, -1] |= c < shape[1] - 1
        np.testing.assert_array_equal(differs, expected)


@pytest.mark.parametrize("options", VARIANTS)
def test_a_window_equals_its_crop_everywhere_if_the_gradients_at_its_border_do(options):
    """Mirror the pixels at the window's border: the central difference there is zero, as hog's."""
    image = picture((80, 80, 3))
    top, bottom, left, right = 16, 64, 24, 64
    image[top - 1, left:right] = image[top + 1, left:right]
    image[bottom, left:right] = image[bottom - 2, left:right]
    image[top:bottom, left - 1] = image[top:bottom, left + 1]
    image[top:bottom, right] = image[top:bottom, right - 2]
    descriptors = window_descriptors(dense_hog(image, **options), (6, 5))
    crop = hog(image[top:bottom, left:right], channel_axis=-1, **options)
    np.testing.assert_array_equal(descriptors[2, 3], crop)


def test_windows_include_the_last_and_skip_by_the_step():
    dense = dense_hog(picture((80, 72)))  # 10 x 9 cells
    assert window_descriptors(dense, (6, 5)).shape == (5, 5, 4 * 3 * 81)
    np.testing.assert_array_equal(window_descriptors(dense, (6, 5), step=2),
                                  window_descriptors(dense, (6, 5))[::2, ::2])


def test_the_view_copies_nothing():
    dense = dense_hog(picture((80, 72)))
    assert np.shares_memory(window_view(dense, (6, 5)), dense)


@pytest.mark.parametrize("cells, step, words", [
    ((2, 5), 1, "no block"), ((11, 5), 1, "does not fit"), ((5, 5), 0, "at least 1")])
def test_windows_that_cannot_be_are_errors(cells, step, words):
    with pytest.raises(ValueError, match=words):
        window_view(dense_hog(picture((80, 72))), cells, step)


# Pictures

def test_a_bin_is_drawn_at_right_angles_to_its_middle():
    image = np.zeros((24, 24))
    image[:, 12:] = 1
    _, drawn = hog(image, 1, visualize=True)  # one bin, its middle at 90: the line lies flat
    rows, columns = np.nonzero(drawn)
    assert len(set(rows)) == 3 and len(set(columns)) > 6


def test_a_glyph_lies_along_the_edge():
    """Of 8 bins, the first has its middle at 11.25 degrees: its line is nearly vertical."""
    weights = np.zeros((1, 1, 1, 1, 8))
    weights[..., 0] = 2
    positive, negative = draw_hog(weights, (1, 1), 8, (1, 1), glyph=32)
    rows, columns = np.nonzero(positive)
    assert np.ptp(rows) > 4 * np.ptp(columns) and not negative.any()


def test_positive_and_negative_weights_are_drawn_apart_in_one_scale():
    weights = np.zeros((1, 2, 1, 1, 9))
    weights[0, 0, 0, 0, 3], weights[0, 1, 0, 0, 6] = 4, -1
    positive, negative = draw_hog(weights, (1, 2), 9, (1, 1), glyph=16)
    assert positive[:, :16].max() == 1 and not positive[:, 16:].any()
    assert negative[:, 16:].max() == 0.25 and not negative[:, :16].any()


def test_all_copies_of_a_cell_count_equally():
    """Equal weights everywhere give equal glyphs, also at the border, where copies are fewer."""
    positive, _ = draw_hog(np.ones(3780), (16, 8), cells_per_block=(2, 2), glyph=8)
    glyphs = positive.reshape(16, 8, 8, 8).swapaxes(1, 2)
    assert (glyphs == glyphs[0, 0]).all()


@pytest.mark.parametrize("weights, words", [
    (np.ones(10), "has 3780 numbers"), (np.full(3780, np.nan), "NaN")])
def test_weights_that_cannot_be_drawn_are_errors(weights, words):
    with pytest.raises(ValueError, match=words):
        draw_hog(weights, (16, 8), cells_per_block=(2, 2))


# Errors

@pytest.mark.parametrize("image", [np.zeros((23, 40)), np.zeros((0, 0)), np.zeros(40)])
def test_too_small_an_image_is_told_the_smallest_size(image):
    with pytest.raises(ValueError, match="at least: 24 rows and 24 cols"):
        hog(image)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_are_counted_and_the_first_is_named(value):
    image = np.zeros((30, 30))
    image[4, 5] = image[9, 9] = value
    with pytest.raises(ValueError, match=r"2 of 900 pixels .* \(4, 5\)"):
        hog(image)


@pytest.mark.parametrize("options", [
    dict(orientations=0), dict(orientations=2.5), dict(pixels_per_cell=(8, 0)),
    dict(pixels_per_cell=8), dict(cells_per_block=(3, 3, 3)), dict(block_norm="max"),
    dict(gamma=0), dict(gamma=0.5, transform_sqrt=True), dict(block_sigma=-1),
    dict(block_sigma=np.nan)])
def test_bad_options_are_errors(options):
    with pytest.raises(ValueError, match="must be|invalid|give one"):
        hog(np.zeros((30, 30)), **options)


def test_negative_pixels_have_no_square_root():
    with pytest.raises(ValueError, match="smallest is -1"):
        hog(np.full((30, 30), -1.0), transform_sqrt=True)


def test_words_are_not_pixels():
    with pytest.raises(TypeError, match="real numbers"):
        hog(np.full((30, 30), "a"))


def test_the_square_of_a_long_gradient_does_not_overflow():
    channels = np.array([0, 0, 1e25], np.float32).reshape(1, 1, 1, 3)
    assert strongest_gradient(channels)[2][0, 0, 1] == pytest.approx(1e25)


def test_an_angle_that_is_no_bin_votes_for_nothing():
    votes = orientation_votes(np.full((1, 1, 1), 180.0), np.ones((1, 1, 1)), 9, 180, False)
    assert not votes.any()


def test_windows_that_do_not_fit_and_arrays_that_are_no_dense_hog():
    with pytest.raises(ValueError, match="does not fit in the image, which has \\(6, 6\\)"):
        window_view(np.zeros((4, 4, 3, 3, 9)), (6, 7))
    with pytest.raises(ValueError, match="5 axes"):
        window_view(np.zeros((1, 4, 4, 3, 3, 9)), (3, 3))
