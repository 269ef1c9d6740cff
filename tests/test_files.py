"""Files are written whole or not at all, and read without running what is inside."""

import errno
import os
import stat
import zipfile

import numpy as np
import pytest

from minicv.files import load_npz, replace_file, save_npz


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


@pytest.mark.skipif(os.name != "posix", reason="permissions are a matter of POSIX systems")
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


# -- save_npz and load_npz ---------------------------------------------------------------------


ARRAYS = {
    "half": np.array([0.5, -1.0], np.float16),
    "bits": np.array([[1, 255]], np.uint8),
    "names": np.array(["chair", "table"]),
    "scalar": np.array(3.25),
    "empty": np.empty((0, 3), np.float32),
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
    with pytest.raises(TypeError, match="'person' holds Python objects"):
        save_npz(tmp_path / "arrays.npz", {"person": np.array([object()])})
    assert names_in(tmp_path) == []


def test_two_entries_that_numpy_would_read_under_one_name_are_refused(tmp_path):
    with pytest.raises(ValueError, match="'a.npy' ends in '.npy'"):
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


def npy(header):
    """A member whose header is as given, without data."""
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode()


@pytest.mark.parametrize("name, member", [
    ("points.npy", npy("{'descr': '<f8', 'fortran_order': False, 'shape': (3")),  # not closed
    ("points.npy", npy("no header at all")),
    ("points.npy", npy("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }")),  # no data
    ("points.npy", b"\x93NUMPY"), ("points.npy", b""), ("points.txt", b"1 2 3"),
])
def test_a_member_that_is_no_array_is_a_value_error_with_the_name_of_the_file(tmp_path, name,
                                                                              member):
    path = tmp_path / "arrays.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, member)
    with pytest.raises(ValueError, match="arrays.npz"):
        load_npz(path)


def test_text_is_not_an_archive(tmp_path):
    path = tmp_path / "points.npz"
    path.write_text("x y z\n0 0 0\n")
    with pytest.raises(ValueError, match=r"not a complete \.npz archive \(12 bytes\)"):
        load_npz(path)


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


@pytest.mark.parametrize("name", ["file", "allow_pickle", "args", "0.weight"])
def test_an_entry_may_have_any_name(tmp_path, name):
    # numpy.savez takes entries as keyword arguments, where some names mean something else.
    path = tmp_path / "arrays.npz"
    save_npz(path, {name: np.arange(3)})
    np.testing.assert_array_equal(load_npz(path, required=(name,))[name], [0, 1, 2])


def test_the_same_arrays_make_the_same_file(tmp_path):
    for name in ("a.npz", "b.npz"):
        save_npz(tmp_path / name, {"points": np.arange(1000.0), "labels": np.arange(5)})
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
