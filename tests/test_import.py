"""`import minicv` is light, and offers what it says it offers."""

import json
import subprocess
import sys

import pytest

import minicv

HEAVY = {"scipy", "matplotlib", "PIL", "torch", "skimage", "sklearn"}


def loaded_after(statement):
    """Top-level packages that are in memory after the statement, in a process of its own."""
    code = (f"{statement}\nimport json, sys\n"
            "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))")
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return set(json.loads(run.stdout))


@pytest.mark.parametrize("statement", [
    "import minicv",
    "import minicv; minicv.Tensor, minicv.nn.Linear, minicv.datasets.load_points",
    "import minicv; minicv.occupancy_network.marching_cubes",
])
def test_nothing_heavy_is_loaded(statement):
    assert loaded_after(statement) & HEAVY == set()


@pytest.mark.parametrize("name", minicv.__all__)
def test_every_name_on_offer_is_there(name):
    assert getattr(minicv, name) is not None


def test_tab_completion_shows_what_is_on_offer():
    assert set(minicv.__all__) <= set(dir(minicv))


def test_a_wrong_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nm'"):
        minicv.nm  # noqa: B018
