"""The answers of a class: `python -m lessons grade SUBMISSIONS/ --csv marks.csv`.

SUBMISSIONS/ has a folder, a `.py` file or a notebook for each student. Which file answers which
lesson is known by its name, else by marker lines or the names of the stub. Each is copied into a
folder that is thrown away, and checked there in processes of its own (`confining`), two students at
a time. A task that nobody has touched is no pass: its verdict is `todo`.
"""

from __future__ import annotations

import csv
import io
import re
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from lessons import InputError, replace_file
from lessons.engine.confining import Room, without_network
from lessons.engine.reading import names_of_tasks, read_answers
from lessons.engine.sandbox import run
from lessons.engine.tasks import TASK_0, Lesson, cut, find_lessons
from lessons.engine.verdict import ERROR, PASSED, TODO, WRONG, Outcome, plain

KINDS = (".py", ".ipynb")
AT_A_TIME = 2
FILES, FILE_SIZE = 500, 50 * 2**20  # of a submission that are copied
MARKS = {PASSED: "+", TODO: ".", WRONG: "x", ERROR: "E"}
# Nothing that an exercise needs: whoever uses it may be after the checks themselves.
UNUSUAL = re.compile(r"_getframe|f_back|f_globals|ctypes|gc\.get_|lessons\.engine|settrace|"
                     r"os\.fork")


@dataclass(frozen=True)
class Marks:
    """What came out for one student: an outcome a task, and what to look at by hand."""

    student: str
    outcomes: list[Outcome]
    remarks: list[str]
    seconds: float

    @property
    def n_passed(self) -> int:
        return sum(outcome.state == PASSED for outcome in self.outcomes)


def grade(folder: Path, table: Path) -> None:
    """Check all submissions of a folder, print the results, and write them as CSV."""
    found = submissions(folder)
    lessons = find_lessons()
    failures = [f"lesson {one.number}: {one.failure}" for one in lessons.values() if one.failure]
    if failures:
        raise InputError(failures[0])
    _write(table, [])  # before any work is done that would be lost
    network = ("without a network" if without_network()
               else "with the network, which this system cannot take away")
    print(f"{len(found)} submissions, {AT_A_TIME} at a time, {network}")
    marks: list[Marks] = []
    pool = ThreadPoolExecutor(AT_A_TIME)
    try:
        waiting = [pool.submit(_mark, name, path, lessons) for name, path in found.items()]
        for done in as_completed(waiting):
            marks.append(one := done.result())
            print(f"[{len(marks):>{len(str(len(found)))}}/{len(found)}] {one.student}: "
                  f"{one.n_passed} of {len(one.outcomes)} pass ({one.seconds:.0f} s)")
    finally:  # Ctrl-C keeps what is done
        pool.shutdown(cancel_futures=True)
        marks.sort(key=lambda one: one.student)
        _write(table, marks)
    print(f"\n{summary(marks, lessons)}\nAll of it is in {table}")


def submissions(folder: Path) -> dict[str, Path]:
    """What each student has handed in, by name."""
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder}")
    paths = [path for path in sorted(folder.iterdir()) if not path.name.startswith((".", "__"))
             and not path.is_symlink() and (path.is_dir() or path.suffix in KINDS)]
    if not paths:
        raise InputError(f"{folder} has no submissions: a folder, a .py or an .ipynb a student")
    alone = Counter(path.stem for path in paths)
    return {plain(path.stem if alone[path.stem] == 1 else path.name): path for path in paths}


def _mark(student: str, path: Path, lessons: dict[str, Lesson]) -> Marks:
    """Check one submission, in a copy of it."""
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="minicv", ignore_cleanup_errors=True) as folder:
        room = Room(Path(folder).resolve())
        files = _copy(path, room.folder)
        outcomes = [outcome for lesson in lessons.values()
                    for outcome in _outcomes(lesson, files, room)]
        remarks = [remark for file in files for remark in _remarks(file)]
    return Marks(student, outcomes, remarks, time.perf_counter() - start)


def _remarks(file: Path) -> list[str]:
    """Why a teacher may want to open this file."""
    try:
        used = sorted(set(UNUSUAL.findall(read_answers(file).text)))
    except InputError:
        return [f"{plain(file.name)} cannot be read"]
    return [f"{plain(file.name)} has {', '.join(used)}"] if used else []


def _copy(path: Path, folder: Path) -> list[Path]:
    """Copy a submission, without links, and return its files of Python."""
    originals = [path] if path.is_file() else sorted(path.rglob("*"))
    copies = []
    for original in originals:
        place = folder / (original.name if path.is_file() else original.relative_to(path))
        hidden = any(part.startswith((".", "__")) for part in place.relative_to(folder).parts)
        if (len(copies) < FILES and not hidden and original.is_file()
                and original.resolve() == original.absolute().parent.resolve() / original.name
                and original.stat().st_size <= FILE_SIZE):
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(original, place)
            copies.append(place)
    return [copy for copy in copies if copy.suffix in KINDS]


def _outcomes(lesson: Lesson, files: list[Path], room: Room) -> Iterator[Outcome]:
    """An outcome for each task of a lesson."""
    file = _file_of(lesson, files)
    left = [task.name for task in lesson.tasks]
    try:
        for outcome in run(file, lesson.tasks, lesson.stem, room) if file else ():
            left.remove(outcome.task)
            yield outcome
    except InputError as error:
        yield from (Outcome(name, ERROR, [str(error)], "unreadable") for name in left)
        return
    yield from (Outcome(name, TODO) for name in left)


def _file_of(lesson: Lesson, files: list[Path]) -> Path | None:
    """Which file answers a lesson: by its name, else the one with most of its tasks."""
    for kind in KINDS:
        for file in files:
            if file.name == lesson.stem + kind:
                return file
    names = {name for name, task in names_of_tasks(lesson.stub_text).items()
             if task != TASK_0.name}

    def fit(file: Path) -> int:
        try:
            text = read_answers(file, lesson.stub_text).text
        except InputError:
            return 0
        marked = {section.task for section in cut(text)} & set(lesson.names)
        defined = set(re.findall(r"^(?:(?:def|class) +)?(\w+)(?= *[(:=,])", text, re.MULTILINE))
        return 2 * len(marked) + len(defined & names)

    best = max(files, key=fit, default=None)
    return best if best and fit(best) else None


# -- what comes out --------------------------------------------------------------------------------


def _write(table: Path, marks: list[Marks]) -> None:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["student", "task", "verdict", "mistake"])
    for one in marks:
        # A name that a spreadsheet would take for a formula is made text.
        name = f"'{one.student}" if one.student[0] in "=+-@" else one.student
        rows.writerows([name, outcome.task, outcome.state, outcome.mistake]
                       for outcome in one.outcomes)
    with replace_file(table, "w") as file:
        file.write(text.getvalue())


def summary(marks: list[Marks], lessons: dict[str, Lesson]) -> str:
    """A line a student, the usual mistakes of each task, and what to look at by hand."""
    width = max([7, *(len(one.student) for one in marks)])
    lines = [f"{'student':<{width}}  " + "  ".join(
        f"{lesson.number:<{len(lesson.names)}}" for lesson in lessons.values()) + "  passed"]
    for one in marks:
        states = {outcome.task: MARKS[outcome.state] for outcome in one.outcomes}
        groups = ("".join(states[name] for name in lesson.names).ljust(3)
                  for lesson in lessons.values())
        lines.append(f"{one.student:<{width}}  {'  '.join(groups)}  "
                     f"{one.n_passed} of {len(states)}")
    lines += ["", "+ passed   x wrong   E does not run   . still to do", "", "Usual mistakes:"]
    for name in [name for lesson in lessons.values() for name in lesson.names]:
        mistakes = Counter(outcome.mistake or "does not run" for one in marks
                           for outcome in one.outcomes
                           if outcome.task == name and outcome.state in (WRONG, ERROR))
        told = ", ".join(f"{mistake} ({count})" for mistake, count in mistakes.most_common(3))
        lines += [f"  {name}: {told}"] if told else []
    lines += [f"Look at {one.student} by hand: {'; '.join(one.remarks)}"
              for one in marks if one.remarks]
    return "\n".join(lines)
