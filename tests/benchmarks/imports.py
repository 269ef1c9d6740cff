"""How much `import minicv` adds to a program that has imported NumPy already."""

import statistics
import subprocess
import sys

from tests.benchmarks.timing import Row

# Inside a new process each time, and NumPy's own part is not counted.
MEASURE = """
import time
import numpy
start = time.perf_counter()
import minicv
print(1000 * (time.perf_counter() - start))
"""
RUNS = 11
LIMIT_MS = 20.0


def rows():
    ours = []
    for _ in range(RUNS):
        run = subprocess.run([sys.executable, "-c", MEASURE], check=True, capture_output=True,
                             text=True)
        ours.append(float(run.stdout))
    yield Row("import minicv after numpy [ms]", "the limit", LIMIT_MS,
              plain=statistics.median(ours), plain_wanted=1.0)
