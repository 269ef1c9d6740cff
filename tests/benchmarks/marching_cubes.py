"""Marching cubes against scikit-image and PyMCubes: time, and the peak of memory."""

import importlib
import resource
import subprocess
import sys
from functools import partial

import numpy as np

from tests.benchmarks.timing import Row, interleaved

PEERS = ("scikit-image", "PyMCubes")
FIELDS = ("sphere", "gyroid", "white noise")
MODULES = {"fast": "minicv.fast.marching", "plain": "minicv.occupancy_network.marching",
           "scikit-image": "skimage.measure", "PyMCubes": "mcubes"}
CODE = {"plain_code": ["occupancy_network/marching.py"],
        "fast_code": ["fast/marching.py", "fast/slabs.py", "fast/vertex_data.py"]}


def field(name, n):
    """A surface that is small, one that fills the volume smoothly, and one in almost every cube."""
    if name == "white noise":
        return np.random.default_rng(0).standard_normal((n, n, n), dtype=np.float32)
    grid = np.linspace(-1, 1, n, dtype=np.float32)
    x, y, z = np.meshgrid(grid, grid, grid, indexing="ij", sparse=True)
    if name == "sphere":
        return 0.7 - np.sqrt(x * x + y * y + z * z)
    x, y, z = (np.float32(4 * np.pi) * axis for axis in (x, y, z))
    return np.sin(x) * np.cos(y) + np.sin(y) * np.cos(z) + np.sin(z) * np.cos(x)


def contour_with(library):
    return importlib.import_module(MODULES[library]).marching_cubes


def rows():
    for n in (64, 128, 256):
        for name in FIELDS:
            volume = field(name, n)
            sooner, plain, *peers = interleaved(*[partial(contour_with(library), volume, 0.0)
                                                  for library in MODULES])
            for peer, theirs, wanted in zip(PEERS, peers, ({"wanted": 0.4, "plain_wanted": 1.5},
                                                           {})):
                yield Row(f"marching cubes, {name}, {n}^3 [s]", peer, theirs, fast=sooner,
                          plain=plain, **wanted, **CODE)
    for name in FIELDS:
        ours, theirs = (peak_memory(library, name) for library in ("fast", "scikit-image"))
        yield Row(f"marching cubes, {name}, 256^3, extra memory [MB]", "scikit-image", theirs,
                  fast=ours, wanted=1.0)


def peak_memory(library: str, name: str) -> float:
    """Extra memory in MB at the peak of one call, measured in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.marching_cubes", library, name]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main(library: str, name: str) -> None:
    volume = field(name, 256)
    contour = contour_with(library)
    contour(volume[:16, :16, :16].copy(), float(volume[:16, :16, :16].mean()))  # imports, tables
    # Fill up to the peak that making the volume left behind, so that only the call can raise it.
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ballast = []
    while resource.getrusage(resource.RUSAGE_SELF).ru_maxrss <= before:
        ballast.append(np.ones(2**17))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result = contour(volume, 0.0)
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
    del result, ballast


if __name__ == "__main__":
    main(*sys.argv[1:])
