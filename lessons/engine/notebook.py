"""Notebooks, in Jupyter's format 4.5: of a lesson, and of its tasks to be answered.

No Jupyter is needed to write them: the cells of a lesson have run here, and what they showed is put
below them. In a notebook of answers each task has a cell that checks it (`checking.check_here`).
"""

from __future__ import annotations

import ast
import base64
import json
from collections.abc import Sequence
from pathlib import Path

from lessons import replace_file
from lessons.engine.lesson import CellRun, LessonRun, Picture, cut_cells
from lessons.engine.page import mesh_html
from lessons.engine.tasks import Lesson, Section, cut, find, wanted_names

# The first code cell of a script says where its checkout lies; a notebook may lie anywhere.
FIND = '''\
# Where is minicv? In a folder above this one, or where it was installed from (pip install -e).
import importlib.util
import sys
from pathlib import Path

folders = [Path.cwd(), *Path.cwd().parents, Path.cwd() / "minicv"]
spec = importlib.util.find_spec("minicv")
if spec and spec.origin:
    folders.insert(0, Path(spec.origin).parents[1])
checkout = next((one for one in folders if (one / "lessons" / "engine").is_dir()), None)
if checkout is None:
    raise SystemExit("minicv is not here. In Colab: get the repository into /content/minicv (clone "
                     "it, or upload and unpack it), and run this cell again. Elsewhere: open the "
                     "notebook within a checkout, or run  python -m pip install -e .  in one.")
sys.path.insert(0, str(checkout))
if any(importlib.util.find_spec(name) is None for name in ("numpy", "scipy", "PIL", "matplotlib")):
    import subprocess
    subprocess.check_call([sys.executable, "-m", "pip", "install", "-q", "-e", str(checkout)])'''


def as_text(cells: list[dict], notebook: dict | None = None) -> str:
    """A notebook of these cells, for Jupyter; what else it has is that of `notebook`."""
    notebook = {
        "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python",
                                    "name": "python3"},
                     "language_info": {"name": "python"}},
        "nbformat": 4, "nbformat_minor": 5,
        **(notebook or {}), "cells": cells,
    }
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def write_notebook(path: Path, script: Path, lesson: LessonRun | None = None) -> None:
    """Write a lesson as a notebook.

    Parameters
    ----------
    path : the file to create or replace.
    script : the lesson's `lesson.py`.
    lesson : one that has run, whose results are put in; without, the notebook is empty.
    """
    runs = lesson.runs if lesson else [
        CellRun(cell) for cell in cut_cells(script.read_text(encoding="utf-8"))]
    cells, count, found = [], 0, False
    for number, run in enumerate(runs):
        if run.cell.kind == "markdown":
            cells.append(markdown_cell(run.cell.source, number))
            continue
        source = run.cell.source
        if not found and "sys.path" in source:
            source, found = FIND, True
        count += 1
        cells.append(code_cell(source, number, count if lesson else None,
                               _outputs(run) if lesson else []))
    with replace_file(path, "w") as file:
        file.write(as_text(cells))


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def markdown_cell(text: str, number: int) -> dict:
    return {"cell_type": "markdown", "id": f"cell-{number}", "metadata": {},
            "source": _lines(text)}


def code_cell(source: str, number: int, count: int | None = None,
              outputs: Sequence[dict] = ()) -> dict:
    return {"cell_type": "code", "id": f"cell-{number}", "metadata": {},
            "execution_count": count, "outputs": list(outputs), "source": _lines(source)}


def _outputs(run: CellRun) -> list[dict]:
    outputs: list[dict] = []
    for shown in run.shown:
        if isinstance(shown, Picture):
            outputs.append(_picture(shown))
        outputs.append(_printed(shown if isinstance(shown, str) else shown.caption + "\n"))
    if run.error:
        outputs.append(_printed(f"Here the lesson ended: {run.error}\n", "stderr"))
    return outputs


def _printed(text: str, stream: str = "stdout") -> dict:
    return {"output_type": "stream", "name": stream, "text": _lines(text)}


def _picture(picture: Picture) -> dict:
    data: dict[str, object] = {
        "image/png": base64.b64encode(picture.path.read_bytes()).decode("ascii"),
        "text/plain": _lines(picture.alt)}
    if picture.meshes:
        data["text/html"] = _lines(mesh_html(picture, with_script=True))
    return {"output_type": "display_data", "data": data, "metadata": {}}


class NotebookRun(LessonRun):
    """A lesson that runs in a notebook: pictures appear below the cell."""

    def display(self, picture: Picture) -> None:
        from IPython.display import HTML, Image, display

        if picture.meshes:
            display(HTML(mesh_html(picture, with_script=True)))
        else:
            display(Image(filename=str(picture.path)))
        print(picture.caption)


# -- the tasks of a lesson, to be answered ---------------------------------------------------------


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
