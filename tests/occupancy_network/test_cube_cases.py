"""The 256 cases of marching cubes: invariants of each."""

import itertools

import numpy as np

from minicv.occupancy_network.marching import EDGES, FACES, trace_loops, triangle_table
from tests.occupancy_network.surface_oracles import expected_topology


def test_every_crossed_edge_is_on_exactly_one_loop():
    for case in range(256):
        crossed = [n for n, (a, b) in enumerate(EDGES)
                   if (case >> a & 1) != (case >> b & 1)]
        on_loops = sorted(edge for loop in trace_loops(case) for edge in loop)
        assert on_loops == crossed, case


def test_number_of_loops_is_one_less_than_the_regions_of_the_cube_surface():
    """On one cube each vertex starts one segment, so that V - E + F counts the loops."""
    for case in range(1, 255):
        cube = np.array([case >> c & 1 for c in range(8)]).reshape(2, 2, 2)
        assert len(trace_loops(case)) == expected_topology(cube)[0], case


def test_at_most_five_triangles():
    assert (triangle_table()[:, :, 0] >= 0).sum(axis=1).max() == 5


def test_no_diagonal_lies_in_a_face_of_the_cube():
    for case in range(256):
        triangles = [triangle for triangle in triangle_table()[case].tolist() if triangle[0] >= 0]
        for loop in trace_loops(case):
            rim = {frozenset((a, b)) for a, b in zip(loop, loop[1:] + loop[:1])}
            for triangle in triangles:
                if not set(triangle) <= set(loop):
                    continue
                for pair in map(frozenset, itertools.combinations(triangle, 2)):
                    corners = {c for edge in pair for c in EDGES[edge]}
                    in_face = any(corners <= set(face) for face in FACES)
                    assert pair in rim or not in_face, (case, triangle)


def stood_on(case):
    """The triangles of a case, as sets of the edges on which their corners are."""
    return {frozenset(triangle) for triangle in triangle_table()[case].tolist() if triangle[0] >= 0}


def test_triangles_do_not_depend_on_which_side_is_inside():
    """With four corners on each side either may be called the inside, and the diagonals differ."""
    def loops(case):
        return sorted(map(sorted, trace_loops(case)))

    same = [case for case in range(256) if loops(case) == loops(255 - case)
            and bin(case).count("1") != 4]
    assert len(same) > 90
    for case in same:
        assert stood_on(case) == stood_on(255 - case), case


def rotations():
    """Each of the 24: where corners and edges go."""
    corners = np.array(list(np.ndindex(2, 2, 2)))
    edge_at = {frozenset(edge): n for n, edge in enumerate(EDGES)}
    for order, flips in itertools.product(itertools.permutations(range(3)),
                                          itertools.product((0, 1), repeat=3)):
        if np.linalg.det(np.eye(3)[list(order)] * (1 - 2 * np.array(flips))) > 0:  # no mirror image
            to = ((corners[:, order] ^ np.array(flips)) @ [4, 2, 1]).tolist()
            yield to, [edge_at[frozenset((to[a], to[b]))] for a, b in EDGES]


def turned(case, to):
    return sum(1 << to[c] for c in range(8) if case >> c & 1)


def turned_triangles(case, edge_to):
    return {frozenset(edge_to[edge] for edge in triangle) for triangle in stood_on(case)}


def test_nearly_all_cases_look_the_same_from_each_side():
    """Where a loop has several places to begin its fan, the first one is taken, and that turns."""
    for to, edge_to in rotations():
        equal = sum(stood_on(turned(case, to)) == turned_triangles(case, edge_to)
                    for case in range(256))
        assert equal >= 214, to


def test_a_third_of_a_turn_that_leaves_a_case_leaves_its_triangles():
    thirds = [(to, edge_to) for to, edge_to in rotations()
              if [to[to[to[c]]] for c in range(8)] == list(range(8)) != to]
    assert len(thirds) == 8
    kept = [(case, edge_to) for to, edge_to in thirds for case in range(256)
            if turned(case, to) == case]
    assert len(kept) == 8 * 16  # two corners stay, and two rings of three go round: 2^4 cases
    assert all(stood_on(case) == turned_triangles(case, edge_to) for case, edge_to in kept)


def test_where_there_is_no_more_triangle_stands_minus_one():
    table = triangle_table()
    assert table.min() == -1 and ((table == -1).all(axis=2) == (table == -1).any(axis=2)).all()
