"""Watches over the process in which a learner's code runs (`worker`).

The code may loop for ever, end Python, crash it, or ask for all the memory there is. It has limits
of time and memory; when it dies, the task that it was at gets one clear line, and a new process
goes on with the next. One process serves all tasks of a lesson if nothing happens, for it takes a
good part of a second to start one.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lessons.engine.tasks import LESSONS, Task
from lessons.engine.verdict import ERROR, Outcome
from lessons.engine.worker import MEMORY

# The checkout in place of the folder that Python looks into first, in which a learner works.
WORKER = """
import sys
sys.path[0] = sys.argv[1]
from lessons.engine.worker import main
main(sys.argv[2:])
"""
START_SECONDS = 60.0  # to load NumPy and minicv, on the slowest machine and the first time
LOAD_SECONDS = 10.0  # for each section of the learner's file


@dataclass
class _State:
    """What a process is at, from its messages; what has been printed, by section; how it died."""

    loading: str | None = None  # the section that is being run
    checking: str | None = None  # the task that is being checked
    death: str = ""
    printed_by: dict[str | None, str] = field(default_factory=dict)

    @property
    def section(self) -> str | None:
        return self.loading if self.checking is None else self.checking

    @property
    def printed(self) -> str:
        """By the section that it is at: while it was run, and while its task was checked."""
        return self.printed_by.get(self.section, "")

    def check(self, task: str) -> None:
        """A task is about to be checked; the first one gets what the header has printed."""
        self.checking = task
        self.printed_by[task] = self.printed_by.pop("", "") + self.printed


def run(path: Path, tasks: Sequence[Task]) -> Iterator[Outcome]:
    """Check tasks of a learner's file, one after the other.

    Parameters
    ----------
    path : the file; its name is the one of the lesson.
    tasks : of this lesson.

    Yields
    ------
    Outcome, one for each task, as soon as it is known. Whoever has seen enough may stop.
    """
    left = {task.name: task for task in tasks}
    fatal: dict[str, Outcome] = {}  # sections that end the process when they are run
    while left:
        state = _State()
        with contextlib.closing(_process(path, dict(left), list(fatal), state)) as outcomes:
            for outcome in outcomes:
                del left[outcome.task]
                yield fatal.get(outcome.task, outcome)
        if not state.death:
            return
        at = state.section
        if state.checking is not None:
            del left[at]
            yield Outcome(at, ERROR, [state.death], printed=state.printed)
        elif at and at not in fatal:
            fatal[at] = Outcome(at, ERROR, [state.death], printed=state.printed)
        else:  # it dies at the very start, or in the header: nothing can be checked
            for name in left:
                yield Outcome(name, ERROR, [state.death], printed=state.printed)
            return


def _process(path: Path, left: dict[str, Task], skip: list[str],
             state: _State) -> Iterator[Outcome]:
    """The outcomes that one process has to tell; if it leaves some out, `state` says at what."""
    process = _start(str(path), *left, "--skip", *skip)
    messages: queue.Queue = queue.Queue()
    threading.Thread(target=_listen, args=(process.stdout, messages), daemon=True).start()
    todo = set(left)
    try:
        deadline = time.monotonic() + START_SECONDS
        while todo:
            try:
                message = messages.get(timeout=max(deadline - time.monotonic(), 0))
            except queue.Empty:
                state.death = _too_long(state, left)
                return
            if message is None:
                state.death = _ended(process, state)
                return
            if "printed" in message:
                state.printed_by[state.section] = state.printed + message["printed"]
            elif "loading" in message:
                state.loading = message["loading"]
                deadline = time.monotonic() + LOAD_SECONDS
            elif "checking" in message:
                state.check(message["checking"])
                deadline = time.monotonic() + left[state.checking].seconds
            elif message["outcome"]["task"] in todo:
                todo.remove(message["outcome"]["task"])
                yield Outcome(**{**message["outcome"], "printed": state.printed})
    finally:
        _end(process)


def _start(*arguments: str) -> subprocess.Popen:
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONUNBUFFERED": "1",
                   "MPLBACKEND": "agg"}  # a learner's plt.show() must not wait for a window
    return subprocess.Popen([sys.executable, "-c", WORKER, str(LESSONS.parent), *arguments],
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, env=environment,
                            start_new_session=os.name == "posix")


def _listen(stream, messages: queue.Queue) -> None:
    """Pass the messages on as they come, and `None` at the end."""
    try:
        for line in stream:
            try:
                messages.put(json.loads(line))
            except ValueError:  # cut short by the end of the process
                pass
    except ValueError:  # closed by `_end` while it was being read
        pass
    messages.put(None)


def _too_long(state: _State, tasks: dict[str, Task]) -> str:
    if state.section is None:
        return f"Python did not start within {START_SECONDS:g} s"
    seconds = LOAD_SECONDS if state.checking is None else tasks[state.checking].seconds
    return (f"given up after {seconds:g} s: is there a loop that does not end? "
            "(python -m lessons hint helps with what should end it)")


def _ended(process: subprocess.Popen, state: _State) -> str:
    """Why the process has ended without being told to."""
    complaint = process.stderr.read().decode("utf-8", "replace")
    exit_code = process.wait()
    if state.section is None:  # nothing of the learner's has run yet
        last = complaint.strip().splitlines() or [f"exit code {exit_code}"]
        places = [line.strip() for line in last if line.strip().startswith("File ")]
        where = places[-1].replace('"', "").removeprefix("File ") if places else "it does not say"
        return (f"minicv or the checks themselves do not load: {last[-1]} ({where}); if you have "
                "edited them, git checkout -- minicv lessons brings them back")
    if exit_code < 0:
        name = signal.Signals(-exit_code).name
        why = (f": out of memory? (a check may have {MEMORY / 2**30:g} GB)" if name == "SIGKILL"
               else "")
        return f"Python crashed ({name}) while this ran{why}"
    return f"the code ended Python (exit code {exit_code}); a check needs the function to return"


def _end(process: subprocess.Popen) -> None:
    """End the process, and on POSIX all that it has started."""
    if os.name == "posix":
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
    else:
        process.kill()
    process.wait()
    process.stderr.close()
