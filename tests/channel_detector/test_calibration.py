"""What a score means: the curve of least loss, and nothing that cannot be a share."""

import numpy as np
import pytest
from scipy.special import expit

from minicv.channel_detector import Calibration


def drawn(slope, offset, n, seed=0):
    """Scores of finds that are right with exactly the share of a calibration."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(0, 0.5, n)
    return scores, rng.random(n) < expit(slope * scores + offset)


def platt_targets(right):
    n, m = right.sum(), (~right).sum()
    return np.where(right, (n + 1) / (n + 2), 1 / (m + 2))


@pytest.mark.parametrize("slope, offset, n", [(3, 1, 40), (0.5, -2, 300), (20, 0, 300)])
def test_at_the_least_loss_its_derivatives_vanish(slope, offset, n):
    """d loss / d offset = sum(share - t), d loss / d slope = sum((share - t) score)."""
    scores, right = drawn(slope, offset, n)
    wrong_by = Calibration.fit(scores, right).shares(scores) - platt_targets(right)
    np.testing.assert_allclose([wrong_by.sum(), wrong_by @ scores], 0, atol=1e-8 * n)


def test_of_very_many_finds_the_shares_are_found_again():
    fitted = Calibration.fit(*drawn(4, 0.5, 100_000))
    assert fitted.slope == pytest.approx(4, rel=0.02)
    assert fitted.offset == pytest.approx(0.5, abs=0.02)


def test_right_and_wrong_that_a_threshold_tells_apart_have_shares_between_0_and_1():
    """Laplace: of 3 right ones (3 + 1) / (3 + 2), of 4 wrong ones 1 / (4 + 2). Two levels of score
    are met exactly by two numbers."""
    fitted = Calibration.fit([1, 1, 1, -1, -1, -1, -1], [True] * 3 + [False] * 4)
    np.testing.assert_allclose(fitted.shares([1, -1]), [4 / 5, 1 / 6])


def test_one_far_find_does_not_lead_astray():
    scores, right = drawn(3, 0, 200)
    scores[0], right[0] = 1e5, True
    wrong_by = Calibration.fit(scores, right).shares(scores) - platt_targets(right)
    np.testing.assert_allclose([wrong_by.sum(), wrong_by @ scores / 1e5], 0, atol=1e-6)


def test_newton_s_steps_end_at_the_least_loss_whatever_the_finds():
    rng = np.random.default_rng(0)
    for n in range(4, 100):
        scores = rng.standard_t(1, n) * 10.0**rng.integers(-2, 3)  # some of them far out
        order = np.argsort(scores)
        right = np.isin(np.arange(n), order[n // 3:])
        right[order[n // 3 - 1]], right[order[n // 3]] = True, False  # two the other way
        wrong_by = Calibration.fit(scores, right).shares(scores) - platt_targets(right)
        np.testing.assert_allclose([wrong_by.sum(), wrong_by @ scores / np.abs(scores).max()], 0,
                                   atol=1e-6)


def test_a_higher_score_is_never_worth_less():
    shares = Calibration.fit(*drawn(2, 0, 50)).shares(np.linspace(-1e9, 1e9, 1001))
    assert (np.diff(shares) >= 0).all()
    assert shares.min() >= 0 and shares.max() <= 1


def test_the_score_of_a_share_is_where_the_share_is_reached():
    calibration = Calibration(7.2, 2.7)
    for share in (0.01, 0.5, 0.8, 0.99):
        assert calibration.shares([calibration.score(share)])[0] == pytest.approx(share)


@pytest.mark.parametrize("call, error, message", [
    (lambda: Calibration.fit([1, 2], [True, True]), ValueError, "need finds that were right and "),
    (lambda: Calibration.fit([], np.array([], bool)), ValueError, "need finds that were right and"),
    (lambda: Calibration.fit([1, 2], [True, False]), ValueError, "have no higher scores"),
    (lambda: Calibration.fit([1, 1], [True, False]), ValueError, "have no higher scores"),
    (lambda: Calibration.fit([1, np.nan], [True, False]), ValueError, "of scores is NaN"),
    (lambda: Calibration.fit([1, 2], [1, 0]), TypeError, "right must be booleans"),
    (lambda: Calibration.fit([1, 2], [True]), ValueError, "right must have the shape"),
    (lambda: Calibration(0, 1), ValueError, "slope must be above 0"),
    (lambda: Calibration(1, np.inf), ValueError, "offset must be a finite number"),
    (lambda: Calibration(1, 0).shares([np.nan]), ValueError, "scores is NaN"),
    (lambda: Calibration(1, 0).score(1), ValueError, "share must be above 0 and below 1")])
def test_what_cannot_be_calibrated(call, error, message):
    with pytest.raises(error, match=message):
        call()
