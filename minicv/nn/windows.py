"""Sliding windows: where the window of a convolution or a pooling layer comes to lie.

Along one axis, a window of k *taps* that are d pixels apart (d is the dilation) reaches over

    r = (k - 1) d + 1

pixels.  It slides over the n pixels of the axis, and over p more of padding on either side, from
the very start in steps of s (the stride), and stops before it would stick out.  So the outputs are

    m = floor((n + 2 p - r) / s) + 1

in number, and tap i of output j lies on pixel j s + i d - p.  These two lines are all there is:
`convolution` and `pooling` compute with them, and `minicv.nn.receptive_field` follows them back.

An image has two axes that know nothing of each other, rows and columns, and so do its windows.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from minicv.autograd import Tensor


def pair(value: int | tuple[int, int], name: str, least: int) -> tuple[int, int]:
    """A whole number, for both axes, or one for each, as (for rows, for columns).

    Raises
    ------
    TypeError : neither a whole number nor two of them. ValueError : one is less than `least`.

    Examples
    --------
    >>> pair(3, "kernel_size", least=1), pair((3, 5), "kernel_size", least=1)
    ((3, 3), (3, 5))
    """
    entries = value if isinstance(value, (tuple, list)) else (value, value)
    try:
        numbers = tuple(operator.index(entry) for entry in entries)
    except TypeError:
        numbers = ()
    if len(numbers) != 2:
        raise TypeError(f"{name} must be a whole number, or two of them (for rows, for columns), "
                        f"got {value!r}")
    if min(numbers) < least:
        raise ValueError(f"{name} must be at least {least}, got {value!r}")
    return numbers


@dataclass(frozen=True)
class Slide:
    """How a window slides along one axis.

    Parameters
    ----------
    kernel : number of taps k.
    stride : pixels from one window to the next.
    before, after : pixels of padding at the start and at the end of the axis.
    dilation : pixels from one tap to the next.
    ceil_mode : one window more, if it sticks out at the end by less than a stride. It must not
        start beyond the image and the padding before it. For padding of up to half of the kernel.
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
        """The number of windows on an axis of n pixels, if these are enough for one.

        Examples
        --------
        >>> Slide(3, stride=2).output_size(8), Slide(3, stride=2, ceil_mode=True).output_size(8)
        (3, 4)
        """
        room = n + self.before + self.after - self.reach
        if not self.ceil_mode:
            return room // self.stride + 1
        m = -(-room // self.stride) + 1
        return m - 1 if (m - 1) * self.stride >= n + self.before else m

    def tap(self, i: int, first: int, stop: int) -> slice:
        """Where tap i of the outputs `first` to `stop` - 1 lies on the padded axis."""
        start = first * self.stride + i * self.dilation
        return slice(start, start + (stop - first - 1) * self.stride + 1, self.stride)


@dataclass(frozen=True)
class Windows:
    """How a window slides over an image: along the rows' axis (down) and the columns' (right)."""

    down: Slide
    right: Slide

    @classmethod
    def of(cls, kernel_size, stride=1, padding=0, dilation=1, ceil_mode: bool = False) -> Windows:
        """From the arguments of a layer, each a number or a pair; see `Conv2d` for `padding`."""
        kernel_size = pair(kernel_size, "kernel_size", least=1)
        stride = pair(stride, "stride", least=1)
        dilation = pair(dilation, "dilation", least=1)
        if isinstance(padding, str):
            around = _named_padding(padding, kernel_size, stride, dilation)
        else:
            around = [(p, p) for p in pair(padding, "padding", least=0)]
        return cls(*(Slide(k, s, before, after, d, ceil_mode) for k, s, (before, after), d
                     in zip(kernel_size, stride, around, dilation)))

    def output_size(self, size: tuple[int, int], who: str) -> tuple[int, int]:
        """Rows and columns of the output for an image of `size` (height, width).

        Raises
        ------
        ValueError : not one window fits; the message says for `who`, and what is the least.
        """
        slides = (self.down, self.right)
        if any(n < slide.smallest_input for n, slide in zip(size, slides)):
            reach, least = ([f"{getattr(slide, name)}" for slide in slides]
                            for name in ("reach", "smallest_input"))
            raise ValueError(f"{who} got an image of {size[0]} x {size[1]} pixels (height x width) "
                             f"and its window covers {' x '.join(reach)}; the smallest image that "
                             f"works is {' x '.join(least)}")
        return self.down.output_size(size[0]), self.right.output_size(size[1])

    def pad(self, x: np.ndarray, value: float) -> np.ndarray:
        """Images (..., H, W) with the padding around them; the same array if there is none.

        In `ceil_mode`, as much more at the end as the last window sticks out.
        """
        widths = []
        for slide, n in zip((self.down, self.right), x.shape[-2:]):
            end = (slide.output_size(n) - 1) * slide.stride + slide.reach
            widths.append((slide.before, max(slide.after, end - n - slide.before)))
        if not np.any(widths):
            return x
        (top, bottom), (left, right) = widths
        *front, height, width = x.shape
        padded = np.full((*front, top + height + bottom, left + width + right), value, x.dtype)
        padded[..., top:top + height, left:left + width] = x
        return padded

    def crop(self, padded: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        """The image of `size` inside the padding: a view."""
        top, left = self.down.before, self.right.before
        return padded[..., top:top + size[0], left:left + size[1]]

    def taps(self, rows: slice, n_columns: int) -> Iterator[tuple[int, int, tuple]]:
        """For each tap its place in the window and, as an index, the pixels it lies on.

        Parameters
        ----------
        rows : of the output, from its `start` to its `stop`.
        n_columns : of the output, all of them.

        Yields
        ------
        i, j : the tap's row and column in the window, row by row.
        index : into padded images (..., H, W); gives (..., rows, columns) of the output.
        """
        for i in range(self.down.kernel):
            for j in range(self.right.kernel):
                yield i, j, (..., self.down.tap(i, rows.start, rows.stop),
                             self.right.tap(j, 0, n_columns))


def _named_padding(name: str, kernel_size, stride, dilation) -> list[tuple[int, int]]:
    if name == "valid":
        return [(0, 0), (0, 0)]
    if name != "same":
        raise ValueError(f"padding must be a number, a pair of numbers, 'valid' (none) or 'same' "
                         f"(the output is as large as the input), got {name!r}")
    if stride != (1, 1):
        raise ValueError(f"padding='same' keeps the size of the image, and stride {stride} does "
                         f"not: give the padding as a number")
    totals = [(k - 1) * d for k, d in zip(kernel_size, dilation)]
    return [(total // 2, total - total // 2) for total in totals]  # an odd one out at the end


def check_image(input: Tensor, channels: int | None, who: str) -> None:
    """Errors that speak of `who`, unless these are images with so many channels (None: any)."""
    if input.ndim not in (3, 4) or channels not in (None, input.shape[-3]):
        c = "C" if channels is None else channels
        raise ValueError(f"{who} needs images of shape (N, {c}, H, W), or one of ({c}, H, W), "
                         f"got {input.shape}")
    if input.dtype.kind != "f":
        raise TypeError(f"{who} needs floats, and the images are {input.dtype}; convert them, as "
                        f"with x.float()")
