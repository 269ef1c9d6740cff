"""Make data/views.npz: pictures of the coloured teapot, and the cameras that took them.

Run from anywhere:   python data/make_views.py
No random choice is made: it gives the same file again.
"""

from pathlib import Path

import numpy as np

from minicv.datasets.teapot import see_teapot
from minicv.datasets.views import Views, save_views
from minicv.volumetric_rendering import Camera

N_TRAIN, N_TEST = 32, 8
SIZE = (64, 64)
FIELD_OF_VIEW = 27  # degrees
DISTANCE = 2.2  # of the cameras from the middle of the cube, whose sides are 1 long


def viewpoints(count: int, turn: float) -> np.ndarray:
    """(count, 3) places around the object, evenly spread between 30 degrees below and 65 above.

    Each is a golden angle (137.5 degrees) further round than the one before it and a little higher:
    as the seeds of a sunflower, no two of which stand in line. Heights are evenly spread in sin
    (elevation), because a zone of a sphere has an area proportional to its height (Archimedes).
    """
    golden = np.pi * (3 - np.sqrt(5))
    azimuth = turn + golden * np.arange(count)
    low, high = np.sin(np.radians([-30, 65]))
    height = low + (high - low) * (np.arange(count) + 0.5) / count
    out = np.sqrt(1 - height**2)
    return DISTANCE * np.stack([out * np.cos(azimuth), out * np.sin(azimuth), height], axis=1)


def take_picture(camera: Camera) -> tuple[np.ndarray, np.ndarray]:
    """(H, W, 3) uint8, white where there is nothing, and the mask (H, W) bool.

    Of each pixel one ray is followed, through its centre: what the picture says is exact there, and
    the outline has steps. A photograph would mix the colours within a pixel.
    """
    distances, _, colours = see_teapot(*camera.rays())
    mask = np.isfinite(distances)
    colours[~mask] = 1
    picture = np.round(255 * colours).astype(np.uint8)
    return picture.reshape(*camera.size, 3), mask.reshape(camera.size)


def make_views() -> Views:
    """All views: first those to learn from, then those to test with, which stand in between."""
    eyes = np.concatenate([viewpoints(N_TRAIN, turn=0.0), viewpoints(N_TEST, turn=1.0)])
    cameras = [Camera.look_at(eye, (0, 0, 0), field_of_view=FIELD_OF_VIEW, size=SIZE)
               for eye in eyes]
    pictures, masks = zip(*map(take_picture, cameras))
    return Views(images=np.stack(pictures), masks=np.stack(masks),
                 intrinsics=np.stack([camera.intrinsics for camera in cameras]),
                 poses=np.stack([camera.pose for camera in cameras]),
                 test=np.arange(len(eyes)) >= N_TRAIN)


if __name__ == "__main__":
    views = make_views()
    path = Path(__file__).resolve().parent / "views.npz"
    save_views(path, views)
    print(f"{path.name}: {len(views.images)} views of {SIZE[0]} x {SIZE[1]} pixels, "
          f"{views.masks.mean():.1%} of them on the object, {path.stat().st_size / 1e3:.0f} kB")
