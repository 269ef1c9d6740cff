"""From whatever a learner wrote to numbers, and how two sets of numbers differ.

A list, a tuple, an array, a Tensor, an integer, a fraction and the text "15/25" are all right where
a number is wanted. What differs is told as a person would: first the shape, then the first entry.

Text is parsed by Python and then walked through node by node; what is no arithmetic is an error.
Nothing is ever executed, so that an expression can do no harm.
"""

from __future__ import annotations

import ast
import operator
import re
from fractions import Fraction

import numpy as np

from lessons.engine.verdict import Wrong


def is_open(value) -> bool:
    """Whether nothing has been filled in: `None` or `...`, also inside lists and tuples."""
    if value is None or value is Ellipsis:
        return True
    try:
        return isinstance(value, (list, tuple)) and any(is_open(entry) for entry in value)
    except RecursionError:  # a list that holds itself, which `to_array` tells
        return False


def to_array(value, what: str) -> np.ndarray:
    """Numbers as an array of float64, or `Wrong`, which calls them `what`."""
    try:
        value = _plain(value, what)
        array = np.asarray(value)
        if array.dtype == object:  # fractions, or a ragged list
            array = np.array(value, dtype=float)
        if array.dtype.kind not in "biuf":
            raise TypeError
        return array.astype(float)
    except (OverflowError, RecursionError):  # 10**5000; a list that holds itself
        raise Wrong("not-numbers", what, got=show(value), expected="numbers",
                    cause="it is too large for a number of the computer, or nested too "
                          "deeply") from None
    except (TypeError, ValueError):
        raise Wrong("not-numbers", what, got=show(value), expected="numbers",
                    cause="there is something in it that is no number, or its rows are not of "
                          "equal length") from None


def squeezed(value) -> np.ndarray:
    """Numbers as an array without axes of the length 1: [[0.4]] is as good as 0.4."""
    return np.squeeze(np.asarray(value, dtype=float))


def _plain(value, what: str):
    """Without tensors and text: what NumPy understands."""
    if isinstance(value, (int, float)):  # as most are: asked first, as random boxes are thousands
        return value
    if isinstance(value, str):
        try:
            return evaluate(value)
        except ValueError as error:
            raise Wrong("not-numbers", what, got=show(value), expected="a number",
                        cause=_as_written_by_hand(value) or str(error)) from None
    if isinstance(value, Fraction):
        return float(value)
    if isinstance(value, (list, tuple)):
        return [_plain(entry, what) for entry in value]
    if isinstance(value, (set, frozenset, range)):
        return sorted(value)
    return _untensored(value)


def _untensored(value):
    """A tensor, ours or another library's, as an array; anything else as it is."""
    if hasattr(value, "detach"):
        value = value.detach()
    return value.numpy() if hasattr(value, "numpy") else value


def _as_written_by_hand(text: str) -> str:
    """How to write for Python what is common on paper; empty if it is nothing of the kind."""
    if re.fullmatch(r"\s*-?(0,\d+|\d+,(\d{1,2}|\d{4,}))\s*", text):
        return f"decimals come after a point in Python: write {text.strip().replace(',', '.')}"
    if re.fullmatch(r"\s*[1-9]\d{0,2}(,\d{3})+\s*", text):
        return f"in Python a comma separates two numbers: write {text.strip().replace(',', '')}"
    sides = re.fullmatch(r"\s*(\d+)\s*[xX\N{MULTIPLICATION SIGN}]\s*(\d+)\s*", text)
    if sides:
        return (f"for Python the x says nothing: write {sides[1]} * {sides[2]} if you mean the "
                f"product, ({sides[1]}, {sides[2]}) if you mean two numbers")
    return ""


def chosen(value) -> list[str]:
    """What somebody chose, alone or several in any order, as names in alphabetical order.

    Or a yes or no for each, as NumPy compares: those with a yes, counted from 1.

    Examples
    --------
    >>> chosen([2, "a", 1.0]), chosen(np.array([3])), chosen({"1"}), chosen(())
    (['1', '2', 'A'], ['3'], ['1'], [])
    >>> chosen(np.array([0.9, 0.4, 0.7]) > 0.5)
    ['1', '3']
    """
    value = _untensored(value)
    if isinstance(value, np.ndarray):
        value = value.tolist()
    entries = value if isinstance(value, (list, tuple, set, frozenset)) else [value]
    if isinstance(value, (list, tuple)) and len(value) > 1 and all(
            isinstance(entry, (bool, np.bool_)) for entry in value):
        entries = [number for number, entry in enumerate(entries, start=1) if entry]
    return sorted({re.sub(r"\.0$", "", str(entry).strip()).upper() for entry in entries})


def agrees(got: np.ndarray, expected: np.ndarray, rtol: float, atol: float = 1e-9) -> bool:
    """Whether shapes are the same and each entry is within rtol * |expected| + atol."""
    return got.shape == expected.shape and not _differing(got, expected, rtol, atol).any()


def _differing(got: np.ndarray, expected: np.ndarray, rtol: float, atol: float) -> np.ndarray:
    # A little over, so that 0.33 is within 1 % of 1/3 in spite of the rounding of both.
    with np.errstate(invalid="ignore"):  # infinity - infinity
        near = np.abs(got - expected) <= rtol * np.abs(expected) * (1 + 1e-9) + atol
    # The latter for infinities, and for what a mistake makes of 0 / 0; nothing right is NaN.
    return ~(near | (got == expected) | (np.isnan(got) & np.isnan(expected)))


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
    if isinstance(value, np.generic) or (
            isinstance(value, np.ndarray) and value.size <= 8 and value.dtype.kind in "biuf"):
        return re.sub(r"\.0\b", "", repr(value.tolist()))  # 3, as it was most likely written
    if isinstance(value, np.ndarray):
        return f"array of shape {value.shape}, {value.dtype}"
    try:
        text = " ".join(repr(value).split())
    except Exception:  # whatever a learner's class does in its __repr__
        text = f"a {type(value).__name__}"
    return text if len(text) <= 100 else f"{text[:97]}..."


# -- arithmetic as text: "15/25", "(1 - w1*x1) / w2" -----------------------------------------------

OPERATORS = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.Div: operator.truediv, ast.Pow: np.float_power, ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
FUNCTIONS = {
    "sqrt": np.sqrt, "exp": np.exp, "log": np.log, "sin": np.sin, "cos": np.cos, "tan": np.tan,
    "abs": np.abs, "max": np.maximum, "min": np.minimum,
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)), "sigma": lambda x: 1 / (1 + np.exp(-x)),
    "relu": lambda x: np.maximum(x, 0),
}
CONSTANTS = {"pi": np.pi, "e": np.e}
LONGEST = 1000  # characters


def evaluate(text: str, **variables: float | np.ndarray) -> float | np.ndarray:
    """The value of an arithmetic expression.

    It is made of numbers, + - * / **, parentheses, the variables, `CONSTANTS` and `FUNCTIONS`. If
    anything else is in it, a ValueError says what.

    >>> evaluate("15 / 25"), float(evaluate("sqrt(x)", x=9.0))
    (0.6, 3.0)
    """
    if len(text) > LONGEST:
        raise ValueError(f"an expression has at most {LONGEST} characters; this has {len(text)}")
    text = text.replace("\N{MINUS SIGN}", "-")
    try:
        tree = ast.parse(text.strip(), mode="eval")
        with np.errstate(all="ignore"):
            return _value(tree.body, {**CONSTANTS, **variables})
    except SyntaxError as error:
        raise ValueError(f"{text!r} is not an expression: {error.msg}") from None
    except ZeroDivisionError:
        raise ValueError(f"{text!r} divides by zero") from None
    except OverflowError:
        raise ValueError("a number in it is too large for the computer") from None
    except (MemoryError, RecursionError):
        raise ValueError("the expression is nested too deeply") from None


def _value(node: ast.AST, names: dict):
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return float(node.value)
    if isinstance(node, ast.Name):
        if node.id not in names:
            raise ValueError(f"{node.id!r} is not known here; an expression may use "
                             f"{', '.join(sorted(names))}, and {', '.join(sorted(FUNCTIONS))}")
        return names[node.id]
    if isinstance(node, ast.BinOp):
        if isinstance(node.op, ast.BitXor):
            raise ValueError("powers are written **, not ^")
        if type(node.op) in OPERATORS:
            return OPERATORS[type(node.op)](_value(node.left, names), _value(node.right, names))
    if isinstance(node, ast.UnaryOp) and type(node.op) in OPERATORS:
        return OPERATORS[type(node.op)](_value(node.operand, names))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        arguments = [_value(argument, names) for argument in node.args]
        if node.func.id in FUNCTIONS:
            try:
                return FUNCTIONS[node.func.id](*arguments)
            except TypeError:
                raise ValueError(f"{node.func.id} does not take {len(arguments)} "
                                 "numbers") from None
    raise ValueError(f"{ast.unparse(node)!r} is no arithmetic that is known here")
