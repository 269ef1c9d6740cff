"""Colours of flat faces and of errors."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from minicv.plotting import error_colours, error_key, facets, panels
from minicv.plotting.figures import BLUE, GREY, VERMILION, WOOD
from minicv.plotting.surfaces import PALE

VERTICES = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1.0]])
FACES = np.array([[0, 1, 2], [0, 2, 3], [0, 4, 1]])


def test_triangles_of_one_polygon_have_one_colour_and_share_no_vertex():
    vertices, faces, colours = facets(VERTICES, FACES, [0, 0, 1], rng=1)
    assert faces.ravel().tolist() == list(range(9))
    assert (vertices[faces] == VERTICES[FACES]).all()
    assert colours.dtype == np.uint8 and (colours[:6] == colours[0]).all()
    assert (colours[6:] == colours[6]).all() and (colours[0] != colours[6]).any()


def test_the_same_seed_gives_the_same_colours():
    colours = [facets(VERTICES, FACES, [0, 1, 2], rng=seed)[2] for seed in (3, 3, 4)]
    assert (colours[0] == colours[1]).all() and (colours[0] != colours[2]).any()


def test_an_owner_of_a_large_number_takes_no_memory():
    colours = facets(VERTICES, FACES, [7, 7, 10**12], rng=1)[2]
    assert (colours == facets(VERTICES, FACES, [0, 0, 1], rng=1)[2]).all()


def test_each_colour_lies_on_the_way_from_pale_to_one_of_four_hues():
    owners = np.arange(300)
    colours = facets(VERTICES, FACES[owners % 3], owners, rng=5)[2][::3]
    # Its distance to the nearest of the four ways, in steps of 1 / 255.  Rounding: 0.5 a channel.
    ways = 255 * (np.array([to_rgb(hue) for hue in (WOOD, VERMILION, BLUE, GREY)])
                  - to_rgb(PALE))
    from_pale = (colours - 255 * np.array(to_rgb(PALE)))[:, None]
    share = (from_pale * ways).sum(axis=-1, keepdims=True) / (ways**2).sum(axis=-1, keepdims=True)
    distance = np.linalg.norm(from_pale - share * ways, axis=-1)
    nearest = distance.argmin(axis=1)
    assert distance.min(axis=1).max() <= 0.5 * 3**0.5 and set(nearest) == {0, 1, 2, 3}
    shares = share[owners, nearest, 0]
    assert 0.27 < shares.min() < 0.33 and 0.87 < shares.max() < 0.93


def test_a_mesh_without_faces_has_no_colours():
    parts = facets(np.empty((0, 3)), np.empty((0, 3), int), np.empty(0, int))
    assert [len(part) for part in parts] == [0, 0, 0]


def test_more_error_is_less_pale():
    colours = error_colours(np.linspace(0, 2, 9), largest=1).astype(int)
    assert (np.diff(colours, axis=0)[:4] <= 0).all() and (np.diff(colours, axis=0)[:4, 2] < 0).all()
    assert (colours[4:] == colours[4]).all()  # beyond the largest


def test_the_key_has_the_colours_of_the_errors():
    """The bar's colour at each error is that of `error_colours`, to the 256 steps of the bar."""
    figure, (axes,) = panels("3d")
    error_key(axes, 0.02, "off")
    bar = figure.axes[1]
    (mesh,) = [one for one in bar.collections if hasattr(one, "norm") and one.cmap is not None
               and one.get_array() is not None]
    errors = np.linspace(0, 0.02, 9)
    shown = 255 * mesh.cmap(mesh.norm(errors))[:, :3]
    np.testing.assert_allclose(shown, error_colours(errors, 0.02), atol=2)
    assert bar.get_ylabel() == "off" and bar.get_ylim() == (0, 0.02)
    assert {label.get_fontsize() for label in bar.get_yticklabels()} == {8}
    assert bar.get_window_extent().height < axes.get_window_extent().height
    ticks = bar.get_yticks()
    assert (np.diff(ticks) > 0).all() and (ticks[0], ticks[-1]) == (0, 0.02)
    error_key(axes, 1e-12)
    for wrong in (0, 0.9e-12, 1.1e12):
        with pytest.raises(ValueError, match="largest"):
            error_key(axes, wrong)
    with pytest.raises(TypeError, match="label must be a str"):
        error_key(axes, 1, label=3)


def test_wrong_arguments():
    with pytest.raises(ValueError, match="owners"):
        facets(VERTICES, FACES, [0, 1])
    with pytest.raises(ValueError, match="numbers of faces is above 2"):
        facets(np.eye(3), [[0, 1, 3]], [0])
    with pytest.raises(ValueError, match="largest"):
        error_colours([0.1], largest=0)
    with pytest.raises(ValueError, match="errors"):
        error_colours([-0.1], largest=1)
