"""A whole detection, against OpenCV's people detector; and the memory that a large picture takes.

Both search the same image of 640 x 480 pixels with a window of 64 x 128, at the same sizes (steps
of 1.05, from the image's own size down) and the same stride (8 pixels).
"""

import tracemalloc
from pathlib import Path

import numpy as np

from minicv.channel_detector import ChannelDetector
from minicv.datasets import PennFudan
from minicv.person_detector.detector import resize
from tests.benchmarks.timing import Row, interleaved

DATA = Path(__file__).parents[2] / "data"
CODE = [f"channel_detector/{name}.py" for name in (
    "channels", "pyramid", "windows", "box_regression", "suppression", "finding", "second_look",
    "detector")]


def rows():
    import cv2

    picture, _ = PennFudan(DATA / "StreetPed", "val")[0]
    image = np.ascontiguousarray(resize(picture, 1.6)[:480, :640])
    peer = cv2.HOGDescriptor()
    peer.setSVMDetector(cv2.HOGDescriptor_getDefaultPeopleDetector())

    detector = ChannelDetector.load(DATA / "channel_detector.npz")
    detector.step, detector.smallest = 1.05, detector.person_height
    ours, theirs = interleaved(
        lambda: detector.detect(image),
        lambda: peer.detectMultiScale(image, winStride=(8, 8), scale=1.05))
    yield Row("detection, 640 x 480, pyramid step 1.05, stride 8 [s]", "OpenCV", theirs, fast=ours,
              wanted=1.0, fast_code=CODE)

    large = np.tile(picture, (5, 5, 1))[:1500, :2000]
    tracemalloc.start()
    ChannelDetector.load(DATA / "channel_detector.npz").detect(large)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    yield Row("memory of a detection, 2000 x 1500 [MB]", "1 GB", 1000, fast=peak / 1e6, wanted=1.0,
              fast_code=CODE)
