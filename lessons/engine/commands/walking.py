"""Walk through lessons: the commands `run` and `notebook`."""

from __future__ import annotations

import contextlib
import importlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

from lessons import InputError, NotLoaded, why_not_loaded
from lessons.engine.running import cells, notebook, page
from lessons.engine.running.lesson import FirstPicture
from lessons.engine.running.lesson import Lesson as Walk
from lessons.engine.tasks import Lesson, find_lesson, find_lessons


def run(ids: Sequence[str], data: Path, out: Path, seed: int, figure: bool, ablation: bool,
        image: Path | None) -> None:
    """Run these lessons, or all; or what one of them has instead, with an option of its own."""
    lessons = [find_lesson(number) for number in ids] or list(find_lessons().values())
    instead = {"1.2": (ablation, "--ablation", "ablation", (data, seed)),
               "2.2": (image, f"--image {image}", "photo", (image, out))}
    for number, (given, option, *_) in instead.items():
        if given and ids != [number]:
            raise InputError(f"this is for lesson {number} alone: "
                             f"python -m lessons run {number} {option}")
    if figure and len(ids) != 1:
        raise InputError("--figure is for one lesson: python -m lessons run 1.4 --figure")
    if not data.is_dir():
        raise InputError(f"there is no folder {data}")
    _make_writable(out)
    for number, (given, _, part, arguments) in instead.items():
        if given:
            _load(f"lessons.{find_lesson(number).stem}.{part}").run(*arguments)
            return
    for n, lesson in enumerate(lessons):
        print("\n\n" if n else "", end="")
        _walk(lesson, Walk(lesson.number, data, out, seed, first_picture=figure))


def _load(module: str):
    try:
        return importlib.import_module(module)
    except Exception as error:  # minicv, or the lesson, is being edited
        raise InputError(f"{module} does not load: {why_not_loaded(error)}") from error


def _walk(lesson: Lesson, walked: Walk, notebook_too: bool = False) -> None:
    """Run the cells of a lesson; write its page and notebook, also of what came before an error."""
    print(f"Lesson {lesson.number}: {lesson.title}")
    try:
        cells.run_cells(lesson.script, walked)
    except FirstPicture:
        print(f"It is {walked.pictures[0].path}")
        return
    finally:
        with contextlib.suppress(NotLoaded):  # minicv is being edited, as has been said
            if not walked.first_picture:
                written = page.write_page(walked, lesson.title)
                index = page.write_index(walked.out.parent, [
                    (one.number, one.title) for one in find_lessons().values()])
                if written.name != "lesson.html":
                    print(f"\nWhat it showed before it ended is in {written}")
                    if (walked.out / "lesson.html").exists():
                        print("lesson.html beside it is that of an earlier run")
            if notebook_too:
                notebook.write_notebook(walked.result("lesson.ipynb"), lesson.script, walked)
    for suffix in (".html", ".ipynb"):  # of an earlier run that failed
        (walked.out / f"unfinished{suffix}").unlink(missing_ok=True)
    print(f"open {index}")


def write_notebook(lesson: str, data: Path, out: Path, seed: int, empty: bool) -> None:
    """Write a lesson as a notebook, with what its cells show or without."""
    found = find_lesson(lesson)
    _make_writable(out)
    walked = Walk(found.number, data, out, seed)
    if empty:
        notebook.write_notebook(walked.out / "lesson.ipynb", found.script)
    else:
        _walk(found, walked, notebook_too=True)
    print(f"The notebook is {walked.out / 'lesson.ipynb'}")


def _make_writable(folder: Path) -> None:
    """Make the folder and try to write there, before any work is done that would be lost."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise InputError(f"cannot write into the folder {folder}: {error.strerror}") from error
