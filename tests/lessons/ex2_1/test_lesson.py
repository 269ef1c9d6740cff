"""Lesson 2.1 in miniature: every step runs, whatever the network has learned by then."""

import contextlib
import io
import re
from types import SimpleNamespace

import numpy as np
import pytest

from lessons import InputError
from lessons.engine.lesson import cut_cells
from lessons.engine.tasks import find_lessons
from minicv import nn
from minicv.datasets import load_points, save_points
from minicv.datasets.solids import chair_occupancy
from minicv.decision_boundary import exact_surface
from minicv.occupancy_network import Mesh, OccupancyNetwork, evaluate_grid, mesh_from_grid
from tests.lessons.running import walk
from tests.occupancy_network.mesh_reader import read_mesh

SMALL = dict(BATCH_SIZE=100, LEARNING_RATE=5e-3, EPOCHS=2, MORE_EPOCHS=2, RESOLUTION=24,
             RESOLUTIONS=(8, 16), TRUE_RESOLUTION=32, SURFACE_POINTS=5000, N_MEASURED=100,
             MOST_CELLS=700)  # leaves much undecided


def write_points(folder, shape, count):
    points = np.random.default_rng(0).uniform(-0.5, 0.5, (count, 3))
    points = points.astype(np.float16).astype(np.float32)
    save_points(folder / "points.npz", points, shape(points))


def ball(points):
    return np.linalg.norm(points, axis=1) < 0.35


@pytest.fixture(scope="module")
def of_a_ball(tmp_path_factory):
    """The lesson on a ball, with few and small steps, on coarse grids."""
    folder = tmp_path_factory.mktemp("ball")
    write_points(folder, ball, 4000)
    return walk("2.1", folder, folder, **SMALL)


def test_the_lesson_leaves_pictures_meshes_weights_and_a_summary(of_a_ball):
    assert sorted(path.name for path in of_a_ball.out.iterdir()) == [
        "exact.png", "growth.png", "losses.png", "mesh.obj", "mesh.ply", "mesh.png", "network.npz",
        "points.png",
        "resolutions.png", "summary.json"]
    for picture in of_a_ball.pictures:
        assert f"look at {picture}" in of_a_ball.printed


def test_no_word_is_true_of_the_chair_alone(of_a_ball):
    told = of_a_ball.printed.replace("these are not the points of minicv's own chair", "")
    captions = " ".join(f"{one.caption} {one.alt}" for one in of_a_ball.lesson.pictures)
    assert not re.search(r"chair|leg|seat|rung|back", told + captions)


def test_the_mesh_of_a_ball_is_a_closed_surface_of_about_its_volume(of_a_ball):
    mesh = read_mesh(of_a_ball.out / "mesh.ply")
    assert mesh.is_watertight and mesh.euler_characteristic == 2
    assert mesh.volume() == pytest.approx(4 / 3 * np.pi * 0.35 ** 3, rel=0.1)
    assert of_a_ball.numbers["mesh"]["volume"] == pytest.approx(mesh.volume(), rel=1e-5)


def test_the_numbers_of_both_trainings_are_in_the_summary(of_a_ball):
    numbers = of_a_ball.numbers
    assert (numbers["recipe"]["epochs"], numbers["longer"]["epochs"]) == (2, 4)
    assert numbers["longer"]["best_val_loss"] <= numbers["recipe"]["best_val_loss"]
    assert numbers["longer"]["val_iou"] > 0.7


def test_the_loop_by_hand_is_that_of_fit(of_a_ball):
    by_hand, fitted = re.findall(r"the first epoch.*training loss ([\d.]+)", of_a_ball.printed)
    assert by_hand == fitted


def test_the_grid_by_hand_is_that_of_the_library(of_a_ball):
    logits, quick = (of_a_ball.names[name] for name in ("logits", "quick"))
    np.testing.assert_allclose(logits, quick, rtol=0, atol=1e-3)


def test_multi_resolution_gives_the_same_mesh_as_dense(of_a_ball):
    assert [row["same_mesh"] for row in of_a_ball.numbers["resolutions"]] == [True, True]


def test_points_of_another_shape_are_not_compared_with_the_chair(of_a_ball):
    assert of_a_ball.numbers["truth"] is None
    assert "the true surface is unknown" in of_a_ball.printed


def test_every_step_is_timed(of_a_ball):
    seconds = of_a_ball.numbers["seconds"]
    assert len(seconds) == 10 and all(title in of_a_ball.printed for title in seconds)


def test_the_meshes_can_be_turned(of_a_ball):
    turning = {one.path.name: list(one.meshes) for one in of_a_ball.lesson.pictures if one.meshes}
    assert turning == {"mesh.png": ["after 2 epochs", "after 4 epochs"],
                       "resolutions.png": ["8³ grid", "16³ grid"],
                       "exact.png": ["one colour a polygon"]}


def test_the_exact_surface_is_that_of_the_saved_network(of_a_ball):
    exact, names = of_a_ball.numbers["exact"], of_a_ball.names
    network = OccupancyNetwork()
    network.load_state_dict(nn.load(of_a_ball.out / "network.npz"))
    logits = network(names["flat"].vertices.astype(np.float32)).data
    assert len(logits) > 100 and np.abs(logits).max() < 1e-5
    walked = names["walked"]
    assert len(walked.polygons) == exact["walked"] > 0
    assert np.abs(network(walked.vertices.astype(np.float32)).data).max() < 1e-5
    assert exact["complete"] == ("complete: yes" in of_a_ball.printed)
    assert of_a_ball.numbers["growth"][-1] == {"epochs": 4, "polygons": exact["polygons"]}


def test_an_incomplete_surface_is_not_measured_with(of_a_ball):
    assert of_a_ball.numbers["errors"] == [] and not of_a_ball.numbers["exact"]["complete"]
    assert "there is nothing to measure with" in of_a_ball.printed


def test_the_error_of_marching_cubes_on_an_octahedron(of_a_ball):
    """|x| + |y| + |z| < 0.3, whose exact area is 4 sqrt 3 0.3^2; the last chapter's cells alone."""
    network = nn.MLP(3, 6, 1, dtype=np.float64)
    network.load_state_dict({"0.weight": np.concatenate([np.eye(3), -np.eye(3)]),
                             "0.bias": np.zeros(6), "2.weight": -np.ones((1, 6)), "2.bias": [0.3]})
    script = find_lessons()["2.1"].script.read_text(encoding="utf-8")
    cells = [cell.source for cell in cut_cells(script)
             if cell.kind == "code" and "errors" in cell.source]
    exact = exact_surface(network)
    flat = Mesh(*exact.triangles())
    nowhere = SimpleNamespace(seed=0, say=print, record=lambda **_: None,
                              show=lambda *_, **__: None)
    names = of_a_ball.names | dict(
        lesson=nowhere, exact=exact, flat=flat, closed=flat.report(), reach=0.5,
        meshes={n: mesh_from_grid(evaluate_grid(network, n)) for n in (12, 24, 48)})
    with contextlib.redirect_stdout(io.StringIO()):
        for cell in cells:
            exec(cell, names)
    means = np.array([row["mean"] for row in names["errors"]])
    assert flat.area() == pytest.approx(4 * 3**0.5 * 0.3**2)
    assert (means[1:] < 0.4 * means[:-1]).all() and 1.5 < names["slope"] < 2.6
    assert names["wrong"].max() <= names["errors"][1]["h"]
    # What is drawn beside the largest error is what was measured, and no power of h.
    words = [text.get_text() for text in names["left"].get_legend().get_texts()]
    assert [word.split(":")[0] for word in words] == ["mean error", "proportional to h^2",
                                                      "largest error"]
    scale = names["right"].figure.axes[-1]
    assert scale.get_ylabel() == "distance from the exact surface (cube sides)"
    assert scale.get_ylim()[1] == pytest.approx(names["most"])


def test_the_saved_weights_are_those_of_the_best_epoch(of_a_ball):
    network = OccupancyNetwork()
    network.load_state_dict(nn.load(of_a_ball.out / "network.npz"))
    points, occupancies = load_points(of_a_ball.out.parent / "points.npz")
    _, val = nn.train_val_split(points, occupancies[:, None].astype(np.float32), fraction=0.8,
                                rng=0)
    loss = nn.evaluate(network, nn.DataLoader(nn.TensorDataset(*val), 100),
                       nn.BCEWithLogitsLoss())
    assert loss == pytest.approx(of_a_ball.numbers["longer"]["best_val_loss"], rel=1e-4)


def test_a_network_that_has_learned_nothing_yet_does_not_stop_the_lesson(tmp_path):
    # So few points that after two epochs all of space is empty, and so is every mesh.
    write_points(tmp_path, chair_occupancy, 400)
    other = walk("2.1", tmp_path, tmp_path, **SMALL | dict(
        LEARNING_RATE=1e-5, RESOLUTION=12, SURFACE_POINTS=500, MOST_CELLS=50))
    assert other.numbers["mesh"]["n_faces"] == 0
    assert other.numbers["truth"]["after 2 epochs"]["chamfer_l1"] is None
    assert "the true shape: pieces: 1, genus: 4" in other.printed
    assert "after 2 epochs: no surface in the cube" in other.printed
    assert not re.search(r"\b(inf|nan|None)\b", other.printed)  # it is said in words


@pytest.mark.parametrize("shape", [lambda points: points[:, 0] > 9,
                                   lambda points: points[:, 0] > -9])
def test_points_on_one_side_alone_are_refused(tmp_path, shape):
    write_points(tmp_path, shape, 100)
    with pytest.raises(InputError, match="inside and outside"):
        walk("2.1", tmp_path, tmp_path, **SMALL)


def test_a_missing_file_ends_the_lesson_with_one_line(tmp_path):
    with pytest.raises(InputError, match=r"no file .*points\.npz"):
        walk("2.1", tmp_path, tmp_path, **SMALL)


# -- the verdict -------------------------------------------------------------------------------

EPOCHS = np.arange(1, 46)


@pytest.mark.parametrize("train_loss, val_loss, verdict", [
    # Both still fall as 1 / epoch: by 40 % from the second third to the last.
    (1 / EPOCHS, 1.05 / EPOCHS, "underfitting"),
    # Both have come to rest.
    (np.full(45, 0.1), np.full(45, 0.11), "neither"),
    # Training falls on, validation has turned round.
    (1 / EPOCHS, 0.1 + 0.001 * EPOCHS, "overfitting"),
    # On either side of a gap of 1.25, and of a progress of 5 %.
    (np.full(45, 0.1), np.full(45, 0.126), "overfitting"),
    (np.full(45, 0.1), np.full(45, 0.124), "neither"),
    (np.full(45, 0.1), np.repeat([0.2, 0.1, 0.094], 15), "underfitting"),
    (np.full(45, 0.1), np.repeat([0.2, 0.1, 0.096], 15), "neither"),
    # One bad epoch at the end is no overfitting.
    (np.full(45, 0.1), np.r_[np.full(44, 0.1), 0.5], "neither"),
    # It knows the training points better, but the best epoch is the last but one: no contradiction.
    (np.full(45, 0.1), np.r_[np.full(43, 0.13), 0.128, 0.13], "neither"),
    # The validation loss falls by 12 %, and the gap is wide: it pays to go on, all the same.
    (np.full(45, 0.1), np.repeat([0.2, 0.16, 0.14], 15), "underfitting"),
    # It jumps between 0.03 and 0.055, and has fallen by less than that.
    (np.full(45, 0.04), np.r_[np.tile([0.048, 0.04], 15)[:30], np.tile([0.03, 0.055, 0.042], 5)],
     "neither"),
    # Short trainings have a verdict too.
    (np.array([0.3]), np.array([0.3]), "neither"),
    (np.array([0.3, 0.2]), np.array([0.3, 0.2]), "underfitting"),
])
def test_the_verdict_follows_from_the_curves(of_a_ball, train_loss, val_loss, verdict):
    assert of_a_ball.names["judge"](list(train_loss), list(val_loss))[0] == verdict
