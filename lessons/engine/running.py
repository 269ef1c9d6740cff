"""Running a learner's file, section by section, and checking a task of it. In this very process.

Each section is run by itself, in one namespace. So a mistake in one, be it of syntax, costs that
task alone, and the others are checked all the same. A task is checked with the names as its own
section left them: a later one may use the same name for something else.
"""

from __future__ import annotations

import ast
import linecache
import os
import sys
import traceback
import types
from collections.abc import Callable
from dataclasses import dataclass, field

from lessons.engine import answer as answer_module
from lessons.engine.answer import Answer
from lessons.engine.sections import Section, cut
from lessons.engine.task import Task
from lessons.engine.verdict import ERROR, PASSED, TODO, WRONG, Outcome, Todo, Wrong

MEMORY = 2 * 2**30  # bytes that the process of a check may have


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
            return explain(error, loaded.name)
        return [f"{loaded.name}, line {error.lineno}: {type(error).__name__}: {error.msg}",
                *_source(error.text)]
    except NotImplementedError as error:
        if is_stub(error):  # a stub called at the top level, as in TP = count(...): still to do
            return []
        return explain(error, loaded.name)
    except (Exception, SystemExit) as error:
        return explain(error, loaded.name)
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
        return Outcome(task.name, WRONG, wrong.lines(), wrong.mistake, answer.notes)
    except Todo as todo:
        return Outcome(task.name, TODO, [str(todo)] if str(todo) else [])
    except NotImplementedError as error:
        if is_stub(error):
            return Outcome(task.name, TODO)
        return Outcome(task.name, ERROR, explain(error, loaded.name))
    except (Exception, SystemExit) as error:
        return Outcome(task.name, ERROR, explain(error, loaded.name))
    if answer.open:
        begun = bool(answer.filled)
        return Outcome(task.name, TODO, [f"still to fill in: {', '.join(answer.open)}"]
                       if begun else [], notes=answer.notes)
    return Outcome(task.name, PASSED, notes=answer.notes)


def is_stub(error: NotImplementedError) -> bool:
    """Whether it is a stub that raised this: its message begins with the task's name."""
    return str(error).startswith("task ")


def explain(error: BaseException, name: str) -> list[str]:
    """An exception in a line: where in the learner's file, and what; and the line of code."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename == name]
    where = f"{name}, line {own[-1].lineno}: " if own else ""
    code = _source(own[-1].line or linecache.getline(name, own[-1].lineno)) if own else []
    if isinstance(error, MemoryError):
        what = (f"this asks for more than the {MEMORY / 2**30:g} GB of memory that a check may "
                "have")
    elif isinstance(error, RecursionError):
        what = "RecursionError: the function calls itself without end"
    elif isinstance(error, SystemExit):
        what = "this ends Python (exit, quit); a check needs the function to return"
    elif isinstance(error, EOFError):
        what = "EOFError: a check does not answer input(); give the value in the code"
    else:
        what = f"{type(error).__name__}: {error}".rstrip(": ")
    lines = [where + what.splitlines()[0], *code]
    if own and isinstance(error, SyntaxError) and os.path.isfile(error.filename or ""):
        lines.append(f"this comes from {error.filename}, line {error.lineno}, which is imported")
    if not own:
        lines += _not_in_own_code(error, frames)
    return lines


def _not_in_own_code(error: BaseException, frames: traceback.StackSummary) -> list[str]:
    """What to say of an exception that no line of the learner's has to do with."""
    if frames and frames[-1].filename == answer_module.__file__:
        if isinstance(error, TypeError):
            return ["the function must be callable as its first line in the stub says"]
    if frames and f"{os.sep}minicv{os.sep}" in frames[-1].filename:
        return [f"this comes from {frames[-1].filename}, line {frames[-1].lineno}"]
    return ["the check could not go on with this answer"]


def _source(line: str | None) -> list[str]:
    return [f"    {line.strip()}"] if line and line.strip() else []
