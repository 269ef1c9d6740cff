"""The lessons: each walks through one exercise on real input.  `python -m lessons` lists them.

A lesson is a folder, `ex<sheet part>_<number>_<name>/`, with four files:

    lesson.py      cells (`# %%`) that run from top to bottom, and TITLE, one line for the list. The
                   first cell of code calls `begin`, which gives the cells their `lesson`: the
                   folder of input, the folder for results, the seed, and `lesson.show`. The same
                   cells make the text on the terminal, the page and the notebook
                   (`lessons/engine/running.py`).
    stub.py        the tasks, for the learner to fill in
    solution.py    the tasks, worked
    check.py       what holds an answer against what is right

To add a lesson, add its folder; `lessons/engine/` finds it, and tells how its tasks are written.
This module holds what all `lesson.py` share. Lessons are read and run in a checkout: pip installs
`minicv` alone.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO

# OpenBLAS, which multiplies NumPy's matrices, splits even the small products of these networks
# among threads, and these wait for each other in busy loops. Beside another program on two cores
# an epoch of lesson 2.1 took 3 seconds instead of 0.5. It must be told before NumPy is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Pictures are written to files, whatever windows Matplotlib has been told to open elsewhere.
if "ipykernel" not in sys.modules:
    os.environ["MPLBACKEND"] = "agg"


class InputError(Exception):
    """The lesson cannot run on what it was given; the message is for the learner, in one line."""


class NotLoaded(InputError):
    """A file of minicv itself does not load, since somebody is editing it."""


def why_not_loaded(error: Exception) -> str:
    """Which file an import has failed in, and why; in one line."""
    places = [place for place in traceback.extract_tb(error.__traceback__)
              if not place.filename.startswith("<")]  # Python's own importing
    file, line, reason = places[-1].filename, places[-1].lineno, str(error)
    if isinstance(error, SyntaxError) and error.filename:
        file, line, reason = error.filename, error.lineno, error.msg
    reason = " ".join(reason.split())
    return (f"{file}, line {line}: {type(error).__name__}: {reason}; if you have edited that file, "
            "git checkout -- FILE brings it back")


def replace_file(path: Path, mode: str = "wb") -> AbstractContextManager[IO]:
    """`minicv.files.replace_file`, imported when it is needed and no sooner.

    Who learns from minicv edits it. While it does not load (`NotLoaded`), lessons can still be
    listed and started, and answers checked, as far as these do without it.
    """
    try:
        from minicv import files
    except Exception as error:  # anything can be wrong with a file that is being edited
        raise NotLoaded(why_not_loaded(error)) from error
    return files.replace_file(path, mode)


def read(reader: Callable, path: Path):
    """`reader(path)`; a file that is missing or broken ends the lesson with one clear line.

    Only reading is guarded like this: a ValueError from anywhere else is a fault of the lesson,
    and its traceback is needed to find it.
    """
    try:
        return reader(path)
    except (OSError, ValueError) as error:
        raise InputError(str(error)) from error


def check(task: str, *answers, **named) -> None:
    """Check an answer where it stands, in a notebook: `check("2.1a", get_train_val_split)`.

    Parameters
    ----------
    task : as in the list, "1.4b".
    answers : functions and classes, known by their names; numbers in the order of the stub. With
        none at all, what the notebook has under the names of the stub is checked.
    named : answers by name: `check("1.4b", TP=1, FP=4, FN=3)`.
    """
    from lessons.engine.checking import check_here

    check_here(task, answers, named)


def begin(number: str, module: str):
    """The `lesson` of a lesson's cells (`lessons.engine.lesson.LessonRun`).

    In a script, it runs them all, and ends.

    Parameters
    ----------
    number : "1.4".
    module : the `__name__` of the caller.
    """
    from lessons.engine.lesson import current
    from lessons.engine.notebook import NotebookRun

    lesson = current.get()
    if lesson is not None:
        return lesson
    if "ipykernel" in sys.modules:
        return NotebookRun(number, Path(__file__).resolve().parents[1] / "data", Path("output"),
                           seed=0)
    if module != "__main__":
        raise RuntimeError(f"a lesson runs, it is not imported: python -m lessons run {number}")
    from lessons.engine.command_line import main

    sys.exit(main(["run", number, *sys.argv[1:]]))
