"""How all benchmarks measure: the sides in turn, in one process, the median of each."""

import statistics
import time
from collections.abc import Callable


def interleaved(*calls: Callable[[], object], repeats: int = 5) -> list[float]:
    """Median seconds of each call, made in turn, after one of each to warm up."""
    taken = [[] for _ in calls]
    for repeat in range(repeats + 1):
        for seconds, call in zip(taken, calls):
            # NumPy's and PyTorch's threads wait for more work in busy loops, for some milliseconds
            # after a call: long enough to take one of two cores away from whoever comes next.
            time.sleep(0.1)
            start = time.perf_counter()
            call()
            if repeat > 0:
                seconds.append(time.perf_counter() - start)
    return [statistics.median(seconds) for seconds in taken]
