"""The command `check`: run the checks, say what came out, and put it down; and `--watch`."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from lessons import InputError
from lessons.engine.reading import Source, read_answers
from lessons.engine.sandbox import run
from lessons.engine.tasks import (
    LESSONS,
    TASK_0,
    Lesson,
    Task,
    find,
    find_lessons,
    homes_of_task_0,
    select,
)
from lessons.engine.verdict import ERROR, PASSED, TODO, WRONG, Outcome, Progress, paint, remarks

MARGIN = " " * 9  # before what is said of a task
RUN = "python -m lessons"


def check(names: list[str], everything: bool, folder: Path, watching: bool = False) -> int:
    """Check tasks: the ones that are named, all, or from the next open one on.

    The exit code is 0 if all that were asked for pass, 1 if not. Who is `watching` need not be told
    to check again.
    """
    lessons = find_lessons()
    progress = Progress(folder)
    try:
        if names or everything:
            selection = select(names or list(lessons), lessons, homes_of_task_0(lessons, folder))
            outcomes = [outcome for lesson, tasks in selection
                        for outcome in _check_lesson(lesson, tasks, folder, progress)]
        else:
            outcomes = _check_next(lessons, folder, progress)
    finally:  # Ctrl-C during the third check must not lose what the first two have found
        if folder.is_dir():  # nothing has been started: leave no trace
            progress.save()
    _closing_words(outcomes, lessons, folder, progress, watching)
    return 0 if all(outcome.state == PASSED for outcome in outcomes) else 1


def _check_next(lessons: dict[str, Lesson], folder: Path, progress: Progress) -> list[Outcome]:
    """Check open tasks up to the first that does not pass: of lessons that are started first."""
    by_start = sorted(lessons.values(), key=lambda lesson: not lesson.answers(folder).is_file())
    outcomes = []
    for lesson in by_start:
        if not all(map(progress.passed, lesson.names)):
            tasks = [task for task in (TASK_0, *lesson.tasks)
                     if not progress.passed(lesson.tick(task.name))]
            outcomes += _check_lesson(lesson, tasks, folder, progress, only_next=True)
            if outcomes[-1].state != PASSED:
                break
    return outcomes


def _check_lesson(lesson: Lesson, tasks: list[Task], folder: Path, progress: Progress,
                  only_next: bool = False) -> list[Outcome]:
    """Check tasks of one lesson, print what comes out, and put it down.

    With `only_next`, stop at the first task that does not pass.
    """
    path = lesson.answers(folder)
    try:
        if lesson.failure:
            raise InputError(lesson.failure)
        source = read_answers(path, lesson.stub_text) if path.is_file() else None
    except InputError as error:
        print(f"Lesson {lesson.number}: {error}")
        return [Outcome(lesson.number, ERROR)]
    if source is None:
        print(f"Lesson {lesson.number} has not been started: {RUN} start {lesson.number}")
        tasks = [task for task in tasks if task is not TASK_0] or tasks
        checked: Iterator[Outcome] = (Outcome(task.name, TODO) for task in tasks)
    else:
        both = path.suffix == ".py" and path.with_suffix(".ipynb").is_file()
        print(f"Lesson {lesson.number}: {path}"
              f"{f' (and not {path.stem}.ipynb, which is there too)' if both else ''}")
        checked = run(path, tasks)
    titles = {task.name: task.title for task in tasks}
    width = max([6, *map(len, lesson.names)])
    outcomes = []
    with contextlib.closing(checked):
        for outcome in checked:
            print(f"  {outcome.task:<{width}} {paint(f'{outcome.state:<8}', outcome.state)} "
                  f"{titles[outcome.task]}")
            tick = lesson.tick(outcome.task)
            _print_remarks(outcome, source, progress.passed(tick))
            if source:
                progress.set_passed(tick, {PASSED: True, TODO: None}.get(outcome.state, False))
            outcomes.append(outcome)
            if only_next and outcome.state != PASSED:
                break
    return outcomes


def _print_remarks(outcome: Outcome, source: Source | None, passed_before: bool) -> None:
    """What there is to say about an outcome."""
    lines = remarks(outcome)
    if passed_before and outcome.state != PASSED:
        lines.insert(0, "It passed before: what has changed since?")
    section = find(source.text, outcome.task) if source and outcome.state == TODO else None
    if section:
        lines.append(source.place(section.line))
    for line in lines:
        print(f"{MARGIN}{line}".rstrip())


def _closing_words(outcomes: list[Outcome], lessons: dict[str, Lesson], folder: Path,
                   progress: Progress, watching: bool) -> None:
    # Task 0 is for trying out; counted are those of the sheet, as in the list.
    counted = [outcome for outcome in outcomes if outcome.task != TASK_0.name] or outcomes
    n_passed = sum(outcome.state == PASSED for outcome in counted)
    if any(outcome.state in (WRONG, ERROR) for outcome in outcomes):
        _warn_of_edits()
    print()
    total = [name for lesson in lessons.values() for name in lesson.names]
    if not outcomes or all(map(progress.passed, total)):
        print(f"All {len(total)} tasks pass. {RUN} check --all looks at them once more.")
        return
    print(f"{n_passed} of {len(counted)} pass.")
    failing = [outcome for outcome in outcomes if outcome.state != PASSED]
    if not any(lesson.answers(folder).is_file() for lesson in lessons.values()):
        asked = {outcome.task for outcome in failing}
        first = next((number for number, lesson in lessons.items() if asked & set(lesson.names)),
                     next(iter(lessons)))
        print(f"Nothing has been started yet: {folder.resolve()} has no answers (looked for with "
              f"the minicv in {LESSONS.parent}; --answers DIR names another folder)."
              f"\nBegin with:  {RUN} start {first}")
    elif watching:
        pass
    elif failing and not any(map(progress.passed, total)):
        print("Red is normal, and yellow is where you have not been yet. Edit the file, save it, "
              f"and run:\n    {RUN} check")
    elif not failing:
        print(f"Next:  {RUN} check")


def _warn_of_edits() -> None:
    """If minicv differs from the last commit, a wrong answer may not be the learner's fault."""
    command = ["git", "-C", str(LESSONS.parent), "status", "--porcelain", "--untracked-files=no",
               "--", "minicv", "lessons/engine", "lessons/*/check*"]
    try:
        status = subprocess.run(command, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return  # no git: nothing can be said
    files = [line[3:] for line in status.stdout.splitlines()]
    if status.returncode == 0 and files:
        others = f" and {len(files) - 1} more" if len(files) > 1 else ""
        print(f"note: minicv itself has been edited ({files[0]}{others}). If that was not on\n"
              "purpose: git diff shows what, git checkout -- FILE undoes it")


# -- watch -----------------------------------------------------------------------------------------


def watch(once: Callable[[], int], folder: Path, seconds: float = 0.3) -> None:
    """Run a check now, and again whenever an answer has been saved, until Ctrl-C."""
    while True:
        seen = _saved_at(folder)
        once()
        print(paint(f"Watching {folder}: save a file to check again, Ctrl-C ends.", "dim"))
        while _saved_at(folder) == seen:
            time.sleep(seconds)
        print(f"\n{'-' * 80}")


def _saved_at(folder: Path) -> dict[str, tuple[int, int]]:
    found = {}
    for path in [*folder.glob("*.py"), *folder.glob("*.ipynb")]:
        with contextlib.suppress(FileNotFoundError):  # an editor that saves by renaming
            status = path.stat()
            found[path.name] = status.st_mtime_ns, status.st_size
    return found
