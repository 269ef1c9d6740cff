"""minicv: a computer-vision exercise sheet as a library one can read.

Where to begin: `minicv.autograd` (derivatives), then `minicv.nn` (networks on top of it), then
the room of the exercise you are at: `decision_boundary` (1.1), `volumetric_rendering` (1.2),
`detection_metrics` (1.4), `occupancy_network` (2.1) and `person_detector` (2.2).

`import minicv` loads nothing but NumPy: each part is imported when it is first used.
"""

import importlib

__version__ = "0.2.0"

_PARTS = (
    "autograd", "channel_detector", "datasets", "decision_boundary", "detection_metrics", "fast",
    "files", "nn", "occupancy_network", "person_detector", "plotting", "volumetric_rendering",
)
_HOMES = {  # names offered here as torch offers them, and the part each lives in
    "Tensor": "autograd", "tensor": "autograd",
    "no_grad": "autograd", "enable_grad": "autograd", "gradcheck": "autograd",
    "save": "nn", "load": "nn",
}

__all__ = [*_PARTS, *_HOMES]


def __getattr__(name: str):
    if name in _PARTS:
        return importlib.import_module(f"minicv.{name}")
    if name in _HOMES:
        return getattr(importlib.import_module(f"minicv.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'minicv' has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *__all__])
