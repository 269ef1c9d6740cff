"""How all benchmarks measure: the sides in turn, in one process, the median of each."""

import ast
import io
import statistics
import time
import tokenize
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

SECONDS, ROUNDS = 1.5, 8  # how long a call is repeated, and how often at most
TURN = 0.02  # seconds, the least that is measured
ROOT = Path(__file__).resolve().parents[2]
LAYOUT = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT,
          tokenize.ENDMARKER)


@dataclass
class Row:
    """One job, as the plain code does it, the fast code, and the peer; None where there is none.

    `plain`, `fast` and `peers` are times, amounts of memory, counts: the less the better, the unit
    in `work`. `plain_code` and `fast_code` are the files that one has to read, below minicv/;
    `wanted` and `plain_wanted` are the ratios to the peer that must not be exceeded.
    """

    work: str
    peer: str
    peers: float
    fast: float | None = None
    plain: float | None = None
    wanted: float | None = None
    plain_wanted: float | None = None
    plain_code: Sequence[str] = ()
    fast_code: Sequence[str] = ()


def interleaved(*calls: Callable[[], object], clock: Callable[[], float] = time.perf_counter
                ) -> list[float]:
    """Median seconds of each call, made in turn, until it took `SECONDS` in all or `ROUNDS` times.

    The first time warms up, and does not count: above all the system hands out the memory then.
    """
    taken = [[] for _ in calls]
    for _ in range(ROUNDS):
        for times, call in zip(taken, calls):
            if len(times) < 2 or sum(times) < SECONDS:
                # NumPy's and PyTorch's threads wait for more work in busy loops, for some
                # milliseconds after a call: long enough to take one of two cores away from whoever
                # comes next.
                time.sleep(0.03)
                times.append(_one_turn(call, clock))
    return [statistics.median(times[1:]) for times in taken]


def _one_turn(call: Callable[[], object], clock: Callable[[], float]) -> float:
    """Seconds of a call. A quick one is made again and again for `TURN`: the mean counts."""
    n, start, taken = 0, clock(), 0.0
    while taken < TURN:
        call()
        n, taken = n + 1, clock() - start
    return taken / n


def lines_of_code(files: Sequence[str]) -> int:
    """Lines of files below minicv/, without docstrings, comments and blanks."""
    return sum(_lines((ROOT / "minicv" / file).read_text(encoding="utf-8")) for file in files)


def _lines(source: str) -> int:
    documented = set()
    documentable = (ast.Module, ast.ClassDef, ast.FunctionDef)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, documentable) and ast.get_docstring(node):
            documented |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    lines = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in LAYOUT:
            lines |= set(range(token.start[0], token.end[0] + 1))
    return len(lines - documented)
