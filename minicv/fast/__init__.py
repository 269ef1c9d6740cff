"""What exists only for speed: the same names as in the rooms, the same results, sooner.

A learner reads the plain version in the exercise's room first. Each module here opens with the
trick, what it is worth (measured) and where its plain twin stands; `tests/fast/` holds that the two
give the same. No room imports this package; lessons and benchmarks may.
"""

from minicv.fast.solvers import LinearSVC, LogisticRegression

__all__ = ["LinearSVC", "LogisticRegression"]
