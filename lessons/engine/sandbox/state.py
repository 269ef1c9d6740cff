"""What the process of a check is at, and what there is to say if it dies."""

from __future__ import annotations

import signal
from dataclasses import dataclass, field

from lessons.engine.sandbox.loading import MEMORY
from lessons.engine.sandbox.process import PRINTED
from lessons.engine.tasks import Task
from lessons.engine.verdict import plain

START_SECONDS = 60.0  # to load NumPy and minicv, on the slowest machine and the first time
LOAD_SECONDS = 10.0  # for each section of the learner's file


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
