"""Exercise 2.1: an occupancy network. Your answers.

Write what each function says, in place of its last line, save, and run:  python -m lessons check

Names and arguments are those of the course's notebook, so that what you have written there can be
pasted here. `torch` is minicv under PyTorch's names: layers, losses, optimisers and loaders are
there. `python -m lessons run 2.1` shows all of it at work.
"""

# ruff: noqa: F401  (imports that your answers may need)
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
# This one is right already. Change it, save, run `python -m lessons check 0`, and see what a
# mistake looks like. `python -m lessons reset 0` brings it back.


def double(x):
    """Twice x."""
    return x + x


# %% task 2.1a: training and validation data


def get_train_val_split(points, occupancies):
    """Split labelled points at random: 80 % to train on, 20 % to validate with.

    Parameters
    ----------
    points : (N, 3) array of float32.
    occupancies : (N,) array of float32, 0 or 1; entry i belongs to point i.

    Returns
    -------
    train_set, val_set : two datasets, nn.TensorDataset(points, occupancies). Each point is in one
        of both, with its occupancy, and chance decides in which, anew at each call.
    """
    raise NotImplementedError("task 2.1a: split the points into two datasets")


# %% task 2.1b: the network


class OccNet(nn.Module):
    """From 3D locations (N, 3) to one occupancy value each (N,), a logit: above 0 is inside.

    `n_hidden` hidden layers of dimension `size_h`, with a ReLU after each; nothing after the last
    layer. (Whether the layer that reads the input counts as one of them is for you to say.)
    """

    def __init__(self, size_h=64, n_hidden=4):
        super().__init__()
        raise NotImplementedError("task 2.1b: make the layers")

    def forward(self, pts):
        raise NotImplementedError("task 2.1b: send pts (N, 3) through the layers")


# %% task 2.1c: the training loop


def train_model(model, train_loader, val_loader, optimizer, criterion, nepochs=15, eval_every=100,
                out_dir="output"):
    """Train a network, and keep its best weights.

    Parameters
    ----------
    model : an nn.Module; model(pts) gives logits (B,) for points (B, 3).
    train_loader, val_loader : `for pts, occ in train_loader` is one epoch of batches (B, 3), (B,);
        the last batch may be smaller.
    optimizer : of the model's parameters.
    criterion : criterion(logits, occ) is the loss of each point, (B,): it does not reduce.
        Train with the mean of a batch.
    nepochs : how many epochs to train.
    eval_every : after every so many steps, counted over all epochs, compute the validation loss:
        the mean over all points of val_loader. (After the first step as well, if you like.)
    out_dir : a folder that exists. Whenever the validation loss is the lowest so far,
        torch.save(model.state_dict(), os.path.join(out_dir, "model_best.pt")).

    To see the curves, make `liveloss = PlotLosses()`, and tell it once an epoch
    `liveloss.update({"loss": mean training loss, "val_loss": latest validation loss})`.
    """
    raise NotImplementedError("task 2.1c: train")


# %% task 2.1d: the grid


def predict_grid(model, test_loader, resolution):
    """The network's value at each point of a 3D grid.

    Parameters
    ----------
    model : the trained network; model(pts) gives logits (B,) for points (B, 3).
    test_loader : `for pts in test_loader` gives the points of `make_grid` in batches (B, 3), the
        last one smaller. All at once they would not fit into memory.
    resolution : points along each axis.

    Returns
    -------
    array (resolution, resolution, resolution) of logits, for marching cubes: entry [i, j, k] at the
        i-th x, j-th y, k-th z.
    """
    raise NotImplementedError("task 2.1d: ask the network, batch by batch")
