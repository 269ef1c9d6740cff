"""Figures, their axes, and the colours of all pictures."""

from __future__ import annotations

import os

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from minicv.files import replace_file

BLUE = "#0072B2"
VERMILION = "#D55E00"
GREY = "#7F7F7F"
WOOD = (0.90, 0.62, 0.35)


def panels(*kinds: str, height: float = 4.5) -> tuple[Figure, list[Axes]]:
    """A figure with axes in a row.

    Parameters
    ----------
    kinds : str
        "2d" or "3d", one for each of the axes, from left to right.
    height : float
        Of the figure, in inches; all axes are about as wide as they are high.

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
    if not kinds or not set(kinds) <= {"2d", "3d"}:
        raise ValueError(f"each kind must be '2d' or '3d', and one is needed, got {kinds}")
    figure = Figure(figsize=(len(kinds) * height * 1.1, height), layout="constrained")
    axes = []
    for column, kind in enumerate(kinds, start=1):
        projection = "3d" if kind == "3d" else "rectilinear"
        axes.append(figure.add_subplot(1, len(kinds), column, projection=projection))
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
    """
    with replace_file(path) as file:
        figure.savefig(file, format="png", dpi=dpi)
