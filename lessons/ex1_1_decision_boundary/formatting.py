"""Numbers as one writes them by hand: fractions, equations of lines, tables."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction


def fraction(number: float) -> str:
    """1/5 rather than 0.2: the sheet's numbers are simple ones.

    >>> fraction(0.2), fraction(-3.0)
    ('1/5', '-3')
    """
    return str(Fraction(number).limit_denominator(1000))


def equation(weight: Sequence[float], bias: float) -> str:
    """w1 x1 + w2 x2 + b, without what is 0.

    >>> equation([5, -10], 7), equation([-1, 0], -1), equation([0, 0], -1)
    ('5 x1 - 10 x2 + 7', '-x1 - 1', '-1')
    """
    text = ""
    for number, name in zip((*weight, bias), (" x1", " x2", "")):
        if number == 0:
            continue
        size = name.strip() if abs(number) == 1 and name else fraction(abs(number)) + name
        sign = (" + " if number > 0 else " - ") if text else ("" if number > 0 else "-")
        text += sign + size
    return text or "0"
