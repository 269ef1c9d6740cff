"""The answers of a class: whose are which, what is confined, and what comes out."""

import csv
import subprocess
import sys
import time

import pytest

from lessons.engine.command_line import main
from lessons.engine.commands import grading
from lessons.engine.sandbox.confining import Room, without_network
from lessons.engine.sandbox.watching import run
from lessons.engine.sections import find
from lessons.engine.tasks import LESSONS, find_lessons

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
