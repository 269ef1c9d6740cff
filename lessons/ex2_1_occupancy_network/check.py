"""Exercise 2.1: split, network, training loop, grid.

None of the checks trains a chair. What each of them does, and which mistakes it knows, stands in
`checks/`, a file for each task. All sizes are drawn anew at each check, so that no number can be
written into an answer.
"""

from __future__ import annotations

from lessons.engine import Task
from lessons.ex2_1_occupancy_network.checks.grid import check_grid
from lessons.ex2_1_occupancy_network.checks.network import check_network
from lessons.ex2_1_occupancy_network.checks.split import check_split
from lessons.ex2_1_occupancy_network.checks.training import check_training

TASKS = [
    Task("2.1a", "Training and validation data", check_split, hints=(
        "Put all points in a random order, and cut that order in two. Occupancies go where their "
        "points go.",
        "One permutation pi of 0, ..., N - 1 for both arrays; the first round(0.8 N) entries of pi "
        "are for training, all others for validation.",
        "    order = np.random.permutation(len(points))\n"
        "    n_train = round(0.8 * len(points))\n"
        "    train, val = order[:n_train], order[n_train:]\n"
        "    return nn.TensorDataset(points[train], ...), ..."),
        read="minicv/nn/data.py, train_val_split"),
    Task("2.1b", "The network", check_network, hints=(
        "A chain: layer, ReLU, layer, ReLU, ..., layer. What bends the function is the ReLU; the "
        "last layer has to be free to say any number.",
        "3 -> size_h, n_hidden times size_h -> size_h, size_h -> 1. Layers must be attributes of "
        "the module for their weights to be found: nn.Sequential(*layers) takes a list of them.",
        "    layers = [nn.Linear(3, size_h), nn.ReLU()]\n"
        "    for _ in range(n_hidden):\n"
        "        layers += [nn.Linear(size_h, size_h), nn.ReLU()]\n"
        "    layers += [...]\n"
        "    self.layers = nn.Sequential(*layers)\n"
        "and in forward, squeeze(-1) makes (N,) of (N, 1)."),
        read="minicv/nn/layers.py, and minicv/occupancy_network/network.py, OccupancyNetwork"),
    Task("2.1c", "The training loop", check_training, seconds=30, hints=(
        "For each batch: forget the old gradients, compute the loss, its gradients, and make a "
        "step. Every eval_every steps: measure the loss on the validation batches, without "
        "learning from them, and keep the weights if it is the lowest so far.",
        "p <- p - lr * dL/dp for the mean loss L of this batch alone. backward() adds to .grad, "
        "which is why zero_grad() comes first.",
        "    for epoch in range(nepochs):\n"
        "        for pts, occ in train_loader:\n"
        "            it += 1\n"
        "            optimizer.zero_grad()\n"
        "            loss = criterion(model(pts), occ).mean()\n"
        "            loss.backward()\n"
        "            optimizer.step()\n"
        "            if it % eval_every == 0:\n"
        "                with no_grad():\n"
        "                    ...\n"
        "                if val_loss < best:\n"
        "                    ..."),
        read="minicv/nn/training.py, fit"),
    Task("2.1d", "The network on a grid", check_grid, hints=(
        "Send batch after batch through the network, keep what comes out, and put all of it "
        "together at the end.",
        "The loader gives z fastest and x slowest, which is the order in which reshape fills an "
        "array (resolution, resolution, resolution).",
        "    values = []\n"
        "    with no_grad():\n"
        "        for pts in test_loader:\n"
        "            values.append(model(pts).numpy())\n"
        "    return np.concatenate(values).reshape(...)"),
        read="minicv/occupancy_network/grid.py, evaluate_grid"),
]
