"""Where the kernel of a convolution, or the window of a pooling layer, lies on the image.

Along one axis, k *taps* that are d pixels apart (d is the dilation) reach over

    r = (k - 1) d + 1

pixels.  They slide over the n pixels of the axis and p more of padding on either side, from
the very start in steps of s (the stride), and stop before they would stick out.  So there are

    m = floor((n + 2 p - r) / s) + 1

outputs, and tap i of output j lies on pixel j s + i d - p.  These two lines are all there is:
`convolution` computes with them, and `receptive_field` follows them back.  For a fixed tap, the
pixels under it, one for each output, are a slice with step s: so all loops are over the k k taps.

An image has two axes that know nothing of each other, rows and columns, and so has a kernel.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from minicv import checks
from minicv.nn.inputs import Shape, require_room

Pair = int | Iterable[int]  # for rows and columns alike, or (rows, columns)


@dataclass(frozen=True)
class Slide:
    """How a kernel slides along one axis.

    Parameters
    ----------
    kernel : int
        Number of taps k.
    stride : int
        Pixels from one window to the next.
    before, after : int
        Pixels of padding at the start and at the end of the axis.
    dilation : int
        Pixels from one tap to the next.
    ceil_mode : bool
        Add a window at the end if it sticks out by less than a stride. It must begin on the image
        or on the padding before it. For padding of up to half of the kernel.
    """

    kernel: int
    stride: int = 1
    before: int = 0
    after: int = 0
    dilation: int = 1
    ceil_mode: bool = False

    @property
    def reach(self) -> int:
        """Pixels from the first tap to the last, both included."""
        return (self.kernel - 1) * self.dilation + 1

    @property
    def smallest_input(self) -> int:
        """The fewest pixels that give an output."""
        spare = self.stride - 1 if self.ceil_mode else 0
        return max(self.reach - self.before - self.after - spare, 1)

    def output_size(self, n: int) -> int:
        """The number of windows on an axis of n pixels, from `smallest_input` on.

        >>> Slide(3, stride=2).output_size(8), Slide(3, stride=2, ceil_mode=True).output_size(8)
        (3, 4)
        """
        room = n + self.before + self.after - self.reach
        if self.ceil_mode:
            return min(-(-room // self.stride) + 1, -(-(n + self.before) // self.stride))
        return room // self.stride + 1

    def around(self, n: int) -> tuple[int, int]:
        """The padding of an axis of n pixels, with what the last window needs more."""
        end = (self.output_size(n) - 1) * self.stride + self.reach
        return self.before, max(self.after, end - n - self.before)


def slides(kernel_size: Pair, stride: Pair, padding: Pair | str, dilation: Pair,
           ceil_mode: bool = False) -> tuple[Slide, Slide]:
    """Down the rows and along the columns, from a layer's arguments; see `Conv2d` for `padding`."""
    kernel_size = checks.pair(kernel_size, "kernel_size")
    stride = checks.pair(stride, "stride")
    dilation = checks.pair(dilation, "dilation")
    if not isinstance(padding, str):
        around = [(p, p) for p in checks.pair(padding, "padding", least=0)]
    elif checks.choice(padding, "padding", ("valid", "same")) == "valid":
        around = [(0, 0), (0, 0)]
    elif stride == (1, 1):
        gaps = [(k - 1) * d for k, d in zip(kernel_size, dilation)]
        around = [(gap // 2, gap - gap // 2) for gap in gaps]
    else:
        raise ValueError(f"padding='same' keeps the size, stride {stride} does not: give a number")
    down, right = (Slide(k, s, before, after, d, ceil_mode) for k, s, (before, after), d
                   in zip(kernel_size, stride, around, dilation))
    return down, right


class Windows(NamedTuple):
    """Where all windows lie on images of one size."""

    out_size: Shape  # how many there are: rows and columns
    padding: list[tuple[int, int]]  # what to put around the images, as `numpy.pad` takes it
    inside: tuple  # an index: the image in its padding
    down: list[slice]  # for each row of taps, the rows of the image that it lies on
    across: list[slice]  # for each column of taps, the columns

    @property
    def taps(self) -> list[tuple]:
        """For each tap, row by row, an index: the pixels that it lies on."""
        return [(..., rows, columns) for rows in self.down for columns in self.across]


def lay_windows(both: tuple[Slide, Slide], shape: Shape, who: object) -> Windows:
    """The windows on images (..., height, width); `who` is named where none fits."""
    size, axes = shape[-2:], list(zip(both, shape[-2:]))
    if any(n < slide.smallest_input for slide, n in axes):
        raise ValueError(f"{who} got {size[0]} x {size[1]} pixels (height x width): the smallest "
                         f"image that works is {both[0].smallest_input} x {both[1].smallest_input}")
    out_size = tuple(slide.output_size(n) for slide, n in axes)
    padding = [slide.around(n) for slide, n in axes]
    in_padded = math.prod(n + sum(around) for n, around in zip(size, padding))
    in_windows = math.prod(m * slide.kernel for slide, m in zip(both, out_size))
    require_room((*shape[:-2], max(in_padded, in_windows)), who, shape)
    down, across = ([slice(i * slide.dilation, i * slide.dilation + (m - 1) * slide.stride + 1,
                           slide.stride) for i in range(slide.kernel)]
                    for slide, m in zip(both, out_size))
    inside = [slice(slide.before, slide.before + n) for slide, n in axes]
    return Windows(out_size, [(0, 0)] * (len(shape) - 2) + padding, (..., *inside), down, across)
