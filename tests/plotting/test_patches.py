"""What the pictures of patches, finds and steps hold; how they look, eyes must judge."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from minicv import plotting
from minicv.detection_metrics.matching import DUPLICATE, TRUE_POSITIVE
from minicv.plotting.patches import GAP


def patches(n, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, 8, 4, 3)).astype(np.uint8)


class TestPatches:
    def test_each_patch_stands_beside_the_picture_of_its_descriptor(self, axes):
        rows = [patches(3), patches(3, seed=1)]
        pictures = [np.random.default_rng(2).random((3, 8, 4)) for _ in range(2)]
        plotting.draw_patches(axes, rows, pictures, ["a", "b"])
        mosaic = axes.images[0].get_array()
        lower, left = 8 + GAP, 2 * (4 + GAP)  # the second row; the second patch
        np.testing.assert_array_equal(mosaic[lower:, left:left + 4], rows[1][1])
        picture = pictures[1][1] / pictures[1][1].max()
        np.testing.assert_allclose(mosaic[lower:, left + 5:left + 9, 0] / 255, picture, atol=0.005)
        assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b"]

    def test_between_patches_is_white(self, axes):
        plotting.draw_patches(axes, [patches(3)] * 2, [np.ones((3, 8, 4))] * 2, ["a", "b"])
        mosaic = axes.images[0].get_array()
        assert mosaic.shape == (2 * 8 + GAP, 6 * (4 + GAP) - GAP, 3)
        assert (mosaic[8:8 + GAP] == 255).all()
        assert (mosaic[:, 4] == 255).all() and (mosaic[:, 9:2 * (4 + GAP)] == 255).all()

    def test_a_name_stands_at_the_middle_of_its_row(self, axes):
        plotting.draw_patches(axes, [patches(1)] * 3, [np.ones((1, 8, 4))] * 3, list("abc"))
        assert axes.get_yticks().tolist() == [4, 4 + 8 + GAP, 4 + 2 * (8 + GAP)]
        assert len(axes.get_xticks()) == 0
        assert not any(side.get_visible() for side in axes.spines.values())
        assert axes.yaxis.get_major_ticks()[0].tick1line.get_markersize() == 0

    @pytest.mark.parametrize("rows, descriptors, message", [
        ([patches(1), patches(2)], [np.ones((1, 8, 4))] * 2, "rows"),
        ([patches(1) / 255], [np.ones((1, 8, 4))], "rows must be whole numbers"),
        ([patches(1).astype(int) + 1000], [np.ones((1, 8, 4))], "above 255, .*: 1"),
        ([patches(1)], [np.ones((1, 4, 8))], "descriptors"),
        ([patches(0)], [np.ones((0, 8, 4))], "rows has nothing in it"),
        ([patches(1)], [-np.ones((1, 8, 4))], "descriptors are below 0"), ([], [], "rows")])
    def test_patches_of_another_kind_are_refused(self, blank, rows, descriptors, message):
        with pytest.raises((ValueError, TypeError), match=message):
            plotting.draw_patches(blank, rows, descriptors, ["a"] * len(rows))

    def test_a_patch_without_edges_is_black_beside(self, axes):
        plotting.draw_patches(axes, [patches(1)], [np.zeros((1, 8, 4))], ["a"])
        assert (axes.images[0].get_array()[:, 5:9] == 0).all()

    def test_a_name_too_few_is_an_error(self, blank):
        with pytest.raises(ValueError, match="1 names for 2 rows of patches"):
            plotting.draw_patches(blank, [patches(1)] * 2, [np.zeros((1, 8, 4))] * 2, ["a"])


class TestOutcomes:
    IMAGE = np.zeros((60, 80, 3), np.uint8)
    BOXES = np.array([[5, 20, 15, 50], [30, 20, 40, 50]])

    def test_right_wrong_and_missed_differ_in_line_and_colour(self, axes):
        plotting.draw_outcomes(axes, self.IMAGE, self.BOXES, [TRUE_POSITIVE, DUPLICATE],
                               [[50, 20, 60, 50]], ["0.9", "0.8 duplicate"])
        lines = [(patch.get_linestyle(), to_hex(patch.get_edgecolor()).upper())
                 for patch in axes.patches]
        assert lines[-2:] == [("-", plotting.BLUE), ("--", plotting.VERMILION)]
        assert (":", "#FFFFFF") in lines
        assert [text.get_text() for text in axes.texts] == ["0.9", "0.8 duplicate"]

    def test_each_line_runs_round_its_box(self, axes):
        plotting.draw_outcomes(axes, self.IMAGE, self.BOXES, [TRUE_POSITIVE, DUPLICATE],
                               [[50, 21, 60, 52]])
        found = [(*one.get_xy(), one.get_width(), one.get_height()) for one in axes.patches]
        assert found == [(50, 21, 10, 31)] * 2 + [(5, 20, 10, 30), (30, 20, 10, 30)]
        assert all(one.get_facecolor()[3] == 0 for one in axes.patches)
        _, *others = [one.get_linewidth() for one in axes.patches]
        assert len(set(others)) == 1  # no outcome stands out by its width
        assert not axes.axison and len(axes.texts) == 0

    def test_a_missed_box_is_white_on_a_wider_black(self, axes):
        plotting.draw_outcomes(axes, self.IMAGE, [], [], [[50, 20, 60, 50]])
        below, above = axes.patches
        assert to_hex(below.get_edgecolor()) == "#000000" and below.get_linestyle() == "-"
        assert to_hex(above.get_edgecolor()) == "#ffffff" and above.get_linestyle() == ":"
        assert below.get_linewidth() > above.get_linewidth()

    def test_a_label_stands_on_its_box_or_in_it_where_there_is_no_room(self, axes):
        boxes = [[5, 15, 15, 50], [30, 14, 40, 50], [50, -3, 60, 20]]  # a label is 14 high
        plotting.draw_outcomes(axes, self.IMAGE, boxes, [TRUE_POSITIVE, DUPLICATE, DUPLICATE], [],
                               ["a", "b", "c"])
        assert [text.xy for text in axes.texts] == [(5, 15), (30, 14), (50, 0)]
        assert [text.get_va() for text in axes.texts] == ["bottom", "top", "top"]
        assert all(text.get_fontsize() <= 7 and text.get_color() == "white" for text in axes.texts)
        behind = [to_hex(text.get_bbox_patch().get_facecolor()).upper() for text in axes.texts]
        assert behind == [plotting.BLUE, plotting.VERMILION, plotting.VERMILION]

    def test_nothing_found_and_nothing_missed_is_the_picture_alone(self, axes):
        plotting.draw_outcomes(axes, self.IMAGE, [], [], [])
        assert len(axes.patches) == 0 and len(axes.images) == 1

    @pytest.mark.parametrize("outcomes, labels", [([DUPLICATE], []), ([DUPLICATE] * 2, ["0.9"])])
    def test_an_outcome_or_label_too_few_is_an_error(self, blank, outcomes, labels):
        with pytest.raises(ValueError, match="for 2 boxes"):
            plotting.draw_outcomes(blank, self.IMAGE, self.BOXES, outcomes, [], labels)

    @pytest.mark.parametrize("box", [[30, 10, 40, 40], [0, 30, 8, 60], [70, 0, 80, 20]])
    def test_surroundings_hold_the_box_and_stay_in_the_picture(self, axes, box):
        axes.imshow(self.IMAGE)
        plotting.draw_surroundings(axes, self.IMAGE, box, margin=0.3)
        (left, right), (lower, upper) = axes.get_xlim(), axes.get_ylim()
        assert right - left == pytest.approx(1.6 * (box[3] - box[1]))
        assert 0 <= left <= box[0] and box[2] <= right <= 80
        assert 0 <= upper <= box[1] and box[3] <= lower <= 60

    def test_the_box_is_in_the_middle_of_its_surroundings_where_there_is_room(self, axes):
        plotting.draw_surroundings(axes, self.IMAGE, [35, 20, 45, 40])  # margin: 0.35 of 20
        assert axes.get_xlim() == pytest.approx((40 - 17, 40 + 17))
        assert axes.get_ylim() == pytest.approx((30 + 17, 30 - 17))

    def test_surroundings_of_a_wide_box_are_as_wide_as_it(self, axes):
        plotting.draw_surroundings(axes, self.IMAGE, [20, 25, 60, 35], margin=0)
        assert axes.get_xlim() == (20, 60) and axes.get_ylim() == (50, 10)

    @pytest.mark.parametrize("box, margin", [([10, 0, 10, 60], 0.3), ([10, 9, 20, 9], 0.3),
                                             ([10, 0, 30, 60], -0.1),
                                             ([10, 0, 30, 60], 1e6 + 0.5)])
    def test_surroundings_of_no_box_are_refused(self, blank, box, margin):
        with pytest.raises(ValueError, match="each side longer than 0|at least 0"):
            plotting.draw_surroundings(blank, self.IMAGE, box, margin)

    def test_surroundings_larger_than_the_picture_show_its_middle(self, axes):
        plotting.draw_surroundings(axes, self.IMAGE, [10, 0, 30, 60], margin=0.5)
        assert np.mean(axes.get_ylim()) == 30


def test_steps_are_bars_from_top_to_bottom_with_their_values(axes):
    plotting.draw_steps(axes, ["first", "second"], [0.25, -0.5], form="+.2f",
                        intervals=[[0.1, 0.3], [-0.7, -0.1]])
    assert [bar.get_width() for bar in axes.patches] == [0.25, -0.5]
    assert axes.yaxis_inverted()
    assert [label.get_text() for label in axes.get_yticklabels()] == ["first", "second"]
    (intervals,) = axes.collections
    np.testing.assert_array_equal([line[:, 0] for line in intervals.get_segments()],
                                  [[0.1, 0.3], [-0.7, -0.1]])
    assert [text.get_text() for text in axes.texts] == ["+0.25", "-0.50"]


def test_a_value_stands_behind_the_end_of_its_bar_and_interval(axes):
    plotting.draw_steps(axes, ["a", "b", "c"], [0.25, -0.5, 0.5],
                        intervals=[[0.1, 0.3], [-0.7, -0.1], [0.4, 0.45]])
    assert [text.xy for text in axes.texts] == [(0.3, 0), (0, 1), (0.5, 2)]
    assert all(text.get_position()[0] > 0 and text.get_va() == "center" for text in axes.texts)
    assert [text.get_text() for text in axes.texts] == ["0.250", "-0.500", "0.500"]
    assert all(text.get_fontsize() <= 8 for text in axes.texts)
    assert axes.collections[0].get_linewidth() < 2


def test_bars_have_their_colour_and_room_between_them(axes):
    plotting.draw_steps(axes, ["a", "b"], [0.25, 0.5], colour=plotting.GREY)
    assert axes.get_yticks().tolist() == [0, 1]
    assert [bar.get_y() + bar.get_height() / 2 for bar in axes.patches] == pytest.approx([0, 1])
    assert all(0.5 < bar.get_height() < 1 for bar in axes.patches)
    assert {to_hex(bar.get_facecolor()).upper() for bar in axes.patches} == {plotting.GREY}
    assert len(axes.collections) == 0  # no intervals
    assert [side for side in axes.spines if axes.spines[side].get_visible()] == ["left", "bottom"]


@pytest.mark.parametrize("wrong, message", [
    (dict(names=["a"]), "1 names for 2 values"),
    (dict(intervals=[0, 0]), r"intervals must have the shape \(2, 2\)"),
    (dict(form="nonsense"), "form must be a format"), (dict(form=3), "form must be a str"),
    (dict(values=[1, np.nan]), "values is NaN")])
def test_bars_of_another_kind_are_refused(blank, wrong, message):
    with pytest.raises((ValueError, TypeError), match=message):
        plotting.draw_steps(blank, **{"names": ["a", "b"], "values": [1, 2], **wrong})
