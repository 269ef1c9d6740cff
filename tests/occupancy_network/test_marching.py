"""Marching cubes against closed forms, invariants and independent counts; the fast one too."""

import numpy as np
import pytest

from minicv import fast
from minicv.occupancy_network import Mesh, marching_cubes, mesh_from_grid
from minicv.occupancy_network.marching import check_spacing, check_volume
from tests.occupancy_network.surface_oracles import (
    assert_closed_and_oriented,
    boundary_loops,
    expected_topology,
    padded,
    regions_of_the_box_surface,
    signed_volume,
    sphere,
    surface_components,
)


def fast_marching_cubes(volume, level=0.0, spacing=(1.0, 1.0, 1.0)):
    return fast.marching_cubes(volume, level, spacing=spacing, gradient_direction="ascent")[:2]


@pytest.fixture(params=[marching_cubes, fast_marching_cubes], ids=["plain", "fast"])
def contour(request):
    return request.param


class TestWatertight:
    def test_each_of_the_256_sign_cases(self, contour):
        for case in range(1, 256):
            signs = np.where([case >> c & 1 for c in range(8)], 1.0, -1.0).reshape(2, 2, 2)
            _, faces = contour(padded(signs), 0.0)
            assert_closed_and_oriented(faces)

    @pytest.mark.parametrize("axis", range(3))
    def test_each_pair_of_neighbouring_cubes(self, contour, axis):
        """All 2^12 signs of two cubes that share a face, many pairs in one volume, each apart."""
        codes = np.arange(2**12)
        signs = np.where(codes[:, None] >> np.arange(12) & 1, 1.0, -1.0).reshape(64, 64, 3, 2, 2)
        volume = -np.ones((64 * 4 + 1, 64 * 3 + 1, 4))
        for a, b, c in np.ndindex(3, 2, 2):
            volume[1 + a:64 * 4:4, 1 + b:64 * 3:3, 1 + c] = signs[:, :, a, b, c]
        volume = np.moveaxis(volume, 0, axis)
        _, faces = contour(volume, 0.0)
        assert_closed_and_oriented(faces)

    @pytest.mark.parametrize("seed", range(5))
    def test_random_field(self, contour, seed):
        volume = padded(np.random.default_rng(seed).standard_normal((9, 10, 11)))
        vertices, faces = contour(volume, 0.0)
        assert_closed_and_oriented(faces)
        assert signed_volume(vertices, faces) > 0

    @pytest.mark.parametrize("seed", range(5))
    def test_samples_that_equal_the_level(self, contour, seed):
        volume = np.pad(np.random.default_rng(seed).integers(-1, 2, (9, 8, 7)), 1,
                        constant_values=-1)
        _, faces = contour(volume, 0.0)
        assert_closed_and_oriented(faces)
        assert len(np.unique(np.sort(faces, axis=1), axis=0)) == len(faces)

    @pytest.mark.parametrize("seed", range(8))
    def test_topology_agrees_with_a_count_from_the_voxels(self, contour, seed):
        rng = np.random.default_rng(seed)
        volume = padded(rng.standard_normal((6, 5, 7)) + rng.uniform(-1, 1))
        _, faces = contour(volume, 0.0)
        n_edges = 3 * len(faces) // 2
        euler, components = expected_topology(volume > 0)
        assert faces.max() + 1 - n_edges + len(faces) == euler
        assert surface_components(faces) == components

    def test_open_cylinder_has_two_boundary_loops(self, contour):
        tube = -sphere(20, 0.5)[:, :, 10:11].repeat(8, axis=2)  # it leaves both ends
        _, faces = contour(tube, 0.0)
        assert boundary_loops(faces) == 2

    @pytest.mark.parametrize("seed", range(8))
    def test_boundary_loops_agree_with_a_count_from_the_voxels(self, contour, seed):
        """The loops cut the surface of the box, a sphere, into one region more than there are."""
        rng = np.random.default_rng(seed)
        volume = rng.standard_normal((5, 6, 7)) + rng.uniform(-1, 1)
        _, faces = contour(volume, 0.0)
        assert boundary_loops(faces) == regions_of_the_box_surface(volume > 0) - 1


class TestGeometry:
    def test_sphere_has_its_area_and_volume(self, contour):
        vertices, faces = contour(sphere(64), 0.0, spacing=(2 / 63,) * 3)
        a, b, c = (vertices[faces[:, n]] for n in range(3))
        area = np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2
        assert area == pytest.approx(4 * np.pi * 0.7**2, rel=2e-3)
        assert signed_volume(vertices - 1, faces) == pytest.approx(4 / 3 * np.pi * 0.7**3, rel=3e-3)

    def test_error_falls_with_the_square_of_the_spacing(self, contour):
        errors = []
        for n in (16, 32, 64):
            vertices, _ = contour(sphere(n), 0.0, spacing=(2 / (n - 1),) * 3)
            errors.append(np.abs(np.linalg.norm(vertices - 1, axis=1) - 0.7).max())
        assert errors[0] / errors[1] == pytest.approx(4, rel=0.3)
        assert errors[1] / errors[2] == pytest.approx(4, rel=0.3)

    def test_linear_field_is_met_exactly(self, contour):
        x, y, z = np.mgrid[:5, :6, :7].astype(float)
        vertices, _ = contour(2 * x + 3 * y - z, 4.25)
        np.testing.assert_allclose(vertices @ [2, 3, -1], 4.25, atol=1e-12)

    @pytest.mark.parametrize("factor", [1e-30, 3.0, 1e30])
    def test_positive_scaling_changes_nothing(self, contour, factor):
        volume = padded(np.random.default_rng(3).standard_normal((6, 7, 8))).astype(np.float32)
        once = contour(volume, 0.25)
        scaled = contour(volume * np.float32(factor), np.float32(0.25) * np.float32(factor))
        np.testing.assert_array_equal(scaled[1], once[1])
        np.testing.assert_allclose(scaled[0], once[0], atol=1e-5)

    def test_scaling_by_a_power_of_two_is_exact(self, contour):
        volume = padded(np.random.default_rng(4).integers(-2, 3, (6, 7, 8)).astype(float))
        for once, scaled in zip(contour(volume, 0.0), contour(volume * 2.0**-100, 0.0)):
            np.testing.assert_array_equal(once, scaled)

    def test_a_float32_jump_of_1e38_does_not_overflow(self, contour):
        """From -2.5e38 to 2.5e38 is more than the largest float32, 3.4e38."""
        volume = np.full((3, 3, 3), -2.5e38, np.float32)
        volume[1, 1, 1] = 2.5e38
        vertices, faces = contour(volume, 0.0)
        assert len(faces) == 8
        np.testing.assert_allclose(np.abs(vertices - 1).max(axis=1), 0.5, rtol=1e-6)

    def test_float64_keeps_what_float32_loses(self, contour):
        volume = np.full((3, 3, 3), 1.0)
        volume[1, 1, 1] = 1 + 1e-12
        vertices, _ = contour(volume, 1 + 0.25e-12)
        assert len(vertices) == 6
        np.testing.assert_allclose(np.abs(vertices - 1).max(axis=1), 0.75, atol=1e-3)

    def test_a_float32_sample_of_a_tenth_is_at_the_level_of_a_tenth(self, contour):
        """As a float64 it is 0.10000000149, more than 0.1; at the level means outside."""
        volume = np.full((3, 3, 3), 0.1, np.float32)
        volume[1, 1, 1] = 1
        assert len(contour(volume, 0.1)[1]) == 8

    @pytest.mark.parametrize("dtype", [bool, np.uint8, np.float16, np.float32, np.int32])
    def test_samples_of_any_real_type(self, contour, dtype):
        volume = np.zeros((3, 3, 3), dtype)
        volume[1, 1, 1] = 1
        vertices, _ = contour(volume, 0.25)
        np.testing.assert_allclose(np.abs(vertices - 1).max(axis=1), 0.75, atol=1e-6)

    def test_volume_in_any_memory_order(self, contour):
        volume = np.random.default_rng(6).standard_normal((4, 5, 6))
        for c_order, other in zip(contour(volume, 0.0), contour(np.asfortranarray(volume), 0.0)):
            np.testing.assert_array_equal(c_order, other)

    def test_the_volume_is_left_alone(self, contour):
        volume = sphere(8)
        before = volume.copy()
        contour(volume, 0.0, spacing=(1, 2, 3))
        np.testing.assert_array_equal(volume, before)


class TestSamplesAtTheLevel:
    """The plain one keeps every vertex off the samples; scikit-image's way is tested in `fast`."""

    @pytest.mark.parametrize("seed", range(5))
    def test_no_triangle_is_degenerate_or_comes_twice(self, seed):
        volume = np.pad(np.random.default_rng(seed).integers(-1, 2, (9, 8, 7)), 1,
                        constant_values=-1)
        mesh = Mesh(*marching_cubes(volume, 0.0))
        report = mesh.report()
        assert (report.n_degenerate_faces, report.n_duplicate_faces) == (0, 0)
        assert report.is_watertight and report.is_consistently_oriented

    @pytest.mark.parametrize("below", [0.0, 1e-300, 1e-15])
    def test_samples_next_to_the_level_give_no_degenerate_triangle(self, below):
        """The surface comes so near to the sample that their positions round to the same."""
        volume = np.pad(np.ones((3, 3, 3)), 1, constant_values=-below)
        assert len(Mesh(*marching_cubes(volume, 0.0)).degenerate_faces()) == 0

    def test_a_vertex_keeps_a_millionth_of_the_edge_from_its_sample(self):
        volume = np.zeros((3, 3, 3))
        volume[1, 1, 1] = 1
        vertices, _ = marching_cubes(volume, 0.0)
        np.testing.assert_allclose(np.abs(vertices - 1).max(axis=1), 1 - 1e-6, rtol=1e-12)


class TestEndsOfTheRange:
    """One sample inside, in a type's largest and smallest numbers: an octahedron at the middles."""

    @pytest.mark.filterwarnings("error")
    @pytest.mark.parametrize("low, high", [
        (np.float32(-3.4e38), np.float32(3.4e38)), (np.float64(-1e300), np.float64(1e300)),
        (np.float16(-65504), np.float16(65504)), (np.float16(-6e-8), np.float16(6e-8)),
        (np.float32(-1.4e-45), np.float32(1.4e-45)), (np.float64(-5e-324), np.float64(5e-324)),
        (np.uint8(0), np.uint8(255)), (np.int8(-128), np.int8(127)), (np.bool_(0), np.bool_(1)),
        (np.int64(-2**63), np.int64(2**63 - 1)), (np.uint64(0), np.uint64(2**64 - 1))],
        ids=lambda value: f"{value.dtype} {value:g}")
    def test_vertices_are_half_way(self, contour, low, high):
        volume = np.full((3, 3, 3), low)
        volume[1, 1, 1] = high
        level = float(low) / 2 + float(high) / 2
        vertices, faces = contour(volume, level)
        middles = [np.add(1, sign * step) for step in np.eye(3) / 2 for sign in (1, -1)]
        np.testing.assert_allclose(sorted(vertices.tolist()), sorted(map(list, middles)), rtol=1e-6)
        assert len(faces) == 8
        # The octahedron with the six corners at 1/2 has the volume 4/3 (1/2)^3 = 1/6.
        assert signed_volume(vertices, faces) == pytest.approx(1 / 6)
        mesh = mesh_from_grid(volume, level=level, bounds=(0, 2))
        assert mesh.volume() == pytest.approx(1 / 6)

    @pytest.mark.filterwarnings("error")
    def test_an_unsigned_sample_below_the_level_does_not_wrap(self, contour):
        """t = (level - a) / (b - a) = (0.5 - 200) / (0 - 200), not 0.5 + 56 over 56."""
        volume = np.zeros((3, 3, 3), np.uint8)
        volume[1, 1, 1] = 200
        vertices, _ = contour(volume, 0.5)
        np.testing.assert_allclose(np.abs(vertices - 1).max(axis=1), 199.5 / 200, rtol=1e-6)

    @pytest.mark.filterwarnings("error")
    @pytest.mark.parametrize("spacing", [(1e-30, 1, 1e30), (1e-37, 1e37, 1.0)])
    def test_spacing_of_any_size(self, contour, spacing):
        plain, _ = contour(sphere(8), 0.0)
        scaled, _ = contour(sphere(8), 0.0, spacing)
        np.testing.assert_allclose(scaled, plain * spacing, rtol=1e-6)


class TestErrors:
    def test_nan_is_counted_and_the_first_is_named(self, contour):
        volume = sphere(6)
        volume[1, 2, 3] = volume[4, 4, 4] = np.nan
        with pytest.raises(ValueError, match=r"2 of the 216 numbers of volume .* at \(1, 2, 3\)"):
            contour(volume, 0.0)

    def test_infinite_samples_are_refused(self, contour):
        volume = sphere(6)
        volume[0, 0, 0] = -np.inf
        with pytest.raises(ValueError, match="1 of the 216 numbers of volume"):
            contour(volume, 0.0)

    @pytest.mark.parametrize("arguments, message", [
        (dict(level=np.nan), "finite number"),
        (dict(level=[0.0, 1.0]), "level must be a number"),
        (dict(level=1e301), r"level must be .* at most 1e\+300"),
        (dict(spacing=(1, 2)), r"spacing must have the shape \(3,\)"),
        (dict(spacing=(1, 0, 1)), "1 of the 3 numbers of spacing is not above 0, .* first at 1"),
        (dict(spacing=(1, 1, 1e308)), "too large or too small"),
    ])
    def test_wrong_argument(self, contour, arguments, message):
        with pytest.raises((ValueError, TypeError), match=message):
            contour(sphere(8), **{"level": 0.0, **arguments})

    @pytest.mark.parametrize("shape", [(4, 4), (1, 4, 4), (0, 4, 4), (2, 2, 2, 2)])
    def test_wrong_shape(self, contour, shape):
        with pytest.raises(ValueError, match="volume must have"):
            contour(np.zeros(shape), 0.0)

    @pytest.mark.parametrize("dtype", [complex, object, str])
    def test_samples_that_are_no_real_numbers(self, contour, dtype):
        with pytest.raises(TypeError, match="volume must be"):
            contour(np.zeros((3, 3, 3), dtype), 0.0)

    @pytest.mark.skipif(np.dtype(np.longdouble).itemsize == 8, reason="there they are float64")
    def test_samples_of_more_than_64_bits(self, contour):
        """All is computed in float64 at most: their last digits would be lost without a word."""
        with pytest.raises(TypeError, match="at most 64 bits"):
            contour(np.zeros((3, 3, 3), np.longdouble), 0.0)

    def test_samples_whose_difference_overflows(self, contour):
        with pytest.raises(ValueError, match=r"volume are further from 0 than 1e\+300"):
            contour(1.7e308 * np.sign(sphere(6, dtype=np.float64)), 0.0)

    @pytest.mark.filterwarnings("error")
    def test_a_level_that_no_float32_is_has_all_samples_on_one_side(self):
        volume = np.pad(np.ones((2, 2, 2), np.float32), 1)
        for level in (1e39, -1e39):
            assert marching_cubes(volume, level)[1].shape == (0, 3)

    @pytest.mark.parametrize("level", [-1.0, 0.0, 1.0])
    def test_no_surface_is_an_empty_mesh(self, level):
        vertices, faces = marching_cubes(np.zeros((3, 3, 3)), level)
        assert vertices.shape == faces.shape == (0, 3)


def test_two_samples_along_each_axis_are_enough():
    volume = np.zeros((2, 2, 2))
    volume[0, 0, 0] = 1
    vertices, faces = marching_cubes(volume, 0.5)
    assert len(faces) == 1 and sorted(vertices.tolist()) == [[0, 0, 0.5], [0, 0.5, 0], [0.5, 0, 0]]
    for shape in ((1, 2, 2), (2, 1, 2), (2, 2, 1)):
        with pytest.raises(ValueError, match="at least 2 samples along each axis"):
            marching_cubes(np.zeros(shape))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_floats_are_not_copied(dtype):
    volume = np.zeros((2, 2, 2), dtype)
    assert check_volume(volume, 0)[0] is volume


@pytest.mark.parametrize("extreme, beyond", [(np.finfo(float).tiny, 0.5),
                                             (np.finfo(float).max / 4, 1.5)])
def test_spacing_is_right_up_to_its_limits(extreme, beyond):
    assert check_spacing([extreme] * 3, (4, 4, 4)).tolist() == [extreme] * 3
    with pytest.raises(ValueError, match="of spacing is not above 0, or too .*, the first at 2"):
        check_spacing([1, 1, extreme * beyond], (4, 4, 4))


def test_bounds_without_room_are_no_box():
    for bounds in ((0, 0), ((0, 0, 0), (1, 1, 0)), (1, 0)):
        with pytest.raises(ValueError, match="bounds must have low below high"):
            mesh_from_grid(np.zeros((2, 2, 2)), bounds=bounds)
