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

The learner's code and its check share this process. Who writes `np.abs = my_abs`, or keeps a sum in
`sum`, must not make a right answer wrong, nor a wrong one right. So all functions and classes that
the checks use are noted before the code is run, and put back after it (`Guard`); and the checks are
taken out of Python's table of modules, so that whoever imports them gets a copy, and changes that
alone.

This is a guard against accidents and simple tricks. Python has no walls within a process: code that
walks through its frames or its memory finds the checks, and the word with which outcomes are told;
to keep that word out of the process until it is wanted would not help, since such code can ask for
it as well as we. A teacher finds it by reading: `grade` lists the files that have what it takes.
"""

from __future__ import annotations

import io
import os
import sys
import types
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import lessons
from lessons.engine.loading import FILE_SIZE, MEMORY, Loaded, check
from lessons.engine.reading import read_answers
from lessons.engine.tasks import TASK_0, Lesson, cut
from lessons.engine.verdict import ERROR, Outcome

PROCESSOR = 600  # seconds: if who watches was killed, a loop does not go on for ever
PRINTED = 2000  # characters a task that are kept of what the code prints
WATCHED = {"numpy", "minicv", "lessons", "math", "builtins", "json", "random", "operator"}
OURS = ("minicv.", "lessons.")
SHARED = "lessons.course"  # in which a check looks for what the answer has told
PARTS = ("__code__", "__defaults__", "__kwdefaults__")  # of a function


class Guard:
    """Hides the checks, and notes what the modules hold that are loaded now."""

    def __init__(self):
        self._kept = []  # (its name for people, whose it is, the name there, the value)
        watched = {name: module for name, module in sys.modules.items()
                   if name.partition(".")[0] in WATCHED and isinstance(module, types.ModuleType)}
        for name in watched:
            if name.startswith("lessons.") and name != SHARED:
                del sys.modules[name]
                vars(lessons).pop(name.split(".")[1], None)
        for module_name, module in watched.items():
            for name, value in list(vars(module).items()):
                if callable(value) or isinstance(value, types.ModuleType):
                    self._keep(module_name, module, name, value)

    def _keep(self, path: str, holder: object, name: str, value: object) -> None:
        called = f"{path}.{name}".removeprefix("builtins.")
        self._kept.append((called, holder, name, value))
        own = str(getattr(value, "__module__", "")).startswith(OURS)
        if own and isinstance(value, type):
            for part, function in list(vars(value).items()):
                if isinstance(function, (types.FunctionType, property, classmethod)):
                    self._keep(called, value, part, function)
        elif own and isinstance(value, types.FunctionType):
            self._kept += [(called, value, part, getattr(value, part)) for part in PARTS]

    def put_back(self) -> list[str]:
        """Put everything back as it was; returns the names of what had been replaced."""
        replaced = []
        for called, holder, name, value in self._kept:
            now = getattr(holder, name) if name in PARTS else vars(holder).get(name)
            if now is not value:
                replaced.append(called)
                setattr(holder, name, value)
        return replaced


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
    _limit("RLIMIT_CPU", PROCESSOR)
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
            outcome.notes.append("this imports a worked solution: to write it oneself is the task")
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
