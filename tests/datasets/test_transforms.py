"""Scenes in the format of NeRF's synthetic ones."""

import json

import numpy as np
import pytest
from PIL import Image

from minicv.datasets.transforms import load_transforms


def write_scene(folder, n=3, size=(8, 12), name="transforms.json", **settings):
    """n pictures: the left half red and opaque, the right half transparent."""
    frames = []
    for number in range(n):
        picture = np.zeros((*size, 4), np.uint8)
        picture[:, :size[1] // 2] = [200, 0, 0, 255]
        stem = f"{name.split('.')[0]}{number}"
        Image.fromarray(picture).save(folder / f"{stem}.png")
        pose = np.eye(4)
        pose[0, 3] = number
        frames.append({"file_path": f"./{stem}", "transform_matrix": pose.tolist()})
    settings = settings or {"camera_angle_x": np.pi / 2}
    (folder / name).write_text(json.dumps({**settings, "frames": frames}))


def test_pictures_masks_and_cameras_come_as_they_are_written(tmp_path):
    write_scene(tmp_path, n=5)
    views = load_transforms(tmp_path)
    assert views.images.shape == (5, 8, 12, 3) and views.masks.shape == (5, 8, 12)
    assert views.images[0, 0, 0].tolist() == [200, 0, 0]
    assert views.images[0, 0, -1].tolist() == [255, 255, 255]  # white behind what is transparent
    assert views.masks[0, 0].tolist() == [True] * 6 + [False] * 6
    # An angle of 90 degrees: the focal length is half of the width.
    assert views.intrinsics[0].tolist() == [[pytest.approx(6), 0, 6], [0, pytest.approx(6), 4],
                                            [0, 0, 1]]
    assert views.poses[:, 0, 3].tolist() == [0, 1, 2, 3, 4]
    assert views.test.tolist() == [False] * 4 + [True]  # every fifth


def test_two_files_say_what_is_to_test_with(tmp_path):
    write_scene(tmp_path, 2, name="transforms_train.json")
    write_scene(tmp_path, 6, name="transforms_test.json")
    assert load_transforms(tmp_path).test.tolist() == [False] * 2 + [True] * 6
    few = load_transforms(tmp_path, most_test=3)
    assert few.poses[2:, 0, 3].tolist() == [0, 2, 5]


def test_large_pictures_are_reduced_and_the_focal_length_with_them(tmp_path):
    write_scene(tmp_path, size=(40, 80), fl_x=100, w=80)
    views = load_transforms(tmp_path, longest=30)
    assert views.images.shape[1:3] == (14, 27)
    # Three pixels are one now, and the last column is made of the two that are left.
    np.testing.assert_allclose(views.intrinsics[0], [
        [100 / 3, 0, 80 / 2 / 3], [0, 100 / 3, 40 / 2 / 3], [0, 0, 1]], rtol=1e-12)


def test_focal_lengths_and_centre_are_those_of_the_file_or_of_the_frame(tmp_path):
    write_scene(tmp_path, size=(8, 12), fl_x=200, fl_y=220, cx=50, cy=36, w=120, h=80)
    path = tmp_path / "transforms.json"
    scene = json.loads(path.read_text())
    scene["frames"][1] |= {"fl_x": 300, "cx": 70}
    path.write_text(json.dumps(scene))
    views = load_transforms(tmp_path)  # pictures of a tenth of the size that the numbers are for
    np.testing.assert_allclose(views.intrinsics[0], [[20, 0, 5], [0, 22, 3.6], [0, 0, 1]])
    np.testing.assert_allclose(views.intrinsics[1], [[30, 0, 7], [0, 22, 3.6], [0, 0, 1]])


def test_deep_pictures_are_refused_as_they_would_become_white(tmp_path):
    write_scene(tmp_path)
    Image.fromarray(np.full((8, 12), 999, np.uint16)).save(tmp_path / "transforms0.png")
    with pytest.raises(ValueError, match="transforms0.png .* more than 8 bits"):
        load_transforms(tmp_path)


def test_pictures_without_transparency_show_no_object(tmp_path):
    write_scene(tmp_path)
    for path in tmp_path.glob("*.png"):
        Image.new("RGB", (12, 8)).save(path)
    with pytest.raises(ValueError, match="no picture is transparent"):
        load_transforms(tmp_path)


def test_pictures_are_reduced_to_eight_pixels_at_the_least(tmp_path):
    write_scene(tmp_path, size=(40, 80))
    assert load_transforms(tmp_path, longest=8).images.shape[1:3] == (4, 8)
    with pytest.raises(ValueError, match="longest must be at least 8"):
        load_transforms(tmp_path, longest=7)


def spoil(key, value):
    def change(scene):
        scene[key] = value
    return change


def spoil_frame(key, value):
    def change(scene):
        scene["frames"][1][key] = value
    return change


@pytest.mark.parametrize("change, error, words", [
    (spoil("frames", []), ValueError, "list of \"frames\": there is none"),
    (spoil("frames", 3), ValueError, "list of \"frames\": frames must be a list"),
    (spoil("frames", [[1]]), ValueError, r"each frame must be a dict, got \[1\]"),
    (lambda scene: scene.pop("frames"), ValueError, "list of \"frames\""),
    (spoil("camera_angle_x", 4), ValueError, "camera_angle_x must be .* below 3.14"),
    (spoil("camera_angle_x", "wide"), ValueError, "camera_angle_x must be a number"),
    (lambda scene: scene.pop("camera_angle_x"), ValueError, "needs camera_angle_x, or fl_x"),
    (spoil("k1", 0.1), ValueError, r"bends straight lines \(k1\)"),
    (spoil_frame("is_fisheye", True), ValueError, r"bends straight lines \(is_fisheye\)"),
    (spoil("cx", 6), ValueError, "needs camera_angle_x, or fl_x and w"),
    (spoil_frame("file_path", 3), ValueError, "file_path must be a str, got 3"),
    (spoil_frame("file_path", "../elsewhere"), ValueError, "outside of the folder"),
    (spoil_frame("file_path", "none"), FileNotFoundError, "there is no file .*none.png"),
    (spoil_frame("file_path", "transforms.json"), ValueError, "no picture that can be read"),
    (spoil_frame("transform_matrix", [[1]]), ValueError, r"shape \(4, 4\)"),
    (spoil_frame("transform_matrix", None), ValueError, "transform_matrix"),
])
def test_what_is_wrong_is_named_with_its_file(tmp_path, change, error, words):
    write_scene(tmp_path)
    path = tmp_path / "transforms.json"
    scene = json.loads(path.read_text())
    change(scene)
    path.write_text(json.dumps(scene))
    with pytest.raises(error, match=words) as caught:
        load_transforms(tmp_path)
    assert str(tmp_path) in str(caught.value)


@pytest.mark.parametrize("file_path", ["../secret", "../secret.png", ".", "./", "link", "link.png"])
def test_no_way_leads_out_of_the_folder(tmp_path, file_path):
    folder = tmp_path / "scene"
    folder.mkdir()
    write_scene(folder)
    for name in ("secret.png", "scene.png"):
        Image.new("RGBA", (12, 8)).save(tmp_path / name)
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    scene = json.loads((folder / "transforms.json").read_text())
    scene["frames"][1]["file_path"] = file_path
    (folder / "transforms.json").write_text(json.dumps(scene))
    with pytest.raises(ValueError, match="outside of the folder"):
        load_transforms(folder)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "3"])
def test_what_is_no_json_is_named(tmp_path, text):
    (tmp_path / "transforms.json").write_text(text)
    with pytest.raises(ValueError, match="transforms.json"):
        load_transforms(tmp_path)


def test_pictures_of_two_sizes_are_refused(tmp_path):
    write_scene(tmp_path)
    Image.new("RGBA", (20, 20)).save(tmp_path / "transforms1.png")
    path = tmp_path / "transforms.json"
    scene = json.loads(path.read_text())
    scene["frames"][1]["file_path"] = "transforms1.png"
    path.write_text(json.dumps(scene))
    with pytest.raises(ValueError, match="differ in size"):
        load_transforms(tmp_path)


def test_a_missing_scene_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="transforms.json"):
        load_transforms(tmp_path)


def test_what_is_more_than_half_opaque_shows_the_object(tmp_path):
    write_scene(tmp_path)
    picture = np.zeros((8, 12, 4), np.uint8)
    picture[:, :4, 3], picture[:, 4:8, 3], picture[:, 8:, 3] = 127, 128, 255
    Image.fromarray(picture).save(tmp_path / "transforms0.png")
    views = load_transforms(tmp_path)
    assert views.masks[0, 0].tolist() == [False] * 4 + [True] * 8
    # Black on white, as far as it is opaque.
    assert views.images[0, 0, ::4, 0].tolist() == [128, 127, 0]


def test_every_fifth_view_is_to_test_with_and_a_picture_has_up_to_4096_pixels(tmp_path):
    write_scene(tmp_path, n=11)
    views = load_transforms(tmp_path, longest=4096)
    assert np.flatnonzero(views.test).tolist() == [4, 9]
    with pytest.raises(ValueError, match="longest must be at least 8 and at most 4096"):
        load_transforms(tmp_path, longest=4097)
    with pytest.raises(ValueError, match="most_test must be at least 1"):
        load_transforms(tmp_path, most_test=0)
