"""Tasks, where they are found, and files of answers, cut into tasks at their marker lines.

The tasks of a lesson stand in `lessons/exN_M_NAME/check.py`, in a list TASKS; `stub.py` and
`solution.py` beside it belong to them. In both, and in a learner's own file,

    # %% task 1.4a: intersection over union

begins the section of a task, which reaches to the next such line. What stands before the first is
the header: imports. The marker is a cell marker (`# %%`) at the same time, so that editors and
Jupyter (with jupytext) show each task as a cell; other cells may begin within a section.
"""

from __future__ import annotations

import functools
import importlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lessons import InputError, why_not_loaded
from lessons.engine.answer import Answer
from lessons.engine.verdict import Wrong

LESSONS = Path(__file__).resolve().parents[1]
MARKER = re.compile(r"^# %% (?P<kind>task|wrong|right) (?P<task>[\w.]+)(?:: *(?P<title>.*?))?\s*$")


# -- sections --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Section:
    """One section of a file.

    Attributes
    ----------
    task : "1.4a", or "" for the header.
    title : what stands after the colon.
    line : number of its first line (the marker) in the file, from 1.
    text : all of its lines, the marker included.
    """

    task: str
    title: str
    line: int
    text: str


def cut(text: str, kind: str = "task") -> list[Section]:
    """The header and all sections, in the order of the file; their texts together are the file.

    >>> header, a = cut("import math\\n# %% task 1.4a: overlap\\nx = 1\\n")
    >>> a.task, a.title, a.line, a.text
    ('1.4a', 'overlap', 2, '# %% task 1.4a: overlap\\nx = 1\\n')
    """
    lines = text.splitlines(keepends=True)
    starts, names = [0], [("", "")]
    for number, line in enumerate(lines):
        marker = MARKER.match(line)
        if marker and marker["kind"] == kind:
            starts.append(number)
            names.append((marker["task"], marker["title"] or ""))
    return [Section(task, title, start + 1, "".join(lines[start:end]))
            for (task, title), start, end in zip(names, starts, [*starts[1:], len(lines)])]


def find(text: str, task: str) -> Section | None:
    """The section of a task, or None if its marker line is not there."""
    return next((section for section in cut(text) if section.task == task), None)


def restore(text: str, task: str, stub: str) -> str:
    """The text with one section as it is in the stub.

    If its marker line is missing, the section is put in before the next one of the stub that is
    there, or at the end.
    """
    old = find(text, task)
    lines = text.splitlines(keepends=True)
    if old is not None:
        start = old.line - 1
        end = start + len(old.text.splitlines())
    else:
        names = [section.task for section in cut(stub)]
        later = [find(text, name) for name in names[names.index(task) + 1:]]
        start = end = next((section.line - 1 for section in later if section), len(lines))
    before = "".join(lines[:start])
    if before and not before.endswith("\n"):
        before += "\n"
    return before + find(stub, task).text + "".join(lines[end:])


# -- tasks -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Task:
    """One task.

    Attributes
    ----------
    name : as on the sheet, "1.4a"; with parts "1.3a.i".
    title : a few words for the list.
    check : called with the `Answer`; returns if it is right, raises `Wrong` if not. A
        `NotImplementedError` from the stub makes the task read `todo`.
    hints : the idea, the formula, nearly the code.
    read : where in minicv to read about it.
    seconds : after how long the check is given up. Three times what a right answer may need.
    """

    name: str
    title: str
    check: Callable[[Answer], None]
    hints: tuple[str, str, str]
    read: str
    seconds: float = 10.0


def _check_double(answer: Answer) -> None:
    for number in (3, 0, -1.5):
        result = answer.call("double", number)
        told = {"what": f"double({number})", "expected": str(2 * number)}
        if result is None:
            raise Wrong("nothing-returned", **told, got="None",
                        cause="a function that prints its result still has to return it")
        if isinstance(result, str):
            raise Wrong("text-for-number", **told, got=repr(result),
                        cause="this is text; a number is wanted")
        if result != 2 * number:
            squared = result == number * number
            raise Wrong("squared" if squared else "other", **told, got=str(result),
                        cause="this is the square" if squared else
                        "double(x) is x + x; `reset 0` brings back what stood there")


TASK_0 = Task(
    "0", "The first minute: this one passes already", _check_double,
    hints=("It passes as it is. Break it on purpose, check, and see how a mistake is reported.",
           "Twice x: double(x) = x + x.",
           "    return x + x"),
    read="README.md")


@dataclass(frozen=True)
class Lesson:
    """A lesson and its tasks.

    Their checks are loaded when they are first asked for: what they hold answers against is minicv,
    which takes a while, and does not load at all while somebody is in the middle of editing it.

    Attributes
    ----------
    number : "1.4".
    stem : the name of its folder, and of the learner's own file: "ex1_4_detection_metrics".
    """

    number: str
    stem: str

    @property
    def file(self) -> str:
        """The name of a learner's own file."""
        return f"{self.stem}.py"

    @property
    def stub(self) -> Path:
        return LESSONS / self.stem / "stub.py"

    @property
    def solution(self) -> Path:
        return LESSONS / self.stem / "solution.py"

    @property
    def script(self) -> Path:
        return LESSONS / self.stem / "lesson.py"

    @property
    def title(self) -> str:
        """Its TITLE, read from its text: to import it takes a second, if it does at all."""
        text = self.script.read_text(encoding="utf-8")
        title = re.search(r"^TITLE = (['\"])(.*)\1$", text, re.MULTILINE)
        return title[2] if title else "its file has no line TITLE = \"...\""

    @functools.cached_property
    def names(self) -> list[str]:
        """The names of its tasks, without task 0, from the stub alone."""
        stub = self.stub.read_text(encoding="utf-8")
        return [section.task for section in cut(stub) if section.task not in ("", TASK_0.name)]

    def tick(self, task: str) -> str:
        """Under which name the progress file has the tick of a task; each lesson has a task 0."""
        return f"{self.number}:{task}" if task == TASK_0.name else task

    @property
    def tasks(self) -> tuple[Task, ...]:
        """In the order of the sheet, without task 0; none if there is a `failure`."""
        return self._loaded[0]

    @property
    def failure(self) -> str:
        """Why its checks cannot be loaded; empty if they can."""
        return self._loaded[1]

    @functools.cached_property
    def _loaded(self) -> tuple[tuple[Task, ...], str]:
        try:
            return load_tasks(self.stem), ""
        except Exception as error:  # anything can be wrong with a file that is being edited
            return (), f"its checks do not load: {why_not_loaded(error)}"


def load_tasks(stem: str) -> tuple[Task, ...]:
    """The tasks of the lesson whose folder has this name."""
    return tuple(importlib.import_module(f"lessons.{stem}.check").TASKS)


def find_lessons() -> dict[str, Lesson]:
    """All lessons, by number, in the order of the sheet."""
    found = {}
    for path in LESSONS.glob("ex*_*_*/lesson.py"):
        part, number = re.match(r"ex(\d+)_(\d+)_", path.parent.name).groups()
        found[int(part), int(number)] = Lesson(f"{part}.{number}", path.parent.name)
    return {found[place].number: found[place] for place in sorted(found)}


def homes_of_task_0(lessons: dict[str, Lesson], folder: Path) -> list[Lesson]:
    """The lessons whose task 0 is meant by "0": all that have been started, or the first."""
    started = [lesson for lesson in lessons.values() if (folder / lesson.file).is_file()]
    return started or list(lessons.values())[:1]


def tidy(name: str) -> str:
    """A task as people write it, as it is called here: "1.3a(ii)", "1.3aii" -> "1.3a.ii".

    >>> tidy("1.3a(ii)"), tidy("1.4A"), tidy("ex1.2b")
    ('1.3a.ii', '1.4a', '1.2b')
    """
    name = re.sub(r"[\s()]|^ex", "", name.lower())
    parts = re.match(r"^(\d+\.\d+[a-z])[.\-]?([ivx]+)$", name)
    return f"{parts[1]}.{parts[2]}" if parts else name


def select(names: list[str], lessons: dict[str, Lesson],
           homes: Sequence[Lesson]) -> list[tuple[Lesson, list[Task]]]:
    """The tasks that are meant by "1.4", "1.4a", "1.3a" (all its parts) or "0", by lesson.

    A lesson that is named brings its task 0 with it; "0" alone is the one of each in `homes`.
    Tasks stand in the order of the sheet. If there is no such task, an `InputError` says which
    there are.
    """
    wanted: dict[str, set[str]] = {}
    for name in map(tidy, names):
        if name == "0":
            for home in homes:
                wanted.setdefault(home.number, set()).add("0")
            continue
        lesson = lessons.get(re.match(r"\d+\.\d+|", name)[0])
        if lesson is None:
            raise InputError(f"there is no lesson or task {name} to check; there are tasks in: "
                             f"{', '.join(lessons)}")
        known = ["0"] if name == lesson.number else []
        known += [task.name for task in lesson.tasks
                  if name in (lesson.number, task.name, task.name.rpartition(".")[0])]
        if not known and not lesson.failure:
            raise InputError(f"there is no task {name}; lesson {lesson.number} has "
                             f"{', '.join(task.name for task in lesson.tasks)}")
        wanted.setdefault(lesson.number, set()).update(known)
    return [(lesson, [task for task in (TASK_0, *lesson.tasks) if task.name in wanted[number]])
            for number, lesson in lessons.items() if number in wanted]
