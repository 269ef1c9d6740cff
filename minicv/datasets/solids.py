"""Solids whose surface is known exactly, and the chair that is made of them.

A network that has learned a shape is judged best against the shape itself.  Nobody has the true
surface of a scanned chair, so the chair of exercise 2.1 is put together from boxes and cylinders,
and three questions have exact answers: how far a point is from the surface, whether it is inside,
and where the surface is.

A solid is described by its *signed distance*: how far a point is from the surface, negative
inside.  The union of solids has the smallest of their distances.  Outside that is exact.  Inside,
where solids overlap, it may be too close to zero, but its sign is right, and occupancy needs only
the sign.

Coordinates are world coordinates, z up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from minicv import checks


@dataclass(frozen=True)
class Box:
    """A box along the axes: its centre, and half its size along x, y and z."""

    centre: tuple[float, float, float]
    half_size: tuple[float, float, float]

    @property
    def area(self) -> float:
        """Of the surface."""
        a, b, c = self.half_size
        return 8 * (a * b + b * c + c * a)

    def signed_distance(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) -> (N,), negative inside."""
        # How far beyond the pair of faces across each axis (negative: between the two faces).
        return _distance_beyond((np.abs(points - self.centre) - self.half_size).T)

    def sample_surface(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Points (count, 3) spread evenly over the surface."""
        half = np.array(self.half_size)
        # A face is an axis and a side of it. The two faces across an axis have the product of the
        # other two sizes as area.
        areas = half.prod() / half
        axis = rng.choice(3, size=count, p=areas / areas.sum())
        side = rng.choice([-1, 1], size=count)
        points = rng.uniform(-half, half, size=(count, 3))
        points[np.arange(count), axis] = side * half[axis]
        return points + self.centre


@dataclass(frozen=True)
class Cylinder:
    """A round rod from `start` to `end` with flat ends."""

    start: tuple[float, float, float]
    end: tuple[float, float, float]
    radius: float

    @property
    def length(self) -> float:
        """From end to end."""
        return float(np.linalg.norm(np.subtract(self.end, self.start)))

    @property
    def area(self) -> float:
        """Of the surface, both ends included."""
        return 2 * np.pi * self.radius * (self.length + self.radius)

    def _frame(self) -> tuple[np.ndarray, np.ndarray]:
        """The middle of the rod and the unit vector along it."""
        start, end = np.array(self.start), np.array(self.end)
        return (start + end) / 2, (end - start) / self.length

    def signed_distance(self, points: np.ndarray) -> np.ndarray:
        """(N, 3) -> (N,), negative inside."""
        middle, direction = self._frame()
        offset = points - middle
        along = offset @ direction
        from_axis = np.linalg.norm(offset - along[:, None] * direction, axis=1)
        beyond_end = np.abs(along) - self.length / 2
        beyond_side = from_axis - self.radius
        return _distance_beyond(np.stack([beyond_end, beyond_side]))

    def sample_surface(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Points (count, 3) spread evenly over the surface."""
        middle, direction = self._frame()
        # Two unit vectors across the rod, made from any vector that does not point along it.
        across_1 = np.cross(direction, np.eye(3)[np.argmin(np.abs(direction))])
        across_1 /= np.linalg.norm(across_1)
        across_2 = np.cross(direction, across_1)
        angle = rng.uniform(0, 2 * np.pi, size=(count, 1))
        outward = np.cos(angle) * across_1 + np.sin(angle) * across_2
        # The side has the area 2 pi r L, both ends together 2 pi r^2. On an end, the square root
        # spreads the points evenly: the share of a disc within the radius s r is s^2.
        on_side = rng.uniform(size=count) < self.length / (self.length + self.radius)
        along = np.where(on_side, rng.uniform(-1, 1, count), rng.choice([-1, 1], count))
        out = np.where(on_side, 1, np.sqrt(rng.uniform(size=count)))
        return (middle + (along * self.length / 2)[:, None] * direction
                + (out * self.radius)[:, None] * outward)


def _distance_beyond(beyond: np.ndarray) -> np.ndarray:
    """Signed distance from how far each of N points lies beyond K perpendicular faces: (K, N).

    Outside, the faces that a point is beyond are the legs of a right triangle; inside, the
    nearest face counts.
    """
    outside = np.linalg.norm(np.maximum(beyond, 0), axis=0)
    inside = np.minimum(beyond.max(axis=0), 0)
    return outside + inside


def _chair_parts() -> tuple[Box | Cylinder, ...]:
    """The chair, 0.9 high, facing -y; it stands free inside the cube [-0.5, 0.5]^3."""
    seat = Box(centre=(0, -0.02, -0.03), half_size=(0.33, 0.31, 0.055))
    splat = Box(centre=(0, 0.29, 0.15), half_size=(0.055, 0.04, 0.16))
    top_rail = Box(centre=(0, 0.33, 0.37), half_size=(0.33, 0.045, 0.08))
    parts: list[Box | Cylinder] = [seat, splat, top_rail]
    for side in (-1, 1):
        front_leg = Cylinder((0.26 * side, -0.26, -0.03), (0.30 * side, -0.30, -0.45), 0.046)
        back_leg = Cylinder((0.26 * side, 0.22, -0.03), (0.30 * side, 0.27, -0.45), 0.046)
        back_post = Cylinder((0.28 * side, 0.25, -0.03), (0.28 * side, 0.34, 0.40), 0.046)
        rung = Cylinder((0.281 * side, -0.281, -0.23), (0.281 * side, 0.246, -0.23), 0.03)
        parts += [front_leg, back_leg, back_post, rung]
    return tuple(parts)


CHAIR = _chair_parts()


def chair_signed_distance(points: np.ndarray) -> np.ndarray:
    """Distance of points (N, 3), z up, to the surface of the chair: (N,), negative inside.

    Exact outside. Inside, where parts overlap, a lower bound of the depth.

    Examples
    --------
    >>> above_the_seat = np.array([[0.0, 0.0, 0.125]])
    >>> round(float(chair_signed_distance(above_the_seat)[0]), 6)
    0.1
    """
    # float64, so that the sign near the surface can be trusted.
    points = checks.numbers(points, "points", ("N", 3), dtype=np.float64, within=1e100)
    distance = np.full(len(points), np.inf)
    for part in CHAIR:
        np.minimum(distance, part.signed_distance(points), out=distance)
    return distance


def chair_occupancy(points: np.ndarray) -> np.ndarray:
    """Which of the points (N, 3), z up, lie inside the chair: (N,) bool.

    Examples
    --------
    >>> chair_occupancy(np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 0.3]])).tolist()
    [True, False]
    """
    return chair_signed_distance(points) < 0


def chair_surface(count: int, rng: np.random.Generator | int | None = None) -> np.ndarray:
    """Points spread evenly over the surface of the chair: (count, 3) float64, z up.

    We draw a part with a chance proportional to its area, draw a point on that part, and throw
    it away when it lies inside another part. What is left is uniform over the union's surface.

    Parameters
    ----------
    count : int
        How many points, at most a million.
    rng : numpy.random.Generator, int or None
        For the random choice.

    Examples
    --------
    >>> points = chair_surface(1000, rng=0)
    >>> bool(np.abs(chair_signed_distance(points)).max() < 1e-12)
    True
    """
    count = checks.whole(count, "count", least=0, most=1_000_000)
    rng = checks.generator(rng)
    areas = np.array([part.area for part in CHAIR])
    points = np.empty((0, 3))
    while len(points) < count:
        drawn = np.empty((count, 3))
        part_of = rng.choice(len(CHAIR), size=count, p=areas / areas.sum())
        for index, part in enumerate(CHAIR):
            chosen = part_of == index
            drawn[chosen] = part.sample_surface(chosen.sum(), rng)
        on_surface = chair_signed_distance(drawn) > -1e-12  # exactly 0, but for rounding
        points = np.concatenate([points, drawn[on_surface]])
    return points[:count]
