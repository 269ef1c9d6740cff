"""Wrong answers that are a right one with one thing changed, written as the change alone.

A file `wrong.diff` has sections as `wrong.py`, and in each of them lines of a right answer: those
with a minus go, those with a plus come, those with a blank stay and tell where. An empty line ends
one change, and another may follow. A block of lines that go and stay must be in the right answer
exactly once. The right answer is the first of the task in `right.py` to which all changes apply.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from lessons.engine.tasks import Section, cut


def changed_answers(path: Path) -> Iterator[tuple[Section, Section]]:
    """(header, section) of each wrong answer of a `wrong.diff`, with `right.py` beside it."""
    header, *rights = cut(path.with_name("right.py").read_text(encoding="utf-8"), "right")
    for section in cut(path.read_text(encoding="utf-8"), "wrong")[1:]:
        changes = section.text.splitlines()[1:]
        texts = [change(right.text, changes) for right in rights if right.task == section.task]
        text = next(filter(None, texts), None)
        assert text, f"{path}, line {section.line}: no right answer of {section.task} has this"
        yield header, replace(section, text=text)


def change(text: str, lines: list[str]) -> str | None:
    r"""The text after these changes; None if one of them does not apply, or in several places.

    >>> change("a = 1\nb = 2\n", ["-b = 2", "+b = 3"])
    'a = 1\nb = 3\n'
    >>> change("a = 1\na = 1\n", ["-a = 1"]) is None
    True
    """
    for block in "\n".join(lines).split("\n\n"):
        hunk = [line for line in block.splitlines() if line]
        if not hunk:
            continue
        assert all(line[0] in "-+ " for line in hunk), block
        old = "".join(line[1:] + "\n" for line in hunk if line[0] in "- ")
        new = "".join(line[1:] + "\n" for line in hunk if line[0] in "+ ")
        places = [place.start() for place in re.finditer("^" + re.escape(old), text, re.M)]
        if len(places) != 1:
            return None
        text = text[:places[0]] + new + text[places[0] + len(old):]
    return text
