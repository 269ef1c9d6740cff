"""The pictures of exercise 1.2: what is drawn where, and in which colour."""

import numpy as np
import pytest

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
