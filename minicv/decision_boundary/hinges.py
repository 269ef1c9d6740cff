"""The hinges of a ReLU network under a pattern, for `surface_walk`.

Say of each hidden unit whether it is active.  Under such a *pattern* every ReLU either keeps its
input or gives 0.  So each unit is a linear function of x, and so is the network.  The pattern holds
where all units have the signs that it says: a convex region, bounded by the units' *hinges*, the
planes in which they are 0.
"""

from __future__ import annotations

import numpy as np

from minicv.decision_boundary.relu_network import (
    RELU,
    ROUNDING,
    Affine,
    pass_through,
    terms_of,
)

ALWAYS = 7  # planes that no unit makes: the sides of the box, and f = level


class Hinges:
    """The planes that may bound a face: U hinges, the sides of the box, and last f = level.

    So that all planes are treated alike, a pattern has a column for each of them, also for the last
    7, where it is always True.

    Parameters
    ----------
    steps : list
        The network, as `relu_layers` takes it apart.
    low, high : (3,) arrays
        The corners of the box.

    Attributes
    ----------
    errors : (U + 7,) array
        How far rounding may have moved the values of these planes' functions.
    most_off : float
        How far off a corner may be: a millionth of the box.
    """

    def __init__(self, steps: list[Affine | str], low: np.ndarray, high: np.ndarray):
        self.steps = steps
        self.sides = np.block([[np.eye(3), -np.eye(3)], [-low, high]])  # x - low and high - x
        self.most_off = 1e-6 * float((high - low).max())
        self.errors = self._errors(np.maximum(np.abs(low), np.abs(high)))

    def _errors(self, terms: np.ndarray) -> np.ndarray:
        """From how large x, y and z can be."""
        error = ROUNDING * terms
        of_sides, of_units = np.tile(error, 2), []
        for step in self.steps:
            if isinstance(step, Affine):
                terms = terms_of(step, terms)
                error = np.abs(step.weight) @ error + ROUNDING * terms
            else:
                of_units.append(error)
        return np.concatenate([*of_units, of_sides, error])

    def patterns_at(self, points: np.ndarray) -> np.ndarray:
        """Which units are active at N points: (N, U + 7) bool."""
        values, found = points, []
        for step in self.steps:
            if step is RELU:
                found.append(values > 0)
            values = pass_through(values, step)
        return np.concatenate([*found, np.ones((len(points), ALWAYS), bool)], axis=1)

    def under(self, patterns: np.ndarray) -> np.ndarray:
        """The planes (N, 4, U + 7) where N patterns hold.

        Plane u is where  a x + b y + c z + d = 0,  with (a, b, c, d) = planes[n, :, u].  The sum is
        positive where pattern n holds.
        """
        n, reached, found = len(patterns), 0, []
        values = np.broadcast_to(np.eye(4, 3), (n, 4, 3))  # of a layer's units; at first x, y, z
        for step in self.steps:
            if isinstance(step, Affine):
                values = (values.reshape(4 * n, -1) @ step.weight.T).reshape(n, 4, -1)
                values[:, 3] += step.bias
            else:
                found.append(values)
                active = patterns[:, None, reached:reached + values.shape[2]]
                values, reached = values * active, reached + values.shape[2]
        sides = np.broadcast_to(self.sides, (n, 4, 6))
        planes = np.concatenate([*found, sides, values], axis=2)
        return np.where(patterns[:, None], planes, -planes)
