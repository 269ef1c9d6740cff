"""Convex polyhedra that fill a box, and how to cut all of them along the zeros of a function.

It is the idea of `regions` in space.  Neighbours *share* their vertices, edges and faces, a vertex
knows the values of all units, and every decision rests on the signs of these.  So there are
elements of four kinds: vertices (kind 0), edges (1), faces (2) and cells (3), and each has some
elements of the kind below on its border.  A cut does the same to edges, faces and cells.  An
element with both signs on its border

- falls into two halves;
- is 0 on a new element of the kind below, its *section*: a vertex on the edge, an edge across the
  face, a face through the cell.  Both halves have it on their border.

What is on the border of a section?  The sections of the element's own border, and what was 0 of
that before: an edge across a face ends where the face's edges are 0, and a face through a cell is
bounded by the edges in which the cell's faces are 0.

Edges run from one end to the other, and faces are gone round; the border of a border is nothing, as
each vertex of a face ends one of its edges and begins another.  Signs say so, and so they know the
outside of a cell without measuring: what is on the border of a section closes the negative half.

NumPy cuts all elements of a kind at once.

What rounding may do.  Where a cell is as thin as rounding, the signs at its vertices may be such
that no plane could have made them.  Then `cut` raises `Contradiction`, and `exact_surface` begins
again with exact numbers (`vertices`), in which it cannot happen.
"""

from __future__ import annotations

import numpy as np

from minicv.decision_boundary.complete.incidence import joined, marked
from minicv.decision_boundary.complete.vertices import ExactVertices, Vertices

NONE = -1
VERTEX, EDGE, FACE, CELL = range(4)


class Contradiction(Exception):
    """Signs that no plane could have made."""


class Polyhedra:
    """A box, cut into convex cells.

    Attributes
    ----------
    vertices : Vertices or ExactVertices
    count : list of 4 int
        How many elements of each kind there are.
    border : list of (3, R) arrays of int
        For each kind from `EDGE` on rows (of, part, sign): element `of` has element `part` of the
        kind below on its border. An edge begins at the vertex of sign -1 and ends at that of 1. A
        face is gone round along its edges, against those of sign -1; for a cell in which it has
        sign 1 that is counter-clockwise, seen from outside.
    on_side : (F,) array of int
        On which side of the box a face lies: 2 axis + (0 lower, 1 upper), or `NONE`.
    torn_edges, torn_faces : (E,) and (F,) arrays of bool
        Those at a cell that was dropped undecided.
    """

    def __init__(self, lower: np.ndarray, upper: np.ndarray, exact: bool = False):
        corner = np.array(list(np.ndindex(2, 2, 2)))
        ends = np.array([(u, v) for u in range(8) for v in range(u)
                         if abs(corner[u] - corner[v]).sum() == 1])
        turn = np.sign(np.cross(*(2 * corner[ends] - 1).swapaxes(0, 1)))  # (12, 3), round each axis
        sides = np.array([(corner[ends][:, :, axis] == end).all(axis=1) * turn[:, axis] * sign
                          for axis in range(3) for end, sign in ((0, -1), (1, 1))])
        face, edge = np.nonzero(sides)
        points = np.where(corner, upper, lower)
        self.vertices = ExactVertices(points) if exact else Vertices(points)
        self.count = [8, 12, 6, 1]
        self.border = [np.empty((3, 0), int),
                       np.stack([np.repeat(np.arange(12), 2), ends.ravel(), np.tile([-1, 1], 12)]),
                       np.stack([face, edge, sides[face, edge]]),
                       np.array([[0] * 6, range(6), [1] * 6])]
        self.on_side = np.arange(6)
        self.torn_edges, self.torn_faces = np.zeros(12, bool), np.zeros(6, bool)

    def cut(self, unit: int) -> tuple[np.ndarray, np.ndarray]:
        """Cut all cells along the zeros of a unit.

        Gives for each cell that there is now the number of the old one that it is a part of, and
        whether the unit is positive in it.
        """
        positive, negative = self._signs(unit)
        cut = self._to_cut(positive, negative)
        parents = np.append(np.arange(self.count[CELL]), cut[CELL])
        above = np.append(positive[CELL] & ~negative[CELL], np.ones(len(cut[CELL]), bool))
        if len(cut[CELL]) > 0:
            flat = [~(p | n) for p, n in zip(positive, negative)]
            half, section = self._number(cut)
            self._cut_edges(cut[EDGE], positive[VERTEX], unit)
            edges, faces = [self._around_sections(kind, cut, section, negative, flat)
                            for kind in (FACE, CELL)]
            for kind, new in ((EDGE, edges), (FACE, faces), (CELL, np.empty((3, 0), int))):
                self._divide(kind, cut[kind], half, section[kind], positive[kind - 1], new)
            self._label(cut)
            self.count = [n + len(cut[kind]) + len(cut[kind + 1]) for kind, n in
                          enumerate(self.count)]
            self._check_sections(edges, faces)
        return parents, above

    def _signs(self, unit: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Of each element of each kind: whether the unit is positive (negative) somewhere on it."""
        signs = self.vertices.signs(unit)
        positive, negative = [signs > 0], [signs < 0]
        for kind in (EDGE, FACE, CELL):
            of, part, _ = self.border[kind]
            for found in (positive, negative):
                found.append(marked(self.count[kind], of[found[-1][part]]))
        return positive, negative

    def _to_cut(self, positive: list[np.ndarray], negative: list[np.ndarray]) -> list[np.ndarray]:
        """The elements with both signs that belong to a cell: (K,) numbers for each kind."""
        cut = [np.empty(0, int)] * 5  # no vertices, and nothing above the cells
        belongs = np.ones(self.count[CELL], bool)
        for kind in (CELL, FACE, EDGE):
            cut[kind] = np.flatnonzero(positive[kind] & negative[kind] & belongs)
            of, part, _ = self.border[kind]
            belongs = marked(self.count[kind - 1], part[belongs[of]])
        return cut

    def _number(self, cut: list[np.ndarray]) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Of each element its positive half, and its section.

        The new elements of a kind are the positive halves, then the sections of the next kind.
        """
        half = [np.arange(n) for n in self.count]  # of what is not cut: itself
        section = [np.full(n, NONE) for n in self.count]
        for kind in range(4):
            new = np.arange(len(cut[kind]))
            half[kind][cut[kind]] = self.count[kind] + new
            section[kind][cut[kind]] = self.count[kind - 1] + len(cut[kind - 1]) + new
        return half, section

    def _cut_edges(self, edges: np.ndarray, positive: np.ndarray, unit: int) -> None:
        """Turn all edges so that none begins where the unit is positive, and add the new vertices.
        """
        of, part, sign = self.border[EDGE]
        turn = np.where(marked(self.count[EDGE], of[(sign < 0) & positive[part]]), -1, 1)
        self.border[EDGE][2] *= turn[of]
        self.border[FACE][2] *= turn[self.border[FACE][1]]
        begin, end = self.ends()[:, edges]
        self.vertices.add_zeros(begin, end, unit)

    def ends(self) -> np.ndarray:
        """Of each edge the vertex where it begins, and that where it ends: (2, E)."""
        of, part, sign = self.border[EDGE]
        ends = np.zeros((2, self.count[EDGE]), int)
        ends[(sign > 0).astype(int), of] = part
        return ends

    def _around_sections(self, kind: int, cut: list[np.ndarray], section: list[np.ndarray],
                         negative: list[np.ndarray], flat: list[np.ndarray]) -> np.ndarray:
        """What is on the border of the sections of one kind, as rows of `border`.

        A section closes the negative half: it has what is left open by the half's other parts.
        """
        rows, zeros = self.border[kind], self.border[kind - 1]
        rows = rows[:, (section[kind][rows[0]] != NONE) & negative[kind - 1][rows[1]]]
        zeros = zeros[:, flat[kind - 2][zeros[1]]]
        own = _rows(cut[kind - 1], section[kind - 1][cut[kind - 1]], 1)
        of, part, sign = joined(rows, np.append(zeros, own, axis=1))
        return _rows(section[kind][of], part, -sign)

    def _divide(self, kind: int, cut: np.ndarray, half: list[np.ndarray], section: np.ndarray,
                positive: np.ndarray, new: np.ndarray) -> None:
        """Give each half of the elements that are cut what is on its border; add the new rows."""
        of, part, sign = self.border[kind]
        is_cut = half[kind - 1][part] != part
        self.border[kind] = np.concatenate([
            _rows(np.where(positive[part] & ~is_cut, half[kind][of], of), part, sign),
            _rows(half[kind][of[is_cut]], half[kind - 1][part[is_cut]], sign[is_cut]),
            _rows(cut, section[cut], 1), _rows(half[kind][cut], section[cut], -1), new], axis=1)

    def _label(self, cut: list[np.ndarray]) -> None:
        """A half is where its element was; a section is new, and an edge is where its face is."""
        new = np.full(len(cut[CELL]), NONE)
        self.on_side = np.concatenate([self.on_side, self.on_side[cut[FACE]], new])
        self.torn_edges = np.concatenate([self.torn_edges, self.torn_edges[cut[EDGE]],
                                          self.torn_faces[cut[FACE]]])
        self.torn_faces = np.concatenate([self.torn_faces, self.torn_faces[cut[FACE]], new == 0])

    def _check_sections(self, edges: np.ndarray, faces: np.ndarray) -> None:
        """Each new edge has two ends, and at each corner of a new face two of its edges meet."""
        ends = self.border[EDGE]
        ends = ends[:, marked(self.count[EDGE], faces[1])[ends[0]]]
        face, vertex, _ = joined(faces, ends)
        for of in edges[0], face * self.count[VERTEX] + vertex:
            if (np.unique(of, return_counts=True)[1] != 2).any():
                raise Contradiction

    def boxes(self) -> tuple[np.ndarray, np.ndarray]:
        """The box round each cell: lower and upper corners, (C, 3) each."""
        result = []
        for start, ufunc in ((np.inf, np.minimum), (-np.inf, np.maximum)):
            corner = self.vertices.points.T
            for kind in (EDGE, FACE, CELL):
                of, part, _ = self.border[kind]
                lower, corner = corner, np.full((3, self.count[kind]), start)
                for axis in range(3):
                    ufunc.at(corner[axis], of, lower[axis][part])
            result.append(corner.T)
        return result[0], result[1]

    def keep(self, cells: np.ndarray, inside: np.ndarray, undecided: np.ndarray) -> None:
        """Drop all cells but these (C,) bool.

        Of a cell that is dropped as proven to be `inside` (C,) bool, the faces on the sides of the
        box stay: they are cut no more.  Those that are dropped `undecided` (C,) bool leave a tear.
        """
        of, part, _ = self.border[CELL]
        self.torn_faces[part[undecided[of]]] = True
        self.torn_edges[self.border[FACE][1, self.torn_faces[self.border[FACE][0]]]] = True
        gone = marked(self.count[FACE], part[~inside[of] | cells[of]])
        stays = [np.empty(0, bool)] * 2 + [(self.on_side != NONE) & ~gone, cells]
        for kind in (CELL, FACE, EDGE):
            of, part, sign = self.border[kind]
            rows = stays[kind][of]
            used = marked(self.count[kind - 1], part[rows])
            stays[kind - 1] = used | stays[FACE] if kind == CELL else used
            new, new_part = np.cumsum(stays[kind]) - 1, np.cumsum(stays[kind - 1]) - 1
            self.border[kind] = _rows(new[of[rows]], new_part[part[rows]], sign[rows])
        self.on_side, self.torn_faces = self.on_side[stays[FACE]], self.torn_faces[stays[FACE]]
        self.torn_edges = self.torn_edges[stays[EDGE]]
        self.vertices.keep(stays[VERTEX])
        self.count = [int(chosen.sum()) for chosen in stays]


def _rows(of: np.ndarray, part: np.ndarray, sign: np.ndarray | int) -> np.ndarray:
    rows = np.empty((3, len(of)), int)
    rows[0], rows[1], rows[2] = of, part, sign
    return rows
