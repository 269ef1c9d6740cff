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

Coordinates are continuous: pixel column 3 reaches from 3 to 4.  A box may reach beyond the image,
into the padding.  It may also have *holes*, pixels on which the output does not depend:
`minicv.nn.dependencies` finds them.  A linear layer after `Flatten` sees everything that any of its
inputs sees.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from minicv import checks
from minicv.nn.convolution import Conv2d, MaxPool2d
from minicv.nn.inputs import Shape, shape_of_input
from minicv.nn.layers import Flatten, Linear, ReLU, Sequential, Sigmoid
from minicv.nn.modules import Module, count_parameters
from minicv.nn.probabilities import Softmax
from minicv.nn.sliding_kernel import Slide

KNOWN = (Conv2d, MaxPool2d, Flatten, Linear, Softmax, ReLU, Sigmoid)


@dataclass(frozen=True)
class AxisView:
    """What the outputs of a layer see along one axis of the input.

    Attributes
    ----------
    size : int
        Pixels from the first to the last that an output sees, both included.
    jump : int
        Pixels from one output to the next.
    centre : float
        The middle of what the first output sees.
    in_a_row : bool
        Whether the outputs still stand in a row. If not, `jump` and `centre` mean nothing.
    """

    size: int = 1
    jump: int = 1
    centre: float = 0.5
    in_a_row: bool = True

    def interval(self, position: int) -> tuple[float, float]:
        """Where the field of the output at this position begins and ends."""
        middle = self.centre + position * self.jump
        return middle - self.size / 2, middle + self.size / 2


Axes = tuple[AxisView, ...]
Derived = tuple[Axes, list[str]]  # the axes behind a layer, and how they come about in words


@dataclass(frozen=True)
class LayerView:
    """A layer of a network, what it learns, and what its outputs see of the network's input."""

    name: str  # as in the state dict, "0" or "body.0"
    layer: Module
    input_shape: Shape | None  # of one sample, (C, H, W) or (n,); None if it was not given
    output_shape: Shape | None
    n_parameters: int  # without those that a layer before it owns as well
    axes: Axes  # for rows and for columns; for an input (n,) only one
    derivation: tuple[str, ...]  # how each number comes about, a line of text for each

    @property
    def size(self) -> Shape:
        """Rows and columns of the receptive field."""
        return tuple(axis.size for axis in self.axes)

    @property
    def jump(self) -> Shape | None:
        """Rows and columns from one output to the next, or None behind `Flatten`."""
        return tuple(axis.jump for axis in self.axes) if self.axes[0].in_a_row else None

    @property
    def first_centre(self) -> tuple[float, ...] | None:
        """(y, x) of the middle of the first output's field, or None behind `Flatten`."""
        return tuple(axis.centre for axis in self.axes) if self.axes[0].in_a_row else None

    def box(self, row: int, column: int) -> tuple[float, float, float, float]:
        """The receptive field of the output in this row and column: left, upper, right, lower.

        A ValueError, if the layer's outputs do not stand in rows and columns.
        """
        if len(self.axes) != 2 or not self.axes[0].in_a_row:
            raise ValueError(f"the outputs of {self.layer!r} do not stand in rows and columns")
        upper, lower = self.axes[0].interval(row)
        left, right = self.axes[1].interval(column)
        return left, upper, right, lower


# ---- all layers ----------------------------------------------------------------------------------


def receptive_fields(model: Module, input_shape: Shape | None = None) -> list[LayerView]:
    """Follow what can be seen of the input through all layers.

    Parameters
    ----------
    model : Module
        A layer, or a Sequential of layers (and Sequentials) in any number.
    input_shape : tuple of int, optional
        (C, H, W) of an image, or (n,), without the batch. Only needed for output sizes, and for
        what layers behind `Flatten` see.

    Returns
    -------
    list of LayerView
        One for each layer except Sequentials, in the order of computing. A TypeError if a module is
        not known here, such as one of your own.

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
    checks.instance(model, "model", Module)
    shape = None if input_shape is None else shape_of_input(input_shape)
    axes: Axes = (AxisView(),) * (1 if shape is not None and len(shape) == 1 else 2)
    image, in_rows = shape or (), (axes, shape or ())  # in_rows: the last that stood in rows
    views: list[LayerView] = []
    for name, layer in _layers_in_order(model):
        behind = None if shape is None else _shape_behind(layer, shape)
        if isinstance(layer, (Conv2d, MaxPool2d)):
            axes, lines = _look_through(layer, shape, axes)
        elif isinstance(layer, (ReLU, Sigmoid)):
            lines = ["each number by itself: sizes and fields stay as they are"]
        elif shape is None:
            raise ValueError(f"to follow {layer!r} give input_shape, as (C, H, W) or (n,)")
        elif isinstance(layer, Flatten):
            axes, lines = _flatten(layer, shape, axes)
        else:
            axes, lines = _see_all(layer, shape, *in_rows, image)
        n_new, line = _count_new_parameters(layer, [view.layer for view in views])
        views.append(LayerView(name, layer, shape, behind, n_new, axes, (line, *lines)))
        shape = behind
        if axes[0].in_a_row:
            in_rows = axes, shape or ()
    return views


def _layers_in_order(model: Module, name: str = "") -> Iterator[tuple[str, Module]]:
    """The layers of a network with their names, in the order of computing."""
    if type(model).forward is Sequential.forward:
        for child_name, child in model.members():
            assert isinstance(child, Module)
            yield from _layers_in_order(child, f"{name}.{child_name}" if name else child_name)
    elif isinstance(model, KNOWN):
        yield name, model
    else:
        raise TypeError(f"what a {type(model).__name__} sees of its input is not known here, only "
                        f"what Sequentials of {', '.join(one.__name__ for one in KNOWN)} see")


def _shape_behind(layer: Module, shape: Shape) -> Shape:
    """What comes out, by trying it with an empty batch; the layer refuses what does not fit."""
    dtype = next((parameter.dtype for parameter in layer.parameters()), np.float32)
    return layer(np.zeros((0, *shape), dtype)).shape[1:]


def _count_new_parameters(layer: Module, before: list[Module]) -> tuple[int, str]:
    """How many parameters a layer adds to those of the layers before, and how they are counted."""
    n_all, old = count_parameters(layer), {id(p) for other in before for p in other.parameters()}
    n_new = sum(p.numel() for p in layer.parameters() if id(p) not in old)
    if isinstance(layer, Conv2d):
        inputs = " * ".join(str(n) for n in (*layer.kernel_size, layer.in_channels))
        inputs += f" / {layer.groups}" if layer.groups > 1 else ""
    elif isinstance(layer, Linear):
        inputs = f"{layer.in_features}"
    else:
        return 0, "parameters: none"
    per_output = inputs if layer.bias is None else f"({inputs} + 1)"
    line = f"parameters: {per_output} * {len(layer.weight.data)} = {n_all:,}"
    if n_new < n_all:
        line += f", of which {n_all - n_new:,} are shared with a layer above and counted there"
    return n_new, line


def _look_through(layer: Conv2d | MaxPool2d, shape: Shape | None, axes: Axes) -> Derived:
    """What is seen through windows."""
    sizes = shape[1:] if shape else (None, None)
    (down, rows), (right, columns) = map(_slide_over, axes, layer.slides, sizes)
    lines = rows if rows == columns else [*(f"rows: {line}" for line in rows),
                                          *(f"columns: {line}" for line in columns)]
    return (down, right), lines


def _slide_over(axis: AxisView, slide: Slide, n: int | None) -> tuple[AxisView, list[str]]:
    """The recurrence at the head of this module, for one axis of n pixels, in numbers and words."""
    k, s, p, d = slide.kernel, slide.stride, slide.before, slide.dilation
    new = AxisView(axis.size + (k - 1) * d * axis.jump, axis.jump * s,
                   axis.centre + ((k - 1) * d / 2 - p) * axis.jump)
    lines = []
    if n is not None:
        steps = f"({n} + {p} + {slide.after} - (({k} - 1) * {d} + 1)) / {s}"
        m = f"min(ceil({steps}) + 1, ceil(({n} + {p}) / {s}))"
        m = m if slide.ceil_mode else f"floor({steps}) + 1"
        lines.append(f"output size: {m} = {slide.output_size(n)}")
    lines += [f"receptive field: {axis.size} + ({k} - 1) * {d} * {axis.jump} = {new.size}",
              f"first centre: {axis.centre:g} + (({k} - 1) * {d} / 2 - {p}) * {axis.jump} "
              f"= {new.centre:g}",
              f"jump: {axis.jump} * {s} = {new.jump}"]
    return new, lines


def _flatten(layer: Flatten, shape: Shape, axes: Axes) -> Derived:
    if layer.start_dim != 1 or layer.end_dim not in (-1, len(shape)):
        raise ValueError(f"{layer!r} is not followed here, only Flatten() of all but the batch")
    if len(shape) > 1:
        axes = tuple(AxisView(axis.size, in_a_row=False) for axis in axes)
    return axes, [f"{_by(shape)} = {math.prod(shape)} numbers in a row, each sees what it saw"]


def _see_all(layer: Module, shape: Shape, axes: Axes, in_rows: Shape, image: Shape) -> Derived:
    """The box, cut off at the image, around all that the last outputs in rows see together."""
    if len(shape) != 1:
        raise ValueError(f"{layer!r} is followed only behind Flatten(), and what comes is {shape}")
    n, sizes = len(axes), []
    for axis, n_outputs, n_pixels in zip(axes, in_rows[-n:], image[-n:]):
        end = axis.interval(n_outputs - 1)[1]  # the first output sees from pixel 0 on, or before
        sizes.append(max(int(min(end, n_pixels)), 0))
    return tuple(AxisView(size, in_a_row=False) for size in sizes), [
        f"receptive field: all {shape[0]:,} numbers, which together see {_by(sizes)} = "
        f"{math.prod(sizes):,}"]


# ---- a table -------------------------------------------------------------------------------------


def summary(model: Module, input_shape: Shape) -> str:
    """A table of all layers: what comes out, what is learned, and what is seen.

    Parameters
    ----------
    model, input_shape
        As for `receptive_fields`, and so are the errors.

    Examples
    --------
    >>> network = Sequential(Conv2d(1, 8, (3, 5)), ReLU(), Flatten(), Linear(720, 10))
    >>> print(summary(network, (1, 12, 13)))
    layer      output      parameters  receptive field  jump   first centre (y, x)
    0 Conv2d   8 x 10 x 9         128  3 x 5            1 x 1  1.5, 2.5
    1 ReLU     8 x 10 x 9           0  3 x 5            1 x 1  1.5, 2.5
    2 Flatten  720                  0  3 x 5            -      -
    3 Linear   10               7,210  12 x 13          -      -
    all                         7,338
    """
    rows = [("layer", "output", "parameters", "receptive field", "jump", "first centre (y, x)")]
    for view in receptive_fields(model, input_shape):
        centre = ", ".join(f"{one:g}" for one in view.first_centre or ())
        rows.append((f"{view.name} {type(view.layer).__name__}".strip(), _by(view.output_shape),
                     f"{view.n_parameters:,}", _by(view.size), _by(view.jump), centre or "-"))
    rows.append(("all", "", f"{count_parameters(model):,}", "", "", ""))
    widths = [max(len(cell) for cell in column) for column in zip(*rows)]
    aligned = [f"{'>' if column == 2 else '<'}{width}" for column, width in enumerate(widths)]
    return "\n".join("  ".join(map(format, row, aligned)).rstrip() for row in rows)


def _by(numbers: Shape | list[int] | None) -> str:
    """(3, 32, 32) as "3 x 32 x 32"."""
    return " x ".join(str(n) for n in numbers or ()) or "-"
