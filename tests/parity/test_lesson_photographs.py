"""Lesson 2.2 on real photographs: right results, and no word that is true of drawn streets alone.

Needs the photographs, in a folder named by the environment variable MINICV_DATA.
"""

import os
import re
from pathlib import Path

import pytest

from tests.lessons.running import walk

pytestmark = pytest.mark.skipif("MINICV_DATA" not in os.environ, reason="needs MINICV_DATA, a "
                                "folder that holds PennFudanPed")


def test_the_lesson_runs_on_photographs(tmp_path):
    lesson = walk("2.2", Path(os.environ["MINICV_DATA"]), tmp_path, EVERY=4, STEP=1.4,
                  SWITCHES={"gamma": {"transform_sqrt": True}}, N_RESAMPLES=20)
    numbers = lesson.numbers
    assert sum(numbers["pictures"]) > 100
    # With a pyramid and mined negatives, though from a quarter of the pictures: better than the
    # sliding window alone, which finds people of one size.
    mined = next(row["ap"] for row in numbers["ladder"] if row["name"].startswith("2 "))
    assert mined > numbers["sliding_window"]["linear SVM"]["ap"] + 0.05 > 0.35
    captions = " ".join(f"{one.caption} {one.alt}" for one in lesson.lesson.pictures)
    assert not re.search("drawn|synthetic|StreetPed|Penn-Fudan", lesson.printed + captions)
