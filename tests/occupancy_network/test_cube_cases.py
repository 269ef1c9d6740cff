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
