"""The checks of a learner's own answers under pytest, one test a task; `todo` is skipped.

    python -m pytest tests/lessons --answers answers
"""

import contextlib

import pytest

from lessons.engine.tasks import TASK_0, find_lessons
from lessons.engine.verdict import PASSED, TODO
from lessons.engine.watching import run

TASKS = [(lesson, name) for lesson in find_lessons().values()
         for name in (TASK_0.name, *lesson.names)]


@pytest.fixture(scope="module")
def outcomes(request):
    """Outcomes by lesson, each lesson checked once when it is first asked for."""
    folder = request.config.getoption("--answers")
    checked = {}

    def of(lesson):
        path = folder / lesson.file
        if lesson.number not in checked:
            checked[lesson.number] = {}
            if path.is_file() and not lesson.failure:
                with contextlib.closing(run(path, [TASK_0, *lesson.tasks])) as results:
                    checked[lesson.number] = {each.task: each for each in results}
        return checked[lesson.number]

    return of


@pytest.mark.parametrize("lesson, name", TASKS, ids=[
    f"{lesson.number}-{name}" for lesson, name in TASKS])
def test_answer(outcomes, lesson, name):
    outcome = outcomes(lesson).get(name)
    if lesson.failure:
        pytest.fail(lesson.failure, pytrace=False)
    if outcome is None or outcome.state == TODO:
        pytest.skip("todo")
    if outcome.state != PASSED:
        pytest.fail("\n".join([*outcome.lines, f"a hint: python -m lessons hint {name}"]),
                    pytrace=False)
