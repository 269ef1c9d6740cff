"""The Hausdorff distance of two surfaces, between bounds: how far apart they are at most.

The problem.  It is the largest distance from any point of either surface to the other.  No sample
shows it, and no vertex: the farthest point may be anywhere in between.

The idea.  The distance to *one* triangle t is a convex function, since t is convex.  So on a
triangle p of one surface it is largest at a corner of p.  And if t belongs to the other surface,
that is nowhere farther than t:

    distance of a corner of p  <=  largest distance on p  <=  largest distance of p's corners to t

We take the t that is nearest to the centre of p.  The largest distance found at any corner is a
lower bound for the whole.  A p whose upper bound is not above that is done with.  Of the others
those with the largest bounds are cut into four, and again, until none is left: branch and bound.
Both ways are looked at in turns, so that what is found on one bounds the other, too.

What it costs.  Most triangles are done with at first sight; for that a t near by is enough, which
need not be the nearest.  Between marching cubes and the exact surface of the network of exercise
2.1 (16,488 triangles) it takes 0.5, 0.4, 1.0 and 3.9 seconds of one core at 32, 64, 128 and 256
samples.

Goes with exercise 2.1.  Source for the way to search: Tang, Lee and Kim, *Interactive Hausdorff
distance computation for general polygonal models*, SIGGRAPH 2009.
"""

from __future__ import annotations

import numpy as np

from minicv import checks
from minicv.occupancy_network.mesh import Mesh
from minicv.occupancy_network.true_distance import NearestTriangles, distances_to_triangles

AT_ONCE = 1000  # triangles to be cut: afterwards many others are done with


def hausdorff_distance(first: Mesh, second: Mesh, *, tolerance: float = 0.01,
                       most_pieces: int = 1_000_000) -> tuple[float, float]:
    """Bounds of the largest distance from any point of either surface to the other.

    Parameters
    ----------
    first, second : Mesh
    tolerance : float
        How far apart the bounds may be, as a share of the lower one.
    most_pieces : int
        Of each mesh, after how many to stop. Then the bounds may be wider. Two surfaces in the same
        place that are cut differently always take as many: no share of 0 is reached.

    Returns
    -------
    (float, float)
        Some point is as far away as the lower bound, and none is farther than the upper, up to
        rounding. Both are infinite if only one of the meshes has faces, and 0 if none has.

    Examples
    --------
    >>> whole = Mesh([[0, 0, 0], [9, 0, 0], [0, 9, 0]], [[0, 1, 2]])
    >>> corners = Mesh([[0, 0, 0], [1, 0, 0], [0, 1, 0], [8, 1, 0], [8, 0, 0], [9, 0, 0],
    ...                 [0, 8, 0], [1, 8, 0], [0, 9, 0]], [[0, 1, 2], [3, 4, 5], [6, 7, 8]])
    >>> low, high = hausdorff_distance(whole, corners)
    >>> low <= 7.0625 / 2**0.5 <= high <= 1.01 * low  # at (4.03125, 4.03125), as far from all three
    True
    """
    checks.instance(first, "first", Mesh)
    checks.instance(second, "second", Mesh)
    tolerance = checks.number(tolerance, "tolerance", least=0)
    most_pieces = checks.whole(most_pieces, "most_pieces", least=1)
    if len(first.faces) == 0 or len(second.faces) == 0:
        gap = 0.0 if len(first.faces) == len(second.faces) else np.inf
        return gap, gap
    one, other = NearestTriangles(first), NearestTriangles(second)
    ways = [Way(one.triangles, other), Way(other.triangles, one)]
    low = high = 0.0
    while any(len(way.pieces) for way in ways):
        low = max(low, *(way.cut() for way in ways))
        high = max(high, *(way.drop((1 + tolerance) * low, most_pieces) for way in ways))
    return low, max(low, high)


class Way:
    """From one surface to the other: the pieces on which the farthest place may be.

    Parameters
    ----------
    pieces : (N, 3, 3) array
        At first all triangles of the one surface.
    other : NearestTriangles
        The other surface.
    """

    def __init__(self, pieces: np.ndarray, other: NearestTriangles):
        self.pieces, self.other, self.n_made = pieces, other, 0
        self.rounding = 1e-12 * np.abs(pieces).max()
        _, near = other.tree.query(pieces.mean(axis=1))
        self.upper, _ = farthest_corners(pieces, other.triangles[other.face[near]])  # (N,) bounds

    def cut(self) -> float:
        """Cut those pieces that may be farthest; how far the farthest of their corners is."""
        first = np.argsort(-self.upper, kind="stable")[:AT_ONCE]
        some = self.pieces[first]
        _, near = self.other.find(some.mean(axis=1))
        _, corners = farthest_corners(some, self.other.triangles[near])
        parts = quarters(some)
        upper, _ = farthest_corners(parts, self.other.triangles[np.tile(near, 4)])
        self.pieces = np.append(np.delete(self.pieces, first, axis=0), parts, axis=0)
        self.upper = np.append(np.delete(self.upper, first), upper)
        self.n_made += len(parts)
        return float(self.other.find(corners)[0].max(initial=0))

    def drop(self, enough: float, most_pieces: int) -> float:
        """Drop pieces no farther than `enough`, or all after so many; how far these are at most."""
        done = (self.upper <= enough + self.rounding) | (self.n_made >= most_pieces)
        high = float(self.upper[done].max(initial=0))
        self.pieces, self.upper = self.pieces[~done], self.upper[~done]
        return high


def farthest_corners(pieces: np.ndarray, triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of each of N pieces the corner (N, 3) that is farthest from a triangle, and how far (N,)."""
    distances = np.stack([distances_to_triangles(corner, triangles)
                          for corner in pieces.swapaxes(0, 1)])
    return distances.max(axis=0), pieces[np.arange(len(pieces)), distances.argmax(axis=0)]


def quarters(triangles: np.ndarray) -> np.ndarray:
    """Each triangle (N, 3, 3) cut into four through the middles of its sides: (4 N, 3, 3).

    >>> quarters(np.array([[[0, 0, 0], [2, 0, 0], [0, 2, 0]]]))[3, :, :2].tolist()
    [[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]
    """
    a, b, c = triangles.swapaxes(0, 1)
    ab, bc, ca = (a + b) / 2, (b + c) / 2, (c + a) / 2
    parts = np.array([[a, ab, ca], [ab, b, bc], [ca, bc, c], [ab, bc, ca]])  # (4, 3, N, 3)
    return parts.swapaxes(1, 2).reshape(-1, 3, 3)
