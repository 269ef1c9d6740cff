"""The exact surface of a ReLU network in space: all flat faces, and the proof that none is missing.

The problem.  The set { f = level } is made of flat polygons, finitely many (read `surface_walk`
first).  Marching cubes samples f on a grid, the walk begins where rays meet the surface: either may
lose a speck.  And the walk gives up where hinges do not meet as they do by chance.

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
  own in the same place. An edge round both of whose ends they are joined is there twice, each time
  with another vertex in the middle. So every edge off the sides of the box is in exactly two
  polygons, which run along it in opposite directions;
- a unit that is 0 on a whole region is not active there; units with the same hinge cut once.

Rounding.  A sum that cannot be told from 0 is 0 (`relu_network`).  Where another value comes so
near to 0 that rounding might have chosen its sign, or signs contradict each other, everything is
done once more in whole numbers, which do not round (`vertices`).  That is rare: it takes a network
whose hinges nearly meet, or that is nearly flat.  Whole numbers take each weight for what it is: if
0.1 + 0.2 - 0.3 is all that lifts a region above the level, it is outside in floats, inside in them.

What it costs.  The network of exercise 2.1 (3-64-64-64-64-64-1) has 8,242 polygons after 45 epochs;
all of them, complete, take 4.1 seconds of one core and 300 MB.
"""

from __future__ import annotations

import numpy as np

from minicv import checks, nn
from minicv.decision_boundary.complete.affine_bounds import bounds_over_boxes
from minicv.decision_boundary.complete.assembly import border_surface
from minicv.decision_boundary.complete.incidence import marked
from minicv.decision_boundary.complete.polyhedra import Contradiction, Polyhedra
from minicv.decision_boundary.flat_surface import Surface
from minicv.decision_boundary.relu_network import LARGEST_POINT, Affine, relu_layers, terms_of


def exact_surface(network: nn.Module, bounds: tuple = (-0.5, 0.5), level: float = 0.0, *,
                  most_cells: int = 200_000) -> Surface:
    """The border of { x : network(x) > level } within a box in space.

    Parameters
    ----------
    network, bounds, level
        As `walk_surface` takes them.
    most_cells : int
        How many cells to hold at a time. What goes beyond is set aside, and named in `undecided`.

    Raises
    ------
    TypeError, ValueError
        The network is not made of `Linear` and `ReLU` layers (a positional encoding is not
        piecewise linear), or has other inputs or outputs; a box without volume.

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
    box = checks.bounds(bounds, "bounds", 3, within=LARGEST_POINT)
    steps = relu_layers(network, 3, level=level)
    try:
        search = _Search(Polyhedra(*box), most_cells)
        search.run(steps)
    except Contradiction:
        search = _Search(Polyhedra(*box, exact=True), most_cells)
        search.run(steps)
    maps = search.functions[search.owner, 0]
    border = border_surface(search.cells, search.patterns[:, -1])
    return Surface(border.points, border.polygons, border.caps,
                   maps[border.within] + [0, 0, 0, float(level)],
                   search.patterns[border.within, :-1], border.neighbours,
                   np.concatenate([np.empty((0, 2, 3)), *search.undecided]))


class _Search:
    """The cells that may hold surface, and what is known of each.

    When a layer is reached there are N cells, in which its units are linear functions of x, rows
    (w1, w2, w3, b) of `functions` (N, m, 4).  Cell c is a part of number `owner[c]` of these.
    `terms` (m,) tells how large the sums were from which they came.
    """

    def __init__(self, cells: Polyhedra, most_cells: int):
        self.cells = cells
        self.most_cells = most_cells
        self.functions = np.eye(3, 4)[None]
        self.terms = np.abs(cells.vertices.points).max(axis=0)
        self.owner = np.zeros(1, int)
        self.patterns = np.zeros((1, 0), bool)  # (C, U), a column for each unit so far
        self.undecided: list[np.ndarray] = []

    def run(self, steps: list[Affine | str]) -> None:
        """All steps, and the cut at the level; then the last column says what is inside."""
        for number, step in enumerate(steps):
            if isinstance(step, Affine):
                self.functions = step.weight @ self.functions
                self.functions[:, :, 3] += step.bias
                self.terms = terms_of(step, self.terms)
            else:
                active = self.cut(steps[number:])
                self.functions = self.functions[self.owner] * active[:, :, None]
                self.owner = np.arange(len(active))
            self.cells.vertices.pass_through(step)
        self.cut([])
        if self.cells.vertices.unsure:
            raise Contradiction

    def cut(self, steps: list[Affine | str]) -> np.ndarray:
        """Cut along all units, dropping empty cells on the way; (C, m) which are positive."""
        n_units, enough = self.functions.shape[1], len(self.owner)
        for unit in range(n_units):
            parents, active = self.cells.cut(unit)
            self.owner = self.owner[parents]
            self.patterns = np.append(self.patterns[parents], active[:, None], axis=1)
            if len(parents) > 2 * enough or unit == n_units - 1 and steps:
                self.drop_empty(steps)
                enough = max(len(self.owner), 100)
        return self.patterns[:, -n_units:]

    def drop_empty(self, steps: list[Affine | str]) -> None:
        """Drop the cells in which f is proven not to reach the level, and those too many."""
        low, high = self.cells.boxes()
        least, most = bounds_over_boxes(steps, self.functions, self.terms, self.owner, low, high)
        keep = (least <= 0) & (most >= 0)
        from_left = np.argsort(low[:, 0], kind="stable")
        excess = from_left[keep[from_left]][self.most_cells:]
        self.undecided.append(np.stack([low[excess], high[excess]], axis=1))
        keep[excess] = False
        self.cells.keep(keep, least > 0, marked(len(keep), excess))
        self.owner, self.patterns = self.owner[keep], self.patterns[keep]
