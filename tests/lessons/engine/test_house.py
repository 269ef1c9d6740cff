"""The house of the engine: who imports whom, read from the imports themselves."""

import ast
import sys
from pathlib import Path

import pytest

ENGINE = Path(__file__).resolve().parents[3] / "lessons" / "engine"
FILES = {"lessons.engine" + "".join(f".{part}" for part in path.relative_to(ENGINE).with_suffix(
    "").parts if part != "__init__"): path for path in sorted(ENGINE.rglob("*.py"))}
each_file = pytest.mark.parametrize("path", FILES.values(), ids=lambda path: path.stem)


def imports(path):
    """(module, name) of every import in a file."""
    return [(node.module, alias.name)
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.ImportFrom) for alias in node.names]


def test_no_part_of_the_engine_imports_in_a_circle():
    left = {module: {f"{source}.{name}" if f"{source}.{name}" in FILES else source
                     for source, name in imports(path)} & FILES.keys()
            for module, path in FILES.items()}
    while left:
        free = [module for module, needed in left.items() if not needed & left.keys()]
        assert free, sorted(left)
        for module in free:
            del left[module]


@each_file
def test_no_private_name_crosses_a_file(path):
    assert not [name for module, name in imports(path)
                if module.startswith("lessons") and name.startswith("_")]


@each_file
def test_a_file_is_short_enough_to_be_read_in_one_sitting(path):
    """Lines of code; docstrings, comments and empty lines do not count."""
    text = path.read_text(encoding="utf-8")
    told = {line for node in ast.walk(ast.parse(text))
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
            and ast.get_docstring(node) is not None
            for line in range(node.body[0].lineno, node.body[0].end_lineno + 1)}
    assert sum(bool(line.strip()) and not line.strip().startswith("#") and number not in told
               for number, line in enumerate(text.splitlines(), 1)) <= 200


def test_the_head_of_the_engine_names_every_file():
    """A reader finds the way there; a file that is not on it is one too many."""
    head = ast.get_docstring(ast.parse(FILES["lessons.engine"].read_text(encoding="utf-8")))
    way = head.split("How to add the tasks of a lesson")[0]
    assert not [module for module in FILES if "." in module.removeprefix("lessons.engine")
                and f"`{module.rpartition('.')[2]}`" not in way]


@each_file
def test_a_file_needs_what_a_learner_has(path):
    """IPython is there where a lesson runs as a notebook; `resource` on POSIX."""
    outside = {module.split(".")[0] for module, _ in imports(path)}
    assert outside <= {"lessons", "minicv", "numpy", "IPython"} | sys.stdlib_module_names
