"""Exercise 2.1: an occupancy network. Your answers.

Write what each function says, in place of its last line, save, and run:  python -m lessons check

Layers, losses, optimisers and loaders are there: minicv.nn has PyTorch's names. What is asked here
are the four pieces that make a chair of them; `python -m lessons run 2.1` shows all of it at work.
"""

# ruff: noqa: F401  (imports that your answers may need)
import numpy as np

from minicv import nn, no_grad

# %% task 0: the first minute
# This one is right already. Change it, save, run `python -m lessons check 0`, and see what a
# mistake looks like. `python -m lessons reset 0` brings it back.


def double(x):
    """Twice x."""
    return x + x


# %% task 2.1a: training and validation data


def get_train_val_split(points, occupancies, train_fraction=0.8):
    """Split labelled points at random into a part to train on and a part to validate with.

    Parameters
    ----------
    points : (N, 3) array.
    occupancies : (N,) array; entry i belongs to point i.
    train_fraction : the share of the points to train on.

    Returns
    -------
    train_points, train_occupancies, val_points, val_occupancies : each point is in one of both
        parts, with its occupancy, and chance decides in which.
    """
    raise NotImplementedError("task 2.1a: split the points into two parts")


# %% task 2.1b: the network


class OccNet(nn.Module):
    """From 3D locations (N, 3) to one occupancy value each (N, 1), a logit: above 0 is inside.

    4 hidden layers of dimension 64, with a ReLU after each; nothing after the last layer. (Whether
    the layer that reads the input counts as one of the four is for you to say.)
    """

    def __init__(self, hidden_size=64, n_hidden=4):
        super().__init__()
        raise NotImplementedError("task 2.1b: make the layers")

    def forward(self, x):
        raise NotImplementedError("task 2.1b: send x through the layers")


# %% task 2.1c: the training loop


def train_model(model, train_loader, val_loader, optimizer, criterion, n_epochs):
    """Train a network.

    Parameters
    ----------
    model : an nn.Module; model(points) gives logits.
    train_loader, val_loader : `for points, occupancies in train_loader` is one epoch of batches.
    optimizer : of the model's parameters.
    criterion : criterion(logits, occupancies) is the mean loss of a batch.
    n_epochs : how many epochs to train.

    Returns
    -------
    train_losses, val_losses : two lists, the mean loss of each epoch: over the training batches
        while training on them, and over the validation batches at the end of the epoch.
    """
    raise NotImplementedError("task 2.1c: train")


# %% task 2.1d: the grid


def predict_grid(model, test_loader, resolution):
    """The network's value at each point of a 3D grid.

    Parameters
    ----------
    model : the trained network; model(points) gives logits (B, 1).
    test_loader : `for (points,) in test_loader` gives the points of the grid in batches (B, 3), the
        last one smaller: first all with the lowest x, among these first all with the lowest y,
        among these those with rising z. All at once they would not fit into memory.
    resolution : points along each axis.

    Returns
    -------
    array (resolution, resolution, resolution) of logits, for marching cubes: entry [i, j, k] at the
        i-th x, j-th y, k-th z.
    """
    raise NotImplementedError("task 2.1d: ask the network, batch by batch")
