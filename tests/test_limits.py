"""What no memory holds is refused before any work, in words that say how much is taken.

Limits of single arguments are tried in `test_hostile.py`; these are of products, or of arrays.
"""

import numpy as np
import pytest

from minicv import nn
from minicv.channel_detector import ChannelDetector
from minicv.channel_detector.detector import MOST_PIXELS
from minicv.decision_boundary import points_along
from minicv.detection_metrics import confusion_matrix
from minicv.nn.inputs import require_room
from minicv.occupancy_network import evaluate_grid
from minicv.person_detector import PersonDetector, training_patches
from minicv.person_detector.detector import check_enlarged
from minicv.volumetric_rendering import Camera

PICTURE = np.zeros((10, 10, 3), np.uint8)


def detector_of_small_people():
    """Such as enlarges an image 144 times; it finds nobody."""
    detector = PersonDetector(smallest=8)
    detector.weights_, detector.bias_, detector.aspect_ = np.zeros((15, 7, 36)), -1.0, 0.4
    return detector


def test_as_much_as_memory_holds_is_taken():
    assert Camera(np.eye(3), np.eye(4), (2048, 2048)).size == (2048, 2048)
    assert check_enlarged(PICTURE, 1000, MOST_PIXELS) is None
    assert require_room((2**20, 2**7), "an array", "bytes") is None
    assert ChannelDetector(window=(64, 64)).window == (64, 64)
    assert evaluate_grid(nn.MLP(10, 1, rng=0), 2, n_inputs=10).shape == (2,) * 10


@pytest.mark.parametrize("call, words", [
    (lambda: Camera(np.eye(3), np.eye(4), (2049, 2048)), "at most 4,194,304 pixels"),
    (lambda: check_enlarged(PICTURE, 1000.001, MOST_PIXELS), "over 100,000,000 pixels"),
    (lambda: detector_of_small_people().detect(np.zeros((400, 600, 3), np.uint8)),
     "over 33,554,432 pixels"),
    (lambda: require_room((2**27 + 1,), "an array", "bytes"), "134,217,728 are allowed"),
    (lambda: ChannelDetector(window=(65, 64)), "window must be at least 1 and at most 64"),
    (lambda: evaluate_grid(nn.MLP(3, 1, rng=0), 1025), "at least 2 and at most 1024"),
    (lambda: evaluate_grid(nn.MLP(30, 1, rng=0), 3, n_inputs=30), "at least 2 and at most 2"),
    (lambda: evaluate_grid(nn.MLP(31, 1, rng=0), 2, n_inputs=31), "at least 1 and at most 30"),
    (lambda: confusion_matrix(np.arange(8001), np.arange(8001)), "at most 8000 fit"),
    (lambda: points_along([[0, 0], [1, 0]], 0.99e-7), "makes over 1e7 points"),
    (lambda: training_patches([PICTURE], [[[0, 0, 5, 5]]], (2**14, 2**13 + 1), 0, 0),
     "over 134217728 pixels"),
    (lambda: training_patches([PICTURE], [[[0, 0, 5, 5]]], (2**12, 2**12 + 1), 3, 4),
     "over 134217728 pixels")])
def test_more_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
