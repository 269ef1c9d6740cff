"""From cells that are inside or outside to polygons with neighbours: the last step of `surface`."""

from __future__ import annotations

import numpy as np

from minicv.decision_boundary.polyhedra import NONE, Polyhedra

Side = tuple[int, int]  # (face, edge)


def border_faces(cells: Polyhedra, inside: np.ndarray) -> tuple[list[int], list[int]]:
    """The faces between an inside cell (C,) bool and another one, and those on the box's sides."""
    n_inside = np.append(inside, False)[cells.between].sum(axis=1)
    surface = (cells.between != NONE).all(axis=1) & (n_inside == 1)
    proven = (cells.between == NONE).all(axis=1)
    caps = (cells.on_side != NONE) & (proven | (n_inside == 1))
    return np.flatnonzero(surface).tolist(), np.flatnonzero(caps).tolist()


def rings(cells: Polyhedra, faces: list[int]) -> list[list[Side]]:
    """Of each face its edges, in order around it, as (first vertex, edge)."""
    chosen = np.zeros(len(cells.between), bool)
    chosen[faces] = True
    rows = chosen[cells.face_of]
    at: dict[int, dict[int, list[Side]]] = {face: {} for face in faces}
    for face, edge, (u, v) in zip(cells.face_of[rows].tolist(), cells.edge_of[rows].tolist(),
                                  cells.ends[cells.edge_of[rows]].tolist()):
        at[face].setdefault(u, []).append((v, edge))
        at[face].setdefault(v, []).append((u, edge))
    result = []
    for face in faces:
        vertex = next(iter(at[face]))
        ring: list[Side] = []
        for _ in range(len(at[face])):
            towards, edge = next(step for step in at[face][vertex]
                                 if not ring or step[1] != ring[-1][1])
            ring.append((vertex, edge))
            vertex = towards
        result.append(ring)
    return result


def pair_sides(cells: Polyhedra, faces: list[int], around: list[list[Side]], inside: np.ndarray
               ) -> dict[Side, int]:
    """Which face is behind each side (face, edge).

    Where parts of the inside touch in an edge, more than two faces meet there. Then the one
    behind is found by turning round the edge through the inside.
    """
    at_edge: dict[int, list[int]] = {}
    for face, ring in zip(faces, around):
        for _, edge in ring:
            at_edge.setdefault(edge, []).append(face)
    behind = {}
    crowded = np.zeros(len(cells.ends), bool)
    for edge, meeting in at_edge.items():
        if len(meeting) == 2:
            behind[meeting[0], edge], behind[meeting[1], edge] = meeting[1], meeting[0]
        crowded[edge] = len(meeting) > 2
    rows = crowded[cells.edge_of]
    pairs: dict[tuple[int, int], list[int]] = {}  # the two faces of a cell at an edge
    is_inside = np.append(inside, False)
    for face, edge in zip(cells.face_of[rows].tolist(), cells.edge_of[rows].tolist()):
        for cell in cells.between[face].tolist():
            if is_inside[cell]:
                pairs.setdefault((cell, edge), []).append(face)
    chosen = set(faces)
    for edge in np.flatnonzero(crowded).tolist():
        for face in at_edge[edge]:
            now = face
            cell = next(c for c in cells.between[face].tolist() if is_inside[c])
            while True:
                now = next(other for other in pairs[cell, edge] if other != now)
                if now in chosen:
                    break
                cell = next(c for c in cells.between[now].tolist() if c != cell)
            behind[face, edge] = now
    return behind


def same_direction(faces: list[int], around: list[list[Side]], behind: dict[Side, int],
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
                next_face = behind.get((faces[here], edge))
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


def own_vertices(faces: list[int], around: list[list[Side]], behind: dict[Side, int]
                 ) -> tuple[list[np.ndarray], np.ndarray]:
    """Number the vertices anew, so that faces share one only if they are joined by their sides.

    Gives the polygons, and for each new vertex the old one.
    """
    if not faces:
        return [], np.empty(0, int)
    first = dict(zip(faces, np.cumsum([0, *map(len, around)]).tolist()))
    corner = {(face, vertex): first[face] + n for face, ring in zip(faces, around)
              for n, (vertex, _) in enumerate(ring)}
    joined = [(corner[face, vertex], corner[behind[face, edge], vertex])
              for face, ring in zip(faces, around)
              for n in range(len(ring))
              for edge in [ring[n][1]] if (face, edge) in behind
              for vertex in (ring[n][0], ring[(n + 1) % len(ring)][0])]
    label = connected(len(corner), joined)
    old = np.zeros(label.max(initial=-1) + 1, int)
    old[label] = [vertex for ring in around for vertex, _ in ring]
    return np.split(label, list(first.values())[1:]), old


def connected(n: int, pairs: list[tuple[int, int]]) -> np.ndarray:
    """Number the groups of n things that the pairs join: (n,), from 0.

    >>> connected(4, [(0, 3), (3, 1)]).tolist()
    [0, 0, 1, 0]
    """
    parent = list(range(n))

    def first_of(item: int) -> int:
        while parent[item] != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    for i, j in pairs:
        low, high = sorted((first_of(i), first_of(j)))
        parent[high] = low
    return np.unique([first_of(item) for item in range(n)], return_inverse=True)[1]
