"""Datasets: samples one by one, stacked into batches; parts of datasets."""

import numpy as np
import pytest

from minicv import nn
from minicv.autograd import Tensor, tensor


class Centred(nn.Dataset):
    """Each sample is made from one row alone, as learners write it."""

    def __init__(self, rows):
        self.rows = rows
        self.asked = []

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        self.asked.append(i)
        x = self.rows[i]
        return (x - x.mean()) / x.std()


def test_a_dataset_is_asked_for_one_sample_at_a_time():
    rows = np.random.default_rng(0).normal(3, 2, (7, 5))
    dataset = Centred(rows)
    (first, second) = nn.DataLoader(dataset, batch_size=4)
    assert dataset.asked == list(range(7)) and all(type(i) is int for i in dataset.asked)
    # By hand: the mean and deviation of each row, not of the batch.
    expected = (rows - rows.mean(1, keepdims=True)) / rows.std(1, keepdims=True)
    assert np.array_equal(np.concatenate([first.numpy(), second.numpy()]), expected)


def test_a_tensor_dataset_that_computes_is_asked_for_one_sample_at_a_time_too():
    class Normed(nn.TensorDataset):
        def __getitem__(self, i):
            (x,) = super().__getitem__(i)
            return x / x.sum()

    rows = np.array([[1.0, 3.0], [2.0, 2.0]])
    for dataset in (Normed(rows), nn.Subset(Normed(rows), [0, 1])):
        (batch,) = nn.DataLoader(dataset, 2)
        assert batch.tolist() == [[0.25, 0.75], [0.5, 0.5]]


def test_a_list_is_a_dataset():
    assert [b.tolist() for b in nn.DataLoader([3, 1, 4], 2)] == [[3, 1], [4]]


def test_a_shuffled_dataset_gives_every_sample_once():
    batches = list(nn.DataLoader(list(range(10)), 3, True, rng=0))
    assert sorted(sum((batch.tolist() for batch in batches), [])) == list(range(10))


# ---- stacking -----------------------------------------------------------------------------------


def test_tensors_and_arrays_are_stacked_in_their_dtype():
    samples = [np.full((2, 3), i, np.float16) for i in range(4)]
    for batch in (nn.default_collate(samples), nn.default_collate([Tensor(s) for s in samples])):
        assert batch.shape == (4, 2, 3) and batch.dtype == np.float16
        assert batch.numpy()[:, 0, 0].tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("samples, dtype", [
    ([1, 2], np.int64), ([0.5, 1], np.float64), ([True, False], np.bool_),
    ([np.float32(1), np.float32(2)], np.float32), ([np.uint8(1), np.uint8(255)], np.uint8),
])
def test_numbers_become_a_tensor(samples, dtype):
    batch = nn.default_collate(samples)
    assert batch.dtype == dtype and batch.tolist() == [value.item() if hasattr(value, "item")
                                                       else value for value in samples]


def test_tuples_dictionaries_and_strings_keep_their_form():
    samples = [{"x": np.ones(2) * i, "both": (i, [0.5, "name"])} for i in range(3)]
    batch = nn.default_collate(samples)
    assert list(batch) == ["x", "both"]
    assert batch["x"].tolist() == [[0, 0], [1, 1], [2, 2]]
    numbers, (halves, names) = batch["both"]
    assert numbers.tolist() == [0, 1, 2] and halves.tolist() == [0.5] * 3
    assert names == ["name"] * 3


@pytest.mark.parametrize("samples, error, message", [
    ([None, None], TypeError, r"not \[\'NoneType\'\]: give the DataLoader a collate_fn"),
    ([{1, 2}], TypeError, r"not \['set'\]: .*collate_fn"),
    ([1, "a"], TypeError, r"must be of one kind, .*, not \['int', 'str'\]: .*collate_fn"),
    ([(1, 2), 3], TypeError, r"not \['int', 'tuple'\]"),
    ([np.ones(2), np.ones(3)], ValueError,
     r"samples 0 and 1 have shapes \(2,\) and \(3,\): .*collate_fn"),
    ([(1,), (1, 2)], ValueError, "samples 0 and 1 have lengths 1 and 2"),
    ([{"a": 1}, {"b": 1}], ValueError, r"samples 0 and 1 have keys .*a.* and .*b"),
    ([], ValueError, "at least one sample"),
    (5, TypeError, "samples must be a list"),
])
def test_samples_that_make_no_batch(samples, error, message):
    with pytest.raises(error, match=message):
        nn.default_collate(samples)


def test_the_advised_collate_fn_gets_the_samples_and_makes_the_batch():
    samples = [np.ones(n) for n in (1, 2, 3)]
    batches = list(nn.DataLoader(samples, 2, collate_fn=lambda some: [len(one) for one in some]))
    assert batches == [[1, 2], [3]]
    rows = nn.TensorDataset(np.arange(3))
    assert [type(batch[0]) for batch in nn.DataLoader(rows, 2, collate_fn=list)] == [tuple] * 2


# ---- the loader's options -----------------------------------------------------------------------


def test_the_defaults_of_a_loader_are_those_of_torch():
    loader = nn.DataLoader([3, 1, 4])
    assert [batch.tolist() for batch in loader] == [[3], [1], [4]]
    assert (loader.batch_size, loader.num_workers, loader.pin_memory) == (1, 0, False)


def test_workers_and_pinned_memory_are_taken_and_change_nothing():
    plain = nn.DataLoader(list(range(5)), 2, True, rng=0)
    other = nn.DataLoader(list(range(5)), 2, True, rng=0, num_workers=4, pin_memory=True)
    assert [b.tolist() for b in plain] == [b.tolist() for b in other]
    assert other.num_workers == 4


@pytest.mark.parametrize("options, error, message", [
    ({"batch_size": 2.5}, TypeError, "batch_size must be a whole number, got 2.5"),
    ({"batch_size": True}, TypeError, "batch_size must be a whole number, got True"),
    ({"shuffle": 1}, TypeError, "shuffle must be True or False"),
    ({"num_workers": 0.5}, TypeError, "num_workers must be a whole number"),
    ({"num_workers": -1}, ValueError, "num_workers must be at least 0"),
    ({"collate_fn": "stack"}, TypeError, "collate_fn must be a function"),
    ({"rng": -1}, ValueError, "rng must be at least 0"),
    ({"dataset": iter([1])}, TypeError, "dataset needs __len__ and __getitem__"),
    ({"dataset": np.float64(1)}, TypeError, "dataset needs __len__"),
    ({"dataset": nn.TensorDataset}, TypeError, "dataset needs __len__"),
])
def test_what_a_loader_refuses(options, error, message):
    with pytest.raises(error, match=message):
        nn.DataLoader(**{"dataset": [1, 2, 3], **options})


# ---- parts --------------------------------------------------------------------------------------


def test_a_subset_gives_the_samples_with_its_indices():
    dataset = Centred(np.random.default_rng(0).normal(size=(5, 3)))
    part = nn.Subset(dataset, [4, 0])
    assert len(part) == 2 and part.dataset is dataset
    assert np.array_equal(part[0], dataset[4]) and np.array_equal(part[-1], dataset[0])
    assert len(list(part)) == 2
    assert nn.Subset(part, [1])[0].tolist() == dataset[0].tolist()
    assert len(nn.Subset(dataset, [])) == 0


@pytest.mark.parametrize("indices, error, message", [
    ([5], ValueError, "1 of the 1 numbers of indices is above 4, the first at 0: 5"),
    ([-1], ValueError, "below 0"), ([0.5], TypeError, "indices must be whole numbers"),
    ([[0]], ValueError, r"indices must have the shape \(N,\)"),
])
def test_what_a_subset_refuses(indices, error, message):
    with pytest.raises(error, match=message):
        nn.Subset(list(range(5)), indices)


@pytest.mark.parametrize("n, lengths, expected", [
    (10, [7, 3], [7, 3]), (10, [10, 0], [10, 0]), (10, [0.75, 0.25], [8, 2]),
    (11, [0.5, 0.5], [6, 5]), (10, [1 / 3, 1 / 3, 1 / 3], [4, 3, 3]), (0, [0.5, 0.5], [0, 0]),
])
def test_a_split_has_these_lengths_and_is_disjoint_and_complete(n, lengths, expected):
    parts = nn.random_split(list(range(n)), lengths, rng=0)
    assert [len(part) for part in parts] == expected
    assert sorted(sample for part in parts for sample in part) == list(range(n))


def test_a_split_depends_on_the_seed_alone():
    one, same, other = (nn.random_split(list(range(50)), [25, 25], rng)[0].indices.tolist()
                        for rng in (0, 0, 1))
    assert one == same and sorted(one) != sorted(other)


@pytest.mark.parametrize("lengths", [[5, 4], [0.5, 0.4], [2.5, 7.5], [11, -1], [], ["a"], 10])
def test_lengths_that_do_not_add_up(lengths):
    with pytest.raises((ValueError, TypeError), match="lengths"):
        nn.random_split(list(range(10)), lengths)


@pytest.mark.parametrize("index, error, message", [
    (3, IndexError, "there are 3 samples, numbered from 0 on, got 3"),
    (np.array([0, -4]), IndexError, "there are 3 samples"),
    ("a", TypeError, "index must be a slice or whole numbers, got 'a'"),
    (1.0, TypeError, "index must be a slice or whole numbers, got 1.0"),
])
def test_samples_that_are_not_there(index, error, message):
    for dataset in (nn.TensorDataset(np.arange(3)), nn.Subset([1, 2, 3, 4], [0, 1, 2])):
        with pytest.raises(error, match=message):
            dataset[index]


def test_a_dataset_without_its_methods_is_refused():
    class Unfinished(nn.Dataset):
        pass

    with pytest.raises(NotImplementedError, match="Unfinished has no __len__"):
        nn.DataLoader(Unfinished())


def test_rows_of_lists_and_tensors_may_be_split():
    (a, b), (c, d) = nn.train_val_split([1, 2, 3, 4], tensor([5, 6, 7, 8]), fraction=0.5, rng=0)
    assert np.array_equal(a + 4, b) and np.array_equal(c + 4, d)


def test_samples_are_numbered_from_either_end():
    data = nn.TensorDataset(np.arange(3.0))
    assert [data[[index]][0].tolist() for index in (-3, -1, 0, 2)] == [[0], [2], [0], [2]]
    for beyond in (-4, 3, [0, -4], [3, 0]):
        with pytest.raises(IndexError, match="there are 3 samples"):
            data[beyond]
