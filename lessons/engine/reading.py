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
from lessons.engine.tasks import LESSONS, MARKER, cut

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
        codes = [_joined(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise InputError(f"{path}: not a notebook that Jupyter could read "
                         f"({type(error).__name__}: {str(error)[:60]}); save it again in Jupyter, "
                         "or take a copy from before") from error
    return _taken(str(path), codes, names_of_tasks(stub))


def decode(data: bytes) -> str:
    r"""Bytes of a file as text with \n at its line ends.

    UTF-8, or UTF-16 as Windows may save it. What is neither becomes marks of replacement: harmless
    in a comment, and elsewhere an error of syntax with a line number.

    >>> decode("x = 1\r\n".encode("utf-16"))
    'x = 1\n'
    """
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = data.decode("utf-16" if wide else "utf-8-sig", errors="replace")
    return text.replace("\r\n", "\n")


def _joined(source: str | list[str]) -> str:
    return source if isinstance(source, str) else "".join(source)


def names_of_tasks(stub: str) -> dict[str, str]:
    """Which task each name of a stub belongs to.

    >>> names_of_tasks("import math\\n# %% task 1.4b: counts\\nTP = FP = None\\n")
    {'TP': '1.4b', 'FP': '1.4b'}
    """
    return {name: section.task for section in cut(stub) if section.task
            for statement in ast.parse(section.text).body for name in _defined(statement)}


def _defined(statement: ast.stmt) -> list[str]:
    """The names that a statement at the top level gives a value."""
    if hasattr(statement, "name"):
        return [statement.name]
    if isinstance(statement, (ast.Import, ast.ImportFrom)):
        return []
    return [node.id for node in ast.walk(statement)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]


# -- notebooks -------------------------------------------------------------------------------------


def _taken(path: str, codes: list[str], tasks: dict[str, str]) -> Source:
    """What is run of the code cells of a notebook."""
    codes = [_without_magics(code) for code in codes]
    needed = set().union(*map(_needed, codes))
    text, places, drawn = "", [], set()
    for number, code in enumerate(codes, start=1):
        marked = any(MARKER.match(line) for line in code.splitlines())
        if not marked:
            own = [tasks[name] for name in _names(code) if name in tasks]
            text += f"# %% task {own[0]}\n" if own else ""
            code = code if own and _assigns(code, tasks) else _definitions(code, needed)
        places.append((text.count("\n") + 1, number))
        text += _without_drawing(code, set(tasks), drawn).rstrip("\n") + "\n"
    return Source(path, text, tuple(places))


def _parse(code: str) -> ast.Module | None:
    try:
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


def _names(code: str) -> list[str]:
    """The names that a cell defines; if it is no Python, those that it seems to define."""
    tree = _parse(code)
    if tree is None:
        return re.findall(r"^(?:(?:def|class) +)?(\w+)(?= *[(:=])", code, re.MULTILINE)
    return [name for statement in tree.body for name in _defined(statement)]


def _assigns(code: str, tasks: dict[str, str]) -> bool:
    """Whether a cell gives a number that is asked for; one that is no Python may do so."""
    tree = _parse(code)
    return tree is None or any(name in tasks for statement in tree.body
                               if not isinstance(statement, DEFINES)
                               for name in _defined(statement))


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


def _definitions(code: str, needed: set[str]) -> str:
    """Of a cell, the imports, definitions, and values that definitions need; the rest empty."""
    tree = _parse(code)
    if tree is None:
        return ""
    return _empty(code, [statement for statement in tree.body if not (
        isinstance(statement, DEFINES)
        or isinstance(statement, (ast.Assign, ast.AnnAssign))
        and (needed & set(_defined(statement))
             or not any(isinstance(node, ast.Call) for node in ast.walk(statement))))])


def _without_drawing(code: str, answers: set[str], drawn: set[str]) -> str:
    """A cell without the statements that draw, or work on what a drawing one has made."""
    tree = _parse(code)
    left_out = []
    for statement in tree.body if tree else []:
        used = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
        if (used & (DRAWING | drawn) and not isinstance(statement, DEFINES)
                and not answers & set(_defined(statement))):
            left_out.append(statement)
            drawn |= set(_defined(statement)) - answers
    return _empty(code, left_out)


def _empty(code: str, statements: list[ast.stmt]) -> str:
    """The code with the lines of these statements empty, so that all others keep their number."""
    lines = code.splitlines()
    kept = {number for other in _parse(code).body if not _is_among(other, statements)
            for number in _lines_of(other)} if statements else set()
    for number in {number for statement in statements for number in _lines_of(statement)} - kept:
        lines[number - 1] = ""
    return "\n".join(lines)


def _is_among(statement: ast.stmt, others: list[ast.stmt]) -> bool:
    return any((statement.lineno, statement.col_offset) == (other.lineno, other.col_offset)
               for other in others)


def _lines_of(statement: ast.stmt) -> range:
    decorators = getattr(statement, "decorator_list", [])
    first = min([statement.lineno, *(one.lineno for one in decorators)])
    return range(first, statement.end_lineno + 1)
