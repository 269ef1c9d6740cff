"""Noisy pictures with people of a head and a body, for the tests of lesson 2.2."""

import numpy as np
from PIL import Image


def street(rng, n_people):
    """A noisy picture of 100 x 150 and its mask, with people of 36 to 60 pixels."""
    image = rng.integers(120, 150, (100, 150, 3))
    mask = np.zeros((100, 150), np.uint8)
    y, x = np.mgrid[:100, :150]
    for person in range(1, n_people + 1):
        height = rng.integers(36, 60)
        left, upper = 50 * (person - 1) + rng.integers(2, 20), rng.integers(2, 98 - height)
        body = ((abs(x - left - height / 6) < height / 7) & (y > upper + height / 4)
                & (y < upper + height))
        head = np.hypot(x - left - height / 6, y - upper - height / 8) < height / 8
        image[body] = rng.integers(0, 60, 3)
        image[head] = [220, 180, 150]
        mask[body | head] = person
    return image.astype(np.uint8), mask


def write_pictures(folder, counts):
    """Pictures with that many people, in the layout of Penn-Fudan; every third to validate."""
    rng = np.random.default_rng(0)
    for name in ("PNGImages", "PedMasks"):
        (folder / name).mkdir(parents=True)
    names = [f"picture{n:02d}" for n in range(len(counts))]
    for name, n_people in zip(names, counts):
        image, mask = street(rng, n_people)
        Image.fromarray(image).save(folder / "PNGImages" / f"{name}.png")
        Image.fromarray(mask).save(folder / "PedMasks" / f"{name}_mask.png")
    (folder / "val.txt").write_text("\n".join(names[::3]))
    (folder / "train.txt").write_text("\n".join(name for n, name in enumerate(names) if n % 3))
