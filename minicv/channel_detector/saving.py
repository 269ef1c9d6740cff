"""A detector in a file: what it has learned and its options, as arrays, and back.

Whoever loads a file trusts numbers that anybody may have written.  So each is checked, as the
arguments of a call are: finite, of a size that detectors have, and of the shape that belongs to the
options.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import Any

import numpy as np

from minicv import checks
from minicv.channel_detector.box_regression import BoxRegression
from minicv.channel_detector.calibration import Calibration
from minicv.channel_detector.pyramid import CELL, CellFeatures, describe
from minicv.channel_detector.second_look import SecondLook

OPTIONS = ("window", "step", "smallest", "n_jitter", "mirror", "mining_rounds", "regress",
           "suppression", "average", "look_twice", "C")


def packed(detector: Any) -> dict[str, np.ndarray]:
    """Everything to keep of a `ChannelDetector` that has learned."""
    options = {name: getattr(detector, name) for name in OPTIONS}
    options["features"] = asdict(detector.features)
    if isinstance(detector.rng, (int, np.integer)):
        options["rng"] = detector.rng
    # NumPy's numbers, such as np.int64(80), JSON does not know.
    text = json.dumps(options, default=lambda number: number.item())
    arrays = {"options": np.array(text), "weights": detector.weights_,
              "bias": np.array(detector.bias_), "n_negatives": np.array(detector.n_negatives_)}
    if detector.regression_ is not None:
        arrays |= vars(detector.regression_)
    if detector.second_look_ is not None:
        arrays |= {f"second_{name}": np.array(value)
                   for name, value in vars(detector.second_look_).items()}
        # Rounded they are already.
        arrays["second_axes"] = arrays["second_axes"].astype(np.float16)
        arrays["second_examples"] = arrays["second_examples"].astype(np.int8)
    if detector.calibration_ is not None:
        arrays["calibration"] = np.array([*vars(detector.calibration_).values()])
    return arrays


def options_of(arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    """The options of `packed` arrays, all there."""
    options = json.loads(str(arrays["options"]))
    missing = (set(OPTIONS) - options.keys()
               | asdict(CellFeatures()).keys() - options["features"].keys())
    if missing:
        raise ValueError(f"it lacks the options {sorted(missing)}")
    return options | {"features": CellFeatures(**options["features"])}


def take_over(detector: Any, arrays: dict[str, np.ndarray]) -> None:
    """Give a `ChannelDetector` what was learned, if it is sound and fits the detector's options."""
    one_cell = np.zeros((3 * CELL, 3 * CELL, 3), np.uint8)
    shape = (*detector.window, describe([one_cell], (1, 1), detector.features).size)
    d = math.prod(shape)
    detector.weights_ = _sound(arrays, "weights", shape)
    detector.bias_ = float(_sound(arrays, "bias", ()))
    detector.n_negatives_ = checks.numbers(arrays["n_negatives"], "n_negatives", ("N",),
                                           kinds="iu", least=0).tolist()
    detector.regression_ = detector.second_look_ = detector.calibration_ = None
    if "matrix" in arrays:
        detector.regression_ = BoxRegression(_sound(arrays, "feature_mean", (d,)),
                                             _sound(arrays, "matrix", (d, 4)),
                                             _sound(arrays, "target_mean", (4,)))
    if "second_axes" in arrays:
        rows, columns, d_cell = shape
        m = rows * ((columns + 1) // 2) * d_cell
        axes = _sound(arrays, "second_axes", (2, m, "k")).astype(np.float32)
        examples = _sound(arrays, "second_examples", ("n", 2 * axes.shape[2]), kinds="i")
        reach = checks.number(float(_sound(arrays, "second_reach", ())), "second_reach", least=1e-9)
        detector.second_look_ = SecondLook(_sound(arrays, "second_mean", (m,)), axes,
                                           examples.astype(np.float32),
                                           _sound(arrays, "second_pulls", (len(examples),)),
                                           float(_sound(arrays, "second_bias", ())), reach)
    if "calibration" in arrays:
        detector.calibration_ = Calibration(*_sound(arrays, "calibration", (2,)).tolist())


def _sound(arrays: dict[str, np.ndarray], name: str, shape: checks.Shape, kinds: str = "f"
           ) -> np.ndarray:
    """Numbers that were learned: finite, and of a size that detectors have."""
    return checks.numbers(arrays[name], name, shape, kinds=kinds, within=1e9)
