"""The switches of HOG: votes and weights against plain loops, and what none of them may change."""

import numpy as np
import pytest

from minicv.channel_detector.hog_switches import (
    cell_weights,
    hog_blocks,
    orientation_votes,
    weighted_blocks,
)
from minicv.person_detector import hog

PAPER = dict(gamma=0.5, interpolate=True, block_sigma=8)
VARIANTS = [dict(), dict(signed=True, orientations=18), dict(interpolate=True),
            dict(block_sigma=6.0, block_norm="L1-sqrt"), dict(gamma=0.3), PAPER]


def picture(shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def ramp(degrees, size=24):
    """An image whose gradient points everywhere in this direction (0: right, 90: down)."""
    y, x = np.mgrid[:size, :size].astype(float)
    return x * np.cos(np.radians(degrees)) + y * np.sin(np.radians(degrees)) + 2 * size


@pytest.mark.parametrize("shape", [(45, 52), (45, 52, 3)])
@pytest.mark.parametrize("block, norm", [((2, 2), "L2-Hys"), ((3, 1), "L1-sqrt")])
def test_with_all_switches_off_it_is_hog(shape, block, norm):
    image = picture(shape)
    expected = hog(image, 7, (6, 9), block, norm, feature_vector=False,
                   channel_axis=-1 if len(shape) == 3 else None)
    np.testing.assert_array_equal(hog_blocks(image, (6, 9), block, 7, norm), expected)


def test_signed_puts_opposite_directions_in_opposite_bins():
    there, back = (hog_blocks(ramp(d), (8, 8), (1, 1), 18, signed=True).reshape(-1, 18).sum(0)
                   for d in (45, 225))
    assert there.argmax() == 2 and back.argmax() == 11  # of 20 degrees each


def test_a_vote_is_shared_in_proportion_to_the_distance_from_the_middles():
    """Brute force: each bin's share is a triangle round its middle, on a circle."""
    angle = np.linspace(0, 180, 37)[:-1].reshape(6, 6)
    votes = orientation_votes(angle, np.ones_like(angle), 9, 180, share=True)
    for bin_number in range(9):
        distance = np.abs(angle - 20 * (bin_number + 0.5))
        distance = np.minimum(distance, 180 - distance)
        np.testing.assert_allclose(votes[..., bin_number], np.maximum(0, 1 - distance / 20),
                                   atol=1e-12)


def test_shared_votes_add_up_to_the_length_with_one_bin_too():
    angle, length = np.random.default_rng(0).random((2, 4, 4)) * 180
    for orientations in (1, 2, 9):
        votes = orientation_votes(angle, length, orientations, 180, share=True)
        np.testing.assert_allclose(votes.sum(axis=-1), length)


def test_unshared_votes_go_to_the_bin_of_the_angle():
    """Of 12 bins of 30 degrees, the last whose lower edge the angle has reached."""
    angle = np.append(np.random.default_rng(0).random(13) * 360, [0, 30, 330]).reshape(4, 4)
    votes = orientation_votes(angle, np.ones_like(angle), 12, 360, share=False)
    expected = (angle[..., None] >= 30 * np.arange(12)).sum(axis=-1) - 1
    np.testing.assert_array_equal(votes.argmax(axis=-1), expected)
    np.testing.assert_array_equal(votes.sum(axis=-1), 1)


def test_an_angle_that_is_no_bin_votes_for_nothing():
    votes = orientation_votes(np.full((1, 1), 180.0), np.ones((1, 1)), 9, 180, False)
    assert not votes.any()


def test_weighted_blocks_are_the_sum_over_their_pixels():
    """Brute force over blocks, cells and pixels, with weights computed point by point."""
    rng = np.random.default_rng(0)
    votes = rng.random((13, 17, 2))  # a row and two columns beyond the last whole cell
    blocks = weighted_blocks(votes, (4, 3), (2, 3), share=True, sigma=5.0)
    assert blocks.shape == (2, 3, 2, 3, 2)
    for r, c, i, j in np.ndindex(2, 3, 2, 3):
        expected = np.zeros(2)
        for y, x in np.ndindex(8, 9):
            dy, dx = y + 0.5 - 4 * (i + 0.5), x + 0.5 - 3 * (j + 0.5)
            share = max(0, 1 - abs(dy) / 4) * max(0, 1 - abs(dx) / 3)
            gauss = np.exp(-((y + 0.5 - 4)**2 + (x + 0.5 - 4.5)**2) / (2 * 5.0**2))
            expected += share * gauss * votes[4 * r + y, 3 * c + x]
        np.testing.assert_allclose(blocks[r, c, i, j], expected / 12)


def test_a_very_wide_gaussian_is_none():
    image = picture((40, 48))
    np.testing.assert_allclose(hog_blocks(image, block_sigma=1e9), hog_blocks(image), atol=1e-6)


def test_weights_inside_a_block_share_the_whole_vote():
    """Between the centres of the first and the last cell nothing is lost."""
    total = cell_weights(8, 3, share=True, sigma=None).sum(axis=0)
    np.testing.assert_allclose(total[4:-4], 1)
    assert (total[:4] < 1).all() and (total[-4:] < 1).all()


def test_gamma_of_a_half_is_the_square_root():
    image = picture((30, 30))
    expected = hog(image, cells_per_block=(2, 2), transform_sqrt=True, feature_vector=False)
    np.testing.assert_array_equal(hog_blocks(image, gamma=0.5), expected)


def test_gamma_is_applied_before_everything_else():
    image = picture((30, 30))
    np.testing.assert_allclose(hog_blocks(image, gamma=0.3), hog_blocks(image.astype(float)**0.3),
                               atol=1e-12)


def test_the_papers_window_has_3780_numbers():
    assert hog_blocks(picture((128, 64, 3)), **PAPER).size == 3780


@pytest.mark.parametrize("options", VARIANTS)
def test_a_flat_image_has_blocks_of_zeros(options):
    assert not hog_blocks(np.full((32, 32), 7.0), **options).any()


@pytest.mark.parametrize("options", VARIANTS)
def test_the_input_is_left_alone(options):
    image = np.random.default_rng(0).random((30, 30, 3))
    before = image.copy()
    hog_blocks(image, **options)
    np.testing.assert_array_equal(image, before)


@pytest.mark.parametrize("options", VARIANTS)
def test_a_window_equals_its_crop_in_all_blocks_away_from_its_border(options):
    image = picture((75, 69, 3))
    blocks = hog_blocks(image, **options)
    for r, c in np.ndindex(3, 3):
        crop = hog_blocks(image[8 * r:8 * r + 48, 8 * c:8 * c + 40], **options)
        window = blocks[r:r + 5, c:c + 4]
        np.testing.assert_array_equal(window[1:-1, 1:-1], crop[1:-1, 1:-1])


@pytest.mark.parametrize("options", VARIANTS)
def test_a_window_equals_its_crop_everywhere_if_the_gradients_at_its_border_do(options):
    """Mirror the pixels at the window's border: the central difference there is zero, as hog's."""
    image = picture((80, 80, 3))
    top, bottom, left, right = 16, 64, 24, 64
    image[top - 1, left:right] = image[top + 1, left:right]
    image[bottom, left:right] = image[bottom - 2, left:right]
    image[top:bottom, left - 1] = image[top:bottom, left + 1]
    image[top:bottom, right] = image[top:bottom, right - 2]
    crop = hog_blocks(image[top:bottom, left:right], **options)
    np.testing.assert_array_equal(hog_blocks(image, **options)[2:7, 3:7], crop)


@pytest.mark.parametrize("options", [dict(gamma=0), dict(block_sigma=-1), dict(block_sigma=np.nan),
                                     dict(orientations=0), dict(block_norm="max")])
def test_bad_options_are_errors(options):
    with pytest.raises(ValueError, match="must be|invalid"):
        hog_blocks(np.zeros((30, 30)), **options)


def test_negative_pixels_have_no_gamma():
    with pytest.raises(ValueError, match="smallest is -1"):
        hog_blocks(np.full((30, 30), -1.0), gamma=0.3)
