"""Tasks: where they stand, and how they are named.

A lesson is a folder, `lessons/exN_M_NAME/`. Its tasks are told in `check.py`, in a list TASKS. In a
stub, in the worked answers, and in a learner's own file,

    # %% task 1.4a: intersection over union

begins the section of a task, which reaches to the next such line. What stands before the first is
the header: imports. The marker is a cell marker (`# %%`) at the same time, so that editors and
Jupyter (with jupytext) show each task as a cell; other cells may begin within a section.
"""

from __future__ import annotations

import ast
import functools
import importlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lessons import InputError, why_not_loaded
from lessons.engine.answer import Answer, Mistake
from lessons.engine.verdict import Wrong

LESSONS = Path(__file__).resolve().parents[1]
MARKER = re.compile(r"^# %% (?P<kind>task|wrong|right) (?P<task>[\w.]+)(?:: *(?P<title>.*?))?\s*$")


# -- files of answers, cut into tasks --------------------------------------------------------------


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
    names = [section.task for section in cut(stub)]
    old, *later = (find(text, name) for name in names[names.index(task):])
    lines = text.splitlines(keepends=True)
    start = end = next((section.line - 1 for section in later if section), len(lines))
    if old:
        start = old.line - 1
        end = start + len(old.text.splitlines())
    before = "".join(lines[:start])
    if before and not before.endswith("\n"):
        before += "\n"
    return before + find(stub, task).text + "".join(lines[end:])


def names_of_tasks(stub: str) -> dict[str, str]:
    """Which task each name of a stub belongs to.

    >>> names_of_tasks("import math\\n# %% task 1.4b: counts\\nTP = FP = None\\n")
    {'TP': '1.4b', 'FP': '1.4b'}
    """
    return {name: section.task for section in cut(stub) if section.task
            for statement in ast.parse(section.text).body for name in defined_names(statement)}


def defined_names(statement: ast.stmt) -> list[str]:
    """The names that a statement at the top level gives a value, other than by importing."""
    if hasattr(statement, "name"):
        return [statement.name]
    return [node.id for node in ast.walk(statement)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]


def wanted_names(section: Section) -> list[str]:
    """The names of a stub that are for the learner to fill in; in task 0 all.

    >>> wanted_names(Section("1.4b", "", 1, "TP = None\\nFP = None\\nBOXES = [1]\\n"))
    ['TP', 'FP']
    """
    return [name for node in ast.parse(section.text).body for name in defined_names(node)
            if section.task == "0" or f"task {section.task}" in ast.unparse(node)
            or isinstance(node, ast.Assign) and "None" in ast.unparse(node.value)]


# -- tasks and lessons -----------------------------------------------------------------------------


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
    cases = [(3,), (0,), (-1.5,)]
    for x, in cases:
        result = answer.call("double", x)
        if isinstance(result, str):
            raise Wrong("text-for-number", f"double({x})", got=repr(result), expected=str(2 * x),
                        cause="this is text; a number is wanted")
    answer.results("double", cases, lambda x: 2 * x, mistakes=[
        Mistake("squared", lambda x: x * x, "this is the square")])


TASK_0 = Task(
    "0", "The first minute: this one passes already", _check_double,
    hints=("It passes as it is. Break it on purpose, check, and see how a mistake is reported.",
           "Twice x: double(x) = x + x.",
           "    return x + x"),
    read="README.md")


class Lesson:
    """A lesson and its tasks.

    Their checks are loaded when they are first asked for: what they hold answers against is minicv,
    which takes a while, and does not load at all while somebody is in the middle of editing it.

    Attributes
    ----------
    number : "1.4".
    stem : the name of its folder, and of the learner's own file: "ex1_4_detection_metrics".
    file : the name of a learner's own file.
    script, stub, solution : its files.
    """

    def __init__(self, stem: str):
        self.stem, self.file = stem, f"{stem}.py"
        self.number = ".".join(re.match(r"ex(\d+)_(\d+)_", stem).groups())
        folder = LESSONS / stem
        self.script, self.stub = folder / "lesson.py", folder / "stub.py"
        self.solution = folder / "solution.py"

    def answers(self, folder: Path) -> Path:
        """A learner's own file: a notebook, if that is there and no `.py`."""
        path = folder / self.file
        notebook = path.with_suffix(".ipynb")
        return notebook if notebook.is_file() and not path.is_file() else path

    @property
    def stub_text(self) -> str:
        return self.stub.read_text(encoding="utf-8")

    @property
    def title(self) -> str:
        """Its TITLE, read from its text: to import it takes a second, if it does at all."""
        text = self.script.read_text(encoding="utf-8")
        title = re.search(r"^TITLE = (['\"])(.*)\1$", text, re.MULTILINE)
        return title[2] if title else "its file has no line TITLE = \"...\""

    @functools.cached_property
    def names(self) -> list[str]:
        """The names of its tasks, without task 0, from the stub alone."""
        return [section.task for section in cut(self.stub_text)
                if section.task not in ("", TASK_0.name)]

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
            return tuple(importlib.import_module(f"lessons.{self.stem}.check").TASKS), ""
        except Exception as error:  # anything can be wrong with a file that is being edited
            return (), f"its checks do not load: {why_not_loaded(error)}"


def find_lessons() -> dict[str, Lesson]:
    """All lessons, by number, in the order of the sheet."""
    lessons = [Lesson(path.parent.name) for path in LESSONS.glob("ex*_*_*/lesson.py")]
    lessons.sort(key=lambda lesson: [int(part) for part in lesson.number.split(".")])
    return {lesson.number: lesson for lesson in lessons}


def find_lesson(number: str) -> Lesson:
    """The lesson of this number; if there is none, an `InputError` says which there are."""
    lessons = find_lessons()
    if number not in lessons:
        raise InputError(f"there is no lesson {number}; there are: {', '.join(lessons)}")
    return lessons[number]


def homes_of_0(lessons: dict[str, Lesson], folder: Path) -> list[Lesson]:
    """The lessons whose task 0 is meant by "0": all that have been started, or the first."""
    started = [lesson for lesson in lessons.values() if lesson.answers(folder).is_file()]
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
            raise InputError(f"there is no lesson or task {name}; there are tasks in: "
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


def select_one(name: str, homes: Sequence[Lesson]) -> tuple[Lesson, Task]:
    """The one task of this name, with its lesson."""
    lesson, tasks = select([name], find_lessons(), homes[:1])[0]
    if lesson.failure:
        raise InputError(f"lesson {lesson.number}: {lesson.failure}")
    if len(tasks) != 1:
        raise InputError(f"{name} is more than one task; say which: "
                         f"{', '.join(task.name for task in tasks if task is not TASK_0)}")
    return lesson, tasks[0]
