"""From cells that are inside or outside to polygons with neighbours: the last step of `surface`."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from minicv.decision_boundary.polyhedra import CELL, EDGE, FACE, NONE, Polyhedra

Side = tuple[int, int]  # (face, edge)


def border_faces(cells: Polyhedra, inside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The faces between an inside cell (C,) bool and another one, and those on the box's sides."""
    cell, face = cells.border[CELL]
    n_cells = np.bincount(face, minlength=cells.count[FACE])
    n_inside = np.bincount(face[inside[cell]], minlength=cells.count[FACE])
    on_side = cells.on_side != NONE
    proven = n_cells == 0
    return (np.flatnonzero(~on_side & (n_cells == 2) & (n_inside == 1)),
            np.flatnonzero(on_side & (proven | (n_inside == 1))))


def rings(cells: Polyhedra, faces: np.ndarray) -> list[list[Side]]:
    """Of each face its edges, in order around it, as (first vertex, edge)."""
    ends: dict[int, list[int]] = defaultdict(list)
    for edge, vertex in cells.border[EDGE].T.tolist():
        ends[edge].append(vertex)
    edges: dict[int, list[int]] = defaultdict(list)
    for face, edge in cells.border[FACE].T.tolist():
        edges[face].append(edge)
    result = []
    for face in faces.tolist():
        at = defaultdict(list)
        for edge in edges[face]:
            for vertex in ends[edge]:
                at[vertex].append(edge)
        edge = edges[face][0]
        vertex = ends[edge][0]
        ring: list[Side] = []
        for _ in edges[face]:
            ring.append((vertex, edge))
            vertex = sum(ends[edge]) - vertex
            edge = sum(at[vertex]) - edge
        result.append(ring)
    return result


def pair_sides(cells: Polyhedra, faces: np.ndarray, around: list[list[Side]], inside: np.ndarray
               ) -> dict[Side, int]:
    """Which face is behind each side (face, edge).

    Where parts of the inside touch in an edge, more than two faces meet there. Then the one
    behind is found by turning round the edge through the inside.
    """
    meeting: dict[int, list[int]] = defaultdict(list)
    for face, ring in zip(faces.tolist(), around):
        for _, edge in ring:
            meeting[edge].append(face)
    behind = {}
    for edge, some in meeting.items():
        if len(some) == 2 and not cells.torn_edges[edge]:
            behind[some[0], edge], behind[some[1], edge] = some[::-1]
    crowded = [edge for edge, some in meeting.items() if len(some) > 2 and not cells.torn_edges[edge]]
    cells_at: dict[int, list[int]] = defaultdict(list)
    for cell, face in cells.border[CELL][:, inside[cells.border[CELL][0]]].T.tolist():
        cells_at[face].append(cell)
    pairs: dict[Side, list[int]] = defaultdict(list)  # the two faces of a cell at an edge
    rows = np.isin(cells.border[FACE][1], crowded)
    for face, edge in cells.border[FACE][:, rows].T.tolist():
        for cell in cells_at[face]:
            pairs[cell, edge].append(face)
    for edge in crowded:
        for face in meeting[edge]:
            now, cell = face, cells_at[face][0]
            while now == face or now not in meeting[edge]:
                now = sum(pairs[cell, edge]) - now
                cell = sum(cells_at[now]) - cell  # 0 - ... on the border, where the walk ends
            behind[face, edge] = now
    return behind


def same_direction(faces: np.ndarray, around: list[list[Side]], behind: dict[Side, int],
                   outward: np.ndarray, points: np.ndarray) -> list[list[Side]]:
    """Turn the rings so that they run counter-clockwise, seen from where `outward` (P, 3) points.

    Only the largest face of each component is looked at; the others follow, for neighbours run
    along their common edge in opposite directions. No sliver has to tell up from down.
    """
    place = {face: number for number, face in enumerate(faces)}
    normals = np.array([np.cross(points[v] - points[v[0]], np.roll(points[v], -1, axis=0)
                                 - points[v[0]]).sum(axis=0)
                        for v in ([vertex for vertex, _ in ring] for ring in around)])
    result: dict[int, list[Side]] = {}
    for number in np.argsort(-np.linalg.norm(normals.reshape(-1, 3), axis=1)).tolist():
        if number in result:
            continue
        ring = around[number]
        result[number] = ring if normals[number] @ outward[number] > 0 else turned(ring)
        todo = [number]
        while todo:
            here = todo.pop()
            for vertex, edge in result[here]:
                next_face = behind.get((int(faces[here]), edge))
                if next_face is None or place[next_face] in result:
                    continue
                ring = around[place[next_face]]
                same = (vertex, edge) in ring
                result[place[next_face]] = turned(ring) if same else ring
                todo.append(place[next_face])
    return [result[number] for number in range(len(faces))]


def turned(ring: list[Side]) -> list[Side]:
    """The same ring, the other way round."""
    return [(ring[(n + 1) % len(ring)][0], ring[n][1]) for n in range(len(ring) - 1, -1, -1)]


def own_vertices(faces: np.ndarray, around: list[list[Side]], behind: dict[Side, int]
                 ) -> tuple[list[np.ndarray], np.ndarray]:
    """Number the vertices anew, so that faces share one only if they are joined by their sides.

    Gives the polygons, and for each new vertex the old one.
    """
    corner = {(face, vertex): n for n, (face, vertex) in enumerate(
        (face, vertex) for face, ring in zip(faces.tolist(), around) for vertex, _ in ring)}
    joined = [(corner[face, vertex], corner[behind[face, edge], vertex])
              for face, ring in zip(faces.tolist(), around)
              for (first, edge), (second, _) in zip(ring, ring[1:] + ring[:1])
              if (face, edge) in behind for vertex in (first, second)]
    pairs = np.array(joined, int).reshape(-1, 2).T
    n, label = connected_components(coo_matrix((np.ones(pairs.shape[1]), tuple(pairs)),
                                               (len(corner), len(corner))), directed=False)
    old = np.zeros(n, int)
    old[label] = [vertex for _, vertex in corner]
    return np.split(label, np.cumsum([len(ring) for ring in around], dtype=int))[:-1], old
