"""Whole numbers give what fractions give; floats say where they are unsure."""

from fractions import Fraction

import numpy as np
import pytest

from minicv.decision_boundary.complete.vertices import ExactVertices, Vertices
from minicv.decision_boundary.relu_network import Affine


def as_fractions(vertices):
    places = [[Fraction(x, row[3]) for x in row[:3]] for row in vertices.rows]
    return places, [[Fraction(x, row[3]) for x in row[4:]] for row in vertices.rows]


def test_layers_and_zeros_are_exact():
    rng = np.random.default_rng(0)
    points, weight, bias = rng.uniform(-1, 1, (4, 3)), rng.uniform(-1, 1, (5, 3)), np.arange(5) / 10
    points[3] = -points[0]
    vertices = ExactVertices(points)
    vertices.pass_through(Affine(weight, bias))
    _, values = as_fractions(vertices)
    expected = [[sum(Fraction(w) * Fraction(x) for w, x in zip(ws, point)) + Fraction(b)
                 for ws, b in zip(weight.tolist(), bias.tolist())] for point in points.tolist()]
    assert values == expected
    assert vertices.signs(2).tolist() == np.sign([float(row[2]) for row in expected]).tolist()
    signs = vertices.signs(0)
    u, v = signs.argmin(), signs.argmax()
    assert signs[u] < 0 < signs[v]
    vertices.add_zeros(np.array([u]), np.array([v]), 0)
    share = expected[u][0] / (expected[u][0] - expected[v][0])
    places, values = as_fractions(vertices)
    assert places[4] == [Fraction(p) + share * (Fraction(q) - Fraction(p))
                         for p, q in zip(points[u].tolist(), points[v].tolist())]
    assert values[4] == [p + share * (q - p) for p, q in zip(expected[u], expected[v])]
    vertices.pass_through("ReLU")
    assert as_fractions(vertices)[1][1] == [max(value, 0) for value in expected[1]]
    assert vertices.points[:4].tolist() == points.tolist()
    vertices.keep(np.array([False, True, False, False, True]))
    assert len(vertices.rows) == 2 and vertices.points[0].tolist() == points[1].tolist()


def test_rows_have_no_common_factor():
    vertices = ExactVertices(np.array([[0.5, 0.25, -4.0]]))
    vertices.pass_through(Affine(np.array([[6.0, 0.0, 0.0]]), np.array([3.0])))
    assert vertices.rows.tolist() == [[2, 1, -16, 4, 24]]


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("value, unsure", [(0.0, False), (1e-9, False), (1e-13, True),
                                           (-1e-13, True)])
def test_a_value_within_rounding_of_zero_is_unsure(value, unsure, scale):
    vertices = Vertices(scale * np.array([[value, 1.0, 1.0], [2.0, 1.0, 1.0]]))
    vertices.signs(1)
    assert not vertices.unsure
    vertices.signs(0)
    assert vertices.unsure == unsure
