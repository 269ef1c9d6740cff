"""The notebook of a lesson, in Jupyter's format 4.5: written, with or without its results.

No Jupyter is needed to write it: the cells have run here, and what they showed is put below them.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path

from lessons import replace_file
from lessons.engine.cells import Cell, CellRun, Lesson, Picture, Text, cut_cells
from lessons.engine.page import mesh_html

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


def write_notebook(path: Path, script: Path, lesson: Lesson | None = None) -> None:
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
            cells.append(_markdown(run.cell, number))
            continue
        source = run.cell.source
        if not found and "sys.path" in source:
            source, found = FIND, True
        count += 1
        cells.append(_code(source, number, count if lesson else None,
                           _outputs(run, count) if lesson else []))
    notebook = {
        "cells": cells,
        "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python",
                                    "name": "python3"},
                     "language_info": {"name": "python"}},
        "nbformat": 4, "nbformat_minor": 5,
    }
    with replace_file(path, "w") as file:
        json.dump(notebook, file, indent=1, ensure_ascii=False)
        file.write("\n")


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _markdown(cell: Cell, number: int) -> dict:
    return {"cell_type": "markdown", "id": f"cell-{number}", "metadata": {},
            "source": _lines(cell.source)}


def _code(source: str, number: int, count: int | None, outputs: list[dict]) -> dict:
    return {"cell_type": "code", "id": f"cell-{number}", "metadata": {},
            "execution_count": count, "outputs": outputs, "source": _lines(source)}


def _outputs(run: CellRun, count: int) -> list[dict]:
    outputs: list[dict] = []
    for shown in run.shown:
        if isinstance(shown, Text):
            outputs.append({"output_type": "stream", "name": "stdout",
                            "text": _lines(shown.text)})
        else:
            outputs.append(_picture(shown))
            outputs.append({"output_type": "stream", "name": "stdout",
                            "text": [shown.caption + "\n"]})
    if run.error:
        outputs.append({"output_type": "stream", "name": "stderr",
                        "text": _lines(f"Here the lesson ended: {run.error}\n")})
    return outputs


def _picture(picture: Picture) -> dict:
    data: dict[str, object] = {
        "image/png": base64.b64encode(picture.path.read_bytes()).decode("ascii"),
        "text/plain": _lines(picture.alt)}
    if picture.meshes:
        data["text/html"] = _lines(mesh_html(picture, with_script=True))
    return {"output_type": "display_data", "data": data, "metadata": {}}
