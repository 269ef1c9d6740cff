"""The multi-resolution grid against the full one, and its mesh against the plain one."""

import numpy as np
import pytest

from minicv import fast, occupancy_network
from minicv.fast import evaluate_near_surface
from minicv.occupancy_network import OccupancyNetwork, evaluate_grid
from tests.occupancy_network.shapes import RODS, SPHERE, Shape, bent_network


def corners_of_mixed_cells(inside):
    """The samples next to the surface: cells that have both kinds of corners, cell by cell."""
    cells = np.lib.stride_tricks.sliding_window_view(inside, (2, 2, 2))
    mixed = cells.any(axis=(3, 4, 5)) & ~cells.all(axis=(3, 4, 5))
    corners = np.zeros_like(inside)
    for i, j, k in np.argwhere(mixed):
        corners[i:i + 2, j:j + 2, k:k + 2] = True
    return corners


class TestNearSurface:
    @pytest.mark.parametrize("shape", [SPHERE, RODS])
    @pytest.mark.parametrize("resolution", [40, 65, 100])
    def test_values_are_exact_next_to_the_surface_and_of_the_right_sign_elsewhere(
            self, shape, resolution):
        dense = evaluate_grid(shape, resolution)
        sparse, _ = evaluate_near_surface(shape, resolution)
        np.testing.assert_array_equal(sparse > 0, dense > 0)
        near = corners_of_mixed_cells(dense > 0)
        np.testing.assert_allclose(sparse[near], dense[near], atol=1e-12)

    def test_same_for_a_relu_network(self):
        network = bent_network(3, 3, 16, 16, 1)
        dense = fast.evaluate_grid(network, 70, dtype=np.float64)
        level = float(np.median(dense))
        sparse, _ = evaluate_near_surface(network, 70, level=level, dtype=np.float64)
        np.testing.assert_array_equal(sparse > level, dense > level)

    def test_counts_every_point_that_the_network_saw(self):
        shape = Shape(SPHERE.function)
        _, n_evaluations = evaluate_near_surface(shape, 100)
        assert n_evaluations == shape.n_points < 0.1 * 100**3

    def test_coarse_grid_alone_if_the_resolution_is_no_finer(self):
        _, n_evaluations = evaluate_near_surface(Shape(SPHERE.function), 33)
        assert n_evaluations == 33**3

    def test_follows_the_surface_out_of_the_cells_that_the_coarse_grid_found(self):
        """A rod too thin for the coarse grid, found where it joins the ball, is followed along."""
        shape = Shape(lambda p: np.maximum(0.3 - np.linalg.norm(p, axis=1),
                                           0.012 - np.hypot(p[:, 0] - 0.034, p[:, 1] - 0.034)))
        dense = evaluate_grid(shape, 129)
        sparse, _ = evaluate_near_surface(shape, 129, coarsest=8)
        np.testing.assert_array_equal(sparse > 0, dense > 0)

    def test_misses_what_stands_alone_between_the_coarse_samples(self):
        """The limit that the docstring states, shown."""
        centre = 5.5 / 16  # the middle of a coarse cell
        shape = Shape(lambda p: np.maximum(0.1 - np.linalg.norm(p + 0.3, axis=1),
                                           0.01 - np.linalg.norm(p - centre, axis=1)))
        assert np.count_nonzero(evaluate_grid(shape, 129)[64:, 64:, 64:] > 0) > 0
        sparse, _ = evaluate_near_surface(shape, 129, coarsest=16)
        assert np.count_nonzero(sparse[64:, 64:, 64:] > 0) == 0

    @pytest.mark.parametrize("coarsest", [0, np.nan])
    def test_coarsest_below_one(self, coarsest):
        with pytest.raises((ValueError, TypeError), match="coarsest"):
            evaluate_near_surface(SPHERE, 8, coarsest=coarsest)

    @pytest.mark.parametrize("level", [np.nan, np.inf])
    def test_a_level_that_no_sample_can_be_compared_with(self, level):
        with pytest.raises(ValueError, match="level must be a finite number"):
            evaluate_near_surface(SPHERE, 8, level=level)

    @pytest.mark.filterwarnings("error")
    @pytest.mark.parametrize("level", [1e39, -1e39])
    def test_a_level_that_no_float32_is_has_all_samples_on_one_side(self, level):
        values, _ = evaluate_near_surface(OccupancyNetwork(8, 1, rng=0), 8, level=level)
        assert values.dtype == np.float32
        assert ((values.astype(float) > level) == (level < 0)).all()

    def test_wrong_number_of_inputs(self):
        with pytest.raises(ValueError, match="takes points of 2 numbers, not 3"):
            evaluate_near_surface(OccupancyNetwork(8, 1, n_inputs=2), 8)


class TestMesh:
    @pytest.mark.parametrize("shape", [SPHERE, RODS, bent_network(3, 3, 16, 16, 1, dtype=float)])
    @pytest.mark.parametrize("options", [{}, {"level": 0.02, "bounds": (-0.45, 0.5)}])
    def test_same_mesh_as_the_plain_one(self, shape, options):
        plain = occupancy_network.extract_mesh(shape, 70, **options)
        sparse = fast.extract_mesh(shape, 70, **options)
        np.testing.assert_array_equal(plain.faces, sparse.faces)
        np.testing.assert_allclose(plain.vertices, sparse.vertices, atol=1e-9)

    def test_same_volume_for_a_float32_network(self):
        """It computes in float64: values differ by 1e-6, and hardly a sign does."""
        network = bent_network(3, 3, 16, 16, 1)
        plain, sparse = (extract(network, 50).volume()
                         for extract in (occupancy_network.extract_mesh, fast.extract_mesh))
        assert sparse == pytest.approx(plain, rel=1e-5)

    @pytest.mark.parametrize("resolution", [2, np.int8(40)])
    def test_same_mesh_from_two_samples_and_from_a_small_integer(self, resolution):
        network = bent_network(3, 3, 16, 16, 1, dtype=float)
        plain, sparse = (extract(network, resolution)
                         for extract in (occupancy_network.extract_mesh, fast.extract_mesh))
        np.testing.assert_array_equal(plain.faces, sparse.faces)

    @pytest.mark.parametrize("level", [-1e39, 1e39])
    def test_a_level_that_no_float32_is_has_all_inside_or_none(self, level):
        network = bent_network(3, 3, 16, 16, 1)
        plain, sparse = (extract(network, 5, level=level)
                         for extract in (occupancy_network.extract_mesh, fast.extract_mesh))
        np.testing.assert_array_equal(plain.faces, sparse.faces)
        assert sparse.volume() == pytest.approx(float(level < 0), rel=1e-4)

    def test_what_leaves_the_bounds_is_closed_by_a_wall(self):
        mesh = fast.extract_mesh(Shape(lambda p: 0.1 - p[:, 0]), 12)
        assert mesh.is_watertight
        assert mesh.volume() == pytest.approx(0.6, rel=1e-4)

    def test_nothing_inside_is_an_empty_mesh(self):
        assert len(fast.extract_mesh(Shape(lambda p: -np.ones(len(p))), 8).faces) == 0

    def test_nan_in_the_weights_is_no_solid(self):
        network = OccupancyNetwork(8, 1, rng=0)
        network[2].weight.data[3, 4] = np.nan
        with pytest.raises(ValueError, match="NaN"):
            fast.extract_mesh(network, 8)

    def test_nan_of_another_network_is_no_solid(self):
        with pytest.raises(ValueError, match="NaN"):
            fast.extract_mesh(Shape(lambda p: np.where(p[:, 0] > 0.3, np.nan, p[:, 1])), 8)
