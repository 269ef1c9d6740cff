"""Streets without people: sky, ground, houses, and the things that stand on a pavement.

Everything stands at a place in the world, in metres, and the camera says where that is on screen,
so that a door and a person beside it have the sizes that they have in a street.  Much of it is
upright and as tall as a person, on purpose: doors, windows, posts, trunks, bins, phone boxes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from street_canvas import Camera, Canvas

WALL = [(150, 140, 128), (168, 154, 136), (132, 96, 82), (146, 110, 92), (120, 122, 124),
        (178, 172, 160), (112, 104, 96), (160, 150, 120)]
GLASS = [(58, 66, 76), (84, 96, 108), (44, 48, 54), (110, 124, 136)]
WOOD = [(72, 52, 40), (58, 74, 66), (50, 56, 78), (98, 44, 40), (110, 106, 100)]
CAR = [(40, 44, 52), (120, 124, 130), (186, 188, 190), (120, 36, 36), (42, 62, 104), (84, 92, 84)]
NEAREST = 0.9  # metres: nothing is painted that is nearer to the camera


def quad(canvas: Canvas, camera: Camera, corners: Sequence[tuple[float, float, float]],
         colour: Sequence[float], shade: float = 0.0, opacity: float = 1.0) -> None:
    """A flat piece of the world, given by corners (x, y, z)."""
    points = [camera.pixel(x, y, max(z, NEAREST)) for x, y, z in corners]
    canvas.polygon(points, colour, shade=shade, opacity=opacity)


def _pick(rng: np.random.Generator, colours: Sequence[tuple[int, ...]]) -> np.ndarray:
    return rng.uniform(0.85, 1.12) * np.array(colours[rng.integers(len(colours))], float)


# --------------------------------------------------------------------------------------------
# Sky and ground
# --------------------------------------------------------------------------------------------


def draw_sky(canvas: Canvas, camera: Camera, rng: np.random.Generator) -> None:
    height, width = canvas.owner.shape
    low, high = np.array([206, 212, 218]), rng.choice([[150, 178, 210], [188, 194, 200]])
    share = np.clip(np.arange(height) / max(camera.horizon, 1), 0, 1)[:, None, None]
    canvas.image[:] = high + share * (low - high)


def draw_ground(canvas: Canvas, camera: Camera, rng: np.random.Generator) -> None:
    """Pavement with joints that run to the vanishing point and across."""
    height, width = canvas.owner.shape
    colour = _pick(rng, [(142, 138, 132), (124, 122, 120), (152, 144, 130)])
    top = int(max(camera.horizon, 0))
    rows = (np.arange(top, height) - top) / max(height - top, 1)
    canvas.image[top:] = colour * (0.84 + 0.22 * rows[:, None, None])
    joint, step = 0.87 * colour, rng.choice([0.6, 0.9, 1.2])
    for x in np.arange(-9 * step, 9.5 * step, step):
        quad(canvas, camera, [(x, 0, 1), (x + 0.03, 0, 1), (x + 0.03, 0, 40), (x, 0, 40)], joint)
    for z in np.arange(1.5, 14, step):
        quad(canvas, camera, [(-30, 0, z), (30, 0, z), (30, 0, z + 0.03), (-30, 0, z + 0.03)],
             joint)


def draw_road(canvas: Canvas, camera: Camera, near: float, far: float,
              rng: np.random.Generator) -> None:
    """A road across the view, with kerbs, and now and then a zebra crossing."""
    colour = _pick(rng, [(86, 86, 90), (98, 96, 94)])
    quad(canvas, camera, [(-60, 0, near), (60, 0, near), (60, 0, far), (-60, 0, far)], colour)
    for z in (near, far):
        quad(canvas, camera, [(-60, 0.0, z), (60, 0.0, z), (60, 0.12, z), (-60, 0.12, z)],
             (168, 166, 160))
    if rng.random() < 0.5:
        left = rng.uniform(-3, 1)
        for stripe in np.arange(left, left + 3.2, 1.0):
            quad(canvas, camera, [(stripe, 0, near + 0.2), (stripe + 0.5, 0, near + 0.2),
                                  (stripe + 0.5, 0, far - 0.2), (stripe, 0, far - 0.2)],
                 (206, 206, 202))


# --------------------------------------------------------------------------------------------
# Houses
# --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wall:
    """An upright wall on the ground from start = (x, z) to end = (x, z)."""

    start: tuple[float, float]
    end: tuple[float, float]
    height: float

    @property
    def length(self) -> float:
        return float(np.hypot(self.end[0] - self.start[0], self.end[1] - self.start[1]))

    def corners(self, left: float, low: float, right: float, high: float) -> list:
        """A rectangle on the wall, in metres along it and up, as corners in the world."""
        def place(along, up):
            share = along / self.length
            return (self.start[0] + share * (self.end[0] - self.start[0]), up,
                    self.start[1] + share * (self.end[1] - self.start[1]))
        return [place(left, low), place(right, low), place(right, high), place(left, high)]


def draw_wall(canvas: Canvas, camera: Camera, wall: Wall, rng: np.random.Generator) -> None:
    """A house front: courses, a row of doors and shop windows, and floors of windows above."""
    colour, trim = _pick(rng, WALL), _pick(rng, [(196, 190, 178), (150, 146, 140), (96, 90, 84)])

    def block(left, low, right, high, paint, shade=0.0):
        quad(canvas, camera, wall.corners(left, low, right, high), paint, shade)

    block(0, 0, wall.length, wall.height, colour, shade=0.06)
    for up in np.arange(0.35, min(wall.height, 7), 0.35):
        block(0, up, wall.length, up + 0.03, 0.93 * colour)
    block(0, 0, wall.length, 0.4, 0.8 * colour)
    bay, width = rng.uniform(2.2, 3.2), rng.uniform(0.9, 1.3)
    for left in np.arange(0.5, wall.length - bay, bay):
        _draw_ground_floor(block, left, bay, trim, rng)
        for floor in np.arange(3.6, wall.height - 2, 3.1):
            middle = left + bay / 2
            _draw_window(block, middle - width / 2, floor + 0.5, middle + width / 2, floor + 2.2,
                         trim, rng)
        if rng.random() < 0.3:  # a drainpipe, or a pillar
            block(left - 0.08, 0, left + rng.choice([0.06, 0.3]), wall.height, 0.8 * trim)
    block(0, 3.2, wall.length, 3.45, trim)


def _draw_ground_floor(block: Callable, left: float, bay: float, trim: np.ndarray,
                       rng: np.random.Generator) -> None:
    kind = rng.choice(["door", "shop", "window", "window", "blank"])
    middle = left + bay / 2
    if kind == "door":
        block(middle - 0.62, 0, middle + 0.62, 2.4, trim)
        paint = _pick(rng, WOOD)
        block(middle - 0.48, 0, middle + 0.48, 2.25, paint)
        block(middle - 0.3, 1.25, middle + 0.3, 2.0, 0.7 * paint)
        block(middle - 0.3, 0.3, middle + 0.3, 1.0, 0.85 * paint)
    elif kind == "shop":
        block(left + 0.2, 0.35, left + bay - 0.2, 2.6, 0.7 * trim)
        block(left + 0.3, 0.6, left + bay - 0.3, 2.45, _pick(rng, GLASS), 0.25)
        for _ in range(rng.integers(1, 4)):  # goods behind the glass, as tall as they like
            x, wide = rng.uniform(left + 0.4, left + bay - 0.8), rng.uniform(0.15, 0.45)
            block(x, 0.62, x + wide, rng.uniform(1.0, 2.2), _pick(rng, WALL))
        block(left + 0.1, 2.6, left + bay - 0.1, 3.1, _pick(rng, WOOD))
    elif kind == "window":
        _draw_window(block, middle - 0.55, 0.9, middle + 0.55, 2.4, trim, rng)


def _draw_window(block: Callable, left: float, low: float, right: float, high: float,
                 trim: np.ndarray, rng: np.random.Generator) -> None:
    middle = (left + right) / 2
    block(left - 0.1, low - 0.1, right + 0.1, high + 0.1, trim)
    block(left, low, right, high, _pick(rng, GLASS), 0.2)
    if rng.random() < 0.5:  # a blind, half drawn
        block(left, high - rng.uniform(0.2, 0.8) * (high - low), right, high, 1.05 * trim)
    block(middle - 0.03, low, middle + 0.03, high, trim)
    block(left, (low + high) / 2 - 0.03, right, (low + high) / 2 + 0.03, trim)


# --------------------------------------------------------------------------------------------
# Things that stand on the street; each is painted at (x, z)
# --------------------------------------------------------------------------------------------


def _post(canvas, camera, x, z, height, radius, colour):
    scale = camera.scale(z)
    canvas.capsule(camera.pixel(x, 0, z), camera.pixel(x, height, z), radius * scale,
                   0.8 * radius * scale, colour, shade=0.35)


def draw_lamp(canvas: Canvas, camera: Camera, x: float, z: float, rng: np.random.Generator) -> None:
    colour = _pick(rng, [(52, 56, 58), (92, 96, 98)])
    _post(canvas, camera, x, z, 0.9, 0.11, colour)
    _post(canvas, camera, x, z, 4.2, 0.07, colour)
    scale = camera.scale(z)
    canvas.ellipse(camera.pixel(x, 4.3, z), (0.24 * scale, 0.3 * scale), (224, 222, 206), shade=0.1)


def draw_sign(canvas: Canvas, camera: Camera, x: float, z: float, rng: np.random.Generator) -> None:
    """A post with a round sign at the height of a head, or a little above."""
    _post(canvas, camera, x, z, 2.2, 0.04, (130, 132, 134))
    scale, up = camera.scale(z), rng.uniform(1.7, 2.4)
    paint = _pick(rng, [(170, 60, 56), (60, 84, 140), (200, 196, 188)])
    if rng.random() < 0.5:
        canvas.ellipse(camera.pixel(x, up, z), (0.28 * scale, 0.28 * scale), paint, shade=0.1)
        canvas.ellipse(camera.pixel(x, up, z), (0.2 * scale, 0.2 * scale), (216, 214, 208))
    else:
        quad(canvas, camera, [(x - 0.25, up - 0.35, z), (x + 0.25, up - 0.35, z),
                              (x + 0.25, up + 0.35, z), (x - 0.25, up + 0.35, z)], paint)


def draw_bollard(canvas: Canvas, camera: Camera, x: float, z: float,
                 rng: np.random.Generator) -> None:
    colour = _pick(rng, [(60, 62, 64), (128, 126, 120)])
    _post(canvas, camera, x, z, 0.85, 0.1, colour)


def draw_bin(canvas: Canvas, camera: Camera, x: float, z: float, rng: np.random.Generator) -> None:
    colour, scale = _pick(rng, [(58, 84, 64), (84, 86, 88), (62, 72, 96)]), camera.scale(z)
    corners = [(x - 0.26, 0.05, z), (x + 0.26, 0.05, z), (x + 0.3, 0.95, z), (x - 0.3, 0.95, z)]
    canvas.polygon([camera.pixel(*corner) for corner in corners], colour, rounding=0.05 * scale,
                   shade=0.3)
    canvas.ellipse(camera.pixel(x, 1.0, z), (0.34 * scale, 0.1 * scale), 0.75 * colour, shade=0.2)


def draw_box(canvas: Canvas, camera: Camera, x: float, z: float, rng: np.random.Generator) -> None:
    """A phone box or a cabinet: as tall and as wide as a person."""
    colour, tall = _pick(rng, [(130, 46, 44), (74, 92, 84), (140, 140, 136)]), rng.uniform(1.3, 2.1)
    wide = rng.uniform(0.3, 0.45)
    quad(canvas, camera, [(x - wide, 0, z), (x + wide, 0, z), (x + wide, tall, z),
                          (x - wide, tall, z)], colour, shade=0.2)
    quad(canvas, camera, [(x - 0.7 * wide, 0.6 * tall, z), (x + 0.7 * wide, 0.6 * tall, z),
                          (x + 0.7 * wide, 0.92 * tall, z), (x - 0.7 * wide, 0.92 * tall, z)],
         _pick(rng, GLASS))


def draw_bench(canvas: Canvas, camera: Camera, x: float, z: float,
               rng: np.random.Generator) -> None:
    colour = _pick(rng, WOOD)
    for leg in (-0.7, 0.7):
        quad(canvas, camera, [(x + leg - 0.05, 0, z), (x + leg + 0.05, 0, z),
                              (x + leg + 0.05, 0.85, z), (x + leg - 0.05, 0.85, z)], (60, 60, 62))
    for up in (0.4, 0.58, 0.76):
        quad(canvas, camera, [(x - 0.85, up, z), (x + 0.85, up, z), (x + 0.85, up + 0.12, z),
                              (x - 0.85, up + 0.12, z)], colour)


def draw_tree(canvas: Canvas, camera: Camera, x: float, z: float, rng: np.random.Generator) -> None:
    """A trunk that forks, and a crown of many blobs, the lower ones darker."""
    scale, bark = camera.scale(z), _pick(rng, [(84, 68, 54), (98, 86, 72)])
    radius = rng.uniform(0.1, 0.2)
    fork = camera.pixel(x, 2.3, z)
    canvas.capsule(camera.pixel(x, 0, z), fork, 1.25 * radius * scale, 0.8 * radius * scale, bark,
                   shade=0.35)
    for lean in (-0.8, 0.1, 0.9):
        canvas.capsule(fork, camera.pixel(x + lean, 3.6, z), 0.6 * radius * scale,
                       0.3 * radius * scale, bark, shade=0.35)
    green = _pick(rng, [(74, 96, 56), (96, 108, 60), (64, 84, 58)])
    for up in np.sort(rng.uniform(2.5, 5.2, 110)):
        at = camera.pixel(x + rng.normal(0, 0.8), up, z)
        size = scale * rng.uniform(0.09, 0.3)
        canvas.ellipse(at, (size, 0.8 * size), rng.uniform(0.7, 1.0) * (0.5 + 0.12 * up) * green,
                       shade=0.2)


def draw_car(canvas: Canvas, camera: Camera, x: float, z: float, rng: np.random.Generator) -> None:
    """A car seen from its side."""
    colour, scale = _pick(rng, CAR), camera.scale(z)
    turn = rng.choice([-1, 1])

    def outline(points, paint, rounding=0.0, shade=0.0):
        canvas.polygon([camera.pixel(x + turn * px, py, z) for px, py in points], paint,
                       rounding=rounding * scale, shade=shade)

    canvas.shadow(camera.pixel(x, 0.05, z), (2.3 * scale, 0.16 * scale), 0.6)
    outline([(-2.05, 0.35), (-2.1, 0.75), (-1.9, 0.88), (-1.1, 0.92), (-0.55, 1.34), (0.9, 1.38),
             (1.6, 0.95), (2.05, 0.85), (2.1, 0.4)], colour, rounding=0.06, shade=0.08)
    outline([(-0.95, 0.95), (-0.48, 1.28), (0.12, 1.31), (0.12, 0.96)], (62, 70, 80))
    outline([(0.22, 0.96), (0.22, 1.31), (0.85, 1.3), (1.35, 0.97)], (62, 70, 80))
    outline([(-2.1, 0.55), (2.1, 0.55), (2.1, 0.6), (-2.1, 0.6)], 0.75 * colour)
    for wheel in (-1.3, 1.3):
        at = camera.pixel(x + turn * wheel, 0.33, z)
        canvas.ellipse(at, (0.34 * scale, 0.34 * scale), (30, 30, 32))
        canvas.ellipse(at, (0.2 * scale, 0.2 * scale), (140, 142, 144), shade=0.2)


THINGS = [draw_lamp, draw_sign, draw_bollard, draw_bollard, draw_bin, draw_box, draw_bench,
          draw_tree]
