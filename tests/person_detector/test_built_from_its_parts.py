"""The detector uses what one has just read: HOG, the SVM, the sliding window, suppression."""

import ast
import inspect

import numpy as np
import pytest

from minicv.person_detector import PersonDetector, detector, hog
from minicv.person_detector.detector import BLOCKS, CELL, MARGIN, WINDOW, window_scores


@pytest.mark.parametrize("module, name", [
    ("minicv.person_detector.hog_features", "hog_blocks"),
    ("minicv.person_detector.linear_classifiers", "LinearSVC"),
    ("minicv.person_detector.sliding_window", "Level"),
    ("minicv.person_detector.sliding_window", "gather_windows"),
    ("minicv.detection_metrics.boxes", "nms")])
def test_it_imports_and_uses_the_part(module, name):
    tree = ast.parse(inspect.getsource(detector))
    assert any(isinstance(node, ast.ImportFrom) and node.module == module
               and name in [alias.name for alias in node.names] for node in ast.walk(tree))
    assert any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(tree))


def noise(height, width):
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def hog_of(window):
    return hog(window, cells_per_block=(2, 2), transform_sqrt=True, channel_axis=-1)


def test_a_window_s_score_is_hog_of_the_window_cut_out_times_the_weights_plus_the_bias():
    """Only the window's outermost ring of pixels differs: cut out, they lack a neighbour.

    Weights of 0 for the outermost blocks leave that ring out, and both agree to the rounding of the
    descriptors to float32.
    """
    weights, bias = np.random.default_rng(1).normal(size=(*BLOCKS, 36)), 0.25
    weights[[0, -1]] = weights[:, [0, -1]] = 0
    image = noise(168, 96)
    scores = window_scores(detector.describe(image), weights) + bias
    assert scores.shape == (6, 5)
    for i, j in np.ndindex(scores.shape):
        window = image[CELL * i:CELL * i + WINDOW[0], CELL * j:CELL * j + WINDOW[1]]
        assert scores[i, j] == pytest.approx(hog_of(window) @ weights.ravel() + bias, abs=1e-4)


def test_detect_gives_that_score():
    """An image that is one window, without its padding: one place at one scale, so nothing else."""
    found = PersonDetector(smallest=96, step=9)
    image = noise(WINDOW[0] - 2 * MARGIN, WINDOW[1] - 2 * MARGIN)
    window = np.pad(image, ((MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)), mode="edge")
    found.weights_ = np.random.default_rng(1).normal(size=(*BLOCKS, 36))
    found.bias_, found.aspect_ = 0.25, 0.4
    _, scores = found.detect(image, threshold=-np.inf)
    assert scores == pytest.approx([hog_of(window) @ found.weights_.ravel() + 0.25], abs=1e-4)
