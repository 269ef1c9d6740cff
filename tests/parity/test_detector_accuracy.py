"""How good the person detector is on real photographs that it was not trained on.

Penn-Fudan has no official division, so: four contiguous folds of the sorted list (neighbours in it
are often of the same street), trained on three, tested on the fourth; nothing is chosen by the test
fold.  Beside it, on the same folds: the sheet's own recipe, and OpenCV's people detector as it is
shipped.

Needs the photographs, in a folder named by the environment variable MINICV_DATA.  Takes minutes.
"""

import os

import numpy as np
import pytest

from minicv.channel_detector import ChannelDetector
from minicv.datasets import PennFudan, contiguous_folds
from minicv.detection_metrics import average_precision, log_average_miss_rate, match_images, nms
from minicv.person_detector import (
    LinearSVC,
    PersonDetector,
    hog_patches,
    image_to_hog_patches,
    training_patches,
)

cv2 = pytest.importorskip("cv2")
pytestmark = pytest.mark.skipif("MINICV_DATA" not in os.environ, reason="needs MINICV_DATA, a "
                                "folder with PennFudanPed")


@pytest.fixture(scope="module")
def pictures():
    dataset = PennFudan(os.environ["MINICV_DATA"])
    return [(image, target["boxes"]) for image, target in dataset]


@pytest.fixture
def report(capsys):
    """Prints the mean quality of a detector over the folds, also where pytest hides output."""
    def print_mean(name, rows):
        precision, miss_rate = np.mean(rows, axis=0)
        with capsys.disabled():
            print(f"\n{name}: AP {precision:.3f}, miss rate {miss_rate:.3f}; by fold: "
                  + ", ".join("{:.3f} / {:.3f}".format(*row) for row in rows))
        return precision, miss_rate
    return print_mean


def quality(found, truths):
    """Average precision (exact area) and log-average miss rate, both at IoU 0.5."""
    boxes, scores = zip(*found)
    return (average_precision(match_images(boxes, scores, truths, rule="voc"), "voc2010"),
            log_average_miss_rate(match_images(boxes, scores, truths)))


def test_mean_over_four_folds(pictures, report):
    """AP of at least 0.86 and a miss rate of at most 0.26, near the 0.88 and 0.24 aimed at.

    0.882 and 0.235 when this was written; another seed moves them by a hundredth.
    """
    rows = []
    for train, test in contiguous_folds(len(pictures)):
        images, boxes = zip(*[pictures[n] for n in train])
        detector = ChannelDetector(rng=0).fit(images, boxes)
        found = [detector.detect(pictures[n][0]) for n in test]
        rows.append(quality(found, [pictures[n][1] for n in test]))
    precision, miss_rate = report("ChannelDetector", rows)
    assert precision >= 0.86
    assert miss_rate <= 0.26


def test_the_plain_detector_over_four_folds(pictures, report):
    """HOG, a linear SVM, a pyramid, mined negatives and nms: AP of at least 0.65."""
    rows = []
    for train, test in contiguous_folds(len(pictures)):
        images, boxes = zip(*[pictures[n] for n in train])
        detector = PersonDetector(rng=0).fit(images, boxes)
        found = [detector.detect(pictures[n][0], threshold=-0.9) for n in test]
        rows.append(quality(found, [pictures[n][1] for n in test]))
    precision, _ = report("PersonDetector", rows)
    assert precision >= 0.65


def test_the_sheet_s_own_recipe_is_surpassed(pictures, report):
    """Exercise 2.2 as it stands: patches, a linear SVM, a window as large as the median person.

    And suppression, without which nearly everything that is found is found many times.
    """
    options = dict(orientations=8, pixels_per_cell=(16, 16), cells_per_block=(1, 1))
    rows = []
    for train, test in contiguous_folds(len(pictures)):
        images, boxes = zip(*[pictures[n] for n in train])
        patches = training_patches(images, boxes, (150, 50), rng=0)
        X = np.concatenate([hog_patches(kind.pixels, **options) for kind in patches])
        svm = LinearSVC().fit(X, np.arange(len(X)) < len(patches.positive.pixels))
        people = np.concatenate(boxes)
        width, height = np.median(people[:, 2:] - people[:, :2], axis=0).astype(int)
        found = []
        for n in test:
            X, corners = image_to_hog_patches(pictures[n][0], (height, width), 20,
                                              resize_to=(150, 50), **options)
            windows = np.hstack([corners, corners + [width, height]])
            scores = svm.decision_function(X)
            kept = nms(windows, scores, 0.3)
            found.append((windows[kept], scores[kept]))
        rows.append(quality(found, [pictures[n][1] for n in test]))
    precision, miss_rate = report("the sheet's recipe", rows)
    assert precision < 0.80 and miss_rate > 0.38


def test_opencv_s_people_detector_is_surpassed(pictures, report):
    """On the same pictures, read as kindly as can be.

    Its windows have wide margins: the part of them that is taken for the person, a lower threshold
    than its default, and the suppression are those of several that gave it the best precision.
    """
    peer = cv2.HOGDescriptor()
    peer.setSVMDetector(cv2.HOGDescriptor_getDefaultPeopleDetector())
    rows = []
    for _, test in contiguous_folds(len(pictures)):
        found = []
        for n in test:
            image = np.ascontiguousarray(pictures[n][0][:, :, ::-1])  # OpenCV has blue first
            windows, scores = peer.detectMultiScale(image, winStride=(8, 8), scale=1.05,
                                                    hitThreshold=-0.6, groupThreshold=0)
            windows = np.reshape(windows, (-1, 4)).astype(float)  # x, y, width, height
            scores = np.reshape(scores, -1)
            middle = windows[:, :2] + windows[:, 2:] / 2
            half = 0.8 * windows[:, 3:] * [[0.41, 1]] / 2
            people = np.concatenate([middle - half, middle + half], axis=1)
            kept = nms(people, scores, 0.4)
            found.append((people[kept], scores[kept]))
        rows.append(quality(found, [pictures[n][1] for n in test]))
    precision, miss_rate = report("OpenCV", rows)
    assert precision < 0.80 and miss_rate > 0.38
