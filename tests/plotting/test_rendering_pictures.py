"""The pictures of exercise 1.2: what is drawn where, and in which colour."""

import numpy as np
import pytest
from matplotlib import colormaps
from matplotlib.colors import to_hex

from minicv import plotting


def test_the_shade_along_a_ray_covers_what_is_above_the_level_and_nothing_else():
    _, (axes,) = plotting.panels("2d")
    d = np.linspace(0, 4, 401)
    plotting.draw_ray(axes, d, 1 - d / 2, 0.5, samples=np.array([0.0, 3.0]))
    (shade,) = axes.collections
    corners = np.concatenate([path.vertices for path in shade.get_paths()])
    assert corners[:, 0].max() == pytest.approx(1.0, abs=0.011)  # 1 - d / 2 > 1 / 2 up to d = 1
    assert corners[:, 1].min() == 0.5
    curve, level, samples = axes.lines
    assert curve.get_label() == "f along the ray" and samples.get_label() == "samples"
    np.testing.assert_allclose(curve.get_xydata(), np.stack([d, 1 - d / 2], axis=1))
    assert set(level.get_ydata()) == {0.5}
    assert axes.get_xlim() == (0, 4) and axes.get_xlabel() == "distance d along the ray"
    np.testing.assert_allclose(samples.get_ydata(), [1, -0.5])


def test_a_table_of_pictures_has_a_row_for_each_name_and_a_title_for_each_column():
    red, green = np.zeros((2, 3, 3)), np.zeros((2, 3, 3))
    red[..., 0] = green[..., 1] = 1
    figure = plotting.picture_table({"one": [red, green], "two": [green, None]}, ["left", "right"],
                                    heading="Look")
    names = [axes.get_ylabel() for axes in figure.axes]
    assert names == ["one", "", "two", ""]
    assert [axes.get_title() for axes in figure.axes] == ["left", "right", "", ""]
    assert all(axes.title.get_fontsize() <= axes.yaxis.label.get_fontsize() == 9
               for axes in figure.axes[::2][:1])
    shown = [axes.images[0].get_array() if axes.images else None for axes in figure.axes]
    np.testing.assert_array_equal(shown[2], green)
    assert shown[3] is None
    assert figure.get_suptitle() == "Look"


@pytest.mark.parametrize("rows, titles", [
    ({"one": [np.ones((2, 2, 3))], "two": []}, ()),
    ({"one": [np.ones((2, 2, 3))]}, ["a", "b"]),
    ({}, ()),
])
def test_tables_that_are_not_rectangular_are_refused(rows, titles):
    with pytest.raises(ValueError, match="equally many pictures"):
        plotting.picture_table(rows, titles)


def test_near_is_brighter_than_far_and_nothing_is_white():
    colours = plotting.depth_picture(np.array([[1.0, 1.5, 2.0, np.inf]]), 1.0, 2.0)[0]
    brightness = colours @ [0.299, 0.587, 0.114]
    assert brightness[0] > brightness[1] > brightness[2]
    assert colours[3].tolist() == [1, 1, 1]


def test_opposite_normals_have_complementary_colours():
    normals = np.array([[[1.0, 0, 0], [-1, 0, 0], [0, 0, 0]]])
    right, left, none = plotting.normal_picture(normals)[0]
    assert right.tolist() == [1, 0.5, 0.5] and left.tolist() == [0, 0.5, 0.5]
    assert none.tolist() == [1, 1, 1]


def test_an_error_of_zero_has_no_place_on_a_logarithmic_scale():
    _, (axes,) = plotting.panels("2d")
    plotting.draw_errors(axes, {"a": [1.0, 0.0, 1e-3], "b": [0.5, 0.25, 0.125]})
    a, b = axes.lines
    assert a.get_xdata().tolist() == [0, 2] and b.get_xdata().tolist() == [0, 1, 2]
    assert a.get_ydata().tolist() == [1, 1e-3] and axes.get_yscale() == "log"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "b"]


def test_a_bar_for_each_number_of_steps():
    _, (axes,) = plotting.panels("2d")
    plotting.draw_missed(axes, [16, 32], [9, 4])
    assert [bar.get_height() for bar in axes.patches] == [9, 4]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["16", "32"]
    assert [text.get_text() for text in axes.texts] == ["9", "4"]
    assert axes.get_xticks().tolist() == [0, 1]
    assert axes.get_xlabel() == "steps along each ray" and "missed" in axes.get_ylabel()
    highest = axes.texts[0].get_position()[1]
    assert highest >= 0 and axes.get_ylim()[1] > 1.1 * 9  # room for the number on the highest bar
    assert {bar.get_width() for bar in axes.patches} == {0.6}
    assert all(0 < text.get_position()[1] <= 2 for text in axes.texts)  # points above the bar


def test_the_curve_along_a_ray_is_told_from_the_level_and_the_samples():
    _, (axes,) = plotting.panels("2d")
    plotting.draw_ray(axes, [0, 1, 2], [-1, 1, 3], 0.5, samples=[0.5, 1.5], label="f")
    curve, level, samples = axes.lines
    assert (curve.get_color(), curve.get_label()) == (plotting.BLUE, "f")
    assert (level.get_color(), level.get_linestyle()) == (plotting.GREY, "--")
    assert (samples.get_marker(), samples.get_linestyle()) == ("o", "None")
    assert samples.get_xydata().tolist() == [[0.5, 0], [1.5, 2]]
    assert axes.collections[0].get_label() == "inside: f above the level"
    assert 0 < axes.collections[0].get_alpha() < 1 and axes.collections[0].get_linewidth() == [0]
    assert axes.xaxis.get_gridlines()[0].get_visible()


def test_a_ray_of_two_distances_without_samples_has_a_curve_and_a_level():
    _, (axes,) = plotting.panels("2d")
    plotting.draw_ray(axes, [0, 2], [1, 3], 0, samples=[])
    curve, level, samples = axes.lines
    assert len(samples.get_xdata()) == 0
    assert curve.get_xydata().tolist() == [[0, 1], [2, 3]]
    assert set(level.get_ydata()) == {0}


@pytest.mark.parametrize("wrong, message", [
    (dict(distances=[0, 1, 1]), "distances must ascend, and does not at 2"),
    (dict(distances=[1.0], values=[1]), "distances must be two or more, got 1"),
    (dict(values=[0, 1]), "values must have the shape"), (dict(level=np.nan), "level"),
    (dict(samples=[[0]]), "samples"), (dict(label=3), "label")])
def test_rays_of_another_kind_are_refused(wrong, message, blank):
    with pytest.raises((ValueError, TypeError), match=message):
        plotting.draw_ray(blank, **{"distances": [0, 1, 2], "values": [0, 1, 2], "level": 0.5,
                                    "samples": [], **wrong})


@pytest.mark.parametrize("titles, heading, height", [
    ((), "", 2 * 2.0), (["a"] * 3, "", 2 * 2 + 0.25), ((), "Look", 2 * 2 + 0.35)])
def test_a_table_has_room_for_its_words(titles, heading, height):
    figure = plotting.picture_table({"one": [np.ones((2, 2, 3))] * 3, "two": [None] * 3}, titles,
                                    heading=heading, size=2)
    assert figure.axes[3].get_ylabel() == "two" and figure.axes[3].axison  # also beside no picture
    assert figure.get_size_inches() == pytest.approx((3 * 2 + 0.4, height))


def test_pictures_of_a_table_are_shown_as_they_are():
    mask, bytes_ = np.array([[True, False]]), np.array([[[0, 10, 255]]], np.uint8)
    figure = plotting.picture_table({"": [mask, bytes_, None]})
    first, second, third = figure.axes
    assert first.images[0].get_array().tolist() == [[1, 0]]
    assert first.images[0].get_clim() == (0, 1) and first.images[0].get_cmap().name == "gray"
    assert second.images[0].get_array().tolist() == [[[0, 10, 255]]]
    assert first.images[0].get_interpolation() == "nearest"
    assert len(first.get_xticks()) == len(first.get_yticks()) == 0
    assert first.get_frame_on() and not third.get_frame_on()
    assert {to_hex(side.get_edgecolor()) for side in first.spines.values()} == {"#cccccc"}  # pale
    assert figure.get_suptitle() == ""


@pytest.mark.parametrize("picture, message", [
    (np.full((2, 2, 3), 1.5), "above 1, .*: 1.5"), (np.full((2, 2, 3), -0.5), "below 0"),
    (np.ones((2, 2)), r"\(H, W, 3\)"), (np.ones((2, 2, 3), int), "floats"),
    (np.full((2, 2, 3), np.nan), "NaN"), (np.ones((0, 2, 3)), "nothing in it")])
def test_a_table_refuses_what_is_no_picture(picture, message):
    with pytest.raises((ValueError, TypeError), match=message):
        plotting.picture_table({"one": [picture]})


@pytest.mark.parametrize("wrong, message", [
    (dict(heading=3), "heading must be a str"), (dict(titles=[1]), "each of titles"),
    (dict(size=0), "size must be"), (dict(rows=[1]), "rows must be a dict"),
    (dict(rows={1: [None]}), "each of names"),
    (dict(rows={"one": [np.zeros((0, 2), bool)]}), "nothing in it"),
    (dict(rows={"one": [np.zeros((0, 2, 3), np.uint8)]}), "nothing in it")])
def test_a_table_refuses_what_is_no_word_or_size(wrong, message):
    with pytest.raises((ValueError, TypeError), match=message):
        plotting.picture_table(**{"rows": {"one": [np.ones((2, 2, 3))]}, **wrong})


def test_yellow_is_near_and_dark_blue_is_far():
    colours = plotting.depth_picture(np.array([[1.0, 2.0, 4.0, 0.0, 9.0]]), 1.0, 4.0)[0]
    expected = colormaps["viridis"](np.array([1.0, 2 / 3, 0, 1, 0]))[:, :3]
    np.testing.assert_allclose(colours, expected)


@pytest.mark.parametrize("distances, nearest, farthest, message", [
    ([[np.nan, 1]], 0, 1, "distances .inf where there is nothing. is NaN, the first at .0, 0."),
    ([[1.0, 2]], 1, 1, "farthest must be above 1"), ([1.0, 2], 0, 1, r"\(H, W\)")])
def test_depths_of_another_kind_are_refused(distances, nearest, farthest, message):
    with pytest.raises(ValueError, match=message):
        plotting.depth_picture(np.array(distances), nearest, farthest)


def test_a_normal_that_rounding_has_made_too_long_is_a_colour_all_the_same():
    assert plotting.normal_picture(np.array([[[1.0005, 0, -1.0005]]])).tolist() == [[[1, 0.5, 0]]]
    with pytest.raises(ValueError, match="further from 0"):
        plotting.normal_picture(np.array([[[2.0, 0, 0]]]))


def test_four_curves_of_errors_can_be_told_apart_and_no_more():
    _, (axes,) = plotting.panels("2d")
    plotting.draw_errors(axes, {name: [1, 0.1] for name in "abcd"}, ylabel="error")
    looks = {(line.get_marker(), line.get_linestyle(), line.get_color()) for line in axes.lines}
    assert max(line.get_markersize() for line in axes.lines) <= 4
    assert not axes.get_legend().get_frame_on()
    assert len({marker for marker, _, _ in looks}) == len({style for _, style, _ in looks}) == 4
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("steps", "error")
    assert 0.05 < axes.get_ylim()[0] < 0.1  # and no room is left for zeros that are not there
    with pytest.raises(ValueError, match="1 to 4 curves, which can be told apart, got 5"):
        plotting.draw_errors(axes, {name: [1, 0.1] for name in "abcde"})


@pytest.mark.parametrize("last", [0.1, 1e-15, 0])
def test_the_legend_of_errors_stands_above_the_curves_however_far_they_fall(last):
    figure, (axes,) = plotting.panels("2d", height=4)
    plotting.draw_errors(axes, {name: [1, 0.5, last] for name in "abcd"})
    figure.draw_without_rendering()
    _, highest = axes.transData.transform((0, 1))
    assert axes.get_legend().get_window_extent().y0 > highest


@pytest.mark.parametrize("curves", [
    {}, {"a": [1, -1]}, {"a": [np.nan]}, {"a": [[1]]}, {3: [1]}, [1]])
def test_errors_of_another_kind_are_refused(curves, blank):
    with pytest.raises((ValueError, TypeError), match="curves"):
        plotting.draw_errors(blank, curves)


@pytest.mark.parametrize("steps, missed", [([16, 32], [9]), ([1.5], [9]), ([16], [-1])])
def test_bars_of_another_kind_are_refused(steps, missed, blank):
    with pytest.raises((ValueError, TypeError), match="steps|missed"):
        plotting.draw_missed(blank, steps, missed)


def test_an_error_of_0_is_marked_at_the_lower_border():
    _, (axes,) = plotting.panels("2d")
    plotting.draw_errors(axes, {"a": [1.0, 0.0, 1e-3, 0.0], "b": [0.5, 0.25, 0.125, 0.1]})
    assert [(text.get_text(), text.xy) for text in axes.texts] == [("0", (1, 0.02)),
                                                                   ("0", (3, 0.02))]
    assert {text.get_fontsize() for text in axes.texts} == {8}  # small, as ticks are
    marks = [text.get_window_extent() for text in axes.texts]
    curves = [line.get_transform().transform(line.get_xydata()) for line in axes.lines]
    assert all(mark.y1 < curve[:, 1].min() for mark in marks for curve in curves)
