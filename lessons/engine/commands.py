"""The commands for learners: start, hint, solution, reset, and their part of the list.

The command `check` is next door, in `checking`.
"""

from __future__ import annotations

from pathlib import Path

from lessons import InputError, NotLoaded, replace_file
from lessons.engine.tasks import (
    TASK_0,
    Lesson,
    Task,
    find,
    find_lessons,
    homes_of_task_0,
    restore,
    select,
    tidy,
)
from lessons.engine.verdict import Progress, confirm, paint, wrap

RUN = "python -m lessons"


# -- start -----------------------------------------------------------------------------------------


def start(number: str, folder: Path) -> None:
    """Copy the stub of a lesson to the folder of answers, unless there is one already."""
    lessons = find_lessons()
    if number not in lessons:
        raise InputError(f"there is no lesson {number} with tasks; there are: {', '.join(lessons)}")
    lesson = lessons[number]
    path = folder / lesson.file
    if path.exists():  # never over a file that is there
        print(f"{path} is there already, and stays as it is.")
        print(f"Check it:  {RUN} check {lesson.number}")
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            new = replace_file(path)
        except NotLoaded:  # who edits minicv can start a lesson all the same
            new = path.open("xb")
        with new as file:
            file.write(lesson.stub.read_bytes())
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}; choose another folder: "
                         f"{RUN} start {number} --answers DIR") from error
    print(f"{path} is yours now: open it in an editor.")
    print(f"Its tasks: {', '.join(lesson.names)}; and task 0, which passes as it is.")
    print(f"Now run:   {RUN} check\n"
          "It goes from task to task as far as all is well. Red is normal: it says what to think\n"
          "about next. What you have not begun reads todo, and is no mistake.")


# -- hint ------------------------------------------------------------------------------------------

LEVELS = ("the idea", "the formula", "nearly the code")


def hint(name: str, folder: Path) -> None:
    """Show one hint more than at the last call."""
    task = _one(name, folder)[1]
    progress = Progress(folder)
    count = min(progress.count(task.name, "hints") + 1, len(task.hints))
    for number, (level, text) in enumerate(zip(LEVELS[:count], task.hints), 1):
        print(paint(f"{task.name}, hint {number} of {len(task.hints)}: {level}", "bold"))
        for line in text.splitlines():
            for part in [line] if line.startswith(" ") else wrap(line):  # code stays as it is
                print(f"    {part}".rstrip())
    if count == len(task.hints):
        print(f"That was the last. To read: {task.read}. The worked answer: "
              f"{RUN} solution {task.name}")
    progress.set_count(task.name, "hints", count)
    progress.save()


def _one(name: str, folder: Path) -> tuple[Lesson, Task]:
    """The one task of this name."""
    lessons = find_lessons()
    homes = homes_of_task_0(lessons, folder)
    changed = [lesson for lesson in homes if _has_changed_task_0(lesson, folder)]
    lesson, tasks = select([name], lessons, (changed or homes)[:1])[0]
    if lesson.failure:
        raise InputError(f"lesson {lesson.number}: {lesson.failure}")
    if len(tasks) != 1:
        raise InputError(f"{name} is more than one task; say which: "
                         f"{', '.join(task.name for task in tasks if task is not TASK_0)}")
    return lesson, tasks[0]


def _has_changed_task_0(lesson: Lesson, folder: Path) -> bool:
    path = folder / lesson.file
    if not path.is_file():
        return False
    own = find(_read(path), TASK_0.name)
    stub = find(lesson.stub.read_text(encoding="utf-8"), TASK_0.name)
    return own is None or own.text.strip() != stub.text.strip()


def _read(path: Path) -> str:
    """A learner's file with \\n at its line ends; bytes that are no UTF-8 survive `_write`."""
    return path.read_bytes().decode("utf-8", "surrogateescape").replace("\r\n", "\n")


def _write(path: Path, text: str) -> None:
    with replace_file(path) as file:
        file.write(text.encode("utf-8", "surrogateescape"))


# -- solution --------------------------------------------------------------------------------------


def solution(name: str, folder: Path, yes: bool) -> None:
    """Show the worked answer, after asking whether it is wanted; once it was, without asking."""
    lesson, task = _one(name, folder)
    progress = Progress(folder)
    shown = progress.count(task.name, "solution") > 0
    if not shown and not confirm(f"Show the worked answer to {task.name}?", yes):
        print(f"A hint instead?  {RUN} hint {task.name}")
        return
    print(worked_answer(lesson, task.name))
    print(f"\nTo read: {task.read}")
    progress.set_count(task.name, "solution", 1)
    progress.save()


def worked_answer(lesson: Lesson, name: str) -> str:
    """A section that can take the place of the stub's: both files begin with the same header."""
    return find(lesson.solution.read_text(encoding="utf-8"), name).text.strip()


# -- reset -----------------------------------------------------------------------------------------


def reset(name: str, folder: Path, yes: bool) -> None:
    """Bring back a task's stub, or a lesson's, after asking; what was there is kept as a backup."""
    lessons = find_lessons()
    whole = lessons.get(tidy(name))
    lesson, task = (whole, None) if whole else _one(name, folder)
    path = folder / lesson.file
    if not path.is_file():
        raise InputError(f"there is no {path} to reset; {RUN} start {lesson.number} makes one")
    stub = lesson.stub.read_text(encoding="utf-8")
    text = _read(path)
    new = stub if whole else restore(text, task.name, stub)
    if new == text:
        print(f"{name} is as in the stub already.")
        return
    backup = _free_name(folder / "backup", lesson.stem)
    if not confirm(f"Put the stub in place of your answer to {name}? (a copy of the file as it is "
                   f"now goes to {backup})", yes):
        print("Nothing has been changed.")
        return
    backup.parent.mkdir(exist_ok=True)
    with replace_file(backup) as file:
        file.write(path.read_bytes())
    _write(path, new)
    progress = Progress(folder)
    for each in [TASK_0.name, *lesson.names] if whole else [task.name]:
        progress.set_passed(lesson.tick(each), None)
    progress.save()
    print(f"{name} is as it was at the start. What you had is in {backup}")
    if not whole and find(text, task.name) is None:
        print(f"Its line \"# %% task {task.name}\" was missing. What stood below that line may "
              f"still be in {path}, above the stub.")


def _free_name(folder: Path, stem: str) -> Path:
    number = 1
    while (folder / f"{stem}.{number}.py").exists():
        number += 1
    return folder / f"{stem}.{number}.py"


# -- list ------------------------------------------------------------------------------------------


def list_lessons(folder: Path) -> None:
    """A line for each lesson and for each of its tasks, and how far one has come."""
    progress = Progress(folder)
    total = passed = 0
    for lesson in find_lessons().values():
        print(f"{lesson.number}  {lesson.title}")
        if lesson.failure:
            print(f"     {lesson.failure}")
        width = max([7, *map(len, lesson.names)])
        titles = {task.name: task.title for task in lesson.tasks}
        for name in lesson.names:
            state, colour = (("passed", "passed") if progress.passed(name) else
                             ("open", "wrong") if progress.begun(name) else ("todo", "todo"))
            print(f"     {name:<{width}} {paint(f'{state:<6}', colour)}  {titles.get(name, '')}"
                  .rstrip())
            total += 1
            passed += progress.passed(name)
    width = 30
    filled = width * passed // max(total, 1)
    print(f"\n[{'#' * filled}{'.' * (width - filled)}] {passed} of {total} tasks pass")
    print(f"Do it yourself: {RUN} start 1.4    (then: check, hint, solution, reset)")
    print(f"See it done:    {RUN} run 2.1      (or: notebook 2.1)")
