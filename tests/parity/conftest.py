"""The tests of this folder take minutes: they run where the extra `parity` is installed."""

from importlib.util import find_spec
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    if find_spec("torch") is None:
        for item in items:
            if HERE in item.path.parents:
                item.add_marker(pytest.mark.skip("needs the extra `parity`"))
