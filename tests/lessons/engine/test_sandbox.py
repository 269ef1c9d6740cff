"""Learners' code in its own process: whatever it does, one clear line, and the others are checked.

Each test starts one process, and one more for each that its code brings down.
"""

import os
import re
import sys
import textwrap
from dataclasses import replace

import pytest

from lessons.engine import process, watching
from lessons.engine.tasks import find, find_lessons
from lessons.engine.verdict import ERROR, PASSED, TODO, WRONG
from lessons.engine.watching import run
from tests.lessons.forking import forked  # noqa: F401

pytestmark = pytest.mark.usefixtures("forked")

LESSONS = find_lessons()
# A little above the limit where the system keeps it, and more than there is anywhere else.
TOO_MUCH = 3 * 2**30 if sys.platform == "linux" else 10**15


def write(folder, number, base="solution", **code):
    """A lesson's worked answers with other code for some sections (`header`, `a`, `b`, ...)."""
    path = folder / LESSONS[number].file
    text = getattr(LESSONS[number], base).read_text(encoding="utf-8")
    for letter, new in code.items():
        section = find(text, "" if letter == "header" else f"{number}{letter}")
        marker = "" if letter == "header" else section.text.splitlines(keepends=True)[0]
        text = text.replace(section.text, marker + textwrap.dedent(new) + "\n")
    path.write_text(text, encoding="utf-8")
    return path


def outcomes(path, number, seconds=None, of="abcd"):
    """By letter. `seconds` shortens the limit of the tasks that it names."""
    tasks = [replace(task, seconds=(seconds or {}).get(task.name[-1], task.seconds))
             for task in LESSONS[number].tasks if task.name[-1] in of]
    return {each.task[-1]: each for each in run(path, tasks)}


def states(found):
    return {letter: each.state for letter, each in found.items()}


def line(each):
    return each.lines[0]


def test_a_loop_an_exit_a_crash_and_a_huge_allocation_cost_their_own_task_alone(tmp_path):
    path = write(
        tmp_path, "2.1",
        a="def get_train_val_split(points, occupancies, train_fraction=0.8):\n    while True: pass",
        b="import os\ndef OccNet():\n    print('so far')\n    os._exit(3)",
        c=f"def train_model(*arguments):\n    return np.empty({TOO_MUCH}, np.uint8)")
    found = outcomes(path, "2.1", {"a": 0.3})
    assert states(found) == {"a": ERROR, "b": ERROR, "c": ERROR, "d": PASSED}
    assert re.match(r"given up after 0.3 s: is there a loop", line(found["a"]))
    assert line(found["b"]).startswith("the code ended Python (exit code 3)")
    assert found["b"].printed == "so far\n"
    assert "this asks for more than the 2 GB of memory" in line(found["c"])
    assert line(found["c"]).startswith(f"{path}, line ")
    assert all(len(each.lines) <= 2 for each in found.values())  # and the line of code


@pytest.mark.skipif(os.name != "posix", reason="Windows has no signals")
def test_a_crash_of_python_is_named(tmp_path):
    path = write(tmp_path, "2.1",
                 d="import os, signal\ndef predict_grid(model, test_loader, resolution):\n"
                   "    os.kill(os.getpid(), signal.SIGSEGV)")
    found = outcomes(path, "2.1", of="abd")  # c trains
    assert states(found) == {"a": PASSED, "b": PASSED, "d": ERROR}
    assert line(found["d"]) == "Python crashed (SIGSEGV) while this ran"


def test_a_section_that_hangs_or_ends_python_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(watching, "LOAD_SECONDS", 2.0)
    path = write(tmp_path, "1.4", a="import time; time.sleep(60)", b="import os; os._exit(0)")
    found = outcomes(path, "1.4")
    assert states(found) == {"a": ERROR, "b": ERROR, "c": PASSED}
    assert line(found["a"]).startswith("given up after 2 s")
    assert line(found["b"]).startswith("the code ended Python (exit code 0)")


@pytest.mark.parametrize("complaint, words", [
    (b"Traceback:\n  File \"a.py\", line 3\n  File \"b.py\", line 4\nNameError: x\n",
     'NameError: x (File "b.py", line 4)'), (b"", "exit code 1 (no line)")])
def test_a_process_that_does_not_start_says_what_it_has_printed_last(complaint, words):
    at = watching.State(told=False)
    at.ended(1, complaint)
    assert at.death == (f"minicv or the checks themselves do not load: {words}; if you have "
                        "edited them, git checkout -- minicv lessons brings them back")


def test_each_thing_that_a_process_is_at_has_its_time():
    at = watching.State(told=False)
    assert at.seconds == watching.START_SECONDS
    at.too_long()
    assert at.death == "Python did not start within 60 s"
    at.loading = ""
    assert at.seconds == watching.LOAD_SECONDS
    at.check(LESSONS["1.4"].tasks[0])
    at.too_long()
    assert at.death.startswith("given up after 10 s: is there a loop")


@pytest.mark.skipif(sys.platform != "linux", reason="the system has to keep the limit")
def test_a_loop_ends_also_if_who_watches_was_killed(tmp_path):
    """The system ends it, after processor time that no check takes."""
    path = write(tmp_path, "1.4", a="import resource\n"
                                    "print(resource.getrlimit(resource.RLIMIT_CPU)[0])")
    assert int(outcomes(path, "1.4")["a"].printed) == process.PROCESSOR
    longest = sum(task.seconds + 2 * watching.LOAD_SECONDS for task in LESSONS["2.1"].tasks)
    assert longest < process.PROCESSOR


def test_syntax_and_import_errors_are_named_with_their_line(tmp_path):
    path = write(tmp_path, "2.1", a="def get_train_val_split(points:\n    return 1",
                 b="import torchh\nclass OccNet: pass", c="exit()", d="x = 1 / 0")
    found = outcomes(path, "2.1")
    number = {letter: find(path.read_text(), f"2.1{letter}").line for letter in "abcd"}
    assert set(states(found).values()) == {ERROR}
    assert line(found["a"]).startswith(f"{path}, line {number['a'] + 1}: SyntaxError: ")
    assert line(found["b"]) == (f"{path}, line {number['b'] + 1}: ModuleNotFoundError: No module "
                                "named 'torchh'")
    assert found["b"].lines[1] == "    import torchh"
    assert "this ends Python" in line(found["c"])
    assert line(found["d"]).endswith("ZeroDivisionError: division by zero")


def test_errors_in_functions_prints_and_questions(tmp_path):
    path = write(
        tmp_path, "2.1",
        a="def get_train_val_split(points):\n    return points",
        b="class OccNet(nn.Module):\n    pass",
        c="def train_model(*arguments):\n    return input('learning rate? ')",
        d="def predict_grid(*arguments):\n    print('x' * 10**6)\n    return predict_grid()")
    found = outcomes(path, "2.1")
    assert found["a"].lines == [
        "TypeError: get_train_val_split() takes 1 positional argument but 2 were given",
        "the function must be callable as its first line in the stub says"]
    assert (found["b"].state, found["b"].mistake) == (WRONG, "no-layers")
    assert "a check does not answer input()" in line(found["c"])
    assert "calls itself without end" in line(found["d"])
    assert 0 < len(found["d"].printed) <= 2000


def test_what_is_printed_while_a_section_is_run_is_kept_for_its_task(tmp_path):
    # One process is not enough: a ends the first one.
    path = write(tmp_path, "2.1", a="import os\nprint('a')\nos._exit(0)",
                 b="print('b')\nraise NotImplementedError('task 2.1b: to do')",
                 c="print('c')\ndef train_model(*arguments):\n    print('called')\n    return x",
                 d="print('d')\nx = 1 / 0")
    text = path.read_text()
    path.write_text(text.replace("import numpy", "print('header')\nimport numpy", 1))
    found = outcomes(path, "2.1")
    assert {letter: each.printed.split() for letter, each in found.items()} == {
        "a": ["a"], "b": ["b"], "c": ["c", "called"], "d": ["d"]}


def test_what_the_header_prints_goes_to_the_first_task(tmp_path):
    path = write(tmp_path, "1.4", header='"""Mine."""\nprint(1)\n', a="print(2)", b="print(3)")
    found = outcomes(path, "1.4")
    assert [each.printed for each in found.values()] == ["1\n2\n", "3\n", ""]


def test_what_the_header_prints_is_told_once_also_after_a_check_that_dies(tmp_path):
    """A new process runs the header again."""
    path = write(tmp_path, "2.1", a="import os\ndef get_train_val_split(*given): os._exit(0)",
                 b="def OccNet(**given): os._exit(0)")
    path.write_text(path.read_text().replace("import numpy", "print('header')\nimport numpy", 1))
    found = outcomes(path, "2.1", of="abd")  # c trains
    assert states(found) == {"a": ERROR, "b": ERROR, "d": PASSED}
    assert {letter: each.printed for letter, each in found.items()} == {
        "a": "header\n", "b": "", "d": ""}


def test_minicv_under_the_name_of_torch_is_enough(tmp_path):
    """Without `lessons.course`, whose `torch` has more names."""
    path = write(tmp_path, "2.1", b="""
        class OccNet(torch.nn.Module):
            def __init__(self, size_h=64, n_hidden=4):
                super().__init__()
                sizes = [3] + [size_h] * n_hidden
                self.layers = torch.nn.ModuleList(
                    [torch.nn.Linear(n, m) for n, m in zip(sizes, sizes[1:])])
                self.last = torch.nn.Linear(size_h, 1)

            def forward(self, pts):
                for layer in self.layers:
                    pts = torch.nn.functional.relu(layer(pts))
                return self.last(pts).squeeze(-1)
        """)
    text = path.read_text()
    path.write_text(text.replace("from lessons.course import PlotLosses, torch",
                                 "import minicv as torch\nfrom lessons.course import PlotLosses"))
    assert "import minicv as torch" in path.read_text()
    assert set(states(outcomes(path, "2.1")).values()) == {PASSED}


def test_a_header_that_fails_is_told_for_every_task(tmp_path):
    path = write(tmp_path, "1.4", header='"""Mine."""\nimport nowhere\n')
    found = outcomes(path, "1.4")
    assert {line(each) for each in found.values()} == {
        f"{path}, line 2: ModuleNotFoundError: No module named 'nowhere'"}


def test_a_file_beside_the_answers_can_be_imported_and_replaces_nothing(tmp_path):
    (tmp_path / "counts.py").write_text("TP, FP, FN = 1, 4, 3\n")
    (tmp_path / "random.py").write_text("raise RuntimeError('the wrong random')\n")
    (tmp_path / "broken.py").write_text("\ndef (:\n")
    path = write(tmp_path, "1.4", b="import random\nfrom counts import TP, FP, FN",
                 c="import broken")
    found = outcomes(path, "1.4")
    assert states(found) == {"a": PASSED, "b": PASSED, "c": ERROR}
    assert found["c"].lines[1:] == [
        "    import broken",
        f"this comes from {tmp_path / 'broken.py'}, line 2, which is imported"]


def test_windows_line_ends_a_byte_order_mark_and_broken_letters_do_no_harm(tmp_path):
    path = write(tmp_path, "1.4", "stub", b="TP, FP, FN = 1, 4, 3  # \N{LATIN SMALL LETTER E}")
    text = path.read_text().replace("\n", "\r\n")
    path.write_bytes(b"\xef\xbb\xbf" + text.encode() + b"# caf\xe9\r\n")
    assert states(outcomes(path, "1.4")) == {"a": TODO, "b": PASSED, "c": TODO}
