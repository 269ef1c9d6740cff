"""Exercise 2.1, worked."""

# ruff: noqa: F401  (the imports of the stub)
import os
import time

import numpy as np

from lessons.course import PlotLosses, torch
from minicv import nn, no_grad


def make_grid(xmin, xmax, resolution):
    """The points of a 3D grid, (resolution**3, 3): z rises fastest, then y, then x."""
    axis = np.linspace(xmin, xmax, resolution, dtype=np.float32)
    grid = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1)
    return torch.tensor(grid.reshape(-1, 3))


# %% task 0: the first minute


def double(x):
    """Twice x."""
    return x + x


# %% task 2.1a: training and validation data
# One random order for both arrays keeps together what belongs together.


def get_train_val_split(points, occupancies):
    order = np.random.default_rng().permutation(len(points))
    n_train = round(0.8 * len(points))
    train, val = order[:n_train], order[n_train:]
    return (nn.TensorDataset(points[train], occupancies[train]),
            nn.TensorDataset(points[val], occupancies[val]))


# %% task 2.1b: the network
# 3 -> 64, four times 64 -> 64, 64 -> 1, with a ReLU after each layer but the last.


class OccNet(nn.Module):
    def __init__(self, size_h=64, n_hidden=4):
        super().__init__()
        layers = [nn.Linear(3, size_h), nn.ReLU()]
        for _ in range(n_hidden):
            layers += [nn.Linear(size_h, size_h), nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.Linear(size_h, 1))

    def forward(self, pts):
        return self.layers(pts).squeeze(-1)


# %% task 2.1c: the training loop
# The last batch may be smaller than the others: all losses are put together before the mean.


def train_model(model, train_loader, val_loader, optimizer, criterion, nepochs=15, eval_every=100,
                out_dir="output"):
    liveloss, best, it = PlotLosses(), float("inf"), 0
    for _ in range(nepochs):
        losses = []
        for pts, occ in train_loader:
            it += 1
            optimizer.zero_grad()
            loss = criterion(model(pts), occ).mean()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            if it == 1 or it % eval_every == 0:
                with no_grad():
                    val = [criterion(model(pts), occ).numpy() for pts, occ in val_loader]
                val_loss = np.concatenate(val).mean()
                if val_loss < best:
                    best = val_loss
                    torch.save(model.state_dict(), os.path.join(out_dir, "model_best.pt"))
        liveloss.update({"loss": np.mean(losses), "val_loss": val_loss})


# %% task 2.1d: the grid
# The points come with z rising fastest, then y, then x: the order in which reshape fills the cube.


def predict_grid(model, test_loader, resolution):
    values = []
    with no_grad():
        for pts in test_loader:
            values.append(model(pts).numpy())
    return np.concatenate(values).reshape(resolution, resolution, resolution)
