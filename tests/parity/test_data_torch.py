"""Datasets, parts of them and batches against `torch.utils.data`: the same samples, exactly."""

import numpy as np
import pytest

from minicv import nn
from minicv.autograd import Tensor

torch = pytest.importorskip("torch")
data = torch.utils.data

ROWS = np.random.default_rng(0).normal(size=(11, 3))


def plain(value):
    """A batch without tensors: lists of numbers and the dtype instead."""
    if isinstance(value, (Tensor, torch.Tensor)):
        return str(value.dtype).removeprefix("torch."), value.tolist()
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    return value


def samples_of(kind):
    return {
        "arrays": list(ROWS.astype(np.float32)),
        "whole numbers": [3, 1, 4, 1, 5],
        "floats": [0.5, 1.5, 2.5],
        "booleans": [True, False, True],
        "numpy numbers": list(ROWS[:, 0].astype(np.float32)),
        "strings": ["a", "b", "c"],
        "pairs": [(row, i) for i, row in enumerate(ROWS)],
        "dictionaries": [{"x": row, "y": {"name": str(i), "both": (i, 2.0 * i)}}
                         for i, row in enumerate(ROWS)],
        "lists in tuples": [([i, [row, row * 2]], "same") for i, row in enumerate(ROWS)],
    }[kind]


KINDS = ["arrays", "whole numbers", "floats", "booleans", "numpy numbers", "strings", "pairs",
         "dictionaries", "lists in tuples"]


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_batches_of_a_list_of_samples(kind, drop_last):
    ours, theirs = ([plain(batch) for batch in loader(samples_of(kind), 2, drop_last=drop_last)]
                    for loader in (nn.DataLoader, data.DataLoader))
    assert ours == theirs


@pytest.mark.parametrize("kind", KINDS)
def test_collate(kind):
    assert plain(nn.default_collate(samples_of(kind))) == plain(
        data.default_collate(samples_of(kind)))


def test_batches_of_tensors():
    ours = nn.DataLoader(nn.TensorDataset(ROWS, np.arange(11)), 4)
    theirs = data.DataLoader(data.TensorDataset(torch.tensor(ROWS), torch.arange(11)), 4)
    assert [plain(batch) for batch in ours] == [plain(batch) for batch in theirs]
    assert len(ours) == len(theirs) and type(next(iter(ours))) is type(next(iter(theirs)))


@pytest.mark.parametrize("base", ["minicv", "torch"])
def test_a_dataset_that_computes_with_one_sample(base):
    class Centred(nn.Dataset if base == "minicv" else data.Dataset):
        def __len__(self):
            return len(ROWS)

        def __getitem__(self, i):
            return (ROWS[i] - ROWS[i].mean()) / ROWS[i].std(), {"number": i}

    ours, theirs = ([plain(batch) for batch in loader(Centred(), 4)]
                    for loader in (nn.DataLoader, data.DataLoader))
    assert ours == theirs


@pytest.mark.parametrize("samples", [
    [None], [{1}], [object()], [np.array(["a"])], [np.array([None])],
])
def test_samples_that_neither_can_stack(samples):
    with pytest.raises(TypeError):
        data.default_collate(samples)
    with pytest.raises(TypeError):
        nn.default_collate(samples)


@pytest.mark.parametrize("samples", [
    [np.ones(2), np.ones(3)], [(1, 2), (1,)], [{"a": 1}, {"b": 1}],
])
def test_samples_that_do_not_fit_together(samples):
    with pytest.raises((RuntimeError, KeyError)):
        data.default_collate(samples)
    with pytest.raises(ValueError, match="collate_fn"):
        nn.default_collate(samples)


def test_collate_fn_gets_the_same_list():
    def seen(samples):
        return [[part.tolist() for part in sample] for sample in samples]

    ours = nn.DataLoader(nn.TensorDataset(ROWS, np.arange(11)), 4, collate_fn=seen)
    theirs = data.DataLoader(data.TensorDataset(torch.tensor(ROWS), torch.arange(11)), 4,
                             collate_fn=seen)
    assert list(ours) == list(theirs)


def test_subsets_of_subsets():
    def parts(module):
        first = module.Subset(list(range(10, 20)), [9, 7, 5, 3])
        return first, module.Subset(first, [2, 0])

    for ours, theirs in zip(parts(nn), parts(data)):
        assert list(ours) == [theirs[i] for i in range(len(theirs))]
        assert list(ours.indices) == theirs.indices


@pytest.mark.filterwarnings("ignore:Length of split")  # PyTorch warns of empty parts
@pytest.mark.parametrize("n", [0, 1, 10, 11, 100])
@pytest.mark.parametrize("lengths", [[0.8, 0.2], [1 / 3, 1 / 3, 1 / 3], [0.05, 0.9, 0.05], [1.0]])
def test_random_split_by_shares_gives_the_same_lengths(n, lengths):
    theirs = data.random_split(list(range(n)), lengths)
    ours = nn.random_split(list(range(n)), lengths, rng=0)
    assert [len(part) for part in ours] == [len(part) for part in theirs]
    assert sorted(i for part in ours for i in part) == list(range(n))


@pytest.mark.parametrize("lengths", [[5, 4], [6, 5], [0.5, 0.4], [1.2, -0.2]])
def test_lengths_that_neither_takes(lengths):
    with pytest.raises(ValueError):
        data.random_split(list(range(10)), lengths)
    with pytest.raises(ValueError):
        nn.random_split(list(range(10)), lengths)
