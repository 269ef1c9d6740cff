"""The gate for every task: its stub, its worked answer, hints, wrong answers and right ones.

A new lesson is found by its files. All answers here run in this process, since they are ours.
"""

import ast
import contextlib
import functools
import io
import re
from pathlib import Path

import numpy as np
import pytest

from lessons.engine.answer import Answer
from lessons.engine.learning import worked_answer
from lessons.engine.loading import Loaded, check
from lessons.engine.reading import Source
from lessons.engine.tasks import LESSONS, TASK_0, cut, find, find_lessons
from lessons.engine.verdict import PASSED, TODO, WRONG, Wrong
from lessons.ex2_1_occupancy_network.checks import training
from lessons.ex2_2_person_detector.checks import windows
from minicv import person_detector
from tests.lessons.changing import changed_answers

EXERCISES = Path(__file__).parents[1]  # tests/lessons/, with a folder for each
LESSON_LIST = list(find_lessons().values())
BY_NAME = {task.name: task for lesson in LESSON_LIST for task in lesson.tasks} | {"0": TASK_0}


def load(text, name, kind="task"):
    """Run a text as the file of this name, cut by marker lines of a kind."""
    loaded = Loaded(Source(name, text))
    for section in cut(text, kind):
        loaded.run(section)
    return loaded


def read(path):
    return path.read_text(encoding="utf-8")


def outcomes_of(path, lesson):
    loaded = load(read(path), lesson.file)
    return {task.name: check(task, loaded) for task in (TASK_0, *lesson.tasks)}


@functools.cache
def worked(lesson):
    """Outcomes of the worked answers, and what the checks have asked `Answer.numbers` for."""
    asked = []
    ask = Answer.numbers

    def numbers(self, names, exact, **options):
        asked.append((names, exact, options))
        ask(self, names, exact, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Answer, "numbers", numbers)
        return outcomes_of(lesson.solution, lesson), asked


def planted(kind):
    """(lesson, section) of all planted answers, for parametrize."""
    found = []
    for path in sorted(EXERCISES.glob(f"ex*/{kind}.py")):
        header, *sections = cut(read(path), kind)
        found += [pytest.param(header, section, id=f"{section.task}-{section.title[:40]}")
                  for section in sections]
    for path in sorted(EXERCISES.glob(f"ex*/{kind}.diff")):
        found += [pytest.param(header, section, id=f"{section.task}-{section.title[:40]}")
                  for header, section in changed_answers(path)]
    return found


def check_planted(header, section):
    loaded = load(header.text + section.text, "planted", "nothing cuts it")
    assert loaded.failures == {}
    with contextlib.redirect_stdout(io.StringIO()):
        return check(BY_NAME[section.task], loaded)


@functools.cache
def drawn():
    """Trainings by their sizes, windows, and descriptors by what they describe."""
    return {}, windows.draw_cases(np.random.default_rng()), {}


@pytest.fixture(scope="module", autouse=True)
def few_draws():
    """Trainings for 2.1c to tell answers apart with, and windows for 2.2c with their HOG.

    As random as ever, but drawn once for all; and described once, by the check and by all answers.
    """
    recipes, cases, described = drawn()
    draw_recipe, hog = training.draw_recipe, windows.hog

    def draw_once(rng, *sizes):
        return recipes.get(sizes) or recipes.setdefault(sizes, draw_recipe(rng, *sizes))

    def describe_once(patch, *options, **more):
        pixels = np.asarray(patch)
        key = pixels.dtype, pixels.shape, pixels.tobytes(), repr((options, more))
        if key not in described:
            described[key] = hog(patch, *options, **more)
        return described[key].copy()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "draw_recipe", draw_once)
        patch.setattr(windows, "draw_cases", lambda rng: cases)
        patch.setattr(windows, "hog", describe_once)
        patch.setattr(person_detector, "hog", describe_once)
        yield


WRONG_ONES, RIGHT_ONES = planted("wrong"), planted("right")
each_lesson = pytest.mark.parametrize("lesson", LESSON_LIST, ids=lambda lesson: lesson.number)
each_task = pytest.mark.parametrize("name", BY_NAME)


def test_all_lessons_have_the_same_files():
    assert {lesson.stem for lesson in LESSON_LIST} == {path.name for path in LESSONS.glob("ex*")}
    for lesson in LESSON_LIST:
        files = {path.name for path in lesson.stub.parent.glob("*.py")}
        assert files >= {"lesson.py", "stub.py", "solution.py", "check.py"}
        assert len(files) <= 5  # 1.2 and 2.2 have an option of their own in a file of its own
    for folder in ("right", "wrong"):
        planted_for = {path.parent.name for path in EXERCISES.glob(f"ex*/{folder}.py")}
        assert planted_for == {lesson.stem[:5] for lesson in LESSON_LIST}


def test_every_name_is_there_once():
    assert len(BY_NAME) == 1 + sum(len(lesson.tasks) for lesson in LESSON_LIST)


@each_lesson
@pytest.mark.parametrize("file", ["stub", "solution"])
def test_a_file_has_a_section_for_each_task_in_order(file, lesson):
    names = [section.task for section in cut(read(getattr(lesson, file)))]
    assert names == ["", "0", *[task.name for task in lesson.tasks]]
    assert all(task.name.startswith(lesson.number) for task in lesson.tasks)


@each_lesson
def test_the_stub_reads_todo_and_task_0_passes(lesson):
    states = {name: outcome.state for name, outcome in outcomes_of(lesson.stub, lesson).items()}
    assert states == {"0": PASSED, **{task.name: TODO for task in lesson.tasks}}


@each_lesson
def test_a_stubs_functions_have_a_docstring_and_name_their_task(lesson):
    for section in cut(read(lesson.stub)):
        for node in ast.walk(ast.parse(section.text)):
            if isinstance(node, ast.Raise):
                assert f"NotImplementedError('task {section.task}: " in ast.unparse(node)
        for node in ast.parse(section.text).body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                assert ast.get_docstring(node)


def test_task_0_is_the_same_in_every_stub():
    texts = {cut(read(lesson.stub))[1].text for lesson in LESSON_LIST}
    assert len(texts) == 1


@each_lesson
def test_the_worked_answer_passes(lesson):
    outcomes = worked(lesson)[0]
    assert {outcome.state for outcome in outcomes.values()} == {PASSED}, outcomes


@pytest.mark.parametrize("lesson, name", [
    pytest.param(lesson, task.name, id=task.name) for lesson in LESSON_LIST
    for task in lesson.tasks])
def test_the_worked_answer_as_it_is_shown_passes_in_place_of_the_stubs_section(lesson, name):
    text = read(lesson.stub)
    names = [task.name for task in lesson.tasks]
    # Those of 1.2 go on from the point P of the first.
    for each in names[:names.index(name) + 1] if lesson.number == "1.2" else [name]:
        shown = worked_answer(lesson, each) + "\n\n\n"
        text = text.replace(find(text, each).text, shown)
    outcome = check(BY_NAME[name], load(text, lesson.file))
    assert outcome.state == PASSED, outcome
    assert find(text, name).text == shown


@each_lesson
def test_the_worked_answers_have_the_imports_and_helpers_of_the_stub(lesson):
    """So a worked answer can take the place of the stub's section."""
    def header(path):
        return [ast.unparse(node) for node in ast.parse(cut(read(path))[0].text).body[1:]]

    assert header(lesson.solution) == header(lesson.stub)


# What the sheet gives to those who solve it; everything else of minicv would be the answer itself.
GIVEN = {"nn", "no_grad", "hog", "Module", "Linear", "ReLU", "Sequential", "TensorDataset"}


def taken_from_minicv(code):
    """The names that code imports from minicv, and those that it takes from the imported ones."""
    nodes = list(ast.walk(ast.parse(code)))
    imported = {alias.name for node in nodes if isinstance(node, ast.ImportFrom)
                and node.module.startswith("minicv") for alias in node.names}
    imported |= {alias.name for node in nodes if isinstance(node, ast.Import)
                 for alias in node.names if alias.name.startswith("minicv")}
    return imported | {node.attr for node in nodes if isinstance(node, ast.Attribute)
                       and ast.unparse(node.value).split(".")[0] in imported}


@each_lesson
def test_a_worked_answer_is_written_out_and_calls_nothing_that_does_the_task(lesson):
    assert taken_from_minicv(read(lesson.solution)) <= GIVEN


@pytest.mark.parametrize("code, name", [
    ("from minicv import nn\nnn.fit(1)", "fit"), ("from minicv import nn as n", "nn"),
    ("from minicv.nn import MLP as Net", "MLP"), ("import minicv.nn", "minicv.nn"),
    ("from minicv import nn\nx = nn.functional.softmax", "softmax"),
    ("def f():\n    from minicv.detection_metrics import box_iou", "box_iou")])
def test_what_an_answer_takes_from_minicv_is_seen(code, name):
    assert name in taken_from_minicv(code)


@each_lesson
def test_a_worked_answer_is_short(lesson):
    for section in cut(read(lesson.solution)):
        lines = [line for line in section.text.splitlines() if line.strip() and line[0] != "#"]
        assert len(lines) <= 20, section.task


@each_lesson
def test_the_stub_names_what_the_worked_answer_names(lesson):
    def names(path):
        return {section.task: {name.id for node in ast.parse(section.text).body
                               for name in ast.walk(node)
                               if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)}
                | {node.name for node in ast.parse(section.text).body if hasattr(node, "name")}
                for section in cut(read(path)) if section.task}

    solution = names(lesson.solution)
    for task, wanted in names(lesson.stub).items():
        assert wanted <= solution[task]


@each_task
def test_a_task_has_three_hints_that_say_more_and_more(name):
    hints = BY_NAME[name].hints
    assert len(set(hints)) == 3 and all(len(hint) > 15 for hint in hints)


@each_task
def test_a_task_says_where_to_read(name):
    paths = re.findall(r"[\w/]+\.(?:py|md)", BY_NAME[name].read)
    assert paths and all((LESSONS.parent / path).is_file() for path in paths)


@each_lesson
def test_what_a_lesson_says_to_read_is_there(lesson):
    """Names without a folder are those of a file somewhere in minicv."""
    text = read(lesson.stub.parent / "lesson.py")
    for name in re.findall(r"`([\w/]+\.py)`", text):
        assert list((LESSONS.parent / "minicv").rglob(name.removeprefix("minicv/"))), name


@each_task
def test_a_task_has_enough_planted_answers(name):
    wrong = [param.values[1] for param in WRONG_ONES if param.values[1].task == name]
    right = [param.values[1] for param in RIGHT_ONES if param.values[1].task == name]
    assert len({section.title for section in wrong}) >= (4 if name == "0" else 5)  # kinds
    assert len(wrong) >= (4 if name == "0" else 6)
    assert len(right) >= 3


@pytest.mark.parametrize("header, section", WRONG_ONES)
def test_a_wrong_answer_is_diagnosed(header, section):
    outcome = check_planted(header, section)
    assert (outcome.state, outcome.mistake) == (WRONG, section.title), outcome
    text = "\n".join(outcome.lines)
    assert "got:" in text and "likely cause:" in text


@pytest.mark.parametrize("header, section", RIGHT_ONES)
def test_a_right_answer_in_another_style_passes(header, section):
    outcome = check_planted(header, section)
    assert outcome.state == PASSED, outcome


def test_planted_answers_belong_to_tasks():
    assert {param.values[1].task for param in WRONG_ONES + RIGHT_ONES} == set(BY_NAME)


@each_lesson
def test_mistakes_in_numbers_have_a_value_for_each_name(lesson):
    """A list that is too short would be noticed only by the learner who makes that mistake."""
    asked = worked(lesson)[1]
    for names, exact, options in asked:
        for values in [exact, *[each.value for kind in ("roundings", "mistakes")
                                for each in options.get(kind, ())]]:
            assert isinstance(names, str) or len(values) == len(names)
    assert asked or lesson.number[0] == "2"  # part 2 of the sheet is code


@each_lesson
def test_each_mistake_in_numbers_is_known_by_what_it_gives(lesson):
    """One that is within the tolerance of another, or of what is right, could never be told."""
    planted_ones, told = [], []
    for names, exact, options in worked(lesson)[1]:
        several = not isinstance(names, str)
        for mistake in options.get("mistakes", ()):
            values = zip(mistake.value, exact) if several else [(mistake.value, exact)]
            answer = Answer(dict(zip(names if several else [names], [
                right if wrong is None else np.asarray(wrong) for wrong, right in values])), "")
            with pytest.raises(Wrong) as caught:
                answer.numbers(names, exact, **options)
            planted_ones.append((names, mistake.name))
            told.append((names, caught.value.mistake))
    assert told == planted_ones
