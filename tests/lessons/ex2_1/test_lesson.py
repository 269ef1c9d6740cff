"""Lesson 2.1 in miniature: every step runs, whatever the network has learned by then."""

import contextlib
import io
import json

import numpy as np
import pytest

from lessons import InputError, Steps, read
from lessons.ex2_1_occupancy_network import lesson
from minicv import nn
from minicv.datasets import load_points, save_points
from minicv.datasets.solids import chair_occupancy
from minicv.occupancy_network import OccupancyNetwork
from tests.occupancy_network.mesh_reader import read_mesh


def write_points(folder, shape, count):
    points = np.random.default_rng(0).uniform(-0.5, 0.5, (count, 3))
    points = points.astype(np.float16).astype(np.float32)
    save_points(folder / "points.npz", points, shape(points))


def ball(points):
    return np.linalg.norm(points, axis=1) < 0.35


@pytest.fixture(scope="module")
def small():
    """A lesson of some seconds: few and small steps, on coarse grids."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in dict(BATCH_SIZE=100, LEARNING_RATE=5e-3, EPOCHS=2, MORE_EPOCHS=2,
                                RESOLUTION=24, RESOLUTIONS=(8, 16)).items():
            patch.setattr(lesson, name, value)
        yield


@pytest.fixture(scope="module")
def of_a_ball(small, tmp_path_factory):
    """Folder of results, what was printed, and the summary of the lesson run on a ball."""
    folder = tmp_path_factory.mktemp("ball")
    write_points(folder, ball, 4000)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        lesson.run(folder, folder, seed=0)
    out = folder / "ex2_1"
    return out, printed.getvalue(), json.loads((out / "summary.json").read_text())


def test_the_lesson_leaves_pictures_meshes_weights_and_a_summary(of_a_ball):
    out, printed, summary = of_a_ball
    assert sorted(path.name for path in out.iterdir()) == [
        "chair.obj", "chair.ply", "losses.png", "mesh.png", "network.npz", "points.png",
        "resolutions.png", "summary.json"]
    for picture in out.glob("*.png"):
        assert f"look at {picture.name}" in printed


def test_the_mesh_of_a_ball_is_a_closed_surface_of_about_its_volume(of_a_ball):
    out, _, summary = of_a_ball
    mesh = read_mesh(out / "chair.ply")
    assert mesh.is_watertight and mesh.euler_characteristic == 2
    assert mesh.volume() == pytest.approx(4 / 3 * np.pi * 0.35 ** 3, rel=0.1)
    assert summary["mesh"]["volume"] == pytest.approx(mesh.volume(), rel=1e-5)


def test_the_numbers_of_both_trainings_are_in_the_summary(of_a_ball):
    _, _, summary = of_a_ball
    assert (summary["recipe"]["epochs"], summary["longer"]["epochs"]) == (2, 4)
    assert summary["longer"]["best_val_loss"] <= summary["recipe"]["best_val_loss"]
    assert summary["longer"]["val_iou"] > 0.7


def test_multi_resolution_gives_the_same_mesh_as_dense(of_a_ball):
    _, _, summary = of_a_ball
    assert [row["same_mesh"] for row in summary["resolutions"]] == [True, True]


def test_points_of_another_shape_are_not_compared_with_the_chair(of_a_ball):
    _, printed, summary = of_a_ball
    assert summary["truth"] is None
    assert "the true surface is unknown" in printed


def test_every_step_is_timed(of_a_ball):
    _, printed, summary = of_a_ball
    assert len(summary["seconds"]) == 8
    assert all(title in printed for title in summary["seconds"])


def test_the_saved_weights_are_those_of_the_best_epoch(of_a_ball):
    out, _, summary = of_a_ball
    network = OccupancyNetwork()
    network.load_state_dict(nn.load(out / "network.npz"))
    points, occupancies = load_points(out.parent / "points.npz")
    _, val = lesson.prepare(points, occupancies, seed=0)
    loss = nn.evaluate(network, nn.DataLoader(nn.TensorDataset(*val), 100),
                       nn.BCEWithLogitsLoss())
    assert loss == pytest.approx(summary["longer"]["best_val_loss"], rel=1e-4)


def test_a_network_that_has_learned_nothing_yet_does_not_stop_the_lesson(small, tmp_path,
                                                                        monkeypatch, capsys):
    # So few points that after two epochs all of space is empty, and so is every mesh.
    monkeypatch.setattr(lesson, "LEARNING_RATE", 1e-5)
    write_points(tmp_path, chair_occupancy, 400)
    lesson.run(tmp_path, tmp_path, seed=0)
    summary = json.loads((tmp_path / "ex2_1" / "summary.json").read_text())
    assert summary["mesh"]["n_faces"] == 0
    assert summary["truth"]["2 epochs"]["chamfer_l1"] is None
    assert "the true chair: pieces: 1, handles: 4" in capsys.readouterr().out


def test_the_same_seed_gives_the_same_numbers(small, tmp_path):
    write_points(tmp_path, ball, 1000)
    points, occupancies = load_points(tmp_path / "points.npz")
    results = []
    for seed in (3, 3, 4):
        train, val = lesson.prepare(points, occupancies, seed)
        results.append(lesson.Training(lesson.build(seed), train, val, seed).more(1))
    assert results[0] == results[1] != results[2]


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
    # Short trainings have a verdict too.
    (np.array([0.3]), np.array([0.3]), "neither"),
    (np.array([0.3, 0.2]), np.array([0.3, 0.2]), "underfitting"),
])
def test_the_verdict_follows_from_the_curves(train_loss, val_loss, verdict):
    assert lesson.judge(list(train_loss), list(val_loss))[0] == verdict


# -- what lessons share ------------------------------------------------------------------------


def test_steps_are_remembered_in_their_order(tmp_path):
    steps = Steps(tmp_path)
    for title in ("first", "second"):
        with steps(title):
            pass
    assert list(steps.seconds) == ["first", "second"]


@pytest.mark.parametrize("error", [ValueError, FileNotFoundError, PermissionError])
def test_reading_that_fails_is_an_input_error(tmp_path, error):
    def reader(path):
        raise error(f"{path} is bad")

    with pytest.raises(InputError, match="points.npz is bad"):
        read(reader, tmp_path / "points.npz")
