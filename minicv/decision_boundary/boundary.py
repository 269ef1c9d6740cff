"""The decision boundary of a ReLU network: the exact curve on which it has a level.

The problem.  A network f: (x1, x2) -> number made of linear layers and ReLUs calls a point inside
where f > level.  Where exactly does the inside end?  Contouring samples of f on a grid (`contour`)
gives an answer that is as good as the grid is fine.  But the answer can be computed exactly.

The idea.  In each of its linear regions f is one linear function, and f = level is a line.  So cut
the regions that `regions` finds once more, along f = level.  Then each cell is inside or
outside, and the boundary consists of the edges between an inside and an outside cell.  Neighbours
share their vertices, so these edges join to curves without gaps.

Curves do not cross: parts of the inside that meet in a single point are kept apart, because the
edges are joined by walking round their common vertex through the inside.

What counts.  The decision boundary is the border of the *inside*, { f > level }, within the window.
So a region on which f equals the level is outside, and the curve runs along its edges with the
inside.  Where f touches the level on a line or point, without changing sides, there is no curve.
The border of the window is never part of it.

It answers exercise 1.1 c.  `rays` does the same along rays, in any dimension.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

import numpy as np

from minicv import nn
from minicv.decision_boundary.regions import Edge, Tiling
from minicv.decision_boundary.relu_network import RELU, PlaneWindow, pass_through, relu_layers

Item = TypeVar("Item", bound=Hashable)


def decision_boundary(network: nn.Module, window: PlaneWindow, level: float = 0.0
                      ) -> list[np.ndarray]:
    """The border of { x : network(x) > level } within a window, as polylines.

    Parameters
    ----------
    network, window : nn.Module and (xmin, ymin, xmax, ymax)
        As for `linear_regions`, with the same errors.
    level : float
        0 for logits. For a threshold tau on the probability, log(tau / (1 - tau)).

    Returns
    -------
    list of (K, 2) arrays
        The corners of each curve, in order; the longest curve first. The inside, f > level, lies to
        the *left* of the direction of travel: outlines run counter-clockwise, holes clockwise. A
        closed curve ends with its first point again; an open one ends at the border of the window.
        Between two corners f is linear, so the straight line between them is the level set itself,
        to the rounding of f (E in `relu_network`): where f is no further than that from the level,
        as it may be all over a part that is nearly flat, it may count as on the level.

    Examples
    --------
    >>> layer = nn.Sequential(nn.Linear(2, 1, dtype=np.float64))
    >>> _ = layer.load_state_dict({"0.weight": [[1.0, -1.0]], "0.bias": [0.0]})
    >>> decision_boundary(layer, (0, 0, 2, 5))[0].tolist()
    [[2.0, 2.0], [0.0, 0.0]]
    """
    tiling = Tiling(window)
    for step in relu_layers(network, 2, level=level):
        if step is RELU:
            tiling.cut()
        tiling.values = pass_through(tiling.values, step)
    _, inside = tiling.cut()

    next_in_cell: dict[Edge, Edge] = {}  # of each edge of an inside cell, which is on its left
    outside: set[Edge] = set()  # the edges of the other cells
    for cell, is_inside in zip(tiling.cells, inside[:, 0]):
        edges = list(zip(cell, cell[1:] + cell[:1]))
        if is_inside:
            next_in_cell.update(zip(edges, edges[1:] + edges[:1]))
        else:
            outside.update(edges)
    border = sorted((u, v) for u, v in next_in_cell if (v, u) in outside)
    following = {edge: _next_on_border(edge, next_in_cell) for edge in border}
    curves = [tiling.points[[u for u, _ in chain]] for chain in follow(following)]
    return sorted(curves, key=lambda curve: -np.hypot(*np.diff(curve, axis=0).T).sum())


def _next_on_border(edge: Edge, next_in_cell: dict[Edge, Edge]) -> Edge:
    """Turn round the edge's end, from cell to cell through the inside, to where the inside ends."""
    v, w = next_in_cell[edge]
    while (w, v) in next_in_cell:
        v, w = next_in_cell[w, v]
    return v, w  # at the border of the window this is not on the boundary: the curve ends in v


def follow(successors: Mapping[Item, Item]) -> list[list[Item]]:
    """Chains, given for each item the one that follows it; no two have the same successor.

    First come the open chains, each up to an item that has no successor; then the closed ones,
    which end with their first item again.

    >>> follow({1: 2, 2: 1, "b": "c", "a": "b"})
    [['a', 'b', 'c'], [1, 2, 1]]
    """
    remaining = dict(successors)
    starts = remaining.keys() - set(remaining.values())
    chains = []
    for start in [*(item for item in successors if item in starts), *successors]:
        if start in remaining:  # else it is part of a chain already
            chain = [start]
            while chain[-1] in remaining:
                chain.append(remaining.pop(chain[-1]))
            chains.append(chain)
    return chains
