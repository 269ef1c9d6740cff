"""Lesson 1.1: it leaves what it promises, and tells the sheet's numbers."""

import contextlib
import io
import json

import numpy as np
import pytest

from lessons.ex1_1_decision_boundary import lesson
from minicv import nn
from minicv.decision_boundary import decision_boundary, linear_regions


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Folder of results, what was printed, and the summary, with less training than usual."""
    folder = tmp_path_factory.mktemp("lesson")
    printed = io.StringIO()
    small = dict(N_POINTS=2000, HIDDEN=(12, 12), EPOCHS=(0, 30), GRIDS=(8, 16, 32),
                 WIDTHS=(4, 8))
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(printed):
        for name, value in small.items():
            patch.setattr(lesson, name, value)
        lesson.run(folder, folder, seed=0)
    out = folder / "ex1_1"
    return out, printed.getvalue(), json.loads((out / "summary.json").read_text())


def test_it_leaves_pictures_and_a_summary(results):
    out, printed, summary = results
    assert sorted(path.name for path in out.iterdir()) == [
        "lines.png", "marching_squares.png", "network.png", "summary.json", "training.png"]
    for picture in out.glob("*.png"):
        assert f"look at {picture.name}" in printed
    assert all(title in printed for title in summary["seconds"])


def test_it_prints_the_answers_of_the_sheet(results):
    _, printed, _ = results
    for answer in ("-2 x1 + 5 x2 - 1 = 0:  x2 = 2/5 x1 + 1/5;  on the axes at x1 = -1/2",
                   "5 x1 + 10 x2 - 3 = 0:  x2 = -1/2 x1 + 3/10;  on the axes at x1 = 3/5",
                   "the boundary is here: 5 x1 - 10 x2 + 7 = 0",
                   "the boundary is here: 3 x1 - 2 x2 + 1 = 0",
                   "f = 2 x1 - 8 x2 + 5    f is from -25 to -1 in the window: never 0",
                   "(3, 11/5), (1/5, 4/5), (-7/3, -3)"):
        assert answer in printed


def test_the_boundary_visits_two_regions(results):
    regions = results[2]["regions"]
    assert [row["pattern"] for row in regions if row["visited"]] == [[1, 1], [1, 0]]
    assert sum(row["area"] for row in regions) == pytest.approx(36)


def test_the_sign_to_change_in_try_next_makes_it_visit_three(tmp_path, capsys):
    network = lesson.network_of_the_sheet()
    network[2].weight.data[...] = [[1, 2]]
    visited = [row["pattern"] for row in lesson.study_regions(network) if row["visited"]]
    assert visited == [[1, 1], [1, 0], [0, 1]]
    (curve,) = lesson.draw_network(network, tmp_path)
    assert len(curve) == 4
    assert capsys.readouterr().out.count("the boundary is here") == 3


def test_training_brings_the_area_close_to_the_stars(results):
    before, after = results[2]["training"]
    assert after["wrong"] < 0.1 < before["wrong"]
    # Ten triangles from the centre, with two sides 0.8 and 0.38 and 36 degrees between them.
    assert after["area"] == pytest.approx(5 * 0.8 * 0.38 * np.sin(np.pi / 5), rel=0.15)


def test_the_mean_error_of_marching_squares_goes_down_with_the_square(results):
    rows = results[2]["grids"]
    h, mean = np.array([(row["h"], row["mean"]) for row in rows]).T
    slope = np.polyfit(np.log(h), np.log(mean), 1)[0]
    assert 1.5 < slope < 2.5
    assert all(row["largest"] >= row["mean"] for row in rows)


def test_the_star():
    outline = lesson.star()
    rng = np.random.default_rng(0)
    # Points of the ten triangles are inside, and those mirrored in the outer corners are not.
    share = rng.uniform(0.05, 0.95, (200, 1))
    edge = rng.integers(0, 10, 200)
    border = outline[edge] + share * (outline[edge + 1] - outline[edge])
    assert lesson.is_inside(outline, 0.99 * border).all()
    assert not lesson.is_inside(outline, 1.01 * border).any()


def test_the_area_inside_is_what_the_boundary_encloses():
    network = nn.MLP(2, 8, 8, 1, rng=1, dtype=np.float64)
    points = np.random.default_rng(0).uniform(-1, 1, (40_000, 2))
    level = float(np.quantile(network(points).data, 0.7))
    network[-1].bias.data -= level
    window = (-1, -1, 1, 1)
    area = lesson.area_inside(linear_regions(network, window))
    assert area == pytest.approx(4 * 0.3, abs=0.03)  # 40,000 random points: +-0.01
    assert len(decision_boundary(network, window)) > 0


def test_distance_to_a_curve_is_that_of_its_nearest_point():
    rng = np.random.default_rng(0)
    curves = [rng.uniform(-1, 1, (5, 2)), rng.uniform(-1, 1, (3, 2))]
    points = rng.uniform(-1, 1, (50, 2))
    dense = np.concatenate([lesson._spread(curve, 1e-4) for curve in curves])
    brute = np.sqrt(((points[:, None] - dense) ** 2).sum(axis=2).min(axis=1))
    np.testing.assert_allclose(lesson.distance_to(curves, points), brute, atol=1e-4)


@pytest.mark.parametrize("weight, bias, text", [
    ((2, -8), 5, "2 x1 - 8 x2 + 5"), ((-1, 1), -0.5, "-x1 + x2 - 1/2"), ((0, 0), 0, "0"),
    ((0, -3), 0, "-3 x2"), ((0, 0), -1, "-1")])
def test_equations_read_as_one_writes_them(weight, bias, text):
    assert lesson.equation(weight, bias) == text
