"""Exercise 2.1, worked."""

import numpy as np

from minicv import nn, no_grad

# %% task 0: the first minute


def double(x):
    """Twice x."""
    return x + x


# %% task 2.1a: training and validation data
# One random order for both arrays keeps together what belongs together.


def get_train_val_split(points, occupancies, train_fraction=0.8):
    order = np.random.default_rng().permutation(len(points))
    n_train = round(train_fraction * len(points))
    train, val = order[:n_train], order[n_train:]
    return points[train], occupancies[train], points[val], occupancies[val]


# %% task 2.1b: the network
# 3 -> 64, four times 64 -> 64, 64 -> 1, with a ReLU after each layer but the last.


class OccNet(nn.Module):
    def __init__(self, hidden_size=64, n_hidden=4):
        super().__init__()
        layers = [nn.Linear(3, hidden_size), nn.ReLU()]
        for _ in range(n_hidden):
            layers += [nn.Linear(hidden_size, hidden_size), nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.Linear(hidden_size, 1))

    def forward(self, x):
        return self.layers(x)


# %% task 2.1c: the training loop
# The last batch may be smaller than the others: in the mean it counts for as many points as it has.


def train_model(model, train_loader, val_loader, optimizer, criterion, n_epochs):
    def mean_loss(loader, learn):
        total = n_points = 0
        for points, occupancies in loader:
            loss = criterion(model(points), occupancies)
            if learn:
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            total += loss.item() * len(points)
            n_points += len(points)
        return total / n_points

    train_losses, val_losses = [], []
    for _ in range(n_epochs):
        train_losses.append(mean_loss(train_loader, learn=True))
        with no_grad():
            val_losses.append(mean_loss(val_loader, learn=False))
    return train_losses, val_losses


# %% task 2.1d: the grid
# The points come with z rising fastest, then y, then x: the order in which reshape fills the cube.


def predict_grid(model, test_loader, resolution):
    values = []
    with no_grad():
        for (points,) in test_loader:
            values.append(model(points).numpy())
    return np.concatenate(values).reshape(resolution, resolution, resolution)
