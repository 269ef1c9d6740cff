"""Patches of pictures, what their descriptors see in them, and a detector's finds and mistakes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from minicv.plotting.figures import BLUE, VERMILION

GAP = 6  # pixels between patches
RIGHT = "true positive"  # as in minicv.detection_metrics.matching


def draw_patches(axes: Axes, rows: Sequence[np.ndarray], descriptors: Sequence[np.ndarray],
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
    """
    if not len(rows) == len(descriptors) == len(names):
        raise ValueError(f"there are {len(rows)} rows of patches, {len(descriptors)} of "
                         f"descriptors and {len(names)} names")
    n, height, width = np.shape(rows[0])[:3]
    mosaic = np.full((len(rows) * (height + GAP) - GAP, n * 2 * (width + GAP) - GAP, 3), 255,
                     np.uint8)
    for row, (patches, pictures) in enumerate(zip(rows, descriptors)):
        upper = row * (height + GAP)
        for column, (patch, picture) in enumerate(zip(patches, pictures)):
            left = 2 * column * (width + GAP)
            mosaic[upper:upper + height, left:left + width] = patch
            grey = 255 * picture / max(picture.max(), 1e-12)
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
    """
    boxes, missed = np.reshape(boxes, (-1, 4)), np.reshape(missed, (-1, 4))
    if len(outcomes) != len(boxes) or len(labels) not in (0, len(boxes)):
        raise ValueError(f"there are {len(outcomes)} outcomes and {len(labels)} labels for "
                         f"{len(boxes)} boxes")
    axes.imshow(image)
    for box in missed:
        _outline(axes, box, "black", "-", 3)
        _outline(axes, box, "white", ":", 2)
    for box, outcome in zip(boxes, outcomes):
        right = outcome == RIGHT
        _outline(axes, box, BLUE if right else VERMILION, "-" if right else "--", 2)
    for box, outcome, label in zip(boxes, outcomes, labels):
        axes.annotate(label, (box[0], max(box[1], 0)), xytext=(1, 1), textcoords="offset points",
                      va="bottom" if box[1] > 14 else "top", fontsize=7, color="white",
                      bbox={"facecolor": BLUE if outcome == RIGHT else VERMILION,
                            "edgecolor": "none", "pad": 1})
    axes.set_axis_off()


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
    """
    left, upper, right, lower = box
    half = (0.5 + margin) * max(lower - upper, right - left)
    middle = (left + right) / 2, (upper + lower) / 2
    # Towards the border the square moves inwards; one larger than the picture shows its middle.
    x, y = (min(max(place, min(half, side / 2)), max(side - half, side / 2))
            for place, side in zip(middle, image.shape[1::-1]))
    axes.set(xlim=(x - half, x + half), ylim=(y + half, y - half))


def draw_steps(axes: Axes, names: Sequence[str], values: Sequence[float], *,
               colour: str = BLUE, low: Sequence[float] | None = None,
               high: Sequence[float] | None = None, form: str = ".3f") -> None:
    """Horizontal bars from top to bottom, each with its name and value.

    Parameters
    ----------
    axes : Axes
    names, values, colour
        Of the bars.
    low, high : sequences of float, optional
        For each bar the ends of an interval, drawn as a line; None for none.
    form : str
        How a value is written, as in ``format(value, form)``.
    """
    places = np.arange(len(values))
    axes.barh(places, values, color=colour, height=0.7)
    if low is not None and high is not None:
        axes.hlines(places, low, high, color="black", linewidth=1.2)
    ends = values if high is None else np.maximum(values, high)
    for place, end, value in zip(places, ends, values):
        axes.annotate(format(value, form), (max(end, 0), place), xytext=(4, 0), va="center",
                      textcoords="offset points", fontsize=8)
    axes.set_yticks(places, labels=names)
    axes.invert_yaxis()
    axes.spines[["top", "right"]].set_visible(False)


def _outline(axes: Axes, box: np.ndarray, colour: str, linestyle: str, linewidth: float) -> None:
    left, upper, right, lower = box
    axes.add_patch(Rectangle((left, upper), right - left, lower - upper, facecolor="none",
                             edgecolor=colour, linestyle=linestyle, linewidth=linewidth))
