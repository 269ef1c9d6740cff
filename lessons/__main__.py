"""`python -m lessons`: the command line of the lessons, written in `lessons/engine/`."""

import sys

from lessons.engine.command_line import main

if __name__ == "__main__":
    sys.exit(main())
