"""The second look: principal components, the kernel, and the regression on it."""

import numpy as np
import pytest

from minicv.channel_detector import second_look
from minicv.channel_detector.channels import mirror_descriptors
from minicv.channel_detector.second_look import (
    SecondLook,
    even_and_odd,
    likeness,
    principal_axes,
    second_look_examples,
)


def some_windows(n, seed):
    """Random descriptors of windows of 2 x 2 cells."""
    return np.random.default_rng(seed).uniform(0, 1, (n, 2, 2, 13)).astype(np.float32)


@pytest.mark.parametrize("n", [40, 5])  # more samples than dimensions, and fewer
def test_principal_axes_are_the_eigenvectors_with_the_largest_eigenvalues(n):
    X = np.random.default_rng(0).standard_normal((n, 6)) * [5, 4, 3, 2, 1, 0.5]
    axes = principal_axes(X, 3)
    assert axes.shape == (6, 3)
    _, expected = np.linalg.eigh(X.T @ X)  # rising
    np.testing.assert_allclose(np.abs(expected[:, :2:-1].T @ axes), np.eye(3), atol=1e-10)


def test_of_few_dimensions_all_are_axes():
    axes = principal_axes(np.random.default_rng(0).standard_normal((40, 6)), 100)
    np.testing.assert_allclose(axes.T @ axes, np.eye(6), atol=1e-12)


def test_of_few_samples_there_are_as_many_axes_and_nothing_of_them_is_lost():
    X = np.random.default_rng(0).standard_normal((4, 60))
    axes = principal_axes(X - X.mean(axis=0), 100)
    np.testing.assert_allclose(axes.T @ axes, np.eye(4), atol=1e-12)
    np.testing.assert_allclose(X @ axes @ axes.T - X.mean(axis=0) @ axes @ axes.T,
                               X - X.mean(axis=0), atol=1e-12)


def test_the_kernel_is_its_formula():
    X, Y = some_windows(3, 0).reshape(3, -1), some_windows(4, 1).reshape(4, -1)
    mirror = np.repeat([1, -1], 26)  # the second half has the other sign
    expected = [[np.mean([np.exp(-sum((seen - y)**2) / 1.5**2) for seen in (x, mirror * x)])
                 for y in Y] for x in X]
    np.testing.assert_allclose(likeness(X, Y, 1.5), expected, rtol=1e-5)


def test_scores_are_those_of_kernel_ridge_regression(monkeypatch):
    """Window by window from the formulas; each part has fewer numbers than samples and axes are.

    So none is lost. Nor by rounding examples to whole numbers, if these may be large.
    """
    monkeypatch.setattr("minicv.channel_detector.second_look.LARGEST", 10_000)
    people, others, new = some_windows(12, 0), some_windows(18, 1), some_windows(5, 2)
    windows = np.concatenate([people, others])
    both = np.concatenate([windows, mirror_descriptors(windows)]).reshape(60, -1)
    reach = 2 * (both[:30].astype(float).var(axis=0)).sum()

    def k(a, b):
        return (np.exp(-((a - b)**2).sum() / reach)
                + np.exp(-((mirror_descriptors(a) - b)**2).sum() / reach)) / 2

    weight, y = np.repeat([0.25, 1.0], [12, 18]), np.repeat([1.0, -1.0], [12, 18])
    bias = (weight * y).sum() / weight.sum()
    K = np.array([[k(a, b) for b in windows] for a in windows])
    pulls = np.linalg.solve(K + np.diag(0.15 / weight), y - bias)
    expected = [bias + sum(pull * k(a, b) for pull, b in zip(pulls, windows)) for a in new]
    scores = SecondLook.fit(people, others).scores(new)
    np.testing.assert_allclose(scores, expected, atol=1e-3)  # axes are kept in float16


def test_rounding_to_whole_numbers_moves_scores_little(monkeypatch):
    people, others, new = some_windows(8, 0), some_windows(12, 1), some_windows(50, 2)
    look = SecondLook.fit(people, others)
    assert np.abs(look.examples).max() == 31 and (look.examples % 1 == 0).all()
    monkeypatch.setattr("minicv.channel_detector.second_look.LARGEST", 10_000)
    exact = SecondLook.fit(people, others).scores(new)
    np.testing.assert_allclose(look.scores(new), exact, atol=0.02)
    assert np.ptp(exact) > 0.5


@pytest.mark.parametrize("columns", [1, 4, 5])
def test_even_and_odd_parts_are_the_halves_that_a_window_is_made_of(columns):
    windows = np.random.default_rng(0).uniform(0, 1, (3, 2, columns, 19))
    even, odd = even_and_odd(windows)
    left = windows[:, :, :(columns + 1) // 2].reshape(3, -1)
    np.testing.assert_allclose(even + odd, left)
    mirrored_even, mirrored_odd = even_and_odd(mirror_descriptors(windows))
    np.testing.assert_allclose(mirrored_even, even)
    np.testing.assert_allclose(mirrored_odd, -odd)


def test_a_window_and_its_mirror_image_score_the_same():
    look, new = SecondLook.fit(some_windows(8, 0), some_windows(12, 1)), some_windows(5, 2)
    np.testing.assert_allclose(look.scores(mirror_descriptors(new)), look.scores(new), atol=1e-5)


def test_people_of_two_kinds_are_told_from_what_is_between():
    """No plane has both ends of a line on one side, and its middle on the other."""
    rng = np.random.default_rng(0)
    def around(value, n):
        return np.float32(value) + 0.05 * rng.standard_normal((n, 2, 2, 13)).astype(np.float32)
    look = SecondLook.fit(np.concatenate([around(0.2, 30), around(0.8, 30)]), around(0.5, 60))
    assert (look.scores(np.concatenate([around(0.2, 5), around(0.8, 5)])) > 0.5).all()
    assert (look.scores(around(0.5, 5)) < -0.5).all()


def test_examples_that_are_all_alike_are_no_hindrance():
    windows = np.ones((3, 2, 2, 13), np.float32)
    scores = SecondLook.fit(windows, windows).scores(windows)
    assert np.isfinite(scores).all() and np.ptp(scores) == pytest.approx(0, abs=1e-9)


def test_axes_are_those_in_which_windows_and_their_mirror_images_differ_most(monkeypatch):
    monkeypatch.setattr(second_look, "N_AXES", 3)
    scale = np.linspace(0.1, 3, 52).reshape(2, 2, 13)
    windows = (some_windows(20, 0) * scale + 5 * scale).astype(np.float32)
    look = SecondLook.fit(windows[:8], windows[8:])
    even, odd = even_and_odd(windows)
    np.testing.assert_allclose(look.mean, even.mean(axis=0), rtol=1e-5)
    for part, axes in zip((even - even.mean(axis=0), odd), look.axes):  # odd ones have mean 0
        _, _, expected = np.linalg.svd(part)
        lengths = np.linalg.norm(axes, axis=0)
        np.testing.assert_allclose(np.abs(expected[:3] @ axes) / lengths, np.eye(3), atol=2e-3)


# ---- what it is taught, chosen by hand ----------------------------------------------------------


def numbered(first, n):
    return np.arange(first, first + n)[:, None] * 1.0


def test_finds_that_are_right_are_people_and_those_that_are_wrong_are_others():
    """From an IoU above 0.5, and below 0.3; what lies between is neither."""
    iou = np.array([0.9, 0.5, 0.51, 0.3, 0.29, 0.0])
    people, others = second_look_examples(numbered(0, 2), numbered(10, 1), np.array([0.0]),
                                          numbered(20, 6), iou)
    assert people.ravel().tolist() == [0, 1, 20, 22]
    assert others.ravel().tolist() == [10, 24, 25]


def test_of_the_negatives_those_are_taken_of_which_the_first_look_is_unsure_the_worst_first():
    scores = np.array([-1.5, -0.2, -1.0, 0.4, -0.9])
    _, others = second_look_examples(numbered(0, 2), numbered(10, 5), scores, numbered(20, 0),
                                     np.empty(0))
    assert others.ravel().tolist() == [13, 11, 14]


def test_there_is_always_one_negative():
    _, others = second_look_examples(numbered(0, 2), numbered(10, 3), np.array([-3.0, -2, -4]),
                                     numbered(20, 0), np.empty(0))
    assert others.ravel().tolist() == [11]


def test_of_very_many_negatives_the_hardest_are_taken(monkeypatch):
    monkeypatch.setattr("minicv.channel_detector.second_look.MOST_OTHERS", 2)
    _, others = second_look_examples(numbered(0, 2), numbered(10, 4), np.array([0.1, 0.3, 0.2, 0]),
                                     numbered(20, 0), np.empty(0))
    assert others.ravel().tolist() == [11, 12]
