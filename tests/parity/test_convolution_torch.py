"""Convolution and pooling against PyTorch: values and all gradients, over a sweep of arguments.

Both sides add the same products in different orders, in float64: differences of about 1e-16 times
their number, a few hundred at most.  1e-10 is the bound that minicv promises.
"""

import numpy as np
import pytest
from scipy import stats

from minicv import nn
from minicv.autograd import Tensor

torch = pytest.importorskip("torch")

EXACT = {"rtol": 1e-10, "atol": 1e-10}

CONVOLUTIONS = {
    "plain": (4, 6, 3, {}),
    "one by one": (4, 6, 1, {}),
    "no bias": (4, 6, 3, {"bias": False}),
    "padding": (4, 6, 3, {"padding": 1}),
    "more padding than kernel": (4, 6, 2, {"padding": 3}),
    "stride": (4, 6, 3, {"stride": 2, "padding": 1}),
    "stride beyond the kernel": (4, 6, 2, {"stride": 4}),
    "dilation": (4, 6, 3, {"dilation": 2, "padding": 2}),
    "all of them, rectangular": (4, 6, (3, 2), {"stride": (2, 3), "padding": (1, 2),
                                                "dilation": (2, 1)}),
    "all of them, the other way round": (4, 6, (2, 3), {"stride": (3, 1), "padding": (0, 3),
                                                        "dilation": (1, 3)}),
    "groups": (4, 6, 3, {"groups": 2, "padding": 1}),
    "depthwise": (4, 8, (3, 1), {"groups": 4, "stride": (2, 1)}),
    "same": (4, 6, 3, {"padding": "same"}),
    "same, even kernel and dilation": (4, 6, (2, 4), {"padding": "same", "dilation": (3, 1)}),
    "valid": (4, 6, 3, {"padding": "valid"}),
}


def assert_alike(ours, theirs, shape):
    """The same images, and the same random gradient, through both layers."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=shape)
    our_x = Tensor(values.copy(), requires_grad=True)
    their_x = torch.tensor(values, requires_grad=True)
    our_out, their_out = ours(our_x), theirs(their_x)
    np.testing.assert_allclose(our_out.detach().numpy(), their_out.detach().numpy(), **EXACT)
    g = rng.normal(size=our_out.shape)
    our_out.backward(g)
    their_out.backward(torch.from_numpy(g))
    np.testing.assert_allclose(our_x.grad.numpy(), their_x.grad.numpy(), **EXACT)
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        np.testing.assert_allclose(mine.grad.numpy(), other.grad.numpy(), **EXACT)


@pytest.mark.filterwarnings("ignore:Using padding=.same.")  # PyTorch pads a copy
@pytest.mark.parametrize("shape", [(2, 4, 9, 8), (4, 7, 11), (3, 4, 40, 33)])
@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_conv2d(name, shape):
    c_in, c_out, kernel_size, options = CONVOLUTIONS[name]
    ours = nn.Conv2d(c_in, c_out, kernel_size, **options, dtype=np.float64)
    theirs = torch.nn.Conv2d(c_in, c_out, kernel_size, **options, dtype=torch.float64)
    ours.load_state_dict(theirs.state_dict())
    assert repr(ours) == repr(theirs)
    assert_alike(ours, theirs, shape)


POOLINGS = {
    "plain": (2, {}),
    "size 3": (3, {}),
    "overlapping": (3, {"stride": 1}),
    "stride beyond the kernel": (2, {"stride": 3}),
    "padding": (3, {"stride": 2, "padding": 1}),
    "dilation": (3, {"stride": 1, "dilation": 2, "padding": 1}),
    "rectangular": ((3, 2), {"stride": (1, 2), "padding": (1, 0), "dilation": (1, 2)}),
    "ceil": (2, {"ceil_mode": True}),
    "ceil, overlapping": (3, {"stride": 2, "ceil_mode": True}),
    "ceil, stride beyond the kernel": (2, {"stride": 5, "ceil_mode": True}),
    "ceil, padding, dilation": (3, {"stride": 3, "padding": 1, "dilation": 2, "ceil_mode": True}),
}


@pytest.mark.parametrize("shape", [(2, 3, 9, 8), (3, 10, 7), (2, 3, 11, 12)])
@pytest.mark.parametrize("name", POOLINGS)
def test_max_pool2d(name, shape):
    kernel_size, options = POOLINGS[name]
    ours, theirs = nn.MaxPool2d(kernel_size, **options), torch.nn.MaxPool2d(kernel_size, **options)
    assert repr(ours) == repr(theirs)
    assert_alike(ours, theirs, shape)


@pytest.mark.filterwarnings("ignore:Using padding=.same.")
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", CONVOLUTIONS)
def test_nan_and_infinity_show_in_the_same_places(name, seed):
    rng = np.random.default_rng(seed)
    c_in, c_out, kernel_size, options = CONVOLUTIONS[name]
    ours = nn.Conv2d(c_in, c_out, kernel_size, **options, dtype=np.float64)
    theirs = torch.nn.Conv2d(c_in, c_out, kernel_size, **options, dtype=torch.float64)
    x, g = rng.normal(size=(2, c_in, 9, 8)), rng.normal(size=ours(np.zeros((2, c_in, 9, 8))).shape)
    for values in (x, g):  # bad weights show at more pixels here, which the module's head tells
        values.flat[rng.integers(values.size, size=rng.integers(3))] = rng.choice([np.nan, np.inf])
    theirs.load_state_dict({k: torch.tensor(v) for k, v in ours.state_dict().items()})
    results = []
    for layer, leaf, back in ((ours, Tensor(x, requires_grad=True), g),
                              (theirs, torch.tensor(x, requires_grad=True), torch.tensor(g))):
        out = layer(leaf)
        out.backward(back)
        results.append([a.numpy() for a in (out.detach(), leaf.grad, layer.weight.grad)])
    for mine, other in zip(*results):
        np.testing.assert_allclose(mine, other, **EXACT)


@pytest.mark.parametrize("name", POOLINGS)
def test_max_pool2d_ties_go_to_the_same_pixel(name):
    kernel_size, options = POOLINGS[name]
    values = np.random.default_rng(0).integers(0, 3, (4, 3, 11, 12)).astype(float)
    our_x = Tensor(values.copy(), requires_grad=True)
    their_x = torch.tensor(values, requires_grad=True)
    nn.MaxPool2d(kernel_size, **options)(our_x).sum().backward()
    torch.nn.MaxPool2d(kernel_size, **options)(their_x).sum().backward()
    np.testing.assert_array_equal(our_x.grad.numpy(), their_x.grad.numpy())


@pytest.mark.parametrize("n", range(1, 13))
@pytest.mark.parametrize("ceil_mode", [False, True])
def test_the_same_sizes_work_and_the_others_are_refused(n, ceil_mode):
    options = {"stride": 3, "padding": 1, "dilation": 2, "ceil_mode": ceil_mode}
    ours, theirs = nn.MaxPool2d(4, **options), torch.nn.MaxPool2d(4, **options)
    try:
        expected = tuple(theirs(torch.zeros(1, n, n)).shape)
    except RuntimeError:
        with pytest.raises(ValueError, match="the smallest image that works"):
            ours(np.zeros((1, n, n)))
    else:
        assert ours(np.zeros((1, n, n))).shape == expected


def test_a_small_network_of_all_layers():
    def network(library, **options):
        return library.Sequential(
            library.Conv2d(3, 8, 3, padding=1, **options), library.ReLU(), library.MaxPool2d(2),
            library.Conv2d(8, 8, 3, stride=2, groups=2, **options), library.ReLU(),
            library.Flatten(), library.Linear(8 * 3 * 2, 5, **options))

    ours, theirs = network(nn, dtype=np.float64), network(torch.nn, dtype=torch.float64)
    ours.load_state_dict(theirs.state_dict())
    assert repr(ours) == repr(theirs)
    assert_alike(ours, theirs, (2, 3, 14, 11))


@pytest.mark.parametrize("dims", [(1, -1), (0, -1), (1, 2), (2, 2), (0, 1)])
def test_flatten(dims):
    assert_alike(nn.Flatten(*dims), torch.nn.Flatten(*dims), (2, 3, 4, 5))


@pytest.mark.parametrize("which", ["weight", "bias"])
def test_conv2d_draws_its_first_weights_from_the_same_distribution(which):
    torch.manual_seed(0)
    theirs = getattr(torch.nn.Conv2d(6, 2000, (3, 2), groups=2), which).detach().numpy().ravel()
    ours = getattr(nn.Conv2d(6, 2000, (3, 2), groups=2, rng=0), which).data.ravel()
    assert ours.shape == theirs.shape
    # n = 3 * 2 * (6 / 2): see Conv2d's notes. And Kolmogorov-Smirnov, as for Linear.
    assert 0.99 / np.sqrt(18) < np.abs(ours).max() <= 1 / np.sqrt(18)
    assert stats.ks_2samp(ours, theirs).pvalue > 1e-3
