"""A surface of flat polygons, as `walk_surface` finds it: its triangles, and what is measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from minicv import checks
from minicv.decision_boundary.relu_network import LARGEST_POINT


@dataclass(frozen=True, eq=False)
class Surface:
    """Flat convex polygons, joined at their sides.

    Attributes
    ----------
    vertices : (V, 3) array
    polygons : list of P (K,) arrays of int
        The vertices of each, counter-clockwise seen from outside (where f is not above the level).
    caps : list of (K,) arrays of int
        Likewise, the parts of the box's sides that are inside; some are missing if not `complete`.
    maps : (P, 4) array
        On polygon p the network is  maps[p, :3] . x + maps[p, 3].
    patterns : (P, U) array of bool
        Which of the hidden units, layer after layer, are active on each polygon.
    neighbours : list of P (K,) arrays of int
        Which polygon is behind the side from corner k to corner k + 1; -1 at the sides of the box.
    undecided : (K, 2, 3) array
        Boxes (lower and upper corner) in which surface may be missing; none if `complete`.

    Examples
    --------
    >>> from minicv import nn
    >>> from minicv.decision_boundary import exact_surface
    >>> surface = exact_surface(nn.MLP(3, 8, 1, rng=0), (-2, 2))
    >>> len(surface.polygons), surface.complete
    (17, True)
    """

    vertices: np.ndarray
    polygons: list[np.ndarray]
    caps: list[np.ndarray]
    maps: np.ndarray
    patterns: np.ndarray
    neighbours: list[np.ndarray]
    undecided: np.ndarray

    def __post_init__(self) -> None:
        vertices = checks.numbers(self.vertices, "vertices", ("V", 3), dtype=float,
                                  within=LARGEST_POINT)
        polygons = _corners(self.polygons, "polygons", len(vertices))
        last = max(len(polygons) - 1, 1)  # -1, the border, is further from 0 than a lone polygon
        neighbours = [checks.numbers(one, "neighbours", ("K",), kinds="iu", least=-1, within=last)
                      for one in checks.several(self.neighbours, "neighbours")]
        n = checks.same_length(polygons=polygons, neighbours=neighbours)
        vars(self).update(
            vertices=vertices, polygons=polygons, neighbours=neighbours,
            caps=_corners(self.caps, "caps", len(vertices)),
            maps=checks.numbers(self.maps, "maps", (n, 4), dtype=float),
            patterns=checks.numbers(self.patterns, "patterns", (n, "U"), kinds="b"),
            undecided=checks.numbers(self.undecided, "undecided", ("K", 2, 3), dtype=float))

    @property
    def complete(self) -> bool:
        """Whether every part of the box was decided: what is not here does not exist."""
        return len(self.undecided) == 0

    def triangles(self, cap: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """Vertices (V, 3) and triangles (F, 3), for ``Mesh(*surface.triangles(cap=True))``.

        With `cap` the surface is closed on the sides of the box, so that it encloses { f > level }.
        """
        fans, vertices = self._fans(cap)
        used, faces = np.unique(np.concatenate([np.empty((0, 3), int), *fans]), return_inverse=True)
        return vertices[used], faces.reshape(-1, 3)

    def owners(self, cap: bool = False) -> np.ndarray:
        """Of each of these triangles which polygon it is a part of (caps after all polygons)."""
        fans, _ = self._fans(cap)
        return np.repeat(np.arange(len(fans)), [len(fan) for fan in fans])

    def _fans(self, cap: bool) -> tuple[list[np.ndarray], np.ndarray]:
        """Each polygon as triangles round its first corner; all vertices.

        Two polygons that meet along a straight line of several sides may both have it as a
        diagonal.  Such polygons get a vertex in the middle.
        """
        polygons = self.polygons + (self.caps if checks.flag(cap, "cap") else [])
        fans = [np.stack([np.full(len(p) - 2, p[0]), p[1:-1], p[2:]], axis=1) for p in polygons]
        faces = np.concatenate([np.empty((0, 3), int), *fans])
        _, number, count = np.unique(_sides(faces), axis=0, return_inverse=True, return_counts=True)
        crowded = (count[number.ravel()] > 2).reshape(-1, 3).any(axis=1)
        owners = np.repeat(np.arange(len(fans)), [len(fan) for fan in fans])
        vertices = [self.vertices]
        for new, polygon in enumerate(np.unique(owners[crowded]).tolist(), len(self.vertices)):
            ring = polygons[polygon]
            fans[polygon] = np.stack([np.full(len(ring), new), ring, np.roll(ring, -1)], axis=1)
            vertices.append(self.vertices[ring].mean(axis=0)[None])
        return fans, np.concatenate(vertices)

    def area(self) -> float:
        """Of the surface, without the caps."""
        vertices, faces = self.triangles()
        return float(np.hypot.reduce(_area_vectors(vertices, faces), axis=1).sum() / 2)

    def volume(self) -> float:
        """Of { f > level } in the box; a ValueError if part of its border is undecided."""
        if not self.complete:
            raise ValueError(f"{len(self.undecided)} boxes are undecided: the volume is not known")
        vertices, faces = self.triangles(cap=True)
        if len(faces) == 0:
            return 0.0
        vertices = vertices - vertices.mean(axis=0)
        return float((vertices[faces[:, 0]] * _area_vectors(vertices, faces)).sum() / 6)

    def euler_characteristic(self, cap: bool = False) -> int:
        """Vertices - edges + polygons: 2 for each sphere, 0 for a torus, 2 - 2 genus in general."""
        vertices, faces = self.triangles(cap)
        return len(vertices) - len(np.unique(_sides(faces), axis=0)) + len(faces)


def _corners(polygons: list[np.ndarray], name: str, n_vertices: int) -> list[np.ndarray]:
    """For each polygon the vertices that are its corners."""
    polygons = [checks.numbers(corners, name, ("K",), kinds="iu", least=0, within=n_vertices - 1)
                for corners in checks.several(polygons, name)]
    if any(len(corners) < 3 for corners in polygons):
        raise ValueError("a polygon has at least 3 corners")
    return polygons


def _area_vectors(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    a, b, c = vertices[faces].swapaxes(0, 1)
    return np.cross(b - a, c - a)


def _sides(faces: np.ndarray) -> np.ndarray:
    """The three sides of each triangle, (3 F, 2): the lower vertex first."""
    return np.sort(np.stack([faces, np.roll(faces, -1, axis=1)], axis=2).reshape(-1, 2))
