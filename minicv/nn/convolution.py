"""Convolution: a layer that looks at an image through a sliding window.

A linear layer has a weight for every pair of an input and an output.  For images that is wasteful
twice over: what is far apart has little to do with each other, and an edge is an edge wherever it
lies.  A *convolution* draws both conclusions.  An output sees a small window, and all outputs share
the weights.  With k x k taps, C_in channels in and C_out out, these are

    (k k C_in + 1) C_out

numbers (the 1 is the bias), however large the image: exercise 1.3a, ii to iv.

*How it is computed.*  Cut out the window of every output and lay its k k C_in numbers out as the
column of a matrix P.  The kernels are the rows of a matrix W, and the convolution is one product,
out = W P: the form in which processors are fastest ("im2col"; Chellapilla et al., "High performance
convolutional neural networks for document processing", 2006).  P repeats each pixel in up to k k
columns; so that it stays small, we make it block by block, and once more for the derivative
instead of keeping it.  The derivatives are two products more:

    dL/dW = dL/dout P^T,        dL/dP = W^T dL/dout,

and what arrives at the copies of a pixel in P adds up in the pixel, by the chain rule.  How all
this is dealt out to the cores is told in `minicv.nn.parallel`.

As everywhere in deep learning the kernel is not flipped: what is called convolution here is what
signal processing calls correlation.  Names, arguments, defaults, shapes (N, C, H, W) and results
are PyTorch's, without `padding_mode`: there is only zero.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from minicv.autograd import Tensor, record
from minicv.nn.layers import Module, Parameter
from minicv.nn.parallel import for_all_images, product, product_over_many
from minicv.nn.windows import Windows, check_image, pair

BLOCK = 2**21  # numbers in a block of P: 8 MB in float32


def conv2d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride=1, padding=0,
           dilation=1, groups: int = 1) -> Tensor:
    """Each output is a weighted sum of the pixels in its window.

    out[n, o, y, x] = bias[o] + sum over c, i, j of
        weight[o, c, i, j] * input[n, c, y * stride + i * dilation - padding, x * ... + j * ...]

    where a pixel outside the image is 0.

    Parameters
    ----------
    input : (N, C_in, H, W), or one image (C_in, H, W).
    weight : (C_out, C_in / groups, kernel height, kernel width), of the dtype of the input.
    bias : (C_out,) or None.
    stride, padding, dilation, groups : as for `Conv2d`.

    Returns
    -------
    (N, C_out, H_out, W_out), or (C_out, H_out, W_out) for one image.

    Raises
    ------
    ValueError : shapes that do not fit together, an image smaller than the window, impossible
        options. TypeError : the dtypes differ, or are no floats.

    Examples
    --------
    >>> image = Tensor(np.arange(12.0).reshape(1, 1, 3, 4))
    >>> conv2d(image, Tensor(np.ones((1, 1, 2, 2)))).numpy()[0, 0]
    array([[10., 14., 18.],
           [26., 30., 34.]])
    """
    input, weight = (x if isinstance(x, Tensor) else Tensor(x) for x in (input, weight))
    if bias is not None and not isinstance(bias, Tensor):
        bias = Tensor(bias)
    _check_convolution(input, weight, bias, groups)
    windows = Windows.of(weight.shape[2:], stride, padding, dilation)
    return _convolve(input, weight, bias, windows, groups, "conv2d")


def _convolve(input: Tensor, weight: Tensor, bias: Tensor | None, windows: Windows, groups: int,
              who: str) -> Tensor:
    """`conv2d` after the checks; errors about the image speak of `who`."""
    if input.ndim == 3:
        return _convolve(input.unsqueeze(0), weight, bias, windows, groups, who).squeeze(0)
    size = input.shape[2:]
    out_size = windows.output_size(size, who)
    padded = windows.pad(input.data, 0)
    n_images, n_out = len(padded), len(weight.data)
    kernels = weight.data.reshape(groups, n_out // groups, -1)  # the matrix W of each group
    window_size = weight.data[0].size * groups  # the entries of a column of P, all groups together
    work_size = n_images * window_size * math.prod(out_size)
    out = np.empty((n_images, n_out, *out_size), padded.dtype)

    def forward(images):
        for some, rows in _blocks(images, window_size, out_size):
            result = product(kernels, _patches(padded, windows, groups, some, rows))
            if bias is not None:
                result += bias.data.reshape(groups, -1, 1)
            _channels_first(out[some, :, rows])[...] = result.reshape(
                n_out, -1, rows.stop - rows.start, out_size[1])

    for_all_images(forward, n_images, work_size)

    def to_input(g):
        total = np.zeros_like(padded)
        transposed = np.ascontiguousarray(kernels.swapaxes(1, 2))

        def backward(images):
            for some, rows in _blocks(images, window_size, out_size):
                part = product(transposed, _as_matrices(g[some, :, rows], groups))  # dL/dP
                part = part.reshape(padded.shape[1], *weight.shape[2:], -1,
                                    rows.stop - rows.start, out_size[1])
                target = _channels_first(total[some])
                for i, j, pixels in windows.taps(rows, out_size[1]):
                    target[pixels] += part[:, i, j]

        for_all_images(backward, n_images, work_size)
        return windows.crop(total, size)

    def to_weight(g):
        def backward(images):
            total = np.zeros_like(kernels)
            for some, rows in _blocks(images, window_size, out_size):
                patches = _patches(padded, windows, groups, some, rows)
                total += product_over_many(_as_matrices(g[some, :, rows], groups), patches)
            return total

        return sum(for_all_images(backward, n_images, work_size)).reshape(weight.shape)

    edges = [(input, to_input), (weight, to_weight)]
    if bias is not None:
        edges.append((bias, lambda g: g.sum(axis=(0, 2, 3))))
    return record(out, *edges)


def _blocks(images: slice, window_size: int,
            out_size: tuple[int, int]) -> Iterator[tuple[slice, slice]]:
    """Cut the outputs of these images into blocks, so that P of each has about BLOCK entries.

    Yields
    ------
    Slices of the images and of the rows: several whole images, or several rows of one image.
    """
    n_rows, n_columns = out_size
    per_row = window_size * n_columns
    blocks_per_image = min(-(-per_row * n_rows // BLOCK), n_rows)
    rows_at_once = -(-n_rows // blocks_per_image)  # blocks of one size: small ones cost as much
    images_at_once = max(BLOCK // (per_row * n_rows), 1)
    for image in range(images.start, images.stop, images_at_once):
        for row in range(0, n_rows, rows_at_once):
            yield (slice(image, min(image + images_at_once, images.stop)),
                   slice(row, min(row + rows_at_once, n_rows)))


def _patches(padded: np.ndarray, windows: Windows, groups: int, images: slice,
             rows: slice) -> np.ndarray:
    """The matrix P of a block, for each group: (groups, C_in / groups * k k, positions)."""
    down, right = windows.down, windows.right
    views = sliding_window_view(padded[images], (down.reach, right.reach), axis=(2, 3))
    views = views[:, :, ::down.stride, ::right.stride, ::down.dilation, ::right.dilation]
    views = views[:, :, rows]
    # (image, channel, y, x, i, j) to (channel, i, j, image, y, x); only the reshape copies.
    return _with_adjacent_columns(views.transpose(1, 4, 5, 0, 2, 3).reshape(
        groups, padded.shape[1] // groups * down.kernel * right.kernel, -1))


def _as_matrices(g: np.ndarray, groups: int) -> np.ndarray:
    """(N, C, H, W) as a matrix for each group: (groups, C / groups, N H W)."""
    return _with_adjacent_columns(_channels_first(g).reshape(groups, g.shape[1] // groups, -1))


def _with_adjacent_columns(matrices: np.ndarray) -> np.ndarray:
    """The same, as a copy if the entries of a row are not side by side: BLAS needs them so."""
    adjacent = matrices.strides[-1] == matrices.itemsize
    return matrices if adjacent else np.ascontiguousarray(matrices)


def _channels_first(x: np.ndarray) -> np.ndarray:
    return x.swapaxes(0, 1)


def _check_convolution(input: Tensor, weight: Tensor, bias: Tensor | None, groups: int) -> None:
    if groups < 1 or weight.ndim != 4 or not weight.shape[0] or weight.shape[0] % groups:
        raise ValueError(f"the kernels must have the shape (C_out, C_in / groups, height, width), "
                         f"with C_out a multiple of groups; got {weight.shape} and groups={groups}")
    check_image(input, weight.shape[1] * groups, "conv2d")
    if bias is not None and bias.shape != weight.shape[:1]:
        raise ValueError(f"the bias must have one entry for each of the {weight.shape[0]} outputs, "
                         f"got {bias.shape}")
    for name, other in (("input", input), ("bias", bias)):
        if other is not None and other.dtype != weight.dtype:
            raise TypeError(f"conv2d needs one dtype, and the {name} is {other.dtype}, the weight "
                            f"{weight.dtype}; convert one, as with x.to(weight.dtype)")


class Conv2d(Module):
    """A layer that convolves images with kernels of its own; see `conv2d` for the formula.

    Parameters
    ----------
    in_channels, out_channels : channels of the images that come, and that go.
    kernel_size : taps of the window: a number, or (height, width). So are the next three.
    stride : pixels from one window to the next.
    padding : rows and columns of zeros on each side; "valid" is none, "same" as many as keep the
        size (with stride 1), of an odd number the larger half at the bottom and on the right.
    dilation : pixels from one tap to the next: 2 leaves gaps of one pixel.
    groups : cut the channels into so many groups that do not see each other. With
        `groups=in_channels` each channel has its own kernel ("depthwise").
    bias : add a number to each output channel?
    rng : where the random weights come from: a `numpy.random.Generator` or a seed.
    dtype : of the weights, and so of the images.

    Attributes
    ----------
    weight : Parameter (out_channels, in_channels / groups, kernel height, kernel width).
    bias : Parameter (out_channels,), or None.

    Raises
    ------
    ValueError : numbers that are too small, channels that cannot be cut into `groups`; in
        `forward`, images with other channels, or smaller than the window: the message names the
        smallest size that works. TypeError : sizes that are no whole numbers; in `forward`, images
        of another dtype than the weights.

    Notes
    -----
    The first weights and biases are uniform in (-1/sqrt(n), 1/sqrt(n)), where
    n = kernel height * kernel width * in_channels / groups is the number of pixels that an output
    sums up: the rule of `Linear`, whose notes say why.

    Examples
    --------
    >>> layer = Conv2d(16, 48, kernel_size=5, padding=2, rng=0)
    >>> layer
    Conv2d(16, 48, kernel_size=(5, 5), stride=(1, 1), padding=(2, 2))
    >>> layer(Tensor(np.zeros((8, 16, 32, 24), np.float32))).shape
    (8, 48, 32, 24)
    """

    def __init__(self, in_channels: int, out_channels: int, kernel_size, stride=1, padding=0,
                 dilation=1, groups: int = 1, bias: bool = True, *,
                 rng: np.random.Generator | int | None = None, dtype=np.float32):
        if min(in_channels, out_channels, groups) < 1:
            raise ValueError(f"Conv2d needs at least one channel in, one out and one group, got "
                             f"in_channels={in_channels}, out_channels={out_channels}, "
                             f"groups={groups}")
        if in_channels % groups or out_channels % groups:
            raise ValueError(f"{groups} groups cannot share {in_channels} input and {out_channels} "
                             f"output channels evenly: both must be multiples of groups")
        Windows.of(kernel_size, stride, padding, dilation)  # checks them
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = pair(kernel_size, "kernel_size", least=1)
        self.stride = pair(stride, "stride", least=1)
        self.padding = padding if isinstance(padding, str) else pair(padding, "padding", least=0)
        self.dilation = pair(dilation, "dilation", least=1)
        self.groups = groups
        rng = np.random.default_rng(rng)
        shape = (out_channels, in_channels // groups, *self.kernel_size)
        bound = 1 / math.sqrt(math.prod(shape[1:]))
        self.weight = Parameter(rng.uniform(-bound, bound, shape).astype(dtype))
        self.bias = None
        if bias:
            self.bias = Parameter(rng.uniform(-bound, bound, out_channels).astype(dtype))

    @property
    def windows(self) -> Windows:
        """How its window slides."""
        return Windows.of(self.kernel_size, self.stride, self.padding, self.dilation)

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W), or without N, to (N, out_channels, H_out, W_out)."""
        x = x if isinstance(x, Tensor) else Tensor(x)
        check_image(x, self.in_channels, repr(self))
        if x.dtype != self.weight.dtype:
            raise TypeError(f"{self!r} has {self.weight.dtype} weights and got {x.dtype} images: "
                            f"convert them with x.to(np.{self.weight.dtype}), or make the layer "
                            f"with dtype=np.{x.dtype}")
        return _convolve(x, self.weight, self.bias, self.windows, self.groups, repr(self))

    def extra_repr(self) -> str:
        shown = [f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, "
                 f"stride={self.stride}"]
        for name, default in (("padding", (0, 0)), ("dilation", (1, 1)), ("groups", 1)):
            value = getattr(self, name)
            if value != default:
                shown.append(f"{name}={value}")
        if self.bias is None:
            shown.append("bias=False")
        return ", ".join(shown)
