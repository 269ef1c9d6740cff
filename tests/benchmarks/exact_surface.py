"""The exact surface in space: seconds and faces, and what grids cost that come near it.

No library computes it on a CPU.  So one row compares with a limit; some with the fast marching
cubes at a resolution, whose mean error stands in the row (the exact surface has none); and some
with a network that is half as wide or deep, with the number of its faces after the colon: the ratio
is how the cost grows.  Times are of the processor, not of the clock.
"""

import time
from collections.abc import Callable

from minicv import fast
from minicv.decision_boundary import Surface, exact_surface, walk_surface
from minicv.occupancy_network import Mesh, OccupancyNetwork
from minicv.occupancy_network.true_distance import distance_to_mesh
from tests.benchmarks.grid import trained_network
from tests.benchmarks.timing import Row

LIMIT = 10.0  # seconds, for the network of lesson 2.1 after 45 epochs
CODE = [f"decision_boundary/{name}.py" for name in (
    "complete/search", "complete/polyhedra", "complete/vertices", "complete/incidence",
    "complete/affine_bounds", "complete/assembly", "flat_surface")]
WALK_LIMIT = 3.0  # without the proof that nothing is missing
WALK_CODE = [f"decision_boundary/{name}.py" for name in ("surface_walk", "hinges", "flat_surface")]
BOUNDS = (-0.5, 0.5)
RESOLUTIONS = (128, 256, 512)


def timed(network: OccupancyNetwork, find: Callable[..., Surface] = exact_surface
          ) -> tuple[float, Surface]:
    start = time.process_time()
    surface = find(network, BOUNDS)
    return time.process_time() - start, surface


def rows():
    network = trained_network(epochs=45)
    seconds, surface = timed(network)
    faces = len(surface.polygons)
    yield Row(f"exact surface of the chair of 2.1, {faces} faces [s]", "the limit", LIMIT,
              plain=seconds, plain_wanted=1.0, plain_code=CODE)

    seconds_walked, walked = timed(network, walk_surface)
    yield Row(f"the same by walking, {len(walked.polygons)} faces [s]", "the limit", WALK_LIMIT,
              plain=seconds_walked, plain_wanted=1.0, plain_code=WALK_CODE)

    truth = Mesh(*surface.triangles())
    for n in RESOLUTIONS:
        start = time.process_time()
        mesh = fast.extract_mesh(network, n, bounds=BOUNDS)
        theirs = time.process_time() - start
        error = (distance_to_mesh(mesh.sample(3000, 0)[0], truth).mean()
                 + distance_to_mesh(truth.sample(3000, 0)[0], mesh).mean()) / 2
        yield Row(f"the same, to {n}^3 with a mean error of {error:.0e} [s]", f"fast, {n}^3",
                  theirs, plain=seconds)

    found = {}
    for new, old in (((32, 4), (16, 4)), ((64, 4), (32, 4)),
                     ((64, 4), (64, 2)), ((64, 8), (64, 4))):
        for width, depth in {new, old} - found.keys():
            seconds, surface = timed(trained_network(width, depth, epochs=768 // width))
            found[width, depth] = seconds, len(surface.polygons)
        (ours, faces), (theirs, fewer) = found[new], found[old]
        yield Row(f"{new[1]} layers of {new[0]}: {faces} faces [s]",
                  f"{old[1]} of {old[0]}: {fewer}", theirs, plain=ours)
