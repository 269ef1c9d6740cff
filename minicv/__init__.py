"""minicv: a computer-vision exercise sheet as a library one can read.

Where to begin: `minicv.autograd` (derivatives), then `minicv.nn` (networks on top of it), then
the room of the exercise you are at: `decision_boundary` (1.1), `volumetric_rendering` (1.2),
`detection_metrics` (1.4), `occupancy_network` (2.1) and `person_detector` (2.2).

`import minicv` loads nothing but NumPy: each part is imported when it is first used.
"""

import builtins
import importlib

__version__ = "0.2.0"

_PARTS = (
    "autograd", "channel_detector", "datasets", "decision_boundary", "detection_metrics", "fast",
    "files", "nn", "occupancy_network", "person_detector", "plotting", "volumetric_rendering",
)
_NAMES = {  # offered here as torch offers them: where each is, and what it is called
    "autograd": "Tensor tensor no_grad enable_grad gradcheck",
    "autograd.creation": "arange as_tensor from_numpy full is_tensor linspace meshgrid ones "
                         "ones_like rand randn randperm zeros zeros_like",
    "autograd.operations": "abs all amax amin any argmax argmin cat clamp concatenate exp flatten "
                           "log matmul max maximum mean min minimum permute relu reshape sigmoid "
                           "sqrt squeeze stack sum tanh transpose unsqueeze where",
    "autograd.dtypes": "float16 half float32 float float64 double uint8 int8 int16 short int32 int "
                       "int64 long bool",
    "nn": "save load",
}
_HOMES = {name: home for home, names in _NAMES.items() for name in names.split()}

# `from minicv import *` leaves Python's own names alone.
__all__ = [*_PARTS, *(name for name in _HOMES if not hasattr(builtins, name))]


def __getattr__(name: str):
    if name in _PARTS:
        return importlib.import_module(f"minicv.{name}")
    if name in _HOMES:
        return getattr(importlib.import_module(f"minicv.{_HOMES[name]}"), name)
    from minicv.autograd.advice import MISSING_IN_MINICV, advise
    raise AttributeError(f"module 'minicv' has no attribute {name!r}"
                         f"{advise(name, MISSING_IN_MINICV)}")


def __dir__():
    return sorted([*globals(), *__all__])
