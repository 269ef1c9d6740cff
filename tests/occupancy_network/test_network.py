"""The occupancy network and the way from it to a mesh."""

import numpy as np
import pytest

from minicv import nn
from minicv.occupancy_network import OccupancyNetwork, extract_mesh, mesh_from_grid
from tests.occupancy_network.shapes import SPHERE, Shape


class TestNetwork:
    def test_has_the_layers_of_the_sheet(self):
        shapes = [p.data.shape for p in OccupancyNetwork(rng=0).parameters() if p.data.ndim == 2]
        assert shapes == [(64, 3), *[(64, 64)] * 4, (1, 64)]

    def test_relu_between_each_two_layers_and_none_after_the_last(self):
        kinds = [type(layer) for layer in OccupancyNetwork(rng=0)]
        assert kinds == [nn.Linear, nn.ReLU] * 5 + [nn.Linear]

    def test_takes_points_of_the_plane_too(self):
        network = OccupancyNetwork(8, 1, n_inputs=2, rng=0)
        assert network[0].in_features == 2

    def test_same_seed_same_weights(self):
        a, b = (OccupancyNetwork(8, 1, rng=5).state_dict() for _ in range(2))
        assert all(np.array_equal(a[name], b[name]) for name in a)


    @pytest.mark.parametrize("options", [{"hidden_size": 0}, {"n_hidden": -1}, {"n_inputs": 0},
                                         {"hidden_size": 10**30}, {"n_hidden": 10**30}])
    def test_sizes_that_no_network_has(self, options):
        with pytest.raises(ValueError, match=f"{next(iter(options))} must be at least"):
            OccupancyNetwork(**options)

    def test_the_smallest_network(self):
        network = OccupancyNetwork(1, 0, n_inputs=1, rng=0)
        assert [p.data.shape for p in network.parameters()] == [(1, 1), (1,), (1, 1), (1,)]


class TestMesh:
    def test_sphere_has_its_volume_and_faces_outwards(self):
        mesh = extract_mesh(SPHERE, 64)
        assert mesh.is_watertight
        assert mesh.volume() == pytest.approx(4 / 3 * np.pi * 0.41**3, rel=2e-3)
        np.testing.assert_allclose(np.linalg.norm(mesh.vertices - 0.01, axis=1), 0.41, atol=5e-4)

    def test_level_is_on_the_scale_of_the_values(self):
        mesh = extract_mesh(SPHERE, 48, level=0.1)
        np.testing.assert_allclose(np.linalg.norm(mesh.vertices - 0.01, axis=1), 0.31, atol=1e-3)

    def test_what_leaves_the_bounds_is_closed_by_a_wall(self):
        half_space = Shape(lambda p: 0.1 - p[:, 0])
        mesh = extract_mesh(half_space, 12)
        assert mesh.is_watertight
        assert mesh.volume() == pytest.approx(0.6, rel=1e-4)
        np.testing.assert_allclose(mesh.bounds, [[-0.5] * 3, [0.1, 0.5, 0.5]], atol=1e-5)

    def test_bounds_of_three_unequal_axes(self):
        low, high = np.array([-0.5, -0.6, -0.7]), np.array([0.6, 0.5, 0.8])
        mesh = extract_mesh(SPHERE, 60, bounds=(low, high))
        np.testing.assert_allclose(np.linalg.norm(mesh.vertices - 0.01, axis=1), 0.41, atol=1e-3)

    def test_nothing_inside_is_an_empty_mesh(self):
        mesh = extract_mesh(Shape(lambda p: -np.ones(len(p))), 8)
        assert len(mesh.faces) == len(mesh.vertices) == 0

    def test_everything_inside_is_the_box(self):
        mesh = extract_mesh(Shape(lambda p: np.ones(len(p))), 8)
        assert mesh.is_watertight
        assert mesh.volume() == pytest.approx(1, rel=1e-4)

    def test_grid_of_unequal_sides(self):
        x = np.linspace(-1, 1, 30)[:, None, None]
        y = np.linspace(-1, 1, 40)[:, None]
        z = np.linspace(-1, 1, 50)
        mesh = mesh_from_grid(0.7 - np.sqrt(x * x + y * y + z * z), bounds=(-1, 1))
        np.testing.assert_allclose(np.linalg.norm(mesh.vertices, axis=1), 0.7, atol=2e-3)

    def test_values_that_are_not_numbers_are_an_error(self):
        with pytest.raises(ValueError, match="NaN"):
            extract_mesh(Shape(lambda p: np.where(p[:, 0] > 0.3, np.nan, p[:, 1])), 8)

    def test_nan_is_counted_without_the_layer_that_closes_the_mesh(self):
        values = np.ones((3, 4, 5))
        values[1, 2, 3] = values[2, 3, 4] = np.nan
        with pytest.raises(ValueError, match=r"2 of the 60 numbers of values .* at \(1, 2, 3\)"):
            mesh_from_grid(values)

    def test_values_so_large_that_the_wall_overflows_are_an_error(self):
        with pytest.raises(ValueError, match=r"values are further from 0 than 1e\+300"):
            mesh_from_grid(np.full((3, 3, 3), 1.7e308))
        assert mesh_from_grid(np.full((3, 3, 3), 1e290)).volume() == pytest.approx(1, rel=1e-5)

    @pytest.mark.parametrize("scale", [1e-30, 1e38])
    def test_float32_values_of_any_size_are_closed_at_the_border(self, scale):
        values = np.full((3, 3, 3), 2, np.float32) * np.float32(scale)
        mesh = mesh_from_grid(values)
        assert mesh.is_watertight
        assert mesh.volume() == pytest.approx(1, rel=1e-5)


@pytest.mark.parametrize("name, most", [("hidden_size", 4096), ("n_hidden", 100),
                                        ("n_inputs", 4096)])
def test_a_network_has_sizes_that_fit_into_memory(name, most):
    with pytest.raises(ValueError, match=f"{name} must be at least [01] and at most {most}, got"):
        OccupancyNetwork(**{name: most + 1})


def test_the_wall_at_the_border_is_there_at_any_level():
    mesh = mesh_from_grid(np.zeros((3, 3, 3)), level=-10, bounds=(0, 1))
    np.testing.assert_allclose(mesh.bounds, [[0, 0, 0], [1, 1, 1]], atol=1e-5)
