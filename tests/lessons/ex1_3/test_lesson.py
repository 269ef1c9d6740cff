"""Lesson 1.3: it leaves what it promises, and tells the sheet's numbers."""

import contextlib
import io
import json

import numpy as np
import pytest

from lessons.ex1_3_layers_and_losses import lesson
from minicv import plotting


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Folder of results, what was printed, and the summary, of fewer images than usual."""
    folder = tmp_path_factory.mktemp("lesson")
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(printed):
        for name, value in dict(N_IMAGES=100, EPOCHS=1, N_WEIGHED=20).items():
            patch.setattr(lesson, name, value)
        lesson.run(folder, folder, seed=0)
    out = folder / "ex1_3"
    return out, printed.getvalue(), json.loads((out / "summary.json").read_text())


def test_it_leaves_pictures_and_a_summary(results):
    out, printed, _ = results
    assert sorted(path.name for path in out.iterdir()) == [
        "holes.png", "losses.png", "receptive_fields.png", "shapes.png", "summary.json"]
    for picture in out.glob("*.png"):
        assert f"look at {picture.name}" in printed


def test_it_prints_the_answers_of_the_sheet(results):
    _, printed, _ = results
    for answer in ("= 262,400", "= 19,248", "#P  = 73,856", "= 38,464", "#P  = 112,320", "#P  = 0",
                   "S_r = 32 x 32 = 1,024", "S_r = 5 x 5", "S_r = 9 x 9", "S_r = 11 x 11",
                   "S_r = 3 x 3", "(0.839, 0.114, 0.006, 0.042)", "a tie: not right"):
        assert answer in printed


def test_formula_and_counting_agree(results):
    layers = results[2]["layers"]
    assert [row["number"] for row in layers] == ["i", "ii", "iii", "iv", "v"]
    for row in layers:
        assert row["parameters"] == row["parameters_counted"]
        assert row["receptive_field"] == row["box_with_a_gradient"]
        assert np.prod(row["receptive_field"]) == row["pixels_with_a_gradient"]


def test_sets_and_gradients_find_the_same_holes(results):
    # 5 x 5 pixels with gaps; 2 x 2 windows of 2 x 2; a full box of 7 x 7.
    assert [row["seen"] for row in results[2]["holes"]] == [25, 16, 49]
    assert all(row["equal"] for row in results[2]["holes"])


def test_the_pull_is_the_length_of_p_minus_t(results):
    samples, pulls = results[2]["samples"], results[2]["pulls"]
    errors = np.array([row["softmax"] for row in samples])
    errors -= np.eye(4)[[row["true_class"] - 1 for row in samples]]
    assert pulls["pulls"] == pytest.approx(np.linalg.norm(errors, axis=1))
    assert pulls["pulls_with_longer_features"] == pytest.approx(np.array(pulls["pulls"])
                                                                * [3, 1, 1, 1])


def test_no_line_is_too_long(results):
    assert max(map(len, results[1].splitlines())) <= 110


def test_the_small_network_learns_the_shapes():
    with contextlib.redirect_stdout(io.StringIO()), pytest.MonkeyPatch.context() as patch:
        patch.setattr(lesson, "N_IMAGES", 500)
        patch.setattr(lesson, "EPOCHS", 5)
        network = lesson.build(seed=0)
        images, labels = lesson.train(network, seed=0)
    accuracy = (network(images).data.argmax(axis=1) == labels).mean()
    assert accuracy > 0.4  # chance is a quarter, within 0.05 or so


def test_what_is_seen_is_drawn_where_it_is():
    _, (axes,) = plotting.panels("2d")
    seen = np.zeros((3, 4), bool)
    seen[2, 1] = seen[0, 3] = True
    plotting.draw_seen(axes, seen, ways=np.arange(12).reshape(3, 4))
    # Upper right first: (x, y) of the squares' corners, and of the numbers in their middles.
    corners = [path.vertices.min(axis=0).tolist() for path in axes.collections[0].get_paths()]
    assert corners == [[3, 0], [1, 2]]
    assert [(text.get_text(), text.get_position()) for text in axes.texts] == [
        ("3", (3.5, 0.5)), ("9", (1.5, 2.5))]
    assert axes.yaxis_inverted()
    with pytest.raises(ValueError, match=r"\(H, W\)"):
        plotting.draw_seen(axes, seen[None])


def test_tiles_have_captions_and_stay_in_their_places():
    _, (axes,) = plotting.panels("2d")
    plotting.draw_tiles(axes, np.zeros((3, 10, 10)), ["a", "b", "c"], columns=2)
    places = [image.get_extent() for image in axes.images]
    assert places[1][0] >= places[0][1] and places[2][3] >= places[0][2]
    assert [text.get_text() for text in axes.texts] == ["a", "b", "c"]
    with pytest.raises(ValueError, match="1 captions for 3 images"):
        plotting.draw_tiles(axes, np.zeros((3, 10, 10)), ["a"], columns=2)
