"""Answers in a notebook: written with the tasks of a lesson, and checked in place.

    from lessons import check
    check("2.1a", get_train_val_split)      a function or class, known by its name
    check("1.4b", TP=1, FP=4, FN=3)         numbers by name, or in the order of the stub
    check("1.4b")                           what the notebook has under the names of the stub

`python -m lessons check` reads the same notebook once it is saved (`reading`); what is checked here
is not ticked in the list.
"""

from __future__ import annotations

import ast
import json
import sys
import types

from lessons import InputError
from lessons.engine.notebook import FIND, as_text, code_cell, markdown_cell
from lessons.engine.reading import CELL, Source
from lessons.engine.tasks import TASK_0, Lesson, Section, cut, find, find_lessons, select
from lessons.engine.verdict import paint, remarks
from lessons.engine.worker import Loaded, check


def as_notebook(lesson: Lesson) -> str:
    """The stub of a lesson as the text of a notebook: for each task its words, stub and check."""
    header, *sections = cut(lesson.stub_text)
    module = ast.parse(header.text)
    first = module.body[1].lineno if len(module.body) > 1 else len(header.text)
    imports = "\n".join(header.text.splitlines()[first - 1:]).strip()
    cells = [markdown_cell(f"# {ast.get_docstring(module)}\n\nOr run the cell below a task, which "
                           "checks it at once.", 0),
             code_cell(FIND, 1), code_cell(f"{imports}\n\nfrom lessons import check", 2)]
    for section in sections:
        cells += _cells(section, len(cells))
    return as_text(cells)


def _cells(section: Section, number: int) -> list[dict]:
    """What the task says, its stub, its check."""
    lines = section.text.splitlines()
    code = next(i for i, line in enumerate(lines) if line.strip() and not line.startswith("#"))
    words = "\n".join(line.lstrip("# ") for line in lines[1:code])
    return [markdown_cell(f"## Task {section.task}: {section.title}\n\n{words}".strip(), number),
            code_cell(f"{lines[0]}\n" + "\n".join(lines[code:]).strip(), number + 1),
            code_cell(_call(section), number + 2)]


def _call(section: Section) -> str:
    wanted = wanted_names(section)
    arguments = [name if name in _functions(section) else f"{name}={name}" for name in wanted]
    return f"check({', '.join([repr(section.task), *arguments])})".replace("'", '"')


def _functions(section: Section) -> list[str]:
    return [node.name for node in ast.parse(section.text).body if hasattr(node, "name")]


def wanted_names(section: Section) -> list[str]:
    """The names of a stub that are for the learner to fill in; in task 0 all.

    >>> wanted_names(Section("1.4b", "", 1, "TP = None\\nFP = None\\nBOXES = [1]\\n"))
    ['TP', 'FP']
    """
    names = []
    for node in ast.parse(section.text).body:
        if hasattr(node, "name"):
            if section.task == TASK_0.name or f"task {section.task}" in ast.unparse(node):
                names.append(node.name)
        elif isinstance(node, ast.Assign) and "None" in ast.unparse(node.value):
            names += [name.id for target in node.targets for name in ast.walk(target)
                      if isinstance(name, ast.Name)]
    return names


def with_stub(text: str, lesson: Lesson, task: str) -> str:
    """The text of a notebook with the stub of one task put back."""
    notebook = json.loads(text)
    fresh = _cells(find(lesson.stub_text, task), len(notebook["cells"]))
    own = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"
           and find("".join(cell["source"]), task)]
    for cell in own:
        cell.update(source=fresh[1]["source"], outputs=[], execution_count=None)
    if not own:
        notebook["cells"] += fresh
    return as_text(notebook["cells"], notebook)


def check_here(name: str, answers: tuple, named: dict) -> None:
    """Check one task with what is given, and print what comes out; `lessons.check` calls this."""
    try:
        (lesson, tasks), = select([name], lessons := find_lessons(), list(lessons.values())[:1])
        if lesson.failure or len(tasks) != 1:
            raise InputError(lesson.failure or f"{name} is more than one task; say which: "
                             f"{', '.join(task.name for task in tasks if task is not TASK_0)}")
        task, = tasks
        section = find(lesson.stub_text, task.name)
        module = types.ModuleType("your_answer")
        vars(module).update({own: value for own, value in vars(sys.modules["__main__"]).items()
                             if not own.startswith("__")})
        vars(module).update(_by_name(answers, named, section))
    except InputError as error:
        print(f"error: {error}")
        return
    outcome = check(task, Loaded(Source(CELL, ""), module))
    print(f"{task.name}  {paint(outcome.state, outcome.state)}  {task.title}")
    for line in remarks(outcome):
        print(f"    {line}".rstrip())


def _by_name(answers: tuple, named: dict, section: Section) -> dict:
    """Each answer under the name that the stub has for it."""
    wanted = wanted_names(section)
    unknown = [name for name in named if name not in wanted]
    by_name = dict.fromkeys(wanted if answers or named else []) | named
    for answer in answers:
        own = getattr(answer, "__name__", "")
        free = [name for name in wanted if by_name[name] is None]
        if own in free:
            free = [own]
        if not free:
            unknown.append(own or repr(answer)[:40])
        else:
            by_name[free[0]] = answer
    if unknown:
        raise InputError(f"task {section.task} asks for {', '.join(wanted)}; what is "
                         f"{', '.join(unknown)}?")
    return by_name
