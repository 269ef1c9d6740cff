"""`python -m lessons`, tested as a process: what it prints, and its exit code."""

import contextlib
import functools
import io
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lessons.engine import running
from lessons.engine.command_line import main
from lessons.engine.lesson import cut_cells
from lessons.engine.tasks import find_lessons
from tests.lessons.running import coarse_pictures

ROOT = Path(__file__).resolve().parents[3]


def python(*arguments, cwd=ROOT, **options):
    """Run Python with `minicv` and `lessons` in reach from any folder."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **options.pop("env", {})}
    return subprocess.run([sys.executable, *map(str, arguments)], cwd=cwd, env=environment,
                          capture_output=True, text=True, timeout=120, **options)


def lessons(*arguments, **options):
    return python("-m", "lessons", *arguments, **options)


def called(*arguments):
    """The same without a process of its own, which would have to load everything again."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), coarse_pictures:
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as end:  # as argparse ends
            code = end.code
    for stream in (out, err):
        stream.flush()
    return subprocess.CompletedProcess(arguments, code, out.buffer.getvalue().decode(),
                                       err.buffer.getvalue().decode())


def assert_one_clear_line(run, *words):
    """Exit code 2, and a single line on stderr that holds the words."""
    assert run.returncode == 2
    assert run.stderr.count("\n") == 1 and run.stderr.startswith("error: ")
    for word in words:
        assert word in run.stderr


# -- the list ----------------------------------------------------------------------------------


@pytest.mark.parametrize("run", [lambda: lessons(), lambda: called("list")], ids=["", "list"])
def test_lessons_are_listed_with_a_line_each(run):
    run = run()
    assert (run.returncode, run.stderr) == (0, "")
    assert f"2.1  {find_lessons()['2.1'].title}\n" in run.stdout


def test_every_lesson_file_is_in_the_list():
    listed = [line.split()[0] for line in called().stdout.splitlines() if line[:1].isdigit()]
    files = sorted((ROOT / "lessons").glob("ex*_*/lesson.py"))
    assert listed == [".".join(path.parent.name[2:].split("_")[:2]) for path in files]


def test_the_list_goes_quietly_when_nobody_reads_on():
    read_end, write_end = os.pipe()
    os.close(read_end)
    run = subprocess.run([sys.executable, "-m", "lessons"], cwd=ROOT, stdout=write_end,
                         stderr=subprocess.PIPE, text=True, timeout=120)
    os.close(write_end)
    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.skipif(os.name != "posix", reason="a shell of Unix closes its output so")
def test_a_closed_output_is_no_error():
    run = subprocess.run(f'"{sys.executable}" -m lessons >&-', shell=True, cwd=ROOT, text=True,
                         capture_output=True, timeout=120)
    assert (run.returncode, run.stderr) == (0, "")


# -- wrong use ---------------------------------------------------------------------------------


def test_a_wrong_id_is_answered_with_the_right_ones(tmp_path):
    assert_one_clear_line(called("run", "9.9", "--out", tmp_path), "no lesson 9.9", "2.1")


def test_an_output_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    run = called("run", "2.1", "--out", tmp_path / "file" / "output")
    assert_one_clear_line(run, "cannot write into the folder", "file")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_an_output_folder_that_is_read_only_is_named(tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    run = called("run", "2.1", "--out", folder)
    assert_one_clear_line(run, "cannot write into the folder", "locked", "Permission denied")


def test_a_missing_data_folder_is_named(tmp_path):
    run = called("run", "2.1", "--data", tmp_path / "nowhere", "--out", tmp_path)
    assert_one_clear_line(run, "nowhere")


def test_a_missing_data_file_is_named(tmp_path):
    run = called("run", "2.1", "--data", tmp_path, "--out", tmp_path)
    assert_one_clear_line(run, "there is no file", "points.npz")


def test_a_broken_data_file_is_named(tmp_path):
    whole = (ROOT / "data" / "points.npz").read_bytes()
    (tmp_path / "points.npz").write_bytes(whole[:100_000])
    run = called("run", "2.1", "--data", tmp_path, "--out", tmp_path)
    assert_one_clear_line(run, "points.npz", "cut short")


def test_points_of_one_kind_are_refused(tmp_path):
    np.savez(tmp_path / "points.npz", points=np.zeros((80, 3), np.float16),
             occupancies=np.zeros(10, np.uint8))
    run = called("run", "2.1", "--data", tmp_path, "--out", tmp_path)
    assert_one_clear_line(run, "inside and outside")


@pytest.mark.parametrize("arguments, word", [
    (("run", "--seed", "abc"), "abc"),
    (("run", "--seed", "-1"), "--seed"),
    (("run", "--sede", "1"), "--sede"),
    (("dance",), "dance"),
])
def test_wrong_options_are_named(arguments, word):
    assert_one_clear_line(called(*arguments), word)


def test_without_the_checkouts_data_the_folder_is_named(tmp_path):
    for package in ("lessons", "minicv"):
        shutil.copytree(ROOT / package, tmp_path / package)
    moved = {"env": {"PYTHONPATH": str(tmp_path)}, "cwd": tmp_path}
    assert_one_clear_line(lessons("run", **moved), "there is no folder", "data")
    listing = lessons(**moved)
    assert listing.returncode == 0 and "2.1a" in listing.stdout


# -- the lesson file as a script ---------------------------------------------------------------

SCRIPTS = sorted((ROOT / "lessons").glob("ex*_*/lesson.py"))
each_script = pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.parent.name[:5])


def test_each_lesson_file_is_a_script_with_the_same_options(tmp_path):
    # From another folder, and with nothing but the script to say where `lessons` and `minicv` are.
    # One process for all of them, in which each finds the modules as a new process would.
    run = python("-c", """
import os, runpy, sys
path = list(sys.path)
for script in sys.argv[1:]:
    for name in [name for name in sys.modules if name.split(".")[0] in ("minicv", "lessons")]:
        del sys.modules[name]
    sys.path[:] = [os.path.dirname(script), *path]
    sys.argv[1:] = ["--data", "nowhere", "--out", "out"]
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as end:
        print(end.code)
""", *SCRIPTS, cwd=tmp_path, env={"PYTHONPATH": ""})
    assert run.stdout.split() == ["2"] * len(SCRIPTS)
    assert run.stderr.splitlines() == ["error: there is no folder nowhere"] * len(SCRIPTS)


@pytest.fixture(scope="module")
def script_run(tmp_path_factory):
    """The file of lesson 1.4 run as a script, and the folder with what it has left."""
    script = ROOT / "lessons" / "ex1_4_detection_metrics" / "lesson.py"
    folder = tmp_path_factory.mktemp("script")
    run = python(script, "--out", "here", "--seed", "1", cwd=folder,
                 env={"PYTHONPATH": "", "MPLBACKEND": "nonsense"})
    return run, folder / "here"


def test_a_lesson_file_runs_as_a_script_whatever_windows_matplotlib_was_told_to_open(script_run):
    run, out = script_run
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("Lesson 1.4: ")
    assert '"seed": 1' in (out / "ex1_4" / "summary.json").read_text()


@each_script
def test_a_lesson_is_made_of_short_cells(script):
    cells = cut_cells(script.read_text(encoding="utf-8"))
    code = [cell for cell in cells if cell.kind == "code"]
    assert len(code) > 5 and len(cells) - len(code) > 5
    lengths = {cell.line: sum(bool(line.strip()) for line in cell.source.splitlines())
               for cell in code if "import numpy" not in cell.source}
    assert {line: n for line, n in lengths.items() if n > 30} == {}


def test_running_writes_a_page_and_says_so(script_run):
    run, out = script_run
    assert run.stdout.endswith(f"open {Path('here', 'index.html')}\n")
    assert "1.4 Detection metrics" in (out / "index.html").read_text(encoding="utf-8")
    page = (out / "ex1_4" / "lesson.html").read_text(encoding="utf-8")
    assert page.count("data:image/png") == 4 and "IoU = 0.6000" in page


def test_the_first_picture_alone_gives_nothing_away(tmp_path):
    run = called("run", "1.4", "--figure", "--out", tmp_path)
    assert (run.returncode, run.stderr) == (0, "")
    assert "boxes.png" in run.stdout and "IoU" not in run.stdout
    assert [path.name for path in (tmp_path / "ex1_4").iterdir()] == ["boxes.png"]
    assert_one_clear_line(called("run", "--figure", "--out", tmp_path), "run 1.4 --figure")


def test_a_notebook_is_written_with_and_without_results(tmp_path, monkeypatch):
    monkeypatch.setattr(running, "run_cells", functools.partial(
        running.run_cells, settings={"N_IMAGES": 60, "N_RESAMPLES": 20}))
    (tmp_path / "ex1_4").mkdir()
    for name in ("unfinished.html", "unfinished.ipynb"):  # of an earlier run, which failed
        (tmp_path / "ex1_4" / name).touch()
    run = called("notebook", "1.4", "--out", tmp_path)
    assert (run.returncode, run.stderr) == (0, "")
    assert list((tmp_path / "ex1_4").glob("unfinished*")) == []
    path = tmp_path / "ex1_4" / "lesson.ipynb"
    assert f"The notebook is {path}" in run.stdout
    full = json.loads(path.read_text(encoding="utf-8"))
    assert called("notebook", "1.4", "--empty", "--out", tmp_path).returncode == 0
    empty = json.loads(path.read_text(encoding="utf-8"))
    outputs = [sum(len(cell.get("outputs", [])) for cell in one["cells"]) for one in (full, empty)]
    assert outputs[0] > 10 and outputs[1] == 0
    assert_one_clear_line(called("notebook", "9.9", "--out", tmp_path), "no lesson 9.9")


def test_an_error_on_the_way_leaves_the_page_of_what_came_before(tmp_path):
    np.savez(tmp_path / "points.npz", points=np.zeros((80, 3), np.float16),
             occupancies=np.zeros(10, np.uint8))
    run = called("run", "2.1", "--data", tmp_path, "--out", tmp_path)
    assert run.returncode == 2
    page = (tmp_path / "ex2_1" / "unfinished.html").read_text(encoding="utf-8")
    assert "Here the lesson ended" in page and "What we want" in page
    assert "What it showed before it ended is in" in run.stdout
    assert "unfinished.html" in (tmp_path / "index.html").read_text(encoding="utf-8")
    run = called("notebook", "2.1", "--data", tmp_path, "--out", tmp_path)
    assert run.returncode == 2
    written = (tmp_path / "ex2_1" / "unfinished.ipynb").read_text(encoding="utf-8")
    assert "Here the lesson ended" in written and "What we want" in written


def test_a_run_that_fails_leaves_the_page_of_an_earlier_one_and_says_so(tmp_path):
    good = tmp_path / "ex2_1" / "lesson.html"
    good.parent.mkdir()
    good.write_text("the page of an earlier run", encoding="utf-8")
    np.savez(tmp_path / "points.npz", points=np.zeros((80, 3), np.float16),
             occupancies=np.zeros(10, np.uint8))
    run = called("run", "2.1", "--data", tmp_path, "--out", tmp_path)
    assert run.returncode == 2 and "is that of an earlier run" in run.stdout
    assert good.read_text(encoding="utf-8") == "the page of an earlier run"
    assert "ex2_1/lesson.html" in (tmp_path / "index.html").read_text(encoding="utf-8")


# -- Ctrl-C ------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name != "posix", reason="Windows sends Ctrl-C in another way")
def test_ctrl_c_during_training_ends_the_lesson_with_one_line(tmp_path):
    command = [sys.executable, "-m", "lessons", "run", "2.1", "--out", str(tmp_path)]
    # A process in the background ignores SIGINT, and so do its children; the lesson must not.
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, preexec_fn=lambda: signal.signal(
                              signal.SIGINT, signal.default_int_handler)) as process:
        for line in process.stdout:
            if line.startswith("c) Training"):
                break
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert stderr.endswith("stopped by Ctrl-C\n")
    assert "Traceback" not in stderr


def test_an_option_of_one_lesson_is_refused_for_the_others(tmp_path):
    run = called("run", "1.4", "--ablation", "--out", tmp_path)
    assert_one_clear_line(run, "run 1.2 --ablation")


# -- one's own photograph --------------------------------------------------------------------


def test_people_are_found_in_one_s_own_photograph(tmp_path):
    picture = ROOT / "data" / "StreetPed" / "PNGImages" / "Street00024.png"
    run = called("run", "2.2", "--image", picture, "--out", tmp_path)
    assert (run.returncode, run.stderr) == (0, "")
    assert "found" in run.stdout and "in 10" in run.stdout
    assert (tmp_path / "ex2_2" / f"{picture.stem}_people.png").stat().st_size > 10_000


def test_a_photograph_is_for_the_person_detector_alone(tmp_path):
    for ids in ([], ["1.4"], ["1.4", "2.2"]):
        run = called("run", *ids, "--image", "photo.jpg", "--out", tmp_path)
        assert_one_clear_line(run, "run 2.2 --image photo.jpg")


def test_a_photograph_that_is_missing_or_cut_short_is_one_clear_line(tmp_path):
    assert_one_clear_line(called("run", "2.2", "--image", tmp_path / "none.jpg", "--out",
                                  tmp_path), "none.jpg")
    (tmp_path / "half.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    assert_one_clear_line(called("run", "2.2", "--image", tmp_path / "half.png", "--out",
                                  tmp_path), "half.png")
