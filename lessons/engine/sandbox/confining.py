"""Where a process of a check runs: at home, or in a room of its own, as for a class's answers.

In a room the code of a submission has a folder that is thrown away, none of the caller's variables
(which may hold keys), and, where Linux lets us (`unshare`), no network and no process that outlives
it. It is still a process of this user, who can read what he can read: for strangers' code take a
user or a container of its own.
"""

from __future__ import annotations

import functools
import os
import site
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

KEPT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")
ALONE = ["--net", "--pid", "--fork", "--kill-child"]


@dataclass(frozen=True)
class Room:
    """Where a process runs.

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
