"""Hostile values: what a caller may pass by mistake, made from what would have been right.

`hostile(rng, value, name)` gives another value in place of a valid one, and the kind of change. Two
kinds mean more to the judge (`tests.hostile`): after "NaN" one more number is NaN; "same" are the
same numbers packed in another way, which must give the same result.
"""

import copy
import dataclasses
import os
import pathlib

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from minicv import nn
from minicv.autograd import Tensor

# Functions and classes of the caller's own, with a frame that says whose an error in them is.

def length(value):
    return len(value)


class Unmade(nn.Module):
    """A class, where an object is needed."""

    def __init__(self, size):
        raise TypeError("the class was called, not the network")


ANYTHING = [
    None, True, 3, -1, 2.5, np.nan, np.inf, 10**30, 1j, "3", "", "nonsense", b"xy", [], (), {},
    length, [[1], [2, 3]], [None], object(), {"a": 1}, {1, 2}, range(3), slice(None), np.float16(1),
    np.zeros(0), np.zeros((2, 0, 3)), np.full(3, np.nan), np.array(["a", "b"]), np.array(2.0),
    np.array([None, 1], object), np.zeros((2, 3, 1)), np.arange(3, dtype=np.uint8)]
NUMBERS = [
    -1, 0, 1, 2.5, -0.5, "3", None, True, np.nan, np.inf, -np.inf, 10**30, -2**63, 2**64, 1e300,
    1e-300, 1j, np.uint8(255), np.int64(-1), np.float16(2), np.array(1.5), np.array([1, 2]), [2],
    10**400]
TEXTS = ["", "nonsense", None, b"bytes", 3.5, "a\0b", "\udc80", "x" * 5000, ["a"], "ä\n", object()]
FLAGS = [None, 2, "yes", np.nan, [True], np.array([True, False]), 1.0]
TYPES = ["nonsense", int, complex, object, None, 3, np.float16, "f8,i4", np.uint8]
SEEDS = [-1, 2.5, "3", 10**30, np.random.RandomState(0), None, [1, -2], np.nan, True]
PLACES = {"NaN": np.nan, "inf": np.inf, "-inf": -np.inf, "far": 1e30, "minus": -1.0}
SHAPES = {
    "empty": lambda a: np.atleast_1d(a)[:0],
    "axis of 0": lambda a: np.atleast_1d(a)[..., :0],
    "more axes": lambda a: a[None],
    "fewer axes": lambda a: a[0] if a.ndim and len(a) else np.float64(1),
    "transposed": lambda a: a.T,
    "flat": lambda a: a.ravel(),
    "shorter": lambda a: np.atleast_1d(a)[:-1],
    "longer": lambda a: np.concatenate([np.atleast_1d(a), np.atleast_1d(a)[:1]]),
    "wider": lambda a: np.concatenate([np.atleast_1d(a), np.atleast_1d(a)[..., :1]], axis=-1),
    "ragged": lambda a: [*np.atleast_1d(a).tolist(), [1, 2]],
    "tuple": lambda a: tuple(np.atleast_1d(a)),
    "None": lambda a: None,
    "text": lambda a: "array",
}
KINDS = {
    "complex": lambda a: a + 1j,
    "objects": lambda a: a.astype(object),
    "strings": lambda a: a.astype(str),
    "bool": lambda a: a != 0,
    "uint8": lambda a: np.nan_to_num(a).astype(np.int64).astype(np.uint8),
    "int64 ends": lambda a: np.where(upper(a), 2**63 - 1, -2**63),
    "uint64 ends": lambda a: np.where(upper(a), np.uint64(2**64 - 1), np.uint64(0)),
    "float16": lambda a: a.astype(np.float16),
    "float32 ends": lambda a: np.where(upper(a), 3.4e38, -3.4e38).astype(np.float32),
    "float64 ends": lambda a: np.where(upper(a), 1.79e308, -1.79e308),
    "1e300": lambda a: a.astype(float) * 1e300,
    "1e30": lambda a: a.astype(float) * 1e30,
    "1e-300": lambda a: a.astype(float) * 1e-300,
    "large whole": lambda a: (np.nan_to_num(a.astype(float)) * 2**31).astype(np.int64),
    "all NaN": lambda a: np.full(a.shape, np.nan),
    "all 0": np.zeros_like,
    "negative": lambda a: -1.0 * a,
    "Tensor": lambda a: Tensor(a),
    "dates": lambda a: a.astype("int64").astype("M8[s]"),
}
PACKED = {
    "read-only": lambda a: read_only(a),
    "Fortran": lambda a: np.array(a, order="F"),
    "strided": lambda a: np.repeat(np.atleast_1d(a), 2, axis=-1)[..., ::2].reshape(a.shape),
    "byte order": lambda a: a.astype(a.dtype.newbyteorder()),
    "list": lambda a: a.tolist(),
}
RUBBISH = [  # what a function of the caller's may give back
    lambda out: None, lambda out: "text", lambda out: out[:0], lambda out: out * np.nan,
    lambda out: [out, out], lambda out: out[None], lambda out: 1.0, lambda out: [[1], [2, 3]],
    lambda out: np.asarray(out, object)]


def hostile(rng, value, name):
    """Another value instead of this one, and the kind of the change."""
    if rng.random() < 0.15:
        return pick(rng, ANYTHING, name), "anything"
    if isinstance(value, (float, np.floating)) and rng.random() < 0.2:
        return np.nan, "NaN"
    for kinds, change in CHANGES:
        if isinstance(value, kinds):
            return change(rng, value, name)
    if callable(value):
        return pick(rng, [None, 3, Unmade, *(spoiled(value, f) for f in RUBBISH)], name), "function"
    if dataclasses.is_dataclass(value):
        return from_fields(rng, value, name)
    return pick(rng, ANYTHING, name), "anything"


def pick(rng, options, name):
    value = copy.deepcopy(options[rng.integers(len(options))])
    is_file = any(word in name for word in ("path", "file", "folder", "dir", "root", "out"))
    if is_file and isinstance(value, int) and -1 <= value < 10:
        return 10**6  # open(3) would take a file that is somebody else's, and close it
    return value


def one_of(options):
    return lambda rng, value, name: (pick(rng, options, name), "another")


def from_array(rng, array, name):
    group = [SHAPES, KINDS, PACKED, PLACES, PLACES][rng.integers(5)]
    if array.dtype.kind not in "biuf" or group is PLACES and array.size == 0:
        group = SHAPES
    kind = list(group)[rng.integers(len(group))]
    if group is PLACES and rng.random() < 0.3:
        kind = "NaN"
    if group is PLACES:
        array = array.astype(array.dtype if array.dtype.kind == "f" else float)  # a copy
        array.flat[rng.integers(array.size)] = PLACES[kind]
        return array, kind
    with np.errstate(all="ignore"):
        changed = group[kind](array)
    keeps = group is PACKED and (kind != "list" or array.dtype == float)
    return changed, "same" if keeps else kind


def upper(array):
    """Which numbers are above the middle."""
    return array > (array.max() / 2 + array.min() / 2) if array.size else array > 0


def read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


def from_tensor(rng, tensor, name):
    changed, kind = from_array(rng, tensor.data, name)
    if rng.random() < 0.2 or not isinstance(changed, np.ndarray) or changed.dtype.kind not in "bif":
        return changed, kind  # no tensor
    needs_gradient = tensor.requires_grad and changed.dtype.kind == "f"
    try:
        return Tensor(changed, requires_grad=needs_gradient), kind
    except (TypeError, ValueError):  # numbers that no tensor holds
        return changed, kind


def from_list(rng, values, name):
    if len(values) == 0 or rng.random() < 0.5:
        objects = np.empty(len(values), object)
        for i, value in enumerate(values):
            objects[i] = value
        return pick(rng, [None, "text", {}, [], objects, values[:-1], values + values[:1],
                          iter(list(values))], name), "list"
    place = int(rng.integers(len(values)))
    changed, kind = hostile(rng, values[place], name)
    make = getattr(values, "_make", type(values))  # named tuples have their own way
    return make([*values[:place], changed, *values[place + 1:]]), kind


def from_dict(rng, values, name):
    keys = list(values)
    if not keys or rng.random() < 0.4:
        return pick(rng, [None, [], "x", {}, {"nonsense": 1}, {3: None}, {**values, "more": 1}],
                    name), "dict"
    key = keys[rng.integers(len(keys))]
    if rng.random() < 0.3:
        return {other: values[other] for other in keys if other != key}, "missing key"
    changed, kind = hostile(rng, values[key], name)
    return {**values, key: changed}, kind


def from_fields(rng, value, name):
    """The same object with one field replaced, if its own constructor lets that pass."""
    fields = [field.name for field in dataclasses.fields(value) if field.init]
    try:
        field = fields[rng.integers(len(fields))]
        changed, kind = hostile(rng, getattr(value, field), field)
        return dataclasses.replace(value, **{field: changed}), kind
    except Exception:  # judged where that constructor is called
        return None, "another"


def from_network(rng, network, name):
    parameters = [p for p in network.parameters() if p.data.size]
    if parameters and rng.random() < 0.5:
        data = parameters[rng.integers(len(parameters))].data
        bad = [np.nan, np.inf, 1e30][rng.integers(3)]
        data.flat[rng.integers(data.size)] = bad
        return network, "NaN" if np.isnan(bad) else "weights"
    return pick(rng, [None, "net", length, Unmade, nn.MLP(2, 3, 1, rng=0), nn.MLP(3, 4, 2, rng=0),
                      nn.Sequential(), spoiled(network, RUBBISH[0]), nn.Flatten(),
                      nn.MLP(3, 4, 1, rng=0)], name), "network"


def spoiled(function, change):
    """The caller's function, but what it gives back is rubbish."""
    def rubbish(*args, **kwargs):
        out = function(*args, **kwargs)
        try:
            return change(out)
        except (TypeError, IndexError):  # cannot be spoiled in this way
            return None
    return rubbish


def from_path(rng, path, name):
    """Another path, in the folder that is the current one during the run."""
    pathlib.Path("a folder").mkdir(exist_ok=True)
    pathlib.Path("garbage").write_bytes(rng.bytes(100))
    return pick(rng, ["a folder", pathlib.Path("a folder"), "missing/x", "garbage", "garbage/x",
                      "a\0b", "", None, 3.5, 10**6, b"garbage", "x" * 5000, "\udc80", ["garbage"],
                      f"{path}.other", object()], name), "path"


def from_text(rng, text, name):
    return from_path(rng, text, name) if os.sep in text else (pick(rng, TEXTS, name), "text")


def from_axes(rng, axes, name):
    return [None, "axes", Figure(), Figure().add_subplot(),
            Figure().add_subplot(projection="3d")][rng.integers(5)], "axes"


def from_none(rng, value, name):
    return pick(rng, SEEDS if name == "rng" else ANYTHING + NUMBERS, name), "given"


CHANGES = [
    (Tensor, from_tensor), (np.ndarray, from_array), (nn.Module, from_network), (Axes, from_axes),
    (np.random.Generator, one_of(SEEDS)), ((bool, np.bool_), one_of(FLAGS)),
    ((int, float, np.number), one_of(NUMBERS)), (os.PathLike, from_path), (str, from_text),
    ((type, np.dtype), one_of(TYPES)), (type(None), from_none), ((list, tuple), from_list),
    (dict, from_dict)]
