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


# %% wrong 2.1a: validation-inside-training


def get_train_val_split(points, occupancies):
    n = len(points)
    n_train = int(0.8 * n)
    order = np.random.permutation(n)
    train, val = order[:n_train], order[:n - n_train]
    return (nn.TensorDataset(points[train], occupancies[train]),
            nn.TensorDataset(points[val], occupancies[val]))


# %% wrong 2.1a: validation-inside-training


def get_train_val_split(points, occupancies):
    n = len(points)
    n_train = int(0.8 * n)
    train = np.random.choice(n, n_train, replace=False)
    val = np.random.choice(n, n - n_train, replace=False)
    return (nn.TensorDataset(points[train], occupancies[train]),
            nn.TensorDataset(points[val], occupancies[val]))


# %% wrong 2.1a: drawn-with-replacement


def get_train_val_split(points, occupancies):
    n = len(points)
    n_train = int(0.8 * n)
    train = np.random.randint(0, n, n_train)
    val = np.setdiff1d(np.arange(n), train)
    return (nn.TensorDataset(points[train], occupancies[train]),
            nn.TensorDataset(points[val], occupancies[val]))


# %% wrong 2.1a: not-shuffled


def get_train_val_split(points, occupancies):
    n = len(points)
    n_train = int(0.8 * n)
    train, val = slice(0, n_train), slice(n_train, n)
    return (nn.TensorDataset(points[train], occupancies[train]),
            nn.TensorDataset(points[val], occupancies[val]))


# %% wrong 2.1a: not-shuffled


def get_train_val_split(points, occupancies):
    n = len(points)
    val = np.arange(n) % 5 == 0
    train = ~val
    return (nn.TensorDataset(points[train], occupancies[train]),
            nn.TensorDataset(points[val], occupancies[val]))


# %% wrong 2.1a: not-shuffled


def get_train_val_split(points, occupancies):
    n = len(points)
    n_train = int(0.8 * n)
    order = np.roll(np.arange(n), np.random.randint(n))
    train, val = order[:n_train], order[n_train:]
    return (nn.TensorDataset(points[train], occupancies[train]),
            nn.TensorDataset(points[val], occupancies[val]))


# %% wrong 2.1a: sorted-by-value


def get_train_val_split(points, occupancies):
    n = len(points)
    n_train = int(0.8 * n)
    order = np.argsort(occupancies)
    train, val = order[:n_train], order[n_train:]
    return (nn.TensorDataset(points[train], occupancies[train]),
            nn.TensorDataset(points[val], occupancies[val]))


# %% wrong 2.1a: sorted-by-value


def get_train_val_split(points, occupancies):
    n = len(points)
    n_train = int(0.8 * n)
    order = np.argsort(points[:, 2])
    train, val = order[:n_train], order[n_train:]
    return (nn.TensorDataset(points[train], occupancies[train]),
            nn.TensorDataset(points[val], occupancies[val]))


# %% wrong 2.1a: seed-inside


def get_train_val_split(points, occupancies):
    n = len(points)
    n_train = int(0.8 * n)
    np.random.seed(42)
    order = np.random.permutation(n)
    train, val = order[:n_train], order[n_train:]
    return (nn.TensorDataset(points[train], occupancies[train]),
            nn.TensorDataset(points[val], occupancies[val]))


# %% wrong 2.1a: seed-inside


def get_train_val_split(points, occupancies):
    n = len(points)
    n_train = int(0.8 * n)
    order = np.random.default_rng(0).permutation(n)
    train, val = order[:n_train], order[n_train:]
    return (nn.TensorDataset(points[train], occupancies[train]),
            nn.TensorDataset(points[val], occupancies[val]))


# %% wrong 2.1a: parts-swapped


def get_train_val_split(points, occupancies):
    n = len(points)
    n_train = int(0.8 * n)
    order = np.random.permutation(n)
    val, train = order[:n_train], order[n_train:]
    return (nn.TensorDataset(points[train], occupancies[train]),
            nn.TensorDataset(points[val], occupancies[val]))


# %% wrong 2.1a: size-written-in


def get_train_val_split(points, occupancies):
    n = len(points)
    order = np.random.permutation(n)
    train, val = order[:200], order[200:]
    return (nn.TensorDataset(points[train], occupancies[train]),
            nn.TensorDataset(points[val], occupancies[val]))


# %% wrong 2.1a: other-share


def get_train_val_split(points, occupancies):
    n = len(points)
    order = np.random.permutation(n)
    train, val = np.split(order, [n * 7 // 10 + 1])
    return (nn.TensorDataset(points[train], occupancies[train]),
            nn.TensorDataset(points[val], occupancies[val]))


# %% wrong 2.1a: coin-for-each-point


def get_train_val_split(points, occupancies):
    n = len(points)
    train = np.random.rand(n) < 0.8
    val = ~train
    return (nn.TensorDataset(points[train], occupancies[train]),
            nn.TensorDataset(points[val], occupancies[val]))


# %% wrong 2.1a: axis-for-n


def get_train_val_split(points, occupancies):
    order = np.random.permutation(points.shape[1])
    train, val = order[:2], order[2:]
    return (nn.TensorDataset(points[train], occupancies[train]),
            nn.TensorDataset(points[val], occupancies[val]))


# %% wrong 2.1a: points-lost


def get_train_val_split(points, occupancies):
    n = len(points)
    n_train = int(0.8 * n)
    order = np.random.permutation(n)
    train, val = order[:n_train], order[n_train + 1:]
    return (nn.TensorDataset(points[train], occupancies[train]),
            nn.TensorDataset(points[val], occupancies[val]))


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


# %% wrong 2.1b: no-layers


class OccNet(nn.Module):
    def __init__(self, size_h=64, n_hidden=4):
        super().__init__()
        self.sizes = [3] + [size_h] * n_hidden + [1]

    def forward(self, pts):
        return nn.MLP(*self.sizes)(pts).squeeze(-1)


# %% wrong 2.1b: no-gradients


class OccNet(nn.Module):
    def __init__(self, size_h=64, n_hidden=4):
        super().__init__()
        self.layers = nn.MLP(3, *[size_h] * (n_hidden + 1), 1)

    def forward(self, pts):
        with no_grad():
            return self.layers(pts).squeeze(-1)


# %% wrong 2.1b: no-gradients


class OccNet(nn.Module):
    def __init__(self, size_h=64, n_hidden=4):
        super().__init__()
        self.first, self.last = nn.Linear(3, size_h), nn.Linear(size_h, 1)
        self.middle = nn.Sequential(*[nn.Linear(size_h, size_h) for _ in range(n_hidden)])

    def forward(self, pts):
        x = self.first(pts).relu()
        for layer in self.middle:
            x = layer(x).detach().relu()
        return self.last(x).squeeze(-1)


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


# %% wrong 2.1b: relu-after-the-last-layer


class OccNet(nn.Module):
    def __init__(self, size_h=64, n_hidden=4):
        super().__init__()
        layers = [nn.Linear(3, size_h), nn.ReLU()]
        for _ in range(n_hidden):
            layers += [nn.Linear(size_h, size_h), nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.Linear(size_h, 1), nn.ReLU())

    def forward(self, pts):
        return self.layers(pts).squeeze(-1)


# %% wrong 2.1b: sigmoid-after-the-last-layer


class OccNet(nn.Module):
    def __init__(self, size_h=64, n_hidden=4):
        super().__init__()
        self.layers = nn.MLP(3, *[size_h] * (n_hidden + 1), 1)

    def forward(self, pts):
        return self.layers(pts).squeeze(-1).sigmoid()


# %% wrong 2.1b: tanh-after-the-last-layer


class OccNet(nn.Module):
    def __init__(self, size_h=64, n_hidden=4):
        super().__init__()
        self.layers = nn.MLP(3, *[size_h] * (n_hidden + 1), 1)

    def forward(self, pts):
        return self.layers(pts).squeeze(-1).tanh()


# %% wrong 2.1b: no-activation


class OccNet(nn.Module):
    def __init__(self, size_h=64, n_hidden=4):
        super().__init__()
        self.first, self.last = nn.Linear(3, size_h), nn.Linear(size_h, 1)
        self.middle = nn.Sequential(*[nn.Linear(size_h, size_h) for _ in range(n_hidden)])

    def forward(self, pts):
        return self.last(self.middle(self.first(pts))).squeeze(-1)


# %% wrong 2.1b: activation-missing


class OccNet(nn.Module):
    def __init__(self, size_h=64, n_hidden=4):
        super().__init__()
        self.first, self.last = nn.Linear(3, size_h), nn.Linear(size_h, 1)
        self.middle = nn.Sequential(*[nn.Linear(size_h, size_h) for _ in range(n_hidden)])

    def forward(self, pts):
        x = self.first(pts)
        for layer in self.middle:
            x = layer(x).relu()
        return self.last(x).squeeze(-1)


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


# %% wrong 2.1b: one-layer-again-and-again


class OccNet(nn.Module):
    def __init__(self, size_h=64, n_hidden=4):
        super().__init__()
        layers = [nn.Linear(size_h, size_h), nn.ReLU()] * n_hidden
        self.layers = nn.Sequential(nn.Linear(3, size_h), nn.ReLU(), *layers, nn.Linear(size_h, 1))

    def forward(self, pts):
        return self.layers(pts).squeeze(-1)


# %% wrong 2.1b: number-of-layers


class OccNet(nn.Module):
    def __init__(self, size_h=64, n_hidden=4):
        super().__init__()
        self.layers = nn.MLP(3, *[size_h] * (n_hidden - 1), 1)

    def forward(self, pts):
        return self.layers(pts).squeeze(-1)


# %% wrong 2.1b: n-hidden-ignored


class OccNet(nn.Module):
    def __init__(self, size_h=64, n_hidden=4):
        super().__init__()
        self.layers = nn.MLP(3, size_h, size_h, size_h, size_h, size_h, 1)

    def forward(self, pts):
        return self.layers(pts).squeeze(-1)


# %% wrong 2.1b: size-written-in


class OccNet(nn.Module):
    def __init__(self, size_h=64, n_hidden=4):
        super().__init__()
        self.layers = nn.MLP(3, *[64] * n_hidden, 1)

    def forward(self, pts):
        return self.layers(pts).squeeze(-1)


# %% wrong 2.1b: size-written-in


class OccNet(nn.Module):
    def __init__(self, size_h=64, n_hidden=4):
        super().__init__()
        self.layers = nn.MLP(3, 64, 64, 64, 64, 1)

    def forward(self, pts):
        return self.layers(pts).squeeze(-1)


# %% wrong 2.1b: hidden-size


class OccNet(nn.Module):
    def __init__(self, size_h=64, n_hidden=4):
        super().__init__()
        self.layers = nn.MLP(3, *[32] * n_hidden, 1)

    def forward(self, pts):
        return self.layers(pts).squeeze(-1)


# %% wrong 2.1b: hidden-size


class OccNet(nn.Module):
    def __init__(self, size_h=64, n_hidden=4):
        super().__init__()
        self.layers = nn.MLP(3, size_h // 2, *[size_h] * (n_hidden - 1), 1)

    def forward(self, pts):
        return self.layers(pts).squeeze(-1)


# %% wrong 2.1b: two-coordinates


class OccNet(nn.Module):
    def __init__(self, size_h=64, n_hidden=4):
        super().__init__()
        self.layers = nn.MLP(2, *[size_h] * n_hidden, 1)

    def forward(self, pts):
        return self.layers(pts).squeeze(-1)


# %% wrong 2.1b: first-layer-inputs


class OccNet(nn.Module):
    def __init__(self, size_h=64, n_hidden=4):
        super().__init__()
        self.layers = nn.MLP(*[size_h] * (n_hidden + 1), 1)

    def forward(self, pts):
        return self.layers(pts).squeeze(-1)


# %% wrong 2.1b: more-outputs


class OccNet(nn.Module):
    def __init__(self, size_h=64, n_hidden=4):
        super().__init__()
        self.layers = nn.MLP(3, *[size_h] * n_hidden, 2)

    def forward(self, pts):
        return self.layers(pts).squeeze(-1)


# %% wrong 2.1b: more-outputs


class OccNet(nn.Module):
    def __init__(self, size_h=64, n_hidden=4):
        super().__init__()
        self.layers = nn.MLP(3, *[size_h] * n_hidden, 3)

    def forward(self, pts):
        return self.layers(pts).squeeze(-1)


# %% wrong 2.1b: not-squeezed


class OccNet(nn.Module):
    def __init__(self, size_h=64, n_hidden=4):
        super().__init__()
        self.layers = nn.MLP(3, *[size_h] * (n_hidden + 1), 1)

    def forward(self, pts):
        return self.layers(pts)


# %% wrong 2.1b: no-bias


class OccNet(nn.Module):
    def __init__(self, size_h=64, n_hidden=4):
        super().__init__()
        layers = [nn.Linear(3, size_h, bias=False), nn.ReLU()]
        for _ in range(n_hidden):
            layers += [nn.Linear(size_h, size_h, bias=False), nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.Linear(size_h, 1, bias=False))

    def forward(self, pts):
        return self.layers(pts).squeeze(-1)


# %% wrong 2.1b: nothing-returned


class OccNet(nn.Module):
    def __init__(self, size_h=64, n_hidden=4):
        super().__init__()
        self.layers = nn.MLP(3, *[size_h] * (n_hidden + 1), 1)

    def forward(self, pts):
        self.layers(pts).squeeze(-1)


# %% wrong 2.1c: zero-grad-forgotten


def train_model(model, train_loader, val_loader, optimizer, criterion, nepochs=15, eval_every=100,
                out_dir="output"):
    liveloss, best, it = PlotLosses(), float("inf"), 0
    val_loss = best
    for _ in range(nepochs):
        losses = []
        for pts, occ in train_loader:
            it += 1
            loss = criterion(model(pts), occ).mean()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            if it == 1 or it % eval_every == 0:
                val_loss = validate(model, val_loader, criterion)
                if val_loss < best:
                    best = val_loss
                    keep(model, out_dir)
        liveloss.update({"loss": np.mean(losses), "val_loss": val_loss})


# %% wrong 2.1c: zero-grad-once-an-epoch


def train_model(model, train_loader, val_loader, optimizer, criterion, nepochs=15, eval_every=100,
                out_dir="output"):
    liveloss, best, it = PlotLosses(), float("inf"), 0
    val_loss = best
    for _ in range(nepochs):
        losses = []
        optimizer.zero_grad()
        for pts, occ in train_loader:
            it += 1
            loss = criterion(model(pts), occ).mean()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            if it == 1 or it % eval_every == 0:
                val_loss = validate(model, val_loader, criterion)
                if val_loss < best:
                    best = val_loss
                    keep(model, out_dir)
        liveloss.update({"loss": np.mean(losses), "val_loss": val_loss})


# %% wrong 2.1c: nothing-learned


def train_model(model, train_loader, val_loader, optimizer, criterion, nepochs=15, eval_every=100,
                out_dir="output"):
    liveloss, best, it = PlotLosses(), float("inf"), 0
    val_loss = best
    for _ in range(nepochs):
        losses = []
        for pts, occ in train_loader:
            it += 1
            loss = criterion(model(pts), occ).mean()
            loss.backward()
            optimizer.zero_grad()
            optimizer.step()
            losses.append(loss.item())
            if it == 1 or it % eval_every == 0:
                val_loss = validate(model, val_loader, criterion)
                if val_loss < best:
                    best = val_loss
                    keep(model, out_dir)
        liveloss.update({"loss": np.mean(losses), "val_loss": val_loss})


# %% wrong 2.1c: nothing-learned


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
            optimizer.step()
            losses.append(loss.item())
            if it == 1 or it % eval_every == 0:
                val_loss = validate(model, val_loader, criterion)
                if val_loss < best:
                    best = val_loss
                    keep(model, out_dir)
        liveloss.update({"loss": np.mean(losses), "val_loss": val_loss})


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


# %% wrong 2.1c: one-step-an-epoch


def train_model(model, train_loader, val_loader, optimizer, criterion, nepochs=15, eval_every=100,
                out_dir="output"):
    liveloss, best, it = PlotLosses(), float("inf"), 0
    val_loss = best
    for _ in range(nepochs):
        losses = []
        optimizer.zero_grad()
        for pts, occ in train_loader:
            it += 1
            loss = criterion(model(pts), occ).mean()
            loss.backward()
            losses.append(loss.item())
            if it == 1 or it % eval_every == 0:
                val_loss = validate(model, val_loader, criterion)
                if val_loss < best:
                    best = val_loss
                    keep(model, out_dir)
        optimizer.step()
        liveloss.update({"loss": np.mean(losses), "val_loss": val_loss})


# %% wrong 2.1c: one-epoch


def train_model(model, train_loader, val_loader, optimizer, criterion, nepochs=15, eval_every=100,
                out_dir="output"):
    liveloss, best, it = PlotLosses(), float("inf"), 0
    val_loss = best
    for _ in range(1):
        losses = []
        for pts, occ in train_loader:
            it += 1
            optimizer.zero_grad()
            loss = criterion(model(pts), occ).mean()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            if it == 1 or it % eval_every == 0:
                val_loss = validate(model, val_loader, criterion)
                if val_loss < best:
                    best = val_loss
                    keep(model, out_dir)
        liveloss.update({"loss": np.mean(losses), "val_loss": val_loss})


# %% wrong 2.1c: epochs-written-in


def train_model(model, train_loader, val_loader, optimizer, criterion, nepochs=15, eval_every=100,
                out_dir="output"):
    liveloss, best, it = PlotLosses(), float("inf"), 0
    val_loss = best
    for _ in range(15):
        losses = []
        for pts, occ in train_loader:
            it += 1
            optimizer.zero_grad()
            loss = criterion(model(pts), occ).mean()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            if it == 1 or it % eval_every == 0:
                val_loss = validate(model, val_loader, criterion)
                if val_loss < best:
                    best = val_loss
                    keep(model, out_dir)
        liveloss.update({"loss": np.mean(losses), "val_loss": val_loss})


# %% wrong 2.1c: epochs-written-in


def train_model(model, train_loader, val_loader, optimizer, criterion, nepochs=15, eval_every=100,
                out_dir="output"):
    liveloss, best, it = PlotLosses(), float("inf"), 0
    val_loss = best
    for _ in range(5):
        losses = []
        for pts, occ in train_loader:
            it += 1
            optimizer.zero_grad()
            loss = criterion(model(pts), occ).mean()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            if it == 1 or it % eval_every == 0:
                val_loss = validate(model, val_loader, criterion)
                if val_loss < best:
                    best = val_loss
                    keep(model, out_dir)
        liveloss.update({"loss": np.mean(losses), "val_loss": val_loss})


# %% wrong 2.1c: no-step


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
            losses.append(loss.item())
            if it == 1 or it % eval_every == 0:
                val_loss = validate(model, val_loader, criterion)
                if val_loss < best:
                    best = val_loss
                    keep(model, out_dir)
        liveloss.update({"loss": np.mean(losses), "val_loss": val_loss})


# %% wrong 2.1c: loss-not-reduced


def train_model(model, train_loader, val_loader, optimizer, criterion, nepochs=15, eval_every=100,
                out_dir="output"):
    liveloss, best, it = PlotLosses(), float("inf"), 0
    val_loss = best
    for _ in range(nepochs):
        losses = []
        for pts, occ in train_loader:
            it += 1
            optimizer.zero_grad()
            loss = criterion(model(pts), occ)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            if it == 1 or it % eval_every == 0:
                val_loss = validate(model, val_loader, criterion)
                if val_loss < best:
                    best = val_loss
                    keep(model, out_dir)
        liveloss.update({"loss": np.mean(losses), "val_loss": val_loss})


# %% wrong 2.1c: loss-summed


def train_model(model, train_loader, val_loader, optimizer, criterion, nepochs=15, eval_every=100,
                out_dir="output"):
    liveloss, best, it = PlotLosses(), float("inf"), 0
    val_loss = best
    for _ in range(nepochs):
        losses = []
        for pts, occ in train_loader:
            it += 1
            optimizer.zero_grad()
            loss = criterion(model(pts), occ).sum()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            if it == 1 or it % eval_every == 0:
                val_loss = validate(model, val_loader, criterion)
                if val_loss < best:
                    best = val_loss
                    keep(model, out_dir)
        liveloss.update({"loss": np.mean(losses), "val_loss": val_loss})


# %% wrong 2.1c: sigmoid-before-the-criterion


def train_model(model, train_loader, val_loader, optimizer, criterion, nepochs=15, eval_every=100,
                out_dir="output"):
    liveloss, best, it = PlotLosses(), float("inf"), 0
    val_loss = best
    for _ in range(nepochs):
        losses = []
        for pts, occ in train_loader:
            it += 1
            optimizer.zero_grad()
            loss = criterion(model(pts).sigmoid(), occ).mean()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            if it == 1 or it % eval_every == 0:
                val_loss = validate(model, val_loader, criterion)
                if val_loss < best:
                    best = val_loss
                    keep(model, out_dir)
        liveloss.update({"loss": np.mean(losses), "val_loss": val_loss})


# %% wrong 2.1c: own-loss


def train_model(model, train_loader, val_loader, optimizer, criterion, nepochs=15, eval_every=100,
                out_dir="output"):
    liveloss, best, it = PlotLosses(), float("inf"), 0
    val_loss = best
    for _ in range(nepochs):
        losses = []
        for pts, occ in train_loader:
            it += 1
            optimizer.zero_grad()
            loss = ((model(pts) - occ) ** 2).mean()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            if it == 1 or it % eval_every == 0:
                val_loss = validate(model, val_loader, criterion)
                if val_loss < best:
                    best = val_loss
                    keep(model, out_dir)
        liveloss.update({"loss": np.mean(losses), "val_loss": val_loss})


# %% wrong 2.1c: own-loss


def train_model(model, train_loader, val_loader, optimizer, criterion, nepochs=15, eval_every=100,
                out_dir="output"):
    liveloss, best, it = PlotLosses(), float("inf"), 0
    val_loss = best
    for _ in range(nepochs):
        losses = []
        for pts, occ in train_loader:
            it += 1
            optimizer.zero_grad()
            loss = ((model(pts).sigmoid() - occ) ** 2).mean()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            if it == 1 or it % eval_every == 0:
                val_loss = validate(model, val_loader, criterion)
                if val_loss < best:
                    best = val_loss
                    keep(model, out_dir)
        liveloss.update({"loss": np.mean(losses), "val_loss": val_loss})


# %% wrong 2.1c: eval-never-undone


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
            if it == 1 or it % eval_every == 0:
                model.eval()
                val_loss = validate(model, val_loader, criterion)
                if val_loss < best:
                    best = val_loss
                    keep(model, out_dir)
        liveloss.update({"loss": np.mean(losses), "val_loss": val_loss})


# %% wrong 2.1c: validation-inside-training


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
            if it == 1 or it % eval_every == 0:
                for pts, occ in val_loader:
                    optimizer.zero_grad()
                    loss = criterion(model(pts), occ).mean()
                    loss.backward()
                    optimizer.step()
                val_loss = loss.item()
                if val_loss < best:
                    best = val_loss
                    keep(model, out_dir)
        liveloss.update({"loss": np.mean(losses), "val_loss": val_loss})


# %% wrong 2.1c: trains-on-validation


def train_model(model, train_loader, val_loader, optimizer, criterion, nepochs=15, eval_every=100,
                out_dir="output"):
    liveloss, best, it = PlotLosses(), float("inf"), 0
    val_loss = best
    for _ in range(nepochs):
        losses = []
        for pts, occ in val_loader:
            it += 1
            optimizer.zero_grad()
            loss = criterion(model(pts), occ).mean()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            if it == 1 or it % eval_every == 0:
                val_loss = validate(model, val_loader, criterion)
                if val_loss < best:
                    best = val_loss
                    keep(model, out_dir)
        liveloss.update({"loss": np.mean(losses), "val_loss": val_loss})


# %% wrong 2.1c: never-validated


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
            if it == 1 or it % eval_every == 0:
                val_loss = losses[-1]
                if val_loss < best:
                    best = val_loss
                    keep(model, out_dir)
        liveloss.update({"loss": np.mean(losses), "val_loss": val_loss})


# %% wrong 2.1c: validates-on-one-batch


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
            if it == 1 or it % eval_every == 0:
                points, labels = next(iter(val_loader))
                val_loss = criterion(model(points), labels).mean().item()
                if val_loss < best:
                    best = val_loss
                    keep(model, out_dir)
        liveloss.update({"loss": np.mean(losses), "val_loss": val_loss})


# %% wrong 2.1c: validated-once-an-epoch


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


# %% wrong 2.1c: eval-every-ignored


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
            if it == 1 or it % 100 == 0:
                val_loss = validate(model, val_loader, criterion)
                if val_loss < best:
                    best = val_loss
                    keep(model, out_dir)
        liveloss.update({"loss": np.mean(losses), "val_loss": val_loss})


# %% wrong 2.1c: eval-every-ignored


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
            if it > 0:
                val_loss = validate(model, val_loader, criterion)
                if val_loss < best:
                    best = val_loss
                    keep(model, out_dir)
        liveloss.update({"loss": np.mean(losses), "val_loss": val_loss})


# %% wrong 2.1c: counter-begins-anew


def train_model(model, train_loader, val_loader, optimizer, criterion, nepochs=15, eval_every=100,
                out_dir="output"):
    liveloss, best, it = PlotLosses(), float("inf"), 0
    val_loss = best
    for _ in range(nepochs):
        losses, it = [], 0
        for pts, occ in train_loader:
            it += 1
            optimizer.zero_grad()
            loss = criterion(model(pts), occ).mean()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            if it == 1 or it % eval_every == 0:
                val_loss = validate(model, val_loader, criterion)
                if val_loss < best:
                    best = val_loss
                    keep(model, out_dir)
        liveloss.update({"loss": np.mean(losses), "val_loss": val_loss})


# %% wrong 2.1c: last-for-best


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
            if it == 1 or it % eval_every == 0:
                val_loss = validate(model, val_loader, criterion)
                if val_loss < np.inf:
                    best = val_loss
                    keep(model, out_dir)
        liveloss.update({"loss": np.mean(losses), "val_loss": val_loss})


# %% wrong 2.1c: last-for-best


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
            if it == 1 or it % eval_every == 0:
                val_loss = validate(model, val_loader, criterion)
                if val_loss < best:
                    keep(model, out_dir)
        liveloss.update({"loss": np.mean(losses), "val_loss": val_loss})


# %% wrong 2.1c: worst-for-best


def train_model(model, train_loader, val_loader, optimizer, criterion, nepochs=15, eval_every=100,
                out_dir="output"):
    liveloss, best, it = PlotLosses(), 0, 0
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
            if it == 1 or it % eval_every == 0:
                val_loss = validate(model, val_loader, criterion)
                if val_loss > best:
                    best = val_loss
                    keep(model, out_dir)
        liveloss.update({"loss": np.mean(losses), "val_loss": val_loss})


# %% wrong 2.1c: best-not-kept


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
            if it == 1 or it % eval_every == 0:
                val_loss = validate(model, val_loader, criterion)
                if val_loss < best:
                    best = val_loss
        liveloss.update({"loss": np.mean(losses), "val_loss": val_loss})


# %% wrong 2.1c: best-not-kept


def train_model(model, train_loader, val_loader, optimizer, criterion, nepochs=15, eval_every=100,
                out_dir="output"):
    liveloss, best, it = PlotLosses(), 0, 0
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
            if it == 1 or it % eval_every == 0:
                val_loss = validate(model, val_loader, criterion)
                if val_loss < best:
                    best = val_loss
                    keep(model, out_dir)
        liveloss.update({"loss": np.mean(losses), "val_loss": val_loss})


# %% wrong 2.1c: sum-over-batches


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
            if it == 1 or it % eval_every == 0:
                val_loss = validate(model, val_loader, criterion)
                if val_loss < best:
                    best = val_loss
                    keep(model, out_dir)
        liveloss.update({"loss": np.sum(losses), "val_loss": val_loss})


# %% wrong 2.1c: sum-over-batches


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
            if it == 1 or it % eval_every == 0:
                val_loss = batch_means(model, val_loader, criterion)
                val_loss *= len(val_loader)
                if val_loss < best:
                    best = val_loss
                    keep(model, out_dir)
        liveloss.update({"loss": np.mean(losses), "val_loss": val_loss})


# %% wrong 2.1c: divided-by-the-number-of-points


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
            if it == 1 or it % eval_every == 0:
                val_loss = validate(model, val_loader, criterion)
                if val_loss < best:
                    best = val_loss
                    keep(model, out_dir)
        liveloss.update({"loss": sum(losses) / len(train_loader.dataset), "val_loss": val_loss})


# %% wrong 2.1c: not-reset-between-epochs


def train_model(model, train_loader, val_loader, optimizer, criterion, nepochs=15, eval_every=100,
                out_dir="output"):
    liveloss, best, it = PlotLosses(), float("inf"), 0
    val_loss = best
    losses = []
    for _ in range(nepochs):
        for pts, occ in train_loader:
            it += 1
            optimizer.zero_grad()
            loss = criterion(model(pts), occ).mean()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            if it == 1 or it % eval_every == 0:
                val_loss = validate(model, val_loader, criterion)
                if val_loss < best:
                    best = val_loss
                    keep(model, out_dir)
        liveloss.update({"loss": np.mean(losses), "val_loss": val_loss})


# %% wrong 2.1c: last-batch-only


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
            if it == 1 or it % eval_every == 0:
                val_loss = validate(model, val_loader, criterion)
                if val_loss < best:
                    best = val_loss
                    keep(model, out_dir)
        liveloss.update({"loss": loss.item(), "val_loss": val_loss})


# %% wrong 2.1c: losses-swapped


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
            if it == 1 or it % eval_every == 0:
                val_loss = validate(model, val_loader, criterion)
                if val_loss < best:
                    best = val_loss
                    keep(model, out_dir)
        liveloss.update({"loss": val_loss, "val_loss": np.mean(losses)})


# %% wrong 2.1c: key-missing


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
            if it == 1 or it % eval_every == 0:
                val_loss = validate(model, val_loader, criterion)
                if val_loss < best:
                    best = val_loss
                    keep(model, out_dir)
        liveloss.update({"loss": np.mean(losses), "val": val_loss})


# %% wrong 2.1d: last-batch-only


def predict_grid(model, test_loader, resolution):
    with no_grad():
        for pts in test_loader:
            values = model(pts)
    return values.numpy()


# %% wrong 2.1d: axes-reversed


def predict_grid(model, test_loader, resolution):
    with no_grad():
        values = np.concatenate([model(pts).numpy() for pts in test_loader])
    return values.reshape(resolution, resolution, resolution, order="F")


# %% wrong 2.1d: axes-swapped


def predict_grid(model, test_loader, resolution):
    with no_grad():
        values = np.concatenate([model(pts).numpy() for pts in test_loader])
    return values.reshape(resolution, resolution, resolution).swapaxes(0, 1)


# %% wrong 2.1d: axis-flipped


def predict_grid(model, test_loader, resolution):
    with no_grad():
        values = np.concatenate([model(pts).numpy() for pts in test_loader])
    return values.reshape(resolution, resolution, resolution)[:, :, ::-1]


# %% wrong 2.1d: thresholded


def predict_grid(model, test_loader, resolution):
    with no_grad():
        values = np.concatenate([model(pts).numpy() for pts in test_loader])
    return values.reshape(resolution, resolution, resolution) > 0


# %% wrong 2.1d: probabilities


def predict_grid(model, test_loader, resolution):
    with no_grad():
        values = np.concatenate([model(pts).numpy() for pts in test_loader])
    return (1 / (1 + np.exp(-values))).reshape(resolution, resolution, resolution)


# %% wrong 2.1d: sign


def predict_grid(model, test_loader, resolution):
    with no_grad():
        values = np.concatenate([model(pts).numpy() for pts in test_loader])
    return -values.reshape(resolution, resolution, resolution)


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


# %% wrong 2.1d: last-batch-dropped


def predict_grid(model, test_loader, resolution):
    with no_grad():
        values = [model(pts).numpy() for pts in test_loader]
    return np.concatenate(values[:-1])


# %% wrong 2.1d: not-in-the-shape-of-the-grid


def predict_grid(model, test_loader, resolution):
    with no_grad():
        values = np.concatenate([model(pts).numpy() for pts in test_loader])
    return values


# %% wrong 2.1d: axis-too-many


def predict_grid(model, test_loader, resolution):
    with no_grad():
        values = np.concatenate([model(pts).numpy() for pts in test_loader])
    return values.reshape(resolution, resolution, resolution, 1)


# %% wrong 2.1d: not-in-batches


def predict_grid(model, test_loader, resolution):
    points = np.concatenate([pts.numpy() for pts in test_loader])
    with no_grad():
        return model(points).numpy().reshape(resolution, resolution, resolution)


# %% wrong 2.1d: nothing-returned


def predict_grid(model, test_loader, resolution):
    with no_grad():
        values = np.concatenate([model(pts).numpy() for pts in test_loader])
    values.reshape(resolution, resolution, resolution)
