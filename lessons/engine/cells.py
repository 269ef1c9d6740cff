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
import math
import re
import sys
import textwrap
import time
import traceback
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path

from lessons import InputError, NotLoaded, read, replace_file, why_not_loaded

# -- cells -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """One cell.

    Attributes
    ----------
    kind : "markdown" or "code".
    line : number of its first line below the marker, in the file, from 1.
    source : its lines; of text without the comment signs.
    """

    kind: str
    line: int
    source: str

    @property
    def heading(self) -> str:
        """The heading of a section that begins here, or ""."""
        found = re.search(r"^## +(.*)", self.source, re.MULTILINE)
        return found[1].replace("`", "") if found and self.kind == "markdown" else ""


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


# -- what a cell shows -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Text:
    """What a cell printed."""

    text: str


@dataclass(frozen=True)
class Picture:
    """A picture file.

    Attributes
    ----------
    caption : what to look for.
    alt : what is on it, for those who cannot see it.
    meshes : by title, if it shows meshes that a page can turn.
    """

    path: Path
    caption: str
    alt: str
    meshes: Mapping[str, tuple] = field(default_factory=dict)


@dataclass
class CellRun:
    """A cell, what it showed, and how long it took; `error` if it ended the lesson."""

    cell: Cell
    shown: list[Text | Picture] = field(default_factory=list)
    seconds: float = 0.0
    error: str = ""


class FirstPicture(Exception):
    """Only the first picture was wanted, and it is there."""


class Lesson:
    """What the cells of a lesson are given.

    Attributes
    ----------
    data : folder of the input.
    out : folder for all results of this lesson; it is made.
    seed : for all random choices.
    """

    def __init__(self, number: str, data: Path, out: Path, seed: int, *,
                 first_picture: bool = False):
        self.number = number
        self.data = data
        self.out = out / f"ex{number.replace('.', '_')}"
        self.seed = seed
        self.numbers: dict = {"seed": seed}
        self.runs: list[CellRun] = []
        self._first_picture = first_picture
        self._terminal = sys.stdout
        self.out.mkdir(parents=True, exist_ok=True)

    def read(self, reader: Callable, path: Path):
        """`reader(path)`; a file that is missing or broken ends the lesson with one clear line."""
        return read(reader, path)

    def show(self, figure, name: str, caption: str, meshes: Mapping[str, tuple] | None = None
             ) -> None:
        """Save a figure of Matplotlib, and show it.

        Parameters
        ----------
        figure : Figure
        name : the name of the file in `out`, "points.png".
        caption : what to look for in it.
        meshes : by title, (vertices, faces) or (vertices, faces, colours): the page shows these to
            turn, and the figure where that does not work.
        """
        from minicv import plotting

        path = self.out / name
        plotting.save(figure, path)
        picture = Picture(path, caption, describe(figure), meshes or {})
        self.display(picture)
        if self._first_picture:
            raise FirstPicture

    def display(self, picture: Picture) -> None:
        if self.runs:
            self.runs[-1].shown.append(picture)
        print(textwrap.fill(f"look at {picture.path.name}: {picture.caption}", 100),
              file=self._terminal)

    @property
    def pictures(self) -> list[Picture]:
        """All that has been shown so far."""
        return [shown for run in self.runs for shown in run.shown if isinstance(shown, Picture)]

    def say(self, text: str) -> None:
        """Print sentences, in lines that fit a terminal."""
        print(textwrap.fill(" ".join(text.split()), 100))

    def record(self, **numbers) -> None:
        """Keep numbers for `summary.json`, to compare one run with another."""
        self.numbers |= numbers


class NotebookLesson(Lesson):
    """The same in a notebook: pictures appear below the cell."""

    def display(self, picture: Picture) -> None:
        from IPython.display import HTML, Image, display

        from lessons.engine.page import mesh_html

        if picture.meshes:
            display(HTML(mesh_html(picture, with_script=True)))
        else:
            display(Image(filename=str(picture.path)))
        print(picture.caption)


def describe(figure) -> str:
    """What a figure shows, in words, from its own titles and labels."""
    parts = [] if figure.get_suptitle() == "" else [figure.get_suptitle()]
    for axes in figure.axes:
        names = [name for name in (axes.get_xlabel(), axes.get_ylabel()) if name]
        title = axes.get_title()
        if title or names:
            parts.append(title + (f" ({' against '.join(names[::-1])})" if names else ""))
    return "; ".join(" ".join(part.split()) for part in parts) or "a figure"


# -- running ---------------------------------------------------------------------------------------

_running: ContextVar[Lesson | None] = ContextVar("running", default=None)


def begin(number: str, module: str) -> Lesson:
    """The `lesson` of a lesson's cells; in a script, it runs them all, and ends.

    Parameters
    ----------
    number : "1.4".
    module : the `__name__` of the caller.
    """
    lesson = _running.get()
    if lesson is not None:
        return lesson
    if "ipykernel" in sys.modules:
        return NotebookLesson(number, Path(__file__).resolve().parents[2] / "data",
                              Path("output"), seed=0)
    if module != "__main__":
        raise RuntimeError(f"a lesson runs, it is not imported: python -m lessons run {number}")
    from lessons.engine.command_line import main

    sys.exit(main(["run", number, *sys.argv[1:]]))


class _Tee(io.TextIOBase):
    """Writes to the terminal, and keeps what was written with the cell that is running."""

    def __init__(self, lesson: Lesson):
        self._lesson = lesson
        self._terminal = lesson._terminal

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
    token = _running.set(lesson)
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
        _running.reset(token)
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
        run.error = str(error)
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
    with replace_file(lesson.out / "summary.json", "w") as file:
        json.dump(_finite({**lesson.numbers, "seconds": seconds}), file, indent=2, allow_nan=False)
        file.write("\n")
    print(f"\nAll results are in {lesson.out}; {sum(seconds.values()):.0f} s in all")


def _finite(value):
    if isinstance(value, dict):
        return {str(name): _finite(entry) for name, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(entry) for entry in value]
    if hasattr(value, "tolist"):  # of NumPy
        return _finite(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
