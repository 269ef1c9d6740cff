"""Running a learner's file, section by section, and checking its tasks.

Each section is run by itself, in one namespace. So a mistake in one, be it of syntax, costs that
task alone, and the others are checked all the same. A task is checked with the names as its own
section left them: a later one may use the same name for something else.

`process` is where both happen when somebody else's code is checked.
"""

from __future__ import annotations

import ast
import errno
import linecache
import os
import sys
import traceback
import types

from lessons.engine import answer as answer_module
from lessons.engine.answer import Answer
from lessons.engine.reading import Source
from lessons.engine.tasks import Section, Task
from lessons.engine.verdict import ERROR, PASSED, TODO, WRONG, Outcome, Todo, Wrong

MEMORY = 2 * 2**30  # bytes that the process of a check may have
FILE_SIZE = 64 * 2**20  # bytes of a file that the code may write
NO_TEXT = "; code is text: save the file as UTF-8"
MODULE = "your_answer"  # what the learner's file is called as a module: as no file beside it is


class Loaded:
    """A file that is run.

    Parameters
    ----------
    source : the file; its path is the one that Python knows the code by.

    Attributes
    ----------
    module : what it is run in.
    after : the names as they were after each section, by task.
    failures : what there is to say of sections that could not be run, by task; "" is the header.
    """

    def __init__(self, source: Source):
        self.source = source
        self.module = types.ModuleType(MODULE)
        self.module.__file__ = source.path
        self.after: dict[str, dict] = {}
        self.failures: dict[str, list[str]] = {}
        lines = source.text.splitlines(keepends=True)  # those of a notebook are in no file
        linecache.cache[source.path] = (len(source.text), None, lines, source.path)
        self.register()

    def register(self) -> None:
        """Have Python find the module by its name: dataclasses and pickling look for it there."""
        sys.modules[MODULE] = self.module

    @property
    def imports_a_solution(self) -> bool:
        """Whether the code has imported a lesson's `solution.py`, as nothing else here does."""
        return any(name.startswith("lessons.") and name.endswith(".solution")
                   for name in list(sys.modules))

    def run(self, section: Section) -> None:
        """Run one section; whatever it does, the next can be run."""
        failure = _run(section, self)
        if failure:
            self.failures.setdefault(section.task, failure)
        self.after[section.task] = dict(vars(self.module))


def _run(section: Section, loaded: Loaded) -> list[str]:
    source = loaded.source
    try:
        # Empty lines before it, so that every line number in an error is the one in the file.
        tree = ast.parse("\n" * (section.line - 1) + section.text, source.path)
        # Without dont_inherit, the __future__ import of this file would hold for the learner's.
        code = compile(tree, source.path, "exec", dont_inherit=True)
    except SyntaxError as error:
        return [f"{source.place(error.lineno or section.line)}: {type(error).__name__}: "
                f"{error.msg}{NO_TEXT if 'null byte' in error.msg else ''}", *_source(error.text)]
    except (MemoryError, RecursionError):
        return [f"{source.place(section.line)}: nested too deeply: Python cannot read this section"]
    except ValueError as error:  # a byte that is 0
        return [f"{source.place(section.line)}: Python cannot read this section: {error}"
                f"{NO_TEXT}"]
    try:
        exec(code, vars(loaded.module))
    except BaseException as error:  # whatever a learner's code raises, the next is run
        # A stub called at the top level, as in TP = count(...), is still to do.
        return [] if _is_stub(error) else _explain(error, source)
    return []


def check(task: Task, loaded: Loaded) -> Outcome:
    """Check one task of a file that has been run."""
    for part in ("", task.name):
        if part in loaded.failures:
            return Outcome(task.name, ERROR, loaded.failures[part])
    loaded.register()
    answer = Answer({**vars(loaded.module), **loaded.after.get(task.name, {})}, task.name)
    try:
        task.check(answer)
    except Wrong as wrong:
        return Outcome(task.name, WRONG, wrong.lines, wrong.mistake, answer.notes)
    except Todo as todo:
        return Outcome(task.name, TODO, [str(todo)] if str(todo) else [])
    except BaseException as error:  # whatever a learner's code raises, the next is checked
        if _is_stub(error):
            return Outcome(task.name, TODO)
        return Outcome(task.name, ERROR, _explain(error, loaded.source))
    if answer.open:
        begun = [f"still to fill in: {', '.join(answer.open)}"] if answer.filled else []
        return Outcome(task.name, TODO, begun, notes=answer.notes)
    return Outcome(task.name, PASSED, notes=answer.notes)


def _is_stub(error: BaseException) -> bool:
    """Whether it is a stub that raised this: its message begins with the task's name."""
    return isinstance(error, NotImplementedError) and _text(error).startswith("task ")


def _text(error: BaseException) -> str:
    """The first line of what an exception says, if it can be had."""
    try:
        return f"{str(error)[:300]}\n".splitlines()[0]
    except BaseException:  # a learner's own __str__
        return "its text cannot be shown"


def _explain(error: BaseException, source: Source) -> list[str]:
    """An exception in a line: where in the learner's file, and what; and the line of code."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if source.owns(frame.filename)]
    where = f"{source.place(own[-1].lineno)}: " if own else ""
    code = _source(own[-1].line) if own else []
    told = {
        MemoryError: f"this asks for more than the {MEMORY / 2**30:g} GB of memory that a check "
                     "may have",
        RecursionError: "RecursionError: the function calls itself without end",
        SystemExit: "this ends Python (exit, quit); a check needs the function to return",
        EOFError: "EOFError: a check does not answer input(); give the value in the code",
        KeyboardInterrupt: "KeyboardInterrupt: stopped by Ctrl-C, or by a raise in the code",
    }
    if isinstance(error, OSError) and error.errno == errno.EFBIG:
        told[OSError] = f"{_text(error)}: in a check, a file has at most {FILE_SIZE >> 20} MB"
    what = next((text for kind, text in told.items() if isinstance(error, kind)),
                f"{type(error).__name__}: {_text(error)}".rstrip(": "))
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
    return [f"    {line.strip()[:100]}"] if line and line.strip() else []
