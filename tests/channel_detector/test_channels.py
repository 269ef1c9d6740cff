"""Sums of cells: equal to plain loops and closed forms, and resampled exactly."""

import tracemalloc

import numpy as np
import pytest
from PIL import Image

from minicv.channel_detector.channels import (
    cell_descriptors,
    cell_sums,
    gradient_tables,
    mirror_descriptors,
    resample_cells,
)
from minicv.person_detector.hog_features import gradients


def picture(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def plain_histograms(image, cell, gamma):
    """The stages of `hog`, one after the other, without tables: (R, C, 9)."""
    channels = np.round(255 * (image / 255)**gamma).transpose(2, 0, 1)
    down, across = gradients(channels)
    longest = (down**2 + across**2).argmax(axis=0)[None]
    down, across = (np.take_along_axis(part, longest, axis=0) for part in (down, across))
    length = np.hypot(down, across)[0]
    # In bins from the middle of bin 0; each vote goes to the two bins whose middles are nearest.
    position = np.degrees(np.arctan2(down, across))[0] % 180 / 20 - 0.5
    votes = np.zeros((*length.shape, 9))
    for y, x in np.ndindex(length.shape):
        lower = int(np.floor(position[y, x]))
        votes[y, x, lower % 9] += length[y, x] * (1 + lower - position[y, x])
        votes[y, x, (lower + 1) % 9] += length[y, x] * (position[y, x] - lower)
    rows, columns = image.shape[0] // cell, image.shape[1] // cell
    votes = votes[:rows * cell, :columns * cell].reshape(rows, cell, columns, cell, 9)
    return votes.mean(axis=(1, 3))


class TestSums:
    @pytest.mark.parametrize("height, width, cell, gamma",
                             [(64, 48, 8, 0.5), (70, 51, 4, 1.0), (200, 33, 4, 0.5), (8, 8, 8, 1)])
    def test_histograms_equal_the_stages_of_hog(self, height, width, cell, gamma):
        # Smooth pictures: in noise, two channels may tie, and either may be taken.
        ramp = np.add.outer(np.arange(height), 2 * np.arange(width))
        image = np.stack([ramp % 97, ramp % 89 * 2, ramp % 53 * 3], axis=2).astype(np.uint8)
        sums = cell_sums(image, cell, gamma)
        expected = plain_histograms(image, cell, gamma)
        # A tie of lengths between channels of other directions moves some votes between bins.
        np.testing.assert_allclose(sums[..., :9].sum(axis=2), expected.sum(axis=2), rtol=1e-5)
        assert (np.abs(sums[..., :9] - expected) < 1e-3 * expected.max()).mean() > 0.95

    def test_histograms_of_a_grey_picture_equal_the_stages_of_hog_everywhere(self):
        image = np.repeat(picture(150, 60)[:, :, :1], 3, axis=2)  # no ties between channels
        np.testing.assert_allclose(cell_sums(image, 8)[..., :9], plain_histograms(image, 8, 0.5),
                                   rtol=1e-5, atol=1e-4)

    def test_colours_are_pillow_s_mean_and_mean_square(self):
        image = picture(37, 50)
        colours = np.asarray(Image.fromarray(image).convert("YCbCr")).astype(float)
        blocks = colours[:36, :48].reshape(9, 4, 12, 4, 3)
        sums = cell_sums(image, 4)
        np.testing.assert_allclose(sums[..., 9:12], blocks.mean(axis=(1, 3)), rtol=1e-6)
        np.testing.assert_allclose(sums[..., 12:], (blocks**2).mean(axis=(1, 3)), rtol=1e-6)

    def test_the_votes_of_a_gradient_add_up_to_its_length(self):
        numbers, lower, upper, lower_vote, upper_vote = gradient_tables()
        difference = np.arange(-255, 256)
        length = np.hypot(*np.meshgrid(difference, difference)).ravel()
        np.testing.assert_allclose((lower_vote + upper_vote)[numbers], length)
        assert ((upper - lower) % 9 == 1).all()
        assert min(lower_vote.min(), upper_vote.min()) >= 0

    def test_a_longer_gradient_has_a_larger_number(self):
        numbers = gradient_tables()[0]
        difference = np.arange(-255, 256)
        square = (difference[:, None]**2 + difference**2).ravel()
        assert sorted(numbers) == list(range(511**2))
        assert (np.diff(square[np.argsort(numbers)]) >= 0).all()

    def test_opposite_gradients_vote_alike(self):
        bright = picture(40, 40, seed=2)
        np.testing.assert_allclose(cell_sums(bright, 8, 1)[..., :9],
                                   cell_sums(255 - bright, 8, 1)[..., :9], rtol=1e-5, atol=1e-4)


class TestResampling:
    def test_whole_steps_are_means_of_blocks(self):
        sums = np.random.default_rng(0).uniform(0, 9, (12, 9, 5)).astype(np.float32)
        coarse = resample_cells(sums, (2, 3), (0, 0), (6, 3))
        np.testing.assert_allclose(coarse, sums.reshape(6, 2, 3, 3, 5).mean(axis=(1, 3)),
                                   rtol=1e-6)

    def test_a_shift_by_whole_cells_is_a_slice(self):
        sums = np.random.default_rng(1).uniform(0, 9, (12, 9, 5)).astype(np.float32)
        part = resample_cells(sums, (1, 1), (4, 2), (5, 6))
        np.testing.assert_allclose(part, sums[4:9, 2:8], rtol=1e-6)

    def test_any_size_equals_the_shares_of_the_cells_that_are_covered(self):
        """The oracle: each old cell counts by the length that it shares with the new one."""
        sums = np.random.default_rng(2).uniform(0, 9, (10, 11, 2)).astype(np.float32)
        side, first, count = (1.7, 2.3), (0.4, 1.1), (5, 4)
        shares = []
        for axis in (0, 1):
            start = first[axis] + np.arange(count[axis])[:, None] * side[axis]
            old = np.arange(sums.shape[axis])
            shared = np.minimum(start + side[axis], old + 1) - np.maximum(start, old)
            shares.append(np.maximum(shared, 0) / side[axis])
        expected = np.einsum("iy,jx,yxk->ijk", *shares, sums)
        np.testing.assert_allclose(resample_cells(sums, side, first, count), expected,
                                   rtol=1e-5)

    def test_beyond_the_end_the_outermost_cells_go_on(self):
        sums = np.array([[1, 2, 4], [8, 16, 32], [64, 128, 256]], np.float32)[..., None]
        resampled = resample_cells(sums, (1, 1), (-1.5, 1.5), (3, 3))
        np.testing.assert_allclose(resampled[..., 0], [[3, 4, 4], [3, 4, 4], [13.5, 18, 18]])


class TestDescriptors:
    def test_the_formula_cell_by_cell(self):
        sums = cell_sums(picture(48, 40), 8)
        described = cell_descriptors(sums)
        assert described.shape == (4, 3, 19)
        histograms = sums[..., :9].astype(float)
        for row, column in ((0, 0), (2, 1), (3, 2)):
            own = histograms[row + 1, column + 1]
            normalized = []
            for down in (0, 1):
                for across in (0, 1):
                    top, left = row + down, column + across
                    block = histograms[top:top + 2, left:left + 2]
                    normalized.append(np.minimum(own / np.sqrt((block**2).sum() + 0.1), 0.2))
            expected = [*np.sum(normalized, axis=0) / 2,
                        *np.sum(normalized, axis=1) / np.sqrt(18)]
            mean, square = sums[row + 1, column + 1, 9:12], sums[row + 1, column + 1, 12:]
            expected += [*mean / 255, *np.sqrt(np.maximum(square - mean**2, 0)) / 128]
            np.testing.assert_allclose(described[row, column], expected, rtol=1e-4, atol=1e-5)

    def test_contrast_drops_out_of_the_gradients(self):
        image = picture(64, 64) // 2  # 0 to 127, so that twice as much still fits
        low, high = (cell_descriptors(cell_sums(one, 8, gamma=1), colour=False)
                     for one in (image, image * 2))
        np.testing.assert_allclose(low, high, atol=1e-4)

    def test_a_picture_of_one_colour_is_described_without_nan(self):
        described = cell_descriptors(cell_sums(np.full((40, 40, 3), 77, np.uint8), 8))
        assert (described[..., :13] == 0).all()
        np.testing.assert_allclose(described[..., 13], 77 / 255, rtol=1e-6)
        assert (described[..., 16:] == 0).all()


@pytest.mark.parametrize("colour", [True, False])
def test_mirrored_descriptors_are_those_of_the_mirrored_picture(colour):
    image = picture(40, 32)
    described, expected = (cell_descriptors(cell_sums(seen, 4), colour)
                           for seen in (image, np.ascontiguousarray(image[:, ::-1])))
    np.testing.assert_allclose(mirror_descriptors(described), expected, atol=1e-5)


def test_faint_edges_are_held_down_by_a_tenth():
    # One cell, edges of one direction, of length v: in each of four blocks v / sqrt(v^2 + 0.1).
    sums = np.zeros((3, 3, 15), np.float32)
    sums[1, 1, 2] = v = 0.05
    expected = 4 * v / np.sqrt(v**2 + 0.1) / 2
    assert cell_descriptors(sums)[0, 0, 2] == pytest.approx(expected, rel=1e-6)


def test_the_sums_of_a_large_picture_take_little_memory():
    """All colours as floats, and their squares, would be 24 bytes a pixel; 15 sums a cell are 4."""
    image = np.random.default_rng(0).integers(0, 256, (1600, 400, 3), dtype=np.uint8)
    gradient_tables()  # these are kept
    tracemalloc.start()
    try:
        cell_sums(image, 4)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 16 * 1600 * 400
