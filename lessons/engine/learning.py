"""The commands for learners: list, start, hint, solution, reset.

The command `check` is next door, in `checking`.
"""

from __future__ import annotations

from pathlib import Path

from lessons import InputError, NotLoaded, replace_file
from lessons.engine import notebook as notebooks
from lessons.engine.reading import decode, read_answers
from lessons.engine.tasks import (
    TASK_0,
    Lesson,
    Task,
    find,
    find_lesson,
    find_lessons,
    homes_of_0,
    restore,
    select_one,
    tidy,
)
from lessons.engine.verdict import RUN, Progress, confirm, paint, wrap

# -- list ------------------------------------------------------------------------------------------


def list_lessons(answers: Path = Path("answers")) -> None:
    """A line for each lesson and for each of its tasks, and how far one has come."""
    progress = Progress(answers)
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


# -- start -----------------------------------------------------------------------------------------


def start(lesson: str, answers: Path, notebook: bool = False) -> None:
    """Copy the stub of a lesson to the folder of answers, unless there is one already.

    As a `notebook`, each task has a cell that checks it.
    """
    begun = find_lesson(lesson)
    path = begun.answers(answers)
    if path.is_file():  # never over a file that is there
        print(f"{path} is there already, and stays as it is.")
        print(f"Check it:  {RUN} check {lesson}")
        return
    if notebook:
        path = path.with_suffix(".ipynb")
    text = notebooks.as_notebook(begun) if notebook else begun.stub_text
    try:
        answers.mkdir(parents=True, exist_ok=True)
        try:
            new = replace_file(path)
        except NotLoaded:  # who edits minicv can start a lesson all the same
            new = path.open("xb")
        with new as file:
            file.write(text.encode())
    except OSError as error:
        why = f"cannot write {path}: {error.strerror}" if error.strerror else str(error)
        raise InputError(f"{why}; choose another folder: {RUN} start {lesson} --answers DIR"
                         ) from error
    print(f"{path} is yours now: open it in {'Jupyter' if notebook else 'an editor'}.")
    print(f"Its tasks: {', '.join(begun.names)}; and task 0, which passes as it is.")
    if notebook:
        print("The cell below each task checks it at once; the list is ticked by what is saved.")
    print(f"Now run:   {RUN} check\n"
          "It goes from task to task as far as all is well. Red is normal: it says what to think\n"
          "about next. What you have not begun reads todo, and is no mistake.")


# -- hint and solution -----------------------------------------------------------------------------

LEVELS = ("the idea", "the formula", "nearly the code")


def hint(task: str, answers: Path) -> None:
    """Show one hint more than at the last call."""
    asked, progress = _one(task, answers)[1], Progress(answers)
    count = min(progress.count(asked.name, "hints") + 1, len(asked.hints))
    for number, (level, text) in enumerate(zip(LEVELS[:count], asked.hints), 1):
        print(paint(f"{asked.name}, hint {number} of {len(asked.hints)}: {level}", "bold"))
        for line in text.splitlines():
            for part in [line] if line.startswith(" ") else wrap(line):  # code stays as it is
                print(f"    {part}".rstrip())
    if count == len(asked.hints):
        print(f"That was the last. To read: {asked.read}\n"
              f"The worked answer:          {RUN} solution {asked.name}")
    progress.set_count(asked.name, "hints", count)
    progress.save()


def _one(name: str, folder: Path) -> tuple[Lesson, Task]:
    """The one task of this name; of all tasks 0, one that has been changed, or the first."""
    homes = homes_of_0(find_lessons(), folder)
    return select_one(name, [home for home in homes if _has_changed_task_0(home, folder)] or homes)


def _has_changed_task_0(lesson: Lesson, folder: Path) -> bool:
    def code(text: str) -> list[str]:
        """Its lines without comments, which a notebook has in another cell."""
        section = find(text, TASK_0.name)
        return [line.rstrip() for line in (section.text if section else "").splitlines()
                if line.strip() and not line.startswith("#")]

    path = lesson.answers(folder)
    return path.is_file() and code(read_answers(path, lesson.stub_text).text) != code(
        lesson.stub_text)


def solution(task: str, answers: Path, yes: bool) -> None:
    """Show the worked answer, after asking whether it is wanted; once it was, without asking."""
    lesson, asked = _one(task, answers)
    text, progress = worked_answer(lesson, asked.name), Progress(answers)
    if not progress.count(asked.name, "solution") and not confirm(
            f"Show the worked answer to {asked.name}?", yes):
        print(f"A hint instead?  {RUN} hint {asked.name}")
        return
    print(f"{text}\n\nTo read: {asked.read}")
    progress.set_count(asked.name, "solution", 1)
    progress.save()


def worked_answer(lesson: Lesson, name: str) -> str:
    """A section that can take the place of the stub's: both files begin with the same header."""
    if not lesson.solution.is_file():
        raise InputError(f"there is no worked answer to {name} here: whoever handed this out has "
                         f"kept it. A hint instead: {RUN} hint {name}")
    return find(lesson.solution.read_text(encoding="utf-8"), name).text.strip()


# -- reset -----------------------------------------------------------------------------------------


def reset(task: str, answers: Path, yes: bool) -> None:
    """Bring back a task's stub, or a lesson's, after asking; what was there is kept as a backup."""
    whole = find_lessons().get(tidy(task))
    lesson, one = (whole, None) if whole else _one(task, answers)
    path = lesson.answers(answers)
    if not path.is_file():
        raise InputError(f"there is no {path} to reset; {RUN} start {lesson.number} makes one")
    old = path.read_bytes()
    text = decode(old, "surrogateescape")  # bytes that are no UTF-8 come through as they are
    new = _with_stub(path, text, lesson, one)
    if new == text:
        print(f"{task} is as in the stub already.")
        return
    backup = _free_name(answers / "backup", path)
    if not confirm(f"Put the stub in place of your answer to {task}? (a copy of the file as it is "
                   f"now goes to {backup})", yes):
        print("Nothing has been changed.")
        return
    backup.parent.mkdir(exist_ok=True)
    for place, content in ((backup, old), (path, new.encode("utf-8", "surrogateescape"))):
        with replace_file(place) as file:
            file.write(content)
    progress = Progress(answers)
    for name in [one.name] if one else [TASK_0.name, *lesson.names]:
        progress.set_passed(lesson.tick(name), None)
    progress.save()
    print(f"{task} is as it was at the start. What you had is in {backup}")
    if one and path.suffix == ".py" and find(text, one.name) is None:
        print(f"Its line \"# %% task {one.name}\" was missing. What stood below that line may "
              f"still be in {path}, above the stub.")


def _with_stub(path: Path, text: str, lesson: Lesson, task: Task | None) -> str:
    """The learner's file with the stub of a task, or of all, as at the start."""
    if path.suffix == ".py":
        return restore(text, task.name, lesson.stub_text) if task else lesson.stub_text
    read_answers(path)  # one that is broken is told
    return (notebooks.with_stub(text, lesson, task.name) if task
            else notebooks.as_notebook(lesson))


def _free_name(folder: Path, path: Path) -> Path:
    number = 1
    while (folder / f"{path.stem}.{number}{path.suffix}").exists():
        number += 1
    return folder / f"{path.stem}.{number}{path.suffix}"
