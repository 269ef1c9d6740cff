"""Shapes in space: labelled points, meshes, slices.

Axes x, y and z are in units of the cube that a shape was scaled to: its sides have length 1.
"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from mpl_toolkits.mplot3d.art3d import Poly3DCollection
from mpl_toolkits.mplot3d.axes3d import Axes3D
from numpy.typing import ArrayLike

from minicv import checks
from minicv.plotting.figures import BLUE, SMALL, VERMILION, WOOD, flat, reals


def draw_points(axes: Axes3D, points: np.ndarray, occupancies: np.ndarray, *,
                most: int = 3000, rng: np.random.Generator | int | None = 0) -> None:
    """Labelled points: inside the shape vermilion, in free space blue and faint.

    Parameters
    ----------
    axes : Axes3D
    points : (N, 3) array
        In the world, z up.
    occupancies : (N,) bool array
        True inside the shape.
    most : int
        At most so many points of each kind are drawn, chosen at random; more would be a block of
        paint in which nothing can be seen.
    rng : numpy.random.Generator or int, optional
        For the random choice, which by default is the same each time: a picture is no experiment.

    Examples
    --------
    >>> from minicv.plotting import panels
    >>> _, (axes,) = panels("3d")
    >>> draw_points(axes, np.eye(3), [True, False, True], most=1)
    >>> [len(one.get_offsets()) for one in axes.collections]
    [1, 1]
    """
    axes, points, occupancies = flat(axes, "3d"), *_labelled(points, occupancies)
    most, rng = checks.whole(most, "most", least=0), checks.generator(rng)
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
              colour: ArrayLike = WOOD, room: np.ndarray | None = None) -> None:
    """A mesh, shaded as if a lamp stood behind the viewer's left shoulder.

    The shade of a face is Lambert's law, ambient + (1 - ambient) max(0, n . l): the light that a
    matt surface sends back depends on the angle between its normal n and the direction l of the
    lamp, and not on where one looks from.

    Parameters
    ----------
    axes : Axes3D
    vertices : (V, 3) array
        In the world, z up.
    faces : (F, 3) integer array
        Counter-clockwise seen from outside.
    colour : (3,) or (F, 3) floats
        Red, green and blue, 0 to 1, in full light.
    room : (M, 3) array, optional
        Points that the axes have room for, and no more than that; by default the vertices, in the
        unit cube if they fit in. Give the same ones to two pictures to see both at the same
        scale.

    Examples
    --------
    >>> from minicv.plotting import panels
    >>> _, (axes,) = panels("3d")
    >>> draw_mesh(axes, np.eye(3), np.array([[0, 1, 2]]), colour=(1, 1, 1))
    >>> axes.collections[0].get_facecolor().shape
    (1, 4)
    """
    axes = flat(axes, "3d")
    vertices = reals(vertices, "vertices", ("V", 3))
    faces = checks.numbers(faces, "faces", ("F", 3), kinds="iu", least=0, within=len(vertices) - 1)
    colour = checks.numbers(colour, "colour", (3,), (len(faces), 3), least=0, within=1,
                            hint="red, green and blue, for all or for each of the faces")
    tight = room is not None
    room = reals(vertices if room is None else room, "room", ("M", 3))
    triangles = vertices[faces]
    normals = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    normals /= np.where(lengths > 0, lengths, 1)
    ambient = 0.35
    shade = ambient + (1 - ambient) * np.maximum(0, normals @ _LAMP)
    colours = np.ones((len(faces), 4))
    colours[:, :3] = shade[:, None] * colour
    # Without antialiasing: smoothed edges of neighbouring faces would let the back shine through.
    axes.add_collection3d(
        Poly3DCollection(triangles, facecolors=colours, linewidths=0, antialiased=False))
    _frame(axes, room, tight)


_UNIT = "(cube sides)"
_VIEW = dict(elev=20, azim=-60)  # degrees: from the front (-y), a little from the right, from above
_LAMP = np.array([-0.35, -0.65, 0.68]) / np.linalg.norm([-0.35, -0.65, 0.68])


def _frame(axes: Axes3D, points: np.ndarray, tight: bool = False) -> None:
    """The unit cube, or a larger one if the points do not fit in; one scale on all three axes.

    If it is to be tight, the cube is as large as the points need, also a smaller one.
    """
    centre, reach = np.zeros(3), 0.5
    if len(points) and (tight or np.abs(points).max() > 1.2 * reach):
        low, high = points.min(axis=0), points.max(axis=0)
        centre, reach = (low + high) / 2, max((high - low).max() / 2, 1e-12)
    step = np.round(0.8 * reach, 1 + int(np.ceil(-np.log10(reach))))  # 0.4 for the unit cube
    for name, middle in zip("xyz", centre, strict=True):
        axes.set(**{f"{name}lim": (middle - reach, middle + reach),
                    f"{name}ticks": step * np.arange(np.ceil((middle - reach) / step),
                                                     (middle + reach) / step)})
        getattr(axes, f"set_{name}label")(f"{name} {_UNIT}", fontsize=SMALL)
    axes.tick_params(labelsize=SMALL, pad=3)  # clear of the axis, minus signs included
    axes.set_box_aspect((1, 1, 1), zoom=0.92)
    axes.view_init(**_VIEW)


def draw_cut(axes: Axes, points: np.ndarray, occupancies: np.ndarray, *, x: float,
             thickness: float) -> None:
    """A slice through labelled points, seen along x: the shape's outline as the network gets it.

    Parameters
    ----------
    axes : Axes
    points : (N, 3) array
    occupancies : (N,) bool array
        True inside the shape.
    x, thickness : float
        Points with |x' - x| < thickness / 2 are drawn.

    Examples
    --------
    >>> from minicv.plotting import panels
    >>> _, (axes,) = panels("2d")
    >>> draw_cut(axes, np.eye(3), np.array([True, False, True]), x=0.0, thickness=0.1)
    >>> [one.get_offsets().tolist() for one in axes.collections]
    [[[1.0, 0.0]], [[0.0, 1.0]]]
    """
    axes, points, occupancies = flat(axes), *_labelled(points, occupancies)
    x, thickness = checks.number(x, "x"), checks.number(thickness, "thickness", above=0)
    near = np.abs(points[:, 0] - x) < thickness / 2
    for label, chosen, colour in (("free space", near & ~occupancies, BLUE),
                                  ("inside", near & occupancies, VERMILION)):
        axes.scatter(points[chosen, 1], points[chosen, 2], s=4, color=colour, label=label,
                     linewidths=0)
    axes.set(xlabel=f"y {_UNIT}", ylabel=f"z {_UNIT}", aspect="equal")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=2, frameon=False,
                markerscale=3)


def _labelled(points: np.ndarray, occupancies: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    points = reals(points, "points", ("N", 3))
    return points, checks.numbers(occupancies, "occupancies", (len(points),), kinds="b")
