"""What each command does; `lessons.engine.command_line` has all that can be typed.

- `walking`: run, notebook;
- `learning`: list, start, hint, solution, reset;
- `checking`: check, and check --watch;
- `notebooks`: answers in a notebook, and `from lessons import check` in it;
- `grading` (with `marks`, the table and the CSV) and `handing_out`: grade and handout, for a class.
"""
