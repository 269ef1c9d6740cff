"""Pictures of detections: what is drawn, where, and that it can be told apart."""

import numpy as np
import pytest

from minicv import plotting


@pytest.fixture
def axes():
    _, (only,) = plotting.panels("2d")
    return only


def test_boxes_are_drawn_where_they_are_with_y_downwards(axes):
    plotting.draw_boxes(axes, [[1, 2, 5, 8]])
    (patch,) = axes.patches
    assert patch.get_bbox().bounds == (1, 2, 4, 6)
    assert axes.yaxis_inverted() and axes.get_aspect() == 1


def test_a_second_layer_of_boxes_does_not_turn_the_picture_over(axes):
    for _ in range(2):
        plotting.draw_boxes(axes, [[1, 2, 5, 8]])
    assert axes.yaxis_inverted()


def test_true_boxes_and_detections_differ_without_colours(axes):
    plotting.draw_boxes(axes, [[1, 2, 5, 8]], filled=True)
    plotting.draw_boxes(axes, [[1, 2, 5, 8]])
    true, found = axes.patches
    assert (true.get_linestyle(), found.get_linestyle()) == ("-", "--")
    assert true.get_facecolor()[3] == 1 and found.get_facecolor()[3] == 0


def test_each_box_has_its_name_and_the_layer_one_entry_in_the_legend(axes):
    plotting.draw_boxes(axes, [[0, 0, 1, 1], [2, 2, 3, 3]], ["A", "B"], label="detection")
    assert [text.get_text() for text in axes.texts] == ["A", "B"]
    assert axes.get_legend_handles_labels()[1] == ["detection"]


def test_no_boxes_leave_an_empty_picture(axes):
    plotting.draw_boxes(axes, np.empty((0, 4)))
    assert len(axes.patches) == 0


@pytest.mark.parametrize("options", [dict(names=["A", "B"]), dict(name_at="middle")])
def test_wrong_arguments(axes, options):
    with pytest.raises(ValueError, match="names|name_at"):
        plotting.draw_boxes(axes, [[0, 0, 1, 1]], **options)


def test_the_shaded_area_is_the_average_precision(axes):
    # Of "true, false, true" with two truths: rectangles 1/2 x 1 and 1/2 x 2/3.
    plotting.draw_precision_recall(axes, np.array([1, 1 / 2, 2 / 3]), np.array([0.5, 0.5, 1]),
                                   envelope=np.array([1, 2 / 3, 2 / 3]))
    x, y = axes.collections[0].get_paths()[0].vertices.T
    area = abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))) / 2
    assert area == pytest.approx(1 / 2 + 1 / 2 * 2 / 3)


def test_an_empty_curve_is_drawn_as_empty_axes(axes):
    empty = np.empty(0)
    plotting.draw_precision_recall(axes, empty, empty, envelope=empty)
    plotting.draw_miss_rate(axes, empty, empty)
    assert len(axes.collections) == 0


def test_miss_rates_are_drawn_on_logarithmic_scales_without_zeros(axes):
    plotting.draw_miss_rate(axes, np.array([0, 0.1, 0.2]), np.array([0.9, 0.5, 0.02]))
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert axes.lines[0].get_xydata().tolist() == [[0.1, 0.5], [0.2, 0.02]]
    assert axes.get_ylim()[0] <= 0.02
