"""The notebooks of the lessons, run by Jupyter itself, from a folder of nobody's."""

import subprocess
import sys
from pathlib import Path

import pytest

from lessons.engine import notebook
from lessons.engine.tasks import find_lessons

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

LESSONS = find_lessons()


@pytest.mark.parametrize("number", LESSONS)
def test_an_empty_notebook_runs_and_shows_every_picture(number, tmp_path):
    script = LESSONS[number].script
    notebook.write_notebook(tmp_path / "lesson.ipynb", script)
    cells = nbformat.read(tmp_path / "lesson.ipynb", as_version=4)
    nbformat.validate(cells)
    client = nbclient.NotebookClient(cells, timeout=300, kernel_name="python3",
                                     resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    outputs = [output for cell in cells.cells for output in cell.get("outputs", [])]
    shown = [output for output in outputs if output.output_type == "display_data"
             and ("image/png" in output.data or "<figure" in output.data.get("text/html", ""))]
    # Some pictures are drawn only if there is something to draw; each line may show several.
    lines = script.read_text(encoding="utf-8").count("lesson.show(")
    assert lines - 1 <= len(shown) <= lines
    assert not [output for output in outputs if output.output_type == "error"]
    assert (tmp_path / "output" / script.parent.name[:5]).is_dir()


def test_a_notebook_with_results_is_valid(tmp_path):
    root = Path(__file__).resolve().parents[2]
    subprocess.run([sys.executable, "-m", "lessons", "notebook", "1.4", "--out", str(tmp_path)],
                   cwd=root, check=True, capture_output=True, timeout=120)
    cells = nbformat.read(tmp_path / "ex1_4" / "lesson.ipynb", as_version=4)
    nbformat.validate(cells)
    assert (cells.nbformat, cells.nbformat_minor) == (4, 5)
    images = [output for cell in cells.cells for output in cell.get("outputs", [])
              if "image/png" in output.get("data", {})]
    assert len(images) == 4


def test_a_notebook_far_from_minicv_says_what_to_do(tmp_path):
    # Without a checkout above it, and without an installed minicv.
    code = notebook.FIND + "\nprint('found')"
    run = subprocess.run([sys.executable, "-S", "-c", code], cwd=tmp_path, capture_output=True,
                         text=True, timeout=60, env={"PYTHONPATH": ""})
    assert run.returncode != 0 and "In Colab: get the repository" in run.stderr
