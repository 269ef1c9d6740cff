"""The process in which a learner's code is run and checked; `watching` starts it and listens.

It is started with `main([FILE, LESSON, TASK, ..., "--skip", SECTION, ...])`, and a secret word on
standard input. It tells what happens on what was its standard output, one line each: the word, then
a dictionary, as Python writes it:

    {"loading": "1.4a"}        about to run this section of the file ("" is the header)
    {"checking": "1.4a"}       about to check this task
    {"outcome": {...}}         an `Outcome`

and each has "printed": how many bytes the learner's code had printed by then, on standard error,
which is a file.

So whoever listens knows what it was at when it hangs or dies. A line without the word is none of
ours.
"""

from __future__ import annotations

import io
import os
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from lessons.engine.sandbox.guarding import Guard
from lessons.engine.sandbox.loading import MEMORY, Loaded, check
from lessons.engine.sandbox.reading import read_answers
from lessons.engine.sections import cut
from lessons.engine.tasks import TASK_0, Lesson
from lessons.engine.verdict import ERROR, Outcome

FILE_SIZE = 64 * 2**20  # bytes of a file that the code may write
PRINTED = 2000  # characters a task that are kept of what the code prints


class Prints(io.TextIOBase):
    """Standard output and error of the learner's code: the first part is kept."""

    encoding = "utf-8"
    left = PRINTED

    def write(self, text: str) -> int:
        if self.left > 0:
            os.write(2, text[:self.left].encode("utf-8", "backslashreplace"))
            self.left -= len(text)
        return len(text)


def _telling() -> Callable[..., None]:
    """The function that writes the lines; and takes input and output away from what runs later."""
    word = sys.stdin.readline().strip()
    current, process = os.getpid, os.getpid()
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)
    text_of, status = repr, os.fstat
    prints = sys.stdout = sys.stderr = Prints()

    def tell(**message) -> None:
        if current() == process:  # and not a copy that the code has made of this process
            message["printed"] = status(2).st_size
            prints.left = PRINTED
            out.write(f"\n{word}{text_of(message)}\n")  # a new line, whatever stands there already
            out.flush()

    return tell


def _limit(kind: str, size: int) -> None:
    """Have the system refuse more; where it cannot (Windows, macOS), the check goes on without."""
    try:
        import resource

        limit = getattr(resource, kind)
        _, hard = resource.getrlimit(limit)
        soft = size if hard == resource.RLIM_INFINITY else min(size, hard)
        resource.setrlimit(limit, (soft, hard))
    except (ImportError, ValueError, OSError):
        pass


def main(arguments: list[str]) -> None:
    at = arguments.index("--skip")
    (path, stem, *names), skip = arguments[:at], arguments[at + 1:]
    # The learner's own folder comes last, for modules beside the file: a `random.py` there must
    # not win.
    sys.path.append(str(Path(path).resolve().parent))
    _limit("RLIMIT_AS", MEMORY)
    _limit("RLIMIT_FSIZE", FILE_SIZE)
    lesson = Lesson(stem)
    if lesson.failure:
        sys.exit(lesson.failure)
    tasks = {task.name: task for task in (TASK_0, *lesson.tasks)}
    source = read_answers(Path(path), lesson.stub_text)
    tell = _telling()
    # Names in this function, so that nothing the learner's code assigns can take their place.
    check_task, parts, outcome_of, put_back = check, vars, Outcome, Guard().put_back
    loaded, replaced = Loaded(source), defaultdict(list)
    for section in cut(source.text):
        if section.task not in skip:
            tell(loading=section.task)
            loaded.run(section)
            replaced[section.task] += put_back()
    for name in names:
        tell(checking=name)
        outcome = check_task(tasks[name], loaded)
        if loaded.imports_a_solution:
            outcome.notes.append("this imports a worked solution. Right; but to write it was the "
                                 "task")
        changed = replaced[""] + replaced[name]
        if changed:
            outcome.notes.append(f"the code replaces {_some(changed)}, which is not its own; it "
                                 "has been put back before the check")
        changed = [one for one in changed if one.startswith("lessons.")] + put_back()
        if changed:
            outcome = outcome_of(name, ERROR, [f"the code replaces {_some(changed)}, which checks "
                                               "it: nothing can be said of this answer"])
        tell(outcome=parts(outcome))


def _some(names: list[str]) -> str:
    others = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return f"{names[0]}{others}"
