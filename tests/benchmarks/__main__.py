"""Run the benchmarks and print one table: what readability costs, and what speed.

    python -m tests.benchmarks              all
    python -m tests.benchmarks imports      the named ones

A benchmark is a module in this folder with a function `rows()` that yields `Row`s (`timing.py`):
the plain version of a job, the fast one and the peer's, measured in turn in one process, and how
many lines of code each of the first two has. A ratio below 1 means less than the peer.
The table judges nothing and nobody: a machine that does something else meanwhile measures that.
"""

import importlib
import os
import platform
import sys
from importlib import metadata
from pathlib import Path

from tests.benchmarks.timing import Row, lines_of_code

PEERS = ("torch", "scikit-image", "scikit-learn", "pycocotools", "PyMCubes")
ROW = "{:<58} {:>5} {:>9} {:>6} {:>5} {:>9} {:>6}  {:<14} {:>9}  {}"


def names() -> list[str]:
    """The modules in this folder that define `rows`."""
    folder = Path(__file__).parent
    return sorted(path.stem for path in folder.glob("*.py")
                  if not path.stem.startswith("__") and "\ndef rows(" in path.read_text())


def machine() -> str:
    versions = []
    for library in ("numpy", "scipy", *PEERS):
        try:
            versions.append(f"{library} {metadata.version(library)}")
        except metadata.PackageNotFoundError:
            versions.append(f"{library} not installed")
    threads = {name: value for name, value in os.environ.items() if name.startswith("OPENBLAS_")}
    return (f"{os.cpu_count()} cores, Python {platform.python_version()}, {', '.join(versions)}; "
            f"OPENBLAS_*: {threads or 'not set'}")


def cells(row: Row) -> list[str]:
    """The table's cells for one row."""
    shown, missed = [row.work], []
    for kind, number, wanted, files in (("plain", row.plain, row.plain_wanted, row.plain_code),
                                        ("fast", row.fast, row.wanted, row.fast_code)):
        if number is None:
            shown += ["", "", ""]
            continue
        ratio = number / row.peers
        shown += [str(lines_of_code(files)) if files else "", f"{number:.4g}", f"{ratio:.2f}"]
        if wanted is not None:
            missed.append(f"{kind} wanted {wanted:g}: {'yes' if ratio <= wanted else 'NO'}")
    return [*shown, row.peer, f"{row.peers:.4g}", ", ".join(missed)]


def run(name: str) -> None:
    """Print the rows of one benchmark, or why it cannot run here."""
    try:
        for row in importlib.import_module(f"tests.benchmarks.{name}").rows():
            print(ROW.format(*cells(row)), flush=True)
    except ModuleNotFoundError as error:
        print(f"{name}: skipped (from here on), because {error.name} is not installed", flush=True)


def main(arguments: list[str]) -> int:
    unknown = sorted(set(arguments) - set(names()))
    if unknown:
        print(f"error: there is no benchmark {', '.join(unknown)}; "
              f"there are: {', '.join(names())}", file=sys.stderr)
        return 2
    print(machine())
    header = ROW.format("work", "lines", "plain", "ratio", "lines", "fast", "ratio", "peer",
                        "peer's", "")
    print(header)
    print("-" * len(header), flush=True)
    for name in arguments or names():
        run(name)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
