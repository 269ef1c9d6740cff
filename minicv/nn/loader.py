"""Batches: the samples of a dataset, dealt out some at a time and in a new order every time.

A batch gives a rough gradient at a fraction of the price of the exact one; many rough steps get
further than a few exact ones.

Names and results are PyTorch's (`torch.utils.data`).  What differs: random orders come from a `rng`
that is passed in, and out of a `TensorDataset` a batch is taken with *one* index operation, not row
by row: an epoch of small rows is several times faster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from minicv import checks
from minicv.autograd import Tensor, stack
from minicv.nn.datasets import Dataset, Subset, TensorDataset, as_dataset

COLLATE = "give the DataLoader a collate_fn, a function from a list of samples to a batch"


def default_collate(samples: Sequence[Any]) -> Any:
    """A batch from a list of samples: what has the same place in each becomes one tensor.

    Tensors and arrays are stacked along a new first axis; numbers become a tensor, and strings a
    list. Samples that are tuples, lists or dictionaries give a list or dictionary of batches.

    Raises
    ------
    TypeError
        Samples of another kind.
    ValueError
        Samples of different shapes, lengths or keys.

    Examples
    --------
    >>> default_collate([(1, "a"), (2, "b")])
    [tensor([1, 2]), ['a', 'b']]
    """
    samples = checks.several(samples, "samples")
    if not samples:
        raise ValueError("a batch needs at least one sample, and there are none")
    first = samples[0]
    kinds = (Tensor, np.ndarray), (str, bytes), (int, float, np.generic), Mapping, (tuple, list)
    kind = next((kind for kind in kinds if isinstance(first, kind)), ())
    for sample in samples:
        if not isinstance(sample, kind):
            raise TypeError(f"samples must be tensors, arrays, numbers, strings, or tuples, lists "
                            f"or dictionaries of them, of one kind, and one has a "
                            f"{type(sample).__name__}: {COLLATE}")
    if kind == (str, bytes):
        return samples
    if kind == (int, float, np.generic):
        return Tensor(np.array(samples))
    if kind == (Tensor, np.ndarray):
        tensors = [sample if isinstance(sample, Tensor) else Tensor(sample) for sample in samples]
        _require_alike([tensor.shape for tensor in tensors], "shapes")
        return stack(tensors)
    if kind == Mapping:
        _require_alike([sample.keys() for sample in samples], "keys")
        return {key: default_collate([sample[key] for sample in samples]) for key in first}
    _require_alike([len(sample) for sample in samples], "lengths")
    return [default_collate(place) for place in zip(*samples)]


def _require_alike(properties: list, what: str) -> None:
    for i, one in enumerate(properties):
        if one != properties[0]:
            raise ValueError(f"the samples of a batch have different {what}, number 0 "
                             f"{properties[0]} and number {i} {one}: {COLLATE}")


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
                 pin_memory: bool = False, drop_last: bool = False,
                 rng: np.random.Generator | int | None = None):
        self.dataset = as_dataset(dataset)
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
            yield self._batch(order[start:start + self.batch_size])

    def _batch(self, numbers: np.ndarray) -> Any:
        if self.collate_fn is None and (rows := _rows(self.dataset, numbers)) is not None:
            return rows
        return (self.collate_fn or default_collate)([self.dataset[int(i)] for i in numbers])


def _rows(dataset: Dataset, numbers: np.ndarray) -> list[Tensor] | None:
    """These samples of a `TensorDataset`, or of a part of one, at once; None for other datasets."""
    if (isinstance(dataset, TensorDataset)
            and type(dataset).__getitem__ is TensorDataset.__getitem__):
        # take is the same as [numbers], and twice as fast where rows are short.
        return [Tensor(tensor.data.take(numbers, axis=0)) for tensor in dataset.tensors]
    if isinstance(dataset, Subset) and type(dataset).__getitem__ is Subset.__getitem__:
        return _rows(dataset.dataset, dataset.indices[numbers])
    return None
