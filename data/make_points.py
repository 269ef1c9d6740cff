"""Make data/points.npz: 100,000 labelled points in the unit cube around the chair.

Run from anywhere:   python data/make_points.py
The same seed gives the same file again.
"""

from pathlib import Path

import numpy as np

from minicv.datasets import save_points
from minicv.datasets.solids import chair_occupancy

COUNT = 100_000
SEED = 2021


def make_points() -> tuple[np.ndarray, np.ndarray]:
    """Points (COUNT, 3) float32 uniform in [-0.5, 0.5]^3, z up, and occupancies (COUNT,) bool."""
    rng = np.random.default_rng(SEED)
    points = rng.uniform(-0.5, 0.5, size=(COUNT, 3))
    # The file holds float16. Round first and label afterwards: labelled the other way round,
    # points that the rounding moves across the surface would carry the wrong label.
    points = points.astype(np.float16).astype(np.float32)
    return points, chair_occupancy(points)


if __name__ == "__main__":
    points, occupancies = make_points()
    path = Path(__file__).resolve().parent / "points.npz"
    save_points(path, points, occupancies)
    print(f"{path.name}: {len(points)} points, {occupancies.mean():.2%} of them inside, "
          f"{path.stat().st_size / 1e3:.0f} kB")
