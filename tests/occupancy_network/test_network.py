"""The occupancy network and the way from it to a mesh."""

import numpy as np
import pytest

from minicv import nn
from minicv.occupancy_network import OccupancyNetwork, extract_mesh, mesh_from_grid
from tests.occupancy_network.test_grid import RODS, SPHERE, Shape, bent_network


class TestNetwork:
    def test_has_the_layers_of_the_sheet(self):
        shapes = [p.data.shape for p in OccupancyNetwork(rng=0).parameters() if p.data.ndim == 2]
        assert shapes == [(64, 3), *[(64, 64)] * 4, (1, 64)]

    def test_relu_between_each_two_layers_and_none_after_the_last(self):
        kinds = [type(layer) for layer in OccupancyNetwork(rng=0)]
        assert kinds == [nn.Linear, nn.ReLU] * 5 + [nn.Linear]

    def test_same_seed_same_weights(self):
        a, b = (OccupancyNetwork(8, 1, rng=5).state_dict() for _ in range(2))
        assert all(np.array_equal(a[name], b[name]) for name in a)


class TestMesh:
    def test_sphere_has_its_volume_and_faces_outwards(self):
        mesh = extract_mesh(SPHERE, 64)
        assert mesh.is_watertight
        assert mesh.volume() == pytest.approx(4 / 3 * np.pi * 0.41**3, rel=2e-3)
        np.testing.assert_allclose(np.linalg.norm(mesh.vertices - 0.01, axis=1), 0.41, atol=5e-4)

    @pytest.mark.parametrize("shape", [SPHERE, RODS, bent_network(3, 3, 16, 16, 1)])
    def test_both_methods_give_the_same_mesh(self, shape):
        dense, sparse = (extract_mesh(shape, 70, method=m) for m in ("dense", "multiresolution"))
        np.testing.assert_array_equal(dense.faces, sparse.faces)
        np.testing.assert_allclose(dense.vertices, sparse.vertices, atol=1e-9)

    def test_level_is_on_the_scale_of_the_values(self):
        mesh = extract_mesh(SPHERE, 48, level=0.1)
        np.testing.assert_allclose(np.linalg.norm(mesh.vertices - 0.01, axis=1), 0.31, atol=1e-3)

    @pytest.mark.parametrize("method", ["dense", "multiresolution"])
    def test_what_leaves_the_bounds_is_closed_by_a_wall(self, method):
        half_space = Shape(lambda p: 0.1 - p[:, 0])
        mesh = extract_mesh(half_space, 12, method=method)
        assert mesh.is_watertight
        assert mesh.volume() == pytest.approx(0.6, rel=1e-4)
        np.testing.assert_allclose(mesh.bounds, [[-0.5] * 3, [0.1, 0.5, 0.5]], atol=1e-5)

    def test_bounds_of_three_unequal_axes(self):
        low, high = np.array([-0.5, -0.6, -0.7]), np.array([0.6, 0.5, 0.8])
        mesh = extract_mesh(SPHERE, 60, bounds=(low, high))
        np.testing.assert_allclose(np.linalg.norm(mesh.vertices - 0.01, axis=1), 0.41, atol=1e-3)

    @pytest.mark.parametrize("method", ["dense", "multiresolution"])
    def test_nothing_inside_is_an_empty_mesh(self, method):
        mesh = extract_mesh(Shape(lambda p: -np.ones(len(p))), 8, method=method)
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

    def test_unknown_method(self):
        with pytest.raises(ValueError, match="'dense' or 'multiresolution', got 'fast'"):
            extract_mesh(SPHERE, 8, method="fast")

    def test_values_that_are_not_numbers_are_an_error(self):
        with pytest.raises(ValueError, match="NaN"):
            extract_mesh(Shape(lambda p: np.where(p[:, 0] > 0.3, np.nan, p[:, 1])), 8)
