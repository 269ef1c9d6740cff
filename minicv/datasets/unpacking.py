"""Unpack a zip file without trusting it, whole or not at all.

A zip file from elsewhere may not be what it should be: it holds a checksum (CRC-32) of each member,
which we compare while unpacking, and we know by name which files there must be.

It may be hostile.  A member called ``../../.bashrc`` would be written outside the folder, one that
is a symbolic link would lead there, and a few bytes can unpack to more than the disk holds.  Such
archives are refused as a whole, before anything is written.

All is unpacked into a temporary folder, which is renamed at the end.  Who is killed meanwhile
leaves it behind, and the next call removes it.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from minicv.files import COMPRESSIONS
from minicv.replacing import lock

MOST_BYTES = 500_000_000  # ten times what the Penn-Fudan data is, packed and unpacked alike
_MOST_MEMBERS = 10_000

# What zipfile raises, depending on which byte is wrong; RuntimeError is for encrypted members.
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


def unpack(archive: Path, target: Path, wanted: Iterable[str]) -> None:
    """Unpack a zip file of one folder as the folder `target`, whole or not at all.

    Parameters
    ----------
    archive : Path
    target : Path
        Its name must be that of the folder in the archive.
    wanted : iterable of str
        Files that must be there, as "PNGImages/one.png".

    Raises
    ------
    ValueError
        The archive is damaged, hostile, or lacks a file that is wanted.
    OSError
        The folder cannot be written to, or the disk is full.
    """
    temporary = target.with_name(f".{target.name}.part")
    with disk_errors_explained(target), open(archive, "rb") as file:
        lock(file)  # who unpacks it at the same time comes after us
        shutil.rmtree(temporary, ignore_errors=True)  # of somebody who was killed
        try:
            with zipfile.ZipFile(file) as opened:
                _check_members(opened.infolist(), target.name,
                               [f"{target.name}/{name}" for name in wanted])
                opened.extractall(temporary)  # compares the checksum of each member
            if hasattr(os, "sync"):
                os.sync()  # the files are on the disk before the name is
            os.replace(temporary / target.name, target)
        except _DAMAGE as error:
            raise ValueError(f"{archive} is not a whole, sound zip file: {error}") from error
        except ValueError as error:
            raise ValueError(f"{archive}: {error}; nothing was unpacked") from error
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def _check_members(members: list[zipfile.ZipInfo], top: str, wanted: list[str]) -> None:
    """Refuse an archive that lacks a file, or could write outside of the folder `top`."""
    unpacked = sum(member.file_size for member in members)
    if len(members) > _MOST_MEMBERS or unpacked > MOST_BYTES:
        raise ValueError(f"{len(members)} members of {unpacked} bytes together; at most "
                         f"{_MOST_MEMBERS} and {MOST_BYTES} are unpacked")
    # Letters, digits, blanks, dots, dashes: no "C:", no backslash; and neither "." nor "..".
    plain = re.compile(rf"{re.escape(top)}(/[ .]*[\w-][\w .-]*)*/?", re.ASCII)
    for member in members:
        name = member.filename
        if not plain.fullmatch(name) or len(name) > 255:
            raise ValueError(f"the member {name!r} would not be unpacked into {top}")
        if member.compress_type not in COMPRESSIONS:
            raise ValueError(f"the member {name!r} is compressed in a way that the data is not")
        if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise ValueError(f"the member {name!r} is a link or a device, not a file")
    names = [member.filename.lower().removesuffix("/") for member in members]
    files = {member.filename.lower() for member in members if not member.is_dir()}
    folders = {str(parent) for name in names for parent in PurePosixPath(name).parents}
    if len(set(names)) < len(names) or not files.isdisjoint(folders):
        raise ValueError("two members have the same name, or one is the folder of another")
    if missing := sorted(set(wanted) - {member.filename for member in members}):
        raise ValueError(f"{len(missing)} of {len(wanted)} pictures and masks are missing, "
                         f"{missing[0]} among them")


@contextmanager
def disk_errors_explained(path: Path) -> Iterator[None]:
    """Say what was being written, which the system's "No space left on device" does not."""
    try:
        yield
    except ConnectionError:
        raise
    except OSError as error:
        raise OSError(error.errno, f"{error.strerror}; make room, or the folder writable, and call "
                      "again to go on from there", str(path)) from error
