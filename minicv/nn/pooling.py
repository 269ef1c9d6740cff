"""Max pooling: a smaller image that keeps the strongest responses.

A convolution says where in the image something was seen.  Exactly where often does not matter, and
the answers of later layers should not change when an object moves by a pixel.  So each window, as a
rule side by side with the next, is replaced by the largest number in it.  There is nothing to
learn: exercise 1.3a, v.

The derivative hands the gradient of an output to the pixel that it came from, and nothing to the
others in the window.  Of several equal ones it is the first, row by row.

*How it is computed.*  Not window by window, but tap by tap: the pixels that lie under the same tap
of all windows form an image of the size of the output, and the output is the maximum of these k k
images.  Names, arguments, defaults, shapes (N, C, H, W) and results are PyTorch's, without
`return_indices`.
"""

from __future__ import annotations

import numpy as np

from minicv.autograd import Tensor, record
from minicv.nn.layers import Module
from minicv.nn.parallel import for_all_images
from minicv.nn.windows import Windows, check_image, pair


def max_pool2d(input: Tensor, kernel_size, stride=None, padding=0, dilation=1,
               ceil_mode: bool = False) -> Tensor:
    """Each output is the largest pixel in its window; channels stay apart.

    Parameters
    ----------
    input : (N, C, H, W), or one image (C, H, W); floats.
    kernel_size, stride, padding, dilation, ceil_mode : as for `MaxPool2d`.

    Returns
    -------
    (N, C, H_out, W_out), or (C, H_out, W_out) for one image.

    Raises
    ------
    ValueError, TypeError : as for `MaxPool2d`.

    Examples
    --------
    >>> image = Tensor(np.arange(16.0).reshape(1, 4, 4), requires_grad=True)
    >>> max_pool2d(image, 2).detach().numpy()
    array([[[ 5.,  7.],
            [13., 15.]]])
    """
    windows = _pooling_windows(kernel_size, stride, padding, dilation, ceil_mode)
    return _pool(input, windows, "max_pool2d")


def _pool(input: Tensor, windows: Windows, who: str) -> Tensor:
    input = input if isinstance(input, Tensor) else Tensor(input)
    check_image(input, None, who)
    size = input.shape[-2:]
    n_rows, n_columns = windows.output_size(size, who)
    padded = windows.pad(input.data, -np.inf)  # never the largest
    taps = [pixels for _, _, pixels in windows.taps(slice(0, n_rows), n_columns)]

    out = padded[taps[0]].copy()

    def forward(images):
        for pixels in taps[1:]:
            np.maximum(out[images], padded[images][pixels], out=out[images])

    for_all_images(forward, len(out), padded.size)

    def to_input(g):
        total = np.zeros_like(padded)

        def backward(images):
            largest = out[images]
            waiting = np.ones(largest.shape, bool)  # whose largest pixel has not come yet
            for pixels in taps:
                chosen = padded[images][pixels] == largest
                chosen &= waiting
                waiting ^= chosen
                total[images][pixels] += g[images] * chosen

        for_all_images(backward, len(out), padded.size)
        return windows.crop(total, size)

    return record(out, (input, to_input))


def _pooling_windows(kernel_size, stride, padding, dilation, ceil_mode: bool) -> Windows:
    padding = pair(padding, "padding", least=0)
    windows = Windows.of(kernel_size, kernel_size if stride is None else stride, padding, dilation,
                         ceil_mode)
    kernel = windows.down.kernel, windows.right.kernel
    if any(2 * p > k for p, k in zip(padding, kernel)):
        raise ValueError(f"the padding may be at most half of the kernel, or windows would lie in "
                         f"it as a whole; got padding {padding} and kernel_size {kernel}")
    return windows


class MaxPool2d(Module):
    """The largest pixel of each window: a smaller image that keeps the strongest responses.

    Parameters
    ----------
    kernel_size : taps of the window: a number, or (height, width). So are the next three.
    stride : pixels from one window to the next; None is `kernel_size`, windows side by side.
    padding : pixels on each side, at most half of the window. They are never the largest.
    dilation : pixels from one tap to the next.
    ceil_mode : if what is left at the end is too small for a window, look at it all the same?

    Raises
    ------
    ValueError : numbers that are too small, more padding than half of the window; in `forward`,
        images smaller than the window: the message names the smallest size that works.
    TypeError : sizes that are no whole numbers; in `forward`, images that are no floats.

    Notes
    -----
    Of several equal pixels that are the largest, the first one, row by row, gets the gradient. A
    window with a NaN in it gives NaN, and no gradient. Padding counts as minus infinity: where all
    pixels of a window are that, it takes part in the tie, and a gradient that it gets is lost.

    Examples
    --------
    >>> MaxPool2d(3, stride=2)(Tensor(np.zeros((8, 16, 31, 31), np.float32))).shape
    (8, 16, 15, 15)
    """

    def __init__(self, kernel_size, stride=None, padding=0, dilation=1, *,
                 ceil_mode: bool = False):
        _pooling_windows(kernel_size, stride, padding, dilation, ceil_mode)  # checks them
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.ceil_mode = ceil_mode

    @property
    def windows(self) -> Windows:
        """How its window slides."""
        return _pooling_windows(self.kernel_size, self.stride, self.padding, self.dilation,
                                self.ceil_mode)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W), or without N, to (N, C, H_out, W_out)."""
        return _pool(x, self.windows, repr(self))

    def extra_repr(self) -> str:
        return (f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
                f"dilation={self.dilation}, ceil_mode={self.ceil_mode}")
