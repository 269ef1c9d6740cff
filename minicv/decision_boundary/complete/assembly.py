"""From cells that are inside or outside to polygons with neighbours: the end of `search`.

1. The faces between an inside cell and another one are the polygons (`border_faces`, `rings`).
   They run counter-clockwise, seen from outside.
2. Their sides are joined in pairs, through the inside (`pair_sides`).
3. Polygons share a vertex if they are joined round it (`split_edges`, `own_vertices`).
"""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

import numpy as np

from minicv.decision_boundary.complete.incidence import marked, parts_of
from minicv.decision_boundary.complete.polyhedra import CELL, EDGE, FACE, NONE, Polyhedra

Side = tuple[int, int]  # (face, edge)


class Border(NamedTuple):
    """Polygons and what belongs to them; the attributes of a `Surface`, but for `within`."""

    points: np.ndarray
    polygons: list[np.ndarray]
    caps: list[np.ndarray]
    within: np.ndarray  # (P,) of each polygon the inside cell that it bounds
    neighbours: list[np.ndarray]


def border_surface(cells: Polyhedra, inside: np.ndarray) -> Border:
    """The border of the cells that are inside (C,) bool."""
    flat, caps = border_faces(cells, inside)
    faces = np.concatenate([flat, caps])
    cell, face, sign = cells.border[CELL][:, inside[cells.border[CELL][0]]]
    within, outward = np.zeros(cells.count[FACE], int), np.ones(cells.count[FACE], int)
    within[face], outward[face] = cell, sign
    around = rings(cells, faces, outward)
    behind, crowded = pair_sides(cells, faces, around, inside)
    around, points = split_edges(cells, around, crowded)
    polygons, old = own_vertices(faces, around, behind)
    number = {face: n for n, face in enumerate(flat.tolist())}
    neighbours = [np.array([number.get(behind.get((face, edge), NONE), NONE) for _, edge in ring])
                  for face, ring in zip(number, around)]
    return Border(points[old], polygons[:len(flat)], polygons[len(flat):], within[flat], neighbours)


def border_faces(cells: Polyhedra, inside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The faces between an inside cell (C,) bool and another one, and those on the box's sides."""
    cell, face, _ = cells.border[CELL]
    n_cells = np.bincount(face, minlength=cells.count[FACE])
    n_inside = np.bincount(face[inside[cell]], minlength=cells.count[FACE])
    on_side = cells.on_side != NONE
    proven = n_cells == 0
    return (np.flatnonzero(~on_side & (n_cells == 2) & (n_inside == 1)),
            np.flatnonzero(on_side & (proven | (n_inside == 1))))


def rings(cells: Polyhedra, faces: np.ndarray, outward: np.ndarray) -> list[list[Side]]:
    """Of each face its edges as (first vertex, edge), counter-clockwise seen from outside.

    That is along the edges of sign 1, where `outward` (F,) is 1, and along the others where it is
    -1.
    """
    rows = marked(cells.count[FACE], faces)[cells.border[FACE][0]]
    of, edges, sign = cells.border[FACE][:, rows]
    ends = cells.ends()[:, edges]
    begin, end = np.where(sign == outward[of], ends, ends[::-1])
    leaving: dict[int, dict[int, Side]] = defaultdict(dict)  # where the edge goes, and its number
    for face, vertex, after, edge in np.stack([of, begin, end, edges], axis=1).tolist():
        leaving[face][vertex] = after, edge
    result = []
    for face in faces.tolist():
        vertex, ring = min(leaving[face]), []
        for _ in leaving[face]:
            after, edge = leaving[face][vertex]
            ring.append((vertex, edge))
            vertex = after
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
    of, part, sign = cells.border[CELL][:, inside[cells.border[CELL][0]]]
    cells_at = parts_of(np.stack([part, of, sign]), part)
    pairs: dict[Side, list[int]] = defaultdict(list)  # the two faces of a cell at an edge
    for edge, some in parts_of(cells.border[FACE][[1, 0, 2]], crowded).items():
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
