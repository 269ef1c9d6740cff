"""Lesson 1.3: it leaves what it promises, and tells the sheet's numbers."""

import numpy as np
import pytest

from tests.lessons.running import walk


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """The lesson, with fewer images than usual. It reads no data."""
    folder = tmp_path_factory.mktemp("lesson")
    return walk("1.3", folder, folder, N_IMAGES=500, EPOCHS=5, N_WEIGHED=20)


def test_it_leaves_pictures_and_a_summary(results):
    assert sorted(path.name for path in results.out.iterdir()) == [
        "holes.png", "losses.png", "receptive_fields.png", "shapes.png", "summary.json"]
    for picture in results.pictures:
        assert f"look at {picture}" in results.printed


def test_it_prints_the_answers_of_the_sheet(results):
    for answer in ("= 262,400", "=  19,248", "=  73,856", "= 38,464", "= 112,320", "#P  = 0",
                   "r =  9: 9 x 9", "r = 11: 11 x 11",
                   "S_r = 32 x 32 = 1,024", "S_r = 5 x 5", "S_r = 9 x 9", "S_r = 11 x 11",
                   "S_r = 3 x 3", "(0.839, 0.114, 0.006, 0.042)", "a tie: not right"):
        assert answer in results.printed


def test_formula_and_counting_agree(results):
    layers = results.numbers["layers"]
    assert [row["number"] for row in layers] == ["i", "ii", "iii", "iv", "v"]
    for row in layers:
        assert row["parameters"] == row["parameters_counted"]
        assert row["receptive_field"] == row["box_with_a_gradient"]
        assert np.prod(row["receptive_field"]) == row["pixels_with_a_gradient"]


def test_sets_and_gradients_find_the_same_holes(results):
    # 5 x 5 pixels with gaps; 2 x 2 windows of 2 x 2; a full box of 7 x 7.
    assert [row["seen"] for row in results.numbers["holes"]] == [25, 16, 49]
    assert all(row["equal"] for row in results.numbers["holes"])


def test_the_pull_is_the_length_of_p_minus_t(results):
    samples, pulls = results.numbers["samples"], results.numbers["pulls"]
    errors = np.array([row["softmax"] for row in samples])
    errors -= np.eye(4)[[row["true_class"] - 1 for row in samples]]
    assert pulls["pulls"] == pytest.approx(np.linalg.norm(errors, axis=1))
    assert pulls["pulls_with_longer_features"] == pytest.approx(np.array(pulls["pulls"])
                                                                * [3, 1, 1, 1])


def test_no_line_is_too_long(results):
    assert max(map(len, results.printed.splitlines())) <= 110


def test_the_small_network_learns_the_shapes(results):
    # Chance is a quarter, within 0.1 or so on 100 images.
    assert results.numbers["shapes"]["accuracy"] > 0.4
