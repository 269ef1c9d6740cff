"""What README.md says is true: its snippets print what they say, and what it names is there."""

import contextlib
import importlib
import io
import re
from pathlib import Path

import pytest
from PIL import Image

import minicv
from minicv import nn
from tests.benchmarks.timing import lines_of_code

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_there_are_snippets():
    assert len(SNIPPETS) == 2


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_a_snippet_prints_what_it_says(snippet):
    expected = re.findall(r"# prints (.*)$", snippet, re.MULTILINE)
    assert len(expected) == snippet.count("print(")
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(snippet, "README.md", "exec"), {})
    assert printed.getvalue().splitlines() == expected


def test_the_two_commands_are_there_once():
    # .ci/run takes them out of README.md and runs them.
    assert re.findall(r"^    (python -m pip install .*)$", README, re.MULTILINE) == [
        "python -m pip install -e . && python -m lessons run",
        "python -m pip install -e '.[test]' && python -m pytest",
    ]


@pytest.mark.parametrize("path", sorted(set(re.findall(
    r"`((?:minicv|lessons|data|tests)/[\w./]*)`", README))))
def test_a_path_that_is_named_exists(path):
    assert (ROOT / path).exists()


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(minicv(?:\.\w+)+)`", README))))
def test_a_name_that_is_mentioned_exists(name):
    module, _, attribute = name.rpartition(".")
    assert hasattr(importlib.import_module(module), attribute)


TORCH = {here: re.findall(r"`(\w+)`", names) for here, names in re.findall(
    r"^\| (.*?) \| ((?:`\w+` ?)+)\|$", README, re.MULTILINE)}
HOMES = {"`minicv`, for `torch`": minicv, "a tensor's methods": minicv.Tensor,
         "`minicv.nn`, for `torch.nn`": nn, "`minicv.nn.functional`": nn.functional,
         "`minicv.nn.optim`, for `torch.optim`": nn.optim,
         "`minicv.nn.data`, for `torch.utils.data`": nn.data}


def test_every_name_of_pytorch_in_the_table_exists():
    assert TORCH.keys() == HOMES.keys()
    missing = {here: [name for name in names if not hasattr(HOMES[here], name)]
               for here, names in TORCH.items()}
    assert not any(missing.values()), missing


def test_the_table_of_pytorchs_names_is_complete():
    rooms = set(minicv._PARTS) | {"gradcheck"}  # PyTorch keeps it in torch.autograd
    assert set(minicv.__all__) - rooms <= set(TORCH["`minicv`, for `torch`"])
    own = {"backward", "collect", "source", "is_view", "softplus"}  # softplus: torch.nn.functional
    methods = {name for name in dir(minicv.Tensor) if not name.startswith("_")}
    assert methods - own <= set(TORCH["a tensor's methods"])
    assert set(nn.data.__all__) - {"train_val_split"} <= set(
        TORCH["`minicv.nn.data`, for `torch.utils.data`"])


@pytest.mark.parametrize("lesson", ("1.1", "1.2", "1.3", "1.4", "2.1", "2.2"))
def test_each_lesson_has_one_small_picture(lesson):
    picture, = re.findall(rf"\]\((lessons/gallery/ex{lesson.replace('.', '_')}_\w+\.png)\)", README)
    path = ROOT / picture
    assert Image.open(path).format == "PNG"
    assert path.stat().st_size < 150_000


@pytest.mark.parametrize("room, lines", re.findall(r"`minicv/(\w+)/`(?: \| |\s+\()(\d+)", README))
def test_a_room_is_as_long_as_it_says(room, lines):
    files = [str(path.relative_to(ROOT / "minicv"))
             for path in (ROOT / "minicv" / room).rglob("*.py")]
    assert abs(lines_of_code(files) - int(lines)) <= 15


def test_every_room_says_how_long_it_is():
    rooms = set(re.findall(r"`minicv/(\w+)/`(?: \| |\s+\()\d+", README))
    assert rooms == {"autograd", "nn", "decision_boundary", "occupancy_network", "fast",
                     "volumetric_rendering", "detection_metrics", "person_detector",
                     "channel_detector"}
