"""What each layer of a network has to learn, and what it gets to see: exercise 1.3a.

An output of a convolution sees k x k outputs of the layer before; each of these sees a window of
the layer before that, and so on down to the image.  Seen from the image, an output's *receptive
field* is the smallest box around all pixels that it can depend on.  Three numbers for each axis
tell where these boxes lie:

    size     how many pixels the box covers,
    jump     how many pixels lie between the boxes of two neighbouring outputs,
    centre   where the middle of the first output's box is.

They start out as 1, 1 and 0.5, as each pixel sees itself, and pixel 0 reaches from 0 to 1.  A
window with k taps, stride s, dilation d and padding p (at the start of the axis) takes them to

    size   + (k - 1) d jump             as k - 1 gaps are added, each of d of the old steps,
    centre + ((k - 1) d / 2 - p) jump   as the middle of the first window lies there,
    jump s.

(Araujo et al., "Computing receptive fields of convolutional neural networks", 2019, gives the
first two for d = 1; some tools that print these numbers leave the d out of the centre.)  Everything
holds for rows and columns apart, so windows may be rectangular.

Boxes follow the convention of all of minicv: coordinates are continuous, pixel column 3 reaches
from 3 to 4.  A box may reach beyond the image, into the padding.  It may also have *holes*, pixels
on which the output does not depend: `minicv.nn.dependencies` finds them.

A linear layer after `Flatten` sees everything that any of its inputs sees.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from minicv.nn.convolution import Conv2d
from minicv.nn.layers import Flatten, Linear, Module, ReLU, Sequential, Sigmoid
from minicv.nn.losses import Softmax
from minicv.nn.pooling import MaxPool2d
from minicv.nn.windows import Slide

EACH_BY_ITSELF = (ReLU, Sigmoid)
ALL_TOGETHER = (Linear, Softmax)


@dataclass(frozen=True)
class AxisView:
    """What the outputs of a layer see along one axis of the input.

    Attributes
    ----------
    size : pixels from the first to the last that an output sees, both included.
    jump : pixels from one output to the next; None if they no longer stand in a row.
    centre : the middle of what the first output sees; None likewise.
    """

    size: int = 1
    jump: int | None = 1
    centre: float | None = 0.5

    def interval(self, position: int) -> tuple[float, float]:
        """Where the field of the output at this position begins and ends."""
        middle = self.centre + position * self.jump
        return middle - self.size / 2, middle + self.size / 2


@dataclass(frozen=True)
class LayerView:
    """A layer of a network, what it learns, and what its outputs see of the network's input.

    Attributes
    ----------
    name : as in the state dict, "0" or "body.0".
    layer : the module.
    input_shape, output_shape : of one sample, without the batch: (C, H, W) or (n,). None where the
        shape of the input was not given.
    n_parameters : how many numbers it learns, without those that a layer before it owns as well.
    axes : an `AxisView` for rows and for columns; for an input (n,) only one.
    derivation : how each number comes about, a line of text for each.
    """

    name: str
    layer: Module
    input_shape: tuple[int, ...] | None
    output_shape: tuple[int, ...] | None
    n_parameters: int
    axes: tuple[AxisView, ...]
    derivation: tuple[str, ...]

    @property
    def size(self) -> tuple[int, ...]:
        """Rows and columns of the receptive field."""
        return tuple(axis.size for axis in self.axes)

    @property
    def jump(self) -> tuple[int, ...] | None:
        """Rows and columns from one output to the next, or None behind `Flatten`."""
        return None if self.axes[0].jump is None else tuple(axis.jump for axis in self.axes)

    @property
    def first_centre(self) -> tuple[float, ...] | None:
        """(y, x) of the middle of the first output's field, or None behind `Flatten`."""
        return None if self.axes[0].jump is None else tuple(axis.centre for axis in self.axes)

    def box(self, row: int, column: int) -> tuple[float, float, float, float]:
        """The receptive field of the output in this row and column: left, upper, right, lower.

        Raises
        ------
        ValueError : the layer's outputs do not stand in rows and columns.
        """
        if len(self.axes) != 2 or self.jump is None:
            raise ValueError(f"the outputs of layer {self.name}, {self.layer!r}, do not stand in "
                             f"rows and columns")
        (upper, lower), (left, right) = (axis.interval(position) for axis, position
                                         in zip(self.axes, (row, column)))
        return left, upper, right, lower


# --------------------------------------------------------------------------------------------------
# All layers
# --------------------------------------------------------------------------------------------------


def receptive_fields(model: Module, input_shape: tuple[int, ...] | None = None) -> list[LayerView]:
    """Follow what can be seen of the input through all layers.

    Parameters
    ----------
    model : a layer, or a Sequential of layers (and Sequentials) in any number.
    input_shape : (C, H, W) of an image, or (n,), without the batch. Receptive fields, jumps and
        centres do not depend on it and are found without; output sizes, and what layers behind
        `Flatten` see, are not.

    Returns
    -------
    A `LayerView` for each layer that is no Sequential, in the order of computing.

    Raises
    ------
    TypeError : a module of which it is not known what it does.
    ValueError : the layers do not fit together or the input, or need its shape to be known.

    Examples
    --------
    >>> network = Sequential(Conv2d(3, 8, 3, stride=2), Conv2d(8, 8, 3, dilation=2))
    >>> last = receptive_fields(network)[-1]
    >>> last.size, last.jump, last.first_centre
    ((11, 11), (2, 2), (5.5, 5.5))
    >>> print(*last.derivation, sep="\\n")
    parameters: (3 * 3 * 8 + 1) * 8 = 584
    receptive field: 3 + (3 - 1) * 2 * 2 = 11
    first centre: 1.5 + ((3 - 1) * 2 / 2 - 0) * 2 = 5.5
    jump: 2 * 1 = 2
    """
    shape = input_shape
    if shape is not None:
        shape = tuple(int(n) for n in shape)
        if len(shape) not in (1, 3) or min(shape) < 1:
            raise ValueError(f"the shape of an input is (C, H, W) or (n,), without the batch, "
                             f"got {input_shape}")
    axes = (AxisView(),) * (1 if shape is not None and len(shape) == 1 else 2)
    views, counted = [], set()
    for name, layer in leaves(model):
        n_new, lines = _count_new_parameters(layer, counted)
        shape_before = shape
        if isinstance(layer, (Conv2d, MaxPool2d)):
            shape, axes, more = _look_through_windows(layer, shape, axes)
        elif isinstance(layer, Flatten):
            shape, axes, more = _flatten(layer, shape, axes)
        elif isinstance(layer, ALL_TOGETHER):
            shape, axes, more = _see_everything(layer, shape, views, input_shape)
        else:
            more = ["each number by itself: sizes and fields stay as they are"]
        views.append(LayerView(name, layer, shape_before, shape, n_new, axes,
                               tuple(lines + more)))
    return views


def leaves(model: Module, name: str = "") -> Iterator[tuple[str, Module]]:
    """The layers of a network with their names, in the order of computing.

    Raises
    ------
    TypeError : a module of which it is not known what it does.
    """
    known = (Conv2d, MaxPool2d, Flatten, *ALL_TOGETHER, *EACH_BY_ITSELF)
    if type(model).forward is Sequential.forward:
        for child_name, child in model.named_children():
            yield from leaves(child, f"{name}.{child_name}" if name else child_name)
    elif isinstance(model, known):
        yield name, model
    else:
        raise TypeError(f"what a {type(model).__name__} sees of its input is not known here, only "
                        f"what Sequentials of {', '.join(one.__name__ for one in known)} see")


def count_parameters(model: Module) -> int:
    """How many numbers a network has to learn; what layers share counts once.

    Examples
    --------
    >>> layer = Linear(1024, 256)
    >>> count_parameters(layer), count_parameters(Sequential(layer, ReLU(), layer))
    (262400, 262400)
    """
    return sum(parameter.numel() for parameter in model.parameters())


def by(numbers: tuple[int, ...]) -> str:
    """(3, 32, 32) as "3 x 32 x 32"."""
    return " x ".join(str(n) for n in numbers)


# --------------------------------------------------------------------------------------------------
# One layer
# --------------------------------------------------------------------------------------------------


def _count_new_parameters(layer: Module, counted: set[int]) -> tuple[int, list[str]]:
    """How many parameters a layer adds to those counted already, and the line that tells."""
    n_all = count_parameters(layer)
    n_new = 0
    for parameter in layer.parameters():
        if id(parameter) not in counted:
            counted.add(id(parameter))
            n_new += parameter.numel()
    if n_all == 0:
        return 0, ["parameters: none"]
    if isinstance(layer, Conv2d):
        height, width = layer.kernel_size
        per_group = f" / {layer.groups}" if layer.groups > 1 else ""
        per_output = f"{height} * {width} * {layer.in_channels}{per_group}"
        n_outputs = layer.out_channels
    else:
        per_output, n_outputs = f"{layer.in_features}", layer.out_features
    if layer.bias is not None:
        per_output = f"({per_output} + 1)"
    line = f"parameters: {per_output} * {n_outputs} = {n_all:,}"
    if n_new < n_all:
        line += f", of which {n_all - n_new:,} are shared with a layer above and counted there"
    return n_new, [line]


def _look_through_windows(layer: Conv2d | MaxPool2d, shape, axes):
    """The new shape and axes behind a window, and how they come about."""
    slides = layer.windows.down, layer.windows.right
    _check_image_shape(layer, shape)
    sizes = (None, None) if shape is None else shape[1:]
    if shape is not None:
        channels = layer.out_channels if isinstance(layer, Conv2d) else shape[0]
        shape = (channels, *layer.windows.output_size(shape[1:], repr(layer)))
    steps = [_slide_over(axis, slide, n) for axis, slide, n in zip(axes, slides, sizes)]
    (down, for_rows), (right, for_columns) = steps
    if for_rows == for_columns:
        return shape, (down, right), for_rows
    return shape, (down, right), ([f"rows: {line}" for line in for_rows]
                                  + [f"columns: {line}" for line in for_columns])


def _slide_over(axis: AxisView, slide: Slide, n: int | None) -> tuple[AxisView, list[str]]:
    """The recurrence at the head of this module, for one axis of n pixels, in numbers and words."""
    k, s, p, d = slide.kernel, slide.stride, slide.before, slide.dilation
    new = AxisView(axis.size + (k - 1) * d * axis.jump, axis.jump * s,
                   axis.centre + ((k - 1) * d / 2 - p) * axis.jump)
    lines = []
    if n is not None:
        whole = "ceil" if slide.ceil_mode else "floor"
        lines.append(f"output size: {whole}(({n} + {p} + {slide.after} - (({k} - 1) * {d} + 1)) "
                     f"/ {s}) + 1 = {slide.output_size(n)}")
        plain = math.ceil((n + p + slide.after - slide.reach) / s) + 1
        if slide.ceil_mode and slide.output_size(n) < plain:
            lines[-1] = (lines[-1].rsplit(" = ", 1)[0] + f" = {plain}, less the last, which would "
                         f"begin in the padding: {plain - 1}")
    lines += [f"receptive field: {axis.size} + ({k} - 1) * {d} * {axis.jump} = {new.size}",
              f"first centre: {axis.centre:g} + (({k} - 1) * {d} / 2 - {p}) * {axis.jump} "
              f"= {new.centre:g}",
              f"jump: {axis.jump} * {s} = {new.jump}"]
    return new, lines


def _check_image_shape(layer: Conv2d | MaxPool2d, shape) -> None:
    if shape is not None and len(shape) != 3:
        raise ValueError(f"{layer!r} needs an image (C, H, W), and what comes is {shape}")
    if shape is not None and isinstance(layer, Conv2d) and shape[0] != layer.in_channels:
        raise ValueError(f"{layer!r} needs {layer.in_channels} channels, and {shape[0]} come")


def _flatten(layer: Flatten, shape, axes):
    _need_shape(layer, shape)
    if layer.start_dim != 1 or layer.end_dim not in (-1, len(shape)):
        raise ValueError(f"{layer!r} is not followed here, only Flatten() of all but the batch")
    n = math.prod(shape)
    if len(shape) > 1:
        axes = tuple(replace(axis, jump=None, centre=None) for axis in axes)
    return (n,), axes, [f"{by(shape)} = {n} numbers in a row, each sees what it saw"]


def _see_everything(layer: Linear | Softmax, shape, views: list[LayerView], input_shape):
    _need_shape(layer, shape)
    if len(shape) != 1:
        raise ValueError(f"{layer!r} is followed here only behind Flatten(), and what comes is "
                         f"{shape}")
    if isinstance(layer, Linear) and shape[0] != layer.in_features:
        raise ValueError(f"{layer!r} needs {layer.in_features} numbers, and {shape[0]} come")
    n_out = layer.out_features if isinstance(layer, Linear) else shape[0]
    sizes = _seen_together(views, input_shape)
    return (n_out,), tuple(AxisView(size, None, None) for size in sizes), [
        f"receptive field: all {shape[0]:,} numbers, which together see {by(sizes)} = "
        f"{math.prod(sizes):,}"]


def _seen_together(views: list[LayerView], input_shape) -> tuple[int, ...]:
    """The box around what all outputs see that still stood in a row, as far as it is image."""
    in_a_row = [view for view in views if view.jump is not None]
    axes, shape = ((in_a_row[-1].axes, in_a_row[-1].output_shape) if in_a_row
                   else ((AxisView(),) * min(len(input_shape), 2), input_shape))
    sizes = []
    for axis, n_outputs, n_pixels in zip(axes, shape[-len(axes):], input_shape[-len(axes):]):
        begin = max(axis.interval(0)[0], 0)
        end = min(axis.interval(n_outputs - 1)[1], n_pixels)
        sizes.append(max(int(end - begin), 0))
    return tuple(sizes)


def _need_shape(layer: Module, shape) -> None:
    if shape is None:
        raise ValueError(f"what comes out of {layer!r} depends on the size of the image: give "
                         f"input_shape, as (C, H, W) or (n,)")
