"""The cells of a lesson: how they are cut, what they are given, and what they have shown.

Lines `# %%` cut `lesson.py` into cells: text (`# %% [markdown]`, every line a comment) and code.
All code cells share one namespace, as in a notebook, and each is given the same `lesson`: where the
data lies, where results go, the seed, and how to show a picture (`begin`, in the first code cell).
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path

from lessons import read

MARKER = re.compile(r"^# %%(?P<kind> \[markdown\])?\s*$")


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
    """A cell, what it printed and showed, and how long it took; `error` if it ended the lesson."""

    cell: Cell
    shown: list[str | Picture] = field(default_factory=list)
    seconds: float = 0.0
    error: str = ""


class FirstPicture(Exception):
    """Only the first picture was wanted, and it is there."""


class LessonRun:
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
        self.first_picture = first_picture
        self.terminal = sys.stdout
        self.out.mkdir(parents=True, exist_ok=True)

    read = staticmethod(read)

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
        if self.first_picture:
            raise FirstPicture

    def display(self, picture: Picture) -> None:
        if self.runs:
            self.runs[-1].shown.append(picture)
        turned = " (the page turns it)" if picture.meshes else ""
        print(textwrap.fill(f"look at {picture.path.name}{turned}: {picture.caption}", 100),
              file=self.terminal)

    @property
    def pictures(self) -> list[Picture]:
        """All that has been shown so far."""
        return [shown for run in self.runs for shown in run.shown if isinstance(shown, Picture)]

    def result(self, name: str) -> Path:
        """Where a view of this run goes: "lesson.html"; "unfinished.html" if the run has failed."""
        whole = self.out / name
        return whole.with_stem("unfinished") if any(run.error for run in self.runs) else whole

    def say(self, text: str) -> None:
        """Print sentences, in lines that fit a terminal."""
        print(textwrap.fill(" ".join(text.split()), 100))

    def record(self, **numbers) -> None:
        """Keep numbers for `summary.json`, to compare one run with another."""
        self.numbers |= numbers


def describe(figure) -> str:
    """What a figure shows, in words, from its own titles and labels."""
    parts = [] if figure.get_suptitle() == "" else [figure.get_suptitle()]
    for axes in figure.axes:
        names = [name for name in (axes.get_xlabel(), axes.get_ylabel()) if name]
        title = axes.get_title()
        if title or names:
            parts.append(title + (f" ({' against '.join(names[::-1])})" if names else ""))
    return "; ".join(" ".join(part.split()) for part in parts) or "a figure"


# The lesson whose cells are running; `lessons.begin` gives it to them.
current: ContextVar[LessonRun | None] = ContextVar("current", default=None)
