"""What somebody who knows PyTorch may look for here in vain, and what to write instead."""

from __future__ import annotations

from typing import NoReturn

_ACTIVATION = "nn.ReLU and nn.Sigmoid are layers; x.tanh() and x.softplus() are methods of tensors"
_NORM = "scale the inputs of the network to about -1 to 1"
_OVERFITTING = ("against overfitting there are nn.fit, which keeps the weights with the lowest "
                "validation loss, and the weight_decay of the optimisers")
_OPTIMISER = "there are optim.SGD, with momentum, and optim.Adam"
_POOL = "nn.MaxPool2d pools, and x.mean(dim=(-2, -1)) is the mean of each image"
_CPU = "minicv computes on the CPU alone, where everything is already: leave it out"
_GRAPH = "call the layers one by one in forward(), and keep what you want to see"

ADVICE = {
    # of minicv.nn and its functional
    "BatchNorm1d": _NORM, "BatchNorm2d": _NORM, "LayerNorm": _NORM, "batch_norm": _NORM,
    "Dropout": _OVERFITTING, "dropout": _OVERFITTING,
    "Tanh": _ACTIVATION, "Softplus": _ACTIVATION, "LeakyReLU": _ACTIVATION, "GELU": _ACTIVATION,
    "ELU": _ACTIVATION, "SiLU": _ACTIVATION, "tanh": _ACTIVATION, "softplus": _ACTIVATION,
    "leaky_relu": _ACTIVATION, "gelu": _ACTIVATION,
    "Conv1d": "nn.Conv2d(..., kernel_size=(1, k)) does the same on x.unsqueeze(-2)",
    "Conv3d": "nn.Conv2d is the only convolution",
    "ConvTranspose2d": "nn.Conv2d is the only convolution",
    "MaxPool1d": _POOL, "AvgPool2d": _POOL, "AdaptiveAvgPool2d": _POOL, "avg_pool2d": _POOL,
    "BCELoss": "use nn.BCEWithLogitsLoss, and leave the Sigmoid at the end of the network out",
    "binary_cross_entropy": "use binary_cross_entropy_with_logits, without a sigmoid before it",
    "NLLLoss": "use nn.CrossEntropyLoss, and leave the LogSoftmax at the end of the network out",
    "nll_loss": "use cross_entropy, without a log_softmax before it",
    "L1Loss": "write (prediction - target).abs().mean()",
    "l1_loss": "write (prediction - target).abs().mean()",
    "one_hot": "write np.eye(n_classes)[labels]",
    "Identity": "nn.Sequential() without layers changes nothing",
    "ModuleDict": "use nn.ModuleList, or an attribute for each module",
    "ParameterList": "use an attribute for each parameter",
    "init": "layers draw their weights with rng; for others, layer.weight.data[...] = values",
    "utils": "what PyTorch has in torch.utils.data is in minicv.nn.data",
    # of minicv.nn.optim and of optimisers
    "AdamW": _OPTIMISER, "RMSprop": _OPTIMISER, "Adagrad": _OPTIMISER, "LBFGS": _OPTIMISER,
    "lr_scheduler": "set optimizer.lr between two steps",
    "param_groups": "set optimizer.lr, the learning rate of all parameters",
    "state_dict": "go on with the optimizer itself, or begin with a new one",
    "add_param_group": "make an optimizer for each group of parameters",
    # of minicv.nn.data
    "IterableDataset": "a dataset has __len__ and __getitem__: see Dataset",
    "ConcatDataset": "write a Dataset that looks into several",
    "WeightedRandomSampler": "write a Subset with indices drawn by rng.choice(..., p=weights)",
    # of modules
    "cuda": _CPU, "half": "make the layers with dtype=np.float16, or write .to(np.float16)",
    "register_parameter": "write module.name = nn.Parameter(values)",
    "register_buffer": "write module.name = nn.Parameter(values, requires_grad=False)",
    "add_module": "write module.name = layer",
    "apply": "write for module in network.modules(): ...",
    "requires_grad_": "write for p in network.parameters(): p.requires_grad_(False)",
    "register_forward_hook": _GRAPH, "register_full_backward_hook": _GRAPH,
}


def fail_absent(owner: object, title: str, name: str) -> NoReturn:
    """Raise the AttributeError for a name that is not there.

    >>> fail_absent(None, "module 'minicv.nn'", "Conv3d")
    Traceback (most recent call last):
    AttributeError: module 'minicv.nn' has no attribute 'Conv3d': nn.Conv2d is the only convolution
    """
    advice = f": {ADVICE[name]}" if name in ADVICE else ""
    raise AttributeError(f"{title} has no attribute {name!r}{advice}", name=name, obj=owner)
