"""The search of a level: scores equal to the plain detector's."""

import numpy as np
import pytest

from minicv.channel_detector.finding import level_scores
from minicv.person_detector.detector import window_scores


@pytest.mark.parametrize("shape", [(20, 17, 19), (16, 8, 19), (16, 30, 13), (40, 8, 19),
                                   (15, 30, 19), (30, 7, 19), (3, 3, 19)])
def test_scores_are_those_of_the_plain_search(shape):
    rng = np.random.default_rng(0)
    grid, weights = rng.standard_normal(shape), rng.standard_normal((16, 8, shape[2]))
    planes = np.moveaxis(np.moveaxis(grid, -1, 0).copy(), 0, -1)  # as a level lies in memory
    expected = window_scores(grid, weights)
    for one in (grid, planes):
        assert level_scores(one, weights).shape == expected.shape
        np.testing.assert_allclose(level_scores(one, weights), expected, atol=1e-10)
