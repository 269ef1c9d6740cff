"""Answers in notebooks: written, read as a `.py` file is, and checked in place."""

import json
import sys
from pathlib import Path
from tempfile import gettempdir

import pytest

import lessons
from lessons import InputError
from lessons.engine.command_line import main
from lessons.engine.loading import Loaded, check
from lessons.engine.notebook import as_notebook
from lessons.engine.reading import CELL, Source, decode, read_answers
from lessons.engine.tasks import TASK_0, cut, find, find_lessons, names_of_tasks
from lessons.engine.verdict import PASSED, TODO, WRONG
from lessons.engine.watching import run
from tests.lessons.engine.test_content import few_draws  # noqa: F401
from tests.lessons.forking import forked  # noqa: F401

pytestmark = pytest.mark.usefixtures("forked")

LESSONS = find_lessons()
each_lesson = pytest.mark.parametrize("lesson", LESSONS.values(), ids=lambda one: one.number)


def load(source):
    loaded = Loaded(source)
    for section in cut(source.text):
        loaded.run(section)
    return loaded


def write(path, *sources, kind="code"):
    """A notebook with these cells."""
    cells = [{"cell_type": kind, "source": source.splitlines(keepends=True)} for source in sources]
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}))
    return path


def source_of(lesson, *sources, folder):
    return read_answers(write(folder / f"{lesson.stem}.ipynb", *sources), lesson.stub_text)


def states(source, lesson):
    loaded = load(source)
    return {task.name: check(task, loaded).state for task in (TASK_0, *lesson.tasks)}


def solved(lesson):
    """The worked answers of a lesson as cells with marker lines."""
    return [section.text for section in cut(lesson.solution.read_text())]


# -- written ---------------------------------------------------------------------------------------


@each_lesson
def test_a_notebook_of_answers_reads_todo_and_has_a_check_below_each_task(lesson, tmp_path):
    path = tmp_path / f"{lesson.stem}.ipynb"
    path.write_text(as_notebook(lesson))
    source = read_answers(path, lesson.stub_text)
    assert states(source, lesson) == {"0": PASSED, **dict.fromkeys(lesson.names, TODO)}
    cells = json.loads(path.read_text())["cells"]
    calls = [cell for cell in cells if "".join(cell["source"]).startswith("check(")]
    assert len(calls) == 1 + len(lesson.names)
    for cell, after in zip(cells, cells[1:]):
        if cell["cell_type"] == "markdown" and "## Task" in cell["source"][0]:
            words, (marker, *code) = "".join(cell["source"]), after["source"]
            task = marker.split()[3].rstrip(":")
            assert words.startswith(f"## Task {task}: ") and "None" not in words
            assert not code[0].startswith("#") and "def " not in words
    assert "check(" not in source.text


def test_start_writes_a_notebook_and_check_reads_it(tmp_path, capsys):
    folder = ["--answers", str(tmp_path)]
    assert main(["start", "1.4", "--notebook", *folder]) == 0
    path = tmp_path / "ex1_4_detection_metrics.ipynb"
    cells = json.loads(path.read_text())["cells"]
    for cell in cells:
        cell["source"] = "".join(cell["source"]).replace("TP = None", "TP, FP, FN = 1, 4, 3")
        cell["source"] = cell["source"].replace("FP = None", "").replace("FN = None", "")
    path.write_text(json.dumps({"cells": cells}))
    capsys.readouterr()
    assert main(["check", "1.4", *folder]) == 1
    shown = capsys.readouterr().out
    assert "1.4b   passed" in shown and f"{path}, code cell 5, line 1" in shown
    assert main(["start", "1.4", *folder]) == 0  # no .py beside it
    assert "is there already" in capsys.readouterr().out

    assert main(["reset", "1.4b", "--yes", *folder]) == 0
    assert "TP = None" in path.read_text() and (tmp_path / "backup").is_dir()
    assert main(["reset", "1.4", "--yes", *folder]) == 0
    assert path.read_text() == as_notebook(LESSONS["1.4"])


def test_of_a_file_and_a_notebook_the_file_is_taken_and_one_line_says_so(tmp_path, capsys):
    lesson = LESSONS["1.4"]
    write(tmp_path / f"{lesson.stem}.ipynb", "TP, FP, FN = 9, 9, 9")
    (tmp_path / lesson.file).write_text("TP, FP, FN = 1, 4, 3")
    assert main(["check", "1.4b", "--answers", str(tmp_path)]) == 0
    line = capsys.readouterr().out.splitlines()[0]
    assert f"{lesson.file} (and not {lesson.stem}.ipynb, which is there too)" in line


# -- read ------------------------------------------------------------------------------------------


@each_lesson
def test_worked_answers_in_a_notebook_pass(lesson, tmp_path):
    source = source_of(lesson, *solved(lesson), folder=tmp_path)
    assert set(states(source, lesson).values()) == {PASSED}


def test_a_notebook_of_one_s_own_is_read_by_the_names_of_the_stub(tmp_path):
    """Without marker lines; with all that a notebook has beside answers."""
    lesson = LESSONS["2.1"]
    header, _, *answers = [text.partition("\n")[2] if text.startswith("# %%") else text
                           for text in solved(lesson)]
    source = source_of(
        lesson,
        "%matplotlib inline\n!pip install torch\n" + header, "import matplotlib.pyplot as plt",
        "points = np.load('nowhere.npy')\nprint(points.shape)", "plt.plot(points[:, 0])",
        "plt.figure(", "?np.load",
        answers[0] + "\ntrain = get_train_val_split(points, points)",
        "%%time\n" + answers[1] + "\n%timeit 1\n",
        answers[2], "model = OccNet()\nhistory = train_model(model, train, train, None, None, 99)",
        answers[3], "fig, ax = plt.subplots()\nax.plot([1])\nfor i in range(9):\n    plt.show()",
        "%%bash\nrm -rf nothing", folder=tmp_path)
    assert set(list(states(source, lesson).values())[1:]) == {PASSED}
    assert "plt." not in source.text and "nowhere" not in source.text


@pytest.mark.parametrize("code", [
    "def f():\n    x = 1\n    global x", "nonlocal x", "x = " + "-" * 10**5 + "1", "x = '\0'",
    "return 3", "x = 1\f\ny = 2", "await f()", "x = '\u2028'", "%", "!", "?", "%%", "x = !ls",
    "def f(x, x): pass", "[x := 1 for x in ()]"])
def test_a_cell_that_is_no_python_costs_itself_alone(code, tmp_path):
    """Before a marked cell, and within one."""
    lesson = LESSONS["1.4"]
    source = source_of(lesson, code, "# %% task 1.4b: x\nTP, FP, FN = 1, 4, 3",
                       f"# %% task 1.4c: x\nPRECISION, RECALL = 0.6, 0.75\n{code}",
                       "def double(x):\n    return 2 * x", folder=tmp_path)
    found = states(source, lesson)
    assert found["0"] == found["1.4b"] == PASSED


def test_numbers_in_a_cell_bring_along_all_that_the_cell_does(tmp_path):
    source = source_of(LESSONS["1.4"], "boxes = []\nboxes.append(3)\nTP = 1\nFN = boxes[0]\nFP = 4",
                       folder=tmp_path)
    assert states(source, LESSONS["1.4"])["1.4b"] == PASSED


def test_a_value_that_a_function_needs_is_set_even_by_a_call(tmp_path):
    source = source_of(LESSONS["1.4"], "factor = float('2')\nother = open('nowhere')",
                       "def double(x):\n    return factor * x", folder=tmp_path)
    assert states(source, LESSONS["1.4"])["0"] == PASSED
    source = source_of(LESSONS["1.4"], "factor = float('2')", "def double(x):\n    def inner():\n"
                       "        return factor * x\n    return inner()", folder=tmp_path)
    assert states(source, LESSONS["1.4"])["0"] == PASSED


def test_an_error_in_a_notebook_names_the_cell_and_the_line_in_it(tmp_path):
    lesson = LESSONS["1.4"]
    path = write(tmp_path / f"{lesson.stem}.ipynb", "import math",
                 "# %% task 0: first\ndef double(x):\n    return x / 0", "TP = 1 +\nFP = 2")
    double, counts = run(path, [TASK_0, lesson.tasks[1]])
    assert double.lines[:2] == [f"{path}, code cell 2, line 3: ZeroDivisionError: division by "
                                "zero", "    return x / 0"]
    assert counts.lines[0] == f"{path}, code cell 3, line 1: SyntaxError: invalid syntax"


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"cells": 3}', '{"cells": [{}]}', "null",
                                  '{"cells": [{"cell_type": "code"}]}', "[" * 10**5,
                                  '{"cells": [{"cell_type": "code", "source": 3}]}'],
                         ids=lambda text: text[:20])
def test_a_broken_notebook_is_one_clear_line_and_the_others_are_checked(text, tmp_path, capsys):
    (tmp_path / "ex1_4_detection_metrics.ipynb").write_text(text)
    (tmp_path / LESSONS["1.1"].file).write_bytes(LESSONS["1.1"].solution.read_bytes())
    with pytest.raises(InputError, match="not a notebook") as caught:
        read_answers(tmp_path / "ex1_4_detection_metrics.ipynb")
    assert "\n" not in str(caught.value)
    if text == "{":
        assert main(["check", "1.1", "1.4", "--answers", str(tmp_path)]) == 1
        shown = capsys.readouterr().out
        assert "1.1a   passed" in shown and shown.count("not a notebook") == 1


def test_text_is_read_as_windows_may_save_it():
    for coding in ("utf-8", "utf-8-sig", "utf-16"):
        assert decode("x = 'ä'\r\n".encode(coding)) == "x = 'ä'\n"
    assert decode(b"# caf\xe9\n") == "# caf\N{REPLACEMENT CHARACTER}\n"


@each_lesson
def test_every_task_has_names_by_which_a_cell_is_known(lesson):
    assert set(names_of_tasks(lesson.stub_text).values()) == {"0", *lesson.names}


@pytest.mark.parametrize("file, own", [
    ("<ipython-input-3-0a>", True), (str(Path(gettempdir(), "ipykernel_9", "12.py")), True),
    (str(Path(gettempdir(), "helper.py")), True),
    (json.__file__, False), (pytest.__file__, False), (lessons.__file__, False),
    ("<string>", False)])
def test_in_a_notebook_code_is_the_learners_unless_it_is_a_librarys(file, own):
    assert Source(CELL, "").owns(file) == own


# -- checked in place ------------------------------------------------------------------------------


def told(capsys, *answers, **named):
    lessons.check(*answers, **named)
    return capsys.readouterr().out


def test_check_answers_at_once_by_name_or_in_order(capsys):
    assert told(capsys, "1.4b", TP=1, FP=4, FN=3).startswith("1.4b  passed  True and false")
    assert told(capsys, "1.4b", 1, 4, 3).startswith("1.4b  passed")
    assert told(capsys, "1.4b", 1, 4).startswith("1.4b  todo")
    shown = told(capsys, "1.4b", TP=1, FP=3, FN=4)
    assert shown.startswith("1.4b  wrong") and "likely cause:" in shown and "hint 1.4b" in shown


def test_check_knows_functions_by_their_names_and_gives_the_same_verdict(tmp_path, capsys):
    lesson = LESSONS["2.1"]
    names = {}
    exec(lesson.solution.read_text(), names)
    assert told(capsys, "2.1a", names["get_train_val_split"]).startswith("2.1a  passed")

    def OccNet(*arguments):
        return 1 / 0

    assert "ZeroDivisionError: division by zero" in told(capsys, "2.1b", OccNet)
    assert told(capsys, "0", lambda x: x * x).startswith("0  wrong")


def test_check_without_answers_takes_those_of_the_notebook(capsys, monkeypatch):
    for name, value in (("TP", 1), ("FP", 4), ("FN", 3)):
        monkeypatch.setattr(sys.modules["__main__"], name, value, raising=False)
    notebook = sys.modules["__main__"]
    assert told(capsys, "1.4b").startswith("1.4b  passed")
    assert sys.modules["__main__"] is notebook


@pytest.mark.parametrize("answers, named, words", [
    (("9.9",), {}, "no lesson"), (("1.4",), {}, "say which"), (("1.4b",), {"T": 1}, "TP, FP, FN"),
    (("1.4b", 1, 2, 3, 4), {}, "TP, FP, FN"), (("1.4x",), {}, "no task 1.4x")])
def test_a_wrong_call_of_check_is_one_line(answers, named, words, capsys):
    shown = told(capsys, *answers, **named)
    assert shown.startswith("error: ") and words in shown and shown.count("\n") == 1


def test_a_wrong_number_in_a_notebook_is_diagnosed_as_in_a_file(tmp_path):
    lesson = LESSONS["1.4"]
    text = find(lesson.stub_text, "1.4b").text.replace("= None", "= 5")
    outcomes = [check(lesson.tasks[1], load(source)) for source in (
        source_of(lesson, text, folder=tmp_path),
        read_answers(_as_file(tmp_path / "own.py", text)))]
    assert outcomes[0] == outcomes[1] and outcomes[0].state == WRONG


def _as_file(path, text):
    path.write_text(text)
    return path
