"""Files of answers, cut into tasks at their marker lines.

In a stub, in the worked answers, and in a learner's own file,

    # %% task 1.4a: intersection over union

begins the section of a task, which reaches to the next such line. What stands before the first is
the header: imports. The marker is a cell marker (`# %%`) at the same time, so that editors and
Jupyter (with jupytext) show each task as a cell; other cells may begin within a section.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

MARKER = re.compile(r"^# %% (?P<kind>task|wrong|right) (?P<task>[\w.]+)(?:: *(?P<title>.*?))?\s*$")


@dataclass(frozen=True)
class Section:
    """One section of a file.

    Attributes
    ----------
    task : "1.4a", or "" for the header.
    title : what stands after the colon.
    line : number of its first line (the marker) in the file, from 1.
    text : all of its lines, the marker included.
    """

    task: str
    title: str
    line: int
    text: str


def cut(text: str, kind: str = "task") -> list[Section]:
    """The header and all sections, in the order of the file; their texts together are the file.

    >>> header, a = cut("import math\\n# %% task 1.4a: overlap\\nx = 1\\n")
    >>> a.task, a.title, a.line, a.text
    ('1.4a', 'overlap', 2, '# %% task 1.4a: overlap\\nx = 1\\n')
    """
    lines = text.splitlines(keepends=True)
    starts, names = [0], [("", "")]
    for number, line in enumerate(lines):
        marker = MARKER.match(line)
        if marker and marker["kind"] == kind:
            starts.append(number)
            names.append((marker["task"], marker["title"] or ""))
    return [Section(task, title, start + 1, "".join(lines[start:end]))
            for (task, title), start, end in zip(names, starts, [*starts[1:], len(lines)])]


def find(text: str, task: str) -> Section | None:
    """The section of a task, or None if its marker line is not there."""
    return next((section for section in cut(text) if section.task == task), None)


def restore(text: str, task: str, stub: str) -> str:
    """The text with one section as it is in the stub.

    If its marker line is missing, the section is put in before the next one of the stub that is
    there, or at the end.
    """
    names = [section.task for section in cut(stub)]
    old, *later = (find(text, name) for name in names[names.index(task):])
    lines = text.splitlines(keepends=True)
    start = end = next((section.line - 1 for section in later if section), len(lines))
    if old:
        start = old.line - 1
        end = start + len(old.text.splitlines())
    before = "".join(lines[:start])
    if before and not before.endswith("\n"):
        before += "\n"
    return before + find(stub, task).text + "".join(lines[end:])


def names_of_tasks(stub: str) -> dict[str, str]:
    """Which task each name of a stub belongs to.

    >>> names_of_tasks("import math\\n# %% task 1.4b: counts\\nTP = FP = None\\n")
    {'TP': '1.4b', 'FP': '1.4b'}
    """
    return {name: section.task for section in cut(stub) if section.task
            for statement in ast.parse(section.text).body for name in defined_names(statement)}


def defined_names(statement: ast.stmt) -> list[str]:
    """The names that a statement at the top level gives a value, other than by importing."""
    if hasattr(statement, "name"):
        return [statement.name]
    return [node.id for node in ast.walk(statement)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]


def wanted_names(section: Section) -> list[str]:
    """The names of a stub that are for the learner to fill in; in task 0 all.

    >>> wanted_names(Section("1.4b", "", 1, "TP = None\\nFP = None\\nBOXES = [1]\\n"))
    ['TP', 'FP']
    """
    return [name for node in ast.parse(section.text).body for name in defined_names(node)
            if section.task == "0" or f"task {section.task}" in ast.unparse(node)
            or isinstance(node, ast.Assign) and "None" in ast.unparse(node.value)]
