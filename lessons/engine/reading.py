"""A learner's file as Python text: a `.py` file, or the code cells of a notebook.

A notebook holds more than answers: cells that look at data, train for minutes, draw. What is taken
of it is what answers are made of:

- a cell that begins with `# %% task 2.1a` belongs to that task; so does one without such a line
  that defines a name of the task's stub, so that the notebook may be one's own;
- of these all is run, of any other cell only what it imports and defines, and values that these
  need; never what draws, nor `check(...)`, nor lines of Jupyter's own (`%matplotlib`, `!ls`).
"""

from __future__ import annotations

import ast
import json
import os
import re
import symtable
from dataclasses import dataclass
from pathlib import Path

from lessons import InputError
from lessons.engine.tasks import LESSONS, MARKER, defined_names, names_of_tasks

CELL = "the cell"  # in place of the path of what is checked where it stands
LARGEST = 50 * 2**20  # bytes of a file: a notebook holds its pictures
DRAWING = {"plt", "pyplot", "sns", "display", "check"}
DEFINES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Try)


@dataclass(frozen=True)
class Source:
    """A learner's file.

    Attributes
    ----------
    path : as messages show it.
    text : all of a `.py` file; of a notebook what is run.
    cells : of a notebook, the first line in `text` of each code cell, and which cell that is.
    """

    path: str
    text: str
    cells: tuple[tuple[int, int], ...] = ()

    def owns(self, file: str) -> bool:
        """Whether code of this file, as Python calls it, is the learner's."""
        if self.path != CELL:
            return file == self.path
        theirs = (os.path.dirname(os.__file__), str(LESSONS), str(LESSONS.parent / "minicv"), "<")
        return "ipython-input" in file or not file.startswith(theirs) and "-packages" not in file

    def place(self, line: int) -> str:
        """Where a line of the text stands.

        >>> Source("a.py", "").place(3), Source("a.ipynb", "", ((1, 1), (5, 2))).place(6)
        ('a.py, line 3', 'a.ipynb, code cell 2, line 2')
        """
        first, cell = max(((first, cell) for first, cell in self.cells if first <= line),
                          default=(1, 0))
        where = f", code cell {cell}" if cell else ""
        return f"{self.path}{where}, line {line - first + 1}"


def read_answers(path: Path, stub: str = "") -> Source:
    """Read a learner's file; what cannot be read is an `InputError` of one line.

    Parameters
    ----------
    path : a `.py` file or a notebook, `.ipynb`.
    stub : the text of the lesson's stub: whose names tell which cell answers what.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise InputError(f"{path}: larger than {LARGEST >> 20} MB, which no answer is")
        text = decode(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    if path.suffix != ".ipynb":
        return Source(str(path), text)
    try:
        cells = json.loads(text)["cells"]
        codes = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise InputError(f"{path}: not a notebook that Jupyter could read "
                         f"({type(error).__name__}: {str(error)[:60]}); save it again in Jupyter, "
                         "or take a copy from before") from error
    return _taken(str(path), codes, names_of_tasks(stub))


def decode(data: bytes, errors: str = "replace") -> str:
    r"""Bytes of a file as text with \n at its line ends.

    UTF-8, or UTF-16 as Windows may save it. What is neither becomes marks of replacement: harmless
    in a comment, and elsewhere an error of syntax with a line number.

    >>> decode("x = 1\r\n".encode("utf-16"))
    'x = 1\n'
    """
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = data.decode("utf-16" if wide else "utf-8-sig", errors=errors)
    return text.replace("\r\n", "\n")


# -- notebooks -------------------------------------------------------------------------------------


def _taken(path: str, codes: list[str], tasks: dict[str, str]) -> Source:
    """What is run of the code cells of a notebook; `tasks` are those of the stub's names."""
    codes = [_without_magics(code) for code in codes]
    needed = set().union(*map(_needed, codes))
    text, places, drawn = "", [], set()
    for number, code in enumerate(codes, start=1):
        tree = _parse(code)
        whole = any(MARKER.match(line) for line in code.splitlines())
        if not whole:
            own = [name for name in _names(code, tree) if name in tasks]
            text += f"# %% task {tasks[own[0]]}\n" if own else ""
            # One that gives a number that is asked for, or is no Python and may do so.
            whole = bool(own) and (tree is None or any(
                name in tasks for statement in tree.body if not isinstance(statement, DEFINES)
                for name in defined_names(statement)))
        places.append((text.count("\n") + 1, number))
        kept, left_out = [], []
        for statement in tree.body if tree else []:
            taken = ((whole or _defines(statement, needed))
                     and not _draws(statement, drawn, set(tasks)))
            (kept if taken else left_out).append(statement)
        lines = code.split("\n") if tree or whole else []
        for line in _lines_of(left_out) - _lines_of(kept):  # all others keep their number
            lines[line - 1] = ""
        text += "\n".join(lines).rstrip("\n") + "\n"
    return Source(path, text, tuple(places))


def _parse(code: str) -> ast.Module | None:
    try:
        symtable.symtable(code, "cell", "exec")  # finds more than the parser: a late `global`
        return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None  # told when it is run, if it belongs to a task


def _without_magics(code: str) -> str:
    """Lines for Jupyter made empty; a cell in another language left out."""
    first = re.match(r"\s*%%(\w+)", code)
    if first and first[1] not in ("time", "timeit", "capture"):
        return ""
    if _parse(code) is not None:  # a line may begin with % in Python, too
        return code
    return re.sub(r"^(\s*)(?:%|!|\?|\w+ *= *[%!]|[\w.]+\?+ *$).*$", r"\1pass", code,
                  flags=re.MULTILINE)


def _names(code: str, tree: ast.Module | None) -> list[str]:
    """The names that a cell defines; if it is no Python, those that it seems to define."""
    if tree is None:
        return re.findall(r"^(?:(?:def|class) +)?(\w+)(?= *[(:=])", code, re.MULTILINE)
    return [name for statement in tree.body for name in defined_names(statement)]


def _needed(code: str) -> set[str]:
    """The names from outside that the functions and classes of a cell use."""
    if _parse(code) is None:
        return set()
    tables, names = list(symtable.symtable(code, "cell", "exec").get_children()), set()
    while tables:
        table = tables.pop()
        tables += table.get_children()
        names |= {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global()}
    return names


def _defines(statement: ast.stmt, needed: set[str]) -> bool:
    """Whether it imports or defines, or gives a plain value, or one that definitions need."""
    if not isinstance(statement, (ast.Assign, ast.AnnAssign)):
        return isinstance(statement, DEFINES)
    return (not needed.isdisjoint(defined_names(statement))
            or not any(isinstance(node, ast.Call) for node in ast.walk(statement)))


def _draws(statement: ast.stmt, drawn: set[str], answers: set[str]) -> bool:
    """Whether it draws, or works on what a drawing one has made, which is put down in `drawn`."""
    used = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
    own = set(defined_names(statement))
    if used.isdisjoint(DRAWING | drawn) or isinstance(statement, DEFINES) or own & answers:
        return False
    drawn |= own
    return True


def _lines_of(statements: list[ast.stmt]) -> set[int]:
    return {line for statement in statements for line in range(
        min(one.lineno for one in [statement, *getattr(statement, "decorator_list", [])]),
        statement.end_lineno + 1)}
