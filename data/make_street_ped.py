"""Make data/StreetPed: street scenes with walking people, in the layout of Penn-Fudan.

Run from anywhere:   python data/make_street_ped.py
The same seed gives the same pictures again.  `street_canvas.py` says how shapes become pixels,
`street_people.py` how people walk, `street_scene.py` what else is in a street; this file puts them
together, takes the photograph, and writes the files.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter
from street_canvas import Camera, Canvas
from street_people import draw_walker, random_walker
from street_scene import (
    THINGS,
    Wall,
    draw_car,
    draw_ground,
    draw_road,
    draw_sky,
    draw_wall,
)

from minicv.files import replace_file

SEED = 22
N_TRAIN, N_VAL = 64, 24
HEIGHT, WIDTH = 300, 400
LEAST_VISIBLE = 0.45  # share of a person that must be seen
LEAST_HEIGHT = 50     # pixels from the highest to the lowest that is seen


def picture_names() -> tuple[list[str], list[str]]:
    """Names of the training and of the validation pictures."""
    names = [f"Street{number:05d}" for number in range(1, N_TRAIN + N_VAL + 1)]
    return names[:N_TRAIN], names[N_TRAIN:]


def make_picture(number: int, seed: int = SEED) -> tuple[np.ndarray, np.ndarray]:
    """Picture `number`, counted from 1, and its mask: (300, 400, 3) and (300, 400) uint8."""
    rng = np.random.default_rng([seed, number])
    n_people = rng.choice([1, 2, 3, 4, 5], p=[0.2, 0.3, 0.25, 0.15, 0.1])
    while True:  # until nobody is hidden too far by what stands in front
        canvas, areas = _draw_scene(n_people, rng)
        if all(_is_visible(canvas.owner == person, area)
               for person, area in enumerate(areas, start=1)):
            return _photograph(canvas, rng), canvas.owner


def empty_street(rng: np.random.Generator) -> np.ndarray:
    """A picture of a street without people, (300, 400, 3) uint8, for `no_people.py`."""
    return _photograph(_draw_scene(0, rng)[0], rng)


def _draw_scene(n_people: int, rng: np.random.Generator) -> tuple[Canvas, list[int]]:
    """A street with people, and of how many pixels each one was before others came in front."""
    canvas = Canvas(HEIGHT, WIDTH, light=rng.choice([-1.0, 1.0]))
    camera = Camera(focal=rng.uniform(380, 460), centre=WIDTH / 2 + rng.uniform(-50, 50),
                    horizon=rng.uniform(65, 125), height=rng.uniform(1.35, 1.9))
    draw_sky(canvas, camera, rng)
    draw_ground(canvas, camera, rng)
    if rng.random() < 0.6:
        placed = _draw_crossing_street(canvas, camera, rng)
    else:
        placed = _draw_receding_street(canvas, camera, rng)
    for _ in range(rng.integers(3, 8)):
        z = rng.uniform(3.2, 11)
        x = (rng.uniform(0.02, 0.98) * WIDTH - camera.centre) * z / camera.focal
        placed.append(Placed(x, z, THINGS[rng.integers(len(THINGS))]))
    areas: list[int] = []
    for x, z, yaw in _place_people(n_people, camera, rng):
        placed.append(Placed(x, z, partial(_draw_person, areas=areas, yaw=yaw)))
    for item in sorted(placed, key=lambda item: -item.z):  # from the farthest to the nearest
        item.draw(canvas, camera, item.x, item.z, rng)
    return canvas, areas


class Placed(NamedTuple):
    """Something that stands at (x, z), and how to paint it."""

    x: float
    z: float
    draw: Callable[[Canvas, Camera, float, float, np.random.Generator], None]


def _draw_crossing_street(canvas: Canvas, camera: Camera,
                          rng: np.random.Generator) -> list[Placed]:
    """Houses across the view, often behind a road, whose cars are yet to be painted."""
    cars = []
    far = rng.uniform(12, 19)
    if rng.random() < 0.7:
        near_kerb, far_kerb = far - rng.uniform(6.5, 8), far - 2.5
        draw_road(canvas, camera, near_kerb, far_kerb, rng)
        cars = [Placed(x, far_kerb - rng.uniform(1, 2.5), draw_car)
                for x in (rng.uniform(-8, -2), rng.uniform(0, 8)) if rng.random() < 0.6]
    left = rng.uniform(-16, -12)
    while left < 14:
        right = left + rng.uniform(6, 12)
        draw_wall(canvas, camera, Wall((left, far), (right, far), rng.uniform(6, 14)), rng)
        left = right + rng.choice([0, 0, 1.5])
    return cars


def _draw_receding_street(canvas: Canvas, camera: Camera,
                          rng: np.random.Generator) -> list[Placed]:
    """A street that runs away from us between two rows of houses."""
    far, half = rng.uniform(26, 40), rng.uniform(3.4, 5.5)
    draw_wall(canvas, camera, Wall((-9, far), (9, far), rng.uniform(7, 14)), rng)
    for side in (-1, 1):
        z = far
        while z > 1.6:
            nearer = max(z - rng.uniform(7, 12), 1.5)
            wall = Wall((side * half, z), (side * half, nearer), rng.uniform(7, 13))
            draw_wall(canvas, camera, wall, rng)
            z = nearer
    return []


def _place_people(n_people: int, camera: Camera,
                  rng: np.random.Generator) -> list[tuple[float, float, float]]:
    """Where people stand, and where they walk to: (x, z, yaw). Some walk beside each other."""
    people: list = []
    while len(people) < n_people:
        if people and rng.random() < 0.35:
            x, z, yaw = people[-1]
            x, z = x + rng.choice([-1, 1]) * rng.uniform(0.5, 0.8), z + rng.uniform(-0.4, 0.4)
            yaw = yaw + rng.normal(0, 0.1)
        else:
            z = 1.7 * camera.focal / np.exp(rng.uniform(np.log(75), np.log(255)))  # by size
            x = (rng.uniform(0.06, 0.94) * WIDTH - camera.centre) * z / camera.focal
            yaw = rng.choice([0, np.pi / 2, np.pi, -np.pi / 2]) + rng.normal(0, 0.35)
        column, foot = camera.pixel(x, 0, z)
        head = camera.pixel(x, 1.8, z)[1]
        if 0.05 * WIDTH < column < 0.95 * WIDTH and foot < HEIGHT - 4 and head > 3:
            people.append((x, z, yaw))
    return people


def _draw_person(canvas: Canvas, camera: Camera, x: float, z: float, rng: np.random.Generator,
                 yaw: float, areas: list[int]) -> None:
    """Paint a person and their shadow, and append the number of their pixels to `areas`."""
    foot, height = camera.pixel(x, 0, z), camera.scale(z) * rng.normal(1.7, 0.09)
    canvas.shadow(foot, (0.2 * height, 0.035 * height), 0.5)
    canvas.shadow((foot[0] - canvas.light * 0.22 * height, foot[1] - 0.02 * height),
                  (0.3 * height, 0.03 * height), 0.28)
    canvas.who = len(areas) + 1
    draw_walker(canvas, random_walker(yaw, rng), foot, height)
    areas.append(int((canvas.owner == canvas.who).sum()))
    canvas.who = 0


def _is_visible(pixels: np.ndarray, area: int) -> bool:
    rows = np.flatnonzero(pixels.any(axis=1))
    return (len(rows) > 0 and rows[-1] - rows[0] + 1 >= LEAST_HEIGHT
            and pixels.sum() >= LEAST_VISIBLE * area)


def _photograph(canvas: Canvas, rng: np.random.Generator) -> np.ndarray:
    """What a camera makes of the scene: uneven light, a lens that is not quite sharp, noise."""
    y, x = np.mgrid[-1:1:HEIGHT * 1j, -1:1:WIDTH * 1j]
    light = rng.uniform(0.82, 1.1) + rng.uniform(-0.12, 0.12) * x + rng.uniform(-0.08, 0.08) * y
    colour = rng.uniform(0.96, 1.04, 3)
    image = canvas.image * light[..., None] * colour
    image = gaussian_filter(image, (*2 * [rng.uniform(0.45, 0.75)], 0))
    image += rng.normal(0, rng.uniform(0.4, 1.0), (HEIGHT, WIDTH, 1))
    # 64 levels: rounding is noise, too, and the files are half as large as with 256.
    return np.clip(4 * np.rint(image / 4), 0, 255).astype(np.uint8)


def write_street_ped(folder: Path, seed: int = SEED) -> None:
    """Write all pictures and masks, and the lists train.txt and val.txt."""
    for name in ("PNGImages", "PedMasks"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    splits = dict(zip(("train", "val"), picture_names()))
    for number, name in enumerate([*splits["train"], *splits["val"]], start=1):
        image, mask = make_picture(number, seed)
        for path, pixels in ((folder / "PNGImages" / f"{name}.png", image),
                             (folder / "PedMasks" / f"{name}_mask.png", mask)):
            with replace_file(path) as file:
                Image.fromarray(pixels).save(file, "PNG", optimize=True)
    for split, names in splits.items():
        with replace_file(folder / f"{split}.txt", "w") as file:
            file.write("".join(f"{name}\n" for name in names))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Draw the pictures of data/StreetPed.")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent / "StreetPed")
    parser.add_argument("--seed", type=int, default=SEED)
    arguments = parser.parse_args()
    write_street_ped(arguments.out, arguments.seed)
    size = sum(path.stat().st_size for path in arguments.out.rglob("*") if path.is_file())
    print(f"{arguments.out}: {N_TRAIN} + {N_VAL} pictures, {size / 1e6:.2f} MB")
