"""The PLY format: a header in plain text that describes tables, then the tables.

::

    ply
    format binary_little_endian 1.0      or binary_big_endian, or ascii: one row a line
    comment a triangle
    element vertex 3                     a table of three rows ...
    property float x                     ... with these columns
    property float y
    property float z
    element face 1
    property list uchar int vertex_indices     a count (uchar), then that many numbers (int)
    end_header

A program may add tables and columns of its own, so a reader has to understand the whole header, if
only to know how many bytes to skip.  Lists are what makes reading slow: where a row begins is known
only when the rows before it have been read.  But nearly always all lists of a table are equally
long (all faces are triangles).  So we read the first row, *guess* that all others have its layout,
take the whole table in one step, and check the guess: every count must be the same.  Only if it is
wrong do we go row by row.

The format is from Greg Turk, The PLY polygon file format (1994).  Refused are triangle strips,
which some old files have in place of faces, and colours that are not whole numbers from 0 to 255.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from minicv.occupancy_network.mesh import Mesh
from minicv.occupancy_network.mesh_topology import fan_triangles

_TYPES = {  # both families of names that are in use, and what NumPy calls the type
    "char": "i1", "uchar": "u1", "short": "i2", "ushort": "u2",
    "int": "i4", "uint": "u4", "float": "f4", "double": "f8",
    "int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2",
    "int32": "i4", "uint32": "u4", "float32": "f4", "float64": "f8",
}
_CODE = {"i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I", "f4": "f", "f8": "d"}
_BYTE_ORDER = {"binary_little_endian": "<", "binary_big_endian": ">"}


# -- writing ---------------------------------------------------------------------------------------


def format_ply(mesh: Mesh, normals: bool, binary: bool) -> bytes:
    """The content of a PLY file; `normals` adds the vertex normals, `binary` chooses the form."""
    number = "f4" if mesh.vertices.dtype == np.float32 else "f8"
    columns = dict(zip("xyz", mesh.vertices.T, strict=True))
    if normals:
        columns |= zip(("nx", "ny", "nz"), mesh.vertex_normals().T, strict=True)
    kinds = dict.fromkeys(columns, number)
    if mesh.colors is not None:
        columns |= zip(("red", "green", "blue"), mesh.colors.T, strict=True)
        kinds |= dict.fromkeys(("red", "green", "blue"), "u1")

    vertices = np.empty(len(mesh.vertices), [(name, f"<{kind}") for name, kind in kinds.items()])
    for name, column in columns.items():
        vertices[name] = column
    faces = np.empty(len(mesh.faces), [("count", "u1"), ("vertex_indices", "<i4", 3)])
    faces["count"] = 3
    faces["vertex_indices"] = mesh.faces

    names = {"f4": "float", "f8": "double", "u1": "uchar"}
    header = [
        "ply",
        f"format {'binary_little_endian' if binary else 'ascii'} 1.0",
        "comment written by minicv",
        f"element vertex {len(vertices)}",
        *(f"property {names[kind]} {name}" for name, kind in kinds.items()),
        f"element face {len(faces)}",
        "property list uchar int vertex_indices",
        "end_header",
        "",
    ]
    start = "\n".join(header).encode("ascii")
    if binary:
        return start + vertices.tobytes() + faces.tobytes()
    lines = [" ".join(map(repr, row)) for row in vertices.tolist()]
    lines += [f"3 {a} {b} {c}" for a, b, c in mesh.faces.tolist()]
    lines.append("")
    return start + "\n".join(lines).encode("ascii")


# -- reading: the header ---------------------------------------------------------------------------


@dataclass
class _Property:
    name: str
    kind: str               # "f4": NumPy's name, without the byte order
    count_kind: str | None  # of a list: the type of its count; None for a single number


@dataclass
class _Element:
    name: str
    count: int
    properties: list[_Property] = field(default_factory=list)


@dataclass
class _Table:
    """The rows of one element."""

    values: dict[str, np.ndarray]   # (count,) each; for a list all rows' numbers end to end
    lengths: dict[str, np.ndarray]  # (count,) for each list: how many numbers each row has
    where: Callable[[int], str]     # "line 17" or "face 3": where row i is, for messages


def parse_ply(data: bytes) -> Mesh:
    """The mesh in the content of a PLY file.

    Raises
    ------
    ValueError : something is wrong or not supported; the message names the line, or in a binary
        file the row.
    """
    lines, body = _split_header(data)
    encoding, elements = _parse_header(lines)
    if encoding == "ascii":
        tables = _ascii_tables(elements, body, len(lines))
    else:
        tables = _binary_tables(elements, body, _BYTE_ORDER[encoding])
    return _mesh(tables)


def _split_header(data: bytes) -> tuple[list[str], bytes]:
    """The lines of the header, `end_header` included, and the bytes after it."""
    # The first line shows how lines end. We must know, for after "end_header\r" a byte 10 may
    # belong to the line end or be the first of the binary numbers.
    for newline in (b"\r\n", b"\n", b"\r"):
        if data.startswith(b"ply" + newline):
            break
    else:
        raise ValueError("this is no PLY file: its first line is not 'ply'")
    last = newline + b"end_header" + newline
    end = data.find(last)
    if end < 0:
        raise ValueError("the header has no end ('end_header'); the file may be cut short")
    header = data[:end + len(last)].decode("utf-8", errors="replace")
    return header.split(newline.decode())[:-1], data[end + len(last):]


def _parse_header(lines: list[str]) -> tuple[str, list[_Element]]:
    """The encoding and the description of the tables."""
    encoding = None
    elements: list[_Element] = []
    for number, line in enumerate(lines[1:-1], start=2):
        keyword, *words = line.split() or [""]
        match keyword, words:
            case ("" | "comment" | "obj_info"), _:
                pass
            case "format", ["ascii" | "binary_little_endian" | "binary_big_endian", "1.0"]:
                encoding = words[0]
            case "element", [name, count] if count.isdecimal():
                elements.append(_Element(name, int(count)))
            case "property", [kind, name] if elements and kind in _TYPES:
                elements[-1].properties.append(_Property(name, _TYPES[kind], None))
            case "property", ["list", count_kind, kind, name] if (
                elements and kind in _TYPES and _TYPES.get(count_kind, "f4")[0] != "f"
            ):
                elements[-1].properties.append(
                    _Property(name, _TYPES[kind], _TYPES[count_kind]))
            case _:
                raise ValueError(f"line {number}: cannot understand {line[:60]!r} in the header")
    if encoding is None:
        raise ValueError("the header does not say 'format ascii 1.0' or 'format binary_... 1.0'")
    for element in elements:
        names = [prop.name for prop in element.properties]
        if len(set(names)) < len(names) or (element.count > 0 and not names):
            raise ValueError(f"the element {element.name!r} has no property, or one name twice")
    if len({element.name for element in elements}) < len(elements):
        raise ValueError("the header describes the same element twice")
    return encoding, elements


# -- reading: text ---------------------------------------------------------------------------------


def _ascii_tables(elements: list[_Element], body: bytes, n_header: int) -> dict[str, _Table]:
    text = body.decode("ascii", errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    rows, lines = [], []
    for number, line in enumerate(text.split("\n"), start=n_header + 1):
        words = line.split()
        if words:
            rows.append(words)
            lines.append(number)
    tables = {}
    start = 0
    for element in elements:
        end = start + element.count
        if end > len(rows):
            raise ValueError(f"the file ends after {len(rows) - start} of the {element.count} rows "
                             f"of {element.name!r}; it may be cut short")
        tables[element.name] = _ascii_table(element, rows[start:end], lines[start:end])
        start = end
    if start < len(rows):
        raise ValueError(f"line {lines[start]}: there are more rows than the header counts")
    return tables


def _ascii_table(element: _Element, rows: list[list[str]], lines: list[int]) -> _Table:
    numbers = []
    for row, line in zip(rows, lines, strict=True):
        try:
            numbers.append([float(word) for word in row])
        except ValueError as error:
            raise ValueError(f"line {line}: {error}") from None

    table = _Table({}, {}, lambda i: f"line {lines[i]}")
    columns = _columns(element, numbers, table.where)
    for prop in element.properties:
        values, lengths = columns[prop.name]
        table.values[prop.name] = _converted(values, lengths, prop, table.where)
        if prop.count_kind is not None:
            table.lengths[prop.name] = lengths
    return table


def _columns(
    element: _Element, numbers: list[list[float]], where: Callable[[int], str]
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """The values of each property, all rows' end to end, and how many each row has."""
    columns = {prop.name: ([], []) for prop in element.properties}
    for i, row in enumerate(numbers):
        position = 0
        for prop in element.properties:
            length = 1
            if prop.count_kind is not None and position < len(row):
                length = row[position]
                if length < 0 or length != length // 1:
                    raise ValueError(f"{where(i)}: {length:g} is not the length of a list")
                length = int(length)
                position += 1
            if position + length > len(row):
                raise ValueError(f"{where(i)}: {len(row)} numbers are too few for "
                                 f"a row of {element.name!r}")
            values, lengths = columns[prop.name]
            values += row[position:position + length]
            lengths.append(length)
            position += length
        if position < len(row):
            raise ValueError(f"{where(i)}: {len(row)} numbers are too many for "
                             f"a row of {element.name!r}")
    return {
        name: (np.array(values, dtype=np.float64), np.array(lengths, dtype=np.int64))
        for name, (values, lengths) in columns.items()
    }


def _converted(
    values: np.ndarray, lengths: np.ndarray, prop: _Property, where: Callable[[int], str]
) -> np.ndarray:
    """Numbers read from text in the type that the header promises."""
    with np.errstate(over="ignore", invalid="ignore"):  # what does not fit is found just below
        converted = values.astype(prop.kind)
    if prop.kind[0] != "f":
        bad = np.flatnonzero(converted != values)
        if len(bad) > 0:
            row = np.searchsorted(np.cumsum(lengths), bad[0], side="right")
            raise ValueError(f"{where(row)}: {values[bad[0]]:.17g} is no value for {prop.name!r}, "
                             f"which is an integer of {8 * converted.itemsize} bits")
    return converted


# -- reading: binary -------------------------------------------------------------------------------


def _binary_tables(elements: list[_Element], body: bytes, order: str) -> dict[str, _Table]:
    tables = {}
    offset = 0
    for element in elements:
        table, offset = _equal_rows(element, body, offset, order)
        if table is None:
            table, offset = _walked_rows(element, element.count, body, offset, order)
        tables[element.name] = table
    if offset < len(body):
        raise ValueError(f"{len(body) - offset} bytes are left over after the last table; "
                         "the header's counts or types are wrong")
    return tables


def _equal_rows(
    element: _Element, body: bytes, offset: int, order: str
) -> tuple[_Table | None, int]:
    """The table and where it ends, if all rows are laid out as the first; else None."""
    first, _ = _walked_rows(element, min(element.count, 1), body, offset, order)
    layout = []
    for prop in element.properties:
        if prop.count_kind is None:
            layout.append((prop.name, order + prop.kind))
        else:
            length = int(first.lengths[prop.name].sum())
            layout.append((f"count of {prop.name}", order + prop.count_kind))
            layout.append((prop.name, order + prop.kind, (length,)))
    row = np.dtype(layout)
    end = offset + element.count * row.itemsize
    if end > len(body):
        return None, offset
    rows = np.frombuffer(body, row, element.count, offset)
    table = _Table({}, {}, first.where)
    for prop in element.properties:
        values = rows[prop.name]
        if prop.count_kind is not None:
            lengths = rows[f"count of {prop.name}"].astype(np.int64)
            if np.any(lengths != values.shape[1]):
                return None, offset
            table.lengths[prop.name] = lengths
        table.values[prop.name] = values.astype(prop.kind).reshape(-1)
    return table, end


def _walked_rows(
    element: _Element, n_rows: int, body: bytes, offset: int, order: str
) -> tuple[_Table, int]:
    """The same row by row, for rows of different layouts, and to say where a file is cut short."""
    table = _Table({}, {}, lambda i: f"{element.name} {i}")
    values = {prop.name: [] for prop in element.properties}
    lengths = {prop.name: [] for prop in element.properties if prop.count_kind is not None}
    for i in range(n_rows):
        try:
            for prop in element.properties:
                length = 1
                if prop.count_kind is not None:
                    (length,) = struct.unpack_from(order + _CODE[prop.count_kind], body, offset)
                    offset += int(prop.count_kind[1])
                    if length < 0:
                        raise ValueError(f"{table.where(i)}: {length} is not the length of a list")
                    lengths[prop.name].append(length)
                numbers = struct.unpack_from(f"{order}{length}{_CODE[prop.kind]}", body, offset)
                values[prop.name] += numbers
                offset += length * int(prop.kind[1])
        except struct.error:
            raise ValueError(f"the file ends within row {i} of the {element.count} rows of "
                             f"{element.name!r}; it may be cut short") from None
    for prop in element.properties:
        table.values[prop.name] = np.array(values[prop.name], dtype=prop.kind)
    for name, numbers in lengths.items():
        table.lengths[name] = np.array(numbers, dtype=np.int64)
    return table, offset


# -- reading: what the tables mean -----------------------------------------------------------------


def _mesh(tables: dict[str, _Table]) -> Mesh:
    vertex = tables.get("vertex")
    if vertex is None or not all(_is_number(vertex, name) for name in "xyz"):
        raise ValueError("the header has no element 'vertex' with the properties x, y and z")
    columns = [vertex.values[name] for name in "xyz"]
    single = all(column.dtype == np.float32 for column in columns)
    vertices = np.stack(columns, axis=1).astype(np.float32 if single else np.float64)
    bad = np.flatnonzero(~np.isfinite(vertices).all(axis=1))
    if len(bad) > 0:
        raise ValueError(f"{vertex.where(bad[0])}: the vertex {vertices[bad[0]].tolist()} "
                         "is not finite")
    return Mesh(vertices, _faces(tables, len(vertices)), _colors(vertex))


def _is_number(table: _Table, name: str) -> bool:
    return name in table.values and name not in table.lengths


def _colors(vertex: _Table) -> np.ndarray | None:
    if not all(_is_number(vertex, name) for name in ("red", "green", "blue")):
        return None
    colors = np.stack([vertex.values[name] for name in ("red", "green", "blue")], axis=1)
    if colors.dtype.kind == "f" or np.any((colors < 0) | (colors > 255)):
        raise ValueError("the vertex colours are not integers from 0 to 255")
    return colors.astype(np.uint8)


def _faces(tables: dict[str, _Table], n_vertices: int) -> np.ndarray:
    """(F, 3) int64 triangles."""
    if "face" not in tables:
        if "tristrips" in tables:
            raise ValueError("the surface is stored as triangle strips, which minicv does not "
                             "read; convert the file to faces first")
        return np.empty((0, 3), dtype=np.int64)
    face = tables["face"]
    name = "vertex_indices" if "vertex_indices" in face.lengths else "vertex_index"
    if name not in face.lengths or face.values[name].dtype.kind == "f":
        raise ValueError("the element 'face' has no list of integers called 'vertex_indices' or "
                         "'vertex_index'")
    lengths = face.lengths[name]
    bad = np.flatnonzero(lengths < 3)
    if len(bad) > 0:
        raise ValueError(f"{face.where(bad[0])}: the face has {lengths[bad[0]]} corners; it needs "
                         "3 or more")
    corners = face.values[name].astype(np.int64)
    bad = np.flatnonzero((corners < 0) | (corners >= n_vertices))
    if len(bad) > 0:
        row = np.searchsorted(np.cumsum(lengths), bad[0], side="right")
        raise ValueError(f"{face.where(row)}: the face uses vertex {corners[bad[0]]}, but there "
                         f"are {n_vertices} vertices, numbered from 0")
    return fan_triangles(corners, lengths)
