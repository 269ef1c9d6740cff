"""The process in which a learner's code runs. Started by `runner`, never by hand.

    python worker.py FILE TASK... --skip SECTION...

It runs the file, checks the tasks one by one, and tells what happens, one line of JSON each, on
what was its standard output:

    {"loading": "1.4a"}        about to run this section of the file ("" is the header)
    {"checking": "1.4a"}       about to check this task
    {"printed": "..."}         the learner's code has printed this
    {"outcome": {...}}         an `Outcome`

So whoever listens knows what it was at when it hangs or dies. The learner's code cannot get at
these lines by printing: what it prints goes another way.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

PRINTED = 2000  # characters a task that are passed on


class Telling:
    """Writes the lines of JSON."""

    def __init__(self):
        self._out = os.fdopen(os.dup(1), "w", encoding="utf-8")
        self._left = PRINTED
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.stdout = _Printed(self)

    def __call__(self, **message) -> None:
        if "printed" not in message:
            self._left = PRINTED
        self._out.write(json.dumps(message) + "\n")
        self._out.flush()

    def errors_too(self) -> None:
        """From now on what goes to standard error has been printed as well."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        sys.stderr = sys.stdout

    def printed(self, text: str) -> None:
        if self._left > 0:
            self(printed=text[:self._left])
            self._left -= len(text)


class _Printed:
    """A text stream for print()."""

    encoding = "utf-8"

    def __init__(self, tell: Telling):
        self._tell = tell

    def write(self, text: str) -> int:
        self._tell.printed(str(text))
        return len(text)

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return False


def _limit_memory(n_bytes: int) -> None:
    """Have the system refuse more; where it cannot (Windows), the check goes on without."""
    try:
        import resource
    except ImportError:
        return
    try:
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        limit = n_bytes if hard == resource.RLIM_INFINITY else min(n_bytes, hard)
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    except (ValueError, OSError):  # macOS may refuse
        pass


def main(arguments: list[str]) -> None:
    path, *rest = arguments
    at = rest.index("--skip")
    names, skip = rest[:at], rest[at + 1:]
    tell = Telling()

    # Python put the folder of this script first; what is wanted is the folder above `lessons`, and
    # last the learner's own, for modules beside the file: a `random.py` there must not win.
    sys.path[0] = str(Path(__file__).resolve().parents[2])
    sys.path.append(str(Path(path).resolve().parent))
    from lessons.engine import running
    from lessons.engine.task import TASK_0, load_tasks

    _limit_memory(running.MEMORY)
    tasks = {task.name: task for task in (TASK_0, *load_tasks(Path(path).stem))}
    tell.errors_too()
    # Bytes that are no UTF-8 become marks of replacement: harmless in a comment, and elsewhere
    # an error of syntax with a line number.
    text = Path(path).read_text(encoding="utf-8-sig", errors="replace")
    loaded = running.load(text, path, before=lambda section: tell(loading=section),
                          skip=frozenset(skip))
    for name in names:
        tell(checking=name)
        tell(outcome=running.check(tasks[name], loaded).as_dict())


if __name__ == "__main__":
    main(sys.argv[1:])
