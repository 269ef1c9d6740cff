"""Mesh against trimesh: the same numbers for the same mesh, and it reads the files that we write.

Tolerances are rounding: both sum in float64, in different orders.
"""

import numpy as np
import pytest

from minicv.occupancy_network.mesh import Mesh
from minicv.occupancy_network.mesh_files import write_mesh

trimesh = pytest.importorskip("trimesh")


def theirs(mesh: Mesh) -> "trimesh.Trimesh":
    """The same arrays as a Trimesh, which would otherwise merge vertices and drop faces."""
    return trimesh.Trimesh(mesh.vertices, mesh.faces, process=False)


def ours(mesh: "trimesh.Trimesh") -> Mesh:
    return Mesh(mesh.vertices, mesh.faces)


def open_mesh() -> Mesh:
    sphere = trimesh.creation.icosphere(3)
    return Mesh(sphere.vertices, sphere.faces[sphere.triangles_center[:, 2] < 0.5])


def with_flipped_faces() -> Mesh:
    sphere = trimesh.creation.icosphere(2)
    faces = sphere.faces.copy()
    faces[::7] = faces[::7, ::-1]
    return Mesh(sphere.vertices, faces)


def soup() -> Mesh:
    rng = np.random.default_rng(0)
    return Mesh(rng.normal(size=(40, 3)), [rng.choice(40, 3, replace=False) for _ in range(60)])


MESHES = {
    "box": ours(trimesh.creation.box((1, 2, 3))),
    "sphere": ours(trimesh.creation.icosphere(3)),
    "torus": ours(trimesh.creation.torus(2, 0.5)),
    "pipe": ours(trimesh.creation.annulus(0.5, 1, 2)),
    "two boxes": ours(trimesh.util.concatenate(
        trimesh.creation.box((1, 1, 1)), trimesh.creation.box(bounds=[[3, 3, 3], [4, 5, 6]]))),
    "open": open_mesh(),
    "flipped faces": with_flipped_faces(),
    "soup": soup(),
}
every_mesh = pytest.mark.parametrize("mesh", MESHES.values(), ids=MESHES)
every_closed_mesh = pytest.mark.parametrize(
    "mesh", [mesh for mesh in MESHES.values() if mesh.is_watertight],
    ids=[name for name, mesh in MESHES.items() if mesh.is_watertight])


@every_mesh
def test_area_agrees(mesh):
    assert mesh.area() == pytest.approx(theirs(mesh).area, rel=1e-12)


@pytest.mark.parametrize("name", ["box", "sphere", "torus", "pipe", "two boxes"])
def test_volume_agrees(name):
    # Only of oriented closed meshes: of others the result depends on the origin.
    assert MESHES[name].volume() == pytest.approx(theirs(MESHES[name]).volume, rel=1e-12)


@every_mesh
def test_bounds_agree(mesh):
    assert np.array_equal(mesh.bounds, theirs(mesh).bounds)


@every_mesh
def test_euler_characteristic_agrees(mesh):
    assert mesh.euler_characteristic == theirs(mesh).euler_number


@every_mesh
def test_watertight_agrees(mesh):
    assert mesh.is_watertight == theirs(mesh).is_watertight


@every_closed_mesh
def test_consistent_orientation_agrees(mesh):
    # Of open meshes trimesh looks at the edges with two faces too, but of those alone.
    assert mesh.is_consistently_oriented == theirs(mesh).is_winding_consistent


@every_mesh
def test_number_of_components_agrees(mesh):
    # trimesh counts each vertex without a face as a component.
    assert mesh.n_components == theirs(mesh).body_count - mesh.report().n_unused_vertices


@every_mesh
def test_face_normals_agree(mesh):
    assert mesh.face_normals() == pytest.approx(theirs(mesh).face_normals, abs=1e-12)


@pytest.mark.parametrize("name", ["box", "sphere", "torus", "pipe", "two boxes", "open"])
def test_angle_weighted_vertex_normals_agree(name):
    mesh, other = MESHES[name], theirs(MESHES[name])
    expected = trimesh.geometry.weighted_vertex_normals(
        len(mesh.vertices), other.faces, other.face_normals, other.face_angles)
    used = np.unique(mesh.faces)
    assert mesh.vertex_normals()[used] == pytest.approx(expected[used], abs=1e-12)


# -- files -----------------------------------------------------------------------------------------


def same_triangles(mesh: Mesh, other: "trimesh.Trimesh") -> bool:
    """Whether both have the same corners in the same order; vertices may be numbered otherwise."""
    return np.array_equal(mesh.vertices[mesh.faces].astype(np.float64), other.triangles)


@every_mesh
@pytest.mark.parametrize("name", ["a.obj", "a.ply"])
def test_trimesh_reads_what_we_write(tmp_path, mesh, name):
    write_mesh(tmp_path / name, mesh)
    assert same_triangles(mesh, trimesh.load_mesh(tmp_path / name, process=False))


@pytest.mark.parametrize("name", ["a.obj", "a.ply"])
def test_trimesh_reads_our_colours(tmp_path, name):
    box = MESHES["box"]
    colours = np.random.default_rng(0).integers(0, 256, box.vertices.shape, dtype=np.uint8)
    write_mesh(tmp_path / name, Mesh(box.vertices, box.faces, colours))
    other = trimesh.load_mesh(tmp_path / name, process=False, maintain_order=True)
    assert np.array_equal(other.visual.vertex_colors[:, :3], colours)


def wide_range(dtype: type) -> Mesh:
    """Numbers from the smallest to the largest that are written, whole ones and -0 among them."""
    limits = np.finfo(dtype)
    numbers = [limits.tiny, limits.max, limits.eps, -limits.max, -0.0, 1.0, 1e-5, 1e16, 1 / 3]
    return Mesh(np.array(numbers, dtype).reshape(3, 3), [[0, 1, 2]])


@pytest.mark.parametrize("name", ["a.obj", "a.ply"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.filterwarnings("ignore:overflow")  # of the sizes that trimesh computes
def test_trimesh_reads_every_number_as_it_was(tmp_path, name, dtype):
    mesh = wide_range(dtype)
    write_mesh(tmp_path / name, mesh)
    other = trimesh.load_mesh(tmp_path / name, process=False)
    assert np.array_equal(other.vertices, mesh.vertices.astype(np.float64))
    assert np.array_equal(other.faces, mesh.faces)


@pytest.mark.parametrize("name", ["a.obj", "a.ply"])
@pytest.mark.parametrize("mesh", MESHES.values(), ids=MESHES)
def test_meshlab_reads_what_we_write(tmp_path, mesh, name):
    pymeshlab = pytest.importorskip("pymeshlab")
    write_mesh(tmp_path / name, mesh)
    meshes = pymeshlab.MeshSet()
    meshes.load_new_mesh(str(tmp_path / name))
    other = meshes.current_mesh()
    corners = other.vertex_matrix()[other.face_matrix()]
    np.testing.assert_allclose(corners, mesh.vertices[mesh.faces], rtol=1e-6)  # it has float32
