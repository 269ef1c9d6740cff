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
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import EllipsisType

import numpy as np

from minicv import checks
from minicv.nn.inputs import require_room

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

    def tap(self, i: int, n_outputs: int) -> slice:
        """Where tap i of all outputs lies on the padded axis."""
        start = i * self.dilation
        return slice(start, start + (n_outputs - 1) * self.stride + 1, self.stride)


@dataclass(frozen=True)
class SlidingKernel:
    """How a kernel slides over an image: along the rows' axis (down) and the columns' (right)."""

    down: Slide
    right: Slide

    @classmethod
    def of(cls, kernel_size: Pair, stride: Pair = 1, padding: Pair | str = 0, dilation: Pair = 1,
           ceil_mode: bool = False) -> SlidingKernel:
        """From the arguments of a layer, each a number or a pair; see `Conv2d` for `padding`."""
        kernel_size = checks.pair(kernel_size, "kernel_size")
        stride = checks.pair(stride, "stride")
        dilation = checks.pair(dilation, "dilation")
        if isinstance(padding, str):
            checks.choice(padding, "padding", ("valid", "same"))
            if padding == "same" and stride != (1, 1):
                raise ValueError(f"padding='same' keeps the size of the image, and stride {stride} "
                                 f"does not: give the padding as a number")
            totals = [(k - 1) * d if padding == "same" else 0
                      for k, d in zip(kernel_size, dilation)]
            around = [(total // 2, total - total // 2) for total in totals]
        else:
            around = [(p, p) for p in checks.pair(padding, "padding", least=0)]
        return cls(*(Slide(k, s, before, after, d, ceil_mode) for k, s, (before, after), d
                     in zip(kernel_size, stride, around, dilation)))

    def both(self, name: str) -> tuple[int, int]:
        """What a `Slide` calls `name`, for rows and for columns."""
        return getattr(self.down, name), getattr(self.right, name)

    def output_size(self, shape: Sequence[int], who: str) -> tuple[int, int]:
        """Rows and columns of the output for images of `shape` (..., height, width).

        If no window fits, a ValueError that names `who` and the smallest image.
        """
        *batch, height, width = shape
        least = self.both("smallest_input")
        if height < least[0] or width < least[1]:
            raise ValueError(f"{who} got an image of {height} x {width} pixels (height x width) "
                             f"and its window covers {self.down.reach} x {self.right.reach}; the "
                             f"smallest image that works is {least[0]} x {least[1]}")
        rows, columns = self.down.output_size(height), self.right.output_size(width)
        in_windows = rows * columns * math.prod(self.both("kernel"))
        in_padded = ((height + self.down.before + self.down.after)
                     * (width + self.right.before + self.right.after))
        require_room((*batch, max(in_windows, in_padded)), f"{who} of images {tuple(shape)}")
        return rows, columns

    def pad(self, x: np.ndarray, value: float) -> np.ndarray:
        """Images (..., H, W) with the padding around them, and what the last window needs more."""
        widths = [(0, 0)] * (x.ndim - 2)
        for slide, n in zip((self.down, self.right), x.shape[-2:]):
            end = (slide.output_size(n) - 1) * slide.stride + slide.reach
            widths.append((slide.before, max(slide.after, end - n - slide.before)))
        return np.pad(x, widths, constant_values=value)

    def crop(self, padded: np.ndarray, size: Sequence[int]) -> np.ndarray:
        """The image of `size` inside the padding: a view."""
        top, left = self.down.before, self.right.before
        return padded[..., top:top + size[0], left:left + size[1]]

    def taps(self, out_size: Sequence[int]) -> list[tuple[EllipsisType, slice, slice]]:
        """For each tap, row by row, the pixels of padded images that it lies on, as an index."""
        return [(..., self.down.tap(i, out_size[0]), self.right.tap(j, out_size[1]))
                for i in range(self.down.kernel) for j in range(self.right.kernel)]
