"""What passes, and yet has a cost: a note says so, and only then."""

import pytest

from tests.lessons.engine.test_content import RIGHT_ONES, check_planted, few_draws  # noqa: F401


@pytest.mark.parametrize("header, section", [
    param for param in RIGHT_ONES if param.values[1].task.startswith("2.")])
def test_a_right_answer_has_a_note_where_its_title_says_so(header, section):
    said = any(words in section.title for words in ("which is noted", "which was the task"))
    assert bool(check_planted(header, section).notes) == said
