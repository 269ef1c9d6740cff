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

from lessons import InputError
from lessons.engine.running.notebook import FIND, as_text, code_cell, markdown_cell
from lessons.engine.sandbox.loading import Loaded, check
from lessons.engine.sandbox.reading import CELL, Source
from lessons.engine.sections import Section, cut, find, wanted_names
from lessons.engine.tasks import Lesson, find_lessons, select_one
from lessons.engine.verdict import paint, remarks


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
    functions = [node.name for node in ast.parse(section.text).body if hasattr(node, "name")]
    arguments = [name if name in functions else f"{name}={name}" for name in wanted_names(section)]
    return f"check({', '.join([repr(section.task), *arguments])})".replace("'", '"')


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
        lesson, task = select_one(name, list(find_lessons().values()))
        section = find(lesson.stub_text, task.name)
        loaded = Loaded(Source(CELL, ""))
        vars(loaded.module).update({own: value for own, value in vars(sys.modules["__main__"])
                                    .items() if not own.startswith("__")})
        vars(loaded.module).update(_by_name(answers, named, section))
    except InputError as error:
        print(f"error: {error}")
        return
    outcome = check(task, loaded)
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
