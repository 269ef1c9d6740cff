"""Marching cubes against closed forms, invariants and independent counts."""

import importlib
import itertools

import numpy as np
import pytest
from scipy import ndimage

from minicv.occupancy_network import cube_cases, marching_cubes

# The package offers the function under the name of the module, so ask for the module by name.
module = importlib.import_module("minicv.occupancy_network.marching")


def edge_balance(faces):
    """For every directed edge, how often it occurs, and how often its reverse occurs."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]).astype(np.int64)
    size = faces.max() + 1
    forward, times = np.unique(edges[:, 0] * size + edges[:, 1], return_counts=True)
    backward = edges[:, 1] * size + edges[:, 0]
    return times.max(), np.isin(forward, backward).all()


def assert_closed_and_oriented(faces):
    times, has_reverse = edge_balance(faces)
    assert times == 1, "an edge is used twice in the same direction"
    assert has_reverse, "an edge has no triangle on its other side"


def padded(signs):
    """The samples with a layer of outside around them, so that the surface must close."""
    return np.pad(signs, 1, constant_values=-1.0)


def signed_volume(vertices, faces):
    a, b, c = (vertices[faces[:, n]].astype(float) for n in range(3))
    return np.einsum("ij,ij->", a, np.cross(b, c)) / 6


def sphere(n, radius=0.7, dtype=np.float32):
    grid = np.linspace(-1, 1, n)
    x, y, z = np.meshgrid(grid, grid, grid, indexing="ij")
    return (radius - np.sqrt(x * x + y * y + z * z)).astype(dtype)


def expected_topology(inside):
    """(Euler characteristic, components) of the surface around `inside`, counted from voxels alone.

    Vertices: grid edges with different ends. Contour segments: a grid face with two different
    neighbours has one, an ambiguous one two. Polygons: their edges cut the surface of a cube into
    the regions around connected inside corners and connected outside corners, one more than there
    are polygons. (Splitting polygons into triangles changes nothing.) Components: each separates
    one inside region from one outside region, and the regions form a tree.
    """
    inside = inside.astype(bool)
    vertices = sum(np.count_nonzero(np.diff(inside, axis=axis)) for axis in range(3))
    segments = 0
    for axis in range(3):
        planes = np.moveaxis(inside, axis, 0)
        ring = [planes[:, :-1, :-1], planes[:, 1:, :-1], planes[:, 1:, 1:], planes[:, :-1, 1:]]
        segments += sum(np.count_nonzero(ring[n] != ring[n - 1]) for n in range(4)) // 2
    faces_of_cube = [[c for c in range(8) if (c >> bit & 1) == side]
                     for bit in range(3) for side in (0, 1)]
    polygons = 0
    for corner in np.ndindex(*np.subtract(inside.shape, 1)):
        cube = inside[tuple(slice(c, c + 2) for c in corner)].reshape(-1)
        if cube.all() or not cube.any():
            continue
        group = list(range(8))
        for a, b in itertools.combinations(range(8), 2):
            adjacent = bin(a ^ b).count("1") == 1
            diagonal = any(a in face and b in face for face in faces_of_cube)
            if cube[a] == cube[b] and (adjacent or (diagonal and not cube[a])):
                group = [group[a] if g == group[b] else g for g in group]
        polygons += len(set(group)) - 1
    inside_parts = ndimage.label(inside)[1]
    outside_parts = ndimage.label(~inside, ndimage.generate_binary_structure(3, 2))[1]
    return vertices - segments + polygons, inside_parts + outside_parts - 1


def surface_components(faces):
    from scipy.sparse import coo_matrix, csgraph
    rows, columns = faces.ravel(), np.roll(faces, 1, axis=1).ravel()
    size = faces.max() + 1
    return csgraph.connected_components(coo_matrix((np.ones(len(rows)), (rows, columns)),
                                                   (size, size)))[0]


def boundary_loops(faces):
    """How many closed curves the edges make that have a triangle on one side only."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    edges = {tuple(edge) for edge in edges.tolist()}
    following = {a: b for b, a in edges if (a, b) not in edges}
    loops = 0
    while following:
        loops += 1
        start = following.pop(next(iter(following)))
        while start in following:
            start = following.pop(start)
    return loops


def regions_of_the_box_surface(inside):
    """Connected inside regions plus outside regions on the six sides of the box.

    Inside samples touch along the edges of the grid, outside samples also across a diagonal.
    """
    number = np.arange(inside.size).reshape(inside.shape)
    region = list(range(inside.size))

    def root(sample):
        while region[sample] != sample:
            sample = region[sample]
        return sample

    sides = [np.take(number, end, axis=axis) for axis in range(3) for end in (0, -1)]
    flat = inside.ravel()
    for side in sides:
        for steps, joins in (((1, 0), (True, False)), ((0, 1), (True, False)),
                             ((1, 1), (False,)), ((1, -1), (False,))):
            rows, columns = steps
            near = side[:len(side) - rows, max(0, -columns):side.shape[1] - max(0, columns)]
            far = side[rows:, max(0, columns):side.shape[1] + min(0, columns)]
            for a, b in zip(near.ravel().tolist(), far.ravel().tolist()):
                if flat[a] == flat[b] and flat[a] in joins:
                    region[root(a)] = root(b)
    return len({root(sample) for side in sides for sample in side.ravel().tolist()})


class TestTables:
    def test_every_crossed_edge_is_on_exactly_one_loop(self):
        for case in range(256):
            crossed = [n for n, (a, b) in enumerate(cube_cases.EDGES)
                       if (case >> a & 1) != (case >> b & 1)]
            on_loops = sorted(edge for loop in cube_cases.trace_loops(case) for edge in loop)
            assert on_loops == crossed, case

    def test_number_of_loops_is_one_less_than_the_regions_of_the_cube_surface(self):
        """On one cube each vertex starts one segment, so that V - E + F counts the loops."""
        for case in range(1, 255):
            cube = np.array([case >> c & 1 for c in range(8)]).reshape(2, 2, 2)
            assert len(cube_cases.trace_loops(case)) == expected_topology(cube)[0], case

    def test_at_most_five_triangles(self):
        assert cube_cases.case_tables()[0].max() == 5

    def test_no_diagonal_lies_in_a_face_of_the_cube(self):
        for case in range(256):
            count, edges = (table[case] for table in cube_cases.case_tables())
            for loop in cube_cases.trace_loops(case):
                rim = {frozenset((a, b)) for a, b in zip(loop, loop[1:] + loop[:1])}
                for triangle in edges[:3 * count].reshape(-1, 3).tolist():
                    if not set(triangle) <= set(loop):
                        continue
                    for pair in map(frozenset, itertools.combinations(triangle, 2)):
                        corners = {c for edge in pair for c in cube_cases.EDGES[edge]}
                        in_face = any(corners <= set(face) for face in cube_cases.FACES)
                        assert pair in rim or not in_face, (case, triangle)


class TestWatertight:
    def test_each_of_the_256_sign_cases(self):
        for case in range(1, 256):
            signs = np.where([case >> c & 1 for c in range(8)], 1.0, -1.0).reshape(2, 2, 2)
            _, faces, _, _ = marching_cubes(padded(signs), 0.0)
            assert_closed_and_oriented(faces)

    @pytest.mark.parametrize("axis", range(3))
    def test_each_pair_of_neighbouring_cubes(self, axis):
        """All 2^12 signs of two cubes that share a face, many pairs in one volume, each apart."""
        codes = np.arange(2**12)
        signs = np.where(codes[:, None] >> np.arange(12) & 1, 1.0, -1.0).reshape(64, 64, 3, 2, 2)
        volume = -np.ones((64 * 4 + 1, 64 * 3 + 1, 4))
        for a, b, c in np.ndindex(3, 2, 2):
            volume[1 + a:64 * 4:4, 1 + b:64 * 3:3, 1 + c] = signs[:, :, a, b, c]
        volume = np.moveaxis(volume, 0, axis)
        _, faces, _, _ = marching_cubes(volume, 0.0)
        assert_closed_and_oriented(faces)

    @pytest.mark.parametrize("seed", range(5))
    def test_random_field(self, seed):
        volume = padded(np.random.default_rng(seed).standard_normal((9, 10, 11)))
        vertices, faces, _, _ = marching_cubes(volume, 0.0, gradient_direction="ascent")
        assert_closed_and_oriented(faces)
        assert signed_volume(vertices, faces) > 0

    @pytest.mark.parametrize("seed", range(5))
    def test_samples_that_equal_the_level(self, seed):
        volume = np.pad(np.random.default_rng(seed).integers(-1, 2, (9, 8, 7)), 1,
                        constant_values=-1)
        _, faces, _, _ = marching_cubes(volume, 0.0)
        assert_closed_and_oriented(faces)
        assert len(np.unique(np.sort(faces, axis=1), axis=0)) == len(faces)

    def test_volume_of_several_slabs(self, monkeypatch):
        volume = padded(np.random.default_rng(0).standard_normal((12, 6, 7)))
        whole = marching_cubes(volume, 0.0)
        monkeypatch.setattr(module, "SLAB_SAMPLES", 1)
        pieces = marching_cubes(volume, 0.0)
        assert_closed_and_oriented(pieces[1])
        for n in range(2):  # the same vertices, in another order
            assert len(pieces[n]) == len(whole[n])
        order = [np.lexsort(result[0].T) for result in (whole, pieces)]
        for n in (0, 2, 3):
            np.testing.assert_array_equal(whole[n][order[0]], pieces[n][order[1]])

    @pytest.mark.parametrize("seed", range(8))
    def test_topology_agrees_with_a_count_from_the_voxels(self, seed):
        rng = np.random.default_rng(seed)
        volume = padded(rng.standard_normal((6, 5, 7)) + rng.uniform(-1, 1))
        _, faces, _, _ = marching_cubes(volume, 0.0)
        n_edges = 3 * len(faces) // 2
        euler, components = expected_topology(volume > 0)
        assert faces.max() + 1 - n_edges + len(faces) == euler
        assert surface_components(faces) == components

    def test_open_cylinder_has_two_boundary_loops(self):
        tube = -sphere(20, 0.5)[:, :, 10:11].repeat(8, axis=2)  # it leaves both ends
        _, faces, _, _ = marching_cubes(tube, 0.0)
        assert boundary_loops(faces) == 2

    @pytest.mark.parametrize("seed", range(8))
    def test_boundary_loops_agree_with_a_count_from_the_voxels(self, seed):
        """The loops cut the surface of the box, a sphere, into one region more than there are."""
        rng = np.random.default_rng(seed)
        volume = rng.standard_normal((5, 6, 7)) + rng.uniform(-1, 1)
        _, faces, _, _ = marching_cubes(volume, 0.0)
        assert boundary_loops(faces) == regions_of_the_box_surface(volume > 0) - 1


class TestGeometry:
    def test_sphere_has_its_area_and_volume(self):
        vertices, faces, _, _ = marching_cubes(sphere(64), 0.0, spacing=(2 / 63,) * 3,
                                               gradient_direction="ascent")
        a, b, c = (vertices[faces[:, n]] for n in range(3))
        area = np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2
        assert area == pytest.approx(4 * np.pi * 0.7**2, rel=2e-3)
        assert signed_volume(vertices - 1, faces) == pytest.approx(4 / 3 * np.pi * 0.7**3, rel=3e-3)

    def test_error_falls_with_the_square_of_the_spacing(self):
        errors = []
        for n in (16, 32, 64):
            vertices, _, _, _ = marching_cubes(sphere(n), 0.0, spacing=(2 / (n - 1),) * 3)
            errors.append(np.abs(np.linalg.norm(vertices - 1, axis=1) - 0.7).max())
        assert errors[0] / errors[1] == pytest.approx(4, rel=0.3)
        assert errors[1] / errors[2] == pytest.approx(4, rel=0.3)

    def test_linear_field_is_met_exactly(self):
        x, y, z = np.mgrid[:5, :6, :7].astype(float)
        vertices, _, normals, _ = marching_cubes(2 * x + 3 * y - z, 4.25)
        np.testing.assert_allclose(vertices @ [2, 3, -1], 4.25, atol=1e-12)
        np.testing.assert_allclose(normals, np.broadcast_to(
            -np.array([2, 3, -1]) / np.sqrt(14), normals.shape), atol=1e-12)

    def test_anisotropic_spacing_turns_the_normals(self):
        """On a plane in physical coordinates the normal is the plane's, whatever the spacing."""
        spacing = np.array([0.5, 2.0, 3.0])
        x, y, z = (grid * s for grid, s in zip(np.mgrid[:5, :6, :7].astype(float), spacing))
        vertices, _, normals, _ = marching_cubes(2 * x + 3 * y - z, 4.25, spacing=spacing)
        np.testing.assert_allclose(vertices @ [2, 3, -1], 4.25, atol=1e-12)
        np.testing.assert_allclose(normals @ [2, 3, -1], -np.sqrt(14), atol=1e-12)

    @pytest.mark.parametrize("factor", [1e-30, 3.0, 1e30])
    def test_positive_scaling_changes_nothing(self, factor):
        volume = padded(np.random.default_rng(3).standard_normal((6, 7, 8))).astype(np.float32)
        plain = marching_cubes(volume, 0.25)
        scaled = marching_cubes(volume * np.float32(factor), np.float32(0.25) * np.float32(factor))
        np.testing.assert_array_equal(scaled[1], plain[1])
        np.testing.assert_allclose(scaled[0], plain[0], atol=1e-5)
        np.testing.assert_allclose(scaled[2], plain[2], atol=2e-4)

    def test_normals_of_the_tiniest_float32_data_are_unit_vectors(self):
        """1e-39 is below the smallest normal number, and 1 / 1e-39 above the largest."""
        _, _, normals, _ = marching_cubes(sphere(12) * np.float32(1e-39), 0.0)
        np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-5)

    def test_scaling_by_a_power_of_two_is_exact(self):
        volume = padded(np.random.default_rng(4).integers(-2, 3, (6, 7, 8)).astype(float))
        for plain, scaled in zip(marching_cubes(volume, 0.0)[:3],
                                 marching_cubes(volume * 2.0**-100, 0.0)[:3]):
            np.testing.assert_array_equal(plain, scaled)

    def test_values_are_the_largest_range_of_a_cube_around(self):
        volume = np.random.default_rng(5).standard_normal((5, 6, 7))
        vertices, _, _, values = marching_cubes(volume, 0.1)
        for vertex, value in zip(vertices, values):
            low = np.maximum(np.ceil(vertex - 1), 0).astype(int)
            high = np.minimum(np.floor(vertex), np.subtract(volume.shape, 2)).astype(int)
            cubes = [volume[i:i + 2, j:j + 2, k:k + 2]
                     for i, j, k in itertools.product(*map(range, low, high + 1))]
            assert value == max(np.ptp(cube) for cube in cubes)

    def test_orientation_follows_gradient_direction(self):
        for direction, sign in (("ascent", 1), ("descent", -1)):
            vertices, faces, normals, _ = marching_cubes(sphere(12), 0.0,
                                                         gradient_direction=direction)
            assert np.sign(signed_volume(vertices, faces)) == sign
            assert (np.einsum("ij,ij->i", normals, vertices - 5.5) > 0).all()


class TestOptions:
    @pytest.mark.parametrize("given, expected", [
        (bool, np.float32), (np.uint8, np.float32), (np.float16, np.float32),
        (np.float32, np.float32), (np.int32, np.float64), (np.float64, np.float64)])
    def test_dtype(self, given, expected):
        volume = np.zeros((3, 3, 3), given)
        volume[1, 1, 1] = 1
        vertices, faces, normals, values = marching_cubes(volume, 0.5)
        assert [vertices.dtype, normals.dtype, values.dtype] == [expected] * 3
        assert faces.dtype == np.int32

    def test_float64_keeps_what_float32_loses(self):
        volume = np.full((3, 3, 3), 1.0)
        volume[1, 1, 1] = 1 + 1e-12
        vertices, _, _, _ = marching_cubes(volume, 1 + 0.25e-12)
        assert len(vertices) == 6
        np.testing.assert_allclose(np.abs(vertices - 1).max(axis=1), 0.75, atol=1e-3)

    def test_level_defaults_to_half_way(self):
        np.testing.assert_array_equal(marching_cubes(sphere(8) + 3)[0], marching_cubes(
            sphere(8) + 3, 0.5 * float((sphere(8) + 3).min() + (sphere(8) + 3).max()))[0])

    def test_step_size_contours_every_other_sample(self):
        volume = sphere(17)
        np.testing.assert_allclose(marching_cubes(volume, 0.0, step_size=2)[0],
                                   2 * marching_cubes(volume[::2, ::2, ::2], 0.0)[0])

    def test_volume_in_any_memory_order(self):
        volume = np.random.default_rng(6).standard_normal((4, 5, 6))
        for plain, other in zip(marching_cubes(volume, 0.0),
                                marching_cubes(np.asfortranarray(volume), 0.0)):
            np.testing.assert_array_equal(plain, other)

    def test_the_volume_is_left_alone(self):
        volume = sphere(8)
        before = volume.copy()
        marching_cubes(volume, 0.0, spacing=(1, 2, 3), allow_degenerate=False)
        np.testing.assert_array_equal(volume, before)

    @pytest.mark.parametrize("slab_samples", [1, 2**18])
    def test_mask_keeps_the_triangles_of_its_cubes_and_no_other(self, slab_samples, monkeypatch):
        monkeypatch.setattr(module, "SLAB_SAMPLES", slab_samples)
        rng = np.random.default_rng(7)
        volume, mask = rng.standard_normal((6, 7, 8)), rng.random((6, 7, 8)) < 0.5

        def triangles(mask):
            vertices, faces, _, _ = marching_cubes(volume, 0.0, mask=mask)
            assert len(np.unique(faces)) == len(vertices), "a vertex that no triangle uses"
            return vertices[faces]

        everything = triangles(None)
        cube = np.floor(everything.mean(axis=1)).astype(int)
        kept = everything[mask[tuple((cube + 1).T)]]
        key = lambda t: sorted(map(tuple, t.reshape(len(t), 9).round(9).tolist()))  # noqa: E731
        assert key(triangles(mask)) == key(kept)

    def test_values_ignore_cubes_outside_the_mask(self):
        volume = np.array([[[-1.0, -1, 9], [1, -1, -1]], [[-1, -1, -1], [-1, -1, -1]]])
        mask = np.zeros(volume.shape, bool)
        mask[1, 1, 1] = True  # the cube without the 9
        assert marching_cubes(volume, 0.0, mask=mask)[3].max() == 2

    def test_without_degenerate_triangles_a_plane_of_samples_is_a_plane(self):
        volume = np.pad(np.ones((3, 3, 3)), 1)  # the surface lies on the outer samples
        vertices, faces, normals, values = marching_cubes(volume, 0.0, allow_degenerate=False)
        a, b, c = (vertices[faces[:, n]] for n in range(3))
        assert (np.linalg.norm(np.cross(b - a, c - a), axis=1) > 0).all()
        assert len(np.unique(vertices, axis=0)) == len(vertices) == len(normals) == len(values)
        assert_closed_and_oriented(faces)

    def test_without_degenerate_triangles_a_touching_sheet_cancels(self):
        volume = -np.ones((5, 5, 7))
        volume[1:4, 1:4, 1:6] = 1
        volume[1:4, 1:4, 3] = 0  # a gap of thickness nothing between two blocks
        _, faces, _, _ = marching_cubes(volume, 0.0, allow_degenerate=False)
        assert len(np.unique(np.sort(faces, axis=1), axis=0)) == len(faces)
        edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
        forward = sorted(map(tuple, edges.tolist()))
        assert forward == sorted((b, a) for a, b in forward)


class TestErrors:
    def test_nan_is_counted_and_the_first_is_named(self):
        volume = sphere(6)
        volume[1, 2, 3] = volume[4, 4, 4] = np.nan
        with pytest.raises(ValueError, match=r"2 of 216 samples .* the first at \(1, 2, 3\)"):
            marching_cubes(volume, 0.0)

    def test_infinite_samples_are_refused(self):
        volume = sphere(6)
        volume[0, 0, 0] = -np.inf
        with pytest.raises(ValueError, match="1 of 216 samples"):
            marching_cubes(volume, 0.0)

    @pytest.mark.parametrize("arguments, message", [
        (dict(level=5.0), "within volume data range"),
        (dict(level=np.nan), "within volume data range"),
        (dict(spacing=(1, 2)), "three positive numbers"),
        (dict(spacing=(1, 0, 1)), "three positive numbers"),
        (dict(gradient_direction="up"), "'descent' or 'ascent'"),
        (dict(step_size=0), "at least one"),
        (dict(step_size=40), "leaves"),
        (dict(mask=np.ones((2, 2, 2), bool)), "mask has shape"),
    ])
    def test_wrong_argument(self, arguments, message):
        with pytest.raises(ValueError, match=message):
            marching_cubes(sphere(8), **{"level": 0.0, **arguments})

    @pytest.mark.parametrize("shape", [(4, 4), (1, 4, 4), (0, 4, 4), (2, 2, 2, 2)])
    def test_wrong_shape(self, shape):
        with pytest.raises(ValueError, match="3-D array with at least 2 samples"):
            marching_cubes(np.zeros(shape), 0.0)

    def test_complex_samples(self):
        with pytest.raises(TypeError, match="complex128"):
            marching_cubes(np.zeros((3, 3, 3), complex), 0.0)

    def test_no_surface(self):
        with pytest.raises(RuntimeError, match="No surface found"):
            marching_cubes(np.zeros((3, 3, 3)), 0.0)
