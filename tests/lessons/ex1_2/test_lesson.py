"""Lesson 1.2 in miniature: every step runs, whatever the network has learned by then."""

import contextlib
import io
import json

import numpy as np
import pytest

from lessons import InputError
from lessons.ex1_2_volumetric_rendering import lesson
from minicv import nn
from minicv.datasets import Views, save_views
from minicv.datasets.teapot import see_teapot
from minicv.volumetric_rendering import Camera, Schedule, TexturedShape
from tests.occupancy_network.mesh_reader import read_mesh

SMALL = {"SCHEDULE": Schedule(n_batches=150, n_rays=96, search=((0.0, 12),), lr_first=1e-2),
         "ABLATION": Schedule(n_batches=3, n_rays=32, search=((0.0, 8),)),
         "NETWORK": dict(hidden_size=32, n_hidden=2, frequencies=2), "WATCHED": (0, 20),
         "RESOLUTION": 24, "SEARCH_POINTS": 10_000, "SEARCH_EPOCHS": 5, "SEARCH_STEPS": (8, 16)}


def teapot_views(n_views=8, size=(16, 16), moved=0.0):
    """Views of the teapot, the last two to test with; `moved` puts it elsewhere."""
    cameras, images, masks = [], [], []
    for angle in 2.4 * np.arange(n_views):
        eye = 2.2 * np.array([np.cos(angle), np.sin(angle), 0.3])
        cameras.append(Camera.look_at(eye, (0, 0, 0), field_of_view=30, size=size))
        origins, directions = cameras[-1].rays()
        distances, _, colours = see_teapot(origins - [0, 0, moved], directions)
        masks.append(np.isfinite(distances).reshape(size))
        colours[~masks[-1].ravel()] = 1
        images.append(np.round(255 * colours).astype(np.uint8).reshape(*size, 3))
    return Views(np.stack(images), np.stack(masks),
                 np.stack([camera.intrinsics for camera in cameras]),
                 np.stack([camera.pose for camera in cameras]), np.arange(n_views) >= n_views - 2)


@pytest.fixture(scope="module")
def small():
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SMALL.items():
            patch.setattr(lesson, name, value)
        yield


@pytest.fixture(scope="module")
def results(small, tmp_path_factory):
    """Folder of results, what was printed, and the summary."""
    folder = tmp_path_factory.mktemp("lesson")
    save_views(folder / "views.npz", teapot_views())
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        lesson.run(folder, folder, seed=0)
    out = folder / "ex1_2"
    return out, printed.getvalue(), json.loads((out / "summary.json").read_text())


def test_it_leaves_pictures_a_mesh_weights_and_a_summary(results):
    out, printed, _ = results
    assert sorted(path.name for path in out.iterdir()) == [
        "depth_and_normals.png", "losses.png", "mesh.png", "network.npz", "ray.png", "search.png",
        "strip.png", "summary.json", "teapot.ply", "test_views.png", "views.png"]
    for picture in out.glob("*.png"):
        assert picture.name in printed.replace("look at", "")


def test_it_prints_the_answers_of_the_sheet(results):
    _, printed, _ = results
    for answer in ("3.00111825     3.0014", "2.12211106     2.1223", "0.469510111     0.4695",
                   "0.9999", "0.599865974     0.5998", "0.00042650389"):
        assert answer in printed


def test_the_summary_has_what_it_learned_and_how_well(results):
    _, _, summary = results
    assert len(summary["test"]["views"]) == 2
    assert summary["test"]["iou"] > 0.6  # after 150 batches: a blob in the right place
    assert 0 < summary["mesh"]["iou"] <= 1
    assert summary["geometry"]["depth_median"] < 0.2
    assert set(summary["step_seconds"]) == {"search", "loss", "backward", "optimiser"}
    assert len(summary["seconds"]) == 10


def test_finer_marching_misses_fewer_hits(results):
    missed = results[2]["search"]["missed"]
    assert missed["8"] >= missed["16"]


def test_the_mesh_is_in_colour(results):
    out, _, summary = results
    mesh = read_mesh(out / "teapot.ply")
    assert len(mesh.faces) == summary["mesh"]["faces"]
    assert mesh.colours.shape == (len(mesh.vertices), 3)


def test_the_saved_weights_give_the_scores_in_the_summary(results):
    out, _, summary = results
    network = TexturedShape(**SMALL["NETWORK"])
    network.load_state_dict(nn.load(out / "network.npz"))
    _, scores = lesson.evaluate(network, teapot_views())
    assert scores["psnr"] == pytest.approx(summary["test"]["psnr"], rel=1e-6)


def test_only_the_teapot_is_compared_with_the_teapot():
    assert lesson.shows_the_teapot(teapot_views())
    assert not lesson.shows_the_teapot(teapot_views(moved=0.1))


def test_a_network_that_has_learned_nothing_does_not_stop_the_lesson(small, tmp_path, capsys):
    views = teapot_views(n_views=3)
    network = TexturedShape(**SMALL["NETWORK"], rng=0)
    network.shape_head.weight.data[...] = 0
    network.shape_head.bias.data[...] = -1  # outside everywhere
    pictures, scores = lesson.show_test(network, views, tmp_path)
    assert scores["iou"] == 0
    lesson.show_geometry(pictures, views, teapot=False, out=tmp_path)
    assert lesson.show_mesh(network, teapot=False, out=tmp_path)["faces"] == 0
    assert "0 faces" in capsys.readouterr().out


def test_the_losses_are_left_out_of_views_in_a_folder(small, tmp_path, monkeypatch):
    save_views(tmp_path / "views.npz", teapot_views(n_views=2))
    asked = []
    monkeypatch.setattr(lesson, "what_each_loss_is_worth", lambda *given: asked.append(given))
    lesson.ablation(tmp_path, seed=3)
    ((views, seed),) = asked
    assert (len(views.images), seed) == (2, 3)


def test_each_loss_is_left_out_once(small, capsys):
    rows = lesson.what_each_loss_is_worth(teapot_views(n_views=4), seed=0)
    assert [row["losses"] for row in rows] == [
        "all three", "without colour", "without occupancy", "without freespace",
        "all three, no encoding"]
    assert "without freespace" in capsys.readouterr().out


@pytest.mark.parametrize("test", [True, False])
def test_views_to_learn_from_and_to_test_with_are_both_needed(tmp_path, test):
    views = teapot_views(n_views=2)
    save_views(tmp_path / "views.npz", views._replace(test=np.full(2, test)))
    with pytest.raises(InputError, match="views to learn from and views to test"):
        lesson.run(tmp_path, tmp_path, seed=0)


def test_a_missing_file_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match=r"views\.npz"):
        lesson.run(tmp_path, tmp_path, seed=0)
