"""Right answers to exercise 2.1 in other styles."""

# ruff: noqa: B007, F811, NPY002

import os
import random
import time

import numpy as np

from lessons.course import PlotLosses, torch
from minicv import nn, no_grad, tensor
from minicv.autograd import concatenate
from minicv.occupancy_network import OccupancyNetwork

rng = np.random.default_rng()


# %% right 2.1a: one order, cut in two (which wrong.diff changes)


def get_train_val_split(points, occupancies):
    n = len(points)
    n_train = int(0.8 * n)
    order = np.random.permutation(n)
    train, val = order[:n_train], order[n_train:]
    return (nn.TensorDataset(points[train], occupancies[train]),
            nn.TensorDataset(points[val], occupancies[val]))


# %% right 2.1a: step by step (which wrong.diff changes)


def get_train_val_split(points, occupancies):
    n = len(points)
    n_train = int(0.8 * n)
    idx = np.random.permutation(n)
    train, val = idx[:n_train], idx[n_train:]
    points, occupancies = torch.from_numpy(points), torch.from_numpy(occupancies)
    train_set = nn.TensorDataset(points[train], occupancies[train])
    val_set = nn.TensorDataset(points[val], occupancies[val])
    return train_set, val_set


# %% right 2.1b: a chain of layers (which wrong.diff changes)


class OccNet(nn.Module):
    def __init__(self, size_h=64, n_hidden=4):
        super().__init__()
        self.layers = nn.MLP(3, *[size_h] * (n_hidden + 1), 1)

    def forward(self, pts):
        return self.layers(pts).squeeze(-1)


# %% right 2.1b: first, middle, last (which wrong.diff changes)


class OccNet(nn.Module):
    def __init__(self, size_h=64, n_hidden=4):
        super().__init__()
        self.first, self.last = nn.Linear(3, size_h), nn.Linear(size_h, 1)
        self.middle = nn.Sequential(*[nn.Linear(size_h, size_h) for _ in range(n_hidden)])

    def forward(self, pts):
        x = self.first(pts).relu()
        for layer in self.middle:
            x = layer(x).relu()
        return self.last(x).squeeze(-1)


# %% right 2.1b: step by step (which wrong.diff changes)


class OccNet(nn.Module):
    def __init__(self, size_h=64, n_hidden=4):
        super().__init__()
        self.fc_in = nn.Linear(3, size_h)
        self.hidden = nn.ModuleList([nn.Linear(size_h, size_h) for _ in range(n_hidden)])
        self.fc_out = nn.Linear(size_h, 1)

    def forward(self, pts):
        net = torch.relu(self.fc_in(pts))
        for layer in self.hidden:
            net = torch.relu(layer(net))
        return self.fc_out(net).squeeze(-1)


# %% right 2.1c: validation and keeping in functions of their own (which wrong.diff changes)


def validate(model, loader, criterion):
    with no_grad():
        return np.concatenate([criterion(model(pts), occ).numpy() for pts, occ in loader]).mean()


def batch_means(model, loader, criterion):
    with no_grad():
        return np.mean([criterion(model(pts), occ).mean().item() for pts, occ in loader])


def keep(model, out_dir):
    torch.save(model.state_dict(), os.path.join(out_dir, "model_best.pt"))


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
        liveloss.update({"loss": np.mean(losses), "val_loss": val_loss})


# %% right 2.1c: step by step (which wrong.diff changes)


def train_model(model, train_loader, val_loader, optimizer, criterion, nepochs=15, eval_every=100,
                out_dir="output"):
    liveloss = PlotLosses()
    best_val, it, val_loss = float("inf"), 0, None
    for epoch in range(nepochs):
        train_losses = []
        for pts, occ in train_loader:
            model.train()
            optimizer.zero_grad()
            loss = criterion(model(pts), occ).mean()
            loss.backward()
            optimizer.step()
            train_losses.append(loss.item())
            it += 1
            if it % eval_every == 0:
                model.eval()
                total, n = 0, 0
                with torch.no_grad():
                    for p, o in val_loader:
                        losses = criterion(model(p), o)
                        total += losses.sum().item()
                        n += len(o)
                val_loss = total / n
                if val_loss < best_val:
                    best_val = val_loss
                    torch.save(model.state_dict(), os.path.join(out_dir, "model_best.pt"))
        liveloss.update({"loss": np.mean(train_losses), "val_loss": val_loss})
        liveloss.send()


# %% right 2.1d: joined in a line (which wrong.diff changes)


def predict_grid(model, test_loader, resolution):
    with no_grad():
        values = np.concatenate([model(pts).numpy() for pts in test_loader])
    return values.reshape(resolution, resolution, resolution)


# %% right 2.1d: step by step (which wrong.diff changes)


def predict_grid(model, test_loader, resolution):
    model.eval()
    values = []
    with torch.no_grad():
        for pts in test_loader:
            values.append(model(pts).numpy())
    values = np.concatenate(values)
    return values.reshape(resolution, resolution, resolution)


# %% right 2.1a: the library's split, which was the task


def get_train_val_split(points, occupancies):
    train, val = nn.train_val_split(points, occupancies)
    return nn.TensorDataset(*train), nn.TensorDataset(*val)


# %% right 2.1a: as written for the notebook


def get_train_val_split(points, occupancies):
    n = len(points)
    idx = np.arange(n)
    np.random.shuffle(idx)
    first, rest = idx[:int(n * 0.8)], idx[int(n * 0.8):]
    train_set = torch.utils.data.TensorDataset(torch.from_numpy(points[first]).float(),
                                               torch.from_numpy(occupancies[first]).float())
    val_set = torch.utils.data.TensorDataset(torch.from_numpy(points[rest]).float(),
                                             torch.from_numpy(occupancies[rest]).float())
    return train_set, val_set


# %% right 2.1a: plain Python, lists of lists


def get_train_val_split(points, occupancies):
    pairs = list(zip(points.tolist(), occupancies.tolist()))
    random.shuffle(pairs)
    n = int(0.8 * len(pairs))
    return [nn.TensorDataset(*map(np.array, zip(*part))) for part in (pairs[:n], pairs[n:])]


# %% right 2.1a: a mask, so that both parts stay in order; occupancies (n, 1)


def get_train_val_split(points, occupancies):
    val = np.zeros(len(points), bool)
    n_val = len(points) - int(len(points) * 0.8)
    val[np.random.choice(len(points), n_val, replace=False)] = True
    return (nn.TensorDataset(tensor(points[~val]), tensor(occupancies[~val, None])),
            nn.TensorDataset(tensor(points[val]), tensor(occupancies[val, None])))


# %% right 2.1a: a dataset of one's own


class Part:
    def __init__(self, points, occupancies):
        self.points, self.occupancies = points, occupancies

    def __len__(self):
        return len(self.points)

    def __getitem__(self, i):
        return self.points[i], self.occupancies[i]


def get_train_val_split(points, occupancies):
    order = rng.permutation(len(points))
    train, val = np.split(order, [int(np.ceil(0.8 * len(points)))])
    return Part(points[train], occupancies[train]), Part(points[val], occupancies[val])


# %% right 2.1b: the first layer counts as one of them


class OccNet(nn.Module):
    def __init__(self, size_h=64, n_hidden=4):
        super().__init__()
        self.layers = nn.MLP(3, *[size_h] * n_hidden, 1)

    def forward(self, pts):
        return self.layers(pts).squeeze(-1)


# %% right 2.1b: the library's network, which was the task


class OccNet(nn.Module):
    def __init__(self, size_h=64, n_hidden=4):
        super().__init__()
        self.layers = OccupancyNetwork(size_h, n_hidden)

    def forward(self, pts):
        return self.layers(pts).squeeze(-1)


# %% right 2.1b: layers by name, made in another order than used; flattened


class OccNet(nn.Module):
    def __init__(self, size_h=64, n_hidden=4):
        super().__init__()
        self.fc_out = nn.Linear(size_h, 1)
        self.hidden = nn.Sequential(*[nn.Linear(size_h, size_h) for _ in range(n_hidden)])
        self.fc_in = nn.Linear(3, size_h)
        self.relu = nn.ReLU()

    def forward(self, pts):
        x = self.relu(self.fc_in(pts))
        for layer in self.hidden:
            x = self.relu(layer(x))
        return self.fc_out(x).reshape(-1)


# %% right 2.1b: ModuleList and functional.relu


class OccNet(nn.Module):
    def __init__(self, size_h=64, n_hidden=4):
        super().__init__()
        self.first = nn.Linear(3, size_h)
        self.hidden = nn.ModuleList([nn.Linear(size_h, size_h) for _ in range(n_hidden)])
        self.last = nn.Linear(size_h, 1)

    def forward(self, pts):
        x = nn.functional.relu(self.first(pts))
        for layer in self.hidden:
            x = nn.functional.relu(layer(x))
        return self.last(x).squeeze(-1)


# %% right 2.1b: squeeze without an axis (which is noted)


class OccNet(nn.Module):
    def __init__(self, size_h=64, n_hidden=4):
        super().__init__()
        self.layers = nn.MLP(3, *[size_h] * (n_hidden + 1), 1)

    def forward(self, pts):
        return self.layers(pts).squeeze()


# %% right 2.1b: weights (in, out) and biases as rows, by hand


class OccNet(nn.Module):
    def __init__(self, size_h=64, n_hidden=4):
        super().__init__()
        sizes = [3] + [size_h] * n_hidden + [1]
        self.layers = nn.Sequential(*map(Layer, sizes, sizes[1:]))

    def forward(self, pts):
        *hidden, last = self.layers
        for layer in hidden:
            pts = layer(pts).relu()
        return last(pts)[:, 0]


class Layer(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.w = nn.Parameter(np.random.randn(n_in, n_out) / np.sqrt(n_in))
        self.b = nn.Parameter(np.zeros((1, n_out)))

    def forward(self, x):
        return x @ self.w + self.b


# %% right 2.1b: all weights (in, out) first, then all biases


class OccNet(nn.Module):
    def __init__(self, size_h=64, n_hidden=4):
        super().__init__()
        sizes = [3] + [size_h] * (n_hidden + 1) + [1]
        for i, (n_in, n_out) in enumerate(zip(sizes, sizes[1:])):
            setattr(self, f"w{i}", nn.Parameter(np.random.randn(n_in, n_out) / np.sqrt(n_in)))
        for i, n_out in enumerate(sizes[1:]):
            setattr(self, f"b{i}", nn.Parameter(np.zeros(n_out)))
        self.n = n_hidden + 1

    def forward(self, pts):
        for i in range(self.n):
            pts = (pts @ getattr(self, f"w{i}") + getattr(self, f"b{i}")).relu()
        return (pts @ getattr(self, f"w{self.n}") + getattr(self, f"b{self.n}")).squeeze(1)


# %% right 2.1c: as written for the notebook


def train_model(model, train_loader, val_loader, optimizer, criterion, nepochs=15, eval_every=100,
                out_dir="output"):
    liveloss = PlotLosses()
    losses = {'loss': None, 'val_loss': None}
    best = float('inf')
    it = 0
    for epoch in range(nepochs):
        start = time.time()
        losses['loss'] = []
        for pts, occ in train_loader:
            it += 1
            if torch.cuda.is_available():
                pts, occ = pts.cuda(), occ.cuda()
            optimizer.zero_grad()
            scores = model(pts)
            loss = criterion(scores, occ).mean()
            loss.backward()
            optimizer.step()
            losses['loss'].append(loss.item())
            if (it == 1) or (it % eval_every == 0):
                with torch.no_grad():
                    val_loss = []
                    for val_pts, val_occ in val_loader:
                        val_loss.extend(criterion(model(val_pts), val_occ))
                    val_loss = torch.stack(val_loss).mean().item()
                    if val_loss < best:
                        best = val_loss
                        torch.save(model.state_dict(), os.path.join(out_dir, 'model_best.pt'))
        print(f'Epoch {epoch + 1}/{nepochs} ({time.time() - start:.2f}s)')
        losses['val_loss'] = val_loss
        losses['loss'] = np.mean(losses['loss'])
        liveloss.update(losses)
        liveloss.send()


# %% right 2.1c: from step 0, zero_grad last, the mean of the batches' means (which is noted)


def train_model(model, train_loader, val_loader, optimizer, criterion, nepochs=15, eval_every=100,
                out_dir="output"):
    best, it, curves = None, 0, ([], [])
    for _ in range(nepochs):
        total = n = 0
        for points, labels in train_loader:
            loss = criterion(model(points), labels).mean()
            loss.backward()
            optimizer.step()
            model.zero_grad()
            total += loss.item() * len(points)
            n += len(points)
            if it % eval_every == 0:
                model.eval()
                with no_grad():
                    now = np.mean([criterion(model(x), y).mean().item() for x, y in val_loader])
                model.train()
                if best is None or now < best:
                    best = now
                    nn.save(model.state_dict(), f"{out_dir}/model_best.pt")
            it += 1
        curves[0].append(total / n)
        curves[1].append(now)
    return curves


# %% right 2.1c: the best weights in the model, no curves (which is noted)


def train_model(model, train_loader, val_loader, optimizer, criterion, nepochs=15, eval_every=100,
                out_dir="output"):
    best, state, it = np.inf, None, 0
    for _ in range(nepochs):
        for points, labels in train_loader:
            it += 1
            optimizer.zero_grad()
            losses = criterion(model(points), labels)
            (losses.sum() / len(losses)).backward()
            optimizer.step()
            if it % eval_every == 0:
                total = count = 0
                for x, y in val_loader:
                    total += criterion(model(x), y).sum().item()
                    count += len(x)
                if total / count < best:
                    best = total / count
                    state = {name: value.copy() for name, value in model.state_dict().items()}
    model.load_state_dict(state)


# %% right 2.1c: the batches of the first epoch in all epochs (which is noted)


def train_model(model, train_loader, val_loader, optimizer, criterion, nepochs=15, eval_every=100,
                out_dir="output"):
    liveloss, history, batches, it = PlotLosses(), [], list(train_loader), 0
    for _ in range(nepochs):
        losses = []
        for points, labels in batches:
            optimizer.zero_grad()
            loss = criterion(model(points), labels).mean()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            it += 1
            if it % eval_every == 0:
                with no_grad():
                    val = torch.cat([criterion(model(x), y) for x, y in val_loader])
                history.append(val.mean().item())
                if history[-1] == min(history):
                    nn.save(model.state_dict(), f"{out_dir}/model_best.pt")
        liveloss.update({"loss": np.mean(losses), "val_loss": history[-1]})


# %% right 2.1d: as written for the notebook


def predict_grid(model, test_loader, resolution):
    grid_values = []
    with torch.no_grad():
        for pts in test_loader:
            if torch.cuda.is_available():
                pts = pts.cuda()
            grid_values.append(model(pts))
    grid_values = torch.cat(grid_values, 0)
    return grid_values.reshape(resolution, resolution, resolution).numpy()


# %% right 2.1d: filled in place


def predict_grid(model, test_loader, resolution):
    values, start = np.empty(resolution ** 3), 0
    model.eval()
    with no_grad():
        for batch in test_loader:
            end = start + len(batch)
            values[start:end] = model(batch).numpy()
            start = end
    return values.reshape([resolution] * 3)


# %% right 2.1d: lists


def predict_grid(model, test_loader, resolution):
    values = []
    for pts in test_loader:
        values += model(pts).detach().numpy().tolist()
    n = resolution
    return [[values[(i * n + j) * n:(i * n + j + 1) * n] for j in range(n)] for i in range(n)]


# %% right 2.1d: tensors, with the graph (which is noted, and costs memory)


def predict_grid(model, test_loader, resolution):
    values = concatenate([model(pts) for pts in test_loader])
    return values.reshape((resolution, resolution, resolution))


# %% right 2.1d: detached, so that nothing is kept


def predict_grid(model, test_loader, resolution):
    values = torch.cat([model(pts).detach() for pts in test_loader], dim=0)
    return values.reshape(resolution, resolution, -1).numpy()


# %% right 2.1d: detached in a loop


def predict_grid(model, test_loader, resolution):
    values = []
    for pts in test_loader:
        logits = model(pts)
        values.append(logits.detach().numpy())
    return np.concatenate(values).reshape(resolution, resolution, resolution)
