"""Files are written whole or not at all, and read without running what is inside."""

import errno
import os
import stat
import subprocess
import sys
import tracemalloc
import warnings
import zipfile
import zlib

import numpy as np
import pytest

from minicv import files, replacing
from minicv.files import load_npz, replace_file, save_npz

posix = pytest.mark.skipif(os.name != "posix", reason="as POSIX systems do it")


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


# -- replace_file ------------------------------------------------------------------------------


def test_replace_file_replaces_the_old_content(tmp_path):
    target = tmp_path / "numbers.txt"
    target.write_text("a much longer old content")
    with replace_file(target, "w") as file:
        file.write("new")
    assert target.read_text() == "new"
    assert names_in(tmp_path) == ["numbers.txt"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_replace_file_leaves_the_old_file_alone_when_the_block_fails(tmp_path, error):
    target = tmp_path / "numbers.txt"
    target.write_text("old")
    with pytest.raises(error), replace_file(target, "w") as file:
        file.write("half of the n")
        raise error
    assert target.read_text() == "old"
    assert names_in(tmp_path) == ["numbers.txt"]


def test_replace_file_leaves_nothing_behind_when_there_was_no_old_file(tmp_path):
    with pytest.raises(RuntimeError), replace_file(tmp_path / "numbers.txt") as file:
        file.write(b"half")
        raise RuntimeError
    assert names_in(tmp_path) == []


def test_replace_file_shows_the_new_content_only_at_the_end(tmp_path):
    target = tmp_path / "numbers.txt"
    target.write_text("old")
    with replace_file(target, "w") as file:
        file.write("new")
        file.flush()
        assert target.read_text() == "old"


def test_replace_file_names_the_missing_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere does not exist"):
        with replace_file(tmp_path / "nowhere" / "numbers.txt"):
            pass


def test_replace_file_writes_newlines_as_they_are(tmp_path):
    with replace_file(tmp_path / "text.txt", "w") as file:
        file.write("ä\nb\n")
    assert (tmp_path / "text.txt").read_bytes() == "ä\nb\n".encode()


def test_ctrl_c_just_after_the_rename_is_ctrl_c(tmp_path, monkeypatch):
    rename = os.replace

    def rename_and_stop(old, new):
        rename(old, new)
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", rename_and_stop)
    with pytest.raises(KeyboardInterrupt), replace_file(tmp_path / "numbers.txt", "w") as file:
        file.write("whole")
    assert (tmp_path / "numbers.txt").read_text() == "whole"


def test_a_full_disk_is_reported_with_the_name_of_the_file(tmp_path):
    with pytest.raises(OSError, match="No space left.*numbers.txt"):
        with replace_file(tmp_path / "numbers.txt"):
            raise OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(OSError, match="^in words alone$"), replace_file(tmp_path / "numbers.txt"):
        raise OSError("in words alone")


@posix
def test_replace_file_gives_the_permissions_that_open_would_give(tmp_path):
    old_mask = os.umask(0o027)
    try:
        with replace_file(tmp_path / "ours") as file:
            file.write(b"")
        (tmp_path / "plain").write_bytes(b"")
    finally:
        os.umask(old_mask)
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("ours", "plain")]
    assert modes == [0o640, 0o640]


def test_what_is_renamed_is_on_the_disk_before_and_the_name_after(tmp_path, monkeypatch):
    done = []

    def noting(name):
        original = getattr(os, name)

        def noted(*arguments):
            done.append(name)
            return original(*arguments)

        monkeypatch.setattr(os, name, noted)

    noting("fsync")
    noting("replace")
    with replace_file(tmp_path / "numbers.txt", "w") as file:
        file.write("whole")
    assert done == (["fsync", "replace", "fsync"] if os.name == "posix" else ["fsync", "replace"])


def test_a_folder_or_a_device_is_not_replaced(tmp_path):
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "folder", *([os.devnull] if os.name == "posix" else [])):
        with pytest.raises(FileExistsError, match=f"cannot write {path}"), replace_file(path):
            pass


def test_an_error_of_the_system_has_the_name_of_the_file_and_not_of_the_temporary(tmp_path):
    path = tmp_path / ("x" * 250)  # with what the temporary's name has more, it is too long
    with pytest.raises(OSError) as caught, replace_file(path):
        pass
    assert caught.value.filename == str(path)


def stop_at(n, module):
    """A trace function that is Ctrl-C at the nth line of a module that is carried out."""
    count = 0

    def line_by_line(frame, event, argument):
        nonlocal count
        count += event == "line"
        if count == n and event == "line":
            raise KeyboardInterrupt
        return line_by_line

    return lambda frame, event, argument: (
        line_by_line if frame.f_code.co_filename == module.__file__ else None)


# Zip files that are given up between two statements of zipfile complain when they are collected.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("module", [replacing, files, zipfile])
def test_ctrl_c_at_any_line_leaves_the_old_file_or_the_new_one(tmp_path, module):
    path, n, is_new, interrupted = tmp_path / "numbers.npz", 0, [True], True
    while interrupted:
        n += 1
        if is_new[-1]:
            save_npz(path, {"n": np.zeros(9)})
        before = sys.gettrace()
        sys.settrace(stop_at(n, module))
        try:
            save_npz(path, {"n": np.ones(9)})
            interrupted = False
        except KeyboardInterrupt:
            pass
        finally:
            sys.settrace(before)
        numbers = load_npz(path)["n"].tolist()
        is_new.append(numbers == [1.0] * 9)
        assert is_new[-1] or numbers == [0.0] * 9
        assert names_in(tmp_path) == ["numbers.npz"]
    assert n > 10 and is_new[1:] == sorted(is_new[1:])


@posix
def test_a_process_killed_while_it_saves_leaves_a_whole_file(tmp_path):
    # The child says nothing and saves in a loop; it dies at a random moment, 15 times of each
    # signal, or until three have died between the first byte and the rename. The array is small,
    # so that most of the time is that of the disk.
    program = """
import os, pathlib, random, signal, sys, time
import numpy as np
from minicv.files import load_npz, save_npz

path = pathlib.Path(sys.argv[1])
numbers = np.random.default_rng(0).random(2000)
save_npz(path, {"n": numbers})
for number in (signal.SIGKILL, signal.SIGTERM):
    n_left = 0
    for seed in range(300):
        if seed >= 15 and n_left >= 3:
            break
        child = os.fork()
        if child == 0:
            n = 0
            while True:
                n += 1
                save_npz(path, {"n": numbers + n})
        time.sleep(random.Random(seed).uniform(0.002, 0.02))
        os.kill(child, number)
        os.waitpid(child, 0)
        difference = load_npz(path)["n"] - numbers
        assert np.ptp(difference) < 1e-9, difference
        n_left += len(list(path.parent.glob(".*.part")))
        save_npz(path, {"n": numbers})
        assert os.listdir(path.parent) == [path.name]
    print(n_left)
"""
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path / "numbers.npz")],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    # Some were killed between the first byte and the rename.
    assert all(int(n_left) > 0 for n_left in done.stdout.split())


@posix
def test_the_next_save_removes_what_the_dead_left_and_nothing_else(tmp_path):
    others = [".b.npz.01234567.part", ".a.npz.part", "a.npz.01234567.part", ".a.npz.notes.part"]
    for name in (*others, ".a.npz.01234567.part", ".a.npz.abcd_efg.part"):
        (tmp_path / name).write_bytes(b"half")
    save_npz(tmp_path / "a.npz", {"n": np.zeros(3)})
    assert names_in(tmp_path) == sorted([*others, "a.npz"])


@posix
def test_a_name_with_the_signs_of_a_pattern_is_taken_as_it_is(tmp_path):
    for name in (".a[12].npz.01234567.part", ".a1.npz.01234567.part"):
        (tmp_path / name).write_bytes(b"half")
    save_npz(tmp_path / "a[12].npz", {"n": np.zeros(3)})
    assert names_in(tmp_path) == [".a1.npz.01234567.part", "a[12].npz"]


@posix
def test_the_lock_is_held_until_the_file_has_its_name(tmp_path, monkeypatch):
    rename = os.replace

    def rename_if_locked(old, new):
        with open(old, "rb") as file, pytest.raises(BlockingIOError):
            replacing.fcntl.flock(file, replacing.fcntl.LOCK_EX | replacing.fcntl.LOCK_NB)
        rename(old, new)

    monkeypatch.setattr(os, "replace", rename_if_locked)
    save_npz(tmp_path / "numbers.npz", {"n": np.zeros(3)})
    assert names_in(tmp_path) == ["numbers.npz"]


def test_two_who_write_one_file_at_once_do_not_disturb_each_other(tmp_path):
    path = tmp_path / "numbers.txt"
    with replace_file(path, "w") as first:
        first.write("first")
        with replace_file(path, "w") as second:
            second.write("second")
        assert path.read_text() == "second"
    assert path.read_text() == "first"
    assert names_in(tmp_path) == ["numbers.txt"]


@posix
def test_a_file_that_another_process_is_writing_is_not_removed(tmp_path):
    path = tmp_path / "numbers.txt"
    program = ("import sys; from minicv.files import replace_file\n"
               "with replace_file(sys.argv[1], 'w') as file:\n"
               "    print('open', flush=True); sys.stdin.read(); file.write('theirs')")
    with subprocess.Popen([sys.executable, "-c", program, str(path)], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"open\n"
        with replace_file(path, "w") as file:
            file.write("ours")
        assert (path.read_text(), len(names_in(tmp_path))) == ("ours", 2)
    assert (path.read_text(), names_in(tmp_path)) == ("theirs", ["numbers.txt"])


@posix
def test_a_temporary_file_removed_before_it_was_locked_is_made_again(tmp_path, monkeypatch):
    # What another process would do that takes it for abandoned, in the moment between.
    lock, n_calls = replacing.fcntl.flock, 0

    def remove_then_lock(file, operation):
        nonlocal n_calls
        n_calls += 1
        if n_calls == 1:
            os.unlink(file.name)
        lock(file, operation)

    monkeypatch.setattr(replacing.fcntl, "flock", remove_then_lock)
    with replace_file(tmp_path / "numbers.txt", "w") as file:
        file.write("whole")
    assert (tmp_path / "numbers.txt").read_text() == "whole" and n_calls == 2


@posix
def test_a_disk_that_is_full_after_any_number_of_bytes_leaves_the_old_file(tmp_path):
    # A limit on the size of files stands for the disk: the system refuses to write more.
    import resource

    path = tmp_path / "numbers.npz"
    save_npz(path, {"n": np.zeros(3)})
    arrays = {"n": np.random.default_rng(0).random(3000), "m": np.arange(10)}
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    for most in (0, 1, 100, 8192, 20_000):
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
            with pytest.raises(OSError, match="numbers.npz"):
                save_npz(path, arrays)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert load_npz(path)["n"].tolist() == [0, 0, 0]
        assert names_in(tmp_path) == ["numbers.npz"]


# -- save_npz and load_npz ---------------------------------------------------------------------


ARRAYS = {
    "half": np.array([0.5, -1.0], np.float16),
    "bits": np.array([[1, 255]], np.uint8),
    "names": np.array(["chair", "table"]),
    "scalar": np.array(3.25),
    "empty": np.empty((0, 3), np.float32),
    "not finite": np.array([np.nan, np.inf, -np.inf]),
}


def test_arrays_come_back_with_their_values_shapes_and_types(tmp_path):
    save_npz(tmp_path / "arrays.npz", ARRAYS)
    loaded = load_npz(tmp_path / "arrays.npz")
    assert list(loaded) == list(ARRAYS)
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(loaded[name], array)
        assert loaded[name].dtype == array.dtype


def test_the_same_arrays_give_the_same_bytes(tmp_path):
    save_npz(tmp_path / "first.npz", ARRAYS)
    save_npz(tmp_path / "second.npz", ARRAYS)
    assert (tmp_path / "first.npz").read_bytes() == (tmp_path / "second.npz").read_bytes()


def test_the_name_of_the_file_is_taken_as_given(tmp_path):
    save_npz(tmp_path / "weights", ARRAYS)  # np.savez alone would append ".npz"
    assert names_in(tmp_path) == ["weights"]


def test_objects_are_refused_before_anything_is_written(tmp_path):
    with pytest.raises(TypeError, match="'person' must be numbers or text, got .* among them"):
        save_npz(tmp_path / "arrays.npz", {"person": np.array([object()])})
    assert names_in(tmp_path) == []


def test_two_entries_that_numpy_would_read_under_one_name_are_refused(tmp_path):
    with pytest.raises(ValueError, match="the name 'a.npy' .* no .npy at its end"):
        save_npz(tmp_path / "arrays.npz", {"a": np.zeros(1), "a.npy": np.ones(1)})
    assert names_in(tmp_path) == []


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no file .*weights\.npz"):
        load_npz(tmp_path / "weights.npz")


def test_a_missing_entry_is_named_with_what_is_there(tmp_path):
    save_npz(tmp_path / "arrays.npz", {"points": np.zeros(3)})
    with pytest.raises(ValueError, match=r"lacks the entry 'bits', 'loc'; it holds \['points'\]"):
        load_npz(tmp_path / "arrays.npz", required=("points", "bits", "loc"))


def test_a_file_cut_short_anywhere_is_a_value_error(tmp_path):
    path = tmp_path / "arrays.npz"
    save_npz(path, ARRAYS)
    whole = path.read_bytes()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match="cut short|damaged"):
            load_npz(path)


def test_a_damaged_byte_is_a_value_error_or_does_no_harm(tmp_path):
    # Some bytes of a ZIP archive mean nothing (dates, comments); no other may go unnoticed.
    path = tmp_path / "arrays.npz"
    save_npz(path, {"points": np.arange(100.0)})
    whole = path.read_bytes()
    n_noticed = 0
    for position in range(len(whole)):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 0xFF]) + whole[position + 1:])
        try:
            loaded = load_npz(path, required=("points",))
        except ValueError:
            n_noticed += 1
        else:
            np.testing.assert_array_equal(loaded["points"], np.arange(100.0))
    assert n_noticed > len(whole) / 2


def test_any_bits_may_be_wrong_and_any_part_missing(tmp_path):
    # Most flips in the content are found by the checksum; so half of them are given one that fits.
    path = tmp_path / "arrays.npz"
    save_npz(path, ARRAYS)
    whole, rng, n_refused = path.read_bytes(), np.random.default_rng(0), 0
    for n in range(300):
        damaged = bytearray(whole[:rng.integers(len(whole))] if n % 5 == 0 else whole)
        for _ in range(rng.integers(1, 4)):
            damaged[rng.integers(len(damaged))] ^= 1 << rng.integers(8)
        if n % 2:
            member = npy("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }") + bytes(24)
            place = rng.integers(len(member) - 24)
            member = member[:place] + rng.bytes(1) + member[place + 1:]
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("points.npy", member)
        else:
            path.write_bytes(damaged)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                loaded = load_npz(path)
            except ValueError as error:
                assert "arrays.npz" in str(error)
                n_refused += 1
                continue
        if n % 2 == 0:  # a flip in a date, or in the name of an entry
            for array, saved in zip(loaded.values(), ARRAYS.values()):
                np.testing.assert_array_equal(array, saved)
        else:
            assert loaded["points"].nbytes == 24
    assert n_refused > 200


def npy(header, version=b"\x01\x00"):
    """A member whose header is as given, without data."""
    return (b"\x93NUMPY" + version + len(header).to_bytes(2 * version[0], "little")
            + header.encode())


def header_of(shape="(3,)", descr="'<f8'", order="False"):
    return npy(f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}\n")


def written(path, members, compression=zipfile.ZIP_DEFLATED):
    """An archive of whatever members."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of two members of one name
        with zipfile.ZipFile(path, "w", compression) as archive:
            for name, content in members:
                archive.writestr(name, content)
    return path


@pytest.mark.parametrize("member, message", [
    (npy("{'descr': '<f8', 'fortran_order': False, 'shape': (3"), "no header"),  # not closed
    (npy("no header at all"), "no header"), (npy("(" * 9000), "no header"),
    (npy("-" * 9000 + "1"), "no header"), (npy("{" + "1" * 9000 + "}"), "no header"),
    (npy("{}"), "no header"), (npy("x", version=b"\x02\x00"), "no header"),
    (npy("{}", version=b"\x03\x00"), "no header"), (npy("1" * 20_000), "no header"),
    (b"\x93NUMPY", "no header"), (b"", "no header"), (b"1 2 3", "no header"),
    (header_of(), "is no array of numbers or text"),  # no data
    (header_of() + bytes(25), "holds 25 bytes, which is no array"),
    (header_of("(-3,)") + bytes(24), "no array"), (header_of("(-3, -1)") + bytes(24), "no array"),
    (header_of("(3.0,)") + bytes(24), "no header"), (header_of("3") + bytes(24), "no header"),
    (header_of(f"({2**62}, 8)") + bytes(24), "no array"),
    (header_of("(" + "10, " * 400 + ")") + bytes(24), "no array"),
    (header_of("(" + "1, " * 100 + "3)") + bytes(24), "arrays.npz"),
    (header_of(f"(0, {10**30})"), "arrays.npz"),
    (header_of("()", "'|O'") + bytes(8), "pickled Python objects"),
    (header_of("()", "[('x', '|O')]") + bytes(8), "pickled Python objects"),
    (header_of("(3,)", "[('x', '<f8')]") + bytes(24), "numbers or text"),
    (header_of("(3,)", "'<M8[s]'") + bytes(24), "numbers or text"),
    (header_of("(3,)", "'<U0'"), "numbers or text"),
    (header_of("(3,)", "'|V8'") + bytes(24), "numbers or text"),
    (header_of("(3,)", "'nonsense'") + bytes(24), "no header"),
    (header_of("(1,)", "'<U1'") + b"\xff\xff\xff\x7f", "no text"),
    (header_of("(1,)", "'>U1'") + b"\x00\xff\xff\xff", "no text"),
], ids=map(str, range(99)))
@pytest.mark.filterwarnings("error")
def test_a_member_that_is_no_array_is_named_with_its_file(tmp_path, member, message):
    path = written(tmp_path / "arrays.npz", [("points.npy", member)])
    with pytest.raises(ValueError, match="arrays.npz") as caught:
        load_npz(path)
    assert message in str(caught.value)


@pytest.mark.parametrize("members, compression, message", [
    ([("points.txt", b"1 2 3")], zipfile.ZIP_DEFLATED, "'points.txt' is no array"),
    ([("inner.npz", b"PK")], zipfile.ZIP_DEFLATED, "'inner.npz' is no array"),
    ([("a.npy/", b"")], zipfile.ZIP_STORED, "'a.npy/' is no array"),
    ([("a.npy", header_of() + bytes(24))] * 2, zipfile.ZIP_DEFLATED, "two entries have the same"),
    ([("a.npy", header_of() + bytes(24))], zipfile.ZIP_BZIP2, "'a.npy' is no array"),
    ([("a.npy", header_of() + bytes(24))], zipfile.ZIP_LZMA, "'a.npy' is no array"),
])
def test_members_that_no_saver_writes_are_refused(tmp_path, members, compression, message):
    path = written(tmp_path / "arrays.npz", members, compression)
    with pytest.raises(ValueError, match=f"arrays.npz.*{message}"):
        load_npz(path)


def test_an_encrypted_member_is_refused(tmp_path):
    path = written(tmp_path / "arrays.npz", [("a.npy", header_of() + bytes(24))])
    content = bytearray(path.read_bytes())
    content[6] |= 1  # the flag, in the member's own header and in the directory at the end
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match="arrays.npz.*encrypted"):
        load_npz(path)


def test_a_file_that_promises_more_than_it_has_is_refused_before_it_is_allocated(tmp_path):
    # 900 MB, says the header; and so says the archive, in the second file. There are 24 bytes.
    lying = header_of(f"({900_000_000 // 8},)") + bytes(24)
    path = written(tmp_path / "arrays.npz", [("points.npy", lying),
                                             ("noise.npy", os.urandom(10**6))])
    content = bytearray(path.read_bytes())
    at = content.index(b"PK\x01\x02") + 24
    content[at:at + 4] = (len(lying) - 24 + 900_000_000).to_bytes(4, "little")
    (tmp_path / "both.npz").write_bytes(content)
    for name in ("arrays.npz", "both.npz"):
        tracemalloc.start()
        with pytest.raises(ValueError, match=f"{name}.*holds 24 bytes, which is no"):
            load_npz(tmp_path / name)
        assert tracemalloc.get_traced_memory()[1] < 5e6
        tracemalloc.stop()


def test_members_that_share_their_bytes_are_no_way_round_the_limit(tmp_path):
    # A hundred entries of the directory that all point to one member: each alone is sound.
    path = written(tmp_path / "bomb.npz", [("a00.npy", header_of("(100000,)") + bytes(800_000))])
    content = path.read_bytes()
    start, end = content.index(b"PK\x01\x02"), content.index(b"PK\x05\x06")
    entries = b"".join(content[start:end].replace(b"a00.npy", b"a%02d.npy" % n)
                       for n in range(100))
    count = (100).to_bytes(2, "little")
    path.write_bytes(content[:start] + entries + content[end:end + 8] + 2 * count
                     + len(entries).to_bytes(4, "little") + content[end + 16:])
    with pytest.raises(ValueError, match="bomb.npz.*cannot hold the 80"):
        load_npz(path)


def test_what_compresses_best_is_loaded(tmp_path):
    # Zeros are what deflate packs tightest, 1032 to 1 at most: honest files are within the limit.
    save_npz(tmp_path / "zeros.npz", {"zeros": np.zeros(3 * 10**6)})
    assert 24e6 > 1000 * (tmp_path / "zeros.npz").stat().st_size
    tracemalloc.start()
    assert not load_npz(tmp_path / "zeros.npz")["zeros"].any()
    assert tracemalloc.get_traced_memory()[1] < 1200 * (tmp_path / "zeros.npz").stat().st_size
    tracemalloc.stop()
    packed = zlib.compress(bytes(10**7), 9)
    assert 1000 < 10**7 / len(packed) < files.DEFLATE_RATIO == 258 / (2 / 8)


@pytest.mark.parametrize("array", [
    np.asfortranarray(np.arange(6.0).reshape(2, 3)), np.arange(4, dtype=">i2"), np.array(7),
    np.array([1 + 2j]), np.array(["ä", "\U0001F600"]), np.array(["ä"], ">U1"), np.array([b"ab"]),
    np.zeros((0, 3)), np.array([], "U1"), np.array([True, False]), np.arange(6)[::2]])
def test_every_kind_of_array_is_read_as_numpy_reads_it(tmp_path, array):
    np.savez(tmp_path / "numpy.npz", x=array)
    save_npz(tmp_path / "ours.npz", {"x": array})
    for path in (tmp_path / "numpy.npz", tmp_path / "ours.npz"):
        ours = load_npz(path)["x"]
        with np.load(path) as archive:
            theirs = archive["x"]
        assert (ours.dtype, ours.shape, ours.tolist()) == (
            theirs.dtype, theirs.shape, theirs.tolist())
        assert ours.flags.writeable and ours.flags.f_contiguous == theirs.flags.f_contiguous


@pytest.mark.filterwarnings("error")
def test_a_file_that_python_2_wrote_is_read(tmp_path):
    path = written(tmp_path / "old.npz", [("a.npy", header_of("(3L,)") + bytes(24))])
    assert load_npz(path)["a"].tolist() == [0, 0, 0]


def test_text_is_not_an_archive(tmp_path):
    path = tmp_path / "points.npz"
    path.write_text("x y z\n0 0 0\n")
    with pytest.raises(ValueError, match="points.npz is .* something else .*not a zip file"):
        load_npz(path)


@pytest.mark.parametrize("error, becomes, words", [
    (OSError(22, "Invalid argument"), ValueError, "a.npz is cut short, damaged or .*Invalid"),
    (zipfile.BadZipFile(), ValueError, r"a.npz is cut short, damaged or .*BadZipFile\(\)"),
    (TypeError("no"), ValueError, "^a.npz: no$"), (ValueError("no"), ValueError, "^a.npz: no$"),
    (PermissionError(13, "Permission denied", "b"), PermissionError, "denied: 'b'"),
    (FileNotFoundError("there is no file b"), FileNotFoundError, "^there is no file b$"),
    (MemoryError("no"), MemoryError, "^no$")])
def test_what_is_in_a_file_is_blamed_on_it_and_nothing_else(error, becomes, words):
    with pytest.raises(becomes, match=words), files.blamed_on("a.npz"):
        raise error


class Dangerous:
    """Pickled, it creates a file as soon as somebody loads it."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_a_pickled_object_is_refused_and_not_run(tmp_path):
    trap = tmp_path / "sprung"
    np.savez(tmp_path / "pickled.npz", points=np.array([Dangerous(trap)], dtype=object))
    with pytest.raises(ValueError, match="pickled Python objects"):
        load_npz(tmp_path / "pickled.npz")
    assert not trap.exists()


@pytest.mark.parametrize("name", ["", "a.npy", "a\0b", "a\nb", "a\\b", "/a", "../a", "a/../../b",
                                  "\ud800", "x" * 70_000])
def test_a_name_that_would_not_come_back_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match="the name "):
        save_npz(tmp_path / "arrays.npz", {name: np.zeros(1)})
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("arrays, message", [
    ([np.zeros(3)], "arrays must be a Mapping"),
    ({1: np.zeros(3)}, "a name in arrays must be a str"),
    ({"a": np.array(["2001-01-01"], "M8[D]")}, r"'a' must be numbers or text, got datetime64\[D\]"),
    ({"a": np.zeros(2, "f8,i4")}, "'a' must be numbers or text, got .*f8"),
    ({"a": None}, "'a' must be numbers or text, got None"),
])
def test_what_is_no_array_is_refused(tmp_path, arrays, message):
    with pytest.raises(TypeError, match=message):
        save_npz(tmp_path / "arrays.npz", arrays)
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("name", ["file", "allow_pickle", "args", "0.weight", "a/b", "ä b", "a."])
def test_an_entry_may_have_any_name(tmp_path, name):
    # numpy.savez takes entries as keyword arguments, where some names mean something else.
    path = tmp_path / "arrays.npz"
    save_npz(path, {name: np.arange(3)})
    np.testing.assert_array_equal(load_npz(path, required=(name,))[name], [0, 1, 2])


def test_the_same_arrays_make_the_same_file(tmp_path):
    for name in ("a.npz", "b.npz"):
        save_npz(tmp_path / name, {"points": np.arange(1000.0), "labels": np.arange(5)})
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_a_name_has_at_most_a_thousand_letters(tmp_path):
    save_npz(tmp_path / "arrays.npz", {"a" * 1000: np.arange(3)})
    assert list(load_npz(tmp_path / "arrays.npz")) == ["a" * 1000]
    with pytest.raises(ValueError, match="a name has 1 to 1000"):
        save_npz(tmp_path / "arrays.npz", {"a" * 1001: np.arange(3)})


def test_text_may_have_any_letter(tmp_path):
    save_npz(tmp_path / "text.npz", {"last": np.array([chr(sys.maxunicode)])})
    assert load_npz(tmp_path / "text.npz")["last"].tolist() == [chr(sys.maxunicode)]


def test_a_file_is_written_or_replaced_and_never_read_or_added_to(tmp_path):
    for mode in ("a", "r", "wt", "xb"):
        with pytest.raises(ValueError, match="mode must be 'wb' or 'w'"), \
                replace_file(tmp_path / "file", mode):
            pass


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="no list of what is open")
def test_saving_leaves_nothing_open(tmp_path):
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        save_npz(tmp_path / "numbers.npz", {"n": np.zeros(3)})
        load_npz(tmp_path / "numbers.npz")
    assert len(os.listdir("/proc/self/fd")) == before
