"""Pictures of boxes and of curves: each line, area and word stands where the numbers say."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from minicv import plotting

BOXES = [[1, 2, 5, 9], [10, 4, 12, 6]]


class TestBoxes:
    def test_a_rectangle_is_the_box(self, axes):
        plotting.draw_boxes(axes, BOXES)
        found = [(*one.get_xy(), one.get_width(), one.get_height()) for one in axes.patches]
        assert found == [(1, 2, 4, 7), (10, 4, 2, 2)]

    def test_what_is_true_is_an_area_and_what_was_found_a_dashed_line(self, axes):
        plotting.draw_boxes(axes, BOXES[:1], filled=True, colour="black")
        plotting.draw_boxes(axes, BOXES[:1])
        true, found = axes.patches
        assert (true.get_linestyle(), found.get_linestyle()) == ("-", "--")
        assert true.get_facecolor()[3] == 1 and found.get_facecolor()[3] == 0
        assert to_hex(true.get_edgecolor()) == "#000000"
        assert to_hex(found.get_edgecolor()).upper() == plotting.BLUE
        assert true.get_zorder() < found.get_zorder()  # or else the area hides the line

    @pytest.mark.parametrize("at, corner, inwards, aligned", [
        ("upper left", (1, 2), (1, -1), ("left", "top")),
        ("lower right", (5, 9), (-1, 1), ("right", "bottom"))])
    def test_a_name_stands_inside_its_corner(self, axes, at, corner, inwards, aligned):
        plotting.draw_boxes(axes, BOXES, ["a", "b"], name_at=at, colour="#112233")
        first, second = axes.texts
        assert (first.get_text(), first.xy) == ("a", corner) and second.get_text() == "b"
        assert tuple(np.sign(first.get_position())) == inwards  # in points, y upwards
        assert (first.get_ha(), first.get_va()) == aligned
        assert first.get_color() == "#112233"
        assert first.get_zorder() > axes.patches[0].get_zorder()

    def test_boxes_stand_once_in_the_legend(self, axes):
        plotting.draw_boxes(axes, BOXES, label="found")
        assert axes.get_legend_handles_labels()[1] == ["found"]

    def test_y_goes_down_also_after_a_second_call(self, axes):
        for _ in range(2):
            plotting.draw_boxes(axes, BOXES)
            assert axes.yaxis_inverted()
        assert axes.get_aspect() == 1
        assert (axes.get_xlabel(), axes.get_ylabel()) == ("x (pixels)", "y (pixels)")

    @pytest.mark.parametrize("none", [[], (), np.zeros((0, 4))])
    def test_no_boxes_are_no_rectangles(self, axes, none):
        plotting.draw_boxes(axes, none)
        assert len(axes.patches) == 0
        with pytest.raises(ValueError, match="boxes must have the shape"):
            plotting.draw_boxes(axes, np.zeros((0, 5)))

    @pytest.mark.parametrize("wrong, message", [
        (dict(names=["a"]), "1 names for 2 boxes"), (dict(names="ab"), "names must be a list"),
        (dict(names=["a", 2]), "each of names must be a str"),
        (dict(name_at="middle"), "'upper left' or 'lower right'"),
        (dict(colour="nonsense"), "colour must be one that matplotlib knows"),
        (dict(filled=1), "filled must be True or False"), (dict(label=3), "label must be a str")])
    def test_what_is_not_right_is_refused(self, blank, wrong, message):
        with pytest.raises((ValueError, TypeError), match=message):
            plotting.draw_boxes(blank, BOXES, **wrong)
        assert len(blank.patches) == 0

    def test_axes_of_the_other_kind_are_refused(self, blank):
        solid = plotting.panels("3d")[1][0]
        with pytest.raises(TypeError, match="2d axes.*panels"):
            plotting.draw_boxes(solid, BOXES)
        with pytest.raises(TypeError, match="3d axes.*panels"):
            plotting.draw_mesh(blank, np.eye(3), [[0, 1, 2]])
        with pytest.raises(TypeError, match="got None"):
            plotting.draw_boxes(None, BOXES)


class TestPrecisionRecall:
    PRECISION, RECALL = [1, 0.5, 2 / 3], [0.25, 0.25, 0.5]

    def test_the_curve_is_recall_to_precision(self, axes):
        plotting.draw_precision_recall(axes, self.PRECISION, self.RECALL, colour="black",
                                       linestyle=":", label="0.5")
        (line,) = axes.lines
        np.testing.assert_allclose(line.get_xydata(), np.stack([self.RECALL, self.PRECISION], 1))
        assert (line.get_color(), line.get_linestyle()) == ("black", ":")
        assert axes.get_legend_handles_labels()[1] == ["0.5"]
        assert len(axes.collections) == 0

    def test_the_area_beneath_the_envelope_is_the_average_precision(self, axes):
        envelope = [1, 2 / 3, 2 / 3]
        plotting.draw_precision_recall(axes, self.PRECISION, self.RECALL, envelope=envelope)
        (area,) = axes.collections
        x, y = area.get_paths()[0].vertices.T
        # 0.25 of recall at precision 1, and 0.25 at 2/3; the shoelace formula
        found = abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))) / 2
        assert found == pytest.approx(0.25 * 1 + 0.25 * 2 / 3)
        assert 0 < area.get_alpha() < 1 and area.get_linewidth() == [0]

    def test_one_detection_has_an_area(self, axes):
        plotting.draw_precision_recall(axes, [1], [0.5], envelope=[1])
        assert axes.collections[0].get_paths()[0].get_extents().size == pytest.approx([0.5, 1])

    def test_the_axes_show_all_of_0_to_1(self, axes):
        plotting.draw_precision_recall(axes, [], [], envelope=[])
        for low, high in (axes.get_xlim(), axes.get_ylim()):
            assert -0.1 < low < 0 and 1 < high < 1.1
        assert axes.get_xlabel().startswith("recall")
        assert axes.get_ylabel().startswith("precision")
        assert axes.xaxis.get_gridlines()[0].get_visible()

    @pytest.mark.parametrize("wrong", [[1, 0.5], [1, np.nan, 1], [1, 2, 1], [1, -1, 1]])
    def test_other_precisions_are_refused(self, blank, wrong):
        with pytest.raises(ValueError, match="precision"):
            plotting.draw_precision_recall(blank, wrong, self.RECALL)
        with pytest.raises(ValueError, match="envelope"):
            plotting.draw_precision_recall(blank, self.PRECISION, self.RECALL, envelope=wrong)


class TestMissRate:
    def test_what_a_logarithmic_scale_can_show_is_a_stair(self, axes):
        plotting.draw_miss_rate(axes, np.array([0, 0.1, 1, 2]), np.array([1, 0.5, 0.02, 0]),
                                colour="black", label="ours")
        (line,) = axes.lines
        assert line.get_xydata().tolist() == [[0.1, 0.5], [1, 0.02]]
        assert line.get_drawstyle() == "steps-post" and line.get_color() == "black"
        assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
        assert axes.get_legend_handles_labels()[1] == ["ours"]
        assert axes.yaxis.get_gridlines()[0].get_visible()

    @pytest.mark.parametrize("least, low", [(0.02, 0.02), (0.3, 0.05)])
    def test_the_axis_reaches_down_to_the_curve_and_at_least_to_5_percent(self, axes, least, low):
        plotting.draw_miss_rate(axes, np.array([0.1, 1]), np.array([0.5, least]))
        assert axes.get_ylim() == pytest.approx((low, 1.1))
        assert [tick.get_text() for tick in axes.get_yticklabels()] == ["0.05", "0.1", "0.2", "0.5",
                                                                       "1"]
        np.testing.assert_allclose(axes.get_yticks(), [0.05, 0.1, 0.2, 0.5, 1])
        assert axes.get_xlabel().startswith("false positives")
        assert axes.get_ylabel().startswith("miss rate")

    def test_a_curve_of_zeros_is_an_empty_picture(self, axes):
        plotting.draw_miss_rate(axes, [0, 1], [0.5, 0])
        assert len(axes.lines[0].get_xdata()) == 0


@pytest.mark.parametrize("draw", [
    lambda axes, **look: plotting.draw_boxes(axes, BOXES, **look),
    lambda axes, **look: plotting.draw_precision_recall(axes, [1], [0.5], **look),
    lambda axes, **look: plotting.draw_miss_rate(axes, [1], [0.5], **look),
    lambda axes, **look: plotting.draw_curves(axes, [np.eye(2)], **look),
    lambda axes, colour="black", **_: plotting.draw_steps(axes, ["a"], [1], colour=colour)])
def test_no_picture_takes_a_colour_that_is_none(axes, draw):
    draw(axes, colour="black", label="a")
    for colour in ("nonsense", None, 3, [[1], [2, 3]], (10**400, 0, 0)):
        with pytest.raises(ValueError, match="colour must be one that matplotlib knows"):
            draw(axes, colour=colour)
