"""Lesson 1.4: it leaves what it promises, and tells the sheet's numbers."""

import contextlib
import io
import json

import numpy as np
import pytest

from lessons.ex1_4_detection_metrics import lesson
from minicv.detection_metrics import match_images


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Folder of results, what was printed, and the summary, of fewer images than usual."""
    folder = tmp_path_factory.mktemp("lesson")
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(printed):
        patch.setattr(lesson, "N_IMAGES", 30)
        patch.setattr(lesson, "N_RESAMPLES", 20)
        lesson.run(folder, folder, seed=0)
    out = folder / "ex1_4"
    return out, printed.getvalue(), json.loads((out / "summary.json").read_text())


def test_it_leaves_pictures_and_a_summary(results):
    out, printed, _ = results
    assert sorted(path.name for path in out.iterdir()) == [
        "boxes.png", "conventions.png", "precision_recall.png", "summary.json", "thresholds.png"]
    for picture in out.glob("*.png"):
        assert f"look at {picture.name}" in printed


def test_it_prints_the_answers_of_the_sheet(results):
    _, printed, _ = results
    for answer in ("I = 15", "= 25   IoU = 0.6000", "tau = 0.5: TP = 1, FP = 4, FN = 3",
                   "tau = 0.3: TP = 3, FP = 2, FN = 1", "3/5 = 0.6", "3/4 = 0.75"):
        assert answer in printed


def test_precision_and_recall_fall_by_one_detection_at_each_iou(results):
    sweep = results[2]["sweep"]
    assert [row["precision"] for row in sweep[1:]] == [0.8, 0.6, 0.4, 0.2, 0]
    assert [row["recall"] for row in sweep[1:]] == [1, 0.75, 0.5, 0.25, 0]


def test_the_make_believe_detector_makes_every_kind_of_mistake():
    matches = match_images(*lesson.make_believe(60, seed=0))
    assert set(matches.outcome) == {"true positive", "duplicate", "poor localisation",
                                    "background"}
    assert matches.false_negatives > 0


def test_its_better_scores_are_more_often_right():
    matches = match_images(*lesson.make_believe(200, seed=1))
    right = matches.outcome == "true positive"
    half = len(right) // 2
    assert np.mean(right[:half]) > np.mean(right[half:]) + 0.2
