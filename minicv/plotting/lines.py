"""Lines and regions of the plane with what one writes beside them by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from minicv import checks
from minicv.plotting.figures import BLUE, GUIDE, LINES, corners, explain, flat, named, reals, texts
from minicv.plotting.regions import curve_list, draw_curves, draw_regions

INSIDE = "#FBE3D0"  # vermilion, very pale


def draw_half_plane(axes: Axes, window: tuple, segment: np.ndarray, normal: np.ndarray,
                    inside: Sequence[np.ndarray], points: Mapping[str, tuple[float, float]]
                    ) -> None:
    """A line, the side where f > 0, its normal, and some points on it with their names.

    Parameters
    ----------
    axes : Axes
    window : (xmin, ymin, xmax, ymax)
    segment : (2, 2) array
        The ends of the line in the window.
    normal : (2,) array
        Of length 1, towards f > 0.
    inside : sequence of (K, 2) arrays
        Polygons that cover the part of the window where f > 0.
    points : mapping from names to (x, y)

    Examples
    --------
    >>> from minicv.plotting import panels
    >>> figure, (axes,) = panels("2d")
    >>> draw_half_plane(axes, (-1, -1, 1, 1), np.array([[0, -1], [0, 1]]), np.array([1, 0]), [],
    ...                 {"origin": (0, 0)})
    >>> [text.get_text() for text in axes.texts]
    ['origin', '', 'W', 'f > 0', 'f < 0']
    """
    axes, places = flat(axes), named(points, "points", (2,), most=None)
    left, lower, right, upper = corners(window, "window")
    segment = reals(segment, "segment", (2, 2))
    normal = checks.numbers(normal, "normal", (2,), within=1.001)
    inside = curve_list(inside, "inside")
    whole = np.array([[left, lower], [right, lower], [right, upper], [left, upper]])
    draw_regions(axes, [whole, *inside], ["white"] + [INSIDE] * len(inside))
    draw_curves(axes, [segment])
    axes.axhline(0, **GUIDE)
    axes.axvline(0, **GUIDE)
    falls = np.prod(segment[1] - segment[0]) < 0
    for name, (x, y) in places.items():  # on the side that the line turns away from
        axes.plot(x, y, "o", color="black", zorder=3)
        axes.annotate(name, (x, y), xytext=(6, 7 if falls else -15), textcoords="offset points")
    foot = segment.T @ [0.8, 0.2]
    axes.annotate("", foot + 0.22 * normal, foot,
                  arrowprops=dict(arrowstyle="-|>", color=BLUE, linewidth=1.8))
    axes.annotate("W", foot + 0.29 * normal, ha="center", va="center", color=BLUE)
    middle = segment.mean(axis=0)
    for side, text in ((0.6, "f > 0"), (-0.6, "f < 0")):
        axes.annotate(text, middle + side * normal, ha="center", va="center")


def name_regions(axes: Axes, polygons: Sequence[np.ndarray], names: Sequence[str],
                 curves: Sequence[np.ndarray] = ()) -> None:
    """Write a name into each polygon, where it has room.

    Parameters
    ----------
    axes : Axes
    polygons : sequence of (K, 2) arrays
        Convex.
    names : sequence of str
    curves : sequence of (K, 2) arrays
        Which the names keep away from, too.

    Examples
    --------
    >>> from minicv.plotting import panels
    >>> figure, (axes,) = panels("2d")
    >>> name_regions(axes, [np.array([[0, 0], [1, 0], [0, 1]])], ["a triangle"])
    >>> axes.texts[0].get_text()
    'a triangle'
    """
    rng = np.random.default_rng(0)
    axes, polygons = flat(axes), curve_list(polygons, "polygons")
    names, curves = texts(names, "names", len(polygons), "polygons"), curve_list(curves, "curves")
    stretched = np.array([0.3, 1])  # text is three times as wide as high
    for polygon, name in zip(polygons, names):
        points = rng.dirichlet(np.ones(len(polygon)), 500) @ polygon
        lines = [polygon[[*range(len(polygon)), 0]], *curves]
        near = np.concatenate([_on(line) for line in lines])
        room = np.linalg.norm((points[:, None] - near) * stretched, axis=2).min(axis=1)
        axes.annotate(name, points[room.argmax()], ha="center", va="center", fontsize=9)


def _on(line: np.ndarray) -> np.ndarray:
    """Points along a polyline, 100 on each side."""
    share = np.linspace(0, 1, 100)[:, None, None]
    return (line[:-1] + share * np.diff(line, axis=0)).reshape(-1, 2)


def draw_slopes(axes: Axes, sizes: np.ndarray, errors: dict[str, np.ndarray],
                powers: dict[str, int]) -> dict[str, float]:
    """Errors over sizes, both logarithmic, beside the powers that one expects.

    Parameters
    ----------
    axes : Axes
    sizes : (N,) array
        Above 0.
    errors : dict from names to (N,) arrays
        What is 0 has no place on a logarithmic scale and is left out.
    powers : dict from some of these names to int
        The expected power of the size, where there is one: a dashed line and the slope show it.

    Returns
    -------
    dict from names to float
        The slope that each has on these scales; NaN with fewer than two sizes where it is above 0.

    Examples
    --------
    >>> from minicv.plotting import panels
    >>> figure, (axes,) = panels("2d")
    >>> size = np.array([1, 0.5, 0.25])
    >>> {name: round(slope, 3) for name, slope in
    ...  draw_slopes(axes, size, {"mean": 3 * size**2}, {"mean": 2}).items()}
    {'mean': 2.0}
    """
    axes, sizes = flat(axes), reals(sizes, "sizes", ("N",), least=1e-12)
    checked = named(errors, "errors", sizes.shape, least=0)
    for name, power in checks.instance(powers, "powers", dict).items():
        checks.choice(name, "each name of powers", errors)
        power = checks.whole(power, f"powers[{name!r}]", least=-10, most=10)
    slopes = {}
    for (name, error), (_, colour), marker in zip(checked.items(), LINES, "os^d"):
        shown = error > 0
        slopes[name] = (float(np.polyfit(np.log(sizes[shown]), np.log(error[shown]), 1)[0])
                        if len(np.unique(sizes[shown])) > 1 else np.nan)
        axes.loglog(sizes[shown], error[shown], marker, color=colour,
                    label=f"{name}: slope {slopes[name]:.2f}" if name in powers else name)
        if name in powers and shown.any():
            power = powers[name]
            factor = np.exp(np.mean(np.log(error[shown] / sizes[shown]**power)))
            axes.loglog(sizes, factor * sizes**power, "--", color=colour, linewidth=1,
                        label=f"proportional to h^{power}")
    axes.set_xticks(sizes, [f"{size:.2g}" for size in sizes])
    axes.minorticks_off()
    explain(axes)
    return slopes
