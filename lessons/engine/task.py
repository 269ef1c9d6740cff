"""Tasks, and where they are found.

The tasks of a lesson stand in `lessons/exN_M_NAME/check.py`, in a list TASKS; `stub.py` and
`solution.py` beside it belong to them.
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
from lessons.engine.sections import cut
from lessons.engine.verdict import Wrong

LESSONS = Path(__file__).resolve().parents[1]

SECONDS = 10.0


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
    seconds: float = SECONDS


def _check_double(answer: Answer) -> None:
    for number in (3, 0, -1.5):
        result = answer.call("double", number)
        if result is None:
            raise Wrong("nothing-returned", f"double({number})", got="None",
                        expected=str(2 * number),
                        cause="a function that prints its result still has to return it")
        if isinstance(result, str):
            raise Wrong("text-for-number", f"double({number})", got=repr(result),
                        expected=str(2 * number), cause="this is text; a number is wanted")
        if result != 2 * number:
            squared = result == number * number
            raise Wrong("squared" if squared else "other", f"double({number})", got=str(result),
                        expected=str(2 * number),
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
    """The tasks of a lesson.

    Their checks are loaded when they are first asked for: what they hold answers against is minicv,
    which takes a while, and does not load at all while somebody is in the middle of editing it.

    Attributes
    ----------
    number : "1.4".
    stem : the name of its files, "ex1_4_detection_metrics".
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
    """The tasks of the lesson whose files have this name."""
    return tuple(importlib.import_module(f"lessons.{stem}.check").TASKS)


def find_lessons() -> dict[str, Lesson]:
    """All lessons that have tasks, by number, in the order of the sheet."""
    found = sorted((*_numbers(path.parent.name), path.parent.name)
                   for path in LESSONS.glob("ex*_*_*/check.py"))
    return {f"{part}.{number}": Lesson(f"{part}.{number}", stem) for part, number, stem in found}


def _numbers(stem: str) -> tuple[int, int]:
    """"ex1_4_detection_metrics" -> (1, 4)."""
    part, number = re.match(r"ex(\d+)_(\d+)_", stem).groups()
    return int(part), int(number)


def homes_of_task_0(lessons: dict[str, Lesson], folder: Path) -> list[Lesson]:
    """The lessons whose task 0 is meant by "0": all that have been started, or the first."""
    started = [lesson for lesson in lessons.values() if (folder / lesson.file).is_file()]
    return started or list(lessons.values())[:1]


def tidy(name: str) -> str:
    """A task as people write it, as it is called here: "1.3a(ii)", "1.3aii" -> "1.3a.ii".

    Examples
    --------
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
    Tasks stand in the order of the sheet.

    Raises
    ------
    InputError : there is no such task; the message says which there are.
    """
    wanted = {}
    for name in map(tidy, names):
        if name == "0":
            for home in homes:
                wanted.setdefault(home.number, set()).add("0")
            continue
        lesson = lessons.get(re.match(r"\d+\.\d+|", name)[0])
        if lesson is None:
            raise InputError(f"there is no lesson or task {name} to check; there are tasks in: "
                             f"{', '.join(lessons)}")
        if lesson.failure:
            wanted[lesson.number] = set()
            continue
        known = ["0"] if name == lesson.number else []
        known += [task.name for task in lesson.tasks
                  if name in (lesson.number, task.name, task.name.rpartition(".")[0])]
        if not known:
            raise InputError(f"there is no task {name}; lesson {lesson.number} has "
                             f"{', '.join(task.name for task in lesson.tasks)}")
        wanted.setdefault(lesson.number, set()).update(known)
    return [(lesson, [task for task in (TASK_0, *lesson.tasks) if task.name in wanted[number]])
            for number, lesson in lessons.items() if number in wanted]
