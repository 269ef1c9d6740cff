"""Keeps what the checks work with as it was: NumPy, Python's own functions, minicv, the checks.

The learner's code and its check share one process. Who writes `np.abs = my_abs`, or keeps a sum in
`sum`, must not make a right answer wrong, nor a wrong one right. So all functions and classes that
the checks use are noted before the code is run, and put back after it; and the checks are taken out
of Python's table of modules, so that whoever imports them gets a copy, and changes that alone.

This is a guard against accidents and simple tricks. Python has no walls within a process: code that
walks through its frames or its memory finds the checks, and the word with which outcomes are told;
to keep that word out of the process until it is wanted would not help, since such code can ask for
it as well as we. A teacher finds it by reading: `grade` lists the files that have what it takes.
"""

from __future__ import annotations

import sys
import types

import lessons

WATCHED = {"numpy", "minicv", "lessons", "math", "builtins", "json", "random", "operator"}
OURS = ("minicv.", "lessons.")
SHARED = "lessons.course"  # in which a check looks for what the answer has told
PARTS = ("__code__", "__defaults__", "__kwdefaults__")  # of a function


class Guard:
    """Hides the checks, and notes what the modules hold that are loaded now."""

    def __init__(self):
        self._kept = []  # (its name for people, whose it is, the name there, the value)
        watched = {name: module for name, module in sys.modules.items()
                   if name.partition(".")[0] in WATCHED and isinstance(module, types.ModuleType)}
        for name in watched:
            if name.startswith("lessons.") and name != SHARED:
                del sys.modules[name]
                vars(lessons).pop(name.split(".")[1], None)
        for module_name, module in watched.items():
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
            self._kept += [(called, value, part, getattr(value, part)) for part in PARTS]

    def put_back(self) -> list[str]:
        """Put everything back as it was; returns the names of what had been replaced."""
        replaced = []
        for called, holder, name, value in self._kept:
            now = getattr(holder, name) if name in PARTS else vars(holder).get(name)
            if now is not value:
                replaced.append(called)
                setattr(holder, name, value)
        return replaced
