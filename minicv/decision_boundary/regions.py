"""A window cut into convex cells, along the lines on which units change sign.

The problem.  A polygon is easily cut along a line.  But when thousands of polygons tile a window
and each is cut on its own, every cut is rounded on its own, and neighbours end up a little apart or
across each other: areas do not add up, and curves that run through many cells have gaps.

The idea.  Neighbours *share* their vertices, and a vertex knows the values of all units there.
Every decision rests on the signs of these values:

- an edge whose ends have different signs gets a new vertex, once, and both neighbours use it;
- a cell with vertices of both signs is cut from one vertex with value 0 to the other.

Cells are cycles of vertex numbers, counter-clockwise.  Whatever the rounding, they remain a tiling
of the window in which each inner edge belongs to two cells, running in opposite directions.

A unit's value is straight along an edge, so its value at a new vertex is known by interpolation:
nothing has to be evaluated again.
"""

from __future__ import annotations

import numpy as np

from minicv.decision_boundary.relu_layers import RELU, Affine, affine, between


class Cells:
    """Convex polygons that tile a window, and the values of a layer's units at their vertices.

    Parameters
    ----------
    low, high : (2,) lower left and upper right corner of the window.

    Attributes
    ----------
    points : (V, 2) all vertices.
    values : (V, m) of the m units of the layer that was reached, straight in each cell.
    cycles : for each cell the numbers of its vertices, counter-clockwise.
    """

    def __init__(self, low: np.ndarray, high: np.ndarray):
        (left, lower), (right, upper) = low, high
        self.points = np.array([[left, lower], [right, lower], [right, upper], [left, upper]])
        self.values = self.points.copy()
        self.cycles = [[0, 1, 2, 3]]

    def pass_through(self, step: Affine | str) -> None:
        """Apply one step of the network at all vertices. Before a ReLU the cells must be cut."""
        self.values = np.maximum(self.values, 0) if step is RELU else affine(self.values, step)

    def cut(self) -> tuple[np.ndarray, np.ndarray]:
        """Cut every cell along the zeros of all units.

        Returns
        -------
        parents : (C,) for each new cell the old one that it is a part of.
        active : (C, m) bool: the unit is positive inside the cell. False if it is negative or 0.
        """
        self._signs = np.sign(self.values).astype(np.int8)
        self._n_vertices = len(self.points)
        self._on_edge: dict[tuple[int, int, int], int] = {}
        parents, pieces = [], []
        for number, cycle in enumerate(self.cycles):
            todo = [(cycle, np.arange(self.values.shape[1]))]
            while todo:
                piece, units = todo.pop()
                around = self._signs[piece][:, units]
                units = units[(around.max(axis=0) > 0) & (around.min(axis=0) < 0)]
                if len(units) == 0:
                    pieces.append(piece)
                    parents.append(number)
                else:
                    # All cells take the units in the same order. So an edge that two units cross
                    # is cut by both of its neighbours in the same way.
                    todo += [(half, units) for half in self._halves(piece, units[0])]
        n = self._n_vertices  # the arrays have spare rows
        self.points, self.values, self._signs = self.points[:n], self.values[:n], self._signs[:n]
        self.cycles = pieces
        active = np.array([self._signs[piece].max(axis=0) > 0 for piece in pieces])
        return np.array(parents), active

    def _halves(self, cycle: list[int], unit: int) -> tuple[list[int], list[int]]:
        """Cut off the (first) run of positive vertices."""
        signs = self._signs[cycle, unit].tolist()
        with_zeros = []
        for n, (vertex, sign) in enumerate(zip(cycle, signs)):
            if signs[n - 1] * sign < 0:
                with_zeros.append(self._zero_between(cycle[n - 1], vertex, unit))
            with_zeros.append(vertex)
        signs = self._signs[with_zeros, unit].tolist()
        begin = next(n - 1 for n, sign in enumerate(signs) if sign > 0 and signs[n - 1] == 0)
        cycle = with_zeros[begin:] + with_zeros[:begin]  # -1: the last one comes first
        signs = signs[begin:] + signs[:begin]
        end = next(n for n, sign in enumerate(signs) if n > 0 and sign == 0)
        return cycle[:end + 1], cycle[end:] + cycle[:1]

    def _zero_between(self, u: int, v: int, unit: int) -> int:
        """The vertex where a unit is 0 on the edge between two vertices with different signs."""
        u, v = min(u, v), max(u, v)
        vertex = self._on_edge.get((u, v, unit))
        if vertex is None:
            vertex = self._on_edge[u, v, unit] = self._n_vertices
            if vertex == len(self.points):  # no room: double it
                self.points, self.values, self._signs = (
                    np.concatenate([array, np.empty_like(array)])
                    for array in (self.points, self.values, self._signs))
            self._n_vertices += 1
            a, b = self.values[u, unit], self.values[v, unit]
            share = a / (a - b)
            # In this form a vertex on a vertical or horizontal edge stays on it, to the last digit.
            self.points[vertex] = self.points[u] + share * (self.points[v] - self.points[u])
            self.values[vertex] = between(self.values[u], self.values[v], share)
            self.values[vertex, unit] = 0
            self._signs[vertex] = np.sign(self.values[vertex])
        return vertex
