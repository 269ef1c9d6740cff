"""The surface of a ReLU network in space, by walking from face to face.

The problem.  A network f: (x, y, z) -> number is made of linear layers and ReLUs.  So the surface
{ f = level } is made of flat polygons, finitely many.  Which?

One face.  Say of each unit whether it is active: this pattern holds in a convex region, bounded by
the units' hinges (read `hinges` first).  There f is linear, and the surface is a part of a plane.
Go round that part: along an edge until a hinge or a side of the box stops us, then along that one,
and so on until the first edge comes again (`go_round`).  So each corner is where three planes meet:
f = level and two of these.

The next face.  Across an edge one unit changes its sign, the one in whose hinge the edge lies.  So
the face behind has the same pattern but for this unit, and it has a corner where the edge begins.
That is all we need to go round it, too.  A few faces are enough to begin with, those that rays meet
(`rays`); walk on until none is new (`walk`).

Joining.  No distances are compared (`join`).  Faces are neighbours if their patterns differ in the
unit of their edge.  A corner is named by its two planes and the states of all other units.

What it cannot do.  Parts of the surface that no ray meets are not found: so the result is never
`complete`, and all of the box is `undecided`.  `exact_surface` is slower, and proves that nothing
is missing.  And the walk needs every corner to be clear: beside its two planes' units, all are
further from 0 there than rounding could have moved them, and the corner itself is where it should
be, to a millionth of the box.  This proves each face and each step to the next.  Where it does not
hold, the walk gives up, and `exact_surface` does all: where three hinges meet in a point of the
surface, units share a hinge, or a face lies in one, as is common if weights are whole numbers.

Source: Lei and Jia, *Analytic marching*, ICML 2020.

What it costs.  The network of exercise 2.1 (3-64-64-64-64-64-1) has 8,242 faces after 45 epochs of
training: 0.6 seconds of one core and 160 MB; `exact_surface` takes 4.1 seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from minicv import checks, nn
from minicv.decision_boundary.complete import exact_surface
from minicv.decision_boundary.flat_surface import Surface
from minicv.decision_boundary.hinges import ALWAYS, Hinges
from minicv.decision_boundary.rays import ray_crossings
from minicv.decision_boundary.relu_network import LARGEST_POINT, relu_layers

NONE = -1
AT_ONCE = 500  # faces: their planes fit into the cache


class Doubt(Exception):
    """A sign that rounding may have chosen, or nowhere to begin."""


class Sides(NamedTuple):
    """All R sides, face after face: each lies in `plane`, and begins at `corner`."""

    face: np.ndarray  # (R,)
    plane: np.ndarray  # (R,)
    before: np.ndarray  # (R,), the plane of the edge that ends there
    corner: np.ndarray  # (R, 3)


def walk_surface(network: nn.Module, bounds: tuple = (-0.5, 0.5), level: float = 0.0, *,
                 n_rays: int = 16) -> Surface:
    """The border of { x : network(x) > level } within a box in space, as far as rays meet it.

    Parameters
    ----------
    network : nn.Module
        A `Sequential` of `Linear` and `ReLU` layers (an `MLP`) from points (N, 3) to (N, 1).
    bounds : (low, high)
        Of the box, each a number or one for each axis.
    level : float
        0 for logits. For a threshold tau on the probability, log(tau / (1 - tau)).
    n_rays : int
        The walk begins where n_rays^2 rays along each axis meet the surface.

    Returns
    -------
    Surface
        Each component of the surface that a ray meets, whole; not `complete`, and without `caps`.
        What `exact_surface` gives, if a corner is not clear or no ray meets any surface.

    Raises
    ------
    TypeError, ValueError
        As `exact_surface`.

    Examples
    --------
    >>> network = nn.MLP(3, 8, 1, rng=0)
    >>> walked, exact = walk_surface(network, (-2, 2)), exact_surface(network, (-2, 2))
    >>> len(walked.polygons), len(exact.polygons), walked.complete
    (17, 17, False)
    """
    n_rays = checks.whole(n_rays, "n_rays", least=1, most=256)
    low, high = checks.bounds(bounds, "bounds", 3, within=LARGEST_POINT)
    hinges = Hinges(relu_layers(network, 3, level=level), low, high)
    begin = []
    for origins, direction, length in rays_across(low, high, n_rays):
        distances = ray_crossings(network, origins, direction, 0, length, level=level)
        begin += [o + d[:, None] * direction for o, d in zip(origins, distances)]
    try:
        with np.errstate(over="ignore", invalid="ignore"):  # what overflows is never clear
            patterns, maps, sides = walk(hinges, np.concatenate(begin))
    except (Doubt, np.linalg.LinAlgError):
        return exact_surface(network, bounds, level)
    vertices, corners, neighbours = join(patterns, sides)
    ends = np.cumsum(np.bincount(sides.face))[:-1]
    return Surface(vertices, np.split(corners, ends), [], maps + [0, 0, 0, float(level)],
                   patterns[:, :-ALWAYS], np.split(neighbours, ends), np.array([[low, high]]))


def rays_across(low: np.ndarray, high: np.ndarray, n: int
                ) -> Iterator[tuple[np.ndarray, np.ndarray, float]]:
    """For each axis n^2 rays across the box: origins (n^2, 3), the direction (3,), the length."""
    share = (np.arange(n) + 0.5) / n
    for axis in range(3):
        plane = np.stack(np.meshgrid(share, share), axis=-1).reshape(-1, 2)
        origins = low + np.insert(plane, axis, 0, axis=1) * (high - low)
        yield origins, np.eye(3)[axis], float(high[axis] - low[axis])


def walk(hinges: Hinges, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, Sides]:
    """The faces at the points (N, 3), and all that can be reached from there.

    Gives their patterns (P, U + 7), f - level on them (P, 4), and their sides.
    """
    sure(len(points) > 0)
    known: set[bytes] = set()
    patterns, points = _new(known, hinges.patterns_at(points), points)
    todo = [patterns, *to_an_edge(hinges, patterns, points)]
    found, n_faces = [], 0
    while len(todo[0]):
        (patterns, *places), todo = zip(*[(part[:AT_ONCE], part[AT_ONCE:]) for part in todo])
        planes = hinges.under(patterns)
        sides = go_round(planes, hinges, *places)
        found.append((patterns, planes[:, :, -1], sides.face + n_faces, *sides[1:]))
        n_faces += len(patterns)
        inner = sides.plane < patterns.shape[1] - ALWAYS
        face, plane, before, corner = (part[inner] for part in sides)
        # In the face behind such a side, the edge in `before` begins at the same corner.
        behind = _new(known, flipped(patterns[face], plane), corner, before)
        todo = [np.concatenate(parts) for parts in zip(todo, behind)]
    patterns, maps, *parts = (np.concatenate(parts) for parts in zip(*found))
    return patterns, maps, Sides(*parts)


def _new(known: set[bytes], patterns: np.ndarray, *places: np.ndarray) -> list[np.ndarray]:
    """Those patterns that were not known, with their places; they are known now."""
    rows = []
    for row, name in enumerate(names(patterns)):
        if name not in known:
            known.add(name)
            rows.append(row)
    return [patterns[rows], *(part[rows] for part in places)]


def names(patterns: np.ndarray) -> list[bytes]:
    """Each pattern as something to look up."""
    return [bytes(row) for row in np.packbits(patterns, axis=1)]


def flipped(patterns: np.ndarray, units: np.ndarray) -> np.ndarray:
    """The patterns (N, U) after each has changed one unit (N,)."""
    return patterns ^ (units[:, None] == np.arange(patterns.shape[1]))


def to_an_edge(hinges: Hinges, patterns: np.ndarray, points: np.ndarray
               ) -> tuple[np.ndarray, np.ndarray]:
    """From points (N, 3) within faces straight on to an edge: there (N, 3), and its plane (N,)."""
    planes = hinges.under(patterns)
    normal = planes[:, :3, -1]
    direction = np.cross(normal, np.eye(3)[np.abs(normal).argmin(axis=1)])
    edge, distance = first_plane(planes, values_at(planes, points), direction)
    points = points + distance[:, None] * direction
    sure(values_at(planes, points, edge) > hinges.errors)
    return points, edge


def go_round(planes: np.ndarray, hinges: Hinges, points: np.ndarray, first: np.ndarray) -> Sides:
    """The sides of N faces, counter-clockwise seen from where f is below the level.

    We begin at points (N, 3) of the edges in planes `first` (N,).
    """
    steep = np.linalg.norm(planes[:, :3], axis=1)  # how fast values change with the place
    face, edge, found = np.arange(len(first)), first, []
    values = values_at(planes, points, first)
    while len(face):
        row = np.arange(len(face))
        direction = np.cross(planes[:, :3, -1], planes[row, :3, edge])
        stop, _ = first_plane(planes, values, direction)
        three = np.stack([edge, stop, np.full_like(stop, -1)], axis=1)
        rows = planes[row[:, None], :, three]
        corner = np.linalg.solve(rows[:, :, :3], -rows[:, :, 3:])[:, :, 0]
        # How far off it may be, if each of the three planes is moved by its error.
        per_plane = np.linalg.norm(np.linalg.inv(rows[:, :, :3]), axis=1)
        off = (per_plane * hinges.errors[three]).sum(axis=1)
        sure(off <= hinges.most_off)
        values = values_at(planes, corner, edge, stop)
        sure(values > hinges.errors + off[:, None] * steep)
        found.append((face, stop, edge, corner))
        on = stop != first[face]
        face, edge, planes, steep, values = (
            part[on] for part in (face, stop, planes, steep, values))
    sides = [np.concatenate(parts) for parts in zip(*found)]
    return Sides(*(part[np.argsort(sides[0], kind="stable")] for part in sides))


def values_at(planes: np.ndarray, points: np.ndarray, *edges: np.ndarray) -> np.ndarray:
    """(N, U + 7) values of the planes' functions at points (N, 3) of the surface.

    Infinite for f, and for the planes `edges` (N,) in which the points are known to lie.
    """
    values = (points[:, None] @ planes[:, :3] + planes[:, 3:])[:, 0]
    for edge in edges:
        values[np.arange(len(edge)), edge] = np.inf
    values[:, -1] = np.inf
    return values


def first_plane(planes: np.ndarray, values: np.ndarray, direction: np.ndarray
                ) -> tuple[np.ndarray, np.ndarray]:
    """Which plane (N,) is reached first in a direction (N, 3), and how far away it is (N,)."""
    rates = (direction[:, None] @ planes[:, :3])[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        distances = np.where(rates < 0, values / -rates, np.inf)
    nearest = distances.min(axis=1)
    sure(np.isfinite(nearest))
    return distances.argmin(axis=1), nearest


def sure(holds: np.ndarray | bool) -> None:
    """Go on only if all of these hold; values above their rounding errors are surely positive."""
    if not np.all(holds):
        raise Doubt


def join(patterns: np.ndarray, sides: Sides) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Vertices (V, 3), and of each side the vertex where it begins and the face behind it."""
    number = {name: n for n, name in enumerate(names(patterns))}
    own = patterns[sides.face]
    behind = [number.get(name, NONE) for name in names(flipped(own, sides.plane))]
    meeting = np.sort(np.stack([sides.before, sides.plane], axis=1), axis=1)
    np.put_along_axis(own, meeting, False, axis=1)
    vertex: dict[tuple, int] = {}
    corners = [vertex.setdefault(name, len(vertex))
               for name in zip(names(own), *meeting.T.tolist())]
    _, first = np.unique(corners, return_index=True)
    return sides.corner[first], np.array(corners), np.array(behind)
