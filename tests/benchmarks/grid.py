"""A trained occupancy network on a grid, against PyTorch; and what multi-resolution saves."""

import functools
from functools import partial

import numpy as np

from minicv import fast, nn
from minicv.datasets import load_points
from minicv.occupancy_network import OccupancyNetwork, evaluate_grid
from tests.benchmarks.timing import Row, interleaved

PEER_BATCHES = (1024, 4096, 16384, 65536)


@functools.cache
def trained_network(width: int = 64, hidden_layers: int = 5, epochs: int = 15) -> OccupancyNetwork:
    """The recipe of exercise 2.1: fresh networks hardly bend in the unit cube."""
    points, occupancies = load_points("data/points.npz")
    labels = occupancies[:, None].astype(np.float32)
    network = OccupancyNetwork(width, hidden_layers - 1, rng=0)
    loader = nn.DataLoader(nn.TensorDataset(points, labels), batch_size=1024, shuffle=True, rng=0)
    nn.fit(network, loader, epochs=epochs, loss=nn.BCEWithLogitsLoss(),
           optimizer=nn.optim.Adam(network.parameters(), lr=1e-3))
    return network


def peer_of(network: OccupancyNetwork):
    """The same network in PyTorch."""
    import torch
    layers = []
    for layer in network:
        if isinstance(layer, nn.Linear):
            layers.append(torch.nn.Linear(layer.in_features, layer.out_features))
        else:
            layers.append(torch.nn.ReLU())
    peer = torch.nn.Sequential(*layers)
    peer.load_state_dict({name: torch.tensor(value)
                          for name, value in network.state_dict().items()})
    return peer


def rows():
    import torch
    network = trained_network()
    peer = peer_of(network)
    axis = torch.linspace(-0.5, 0.5, 128)
    points = torch.stack(torch.meshgrid(axis, axis, axis, indexing="ij"), dim=-1).reshape(-1, 3)

    def theirs(batch: int) -> np.ndarray:
        with torch.no_grad():
            return torch.cat([peer(part) for part in points.split(batch)]).numpy()

    difference = np.abs(evaluate_grid(network, 128).ravel() - theirs(4096)[:, 0]).max()
    assert difference < 1e-5 * np.abs(theirs(4096)).max(), "the two do not compute the same"
    sooner, plain, *peers = interleaved(lambda: fast.evaluate_grid(network, 128),
                                        lambda: evaluate_grid(network, 128),
                                        *[partial(theirs, batch) for batch in PEER_BATCHES])
    best, batch = min(zip(peers, PEER_BATCHES))
    yield Row("128^3 grid, trained network [s]", f"torch, {batch}", best, fast=sooner, plain=plain,
              wanted=0.6, plain_wanted=3.0, plain_code=["occupancy_network/grid.py"],
              fast_code=["fast/grid.py"])

    _, n_evaluations = fast.evaluate_near_surface(network, 256)
    yield Row("256^3 chair, multi-resolution [points]", "dense", 256**3, fast=n_evaluations,
              wanted=0.12, fast_code=["fast/near_surface.py"])
