"""Lesson 1.4: it leaves what it promises, and tells the sheet's numbers."""

import numpy as np
import pytest

from minicv.detection_metrics import match_images
from tests.lessons.running import walk


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """The lesson, with fewer images than usual. It reads no data."""
    folder = tmp_path_factory.mktemp("lesson")
    return walk("1.4", folder, folder, N_IMAGES=60, N_RESAMPLES=20)


def test_it_leaves_pictures_and_a_summary(results):
    assert sorted(path.name for path in results.out.iterdir()) == [
        "boxes.png", "conventions.png", "precision_recall.png", "summary.json", "thresholds.png"]
    for picture in results.pictures:
        assert f"look at {picture}" in results.printed


def test_it_prints_the_answers_of_the_sheet(results):
    for answer in ("I = 15", "= 25   IoU = 0.6000", "tau = 0.5: TP = 1, FP = 4, FN = 3",
                   "tau = 0.3: TP = 3, FP = 2, FN = 1", "3/5 = 0.6", "3/4 = 0.75"):
        assert answer in results.printed


def test_precision_and_recall_fall_by_one_detection_at_each_iou(results):
    sweep = results.numbers["sweep"]
    assert [row["precision"] for row in sweep[1:]] == [0.8, 0.6, 0.4, 0.2, 0]
    assert [row["recall"] for row in sweep[1:]] == [1, 0.75, 0.5, 0.25, 0]


def make_believe(results, n_images, seed):
    rng = np.random.default_rng(seed)
    return zip(*[results.names["make_believe"](rng) for _ in range(n_images)])


def test_the_make_believe_detector_makes_every_kind_of_mistake(results):
    matches = match_images(*make_believe(results, 60, seed=0))
    assert set(matches.outcome) == {"true positive", "duplicate", "poor localisation",
                                    "background"}
    assert matches.false_negatives > 0


def test_its_better_scores_are_more_often_right(results):
    matches = match_images(*make_believe(results, 200, seed=1))
    right = matches.outcome == "true positive"
    half = len(right) // 2
    assert np.mean(right[:half]) > np.mean(right[half:]) + 0.2
