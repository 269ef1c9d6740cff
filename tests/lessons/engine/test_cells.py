"""Cells: cut, run in order, what they show collected, errors told in one line."""

import json
import os
import re
import sys
import types

import numpy as np
import pytest

from lessons import InputError, begin
from lessons.engine import notebook, page, running
from lessons.engine.lesson import Cell, CellRun, FirstPicture, LessonRun, Picture, cut_cells
from lessons.ex1_1_decision_boundary.formatting import equation
from minicv import plotting
from tests.lessons.running import coarse_pictures

SCRIPT = '''"""A lesson."""

# %% [markdown]
# # 9.9 A lesson
#
# What *we* want.

# %%
import sys
sys.path.insert(0, "nowhere")

# %%
from lessons import begin
lesson = begin("9.9", __name__)
STEPS = 3

# %% [markdown]
# ## a) The first `step`
#
# So it begins.

# %%
total = sum(range(STEPS))
print("total", total)
print("seed", lesson.seed)
lesson.record(total=total, worst=float("inf"))

# %% [markdown]
# ## b) The picture

# %%
from minicv import plotting
figure, (axes,) = plotting.panels("2d")
axes.plot([0, total])
axes.set(title="A line", xlabel="x", ylabel="y")
lesson.show(figure, "line.png", "does it rise? <yes>")
print("after")
'''


@pytest.fixture
def walk(tmp_path, capsys):
    """A function that runs a script: what it has shown, its names, what it printed."""
    def run(text=SCRIPT, first_picture=False, **settings):
        script = tmp_path / "lesson.py"
        script.write_text(text, encoding="utf-8")
        lesson = LessonRun("9.9", tmp_path, tmp_path / "out", 5, first_picture=first_picture)
        run.lesson, run.script = lesson, script
        with coarse_pictures:
            names = running.run_cells(script, lesson, settings)
        return lesson, names, capsys.readouterr().out
    return run


def test_cells_are_cut_at_their_markers():
    found = cut_cells(SCRIPT)
    assert [cell.kind for cell in found] == ["markdown", "code", "code", "markdown", "code",
                                             "markdown", "code"]
    assert found[0].source == "# 9.9 A lesson\n\nWhat *we* want."
    lines = SCRIPT.splitlines()
    assert all(lines[cell.line - 1].endswith(cell.source.splitlines()[0]) for cell in found)
    assert [cell.heading for cell in found if cell.heading] == ["a) The first step",
                                                                "b) The picture"]


def test_cells_share_one_namespace_and_are_given_the_lesson(walk):
    lesson, names, printed = walk()
    assert names["total"] == 3 and names["lesson"] is lesson
    assert "total 3\nseed 5\n" in printed


def test_the_terminal_has_headings_results_and_times(walk):
    _, _, printed = walk()
    assert "\na) The first step\n-----------------\ntotal 3\n" in printed
    assert len(re.findall(r"^\[\d+\.\d s\]$", printed, re.MULTILINE)) == 2
    assert "look at line.png: does it rise? <yes>\nafter\n" in printed


def test_what_a_cell_shows_is_kept_with_it_in_order(walk):
    lesson, _, _ = walk()
    shown = [[type(one) for one in run.shown] for run in lesson.runs]
    assert shown == [[], [], [], [], [str], [], [Picture, str]]
    assert lesson.runs[4].shown == ["total 3\nseed 5\n"]
    assert lesson.pictures[0].alt == "A line (y against x)"
    assert lesson.pictures[0].path.read_bytes().startswith(b"\x89PNG")


def test_numbers_are_written_and_json_knows_no_infinity(walk):
    lesson, _, _ = walk()
    numbers = json.loads((lesson.out / "summary.json").read_text())
    assert (numbers["seed"], numbers["total"], numbers["worst"]) == (5, 3, None)
    assert list(numbers["seconds"]) == ["a) The first step", "b) The picture"]


def test_numbers_may_be_of_numpy(walk):
    lesson, _, _ = walk(SCRIPT + "\nimport numpy as np\n"
                        "lesson.record(a=np.float32(0.5), b=np.arange(2), c=(np.int64(1),))\n")
    numbers = json.loads((lesson.out / "summary.json").read_text())
    assert (numbers["a"], numbers["b"], numbers["c"]) == (0.5, [0, 1], [1])


def test_settings_replace_the_lessons_own_as_soon_as_they_are_set(walk):
    _, names, _ = walk(STEPS=5)
    assert names["total"] == 10
    with pytest.raises(InputError, match="the lesson sets no SPEED"):
        walk(SPEED=1)


def test_an_error_ends_the_lesson_with_its_line_and_what_came_before_stays(walk):
    broken = SCRIPT.replace("print(\"after\")", "1 / 0")
    line = broken.splitlines().index("1 / 0") + 1
    with pytest.raises(InputError, match=rf"lesson\.py, line {line}: ZeroDivisionError: "):
        walk(broken)
    assert len(walk.lesson.pictures) == 1
    text = page.write_page(walk.lesson, "a lesson").read_text(encoding="utf-8")
    assert "Here the lesson ended: " in text and "ZeroDivisionError" in text
    assert "total 3" in text and "data:image/png" in text


def test_the_page_of_a_run_that_failed_has_another_name(walk):
    with pytest.raises(InputError):
        walk(SCRIPT.replace("print(\"after\")", "1 / 0"))
    assert page.write_page(walk.lesson, "a lesson").name == "unfinished.html"
    lesson, _, _ = walk()
    assert page.write_page(lesson, "a lesson").name == "lesson.html"


def test_ctrl_c_is_told_on_the_page(walk):
    with pytest.raises(KeyboardInterrupt):
        walk(SCRIPT.replace("print(\"after\")", "raise KeyboardInterrupt"))
    text = page.write_page(walk.lesson, "a lesson").read_text(encoding="utf-8")
    assert "Here the lesson ended: Ctrl-C" in text and "total 3" in text


def test_a_cell_that_is_no_python_says_where(walk):
    with pytest.raises(InputError, match="SyntaxError"):
        walk(SCRIPT.replace("print(\"after\")", "if"))


def test_only_the_first_picture_on_demand(walk):
    with pytest.raises(FirstPicture):
        walk(first_picture=True)
    assert walk.lesson.pictures[0].path.name == "line.png"


def test_a_file_that_is_missing_ends_the_lesson_with_one_line(walk):
    with pytest.raises(InputError, match="^no such thing$"):
        walk(SCRIPT + "\ndef reader(path):\n    raise OSError('no such thing')\n"
             "lesson.read(reader, 'x')\n")


# -- the page --------------------------------------------------------------------------------------


def test_the_page_holds_everything_itself(walk):
    lesson, _, _ = walk()
    text = page.write_page(lesson, "a <lesson>").read_text(encoding="utf-8")
    assert "<title>Lesson 9.9: a &lt;lesson&gt;</title>" in text
    assert "<h2>a) The first <code>step</code></h2>" in text
    assert '<pre class="printed">total 3\nseed 5</pre>' in text
    assert 'alt="A line (y against x)"' in text
    assert "<figcaption>Does it rise? &lt;yes&gt;</figcaption>" in text
    for outside in ("http://", "https://", "<link rel=\"stylesheet", "src=\"line.png"):
        assert outside not in text


def test_code_before_the_first_heading_and_code_that_draws_is_folded(walk):
    lesson, _, _ = walk(SCRIPT + "\n# %%\nfigure, _ = plotting.panels('2d')\n")
    text = page.write_page(lesson, "a lesson").read_text(encoding="utf-8")
    assert text.count("<details><summary>") == 3 and text.count("<details open><summary>") == 2


def test_a_cell_that_takes_no_time_is_told_without(walk):
    lesson, _, _ = walk()
    for seconds, told in ((0.049, ">code<"), (0.05, ">code, 0.1 s<")):
        lesson.runs = [CellRun(Cell("code", 1, "x = 1"), seconds=seconds)]
        assert told in page.write_page(lesson, "a lesson").read_text(encoding="utf-8")


def test_the_index_leads_to_the_pages_that_are_there(walk, tmp_path):
    lesson, _, _ = walk()
    page.write_page(lesson, "a lesson")
    index = page.write_index(tmp_path / "out", [("9.8", "not run"), ("9.9", "a lesson")])
    text = index.read_text(encoding="utf-8")
    assert 'href="ex9_9/lesson.html"' in text and "not run" not in text


def test_the_index_shows_the_first_picture_of_a_page_whatever_lies_beside_it(walk, tmp_path):
    lesson, _, _ = walk()
    path = page.write_page(lesson, "a lesson")
    first = re.search('src="data:[^"]*"', path.read_text(encoding="utf-8"))[0]
    for picture in lesson.pictures:  # as a later run leaves them that comes half as far
        picture.path.write_bytes(b"another")
    (path.parent / "older.png").write_bytes(b"a stranger")
    os.utime(path.parent / "older.png", (0, 0))
    index = page.write_index(tmp_path / "out", [("9.9", "a lesson")])
    assert re.findall('src="data:[^"]*"', index.read_text(encoding="utf-8")) == [first]


def test_meshes_stand_in_the_page_with_their_numbers_and_a_picture(walk):
    lesson, _, _ = walk()
    triangle = np.eye(3, dtype=np.float32), np.array([[0, 1, 2]])
    figure, _ = plotting.panels("2d")
    lesson.show(figure, "mesh.png", "turn it", meshes={"one": triangle, "other": triangle})
    text = page.write_page(lesson, "a lesson").read_text(encoding="utf-8")
    assert text.count('<canvas data-mesh="mesh-') == 2
    assert text.count("function meshViewer(figure)") == 1
    assert text.count('class="picture"><img') == 1


@pytest.mark.parametrize("text, expected", [
    ("# A & B", "<h1>A &amp; B</h1>"),
    ("say \"yes\" or `\"no\"`", "<p>say \"yes\" or <code>\"no\"</code></p>"),
    ("one\ntwo\n\nthree", "<p>one two</p>\n<p>three</p>"),
    ("**bold** and *soft*, not 2 * 3 * 4", "<p><strong>bold</strong> and <em>soft</em>, not "
                                           "2 * 3 * 4</p>"),
    ("`a*b*c` [here](x.html)", '<p><code>a*b*c</code> <a href="x.html">here</a></p>'),
    ("- one\n  goes on\n- two", "<ul><li>one goes on</li><li>two</li></ul>"),
    ("1. one\n2. two", "<ol><li>one</li><li>two</li></ol>"),
    ("so:\n\n    x = 1\n\n    y < 2\n\nthen",
     "<p>so:</p>\n<pre>x = 1\n\ny &lt; 2</pre>\n<p>then</p>"),
    ("| a | b |\n|---|---|\n| 1 | 2 |",
     "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>"),
])
def test_markdown_becomes_html(text, expected):
    assert page.to_html(text) == expected


@pytest.mark.parametrize("source", [
    "x = f'{a:>3} < {b}'", "def f(x):\n    return x  # <b>\n\n\ny = '''a\nb'''\n",
    "x = (1,\n     2)\n", "if",
])
def test_highlighted_code_keeps_every_letter(source):
    import html
    import re
    assert html.unescape(re.sub(r"</?span[^>]*>", "", page.highlight(source))) == source


# -- the notebook ----------------------------------------------------------------------------------


def test_a_notebook_has_the_cells_and_what_they_showed(walk, tmp_path):
    lesson, _, _ = walk()
    notebook.write_notebook(tmp_path / "full.ipynb", walk.script, lesson)
    found = json.loads((tmp_path / "full.ipynb").read_text(encoding="utf-8"))
    assert [cell["cell_type"] for cell in found["cells"]] == [cell.kind for cell in
                                                              cut_cells(SCRIPT)]
    first, last = found["cells"][1], found["cells"][-1]
    assert "".join(first["source"]) == notebook.FIND
    kinds = [output["output_type"] for output in last["outputs"]]
    assert kinds == ["display_data", "stream", "stream"]
    assert "image/png" in last["outputs"][0]["data"]
    assert len({cell["id"] for cell in found["cells"]}) == len(found["cells"])
    counts = [cell["execution_count"] for cell in found["cells"] if cell["cell_type"] == "code"]
    assert counts == list(range(1, len(counts) + 1))


def test_a_notebook_has_meshes_to_turn_beside_their_picture(walk, tmp_path):
    lesson, _, _ = walk()
    lesson.show(plotting.panels("2d")[0], "mesh.png", "turn it", meshes={
        "one": (np.eye(3, dtype=np.float32), np.array([[0, 1, 2]]))})
    notebook.write_notebook(tmp_path / "full.ipynb", walk.script, lesson)
    found = json.loads((tmp_path / "full.ipynb").read_text(encoding="utf-8"))
    data = [output["data"].keys() for output in found["cells"][-1]["outputs"]
            if output["output_type"] == "display_data"]
    assert data == [{"image/png", "text/plain"}, {"image/png", "text/plain", "text/html"}]


def test_an_empty_notebook_has_no_results_and_runs_nothing(walk, tmp_path):
    walk()
    notebook.write_notebook(tmp_path / "empty.ipynb", walk.script)
    found = json.loads((tmp_path / "empty.ipynb").read_text(encoding="utf-8"))
    code = [cell for cell in found["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)


def test_in_a_notebook_a_lesson_has_the_data_of_its_checkout(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "ipykernel", None)
    monkeypatch.chdir(tmp_path)
    lesson = begin("1.4", "__main__")
    assert (lesson.data / "points.npz").is_file() and lesson.seed == 0
    assert lesson.out.resolve() == tmp_path / "output" / "ex1_4"


def test_in_a_notebook_pictures_and_meshes_appear_below_the_cell(monkeypatch, tmp_path, capsys):
    shown = []
    screen = types.SimpleNamespace(display=shown.append, HTML=lambda text: ("html", text),
                                   Image=lambda filename: ("picture", filename))
    monkeypatch.setitem(sys.modules, "IPython", types.ModuleType("IPython"))
    monkeypatch.setitem(sys.modules, "IPython.display", screen)
    lesson = notebook.NotebookRun("9.9", tmp_path, tmp_path, 0)
    triangle = np.eye(3, dtype=np.float32), np.array([[0, 1, 2]])
    for name, meshes in (("a.png", None), ("b.png", {"one": triangle})):
        lesson.show(plotting.panels("2d")[0], name, f"look at {name}", meshes=meshes)
    assert shown[0] == ("picture", str(tmp_path / "ex9_9" / "a.png"))
    assert shown[1][0] == "html" and "<canvas" in shown[1][1] and "<script>" in shown[1][1]
    assert capsys.readouterr().out == "look at a.png\nlook at b.png\n" and len(shown) == 2


def test_a_lesson_that_is_imported_says_how_to_run_it(monkeypatch):
    # Which other tests may have loaded: then this would be a notebook.
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    with pytest.raises(RuntimeError, match="python -m lessons run 1.4"):
        begin("1.4", "lesson")


# -- numbers as one writes them --------------------------------------------------------------------


@pytest.mark.parametrize("weight, bias, text", [
    ((2, -8), 5, "2 x1 - 8 x2 + 5"), ((-1, 1), -0.5, "-x1 + x2 - 1/2"), ((0, 0), 0, "0"),
    ((0, -3), 0, "-3 x2"), ((0, 0), -1, "-1")])
def test_equations_read_as_one_writes_them(weight, bias, text):
    assert equation(weight, bias) == text
