"""The 256 cases of marching cubes, derived: which triangles a cube gets for each choice of corners.

Eight corners, each inside or outside: 2^8 = 256 cases.  The usual programs hold them as a table of
numbers that somebody once typed in.  Here they follow, when first needed, from one rule:

1. `cut_runs` of marching squares draws the contour on each of the six faces of the cube.
2. `trace_loops` joins the contours end to end.  Each crossed edge belongs to two faces and is
   entered on one and left on the other, so that the contours close to loops.
3. `fill_loop` fills each loop with triangles.

Why neighbours never crack: two cubes share a face, `cut_runs` looks at that face alone, and so both
draw the same contour on it, in opposite directions.  Tables that choose a case by its number of
inside corners (the 1987 paper reduces 256 cases to 15 so) break this on faces whose inside corners
touch diagonally, and leave holes.
"""

from __future__ import annotations

import functools

import numpy as np

from minicv.decision_boundary.contour import cut_runs, follow

# Corner c of a cube sits at (i, j, k) = its three bits. An edge joins two corners that differ in
# one bit; edges 0-3 run along axis 0, 4-7 along axis 1, 8-11 along axis 2. Each face is the ring of
# its corners, counter-clockwise seen from outside the cube.
AXIS_BITS = (4, 2, 1)
EDGES = [(c, c | bit) for bit in AXIS_BITS for c in range(8) if not c & bit]
FACES = [ring if side else ring[::-1]
         for bit, u, v in ((4, 2, 1), (2, 1, 4), (1, 4, 2)) for side in (0, bit)
         for ring in [[side, side | u, side | u | v, side | v]]]


def trace_loops(case: int) -> list[list[int]]:
    """Join the contours on the six faces of a cube into closed loops of edge numbers.

    Bit c of `case` says whether corner c is inside. Seen from the outside of the shape each loop
    runs counter-clockwise.

    Examples
    --------
    >>> trace_loops(1)  # corner 0 alone is inside: the three edges that meet there
    [[0, 4, 8]]
    """
    following = {}
    for ring in FACES:
        sides = [EDGES.index((min(a, b), max(a, b))) for a, b in zip(ring, ring[1:] + ring[:1])]
        for enter, leave in cut_runs([bool(case >> corner & 1) for corner in ring]):
            following[sides[enter]] = sides[leave]
    return [loop[:-1] for loop in follow(dict(sorted(following.items())))]


def fill_loop(loop: list[int], few_inside: bool) -> list[tuple[int, int, int]]:
    """Fill a loop of edge numbers with triangles that fan out from one of its points, the apex.

    - No diagonal may lie in a face of the cube. The neighbour could draw the same diagonal, and
      four triangles would meet in it.
    - A fan leans to one side of the surface. Choosing the apex where the loop turns from one edge
      direction to another, and the mirror image in the complementary case, lets the leanings
      cancel over a smooth surface, as in the tables in common use (areas agree to 1e-6).
    - A loop of six that has no such turn keeps its symmetry: cut off every other point.
    """
    n = len(loop)

    def parallel(a: int, b: int) -> bool:
        return loop[a] // 4 == loop[b % n] // 4

    def in_one_face(a: int, b: int) -> bool:
        return any(set(EDGES[loop[a]] + EDGES[loop[b % n]]) <= set(ring) for ring in FACES)

    apexes = [a for a in range(n) if not any(in_one_face(a, a + d) for d in range(2, n - 1))]
    before = -1 if few_inside else 1
    turns = [a for a in apexes if parallel(a, a + before) and not parallel(a, a - before)]
    if n == 6 and not turns and not any(in_one_face(a, a + 2) for a in (0, 2, 4)):
        a, b, c, d, e, f = loop
        return [(a, b, c), (c, d, e), (e, f, a), (a, c, e)]
    apex = (turns or apexes)[0]
    fan = loop[apex:] + loop[:apex]
    return [(fan[0], fan[m], fan[m + 1]) for m in range(1, n - 1)]


@functools.cache
def triangle_table() -> np.ndarray:
    """(256, 5, 3): the edges on which each case's triangles stand; -1 where there is no more."""
    table = np.full((256, 5, 3), -1)
    for case in range(256):
        few_inside = bin(case).count("1") <= 4
        triangles = [t for loop in trace_loops(case) for t in fill_loop(loop, few_inside)]
        table[case, :len(triangles)] = np.reshape(triangles, (-1, 3))
    return table
