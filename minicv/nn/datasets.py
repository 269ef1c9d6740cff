"""Datasets: samples with numbers, and parts of them.

`train_val_split` puts some of the data aside.  The network never trains on it, so the loss on it
tells whether the network has learned the shape, or only the points (exercise 2.1a).  A `Dataset`
gives its samples one by one; `TensorDataset` has them in arrays whose rows belong together, as
points and their labels; `Subset` and `random_split` take parts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from minicv import checks
from minicv.autograd import Tensor


def train_val_split(*arrays: ArrayLike, fraction: float = 0.8,
                    rng: np.random.Generator | int | None = None
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

    Raises
    ------
    ValueError
        No arrays, or of different lengths; a fraction outside (0, 1); a part would be empty.

    Examples
    --------
    >>> points, labels = np.arange(30).reshape(10, 3), np.arange(10)
    >>> train, val = train_val_split(points, labels, rng=0)
    >>> [part.shape for part in (*train, *val)]
    [(8, 3), (8,), (2, 3), (2,)]
    """
    columns = _columns(arrays)
    n_rows = len(columns[0])
    fraction = checks.number(fraction, "fraction", above=0, below=1)
    n_train = round(fraction * n_rows)
    if n_train in (0, n_rows):
        raise ValueError(f"{n_rows} rows split at fraction {fraction} would leave "
                         f"{n_train} to train on and {n_rows - n_train} to validate with; "
                         f"both need at least one")
    order = checks.generator(rng).permutation(n_rows)
    return (tuple(column[order[:n_train]] for column in columns),
            tuple(column[order[n_train:]] for column in columns))


def _columns(arrays: Sequence[Tensor | ArrayLike]) -> list[np.ndarray]:
    """Arrays with equally many rows."""
    columns = [array.data if isinstance(array, Tensor) else checks.as_array(array, f"array {i}")
               for i, array in enumerate(arrays)]
    if not columns or min(column.ndim for column in columns) == 0:
        raise ValueError("at least one array with rows is needed, got "
                         + ("none" if not columns else "a single number"))
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
        raise NotImplementedError(f"{type(self).__name__} has no __getitem__(): write a method "
                                  f"that gives sample i, def __getitem__(self, i): ...")

    def __len__(self) -> int:
        raise NotImplementedError(f"{type(self).__name__} has no __len__(): write a method that "
                                  f"tells the number of samples, def __len__(self): ...")


class TensorDataset(Dataset):
    """Arrays whose rows belong together: row i of each is sample i.

    Parameters
    ----------
    tensors : arrays or tensors with N rows each
        Shared, not copied.

    Raises
    ------
    ValueError
        Nothing is given, or the numbers of rows differ.

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
        self.dataset = as_dataset(dataset)
        numbers = checks.as_array(indices, "indices")
        self.indices = checks.numbers(numbers if numbers.size else numbers.astype(int), "indices",
                                      ("N",), kinds="iu", least=0, within=len(dataset) - 1,
                                      dtype=np.intp)

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
        raise TypeError(f"index must be a whole number, a slice or an array of whole numbers, got "
                        f"{checks.brief(index)}")
    if numbers.size and not -n <= numbers.min() <= numbers.max() < n:
        raise IndexError(f"there are {n} samples, numbered from 0 on, got {checks.brief(index)}")
    return numbers if numbers.ndim else int(numbers)


def random_split(dataset: Dataset, lengths: Sequence[float],
                 rng: np.random.Generator | int | None = None) -> list[Subset]:
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
    n = len(as_dataset(dataset))
    counts = checks.numbers(lengths, "lengths", ("parts",), kinds="iuf", least=0,
                            empty=False).tolist()
    if math.isclose(sum(counts), 1):
        counts = [math.floor(n * share) for share in counts]
        for part in range(n - sum(counts)):
            counts[part % len(counts)] += 1
    if sum(counts) != n or any(count % 1 for count in counts):
        raise ValueError(f"lengths must be whole numbers with the sum {n}, the length of the "
                         f"dataset, or shares with the sum 1; got {checks.brief(lengths)}")
    order = checks.generator(rng).permutation(n)
    ends = np.cumsum(counts).astype(int)
    return [Subset(dataset, part) for part in np.split(order, ends[:-1])]


def as_dataset(dataset: Dataset) -> Dataset:
    try:
        len(dataset)
    except TypeError:
        known = False
    else:
        known = hasattr(dataset, "__getitem__")
    if not known:
        raise TypeError(f"dataset must have a length and samples with numbers, __len__ and "
                        f"__getitem__, as a Dataset has; got {checks.brief(dataset)}")
    return dataset
