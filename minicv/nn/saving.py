"""State dicts: written to a file, read again, and held against the parameters they are for."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from minicv import checks
from minicv.autograd import Tensor
from minicv.files import load_npz, save_npz


class LoadResult(NamedTuple):
    """The names without a partner that `load_state_dict(..., strict=False)` passed over."""

    missing_keys: list[str]
    unexpected_keys: list[str]


def matched(state_dict: Mapping[str, np.ndarray], parameters: Mapping[str, Tensor], strict: bool,
            owner: str) -> tuple[dict[str, np.ndarray], LoadResult]:
    """The values for parameters, and the names without a partner; or all that does not fit."""
    checks.instance(state_dict, "state_dict", Mapping, hint="as from module.state_dict()")
    arrays = {name: value.data if isinstance(value, Tensor) else
              checks.as_array(value, f"state_dict[{name!r}]")
              for name, value in state_dict.items()}
    missing = [name for name in parameters if name not in arrays]
    unexpected = [name for name in arrays if name not in parameters]
    known = {name: arrays[name] for name in parameters if name in arrays}
    faults = [f"{fault[0]}: {name} {fault[1]}" for name, value in known.items()
              if (fault := _misfit(value, parameters[name].data))]
    if strict:
        faults += [f"{kind}: {', '.join(map(str, names))}" for kind, names in
                   (("missing", missing), ("unexpected", unexpected)) if names]
    if faults:
        raise ValueError(f"the state dict does not fit {owner} (nothing was loaded):\n  "
                         + "\n  ".join(faults))
    return known, LoadResult(missing, unexpected)


def _misfit(value: np.ndarray, wanted: np.ndarray) -> tuple[str, str] | None:
    """What is wrong with a value of a state dict for a parameter, or None."""
    if value.shape != wanted.shape:
        return "wrong shape", f"is {value.shape} in the state dict and {wanted.shape} in the module"
    if value.dtype.kind not in "fiub":
        return "not real numbers", f"is {value.dtype}"
    if not wanted.flags.writeable:
        return "cannot be written", "holds a read-only array"
    if wanted.dtype.kind != "f":
        with np.errstate(invalid="ignore"):
            changed = (value.astype(wanted.dtype) != value).any()
        return (f"no {wanted.dtype}", "has other numbers than those") if changed else None
    largest = np.finfo(wanted.dtype).max
    if (np.abs(value[np.isfinite(value)].astype(np.float64)) > largest).any():
        return f"too large for {wanted.dtype}", f"has numbers beyond {largest:.3g}"
    return None


def save(state_dict: Mapping[str, np.ndarray], path: str | os.PathLike) -> None:
    """Write a state dict to an `.npz` file, whole or not at all.

    Parameters
    ----------
    state_dict : dict from names to arrays or tensors
        As from `module.state_dict()`.
    path : str or path
        The file, which usually ends in `.npz`. An old one is replaced when the new one is whole.

    Examples
    --------
    >>> import os, tempfile
    >>> from minicv.nn import MLP
    >>> path = os.path.join(tempfile.mkdtemp(), "network.npz")
    >>> network = MLP(3, 64, 1)
    >>> save(network.state_dict(), path)
    >>> network.load_state_dict(load(path))
    LoadResult(missing_keys=[], unexpected_keys=[])
    """
    checks.instance(state_dict, "state_dict", Mapping, hint="write save(module.state_dict(), path)")
    save_npz(path, {name: value.data if isinstance(value, Tensor) else value
                    for name, value in state_dict.items()})


def load(path: str | os.PathLike) -> dict[str, np.ndarray]:
    """Read a state dict that `save` wrote. No code that a file may hold is ever run.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    ValueError
        The file is not an `.npz` archive, is damaged, or holds pickled objects.

    Examples
    --------
    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "weights.npz")
    >>> save({"w": np.ones(2)}, path)
    >>> load(path)
    {'w': array([1., 1.])}
    """
    return load_npz(path)
