"""Watches over the process in which a learner's code runs (`process`).

The code may loop for ever, end Python, crash it, or ask for all the memory there is. It has limits
of time and memory; when it dies, the task that it was at gets one clear line, and a new process
goes on with the next. One process serves all tasks of a lesson if nothing happens, for it takes a
good part of a second to start one.
"""

from __future__ import annotations

import ast
import contextlib
import os
import queue
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from lessons.engine.sandbox.confining import HERE, Room
from lessons.engine.sandbox.reading import read_answers
from lessons.engine.sandbox.state import State
from lessons.engine.tasks import LESSONS, Task
from lessons.engine.verdict import ERROR, Outcome, plain

# The checkout in place of the folder that Python looks into first, in which a learner works.
WORKER = """
import sys
sys.path[0] = sys.argv[1]
from lessons.engine.sandbox.process import main
main(sys.argv[2:])
"""
LINE = 2**20  # bytes of a line of the process: none of ours is longer


def run(path: Path, tasks: Sequence[Task], lesson: str = "",
        room: Room = HERE) -> Iterator[Outcome]:
    """Check tasks of a learner's file, one after the other.

    Parameters
    ----------
    path : the file, of Python or a notebook; what cannot be read is an `InputError`.
    tasks : of one lesson.
    lesson : the stem of the lesson, if it is not the file's.
    room : where the code runs.

    Yields
    ------
    Outcome, one for each task, as soon as it is known. Whoever has seen enough may stop.
    """
    read_answers(path)
    left = {task.name: task for task in tasks}
    fatal: dict[str, Outcome] = {}  # sections that end the process when they are run
    while left and not room.stop.is_set():
        state = State(told=len(left) < len(tasks))
        arguments = [str(path), lesson or path.stem, *left, "--skip", *fatal]
        with contextlib.closing(_process(arguments, left, state, room)) as outcomes:
            for outcome in outcomes:
                yield fatal.get(outcome.task, outcome)
        if not state.death:
            return
        at = state.section
        died = Outcome(at or "", ERROR, [state.death], printed=state.printed)
        if state.checking:
            if left.pop(at, None):
                yield died
        elif at and at not in fatal:
            fatal[at] = died
        else:  # it dies at the very start, or in the header: nothing can be checked
            yield from (Outcome(name, ERROR, died.lines, printed=died.printed) for name in left)
            return


def _process(arguments: list[str], left: dict[str, Task], state: State,
             room: Room) -> Iterator[Outcome]:
    """The outcomes that one process has to tell; if any are `left`, `state` says how it died."""
    with tempfile.TemporaryDirectory(prefix="minicv", ignore_cleanup_errors=True) as folder:
        printed = Path(folder) / "printed"
        with printed.open("ab") as errors, printed.open("rb") as prints:
            process = subprocess.Popen(
                [*room.before, sys.executable, "-c", WORKER, str(LESSONS.parent), *arguments],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, cwd=room.folder,
                env=room.environment, start_new_session=os.name == "posix")
            try:
                yield from _follow(process, prints, left, state, room)
            finally:
                _end(process)


def _follow(process: subprocess.Popen, prints: BinaryIO, left: dict[str, Task],
            state: State, room: Room) -> Iterator[Outcome]:
    word, messages = secrets.token_hex(16), queue.Queue()
    with contextlib.suppress(OSError):  # it has died already, which will be told
        process.stdin.write(f"{word}\n".encode())
        process.stdin.close()
    threading.Thread(target=_listen, args=(process.stdout, word, messages), daemon=True).start()
    deadline = time.monotonic() + state.seconds
    while left:
        try:
            message = messages.get(timeout=min(max(deadline - time.monotonic(), 0), 0.5))
        except queue.Empty:
            if room.stop.is_set() or time.monotonic() >= deadline:
                state.too_long()
                state.add(prints.read(LINE))
                return
            continue
        if message is None:
            complaint = prints.read(LINE)
            state.ended(process.wait(), complaint)
            state.add(complaint)
            return
        try:
            state.add(prints.read(message["printed"] - prints.tell())[:LINE])
            if "outcome" not in message:
                state.loading = message.get("loading", state.loading)
                if "checking" in message:
                    state.check(left[message["checking"]])
                deadline = time.monotonic() + state.seconds
                continue
            outcome = Outcome(**{**message["outcome"], "printed": state.printed})
            outcome.lines = [plain(line) for line in outcome.lines]
            outcome.notes = [plain(note) for note in outcome.notes]
            if left[outcome.task] is not state.checking:
                raise LookupError
        except (LookupError, TypeError, AttributeError):  # it has got hold of the word
            state.death = "what this code says of itself makes no sense"
            return
        del left[outcome.task]
        yield outcome


def _listen(stream: BinaryIO, word: str, messages: queue.Queue) -> None:
    """Pass the messages on as they come, and `None` at the end."""
    with contextlib.suppress(ValueError):  # closed by `_end` while it was being read
        while line := stream.readline(LINE):
            with contextlib.suppress(ValueError, SyntaxError):  # cut short by its end
                if line.startswith(word.encode()):
                    messages.put(ast.literal_eval(line[len(word):].decode()))
    messages.put(None)


def _end(process: subprocess.Popen) -> None:
    """End the process, and on POSIX all that it has started."""
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()
    process.stdout.close()
