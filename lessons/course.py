"""What the course's notebooks import, so that a function written in them runs here as it is.

Their exercises are written with PyTorch. `from lessons.course import PlotLosses, torch` stands in
for `import torch` and `from livelossplot import PlotLosses`: what the functions of the exercises
use is minicv's, under PyTorch's names.
"""

from __future__ import annotations

from types import ModuleType, SimpleNamespace

import minicv
from minicv import nn


class _Torch(ModuleType):
    """minicv, its networks and its data under the names that PyTorch has for them."""

    nn, optim = nn, nn.optim
    utils = SimpleNamespace(data=nn.data)
    cuda = SimpleNamespace(is_available=lambda: False)

    def __getattr__(self, name: str):
        return getattr(minicv, name)


torch = _Torch("torch")


class PlotLosses:
    """What has been told of a training, epoch by epoch; livelossplot's class draws it as well.

    Attributes
    ----------
    logs : the dictionaries that `update` was given, one an epoch.
    """

    last: PlotLosses | None = None  # the one that was made last

    def __init__(self):
        self.logs: list[dict] = []
        PlotLosses.last = self

    def update(self, losses: dict) -> None:
        self.logs.append(dict(losses))

    def send(self) -> None:
        """Where livelossplot draws."""
