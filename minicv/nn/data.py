"""Data for training: split it, keep together what belongs together, deal it out in batches.

1. `train_val_split` puts some of the data aside.  The network never trains on it, so the loss on
   it tells whether the network has learned the shape, or only the points (exercise 2.1a).
2. `TensorDataset` keeps rows together that belong together, as points and their labels.
3. `DataLoader` deals them out in batches, in a new random order every time.  A batch gives a rough
   gradient at a fraction of the price of the exact one; many rough steps get further than a few
   exact ones.

The last two are PyTorch's (`torch.utils.data`), except that a batch is taken out of each array with
*one* index operation, not row by row: an epoch of small rows is several times faster.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator

import numpy as np

from minicv.autograd import Tensor


def train_val_split(*arrays: np.ndarray, fraction: float = 0.8,
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
    arrays = tuple(np.asarray(array) for array in arrays)
    n_rows = _common_length(arrays)
    if not 0 < fraction < 1:
        raise ValueError(f"fraction is the share of rows to train on, above 0 and below 1, "
                         f"got {fraction}")
    n_train = round(fraction * n_rows)
    if n_train in (0, n_rows):
        raise ValueError(f"{n_rows} rows split at fraction {fraction} would leave "
                         f"{n_train} to train on and {n_rows - n_train} to validate with; "
                         f"both need at least one")
    order = np.random.default_rng(rng).permutation(n_rows)
    return (tuple(array[order[:n_train]] for array in arrays),
            tuple(array[order[n_train:]] for array in arrays))


def _common_length(arrays: tuple[np.ndarray, ...]) -> int:
    """The number of rows, which must be the same in all arrays."""
    if not arrays:
        raise ValueError("at least one array is needed, got none")
    if any(array.ndim == 0 for array in arrays):
        raise ValueError("an array with rows is needed, got a single number")
    lengths = [len(array) for array in arrays]
    if len(set(lengths)) > 1:
        raise ValueError(f"row i of each array belongs together, so all need the same number of "
                         f"rows; got {lengths}")
    return lengths[0]


class TensorDataset:
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
    >>> points, numbers = dataset[np.array([3, 1])]
    >>> numbers
    tensor([3, 1])
    """

    def __init__(self, *tensors: np.ndarray | Tensor):
        self.tensors = tuple(tensor if isinstance(tensor, Tensor) else Tensor(tensor)
                             for tensor in tensors)
        self._length = _common_length(tuple(tensor.data for tensor in self.tensors))

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index) -> tuple[Tensor, ...]:
        """One sample (a number), or several (a slice or an array of numbers): a tensor of each."""
        if isinstance(index, np.ndarray) and index.dtype.kind == "i":
            # The same as [index], and twice as fast where rows are short.
            return tuple(Tensor(tensor.data.take(index, axis=0)) for tensor in self.tensors)
        return tuple(Tensor(tensor.data[index]) for tensor in self.tensors)


class DataLoader:
    """The samples of a dataset in batches; a `for` loop over it is one epoch.

    Parameters
    ----------
    dataset : TensorDataset
        Or anything with a length that can be indexed with an array of sample numbers.
    batch_size : int
        Samples in a batch, at least 1; the last batch may be smaller.
    shuffle : bool
        Deal out in random order, a new one in each epoch. Without it, in the given order.
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

    def __init__(self, dataset: TensorDataset, batch_size: int = 1, shuffle: bool = False,
                 drop_last: bool = False, *, rng: np.random.Generator | int | None = None):
        if operator.index(batch_size) < 1:
            raise ValueError(f"batch_size must be at least 1, got {batch_size}")
        self.dataset = dataset
        self.batch_size = batch_size
        self.shuffle = shuffle
        self.drop_last = drop_last
        self._rng = np.random.default_rng(rng)

    def __len__(self) -> int:
        """The number of batches."""
        full, left = divmod(len(self.dataset), self.batch_size)
        return full + (left > 0 and not self.drop_last)

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        n = len(self.dataset)
        order = self._rng.permutation(n) if self.shuffle else np.arange(n)
        for start in range(0, len(self) * self.batch_size, self.batch_size):
            yield self.dataset[order[start:start + self.batch_size]]
