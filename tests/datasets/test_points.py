"""Points files: what is read is what was written, and broken files are refused with a reason."""

import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest

from minicv.datasets import load_points, save_points
from minicv.datasets.solids import chair_occupancy

DATA = Path(__file__).resolve().parents[2] / "data"


def write(path, **changes):
    """A small correct points file of 10 points, with some entries changed or (None) left out."""
    entries = {"points": np.linspace(-0.5, 0.5, 30).reshape(10, 3).astype(np.float16),
               "occupancies": np.packbits(np.arange(10) % 3 == 0)}
    entries.update(changes)
    np.savez(path, **{name: value for name, value in entries.items() if value is not None})
    return path


# -- reading -----------------------------------------------------------------------------------


def test_the_loader_turns_y_up_into_z_up(tmp_path):
    # By hand: (x, y, z) -> (x, -z, y).
    path = write(tmp_path / "points.npz", points=np.array([[1.0, 2.0, 3.0]], np.float16),
                 occupancies=np.array([0b10000000], np.uint8))
    points, _ = load_points(path)
    assert points.tolist() == [[1.0, -3.0, 2.0]]


def test_the_turn_is_no_mirror_image(tmp_path):
    path = write(tmp_path / "points.npz", points=np.eye(3, dtype=np.float32),
                 occupancies=np.array([0], np.uint8))
    points, _ = load_points(path)
    assert np.linalg.det(points) == pytest.approx(1)


def test_bits_are_unpacked_from_the_highest_one_on(tmp_path):
    # 10 points: 8 bits of the first byte, and the two highest of the second.
    path = write(tmp_path / "points.npz",
                 occupancies=np.array([0b10010010, 0b01000000], np.uint8))
    _, occupancies = load_points(path)
    assert np.flatnonzero(occupancies).tolist() == [0, 3, 6, 9]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_points_of_any_float_type_come_back_as_float32(tmp_path, dtype):
    path = write(tmp_path / "points.npz", points=np.full((10, 3), 0.25, dtype))
    points, occupancies = load_points(path)
    assert (points.dtype, points.shape) == (np.float32, (10, 3))
    assert (occupancies.dtype, occupancies.shape) == (bool, (10,))


def test_a_file_as_shapenet_has_it_loads_with_its_further_entries(tmp_path):
    # The published files hold `loc` and `scale` as well, and points up to 0.55.
    rng = np.random.default_rng(0)
    inside = rng.random(100_000) < 0.1
    stored = rng.uniform(-0.55, 0.55, (100_000, 3)).astype(np.float16)
    path = write(tmp_path / "points.npz", points=stored, occupancies=np.packbits(inside),
                 loc=np.zeros(3), scale=np.float64(1.3))
    points, occupancies = load_points(path)
    np.testing.assert_array_equal(points[:, 0], stored[:, 0].astype(np.float32))
    np.testing.assert_array_equal(occupancies, inside)


@pytest.mark.filterwarnings("error")
def test_a_coordinate_that_float32_cannot_hold_is_refused(tmp_path):
    points = np.zeros((10, 3))
    points[4, 1] = 1e39
    path = write(tmp_path / "points.npz", points=points)
    with pytest.raises(ValueError, match=r"points.npz: 1 of the 30 .* 3.40\d+e\+38.* \(4, 1\)"):
        load_points(path)


# -- writing -----------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 1000])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_saved_points_come_back(tmp_path, count, dtype):
    rng = np.random.default_rng(count)
    points = rng.uniform(-0.5, 0.5, (count, 3)).astype(np.float16).astype(np.float32)
    occupancies = rng.random(count) < 0.5
    save_points(tmp_path / "points.npz", points, occupancies, dtype=dtype)
    loaded_points, loaded_occupancies = load_points(tmp_path / "points.npz")
    np.testing.assert_array_equal(loaded_points, points)
    np.testing.assert_array_equal(loaded_occupancies, occupancies)


def test_the_saved_file_is_in_the_format_of_occupancy_networks(tmp_path):
    save_points(tmp_path / "points.npz", np.full((9, 3), 0.5), np.ones(9, bool))
    with np.load(tmp_path / "points.npz") as archive:
        assert (archive["points"].dtype, archive["points"].shape) == (np.float16, (9, 3))
        assert archive["occupancies"].tolist() == [0b11111111, 0b10000000]


@pytest.mark.parametrize("points, occupancies, dtype, error, message", [
    (np.zeros((4, 2)), np.zeros(4, bool), np.float16, ValueError, r"\(N, 3\), got \(4, 2\)"),
    (np.zeros((4, 3), int), np.zeros(4, bool), np.float16, TypeError, "floats, got int64"),
    (np.zeros((4, 3)), np.zeros(5, bool), np.float16, ValueError, r"shape \(4,\), got \(5,\)"),
    (np.zeros((4, 3)), np.zeros(4), np.float16, TypeError, "must be booleans.* float64"),
    (np.zeros((4, 3)), np.zeros((4, 1), bool), np.float16, ValueError, r"\(4,\), got \(4, 1\)"),
    (np.zeros((4, 3)), np.zeros(4, bool), np.int8, ValueError,
     "must be 'float16', 'float32' or 'float64', got 'int8'"),
    (np.full((4, 3), np.nan), np.zeros(4, bool), np.float32, ValueError,
     "12 of the 12 numbers of points are NaN"),
    (np.full((4, 3), 1e6), np.zeros(4, bool), np.float16, ValueError,
     "12 of the 12 numbers of points are further from 0 than 65504"),
])
@pytest.mark.filterwarnings("error")
def test_wrong_arrays_are_refused_before_anything_is_written(tmp_path, points, occupancies, dtype,
                                                             error, message):
    with pytest.raises(error, match=message):
        save_points(tmp_path / "points.npz", points, occupancies, dtype=dtype)
    assert list(tmp_path.iterdir()) == []


# -- broken files ------------------------------------------------------------------------------

BROKEN = np.zeros((10, 3), np.float32)
BROKEN[[3, 7], [0, 2]] = np.nan, np.inf


@pytest.mark.parametrize("changes, message", [
    (dict(points=None), "lacks the entry 'points'"),
    (dict(occupancies=None), "lacks the entry 'occupancies'"),
    (dict(points=np.zeros((10, 2), np.float16)), r"shape \(N, 3\), got \(10, 2\)"),
    (dict(points=np.zeros(30, np.float16)), r"shape \(N, 3\), got \(30,\)"),
    (dict(points=np.zeros((10, 3), np.int64)), "got int64"),
    (dict(points=np.zeros((10, 3), complex)), "got complex128"),
    (dict(points=BROKEN), r"2 of the 30 numbers of points are NaN .* first at \(3, 0\)"),
    (dict(occupancies=np.zeros(1, np.uint8)), r"10 packed bits.* \(2,\), got \(1,\).*packbits"),
    (dict(occupancies=np.zeros(3, np.uint8)), r"10 packed bits.* \(2,\), got \(3,\)"),
    (dict(occupancies=np.zeros((1, 2), np.uint8)), "packed bits"),
    (dict(occupancies=np.zeros(10, bool)), "packed bits.* whole numbers, got bool"),
    (dict(occupancies=np.array([256, 0])), "packed bits.* is above 255, .* at 0: 256"),
    (dict(occupancies=np.array([0, -1])), "packed bits.* is below 0, the first at 1"),
    (dict(points=np.array([None] * 10)), "pickled Python objects"),
])
def test_a_broken_file_is_refused_with_its_name_and_the_reason(tmp_path, changes, message):
    path = write(tmp_path / "chair.npz", **changes)
    with pytest.raises(ValueError, match=f"chair.npz.*{message}"):
        load_points(path)


def test_a_truncated_file_is_refused(tmp_path):
    path = write(tmp_path / "points.npz")
    os.truncate(path, path.stat().st_size - 100)
    with pytest.raises(ValueError, match="cut short"):
        load_points(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"points\.npz"):
        load_points(tmp_path / "points.npz")


# -- data/points.npz ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped():
    return load_points(DATA / "points.npz")


def test_the_shipped_points_are_what_their_script_makes(shipped):
    spec = importlib.util.spec_from_file_location("make_points", DATA / "make_points.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    points, occupancies = script.make_points()
    np.testing.assert_array_equal(shipped[0], points)
    np.testing.assert_array_equal(shipped[1], occupancies)


def test_every_shipped_label_agrees_with_the_chair(shipped):
    points, occupancies = shipped
    np.testing.assert_array_equal(occupancies, chair_occupancy(points))


def test_the_shipped_points_fill_the_unit_cube_evenly(shipped):
    points, _ = shipped
    assert points.shape == (100_000, 3)
    assert np.abs(points).max() <= 0.5
    # 1000 cells with 100 points expected in each: chi-square with 999 degrees of freedom lies
    # within 999 +- 5 sqrt(2 * 999) for uniform points.
    counts, _ = np.histogramdd(points, bins=10, range=[(-0.5, 0.5)] * 3)
    chi_square = np.sum((counts - 100) ** 2 / 100)
    assert abs(chi_square - 999) < 5 * np.sqrt(2 * 999)


def test_the_readme_of_the_data_states_the_share_inside(shipped):
    assert f"{shipped[1].mean():.2%}".replace("%", " %") in (DATA / "README.md").read_text("utf-8")
