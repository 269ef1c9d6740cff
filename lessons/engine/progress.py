"""What a learner has done so far, in a small text file that lies with the answers."""

from __future__ import annotations

from pathlib import Path

from lessons import NotLoaded, replace_file

HEAD = "# What the checks have found. Safe to delete: ticks and hints begin anew."


class Progress:
    """What has been done so far: `progress.txt` in a folder of answers; it need not exist.

        # What the checks have found. Safe to delete: ticks and hints begin anew.
        1.4:0 passed
        1.4a passed hints=2
        1.4b open solution=1

    A line a task; every lesson has a task 0, so its tick stands under 1.4:0, and its hints under 0.
    Lines and words that this version of minicv does not know are kept as they are, so that going to
    another version and back loses nothing. The file is written whole or not at all, and what
    another command has put down in the meantime (a hint, while a check was running) is kept.
    """

    def __init__(self, folder: Path):
        self._path = folder / "progress.txt"
        self._lines = self._read()
        self._changes: dict[tuple[str, str], str] = {}  # (task, "state" or "hints"): value

    def _read(self) -> list[list[str]]:
        if not self._path.is_file():
            return []
        text = self._path.read_text(encoding="utf-8", errors="replace")
        return [line.split(" ") for line in text.splitlines() if line != HEAD]

    def _words(self, task: str) -> list[str]:
        """The line of a task, to be read or changed in place; empty if there is none."""
        return next((line for line in self._lines if line[0] == task), [])

    def passed(self, task: str) -> bool:
        """Whether the task passed when it was last checked."""
        return self._words(task)[1:2] == ["passed"]

    def begun(self, task: str) -> bool:
        """Whether the task is known to be neither passed nor untouched."""
        return self._words(task)[1:2] == ["open"]

    def set_passed(self, task: str, passed: bool | None) -> None:
        """Tick a task, or take the tick away; `None` forgets that it was begun."""
        if passed is not None or self._words(task):
            self._change(task, "state", {True: "passed", False: "open", None: "todo"}[passed])

    def count(self, task: str, what: str) -> int:
        """How often something was shown: `hints` or `solution`."""
        values = [word.partition("=")[2] for word in self._words(task)[2:]
                  if word.startswith(f"{what}=")]
        return next((int(value) for value in values if value.isdecimal()), 0)

    def set_count(self, task: str, what: str, count: int) -> None:
        self._change(task, what, str(count))

    def _change(self, task: str, what: str, value: str) -> None:
        self._changes[task, what] = value
        if not self._words(task):
            self._lines.append([task, "todo"])
        line = self._words(task)
        if what == "state":
            line[1:2] = [value]
        else:
            line[2:] = [*(word for word in line[2:] if not word.startswith(f"{what}=")),
                        f"{what}={value}"]

    def save(self) -> None:
        """Put the changes down in the file as it is now; make it, and the folder, if need be.

        A minicv that does not load is a remark, and no more: what a check has found is on the
        screen all the same. If the file cannot be written, the old one stays as it was.
        """
        self._lines = self._read()
        for (task, what), value in list(self._changes.items()):
            self._change(task, what, value)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with replace_file(self._path, "w") as file:
                file.write("\n".join([HEAD, *map(" ".join, self._lines)]) + "\n")
        except NotLoaded as error:
            print(f"note: ticks and hints are not saved: {error}")
