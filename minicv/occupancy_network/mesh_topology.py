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

A classical half-edge structure (Botsch et al., Polygon Mesh Processing, 2010, chapter 2) stores
pointers from arrow to arrow, and cannot hold the faulty meshes which a report is for.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np


class Edges:
    """The edges (E) of the proper faces (F, 3) of a mesh, and the half-edges (H = 3 F) on them.

    Parameters
    ----------
    faces : ndarray, (F, 3) int64
        Three vertices each.

    Examples
    --------
    >>> edges = Edges(np.array([[0, 1, 2], [0, 2, 3]]))
    >>> edges.pairs[edges.uses == 2].tolist(), edges.boundary_loops()
    ([[0, 2]], [[0, 1, 2, 3]])
    """

    def __init__(self, faces: np.ndarray):
        a, b, c = faces.T
        faces = faces[(a != b) & (b != c) & (c != a)]
        # (H,) the vertices that each half-edge joins; three in a row are a face.
        self.start = faces.ravel()
        self.end = np.roll(faces, -1, axis=1).ravel()
        # One number for each pair of vertices: numbers sort many times faster than rows.
        size = int(faces.max(initial=0)) + 1
        keys = np.minimum(self.start, self.end) * size + np.maximum(self.start, self.end)
        # (H,) the edge that each half-edge lies on, and (E,) how many there are on each edge.
        keys, self.edge, self.uses = np.unique(keys, return_inverse=True, return_counts=True)
        # (E, 2) the two vertices of each edge, the smaller number first.
        self.pairs = np.stack(np.divmod(keys, size), axis=1)
        # (E,) the half-edges from the first vertex to the second, minus those that run back.
        directions = np.where(self.start < self.end, 1, -1)
        self.balance = np.bincount(self.edge, directions, len(keys)).astype(int)

    def non_manifold(self) -> np.ndarray:
        """(K, 2) int64: the edges, as vertex pairs, that three or more faces share."""
        return self.pairs[self.uses >= 3]

    def inconsistent(self) -> np.ndarray:
        """(K, 2) int64: the edges of two faces that walk along them in the same direction."""
        return self.pairs[(self.uses == 2) & (self.balance != 0)]

    def euler_characteristic(self) -> int:
        """V - E + F, of the vertices that have an edge."""
        return len(np.unique(self.start)) - len(self.uses) + len(self.start) // 3

    def n_components(self) -> int:
        """The number of pieces that hang together by vertices."""
        vertices, renumbered = np.unique(self.pairs, return_inverse=True)
        low, high = renumbered.reshape(-1, 2).T
        return _pieces(low, high, len(vertices))[0]

    def pinched_vertices(self) -> np.ndarray:
        """(K,) int64: the vertices where the faces around form more than one fan.

        As where the tips of two cones touch: every edge is in order, yet no small neighbourhood of
        the vertex looks like a disc.

        The corners of the faces are the nodes of a graph, and two corners at the same vertex are
        linked if their faces share an edge there. The pieces of this graph are the fans.
        """
        # Half-edge h starts at corner h and ends at the next corner of its face.
        corner = np.arange(len(self.start))
        next_corner = np.roll(corner.reshape(-1, 3), -1, axis=1).ravel()
        forward = self.start < self.end
        at_low = np.where(forward, corner, next_corner)
        at_high = np.where(forward, next_corner, corner)
        # Sorted by edge, those of one edge stand side by side: link neighbours.
        order = np.argsort(self.edge)
        same = self.edge[order[:-1]] == self.edge[order[1:]]
        left, right = order[:-1][same], order[1:][same]
        n_fans, fan = _pieces(np.concatenate([at_low[left], at_high[left]]),
                              np.concatenate([at_low[right], at_high[right]]), len(corner))
        vertex_of_fan = np.empty(n_fans, np.int64)
        vertex_of_fan[fan] = self.start
        return np.flatnonzero(np.bincount(vertex_of_fan) > 1)

    def boundary_loops(self) -> list[list[int]]:
        """The closed walks along the boundary, each a list of vertices.

        The first vertex is not repeated at the end. Faces lie to the left of the walk where the
        mesh is consistently oriented. Every boundary edge is in exactly one loop, and a loop visits
        no vertex twice: where the boundary passes through the same vertex again (a *pinch*), the
        walk is cut there, so two holes that touch in a corner are two loops.

        Edges of three, five, ... faces are walked too: those with an odd number of faces meet in
        even numbers, so whoever walks in along one can leave by another.
        """
        odd = self.uses % 2 == 1
        arrows = np.where(self.balance[odd, None] > 0, self.pairs[odd], self.pairs[odd, ::-1])
        # The ways out of each vertex. Those along an arrow are taken first, from the end of the
        # list; against it we go only on meshes that are not consistently oriented.
        ways = defaultdict(list)
        for number, (start, end) in enumerate(arrows.tolist()):
            ways[end].append((number, start))
        for number, (start, end) in enumerate(arrows.tolist()):
            ways[start].append((number, end))

        loops, walked = [], set()
        for first in arrows[:, 0].tolist():
            path = {first: None}  # a dictionary keeps its order, and finds a vertex at once
            here = first
            while ways[here]:
                number, following = ways[here].pop()
                if number in walked:
                    continue
                walked.add(number)
                if following in path:  # back where we were: cut the loop off and go on from here
                    loop = []
                    while here != following:
                        loop.append(here)
                        del path[here]
                        here = next(reversed(path))
                    loops.append([here, *reversed(loop)])
                else:
                    path[following] = None
                    here = following
        return loops


def _pieces(one: np.ndarray, other: np.ndarray, n: int) -> tuple[int, np.ndarray]:
    """The number of pieces of a graph with `n` nodes and links one[i]-other[i], and each's piece.

    Which nodes of a graph hang together is no lesson of minicv, so SciPy finds out. It is imported
    here and not at the top because loading it takes longer than most meshes take to be counted.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    links = coo_matrix((np.ones(len(one), dtype=np.int8), (one, other)), shape=(n, n))
    n_pieces, piece = connected_components(links, directed=False)
    return int(n_pieces), piece
