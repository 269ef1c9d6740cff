"""Asking a network for its value on a whole grid, without paying for each point in full.

The problem.  A mesh needs the network's value on a grid: 128^3 is two million points, and each
costs a pass through all layers.  Two observations save most of the work.

*A ReLU network hardly bends inside a small box* (`BoxEvaluator`).  A ReLU does something only where
its input changes sign.  Over a box of 16^3 grid points most units are positive throughout, where
ReLU does nothing, or negative throughout, where it gives zero.  Which, can be proven before any
point is evaluated: if  z = w . f + b  and every feature f_i stays within m_i +- r_i, then z stays
within  w . m + b  +-  |w| . r.  Only the few units for which this interval contains zero, the
*bends*, have to be evaluated point by point; all others are linear functions of the coordinates and
of the bends before them, and matrices of these functions are multiplied once for the whole box.
A network with 5 x 64 hidden units has some 10 bends a layer in such a box, and a point costs some
1,500 multiplications in place of 16,640.  The result is the same but for rounding.

*Far from the surface the sign is all we need* (`evaluate_near_surface`).  Start with a coarse grid,
and evaluate the next finer one only in the cells where the sign changes: MISE, multiresolution
isosurface extraction (Mescheder et al., *Occupancy networks*, CVPR 2019, section 3.3 and figure 2).

It serves exercise 2.1 d.  The sheet sends all grid points through the network in batches of a data
loader, and so do the industrial libraries; `evaluate_grid` falls back to that for networks that are
not made of Linear and ReLU layers.
"""

from __future__ import annotations

import numpy as np

from minicv import nn
from minicv.autograd import Tensor, no_grad

BOX = 16  # grid points along each side of a box: fewer bend less, more share the work before them
SPARSE_BOX = 32  # the same where only the samples near a surface are evaluated
BATCH = 4096  # rows that go through a network of another kind at a time: they fit the cache

Bounds = tuple[float, float] | tuple[tuple[float, float, float], tuple[float, float, float]]


def grid_corners(bounds: Bounds) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper corner (3,) of the box that `bounds` = (low, high) describes.

    Raises
    ------
    ValueError : not two numbers or two points, not finite, or low is not below high.
    """
    try:
        low, high = (np.broadcast_to(np.asarray(corner, float), 3) for corner in bounds)
    except (TypeError, ValueError) as error:
        raise ValueError(f"bounds must be (low, high), two numbers or two points; "
                         f"got {bounds!r}") from error
    if not (np.isfinite([low, high]).all() and (low < high).all()):
        raise ValueError(f"bounds must be finite, with low below high; got {bounds!r}")
    return low, high


class BoxEvaluator:
    """A scalar network as a function of points that lie close together.

    Parameters
    ----------
    network : a module that maps (N, D) to (N, 1).
    dtype : in which to compute; that of the network's parameters if None (float32 without any).

    Calling it with points (D, N), a row for each coordinate, gives the values (N,). They are right
    for any points, and computed fast if the points fill a small box.
    """

    def __init__(self, network: nn.Module, dtype=None):
        self.network = network
        # A network may be a formula without parameters; then it is asked in float32.
        self._own_dtype = next((p.dtype for p in network.parameters()), np.dtype(np.float32))
        self.dtype = np.dtype(self._own_dtype if dtype is None else dtype)
        self.layers = _linear_layers(network)
        if self.layers is not None:
            self.layers = [(w.astype(self.dtype), b.astype(self.dtype)) for w, b in self.layers]
            widths = [w.shape[0] for w, _ in self.layers]
            rows = 1 + self.layers[0][0].shape[1] + sum(widths[:-1])
            # A row longer than the box: rows a power of two apart would share few cache lines.
            self._features = np.empty((rows, BOX**3 + 16), self.dtype)

    def __call__(self, points: np.ndarray) -> np.ndarray:
        if self.layers is None:
            return self._in_batches(points)
        size = self._features.shape[1]
        return np.concatenate([self._in_box(points[:, start:start + size])
                               for start in range(0, points.shape[1], size)])

    def _in_batches(self, points: np.ndarray) -> np.ndarray:
        with no_grad():
            values = [self.network(Tensor(np.ascontiguousarray(rows, self._own_dtype))).data[:, 0]
                      for start in range(0, points.shape[1], BATCH)
                      for rows in [points[:, start:start + BATCH].T]]
        return np.concatenate(values).astype(self.dtype, copy=False)

    def _in_box(self, points: np.ndarray) -> np.ndarray:
        """Values at up to BOX^3 points; see the head of this module for the idea."""
        n_inputs, n_points = points.shape
        low, high = points.min(axis=1), points.max(axis=1)
        centre = (low + high) / 2

        # The features: 1, the coordinates relative to the centre of the box, and then the bends.
        # Feature i stays within middle[i] +- reach[i].
        features = self._features[:, :n_points]
        features[0] = 1
        np.subtract(points, centre[:, None], out=features[1:1 + n_inputs])
        middle, reach = np.zeros((2, len(features)), self.dtype)
        middle[0] = 1
        reach[1:1 + n_inputs] = (high - low) / 2
        known = 1 + n_inputs

        # The outputs of the layer so far as linear functions of the known features, a row each.
        outputs = np.eye(n_inputs, known, 1, dtype=self.dtype)
        outputs[:, 0] = centre
        for weight, bias in self.layers[:-1]:
            z = weight @ outputs
            z[:, 0] += bias
            z_middle, z_reach = z @ middle[:known], np.abs(z) @ reach[:known]
            bends = np.flatnonzero(np.abs(z_middle) < z_reach)
            values = features[known:known + len(bends)]
            np.matmul(z[bends], features[:known], out=values)
            np.maximum(values, 0, out=values)

            outputs = np.zeros((len(z), known + len(bends)), self.dtype)
            positive = z_middle >= z_reach
            outputs[positive, :known] = z[positive]
            outputs[bends, np.arange(known, known + len(bends))] = 1
            least, most = values.min(axis=1), values.max(axis=1)
            middle[known:known + len(bends)] = (least + most) / 2
            reach[known:known + len(bends)] = (most - least) / 2
            known += len(bends)
        weight, bias = self.layers[-1]
        last = (weight @ outputs)[0]
        last[0] += bias[0]
        return last @ features[:known]


def _linear_layers(network: nn.Module) -> list[tuple[np.ndarray, np.ndarray]] | None:
    """Weights and biases of a chain Linear, ReLU, ..., Linear with one output; else None."""
    if not isinstance(network, nn.Sequential) or len(network) % 2 == 0:
        return None
    layers = list(network)
    if not (all(isinstance(layer, nn.Linear) for layer in layers[::2])
            and all(isinstance(layer, nn.ReLU) for layer in layers[1::2])
            and layers[-1].out_features == 1):
        return None
    return [(layer.weight.data,
             np.zeros(layer.out_features) if layer.bias is None else layer.bias.data)
            for layer in layers[::2]]


def evaluate_grid(network: nn.Module, resolution: int = 128, *, bounds: Bounds = (-0.5, 0.5),
                  dtype=None) -> np.ndarray:
    """The values of a network on a regular grid, both ends of the bounds included.

    Parameters
    ----------
    network : a module that maps points (N, 3) to (N, 1), such as an OccupancyNetwork.
    resolution : samples along each axis, at least 2.
    bounds : (low, high), two numbers for all axes or two points (3,).
    dtype : in which to compute and return; that of the network if None.

    Returns
    -------
    (resolution, resolution, resolution) values; entry [i, j, k] belongs to the point
    low + (i, j, k) / (resolution - 1) * (high - low).

    Raises
    ------
    ValueError : resolution below 2, or bounds that are no box.
    """
    evaluate = BoxEvaluator(network, dtype)
    axes = _axes(resolution, bounds)
    values = np.empty((resolution,) * 3, evaluate.dtype)
    for corner in np.ndindex(*[-(-resolution // BOX)] * 3):
        box = tuple(slice(BOX * c, BOX * (c + 1)) for c in corner)
        points = np.meshgrid(*[axis[part] for axis, part in zip(axes, box)], indexing="ij")
        points = np.array(points, evaluate.dtype).reshape(3, -1)
        values[box] = evaluate(points).reshape(values[box].shape)
    return values


def _axes(resolution: int, bounds: Bounds) -> list[np.ndarray]:
    """The coordinates of the samples along each of the three axes."""
    if resolution != int(resolution) or resolution < 2:
        raise ValueError(f"resolution must be a whole number of at least 2, got {resolution}")
    return [np.linspace(a, b, int(resolution)) for a, b in zip(*grid_corners(bounds))]


def evaluate_near_surface(network: nn.Module, resolution: int = 128, *, level: float = 0.0,
                          bounds: Bounds = (-0.5, 0.5), coarsest: int = 32, dtype=None
                          ) -> tuple[np.ndarray, int]:
    """The same as `evaluate_grid` next to the surface; elsewhere only on the right side of `level`.

    Start with a grid of at most `coarsest` cells along each axis. Then, again and again, halve the
    cells: guess each new sample from its coarse neighbour, evaluate the corners of the cells in
    which the signs differ, and go on as long as a corner that turns out otherwise than guessed
    makes another cell differ. So the surface is followed wherever it leads.

    What it can miss: a part of the shape, or a hole in it, that lies between the samples of the
    coarsest grid and touches no part of the surface that was found: smaller than
    (high - low) / coarsest, and on its own.

    Parameters
    ----------
    network, resolution, bounds, dtype : as for `evaluate_grid`.
    level : the value on the surface.
    coarsest : cells of the coarsest grid along each axis, at most; at least 1.

    Returns
    -------
    values : (resolution, resolution, resolution). Every sample of a cell in which the sign of
        value - level changes is exact; the others are guesses with the right sign.
    n_evaluations : at how many points the network was evaluated.

    Raises
    ------
    ValueError : as `evaluate_grid`, or `coarsest` below 1.
    """
    axes = _axes(resolution, bounds)
    if coarsest < 1:
        raise ValueError(f"coarsest must be at least 1, got {coarsest}")
    evaluate = BoxEvaluator(network, dtype)
    origin = np.array([axis[0] for axis in axes])
    width = np.array([axis[-1] - axis[0] for axis in axes]) / (resolution - 1)
    step = 1
    while step * coarsest < resolution - 1:
        step *= 2

    # A grid of every step-th sample ends on the last one or, if that is none of them, beyond it.
    n = -(-(resolution - 1) // step) + 1
    values = np.full((n, n, n), -np.inf, evaluate.dtype)
    known = np.zeros((n, n, n), bool)
    todo = np.arange(n**3)
    n_evaluations = 0
    while True:
        while len(todo):
            guessed_inside = values.take(todo) > level
            new = _evaluate_scattered(evaluate, todo, values.shape, origin, width * step)
            values.put(todo, new)
            known.put(todo, True)
            n_evaluations += len(todo)
            # Only next to a wrong guess can there be a cell whose corners were thought to agree.
            todo = _unknown_neighbours(todo[guessed_inside != (new > level)], known)
        if step == 1:
            return values, n_evaluations
        step //= 2
        n = -(-(resolution - 1) // step) + 1
        values = _doubled(values, n)
        coarse, known = known, np.zeros((n, n, n), bool)
        known[::2, ::2, ::2] = coarse[:-(-n // 2), :-(-n // 2), :-(-n // 2)]
        todo = np.flatnonzero(_corners_of_mixed_cells(values > level) & ~known)


def _evaluate_scattered(evaluate: BoxEvaluator, samples: np.ndarray, shape: tuple[int, int, int],
                        origin: np.ndarray, width: np.ndarray) -> np.ndarray:
    """Values at flat sample numbers, gathered into boxes so that few units bend in each."""
    index = np.stack(np.unravel_index(samples, shape))
    box = np.ravel_multi_index(index // SPARSE_BOX, [-(-n // SPARSE_BOX) for n in shape])
    order = np.argsort(box, kind="stable")
    points = (origin[:, None] + width[:, None] * index[:, order]).astype(evaluate.dtype)
    ends = np.flatnonzero(np.diff(box[order])) + 1
    values = np.empty(len(samples), evaluate.dtype)
    values[order] = np.concatenate([evaluate(part) for part in np.split(points, ends, axis=1)])
    return values


def _unknown_neighbours(samples: np.ndarray, known: np.ndarray) -> np.ndarray:
    """The samples that share a cell with one of `samples` and are not known, by flat number."""
    index = np.stack(np.unravel_index(samples, known.shape))
    offsets = np.indices((3, 3, 3)).reshape(3, 27) - 1
    index = (index[:, :, None] + offsets[:, None, :]).reshape(3, -1)
    index = index[:, ((index >= 0) & (index < len(known))).all(axis=0)]
    neighbours = np.ravel_multi_index(index, known.shape)
    return np.unique(neighbours[~known.take(neighbours)])


def _doubled(values: np.ndarray, n: int) -> np.ndarray:
    """Each entry of a cube of values twice along each axis, cut off at n entries along each."""
    fine = np.empty((n, n, n), values.dtype)
    odd, even = slice(1, None, 2), slice(0, n - n % 2, 2)
    fine[::2, ::2, ::2] = values[:-(-n // 2), :-(-n // 2), :-(-n // 2)]
    fine[::2, ::2, odd] = fine[::2, ::2, even]
    fine[::2, odd] = fine[::2, even]
    fine[odd] = fine[even]
    return fine


def _corners_of_mixed_cells(inside: np.ndarray) -> np.ndarray:
    """Which samples are a corner of a cell that has both inside and outside corners."""
    some, every = inside, inside
    for axis in range(3):
        some, every = _pairs(some, np.logical_or, axis), _pairs(every, np.logical_and, axis)
    corners = np.pad(some & ~every, 1)
    for axis in range(3):
        corners = _pairs(corners, np.logical_or, axis)
    return corners


def _pairs(values: np.ndarray, combine: np.ufunc, axis: int) -> np.ndarray:
    """Combine each entry with the next one along an axis."""
    values = np.moveaxis(values, axis, 0)
    return np.moveaxis(combine(values[:-1], values[1:]), 0, axis)
