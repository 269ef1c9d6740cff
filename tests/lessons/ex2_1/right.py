"""Right answers to exercise 2.1 in other styles."""

# ruff: noqa: F811, NPY002

import random

import numpy as np

from minicv import nn, no_grad, tensor
from minicv.autograd import concatenate

# %% right 2.1a: pairs of pairs, as the library returns them


def get_train_val_split(points, occupancies, train_fraction=0.8):
    return nn.train_val_split(points, occupancies, fraction=train_fraction, rng=0)


# %% right 2.1a: plain Python, a list of lists


def get_train_val_split(points, occupancies, train_fraction=0.8):
    pairs = list(zip(points.tolist(), occupancies.tolist()))
    random.shuffle(pairs)
    n = int(train_fraction * len(pairs))
    train_points, train_labels = zip(*pairs[:n])
    val_points, val_labels = zip(*pairs[n:])
    return [list(train_points), list(train_labels), list(val_points), list(val_labels)]


# %% right 2.1a: a mask, so that both parts stay in order; tensors


def get_train_val_split(points, occupancies, train_fraction=0.8):
    val = np.zeros(len(points), bool)
    n_val = len(points) - int(len(points) * train_fraction)
    val[np.random.choice(len(points), n_val, replace=False)] = True
    return (tensor(points[~val]), tensor(occupancies[~val]),
            tensor(points[val]), tensor(occupancies[val, None]))


# %% right 2.1b: the first layer counts as one of the four


class OccNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.MLP(3, 64, 64, 64, 64, 1)

    def forward(self, x):
        return self.layers(x)


# %% right 2.1b: layers by name, made in another order than used


class OccNet(nn.Module):
    def __init__(self, hidden_size=64, n_hidden=4):
        super().__init__()
        self.fc_out = nn.Linear(hidden_size, 1)
        self.fc_4 = nn.Linear(hidden_size, hidden_size)
        self.fc_3 = nn.Linear(hidden_size, hidden_size)
        self.fc_2 = nn.Linear(hidden_size, hidden_size)
        self.fc_1 = nn.Linear(hidden_size, hidden_size)
        self.fc_in = nn.Linear(3, hidden_size)
        self.relu = nn.ReLU()

    def forward(self, x):
        for layer in (self.fc_in, self.fc_1, self.fc_2, self.fc_3, self.fc_4):
            x = self.relu(layer(x))
        return self.fc_out(x)


# %% right 2.1b: parameters by hand, weights (in, out), biases as rows


class OccNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(*[Layer(n_in, n_out) for n_in, n_out in [
            (3, 64), (64, 64), (64, 64), (64, 64), (64, 1)]])

    def forward(self, x):
        *hidden, last = self.layers
        for layer in hidden:
            x = layer(x).relu()
        return last(x)


class Layer(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.w = nn.Parameter(np.random.randn(n_in, n_out) / np.sqrt(n_in))
        self.b = nn.Parameter(np.zeros((1, n_out)))

    def forward(self, x):
        return x @ self.w + self.b


# %% right 2.1b: all weights (in, out) first, then all biases


class OccNet(nn.Module):
    def __init__(self, hidden_size=64, n_hidden=4):
        super().__init__()
        sizes = [3] + [hidden_size] * (n_hidden + 1) + [1]
        for i, (n_in, n_out) in enumerate(zip(sizes, sizes[1:])):
            setattr(self, f"w{i}", nn.Parameter(np.random.randn(n_in, n_out) / np.sqrt(n_in)))
        for i, n_out in enumerate(sizes[1:]):
            setattr(self, f"b{i}", nn.Parameter(np.zeros(n_out)))
        self.n = n_hidden + 1

    def forward(self, x):
        for i in range(self.n):
            x = (x @ getattr(self, f"w{i}") + getattr(self, f"b{i}")).relu()
        return x @ getattr(self, f"w{self.n}") + getattr(self, f"b{self.n}")


# %% right 2.1b: all weights first, only the hidden ones (in, out); biases before them


class OccNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.b1, self.b2, self.b3, self.b4 = (nn.Parameter(np.zeros(64)) for _ in range(4))
        self.b5 = nn.Parameter(np.zeros(1))
        self.w1 = nn.Parameter(np.random.randn(64, 3))
        self.w2, self.w3, self.w4 = (nn.Parameter(np.random.randn(64, 64)) for _ in range(3))
        self.w5 = nn.Parameter(np.random.randn(64, 1))

    def forward(self, x):
        x = (x @ self.w1.T + self.b1).relu()
        for w, b in [(self.w2, self.b2), (self.w3, self.b3), (self.w4, self.b4)]:
            x = (x @ w + b).relu()
        return x @ self.w5 + self.b5


# %% right 2.1c: one array with two rows


def train_model(model, train_loader, val_loader, optimizer, criterion, n_epochs):
    history = nn.fit(model, train_loader, val_loader, epochs=n_epochs, loss=criterion,
                     optimizer=optimizer)
    return np.array([history.train_loss, history.val_loss])


# %% right 2.1c: by hand, validation weighted by size, arrays


def train_model(model, train_loader, val_loader, optimizer, criterion, n_epochs):
    losses = np.zeros((2, n_epochs))
    for epoch in range(n_epochs):
        model.train()
        for points, occupancies in train_loader:
            loss = criterion(model(points), occupancies)
            model.zero_grad()
            loss.backward()
            optimizer.step()
            losses[0, epoch] += loss.item() / len(train_loader)
        model.eval()
        total = count = 0
        with no_grad():
            for points, occupancies in val_loader:
                total += criterion(model(points), occupancies).item() * len(points)
                count += len(points)
        losses[1, epoch] = total / count
    return losses[0], losses[1]


# %% right 2.1c: training loss at the end of the epoch, losses as tensors, zero_grad last


def train_model(model, train_loader, val_loader, optimizer, criterion, n_epochs):
    def mean(loader):
        batches = [criterion(model(points), occupancies) for points, occupancies in loader]
        return sum(batches) / len(batches)

    train_losses, val_losses = [], []
    while len(train_losses) < n_epochs:
        for points, occupancies in train_loader:
            criterion(model(points), occupancies).backward()
            optimizer.step()
            optimizer.zero_grad()
        train_losses.append(mean(train_loader))
        val_losses.append(mean(val_loader))
    return tuple(train_losses), tuple(val_losses)


# %% right 2.1c: the library's history


def train_model(model, train_loader, val_loader, optimizer, criterion, n_epochs):
    return nn.fit(model, train_loader, val_loader, epochs=n_epochs, loss=criterion,
                  optimizer=optimizer)


# %% right 2.1d: filled in place


def predict_grid(model, test_loader, resolution):
    values, start = np.empty(resolution ** 3), 0
    model.eval()
    with no_grad():
        for batch in test_loader:
            end = start + len(batch[0])
            values[start:end] = model(batch[0]).numpy()[:, 0]
            start = end
    return values.reshape([resolution] * 3)


# %% right 2.1d: lists


def predict_grid(model, test_loader, resolution):
    values = []
    for (points,) in test_loader:
        values += model(points).detach().squeeze().numpy().tolist()
    n = resolution
    return [[values[(i * n + j) * n:(i * n + j + 1) * n] for j in range(n)] for i in range(n)]


# %% right 2.1d: tensors, with the graph (which is noted, and costs memory)


def predict_grid(model, test_loader, resolution):
    values = concatenate([model(points) for (points,) in test_loader])
    return values.reshape((resolution, resolution, resolution))
