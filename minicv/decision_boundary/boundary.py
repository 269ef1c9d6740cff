"""What a ReLU network draws: its linear regions, and its decision boundary, exactly.

The problem.  A network f: (x1, x2) -> number made of linear layers and ReLUs calls a point inside
where f > level.  Where exactly does the inside end?  Contouring samples of f on a grid
(`marching_squares`) gives an answer that is as good as the grid is fine.  It need not be so: the
answer can be computed.

The idea.  A ReLU does one of two things to a number: it leaves it (the unit is *active*) or
replaces it by 0.  Where no unit changes its mind, the network is a product of matrices: one linear
function.  So the plane falls apart into *linear regions*, one for each *activation pattern* that
occurs, and

    region of a pattern = { x : z_j(x) >= 0 for active units j, z_j(x) <= 0 for the others }

where each z_j is linear.  An intersection of half planes is convex: each region is a convex
polygon.  We find all of them layer by layer.  Begin with the window as the only region.  In each
region the next layer's z_j are linear, so each z_j = 0 is a line; cut the region along those that
pass through it.  (In `relu_cells`; a unit's line has a bend wherever it passes from one region of
the layers before into the next.)  On how many regions there can be: Montufar et al., *On the number
of linear regions of deep neural networks*, NIPS 2014.

After the last layer f itself is linear in each region, and f = level is one more line to cut along.
The pieces of this line, joined from region to region, are the decision boundary.

What degenerate networks give:

- A unit that does not change sign in the window is no edge.  One whose outputs are ignored (weight
  0) is: the regions on both sides have different patterns and the same linear function.
- Units with the same line (identical, or one the negative of the other, up to a factor) cut once.
- A line through a corner of a region uses that corner; a line along an edge of it cuts nothing.
  Where lines that meet in a point miss each other by more than we forgive (see `relu_layers`),
  there are regions as thin as rounding between them. They are left out.
- A unit that is exactly 0 on a whole region, because the units before it cancel, is not active.
- The decision boundary is the border of the *inside*, { f > level }, within the window.  So where f
  is at the level on a whole region, that region is outside, and the curve runs along its edges
  with the inside.  Where f touches the level on a line or point, without changing sides, there is
  no curve.  The border of the window is never part of it.

It answers exercise 1.1 c.  `ray_crossings` does the same along rays, in any dimension.  The
libraries that minicv is otherwise compared with have neither.

What it costs.  n lines in the plane cut it into some n^2 / 2 parts; a network with n hidden units,
however they are arranged in layers, has about as many regions in a window that all kinks pass:
measured, 0.5 n^2 for one fresh layer and 0.25 to 0.5 n^2 for two to four (of 8 to 64 units).  So
twice the width, or twice the depth, is four times the regions, and each takes about
0.1 milliseconds on one core.  Lesson 1.1 prints the table.  (Depth could make far more of them;
that it hardly ever does: Hanin and Rolnick, *Complexity of linear regions in deep networks*, ICML
2019.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from minicv import nn
from minicv.decision_boundary.line import Window, check_window
from minicv.decision_boundary.regions import Cells
from minicv.decision_boundary.relu_layers import RELU, ROUNDING, relu_layers


@dataclass(frozen=True, eq=False)
class Region:
    """A convex polygon on which the network is  f(x) = weight . x + bias.

    Attributes
    ----------
    polygon : (K, 2) corners, counter-clockwise. Corners of neighbours are among them, too, so
        some lie in the middle of a straight side.
    pattern : for each ReLU layer, (m,) bool, which of its units are active.
    weight, bias : (2,) and a number.
    """

    polygon: np.ndarray
    pattern: tuple[np.ndarray, ...]
    weight: np.ndarray
    bias: float

    @property
    def area(self) -> float:
        return shoelace(self.polygon)

    def value(self, points: np.ndarray) -> np.ndarray:
        """The linear function at points (..., 2); it is the network's for points in the region."""
        return np.asarray(points, float) @ self.weight + self.bias


def shoelace(polygon: np.ndarray) -> float:
    """The area of a polygon (K, 2), positive if it runs counter-clockwise.

    It is the sum of the triangles of each side with the first corner.

    Examples
    --------
    >>> shoelace(np.array([[1, 1], [4, 1], [4, 3], [1, 3]]))
    6.0
    """
    x, y = (polygon - polygon[0]).T  # not with the origin, to lose no digits far away from it
    return float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) / 2)


def linear_regions(network: nn.Module, window: Window) -> list[Region]:
    """All linear regions of a ReLU network on the plane, as far as they lie in a window.

    Parameters
    ----------
    network : a `Sequential` of `Linear` and `ReLU` layers (an `MLP`) from points (N, 2) to (N, 1).
    window : (xmin, ymin, xmax, ymax).

    Returns
    -------
    list of `Region`, one for each activation pattern that occurs. They tile the window. Where
    neighbours meet they have the same corners, to the last digit (unless there is something as
    thin as rounding between them).

    Raises
    ------
    TypeError : the network has layers of another kind.
    ValueError : it has not two inputs and one output; the window is none.

    Notes
    -----
    Computed in float64, whatever the network's dtype. See the head of the module for what
    degenerate networks give.

    Examples
    --------
    >>> network = nn.MLP(2, 3, 1, rng=0)  # three lines, which meet in three points
    >>> len(linear_regions(network, (-9, -9, 9, 9)))
    7
    """
    low, high = check_window(window)
    cells = Cells(low, high)
    patterns: list[np.ndarray] = []  # for each ReLU layer, (C, m)
    # The units of the layer as linear functions of x in each cell: rows (w1, w2, b), (C, m, 3).
    functions = np.eye(2, 3)[None]
    for step in relu_layers(network, 2):
        if step is RELU:
            parents, active = cells.cut()
            patterns = [pattern[parents] for pattern in patterns] + [active]
            functions = functions[parents] * active[:, :, None]
        else:
            functions = step.weight @ functions
            functions[:, :, 2] += step.bias
        cells.pass_through(step)
    regions = [Region(cells.points[cycle], tuple(pattern[number] for pattern in patterns),
                      functions[number, 0, :2], float(functions[number, 0, 2]))
               for number, cycle in enumerate(cells.cycles)]
    thinnest = ROUNDING * max(np.abs(low).max(), np.abs(high).max())
    return [region for region in regions if _is_thicker(region.polygon, thinnest)]


def _is_thicker(polygon: np.ndarray, least: float) -> bool:
    """Whether a convex polygon is thicker than `least`: its area over half its circumference."""
    around = polygon - np.roll(polygon, 1, axis=0)
    return shoelace(polygon) > least * np.hypot(around[:, 0], around[:, 1]).sum() / 2


def decision_boundary(network: nn.Module, window: Window, level: float = 0.0
                      ) -> list[np.ndarray]:
    """The border of { x : network(x) > level } within a window, as polylines.

    Parameters
    ----------
    network, window : as for `linear_regions`.
    level : 0 for logits. For a threshold tau on the probability, log(tau / (1 - tau)).

    Returns
    -------
    list of (K, 2), longest first: the corners of each curve, in order. The inside, f > level, lies
    to the *left* of the direction of travel: outlines run counter-clockwise, holes clockwise. A
    closed curve ends with its first point again; an open one ends at the border of the window.
    Between two corners f is linear, so the straight line between them is the level set itself.
    Curves do not cross. Where two parts of the inside meet at a single point, they are kept apart.

    Raises
    ------
    TypeError, ValueError : as `linear_regions`; or `level` is not finite.

    Examples
    --------
    >>> layer = nn.Sequential(nn.Linear(2, 1, dtype=np.float64))
    >>> _ = layer.load_state_dict({"0.weight": [[1.0, -1.0]], "0.bias": [0.0]})
    >>> decision_boundary(layer, (0, 0, 2, 5))[0].tolist()
    [[2.0, 2.0], [0.0, 0.0]]
    """
    low, high = check_window(window)
    cells = Cells(low, high)
    for step in relu_layers(network, 2, level=level):
        if step is RELU:
            cells.cut()
        cells.pass_through(step)
    _, inside = cells.cut()

    def edges(cycle):
        return zip(cycle[-1:] + cycle[:-1], cycle, cycle[1:] + cycle[:1])

    # For each edge (u, v) of a cell that is inside, with the cell on its left, the cell's next
    # vertex after v.
    following, outside_edges = {}, set()
    for cycle, is_inside in zip(cells.cycles, inside[:, 0].tolist()):
        if is_inside:
            following.update(((u, v), w) for u, v, w in edges(cycle))
        else:
            outside_edges.update((u, v) for u, v, _ in edges(cycle))
    border = {(u, v) for u, v in following if (v, u) in outside_edges}
    curves = [cells.points[chain] for chain in _chains(border, following)]
    return sorted(curves, key=lambda curve: -np.hypot(*np.diff(curve, axis=0).T).sum())


def _chains(border: set[tuple[int, int]], following: dict[tuple[int, int], int]
            ) -> list[list[int]]:
    """Join edges between inside and outside to curves, given as lists of vertices."""
    successor = {}
    for u, v in border:
        # Turn around v, from cell to cell through the inside, to where the inside ends again.
        w = following[u, v]
        while (v, w) not in border and (w, v) in following:
            w = following[w, v]
        if (v, w) in border:  # else we have come to the border of the window
            successor[u, v] = v, w
    starts = border - set(successor.values())
    chains = []
    for edge in [*sorted(starts), *sorted(border)]:  # the open curves first, from their starts
        if edge not in border:
            continue
        chain = [edge[0]]
        while edge in border:
            border.remove(edge)
            chain.append(edge[1])
            edge = successor.get(edge)
        chains.append(chain)
    return chains
