"""The house: which room may import which, read from the imports themselves.

Floors, upwards: autograd, nn, decision_boundary, occupancy_network, volumetric_rendering; each may
import those below it. Beside them stand the rooms of recognition, which know nothing of these
(channel_detector builds on the two others, and may use the ground). `fast` may import every room;
no room imports `fast`, and nothing in minicv imports the lessons or the tests.
"""

import ast
import functools
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FLOORS = ["autograd", "nn", "decision_boundary", "occupancy_network", "volumetric_rendering"]
MAY_IMPORT = {room: set(FLOORS[:n]) for n, room in enumerate(FLOORS)} | {
    "detection_metrics": set(),
    "person_detector": {"detection_metrics"},
    "channel_detector": {"detection_metrics", "person_detector", "autograd", "nn"},
    "datasets": set(),
    "plotting": set(),
}
SHARED = {"files", "replacing", "checks"}  # every room may use them
RUN_TIME = {"numpy", "scipy", "PIL", "matplotlib", "mpl_toolkits", "minicv"}
MODULES = sorted(path.relative_to(ROOT) for path in (ROOT / "minicv").rglob("*.py"))


@functools.cache
def parsed(path):
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


@functools.cache
def imports(path):
    """[(module, name or None)] of every import in a file."""
    found = []
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found += [(alias.name, None) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name their module in full"
            found += [(node.module, alias.name) for alias in node.names]
    return found


def rooms_imported(path):
    """The rooms and shared modules of minicv that a file imports."""
    for module, name in imports(path):
        if module == "minicv" and name is not None:
            module = f"minicv.{name}"
        if module.startswith("minicv."):
            yield module.split(".")[1]


def test_the_house_has_all_its_rooms():
    assert {path.parts[1] for path in MODULES if len(path.parts) > 2} == {*MAY_IMPORT, "fast"}


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_a_file_imports_from_floors_below_only(path):
    room = path.parts[1] if len(path.parts) > 2 else None
    if room in (None, "fast"):
        return  # the house itself, and the twins
    assert set(rooms_imported(path)) <= MAY_IMPORT[room] | SHARED | {room}


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_a_file_imports_what_a_user_has(path):
    outside = {module.split(".")[0] for module, _ in imports(path)}
    if path.name == "estimator.py":
        outside -= {"sklearn"}  # in __sklearn_tags__, which scikit-learn alone calls
    assert outside <= RUN_TIME | sys.stdlib_module_names


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_no_private_name_crosses_a_module(path):
    private = {name for module, name in imports(path)
               if module.startswith("minicv") and (name or "").startswith("_")}
    assert private == set()


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_no_function_hides_its_module(path):
    """A package that offers `hog` from hog.py hides the module behind the function."""
    names = {node.name for node in parsed(path).body
             if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    assert path.stem not in names


def test_there_is_no_circle():
    """Modules in an order in which each imports only earlier ones."""
    graph = {}
    for path in MODULES:
        own = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
        graph[own] = {f"{module}.{name}" if (ROOT / f"{module}.{name}".replace(".", "/")).is_dir()
                      or (ROOT / (f"{module}.{name}".replace(".", "/") + ".py")).exists()
                      else module for module, name in imports(path)
                      if module.startswith("minicv.")} - {own}
    while graph:
        free = [module for module, needs in graph.items() if not needs & graph.keys()]
        assert free, f"these import each other: {sorted(graph)}"
        for module in free:
            del graph[module]
