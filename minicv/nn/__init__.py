"""The network toolkit of exercises 1.3 and 2.1, in a few files to be read in this order.

- `modules`: what a network is, `Module`, and its state dict (`saving`: in a file).
- `layers`: what it is made of: `Linear`, `ReLU`, `Sequential`, ... (`inputs`: what they take).
- `sliding_kernel`, `convolution`: `Conv2d` and `MaxPool2d`, which look through a window.
- `probabilities`, `losses`: how wrong its answer is: yes or no, a number, one class out of many.
- `receptive_field`, `dependencies`: how much each layer has to learn, and what it sees.
- `optim`: how its parameters move: `SGD`, `Adam`.
- `data`, `training`: the split, the batches, the loop, and the best weights kept.
- `history`, `progress`: what training returns, and the line that it writes meanwhile.

The names are PyTorch's, so that `from minicv import nn` stands in for `from torch import nn`: also
`nn.functional`; `nn.optim` for `torch.optim` and `nn.data` for `torch.utils.data`.  What is not
there says what to write instead (`advice`).
"""

from minicv.nn import data, functional, optim
from minicv.nn.advice import fail_absent
from minicv.nn.convolution import Conv2d, MaxPool2d, conv2d, max_pool2d
from minicv.nn.data import (
    DataLoader,
    Dataset,
    Subset,
    TensorDataset,
    default_collate,
    random_split,
    train_val_split,
)
from minicv.nn.dependencies import seen_inputs, seen_inputs_by_gradient
from minicv.nn.history import History
from minicv.nn.layers import MLP, Flatten, Linear, ModuleList, ReLU, Sequential, Sigmoid
from minicv.nn.losses import (
    BCEWithLogitsLoss,
    CrossEntropyLoss,
    MSELoss,
    MultiMarginLoss,
    binary_cross_entropy_with_logits,
    cross_entropy,
    mse_loss,
    multi_margin_loss,
)
from minicv.nn.modules import Module, Parameter, count_parameters
from minicv.nn.probabilities import LogSoftmax, Softmax, log_softmax, softmax
from minicv.nn.receptive_field import receptive_fields, summary
from minicv.nn.saving import load, save
from minicv.nn.training import evaluate, fit

__all__ = [
    "MLP", "BCEWithLogitsLoss", "Conv2d", "CrossEntropyLoss", "DataLoader", "Dataset", "Flatten",
    "History", "Linear", "LogSoftmax", "MSELoss", "MaxPool2d", "Module", "ModuleList",
    "MultiMarginLoss", "Parameter", "ReLU", "Sequential", "Sigmoid", "Softmax", "Subset",
    "TensorDataset", "binary_cross_entropy_with_logits", "conv2d", "count_parameters",
    "cross_entropy", "data", "default_collate", "evaluate", "fit", "functional", "load",
    "log_softmax", "max_pool2d", "mse_loss", "multi_margin_loss", "optim", "random_split",
    "receptive_fields", "save", "seen_inputs", "seen_inputs_by_gradient", "softmax", "summary",
    "train_val_split",
]


def __getattr__(name: str):
    fail_absent(None, "module 'minicv.nn'", name)
