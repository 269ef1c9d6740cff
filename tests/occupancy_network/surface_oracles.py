"""What must be true of a surface around the samples that are inside, counted in other ways."""

import itertools

import numpy as np
from scipy import ndimage


def edge_balance(faces):
    """For every directed edge, how often it occurs, and how often its reverse occurs."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]).astype(np.int64)
    size = faces.max() + 1
    forward, times = np.unique(edges[:, 0] * size + edges[:, 1], return_counts=True)
    backward, _ = np.unique(edges[:, 1] * size + edges[:, 0], return_counts=True)
    return times.max(), np.array_equal(forward, backward)


def assert_closed_and_oriented(faces):
    times, has_reverse = edge_balance(faces)
    assert times == 1, "an edge is used twice in the same direction"
    assert has_reverse, "an edge has no triangle on its other side"


def padded(signs):
    """The samples with a layer of outside around them, so that the surface must close."""
    return np.pad(signs, 1, constant_values=-1.0)


def signed_volume(vertices, faces):
    a, b, c = (vertices[faces[:, n]].astype(float) for n in range(3))
    return np.einsum("ij,ij->", a, np.cross(b, c)) / 6


def sphere(n, radius=0.7, dtype=np.float32):
    grid = np.linspace(-1, 1, n)
    x, y, z = np.meshgrid(grid, grid, grid, indexing="ij")
    return (radius - np.sqrt(x * x + y * y + z * z)).astype(dtype)


def expected_topology(inside):
    """(Euler characteristic, components) of the surface around `inside`, counted from voxels alone.

    Vertices: grid edges with different ends. Contour segments: a grid face with two different
    neighbours has one, an ambiguous one two. Polygons: their edges cut the surface of a cube into
    the regions around connected inside corners and connected outside corners, one more than there
    are polygons. (Splitting polygons into triangles changes nothing.) Components: each separates
    one inside region from one outside region, and the regions form a tree.
    """
    inside = inside.astype(bool)
    vertices = sum(np.count_nonzero(np.diff(inside, axis=axis)) for axis in range(3))
    segments = 0
    for axis in range(3):
        planes = np.moveaxis(inside, axis, 0)
        ring = [planes[:, :-1, :-1], planes[:, 1:, :-1], planes[:, 1:, 1:], planes[:, :-1, 1:]]
        segments += sum(np.count_nonzero(ring[n] != ring[n - 1]) for n in range(4)) // 2
    faces_of_cube = [[c for c in range(8) if (c >> bit & 1) == side]
                     for bit in range(3) for side in (0, 1)]
    polygons = 0
    for corner in np.ndindex(*np.subtract(inside.shape, 1)):
        cube = inside[tuple(slice(c, c + 2) for c in corner)].reshape(-1)
        if cube.all() or not cube.any():
            continue
        group = list(range(8))
        for a, b in itertools.combinations(range(8), 2):
            adjacent = bin(a ^ b).count("1") == 1
            diagonal = any(a in face and b in face for face in faces_of_cube)
            if cube[a] == cube[b] and (adjacent or (diagonal and not cube[a])):
                group = [group[a] if g == group[b] else g for g in group]
        polygons += len(set(group)) - 1
    inside_parts = ndimage.label(inside)[1]
    outside_parts = ndimage.label(~inside, ndimage.generate_binary_structure(3, 2))[1]
    return vertices - segments + polygons, inside_parts + outside_parts - 1


def surface_components(faces):
    from scipy.sparse import coo_matrix, csgraph
    rows, columns = faces.ravel(), np.roll(faces, 1, axis=1).ravel()
    size = faces.max() + 1
    return csgraph.connected_components(coo_matrix((np.ones(len(rows)), (rows, columns)),
                                                   (size, size)))[0]


def boundary_loops(faces):
    """How many closed curves the edges make that have a triangle on one side only."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    edges = {tuple(edge) for edge in edges.tolist()}
    following = {a: b for b, a in edges if (a, b) not in edges}
    loops = 0
    while following:
        loops += 1
        start = following.pop(next(iter(following)))
        while start in following:
            start = following.pop(start)
    return loops


def regions_of_the_box_surface(inside):
    """Connected inside regions plus outside regions on the six sides of the box.

    Inside samples touch along the edges of the grid, outside samples also across a diagonal.
    """
    number = np.arange(inside.size).reshape(inside.shape)
    region = list(range(inside.size))

    def root(sample):
        while region[sample] != sample:
            sample = region[sample]
        return sample

    sides = [np.take(number, end, axis=axis) for axis in range(3) for end in (0, -1)]
    flat = inside.ravel()
    for side in sides:
        for steps, joins in (((1, 0), (True, False)), ((0, 1), (True, False)),
                             ((1, 1), (False,)), ((1, -1), (False,))):
            rows, columns = steps
            near = side[:len(side) - rows, max(0, -columns):side.shape[1] - max(0, columns)]
            far = side[rows:, max(0, columns):side.shape[1] + min(0, columns)]
            for a, b in zip(near.ravel().tolist(), far.ravel().tolist()):
                if flat[a] == flat[b] and flat[a] in joins:
                    region[root(a)] = root(b)
    return len({root(sample) for side in sides for sample in side.ravel().tolist()})
