"""The people in one's own photograph: found, told, drawn, or one clear line."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageOps

from lessons import InputError
from lessons.ex2_2_person_detector import photo
from minicv.channel_detector import Calibration, ChannelDetector
from minicv.datasets.penn_fudan import boxes_from_mask
from minicv.detection_metrics import match_images
from minicv.person_detector import Detections
from tests.lessons.ex2_2.streets import street

CALIBRATION = Calibration(4.0, 3.4)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """A detector that was trained on ten of the pictures above."""
    rng = np.random.default_rng(1)
    images, masks = zip(*(street(rng, 3) for _ in range(10)))
    boxes = [boxes_from_mask(mask)[0] for mask in masks]
    detector = ChannelDetector(window=(8, 4), smallest=32, n_jitter=0, mining_rounds=2, C=1.0,
                               rng=0)
    path = tmp_path_factory.mktemp("weights") / "channel_detector.npz"
    detector.fit(images, boxes)
    detector.calibration_ = CALIBRATION
    detector.save(path)
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


def test_each_find_is_told_by_its_share_and_never_by_its_score(weights, tmp_path, capsys,
                                                               monkeypatch):
    labels = []
    draw = photo.plotting.full_size_picture
    monkeypatch.setattr(photo.plotting, "full_size_picture",
                        lambda image, boxes, names: labels.extend(names) or draw(image, boxes,
                                                                                 names))
    path, _ = save_photo(tmp_path)
    _, scores = photo.run(path, tmp_path / "out", weights)
    expected = [f"{min(9, round(10 / (1 + np.exp(-4 * s - 3.4))))} in 10" for s in scores]
    assert labels == expected
    printed = capsys.readouterr().out
    assert [line.split("  ")[0].strip() for line in printed.splitlines()[2:2 + len(scores)]
            ] == expected
    assert "right in" in printed and "score" not in printed and "-0." not in printed


@pytest.mark.parametrize("share, words", [
    (0.0, "1 in 10"), (0.149, "1 in 10"), (0.151, "2 in 10"), (0.8, "8 in 10"), (0.86, "9 in 10"),
    (1.0, "9 in 10")])
def test_a_share_is_rounded_to_tenths_and_never_all_or_none(share, words):
    assert photo.told(share) == words


@pytest.mark.parametrize("least", [0.3, 0.5, 0.8, 0.99])
def test_every_find_that_is_shown_has_the_least_share_itself(weights, tmp_path, monkeypatch, least):
    monkeypatch.setattr(photo, "LEAST_SHARE", least)
    path, _ = save_photo(tmp_path)
    image = np.asarray(Image.open(path))
    shown = photo.run(path, tmp_path / "out", weights).scores
    all_of_them = photo.search(ChannelDetector.load(weights), image).scores
    np.testing.assert_allclose(shown, all_of_them[CALIBRATION.shares(all_of_them) > least])


def test_weights_that_do_not_say_what_a_score_means_are_one_clear_line(weights, tmp_path):
    detector = ChannelDetector.load(weights)
    detector.calibration_ = None
    detector.save(tmp_path / "old.npz")
    with pytest.raises(InputError, match="old.npz does not say what a score means"):
        photo.run(save_photo(tmp_path)[0], tmp_path, tmp_path / "old.npz")


def test_the_shipped_weights_say_what_a_score_means():
    assert ChannelDetector.load(photo.WEIGHTS).calibration_ is not None


def test_the_picture_of_a_large_photo_is_drawn_smaller(weights, tmp_path, monkeypatch):
    monkeypatch.setattr(photo, "LONGEST_DRAWN", 300)
    path, boxes = save_photo(tmp_path, scale=3)
    found = photo.run(path, tmp_path / "out", weights)
    assert match_images([found.boxes], [found.scores], [boxes]).recall == 1
    with Image.open(tmp_path / "out" / "ex2_2" / "photo_people.png") as picture:
        assert picture.size == (300, 200)


class FindsBarsOf40:
    """Takes for a person each white bar from top to bottom that is 40 columns wide."""

    def detect(self, image):
        white = np.pad(image[0, :, 0] == 255, 1)
        starts = np.flatnonzero(white[1:] > white[:-1])
        stops = np.flatnonzero(white[1:] < white[:-1])
        bars = np.array([[start, 0, stop, len(image)] for start, stop in zip(starts, stops)
                         if stop - start == 40], float).reshape(-1, 4)
        return Detections(bars, 0.0 + np.arange(len(bars)))


@pytest.mark.parametrize("bars, found", [
    ([(0, 20)], [(0, 20)]), ([(180, 200)], [(180, 200)]),  # half of one, left and right
    ([(0, 20), (50, 90), (180, 200)], [(0, 20), (50, 90), (180, 200)]),
    ([(0, 40)], [(0, 40)]), ([(5, 45), (150, 190)], [(5, 45), (150, 190)]),  # whole ones, once each
    ([(0, 15), (60, 80)], [])])
def test_half_a_person_at_the_border_is_found_in_a_mirror(bars, found):
    image = np.zeros((100, 200, 3), np.uint8)
    for start, stop in bars:
        image[:, start:stop] = 255
    boxes, scores = photo.search(FindsBarsOf40(), image)
    assert sorted(boxes.tolist()) == [[start, 0, stop, 100] for start, stop in found]
    assert len(scores) == len(found)


def test_a_person_found_in_the_mirror_alone_is_turned_back_inside():
    """A detector that sees only what is left of column 25, the width of the margin here."""
    class SeesTheMirror:
        def detect(self, image):
            boxes = [[15.0, 10, 28, 90]] if image.shape[1] > 200 else np.empty((0, 4))
            return Detections(np.array(boxes), np.zeros(len(boxes)))

    boxes, _ = photo.search(SeesTheMirror(), np.zeros((100, 200, 3), np.uint8))
    assert boxes.tolist() == [[0, 10, 10, 90]]  # -10 to 3, turned over: -3 to 10


# -- any kind of file --------------------------------------------------------------------------


def read(picture, path, **options):
    """A file's pixels as they are searched, the size of the picture in it, and what is told."""
    picture.save(path, **options)
    pixels, size, changes = photo.read_photo(path)
    return np.asarray(pixels), size, changes


def test_a_photo_in_colours_is_taken_as_it_is(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    found, size, changes = read(Image.fromarray(pixels), tmp_path / "photo.png")
    np.testing.assert_array_equal(found, pixels)
    assert (size, changes) == ((30, 20), [])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_turned_as_the_camera_was_held(tmp_path, orientation):
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    picture = Image.fromarray(pixels)
    exif = picture.getexif()
    exif[0x0112] = orientation  # EXIF's number
    found, size, changes = read(picture, tmp_path / "turned.png", exif=exif)
    with Image.open(tmp_path / "turned.png") as saved:
        upright = ImageOps.exif_transpose(saved)
        np.testing.assert_array_equal(found, np.asarray(upright))
        assert size == upright.size
    assert changes == ([] if orientation == 1 else ["turned as the camera was held"])


def test_a_grey_photo_is_turned_too(tmp_path):
    picture = Image.new("L", (30, 20))
    exif = picture.getexif()
    exif[0x0112] = 6
    found, _, changes = read(picture, tmp_path / "grey.png", exif=exif)
    assert found.shape == (30, 20, 3)
    assert changes == ["grey", "turned as the camera was held"]


def test_a_grey_photo_becomes_one_of_three_channels(tmp_path):
    found, _, changes = read(Image.new("L", (30, 20), 99), tmp_path / "grey.png")
    np.testing.assert_array_equal(found, np.full((20, 30, 3), 99))
    assert changes == ["grey"]


@pytest.mark.parametrize("low, high", [(0, 65535), (100, 4100)])
def test_16_bits_are_stretched_to_8(tmp_path, low, high):
    """From the darkest to the brightest, linearly: some cameras use 12 of the 16 bits."""
    values = np.linspace(low, high, 600).round().astype(np.uint16).reshape(20, 30)
    found, _, changes = read(Image.fromarray(values), tmp_path / "deep.png")
    exact = 255 * (values.astype(float) - low) / (high - low)
    np.testing.assert_allclose(found[:, :, 0], exact, atol=0.51)
    assert changes == [f"grey, its {low} to {high} stretched to 0 to 255"]


def test_of_16_bits_a_colour_the_upper_8_are_taken(tmp_path):
    """A PNG written by hand (its specification, sections 5 and 9): Pillow writes none such."""
    colours = np.random.default_rng(0).integers(0, 65536, (20, 30, 3), dtype=np.uint16)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in colours)  # 0: no filter
    header = struct.pack(">IIBBBBB", 30, 20, 16, 2, 0, 0, 0)  # 16 bits, 2: red, green, blue
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    (tmp_path / "deep.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks))
    pixels, _, changes = photo.read_photo(tmp_path / "deep.png")
    np.testing.assert_array_equal(np.asarray(pixels), colours >> 8)
    assert changes == ["the upper 8 of its 16 bits"]


@pytest.mark.parametrize("values", [np.full((20, 30), 3000, np.uint16),
                                    np.zeros((20, 30), np.float32),
                                    np.full((20, 30), -7, np.int32)])
def test_a_deep_picture_of_one_brightness_is_black(tmp_path, values):
    found, _, _ = read(Image.fromarray(values), tmp_path / "flat.tif")
    np.testing.assert_array_equal(found, np.zeros((20, 30, 3)))


def test_what_is_transparent_is_white(tmp_path):
    pixels = np.zeros((20, 30, 4), np.uint8)
    pixels[:, 15:] = [200, 100, 50, 255]
    found, _, changes = read(Image.fromarray(pixels), tmp_path / "layer.png")
    assert (found[:, :15] == 255).all() and (found[:, 15:] == [200, 100, 50]).all()
    assert changes == ["laid on white where it is transparent"]


def test_a_palette_is_looked_up(tmp_path):
    picture = Image.new("P", (30, 20), 1)
    picture.putpalette([0, 0, 0, 10, 20, 30])
    found, _, changes = read(picture, tmp_path / "palette.png")
    assert (found == [10, 20, 30]).all()
    assert changes == ["RGB, which was a palette"]


def test_a_transparent_colour_of_a_palette_is_white(tmp_path):
    picture = Image.new("P", (30, 20), 1)
    picture.putpalette([0, 0, 0, 10, 20, 30])
    found, _, _ = read(picture, tmp_path / "palette.png", transparency=1)
    assert (found == 255).all()


def test_inks_become_light(tmp_path):
    found, _, changes = read(Image.new("CMYK", (30, 20), (0, 255, 255, 0)), tmp_path / "inks.tif")
    assert (found == [255, 0, 0]).all()  # magenta and yellow together are red
    assert changes == ["RGB, which was CMYK"]


def test_dithered_dots_become_greys(tmp_path):
    """Of a board of single dots 5 or 4 of each 3 x 3 are white; a dot alone is a ninth."""
    board = np.indices((20, 30)).sum(axis=0) % 2 == 0
    found, _, changes = read(Image.fromarray(board), tmp_path / "dots.png")
    inside = found[1:-1, 1:-1, 0]
    np.testing.assert_allclose(np.unique(inside), [255 * 4 / 9, 255 * 5 / 9], atol=1)
    assert changes == ["grey, each pixel the mean of 3 x 3 black or white ones"]


def test_of_an_animation_the_first_picture_is_searched(tmp_path):
    first, second = Image.new("RGB", (30, 20), "red"), Image.new("RGB", (30, 20), "blue")
    found, _, changes = read(first, tmp_path / "moving.gif", save_all=True,
                             append_images=[second, second.rotate(90)])
    assert (found == [255, 0, 0]).all()
    assert changes[0].startswith("the first of its ") and "palette" in changes[1]


def test_what_was_converted_is_one_line(weights, tmp_path, capsys):
    path, _ = save_photo(tmp_path)
    Image.open(path).convert("L").save(tmp_path / "grey.png")
    photo.run(tmp_path / "grey.png", tmp_path / "out", weights)
    assert capsys.readouterr().out.splitlines()[0].endswith("grey.png is searched as grey")


@pytest.mark.parametrize("bits", ["1", "L", "P", "RGBA", "LA", "CMYK", "YCbCr", "LAB", "HSV", "I",
                                  "F", "I;16", "PA", "RGBa", "RGBX"])
def test_every_kind_of_pixels_is_converted(bits):
    """Every one that Pillow has; a mode of its own is told."""
    picture, changes = photo.as_rgb(Image.new(bits, (30, 20)))
    assert (picture.mode, picture.size) == ("RGB", (30, 20))
    assert len(changes) == 1


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
    printed = capsys.readouterr().out
    assert "no people found in" in printed and "half-length portraits" in printed
    assert max(map(len, printed.replace(str(tmp_path), "").splitlines())) <= 100
    assert not old.exists()


def test_a_photo_too_low_for_anybody_is_one_clear_line(weights, tmp_path):
    Image.new("RGB", (150, 20)).save(tmp_path / "strip.png")
    with pytest.raises(InputError, match="is 20 pixels high"):
        photo.run(tmp_path / "strip.png", tmp_path, weights)


def test_a_panorama_too_low_after_shrinking_says_that_it_is_shrunk(weights, tmp_path):
    Image.new("RGB", (16000, 150)).save(tmp_path / "panorama.png")
    with pytest.raises(InputError, match="is 150 pixels high.* shrunk to 1600: cut out a part"):
        photo.run(tmp_path / "panorama.png", tmp_path, weights)


def test_weights_that_are_missing_are_one_clear_line(tmp_path):
    path, _ = save_photo(tmp_path)
    with pytest.raises(InputError, match="channel_detector.npz"):
        photo.run(path, tmp_path, tmp_path / "channel_detector.npz")
