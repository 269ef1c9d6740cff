"""The exact geometry of ReLU networks, against the seconds that it may take on one core.

No library beside which minicv is measured computes it.  So the other rows compare a network with
one that is half as wide or half as deep, and the ratio is how the cost grows; what it must not
exceed is the growth of the work, counted, with a half on top.  Times are of the processor, not of
the clock.
"""

import time
from collections.abc import Callable
from functools import partial

import numpy as np

from minicv import nn
from minicv.decision_boundary import linear_regions, ray_crossings
from minicv.occupancy_network import OccupancyNetwork
from tests.benchmarks.grid import trained_network
from tests.benchmarks.timing import Row, interleaved

seconds = partial(interleaved, clock=time.process_time)
WINDOW = (-10, -10, 10, 10)  # the hinges of fresh networks pass it
LIMITS = {(64, 64): 2.0, (16, 16, 16): 0.2}  # hidden layers, seconds
N_RAYS, RAY_LIMIT = 4096, 5.0
REGIONS = ["decision_boundary/relu_network.py", "decision_boundary/regions.py"]
RAYS = ["decision_boundary/relu_network.py", "decision_boundary/rays.py"]


def name_of(hidden: tuple[int, ...], n_inputs: int) -> str:
    return "-".join(map(str, (n_inputs, *hidden, 1)))


def rays(n: int, reach: float) -> tuple[np.ndarray, np.ndarray]:
    """From a sphere of radius 2 reach, each to a random point of the cube from -reach to reach."""
    rng = np.random.default_rng(0)
    origins = rng.standard_normal((n, 3))
    origins *= 2 * reach / np.linalg.norm(origins, axis=1, keepdims=True)
    directions = rng.uniform(-reach, reach, (n, 3)) - origins
    return origins, directions / np.linalg.norm(directions, axis=1, keepdims=True)


def regions_of(hidden: tuple[int, ...]) -> Callable[[], int]:
    network = nn.MLP(2, *hidden, 1, rng=0)
    return lambda: len(linear_regions(network, WINDOW))


def crossings_of(width: int, depth: int) -> Callable[[], object]:
    network = OccupancyNetwork(width, depth - 1, rng=0)
    origins, directions = rays(512, 5.0)  # fresh networks bend in a wider cube than trained ones
    return lambda: ray_crossings(network, origins, directions, 0, 20)


def rows():
    for hidden, limit in LIMITS.items():
        call = regions_of(hidden)
        yield Row(f"all {call()} regions of {name_of(hidden, 2)} [s]", "the limit", limit,
                  plain=seconds(call)[0], plain_wanted=1.0, plain_code=REGIONS)
    origins, directions = rays(N_RAYS, 0.5)
    network = trained_network()
    call = partial(ray_crossings, network, origins, directions, 0, 2)
    yield Row(f"{N_RAYS} rays through the chair of 2.1 [s]", "the limit", RAY_LIMIT,
              plain=seconds(call)[0], plain_wanted=1.0, plain_code=RAYS)

    # The work is the number of regions: some 4 times as many for twice as many hidden units.
    for hidden, half in (((64, 64), (32, 32)), ((32,) * 4, (32, 32))):
        call, call_half = regions_of(hidden), regions_of(half)
        ours, of_half = seconds(call, call_half)
        yield Row(f"regions of {name_of(hidden, 2)} [s]", name_of(half, 2), of_half, plain=ours,
                  plain_wanted=round(call() / call_half() * 1.5, 1), plain_code=REGIONS)
    # L layers of m units bend a ray some L m times, and each bend costs L m^2 operations.
    for (width, depth), (half_width, half_depth) in (((64, 4), (32, 4)), ((128, 4), (64, 4)),
                                                     ((64, 4), (64, 2)), ((64, 8), (64, 4))):
        growth = (depth / half_depth)**2 * (width / half_width)**3  # at most
        ours, of_half = seconds(crossings_of(width, depth), crossings_of(half_width, half_depth))
        yield Row(f"512 rays, {depth} layers of {width} units [s]", f"{half_depth} of {half_width}",
                  of_half, plain=ours, plain_wanted=growth * 1.5, plain_code=RAYS)
