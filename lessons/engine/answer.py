"""What a check asks of an answer: numbers, formulas, the results of functions."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

import numpy as np

from lessons.engine.comparing import agrees, difference, evaluate, is_open, show, to_array
from lessons.engine.mistakes import OTHER, Mistake, Quantities, Rounding, squeezed
from lessons.engine.verdict import Todo, Wrong

BY_HAND = 0.003  # the share by which a number that is computed by hand may be off


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
                raise mistake.found(f"{name}({arguments})",
                                    difference(result, expected, rtol, atol))
