"""Data: samples with numbers, parts of them, and batches dealt out in a new order every time.

`train_val_split` puts some of the data aside.  The network never trains on it, so the loss on it
tells whether the network has learned the shape, or only the points (exercise 2.1a).

A `Dataset` gives its samples one by one; `TensorDataset` has them in arrays whose rows belong
together, as points and their labels; `Subset` and `random_split` take parts.  A `DataLoader` deals
them out in *batches*: a batch gives a rough gradient at a fraction of the price of the exact one,
and many rough steps get further than a few exact ones.

>>> from minicv.nn.data import DataLoader
>>> [batch for batch in DataLoader([3, 1, 4], batch_size=2)]
[tensor([3, 1]), tensor([4])]

Names and results are PyTorch's (`torch.utils.data`).  What differs: random orders come from a `rng`
that is passed in, and out of a `TensorDataset` a batch is taken with *one* index operation, not row
by row: an epoch of small rows is several times faster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from minicv import checks
from minicv.autograd import Tensor, stack
from minicv.nn.advice import fail_absent

__all__ = ["DataLoader", "Dataset", "Subset", "TensorDataset", "default_collate", "random_split",
           "train_val_split"]
Rng = np.random.Generator | int | None
COLLATE = "give the DataLoader a collate_fn, a function from a list of samples to a batch"


def train_val_split(*arrays: ArrayLike, fraction: float = 0.8, rng: Rng = None
                    ) -> tuple[tuple[np.ndarray, ...], tuple[np.ndarray, ...]]:
    """Split rows at random into a part to train on and a part to validate with.

    Parameters
    ----------
    arrays : one or more arrays with N rows each
        As points (N, 3) and their labels (N, 1). Row i of one belongs to row i of the others.
    fraction : float
        The share of rows to train on, above 0 and below 1.
    rng : numpy.random.Generator, int or None
        Where the random order comes from.

    Returns
    -------
    train, val : tuple of arrays
        round(fraction * N) rows of each array, and all other rows; both in random order, as copies.

    Examples
    --------
    >>> points, labels = np.arange(30).reshape(10, 3), np.arange(10)
    >>> train, val = train_val_split(points, labels, rng=0)
    >>> [part.shape for part in (*train, *val)]
    [(8, 3), (8,), (2, 3), (2,)]
    """
    columns = _columns(arrays)
    n_rows = len(columns[0])
    n_train = round(checks.number(fraction, "fraction", above=0, below=1) * n_rows)
    if n_train in (0, n_rows):
        raise ValueError(f"fraction {fraction} leaves {n_train} and {n_rows - n_train} rows, to "
                         "train and to validate with")
    train, val = np.split(checks.generator(rng).permutation(n_rows), [n_train])
    return tuple(column[train] for column in columns), tuple(column[val] for column in columns)


def _columns(arrays: Sequence[Tensor | ArrayLike]) -> list[np.ndarray]:
    """Arrays with equally many rows."""
    columns = [array.data if isinstance(array, Tensor) else checks.as_array(array, f"array {i}")
               for i, array in enumerate(arrays)]
    if not columns or min(column.ndim for column in columns) == 0:
        raise ValueError(f"arrays with rows are needed, got {[one.shape for one in columns]}")
    checks.same_length(**{f"rows of array {i}": column for i, column in enumerate(columns)})
    return columns


# ---- samples -------------------------------------------------------------------------------------


class Dataset:
    """Samples with numbers. Subclasses write `__len__` and `__getitem__`.

    Examples
    --------
    >>> class Squares(Dataset):
    ...     def __len__(self):
    ...         return 4
    ...     def __getitem__(self, i):
    ...         return i, float(i * i)
    >>> Squares()[3]
    (3, 9.0)
    """

    def __getitem__(self, index):
        raise NotImplementedError(f"{type(self).__name__} has no __getitem__(self, i): write it")

    def __len__(self) -> int:
        raise NotImplementedError(f"{type(self).__name__} has no __len__(self): write it")


class TensorDataset(Dataset):
    """Arrays or tensors whose rows belong together, shared: row i of each is sample i.

    Examples
    --------
    >>> dataset = TensorDataset(np.zeros((5, 3), np.float32), np.arange(5))
    >>> len(dataset)
    5
    >>> points, number = dataset[3]
    >>> number
    tensor(3)
    """

    def __init__(self, *tensors: Tensor | np.ndarray):
        columns = _columns(tensors)
        self.tensors = tuple(tensor if isinstance(tensor, Tensor) else Tensor(column)
                             for tensor, column in zip(tensors, columns))

    def __len__(self) -> int:
        return len(self.tensors[0])

    def __getitem__(self, index) -> tuple[Tensor, ...]:
        """One sample (a number), or several (a slice or an array of numbers): a tensor of each."""
        index = _index(index, len(self))
        return tuple(Tensor(tensor.data[index]) for tensor in self.tensors)


class Subset(Dataset):
    """Some samples of a dataset: sample i is that with the number indices[i].

    Examples
    --------
    >>> Subset(TensorDataset(np.arange(5) * 10), [4, 0])[0]
    (tensor(40),)
    """

    def __init__(self, dataset: Dataset, indices: Sequence[int] | np.ndarray):
        self.dataset = _as_dataset(dataset)
        self.indices = checks.numbers(indices, "indices", ("N",), kinds="iu", dtype=np.intp,
                                      least=0, within=len(dataset) - 1)

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index):
        numbers = self.indices[_index(index, len(self))]
        return self.dataset[numbers if isinstance(numbers, np.ndarray) else int(numbers)]


def _index(index: Any, n: int) -> slice | int | np.ndarray:
    """A slice, a number or an array of numbers of n samples; an IndexError beyond them."""
    if isinstance(index, slice):
        return index
    numbers = checks.as_array(index, "index")
    if numbers.dtype.kind not in "iu" or numbers.ndim > 1:
        raise TypeError(f"index must be a slice or whole numbers, got {checks.brief(index)}")
    if numbers.size and not -n <= numbers.min() <= numbers.max() < n:
        raise IndexError(f"there are {n} samples, numbered from 0 on, got {checks.brief(index)}")
    return numbers if numbers.ndim else int(numbers)


def random_split(dataset: Dataset, lengths: Sequence[float], rng: Rng = None) -> list[Subset]:
    """Cut a dataset at random into parts without a common sample.

    Parameters
    ----------
    dataset : Dataset
        With N samples.
    lengths : sequence of int, or of float
        How many samples each part has, N in sum; or which share, 1 in sum. Shares are rounded down,
        and what is left over is dealt out to the parts, one each, from the first on.
    rng : numpy.random.Generator, int or None
        Where the random order comes from.

    Examples
    --------
    >>> [len(part) for part in random_split(TensorDataset(np.arange(11)), [0.7, 0.3], rng=0)]
    [8, 3]
    """
    n = len(_as_dataset(dataset))
    counts = checks.numbers(lengths, "lengths", ("parts",), kinds="iuf", least=0,
                            within=max(n, 1), dtype=float)
    if abs(counts.sum() - 1) < 1e-9:
        counts = np.floor(n * counts)
        counts += np.arange(len(counts)) < n - counts.sum()
    if counts.sum() != n or (counts % 1).any():
        raise ValueError(f"lengths must be whole numbers with the sum {n}, or shares with the sum "
                         f"1, got {checks.brief(lengths)}")
    ends = np.cumsum(counts[:-1]).astype(int)
    return [Subset(dataset, part) for part in np.split(checks.generator(rng).permutation(n), ends)]


def _as_dataset(dataset: Dataset) -> Dataset:
    try:
        _ = len(dataset), dataset.__getitem__
    except (TypeError, AttributeError):
        raise TypeError(f"dataset needs __len__ and __getitem__: {checks.brief(dataset)}") from None
    return dataset


# ---- batches -------------------------------------------------------------------------------------


def default_collate(samples: Sequence[Any]) -> Any:
    """A batch from a list of samples: what has the same place in each becomes one tensor.

    Tensors and arrays are stacked along a new first axis; numbers become a tensor, and strings a
    list. Samples that are tuples, lists or dictionaries give a list or dictionary of batches.

    Examples
    --------
    >>> default_collate([(1, "a"), (2, "b")])
    [tensor([1, 2]), ['a', 'b']]
    """
    samples = checks.several(samples, "samples")
    if not samples:
        raise ValueError("a batch needs at least one sample, and there are none")
    def all_are(*kinds: type) -> bool:
        return all(isinstance(sample, kinds) for sample in samples)

    first = samples[0]
    if all_are(str, bytes):
        return samples
    if all_are(int, float, np.generic):
        return Tensor(np.array(samples))
    if all_are(Tensor, np.ndarray):
        _require_alike([sample.shape for sample in samples], "shapes")
        return stack(samples)
    if all_are(Mapping):
        _require_alike([sample.keys() for sample in samples], "keys")
        return {key: default_collate([sample[key] for sample in samples]) for key in first}
    if all_are(tuple, list):
        _require_alike([len(sample) for sample in samples], "lengths")
        return [default_collate(place) for place in zip(*samples)]
    kinds = sorted({type(sample).__name__ for sample in samples})
    raise TypeError(f"samples must be of one kind, tensors, numbers, strings, tuples or "
                    f"dictionaries, not {kinds}: {COLLATE}")


def _require_alike(properties: list, what: str) -> None:
    for i, one in enumerate(properties):
        if one != properties[0]:
            raise ValueError(f"samples 0 and {i} have {what} {properties[0]} and {one}: {COLLATE}")


class DataLoader:
    """The samples of a dataset in batches; a `for` loop over it is one epoch.

    Parameters
    ----------
    dataset : Dataset
        Or anything with a length whose samples have numbers, as a list.
    batch_size : int
        Samples in a batch, at least 1; the last batch may be smaller.
    shuffle : bool
        Deal out in random order, a new one in each epoch. Without it, in the given order.
    num_workers, pin_memory : int, bool
        Taken, as PyTorch's programs have them, and without any effect.
    collate_fn : function, optional
        Makes a batch from a list of samples; see `default_collate`.
    drop_last : bool
        Leave out a smaller last batch.
    rng : numpy.random.Generator, int or None
        The same seed gives the same orders, epoch by epoch.

    Examples
    --------
    >>> loader = DataLoader(TensorDataset(np.arange(5)), batch_size=2)
    >>> [batch for (batch,) in loader]
    [tensor([0, 1]), tensor([2, 3]), tensor([4])]
    """

    def __init__(self, dataset: Dataset, batch_size: int = 1, shuffle: bool = False, *,
                 num_workers: int = 0, collate_fn: Callable[[list], Any] | None = None,
                 pin_memory: bool = False, drop_last: bool = False, rng: Rng = None):
        self.dataset = _as_dataset(dataset)
        self.batch_size = checks.whole(batch_size, "batch_size", least=1)
        self.shuffle = checks.flag(shuffle, "shuffle")
        self.num_workers = checks.whole(num_workers, "num_workers", least=0)
        self.collate_fn = None if collate_fn is None else checks.function(collate_fn, "collate_fn")
        self.pin_memory = checks.flag(pin_memory, "pin_memory")
        self.drop_last = checks.flag(drop_last, "drop_last")
        self._rng = checks.generator(rng)

    def __len__(self) -> int:
        """The number of batches."""
        full, left = divmod(len(self.dataset), self.batch_size)
        return full + (left > 0 and not self.drop_last)

    def __iter__(self) -> Iterator[Any]:
        n = len(self.dataset)
        order = self._rng.permutation(n) if self.shuffle else np.arange(n)
        for start in range(0, len(self) * self.batch_size, self.batch_size):
            numbers = order[start:start + self.batch_size]
            rows = None if self.collate_fn else _rows(self.dataset, numbers)
            collate = self.collate_fn or default_collate
            yield rows or collate([self.dataset[int(i)] for i in numbers])


def _rows(dataset: Dataset, numbers: np.ndarray) -> list[Tensor] | None:
    """These samples of a `TensorDataset`, or of a part of one, at once; None for other datasets."""
    get = getattr(type(dataset), "__getitem__", None)
    if isinstance(dataset, TensorDataset) and get is TensorDataset.__getitem__:
        # take is the same as [numbers], and twice as fast where rows are short.
        return [Tensor(tensor.data.take(numbers, axis=0)) for tensor in dataset.tensors]
    if isinstance(dataset, Subset) and get is Subset.__getitem__:
        return _rows(dataset.dataset, dataset.indices[numbers])
    return None


def __getattr__(name: str):
    fail_absent(None, "module 'minicv.nn.data'", name)
