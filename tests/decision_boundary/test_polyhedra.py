"""Cutting a box: what there is afterwards, counted by hand or by Euler's formula."""

import numpy as np
import pytest

from minicv.decision_boundary.complete.polyhedra import (
    CELL,
    EDGE,
    FACE,
    NONE,
    VERTEX,
    Contradiction,
    Polyhedra,
)
from minicv.decision_boundary.relu_network import Affine


def box_with(*rows, exact=False):
    """The box [-1, 1]^3, and at its vertices the affine functions of some rows."""
    cells = Polyhedra(-np.ones(3), np.ones(3), exact)
    rows = np.array(rows, float)
    cells.vertices.pass_through(Affine(rows[:, :3], rows[:, 3]))
    return cells


def borders_of(cells):
    """Of each cell the numbers of its vertices, edges and faces."""
    edges = [set() for _ in range(cells.count[EDGE])]
    for edge, vertex, _ in cells.border[EDGE].T:
        edges[edge].add(int(vertex))
    faces = [set() for _ in range(cells.count[FACE])]
    for face, edge, _ in cells.border[FACE].T:
        faces[face].add(int(edge))
    result = []
    for cell in range(cells.count[CELL]):
        own = cells.border[CELL][1, cells.border[CELL][0] == cell]
        its_edges = set().union(*(faces[face] for face in own))
        result.append((set().union(*(edges[edge] for edge in its_edges)), its_edges, set(own)))
    return result


@pytest.mark.parametrize("exact", [False, True])
def test_a_plane_across_the_box(exact):
    cells = box_with([1, 0, 0, 0], exact=exact)
    parents, positive = cells.cut(0)
    assert cells.count == [12, 20, 11, 2]
    assert parents.tolist() == [0, 0] and sorted(positive.tolist()) == [False, True]
    low, high = cells.boxes()
    assert low[positive].tolist() == [[0, -1, -1]] and high[~positive].tolist() == [[0, 1, 1]]
    assert sorted(cells.on_side) == [-1, 0, 1, 2, 2, 3, 3, 4, 4, 5, 5]


def test_a_plane_through_edges_makes_no_new_vertices():
    cells = box_with([1, 1, 0, 0])
    cells.cut(0)
    assert cells.count == [8, 14, 9, 2]  # two prisms


def test_a_plane_that_touches_cuts_nothing():
    cells = box_with([1, 1, 1, 3], [1, 0, 0, 1], [0, 0, 0, 0])
    for unit, positive in enumerate([True, True, False]):
        assert cells.cut(unit)[1].tolist() == [positive]
    assert cells.count == [8, 12, 6, 1]


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_every_cell_is_a_polyhedron_after_many_cuts(seed, exact):
    rng = np.random.default_rng(seed)
    rows = rng.integers(-2, 3, (8, 4)) if seed % 2 else rng.standard_normal((8, 4))
    cells = box_with(*rows, exact=exact)
    sides = np.zeros((1, 0), bool)
    for unit in range(8):
        parents, positive = cells.cut(unit)
        sides = np.append(sides[parents], positive[:, None], axis=1)
    for (vertices, edges, faces), side in zip(borders_of(cells), sides):
        assert len(vertices) - len(edges) + len(faces) == 2
        values = cells.vertices.points[sorted(vertices)] @ rows[:, :3].T + rows[:, 3]
        assert (np.where(side, values, -values) > -1e-9).all()
    # Euler's formula for the whole box, which is solid: V - E + F - C = 1.
    assert cells.count[VERTEX] - cells.count[EDGE] + cells.count[FACE] - cells.count[CELL] == 1


@pytest.mark.parametrize("seed", range(4))
def test_faces_are_gone_round_counter_clockwise_seen_from_outside(seed):
    rng = np.random.default_rng(seed)
    rows = rng.integers(-2, 3, (8, 4)) if seed % 2 else rng.standard_normal((8, 4))
    cells = box_with(*rows)
    for unit in range(8):
        cells.cut(unit)
    points, (begin, end) = cells.vertices.points, cells.ends()
    for cell, (vertices, _, _) in enumerate(borders_of(cells)):
        for _, face, sign in cells.border[CELL][:, cells.border[CELL][0] == cell].T:
            _, edges, along = cells.border[FACE][:, cells.border[FACE][0] == face]
            assert sorted(np.where(along > 0, begin[edges], end[edges])) == sorted(
                np.where(along > 0, end[edges], begin[edges]))  # one ends where the next begins
            crosses = np.cross(points[begin[edges]], points[end[edges]]) * along[:, None]
            outward = points[begin[edges[0]]] - points[sorted(vertices)].mean(axis=0)
            assert sign * crosses.sum(axis=0) @ outward > 0


def test_the_faces_of_a_proven_cell_stay_on_the_sides_of_the_box():
    cells = box_with([1, 0, 0, 0], [0, 1, 0, 0])
    _, positive = cells.cut(0)
    cells.keep(~positive, positive, np.zeros(2, bool))
    assert cells.count[CELL] == 1 and cells.count[FACE] == 6 + 5
    cells.cut(1)
    sides = np.bincount(cells.on_side[cells.on_side >= 0])
    assert sides.tolist() == [2, 1, 2, 2, 3, 3]  # those at x < 0 were cut, the others were not


def test_the_faces_of_an_undecided_cell_are_torn():
    cells = box_with([1, 0, 0, 0])
    _, positive = cells.cut(0)
    cells.keep(~positive, np.zeros(2, bool), positive)
    assert cells.count == [8, 12, 6, 1]
    assert cells.torn_faces.sum() == 1 and cells.torn_edges.sum() == 4


def test_what_was_cut_off_at_a_tear_is_torn():
    cells = box_with([1, 0, 0, 0], [0, 1, 0, 0])
    _, positive = cells.cut(0)
    cells.keep(~positive, np.zeros(2, bool), positive)
    cells.cut(1)
    assert cells.torn_faces.sum() == 2 and cells.torn_edges.sum() == 7


def test_signs_that_no_plane_could_have_made():
    cells = box_with([1, 0, 0, 0])
    cells.vertices.values[:, 0] *= np.where(cells.vertices.points[:, 1:].sum(axis=1) == 0, -1, 1)
    with pytest.raises(Contradiction):
        cells.cut(0)


def test_a_section_whose_edges_do_not_meet_is_a_contradiction():
    cells = box_with([1, 0, 0, 0])
    cells.cut(0)
    faces = cells.border[FACE][:, cells.on_side[cells.border[FACE][0]] == NONE]
    rows = np.flatnonzero(np.isin(cells.border[EDGE][0], faces[1]))
    edges = cells.border[EDGE][:, rows]
    cells._check_sections(edges, faces)
    with pytest.raises(Contradiction):
        cells._check_sections(edges[:, 1:], faces)  # one edge has one end
    cells.border[EDGE][1, rows[0]] = 0  # an edge leads to a corner of the box
    with pytest.raises(Contradiction):
        cells._check_sections(edges, faces)
