"""Colours and questions: on a terminal only. In a pipe there are none."""

from __future__ import annotations

import os
import sys

from lessons import InputError

COLOURS = {"passed": "32", "todo": "33", "wrong": "31", "error": "31", "dim": "2", "bold": "1"}


def paint(text: str, colour: str) -> str:
    """The text in a colour of `COLOURS`, if standard output is a terminal that has them.

    https://no-color.org: who sets NO_COLOR wants none.
    """
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return text
    return f"\033[{COLOURS[colour]}m{text}\033[0m"


def confirm(question: str, yes: bool) -> bool:
    """Ask, unless it has been said before.

    Raises
    ------
    InputError : there is nobody to ask.
    """
    if yes:
        return True
    if not (sys.stdin and sys.stdin.isatty() and sys.stdout.isatty()):
        raise InputError(f"{question} There is no terminal to ask on: say --yes")
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:  # Ctrl-D
        print()
        return False
