"""Files: written whole or not at all, and read without trust.

How a file is written is told in `minicv.replacing`.  How one is read:

*Never pickle.*  A pickled file can run any code while it is read.  An `.npz` archive of plain
arrays cannot, so this is the only format in which minicv keeps numbers: a zip file of members
`NAME.npy`, each a header (shape, order, type of the numbers) and the bytes of the numbers.

*Never more than there is.*  Nothing is allocated for what a file only says about itself: room grows
with the bytes that come, and then the two are compared.  So reading takes memory for the numbers
that are in the file, and no more: less than 1,200 times its size, since no byte of *deflate*, the
compression, stands for more than 1,032, and the rest is room in which an array grows.
"""

from __future__ import annotations

import math
import os
import struct
import sys
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import IO

import numpy as np

from minicv import checks
from minicv.replacing import replace_file

__all__ = ["load_npz", "replace_file", "save_npz"]

# What zipfile raises, depending on which byte of an archive is wrong.
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError,
           RuntimeError, OverflowError, LookupError, struct.error)
COMPRESSIONS = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED  # those whose memory is bounded
DEFLATE_RATIO = 1032  # a match of 258 bytes in two bits: no byte of deflate inflates to more
_KINDS = "biufcSU"  # booleans, numbers and text: what is kept in files


def save_npz(path: str | os.PathLike, arrays: Mapping[str, np.ndarray]) -> None:
    """Write named arrays as a compressed `.npz` archive, whole or not at all.

    Parameters
    ----------
    path : path
        The file to create or replace.
    arrays : mapping from names to arrays
        Names of printable characters, without a backslash. They do not end in ".npy", which NumPy
        takes off when it reads, nor lead out of a folder into which somebody may unpack them.

    Raises
    ------
    TypeError
        An entry is not an array of numbers, booleans or text (it would need pickle).
    ValueError
        A name that cannot be kept.

    Examples
    --------
    >>> import tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "layer.npz")
    >>> save_npz(path, {"0.weight": np.eye(2), "0.bias": np.zeros(2)})
    >>> load_npz(path)["0.weight"].tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    checks.instance(arrays, "arrays", Mapping)
    arrays = {_checked_name(name): checks.numbers(value, f"entry {name!r}", kinds=_KINDS,
                                                  finite=False) for name, value in arrays.items()}
    # numpy.savez takes the arrays as keyword arguments, so that one named "file" cannot be saved.
    content = BytesIO()
    archive = zipfile.ZipFile(content, "w")  # without `with`, whose end could hide a Ctrl-C
    for name, value in arrays.items():
        entry = zipfile.ZipInfo(f"{name}.npy")  # dated 1980, so equal arrays make equal files
        entry.compress_type = zipfile.ZIP_DEFLATED
        with archive.open(entry, "w", force_zip64=True) as member:
            np.lib.format.write_array(member, value, allow_pickle=False)
    archive.close()
    with replace_file(path) as file:
        file.write(content.getbuffer())


def _checked_name(name: str) -> str:
    """The name of an entry, if zip files and NumPy give it back as it is."""
    checks.instance(name, "a name in arrays", str)
    if (not 0 < len(name) <= 1000 or not name.isprintable() or "\\" in name
            or name.endswith(".npy") or name.startswith("/") or ".." in name.split("/")):
        raise ValueError(f"the name {checks.brief(name)} cannot be kept: a name has 1 to 1000 "
                         "printable characters, no backslash, no .npy at its end, and does not "
                         "lead out of a folder")
    return name


# --------------------------------------------------------------------------------------------
# Reading
# --------------------------------------------------------------------------------------------


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
        From names to arrays of numbers, booleans or text.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    ValueError
        The file is no `.npz` archive, is cut short or damaged, holds pickled objects or anything
        else but arrays, promises more than it has, or lacks an entry. The file is named.

    Examples
    --------
    >>> import tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "points.npz")
    >>> save_npz(path, {"points": np.zeros((2, 3))})
    >>> load_npz(path, required=("points",))["points"].shape
    (2, 3)
    """
    path = checks.file(path)
    names = checks.several(required, "required", str)
    with blamed_on(path), open(path, "rb") as file, zipfile.ZipFile(file) as archive:
        members = _members(archive, os.fstat(file.fileno()).st_size, names)
        return {name: _read_array(archive, member) for name, member in members.items()}


@contextmanager
def blamed_on(path: str | os.PathLike | zipfile.Path) -> Iterator[None]:
    """Make an error over what is in a file a ValueError that names it.

    Examples
    --------
    >>> with blamed_on("points.npz"):
    ...     checks.numbers([np.nan], "points")
    Traceback (most recent call last):
    ValueError: points.npz: 1 of the 1 numbers of points is NaN or infinite, the first at 0
    """
    try:
        yield
    except _DAMAGE as error:
        if isinstance(error, FileNotFoundError) or getattr(error, "filename", None):
            raise  # it names the file already
        raise ValueError(f"{path} is cut short, damaged or something else ({error!r}); copy, "
                         "download or make it again") from error
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from error


def _members(archive: zipfile.ZipFile, size: int,
             required: Sequence[str]) -> dict[str, zipfile.ZipInfo]:
    """The members of an archive by name, if all are arrays, and no more than its size can hold."""
    listed = archive.infolist()
    members = {member.filename.removesuffix(".npy"): member for member in listed}
    for member in listed:
        if not member.filename.endswith(".npy") or member.compress_type not in COMPRESSIONS:
            raise ValueError(f"the entry {member.filename!r} is no array in NumPy's format")
    if len(members) < len(listed):
        raise ValueError("two entries have the same name")
    promised = sum(member.file_size for member in listed)
    if promised > DEFLATE_RATIO * size:
        raise ValueError(f"{size} bytes cannot hold the {promised} that its entries promise")
    if missing := [repr(name) for name in required if name not in members]:
        raise ValueError(f"it lacks the entry {', '.join(missing)}; it holds {list(members)}")
    return members


def _read_array(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> np.ndarray:
    """An array whose bytes are what its header says."""
    name = member.filename
    with archive.open(member) as stream:
        shape, fortran_order, dtype = _read_header(stream, name)
        content = bytearray()
        while chunk := stream.read(1 << 20):
            content += chunk
    if dtype.hasobject:
        raise ValueError(f"the entry {name!r} holds pickled Python objects, which can run code: "
                         "save plain arrays instead")
    if (dtype.kind not in _KINDS or dtype.itemsize == 0 or min(shape, default=0) < 0
            or len(content) != math.prod(shape) * dtype.itemsize):
        raise ValueError(f"the entry {name!r} holds {len(content)} bytes, which is no array of "
                         f"numbers or text, {checks.brief(shape)} {dtype}")
    if dtype.kind == "U":
        codes = np.frombuffer(content, np.dtype(np.uint32).newbyteorder(dtype.byteorder))
        if codes.max(initial=0) > sys.maxunicode:
            raise ValueError(f"the entry {name!r} is no text")
    return np.ndarray(shape, dtype, content, order="F" if fortran_order else "C")


def _read_header(stream: IO[bytes], name: str) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, order and type of an array in NumPy's format."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the headers that Python 2 wrote, which are sound
            if np.lib.format.read_magic(stream) == (1, 0):
                return np.lib.format.read_array_header_1_0(stream)
            return np.lib.format.read_array_header_2_0(stream)
    except Exception as error:  # NumPy reads it with Python's own parser, which raises any kind
        raise ValueError(f"the entry {name!r} has no header of NumPy's format, or a damaged one "
                         f"({error})") from error
