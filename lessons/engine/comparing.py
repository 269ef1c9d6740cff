"""From whatever a learner wrote to numbers, and how two sets of numbers differ.

A list, a tuple, an array, a Tensor, an integer, a fraction and the text "15/25" are all right where
a number is wanted. What differs is told as a person would: first the shape, then the first entry.
"""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np

from lessons.engine.expressions import evaluate
from lessons.engine.verdict import Wrong


def is_open(value) -> bool:
    """Whether nothing has been filled in: `None` or `...`, also inside lists and tuples."""
    if value is None or value is Ellipsis:
        return True
    return isinstance(value, (list, tuple)) and any(is_open(entry) for entry in value)


def to_array(value, what: str) -> np.ndarray:
    """Numbers as an array of float64.

    Raises
    ------
    Wrong : they are none, or NaN; `what` names them in the message.
    """
    value = _plain(value, what)
    try:
        array = np.asarray(value)
        if array.dtype == object:  # fractions, or a ragged list
            array = np.array(value, dtype=float)
        if array.dtype.kind not in "biuf":
            raise TypeError
        return array.astype(float)
    except (TypeError, ValueError):
        raise Wrong("not-numbers", what, got=show(value), expected="numbers",
                    cause="there is something in it that is no number, or its rows are not of "
                          "equal length") from None


def _plain(value, what: str):
    """Without tensors and text: what NumPy understands."""
    if isinstance(value, str):
        try:
            return evaluate(value)
        except ValueError as error:
            raise Wrong("not-numbers", what, got=repr(value), expected="a number",
                        cause=_as_written_by_hand(value) or str(error)) from None
    if isinstance(value, Fraction):
        return float(value)
    if isinstance(value, (list, tuple)):
        return [_plain(entry, what) for entry in value]
    if isinstance(value, (set, frozenset, range)):
        return sorted(value)
    if hasattr(value, "detach"):  # a tensor, ours or another library's
        value = value.detach()
    if hasattr(value, "numpy"):
        value = value.numpy()
    return value


def _as_written_by_hand(text: str) -> str:
    """How to write for Python what is common on paper; empty if it is nothing of the kind."""
    if re.fullmatch(r"\s*[1-9]\d{0,2}(,\d{3})+\s*", text):
        return f"in Python a comma separates two numbers: write {text.strip().replace(',', '')}"
    sides = re.fullmatch(r"\s*(\d+)\s*[xX\N{MULTIPLICATION SIGN}]\s*(\d+)\s*", text)
    if sides:
        return (f"for Python the x says nothing: write {sides[1]} * {sides[2]} if you mean the "
                f"product, ({sides[1]}, {sides[2]}) if you mean two numbers")
    return ""


def chosen(value) -> list[str]:
    """What somebody chose, alone or several in any order, as names in alphabetical order.

    Examples
    --------
    >>> chosen([2, "a", 1.0]), chosen(np.array([3])), chosen({"1"}), chosen(())
    (['1', '2', 'A'], ['3'], ['1'], [])
    """
    if hasattr(value, "detach"):
        value = value.detach()
    if hasattr(value, "numpy"):
        value = value.numpy()
    if isinstance(value, np.ndarray):
        value = value.tolist()
    entries = value if isinstance(value, (list, tuple, set, frozenset)) else [value]
    return sorted({re.sub(r"\.0$", "", str(entry).strip()).upper() for entry in entries})


def agrees(got: np.ndarray, expected: np.ndarray, rtol: float, atol: float = 1e-9) -> bool:
    """Whether shapes are the same and each entry is within rtol * |expected| + atol."""
    return got.shape == expected.shape and not _differing(got, expected, rtol, atol).any()


def _differing(got: np.ndarray, expected: np.ndarray, rtol: float, atol: float) -> np.ndarray:
    # A little over, so that 0.33 is within 1 % of 1/3 in spite of the rounding of both.
    with np.errstate(invalid="ignore"):  # infinity - infinity
        near = np.abs(got - expected) <= rtol * np.abs(expected) * (1 + 1e-9) + atol
    return ~(near | (got == expected))  # the latter for infinities


def difference(got: np.ndarray, expected: np.ndarray, rtol: float,
               atol: float = 1e-9) -> tuple[str, str]:
    """How both differ, as texts `got` and `expected`: first the shape, then the first entry."""
    if got.shape != expected.shape:
        return f"{_shape(got)}: {show(got)}", _shape(expected)
    if got.ndim == 0:
        return number(got), number(expected)
    differing = _differing(got, expected, rtol, atol)
    first = tuple(int(i) for i in np.argwhere(differing)[0])
    where = f"entry [{', '.join(map(str, first))}]"
    return (f"{where} is {number(got[first])} ({np.count_nonzero(differing)} of {got.size} "
            "differ)", f"{where} is {number(expected[first])}")


def _shape(array: np.ndarray) -> str:
    return f"shape {array.shape}" if array.ndim else "a single number"


def number(value: float) -> str:
    """With as many digits as one can compare by eye."""
    return f"{float(value):.6g}"


def show(value) -> str:
    """A value in one line that is not too long."""
    if isinstance(value, np.ndarray) and value.size <= 8 and value.dtype.kind in "biuf":
        value = value.tolist()
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, np.ndarray):
        return f"array of shape {value.shape}, {value.dtype}"
    try:
        text = " ".join(repr(value).split())
    except Exception:  # whatever a learner's class does in its __repr__
        text = f"a {type(value).__name__}"
    return text if len(text) <= 100 else f"{text[:97]}..."
