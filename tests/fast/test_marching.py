"""The fast marching cubes: equal to the plain one, and what it gives more."""

import itertools

import numpy as np
import pytest

from minicv import occupancy_network
from minicv.fast import marching, marching_cubes
from tests.occupancy_network.surface_oracles import (
    assert_closed_and_oriented,
    padded,
    signed_volume,
    sphere,
)


def turned(faces):
    """Faces that begin with their smallest vertex, sorted."""
    turns = (faces.argmin(axis=1)[:, None] + np.arange(3)) % 3
    faces = np.take_along_axis(faces, turns, axis=1)
    return faces[np.lexsort(faces.T)]


FIELDS = {
    "sphere": sphere(40),
    "noise": np.random.default_rng(0).standard_normal((20, 30, 25)),
    "float32 noise": np.random.default_rng(1).standard_normal((20, 30, 25)).astype(np.float32),
    "levels": np.random.default_rng(2).integers(-1, 2, (15, 16, 17)),
    "bits": np.random.default_rng(3).random((9, 8, 7)) < 0.3,
}


@pytest.mark.parametrize("volume", FIELDS.values(), ids=FIELDS)
class TestEqualToPlain:
    @pytest.mark.parametrize("spacing", [(1, 1, 1), (0.5, 2, 3)])
    def test_same_vertices_and_triangles(self, volume, spacing):
        """Vertices to the rounding of float32, or the millionth of an edge that the plain one
        stays away from samples at the level."""
        plain = occupancy_network.marching_cubes(volume, 0.0, spacing)
        ours = marching_cubes(volume, 0.0, spacing=spacing, gradient_direction="ascent")
        np.testing.assert_allclose(ours[0], plain[0], atol=5e-6)
        np.testing.assert_array_equal(turned(ours[1]), turned(plain[1]))


SAMPLES = {
    "float64": lambda rng, shape: rng.standard_normal(shape),
    "float16": lambda rng, shape: rng.standard_normal(shape).astype(np.float16),
    "huge float32": lambda rng, shape: 1e37 * rng.standard_normal(shape).astype(np.float32),
    "int": lambda rng, shape: rng.integers(-2, 3, shape),
    "uint8": lambda rng, shape: rng.integers(0, 4, shape, dtype=np.uint8),
    "bool": lambda rng, shape: rng.random(shape) > 0.5,
}


@pytest.mark.parametrize("samples", SAMPLES.values(), ids=SAMPLES)
def test_equal_to_plain_in_small_volumes_at_the_level_of_a_sample(samples):
    rng = np.random.default_rng(0)
    for n in range(60):
        volume = samples(rng, (2, 2, 2) if n < 20 else rng.integers(2, 6, 3))
        level = rng.choice(volume.ravel())
        plain = occupancy_network.marching_cubes(volume, level)
        if len(plain[1]) == 0:
            with pytest.raises(RuntimeError, match="No surface"):
                marching_cubes(volume, level)
            continue
        ours = marching_cubes(volume, level, gradient_direction="ascent")
        np.testing.assert_allclose(ours[0], plain[0], atol=5e-6)
        np.testing.assert_array_equal(turned(ours[1]), turned(plain[1]))


class TestGeometry:
    def test_linear_field_is_met_exactly(self):
        x, y, z = np.mgrid[:5, :6, :7].astype(float)
        vertices, _, normals, _ = marching_cubes(2 * x + 3 * y - z, 4.25)
        np.testing.assert_allclose(vertices @ [2, 3, -1], 4.25, atol=1e-12)
        np.testing.assert_allclose(normals, np.broadcast_to(
            -np.array([2, 3, -1]) / np.sqrt(14), normals.shape), atol=1e-12)

    def test_normals_where_slopes_change_along_the_edges(self):
        """f = (x - 1.3) (y + 2) + 0.7 z has straight slopes: differences of samples give them
        exactly, at the border too, and so does the line between those at an edge's two ends."""
        x, y, z = np.mgrid[:4, :5, :6].astype(float)
        vertices, _, normals, _ = marching_cubes((x - 1.3) * (y + 2) + 0.7 * z, 2.05)
        x, y, _ = vertices.T
        gradient = np.stack([y + 2, x - 1.3, np.full(len(x), 0.7)], axis=1)
        np.testing.assert_allclose(
            normals, -gradient / np.linalg.norm(gradient, axis=1, keepdims=True), atol=1e-12)

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

    def test_level_defaults_to_half_way(self):
        np.testing.assert_array_equal(marching_cubes(sphere(8) + 3)[0], marching_cubes(
            sphere(8) + 3, 0.5 * float((sphere(8) + 3).min() + (sphere(8) + 3).max()))[0])

    def test_step_size_contours_every_other_sample(self):
        volume = sphere(17)
        np.testing.assert_allclose(marching_cubes(volume, 0.0, step_size=2)[0],
                                   2 * marching_cubes(volume[::2, ::2, ::2], 0.0)[0])

    def test_the_volume_is_left_alone(self):
        volume = sphere(8)
        before = volume.copy()
        marching_cubes(volume, 0.0, spacing=(1, 2, 3), allow_degenerate=False)
        np.testing.assert_array_equal(volume, before)

    @pytest.mark.parametrize("slab_samples", [1, 2**18])
    def test_mask_keeps_the_triangles_of_its_cubes_and_no_other(self, slab_samples, monkeypatch):
        monkeypatch.setattr(marching, "SLAB_SAMPLES", slab_samples)
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

    def test_without_degenerate_triangles_a_sample_at_the_level_is_one_vertex(self):
        r = np.abs(np.arange(-3, 4))
        octahedron = 2.0 - (r[:, None, None] + r[:, None] + r)
        vertices, faces, _, _ = marching_cubes(octahedron, 0.0, allow_degenerate=False)
        a, b, c = (vertices[faces[:, n]] for n in range(3))
        areas = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2
        assert areas.min() > 0 and areas.sum() == pytest.approx(16 * 3**0.5)  # edges of sqrt 8
        assert len(np.unique(vertices, axis=0)) == len(vertices) == (octahedron == 0).sum()
        assert_closed_and_oriented(faces)

    def test_without_degenerate_triangles_a_touching_sheet_cancels(self):
        volume = -np.ones((5, 5, 7))
        volume[1:4, 1:4, 1:6] = 1
        volume[1:4, 1:4, 3] = 0  # a gap of thickness nothing between two blocks
        vertices, faces, _, _ = marching_cubes(volume, 0.0, allow_degenerate=False)
        assert len(np.unique(vertices, axis=0)) == len(vertices)
        assert len(np.unique(np.sort(faces, axis=1), axis=0)) == len(faces)
        edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
        forward = sorted(map(tuple, edges.tolist()))
        assert forward == sorted((b, a) for a, b in forward)


class TestErrors:

    @pytest.mark.parametrize("arguments, message", [
        (dict(level=5.0), "level in this volume must be at least .* and at most .*, got 5.0"),
        (dict(level=np.nan), "finite number"),
        (dict(spacing=(1, 2)), r"spacing must have the shape \(3,\)"),
        (dict(spacing=(1, 0, 1)), "1 of the 3 numbers of spacing is not above 0"),
        (dict(gradient_direction="up"), "'descent' or 'ascent'"),
        (dict(method="nearest"), "'lewiner' or 'lorensen'"),
        (dict(allow_degenerate=1), "True or False"),
        (dict(step_size=0), "at least 1"),
        (dict(step_size=40), "at most 7"),
        (dict(mask=np.ones((2, 2, 2), bool)), "mask must have the shape"),
    ])
    def test_wrong_argument(self, arguments, message):
        with pytest.raises((ValueError, TypeError), match=message):
            marching_cubes(sphere(8), **{"level": 0.0, **arguments})

    @pytest.mark.parametrize("step_size", [np.nan, np.inf, 1.5])
    def test_a_step_that_is_no_whole_number(self, step_size):
        with pytest.raises(TypeError, match="whole number"):
            marching_cubes(sphere(8), 0.0, step_size=step_size)

    @pytest.mark.parametrize("factor", [1e38, 1e-39])
    def test_spacing_whose_vertices_float32_cannot_hold(self, factor):
        """They would be infinite and NaN, or all in one place; the plain one returns float64."""
        with pytest.raises(ValueError, match="too large or too small for vertices in float32"):
            marching_cubes(sphere(8), 0.0, spacing=(1, factor, 1))
        volume = sphere(8, dtype=np.float64)
        ours = marching_cubes(volume, 0.0, spacing=(1, factor, 1), gradient_direction="ascent")
        plain = occupancy_network.marching_cubes(volume, 0.0, (1, factor, 1))
        np.testing.assert_allclose(ours[0], plain[0], rtol=1e-12)

    @pytest.mark.filterwarnings("error")
    def test_a_level_that_no_float32_is(self):
        with pytest.raises(ValueError, match=r"level in this volume .* at most .*, got 1e\+39"):
            marching_cubes(sphere(8), 1e39)

    def test_no_surface(self):
        with pytest.raises(RuntimeError, match="No surface found"):
            marching_cubes(np.zeros((3, 3, 3)), 0.0)


@pytest.mark.parametrize("planes", [1, 2, 3, 5])
@pytest.mark.parametrize("masked", [False, True])
def test_slabs_of_any_height_give_what_one_gives(planes, masked, monkeypatch):
    rng = np.random.default_rng(planes)
    volume = rng.standard_normal((12, 6, 7)) ** 3  # small and large ranges side by side
    volume[4:6] = -1  # a gap without surface
    mask = rng.random(volume.shape) < 0.6 if masked else None
    whole = marching_cubes(volume, 0.0, mask=mask)
    monkeypatch.setattr(marching, "SLAB_SAMPLES", planes * 6 * 7)
    pieces = marching_cubes(volume, 0.0, mask=mask)
    order = [np.lexsort(result[0].T) for result in (whole, pieces)]
    for n in (0, 2, 3):
        np.testing.assert_array_equal(whole[n][order[0]], pieces[n][order[1]])
    rank = [np.argsort(numbers) for numbers in order]
    np.testing.assert_array_equal(turned(rank[0][whole[1]]), turned(rank[1][pieces[1]]))


@pytest.mark.parametrize("axis", range(3))
@pytest.mark.parametrize("scale", [1.0, 1e-200, 1e200])
def test_across_a_flat_surface_all_normals_are_alike(axis, scale):
    volume = scale * (np.indices((4, 5, 6))[axis] - 1.5)
    _, _, normals, _ = marching_cubes(volume, 0.0)
    np.testing.assert_array_equal(np.abs(normals), np.tile(np.eye(3)[axis], (len(normals), 1)))
