"""Colours that tell something of a surface: its flat faces, or how wrong it is.

`facets` and `error_colours` give what `mesh_viewer` and `draw_mesh` take.
"""

from __future__ import annotations

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, PowerNorm, to_rgb
from mpl_toolkits.mplot3d.axes3d import Axes3D

from minicv import checks
from minicv.plotting.figures import BLUE, FAR, GREY, SMALL, VERMILION, WOOD, flat, reals

PALE = "#EDE8DE"
ERRORS = LinearSegmentedColormap.from_list("errors", [PALE, VERMILION])


def facets(vertices: np.ndarray, faces: np.ndarray, owners: np.ndarray, *,
           rng: np.random.Generator | int | None = 0
           ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A mesh in which each flat face has a colour of its own, by chance.

    Parameters
    ----------
    vertices, faces : (V, 3) and (F, 3) arrays
    owners : (F,) array of int
        Which of the flat faces each triangle is a part of.
    rng : numpy.random.Generator or int, optional
        For the colours.

    Returns
    -------
    vertices, faces, colours : (3 F, 3), (F, 3) and (3 F, 3) uint8 arrays
        No two triangles share a vertex, for it would have the colour of one of them.

    Examples
    --------
    >>> _, faces, colours = facets(np.eye(3), [[0, 1, 2], [0, 2, 1]], [0, 0])
    >>> faces.tolist(), len(np.unique(colours, axis=0))
    ([[0, 1, 2], [3, 4, 5]], 1)
    """
    vertices = reals(vertices, "vertices", ("V", 3))
    faces = checks.numbers(faces, "faces", ("F", 3), kinds="iu", least=0, within=len(vertices) - 1)
    owners = checks.numbers(owners, "owners", (len(faces),), kinds="iu", least=0)
    rng = checks.generator(rng)
    which, owners = np.unique(owners, return_inverse=True)
    hues = np.array([to_rgb(colour) for colour in (WOOD, VERMILION, BLUE, GREY)])
    pale, paint = to_rgb(PALE), hues[rng.integers(len(hues), size=len(which))]
    paint = pale + rng.uniform(0.3, 0.9, (len(which), 1)) * (paint - pale)
    colours = np.repeat(paint[owners], 3, axis=0)
    return (vertices[faces].reshape(-1, 3), np.arange(faces.size).reshape(-1, 3),
            np.round(255 * colours).astype(np.uint8))


def error_colours(errors: np.ndarray, largest: float) -> np.ndarray:
    """From pale (no error) to vermilion (the largest, and beyond): (N, 3) uint8.

    The square root of the error counts, so that small ones are seen beside large ones.

    >>> error_colours([0, 1, 5], largest=1).tolist()
    [[237, 232, 222], [213, 94, 0], [213, 94, 0]]
    """
    errors = checks.numbers(errors, "errors", ("N",), dtype=float, least=0)
    share = np.sqrt(errors / checks.number(largest, "largest", above=0))
    return ERRORS(share, bytes=True)[:, :3]  # beyond 1 the colour stays


def error_key(axes: Axes3D, largest: float, label: str = "error") -> None:
    """What the colours of `error_colours` stand for, as a bar beside the picture.

    Parameters
    ----------
    axes : Axes3D
    largest : float
        That of `error_colours`.
    label : str
        What is measured, and in which unit.

    Examples
    --------
    >>> from minicv.plotting import panels
    >>> figure, (axes,) = panels("3d")
    >>> error_key(axes, 0.01, "distance")
    >>> figure.axes[1].get_ylabel()
    'distance'
    """
    axes, largest = flat(axes, "3d"), checks.number(largest, "largest", least=1 / FAR, most=FAR)
    checks.instance(label, "label", str)
    bar = axes.figure.colorbar(ScalarMappable(PowerNorm(0.5, 0, largest), ERRORS), ax=axes,
                               shrink=0.6, pad=0.12, extend="max",
                               ticks=largest * np.array([0, 0.1, 0.3, 0.6, 1]), format="%.2g")
    bar.set_label(label, fontsize=SMALL)
    bar.ax.tick_params(labelsize=SMALL)
