"""What a check asks of an answer.

The usual mistakes are known by what they produce: a check says not only what is right, but also
what comes out if one forgets to subtract the intersection. An answer that is wrong is held against
all of these, and if one fits, its cause is told.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from lessons.engine.comparing import agrees, difference, evaluate, is_open, show, to_array
from lessons.engine.verdict import Todo, Wrong

BY_HAND = 0.003  # the share by which a number that is computed by hand may be off


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


class Answer:
    """The names that a learner's file defines, as a check looks at them.

    Parameters
    ----------
    namespace : these names.
    task : the name of the task, for messages.

    Attributes
    ----------
    notes : what to say besides, also if the answer is right; a check may append to it.
    open : names that have not been filled in.
    filled : names that have.
    """

    def __init__(self, namespace: dict, task: str):
        self._namespace = namespace
        self._task = task
        self.notes: list[str] = []
        self.open: list[str] = []
        self.filled: list[str] = []

    def get(self, name: str):
        """What the learner has under this name; `Wrong` if the stub's name is gone."""
        if name not in self._namespace:
            raise Wrong("name-missing", name, got="nothing of this name",
                        cause=f"the check looks for {name}, which the stub defines; was it renamed "
                              f"or deleted? (python -m lessons reset {self._task} brings the "
                              "task's stub back)")
        return self._namespace[name]

    def _get_filled(self, name: str):
        """The same, and None if nothing has been filled in; both is remembered."""
        value = self.get(name)
        (self.open if is_open(value) else self.filled).append(name)
        return None if is_open(value) else value

    def call(self, name: str, *arguments, **options):
        """Call the learner's function or class, as its signature in the stub says."""
        function = self.get(name)
        if function is None or function is Ellipsis:
            raise Todo
        if not callable(function):
            raise Wrong("not-a-function", name, got=show(function), expected="a function",
                        cause=f"{name} must stay a function: did you assign something to its name?")
        return function(*arguments, **options)

    @contextmanager
    def noting(self, *functions: Callable) -> Iterator[None]:
        """Note if one of these functions of minicv, which *are* the task, runs meanwhile."""
        names = {function.__code__: function.__qualname__.removesuffix(".__init__")
                 for function in functions}
        called = set()

        def watch(frame, event, argument) -> None:
            if event == "call" and frame.f_code in names:
                called.add(names[frame.f_code])

        before = sys.getprofile()
        sys.setprofile(watch)
        try:
            yield
        finally:
            sys.setprofile(before)
            self.notes += [f"this calls {name} of minicv. Right; but to write it was the task"
                           for name in sorted(called)]

    def numbers(self, names: str | Sequence[str], exact, *, rtol: float = BY_HAND,
                atol: float = 1e-9, digits: int = 2, roundings: Sequence[Rounding] = (),
                mistakes: Sequence[Mistake] = (),
                otherwise: Mapping[str, Mistake] | None = None) -> None:
        """Numbers that were to be filled in, alone or several that belong together.

        `Wrong` if one is filled in and wrong. Names that are not filled in are remembered in
        `open`: when the check is done, they make it read `todo`.

        Parameters
        ----------
        names : of one number, vector or matrix, or of several.
        exact : the right value; for several names one for each.
        rtol : by what share an entry may be off, 0 for numbers that are counted.
        atol : by how much it may be off in any case: half of the last digit that is asked for.
        digits : a number that is given with so many digits, or more, is right if rounding gives
            it; none of this for rtol = 0.
        roundings : what careful rounding on the way gives, if that is farther off; right as well,
            with a note. Their values as `exact`.
        mistakes : the usual ones; their values as `exact`.
        otherwise : of some names, what to say if no mistake gives what stands there.
        """
        if isinstance(names, str):
            names, exact = [names], [exact]
            mistakes = [replace(mistake, value=[mistake.value]) for mistake in mistakes]
            roundings = [replace(rounding, value=[rounding.value]) for rounding in roundings]
        got = {}
        for i, name in enumerate(names):
            value = self._get_filled(name)
            if value is not None:
                got[i] = np.squeeze(to_array(value, name))

        def gives(i: int, value) -> bool:
            if value is None:
                return False
            value = _squeezed(value)
            if got[i].ndim == 0 and got[i] == 0:  # 0 is as good as a vector of zeros
                return not value.any()
            return agrees(got[i], value, rtol, atol) or (
                rtol > 0 and _is_rounded(got[i], value, digits))

        notes, said = [], set()
        for i in got:
            if gives(i, exact[i]):
                continue
            rounding = next((each for each in roundings if gives(i, each.value[i])), None)
            if rounding is None:
                right = [exact[i], *[each.value[i] for each in roundings]]
                mistake = _find_mistake(i, mistakes, got, exact, gives)
                if mistake is OTHER and rtol > 0 and _has_one_digit(got[i], right):
                    mistake = TOO_FEW_DIGITS
                if mistake is OTHER and _squeezed(exact[i]).ndim == 0 and got[i].shape == (2,):
                    if (got[i] == np.rint(got[i])).all() and got[i][1] >= 0:
                        mistake = DECIMAL_COMMA
                if mistake is OTHER:
                    mistake = (otherwise or {}).get(names[i], OTHER)
                told, expected = difference(got[i], _squeezed(exact[i]), rtol, atol)
                if got[i].shape == _squeezed(exact[i]).shape:
                    told, expected = show(got[i]), ""  # the right number is not given away
                raise _wrong(mistake, names[i], (told, expected))
            why = "" if rounding.note in said else f" {rounding.note}"
            notes.append(f"{names[i]}: right, as rounded by hand; exactly it is "
                         f"{show(_squeezed(exact[i]).round(9))}.{why}")
            said.add(rounding.note)
        self.notes += notes

    def expression(self, name: str, cases: Sequence[tuple[float, ...]], variables: Sequence[str],
                   right: Callable, *, mistakes: Sequence[Mistake] = ()) -> None:
        """A formula, as text ("(1 - x) / w") or as a function; any that has the right values.

        `Wrong` if it cannot be read, or has another value than it should. If it is not filled in,
        that is remembered in `open`.

        Parameters
        ----------
        name : that was to be filled in.
        cases : values of the variables.
        variables : their names, which the text may use; a function gets them in this order.
        right : a function of the variables.
        mistakes : the usual ones; their values are functions of the variables.
        """
        value = self._get_filled(name)
        if value is None:
            return
        if not isinstance(value, str):
            function = value if callable(value) else lambda *case: value
        else:
            text = re.sub(r"^\s*\w+\s*=(?!=)", "", value)  # "x2 = ..." is as good as "..."

            def function(*case):
                try:
                    return evaluate(text, **dict(zip(variables, case)))
                except ValueError as error:
                    raise Wrong("not-an-expression", name, got=show(value),
                                expected=f"an expression of {', '.join(variables)}",
                                cause=str(error)) from None

        expressed = Answer({name: function}, self._task)
        expressed.results(name, cases, right, mistakes=mistakes)

    def results(self, name: str, cases: Sequence[tuple], right: Callable, *, rtol: float = 1e-5,
                atol: float = 1e-7, mistakes: Sequence[Mistake] = ()) -> None:
        """What a function gives, for each of some cases; `Wrong` if one is wrong.

        Parameters
        ----------
        name : of the learner's function, whose results must depend on its arguments alone.
        cases : the arguments of each call.
        right : a function of the same arguments that gives numbers of the right shape.
        rtol, atol : how much an entry may be off.
        mistakes : the usual ones; their values are functions of the same arguments. One is
            recognised if it gives what the learner's function gives, in every case.
        """
        results = [self.call(name, *case) for case in cases]
        if any(result is None for result in results):
            raise Wrong("nothing-returned", f"{name}(...)", got="None", expected="a result",
                        cause="the function computes something and does not hand it back: it needs "
                              "a return")
        got = [to_array(result, f"{name}(...)") for result in results]

        def agree(function: Callable, case: tuple, result: np.ndarray) -> bool:
            expected = np.asarray(function(*case), dtype=float)
            if expected.ndim == 0 and result.size == 1:  # [0.4] is as good as 0.4
                result = result.reshape(())
            return agrees(result, expected, rtol, atol)

        for case, result in zip(cases, got):
            if not agree(right, case, result):
                mistake = next((each for each in mistakes if all(
                    agree(each.value, *both) for both in zip(cases, got))), OTHER)
                arguments = ", ".join(show(argument) for argument in case)
                expected = np.asarray(right(*case), dtype=float)
                raise _wrong(mistake, f"{name}({arguments})",
                             difference(result, expected, rtol, atol))


def _wrong(mistake: Mistake, what: str, texts: tuple[str, str]) -> Wrong:
    return Wrong(mistake.name, what, got=texts[0], expected=texts[1], cause=mistake.cause)


def _squeezed(value) -> np.ndarray:
    return np.squeeze(np.asarray(value, dtype=float))


def _is_rounded(got: np.ndarray, exact: np.ndarray, digits: int) -> bool:
    """Whether each entry is that of `exact`, rounded to as many digits as it is given with."""
    if got.shape != exact.shape:
        return False
    for entry, right in zip(got.flat, exact.flat):
        mantissa, _, power = f"{float(entry)!r}".replace("inf", "0").partition("e")
        written = mantissa.lstrip("-0.").replace(".", "")
        decimals = len(mantissa.partition(".")[2]) if not mantissa.endswith(".0") else 0
        if len(written.removesuffix("0") if mantissa.endswith(".0") else written) < digits:
            if entry != right:
                return False
            continue
        unit = 10.0 ** (int(power or 0) - decimals)
        if not abs(entry - right) <= 0.5 * unit * (1 + 1e-9):
            return False
    return True


def _has_one_digit(got: np.ndarray, right: Sequence) -> bool:
    """Whether this is a right number that was rounded to its first digit: 6.365e-4 -> 6e-4."""
    for value in right:
        value = None if value is None else _squeezed(value)
        if value is not None and agrees(got, np.array(
                [float(f"{entry:.0e}") for entry in value.flat]).reshape(value.shape), 0.0):
            return True
    return False


def _find_mistake(first: int, mistakes: Sequence[Mistake], got: dict[int, np.ndarray],
                  exact: Sequence, gives: Callable) -> Mistake:
    """The mistake that gives the first wrong number and most of the others, contradicts the fewest,
    and gives it best. Several, if the digits do not tell them apart.
    """
    def rank(mistake: Mistake) -> tuple[float, int]:
        """How many numbers it explains (one of which it says nothing counts half); and, negative,
        how many it would have made wrong in another way."""
        explained = [i for i in got if gives(i, mistake.value[i])]
        silent = [i for i in got if mistake.value[i] is None]
        contradicted = [i for i in got if i not in explained + silent and not np.array_equal(
            _squeezed(mistake.value[i]), _squeezed(exact[i]))]
        return len(explained) + len(silent) / 2, -len(contradicted)

    def distance(mistake: Mistake) -> float:
        with np.errstate(invalid="ignore"):  # infinity - infinity
            off = np.abs(got[first] - _squeezed(mistake.value[first]))
        return float(np.nan_to_num(off, posinf=0).max(initial=0))

    fitting = [mistake for mistake in mistakes if gives(first, mistake.value[first])]
    best = max(map(rank, fitting), default=None)
    fitting = [mistake for mistake in fitting if rank(mistake) == best]
    nearest = min(map(distance, fitting), default=0)
    causes = {mistake.cause: mistake for mistake in fitting if distance(mistake) <= 4 * nearest
              or _is_rounded(got[first], _squeezed(mistake.value[first]), 2)}
    if len(causes) > 1:  # no telling which
        return Mistake("one-of-several", None, "several mistakes give this. Either: "
                       + ". Or: ".join(causes))
    return next(iter(causes.values()), OTHER)
