"""What a check asks of an answer: numbers, formulas, the results of functions.

A check says not only what is right, but also what comes out if one forgets to subtract the
intersection. An answer that is wrong is held against all these `Mistake`s, and if one fits, its
cause is told.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from lessons.engine.comparing import agrees, difference, evaluate, is_open, show, squeezed, to_array
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
                got[i] = squeezed(to_array(value, name))
        asked = Quantities(got, exact, rtol, atol, digits, roundings, mistakes)
        notes, said = [], set()
        for i in got:
            if asked.gives(i, exact[i]):
                continue
            rounding = asked.rounding(i)
            if rounding is None:
                raise asked.wrong(i, names[i], (otherwise or {}).get(names[i], OTHER))
            why = "" if rounding.note in said else f" {rounding.note}"
            said.add(rounding.note)
            notes.append(f"{names[i]}: right, as rounded by hand; exactly it is "
                         f"{show(squeezed(exact[i]).round(9))}.{why}")
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

        Answer({name: function}, self._task).results(name, cases, right, mistakes=mistakes)

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
                raise mistake.found(f"{name}({arguments})",
                                    difference(result, expected, rtol, atol))


# -- numbers, held against the usual mistakes ------------------------------------------------------


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
        if mistake is OTHER:
            right = [self.exact[i], *[each.value[i] for each in self.roundings]]
            if self.rtol > 0 and _has_one_digit(got, right):
                mistake = TOO_FEW_DIGITS
            elif (exact.ndim == 0 and got.shape == (2,) and (got == np.rint(got)).all()
                  and got[1] >= 0):
                mistake = DECIMAL_COMMA
            else:
                mistake = otherwise
        if got.shape == exact.shape:  # the right number is not given away
            return mistake.found(name, (show(got), ""))
        return mistake.found(name, difference(got, exact, self.rtol, self.atol))

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
