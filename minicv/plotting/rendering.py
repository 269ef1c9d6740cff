"""Pictures for exercise 1.2: f along a ray, rendered views side by side, depths and normals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from minicv import checks
from minicv.plotting.figures import (
    BLUE,
    FAR,
    GUIDE,
    LINES,
    SMALL,
    VERMILION,
    explain,
    flat,
    named,
    picture,
    reals,
    texts,
)


def draw_ray(axes: Axes, distances: np.ndarray, values: np.ndarray, level: float, *,
             samples: np.ndarray, label: str = "f along the ray") -> None:
    """The graph of f along a ray, shaded where it is inside, with the samples that were taken.

    Parameters
    ----------
    axes : Axes
    distances, values : (N,) arrays
        Two or more, growing, and close enough for a smooth curve.
    level : float
        The value on the surface.
    samples : (M,) array
        Distances at which f was evaluated.
    label : str
        Of the curve, for the legend.

    Examples
    --------
    >>> from minicv.plotting import panels
    >>> _, (axes,) = panels("2d")
    >>> draw_ray(axes, [0, 1, 2], [-1, 1, 3], 0.5, samples=[0.5])
    >>> [line.get_label() for line in axes.lines][::2]
    ['f along the ray', 'samples']
    """
    axes = flat(axes)
    distances = checks.ascending(distances, "distances", strictly=True, within=FAR, dtype=float)
    if len(distances) < 2:
        raise ValueError(f"distances must be two or more, got {len(distances)}")
    values = reals(values, "values", distances.shape)
    level = checks.number(level, "level", least=-FAR, most=FAR)
    samples = reals(samples, "samples", ("M",))
    checks.instance(label, "label", str)
    axes.fill_between(distances, level, values, where=values > level, color=VERMILION, alpha=0.25,
                      linewidth=0, label="inside: f above the level")
    axes.plot(distances, values, color=BLUE, label=label)
    axes.axhline(level, **GUIDE, linestyle="--")
    axes.plot(samples, np.interp(samples, distances, values), "o", color="black", markersize=4,
              label="samples")
    axes.set(xlabel="distance d along the ray", xlim=(distances[0], distances[-1]))
    axes.grid(True, alpha=0.3)


def picture_table(rows: dict[str, Sequence[np.ndarray]], titles: Sequence[str] = (), *,
                  heading: str = "", size: float = 1.5) -> Figure:
    """Pictures in rows, with a name at the left of each row and a title above each column.

    Parameters
    ----------
    rows : dict of sequences
        Names, and for each as many pictures (H, W, 3) from 0 to 1 (or (H, W) bool) as for the
        others; None leaves a place empty.
    titles : sequence of str
        Of the columns, one for each or none.
    heading : str
        Above all of them: what to see.
    size : float
        Of each picture, in inches.

    Raises
    ------
    ValueError
        No rows, rows of different lengths, another number of titles.

    Examples
    --------
    >>> figure = picture_table({"white": [np.ones((2, 2, 3))] * 3})
    >>> len(figure.axes)
    3
    """
    size = checks.number(size, "size", least=0.1, most=100)
    checks.instance(heading, "heading", str)
    texts(checks.instance(rows, "rows", dict), "names")
    table = [[None if one is None else picture(one, f"each picture of {name!r}")
              for one in checks.several(pictures, f"rows[{name!r}]")]
             for name, pictures in rows.items()]
    titles, lengths = texts(titles, "titles"), {len(pictures) for pictures in table}
    if len(lengths) != 1 or 0 in lengths or len(titles) not in (0, *lengths):
        raise ValueError(f"all rows need equally many pictures, and as many titles or none; got "
                         f"rows of {sorted(lengths)} and {len(titles)} titles")
    columns = lengths.pop()
    height = size * len(rows) + 0.25 * bool(titles) + 0.35 * bool(heading)
    figure = Figure(figsize=(size * columns + 0.4, height), layout="constrained")
    grid = figure.subplots(len(rows), columns, squeeze=False)
    for line, name, pictures in zip(grid, rows, table):
        for axes, shown in zip(line, pictures):
            axes.set(xticks=[], yticks=[], frame_on=shown is not None)
            axes.spines[:].set_color("#CCCCCC")
            if shown is not None:
                axes.imshow(shown, vmin=0, vmax=1, cmap="gray", interpolation="nearest")
        line[0].set_ylabel(name, fontsize=9)
    for axes, title in zip(grid[0], titles):
        axes.set_title(title, fontsize=9)
    if heading:
        figure.suptitle(heading, fontsize=11)
    return figure


def depth_picture(distances: np.ndarray, nearest: float, farthest: float) -> np.ndarray:
    """Distances as colours: from yellow, near, to dark blue, far.

    Parameters
    ----------
    distances : (H, W) array
        inf where there is nothing, which becomes white.
    nearest, farthest : float
        What is yellow and what is dark blue.

    Returns
    -------
    (H, W, 3) array
        From 0 to 1.

    Examples
    --------
    >>> depth_picture(np.array([[1.0, np.inf]]), 0, 1).round(2).tolist()
    [[[0.27, 0.0, 0.33], [1.0, 1.0, 1.0]]]
    """
    distances = checks.numbers(distances, "distances (inf where there is nothing)", ("H", "W"),
                               finite=False, nan=False, dtype=float)
    nearest = checks.number(nearest, "nearest", least=-FAR, most=FAR)
    farthest = checks.number(farthest, "farthest", above=nearest, most=FAR)
    nearness = (farthest - np.clip(distances, nearest, farthest)) / (farthest - nearest)
    colours = colormaps["viridis"](nearness)[..., :3]
    return np.where(distances[..., None] < np.inf, colours, 1.0)


def normal_picture(normals: np.ndarray) -> np.ndarray:
    """Unit normals (H, W, 3) as colours: red is x, green y, blue z, from -1 to 1; none is white.

    Examples
    --------
    >>> normal_picture(np.array([[[0, 0, 1.0], [0, 0, 0]]])).tolist()
    [[[0.5, 0.5, 1.0], [1.0, 1.0, 1.0]]]
    """
    normals = checks.numbers(normals, "normals", ("H", "W", 3), within=1.001)
    there = normals.any(axis=-1, keepdims=True)
    return np.where(there, np.clip(0.5 + 0.5 * normals, 0, 1), 1.0)


def draw_missed(axes: Axes, steps: ArrayLike, missed: ArrayLike) -> None:
    """How many first hits ray marching misses, over its number of steps, as bars.

    Parameters
    ----------
    axes : Axes
    steps : sequence of int
        Along each ray.
    missed : sequence of float
        For each of them, how many rays.

    Examples
    --------
    >>> from minicv.plotting import panels
    >>> _, (axes,) = panels("2d")
    >>> draw_missed(axes, [16, 32], [9, 4])
    >>> [text.get_text() for text in axes.texts]
    ['9', '4']
    """
    axes, steps = flat(axes), checks.numbers(steps, "steps", ("N",), kinds="iu")
    missed = reals(missed, "missed", steps.shape, least=0)
    places = np.arange(len(steps))
    bars = axes.bar(places, missed, width=0.6, color=BLUE)
    axes.bar_label(bars, fmt="%g", padding=2)
    axes.set_xticks(places, [str(n) for n in steps])
    axes.set(xlabel="steps along each ray", ylabel="rays whose first hit is missed")
    axes.margins(y=0.12)


def draw_errors(axes: Axes, curves: dict[str, Sequence[float]], *,
                ylabel: str = "error of the distance") -> None:
    """Errors after 0, 1, 2, ... steps, on a logarithmic scale.

    The scale has no 0: an error of 0 is no point of the curve, but a mark at the lower border.

    Parameters
    ----------
    axes : Axes
    curves : dict of sequences
        For the name of each curve (at most four), its errors.
    ylabel : str
        What the errors are of.

    Examples
    --------
    >>> from minicv.plotting import panels
    >>> _, (axes,) = panels("2d")
    >>> draw_errors(axes, {"secant": [1, 0.1, 1e-4, 0]})
    >>> axes.lines[0].get_xydata().tolist()
    [[0.0, 1.0], [1.0, 0.1], [2.0, 0.0001]]
    """
    axes, ylabel = flat(axes), checks.instance(ylabel, "ylabel", str)
    checked = named(curves, "curves", ("N",), least=0)
    for (name, values), (dashes, colour), marker in zip(checked.items(), LINES, "os^d"):
        steps = np.flatnonzero(values > 0)
        axes.plot(steps, values[steps], marker + dashes, color=colour, markersize=4, label=name)
        for step in np.flatnonzero(values == 0):
            axes.annotate("0", (step, 0.02), xycoords=axes.get_xaxis_transform(), ha="center",
                          color=colour, fontsize=SMALL)
    axes.set(xlabel="steps", ylabel=ylabel, yscale="log")
    low, high = axes.get_ylim()
    zeros = any((values == 0).any() for values in checked.values())
    low = low / 30 if zeros else low  # room for the zeros, and for the legend above
    axes.set_ylim(low, high * (high / low) ** 0.45)
    explain(axes, fontsize=9, loc="upper right")
