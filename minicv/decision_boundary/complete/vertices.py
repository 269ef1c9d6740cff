"""What is known at the vertices of a cell complex: where they are, and the values of all units.

A ReLU network is linear on each cell, so a new vertex on an edge has values between those of its
ends, and no formula is needed.  Here are two kinds of numbers for it.

`Vertices` has floats.  They are fast, and nearly always enough: every decision is the sign of a
value, and a value is rarely so near to 0 that rounding could have changed its sign.  `unsure` tells
whether one was.

`ExactVertices` has whole numbers, without any rounding.  A float is a fraction whose denominator is
a power of 2.  So a weight matrix times such a power is whole, and with it a vertex can be a row

    (x w, y w, z w, w, values times w)        all whole, w > 0 its common denominator.

Where a is the value at one end of an edge, and b < 0 < a at the other, the row of the new vertex is
a (row of the other) - b (row of the one): no division.  With a small network that is as fast as
floats; with lesson 2.1's, whose weights have 24 binary digits each, it takes eight times as long.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from minicv.decision_boundary.relu_network import Affine, pass_through, terms_of, zero_between

UNSURE = 1e-11  # as a share of the terms of a sum: hundreds of rounding errors


class Vertices:
    """In floats: `points` (V, 3), and `values` (V, m) of the layer that was reached, at first x."""

    def __init__(self, points: np.ndarray):
        self.points = points
        self.values = points.copy()
        self.terms = np.abs(points).max(axis=0)  # (m,), how large the sums were
        self.unsure = False

    def pass_through(self, step: Affine | str) -> None:
        """Apply one step of the network. Before a ReLU the cells must be cut."""
        if isinstance(step, Affine):
            self.terms = terms_of(step, np.abs(self.values).max(axis=0, initial=0))
        self.values = pass_through(self.values, step)

    def signs(self, unit: int) -> np.ndarray:
        """(V,) of -1, 0 and 1."""
        values = self.values[:, unit]
        self.unsure |= bool(((values != 0) & (np.abs(values) < UNSURE * self.terms[unit])).any())
        return np.sign(values)

    def add_zeros(self, u: np.ndarray, v: np.ndarray, unit: int) -> None:
        """New vertices where a unit is 0 between u and v (K,), at which it has different signs."""
        _, share, values = zero_between(self.values[u], self.values[v], unit)
        points = self.points[u] + share * (self.points[v] - self.points[u])
        self.points = np.concatenate([self.points, points])
        self.values = np.concatenate([self.values, values])

    def keep(self, used: np.ndarray) -> None:
        self.points, self.values = self.points[used], self.values[used]


class ExactVertices:
    """The same in whole numbers: `rows` (V, 4 + m)."""

    unsure = False

    def __init__(self, points: np.ndarray):
        whole, denominator = _whole(points)
        self.rows = np.concatenate([whole, np.full((len(points), 1), denominator, object), whole],
                                   axis=1)

    @property
    def points(self) -> np.ndarray:
        return (self.rows[:, :3] / self.rows[:, 3:4]).astype(float)

    def pass_through(self, step: Affine | str) -> None:
        place, values = self.rows[:, :4], self.rows[:, 4:]
        if isinstance(step, Affine):
            whole, denominator = _whole(np.append(step.weight, step.bias[:, None], axis=1))
            values = np.append(values, place[:, 3:], axis=1) @ whole.T
            self.rows = _reduced(np.append(place * denominator, values, axis=1))
        else:
            self.rows = np.append(place, np.maximum(values, 0), axis=1)

    def signs(self, unit: int) -> np.ndarray:
        return np.sign(self.rows[:, 4 + unit]).astype(float)

    def add_zeros(self, u: np.ndarray, v: np.ndarray, unit: int) -> None:
        first, second = self.rows[u], self.rows[v]
        a, b = np.abs(first[:, 4 + unit, None]), np.abs(second[:, 4 + unit, None])
        self.rows = np.concatenate([self.rows, _reduced(b * first + a * second)])

    def keep(self, used: np.ndarray) -> None:
        self.rows = self.rows[used]


def _whole(numbers: np.ndarray) -> tuple[np.ndarray, int]:
    """The floats times their common denominator, which is a power of 2."""
    ratios = [Fraction(number) for number in numbers.ravel().tolist()]
    denominator = max(ratio.denominator for ratio in ratios)
    whole = np.array([int(ratio * denominator) for ratio in ratios], object)
    return whole.reshape(numbers.shape), denominator


def _reduced(rows: np.ndarray) -> np.ndarray:
    """The rows without common factors."""
    return rows // np.gcd.reduce(rows, axis=1, keepdims=True)
