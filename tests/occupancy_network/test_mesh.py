"""Mesh: geometry against closed forms, topology against textbook surfaces and a count by hand."""

import subprocess
import sys
from collections import Counter

import numpy as np
import pytest

from minicv.occupancy_network.mesh import Mesh

TETRAHEDRON = Mesh(
    [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]],
    [[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]],
)


def cube() -> Mesh:
    """The unit cube; vertex number = x + 2 y + 4 z."""
    vertices = [[x, y, z] for z in (0, 1) for y in (0, 1) for x in (0, 1)]
    squares = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]]
    faces = [[a, b, c] for a, b, c, _ in squares] + [[a, c, d] for a, _, c, d in squares]
    return Mesh(vertices, faces)


def icosphere(n_subdivisions: int) -> Mesh:
    """An octahedron whose faces are cut in four and pushed out to the unit sphere, repeatedly."""
    vertices = [np.array(v, float) for v in
                ([1, 0, 0], [0, 1, 0], [0, 0, 1], [-1, 0, 0], [0, -1, 0], [0, 0, -1])]
    faces = [(0, 1, 2), (1, 3, 2), (3, 4, 2), (4, 0, 2), (1, 0, 5), (3, 1, 5), (4, 3, 5), (0, 4, 5)]
    for _ in range(n_subdivisions):
        middle = {}
        for a, b, c in faces:
            for edge in (frozenset((a, b)), frozenset((b, c)), frozenset((c, a))):
                if edge not in middle:
                    point = sum(vertices[v] for v in edge)
                    middle[edge] = len(vertices)
                    vertices.append(point / np.linalg.norm(point))
        cut = []
        for a, b, c in faces:
            ab, bc, ca = (middle[frozenset(edge)] for edge in ((a, b), (b, c), (c, a)))
            cut += [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
        faces = cut
    return Mesh(vertices, faces)


def sheet(n: int, m: int, close_u: bool, close_v: bool, twist: bool = False) -> np.ndarray:
    """Faces of an n x m grid of vertices (i, j) = i m + j, glued at its ends where closed.

    With `twist` the u ends are glued upside down, as in a Moebius strip or a Klein bottle.
    """
    def vertex(i: int, j: int) -> int:
        if twist and i == n:
            j = m - 1 - j if not close_v else -j
        return (i % n) * m + j % m

    faces = []
    for i in range(n if close_u else n - 1):
        for j in range(m if close_v else m - 1):
            a, b = vertex(i, j), vertex(i + 1, j)
            c, d = vertex(i + 1, j + 1), vertex(i, j + 1)
            faces += [[a, b, c], [a, c, d]]
    return np.array(faces)


def torus(n: int = 12, m: int = 8, major: float = 2.0, minor: float = 1.0) -> Mesh:
    u, v = np.meshgrid(2 * np.pi * np.arange(n) / n, 2 * np.pi * np.arange(m) / m, indexing="ij")
    ring = major + minor * np.cos(v)
    vertices = np.stack([ring * np.cos(u), ring * np.sin(u), minor * np.sin(v)], axis=-1)
    return Mesh(vertices.reshape(-1, 3), sheet(n, m, close_u=True, close_v=True))


def topology_only(faces: np.ndarray) -> Mesh:
    """A mesh with random vertices, where only the faces matter."""
    return Mesh(np.random.default_rng(0).random((np.max(faces) + 1, 3)), faces)


def joined(*meshes: Mesh) -> Mesh:
    starts = np.cumsum([0] + [len(mesh.vertices) for mesh in meshes[:-1]])
    return Mesh(
        np.concatenate([mesh.vertices for mesh in meshes]),
        np.concatenate([mesh.faces + start for mesh, start in zip(meshes, starts, strict=True)]),
    )


def merged(mesh: Mesh) -> Mesh:
    """The mesh with vertices at the same place made one."""
    vertices, index = np.unique(mesh.vertices, axis=0, return_inverse=True)
    return Mesh(vertices, index.reshape(-1)[mesh.faces])


# -- geometry: closed forms ------------------------------------------------------------------------


def test_cube_has_area_six():
    assert cube().area() == pytest.approx(6, rel=1e-15)


def test_cube_has_volume_one():
    assert cube().volume() == pytest.approx(1, rel=1e-15)


def test_volume_is_negative_when_faces_are_clockwise_from_outside():
    inside_out = Mesh(cube().vertices, cube().faces[:, ::-1])
    assert inside_out.volume() == pytest.approx(-1, rel=1e-15)


def test_cavity_is_subtracted_from_the_volume():
    # A cube of side 3 with a cube of side 1 cut out of it: 27 - 1.
    outer = Mesh(3 * cube().vertices, cube().faces)
    cavity = Mesh(cube().vertices + 1, cube().faces[:, ::-1])
    assert joined(outer, cavity).volume() == pytest.approx(26, rel=1e-14)


def test_area_of_the_sphere_converges_with_the_square_of_the_edge_length():
    errors = [4 * np.pi - icosphere(n).area() for n in (3, 4)]
    # Halving the edges of a smooth surface divides the error by 4.
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.02)


def test_volume_of_the_sphere_converges_with_the_square_of_the_edge_length():
    errors = [4 / 3 * np.pi - icosphere(n).volume() for n in (3, 4)]
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.02)


def test_torus_has_the_volume_of_pappus():
    # 2 pi R times the area of the circle, pi r^2; the polygons fall short by less than 1 %.
    assert torus(100, 60).volume() == pytest.approx(2 * np.pi * 2 * np.pi, rel=0.01)


def test_tetrahedron_face_normals():
    diagonal = np.ones(3) / np.sqrt(3)
    expected = [[0, 0, -1], [0, -1, 0], [-1, 0, 0], diagonal]
    assert TETRAHEDRON.face_normals() == pytest.approx(np.array(expected))


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [1, 2, 3, 0]], ids=["diagonal 1", "diagonal 2"])
def test_cube_vertex_normals_do_not_depend_on_the_diagonals(order):
    squares = np.hstack([cube().faces[:6], cube().faces[6:, 2:]])[:, order]
    mesh = Mesh(cube().vertices, np.concatenate([squares[:, :3], squares[:, [0, 2, 3]]]))
    assert mesh.vertex_normals() == pytest.approx((2 * cube().vertices - 1) / np.sqrt(3))


def test_sphere_vertex_normals_point_away_from_the_centre():
    sphere = icosphere(3)
    cosines = np.sum(sphere.vertex_normals() * sphere.vertices, axis=1)
    assert cosines.min() > 0.999


def test_vertex_without_faces_has_the_normal_zero():
    mesh = Mesh([*TETRAHEDRON.vertices, [5, 5, 5]], TETRAHEDRON.faces)
    assert mesh.vertex_normals()[4].tolist() == [0, 0, 0]


def test_bounds_leave_out_vertices_without_faces():
    mesh = Mesh([*TETRAHEDRON.vertices, [5, 5, 5]], TETRAHEDRON.faces)
    assert mesh.bounds.tolist() == [[0, 0, 0], [1, 1, 1]]


def test_geometry_of_float32_vertices_is_computed_in_float64():
    # 1 + 2^-20 squared needs 41 bits; float32 has 24.
    side = 1 + 2.0**-20
    square = Mesh(np.float32([[0, 0, 0], [side, 0, 0], [0, side, 0]]), [[0, 1, 2]])
    assert square.area() == side**2 / 2


# -- geometry: invariants --------------------------------------------------------------------------


def rotation(seed: int) -> np.ndarray:
    q, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    return q * np.linalg.det(q)  # of determinant 1


def test_rotation_leaves_area_and_volume():
    mesh = torus()
    turned = Mesh(mesh.vertices @ rotation(1).T, mesh.faces)
    assert (turned.area(), turned.volume()) == pytest.approx((mesh.area(), mesh.volume()), 1e-13)


def test_rotation_turns_vertex_normals():
    mesh = torus()
    turned = Mesh(mesh.vertices @ rotation(2).T, mesh.faces)
    assert turned.vertex_normals() == pytest.approx(mesh.vertex_normals() @ rotation(2).T)


def test_volume_survives_a_shift_to_a_far_place():
    # Multiples of 2^-16 stay exact when 2^30 is added. Measured from the origin, terms of 10^9
    # would cancel and leave errors of 10^-9.
    near = np.round(torus().vertices * 2**16) / 2**16
    far = Mesh(near + 2.0**30, torus().faces)
    assert far.volume() == pytest.approx(Mesh(near, torus().faces).volume(), rel=1e-13)


def test_volume_of_an_open_mesh_is_that_of_cones_over_its_holes():
    # A cube without its lid, and a pyramid from the lid's rim to the middle: 1 - 1/6.
    open_cube = Mesh(cube().vertices, cube().faces[[0, 2, 3, 4, 5, 6, 8, 9, 10, 11]])
    assert open_cube.volume() == pytest.approx(5 / 6, rel=1e-14)


def test_scaling_by_two_multiplies_area_by_four_and_volume_by_eight():
    mesh = torus()
    double = Mesh(2 * mesh.vertices, mesh.faces)
    assert (double.area(), double.volume()) == (4 * mesh.area(), 8 * mesh.volume())


# -- sampling --------------------------------------------------------------------------------------


def chi_square(counts: np.ndarray, expected: np.ndarray) -> float:
    """How many standard deviations the statistic is above its mean (k - 1, variance 2 k - 2)."""
    statistic = np.sum((counts - expected) ** 2 / expected)
    freedom = len(counts) - 1
    return (statistic - freedom) / np.sqrt(2 * freedom)


def areas_by_heron(mesh: Mesh) -> np.ndarray:
    corners = mesh.vertices[mesh.faces]
    a, b, c = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).T
    s = (a + b + c) / 2
    return np.sqrt(s * (s - a) * (s - b) * (s - c))


def test_samples_fall_on_faces_in_proportion_to_their_area():
    mesh = Mesh(torus().vertices * [1, 2, 3], torus().faces)
    _, face_index = mesh.sample(50_000, rng=0)
    areas = areas_by_heron(mesh)
    counts = np.bincount(face_index, minlength=len(mesh.faces))
    assert chi_square(counts, 50_000 * areas / areas.sum()) < 4


def test_samples_are_uniform_within_a_triangle():
    corners = np.array([[0.0, 0, 0], [3, 1, 0], [1, 2, 2]])
    points, _ = Mesh(corners, [[0, 1, 2]]).sample(50_000, rng=0)
    weights = np.linalg.lstsq(np.vstack([corners.T, np.ones(3)]),
                              np.vstack([points.T, np.ones(50_000)]), rcond=None)[0].T
    # Cutting each side in four cuts the triangle into 16 of equal area; the whole parts of
    # 4 times the three weights tell which one a point is in.
    cell = np.floor(4 * weights) @ [16, 4, 1]
    _, counts = np.unique(cell, return_counts=True)
    assert len(counts) == 16 and chi_square(counts, np.full(16, 50_000 / 16)) < 4


def test_samples_lie_on_the_face_that_they_name():
    mesh = torus()
    points, face_index = mesh.sample(1000, rng=0)
    offsets = points - mesh.vertices[mesh.faces[face_index, 0]]
    assert np.abs(np.sum(offsets * mesh.face_normals()[face_index], axis=1)).max() < 1e-14


def test_faces_without_area_are_never_sampled():
    mesh = Mesh([[0, 0, 0], [1, 0, 0], [0, 1, 0], [2, 0, 0]], [[0, 1, 3], [0, 1, 2], [0, 3, 1]])
    _, face_index = mesh.sample(1000, rng=0)
    assert set(face_index) == {1}


class Zeros(np.random.Generator):
    """A generator that draws the smallest number there is."""

    def random(self, size):
        return np.zeros(size)


def test_first_face_without_area_is_not_sampled_by_a_draw_of_zero():
    mesh = Mesh([[0, 0, 0], [1, 0, 0], [0, 1, 0], [2, 0, 0]], [[0, 1, 3], [0, 1, 2]])
    _, face_index = mesh.sample(1, Zeros(np.random.PCG64()))
    assert face_index.tolist() == [1]


def test_the_same_seed_gives_the_same_samples():
    assert np.array_equal(cube().sample(10, rng=3)[0], cube().sample(10, rng=3)[0])


def test_sampling_a_mesh_without_area_is_refused():
    with pytest.raises(ValueError, match="without area"):
        Mesh(np.zeros((3, 3)), [[0, 1, 2]]).sample(1, rng=0)


# -- topology: textbook surfaces -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mesh", "euler", "components", "genus", "loops"),
    [  # V - E + F = 2c - 2g - b
        (TETRAHEDRON, 2, 1, 0, 0),
        (cube(), 2, 1, 0, 0),
        (icosphere(3), 2, 1, 0, 0),
        (torus(), 0, 1, 1, 0),
        (joined(cube(), torus(), torus()), 2, 3, 2, 0),
        (topology_only(sheet(5, 4, False, False)), 1, 1, 0, 1),  # a square: a disc
        (topology_only(sheet(5, 4, True, False)), 0, 1, 0, 2),   # a cylinder: two rims
        (Mesh(torus().vertices, torus().faces[1:]), -1, 1, 1, 1),  # a torus with a hole
    ],
    ids=["tetrahedron", "cube", "sphere", "torus", "cube and two tori", "square", "cylinder",
         "torus with a hole"],
)
def test_invariants_of_known_surfaces(mesh, euler, components, genus, loops):
    report = mesh.report()
    assert (report.euler_characteristic, report.n_components) == (euler, components)
    assert (report.genus, report.n_boundary_loops) == (genus, loops)


@pytest.mark.parametrize("mesh", [TETRAHEDRON, cube(), icosphere(2), torus()],
                         ids=["tetrahedron", "cube", "sphere", "torus"])
def test_closed_surfaces_are_watertight_and_consistently_oriented(mesh):
    assert mesh.is_watertight and mesh.is_consistently_oriented


def test_cube_without_a_face_is_not_watertight():
    assert not Mesh(cube().vertices, cube().faces[1:]).is_watertight


def test_boundary_loop_has_the_faces_on_its_left():
    square = Mesh([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], [[0, 1, 2], [0, 2, 3]])
    (loop,) = square.edges.boundary_loops()
    assert np.roll(loop, -list(loop).index(0)).tolist() == [0, 1, 2, 3]


def test_two_triangles_that_touch_in_a_vertex_have_two_loops():
    bow_tie = topology_only(np.array([[0, 1, 2], [0, 3, 4]]))
    assert sorted(sorted(loop) for loop in bow_tie.edges.boundary_loops()) == [[0, 1, 2], [0, 3, 4]]


def test_two_holes_that_touch_in_a_vertex_are_two_loops():
    faces = sheet(6, 6, True, True)
    around_7 = faces[[set(f) in ({7, 13, 14}, {0, 1, 7}) for f in faces.tolist()]]
    rest = np.array([f for f in faces.tolist() if f not in around_7.tolist()])
    loops = topology_only(rest).edges.boundary_loops()
    assert sorted(sorted(loop) for loop in loops) == [[0, 1, 7], [7, 13, 14]]


def test_moebius_strip_has_one_rim_and_no_consistent_orientation():
    report = topology_only(sheet(8, 3, True, False, twist=True)).report()
    assert (report.n_boundary_loops, report.euler_characteristic) == (1, 0)
    assert not report.is_consistently_oriented and report.genus is None


def test_klein_bottle_is_watertight_but_not_consistently_oriented():
    bottle = topology_only(sheet(8, 6, True, True, twist=True))
    assert bottle.is_watertight and not bottle.is_consistently_oriented


def test_flipped_face_is_found_by_its_three_edges():
    faces = cube().faces.copy()
    faces[4] = faces[4, ::-1]
    a, b, c = np.sort(faces[4])
    found = Mesh(cube().vertices, faces).edges.inconsistent()
    assert found.tolist() == [[a, b], [a, c], [b, c]]


def test_edge_of_three_faces_is_non_manifold():
    book = topology_only(np.array([[0, 1, 2], [0, 1, 3], [0, 1, 4]]))
    assert book.edges.non_manifold().tolist() == [[0, 1]]


def test_boundary_of_a_book_is_walked_with_its_spine():
    # Three pages leave six edges with one face; their walks close only along the spine.
    loops = topology_only(np.array([[0, 1, 2], [0, 1, 3], [0, 1, 4]])).edges.boundary_loops()
    assert Counter(walked_edges(loops)) == Counter(
        [(0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (0, 4), (1, 4)])


def test_cubes_that_share_an_edge_are_not_watertight():
    pair = merged(joined(cube(), Mesh(cube().vertices + [1, 1, 0], cube().faces)))
    assert len(pair.edges.non_manifold()) == 1 and not pair.is_watertight


def test_cubes_that_share_a_vertex_are_non_manifold_there():
    pair = merged(joined(cube(), Mesh(cube().vertices + 1, cube().faces)))
    (vertex,) = pair.edges.pinched_vertices()
    assert pair.vertices[vertex].tolist() == [1, 1, 1]


def test_genus_is_not_defined_where_a_vertex_is_pinched():
    pair = merged(joined(cube(), Mesh(cube().vertices + 1, cube().faces)))
    assert pair.is_watertight and pair.report().genus is None


def test_face_that_repeats_a_vertex_changes_no_topology():
    faces = np.concatenate([cube().faces, [[0, 0, 1], [3, 3, 3]]])
    report, plain = Mesh(cube().vertices, faces).report(), cube().report()
    assert report.n_degenerate_faces == 2
    assert (report.is_watertight, report.genus, report.n_edges) == (True, 0, plain.n_edges)


@pytest.mark.parametrize("where", [0.3, 1e3])
def test_three_corners_on_a_line_are_degenerate_in_spite_of_rounding(where):
    direction = np.array([0.1, 0.2, 0.7])
    line = np.outer([1, 2.3, 4.1], direction) + where
    a, b, c = line
    assert np.any(np.cross(b - a, c - a) != 0)  # the plain formula misses it
    assert Mesh(line, [[0, 1, 2]]).degenerate_faces().tolist() == [0]
    assert Mesh(line, [[0, 1, 2]]).area() == 0


def test_thin_faces_are_not_degenerate():
    mesh = Mesh([[0, 0, 0], [1, 0, 0], [0.5, 1e-12, 0]], [[0, 1, 2]])
    assert len(mesh.degenerate_faces()) == 0


@pytest.mark.parametrize("leg", [1e-9, 1e-30])
def test_tiny_triangles_have_their_area(leg):
    mesh = Mesh([[0, 0, 0], [leg, 0, 0], [0, leg, 0]], [[0, 1, 2]])
    assert mesh.area() == pytest.approx(leg**2 / 2, rel=1e-14, abs=0)
    assert len(mesh.degenerate_faces()) == 0


@pytest.mark.filterwarnings("error")
def test_coordinates_whose_areas_overflow_are_not_measured():
    corners, faces = [[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 1, 2]]
    assert Mesh(np.multiply(corners, 1e75), faces).area() == pytest.approx(5e149)
    huge = Mesh(np.multiply(corners, 1e90), faces)
    assert huge.n_components == 1  # topology needs no coordinates
    for measure in (huge.area, huge.volume, huge.vertex_normals, huge.report,
                    lambda: huge.sample(3, rng=0)):
        with pytest.raises(ValueError, match="2 of the 9 .* the faces' corners are further"):
            measure()


def test_corners_on_a_line_a_thousand_from_the_origin_add_no_area():
    line = np.outer([1, 2.3, 4.1], [0.1, 0.2, 0.7]) + 1e3  # each rounded by up to 6e-14
    sides = np.diff(line, axis=0)
    assert np.linalg.norm(np.cross(*sides)) > 0  # so they are not quite on it
    assert Mesh(line, [[0, 1, 2]]).area() == 0


def test_without_a_seed_each_sample_is_another():
    mesh = Mesh(np.eye(3), [[0, 1, 2]])
    assert (mesh.sample(5)[0] != mesh.sample(5)[0]).any()


def test_a_tiny_triangle_far_from_the_origin_has_its_area():
    leg = 2.0**-30  # 9e-10, which stays exact beside 1
    mesh = Mesh([[1, 1, 1], [1 + leg, 1, 1], [1, 1 + leg, 1]], [[0, 1, 2]])
    assert mesh.area() == leg**2 / 2


def test_corners_on_a_line_add_no_area():
    line = np.outer([1, 2.3, 4.1], [0.1, 0.2, 0.7]) + 0.3
    assert Mesh(line, [[0, 1, 2]]).area() == 0


def test_duplicate_faces_are_found_in_any_order_of_corners():
    mesh = topology_only(np.array([[0, 1, 2], [0, 1, 3], [2, 0, 1], [1, 0, 2]]))
    assert mesh.duplicate_faces().tolist() == [2, 3]


def test_unused_vertices_count_neither_as_components_nor_in_euler():
    report = Mesh([[9, 9, 9], *cube().vertices, [8, 8, 8]], cube().faces + 1).report()
    assert (report.n_unused_vertices, report.n_components, report.euler_characteristic) == (2, 1, 2)


# -- topology: brute force on random tables of faces -----------------------------------------------


def walked_edges(loops: list[list[int]]) -> list[tuple[int, int]]:
    return [tuple(sorted(edge)) for loop in loops for edge in zip(loop, loop[1:] + loop[:1])]


def random_faces(seed: int) -> np.ndarray:
    """Eight random triangles over seven vertices: pinches, books and flips are common."""
    rng = np.random.default_rng(seed)
    return np.array([rng.choice(7, 3, replace=False) for _ in range(8)])


def edge_uses(faces: np.ndarray) -> Counter:
    return Counter(tuple(sorted(pair)) for a, b, c in faces.tolist()
                   for pair in ((a, b), (b, c), (c, a)))


def n_pieces(nodes: set, links: list) -> int:
    """Count pieces by flooding from one node at a time."""
    nodes = set(nodes)
    count = 0
    while nodes:
        count += 1
        reached = {nodes.pop()}
        while reached:
            here = reached.pop()
            near = {a if b == here else b for a, b in links if here in (a, b)}
            reached |= near & nodes
            nodes -= near
    return count


@pytest.mark.parametrize("seed", range(100))
def test_edges_agree_with_counting_by_hand(seed):
    faces = random_faces(seed)
    mesh, uses = topology_only(faces), edge_uses(faces)
    three_or_more = sorted(edge for edge, count in uses.items() if count >= 3)
    assert mesh.edges.non_manifold().tolist() == [list(edge) for edge in three_or_more]
    assert mesh.report().n_boundary_edges == sum(count == 1 for count in uses.values())
    assert mesh.euler_characteristic == len(np.unique(faces)) - len(uses) + len(faces)


@pytest.mark.parametrize("seed", range(100))
def test_components_agree_with_flooding(seed):
    faces = random_faces(seed)[:3]
    assert topology_only(faces).n_components == n_pieces(set(faces.flat), list(edge_uses(faces)))


@pytest.mark.parametrize("seed", range(100))
def test_pinched_vertices_agree_with_flooding_from_face_to_face(seed):
    faces = random_faces(seed)
    expected = []
    for vertex in np.unique(faces):
        around = [tuple(face) for face in faces.tolist() if vertex in face]
        around = list(enumerate(around))
        links = [(f, g) for f in around for g in around
                 if f < g and len(set(f[1]) & set(g[1]) - {vertex}) > 0]
        if n_pieces(set(around), links) > 1:
            expected.append(vertex)
    assert topology_only(faces).edges.pinched_vertices().tolist() == expected


@pytest.mark.parametrize("seed", range(100))
def test_loops_walk_every_odd_edge_once_and_visit_no_vertex_twice(seed):
    faces = random_faces(seed)
    loops = topology_only(faces).edges.boundary_loops()
    odd = [edge for edge, count in edge_uses(faces).items() if count % 2 == 1]
    assert sorted(walked_edges(loops)) == sorted(odd)
    assert all(len(set(loop)) == len(loop) for loop in loops)


# -- the report, the empty mesh, the door ----------------------------------------------------------


def test_report_prints_what_it_found():
    text = str(torus().report())
    assert "96 vertices, 288 edges, 192 faces" in text
    assert "watertight             yes" in text and "0 (genus 1)" in text


def test_report_does_not_print_a_volume_for_an_open_mesh():
    text = str(Mesh(cube().vertices, cube().faces[1:]).report())
    assert "volume                 not defined" in text


EMPTY = Mesh(np.empty((0, 3)), np.empty((0, 3), int))


@pytest.mark.parametrize("mesh", [EMPTY, Mesh(np.ones((2, 3)), np.empty((0, 3)))],
                         ids=["no vertices", "two vertices"])
def test_empty_mesh_measures_zero_everywhere(mesh):
    report = vars(mesh.report())
    not_zero = {name for name, value in report.items() if value}
    assert not_zero - {"n_vertices", "n_unused_vertices"} == {"is_consistently_oriented"}


def test_genus_of_an_empty_mesh_is_not_defined():
    assert EMPTY.report().genus is None


@pytest.mark.parametrize("mesh", [EMPTY, Mesh(np.ones((2, 3)), np.empty((0, 3)))],
                         ids=["no vertices", "two vertices"])
def test_lists_of_an_empty_mesh_are_empty(mesh):
    lists = [mesh.face_normals(), mesh.edges.non_manifold(), mesh.edges.inconsistent(),
             mesh.edges.pinched_vertices(), mesh.edges.boundary_loops(), mesh.degenerate_faces(),
             mesh.duplicate_faces(), *mesh.sample(0, rng=0)]
    assert [len(entries) for entries in lists] == [0] * 9


def test_vertex_normals_of_an_empty_mesh_are_zero():
    mesh = Mesh(np.ones((2, 3)), np.empty((0, 3)))
    assert mesh.vertex_normals().tolist() == [[0, 0, 0], [0, 0, 0]]


def test_bounds_of_an_empty_mesh_are_nan():
    assert np.isnan(EMPTY.bounds).all() and EMPTY.bounds.shape == (2, 3)


def test_empty_mesh_cannot_be_sampled():
    with pytest.raises(ValueError, match="0 faces"):
        EMPTY.sample(5, rng=0)


TRIANGLE = np.eye(3)


@pytest.mark.parametrize(
    ("vertices", "faces", "colours", "message"),
    [
        (np.zeros((4, 2)), [[0, 1, 2]], None, r"vertices .* \(V, 3\), got \(4, 2\)"),
        (np.zeros((3, 3), complex), [[0, 1, 2]], None, "vertices must be numbers, got complex"),
        ([[0, 0, 0], [0, np.nan, 0], [np.inf, 0, 0]], [[0, 1, 2]], None,
         r"2 of the 9 numbers of vertices .*first at \(1, 1\)"),
        (TRIANGLE, [0, 1, 2], None, r"faces must have the shape \(F, 3\)"),
        (TRIANGLE, [[0.0, 1, 2]], None, "faces must be whole numbers"),
        (TRIANGLE, [[0, 1, 2], [0, 1, 3]], None,
         r"1 of the 6 numbers of faces is none of the 3 vertices, .* at \(1, 2\): 3"),
        (TRIANGLE, [[0, 1, -1]], None, r"1 of the 3 numbers of faces is none .* first at \(0, 2\)"),
        (TRIANGLE, np.uint64([[0, 1, 2**63]]), None, r"faces is none .* \(0, 2\)"),
        (TRIANGLE, [[0, 1, 2]], np.zeros((2, 3), np.uint8), r"colours must have the shape"),
        (TRIANGLE, [[0, 1, 2]], np.zeros((3, 3)), "colours must be"),
        (TRIANGLE, [[0, 1, 2]], np.full((3, 3), 256, np.uint16), "colours .* than 255"),
    ],
)
def test_wrong_arrays_are_refused_by_name(vertices, faces, colours, message):
    with pytest.raises((ValueError, TypeError), match=message):
        Mesh(vertices, faces, colours)


def test_float32_vertices_stay_float32():
    assert Mesh(np.float32(TRIANGLE), [[0, 1, 2]]).vertices.dtype == np.float32


def test_changing_the_array_it_was_made_from_does_not_change_a_mesh():
    vertices = TRIANGLE.copy()
    mesh = Mesh(vertices, [[0, 1, 2]])
    vertices[:] = 7
    assert np.array_equal(mesh.vertices, TRIANGLE)


def test_vertices_of_a_mesh_cannot_be_written():
    with pytest.raises(ValueError, match="read-only"):
        cube().vertices[0] = 1


def test_importing_mesh_does_not_import_scipy():
    code = "import sys, minicv.occupancy_network.mesh; sys.exit('scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_report_says_that_a_surface_is_turned_inside_out():
    mesh = cube()
    inside_out = Mesh(mesh.vertices, mesh.faces[:, ::-1])
    assert "-1 (negative: the faces are clockwise" in str(inside_out.report())
    assert "negative" not in str(mesh.report())


def test_genus_is_not_defined_where_three_faces_share_an_edge():
    # Their other sides are joined in pairs by more faces, so that no vertex is pinched.
    assert topology_only([[0, 1, 2], [1, 0, 3], [0, 1, 4]]).report().genus is None


def test_a_report_cannot_be_changed():
    with pytest.raises(AttributeError):
        cube().report().area = 1.0
