"""Shape metrics: how close is a reconstructed surface to the true one?

Four numbers, each blind to something that another one sees.  With the prediction P, the truth T,
points p and t drawn uniformly from their surfaces, and NN the nearest of the other points:

==================  ==========================================  ====================================
volumetric IoU      |P and T| / |P or T|, of the volumes        misses thin parts and the inside of
                                                                a wrong surface
accuracy            mean of |p - NN(p)| over p in P             misses what P leaves out
completeness        mean of |t - NN(t)| over t in T             misses what P adds
Chamfer-L1          (accuracy + completeness) / 2               one far outlier weighs much
normal consistency  mean of |n(p) . n(NN(p))| over P and of     misses a surface in the wrong place
                    |n(t) . n(NN(t))| over T, averaged
F-score             harmonic mean of precision (share of p      hides how far the far ones are
                    nearer than a threshold) and recall
                    (share of t nearer than it)
==================  ==========================================  ====================================

Chamfer-**L1** says that distances are not squared.  Each is the ordinary Euclidean one.

*Sampling leaves a floor.*  Two sets of n points drawn from the same surface of area A are not 0
apart: on a plane the nearest of n random points is 1 / (2 sqrt(n / A)) away on average (0.0016 for
100,000 points on an area of 1).  A Chamfer distance near that says no more than "equal".

*Empty shapes.*  Two empty shapes are equal and get the best values; if only one is empty, each
number is the worst on its scale: IoU 0, distances inf, normal consistency 0, F-score 0.  An average
over many shapes that contains such a case is inf too, and so it should be: report how many failed.
The authors' program puts finite values in their place (sqrt(3) for a distance, the diagonal of the
unit cube; -1 for normals), which minicv, not knowing the size of the world, cannot.

The numbers are in the units of the points.  The paper measures Chamfer-L1 in tenths of the longest
side of the true bounding box: ``chamfer / (0.1 * np.ptp(truth.bounds, axis=0).max())``.

Answers the question behind exercise 2.1: is the extracted mesh any good?  Sources: Mescheder et
al., Occupancy Networks, CVPR 2019, section 4 ("Metrics"); the F-score is from Knapitsch et al.,
Tanks and Temples, 2017, and was proposed for the shapes that networks reconstruct by Tatarchenko et
al., What Do Single-view 3D Reconstruction Networks Learn?, CVPR 2019.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from minicv.occupancy_network.mesh import Mesh


def volumetric_iou(occ_a: np.ndarray, occ_b: np.ndarray) -> float:
    """Intersection over union of two volumes, estimated at the same points.

    Parameters
    ----------
    occ_a, occ_b : boolean arrays of the same shape: is the point inside? The points must be spread
        uniformly over a region that holds both volumes, as on a grid; then counting is measuring.

    Returns
    -------
    From 0 (disjoint, or one is empty) to 1 (equal, also where both are empty).

    Raises
    ------
    ValueError : the arrays are not boolean, differ in shape, or have no entries.

    Examples
    --------
    >>> volumetric_iou(np.array([True, True, False]), np.array([True, False, False]))
    0.5
    """
    occ_a, occ_b = np.asarray(occ_a), np.asarray(occ_b)
    for occ in (occ_a, occ_b):
        if occ.dtype != bool:
            raise ValueError(f"occupancies must be boolean, but have the dtype {occ.dtype}; "
                             "threshold them first: logits > 0, or probabilities > 0.5")
    if occ_a.shape != occ_b.shape:
        raise ValueError(f"the occupancies differ in shape: {occ_a.shape} and {occ_b.shape}")
    if occ_a.size == 0:
        raise ValueError("there are no points to compare")
    union = np.count_nonzero(occ_a | occ_b)
    if union == 0:
        return 1.0
    return float(np.count_nonzero(occ_a & occ_b) / union)


@dataclass(frozen=True)
class ShapeMetrics:
    """What `evaluate_mesh` measured; the module's docstring defines each number.

    `normal_consistency` is NaN where one shape is given as points, which have no normals.
    """

    accuracy: float
    completeness: float
    chamfer_l1: float
    normal_consistency: float
    threshold: float
    precision: float
    recall: float
    f_score: float

    def __str__(self) -> str:
        rows = [
            ("accuracy", f"{self.accuracy:.5f}"),
            ("completeness", f"{self.completeness:.5f}"),
            ("Chamfer-L1", f"{self.chamfer_l1:.5f}"),
            ("normal consistency", f"{self.normal_consistency:.4f}"),
            (f"F-score at {self.threshold:g}",
             f"{self.f_score:.4f} (precision {self.precision:.4f}, recall {self.recall:.4f})"),
        ]
        return "\n".join(f"{name:<20} {value}" for name, value in rows)


def evaluate_mesh(
    prediction: Mesh | np.ndarray,
    truth: Mesh | np.ndarray,
    *,
    n_points: int = 100_000,
    threshold: float = 0.01,
    rng: np.random.Generator | int = 0,
) -> ShapeMetrics:
    """All metrics that need points on the surfaces, from one set of points and one search.

    Parameters
    ----------
    prediction, truth : meshes, from which points are drawn, or (N, 3) arrays of points on the
        surface, all of which are used as they are.
    n_points : how many points to draw from a mesh.
    threshold : nearer than this counts as found, for the F-score. The default suits shapes in the
        unit cube: one hundredth of its side, as Tatarchenko et al. use.
    rng : a generator, or a seed for one.

    Raises
    ------
    ValueError : no points are asked for, the threshold is not positive, or an array of points has a
        wrong shape or is not finite.

    Examples
    --------
    >>> square = Mesh([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], [[0, 1, 2], [0, 2, 3]])
    >>> lifted = Mesh(square.vertices + [0, 0, 0.5], square.faces)
    >>> metrics = evaluate_mesh(lifted, square, n_points=2000)
    >>> round(metrics.chamfer_l1, 3), metrics.normal_consistency, metrics.f_score
    (0.5, 1.0, 0.0)
    """
    if n_points < 1:
        raise ValueError(f"n_points must be at least 1, but is {n_points}")
    if not threshold > 0:
        raise ValueError(f"the threshold must be positive, but is {threshold}")
    rng = np.random.default_rng(rng)
    points_p, normals_p = _surface_points(prediction, n_points, rng)
    points_t, normals_t = _surface_points(truth, n_points, rng)
    have_normals = normals_p is not None and normals_t is not None

    if len(points_p) == 0 or len(points_t) == 0:
        both_empty = len(points_p) == len(points_t)
        distance, share = (0.0, 1.0) if both_empty else (np.inf, 0.0)
        return ShapeMetrics(
            accuracy=distance, completeness=distance, chamfer_l1=distance,
            normal_consistency=share if have_normals else np.nan, threshold=threshold,
            precision=share, recall=share, f_score=share,
        )

    distance_p, nearest_to_p = _nearest(points_p, points_t)
    distance_t, nearest_to_t = _nearest(points_t, points_p)
    accuracy = float(distance_p.mean())
    completeness = float(distance_t.mean())

    # The absolute value forgives a surface that is turned inside out: many methods of
    # reconstruction do not know which side is which.
    normal_consistency = np.nan
    if have_normals:
        agreement_p = np.abs(np.sum(normals_p * normals_t[nearest_to_p], axis=1)).mean()
        agreement_t = np.abs(np.sum(normals_t * normals_p[nearest_to_t], axis=1)).mean()
        normal_consistency = float((agreement_p + agreement_t) / 2)

    precision = float(np.mean(distance_p < threshold))
    recall = float(np.mean(distance_t < threshold))
    f_score = 0.0
    if precision + recall > 0:
        f_score = 2 * precision * recall / (precision + recall)

    return ShapeMetrics(
        accuracy=accuracy, completeness=completeness, chamfer_l1=(accuracy + completeness) / 2,
        normal_consistency=normal_consistency, threshold=threshold,
        precision=precision, recall=recall, f_score=f_score,
    )


def chamfer_l1(
    a: Mesh | np.ndarray,
    b: Mesh | np.ndarray,
    n_points: int = 100_000,
    rng: np.random.Generator | int = 0,
) -> float:
    """Chamfer-L1 distance between two meshes or (N, 3) arrays of points, as in `evaluate_mesh`.

    Symmetric for points. For meshes it is so but for the random choice of points.

    Examples
    --------
    >>> chamfer_l1(np.array([[0.0, 0, 0]]), np.array([[0.0, 3, 4], [0, 3, 0]]))
    3.5
    """
    return evaluate_mesh(a, b, n_points=n_points, rng=rng).chamfer_l1


def normal_consistency(
    a: Mesh, b: Mesh, n_points: int = 100_000, rng: np.random.Generator | int = 0
) -> float:
    """How parallel two surfaces are, from 0 to 1, as in `evaluate_mesh`.

    Raises
    ------
    ValueError : `a` or `b` is not a mesh; points alone have no normals.
    """
    if not (isinstance(a, Mesh) and isinstance(b, Mesh)):
        raise ValueError("normal consistency needs two meshes: points alone have no normals")
    return evaluate_mesh(a, b, n_points=n_points, rng=rng).normal_consistency


def f_score(
    prediction: Mesh | np.ndarray,
    truth: Mesh | np.ndarray,
    threshold: float,
    n_points: int = 100_000,
    rng: np.random.Generator | int = 0,
) -> float:
    """Harmonic mean of precision and recall at a distance, from 0 to 1, as in `evaluate_mesh`.

    Examples
    --------
    >>> truth = np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0], [3, 0, 0]])
    >>> f_score(truth[:2], truth, threshold=0.1)  # precision 1, recall 1/2
    0.6666666666666666
    """
    metrics = evaluate_mesh(prediction, truth, n_points=n_points, threshold=threshold, rng=rng)
    return metrics.f_score


def _surface_points(
    shape: Mesh | np.ndarray, n_points: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray | None]:
    """(N, 3) points and (N, 3) unit normals; no normals if the shape is points already.

    No points if the mesh has no area.
    """
    if isinstance(shape, Mesh):
        if shape.area() == 0:
            return np.empty((0, 3)), np.empty((0, 3))
        points, face_index = shape.sample(n_points, rng)
        return points, shape.face_normals()[face_index]
    points = np.asarray(shape)
    if points.ndim != 2 or points.shape[1] != 3 or points.dtype.kind not in "iuf":
        raise ValueError("a shape must be a Mesh or an (N, 3) array of points, but is "
                         f"{points.shape} of {points.dtype}")
    bad = np.flatnonzero(~np.isfinite(points).all(axis=1))
    if len(bad) > 0:
        raise ValueError(f"point {bad[0]} is {points[bad[0]].tolist()}; points must be finite")
    return points.astype(np.float64), None


def _nearest(points: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each of (N, 3) points the distance to the nearest of (M, 3) others, and its index.

    How to find neighbours fast is no lesson of minicv: SciPy's tree does it. It is imported here
    because nothing else in this module needs SciPy.
    """
    from scipy.spatial import cKDTree

    return cKDTree(others).query(points, workers=-1)
