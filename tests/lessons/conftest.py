"""`python -m pytest tests/lessons --answers answers` runs the checks of one's own answers.

With the option only these run; without it only the tests of the checks themselves.
"""

from pathlib import Path

import pytest

# Answers that are planted for the checks, not tests; most of them are wrong on purpose.
collect_ignore_glob = ["ex*/wrong.py", "ex*/right.py"]


def pytest_addoption(parser):
    parser.addoption("--answers", type=Path, metavar="DIR",
                     help="check the answers in this folder, as python -m lessons check does")


def pytest_configure(config):
    folder = config.getoption("--answers", None)
    if folder is not None and not folder.is_dir():
        raise pytest.UsageError(f"there is no folder {folder}; "
                                "python -m lessons start 1.4 makes answers/")


def pytest_ignore_collect(collection_path, config):
    own = config.getoption("--answers", None) is not None
    if collection_path.suffix == ".py" and collection_path.name != "conftest.py":
        return True if own != (collection_path.name == "test_answers.py") else None
    return None
