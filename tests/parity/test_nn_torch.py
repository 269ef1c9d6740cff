"""The network toolkit against PyTorch: the same weights and batches give the same numbers.

In float64, losses, gradients and weights are compared over 50 steps of training.  Both sides add
the same numbers up in different orders, so they differ by rounding: about 1e-16 in each operation,
which 50 steps may magnify a thousandfold.  1e-10 leaves room for that and for nothing else: a
formula that is slightly different (eps inside the root, no bias correction) shows at 1e-4.
"""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from minicv import nn
from minicv.autograd import Tensor, no_grad

torch = pytest.importorskip("torch")

SIZES = (3, 64, 64, 64, 64, 64, 1)
POINTS_FILE = Path(__file__).parents[2] / "data" / "points.npz"


def torch_mlp(dtype):
    layers = []
    for n_in, n_out in zip(SIZES, SIZES[1:]):
        layers += [torch.nn.Linear(n_in, n_out, dtype=dtype), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


def the_same_network_twice(seed=0):
    """In float64, with the weights that PyTorch has drawn."""
    torch.manual_seed(seed)
    theirs = torch_mlp(torch.float64)
    ours = nn.MLP(*SIZES, dtype=np.float64)
    ours.load_state_dict(theirs.state_dict())
    return ours, theirs


def batches(n_batches, batch_size=128):
    rng = np.random.default_rng(0)
    for _ in range(n_batches):
        x = rng.uniform(-0.5, 0.5, (batch_size, 3))
        yield x, (np.linalg.norm(x, axis=1, keepdims=True) < 0.4).astype(np.float64)


def one_step(network, optimizer, loss, x, y):
    """The loss; the gradients of this batch are in the network afterwards."""
    optimizer.zero_grad()
    batch_loss = loss(network(x), y)
    batch_loss.backward()
    optimizer.step()
    return batch_loss.item()


# ---- the same numbers ---------------------------------------------------------------------------


OPTIMIZERS = {
    "Adam": ("Adam", {"lr": 1e-3}),
    "Adam, other options": ("Adam", {"lr": 2e-3, "betas": (0.8, 0.99), "eps": 1e-6,
                                     "weight_decay": 0.01}),
    "Adam, short memory": ("Adam", {"lr": 1e-3, "betas": (0.3, 0.2), "eps": 1e-3}),
    "Adam, memory of one gradient": ("Adam", {"lr": 1e-3, "betas": (0.0, 0.0),
                                               "eps": 1e-3}),
    "SGD": ("SGD", {"lr": 0.05}),
    "SGD, momentum": ("SGD", {"lr": 0.05, "momentum": 0.9}),
    "SGD, momentum and decay": ("SGD", {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.01}),
}


@pytest.mark.parametrize("loss_name", ["BCEWithLogitsLoss", "MSELoss"])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_losses_gradients_and_weights_over_50_steps(name, loss_name):
    ours, theirs = the_same_network_twice()
    kind, options = OPTIMIZERS[name]
    our_optimizer = getattr(nn.optim, kind)(ours.parameters(), **options)
    their_optimizer = getattr(torch.optim, kind)(theirs.parameters(), **options)
    our_loss, their_loss = getattr(nn, loss_name)(), getattr(torch.nn, loss_name)()
    for x, y in batches(50):
        a = one_step(ours, our_optimizer, our_loss, Tensor(x), Tensor(y))
        b = one_step(theirs, their_optimizer, their_loss, torch.from_numpy(x), torch.from_numpy(y))
        assert a == pytest.approx(b, rel=1e-10, abs=1e-10)
        for our_parameter, their_parameter in zip(ours.parameters(), theirs.parameters()):
            np.testing.assert_allclose(our_parameter.grad.numpy(), their_parameter.grad.numpy(),
                                       rtol=1e-10, atol=1e-10)
            np.testing.assert_allclose(our_parameter.data, their_parameter.detach().numpy(),
                                       rtol=1e-10, atol=1e-10)


def test_a_parameter_that_sometimes_has_no_gradient_is_moved_alike():
    rng = np.random.default_rng(0)
    starts = [rng.normal(size=shape) for shape in [(3, 2), (4,), (2,)]]
    ours = [nn.Parameter(start.copy()) for start in starts]
    theirs = [torch.nn.Parameter(torch.from_numpy(start.copy())) for start in starts]
    our_optimizer = nn.optim.Adam(ours, lr=0.1, weight_decay=0.1)
    their_optimizer = torch.optim.Adam(theirs, lr=0.1, weight_decay=0.1)
    for _ in range(20):
        for mine, other in zip(ours, theirs):
            g = rng.normal(size=mine.shape)
            missing = rng.random() < 0.3
            mine.grad = None if missing else Tensor(g)
            other.grad = None if missing else torch.from_numpy(g)
        our_optimizer.step()
        their_optimizer.step()
        for mine, other in zip(ours, theirs):
            np.testing.assert_allclose(mine.data, other.detach().numpy(), rtol=1e-10)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_bce_with_logits_near_and_far(reduction):
    z = np.array([-1e4, -50.0, -1.0, 0.0, 0.3, 20.0, 1e4])
    y = np.array([0.0, 1.0, 0.25, 0.5, 1.0, 0.0, 1.0])
    ours = Tensor(z, requires_grad=True)
    theirs = torch.tensor(z, requires_grad=True)
    our_loss = nn.BCEWithLogitsLoss(reduction=reduction)(ours, Tensor(y))
    their_loss = torch.nn.BCEWithLogitsLoss(reduction=reduction)(theirs, torch.tensor(y))
    np.testing.assert_allclose(our_loss.detach().numpy(), their_loss.detach().numpy(), rtol=1e-14,
                               atol=1e-14)
    our_loss.sum().backward()
    their_loss.sum().backward()
    np.testing.assert_allclose(ours.grad.numpy(), theirs.grad.numpy(), rtol=1e-14, atol=1e-14)


def test_repr_and_names_are_the_same():
    ours = nn.Sequential(nn.Flatten(), nn.Sequential(nn.Linear(3, 4, bias=False), nn.ReLU()),
                         nn.Linear(4, 1), nn.Sigmoid())
    theirs = torch.nn.Sequential(
        torch.nn.Flatten(), torch.nn.Sequential(torch.nn.Linear(3, 4, bias=False), torch.nn.ReLU()),
        torch.nn.Linear(4, 1), torch.nn.Sigmoid())
    assert repr(ours) == repr(theirs)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    assert [p.shape for p in ours.parameters()] == [tuple(p.shape) for p in theirs.parameters()]


# ---- the same first weights ---------------------------------------------------------------------


@pytest.mark.parametrize("which", ["weight", "bias"])
@pytest.mark.parametrize("n_in", [3, 64])
def test_linear_draws_its_first_weights_from_the_same_distribution(n_in, which):
    torch.manual_seed(0)
    theirs = getattr(torch.nn.Linear(n_in, 5000), which).detach().numpy().ravel()
    ours = getattr(nn.Linear(n_in, 5000, rng=0), which).data.ravel()
    bound = 1 / np.sqrt(n_in)
    for values in (ours, theirs):
        assert np.abs(values).max() <= bound * (1 + 1e-6)
        assert np.abs(values).max() > 0.99 * bound
    # Kolmogorov-Smirnov: samples of one distribution give p < 0.001 for one seed in a thousand; a
    # normal distribution of the same variance gives p < 1e-5 with 5,000 values already.
    assert stats.ks_2samp(ours, theirs).pvalue > 1e-3


# ---- the recipe of exercise 2.1 -----------------------------------------------------------------


def points_and_labels():
    """The chair, or as many points around a ball with a hole if its file is not there."""
    if POINTS_FILE.exists():
        from minicv.datasets import load_points

        points, inside = load_points(POINTS_FILE)
    else:
        points = np.random.default_rng(0).uniform(-0.5, 0.5, (100_000, 3))
        inside = (np.linalg.norm(points, axis=1) < 0.45) & (np.hypot(*points[:, :2].T) > 0.2)
    return points.astype(np.float32), inside.reshape(-1, 1).astype(np.float32)


def iou(logits, inside):
    predicted, inside = logits > 0, inside > 0.5
    return (predicted & inside).sum() / (predicted | inside).sum()


def data_loader(data, seed):
    """Both sides take their batches from here: 1024 points, the same ones for the same seed."""
    return nn.DataLoader(nn.TensorDataset(*data), 1024, shuffle=True, rng=seed)


def our_iou(network, train, val, seed):
    """The IoU on the validation points, the mean over the last five of the recipe's 15 epochs."""
    optimizer = nn.optim.Adam(network.parameters(), lr=1e-3)
    loader = data_loader(train, seed)
    ious = []
    for _ in range(15):
        nn.fit(network, loader, epochs=1, loss=nn.BCEWithLogitsLoss(), optimizer=optimizer)
        with no_grad():
            ious.append(iou(network(Tensor(val[0])).numpy(), val[1]))
    return np.mean(ious[-5:])


def their_iou(network, train, val, seed):
    loss = torch.nn.BCEWithLogitsLoss()
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    loader = data_loader(train, seed)
    ious = []
    for _ in range(15):
        for x, y in loader:
            one_step(network, optimizer, loss, torch.from_numpy(x.data), torch.from_numpy(y.data))
        with torch.no_grad():
            ious.append(iou(network(torch.from_numpy(val[0])).numpy(), val[1]))
    return np.mean(ious[-5:])


def test_the_recipe_reaches_the_same_iou(capsys):
    """From the same first weights and with the same batches, in float32, five times.

    Rounding differs, and after a few hundred steps of Adam nothing is left of a common path: single
    epochs end up to 0.1 apart, in both directions.  What must agree is the mean.
    """
    train, val = nn.train_val_split(*points_and_labels(), rng=0)
    ours, theirs = [], []
    for seed in range(5):
        torch.manual_seed(seed)
        their_network = torch_mlp(torch.float32)
        our_network = nn.MLP(*SIZES)
        our_network.load_state_dict(their_network.state_dict())
        ours.append(our_iou(our_network, train, val, seed))
        theirs.append(their_iou(their_network, train, val, seed))
    with capsys.disabled():
        print(f"\nvalidation IoU, five seeds: minicv {np.mean(ours):.4f} "
              f"({min(ours):.4f} to {max(ours):.4f}), torch {np.mean(theirs):.4f} "
              f"({min(theirs):.4f} to {max(theirs):.4f})")
    assert np.mean(ours) == pytest.approx(np.mean(theirs), abs=0.02)
