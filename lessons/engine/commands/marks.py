"""What came out for a class: the table on the terminal, and the CSV."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from lessons import replace_file
from lessons.engine.tasks import Lesson
from lessons.engine.verdict import ERROR, PASSED, TODO, WRONG, Outcome

MARKS = {PASSED: "+", TODO: ".", WRONG: "x", ERROR: "E"}


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
    """The name of the mistake; of what does not run, why: an error, or the time limit."""
    if outcome.state == ERROR and not outcome.mistake and outcome.lines:
        return outcome.lines[0]
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
