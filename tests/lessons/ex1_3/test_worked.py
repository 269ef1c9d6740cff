"""Exercise 1.3, number by number.

The numbers of parameters and the receptive fields of a), the table and the answers of b).
"""

import numpy as np
import pytest

from minicv import nn
from minicv.autograd import Tensor

SCORES = np.array([[3.0, 1, -2, 0], [-1, 2, 3, -2], [0, 0, 0, 0], [4, 1, -2, 3]])
PRINTED_PROBABILITIES = np.array([[0.839, 0.114, 0.006, 0.042], [0.013, 0.264, 0.718, 0.005],
                                  [0.25, 0.25, 0.25, 0.25], [0.704, 0.035, 0.002, 0.259]])
PRINTED_LOSSES = np.array([2.17, 4.34, 1.39, 0.35])


def true_classes():
    """For each sample the class, from 0, whose -log p is nearest to the printed loss."""
    losses = -np.log(PRINTED_PROBABILITIES)
    return np.abs(losses - PRINTED_LOSSES[:, None]).argmin(axis=1)


def sheet_networks():
    """The five networks of a), each with the shape of an image."""
    return {
        "i": (nn.Sequential(nn.Flatten(), nn.Linear(32 * 32, 256)), (1, 32, 32)),
        "ii": (nn.Conv2d(16, 48, 5, padding=2), (16, 15, 15)),
        "iii": (nn.Sequential(nn.Conv2d(64, 64, 3, stride=3, padding=1),
                              nn.Conv2d(64, 64, 3, stride=3, padding=1)), (64, 27, 27)),
        "iv": (nn.Sequential(nn.Conv2d(24, 64, 5, padding=2),
                             nn.Conv2d(64, 128, 3, padding=3, dilation=3)), (24, 19, 19)),
        "v": (nn.MaxPool2d(3), (1, 15, 15)),
    }


# ---- a) -----------------------------------------------------------------------------------------

SHEET = {"i": (262_400, (32, 32)), "ii": (19_248, (5, 5)), "iii": (73_856, (9, 9)),
         "iv": (112_320, (11, 11)), "v": (0, (3, 3))}


def the_arguments_of(layer):
    """The numbers that the sheet gives: K, C_in, C_out, P, D, S."""
    (k, _), (p, _), (d, _), (s, _) = (layer.kernel_size, layer.padding, layer.dilation,
                                      layer.stride)
    return k, layer.in_channels, layer.out_channels, p, d, s


def test_a_the_layers_are_those_of_the_sheet():
    networks = {number: network for number, (network, _) in sheet_networks().items()}
    assert (networks["i"][1].in_features, networks["i"][1].out_features) == (1024, 256)
    assert the_arguments_of(networks["ii"]) == (5, 16, 48, 2, 1, 1)
    assert [the_arguments_of(layer) for layer in networks["iii"]] == [(3, 64, 64, 1, 1, 3)] * 2
    assert [the_arguments_of(layer) for layer in networks["iv"]] == [(5, 24, 64, 2, 1, 1),
                                                                     (3, 64, 128, 3, 3, 1)]
    assert networks["v"].kernel_size == 3
    assert all(layer.bias is not None for network in networks.values()
               for layer in network.modules() if isinstance(layer, (nn.Conv2d, nn.Linear)))


@pytest.mark.parametrize("number", SHEET)
def test_a_parameters_by_formula_and_by_counting(number):
    network, shape = sheet_networks()[number]
    expected, _ = SHEET[number]
    assert sum(view.n_parameters for view in nn.receptive_fields(network, shape)) == expected
    assert sum(array.size for array in network.state_dict().values()) == expected


def test_a_iv_each_of_the_two_layers():
    views = nn.receptive_fields(sheet_networks()["iv"][0])
    assert [view.n_parameters for view in views] == [38_464, 73_856]


@pytest.mark.parametrize("number", SHEET)
def test_a_receptive_field_by_formula_and_by_counting(number):
    network, shape = sheet_networks()[number]
    _, (height, width) = SHEET[number]
    last = nn.receptive_fields(network, shape)[-1]
    assert last.size == (height, width)
    output = (0, *(n // 2 for n in last.output_shape[1:]))
    seen = nn.seen_inputs(network, shape, output).any(axis=0)
    with_gradient = nn.seen_inputs_by_gradient(network, shape, output, rng=0,
                                               tries=300 if number == "v" else 1).any(axis=0)
    for pixels in (seen, with_gradient):
        rows, columns = np.nonzero(pixels)
        assert np.ptp(rows) + 1 == height and np.ptp(columns) + 1 == width
        assert pixels.sum() == height * width  # without holes


def test_a_i_is_1024_pixels():
    network, shape = sheet_networks()["i"]
    assert np.prod(nn.receptive_fields(network, shape)[-1].size) == 1024


# ---- b) -----------------------------------------------------------------------------------------


def test_b_softmax_is_as_printed():
    p = nn.softmax(Tensor(SCORES), dim=1).numpy()
    np.testing.assert_array_equal(p.round(3), PRINTED_PROBABILITIES)


def test_b_the_lost_marks_follow_from_the_losses():
    # Classes 2, 1, any, 1. Another class would miss the printed loss by far.
    assert true_classes()[[0, 1, 3]].tolist() == [1, 0, 0]
    misses = np.sort(np.abs(-np.log(PRINTED_PROBABILITIES) - PRINTED_LOSSES[:, None]), axis=1)
    assert (misses[:, 0] < 0.005).all()
    assert (misses[[0, 1, 3], 1] > 0.5).all() and (misses[2] < 0.005).all()


@pytest.mark.parametrize("third", range(4))
def test_b_losses_exactly_and_as_printed(third):
    target = true_classes()
    target[2] = third
    losses = nn.CrossEntropyLoss(reduction="none")(Tensor(SCORES), target).numpy()
    # log of the sum of e^(s_k - s_y), by hand.
    exact = np.log([np.e**2 + 1 + np.e**-3 + np.e**-1, 1 + np.e**3 + np.e**4 + np.e**-1, 4,
                    1 + np.e**-3 + np.e**-6 + np.e**-1])
    np.testing.assert_allclose(losses, exact, rtol=1e-14)
    assert losses.round(2).tolist() == [2.18, 4.33, 1.39, 0.35]
    # The sheet rounds the probabilities first, which makes 2.17 and 4.34 of the first two.
    p = nn.softmax(Tensor(SCORES), dim=1).numpy().round(3)[range(4), target]
    np.testing.assert_array_equal((-np.log(p)).round(2), PRINTED_LOSSES)


def test_b_sample_4_is_right_and_the_others_are_not():
    # Right only if the true class alone has the highest score.
    alone = [(scores >= scores[true]).sum() == 1 for scores, true in zip(SCORES, true_classes())]
    assert alone == [False, False, False, True]


def test_b_sample_2_contributes_most():
    target = true_classes()
    losses = nn.cross_entropy(Tensor(SCORES), target, reduction="none").numpy()
    assert losses.argmax() == 1
    scores = Tensor(SCORES, requires_grad=True)
    nn.CrossEntropyLoss()(scores, target).backward()
    gradient = scores.grad.numpy()
    # (p - t) / 4, from the printed probabilities.
    by_hand = (PRINTED_PROBABILITIES - np.eye(4)[target]) / 4
    np.testing.assert_allclose(gradient, by_hand, atol=0.0006 / 4)
    pulls = np.linalg.norm(gradient, axis=1)
    assert pulls.argsort()[::-1].tolist() == [1, 0, 2, 3]
    # By twice the loss, but only by two hundredths of the pull.
    assert losses[1] / losses[0] > 1.9 and pulls[1] / pulls[0] == pytest.approx(1.02, abs=0.01)
