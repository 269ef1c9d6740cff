"""Watches over the process in which a learner's code runs (`process`).

The code may loop for ever, end Python, crash it, or ask for all the memory there is. It has limits
of time and memory; when it dies, the task that it was at gets one clear line, and a new process
goes on with the next. One process serves all tasks of a lesson if nothing happens, for it takes a
good part of a second to start one.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import os
import queue
import secrets
import signal
import site
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import BinaryIO

from lessons.engine.loading import MEMORY
from lessons.engine.process import PRINTED
from lessons.engine.reading import read_answers
from lessons.engine.tasks import LESSONS, Task
from lessons.engine.verdict import ERROR, Outcome, plain

# The checkout in place of the folder that Python looks into first, in which a learner works.
WORKER = """
import sys
sys.path[0] = sys.argv[1]
from lessons.engine.process import main
main(sys.argv[2:])
"""
LINE = 2**20  # bytes of a line of the process: none of ours is longer
START_SECONDS = 60.0  # to load NumPy and minicv, on the slowest machine and the first time
LOAD_SECONDS = 10.0  # for each section of the learner's file
KEPT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")
ALONE = ["--net", "--pid", "--fork", "--kill-child"]


# -- where a process runs --------------------------------------------------------------------------


@dataclass(frozen=True)
class Room:
    """Where a process runs: at home, or in a room of its own, as for a class's answers.

    In a room the code of a submission has a folder that is thrown away, none of the caller's
    variables (which may hold keys), and, where Linux lets us (`unshare`), no network and no process
    that outlives it. It is still a process of this user, who can read what he can read: for
    strangers' code take a user or a container of its own.

    Attributes
    ----------
    folder : where it works, with the caller's variables hidden and no network if that can be had;
        `None` for here, with everything that is here.
    stop : set, from another thread, to end it.
    """

    folder: Path | None = None
    stop: Event = field(default_factory=Event)

    @property
    def before(self) -> list[str]:
        """What stands before the command."""
        return list(without_network()) if self.folder else []

    @property
    def environment(self) -> dict[str, str]:
        own = {"PYTHONIOENCODING": "utf-8:backslashreplace", "PYTHONUNBUFFERED": "1",
               "MPLBACKEND": "agg"}  # a learner's plt.show() must not wait for a window
        if self.folder is None:
            return {**os.environ, **own}
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        places = dict.fromkeys(("HOME", "TMPDIR", "TEMP", "TMP"), str(self.folder))
        # HOME is the submission's: Python must not look for modules to start with there.
        return {**kept, **own, **places, "PYTHONUSERBASE": site.getuserbase()}


HERE = Room()


@functools.cache
def without_network() -> tuple[str, ...]:
    """The command that runs another one without a network; empty if this system has none."""
    for user in ([], ["--user", "--map-current-user"], ["--user", "--map-root-user"]):
        command = ["unshare", *user, *ALONE]
        try:
            tried = subprocess.run([*command, "true"], capture_output=True, timeout=10)
        except (OSError, subprocess.TimeoutExpired):
            continue
        if tried.returncode == 0:
            return tuple(command)
    return ()


# -- what it is at, and what there is to say if it dies --------------------------------------------


@dataclass
class State:
    """What a process is at, from its messages; what has been printed, by section; how it died."""

    told: bool  # whether what the header prints has been told of an earlier process
    loading: str | None = None  # the section that is being run
    checking: Task | None = None  # that is being checked
    death: str = ""
    printed_by: dict[str | None, str] = field(default_factory=dict)

    @property
    def section(self) -> str | None:
        return self.checking.name if self.checking else self.loading

    @property
    def seconds(self) -> float:
        """How long this may take."""
        if self.checking:
            return self.checking.seconds
        return START_SECONDS if self.loading is None else LOAD_SECONDS

    @property
    def printed(self) -> str:
        """By the section that it is at: while it was run, and while its task was checked."""
        return self.printed_by.get(self.section, "")

    def check(self, task: Task) -> None:
        """A task is about to be checked; the first one gets what the header has printed."""
        self.checking = task
        header = self.printed_by.pop("", "")
        self.printed_by[task.name] = ("" if self.told else header) + self.printed

    def add(self, printed: bytes) -> None:
        text = plain(self.printed + printed.decode("utf-8", "replace"))
        self.printed_by[self.section] = text[:PRINTED]

    def too_long(self) -> None:
        self.death = (f"given up after {self.seconds:g} s: is there a loop that does not end? "
                      "(python -m lessons hint helps with what should end it)")
        if self.section is None:
            self.death = f"Python did not start within {self.seconds:g} s"

    def ended(self, exit_code: int, complaint: bytes) -> None:
        """It has ended without being told to; `complaint` is what it has printed last."""
        name = signal.Signals(-exit_code).name if exit_code < 0 else ""
        if self.section is None:  # nothing of the learner's has run yet
            told = [line.strip() for line in complaint.decode("utf-8", "replace").splitlines()]
            where = next((line for line in reversed(told) if line.startswith("File ")), "no line")
            self.death = (f"minicv or the checks themselves do not load: "
                          f"{told[-1] if told else f'exit code {exit_code}'} ({where}); if you "
                          "have edited them, git checkout -- minicv lessons brings them back")
        elif name:
            why = f": out of memory? (a check may have {MEMORY / 2**30:g} GB)"
            self.death = (f"Python crashed ({name}) while this ran"
                          f"{why if name == 'SIGKILL' else ''}")
        else:
            self.death = (f"the code ended Python (exit code {exit_code}); a check needs the "
                          "function to return")


# -- starting it, and listening --------------------------------------------------------------------


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
