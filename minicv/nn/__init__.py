"""The network toolkit of exercises 1.3 and 2.1, in four files to be read in this order.

- `layers`: what a network is: `Module`, `Linear`, `ReLU`, `Sequential`, ..., and its state dict.
- `losses`: what it is to get right: binary cross entropy with logits, squared error.
- `optim`: how its parameters move: `SGD`, `Adam`.
- `training`: the loop around it: split, batches, epochs, validation, the best weights kept.

The names are PyTorch's, so that `from minicv import nn` stands in for `from torch import nn`; what
PyTorch keeps in `torch.optim`, `torch.utils.data` and `torch.nn.functional` is here as well.
"""

from minicv.nn import layers, losses, optim, training
from minicv.nn.layers import (
    MLP,
    Flatten,
    Linear,
    Module,
    Parameter,
    ReLU,
    Sequential,
    Sigmoid,
    load,
    save,
)
from minicv.nn.losses import (
    BCEWithLogitsLoss,
    MSELoss,
    binary_cross_entropy_with_logits,
    mse_loss,
)
from minicv.nn.training import (
    DataLoader,
    History,
    TensorDataset,
    evaluate,
    fit,
    train_val_split,
)

__all__ = [
    "MLP", "BCEWithLogitsLoss", "DataLoader", "Flatten", "History", "Linear", "MSELoss", "Module",
    "Parameter", "ReLU", "Sequential", "Sigmoid", "TensorDataset",
    "binary_cross_entropy_with_logits", "evaluate", "fit", "layers", "load", "losses", "mse_loss",
    "optim", "save", "train_val_split", "training",
]
