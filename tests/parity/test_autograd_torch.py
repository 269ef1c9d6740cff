"""minicv.autograd against PyTorch in float64: the same expressions, values and gradients.

Both compute the same formulas in double precision (unit roundoff 1.1e-16) in a different order of
summation; the expressions are a few dozen operations of numbers of size 1, so 1e-12 leaves room for
rounding and for nothing else.
"""

import numpy as np
import pytest

from minicv import autograd as ag

torch = pytest.importorskip("torch")

TOLERANCE = 1e-12


def both(arrays):
    """The same leaves for minicv and for PyTorch."""
    return ([ag.tensor(a, requires_grad=True) for a in arrays],
            [torch.tensor(a, requires_grad=True) for a in arrays])


def assert_same(ours, theirs):
    np.testing.assert_allclose(ours, theirs, rtol=TOLERANCE, atol=TOLERANCE)


def assert_same_values_and_gradients(f, g, *arrays):
    """f with minicv and g with PyTorch, from the same leaves."""
    ours, theirs = both(arrays)
    y, z = f(*ours), g(*theirs)
    assert y.shape == tuple(z.shape)
    assert_same(y.data, z.detach().numpy())
    weights = np.random.default_rng(1).standard_normal(y.shape)
    y.backward(weights)
    z.backward(torch.tensor(weights))
    for x, t in zip(ours, theirs, strict=True):
        assert_same(x.grad.data, t.grad.numpy())


# ---- random expressions: each step applies a random operation to results of earlier steps --------
# Every operation keeps numbers of size 1, so that long expressions stay finite.

STEPS = [
    (lambda x, y: x + y, lambda x, y: x + y),
    (lambda x, y: x - y, lambda x, y: x - y),
    (lambda x, y: x * y, lambda x, y: x * y),
    (lambda x, y: x / (2 + y * y), lambda x, y: x / (2 + y * y)),
    (lambda x, y: x @ y.T, lambda x, y: x @ y.T),
    (lambda x, y: -x, lambda x, y: -x),
    (lambda x, y: (x * x + 1) ** y.sigmoid(), lambda x, y: (x * x + 1) ** y.sigmoid()),
    (lambda x, y: x.tanh().exp(), lambda x, y: x.tanh().exp()),
    (lambda x, y: (x * x + 1).log(), lambda x, y: (x * x + 1).log()),
    (lambda x, y: (x * x + 1).sqrt(), lambda x, y: (x * x + 1).sqrt()),
    (lambda x, y: x.abs(), lambda x, y: x.abs()),
    (lambda x, y: x.relu(), lambda x, y: x.relu()),
    (lambda x, y: x.sigmoid(), lambda x, y: x.sigmoid()),
    (lambda x, y: x.tanh().softplus(), lambda x, y: torch.nn.functional.softplus(x.tanh())),
    (ag.maximum, torch.maximum),
    (ag.minimum, torch.minimum),
    (lambda x, y: ag.where(x > y, x, 2 * y), lambda x, y: torch.where(x > y, x, 2 * y)),
    (lambda x, y: x + y.sum(dim=1, keepdim=True), lambda x, y: x + y.sum(dim=1, keepdim=True)),
    (lambda x, y: x * y.mean(dim=0), lambda x, y: x * y.mean(dim=0)),
    (lambda x, y: x - y.amax(dim=1, keepdim=True), lambda x, y: x - y.amax(dim=1, keepdim=True)),
    (lambda x, y: x - y.amin(dim=(0, 1)), lambda x, y: x - y.amin(dim=(0, 1))),
    (lambda x, y: x.reshape(2, 8).T.reshape(4, 4), lambda x, y: x.reshape(2, 8).T.reshape(4, 4)),
    (lambda x, y: x[[3, 0, 0, 1]], lambda x, y: x[[3, 0, 0, 1]]),
    (lambda x, y: x + y[1] * y[:, 2:3], lambda x, y: x + y[1] * y[:, 2:3]),
    (lambda x, y: ag.concatenate([x[:1], y[:3]], dim=0), lambda x, y: torch.cat([x[:1], y[:3]])),
    (lambda x, y: ag.stack([x, y], dim=2).mean(dim=2),
     lambda x, y: torch.stack([x, y], dim=2).mean(dim=2)),
    (lambda x, y: ag.linear(x, y, y[0]), lambda x, y: torch.nn.functional.linear(x, y, y[0])),
    (lambda x, y: x.transpose(0, 1).flatten(0, 1).view(4, 4),
     lambda x, y: x.transpose(0, 1).flatten(0, 1).view(4, 4)),
]


@pytest.mark.parametrize("seed", range(40))
def test_random_expressions(seed):
    rng = np.random.default_rng(seed)
    leaves = [rng.standard_normal((4, 4)) for _ in range(3)]
    ours, theirs = both(leaves)
    nodes = list(zip(ours, theirs, strict=True))
    for _ in range(30):
        f, g = STEPS[rng.integers(len(STEPS))]
        (x, t), (y, u) = (nodes[i] for i in rng.integers(len(nodes), size=2))
        z, v = f(x, y), g(t, u)
        size = float(np.abs(z.data).max()) + 1  # back to size 1, by the same number for both
        nodes.append((z / size, v / size))
    loss = sum(((node * node).sum() for node, _ in nodes), ag.tensor(np.array(0.0)))
    loss.backward()
    expected = sum((node * node).sum() for _, node in nodes)
    expected.backward()
    assert_same(loss.item(), expected.item())
    for x, t in zip(ours, theirs, strict=True):
        assert_same(x.grad.data, t.grad.numpy())


# ---- conventions where the derivative is a choice ------------------------------------------------

TIES = np.array([[1.0, 1.0, 0.0], [0.0, -1.0, -1.0], [0.0, 0.0, 0.0]])


@pytest.mark.parametrize(("f", "g"), [
    (lambda x: x.relu(), lambda x: x.relu()),
    (lambda x: x.abs(), lambda x: x.abs()),
    (lambda x: ag.maximum(x, x.T), lambda x: torch.maximum(x, x.T)),
    (lambda x: ag.minimum(x, 0 * x), lambda x: torch.minimum(x, 0 * x)),
    (lambda x: x.amax(dim=1), lambda x: x.amax(dim=1)),
    (lambda x: x.amin(dim=(0, 1)), lambda x: x.amin(dim=(0, 1))),
    (lambda x: x.max(), lambda x: x.max()),
    (lambda x: x.min(), lambda x: x.min()),
    (lambda x: x**0, lambda x: x**0),
    (lambda x: x**1, lambda x: x**1),
    (lambda x: x**2, lambda x: x**2),
], ids=["relu", "abs", "maximum", "minimum", "amax", "amin", "max", "min", "x^0", "x^1", "x^2"])
def test_conventions_at_kinks_and_ties(f, g):
    assert_same_values_and_gradients(f, g, TIES)


def test_powers_of_zero_with_an_exponent_that_is_differentiated():
    base, exponent = np.array([0.0, 0.0, 2.0]), np.array([0.0, 1.5, 1.5])
    ours, theirs = both([exponent])
    (ag.tensor(base) ** ours[0]).sum().backward()
    (torch.tensor(base) ** theirs[0]).sum().backward()
    assert_same(ours[0].grad.data, theirs[0].grad.numpy())


# ---- NaN and infinity ----------------------------------------------------------------------------

SPECIAL = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -3.0, 20.0])
ALIKE = {
    "+": lambda x, y: x + y, "-": lambda x, y: x - y, "*": lambda x, y: x * y,
    "/": lambda x, y: x / y, "@": lambda x, y: x @ y.T, "x^y": lambda x, y: x**y,
    "x^0": lambda x, y: x**0, "x^2": lambda x, y: x**2, "x^-1": lambda x, y: x**-1,
    "exp": lambda x, y: x.exp(), "log": lambda x, y: x.log(), "sqrt": lambda x, y: x.sqrt(),
    "abs": lambda x, y: x.abs(), "relu": lambda x, y: x.relu(), "tanh": lambda x, y: x.tanh(),
    "sigmoid": lambda x, y: x.sigmoid(), "clamp": lambda x, y: x.clamp(-1, 1),
    "clamp to y": lambda x, y: x.clamp(y.detach()), "maximum": lambda x, y: x.maximum(y),
    "minimum": lambda x, y: x.minimum(y), "sum": lambda x, y: x.sum(),
    "mean": lambda x, y: x.mean(1), "max": lambda x, y: x.max(), "min": lambda x, y: (x * y).min(),
    "max along": lambda x, y: x.max(1)[0], "min along": lambda x, y: x.min(0)[0],
    "index": lambda x, y: x[[0, 0, 3]], "mask": lambda x, y: x[x == x],
}


@pytest.mark.parametrize("name", ALIKE)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("g", [1.0, -2.0, 0.0, np.nan, np.inf])
def test_nan_and_infinity_travel_alike(name, dtype, g):
    ours, theirs = both([np.array(a, dtype) for a in np.meshgrid(SPECIAL, SPECIAL)])
    y, z = ALIKE[name](*ours), ALIKE[name](*theirs)
    y.backward(np.full(y.shape, g))
    z.backward(torch.full_like(z, g))
    tolerance = TOLERANCE if dtype == np.float64 else 1e-5
    np.testing.assert_allclose(y.detach().numpy(), z.detach().numpy(), rtol=tolerance)
    for x, t in zip(ours, theirs, strict=True):
        assert (x.grad is None) == (t.grad is None)
        if x.grad is not None:
            np.testing.assert_allclose(x.grad.data, t.grad.numpy(), rtol=tolerance)


# ---- shapes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("shapes", [
    [(3,), (3,)], [(2, 3), (3,)], [(3,), (3, 2)], [(3,), (2, 3, 4)], [(2, 4, 3), (3,)],
    [(2, 3), (5, 3, 4)], [(5, 1, 2, 3), (4, 3, 2)], [(0, 3), (3, 2)], [(2, 0), (0, 3)],
], ids=str)
def test_matmul_shapes(shapes):
    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal(shape) for shape in shapes]
    assert_same_values_and_gradients(lambda x, y: x @ y, lambda x, y: x @ y, *arrays)


@pytest.mark.parametrize("name", ["sum", "mean", "amax", "amin"])
@pytest.mark.parametrize("dim", [0, -1, (0, 2), (-1, 1)])
@pytest.mark.parametrize("keepdim", [False, True])
def test_reductions_take_the_same_arguments(name, dim, keepdim):
    x = np.random.default_rng(0).standard_normal((2, 3, 4))
    assert_same_values_and_gradients(lambda x: getattr(x, name)(dim, keepdim),
                                     lambda x: getattr(x, name)(dim, keepdim), x)


@pytest.mark.parametrize("f", [
    lambda x: x.flatten(), lambda x: x.flatten(1), lambda x: x.flatten(0, -2),
    lambda x: x.squeeze(), lambda x: x.squeeze(1), lambda x: x.squeeze(-1), lambda x: x.squeeze(0),
    lambda x: x.unsqueeze(0), lambda x: x.unsqueeze(-1), lambda x: x.unsqueeze(2),
    lambda x: x.transpose(0, -1), lambda x: x.permute(1, 0, 3, 2), lambda x: x.view(6, -1),
    lambda x: x.reshape((3, 2)), lambda x: x[..., None, 0], lambda x: x[:, 0, [0, 2, 2]],
    lambda x: x[x > 0], lambda x: x[-1], lambda x: x[None, :, :, ::2],
])
def test_shapes_and_indices(f):
    assert_same_values_and_gradients(f, f, np.random.default_rng(0).standard_normal((2, 1, 3, 1)))


# ---- dtypes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [1, 1.5, True, [1, 2], [0.5], np.float64(0.5), np.ones(2),
                                  np.ones(2, np.float32), np.ones(2, np.uint8)], ids=repr)
def test_dtype_of_a_new_tensor(data):
    assert str(torch.tensor(data).dtype) == f"torch.{ag.tensor(data).dtype}"


@pytest.mark.parametrize("other", [2, 2.5, np.float64(2.5), "int64", "bool", "uint8"], ids=repr)
def test_dtype_beside_float32(other):
    ours, theirs = ag.tensor([1.0, 2.0]), torch.tensor([1.0, 2.0])
    if isinstance(other, str):
        array = np.array([1, 0], other)
        results = ours * ag.tensor(array), theirs * torch.tensor(array)
    else:
        results = ours * other, theirs * other
    assert str(results[1].dtype) == f"torch.{results[0].dtype}"
    assert_same(results[0].data, results[1].numpy())
