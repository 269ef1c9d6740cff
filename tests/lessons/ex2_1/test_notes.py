"""What passes, and yet has a cost: a note says so, and only then."""

import pytest

from tests.lessons.engine.test_content import RIGHT_ONES, check_planted, few_draws  # noqa: F401


@pytest.mark.parametrize("header, section", [
    param for param in RIGHT_ONES if param.values[1].task in ("2.1c", "2.1d")])
def test_a_right_answer_has_a_note_where_its_title_says_so(header, section):
    assert bool(check_planted(header, section).notes) == ("which is noted" in section.title)
