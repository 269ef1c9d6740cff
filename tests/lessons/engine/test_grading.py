"""The answers of a class: whose are which, what is confined, and what comes out."""

import csv
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest

from lessons.engine import grading
from lessons.engine.command_line import main
from lessons.engine.grading import mistake_of
from lessons.engine.notebook import FIND
from lessons.engine.tasks import LESSONS, find, find_lessons
from lessons.engine.verdict import ERROR, TODO, WRONG, Outcome
from lessons.engine.watching import Room, run, without_network

LESSON = find_lessons()["1.4"]
SOLUTION = LESSON.solution.read_text(encoding="utf-8")


@pytest.fixture
def one_lesson(monkeypatch):
    """A sheet of lesson 1.4 alone, which is checked fast."""
    monkeypatch.setattr(grading, "find_lessons", lambda: {"1.4": LESSON})


def test_a_class_is_graded_with_a_table_a_csv_and_the_usual_mistakes(one_lesson, tmp_path, capsys):
    folder = tmp_path / "class"
    (folder / "ada" / "deep").mkdir(parents=True)
    (folder / "ada" / "deep" / LESSON.file).write_text(SOLUTION)
    (folder / "=bob.py").write_text(SOLUTION.replace(find(SOLUTION, "1.4b").text, "")
                                    + "\n# %% task 1.4b: x\nTP, FP, FN = 1, 3, 4\n")
    (folder / "cy.ipynb").write_text("{")
    (folder / "di").mkdir()  # has handed in nothing
    assert main(["grade", str(folder), "--csv", str(tmp_path / "marks.csv")]) == 0
    shown = capsys.readouterr().out
    with (tmp_path / "marks.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    verdicts = {student: [row["verdict"] for row in rows if row["student"] == student]
                for student in ("ada", "'=bob", "cy", "di")}
    assert verdicts == {"ada": ["passed"] * 3, "'=bob": ["passed", "wrong", "passed"],
                        "cy": ["todo"] * 3, "di": ["todo"] * 3}
    assert len(rows) == 12 and "[4/4]" in shown and "+x+  2 of 3" in shown
    mistake, = [row["mistake"] for row in rows if row["verdict"] == "wrong"]
    assert f"1.4b: {mistake} (1)" in shown
    assert "Look at cy by hand: cy.ipynb cannot be read" in shown
    seconds, = re.findall(r"ada: 3 of 3 pass \((\d+) s\)", shown)
    assert int(seconds) < 300


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_odd_names_are_one_line_each_and_nobody_is_lost(one_lesson, tmp_path, capsys):
    folder = tmp_path / "class"
    folder.mkdir()
    for name in (b"x.py", b"j.doe", b"a b", b" .py", b"caf\xe9.py", b"two\nlines.py",
                 b"esc\x1b[2J.py", "\N{GREEK SMALL LETTER PI}".encode(), b"x.ipynb"):
        path = os.path.join(os.fsencode(folder), name)
        if name in (b"j.doe", b"a b", b"x.ipynb"):  # the last is a folder with the name of a file
            os.mkdir(path)
        elif not name.endswith(b".py"):
            os.mkdir(path)
            os.mkdir(os.path.join(path, LESSON.file.replace(".py", ".ipynb").encode()))
        else:
            shutil.copy(LESSON.solution, path)
    (folder / "ada.zip").write_text("")
    (folder / "link").symlink_to(folder / "j.doe")
    (folder / "a b" / "large.py").touch()
    os.truncate(folder / "a b" / "large.py", 60 * 2**20)
    assert main(["grade", str(folder), "--csv", str(tmp_path / "marks.csv")]) == 0
    shown = capsys.readouterr().out
    rows = list(csv.reader((tmp_path / "marks.csv").open(newline="", encoding="utf-8")))[1:]
    passed = {name: verdict for name, _, verdict, _ in rows}
    assert passed == dict.fromkeys(
        ["x", ".py", "caf\\udce9", "two lines", "esc\\x1b[2J"], "passed") | dict.fromkeys(
        ["j.doe", "a b", "\N{GREEK SMALL LETTER PI}", "x.ipynb"], "todo")
    assert "Left out: ada.zip, link; a submission is a folder" in shown and "\x1b" not in shown
    assert "Look at a b by hand: large.py is not copied: too large" in shown


def test_what_does_not_run_says_why():
    ended = Outcome("1.4a", ERROR, ["it ran for more than 10 s", "more"])
    assert mistake_of(ended) == "it ran for more than 10 s"
    for place in ("/tmp/minicv1/a b.py, line 47", "/tmp/minicv2/a.ipynb, code cell 2, line 1"):
        assert mistake_of(Outcome("1.4a", ERROR, [f"{place}: KeyError: 3"])) == "KeyError: 3"
    assert mistake_of(Outcome("1.4a", WRONG, ["iou(A, 1)"], mistake="other")) == "other"
    assert mistake_of(Outcome("1.4a", TODO, ["nothing yet"])) == ""


def test_two_students_of_one_name_are_told_apart(tmp_path):
    for name in ("ada.py", "ada.ipynb", "bob.py"):
        (tmp_path / name).touch()
    (tmp_path / "ada").mkdir()
    assert [name for name, _ in grading.find_submissions(tmp_path)] == [
        "ada", "ada.ipynb", "ada.py", "bob"]


@pytest.mark.skipif(os.name != "posix", reason="Windows sends Ctrl-C in another way")
def test_ctrl_c_ends_grading_at_once_and_keeps_what_is_done(tmp_path):
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "ada.py").write_text(SOLUTION)
    for name in ("bob", "cy", "di"):
        (tmp_path / "class" / f"{name}.py").write_text("# %% task 1.4a: x\nwhile True: pass\n")
    command = ("from lessons.engine import grading\n"
               "from lessons.engine import watching\n"
               "from lessons.engine.command_line import main\n"
               "watching.LOAD_SECONDS = 1e4\n"  # what waited for the loops would never end
               "one = grading.find_lessons()['1.4']\n"
               "grading.find_lessons = lambda: {'1.4': one}\n"
               "raise SystemExit(main(['grade', 'class']))")
    with subprocess.Popen([sys.executable, "-c", command], cwd=tmp_path, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True,
                          env={**os.environ, "PYTHONPATH": str(LESSONS.parent)},
                          preexec_fn=lambda: signal.signal(
                              signal.SIGINT, signal.default_int_handler)) as process:
        for line in process.stdout:
            if "ada: 3 of 3" in line:
                break
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=60)
    assert (process.returncode, stderr) == (130, "\nstopped by Ctrl-C\n")
    rows = (tmp_path / "marks.csv").read_text().splitlines()
    assert len(rows) == 4 and all(row.startswith("ada,") for row in rows[1:])


@pytest.mark.parametrize("code", [
    "import sys\nsys._getframe()", "import inspect", "from lessons import ex1_4_detection_metrics",
    "import lessons.engine.answer", "import gc\ngc.get_objects()", "eval('1')", "f.__globals__",
    "e.__traceback__.tb_frame", "__import__('os')", "from ctypes import pythonapi",
    "from os import fork", "os.fork()", "vars(sys.modules)"])
def test_a_file_that_may_be_after_the_checks_is_named(code, tmp_path):
    (tmp_path / "a.py").write_text(code)
    assert len(grading._remarks(tmp_path / "a.py")) == 1


def test_what_exercises_need_is_nothing_unusual():
    for lesson in find_lessons().values():
        assert grading._remarks(lesson.solution) == grading._remarks(lesson.stub) == []


@pytest.mark.parametrize("code", [
    "# inspect the fork of these lessons.", "model.eval()", "import re\nre.compile('x')",
    "from lessons import check", "from lessons.course import torch", "gc = 3", FIND])
def test_what_a_notebook_or_a_comment_has_is_nothing_unusual(code, tmp_path):
    (tmp_path / "a.py").write_text(code)
    assert grading._remarks(tmp_path / "a.py") == []


def test_a_submission_is_confined(tmp_path):
    """It sees neither the caller's variables nor a network, and works in its own folder."""
    path = tmp_path / LESSON.file
    path.write_text("import os, socket\nprint(sorted(os.environ), os.getcwd())\n"
                    "print(socket.if_nameindex())")
    task = LESSON.tasks[1]
    outcome, = run(path, [task], LESSON.stem, Room(tmp_path))
    assert str(tmp_path) in outcome.printed and "PYTEST_CURRENT_TEST" not in outcome.printed
    if without_network():
        assert outcome.printed.endswith("[(1, 'lo')]\n")


@pytest.mark.skipif(sys.platform != "linux", reason="no other system has unshare")
def test_the_network_is_taken_away_in_the_first_way_that_the_system_allows():
    for user in ([], ["--user", "--map-current-user"], ["--user", "--map-root-user"]):
        command = ["unshare", *user, "--net", "--pid", "--fork", "--kill-child"]
        if shutil.which("unshare") and not subprocess.run([*command, "true"],
                                                          capture_output=True).returncode:
            assert list(without_network()) == command
            return
    assert without_network() == ()


def test_a_submission_cannot_start_python_with_its_own_modules(tmp_path):
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    folder = tmp_path / ".local" / "lib" / version / "site-packages"
    folder.mkdir(parents=True)
    (folder / "usercustomize.py").write_text("print('mine first')")
    for name in ("json.py", "numpy.py", "lessons.py"):
        (tmp_path / name).write_text("raise RuntimeError")
    path = tmp_path / LESSON.file
    path.write_text("TP, FP, FN = 1, 4, 3")
    outcome, = run(path, [LESSON.tasks[1]], LESSON.stem, Room(tmp_path))
    assert (outcome.state, outcome.printed) == ("passed", "")


@pytest.mark.skipif(not without_network(), reason="this system has no rooms for processes")
def test_nothing_that_a_submission_starts_outlives_it(tmp_path):
    path = tmp_path / LESSON.file
    path.write_text("import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(0.6)\n"
                    "    open('late', 'w').close()\nTP, FP, FN = 1, 4, 3")
    outcome, = run(path, [LESSON.tasks[1]], LESSON.stem, Room(tmp_path))
    time.sleep(0.9)
    assert outcome.state == "passed" and not (tmp_path / "late").exists()


def test_links_and_hidden_files_of_a_submission_are_not_followed(tmp_path):
    (tmp_path / "secret.py").write_text("x = 1")
    own, room = tmp_path / "own", tmp_path / "room"
    (own / ".git").mkdir(parents=True)
    room.mkdir()
    (own / ".git" / "a.py").write_text("")
    (own / "link.py").symlink_to(tmp_path / "secret.py")
    (own / "mine.py").write_text("")
    assert grading._copy(own, room) == ([room / "mine.py"], [])


@pytest.mark.parametrize("content", [None, "nothing"])
def test_a_folder_without_submissions_is_one_clear_line(content, tmp_path, capsys):
    folder = tmp_path / "class"
    if content:
        folder.mkdir()
    assert main(["grade", str(folder), "--csv", str(tmp_path / "marks.csv")]) == 2
    shown = capsys.readouterr().err
    assert shown.startswith("error: ") and shown.count("\n") == 1
    assert not (tmp_path / "marks.csv").exists()


# -- the handout -----------------------------------------------------------------------------------


def test_a_handout_has_no_answers_and_every_command_works_there(tmp_path):
    folder = tmp_path / "class"
    assert main(["handout", str(folder)]) == 0
    files = [path.relative_to(folder) for path in folder.rglob("*.py")]
    assert not [path for path in files if path.name in ("solution.py", "wrong.py", "right.py")]
    commands = [["list"], ["start", "1.4"], ["check", "1.4"], ["hint", "1.4a"],
                ["solution", "1.4a", "--yes"], ["reset", "1.4a", "--yes"],
                ["run", "1.4", "--figure"]]
    shown = subprocess.run(
        [sys.executable, "-c", "from lessons.engine.command_line import main\n"
         f"for command in {commands}:\n    print('exit', main(command))"],
        cwd=folder, env=Room(folder).environment, capture_output=True, text=True, timeout=120)
    codes = [line.split()[1] for line in shown.stdout.splitlines() if line.startswith("exit")]
    assert codes == ["0", "0", "1", "0", "2", "0", "0"], shown.stderr
    assert "no worked answer to 1.4a" in shown.stderr and shown.stderr.count("\n") == 1
    assert "Traceback" not in shown.stdout


def test_a_handout_is_never_written_over_something_or_into_itself(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["handout", str(tmp_path)]) == 2
    assert main(["handout", str(LESSONS / "new")]) == 2
    assert not (LESSONS / "new").exists()
    assert "not empty" in capsys.readouterr().err


@pytest.mark.parametrize("failing", ["copyfile", "copystat"])
def test_a_handout_that_cannot_be_written_whole_leaves_nothing_and_one_line(
        tmp_path, capsys, monkeypatch, failing):
    """`copyfile` is for a file of the checkout; `copystat` for each folder, which are collected."""
    def full(*paths, **options):
        raise OSError(28, "No space left on device", paths[1])

    monkeypatch.setattr(shutil, failing, full)
    assert main(["handout", str(tmp_path / "class")]) == 2
    assert not (tmp_path / "class").exists()
    told = capsys.readouterr().err
    assert told.startswith("error: ") and told.count("\n") == 1 and len(told) < 1000
    assert "No space left" in told and "class" in told
