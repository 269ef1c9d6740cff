"""OBJ and PLY: what is written comes back; other programs' files are read or refused with a reason.

The foreign files are written by hand here, in the ways that other programs write them.
"""

import struct

import numpy as np
import pytest

from minicv.occupancy_network.mesh import Mesh
from minicv.occupancy_network.mesh_files import read_mesh, write_mesh
from minicv.occupancy_network.mesh_ply import parse_ply

SQUARE = [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]]
FORMATS = [("mesh.obj", {}), ("mesh.ply", {"binary": True}), ("mesh.ply", {"binary": False})]
FORMAT_NAMES = ["obj", "binary ply", "ascii ply"]


def random_mesh(dtype: type, seed: int = 0) -> Mesh:
    """Vertices of random bits, so that all exponents and signs occur; colours too."""
    rng = np.random.default_rng(seed)
    bits = rng.integers(0, 256, (300, 3, np.dtype(dtype).itemsize), dtype=np.uint8)
    vertices = bits.view(dtype)[:, :, 0]
    vertices = np.where(np.isfinite(vertices), vertices, dtype(-0.0))
    colors = rng.integers(0, 256, (300, 3), dtype=np.uint8)
    return Mesh(vertices, rng.integers(0, 300, (500, 3)), colors)


def read_text(tmp_path, name: str, text: str) -> Mesh:
    (tmp_path / name).write_bytes(text.encode())
    return read_mesh(tmp_path / name)


def refused(tmp_path, name: str, content: str | bytes) -> str:
    """The message with which a file is refused."""
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ValueError) as caught:
        read_mesh(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    return message


# -- both formats ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "options"), FORMATS, ids=FORMAT_NAMES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("normals", [False, True], ids=["plain", "with normals"])
@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")  # normals of such vertices
def test_mesh_comes_back_bit_by_bit(tmp_path, name, options, dtype, normals):
    mesh = random_mesh(dtype)
    if normals:  # huge coordinates have no finite normals
        mesh = Mesh(np.clip(mesh.vertices, -1e9, 1e9), mesh.faces, mesh.colors)
    write_mesh(tmp_path / name, mesh, normals=normals, **options)
    back = read_mesh(tmp_path / name)
    assert back.vertices.astype(np.float64).tobytes() == mesh.vertices.astype(np.float64).tobytes()
    assert np.array_equal(back.faces, mesh.faces)
    assert np.array_equal(back.colors, mesh.colors)


@pytest.mark.parametrize(("name", "options"), FORMATS[1:], ids=FORMAT_NAMES[1:])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_ply_keeps_the_dtype(tmp_path, name, options, dtype):
    write_mesh(tmp_path / name, random_mesh(dtype), **options)
    assert read_mesh(tmp_path / name).vertices.dtype == dtype


@pytest.mark.parametrize(("name", "options"), FORMATS, ids=FORMAT_NAMES)
def test_mesh_without_colours_comes_back_without(tmp_path, name, options):
    write_mesh(tmp_path / name, Mesh(SQUARE, [[0, 1, 2]]), **options)
    assert read_mesh(tmp_path / name).colors is None


@pytest.mark.parametrize(("name", "options"), FORMATS, ids=FORMAT_NAMES)
@pytest.mark.parametrize("n_vertices", [0, 4])
def test_mesh_without_faces_comes_back(tmp_path, name, options, n_vertices):
    write_mesh(tmp_path / name, Mesh(np.ones((n_vertices, 3)), np.empty((0, 3))), **options)
    back = read_mesh(tmp_path / name)
    assert back.vertices.shape == (n_vertices, 3) and back.faces.shape == (0, 3)


def test_unknown_format_is_not_read(tmp_path):
    with pytest.raises(ValueError, match=r"must end in \.obj or \.ply"):
        read_mesh(tmp_path / "mesh.stl")


def test_unknown_format_is_not_written(tmp_path):
    with pytest.raises(ValueError, match=r"must end in \.obj or \.ply"):
        write_mesh(tmp_path / "mesh.stl", Mesh(SQUARE, [[0, 1, 2]]))


def test_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no file .*mesh\.ply"):
        read_mesh(tmp_path / "mesh.ply")


@pytest.mark.parametrize(("name", "options"), FORMATS, ids=FORMAT_NAMES)
def test_failed_write_leaves_the_old_file(tmp_path, name, options, monkeypatch):
    path = tmp_path / name
    path.write_text("old")

    def full_disk(*args):
        raise OSError("disk full")

    monkeypatch.setattr("os.replace", full_disk)
    with pytest.raises(OSError, match="disk full"):
        write_mesh(path, Mesh(SQUARE, [[0, 1, 2]]), **options)
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


# -- OBJ of other programs -------------------------------------------------------------------------

OBJ_SQUARE = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\n"


@pytest.mark.parametrize(
    ("face", "triangles"),
    [
        ("f 1 2 3", [[0, 1, 2]]),
        ("f 1/4 2/5 3/6", [[0, 1, 2]]),
        ("f 1/4/7 2/5/8 3/6/9", [[0, 1, 2]]),
        ("f 1//7 2//8 3//9", [[0, 1, 2]]),
        ("f -4 -3 -2", [[0, 1, 2]]),
        ("f -4/-1/-1 -3/-1/-1 -2/-1/-1", [[0, 1, 2]]),
        ("f 1 2 3 4", [[0, 1, 2], [0, 2, 3]]),
        ("f 4 3 2 1\nf 1 2 3", [[3, 2, 1], [3, 1, 0], [0, 1, 2]]),
        ("f 1 2 \\\n3", [[0, 1, 2]]),
        ("f\t1  2\t3  ", [[0, 1, 2]]),
        ("  f 1 2 3", [[0, 1, 2]]),
        ("f 1 2 3 # the first", [[0, 1, 2]]),
        ("# C:\\models\\\nf 1 2 3", [[0, 1, 2]]),
        ("g side\nusemtl red\ns 1\no part\nvt 0 0\nvn 0 0 1\nl 1 2\np 1\nf 1 2 3", [[0, 1, 2]]),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["unix", "dos", "old mac"])
def test_obj_faces_of_other_programs(tmp_path, face, triangles, newline):
    text = f"# made by hand\n\nmtllib a.mtl\n{OBJ_SQUARE}\n{face}\n".replace("\n", newline)
    assert read_text(tmp_path, "mesh.obj", text).faces.tolist() == triangles


def test_obj_negative_numbers_count_from_the_line_they_are_on(tmp_path):
    text = OBJ_SQUARE + "f -4 -3 -2\n" + OBJ_SQUARE + "f -4 -3 -2\nf 1 2 3\n"
    assert read_text(tmp_path, "mesh.obj", text).faces.tolist() == [[0, 1, 2], [4, 5, 6], [0, 1, 2]]


def test_obj_faces_may_stand_before_their_vertices(tmp_path):
    assert read_text(tmp_path, "mesh.obj", "f 1 2 3\n" + OBJ_SQUARE).faces.tolist() == [[0, 1, 2]]


def test_obj_vertex_colours_are_read(tmp_path):
    text = "v 0 0 0 1 0 0\nv 1 0 0 0 1 0.5\nv 0 1 0 0.2 0 1\nf 1 2 3\n"
    colors = read_text(tmp_path, "mesh.obj", text).colors
    assert colors.tolist() == [[255, 0, 0], [0, 255, 128], [51, 0, 255]]


def test_obj_fourth_number_of_a_vertex_is_a_weight_and_is_skipped(tmp_path):
    mesh = read_text(tmp_path, "mesh.obj", "v 1 2 3 1.0\nv 4 5 6\nv 7 8 9 1\nf 1 2 3\n")
    assert mesh.vertices.tolist() == [[1, 2, 3], [4, 5, 6], [7, 8, 9]]


def test_obj_names_in_any_encoding_are_skipped(tmp_path):
    (tmp_path / "mesh.obj").write_bytes(b"o caf\xe9\x85\xa0\n" + OBJ_SQUARE.encode() + b"f 1 2 3\n")
    assert len(read_mesh(tmp_path / "mesh.obj").faces) == 1


def test_obj_with_a_byte_order_mark_is_read(tmp_path):
    (tmp_path / "mesh.obj").write_bytes(b"\xef\xbb\xbf" + OBJ_SQUARE.encode())
    assert len(read_mesh(tmp_path / "mesh.obj").vertices) == 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("v 0 0\n", "line 1: a vertex has 2 numbers"),
        ("v 0 0 0\nv 0 0 0 1 1 1\n", "line 2: a vertex has 6 numbers"),
        ("v 0 0 0\nv 0 x 0\n", "line 2: 'x' is not a number"),
        ("v 0 0 0\n\nv 0 nan 0\n", "line 3: the vertex has a number that is not finite"),
        ("v 0 0 1e999\n", "line 1: the vertex has a number that is not finite"),
        ("v 0 0 0 255 0 0\n", "line 1: the colour [255.0, 0.0, 0.0] is not between 0 and 1"),
        (OBJ_SQUARE + "f 1 2 3\nf 0 1 2\n", "line 6: the face uses vertex 0, but OBJ counts"),
        (OBJ_SQUARE + "f 1 2 5\n", "line 5: the face uses vertex 5, but there are 4 vertices"),
        (OBJ_SQUARE + "f 1 2 3 4\nf 1 2 -5\n", "line 6: the face uses vertex -5, but there are 4"),
        ("v 0 0 0\nf -1 -1 -2\n" + OBJ_SQUARE, "line 2: the face uses vertex -2, but there are 1"),
        (OBJ_SQUARE + "f 1 2\n", "line 5: a face has 2 corners"),
        (OBJ_SQUARE + "f 1 2 3\nf\n", "line 6: a face has 0 corners"),
        (OBJ_SQUARE + "f 1 2 3.0\n", "line 5: '3.0' is not the number of a vertex"),
        (OBJ_SQUARE + "f 1 2 /3\n", "line 5: '/3' is not the number of a vertex"),
        (OBJ_SQUARE + f"f 1 2 {10**30}\n", "line 5: '1000000000000000000000000000000' is not"),
        (OBJ_SQUARE + "f 1 2 \\\n 9\n", "line 5: the face uses vertex 9"),
        (OBJ_SQUARE + "f 1 2 \\", "line 5: the file ends where a backslash"),
        (OBJ_SQUARE + "curv 0 1 1 2\n", "line 5: 'curv' is no OBJ statement"),
        ("solid cube\n", "line 1: 'solid' is no OBJ statement"),
    ],
)
def test_obj_faults_are_refused_by_line(tmp_path, text, message):
    assert message in refused(tmp_path, "mesh.obj", text)


# -- PLY of other programs -------------------------------------------------------------------------


def ply_header(encoding: str, *lines: str) -> str:
    return "\n".join(["ply", f"format {encoding} 1.0", *lines, "end_header", ""])


VERTEX = ("element vertex 4", "property float x", "property float y", "property float z")
FACE = ("element face 1", "property list uchar int vertex_indices")
ROWS = "0 0 0\n1 0 0\n1 1 0\n0 1 0\n"
ONE_FACE = ply_header("ascii", *VERTEX, *FACE) + ROWS  # what it lacks is line 14


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["unix", "dos", "old mac"])
def test_ascii_ply_with_comments_and_blank_lines(tmp_path, newline):
    text = ply_header("ascii", "comment element face 7", "obj_info made by hand", *VERTEX, *FACE)
    text = (text + ROWS + "\n3 0 1 2\n\n").replace("\n", newline)
    assert read_text(tmp_path, "mesh.ply", text).faces.tolist() == [[0, 1, 2]]


def test_ascii_ply_with_triangles_quads_and_pentagons(tmp_path):
    text = ply_header("ascii", *VERTEX, "element face 3", FACE[1]) + ROWS
    mesh = read_text(tmp_path, "mesh.ply", text + "4 0 1 2 3\n3 0 1 2\n5 0 1 2 3 0\n")
    assert mesh.faces.tolist() == [[0, 1, 2], [0, 2, 3], [0, 1, 2], [0, 1, 2], [0, 2, 3], [0, 3, 0]]


def test_ascii_ply_with_columns_and_tables_of_its_own(tmp_path):
    text = ply_header(
        "ascii",
        "element camera 1", "property list uchar float matrix", "property int id",
        "element vertex 3", "property float nx", "property double x", "property float y",
        "property double z", "property uint8 red", "property uint8 green", "property uint8 blue",
        "property uint8 alpha", "property float quality",
        "element face 1", "property uchar flags", "property list uint8 uint32 vertex_index",
        "property list uchar float texcoord",
        "element edge 1", "property int vertex1", "property int vertex2",
    ) + ("2 0.5 0.25 7\n"
         "9 0.1 0 0 255 0 0 255 nan\n9 1 0 0 0 255 0 255 0\n9 0 1 0 0 0 255 255 0\n"
         "1 3 0 1 2 6 0 0 1 0 0 1\n0 1\n")
    mesh = read_text(tmp_path, "mesh.ply", text)
    assert mesh.faces.tolist() == [[0, 1, 2]]
    assert mesh.vertices.tolist() == [[0.1, 0, 0], [1, 0, 0], [0, 1, 0]]
    assert mesh.colors.tolist() == [[255, 0, 0], [0, 255, 0], [0, 0, 255]]


@pytest.mark.parametrize(("encoding", "order"),
                         [("binary_little_endian", "<"), ("binary_big_endian", ">")])
@pytest.mark.parametrize("last_face", [(3, 2, 3, 0), (4, 0, 1, 2, 3)], ids=["equal", "mixed"])
def test_binary_ply_with_columns_and_tables_of_its_own(tmp_path, encoding, order, last_face):
    header = ply_header(
        encoding,
        "element vertex 4", "property short x", "property double y", "property float z",
        "property list uchar short rings",
        "element face 2", "property list int ushort vertex_indices", "property float quality",
        "element material 0",
        "element edge 1", "property int vertex1", "property int vertex2",
    )
    body = b"".join(struct.pack(f"{order}hdfB{x}h", x, y, z, x, *[7] * x) for x, y, z in SQUARE)
    body += struct.pack(f"{order}i3Hf", 3, 0, 1, 2, 0.5)
    body += struct.pack(f"{order}i{last_face[0]}Hf", *last_face, 0.5)
    body += struct.pack(f"{order}2i", 0, 1)
    (tmp_path / "mesh.ply").write_bytes(header.encode() + body)
    mesh = read_mesh(tmp_path / "mesh.ply")
    second = {3: [[2, 3, 0]], 4: [[0, 1, 2], [0, 2, 3]]}[last_face[0]]
    assert mesh.vertices.tolist() == SQUARE
    assert mesh.faces.tolist() == [[0, 1, 2], *second]


def test_binary_ply_whose_first_byte_is_a_newline(tmp_path):
    # After "end_header\r" the byte 10 belongs to the numbers: to the count of 10 corners.
    header = ply_header("binary_little_endian", "element face 1", FACE[1], *VERTEX)
    body = struct.pack("<B10i", 10, *[0, 1] * 5) + np.float32(SQUARE).tobytes()
    (tmp_path / "mesh.ply").write_bytes(header.replace("\n", "\r").encode() + body)
    assert len(read_mesh(tmp_path / "mesh.ply").faces) == 8


def test_ply_without_faces_is_a_mesh_without_faces(tmp_path):
    mesh = read_text(tmp_path, "mesh.ply", ply_header("ascii", *VERTEX) + ROWS)
    assert mesh.vertices.tolist() == SQUARE and len(mesh.faces) == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("v 0 0 0\n", "no PLY file"),
        ("ply\nformat ascii 1.0\nelement vertex 4\n", "the header has no end"),
        (ply_header("ascii", "element vertex -4"), "line 3: cannot understand 'element vertex -4'"),
        (ply_header("ascii", "property float x"), "line 3: cannot understand"),
        (ply_header("ascii", *VERTEX, "property half w"), "line 7: cannot understand"),
        (ply_header("ascii", "element face 1", "property list float int vertex_indices"),
         "line 4: cannot understand"),
        (ply_header("binary_middle_endian", *VERTEX), "line 2: cannot understand"),
        ("ply\nelement vertex 0\nend_header\n", "does not say 'format"),
        (ply_header("ascii", *VERTEX, "property int x"), "'vertex' has no property, or one name"),
        (ply_header("ascii", *VERTEX[:3]) + "0 0\n" * 4, "no element 'vertex' with the properties"),
        (ply_header("ascii", *FACE) + "3 0 1 2\n", "no element 'vertex'"),
        (ply_header("ascii", *VERTEX, "element tristrips 1", FACE[1]) + ROWS + "3 0 1 2\n",
         "triangle strips"),
        (ply_header("ascii", *VERTEX, "element face 1", "property int area") + ROWS + "1\n",
         "no list of integers called 'vertex_indices'"),
        (ply_header("ascii", *VERTEX, *FACE) + ROWS, "ends after 0 of the 1 rows of 'face'"),
        (ply_header("ascii", *VERTEX) + ROWS[:12], "ends after 2 of the 4 rows of 'vertex'"),
        (ply_header("ascii", *VERTEX) + ROWS + "0 0 0\n", "line 12: there are more rows"),
        (ply_header("ascii", *VERTEX) + ROWS[:-2], "line 11: 2 numbers are too few"),
        (ply_header("ascii", *VERTEX) + ROWS[:-1] + " 9\n", "line 11: 4 numbers are too many"),
        (ply_header("ascii", *VERTEX) + ROWS[:-2] + "z\n", "line 11: could not convert"),
        (ply_header("ascii", *VERTEX) + ROWS[:-2] + "nan\n", "line 11: the vertex"),
        (ply_header("ascii", *VERTEX) + ROWS[:-2] + "1e300\n", "line 11: the vertex"),
        (ONE_FACE + "3 0 1 4\n", "line 14: the face uses vertex 4"),
        (ONE_FACE + "\n3 0 1 -1\n", "line 15: the face uses vertex -1"),
        (ONE_FACE + "2 0 1\n", "line 14: the face has 2 corners"),
        (ONE_FACE + "4 0 1 2\n", "line 14: 4 numbers are too few"),
        (ply_header("ascii", *VERTEX, FACE[0], "property int flags", FACE[1]) + ROWS + "1\n",
         "line 15: 1 numbers are too few"),
        (ONE_FACE + "2.5 0 1 2\n", "line 14: 2.5 is not the length"),
        (ONE_FACE + "3 0 1 1.5\n", "line 14: 1.5 is no value for"),
        (ONE_FACE + "3 0 1 3e9\n", "line 14: 3000000000 is no value"),
        (ply_header("ascii", *VERTEX, "property float red", "property float green",
                    "property float blue") + "0 0 0 1 1 1\n" * 4, "colours are not integers"),
    ],
)
def test_ply_faults_are_refused_by_line(tmp_path, text, message):
    assert message in refused(tmp_path, "mesh.ply", text)


BINARY = ply_header("binary_little_endian", *VERTEX, *FACE).encode()
BINARY_VERTICES = np.float32(SQUARE).tobytes()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "ends within row 0 of the 4 rows of 'vertex'"),
        (BINARY_VERTICES[:-1], "ends within row 3 of the 4 rows of 'vertex'"),
        (BINARY_VERTICES, "ends within row 0 of the 1 rows of 'face'"),
        (BINARY_VERTICES + struct.pack("<B3i", 3, 0, 1, 2)[:-1], "ends within row 0 of the 1"),
        (BINARY_VERTICES + struct.pack("<B3i", 255, 0, 1, 2), "ends within row 0 of the 1 rows"),
        (BINARY_VERTICES + struct.pack("<B3i", 3, 0, 1, 2) + b"\0", "1 bytes are left over"),
        (BINARY_VERTICES + struct.pack("<B3i", 3, 0, 1, 4), "face 0: the face uses vertex 4"),
        (BINARY_VERTICES + struct.pack("<B3i", 3, 0, 1, -1), "face 0: the face uses vertex -1"),
        (BINARY_VERTICES + struct.pack("<B2i", 2, 0, 1), "face 0: the face has 2 corners"),
        (np.float32([*SQUARE[:3], [0, np.nan, 0]]).tobytes() + struct.pack("<B3i", 3, 0, 1, 2),
         "vertex 3: the vertex [0.0, nan, 0.0] is not finite"),
    ],
)
def test_binary_ply_faults_are_refused_by_row(tmp_path, body, message):
    assert message in refused(tmp_path, "mesh.ply", BINARY + body)


def test_binary_ply_with_a_negative_list_length_is_refused(tmp_path):
    header = ply_header("binary_little_endian", *VERTEX, FACE[0],
                        "property list char int vertex_indices").encode()
    message = refused(tmp_path, "mesh.ply", header + BINARY_VERTICES + struct.pack("<b", -3))
    assert "face 0: -3 is not the length of a list" in message


@pytest.mark.parametrize("encoding", ["ascii", "binary_little_endian"])
def test_ply_that_counts_more_rows_than_any_memory_holds_is_refused(tmp_path, encoding):
    header = ply_header(encoding, f"element vertex {10**15}", *VERTEX[1:])
    assert "may be cut short" in refused(tmp_path, "mesh.ply", header)


def test_every_cut_of_a_ply_file_is_refused(tmp_path):
    path = tmp_path / "mesh.ply"
    write_mesh(path, Mesh(SQUARE, [[0, 1, 2], [0, 2, 3]], np.full((4, 3), 10, np.uint8)))
    whole = path.read_bytes()
    for length in range(len(whole)):
        with pytest.raises(ValueError):
            parse_ply(whole[:length])
