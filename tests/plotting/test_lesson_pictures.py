"""The pictures that lessons draw beside those of the rooms: what stands where, and its words."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from minicv import plotting
from minicv.plotting.figures import box_array

SQUARE = np.array([[0.0, 0], [2, 0], [2, 2], [0, 2]])


def words(axes):
    """What the legend says, which has no frame."""
    assert not axes.get_legend().get_frame_on()
    return [text.get_text() for text in axes.get_legend().get_texts()]


def curves_of(axes):
    return [line.get_xydata().tolist() for line in axes.lines]


class TestAverages:
    def test_shares_fall_in_steps_with_the_marked_thresholds_beside_them(self, axes):
        plotting.draw_thresholds(axes, [0.2, 0.5, 1], {"recall": [1, 0.5, 0], "other": [1, 1, 1]},
                                 marks={"A": 0.2, "B": 0.5, "C": 0.9})
        recall, other, first, second, third = axes.lines
        assert recall.get_xydata().tolist() == [[0.2, 1], [0.5, 0.5], [1, 0]]
        assert recall.get_drawstyle() == "steps-pre" and words(axes) == ["recall", "other"]
        assert recall.get_linestyle() != other.get_linestyle()
        assert first.get_xdata()[0] == 0.2 and second.get_xdata()[0] == 0.5
        assert [(text.get_text(), text.xy[0]) for text in axes.texts] == [
            ("A", 0.2), ("B", 0.5), ("C", 0.9)]
        heights = [text.xy[1] for text in axes.texts]
        assert 1 < heights[0] < heights[1] < axes.get_ylim()[1]  # two names do not meet
        # A line ends below its name, and so below every name at another threshold.
        assert [line.get_ydata().tolist() for line in (first, second, third)] == [
            [0, height] for height in heights]
        assert heights[2] == heights[0] and {text.get_va() for text in axes.texts} == {"baseline"}
        assert axes.get_xlim() == (0, 1)
        np.testing.assert_allclose(axes.get_yticks(), [0, 0.2, 0.4, 0.6, 0.8, 1])
        assert first.get_linewidth() < recall.get_linewidth()
        legend = axes.transAxes.inverted().transform(axes.get_legend().get_bbox_to_anchor().p0)
        assert legend[0] == pytest.approx(0.5) and -0.2 < legend[1] < -0.1  # below the axes

    @pytest.mark.parametrize("wrong, message", [
        (dict(thresholds=[1, 0.5]), "ascend"), (dict(curves={"a": [1, 2]}), r"curves\['a'\]"),
        (dict(curves={}), "1 to 4 curves"), (dict(marks=[3]), "marks must be a Mapping"),
        (dict(curves={str(i): [0, 1] for i in range(5)}), "1 to 4 curves"),
        (dict(marks={"a": (1, 2)}), r"marks\['a'\]"), (dict(marks={3: 0.1}), "names of marks")])
    def test_thresholds_of_another_kind_are_refused(self, blank, wrong, message):
        with pytest.raises((ValueError, TypeError), match=message):
            plotting.draw_thresholds(blank, **{"thresholds": [0.5, 1], "curves": {"a": [1, 0]},
                                              "marks": {}, **wrong})

    def test_voc_2007_reads_the_best_precision_from_11_recalls_on(self, axes):
        plotting.draw_averages(axes, np.array([1, 0.5, 0.75]), np.array([0.25, 0.25, 0.5]))
        points = axes.lines[1].get_xydata()
        np.testing.assert_allclose(points[:, 0], np.arange(11) / 10)
        # Up to recall 0.25 the best is 1, up to 0.5 it is 0.75, and nothing is found beyond.
        assert points[:, 1].tolist() == [1, 1, 1, 0.75, 0.75, 0.75, 0, 0, 0, 0, 0]
        assert len(words(axes)) == 2 and not axes.lines[1].get_clip_on()  # whole at the border
        for precision, recall, message in (([1, 1], [0.5, 0.25], "recall must ascend"),
                                           ([1.5], [1], "precision is above 1"),
                                           ([1], [1.5], "recall is above 1")):
            with pytest.raises(ValueError, match=message):
                plotting.draw_averages(axes, precision, recall)

    def test_coco_s_mean_is_a_line_through_the_bars(self, axes):
        plotting.draw_tau_bars(axes, np.array([0.5, 0.6, 0.7, 0.8]), np.array([0.8, 0.6, 0.4, 0.2]))
        assert [bar.get_height() for bar in axes.patches] == [0.8, 0.6, 0.4, 0.2]
        assert [bar.get_x() + bar.get_width() / 2 for bar in axes.patches] == pytest.approx(
            [0.5, 0.6, 0.7, 0.8])
        assert all(bar.get_width() < 0.1 for bar in axes.patches)  # none touches its neighbour
        assert axes.lines[0].get_ydata()[0] == pytest.approx(0.5)
        assert words(axes) == ["COCO's AP: their mean, 0.500"]
        assert axes.get_ylim() == (0, 1) and axes.get_xticks().tolist() == [0.5, 0.8]

    @pytest.mark.parametrize("taus", [[0.5], [0.5, 0.55]])
    def test_bars_are_narrow(self, axes, taus):
        plotting.draw_tau_bars(axes, taus, taus)
        assert all(0.02 < bar.get_width() < 0.05 for bar in axes.patches)

    @pytest.mark.parametrize("taus, averages", [([], []), ([0.5, 0.5], [1, 1]), ([0.5], [1.5])])
    def test_bars_of_another_kind_are_refused(self, blank, taus, averages):
        with pytest.raises(ValueError, match="taus|averages"):
            plotting.draw_tau_bars(blank, taus, averages)

    def test_a_mean_reaches_over_the_points_it_is_the_mean_at(self, axes):
        plotting.draw_mean_at(axes, [0.1, 0.01, 1], 0.25)
        assert [line.get_xdata()[0] for line in axes.lines[:3]] == [0.1, 0.01, 1]
        assert axes.lines[3].get_xydata().tolist() == [[0.01, 0.25], [1, 0.25]]
        assert words(axes) == ["geometric mean at the 3 dotted lines: 0.250"]
        for points, mean in (([0, 1], 0.25), ([1], 1.5), ([], 0.25)):
            with pytest.raises(ValueError, match="points|mean"):
                plotting.draw_mean_at(axes, points, mean)

    def test_roc_curves_are_told_apart(self, axes):
        plotting.draw_roc(axes, {"a": ([0, 0.5, 1], [0, 1, 1]), "b": ([0, 1], [0, 1])})
        assert curves_of(axes) == [[[0, 0], [0.5, 1], [1, 1]], [[0, 0], [1, 1]]]
        assert words(axes) == ["a", "b"] and len({one.get_linestyle() for one in axes.lines}) == 2
        for low, high in (axes.get_xlim(), axes.get_ylim()):
            assert -0.1 < low < 0 and 1 < high < 1.1
        for wrong in ({"a": [[0, 1]]}, {"a": ([0, 1], [0, 2])}, {"a": ([0, 1], [0])}):
            with pytest.raises(ValueError, match=r"curves\['a'\]"):
                plotting.draw_roc(axes, wrong)


class TestFinds:
    IMAGE = np.zeros((40, 60, 3), np.uint8)

    def test_pictures_stand_in_a_row_that_is_as_wide_as_they_are(self):
        figure, row = plotting.picture_row(3, width=2)
        assert len(row) == 3 and figure.get_size_inches() == pytest.approx((6, 1.9))
        _, row = plotting.picture_row(4)  # a row also where panels makes two
        assert [one.get_subplotspec().rowspan.start for one in row] == [0] * 4
        assert [one.get_subplotspec().colspan.start for one in row] == [0, 1, 2, 3]

    def test_a_score_is_a_dot_in_the_middle_of_its_window(self, axes):
        plotting.draw_scores(axes, self.IMAGE, [[0, 0, 4, 8], [10, 10, 20, 30]], [1.0, -2.0])
        dots = axes.collections[0]
        assert dots.get_offsets().tolist() == [[2, 4], [15, 20]]
        assert dots.get_array().tolist() == [1, -2]
        assert dots.get_clim() == (-2, 2)  # 0 is in the middle of the colours
        assert not axes.axison and len(axes.images) == 1
        assert len(axes.figure.axes) == 2  # the scale of the colours

    def test_the_colours_reach_as_far_as_the_scores(self, axes):
        plotting.draw_scores(axes, self.IMAGE, [[0, 0, 4, 8]], [-0.25])
        assert axes.collections[0].get_clim() == (-0.25, 0.25)

    @pytest.mark.parametrize("scores", [[1.0], [1.0, np.nan], "ab"])
    def test_scores_of_another_kind_are_refused(self, blank, scores):
        with pytest.raises((ValueError, TypeError), match="scores"):
            plotting.draw_scores(blank, self.IMAGE, [[0, 0, 4, 8], [10, 10, 20, 30]], scores)

    @pytest.mark.parametrize("of_figure", [False, True])
    def test_the_key_has_the_lines_of_the_outcomes(self, axes, of_figure):
        plotting.outcome_key(axes.figure if of_figure else axes)
        (legend,) = axes.figure.legends if of_figure else [axes.get_legend()]
        lines = legend.get_lines()
        assert [text.get_text() for text in legend.get_texts()] == ["right", "wrong", "missed"]
        assert [line.get_linestyle() for line in lines] == ["-", "--", ":"]
        assert [to_hex(line.get_color()).upper() for line in lines[:2]] == [plotting.BLUE,
                                                                           plotting.VERMILION]
        assert legend._ncols == 3 and not legend.get_frame_on()
        if not of_figure:  # below the middle of the picture
            place = axes.transAxes.inverted().transform(legend.get_bbox_to_anchor().p0)
            assert place == pytest.approx([0.5, 0]) and legend._loc == legend.codes["upper center"]

    def test_a_picture_at_full_size_has_a_pixel_for_each_of_its_own(self):
        figure = plotting.full_size_picture(self.IMAGE, [[1, 2, 9, 30], [20, -5, 30, 10]],
                                            ["0.7", "0.9"])
        (axes,) = figure.axes
        assert (figure.get_size_inches() * 100).tolist() == [60, 40] and figure.dpi == 100
        assert axes.get_position().bounds == (0, 0, 1, 1)
        assert (axes.get_xlim(), axes.get_ylim()) == ((0, 60), (40, 0))
        assert axes.images[0].get_extent() == [0, 60, 40, 0]
        assert [(*one.get_xy(), one.get_width(), one.get_height()) for one in axes.patches] == [
            (1, 2, 8, 28), (20, -5, 10, 15)]
        assert [(text.get_text(), text.xy) for text in axes.texts] == [("0.7", (1, 2)),
                                                                      ("0.9", (20, 0))]
        assert not axes.axison

    def test_lines_grow_with_the_picture(self):
        small, large = (plotting.full_size_picture(np.zeros((side, side, 3), np.uint8),
                                                   [[0, 0, 9, 9]], ["a"]) for side in (300, 900))
        assert small.axes[0].patches[0].get_linewidth() == 1.5
        assert large.axes[0].patches[0].get_linewidth() == 3
        assert large.axes[0].texts[0].get_fontsize() == 2 * small.axes[0].texts[0].get_fontsize()


class TestLines:
    def test_the_arrow_and_f_above_0_are_on_the_side_of_the_normal(self, axes):
        plotting.draw_half_plane(axes, (-1, -2, 1, 2), [[0, -1], [0, 1]], [1, 0],
                                 [SQUARE / 2], {"P": (0, 0.5)})
        place = {text.get_text(): text.xy for text in axes.texts if text.get_text()}
        assert tuple(place["P"]) == (0, 0.5)
        assert place["f > 0"] == pytest.approx((0.6, 0))
        assert place["f < 0"] == pytest.approx((-0.6, 0))
        assert place["W"] == pytest.approx((0.29, -0.6))  # near the foot, a fifth of the way along
        (arrow,) = [text for text in axes.texts if text.arrow_patch]
        head, foot = arrow.xy, arrow.xyann
        assert foot == pytest.approx((0, -0.6)) and head == pytest.approx((0.22, -0.6))
        assert axes.get_xlim() == (-1, 1) and axes.get_ylim() == (-2, 2)
        assert [[0, -1], [0, 1]] in curves_of(axes) and [[0, 0.5]] in curves_of(axes)
        window, inside = axes.collections[0].get_paths()
        np.testing.assert_array_equal(window.get_extents().get_points(), [[-1, -2], [1, 2]])
        np.testing.assert_array_equal(inside.vertices[:4], SQUARE / 2)
        assert to_hex(axes.collections[0].get_facecolors()[0]) == "#ffffff"

    def test_names_of_points_keep_away_from_the_line(self, axes):
        for segment, above in (([[0, 1], [1, 0]], True), ([[0, 0], [1, 1]], False)):
            plotting.draw_half_plane(axes, (-1, -1, 1, 1), segment, [1, 0], [], {"P": (0, 0)})
            name = [text for text in axes.texts if text.get_text() == "P"][-1]
            assert (name.get_position()[1] > 0) == above  # a line that falls leaves room above

    @pytest.mark.parametrize("wrong, message", [
        (dict(window=(1, 0, 0, 1)), "window"), (dict(segment=[[0, 0]]), "segment"),
        (dict(normal=[2, 0]), "normal"), (dict(points=[(0, 0)]), "points must be a Mapping"),
        (dict(points={3: (0, 0)}), "names of points"), (dict(inside=[[0, 1]]), "inside"),
        (dict(points={"a": (0, np.nan)}), r"points\['a'\]")])
    def test_half_planes_of_another_kind_are_refused(self, blank, wrong, message):
        with pytest.raises((ValueError, TypeError), match=message):
            plotting.draw_half_plane(blank, **{
                "window": (-1, -1, 1, 1), "segment": [[0, -1], [0, 1]], "normal": [1, 0],
                "inside": [], "points": {}, **wrong})

    def test_a_name_stands_in_its_polygon_away_from_sides_and_curves(self, axes):
        curve = np.array([[1.0, -1], [1, 3]])  # from bottom to top through the middle
        plotting.name_regions(axes, [SQUARE, SQUARE + [4, 0]], ["left", "right"])
        plotting.name_regions(axes, [SQUARE], ["cut"], [curve])
        left, right, cut = (text.xy for text in axes.texts)
        assert left == pytest.approx((1, 1), abs=0.3) and right == pytest.approx((5, 1), abs=0.3)
        assert abs(cut[0] - 1) > 0.3 and 0.3 < cut[1] < 1.7

    def test_a_power_of_the_size_has_its_slope(self, axes):
        sizes = np.array([1, 0.5, 0.25, 0.125])
        errors = {"mean": 3 * sizes**2, "largest": [2, 0, 0.5, 0.25], "nothing": [0, 0, 0, 1]}
        slopes = plotting.draw_slopes(axes, sizes, errors, {"mean": 2, "largest": 1, "nothing": 1})
        assert slopes["mean"] == pytest.approx(2) and slopes["largest"] == pytest.approx(1)
        assert np.isnan(slopes["nothing"])  # one point has no slope
        found = dict(zip(words(axes), curves_of(axes)))
        assert [x for x, _ in found["largest: slope 1.00"]] == [1, 0.25, 0.125]
        np.testing.assert_allclose(np.array(found["proportional to h^2"])[:, 1], 3 * sizes**2)
        assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
        assert axes.get_xticks().tolist() == sizes.tolist()  # and no others between them
        assert len(axes.get_xticks(minor=True)) == 0
        plotting.draw_slopes(axes, sizes, errors, {"mean": 2})  # the others, without a line
        assert words(axes).count("proportional to h^2") == 2
        assert words(axes).count("proportional to h^1") == 2
        for powers, words_of in (({"other": 1}, "each name of powers must be .mean., got .other."),
                                 ({"mean": 11}, "at most 10"), ({"mean": -11}, "at least -10"),
                                 ({"mean": 0.5}, "whole number")):
            with pytest.raises((ValueError, TypeError), match=words_of):
                plotting.draw_slopes(axes, sizes, {"mean": sizes}, powers)


class TestPulls:
    def test_two_bars_stand_side_by_side_with_their_values_on_top(self, axes):
        plotting.draw_pairs(axes, ["1", "2"], {"loss": [2.0, 4.0], "pull": [1.0, 1.5]})
        bars = [(bar.get_x() + bar.get_width() / 2, bar.get_height()) for bar in axes.patches]
        np.testing.assert_allclose(bars, [(-0.2, 2), (0.8, 4), (0.2, 1), (1.2, 1.5)])
        assert all(bar.get_width() < 0.4 for bar in axes.patches)
        np.testing.assert_allclose([text.xy for text in axes.texts], bars)
        assert [tick.get_text() for tick in axes.get_xticklabels()] == ["1", "2"]
        assert words(axes) == ["loss", "pull"]
        assert 1.1 * 4 < axes.get_ylim()[1] < 1.5 * 4  # room for the values on top
        assert axes.patches[0].get_hatch() != axes.patches[2].get_hatch()

    @pytest.mark.parametrize("bars", [3, {}, {"a": [1]}, {3: [1, 2]}, {"a": [1, np.nan]},
                                      {"a": [1, 2], "b": [1, 2], "c": [1, 2]}])
    def test_pairs_of_another_kind_are_refused(self, blank, bars):
        with pytest.raises((ValueError, TypeError), match="bars"):
            plotting.draw_pairs(blank, ["1", "2"], bars)

    def test_a_loss_is_a_thin_line_and_its_pull_a_broad_one(self, axes):
        plotting.draw_pulls(axes, [-1, 1], {"hinge": ([2, 0], [1, 0.5])})
        loss, pull = axes.lines
        assert curves_of(axes) == [[[-1, 2], [1, 0]], [[-1, 1], [1, 0.5]]]
        assert words(axes) == ["hinge: loss", "hinge: pull"]
        assert axes.get_ylim()[0] == 0 and axes.get_ylim()[1] > 2  # nothing is cut off
        assert loss.get_color() == pull.get_color()
        assert loss.get_linewidth() < pull.get_linewidth() and pull.get_alpha() < 1
        with pytest.raises(ValueError, match=r"losses\['hinge'\] must have the shape \(2, 2\)"):
            plotting.draw_pulls(axes, [-1, 1], {"hinge": ([2, 0, 1], [1, 0.5, 1])})

    def test_what_is_recognised_is_a_ring_and_what_is_not_a_cross(self, axes):
        plotting.draw_scatter(axes, [1, 2, 3], [3, 4, 5], [True, False, True])
        assert curves_of(axes) == [[[1, 3], [3, 5]], [[2, 4]]]
        assert [line.get_marker() for line in axes.lines] == ["o", "x"]
        assert axes.lines[0].get_fillstyle() == "none"
        assert words(axes) == ["recognised: 2", "not: 1"]
        assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")

    @pytest.mark.filterwarnings("error:.*positive")
    def test_what_is_not_above_0_has_no_place_on_logarithmic_scales(self, axes):
        plotting.draw_scatter(axes, [0, 2, 3], [3, 0, 5], [True, True, True])
        assert curves_of(axes)[0] == [[3, 5]]
        other = plotting.panels("2d")[1][0]
        plotting.draw_scatter(other, [0], [1], [True])
        assert other.get_xscale() == "linear"
        plotting.draw_scatter(other, [0.5], [0.25], [True])
        assert other.get_xscale() == "log"
        other.figure.draw_without_rendering()


class TestTraining:
    def test_means_stand_in_the_middle_of_what_they_are_the_means_of(self, axes):
        plotting.draw_running_means(axes, {"a": [4.0, 2, 1, 3, 9], "b": [1.0, 1, 1, 1]}, points=2)
        assert curves_of(axes) == [[[1, 3], [3, 2]], [[1, 1], [3, 1]]]  # 9 is left over
        assert words(axes) == ["a", "b"] and axes.get_yscale() == "log"

    def test_few_batches_are_their_own_means(self, axes):
        plotting.draw_running_means(axes, {"a": [4.0, 2, 1]})
        assert curves_of(axes) == [[[0.5, 4], [1.5, 2], [2.5, 1]]]

    @pytest.mark.filterwarnings("error")
    def test_losses_of_0_alone_are_drawn_on_a_plain_scale(self, axes):
        plotting.draw_running_means(axes, {"a": [0.0, 0]})
        assert axes.get_yscale() == "linear"
        axes.figure.draw_without_rendering()

    @pytest.mark.parametrize("curves, points", [({"a": [np.nan]}, 60), ({"a": [1.0]}, 0), ({}, 60)])
    def test_means_of_another_kind_are_refused(self, blank, curves, points):
        with pytest.raises(ValueError, match="curves|points"):
            plotting.draw_running_means(blank, curves, points)


@pytest.mark.parametrize("window", [(0, 0, 1, 0), (0, 0, 0, 1)])
def test_a_window_without_room_is_refused(blank, window):
    with pytest.raises(ValueError, match="each side longer than 0"):
        plotting.draw_half_plane(blank, window, [[0, -1], [0, 1]], [1, 0], [], {})


@pytest.mark.parametrize("end, is_above", [((1, 1), False), ((1, -1), True), ((1, 0), False)])
def test_a_name_stands_on_the_side_that_the_line_turns_away_from(axes, end, is_above):
    plotting.draw_half_plane(axes, (-1, -1, 1, 1), [[0, 0], end], [1, 0], [], {"P": (0, 0)})
    (name,) = [text for text in axes.texts if text.get_text() == "P"]
    assert (name.xyann[1] > 0) is is_above


def test_no_box_is_a_list_of_none(axes):
    assert box_array([], "boxes").shape == (0, 4)
    with pytest.raises(ValueError, match="0 labels for 1 boxes"):
        plotting.full_size_picture(np.zeros((9, 9, 3), np.uint8), [[0, 0, 4, 4]], [])


@pytest.mark.parametrize("draw, given, words", [
    (plotting.draw_miss_rate, ([1], [1.5]), "above 1, .* at 0: 1.5"),
    (plotting.draw_missed, ([4], [-1]), "below 0"),
    (plotting.draw_pulls, ([0], {n: ([0], [0]) for n in "abcde"}), "1 to 4 losses")])
def test_numbers_out_of_range_are_refused(blank, draw, given, words):
    with pytest.raises(ValueError, match=words):
        draw(blank, *given)


def test_none_missed_is_a_bar_of_no_height(axes):
    plotting.draw_missed(axes, [4], [0])
    assert [bar.get_height() for bar in axes.patches] == [0]


def test_pictures_are_saved_with_10_to_1000_dots_an_inch(tmp_path):
    for dpi in (9, 1001):
        with pytest.raises(ValueError, match="dpi must be at least 10 and at most 1000"):
            plotting.save(plotting.panels("2d")[0], tmp_path / "a.png", dpi)


def test_curves_that_cannot_be_told_apart_are_refused(blank):
    with pytest.raises(ValueError, match="1 to 4 curves"):
        plotting.draw_running_means(blank, {name: [1, 2] for name in "abcde"})


def test_a_picture_at_full_size_ends_at_its_border():
    black = np.zeros((5, 8, 3), np.uint8)
    (axes,) = plotting.full_size_picture(black, [[-9, 0, 99, 4]], ["a"]).axes
    assert (axes.get_xlim(), axes.get_ylim()) == ((0, 8), (5, 0))


def test_a_half_plane_has_the_axes_of_the_plane(axes):
    plotting.draw_half_plane(axes, (-1, -2, 1, 2), [[0.5, -1], [0.5, 1]], [1, 0], [], {})
    lines = [line.get_xydata().tolist() for line in axes.lines]
    assert [[0, 0], [1, 0]] in lines and [[0, 0], [0, 1]] in lines
