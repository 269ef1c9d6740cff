"""Suppression of 10,000 boxes of 20 to 100 pixels a side, beside OpenCV and the plain twin.

They lie in squares of different size: with few overlaps nearly all are kept, with many nearly none.
"""

from collections.abc import Iterator
from functools import partial

import numpy as np

from minicv.detection_metrics import nms as plain_nms
from minicv.fast import nms
from tests.benchmarks.timing import Row, interleaved

N_BOXES = 10_000
SIDES = {"few overlaps": 20_000, "some overlaps": 2_000, "hardly anything else": 100}
THRESHOLD = 0.3
TARGET = 3.0


def rows() -> Iterator[Row]:
    import cv2

    rng = np.random.default_rng(0)
    for name, side in SIDES.items():
        corners = rng.uniform(0, side, (N_BOXES, 2))
        sizes = rng.uniform(20, 100, (N_BOXES, 2))
        boxes, scores = np.hstack([corners, corners + sizes]), rng.random(N_BOXES)
        sooner, theirs, plain = interleaved(
            partial(nms, boxes, scores, THRESHOLD),
            partial(cv2.dnn.NMSBoxes, np.hstack([corners, sizes]), scores, 0.0, THRESHOLD),
            partial(plain_nms, boxes, scores, THRESHOLD))
        yield Row(f"suppression of {N_BOXES:,} boxes, {name} [s]", "OpenCV", theirs, fast=sooner,
                  plain=plain, wanted=TARGET, plain_code=["detection_metrics/boxes.py"],
                  fast_code=["fast/suppression.py"])
