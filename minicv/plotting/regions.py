"""Pictures of the plane: lines, linear regions, and the curves along which a function has a level.

The axes are x1 and x2, as in exercise 1.1; nothing here has a unit.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection

from minicv import checks
from minicv.plotting.figures import VERMILION, flat, looks, reals, texts


def draw_regions(axes: Axes, polygons: Sequence[np.ndarray],
                 colours: Sequence[str] | None = None) -> None:
    """Polygons that tile a window, pale, so that curves and names can be drawn over them.

    Parameters
    ----------
    axes : Axes
        Flat axes; their limits become those of the polygons, at one scale in x1 and x2.
    polygons : sequence of arrays
        Each (K, 2).
    colours : sequence of str, optional
        One for each polygon; by default shades of grey which differ between neighbours, more or
        less, so that the polygons can be seen but say nothing.

    Raises
    ------
    ValueError
        Neither one colour for each polygon nor none; no polygons.

    Examples
    --------
    >>> from minicv.plotting import panels
    >>> _, (axes,) = panels("2d")
    >>> draw_regions(axes, [np.array([[0, 0], [4, 0], [0, 3]])], ["#DDDDDD"])
    >>> tuple(map(float, axes.get_xlim()))
    (0.0, 4.0)
    """
    axes, polygons = flat(axes), curve_list(polygons, "polygons")
    if not polygons:
        raise ValueError("there are no polygons to draw")
    if colours is None:
        # Multiples of the golden ratio are spread evenly, and neighbours in the list far apart.
        colours = [str(shade) for shade in 0.84 + 0.14 * (0.618034 * np.arange(len(polygons)) % 1)]
    colours = texts(colours, "colours", len(polygons), "polygons")
    for colour in colours:
        looks(colour=colour)
    corners = np.concatenate(polygons)
    (xmin, ymin), (xmax, ymax) = corners.min(axis=0), corners.max(axis=0)
    if not (xmin < xmax and ymin < ymax):
        raise ValueError("polygons have no width or no height: all corners lie on one line")
    axes.add_collection(PolyCollection(polygons, facecolors=colours, edgecolors="white",
                                       linewidths=0.35, zorder=0))
    axes.set(xlim=(xmin, xmax), ylim=(ymin, ymax), xlabel="x1", ylabel="x2", aspect="equal")
    axes.locator_params(nbins=6)  # of more, "-1.00" and "-0.75" would touch


def draw_curves(axes: Axes, curves: Sequence[np.ndarray], *, colour: str = VERMILION,
                linestyle: str = "-", linewidth: float = 2.0, marker: str | None = None,
                label: str | None = None) -> None:
    """Polylines, as `decision_boundary` gives them, in one colour.

    Parameters
    ----------
    axes : Axes
    curves : sequence of arrays
        Each (K, 2); there may be none.
    colour, linestyle, linewidth, marker : as matplotlib's
        Of all of them.
    label : str, optional
        For the legend, in which it stands once; also where there is no curve.

    Examples
    --------
    >>> from minicv.plotting import panels
    >>> _, (axes,) = panels("2d")
    >>> draw_curves(axes, [np.array([[0, 0], [1, 2]])], marker="o", label="boundary")
    >>> axes.lines[0].get_xydata().tolist()
    [[0.0, 0.0], [1.0, 2.0]]
    """
    axes, curves = flat(axes), curve_list(curves, "curves")
    looks(colour=colour, linestyle=linestyle, linewidth=linewidth, marker=marker, label=label)
    for curve in curves or [np.zeros((0, 2))]:
        axes.plot(curve[:, 0], curve[:, 1], color=colour, linestyle=linestyle, linewidth=linewidth,
                  marker=marker, markersize=3, label=label)
        label = None


def curve_list(curves: Sequence[np.ndarray], name: str) -> list[np.ndarray]:
    """Curves or polygons as arrays (K, 2) of floats, each of one corner or more."""
    return [reals(curve, f"{name}[{i}]", ("K", 2), empty=False)
            for i, curve in enumerate(checks.several(curves, name))]
