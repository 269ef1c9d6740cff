"""data/no_people.py: pictures to learn from, and others to measure on, without a person in any."""

import sys
from pathlib import Path

import numpy as np
import pytest

DATA = Path(__file__).resolve().parents[2] / "data"


@pytest.fixture(scope="module")
def script():
    """no_people.py, which imports the files beside it."""
    sys.path.insert(0, str(DATA))
    try:
        import no_people
    finally:
        sys.path.remove(str(DATA))
    return no_people


def test_what_is_drawn_is_a_picture_the_same_for_the_same_seed_alone(script):
    for draw in script.KINDS:
        first, again, other = (draw(np.random.default_rng(seed)) for seed in (1, 1, 2))
        assert (first.shape, first.dtype) == ((300, 400, 3), np.uint8)
        np.testing.assert_array_equal(first, again)
        assert (first != other).any()


def test_no_picture_is_learned_from_and_measured_on(script, monkeypatch):
    monkeypatch.setattr(script, "packaged", lambda: iter(()))  # scikit-image is not needed here
    monkeypatch.setattr(script, "N_OF_A_KIND", 3)
    monkeypatch.setattr(script, "KINDS", 6 * [lambda rng: rng.integers(256, size=(9, 9, 3)).astype(
        np.uint8)])  # each is drawn with a generator of its own
    mined, kept = (script.pictures_without_people(part) for part in ("mined", "kept"))
    n_kinds = len(script.KINDS)
    assert (len(mined), len(kept)) == (2 * n_kinds * 4 // 3, n_kinds * 4 // 3)  # + dithered ones
    assert not {image.tobytes() for image in mined} & {image.tobytes() for image in kept}


def test_a_third_of_the_packaged_pictures_is_kept(script, monkeypatch):
    pictures = [np.full((10, 10, 3), n, np.uint8) for n in range(10)]
    monkeypatch.setattr(script, "packaged", lambda: iter(pictures))
    monkeypatch.setattr(script, "KINDS", ())
    numbers = {part: {int(image[0, 0, 0]) for image in script.pictures_without_people(part)}
               for part in ("mined", "kept")}
    assert numbers["kept"] - {0, 255} == {2, 5, 8}
    assert numbers["mined"] - {255} == {0, 1, 3, 4, 6, 7, 9}


@pytest.mark.parametrize("boxes, columns", [
    ([[0, 0, 130, 50]], range(130, 300)),
    ([[200.5, 0, 300, 50], [20, 0, 60.2, 50]], range(61, 200)),
    ([[180, 0, 300, 50], [20, 0, 60, 50], [10, 0, 79, 50]], range(79, 180)),
    (np.empty((0, 4)), range(300)),
    ([[80, 0, 210, 50]], ())])
def test_pieces_of_streets_are_the_widest_strip_beside_the_people(script, boxes, columns):
    image = np.zeros((50, 300, 3), np.uint8) + (np.arange(300) // 2).astype(np.uint8)[:, None]
    pieces = [script.street_pieces([image], [np.array(boxes, float)], seed)
              for seed in range(30)]
    assert all(len(own) == (len(columns) > 0) for own in pieces)
    without_noise = [own[0] for own in pieces if own and (
        (own[0] == own[0][:1]).all() or (own[0] == own[0][:, :1]).all())]
    assert len(without_noise) > 3 or len(columns) == 0
    for piece in without_noise:
        assert sorted(piece.shape[:2]) == sorted((50, len(columns)))
        assert (piece.min(), piece.max()) == (columns[0] // 2, columns[-1] // 2)
