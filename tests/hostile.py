"""Hostile calls: every public callable of minicv, called with what it cannot use.

1. *Who*: `callables` finds what the rooms offer: functions, constructors, public methods,
   operators, properties that can be set. None is listed by hand.
2. *A right call*: the examples in the docstrings are run, and whenever one of these callables is
   entered its arguments are copied (`record`).
3. *A wrong one*: one argument, sometimes two, is replaced (`tests.hostile_values`). Input i of a
   callable depends on its name, on i and on SEED alone, so that one input can be made again.
4. *The judge*: `attempt` gives None, or says what is wrong with how the call ended.

    python -m tests.hostile nn 3000                  one room (or "all"), and how many inputs
    python -m tests.hostile 'losses.mse_loss#17'     one input again, with its traceback

An error is right if a `raise` in minicv raised it: a ValueError, TypeError, RuntimeError or OSError
with a message, or a type that the docstring names; so is an error of the caller's own function.
A result is right if it keeps what can be asked of any: see `judge_result`.
"""

import contextlib
import copy
import dataclasses
import dis
import doctest
import importlib
import inspect
import io
import itertools
import os
import pkgutil
import re
import shutil
import signal
import sys
import tempfile
import traceback
import warnings
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import minicv
from minicv import nn
from minicv.autograd import Tensor
from minicv.person_detector import ConvergenceWarning
from tests import hostile_values

try:
    import resource
except ImportError:  # Windows: no limit on memory there
    resource = None

SEED = 1
SECONDS, MEMORY = 5, 2**30
ROOMS = [name for name in minicv.__all__ if inspect.ismodule(getattr(minicv, name))]
HOME = str(Path(minicv.__file__).parent)
CALLERS = ("<doctest", hostile_values.__file__)  # where functions of the caller's own are
NOT_CALLED = {f"__{name}__" for name in (
    "new post_init repr str hash getattr setattr delattr dir reduce init_subclass getstate "
    "setstate enter exit del array array_ufunc deepcopy").split()}


@dataclasses.dataclass
class Target:
    """A public callable: how it is called, and calls that are right."""

    name: str
    call: Callable
    signature: inspect.Signature
    doc: str
    owner: type | None = None  # of a method, whose first argument is the object itself
    calls: list = dataclasses.field(default_factory=list)


# 1. Who

def callables():
    """The public callables by the code that runs when they are called: {code: Target}."""
    found = {}
    for module in (module for room in ROOMS for module in modules(room, offered=True)):
        for name in getattr(module, "__all__", None) or vars(module):
            value = getattr(module, name)
            if name.startswith("_") or not ours(value):
                continue
            for target, code in parts(value) if inspect.isclass(value) else [function(value)]:
                found.setdefault(code, target)
    takes_some = {code: target for code, target in found.items()
                  if len(target.signature.parameters) > (target.owner is not None)
                  and "NotImplementedError" not in code.co_names}  # nor what subclasses write
    return takes_some


def ours(value):
    return (getattr(value, "__module__", None) or "").startswith("minicv") and callable(value)


def modules(room, offered=False):
    """The module of a room, and those in it: all of them, or those that the room offers."""
    room = importlib.import_module(f"minicv.{room}")
    path = getattr(room, "__path__", [])
    inside = [info.name for info in pkgutil.walk_packages(path, f"{room.__name__}.")]
    return [room, *(importlib.import_module(name) for name in inside
                    if not offered or name.rpartition(".")[2] in room.__all__)]


def function(value, owner=None):
    plain = inspect.unwrap(value)
    name = f"{plain.__module__.removeprefix('minicv.')}.{plain.__qualname__}"
    return (Target(name, value, inspect.signature(plain), plain.__doc__ or "", owner),
            plain.__code__)


def parts(cls):
    """The constructor, the methods and the properties that can be set."""
    for base in (base for base in cls.__mro__ if ours(base)):
        for name, member in vars(base).items():
            plain = member.fset if isinstance(member, property) else getattr(
                member, "__func__", member)
            is_public = not name.startswith("_") or name.startswith("__") and name not in NOT_CALLED
            if not inspect.isfunction(plain) or not is_public:
                continue
            target, code = function(plain, None if isinstance(member, staticmethod) else cls)
            if name == "__init__":  # called through the class, without the object
                without = list(target.signature.parameters.values())[1:]
                target = Target(f"{base.__module__.removeprefix('minicv.')}.{base.__qualname__}",
                                base, inspect.Signature(without), base.__doc__ or "")
            if name == "__init__" or code.co_filename != "<string>":  # what dataclass wrote
                yield target, code


# 2. Right calls

def prepare():
    """All targets by room, each with its right calls."""
    targets = callables()
    record(targets)
    return {room: [target for target in targets.values() if target.name.split(".")[0] == room]
            for room in ROOMS}


def record(targets, most=3):
    """Run all examples; keep copies of the arguments with which the targets are entered."""
    inner = {code: [] for code in targets}  # entered from minicv, not from the example itself
    known = {id(code): code for code in targets}  # to hash code, millions of times, takes a second

    def watch(frame, event, _):
        if event != "call" or id(frame.f_code) not in known:
            return
        target = targets[frame.f_code]
        from_example = frame.f_back.f_code.co_filename.startswith("<doctest")
        kept = target.calls if from_example else inner[frame.f_code]
        if len(kept) < most:
            with contextlib.suppress(Exception):  # an open file or a generator: no example
                kept.append(fresh({name: frame.f_locals[name]
                                   for name in target.signature.parameters}))

    for module in (module for room in ROOMS for module in modules(room)):
        for test in doctest.DocTestFinder().find(module, module.__name__):
            if not test.examples:
                continue
            before = sys.gettrace()
            sys.settrace(watch)  # called once for each call of a Python function
            try:
                run_examples(test)
            finally:
                sys.settrace(before)
    for code, target in targets.items():
        right = (one for one in target.calls + inner[code] if goes_well(target, one))
        target.calls = list(itertools.islice(right, most))
    for target in targets.values():
        if not target.calls:
            arguments = filled(target, targets.values())
            target.calls = [arguments] if goes_well(target, arguments) else []


def run_examples(test):
    """What doctest does, without a look at what is printed: the tests of minicv do that."""
    with contextlib.redirect_stdout(io.StringIO()):
        for example in test.examples:
            with contextlib.suppress(Exception):  # some show an error
                exec(compile(example.source, f"<doctest {test.name}>", "exec"), test.globs)


FILL = {"other": 2.0, "dim": 0, "dims": (1, 0), "spec": "", "requires_grad": True, "path": "new",
        "params": [nn.Parameter(np.ones(3))]}


def filled(target, others):
    """Arguments for a callable without an example: a kin's object, FILL by name, defaults."""
    arguments = {}
    for name, parameter in target.signature.parameters.items():
        if target.owner is not None and not arguments:
            objects = [next(iter(other.calls[0].values())) for other in others
                       if other.owner is target.owner and other.calls]
            arguments[name] = objects[0] if objects else None
        else:
            arguments[name] = FILL.get(name, parameter.default)
    return arguments


def goes_well(target, arguments):
    try:
        with limits():
            run(target, fresh(arguments))
    except (Exception, TooSlow):
        return False
    return True


def fresh(arguments):
    """A deep copy; axes are made anew, as those of a figure cannot be copied."""
    axes = {id(value): Figure().add_subplot(projection=value.name)
            for value in arguments.values() if isinstance(value, Axes)}
    return copy.deepcopy(arguments, axes)


def run(target, arguments):
    """The result of the call; a generator is run, a context entered and left."""
    several = {name for name, parameter in target.signature.parameters.items()
               if parameter.kind is parameter.VAR_POSITIONAL}
    bound = inspect.BoundArguments(target.signature, {
        name: (value,) if name in several and not isinstance(value, (tuple, list)) else value
        for name, value in arguments.items()})
    result = target.call(*bound.args, **bound.kwargs)
    if isinstance(result, contextlib._GeneratorContextManager):
        with result as entered:
            return entered
    return list(result) if isinstance(result, Iterator) else result


# 3. Wrong ones

@dataclasses.dataclass
class Input:
    """Arguments of one hostile call, the kinds of changes, and what was right."""

    arguments: dict
    kinds: list
    valid: dict | None = None


def make_input(target, i):
    """Input i of a callable."""
    rng = np.random.default_rng([SEED, zlib.crc32(target.name.encode()), i])
    valid = target.calls[rng.integers(len(target.calls))]
    arguments, kinds = fresh(valid), []
    names = list(arguments)[target.owner is not None:]
    for name in map(str, rng.permutation(names)[:1 + (rng.random() < 0.2)]):
        how = target.signature.parameters[name].kind
        if how is inspect.Parameter.VAR_KEYWORD:
            changed = {key: hostile_values.hostile(rng, value, key)  # Python takes nothing else
                       for key, value in arguments[name].items()}
            arguments[name] = {key: value for key, (value, _) in changed.items()}
            kinds += [kind for _, kind in changed.values()]
            continue
        changed, kind = hostile_values.hostile(rng, arguments[name], name)
        if how is inspect.Parameter.VAR_POSITIONAL and not isinstance(changed, (list, tuple)):
            changed = (changed,)  # and only a tuple
        arguments[name] = changed
        kinds.append(kind)
    return Input(arguments, kinds, valid)


def told(target, i, given):
    """An input as text."""
    def shown(value):
        try:
            text = re.sub(r"\s+", " ", repr(value))
        except Exception as error:
            text = f"<{type(value).__name__}, whose repr raises {type(error).__name__}>"
        form = f" {value.shape} {value.dtype}" if isinstance(value, np.ndarray) else ""
        return (text if len(text) < 120 else text[:117] + "...") + form

    with np.printoptions(threshold=8, edgeitems=2, precision=4):
        arguments = ", ".join(f"{name}={shown(value)}" for name, value in given.arguments.items())
    return f"{target.name}#{i} ({', '.join(given.kinds)}): {arguments}"


# 4. The judge

def attempt(target, given, **limit):
    """None if the call ends as it may, or what is wrong with how it ended."""
    kept = dict(list(given.arguments.items())[target.owner is not None:])
    if target.name.split(".")[-1].startswith("fit"):  # which is there to change a network
        kept = {name: value for name, value in kept.items() if not ours(type(value))}
    before, finite = print_of(kept), all(np.isfinite(n).all() for n in numbers(given.arguments))
    try:
        with limits(**limit):
            result = run(target, given.arguments)
    except TooSlow:
        return "takes too long"
    except Exception as error:
        wrong = judge_error(target, error)
    else:
        wrong = judge_result(target, result, given, finite)
    return "changes its arguments" if wrong is None and print_of(kept) != before else wrong


class TooSlow(BaseException):
    """The call took longer than it may."""


@contextlib.contextmanager
def limits(seconds=SECONDS, memory=MEMORY):
    """Warnings are errors, time and memory end; what is printed is dropped."""
    def stop(*_):
        raise TooSlow

    # The time of the processor, which other programs do not use up; the clock is for what sleeps.
    timers = [(signal.ITIMER_PROF, signal.SIGPROF, seconds),
              (signal.ITIMER_REAL, signal.SIGALRM, 6 * seconds)] if resource else []
    handlers = [signal.signal(number, stop) for _, number, _ in timers]
    pages = Path("/proc/self/statm")
    if resource and pages.exists():
        used = int(pages.read_text().split()[0]) * resource.getpagesize()
        old = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (used + memory, old[1]))
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), \
                contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", ConvergenceWarning)
            for timer, _, most in timers:
                signal.setitimer(timer, most)
            yield
    finally:
        for (timer, number, _), handler in zip(timers, handlers):
            signal.setitimer(timer, 0)
            signal.signal(number, handler)
        if resource and pages.exists():
            resource.setrlimit(resource.RLIMIT_AS, old)


def judge_error(target, error):
    """None for an error that minicv raises on purpose, or that is the caller's own."""
    walk = [(frame.f_code, frame.f_lineno if line is None else line, at) for frame, line, at in
            ((tb.tb_frame, tb.tb_lineno, tb.tb_lasti) for tb in steps(error.__traceback__))]
    known = [(code.co_filename, line) for code, line, _ in walk
             if code.co_filename.startswith((HOME, *CALLERS))]
    if known and known[-1][0].startswith(CALLERS):
        return None
    code, _, at = walk[-1]
    by_raise = code.co_filename.startswith(HOME) and code.co_code[at] == dis.opmap["RAISE_VARARGS"]
    allowed = isinstance(error, (ValueError, TypeError, RuntimeError, OSError)) or (
        type(error).__name__ in target.doc
        or isinstance(error, LookupError) and target.name.endswith("__getitem__"))
    if by_raise and allowed and str(error).strip():
        return None
    where = f"{os.path.relpath(known[-1][0], HOME)}:{known[-1][1]}" if known else "outside"
    return f"{where} {type(error).__name__}: {str(error)[:150]}"


def steps(tb):
    while tb is not None:
        yield tb
        tb = tb.tb_next


def judge_result(target, result, given, finite):
    """None if the result keeps what can be asked of any.

    No complex numbers; NaN that goes in comes out again, and none comes out otherwise, unless the
    docstring speaks of NaN; no mesh, detection or match has NaN in it; shares that the docstring
    promises "0 to 1" are; numbers packed in another way give the same.
    """
    found = numbers(result)
    has_nan = any(np.isnan(number).any() for number in found)
    if any(np.iscomplexobj(number) for number in found):
        return "complex numbers come out"
    if has_nan and type(result).__name__ in ("Mesh", "Detections", "Matches", "SurfaceHits"):
        return f"a {type(result).__name__} with NaN in it"
    if "NaN" not in target.doc:
        if has_nan and finite:
            return "NaN comes out though all numbers that went in are finite"
        if given.kinds == ["NaN"] and found and not has_nan:
            return "NaN went in and numbers came out, and the docstring says nothing of NaN"
    promise = re.search(r"Returns\n\s*-------(.*?)(\n\n|\Z)", target.doc, re.S)
    if promise and "0 to 1" in promise[1] and isinstance(result, (float, np.ndarray, Tensor)) and (
            np.any([np.any((number < 0) | (number > 1)) for number in found])):
        return "not from 0 to 1, as the docstring says"
    if given.kinds == ["same"]:
        with limits():
            once, twice = (run(target, fresh(given.valid)) for _ in range(2))
        if alike(once, twice) and not alike(once, result):
            return "the same numbers, packed in another way, give another result"
    return None


def alike(one, other):
    one, other = numbers(one), numbers(other)
    return len(one) == len(other) and all(
        np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=1e-4, atol=1e-6, equal_nan=True)
        for a, b in zip(one, other))


def numbers(value):
    """The arrays and floats in a value, but those too large to look through; no Python integers."""
    return [leaf for leaf in leaves(value)
            if isinstance(leaf, (float, complex)) or isinstance(leaf, (np.ndarray, np.generic))
            and leaf.dtype.kind in "iufc" and leaf.size < 10**6]


def print_of(value):
    """All that a value holds, to be compared later."""
    return [(leaf.dtype.str, leaf.shape, leaf.tobytes()) if isinstance(leaf, np.ndarray)
            else repr(leaf) for leaf in leaves(value)]


def leaves(value, seen=None):
    """Every array, number and text in a value, however it is packed."""
    seen = set() if seen is None else seen
    value = value.data if isinstance(value, Tensor) else value
    is_array = isinstance(value, np.ndarray)
    if is_array and value.dtype.kind != "O" or isinstance(
            value, (np.generic, int, float, complex, str, bytes)):
        yield value
    elif id(value) not in seen:
        seen.add(id(value))
        inside = [*value, *value.values()] if isinstance(value, dict) else (
            value.ravel().tolist() if is_array else
            value if isinstance(value, (list, tuple, set)) else
            getattr(value, "__dict__", {}).values() if ours(type(value)) else [])
        kinds = set(map(type, inside))
        if kinds in ({float}, {int}):  # there may be millions: all at once
            yield np.array(list(inside)) if kinds == {float} else repr(inside)
        else:
            for part in inside:
                yield from leaves(part, seen)


# All together

@contextlib.contextmanager
def contained():
    """In an empty folder, and without a network."""
    def refuse(*_):
        raise OSError("there is no network in this test")

    here, folder = os.getcwd(), tempfile.mkdtemp()
    with mock.patch("tempfile.tempdir", folder), mock.patch("socket.socket.connect", refuse), \
            mock.patch("tempfile.TemporaryDirectory.cleanup"):  # files of examples are read later
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(here)
            shutil.rmtree(folder)


def share(targets, n):
    """How many of n inputs each callable gets: all alike, but what draws, slowly, a quarter."""
    weights = {target.name: 0.25 if target.name.startswith("plotting") else 1 for target in targets}
    return {name: int(np.ceil(n * weight / sum(weights.values())))
            for name, weight in weights.items()}


def faults(target, n):
    """What is wrong after the first n inputs: {where and what: [(in words, the input)]}."""
    found = {}
    for i in range(n if target.calls else 0):
        wrong = attempt(target, make_input(target, i))
        if wrong is not None:
            found.setdefault(re.sub(r"(:\d+ \w+).*", r"\1", wrong, flags=re.S), []).append(
                f"{wrong}\n      {told(target, i, make_input(target, i))}")
    return found


def report(targets, counts):
    """The faults as text, grouped by callable and line; `counts` are the inputs of each."""
    lines = []
    for target in targets:
        for same in faults(target, counts[target.name]).values():
            lines.append(f"{target.name}: {len(same)} x {same[0]}")
    return lines


def main(which, n=2000):
    with contained():
        rooms = prepare()
        targets = [target for room in rooms for target in rooms[room]]
        if "#" not in which:
            chosen = [t for t in targets if which in ("all", t.name.split(".")[0])]
            lines = report(chosen, share(chosen, int(n)))
            lines += [f"{target.name}: no right call is known; add an example to its docstring"
                      for target in chosen if not target.calls]
            print("\n".join(lines), f"\n{len(lines)} lines to mend")
            return
        name, i = which.split("#")
        target = next(target for target in targets if target.name.endswith(name))
        print(told(target, i, make_input(target, int(i))))
        print("->", attempt(target, make_input(target, int(i))) or "as it may")
        try:
            print("result:", run(target, make_input(target, int(i)).arguments))
        except Exception:
            traceback.print_exc()


if __name__ == "__main__":
    main(*sys.argv[1:])
