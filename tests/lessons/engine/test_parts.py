"""The small parts of the checks: expressions, numbers, sections, progress, names of tasks."""

import doctest
import importlib
import pickle
from fractions import Fraction

import numpy as np
import pytest

import minicv
from lessons import InputError
from lessons.course import torch
from lessons.engine.answer import Answer, Mistake, Rounding
from lessons.engine.comparing import agrees, difference, evaluate, show, to_array
from lessons.engine.loading import Loaded, check
from lessons.engine.reading import Source
from lessons.engine.tasks import Task, cut, find_lessons, restore, select, tidy
from lessons.engine.verdict import HEAD, Progress, Wrong
from minicv import nn, tensor


def load(text, name, kind="task"):
    """Run a text as the file of this name, cut by marker lines of a kind."""
    loaded = Loaded(Source(name, text))
    for section in cut(text, kind):
        loaded.run(section)
    return loaded


@pytest.mark.parametrize("name", ["answer", "comparing", "tasks", "verdict", "lesson", "page",
                                  "reading"])
def test_examples_in_docstrings(name):
    assert doctest.testmod(importlib.import_module(f"lessons.engine.{name}")).failed == 0


def test_what_answers_import_as_torch_is_minicv():
    assert torch.cat is minicv.cat and torch.utils.data.DataLoader is nn.data.DataLoader
    assert not torch.cuda.is_available()
    with pytest.raises(AttributeError):
        torch.no_such_name  # noqa: B018


# -- expressions -----------------------------------------------------------------------------------


def test_an_expression_may_use_variables_and_functions():
    assert evaluate("-(w1*x + b) / w2**2", w1=1.0, x=2.0, b=3.0, w2=2.0) == -5 / 4
    assert evaluate("max(0, 1 - sqrt(4))") == 0
    np.testing.assert_array_equal(evaluate("min(x, 1)", x=np.array([0.0, 2.0])), [0, 1])


@pytest.mark.parametrize("text, words", [
    ("2 ^ 3", "powers are written"), ("y + 1", "'y' is not known"), ("1 +", "not an expression"),
    ("__import__('os')", "no arithmetic"), ("x.real", "no arithmetic"), ("1 / 0", "by zero"),
    ("'a'", "no arithmetic"), ("sqrt(1, 2)", "does not take 2"), ("True", "no arithmetic"),
])
def test_what_is_no_arithmetic_is_refused(text, words):
    with pytest.raises(ValueError, match=words.replace("^", r"\^")):
        evaluate(text, x=1.0)


# -- numbers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [
    [1, 0.5], (1, 0.5), np.array([1, 0.5]), np.float32([1, 0.5]), tensor([1.0, 0.5]),
    tensor([1.0, 0.5], requires_grad=True), [Fraction(1), Fraction(1, 2)], ["1", "1/2"],
    [True, np.float16(0.5)], [tensor(1.0), 0.5],
], ids=str)
def test_numbers_may_come_as_anything(value):
    array = to_array(value, "x")
    assert array.dtype == np.float64
    np.testing.assert_array_equal(array, [1, 0.5])


@pytest.mark.parametrize("value", [[[1], [1, 2]], "x", ["a"], {"a": 1}, object(), 1j, [1j]],
                         ids=str)
def test_what_holds_no_numbers_is_told(value):
    with pytest.raises(Wrong) as caught:
        to_array(value, "x")
    assert caught.value.mistake == "not-numbers"


@pytest.mark.parametrize("text, words", [
    ("262,400", "write 262400"), (" 1,262,400 ", "write 1262400"), ("32 x 32", "write 32 * 32"),
    ("32x32", "write 32 * 32"), ("3 X 4", "(3, 4)"), ("0,25", "write 0.25"),
])
def test_numbers_as_they_are_written_by_hand_are_told_how_python_has_them(text, words):
    with pytest.raises(Wrong) as caught:
        to_array(text, "x")
    assert words in caught.value.cause


def test_a_difference_is_told_by_the_shape_first_and_then_by_the_first_entry():
    got, expected = np.zeros((2, 3)), np.zeros((3, 2))
    assert difference(got, expected, 0.01) == (
        "shape (2, 3): [[0, 0, 0], [0, 0, 0]]", "shape (3, 2)")
    expected = np.array([[0, 0, 0], [0, 1, 2.0]])
    assert difference(got, expected, 0.01) == (
        "entry [1, 1] is 0 (2 of 6 differ)", "entry [1, 1] is 1")


@pytest.mark.parametrize("value, told", [
    (np.zeros(8), str([0] * 8)), (np.zeros(9), "array of shape (9,), float64"),
    (np.array([3.0, -10.05, 1e-5, 0.0]), "[3, -10.05, 1e-05, 0]"), (3.0, "3.0"),
    (np.float32(0.5), "0.5"), (np.array(["a"]), "array of shape (1,), <U1"), ("a\n b", "'a\\n b'"),
    (10**99, str(10**99)), (10**100, f"1{'0' * 96}..."), (tensor([1.0]), None)], ids=str)
def test_a_value_is_shown_in_a_line_of_at_most_a_hundred_letters(value, told):
    assert told is None or show(value) == told
    assert len(show(value)) <= 100 and "\n" not in show(value)


def test_nan_and_infinity_agree_with_themselves_alone():
    assert agrees(np.array(np.nan), np.array(np.nan), 0.01)
    assert not agrees(np.array(np.nan), np.array(1.0), 0.01)
    assert agrees(np.array(np.inf), np.array(np.inf), 0.01)
    assert not agrees(np.array(np.inf), np.array(1.0), 0.01)


def numbers(**options):
    """The outcome of a task that asks for dL/dW: 4.265e-4 exactly, 6.365e-4 as rounded by hand."""
    def ask(answer):
        answer.numbers(
            "DW", [4.265e-4] * 2, mistakes=[Mistake("sign", [-4.265e-4] * 2, "CAUSE")],
            roundings=[Rounding([6.365e-4] * 2, "ROUNDING"),
                       Rounding([4.456e-4] * 2, "ROUNDING to five digits")])

    def outcome(value):
        return check(Task("9.9a", "", ask, ("", "", ""), ""), load(f"DW = {value}", "mine"))

    return outcome


@pytest.mark.parametrize("value, state, notes", [
    ("(4.265e-4, 4.265e-4)", "passed", 0), ("[[4.26e-4, 4.3e-4]]", "passed", 0),
    ("(6.4e-4, 6.36e-4)", "passed", 1), ("(4.45e-4, 4.46e-4)", "passed", 1),
    ("(4.265e-4, 6.365e-4)", "wrong", 0), ("(-4.265e-4,) * 2", "wrong", 0), ("None", "todo", 0),
    ("(None, 4e-4)", "todo", 0), ("...", "todo", 0), ("4.265e-4", "wrong", 0),
])
def test_exact_to_the_digits_given_or_rounded_by_hand_are_both_right(value, state, notes):
    outcome = numbers()(value)
    assert (outcome.state, len(outcome.notes)) == (state, notes)
    assert all("ROUNDING" in note and "0.0004265" in note for note in outcome.notes)


def test_a_mistake_is_known_by_what_it_gives():
    assert numbers()("(-4.265e-4,) * 2").mistake == "sign"
    assert numbers()("(1, 1)").mistake == "other"


def test_a_wrong_number_is_not_told_the_right_one():
    for value in ("(-4.265e-4,) * 2", "(1, 1)", "(4.265e-4, 1)"):
        text = " ".join(numbers()(value).lines).replace("-0.0004265", "")
        assert "expected" not in text
        assert value == "(4.265e-4, 1)" or "4265" not in text


@pytest.mark.parametrize("value, mistake", [
    ("(4e-4, 4e-4)", "too-few-digits"), ("(6e-4, 6e-4)", "too-few-digits"),
    ("(5e-4, 5e-4)", "other"), ("(4.1e-4, 4.1e-4)", "other"),
    ("(-4.265e-4, -4.265e-4)", "sign"),
])
def test_a_right_number_that_was_rounded_to_one_digit_is_told_so(value, mistake):
    assert numbers()(value).mistake == mistake


def test_a_usual_mistake_is_told_before_the_want_of_digits():
    def ask(answer):
        answer.numbers("X", 0.64, mistakes=[Mistake("forgotten", 0.6, "")])

    assert check(Task("9.9a", "", ask, ("", "", ""), ""), load("X = 0.6", "mine")).mistake == (
        "forgotten")


def test_a_number_that_is_counted_is_never_too_short_of_digits():
    def ask(answer):
        answer.numbers("N", 73856, rtol=0)

    task = Task("9.9a", "", ask, ("", "", ""), "")
    assert check(task, load("N = 7e4", "mine")).mistake == "other"


def test_a_function_is_known_by_its_results_in_every_case():
    def ask(answer):
        answer.results("f", [(1, 2), (3, 1), (2, 2)], lambda a, b: [a - b], mistakes=[
            Mistake("swapped", lambda a, b: [b - a], ""), Mistake("sum", lambda a, b: [a + b], ""),
            Mistake("number", lambda a, b: a - b, "")])

    def mistake(code):
        return check(Task("9.9a", "", ask, ("", "", ""), ""), load(code, "mine")).mistake

    assert mistake("def f(a, b): return a - b,") == ""
    assert mistake("def f(a, b): return [b - a]") == "swapped"
    assert mistake("def f(a, b): return [a + b]") == "sum"
    assert mistake("def f(a, b): return a - b") == "number"
    assert mistake("def f(a, b): return [b - a if a > b else a - b]") == "other"
    assert mistake("def f(a, b): pass") == "nothing-returned"
    assert mistake("f = 3") == "not-a-function"
    assert mistake("g = 3") == "name-missing"


def test_several_numbers_that_are_partly_filled_in_are_to_do_and_say_what_is_open():
    def ask(answer):
        answer.numbers(["A", "B"], [1, 2], mistakes=[Mistake("swapped", [2, 1], "")])

    task = Task("9.9a", "", ask, ("", "", ""), "")
    assert check(task, load("A, B = None, None", "mine")).lines == []
    outcome = check(task, load("A, B = 1, None", "mine"))
    assert (outcome.state, outcome.lines) == ("todo", ["still to fill in: B"])
    assert check(task, load("A, B = 2, None", "mine")).mistake == "swapped"


def test_only_a_stub_that_names_a_task_reads_todo():
    task = Task("9.9a", "", lambda answer: answer.call("f"), ("", "", ""), "")
    stub = "def f(): raise NotImplementedError"
    assert check(task, load(f"{stub}('task 9.9a: do it')", "mine")).state == "todo"
    assert check(task, load(f"{stub}('no forward')", "mine")).state == "error"


# -- running ---------------------------------------------------------------------------------------


def test_a_later_section_may_use_the_same_name_for_something_else():
    def ask(answer):
        answer.numbers("TP", 1, rtol=0)
        answer.numbers("COUNT", 5, rtol=0)

    text = "# %% task 9.9a\nTP = 1\n# %% task 9.9b\nTP, COUNT = 3, 5\n"
    assert check(Task("9.9a", "", ask, ("", "", ""), ""), load(text, "mine")).state == "passed"
    assert check(Task("9.9b", "", ask, ("", "", ""), ""), load(text, "mine")).state == "wrong"


@pytest.mark.parametrize("annotation", ["int", "'int'"])
def test_a_dataclass_may_be_an_answer_and_be_pickled(annotation):
    def ask(answer):
        for _ in range(2):
            assert pickle.loads(pickle.dumps(answer.call("Box", 3))).side == 3
        assert answer.call("make").side == 4

    code = (f"from dataclasses import dataclass\n@dataclass\nclass Box:\n    side: {annotation}\n"
            "def make():\n    @dataclass\n    class Local:\n"
            f"        side: {annotation}\n    return Local(4)\n")
    loaded = load(code, "mine")
    load("Box = None", "another file in the meantime")
    outcome = check(Task("9.9a", "", ask, ("", "", ""), ""), loaded)
    assert (outcome.state, outcome.lines) == ("passed", [])


def test_annotations_are_what_the_learners_file_says():
    loaded = load("def f(x: int): pass", "mine")
    assert vars(loaded.module)["f"].__annotations__ == {"x": int}


@pytest.mark.parametrize("code, line, words", [
    ("def f():\nx = 1\n", 5,
     "IndentationError: expected an indented block after function definition on line 4"),
    ('x = """\n\n', 4, "SyntaxError: unterminated"),
    ("x = 1\nreturn x\n", 5, "outside function"),
    ("x = (1,\ny = 2\n", 4, "SyntaxError: "),
])
def test_a_syntax_error_has_the_line_numbers_of_the_file(code, line, words):
    loaded = load(f"x = 1\n\n# %% task 9.9a\n{code}# %% task 9.9b\n", "mine")
    (failure, *_) = loaded.failures["9.9a"]
    assert failure.startswith(f"mine, line {line}: ") and words in failure


# -- sections --------------------------------------------------------------------------------------


TEXT = "import a\n# %% task 1.4a: one\nx = 1\n# %% a cell\n# %% task 1.3a.ii\ny = 2"


def test_a_file_is_cut_at_its_marker_lines_without_loss():
    sections = cut(TEXT)
    assert [(s.task, s.title, s.line) for s in sections] == [
        ("", "", 1), ("1.4a", "one", 2), ("1.3a.ii", "", 5)]
    assert "".join(section.text for section in sections) == TEXT


def test_one_section_is_restored_and_the_rest_stays():
    stub = "# %% task 1.4a: one\nx = None\n"
    assert restore(TEXT, "1.4a", stub) == TEXT.replace("x = 1\n# %% a cell\n", "x = None\n")


def test_a_section_without_its_marker_line_comes_back_before_the_next_one_or_at_the_end():
    one, two, three = (f"# %% task 1.4{letter}: x\n{letter} = None\n" for letter in "abc")
    stub = one + two + three
    assert restore(one + "b = 1\n" + three, "1.4b", stub) == one + "b = 1\n" + two + three
    assert restore(three, "1.4a", stub) == one + three
    assert restore(one + "c = 1", "1.4c", stub) == one + "c = 1\n" + three


# -- progress --------------------------------------------------------------------------------------


def test_progress_is_remembered_and_a_broken_task_loses_its_tick(tmp_path):
    progress = Progress(tmp_path / "new")
    progress.set_passed("1.4a", True)
    progress.set_count("1.4b", "hints", 2)
    progress.save()
    again = Progress(tmp_path / "new")
    assert again.passed("1.4a") and not again.passed("1.4b") and not again.begun("1.4b")
    assert (again.count("1.4b", "hints"), again.count("1.4a", "hints")) == (2, 0)
    again.set_passed("1.4a", False)
    again.save()
    last = Progress(tmp_path / "new")
    assert not last.passed("1.4a") and last.begun("1.4a")


def test_what_another_command_puts_down_in_the_meantime_is_kept(tmp_path):
    Progress(tmp_path).save()
    check, hint = Progress(tmp_path), Progress(tmp_path)
    hint.set_count("1.4a", "hints", 1)
    hint.save()
    check.set_passed("1.4a", False)
    check.set_passed("1.4b", True)
    check.save()
    after = Progress(tmp_path)
    assert after.count("1.4a", "hints") == 1
    assert after.begun("1.4a") and after.passed("1.4b")


def test_the_tick_of_task_0_belongs_to_a_lesson_and_an_older_line_of_it_is_kept(tmp_path):
    lessons = find_lessons()
    (tmp_path / "progress.txt").write_text(f"{HEAD}\n0 passed hints=2\n")
    progress = Progress(tmp_path)
    progress.set_passed(lessons["1.4"].tick("0"), True)
    progress.save()
    again = Progress(tmp_path)
    assert again.passed("1.4:0") and not again.passed(lessons["1.1"].tick("0"))
    assert again.passed("0") and again.count("0", "hints") == 2
    assert lessons["1.4"].tick("1.4a") == "1.4a"


def test_lines_and_words_of_another_version_are_kept(tmp_path):
    lines = [HEAD, "9.9z passed colour=red", "# a remark", "", "1.4a open stars=5 hints=x"]
    (tmp_path / "progress.txt").write_text("\n".join(lines) + "\n")
    progress = Progress(tmp_path)
    assert progress.count("1.4a", "hints") == 0
    progress.set_passed("1.4a", True)
    progress.set_count("1.4a", "hints", 1)
    progress.save()
    assert (tmp_path / "progress.txt").read_text().splitlines() == [
        *lines[:4], "1.4a passed stars=5 hints=1"]


# -- names -----------------------------------------------------------------------------------------


def test_tasks_are_selected_by_lesson_by_name_and_by_what_they_are_a_part_of():
    lessons = find_lessons()
    homes = [lessons["1.4"], lessons["2.1"]]

    def names(*wanted):
        return [(lesson.number, [task.name for task in tasks])
                for lesson, tasks in select(list(wanted), lessons, homes)]

    assert names("1.4") == [("1.4", ["0", "1.4a", "1.4b", "1.4c"])]
    assert names("2.1c", "1.4B", "2.1a") == [("1.4", ["1.4b"]), ("2.1", ["2.1a", "2.1c"])]
    assert names("0") == [("1.4", ["0"]), ("2.1", ["0"])]
    for name in ("1.4z", "9.9", "x", "", "1.4aa"):
        with pytest.raises(InputError):
            names(name)


@pytest.mark.parametrize("written", ["1.3a(ii)", "1.3aii", "1.3a-ii", "1.3a.ii", "1.3A (II)"])
def test_a_part_may_be_written_in_many_ways(written):
    assert tidy(written) == "1.3a.ii"


def test_an_answer_may_miss_a_name():
    with pytest.raises(Wrong, match="name-missing"):
        Answer({}, "9.9a").get("x")
