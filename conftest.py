"""pytest imports every source file under its own name before it looks for examples in it.

By itself it runs a file that is not imported yet, `pytest minicv/autograd/graph.py`, a second time
beside the one that its package imports: two flags, two classes, and examples that fail.
"""

import importlib
from pathlib import Path

ROOT = Path(__file__).parent


def pytest_collect_file(file_path):
    inside = file_path.relative_to(ROOT).with_suffix("").parts
    if file_path.suffix == ".py" and inside[0] in ("minicv", "lessons"):
        importlib.import_module(".".join(inside).removesuffix(".__init__"))
