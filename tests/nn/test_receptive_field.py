"""Parameters, sizes and receptive fields: against sets, gradients, and the literature."""

import math
import re

import numpy as np
import pytest

from minicv import nn
from minicv.autograd import Tensor, no_grad

# ---- an oracle: one axis, and nothing but sets --------------------------------------------------


def taps(k, s, p, d, output):
    """The inputs under the window of an output, those in the padding too."""
    return {output * s + i * d - p for i in range(k)}


def seen_in_sets(layers, output):
    """Follow an output back through (k, s, p, d) of each layer; the padding never ends."""
    seen = {output}
    for layer in reversed(layers):
        seen = set().union(*(taps(*layer, one) for one in seen))
    return seen


def random_layers(rng, n):
    return [(int(rng.integers(1, 5)), int(rng.integers(1, 4)), int(rng.integers(0, 3)),
             int(rng.integers(1, 4))) for _ in range(n)]


def network_of(rows, columns, kind="conv"):
    layers = []
    for down, right in zip(rows, columns):
        k, s, p, d = zip(down, right)
        if kind == "conv":
            layers.append(nn.Conv2d(1, 1, k, s, p, d, dtype=np.float64, rng=len(layers)))
        else:
            p = tuple(min(one, size // 2) for one, size in zip(p, k))
            layers.append(nn.MaxPool2d(k, s, p, d))
    return nn.Sequential(*layers)


@pytest.mark.parametrize("seed", range(20))
def test_size_jump_and_centre_are_those_of_the_sets(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 5))
    rows, columns = random_layers(rng, n), random_layers(rng, n)
    view = nn.receptive_fields(network_of(rows, columns))[-1]
    left, upper, right, lower = view.box(2, 5)
    for layers, position, begin, end in ((rows, 2, upper, lower), (columns, 5, left, right)):
        seen = seen_in_sets(layers, position)
        assert (begin, end) == (min(seen), max(seen) + 1)
    for axis, layers in zip(view.axes, (rows, columns)):
        first, second = seen_in_sets(layers, 0), seen_in_sets(layers, 1)
        assert axis.size == max(first) - min(first) + 1
        assert axis.jump == min(second) - min(first)
        assert axis.centre == (min(first) + max(first) + 1) / 2


@pytest.mark.parametrize("kind", ["conv", "pool"])
@pytest.mark.parametrize("seed", range(10))
def test_seen_inputs_are_those_of_the_sets(seed, kind):
    rng = np.random.default_rng(seed)
    rows, columns = ([(k, s, 0, d) for k, s, _, d in random_layers(rng, 2)] for _ in range(2))
    network = network_of(rows, columns, kind)
    shape = 1, 30, 34
    height, width = nn.receptive_fields(network, shape)[-1].output_shape[1:]
    output = 0, height - 1, width // 2
    expected = np.zeros(shape, bool)
    expected[np.ix_([0], sorted(seen_in_sets(rows, output[1])),
                    sorted(seen_in_sets(columns, output[2])))] = True
    np.testing.assert_array_equal(nn.seen_inputs(network, shape, output), expected)


def test_the_centre_counts_the_dilation():
    # One window, taps on pixels 0, 3 and 6: its middle is that of pixel 3.
    view, = nn.receptive_fields(nn.Conv2d(1, 1, 3, dilation=3))
    assert view.first_centre == (3.5, 3.5)
    assert view.box(0, 0) == (0, 0, 7, 7)


def test_padding_at_one_end_only_moves_the_centre():
    # "same" with two taps pads at the end alone: output 0 sees pixels 0 and 1.
    view, = nn.receptive_fields(nn.Conv2d(1, 1, 2, padding="same"))
    assert view.box(0, 0) == (0, 0, 2, 2)


def test_fields_of_well_known_networks():
    # Araujo et al., 2019, table 2: AlexNet v2 has 195 pixels and a stride of 32, VGG-16 212 and 32.
    conv, pool = nn.Conv2d, nn.MaxPool2d
    alexnet = nn.Sequential(conv(1, 1, 11, stride=4), pool(3, 2), conv(1, 1, 5, padding=2),
                            pool(3, 2), conv(1, 1, 3, padding=1), conv(1, 1, 3, padding=1),
                            conv(1, 1, 3, padding=1), pool(3, 2))
    vgg = nn.Sequential(*(layer for n in (2, 2, 3, 3, 3)
                          for layer in [conv(1, 1, 3, padding=1)] * n + [pool(2)]))
    for network, size in ((alexnet, 195), (vgg, 212)):
        view = nn.receptive_fields(network)[-1]
        assert view.size == (size, size) and view.jump == (32, 32)


# ---- gradients agree ----------------------------------------------------------------------------


def options(**more):
    return {"dtype": np.float64, "rng": 0, **more}


NETWORKS = {
    "a gap": (nn.Sequential(nn.Conv2d(1, 2, 3, dilation=2, **options()),
                            nn.Conv2d(2, 1, 3, dilation=2, **options())), (1, 15, 13), (0, 3, 2)),
    "stride beyond the kernel": (nn.Sequential(nn.Conv2d(2, 2, 2, stride=3, **options()),
                                               nn.ReLU(), nn.Conv2d(2, 1, 2, **options())),
                                 (2, 11, 14), (0, 1, 2)),
    "at the border": (nn.Sequential(nn.Conv2d(1, 1, 5, padding=2, **options()),
                                    nn.Conv2d(1, 1, 3, padding=3, dilation=3, **options())),
                      (1, 9, 9), (0, 0, 8)),
    "groups": (nn.Sequential(nn.Conv2d(4, 4, 3, groups=2, **options()), nn.Sigmoid(),
                             nn.Conv2d(4, 4, 1, groups=2, **options())), (4, 6, 6), (3, 1, 1)),
    "pooling": (nn.Sequential(nn.MaxPool2d(2, dilation=2, stride=1),
                              nn.MaxPool2d(2, stride=3, ceil_mode=True)), (2, 6, 7), (1, 1, 0)),
    "linear": (nn.Sequential(nn.Conv2d(1, 1, 2, stride=3, **options()), nn.Flatten(),
                             nn.Linear(12, 3, **options()), nn.Softmax(1)), (1, 9, 11), 1),
    "flat": (nn.Sequential(nn.Conv2d(1, 2, 2, **options()), nn.Flatten()), (1, 3, 4), 7),
    "several at once": (nn.Conv2d(1, 2, 2, **options()), (1, 5, 6), np.s_[:, 1:3, 2]),
    "no image": (nn.MLP(3, 4, 2, rng=0, dtype=np.float64), (3,), 0),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_seen_inputs_are_those_with_a_gradient(name):
    network, shape, output = NETWORKS[name]
    seen = nn.seen_inputs(network, shape, output)
    by_gradient = nn.seen_inputs_by_gradient(network, shape, output, tries=200, rng=0)
    assert seen.shape == shape and seen.any()
    np.testing.assert_array_equal(seen, by_gradient)


def test_a_gap_is_inside_the_box_and_not_seen():
    network, shape, output = NETWORKS["a gap"]
    view = nn.receptive_fields(network, shape)[-1]
    assert view.size == (9, 9)
    assert nn.seen_inputs(network, shape, output).sum() == 25  # 5 x 5, every other pixel


def test_gradients_of_the_parameters_stay_as_they_are():
    layer = nn.Conv2d(1, 1, 3, rng=0)
    layer(np.ones((1, 4, 4), np.float32)).sum().backward()
    before = layer.weight.grad.numpy().copy()
    nn.seen_inputs_by_gradient(layer, (1, 4, 4), (0, 0, 0), rng=0)
    assert np.array_equal(layer.weight.grad.numpy(), before)
    with pytest.raises(ValueError, match='output must be an index'):
        nn.seen_inputs(layer, (1, 4, 4), (0, 2, 0))


# ---- sizes and parameters -----------------------------------------------------------------------


ALL_KINDS = nn.Sequential(
    nn.Conv2d(3, 8, (3, 5), stride=(1, 2), padding=(1, 0)), nn.ReLU(), nn.MaxPool2d(2),
    nn.Sequential(nn.Conv2d(8, 4, 3, groups=4, bias=False, padding=2, dilation=2), nn.Sigmoid()),
    nn.MaxPool2d(3, ceil_mode=True, stride=2), nn.MaxPool2d(2, stride=4, padding=1, ceil_mode=True),
    nn.Flatten(), nn.Linear(4 * 2 * 1, 7), nn.ReLU(), nn.Linear(7, 2, bias=False))


def test_output_shapes_are_what_comes_out():
    x = Tensor(np.zeros((2, 3, 24, 33), np.float32))
    views = nn.receptive_fields(ALL_KINDS, x.shape[1:])
    for view in views:
        assert view.input_shape == x.shape[1:]
        x = view.layer(x)
        assert view.output_shape == x.shape[1:]
    assert [view.name for view in views] == ["0", "1", "2", "3.0", "3.1", "4", "5", "6", "7", "8",
                                             "9"]


def test_parameters_are_counted_as_they_are():
    views = nn.receptive_fields(ALL_KINDS, (3, 24, 33))
    sizes = [sum(p.numel() for p in view.layer.parameters()) for view in views]
    assert [view.n_parameters for view in views] == sizes
    assert nn.count_parameters(ALL_KINDS) == sum(sizes)


def test_every_line_of_the_derivation_is_true():
    n_lines = 0
    for view in nn.receptive_fields(ALL_KINDS, (3, 24, 33)):
        for line in view.derivation:
            calculation = re.search(r"([-\d(fcm][-\d +*/().,a-z]*) = ([\d,.-]+)", line)
            if calculation and " x " not in line:
                left, right = calculation.groups()
                value = eval(re.sub(r",(?=\d)", "", left), {"floor": math.floor, "ceil": math.ceil})
                assert value == float(right.rstrip(",").replace(",", "")), line
                n_lines += 1
    assert n_lines >= 30


def test_the_derivation_ends_in_the_numbers_of_the_view():
    for view in nn.receptive_fields(ALL_KINDS, (3, 24, 33)):
        if view.jump is None or not isinstance(view.layer, (nn.Conv2d, nn.MaxPool2d)):
            continue
        for axis, name, n_out in zip(view.axes, ("rows", "columns"), view.output_shape[1:]):
            lines = [line for line in view.derivation
                     if line.startswith(f"{name}: ") or not line.startswith(("rows", "columns"))]
            for what, value in (("output size", n_out), ("receptive field", axis.size),
                                ("jump", axis.jump), ("first centre", axis.centre)):
                line, = (line for line in lines if what in line)
                assert line.endswith(f" {value:g}")


def test_without_the_shape_of_the_input():
    with_shape = nn.receptive_fields(ALL_KINDS[:6], (3, 24, 33))
    for view, other in zip(nn.receptive_fields(ALL_KINDS[:6]), with_shape):
        assert view.axes == other.axes and view.output_shape is None


def test_shared_parameters_count_once():
    shared, tied = nn.Conv2d(4, 4, 3, padding=1), nn.Conv2d(4, 4, 3)
    tied.weight = shared.weight
    network = nn.Sequential(shared, nn.ReLU(), shared, tied)
    views = nn.receptive_fields(network)
    assert [view.n_parameters for view in views] == [148, 0, 0, 4]  # 3 * 3 * 4 * 4 + 4; its bias
    assert nn.count_parameters(network) == 152
    assert "148 are shared" in views[2].derivation[0]
    assert views[2].size == (5, 5)  # it looks once more all the same


def test_linear_behind_flatten_sees_what_its_inputs_see_together():
    # Windows of 2 with a stride of 3 on 9 rows and 11 columns: rows 0 to 7, columns 0 to 10.
    views = nn.receptive_fields(NETWORKS["linear"][0], (1, 9, 11))
    assert [view.size for view in views] == [(2, 2), (2, 2), (8, 11), (8, 11)]
    assert views[-1].jump is None and views[-1].first_centre is None
    with pytest.raises(ValueError, match="rows and columns"):
        views[-1].box(0, 0)


def test_what_is_seen_together_ends_at_the_image():
    network = nn.Sequential(nn.Conv2d(1, 1, 5, padding=2), nn.Flatten(), nn.Linear(6 * 7, 1))
    views = nn.receptive_fields(network, (1, 6, 7))
    assert views[0].box(0, 0) == (-2, -2, 3, 3)
    assert views[-1].size == (6, 7)


def test_a_vector_as_input():
    views = nn.receptive_fields(nn.MLP(3, 8, 1), (3,))
    assert [view.size for view in views] == [(3,), (3,), (3,)]
    assert nn.receptive_fields(nn.ReLU(), (3,))[0].size == (1,)
    assert nn.receptive_fields(nn.ReLU())[0].size == (1, 1)


def test_summary_has_a_line_for_each_layer_and_the_sum():
    lines = nn.summary(ALL_KINDS, (3, 24, 33)).splitlines()
    assert len(lines) == 1 + 11 + 1
    assert lines[4].split("  ")[0] == "3.0 Conv2d" and "4 x 12 x 7" in lines[4]
    assert lines[-1].split() == ["all", f"{nn.count_parameters(ALL_KINDS):,}"]


# ---- errors -------------------------------------------------------------------------------------


class Residual(nn.Module):
    def __init__(self):
        self.inner = nn.Conv2d(1, 1, 3, padding=1)

    def forward(self, x):
        return x + self.inner(x)


def test_a_module_that_computes_something_of_its_own_is_an_error():
    with pytest.raises(TypeError, match="what a Residual sees.*Conv2d, MaxPool2d"):
        nn.receptive_fields(nn.Sequential(Residual()))


@pytest.mark.parametrize("network, shape, message", [
    (nn.Conv2d(3, 1, 3), (1, 8, 8), r"needs images \(N, 3, H, W\)"),
    (nn.Conv2d(3, 1, 3), (8,), r"needs images \(N, 3, H, W\)"),
    (nn.Conv2d(1, 1, 3), (1, 2, 8), "smallest image that works is 3 x 3"),
    (nn.Conv2d(1, 1, 3), (8, 8), "without the batch"),
    (nn.Linear(8, 1), (1, 8, 8), "only behind Flatten"),
    (nn.Sequential(nn.Flatten(), nn.Linear(8, 1)), (1, 3, 3), r"needs .* got \(0, 9\)"),
    (nn.Flatten(), None, "give input_shape"),
    (nn.Flatten(2), (1, 3, 3), "only Flatten"),
])
def test_layers_that_do_not_fit(network, shape, message):
    with pytest.raises(ValueError, match=message):
        nn.receptive_fields(network, shape)


def test_seen_inputs_by_gradient_leaves_no_trace_even_after_an_error():
    layer = nn.Conv2d(1, 1, 3, rng=0)
    layer.weight.grad = before = Tensor(np.ones((1, 1, 3, 3), np.float32))
    with pytest.raises(ValueError, match='output must be an index'):
        nn.seen_inputs_by_gradient(layer, (1, 3, 3), (5, 0, 0))
    assert layer.weight.grad is before
    for tries in (0, 10_001):
        with pytest.raises(ValueError, match="tries"):
            nn.seen_inputs_by_gradient(layer, (1, 3, 3), (0, 0, 0), tries=tries)
    for model, shape, output, message in (
            (3, (1, 3, 3), (0, 0, 0), "model must be a Module"),
            (layer, (1, 3, 3), (0, 0, "all"), "output must be a int or integer or slice"),
            (layer, (1, 9000, 9000), (0, 0, 0), "inputs of .* would take")):
        with pytest.raises((ValueError, TypeError), match=message):
            nn.seen_inputs_by_gradient(model, shape, output)
    with no_grad():
        assert nn.seen_inputs_by_gradient(layer, (1, 3, 3), (0, 0, 0), tries=1, rng=0).all()
        layer.weight[0, 0, 1, 1] = np.inf  # a derivative that is not 0, and tells nothing
    with pytest.raises(ValueError, match="of the derivative .are all weights finite"):
        nn.seen_inputs_by_gradient(layer, (1, 3, 3), (0, 0, 0), rng=0)


def test_a_network_without_layers_sees_what_it_gives():
    assert nn.seen_inputs(nn.Sequential(), (1, 2, 2), (0, 1, 0)).tolist() == [[[0, 0], [1, 0]]]


def test_receptive_fields_of_an_image_without_pixels():
    with pytest.raises(ValueError, match="each length in input_shape must be at least 1, got 0"):
        nn.receptive_fields(nn.ReLU(), (3, 0, 5))


def test_a_sequential_with_a_forward_of_its_own_is_not_followed():
    class Twice(nn.Sequential):
        def forward(self, x):
            return super().forward(super().forward(x))

    with pytest.raises(TypeError, match="Twice"):
        nn.receptive_fields(Twice(nn.Conv2d(1, 1, 3)))


def test_the_derivation_of_two_groups():
    (view,) = nn.receptive_fields(nn.Conv2d(4, 4, 3, groups=2))
    assert view.derivation[0] == "parameters: (3 * 3 * 4 / 2 + 1) * 4 = 76"
    assert view.n_parameters == 76


def test_a_flatten_that_leaves_an_axis_is_not_followed():
    with pytest.raises(ValueError, match="not followed"):
        nn.receptive_fields(nn.Flatten(1, 2), (3, 4, 5))


def test_flatten_leaves_numbers_in_a_row_as_they_are():
    (view,) = nn.receptive_fields(nn.Flatten(), (5,))
    assert (view.output_shape, view.size, view.jump) == ((5,), (1,), (1,))
    assert view.first_centre == (0.5,)


def test_a_linear_layer_that_gets_to_see_padding_alone():
    model = nn.Sequential(nn.Conv2d(1, 1, 1, stride=9, padding=3), nn.Flatten(), nn.Linear(1, 1))
    assert nn.receptive_fields(model, (1, 1, 1))[-1].size == (0, 0)


def test_summary_counts_a_shared_layer_once():
    layer = nn.Linear(4, 4)
    last = nn.summary(nn.Sequential(layer, nn.ReLU(), layer), (4,)).splitlines()[-1]
    assert last.split() == ["all", "20"]


def test_summary_of_a_single_layer():
    lines = nn.summary(nn.ReLU(), (4,)).splitlines()
    assert lines[1].startswith("ReLU ")
    assert all(line == line.rstrip() for line in lines)


def test_numbers_of_parameters_line_up_at_the_right():
    lines = nn.summary(nn.Sequential(nn.Linear(4, 4), nn.ReLU(), nn.Linear(4, 100)), (4,))
    lines = [line for line in lines.splitlines() if line]
    end = lines[0].index("parameters") + len("parameters")
    assert [line[:end].split()[-1] for line in lines[1:]] == ["20", "0", "500", "520"]
    assert all(line[:end] == line[:end].rstrip() for line in lines)


@pytest.mark.parametrize("function", [nn.count_parameters, nn.receptive_fields])
def test_what_is_no_network_is_named(function):
    with pytest.raises(TypeError, match="model must be a Module"):
        function(np.ones(3))
