"""Mesh files: OBJ and PLY, written and read back.

========  ==========================================================================================
`.obj`    text, understood by nearly every program (`mesh_obj` explains the format)
`.ply`    binary or text, made for scanned shapes, with vertex colours (`mesh_ply` explains it)
========  ==========================================================================================

*What comes back.*  The same numbers, bit by bit.  Binary PLY stores them as they are.  Text stores
the shortest decimal number from which the same double follows (Python's `repr`), so no digit is
lost there either; a float32 is written as the double that it is equal to.  PLY knows float32 from
float64, OBJ does not and is read as float64.

*Other programs' files* are read if their meaning is clear, and refused with the line and the reason
if not.  Polygons are cut into triangles.  What a `Mesh` has no place for is skipped: texture
coordinates, stored normals, materials, groups, lines, points, further properties.

A file is written whole or not at all.  The industrial counterpart, `trimesh.load`, reads many more
formats, loads textures too, and by default merges equal vertices.
"""

from __future__ import annotations

import os
from pathlib import Path

from minicv.files import replace_file
from minicv.occupancy_network.mesh import Mesh
from minicv.occupancy_network.mesh_obj import format_obj, parse_obj
from minicv.occupancy_network.mesh_ply import format_ply, parse_ply


def write_mesh(
    path: str | os.PathLike, mesh: Mesh, *, normals: bool = False, binary: bool = True
) -> None:
    """Write a mesh, and its vertex colours if it has any, to an OBJ or PLY file.

    Parameters
    ----------
    path : where to; `.obj` or `.ply` chooses the format.
    mesh : what to write.
    normals : also write the vertex normals, for programs that shade with them.
    binary : PLY as bytes (little-endian) or as text. OBJ is always text.

    Raises
    ------
    ValueError : the name ends in neither `.obj` nor `.ply`.
    OSError : the folder is missing, not writable or full.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "triangle.ply"
    >>> write_mesh(path, Mesh([[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 1, 2]]))
    >>> read_mesh(path)
    Mesh(3 vertices, 1 faces)
    """
    if _suffix(path) == ".obj":
        content = format_obj(mesh, normals)
    else:
        content = format_ply(mesh, normals, binary)
    with replace_file(path) as file:
        file.write(content)


def read_mesh(path: str | os.PathLike) -> Mesh:
    """Read a mesh from an OBJ or PLY file.

    Vertices are float32 if a PLY file stores them so, and float64 otherwise. A file with vertices
    alone is a mesh without faces.

    Raises
    ------
    FileNotFoundError : there is no such file.
    ValueError : the name ends in neither `.obj` nor `.ply`, or the content is cut short, wrong, or
        something that a `Mesh` cannot hold. The message names the place.

    Notes
    -----
    Two faults cannot be seen. An OBJ file does not say how long it is, so if it was cut at the end
    of a line, and no face left in it misses a vertex, it reads as a smaller mesh. And a text file
    that was cut within its last number reads as if that number were shorter.
    """
    parse = {".obj": parse_obj, ".ply": parse_ply}[_suffix(path)]
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}")
    try:
        return parse(path.read_bytes())
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _suffix(path: str | os.PathLike) -> str:
    suffix = Path(path).suffix.lower()
    if suffix not in (".obj", ".ply"):
        raise ValueError(f"{path} must end in .obj or .ply, the mesh formats that minicv knows")
    return suffix
