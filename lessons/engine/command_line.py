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
is wrong with the call, the data or the output folder (one line on stderr says what); 130 Ctrl-C,
143 and 129 `kill` and a closed terminal, which end a command as Ctrl-C does.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from lessons import InputError
from lessons.engine import checking, grading, learning, running
from lessons.engine.tasks import LESSONS


class Parser(argparse.ArgumentParser):
    """An argument parser that needs one line to say what is wrong."""

    def error(self, message: str):
        self.exit(2, f"error: {message} (python -m lessons --help shows what there is)\n")


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"a seed is a whole number from 0 on, got {text!r}")
    return int(text)


def _switch(words: str, name: str | None = None) -> dict:
    return {"action": "store_true", "help": words} | ({"dest": name} if name else {})


def _path(words: str, default: str | Path | None = None, metavar: str = "DIR", **more) -> dict:
    return {"type": Path, "help": words, "metavar": metavar, **more,
            "default": default and Path(default)}


# What may follow a command; the functions take it as arguments of the same names.
LESSON = {"lesson": {"help": "as in the list: 1.4"}}
TASK = {"task": {"help": "as in the list: 1.4a"}}
YES = {"--yes": _switch("do not ask")}
ANSWERS = {"--answers": _path("where your answers are (default: %(default)s)", "answers")}
PLACES = {
    "--data": _path("input (default: the checkout's data/)", LESSONS.parent / "data"),
    "--out": _path("results (default: %(default)s)", "output"),
    "--seed": {"type": _seed, "metavar": "N", "default": 0,
               "help": "for all random choices (default: %(default)s)"}}
COMMANDS = {
    "list": (learning.list_lessons, "one line for each lesson (also without any command)", ANSWERS),
    "run": (running.run, "run lessons", {
        "ids": {"nargs": "*", "metavar": "lesson", "help": "as in the list; all when left out"},
        **PLACES,
        "--figure": _switch("the first picture alone, as that of the question in 1.4"),
        "--ablation": _switch("1.2 alone: leave out each of its losses once, instead of the "
                              "lesson"),
        "--image": _path("2.2 alone: find the people in this picture, instead of the lesson",
                         metavar="FILE")}),
    "notebook": (running.write_notebook, "write a lesson as a notebook", {
        **LESSON, "--empty": _switch("without results, to run oneself"), **PLACES}),
    "start": (learning.start, "begin a lesson: copies its tasks to answers/", {
        **LESSON, "--notebook": _switch("as a notebook for Jupyter"), **ANSWERS}),
    "check": (checking.check, "check your answers", {
        "names": {"nargs": "*", "metavar": "task", "help": "a lesson or a task, 1.4 or 1.4a; "
                  "when left out, from the next open task on"},
        "--all": _switch("everything", "everything"),
        "--watch": _switch("again whenever an answer is saved"), **ANSWERS}),
    "hint": (learning.hint, "a hint, and one more at each call", TASK | ANSWERS),
    "solution": (learning.solution, "the worked answer", TASK | YES | ANSWERS),
    "reset": (learning.reset, "a task as it was at the start; keeps a backup",
              TASK | YES | ANSWERS),
    "grade": (grading.grade, "check the answers of a class", {
        "submissions": {"type": Path, "help": "a folder, .py or .ipynb for each student"},
        "--csv": _path("student, task, verdict, mistake (default: %(default)s)", "marks.csv",
                       "FILE", dest="table")}),
    "handout": (grading.handout, "a copy for a class, without solutions", {
        "folder": {"type": Path, "metavar": "DIR", "help": "a new folder"}}),
}


def parser() -> Parser:
    top = Parser(prog="python -m lessons", description="Walk through the exercises.")
    top.set_defaults(function=learning.list_lessons)
    commands = top.add_subparsers(metavar="command")
    for name, (function, words, options) in COMMANDS.items():
        command = commands.add_parser(name, help=words)
        command.set_defaults(function=function)
        for option, details in options.items():
            command.add_argument(option, **details)
    return top


@contextlib.contextmanager
def _signals_as_ctrl_c() -> Iterator[list[int]]:
    """Have `kill` and a closed terminal leave nothing behind either; gives those that came."""
    came: list[int] = []

    def stop(number: int, frame) -> None:
        came.append(number)
        raise KeyboardInterrupt

    watched = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    watched = [one for one in watched if signal.getsignal(one) is signal.SIG_DFL]  # as with nohup
    for one in watched:
        signal.signal(one, stop)
    try:
        yield came
    finally:
        for one in watched:
            signal.signal(one, signal.SIG_DFL)


def main(arguments: list[str] | None = None) -> int:
    """Carry out a command; returns the exit code."""
    if sys.stdout is None:  # closed, as by `>&-`: there is nobody to tell
        sys.stdout = open(os.devnull, "w", encoding="utf-8")
    # Into a pipe, too, line by line; and what a learner's code prints may hold any letter.
    sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")
    options = vars(parser().parse_args(arguments))
    function = options.pop("function")
    with _signals_as_ctrl_c() as signals:
        try:
            return function(**options) or 0
        except KeyboardInterrupt:
            number = signals[-1] if signals else signal.SIGINT
            print(f"\nstopped by {signal.Signals(number).name if signals else 'Ctrl-C'}",
                  file=sys.stderr)
            return 128 + number
        except BrokenPipeError:  # as in `python -m lessons | head -1`: nobody reads on
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        except (InputError, OSError) as error:
            named = isinstance(error, OSError) and error.filename is not None and error.strerror
            print(f"error: {f'{error.filename}: {error.strerror}' if named else error}",
                  file=sys.stderr)
            return 2
