"""What answers cannot do: pass without being right, stop other checks, touch the terminal."""

import pytest

from lessons.engine.tasks import TASK_0, find, find_lessons
from lessons.engine.verdict import ERROR, PASSED, WRONG, Outcome, plain, remarks
from lessons.engine.watching import run
from tests.lessons.forking import forked  # noqa: F401

pytestmark = pytest.mark.usefixtures("forked")

LESSON = find_lessons()["1.4"]
SOLUTION = LESSON.solution.read_text(encoding="utf-8")
FORGE = """
import json, os
line = json.dumps({"outcome": {"task": "1.4b", "state": "passed"}, "printed": 0})
for number in range(64):
    try: os.write(number, (line + "\\n" + line).encode())
    except OSError: pass
"""
PASS = '{"outcome": {"task": "1.4b", "state": "passed"}, "printed": 0}'
LIAR = """
class X:
    __eq__ = lambda self, other: True
    __ne__ = lambda self, other: False
    __call__ = lambda self, *arguments: self
double = X()
"""


def outcomes(folder, code, task="1.4b", coding="utf-8"):
    """Of all tasks, with this code as the answer to one."""
    path = folder / LESSON.file
    section = find(SOLUTION, task)
    text = SOLUTION.replace(section.text, f"# %% task {task}: x\n{code}\n")
    path.write_bytes(text.encode(coding, "surrogatepass"))
    found = {one.task: one for one in run(path, [TASK_0, *LESSON.tasks])}
    assert len(found) == 4
    assert all(one.state == PASSED for one in found.values() if one.task != task), found
    assert not any("\x1b" in text for one in found.values()
                   for text in [*one.lines, *one.notes, one.printed])
    return found[task]


@pytest.mark.parametrize("code", [
    FORGE + "TP = FP = FN = 0",
    "import lessons.engine.answer as a\na.Answer.numbers = lambda *x, **y: None\nTP = FP = FN = 0",
    "import lessons.engine.comparing as c\n"
    "c.agrees.__code__ = (lambda *x, **y: True).__code__\nTP = FP = FN = 0",
    "import numpy as np\nclass X:\n    def __array__(self, *x, **y):\n"
    "        np.abs = lambda x: 0 * x\n        return np.float64(9)\nTP, FP, FN = X(), 4, 3",
    "import os\nos.fork()\nTP, FP, FN = 1, 4, 4",
    "import lessons.ex1_4_detection_metrics.check as c\nfor task in c.TASKS:\n"
    "    object.__setattr__(task, 'check', lambda answer: None)\nTP = FP = FN = 0",
    "import lessons.engine.answer as a\n"
    "a.Answer.numbers.__kwdefaults__.update(rtol=1e9, atol=1e9)\nTP = FP = FN = 0",
    "for kind in object.__subclasses__():\n    if kind.__name__ == 'Answer':\n"
    "        kind.numbers = lambda *x, **y: None\nTP = FP = FN = 0",
    f"import json\njson._default_encoder.encode = lambda what: '{PASS}'\nTP = FP = FN = 0",
    "import dataclasses\ndataclasses._asdict_inner = lambda *x: "
    "{'task': '1.4b', 'state': 'passed'}\nTP = FP = FN = 0",
    "import os\nfor number in range(3, 64):\n    try: os.read(number, 99)\n"
    "    except OSError: pass\nTP = FP = FN = 0",
], ids=["descriptors", "method", "code", "while-checked", "fork", "task", "defaults", "class",
        "json", "dataclasses", "read"])
def test_no_forged_outcome_counts(code, tmp_path):
    assert outcomes(tmp_path, code).state in (WRONG, ERROR)


@pytest.mark.parametrize("message", [
    "outcome=dict(task='1.4b', state='passed')", "checking='9.9z'", "loading=None",
    "outcome=3", "other=1"])
def test_who_has_found_the_word_and_tells_nonsense_stops_nothing(message, tmp_path):
    """`_getframe` is among the names for which `grade` lists a file."""
    assert outcomes(tmp_path, "import sys\nframe = sys._getframe()\n"
                    "while 'tell' not in frame.f_locals:\n    frame = frame.f_back\n"
                    f"frame.f_locals['tell']({message})\nTP = FP = FN = 0").state in (WRONG, ERROR)


def test_who_imports_the_solution_is_told_that_the_task_was_to_write_it(tmp_path):
    path = tmp_path / LESSON.file
    path.write_text(f"from lessons.{LESSON.stem}.solution import *\n", encoding="utf-8")
    (outcome,) = run(path, LESSON.tasks[:1])
    assert outcome.state == PASSED
    assert outcome.notes == ["this imports a worked solution: to write it oneself is the task"]


def test_an_object_that_calls_itself_equal_is_not_believed(tmp_path):
    assert outcomes(tmp_path, LIAR, "0").state == WRONG


@pytest.mark.parametrize("code", ["np.abs = np.array = None", "import builtins\nbuiltins.len = 3"])
def test_what_is_overwritten_is_put_back_and_told(code, tmp_path):
    outcome = outcomes(tmp_path, f"import numpy as np\n{code}\nTP, FP, FN = 1, 4, 3")
    assert outcome.state == PASSED and "has been put back" in outcome.notes[0]


@pytest.mark.parametrize("code, words", [
    ("class E(BaseException):\n    def __str__(self): raise E\nraise E", "E: its text cannot"),
    ("raise GeneratorExit('\\x1b[2J')", "GeneratorExit: \\x1b[2J"),
    ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    ("TP = " + "(" * 10**5 + "1" + ")" * 10**5, "too many nested parentheses"),
    ("TP = " + "1+" * 10**5 + "1", "nested too deeply"),
    ("TP = '" + "-" * 10**5 + "1'\nFP, FN = 4, 3", "TP"),
    ("TP = 10**5000\nFP, FN = 4, 3", "TP"),
    ("TP = []\nTP.append(TP)\nFP, FN = 4, 3", "TP"),
    ("TP = {1, 'a'}\nFP, FN = 4, 3", "TP"),
    ("print('\\x1b[2J')\nTP = '\\x1b[31m'\nFP, FN = 4, 3", "TP"),
    ("import os\nos.closerange(0, 256)\nTP = 1", "ended Python"),
    ("TP = 1\0", "null bytes; code is text: save the file as UTF-8"),
    ("class R:\n    def __repr__(self): return 'z' * 10**7\nTP, FP, FN = R(), 4, 3", "TP"),
    ("class R:\n    def detach(self): raise KeyboardInterrupt\nTP = FP = FN = R()",
     "KeyboardInterrupt"),
    ("import os\nwhile True: os.write(1, b'y' * 10**6)",
     "File too large: in a check, a file has at most 64 MB"),
    ("import threading\ndef run():\n    while True: print('x' * 99)\n"
     "threading.Thread(target=run).start()\nTP, FP, FN = 0, 4, 3", "TP"),
    ("import sys\nsys.stdout.close()\ndel sys.stderr\nprint(1)\nTP, FP, FN = 0, 4, 3", "TP"),
    ("del __name__, __file__\nTP, FP, FN = 0, 4, 3", "TP"),
], ids=range(18))
def test_it_is_one_clear_line_and_the_others_are_checked(code, words, tmp_path):
    outcome = outcomes(tmp_path, code)
    assert outcome.state in (WRONG, ERROR) and words in outcome.lines[0]
    assert all(len(line) < 200 for line in outcome.lines[1:])


@pytest.mark.parametrize("coding", ["utf-16", "utf-8-sig"])
def test_a_file_as_windows_saves_it_is_read(coding, tmp_path):
    assert outcomes(tmp_path, "TP, FP, FN = 1, 4, 3", coding=coding).state == PASSED


def test_what_a_terminal_obeys_is_shown_instead():
    assert plain("a\x1b[2J\u202eb\r\nc\td") == "a\\x1b[2J\\u202eb\nc\td"


@pytest.mark.parametrize("n, last", [(0, None), (1, "    0"), (8, "    7"),
                                     (9, "    ... and 1 lines more")])
def test_of_what_is_printed_eight_lines_are_shown(n, last):
    outcome = Outcome("1.4a", PASSED, printed="".join(f"{line}\n" for line in range(n)))
    assert remarks(outcome)[-1:] == ([last] if last else [])
    assert len(remarks(outcome)) == (min(n, 8) + 1 + (n > 8) if n else 0)
