"""How good the person detector is on real photographs that it was not trained on.

Penn-Fudan has no official division, so: four contiguous folds of the sorted list (neighbours in it
are often of the same street), trained on three, tested on the fourth; nothing is chosen by the test
fold.  Beside it, on the same folds: OpenCV's people detector as it is shipped.

Needs the photographs, in a folder named by the environment variable MINICV_DATA.  Takes minutes.
"""

import os

import numpy as np
import pytest

from minicv.datasets import PennFudan, contiguous_folds
from minicv.recognition import (
    PersonDetector,
    average_precision,
    log_average_miss_rate,
    match_images,
)

pytestmark = pytest.mark.skipif("MINICV_DATA" not in os.environ, reason="needs MINICV_DATA, a "
                                "folder with PennFudanPed")


@pytest.fixture(scope="module")
def pictures():
    dataset = PennFudan(os.environ["MINICV_DATA"])
    return [(image, target["boxes"]) for image, target in dataset]


def quality(found, truths):
    """Average precision (exact area) and log-average miss rate, both at IoU 0.5."""
    boxes, scores = zip(*found)
    return (average_precision(match_images(boxes, scores, truths, rule="voc"), "voc2010"),
            log_average_miss_rate(match_images(boxes, scores, truths)))


def test_mean_over_four_folds(pictures):
    """AP of at least 0.80 and a miss rate of at most 0.38: what the project set itself."""
    rows = []
    for train, test in contiguous_folds(len(pictures)):
        images, boxes = zip(*[pictures[n] for n in train])
        detector = PersonDetector().fit(images, boxes)
        found = [detector.detect(pictures[n][0]) for n in test]
        rows.append(quality(found, [pictures[n][1] for n in test]))
        print("fold: AP {:.3f}, miss rate {:.3f}".format(*rows[-1]))
    precision, miss_rate = np.mean(rows, axis=0)
    print(f"mean: AP {precision:.3f}, miss rate {miss_rate:.3f}")
    assert precision >= 0.80
    assert miss_rate <= 0.38


def test_opencv_s_people_detector_is_surpassed(pictures):
    """The same pictures, its own windows made as narrow as people are (they have wide margins)."""
    cv2 = pytest.importorskip("cv2")
    peer = cv2.HOGDescriptor()
    peer.setSVMDetector(cv2.HOGDescriptor_getDefaultPeopleDetector())
    rows = []
    for _, test in contiguous_folds(len(pictures)):
        found = []
        for n in test:
            image = np.ascontiguousarray(pictures[n][0][:, :, ::-1])  # OpenCV has blue first
            windows, scores = peer.detectMultiScale(image, winStride=(8, 8), scale=1.05)
            windows = np.reshape(windows, (-1, 4)).astype(float)  # x, y, width, height
            # A person is 96 of the window's 128 pixels high, and about 0.37 of that wide.
            middle = windows[:, :2] + windows[:, 2:] / 2
            half = 0.75 * windows[:, 3:] * [[0.37, 1]] / 2
            found.append((np.concatenate([middle - half, middle + half], axis=1),
                          np.reshape(scores, -1)))
        rows.append(quality(found, [pictures[n][1] for n in test]))
    precision, miss_rate = np.mean(rows, axis=0)
    print(f"OpenCV: AP {precision:.3f}, miss rate {miss_rate:.3f}")
    assert precision < 0.80 and miss_rate > 0.38
