"""Lessons run by tests: small, on data of the test's own, printing into a string."""

import contextlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from lessons.engine.lesson import FirstPicture, LessonRun
from lessons.engine.running import run_cells
from lessons.engine.tasks import find_lessons
from minicv import plotting


def save_coarse(figure, path, dpi=20, save=plotting.save):
    """Nobody looks at the pictures of tests: these are coarse, and nothing is moved to fit.

    Without a layout engine they are drawn once; with "none" twice, as to measure for one.
    """
    figure.set_layout_engine(None)
    save(figure, path, dpi)


def save_blank(figure, path):
    """For lessons of which nothing is asked but numbers and words: an empty file."""
    path.touch()


coarse_pictures = mock.patch.object(plotting, "save", save_coarse)
blank_pictures = mock.patch.object(plotting, "save", save_blank)


@dataclass
class Walk:
    """What a lesson has left: its names, its text, its folder, its numbers."""

    names: dict
    printed: str
    out: Path
    lesson: LessonRun

    @property
    def numbers(self) -> dict:
        return json.loads((self.out / "summary.json").read_text(encoding="utf-8"))

    @property
    def pictures(self) -> list[str]:
        return [picture.path.name for picture in self.lesson.pictures]


def walk(number: str, data: Path, out: Path, seed: int = 0, until_first_picture: bool = False,
         pictures=coarse_pictures, **settings) -> Walk:
    """Run a lesson with other settings (names in capitals) than its own."""
    printed, names = io.StringIO(), {}
    with contextlib.redirect_stdout(printed), pictures:
        lesson = LessonRun(number, data, out, seed, first_picture=until_first_picture)
        with contextlib.suppress(FirstPicture):
            run_cells(find_lessons()[number].script, lesson, settings, names)
    too_wide = [line for line in printed.getvalue().replace(str(lesson.out), "").splitlines()
                if len(line) > 100 or line != line.rstrip()]
    assert not too_wide, too_wide
    return Walk(names, printed.getvalue(), lesson.out, lesson)
