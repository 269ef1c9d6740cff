"""OBJ and PLY: what is written comes back, through a reader of the tests' own."""

import numpy as np
import pytest

from minicv.occupancy_network.mesh import Mesh
from minicv.occupancy_network.mesh_files import write_mesh
from tests.occupancy_network.mesh_reader import read_mesh

SQUARE = [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]]
in_both_formats = pytest.mark.parametrize("name", ["mesh.obj", "mesh.ply"])


def random_mesh(dtype: type, seed: int = 0) -> Mesh:
    """Vertices of random bits, so that all exponents and signs occur; colours too."""
    rng = np.random.default_rng(seed)
    bits = rng.integers(0, 256, (300, 3, np.dtype(dtype).itemsize), dtype=np.uint8)
    vertices = bits.view(dtype)[:, :, 0]
    vertices = np.where(np.isfinite(vertices), vertices, dtype(-0.0))
    colours = rng.integers(0, 256, (300, 3), dtype=np.uint8)
    return Mesh(vertices, rng.integers(0, 300, (500, 3)), colours)


@in_both_formats
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_mesh_comes_back_bit_by_bit(tmp_path, name, dtype):
    mesh = random_mesh(dtype)
    write_mesh(tmp_path / name, mesh)
    back = read_mesh(tmp_path / name)
    assert back.vertices.astype(np.float64).tobytes() == mesh.vertices.astype(np.float64).tobytes()
    assert np.array_equal(back.faces, mesh.faces)
    assert np.array_equal(back.colours, mesh.colours)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_ply_keeps_the_dtype(tmp_path, dtype):
    write_mesh(tmp_path / "mesh.ply", random_mesh(dtype))
    assert read_mesh(tmp_path / "mesh.ply").vertices.dtype == dtype


@in_both_formats
def test_mesh_without_colours_comes_back_without(tmp_path, name):
    write_mesh(tmp_path / name, Mesh(SQUARE, [[0, 1, 2]]))
    assert read_mesh(tmp_path / name).colours is None


@in_both_formats
@pytest.mark.parametrize("n_vertices", [0, 4])
def test_mesh_without_faces_comes_back(tmp_path, name, n_vertices):
    write_mesh(tmp_path / name, Mesh(np.ones((n_vertices, 3)), np.empty((0, 3))))
    back = read_mesh(tmp_path / name)
    assert back.vertices.shape == (n_vertices, 3) and back.faces.shape == (0, 3)


def test_the_ending_may_be_in_capitals(tmp_path):
    write_mesh(tmp_path / "MESH.OBJ", Mesh(SQUARE, [[0, 1, 2]]))
    assert (tmp_path / "MESH.OBJ").read_text().endswith("f 1 2 3\n")


def test_unknown_format_is_not_written(tmp_path):
    with pytest.raises(ValueError, match=r"the ending of .*mesh.stl must be '\.obj' or '\.ply'"):
        write_mesh(tmp_path / "mesh.stl", Mesh(SQUARE, [[0, 1, 2]]))


@in_both_formats
def test_failed_write_leaves_the_old_file(tmp_path, name, monkeypatch):
    path = tmp_path / name
    path.write_text("old")

    def full_disk(*args):
        raise OSError("disk full")

    monkeypatch.setattr("os.replace", full_disk)
    with pytest.raises(OSError, match="disk full"):
        write_mesh(path, Mesh(SQUARE, [[0, 1, 2]]))
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_obj_has_colours_from_0_to_1_behind_the_coordinates(tmp_path):
    colours = np.array([[255, 0, 51], [0, 0, 0], [0, 0, 0]], np.uint8)
    write_mesh(tmp_path / "a.obj", Mesh(np.eye(3), [[0, 1, 2]], colours))
    assert (tmp_path / "a.obj").read_text().splitlines()[1] == "v 1.0 0.0 0.0 1.0 0.0 0.2"


def test_what_is_no_mesh_is_not_written(tmp_path):
    with pytest.raises(TypeError, match="mesh must be a Mesh, got 'chair'"):
        write_mesh(tmp_path / "a.obj", "chair")
    assert list(tmp_path.iterdir()) == []
