"""Convolution and max pooling: layers that look at an image through a sliding window.

A linear layer has a weight for every pair of an input and an output.  For images that is wasteful
twice over: pixels far apart have little to do with each other, and an edge is an edge wherever it
lies.  So in a *convolution* an output sees a small window, and all outputs share the weights.  With
k x k taps, C_in channels in and C_out out, these are

    (k k C_in + 1) C_out

numbers (the 1 is the bias), however large the image: exercise 1.3a, ii to iv.

*How it is computed.*  A kernel is k rows of k taps.  Lay the k C_in numbers that a row of taps sees
out as the column of a matrix P, for all its places on an image ("im2col"), and all rows of all
kernels as the rows of a matrix W.  One product tells what each row of taps finds in each row of the
image, and an output adds up what the k rows of its kernel find where its window lies:

    Y = W P,        out[y] = sum over i of Y_i[y * stride + i * dilation].

The derivatives go back the same way.  P_i are the columns of P in these rows of the image, dL/dY_i
is dL/dout there and 0 in all other rows, and

    dL/dW_i = dL/dout P_i^T,        dL/dP = W^T dL/dY.

What arrives at the copies of a pixel in P adds up in the pixel, and what all images give to W adds
up in W, by the chain rule.  (Often P has all k k taps of a window in a column, and Y is the result:
Chellapilla et al., "High performance convolutional neural networks for document processing", 2006.
With a row of taps there are k times fewer copies, and they cost more than the sums: Cho and Brand,
"MEC: memory-efficient convolution for deep neural network", 2017.)  `minicv.nn.sliding_kernel`
tells where the taps lie.

*Max pooling* keeps of each window the largest number: where exactly something was seen often does
not matter.  There is nothing to learn (1.3a, v).  The gradient of an output goes to the pixel that
it came from; of several equal ones to the first, row by row.

Names, arguments, defaults, shapes (N, C, H, W) and results are PyTorch's; as there, the kernel is
not flipped (signal processing calls this a correlation).  There is no `padding_mode` and no
`return_indices`.  P takes k times the memory of an image, and is made anew for the derivatives;
industrial code makes it piece by piece, or not at all.  0 times infinity is NaN: so a weight that
is infinite or NaN shows in dL/dx also at pixels in whose row its tap never lies.
"""

from __future__ import annotations

import math
from functools import reduce

import numpy as np
from numpy.typing import DTypeLike

from minicv import checks
from minicv.autograd import Tensor, record
from minicv.autograd.values import check_one_dtype, kept
from minicv.nn.inputs import given, quiet, require_room
from minicv.nn.layers import set_first_values
from minicv.nn.modules import Module, Parameter
from minicv.nn.sliding_kernel import Pair, Slide, lay_windows, slides

# ---- convolution ---------------------------------------------------------------------------------


def conv2d(input: Tensor, weight: Tensor, bias: Tensor | None = None, stride: Pair = 1,
           padding: Pair | str = 0, dilation: Pair = 1, groups: int = 1) -> Tensor:
    """Each output is a weighted sum of the pixels in its window.

    out[n, o, y, x] = bias[o] + sum over c, i, j of
        weight[o, c, i, j] * input[n, c, y * stride + i * dilation - padding, x * ... + j * ...]

    where a pixel outside the image is 0.

    Parameters
    ----------
    input : Tensor (N, C_in, H, W), or one image (C_in, H, W)
    weight : Tensor (C_out, C_in / groups, kernel height, kernel width)
        Of the dtype of the input, as the bias.
    bias : Tensor (C_out,), optional
    stride, padding, dilation, groups
        As for `Conv2d`, and so are the errors.

    Examples
    --------
    >>> image = Tensor(np.arange(12.0).reshape(1, 1, 3, 4))
    >>> conv2d(image, Tensor(np.ones((1, 1, 2, 2)))).numpy()[0, 0]
    array([[10., 14., 18.],
           [26., 30., 34.]])
    """
    input, weight = given(input), given(weight, "weight")
    bias = None if bias is None else given(bias, "bias")
    groups = checks.whole(groups, "groups", least=1)
    if weight.ndim != 4 or not weight.shape[0] or weight.shape[0] % groups:
        raise ValueError(f"kernels must be (groups * n, C_in / groups, h, w), not {weight.shape}")
    if bias is not None and bias.shape != weight.shape[:1]:
        raise ValueError(f"the bias must have one entry for each of the {len(weight)} outputs")
    both = slides(weight.shape[2:], stride, padding, dilation)
    return _convolve(input, weight, bias, both, groups, "conv2d")


@quiet()
def _convolve(input: Tensor, weight: Tensor, bias: Tensor | None, both: tuple[Slide, Slide],
              groups: int, who: object) -> Tensor:
    _require_images(input, weight.shape[1] * groups, who)
    check_one_dtype(who, input, weight, bias)
    x = input.reshape(math.prod(input.shape[:-3]), *input.shape[-3:])
    n_out, _, height, width = weight.shape
    windows = lay_windows(both, x.shape, who)
    images = np.pad(x.data, windows.padding)
    places = images.shape[2], windows.out_size[1]  # of a row of taps: in every row of the image
    require_room((max(x.shape[1] * width, n_out * height), *places), who, x.shape)
    W = weight.reshape(groups, n_out // groups, -1, height, width).permute(0, 3, 1, 2, 4)
    W = W.reshape(groups, height * n_out // groups, -1)
    P_shape, Y_shape = (groups, W.shape[2], *places), (groups, height, n_out // groups, *places)
    out_shape = len(images), groups, n_out // groups, *windows.out_size

    def to_P(image):
        P = np.stack([image[..., columns] for columns in windows.across], axis=1)
        return P.reshape(groups, W.shape[2], math.prod(places))

    wide = np.promote_types(W.dtype, np.float32)  # what halves are added up in, as in PyTorch
    out = np.zeros(out_shape, wide)
    for image, out_n in zip(images, out):
        Y = np.matmul(W.data, to_P(image), dtype=wide).reshape(Y_shape)
        for i, rows in enumerate(windows.down):
            out_n += Y[:, i, :, rows]

    def to_x(g):
        dx = np.zeros_like(images)
        for dx_n, g_n in zip(dx, g.reshape(out_shape)):
            dY = np.zeros(Y_shape, g.dtype)
            for i, rows in enumerate(windows.down):
                dY[:, i, :, rows] = g_n
            dP = W.data.swapaxes(1, 2) @ dY.reshape(groups, W.shape[1], math.prod(places))
            for j, columns in enumerate(windows.across):
                dx_n[..., columns] += dP.reshape(x.shape[1], width, *places)[:, j]
        return dx[windows.inside]

    def to_W(g):
        flat = *out_shape[:3], math.prod(windows.out_size)
        dW = np.zeros((groups, height, n_out // groups, W.shape[2]), W.dtype)
        for image, g_n in zip(images, np.ascontiguousarray(g).reshape(flat)):
            P = to_P(image).reshape(P_shape)
            for i, rows in enumerate(windows.down):
                P_i = P[:, :, rows].reshape(*P_shape[:2], flat[-1])
                dW[:, i] += (P_i @ g_n.swapaxes(1, 2)).swapaxes(1, 2)  # faster than g P^T
        return dW.reshape(W.shape)

    out = out.astype(W.dtype, copy=False).reshape(*input.shape[:-3], n_out, *windows.out_size)
    result = record(out, (x, to_x), (W, to_W))
    return result if bias is None else result + bias.reshape(n_out, 1, 1)


def _require_images(x: Tensor, c: int | str, who: object) -> None:
    if x.ndim not in (3, 4) or c not in ("C", x.shape[-3]):
        raise ValueError(f"{who} needs images (N, {c}, H, W) or ({c}, H, W), got {x.shape}")


class Conv2d(Module):
    """A layer that convolves images with its kernels; see `conv2d` for the formula.

    Parameters
    ----------
    in_channels, out_channels : int
        Channels of the images that come, and that go.
    kernel_size : int or pair of int
        Taps of the window: a number, or (height, width).
    stride : int or pair of int
        Pixels from one window to the next.
    padding : int, pair of int, "valid" or "same"
        Rows and columns of zeros on each side. "valid" stands for 0. "same" keeps the size (with
        stride 1); the larger half of an odd number goes to the bottom and to the right.
    dilation : int or pair of int
        Pixels from one tap to the next: 2 leaves gaps of one pixel.
    groups : int
        Cut the channels into so many groups that do not see each other. With `groups=in_channels`
        each channel has its own kernel ("depthwise").
    bias : bool
        Whether to add a number to each output channel.
    rng, dtype
        As for `Linear`, and so are the first weights; n is the count of inputs of one output.

    Attributes
    ----------
    weight : Parameter (out_channels, in_channels / groups, kernel height, kernel width)
    bias : Parameter (out_channels,), or None

    Examples
    --------
    >>> layer = Conv2d(16, 48, kernel_size=5, padding=2, rng=0)
    >>> layer
    Conv2d(16, 48, kernel_size=(5, 5), stride=(1, 1), padding=(2, 2))
    >>> layer(Tensor(np.zeros((8, 16, 32, 24), np.float32))).shape
    (8, 48, 32, 24)
    """

    weight: Parameter
    bias: Parameter | None

    def __init__(self, in_channels: int, out_channels: int, kernel_size: Pair, stride: Pair = 1,
                 padding: Pair | str = 0, dilation: Pair = 1, groups: int = 1, bias: bool = True,
                 *, rng: np.random.Generator | int | None = None, dtype: DTypeLike = np.float32):
        self.in_channels = checks.whole(in_channels, "in_channels", least=1)
        self.out_channels = checks.whole(out_channels, "out_channels", least=1)
        self.groups = checks.whole(groups, "groups", least=1)
        if self.in_channels % self.groups or self.out_channels % self.groups:
            raise ValueError(f"groups must divide {in_channels} and {out_channels}, got {groups}")
        down, right = slides(kernel_size, stride, padding, dilation)
        self.kernel_size, self.stride = (down.kernel, right.kernel), (down.stride, right.stride)
        self.padding = padding if isinstance(padding, str) else (down.before, right.before)
        self.dilation = down.dilation, right.dilation
        shape = self.out_channels, self.in_channels // self.groups, *self.kernel_size
        set_first_values(self, shape, bias, rng, dtype)

    @property
    def slides(self) -> tuple[Slide, Slide]:
        """How its kernel slides, down and to the right."""
        return slides(self.kernel_size, self.stride, self.padding, self.dilation)

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W), or without N, to (N, out_channels, H_out, W_out)."""
        return _convolve(given(x), self.weight, self.bias, self.slides, self.groups, self)

    def extra_repr(self) -> str:
        shown = (f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, "
                 f"stride={self.stride}")
        for name, default in (("padding", (0, 0)), ("dilation", (1, 1)), ("groups", 1)):
            if getattr(self, name) != default:
                shown += f", {name}={getattr(self, name)}"
        return shown if self.bias is not None else f"{shown}, bias=False"


# ---- max pooling ---------------------------------------------------------------------------------


def max_pool2d(input: Tensor, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0,
               dilation: Pair = 1, ceil_mode: bool = False) -> Tensor:
    """Each output is the largest pixel in its window; channels stay apart.

    The images are (N, C, H, W), or one (C, H, W); the options as for `MaxPool2d`.

    Examples
    --------
    >>> max_pool2d(Tensor(np.arange(16.0).reshape(1, 4, 4)), 2).numpy()
    array([[[ 5.,  7.],
            [13., 15.]]])
    """
    return MaxPool2d(kernel_size, stride, padding, dilation, ceil_mode=ceil_mode)(input)


class MaxPool2d(Module):
    """The largest pixel of each window: a smaller image that keeps the strongest responses.

    Parameters
    ----------
    kernel_size, dilation : int or pair of int
        As for `Conv2d`.
    stride : int or pair of int, optional
        As for `Conv2d`; None is `kernel_size`, windows side by side.
    padding : int or pair of int
        Pixels on each side, at most half of the window. They are never the largest.
    ceil_mode : bool
        Whether to look at what is left at the end if it is too small for a window.

    Notes
    -----
    A window with a NaN in it gives NaN, and the first NaN gets its gradient (in PyTorch the last).
    Padding counts as minus infinity: where all pixels of a window are that, it takes part in the
    tie, and a gradient that it gets is lost.

    Examples
    --------
    >>> MaxPool2d(3, stride=2)(Tensor(np.zeros((8, 16, 31, 31), np.float32))).shape
    (8, 16, 15, 15)
    """

    def __init__(self, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0,
                 dilation: Pair = 1, *, ceil_mode: bool = False):
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.ceil_mode = checks.flag(ceil_mode, "ceil_mode")
        down, right = self.slides
        if 2 * down.before > down.kernel or 2 * right.before > right.kernel:
            raise ValueError(f"padding is at most half of the kernel {kernel_size}, got {padding}")

    @property
    def slides(self) -> tuple[Slide, Slide]:
        """How its window slides, down and to the right."""
        return slides(self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W), or without N, to (N, C, H_out, W_out)."""
        x = given(x)
        _require_images(x, "C", self)
        windows = lay_windows(self.slides, x.shape, self)
        padded = np.pad(x.data, windows.padding, constant_values=-np.inf)  # never the largest
        out = reduce(np.maximum, [padded[tap] for tap in windows.taps])

        def to_input(g):
            dx, has_nan = np.zeros_like(padded), np.isnan(out).any()
            waiting = np.ones(out.shape, bool)  # whose largest pixel has not come yet
            for tap in windows.taps:
                largest = padded[tap] == out
                chosen = waiting & (largest | np.isnan(padded[tap]) if has_nan else largest)
                waiting &= ~chosen
                dx[tap] += kept(g, chosen)
            return dx[windows.inside]

        return record(out, (x, to_input))

    def extra_repr(self) -> str:
        return (f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
                f"dilation={self.dilation}, ceil_mode={self.ceil_mode}")
