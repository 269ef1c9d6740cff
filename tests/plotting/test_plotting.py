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
    assert lefts == sorted(lefts)


@pytest.mark.parametrize("kinds", [(), ("4d",), ("2d", "flat")])
def test_other_kinds_of_panels_are_refused(kinds):
    with pytest.raises(ValueError, match="'2d' or '3d'"):
        plotting.panels(*kinds)


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
    pictures = []
    for _ in range(2):
        figure, (axes,) = plotting.panels("3d")
        plotting.draw_points(axes, points, points[:, 0] > 0, most=20, rng=0)
        pictures.append(pixels(figure))
    np.testing.assert_array_equal(*pictures)


@pytest.mark.parametrize("scale, limits", [(1, (-0.5, 0.5)), (10, (-4, 4))])
def test_axes_have_room_for_the_shape_and_one_scale(scale, limits):
    _, (axes,) = plotting.panels("3d")
    plotting.draw_mesh(axes, OCTAHEDRON * scale, FACES)
    for found in (axes.get_xlim(), axes.get_ylim(), axes.get_zlim()):
        assert found == pytest.approx(limits)
    labels = axes.get_xlabel(), axes.get_ylabel(), axes.get_zlabel()
    assert [label[0] for label in labels] == ["x", "y", "z"]


def test_faces_are_shaded_by_lambert_s_law():
    # A face whose normal points to the lamp is in full light; one turned away is in the ambient
    # light alone; one at 60 degrees gets ambient + (1 - ambient) / 2.
    lamp = plotting.shapes._LAMP
    across = np.cross(lamp, [0, 0, 1.0])
    across /= np.linalg.norm(across)
    up = np.cross(lamp, across)
    tilted = np.cos(np.pi / 3) * lamp + np.sin(np.pi / 3) * up
    for normal, shade in ((lamp, 1), (-lamp, 0.35), (tilted, 0.35 + 0.65 / 2)):
        vertices = np.array([across, np.cross(normal, across), np.zeros(3)])
        _, (axes,) = plotting.panels("3d")
        plotting.draw_mesh(axes, vertices, np.array([[0, 1, 2]]), colour=(1, 1, 1))
        red = axes.collections[0].get_facecolor()[0, 0]
        assert red == pytest.approx(shade)


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


def test_the_best_epoch_is_marked_on_the_validation_curve():
    _, (axes,) = plotting.panels("2d")
    plotting.draw_losses(axes, [1, 2, 3, 4], [0.4, 0.3, 0.2, 0.1], [2, 4], [0.25, 0.35])
    curves = {line.get_label(): line.get_xydata().tolist() for line in axes.lines}
    assert curves["training"] == [[1, 0.4], [2, 0.3], [3, 0.2], [4, 0.1]]
    assert curves["validation"] == [[2, 0.25], [4, 0.35]]
    assert axes.get_xlabel() == "epoch" and len(axes.get_legend().get_texts()) == 3
    assert curves["best: 0.2500 after epoch 2"] == [[2, 0.25]]
    assert axes.get_yscale() == "log"


def test_losses_without_validation_are_drawn():
    _, (axes,) = plotting.panels("2d")
    plotting.draw_losses(axes, [1, 2], [0.4, 0.3], [], [])
    assert "training" in [line.get_label() for line in axes.lines]


def test_a_saved_figure_is_a_png_of_the_stated_size(tmp_path):
    figure, _ = plotting.panels("2d", height=2)
    plotting.save(figure, tmp_path / "picture.png", dpi=50)
    picture = Image.open(tmp_path / "picture.png")
    assert (picture.format, picture.size) == ("PNG", (110, 100))


def test_inside_and_free_space_can_be_told_apart_without_colour_vision():
    # Luminance as in WCAG 2: two colours that differ in it differ for everybody.
    def luminance(colour):
        channels = np.array(matplotlib.colors.to_rgb(colour))
        steep = ((channels + 0.055) / 1.055) ** 2.4
        linear = np.where(channels <= 0.04045, channels / 12.92, steep)
        return linear @ [0.2126, 0.7152, 0.0722]

    low, high = sorted([luminance(plotting.BLUE), luminance(plotting.VERMILION)])
    assert (high + 0.05) / (low + 0.05) > 1.3


def test_drawing_does_not_load_pyplot():
    code = ("import sys; from minicv import plotting; figure, _ = plotting.panels('2d', '3d'); "
            "figure.draw_without_rendering(); sys.exit('matplotlib.pyplot' in sys.modules)")
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
