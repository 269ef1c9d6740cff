"""The pinhole camera: which ray each pixel looks along, and where in the picture a point appears.

*The intrinsics* K say how points in front of the camera get into the picture.  In the camera's own
coordinates x points to the right, y **down**, and z forward, along the line of sight.  A point
(x, y, z) appears in the pixel coordinates

    u = fx x / z + cx,      v = fy y / z + cy,          K = [fx  0 cx]
                                                            [ 0 fy cy]
                                                            [ 0  0  1]

where fx, fy are the focal length in pixels and (cx, cy) is where the line of sight meets the
picture.  Pixel coordinates are continuous: column 3 reaches from u = 3 to u = 4, and the centre of
the pixel in row i and column j is (j + 0.5, i + 0.5).

*The pose* takes camera coordinates to world coordinates:

    p_world = R p_camera + t,                           pose = [R t]
                                                               [0 1]

The columns of R are the camera's x, y and z axes in the world, and t is its centre.  (Many programs
store the inverse, "world to camera", as extrinsics.)

Backwards, a pixel gives not a point but a ray, p = t + d w: all points that appear in it.  Here w
has length 1, so that d is a *distance*; the *depth* of most cameras is z, which is shorter.

It serves exercise 1.2.  Source: Hartley and Zisserman, *Multiple View Geometry in Computer Vision*,
2nd edition, chapter 6; axes as in OpenCV (OpenGL and Blender have y up and look along -z).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from minicv import checks

LARGEST = 1e12  # of a coordinate: its square is a number also in float32
MOST_PIXELS = 2**22  # 2048 x 2048: their rays take half a gigabyte


class Camera:
    """A pinhole camera.

    Parameters
    ----------
    intrinsics : (3, 3) array
        K as above, in pixels.
    pose : (4, 4) array
        From camera to world; a pose that mirrors or scales is a ValueError.
    size : (int, int)
        Height and width of its pictures, in pixels; at most 2**22 pixels in all.

    Examples
    --------
    >>> camera = Camera.look_at(eye=(0, -2, 0), target=(0, 0, 0), field_of_view=90, size=(10, 10))
    >>> pixels, depths = camera.project(np.array([[1.0, 0.0, 0.0]]))
    >>> pixels.round(6).tolist(), depths.round(6).tolist()
    ([[7.5, 5.0]], [2.0])
    """

    def __init__(self, intrinsics: np.ndarray, pose: np.ndarray, size: Sequence[int]):
        # Copies: the camera stays what it is when the caller's arrays change.
        intrinsics, pose = checks.cameras(intrinsics, pose, (), within=LARGEST)
        self.intrinsics, self.pose = intrinsics.copy(), pose.copy()
        self.size = height, width = checks.pair(size, "size", order="height, width")
        if height * width > MOST_PIXELS:
            raise ValueError(f"size must be at most {MOST_PIXELS:,} pixels, got {height} x {width}")

    @classmethod
    def look_at(cls, eye: Sequence[float], target: Sequence[float], *, field_of_view: float,
                size: Sequence[int], up: Sequence[float] = (0.0, 0.0, 1.0)) -> Camera:
        """A camera at `eye` that looks at `target`, its picture's upper edge towards `up`.

        Parameters
        ----------
        eye, target, up : (3,) arrays
            Two different points, and a direction that is not along the line of sight.
        field_of_view : float
            The angle between the left and the right edge of the picture, in degrees, below 180.
        size : (int, int)
            Height and width in pixels, which are square.
        """
        start, end, upwards = (
            checks.numbers(vector, name, (3,), dtype=float, within=LARGEST)
            for vector, name in ((eye, "eye"), (target, "target"), (up, "up")))
        field_of_view = checks.number(field_of_view, "field_of_view", least=1e-3, below=180)
        height, width = checks.pair(size, "size", most=MOST_PIXELS, order="height, width")
        forward = _unit(end - start, "eye and target are the same point")
        across = np.cross(forward, _unit(upwards, "up is zero"))
        # Below 1e-8 it is but rounding.
        right = _unit(across, "up is along the line of sight; choose another up", least=1e-8)
        down = np.cross(forward, right)
        pose = np.eye(4)
        pose[:3] = np.stack([right, down, forward, start], axis=1)
        focal = width / 2 / math.tan(math.radians(field_of_view) / 2)
        intrinsics = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1]])
        return cls(intrinsics, pose, (height, width))

    @property
    def centre(self) -> np.ndarray:
        """(3,) where the camera is, in the world."""
        return self.pose[:3, 3].copy()

    def pixel_centres(self) -> np.ndarray:
        """(height * width, 2) pixel coordinates (u, v) of all pixels' centres, row by row.

        >>> Camera(np.eye(3), np.eye(4), (1, 2)).pixel_centres().tolist()
        [[0.5, 0.5], [1.5, 0.5]]
        """
        height, width = self.size
        v, u = np.mgrid[:height, :width] + 0.5
        return np.stack([u.ravel(), v.ravel()], axis=1)

    def rays(self, pixels: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """The rays along which pixels look.

        Parameters
        ----------
        pixels : (N, 2) array, optional
            Pixel coordinates (u, v); all pixels' centres if None.

        Returns
        -------
        origins, directions : (N, 3) arrays
            Each origin is the centre of the camera, each direction has length 1.

        Examples
        --------
        >>> origins, directions = Camera(np.eye(3), np.eye(4), (1, 1)).rays([(0, 0)])
        >>> origins.tolist(), directions.tolist()
        ([[0.0, 0.0, 0.0]], [[0.0, 0.0, 1.0]])
        """
        pixels = self.pixel_centres() if pixels is None else checks.numbers(
            pixels, "pixels", ("N", 2), dtype=float, within=LARGEST)
        focal, middle = self.intrinsics[[0, 1], [0, 1]], self.intrinsics[:2, 2]
        ahead = np.ones((len(pixels), 3))
        ahead[:, :2] = (pixels - middle) / focal
        directions = ahead @ self.pose[:3, :3].T
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        return np.tile(self.centre, (len(pixels), 1)), directions

    def project(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where points appear.

        Parameters
        ----------
        points : (N, 3) array
            In the world.

        Returns
        -------
        pixels : (N, 2) array
            Pixel coordinates (u, v), inside the picture or not; NaN behind the camera.
        depths : (N,) array
            z in camera coordinates; 0 or less behind the camera.

        Examples
        --------
        >>> pixels, depths = Camera(np.eye(3), np.eye(4), (1, 1)).project([(1, 2, 4), (0, 0, -1)])
        >>> pixels.tolist(), depths.tolist()
        ([[0.25, 0.5], [nan, nan]], [4.0, -1.0])
        """
        points = checks.numbers(points, "points", ("N", 3), dtype=float, within=LARGEST)
        x, y, z = ((points - self.centre) @ self.pose[:3, :3]).T  # R^T (p - t): R^-1 = R^T
        in_front = np.where(z > 0, z, np.nan)
        focal, middle = self.intrinsics[[0, 1], [0, 1]], self.intrinsics[:2, 2]
        with np.errstate(over="ignore"):  # just in front of the camera, far aside
            return np.stack([x, y] / in_front, axis=1) * focal + middle, z


def box_interval(origins: np.ndarray, directions: np.ndarray,
                 bounds: tuple = (-0.5, 0.5)) -> tuple[np.ndarray, np.ndarray]:
    """The part of each ray that lies inside a box along the axes.

    Parameters
    ----------
    origins, directions : (N, 3) arrays
    bounds : (low, high)
        Two numbers for all axes, or two points (3,); low is below high.

    Returns
    -------
    near, far : (N,) arrays
        Where each ray enters, at least 0, and leaves. near > far if it misses the box.

    Examples
    --------
    >>> near, far = box_interval(np.array([[-2.0, 0, 0]]), np.array([[1.0, 0, 0]]))
    >>> near.tolist(), far.tolist()
    ([1.5], [2.5])
    """
    origins = checks.numbers(origins, "origins", ("N", 3), dtype=float, within=LARGEST)
    directions = checks.numbers(directions, "directions", origins.shape, dtype=float)
    low, high = checks.bounds(bounds, "bounds", 3, within=LARGEST)
    # The ray is in the box where it is between all three pairs of planes; it is between the planes
    # across axis i from (low_i - o_i) / w_i to (high_i - o_i) / w_i. If it runs along them, it is
    # between them everywhere or nowhere.
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        to_low, to_high = (low - origins) / directions, (high - origins) / directions
    along = directions == 0
    nowhere = along & ((origins < low) | (origins > high))
    near = np.where(along, -np.inf, np.minimum(to_low, to_high)).max(axis=1)
    far = np.where(along, np.inf, np.maximum(to_low, to_high)).min(axis=1)
    far[nowhere.any(axis=1)] = -1
    return np.maximum(near, 0), far


def _unit(vector: np.ndarray, if_zero: str, least: float = 0.0) -> np.ndarray:
    length = np.linalg.norm(vector)
    if length <= least:
        raise ValueError(if_zero)
    return vector / length
