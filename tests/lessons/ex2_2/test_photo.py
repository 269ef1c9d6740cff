"""The people in one's own photograph: found, told, drawn, or one clear line."""

import numpy as np
import pytest
from PIL import Image

from lessons import InputError
from lessons.ex2_2_person_detector import photo
from minicv.channel_detector.detector import ChannelDetector
from minicv.datasets.penn_fudan import boxes_from_mask
from minicv.detection_metrics import match_images
from tests.lessons.ex2_2.streets import street


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A detector that was trained on ten of the pictures above."""
    rng = np.random.default_rng(1)
    images, masks = zip(*(street(rng, 3) for _ in range(10)))
    boxes = [boxes_from_mask(mask)[0] for mask in masks]
    detector = ChannelDetector(window=(8, 4), smallest=32, n_jitter=0, mining_rounds=2, C=1.0,
                               rng=0)
    path = tmp_path_factory.mktemp("weights") / "channel_detector.npz"
    detector.fit(images, boxes).save(path)
    return path


def save_photo(folder, scale=1):
    image, mask = street(np.random.default_rng(5), 3)
    large = Image.fromarray(image).resize((150 * scale, 100 * scale), Image.Resampling.BILINEAR)
    large.save(folder / "photo.png")
    return folder / "photo.png", scale * boxes_from_mask(mask)[0]


@pytest.mark.parametrize("scale", [1, 3])
def test_people_in_a_photo_are_found_drawn_and_printed(weights, tmp_path, capsys, monkeypatch,
                                                       scale):
    monkeypatch.setattr(photo, "LONGEST_SIDE", 200)  # so that the larger photo is shrunk
    path, boxes = save_photo(tmp_path, scale)
    found = photo.run(path, tmp_path / "out", weights)
    matches = match_images([found.boxes], [found.scores], [boxes])
    assert matches.recall == 1
    with Image.open(tmp_path / "out" / "ex2_2" / "photo_people.png") as picture:
        assert picture.size == (150 * scale, 100 * scale)
    printed = capsys.readouterr().out
    assert f"{len(found.boxes)} found" in printed
    assert " ".join(f"{edge:>7.0f}" for edge in found.boxes[0]) in printed


def test_a_photo_is_turned_as_the_camera_was_held(tmp_path):
    picture = Image.new("RGB", (30, 20))
    exif = picture.getexif()
    exif[0x0112] = 6  # EXIF's orientation: turn by 90 degrees
    picture.save(tmp_path / "turned.jpg", exif=exif)
    assert photo.read_photo(tmp_path / "turned.jpg").shape == (30, 20, 3)


def test_a_grey_photo_becomes_one_of_three_channels(tmp_path):
    Image.new("L", (30, 20), 99).save(tmp_path / "grey.png")
    assert (photo.read_photo(tmp_path / "grey.png") == np.full((20, 30, 3), 99)).all()


@pytest.mark.parametrize("content, message", [
    (None, "there is no picture"),
    (b"", "is no picture that can be read: cut short, damaged"),
    (b"not a picture at all", "is no picture that can be read: cut short, damaged")])
def test_a_photo_that_cannot_be_read_is_one_clear_line(weights, tmp_path, content, message):
    path = tmp_path / "photo.jpg"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=message) as error:
        photo.run(path, tmp_path, weights)
    assert "\n" not in str(error.value)


def test_a_photo_cut_short_is_one_clear_line(weights, tmp_path):
    path, _ = save_photo(tmp_path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(InputError, match="cut short, damaged"):
        photo.run(path, tmp_path, weights)


def test_a_photo_without_people_is_one_clear_line_and_leaves_no_picture(weights, tmp_path, capsys):
    old = tmp_path / "out" / "ex2_2" / "wall_people.png"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"of an earlier run")
    # An answer, not an error: there are photographs without people.
    Image.new("RGB", (150, 100), (99, 99, 99)).save(tmp_path / "wall.png")
    boxes, scores = photo.run(tmp_path / "wall.png", tmp_path / "out", weights)
    assert len(boxes) == len(scores) == 0
    assert "no people found in" in capsys.readouterr().out
    assert not old.exists()


def test_a_photo_too_low_for_anybody_is_one_clear_line(weights, tmp_path):
    Image.new("RGB", (150, 20)).save(tmp_path / "strip.png")
    with pytest.raises(InputError, match="is 20 pixels high"):
        photo.run(tmp_path / "strip.png", tmp_path, weights)


def test_a_panorama_too_low_after_shrinking_says_that_it_is_shrunk(weights, tmp_path):
    Image.new("RGB", (16000, 150)).save(tmp_path / "panorama.png")
    with pytest.raises(InputError, match="is 150 pixels high.* shrunk to 1600: cut out a part"):
        photo.run(tmp_path / "panorama.png", tmp_path, weights)


def test_a_photo_of_16_bits_is_refused_as_it_would_be_clipped(weights, tmp_path):
    Image.fromarray(np.full((150, 150), 3000, np.uint16)).save(tmp_path / "deep.png")
    with pytest.raises(InputError, match="more than 8 bits a channel"):
        photo.run(tmp_path / "deep.png", tmp_path, weights)


def test_weights_that_are_missing_are_one_clear_line(tmp_path):
    path, _ = save_photo(tmp_path)
    with pytest.raises(InputError, match="channel_detector.npz"):
        photo.run(path, tmp_path, tmp_path / "channel_detector.npz")
