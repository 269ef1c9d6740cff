"""What becomes of an answer, how that is told on a terminal, and the file that remembers it."""

from __future__ import annotations

import os
import re
import sys
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

from lessons import InputError, NotLoaded, replace_file

RUN = "python -m lessons"
WIDTH = 70  # of the text beneath a task: with its margin it fits 80 columns

PASSED = "passed"
TODO = "todo"
WRONG = "wrong"  # it runs, and gives something else than it should
ERROR = "error"  # it does not run


class Todo(Exception):
    """Not done yet; the message says what is missing, or is empty if nothing has been done."""


class Wrong(Exception):
    """A wrong answer.

    Parameters
    ----------
    mistake : its name, as `union-without-subtracting`; `other` if it is none of the usual ones.
    what : what was looked at, as `iou(A, 1)`.
    got, expected : both as text; may be left out if the cause says it all.
    cause : the likely cause, and what to think about; the answer itself is not given away.
    """

    def __init__(self, mistake: str, what: str = "", *, got: str = "", expected: str = "",
                 cause: str = ""):
        super().__init__(mistake, what, got, expected, cause)
        self.mistake = mistake
        self.cause = cause
        self.lines = [*wrap(what), *labelled("got", got), *labelled("expected", expected),
                      *labelled("likely cause", cause)]  # for people to read


@dataclass
class Outcome:
    """The result of checking one task.

    Attributes
    ----------
    task : its name, as "1.4a".
    state : one of `PASSED`, `TODO`, `WRONG`, `ERROR`.
    lines : what there is to say about it, for people to read.
    mistake : the name of the mistake, if it is wrong.
    notes : what else was noticed, also in a right answer: what rounding has cost, say.
    printed : what the learner's code has printed on the way.
    """

    task: str
    state: str
    lines: list[str] = field(default_factory=list)
    mistake: str = ""
    notes: list[str] = field(default_factory=list)
    printed: str = ""


def wrap(text: str, width: int = WIDTH) -> list[str]:
    """Paragraphs of at most so many columns."""
    return [line for paragraph in text.splitlines()
            for line in textwrap.wrap(paragraph, width) or [""]]


def labelled(label: str, text: str) -> list[str]:
    """`label  text`, with all lines of the text beneath the first; nothing without a text."""
    margin = 14
    return [(f"{label}:" if number == 0 else "").ljust(margin) + line
            for number, line in enumerate(wrap(text, WIDTH - margin))]


def remarks(outcome: Outcome) -> list[str]:
    """What there is to say of an outcome, below the line that names it."""
    lines = list(outcome.lines)
    for note in outcome.notes:
        lines += wrap(f"note: {note}")
    lines += _printed(outcome.printed)
    if outcome.state in (WRONG, ERROR):
        lines.append(f"a hint:       {RUN} hint {outcome.task}")
    return lines


def _printed(text: str) -> list[str]:
    """The first lines of what the learner's code has printed."""
    lines = text.rstrip().splitlines()
    if not lines:
        return []
    shown = [f"    {line[:100]}" for line in lines[:8]]
    more = [f"    ... and {len(lines) - 8} lines more"] if len(lines) > 8 else []
    return ["your code printed:", *shown, *more]


# What a terminal obeys instead of showing it: colours, moves, titles, text from right to left; and
# halves of a letter, by which Python tells bytes of a file's name that are no UTF-8.
CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def plain(text: str) -> str:
    r"""A learner's text with what a terminal would obey made visible; a return is a new line.

    >>> plain("\x1b[2J gone?\r")
    '\\x1b[2J gone?\n'
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return CONTROL.sub(lambda found: ascii(found[0])[1:-1], text)


# -- the terminal: colours and questions; in a pipe there are none ---------------------------------

COLOURS = {"passed": "32", "todo": "33", "wrong": "31", "error": "31", "dim": "2", "bold": "1"}


def paint(text: str, colour: str) -> str:
    """The text in a colour of `COLOURS`, if standard output is a terminal that has them.

    https://no-color.org: who sets NO_COLOR wants none.
    """
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return text
    return f"\033[{COLOURS[colour]}m{text}\033[0m"


def confirm(question: str, yes: bool) -> bool:
    """Ask, unless it has been said before; an `InputError` if there is nobody to ask."""
    if yes:
        return True
    if not (sys.stdin and sys.stdin.isatty() and sys.stdout.isatty()):
        raise InputError(f"{question} There is no terminal to ask on: say --yes")
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:  # Ctrl-D
        print()
        return False


# -- what a learner has done so far ----------------------------------------------------------------

HEAD = "# What the checks have found. Safe to delete: ticks and hints begin anew."


class Progress:
    """What has been done so far: `progress.txt` in a folder of answers; it need not exist.

        # What the checks have found. Safe to delete: ticks and hints begin anew.
        1.4:0 passed
        1.4a passed hints=2
        1.4b open solution=1

    A line a task; every lesson has a task 0, so its tick stands under 1.4:0, and its hints under 0.
    Lines and words that this version of minicv does not know are kept as they are, so that going to
    another version and back loses nothing. The file is written whole or not at all, and what
    another command has put down in the meantime (a hint, while a check was running) is kept.
    """

    def __init__(self, folder: Path):
        self._path = folder / "progress.txt"
        self._lines = self._read()
        self._changes: dict[tuple[str, str], str] = {}  # (task, "state" or "hints"): value

    def _read(self) -> list[list[str]]:
        if not self._path.is_file():
            return []
        text = self._path.read_text(encoding="utf-8", errors="replace")
        return [line.split(" ") for line in text.splitlines() if line != HEAD]

    def _words(self, task: str) -> list[str]:
        """The line of a task, to be read or changed in place; empty if there is none."""
        return next((line for line in self._lines if line[0] == task), [])

    def passed(self, task: str) -> bool:
        """Whether the task passed when it was last checked."""
        return self._words(task)[1:2] == ["passed"]

    def begun(self, task: str) -> bool:
        """Whether the task is known to be neither passed nor untouched."""
        return self._words(task)[1:2] == ["open"]

    def set_passed(self, task: str, passed: bool | None) -> None:
        """Tick a task, or take the tick away; `None` forgets that it was begun."""
        if passed is not None or self._words(task):
            self._change(task, "state", {True: "passed", False: "open", None: "todo"}[passed])

    def count(self, task: str, what: str) -> int:
        """How often something was shown: `hints` or `solution`."""
        values = [word.partition("=")[2] for word in self._words(task)[2:]
                  if word.startswith(f"{what}=")]
        return next((int(value) for value in values if value.isdecimal()), 0)

    def set_count(self, task: str, what: str, count: int) -> None:
        self._change(task, what, str(count))

    def _change(self, task: str, what: str, value: str) -> None:
        self._changes[task, what] = value
        if not self._words(task):
            self._lines.append([task, "todo"])
        line = self._words(task)
        if what == "state":
            line[1:2] = [value]
        else:
            line[2:] = [*(word for word in line[2:] if not word.startswith(f"{what}=")),
                        f"{what}={value}"]

    def save(self) -> None:
        """Put the changes down in the file as it is now; make it, and the folder, if need be.

        If it cannot be written (a full disk, a folder that is not one's own, a minicv that does not
        load), that is a remark, and no more: what a check has found is on the screen all the same,
        and the old file stays as it was.
        """
        self._lines = self._read()
        for (task, what), value in list(self._changes.items()):
            self._change(task, what, value)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with replace_file(self._path, "w") as file:
                file.write("\n".join([HEAD, *map(" ".join, self._lines)]) + "\n")
        except NotLoaded as error:
            print(f"note: ticks and hints are not saved: {error}")
        except OSError as error:
            print(f"note: ticks and hints are not saved: {self._path}: {error.strerror or error}")
