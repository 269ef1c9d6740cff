"""Figures, their axes, the colours of all pictures, and what pictures ask of their arguments."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import is_color_like
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from minicv import checks
from minicv.files import replace_file

BLUE = "#0072B2"
VERMILION = "#D55E00"
GREY = "#7F7F7F"
WOOD = (0.90, 0.62, 0.35)
LINES = [("-", BLUE), ("--", VERMILION), (":", "black"), ("-.", GREY)]  # also told apart in grey
GUIDE: dict[str, Any] = {"color": GREY, "linewidth": 0.8}  # of lines that lead the eye
SMALL = 8  # points, of words beside which there are larger ones
KINDS = {"2d": "rectilinear", "3d": "3d"}  # of axes, and what Matplotlib calls them
FAR = 1e12  # matplotlib loses numbers that are further from 0
MARKERS = [marker for marker in Line2D.markers if isinstance(marker, str)]


def panels(*kinds: str, height: float = 4.5) -> tuple[Figure, list[Axes]]:
    """A figure with axes side by side, at most three in a row.

    Parameters
    ----------
    kinds : str
        "2d" or "3d", one for each of the axes, row by row.
    height : float
        Of a row, in inches; all axes are about as wide as they are high.

    Raises
    ------
    ValueError
        A kind is neither "2d" nor "3d", or none is given.

    Examples
    --------
    >>> figure, (left, right) = panels("3d", "2d")
    >>> left.name, right.name
    ('3d', 'rectilinear')
    """
    checks.whole(len(kinds), "the number of kinds, each '2d' or '3d',", least=1)
    for kind in kinds:
        checks.choice(kind, "each kind", KINDS)
    height = checks.number(height, "height", least=0.1, most=100)
    rows = math.ceil(len(kinds) / 3)
    columns = math.ceil(len(kinds) / rows)
    figure = Figure(figsize=(columns * height * 1.1, rows * height), layout="constrained")
    axes = []
    for number, kind in enumerate(kinds, start=1):
        axes.append(figure.add_subplot(rows, columns, number, projection=KINDS[kind]))
    return figure, axes


def save(figure: Figure, path: str | os.PathLike, dpi: int = 110) -> None:
    """Write a figure as a PNG file, whole or not at all.

    Parameters
    ----------
    figure : Figure
    path : path
        The file to create or replace.
    dpi : int
        Pixels per inch.

    Raises
    ------
    OSError
        The folder is missing, not writable or full.

    Examples
    --------
    >>> import tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "empty.png")
    >>> save(panels("2d", height=1)[0], path, dpi=20)
    >>> os.path.exists(path)
    True
    """
    checks.instance(figure, "figure", Figure)
    path, dpi = checks.path(path), checks.whole(dpi, "dpi", least=10, most=1000)
    with replace_file(path) as file:
        figure.savefig(file, format="png", dpi=dpi)


def flat(axes: object, kind: str = "2d") -> Axes:
    """Axes of the kind that a picture is drawn in, or a TypeError that says where to get some."""
    if not isinstance(axes, Axes) or axes.name != KINDS[kind]:
        raise TypeError(f"axes must be {kind} axes, see panels({kind!r}); got {checks.brief(axes)}")
    return axes


def looks(*, colour: str | Sequence[float] = BLUE, label: str | None = None, linestyle: str = "-",
          linewidth: float = 1.0, marker: str | None = None) -> None:
    """How something is drawn: an error unless matplotlib knows the colour and the kinds of line."""
    try:
        known = is_color_like(colour)
    except (TypeError, ValueError, OverflowError):  # what cannot even be looked up
        known = False
    if not known:
        raise ValueError("colour must be one that matplotlib knows, as 'black' or '#0072B2', got "
                         f"{checks.brief(colour)}")
    checks.instance("" if label is None else label, "label", str)
    checks.choice(linestyle, "linestyle", ("-", "--", "-.", ":", ""))
    checks.number(linewidth, "linewidth", least=0, most=100)
    if marker is not None:
        checks.choice(marker, "marker", MARKERS)


def reals(values: ArrayLike, name: str, *shapes: checks.Shape, within: float = FAR,
          least: float = -FAR, empty: bool = True) -> np.ndarray:
    """Real numbers as floats, none so far from 0 that matplotlib would lose it."""
    return checks.numbers(values, name, *shapes, within=within, least=least, empty=empty,
                          dtype=float)


def texts(values: Iterable[str], name: str, n: int | None = None, of: str = "",
          or_none: bool = False) -> list[str]:
    """Texts, as many as there are things to name (or none at all)."""
    values = checks.several(values, name, str)
    if n is not None and len(values) != n and (values or not or_none):
        raise ValueError(f"there are {len(values)} {name} for {n} {of}")
    return values


def named(things: Mapping[str, ArrayLike], name: str, shape: tuple, *, most: int | None = 4,
          within: float = FAR, least: float = -FAR) -> dict[str, np.ndarray]:
    """Numbers of one shape with their names, no more of them than can be told apart."""
    texts(checks.instance(things, name, Mapping), f"the names of {name}")
    if most is not None and not 0 < len(things) <= most:
        raise ValueError(f"need 1 to {most} {name}, which can be told apart, got {len(things)}")
    return {key: reals(values, f"{name}[{key!r}]", shape, within=within, least=least)
            for key, values in things.items()}


def corners(values: ArrayLike, name: str) -> np.ndarray:
    """Two corners (4,), the first of which is smaller in both coordinates."""
    found = reals(values, name, (4,))
    if not (found[:2] < found[2:]).all():
        raise ValueError(f"{name} must be the two corners (x, y, x, y) of a rectangle, the smaller "
                         f"numbers first and each side longer than 0, got {checks.brief(values)}")
    return found


def box_array(boxes: ArrayLike, name: str) -> np.ndarray:
    """Boxes (N, 4) as floats; an empty list is none."""
    return reals(boxes, name, ("N", 4), (0,)).reshape(-1, 4)


def picture(image: ArrayLike, name: str) -> np.ndarray:
    """A picture (H, W, 3), uint8 or floats from 0 to 1, or a mask (H, W) of booleans."""
    image = checks.as_array(image, name)
    if image.dtype in (bool, np.uint8):
        shape = ("H", "W") if image.dtype == bool else ("H", "W", 3)
        return checks.numbers(image, name, shape, empty=False)
    return checks.numbers(image, name, ("H", "W", 3), kinds="f", least=0, within=1, empty=False,
                          dtype=float)


def outline(axes: Axes, box: np.ndarray, **look: Any) -> None:
    """The four sides of a box, with nothing inside unless the look has a `facecolor`."""
    left, upper, right, lower = box
    axes.add_patch(Rectangle((left, upper), right - left, lower - upper,
                             **{"facecolor": "none", "linestyle": "-", **look}))


def explain(axes: Axes, grid: Literal["major", "both"] = "major", **where: Any) -> None:
    """A pale grid, and a legend without a frame."""
    axes.grid(True, which=grid, alpha=0.3)
    axes.legend(frameon=False, **where)
