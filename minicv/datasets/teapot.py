"""A coloured teapot whose pictures can be computed exactly, for exercise 1.2.

A program that learns a shape from pictures is judged best on an object that is known exactly: where
it is, what colour it has at each point of its surface, and what each pixel of each picture must be.
So the teapot is put together from ellipsoids, and a ray meets an ellipsoid where a quadratic
equation says.

*The ellipsoid* is a ball, stretched, turned and moved.  Undo that, q = M (p - c), and inside is
where |q| < 1.  A ray o + d w becomes the ray M (o - c) + d M w, and meets the ball where

    |M w|^2 d^2  +  2 (M (o - c) . M w) d  +  |M (o - c)|^2 - 1  =  0 :

at the two roots d, where it enters and leaves, or nowhere.  A ray meets a union of solids where it
first enters one of them.

*The colours* are painted on: they depend on the place alone, not on where one looks from.  So are
the shades, as of a lamp that hangs still above the teapot.  That is what a texture field, a
function from places to colours, can represent; a highlight that wanders as one walks round cannot
be.

Coordinates are world coordinates, z up; the teapot fits into the cube [-0.5, 0.5]^3.  The opening
in its handle is what makes it harder than it looks: in topology's words, it has genus 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from minicv import checks

Paint = Callable[[np.ndarray], np.ndarray]  # points (N, 3) to colours (N, 3) from 0 to 1


@dataclass(frozen=True)
class Ellipsoid:
    """An ellipsoid: its centre, its three half axes, and how they are turned in the x-z plane.

    Parameters
    ----------
    centre : (float, float, float)
    half_axes : (float, float, float)
        Lengths of the half axes along x, y and z before turning.
    tilt : float
        Degrees by which the axis along x is turned towards z.
    paint : callable
        Its colours; a function of points (N, 3).
    """

    centre: tuple[float, float, float]
    half_axes: tuple[float, float, float]
    tilt: float
    paint: Paint

    @cached_property
    def _to_ball(self) -> np.ndarray:
        """M (3, 3): takes the ellipsoid, moved to the origin, to the unit ball."""
        cos, sin = np.cos(np.radians(self.tilt)), np.sin(np.radians(self.tilt))
        axes = np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]])
        return axes / np.array(self.half_axes)[:, None]

    def contains(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) -> (N,) bool: which points are inside."""
        ball = (points - self.centre) @ self._to_ball.T
        return (ball * ball).sum(axis=1) < 1

    def normals(self, points: np.ndarray) -> np.ndarray:
        """Unit normals (N, 3), outwards, at points (N, 3) of the surface.

        The surface is where |M (p - c)|^2 = 1, and its normal the gradient of that.
        """
        gradient = (points - self.centre) @ self._to_ball.T @ self._to_ball
        return gradient / np.linalg.norm(gradient, axis=1, keepdims=True)

    def crossings(self, origins: np.ndarray, directions: np.ndarray) -> np.ndarray:
        """Where rays enter and leave: distances (N, 2), inf where a ray passes by."""
        start = (origins - self.centre) @ self._to_ball.T
        along = directions @ self._to_ball.T
        a = (along * along).sum(axis=1)
        half_b = (start * along).sum(axis=1)
        c = (start * start).sum(axis=1) - 1
        discriminant = half_b**2 - a * c
        meets = discriminant > 0
        root = np.sqrt(np.where(meets, discriminant, 0))
        distances = np.stack([-half_b - root, -half_b + root], axis=1) / a[:, None]
        return np.where(meets[:, None], distances, np.inf)


_CREAM, _BLUE = np.array([0.95, 0.90, 0.78]), np.array([0.10, 0.36, 0.62])
_ORANGE, _GREEN = np.array([0.90, 0.45, 0.12]), np.array([0.16, 0.52, 0.40])


def _plain(colour: np.ndarray) -> Paint:
    return lambda points: np.broadcast_to(colour, points.shape)


def _bands(points: np.ndarray) -> np.ndarray:
    """The body's: three blue waves around it on cream."""
    x, y, z = points.T
    wave = z + 0.03 * np.sin(4 * np.arctan2(y, x))
    share = 0.5 + 0.5 * np.cos(2 * np.pi * (wave + 0.07) / 0.20)
    share = share**2 * (3 - 2 * share)  # broader bands with softer rims
    return _CREAM + share[:, None] * (_BLUE - _CREAM)


def _parts() -> tuple[Ellipsoid, ...]:
    body = Ellipsoid((0.0, 0.0, -0.07), (0.28, 0.28, 0.24), 0, _bands)
    foot = Ellipsoid((0.0, 0.0, -0.29), (0.20, 0.20, 0.045), 0, _plain(_GREEN))
    lid = Ellipsoid((0.0, 0.0, 0.16), (0.17, 0.17, 0.055), 0, _plain(_GREEN))
    knob = Ellipsoid((0.0, 0.0, 0.25), (0.06, 0.06, 0.06), 0, _plain(_ORANGE))
    spout = Ellipsoid((0.32, 0.0, 0.02), (0.21, 0.065, 0.075), 50, _plain(_ORANGE))
    # The handle: ellipsoids like beads on a half circle, each along the circle.
    handle = []
    for angle in np.radians(np.linspace(75, 285, 9)):
        centre = (-0.27 + 0.165 * np.cos(angle), 0.0, -0.03 + 0.165 * np.sin(angle))
        handle.append(Ellipsoid(centre, (0.075, 0.05, 0.042), float(np.degrees(angle)) + 90,
                                _plain(_ORANGE)))
    return (body, foot, lid, knob, spout, *handle)


TEAPOT = _parts()
_LAMP = np.array([-0.4, -0.55, 0.75]) / np.linalg.norm([-0.4, -0.55, 0.75])


def teapot_occupancy(points: np.ndarray) -> np.ndarray:
    """Which of the points (N, 3), z up, lie inside the teapot: (N,) bool.

    Examples
    --------
    >>> teapot_occupancy(np.array([[0.0, 0.0, 0.0], [-0.35, 0.0, -0.03]])).tolist()
    [True, False]
    """
    points = checks.numbers(points, "points", ("N", 3), dtype=np.float64, within=1e100)
    inside = np.zeros(len(points), bool)
    for part in TEAPOT:
        inside |= part.contains(points)
    return inside


def see_teapot(origins: np.ndarray,
               directions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What rays that come from outside see of the teapot, exactly.

    Parameters
    ----------
    origins, directions : (N, 3) arrays
        No number beyond 1e6, no direction shorter than 1e-6.

    Returns
    -------
    distances : (N,) array
        Where each ray first enters the teapot, in lengths of its direction; inf where it passes by.
    normals : (N, 3) array
        Unit normals there, outwards; zeros where it passes by.
    colours : (N, 3) array
        From 0 to 1; zeros where it passes by.

    Examples
    --------
    >>> distances, normals, _ = see_teapot(np.array([[0, 0, 2.0]]), np.array([[0, 0, -1.0]]))
    >>> round(float(distances[0]), 6), normals[0].round(6).tolist()
    (1.69, [0.0, 0.0, 1.0])
    """
    origins = checks.numbers(origins, "origins", ("N", 3), dtype=np.float64, within=1e6)
    directions = checks.numbers(directions, "directions", origins.shape, dtype=np.float64,
                                within=1e6)
    lengths = np.abs(directions).max(axis=1, initial=0)
    checks.refuse(lengths < 1e-6, "directions", "shorter than 1e-6", of="")
    distances = np.full(len(origins), np.inf)
    normals, colours = np.zeros((2, len(origins), 3))
    for part in TEAPOT:
        entry = part.crossings(origins, directions)[:, 0]
        nearer = np.flatnonzero((entry > 0) & (entry < distances))
        distances[nearer] = entry[nearer]
        points = origins[nearer] + entry[nearer, None] * directions[nearer]
        normals[nearer] = part.normals(points)
        colours[nearer] = part.paint(points)
    # Lambert's law with some light from everywhere; 0.5 + 0.5 n . l instead of max(0, n . l) keeps
    # the shape of what lies in the shade visible.
    shade = 0.45 + 0.55 * (0.5 + 0.5 * normals @ _LAMP)
    return distances, normals, colours * shade[:, None]
