"""The pictures of exercise 1.3: as much of each is bright as its shape is large."""

import numpy as np
import pytest

from minicv.datasets.shapes import SHAPES, make_shapes

# Of shapes of radius 1. A triangle of height and base 1.8; of the cross, a strip of width 0.6 in a
# disc of radius 1.1 has 2 (0.3 sqrt(1.1^2 - 0.3^2) + 1.1^2 arcsin(0.3 / 1.1)), and the two strips
# share a square.
STRIP = 2 * (0.3 * np.sqrt(1.12) + 1.21 * np.arcsin(0.3 / 1.1))
AREAS = {"disc": np.pi, "square": 1.7**2, "triangle": 1.8 * 1.8 / 2, "cross": 2 * STRIP - 0.6**2}


@pytest.fixture(scope="module")
def large():
    """3,000 pictures in which nothing reaches the first row."""
    return make_shapes(3000, size=40, rng=0)


@pytest.fixture(scope="module")
def many():
    return make_shapes(4000, rng=2)


def test_each_shape_is_as_large_as_its_formula_says(large):
    images, labels = large
    mean_of_square = (8**3 - 4.5**3) / 3 / (8 - 4.5)  # of a radius from 4.5 to 8
    for label, name in enumerate(SHAPES):
        brightness = images[labels == label].sum(axis=(1, 2, 3)).mean()
        # The mean of 750: 0.65 on the shape, within about 2 % at one standard deviation.
        assert brightness == pytest.approx(0.65 * AREAS[name] * mean_of_square, rel=0.08), name


def test_the_noise_around_is_a_quarter_and_the_classes_are_equally_many(large):
    images, labels = large
    assert images[:, 0, 0].std() == pytest.approx(0.25, rel=0.02)
    assert images[:, 0, 0].mean() == pytest.approx(0, abs=0.01)
    assert np.abs(np.bincount(labels) - 750).max() < 100


def test_shapes_are_turned_to_both_sides_alike(many):
    # Wherever a square lies, its spectrum has arms across its sides: 4 times their turn is the
    # angle of the fourth moment.  On average it is 0.
    images, labels = many
    spectrum = np.abs(np.fft.fft2(images[labels == SHAPES.index("square"), 0]))**2
    frequency = np.fft.fftfreq(24)
    way = frequency + 1j * frequency[:, None]
    moments = (spectrum * np.where(np.abs(way) < 0.2, way, 0)**4).sum(axis=(1, 2))
    assert np.angle(moments.mean()) / 4 == pytest.approx(0, abs=0.03)


def test_none_and_at_most_a_million_are_drawn():
    assert make_shapes(0, rng=0)[0].shape == (0, 1, 24, 24)
    assert make_shapes(1, size=20, rng=0)[0].shape == (1, 1, 20, 20)
    for wrong in (dict(n=10**6 + 1), dict(n=1, size=19), dict(n=1, size=1001)):
        with pytest.raises(ValueError, match="must be at least"):
            make_shapes(**wrong)


def test_shapes_lie_around_the_middle_of_the_picture(many):
    bright = many[0].mean(axis=(0, 1))
    middle = (np.arange(24) + 0.5 - 12) / bright.sum()
    # From picture to picture the brightness wanders by pixels, its mean over 4,000 by hundredths.
    assert bright.sum(axis=0) @ middle == pytest.approx(0, abs=0.1)
    # Of the triangle the centre of gravity is 0.2 radii below the point where it was put.
    radius = 3 / 4 * (8**4 - 4.5**4) / (8**3 - 4.5**3)  # weighed by area
    below = 0.2 * radius * AREAS["triangle"] / sum(AREAS.values())
    assert bright.sum(axis=1) @ middle == pytest.approx(below, abs=0.1)
