"""Poses from elsewhere: which convention they have, and where the object is.

Everybody's poses are 4 x 4 matrices, and no two programs mean the same by them.  Ours go from the
camera to the world, and the camera has x to the right, y down and z forward (OpenCV's axes).
OpenGL and Blender have y up and z *backward*; COLMAP and many others store the inverse, from the
world to the camera.

*Which one is it?*  All pictures show one object, so the rays through the middles of its masks meet
somewhere, in front of all cameras.  With a wrong convention they do not: the object would be behind
the cameras, or the rays would pass far from each other.  So try each, and see.

*Where is the object?*  Its masks tell.  A point of the object is inside the mask in every picture
that it appears in; the points for which this holds are the *visual hull* (Laurentini, 1994), a
little larger than the object.  We carve it out of a coarse grid, and move and scale the world so
that it fits into the cube from -0.5 to 0.5, in which the networks of exercise 1.2 look for a
surface.
"""

from __future__ import annotations

import numpy as np

from minicv import checks
from minicv.volumetric_rendering.cameras import LARGEST, Camera

TURN = np.diag([1.0, -1.0, -1.0, 1.0])  # y up and z backward <-> y down and z forward

CONVENTIONS = {
    "camera to world, OpenCV's axes": lambda poses: poses,
    "camera to world, OpenGL's axes (Blender's)": lambda poses: poses @ TURN,
    "world to camera, OpenCV's axes": lambda poses: np.linalg.inv(poses),
    "world to camera, OpenGL's axes (Blender's)": lambda poses: np.linalg.inv(TURN @ poses),
}


def find_convention(intrinsics: np.ndarray, poses: np.ndarray, masks: np.ndarray
                    ) -> tuple[str, np.ndarray]:
    """The convention that the poses seem to have, and the poses in ours.

    If the rays through the object meet in front of the cameras by no convention, the poses are of
    another kind, or do not belong to the pictures: a ValueError.

    Parameters
    ----------
    intrinsics : (N, 3, 3) array
    poses : (N, 4, 4) array
        Of at least two views.
    masks : (N, H, W) bool array
        Which pixels show the object.

    Returns
    -------
    name : str
        A key of `CONVENTIONS`.
    poses : (N, 4, 4) array
        From the camera (x right, y down, z forward) to the world.

    Examples
    --------
    >>> cameras = [Camera.look_at(eye, (0, 0, 0), field_of_view=30, size=(9, 9))
    ...            for eye in ((3, 0, 1), (0, 3, 1), (-3, 0, 2))]
    >>> poses = np.stack([camera.pose @ TURN for camera in cameras])
    >>> masks = np.zeros((3, 9, 9), bool)
    >>> masks[:, 3:6, 3:6] = True
    >>> find_convention(np.stack([camera.intrinsics for camera in cameras]), poses, masks)[0]
    "camera to world, OpenGL's axes (Blender's)"
    """
    intrinsics, poses, masks = _checked(intrinsics, poses, masks)
    best = None
    for name, convert in CONVENTIONS.items():
        converted = convert(poses)
        meeting, away = _meeting_point(intrinsics, converted, masks)
        depths = ((meeting - converted[:, :3, 3]) * converted[:, :3, 2]).sum(axis=1)
        off = away.max() / np.abs(depths).min()
        if (depths > 0).all() and (best is None or off < best[0]):
            best = off, name, converted
    if best is None or best[0] > 0.1:  # of the distance: right ones are at 0.01 to 0.03
        raise ValueError("the rays through the object do not meet in front of the cameras with any "
                         "axes: do the poses belong to the pictures, in this order?")
    return best[1], best[2]


def seen_bounds(intrinsics: np.ndarray, poses: np.ndarray, masks: np.ndarray,
                resolution: int = 64) -> tuple[np.ndarray, np.ndarray]:
    """The box around all that may be there, by what the cameras see: that of the visual hull.

    Parameters
    ----------
    intrinsics, poses, masks : arrays
        As `find_convention` takes and gives them.
    resolution : int
        Points along each side of the grid that is carved.

    Returns
    -------
    low, high : (3,) arrays
        A ValueError if no point is inside all masks.

    Examples
    --------
    >>> cameras = [Camera.look_at(eye, (0, 0, 0), field_of_view=60, size=(99, 99))
    ...            for eye in ((2, 0, 0), (0, 2, 0), (0.001, 0, 2))]
    >>> ball = [np.linalg.norm(np.cross(*camera.rays()), axis=1).reshape(99, 99) < 0.5
    ...         for camera in cameras]
    >>> low, high = seen_bounds([camera.intrinsics for camera in cameras],
    ...                         [camera.pose for camera in cameras], ball)
    >>> low.round(1).tolist(), high.round(1).tolist()  # a little larger than the ball
    ([-0.6, -0.6, -0.6], [0.6, 0.6, 0.6])
    """
    intrinsics, poses, masks = _checked(intrinsics, poses, masks)
    resolution = checks.whole(resolution, "resolution", least=8, most=256)
    centre, _ = _meeting_point(intrinsics, poses, masks)
    cameras = [Camera(*matrices, masks.shape[1:]) for matrices in zip(intrinsics, poses)]
    reach = 0.0
    for camera, mask in zip(cameras, masks):
        (pixel,), (depth,) = camera.project(centre[None])
        rows, columns = np.nonzero(mask)
        beside = np.stack([columns + 0.5, rows + 0.5], axis=1) - pixel
        reach = max(reach, np.abs(beside).max() * abs(depth) / camera.intrinsics[0, 0])
    reach *= 1.3  # a pixel is a cone: parts nearer to the camera look larger than at the centre
    axis = np.linspace(-reach, reach, resolution)
    points = centre + np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    n_seen = np.zeros(len(points), int)  # by how many cameras each point is seen in the mask
    for camera, mask in zip(cameras, masks):
        inside, outside = _in_mask(camera, mask, points)
        points, n_seen = points[~outside], (n_seen + inside)[~outside]
    points = points[2 * n_seen >= len(cameras)]
    if len(points) == 0:
        raise ValueError("no point is inside all masks: do masks and poses belong to one object?")
    step = axis[1] - axis[0]
    return points.min(axis=0) - step / 2, points.max(axis=0) + step / 2


def into_cube(poses: np.ndarray, low: np.ndarray, high: np.ndarray, side: float = 0.9
              ) -> tuple[np.ndarray, np.ndarray, float]:
    """Poses in a world that is moved and scaled so that a box fits into the cube around 0.

    Parameters
    ----------
    poses : (N, 4, 4) array
        From camera to world.
    low, high : (3,) arrays
        Corners of the box, as from `seen_bounds`.
    side : float
        The longest side of the box afterwards; the cube has sides of 1.

    Returns
    -------
    poses : (N, 4, 4) array
    centre : (3,) array
        Where the middle of the cube is in the old world.
    scale : float
        new = scale * (old - centre).

    Examples
    --------
    >>> poses, centre, scale = into_cube([np.eye(4)], [0, 0, 0], [9, 2, 2])
    >>> centre.tolist(), scale, (-scale * centre).tolist() == poses[0, :3, 3].tolist()
    ([4.5, 1.0, 1.0], 0.1, True)
    """
    poses = checks.numbers(poses, "poses", ("N", 4, 4), dtype=float)
    low, high = checks.bounds((low, high), "(low, high)", 3, within=LARGEST)
    side = checks.number(side, "side", above=0, most=1)
    centre, scale = (low + high) / 2, side / float((high - low).max())
    moved = poses.copy()
    moved[:, :3, 3] = scale * (poses[:, :3, 3] - centre)
    return moved, centre, scale


def _checked(intrinsics: np.ndarray, poses: np.ndarray, masks: np.ndarray
             ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    intrinsics, poses = checks.cameras(intrinsics, poses, within=LARGEST)
    masks = checks.numbers(masks, "masks", (len(poses), "H", "W"), kinds="b")
    if len(poses) < 2:
        raise ValueError(f"need at least two views to tell where the object is, got {len(poses)}")
    checks.refuse(masks.sum(axis=(1, 2)) == 0, "masks", "without an object", of="")
    return intrinsics, poses, masks


def _meeting_point(intrinsics: np.ndarray, poses: np.ndarray, masks: np.ndarray
                   ) -> tuple[np.ndarray, np.ndarray]:
    """The point nearest to the rays through the middles of all masks, and how far each passes."""
    middles = np.array([np.argwhere(mask).mean(axis=0)[::-1] + 0.5 for mask in masks])
    ahead = np.ones((len(poses), 3))
    ahead[:, :2] = (middles - intrinsics[:, :2, 2]) / intrinsics[:, [0, 1], [0, 1]]
    directions = np.einsum("nij,nj->ni", poses[:, :3, :3], ahead)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    # (I - w w^T) takes off what is along the ray: its length is the distance from the ray.
    across = np.eye(3) - directions[:, :, None] * directions[:, None, :]
    origins = poses[:, :3, 3]
    point = np.linalg.lstsq(across.sum(axis=0), np.einsum("nij,nj->i", across, origins),
                            rcond=None)[0]
    return point, np.linalg.norm(np.einsum("nij,nj->ni", across, point - origins), axis=1)


def _in_mask(camera: Camera, mask: np.ndarray, points: np.ndarray
             ) -> tuple[np.ndarray, np.ndarray]:
    """Which points appear in the mask, and which beside it or behind the camera.

    What lies outside of the picture is neither: nobody knows.
    """
    pixels, depths = camera.project(points)
    height, width = mask.shape
    column, row = np.floor(np.nan_to_num(pixels, nan=-1.0).clip(-1, 1e6)).astype(int).T
    in_picture = (depths > 0) & (column >= 0) & (column < width) & (row >= 0) & (row < height)
    inside = np.zeros(len(points), bool)
    inside[in_picture] = mask[row[in_picture], column[in_picture]]
    return inside, (in_picture & ~inside) | (depths <= 0)
