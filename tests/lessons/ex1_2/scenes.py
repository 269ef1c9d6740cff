"""Views of two objects, for the tests of lesson 1.2."""

import json

import numpy as np
from PIL import Image

from minicv.datasets import Views
from minicv.datasets.teapot import see_teapot
from minicv.volumetric_rendering import Camera


def views_of(see, n_views=8, size=(16, 16), distance=2.2, centre=(0.0, 0, 0)):
    """Views all around an object, the last two to test with.

    `see(origins, directions)` gives distances (inf: none), normals and colours of rays.
    """
    cameras, images, masks = [], [], []
    for angle in 2.4 * np.arange(n_views):
        eye = centre + distance * np.array([np.cos(angle), np.sin(angle), 0.3])
        cameras.append(Camera.look_at(eye, centre, field_of_view=30, size=size))
        distances, _, colours = see(*cameras[-1].rays())
        masks.append(np.isfinite(distances).reshape(size))
        colours = np.where(masks[-1].reshape(-1, 1), colours, 1)
        images.append(np.round(255 * colours).astype(np.uint8).reshape(*size, 3))
    return Views(np.stack(images), np.stack(masks),
                 np.stack([camera.intrinsics for camera in cameras]),
                 np.stack([camera.pose for camera in cameras]), np.arange(n_views) >= n_views - 2)


def teapot_views(n_views=8, size=(16, 16)):
    return views_of(see_teapot, n_views, size)


def see_ball(centre, radius):
    """A function like `see_teapot`, for a ball whose colour is its normal."""
    def see(origins, directions):
        along = ((centre - origins) * directions).sum(axis=1)
        across = np.linalg.norm(centre - origins - along[:, None] * directions, axis=1)
        half = np.sqrt(np.maximum(radius**2 - across**2, 0))
        distances = np.where(across < radius, along - half, np.inf)
        points = origins + np.where(np.isfinite(distances), distances, 0)[:, None] * directions
        normals = (points - centre) / radius
        return distances, normals, np.clip(0.5 + 0.5 * normals, 0, 1)
    return see


def ball_views(n_views=8, size=(16, 16), centre=(3.0, -1.0, 2.0), radius=1.17):
    """A ball of 2.6 times the usual size, somewhere else in the world."""
    centre = np.array(centre)
    return views_of(see_ball(centre, radius), n_views, size, 2.6 * 2.2, centre)


def write_transforms(folder, views):
    """The same views in the format of NeRF's synthetic scenes, with Blender's axes."""
    turn = np.diag([1.0, -1, -1, 1])
    for split, chosen in (("train", ~views.test), ("test", views.test)):
        (folder / split).mkdir()
        frames = []
        for n in np.flatnonzero(chosen):
            alpha = np.where(views.masks[n], 255, 0).astype(np.uint8)
            picture = np.dstack([views.images[n], alpha])
            Image.fromarray(picture).save(folder / split / f"r_{n}.png")
            frames.append({"file_path": f"./{split}/r_{n}",
                           "transform_matrix": (views.poses[n] @ turn).tolist()})
        width = views.images.shape[2]
        angle = 2 * np.arctan(width / 2 / views.intrinsics[0, 0, 0])
        (folder / f"transforms_{split}.json").write_text(
            json.dumps({"camera_angle_x": angle, "frames": frames}))
