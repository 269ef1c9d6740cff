"""How pytest imports the source files, and what it need not look through again and again."""

import gc
import importlib
from pathlib import Path

ROOT = Path(__file__).parent
gc.disable()  # until all tests are found: see `pytest_collection_finish`


def pytest_collect_file(file_path):
    """Import every source file under its own name before pytest looks for examples in it.

    By itself it runs a file that is not imported yet, `pytest minicv/autograd/graph.py`, a second
    time beside the one that its package imports: two flags, two classes, examples that fail.
    """
    inside = file_path.relative_to(ROOT).with_suffix("").parts
    if file_path.suffix == ".py" and inside[0] in ("minicv", "lessons"):
        importlib.import_module(".".join(inside).removesuffix(".__init__"))


def pytest_collection_finish():
    """Leave out of the search for garbage what lives until the end: all modules and all tests.

    Python's collector would walk over them some 35 times, which is a twelfth of the suite's time.
    And let it search after more new objects: a figure alone has thousands.
    """
    gc.enable()
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
