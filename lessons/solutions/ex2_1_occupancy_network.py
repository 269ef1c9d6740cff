"""Exercise 2.1, worked."""

import numpy as np

from minicv import nn, no_grad
from minicv.occupancy_network import OccupancyNetwork

# %% task 0: the first minute


def double(x):
    """Twice x."""
    return x + x


# %% task 2.1a: training and validation data
# One random order for both arrays keeps together what belongs together.


def get_train_val_split(points, occupancies, train_fraction=0.8):
    train, val = nn.train_val_split(points, occupancies, fraction=train_fraction)
    return *train, *val


# %% task 2.1b: the network
# 3 -> 64, four times 64 -> 64, 64 -> 1, with ReLU in between: nn.MLP(3, 64, 64, 64, 64, 64, 1).


class OccNet(OccupancyNetwork):
    def __init__(self, hidden_size=64, n_hidden=4):
        super().__init__(hidden_size, n_hidden)


# %% task 2.1c: the training loop
# nn.fit is this loop, and keeps the best weights besides.


def train_model(model, train_loader, val_loader, optimizer, criterion, n_epochs):
    history = nn.fit(model, train_loader, val_loader, epochs=n_epochs, loss=criterion,
                     optimizer=optimizer)
    return history.train_loss, history.val_loss


# %% task 2.1d: the grid
# minicv.occupancy_network.evaluate_grid does it without a loader, minicv.fast.evaluate_grid without
# computing most of it.


def predict_grid(model, test_loader, resolution):
    with no_grad():
        logits = [model(points).numpy() for (points,) in test_loader]
    return np.concatenate(logits).reshape(resolution, resolution, resolution)
