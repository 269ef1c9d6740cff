"""No call of minicv fails in somebody else's words, and none is silently wrong.

Thousands of hostile calls of every public callable; `tests.hostile` says how they are made and
judged. Each callable gets its share of MINICV_HOSTILE inputs, by default 2,000, in CI 10,000:

    MINICV_HOSTILE=10000 python -m pytest tests/test_hostile.py -k detection_metrics
"""

import os
import sys
import time
import warnings

import numpy as np
import pytest

from tests import hostile

N = int(os.environ.get("MINICV_HOSTILE", 10_000 if os.environ.get("CI") else 2_000))


@pytest.fixture(scope="module")
def rooms():
    with hostile.contained():
        yield hostile.prepare()


@pytest.mark.parametrize("room", hostile.ROOMS)
def test_every_callable_has_an_example_of_a_right_call(rooms, room):
    without = [target.name for target in rooms[room] if not target.calls]
    assert not without, f"no right call is known; add an example to the docstring: {without}"


@pytest.mark.parametrize("room", hostile.ROOMS)
def test_hostile_calls_end_in_a_sound_result_or_in_words_about_what_came(rooms, room):
    everybody = [target for targets in rooms.values() for target in targets]
    lines = hostile.report(rooms[room], hostile.share(everybody, N))
    assert not lines, (f"{len(lines)} kinds of faults; for one of them again: "
                       f"python -m tests.hostile 'NAME#NUMBER'\n" + "\n".join(lines[:40]))


def test_the_same_number_makes_the_same_input(rooms):
    target = next(target for target in rooms["detection_metrics"] if target.calls)
    for i in range(20):
        one, other = (hostile.make_input(target, i) for _ in range(2))
        assert one.kinds == other.kinds
        assert hostile.print_of(one.arguments) == hostile.print_of(other.arguments)


# The judge itself: functions as bad as they come.

def good(x):
    """Twice x."""
    return 2 * x


def own_error(x):
    raise ValueError("x must be smaller")


def attribute_error(x):
    return x.nothing


def words_of_numpy(x):
    return x @ np.ones(7)


def key_error(x):
    raise KeyError("x")


def no_words(x):
    raise ValueError


def writes(x):
    x[0] = 5


def warns(x):
    warnings.warn("look here", UserWarning, stacklevel=1)


def works_for_ever(x):
    while True:
        pass


def sleeps(x):
    time.sleep(20)


def takes_memory(x):
    return np.ones(2**28)  # 2 GB


def hides_nan(x):
    return np.nan_to_num(x)


def makes_nan(x):
    return x + np.nan


def is_complex(x):
    return x + 1j


def above_1(x):
    """A share.

    Returns
    -------
    float
        From 0 to 1.
    """
    return 1.5


def depends_on_packing(x):
    return float(x.flags.writeable)


def judged(bad, monkeypatch, x=(1.0, 2.0), kinds=("number",), **limit):
    monkeypatch.setattr(hostile, "HOME", os.path.dirname(__file__))  # as if it were minicv's own
    target, _ = hostile.function(bad)
    x = np.array(x)
    return hostile.attempt(target, hostile.Input({"x": x}, list(kinds), {"x": x.copy()}), **limit)


@pytest.mark.parametrize("fine", [good, own_error])
def test_the_judge_lets_right_ends_pass(monkeypatch, fine):
    assert judged(fine, monkeypatch) is None


@pytest.mark.parametrize("bad, said", [
    (attribute_error, "AttributeError"), (words_of_numpy, "ValueError: matmul"),
    (key_error, "KeyError"), (no_words, "ValueError"), (writes, "changes its arguments"),
    (warns, "UserWarning: look here"), (makes_nan, "NaN comes out"), (is_complex, "complex"),
    (above_1, "not from 0 to 1")])
def test_the_judge_sees_a_bad_end(monkeypatch, bad, said):
    assert said in judged(bad, monkeypatch)


def test_the_judge_sees_a_nan_that_becomes_a_number(monkeypatch):
    assert "NaN went in" in judged(hides_nan, monkeypatch, (1.0, np.nan), ["NaN"])


def test_the_judge_sees_that_packing_changes_the_result(monkeypatch):
    target, _ = hostile.function(depends_on_packing)
    x = np.ones(3)
    packed = x.copy()
    packed.flags.writeable = False
    given = hostile.Input({"x": packed}, ["same"], {"x": x})
    assert "packed in another way" in hostile.attempt(target, given)


@pytest.mark.parametrize("number", [1.5, 2])
def test_the_judge_sees_each_number_in_lists(number):
    rows = [[number, number], [number, "a"]]
    before = hostile.print_of(rows)
    rows[0][1] = number + 1
    assert hostile.print_of(rows) != before
    rows[0][0] = np.nan
    assert any(np.isnan(found).any() for found in hostile.numbers(rows))


@pytest.mark.skipif(hostile.resource is None, reason="this system has no timers for a program")
@pytest.mark.parametrize("bad", [works_for_ever, sleeps])
def test_the_judge_stops_what_takes_too_long(monkeypatch, bad):
    assert judged(bad, monkeypatch, seconds=0.05) == "takes too long"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="no limit on memory there")
def test_the_judge_stops_what_takes_too_much_memory(monkeypatch):
    assert "MemoryError" in judged(takes_memory, monkeypatch)
