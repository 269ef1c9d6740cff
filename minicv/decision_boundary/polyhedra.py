"""Convex polyhedra that fill a box, and how to cut all of them along the zeros of a function.

It is the idea of `regions` in space.  Neighbours *share* their vertices, edges and faces, a vertex
knows the values of all units, and every decision rests on the signs of these.  So there are four
tables, each of which refers to the one before: vertices, edges (two vertices each), faces (some
edges each), and cells, each of which lies on one or both sides of its faces.  Cutting goes up the
same ladder:

1. an edge whose ends have different signs gets a new vertex, once, whoever uses it;
2. a face with vertices of both signs is cut by a new edge between its two zeros;
3. a cell with vertices of both signs is cut by a new face, whose edges are those of its zeros.

All edges are done at once, then all faces, then all cells: NumPy works through whole tables.

What rounding may do.  A face with both signs has two zeros, and a cell with both signs has one ring
of zero edges, if numbers are exact.  Where a cell is as thin as rounding, the signs at its vertices
may be such that no plane could have made them.  Then the smaller of its two sides is rounding, and
is set to 0 (`_settle`).  `largest_settled` tells how far that was from 0, as a share of the largest
value of the unit.

What this does not handle: hinges that should meet in one point may leave an edge as short as
rounding.  A later hinge through that point finds both its ends at 0, and the side that is then set
to 0 need not be small.  `exact_surface` refuses such a network (one of 150 with weights rounded to
halves); to handle it, such edges would have to be contracted.
"""

from __future__ import annotations

import numpy as np

from minicv.decision_boundary.relu_network import Affine, affine, zero_between

NONE = -1  # in place of a cell (outside the box, or proven empty) or of a side of the box


class Polyhedra:
    """A box, cut into convex cells.

    Attributes
    ----------
    points, values : (V, 3) and (V, m) arrays
        All vertices, and at these the m units of the layer that was reached (at first x itself).
    ends : (E, 2) array of int
        The two vertices of each edge.
    face_of, edge_of : (R,) arrays of int
        Face `face_of[r]` has the edge `edge_of[r]`.
    between : (F, 2) array of int
        The cells on both sides of each face; `NONE` where there is none.
    on_side : (F,) array of int
        On which side of the box a face lies: 2 axis + (0 lower, 1 upper), or `NONE`.
    n_cells : int
    """

    def __init__(self, lower: np.ndarray, upper: np.ndarray):
        bits = np.array(list(np.ndindex(2, 2, 2)))
        self.points = np.where(bits, upper, lower)
        self.values = self.points.copy()
        self.ends = np.array([(u, v) for u in range(8) for v in range(u)
                              if abs(bits[u] - bits[v]).sum() == 1])
        on = [(bits[self.ends][:, :, axis] == end).all(axis=1)
              for axis in range(3) for end in (0, 1)]
        self.face_of, self.edge_of = np.nonzero(on)
        self.between = np.array([[0, NONE]] * 6)
        self.on_side = np.arange(6)
        self.n_cells = 1
        self.largest_settled = 0.0

    def pass_through(self, step: Affine | str) -> None:
        """Apply one step of the network at all vertices. Before a ReLU the cells must be cut."""
        if isinstance(step, Affine):
            self.values = affine(self.values, step)
        else:
            self.values = np.maximum(self.values, 0)

    def cut(self, unit: int) -> tuple[np.ndarray, np.ndarray]:
        """Cut every cell along the zeros of a unit.

        Gives for each cell that there is now the number of the old one that it is a part of, and
        whether the unit is positive in it.
        """
        while True:
            signs = np.sign(self.values[:, unit])
            at_ends = signs[self.ends]
            positive, negative = (at_ends > 0).any(axis=1), (at_ends < 0).any(axis=1)
            face_positive = marked(len(self.between), self.face_of[positive[self.edge_of]])
            face_negative = marked(len(self.between), self.face_of[negative[self.edge_of]])
            cell_positive = self.cells_at(face_positive)
            cut_cells = np.flatnonzero(cell_positive & self.cells_at(face_negative))
            if len(cut_cells) == 0:
                return np.arange(self.n_cells), cell_positive
            alive = self.between.max(axis=1) != NONE
            cut_faces = np.flatnonzero(face_positive & face_negative & alive)
            half_of = numbered(len(self.between), cut_faces, len(self.between))

            # 1. Vertices: one on each edge whose ends differ.
            rows = half_of[self.face_of] != NONE  # of the faces that are cut
            row_face, row_edge = self.face_of[rows], self.edge_of[rows]
            crossed = np.zeros(len(self.ends), bool)
            crossed[row_edge] = (positive & negative)[row_edge]
            crossed_edges = np.flatnonzero(crossed)
            n_old = len(self.points)
            vertex_on = numbered(len(self.ends), crossed_edges, n_old)

            # 2. Edges: in each of these faces from zero to zero.
            is_crossed = crossed[row_edge]
            zeros = [np.stack([row_face, np.where(is_crossed, vertex_on[row_edge], NONE)], axis=1)]
            for end in (0, 1):
                at = self.ends[row_edge, end]
                zeros.append(np.stack([row_face, np.where(signs[at] == 0, at, NONE)], axis=1))
            pairs = np.concatenate(zeros)
            pairs = distinct(pairs[pairs[:, 1] != NONE])
            flat_edge = ~(positive | negative)
            bad_faces = cut_faces[np.bincount(pairs[:, 0], minlength=len(self.between))[cut_faces]
                                  != 2]
            bad_faces = np.append(bad_faces, row_face[flat_edge[row_edge]])
            if len(bad_faces):
                self._settle(unit, np.unique(bad_faces)[:, None])
                continue
            n_edges = len(self.ends) + len(crossed_edges)
            new_edge = numbered(len(self.between), cut_faces, n_edges)
            new_ends = pairs[:, 1].reshape(-1, 2)

            # 3. Faces: in each of these cells the ring of its zeros.
            is_cut = marked(self.n_cells, cut_cells)
            flat_rows = flat_edge[self.edge_of]
            faces = np.concatenate([cut_faces, self.face_of[flat_rows]])
            edges = np.concatenate([new_edge[cut_faces], self.edge_of[flat_rows]])
            ring = np.concatenate([np.stack([self.between[faces, k], edges], axis=1)
                                   for k in (0, 1)])
            ring = ring[(ring[:, 0] != NONE)]
            ring = distinct(ring[is_cut[ring[:, 0]]])
            all_ends = np.concatenate([self.ends, np.empty((len(crossed_edges), 2), int), new_ends])
            bad_cells = self._not_a_ring(cut_cells, ring, all_ends, face_positive | face_negative)
            if len(bad_cells):
                self._settle(unit, [np.flatnonzero((self.between == c).any(axis=1))
                                    for c in bad_cells])
                continue
            break

        # The new vertices.
        u, v = self.ends[crossed_edges].T
        share, values = zero_between(self.values[u], self.values[v], unit)
        self.points = np.concatenate([self.points,
                                      self.points[u] + share * (self.points[v] - self.points[u])])
        self.values = np.concatenate([self.values, values])
        # A crossed edge keeps its negative half; the positive ones are new.
        upper = (signs[v] > 0).astype(int)
        at = np.arange(len(crossed_edges))
        new = n_old + at
        all_ends[len(self.ends) + at] = np.stack([new, np.where(upper, v, u)], axis=1)
        all_ends[crossed_edges] = np.stack([np.where(upper, u, v), new], axis=1)
        extra = crossed[self.edge_of]
        half_edge = numbered(len(self.ends), crossed_edges, len(self.ends))
        row_positive = (positive & ~crossed)[self.edge_of]
        face_of = np.concatenate([self.face_of, self.face_of[extra]])
        edge_of = np.concatenate([self.edge_of, half_edge[self.edge_of[extra]]])
        row_positive = np.concatenate([row_positive, np.ones(int(extra.sum()), bool)])
        move = row_positive & (half_of[face_of] != NONE)
        face_of[move] = half_of[face_of[move]]
        section = numbered(self.n_cells, cut_cells, len(self.between) + len(cut_faces))
        self.face_of = np.concatenate([face_of, cut_faces, half_of[cut_faces], section[ring[:, 0]]])
        self.edge_of = np.concatenate([edge_of, new_edge[cut_faces], new_edge[cut_faces],
                                       ring[:, 1]])
        self.ends = all_ends
        # The positive faces of a cell that is cut belong to its new half.
        half_cell = np.append(np.arange(self.n_cells), NONE)
        half_cell[cut_cells] = self.n_cells + np.arange(len(cut_cells))
        halves = half_cell[self.between[cut_faces]]
        above = face_positive & ~face_negative
        self.between[above] = half_cell[self.between[above]]
        self.between = np.concatenate([self.between, halves,
                                       np.stack([cut_cells, half_cell[cut_cells]], axis=1)])
        self.on_side = np.concatenate([self.on_side, self.on_side[cut_faces],
                                       np.full(len(cut_cells), NONE)])
        parents = np.append(np.arange(self.n_cells), cut_cells)
        cell_positive[cut_cells] = False
        self.n_cells += len(cut_cells)
        return parents, np.append(cell_positive, np.ones(len(cut_cells), bool))

    def cells_at(self, faces: np.ndarray) -> np.ndarray:
        """Which cells have one of the faces (F,) bool."""
        return marked(self.n_cells + 1, self.between[faces].ravel())[:-1]  # the last is NONE

    def _not_a_ring(self, cut_cells, ring, ends, face_has_sign) -> np.ndarray:
        corner = np.stack([np.repeat(ring[:, 0], 2), ends[ring[:, 1]].ravel()], axis=1)
        _, first, count = np.unique(corner[:, 0] * (len(self.points) + len(ends)) + corner[:, 1],
                                    return_index=True, return_counts=True)
        bad = marked(self.n_cells, corner[first[count != 2], 0])
        bad |= np.bincount(ring[:, 0], minlength=self.n_cells) < 3
        bad |= self.cells_at(~face_has_sign)
        return cut_cells[bad[cut_cells]]

    def _settle(self, unit: int, groups) -> None:
        """Set to 0 the smaller side of each group of faces."""
        values = self.values[:, unit]
        scale = np.abs(values).max()
        for faces in groups:
            used = np.unique(self.ends[self.edge_of[np.isin(self.face_of, faces)]])
            here = values[used]
            sign = 1 if here.max() < -here.min() else -1
            small = used[here * sign > 0]
            if len(small):
                self.largest_settled = max(self.largest_settled,
                                           float(np.abs(values[small]).max() / scale))
                values[small] = 0

    def boxes(self) -> tuple[np.ndarray, np.ndarray]:
        """The box round each cell: lower and upper corners, (C, 3) each."""
        corners = self.points[self.ends]
        result = []
        for of_edges, start, lower in ((corners.min(axis=1), np.inf, np.minimum),
                                       (corners.max(axis=1), -np.inf, np.maximum)):
            of_faces = np.full((3, len(self.between)), start)
            of_cells = np.full((3, self.n_cells + 1), start)  # the last is NONE
            for axis in range(3):
                lower.at(of_faces[axis], self.face_of, of_edges[self.edge_of, axis])
                for side in (0, 1):
                    lower.at(of_cells[axis], self.between[:, side], of_faces[axis])
            result.append(of_cells[:, :-1].T)
        return result[0], result[1]

    def keep(self, cells: np.ndarray, inside: np.ndarray) -> None:
        """Drop all cells but these (C,) bool.

        Of a cell that is dropped as proven to be `inside` (C,) bool, the faces on the sides of the
        box stay: they are cut no more.
        """
        proven = np.append(inside & ~cells, False)[self.between].any(axis=1)
        no_cell = (self.between == NONE).all(axis=1)
        faces = (self.on_side != NONE) & (proven | no_cell)
        new_cell = np.append(np.where(cells, np.cumsum(cells) - 1, NONE), NONE)
        self.between = new_cell[self.between]
        self.n_cells = int(cells.sum())
        faces = faces | (self.between != NONE).any(axis=1)
        rows = faces[self.face_of]
        self.between, self.on_side = self.between[faces], self.on_side[faces]
        self.face_of = (np.cumsum(faces) - 1)[self.face_of[rows]]
        edges, self.edge_of = np.unique(self.edge_of[rows], return_inverse=True)
        used, ends = np.unique(self.ends[edges], return_inverse=True)
        self.ends = ends.reshape(-1, 2)
        self.points, self.values = self.points[used], self.values[used]


def marked(length: int, indices: np.ndarray) -> np.ndarray:
    """(length,) bool, True at the indices."""
    result = np.zeros(length, bool)
    result[indices] = True
    return result


def numbered(length: int, indices: np.ndarray, start: int) -> np.ndarray:
    """(length,) int: start, start + 1, ... at the indices, `NONE` elsewhere."""
    result = np.full(length, NONE)
    result[indices] = np.arange(start, start + len(indices))
    return result


def distinct(pairs: np.ndarray) -> np.ndarray:
    """The pairs (K, 2) in order, each once."""
    width = int(pairs[:, 1].max(initial=0)) + 1
    keys = np.unique(pairs[:, 0] * width + pairs[:, 1])
    return np.stack([keys // width, keys % width], axis=1)
