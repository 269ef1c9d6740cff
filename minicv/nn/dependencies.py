"""On which numbers of its input an output really depends, found in two ways.

The receptive field is a box.  Not every pixel in it need matter: taps that are d pixels apart leave
gaps, and so do windows with a stride larger than the kernel.  The next layer may fill these gaps,
or may not.  To know, we follow *sets* back to the input: which numbers of the layer before does
this one depend on, and on which do those?  For a window that is one line: the set of inputs is the
union of the set of outputs, moved to each tap.

The other way asks the network itself.  Where the derivative of an output by a pixel is not 0, the
output depends on it.  That knows nothing of windows, and so is a proof; but only in one direction.
A ReLU that is off, or a maximum that is elsewhere, hides a pixel for one input and not for the
next, so it takes several inputs to see all.

(How *much* an output depends on each pixel is another matter: Luo et al., "Understanding the
effective receptive field in deep convolutional neural networks", 2016.)
"""

from __future__ import annotations

import copy

import numpy as np

from minicv import checks
from minicv.autograd import Tensor, enable_grad
from minicv.nn.convolution import Conv2d, MaxPool2d
from minicv.nn.inputs import Shape, quiet, require_room, shape_of_input
from minicv.nn.layers import Flatten, Linear
from minicv.nn.modules import Module
from minicv.nn.probabilities import Softmax
from minicv.nn.receptive_field import receptive_fields
from minicv.nn.sliding_kernel import lay_windows

Output = int | slice | tuple[int | slice, ...]


def seen_inputs(model: Module, input_shape: Shape, output: Output) -> np.ndarray:
    """The inputs that an output can depend on, by following sets back through the layers.

    Parameters
    ----------
    model, input_shape
        As for `receptive_fields`, and so are the errors.
    output : tuple of int or slice
        Index of the output, without the batch: (channel, row, column), or (n,); a slice in it asks
        for several at once.

    Returns
    -------
    array of bool, of shape `input_shape`

    Examples
    --------
    >>> gaps = Conv2d(1, 1, (1, 3), dilation=2)
    >>> seen_inputs(gaps, (1, 1, 6), (0, 0, 1)).astype(int)
    array([[[0, 1, 0, 1, 0, 1]]])
    """
    input_shape = shape_of_input(input_shape)
    views = receptive_fields(model, input_shape)
    shapes = [input_shape, *(view.output_shape or () for view in views)]
    seen = _marked(shapes.pop(), output)
    for view, shape in zip(reversed(views), reversed(shapes)):
        layer = view.layer
        if isinstance(layer, Conv2d):
            # Within its group each output channel sees all input channels.
            groups = seen.reshape(layer.groups, -1, *seen.shape[1:]).any(axis=1)
            seen = np.repeat(groups, layer.in_channels // layer.groups, axis=0)
        if isinstance(layer, (Conv2d, MaxPool2d)):
            windows = lay_windows(layer.slides, shape, layer)
            pixels = np.pad(np.zeros(shape, bool), windows.padding)
            for tap in windows.taps:
                pixels[tap] |= seen
            seen = pixels[windows.inside]
        elif isinstance(layer, Flatten):
            seen = seen.reshape(shape)
        elif isinstance(layer, (Linear, Softmax)):
            seen = np.full(shape, seen.any())
    return seen


def seen_inputs_by_gradient(model: Module, input_shape: Shape, output: Output, *,
                            tries: int = 32,
                            rng: np.random.Generator | int | None = None) -> np.ndarray:
    """The inputs whose derivative is not 0, for at least one of several random inputs.

    Parameters
    ----------
    model : Module
        Any network; its weights should be random, its gradients stay as they are.
    input_shape, output
        As for `seen_inputs`.
    tries : int
        Number of inputs, from the standard normal distribution.
    rng : numpy.random.Generator or int, optional
        Where they come from.

    Returns
    -------
    array of bool, of shape `input_shape`
        Never more than `seen_inputs` finds. Less only where weights are 0, or where ReLUs and
        maxima hid a pixel every time.

    Examples
    --------
    >>> gaps = Conv2d(1, 1, (1, 3), dilation=2, rng=0)
    >>> seen_inputs_by_gradient(gaps, (1, 1, 6), (0, 0, 1), rng=0).astype(int)
    array([[[0, 1, 0, 1, 0, 1]]])
    """
    checks.instance(model, "model", Module)
    tries = checks.whole(tries, "tries", least=1, most=10_000)
    shape = tries, *shape_of_input(input_shape)
    require_room(shape, "inputs", shape)
    dtype = next((parameter.dtype for parameter in model.parameters()), np.float64)
    x = Tensor(checks.generator(rng).normal(size=shape).astype(dtype), requires_grad=True)
    with enable_grad(), quiet():  # of a copy: the gradients of the model stay as they are
        outputs = copy.deepcopy(model)(x)
        outputs.backward(np.broadcast_to(_marked(outputs.shape[1:], output), outputs.shape))
    assert x.grad is not None  # the backward pass made it
    checks.numbers(x.grad.data, "the derivative (are all weights finite?)")
    return (x.grad.data != 0).any(axis=0)


def _marked(shape: Shape, output: Output) -> np.ndarray:
    """All False but for the outputs with this index."""
    marked = np.zeros(shape, bool)
    for part in output if isinstance(output, tuple) else (output,):
        checks.instance(part, "output", int, np.integer, slice)
    try:
        marked[output] = True
    except (IndexError, ValueError, TypeError):
        raise ValueError(f"output must be an index of the outputs {shape}, got {output}") from None
    return marked
