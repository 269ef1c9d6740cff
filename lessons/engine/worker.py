"""Running a learner's file, section by section, and checking its tasks; and the process for it.

Each section is run by itself, in one namespace. So a mistake in one, be it of syntax, costs that
task alone, and the others are checked all the same. A task is checked with the names as its own
section left them: a later one may use the same name for something else.

`sandbox` starts the process, with `main([FILE, TASK, ..., "--skip", SECTION, ...])`. It tells what
happens, one line of JSON each, on what was its standard output:

    {"loading": "1.4a"}        about to run this section of the file ("" is the header)
    {"checking": "1.4a"}       about to check this task
    {"printed": "..."}         the learner's code has printed this
    {"outcome": {...}}         an `Outcome`

So whoever listens knows what it was at when it hangs or dies. The learner's code cannot get at
these lines by printing: what it prints goes another way.
"""

from __future__ import annotations

import ast
import json
import linecache
import os
import sys
import traceback
import types
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from lessons.engine import answer as answer_module
from lessons.engine.answer import Answer
from lessons.engine.tasks import TASK_0, Section, Task, cut, load_tasks
from lessons.engine.verdict import ERROR, PASSED, TODO, WRONG, Outcome, Todo, Wrong

MEMORY = 2 * 2**30  # bytes that the process of a check may have
PRINTED = 2000  # characters a task that are passed on


@dataclass
class Loaded:
    """A file that has been run.

    Attributes
    ----------
    name : its path, as messages show it.
    module : what it has been run in.
    after : the names as they were after each section, by task.
    failures : what there is to say of sections that could not be run, by task; "" is the header.
    """

    name: str
    module: types.ModuleType
    after: dict[str, dict] = field(default_factory=dict)
    failures: dict[str, list[str]] = field(default_factory=dict)


def load(text: str, name: str, kind: str = "task", *,
         before: Callable[[str], None] = lambda task: None, skip: frozenset[str] = frozenset(),
         ) -> Loaded:
    """Run a file.

    Parameters
    ----------
    text, name : the file.
    kind : which marker lines cut it.
    before : called with the task of each section before it is run.
    skip : sections that are not run, by task.
    """
    module = types.ModuleType("your_answer")  # a name that no file beside it will have
    module.__file__ = name
    loaded = Loaded(name, module)
    _register(module)
    for section in cut(text, kind):
        if section.task not in skip:
            before(section.task)
            failure = _run(section, loaded)
            if failure and section.task not in loaded.failures:
                loaded.failures[section.task] = failure
            loaded.after[section.task] = dict(vars(module))
    return loaded


def _register(module: types.ModuleType) -> None:
    """Have Python find the module by its name: dataclasses and pickling look for it there."""
    sys.modules[module.__name__] = module


def _run(section: Section, loaded: Loaded) -> list[str]:
    try:
        # Empty lines before it, so that every line number in an error is the one in the file.
        tree = ast.parse("\n" * (section.line - 1) + section.text, loaded.name)
        # Without dont_inherit, the __future__ import of this file would hold for the learner's.
        code = compile(tree, loaded.name, "exec", dont_inherit=True)
        exec(code, vars(loaded.module))
    except SyntaxError as error:
        if error.filename != loaded.name or error.lineno is None:
            return _explain(error, loaded.name)
        return [f"{loaded.name}, line {error.lineno}: {type(error).__name__}: {error.msg}",
                *_source(error.text)]
    except (Exception, SystemExit) as error:
        # A stub called at the top level, as in TP = count(...), is still to do.
        return [] if _is_stub(error) else _explain(error, loaded.name)
    return []


def check(task: Task, loaded: Loaded) -> Outcome:
    """Check one task of a file that has been run."""
    for part in ("", task.name):
        if part in loaded.failures:
            return Outcome(task.name, ERROR, loaded.failures[part])
    _register(loaded.module)
    answer = Answer({**vars(loaded.module), **loaded.after.get(task.name, {})}, task.name)
    try:
        task.check(answer)
    except Wrong as wrong:
        return Outcome(task.name, WRONG, wrong.lines, wrong.mistake, answer.notes)
    except Todo as todo:
        return Outcome(task.name, TODO, [str(todo)] if str(todo) else [])
    except (Exception, SystemExit) as error:
        if _is_stub(error):
            return Outcome(task.name, TODO)
        return Outcome(task.name, ERROR, _explain(error, loaded.name))
    if answer.open:
        begun = [f"still to fill in: {', '.join(answer.open)}"] if answer.filled else []
        return Outcome(task.name, TODO, begun, notes=answer.notes)
    return Outcome(task.name, PASSED, notes=answer.notes)


def _is_stub(error: BaseException) -> bool:
    """Whether it is a stub that raised this: its message begins with the task's name."""
    return isinstance(error, NotImplementedError) and str(error).startswith("task ")


def _explain(error: BaseException, name: str) -> list[str]:
    """An exception in a line: where in the learner's file, and what; and the line of code."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename == name]
    where = f"{name}, line {own[-1].lineno}: " if own else ""
    code = _source(own[-1].line or linecache.getline(name, own[-1].lineno)) if own else []
    told = {
        MemoryError: f"this asks for more than the {MEMORY / 2**30:g} GB of memory that a check "
                     "may have",
        RecursionError: "RecursionError: the function calls itself without end",
        SystemExit: "this ends Python (exit, quit); a check needs the function to return",
        EOFError: "EOFError: a check does not answer input(); give the value in the code",
    }
    what = next((text for kind, text in told.items() if isinstance(error, kind)),
                f"{type(error).__name__}: {error}".rstrip(": ").splitlines()[0])
    lines = [where + what, *code]
    if own and isinstance(error, SyntaxError) and os.path.isfile(error.filename or ""):
        lines.append(f"this comes from {error.filename}, line {error.lineno}, which is imported")
    return lines if own else lines + _not_in_own_code(error, frames)


def _not_in_own_code(error: BaseException, frames: traceback.StackSummary) -> list[str]:
    """What to say of an exception that no line of the learner's has to do with."""
    last = frames[-1] if frames else traceback.FrameSummary("", 0, "")
    if last.filename == answer_module.__file__ and isinstance(error, TypeError):
        return ["the function must be callable as its first line in the stub says"]
    if f"{os.sep}minicv{os.sep}" in last.filename:
        return [f"this comes from {last.filename}, line {last.lineno}"]
    return ["the check could not go on with this answer"]


def _source(line: str | None) -> list[str]:
    return [f"    {line.strip()}"] if line and line.strip() else []


# -- the process -----------------------------------------------------------------------------------


class Telling:
    """Writes the lines of JSON; and is the text stream for what the learner's code prints."""

    encoding = "utf-8"

    def __init__(self):
        self._out = os.fdopen(os.dup(1), "w", encoding="utf-8")
        self._left = PRINTED
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.stdout = self

    def __call__(self, **message) -> None:
        if "printed" not in message:
            self._left = PRINTED
        self._out.write(json.dumps(message) + "\n")
        self._out.flush()

    def errors_too(self) -> None:
        """From now on what goes to standard error has been printed as well."""
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        sys.stderr = self

    def write(self, text: str) -> int:
        if self._left > 0:
            self(printed=str(text)[:self._left])
            self._left -= len(text)
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
    at = arguments.index("--skip")
    (path, *names), skip = arguments[:at], arguments[at + 1:]
    tell = Telling()
    # The learner's own folder comes last, for modules beside the file: a `random.py` there must
    # not win.
    sys.path.append(str(Path(path).resolve().parent))
    _limit_memory(MEMORY)
    tasks = {task.name: task for task in (TASK_0, *load_tasks(Path(path).stem))}
    tell.errors_too()
    # Bytes that are no UTF-8 become marks of replacement: harmless in a comment, and elsewhere
    # an error of syntax with a line number.
    text = Path(path).read_text(encoding="utf-8-sig", errors="replace")
    loaded = load(text, path, before=lambda section: tell(loading=section), skip=frozenset(skip))
    for name in names:
        tell(checking=name)
        tell(outcome=asdict(check(tasks[name], loaded)))
