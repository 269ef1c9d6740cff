"""HOG: its stages against plain loops, many patches, windows of whole images, pictures."""

import numpy as np
import pytest

from minicv.person_detector.hog_drawing import draw_hog
from minicv.person_detector.hog_features import (
    cell_histograms,
    check_picture,
    gradients,
    hog,
    hog_patches,
    normalize_blocks,
    orientation_bins,
    strongest_channel,
)

VARIANTS = [dict(), dict(orientations=8, pixels_per_cell=(16, 16), cells_per_block=(1, 1)),
            dict(cells_per_block=(2, 2), transform_sqrt=True), dict(block_norm="L1-sqrt")]


def picture(shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def ramp(degrees, size=24):
    """An image whose gradient points everywhere in this direction (0: right, 90: down)."""
    y, x = np.mgrid[:size, :size].astype(float)
    return x * np.cos(np.radians(degrees)) + y * np.sin(np.radians(degrees)) + 2 * size


# Stages

def test_gradient_of_a_plane_is_twice_its_slope_inside():
    y, x = np.mgrid[:5, :6].astype(float)
    down, across = gradients(3 * y - 2 * x)
    assert (down[1:-1] == 6).all() and (across[:, 1:-1] == -4).all()


def test_gradient_is_zero_where_a_neighbour_is_missing():
    down, across = gradients(np.random.default_rng(0).random((5, 6)))
    assert not down[[0, -1]].any() and not across[:, [0, -1]].any()


def test_the_channel_with_the_longest_gradient_is_taken_and_of_equals_the_first():
    down, across = np.array([[0.0, 3, 1], [6, 4, 2]]), np.array([[5.0, 4, 1], [1, 3, 2]])
    down, across, length = strongest_channel(down, across)
    assert down.tolist() == [6, 3, 2] and across.tolist() == [1, 4, 2]
    np.testing.assert_allclose(length, np.sqrt([37, 25, 8]))


def test_an_angle_on_the_edge_of_two_bins_is_in_the_upper_one():
    """Of 8 bins, those at 0, 45, 90 and 135 degrees; in float32 too. 180 degrees are 0 again."""
    down, across = np.array([[0, 7, 7, 7, 0, -7, -7, -7], [7, 7, 0, -7, -7, -7, 0, 7]], np.float32)
    assert orientation_bins(down, across, 8).tolist() == [0, 2, 4, 6] * 2


def test_bins_are_found_by_comparing_with_all_edges():
    """Brute force: the last edge that the angle has reached."""
    down, across = np.random.default_rng(0).normal(size=(2, 1000))
    angle = np.degrees(np.arctan2(down, across)) % 180
    for orientations in (1, 7, 9, 36):
        reached = angle[:, None] >= 180 / orientations * np.arange(orientations)
        np.testing.assert_array_equal(orientation_bins(down, across, orientations),
                                      reached.sum(axis=1) - 1)


def test_an_angle_just_below_zero_is_no_bin_and_counts_nowhere():
    bins = orientation_bins(np.full((2, 2), -1e-20), np.ones((2, 2)), 9)
    assert (bins == 9).all()
    assert not cell_histograms(bins, np.ones((2, 2)), 9, (2, 2)).any()


def test_cell_histograms_are_a_bincount_of_each_cell():
    """Also where rows and columns remain beyond the last whole cell."""
    rng = np.random.default_rng(0)
    bins, length = rng.integers(0, 9, (13, 12)), rng.random((13, 12))
    cells = cell_histograms(bins, length, 9, (4, 5))
    assert cells.shape == (3, 2, 9)
    for r, c in np.ndindex(3, 2):
        cell = np.s_[4 * r:4 * r + 4, 5 * c:5 * c + 5]
        expected = np.bincount(bins[cell].ravel(), length[cell].ravel(), minlength=9) / 20
        np.testing.assert_allclose(cells[r, c], expected, rtol=1e-12)


@pytest.mark.parametrize("degrees, direction", [(5, 5), (5, 185), (45, 225)])
def test_unsigned_does_not_tell_opposite_directions_apart(degrees, direction):
    np.testing.assert_allclose(hog(ramp(degrees)), hog(ramp(direction)), atol=1e-6)


@pytest.mark.parametrize("norm", ["L1", "L1-sqrt", "L2", "L2-Hys"])
def test_contrast_does_not_matter(norm):
    """Up to the 1e-5 in the norms' denominators."""
    image = picture((40, 48)).astype(float)
    np.testing.assert_allclose(hog(image, block_norm=norm), hog(3 * image + 7, block_norm=norm),
                               atol=1e-6)


@pytest.mark.parametrize("norm, length", [
    ("L1", lambda v: v.sum() + 1e-5), ("L2", lambda v: (v @ v + 1e-10)**0.5)])
def test_each_block_is_divided_by_its_own_norm(norm, length):
    """As in the paper, section 6.4: v / (|v| + e) and v / sqrt(|v|^2 + e^2)."""
    blocks = np.random.default_rng(0).uniform(0, 1, (3, 4, 2, 2, 5))
    each = {at: blocks[at] / length(blocks[at].ravel()) for at in np.ndindex(3, 4)}
    found = normalize_blocks(blocks, norm)
    for at, expected in each.items():
        np.testing.assert_allclose(found[at], expected, rtol=1e-12)
        if norm == "L1":
            np.testing.assert_allclose(normalize_blocks(blocks, "L1-sqrt")[at], expected**0.5)
        else:
            clipped = np.minimum(expected, 0.2)
            np.testing.assert_allclose(normalize_blocks(blocks, "L2-Hys")[at],
                                       clipped / length(clipped.ravel()))


def test_the_papers_window_has_3780_numbers():
    window = picture((128, 64, 3))
    assert hog(window, cells_per_block=(2, 2), channel_axis=-1).shape == (3780,)


def test_a_flat_image_has_a_descriptor_of_zeros():
    for options in VARIANTS:
        assert not hog(np.full((32, 32), 7.0), **options).any()


# Many patches

@pytest.mark.parametrize("options", VARIANTS)
@pytest.mark.parametrize("shape", [(40, 37), (40, 37, 3)])
def test_patches_are_described_as_one_by_one(shape, options):
    patches = picture((5, *shape))
    axis = -1 if len(shape) == 3 else None
    one_by_one = np.stack([hog(patch, channel_axis=axis, **options) for patch in patches])
    np.testing.assert_array_equal(hog_patches(patches, **options), one_by_one)


def test_nested_lists_are_patches():
    patches = picture((2, 16, 16, 3))
    options = dict(pixels_per_cell=(4, 4))
    np.testing.assert_array_equal(hog_patches(patches.tolist(), **options),
                                  hog_patches(patches, **options))


def test_no_patches_have_no_descriptors_but_their_length():
    assert hog_patches(np.zeros((0, 128, 64, 3)), cells_per_block=(2, 2)).shape == (0, 3780)


def test_the_input_is_left_alone():
    patches = np.random.default_rng(0).random((2, 30, 30, 3))
    before = patches.copy()
    for options in VARIANTS:
        hog_patches(patches, **options)
    np.testing.assert_array_equal(patches, before)


# Whole images

def test_the_blocks_of_an_image_are_those_of_its_windows_away_from_their_border():
    """So a detector describes an image once. `hog` of a window has no neighbours at its border."""
    image = picture((75, 69, 3))
    blocks = hog(image, feature_vector=False, channel_axis=-1)
    assert blocks.shape == (7, 6, 3, 3, 9)
    for r, c in np.ndindex(4, 4):
        crop = hog(image[8 * r:8 * r + 48, 8 * c:8 * c + 40], feature_vector=False,
                   channel_axis=-1)
        window = blocks[r:r + 4, c:c + 3]
        np.testing.assert_allclose(window[1:-1, 1:-1], crop[1:-1, 1:-1], rtol=0, atol=1e-12)


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


def test_weights_of_nothing_are_drawn_black():
    assert not np.any(draw_hog(np.zeros(9), (1, 1), cells_per_block=(1, 1), glyph=4))


@pytest.mark.parametrize("weights, words", [
    (np.ones(10), "need 3780 weights, .15, 7, 2, 2, 9., got 10"),
    (np.ones(0), "nothing in it"), (np.full(3780, np.nan), "NaN")])
def test_weights_that_cannot_be_drawn_are_errors(weights, words):
    with pytest.raises(ValueError, match=words):
        draw_hog(weights, (16, 8), cells_per_block=(2, 2))


@pytest.mark.parametrize("cells, blocks", [((2, 5), 3), ((5, 2), 3), ((1, 1), 1)])
def test_where_no_block_of_cells_fits_there_is_nothing_to_draw(cells, blocks):
    with pytest.raises(ValueError, match="need 0 weights"):
        draw_hog(np.ones(blocks * 3 * 3 * 9), cells)


# Errors

@pytest.mark.parametrize("image", [
    np.zeros((23, 40)), np.zeros((40, 23)), np.zeros((0, 0)), np.zeros(40)])
def test_too_small_an_image_is_told_the_smallest_size(image):
    with pytest.raises(ValueError, match="at least: 24 rows and 24 cols"):
        hog(image)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_are_counted_and_the_first_is_named(value):
    image = np.zeros((30, 30))
    image[4, 5] = image[9, 9] = value
    with pytest.raises(ValueError, match=r"2 of the 900 numbers of image are .* \(4, 5\)"):
        hog(image)


@pytest.mark.parametrize("options, error", [
    (dict(orientations=0), ValueError), (dict(orientations=1001), ValueError),
    (dict(orientations=2.5), TypeError),
    (dict(pixels_per_cell=(8, 0)), ValueError), (dict(pixels_per_cell=8.0), TypeError),
    (dict(cells_per_block=(3, 3, 3)), TypeError), (dict(block_norm="max"), ValueError),
    (dict(feature_vector=1), TypeError), (dict(transform_sqrt="no"), TypeError),
    (dict(visualize=1), TypeError)])
def test_bad_options_are_errors(options, error):
    with pytest.raises(error, match=f"{next(iter(options))} must be"):
        hog(np.zeros((30, 30)), **options)
    if "visualize" not in options:
        with pytest.raises(error, match=f"{next(iter(options))} must be"):
            hog_patches(np.zeros((1, 30, 30)), **options)


def test_one_number_counts_for_rows_and_columns():
    image = picture((40, 48))
    np.testing.assert_array_equal(hog(image, 9, 8, 2), hog(image, 9, (8, 8), (2, 2)))


@pytest.mark.parametrize("dtype", [np.int8, np.int64, np.uint64])
def test_differences_of_the_ends_of_a_whole_type_do_not_wrap(dtype):
    """As floats, whose difference is right to their rounding."""
    ends = np.iinfo(dtype)
    image = np.random.default_rng(0).choice(np.array([ends.min, ends.max], dtype), (30, 30))
    np.testing.assert_array_equal(hog(image), hog(image.astype(float)))


def test_halves_are_computed_with_as_single_floats():
    image = picture((30, 30)).astype(np.float16) * 200  # squares of these are beyond a half
    np.testing.assert_array_equal(hog(image), hog(image.astype(np.float32)))


def test_negative_pixels_have_no_square_root():
    with pytest.raises(ValueError, match="smallest is -1"):
        hog(np.full((30, 30), -1.0), transform_sqrt=True)


def test_words_are_not_pixels():
    with pytest.raises(TypeError, match="real numbers"):
        hog(np.full((30, 30), "a"))


def test_the_square_of_a_long_gradient_does_not_overflow():
    _, across = gradients(np.array([[[0, 0, 1e25]]], np.float32))
    length = strongest_channel(np.zeros_like(across), across)[2]
    assert length[0, 1] == pytest.approx(1e25)


@pytest.mark.parametrize("image, options, words", [
    (np.zeros((30, 30, 0)), {"channel_axis": -1}, "no channels"),
    (np.zeros((30, 30, 3)), {}, "specify `channel_axis`"),
    (np.zeros((30, 30)), {"channel_axis": -1}, "leave channel_axis out")])
def test_axes_that_are_no_image_are_errors(image, options, words):
    with pytest.raises(ValueError, match=words):
        hog(image, **options)


def test_one_patch_is_no_stack():
    with pytest.raises(ValueError, match=r"patch\[None\]"):
        hog_patches(np.zeros((30, 30)))


@pytest.mark.parametrize("given, computed", [
    (np.uint8, np.float64), (np.float16, np.float32), (np.float32, np.float32),
    (np.float64, np.float64)])
def test_floats_stay_as_exact_as_they_are(given, computed):
    image = picture((24, 24)).astype(given)
    assert hog(image).dtype == hog_patches(image[None]).dtype == computed


def test_of_a_faint_block_the_floor_of_its_norm_is_felt():
    # |v| = EPSILON: v / sqrt(|v|^2 + EPSILON^2) is as long as 1 / sqrt(2).
    faint = normalize_blocks(np.array([[[0.6e-5, 0.8e-5]]]), "L2")
    assert np.linalg.norm(faint) == pytest.approx(0.5**0.5, rel=1e-12)


def test_in_the_picture_a_cell_of_three_pixels_is_a_dot():
    _, drawn = hog(picture((27, 27)), pixels_per_cell=(3, 3), visualize=True)
    cells = drawn.reshape(9, 3, 9, 3).swapaxes(1, 2)
    assert (cells[:, :, 1, 1] > 0).all() and np.count_nonzero(cells) == 81


def test_a_channel_axis_is_one_of_three():
    for axis in (-4, 3):
        with pytest.raises(ValueError, match="channel_axis must be at least -3 and at most 2"):
            hog(np.zeros((30, 30, 3)), channel_axis=axis)


def test_a_picture_of_floats_is_refused_as_such_whatever_they_are():
    for image in (np.full((4, 4), np.nan), np.full((4, 4, 3), np.inf)):
        with pytest.raises(TypeError, match="image must be uint8"):
            check_picture(image, "image")


def test_a_grey_picture_gets_three_equal_channels_and_a_coloured_one_stays_itself():
    grey = np.arange(12, dtype=np.uint8).reshape(3, 4)
    assert np.array_equal(check_picture(grey, "image"), np.stack([grey, grey, grey], axis=2))
    colour = np.zeros((3, 4, 3), np.uint8)
    assert check_picture(colour, "image") is colour
