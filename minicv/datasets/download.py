"""Fetch the Penn-Fudan photographs: resumed where it stopped, checked, unpacked without trust.

The photographs are not ours to ship, so whoever wants them fetches them from their authors' site.
This can go wrong on the way:

*The connection breaks.*  What has arrived stays in `PennFudanPed.zip.part`, and the next call asks
for the rest only: ``Range: bytes=N-``.  The file may have changed in between, and old and new
halves would make a broken whole.  So we note the validator that came with the first half (its ETag,
else its date) and send it along as ``If-Range``: the server answers 206 with the rest if the file
is still the same, and 200 with all of it if it is not, or if the server knows no ranges (RFC 9110,
sections 13.1.5 and 14).

*The file is not what it should be, or hostile*: see `minicv.datasets.unpacking`.  `PennFudanPed` is
there complete, or not at all.
"""

from __future__ import annotations

import http.client
import os
import re
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from minicv import checks
from minicv.datasets.penn_fudan import PennFudan
from minicv.datasets.unpacking import MOST_BYTES, disk_errors_explained, unpack
from minicv.files import replace_file

PENN_FUDAN_URL = "https://www.cis.upenn.edu/~jshi/ped_html/PennFudanPed.zip"

# 74 photographs taken around Fudan University, 96 around the University of Pennsylvania.
_PICTURES = [f"FudanPed{number:05d}" for number in range(1, 75)] + [
    f"PennPed{number:05d}" for number in range(1, 97)]

FILES = [file for name in _PICTURES
          for file in (f"PNGImages/{name}.png", f"PedMasks/{name}_mask.png")]
_CHUNK = 1 << 16
_TIMEOUT = 30.0  # seconds without a byte


def download_penn_fudan(folder: str | os.PathLike, url: str = PENN_FUDAN_URL) -> Path:
    """Fetch and unpack the Penn-Fudan photographs, unless they are there.

    A `PennFudanPed.zip` that is in the folder is unpacked without asking the server. On a terminal
    a progress line is shown on stderr. After a broken connection, a full disk or Ctrl-C, call it
    again: it goes on where it stopped.

    Parameters
    ----------
    folder : str or path
        Where `PennFudanPed` and `PennFudanPed.zip` go; made if needed.
    url : str
        http or https.

    Returns
    -------
    Path
        The folder `PennFudanPed`, for `PennFudan`.

    Raises
    ------
    TypeError
        `folder` is no path, or `url` no string.
    ConnectionError
        The server cannot be reached, refuses, or the connection broke off.
    OSError
        The folder cannot be written to, or the disk is full.
    ValueError
        What came is not the data, see `unpack` (that file is deleted, if it was fetched by this
        call); a folder `PennFudanPed` is there, but not complete; or `url` is of another kind.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> for part in ("PNGImages", "PedMasks"):
    ...     (folder / "PennFudanPed" / part).mkdir(parents=True)
    >>> for file in FILES:  # as if all had been fetched before
    ...     (folder / "PennFudanPed" / file).touch()
    >>> download_penn_fudan(folder).name
    'PennFudanPed'
    """
    if not checks.instance(url, "url", str).lower().startswith(("http://", "https://")):
        raise ValueError(f"url must start with http:// or https://, got {url!r}")
    folder = checks.path(folder, "folder")
    target, archive = folder / "PennFudanPed", folder / "PennFudanPed.zip"
    if os.path.exists(target):
        if missing := sorted(set(_PICTURES) - set(PennFudan(target).names)):
            raise ValueError(f"{target} lacks {len(missing)} of the {len(_PICTURES)} pictures, "
                             f"{missing[0]}.png among them; move it away to fetch all of them")
        return target
    with disk_errors_explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
    if not archive.exists():
        _download(url, archive)
        with _deleted_if_wrong(archive):
            unpack(archive, target, FILES)
    else:
        unpack(archive, target, FILES)
    return target


@contextmanager
def _deleted_if_wrong(fetched: Path) -> Iterator[None]:
    """Delete what turns out not to be the data, or the next call would trip over it again."""
    try:
        yield
    except ValueError:
        fetched.unlink(missing_ok=True)
        raise


# --------------------------------------------------------------------------------------------
# Over the network
# --------------------------------------------------------------------------------------------


def _download(url: str, path: Path) -> None:
    """Fetch `url` as `path`, going on with the `.part` file of an earlier attempt."""
    part = path.with_name(f"{path.name}.part")
    note = path.with_name(f"{path.name}.part.from")  # the URL and the validator of what `part` has
    have = part.stat().st_size if part.exists() else 0
    noted = note.read_text("ascii", "ignore").splitlines() if note.exists() else []
    noted_url, validator = (noted + ["", ""])[:2]
    if noted_url != url or not validator:
        have = 0
    with _ask(url, have, validator) as response, _deleted_if_wrong(part):
        start, total = _extent(response, have)
        _check_amount(total or 0, response.url)
        with disk_errors_explained(part), open(part, "ab" if start else "wb") as file:
            if start == 0:  # the old half is gone by now: the new validator cannot speak for it
                with replace_file(note, "w") as text:
                    text.write(f"{url}\n{_validator(response)}")
            _receive(response, file, start, total)
            file.flush()
            os.fsync(file.fileno())
    os.replace(part, path)
    note.unlink()


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
                              "address right? A zip file may also be put there by hand") from error
    except (OSError, http.client.HTTPException, ValueError) as error:  # the last: no such address
        raise ConnectionError(f"cannot reach {url}: {getattr(error, 'reason', error)}") from error


def _extent(response, have: int) -> tuple[int, int | None]:
    """Where the bytes of an answer belong, and how long the whole file is (None: not said)."""
    if response.status == 206:
        sent = response.headers.get("Content-Range", "")
        extent = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", sent)
        if not extent or int(extent[1]) != have:
            raise ConnectionError(f"asked for the bytes from {have} on, the server sent {sent!r}; "
                                  "delete the .part file and call again")
        return have, int(extent[2])
    length = response.headers.get("Content-Length") or ""
    return 0, int(length) if length.isdecimal() else None


def _validator(response) -> str:
    """What names this version of the file; empty if nothing does, and then there is no resuming."""
    etag = response.headers.get("ETag", "")
    if etag and not etag.startswith("W/"):  # a weak one may stand for different bytes
        return etag
    return response.headers.get("Last-Modified", "")


def _receive(response, file, received: int, total: int | None) -> None:
    """Append the answer to the file, which holds so many bytes already."""
    try:
        while chunk := _read(response, received, total):
            received += len(chunk)
            file.write(chunk)
            _check_amount(received, response.url)
            _show_progress(received, total)
    finally:
        _show_progress(received, total, end="\n")


def _read(response, received: int, total: int | None) -> bytes:
    """The next bytes; none at the end, which is where the server said it would be."""
    try:
        chunk = response.read(_CHUNK)
        if not chunk and total is not None and received < total:
            raise http.client.IncompleteRead(chunk, total - received)
        return chunk
    except (OSError, http.client.HTTPException) as error:
        raise ConnectionError(f"the connection to {response.url} broke off after {received} bytes "
                              f"({error}); call again to go on from there") from error


def _check_amount(n_bytes: int, url: str) -> None:
    if n_bytes > MOST_BYTES:
        raise ValueError(f"{url} sends {n_bytes} bytes or more, so this is not the data")


def _show_progress(received: int, total: int | None, end: str = "") -> None:
    if sys.stderr.isatty():
        of_total = "" if total is None else f" of {total / 1e6:.1f}"
        print(f"\rPenn-Fudan: {received / 1e6:.1f}{of_total} MB", end=end, file=sys.stderr,
              flush=True)
