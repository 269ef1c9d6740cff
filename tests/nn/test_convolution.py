"""Convolution and pooling: against loops, closed forms, differences, and what must be refused.

Equality with PyTorch is in tests/parity.
"""

import tracemalloc

import numpy as np
import pytest
from scipy.signal import correlate2d

from minicv import nn
from minicv.autograd import Tensor, gradcheck
from minicv.nn.inputs import LARGEST
from minicv.nn.sliding_kernel import Slide, lay_windows, slides


def random_tensor(*shape, seed=0):
    return Tensor(np.random.default_rng(seed).normal(size=shape), requires_grad=True)


def convolve_in_loops(x, weight, bias, stride, padding, dilation, groups):
    """The sum of the docstring, term by term."""
    (n_images, _, height, width), (c_out, c_in, k_rows, k_columns) = x.shape, weight.shape
    padded = np.pad(x, ((0, 0), (0, 0), (padding[0],) * 2, (padding[1],) * 2))
    n_rows, n_columns = ((n + 2 * p - (k - 1) * d - 1) // s + 1 for n, p, k, d, s
                         in zip((height, width), padding, weight.shape[2:], dilation, stride))
    out = np.zeros((n_images, c_out, n_rows, n_columns))
    for n, o, y, column in np.ndindex(out.shape):
        first_channel = o // (c_out // groups) * c_in
        out[n, o, y, column] = bias[o] + sum(
            weight[o, c, i, j] * padded[n, first_channel + c, y * stride[0] + i * dilation[0],
                                        column * stride[1] + j * dilation[1]]
            for c, i, j in np.ndindex(c_in, k_rows, k_columns))
    return out


SWEEP = [
    # stride, padding, dilation, groups
    ((1, 1), (0, 0), (1, 1), 1),
    ((2, 1), (0, 1), (1, 1), 1),
    ((1, 3), (2, 0), (1, 2), 2),
    ((3, 2), (1, 2), (2, 1), 4),
]


@pytest.mark.parametrize("stride, padding, dilation, groups", SWEEP)
def test_conv2d_is_the_sum_of_its_docstring(stride, padding, dilation, groups):
    x, weight, bias = random_tensor(2, 4, 6, 7), random_tensor(4, 4 // groups, 3, 2), np.arange(4.)
    out = nn.conv2d(x, weight, Tensor(bias), stride, padding, dilation, groups)
    expected = convolve_in_loops(x.data, weight.data, bias, stride, padding, dilation, groups)
    np.testing.assert_allclose(out.detach().numpy(), expected, rtol=1e-12, atol=1e-12)


def test_conv2d_does_not_flip_the_kernel():
    image, kernel = np.random.default_rng(0).normal(size=(6, 7)), np.arange(6.0).reshape(2, 3)
    out = nn.conv2d(Tensor(image[None]), Tensor(kernel[None, None]))
    np.testing.assert_allclose(out.numpy()[0], correlate2d(image, kernel, mode="valid"))


@pytest.mark.parametrize("stride, padding, dilation, groups", SWEEP)
def test_conv2d_gradients(stride, padding, dilation, groups):
    inputs = (random_tensor(2, 4, 4, 3), random_tensor(4, 4 // groups, 2, 2), random_tensor(4))
    assert gradcheck(lambda x, w, b: nn.conv2d(x, w, b, stride, padding, dilation, groups), inputs)


def test_a_convolution_as_large_as_the_image_is_a_linear_layer():
    convolution, x = nn.Conv2d(3, 5, (4, 6), rng=0, dtype=np.float64), random_tensor(2, 3, 4, 6)
    linear = nn.Linear(3 * 4 * 6, 5, dtype=np.float64)
    linear.load_state_dict({"weight": convolution.weight.data.reshape(5, -1),
                            "bias": convolution.bias.data})
    np.testing.assert_allclose(convolution(x).data[..., 0, 0], linear(nn.Flatten()(x)).data)


def test_padding_same_keeps_the_size_and_puts_the_odd_one_at_the_end():
    layer = nn.Conv2d(1, 1, (2, 4), padding="same", dilation=(3, 1), bias=False, dtype=np.float64)
    layer.weight.data[...] = 1
    counts = layer(np.ones((1, 5, 6))).data[0]  # how many taps lie on the image
    # Down, taps 3 apart, 3 rows of padding: 1 above, 2 below; right, 3 columns: 1 and 2.
    down, right = np.array([1, 2, 2, 1, 1]), np.array([3, 4, 4, 4, 3, 2])
    np.testing.assert_array_equal(counts, np.outer(down, right))


def test_one_image_without_a_batch():
    layer, x = nn.Conv2d(3, 4, 3, rng=0), np.zeros((3, 8, 9), np.float32)
    assert layer(x).shape == (4, 6, 7)
    assert nn.MaxPool2d(2)(x).shape == (3, 4, 4)


def test_an_empty_batch():
    layer = nn.Conv2d(3, 4, 3)
    out = nn.MaxPool2d(2)(layer(np.zeros((0, 3, 8, 9), np.float32)))
    assert out.shape == (0, 4, 3, 3)
    out.sum().backward()
    assert not layer.weight.grad.numpy().any()


def test_of_no_channels_nothing_but_the_bias_comes_out():
    x, weight = (Tensor(np.zeros(shape), requires_grad=True) for shape in ((1, 0, 5, 5),
                                                                           (2, 0, 3, 3)))
    out = nn.conv2d(x, weight, Tensor(np.array([1.0, -2.0])))
    np.testing.assert_array_equal(out.data, np.broadcast_to([[[1]], [[-2]]], (1, 2, 3, 3)))
    out.sum().backward()
    assert x.grad.shape == x.shape and weight.grad.shape == weight.shape


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dtype_stays(dtype):
    layer = nn.Conv2d(2, 3, 3, padding=1, dtype=dtype)
    x = Tensor(np.ones((2, 2, 5, 5), dtype), requires_grad=True)
    out = nn.MaxPool2d(2, padding=1)(layer(x))
    out.sum().backward()
    for one in (out, x.grad, layer.weight.grad, layer.bias.grad):
        assert one.dtype == dtype


def test_names_shapes_and_the_number_of_parameters():
    layer = nn.Conv2d(6, 4, (3, 2), groups=2)
    shapes = {name: value.shape for name, value in layer.state_dict().items()}
    assert shapes == {"weight": (4, 3, 3, 2), "bias": (4,)}
    assert list(nn.Conv2d(6, 4, 3, bias=False).state_dict()) == ["weight"]


def test_the_same_seed_draws_the_same_weights():
    a, b, other = (nn.Conv2d(2, 3, 3, rng=seed).weight.data for seed in (5, 5, 6))
    assert np.array_equal(a, b) and not np.array_equal(a, other)


# ---- max pooling --------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [
    {}, {"stride": 1}, {"stride": 3}, {"stride": (1, 2), "padding": (0, 1)}, {"dilation": (2, 1)},
    {"ceil_mode": True}])
def test_max_pool2d_is_the_maximum_over_each_window(options):
    x = random_tensor(2, 3, 7, 8)
    out = nn.max_pool2d(x, (3, 2), **options).detach().numpy()
    stride, padding, dilation = (options.get(name, default) for name, default in
                                 (("stride", (3, 2)), ("padding", (0, 0)), ("dilation", (1, 1))))
    stride = (stride, stride) if isinstance(stride, int) else stride
    for y, column in np.ndindex(out.shape[2:]):
        rows = [y * stride[0] - padding[0] + i * dilation[0] for i in range(3)]
        columns = [column * stride[1] - padding[1] + j * dilation[1] for j in range(2)]
        window = x.data[:, :, [r for r in rows if 0 <= r < 7]]
        window = window[..., [c for c in columns if 0 <= c < 8]]
        np.testing.assert_array_equal(out[:, :, y, column], window.max(axis=(2, 3)))


@pytest.mark.parametrize("options", [{}, {"stride": 1, "padding": 1}, {"stride": 3},
                                     {"dilation": 2}, {"ceil_mode": True}])
def test_max_pool2d_gradient(options):
    # All entries are at least 0.1 apart, so that no difference crosses a kink.
    values = 0.1 * np.random.default_rng(0).permutation(2 * 7 * 5).reshape(2, 7, 5)
    assert gradcheck(lambda x: nn.max_pool2d(x, 2, **options), Tensor(values, requires_grad=True))


def test_the_first_of_equal_pixels_row_by_row_gets_the_gradient():
    x = Tensor(np.array([[[0.0, 7, 1, 1], [7, 7, 1, 1]]]), requires_grad=True)
    nn.max_pool2d(x, 2).backward(np.array([[[10.0, 20]]]))
    assert x.grad.numpy().tolist() == [[[0, 10, 20, 0], [0, 0, 0, 0]]]


def test_a_pixel_gets_the_gradient_of_all_windows_that_it_leads():
    x = np.zeros((1, 3, 3))
    x[0, 1, 1] = 1
    x = Tensor(x, requires_grad=True)
    nn.max_pool2d(x, 2, stride=1).sum().backward()
    assert x.grad.numpy().tolist() == [[[0, 0, 0], [0, 4, 0], [0, 0, 0]]]


def test_padding_is_never_the_largest():
    x = Tensor(-np.ones((1, 2, 2)), requires_grad=True)
    out = nn.max_pool2d(x, 2, padding=1)
    out.sum().backward()
    assert (out.data == -1).all() and (x.grad.data == 1).all()


def test_a_nan_comes_out_of_its_window_and_gets_the_gradient():
    x = Tensor(np.array([[[1.0, np.nan, 0, np.inf], [2, 3, 5, 4]]]), requires_grad=True)
    out = nn.max_pool2d(x, 2)
    np.testing.assert_array_equal(out.data, [[[np.nan, np.inf]]])
    out.backward([[[7.0, np.nan]]])  # the other pixels get 0, not 0 times NaN
    np.testing.assert_array_equal(x.grad.data, [[[0, 7, 0, np.nan], [0, 0, 0, 0]]])


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_bad_pixel_shows_in_the_derivative_of_the_taps_that_lie_on_it_alone(bad):
    image, layer = np.zeros((1, 3, 3)), nn.Conv2d(1, 1, 2, dtype=float)
    image[0, 0, 2] = bad  # in the upper right corner, where only the tap above on the right comes
    layer(image).sum().backward()
    np.testing.assert_array_equal(layer.weight.grad.data[0, 0], [[0, bad], [0, 0]])


# ---- where windows come to lie ------------------------------------------------------------------


def test_a_window_that_would_stick_out_is_left_out_unless_ceil_mode_asks_for_it():
    image = np.arange(25.0).reshape(1, 5, 5)
    for pooled in (nn.max_pool2d(Tensor(image), 2), nn.MaxPool2d(2)(Tensor(image))):
        assert pooled.numpy().tolist() == [[[6, 8], [16, 18]]]
    assert nn.max_pool2d(Tensor(image), 2, ceil_mode=True).shape == (1, 3, 3)


@pytest.mark.parametrize("ceil_mode", [False, True])
def test_the_number_of_windows_by_counting(ceil_mode):
    for kernel, stride, before, after, dilation, n in np.ndindex(4, 4, 3, 3, 3, 9):
        slide = Slide(kernel + 1, stride + 1, before, after, dilation + 1, ceil_mode)
        n += 1
        if ceil_mode and (before != after or 2 * before > slide.kernel):
            continue  # pooling has no such padding
        starts = range(0, n + before + after, slide.stride)
        if ceil_mode:  # may stick out by less than a stride, and starts before the last padding
            fits = [s for s in starts if s + slide.reach <= n + before + after + slide.stride - 1
                    and s < n + before]
        else:
            fits = [s for s in starts if s + slide.reach <= n + before + after]
        assert (n >= slide.smallest_input) == (len(fits) > 0)
        if fits:
            assert slide.output_size(n) == len(fits)
            end = fits[-1] + slide.reach - before - n  # how far the last window sticks out
            assert slide.around(n) == (before, max(after, end))


# ---- errors at the door -------------------------------------------------------------------------


@pytest.mark.parametrize("layer, size, smallest", [
    (nn.Conv2d(1, 1, 5, padding=1), (2, 9), "3 x 3"),
    (nn.Conv2d(1, 1, (1, 3), dilation=(1, 4)), (1, 8), "1 x 9"),
    (nn.MaxPool2d(4, padding=1), (9, 1), "2 x 2"),
    (nn.MaxPool2d(4, stride=2, ceil_mode=True), (2, 2), "3 x 3"),
])
def test_an_image_that_is_too_small_is_told_the_smallest_that_works(layer, size, smallest):
    with pytest.raises(ValueError, match=f"smallest image that works is {smallest}") as caught:
        layer(np.zeros((1, *size), np.float32))
    assert repr(layer) in str(caught.value) and f"{size[0]} x {size[1]}" in str(caught.value)
    height, width = map(int, smallest.split(" x "))
    assert layer(np.zeros((1, height, width), np.float32)).shape == (1, 1, 1)


@pytest.mark.parametrize("arguments, options, message", [
    ((0, 1, 3), {}, "in_channels must be at least 1, got 0"),
    ((4, 6, 3), {"groups": 4}, "groups must divide 4 and 6, got 4"),
    ((1, 1, 0), {}, "kernel_size must be at least 1"),
    ((1, 1, 3), {"stride": 0}, "stride must be at least 1"),
    ((1, 1, 3), {"padding": -1}, "padding must be at least 0"),
    ((1, 1, 3), {"dilation": (1, 0)}, "dilation must be at least 1"),
    ((1, 1, 3), {"padding": "full"}, "'valid'.*'same'.*got 'full'"),
    ((1, 1, 3), {"padding": "same", "stride": 2}, "'same' keeps the size.*stride"),
])
def test_impossible_convolutions(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        nn.Conv2d(*arguments, **options)


@pytest.mark.parametrize("kernel_size", [1.5, (1, 2, 3), "3", None])
def test_a_size_is_a_whole_number_or_two(kernel_size):
    for make in (lambda: nn.Conv2d(1, 1, kernel_size), lambda: nn.MaxPool2d(kernel_size)):
        with pytest.raises(TypeError, match="kernel_size must be whole numbers, .rows, columns"):
            make()


def test_pooling_with_too_much_padding():
    with pytest.raises(ValueError, match="at most half of the kernel"):
        nn.MaxPool2d(3, padding=2)


@pytest.mark.parametrize("shape", [(3, 8), (1, 2, 8, 8), (1, 1, 3, 8, 8)])
def test_images_of_another_shape_than_the_layer_needs(shape):
    with pytest.raises(ValueError, match=r"needs images \(N, 3, H, W\) or \(3, H, W\)"):
        nn.Conv2d(3, 4, 3)(np.zeros(shape, np.float32))


def test_images_of_another_dtype():
    with pytest.raises(TypeError, match=r"x is float64, weight float32.*x\.to\(weight\.dtype\)"):
        nn.Conv2d(3, 4, 3)(np.zeros((3, 8, 8)))
    for layer in (nn.Conv2d(3, 4, 3), nn.MaxPool2d(2)):
        with pytest.raises(TypeError, match="input must be floats, got uint8"):
            layer(np.zeros((3, 8, 8), np.uint8))
    with pytest.raises(ValueError, match=r"MaxPool2d.* needs images \(N, C, H, W\)"):
        nn.MaxPool2d(2)(np.zeros((8, 8)))


def test_the_function_checks_kernels_and_bias():
    x = Tensor(np.zeros((1, 4, 8, 8)))
    with pytest.raises(ValueError, match=r"kernels must be \(groups \* n, C_in / groups, h, w\)"):
        nn.conv2d(x, Tensor(np.zeros((3, 4, 3))))
    with pytest.raises(ValueError, match="one entry for each of the 3 outputs"):
        nn.conv2d(x, Tensor(np.zeros((3, 4, 3, 3))), Tensor(np.zeros(4)))
    with pytest.raises(TypeError, match="one dtype"):
        nn.conv2d(x, Tensor(np.zeros((3, 4, 3, 3), np.float32)))


def test_a_stride_that_is_changed_later_counts():
    x = np.arange(36.0).reshape(1, 1, 6, 6)
    for layer in (nn.Conv2d(1, 1, 2, rng=0, dtype=np.float64), nn.MaxPool2d(2, stride=1)):
        assert layer(Tensor(x)).shape == (1, 1, 5, 5)
        layer.stride = (2, 2)
        assert layer(Tensor(x)).shape == (1, 1, 3, 3)


def test_arrays_are_taken_for_weights_and_a_bias_of_another_dtype_is_refused():
    x, weight = np.ones((1, 1, 3, 3), np.float32), np.ones((1, 1, 2, 2), np.float32)
    assert nn.conv2d(x, weight, np.ones(1, np.float32)).numpy().tolist() == [[[[5, 5], [5, 5]]]]
    with pytest.raises(TypeError, match="weight float32, bias float64"):
        nn.conv2d(x, weight, np.ones(1))
    with pytest.raises(ValueError, match=r"kernels must be \(groups \* n, .*, not \(0, 1, 2, 2\)"):
        nn.conv2d(x, weight[:0])


@pytest.mark.parametrize("padding", [(2, 0), (0, 2)])
def test_padding_of_more_than_half_of_the_window_along_one_axis(padding):
    with pytest.raises(ValueError, match="at most half"):
        nn.MaxPool2d(2, padding=padding)


def test_an_image_without_pixels_is_too_small_whatever_the_padding():
    with pytest.raises(ValueError, match="smallest image that works is 1 x 1"):
        nn.Conv2d(1, 1, 3, padding=2)(Tensor(np.zeros((1, 1, 0, 5), np.float32)))


def test_same_padding_refuses_a_stride_along_columns_alone():
    with pytest.raises(ValueError, match="keeps the size"):
        nn.Conv2d(1, 1, 3, stride=(1, 2), padding="same")


@pytest.mark.parametrize("groups, n_out, message", [(0, 2, "groups must be at least 1, got 0"),
                                                    (2, 3, "must be .groups .* not .3, 1, 3, 3")])
def test_kernels_that_cannot_be_cut_into_groups(groups, n_out, message):
    with pytest.raises(ValueError, match=message):
        nn.conv2d(Tensor(np.zeros((1, 2, 4, 4))), Tensor(np.zeros((n_out, 1, 3, 3))), groups=groups)


def test_groups_may_be_a_number_whose_dtype_holds_fewer_kernels():
    x, kernels = Tensor(np.ones((1, 300, 2, 2))), Tensor(np.ones((300, 150, 1, 1)))
    assert (nn.conv2d(x, kernels, groups=np.uint8(2)).numpy() == 150).all()


def test_the_windows_of_one_image_are_in_memory_at_a_time():
    """Those of all 32 would take 25 times the memory of the images."""
    layer, x = nn.Conv2d(4, 4, 5, padding=2, dtype=float), random_tensor(32, 4, 24, 24)
    tracemalloc.start()
    layer(x).sum().backward()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10 * x.data.nbytes


@pytest.mark.parametrize("layer", [nn.Conv2d(1, 1, 3, padding=10**6),
                                   nn.MaxPool2d(10**5, padding=5 * 10**4)])
def test_an_image_that_would_not_fit_into_memory_is_refused(layer):
    with pytest.raises(ValueError, match="would take .* numbers"):
        layer(np.zeros((1, 8, 8), np.float32))
    with pytest.raises(ValueError, match="an input of .* would take 1e.12 numbers"):
        nn.receptive_fields(layer, (1, 10**6, 10**6))


def test_halves_may_add_up_to_more_than_a_half_can_hold_on_the_way():
    ones = Tensor(np.ones((1, 3, 1), np.float16))
    weight = Tensor(np.array([60_000, 60_000, -60_000], np.float16).reshape(1, 1, 3, 1))
    out = nn.conv2d(ones, weight)
    assert out.dtype == np.float16 and out.item() == np.float16(60_000)


def test_the_result_may_be_changed_in_place():
    """As in PyTorch: no derivative of a convolution needs it."""
    layer, x = nn.Conv2d(1, 1, 2, bias=False, dtype=float), random_tensor(1, 3, 3)
    out = layer(x)
    out *= 2
    out.sum().backward()
    np.testing.assert_allclose(x.grad.numpy()[0, 1, 1], 2 * layer.weight.data.sum())


@pytest.mark.parametrize("layer, size, numbers", [
    # 4096 outputs for each of 256 x 256 pixels
    (nn.Conv2d(1, 4096, 1), (256, 256), "2.68e"),
    # 32 rows of taps of 128 kernels, in 64 rows of 1024 places each
    (nn.Conv2d(1, 128, (32, 1)), (64, 1024), "2.68e"),
    # 1024 pixels under each of 1025 places in all of the 1024 rows, of which one is looked at
    (nn.Conv2d(1, 1, (1, 1024), stride=(1024, 1)), (1024, 2048), "1.07e"),
])
def test_what_is_laid_out_or_comes_out_of_one_image_must_fit_into_memory(layer, size, numbers):
    with pytest.raises(ValueError, match=rf"Conv2d.* of .* would take {numbers}"):
        layer(np.zeros((1, *size), np.float32))


def test_windows_that_would_not_fit_into_memory_are_refused_though_the_image_does():
    # 401 x 401 windows of 400 x 400 pixels: 2.57e10 numbers
    with pytest.raises(ValueError, match=r"would take 2\.57e\+10 numbers"):
        nn.MaxPool2d(400, stride=1)(np.zeros((1, 800, 800), np.float32))


def test_the_room_for_windows_is_that_of_all_channels():
    one = slides(1, 1, 0, 1)
    assert lay_windows(one, (LARGEST // 2, 2, 1, 1), "it").out_size == (1, 1)
    with pytest.raises(ValueError, match="it of .* would take 2.01e\\+08 numbers"):
        lay_windows(one, (LARGEST // 2, 3, 1, 1), "it")


def test_valid_is_without_padding():
    x, weight = Tensor(np.arange(25.0).reshape(1, 1, 5, 5)), Tensor(np.ones((1, 1, 3, 3)))
    valid, none = (nn.functional.conv2d(x, weight, padding=padding) for padding in ("valid", 0))
    np.testing.assert_array_equal(valid.numpy(), none.numpy())
    assert valid.shape == (1, 1, 3, 3) and Slide(3).output_size(5) == 3


@pytest.mark.parametrize("padding", [(LARGEST, 0), (0, LARGEST)])
def test_padding_that_no_memory_holds_is_refused(padding):
    ones = Tensor(np.ones((1, 1, 2, 2), np.float32))
    with pytest.raises(ValueError, match=r"Conv2d.* of \(1, 1, 2, 2\) would"):
        nn.Conv2d(1, 1, 1, stride=LARGEST, padding=padding)(ones)
