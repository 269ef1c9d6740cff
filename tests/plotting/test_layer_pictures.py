"""Pictures of exercise 1.3: pixels that are seen, and small images with a word to each."""

import numpy as np
import pytest

from minicv import plotting

SEEN = np.array([[False, True, False], [True, True, False]])


def test_each_pixel_that_is_seen_is_a_square_at_its_place(axes):
    plotting.draw_seen(axes, SEEN)
    corners = [path.vertices.min(axis=0).tolist() + path.vertices.max(axis=0).tolist()
               for path in axes.collections[0].get_paths()]
    assert corners == [[1, 0, 2, 1], [0, 1, 1, 2], [1, 1, 2, 2]]  # column, row; one wide, one high


def test_a_grid_parts_all_pixels(axes):
    plotting.draw_seen(axes, SEEN)
    across, down = (np.array(lines.get_segments()) for lines in axes.collections[1:])
    np.testing.assert_array_equal(across, [[[0, y], [3, y]] for y in range(3)])
    np.testing.assert_array_equal(down, [[[x, 0], [x, 2]] for x in range(4)])
    squares, *grid = [one.get_zorder() for one in axes.collections]
    assert max(grid) < squares < 2  # so that boxes can be drawn over them
    assert all(lines.get_linewidth() <= 0.5 for lines in axes.collections[1:])
    assert axes.collections[0].get_linewidth() <= 0.6


def test_the_axes_hold_the_image_with_y_downwards_and_whole_ticks(axes):
    plotting.draw_seen(axes, SEEN)
    assert axes.get_xlim() == (-0.5, 3.5) and axes.get_ylim() == (2.5, -0.5)
    assert axes.get_aspect() == 1
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("x (pixels)", "y (pixels)")
    for ticks in (axes.get_xticks(), axes.get_yticks()):
        assert (ticks == np.round(ticks)).all()


def test_the_number_of_ways_stands_in_the_middle_of_its_pixel(axes):
    plotting.draw_seen(axes, SEEN, ways=np.arange(6).reshape(2, 3) + 0.5)
    assert {text.get_text(): text.get_position() for text in axes.texts} == {
        "1.5": (1.5, 0.5), "3.5": (0.5, 1.5), "4.5": (1.5, 1.5)}
    assert {(text.get_ha(), text.get_va()) for text in axes.texts} == {("center", "center")}
    assert not any(text.get_in_layout() for text in axes.texts)  # or else it takes seconds
    assert all(text.get_fontsize() <= 8 and text.get_zorder() > 4 for text in axes.texts)


@pytest.mark.parametrize("seen, ways, message", [
    (SEEN[0], None, r"shape \(H, W\)"), (SEEN.astype(int), None, "booleans"),
    (SEEN, np.zeros((3, 2)), r"ways.*\(2, 3\)")])
def test_pixels_of_another_kind_are_refused(blank, seen, ways, message):
    with pytest.raises((ValueError, TypeError), match=message):
        plotting.draw_seen(blank, seen, ways=ways)


IMAGES = np.arange(5 * 2 * 4, dtype=float).reshape(5, 2, 4)


def test_tiles_stand_in_rows_beside_each_other(axes):
    plotting.draw_tiles(axes, IMAGES, list("abcde"), columns=2)
    boxes = np.array([tile.get_extent() for tile in axes.images])  # left, right, lower, upper
    np.testing.assert_allclose(boxes[:, 1] - boxes[:, 0], 4)
    np.testing.assert_allclose(boxes[:, 2] - boxes[:, 3], 2)
    assert boxes[:, 0].tolist() == [0, boxes[1, 0], 0, boxes[1, 0], 0]
    assert boxes[:, 3].tolist() == [0, 0, boxes[2, 3], boxes[2, 3], 2 * boxes[2, 3]]
    assert 4 < boxes[1, 0] < 6 and 2 < boxes[2, 3] < 4  # none over another, and close
    assert axes.get_xlim() == pytest.approx((0, 2 * boxes[1, 0]))
    assert axes.get_ylim() == pytest.approx((3 * boxes[2, 3], 0))
    assert axes.get_aspect() == 1 and not axes.axison


def test_a_full_row_needs_no_other(axes):
    plotting.draw_tiles(axes, IMAGES[:4], list("abcd"), columns=2)
    assert axes.get_ylim()[0] == pytest.approx(2 * axes.images[2].get_extent()[3])


def test_a_caption_hangs_under_the_middle_of_its_tile(axes):
    plotting.draw_tiles(axes, IMAGES, list("abcde"), columns=3)
    for tile, text, caption in zip(axes.images, axes.texts, "abcde", strict=True):
        left, right, lower, upper = tile.get_extent()
        x, y = text.get_position()
        assert text.get_text() == caption and x == pytest.approx((left + right) / 2)
        assert lower < y < lower + 0.1 * (lower - upper) and text.get_fontsize() <= 8
        assert (text.get_ha(), text.get_va()) == ("center", "top")
        assert not text.get_in_layout()


def test_all_tiles_have_one_scale_of_grey(axes):
    plotting.draw_tiles(axes, IMAGES, list("abcde"), columns=5)
    assert {tile.get_clim() for tile in axes.images} == {(0, 39)}
    assert {tile.get_cmap().name for tile in axes.images} == {"gray"}
    np.testing.assert_array_equal(axes.images[3].get_array(), IMAGES[3])


@pytest.mark.parametrize("images, captions, columns, message", [
    (IMAGES, ["a"], 2, "1 captions for 5 images"), (IMAGES[:0], [], 2, "nothing in it"),
    (IMAGES, list("abcde"), 0, "at least 1"), (IMAGES * np.nan, list("abcde"), 2, "NaN")])
def test_tiles_of_another_kind_are_refused(blank, images, captions, columns, message):
    with pytest.raises(ValueError, match=message):
        plotting.draw_tiles(blank, images, captions, columns=columns)
