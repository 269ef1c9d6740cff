"""What a check asks of an answer.

The usual mistakes are known by what they produce: a check says not only what is right, but also
what comes out if one forgets to subtract the intersection. An answer that is wrong is held against
all of these, and if one fits, its cause is told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lessons.engine.comparing import agrees, difference, is_open, show, to_array
from lessons.engine.expressions import evaluate
from lessons.engine.verdict import Todo, Wrong

BY_HAND = 0.01  # the share by which a number that is computed by hand may be off


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


@dataclass
class _Numbers:
    """One name of several that belong together."""

    name: str
    got: np.ndarray
    exact: np.ndarray
    roundings: list[tuple[np.ndarray | None, str]]
    rtol: float
    atol: float

    def gives(self, value: np.ndarray | None) -> bool:
        return value is not None and agrees(self.got, value, self.rtol, self.atol)

    @property
    def is_exact(self) -> bool:
        return self.gives(self.exact)

    @property
    def has_one_digit(self) -> bool:
        """Whether this is a right number that was rounded to its first digit."""
        right = [self.exact, *[value for value, _ in self.roundings if value is not None]]
        return self.rtol > 0 and any(agrees(self.got, _first_digit(value), 0.0)
                                     for value in right)

    @property
    def rounding(self) -> str | None:
        """The note of the way of rounding that gives these numbers; None if none does."""
        return next((note for value, note in self.roundings if self.gives(value)), None)


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
        """What the learner has under this name.

        Raises
        ------
        Wrong : nothing; the stub's name has been changed or deleted.
        """
        if name not in self._namespace:
            raise Wrong("name-missing", name, got="nothing of this name",
                        cause=f"the check looks for {name}, which the stub defines; was it renamed "
                              f"or deleted? (python -m lessons reset {self._task} brings the "
                              "task's stub back)")
        return self._namespace[name]

    def call(self, name: str, *arguments, **options):
        """Call the learner's function or class, as its signature in the stub says."""
        function = self.get(name)
        if function is None or function is Ellipsis:
            raise Todo
        if not callable(function):
            raise Wrong("not-a-function", name, got=show(function), expected="a function",
                        cause=f"{name} must stay a function: did you assign something to its name?")
        return function(*arguments, **options)

    # -- numbers -----------------------------------------------------------------------------------

    def numbers(self, names: str | Sequence[str], exact, *, rtol: float = BY_HAND,
                atol: float = 1e-9, roundings: Sequence[Rounding] = (),
                mistakes: Sequence[Mistake] = ()) -> None:
        """Numbers that were to be filled in, alone or several that belong together.

        Parameters
        ----------
        names : of one number, vector or matrix, or of several.
        exact : the right value; for several names one for each.
        rtol : by what share an entry may be off, 0 for numbers that are counted.
        atol : by how much it may be off in any case: half of the last digit that is asked for.
        roundings : what careful rounding on the way gives, if that is farther off; right as well,
            with a note. Their values as `exact`.
        mistakes : the usual ones; their values as `exact`.

        Raises
        ------
        Wrong : a number is filled in and wrong. Names that are not filled in are remembered in
            `open`: when the check is done, they make it read `todo`.
        """
        if isinstance(names, str):
            names, exact = [names], [exact]
            mistakes = [replace(mistake, value=[mistake.value]) for mistake in mistakes]
            roundings = [replace(rounding, value=[rounding.value]) for rounding in roundings]
        filled: dict[int, _Numbers] = {}
        for i, name in enumerate(names):
            value = self.get(name)
            if is_open(value):
                self.open.append(name)
                continue
            self.filled.append(name)
            got = np.squeeze(to_array(value, name))
            by_hand = [(_squeezed(rounding.value[i]), rounding.note) for rounding in roundings]
            filled[i] = _Numbers(name, got, _squeezed(exact[i]), by_hand, rtol, atol)
        for i, entry in filled.items():
            if not entry.is_exact and entry.rounding is None:
                got, expected = difference(entry.got, entry.exact, rtol, atol)
                mistake = _find_mistake(filled, i, mistakes)
                if mistake is OTHER and entry.has_one_digit:
                    mistake = TOO_FEW_DIGITS
                raise Wrong(mistake.name, entry.name, got=got, expected=expected,
                            cause=mistake.cause)
        said = set()
        for entry in filled.values():
            if not entry.is_exact:
                self.notes.append(f"{entry.name}: right, as rounded by hand; exactly it is "
                                  f"{show(entry.exact.round(9))}.")
                if entry.rounding not in said:
                    self.notes[-1] += f" {entry.rounding}"
                    said.add(entry.rounding)

    # -- expressions ------------------------------------------------------------------------------

    def expression(self, name: str, cases: Sequence[tuple[float, ...]], variables: Sequence[str],
                   right: Callable, *, mistakes: Sequence[Mistake] = ()) -> None:
        """A formula, as text ("(1 - x) / w") or as a function; any that has the right values.

        Parameters
        ----------
        name : that was to be filled in.
        cases : values of the variables.
        variables : their names, which the text may use; a function gets them in this order.
        right : a function of the variables.
        mistakes : the usual ones; their values are functions of the variables.

        Raises
        ------
        Wrong : it cannot be read, or has another value than it should. If it is not filled in,
            that is remembered in `open`.
        """
        value = self.get(name)
        if is_open(value):
            self.open.append(name)
            return
        self.filled.append(name)
        if not isinstance(value, str):
            function = value if callable(value) else lambda *case: value
        else:
            text = re.sub(r"^\s*\w+\s*=(?!=)", "", value)  # "x2 = ..." is as good as "..."

            def function(*case):
                try:
                    return evaluate(text, **dict(zip(variables, case)))
                except ValueError as error:
                    raise Wrong("not-an-expression", name, got=value, expected="an expression of "
                                f"{', '.join(variables)}", cause=str(error)) from None

        expressed = Answer({name: function}, self._task)
        expressed.results(name, cases, right, mistakes=mistakes)

    # -- functions ---------------------------------------------------------------------------------

    def results(self, name: str, cases: Sequence[tuple], right: Callable, *, rtol: float = 1e-5,
                atol: float = 1e-7, mistakes: Sequence[Mistake] = ()) -> None:
        """What a function gives, for each of some cases. Its results must depend on nothing else.

        Parameters
        ----------
        name : of the learner's function.
        cases : the arguments of each call.
        right : a function of the same arguments that gives numbers of the right shape.
        rtol, atol : how much an entry may be off.
        mistakes : the usual ones; their values are functions of the same arguments. One is
            recognised if it gives what the learner's function gives, in every case.

        Raises
        ------
        Wrong : a result is wrong.
        """
        results = [self.call(name, *case) for case in cases]
        got = [to_array(_something(result, name), f"{name}(...)") for result in results]
        for case, result in zip(cases, got):
            expected = np.asarray(right(*case), dtype=float)
            if agrees(result, expected, rtol, atol):
                continue
            mistake = next((mistake for mistake in mistakes
                            if _reproduces(mistake.value, cases, got, rtol, atol)), OTHER)
            texts = difference(result, expected, rtol, atol)
            arguments = ", ".join(show(argument) for argument in case)
            raise Wrong(mistake.name, f"{name}({arguments})", got=texts[0], expected=texts[1],
                        cause=mistake.cause)


OTHER = Mistake("other", None, "none of the usual mistakes gives this; the hint may help")
TOO_FEW_DIGITS = Mistake("too-few-digits", None, "this is rounded to its first digit, which is too "
                         "little to tell whether it is right: give at least three digits")


def _squeezed(value) -> np.ndarray | None:
    return None if value is None else np.squeeze(np.asarray(value, dtype=float))


def _first_digit(array: np.ndarray) -> np.ndarray:
    """Each entry rounded to its first digit that is not zero: 6.4e-4 -> 6e-4."""
    return np.array([float(f"{entry:.0e}") for entry in array.flat]).reshape(array.shape)


def _find_mistake(filled: dict[int, _Numbers], first: int,
                  mistakes: Sequence[Mistake]) -> Mistake:
    """The mistake that gives the first wrong number, and most of the others."""
    def gives(mistake: Mistake, i: int) -> bool:
        value = _squeezed(mistake.value[i])
        return value is None or filled[i].gives(value)

    fitting = [mistake for mistake in mistakes
               if mistake.value[first] is not None and gives(mistake, first)]
    return max(fitting, key=lambda mistake: sum(gives(mistake, i) for i in filled), default=OTHER)


def _something(result, name: str):
    if result is None:
        raise Wrong("nothing-returned", f"{name}(...)", got="None", expected="a result",
                    cause="the function computes something and does not hand it back: it needs "
                          "a return")
    return result


def _reproduces(function: Callable, cases: Sequence[tuple], got: list, rtol: float,
                atol: float) -> bool:
    return all(agrees(result, np.asarray(function(*case), dtype=float), rtol, atol)
               for case, result in zip(cases, got))
