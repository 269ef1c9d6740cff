"""What the tests of pictures share."""

import pytest

from minicv import plotting


@pytest.fixture
def axes():
    """Flat axes of a figure of their own."""
    return plotting.panels("2d")[1][0]


@pytest.fixture(scope="session")
def blank():
    """Flat axes for calls that are refused before anything is drawn; new ones take time."""
    axes = plotting.panels("2d")[1][0]
    yield axes
    assert not axes.has_data()
