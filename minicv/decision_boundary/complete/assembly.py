"""From cells that are inside or outside to polygons with neighbours: the end of `search`.

1. The faces between an inside cell and another one are the polygons (`border_faces`, `rings`).
2. Their sides are joined in pairs, through the inside (`pair_sides`).
3. All are turned to run counter-clockwise, seen from outside (`same_direction`).
4. Polygons share a vertex if they are joined round it (`split_edges`, `own_vertices`).
"""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

import numpy as np

from minicv.decision_boundary.complete.incidence import parts_of
from minicv.decision_boundary.complete.polyhedra import CELL, EDGE, FACE, NONE, Polyhedra

Side = tuple[int, int]  # (face, edge)


class Border(NamedTuple):
    """Polygons and what belongs to them; the attributes of a `Surface`, but for `within`."""

    points: np.ndarray
    polygons: list[np.ndarray]
    caps: list[np.ndarray]
    within: np.ndarray  # (P,) of each polygon the inside cell that it bounds
    neighbours: list[np.ndarray]


def border_surface(cells: Polyhedra, inside: np.ndarray, gradients: np.ndarray) -> Border:
    """The border of the cells that are inside (C,) bool; f grows in direction (C, 3) in each."""
    flat, caps = border_faces(cells, inside)
    faces = np.concatenate([flat, caps])
    around = rings(cells, faces)
    behind, crowded = pair_sides(cells, faces, around, inside)
    cell_of = np.zeros(cells.count[FACE], int)
    cell, face = cells.border[CELL][:, inside[cells.border[CELL][0]]]
    cell_of[face] = cell
    side = cells.on_side[caps]
    outward = np.concatenate([-gradients[cell_of[flat]],
                              np.eye(3)[side // 2] * (2 * (side % 2) - 1)[:, None]])
    around = same_direction(faces, around, behind, outward, cells.vertices.points)
    around, points = split_edges(cells, around, crowded)
    polygons, old = own_vertices(faces, around, behind)
    number = {face: n for n, face in enumerate(flat.tolist())}
    neighbours = [np.array([number.get(behind.get((face, edge), NONE), NONE) for _, edge in ring])
                  for face, ring in zip(number, around)]
    return Border(points[old], polygons[:len(flat)], polygons[len(flat):], cell_of[flat],
                  neighbours)


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
    edges = parts_of(cells.border[FACE], faces)
    ends = parts_of(cells.border[EDGE], [edge for some in edges.values() for edge in some])
    result = []
    for face in faces.tolist():
        at = defaultdict(list)  # the two edges of the face at a vertex
        for edge in edges[face]:
            for vertex in ends[edge]:
                at[vertex].append(edge)
        edge = edges[face][0]
        vertex = ends[edge][0]
        ring: list[Side] = []
        for _ in edges[face]:
            ring.append((vertex, edge))
            vertex = sum(ends[edge]) - vertex  # the other one
            edge = sum(at[vertex]) - edge
        result.append(ring)
    return result


def pair_sides(cells: Polyhedra, faces: np.ndarray, around: list[list[Side]], inside: np.ndarray
               ) -> tuple[dict[Side, int], list[int]]:
    """Which face is behind each side (face, edge), and the edges in which more than two faces meet.

    There, parts of the inside touch. The face behind is found by turning round the edge through the
    inside. At undecided cells there is none.
    """
    meeting: dict[int, list[int]] = defaultdict(list)
    for face, ring in zip(faces.tolist(), around):
        for _, edge in ring:
            if not cells.torn_edges[edge]:
                meeting[edge].append(face)
    behind = {}
    for edge, some in meeting.items():
        if len(some) == 2:
            behind[some[0], edge], behind[some[1], edge] = some[1], some[0]
    crowded = [edge for edge, some in meeting.items() if len(some) > 2]
    of, part = cells.border[CELL][:, inside[cells.border[CELL][0]]]
    cells_at = parts_of(np.stack([part, of]), part)
    pairs: dict[Side, list[int]] = defaultdict(list)  # the two faces of a cell at an edge
    for edge, some in parts_of(cells.border[FACE][::-1], crowded).items():
        for face in some:
            for cell in cells_at[face]:
                pairs[cell, edge].append(face)
    for edge in crowded:
        for face in meeting[edge]:
            now, cell = face, cells_at[face][0]
            while now == face or now not in meeting[edge]:
                now = sum(pairs[cell, edge]) - now  # the other one
                cell = sum(cells_at[now]) - cell
            behind[face, edge] = now
    return behind, crowded


def same_direction(faces: np.ndarray, around: list[list[Side]], behind: dict[Side, int],
                   outward: np.ndarray, points: np.ndarray) -> list[list[Side]]:
    """Turn the rings so that they run counter-clockwise, seen from where `outward` (P, 3) points.

    Only the largest face of each component is looked at; the others follow, for neighbours run
    along their common edge in opposite directions. No sliver has to tell up from down.
    """
    place = {face: number for number, face in enumerate(faces.tolist())}
    normals = _normals(around, points)
    result: dict[int, list[Side]] = {}
    for number in np.argsort(-np.hypot.reduce(normals, axis=1)).tolist():  # no square overflows
        if number in result:
            continue
        ring = around[number]
        result[number] = ring if normals[number] @ outward[number] > 0 else _turned(ring)
        todo = [number]
        while todo:
            here = todo.pop()
            for side in result[here]:
                there = place.get(behind.get((int(faces[here]), side[1]), NONE), NONE)
                if there != NONE and there not in result:
                    ring = around[there]
                    result[there] = _turned(ring) if side in ring else ring
                    todo.append(there)
    return [result[number] for number in range(len(faces))]


def _normals(around: list[list[Side]], points: np.ndarray) -> np.ndarray:
    """Of each ring the normal, twice as long as its area is large: (P, 3)."""
    if not around:
        return np.empty((0, 3))
    lengths = [len(ring) for ring in around]
    first = np.cumsum([0, *lengths[:-1]])
    corners = points[[vertex for ring in around for vertex, _ in ring]]
    corners = corners - np.repeat(corners[first], lengths, axis=0)
    # A ring begins with 0, so that the products across from one ring to the next are 0.
    return np.add.reduceat(np.cross(corners, np.roll(corners, -1, axis=0)), first)


def _turned(ring: list[Side]) -> list[Side]:
    """The same ring, the other way round."""
    return [(ring[(n + 1) % len(ring)][0], ring[n][1]) for n in range(len(ring) - 1, -1, -1)]


def split_edges(cells: Polyhedra, around: list[list[Side]], crowded: list[int]
                ) -> tuple[list[list[Side]], np.ndarray]:
    """Put a vertex into the middle of the edges in which parts of the inside touch.

    For parts that touch in an edge and are joined round both of its ends have that edge twice. Also
    gives all points, with the new ones.
    """
    points = cells.vertices.points
    middle = {edge: len(points) + n for n, edge in enumerate(crowded)}
    ends = parts_of(cells.border[EDGE], crowded)
    middles = [points[ends[edge]].mean(axis=0) for edge in crowded]
    result: list[list[Side]] = []
    for ring in around:
        result.append([])
        for vertex, edge in ring:
            result[-1].append((vertex, edge))
            if edge in middle:
                result[-1].append((middle[edge], edge))
    return result, np.concatenate([points, np.reshape(middles, (-1, 3))])


def own_vertices(faces: np.ndarray, around: list[list[Side]], behind: dict[Side, int]
                 ) -> tuple[list[np.ndarray], np.ndarray]:
    """Number the vertices anew, so that faces share one only if they are joined by their sides.

    Gives the polygons, and for each new vertex the old one.
    """
    from scipy.sparse import coo_matrix  # only here: minicv is imported without SciPy
    from scipy.sparse.csgraph import connected_components

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
