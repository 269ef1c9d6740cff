"""What somebody who knows PyTorch may look for here in vain, and what to write instead."""

from __future__ import annotations

from typing import NoReturn

_NAMES = {  # what to write, and for which names
    # of minicv.nn and its functional
    "scale the inputs of the network to about -1 to 1":
        "BatchNorm1d BatchNorm2d LayerNorm batch_norm",
    "against overfitting nn.fit keeps the weights with the lowest validation loss, and optimisers "
    "have weight_decay": "Dropout dropout",
    "nn.ReLU and nn.Sigmoid are layers; x.tanh() and x.softplus() are methods of tensors":
        "Tanh Softplus LeakyReLU GELU ELU SiLU tanh softplus leaky_relu gelu",
    "nn.Conv2d(..., kernel_size=(1, k)) does the same on x.unsqueeze(-2)": "Conv1d",
    "nn.Conv2d is the only convolution": "Conv3d ConvTranspose2d",
    "nn.MaxPool2d pools, and x.mean(dim=(-2, -1)) is the mean of each image":
        "MaxPool1d AvgPool2d AdaptiveAvgPool2d avg_pool2d",
    "use nn.BCEWithLogitsLoss, and leave the Sigmoid at the end of the network out": "BCELoss",
    "use binary_cross_entropy_with_logits, without a sigmoid before it": "binary_cross_entropy",
    "use nn.CrossEntropyLoss, and leave the LogSoftmax at the end of the network out": "NLLLoss",
    "use cross_entropy, without a log_softmax before it": "nll_loss",
    "write (prediction - target).abs().mean()": "L1Loss l1_loss",
    "write np.eye(n_classes)[labels]": "one_hot",
    "nn.Sequential() without layers changes nothing": "Identity",
    "use nn.ModuleList, or an attribute for each module": "ModuleDict",
    "use an attribute for each parameter": "ParameterList",
    "layers draw their weights with rng; for others, layer.weight.data[...] = values": "init",
    "what PyTorch has in torch.utils.data is in minicv.nn.data": "utils",
    # of minicv.nn.optim and of optimisers
    "there are optim.SGD, with momentum, and optim.Adam": "AdamW RMSprop Adagrad LBFGS",
    "set optimizer.lr between two steps": "lr_scheduler",
    "set optimizer.lr, the learning rate of all parameters": "param_groups",
    "go on with the optimizer itself, or begin with a new one": "state_dict",
    "make an optimizer for each group of parameters": "add_param_group",
    # of minicv.nn.data
    "a dataset has __len__ and __getitem__: see Dataset": "IterableDataset",
    "write a Dataset that looks into several": "ConcatDataset",
    "write a Subset with indices drawn by rng.choice(..., p=weights)": "WeightedRandomSampler",
    # of modules
    "minicv computes on the CPU alone, where everything is already: leave it out": "cuda",
    "make the layers with dtype=np.float16, or write .to(np.float16)": "half",
    "write module.name = nn.Parameter(values)": "register_parameter",
    "write module.name = nn.Parameter(values, requires_grad=False)": "register_buffer",
    "write module.name = layer": "add_module",
    "write for module in network.modules(): ...": "apply",
    "write for p in network.parameters(): p.requires_grad_(False)": "requires_grad_",
    "call the layers one by one in forward(), and keep what you want to see":
        "register_forward_hook register_full_backward_hook",
}
ADVICE = {name: advice for advice, names in _NAMES.items() for name in names.split()}


def fail_absent(owner: object, title: str, name: str) -> NoReturn:
    """Raise the AttributeError for a name that is not there.

    >>> fail_absent(None, "module 'minicv.nn'", "Conv3d")
    Traceback (most recent call last):
    AttributeError: module 'minicv.nn' has no attribute 'Conv3d': nn.Conv2d is the only convolution
    """
    advice = f": {ADVICE[name]}" if name in ADVICE else ""
    raise AttributeError(f"{title} has no attribute {name!r}{advice}", name=name, obj=owner)
