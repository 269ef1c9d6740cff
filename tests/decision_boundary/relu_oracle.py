"""The geometry of small ReLU networks by brute force, in rational arithmetic: no rounding at all.

A network with n hidden units has at most 2^n activation patterns. Under each of them it is one
affine function, and the points that have the pattern are those where every active unit is >= 0 and
every other <= 0. So try all patterns: this shares no idea with the code under test, which cuts
pieces layer by layer and never sees a pattern that does not occur.

A network is a list of (weight, bias) with ReLU in between, of Fractions or whole numbers.
"""

import itertools
from fractions import Fraction

import numpy as np

from minicv import nn


def random_network(sizes, rng, most=4):
    """Small whole numbers: degenerate cases come up by themselves."""
    return [(rng.integers(-most, most + 1, (m, n)).tolist(),
             rng.integers(-most, most + 1, m).tolist()) for n, m in zip(sizes, sizes[1:])]


def as_module(layers):
    """The same network as a minicv module, float64."""
    sizes = [len(layers[0][0][0]), *(len(bias) for _, bias in layers)]
    module = nn.MLP(*sizes, dtype=np.float64, rng=0)
    for linear, (weight, bias) in zip(list(module)[::2], layers):
        linear.weight.data[...] = np.array(weight, float)
        linear.bias.data[...] = np.array(bias, float)
    return module


def nearly_flat(n_inputs, flat, rng, n_pairs=3):
    """f is what is left of pairs of units that cancel but for a share `flat` of their weights.

    As layers of Fractions, and as a module.
    """
    weight, bias = rng.uniform(-1, 1, (n_pairs, n_inputs)), rng.uniform(-1, 1, n_pairs)
    outer = rng.uniform(-1, 1, n_pairs)
    layers = [(np.append(weight, weight + flat * rng.uniform(-1, 1, weight.shape), axis=0),
               np.append(bias, bias + flat * rng.uniform(-1, 1, n_pairs))),
              (np.append(outer, -outer)[None], np.zeros(1))]
    exact = [([list(map(Fraction, row)) for row in w], list(map(Fraction, b))) for w, b in layers]
    return exact, as_module(layers)


def rounding(layers, terms):
    """How far f may be off at points of coordinates up to `terms`: E of `relu_network`."""
    error = 64 * 2.0**-52 * terms
    for weight, bias in layers:
        weight, bias = np.abs(np.array(weight, float)), np.abs(np.array(bias, float))
        terms = weight @ terms + bias
        error = weight @ error + 64 * 2.0**-52 * terms
    return error[0]


def patterns(layers):
    """All activation patterns, each a tuple of tuples of 0 and 1, a tuple for each hidden layer."""
    widths = [len(bias) for _, bias in layers[:-1]]
    return itertools.product(*(itertools.product((0, 1), repeat=width) for width in widths))


def under_pattern(layers, pattern, inputs):
    """All units as affine functions, given the inputs as such: rows (coefficients..., constant).

    Returns the conditions, rows that must be >= 0 for the pattern to hold, and the output's row.
    """
    rows, conditions = inputs, []
    for (weight, bias), states in itertools.zip_longest(layers, pattern):
        rows = [[sum(w * row[k] for w, row in zip(ws, rows)) for k in range(len(rows[0]))]
                for ws in weight]
        for row, b in zip(rows, bias):
            row[-1] += b
        if states is not None:
            conditions += [row if state else [-x for x in row] for row, state in zip(rows, states)]
            rows = [[x * state for x in row] for row, state in zip(rows, states)]
    return conditions, rows[0]


# -- along a ray -------------------------------------------------------------------------------


def ray_pieces(layers, origin, direction, near, far):
    """(begin, end, slope, constant) of each stretch on which f(t) = slope t + constant."""
    inputs = [[d, o] for o, d in zip(origin, direction)]
    pieces = set()
    for pattern in patterns(layers):
        conditions, (slope, constant) = under_pattern(layers, pattern, inputs)
        begin, end = Fraction(near), Fraction(far)
        for b, a in conditions:  # a + b t >= 0
            if b > 0:
                begin = max(begin, Fraction(-a, b))
            elif b < 0:
                end = min(end, Fraction(-a, b))
            elif a < 0:
                end = begin
            if begin >= end:
                break
        if begin < end:
            pieces.add((begin, end, slope, constant))
    return sorted(pieces)


def crossings(layers, origin, direction, near, far, level=0):
    """Where { t : f(t) > level } begins or ends; single points on the level do not count."""
    intervals = []  # open, where f > level, from left to right
    for begin, end, slope, constant in ray_pieces(layers, origin, direction, near, far):
        constant -= level
        ends = [begin, end]
        if slope and begin < Fraction(-constant, slope) < end:
            ends.insert(1, Fraction(-constant, slope))
        for left, right in zip(ends, ends[1:]):
            if slope * (left + right) / 2 + constant > 0:
                if intervals and intervals[-1][1] == left:
                    intervals[-1][1] = right
                else:
                    intervals.append([left, right])
    found = [t for interval in intervals for t in interval]

    def value(t):
        point = [Fraction(o) + t * Fraction(d) for o, d in zip(origin, direction)]
        return evaluate(layers, point) - level

    if found and found[0] == near and value(near) > 0:
        del found[0]
    if found and found[-1] == far and value(far) > 0:
        del found[-1]
    return found


def evaluate(layers, point):
    for number, (weight, bias) in enumerate(layers):
        point = [sum(w * x for w, x in zip(ws, point)) + b for ws, b in zip(weight, bias)]
        if number < len(layers) - 1:
            point = [max(x, 0) for x in point]
    return point[0]


# -- in the plane ------------------------------------------------------------------------------


def clip(polygon, row):
    """The part of a convex polygon where the affine function `row` is >= 0."""
    values = [row[0] * x + row[1] * y + row[2] for x, y in polygon]
    kept = []
    for n, (point, value) in enumerate(zip(polygon, values)):
        before, value_before = polygon[n - 1], values[n - 1]
        if value * value_before < 0:
            s = value_before / (value_before - value)
            kept.append(tuple(p + s * (q - p) for p, q in zip(before, point)))
        if value >= 0:
            kept.append(point)
    return kept


def area(polygon):
    return sum(x0 * y1 - x1 * y0
               for (x0, y0), (x1, y1) in zip(polygon[-1:] + polygon[:-1], polygon)) / 2


def window_polygon(window):
    xmin, ymin, xmax, ymax = (Fraction(side) for side in window)
    return [(xmin, ymin), (xmax, ymin), (xmax, ymax), (xmin, ymax)]


def regions(layers, window):
    """{pattern: (polygon, row of f)} for all patterns that fill an area; one that is 0 everywhere
    in a region counts as not active there."""
    found = {}
    for pattern in patterns(layers):
        conditions, row = under_pattern(layers, pattern, [[1, 0, 0], [0, 1, 0]])
        states = [state for layer in pattern for state in layer]
        if any(state and not any(condition) for state, condition in zip(states, conditions)):
            continue
        polygon = window_polygon(window)
        for condition in conditions:
            polygon = clip(polygon, condition)
            if len(polygon) < 3:
                break
        if len(polygon) > 2 and area(polygon) > 0:
            found[pattern] = polygon, row
    return found


def border_length(layers, window, level=0):
    """The length of the border of { f > level } within the window, as a float.

    Each region's part with f > level is clipped exactly; those of its edges count on which f is at
    the level and behind which f is not above it.
    """
    inside = []
    for polygon, row in regions(layers, window).values():
        row = [row[0], row[1], row[2] - level]
        part = clip(polygon, row)
        if len(part) > 2 and area(part) > 0 and any(row):  # a region on the level is outside
            inside.append((part, row))
    corners = {point for part, _ in inside for point in part}
    xmin, ymin, xmax, ymax = window
    total = 0.0
    for part, row in inside:
        for p, q in zip(part, part[1:] + part[:1]):
            if p == q or any(row[0] * x + row[1] * y + row[2] != 0 for x, y in (p, q)):
                continue
            (x, y), dx, dy = p, q[0] - p[0], q[1] - p[1]
            # Where others' corners lie on the edge, what is behind it may change.
            shares = {((u - x) * dx + (v - y) * dy) / (dx * dx + dy * dy)
                      for u, v in corners if (u - x) * dy == (v - y) * dx}
            shares = sorted({Fraction(0), Fraction(1)} | {s for s in shares if 0 < s < 1})
            for s, t in zip(shares, shares[1:]):
                middle, step = (s + t) / 2, Fraction(1, 10**9)
                behind = [x + middle * dx + step * dy, y + middle * dy - step * dx]
                in_window = xmin < behind[0] < xmax and ymin < behind[1] < ymax
                if in_window and evaluate(layers, behind) <= level:
                    total += float(t - s) * float(dx * dx + dy * dy) ** 0.5
    return total
