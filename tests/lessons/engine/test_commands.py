"""`python -m lessons start | check | hint | solution | reset`, tested as processes.

In a pipe and on a terminal, with the exit code of each: 0 all asked-for tasks pass, 1 some do not,
2 wrong use, 130 Ctrl-C.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lessons.engine import checking, verdict
from lessons.engine.command_line import main
from lessons.engine.learning import worked_answer
from lessons.engine.tasks import find, find_lessons
from tests.lessons.forking import forked  # noqa: F401

pytestmark = pytest.mark.usefixtures("forked")

ROOT = Path(__file__).resolve().parents[3]
FILE = "ex1_4_detection_metrics.py"
STUB = find_lessons()["1.4"].stub
posix_only = pytest.mark.skipif(os.name != "posix", reason="Windows has no pseudo-terminals")


def environment(root=ROOT, **others):
    return {**os.environ, "PYTHONPATH": str(root), "TERM": "xterm", **others}


def lessons(*arguments, cwd, root=ROOT):
    """In a pipe, and with nothing to read from."""
    return subprocess.run([sys.executable, "-m", "lessons", *arguments], cwd=cwd, text=True,
                          env=environment(root), stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=120)


def calls(*commands):
    """Arguments for Python that call several commands in one process, which is quicker."""
    return ["-c", "from lessons.engine.command_line import main\n"
            f"for command in {commands}:\n    print('exit code', main(command), '<end>')"]


def several(*commands, cwd, root=ROOT):
    """In a pipe, all in one process."""
    return subprocess.run([sys.executable, *calls(*commands)], cwd=cwd, text=True,
                          env=environment(root), stdin=subprocess.DEVNULL, capture_output=True,
                          timeout=120)


def on_terminal(*arguments, cwd, typed="", **variables):
    """What a terminal shows (its line ends as \\n), and the exit code."""
    leader, follower = os.openpty()
    process = subprocess.Popen([sys.executable, *arguments], cwd=cwd,
                               env=environment(**variables), stdin=follower, stdout=follower,
                               stderr=follower)
    os.close(follower)
    os.write(leader, typed.encode())
    shown = b""
    while True:
        try:
            part = os.read(leader, 4096)
        except OSError:  # Linux: nobody holds the other end any more
            break
        if not part:
            break
        shown += part
    os.close(leader)
    return shown.decode().replace("\r\n", "\n"), process.wait(timeout=60)


def assert_one_clear_line(run, *words):
    assert run.returncode == 2
    assert run.stderr.count("\n") == 1 and run.stderr.startswith("error: "), run.stderr
    assert all(word in run.stderr for word in words), run.stderr


def fill_in(folder, **values):
    """Numbers in answers/ex1_4."""
    path = folder / "answers" / FILE
    text = path.read_text(encoding="utf-8")
    for name, value in values.items():
        lines = text.splitlines()
        text = "\n".join(f"{name} = {value}" if line.startswith(f"{name} = ") else line
                         for line in lines) + "\n"
    path.write_text(text, encoding="utf-8")


IOUS = {"IOU_A1": "15 / 25", "IOU_B2": "3 / 9", "IOU_C3": "2 / 8", "IOU_D4": "8 / 22",
        "FOUND": "[1]"}


@pytest.fixture
def started(tmp_path, capsys):
    """A folder in which lesson 1.4 has been started."""
    assert main(["start", "1.4", "--answers", str(tmp_path / "answers")]) == 0
    capsys.readouterr()
    return tmp_path


# -- the first minute ------------------------------------------------------------------------------


def test_without_anything_started_check_says_how_to_start(tmp_path, capsys):
    assert main(["check", "--answers", str(tmp_path / "answers")]) == 1
    shown = capsys.readouterr().out
    assert "python -m lessons start 1." in shown
    assert str(tmp_path / "answers") in shown and f"the minicv in {ROOT}" in shown
    shown = shown.replace(str(tmp_path), "").replace(str(ROOT), "")
    assert max(map(len, shown.splitlines())) <= 100
    assert not (tmp_path / "answers").exists()


def test_the_first_minute(tmp_path):
    start = lessons("start", "1.4", cwd=tmp_path)
    assert (start.returncode, start.stderr) == (0, "")
    for words in (f"answers{os.sep}{FILE}", "Red is normal", "python -m lessons check",
                  "Its tasks: 1.4a, 1.4b, 1.4c; and task 0"):
        assert words in start.stdout
    assert (tmp_path / "answers" / FILE).read_bytes() == STUB.read_bytes()

    check = lessons("check", cwd=tmp_path)
    assert (check.returncode, check.stderr) == (1, "")
    lines = [" ".join(line.split()[:2]) for line in check.stdout.splitlines()]
    assert lines[1:3] == ["0 passed", "1.4a todo"] and "1.4b todo" not in lines
    assert f"answers{os.sep}{FILE}, line 25" in check.stdout and "Red is normal" in check.stdout
    assert "\033" not in check.stdout  # no colours in a pipe


def test_start_never_overwrites(started, capsys):
    fill_in(started, TP=1)
    before = (started / "answers" / FILE).read_text()
    assert main(["start", "1.4", "--answers", str(started / "answers")]) == 0
    assert "is there already" in capsys.readouterr().out
    assert (started / "answers" / FILE).read_text() == before


# -- check -----------------------------------------------------------------------------------------


def test_a_wrong_answer_is_explained_and_put_right_and_another_one_breaks(started, capsys):
    def check(*arguments):
        exit_code = main(["check", *arguments, "--answers", str(started / "answers")])
        return exit_code, capsys.readouterr().out

    # Got, expected, the cause, and the hint.
    fill_in(started, IOU_A1="15 / 40", TP=1, FP=4, FN=3)
    exit_code, shown = check("1.4")
    text = " ".join(shown.split())
    assert exit_code == 1
    assert ("1.4a wrong Intersection over union IOU_A1 got: 0.375 likely cause: the "
            "sum of both areas counts the intersection twice") in text
    assert "a hint: python -m lessons hint 1.4a" in text
    assert "1.4b passed" in text and "1.4c todo" in text
    assert "1 of 3 pass, task 0 not counted." in text

    # On to the next open task; what has passed is not looked at again.
    fill_in(started, **IOUS, FN=4)
    exit_code, shown = check()
    assert exit_code == 1 and "1.4a   passed" in shown and "1.4c   todo" in shown
    assert "1.4b" not in shown and "  0  " not in shown

    # A task that breaks again loses its tick.
    exit_code, shown = check("1.4b")
    assert exit_code == 1 and "It passed before" in shown
    assert "1.4b open\n" in (started / "answers" / "progress.txt").read_text()


def test_all_of_it_passes_with_the_worked_answers(tmp_path, monkeypatch, capsys):
    (tmp_path / "answers").mkdir()
    for lesson in find_lessons().values():
        shutil.copy(lesson.solution, tmp_path / "answers" / lesson.file)
    monkeypatch.chdir(tmp_path)
    exit_code, shown = main(["check", "--all"]), capsys.readouterr().out
    assert exit_code == 0, shown
    assert "tasks pass. python -m lessons check --all looks at them once more." in shown
    assert main(["check"]) == 0  # nothing is open
    capsys.readouterr()
    assert main(["list"]) == 0
    listing = capsys.readouterr().out
    assert "todo" not in listing and f"[{'#' * 30}]" in listing


@pytest.mark.parametrize("variable, value", [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_who_wants_no_colours_gets_none(variable, value, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert verdict.paint("red", "wrong") == "\033[31mred\033[0m"
    monkeypatch.setenv(variable, value)
    assert verdict.paint("red", "wrong") == "red"


@posix_only
def test_watch_checks_again_when_a_file_is_saved(started):
    command = [sys.executable, "-m", "lessons", "check", "1.4a", "--watch"]
    with subprocess.Popen(command, cwd=started, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, env=environment(), preexec_fn=lambda: signal.signal(
                              signal.SIGINT, signal.default_int_handler)) as process:
        told = False
        for line in process.stdout:
            if "todo" in line:
                fill_in(started, **IOUS)
            assert "and run:" not in line and "Next:" not in line
            told = told or "Watching answers: save a file" in line
            if "passed" in line:
                break
        assert told
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=60)
    assert (process.returncode, stderr) == (130, "\nstopped by Ctrl-C\n")


@posix_only
@pytest.mark.parametrize("sent, code, told", [
    (signal.SIGINT, 130, "Ctrl-C"), (signal.SIGTERM, 143, "SIGTERM"),
    (signal.SIGHUP, 129, "SIGHUP")] if os.name == "posix" else [])
def test_ctrl_c_kill_and_a_closed_terminal_end_a_check_and_its_process(started, sent, code, told):
    """And leave no folder behind in the one for temporary files."""
    path = started / "answers" / FILE
    path.write_text(path.read_text().replace(
        "TP = None", "import os\nopen('pid', 'w').write(str(os.getpid()))\nwhile True: pass"))
    (temporary := started / "temporary").mkdir()
    command = [sys.executable, "-m", "lessons", "check", "1.4c"]
    with subprocess.Popen(command, cwd=started, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, env=environment() | {"TMPDIR": str(temporary)},
                          preexec_fn=lambda: signal.signal(
                              signal.SIGINT, signal.default_int_handler)) as process:
        while not (started / "pid").is_file() or not (started / "pid").read_text():
            time.sleep(0.02)
        process.send_signal(sent)
        _, stderr = process.communicate(timeout=60)
    assert (process.returncode, stderr) == (code, f"\nstopped by {told}\n")
    assert list(temporary.iterdir()) == []
    with pytest.raises(ProcessLookupError):
        os.kill(int((started / "pid").read_text()), 0)


# -- hint, solution, reset, list -------------------------------------------------------------------


def test_in_a_pipe_nothing_is_asked(started):
    fill_in(started, TP=1, **IOUS)
    before = (started / "answers" / FILE).read_bytes()
    (started / "answers" / "progress.txt").write_text("1.4a passed\n1.4b open\n")
    run = several(["hint", "1.4c"], ["solution", "1.4a", "--yes"], ["list"],
                  ["reset", "1.4b", "--yes"], cwd=started)
    hint, solution, listing, reset, _ = run.stdout.split("<end>")
    assert run.stderr == "" and "\033" not in run.stdout and run.stdout.count("exit code 0") == 4
    assert hint.count("1.4c, hint") == 1

    assert worked_answer(find_lessons()["1.4"], "1.4a") in solution
    assert "intersection / (area_a + area_b - intersection)" in solution
    assert "To read: minicv/detection_metrics/boxes.py" in solution and "PRECISION" not in solution

    words = [line.split()[:2] for line in listing.splitlines()]
    for expected in (["1.4a", "passed"], ["1.4b", "open"], ["1.4c", "todo"], ["2.1a", "todo"]):
        assert expected in words
    assert "] 1 of " in listing

    text = (started / "answers" / FILE).read_text()
    assert "TP = None" in text and "IOU_A1 = 15 / 25" in text
    backup = started / "answers" / "backup" / FILE.replace(".py", ".1.py")
    assert backup.read_bytes() == before and backup.name in reset
    # A lesson as a whole.
    assert main(["reset", "1.4", "--yes", "--answers", str(started / "answers")]) == 0
    assert (started / "answers" / FILE).read_bytes() == STUB.read_bytes()
    assert len(list(backup.parent.iterdir())) == 2


@posix_only
def test_a_terminal_has_colours_and_is_asked(started):
    fill_in(started, TP=1)
    shown = on_terminal(*calls(["check"], ["solution", "1.4b"], ["reset", "1.4b"]), cwd=started,
                        typed="y\nn\n")[0]
    check, solution, reset, _ = shown.split("<end>")
    assert "\033[32mpassed" in check and "\033[33mtodo" in check and "exit code 1" in check
    assert "[y/N]" in solution and "sum(value >= 0.5" in solution and "exit code 0" in solution
    assert "[y/N]" in reset and "Nothing has been changed" in reset and "exit code 0" in reset
    assert "TP = 1" in (started / "answers" / FILE).read_text()


def test_each_call_gives_one_hint_more_and_the_last_says_what_to_read(tmp_path, capsys):
    for number in (1, 2, 3, 3):
        assert main(["hint", "1.4c", "--answers", str(tmp_path / "answers")]) == 0
        shown = capsys.readouterr().out
        assert shown.count("1.4c, hint") == number
        assert ("minicv/detection_metrics/matching.py" in shown) == (number == 3)
    assert "solution 1.4c" in shown


def test_without_a_terminal_or_yes_nothing_is_shown_or_changed(started, capsys):
    fill_in(started, TP=1)
    before = (started / "answers" / FILE).read_bytes()
    for command in (["solution", "1.4a"], ["reset", "1.4b"]):
        assert main([*command, "--answers", str(started / "answers")]) == 2
        shown = capsys.readouterr()
        assert shown.out == "" and "say --yes" in shown.err
    assert (started / "answers" / FILE).read_bytes() == before


def test_a_solution_that_has_been_shown_is_shown_again_without_asking(started):
    solution = ["solution", "1.4a", "--answers", str(started / "answers")]
    assert main([*solution, "--yes"]) == 0
    assert main(solution) == 0


def test_reset_brings_a_section_back_whose_marker_line_is_missing(started, capsys):
    path = started / "answers" / FILE
    stub = path.read_text()
    fill_in(started, TP=1)
    path.write_text(path.read_text().replace("# %% task 1.4b", "# 1.4b"))
    assert main(["reset", "1.4b", "--yes", "--answers", str(path.parent)]) == 0
    assert "may still be in" in capsys.readouterr().out
    text = path.read_text()
    assert find(text, "1.4b").text == find(stub, "1.4b").text
    assert "TP = 1\n" in find(text, "1.4a").text


def test_reset_keeps_what_is_no_utf8_elsewhere_as_it_is(started):
    path = started / "answers" / FILE
    path.write_bytes(path.read_bytes().replace(b"IOU_A1 = None", b"IOU_A1 = 1  # caf\xe9\r")
                     .replace(b"TP = None", b"TP = 1  # \xe9"))
    assert main(["reset", "1.4b", "--yes", "--answers", str(path.parent)]) == 0
    assert path.read_bytes() == STUB.read_bytes().replace(
        b"IOU_A1 = None", b"IOU_A1 = 1  # caf\xe9")


def test_reset_reads_what_windows_has_saved(started):
    path = started / "answers" / FILE
    text = path.read_text().replace("TP = None", "TP = 1").replace("\n", "\r\n")
    path.write_bytes(text.encode("utf-16"))
    assert main(["reset", "1.4b", "--yes", "--answers", str(path.parent)]) == 0
    assert path.read_bytes() == STUB.read_bytes()


@pytest.mark.parametrize("name, options", [(FILE, []), (FILE.replace(".py", ".ipynb"),
                                                        ["--notebook"])])
def test_a_folder_with_the_name_of_the_answers_is_told(name, options, tmp_path, capsys):
    (tmp_path / name).mkdir()
    assert main(["start", "1.4", *options, "--answers", str(tmp_path)]) == 2
    shown = capsys.readouterr()
    assert "a folder" in shown.err and "start 1.4 --answers DIR" in shown.err
    assert shown.out == "" and shown.err.count("\n") == 1
    assert main(["check", "1.4", "--answers", str(tmp_path)]) == 1
    assert "has not been started" in capsys.readouterr().out


def break_task_0(path):
    path.write_text(path.read_text().replace("return x + x", "return x * x"))


def test_task_0_is_the_one_of_each_lesson_that_has_been_started(started, capsys):
    folder = ["--answers", str(started / "answers")]
    assert main(["check", "0", *folder]) == 0  # a tick for 1.4 alone
    assert main(["start", "2.1", *folder]) == 0
    both = [find_lessons()[number] for number in ("1.4", "2.1")]
    first, second = (started / "answers" / lesson.file for lesson in both)
    break_task_0(second)
    capsys.readouterr()
    assert main(["check", "0", *folder]) == 1
    shown = capsys.readouterr().out
    assert shown.count("  0  ") == 2 and "1 of 2 pass" in shown and "square" in shown
    assert "It passed before" not in shown

    before = first.read_bytes()
    assert main(["reset", "0", "--yes", *folder]) == 0
    assert second.read_bytes() == both[1].stub.read_bytes()
    assert first.read_bytes() == before
    progress = started / "answers" / "progress.txt"
    assert progress.read_text().splitlines()[1:] == ["1.4:0 passed", "2.1:0 todo"]
    assert main(["check", "0", *folder]) == 0
    break_task_0(second)
    capsys.readouterr()
    assert main(["check", "0", *folder]) == 1
    assert capsys.readouterr().out.count("It passed before") == 1
    assert main(["reset", "2.1", "--yes", *folder]) == 0  # all of it, and so its task 0
    assert progress.read_text().splitlines()[1:] == ["1.4:0 passed", "2.1:0 todo"]


def test_what_is_printed_is_shown_with_its_task_whatever_becomes_of_it(started, capsys):
    path = started / "answers" / FILE
    path.write_text(path.read_text().replace("TP = None", "print('hello')\nTP = None"))
    main(["check", "1.4", "--answers", str(path.parent)])
    shown = capsys.readouterr().out
    assert shown.count("hello") == 1
    assert shown.index("1.4b ") < shown.index("hello") < shown.index("1.4c ")


def test_a_missing_name_is_told_with_the_command_that_brings_it_back(started, capsys):
    path = started / "answers" / FILE
    path.write_text(path.read_text().replace("TP = None", "tp = None"))
    main(["check", "1.4b", "--answers", str(path.parent)])
    assert "python -m lessons reset 1.4b brings" in " ".join(capsys.readouterr().out.split())


def test_the_list_may_be_of_answers_elsewhere(tmp_path, monkeypatch, capsys):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "progress.txt").write_text("1.4a passed\n")
    monkeypatch.chdir(tmp_path)
    assert main(["list", "--answers", "mine"]) == 0
    assert "] 1 of " in capsys.readouterr().out
    assert main([]) == 0
    shown = capsys.readouterr().out
    assert "] 0 of " in shown and "python -m lessons start 1.4" in shown
    assert "python -m lessons run 2.1" in shown


# -- wrong use -------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments, words", [
    (["start", "9.9"], ["no lesson 9.9", "1.4"]), (["start"], ["lesson"]),
    (["check", "1.4z"], ["no task 1.4z", "1.4a, 1.4b"]), (["check", "9.9a"], ["9.9a", "1.4"]),
    (["check", "1.4", "--all"], ["not both"]), (["hint", "1.4"], ["more than one", "1.4a"]),
    (["hint"], ["task"]), (["solution", "x"], ["x"]), (["reset", "1.4a"], ["start 1.4"]),
    (["check", "--wach"], ["--wach"]),
])
def test_wrong_use_is_answered_in_one_line_with_what_there_is(arguments, words, tmp_path, capsys,
                                                              monkeypatch):
    monkeypatch.chdir(tmp_path)
    try:
        exit_code = main(arguments)
    except SystemExit as error:  # from argparse
        exit_code = error.code
    stderr = capsys.readouterr().err
    assert exit_code == 2 and stderr.startswith("error: ") and stderr.count("\n") == 1
    assert all(word in stderr for word in words), stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "answers").mkdir(mode=0o500)
    run = lessons("start", "1.4", cwd=tmp_path)
    assert_one_clear_line(run, "answers", "Permission denied")


def test_ticks_that_cannot_be_saved_are_a_note_and_the_verdict_stands(started, capsys):
    """On a full disk, or in somebody else's folder; here a folder has the file's name."""
    fill_in(started, **IOUS)
    (started / "answers" / "progress.txt").mkdir()
    assert main(["check", "1.4a", "--answers", str(started / "answers")]) == 0
    shown = capsys.readouterr().out
    assert "passed" in shown and "1 of 1 pass." in shown
    assert "note: ticks and hints are not saved: " in shown and "progress.txt" in shown


# -- with an edited minicv -------------------------------------------------------------------------


@pytest.fixture
def copied(started):
    """A checkout of its own, to be edited; in its answers 1.4b is right."""
    fill_in(started, TP=1, FP=4, FN=3)
    for package in ("lessons", "minicv"):
        shutil.copytree(ROOT / package, started / package,
                        ignore=shutil.ignore_patterns("gallery"))
    (started / "data").mkdir()
    return started


BREAK_AND_CALL = """
from pathlib import Path
from lessons.engine.command_line import main

for name in {names}:
    path = Path("minicv") / name
    text = path.read_text()
    path.write_text(text + "\\ndef broken(:\\n")
    for command in {commands}:
        print("exit code", main(command), "<end>")
    path.write_text(text)
"""


def test_a_minicv_that_does_not_load_costs_only_what_needs_it(copied):
    names = ["__init__.py", "files.py", "nn/losses.py"]
    commands = [["list"], ["start", "1.1"], ["check", "1.4b", "2.1"], ["run", "2.1"]]
    run = subprocess.run(
        [sys.executable, "-c", BREAK_AND_CALL.format(names=names, commands=commands)], cwd=copied,
        capture_output=True, text=True, env=environment(copied), timeout=120)
    shown = iter(run.stdout.split("<end>"))
    errors = iter(run.stderr.splitlines())
    for name in names:
        what = f"minicv/{name}, line ".replace("/", os.sep)
        listing, start, check, _ = (next(shown) for _ in commands)
        assert "exit code 0" in listing and "1.4a    todo    Intersection" in listing
        assert "2.1  Occupancy network" in listing and "2.1a" in listing and what in listing
        assert "exit code 0" in start and what not in start
        assert "exit code 1" in check and "1.4b   passed" in check
        (line,) = [line for line in check.splitlines() if "its checks do not load" in line]
        assert line.startswith("Lesson 2.1: ") and what in line and "git checkout" in line
        assert ("ticks and hints are not saved" in check) == (name != "nn/losses.py")
        error = next(errors)  # of the lesson, which cannot be run
        assert error.startswith("error: lessons/ex2_1_") and what in error
    assert list(errors) == []


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_a_minicv_that_has_been_edited_is_pointed_out_beside_a_wrong_answer(
        started, tmp_path, monkeypatch, capsys):
    boxes = tmp_path / "checkout" / "minicv" / "boxes.py"
    boxes.parent.mkdir(parents=True)
    boxes.write_text("union = area + other_area - intersection\n")
    git = ["git", "-C", str(tmp_path / "checkout"), "-c", "user.name=me",
           "-c", "user.email=me@example.org"]
    for arguments in (["init", "-q"], ["add", "minicv"], ["commit", "-qm", "all"]):
        subprocess.run([*git, *arguments], check=True)
    monkeypatch.setattr(checking, "LESSONS", tmp_path / "checkout" / "lessons")
    checking._warn_of_edits()
    assert capsys.readouterr().out == ""
    boxes.write_text("union = area + other_area\n")
    fill_in(started, TP=2)
    assert main(["check", "1.4b", "--answers", str(started / "answers")]) == 1
    assert "minicv itself has been edited (minicv/boxes.py)" in capsys.readouterr().out


# -- pytest ----------------------------------------------------------------------------------------


def test_the_same_checks_run_under_pytest(started):
    fill_in(started, TP=1, FP=4, FN=3, PRECISION=0.75, RECALL=0.6)
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "tests/lessons", "-q", "-p", "no:cacheprovider",
         "--answers", str(started / "answers")], cwd=ROOT, capture_output=True, text=True,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}, timeout=120)
    assert run.returncode == 1
    last = run.stdout.splitlines()[-1]
    assert "1 failed, 2 passed" in last and "skipped" in last
    assert "precision and recall are swapped" in run.stdout
    assert "Traceback" not in run.stdout


def test_a_folder_of_answers_that_is_not_there_is_one_error_of_use_under_pytest(tmp_path):
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "tests/lessons", "-q", "-p", "no:cacheprovider",
         "--answers", str(tmp_path / "nowhere")], cwd=ROOT, capture_output=True, text=True,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}, timeout=120)
    assert run.returncode == pytest.ExitCode.USAGE_ERROR
    (line,) = run.stderr.split("\n\n")[0].splitlines()
    assert line.startswith("ERROR: there is no folder ") and "start 1.4" in line
