"""One training epoch of the recipe of exercise 2.1, beside PyTorch on the CPU.

80,000 points, batches of 1024 in random order, the network 3-64-64-64-64-64-1 with ReLU, binary
cross entropy with logits, Adam with lr 1e-3, everything float32.  PyTorch comes in two forms: with
its own `DataLoader`, as its tutorials write it, and with a loop that slices a random permutation,
as its users do once they have noticed what the loader costs.
"""

from collections.abc import Callable, Iterator

import numpy as np

from minicv import nn
from tests.benchmarks.timing import Row, interleaved

N_POINTS = 80_000
BATCH_SIZE = 1024
SIZES = (3, 64, 64, 64, 64, 64, 1)
TARGET = 0.85
CODE = ["autograd/tensors.py", "autograd/recording.py", "autograd/graph.py",
        "autograd/functions.py", "autograd/operations.py", "nn/modules.py", "nn/layers.py",
        "nn/losses.py", "nn/optim.py", "nn/data.py", "nn/training.py"]


def ball(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Points in the unit cube, and whether they lie in a ball in its middle."""
    points = np.random.default_rng(0).uniform(-0.5, 0.5, (n, 3)).astype(np.float32)
    inside = np.linalg.norm(points, axis=1, keepdims=True) < 0.4
    return points, inside.astype(np.float32)


def minicv_epoch(points: np.ndarray, inside: np.ndarray) -> Callable[[], None]:
    network = nn.MLP(*SIZES, rng=0)
    optimizer = nn.optim.Adam(network.parameters(), lr=1e-3)
    loader = nn.DataLoader(nn.TensorDataset(points, inside), BATCH_SIZE, shuffle=True, rng=0)
    loss = nn.BCEWithLogitsLoss()
    return lambda: nn.fit(network, loader, epochs=1, loss=loss, optimizer=optimizer)


def torch_epoch(points: np.ndarray, inside: np.ndarray, own_loader: bool) -> Callable[[], None]:
    import torch

    layers = []
    for n_in, n_out in zip(SIZES, SIZES[1:]):
        layers += [torch.nn.Linear(n_in, n_out), torch.nn.ReLU()]
    network = torch.nn.Sequential(*layers[:-1])
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    loss = torch.nn.BCEWithLogitsLoss()
    points, inside = torch.from_numpy(points), torch.from_numpy(inside)
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(points, inside),
                                         batch_size=BATCH_SIZE, shuffle=True)

    def sliced_permutation():
        order = torch.randperm(len(points))
        for start in range(0, len(points), BATCH_SIZE):
            batch = order[start:start + BATCH_SIZE]
            yield points[batch], inside[batch]

    def epoch():
        total = 0.0
        for x, y in loader if own_loader else sliced_permutation():
            optimizer.zero_grad()
            batch_loss = loss(network(x), y)
            batch_loss.backward()
            optimizer.step()
            total += batch_loss.item() * len(x)  # the curve of 2.1c, which `fit` computes as well

    return epoch


def rows() -> Iterator[Row]:
    """Medians of alternating epochs."""
    data = ball(N_POINTS)
    ours, *peers = interleaved(minicv_epoch(*data), torch_epoch(*data, own_loader=True),
                               torch_epoch(*data, own_loader=False))
    for peer, theirs in zip(("torch, loader", "torch, slices"), peers):
        yield Row("one training epoch of exercise 2.1 [s]", peer, theirs, plain=ours,
                  plain_wanted=TARGET, plain_code=CODE)
