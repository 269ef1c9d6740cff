"""Convolution, pooling and cross entropy beside PyTorch: forward and backward, float32.

Images are 32 x 16 x 64 x 64, kernels 3 x 3, 32 filters, zero padding of one pixel, unless the row
says otherwise.  The target belongs to the first row; the others are held to the same, for
information.
"""

from collections.abc import Callable, Iterator

import numpy as np

from minicv import nn
from minicv.autograd import Tensor
from tests.benchmarks.timing import Row, interleaved

SHAPE = (32, 16, 64, 64)
TARGET = 4.0
CODE = ["nn/sliding_kernel.py", "nn/convolution.py"]

LAYERS = {
    "Conv2d 3 x 3": ("Conv2d", (16, 32, 3), {"padding": 1}),
    "Conv2d 3 x 3, no padding": ("Conv2d", (16, 32, 3), {}),
    "Conv2d 3 x 3, stride 2": ("Conv2d", (16, 32, 3), {"padding": 1, "stride": 2}),
    "Conv2d 3 x 3, dilation 3": ("Conv2d", (16, 32, 3), {"padding": 3, "dilation": 3}),
    "Conv2d 5 x 5": ("Conv2d", (16, 32, 5), {"padding": 2}),
    "Conv2d 1 x 1": ("Conv2d", (16, 32, 1), {}),
    "Conv2d 3 x 3, 4 groups": ("Conv2d", (16, 32, 3), {"padding": 1, "groups": 4}),
    "Conv2d 3 x 3, depthwise": ("Conv2d", (16, 16, 3), {"padding": 1, "groups": 16}),
    "MaxPool2d 2": ("MaxPool2d", (2,), {}),
    "MaxPool2d 3, stride 2": ("MaxPool2d", (3,), {"stride": 2, "padding": 1}),
}


def forward_and_backward(layer, x, g) -> Callable[[], None]:
    """All gradients, of the images too, as inside a network."""

    def step():
        x.grad = None
        for parameter in layer.parameters():
            parameter.grad = None
        layer(x).backward(g)

    return step


def rows() -> Iterator[Row]:
    import torch

    rng = np.random.default_rng(0)
    values = rng.normal(size=SHAPE).astype(np.float32)
    for name, (kind, arguments, options) in LAYERS.items():
        ours = getattr(nn, kind)(*arguments, **options)
        theirs = getattr(torch.nn, kind)(*arguments, **options)
        g = rng.normal(size=ours(values).shape).astype(np.float32)
        mine, other = interleaved(
            forward_and_backward(ours, Tensor(values, requires_grad=True), g),
            forward_and_backward(theirs, torch.from_numpy(values).requires_grad_(),
                                 torch.from_numpy(g)))
        yield Row(f"{name}, forward + backward [s]", "torch", other, plain=mine,
                  plain_wanted=TARGET, plain_code=CODE)

    yield from _small_images(torch, rng)
    yield from _cross_entropy(torch, rng)


def _small_images(torch, rng):
    """As at the end of a network: 64 channels, 8 x 8 pixels."""
    values = rng.normal(size=(256, 64, 8, 8)).astype(np.float32)
    ours, theirs = nn.Conv2d(64, 64, 3, padding=1), torch.nn.Conv2d(64, 64, 3, padding=1)
    mine, other = interleaved(
        forward_and_backward(ours, Tensor(values, requires_grad=True), values),
        forward_and_backward(theirs, torch.from_numpy(values).requires_grad_(),
                             torch.from_numpy(values)))
    yield Row("Conv2d 3 x 3, 64 to 64, 256 x 64 x 8 x 8 [s]", "torch", other, plain=mine,
              plain_wanted=TARGET, plain_code=CODE)


def _cross_entropy(torch, rng):
    scores = rng.normal(size=(100_000, 10)).astype(np.float32)
    classes = rng.integers(0, 10, 100_000)
    our_scores = Tensor(scores, requires_grad=True)
    their_scores = torch.from_numpy(scores).requires_grad_()
    their_classes = torch.from_numpy(classes)
    mine, other = interleaved(
        lambda: nn.cross_entropy(our_scores, classes).backward(),
        lambda: torch.nn.functional.cross_entropy(their_scores, their_classes).backward())
    yield Row("cross entropy, 100,000 x 10 [s]", "torch", other, plain=mine, plain_wanted=TARGET,
              plain_code=["nn/losses.py"])
