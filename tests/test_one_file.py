"""`pytest minicv/ROOM/FILE.py` runs the examples of that file, whichever it is.

What it needs is in `conftest.py`. Each file below is the first of minicv that its run imports, as
on a command line; one process for all of them saves the time to load NumPy and pytest again.
"""

import ast
import functools
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILES = [  # a module with a switch of its own, a package, modules with exceptions and classes
    "minicv/autograd/graph.py", "minicv/nn/__init__.py", "minicv/nn/modules.py",
    "minicv/person_detector/linear_classifiers.py", "minicv/files.py", "lessons/engine/verdict.py"]
RUN = """
import pytest, sys
for path in sys.argv[1:]:
    for name in [name for name in sys.modules if name.split(".")[0] in ("minicv", "lessons")]:
        del sys.modules[name]
    if pytest.main(["-q", "-p", "no:cacheprovider", path]) not in (0, 5):  # 5: no examples
        sys.exit(f"the examples of {path} fail when it is the only file")
"""


def test_a_source_file_can_be_tested_alone():
    done = subprocess.run([sys.executable, "-c", RUN, *FILES], cwd=ROOT, capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@functools.cache
def names_in(path):
    """What a file defines or imports."""
    return {getattr(part, "id", getattr(part, "name", None)) for part in ast.walk(
        ast.parse(path.read_text()))
        if isinstance(part, (ast.FunctionDef, ast.ClassDef, ast.alias))
        or isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}


def test_what_one_test_file_takes_from_another_is_there():
    """Read, not run: the parity tests need libraries that the plain suite does without."""
    missing = []
    for path in (ROOT / "tests").rglob("*.py"):
        text = path.read_text()
        for node in ast.walk(ast.parse(text)) if "from tests." in text else ():
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tests."):
                source = ROOT.joinpath(*node.module.split("."))
                if source.is_dir():  # then the names may be its modules
                    continue
                defined = names_in(source.with_suffix(".py"))
                missing += [f"{path.relative_to(ROOT)}:{node.lineno}: {alias.name}"
                            for alias in node.names if alias.name not in defined]
    assert not missing, missing
