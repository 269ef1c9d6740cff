"""The line on the terminal that says how far a training is."""

from __future__ import annotations

import shutil
import sys
import time

from minicv.nn.history import History


class ProgressLine:
    """One line on stderr, written over and over; nothing at all if stderr is not a terminal.

    Takes the number of the last epoch, the batches in an epoch if known, and the history, which
    has the best validation loss so far.
    """

    def __init__(self, last_epoch: int, n_batches: int | None, history: History):
        self._last_epoch = last_epoch
        self._of_batches = "" if n_batches is None else f"/{n_batches}"
        self._history = history
        self._now = ""
        self._next_time = 0.0
        self._width = 0

    def show(self, epoch: int, batch: int, train_loss: float) -> None:
        """Note how far the training is, and write it, but at most ten times a second."""
        if sys.stderr.isatty():
            self._now = (f"epoch {epoch}/{self._last_epoch}  batch {batch}{self._of_batches}  "
                         f"loss {train_loss:.4f}")
            if time.perf_counter() >= self._next_time:
                self._next_time = time.perf_counter() + 0.1
                self._write()

    def _write(self) -> None:
        text, best = self._now, self._history.best
        if best is not None:
            text += f"  best validation {best.val_loss:.4f} (epoch {best.epoch})"
        # A line that the terminal wraps cannot be written over; blanks cover a longer old one.
        text = text[:shutil.get_terminal_size().columns - 1]
        print("\r" + text.ljust(self._width), end="", file=sys.stderr, flush=True)
        self._width = len(text)

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(self, *error: object) -> None:
        """Write how far the training came, and end the line."""
        if self._width:
            self._write()
            print(file=sys.stderr)
