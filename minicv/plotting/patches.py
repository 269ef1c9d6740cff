"""Patches of pictures, what their descriptors see in them, and a detector's finds and mistakes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from minicv import checks
from minicv.plotting.figures import (
    BLUE,
    SMALL,
    VERMILION,
    box_array,
    corners,
    flat,
    looks,
    outline,
    picture,
    reals,
    texts,
)

GAP = 6  # pixels between patches
RIGHT = "true positive"  # as in minicv.detection_metrics.matching


def draw_patches(axes: Axes, rows: ArrayLike, descriptors: ArrayLike,
                 names: Sequence[str]) -> None:
    """Rows of patches, each with the picture of its descriptor at its right side.

    Parameters
    ----------
    axes : Axes
    rows : sequence of arrays
        For each row a stack (N, H, W, 3) uint8; all of the same shape.
    descriptors : sequence of arrays
        For each row a stack (N, H, W), as `hog` with `visualize` returns them. Each is drawn from
        black to its own brightest pixel.
    names : sequence of str
        Of the rows.

    Raises
    ------
    ValueError
        Not one name and one stack of descriptors for each row.

    Examples
    --------
    >>> from minicv.plotting import panels
    >>> _, (axes,) = panels("2d")
    >>> draw_patches(axes, [np.zeros((2, 8, 4, 3), np.uint8)], [np.ones((2, 8, 4))], ["person"])
    >>> axes.images[0].get_array().shape
    (8, 34, 3)
    """
    axes = flat(axes)
    rows = checks.numbers(rows, "rows", ("R", "N", "H", "W", 3), kinds="iu", least=0, within=255,
                          empty=False)
    descriptors = reals(descriptors, "descriptors", rows.shape[:4], least=0)
    names = texts(names, "names", len(rows), "rows of patches")
    n, height, width = rows.shape[1:4]
    mosaic = np.full((len(rows) * (height + GAP) - GAP, n * 2 * (width + GAP) - GAP, 3), 255,
                     np.uint8)
    for row, (patches, pictures) in enumerate(zip(rows, descriptors)):
        upper = row * (height + GAP)
        for column, (patch, descriptor) in enumerate(zip(patches, pictures)):
            left = 2 * column * (width + GAP)
            mosaic[upper:upper + height, left:left + width] = patch
            grey = 255 * (descriptor / max(descriptor.max(), 1e-12))
            left += width + 1
            mosaic[upper:upper + height, left:left + width] = grey[..., None].astype(np.uint8)
    axes.imshow(mosaic)
    middle = np.arange(len(rows)) * (height + GAP) + height / 2
    axes.set_yticks(middle, labels=names)
    axes.set_xticks([])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def draw_outcomes(axes: Axes, image: np.ndarray, boxes: np.ndarray, outcomes: Sequence[str],
                  missed: np.ndarray, labels: Sequence[str] = ()) -> None:
    """A picture with what was found in it, right and wrong, and what was missed.

    Parameters
    ----------
    axes : Axes
    image : (H, W, 3) uint8 array
    boxes : (N, 4) array
        Detections. Right ones have a solid blue line, wrong ones a dashed vermilion one.
    outcomes : sequence of str
        For each detection one of the words of `minicv.detection_metrics.matching`.
    missed : (M, 4) array
        True boxes that nobody found; their line is dotted and white on black.
    labels : sequence of str
        For each detection what stands above it, or none.

    Raises
    ------
    ValueError
        Not one outcome for each box, or labels for some of the boxes only.

    Examples
    --------
    >>> from minicv.plotting import panels
    >>> _, (axes,) = panels("2d")
    >>> draw_outcomes(axes, np.zeros((30, 40, 3), np.uint8), [[1, 2, 9, 20]], ["true positive"],
    ...               [[20, 2, 29, 22]], ["0.9"])
    >>> len(axes.patches)  # the box that was missed has two lines
    3
    """
    axes, image = flat(axes), picture(image, "image")
    boxes, missed = box_array(boxes, "boxes"), box_array(missed, "missed")
    outcomes = texts(outcomes, "outcomes", len(boxes), "boxes")
    labels = texts(labels, "labels", len(boxes), "boxes", or_none=True)
    axes.imshow(image)
    for box in missed:
        outline(axes, box, edgecolor="black", linewidth=3)
        outline(axes, box, edgecolor="white", linestyle=":", linewidth=2)
    looks_of = [("-", BLUE) if outcome == RIGHT else ("--", VERMILION) for outcome in outcomes]
    for box, (dashes, colour) in zip(boxes, looks_of):
        outline(axes, box, edgecolor=colour, linestyle=dashes, linewidth=2)
    places = _apart(boxes, *image.shape[:2])
    for place, box, (_, colour), label in zip(places, boxes, looks_of, labels):
        axes.annotate(label, place, xytext=(1, 1), textcoords="offset points",
                      va="bottom" if box[1] > 14 else "top", fontsize=7, color="white",
                      bbox={"facecolor": colour, "edgecolor": "none", "pad": 1})
    axes.set_axis_off()


def _apart(boxes: np.ndarray, height: int, width: int) -> list[tuple[float, float]]:
    """Where labels stand: at the upper left corners, one above the other where these are close."""
    places: list[tuple[float, float]] = []
    for left, upper in np.maximum(boxes[:, :2], 0).tolist():
        while any(abs(left - x) < 0.08 * width and abs(upper - y) < 0.05 * height
                  for x, y in places) and upper > 0:
            upper = max(upper - 0.05 * height, 0.0)
        places.append((left, upper))
    return places


def draw_surroundings(axes: Axes, image: np.ndarray, box: np.ndarray, margin: float = 0.35
                      ) -> None:
    """Show a box of a picture with what is around it, in a square that fits in the picture.

    It sets the limits of axes in which the picture is drawn already, by `draw_outcomes`.

    Parameters
    ----------
    axes : Axes
        Flat axes with a picture.
    image : (H, W, 3) array
        That picture.
    box : (4,) array
    margin : float
        Above and below the box, as a share of its height.

    Examples
    --------
    >>> from minicv.plotting import panels
    >>> _, (axes,) = panels("2d")
    >>> draw_surroundings(axes, np.zeros((60, 80, 3), np.uint8), [30, 10, 40, 40], margin=0.5)
    >>> tuple(map(float, axes.get_xlim())), tuple(map(float, axes.get_ylim()))
    ((5.0, 65.0), (60.0, 0.0))
    """
    axes, image = flat(axes), picture(image, "image")
    left, upper, right, lower = corners(box, "box")
    margin = checks.number(margin, "margin", least=0, most=1e6)
    half = (0.5 + margin) * max(lower - upper, right - left)
    middle = (left + right) / 2, (upper + lower) / 2
    # Towards the border the square moves inwards; one larger than the picture shows its middle.
    x, y = (min(max(place, half), max(side - half, side / 2))
            for place, side in zip(middle, image.shape[1::-1]))
    axes.set(xlim=(x - half, x + half), ylim=(y + half, y - half))


def draw_steps(axes: Axes, names: Sequence[str], values: ArrayLike, *, colour: str = BLUE,
               intervals: ArrayLike | None = None, form: str = ".3f") -> None:
    """Horizontal bars from top to bottom, each with its name and value.

    Parameters
    ----------
    axes : Axes
    names, values, colour
        Of the bars.
    intervals : (N, 2) array, optional
        For each bar the ends of an interval, drawn as a line.
    form : str
        How a value is written, as in ``format(value, form)``.

    Examples
    --------
    >>> from minicv.plotting import panels
    >>> _, (axes,) = panels("2d")
    >>> draw_steps(axes, ["plain", "better"], [0.5, 0.75], intervals=[[0.4, 0.6], [0.7, 0.8]])
    >>> [text.get_text() for text in axes.texts]
    ['0.500', '0.750']
    """
    axes, values = flat(axes), reals(values, "values", ("N",))
    names = texts(names, "names", len(values), "values")
    looks(colour=colour)
    try:
        format(0.5, checks.instance(form, "form", str))
    except ValueError as error:
        raise ValueError(f"form must be a format of a number, as '.3f', got {form!r}") from error
    places, ends = np.arange(len(values)), values
    if intervals is not None:
        intervals = reals(intervals, "intervals", (len(values), 2))
        axes.hlines(places, *intervals.T, color="black", linewidth=1.2)
        ends = np.maximum(values, intervals[:, 1])
    axes.barh(places, values, color=colour, height=0.7)
    for place, end, value in zip(places, ends, values):
        axes.annotate(format(value, form), (max(end, 0), place), xytext=(4, 0), va="center",
                      textcoords="offset points", fontsize=SMALL)
    axes.set_yticks(places, labels=names)
    axes.invert_yaxis()
    axes.spines[["top", "right"]].set_visible(False)
