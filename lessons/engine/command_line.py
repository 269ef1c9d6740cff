"""The command line of the lessons.

    python -m lessons                  list them, their tasks, and what is done
    python -m lessons run              run all
    python -m lessons run 2.1          run this one
    python -m lessons run 2.2 --image FILE    find people in a photograph of your own

    python -m lessons start 1.4        begin: copies the stub of its tasks to answers/
    python -m lessons check            check answers, from the next open task on
    python -m lessons check 1.4        check this lesson; 1.4a: this task; --all: everything
    python -m lessons check --watch    and again whenever an answer is saved
    python -m lessons hint 1.4a        a hint, and one more at each call
    python -m lessons solution 1.4a    the worked answer
    python -m lessons reset 1.4a       the task as it was at the start; keeps a backup

Exit codes: 0 all went well, and all tasks that were to be checked pass; 1 some do not; 2 something
is wrong with the call, the data or the output folder (one line on stderr says what); 130 Ctrl-C.
"""

from __future__ import annotations

import argparse
import importlib
import os
import re
import sys
import tempfile
from pathlib import Path
from types import ModuleType

from lessons import InputError, why_not_loaded

FOLDER = Path(__file__).resolve().parents[1]
DATA = FOLDER.parent / "data"
ANSWERS = Path("answers")


def find_lessons() -> dict[str, str]:
    """Lesson ids and module names, in the order of the sheet: {"2.1": "lessons.ex2_1_..."}."""
    found = {}
    for path in FOLDER.glob("ex*_*_*/lesson.py"):
        numbers = re.match(r"ex(\d+)_(\d+)_", path.parent.name)
        if numbers:
            found[int(numbers[1]), int(numbers[2])] = f"lessons.{path.parent.name}.lesson"
    return {f"{part}.{number}": found[part, number] for part, number in sorted(found)}


class Parser(argparse.ArgumentParser):
    """An argument parser that needs one line to say what is wrong."""

    def error(self, message: str):
        self.exit(2, f"error: {message} (python -m lessons --help shows what there is)\n")


def parser() -> Parser:
    top = Parser(prog="python -m lessons", description="Walk through the exercises.")
    commands = top.add_subparsers(dest="command", metavar="command")
    top.set_defaults(answers=ANSWERS)  # for the list, when there is no command
    commands.add_parser("list", help="one line for each lesson (also without any command)")
    run = commands.add_parser("run", help="run lessons")
    run.add_argument("ids", nargs="*", metavar="id", help="as in the list; all when left out")
    run.add_argument("--data", type=Path, metavar="DIR",
                     help="input (default: the checkout's data/)")
    run.add_argument("--out", type=Path, metavar="DIR", default=Path("output"),
                     help="results (default: %(default)s)")
    run.add_argument("--seed", type=_seed, metavar="N", default=0,
                     help="for all random choices (default: %(default)s)")
    run.add_argument("--image", type=Path, metavar="FILE",
                     help="2.2 alone: find the people in this picture, instead of the lesson")
    _add_commands_for_answers(commands)
    return top


def _add_commands_for_answers(commands) -> None:
    """The commands of `lessons.engine`, and where answers are, for the list as well."""
    start = commands.add_parser("start", help="begin a lesson: copies its tasks to answers/")
    start.add_argument("lesson", help="as in the list: 1.4")
    check = commands.add_parser("check", help="check your answers")
    check.add_argument("names", nargs="*", metavar="task", help="a lesson or a task, 1.4 or 1.4a; "
                       "when left out, from the next open task on")
    check.add_argument("--all", action="store_true", help="everything")
    check.add_argument("--watch", action="store_true", help="again whenever an answer is saved")
    hint = commands.add_parser("hint", help="a hint, and one more at each call")
    solution = commands.add_parser("solution", help="the worked answer")
    reset = commands.add_parser("reset", help="a task as it was at the start; keeps a backup")
    for command in (hint, solution, reset):
        command.add_argument("task", help="as in the list: 1.4a")
    for command in (solution, reset):
        command.add_argument("--yes", action="store_true", help="do not ask")
    for command in (commands.choices["list"], start, check, hint, solution, reset):
        command.add_argument("--answers", type=Path, metavar="DIR", default=ANSWERS,
                             help="where your answers are (default: %(default)s)")


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"a seed is a whole number from 0 on, got {text!r}")
    return int(text)


def list_lessons(answers: Path) -> None:
    """A line for each lesson and for each of its tasks."""
    from lessons.engine import commands

    tasks, bar = commands.task_lines(answers)
    for lesson_id, module in find_lessons().items():
        print(f"{lesson_id}  {_title(module)}")
        for line in tasks.pop(lesson_id, []):
            print(line)
    for lesson_id, lines in tasks.items():
        print(f"     Tasks without a lesson, {lesson_id}:", *lines, sep="\n")
    print(f"\n{bar}")
    print("Run one:        python -m lessons run 2.1")
    print("Do it yourself: python -m lessons start 1.4    (then: check, hint, solution, reset)")


def _title(module: str) -> str:
    """The TITLE of a lesson, read from its text: to import it takes a second, if it does at all."""
    text = (FOLDER / module.split(".")[1] / "lesson.py").read_text(encoding="utf-8")
    title = re.search(r"^TITLE = (['\"])(.*)\1$", text, re.MULTILINE)
    return title[2] if title else "its file has no line TITLE = \"...\""


def work_on_answers(options: argparse.Namespace) -> int:
    """start, check, hint, solution or reset; returns the exit code."""
    from lessons.engine import check_command, commands

    folder = options.answers
    if options.command == "start":
        return commands.start(options.lesson, folder)
    if options.command == "hint":
        return commands.hint(options.task, folder)
    if options.command == "solution":
        return commands.solution(options.task, folder, options.yes)
    if options.command == "reset":
        return commands.reset(options.task, folder, options.yes)
    if options.all and options.names:
        raise InputError("check either --all or what you name, not both")

    def once() -> int:
        return check_command.check(options.names, options.all, folder)

    if options.watch:
        check_command.watch(once, folder)  # ended by Ctrl-C
    return once()


def run_lessons(ids: list[str], data: Path | None, out: Path, seed: int,
                image: Path | None = None) -> None:
    available = find_lessons()
    unknown = [lesson_id for lesson_id in ids if lesson_id not in available]
    if unknown:
        raise InputError(f"there is no lesson {', '.join(unknown)}; "
                         f"there are: {', '.join(available)}")
    if image is not None and ids != ["2.2"]:
        raise InputError("--image is for the person detector: "
                         f"python -m lessons run 2.2 --image {image}")
    data = DATA if data is None else data
    if not data.is_dir():
        raise InputError(f"there is no folder {data}")
    _make_writable(out)
    for lesson_id in ids or available:
        lesson = _load(available[lesson_id])
        print(f"Lesson {lesson_id}: {lesson.TITLE}")
        if image is not None:
            lesson.detect_in_photo(image, out)
        else:
            lesson.run(data, out, seed)


def _load(module: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except Exception as error:  # minicv, or the lesson, is being edited
        raise InputError(f"{module} does not load: {why_not_loaded(error)}") from error


def _make_writable(folder: Path) -> None:
    """Make the folder and try to write there, before any work is done that would be lost."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise InputError(f"cannot write into the folder {folder}: {error.strerror}") from error


def main(arguments: list[str] | None = None) -> int:
    # Into a pipe, too, line by line; and what a learner's code prints may hold any letter.
    sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")
    options = parser().parse_args(arguments)
    try:
        if options.command == "run":
            run_lessons(options.ids, options.data, options.out, options.seed, options.image)
        elif options.command in (None, "list"):
            list_lessons(options.answers)
        else:
            return work_on_answers(options)
    except KeyboardInterrupt:
        print("\nstopped by Ctrl-C", file=sys.stderr)
        return 130
    except BrokenPipeError:  # as in `python -m lessons | head -1`: nobody reads on, which is fine
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (InputError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0

