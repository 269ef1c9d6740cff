"""Mesh topology: which faces meet, by counting half-edges.

Everything here follows from the table of faces; coordinates play no part.

A face (a, b, c) walks around its three sides a->b, b->c, c->a, counter-clockwise seen from outside.
Each of these arrows is a **half-edge**.  Take all arrows of all faces and ask, for each pair of
vertices, how many arrows join them and in which directions:

==============================  =====================================================
one arrow                       a boundary: the surface ends here
two arrows, opposite            the normal case: two faces side by side
two arrows, the same direction  the two faces disagree on which side is outside
three arrows or more            non-manifold: more than two faces meet, as in a book
==============================  =====================================================

A face that names a vertex twice covers nothing.  It is left out here, as if it had been deleted.

Sorting the arrows by their pair of vertices brings those of one edge together, and from there on
every count is a line of NumPy.  A classical half-edge structure (Botsch et al., Polygon Mesh
Processing, 2010, chapter 2) stores pointers instead, from each arrow to the next and to its
opposite: better for changing a mesh step by step, slower for looking at it as a whole, and unable
to hold the faulty meshes which a report is for.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class EdgeTable:
    """All half-edges (H) of the proper faces, and the edges (E) that they lie on.

    Examples
    --------
    >>> two_faces = np.array([[0, 1, 2], [0, 2, 3]])
    >>> edges = EdgeTable.of_faces(two_faces, n_vertices=4)
    >>> edges.pairs(edges.uses == 2).tolist(), edges.boundary_loops()
    ([[0, 2]], [[0, 1, 2, 3]])
    """

    start: np.ndarray    # (H,) the vertex that half-edge h leaves; three in a row are a face
    end: np.ndarray      # (H,) the vertex that it reaches
    by_edge: np.ndarray  # (H,) the half-edges, sorted so that those of one edge stand side by side
    first: np.ndarray    # (E,) where in `by_edge` those of edge e begin
    uses: np.ndarray     # (E,) how many there are
    balance: np.ndarray  # (E,) those from low to high minus those from high to low
    low: np.ndarray      # (E,) the smaller vertex of the edge
    high: np.ndarray     # (E,) the larger one
    n_vertices: int      # how many vertices have an edge

    @classmethod
    def of_faces(cls, faces: np.ndarray, n_vertices: int) -> EdgeTable:
        """Sort the half-edges of `faces`, (F, 3) int64 below `n_vertices`, into edges."""
        a, b, c = faces.T
        proper = faces[(a != b) & (b != c) & (c != a)]
        start = proper.reshape(-1)
        end = np.roll(proper, -1, axis=1).reshape(-1)
        # One number for each pair of vertices: numbers sort many times faster than rows.
        pair = np.minimum(start, end) * n_vertices + np.maximum(start, end)
        by_edge = np.argsort(pair)
        pair = pair[by_edge]
        first = np.flatnonzero(np.diff(pair, prepend=-1))
        uses = np.diff(first, append=len(pair))
        n_forward_before = np.concatenate([[0], np.cumsum((start < end)[by_edge])])
        n_forward = n_forward_before[first + uses] - n_forward_before[first]
        low, high = np.divmod(pair[first], max(n_vertices, 1))
        n_used = int(np.count_nonzero(np.bincount(start, minlength=n_vertices)))
        return cls(start, end, by_edge, first, uses, 2 * n_forward - uses, low, high, n_used)

    def pairs(self, chosen: np.ndarray) -> np.ndarray:
        """(K, 2) int64: the two vertices of each edge chosen by a boolean array (E,)."""
        return np.stack([self.low[chosen], self.high[chosen]], axis=1)

    def euler_characteristic(self) -> int:
        """V - E + F."""
        return self.n_vertices - len(self.uses) + len(self.start) // 3

    def n_components(self) -> int:
        """The number of pieces that hang together by vertices."""
        if len(self.uses) == 0:
            return 0
        n_nodes = int(self.high.max()) + 1
        n_pieces, _ = _connected_components(self.low, self.high, n_nodes)
        n_isolated = n_nodes - self.n_vertices  # a vertex without an edge was counted as a piece
        return n_pieces - n_isolated

    def pinched_vertices(self) -> np.ndarray:
        """(K,) int64: the vertices where the faces around form more than one fan.

        The corners of the faces are the nodes of a graph, and two corners at the same vertex are
        linked if their faces share an edge there. The pieces of this graph are the fans.
        """
        # Half-edge h starts at corner h and ends at the next corner of its face.
        corner = np.arange(len(self.start))
        next_corner = np.roll(corner.reshape(-1, 3), -1, axis=1).reshape(-1)
        forward = self.start < self.end
        low_corner = np.where(forward, corner, next_corner)[self.by_edge]
        high_corner = np.where(forward, next_corner, corner)[self.by_edge]
        # In the order `by_edge` the half-edges of one edge stand side by side: link neighbours.
        has_left_neighbour = np.ones(len(corner), dtype=bool)
        has_left_neighbour[self.first] = False
        right = np.flatnonzero(has_left_neighbour)
        left = right - 1
        n_fans, fan = _connected_components(
            np.concatenate([low_corner[left], high_corner[left]]),
            np.concatenate([low_corner[right], high_corner[right]]),
            len(corner),
        )
        vertex_of_fan = np.empty(n_fans, dtype=np.int64)
        vertex_of_fan[fan] = self.start
        return np.flatnonzero(np.bincount(vertex_of_fan) > 1)

    def boundary_loops(self) -> list[list[int]]:
        """The edges with an odd number of faces, as loops that visit no vertex twice.

        Why odd, and not simply one: each face adds two to the edge ends that meet at its corner,
        so the edges with an odd number of faces meet in even numbers, and whoever walks in along
        one can leave by another. Edges with one face may dead-end where three faces meet.
        """
        odd = self.uses % 2 == 1
        low, high = self.pairs(odd).T
        forward = self.balance[odd] > 0
        starts = np.where(forward, low, high).tolist()
        ends = np.where(forward, high, low).tolist()
        successor = dict(zip(starts, ends, strict=True))
        if len(successor) == len(set(ends)) == len(starts):
            return _follow(successor)
        return _cut_into_loops(starts, ends)


def fan_triangles(corners: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Cut polygons into triangles that all start at the polygon's first corner, like a fan.

    Right for convex polygons; of others some triangles lie outside. Corners keep their direction
    around the face. n corners give n - 2 triangles.

    Parameters
    ----------
    corners : (sum of lengths,) int64, the vertices of all polygons, one polygon after the other.
    lengths : (P,) int64, how many corners each has; at least 3.

    Returns
    -------
    (sum of lengths - 2 P, 3) int64.

    Examples
    --------
    >>> fan_triangles(np.array([5, 6, 7, 8, 1, 2, 3]), np.array([4, 3])).tolist()
    [[5, 6, 7], [5, 7, 8], [1, 2, 3]]
    """
    n_triangles = lengths - 2
    first_corner = np.repeat(np.cumsum(lengths) - lengths, n_triangles)
    first_triangle = np.repeat(np.cumsum(n_triangles) - n_triangles, n_triangles)
    within = np.arange(len(first_corner)) - first_triangle  # 0, 1, ... within each polygon
    second_corner = first_corner + within + 1
    return corners[np.stack([first_corner, second_corner, second_corner + 1], axis=1)]


def _connected_components(one: np.ndarray, other: np.ndarray, n: int) -> tuple[int, np.ndarray]:
    """The number of pieces of a graph with `n` nodes and links one[i]-other[i], and each's piece.

    Which nodes of a graph hang together is no lesson of minicv, so SciPy finds out. It is imported
    here and not at the top because loading it takes longer than most meshes take to be counted.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    links = coo_matrix((np.ones(len(one), dtype=np.int8), (one, other)), shape=(n, n))
    n_pieces, piece = connected_components(links, directed=False)
    return int(n_pieces), piece


def _follow(successor: dict[int, int]) -> list[list[int]]:
    """The loops where one edge arrives at each vertex and one leaves, so that there is no choice.

    `_cut_into_loops` would find the same loops, several times slower.
    """
    loops = []
    for first in list(successor):
        if first in successor:
            loop = [first]
            while (here := successor.pop(loop[-1])) != first:
                loop.append(here)
            loops.append(loop)
    return loops


def _cut_into_loops(starts: list[int], ends: list[int]) -> list[list[int]]:
    """Split edges, an even number at each vertex, into loops that visit no vertex twice.

    A walk follows the direction of the edges wherever one is left that leads away, and goes against
    it elsewhere, which happens only on meshes that are not consistently oriented.
    """
    leaving, arriving = defaultdict(list), defaultdict(list)
    for edge, (start, end) in enumerate(zip(starts, ends, strict=True)):
        leaving[start].append(edge)
        arriving[end].append(edge)
    unused = [True] * len(starts)

    def next_edge(vertex: int) -> int:
        for edges in (leaving[vertex], arriving[vertex]):
            while edges:
                edge = edges.pop()
                if unused[edge]:
                    return edge
        raise AssertionError("an odd number of boundary edges meet, which cannot happen")

    loops = []
    for first in range(len(starts)):
        if not unused[first]:
            continue
        path = [starts[first]]
        place_in_path = {starts[first]: 0}
        edge = first
        while True:
            unused[edge] = False
            here = ends[edge] if starts[edge] == path[-1] else starts[edge]
            if here in place_in_path:  # back where we were: cut the loop off and go on from here
                cut = place_in_path[here]
                loops.append(path[cut:])
                for vertex in path[cut + 1:]:
                    del place_in_path[vertex]
                del path[cut + 1:]
                if cut == 0:
                    break
            else:
                place_in_path[here] = len(path)
                path.append(here)
            edge = next_edge(here)
    return loops
