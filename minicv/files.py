"""Files: written whole or not at all, and read without ever running what is inside.

Two habits that the rest of minicv relies on.

*Whole or not at all.*  A program that dies while it writes (a full disk, Ctrl-C) must not leave
half a file under the name of a good one.  So we write to a temporary file in the same folder and
rename it at the end: a rename within a folder replaces the old file in one step.

*Never pickle.*  A pickled file can run any code while it is read.  An `.npz` archive of plain
arrays cannot, so this is the only format in which minicv keeps numbers, and arrays of Python
objects are refused.
"""

from __future__ import annotations

import lzma
import os
import struct
import tempfile
import tokenize
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np

# What zipfile and NumPy raise, depending on which byte of an archive is wrong.
ARCHIVE_DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError,
                  NotImplementedError, RuntimeError, SyntaxError, OverflowError, MemoryError,
                  LookupError, struct.error, tokenize.TokenError)


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
        The folder is missing, not writable or full. `path` is then as it was before.

    Examples
    --------
    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "hello.txt"
    >>> with replace_file(target, "w") as file:
    ...     _ = file.write("hello")
    >>> target.read_text()
    'hello'
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"cannot write {path}: the folder {path.parent} does not exist; "
                                "create it first")
    encoding, newline = (None, None) if "b" in mode else ("utf-8", "\n")
    descriptor, temporary = tempfile.mkstemp(".part", f".{path.name}.", dir=path.parent)
    try:
        with open(descriptor, mode, encoding=encoding, newline=newline) as file:
            yield file
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)  # mkstemp makes files that only their owner can read
        os.replace(temporary, path)
    except BaseException as error:  # Ctrl-C too: the half-written file goes, whatever stopped us
        Path(temporary).unlink(missing_ok=True)  # missing: stopped just after the rename
        if isinstance(error, OSError) and error.errno and error.filename is None:
            error.filename = str(path)  # a full disk does not say what was written
        raise


def save_npz(path: str | os.PathLike, arrays: Mapping[str, np.ndarray]) -> None:
    """Write named arrays as a compressed `.npz` archive, whole or not at all.

    Parameters
    ----------
    path : path
        The file to create or replace.
    arrays : mapping from names to arrays
        Names as one likes, but for those that end in ".npy".

    Raises
    ------
    TypeError
        An entry is not an array of numbers, booleans or text (it would need pickle).
    ValueError
        A name ends in ".npy", which NumPy takes off when it reads.
    """
    arrays = {name: np.asarray(value) for name, value in arrays.items()}
    for name, value in arrays.items():
        if value.dtype.hasobject:
            raise TypeError(f"entry {name!r} holds Python objects; "
                            "only arrays of numbers or text can be saved")
        if name.endswith(".npy"):
            raise ValueError(f"the name {name!r} ends in '.npy', which NumPy adds itself")
    # numpy.savez takes the arrays as keyword arguments, so that one named "file" cannot be saved.
    with replace_file(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name, value in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy")  # dated 1980, so equal arrays make equal files
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as member:
                np.lib.format.write_array(member, value, allow_pickle=False)


def load_npz(path: str | os.PathLike, required: tuple[str, ...] = ()) -> dict[str, np.ndarray]:
    """Read all arrays of an `.npz` archive into memory.

    Parameters
    ----------
    path : path
        The archive.
    required : tuple of str
        Names that must be in it.

    Returns
    -------
    dict
        From names to arrays.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    ValueError
        The file is no `.npz` archive, is cut short or damaged, holds pickled objects or anything
        else but arrays, or lacks an entry.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    if not zipfile.is_zipfile(path):
        raise ValueError(f"{path} is not a complete .npz archive ({path.stat().st_size} bytes): "
                         "it may be cut short; copy, download or make it again")
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except (*ARCHIVE_DAMAGE, ValueError) as error:
        if "allow_pickle" in str(error):
            raise ValueError(f"{path} holds pickled Python objects, which minicv never loads "
                             "(they can run code); save plain arrays instead") from error
        raise ValueError(f"{path} is damaged ({error}); copy, download or make it again") from error
    for name, value in arrays.items():
        if not isinstance(value, np.ndarray):
            raise ValueError(f"{path}: the entry {name!r} is no array in NumPy's format")
    missing = [name for name in required if name not in arrays]
    if missing:
        raise ValueError(f"{path} lacks the entry {', '.join(map(repr, missing))}; "
                         f"it holds {list(arrays)}")
    return arrays
