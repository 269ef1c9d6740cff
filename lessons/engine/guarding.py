"""Keeps what the checks work with as it was: NumPy, Python's own functions, minicv, the checks.

The learner's code and its check share one process. Who writes `np.abs = my_abs`, or keeps a sum in
`sum`, must not make a right answer wrong, nor a wrong one right. So all functions and classes that
the checks use are noted before the code is run, and put back after it.

This is a guard against accidents and simple tricks. Python has no walls within a process: code that
sets out to change the checks from inside can; a teacher finds it by reading.
"""

from __future__ import annotations

import sys
import types

WATCHED = {"numpy", "minicv", "lessons", "math", "builtins", "json", "random", "operator"}
OURS = ("minicv.", "lessons.")


class Guard:
    """What the modules that are loaded now hold; `put_back` tells what has been replaced since."""

    def __init__(self):
        self._kept = []  # (its name for people, whose it is, the name there, the value)
        for module_name, module in list(sys.modules.items()):
            if module_name.partition(".")[0] in WATCHED and isinstance(module, types.ModuleType):
                for name, value in list(vars(module).items()):
                    if callable(value) or isinstance(value, types.ModuleType):
                        self._keep(module_name, module, name, value)

    def _keep(self, path: str, holder: object, name: str, value: object) -> None:
        called = f"{path}.{name}".removeprefix("builtins.")
        self._kept.append((called, holder, name, value))
        own = str(getattr(value, "__module__", "")).startswith(OURS)
        if own and isinstance(value, type):
            for part, function in list(vars(value).items()):
                if isinstance(function, (types.FunctionType, property, classmethod)):
                    self._keep(called, value, part, function)
        elif own and isinstance(value, types.FunctionType):
            self._kept.append((called, value, "__code__", value.__code__))

    def put_back(self) -> list[str]:
        """Put everything back as it was; returns the names of what had been replaced."""
        replaced = []
        for called, holder, name, value in self._kept:
            now = holder.__code__ if name == "__code__" else vars(holder).get(name)
            if now is not value:
                replaced.append(called)
                setattr(holder, name, value)
        return replaced
