"""A lesson runs, and what its cells show becomes text, a page, a notebook:

- `lesson`: what the cells are given (by `lessons.begin`), and what they show;
- `cells`: cut out of `lesson.py` and run, one after another;
- `page` (with `markdown`, `page.css`, `page.js`) and `notebook`: two more views of the same run.
"""
