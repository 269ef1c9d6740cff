"""Pyramids and windows: what a window of a level shows is what its place in the image shows."""

from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from PIL import Image, ImageFilter

from minicv.channel_detector import CellFeatures
from minicv.channel_detector.pyramid import CELL, PADDING, describe, groups, levels, pad_edges
from minicv.channel_detector.windows import window_boxes
from minicv.person_detector.detector import pyramid_scales
from minicv.person_detector.patches import crop
from minicv.person_detector.sliding_window import Level, gather_windows


def picture(height, width, seed=0):
    """Coarse noise, smoothed: there are edges, and they are the same at any size."""
    noise = np.random.default_rng(seed).integers(0, 256, (height // 8 + 1, width // 8 + 1, 3),
                                                 dtype=np.uint8)
    image = Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(image.filter(ImageFilter.GaussianBlur(1)))


class TestWindows:
    def test_boxes_of_windows_count_from_the_padding(self):
        level = Level(np.zeros((30, 30, 1)), (0.5, 0.25))
        boxes = window_boxes(level, (16, 8), np.array([[PADDING, PADDING], [PADDING + 1, 0]]))
        np.testing.assert_allclose(boxes, [[0, 0, 256, 256],
                                           [-PADDING * CELL * 4, 16, 128, 272]])


@pytest.mark.parametrize("height, below", [(9, 3), (10, 2), (11, 1), (12, 0)])
def test_borders_go_on_up_to_whole_cells(height, below):
    image = picture(height, 7)
    padded = pad_edges(image, 2, 4)
    assert padded.shape == (2 + height + below + 2, 2 + 7 + 1 + 2, 3)
    at = np.clip(np.arange(len(padded)) - 2, 0, height - 1)
    np.testing.assert_array_equal(padded[:, 2:9], image[at])


FEATURES = [CellFeatures(), CellFeatures(colour=False, gamma=1)]


class TestLevels:
    @pytest.mark.parametrize("features", FEATURES)
    def test_a_window_s_slice_is_what_describe_says_of_its_crop(self, features):
        """At scale 1 nothing is resized, so both see the same pixels but at the outermost ring."""
        image = picture(208, 160)
        (level,) = levels(image, [1.0], features)
        corner = np.array([[PADDING + 3, PADDING + 5]])
        (box,) = window_boxes(level, (16, 8), corner)
        rows, columns = 16, 8
        seen = gather_windows(level.grid, (rows, columns), corner).reshape(rows, columns, -1)
        margin = np.array([-CELL, -CELL, CELL, CELL])
        cut = crop(image, box + margin, (18 * CELL, 10 * CELL), around=2)
        (described,) = describe([cut], (16, 8), features)
        np.testing.assert_allclose(seen[1:-1, 1:-1], described[1:-1, 1:-1], atol=2e-4)
        # The crop's own border has gradients of 0, which the blocks next to it feel a little.
        assert np.abs(seen - described).mean() < 0.01

    @pytest.mark.parametrize("features", FEATURES)
    def test_the_padding_shows_people_at_the_border(self, features):
        image = picture(208, 160)
        (level,) = levels(image, [1.0], features)
        corner = np.array([[0, 0]])
        (box,) = window_boxes(level, (16, 8), corner)
        assert box.tolist() == [-32, -32, 32, 96]
        rows, columns = 16, 8
        seen = gather_windows(level.grid, (rows, columns), corner).reshape(rows, columns, -1)
        cut = crop(image, box + [-8, -8, 8, 8], (18 * CELL, 10 * CELL), around=2)
        (described,) = describe([cut], (16, 8), features)
        np.testing.assert_allclose(seen[2:-1, 2:-1], described[2:-1, 2:-1], atol=2e-4)

    def test_beyond_the_border_all_cells_are_alike(self):
        """Columns that are all the same stay so, to the last cell of the margin."""
        rows = np.random.default_rng(0).integers(0, 256, (200, 1, 3), dtype=np.uint8)
        scales = list(pyramid_scales(96 / 77, 0.95 * 96 / 200, 1.04))
        for width in range(200, 240, 3):
            image = np.repeat(rows, width, axis=1)
            for level in (one for some in groups(scales)
                          for one in levels(image, some, CellFeatures())):
                np.testing.assert_allclose(level.grid, np.broadcast_to(level.grid[:, :1],
                                                                       level.grid.shape), atol=2e-3)

    def test_rows_and_columns_each_have_their_scale(self):
        (level,) = levels(picture(400, 37), [0.3], CellFeatures())
        assert level.scale == (120 / 400, 11 / 37)

    def test_levels_between_the_resized_ones_come_near_to_resizing(self):
        """The approximation of `channels.py`, on a picture with edges at all sizes."""
        image = picture(400, 320)
        scales = list(pyramid_scales(1.0, 0.95 * 96 / 400, 1.1))
        pyramid = (level for some in groups(scales)
                   for level in levels(image, some, CellFeatures()))
        for level, scale in zip(pyramid, scales, strict=True):
            (exact,) = levels(image, [scale], CellFeatures())
            rows, columns = (min(sides) for sides in zip(level.grid.shape[:2],
                                                          exact.grid.shape[:2]))
            ours, theirs = (one.grid[:rows, :columns, :9].ravel() for one in (level, exact))
            assert np.corrcoef(ours, theirs)[0, 1] > 0.9
            np.testing.assert_allclose(level.scale, exact.scale, rtol=0.02)


PICTURE = picture(64, 64)


@pytest.mark.parametrize("call, error, message", [
    (lambda: CellFeatures(colour=1), TypeError, "colour must be True or False"),
    (lambda: CellFeatures(gamma=[1, 2]), TypeError, "gamma must be a number"),
    (lambda: CellFeatures(gamma=101), ValueError, "gamma must be above 0 and at most 100, got 101"),
    (lambda: CellFeatures(gamma=np.nan), ValueError, "gamma must be a finite number")])
def test_what_cannot_be_described(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize("size", [(62, 82), (82, 62)])
def test_beyond_the_border_all_cells_are_alike_to_the_last(size):
    # At this size and scale the last cells begin nearly a whole cell late.
    image = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    *_, level = levels(image, [1.45751286, 1.0701520471916963], CellFeatures(colour=False))
    for grid in (level.grid, level.grid.swapaxes(0, 1)):
        np.testing.assert_allclose(grid[[0, -1]], grid[[1, -2]], atol=1e-6)


def test_options_that_are_checked_are_not_changed_afterwards():
    features = CellFeatures()
    with pytest.raises(FrozenInstanceError):
        features.gamma = -1
    assert features == CellFeatures()


def test_a_gamma_may_be_an_array_of_no_axes():
    (level,), (expected,) = (levels(PICTURE, [1.0], CellFeatures(gamma=gamma))
                             for gamma in (np.array(0.5), 0.5))
    np.testing.assert_array_equal(level.grid, expected.grid)
