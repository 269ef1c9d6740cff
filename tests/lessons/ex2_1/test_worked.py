"""Exercise 2.1: what the sheet fixes about the occupancy network, its data and its training."""

from pathlib import Path

import numpy as np

from minicv import nn
from minicv.autograd import Tensor
from minicv.datasets import load_points
from minicv.occupancy_network import OccupancyNetwork, evaluate_grid

POINTS = Path(__file__).parents[3] / "data" / "points.npz"


def test_a_four_fifths_of_the_points_are_for_training_and_pairs_stay_together():
    points, occupancies = load_points(POINTS)
    train, val = nn.train_val_split(points, occupancies, rng=0)
    assert (len(train[0]), len(val[0])) == (80_000, 20_000)
    label_of = {tuple(point): label for point, label in zip(points.tolist(), occupancies)}
    for part_points, part_labels in (train, val):
        for point, label in zip(part_points[:500].tolist(), part_labels[:500]):
            assert label_of[tuple(point)] == label


def test_b_four_hidden_layers_of_64_from_a_location_to_one_value():
    """3 * 64 + 64, four times 64 * 64 + 64, 64 + 1."""
    network = OccupancyNetwork(rng=0)
    n_parameters = sum(parameter.data.size for parameter in network.parameters())
    assert n_parameters == (3 + 1) * 64 + 4 * (64 + 1) * 64 + (64 + 1) == 16_961
    assert network(Tensor(np.zeros((10, 3), np.float32))).shape == (10, 1)


def test_c_an_epoch_of_training_lowers_the_loss_below_what_the_share_of_points_tells():
    points, occupancies = load_points(POINTS)
    labels = occupancies[:, None].astype(np.float32)
    train, val = nn.train_val_split(points, labels, rng=0)
    network = OccupancyNetwork(rng=0)
    history = nn.fit(network, nn.DataLoader(nn.TensorDataset(*train), 1024, shuffle=True, rng=0),
                     nn.DataLoader(nn.TensorDataset(*val), 1024), epochs=3,
                     loss=nn.BCEWithLogitsLoss(),
                     optimizer=nn.optim.Adam(network.parameters(), lr=1e-3))
    share = occupancies.mean()
    entropy = -share * np.log(share) - (1 - share) * np.log(1 - share)
    assert history.val_loss[-1] < 0.9 * entropy


def test_d_the_grid_has_a_value_for_every_point():
    assert evaluate_grid(OccupancyNetwork(8, 0, rng=0)).shape == (128, 128, 128)
