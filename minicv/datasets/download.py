"""Fetch the Penn-Fudan photographs: resumed where it stopped, checked, unpacked without trust.

The photographs are not ours to ship, so whoever wants them fetches them from their authors' site.
Three things can go wrong on the way, and each has its remedy.

*The connection breaks.*  What has arrived stays in `PennFudanPed.zip.part`, and the next call asks
for the rest only: ``Range: bytes=N-``.  The file may have changed in between, and old and new
halves would make a broken whole.  So we note the validator that came with the first half (its ETag,
else its date) and send it along as ``If-Range``: the server answers 206 with the rest if the file
is still the same, and 200 with all of it if it is not, or if the server knows no ranges (RFC 9110,
sections 13.1.5 and 14).

*The file is not what it should be*: an error page, a damaged copy, another data set.  A zip file
holds a checksum (CRC-32) of each member, which we compare while unpacking, and we know by name
which pictures there must be.

*The file is hostile.*  A member called ``../../.bashrc`` would be written outside the folder, one
that is a symbolic link would lead there, and a few bytes can unpack to more than the disk holds.
Such archives are refused as a whole, before anything is written.

All is unpacked into a temporary folder, which is renamed at the end: `PennFudanPed` is there
complete, or not at all.
"""

from __future__ import annotations

import http.client
import os
import re
import shutil
import stat
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from minicv.datasets.penn_fudan import PennFudan
from minicv.files import replace_file

PENN_FUDAN_URL = "https://www.cis.upenn.edu/~jshi/ped_html/PennFudanPed.zip"

# 74 photographs taken around Fudan University, 96 around the University of Pennsylvania.
_PICTURES = [f"FudanPed{number:05d}" for number in range(1, 75)] + [
    f"PennPed{number:05d}" for number in range(1, 97)]

_TOP = "PennFudanPed"
_MOST_BYTES = 500_000_000  # ten times what the file is, packed and unpacked alike
_MOST_MEMBERS = 10_000
_CHUNK = 1 << 16
_TIMEOUT = 30.0  # seconds without a byte

# What zipfile raises, depending on which byte is wrong; RuntimeError is for encrypted members.
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


def download_penn_fudan(folder: str | os.PathLike, url: str = PENN_FUDAN_URL) -> Path:
    """Fetch and unpack the Penn-Fudan photographs, unless they are there.

    A `PennFudanPed.zip` that is in the folder is unpacked without asking the server. On a terminal
    a progress line is shown on stderr. After a broken connection, a full disk or Ctrl-C, call it
    again: it goes on where it stopped.

    Parameters
    ----------
    folder : where `PennFudanPed` and `PennFudanPed.zip` go; made if needed.
    url : http or https.

    Returns
    -------
    The folder `PennFudanPed`, for `PennFudan`.

    Raises
    ------
    ConnectionError : the server cannot be reached, refuses, or the connection broke off.
    OSError : the folder cannot be written to, or the disk is full.
    ValueError : what came is not the data: not a whole zip file, a wrong checksum, a missing
        picture, a member that would be unpacked elsewhere, or too much of it (that file is
        deleted, if it was fetched by this call); a folder `PennFudanPed` is there, but not
        complete; or `url` is of another kind.
    """
    if not url.lower().startswith(("http://", "https://")):
        raise ValueError(f"url must start with http:// or https://, got {url!r}")
    folder = Path(folder)
    target, archive = folder / _TOP, folder / f"{_TOP}.zip"
    if target.exists():
        _check_complete(target)
        return target
    folder.mkdir(parents=True, exist_ok=True)
    if not archive.exists():
        _download(url, archive)
        with _deleted_if_wrong(archive):
            _unpack(archive, target)
    else:
        _unpack(archive, target)
    return target


@contextmanager
def _deleted_if_wrong(fetched: Path) -> Iterator[None]:
    """Delete what turns out not to be the data, or the next call would trip over it again."""
    try:
        yield
    except ValueError:
        fetched.unlink(missing_ok=True)
        raise


def _check_complete(folder: Path) -> None:
    missing = sorted(set(_PICTURES) - set(PennFudan(folder).names))
    if missing:
        raise ValueError(f"{folder} lacks {len(missing)} of the {len(_PICTURES)} pictures, "
                         f"{missing[0]}.png among them. PennFudan reads it as it is; to fetch all "
                         "of them, move it away first")


# --------------------------------------------------------------------------------------------
# Over the network
# --------------------------------------------------------------------------------------------


def _download(url: str, path: Path) -> None:
    """Fetch `url` as `path`, going on with the `.part` file of an earlier attempt."""
    part = path.with_name(f"{path.name}.part")
    note = path.with_name(f"{path.name}.part.from")  # the URL and the validator of what `part` has
    have = part.stat().st_size if part.exists() else 0
    noted_url, _, validator = (note.read_text("utf-8") if note.exists() else "").partition("\n")
    if noted_url != url or not validator:
        have = 0
    with _ask(url, have, validator) as response, _deleted_if_wrong(part):
        start, total = _extent(response, have)
        with _disk_errors_explained(part), open(part, "ab" if start else "wb") as file:
            if start == 0:  # the old half is gone by now: the new validator cannot speak for it
                with replace_file(note, "w") as noted:
                    noted.write(f"{url}\n{_validator(response)}")
            received = _receive(response, file, start, total)
    if total is not None and received < total:
        raise ConnectionError(f"the connection to {url} broke off after {received} of {total} "
                              "bytes; call again to go on from there")
    os.replace(part, path)
    note.unlink()


@contextmanager
def _disk_errors_explained(path: Path) -> Iterator[None]:
    """Say what was being written, which the system's "No space left on device" does not."""
    try:
        yield
    except ConnectionError:
        raise
    except OSError as error:
        raise OSError(error.errno, f"{error.strerror}; what was written so far is kept: make room, "
                      "or the folder writable, and call again to go on from there",
                      str(path)) from error


def _ask(url: str, have: int, validator: str):
    """The server's answer to a request for all that comes after the first `have` bytes."""
    headers = {"User-Agent": "minicv"}
    if have:
        headers |= {"Range": f"bytes={have}-", "If-Range": validator}
    try:
        return urllib.request.urlopen(urllib.request.Request(url, headers=headers),
                                      timeout=_TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code == 416 and have:  # there is nothing after what we have: start again
            return _ask(url, 0, "")
        raise ConnectionError(f"{url}: the server answered {error.code} {error.reason}; is the "
                              "address right? A zip file from elsewhere can be put into the "
                              "folder by hand") from error
    except (OSError, http.client.HTTPException) as error:  # URLError is an OSError
        raise ConnectionError(f"cannot reach {url}: {getattr(error, 'reason', error)}") from error


def _extent(response, have: int) -> tuple[int, int | None]:
    """Where the bytes of an answer belong, and how long the whole file is (None: not said)."""
    if response.status == 206:
        extent = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", response.headers.get("Content-Range", ""))
        if not extent or int(extent[1]) != have:
            raise ConnectionError(f"asked for the bytes from {have} on, the server sent "
                                  f"{response.headers.get('Content-Range')!r}; delete the .part "
                                  "file and call again")
        start, total = have, int(extent[2])
    else:
        length = response.headers.get("Content-Length")
        start, total = 0, int(length) if length and length.isdecimal() else None
    _check_amount(total or 0, response.url)
    return start, total


def _validator(response) -> str:
    """What names this version of the file; empty if nothing does, and then there is no resuming."""
    etag = response.headers.get("ETag", "")
    if etag and not etag.startswith("W/"):  # a weak one may stand for different bytes
        return etag
    return response.headers.get("Last-Modified", "")


def _receive(response, file, received: int, total: int | None) -> int:
    """Append the answer to the file; how many bytes the file then holds."""
    try:
        while chunk := _read(response, received):
            received += len(chunk)
            file.write(chunk)
            _check_amount(received, response.url)
            _show_progress(received, total)
        return received
    finally:
        _show_progress(received, total, end="\n")


def _read(response, received: int) -> bytes:
    try:
        return response.read(_CHUNK)
    except (OSError, http.client.HTTPException) as error:
        raise ConnectionError(f"the connection to {response.url} broke off after {received} bytes "
                              f"({error}); call again to go on from there") from error


def _check_amount(n_bytes: int, url: str) -> None:
    if n_bytes > _MOST_BYTES:
        raise ValueError(f"{url} sends {n_bytes} bytes or more; the data has a tenth of "
                         f"{_MOST_BYTES}, so this is something else")


def _show_progress(received: int, total: int | None, end: str = "") -> None:
    if sys.stderr.isatty():
        of_total = "" if total is None else f" of {total / 1e6:.1f}"
        print(f"\rPenn-Fudan: {received / 1e6:.1f}{of_total} MB", end=end, file=sys.stderr,
              flush=True)


# --------------------------------------------------------------------------------------------
# Out of the zip file
# --------------------------------------------------------------------------------------------


def _unpack(archive: Path, target: Path) -> None:
    """Unpack the zip file as the folder `target`, whole or not at all."""
    with _disk_errors_explained(target):
        temporary = Path(tempfile.mkdtemp(".part", f".{_TOP}.", dir=target.parent))
        try:
            with zipfile.ZipFile(archive) as opened:
                _check_members(opened.infolist())
                opened.extractall(temporary)  # compares the checksum of each member
            os.replace(temporary / _TOP, target)
        except _DAMAGE as error:
            raise ValueError(f"{archive} is not a whole, sound zip file: {error}") from error
        except ValueError as error:
            raise ValueError(f"{archive}: {error}; nothing was unpacked") from error
        finally:
            shutil.rmtree(temporary)


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    """Refuse an archive that lacks a picture, or could write outside of PennFudanPed."""
    unpacked = sum(member.file_size for member in members)
    if len(members) > _MOST_MEMBERS or unpacked > _MOST_BYTES:
        raise ValueError(f"{len(members)} members of {unpacked} bytes together; at most "
                         f"{_MOST_MEMBERS} and {_MOST_BYTES} are unpacked")
    for member in members:
        parts = member.filename.removesuffix("/").split("/")
        # Letters, digits, blanks, dots, dashes: no "C:", no backslash; and neither "." nor "..".
        is_plain = all(re.fullmatch(r"[\w .-]+", part, re.ASCII) and part.strip(" .")
                       for part in parts)
        if parts[0] != _TOP or not is_plain or max(map(len, parts)) > 255:
            raise ValueError(f"the member {member.filename!r} would not be unpacked into {_TOP}")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError(f"the member {member.filename!r} is compressed in a way that the "
                             "data is not")
        if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise ValueError(f"the member {member.filename!r} is a link or a device, not a file")
    names = [member.filename for member in members]
    if len({name.lower() for name in names}) < len(names):
        raise ValueError("two members have the same name")
    folders = {str(parent) for name in names for parent in PurePosixPath(name).parents}
    if not folders.isdisjoint(name for name in names if not name.endswith("/")):
        raise ValueError("a member is a file, and the folder of another one")
    wanted = [f"{_TOP}/{file}" for name in _PICTURES
              for file in (f"PNGImages/{name}.png", f"PedMasks/{name}_mask.png")]
    missing = sorted(set(wanted) - set(names))
    if missing:
        raise ValueError(f"{len(missing)} of {len(wanted)} pictures and masks are missing, "
                         f"{missing[0]} among them")
