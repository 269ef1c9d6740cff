"""Reads the mesh files that minicv writes, and no others; knows nothing of the code that writes."""

from pathlib import Path

import numpy as np

from minicv.occupancy_network.mesh import Mesh

TYPES = {"float": "<f4", "double": "<f8", "uchar": "u1"}


def read_mesh(path: Path) -> Mesh:
    return read_obj(path) if path.suffix == ".obj" else read_ply(path)


def read_obj(path: Path) -> Mesh:
    vertices, faces = [], []
    for line in path.read_text("ascii").splitlines():
        keyword, *words = line.split()
        assert keyword in ("#", "v", "f"), line
        if keyword == "v":
            vertices.append([float(word) for word in words])
        elif keyword == "f":
            faces.append([int(word) - 1 for word in words])
    columns = np.array(vertices) if vertices else np.empty((0, 3))
    colours = np.rint(255 * columns[:, 3:]).astype(np.uint8) if columns.shape[1] == 6 else None
    return Mesh(columns[:, :3], np.array(faces, int).reshape(-1, 3), colours)


def read_ply(path: Path) -> Mesh:
    header, body = path.read_bytes().split(b"end_header\n", 1)
    lines = [line.split() for line in header.decode("ascii").splitlines()]
    assert lines[:2] == [["ply"], ["format", "binary_little_endian", "1.0"]]
    counts = {words[1]: int(words[2]) for words in lines if words[0] == "element"}
    assert list(counts) == ["vertex", "face"]
    assert lines[-1] == ["property", "list", "uchar", "int", "vertex_indices"]
    columns = [(words[2], TYPES[words[1]]) for words in lines[:-1] if words[0] == "property"]
    vertices = np.frombuffer(body, columns, counts["vertex"])
    faces = np.frombuffer(body, [("n", "u1"), ("corners", "<i4", 3)], offset=vertices.nbytes)
    assert len(faces) == counts["face"] and (faces["n"] == 3).all()
    points, colours = (np.stack([vertices[name] for name in names], axis=1) if names else None
                      for names in (["x", "y", "z"], [name for name, _ in columns[3:]]))
    return Mesh(points, faces["corners"], colours)
