"""Lesson 1.1: it leaves what it promises, and tells the sheet's numbers."""

import numpy as np
import pytest

from minicv.decision_boundary import distance_to_curves
from tests.lessons.running import blank_pictures, walk

SMALL = dict(N_POINTS=2000, HIDDEN=(12, 12), EPOCHS=(0, 30), GRIDS=(8, 16, 32), WIDTHS=(4, 8))


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """The lesson, with less training than usual. It reads no data."""
    folder = tmp_path_factory.mktemp("lesson")
    return walk("1.1", folder, folder, **SMALL)


def test_it_leaves_pictures_and_a_summary(results):
    assert sorted(path.name for path in results.out.iterdir()) == [
        "lines.png", "marching_squares.png", "network.png", "summary.json", "training.png"]
    for picture in results.pictures:
        assert f"look at {picture}" in results.printed
    assert all(title in results.printed for title in results.numbers["seconds"])


def test_it_prints_the_answers_of_the_sheet(results):
    for answer in ("-2 x1 + 5 x2 - 1 = 0:  x2 = 2/5 x1 + 1/5;\n   on the axes at x1 = -1/2",
                   "5 x1 + 10 x2 - 3 = 0:  x2 = -1/2 x1 + 3/10;\n   on the axes at x1 = 3/5",
                   "the boundary is here: 5 x1 - 10 x2 + 7 = 0",
                   "the boundary is here: 3 x1 - 2 x2 + 1 = 0",
                   "f = 2 x1 - 8 x2 + 5    f is from -25 to -1 in the window: never 0",
                   "(3, 11/5), (1/5, 4/5), (-7/3, -3)"):
        assert answer in results.printed


def test_the_boundary_visits_two_regions(results):
    regions = results.numbers["regions"]
    assert [row["pattern"] for row in regions if row["visited"]] == [[1, 1], [1, 0]]
    assert sum(row["area"] for row in regions) == pytest.approx(36)


def test_the_sign_to_change_in_try_next_makes_it_visit_three(tmp_path):
    other = walk("1.1", tmp_path, tmp_path, pictures=blank_pictures, N_POINTS=100, HIDDEN=(4, 4),
                 EPOCHS=(0, 1), GRIDS=(8, 16), WIDTHS=(2, 4), W2=np.array([1, 2]))
    visited = [row["pattern"] for row in other.numbers["regions"] if row["visited"]]
    assert visited == [[1, 1], [1, 0], [0, 1]]
    assert [len(curve) for curve in other.numbers["boundary"]] == [4]
    assert other.printed.count("the boundary is here") == 3


def test_training_brings_the_area_close_to_the_stars(results):
    before, after = results.numbers["training"]
    assert after["wrong"] < 0.1 < before["wrong"]
    # Ten triangles from the centre, with two sides 0.8 and 0.38 and 36 degrees between them.
    assert after["area"] == pytest.approx(5 * 0.8 * 0.38 * np.sin(np.pi / 5), rel=0.15)


def test_a_network_without_a_boundary_is_said_to_have_none(results):
    assert results.numbers["training"][0]["curves"] == 0
    assert "without a boundary at first" in results.printed


def test_the_mean_error_of_marching_squares_goes_down_with_the_square(results):
    rows = results.numbers["grids"]
    h, mean = np.array([(row["h"], row["mean"]) for row in rows]).T
    slope = np.polyfit(np.log(h), np.log(mean), 1)[0]
    assert 1.5 < slope < 2.5
    assert all(row["largest"] >= row["mean"] for row in rows)


def test_of_the_largest_error_no_power_is_claimed_but_how_many_sides_it_is(results):
    """It is one corner's: its share of a side jumps from grid to grid."""
    share = [row["largest"] / row["h"] for row in results.numbers["grids"]]
    assert f"The largest is between {min(share):.2f} and {max(share):.2f} sides" in (
        " ".join(results.printed.split()))
    picture = next(one for one in results.lesson.pictures if one.path.stem == "marching_squares")
    assert f"the largest is {min(share):.1f} to {max(share):.1f} sides" in picture.alt
    assert "largest error: slope" not in results.printed + picture.alt


def test_no_point_of_the_contour_is_farther_from_the_curve_than_a_squares_diagonal(results):
    exact = results.names["exact"]
    for n, contour in results.names["contours"].items():
        off = distance_to_curves(np.concatenate(contour), exact)
        assert off.max() <= np.sqrt(2) * 2 / n


def test_words_about_costs_follow_the_table(results):
    for depth in (1, 2, 3):
        less, more = [row["regions"] for row in results.numbers["costs"] if row["depth"] == depth]
        assert f"{depth} deep: from 4 to 8 units a layer there are {more / less:.1f} times" in (
            results.printed)
