"""What a class gets: `python -m lessons handout DIR` copies the checkout without its answers.

Left out are the worked solutions, and the tests with the answers that are planted for the checks.
All commands work there; `solution` says that there is none. The checks themselves know what is
right, so who reads them closely finds numbers: it is an exercise, and no exam.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from lessons import InputError
from lessons.engine.tasks import LESSONS

PARTS = ("minicv", "lessons", "data", "README.md", "LICENSE", "CHANGELOG.md", "setup.cfg",
         "pyproject.toml")
LEFT_OUT = shutil.ignore_patterns("solution.py", "__pycache__", "*.pyc", ".*", "*.egg-info")


def handout(folder: Path) -> None:
    """Write the handout into a folder that is not there yet, or empty."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} is there already, and not empty: name a new folder")
    inside = folder.resolve()
    if any(inside.is_relative_to(LESSONS.parent / part) for part in PARTS):
        raise InputError(f"{folder} lies within what is copied: name a folder elsewhere")
    folder.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        source = LESSONS.parent / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=LEFT_OUT)
        elif source.is_file():
            shutil.copyfile(source, folder / part)
    print(f"{folder} is for the class: no solutions, no planted answers.")
    print("Try it:  cd there, and  python -m lessons start 1.4  and  python -m lessons check")
