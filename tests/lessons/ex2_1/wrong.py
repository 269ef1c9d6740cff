"""Planted wrong answers to exercise 2.1: the name after the colon is what the check must find."""

# ruff: noqa: F811, NPY002

import os

import numpy as np

from lessons.course import PlotLosses, torch
from minicv import nn, no_grad, tensor


def validate(model, loader, criterion):
    with no_grad():
        return np.concatenate([criterion(model(pts), occ).numpy() for pts, occ in loader]).mean()


def batch_means(model, loader, criterion):
    with no_grad():
        return np.mean([criterion(model(pts), occ).mean().item() for pts, occ in loader])


def keep(model, out_dir):
    torch.save(model.state_dict(), os.path.join(out_dir, "model_best.pt"))


# %% wrong 2.1a: labels-apart


def get_train_val_split(points, occupancies):
    n = int(0.8 * len(points))
    points = np.random.permutation(points)
    occupancies = np.random.permutation(occupancies)
    return (nn.TensorDataset(points[:n], occupancies[:n]),
            nn.TensorDataset(points[n:], occupancies[n:]))


# %% wrong 2.1a: order-of-results


def get_train_val_split(points, occupancies):
    order = np.random.permutation(len(points))
    train, val = np.split(order, [round(0.8 * len(points))])
    return (nn.TensorDataset(occupancies[train], points[train]),
            nn.TensorDataset(occupancies[val], points[val]))


# %% wrong 2.1a: not-two-datasets


def get_train_val_split(points, occupancies):
    order = np.random.permutation(len(points))
    train, val = np.split(order, [round(0.8 * len(points))])
    return points[train], occupancies[train], points[val], occupancies[val]


# %% wrong 2.1a: pairs-for-datasets


def get_train_val_split(points, occupancies):
    order = np.random.permutation(len(points))
    train, val = np.split(order, [round(0.8 * len(points))])
    return (points[train], occupancies[train]), (points[val], occupancies[val])


# %% wrong 2.1a: occupancies-missing


def get_train_val_split(points, occupancies):
    order = np.random.permutation(len(points))
    train, val = np.split(order, [round(0.8 * len(points))])
    return nn.TensorDataset(points[train]), nn.TensorDataset(points[val])


# %% wrong 2.1a: points-changed


def get_train_val_split(points, occupancies):
    mixed = np.random.default_rng().permuted(points, axis=0)
    n = round(0.8 * len(points))
    return (nn.TensorDataset(mixed[:n], occupancies[:n]),
            nn.TensorDataset(mixed[n:], occupancies[n:]))


# %% wrong 2.1a: nothing-returned


def get_train_val_split(points, occupancies):
    train_set = nn.TensorDataset(points, occupancies)
    print(len(train_set))


# %% wrong 2.1b: not-a-module


class OccNet:
    def __init__(self, size_h=64, n_hidden=4):
        self.layers = nn.MLP(3, *[size_h] * n_hidden, 1)

    def __call__(self, pts):
        return self.layers(pts).squeeze(-1)


# %% wrong 2.1b: no-gradients


class OccNet(nn.Module):
    def __init__(self, size_h=64, n_hidden=4):
        super().__init__()
        self.first, self.last = nn.Linear(3, size_h), nn.Linear(size_h, 1)
        self.middle = nn.Sequential(*[nn.Linear(size_h, size_h) for _ in range(n_hidden)])

    def forward(self, pts):
        h = pts.data
        for layer in (self.first, *self.middle):
            h = np.maximum(h @ layer.weight.data.T + layer.bias.data, 0)
        return tensor((h @ self.last.weight.data.T + self.last.bias.data)[:, 0])


# %% wrong 2.1b: layers-in-a-list


class OccNet(nn.Module):
    def __init__(self, size_h=64, n_hidden=4):
        super().__init__()
        self.layers = [nn.Linear(3, size_h), *[nn.Linear(size_h, size_h) for _ in range(n_hidden)],
                       nn.Linear(size_h, 1)]

    def forward(self, pts):
        for layer in self.layers[:-1]:
            pts = layer(pts).relu()
        return self.layers[-1](pts).squeeze(-1)


# %% wrong 2.1c: step-before-backward


def train_model(model, train_loader, val_loader, optimizer, criterion, nepochs=15, eval_every=100,
                out_dir="output"):
    liveloss, best, it = PlotLosses(), float("inf"), 0
    val_loss = best
    for _ in range(nepochs):
        losses = []
        for pts, occ in train_loader:
            it += 1
            loss = criterion(model(pts), occ).mean()
            optimizer.step()
            optimizer.zero_grad()
            loss.backward()
            losses.append(loss.item())
            if it == 1 or it % eval_every == 0:
                val_loss = validate(model, val_loader, criterion)
                if val_loss < best:
                    best = val_loss
                    keep(model, out_dir)
        liveloss.update({"loss": np.mean(losses), "val_loss": val_loss})


# %% wrong 2.1c: validated-once-at-the-end


def train_model(model, train_loader, val_loader, optimizer, criterion, nepochs=15, eval_every=100,
                out_dir="output"):
    liveloss, best, it = PlotLosses(), float("inf"), 0
    val_loss = best
    for _ in range(nepochs):
        losses = []
        for pts, occ in train_loader:
            it += 1
            optimizer.zero_grad()
            loss = criterion(model(pts), occ).mean()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        liveloss.update({"loss": np.mean(losses), "val_loss": val_loss})
    val_loss = validate(model, val_loader, criterion)
    if val_loss < best:
        best = val_loss
        keep(model, out_dir)


# %% wrong 2.1d: integers


def predict_grid(model, test_loader, resolution):
    grid, start = np.zeros(resolution ** 3, dtype=int), 0
    with no_grad():
        for pts in test_loader:
            grid[start:start + len(pts)] = model(pts).numpy()
            start += len(pts)
    return grid.reshape(resolution, resolution, resolution)


# %% wrong 2.1d: last-batch-dropped


def predict_grid(model, test_loader, resolution):
    values, size = np.zeros(resolution ** 3), None
    with no_grad():
        for i, pts in enumerate(test_loader):
            size = size or len(pts)
            if len(pts) == size:
                values[i * size:(i + 1) * size] = model(pts).numpy()
    return values.reshape(resolution, resolution, resolution)
