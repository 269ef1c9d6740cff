"""Planted wrong answers to exercise 2.1: the name after the colon is what the check must find."""

# ruff: noqa: F811, NPY002

import numpy as np

from minicv import nn, no_grad, tensor

# %% wrong 2.1a: labels-apart


def get_train_val_split(points, occupancies, train_fraction=0.8):
    points = np.random.permutation(points)
    occupancies = np.random.permutation(occupancies)
    n = int(train_fraction * len(points))
    return points[:n], occupancies[:n], points[n:], occupancies[n:]


# %% wrong 2.1a: validation-inside-training


def get_train_val_split(points, occupancies, train_fraction=0.8):
    order = np.random.permutation(len(points))
    n = int(train_fraction * len(points))
    train, val = order[:n], order[:len(points) - n]
    return points[train], occupancies[train], points[val], occupancies[val]


# %% wrong 2.1a: validation-inside-training


def get_train_val_split(points, occupancies, train_fraction=0.8):
    n = len(points)
    train = np.random.choice(n, int(train_fraction * n), replace=False)
    val = np.random.choice(n, n - int(train_fraction * n), replace=False)
    return points[train], occupancies[train], points[val], occupancies[val]


# %% wrong 2.1a: drawn-with-replacement


def get_train_val_split(points, occupancies, train_fraction=0.8):
    n = len(points)
    train = np.random.randint(0, n, int(train_fraction * n))
    val = np.setdiff1d(np.arange(n), train)
    return points[train], occupancies[train], points[val], occupancies[val]


# %% wrong 2.1a: not-shuffled


def get_train_val_split(points, occupancies, train_fraction=0.8):
    n = int(train_fraction * len(points))
    return points[:n], occupancies[:n], points[n:], occupancies[n:]


# %% wrong 2.1a: not-shuffled


def get_train_val_split(points, occupancies, train_fraction=0.8):
    every = round(1 / (1 - train_fraction))
    val = np.arange(len(points)) % every == 0
    return points[~val], occupancies[~val], points[val], occupancies[val]


# %% wrong 2.1a: parts-swapped


def get_train_val_split(points, occupancies, train_fraction=0.8):
    order = np.random.permutation(len(points))
    n = round(train_fraction * len(points))
    val, train = order[:n], order[n:]
    return points[train], occupancies[train], points[val], occupancies[val]


# %% wrong 2.1a: fraction-ignored


def get_train_val_split(points, occupancies, train_fraction=0.8):
    order = np.random.permutation(len(points))
    train, val = order[:800], order[800:]
    return points[train], occupancies[train], points[val], occupancies[val]


# %% wrong 2.1a: coin-for-each-point


def get_train_val_split(points, occupancies, train_fraction=0.8):
    train = np.random.rand(len(points)) < train_fraction
    return points[train], occupancies[train], points[~train], occupancies[~train]


# %% wrong 2.1a: order-of-results


def get_train_val_split(points, occupancies, train_fraction=0.8):
    order = np.random.permutation(len(points))
    train, val = np.split(order, [round(train_fraction * len(points))])
    return points[train], points[val], occupancies[train], occupancies[val]


# %% wrong 2.1a: not-four-results


def get_train_val_split(points, occupancies, train_fraction=0.8):
    order = np.random.permutation(len(points))
    train = order[:round(train_fraction * len(points))]
    return points[train], occupancies[train]


# %% wrong 2.1a: points-lost


def get_train_val_split(points, occupancies, train_fraction=0.8):
    order = np.random.permutation(len(points))
    n = round(train_fraction * len(points))
    train, val = order[:n], order[n + 1:]
    return points[train], occupancies[train], points[val], occupancies[val]


# %% wrong 2.1a: points-changed


def get_train_val_split(points, occupancies, train_fraction=0.8):
    mixed = np.random.default_rng().permuted(points, axis=0)
    n = round(train_fraction * len(points))
    return mixed[:n], occupancies[:n], mixed[n:], occupancies[n:]


# %% wrong 2.1a: nothing-returned


def get_train_val_split(points, occupancies, train_fraction=0.8):
    order = np.random.permutation(len(points))
    train, val = order[:800], order[800:]
    points[train], occupancies[train], points[val], occupancies[val]


# %% wrong 2.1b: not-a-module


class OccNet:
    def __init__(self):
        self.layers = nn.MLP(3, 64, 64, 64, 64, 1)

    def __call__(self, x):
        return self.layers(x)


# %% wrong 2.1b: no-layers


class OccNet(nn.Module):
    def forward(self, x):
        return nn.MLP(3, 64, 64, 64, 64, 1)(x)


# %% wrong 2.1b: no-gradients


class OccNet(nn.MLP):
    def __init__(self):
        super().__init__(3, 64, 64, 64, 64, 1)

    def forward(self, x):
        with no_grad():
            return super().forward(x)


# %% wrong 2.1b: no-gradients


class OccNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(3, 64), nn.Linear(64, 1)
        self.middle = nn.Sequential(*[nn.Linear(64, 64) for _ in range(4)])

    def forward(self, x):
        x = self.first(x).relu()
        for layer in self.middle:
            x = layer(x).detach().relu()
        return self.last(x)


# %% wrong 2.1b: no-gradients


class OccNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(3, 64), nn.Linear(64, 1)
        self.middle = nn.Sequential(*[nn.Linear(64, 64) for _ in range(4)])

    def forward(self, x):
        h = x.data
        for layer in (self.first, *self.middle):
            h = np.maximum(h @ layer.weight.data.T + layer.bias.data, 0)
        return tensor(h @ self.last.weight.data.T + self.last.bias.data)


# %% wrong 2.1b: relu-after-the-last-layer


class OccNet(nn.Module):
    def __init__(self):
        super().__init__()
        layers = [nn.Linear(3, 64), nn.ReLU()]
        for _ in range(4):
            layers += [nn.Linear(64, 64), nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.Linear(64, 1), nn.ReLU())

    def forward(self, x):
        return self.layers(x)


# %% wrong 2.1b: sigmoid-after-the-last-layer


class OccNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.MLP(3, 64, 64, 64, 64, 1)

    def forward(self, x):
        return self.layers(x).sigmoid()


# %% wrong 2.1b: tanh-after-the-last-layer


class OccNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.MLP(3, 64, 64, 64, 64, 1)

    def forward(self, x):
        return 2 * (2 * self.layers(x)).sigmoid() - 1


# %% wrong 2.1b: no-activation


class OccNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(3, 64), nn.Linear(64, 1)
        self.middle = nn.Sequential(*[nn.Linear(64, 64) for _ in range(4)])

    def forward(self, x):
        return self.last(self.middle(self.first(x)))


# %% wrong 2.1b: activation-missing


class OccNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(3, 64), nn.Linear(64, 1)
        self.middle = nn.Sequential(*[nn.Linear(64, 64) for _ in range(4)])

    def forward(self, x):
        x = self.first(x)
        for layer in self.middle:
            x = layer(x).relu()
        return self.last(x)


# %% wrong 2.1b: layers-in-a-list


class OccNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Linear(3, 64), *[nn.Linear(64, 64) for _ in range(4)], nn.Linear(64, 1)]

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = layer(x).relu()
        return self.layers[-1](x)


# %% wrong 2.1b: one-layer-again-and-again


class OccNet(nn.Module):
    def __init__(self):
        super().__init__()
        layers = [nn.Linear(64, 64), nn.ReLU()] * 4
        self.layers = nn.Sequential(nn.Linear(3, 64), nn.ReLU(), *layers, nn.Linear(64, 1))

    def forward(self, x):
        return self.layers(x)


# %% wrong 2.1b: number-of-layers


class OccNet(nn.MLP):
    def __init__(self):
        super().__init__(3, 64, 64, 64, 1)


# %% wrong 2.1b: hidden-size


class OccNet(nn.MLP):
    def __init__(self):
        super().__init__(3, 32, 32, 32, 32, 1)


# %% wrong 2.1b: hidden-size


class OccNet(nn.MLP):
    def __init__(self):
        super().__init__(3, 32, 64, 64, 64, 1)


# %% wrong 2.1b: two-coordinates


class OccNet(nn.MLP):
    def __init__(self):
        super().__init__(2, 64, 64, 64, 64, 1)


# %% wrong 2.1b: more-outputs


class OccNet(nn.MLP):
    def __init__(self):
        super().__init__(3, 64, 64, 64, 64, 2)


# %% wrong 2.1b: more-outputs


class OccNet(nn.MLP):
    def __init__(self):
        super().__init__(3, 64, 64, 64, 64, 3)


# %% wrong 2.1b: no-bias


class OccNet(nn.Module):
    def __init__(self):
        super().__init__()
        sizes = [3, 64, 64, 64, 64, 1]
        for i, size in enumerate(zip(sizes, sizes[1:])):  # (in, out)
            setattr(self, f"w{i}", nn.Parameter(np.zeros(size)))

    def forward(self, x):
        for w in [self.w0, self.w1, self.w2, self.w3]:
            x = (x @ w).relu()
        return x @ self.w4


# %% wrong 2.1b: flat-output


class OccNet(nn.MLP):
    def __init__(self):
        super().__init__(3, 64, 64, 64, 64, 1)

    def forward(self, x):
        return super().forward(x).squeeze(1)


# %% wrong 2.1b: no-bias


class OccNet(nn.Sequential):
    def __init__(self):
        layers = [nn.Linear(3, 64, bias=False), nn.ReLU()]
        for _ in range(4):
            layers += [nn.Linear(64, 64, bias=False), nn.ReLU()]
        super().__init__(*layers, nn.Linear(64, 1, bias=False))


# %% wrong 2.1b: nothing-returned


class OccNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.MLP(3, 64, 64, 64, 64, 1)

    def forward(self, x):
        self.layers(x)


# %% wrong 2.1c: zero-grad-forgotten


def train_model(model, train_loader, val_loader, optimizer, criterion, n_epochs):
    train_losses, val_losses = [], []
    for _ in range(n_epochs):
        losses = []
        for points, occupancies in train_loader:
            loss = criterion(model(points), occupancies)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        train_losses.append(np.mean(losses))
        with no_grad():
            val_losses.append(np.mean([criterion(model(points), occupancies).item()
                                       for points, occupancies in val_loader]))
    return train_losses, val_losses


# %% wrong 2.1c: zero-grad-once-an-epoch


def train_model(model, train_loader, val_loader, optimizer, criterion, n_epochs):
    for _ in range(n_epochs):
        optimizer.zero_grad()
        for points, occupancies in train_loader:
            criterion(model(points), occupancies).backward()
            optimizer.step()


# %% wrong 2.1c: nothing-learned


def train_model(model, train_loader, val_loader, optimizer, criterion, n_epochs):
    for _ in range(n_epochs):
        for points, occupancies in train_loader:
            criterion(model(points), occupancies).backward()
            optimizer.zero_grad()
            optimizer.step()


# %% wrong 2.1c: nothing-learned


def train_model(model, train_loader, val_loader, optimizer, criterion, n_epochs):
    for _ in range(n_epochs):
        for points, occupancies in train_loader:
            optimizer.zero_grad()
            criterion(model(points), occupancies)
            optimizer.step()


# %% wrong 2.1c: step-before-backward


def train_model(model, train_loader, val_loader, optimizer, criterion, n_epochs):
    for _ in range(n_epochs):
        for points, occupancies in train_loader:
            loss = criterion(model(points), occupancies)
            optimizer.step()
            optimizer.zero_grad()
            loss.backward()


# %% wrong 2.1c: one-step-an-epoch


def train_model(model, train_loader, val_loader, optimizer, criterion, n_epochs):
    for _ in range(n_epochs):
        optimizer.zero_grad()
        for points, occupancies in train_loader:
            criterion(model(points), occupancies).backward()
        optimizer.step()


# %% wrong 2.1c: one-epoch


def train_model(model, train_loader, val_loader, optimizer, criterion, n_epochs):
    losses = []
    for points, occupancies in train_loader:
        optimizer.zero_grad()
        loss = criterion(model(points), occupancies)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, losses


# %% wrong 2.1c: no-step


def train_model(model, train_loader, val_loader, optimizer, criterion, n_epochs):
    for _ in range(n_epochs):
        for points, occupancies in train_loader:
            optimizer.zero_grad()
            criterion(model(points), occupancies).backward()


# %% wrong 2.1c: validation-inside-training


def train_model(model, train_loader, val_loader, optimizer, criterion, n_epochs):
    for _ in range(n_epochs):
        for loader in (train_loader, val_loader):
            for points, occupancies in loader:
                optimizer.zero_grad()
                criterion(model(points), occupancies).backward()
                optimizer.step()


# %% wrong 2.1c: trains-on-validation


def train_model(model, train_loader, val_loader, optimizer, criterion, n_epochs):
    history = nn.fit(model, val_loader, train_loader, epochs=n_epochs, loss=criterion,
                     optimizer=optimizer)
    return history.train_loss, history.val_loss


# %% wrong 2.1c: losses-swapped


def train_model(model, train_loader, val_loader, optimizer, criterion, n_epochs):
    history = nn.fit(model, train_loader, val_loader, epochs=n_epochs, loss=criterion,
                     optimizer=optimizer)
    return history.val_loss, history.train_loss


# %% wrong 2.1c: sum-over-batches


def train_model(model, train_loader, val_loader, optimizer, criterion, n_epochs):
    history = nn.fit(model, train_loader, val_loader, epochs=n_epochs, loss=criterion,
                     optimizer=optimizer)
    return [loss * len(train_loader) for loss in history.train_loss], history.val_loss


# %% wrong 2.1c: divided-by-the-number-of-points


def train_model(model, train_loader, val_loader, optimizer, criterion, n_epochs):
    train_losses, val_losses = [], []
    for _ in range(n_epochs):
        running = 0
        for points, occupancies in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(points), occupancies)
            loss.backward()
            optimizer.step()
            running += loss.item()
        train_losses.append(running / len(train_loader.dataset))
        val_losses.append(nn.evaluate(model, val_loader, criterion))
    return train_losses, val_losses


# %% wrong 2.1c: not-reset-between-epochs


def train_model(model, train_loader, val_loader, optimizer, criterion, n_epochs):
    train_losses, val_losses, running = [], [], 0
    for _ in range(n_epochs):
        for points, occupancies in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(points), occupancies)
            loss.backward()
            optimizer.step()
            running += loss.item()
        train_losses.append(running / len(train_loader))
        val_losses.append(nn.evaluate(model, val_loader, criterion))
    return train_losses, val_losses


# %% wrong 2.1c: not-reset-between-epochs


def train_model(model, train_loader, val_loader, optimizer, criterion, n_epochs):
    train_losses, val_losses, losses = [], [], []
    for _ in range(n_epochs):
        for points, occupancies in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(points), occupancies)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        train_losses.append(np.mean(losses))
        val_losses.append(nn.evaluate(model, val_loader, criterion))
    return train_losses, val_losses


# %% wrong 2.1c: validated-once-at-the-end


def train_model(model, train_loader, val_loader, optimizer, criterion, n_epochs):
    train_losses = []
    for _ in range(n_epochs):
        losses = []
        for points, occupancies in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(points), occupancies)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        train_losses.append(np.mean(losses))
    return train_losses, [nn.evaluate(model, val_loader, criterion)]


# %% wrong 2.1c: validated-once-at-the-end


def train_model(model, train_loader, val_loader, optimizer, criterion, n_epochs):
    train_losses = []
    for _ in range(n_epochs):
        losses = []
        for points, occupancies in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(points), occupancies)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        train_losses.append(np.mean(losses))
    return train_losses, [nn.evaluate(model, val_loader, criterion)] * n_epochs


# %% wrong 2.1c: validated-once-at-the-end


def train_model(model, train_loader, val_loader, optimizer, criterion, n_epochs):
    train_losses = []
    for _ in range(n_epochs):
        losses = []
        for points, occupancies in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(points), occupancies)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        train_losses.append(np.mean(losses))
    with no_grad():
        val_losses = [criterion(model(points), occupancies) for points, occupancies in val_loader]
    return train_losses, val_losses


# %% wrong 2.1c: not-two-results


def train_model(model, train_loader, val_loader, optimizer, criterion, n_epochs):
    history = nn.fit(model, train_loader, val_loader, epochs=n_epochs, loss=criterion,
                     optimizer=optimizer)
    return history.train_loss


# %% wrong 2.1c: last-batch-only


def train_model(model, train_loader, val_loader, optimizer, criterion, n_epochs):
    train_losses, val_losses = [], []
    for _ in range(n_epochs):
        for points, occupancies in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(points), occupancies)
            loss.backward()
            optimizer.step()
        train_losses.append(loss.item())
        val_losses.append(nn.evaluate(model, val_loader, criterion))
    return train_losses, val_losses


# %% wrong 2.1c: loss-of-each-batch


def train_model(model, train_loader, val_loader, optimizer, criterion, n_epochs):
    train_losses, val_losses = [], []
    for _ in range(n_epochs):
        for points, occupancies in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(points), occupancies)
            loss.backward()
            optimizer.step()
            train_losses.append(loss.item())
        val_losses.append(nn.evaluate(model, val_loader, criterion))
    return train_losses, val_losses


# %% wrong 2.1c: validated-too-early


def train_model(model, train_loader, val_loader, optimizer, criterion, n_epochs):
    train_losses, val_losses = [], []
    for _ in range(n_epochs):
        val_losses.append(nn.evaluate(model, val_loader, criterion))
        losses = []
        for points, occupancies in train_loader:
            optimizer.zero_grad()
            loss = criterion(model(points), occupancies)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        train_losses.append(sum(losses) / len(losses))
    return train_losses, val_losses


# %% wrong 2.1c: nothing-returned


def train_model(model, train_loader, val_loader, optimizer, criterion, n_epochs):
    nn.fit(model, train_loader, val_loader, epochs=n_epochs, loss=criterion, optimizer=optimizer)


# %% wrong 2.1d: last-batch-only


def predict_grid(model, test_loader, resolution):
    with no_grad():
        for (points,) in test_loader:
            values = model(points)
    return values.numpy()


# %% wrong 2.1d: axes-reversed


def predict_grid(model, test_loader, resolution):
    with no_grad():
        values = np.concatenate([model(points).numpy() for (points,) in test_loader])
    return values.reshape(resolution, resolution, resolution, order="F")


# %% wrong 2.1d: axes-swapped


def predict_grid(model, test_loader, resolution):
    with no_grad():
        values = np.concatenate([model(points).numpy() for (points,) in test_loader])
    return values.reshape(resolution, resolution, resolution).swapaxes(0, 1)


# %% wrong 2.1d: thresholded


def predict_grid(model, test_loader, resolution):
    with no_grad():
        values = np.concatenate([model(points).numpy() for (points,) in test_loader])
    return values.reshape(resolution, resolution, resolution) > 0


# %% wrong 2.1d: probabilities


def predict_grid(model, test_loader, resolution):
    with no_grad():
        values = np.concatenate([model(points).sigmoid().numpy() for (points,) in test_loader])
    return values.reshape(resolution, resolution, resolution)


# %% wrong 2.1d: not-in-the-shape-of-the-grid


def predict_grid(model, test_loader, resolution):
    with no_grad():
        return np.concatenate([model(points).numpy() for (points,) in test_loader])


# %% wrong 2.1d: axis-too-many


def predict_grid(model, test_loader, resolution):
    with no_grad():
        values = np.concatenate([model(points).numpy() for (points,) in test_loader])
    return values.reshape(resolution, resolution, resolution, 1)


# %% wrong 2.1d: not-in-batches


def predict_grid(model, test_loader, resolution):
    points = np.concatenate([points.numpy() for (points,) in test_loader])
    with no_grad():
        return model(points).numpy().reshape(resolution, resolution, resolution)


# %% wrong 2.1d: nothing-returned


def predict_grid(model, test_loader, resolution):
    with no_grad():
        values = np.concatenate([model(points).numpy() for (points,) in test_loader])
    values.reshape(resolution, resolution, resolution)
