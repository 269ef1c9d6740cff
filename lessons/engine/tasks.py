"""Tasks, and where they are found.

A lesson is a folder, `lessons/exN_M_NAME/`. Its tasks stand in `check.py`, in a list TASKS; the
sections of `stub.py` and `solution.py` beside it (`sections`) belong to them.
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
from lessons.engine.mistakes import Mistake
from lessons.engine.sections import cut
from lessons.engine.verdict import Wrong

LESSONS = Path(__file__).resolve().parents[1]


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


def select_one(name: str, homes: Sequence[Lesson]) -> tuple[Lesson, Task]:
    """The one task of this name, with its lesson."""
    lesson, tasks = select([name], find_lessons(), homes[:1])[0]
    if lesson.failure:
        raise InputError(f"lesson {lesson.number}: {lesson.failure}")
    if len(tasks) != 1:
        raise InputError(f"{name} is more than one task; say which: "
                         f"{', '.join(task.name for task in tasks if task is not TASK_0)}")
    return lesson, tasks[0]
