"""Pictures of the plane: what is drawn is what was given."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from minicv import plotting

SQUARE = np.array([[0.0, 0], [1, 0], [1, 1], [0, 1]])


def axes():
    return plotting.panels("2d")[1][0]


def test_regions_are_drawn_whole_and_to_scale():
    panel = axes()
    plotting.draw_regions(panel, [SQUARE, SQUARE + [1, 0], SQUARE + [0, 1]])
    (drawn,) = panel.collections
    np.testing.assert_array_equal(drawn.get_paths()[1].vertices[:4], SQUARE + [1, 0])
    assert (panel.get_xlim(), panel.get_ylim()) == ((0, 2), (0, 2))
    assert panel.get_aspect() == 1


def test_regions_differ_in_shade_or_have_the_colours_given():
    panel = axes()
    plotting.draw_regions(panel, [SQUARE] * 5)
    assert len(np.unique(panel.collections[0].get_facecolors(), axis=0)) == 5
    plotting.draw_regions(panel, [SQUARE] * 2, ["red", "blue"])
    assert panel.collections[1].get_facecolors().tolist() == [[1, 0, 0, 1], [0, 0, 1, 1]]


def test_curves_stand_once_in_the_legend():
    for curves in ([SQUARE, SQUARE + 1], []):
        panel = axes()
        plotting.draw_curves(panel, curves, label="boundary")
        assert panel.get_legend_handles_labels()[1] == ["boundary"]
        assert len(panel.lines) == max(len(curves), 1)
        assert len(panel.lines[0].get_xdata()) == (4 if curves else 0)
        for line, curve in zip(panel.lines, curves):
            np.testing.assert_array_equal(line.get_xydata(), curve)


@pytest.mark.parametrize("polygons, colours, message", [
    ([], None, "no polygons"), ([SQUARE] * 2, ["red"], "1 colours for 2 polygons")])
def test_wrong_arguments(polygons, colours, message, blank):
    with pytest.raises(ValueError, match=message):
        plotting.draw_regions(blank, polygons, colours)


def test_grey_regions_are_pale_and_neighbours_differ():
    panel = axes()
    plotting.draw_regions(panel, [SQUARE] * 8)
    grey = panel.collections[0].get_facecolors()
    assert (grey[:, 0] == grey[:, 1]).all() and (grey[:, 0] == grey[:, 2]).all()
    # Steps of the golden ratio of a range of 0.14, from 0.84 on: less than 1, and never close.
    assert grey[0, 0] == 0.84 and grey[:, 0].min() >= 0.84 and grey[:, 0].max() <= 0.98
    assert np.abs(np.diff(grey[:, 0])).min() > 0.05


def test_curves_and_names_can_be_drawn_over_regions():
    panel = axes()
    plotting.draw_regions(panel, [SQUARE])
    plotting.draw_curves(panel, [SQUARE])
    assert panel.collections[0].get_zorder() < 1 <= panel.lines[0].get_zorder()
    assert panel.collections[0].get_linewidth()[0] < 0.5  # a line that parts, not one that shows
    assert to_hex(panel.collections[0].get_edgecolor()[0]) == "#ffffff"
    assert (panel.get_xlabel(), panel.get_ylabel()) == ("x1", "x2")


def test_polygons_on_one_line_are_refused(blank):
    """Such limits Matplotlib widens, with a warning."""
    upright = np.array([[1, 0], [1, 2], [1, 1]])
    for line in (upright, upright[:, ::-1]):
        with pytest.raises(ValueError, match="no width or no height"):
            plotting.draw_regions(blank, [line])


def test_a_curve_looks_as_it_was_asked_to():
    panel = axes()
    plotting.draw_curves(panel, [SQUARE], colour="black", linestyle="--", linewidth=3.5, marker="o")
    plotting.draw_curves(panel, [SQUARE])
    given, plain = [(line.get_color(), line.get_linestyle(), line.get_linewidth(),
                     line.get_marker()) for line in panel.lines]
    assert given == ("black", "--", 3.5, "o") and panel.lines[0].get_markersize() <= 3
    assert plain == (plotting.VERMILION, "-", 2, "None")
    assert panel.get_legend_handles_labels()[1] == []


@pytest.mark.parametrize("wrong, message", [
    (dict(curves=[SQUARE, SQUARE[:, 0]]), r"curves\[1\] must have the shape \(K, 2\)"),
    (dict(curves=[SQUARE * np.nan]), r"curves\[0\] are NaN"),
    (dict(curves=[SQUARE[:0]]), r"curves\[0\] has nothing in it"),
    (dict(curves=3), "curves must be"), (dict(linestyle="wavy"), "linestyle must be"),
    (dict(linewidth=-1), "linewidth must be"), (dict(linewidth=100.5), "at most 100"),
    (dict(marker="nonsense"), "marker must be"), (dict(colour="nonsense"), "colour must be")])
def test_curves_of_another_kind_are_refused(wrong, message, blank):
    with pytest.raises((ValueError, TypeError), match=message):
        plotting.draw_curves(blank, **{"curves": [SQUARE], **wrong})


@pytest.mark.parametrize("polygons, colours, message", [
    ([SQUARE, SQUARE[:0]], None, r"polygons\[1\] has nothing"),
    ([SQUARE], ["nonsense"], "colour must be")])
def test_regions_of_another_kind_are_refused(polygons, colours, message, blank):
    with pytest.raises(ValueError, match=message):
        plotting.draw_regions(blank, polygons, colours)


def test_names_of_ticks_keep_apart():
    """In two panels side by side, as in lesson 1.1: "-1.00" and "-0.75" would nearly touch."""
    figure, both = plotting.panels("2d", "2d")
    for panel in both:
        plotting.draw_regions(panel, [2 * SQUARE - 1])
    figure.draw_without_rendering()
    for panel in both:
        boxes = [label.get_window_extent() for label in panel.get_xticklabels()]
        gaps = [right.x0 - left.x1 for left, right in zip(boxes, boxes[1:])]
        assert len(boxes) >= 4 and min(gaps) > boxes[0].height
