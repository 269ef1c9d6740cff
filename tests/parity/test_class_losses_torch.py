"""Softmax, cross entropy and the multi-class hinge against PyTorch, in float64.

All are sums of a few terms; 1e-12 is several thousand roundings.
"""

import numpy as np
import pytest

from minicv import nn
from minicv.autograd import Tensor

torch = pytest.importorskip("torch")

RNG = np.random.default_rng(0)
SCORES = {
    "a batch": (RNG.normal(0, 3, (6, 5)), RNG.integers(0, 5, 6)),
    "one sample": (RNG.normal(0, 3, 5), np.array(3)),
    "huge": (np.array([[1e4, -1e4, 0, 1, 2], [-1e4, 1e4, 1e4, 0, 3]]), np.array([1, 4])),
    "equal": (np.zeros((2, 5)), np.array([0, 4])),
}
PIXELS = {"pixels": (RNG.normal(0, 3, (2, 5, 3, 4)), RNG.integers(0, 5, (2, 3, 4)))}


def assert_alike(ours, theirs, scores):
    """Values, and the gradient that a random gradient of the result gives."""
    our_x = Tensor(scores.copy(), requires_grad=True)
    their_x = torch.tensor(scores, requires_grad=True)
    our_out, their_out = ours(our_x), theirs(their_x)
    exact = {"rtol": 1e-12, "atol": 1e-12}
    np.testing.assert_allclose(our_out.detach().numpy(), their_out.detach().numpy(), **exact)
    g = np.asarray(np.random.default_rng(1).normal(size=our_out.shape))
    our_out.backward(g)
    their_out.backward(torch.from_numpy(g))
    np.testing.assert_allclose(our_x.grad.numpy(), their_x.grad.numpy(), **exact)


@pytest.mark.parametrize("name", SCORES | PIXELS)
@pytest.mark.parametrize("function", ["softmax", "log_softmax"])
def test_softmax(function, name):
    scores, _ = (SCORES | PIXELS)[name]
    for dim in range(-1, scores.ndim):
        assert_alike(lambda x, dim=dim: getattr(nn, function)(x, dim=dim),
                     lambda x, dim=dim: getattr(torch.nn.functional, function)(x, dim=dim), scores)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("options", [{}, {"label_smoothing": 0.1}, {"ignore_index": 4},
                                     {"ignore_index": 4, "label_smoothing": 1.0}])
@pytest.mark.parametrize("name", SCORES | PIXELS)
def test_cross_entropy(name, options, reduction):
    scores, target = (SCORES | PIXELS)[name]
    ours = nn.CrossEntropyLoss(reduction=reduction, **options)
    theirs = torch.nn.CrossEntropyLoss(reduction=reduction, **options)
    assert_alike(lambda x: ours(x, target), lambda x: theirs(x, torch.from_numpy(target)), scores)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("options", [{}, {"p": 2}, {"margin": 0.3}, {"p": 2, "margin": 2.5}])
@pytest.mark.parametrize("name", SCORES)
def test_multi_margin_loss(name, options, reduction):
    scores, target = SCORES[name]
    ours = nn.MultiMarginLoss(reduction=reduction, **options)
    theirs = torch.nn.MultiMarginLoss(reduction=reduction, **options)
    assert_alike(lambda x: ours(x, target), lambda x: theirs(x, torch.from_numpy(target)), scores)
