"""Views files: what goes in comes out, what is wrong is named; and the file that is shipped."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from minicv.datasets import load_views, save_views
from minicv.datasets.teapot import see_teapot
from minicv.datasets.views import Views
from minicv.files import save_npz
from minicv.volumetric_rendering import Camera

DATA = Path(__file__).parents[2] / "data"


def some_views():
    rng = np.random.default_rng(0)
    return Views(rng.integers(0, 256, (3, 4, 5, 3)).astype(np.uint8), rng.random((3, 4, 5)) < 0.5,
                 np.tile(np.eye(3), (3, 1, 1)), np.tile(np.eye(4), (3, 1, 1)),
                 np.array([False, False, True]))


def test_what_was_saved_is_loaded(tmp_path):
    save_views(tmp_path / "views.npz", some_views())
    for saved, loaded in zip(some_views(), load_views(tmp_path / "views.npz")):
        np.testing.assert_array_equal(saved, loaded)
        assert saved.dtype == loaded.dtype


def test_a_missing_entry_is_named(tmp_path):
    entries = some_views()._asdict()
    del entries["poses"]
    save_npz(tmp_path / "views.npz", entries)
    with pytest.raises(ValueError, match="lacks the entry 'poses'"):
        load_views(tmp_path / "views.npz")


@pytest.mark.parametrize("name, change, message", [
    ("images", lambda x: x[0], r"images must have the shape \(N, H, W, 3\)"),
    ("images", lambda x: x[:0], "images has nothing in it"),
    ("images", lambda x: x / 255, "images must be whole numbers, got float64"),
    ("masks", lambda x: x[:, :3], r"masks must have the shape \(3, 4, 5\), got \(3, 3, 5\)"),
    ("intrinsics", lambda x: x[:2], r"intrinsics must have the shape \(3, 3, 3\), got \(2, 3, 3\)"),
    ("poses", lambda x: x * np.nan, "48 of the 48 numbers of poses are NaN"),
    ("test", lambda x: x.astype(int), "test must be booleans, True or False, got int64"),
    ("poses", lambda x: x * 2, "3 of the 3 poses are not .* with R R.T = 1 and det R = 1"),
    ("poses", lambda x: x * [[1, 1, -1, 1]], "poses are not"),  # a mirror image
    ("poses", lambda x: x.swapaxes(1, 2) + np.eye(4)[3], "poses are not"),
    ("poses", lambda x: x * 1e200, "poses are further from 0 than"),
    ("intrinsics", lambda x: x * [[[1]], [[0]], [[1]]],
     "1 of the 3 intrinsics is not .*, the first at 1"),
    ("poses", lambda x: x + 1e-3 * np.eye(4)[:, :1], "poses are not"),
    ("intrinsics", lambda x: x * np.array([[0, 1, 1], [1, 1, 1], [1, 1, 1]]), "positive fx and fy"),
    ("intrinsics", lambda x: x + np.eye(3)[0], "3 of the 3 intrinsics are not"),
])
def test_a_wrong_entry_is_refused_on_both_ways(tmp_path, name, change, message):
    views = some_views()
    views = views._replace(**{name: change(getattr(views, name))})
    with pytest.raises((ValueError, TypeError), match=message):
        save_views(tmp_path / "views.npz", views)
    save_npz(tmp_path / "views.npz", views._asdict())
    with pytest.raises(ValueError, match=message) as error:
        load_views(tmp_path / "views.npz")
    assert "views.npz" in str(error.value)


# -- data/views.npz ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped():
    return load_views(DATA / "views.npz")


def test_the_shipped_views_are_what_their_script_makes(shipped):
    spec = importlib.util.spec_from_file_location("make_views", DATA / "make_views.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    made = script.make_views()
    # sin and cos may differ in the last digit from one processor to another, and a colour that
    # lies between two numbers from 0 to 255 with them.
    np.testing.assert_allclose(shipped.images.astype(int), made.images, atol=1)
    np.testing.assert_array_equal(shipped.masks, made.masks)
    np.testing.assert_allclose(shipped.poses, made.poses, atol=1e-12)
    np.testing.assert_allclose(shipped.intrinsics, made.intrinsics, rtol=1e-12)
    np.testing.assert_array_equal(shipped.test, made.test)


def test_there_are_enough_views_to_learn_from_and_to_test_with(shipped):
    assert np.count_nonzero(~shipped.test) >= 24 and np.count_nonzero(shipped.test) >= 8
    assert min(shipped.masks.shape[1:]) >= 48


def test_no_test_camera_stands_where_a_training_camera_stands(shipped):
    eyes = shipped.poses[:, :3, 3]
    apart = np.linalg.norm(eyes[shipped.test, None] - eyes[None, ~shipped.test], axis=2)
    assert apart.min() > 0.2  # at a distance of 2.2 from the middle: five degrees


def test_every_pixel_of_a_view_is_what_its_camera_sees(shipped):
    camera = Camera(shipped.intrinsics[3], shipped.poses[3], shipped.masks.shape[1:])
    distances, _, colours = see_teapot(*camera.rays())
    mask = np.isfinite(distances)
    np.testing.assert_array_equal(shipped.masks[3].ravel(), mask)
    np.testing.assert_allclose(shipped.images[3].reshape(-1, 3)[mask], 255 * colours[mask],
                               atol=0.51)
    assert (shipped.images[3].reshape(-1, 3)[~mask] == 255).all()


def test_the_readme_of_the_data_states_the_share_on_the_object(shipped):
    share = f"{shipped.masks.mean():.1%}".replace("%", " %")
    assert share in (DATA / "README.md").read_text("utf-8")


def test_views_may_be_given_as_lists(tmp_path):
    save_views(tmp_path / "views.npz", Views(
        [[[[0, 7, 255], [1, 2, 3]]]], [[[True, False]]], [np.eye(3, dtype=int).tolist()],
        np.eye(4, dtype=np.float32)[None], [False]))
    views = load_views(tmp_path / "views.npz")
    assert views.images.tolist() == [[[[0, 7, 255], [1, 2, 3]]]]
    assert views.masks.tolist() == [[[True, False]]]
    assert [entry.dtype for entry in views] == [np.uint8, bool, float, float, bool]


@pytest.mark.parametrize("change, message", [
    ({"images": np.zeros((1, 1, 2, 4), np.uint8)}, r"images must have the shape \(N, H, W, 3\)"),
    ({"intrinsics": np.eye(3, dtype=complex)[None]}, "intrinsics must be real numbers"),
    ({"images": np.full((1, 1, 2, 3), 256)}, "6 of the 6 numbers of images are above 255, .*: 256"),
    ({"images": np.full((1, 1, 2, 3), -1)}, "6 of the 6 numbers of images are below 0"),
    ({"poses": np.full((1, 4, 4), np.inf)}, "16 of the 16 numbers of poses are"),
])
def test_views_that_are_none_are_refused(tmp_path, change, message):
    views = Views(np.zeros((1, 1, 2, 3), np.uint8), np.ones((1, 1, 2), bool), np.eye(3)[None],
                  np.eye(4)[None], np.array([False]))
    with pytest.raises((ValueError, TypeError), match=message):
        save_views(tmp_path / "views.npz", views._replace(**change))


def test_a_focal_length_is_at_most_a_thousand_million(tmp_path):
    views, longest = some_views(), np.diag([1e9, 1e9, 1.0])
    save_views(tmp_path / "views.npz", views._replace(intrinsics=np.tile(longest, (3, 1, 1))))
    with pytest.raises(ValueError, match="intrinsics are further from 0 than 1e"):
        longest[0, 0] = np.nextafter(1e9, np.inf)
        save_views(tmp_path / "views.npz", views._replace(intrinsics=np.tile(longest, (3, 1, 1))))
