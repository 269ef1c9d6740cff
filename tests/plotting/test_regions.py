"""Pictures of the plane: what is drawn is what was given."""

import numpy as np
import pytest

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
        for line, curve in zip(panel.lines, curves):
            np.testing.assert_array_equal(line.get_xydata(), curve)


@pytest.mark.parametrize("polygons, colours, message", [
    ([], None, "no polygons"), ([SQUARE] * 2, ["red"], "1 colours for 2 polygons")])
def test_wrong_arguments(polygons, colours, message):
    with pytest.raises(ValueError, match=message):
        plotting.draw_regions(axes(), polygons, colours)
