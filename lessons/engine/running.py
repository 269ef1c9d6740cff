"""The commands `run` and `notebook`: the cells of a lesson run, one after another.

What a cell prints goes to the terminal at once, and is kept; so are its pictures. From that the
terminal's text, the page (`page`) and the notebook (`notebook`) are made: three views of one run.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import linecache
import re
import tempfile
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path

from lessons import InputError, NotLoaded, replace_file, why_not_loaded
from lessons.engine import notebook, page
from lessons.engine.lesson import Cell, CellRun, FirstPicture, LessonRun, current, cut_cells
from lessons.engine.tasks import Lesson, find_lesson, find_lessons


class _Tee(io.TextIOBase):
    """Writes to the terminal, and keeps what was written with the cell that is running."""

    def __init__(self, lesson: LessonRun):
        self._lesson = lesson
        self._terminal = lesson.terminal

    def write(self, text: str) -> int:
        shown = self._lesson.runs[-1].shown
        if shown and isinstance(shown[-1], str):
            shown[-1] += text
        else:
            shown.append(text)
        return self._terminal.write(text)

    def flush(self) -> None:
        self._terminal.flush()

    def isatty(self) -> bool:
        return self._terminal.isatty()


def run_cells(path: Path, lesson: LessonRun, settings: Mapping[str, object] | None = None,
              names: dict | None = None) -> dict:
    """Run all cells of a lesson's file.

    Parameters
    ----------
    path : the file.
    lesson : what the cells are given; `lesson.runs` has what they showed, also after an error.
    settings : values for names in capitals that the lesson sets, such as EPOCHS: each replaces the
        lesson's own as soon as that is set.
    names : the namespace of the cells; what they leave is in it also after an error.

    Returns
    -------
    dict
        The names that the cells have left.

    Raises
    ------
    InputError
        A cell failed; the line says where and why.
    """
    text = path.read_text(encoding="utf-8")
    linecache.cache[str(path)] = (len(text), None, text.splitlines(keepends=True), str(path))
    names = {} if names is None else names
    names |= {"__name__": "__main__", "__file__": str(path)}
    settings = dict(settings or {})
    token = current.set(lesson)
    started, heading, seconds = time.perf_counter(), "", {}
    try:
        for cell in cut_cells(text):
            if cell.heading:
                _end_of_section(heading, started, seconds)
                heading, started = cell.heading, time.perf_counter()
                print(f"\n{heading}\n{'-' * len(heading)}")
            lesson.runs.append(CellRun(cell))
            if cell.kind == "code":
                _run_cell(cell, path, names, lesson)
                for name in settings.keys() & names.keys():
                    names[name] = settings[name]
        _end_of_section(heading, started, seconds)
    finally:
        current.reset(token)
    unknown = settings.keys() - names.keys()
    if unknown:
        raise InputError(f"the lesson sets no {', '.join(sorted(unknown))}")
    _write_numbers(lesson, seconds)
    return names


def _run_cell(cell: Cell, path: Path, names: dict, lesson: LessonRun) -> None:
    run, start = lesson.runs[-1], time.perf_counter()
    try:
        code = compile("\n" * (cell.line - 1) + cell.source, str(path), "exec")
        with contextlib.redirect_stdout(_Tee(lesson)):
            exec(code, names)
    except (InputError, FirstPicture, KeyboardInterrupt, BrokenPipeError) as error:
        run.error = "Ctrl-C" if isinstance(error, KeyboardInterrupt) else str(error)
        raise
    except Exception as error:
        frames = [frame for frame in traceback.extract_tb(error.__traceback__)
                  if frame.filename == str(path)]
        line = frames[-1].lineno if frames else cell.line
        if frames and re.match(r"\s*(from|import)\b", frames[-1].line or ""):
            run.error = f"lessons/{path.parent.name} does not load: {why_not_loaded(error)}"
            raise NotLoaded(run.error) from error
        run.error = (f"{path}, line {line}: {type(error).__name__}: "
                     f"{' '.join(str(error).split())}")
        raise InputError(run.error) from error
    finally:
        run.seconds = time.perf_counter() - start


def _end_of_section(heading: str, started: float, seconds: dict[str, float]) -> None:
    if heading:
        seconds[heading] = time.perf_counter() - started
        print(f"[{seconds[heading]:.1f} s]")


def _write_numbers(lesson: LessonRun, seconds: dict[str, float]) -> None:
    """Write `summary.json`. JSON knows neither infinity nor NaN; they become null."""
    text = json.dumps({**lesson.numbers, "seconds": seconds}, default=lambda array: array.tolist())
    with replace_file(lesson.out / "summary.json", "w") as file:
        json.dump(json.loads(text, parse_constant=lambda name: None), file, indent=2)
        file.write("\n")
    print(f"\nAll results are in {lesson.out}; {sum(seconds.values()):.0f} s in all")


# -- the commands ----------------------------------------------------------------------------------


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
        _walk(lesson, LessonRun(lesson.number, data, out, seed, first_picture=figure))


def _load(module: str):
    try:
        return importlib.import_module(module)
    except Exception as error:  # minicv, or the lesson, is being edited
        raise InputError(f"{module} does not load: {why_not_loaded(error)}") from error


def _walk(lesson: Lesson, walked: LessonRun, notebook_too: bool = False) -> None:
    """Run the cells of a lesson; write its page and notebook, also of what came before an error."""
    print(f"Lesson {lesson.number}: {lesson.title}")
    if not walked.first_picture:
        print("(Its numbers are here; its words, code and pictures on the page that it writes.)")
    try:
        run_cells(lesson.script, walked)
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
    walked = LessonRun(found.number, data, out, seed)
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
