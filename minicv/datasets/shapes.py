"""Small grey images of discs, squares, triangles and crosses in noise, for lesson 1.3."""

from __future__ import annotations

import numpy as np

from minicv import checks

SHAPES = ("disc", "square", "triangle", "cross")


def make_shapes(n: int, size: int = 24, rng: np.random.Generator | int | None = None
                ) -> tuple[np.ndarray, np.ndarray]:
    """Images, and which shape each of them shows.

    Parameters
    ----------
    n : int
    size : int
        Rows and columns of an image; at least 20, so that a shape has room.
    rng : Generator or int, optional
        Place, size, turn and brightness of the shapes, and the noise.

    Returns
    -------
    images : (n, 1, size, size) float32 array
        The background is about 0.
    labels : (n,) array of int
        Positions in `SHAPES`.

    Examples
    --------
    >>> images, labels = make_shapes(2, rng=0)
    >>> images.shape, labels.tolist()
    ((2, 1, 24, 24), [3, 2])
    """
    n = checks.whole(n, "n", least=0, most=10**6)
    size = checks.whole(size, "size", least=20, most=1000)
    rng = checks.generator(rng)
    y, x = np.mgrid[:size, :size] + 0.5
    labels = rng.integers(0, len(SHAPES), n)
    images = np.empty((n, 1, size, size), np.float32)
    for image, label in zip(images, labels):
        radius = rng.uniform(4.5, 8)
        across, down = (grid - rng.uniform(9, size - 9) for grid in (x, y))
        turn = rng.uniform(-0.3, 0.3)
        u = (across * np.cos(turn) + down * np.sin(turn)) / radius
        v = (down * np.cos(turn) - across * np.sin(turn)) / radius
        inside = {"disc": np.hypot(u, v) < 1,
                  "square": np.maximum(np.abs(u), np.abs(v)) < 0.85,
                  "triangle": (v < 0.8) & (v > 2 * np.abs(u) - 1),
                  "cross": np.minimum(np.abs(u), np.abs(v)) + 0.65 * (np.hypot(u, v) > 1.1) < 0.3,
                  }[SHAPES[label]]
        image[0] = rng.uniform(0.3, 1) * inside + rng.normal(0, 0.25, inside.shape)
    return images, labels
