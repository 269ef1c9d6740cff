"""Run the benchmarks and print one table.

    python -m tests.benchmarks              all
    python -m tests.benchmarks imports      the named ones

A benchmark is a module in this folder with a function `rows()` that yields

    (work, peer, our number, the peer's number, the ratio ours / peer that we must not exceed)

where a number is a time, an amount of memory, a count: the less the better, its unit in `work`.
The table judges nothing and nobody: a machine that does something else meanwhile measures that.
"""

import importlib
import os
import platform
import sys
from importlib import metadata
from pathlib import Path

PEERS = ("torch", "scikit-image", "scikit-learn", "pycocotools", "PyMCubes")
ROW = "{:<56} {:<14} {:>10} {:>10} {:>7} {:>7}  {}"


def names() -> list[str]:
    """The modules in this folder that define `rows`."""
    folder = Path(__file__).parent
    return sorted(path.stem for path in folder.glob("*.py")
                  if not path.stem.startswith("__") and "def rows(" in path.read_text())


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


def run(name: str) -> None:
    """Print the rows of one benchmark, or why it cannot run here."""
    try:
        for work, peer, ours, theirs, target in importlib.import_module(
                f"tests.benchmarks.{name}").rows():
            ratio = ours / theirs
            met = "yes" if ratio <= target else "NO"
            print(ROW.format(work, peer, f"{ours:.4g}", f"{theirs:.4g}", f"{ratio:.3f}",
                             f"{target:g}", met), flush=True)
    except ModuleNotFoundError as error:
        print(f"{name}: skipped (from here on), because {error.name} is not installed", flush=True)


def main(arguments: list[str]) -> int:
    unknown = sorted(set(arguments) - set(names()))
    if unknown:
        print(f"error: there is no benchmark {', '.join(unknown)}; "
              f"there are: {', '.join(names())}", file=sys.stderr)
        return 2
    print(machine())
    header = ROW.format("work", "peer", "minicv", "peer's", "ratio", "target", "met")
    print(header)
    print("-" * len(header), flush=True)
    for name in arguments or names():
        run(name)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
