"""data/StreetPed: what its script makes, in the layout that PennFudan reads, fit to learn from."""

import sys
from pathlib import Path

import numpy as np
import pytest

from minicv.datasets import PennFudan
from minicv.detection_metrics import box_area

DATA = Path(__file__).resolve().parents[2] / "data"
STREET = DATA / "StreetPed"


@pytest.fixture(scope="module")
def script():
    """make_street_ped.py, which imports the files beside it."""
    sys.path.insert(0, str(DATA))
    try:
        import make_street_ped
    finally:
        sys.path.remove(str(DATA))
    return make_street_ped


@pytest.fixture(scope="module")
def shipped():
    return PennFudan(STREET)


@pytest.fixture(scope="module")
def pairs(shipped):
    return list(shipped)


# -- what is shipped ---------------------------------------------------------------------------


@pytest.mark.parametrize("number", [3, 40, 88])
def test_the_shipped_pictures_are_what_their_script_makes(script, pairs, number):
    image, mask = script.make_picture(number)
    shipped_image, target = pairs[number - 1]
    np.testing.assert_array_equal(shipped_image, image)
    np.testing.assert_array_equal(target["mask"], mask)


def test_another_seed_makes_another_picture(script, pairs):
    image, _ = script.make_picture(3, seed=script.SEED + 1)
    assert (image != pairs[2][0]).mean() > 0.5


def test_there_are_enough_pictures_in_two_lists_that_share_none(script, shipped):
    train, val = PennFudan(STREET, "train").names, PennFudan(STREET, "val").names
    assert (train, val) == script.picture_names()
    assert len(train) >= 60 and len(val) >= 20
    assert sorted(train + val) == shipped.names


def test_all_of_it_takes_at_most_eight_megabytes():
    assert sum(path.stat().st_size for path in STREET.rglob("*") if path.is_file()) <= 8e6


def test_the_folder_holds_nothing_else(shipped):
    expected = {f"PNGImages/{name}.png" for name in shipped.names} | {
        f"PedMasks/{name}_mask.png" for name in shipped.names} | {"train.txt", "val.txt"}
    found = {path.relative_to(STREET).as_posix() for path in STREET.rglob("*") if path.is_file()}
    assert found == expected


def test_every_picture_has_the_size_that_is_stated(pairs):
    assert {image.shape for image, _ in pairs} == {(300, 400, 3)}


def test_no_picture_is_there_twice(pairs):
    assert len({image.tobytes() for image, _ in pairs}) == len(pairs)


# -- people ------------------------------------------------------------------------------------


def test_one_to_five_people_are_in_a_picture(pairs):
    counts = np.bincount([len(target["boxes"]) for _, target in pairs], minlength=6)
    assert len(counts) == 6 and counts[0] == 0
    assert (counts[1:] > 0).all()


def test_people_are_of_many_sizes_and_shaped_like_people(script, pairs):
    boxes = np.concatenate([target["boxes"] for _, target in pairs])
    width, height = (boxes[:, 2:] - boxes[:, :2]).T
    assert height.min() >= script.LEAST_HEIGHT
    assert np.percentile(height, 5) < 90 and np.percentile(height, 95) > 180
    # The 354 photographed people that we could count are 0.36 times as wide as they are tall, in
    # the median.
    assert 0.3 < np.median(width / height) < 0.42


def test_people_are_seen_for_the_most_part(script):
    # A hidden person is asked for again; here is the rule, on a person of 100 pixels.
    seen = np.zeros((300, 400), bool)
    seen[100:200, 50] = True
    assert script._is_visible(seen, 100 / script.LEAST_VISIBLE)
    assert not script._is_visible(seen, 100 / script.LEAST_VISIBLE + 1)
    assert not script._is_visible(seen[100 + script.LEAST_HEIGHT + 1:], 10)
    assert not script._is_visible(np.zeros((300, 400), bool), 10)


def test_some_people_are_partly_hidden(pairs):
    # The box of one who stands in front of another overlaps with the other's box.
    overlapping = 0
    for _, target in pairs:
        boxes = target["boxes"]
        low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
        high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
        shared = np.clip(high - low, 0, None).prod(axis=2) / box_area(boxes)
        overlapping += (shared - np.eye(len(boxes)) > 0.1).any(axis=1).sum()
    assert overlapping >= 20


def test_people_cannot_be_told_by_where_they_are_or_how_bright(pairs):
    # A detector that looks at no shape must not get far: brightness is spread as the background's.
    person, street = np.zeros(256), np.zeros(256)
    for image, target in pairs:
        green, mask = image[..., 1], target["mask"] > 0
        person += np.bincount(green[mask], minlength=256)
        street += np.bincount(green[~mask], minlength=256)
    # Chance that a pixel of a person is brighter than one of the street: 1/2 if nothing is told.
    darker = np.cumsum(street) - street / 2
    brighter = (person @ darker) / (person.sum() * street.sum())
    assert 0.25 < brighter < 0.75
    centres = np.concatenate([target["boxes"][:, [0, 2]].mean(axis=1) for _, target in pairs])
    assert (np.histogram(centres, bins=4, range=(0, 400))[0] > 0.1 * len(centres)).all()


# -- the canvas --------------------------------------------------------------------------------


def test_shapes_have_the_area_that_geometry_gives_them(script):
    # Closed forms: pi r r; pi a b; a rectangle; a rectangle of length 40 with two half discs.
    def area(paint):
        canvas = script.Canvas(100, 100, light=1.0)
        paint(canvas)
        return canvas.image[..., 0].sum() / 200

    def disc(canvas):
        canvas.ellipse((50.3, 49.8), (20, 20), (200, 0, 0))

    def ellipse(canvas):
        canvas.ellipse((50.3, 49.8), (30, 12), (200, 0, 0))

    def rectangle(canvas):
        canvas.polygon([(20.25, 30), (60, 30), (60, 55.5), (20.25, 55.5)], (200, 0, 0))

    def capsule(canvas):
        canvas.capsule((30, 30), (54, 62), 10, 10, (200, 0, 0))

    assert area(disc) == pytest.approx(np.pi * 400, rel=2e-3)
    assert area(ellipse) == pytest.approx(np.pi * 360, rel=5e-3)
    assert area(rectangle) == pytest.approx(39.75 * 25.5, rel=2e-3)
    assert area(capsule) == pytest.approx(40 * 20 + np.pi * 100, rel=2e-3)


def test_a_pixel_belongs_to_whom_was_painted_there_last(script):
    canvas = script.Canvas(20, 30, light=1.0)
    for who, left in ((1, 2), (2, 8), (0, 12)):
        canvas.who = who
        canvas.polygon([(left, 5), (left + 10, 5), (left + 10, 15), (left, 15)], (9, 9, 9))
    assert canvas.owner[10].tolist() == [0] * 2 + [1] * 6 + [2] * 4 + [0] * 18
    canvas.who = 3
    canvas.shadow((15, 10), (5, 5), 0.5)
    assert canvas.owner.max() == 2  # a shadow is nobody


def test_what_is_twice_as_far_is_half_as_large(script):
    camera = script.Camera(focal=400, centre=200, horizon=100, height=1.5)
    # A person of 1.75 m, 5 m away: feet 400 * 1.5 / 5 = 120 rows below the horizon.
    assert camera.pixel(1, 0, 5) == pytest.approx((280, 220))
    assert camera.pixel(1, 1.75, 5) == pytest.approx((280, 80))
    assert camera.pixel(1, 0, 10)[1] - camera.pixel(1, 1.75, 10)[1] == pytest.approx(70)


def test_the_readme_of_the_data_states_how_many_people_there_are_and_how_tall(pairs):
    boxes = np.concatenate([target["boxes"] for _, target in pairs])
    height = boxes[:, 3] - boxes[:, 1]
    text = " ".join((DATA / "README.md").read_text("utf-8").split())
    assert f"{len(boxes)} walking people" in text
    assert f"from {height.min()} to {height.max()} pixels tall" in text
