"""The line that a single unit draws: exercise 1.1 a and b.

The problem.  A linear layer with two inputs computes  f(x) = w1 x1 + w2 x2 + b.  Where is f = 0?

The idea.  f is constant along any direction at a right angle to w, and grows along w.  So the
points with f = 0 form a line at a right angle to w.  With  n = w / |w|  the equation becomes

    n . x = -b / |w|

which says all there is to know about a line: its *normal* n, which points to the side where f > 0,
and its *offset* -b / |w|, how far from the origin it lies along the normal.  And  f(x) / |w|  is
how far x is from the line, positive on the side of n.

To draw it by hand, two points are enough: on the x1 axis x2 = 0, hence x1 = -b / w1, and likewise
x2 = -b / w2 on the other axis.

A ReLU behind the layer bends the plane along this line; `regions` follows what becomes of it.
"""

from __future__ import annotations

import numpy as np

from minicv import checks, nn
from minicv.decision_boundary.relu_network import (
    LARGEST,
    PlaneWindow,
    check_network,
    check_window,
)


class Line:
    """The line  w . x + b = 0  in the plane.

    Parameters
    ----------
    weight, bias : (2,) array and float
        w and b. A ValueError if both weights are 0 (below 1e-150): f is the same everywhere then.

    Attributes
    ----------
    normal : (2,) array
        Of length 1, pointing to the side where w . x + b > 0.
    offset : float
        The line is at  offset * normal;  negative if the origin is on the positive side.
    intercepts : tuple
        x1 where the line meets the x1 axis, and x2 where it meets the x2 axis; None for an axis
        that it is parallel to, inf if that is too far to say.
    slope : float or None
        Of x2 over x1; None for a vertical line.

    Examples
    --------
    >>> line = Line([3.0, 4.0], -10.0)
    >>> line.normal.tolist(), line.offset, line.distance([[3, 4], [0, 0]]).tolist()
    ([0.6, 0.8], 2.0, [3.0, -2.0])
    """

    def __init__(self, weight: np.ndarray, bias: float):
        self.weight = checks.numbers(weight, "weight", (2,), within=LARGEST).astype(float)
        self.bias = checks.number(bias, "bias", least=-LARGEST, most=LARGEST)
        if (np.abs(self.weight) < 1 / LARGEST).all():
            raise ValueError("both weights are 0, or below 1e-150: there is no line, since f is "
                             f"{self.bias:g} everywhere")
        length = float(np.hypot(*self.weight))
        self.normal = self.weight / length
        self.offset = -self.bias / length
        w1, w2 = self.weight.tolist()
        # + 0.0 turns -0.0, which prints oddly, into 0.0.
        self.intercepts = tuple(-self.bias / w + 0.0 if w != 0 else None for w in (w1, w2))
        self.slope = -w1 / w2 + 0.0 if w2 != 0 else None

    @classmethod
    def of_layer(cls, layer: nn.Linear, unit: int = 0) -> Line:
        """The line of one unit of a linear layer with two inputs.

        >>> Line.of_layer(nn.Linear(2, 3, rng=0), unit=2).weight.shape
        (2,)
        """
        check_network(checks.instance(layer, "layer", nn.Linear), 2)
        unit = checks.whole(unit, "unit", least=0, most=layer.out_features - 1)
        bias = 0.0 if layer.bias is None else layer.bias.data[unit]
        return cls(layer.weight.data[unit], bias)

    def __repr__(self) -> str:
        return f"Line({self.weight.tolist()}, {self.bias})"

    def distance(self, points: np.ndarray) -> np.ndarray:
        """How far points (..., 2) are from the line, (...,): positive where w . x + b > 0.

        >>> Line([3.0, 4.0], -10.0).distance([3, 4]).tolist()
        3.0
        """
        points = checks.numbers(points, "points", (..., 2), dtype=float, within=LARGEST)
        return points @ self.normal - self.offset

    def segment(self, window: PlaneWindow) -> np.ndarray | None:
        """The part inside a window (xmin, ymin, xmax, ymax), whose border belongs to it.

        Gives both ends, (2, 2), the positive side on the left when going from the first to the
        second; None if the line misses the window, or touches no more than a corner.

        >>> Line([1.0, -1.0], 0.0).segment((0, 0, 2, 5)).tolist()
        [[2.0, 2.0], [0.0, 0.0]]
        """
        low, high = check_window(window)
        foot = self.offset * self.normal
        along = np.array([self.normal[1], -self.normal[0]])
        first, last = -np.inf, np.inf
        for axis in range(2):
            if along[axis] == 0:  # parallel to two sides: between them or not, all along
                if not low[axis] <= foot[axis] <= high[axis]:
                    return None
                continue
            with np.errstate(over="ignore"):  # inf: as good as parallel
                enter, leave = sorted((np.array([low[axis], high[axis]]) - foot[axis])
                                      / along[axis])
            first, last = max(first, enter), min(last, leave)
        if first >= last:
            return None
        ends = foot + np.array([[first], [last]]) * along
        return np.clip(ends, low, high) + 0.0
