"""What the street scenes are painted with: a camera, and a canvas that knows whose pixel is whose.

Each shape is given by its *signed distance* d(x, y), the distance to its edge in pixels, negative
inside.  A pixel whose centre lies deeper than half a pixel is covered fully, one that lies further
out than that not at all, and in between the share is 1/2 - d: edges without stairs, and without
drawing everything larger first.  The same d says whose a pixel is: a hard mask, d < 0.

Nothing here depends on how a drawing library rounds, so that the pictures are the same with every
version of Pillow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

Distance = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Camera:
    """A pinhole that looks straight ahead; the world is in metres.

    x is to the right, y up from the ground, z ahead.
    """

    focal: float  # focal length, in pixels
    centre: float  # column that it looks at
    horizon: float  # row of the horizon
    height: float  # above the ground, in metres

    def scale(self, z: float) -> float:
        """Pixels per metre at the distance z."""
        return self.focal / z

    def pixel(self, x: float, y: float, z: float) -> tuple[float, float]:
        """Column and row of a point in the world."""
        scale = self.scale(z)
        return self.centre + scale * x, self.horizon + scale * (self.height - y)


class Canvas:
    """An image (height, width, 3) of floats from 0 to 255, and the owner of each pixel."""

    def __init__(self, height: int, width: int, light: float):
        self.image = np.zeros((height, width, 3))
        self.owner = np.zeros((height, width), np.uint8)
        self.light = light  # -1 if it comes from the left, 1 if from the right
        self.who = 0  # the owner of what is painted next, 0 for all that is no person

    def polygon(self, points: Sequence[tuple[float, float]], colour: Sequence[float],
                rounding: float = 0.0, shade: float = 0.0, pattern: Distance | None = None,
                opacity: float = 1.0) -> None:
        """Fill a polygon, grown by `rounding` pixels all round, which rounds its corners."""
        corners = np.array(points, float)
        low, high = corners.min(axis=0) - rounding, corners.max(axis=0) + rounding
        middle, half = (low[0] + high[0]) / 2, max((high[0] - low[0]) / 2, 1e-9)
        self._fill((*low, *high), lambda x, y: _polygon_distance(corners, x, y) - rounding, colour,
                   lambda x, y: (x - middle) / half, shade, pattern, opacity)

    def capsule(self, start: tuple[float, float], end: tuple[float, float], start_radius: float,
                end_radius: float, colour: Sequence[float], shade: float = 0.0) -> None:
        """Fill a limb: all that is nearer to a line than a radius, which changes along it."""
        (x0, y0), (x1, y1) = start, end
        along = np.array([x1 - x0, y1 - y0])
        length = max(float(along @ along), 1e-9)

        def place(x, y):  # of the nearest point of the line: 0 at its start, 1 at its end
            return np.clip(((x - x0) * along[0] + (y - y0) * along[1]) / length, 0, 1)

        def distance(x, y):
            t = place(x, y)
            return (np.hypot(x - x0 - t * along[0], y - y0 - t * along[1])
                    - start_radius - t * (end_radius - start_radius))

        reach = max(start_radius, end_radius)
        bounds = (min(x0, x1) - reach, min(y0, y1) - reach, max(x0, x1) + reach,
                  max(y0, y1) + reach)
        self._fill(bounds, distance, colour,
                   lambda x, y: (x - x0 - place(x, y) * along[0]) / max(reach, 1e-9), shade)

    def ellipse(self, centre: tuple[float, float], radii: tuple[float, float],
                colour: Sequence[float], shade: float = 0.0, opacity: float = 1.0,
                softness: float = 1.0) -> None:
        """Fill an upright ellipse; `softness` is the width of its edge in pixels."""
        (cx, cy), (rx, ry) = centre, radii

        def distance(x, y):  # to first order: the implicit function divided by its slope
            u, v = (x - cx) / rx, (y - cy) / ry
            radius = np.hypot(u, v)
            slope = np.hypot(u / rx, v / ry) / np.maximum(radius, 1e-9)
            return (radius - 1) / np.maximum(slope, 1 / max(rx, ry))

        bounds = (cx - rx - softness, cy - ry - softness, cx + rx + softness, cy + ry + softness)
        self._fill(bounds, distance, colour, lambda x, y: (x - cx) / rx + 0 * y, shade,
                   opacity=opacity, softness=softness)

    def shadow(self, centre: tuple[float, float], radii: tuple[float, float],
               strength: float) -> None:
        """Darken an ellipse with a wide soft edge; it belongs to nobody."""
        self.ellipse(centre, radii, (20, 22, 30), opacity=strength, softness=2 * min(radii) + 2)

    def _fill(self, bounds: Sequence[float], distance: Distance, colour: Sequence[float],
              side: Distance, shade: float = 0.0, pattern: Distance | None = None,
              opacity: float = 1.0, softness: float = 1.0) -> None:
        height, width = self.owner.shape
        left, upper = (max(int(np.floor(low)) - 1, 0) for low in bounds[:2])
        right, lower = int(np.ceil(bounds[2])) + 1, int(np.ceil(bounds[3])) + 1
        rows, columns = slice(upper, min(lower, height)), slice(left, min(right, width))
        if rows.start >= rows.stop or columns.start >= columns.stop:
            return
        x = np.arange(columns.start, columns.stop) + 0.5
        y = np.arange(rows.start, rows.stop)[:, None] + 0.5
        depth = distance(x, y)
        cover = np.clip(0.5 - depth / softness, 0, 1) * opacity
        # A side that is turned to the light is brighter.
        brightness = 1 + shade * self.light * np.clip(side(x, y), -1, 1)
        if pattern is not None:
            brightness = brightness * pattern(x, y)
        paint = np.array(colour, float) * np.broadcast_to(brightness, cover.shape)[..., None]
        patch = self.image[rows, columns]
        patch += cover[..., None] * (np.minimum(paint, 255) - patch)
        if opacity == 1 and softness == 1:
            self.owner[rows, columns][depth < 0] = self.who


def _polygon_distance(corners: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Signed distance to a polygon: to the nearest edge, negative after an odd number of edges."""
    squared = np.full(np.broadcast_shapes(x.shape, y.shape), np.inf)
    inside = np.zeros(squared.shape, bool)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0)):
        dx, dy = x1 - x0, y1 - y0
        t = np.clip(((x - x0) * dx + (y - y0) * dy) / max(dx * dx + dy * dy, 1e-12), 0, 1)
        squared = np.minimum(squared, (x - x0 - t * dx) ** 2 + (y - y0 - t * dy) ** 2)
        if dy != 0:  # does a ray to the right of the pixel cross this edge?
            inside ^= ((y0 > y) != (y1 > y)) & (x < x0 + (y - y0) * dx / dy)
    return np.where(inside, -1, 1) * np.sqrt(squared)
