"""The exact surface of a ReLU network in space: every flat face, joined to its neighbours.

The problem.  A network f: (x, y, z) -> number is made of linear layers and ReLUs.  Marching cubes
samples f on a grid, and gives a surface that is as good as the grid is fine; a speck between the
samples is lost.  But the set { f = level } is made of flat polygons, finitely many, and can be
computed.

The idea.  Cut space into the network's linear regions, as `regions` does in the plane, and look at
the border of { f > level }.  A network with n hidden units has some n^3 / 6 regions in space, too
many; but most are far from the surface.  So after each layer, and whenever the cells have doubled,
ask of each cell: can f reach the level here?  `affine_bounds` encloses f over the box
round the cell.  A cell in which f is proven to stay above or below the level is dropped.  What is
left is cut exactly, and nothing is dropped without a proof: no component can be missed, however
small.

What counts.  The surface is the border of the *inside* { f > level } within the box, as in
`boundary`.  So:

- a region in which f equals the level is outside; the surface runs along its border with the
  inside;
- where f touches the level from one side there is no surface, whichever side;
- the sides of the box are no part of it; `triangles(cap=True)` adds them where they are inside;
- a polygon's pattern and map are those of the region on its inside. A polygon in a hinge has
  another map on its outside, and may be cut where the regions there meet: so one region may have
  several polygons in one plane;
- parts of the inside that touch in an edge or a vertex are kept apart, each with vertices of its
  own in the same place (unless they are joined round both ends of such an edge: it then has four
  faces, two and two neighbours, and the mesh is not manifold there);
- a unit that is 0 on a whole region is not active there; units with the same hinge cut once.

Sources: Lei and Jia, *Analytic marching*, ICML 2020, walk from face to face, and find what their
seeds touch.

What it costs.  The network of exercise 2.1 (3-64-64-64-64-64-1) has 12,000 polygons after 45
epochs; all of them, complete, take 7 seconds of one core.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from minicv import checks, nn
from minicv.decision_boundary.affine_bounds import bounds_over_boxes
from minicv.decision_boundary.polyhedra import (
    CELL,
    EDGE,
    FACE,
    NONE,
    Contradiction,
    Polyhedra,
    marked,
)
from minicv.decision_boundary.relu_network import LARGEST_POINT, ROUNDING, Affine, relu_layers
from minicv.decision_boundary.surface_assembly import (
    border_faces,
    own_vertices,
    pair_sides,
    rings,
    same_direction,
    split_edges,
)


@dataclass(frozen=True, eq=False)
class Surface:
    """Flat convex polygons, joined at their sides.

    Attributes
    ----------
    vertices : (V, 3) array
    polygons : list of P (K,) arrays of int
        The vertices of each, counter-clockwise seen from outside (where f is not above the level).
    caps : list of (K,) arrays of int
        Likewise, the parts of the box's sides that are inside.
    maps : (P, 4) array
        On polygon p the network is  maps[p, :3] . x + maps[p, 3].
    patterns : (P, U) array of bool
        Which of the hidden units, layer after layer, are active on each polygon.
    neighbours : list of P (K,) arrays of int
        Which polygon is behind the side from corner k to corner k + 1; -1 at the sides of the box.
    undecided : (K, 2, 3) array
        Boxes (lower and upper corner) in which surface may be missing; none if `complete`.

    Examples
    --------
    >>> surface = exact_surface(nn.MLP(3, 8, 1, rng=0), (-2, 2))
    >>> len(surface.polygons), surface.complete
    (17, True)
    """

    vertices: np.ndarray
    polygons: list[np.ndarray]
    caps: list[np.ndarray]
    maps: np.ndarray
    patterns: np.ndarray
    neighbours: list[np.ndarray]
    undecided: np.ndarray

    def __post_init__(self) -> None:
        n = checks.same_length(polygons=checks.several(self.polygons, "polygons"),
                               neighbours=checks.several(self.neighbours, "neighbours"),
                               maps=checks.instance(self.maps, "maps", np.ndarray),
                               patterns=checks.instance(self.patterns, "patterns", np.ndarray))
        checks.numbers(checks.instance(self.vertices, "vertices", np.ndarray), "vertices",
                       ("V", 3), kinds="f", within=LARGEST_POINT)
        checks.numbers(self.maps, "maps", (n, 4), kinds="f")
        checks.numbers(self.patterns, "patterns", (n, "U"), kinds="b")
        checks.numbers(checks.instance(self.undecided, "undecided", np.ndarray), "undecided",
                       ("K", 2, 3), kinds="f")
        for polygon in [*self.polygons, *checks.several(self.caps, "caps")]:
            corners = checks.numbers(checks.instance(polygon, "polygons and caps", np.ndarray),
                                     "polygons and caps", ("K",), kinds="iu", least=0,
                                     within=len(self.vertices) - 1)
            if len(corners) < 3:
                raise ValueError("a polygon has at least 3 corners")

    @property
    def complete(self) -> bool:
        """Whether every part of the box was decided: what is not here does not exist."""
        return len(self.undecided) == 0

    def triangles(self, cap: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """Vertices (V, 3) and triangles (F, 3), for ``Mesh(*surface.triangles(cap=True))``.

        With `cap` the surface is closed on the sides of the box, so that it encloses { f > level }.
        """
        polygons = self.polygons + (self.caps if checks.flag(cap, "cap") else [])
        fans = [np.stack([np.full(len(p) - 2, p[0]), p[1:-1], p[2:]], axis=1) for p in polygons]
        vertices = self.vertices
        for number in _sharing_diagonals(fans):
            ring = polygons[number]
            fans[number] = np.stack([np.full(len(ring), len(vertices)), ring, np.roll(ring, -1)],
                                    axis=1)
            vertices = np.append(vertices, self.vertices[ring].mean(axis=0)[None], axis=0)
        used, faces = np.unique(np.concatenate([np.empty((0, 3), int), *fans]), return_inverse=True)
        return vertices[used], faces.reshape(-1, 3)

    def area(self) -> float:
        """Of the surface, without the caps."""
        vertices, faces = self.triangles()
        return float(np.linalg.norm(_area_vectors(vertices, faces), axis=1).sum() / 2)

    def volume(self) -> float:
        """Of { f > level } in the box."""
        vertices, faces = self.triangles(cap=True)
        if len(faces) == 0:
            return 0.0
        vertices = vertices - vertices.mean(axis=0)
        return float((vertices[faces[:, 0]] * _area_vectors(vertices, faces)).sum() / 6)

    def euler_characteristic(self, cap: bool = False) -> int:
        """Vertices - edges + polygons: 2 for each sphere, 0 for a torus, 2 - 2 genus in general."""
        vertices, faces = self.triangles(cap)
        return len(vertices) - len(np.unique(_sides(faces), axis=0)) + len(faces)


def _area_vectors(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    a, b, c = vertices[faces].swapaxes(0, 1)
    return np.cross(b - a, c - a)


def _sides(faces: np.ndarray) -> np.ndarray:
    """The three sides of each triangle, (3 F, 2): the lower vertex first."""
    return np.sort(np.stack([faces, np.roll(faces, -1, axis=1)], axis=2).reshape(-1, 2))


def _sharing_diagonals(fans: list[np.ndarray]) -> list[int]:
    """Of which polygons a side lies in more than two triangles.

    Two polygons that meet along a straight line of several sides may both have it as a diagonal.
    """
    faces = np.concatenate([np.empty((0, 3), int), *fans])
    _, number, count = np.unique(_sides(faces), axis=0, return_inverse=True, return_counts=True)
    crowded = (count[number.ravel()] > 2).reshape(-1, 3).any(axis=1)
    return np.unique(np.repeat(np.arange(len(fans)), [len(fan) for fan in fans])[crowded]).tolist()


def exact_surface(network: nn.Module, bounds: tuple = (-0.5, 0.5), level: float = 0.0, *,
                  most_cells: int = 200_000) -> Surface:
    """The border of { x : network(x) > level } within a box in space.

    Parameters
    ----------
    network : nn.Module
        A `Sequential` of `Linear` and `ReLU` layers (an `MLP`) from points (N, 3) to (N, 1).
    bounds : (low, high)
        Of the box, each a number or one for each axis.
    level : float
        0 for logits. For a threshold tau on the probability, log(tau / (1 - tau)).
    most_cells : int
        How many cells to hold at a time. What goes beyond is set aside, and named in `undecided`.

    Raises
    ------
    TypeError, ValueError
        The network is not made of `Linear` and `ReLU` layers (a positional encoding is not
        piecewise linear), or has other inputs or outputs; a box without volume.
    RuntimeError
        The signs at a cell's vertices contradict each other by more than rounding explains.

    Examples
    --------
    >>> corner = nn.MLP(3, 3, 1, dtype=np.float64)  # max(x, 0) + max(y, 0) + max(z, 0) = 1
    >>> _ = corner.load_state_dict({"0.weight": np.eye(3), "0.bias": np.zeros(3),
    ...                             "2.weight": [[1, 1, 1]], "2.bias": [0]})
    >>> surface = exact_surface(corner, (-2, 2), level=1)
    >>> len(surface.polygons), round(surface.area(), 6) == round(3 * 4 + 6 * 2**0.5 + 3**0.5 / 2, 6)
    (7, True)
    """
    most_cells = checks.whole(most_cells, "most_cells", least=1)
    box, steps = _box(bounds), relu_layers(network, 3, level=level)
    try:
        search = _Search(*box, most_cells)
        return search.run(steps).surface(float(level))
    except Contradiction:
        return _Search(*box, most_cells, exact=True).run(steps).surface(float(level))


def _box(bounds: tuple) -> tuple[np.ndarray, np.ndarray]:
    ends = [checks.numbers(end, f"bounds[{n}]", dtype=float, within=LARGEST_POINT)
            for n, end in enumerate(checks.several(bounds, "bounds"))]
    if len(ends) != 2 or not {end.shape for end in ends} <= {(), (3,)}:
        raise ValueError(f"bounds must be (low, high), each a number or one for each of the three "
                         f"axes, got {checks.brief(bounds)}")
    low, high = (np.broadcast_to(end, 3) for end in ends)
    if (high - low <= ROUNDING * np.abs([low, high]).max()).any():
        raise ValueError(f"bounds must have low < high, further apart than rounding, got "
                         f"{checks.brief(bounds)}")
    return low, high


class _Search:
    """The cells that may hold surface, and what is known of each.

    The units of the layer that was reached are linear functions of x in each cell: `functions`
    (N, m, 4) has rows (w1, w2, w3, b), and cell c those of `functions[owner[c]]`.
    """

    def __init__(self, lower: np.ndarray, upper: np.ndarray, most_cells: int, exact: bool = False):
        self.cells = Polyhedra(lower, upper, exact)
        self.most_cells = most_cells
        self.functions = np.eye(3, 4)[None]
        self.owner = np.zeros(1, int)
        self.patterns = np.zeros((1, 0), bool)
        self.undecided: list[np.ndarray] = []

    def run(self, steps: list[Affine | str]) -> _Search:
        for number, step in enumerate(steps):
            self.take(step, steps[number:])
        self.inside = self.cut([])[:, 0]
        if self.cells.vertices.unsure:
            raise Contradiction
        return self

    def take(self, step: Affine | str, steps: list[Affine | str]) -> None:
        """Apply the first of the steps that remain."""
        if isinstance(step, Affine):
            self.functions = step.weight @ self.functions
            self.functions[:, :, 3] += step.bias
        else:
            active = self.cut(steps)
            self.functions = self.functions[self.owner] * active[:, :, None]
            self.owner = np.arange(self.cells.count[CELL])
            self.patterns = np.concatenate([self.patterns, active], axis=1)
        self.cells.vertices.pass_through(step)

    def cut(self, steps: list[Affine | str]) -> np.ndarray:
        """Cut along all units, dropping empty cells on the way; (C, m) which are positive."""
        n_units = self.functions.shape[1]
        first = self.patterns.shape[1]
        self.patterns = np.pad(self.patterns, ((0, 0), (0, n_units)))
        enough = self.cells.count[CELL]
        for unit in range(n_units):
            parents, positive = self.cells.cut(unit)
            self.owner, self.patterns = self.owner[parents], self.patterns[parents]
            self.patterns[:, first + unit] = positive
            if self.cells.count[CELL] > 2 * enough or unit == n_units - 1 and steps:
                self.drop_empty(steps)
                enough = max(self.cells.count[CELL], 100)
        active = self.patterns[:, first:]
        self.patterns = self.patterns[:, :first]
        return active

    def drop_empty(self, steps: list[Affine | str]) -> None:
        """Drop the cells in which f is proven not to reach the level, and those too many."""
        low, high = self.cells.boxes()
        least, most = bounds_over_boxes(steps, self.functions, self.owner, low, high)
        keep = (least <= 0) & (most >= 0)
        order = np.argsort(np.where(keep, low[:, 0], np.inf), kind="stable")
        excess = order[self.most_cells:]
        excess = excess[keep[excess]]
        self.undecided.append(np.stack([low[excess], high[excess]], axis=1))
        keep[excess] = False
        self.cells.keep(keep, least > 0, marked(len(keep), excess))
        self.owner, self.patterns = self.owner[keep], self.patterns[keep]

    def surface(self, level: float) -> Surface:
        """The border of the cells in which the last unit, f - level, is positive."""
        cells, inside = self.cells, self.inside
        flat, caps = border_faces(cells, inside)
        faces = np.concatenate([flat, caps])
        around = rings(cells, faces)
        behind, crowded = pair_sides(cells, faces, around, inside)
        within = np.zeros(cells.count[FACE], int)
        rows = cells.border[CELL][:, inside[cells.border[CELL][0]]]
        within[rows[1]] = rows[0]
        within = within[flat]
        maps = self.functions[self.owner[within], 0]
        sides = np.concatenate([-np.eye(3), np.eye(3)])[[0, 3, 1, 4, 2, 5]]
        outward = np.concatenate([-maps[:, :3], sides[cells.on_side[caps]]])
        points = cells.vertices.points
        around = same_direction(faces, around, behind, outward, points)
        middle = {edge: len(points) + n for n, edge in enumerate(crowded)}
        ends = [points[cells.border[EDGE][1, cells.border[EDGE][0] == edge]] for edge in crowded]
        points = np.concatenate([points, *(end.mean(axis=0)[None] for end in ends)])
        around = split_edges(around, middle)
        polygons, old = own_vertices(faces, around, behind)
        number = {face: n for n, face in enumerate(flat.tolist())}
        neighbours = [np.array([number.get(behind.get((face, edge), NONE), NONE)
                                for _, edge in ring]) for face, ring in zip(number, around)]
        return Surface(points[old], polygons[:len(flat)], polygons[len(flat):],
                       maps + [0, 0, 0, level], self.patterns[within], neighbours,
                       np.concatenate([np.empty((0, 2, 3)), *self.undecided]))
