"""The engine of `python -m lessons`: it runs lessons, and checks a learner's answers.

A learner starts a lesson (`python -m lessons start 1.4`), fills in the file under `answers/`, and
runs `python -m lessons check`, which says what is right, what is wrong, and why. How that works, in
the order in which a check goes through it:

1. `command_line`: what can be typed; `commands/` has what each command does, `commands/checking.py`
   this one;
2. `tasks`: what a task is, and where all of them are found; `sections`: files of answers are cut
   into tasks at their marker lines;
3. `sandbox/`: the learner's code runs in a process of its own (`sandbox/watching.py` starts it),
   section by section, and each task is checked there (`sandbox/loading.py`);
4. `answer`: what a check asks for: numbers, formulas, results of functions; `comparing`: from
   whatever a learner wrote to numbers, and what differs; `mistakes`: the usual ones are known by
   what they produce;
5. `verdict`: what comes out, and how it is told; `progress`: the small text file that remembers.

`python -m lessons run` and `notebook` are another way through: `running/` runs the cells of a
lesson, and makes the text on the terminal, the page and the notebook of what they show.

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

from lessons.engine.answer import Answer
from lessons.engine.mistakes import Mistake, Rounding
from lessons.engine.tasks import Task
from lessons.engine.verdict import Outcome, Todo, Wrong

__all__ = ["Answer", "Mistake", "Outcome", "Rounding", "Task", "Todo", "Wrong"]
