"""A lesson is a script; here its cells run, one after another, and what they show is collected.

Lines `# %%` cut `lesson.py` into cells: text (`# %% [markdown]`, every line a comment) and code.
All code cells share one namespace, as in a notebook, and each is given the same `lesson`: where the
data lies, where results go, the seed, and how to show a picture (`begin`, in the first code cell).

What a cell prints goes to the terminal at once, and is kept; so are its pictures. From that the
terminal's text, the page (`page`) and the notebook (`notebook`) are made: three views of one run.
"""

from __future__ import annotations

import contextlib
import io
import json
import linecache
import re
import time
import traceback
from collections.abc import Mapping
from pathlib import Path

from lessons import InputError, NotLoaded, replace_file, why_not_loaded
from lessons.engine.running.lesson import Cell, CellRun, FirstPicture, Lesson, Text, current

MARKER = re.compile(r"^# %%(?P<kind> \[markdown\])?\s*$")


def cut_cells(text: str) -> list[Cell]:
    """The cells of a script, without what stands before the first marker.

    >>> cut_cells("# %% [markdown]\\n# # Title\\n# %%\\nx = 1\\n")
    [Cell(kind='markdown', line=2, source='# Title'), Cell(kind='code', line=4, source='x = 1')]
    """
    cells: list[Cell] = []
    lines: list[str] | None = None
    kind, first = "", 0
    for number, line in enumerate([*text.splitlines(), "# %%"], start=1):
        marker = MARKER.match(line)
        if not marker:
            if lines is not None:
                lines.append(line)
            continue
        source = "\n".join(lines or [])
        if kind == "markdown":
            source = re.sub(r"^# ?", "", source, flags=re.MULTILINE)
        if source.strip():
            blank = len(source) - len(source.lstrip("\n"))
            cells.append(Cell(kind, first + blank, source.strip("\n")))
        kind, first, lines = ("markdown" if marker["kind"] else "code"), number + 1, []
    return cells


class _Tee(io.TextIOBase):
    """Writes to the terminal, and keeps what was written with the cell that is running."""

    def __init__(self, lesson: Lesson):
        self._lesson = lesson
        self._terminal = lesson.terminal

    def write(self, text: str) -> int:
        shown = self._lesson.runs[-1].shown
        if shown and isinstance(shown[-1], Text):
            shown[-1] = Text(shown[-1].text + text)
        else:
            shown.append(Text(text))
        return self._terminal.write(text)

    def flush(self) -> None:
        self._terminal.flush()

    def isatty(self) -> bool:
        return self._terminal.isatty()


def run_cells(path: Path, lesson: Lesson, settings: Mapping[str, object] | None = None,
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


def _run_cell(cell: Cell, path: Path, names: dict, lesson: Lesson) -> None:
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


def _write_numbers(lesson: Lesson, seconds: dict[str, float]) -> None:
    """Write `summary.json`. JSON knows neither infinity nor NaN; they become null."""
    text = json.dumps({**lesson.numbers, "seconds": seconds}, default=lambda array: array.tolist())
    with replace_file(lesson.out / "summary.json", "w") as file:
        json.dump(json.loads(text, parse_constant=lambda name: None), file, indent=2)
        file.write("\n")
    print(f"\nAll results are in {lesson.out}; {sum(seconds.values()):.0f} s in all")
