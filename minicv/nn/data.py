"""What PyTorch has in `torch.utils.data`, under the name `minicv.nn.data`.

>>> from minicv.nn.data import DataLoader
>>> [batch for batch in DataLoader([3, 1, 4], batch_size=2)]
[tensor([3, 1]), tensor([4])]
"""

from minicv.nn.advice import fail_absent
from minicv.nn.datasets import Dataset, Subset, TensorDataset, random_split, train_val_split
from minicv.nn.loader import DataLoader, default_collate

__all__ = ["DataLoader", "Dataset", "Subset", "TensorDataset", "default_collate", "random_split",
           "train_val_split"]


def __getattr__(name: str):
    fail_absent(None, "module 'minicv.nn.data'", name)
