"""For a class: `python -m lessons handout DIR` and `grade SUBMISSIONS/ --csv marks.csv`.

The handout is a copy of the checkout without the worked solutions, and without the tests with the
answers that are planted for the checks. All commands work there; `solution` says that there is
none. The checks themselves know what is right, so who reads them closely finds numbers: it is an
exercise, and no exam.

SUBMISSIONS/ has a folder, a `.py` file or a notebook for each student. Which file answers which
lesson is known by its name, else by marker lines or the names of the stub. Each is copied into a
folder that is thrown away, and checked there in processes of its own (`watching.Room`), two
students at a time. A task that nobody has touched is no pass: its verdict is `todo`.
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
from threading import Event

from lessons import InputError, replace_file
from lessons.engine.reading import read_answers
from lessons.engine.tasks import LESSONS, TASK_0, Lesson, cut, find_lessons, names_of_tasks
from lessons.engine.verdict import ERROR, PASSED, TODO, WRONG, Outcome, plain
from lessons.engine.watching import Room, run, without_network

KINDS = (".py", ".ipynb")
AT_A_TIME = 2
FILES, FILE_SIZE = 500, 50 * 2**20  # of a submission that are copied
# Nothing that an exercise needs: whoever uses it may be after the checks themselves.
UNUSUAL = re.compile(
    r"\b(?:_getframe|[fg]i?_(?:back|globals|locals|frame)|tb_frame|__(?:globals|closure|code|import"
    r"|subclasses|main)__|settrace|setprofile|sys\.modules|importlib(?!\.util)"
    r"|(?:import |from )(?:ctypes|inspect|gc)|(?:os\.|import )fork"
    r"|lessons\.(?!course\b)\w+|from lessons import (?!check\b)\w+)"
    r"|(?<![.\w])(?:exec|eval|compile)\(")
MARKS = {PASSED: "+", TODO: ".", WRONG: "x", ERROR: "E"}
# Of the checkout, what a class gets.
PARTS = ("minicv", "lessons", "data", "README.md", "LICENSE", "CHANGELOG.md", "setup.cfg",
         "pyproject.toml")
LEFT_OUT = shutil.ignore_patterns("solution.py", "__pycache__", "*.pyc", ".*", "*.egg-info")


def handout(folder: Path) -> None:
    """Write the handout, whole or not at all, into a folder that is not there yet, or empty."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} is there already, and not empty: name a new folder")
    inside = folder.resolve()
    if any(inside.is_relative_to(LESSONS.parent / part) for part in PARTS):
        raise InputError(f"{folder} lies within what is copied: name a folder elsewhere")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        for part in PARTS:
            source = LESSONS.parent / part
            if source.is_dir():
                shutil.copytree(source, folder / part, ignore=LEFT_OUT)
            elif source.is_file():
                shutil.copyfile(source, folder / part)
    except BaseException as error:  # Ctrl-C as well
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, shutil.Error):  # a list of all files; why the first was not copied
            raise InputError(f"cannot write {folder}: {error.args[0][0][2]}") from error
        raise
    print(f"{folder} is for the class: no solutions, no planted answers.")
    print("Try it:  cd there, and  python -m lessons start 1.4  and  python -m lessons check")


# -- grading ---------------------------------------------------------------------------------------


def grade(submissions: Path, table: Path) -> None:
    """Check all submissions of a folder, print the results, and write them as CSV."""
    found = find_submissions(submissions)
    lessons = find_lessons()
    failures = [f"lesson {one.number}: {one.failure}" for one in lessons.values() if one.failure]
    if failures:
        raise InputError(failures[0])
    write_csv(table, [])  # before any work is done that would be lost
    network = ("without a network" if without_network()
               else "with the network, which this system cannot take away")
    print(f"{len(found)} submissions, {AT_A_TIME} at a time, {network}")
    marks: list[Marks] = []
    pool, stop = ThreadPoolExecutor(AT_A_TIME), Event()
    try:
        waiting = [pool.submit(_mark, name, path, lessons, stop) for name, path in found]
        for done in as_completed(waiting):
            marks.append(one := done.result())
            print(f"[{len(marks):>{len(str(len(found)))}}/{len(found)}] {one.student}: "
                  f"{one.n_passed} of {len(one.outcomes)} pass ({one.seconds:.0f} s)")
    finally:  # Ctrl-C keeps what is done
        stop.set()
        marks.sort(key=lambda one: one.student)
        write_csv(table, marks)
        pool.shutdown(cancel_futures=True)
    print(f"\n{summary(marks, lessons)}\nAll of it is in {table}")


def find_submissions(folder: Path) -> list[tuple[str, Path]]:
    """What each student has handed in, with the student's name."""
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder}")
    there = [path for path in sorted(folder.iterdir()) if not path.name.startswith((".", "__"))]
    paths = [path for path in there
             if not path.is_symlink() and (path.is_dir() or path.suffix in KINDS)]
    if not paths:
        raise InputError(f"{folder} has no submissions: a folder, a .py or an .ipynb a student")
    others = [_tidy(path.name) for path in there if path not in paths]
    if others:
        print(f"Left out: {', '.join(others)}; a submission is a folder, a .py or an .ipynb")
    names = [path.name if path.is_dir() else path.stem for path in paths]
    return [(_tidy(name if names.count(name) == 1 and name.strip() else path.name), path)
            for name, path in zip(names, paths)]


def _tidy(name: str) -> str:
    """The name of a file for a line of a table."""
    return " ".join(plain(name).split())


def _mark(student: str, path: Path, lessons: dict[str, Lesson], stop: Event) -> Marks:
    """Check one submission, in a copy of it."""
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="minicv", ignore_cleanup_errors=True) as folder:
        room = Room(Path(folder).resolve(), stop)
        files, remarks = _copy(path, room.folder)
        outcomes = [outcome for lesson in lessons.values()
                    for outcome in _outcomes(lesson, files, room)]
        remarks += [remark for file in files for remark in _remarks(file)]
    return Marks(student, outcomes, remarks, time.perf_counter() - start)


def _remarks(file: Path) -> list[str]:
    """Why a teacher may want to open this file."""
    try:
        used = sorted(set(UNUSUAL.findall(read_answers(file).text)))
    except InputError:
        return [f"{_tidy(file.name)} cannot be read"]
    return [f"{_tidy(file.name)} has {', '.join(used)}"] if used else []


def _copy(path: Path, folder: Path) -> tuple[list[Path], list[str]]:
    """Copy a submission, without links; its files of Python, and what could not be copied."""
    originals = [path] if path.is_file() else sorted(path.rglob("*"))
    copies, remarks = [], []
    for original in originals:
        place = folder / (original.name if path.is_file() else original.relative_to(path))
        hidden = any(part.startswith((".", "__")) for part in place.relative_to(folder).parts)
        if hidden or original.is_symlink() or not original.is_file():
            continue
        try:
            if len(copies) == FILES or original.stat().st_size > FILE_SIZE:
                raise OSError("too large, or one of too many")
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(original, place)
            copies.append(place)
        except OSError as error:
            remarks.append(f"{_tidy(original.name)} is not copied: {error.strerror or error}")
    return [copy for copy in copies if copy.suffix in KINDS], remarks


def _outcomes(lesson: Lesson, files: list[Path], room: Room) -> Iterator[Outcome]:
    """An outcome for each task of a lesson."""
    file = _file_of(lesson, files)
    left = [task.name for task in lesson.tasks]
    try:
        for outcome in run(file, lesson.tasks, lesson.stem, room) if file else ():
            left.remove(outcome.task)
            yield outcome
    except (InputError, OSError) as error:  # the latter, if no process can be started any more
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


# -- the table on the terminal, and the CSV --------------------------------------------------------


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


def write_csv(table: Path, marks: list[Marks]) -> None:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["student", "task", "verdict", "mistake"])
    for one in marks:
        rows.writerows([_no_formula(one.student), outcome.task, outcome.state,
                        _no_formula(mistake_of(outcome))] for outcome in one.outcomes)
    with replace_file(table, "w") as file:
        file.write(text.getvalue())


def _no_formula(text: str) -> str:
    """What a spreadsheet would take for a formula is made text."""
    return f"'{text}" if text.startswith(tuple("=+-@")) else text


def mistake_of(outcome: Outcome) -> str:
    """The name of the mistake; of what does not run, why: an error, or the time limit.

    Not where: the same error in two files is to be counted as one.
    """
    if outcome.state == ERROR and not outcome.mistake and outcome.lines:
        return re.sub(r"^.*?, line \d+: ", "", outcome.lines[0])
    return outcome.mistake


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
    usual = []
    for name in [name for lesson in lessons.values() for name in lesson.names]:
        mistakes = Counter(mistake_of(outcome) for one in marks for outcome in one.outcomes
                           if outcome.task == name and outcome.state in (WRONG, ERROR))
        told = ", ".join(f"{mistake} ({count})" for mistake, count in mistakes.most_common(3))
        usual += [f"  {name}: {told}"] if told else []
    lines += ["", "+ passed   x wrong   E does not run   . still to do", ""]
    lines += ["Usual mistakes:", *usual] if usual else []
    lines += [f"Look at {one.student} by hand: {'; '.join(one.remarks)}"
              for one in marks if one.remarks]
    return "\n".join(lines)
