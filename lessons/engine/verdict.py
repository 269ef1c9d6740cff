"""What becomes of an answer: it passed, it is still to do, or something is wrong, and why."""

from __future__ import annotations

import textwrap
from dataclasses import asdict, dataclass, field

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
        self.what = what
        self.got = got
        self.expected = expected
        self.cause = cause

    def lines(self) -> list[str]:
        """For people to read."""
        lines = wrap(self.what)
        lines += labelled("got", self.got) + labelled("expected", self.expected)
        return lines + labelled("likely cause", self.cause)


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
    """

    task: str
    state: str
    lines: list[str] = field(default_factory=list)
    mistake: str = ""
    notes: list[str] = field(default_factory=list)

    def as_dict(self) -> dict:
        return asdict(self)


def wrap(text: str) -> list[str]:
    """Paragraphs of at most `WIDTH` columns."""
    return [line for paragraph in text.splitlines()
            for line in textwrap.wrap(paragraph, WIDTH) or [""]]


def labelled(label: str, text: str) -> list[str]:
    """`label  text`, with all lines of the text beneath the first; nothing without a text."""
    margin = 14
    lines = [line for paragraph in text.splitlines()
             for line in textwrap.wrap(paragraph, WIDTH - margin) or [""]]
    return [(f"{label}:" if number == 0 else "").ljust(margin) + line
            for number, line in enumerate(lines)]
