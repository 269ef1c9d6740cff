"""The command line of the lessons.

    python -m lessons                  list them, their tasks, and what is done
    python -m lessons run              run all
    python -m lessons run 2.1          run this one
    python -m lessons notebook 2.1     write it as a notebook with results; --empty: without
    python -m lessons run 1.2 --ablation      what each loss of 1.2 is worth
    python -m lessons run 2.2 --image FILE    find people in a photograph of your own

    python -m lessons start 1.4        begin: copies the stub of its tasks to answers/
    python -m lessons start 1.4 --notebook    as a notebook
    python -m lessons check            check answers, from the next open task on
    python -m lessons check 1.4        check this lesson; 1.4a: this task; --all: everything
    python -m lessons check --watch    and again whenever an answer is saved
    python -m lessons hint 1.4a        a hint, and one more at each call
    python -m lessons solution 1.4a    the worked answer
    python -m lessons reset 1.4a       the task as it was at the start; keeps a backup

    python -m lessons grade SUBMISSIONS/ --csv marks.csv    check the answers of a class
    python -m lessons handout DIR      a copy for a class, without solutions

Exit codes: 0 all went well, and all tasks that were to be checked pass; 1 some do not; 2 something
is wrong with the call, the data or the output folder (one line on stderr says what); 130 Ctrl-C.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from lessons import InputError, NotLoaded, why_not_loaded
from lessons.engine import cells, checking, commands, grading, handout, notebook, page
from lessons.engine.tasks import LESSONS, Lesson, find_lessons


class Parser(argparse.ArgumentParser):
    """An argument parser that needs one line to say what is wrong."""

    def error(self, message: str):
        self.exit(2, f"error: {message} (python -m lessons --help shows what there is)\n")


def parser() -> Parser:
    top = Parser(prog="python -m lessons", description="Walk through the exercises.")
    add = top.add_subparsers(dest="command", metavar="command").add_parser
    listing = add("list", help="one line for each lesson (also without any command)")
    run = add("run", help="run lessons")
    start = add("start", help="begin a lesson: copies its tasks to answers/")
    check = add("check", help="check your answers")
    hint = add("hint", help="a hint, and one more at each call")
    solution = add("solution", help="the worked answer")
    reset = add("reset", help="a task as it was at the start; keeps a backup")

    _add_class(add)
    _add_options_of_run(run)
    write = add("notebook", help="write a lesson as a notebook")
    write.add_argument("lesson", help="as in the list: 2.1")
    write.add_argument("--empty", action="store_true", help="without results, to run oneself")
    _add_places(write)
    write.set_defaults(figure=False)
    start.add_argument("lesson", help="as in the list: 1.4")
    start.add_argument("--notebook", action="store_true", help="as a notebook for Jupyter")
    check.add_argument("names", nargs="*", metavar="task", help="a lesson or a task, 1.4 or 1.4a; "
                       "when left out, from the next open task on")
    check.add_argument("--all", action="store_true", help="everything")
    check.add_argument("--watch", action="store_true", help="again whenever an answer is saved")
    for command in (hint, solution, reset):
        command.add_argument("task", help="as in the list: 1.4a")
    for command in (solution, reset):
        command.add_argument("--yes", action="store_true", help="do not ask")
    top.set_defaults(answers=Path("answers"))  # for the list, when there is no command
    for command in (listing, start, check, hint, solution, reset):
        command.add_argument("--answers", type=Path, metavar="DIR", default=Path("answers"),
                             help="where your answers are (default: %(default)s)")
    return top


def _add_class(add: Callable[..., argparse.ArgumentParser]) -> None:
    grade = add("grade", help="check the answers of a class")
    grade.add_argument("submissions", type=Path, help="a folder, .py or .ipynb for each student")
    grade.add_argument("--csv", type=Path, metavar="FILE", default=Path("marks.csv"),
                       help="student, task, verdict, mistake (default: %(default)s)")
    copy = add("handout", help="a copy for a class, without solutions")
    copy.add_argument("folder", type=Path, metavar="DIR", help="a new folder")


def _add_options_of_run(run: argparse.ArgumentParser) -> None:
    run.add_argument("ids", nargs="*", metavar="id", help="as in the list; all when left out")
    _add_places(run)
    run.add_argument("--figure", action="store_true",
                     help="the first picture alone, as that of the question in 1.4")
    run.add_argument("--ablation", action="store_true",
                     help="1.2 alone: leave out each of its losses once, instead of the lesson")
    run.add_argument("--image", type=Path, metavar="FILE",
                     help="2.2 alone: find the people in this picture, instead of the lesson")


def _add_places(command: argparse.ArgumentParser) -> None:
    command.add_argument("--data", type=Path, metavar="DIR", default=LESSONS.parent / "data",
                         help="input (default: the checkout's data/)")
    command.add_argument("--out", type=Path, metavar="DIR", default=Path("output"),
                         help="results (default: %(default)s)")
    command.add_argument("--seed", type=_seed, metavar="N", default=0,
                         help="for all random choices (default: %(default)s)")


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"a seed is a whole number from 0 on, got {text!r}")
    return int(text)


def run_lessons(options: argparse.Namespace) -> None:
    available = find_lessons()
    unknown = [number for number in options.ids if number not in available]
    if unknown:
        raise InputError(f"there is no lesson {', '.join(unknown)}; "
                         f"there are: {', '.join(available)}")
    for number, option, given in (("1.2", "--ablation", options.ablation),
                                  ("2.2", f"--image {options.image}", options.image)):
        if given and options.ids != [number]:
            raise InputError(f"this is for lesson {number} alone: "
                             f"python -m lessons run {number} {option}")
    if not options.data.is_dir():
        raise InputError(f"there is no folder {options.data}")
    _make_writable(options.out)
    if options.figure and len(options.ids) != 1:
        raise InputError("--figure is for one lesson: python -m lessons run 1.4 --figure")
    for number, part, given in (("1.2", "ablation", (options.data, options.seed)),
                                ("2.2", "photo", (options.image, options.out))):
        if options.ids == [number] and (options.ablation or options.image):
            _load(f"lessons.{available[number].stem}.{part}").run(*given)
            return
    for n, number in enumerate(options.ids or available):
        print("\n\n" if n else "", end="")
        walk(available[number], options)


def _load(module: str) -> ModuleType:
    try:
        return importlib.import_module(module)
    except Exception as error:  # minicv, or the lesson, is being edited
        raise InputError(f"{module} does not load: {why_not_loaded(error)}") from error


def walk(lesson: Lesson, options: argparse.Namespace) -> None:
    """Run the cells of a lesson; write its page and notebook, also of what came before an error."""
    print(f"Lesson {lesson.number}: {lesson.title}")
    walked = cells.Lesson(lesson.number, options.data, options.out, options.seed,
                          first_picture=options.figure)
    try:
        cells.run_cells(lesson.script, walked)
    except cells.FirstPicture:
        print(f"It is {walked.out / walked.pictures[0].path.name}")
    finally:
        if not options.figure:
            with contextlib.suppress(NotLoaded):  # minicv is being edited, as has been said
                page.write_page(walked, lesson.title)
                index = page.write_index(options.out, [(one.number, one.title)
                                                       for one in find_lessons().values()])
        if options.command == "notebook":
            with contextlib.suppress(NotLoaded):
                notebook.write_notebook(walked.out / "lesson.ipynb", lesson.script, walked)
    if not options.figure:
        print(f"open {index}")


def write_notebook(options: argparse.Namespace) -> None:
    lesson = find_lessons().get(options.lesson)
    if lesson is None:
        raise InputError(f"there is no lesson {options.lesson}; "
                         f"there are: {', '.join(find_lessons())}")
    _make_writable(options.out)
    path = options.out / f"ex{lesson.number.replace('.', '_')}" / "lesson.ipynb"
    path.parent.mkdir(exist_ok=True)
    if options.empty:
        notebook.write_notebook(path, lesson.script)
    else:
        walk(lesson, options)
    print(f"The notebook is {path}")


def _make_writable(folder: Path) -> None:
    """Make the folder and try to write there, before any work is done that would be lost."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise InputError(f"cannot write into the folder {folder}: {error.strerror}") from error


def check(options: argparse.Namespace) -> int:
    if options.all and options.names:
        raise InputError("check either --all or what you name, not both")

    def once() -> int:
        return checking.check(options.names, options.all, options.answers, options.watch)

    if options.watch:
        checking.watch(once, options.answers)  # ended by Ctrl-C
    return once()


def carry_out(options: argparse.Namespace) -> int:
    """What was asked for; returns the exit code."""
    match options.command:
        case "run":
            run_lessons(options)
        case "notebook":
            write_notebook(options)
        case "start":
            commands.start(options.lesson, options.answers, options.notebook)
        case "check":
            return check(options)
        case "hint":
            commands.hint(options.task, options.answers)
        case "solution":
            commands.solution(options.task, options.answers, options.yes)
        case "grade":
            grading.grade(options.submissions, options.csv)
        case "handout":
            handout.handout(options.folder)
        case "reset":
            commands.reset(options.task, options.answers, options.yes)
        case _:
            commands.list_lessons(options.answers)
    return 0


def main(arguments: list[str] | None = None) -> int:
    if sys.stdout is None:  # closed, as by `>&-`: there is nobody to tell
        sys.stdout = open(os.devnull, "w", encoding="utf-8")
    # Into a pipe, too, line by line; and what a learner's code prints may hold any letter.
    sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")
    options = parser().parse_args(arguments)
    try:
        return carry_out(options)
    except KeyboardInterrupt:
        print("\nstopped by Ctrl-C", file=sys.stderr)
        return 130
    except BrokenPipeError:  # as in `python -m lessons | head -1`: nobody reads on, which is fine
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (InputError, OSError) as error:
        named = isinstance(error, OSError) and error.filename is not None and error.strerror
        print(f"error: {f'{error.filename}: {error.strerror}' if named else error}",
              file=sys.stderr)
        return 2
