"""Lesson 2.2 in miniature: every step runs, on pictures with people of a head and a body."""

import contextlib
import functools
import io
import json

import numpy as np
import pytest
from PIL import Image

from lessons import InputError
from lessons.ex2_2_person_detector import lesson
from minicv import plotting
from minicv.channel_detector.detector import ChannelDetector
from minicv.datasets.penn_fudan import boxes_from_mask
from minicv.detection_metrics import match_images
from minicv.person_detector import LogisticRegression


def street(rng, n_people):
    """A noisy picture of 100 x 150 and its mask, with people of 36 to 60 pixels."""
    image = rng.integers(120, 150, (100, 150, 3))
    mask = np.zeros((100, 150), np.uint8)
    y, x = np.mgrid[:100, :150]
    for person in range(1, n_people + 1):
        height = rng.integers(36, 60)
        left, upper = 50 * (person - 1) + rng.integers(2, 20), rng.integers(2, 98 - height)
        body = ((abs(x - left - height / 6) < height / 7) & (y > upper + height / 4)
                & (y < upper + height))
        head = np.hypot(x - left - height / 6, y - upper - height / 8) < height / 8
        image[body] = rng.integers(0, 60, 3)
        image[head] = [220, 180, 150]
        mask[body | head] = person
    return image.astype(np.uint8), mask


def write_pictures(folder, counts):
    """Pictures with that many people, in the layout of Penn-Fudan; every third to validate."""
    rng = np.random.default_rng(0)
    for name in ("PNGImages", "PedMasks"):
        (folder / name).mkdir(parents=True)
    names = [f"picture{n:02d}" for n in range(len(counts))]
    for name, n_people in zip(names, counts):
        image, mask = street(rng, n_people)
        Image.fromarray(image).save(folder / "PNGImages" / f"{name}.png")
        Image.fromarray(mask).save(folder / "PedMasks" / f"{name}_mask.png")
    (folder / "val.txt").write_text("\n".join(names[::3]))
    (folder / "train.txt").write_text("\n".join(name for n, name in enumerate(names) if n % 3))


@pytest.fixture(scope="module")
def small():
    """A lesson of seconds: small windows, few switches, coarse pictures."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plotting, "save", functools.partial(plotting.save, dpi=20))
        for name, value in dict(EVERY=1, WINDOW=(6, 3), LARGE_WINDOW=(8, 4), STEP=1.5,
                                N_RESAMPLES=10,
                                SWITCHES={"gamma": {"transform_sqrt": True}}).items():
            patch.setattr(lesson, name, value)
        yield


@pytest.fixture(scope="module")
def results(small, tmp_path_factory):
    """Folder of results, what was printed, and the summary."""
    folder = tmp_path_factory.mktemp("street")
    write_pictures(folder / "StreetPed", [3, 2, 2] * 3)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        lesson.run(folder, folder, seed=0)
    out = folder / "ex2_2"
    return out, printed.getvalue(), json.loads((out / "summary.json").read_text())


def test_it_leaves_pictures_and_a_summary(results):
    out, printed, _ = results
    assert sorted(path.name for path in out.iterdir()) == [
        "classifiers.png", "detections.png", "ladder.png", "mistakes.png", "patches.png",
        "pictures.png", "summary.json", "switches.png", "weights.png", "windows.png"]
    for picture in out.glob("*.png"):
        assert picture.name in printed


def test_each_person_gives_seven_patches(results):
    _, printed, summary = results
    assert "to train on    12 people +   36 random +   36 offset =    84 patches" in printed
    for row in summary["on_patches"].values():
        assert np.sum(row["confusion"]) == 9 * 7  # three people in each of three pictures


def test_the_confusion_matrix_and_the_accuracy_are_of_one_mind(results):
    for row in results[2]["on_patches"].values():
        confusion = np.array(row["confusion"])
        assert row["accuracy"] == pytest.approx(np.trace(confusion) / confusion.sum())


def test_people_who_are_easy_to_see_are_found_at_the_top_of_the_ladder(results):
    rows = results[2]["ladder"]
    assert len(rows) == 9
    assert rows[-1]["ap"] > 0.85 > rows[0]["ap"]
    assert results[2]["ap_low"] <= rows[-1]["ap"] <= results[2]["ap_high"]


def test_the_reasons_of_the_best_finds_add_up(results):
    counts = results[2]["outcomes"]
    assert sum(counts.values()) == 9  # as many as people
    assert counts["true positive"] >= 8


def test_a_switch_is_compared_with_the_sheet_s_hog(results):
    sheet, gamma = results[2]["switches"]
    assert gamma["gain"] == pytest.approx(gamma["roc_area"] - sheet["roc_area"])
    assert gamma["low"] <= gamma["high"] and sheet["low"] == sheet["high"] == 0


def test_every_step_is_timed(results):
    _, printed, summary = results
    assert len(summary["seconds"]) == 8
    assert all(title in printed for title in summary["seconds"])


def test_pictures_smaller_than_the_window_have_no_windows(small, tmp_path):
    rng = np.random.default_rng(0)
    images = [street(rng, 1)[0], street(rng, 1)[0][:, :20]]
    nonsense = LogisticRegression().fit(rng.random((20, 216)), np.arange(20) % 2)
    rows = lesson.slide({"logistic regression": nonsense},
                        lesson.Pictures(images, [np.array([[5, 5, 30, 55]])] * 2), (50, 25),
                        tmp_path)
    # Each window is a detection, so the person in the first picture is found at last; the one in
    # the second, which is narrower than the window, never is.
    assert 0 < rows["logistic regression"]["ap"] <= 0.5


def test_data_that_is_not_there_or_holds_nobody_is_named(tmp_path):
    with pytest.raises(InputError, match="neither the folders"):
        lesson.load(tmp_path)
    write_pictures(tmp_path, [0] * 6)
    with pytest.raises(InputError, match="fewer than 8 people"):
        lesson.load(tmp_path)


def test_scores_do_not_differ_from_themselves_and_differ_from_chance():
    y = np.tile([1, 0, 0], 12)
    images = np.repeat(np.arange(12), 3)
    right, chance = y.astype(float), np.tile([0.5, 0.9, 0.1], 12)  # ROC areas 1 and 1/2
    assert lesson.paired_interval(right, right, y, images, seed=0) == (0, 0)
    assert lesson.paired_interval(right, chance, y, images, seed=0) == pytest.approx((0.5, 0.5))


# -- one's own photograph ----------------------------------------------------------------------


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
    photo = Image.fromarray(image).resize((150 * scale, 100 * scale), Image.Resampling.BILINEAR)
    photo.save(folder / "photo.png")
    return folder / "photo.png", scale * boxes_from_mask(mask)[0]


@pytest.mark.parametrize("scale", [1, 3])
def test_people_in_a_photo_are_found_drawn_and_printed(weights, tmp_path, capsys, monkeypatch,
                                                       scale):
    monkeypatch.setattr(lesson, "LONGEST_SIDE", 200)  # so that the larger photo is shrunk
    path, boxes = save_photo(tmp_path, scale)
    found = lesson.detect_in_photo(path, tmp_path / "out", weights)
    matches = match_images([found.boxes], [found.scores], [boxes])
    assert matches.recall == 1
    assert (tmp_path / "out" / "ex2_2" / "photo.png").exists()
    printed = capsys.readouterr().out
    assert f"{len(found.boxes)} found" in printed
    assert " ".join(f"{edge:>7.0f}" for edge in found.boxes[0]) in printed


def test_a_photo_is_turned_as_the_camera_was_held(tmp_path):
    photo = Image.new("RGB", (30, 20))
    exif = photo.getexif()
    exif[0x0112] = 6  # EXIF's orientation: turn by 90 degrees
    photo.save(tmp_path / "turned.jpg", exif=exif)
    assert lesson.read_photo(tmp_path / "turned.jpg").shape == (30, 20, 3)


def test_a_grey_photo_becomes_one_of_three_channels(tmp_path):
    Image.new("L", (30, 20), 99).save(tmp_path / "grey.png")
    assert (lesson.read_photo(tmp_path / "grey.png") == np.full((20, 30, 3), 99)).all()


@pytest.mark.parametrize("content, message", [
    (None, "there is no picture"),
    (b"", "is no picture that can be read: cut short, damaged"),
    (b"not a picture at all", "is no picture that can be read: cut short, damaged")])
def test_a_photo_that_cannot_be_read_is_one_clear_line(weights, tmp_path, content, message):
    path = tmp_path / "photo.jpg"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=message) as error:
        lesson.detect_in_photo(path, tmp_path, weights)
    assert "\n" not in str(error.value)


def test_a_photo_cut_short_is_one_clear_line(weights, tmp_path):
    path, _ = save_photo(tmp_path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(InputError, match="cut short, damaged"):
        lesson.detect_in_photo(path, tmp_path, weights)


def test_a_photo_without_people_is_one_clear_line_and_leaves_no_picture(weights, tmp_path, capsys):
    # An answer, not an error: there are photographs without people.
    Image.new("RGB", (150, 100), (99, 99, 99)).save(tmp_path / "wall.png")
    boxes, scores = lesson.detect_in_photo(tmp_path / "wall.png", tmp_path / "out", weights)
    assert len(boxes) == len(scores) == 0
    assert "no people found in" in capsys.readouterr().out
    assert not (tmp_path / "out").exists()


def test_a_photo_too_low_for_anybody_is_one_clear_line(weights, tmp_path):
    Image.new("RGB", (150, 20)).save(tmp_path / "strip.png")
    with pytest.raises(InputError, match="is 20 pixels high"):
        lesson.detect_in_photo(tmp_path / "strip.png", tmp_path, weights)


def test_a_panorama_too_low_after_shrinking_says_that_it_is_shrunk(weights, tmp_path):
    Image.new("RGB", (16000, 150)).save(tmp_path / "panorama.png")
    with pytest.raises(InputError, match="is 150 pixels high.* shrunk to 1600: cut out a part"):
        lesson.detect_in_photo(tmp_path / "panorama.png", tmp_path, weights)


def test_a_photo_of_16_bits_is_refused_as_it_would_be_clipped(weights, tmp_path):
    Image.fromarray(np.full((150, 150), 3000, np.uint16)).save(tmp_path / "deep.png")
    with pytest.raises(InputError, match="more than 8 bits a channel"):
        lesson.detect_in_photo(tmp_path / "deep.png", tmp_path, weights)


def test_weights_that_are_missing_are_one_clear_line(tmp_path):
    path, _ = save_photo(tmp_path)
    with pytest.raises(InputError, match="channel_detector.npz"):
        lesson.detect_in_photo(path, tmp_path, tmp_path / "channel_detector.npz")
