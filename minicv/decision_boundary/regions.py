"""The linear regions of a ReLU network: convex polygons on which it is one linear function.

The problem.  A network f: (x1, x2) -> number is made of linear layers and ReLUs: how does it look?

The idea.  A ReLU does one of two things to a number: it leaves it (the unit is *active*) or
replaces it by 0.  Where no unit changes between the two, the network is a product of matrices: one
linear function.  So the plane is cut into *linear regions*, one for each *activation pattern* that
occurs, and

    region of a pattern = { x : z_j(x) >= 0 for active units j, z_j(x) <= 0 for the others }

where each z_j is linear.  An intersection of half planes is convex: each region is a convex
polygon.  We find all of them layer by layer.  Begin with the window as the only region.  In each
region the next layer's z_j are linear, so each z_j = 0 is a line; cut the region along those that
pass through it.  (Montufar et al., *On the number of linear regions of deep neural networks*, NIPS
2014.)

No gaps.  If thousands of polygons are each cut on their own, every cut is rounded on its own, and
neighbours end up a little apart or across each other.  So in a `Tiling` neighbours *share* their
vertices, a vertex knows the values of all units there, and every decision rests on their signs:

- an edge whose ends have different signs gets a new vertex, once, and both neighbours use it;
- a cell with vertices of both signs is cut from one vertex with value 0 to the other.

Special cases:

- A unit that does not change sign in the window gives no edge.  One whose outputs are ignored
  (weight 0) gives one: the regions on both sides have different patterns, and the same function.
- Units with the same line (identical, or one the negative of the other, up to a factor) cut once.
- If lines would meet in one point but for rounding, the regions between them are as thin as
  rounding, and are left out.
- A unit that is exactly 0 on a whole region, because the units before it cancel, is not active.

It answers exercise 1.1 c, first half; `boundary` goes on from here.

What it costs.  n lines cut the plane into some n^2 / 2 parts.  A network with n hidden units has
about as many, in whatever layers: measured, 0.25 to 0.5 n^2 in a window that all kinks pass, at
0.04 milliseconds each.  Lesson 1.1 prints the table.  (Depth could make far more of them, but
hardly ever does: Hanin and Rolnick, *Complexity of linear regions in deep networks*, ICML 2019.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from minicv import checks, nn
from minicv.decision_boundary.relu_network import (
    LARGEST,
    LARGEST_POINT,
    ROUNDING,
    Affine,
    PlaneWindow,
    check_window,
    pass_through,
    relu_layers,
    zero_between,
)

Edge = tuple[int, int]  # from one vertex to another


@dataclass(frozen=True, eq=False)
class Region:
    """A convex polygon on which the network is  f(x) = weight . x + bias.

    Attributes
    ----------
    polygon : (K, 2) array
        Corners, counter-clockwise. Those of neighbours, in the middle of a side, are among them.
    pattern : tuple of (m,) arrays of bool
        For each ReLU layer, which of its units are active.
    weight, bias : (2,) array and float
        Of the linear function.

    Examples
    --------
    >>> region = linear_regions(nn.MLP(2, 1, rng=0), (0, 0, 2, 1))[0]  # no ReLU, so the only one
    >>> region.area, region.value([[0, 0]]).tolist() == [region.bias]
    (2.0, True)
    """

    polygon: np.ndarray
    pattern: tuple[np.ndarray, ...]
    weight: np.ndarray
    bias: float

    def __post_init__(self) -> None:
        vars(self).update(
            polygon=checks.numbers(self.polygon, "polygon", ("K", 2), dtype=float,
                                   within=LARGEST_POINT, empty=False),
            pattern=tuple(checks.numbers(active, "pattern", ("m",), kinds="b")
                          for active in checks.several(self.pattern, "pattern")),
            weight=checks.numbers(self.weight, "weight", (2,), dtype=float),
            bias=checks.number(self.bias, "bias"))

    @property
    def area(self) -> float:
        return shoelace(self.polygon)

    def value(self, points: np.ndarray) -> np.ndarray:
        """The linear function at points (..., 2); it is the network's for points in the region."""
        points = checks.numbers(points, "points", (..., 2), dtype=float, within=LARGEST)
        return points @ self.weight + self.bias

    @property
    def inside(self) -> np.ndarray:
        """The part of the polygon where the function is positive, (K, 2); K is 0 where it is not.
        """
        values = self.value(self.polygon)
        part = []
        for n, (corner, value) in enumerate(zip(self.polygon, values)):
            if values[n - 1] * value < 0:  # the side before this corner passes through 0
                share = values[n - 1] / (values[n - 1] - value)
                part.append(self.polygon[n - 1] + share * (corner - self.polygon[n - 1]))
            if value >= 0:
                part.append(corner)
        return np.array(part if values.max() > 0 else []).reshape(-1, 2)


def linear_regions(network: nn.Module, window: PlaneWindow) -> list[Region]:
    """All linear regions of a ReLU network on the plane, as far as they lie in a window.

    Parameters
    ----------
    network : nn.Module
        A `Sequential` of `Linear` and `ReLU` layers (an `MLP`) from points (N, 2) to (N, 1).
    window : (xmin, ymin, xmax, ymax)

    Returns
    -------
    list of Region
        One for each activation pattern that occurs, in float64. They tile the window, and
        neighbours have the same corners, to the last digit (unless a region between them was left
        out, as it is as thin as rounding).

    Raises
    ------
    TypeError, ValueError
        The network has other layers, inputs or outputs; a window without area.

    Examples
    --------
    >>> network = nn.MLP(2, 3, 1, rng=0)  # three lines, which meet in three points
    >>> len(linear_regions(network, (-9, -9, 9, 9)))
    7
    """
    tiling = Tiling(window)
    patterns: list[np.ndarray] = []  # for each ReLU layer, (C, m)
    # The units of the layer as linear functions of x in each cell: rows (w1, w2, b), (C, m, 3).
    functions = np.eye(2, 3)[None]
    for step in relu_layers(network, 2):
        if isinstance(step, Affine):
            functions = step.weight @ functions
            functions[:, :, 2] += step.bias
        else:
            parents, active = tiling.cut()
            patterns = [pattern[parents] for pattern in patterns] + [active]
            functions = functions[parents] * active[:, :, None]
        tiling.values = pass_through(tiling.values, step)
    regions = [Region(tiling.points[cell], tuple(pattern[number] for pattern in patterns),
                      functions[number, 0, :2], float(functions[number, 0, 2]))
               for number, cell in enumerate(tiling.cells)]
    thinnest = ROUNDING * np.abs(window).max()
    return [region for region in regions if _is_thicker(region.polygon, thinnest)]


class Tiling:
    """Convex polygons that tile a window, and the values of a layer's units at their vertices.

    Each inner edge belongs to two cells, which run along it in opposite directions.

    Attributes
    ----------
    points, values : (V, 2) and (V, m) arrays
        All vertices, and at these the m units of the layer that was reached (at first x itself).
    cells : list of list of int
        For each cell the numbers of its vertices, counter-clockwise.
    """

    def __init__(self, window: PlaneWindow):
        (left, lower), (right, upper) = check_window(window)
        self.points = np.array([[left, lower], [right, lower], [right, upper], [left, upper]])
        self.values = self.points.copy()
        self.cells = [[0, 1, 2, 3]]

    def cut(self) -> tuple[np.ndarray, np.ndarray]:
        """Cut every cell along the zeros of all units, one unit after the other.

        Gives for each of the C new cells the number of the old one that it is a part of, (C,), and
        which units are positive in it, (C, m).
        """
        values = [self.values[cell] for cell in self.cells]
        crossed = np.array([(v > 0).any(axis=0) & (v < 0).any(axis=0) for v in values])
        parents = np.arange(len(self.cells))
        for unit in range(self.values.shape[1]):
            cut_off_from = self._cut_along(unit, np.flatnonzero(crossed[parents, unit]).tolist())
            parents = np.append(parents, parents[cut_off_from])
        return parents, np.array([(self.values[cell] > 0).any(axis=0) for cell in self.cells])

    def _cut_along(self, unit: int, candidates: list[int]) -> list[int]:
        """Cut some cells; the number of the cell from which each new one was cut off."""
        signs = np.sign(self.values[:, unit]).tolist()
        zeros: dict[Edge, int] = {}  # the new vertex on the edge between two others
        cut_off_from: list[int] = []
        for number in candidates:
            cell = _with_zeros(self.cells[number], signs, zeros)
            while {-1, 1} <= {signs[vertex] for vertex in cell}:
                positive, cell = _halves(cell, signs)
                self.cells.append(positive)
                cut_off_from.append(number)
            self.cells[number] = cell
        if zeros:
            u, v = np.array(list(zeros)).T
            _, share, values = zero_between(self.values[u], self.values[v], unit)
            # In this form a vertex on a vertical or horizontal edge stays on it, to the last digit.
            points = self.points[u] + share * (self.points[v] - self.points[u])
            self.values = np.concatenate([self.values, values])
            self.points = np.concatenate([self.points, points])
        return cut_off_from


def _with_zeros(cell: list[int], signs: list[float], zeros: dict[Edge, int]) -> list[int]:
    """A cell with a vertex more on each edge whose ends have different signs."""
    cycle = []
    for u, v in zip(cell[-1:] + cell, cell):
        if signs[u] * signs[v] < 0:
            edge = min(u, v), max(u, v)
            if edge not in zeros:  # else the neighbour has put a vertex here
                zeros[edge] = len(signs)
                signs.append(0)
            cycle.append(zeros[edge])
        cycle.append(v)
    return cycle


def _halves(cycle: list[int], signs: list[float]) -> tuple[list[int], list[int]]:
    """Cut off the (first) run of positive vertices, from the zero before to the zero after it."""
    begin = next(n - 1 for n, vertex in enumerate(cycle)
                 if signs[vertex] > 0 and signs[cycle[n - 1]] == 0)
    cycle = cycle[begin:] + cycle[:begin]  # -1: the last one comes first
    end = next(n for n, vertex in enumerate(cycle) if n > 0 and signs[vertex] == 0)
    return cycle[:end + 1], cycle[end:] + cycle[:1]


def shoelace(polygon: np.ndarray) -> float:
    """The area of a polygon (K, 2), positive if it runs counter-clockwise.

    >>> shoelace(np.array([[1, 1], [4, 1], [4, 3], [1, 3]]))
    6.0
    """
    # The triangles of each side with the first corner; with the origin, digits would be lost.
    x, y = (polygon - polygon[0]).T
    return float(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]) / 2)


def _is_thicker(polygon: np.ndarray, least: float) -> bool:
    """Whether a convex polygon is thicker than `least`: its area over half its circumference."""
    around = polygon - np.roll(polygon, 1, axis=0)
    return shoelace(polygon) > least * np.hypot(around[:, 0], around[:, 1]).sum() / 2
