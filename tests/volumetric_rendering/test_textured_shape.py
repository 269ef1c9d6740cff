"""The network with two heads, and the encoding before it."""

import numpy as np
import pytest

from minicv import nn
from minicv.autograd import Tensor, gradcheck, no_grad
from minicv.decision_boundary import ray_crossings
from minicv.occupancy_network import extract_mesh
from minicv.volumetric_rendering import PositionalEncoding, TexturedShape


class TestEncoding:
    def test_waves_of_each_coordinate(self):
        points = np.random.default_rng(0).uniform(-0.5, 0.5, (7, 2))
        with no_grad():
            encoded = PositionalEncoding(3, n_inputs=2)(Tensor(points)).data
        expected = [points[:, :1], points[:, 1:]]
        for wave in (np.sin, np.cos):
            for coordinate in points.T:
                expected += [wave(k * np.pi * coordinate)[:, None] for k in (1, 2, 4)]
        np.testing.assert_allclose(encoded, np.concatenate(expected, axis=1), rtol=1e-13)

    @pytest.mark.parametrize("frequencies", [1, 3])
    def test_derivative(self, frequencies):
        points = Tensor(np.random.default_rng(0).uniform(-0.5, 0.5, (4, 3)), requires_grad=True)
        gradcheck(PositionalEncoding(frequencies), points)

    def test_no_point_and_float32(self):
        assert PositionalEncoding(2)(np.zeros((0, 3), np.float32)).shape == (0, 15)
        assert PositionalEncoding(2)(np.zeros((1, 3), np.float32)).dtype == np.float32

    def test_no_octave_is_refused(self):
        with pytest.raises(ValueError, match="frequencies must be at least 1"):
            PositionalEncoding(0)


class TestNetwork:
    def test_both_heads_at_once_are_each_of_them_alone(self):
        network = TexturedShape(16, 2, rng=0)
        points = np.random.default_rng(0).uniform(-0.5, 0.5, (5, 3)).astype(np.float32)
        logits, colours = network(points)
        np.testing.assert_array_equal(logits.data, network.occupancy(points).data)
        np.testing.assert_array_equal(colours.data, network.colour(points).data)
        assert (colours.data > 0).all() and (colours.data < 1).all()

    def test_each_parameter_comes_once_and_the_shape_shares_them(self):
        network = TexturedShape(16, 2, rng=0)
        names = [name for name, _ in network.named_parameters()]
        assert len(names) == len(set(names)) == 2 * (2 + 1 + 2)
        own = {id(parameter) for parameter in network.parameters()}
        assert {id(parameter) for parameter in network.occupancy.parameters()} < own

    def test_without_encoding_its_crossings_are_known_exactly(self):
        network = TexturedShape(16, 2, frequencies=0, rng=0, dtype=np.float64)
        network.shape_head.bias.data -= network.occupancy(np.zeros((1, 3))).item()
        (crossings,) = ray_crossings(network.occupancy, [(-1, 0, 0)], [(1, 0, 0)], 0.0, 2.0)
        assert np.abs(crossings - 1).min() < 1e-12

    def test_its_shape_makes_a_mesh(self):
        network = TexturedShape(8, 1, rng=0)
        network.shape_head.weight.data[...] = 0
        network.shape_head.bias.data[...] = 1  # inside everywhere
        assert extract_mesh(network.occupancy, 8).volume() == pytest.approx(1, rel=1e-4)

    def test_saved_and_loaded_it_is_the_same(self, tmp_path):
        network, other = TexturedShape(8, 1, rng=0), TexturedShape(8, 1, rng=1)
        nn.save(network.state_dict(), tmp_path / "network.npz")
        other.load_state_dict(nn.load(tmp_path / "network.npz"))
        points = np.full((1, 3), 0.1, np.float32)
        assert network.colour(points).data.tolist() == other.colour(points).data.tolist()

    def test_layers_of_one_shape_begin_with_weights_of_their_own(self):
        weights = [layer.weight.data for layer in TexturedShape(16, 3, rng=0).trunk
                   if isinstance(layer, nn.Linear)]
        assert weights[1].shape == weights[2].shape and (weights[1] != weights[2]).any()

    def test_no_hidden_layer_is_refused(self):
        with pytest.raises(ValueError, match="n_hidden must be at least 1"):
            TexturedShape(8, 0)
