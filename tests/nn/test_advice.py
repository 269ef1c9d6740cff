"""Names of PyTorch that are not here: an AttributeError that says what to write, and that works."""

import numpy as np
import pytest

import minicv
from minicv import nn
from minicv.nn.advice import ADVICE


@pytest.mark.parametrize("place, name, words", [
    (nn, "BatchNorm1d", "module 'minicv.nn' has no attribute 'BatchNorm1d': scale the inputs"),
    (nn, "Dropout", "nn.fit"), (nn, "Conv1d", "nn.Conv2d"), (nn, "Tanh", r"x\.tanh\(\)"),
    (nn.optim, "RMSprop", "module 'minicv.nn.optim' has no .*optim.SGD.*optim.Adam"),
    (nn.optim, "lr_scheduler", "optimizer.lr"), (nn.functional, "dropout", "nn.fit"),
    (nn.data, "IterableDataset", "__getitem__"), (nn.ReLU(), "cuda", "CPU"),
    (nn.Linear(1, 1), "register_parameter", "'Linear' object has no .*nn.Parameter"),
    (nn.ReLU(), "register_buffer", "requires_grad=False"),
    (nn.optim.SGD(nn.Linear(1, 1).parameters()), "param_groups", "optimizer.lr"),
])
def test_what_is_not_there_says_what_to_write(place, name, words):
    with pytest.raises(AttributeError, match=words):
        getattr(place, name)
    assert not hasattr(place, name)


@pytest.mark.parametrize("place", [nn, nn.optim, nn.functional, nn.data, nn.ReLU()])
def test_a_name_that_nobody_knows_is_an_ordinary_attribute_error(place):
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'$"):
        place.nonsense  # noqa: B018


def test_nothing_in_the_table_exists():
    for name in set(ADVICE) - {"state_dict"}:  # which modules have, and optimisers have not
        for place in (nn, nn.optim, nn.data, nn.functional, nn.ReLU()):
            assert not hasattr(place, name), name


X = np.random.default_rng(0).normal(size=(2, 3, 8)).astype(np.float32)


def test_the_advice_for_layers_works():
    x = minicv.tensor(X)
    assert nn.Conv2d(3, 4, kernel_size=(1, 3))(x.unsqueeze(-2)).shape == (2, 4, 1, 6)
    assert x.tanh().shape == x.softplus().shape == X.shape
    assert x.mean(dim=(-2, -1)).shape == (2,)
    assert nn.Sequential()(x) is x
    assert (x - 2 * x).abs().mean().item() == pytest.approx(np.abs(X).mean())
    assert np.eye(3)[[0, 2]].tolist() == [[1, 0, 0], [0, 0, 1]]
    assert nn.data.DataLoader is nn.DataLoader


def test_the_advice_for_modules_works():
    module = nn.Linear(2, 1)
    module.extra = nn.Parameter([1.0], requires_grad=False)
    module.inner = nn.ReLU()
    assert list(module.state_dict()) == ["weight", "bias", "extra"]
    assert [type(m).__name__ for m in module.modules()] == ["Linear", "ReLU"]
    for p in module.parameters():
        p.requires_grad_(False)
    assert not any(p.requires_grad for p in module.parameters())
    assert module.to(np.float16).weight.dtype == nn.Linear(1, 1, dtype=np.float16).weight.dtype


def test_the_advice_for_optimisers_works():
    optimizer = nn.optim.Adam(nn.Linear(2, 1).parameters(), weight_decay=0.1)
    optimizer.lr = 0.5
    assert optimizer.lr == 0.5
    with pytest.raises(ValueError, match="lr must be a finite number"):
        optimizer.lr = np.nan


def test_the_functions_have_the_names_of_torch():
    import minicv.nn.functional as F

    assert F is nn.functional
    assert F.relu(minicv.tensor([-1.0, 2.0])).tolist() == [0, 2]
    assert F.cross_entropy is nn.cross_entropy and F.conv2d is nn.conv2d
