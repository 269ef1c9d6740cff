"""Pictures: the right things are drawn, to scale, and nothing is left behind in pyplot."""

import io
import subprocess
import sys

import matplotlib.colors
import numpy as np
import pytest
from PIL import Image

from minicv import plotting

OCTAHEDRON = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]]) * 0.4
FACES = np.array([[0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4],
                  [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5]])


def pixels(figure):
    """(H, W, 3) uint8."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=60)
    return np.asarray(Image.open(file).convert("RGB")).astype(int)


def test_panels_stand_side_by_side():
    figure, axes = plotting.panels("3d", "2d", "2d")
    assert [one.name for one in axes] == ["3d", "rectilinear", "rectilinear"]
    figure.draw_without_rendering()
    lefts = [one.get_position().x0 for one in axes]
    assert lefts == sorted(lefts) and len(set(lefts)) == 3
    assert all(one.get_position().height > 0.7 for one in axes)  # of the figure: one row
    assert figure.get_size_inches() == pytest.approx((3 * 1.1 * 4.5, 4.5))


def test_four_panels_stand_two_by_two():
    figure, axes = plotting.panels(*["2d"] * 4, height=2)
    figure.draw_without_rendering()
    corners = [(one.get_position().x0, -one.get_position().y0) for one in axes]
    assert len({x for x, _ in corners}) == len({y for _, y in corners}) == 2
    assert corners == sorted(corners, key=lambda corner: corner[::-1])  # row by row
    assert figure.get_size_inches() == pytest.approx((2 * 1.1 * 2, 2 * 2))


@pytest.mark.parametrize("kinds", [(), ("4d",), ("2d", "flat")])
def test_other_kinds_of_panels_are_refused(kinds):
    with pytest.raises(ValueError, match="'2d' or '3d'"):
        plotting.panels(*kinds)


@pytest.mark.parametrize("height", [0.09, 100.5])
def test_panels_are_from_a_tenth_of_an_inch_to_a_hundred_inches_high(height):
    with pytest.raises(ValueError, match="at least 0.1 and at most 100"):
        plotting.panels("2d", height=height)
    with pytest.raises(ValueError, match="at least 0.1 and at most 100"):
        plotting.picture_row(1, width=height)
    with pytest.raises(ValueError, match="at least 0.1 and at most 100"):
        plotting.picture_table({"one": [None]}, size=height)


def test_at_most_so_many_points_of_each_kind_are_drawn():
    points = np.random.default_rng(0).uniform(-0.5, 0.5, (1000, 3))
    inside = np.arange(1000) < 50
    _, (axes,) = plotting.panels("3d")
    plotting.draw_points(axes, points, inside, most=200)
    drawn = {one.get_label(): len(one.get_offsets()) for one in axes.collections}
    assert drawn == {"free space": 200, "inside": 50}
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["free space", "inside"]


def test_the_same_points_are_chosen_each_time():
    points = np.random.default_rng(0).uniform(-0.5, 0.5, (1000, 3))
    chosen = []
    for _ in range(2):
        _, (axes,) = plotting.panels("3d")
        plotting.draw_points(axes, points, points[:, 0] > 0, most=20, rng=0)
        chosen.append([one.get_offsets() for one in axes.collections])  # x and y
    np.testing.assert_array_equal(*chosen)
    assert np.shape(chosen) == (2, 2, 20, 2)


@pytest.mark.parametrize("scale, limits", [(1, (-0.5, 0.5)), (10, (-4, 4))])
def test_axes_have_room_for_the_shape_and_one_scale(scale, limits):
    _, (axes,) = plotting.panels("3d")
    plotting.draw_mesh(axes, OCTAHEDRON * scale, FACES)
    for found in (axes.get_xlim(), axes.get_ylim(), axes.get_zlim()):
        assert found == pytest.approx(limits)
    labels = axes.get_xlabel(), axes.get_ylabel(), axes.get_zlabel()
    assert [label[0] for label in labels] == ["x", "y", "z"]
    for axis in (axes.xaxis, axes.yaxis, axes.zaxis):  # numbers are as small as words
        (size,) = {tick.get_fontsize() for tick in axis.get_ticklabels()}
        assert size == axis.label.get_fontsize() == 8


def test_faces_are_shaded_by_lambert_s_law():
    # A face whose normal points to the lamp is in full light; one turned away is in the ambient
    # light alone; one at 60 degrees gets ambient + (1 - ambient) / 2.
    lamp = plotting.shapes._LAMP
    across = np.cross(lamp, [0, 0, 1.0])
    across /= np.linalg.norm(across)
    up = np.cross(lamp, across)
    tilted = np.cos(np.pi / 3) * lamp + np.sin(np.pi / 3) * up
    for normal, shade in ((lamp, 1), (-lamp, 0.35), (tilted, 0.35 + 0.65 / 2)):
        vertices = np.array([across, np.cross(normal, across), np.zeros(3)]) + [0.1, -0.2, 0.3]
        _, (axes,) = plotting.panels("3d")
        plotting.draw_mesh(axes, vertices, np.array([[0, 1, 2]]), colour=(1, 1, 1))
        red = axes.collections[0].get_facecolor()[0, 0]
        assert red == pytest.approx(shade)


def test_the_lamp_stands_behind_the_left_shoulder_of_the_viewer():
    elevation, azimuth = np.radians([plotting.shapes._VIEW["elev"], plotting.shapes._VIEW["azim"]])
    forward = -np.array([np.cos(elevation) * np.cos(azimuth),
                         np.cos(elevation) * np.sin(azimuth), np.sin(elevation)])
    right = np.cross(forward, [0, 0, 1])
    lamp = plotting.shapes._LAMP
    assert lamp @ forward < -0.5 and lamp @ right < -0.3 and lamp[2] > 0.5


def test_the_front_of_a_mesh_hides_its_back():
    # Of a convex body only the faces turned to the viewer can be seen: leaving out the others
    # must not change the picture, except for a pixel here and there along the outline.
    elevation, azimuth = np.radians([plotting.shapes._VIEW["elev"], plotting.shapes._VIEW["azim"]])
    viewer = 10 * np.array([np.cos(elevation) * np.cos(azimuth),
                            np.cos(elevation) * np.sin(azimuth), np.sin(elevation)])
    corners = OCTAHEDRON[FACES]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    in_front = np.sum(normals * (viewer - corners[:, 0]), axis=1) > 0
    assert 0 < in_front.sum() < len(FACES)
    pictures = []
    for faces in (FACES, FACES[in_front]):
        figure, (axes,) = plotting.panels("3d")
        plotting.draw_mesh(axes, OCTAHEDRON, faces)
        pictures.append(pixels(figure))
    different = np.any(pictures[0] != pictures[1], axis=2)
    assert different.mean() < 0.002


def test_an_empty_mesh_is_drawn_as_an_empty_cube():
    figure, (axes,) = plotting.panels("3d")
    plotting.draw_mesh(axes, np.empty((0, 3)), np.empty((0, 3), int))
    assert axes.get_xlim() == pytest.approx((-0.5, 0.5))
    pixels(figure)


def test_numbers_at_the_axes_of_a_shape_keep_clear_of_them_minus_signs_included():
    figure, (axes,) = plotting.panels("3d")
    plotting.draw_mesh(axes, np.eye(3) / 2, np.array([[0, 1, 2]]))
    figure.draw_without_rendering()
    for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
        start, end = axis.line.get_transform().transform(axis.line.get_xydata())
        along = start + np.linspace(0, 1, 500)[:, None] * (end - start)
        for label in axis.get_ticklabels():
            box = label.get_window_extent()
            assert label.get_text() and not box.padded(1).count_contains(along)


@pytest.mark.parametrize("size", [1e-3, 0.02, 0.5, 30])
def test_the_ticks_of_a_shape_are_told_apart_however_small_it_is(size):
    _, (axes,) = plotting.panels("3d")
    plotting.draw_mesh(axes, OCTAHEDRON, FACES, room=size * np.array([[-1, -1, -1], [1, 1, 1]]))
    np.testing.assert_allclose(axes.get_yticks(), [-0.8 * size, 0, 0.8 * size], rtol=0.05)


def test_the_ticks_of_a_shape_are_round_also_where_its_middle_is_not():
    """The teapot that lesson 1.2 learns has its middle at -0.01."""
    _, (axes,) = plotting.panels("3d")
    room = np.array([[-0.479, -0.3, -0.3], [0.459, 0.3, 0.3]])
    plotting.draw_mesh(axes, OCTAHEDRON / 3, FACES, room=room)
    np.testing.assert_allclose(axes.get_xticks(), [-0.38, 0, 0.38])


def test_the_axes_of_a_shape_have_few_ticks_and_its_names_say_the_unit():
    _, (axes, plain) = plotting.panels("3d", "3d")
    plotting.draw_mesh(axes, OCTAHEDRON * 10, FACES)
    for ticks, label in ((axes.get_xticks(), axes.get_xlabel()), (axes.get_zticks(),
                                                                  axes.get_zlabel())):
        np.testing.assert_allclose(ticks, [-3.2, 0, 3.2])
        assert label.endswith("(cube sides)")
    assert (axes.elev, axes.azim) == (20, -60)
    assert len(set(axes._box_aspect)) == 1  # one scale: the sides of the box are equally long
    plain.set_box_aspect((1, 1, 1))
    smaller = axes._box_aspect[0] / plain._box_aspect[0]
    assert 0.9 < smaller < 0.95  # a little smaller than Matplotlib's: labels have room


@pytest.mark.parametrize("reach, side", [(0.6, 0.5), (0.61, 0.61)])
def test_a_shape_that_stands_out_a_little_stays_in_the_unit_cube(reach, side):
    _, (axes,) = plotting.panels("3d")
    plotting.draw_mesh(axes, OCTAHEDRON / 0.4 * reach, FACES)
    assert axes.get_xlim() == pytest.approx((-side, side))


def test_a_large_shape_off_the_middle_is_in_the_middle_of_the_axes():
    _, (axes,) = plotting.panels("3d")
    plotting.draw_mesh(axes, OCTAHEDRON + [5, 0, 0], FACES)  # 0.8 wide around (5, 0, 0)
    assert axes.get_xlim() == pytest.approx((4.6, 5.4))
    assert axes.get_ylim() == pytest.approx((-0.4, 0.4))


def test_two_meshes_are_drawn_at_one_scale_with_the_same_room():
    _, (axes,) = plotting.panels("3d")
    plotting.draw_mesh(axes, OCTAHEDRON, FACES, room=OCTAHEDRON * 10)
    assert axes.get_xlim() == pytest.approx((-4, 4))


def test_each_face_may_have_a_colour_and_one_without_area_is_dark():
    _, (axes,) = plotting.panels("3d")
    faces = np.array([[0, 2, 4], [0, 0, 0]])
    plotting.draw_mesh(axes, OCTAHEDRON, faces, colour=[[1, 0, 0], [0, 1, 0]])
    first, second = axes.collections[0].get_facecolor()
    assert first[0] > 0 and first[1] == first[2] == 0 and first[3] == 1
    np.testing.assert_allclose(second, [0, 0.35, 0, 1])


@pytest.mark.parametrize("wrong, message", [
    (dict(faces=[[0, 1, 6]]), "faces is above 5, .*: 6"),
    (dict(faces=[[0, 1, -1]]), "faces is below 0"),
    (dict(vertices=OCTAHEDRON * np.nan), "vertices are NaN"), (dict(colour=(2, 0, 0)), "colour"),
    (dict(colour=(1, 0)), r"colour .* \(3,\) or \(8, 3\), got \(2,\); red, green and blue"),
    (dict(room=[[0, 0]]), "room"),
    (dict(faces=FACES * 1.0), "faces must be whole numbers")])
def test_meshes_of_another_kind_are_refused(wrong, message):
    _, (axes,) = plotting.panels("3d")
    with pytest.raises((ValueError, TypeError), match=message):
        plotting.draw_mesh(axes, **{"vertices": OCTAHEDRON, "faces": FACES, **wrong})


def test_points_inside_stand_out():
    _, (axes,) = plotting.panels("3d")
    plotting.draw_points(axes, OCTAHEDRON, np.arange(6) < 2)
    free, inside = axes.collections
    assert axes.get_xlabel().startswith("x (cube sides)") and axes.get_zlim() == (-0.5, 0.5)
    assert free.get_alpha() < inside.get_alpha() == 1
    legend = axes.get_legend()
    assert {handle.get_alpha() for handle in legend.legend_handles} == {1}
    assert not legend.get_frame_on() and legend.markerscale == 3
    box = legend.get_window_extent()  # not cut off
    assert axes.figure.bbox.x0 <= box.x0 and box.y1 <= axes.figure.bbox.y1
    assert all(one.get_sizes().max() <= 4 and one.get_linewidth()[0] == 0
               for one in axes.collections)
    for one, colour in ((free, plotting.BLUE), (inside, plotting.VERMILION)):
        assert matplotlib.colors.to_hex(one.get_facecolor()[0][:3]).upper() == colour


def test_at_most_three_thousand_points_are_drawn_unless_one_asks_for_more():
    points = np.zeros((3002, 3))
    for given, drawn in (({}, 3000), ({"most": 5000}, 3002), ({"most": 0}, 0)):
        _, (axes,) = plotting.panels("3d")
        plotting.draw_points(axes, points, np.ones(3002, bool), **given)
        assert len(axes.collections[1].get_offsets()) == drawn


@pytest.mark.parametrize("points, occupancies, message", [
    (OCTAHEDRON, np.ones(5, bool), r"occupancies must have the shape \(6,\)"),
    (OCTAHEDRON, np.ones(6), "occupancies must be booleans"),
    (OCTAHEDRON[:, :2], np.ones(6, bool), r"points must have the shape \(N, 3\)"),
    (OCTAHEDRON + np.inf, np.ones(6, bool), "NaN or infinite")])
def test_points_of_another_kind_are_refused(points, occupancies, message, blank):
    with pytest.raises((ValueError, TypeError), match=message):
        plotting.draw_points(plotting.panels("3d")[1][0], points, occupancies)
    with pytest.raises((ValueError, TypeError), match=message):
        plotting.draw_cut(blank, points, occupancies, x=0.0, thickness=0.1)


def test_a_cut_has_no_edges():
    points = np.array([[0.25, 0.0, 0.0], [0.125, 1.0, 1.0], [-0.25, 0.0, 0.0], [0.0, 2.0, 2.0]])
    _, (axes,) = plotting.panels("2d")
    plotting.draw_cut(axes, points, np.ones(4, bool), x=0.0, thickness=0.5)
    assert axes.collections[1].get_offsets().tolist() == [[1, 1], [2, 2]]


def test_a_cut_shows_the_points_near_the_plane_only():
    points = np.array([[0.3, 0.1, 0.2], [0.29, -0.1, 0.0], [0.35, 0.0, 0.0], [0.0, 0.0, 0.0]])
    inside = np.array([True, False, True, True])
    _, (axes,) = plotting.panels("2d")
    plotting.draw_cut(axes, points, inside, x=0.3, thickness=0.04)
    drawn = {one.get_label(): one.get_offsets().tolist() for one in axes.collections}
    assert drawn == {"free space": [[-0.1, 0.0]], "inside": [[0.1, 0.2]]}
    assert axes.get_xlabel().startswith("y") and axes.get_ylabel().startswith("z")
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["free space", "inside"]
    assert axes.get_aspect() == 1
    legend = axes.get_legend()  # under the axes, its two entries beside each other
    assert legend._ncols == 2 and legend.markerscale == 3 and not legend.get_frame_on()
    anchor = axes.transAxes.inverted().transform(legend.get_bbox_to_anchor().p0)
    assert anchor[0] == pytest.approx(0.5) and -0.2 < anchor[1] < -0.1
    assert all(one.get_sizes().max() <= 4 and one.get_linewidth()[0] == 0
               for one in axes.collections)


def test_the_best_epoch_is_marked_on_the_validation_curve():
    _, (axes,) = plotting.panels("2d")
    plotting.draw_losses(axes, [1, 2, 3, 4], [0.4, 0.3, 0.2, 0.1], [2, 4], [0.25, 0.35])
    curves = {line.get_label(): line.get_xydata().tolist() for line in axes.lines}
    assert curves["training"] == [[1, 0.4], [2, 0.3], [3, 0.2], [4, 0.1]]
    assert curves["validation"] == [[2, 0.25], [4, 0.35]]
    assert axes.get_xlabel() == "epoch" and len(axes.get_legend().get_texts()) == 3
    assert curves["best: 0.2500 after epoch 2"] == [[2, 0.25]]
    assert axes.get_yscale() == "log"


def test_the_two_losses_are_told_apart_without_colours():
    _, (axes,) = plotting.panels("2d")
    plotting.draw_losses(axes, [1, 2], [0.4, 0.3], [1, 2], [0.5, 0.6], unit="nats")
    training, validation, best = axes.lines
    assert (training.get_linestyle(), validation.get_linestyle()) == ("-", "--")
    assert best.get_marker() == "o" and best.get_color() == validation.get_color()
    assert best.get_markersize() > training.get_markersize() and best.get_markersize() <= 7
    assert not axes.get_legend().get_frame_on()
    assert axes.get_ylabel() == "loss (nats)"
    assert axes.xaxis.get_gridlines()[0].get_visible()


@pytest.mark.parametrize("wrong", [dict(train_loss=[1.0]), dict(val_loss=[1.0, 2, 3]),
                                   dict(train_epochs=[[1, 2]]), dict(val_loss=[0.5, np.nan])])
def test_losses_of_another_kind_are_refused(wrong, blank):
    right = dict(train_epochs=[1, 2], train_loss=[0.4, 0.3], val_epochs=[1, 2], val_loss=[0.5, 0.6])
    with pytest.raises(ValueError, match=next(iter(wrong))):
        plotting.draw_losses(blank, **{**right, **wrong})


def test_losses_without_validation_are_drawn():
    _, (axes,) = plotting.panels("2d")
    plotting.draw_losses(axes, [1, 2], [0.4, 0.3], [], [])
    assert "training" in [line.get_label() for line in axes.lines]


def test_a_saved_figure_is_a_png_of_the_stated_size(tmp_path):
    figure, _ = plotting.panels("2d", height=2)
    plotting.save(figure, tmp_path / "picture.png", dpi=50)
    picture = Image.open(tmp_path / "picture.png")
    assert (picture.format, picture.size) == ("PNG", (110, 100))


def test_a_saved_figure_has_110_pixels_an_inch_unless_one_asks_for_others(tmp_path):
    plotting.save(plotting.panels("2d", "3d", height=1)[0], tmp_path / "picture.png")
    assert Image.open(tmp_path / "picture.png").size == (242, 110)  # 2 x 1.1 inches wide


@pytest.mark.parametrize("figure, path, dpi, message", [
    (None, "a.png", 50, "figure must be a Figure"), (plotting.panels("2d")[0], 3, 50, "path"),
    (plotting.panels("2d")[0], "a.png", 9, "at least 10"),
    (plotting.panels("2d")[0], "a.png", 50.5, "dpi must be a whole number")])
def test_what_cannot_be_saved_is_refused(figure, path, dpi, message):
    with pytest.raises((ValueError, TypeError), match=message):
        plotting.save(figure, path, dpi)


def test_inside_and_free_space_can_be_told_apart_without_colour_vision():
    # Luminance as in WCAG 2: two colours that differ in it differ for everybody.
    def luminance(colour):
        channels = np.array(matplotlib.colors.to_rgb(colour))
        steep = ((channels + 0.055) / 1.055) ** 2.4
        linear = np.where(channels <= 0.04045, channels / 12.92, steep)
        return linear @ [0.2126, 0.7152, 0.0722]

    low, high = sorted([luminance(plotting.BLUE), luminance(plotting.VERMILION)])
    assert (high + 0.05) / (low + 0.05) > 1.3


def test_drawing_loads_neither_pyplot_nor_scipy():
    code = ("import sys; from minicv import plotting; figure, _ = plotting.panels('2d', '3d'); "
            "figure.draw_without_rendering(); "
            "sys.exit(str({'matplotlib.pyplot', 'scipy'} & {*sys.modules} or ''))")
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.stderr == "\n"


def test_labels_of_boxes_that_are_close_stand_one_above_the_other():
    _, (axes,) = plotting.panels("2d")
    boxes = [[50, 60, 70, 95], [52, 61, 72, 95], [54, 60, 74, 95], [120, 60, 140, 95]]
    plotting.draw_outcomes(axes, np.zeros((100, 200, 3), np.uint8), boxes,
                           ["true positive"] * 4, [], ["1", "2", "3", "4"])
    # In steps of 5 pixels, 5 % of the height, until nothing within 5 is in the way.
    assert [text.xy[1] for text in axes.texts] == pytest.approx([60, 51, 45, 60])
