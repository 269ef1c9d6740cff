"""The command `check`: run the checks, say what came out, and put it down; and `--watch`.

`check_here` is the same for one task where its answer stands, in a notebook:

    from lessons import check
    check("2.1a", get_train_val_split)      a function or class, known by its name
    check("1.4b", TP=1, FP=4, FN=3)         numbers by name, or in the order of the stub
    check("1.4b")                           what the notebook has under the names of the stub

What is checked there is not ticked in the list; `python -m lessons check` reads the same notebook
once it is saved.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from lessons import InputError
from lessons.engine import loading
from lessons.engine.reading import CELL, Source, read_answers
from lessons.engine.tasks import (
    LESSONS,
    TASK_0,
    Lesson,
    Section,
    Task,
    find,
    find_lessons,
    homes_of_0,
    select,
    select_one,
    wanted_names,
)
from lessons.engine.verdict import (
    ERROR,
    PASSED,
    RUN,
    TODO,
    WRONG,
    Outcome,
    Progress,
    paint,
    remarks,
)
from lessons.engine.watching import run

MARGIN = " " * 9  # before what is said of a task


def check(names: Sequence[str], everything: bool, answers: Path, watch: bool = False) -> int:
    """Check the tasks that are named, or all, or from the next open one on; or `watch`.

    The exit code is 0 if all that were asked for pass, 1 if not.
    """
    if everything and names:
        raise InputError("check either --all or what you name, not both")
    while watch:  # until Ctrl-C
        seen = _saved_at(answers)
        _check(names, everything, answers, watch)
        print(paint(f"Watching {answers}: save a file to check again, Ctrl-C ends.", "dim"))
        while _saved_at(answers) == seen:
            time.sleep(0.3)
        print(f"\n{'-' * 80}")
    return _check(names, everything, answers, watch)


def _saved_at(folder: Path) -> dict[str, tuple[int, int]]:
    found = {}
    for path in [*folder.glob("*.py"), *folder.glob("*.ipynb")]:
        with contextlib.suppress(FileNotFoundError):  # an editor that saves by renaming
            status = path.stat()
            found[path.name] = status.st_mtime_ns, status.st_size
    return found


def _check(names: Sequence[str], everything: bool, folder: Path, watching: bool) -> int:
    lessons, progress = find_lessons(), Progress(folder)
    if names or everything:
        selection = select(names or list(lessons), lessons, homes_of_0(lessons, folder))
        checked = (outcome for lesson, tasks in selection
                   for outcome in _check_lesson(lesson, tasks, folder, progress))
    else:
        checked = _check_next(lessons, folder, progress)
    try:
        outcomes = list(checked)
    finally:  # Ctrl-C during the third check must not lose what the first two have found
        if folder.is_dir():  # nothing has been started: leave no trace
            progress.save()
    _closing_words(outcomes, lessons, folder, progress, watching)
    return 0 if all(outcome.state == PASSED for outcome in outcomes) else 1


def _check_next(lessons: dict[str, Lesson], folder: Path, progress: Progress) -> Iterator[Outcome]:
    """Check open tasks up to the first that does not pass: of lessons that are started first."""
    for lesson in sorted(lessons.values(), key=lambda one: not one.answers(folder).is_file()):
        if all(map(progress.passed, lesson.names)):
            continue
        tasks = [task for task in (TASK_0, *lesson.tasks)
                 if not progress.passed(lesson.tick(task.name))]
        with contextlib.closing(_check_lesson(lesson, tasks, folder, progress)) as outcomes:
            for outcome in outcomes:
                yield outcome
                if outcome.state != PASSED:
                    return


def _check_lesson(lesson: Lesson, tasks: list[Task], folder: Path,
                  progress: Progress) -> Iterator[Outcome]:
    """Check tasks of one lesson, print what comes out, and put it down."""
    path = lesson.answers(folder)
    try:
        if lesson.failure:
            raise InputError(lesson.failure)
        source = read_answers(path, lesson.stub_text) if path.is_file() else None
    except InputError as error:
        print(f"Lesson {lesson.number}: {error}")
        yield Outcome(lesson.number, ERROR)
        return
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
    with contextlib.closing(checked):
        for outcome in checked:
            print(f"  {outcome.task:<{width}} {paint(f'{outcome.state:<8}', outcome.state)} "
                  f"{titles[outcome.task]}")
            tick = lesson.tick(outcome.task)
            _print_remarks(outcome, source, progress.passed(tick))
            if source:
                progress.set_passed(tick, {PASSED: True, TODO: None}.get(outcome.state, False))
            yield outcome


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
    if any(outcome.state in (WRONG, ERROR) for outcome in outcomes):
        _warn_of_edits()
    print()
    total = [name for lesson in lessons.values() for name in lesson.names]
    if not outcomes or all(map(progress.passed, total)):
        print(f"All {len(total)} tasks pass. {RUN} check --all looks at them once more.")
        return
    # Task 0 is for trying out; counted are those of the sheet, as in the list.
    counted = [outcome for outcome in outcomes if outcome.task != TASK_0.name] or outcomes
    print(f"{sum(outcome.state == PASSED for outcome in counted)} of {len(counted)} pass"
          f"{', task 0 not counted' if len(counted) < len(outcomes) else ''}.")
    if not any(lesson.answers(folder).is_file() for lesson in lessons.values()):
        asked = {outcome.task for outcome in outcomes}
        first = next((number for number, lesson in lessons.items() if asked & set(lesson.names)),
                     next(iter(lessons)))
        print(f"Nothing has been started yet: there are no answers in\n    {folder.resolve()}\n"
              f"(--answers DIR names another folder; this is the minicv in {LESSONS.parent}).\n"
              f"Begin with:  {RUN} start {first}")
    elif watching:
        return
    elif all(outcome.state == PASSED for outcome in outcomes):
        print(f"Next:  {RUN} check")
    elif not any(map(progress.passed, total)):
        print("Red is normal, and yellow is where you have not been yet. Edit the file, save it, "
              f"and run:\n    {RUN} check")


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


# -- in a notebook ---------------------------------------------------------------------------------


def check_here(name: str, answers: tuple, named: dict) -> None:
    """Check one task with what is given, and print what comes out; `lessons.check` calls this."""
    try:
        lesson, task = select_one(name, list(find_lessons().values()))
        section = find(lesson.stub_text, task.name)
        loaded = loading.Loaded(Source(CELL, ""))
        vars(loaded.module).update({own: value for own, value in vars(sys.modules["__main__"])
                                    .items() if not own.startswith("__")})
        vars(loaded.module).update(_by_name(answers, named, section))
    except InputError as error:
        print(f"error: {error}")
        return
    outcome = loading.check(task, loaded)
    print(f"{task.name}  {paint(outcome.state, outcome.state)}  {task.title}")
    for line in remarks(outcome):
        print(f"    {line}".rstrip())


def _by_name(answers: tuple, named: dict, section: Section) -> dict:
    """Each answer under the name that the stub has for it."""
    wanted = wanted_names(section)
    unknown = [name for name in named if name not in wanted]
    by_name = dict.fromkeys(wanted if answers or named else []) | named
    for answer in answers:
        own = getattr(answer, "__name__", "")
        free = [name for name in wanted if by_name[name] is None]
        if own in free:
            free = [own]
        if not free:
            unknown.append(own or repr(answer)[:40])
        else:
            by_name[free[0]] = answer
    if unknown:
        raise InputError(f"task {section.task} asks for {', '.join(wanted)}; what is "
                         f"{', '.join(unknown)}?")
    return by_name
