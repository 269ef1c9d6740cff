"""The command line of the lessons.

    python -m lessons                  list them
    python -m lessons run              run all
    python -m lessons run 2.1          run this one

Exit codes: 0 all went well; 2 something is wrong with the call, the data or the output folder
(one line on stderr says what); 130 Ctrl-C.
"""

from __future__ import annotations

import argparse
import importlib
import os
import re
import sys
import tempfile
from pathlib import Path
from types import ModuleType

from lessons import InputError

FOLDER = Path(__file__).resolve().parent
DATA = FOLDER.parent / "data"  # only in a checkout: pip does not install it


def find_lessons() -> dict[str, str]:
    """Lesson ids and module names, in the order of the sheet: {"2.1": "lessons.ex2_1_..."}."""
    found = {}
    for path in FOLDER.glob("ex*_*_*.py"):
        numbers = re.match(r"ex(\d+)_(\d+)_", path.name)
        if numbers:
            found[int(numbers[1]), int(numbers[2])] = f"lessons.{path.stem}"
    return {f"{part}.{number}": found[part, number] for part, number in sorted(found)}


class Parser(argparse.ArgumentParser):
    """An argument parser that needs one line to say what is wrong."""

    def error(self, message: str):
        self.exit(2, f"error: {message} (python -m lessons --help shows what there is)\n")


def parser() -> Parser:
    top = Parser(prog="python -m lessons", description="Walk through the exercises.")
    commands = top.add_subparsers(dest="command", metavar="command")
    commands.add_parser("list", help="one line for each lesson (also without any command)")
    run = commands.add_parser("run", help="run lessons")
    run.add_argument("ids", nargs="*", metavar="id", help="as in the list; all when left out")
    run.add_argument("--data", type=Path, metavar="DIR",
                     help="input (default: the checkout's data/)")
    run.add_argument("--out", type=Path, metavar="DIR", default=Path("output"),
                     help="results (default: %(default)s)")
    run.add_argument("--seed", type=_seed, metavar="N", default=0,
                     help="for all random choices (default: %(default)s)")
    return top


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"a seed is a whole number from 0 on, got {text!r}")
    return int(text)


def list_lessons() -> None:
    for lesson_id, module in find_lessons().items():
        print(f"{lesson_id}  {importlib.import_module(module).TITLE}")
    print("\nRun one:  python -m lessons run 2.1")
    if not DATA.is_dir():
        print(_no_data())


def _no_data() -> str:
    return ("there is no folder data/ beside the lessons: this minicv is not a checkout; clone the "
            "repository and install it with pip install -e, or give a folder with --data DIR")


def run_lessons(ids: list[str], data: Path | None, out: Path, seed: int) -> None:
    available = find_lessons()
    unknown = [lesson_id for lesson_id in ids if lesson_id not in available]
    if unknown:
        raise InputError(f"there is no lesson {', '.join(unknown)}; "
                         f"there are: {', '.join(available)}")
    if data is None and not DATA.is_dir():
        raise InputError(_no_data())
    data = DATA if data is None else data
    if not data.is_dir():
        raise InputError(f"there is no folder {data}")
    _make_writable(out)
    for lesson_id in ids or available:
        lesson: ModuleType = importlib.import_module(available[lesson_id])
        print(f"Lesson {lesson_id}: {lesson.TITLE}")
        lesson.run(data, out, seed)


def _make_writable(folder: Path) -> None:
    """Make the folder and try to write there, before any work is done that would be lost."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise InputError(f"cannot write into the folder {folder}: {error.strerror}") from error


def main(arguments: list[str] | None = None) -> int:
    sys.stdout.reconfigure(line_buffering=True)  # into a pipe, too, line by line
    options = parser().parse_args(arguments)
    try:
        if options.command == "run":
            run_lessons(options.ids, options.data, options.out, options.seed)
        else:
            list_lessons()
    except KeyboardInterrupt:
        print("\nstopped by Ctrl-C", file=sys.stderr)
        return 130
    except BrokenPipeError:  # as in `python -m lessons | head -1`: nobody reads on, which is fine
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (InputError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
