"""A file that is written whole or not at all.

A program that dies while it writes (a full disk, Ctrl-C, kill -9) must not leave half a file under
the name of a good one.  So we write a temporary file in the same folder, wait until it is on the
disk (*fsync*), and rename it: a rename within a folder replaces the old file in one step, and after
a power cut one of the two is there.

Who is killed cannot clean up: it leaves `.NAME.xxxxxxxx.part` behind, and the next save of that
name removes it.  How do we know that nobody is still writing it?  The writer holds a lock on it,
which the system takes away when a process ends, of whatever cause.  (The number of the process in
the name would mislead where two machines or containers share a folder.)  Windows has no such lock,
but does not remove a file that is open.
"""

from __future__ import annotations

import glob
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from minicv import checks

if sys.platform != "win32":
    import fcntl


@contextmanager
def replace_file(path: str | os.PathLike, mode: str = "wb") -> Iterator[IO]:
    """Open a temporary file beside `path`; rename it to `path` if the block ends without an error.

    Parameters
    ----------
    path : path
        The file to create or replace; its folder must exist.
    mode : {"wb", "w"}
        "wb" for bytes, "w" for text (UTF-8, lines end in a newline on every system).

    Raises
    ------
    OSError
        The folder is missing, not writable or full, or `path` is no ordinary file. `path` is then
        as it was before.

    Examples
    --------
    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "hello.txt"
    >>> with replace_file(target, "w") as file:
    ...     _ = file.write("hello")
    >>> target.read_text()
    'hello'
    """
    path = checks.path(path)
    checks.choice(mode, "mode", ("wb", "w"))
    if not os.path.isdir(path.parent):
        raise FileNotFoundError(f"cannot write {path}: the folder {path.parent} does not exist; "
                                "create it first")
    if os.path.exists(path) and not os.path.isfile(path):
        raise FileExistsError(f"cannot write {path}: a folder or a device has that name")
    _remove_abandoned(path)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with _create_locked(temporary, mode) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            if sys.platform == "win32":
                file.close()  # Windows renames no file that is open
            os.replace(temporary, path)
        _sync_folder(path.parent)
    except BaseException as error:  # Ctrl-C too: the half-written file goes, whatever stopped us
        with suppress(OSError):  # it is renamed already, or the next save removes it
            temporary.unlink()
        if isinstance(error, OSError) and error.errno and error.filename in (None, str(temporary)):
            # A full disk does not say what was written.
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise


def _create_locked(path: Path, mode: str) -> IO:
    """A new file, locked until it is closed or its process is dead."""
    encoding, newline = (None, None) if mode == "wb" else ("utf-8", "\n")
    while True:
        file = open(path, mode.replace("w", "x"), encoding=encoding, newline=newline)
        lock(file)
        if os.fstat(file.fileno()).st_nlink > 0:
            return file
        file.close()  # another process has removed it before it was locked


def lock(file: IO) -> None:
    """Lock a file until it is closed or this process is dead; wait for who has locked it now."""
    if sys.platform != "win32":
        with suppress(OSError):  # some network drives know no locks: nothing is removed there
            fcntl.flock(file, fcntl.LOCK_EX)


def _remove_abandoned(path: Path) -> None:
    """Remove the temporary files of `path` whose writers are dead."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.{'[0-9a-z_]' * 8}.part"):
        with suppress(OSError):  # it is being written, or not ours to remove
            if sys.platform == "win32":
                left.unlink()
            else:
                with open(left, "rb") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    left.unlink()


def _sync_folder(folder: Path) -> None:
    """Wait until a rename is on the disk, where the system knows how to."""
    if sys.platform != "win32":
        with suppress(OSError):
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
