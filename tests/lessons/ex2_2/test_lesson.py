"""Lesson 2.2 in miniature: every step runs, on pictures with people of a head and a body."""

import dataclasses

import numpy as np
import pytest

from lessons import InputError
from minicv import plotting
from tests.lessons.ex2_2.streets import write_pictures
from tests.lessons.running import walk

SMALL = dict(EVERY=1, WINDOW=(6, 3), LARGE_WINDOW=(8, 4), STEP=1.5, N_RESAMPLES=10,
             SWITCHES={"gamma": {"transform_sqrt": True}})


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A lesson of seconds: small windows, few switches, coarse pictures."""
    folder = tmp_path_factory.mktemp("street")
    write_pictures(folder / "StreetPed", [3, 2, 2] * 3)
    return walk("2.2", folder, folder, **SMALL)


def test_it_leaves_pictures_and_a_summary(results):
    assert sorted(path.name for path in results.out.iterdir()) == [
        "classifiers.png", "detections.png", "ladder.png", "mistakes.png", "patches.png",
        "pictures.png", "summary.json", "switches.png", "weights.png", "windows.png"]
    for picture in results.pictures:
        assert f"look at {picture}" in results.printed


def test_each_person_gives_seven_patches(results):
    assert ("to train on    12 people +   36 random +   36 offset =    84 patches"
            in results.printed)
    for row in results.numbers["on_patches"].values():
        assert np.sum(row["confusion"]) == 9 * 7  # three people in each of three pictures


def test_random_and_offset_boxes_by_hand_stay_in_the_picture(results):
    rng = np.random.default_rng(0)
    random_box, offset_box = results.names["random_box"], results.names["offset_box"]
    boxes = np.array([random_box((60, 20), (100, 150), rng) for _ in range(2000)])
    assert boxes.min(axis=0).tolist() == [0, 0, 20, 60]
    assert boxes.max(axis=0).tolist() == [130, 40, 150, 100]  # the border belongs to it
    moved = np.array([offset_box((5, 30, 25, 90), (100, 150), rng) for _ in range(2000)])
    assert moved.min(axis=0).tolist() == [1, 18, 21, 78]  # by a fifth: 4 and 12 pixels
    assert moved.max(axis=0).tolist() == [9, 40, 29, 100]  # as far as the picture reaches
    # In x and in y by a pixel at least, as the task asks: else it would show the person.
    assert (moved[:, 0] != 5).all() and (moved[:, 1] != 30).all()


def test_sliding_by_hand_is_what_the_library_does(results):
    np.testing.assert_allclose(results.names["by_hand"], results.names["quick"], atol=1e-12)
    assert np.array_equal(results.names["corners"], results.names["anchors"])


def test_the_confusion_matrix_and_the_accuracy_are_of_one_mind(results):
    for row in results.numbers["on_patches"].values():
        confusion = np.array(row["confusion"])
        assert row["accuracy"] == pytest.approx(np.trace(confusion) / confusion.sum())


def test_people_who_are_easy_to_see_are_found_at_the_top_of_the_ladder(results):
    numbers, rows = results.numbers, results.numbers["ladder"]
    assert len(rows) == 9
    assert rows[-1]["ap"] > 0.85 > rows[0]["ap"]
    assert numbers["ap_low"] <= rows[-1]["ap"] <= numbers["ap_high"]


def test_each_mistake_that_is_shown_is_in_another_picture(results):
    pictures = [int(image) for image, *_ in results.names["mistakes"]]
    assert 1 < len(pictures) == len(set(pictures))
    picture, = [one for one in results.lesson.pictures if one.path.stem == "mistakes"]
    assert "the pale box is the one meant" in picture.alt


def test_a_score_just_below_0_has_no_sign(results, monkeypatch):
    matches = results.names["matches"]
    monkeypatch.setitem(results.names, "matches",
                        dataclasses.replace(matches, score=np.full(len(matches.score), -0.04)))
    _, (axes,) = plotting.panels("2d")
    results.names["draw_finds"](axes, int(matches.image[0]), -1)
    assert {text.get_text() for text in axes.texts} == {"0.0"}


def test_the_reasons_of_the_best_finds_add_up(results):
    counts = results.numbers["outcomes"]
    assert sum(counts.values()) == 9  # as many as people
    assert counts["true positive"] >= 8


def test_a_switch_is_compared_with_the_notebooks_hog(results):
    (gamma,) = results.numbers["switches"]
    area = results.numbers["on_patches"]["linear SVM"]["roc_area"]
    assert gamma["gain"] == pytest.approx(gamma["roc_area"] - area)
    assert gamma["low"] <= gamma["high"]


def test_words_about_the_switches_follow_the_numbers(results):
    (gamma,) = results.numbers["switches"]
    told = gamma["low"] * gamma["high"] > 0
    assert f"These pictures can tell: {'gamma' if told else 'none of them'}" in results.printed
    assert f"{int(told)} of 1 lines" in results.lesson.pictures[-2].alt


def test_every_step_is_timed(results):
    seconds = results.numbers["seconds"]
    assert len(seconds) == 8 and all(title in results.printed for title in seconds)


def test_data_that_is_not_there_or_holds_nobody_is_named(tmp_path):
    with pytest.raises(InputError, match="neither the folders"):
        walk("2.2", tmp_path, tmp_path)
    write_pictures(tmp_path, [0] * 6)
    with pytest.raises(InputError, match="fewer than 8 people"):
        walk("2.2", tmp_path, tmp_path)


def test_scores_do_not_differ_from_themselves_and_differ_from_chance(results):
    paired_interval = results.names["paired_interval"]
    y = np.tile([1, 0, 0], 12)
    images = np.repeat(np.arange(12), 3)
    right, chance = y.astype(float), np.tile([0.5, 0.9, 0.1], 12)  # ROC areas 1 and 1/2
    assert paired_interval(right, right, y, images, seed=0) == [0, 0]
    assert paired_interval(right, chance, y, images, seed=0) == pytest.approx([0.5, 0.5])
