"""Every picture minicv draws.

The functions named `draw_...` draw into axes that they are given, so that pictures can be put side
by side; `panels` makes a figure with such axes, and `save` writes it.  Nothing opens a window, and
nothing is kept in pyplot's global list of figures: a figure belongs to whoever asked for it.

Colours are Okabe and Ito's, which people with any of the common kinds of colour blindness can tell
apart: where the sheet says red and blue, we use vermilion and blue.

Axes x, y and z are in units of the cube that a shape was scaled to: its sides have length 1.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from mpl_toolkits.mplot3d.art3d import Poly3DCollection
from mpl_toolkits.mplot3d.axes3d import Axes3D

from minicv.files import replace_file

BLUE = "#0072B2"
VERMILION = "#D55E00"
GREY = "#7F7F7F"
WOOD = (0.90, 0.62, 0.35)

# --------------------------------------------------------------------------------------------
# Figures
# --------------------------------------------------------------------------------------------


def panels(*kinds: str, height: float = 4.5) -> tuple[Figure, list[Axes]]:
    """A figure with axes in a row.

    Parameters
    ----------
    kinds : "2d" or "3d", one for each of the axes, from left to right.
    height : of the figure, in inches; all axes are about as wide as they are high.

    Raises
    ------
    ValueError : a kind is neither "2d" nor "3d", or none is given.

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

    Raises
    ------
    OSError : the folder is missing, not writable or full.
    """
    with replace_file(path) as file:
        figure.savefig(file, format="png", dpi=dpi)


# --------------------------------------------------------------------------------------------
# Shapes in space
# --------------------------------------------------------------------------------------------


def draw_points(axes: Axes3D, points: np.ndarray, occupancies: np.ndarray, *,
                most: int = 3000, rng: np.random.Generator | int = 0) -> None:
    """Labelled points: inside the shape vermilion, in free space blue and faint.

    Parameters
    ----------
    axes : 3-D axes.
    points : (N, 3), z up.
    occupancies : (N,) bool.
    most : at most so many points of each kind are drawn, chosen at random; more would be a block
        of paint in which nothing can be seen.
    rng : a generator or a seed, for the choice.
    """
    rng = np.random.default_rng(rng)
    for label, chosen, colour, opacity in (("free space", ~occupancies, BLUE, 0.4),
                                           ("inside", occupancies, VERMILION, 1)):
        index = rng.permutation(np.flatnonzero(chosen))[:most]
        axes.scatter(*points[index].T, s=4, color=colour, alpha=opacity, linewidths=0, label=label,
                     depthshade=False)
    legend = axes.legend(loc="upper left", bbox_to_anchor=(-0.02, 1), frameon=False, markerscale=3)
    for handle in legend.legend_handles:
        handle.set_alpha(1)
    _frame(axes, points)


def draw_mesh(axes: Axes3D, vertices: np.ndarray, faces: np.ndarray, *,
              colour: Sequence[float] = WOOD, room: np.ndarray | None = None) -> None:
    """A mesh, shaded as if a lamp stood behind the viewer's left shoulder.

    The shade of a face is Lambert's law, ambient + (1 - ambient) max(0, n . l): the light that a
    matt surface sends back depends on the angle between its normal n and the direction l of the
    lamp, and not on where one looks from.

    Parameters
    ----------
    axes : 3-D axes.
    vertices : (V, 3), z up.
    faces : (F, 3) integers, counter-clockwise seen from outside.
    colour : red, green and blue, 0 to 1, in full light.
    room : (M, 3) points, by default the vertices, that the axes must have room for. Give the
        same ones to two pictures to see both at the same scale.
    """
    triangles = vertices[faces]
    normals = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    normals = np.divide(normals, lengths, out=np.zeros_like(normals), where=lengths > 0)
    ambient = 0.35
    shade = ambient + (1 - ambient) * np.maximum(0, normals @ _LAMP)
    colours = np.ones((len(faces), 4))
    colours[:, :3] = shade[:, None] * np.asarray(colour)
    # Without antialiasing: smoothed edges of neighbouring faces would let the back shine through.
    axes.add_collection3d(
        Poly3DCollection(triangles, facecolors=colours, linewidths=0, antialiased=False))
    _frame(axes, vertices if room is None else room)


_UNIT = "(cube sides)"
_VIEW = dict(elev=20, azim=-60)  # degrees: from the front (-y), a little from the right, from above
_LAMP = np.array([-0.35, -0.65, 0.68]) / np.linalg.norm([-0.35, -0.65, 0.68])


def _frame(axes: Axes3D, points: np.ndarray) -> None:
    """The unit cube, or a larger one if the points do not fit in; one scale on all three axes."""
    centre, reach = np.zeros(3), 0.5
    if len(points) and np.abs(points).max() > 1.2 * reach:
        low, high = points.min(axis=0), points.max(axis=0)
        centre, reach = (low + high) / 2, (high - low).max() / 2
    for name, middle in zip("xyz", centre, strict=True):
        axes.set(**{f"{name}lim": (middle - reach, middle + reach),
                    f"{name}ticks": np.round(middle + reach * np.array([-0.8, 0, 0.8]), 2)})
        getattr(axes, f"set_{name}label")(f"{name} {_UNIT}", fontsize=8)
    axes.tick_params(labelsize=8, pad=0)
    axes.set_box_aspect((1, 1, 1), zoom=0.92)
    axes.view_init(**_VIEW)


def draw_cut(axes: Axes, points: np.ndarray, occupancies: np.ndarray, *, x: float,
             thickness: float) -> None:
    """A slice through labelled points, seen along x: the shape's outline as the network gets it.

    Parameters
    ----------
    axes : flat axes.
    points, occupancies : (N, 3) and (N,) bool.
    x, thickness : points with |x' - x| < thickness / 2 are drawn.
    """
    near = np.abs(points[:, 0] - x) < thickness / 2
    for label, chosen, colour in (("free space", near & ~occupancies, BLUE),
                                  ("inside", near & occupancies, VERMILION)):
        axes.scatter(points[chosen, 1], points[chosen, 2], s=4, color=colour, label=label,
                     linewidths=0)
    axes.set(xlabel=f"y {_UNIT}", ylabel=f"z {_UNIT}", aspect="equal")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=2, frameon=False,
                markerscale=3)


# --------------------------------------------------------------------------------------------
# Training
# --------------------------------------------------------------------------------------------


def draw_losses(axes: Axes, train_epochs: Sequence[int], train_loss: Sequence[float],
                val_epochs: Sequence[int], val_loss: Sequence[float], *,
                unit: str = "binary cross entropy, nats per point") -> None:
    """Training and validation loss over the epochs, on a logarithmic scale, the best marked.

    On a logarithmic scale equal *factors* look equal, so that the later epochs, where the loss is
    small, can still be judged.
    """
    axes.plot(train_epochs, train_loss, color=BLUE, label="training")
    axes.plot(val_epochs, val_loss, color=VERMILION, linestyle="--", label="validation")
    if len(val_loss):
        best = int(np.argmin(val_loss))
        axes.plot(val_epochs[best], val_loss[best], "o", color=VERMILION, markersize=7,
                  label=f"best: {val_loss[best]:.4f} after epoch {val_epochs[best]}")
    axes.set(xlabel="epoch", ylabel=f"loss ({unit})", yscale="log")
    axes.grid(True, which="both", alpha=0.3)
    axes.legend(frameon=False)


# --------------------------------------------------------------------------------------------
# Detections
# --------------------------------------------------------------------------------------------


def draw_boxes(axes: Axes, boxes: np.ndarray, names: Sequence[str] = (), *, colour: str = BLUE,
               filled: bool = False, label: str | None = None, name_at: str = "upper left") -> None:
    """Boxes with their names, x to the right and y downwards, as in an image.

    Parameters
    ----------
    axes : flat axes, empty or with an image in them.
    boxes : (N, 4) left, upper, right, lower, in pixels.
    names : one for each box, or none.
    colour : of lines and names.
    filled : a grey area with a line round it, for what is true, or else a dashed line alone, for
        what was found. So they can be told apart without colours, too.
    label : for the legend.
    name_at : the corner where the name stands, inside the box: "upper left" or "lower right".

    Raises
    ------
    ValueError : neither one name for each box nor none; another corner.
    """
    boxes = np.asarray(boxes, dtype=float).reshape(-1, 4)
    if len(names) not in (0, len(boxes)):
        raise ValueError(f"there are {len(names)} names for {len(boxes)} boxes")
    if name_at not in ("upper left", "lower right"):
        raise ValueError(f"name_at must be 'upper left' or 'lower right', got {name_at!r}")
    for left, upper, right, lower in boxes:
        axes.add_patch(Rectangle(
            (left, upper), right - left, lower - upper, label=label, linewidth=1.8,
            edgecolor=colour, facecolor="#DDDDDD" if filled else "none",
            linestyle="-" if filled else "--", zorder=2 if filled else 3))
        label = None  # once in the legend is enough
    for (left, upper, right, lower), name in zip(boxes, names):
        at_start = name_at == "upper left"
        axes.annotate(name, (left, upper) if at_start else (right, lower),
                      xytext=(4, -3) if at_start else (-4, 3), textcoords="offset points",
                      ha="left" if at_start else "right", va="top" if at_start else "bottom",
                      color=colour, weight="bold", zorder=4)
    if not axes.yaxis_inverted():
        axes.invert_yaxis()
    axes.set(xlabel="x (pixels)", ylabel="y (pixels)", aspect="equal")


def draw_precision_recall(axes: Axes, precision: np.ndarray, recall: np.ndarray, *,
                          envelope: np.ndarray | None = None, colour: str = BLUE,
                          linestyle: str = "-", label: str | None = None) -> None:
    """A precision-recall curve, and beneath it the area that is the average precision.

    Parameters
    ----------
    axes : flat axes.
    precision, recall : (N,) as `minicv.recognition.precision_recall_curve` gives them.
    envelope : (N,) the best precision from each recall on; the area beneath it is shaded.
    colour, linestyle, label : of the curve.
    """
    if envelope is not None and len(recall) > 0:
        # The rectangle of a detection reaches back to the recall of the one before it.
        axes.fill_between(np.append(0, recall), np.append(envelope[0], envelope), step="pre",
                          color=colour, alpha=0.2, linewidth=0)
    axes.plot(recall, precision, color=colour, linestyle=linestyle, label=label)
    axes.set(xlabel="recall: share of the objects that were found",
             ylabel="precision: share of the finds that are right",
             xlim=(-0.02, 1.02), ylim=(-0.02, 1.05))
    axes.grid(True, alpha=0.3)


def draw_miss_rate(axes: Axes, fppi: np.ndarray, miss_rate: np.ndarray, *, colour: str = BLUE,
                   label: str | None = None) -> None:
    """Miss rate over false positives per image, both logarithmic, as in Caltech's pictures.

    Parameters
    ----------
    axes : flat axes.
    fppi, miss_rate : (N,) as `minicv.recognition.miss_rate_curve` gives them. What is 0 has no
        place on a logarithmic scale and is left out.
    colour, label : of the curve.
    """
    shown = (fppi > 0) & (miss_rate > 0)
    axes.plot(fppi[shown], miss_rate[shown], color=colour, drawstyle="steps-post", label=label)
    lowest = np.min(miss_rate[shown], initial=0.05)
    axes.set(xlabel="false positives per image", ylabel="miss rate: share of the objects missed",
             xscale="log", yscale="log", ylim=(lowest, 1.1))
    axes.set_yticks([0.05, 0.1, 0.2, 0.5, 1], labels=["0.05", "0.1", "0.2", "0.5", "1"])
    axes.grid(True, which="both", alpha=0.3)
