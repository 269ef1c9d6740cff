"""The download, against a server on this machine: resumed, checked, unpacked without trust."""

import functools
import io
import os
import stat
import sys
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from PIL import Image

from minicv.datasets import PennFudan, download, download_penn_fudan, unpacking
from minicv.replacing import lock

# The official list: 74 pictures from Fudan, 96 from Penn. But most tests unpack a few of them.
ALL = [*(f"FudanPed{n:05d}" for n in range(1, 75)), *(f"PennPed{n:05d}" for n in range(1, 97))]
NAMES = ["FudanPed00001", "FudanPed00074", "PennPed00001", "PennPed00007", "PennPed00096"]
OFFICIAL = {name: getattr(download, name) for name in ("_PICTURES", "FILES")}


def files_of(names):
    return [file for name in names
            for file in (f"PNGImages/{name}.png", f"PedMasks/{name}_mask.png")]


@pytest.fixture(autouse=True)
def few_pictures(monkeypatch):
    """As if NAMES were all that there is."""
    monkeypatch.setattr(download, "_PICTURES", NAMES)
    monkeypatch.setattr(download, "FILES", files_of(NAMES))


def png(pixels):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


@functools.cache
def members(names=tuple(NAMES)):
    """All members of a data set of tiny pictures."""
    mask = np.zeros((4, 6), np.uint8)
    mask[1:3, 2:5] = 1
    image, mask = png(np.full((4, 6, 3), 90, np.uint8)), png(mask)
    files = {"PennFudanPed/": b"", "PennFudanPed/readme.txt": b"about the data " * 9}
    for file in files_of(names):
        files[f"PennFudanPed/{file}"] = mask if file.startswith("PedMasks") else image
    return files


def zipped(files, method=zipfile.ZIP_STORED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@functools.cache
def good_zip():
    return zipped(members())


class Server(ThreadingHTTPServer):
    """Serves `content`; the other attributes tell how well."""

    content = b""
    ranges = True
    etag = '"one"'
    date = None
    status = 200
    stop_after = None  # send no more than so many bytes, then break the connection off
    is_silent = False  # in place of breaking it off, keep it open and send nothing more
    gave_up = False  # it was silent for 20 s, and then broke off
    says_length = True
    wrong_range = False

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.is_over = threading.Event()
        self.asked = []  # (Range, If-Range) of each request
        self.sent = []   # (status, bytes) of each answer

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/PennFudanPed.zip"


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        server, wanted, validator = self.server, self.headers["Range"], self.headers["If-Range"]
        server.asked.append((wanted, validator))
        status, start = server.status, 0
        if status == 200 and wanted and server.ranges and validator in (server.etag, server.date):
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            status = 206 if start < len(server.content) else 416
        body = server.content[start:] if status < 300 else b"sorry"
        self.send_response(status)
        if status == 206:
            first = start + server.wrong_range
            self.send_header("Content-Range",
                             f"bytes {first}-{len(server.content) - 1}/{len(server.content)}")
        if server.says_length:
            self.send_header("Content-Length", str(len(body)))
        if server.etag:
            self.send_header("ETag", server.etag)
        if server.date:
            self.send_header("Last-Modified", server.date)
        body = body[:server.stop_after]
        server.sent.append((status, len(body)))
        self.end_headers()
        self.wfile.write(body)
        if server.is_silent:
            server.gave_up = not server.is_over.wait(20)


@pytest.fixture
def server(monkeypatch):
    for name in list(os.environ):  # a proxy would be asked for 127.0.0.1, too
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    server = Server()
    server.content = good_zip()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.is_over.set()
    server.shutdown()
    thread.join()
    server.server_close()


def left_over(folder):
    return sorted(path.name for path in folder.iterdir())


def half_way(server, folder):
    """A first attempt that breaks off in the middle; how many bytes it brought."""
    server.stop_after = len(server.content) // 2
    with pytest.raises(ConnectionError, match="broke off after .*; call again to go on"):
        download_penn_fudan(folder, server.url)
    assert left_over(folder) == ["PennFudanPed.zip.part", "PennFudanPed.zip.part.from"]
    half = server.stop_after
    server.stop_after = None
    return half


# -- all is well -------------------------------------------------------------------------------


def test_the_data_is_fetched_and_unpacked(server, tmp_path, monkeypatch):
    for name, official in OFFICIAL.items():
        monkeypatch.setattr(download, name, official)
    server.content = zipped(members(tuple(ALL)))
    folder = download_penn_fudan(tmp_path / "new" / "data", server.url)
    assert folder == tmp_path / "new" / "data" / "PennFudanPed"
    assert left_over(folder.parent) == ["PennFudanPed", "PennFudanPed.zip"]
    for name, content in members(tuple(ALL)).items():
        if not name.endswith("/"):
            assert (folder.parent / name).read_bytes() == content
    data = PennFudan(folder)
    assert data.names == ALL
    assert data[0][1]["boxes"].tolist() == [[2, 1, 5, 3]]


def test_all_pictures_and_masks_must_be_there():
    assert OFFICIAL == {"_PICTURES": ALL, "FILES": files_of(ALL)}


def test_what_is_there_is_not_fetched_again(server, tmp_path):
    folder = download_penn_fudan(tmp_path, server.url)
    assert download_penn_fudan(tmp_path, server.url) == folder
    assert len(server.asked) == 1


def test_a_zip_file_that_is_there_is_unpacked_without_asking(server, tmp_path):
    (tmp_path / "PennFudanPed.zip").write_bytes(good_zip())
    assert PennFudan(download_penn_fudan(tmp_path, server.url)).names == NAMES
    assert server.asked == []


def test_a_server_that_does_not_say_the_length_will_do(server, tmp_path):
    server.says_length = False
    assert PennFudan(download_penn_fudan(tmp_path, server.url)).names == NAMES


def test_progress_is_shown_on_a_terminal_and_nowhere_else(server, tmp_path, monkeypatch, capsys):
    server.content = zipped(members() | {"PennFudanPed/more": bytes(200_000)})
    download_penn_fudan(tmp_path / "quiet", server.url)
    assert capsys.readouterr() == ("", "")
    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(download, "_CHUNK", 10_000)
    download_penn_fudan(tmp_path / "loud", server.url)
    assert terminal.getvalue().endswith("\rPenn-Fudan: 0.2 of 0.2 MB\n")
    assert terminal.getvalue().count("\r") == -(-len(server.content) // 10_000) + 1


def test_what_has_arrived_is_on_the_disk_before_it_has_its_name(server, tmp_path, monkeypatch):
    done, sync, rename = [], os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda file: (done.append("fsync"), sync(file)))
    monkeypatch.setattr(os, "replace", lambda old, new: (done.append(new.name), rename(old, new)))
    download_penn_fudan(tmp_path, server.url)
    assert done[done.index("PennFudanPed.zip") - 1] == "fsync"
    assert done.index("PennFudanPed.zip.part.from") < done.index("PennFudanPed.zip") - 2


# -- the connection breaks off -----------------------------------------------------------------


@pytest.mark.parametrize("etag, date", [
    ('"one"', None), (None, "Wed, 21 Oct 2015 07:28:00 GMT"),
    ('W/"weak"', "Wed, 21 Oct 2015 07:28:00 GMT"),
])
def test_the_second_call_asks_for_the_rest_only(server, tmp_path, etag, date):
    server.etag, server.date = etag, date
    half = half_way(server, tmp_path)
    assert PennFudan(download_penn_fudan(tmp_path, server.url)).names == NAMES
    assert server.asked[1] == (f"bytes={half}-", date or etag)
    assert server.sent[1] == (206, len(good_zip()) - half)


def test_a_server_without_ranges_sends_it_all_again(server, tmp_path):
    half_way(server, tmp_path)
    server.ranges = False
    assert PennFudan(download_penn_fudan(tmp_path, server.url)).names == NAMES
    assert server.sent[1] == (200, len(good_zip()))
    assert (tmp_path / "PennFudanPed.zip").read_bytes() == good_zip()


def test_a_file_that_changed_in_between_is_fetched_anew(server, tmp_path):
    half_way(server, tmp_path)
    server.etag = '"two"'
    server.content = zipped(members(), zipfile.ZIP_DEFLATED)
    assert PennFudan(download_penn_fudan(tmp_path, server.url)).names == NAMES
    assert server.sent[1] == (200, len(server.content))
    assert (tmp_path / "PennFudanPed.zip").read_bytes() == server.content


def test_without_a_validator_nothing_is_resumed(server, tmp_path):
    server.etag = None
    half_way(server, tmp_path)
    assert PennFudan(download_penn_fudan(tmp_path, server.url)).names == NAMES
    assert server.asked[1] == (None, None)


def test_half_of_another_address_is_not_carried_on(server, tmp_path):
    half_way(server, tmp_path)
    assert PennFudan(download_penn_fudan(tmp_path, server.url + "?mirror")).names == NAMES
    assert server.asked[1] == (None, None)


def test_a_note_that_is_damaged_is_not_believed(server, tmp_path):
    note = tmp_path / "PennFudanPed.zip.part.from"
    half_way(server, tmp_path)
    note.write_bytes(server.url.encode() + b"\n\xff\x00a validator?\nX-Header: no\n\xff")
    assert PennFudan(download_penn_fudan(tmp_path, server.url)).names == NAMES
    assert (tmp_path / "PennFudanPed.zip").read_bytes() == good_zip()


def test_a_part_that_is_whole_already_is_fetched_anew(server, tmp_path):
    half_way(server, tmp_path)
    (tmp_path / "PennFudanPed.zip.part").write_bytes(good_zip())
    assert PennFudan(download_penn_fudan(tmp_path, server.url)).names == NAMES
    assert [status for status, _ in server.sent[1:]] == [416, 200]


def test_a_server_that_falls_silent_is_not_waited_for(server, tmp_path, monkeypatch):
    monkeypatch.setattr(download, "_TIMEOUT", 0.1)
    server.is_silent = True
    half_way(server, tmp_path)
    assert not server.gave_up


def test_an_answer_for_another_place_of_the_file_is_refused(server, tmp_path):
    half = half_way(server, tmp_path)
    server.wrong_range = True
    with pytest.raises(ConnectionError, match=f"bytes from {half} on, the server sent 'bytes"):
        download_penn_fudan(tmp_path, server.url)
    assert (tmp_path / "PennFudanPed.zip.part").stat().st_size == half


def test_ctrl_c_leaves_a_part_that_is_carried_on(server, tmp_path, monkeypatch):
    read = download._read

    def interrupted(response, received, total):
        if received:
            raise KeyboardInterrupt
        return read(response, received, total)

    monkeypatch.setattr(download, "_CHUNK", 1000)
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(download, "_read", interrupted)
        download_penn_fudan(tmp_path, server.url)
    assert left_over(tmp_path) == ["PennFudanPed.zip.part", "PennFudanPed.zip.part.from"]
    assert PennFudan(download_penn_fudan(tmp_path, server.url)).names == NAMES
    assert server.asked[1] == ("bytes=1000-", '"one"')


# -- no answer ---------------------------------------------------------------------------------


@pytest.mark.parametrize("status, reason", [(404, "Not Found"), (503, "Service Unavailable")])
def test_a_refusal_is_reported_and_leaves_nothing_behind(server, tmp_path, status, reason):
    server.status = status
    with pytest.raises(ConnectionError, match=f"{server.url}.* answered {status} {reason}"):
        download_penn_fudan(tmp_path, server.url)
    assert left_over(tmp_path) == []


def test_nobody_at_the_address_is_reported(server, tmp_path):
    url = server.url
    server.server_close()
    with pytest.raises(ConnectionError, match="cannot reach http://127.0.0.1"):
        download_penn_fudan(tmp_path, url)


@pytest.mark.parametrize("url", ["http://[::1", "http://a..b/", "http://" + "x" * 70 + ".org/"])
def test_an_address_that_cannot_be_is_reported(tmp_path, url):
    with pytest.raises(ConnectionError, match="cannot reach http://"):
        download_penn_fudan(tmp_path, url)


@pytest.mark.parametrize("url", ["file:///etc/hosts", "ftp://example.org/a.zip", "PennFudanPed"])
def test_only_web_addresses_are_asked(tmp_path, url):
    with pytest.raises(ValueError, match="must start with http"):
        download_penn_fudan(tmp_path, url)


# -- the disk ----------------------------------------------------------------------------------


def test_a_full_disk_is_reported_and_what_came_is_kept(server, tmp_path):
    resource = pytest.importorskip("resource", reason="needs a limit on the size of files")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, limits[1]))
    try:
        with pytest.raises(OSError, match="make room.*PennFudanPed.zip.part"):
            download_penn_fudan(tmp_path, server.url)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (tmp_path / "PennFudanPed.zip.part").read_bytes() == good_zip()[:2000]
    assert PennFudan(download_penn_fudan(tmp_path, server.url)).names == NAMES
    assert server.asked[1][0] == "bytes=2000-"


def test_a_disk_that_is_full_while_unpacking_leaves_the_zip_file(server, tmp_path):
    resource = pytest.importorskip("resource", reason="needs a limit on the size of files")
    (tmp_path / "PennFudanPed.zip").write_bytes(good_zip())
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50, limits[1]))
    try:
        with pytest.raises(OSError, match="make room.*PennFudanPed"):
            download_penn_fudan(tmp_path, server.url)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert left_over(tmp_path) == ["PennFudanPed.zip"]


def test_what_a_killed_unpacking_left_is_removed_by_the_next(server, tmp_path):
    (tmp_path / "PennFudanPed.zip").write_bytes(good_zip())
    half = tmp_path / ".PennFudanPed.part" / "PennFudanPed" / "PNGImages"
    half.mkdir(parents=True)
    (half / "PennPed00001.png").write_bytes(b"half")
    (half / "PennPed00999.png").write_bytes(b"none of the data")
    assert PennFudan(download_penn_fudan(tmp_path, server.url)).names == NAMES
    assert left_over(tmp_path) == ["PennFudanPed", "PennFudanPed.zip"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0,
                    reason="the administrator may write everywhere")
def test_a_folder_that_is_not_writable_is_reported(server, tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError, match=str(tmp_path)):
        download_penn_fudan(tmp_path, server.url)


def test_a_file_in_place_of_the_folder_is_reported(server, tmp_path):
    (tmp_path / "data").write_text("a file")
    with pytest.raises(OSError, match="data"):
        download_penn_fudan(tmp_path / "data", server.url)
    assert server.asked == []


# -- not the data ------------------------------------------------------------------------------


def damaged_zip():
    """One byte of the pixels of one picture is wrong, which only its checksum tells."""
    content = bytearray(good_zip())
    picture = members()["PennFudanPed/PNGImages/PennPed00001.png"]
    at = content.index(picture, content.index(b"PNGImages/PennPed00001.png"))
    content[at + len(picture) // 2] ^= 1
    return bytes(content)


def without_a_mask():
    return zipped({name: content for name, content in members().items()
                   if name != "PennFudanPed/PedMasks/PennPed00096_mask.png"})


def encrypted_zip():
    """Every member is marked as encrypted, in both headers that it has."""
    content = bytearray(good_zip())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(mark)
        while at >= 0:
            content[at + flags] |= 1
            at = content.find(mark, at + 4)
    return bytes(content)


@pytest.mark.parametrize("content, message", [
    (b"<html>We have moved</html>", "not a whole, sound zip file"),
    (b"", "not a whole, sound zip file"),
    (good_zip()[:-30], "not a whole, sound zip file"),
    (damaged_zip(), "Bad CRC-32 for file 'PennFudanPed/PNGImages/PennPed00001.png'"),
    (encrypted_zip(), "not a whole, sound zip file.* encrypted"),
    (without_a_mask(), "1 of 10 pictures and masks are missing, .*PennPed00096_mask.png"),
    (zipped({"a.txt": b"another archive"}), "'a.txt' would not be unpacked into PennFudanPed"),
])
def test_wrong_content_is_refused_and_not_kept(server, tmp_path, content, message):
    server.content = content
    with pytest.raises(ValueError, match=message):
        download_penn_fudan(tmp_path, server.url)
    assert left_over(tmp_path) == []


def test_a_wrong_zip_file_that_was_there_is_refused_and_kept(server, tmp_path):
    (tmp_path / "PennFudanPed.zip").write_bytes(damaged_zip())
    with pytest.raises(ValueError, match="PennFudanPed.zip.*Bad CRC-32"):
        download_penn_fudan(tmp_path, server.url)
    assert left_over(tmp_path) == ["PennFudanPed.zip"]


def test_an_incomplete_folder_that_was_there_is_refused_and_kept(server, tmp_path):
    folder = download_penn_fudan(tmp_path, server.url)
    (folder / "PNGImages" / "PennPed00007.png").unlink()
    with pytest.raises(ValueError, match="lacks 1 of the 5 pictures, PennPed00007.png"):
        download_penn_fudan(tmp_path, server.url)
    assert folder.exists()


# -- hostile archives --------------------------------------------------------------------------


@pytest.mark.parametrize("name", [
    "../evil", "PennFudanPed/../../evil", "/evil", "C:/evil", "PennFudanPed/C:evil",
    "PennFudanPed\\..\\..\\evil", "PennFudanPed/.. /evil", "PennFudanPed//evil",
    "PennFudanPed/./evil", "PennFudanPed/..", "PennFudanPed/ ./",
    "PennFudanPedevil", "StreetPed/evil", "PennFudanPed/evil\n", f"PennFudanPed/{'x' * 243}",
])
def test_a_member_that_leads_elsewhere_is_refused(server, tmp_path, name):
    server.content = zipped(members() | {name: b"evil"})
    with pytest.raises(ValueError, match="would not be unpacked into PennFudanPed"):
        download_penn_fudan(tmp_path / "in" / "side", server.url)
    assert list(tmp_path.rglob("*")) == [tmp_path / "in", tmp_path / "in" / "side"]


@pytest.mark.parametrize("name", [".DS_Store", "..x", "-", "a b. c-d_E.7", "." * 100 + "x"])
def test_a_member_of_a_plain_name_is_unpacked(tmp_path, name):
    archive, target = tmp_path / "PennFudanPed.zip", tmp_path / "PennFudanPed"
    archive.write_bytes(zipped({f"PennFudanPed/more/{name}": b"1"}))
    unpacking.unpack(archive, target, [])
    assert (target / "more" / name).read_bytes() == b"1"


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_a_link_or_a_device_is_refused(server, tmp_path, kind):
    member = zipfile.ZipInfo("PennFudanPed/more")
    member.external_attr = (kind | 0o777) << 16
    server.content = zipped(members() | {member: b"/etc/passwd"})
    with pytest.raises(ValueError, match="'PennFudanPed/more' is a link or a device"):
        download_penn_fudan(tmp_path, server.url)
    assert left_over(tmp_path) == []


@pytest.mark.parametrize("folder", ["x/", "x/y", "X/y"])
def test_a_file_that_is_a_folder_too_is_refused(server, tmp_path, folder):
    server.content = zipped(members() | {"PennFudanPed/x": b"", f"PennFudanPed/{folder}": b""})
    with pytest.raises(ValueError, match="or one is the folder of another"):
        download_penn_fudan(tmp_path, server.url)
    assert left_over(tmp_path) == []


@pytest.mark.parametrize("kind", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_another_compression_is_refused(server, tmp_path, kind):
    server.content = zipped(members(), kind)
    with pytest.raises(ValueError, match="compressed in a way that the data is not"):
        download_penn_fudan(tmp_path, server.url)
    assert left_over(tmp_path) == []


def test_a_name_may_have_255_letters(server, tmp_path):
    name = "x" * 242
    server.content = zipped(members() | {f"PennFudanPed/{name}": b"long"})
    assert (download_penn_fudan(tmp_path, server.url) / name).read_bytes() == b"long"


def test_two_members_that_would_be_one_file_are_refused(server, tmp_path):
    server.content = zipped(members() | {"PennFudanPed/README.txt": b"again"})
    with pytest.raises(ValueError, match="two members have the same name"):
        download_penn_fudan(tmp_path, server.url)


def test_an_archive_that_unpacks_to_too_much_is_refused(server, tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "MOST_BYTES", 1_000_000)
    bomb = members() | {"PennFudanPed/bomb": bytes(1_100_000)}
    server.content = zipped(bomb, zipfile.ZIP_DEFLATED)
    assert len(server.content) < 100_000
    with pytest.raises(ValueError, match="at most 10000 and 1000000 are unpacked"):
        download_penn_fudan(tmp_path, server.url)
    assert left_over(tmp_path) == []


def test_a_bomb_that_lies_about_its_size_is_refused(server, tmp_path, monkeypatch):
    # The table of contents says 1,000 bytes; no more than that is ever unpacked of it.
    bomb = bytes(1_100_000)
    content = zipped(members() | {"PennFudanPed/bomb": bomb}, zipfile.ZIP_DEFLATED)
    honest, lie = (size.to_bytes(4, "little") for size in (len(bomb), 1000))
    assert content.count(honest) == 2
    server.content = content.replace(honest, lie)
    with pytest.raises(ValueError, match="Bad CRC-32 for file 'PennFudanPed/bomb'"):
        download_penn_fudan(tmp_path, server.url)
    assert left_over(tmp_path) == []


def test_an_archive_of_too_many_members_is_refused(server, tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "_MOST_MEMBERS", 11)
    with pytest.raises(ValueError, match="12 members.* at most 11"):
        download_penn_fudan(tmp_path, server.url)


@pytest.mark.parametrize("says_length", [True, False])
def test_a_file_that_does_not_end_is_refused(server, tmp_path, monkeypatch, says_length):
    monkeypatch.setattr(download, "MOST_BYTES", 1000)
    server.says_length = says_length
    with pytest.raises(ValueError, match="sends .* bytes or more"):
        download_penn_fudan(tmp_path, server.url)
    # Where the length is said, it is refused before a file is opened.
    assert left_over(tmp_path) == ([] if says_length else ["PennFudanPed.zip.part.from"])


def test_as_many_bytes_as_are_allowed_are_fetched_and_unpacked(server, tmp_path, monkeypatch):
    monkeypatch.setattr(download, "MOST_BYTES", len(server.content))
    unpacked = sum(map(len, members().values()))
    monkeypatch.setattr(unpacking, "MOST_BYTES", unpacked)
    monkeypatch.setattr(unpacking, "_MOST_MEMBERS", len(members()))
    assert PennFudan(download_penn_fudan(tmp_path / "all", server.url)).names == NAMES
    monkeypatch.setattr(unpacking, "MOST_BYTES", unpacked - 1)
    with pytest.raises(ValueError, match="are unpacked"):
        download_penn_fudan(tmp_path / "too many to unpack", server.url)
    monkeypatch.setattr(download, "MOST_BYTES", len(server.content) - 1)
    with pytest.raises(ValueError, match="bytes or more"):
        download_penn_fudan(tmp_path / "too many to fetch", server.url)


@pytest.mark.skipif(sys.platform == "win32", reason="locks nothing there")
def test_two_that_unpack_the_same_archive_do_so_in_turns(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "sync", lambda: None)
    archive, target = tmp_path / "PennFudanPed.zip", tmp_path / "PennFudanPed"
    archive.write_bytes(zipped({"PennFudanPed/one": b"1"}))  # it would be done in a moment
    second = threading.Thread(target=unpacking.unpack, args=(archive, target, []))
    with open(archive, "rb") as first:
        lock(first)
        second.start()
        second.join(0.1)
        assert second.is_alive() and not target.exists()
    second.join()
    assert target.is_dir()


@pytest.mark.skipif(not hasattr(os, "sync"), reason="there is no waiting for all of a disk")
def test_files_are_on_the_disk_before_their_folder_has_its_name(tmp_path, monkeypatch):
    archive, target, named = tmp_path / "PennFudanPed.zip", tmp_path / "PennFudanPed", []
    archive.write_bytes(zipped({"PennFudanPed/one": b"1"}))
    monkeypatch.setattr(os, "sync", lambda: named.append(target.exists()))
    unpacking.unpack(archive, target, [])
    assert named == [False] and target.exists()


def test_all_that_was_written_is_there_when_the_disk_is_waited_for(server, tmp_path, monkeypatch):
    sizes = []
    monkeypatch.setattr(download, "_CHUNK", 1000)  # less than what Python keeps before it writes
    monkeypatch.setattr(os, "fsync", lambda file: sizes.append(os.fstat(file).st_size))
    download_penn_fudan(tmp_path, server.url)
    note = len(f"{server.url}\n") + len('"one"')
    assert sizes[0] == note and len(server.content) in sizes
