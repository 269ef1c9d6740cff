"""The usual mistakes, known by what they produce.

A check says not only what is right, but also what comes out if one forgets to subtract the
intersection. An answer that is wrong is held against all of these, and if one fits, its cause is
told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lessons.engine.comparing import agrees, difference, show
from lessons.engine.verdict import Wrong


@dataclass(frozen=True)
class Mistake:
    """A usual mistake, and what it produces.

    Attributes
    ----------
    name : short, as `union-without-subtracting`; the tests ask for it.
    value : what comes out. In `Answer.numbers` the value of each name, in their order, `None` for
        any; in `Answer.results` a function of the same arguments as the right one.
    cause : what the learner probably did, and what to think about. A sentence or two.
    """

    name: str
    value: object
    cause: str

    def found(self, what: str, told: tuple[str, str]) -> Wrong:
        """A wrong answer with this cause; `told` is what was got and expected, as text."""
        return Wrong(self.name, what, got=told[0], expected=told[1], cause=self.cause)


@dataclass(frozen=True)
class Rounding:
    """A careful way of rounding on the way, whose result is right as well.

    Attributes
    ----------
    value : what comes out, as in `Mistake`; `None` for a name that rounding does not hurt.
    note : what rounding has cost, and where.
    """

    value: object
    note: str


OTHER = Mistake("other", None, "none of the usual mistakes gives this; the hint may help")
TOO_FEW_DIGITS = Mistake("too-few-digits", None, "this is rounded to its first digit, which is too "
                         "little to tell whether it is right: give at least three digits")

DECIMAL_COMMA = Mistake("decimal-comma", None, "a comma makes two numbers in Python: decimals come "
                        "after a point, as in 0.5")


class Quantities:
    """Numbers that belong together: what is right for each, and what the usual mistakes give.

    Parameters
    ----------
    exact, roundings, mistakes, rtol, atol, digits : as in `Answer.numbers`, with a value for each.
    got : by place, what the learner has; of those that are filled in.
    """

    def __init__(self, got: dict[int, np.ndarray], exact: Sequence, rtol: float, atol: float,
                 digits: int, roundings: Sequence[Rounding], mistakes: Sequence[Mistake]):
        self.got, self.exact = got, exact
        self.rtol, self.atol, self.digits = rtol, atol, digits
        self.roundings, self.mistakes = roundings, mistakes

    def gives(self, i: int, value) -> bool:
        """Whether number i agrees with this value."""
        if value is None:
            return False
        got, value = self.got[i], squeezed(value)
        if got.ndim == 0 and got == 0:  # 0 is as good as a vector of zeros
            return not value.any()
        return agrees(got, value, self.rtol, self.atol) or (
            self.rtol > 0 and _is_rounded(got, value, self.digits))

    def rounding(self, i: int) -> Rounding | None:
        """The careful rounding that gives number i."""
        return next((each for each in self.roundings if self.gives(i, each.value[i])), None)

    def wrong(self, i: int, name: str, otherwise: Mistake = OTHER) -> Wrong:
        """What to say of number i, which is wrong; `otherwise` if no usual mistake gives it."""
        got, exact = self.got[i], squeezed(self.exact[i])
        mistake = self._mistake(i)
        if mistake is OTHER and self.rtol > 0 and _has_one_digit(
                got, [self.exact[i], *[each.value[i] for each in self.roundings]]):
            mistake = TOO_FEW_DIGITS
        if (mistake is OTHER and exact.ndim == 0 and got.shape == (2,)
                and (got == np.rint(got)).all() and got[1] >= 0):
            mistake = DECIMAL_COMMA
        if mistake is OTHER:
            mistake = otherwise
        told = difference(got, exact, self.rtol, self.atol)
        if got.shape == exact.shape:
            told = show(got), ""  # the right number is not given away
        return mistake.found(name, told)

    def _mistake(self, first: int) -> Mistake:
        """The one that gives the first wrong number and most of the others, contradicts the fewest,
        and gives it best. Several, if the digits do not tell them apart.
        """
        def rank(mistake: Mistake) -> tuple[float, int]:
            """How many numbers it explains (of which it says nothing: a half); and, negative, how
            many it would have made wrong in another way."""
            explained = [i for i in self.got if self.gives(i, mistake.value[i])]
            silent = [i for i in self.got if mistake.value[i] is None]
            contradicted = [i for i in self.got if i not in explained + silent
                            and not np.array_equal(squeezed(mistake.value[i]),
                                                   squeezed(self.exact[i]))]
            return len(explained) + len(silent) / 2, -len(contradicted)

        def distance(mistake: Mistake) -> float:
            with np.errstate(invalid="ignore"):  # infinity - infinity
                off = np.abs(self.got[first] - squeezed(mistake.value[first]))
            return float(np.nan_to_num(off, posinf=0).max(initial=0))

        fitting = [each for each in self.mistakes if self.gives(first, each.value[first])]
        best = max(map(rank, fitting), default=None)
        fitting = [each for each in fitting if rank(each) == best]
        nearest = min(map(distance, fitting), default=0)
        causes = {each.cause: each for each in fitting if distance(each) <= 4 * nearest
                  or _is_rounded(self.got[first], squeezed(each.value[first]), 2)}
        if len(causes) > 1:  # no telling which
            return Mistake("one-of-several", None, "several mistakes give this. Either: "
                           + ". Or: ".join(causes))
        return next(iter(causes.values()), OTHER)


def squeezed(value) -> np.ndarray:
    return np.squeeze(np.asarray(value, dtype=float))


def _is_rounded(got: np.ndarray, exact: np.ndarray, digits: int) -> bool:
    """Whether each entry is that of `exact`, rounded to as many digits as it is given with."""
    return got.shape == exact.shape and all(map(
        lambda entry, right: _is_number_rounded(float(entry), right, digits), got.flat, exact.flat))


def _is_number_rounded(entry: float, right: float, digits: int) -> bool:
    mantissa, _, power = f"{entry!r}".replace("inf", "0").partition("e")
    mantissa = mantissa.removesuffix(".0")
    written = mantissa.lstrip("-0.").replace(".", "")
    if len(written) < digits:
        return entry == right
    unit = 10.0 ** (int(power or 0) - len(mantissa.partition(".")[2]))
    return abs(entry - right) <= 0.5 * unit * (1 + 1e-9)


def _has_one_digit(got: np.ndarray, right: Sequence) -> bool:
    """Whether this is a right number that was rounded to its first digit: 6.365e-4 -> 6e-4."""
    values = [squeezed(value) for value in right if value is not None]
    return any(agrees(got, np.array([float(f"{entry:.0e}") for entry in value.flat]).reshape(
        value.shape), 0.0) for value in values)
