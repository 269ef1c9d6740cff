"""Mesh files, written for viewers and other programs: OBJ and PLY.

*OBJ* is text, understood by nearly every program.  One statement a line, the first word says what
it is; vertices count from **1**::

    # a triangle
    v 0 0 0               a vertex: x y z, and by habit red green blue from 0 to 1
    v 1 0 0
    v 0 1 0
    f 1 2 3               a face: the numbers of its vertices

*PLY* was made for scanned shapes (Greg Turk, The PLY polygon file format, 1994).  A header in plain
text describes tables (`format_ply` writes it), then the tables follow, here as bytes: a row for
each vertex, and for each face the count 3 and the numbers of its vertices, from 0.

No digit is lost: PLY holds the bytes of the numbers, OBJ the shortest decimal number that gives the
same double (Python's `repr`).  The industrial counterpart, `trimesh.exchange`, reads files too.
"""

from __future__ import annotations

import os

import numpy as np

from minicv import checks
from minicv.files import replace_file
from minicv.occupancy_network.mesh import Mesh


def write_mesh(path: str | os.PathLike, mesh: Mesh) -> None:
    """Write a mesh, and its vertex colours if it has any, to an OBJ or PLY file.

    Parameters
    ----------
    path : path
        Where to; `.obj` or `.ply` chooses the format. An existing file is replaced.
    mesh : Mesh
        What to write.

    Raises
    ------
    ValueError, TypeError, OSError
        If the name ends in neither `.obj` nor `.ply`; if the folder is missing, not writable or
        full. The file is then as it was before.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "triangle.obj"
    >>> write_mesh(path, Mesh([[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 1, 2]]))
    >>> path.read_text().splitlines()[-1]
    'f 1 2 3'
    """
    formats = {".obj": format_obj, ".ply": format_ply}
    checks.instance(mesh, "mesh", Mesh)
    suffix = checks.path(path).suffix.lower()
    checks.choice(suffix, f"the ending of {path}", formats)
    with replace_file(path) as file:
        file.write(formats[suffix](mesh))


def format_obj(mesh: Mesh) -> bytes:
    """The content of an OBJ file."""
    columns = mesh.vertices.astype(np.float64)
    if mesh.colours is not None:
        columns = np.hstack([columns, mesh.colours / 255])
    lines = [f"# minicv: {len(mesh.vertices)} vertices, {len(mesh.faces)} faces"]
    lines += ["v " + " ".join(map(repr, row)) for row in columns.tolist()]
    lines += [f"f {a} {b} {c}" for a, b, c in (mesh.faces + 1).tolist()]
    return "\n".join([*lines, ""]).encode("ascii")


def format_ply(mesh: Mesh) -> bytes:
    """The content of a PLY file."""
    number, kind = ("float", "f4") if mesh.vertices.dtype == np.float32 else ("double", "f8")
    columns = [(number, kind, "x"), (number, kind, "y"), (number, kind, "z")]
    values = [*mesh.vertices.T]
    if mesh.colours is not None:
        columns += [("uchar", "u1", name) for name in ("red", "green", "blue")]
        values += [*mesh.colours.T]
    header = ["ply", "format binary_little_endian 1.0", "comment written by minicv",
              f"element vertex {len(mesh.vertices)}",
              *[f"property {ply_type} {name}" for ply_type, _, name in columns],
              f"element face {len(mesh.faces)}", "property list uchar int vertex_indices",
              "end_header", ""]

    vertices = np.empty(len(mesh.vertices), [(name, f"<{kind}") for _, kind, name in columns])
    for (_, _, name), column in zip(columns, values):
        vertices[name] = column
    faces = np.empty(len(mesh.faces), [("count", "u1"), ("corners", "<i4", 3)])
    faces["count"], faces["corners"] = 3, mesh.faces
    return "\n".join(header).encode("ascii") + vertices.tobytes() + faces.tobytes()
