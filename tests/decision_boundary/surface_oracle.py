"""The surface of a ReLU network by brute force: each region cut out of the box on its own.

A region is a list of polygons, with no table, no neighbours, no bounds and nothing dropped: all
regions of the box are made, then those with f > level, and what lies behind each of their faces is
asked of the network itself. In floats, with what is below 1e-10 taken for 0.
"""

import numpy as np

from minicv import nn

NOTHING = 1e-10


def box_faces(bound):
    """The six sides of the cube [-bound, bound]^3, (4, 3) each."""
    square = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
    return [bound * np.insert(square, axis, side, axis=1).astype(float)
            for axis in range(3) for side in (-1, 1)]


def clipped(polygon, values):
    """The part of a polygon where the values are >= 0; (K, 3), with the values there."""
    points, kept = [], []
    for n, (point, value) in enumerate(zip(polygon, values)):
        if value * values[n - 1] < 0:
            points.append(polygon[n - 1] + values[n - 1] / (values[n - 1] - value)
                          * (point - polygon[n - 1]))
            kept.append(0.0)
        if value >= 0:
            points.append(point)
            kept.append(value)
    return np.array(points).reshape(-1, 3), np.array(kept)


def half(faces, values, normal):
    """The part of a convex body where the values, linear with this normal, are >= 0."""
    result, zeros = [], []
    for face, at in zip(faces, values):
        part, kept = clipped(face, at)
        zeros += list(part[kept == 0])
        if len(part) > 2 and kept.max() > 0:
            result.append(part)
    around = np.array(zeros) - np.mean(zeros, axis=0)
    first = np.cross(normal, np.eye(3)[np.abs(normal).argmin()])
    angle = np.arctan2(around @ np.cross(normal, first) / np.linalg.norm(normal), around @ first)
    return result + [np.array(zeros)[np.argsort(angle)]]


def parts(faces, row):
    """The body cut by the zeros of an affine function: [(faces, whether it is positive)]."""
    everywhere = np.concatenate(faces) @ row[:3] + row[3]
    everywhere[np.abs(everywhere) < NOTHING] = 0
    if everywhere.min() >= 0 or everywhere.max() <= 0:
        return [(faces, everywhere.max() > 0)]
    values = np.split(everywhere, np.cumsum([len(face) for face in faces[:-1]]))
    return [(half(faces, values, row[:3]), True),
            (half(faces, [-at for at in values], row[:3]), False)]


def inside_bodies(layers, bound):
    """All regions with f > 0, as lists of polygons; layers are (weight, bias), f the last."""
    bodies = [(box_faces(bound), np.eye(3, 4))]
    for number, (weight, bias) in enumerate(layers):
        todo, bodies = bodies, []
        for faces, rows in todo:
            rows = weight @ rows
            rows[:, 3] += bias
            pieces = [(faces, rows)]
            for unit in range(len(rows)):
                pieces = [(part, at if positive else at * (np.arange(len(at)) != unit)[:, None])
                          for body, at in pieces for part, positive in parts(body, at[unit])
                          if positive or number < len(layers) - 1]
            bodies += pieces
    return [faces for faces, _ in bodies]


def network_with_surface(seed, most_units=16):
    """2 to 4 hidden layers of 4 units and more, as ([(weight, bias)], module); 0 is a common value.

    Three of four have weights that are multiples of a half or whole: most of them are degenerate.
    """
    rng = np.random.default_rng(seed)
    widths = rng.integers(4, most_units + 1, rng.integers(2, 5))
    module = nn.MLP(3, *widths.tolist(), 1, rng=seed, dtype=np.float64)
    factor, unit = [(1, 0), (2, 0.5), (3, 1), (2, 0.5)][seed % 4]
    for parameter in module.parameters():
        if unit:
            parameter.data[...] = np.round(factor * parameter.data / unit) * unit
    last = list(module)[-1]
    middle = np.median(module(rng.uniform(-1, 1, (200, 3))).data)
    last.bias.data -= np.round(middle / unit) * unit if unit else middle
    return [(layer.weight.data, layer.bias.data) for layer in list(module)[::2]], module


def brute_area(layers, module, bound):
    """The area of the border of { module > 0 } within [-bound, bound]^3."""
    areas, outside = [], []
    for faces in inside_bodies(layers, bound):
        middle = np.concatenate(faces).mean(axis=0)
        for face in faces:
            crosses = np.cross(face[1:-1] - face[0], face[2:] - face[0]).sum(axis=0)
            area = np.linalg.norm(crosses) / 2
            centre = face.mean(axis=0)
            if area < NOTHING or np.abs(centre).max() > bound - 1e-9:
                continue
            normal = crosses / (2 * area)
            areas.append(area)
            outside.append(centre + 1e-7 * normal * np.sign(normal @ (centre - middle)))
    values = module(np.reshape(outside, (-1, 3))).data[:, 0]
    return float(np.array(areas)[values <= 1e-12].sum())
