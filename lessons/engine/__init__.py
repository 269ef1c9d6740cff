"""The engine of `python -m lessons`: it runs lessons, and checks a learner's answers.

`command_line` has what can be typed, and calls one of four: `learning` (list, start, hint,
solution, reset), `checking` (check), `running` (run, notebook) and `grading` (grade, handout). A
check finds its `tasks` and starts a process for the learner's code, over which `watching` watches.
In that `process` the file is read (`reading`), run section by section, and its tasks are checked
(`loading`); a check asks an `answer` for numbers, formulas and the results of functions, which are
compared as people write them (`comparing`); what comes out is a `verdict`, told and remembered. A
`lesson` that runs is cut into cells, and what they show becomes the terminal's text, a `page` and a
`notebook`.

How to add the tasks of a lesson
--------------------------------
Three files in the folder of the lesson, say `lessons/ex1_4_detection_metrics/`, and two in the
folder of its tests, `tests/lessons/ex1_4/`. Nothing else has to be edited: the files are found by
their names.

`stub.py`        A docstring, the imports that answers need, then a section for each task, which
                 begins with its marker line

                     # %% task 1.4a: intersection over union

                 and reaches to the next one. The first is task 0, the same in every lesson: copy
                 it. Numbers to be filled in are `NAME = None`; functions have their full signature,
                 a docstring, and the one statement
                 `raise NotImplementedError("task 2.1a: split the data")`. Both read `todo`. A task
                 with parts is named 1.3a.i, 1.3a.ii, ...

`solution.py`    The same file, worked: with the same imports, and at most 20 lines a task, written
                 out as a learner could have done. It does not call what does the task in minicv.

`check.py`       `TASKS = [Task("1.4a", title, check, hints=(idea, formula, nearly the code),
                 read="minicv/..."), ...]` and the checks. A check is a function of an `Answer`; it
                 returns if all is well. Ask for numbers with `answer.numbers`, for a formula with
                 `answer.expression`, for the results of a deterministic function with
                 `answer.results`, and give each the usual mistakes; where careful rounding by hand
                 costs more than 1 %, a `Rounding` makes it right all the same. Anything else
                 (random functions, training): `answer.call` it, judge what it does, and
                 `raise Wrong(mistake's name, what, got=..., expected=..., cause=...)`.

                 A random function is judged over many calls; where a bias is the mistake, by a
                 statistic that a right answer fails less than once in a million checks: say in a
                 comment why. Never demand one order, one seed or one number of draws.

`wrong.py`       Planted wrong answers, at least three a task: an optional header with imports, then
                 sections that begin with

                     # %% wrong 1.4a: union-without-subtracting

                 where the word after the colon is the name of the mistake that the check must find.

`right.py`       Right answers in other styles, at least two a task, in sections

                     # %% right 1.4a: fractions

`tests/lessons/engine/test_content.py` then proves the lot. Keep a check under a second; one that
trains may take a few, and says so with `Task(..., seconds=60)`, after which it is given up.
"""

from lessons.engine.answer import Answer, Mistake, Rounding
from lessons.engine.tasks import Task
from lessons.engine.verdict import Outcome, Todo, Wrong

__all__ = ["Answer", "Mistake", "Outcome", "Rounding", "Task", "Todo", "Wrong"]
