"""The OBJ format: one statement a line, the first word says what it is.

::

    # a square
    v 0 0 0               a vertex: x y z, and in some files red green blue from 0 to 1
    v 1 0 0
    v 1 1 0
    v 0 1 0
    vn 0 0 1              a normal
    f 1//1 2//1 3//1 4//1 a face: for each corner, vertex/texture coordinate/normal

Numbers of vertices count from **1**; a negative number counts back from the last vertex so far, so
that -1 is the latest.  A backslash at the end of a line continues it on the next.

The format is from Wavefront's Advanced Visualizer (1992, appendix B1 of its manual); vertex colours
are a habit of later programs.  Curves and free-form surfaces, which it has too, are refused here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain

import numpy as np

from minicv.occupancy_network.mesh import Mesh
from minicv.occupancy_network.mesh_topology import fan_triangles

# Statements without which the triangles are the same: texture coordinates, normals, points and
# lines, names and groups, materials, and display settings.
_SKIPPED = frozenset(
    "vt vn vp p l o g s mg usemtl mtllib usemap maplib bevel c_interp d_interp lod "
    "shadow_obj trace_obj ctech stech".split()
)


def format_obj(mesh: Mesh, normals: bool) -> bytes:
    """The content of an OBJ file; `normals` adds the vertex normals."""
    columns = mesh.vertices.T.tolist()
    if mesh.colors is not None:
        columns += (mesh.colors.T / 255).tolist()
    lines = [f"# minicv: {len(mesh.vertices)} vertices, {len(mesh.faces)} faces"]
    lines += ["v " + " ".join(map(repr, row)) for row in zip(*columns, strict=True)]
    faces = (mesh.faces + 1).tolist()
    if normals:
        lines += [f"vn {x!r} {y!r} {z!r}" for x, y, z in mesh.vertex_normals().tolist()]
        lines += [f"f {a}//{a} {b}//{b} {c}//{c}" for a, b, c in faces]
    else:
        lines += [f"f {a} {b} {c}" for a, b, c in faces]
    lines.append("")
    return "\n".join(lines).encode("ascii")


def parse_obj(data: bytes) -> Mesh:
    """The mesh in the content of an OBJ file.

    Raises
    ------
    ValueError : something is wrong or not supported; the message names the line.
    """
    vertex_rows, vertex_lines = [], []
    face_rows, face_lines, n_vertices_before = [], [], []
    for number, statement in _statements(data):
        keyword, *words = statement.split()
        if keyword == "v":
            vertex_rows.append(words)
            vertex_lines.append(number)
        elif keyword == "f":
            face_rows.append(words)
            face_lines.append(number)
            n_vertices_before.append(len(vertex_rows))
        elif keyword not in _SKIPPED:
            raise ValueError(f"line {number}: {keyword[:40]!r} is no OBJ statement that minicv "
                             "reads (it reads vertices and polygons)")
    vertices, colors = _vertices(vertex_rows, vertex_lines)
    faces = _faces(face_rows, face_lines, n_vertices_before, len(vertices))
    return Mesh(vertices, faces, colors)


def _statements(data: bytes) -> Iterator[tuple[int, str]]:
    """The statements with the number of the line that each begins on; no comments, no blanks."""
    # All we look at is ASCII; names in other encodings must not stop us.
    text = data.decode("utf-8-sig", errors="replace")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    begun, begun_at = "", 0
    for number, line in enumerate(lines, start=1):
        # Comments go first: one that ends in a backslash does not continue.
        line = line.partition("#")[0].strip()
        if begun:
            line, number = f"{begun} {line}", begun_at
        if line.endswith("\\"):
            begun, begun_at = line[:-1], number
            continue
        begun = ""
        if line:
            yield number, line
    if begun:
        raise ValueError(f"line {begun_at}: the file ends where a backslash promises another line")


def _vertices(
    rows: list[list[str]], lines: list[int]
) -> tuple[np.ndarray, np.ndarray | None]:
    """(V, 3) float64 vertices and (V, 3) uint8 colours or None."""
    if not rows:
        return np.empty((0, 3)), None
    # A fourth number is a weight for curves, which means nothing here.
    has_colors = len(rows[0]) == 6
    allowed = {6} if has_colors else {3, 4}
    for number, row in zip(lines, rows, strict=True):
        if len(row) not in allowed:
            raise ValueError(f"line {number}: a vertex has {len(row)} numbers; it needs x y z or "
                             "x y z red green blue, the same for all vertices")
    width = 6 if has_colors else 3
    words = chain.from_iterable(row[:width] for row in rows)
    try:
        values = np.array([float(word) for word in words]).reshape(-1, width)
    except ValueError:
        raise _not_a_number(rows, lines, float) from None
    bad = np.flatnonzero(~np.isfinite(values).all(axis=1))
    if len(bad) > 0:
        raise ValueError(f"line {lines[bad[0]]}: the vertex has a number that is not finite")
    if not has_colors:
        return values, None
    colors = values[:, 3:]
    bad = np.flatnonzero(((colors < 0) | (colors > 1)).any(axis=1))
    if len(bad) > 0:
        raise ValueError(f"line {lines[bad[0]]}: the colour {colors[bad[0]].tolist()} is not "
                         "between 0 and 1")
    return values[:, :3], np.rint(255 * colors).astype(np.uint8)


def _faces(
    rows: list[list[str]], lines: list[int], n_vertices_before: list[int], n_vertices: int
) -> np.ndarray:
    """(F, 3) int64 triangles, counted from 0."""
    lengths = np.array([len(row) for row in rows], dtype=np.int64)
    bad = np.flatnonzero(lengths < 3)
    if len(bad) > 0:
        raise ValueError(f"line {lines[bad[0]]}: a face has {lengths[bad[0]]} corners; "
                         "it needs 3 or more")
    words = chain.from_iterable(rows)
    try:
        # Of vertex/texture/normal we want the vertex.
        numbers = np.array([int(word.partition("/")[0]) for word in words], dtype=np.int64)
    except (ValueError, OverflowError):
        raise _not_a_number(rows, lines, _vertex_number) from None

    before = np.repeat(np.array(n_vertices_before, dtype=np.int64), lengths)
    corners = np.where(numbers < 0, before + numbers, numbers - 1)  # 0 becomes -1: refused too
    bad = np.flatnonzero((corners < 0) | (corners >= n_vertices))
    if len(bad) > 0:
        line = lines[np.searchsorted(np.cumsum(lengths), bad[0], side="right")]
        number = numbers[bad[0]]
        reason = f"there are {n_vertices} vertices"
        if number == 0:
            reason = "OBJ counts vertices from 1"
        elif number < 0:
            reason = f"there are {before[bad[0]]} vertices before this line"
        raise ValueError(f"line {line}: the face uses vertex {number}, but {reason}")
    return fan_triangles(corners, lengths)


def _vertex_number(word: str) -> int:
    """12 from "12/5/7"; an error also for what does not fit into 64 bits."""
    number = int(word.partition("/")[0])
    if abs(number) >= 2**63:
        raise ValueError("too large")
    return number


def _not_a_number(
    rows: list[list[str]], lines: list[int], parse: Callable[[str], float]
) -> ValueError:
    """Find the word that `parse` does not understand. Slow, but only for a file that is refused."""
    for number, row in zip(lines, rows, strict=True):
        for word in row:
            try:
                parse(word)
            except ValueError:
                wanted = "a number" if parse is float else "the number of a vertex"
                return ValueError(f"line {number}: {word[:40]!r} is not {wanted}")
    raise AssertionError("called without a bad word")
